//! LeakyReLU: negative values are scaled down, not cut off. Chapter
//! `activation/leaky_relu`.
//!
//! ```text
//! y = x  where x > 0, else slope x        x̄ = ȳ  where x > 0, else slope ȳ
//! ```
//!
//! The input is saved: with a slope below 0 the output no longer tells on
//! which side x was. At 0 the slope is the negative side's, as in PyTorch.
//!
//! A. L. Maas, A. Y. Hannun and A. Y. Ng, "Rectifier nonlinearities improve
//! neural network acoustic models", ICML Workshop on Deep Learning for Audio, Speech
//! and Language Processing, 2013.

use rand::{Rng, RngExt};

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Negative values are scaled by a fixed slope.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::LeakyReLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1.0, 0.0, 2.0]));
/// let y = LeakyReLU { negative_slope: 0.1 }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-0.1, 0.0, 2.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.1, 0.1, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeakyReLU {
    /// The slope at and below 0. Any number is allowed; a negative one folds
    /// the line.
    pub negative_slope: f64,
}

/// PyTorch's default slope, 0.01.
impl Default for LeakyReLU {
    fn default() -> Self {
        LeakyReLU { negative_slope: 0.01 }
    }
}

/// [`LeakyReLU`] as a function.
pub fn leaky_relu<T: Real>(x: Var<'_, T>, negative_slope: f64) -> Var<'_, T> {
    x.pointwise(LeakyReLU { negative_slope })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`LeakyReLU`](crate::activation::LeakyReLU) as a method.
    pub fn leaky_relu(self, negative_slope: f64) -> Var<'t, T> {
        leaky_relu(self, negative_slope)
    }
}

// ANCHOR: leaky_relu
impl Pointwise for LeakyReLU {
    const NAME: &'static str = "leaky_relu";
    const SAVES: Saves = Saves::Input;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x > T::ZERO { x } else { x * T::from_f64(self.negative_slope) }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if x > T::ZERO { grad_output } else { grad_output * T::from_f64(self.negative_slope) }
    }
}
// ANCHOR_END: leaky_relu

impl Activation for LeakyReLU {
    const ABOUT: About = About {
        name: "LeakyReLU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "negative values are scaled by a fixed slope",
        arguments: &[
            Argument {
                name: "negative_slope",
                kind: Kind::Float,
                default: Some(Value::Float(0.01)),
                meaning: "the slope at and below 0",
            },
            INPLACE,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(LeakyReLU { negative_slope: args.float("negative_slope")? })
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        Args::new().with("negative_slope", rng.random_range(-0.5..1.5))
    }
}
