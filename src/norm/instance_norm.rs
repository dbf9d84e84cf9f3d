//! InstanceNorm: each channel of each sample is standardized by itself. Chapter
//! `norm/instance_norm`.
//!
//! ```text
//! x_hat = (x - mean) / sqrt(var + eps)      over (H, W) of one channel of one sample
//! y = x_hat w + b                           w, b by channel
//! ```
//!
//! Samples and channels are independent of each other, in training and, unless
//! running statistics are tracked, in evaluation too. Tracked ones take in the
//! average over the samples of their means and of their variances, the latter with
//! Bessel's correction, and evaluation then is that of BatchNorm. As in PyTorch
//! `num_batches_tracked` stays 0, and a momentum of `None` means 0; an empty batch
//! leaves the statistics alone, which in PyTorch become NaN. How a set of numbers is
//! standardized and what its cotangent is stand in `standardized.rs`.
//!
//! D. Ulyanov, A. Vedaldi and V. Lempitsky, "Instance normalization: the missing
//! ingredient for fast stylization", arXiv:1607.08022, 2016.

use rand::{Rng, RngExt};

use super::running::{MOMENTUM, RunningStatistics, Timeline, one_each, track_argument};
use super::standardized::{Affine, Norm, WithStatistics};
use super::{affine, refuse};
use crate::error::{Error, Result};
use crate::kernel::grouping::Grouping;
use crate::kernel::standardize::{Center, Statistics};
use crate::module::{
    About, Args, Argument, Case, Family, Layer, Module, State, StateMut, random_shape,
};
use crate::real::Real;
use crate::tape::{Parameter, Var};
use crate::tensor::Shape;

/// How an [`InstanceNorm`] is made: PyTorch's keywords and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstanceNormConfig {
    /// Added to the variance.
    pub eps: f64,
    /// The share of a new batch in the running statistics; `None` means 0.
    pub momentum: Option<f64>,
    /// Whether there are a weight and a bias.
    pub affine: bool,
    /// Whether running statistics are kept, and used in evaluation.
    pub track_running_stats: bool,
    /// Whether there is a bias, where there is a weight.
    pub bias: bool,
}

impl Default for InstanceNormConfig {
    fn default() -> Self {
        InstanceNormConfig {
            eps: 1e-5,
            momentum: Some(0.1),
            affine: false,
            track_running_stats: false,
            bias: true,
        }
    }
}

