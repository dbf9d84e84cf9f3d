//! Softmax: the numbers of a line as shares of 1. Chapter `activation/softmax`.
//!
//! ```text
//! y_i = e^(x_i - m) / Σ_j e^(x_j - m),   m = max_j x_j
//! x̄_i = y_i (ȳ_i - Σ_j ȳ_j y_j)
//! ```
//!
//! Every input of a line moves every output of it: the Jacobian is diag(y) - y yᵀ.
//! The backward never writes it down; its product with ȳ needs one sum a line. The
//! output is saved, from which the Jacobian is made. m changes nothing but the
//! size of the exponentials, of which none overflows.
//!
//! J. S. Bridle, "Probabilistic interpretation of feedforward classification
//! network outputs, with relationships to statistical pattern recognition", 1990.

use rand::Rng;
use smallvec::smallvec;

use super::random_dim;
use crate::error::Result;
use crate::kernel::lines::Lines;
use crate::kernel::softmax::{self as kernel, softmax_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::storage::buffer;
use crate::tensor::{Shape, Tensor};

/// The numbers along a dim as shares of 1.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, activation::Softmax};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[0.0, 0.0], [1000.0, -1000.0]]));
/// let y = Softmax { dim: Some(-1) }.forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.5, 0.5, 1.0, 0.0]);
/// // The rows' sums do not move: what raises one share lowers the others.
/// let gradients = y.backward_with(&Tensor::new([[1.0, 0.0], [1.0, 1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, -0.25, 0.0, 0.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Softmax {
    /// The dim whose numbers share the 1. `None`, PyTorch's default that it warns
    /// of, means 0 for an input of rank 0, 1 or 3, and 1 for the others.
    pub dim: Option<isize>,
}

/// [`Softmax`] as a function. Refuses a dim that the input does not have.
pub fn softmax<T: Real>(x: Var<'_, T>, dim: isize) -> Result<Var<'_, T>> {
    along_dim(x, "softmax", dim, kernel::Softmax::Plain)
}

impl<'t, T: Real> Var<'t, T> {
    /// [`softmax`](crate::activation::softmax) as a method.
    pub fn softmax(self, dim: isize) -> Result<Var<'t, T>> {
        softmax(self, dim)
    }
}

// ANCHOR: softmax
/// Softmax, softmin or log-softmax, as `kind` says.
pub(super) fn along_dim<'t, T: Real>(
    x: Var<'t, T>,
    name: &'static str,
    dim: isize,
    kind: kernel::Softmax,
) -> Result<Var<'t, T>> {
    let input = x.value().contiguous();
    let lines = Lines::new(input.shape(), input.shape().dim(name, dim)?);
    let mut y = buffer(input.numel());
    kernel::softmax(input.contiguous_slice(), &mut y, lines, kind);
    let output = input.with_buffer(y);
    Ok(x.record_unary(output.clone(), || SoftmaxOp { name, kind, output, lines }))
}

#[derive(Debug)]
struct SoftmaxOp<T: Real> {
    name: &'static str,
    kind: kernel::Softmax,
    output: Tensor<T>,
    lines: Lines,
}

impl<T: Real> Op<T> for SoftmaxOp<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn grad_fn(&self) -> String {
        let is_log = self.kind == kernel::Softmax::Log;
        (if is_log { "LogSoftmaxBackward0" } else { "SoftmaxBackward0" }).to_owned()
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("output", &self.output)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (y, dy) = (self.output.contiguous_slice(), grad_output.contiguous());
        let mut dx = buffer(y.len());
        softmax_backward(y, dy.contiguous_slice(), &mut dx, self.lines, self.kind);
        smallvec![Some(self.output.with_buffer(dx))]
    }
}
// ANCHOR_END: softmax

/// The dim that PyTorch takes where none is given.
pub(super) fn implicit_dim(rank: usize) -> isize {
    isize::from(!matches!(rank, 0 | 1 | 3))
}

/// `dim`, as softmax, softmin and log-softmax have it.
pub(super) const DIM: Argument = Argument {
    name: "dim",
    kind: Kind::Int,
    default: Some(Value::None),
    meaning: "the dim whose numbers share the 1; None means 0 for ranks 0, 1 and 3, else 1",
};

pub(super) fn sample_with_dim(rng: &mut dyn Rng) -> Case {
    let shape: Shape = random_shape(rng, 0..=4, 0..=4);
    Case { args: Args::new().with("dim", random_dim(rng, &shape)), shape }
}

impl<T: Real> Module<T> for Softmax {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        softmax(x, self.dim.unwrap_or_else(|| implicit_dim(x.shape().len())))
    }
}

impl<T: Real> Layer<T> for Softmax {
    const ABOUT: About = About {
        name: "Softmax",
        stem: "softmax",
        family: Family::Activation,
        summary: "the numbers along a dim as shares of 1",
        arguments: &[DIM],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Softmax { dim: args.dim("dim")? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_with_dim(rng)
    }
}
