//! Threshold: values at and below a threshold are replaced. Chapter
//! `activation/threshold`.
//!
//! ```text
//! y = x  where x > t, else v        x̄ = ȳ  where x > t, else 0
//! ```
//!
//! Unless v = t the function jumps at t, and no gradient says so: the slope is 0
//! on one side, 1 on the other, and 0 at t itself, as in PyTorch. The input is
//! saved: where v > t the output no longer tells on which side x was. A NaN
//! passes, and so does its cotangent.
//!
//! With t = v = 0 it is ReLU: V. Nair and G. E. Hinton, "Rectified linear units
//! improve restricted Boltzmann machines", ICML 2010.

use rand::{Rng, RngExt};

use super::{Activation, INPLACE, random_dyadic};
use crate::error::Result;
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Values at and below a threshold are replaced by one value.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Threshold};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([0.5, 1.0, 1.5]));
/// let y = Threshold { threshold: 1.0, value: 20.0 }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [20.0, 20.0, 1.5]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// The greatest number that is replaced.
    pub threshold: f64,
    /// What replaces it.
    pub value: f64,
}

/// [`Threshold`] as a function.
pub fn threshold<T: Real>(x: Var<'_, T>, threshold: f64, value: f64) -> Var<'_, T> {
    x.pointwise(Threshold { threshold, value })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Threshold`](crate::activation::Threshold) as a method.
    pub fn threshold(self, threshold: f64, value: f64) -> Var<'t, T> {
        self.pointwise(Threshold { threshold, value })
    }
}

// ANCHOR: threshold
impl Pointwise for Threshold {
    const NAME: &'static str = "threshold";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x <= T::from_f64(self.threshold) { T::from_f64(self.value) } else { x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if x <= T::from_f64(self.threshold) { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: threshold

impl Activation for Threshold {
    const ABOUT: About = About {
        name: "Threshold",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "values up to a threshold are replaced by one value",
        arguments: &[
            Argument {
                name: "threshold",
                kind: Kind::Float,
                default: None,
                meaning: "the greatest number that is replaced",
            },
            Argument {
                name: "value",
                kind: Kind::Float,
                default: None,
                meaning: "what replaces it",
            },
            INPLACE,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Threshold { threshold: args.float("threshold")?, value: args.float("value")? })
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: self.threshold, slope: Choice::Left }]
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        let threshold = random_dyadic(rng, -1.0, 1.0);
        let value = if rng.random() { threshold } else { random_dyadic(rng, -2.0, 2.0) };
        Args::new().with("threshold", threshold).with("value", value)
    }
}
