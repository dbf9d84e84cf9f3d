//! ReLU6: ReLU that stops at 6. Chapter `activation/relu6`.
//!
//! ```text
//! y = min(max(x, 0), 6)        x̄ = ȳ where 0 < x < 6, else 0
//! ```
//!
//! Whether 0 < x < 6 can be told from y, so the output is saved and not the
//! input. At both kinks the slope is 0, as in PyTorch. A NaN passes, and so does
//! its cotangent.
//!
//! A. Krizhevsky, "Convolutional deep belief networks on CIFAR-10", 2010.

use super::{Activation, INPLACE};
use crate::error::Result;
use crate::module::{About, Args, Choice, Family, Kink};
use crate::ops::{Pointwise, Saves};
use crate::real::Real;
use crate::tape::Var;

/// Values are limited to 0..=6: [`Hardtanh`](super::Hardtanh) between these two.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::ReLU6};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f32>::new([-1.0, 0.0, 2.0, 6.0, 7.0]));
/// let y = ReLU6.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 0.0, 2.0, 6.0, 6.0]);
/// assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ReLU6;

/// [`ReLU6`] as a function.
pub fn relu6<T: Real>(x: Var<'_, T>) -> Var<'_, T> {
    x.pointwise(ReLU6)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`ReLU6`](crate::activation::ReLU6) as a method.
    pub fn relu6(self) -> Var<'t, T> {
        relu6(self)
    }
}

// ANCHOR: relu6
impl Pointwise for ReLU6 {
    const NAME: &'static str = "relu6";
    const SAVES: Saves = Saves::Output;

    fn grad_fn(self) -> Option<&'static str> {
        Some("HardtanhBackward0")
    }

    #[inline(always)]
    fn forward<T: Real>(self, x: T) -> T {
        let six = T::from_f64(6.0);
        if x < T::ZERO {
            T::ZERO
        } else if x >= six {
            six
        } else if x == T::ZERO {
            // A zero keeps its sign, and has the slope 0 of the flat side.
            x.detach()
        } else {
            x
        }
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y <= T::ZERO || y >= T::from_f64(6.0) { T::ZERO } else { grad_output }
    }
}
// ANCHOR_END: relu6

impl Activation for ReLU6 {
    const ABOUT: About = About {
        name: "ReLU6",
        stem: Self::NAME,
        family: Family::Activation,
        summary: "values are limited to 0..=6",
        arguments: &[INPLACE],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(ReLU6)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }, Kink { at: 6.0, slope: Choice::Right }]
    }
}
