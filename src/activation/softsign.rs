//! Softsign: x over 1 + |x|. Chapter `activation/softsign`.
//!
//! ```text
//! y = x / (1 + |x|)        x̄ = ȳ / (1 + |x|)²
//! ```
//!
//! The slope is continuous, at 0 too. It could be told from the output, as
//! (1 - |y|)², which cancels where |x| is large; so the input is saved.
//!
//! At ±∞ the value is ±1 and the slope 0, the limits. PyTorch composes the
//! function of three operations and returns NaN there (∞ / ∞); far out its slope, a
//! difference of two of them, cancels.
//!
//! J. Turian, J. Bergstra and Y. Bengio, "Quadratic features and deep
//! architectures for chunking", NAACL-HLT 2009.

use super::Activation;
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// From -1 to 1 like tanh, but in no hurry.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softsign};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-3.0, 0.0, 1.0, f64::INFINITY]));
/// let y = Softsign.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.75, 0.0, 0.5, 1.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0625, 1.0, 0.25, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Softsign;

/// [`Softsign`] as a function.
pub fn softsign<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Softsign)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Softsign`](crate::activation::Softsign) as a method.
    pub fn softsign(self) -> Var<'t, T> {
        softsign(self)
    }
}

// ANCHOR: softsign
impl Pointwise for Softsign {
    const NAME: &'static str = "softsign";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("DivBackward0")
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let infinite = T::from_f64(f64::INFINITY);
        if x == infinite {
            T::ONE
        } else if x == -infinite {
            -T::ONE
        } else {
            x / (T::ONE + x.abs())
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        // One quotient after the other: the square could overflow.
        let denominator = T::ONE + x.abs();
        grad_output / denominator / denominator
    }
}
// ANCHOR_END: softsign

impl Activation for Softsign {
    const ABOUT: About = About {
        name: "Softsign",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "x over 1 + |x|, from -1 to 1",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Softsign)
    }

    /// The slope is continuous, but has a corner.
    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}
