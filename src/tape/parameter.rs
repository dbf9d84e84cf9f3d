//! A tensor that a module owns and an optimizer moves.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::real::Real;
use crate::tensor::Tensor;

/// Tells parameters apart, within a tape and between steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ParameterId(u64);

impl ParameterId {
    fn next() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        ParameterId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A trainable tensor with an identity, owned by its module.
///
/// [`Tape::parameter`](crate::Tape::parameter) binds it to a tape;
/// [`Gradients::of`](crate::Gradients::of) then finds its gradient.
///
/// ```
/// use handgrad::{Parameter, Tape, Tensor};
///
/// let weight = Parameter::new("weight", Tensor::<f32>::new([2.0]));
/// let tape = Tape::new();
/// let y = tape.parameter(&weight) * 3.0;
/// let gradients = y.backward_with(&Tensor::ones([1]))?;
/// assert_eq!(gradients.of(&weight)?.to_vec(), [3.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub struct Parameter<T: Real> {
    id: ParameterId,
    name: &'static str,
    value: Tensor<T>,
    requires_grad: bool,
}

impl<T: Real> Parameter<T> {
    /// A trainable parameter; `name` is what the tape prints.
    pub fn new(name: &'static str, value: Tensor<T>) -> Self {
        Parameter { id: ParameterId::next(), name, value, requires_grad: true }
    }

    /// Its identity.
    pub fn id(&self) -> ParameterId {
        self.id
    }

    /// Its name within its module.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Its value.
    pub fn value(&self) -> &Tensor<T> {
        &self.value
    }

    /// Its value, to be changed. A tape that has bound it keeps the old value.
    pub fn value_mut(&mut self) -> &mut Tensor<T> {
        &mut self.value
    }

    /// Whether gradients are computed for it.
    pub fn requires_grad(&self) -> bool {
        self.requires_grad
    }

    /// Freezes it (`false`) or makes it trainable again.
    pub fn set_requires_grad(&mut self, requires_grad: bool) {
        self.requires_grad = requires_grad;
    }
}

/// A clone is a parameter of its own, with the same value.
impl<T: Real> Clone for Parameter<T> {
    fn clone(&self) -> Self {
        Parameter { id: ParameterId::next(), value: self.value.clone(), ..*self }
    }
}

/// As PyTorch prints one: `Parameter containing:` and the tensor.
impl<T: Real> fmt::Display for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = crate::PrintOptions::from_formatter(f);
        let suffix = self.requires_grad.then(|| "requires_grad=True".to_owned());
        write!(f, "Parameter containing:\n{}", options.show_with(&self.value, suffix))
    }
}

impl<T: Real> fmt::Debug for Parameter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.name, T::DTYPE.name(), self.value.shape())
    }
}
