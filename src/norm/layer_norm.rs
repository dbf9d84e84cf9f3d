//! LayerNorm: each sample is standardized over its trailing dimensions.
//! Chapter `norm/layer_norm`.
//!
//! ```text
//! x_hat = (x - mean) / sqrt(var + eps)      over the trailing dims; var biased: / n
//! y = x_hat w + b                           w, b by place in these dims
//! ```
//!
//! The rows are independent of each other, and of the batch. How a set of numbers
//! is standardized and what its cotangent is stand in `standardized.rs`.
//!
//! J. L. Ba, J. R. Kiros and G. E. Hinton, "Layer normalization",
//! arXiv:1607.06450, eqs. 3 and 4.

use rand::{Rng, RngExt};

use super::affine;
use super::standardized::{Affine, Norm};
use crate::error::{Error, Result};
use crate::kernel::grouping::Grouping;
use crate::kernel::standardize::Center;
use crate::module::{
    About, Args, Argument, Case, Family, Kind, Layer, Module, State, StateMut, Value, random_shape,
};
use crate::real::Real;
use crate::tape::{Parameter, Var};
use crate::tensor::Shape;

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
        let (weight, bias) =
            affine::parameters(&normalized_shape, config.elementwise_affine, config.bias);
        Ok(LayerNorm { weight, bias, eps: config.eps, normalized_shape })
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
    let (shape, normalized) = (x.shape(), normalized_shape.into());
    let affine = Affine { weight, bias };
    refuse_misfit("layer_norm", &shape, &normalized)?;
    affine.refuse_misfit("layer_norm", &normalized, "normalized_shape")?;
    // ANCHOR: forward
    let (leading, _) = shape.split_at(shape.len() - normalized.len());
    let norm = Norm {
        name: "layer_norm",
        grad_fn: "NativeLayerNormBackward0",
        grouping: Grouping::rows(leading, &normalized),
        sets: leading.into(),
    };
    let (y, _) = norm.apply(x, affine, Center::Mean, eps)?;
    // ANCHOR_END: forward
    Ok(y)
}

/// Refuses a `normalized_shape` that is not the input's trailing dims.
pub(super) fn refuse_misfit(op: &str, shape: &Shape, normalized: &Shape) -> Result<()> {
    let trailing = shape.len().checked_sub(normalized.len()).map(|start| &shape[start..]);
    if normalized.is_empty() || trailing != Some(&**normalized) {
        return Err(Error::shape(
            op,
            format!(
                "normalized_shape {normalized} must be the trailing dims of the input, which \
                 has shape {shape}; give those sizes, at least one"
            ),
        ));
    }
    Ok(())
}

impl<T: Real> Module<T> for LayerNorm<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        x.tape().all_or_nothing(|| {
            let Affine { weight, bias } = affine::bind(x, self.weight.as_ref(), self.bias.as_ref());
            layer_norm(x, &self.normalized_shape, weight, bias, self.eps)
        })
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        affine::state([("weight", &self.weight), ("bias", &self.bias)])
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        affine::state_mut([("weight", &mut self.weight), ("bias", &mut self.bias)])
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
