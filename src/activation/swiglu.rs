//! SwiGLU: GLU with SiLU for its gate. Chapter `activation/swiglu`.
//!
//! ```text
//! x = [a, b] along a dim,   y = a silu(b)
//! ā = silu(b) ȳ,          b̄ = silu'(b) a ȳ
//! ```
//!
//! The input is saved, both halves. The driver in `ops/gated.rs` does all of it
//! with the forward and backward of `silu.rs`. As in GLU the second half is the
//! gate; the paper, and code after it, often puts the gate first.
//!
//! N. Shazeer, "GLU variants improve transformer", arXiv:2002.05202, section 2.

use rand::Rng;

use super::SiLU;
use super::glu::{DIM, dim_from_args, sample_with_halves};
use crate::error::Result;
use crate::module::{About, Args, Case, Family, Layer, Module};
use crate::real::Real;
use crate::tape::Var;

/// The first half of a dim times the SiLU of the second half.
///
/// | | shape |
/// |---|---|
/// | input | `[.., 2n, ..]` |
/// | output | `[.., n, ..]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::SwiGLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[4.0, 0.0], [3.0, 1000.0]]));
/// let y = SwiGLU::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 3000.0]);
/// let gradients = y.backward_with(&Tensor::new([[1.0], [1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 2.0, 1000.0, 3.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SwiGLU {
    /// The dim that is cut in halves.
    pub dim: isize,
}

/// The last dim.
impl Default for SwiGLU {
    fn default() -> Self {
        SwiGLU { dim: -1 }
    }
}

// ANCHOR: swiglu
/// [`SwiGLU`] as a function. Refuses a scalar, a dim that the input does not have,
/// and one of odd size.
pub fn swiglu<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    x.gated("swiglu", SiLU, dim)
}
// ANCHOR_END: swiglu

impl<'t, T: Real> Var<'t, T> {
    /// [`swiglu`](crate::activation::swiglu) as a method.
    pub fn swiglu(self, dim: isize) -> Result<Var<'t, T>> {
        swiglu(self, dim)
    }
}

impl<T: Real> Module<T> for SwiGLU {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        swiglu(x, self.dim)
    }
}

impl<T: Real> Layer<T> for SwiGLU {
    const ABOUT: About = About {
        name: "SwiGLU",
        stem: "swiglu",
        family: Family::Activation,
        summary: "half of a dim times the SiLU of the other half",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(SwiGLU { dim: dim_from_args(args)? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_halves(rng)
    }
}
