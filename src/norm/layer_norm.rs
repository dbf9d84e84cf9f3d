//! LayerNorm: each sample is standardized over its trailing dimensions.
//! Chapter `norm/layer_norm`.
//!
//! ```text
//! x_hat = (x - mean) rstd,   rstd = 1 / sqrt(var + eps)      var biased: / n
//! y = x_hat w + b
//!
//! b̄ = Σ ȳ,   w̄ = Σ ȳ x_hat            over the samples
//! h = ȳ w
//! x̄ = rstd (h - mean(h) - x_hat mean(h x_hat))
//! ```
//!
//! The subtracted terms are what reaches x through the mean and through the
//! standard deviation. Saved are the input and two statistics a row; `x_hat` is
//! cheaper to compute again than to keep. The statistics are f64 also for f32,
//! so that a row of mean 10,000 loses nothing (PyTorch keeps f32 there).
//!
//! J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization",
//! arXiv:1607.06450, eqs. 3 and 4.

use rand::{Rng, RngExt};

use crate::error::{Error, Result};
use crate::kernel::moments::moments;
use crate::kernel::parallel::map_pieces;
use crate::kernel::standardize::{AffineSums, RowStatistics, standardize, standardize_backward};
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, State, StateMut, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Cotangents, Op, Parameter, Saved, Var};
use crate::tensor::storage::buffer;
use crate::tensor::{Shape, Tensor};

/// How a [`LayerNorm`] is made: PyTorch's keywords and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormConfig {
    /// Added to the variance. With 0 a constant row becomes NaN.
    pub eps: f64,
    /// Whether there are a weight and a bias.
    pub elementwise_affine: bool,
    /// Whether there is a bias, where there is a weight.
    pub bias: bool,
}

impl Default for LayerNormConfig {
    fn default() -> Self {
        LayerNormConfig { eps: 1e-5, elementwise_affine: true, bias: true }
    }
}

/// Standardizes each sample over its trailing dimensions.
///
/// | | shape |
/// |---|---|
/// | input, output | `[.., normalized_shape]` |
/// | `weight` | `normalized_shape`, initially 1 |
/// | `bias` | `normalized_shape`, initially 0 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::LayerNorm};
///
/// let mut norm = LayerNorm::<f64>::new([3])?;
/// let tape = Tape::new();
/// let y = norm.forward(tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])))?;
/// assert_eq!(format!("{:.2}", y.value().cast::<f32>()), "\
/// tensor([[-1.22,  0.00,  1.22],
///         [-0.93, -0.46,  1.39]])");
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct LayerNorm<T: Real> {
    normalized_shape: Shape,
    eps: f64,
    /// The scale, unless made without.
    pub weight: Option<Parameter<T>>,
    /// The shift, unless made without.
    pub bias: Option<Parameter<T>>,
}

impl<T: Real> LayerNorm<T> {
    /// With PyTorch's defaults. Refuses an empty `normalized_shape`.
    pub fn new(normalized_shape: impl Into<Shape>) -> Result<Self> {
        Self::with(normalized_shape, LayerNormConfig::default())
    }

    /// With a configuration. Refuses an empty `normalized_shape`.
    pub fn with(normalized_shape: impl Into<Shape>, config: LayerNormConfig) -> Result<Self> {
        let normalized_shape = normalized_shape.into();
        if normalized_shape.is_empty() || normalized_shape.checked_numel().is_none() {
            return Err(Error::argument(
                "layer_norm",
                format!(
                    "normalized_shape {normalized_shape} must have 1 or more dims of possible sizes"
                ),
            ));
        }
        let parameter = |wanted: bool, name, value| {
            wanted.then(|| Parameter::new(name, Tensor::full(&normalized_shape, value)))
        };
        let affine = config.elementwise_affine;
        Ok(LayerNorm {
            weight: parameter(affine, "weight", T::ONE),
            bias: parameter(affine && config.bias, "bias", T::ZERO),
            eps: config.eps,
            normalized_shape,
        })
    }
}

