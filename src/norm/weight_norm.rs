//! WeightNorm: a weight as a length times a direction. Chapter `norm/weight_norm`.
//!
//! ```text
//! w = g v / ‖v‖                      for each index of `dim`, over all other dims
//!
//! ḡ = Σ w̄ v / ‖v‖
//! v̄ = g / ‖v‖ (w̄ - ḡ v / ‖v‖)
//! ```
//!
//! The subtracted term is what reaches v through its norm. It takes away the part
//! of w̄ that points along v, so a step of gradient descent moves v at a right
//! angle, and v never shrinks (the paper's section 2.1).
//!
//! v, g and one norm for each index are saved. Where v = 0 it has no direction, and
//! w and all gradients are NaN, as in PyTorch. The norms are sums in f64 whose
//! squares do not overflow; PyTorch makes 0 of a row of 1e30 in f32.
//!
//! T. Salimans and D. P. Kingma, "Weight normalization: A simple reparameterization
//! to accelerate training of deep neural networks", NIPS 2016, arXiv:1602.07868,
//! eqs. 2 and 3.

use rand::{Rng, RngExt};
use smallvec::smallvec;

use crate::error::{Error, Result};
use crate::kernel::p_norm::{Norm, row_norm};
use crate::kernel::weight_norm::{weight_norm as scale_rows, weight_norm_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, State, StateMut, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Parameter, Saved, Var};
use crate::tensor::storage::buffer;
use crate::tensor::{Shape, Tensor};

/// The weight whose direction is the input and whose lengths are a parameter: a
/// reparametrization, so its input is itself a parameter of the layer it serves.
///
/// | | shape |
/// |---|---|
/// | input v, output w | `[.., n, ..]`, n at `dim` |
/// | `weight_g` | `[n]`, or `[1]` for no dim; initially 1 |
///
/// PyTorch's `weight_g` has the rank of v, `[n, 1, ..]`. A module that has not seen
/// v cannot know its rank: here the lengths are `[n]`, and are aligned with `dim`.
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::WeightNorm};
///
/// let mut norm = WeightNorm::<f64>::new(2, Some(0))?;
/// let tape = Tape::new();
/// let v = tape.leaf(Tensor::new([[3.0, 4.0], [0.0, -8.0]]));
/// assert_eq!(norm.forward(v)?.value().to_vec(), [0.6, 0.8, 0.0, -1.0]);
/// // Starting from a weight: nothing changes.
/// let mut norm = WeightNorm::from_weight(&v.value(), Some(0))?;
/// assert_eq!(norm.weight_g.value().to_vec(), [5.0, 8.0]);
/// assert_eq!(norm.forward(v)?.value().to_vec(), [3.0, 4.0, 0.0, -8.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct WeightNorm<T: Real> {
    /// The lengths.
    pub weight_g: Parameter<T>,
    /// The dim whose indices have a length each. -1 is not the last one: like
    /// `None` it means one length for the whole weight, as in PyTorch.
    pub dim: Option<isize>,
}

impl<T: Real> WeightNorm<T> {
    /// Lengths of 1, one for each of the `num_features` indices of `dim`.
    pub fn new(num_features: usize, dim: Option<isize>) -> Result<Self> {
        let shape = Shape::from([num_features]);
        if shape.checked_numel().is_none() {
            return Err(Error::argument(
                "weight_norm",
                format!("num_features {num_features} is more than memory can address"),
            ));
        }
        Ok(WeightNorm { weight_g: Parameter::new("weight_g", Tensor::ones(shape)), dim })
    }

    /// The lengths of `weight` itself, so that `weight` as the direction gives
    /// `weight`. Refuses a scalar, and a dim that it does not have.
    pub fn from_weight(weight: &Tensor<T>, dim: Option<isize>) -> Result<Self> {
        let axis = axis_of(weight.shape(), dim)?;
        let rows = rows_of(weight, axis);
        let count = count_of(weight.shape(), axis);
        let len = rows.numel() / count.max(1);
        let row = |i: usize| &rows.contiguous_slice()[i * len..(i + 1) * len];
        let lengths = (0..count).map(|i| T::narrow(row_norm(row(i), Norm::Euclidean))).collect();
        let lengths = Tensor::contiguous_from(lengths, Shape::from([count]));
        Ok(WeightNorm { weight_g: Parameter::new("weight_g", lengths), dim })
    }
}

/// [`WeightNorm`] as a function of direction and lengths (PyTorch's
/// `torch._weight_norm`). `dim` counts from the end where negative, but for -1,
/// which like `None` means one length for all.
///
/// Refuses a scalar, a dim that v does not have, and lengths that are not one for
/// each index of it. They may have shape `[n]`, or PyTorch's `[n, 1, ..]`.
pub fn weight_norm<'t, T: Real>(
    v: Var<'t, T>,
    g: Var<'t, T>,
    dim: Option<isize>,
) -> Result<Var<'t, T>> {
    let shape = v.shape();
    let axis = axis_of(&shape, dim)?;
    refuse_misfit(&shape, axis, &g.shape())?;
    // ANCHOR: forward
    let (rows, lengths) = (rows_of(&v.value(), axis), g.value().contiguous());
    let mut w = buffer(rows.numel());
    let norms = scale_rows(rows.contiguous_slice(), lengths.contiguous_slice(), &mut w);
    let w = rows_of(&rows.with_buffer(w), axis);
    // ANCHOR_END: forward
    // PyTorch has a kernel for the first and the last dim, and composes the others.
    let fused = dim == Some(0) || dim == Some(shape.len() as isize - 1);
    let grad_fn = if fused { "WeightNormInterfaceBackward0" } else { "MulBackward0" };
    v.tape().record(&[v, g], w, || WeightNormOp { grad_fn, rows, lengths, norms, axis })
}

