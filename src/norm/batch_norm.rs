//! BatchNorm: each channel is standardized over the whole batch. Chapter
//! `norm/batch_norm`.
//!
//! ```text
//! x_hat = (x - mean) / sqrt(var + eps)      over (N, H, W) of one channel
//! y = x_hat w + b                           w, b by channel
//! running = (1 - momentum) running + momentum batch
//! ```
//!
//! Training standardizes with the batch's mean and biased variance, and so couples
//! the samples. Evaluation standardizes with the running statistics, which are
//! constants there: y is a straight line in x, and x̄ = w rstd ȳ. The running
//! variance takes in the batch's with Bessel's correction, n / (n - 1). How a set
//! of numbers is standardized and what its cotangent is stand in
//! `standardized.rs`, the running statistics in `running.rs`.
//!
//! S. Ioffe and C. Szegedy, "Batch normalization: accelerating deep network
//! training by reducing internal covariate shift", ICML 2015, arXiv:1502.03167,
//! algorithm 1 for training and algorithm 2, which has Bessel's correction too, for
//! evaluation.

use rand::{Rng, RngExt};

use super::running::{
    MOMENTUM, RunningStatistics, Timeline, numbers_a_channel, one_each, track_argument,
};
use super::standardized::{Affine, Norm, WithStatistics};
use super::{affine, refuse};
use crate::error::Result;
use crate::kernel::grouping::Grouping;
use crate::kernel::standardize::Center;
use crate::module::{About, Args, Case, Family, Layer, Module, State, StateMut, random_shape};
use crate::real::Real;
use crate::tape::{Parameter, Var};
use crate::tensor::Shape;

/// How a [`BatchNorm`] is made: PyTorch's keywords and defaults.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BatchNormConfig {
    /// Added to the variance; above 0 in training.
    pub eps: f64,
    /// The share of a new batch in the running statistics. `None` gives every batch
    /// the same share, so that they are plain averages.
    pub momentum: Option<f64>,
    /// Whether there are a weight and a bias.
    pub affine: bool,
    /// Whether running statistics are kept. Without them evaluation uses the
    /// batch's, as training does.
    pub track_running_stats: bool,
    /// Whether there is a bias, where there is a weight.
    pub bias: bool,
}

impl Default for BatchNormConfig {
    fn default() -> Self {
        BatchNormConfig {
            eps: 1e-5,
            momentum: Some(0.1),
            affine: true,
            track_running_stats: true,
            bias: true,
        }
    }
}

/// Standardizes each channel over batch and space. `D` is the number of spatial
/// dims: [`BatchNorm1d`], [`BatchNorm2d`], [`BatchNorm3d`].
///
/// | | shape |
/// |---|---|
/// | input, output | `[N, C, L]` or `[N, C]`; `[N, C, H, W]`; `[N, C, D, H, W]` |
/// | `weight`, `bias` | `[C]`, initially 1 and 0 |
/// | `running_mean`, `running_var` | `[C]`, initially 0 and 1 |
/// | `num_batches_tracked` | `[]`, initially 0 |
///
/// ```
/// use handgrad::{Module, Tape, Tensor, norm::BatchNorm1d};
///
/// let mut norm = BatchNorm1d::<f64>::new(1);
/// let tape = Tape::new();
/// norm.forward(tape.leaf(Tensor::new([[2.0], [4.0]])))?;
/// let running = norm.running.as_ref().expect("tracked by default");
/// // A tenth of the batch's mean 3, and of its corrected variance 1 * 2 / (2 - 1).
/// assert!((running.mean.item()? - 0.3).abs() < 1e-12);
/// assert!((running.var.item()? - (0.9 + 0.2)).abs() < 1e-12);
///
/// norm.eval();
/// let y = norm.forward(tape.leaf(Tensor::new([[0.3]])))?; // One sample will do.
/// assert!(y.value().item()?.abs() < 1e-12);
/// # Ok::<(), handgrad::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct BatchNorm<T: Real, const D: usize> {
    eps: f64,
    momentum: Option<f64>,
    training: bool,
    timeline: Option<Timeline>,
    /// The scale by channel, unless made without.
    pub weight: Option<Parameter<T>>,
    /// The shift by channel, unless made without.
    pub bias: Option<Parameter<T>>,
    /// The running statistics, unless made without.
    pub running: Option<RunningStatistics<T>>,
}

/// Over `[N, C]` or `[N, C, L]`.
pub type BatchNorm1d<T> = BatchNorm<T, 1>;
/// Over `[N, C, H, W]`.
pub type BatchNorm2d<T> = BatchNorm<T, 2>;
/// Over `[N, C, D, H, W]`.
pub type BatchNorm3d<T> = BatchNorm<T, 3>;

impl<T: Real, const D: usize> BatchNorm<T, D> {
    /// With PyTorch's defaults.
    pub fn new(num_features: usize) -> Self {
        Self::with(num_features, BatchNormConfig::default())
    }

