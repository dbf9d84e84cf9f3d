//! RMSNorm: each sample is divided by its root mean square. Chapter
//! `norm/rms_norm`.
//!
//! ```text
//! y = x / sqrt(mean(x²) + eps) · w        over the trailing dims
//! ```
//!
//! LayerNorm without the mean, and without a bias. The mean being taken for 0,
//! the gradient of it falls away too: x̄ = rstd (h - x_hat mean(h x_hat)). How a set
//! of numbers is standardized stands in `standardized.rs`.
//!
//! B. Zhang and R. Sennrich, "Root mean square layer normalization", NeurIPS
//! 2019, arXiv:1910.07467, eq. 4.

use rand::{Rng, RngExt};

use super::affine;
use super::layer_norm::refuse_misfit;
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

/// Divides each sample by the root of the mean of its squares.
///
/// | | shape |
/// |---|---|
/// | input, output | `[.., normalized_shape]` |
/// | `weight` | `normalized_shape`, initially 1 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::RMSNorm};
///
/// let mut norm = RMSNorm::<f64>::with([2], Some(0.0), true)?;
/// let tape = Tape::new();
/// let y = norm.forward(tape.leaf(Tensor::new([[1.0, -1.0], [5.0, -5.0]])))?;
/// assert_eq!(y.value().to_vec(), [1.0, -1.0, 1.0, -1.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct RMSNorm<T: Real> {
    normalized_shape: Shape,
    eps: Option<f64>,
    /// The scale, unless made without.
    pub weight: Option<Parameter<T>>,
}

impl<T: Real> RMSNorm<T> {
    /// With PyTorch's defaults. Refuses an empty `normalized_shape`.
    pub fn new(normalized_shape: impl Into<Shape>) -> Result<Self> {
        Self::with(normalized_shape, None, true)
    }

    /// With what is added to the mean square (`None` for the distance from 1 to the
    /// next number of the type, [`Real::EPSILON`]), and with or without a weight.
    /// Refuses an empty `normalized_shape`.
    pub fn with(
        normalized_shape: impl Into<Shape>,
        eps: Option<f64>,
        elementwise_affine: bool,
    ) -> Result<Self> {
        let normalized_shape = normalized_shape.into();
        if normalized_shape.is_empty() || normalized_shape.checked_numel().is_none() {
            return Err(Error::argument(
                "rms_norm",
                format!(
                    "normalized_shape {normalized_shape} must have 1 or more dims of possible sizes"
                ),
            ));
        }
        let (weight, _) = affine::parameters(&normalized_shape, elementwise_affine, false);
        Ok(RMSNorm { normalized_shape, eps, weight })
    }
}

/// [`RMSNorm`] as a function. The weight, where given, has shape
/// `normalized_shape`, which must be the input's trailing dims.
pub fn rms_norm<'t, T: Real>(
    x: Var<'t, T>,
    normalized_shape: impl Into<Shape>,
    weight: Option<Var<'t, T>>,
    eps: Option<f64>,
) -> Result<Var<'t, T>> {
    let (shape, normalized) = (x.shape(), normalized_shape.into());
    let affine = Affine { weight, bias: None };
    refuse_misfit("rms_norm", &shape, &normalized)?;
    affine.refuse_misfit("rms_norm", &normalized, "normalized_shape")?;
    // ANCHOR: forward
    let (leading, _) = shape.split_at(shape.len() - normalized.len());
    let norm = Norm {
        name: "rms_norm",
        grad_fn: "MulBackward0",
        grouping: Grouping::rows(leading, &normalized),
        sets: leading.into(),
    };
    let (y, _) = norm.apply(x, affine, Center::Zero, eps.unwrap_or(T::EPSILON))?;
    // ANCHOR_END: forward
    Ok(y)
}

impl<T: Real> Module<T> for RMSNorm<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        x.tape().all_or_nothing(|| {
            let Affine { weight, .. } = affine::bind(x, self.weight.as_ref(), None);
            rms_norm(x, &self.normalized_shape, weight, self.eps)
        })
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        affine::state([("weight", &self.weight)])
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        affine::state_mut([("weight", &mut self.weight)])
    }
}

impl<T: Real> Layer<T> for RMSNorm<T> {
    const ABOUT: About = About {
        name: "RMSNorm",
        stem: "rms_norm",
        family: Family::Norm,
        summary: "divides each sample by its root mean square",
        arguments: &[
            Argument {
                name: "normalized_shape",
                kind: Kind::Shape,
                default: None,
                meaning: "the trailing dims that are normalized together",
            },
            Argument {
                name: "eps",
                kind: Kind::Float,
                default: Some(Value::None),
                meaning: "added to the mean square; None means the epsilon of the dtype",
            },
            Argument {
                name: "elementwise_affine",
                kind: Kind::Bool,
                default: Some(Value::Bool(true)),
                meaning: "whether there is a weight",
            },
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let eps = args.optional_float("eps")?;
        Self::with(args.shape("normalized_shape")?, eps, args.bool("elementwise_affine")?)
    }

    fn args_for(shape: &Shape) -> Args {
        Args::new().with("normalized_shape", &shape[shape.len().saturating_sub(1)..])
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let shape = random_shape(rng, 1..=4, 1..=4);
        let trailing = rng.random_range(0..shape.len());
        let args = Args::new()
            .with("normalized_shape", &shape[trailing..])
            .with("eps", 1e-3)
            .with("elementwise_affine", rng.random_bool(0.8));
        Case { args, shape }
    }
}