/// [`LayerNorm`] as a function. Weight and bias, where given, have shape
/// `normalized_shape`, which must be the input's trailing dimensions.
pub fn layer_norm<'t, T: Real>(
    x: Var<'t, T>,
    normalized_shape: impl Into<Shape>,
    weight: Option<Var<'t, T>>,
    bias: Option<Var<'t, T>>,
    eps: f64,
) -> Result<Var<'t, T>> {
    let (input, normalized) = (x.value().contiguous(), normalized_shape.into());
    refuse_misfit(&input, &normalized, weight.map(Var::shape), bias.map(Var::shape))?;
    let n = normalized.numel();
    let scale = weight.map_or_else(|| Tensor::ones(&normalized), |w| w.value().contiguous());
    let shift = bias.map_or_else(|| Tensor::zeros(&normalized), |b| b.value().contiguous());

    // ANCHOR: forward
    let mut y = buffer(input.numel());
    let rows = input.contiguous_slice();
    let statistics = map_pieces(&mut y, n, |start, y| {
        let rows = rows[start..start + y.len()].chunks_exact(n);
        let standardize_row = |(x, y)| {
            let (mean, variance) = moments::<T>(x);
            let rstd = T::Wide::ONE / (variance + T::Wide::from_f64(eps)).sqrt();
            let statistics = RowStatistics { mean, rstd };
            standardize(x, statistics, scale.contiguous_slice(), shift.contiguous_slice(), y);
            statistics
        };
        rows.zip(y.chunks_exact_mut(n)).map(standardize_row).collect::<Vec<_>>()
    })
    .concat();
    // ANCHOR_END: forward

    let inputs: Vec<Var<'t, T>> = [Some(x), weight, bias].into_iter().flatten().collect();
    let y = Tensor::contiguous_from(y, input.shape().clone());
    x.tape().record(&inputs, y, || LayerNormOp {
        input,
        scale,
        statistics,
        normalized,
        affine: [weight.is_some(), bias.is_some()],
    })
}

#[derive(Debug)]
struct LayerNormOp<T: Real> {
    input: Tensor<T>,
    scale: Tensor<T>,
    statistics: Vec<RowStatistics<T::Wide>>,
    normalized: Shape,
    /// Whether weight and bias are inputs.
    affine: [bool; 2],
}

impl<T: Real> Op<T> for LayerNormOp<T> {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn grad_fn(&self) -> String {
        "NativeLayerNormBackward0".to_owned()
    }

    fn saved(&self) -> Saved<T> {
        let saved = Saved::new().and("input", &self.input);
        let saved = saved.and_some("weight", self.affine[0].then_some(&self.scale));
        saved
            .and_wide("mean", &self.per_row(|s| s.mean))
            .and_wide("rstd", &self.per_row(|s| s.rstd))
    }

    // ANCHOR: backward
    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let n = self.normalized.numel();
        let dy = grad_output.contiguous();
        let (x, dy, w) =
            (self.input.contiguous_slice(), dy.contiguous_slice(), self.scale.contiguous_slice());
        let mut dx = buffer(x.len());
        let partial_sums = map_pieces(&mut dx, n, |start, dx| {
            let mut sums = AffineSums::zeros(n);
            for (row, dx) in dx.chunks_exact_mut(n).enumerate() {
                let at = start + row * n;
                let (x, dy, statistics) =
                    (&x[at..at + n], &dy[at..at + n], self.statistics[at / n]);
                standardize_backward(x, statistics, w, dy, dx);
                for j in 0..n {
                    sums.weight[j] += dy[j].widen() * statistics.x_hat(x[j]);
                    sums.bias[j] += dy[j].widen();
                }
            }
            sums
        });
        let sums = partial_sums.into_iter().fold(AffineSums::zeros(n), AffineSums::add);
        let grad_input = Tensor::contiguous_from(dx, self.input.shape().clone());
        let grad_affine = [sums.weight, sums.bias].map(|sums| {
            let narrowed = sums.into_iter().map(T::narrow).collect();
            Tensor::contiguous_from(narrowed, self.normalized.clone())
        });
        let affine = grad_affine.into_iter().zip(self.affine);
        let affine = affine.filter(|(_, is_input)| *is_input).map(|(grad, _)| Some(grad));
        std::iter::once(Some(grad_input)).chain(affine).collect()
    }
    // ANCHOR_END: backward
}

