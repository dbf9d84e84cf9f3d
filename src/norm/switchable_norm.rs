//! SwitchableNorm: a learned mixture of InstanceNorm's, LayerNorm's and
//! BatchNorm's statistics. Chapter `norm/switchable_norm`.
//!
//! ```text
//! x_hat = (x - Σ ω_k μ_k) / sqrt(Σ ω'_k σ²_k + eps),    k in instance, layer, batch
//! y = x_hat w + b,    ω = softmax(mean_weight),    ω' = softmax(var_weight)
//! ```
//!
//! The layer's and the batch's statistics are made of the instances', so that x is
//! read for one set of moments only (`switchable_statistics.rs`). Training takes
//! the batch branch from the batch, evaluation from running statistics that follow
//! BatchNorm's rules. In `[N, C]` an instance is a single number, and its branch is
//! left out.
//!
//! ```text
//! h = ȳ w;   m̄ = -rstd Σ h,   v̄ = -rstd²/2 Σ h x_hat      of each instance's mixture
//! mean_weight: ω_k Σ m̄ (μ_k - Σ ω_j μ_j),   var_weight the same of v̄, ω' and σ²
//! x̄ = rstd h + μ̄_in / S + 2 (x - μ_in) σ̄²_in / S           S places
//! ```
//!
//! where μ̄_in and σ̄²_in gather what all three branches send to an instance. Saved
//! are the input and the statistics, two numbers an instance.
//!
//! P. Luo, J. Ren, Z. Peng, R. Zhang and J. Li, "Differentiable learning-to-
//! normalize via switchable normalization", ICLR 2019, arXiv:1806.10779, eqs. 3 to
//! 5. Their code keeps unbiased variances, from which the derived ones are neither
//! biased nor unbiased, and calls momentum the share of the old.

use rand::Rng;

use super::batch_norm::{BatchNormConfig, config_from_args, sample_of_rank};
use super::running::{
    MOMENTUM, RunningStatistics, Timeline, numbers_a_channel, one_each, track_argument,
};
use super::standardized::{Affine, WithStatistics};
use super::switchable_statistics::{Branches, Mixture, SwitchableOp};
use super::{affine, refuse};
use crate::error::{Error, Result};
use crate::kernel::grouping::Grouping;
use crate::kernel::moments::moments_by_stretch;
use crate::kernel::standardize::{Center, Statistics, scale_stretch};
use crate::module::{About, Args, Case, Family, Layer, Module, State, StateMut};
use crate::real::Real;
use crate::tape::{Parameter, Var};
use crate::tensor::Shape;
use crate::tensor::Tensor;
use crate::tensor::storage::buffer;

/// A learned mixture of three norms. `D` is the number of spatial dims:
/// [`SwitchableNorm1d`], [`SwitchableNorm2d`], [`SwitchableNorm3d`].
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, L]` or `[N, C]`; `[N, C, H, W]`; `[N, C, D, H, W]` |
/// | `weight`, `bias` | `[C]`, initially 1 and 0 |
/// | `mean_weight`, `var_weight` | `[3]`, initially 1: instance, layer, batch |
/// | `running_mean`, `running_var` | `[C]`, initially 0 and 1 |
/// | `num_batches_tracked` | `[]`, initially 0 |
///
/// ```
/// use handgrad::norm::{SwitchableNorm2d, instance_norm};
/// use handgrad::{Module, Tape, Tensor};
///
/// let mut norm = SwitchableNorm2d::<f64>::new(1);
/// // All the weight on the instance branch makes an InstanceNorm.
/// let one_hot = Tensor::new([0.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
/// *norm.mean_weight.value_mut() = one_hot.clone();
/// *norm.var_weight.value_mut() = one_hot;
/// let tape = Tape::new();
/// let x = tape.leaf(Tensor::new([[[[1.0, 3.0]]], [[[-5.0, 15.0]]]]));
/// let y = norm.forward(x)?;
/// let instance = instance_norm(x, None, None, None, true, 0.1, 1e-5)?;
/// assert_eq!(y.value().to_vec(), instance.value().to_vec());
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct SwitchableNorm<T: Real, const D: usize> {
    eps: f64,
    momentum: Option<f64>,
    training: bool,
    timeline: Option<Timeline>,
    /// The scale by channel, unless made without.
    pub weight: Option<Parameter<T>>,
    /// The shift by channel, unless made without.
    pub bias: Option<Parameter<T>>,
    /// How much of each mean is taken, before the softmax.
    pub mean_weight: Parameter<T>,
    /// How much of each variance is taken, before the softmax.
    pub var_weight: Parameter<T>,
    /// The running statistics of the batch branch, unless made without.
    pub running: Option<RunningStatistics<T>>,
}

