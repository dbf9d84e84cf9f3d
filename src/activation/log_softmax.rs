//! LogSoftmax: the logarithms of softmax's shares, never taken of a 0. Chapter
//! `activation/log_softmax`.
//!
//! ```text
//! y_i = (x_i - m) - ln Σ_j e^(x_j - m),   m = max_j x_j
//! x̄_i = ȳ_i - e^(y_i) Σ_j ȳ_j
//! ```
//!
//! The output is saved: its exponential is the softmax that the backward needs. A
//! share too small for a float has a logarithm all the same: -2000 is a fine
//! number, e^-2000 is 0.
//!
//! P. Blanchard, D. J. Higham and N. J. Higham, "Accurately computing the
//! log-sum-exp and softmax functions", IMA J. Numer. Anal. 41 (2021).

use rand::Rng;

use super::softmax::{DIM, along_dim, implicit_dim, sample_with_dim};
use crate::error::Result;
use crate::kernel::softmax as kernel;
use crate::module::{About, Args, Case, Family, Layer, Module};
use crate::real::Real;
use crate::tape::Var;

/// The logarithm of softmax along a dim.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::LogSoftmax};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([1000.0, -1000.0]));
/// let y = LogSoftmax { dim: Some(0) }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, -2000.0]);
/// let gradients = y.backward_with(&Tensor::new([0.0, 1.0]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [-1.0, 1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LogSoftmax {
    /// The dim whose numbers share the 1; `None` as in
    /// [`Softmax`](super::Softmax::dim).
    pub dim: Option<isize>,
}

// ANCHOR: log_softmax
/// [`LogSoftmax`] as a function. Refuses a dim that the input does not have.
pub fn log_softmax<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    along_dim(x, "log_softmax", dim, kernel::Softmax::Log)
}
// ANCHOR_END: log_softmax

impl<'t, T: Real> Var<'t, T> {
    /// [`log_softmax`](crate::activation::log_softmax) as a method.
    pub fn log_softmax(self, dim: isize) -> Result<Var<'t, T>> {
        log_softmax(self, dim)
    }
}

impl<T: Real> Module<T> for LogSoftmax {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        log_softmax(x, self.dim.unwrap_or_else(|| implicit_dim(x.shape().len())))
    }
}

impl<T: Real> Layer<T> for LogSoftmax {
    const ABOUT: About = About {
        name: "LogSoftmax",
        stem: "log_softmax",
        family: Family::Activation,
        summary: "the logarithm of softmax",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(LogSoftmax { dim: args.dim("dim")? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_dim(rng)
    }
}
