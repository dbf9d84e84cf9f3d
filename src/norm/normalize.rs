//! Normalize: a line's numbers divided by its p-norm. Chapter `norm/normalize`.
//!
//! ```text
//! d = max(‖x‖_p, eps),   ‖x‖_p = (Σ |x_j|^p)^(1/p)
//! y = x / d
//!
//! x̄_i = (ȳ_i - c s_i) / d,    c = Σ ȳ_j y_j,   s_i = sgn(x_i) |y_i|^(p-1)
//! x̄_i = ȳ_i / eps             where ‖x‖_p <= eps
//! ```
//!
//! s is the derivative of the norm, which for every p can be told from y alone:
//! y for p = 2, the signs for p = 1, 0 for p = 0 (the norm is then the number of
//! entries that are not 0). For p = inf and -inf, the largest and the smallest
//! |x|, it is the sign of the entry that attains it; entries that tie share it
//! equally. It is 0 where x is 0, also for p < 1, whose slope there is infinite. c
//! is how much a larger norm would cost. For p = 2 what is left of ȳ is orthogonal
//! to x: no step along x changes its direction.
//!
//! A norm of exactly eps counts as eps: no gradient passes through it (PyTorch's
//! `clamp_min` has the same slope).
//!
//! Saved are the input and one norm a line. No power overflows or vanishes, because
//! powers are taken of numbers relative to the line's extreme; PyTorch makes 0 of a
//! line of 1e30 in f32.
//!
//! PyTorch has it as `torch.nn.functional.normalize`.

use rand::{Rng, RngExt};
use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::kernel::lines::Lines;
use crate::kernel::p_norm::{self, Norm, normalize_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Saved, Var};
use crate::tensor::Tensor;
use crate::tensor::storage::buffer;

/// Divides the numbers along a dim by their p-norm.
///
/// Input and output have the same shape; there are no parameters.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::Normalize};
///
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::<f64>::new([[3.0, 4.0], [0.0, -8.0]]));
/// let y = Normalize::default().forward(x)?;
/// assert_eq!(y.value().to_vec(), [0.6, 0.8, 0.0, -1.0]);
/// // What points along a row cannot turn it.
/// let gradients = y.backward_with(&Tensor::new([[0.0, 0.0], [0.0, 1.0]]))?;
/// assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 4]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normalize {
    /// Which norm: 2 is the length, 1 the sum of sizes, infinity the largest size.
    /// Any number will do.
    pub p: f64,
    /// The dim along which a norm is taken.
    pub dim: isize,
    /// The least that is divided by.
    pub eps: f64,
}

/// The length, along dim 1.
impl Default for Normalize {
    fn default() -> Self {
        Normalize { p: 2.0, dim: 1, eps: 1e-12 }
    }
}

/// [`Normalize`] as a function. Refuses a dim that the input does not have, and,
/// for an infinite or negative p, one of size 0: of no numbers none is the largest.
pub fn normalize<T: Real>(x: Var<'_, T>, p: f64, dim: isize, eps: f64) -> Result<Var<'_, T>> {
    let input = x.value().contiguous();
    let dim = input.shape().dim("normalize", dim)?;
    if input.shape().get(dim) == Some(&0) && (p < 0.0 || p.is_infinite()) {
        return Err(Error::shape(
            "normalize",
            format!(
                "dim {dim} of the input, which has shape {}, is empty, and of no numbers there \
                 is no norm of p = {p}; give it a size of 1 or more, or a finite p of 0 or more",
                input.shape()
            ),
        ));
    }
    // ANCHOR: forward
    let (lines, norm) = (Lines::new(input.shape(), dim), Norm::of(p));
    let mut y = buffer(input.numel());
    let norms = p_norm::normalize(input.contiguous_slice(), &mut y, lines, norm, eps);
    // ANCHOR_END: forward
    let y = input.with_buffer(y);
    Ok(x.record_unary(y, || NormalizeOp { input, dim, lines, norm, eps, norms }))
}

impl<'t, T: Real> Var<'t, T> {
    /// [`normalize`](crate::norm::normalize) as a method.
    pub fn normalize(self, p: f64, dim: isize, eps: f64) -> Result<Var<'t, T>> {
        normalize(self, p, dim, eps)
    }
}

#[derive(Debug)]
struct NormalizeOp<T: Real> {
    input: Tensor<T>,
    dim: usize,
    lines: Lines,
    norm: Norm,
    eps: f64,
    norms: Vec<T::Wide>,
}

impl<T: Real> Op<T> for NormalizeOp<T> {
    fn name(&self) -> &'static str {
        "normalize"
    }

    /// PyTorch composes it; its last operation is a quotient.
    fn grad_fn(&self) -> String {
        "DivBackward0".to_owned()
    }

    fn saved(&self) -> Saved<T> {
        let mut shape = self.input.shape().clone();
        if !shape.is_empty() {
            shape.set(self.dim, 1);
        }
        let norms = if self.input.numel() > 0 {
            Tensor::contiguous_from(self.norms.as_slice().into(), shape)
        } else {
            // Lines without numbers, of which there may be any number.
            Tensor::scalar(T::Wide::ZERO).expand(shape).expect("a scalar expands to any shape")
        };
        Saved::new().and("input", &self.input).and_wide("norm", &norms)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let (x, dy) = (self.input.contiguous_slice(), grad_output.contiguous());
        let mut dx = buffer(x.len());
        let (dy, norm) = (dy.contiguous_slice(), (self.norm, self.eps));
        normalize_backward(x, dy, &mut dx, self.lines, norm, &self.norms);
        smallvec![Some(self.input.with_buffer(dx))]
    }
}

impl<T: Real> Module<T> for Normalize {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        normalize(x, self.p, self.dim, self.eps)
    }
}

impl<T: Real> Layer<T> for Normalize {
    const ABOUT: About = About {
        name: "Normalize",
        stem: "normalize",
        family: Family::Norm,
        summary: "divides the numbers along a dim by their p-norm",
        arguments: &[
            Argument {
                name: "p",
                kind: Kind::Float,
                default: Some(Value::Float(2.0)),
                meaning: "which norm: 2 the length, 1 the sum of sizes, inf the largest; any number",
            },
            Argument {
                name: "dim",
                kind: Kind::Int,
                default: Some(Value::Int(1)),
                meaning: "the dim along which a norm is taken",
            },
            Argument {
                name: "eps",
                kind: Kind::Float,
                default: Some(Value::Float(1e-12)),
                meaning: "the least that is divided by",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let Some(dim) = args.dim("dim")? else {
            return Err(Error::argument("normalize", "dim is None; give a whole number"));
        };
        Ok(Normalize { p: args.float("p")?, dim, eps: args.float("eps")? })
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        // Lines of two or more, and no p below 0: of one number, and of the smallest
        // one, the output jumps at 0.
        let shape = random_shape(rng, 1..=4, 2..=4);
        let rank = shape.len() as i64;
        let p = [2.0, 2.0, 2.0, 1.0, 1.5, 3.0, 0.0, f64::INFINITY];
        let args = Args::new()
            .with("p", p[rng.random_range(0..p.len())])
            .with("dim", rng.random_range(-rank..rank))
            .with("eps", if rng.random_bool(0.8) { 1e-12 } else { 1.0 });
        Case { args, shape }
    }
}
