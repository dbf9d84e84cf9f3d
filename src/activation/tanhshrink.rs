//! Tanhshrink: what tanh takes away. Chapter `activation/tanhshrink`.
//!
//! ```text
//! y = x - tanh(x)        x̄ = tanh²(x) ȳ
//! ```
//!
//! The input is saved, from which tanh is computed again.
//!
//! Near 0 the difference cancels: y is about x³/3, and in f32 x - tanh(x) has
//! lost every digit at x = 0.0002. There Lambert's continued fraction is taken
//! instead, tanh(x) = x / (1 + x²/(3 + x²/(5 + ..))): with c = x²/(3 + x²/(5 + ..))
//! the difference is x c / (1 + c), in which nothing cancels. PyTorch subtracts.
//!
//! J. H. Lambert, "Mémoire sur quelques propriétés remarquables des quantités
//! transcendentes circulaires et logarithmiques", Berlin academy, 1768.

use super::Activation;
use crate::error::Result;
use crate::module::{About, Args, Family};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// x less its hyperbolic tangent: flat at 0, a line far from it.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Tanhshrink};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([-1e-5, 0.0, 100.0]));
/// let y = Tanhshrink.forward(x)?.value().to_vec();
/// assert!((y[0] + 1e-15 / 3.0).abs() < 1e-24);
/// assert_eq!(y[1..], [0.0, 99.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tanhshrink;

/// [`Tanhshrink`] as a function.
pub fn tanhshrink<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(Tanhshrink)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`Tanhshrink`](crate::activation::Tanhshrink) as a method.
    pub fn tanhshrink(self) -> Var<'t, T> {
        tanhshrink(self)
    }
}

// ANCHOR: tanhshrink
impl Pointwise for Tanhshrink {
    const NAME: &'static str = "tanhshrink";
    const SAVES: Saves = Saves::Input;

    fn grad_fn(self) -> Option<&'static str> {
        Some("SubBackward0")
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        if x.abs() < T::ONE {
            // The denominators 3, 5, .., 17 from within: enough for f64 up to 1.
            let square = x * x;
            let mut denominator = T::from_f64(17.0);
            for odd in [15.0, 13.0, 11.0, 9.0, 7.0, 5.0, 3.0] {
                denominator = T::from_f64(odd) + square / denominator;
            }
            let c = square / denominator;
            // PyTorch's difference of two equal zeros is 0 and not -0.
            x * c / (T::ONE + c) + T::ZERO
        } else {
            x - x.tanh()
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let tanh = x.tanh();
        tanh * tanh * grad_output
    }
}
// ANCHOR_END: tanhshrink

impl Activation for Tanhshrink {
    const ABOUT: About = About {
        name: "Tanhshrink",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "x less its hyperbolic tangent",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Tanhshrink)
    }
}
