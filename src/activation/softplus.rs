//! Softplus: ReLU with its corner rounded off. Chapter `activation/softplus`.
//!
//! ```text
//! z = β x
//! y = ln(1 + e^z) / β  where z <= threshold, else x
//! x̄ = σ(z) ȳ           where z <= threshold, else ȳ
//! ```
//!
//! The input is saved. The logarithm is computed as max(z, 0) + ln(1 + e^-|z|), so
//! that no z overflows whatever the threshold. At the threshold itself the curve
//! still counts (`z <= threshold`), as in PyTorch; with the default of 20 the step
//! from curve to line is 2e-9, with a small threshold it is a jump that no
//! gradient knows of.
//!
//! C. Dugas, Y. Bengio, F. Bélisle, C. Nadeau and R. Garcia, "Incorporating
//! second-order functional knowledge for better option pricing", NIPS 2000.

use rand::{Rng, RngExt};

use super::{Activation, minus_abs, random_dyadic};
use crate::error::Result;
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// A smooth ReLU: ln(1 + e^(β x)) / β.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softplus};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-800.0, 0.0, 30.0]));
/// let y = Softplus::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 2.0_f64.ln(), 30.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.5, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Softplus {
    /// How sharp the corner is: the larger, the nearer to ReLU.
    pub beta: f64,
    /// Where β x is above it, the output is x.
    pub threshold: f64,
}

/// PyTorch's defaults, β = 1 and a threshold of 20.
impl Default for Softplus {
    fn default() -> Self {
        Softplus { beta: 1.0, threshold: 20.0 }
    }
}

/// [`Softplus`] as a function.
pub fn softplus<T: Real>(x: Var<'_, T>, beta: f64, threshold: f64) -> Var<'_, T> {
    x.pointwise(Softplus { beta, threshold })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Softplus`](crate::activation::Softplus) as a method.
    pub fn softplus(self, beta: f64, threshold: f64) -> Var<'t, T> {
        softplus(self, beta, threshold)
    }
}

// ANCHOR: softplus
impl Pointwise for Softplus {
    const NAME: &'static str = "softplus";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let beta = T::from_f64(self.beta);
        let z = x * beta;
        let tail = minus_abs(z).exp_down().ln_1p_unit();
        let curve = (if z > T::ZERO { z + tail } else { tail }) / beta;
        if z > T::from_f64(self.threshold) { x } else { curve }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let z = x * T::from_f64(self.beta);
        if z > T::from_f64(self.threshold) { grad_output } else { z.sigmoid() * grad_output }
    }
}
// ANCHOR_END: softplus

impl Activation for Softplus {
    const ABOUT: About = About {
        name: "Softplus",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "ReLU with its corner rounded off",
        arguments: &[
            Argument {
                name: "beta",
                kind: Kind::Float,
                default: Some(Value::Float(1.0)),
                meaning: "how sharp the corner is",
            },
            Argument {
                name: "threshold",
                kind: Kind::Float,
                default: Some(Value::Float(20.0)),
                meaning: "where beta times x is above it, the output is x",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Softplus { beta: args.float("beta")?, threshold: args.float("threshold")? })
    }

    /// The step at the threshold. Where it is exactly in floating point is up to
    /// the rounding of β x.
    fn kinks(&self) -> Vec<Kink> {
        let at = self.threshold / self.beta;
        let inner = if self.beta > 0.0 { Choice::Left } else { Choice::Right };
        if at.is_finite() { vec![Kink { at, slope: inner }] } else { Vec::new() }
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        // Powers of 2, by which no product rounds.
        let beta = [0.5, 1.0, 2.0, -1.0][rng.random_range(0..4)];
        Args::new().with("beta", beta).with("threshold", random_dyadic(rng, 1.0, 25.0))
    }
}
