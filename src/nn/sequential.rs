//! Modules one after another.

use crate::error::Result;
use crate::module::{Module, State, StateMut};
use crate::real::Real;
use crate::tape::Var;

/// Modules one after another. Their states are prefixed by their numbers:
/// `0.weight`.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::ReLU, nn::Sequential, norm::LayerNorm};
///
/// let mut model =
///     Sequential::<f32>::new([Box::new(LayerNorm::new([4])?) as Box<dyn Module<f32>>, Box::new(ReLU)]);
/// let tape = Tape::new();
/// let y = model.forward(tape.leaf(Tensor::new([1.0, 2.0, 3.0, 4.0])))?;
/// assert_eq!(y.value().to_vec()[0], 0.0);
/// assert_eq!(model.parameters()[0].0, "0.weight");
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Debug)]
pub struct Sequential<T: Real> {
    modules: Vec<Box<dyn Module<T>>>,
}

impl<T: Real> Sequential<T> {
    /// The modules in the order in which they are applied.
    pub fn new(modules: impl IntoIterator<Item = Box<dyn Module<T>>>) -> Self {
        Sequential { modules: modules.into_iter().collect() }
    }
}

impl<T: Real> Module<T> for Sequential<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let modules = &mut self.modules;
        x.tape().all_or_nothing(|| modules.iter_mut().try_fold(x, |x, module| module.forward(x)))
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        let numbered = self.modules.iter().enumerate();
        numbered
            .flat_map(|(i, module)| {
                module.state().into_iter().map(move |(name, state)| (format!("{i}.{name}"), state))
            })
            .collect()
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        let numbered = self.modules.iter_mut().enumerate();
        numbered
            .flat_map(|(i, module)| {
                let state = module.state_mut().into_iter();
                state.map(move |(name, state)| (format!("{i}.{name}"), state))
            })
            .collect()
    }

    fn set_training(&mut self, training: bool) {
        for module in &mut self.modules {
            module.set_training(training);
        }
    }
}
