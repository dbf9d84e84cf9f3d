//! GroupNorm: each sample is standardized in groups of channels. Chapter
//! `norm/group_norm`.
//!
//! ```text
//! x_hat = (x - mean) / sqrt(var + eps)      over (C/G, H, W) of one sample
//! y = x_hat w + b                           w, b by channel
//! ```
//!
//! One group is LayerNorm over (C, H, W) but for the shape of w and b; as many
//! groups as channels is InstanceNorm. Samples are independent of each other. How a
//! set of numbers is standardized and what its cotangent is stand in
//! `standardized.rs`.
//!
//! Y. Wu and K. He, "Group normalization", ECCV 2018, arXiv:1803.08494, eqs. 1, 2
//! and 7.

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

/// How a [`GroupNorm`] is made: PyTorch's keywords and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GroupNormConfig {
    /// Added to the variance.
    pub eps: f64,
    /// Whether there are a weight and a bias.
    pub affine: bool,
    /// Whether there is a bias, where there is a weight.
    pub bias: bool,
}

impl Default for GroupNormConfig {
    fn default() -> Self {
        GroupNormConfig { eps: 1e-5, affine: true, bias: true }
    }
}

/// Standardizes each sample in groups of channels.
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, ..]` |
/// | `weight` | `[C]`, initially 1 |
/// | `bias` | `[C]`, initially 0 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::GroupNorm};
///
/// let mut norm = GroupNorm::<f32>::new(2, 4)?;
/// let tape = Tape::new();
/// // Two groups of two channels: each pair becomes -1 and 1.
/// let y = norm.forward(tape.leaf(Tensor::new([[1.0, 3.0, 90.0, 10.0]])))?;
/// assert_eq!(format!("{}", y.value()), "tensor([[-1.0000,  1.0000,  1.0000, -1.0000]])");
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GroupNorm<T: Real> {
    num_groups: usize,
    eps: f64,
    /// The scale by channel, unless made without.
    pub weight: Option<Parameter<T>>,
    /// The shift by channel, unless made without.
    pub bias: Option<Parameter<T>>,
}

impl<T: Real> GroupNorm<T> {
    /// With PyTorch's defaults. Refuses channels that do not divide into groups.
    pub fn new(num_groups: usize, num_channels: usize) -> Result<Self> {
        Self::with(num_groups, num_channels, GroupNormConfig::default())
    }

    /// With a configuration. Refuses channels that do not divide into groups.
    pub fn with(num_groups: usize, num_channels: usize, config: GroupNormConfig) -> Result<Self> {
        if num_groups == 0 || !num_channels.is_multiple_of(num_groups) {
            return Err(Error::argument(
                "group_norm",
                format!(
                    "num_channels ({num_channels}) must be divisible by num_groups ({num_groups})"
                ),
            ));
        }
        let (weight, bias) =
            affine::parameters(&Shape::from([num_channels]), config.affine, config.bias);
        Ok(GroupNorm { num_groups, eps: config.eps, weight, bias })
    }
}

/// [`GroupNorm`] as a function. Weight and bias, where given, have shape `[C]`.
///
/// Refuses an input without a dim of channels, channels that do not divide into
/// groups, places without elements, and a batch in which every group is a single
/// number.
pub fn group_norm<'t, T: Real>(
    x: Var<'t, T>,
    num_groups: usize,
    weight: Option<Var<'t, T>>,
    bias: Option<Var<'t, T>>,
    eps: f64,
) -> Result<Var<'t, T>> {
    let shape = x.shape();
    let affine = Affine { weight, bias };
    refuse_misfit(&shape, num_groups)?;
    affine.refuse_misfit("group_norm", &Shape::from([shape[1]]), "one number a channel,")?;
    // ANCHOR: forward
    let norm = Norm {
        name: "group_norm",
        grad_fn: "NativeGroupNormBackward0",
        grouping: Grouping::channels_in_groups(&shape, num_groups),
        sets: [shape[0], num_groups].into(),
    };
    let (y, _) = norm.apply(x, affine, Center::Mean, eps)?;
    // ANCHOR_END: forward
    Ok(y)
}

fn refuse_misfit(shape: &Shape, num_groups: usize) -> Result<()> {
    let refuse = |message: String| Err(Error::shape("group_norm", message));
    let [samples, channels, places @ ..] = &**shape else {
        return refuse(format!("the input {shape} has no dim of channels; give [N, C, ..]"));
    };
    if num_groups == 0 || !channels.is_multiple_of(num_groups) {
        return refuse(format!(
            "the input {shape} has {channels} channels (dim 1), which do not divide into \
             {num_groups} groups; choose a number of groups that divides them"
        ));
    }
    if places.contains(&0) {
        return refuse(format!("the input {shape} has channels without elements; drop it"));
    }
    // ANCHOR: single
    // PyTorch counts the numbers of a group over all samples here.
    if samples * channels / num_groups * places.iter().product::<usize>() == 1 {
        let remedy = if num_groups > 1 { "fewer groups, or " } else { "" };
        return refuse(format!(
            "every group of the input {shape} is a single number, which would become 0; \
             take {remedy}more samples or places"
        ));
    }
    // ANCHOR_END: single
    Ok(())
}

impl<T: Real> Module<T> for GroupNorm<T> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        x.tape().all_or_nothing(|| {
            let Affine { weight, bias } = affine::bind(x, self.weight.as_ref(), self.bias.as_ref());
            group_norm(x, self.num_groups, weight, bias, self.eps)
        })
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        affine::state([("weight", &self.weight), ("bias", &self.bias)])
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        affine::state_mut([("weight", &mut self.weight), ("bias", &mut self.bias)])
    }
}

impl<T: Real> Layer<T> for GroupNorm<T> {
    const ABOUT: About = About {
        name: "GroupNorm",
        stem: "group_norm",
        family: Family::Norm,
        summary: "standardizes each sample in groups of channels",
        arguments: &[
            Argument {
                name: "num_groups",
                kind: Kind::Int,
                default: None,
                meaning: "into how many groups the channels are divided",
            },
            Argument {
                name: "num_channels",
                kind: Kind::Int,
                default: None,
                meaning: "how many channels the input has (dim 1)",
            },
            Argument {
                name: "eps",
                kind: Kind::Float,
                default: Some(Value::Float(1e-5)),
                meaning: "added to the variance; 0 is allowed",
            },
            affine::AFFINE_TRUE,
            affine::BIAS,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let config = GroupNormConfig {
            eps: args.float("eps")?,
            affine: args.bool("affine")?,
            bias: args.bool("bias")?,
        };
        Self::with(args.size("num_groups")?, args.size("num_channels")?, config)
    }

    fn args_for(shape: &Shape) -> Args {
        let channels = shape.get(1).copied().unwrap_or(1);
        let groups = if channels % 2 == 0 { 2 } else { 1 };
        Args::new().with("num_groups", groups).with("num_channels", channels as i64)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let mut shape = random_shape(rng, 3..=4, 1..=3);
        let (groups, per_group) = (rng.random_range(1..=3), rng.random_range(1..=2));
        shape.set(1, groups * per_group);
        // Never a single number a group.
        let last = shape.len() - 1;
        shape.set(last, 2 + shape[last]);
        let args = Args::new()
            .with("num_groups", groups as i64)
            .with("num_channels", (groups * per_group) as i64)
            .with("affine", rng.random_bool(0.8))
            .with("bias", rng.random_bool(0.8));
        Case { args, shape }
    }
}