/// Over `[N, C]` or `[N, C, L]`.
pub type SwitchableNorm1d<T> = SwitchableNorm<T, 1>;
/// Over `[N, C, H, W]`.
pub type SwitchableNorm2d<T> = SwitchableNorm<T, 2>;
/// Over `[N, C, D, H, W]`.
pub type SwitchableNorm3d<T> = SwitchableNorm<T, 3>;

impl<T: Real, const D: usize> SwitchableNorm<T, D> {
    /// With BatchNorm's defaults.
    pub fn new(num_features: usize) -> Self {
        Self::with(num_features, BatchNormConfig::default())
    }

    /// With a configuration, which is that of BatchNorm.
    pub fn with(num_features: usize, config: BatchNormConfig) -> Self {
        let (weight, bias) =
            affine::parameters(&one_each(num_features), config.affine, config.bias);
        SwitchableNorm {
            eps: config.eps,
            momentum: config.momentum,
            training: true,
            timeline: None,
            weight,
            bias,
            mean_weight: Parameter::new("mean_weight", Tensor::ones([3])),
            var_weight: Parameter::new("var_weight", Tensor::ones([3])),
            running: config.track_running_stats.then(|| RunningStatistics::new(num_features)),
        }
    }

    /// From now on, keeps what every training step does to the running
    /// statistics.
    pub fn watch(&mut self) {
        self.timeline = Some(Timeline::default());
    }

    /// What was kept since [`watch`](Self::watch).
    pub fn timeline(&self) -> Option<&Timeline> {
        self.timeline.as_ref()
    }
}

/// [`SwitchableNorm`] as a function, for an input `[N, C, ..]` of any rank.
///
/// `mean_weight` and `var_weight` have shape `[3]` and go through a softmax. The
/// running statistics are used and updated as [`batch_norm`](super::batch_norm())
/// does. Refuses what that refuses, and mixing weights of another shape.
#[expect(clippy::too_many_arguments, reason = "PyTorch's functions take as many; a module is less")]
pub fn switchable_norm<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    weight: Option<Var<'t, T>>,
    bias: Option<Var<'t, T>>,
    mean_weight: Var<'t, T>,
    var_weight: Var<'t, T>,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<Var<'t, T>> {
    let mixing = [mean_weight, var_weight];
    let affine = Affine { weight, bias };
    Ok(with_statistics(x, running, affine, mixing, (training, momentum), eps)?.0)
}

/// The statistics returned are the batch's, by channel.
fn with_statistics<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    affine: Affine<'t, T>,
    mixing: [Var<'t, T>; 2],
    (training, momentum): (bool, f64),
    eps: f64,
) -> Result<WithStatistics<'t, T>> {
    let shape = x.shape();
    let of_batch = training || running.is_none();
    refuse::unfit_batch("switchable_norm", &shape, of_batch, eps)?;
    let channels = shape[1];
    if !shape.contains(&0) {
        affine.refuse_misfit("switchable_norm", &one_each(channels), "one number a channel,")?;
        refuse::running_misfit("switchable_norm", &shape, running.as_deref())?;
    }
    for (name, var) in ["mean_weight", "var_weight"].into_iter().zip(mixing) {
        if *var.shape() != [3] {
            return Err(Error::shape(
                "switchable_norm",
                format!(
                    "{name} has shape {}, it must have [3]: instance, layer, batch",
                    var.shape()
                ),
            ));
        }
    }

    // ANCHOR: forward
    let input = x.value().contiguous();
    let grouping = Grouping::channels_in_groups(&shape, channels);
    let of_instances = if input.numel() == 0 {
        Vec::new()
    } else {
        moments_by_stretch(input.contiguous_slice(), &grouping)
    };
    let given = running.as_deref().filter(|_| !of_batch).map(|r| r.statistics(eps));
    let branches = Branches::new(of_instances, channels, given);
    let uses_instances = shape.len() > 2;
    let mixtures = mixing.map(|v| Mixture::new(&v.value(), uses_instances));
    let mixed = branches.mix(&mixtures, eps);

    let (scale, shift) = affine.by_channel(channels, Center::Mean);
    let mut y = buffer(input.numel());
    let (elements, w, b) =
        (input.contiguous_slice(), scale.contiguous_slice(), shift.contiguous_slice());
    grouping.for_each_stretch(&mut y, |stretch, y| {
        let affine = (w[stretch.channel], b[stretch.channel]);
        scale_stretch(stretch.of(elements), y, &mixed[stretch.index], affine);
    });
    // ANCHOR_END: forward

    let batch: Vec<_> =
        branches.batch().map(|(mean, var)| Statistics::new(mean, var, eps)).collect();
    if let Some(running) = running.filter(|_| training) {
        running.update(momentum, &batch, numbers_a_channel(&shape));
    }
    let [mean_weight, var_weight] = mixing.map(Some);
    let inputs = [Some(x), affine.weight, affine.bias, mean_weight, var_weight];
    let inputs: Vec<Var<'t, T>> = inputs.into_iter().flatten().collect();
    let y = Tensor::contiguous_from(y, shape);
    let y = x.tape().record(&inputs, y, || SwitchableOp {
        affine: [affine.weight, affine.bias].map(|var| var.map(Var::shape)),
        input,
        scale,
        grouping,
        branches,
        mixtures,
        mixed,
    })?;
    Ok((y, batch))
}

