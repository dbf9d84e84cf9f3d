//! Softmax2d: softmax over the channels, at every place of an image. Chapter
//! `activation/softmax2d`.
//!
//! ```text
//! y[n, c, h, w] = softmax over c of x[n, c, h, w]
//! ```
//!
//! Nothing is its own here but the dim, -3, and the ranks it takes; forward and
//! backward are those of `softmax.rs`.

use rand::Rng;

use super::softmax::along_dim;
use crate::error::{Error, Result};
use crate::kernel::softmax as kernel;
use crate::module::{About, Args, Case, Family, Layer, Module, random_shape};
use crate::real::Real;
use crate::tape::Var;

/// Softmax over the channels.
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, H, W]` or `[C, H, W]` |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softmax2d};
///
/// let tape = Tape::new();
/// // Two channels of one row and two columns.
/// let x = tape.leaf(Tensor::<f64>::new([[[0.0, 5.0]], [[0.0, -1000.0]]]));
/// let y = Softmax2d.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.5, 1.0, 0.5, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax2d;

// ANCHOR: softmax2d
/// [`Softmax2d`] as a function. Refuses an input whose rank is not 3 or 4.
pub fn softmax2d<T: Real>(x: Var<'_, T>) -> Result<Var<'_, T>> {
    let shape = x.shape();
    if !matches!(shape.len(), 3 | 4) {
        return Err(Error::shape(
            "softmax2d",
            format!(
                "the input {shape} has rank {}; it must be [C, H, W] or [N, C, H, W]",
                shape.len()
            ),
        ));
    }
    along_dim(x, "softmax2d", -3, kernel::Softmax::Plain)
}
// ANCHOR_END: softmax2d

impl<'t, T: Real> Var<'t, T> {
    /// [`softmax2d`](crate::activation::softmax2d) as a method.
    pub fn softmax2d(self) -> Result<Var<'t, T>> {
        softmax2d(self)
    }
}

impl<T: Real> Module<T> for Softmax2d {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        softmax2d(x)
    }
}

impl<T: Real> Layer<T> for Softmax2d {
    const ABOUT: About = About {
        name: "Softmax2d",
        stem: "softmax2d",
        family: Family::Activation,
        summary: "softmax over the channels, at every place",
        arguments: &[],
    };

    fn from_args(_args: &Args) -> Result<Self> {
        Ok(Softmax2d)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        Case { args: Args::new(), shape: random_shape(rng, 3..=4, 0..=3) }
    }
}
