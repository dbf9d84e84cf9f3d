//! What can be checked: closures, generic functions, modules, layers. Each is
//! brought to one form: a function of a list of tensors.

use super::CheckOptions;
use crate::error::Result;
use crate::module::{Kink, Module, StateDict};
use crate::real::Real;
use crate::tape::Var;
use crate::tensor::Tensor;

/// A function of vars that is generic over the scalar, so that it can be run over
/// dual numbers. (A closure cannot be generic.)
pub trait Function {
    /// The output for these inputs.
    fn call<'t, T: Real>(&self, inputs: &[Var<'t, T>]) -> Result<Var<'t, T>>;
}

/// A recipe for a module that works in any scalar type. It must make the same
/// module each time.
pub trait Build {
    /// A fresh module.
    fn build<T: Real>(&self) -> Result<Box<dyn Module<T>>>;
}

/// What a backward gave each point; `None` where nothing arrived.
pub(super) type Answers<T> = Vec<Option<Tensor<T>>>;

/// A function of tensors with its backward, in one scalar type.
pub(super) trait Evaluate<T: Real> {
    /// The output, by the forward alone.
    fn output(&self, points: &[Tensor<T>]) -> Result<Tensor<T>>;

    /// One forward, and after it a backward for each cotangent in turn.
    fn sweeps(&self, points: &[Tensor<T>], cotangents: &[Tensor<T>]) -> Result<Vec<Answers<T>>>;
}

/// A function at a point.
pub(super) struct Subject<S> {
    pub(super) evaluate: S,
    /// The tensors it is differentiated by, and their names.
    pub(super) points: Vec<Tensor<f64>>,
    pub(super) names: Vec<String>,
    /// The kinks of each tensor's elements.
    pub(super) kinks: Vec<Vec<Kink>>,
}

/// One element of one tensor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Which of the subject's points.
    pub(super) which: usize,
    /// Its number in row-major order.
    pub(super) element: usize,
}

impl<S> Subject<S> {
    pub(super) fn value(&self, place: Place) -> f64 {
        // A point is contiguous more often than not, and then this is a look-up.
        let point = &self.points[place.which];
        match point.as_slice() {
            Some(values) => values[place.element],
            None => point.iter().nth(place.element).unwrap_or(f64::NAN),
        }
    }

    /// The places of one point's elements.
    pub(super) fn places(&self, which: usize) -> impl Iterator<Item = Place> + use<S> {
        (0..self.points[which].numel()).map(move |element| Place { which, element })
    }

    pub(super) fn of_inputs(evaluate: S, inputs: &[Tensor<f64>], options: &CheckOptions) -> Self {
        let name = |i: usize| match options.names.get(i) {
            Some(name) => name.clone(),
            None if inputs.len() == 1 => "input".to_owned(),
            None => format!("input {i}"),
        };
        Subject {
            evaluate,
            names: (0..inputs.len()).map(name).collect(),
            kinks: vec![options.kinks.clone(); inputs.len()],
            points: inputs.to_vec(),
        }
    }

    pub(super) fn of_module(
        evaluate: S,
        input: &Tensor<f64>,
        parameters: &StateDict<f64>,
        mut kinks: Vec<Kink>,
        options: &CheckOptions,
    ) -> Self
    where
        S: HasParameters,
    {
        kinks.extend(&options.kinks);
        let mut subject = Subject {
            points: vec![input.clone()],
            names: vec!["input".to_owned()],
            kinks: vec![kinks],
            evaluate,
        };
        for name in subject.evaluate.parameter_names() {
            subject.points.extend(parameters.get(&name).cloned());
            subject.names.push(name);
            subject.kinks.push(Vec::new());
        }
        subject
    }
}

/// What owns parameters besides its input.
pub(super) trait HasParameters {
    fn parameter_names(&self) -> Vec<String>;
}
