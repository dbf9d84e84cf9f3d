//! SiLU, also called swish: x times its own sigmoid. Chapter `activation/silu`.
//!
//! ```text
//! y = x σ(x)        x̄ = σ(x) (1 + x σ(-x)) ȳ
//! ```
//!
//! σ(x) = 1 - σ(-x), and so y(x) = x + y(-x) and y'(x) = 1 - y'(-x): only the left half is
//! ever computed, with e = e^x, σ(x) = e / (1 + e) and σ(-x) = 1 / (1 + e).
//!
//! The input is saved: below its minimum, at -1.28, the output takes every value
//! twice.
//!
//! At -∞ the value is 0 and so is the slope, at ∞ the slope is 1: the limits.
//! PyTorch returns NaN there (0 times ∞).
//!
//! S. Elfwing, E. Uchibe and K. Doya, "Sigmoid-weighted linear units for neural
//! network function approximation in reinforcement learning", Neural Networks
//! 107 (2018), arXiv:1702.03118; P. Ramachandran, B. Zoph and
//! Q. V. Le, "Searching for activation functions", arXiv:1710.05941.

use super::{Activation, INPLACE, at_least, minus_abs};
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// x times its own sigmoid.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::SiLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, 0.0, 1e300]));
/// let y = SiLU.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 1e300]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.5, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SiLU;

/// [`SiLU`] as a function.
pub fn silu<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(SiLU)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`SiLU`](crate::activation::SiLU) as a method.
    pub fn silu(self) -> Var<'t, T> {
        silu(self)
    }
}

/// Beyond this distance from 0 the sigmoid is 0 or 1, in f64 as in f32.
const END: f64 = 800.0;

// ANCHOR: silu
impl Pointwise for SiLU {
    const NAME: &'static str = "silu";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        // y(x) = x + y(-x): to the right of 0 too, the left one is computed.
        let below = at_least(minus_abs(x), -END);
        let e = below.exp_down();
        let left = below * (e / (T::ONE + e));
        if x > T::ZERO { x + left } else { left }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        // So y'(x) = 1 - y'(-x).
        let below = at_least(minus_abs(x), -END);
        let e = below.exp_down();
        let other = T::ONE / (T::ONE + e);
        let left = e * other * (T::ONE + below * other);
        (if x > T::ZERO { T::ONE - left } else { left }) * grad_output
    }
}
// ANCHOR_END: silu

impl Activation for SiLU {
    const ABOUT: About = About {
        name: "SiLU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "x times its own sigmoid",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(SiLU)
    }
}
