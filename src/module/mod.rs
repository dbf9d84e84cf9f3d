//! Modules: layers that own parameters, and what they say of themselves.

mod about;
mod args;
mod kink;
mod list;
mod nearest;
mod state;
mod value;

use std::fmt::Debug;

pub(crate) use about::random_shape;
pub use about::{About, Case, Family, Layer};
pub use args::{Args, Argument};
pub use kink::{Choice, Kink};
pub(crate) use list::{Visitor, layers};
pub(crate) use nearest::did_you_mean;
pub use state::{State, StateDict, StateMut};
pub use value::{Kind, Value};

use crate::error::Result;
use crate::real::Real;
use crate::tape::{Parameter, Var};

/// A layer: a function of one var, with parameters and buffers of its own.
///
/// ```
/// use handgrad::{Module, Parameter, Real, Result, Tape, Tensor, Var};
/// use handgrad::module::{State, StateMut};
///
/// /// y = scale x, with a trainable scale.
/// #[derive(Debug)]
/// struct Scale<T: Real> {
///     scale: Parameter<T>,
/// }
///
/// impl<T: Real> Module<T> for Scale<T> {
///     fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
///         x.try_mul(x.tape().parameter(&self.scale))
///     }
///     fn state(&self) -> Vec<(String, State<'_, T>)> {
///         vec![("scale".into(), State::Parameter(&self.scale))]
///     }
///     fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
///         vec![("scale".into(), StateMut::Parameter(&mut self.scale))]
///     }
/// }
///
/// let mut layer = Scale { scale: Parameter::new("scale", Tensor::<f64>::scalar(3.0)) };
/// let tape = Tape::new();
/// let y = layer.forward(tape.leaf(Tensor::new([1.0, 2.0])))?;
/// let gradients = y.backward_with(&Tensor::ones([2]))?;
/// assert_eq!(gradients.of(&layer.scale)?.item()?, 3.0);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub trait Module<T: Real>: Debug {
    /// The output. `&mut`, because a layer may keep statistics of what passes
    /// through it. A refused input changes neither the layer nor the tape's
    /// existing nodes.
    fn forward<'t>(&mut self, input: Var<'t, T>) -> Result<Var<'t, T>>;

    /// Parameters and buffers by name, in PyTorch's order. A module made of
    /// others prefixes their names: `0.weight`.
    fn state(&self) -> Vec<(String, State<'_, T>)> {
        Vec::new()
    }

    /// [`state`](Self::state), to be changed.
    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        Vec::new()
    }

    /// Chooses training (`true`, how every module starts) or evaluation, for
    /// the layers in which they differ.
    fn set_training(&mut self, _training: bool) {}

    /// Where the function is not smooth, as values of its input.
    fn kinks(&self) -> Vec<Kink> {
        Vec::new()
    }

    /// Puts the module into training mode.
    fn train(&mut self) {
        self.set_training(true);
    }

    /// Puts the module into evaluation mode.
    fn eval(&mut self) {
        self.set_training(false);
    }

    /// The parameters by name.
    fn parameters(&self) -> Vec<(String, &Parameter<T>)> {
        let only_parameters = |(name, state)| match state {
            State::Parameter(parameter) => Some((name, parameter)),
            State::Buffer(_) => None,
        };
        self.state().into_iter().filter_map(only_parameters).collect()
    }

    /// The parameters by name, to be changed.
    fn parameters_mut(&mut self) -> Vec<(String, &mut Parameter<T>)> {
        let only_parameters = |(name, state)| match state {
            StateMut::Parameter(parameter) => Some((name, parameter)),
            StateMut::Buffer(_) => None,
        };
        self.state_mut().into_iter().filter_map(only_parameters).collect()
    }

    /// The values of all parameters and buffers by name. This copies no
    /// elements.
    fn state_dict(&self) -> StateDict<T> {
        self.state().into_iter().map(|(name, state)| (name, state.value().clone())).collect()
    }

    /// Takes over the values of a state dict, which must have this module's
    /// names and shapes, all of them and no others. A refused one changes
    /// nothing.
    fn load_state_dict(&mut self, dict: &StateDict<T>) -> Result<()> {
        dict.refuse_misfit(&self.state_dict())?;
        for (name, mut state) in self.state_mut() {
            if let Some(value) = dict.get(&name) {
                *state.value_mut() = value.clone();
            }
        }
        Ok(())
    }
}
