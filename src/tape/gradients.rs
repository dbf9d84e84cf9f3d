//! What a reverse sweep found.

use std::collections::HashMap;

use super::{Parameter, ParameterId, Source, Tape, Var};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::Tensor;

/// The gradients of one value: asked for by var or by parameter.
///
/// Nothing is added to by a later backward, so nothing has to be zeroed before
/// one. Gradients outlive the tape's nodes: clear the tape, then update the
/// parameters.
#[derive(Clone, Debug)]
pub struct Gradients<T: Real> {
    epoch: u64,
    by_id: HashMap<u32, Tensor<T>>,
    bound: HashMap<ParameterId, u32>,
}

impl<T: Real> Gradients<T> {
    pub(super) fn new(tape: &Tape<T>, cotangents: Vec<Option<Tensor<T>>>) -> Self {
        let by_id =
            (0..).zip(cotangents).filter_map(|(id, cotangent)| Some((id, cotangent?))).collect();
        Gradients { epoch: tape.epoch.get(), by_id, bound: tape.bound.borrow().clone() }
    }

    /// The gradient with respect to a var, or `None` where nothing flowed to it.
    pub fn get(&self, var: Var<'_, T>) -> Option<&Tensor<T>> {
        (var.tape.epoch.get() == self.epoch).then(|| self.by_id.get(&var.id))?
    }

    /// The gradient with respect to the node of a number on the tape, for
    /// tools that walk it.
    pub fn by_node(&self, id: usize) -> Option<&Tensor<T>> {
        self.by_id.get(&u32::try_from(id).ok()?)
    }

    /// The gradient with respect to a var.
    ///
    /// Refuses, saying why, where there is none: a var of another computation, a
    /// constant, a value the result does not depend on, or an intermediate
    /// value whose gradient was not kept.
    pub fn wrt(&self, var: Var<'_, T>) -> Result<&Tensor<T>> {
        self.get(var).ok_or_else(|| {
            let tape = var.tape;
            let why = if tape.epoch.get() != self.epoch {
                "it belongs to another tape, or to this one before it was cleared"
            } else if !var.requires_grad() {
                "it is a constant; make it with tape.leaf to differentiate by it"
            } else if matches!(tape.nodes.borrow()[var.id()].source, Source::Op(_)) {
                "it is an intermediate value; ask with backward_steps(..)?.keep_intermediates()"
            } else {
                "the differentiated value does not depend on it"
            };
            Error::tape("gradients", format!("none with respect to {var:?}: {why}"))
        })
    }

    /// The gradient with respect to a parameter.
    ///
    /// Refuses a parameter that the tape did not bind, that is frozen, or that
    /// the result does not depend on.
    pub fn of(&self, parameter: &Parameter<T>) -> Result<&Tensor<T>> {
        let id = self.bound.get(&parameter.id());
        id.and_then(|id| self.by_id.get(id)).ok_or_else(|| {
            Error::tape(
                "gradients",
                format!(
                    "none of parameter {parameter:?}: it is frozen, or the differentiated value \
                     does not depend on it"
                ),
            )
        })
    }
}
