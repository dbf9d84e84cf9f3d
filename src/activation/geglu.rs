//! GEGLU: GLU with GELU for its gate. Chapter `activation/geglu`.
//!
//! ```text
//! x = [a, b] along a dim,   y = a gelu(b)
//! ā = gelu(b) ȳ,          b̄ = gelu'(b) a ȳ
//! ```
//!
//! The input is saved, both halves. The driver in `ops/gated.rs` does all of it
//! with the forward and backward of `gelu.rs`. As in GLU the second half is the
//! gate; the paper, and code after it, often puts the gate first.
//!
//! N. Shazeer, "GLU variants improve transformer", arXiv:2002.05202, section 2.

use rand::Rng;

use super::glu::{DIM, dim_from_args, sample_with_halves};
use super::{Approximate, GELU};
use crate::error::Result;
use crate::module::{About, Args, Case, Family, Layer, Module};
use crate::real::Real;
use crate::tape::Var;

/// The first half of a dim times the GELU of the second half.
///
/// | | shape |
/// |---|---|
/// | input | `[.., 2n, ..]` |
/// | output | `[.., n, ..]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::GEGLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[4.0, 0.0], [3.0, 1000.0]]));
/// let y = GEGLU::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.0, 3000.0]);
/// let gradients = y.backward_with(&Tensor::new([[1.0], [1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 2.0, 1000.0, 3.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GEGLU {
    /// The dim that is cut in halves.
    pub dim: isize,
    /// How the GELU is computed.
    pub approximate: Approximate,
}

/// The last dim, and the exact GELU.
impl Default for GEGLU {
    fn default() -> Self {
        GEGLU { dim: -1, approximate: Approximate::None }
    }
}

// ANCHOR: geglu
/// [`GEGLU`] as a function. Refuses a scalar, a dim that the input does not have,
/// and one of odd size.
pub fn geglu<T: Real>(x: Var<'_, T>, dim: isize, approximate: Approximate) -> Result<Var<'_, T>> {
    x.gated("geglu", GELU { approximate }, dim)
}
// ANCHOR_END: geglu

impl<'t, T: Real> Var<'t, T> {
    /// [`geglu`](crate::activation::geglu) as a method.
    pub fn geglu(self, dim: isize, approximate: Approximate) -> Result<Var<'t, T>> {
        geglu(self, dim, approximate)
    }
}

impl<T: Real> Module<T> for GEGLU {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        geglu(x, self.dim, self.approximate)
    }
}

impl<T: Real> Layer<T> for GEGLU {
    const ABOUT: About = About {
        name: "GEGLU",
        stem: "geglu",
        family: Family::Activation,
        summary: "half of a dim times the GELU of the other half",
        arguments: &[DIM, Approximate::ARGUMENT],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(GEGLU { dim: dim_from_args(args)?, approximate: Approximate::from_args(args)? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let case = sample_with_halves(rng);
        let approximate = Approximate::sample(rng);
        Case { args: case.args.with("approximate", approximate), shape: case.shape }
    }
}