impl<'t, T: Real> Var<'t, T> {
    /// [`weight_norm`] as a method, of the direction.
    pub fn weight_norm(self, g: Var<'t, T>, dim: Option<isize>) -> Result<Var<'t, T>> {
        weight_norm(self, g, dim)
    }
}

/// The dim whose indices have a length each; `None` for a length of the whole.
fn axis_of(shape: &Shape, dim: Option<isize>) -> Result<Option<usize>> {
    if shape.is_empty() {
        return Err(Error::shape(
            "weight_norm",
            "the direction is a scalar; give it 1 or more dims, as with reshape([1])",
        ));
    }
    match dim {
        None | Some(-1) => Ok(None),
        Some(dim) => shape.dim("weight_norm", dim).map(Some),
    }
}

fn count_of(shape: &Shape, axis: Option<usize>) -> usize {
    axis.map_or(1, |axis| shape[axis])
}

/// v with its axis first, in contiguous rows; of such rows, the axis back in its
/// place.
fn rows_of<T: Real>(v: &Tensor<T>, axis: Option<usize>) -> Tensor<T> {
    let axis = axis.unwrap_or(0) as isize;
    v.transpose(0, axis).expect("the axis was found in the shape").contiguous()
}

fn refuse_misfit(v: &Shape, axis: Option<usize>, g: &Shape) -> Result<()> {
    let count = count_of(v, axis);
    // All sizes 1 but the axis's: PyTorch's keepdim.
    let mut kept = Shape::from(vec![1; v.len()]);
    if let Some(axis) = axis {
        kept.set(axis, count);
    }
    if *g == [count] || *g == kept || (axis.is_none() && g.is_empty()) {
        return Ok(());
    }
    let whose = match axis {
        Some(axis) => format!("one for each index of dim {axis}"),
        None => "one for all of it".to_owned(),
    };
    Err(Error::shape(
        "weight_norm",
        format!(
            "the lengths have shape {g}, but a direction of shape {v} needs {count}, {whose}; \
             give them shape [{count}] or {kept}"
        ),
    ))
}

#[derive(Debug)]
struct WeightNormOp<T: Real> {
    grad_fn: &'static str,
    /// v, its axis first.
    rows: Tensor<T>,
    /// g, in the shape it came in.
    lengths: Tensor<T>,
    /// The rows' own lengths.
    norms: Vec<T::Wide>,
    axis: Option<usize>,
}

impl<T: Real> Op<T> for WeightNormOp<T> {
    fn name(&self) -> &'static str {
        "weight_norm"
    }

    fn grad_fn(&self) -> String {
        self.grad_fn.to_owned()
    }

    fn saved(&self) -> Saved<T> {
        let norms =
            Tensor::contiguous_from(self.norms.as_slice().into(), Shape::from([self.norms.len()]));
        Saved::new().and("v", &self.rows).and("g", &self.lengths).and_wide("norm", &norms)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let dw = rows_of(grad_output, self.axis);
        let mut dv = buffer(dw.numel());
        let (v, g) = (self.rows.contiguous_slice(), self.lengths.contiguous_slice());
        let dg = weight_norm_backward((v, g), &self.norms, dw.contiguous_slice(), &mut dv);
        smallvec![
            Some(rows_of(&self.rows.with_buffer(dv), self.axis)),
            Some(self.lengths.with_buffer(dg.into())),
        ]
    }
}

impl<T: Real> Module<T> for WeightNorm<T> {
    fn forward<'t>(&mut self, v: Var<'t, T>) -> Result<Var<'t, T>> {
        let tape = v.tape();
        tape.all_or_nothing(|| weight_norm(v, tape.parameter(&self.weight_g), self.dim))
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        vec![("weight_g".to_owned(), State::Parameter(&self.weight_g))]
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        vec![("weight_g".to_owned(), StateMut::Parameter(&mut self.weight_g))]
    }
}

impl<T: Real> Layer<T> for WeightNorm<T> {
    const ABOUT: About = About {
        name: "WeightNorm",
        stem: "weight_norm",
        family: Family::Norm,
        summary: "a weight as learned lengths times the input's directions",
        arguments: &[
            Argument {
                name: "num_features",
                kind: Kind::Int,
                default: None,
                meaning: "how many lengths: one for each index of dim, or 1",
            },
            Argument {
                name: "dim",
                kind: Kind::Int,
                default: Some(Value::Int(0)),
                meaning: "the dim whose indices have a length each; -1 means one for all",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Self::new(args.size("num_features")?, args.dim("dim")?)
    }

    fn args_for(shape: &Shape) -> Args {
        Args::new().with("num_features", shape.first().map_or(1, |&n| n as i64))
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        // Rows of two or more: of one number the direction is a sign, which jumps.
        let shape = random_shape(rng, 2..=4, 2..=4);
        let rank = shape.len() as i64;
        let dim = rng.random_range(-rank..rank);
        let axis = dim.rem_euclid(rank) as usize;
        let lengths = if dim == -1 { 1 } else { shape[axis] as i64 };
        Case { args: Args::new().with("num_features", lengths).with("dim", dim), shape }
    }
}
