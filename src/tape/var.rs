//! A handle to a value on a tape.

use std::fmt;

use super::{Gradients, NodeInfo, Op, Source, Sweep, Tape};
use crate::error::{Error, Result};
use crate::real::Real;
use crate::tensor::{PrintOptions, Shape, Tensor};

/// A value on a tape: small, `Copy`, and bound to the tape's lifetime.
///
/// Operations are methods and operators; the book's derivative table lists
/// them all with their backwards.
#[derive(Clone, Copy)]
pub struct Var<'t, T: Real> {
    pub(super) tape: &'t Tape<T>,
    pub(super) id: u32,
}

impl<'t, T: Real> Var<'t, T> {
    pub(super) fn new(tape: &'t Tape<T>, id: u32) -> Self {
        Var { tape, id }
    }

    /// The tape it lives on.
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// Its number on the tape, printed as `%id`.
    pub fn id(self) -> usize {
        self.id as usize
    }

    /// Its value. This copies no elements.
    pub fn value(self) -> Tensor<T> {
        self.tape.nodes.borrow()[self.id()].value.clone()
    }

    /// What `f` makes of its value, which is not cloned for it. `f` must not append to the tape.
    pub(crate) fn with_value<R>(self, f: impl FnOnce(&Tensor<T>) -> R) -> R {
        f(&self.tape.nodes.borrow()[self.id()].value)
    }

    /// Its value's shape.
    pub fn shape(self) -> Shape {
        self.tape.nodes.borrow()[self.id()].value.shape().clone()
    }

    /// Whether gradients flow to it.
    pub fn requires_grad(self) -> bool {
        self.tape.nodes.borrow()[self.id()].requires_grad()
    }

    /// The backward that `grad_fn=<...>` prints, for the result of an operation.
    pub fn grad_fn(self) -> Option<String> {
        match &self.tape.nodes.borrow()[self.id()].source {
            Source::Op(op) => Some(op.grad_fn()),
            _ => None,
        }
    }

    /// What the tape knows of it: the operation, its inputs, what it saved.
    pub fn node(self) -> NodeInfo<T> {
        NodeInfo::of(&self.tape.nodes.borrow()[self.id()], self.id())
    }

    /// The same value as a constant: gradients stop here.
    pub fn detach(self) -> Var<'t, T> {
        self.tape.constant(self.value())
    }

    /// Records the result of an operation on this var alone, which cannot
    /// fail. For several inputs see [`Tape::record`].
    pub fn record_unary<O: Op<T> + 'static>(
        self,
        value: Tensor<T>,
        op: impl FnOnce() -> O,
    ) -> Var<'t, T> {
        self.tape.append(&[self], value, op)
    }

    /// The gradients of this scalar with respect to every leaf and parameter.
    ///
    /// Refuses a value of more or less than one element, whose cotangent must be
    /// given to [`backward_with`](Self::backward_with), and a value that depends
    /// on nothing that requires grad.
    pub fn backward(self) -> Result<Gradients<T>> {
        let shape = self.shape();
        if shape.numel() != 1 {
            return Err(Error::tape(
                "backward",
                format!(
                    "only one element has a gradient without a cotangent, got shape {shape}; \
                     reduce it first, or call backward_with and give a cotangent of that shape"
                ),
            ));
        }
        self.backward_with(&Tensor::ones(shape))
    }

    /// The vector-Jacobian product of this value with a cotangent of its
    /// shape, with respect to every leaf and parameter.
    ///
    /// ```
    /// use handgrad::{Tape, Tensor};
    ///
    /// let tape = Tape::new();
    /// let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0, 3.0]));
    /// let y = x * x;
    /// let gradients = y.backward_with(&Tensor::new([1.0, 0.0, -1.0]))?;
    /// assert_eq!(gradients.wrt(x)?.to_vec(), [2.0, 0.0, -6.0]);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn backward_with(self, cotangent: &Tensor<T>) -> Result<Gradients<T>> {
        self.backward_steps(cotangent)?.finish()
    }

    /// The reverse sweep as an iterator, one operation a step.
    pub fn backward_steps(self, cotangent: &Tensor<T>) -> Result<Sweep<'t, T>> {
        Sweep::start(self, cotangent)
    }

    /// As the printer's options have it.
    pub fn show(self, options: &PrintOptions) -> String {
        let suffix = match self.grad_fn() {
            Some(name) => Some(format!("grad_fn=<{name}>")),
            None => self.requires_grad().then(|| "requires_grad=True".to_owned()),
        };
        options.show_with(&self.value(), suffix)
    }
}

/// The tensor with `requires_grad=True` or `grad_fn=<...>`, as PyTorch prints it.
impl<T: Real> fmt::Display for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show(&PrintOptions::from_formatter(f)))
    }
}

impl<T: Real> fmt::Debug for Var<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "%{} : {}{}", self.id, T::DTYPE.name(), self.shape())
    }
}
