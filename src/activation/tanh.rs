//! Tanh: the hyperbolic tangent. Chapter `activation/tanh`.
//!
//! ```text
//! y = tanh(x)        x̄ = (1 - y²) ȳ
//! ```
//!
//! The slope is told from the output, so that is saved and not the input: the
//! next layer keeps y anyway. 1 - y² is rounded once and y² is not: that would matter
//! where y is near 1 or -1.
//!
//! Y. LeCun, L. Bottou, G. B. Orr and K.-R. Müller, "Efficient BackProp", 1998,
//! section 4.4.

use super::Activation;
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// The hyperbolic tangent, from -1 to 1.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Tanh};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1000.0, 0.0, 1000.0]));
/// let y = Tanh.forward(x)?;
/// assert_eq!(y.value().to_vec(), [-1.0, 0.0, 1.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 1.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tanh;

/// [`Tanh`] as a function.
pub fn tanh<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Tanh)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Tanh`](crate::activation::Tanh) as a method.
    pub fn tanh(self) -> Var<'t, T> {
        tanh(self)
    }
}

// ANCHOR: tanh
impl Pointwise for Tanh {
    const NAME: &'static str = "tanh";
    const SAVES: Saves = Saves::Output;

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        x.tanh()
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        (-y).mul_add(y, T::ONE) * grad_output
    }
}
// ANCHOR_END: tanh

impl Activation for Tanh {
    const ABOUT: About = About {
        name: "Tanh",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "the hyperbolic tangent, from -1 to 1",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Tanh)
    }
}
