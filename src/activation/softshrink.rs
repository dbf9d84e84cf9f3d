//! Softshrink: every value moves towards 0 by λ, and stops there. Chapter
//! `activation/softshrink`.
//!
//! ```text
//! y = x - λ  where x > λ,   x + λ  where x < -λ,   else 0
//! x̄ = 0  where -λ <= x <= λ, else ȳ
//! ```
//!
//! Unlike Hardshrink it is continuous. At both kinks the slope is the inner
//! side's, 0, as in PyTorch. The input is saved, as there; the output would do as
//! well, since x - λ is not 0 where x > λ. A NaN passes, and so does its cotangent.
//!
//! D. L. Donoho, "De-noising by soft-thresholding", IEEE Transactions on
//! Information Theory 41 (1995).

use rand::Rng;

use super::Activation;
use super::hardshrink::{LAMBD, ends, sample_lambd};
use crate::error::{Error, Result};
use crate::module::{About, Args, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Every value moves towards 0 by λ; what would pass 0 becomes 0.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softshrink};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1.0, -0.5, 0.25, 0.75]));
/// let y = Softshrink::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.5, 0.0, 0.0, 0.25]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softshrink {
    lambd: f64,
}

impl Softshrink {
    /// Refuses a λ that is negative, infinite or NaN.
    pub fn new(lambd: f64) -> Result<Self> {
        if lambd >= 0.0 && lambd.is_finite() {
            Ok(Softshrink { lambd })
        } else {
            Err(Error::argument(
                "softshrink",
                format!("lambd must be 0 or more, and finite; got {lambd:?}"),
            ))
        }
    }
}

/// PyTorch's default, λ = 0.5.
impl Default for Softshrink {
    fn default() -> Self {
        Softshrink { lambd: 0.5 }
    }
}

/// [`Softshrink`] as a function. Refuses a λ that is negative, infinite or NaN.
pub fn softshrink<T: Real>(x: Var<'_, T>, lambd: f64) -> Result<Var<'_, T>> {
    Ok(x.pointwise(Softshrink::new(lambd)?))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Softshrink`](crate::activation::Softshrink) as a method.
    pub fn softshrink(self, lambd: f64) -> Result<Var<'t, T>> {
        softshrink(self, lambd)
    }
}

// ANCHOR: softshrink
impl Pointwise for Softshrink {
    const NAME: &'static str = "softshrink";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let lambd = T::from_f64(self.lambd);
        if x > lambd {
            x - lambd
        } else if x < -lambd {
            x + lambd
        } else {
            // A zero of the input's sign, or a NaN: so PyTorch answers for a small
            // tensor (in a large one it makes 0 of all but the last few).
            x * T::ZERO
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let lambd = T::from_f64(self.lambd);
        if -lambd <= x && x <= lambd { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: softshrink

impl Activation for Softshrink {
    const ABOUT: About = About {
        name: "Softshrink",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "every value moves towards 0, and stops there",
        arguments: &[LAMBD],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Softshrink::new(args.float("lambd")?)
    }

    fn kinks(&self) -> Vec<Kink> {
        ends(self.lambd)
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("lambd", sample_lambd(rng))
    }
}
