//! Softmin: softmax of the negated numbers. Chapter `activation/softmin`.
//!
//! ```text
//! y = softmax(-x)        x̄_i = -y_i (ȳ_i - Σ_j ȳ_j y_j)
//! ```
//!
//! One operation, so that -x is never stored; forward and backward are those of
//! `softmax.rs` with the sign turned.

use rand::Rng;

use super::softmax::{DIM, along_dim, implicit_dim, sample_with_dim};
use crate::error::Result;
use crate::kernel::softmax as kernel;
use crate::module::{About, Args, Case, Family, Layer, Module};
use crate::real::Real;
use crate::tape::Var;

/// The numbers along a dim as shares of 1, the largest for the smallest.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softmin};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[0.0, 0.0], [1000.0, -1000.0]]));
/// let y = Softmin { dim: Some(-1) }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.5, 0.5, 0.0, 1.0]);
/// let gradients = y.backward_with(&Tensor::new([[1.0, 0.0], [1.0, 1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [-0.25, 0.25, 0.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmin {
    /// The dim whose numbers share the 1; `None` as in
    /// [`Softmax`](super::Softmax::dim).
    pub dim: Option<isize>,
}

// ANCHOR: softmin
/// [`Softmin`] as a function. Refuses a dim that the input does not have.
pub fn softmin<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    along_dim(x, "softmin", dim, kernel::Softmax::OfMinus)
}
// ANCHOR_END: softmin

impl<'t, T: Real> Var<'t, T> {
    /// [`softmin`](crate::activation::softmin) as a method.
    pub fn softmin(self, dim: isize) -> Result<Var<'t, T>> {
        softmin(self, dim)
    }
}

impl<T: Real> Module<T> for Softmin {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        softmin(x, self.dim.unwrap_or_else(|| implicit_dim(x.shape().len())))
    }
}

impl<T: Real> Layer<T> for Softmin {
    const ABOUT: About = About {
        name: "Softmin",
        stem: "softmin",
        family: Family::Activation,
        summary: "softmax of the negated numbers",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Softmin { dim: args.dim("dim")? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_dim(rng)
    }
}
