//! Hardshrink: small values become 0, the others stay. Chapter
//! `activation/hardshrink`.
//!
//! ```text
//! y = 0  where -λ <= x <= λ, else x        x̄ = 0  where -λ <= x <= λ, else ȳ
//! ```
//!
//! The function jumps by λ at both ends, and no gradient says so: the slope is 0
//! inside and at the ends, 1 outside, as in PyTorch. The output tells which it was
//! but where λ < 0 (then nothing is small) and x is 0, so the input is saved. A NaN
//! passes, and so does its cotangent.
//!
//! D. L. Donoho and I. M. Johnstone, "Ideal spatial adaptation by wavelet
//! shrinkage", Biometrika 81 (1994): hard thresholding.

use rand::Rng;

use super::{Activation, random_dyadic};
use crate::error::Result;
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Values no further than λ from 0 become 0.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Hardshrink};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1.0, -0.5, 0.25, 0.75]));
/// let y = Hardshrink::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [-1.0, 0.0, 0.0, 0.75]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0, 0.0, 0.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardshrink {
    /// λ, spelt as in PyTorch (`lambda` is a word of Python's). With a negative
    /// one nothing is small.
    pub lambd: f64,
}

/// PyTorch's default, λ = 0.5.
impl Default for Hardshrink {
    fn default() -> Self {
        Hardshrink { lambd: 0.5 }
    }
}

/// [`Hardshrink`] as a function.
pub fn hardshrink<T: Real>(x: Var<'_, T>, lambd: f64) -> Var<'_, T> {
    x.pointwise(Hardshrink { lambd })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Hardshrink`](crate::activation::Hardshrink) as a method.
    pub fn hardshrink(self, lambd: f64) -> Var<'t, T> {
        hardshrink(self, lambd)
    }
}

// ANCHOR: hardshrink
impl Hardshrink {
    fn is_small<T: Real>(self, x: T) -> bool {
        let lambd = T::from_f64(self.lambd);
        -lambd <= x && x <= lambd
    }
}

impl Pointwise for Hardshrink {
    const NAME: &'static str = "hardshrink";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if self.is_small(x) { T::ZERO } else { x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if self.is_small(x) { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: hardshrink

impl Activation for Hardshrink {
    const ABOUT: About = About {
        name: "Hardshrink",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "values near 0 become 0, the others stay",
        arguments: &[LAMBD],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Hardshrink { lambd: args.float("lambd")? })
    }

    fn kinks(&self) -> Vec<Kink> {
        ends(self.lambd)
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("lambd", sample_lambd(rng))
    }
}

/// PyTorch's name of λ, for this layer and Softshrink.
pub(super) const LAMBD: Argument = Argument {
    name: "lambd",
    kind: Kind::Float,
    default: Some(Value::Float(0.5)),
    meaning: "how far from 0 a value counts as small",
};

/// A λ above 0. With 0 the layers are the identity, and yet have the slope 0 at
/// 0, as in PyTorch: no check could agree with that.
pub(super) fn sample_lambd(rng: &mut dyn Rng) -> f64 {
    random_dyadic(rng, 0.125, 1.0)
}

/// The ends of the small values, which belong to the inside.
pub(super) fn ends(lambd: f64) -> Vec<Kink> {
    if lambd < 0.0 {
        return Vec::new();
    }
    vec![Kink { at: -lambd, slope: Choice::Right }, Kink { at: lambd, slope: Choice::Left }]
}
