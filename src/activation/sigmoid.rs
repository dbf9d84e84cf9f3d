//! Sigmoid: the logistic function. Chapter `activation/sigmoid`.
//!
//! ```text
//! y = σ(x) = 1 / (1 + e^-x)        x̄ = y (1 - y) ȳ
//! ```
//!
//! The slope is told from the output, so that is saved and not the input: the
//! next layer keeps y anyway. The price is a slope of 0 where y has rounded to 1: at
//! x = 20 in f32 it is 0, at x = -20 it is 2.1e-9. PyTorch pays it too.
//!
//! D. E. Rumelhart, G. E. Hinton and R. J. Williams, "Learning representations by
//! back-propagating errors", Nature 323 (1986), eq. 2.

use super::Activation;
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// The logistic function, from 0 to 1.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Sigmoid};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1000.0, 0.0, 1000.0]));
/// let y = Sigmoid.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.5, 1.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.25, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sigmoid;

/// [`Sigmoid`] as a function.
pub fn sigmoid<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Sigmoid)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Sigmoid`](crate::activation::Sigmoid) as a method.
    pub fn sigmoid(self) -> Var<'t, T> {
        sigmoid(self)
    }
}

// ANCHOR: sigmoid
impl Pointwise for Sigmoid {
    const NAME: &'static str = "sigmoid";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.sigmoid()
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        y * (T::ONE - y) * grad_output
    }
}
// ANCHOR_END: sigmoid

impl Activation for Sigmoid {
    const ABOUT: About = About {
        name: "Sigmoid",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "the logistic function, from 0 to 1",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Sigmoid)
    }
}