/// Standardizes each channel of each sample over space. `D` is the number of
/// spatial dims: [`InstanceNorm1d`], [`InstanceNorm2d`], [`InstanceNorm3d`].
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, L]`; `[N, C, H, W]`; `[N, C, D, H, W]`; each also without `N` |
/// | `weight`, `bias` | `[C]`, initially 1 and 0, where made with `affine` |
/// | `running_mean`, `running_var` | `[C]`, initially 0 and 1, where tracked |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::InstanceNorm1d};
///
/// let mut norm = InstanceNorm1d::<f32>::new(2);
/// let tape = Tape::new();
/// // One sample of two channels of two places.
/// let y = norm.forward(tape.leaf(Tensor::new([[[1.0, 3.0], [90.0, 10.0]]])))?;
/// assert_eq!(format!("{}", y.value()), "\
/// tensor([[[-1.0000,  1.0000],
///          [ 1.0000, -1.0000]]])");
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct InstanceNorm<T: Real, const D: usize> {
    eps: f64,
    momentum: f64,
    training: bool,
    timeline: Option<Timeline>,
    /// The scale by channel, if made with one.
    pub weight: Option<Parameter<T>>,
    /// The shift by channel, if made with one.
    pub bias: Option<Parameter<T>>,
    /// The running statistics, if made with them.
    pub running: Option<RunningStatistics<T>>,
}

/// Over `[N, C, L]` or `[C, L]`.
pub type InstanceNorm1d<T> = InstanceNorm<T, 1>;
/// Over `[N, C, H, W]` or `[C, H, W]`.
pub type InstanceNorm2d<T> = InstanceNorm<T, 2>;
/// Over `[N, C, D, H, W]` or `[C, D, H, W]`.
pub type InstanceNorm3d<T> = InstanceNorm<T, 3>;

impl<T: Real, const D: usize> InstanceNorm<T, D> {
    /// With PyTorch's defaults: no weight, no bias, no running statistics.
    pub fn new(num_features: usize) -> Self {
        Self::with(num_features, InstanceNormConfig::default())
    }

    /// With a configuration.
    pub fn with(num_features: usize, config: InstanceNormConfig) -> Self {
        let (weight, bias) =
            affine::parameters(&one_each(num_features), config.affine, config.bias);
        InstanceNorm {
            eps: config.eps,
            momentum: config.momentum.unwrap_or(0.0),
            training: true,
            timeline: None,
            weight,
            bias,
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

/// [`InstanceNorm`] as a function, for an input `[N, C, ..]` of rank 3 or more.
///
/// With `use_input_stats`, or without running statistics, every instance's own
/// statistics are used; with `use_input_stats` the running ones take them in, with
/// the share `momentum`.
///
/// Refuses an input of a lower rank, instances of a single number, and weights and
/// running statistics for other channels.
pub fn instance_norm<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    weight: Option<Var<'t, T>>,
    bias: Option<Var<'t, T>>,
    use_input_stats: bool,
    momentum: f64,
    eps: f64,
) -> Result<Var<'t, T>> {
    let affine = Affine { weight, bias };
    Ok(with_statistics(x, running, affine, (use_input_stats, momentum), eps)?.0)
}

/// The statistics returned are the averages over the samples, by channel.
fn with_statistics<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    affine: Affine<'t, T>,
    (use_input_stats, momentum): (bool, f64),
    eps: f64,
) -> Result<WithStatistics<'t, T>> {
    let shape = x.shape();
    let of_instances = use_input_stats || running.is_none();
    refuse_misfit(&shape, of_instances)?;
    let channels = shape[1];
    affine.refuse_misfit("instance_norm", &one_each(channels), "one number a channel,")?;
    if !shape.contains(&0) {
        refuse::running_misfit("instance_norm", &shape, running.as_deref())?;
    }
    // ANCHOR: forward
    let norm = Norm {
        name: "instance_norm",
        grad_fn: "ViewBackward0",
        grouping: Grouping::channels_in_groups(&shape, channels),
        sets: [shape[0], channels].into(),
    };
    if let (false, Some(running)) = (use_input_stats, &running) {
        let norm = Norm { grouping: norm.grouping.joined(), sets: one_each(channels), ..norm };
        return Ok((norm.apply_given(x, affine, running.statistics(eps))?, Vec::new()));
    }
    let (y, statistics) = norm.apply(x, affine, Center::MeanUnlessFlat, eps)?;
    let statistics = average(&statistics, channels);
    if let Some(running) = running {
        running.update(momentum, &statistics, shape[2..].iter().product());
    }
    // ANCHOR_END: forward
    Ok((y, statistics))
}

/// Mean and variance of every channel, averaged over the samples.
// ANCHOR: average
fn average<W: Real>(statistics: &[Statistics<W>], channels: usize) -> Vec<Statistics<W>> {
    if statistics.is_empty() {
        return Vec::new();
    }
    let samples = W::from_f64((statistics.len() / channels) as f64);
    let mean_of = |channel: usize, pick: fn(&Statistics<W>) -> W| {
        let sum = statistics[channel..].iter().step_by(channels).map(pick);
        sum.fold(W::ZERO, |sum, x| sum + x) / samples
    };
    let average = |channel| {
        Statistics::new(mean_of(channel, |s| s.mean), mean_of(channel, |s| s.variance), 0.0)
    };
    (0..channels).map(average).collect()
}
// ANCHOR_END: average

fn refuse_misfit(shape: &Shape, of_instances: bool) -> Result<()> {
    let [_, _, places @ ..] = &**shape else {
        return Err(Error::shape(
            "instance_norm",
            format!("the input {shape} has rank {}; give [N, C, L] or more dims", shape.len()),
        ));
    };
    if places.is_empty() || (of_instances && places.iter().all(|&size| size == 1)) {
        return Err(Error::shape(
            "instance_norm",
            format!(
                "the input {shape} has one number in each channel of a sample, which would become \
                 0: more than 1 place is needed; take a larger image, or another norm"
            ),
        ));
    }
    Ok(())
}

impl<T: Real, const D: usize> Module<T> for InstanceNorm<T, D> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let shape = x.shape();
        refuse::other_rank("instance_norm", &shape, &[D + 1, D + 2])?;
        if shape.len() == D + 1 {
            return x.tape().all_or_nothing(|| self.forward(x.unsqueeze(0)?)?.squeeze(0));
        }
        // A copy, which takes the original's place when nothing was refused.
        let mut running = self.running.clone();
        let (y, statistics) = x.tape().all_or_nothing(|| {
            let affine = affine::bind(x, self.weight.as_ref(), self.bias.as_ref());
            let mode = (self.training, self.momentum);
            with_statistics(x, running.as_mut(), affine, mode, self.eps)
        })?;
        if let (Some(timeline), Some(running), true) = (&mut self.timeline, &running, self.training)
        {
            let n = shape[2..].iter().product();
            timeline.push((n, self.momentum), &statistics, running);
        }
        self.running = running;
        Ok(y)
    }

    fn state(&self) -> Vec<(String, State<'_, T>)> {
        let mut state = affine::state([("weight", &self.weight), ("bias", &self.bias)]);
        state.extend(self.running.iter().flat_map(RunningStatistics::state));
        state
    }

    fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        let mut state = affine::state_mut([("weight", &mut self.weight), ("bias", &mut self.bias)]);
        state.extend(self.running.iter_mut().flat_map(RunningStatistics::state_mut));
        state
    }

    fn set_training(&mut self, training: bool) {
        self.training = training;
    }
}

impl<T: Real, const D: usize> Layer<T> for InstanceNorm<T, D> {
    const ABOUT: About = About {
        name: ["", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"][D],
        stem: "instance_norm",
        family: Family::Norm,
        summary: "standardizes each channel of each sample",
        arguments: &[
            affine::NUM_FEATURES,
            affine::EPS,
            Argument {
                meaning: "the share of the new batch in the running statistics; None means 0",
                ..MOMENTUM
            },
            affine::AFFINE_FALSE,
            track_argument(false),
            affine::BIAS,
        ],
    };

    fn from_args(args: &Args) -> Result<Self> {
        let config = InstanceNormConfig {
            eps: args.float("eps")?,
            momentum: args.optional_float("momentum")?,
            affine: args.bool("affine")?,
            track_running_stats: args.bool("track_running_stats")?,
            bias: args.bool("bias")?,
        };
        Ok(Self::with(args.size("num_features")?, config))
    }

    fn args_for(shape: &Shape) -> Args {
        let channels = if shape.len() == D + 1 { shape.first() } else { shape.get(1) };
        Args::new().with("num_features", channels.copied().unwrap_or(1) as i64)
    }

    fn sample(rng: &mut dyn Rng) -> Case {
        let mut shape = random_shape(rng, D + 1..=D + 2, 1..=3);
        let last = shape.len() - 1;
        shape.set(last, 2 + shape[last]);
        let args = Self::args_for(&shape)
            .with("affine", rng.random_bool(0.6))
            .with("track_running_stats", rng.random_bool(0.4))
            .with("bias", rng.random_bool(0.8));
        Case { args, shape }
    }
}
