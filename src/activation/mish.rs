//! Mish: x times the tanh of its softplus. Chapter `activation/mish`.
//!
//! ```text
//! y = x w,   w = tanh(ln(1 + e^x))        x̄ = (w + x w') ȳ
//! ```
//!
//! w needs neither the tanh nor the logarithm: with e = e^x and δ = 2 + 2e + e²,
//! tanh(ln(1 + e)) = ((1 + e)² - 1) / ((1 + e)² + 1) = e (2 + e) / δ, and
//!
//! ```text
//! w + x w' = e ω / δ²,   ω = 4 (x + 1) + (4x + 6) e + 4 e² + e³
//! ```
//!
//! Where x > 0 both fractions are divided through by powers of e^x, so that nothing
//! overflows, and 1 is taken out, so that it stays exact: with q = e^-x and
//! δ = 1 + 2q + 2q²,
//!
//! ```text
//! w = 1 - 2 q² / δ,   w + x w' = 1 + q² (4x - 2 + q (4 (x - 1) - 4q)) / δ²
//! ```
//!
//! The input is saved: below its minimum, at -1.19, the output takes
//! every value twice.
//!
//! At -∞ the value is 0 and so is the slope, at ∞ the slope is 1: the limits.
//! PyTorch returns NaN there (0 times ∞).
//!
//! D. Misra, "Mish: a self regularized non-monotonic activation function", BMVC
//! 2020, arXiv:1908.08681, whose δ and ω these are.

use super::{Activation, INPLACE, at_least, at_most, minus_abs};
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// x times the tanh of its softplus.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Mish};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, 0.0, 1e300]));
/// let y = Mish.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 1e300]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.6, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mish;

/// [`Mish`] as a function.
pub fn mish<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Mish)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Mish`](crate::activation::Mish) as a method.
    pub fn mish(self) -> Var<'t, T> {
        mish(self)
    }
}

/// Beyond this distance from 0 the weight is 0 or 1, in f64 as in f32.
const END: f64 = 800.0;

// ANCHOR: mish
impl Pointwise for Mish {
    const NAME: &'static str = "mish";
    const SAVES: Saves = Saves::Input;

    // ANCHOR: forward
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let below = at_least(minus_abs(x), -END);
        let (e, two) = (below.exp_down(), T::from_f64(2.0));
        if x > T::ZERO {
            x + below * (two * e * e / delta(x, e))
        } else {
            below * (e * (two + e) / delta(x, e))
        }
    }
    // ANCHOR_END: forward

    // ANCHOR: backward
    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let x = at_most(at_least(x, -END), END);
        let (e, two, four) = (minus_abs(x).exp_down(), T::from_f64(2.0), T::from_f64(4.0));
        let delta = delta(x, e);
        let slope = if x > T::ZERO {
            let rest = e * e * (four * x - two + e * (four * (x - T::ONE) - four * e));
            T::ONE + rest / (delta * delta)
        } else {
            let omega = four * (x + T::ONE) + e * (four * x + T::from_f64(6.0) + e * (four + e));
            e * omega / (delta * delta)
        };
        slope * grad_output
    }
    // ANCHOR_END: backward
}

// ANCHOR: delta
/// δ, where x > 0 over e^2x; `e` is e^-|x|.
#[inline(always)]
fn delta<T: Real>(x: T, e: T) -> T {
    let two = T::from_f64(2.0);
    if x > T::ZERO { T::ONE + e * (two + two * e) } else { two + e * (two + e) }
}
// ANCHOR_END: delta
// ANCHOR_END: mish

impl Activation for Mish {
    const ABOUT: About = About {
        name: "Mish",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "x times the tanh of its softplus",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Mish)
    }
}
