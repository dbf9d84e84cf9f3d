//! ELU: an exponential in place of ReLU's flat side. Chapter `activation/elu`.
//!
//! ```text
//! y = x  where x > 0, else α (e^x - 1)
//! x̄ = ȳ  where x > 0, else α e^x ȳ
//! ```
//!
//! The slope could be told from the output, as y + α, and is in many libraries.
//! It is not here, for two reasons: y + α cancels where x is well below 0 (at
//! x = -10 in f32 a slope of 4.540e-5 comes out as 4.542e-5), and for α < 0 the
//! output no longer tells on which side of 0 x was. So the input is saved, as in
//! PyTorch.
//!
//! At 0 the slope is the negative side's, α, as in PyTorch. A NaN passes, and so
//! does its cotangent.
//!
//! D.-A. Clevert, T. Unterthiner and S. Hochreiter, "Fast and accurate deep
//! network learning by exponential linear units (ELUs)", ICLR 2016,
//! arXiv:1511.07289, section 3.

use rand::{Rng, RngExt};

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Negative values go exponentially towards -α.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::ELU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, 0.0, 2.0]));
/// let y = ELU { alpha: 0.5 }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.5, 0.0, 2.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.5, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ELU {
    /// How far below 0 the output can go. Any number is allowed.
    pub alpha: f64,
}

/// PyTorch's default, α = 1.
impl Default for ELU {
    fn default() -> Self {
        ELU { alpha: 1.0 }
    }
}

/// [`ELU`] as a function.
pub fn elu<T: Real>(x: Var<'_, T>, alpha: f64) -> Var<'_, T> {
    x.pointwise(ELU { alpha })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`ELU`](crate::activation::ELU) as a method.
    pub fn elu(self, alpha: f64) -> Var<'t, T> {
        elu(self, alpha)
    }
}

// ANCHOR: elu
impl Pointwise for ELU {
    const NAME: &'static str = "elu";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x <= T::ZERO { T::from_f64(self.alpha) * x.exp_m1() } else { x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if x <= T::ZERO {
            T::from_f64(self.alpha) * x.exp_down() * grad_output
        } else {
            grad_output
        }
    }
}
// ANCHOR_END: elu

impl Activation for ELU {
    const ABOUT: About = About {
        name: "ELU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "negative values go exponentially towards -alpha",
        arguments: &[
            Argument {
                name: "alpha",
                kind: Kind::Float,
                default: Some(Value::Float(1.0)),
                meaning: "how far below 0 the output can go",
            },
            INPLACE,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(ELU { alpha: args.float("alpha")? })
    }

    /// With α = 1 the slope is continuous, but still has a corner.
    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        let alpha = if rng.random() { 1.0 } else { rng.random_range(-1.0..3.0) };
        Args::new().with("alpha", alpha)
    }
}
