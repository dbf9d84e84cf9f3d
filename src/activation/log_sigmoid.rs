//! LogSigmoid: the logarithm of the sigmoid, never taken of a 0. Chapter
//! `activation/log_sigmoid`.
//!
//! ```text
//! y = ln σ(x) = min(x, 0) - ln(1 + e^-|x|)        x̄ = σ(-x) ȳ
//! ```
//!
//! The input is saved. The slope is 1 - e^y, which would cancel where y is near 0;
//! told from the output it would have to be -expm1(y).
//!
//! The stable form is folklore; P. Blanchard, D. J. Higham and N. J. Higham,
//! "Accurately computing the log-sum-exp and softmax functions", IMA J. Numer.
//! Anal. 41 (2021), analyse the general one.

use super::{Activation, minus_abs};
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// The logarithm of the logistic function.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::LogSigmoid};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1000.0, 0.0, 1000.0]));
/// let y = LogSigmoid.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-1000.0, -(2.0_f64.ln()), 0.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0, 0.5, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LogSigmoid;

/// [`LogSigmoid`] as a function.
pub fn log_sigmoid<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(LogSigmoid)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`LogSigmoid`](crate::activation::LogSigmoid) as a method.
    pub fn log_sigmoid(self) -> Var<'t, T> {
        log_sigmoid(self)
    }
}

// ANCHOR: log_sigmoid
impl Pointwise for LogSigmoid {
    const NAME: &'static str = "log_sigmoid";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let tail = minus_abs(x).exp_down().ln_1p_unit();
        (if x > T::ZERO { T::ZERO } else { x }) - tail
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        (-x).sigmoid() * grad_output
    }
}
// ANCHOR_END: log_sigmoid

impl Activation for LogSigmoid {
    const ABOUT: About = About {
        name: "LogSigmoid",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "the logarithm of the logistic function",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(LogSigmoid)
    }
}