impl<T: Real, const D: usize> Module<T> for SwitchableNorm<T, D> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let ranks: &[usize] = if D == 1 { &[2, 3] } else { &[D + 2] };
        refuse::other_rank("switchable_norm", &x.shape(), ranks)?;
        // A copy, which takes the original's place when nothing was refused.
        let mut running = self.running.clone();
        let counted = running.as_mut().filter(|_| self.training);
        let momentum = counted.map_or(0.0, |running| running.count_batch(self.momentum));
        let (y, statistics) = x.tape().all_or_nothing(|| {
            let affine = affine::bind(x, self.weight.as_ref(), self.bias.as_ref());
            let mixing = [&self.mean_weight, &self.var_weight].map(|p| x.tape().parameter(p));
            let mode = (self.training, momentum);
            with_statistics(x, running.as_mut(), affine, mixing, mode, self.eps)
        })?;
        if let (Some(timeline), Some(running), true) = (&mut self.timeline, &running, self.training)
        {
            timeline.push((numbers_a_channel(&x.shape()), momentum), &statistics, running);
        }
        self.running = running;
        Ok(y)
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        let mut state = affine::state([("weight", &self.weight), ("bias", &self.bias)]);
        for (name, p) in [("mean_weight", &self.mean_weight), ("var_weight", &self.var_weight)] {
            state.push((name.to_owned(), State::Parameter(p)));
        }
        state.extend(self.running.iter().flat_map(RunningStatistics::state));
        state
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        let mut state = affine::state_mut([("weight", &mut self.weight), ("bias", &mut self.bias)]);
        let mixing = [("mean_weight", &mut self.mean_weight), ("var_weight", &mut self.var_weight)];
        for (name, p) in mixing {
            state.push((name.to_owned(), StateMut::Parameter(p)));
        }
        state.extend(self.running.iter_mut().flat_map(RunningStatistics::state_mut));
        state
    }

    fn set_training(&mut self, training: bool) {
        self.training = training;
    }
}

impl<T: Real, const D: usize> Layer<T> for SwitchableNorm<T, D> {
    const ABOUT: About = About {
        name: ["", "SwitchableNorm1d", "SwitchableNorm2d", "SwitchableNorm3d"][D],
        stem: "switchable_norm",
        family: Family::Norm,
        summary: "a learned mixture of instance, layer and batch statistics",
        arguments: &[
            affine::NUM_FEATURES,
            affine::EPS,
            MOMENTUM,
            affine::AFFINE_TRUE,
            track_argument(true),
            affine::BIAS,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        Ok(Self::with(args.size("num_features")?, config_from_args(args)?))
    }

    fn args_for(shape: &Shape) -> Args {
        Args::new().with("num_features", shape.get(1).copied().unwrap_or(1) as i64)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        sample_of_rank(rng, if D == 1 { 2..=3 } else { D + 2..=D + 2 })
    }
}
