//! Identity: the output is the input. Chapter `nn/identity`.
//!
//! ```text
//! y = x        x̄ = ȳ
//! ```
//!
//! No operation is recorded: the var itself is handed on, as in PyTorch. It
//! takes the place of a layer that is to be left out.

use rand::Rng;

use crate::error::Result;
use crate::module::{About, Args, Case, Family, Layer, Module, random_shape};
use crate::real::Real;
use crate::tape::Var;

/// The output is the input, the same var.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, nn::Identity};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-1.0, 2.0]));
/// assert_eq!(Identity.forward(x)?.id(), x.id());
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Identity;

// ANCHOR: identity
impl<T: Real> Module<T> for Identity {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        Ok(x)
    }
}
// ANCHOR_END: identity

impl<T: Real> Layer<T> for Identity {
    const ABOUT: About = About {
        name: "Identity",
        stem: "identity",
        family: Family::Nn,
        summary: "the output is the input",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Identity)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        Case { args: Args::new(), shape: random_shape(rng, 0..=4, 0..=4) }
    }
}
