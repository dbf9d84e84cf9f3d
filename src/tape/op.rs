//! What a recorded operation is: a name, what it saved, a backward.

use std::fmt::Debug;

use smallvec::SmallVec;

use crate::real::Real;
use crate::tensor::Tensor;

/// One cotangent for each input, in order; `None` for an input that the
/// operation is not differentiated by (a mask, a target, or one that does not
/// require grad).
pub type Cotangents<T> = SmallVec<[Option<Tensor<T>>; 3]>;

/// A recorded operation. It owns what its forward saved, and its backward is
/// written by hand.
///
/// There is no way to record an operation without one:
///
/// ```
/// use handgrad::tape::{Cotangents, Op, Saved};
/// use handgrad::{Real, Tape, Tensor};
/// use smallvec::smallvec;
///
/// /// y = x³, so x̄ = 3 x² ȳ.
/// #[derive(Debug)]
/// struct Cube<T: Real> {
///     input: Tensor<T>,
/// }
///
/// impl<T: Real> Op<T> for Cube<T> {
///     fn name(&self) -> &'static str {
///         "cube"
///     }
///     fn saved(&self) -> Saved<T> {
///         Saved::new().and("input", &self.input)
///     }
///     fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
///         let slope = &(&self.input * &self.input) * 3.0;
///         smallvec![Some(&slope * grad_output)]
///     }
/// }
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0]));
/// let input = x.value();
/// let y = tape.record(&[x], input.map(|x| x * x * x), || Cube { input })?;
/// assert_eq!(y.to_string(), "tensor([1., 8.], dtype=torch.float64, grad_fn=<CubeBackward0>)");
/// let gradients = y.backward_with(&Tensor::ones([2]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [3.0, 12.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
// ANCHOR: op
pub trait Op<T: Real>: Debug {
    /// The operation's name as the tape prints it: `layer_norm`.
    fn name(&self) -> &'static str;

    /// The name that `grad_fn=<...>` prints. PyTorch's follow no single rule
    /// (`NativeLayerNormBackward0`, `MaxBackward1`), so an operation of PyTorch
    /// whose name does not follow from ours says it here.
    fn grad_fn(&self) -> String {
        grad_fn_name(self.name())
    }

    /// What the operation keeps for its backward, by name.
    fn saved(&self) -> Saved<T> {
        Saved::new()
    }

    /// The vector-Jacobian product: from the cotangent of the output (of the
    /// output's shape) to the cotangents of the inputs (each of its input's
    /// shape). It is called at most once in a sweep, and must give the same
    /// answer each time.
    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T>;
}
// ANCHOR_END: op

/// `leaky_relu` to `LeakyReluBackward0`.
pub(crate) fn grad_fn_name(name: &str) -> String {
    let mut camel = String::with_capacity(name.len() + 9);
    for word in name.split('_') {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel + "Backward0"
}

/// A tensor that an operation keeps for its backward.
#[derive(Clone, Debug)]
pub enum SavedTensor<T: Real> {
    /// In the tape's own type.
    Plain(Tensor<T>),
    /// In the wide type: statistics.
    Wide(Tensor<T::Wide>),
}

impl<T: Real> SavedTensor<T> {
    /// The bytes its elements take.
    pub fn bytes(&self) -> usize {
        match self {
            SavedTensor::Plain(tensor) => tensor.bytes(),
            SavedTensor::Wide(tensor) => tensor.bytes(),
        }
    }

    /// Whether its buffer is that of `value`, so that keeping it costs nothing.
    pub fn shares_storage(&self, value: &Tensor<T>) -> bool {
        matches!(self, SavedTensor::Plain(tensor) if tensor.shares_storage(value))
    }
}

impl<T: Real> std::fmt::Display for SavedTensor<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            SavedTensor::Plain(tensor) => write!(f, "{tensor}"),
            SavedTensor::Wide(tensor) => write!(f, "{tensor}"),
        }
    }
}

/// What an operation keeps for its backward, by name. Holding it copies
/// nothing.
#[derive(Clone, Debug)]
pub struct Saved<T: Real>(SmallVec<[(&'static str, SavedTensor<T>); 2]>);

impl<T: Real> Default for Saved<T> {
    fn default() -> Self {
        Saved(SmallVec::new())
    }
}

impl<T: Real> Saved<T> {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// And a tensor of the tape's type.
    pub fn and(mut self, name: &'static str, tensor: &Tensor<T>) -> Self {
        self.0.push((name, SavedTensor::Plain(tensor.clone())));
        self
    }

    /// And a tensor of the tape's type, where the operation kept it.
    pub fn and_some(self, name: &'static str, tensor: Option<&Tensor<T>>) -> Self {
        match tensor {
            Some(tensor) => self.and(name, tensor),
            None => self,
        }
    }

    /// And a tensor of the wide type.
    pub fn and_wide(mut self, name: &'static str, tensor: &Tensor<T::Wide>) -> Self {
        self.0.push((name, SavedTensor::Wide(tensor.clone())));
        self
    }

    /// The tensors and their names.
    pub fn iter(&self) -> impl Iterator<Item = &(&'static str, SavedTensor<T>)> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::grad_fn_name;

    #[test]
    fn grad_fn_names_are_camel_case() {
        assert_eq!(grad_fn_name("leaky_relu"), "LeakyReluBackward0");
        assert_eq!(grad_fn_name("relu"), "ReluBackward0");
    }
}
