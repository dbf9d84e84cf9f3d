//! Hardtanh: the line y = x, cut off at both ends. Chapter `activation/hardtanh`.
//!
//! ```text
//! y = min(max(x, a), b)        x̄ = ȳ where a < x < b, else 0
//! ```
//!
//! Whether a < x < b can be told from y, so the output is saved and not the
//! input. At both kinks the slope is 0, as in PyTorch. A NaN passes, and so does
//! its cotangent.
//!
//! R. Collobert, "Large scale machine learning", PhD thesis, Université Paris VI,
//! 2004.

use rand::Rng;

use super::{Activation, INPLACE, random_dyadic};
use crate::error::{Error, Result};
use crate::module::{About, Args, Argument, Choice, Family, Kind, Kink, Value};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Values are limited to `min_val..=max_val`.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Hardtanh};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-2.0, -1.0, 0.5, 3.0]));
/// let y = Hardtanh::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [-1.0, -1.0, 0.5, 1.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hardtanh {
    min_val: f64,
    max_val: f64,
}

impl Hardtanh {
    /// Refuses bounds that do not satisfy `min_val < max_val`.
    pub fn new(min_val: f64, max_val: f64) -> Result<Self> {
        if min_val < max_val {
            Ok(Hardtanh { min_val, max_val })
        } else {
            Err(Error::argument(
                "hardtanh",
                format!("max_val ({max_val:?}) must be greater than min_val ({min_val:?})"),
            ))
        }
    }
}

/// PyTorch's default bounds, -1 and 1.
impl Default for Hardtanh {
    fn default() -> Self {
        Hardtanh { min_val: -1.0, max_val: 1.0 }
    }
}

/// [`Hardtanh`] as a function. Refuses bounds that do not satisfy
/// `min_val < max_val`.
pub fn hardtanh<T: Real>(x: Var<'_, T>, min_val: f64, max_val: f64) -> Result<Var<'_, T>> {
    Ok(x.pointwise(Hardtanh::new(min_val, max_val)?))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Hardtanh`](crate::activation::Hardtanh) as a method.
    pub fn hardtanh(self, min_val: f64, max_val: f64) -> Result<Var<'t, T>> {
        hardtanh(self, min_val, max_val)
    }
}

// ANCHOR: hardtanh
impl Pointwise for Hardtanh {
    const NAME: &'static str = "hardtanh";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let (min, max) = (T::from_f64(self.min_val), T::from_f64(self.max_val));
        if x < min {
            min
        } else if x > max {
            max
        } else if x == min || x == max {
            // On a bound the value stays, -0 too, with the slope of the flat side.
            x.detach()
        } else {
            x
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        let flat = y <= T::from_f64(self.min_val) || y >= T::from_f64(self.max_val);
        if flat { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: hardtanh

impl Activation for Hardtanh {
    const ABOUT: About = About {
        name: "Hardtanh",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "values are limited to an interval",
        arguments: &[
            Argument {
                name: "min_val",
                kind: Kind::Float,
                default: Some(Value::Float(-1.0)),
                meaning: "the least value that comes out",
            },
            Argument {
                name: "max_val",
                kind: Kind::Float,
                default: Some(Value::Float(1.0)),
                meaning: "the greatest value that comes out",
            },
            INPLACE,
            Argument {
                name: "min_value",
                kind: Kind::Float,
                default: Some(Value::None),
                meaning: "PyTorch's old name of min_val, which it overrides",
            },
            Argument {
                name: "max_value",
                kind: Kind::Float,
                default: Some(Value::None),
                meaning: "PyTorch's old name of max_val, which it overrides",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let min_val = args.optional_float("min_value")?.map_or_else(|| args.float("min_val"), Ok);
        let max_val = args.optional_float("max_value")?.map_or_else(|| args.float("max_val"), Ok);
        Hardtanh::new(min_val?, max_val?)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![
            Kink { at: self.min_val, slope: Choice::Left },
            Kink { at: self.max_val, slope: Choice::Right },
        ]
    }

    fn sample_args(rng: &mut dyn Rng) -> Args {
        let min_val = random_dyadic(rng, -1.5, 0.5);
        let max_val = min_val + random_dyadic(rng, 0.125, 2.0);
        Args::new().with("min_val", min_val).with("max_val", max_val)
    }
}
