//! GLU: one half of the input gates the other. Chapter `activation/glu`.
//!
//! ```text
//! x = [a, b] along a dim,   y = a σ(b)
//! ā = σ(b) ȳ,               b̄ = σ(b) (1 - σ(b)) a ȳ
//! ```
//!
//! The input is saved, both halves. The driver in `ops/gated.rs` does all of it
//! with the forward and backward of `sigmoid.rs`.
//!
//! Y. N. Dauphin, A. Fan, M. Auli and D. Grangier, "Language modeling with gated
//! convolutional networks", ICML 2017, arXiv:1612.08083, eq. 1.

use rand::{Rng, RngExt};

use super::{Sigmoid, random_dim};
use crate::error::Result;
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, Value, random_shape,
};
use crate::real::Real;
use crate::tape::Var;

/// The first half of a dim times the sigmoid of the second half.
///
/// | | shape |
/// |---|---|
/// | input | `[.., 2n, ..]` |
/// | output | `[.., n, ..]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::GLU};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[4.0, 0.0], [3.0, 1000.0]]));
/// let y = GLU::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [2.0, 3.0]);
/// let gradients = y.backward_with(&Tensor::new([[1.0], [1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.5, 1.0, 1.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GLU {
    /// The dim that is cut in halves.
    pub dim: isize,
}

/// The last dim.
impl Default for GLU {
    fn default() -> Self {
        GLU { dim: -1 }
    }
}

// ANCHOR: glu
/// [`GLU`] as a function. Refuses a scalar, a dim that the input does not have,
/// and one of odd size.
pub fn glu<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    x.gated("glu", Sigmoid, dim)
}
// ANCHOR_END: glu

impl<'t, T: Real> Var<'t, T> {
    /// [`glu`](crate::activation::glu) as a method.
    pub fn glu(self, dim: isize) -> Result<Var<'t, T>> {
        glu(self, dim)
    }
}

/// `dim`, as every gated unit has it.
pub(super) const DIM: Argument = Argument {
    name: "dim",
    kind: Kind::Int,
    default: Some(Value::Int(-1)),
    meaning: "the dim that is cut in halves",
};

/// The dim of a gated unit's arguments.
pub(super) fn dim_from_args(args: &Args) -> Result<isize> {
    Ok(args.dim("dim")?.unwrap_or(-1))
}

/// A shape with a dim that has halves.
pub(super) fn sample_with_halves(rng: &mut dyn Rng) -> Case {
    let mut shape = random_shape(rng, 1..=4, 0..=4);
    let dim = random_dim(rng, &shape);
    let at = dim.rem_euclid(shape.len() as i64) as usize;
    shape.set(at, 2 * rng.random_range(0..=3));
    Case { args: Args::new().with("dim", dim), shape }
}

impl<T: Real> Module<T> for GLU {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        glu(x, self.dim)
    }
}

impl<T: Real> Layer<T> for GLU {
    const ABOUT: About = About {
        name: "GLU",
        stem: "glu",
        family: Family::Activation,
        summary: "half of a dim times the sigmoid of the other half",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(GLU { dim: dim_from_args(args)? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_halves(rng)
    }
}