impl<T: Real> LayerNormOp<T> {
    /// One statistic in the input's leading shape.
    fn per_row(&self, pick: impl Fn(&RowStatistics<T::Wide>) -> T::Wide) -> Tensor<T::Wide> {
        let leading = self.input.rank() - self.normalized.len();
        let shape = Shape::from(&self.input.shape()[..leading]);
        if self.input.numel() == 0 {
            // Rows without elements, of which there may be any number.
            let none = Tensor::scalar(T::Wide::from_f64(f64::NAN));
            return none.expand(shape).expect("a scalar expands to any shape");
        }
        Tensor::contiguous_from(self.statistics.iter().map(pick).collect(), shape)
    }
}

fn refuse_misfit<T: Real>(
    input: &Tensor<T>,
    normalized: &Shape,
    weight: Option<Shape>,
    bias: Option<Shape>,
) -> Result<()> {
    let trailing = input.rank().checked_sub(normalized.len()).map(|start| &input.shape()[start..]);
    if normalized.is_empty() || trailing != Some(&**normalized) {
        return Err(Error::shape(
            "layer_norm",
            format!(
                "normalized_shape {normalized} must be the trailing dims of the input, which \
                 has shape {}; give those sizes, at least one",
                input.shape()
            ),
        ));
    }
    for (name, shape) in [("weight", weight), ("bias", bias)] {
        if let Some(shape) = shape.filter(|shape| shape != normalized) {
            return Err(Error::shape(
                "layer_norm",
                format!("{name} has shape {shape}, it must have normalized_shape {normalized}"),
            ));
        }
    }
    Ok(())
}

impl<T: Real> Module<T> for LayerNorm<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let bind = |parameter: &Option<Parameter<T>>| {
            parameter.as_ref().map(|parameter| x.tape().parameter(parameter))
        };
        layer_norm(x, &self.normalized_shape, bind(&self.weight), bind(&self.bias), self.eps)
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        let named = [("weight", &self.weight), ("bias", &self.bias)];
        named
            .into_iter()
            .filter_map(|(name, p)| Some((name.to_owned(), State::Parameter(p.as_ref()?))))
            .collect()
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        let named = [("weight", &mut self.weight), ("bias", &mut self.bias)];
        named
            .into_iter()
            .filter_map(|(name, p)| Some((name.to_owned(), StateMut::Parameter(p.as_mut()?))))
            .collect()
    }
}

impl<T: Real> Layer<T> for LayerNorm<T> {
    const ABOUT: About = About {
        name: "LayerNorm",
        stem: "layer_norm",
        family: Family::Norm,
        summary: "standardizes each sample over its trailing dims",
        arguments: &[
            Argument {
                name: "normalized_shape",
                kind: Kind::Shape,
                default: None,
                meaning: "the trailing dims that are standardized together",
            },
            Argument {
                name: "eps",
                kind: Kind::Float,
                default: Some(Value::Float(1e-5)),
                meaning: "added to the variance; 0 is allowed",
            },
            Argument {
                name: "elementwise_affine",
                kind: Kind::Bool,
                default: Some(Value::Bool(true)),
                meaning: "whether there are a weight and a bias",
            },
            Argument {
                name: "bias",
                kind: Kind::Bool,
                default: Some(Value::Bool(true)),
                meaning: "whether there is a bias, where there is a weight",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let config = LayerNormConfig {
            eps: args.float("eps")?,
            elementwise_affine: args.bool("elementwise_affine")?,
            bias: args.bool("bias")?,
        };
        Self::with(args.shape("normalized_shape")?, config)
    }

    fn args_for(shape: &Shape) -> Args {
        Args::new().with("normalized_shape", &shape[shape.len().saturating_sub(1)..])
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let shape = random_shape(rng, 1..=4, 1..=4);
        let trailing = rng.random_range(0..shape.len());
        let args = Args::new()
            .with("normalized_shape", &shape[trailing..])
            .with("elementwise_affine", rng.random_bool(0.8))
            .with("bias", rng.random_bool(0.8));
        Case { args, shape }
    }
}
