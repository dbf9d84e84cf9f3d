//! What a module holds, by name.

use std::fmt::Write;

use crate::error::{Error, Result};
use crate::real::Real;
use crate::tape::Parameter;
use crate::tensor::Tensor;

/// One named tensor of a module.
#[derive(Clone, Copy, Debug)]
pub enum State<'a, T: Real> {
    /// Trained by gradients.
    Parameter(&'a Parameter<T>),
    /// Kept and saved, but not trained: running statistics.
    Buffer(&'a Tensor<T>),
}

impl<'a, T: Real> State<'a, T> {
    /// Its value.
    pub fn value(self) -> &'a Tensor<T> {
        match self {
            State::Parameter(parameter) => parameter.value(),
            State::Buffer(buffer) => buffer,
        }
    }
}

/// One named tensor of a module, to be changed.
#[derive(Debug)]
pub enum StateMut<'a, T: Real> {
    /// Trained by gradients.
    Parameter(&'a mut Parameter<T>),
    /// Kept and saved, but not trained.
    Buffer(&'a mut Tensor<T>),
}

impl<T: Real> StateMut<'_, T> {
    /// Its value.
    pub fn value_mut(&mut self) -> &mut Tensor<T> {
        match self {
            StateMut::Parameter(parameter) => parameter.value_mut(),
            StateMut::Buffer(buffer) => buffer,
        }
    }
}

/// The values of a module's parameters and buffers, by name and in order.
///
/// ```
/// use handgrad::{Module, module::StateDict, norm::LayerNorm};
///
/// let trained = LayerNorm::<f32>::new([4])?;
/// let mut fresh = LayerNorm::<f32>::new([4])?;
/// fresh.load_state_dict(&trained.state_dict())?;
///
/// let misfit: StateDict<f32> = [("wieght".to_owned(), handgrad::Tensor::ones([4]))].into();
/// assert_eq!(
///     fresh.load_state_dict(&misfit).unwrap_err().to_string(),
///     "load_state_dict: missing: weight, bias; unexpected: wieght",
/// );
/// # Ok::<(), handgrad::Error>(())
/// ```
///
/// With the feature `safetensors` it goes to a file and comes back:
///
/// ```
/// # #[cfg(feature = "safetensors")] {
/// use handgrad::tensor::{read_safetensors, write_safetensors};
/// use handgrad::{Module, module::StateDict, norm::LayerNorm};
///
/// let mut norm = LayerNorm::<f32>::new([4])?;
/// let bytes = write_safetensors(norm.state_dict().iter())?;
/// let dict: StateDict<f32> = read_safetensors(&bytes)?.into_iter().collect();
/// norm.load_state_dict(&dict)?;
/// # }
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct StateDict<T: Real>(Vec<(String, Tensor<T>)>);

impl<T: Real> Default for StateDict<T> {
    fn default() -> Self {
        StateDict(Vec::new())
    }
}

impl<T: Real> StateDict<T> {
    /// One value.
    pub fn get(&self, name: &str) -> Option<&Tensor<T>> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Replaces or adds one value.
    pub fn insert(&mut self, name: &str, value: Tensor<T>) {
        match self.0.iter_mut().find(|(known, _)| known == name) {
            Some((_, old)) => *old = value,
            None => self.0.push((name.to_owned(), value)),
        }
    }

    /// Names and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tensor<T>)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// The same values in another type.
    pub fn cast<U: Real>(&self) -> StateDict<U> {
        self.iter().map(|(name, value)| (name.to_owned(), value.cast())).collect()
    }

    /// An error that lists what keeps this dict from being loaded where
    /// `expected` is.
    pub(super) fn refuse_misfit(&self, expected: &Self) -> Result<()> {
        let mut message = String::new();
        let mut list = |what: &str, names: Vec<String>| {
            if !names.is_empty() {
                let separator = if message.is_empty() { "" } else { "; " };
                // Writing to a string cannot fail.
                let _ = write!(message, "{separator}{what}: {}", names.join(", "));
            }
        };
        let absent_from = |other: &Self, dict: &Self| {
            dict.iter()
                .filter(|(name, _)| other.get(name).is_none())
                .map(|(n, _)| n.to_owned())
                .collect()
        };
        list("missing", absent_from(self, expected));
        list("unexpected", absent_from(expected, self));
        let misshapen = expected.iter().filter_map(|(name, old)| {
            let new = self.get(name).filter(|new| new.shape() != old.shape())?;
            Some(format!("{name} is {} and must be {}", new.shape(), old.shape()))
        });
        list("of another shape", misshapen.collect());
        if message.is_empty() { Ok(()) } else { Err(Error::shape("load_state_dict", message)) }
    }
}

impl<T: Real> FromIterator<(String, Tensor<T>)> for StateDict<T> {
    fn from_iter<I: IntoIterator<Item = (String, Tensor<T>)>>(values: I) -> Self {
        StateDict(values.into_iter().collect())
    }
}

impl<T: Real, const N: usize> From<[(String, Tensor<T>); N]> for StateDict<T> {
    fn from(values: [(String, Tensor<T>); N]) -> Self {
        StateDict(values.into())
    }
}
