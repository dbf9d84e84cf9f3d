//! GELU: x times the chance that a standard normal number is below x. Chapter
//! `activation/gelu`.
//!
//! ```text
//! none:  y = x Φ(x),     Φ(x) = erfc(-x / √2) / 2,   φ(x) = e^(-x²/2) / √(2π)
//!        x̄ = (Φ(x) + x φ(x)) ȳ
//! tanh:  y = x σ(2u),    u = √(2/π) (x + 0.044715 x³)
//!        x̄ = (σ(2u) + x σ(2u) σ(-2u) 2u') ȳ
//! ```
//!
//! The input is saved: below its minimum, at -0.75, the output takes every value
//! twice. Φ is written with erfc and (1 + tanh u) / 2 as σ(2u), where the usual
//! 1 + erf and 1 + tanh cancel in the left tail: in f32 at x = -6 they give 0, and
//! the true value is -5.9e-9.
//!
//! At -∞ the value is 0 and so is the slope, at ∞ the slope is 1: the limits.
//! PyTorch returns NaN there (0 times ∞), which one infinite input then spreads.
//!
//! D. Hendrycks and K. Gimpel, "Gaussian error linear units (GELUs)",
//! arXiv:1606.08415, section 2.

use std::f64::consts::{FRAC_2_SQRT_PI, SQRT_2};

use rand::{Rng, RngExt};

use super::{Activation, at_least, at_most, minus_abs};
use crate::error::{Error, Result};
use crate::module::{About, Args, Argument, Family, Kind, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// How [`GELU`] computes Φ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Approximate {
    /// Exactly, by the error function.
    #[default]
    None,
    /// By a hyperbolic tangent, as GPT-2 did. The two differ by up to 4.73e-4.
    Tanh,
}

impl Approximate {
    pub(super) const ARGUMENT: Argument = Argument {
        name: "approximate",
        kind: Kind::Choice(&["none", "tanh"]),
        default: Some(Value::Str(std::borrow::Cow::Borrowed("none"))),
        meaning: "whether the normal distribution is exact or made of a tanh",
    };

    pub(super) fn from_args(args: &Args) -> Result<Self> {
        match args.word("approximate")? {
            "none" => Ok(Approximate::None),
            "tanh" => Ok(Approximate::Tanh),
            other => Err(Error::argument(
                "gelu",
                format!("approximate must be 'none' or 'tanh', got '{other}'"),
            )),
        }
    }

    /// A random one, as an argument's word.
    pub(super) fn sample(rng: &mut dyn Rng) -> &'static str {
        if rng.random() { "none" } else { "tanh" }
    }
}

/// x times the standard normal distribution function of x.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::activation::{Approximate, GELU};
/// use handgrad::{Module, Tape, Tensor};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-6.0, -1.0, 0.0, 1.0]));
/// let y = GELU::default().forward(x)?;
/// assert_eq!(format!("{:.2}", y.value()), "tensor([-5.92e-09, -1.59e-01,  0.00e+00,  8.41e-01])");
/// let close = GELU { approximate: Approximate::Tanh }.forward(x)?;
/// assert!((&y.value() - &close.value()).iter().all(|gap| gap.abs() < 4.8e-4));
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct GELU {
    /// How the distribution function is computed.
    pub approximate: Approximate,
}

/// [`GELU`] as a function.
pub fn gelu<T: Real>(x: Var<'_, T>, approximate: Approximate) -> Var<'_, T> {
    x.pointwise(GELU { approximate })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`GELU`](crate::activation::GELU) as a method.
    pub fn gelu(self, approximate: Approximate) -> Var<'t, T> {
        gelu(self, approximate)
    }
}

/// Beyond this distance from 0 both tails have ended, in f64 as in f32.
const END: f64 = 40.0;

// ANCHOR: gelu
impl Pointwise for GELU {
    const NAME: &'static str = "gelu";
    const SAVES: Saves = Saves::Input;

    // ANCHOR: forward
    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        match self.approximate {
            Approximate::None => {
                let x = at_least(x, -END);
                let (cdf, _) = x.normal();
                x * cdf
            }
            Approximate::Tanh => {
                // y(x) = x + y(-x): to the right of 0 too, the left one is computed.
                let below = at_least(minus_abs(x), -END);
                let e = twice_u(below).exp_down();
                let left = below * (e / (T::ONE + e));
                if x > T::ZERO { x + left } else { left }
            }
        }
    }
    // ANCHOR_END: forward

    // ANCHOR: backward
    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let x = at_most(at_least(x, -END), END);
        let slope = match self.approximate {
            Approximate::None => {
                let (cdf, pdf) = x.normal();
                cdf + x * pdf
            }
            Approximate::Tanh => {
                // So y'(x) = 1 - y'(-x).
                let below = minus_abs(x);
                let e = twice_u(below).exp_down();
                let other = T::ONE / (T::ONE + e);
                let left = e * other * (T::ONE + below * other * twice_u_slope(below));
                if x > T::ZERO { T::ONE - left } else { left }
            }
        };
        slope * grad_output
    }
    // ANCHOR_END: backward
}

// ANCHOR: cubic
/// 2u = 2 √(2/π) (x + 0.044715 x³).
#[inline(always)]
fn twice_u<T: Real>(x: T) -> T {
    T::from_f64(SQRT_2 * FRAC_2_SQRT_PI) * x * (T::ONE + T::from_f64(CUBIC) * x * x)
}

#[inline(always)]
fn twice_u_slope<T: Real>(x: T) -> T {
    T::from_f64(SQRT_2 * FRAC_2_SQRT_PI) * (T::ONE + T::from_f64(3.0 * CUBIC) * x * x)
}

/// The paper's coefficient of x³.
const CUBIC: f64 = 0.044_715;
// ANCHOR_END: cubic
// ANCHOR_END: gelu

impl Activation for GELU {
    const ABOUT: About = About {
        name: "GELU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "x times the normal distribution function of x",
        arguments: &[Approximate::ARGUMENT],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(GELU { approximate: Approximate::from_args(args)? })
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("approximate", Approximate::sample(rng))
    }
}
