//! Hardsigmoid: a sigmoid made of three straight pieces. Chapter
//! `activation/hardsigmoid`.
//!
//! ```text
//! y = min(max(x + 3, 0), 6) / 6        x̄ = ȳ / 6 where -3 < x < 3, else 0
//! ```
//!
//! The input is saved. The output would do up to its rounding: a number just
//! below 3 already gives a y of 1. At both kinks the slope is 0, and so it is at a
//! NaN, as in PyTorch. PyTorch's slope in f64 is 1/6 rounded to f32, 5e-9 off; ours
//! is not.
//!
//! A. Howard et al., "Searching for MobileNetV3", ICCV 2019, arXiv:1905.02244,
//! section 5.2; with a slope of 1/2 instead of 1/6 in M. Courbariaux, Y. Bengio
//! and J.-P. David, "BinaryConnect", NIPS 2015.

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// 0 up to -3, 1 from 3 on, a straight line between them.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Hardsigmoid};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-4.0, -3.0, 0.0, 3.0]));
/// let y = Hardsigmoid.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 0.5, 1.0]);
/// let gradients = y.backward_with(&Tensor::full([4], 6.0))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Hardsigmoid;

/// [`Hardsigmoid`] as a function.
pub fn hardsigmoid<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Hardsigmoid)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Hardsigmoid`](crate::activation::Hardsigmoid) as a method.
    pub fn hardsigmoid(self) -> Var<'t, T> {
        hardsigmoid(self)
    }
}

// ANCHOR: hardsigmoid
impl Pointwise for Hardsigmoid {
    const NAME: &'static str = "hardsigmoid";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let three = T::from_f64(3.0);
        if x <= -three {
            T::ZERO
        } else if x >= three {
            T::ONE
        } else {
            (x + three) / T::from_f64(6.0)
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let three = T::from_f64(3.0);
        if x > -three && x < three { grad_output / T::from_f64(6.0) } else { T::ZERO }
    }
}
// ANCHOR_END: hardsigmoid

impl Activation for Hardsigmoid {
    const ABOUT: About = About {
        name: "Hardsigmoid",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "a sigmoid made of three straight pieces",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Hardsigmoid)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: -3.0, slope: Choice::Left }, Kink { at: 3.0, slope: Choice::Right }]
    }
}
