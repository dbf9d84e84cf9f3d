//! ReLU: negative values become 0. Chapter `activation/relu`.
//!
//! ```text
//! y = max(x, 0)        x̄ = ȳ where x > 0, else 0
//! ```
//!
//! Whether x > 0 can be told from y, so the output is saved and not the input:
//! the next layer keeps y anyway. At 0 the slope may be anything from 0 to 1;
//! 0 is taken, as in PyTorch. A NaN passes, and so does its cotangent.
//!
//! V. Nair and G. E. Hinton, "Rectified linear units improve restricted
//! Boltzmann machines", ICML 2010.

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Negative values become 0.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::ReLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-1.0, 0.0, 2.0]));
/// let y = ReLU.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 2.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReLU;

/// [`ReLU`] as a function.
pub fn relu<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(ReLU)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`ReLU`](crate::activation::ReLU) as a method.
    pub fn relu(self) -> Var<'t, T> {
        relu(self)
    }
}

// ANCHOR: relu
impl Pointwise for ReLU {
    const NAME: &'static str = "relu";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x > T::ZERO {
            x
        } else if x < T::ZERO {
            T::ZERO
        } else {
            // A zero keeps its sign and a NaN stays one, as in PyTorch. As a
            // constant it has the slope of the backward, 0, over dual numbers too.
            x.detach()
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y <= T::ZERO { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: relu

impl Activation for ReLU {
    const ABOUT: About = About {
        name: "ReLU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "negative values become 0",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(ReLU)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}
