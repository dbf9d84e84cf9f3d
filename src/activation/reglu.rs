//! ReGLU: half of the input opens the other half or shuts it. Chapter `activation/reglu`.
//!
//! ```text
//! x = [a, b] along a dim,   y = a relu(b)
//! ā = relu(b) ȳ,          b̄ = 1[b > 0] a ȳ
//! ```
//!
//! The input is saved, both halves. The driver in `ops/gated.rs` does all of it
//! with the forward and backward of `relu.rs`. As in GLU the second half is the
//! gate; the paper, and code after it, often puts the gate first.
//!
//! N. Shazeer, "GLU variants improve transformer", arXiv:2002.05202, section 2.

use rand::Rng;

use super::ReLU;
use super::glu::{DIM, dim_from_args, sample_with_halves};
use crate::error::Result;
use crate::module::{About, Args, Case, Choice, Family, Kink, Layer, Module};
use crate::real::Real;
use crate::tape::Var;

/// The first half of a dim times the ReLU of the second half.
///
/// | | shape |
/// |---|---|
/// | input | `[.., 2n, ..]` |
/// | output | `[.., n, ..]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::ReGLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[4.0, -1.0], [3.0, 2.0]]));
/// let y = ReGLU::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 6.0]);
/// let gradients = y.backward_with(&Tensor::new([[1.0], [1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 2.0, 3.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReGLU {
    /// The dim that is cut in halves.
    pub dim: isize,
}

/// The last dim.
impl Default for ReGLU {
    fn default() -> Self {
        ReGLU { dim: -1 }
    }
}

// ANCHOR: reglu
/// [`ReGLU`] as a function. Refuses a scalar, a dim that the input does not have,
/// and one of odd size.
pub fn reglu<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    x.gated("reglu", ReLU, dim)
}
// ANCHOR_END: reglu

impl<'t, T: Real> Var<'t, T> {
    /// [`reglu`](crate::activation::reglu) as a method.
    pub fn reglu(self, dim: isize) -> Result<Var<'t, T>> {
        reglu(self, dim)
    }
}

impl<T: Real> Module<T> for ReGLU {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        reglu(x, self.dim)
    }

    fn kinks(&self) -> Vec<Kink> {
        vec![Kink { at: 0.0, slope: Choice::Left }]
    }
}

impl<T: Real> Layer<T> for ReGLU {
    const ABOUT: About = About {
        name: "ReGLU",
        stem: "reglu",
        family: Family::Activation,
        summary: "half of a dim times the ReLU of the other half",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(ReGLU { dim: dim_from_args(args)? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_halves(rng)
    }
}
