//! CELU: an ELU whose slope is continuous for every α. Chapter
//! `activation/celu`.
//!
//! ```text
//! y = x  where x > 0, else α (e^(x/α) - 1)
//! x̄ = ȳ  where x > 0, else e^(x/α) ȳ
//! ```
//!
//! Stretching x along with y leaves the slope at 0 what it was: 1. The input is
//! saved and not the output, for the reasons that `elu.rs` gives. A NaN passes,
//! and so does its cotangent.
//!
//! J. T. Barron, "Continuously differentiable exponential linear units",
//! arXiv:1704.07483.

use rand::{Rng, RngExt};

use super::{Activation, INPLACE};
use crate::error::{Error, Result};
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Negative values go exponentially towards -α, without a bend at 0.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::CELU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, 0.0, 2.0]));
/// let y = CELU::new(0.5)?.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.5, 0.0, 2.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 1.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CELU {
    alpha: f64,
}

impl CELU {
    /// Refuses α = 0, by which x would be divided.
    pub fn new(alpha: f64) -> Result<Self> {
        if alpha == 0.0 {
            return Err(Error::argument(
                "celu",
                "alpha cannot be 0, since x is divided by it; for a flat negative side use ReLU",
            ));
        }
        Ok(CELU { alpha })
    }
}

/// PyTorch's default, α = 1.
impl Default for CELU {
    fn default() -> Self {
        CELU { alpha: 1.0 }
    }
}

/// [`CELU`] as a function. Refuses α = 0.
pub fn celu<T: Real>(x: Var<'_, T>, alpha: f64) -> Result<Var<'_, T>> {
    Ok(x.pointwise(CELU::new(alpha)?))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`CELU`](crate::activation::CELU) as a method.
    pub fn celu(self, alpha: f64) -> Result<Var<'t, T>> {
        celu(self, alpha)
    }
}

// ANCHOR: celu
impl Pointwise for CELU {
    const NAME: &'static str = "celu";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let stretched = x * T::from_f64(1.0 / self.alpha);
        if x <= T::ZERO { T::from_f64(self.alpha) * stretched.exp_m1() } else { x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let stretched = x * T::from_f64(1.0 / self.alpha);
        if x <= T::ZERO { stretched.exp_down() * grad_output } else { grad_output }
    }
}
// ANCHOR_END: celu

impl Activation for CELU {
    const ABOUT: About = About {
        name: "CELU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "an ELU without a bend at 0, whatever alpha",
        arguments: &[
            Argument {
                name: "alpha",
                kind: Kind::Float,
                default: Some(Value::Float(1.0)),
                meaning: "how far below 0 the output can go; not 0",
            },
            INPLACE,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        CELU::new(args.float("alpha")?)
    }

    /// The slope is continuous, but has a corner.
    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("alpha", rng.random_range(0.2..3.0))
    }
}
