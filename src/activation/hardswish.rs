//! Hardswish: SiLU made of straight pieces and one parabola. Chapter
//! `activation/hardswish`.
//!
//! ```text
//! y = x min(max(x + 3, 0), 6) / 6
//! x̄ = 0  where x <= -3;   (2x + 3) / 6 ȳ  where -3 < x < 3;   ȳ  where x >= 3
//! ```
//!
//! The input is saved: below its minimum, at -1.5, the output takes every value
//! twice. At the kinks the slope is the outer side's, 0 at -3 and 1 at 3, as in
//! PyTorch. At -∞ the value is 0, the limit, where PyTorch returns NaN.
//!
//! A. Howard et al., "Searching for MobileNetV3", ICCV 2019, arXiv:1905.02244,
//! section 5.2.

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// x times its own [`Hardsigmoid`](super::Hardsigmoid).
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Hardswish};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-3.0, -1.5, 0.0, 3.0]));
/// let y = Hardswish.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, -0.375, 0.0, 3.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 0.5, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hardswish;

/// [`Hardswish`] as a function.
pub fn hardswish<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Hardswish)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Hardswish`](crate::activation::Hardswish) as a method.
    pub fn hardswish(self) -> Var<'t, T> {
        hardswish(self)
    }
}

// ANCHOR: hardswish
impl Pointwise for Hardswish {
    const NAME: &'static str = "hardswish";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let (three, six) = (T::from_f64(3.0), T::from_f64(6.0));
        if x <= -three {
            // PyTorch's zero: it comes of a negative x times 0.
            -T::ZERO
        } else if x >= three {
            x
        } else {
            x * (x + three) / six
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let (three, six) = (T::from_f64(3.0), T::from_f64(6.0));
        if x <= -three {
            T::ZERO
        } else if x < three {
            (x + x + three) / six * grad_output
        } else {
            grad_output
        }
    }
}
// ANCHOR_END: hardswish

impl Activation for Hardswish {
    const ABOUT: About = About {
        name: "Hardswish",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "SiLU made of straight pieces and a parabola",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Hardswish)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: -3.0, slope: Choice::Left }, Kink { at: 3.0, slope: Choice::Right }]
    }
}