    /// With a configuration.
    pub fn with(num_features: usize, config: BatchNormConfig) -> Self {
        let (weight, bias) =
            affine::parameters(&one_each(num_features), config.affine, config.bias);
        BatchNorm {
            eps: config.eps,
            momentum: config.momentum,
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

/// [`BatchNorm`] as a function, for an input `[N, C, ..]` of any rank.
///
/// With `training`, or without running statistics, the batch's own statistics are
/// used. With `training` the running ones take them in, with the share `momentum`;
/// `num_batches_tracked` is the module's business.
///
/// Refuses an input without a dim of channels, a single number a channel, weights
/// and running statistics for other channels, and an eps that is not above 0
/// (negative, with running statistics).
pub fn batch_norm<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    weight: Option<Var<'t, T>>,
    bias: Option<Var<'t, T>>,
    training: bool,
    momentum: f64,
    eps: f64,
) -> Result<Var<'t, T>> {
    let affine = Affine { weight, bias };
    Ok(with_statistics(x, running, affine, (training, momentum), eps)?.0)
}

fn with_statistics<'t, T: Real>(
    x: Var<'t, T>,
    running: Option<&mut RunningStatistics<T>>,
    affine: Affine<'t, T>,
    (training, momentum): (bool, f64),
    eps: f64,
) -> Result<WithStatistics<'t, T>> {
    let shape = x.shape();
    let of_batch = training || running.is_none();
    refuse::unfit_batch("batch_norm", &shape, of_batch, eps)?;
    if !shape.contains(&0) {
        affine.refuse_misfit("batch_norm", &one_each(shape[1]), "one number a channel,")?;
        refuse::running_misfit("batch_norm", &shape, running.as_deref())?;
    }
    // ANCHOR: forward
    let norm = Norm {
        name: "batch_norm",
        grad_fn: "NativeBatchNormBackward0",
        grouping: Grouping::channels_in_groups(&shape, shape[1]).joined(),
        sets: one_each(shape[1]),
    };
    let (y, statistics) = match &running {
        Some(running) if !training => {
            (norm.apply_given(x, affine, running.statistics(eps))?, Vec::new())
        }
        _ => norm.apply(x, affine, Center::Mean, eps)?,
    };
    if let Some(running) = running.filter(|_| training) {
        running.update(momentum, &statistics, numbers_a_channel(&shape));
    }
    // ANCHOR_END: forward
    Ok((y, statistics))
}

impl<T: Real, const D: usize> Module<T> for BatchNorm<T, D> {
    fn forward<'t>(&mut self, x: Var<'t, T>) -> Result<Var<'t, T>> {
        let shape = x.shape();
        refuse::other_rank("batch_norm", &shape, if D == 1 { &[2, 3] } else { &[D + 2] })?;
        // A copy, which takes the original's place when nothing was refused.
        let mut running = self.running.clone();
        let counted = running.as_mut().filter(|_| self.training);
        let momentum = counted.map_or(0.0, |running| running.count_batch(self.momentum));
        let (y, statistics) = x.tape().all_or_nothing(|| {
            let affine = affine::bind(x, self.weight.as_ref(), self.bias.as_ref());
            let mode = (self.training, momentum);
            with_statistics(x, running.as_mut(), affine, mode, self.eps)
        })?;
        if let (Some(timeline), Some(running), true) = (&mut self.timeline, &running, self.training)
        {
            timeline.push((numbers_a_channel(&shape), momentum), &statistics, running);
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

impl<T: Real, const D: usize> Layer<T> for BatchNorm<T, D> {
    const ABOUT: About = About {
        name: ["", "BatchNorm1d", "BatchNorm2d", "BatchNorm3d"][D],
        stem: "batch_norm",
        family: Family::Norm,
        summary: "standardizes each channel over the batch",
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

/// The configuration from arguments with PyTorch's names.
pub(super) fn config_from_args(args: &Args) -> Result<BatchNormConfig> {
    Ok(BatchNormConfig {
        eps: args.float("eps")?,
        momentum: args.optional_float("momentum")?,
        affine: args.bool("affine")?,
        track_running_stats: args.bool("track_running_stats")?,
        bias: args.bool("bias")?,
    })
}

/// Shapes and arguments for which training is possible.
pub(super) fn sample_of_rank(rng: &mut dyn Rng, ranks: std::ops::RangeInclusive<usize>) -> Case {
    let mut shape = random_shape(rng, ranks, 1..=3);
    shape.set(0, 2 + shape[0]);
    let args = Args::new()
        .with("num_features", shape[1] as i64)
        .with("affine", rng.random_bool(0.8))
        .with("track_running_stats", rng.random_bool(0.8))
        .with("bias", rng.random_bool(0.8));
    Case { args, shape }
}
