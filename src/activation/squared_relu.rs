//! Squared ReLU: the square of the positive part. Chapter
//! `activation/squared_relu`.
//!
//! ```text
//! y = max(x, 0)²        x̄ = 2 max(x, 0) ȳ
//! ```
//!
//! The slope is continuous. The input is saved; the slope can
//! be told from the output only with a square root. PyTorch has no such layer.
//!
//! D. R. So, W. Mańke, H. Liu, Z. Dai, N. Shazeer and Q. V. Le, "Primer:
//! searching for efficient transformers for language modeling", NeurIPS 2021,
//! arXiv:2109.08668.

use super::Activation;
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Negative values become 0, positive ones are squared.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::SquaredReLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-1.0, 0.0, 0.5, 3.0]));
/// let y = SquaredReLU.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 0.25, 9.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 6.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SquaredReLU;

/// [`SquaredReLU`] as a function.
pub fn squared_relu<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(SquaredReLU)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`SquaredReLU`](crate::activation::SquaredReLU) as a method.
    pub fn squared_relu(self) -> Var<'t, T> {
        squared_relu(self)
    }
}

// ANCHOR: squared_relu
impl Pointwise for SquaredReLU {
    const NAME: &'static str = "squared_relu";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("SquaredReluBackward0")
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x <= T::ZERO { T::ZERO } else { x * x }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if x <= T::ZERO { T::ZERO } else { (x + x) * grad_output }
    }
}
// ANCHOR_END: squared_relu

impl Activation for SquaredReLU {
    const ABOUT: About = About {
        name: "SquaredReLU",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "negative values become 0, positive ones are squared",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(SquaredReLU)
    }

    /// The slope is continuous, but has a corner.
    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}
