//! LocalResponseNorm: each channel is damped by the squares of its neighbours.
//! Chapter `norm/local_response_norm`.
//!
//! ```text
//! s_c = k + alpha/n Σ x_j²        j from c - floor(n/2) to c + floor((n-1)/2)
//! y_c = x_c s_c^-beta
//!
//! x̄_c = ȳ_c s_c^-beta - 2 alpha beta / n x_c Σ ȳ_j y_j / s_j
//!                                 j from c - floor((n-1)/2) to c + floor(n/2)
//! ```
//!
//! The first term is what reaches x through the numerator. Through a denominator
//! x_c reaches every y_j in whose window it lies, `∂y_j/∂s_j = -beta y_j / s_j` and
//! `∂s_j/∂x_c = 2 alpha/n x_c`: the same window seen from the other side, mirrored,
//! which is another one where n is even. At the edges the window is cut off, but
//! alpha is divided by n all the same.
//!
//! This is what PyTorch computes. Its documented formula has the two ends of the
//! window rounded alike, which for even n would be a window of n + 1. The paper has
//! alpha where PyTorch has alpha/n.
//!
//! The input is saved; the sums over the window are cheaper to take again, in f64,
//! than to keep.
//!
//! A. Krizhevsky, I. Sutskever and G. E. Hinton, "ImageNet classification with deep
//! convolutional neural networks", NIPS 2012, section 3.3.

use rand::{Rng, RngExt};
use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::kernel::lines::Lines;
use crate::kernel::window::{Window, divide_by_window, divide_by_window_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::storage::{Storage, buffer};
use crate::tensor::{Shape, Tensor};

/// Divides each number by a power of the mean square of the channels around it.
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, ..]` of rank 3 or more |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::LocalResponseNorm};
///
/// // Of two channels each is divided by 1 + (its square + the one before's) / 2.
/// let mut norm = LocalResponseNorm { alpha: 1.0, beta: 1.0, ..LocalResponseNorm::new(2) };
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[[2.0], [4.0]]]));
/// let y = norm.forward(x)?;
/// assert_eq!(y.value().to_vec(), [2.0 / 3.0, 4.0 / 11.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalResponseNorm {
    /// How many channels a window has. An even one has one more before than after.
    pub size: usize,
    /// What the mean of the squares is multiplied by.
    pub alpha: f64,
    /// The exponent.
    pub beta: f64,
    /// What is added.
    pub k: f64,
}

impl LocalResponseNorm {
    /// With PyTorch's defaults: alpha 1e-4, beta 0.75, k 1.
    pub fn new(size: usize) -> Self {
        LocalResponseNorm { size, alpha: 1e-4, beta: 0.75, k: 1.0 }
    }
}

/// [`LocalResponseNorm`] as a function. Refuses a `size` of 0, and an input of rank
/// 2 or less. Where `k + alpha/n Σ x²` is 0 or negative the result may be infinite
/// or NaN, as in PyTorch.
pub fn local_response_norm<T: Real>(
    x: Var<'_, T>,
    size: usize,
    alpha: f64,
    beta: f64,
    k: f64,
) -> Result<Var<'_, T>> {
    let input = x.value().contiguous();
    if size == 0 {
        return Err(Error::argument(
            "local_response_norm",
            "size is 0; give the number of channels in a window, 1 or more",
        ));
    }
    if input.rank() < 3 {
        return Err(Error::shape(
            "local_response_norm",
            format!(
                "the input has shape {}, it must have 3 or more dims, of which dim 1 is the \
                 channels; add dims of size 1 with unsqueeze or reshape",
                input.shape()
            ),
        ));
    }
    // ANCHOR: forward
    let (before, after, scale) = (size / 2, (size - 1) / 2, alpha / size as f64);
    let window = Window { before, after, scale, beta, k };
    let lines = Lines::new(input.shape(), 1);
    let mut y = buffer(input.numel());
    divide_by_window(input.contiguous_slice(), &mut y, lines, window);
    // ANCHOR_END: forward
    let y = input.with_buffer(y);
    Ok(x.record_unary(y, || LocalResponseNormOp { input, lines, window }))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`local_response_norm`](crate::norm::local_response_norm) as a method.
    pub fn local_response_norm(
        self,
        size: usize,
        alpha: f64,
        beta: f64,
        k: f64,
    ) -> Result<Var<'t, T>> {
        local_response_norm(self, size, alpha, beta, k)
    }
}

#[derive(Debug)]
struct LocalResponseNormOp<T: Real> {
    input: Tensor<T>,
    lines: Lines,
    window: Window,
}

impl<T: Real> Op<T> for LocalResponseNormOp<T> {
    fn name(&self) -> &'static str {
        "local_response_norm"
    }

    /// PyTorch composes it; its last operation is a quotient.
    fn grad_fn(&self) -> String {
        "DivBackward0".to_owned()
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("input", &self.input)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (x, dy) = (self.input.contiguous_slice(), grad_output.contiguous());
        let dy = dy.contiguous_slice();
        let (mut dx, mut spread) = (buffer(x.len()), Storage::new(buffer(x.len())));
        let to = (dx.as_mut_slice(), spread.as_mut_slice());
        divide_by_window_backward(x, dy, to, self.lines, self.window);
        smallvec![Some(self.input.with_buffer(dx))]
    }
}

impl<T: Real> Module<T> for LocalResponseNorm {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        local_response_norm(x, self.size, self.alpha, self.beta, self.k)
    }
}

impl<T: Real> Layer<T> for LocalResponseNorm {
    const ABOUT: About = About {
        name: "LocalResponseNorm",
        stem: "local_response_norm",
        family: Family::Norm,
        summary: "divides by a power of the neighbouring channels' squares",
        arguments: &[
            Argument {
                name: "size",
                kind: Kind::Int,
                default: None,
                meaning: "how many neighbouring channels are summed over",
            },
            Argument {
                name: "alpha",
                kind: Kind::Float,
                default: Some(Value::Float(1e-4)),
                meaning: "what the mean of the squares is multiplied by",
            },
            Argument {
                name: "beta",
                kind: Kind::Float,
                default: Some(Value::Float(0.75)),
                meaning: "the exponent of the denominator",
            },
            Argument {
                name: "k",
                kind: Kind::Float,
                default: Some(Value::Float(1.0)),
                meaning: "added to the squares; with 0 a window of zeros becomes NaN",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(LocalResponseNorm {
            size: args.size("size")?,
            alpha: args.float("alpha")?,
            beta: args.float("beta")?,
            k: args.float("k")?,
        })
    }

    fn args_for(_shape: &Shape) -> Args {
        // The paper's.
        Args::new().with("size", 5)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let shape = random_shape(rng, 3..=5, 0..=3);
        let shape = shape.with(1, rng.random_range(0..=6));
        let args = Args::new()
            .with("size", rng.random_range(1..=8))
            // As large as makes the neighbours count.
            .with("alpha", rng.random_range(0.0..2.0))
            .with("beta", [0.75, 0.75, 0.5, 1.0, 0.0, -0.5][rng.random_range(0..6)])
            .with("k", rng.random_range(0.5..2.0));
        Case { args, shape }
    }
}
