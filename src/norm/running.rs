//! Running statistics: what a norm remembers of its batches for evaluation.

use std::fmt;

use crate::kernel::standardize::Statistics;
use crate::module::{Argument, Kind, State, StateMut, Value};
use crate::real::Real;
use crate::tensor::{Shape, Tensor};

/// The running mean and variance of every channel, and how many batches went in.
///
/// ```text
/// running = (1 - momentum) running + momentum batch
/// ```
///
/// So `momentum` is the share of the new: the opposite of an optimizer's. The
/// batch's variance goes in divided by n - 1 (Bessel's correction), although the
/// batch itself was standardized with that divided by n.
#[derive(Clone, Debug)]
pub struct RunningStatistics<T: Real> {
    /// Initially 0.
    pub mean: Tensor<T>,
    /// Initially 1.
    pub var: Tensor<T>,
    /// Initially 0.
    pub num_batches_tracked: Tensor<T>,
}

impl<T: Real> RunningStatistics<T> {
    pub(super) fn new(channels: usize) -> Self {
        RunningStatistics {
            mean: Tensor::zeros([channels]),
            var: Tensor::ones([channels]),
            num_batches_tracked: Tensor::scalar(T::ZERO),
        }
    }

    /// Counts a batch, and returns its share: `momentum`, or, without one, what makes
    /// all batches' shares equal.
    // ANCHOR: count
    pub(super) fn count_batch(&mut self, momentum: Option<f64>) -> f64 {
        self.num_batches_tracked = self.num_batches_tracked.map(|count| count + T::ONE);
        let count: f64 = self.num_batches_tracked.iter().map(Real::to_f64).sum();
        momentum.unwrap_or(1.0 / count)
    }
    // ANCHOR_END: count

    /// Takes a batch in, whose biased statistics are of `n` numbers each. An empty
    /// batch has none, and changes nothing.
    // ANCHOR: update
    pub(super) fn update(&mut self, momentum: f64, batch: &[Statistics<T::Wide>], n: usize) {
        let (new, old) = (T::Wide::from_f64(momentum), T::Wide::from_f64(1.0 - momentum));
        let blend = |running: T, batch: T::Wide| T::narrow(old * running.widen() + new * batch);
        for (running, statistics) in self.mean.make_mut().iter_mut().zip(batch) {
            *running = blend(*running, statistics.mean);
        }
        let correction = T::Wide::from_f64(bessel(n));
        for (running, statistics) in self.var.make_mut().iter_mut().zip(batch) {
            *running = blend(*running, statistics.variance * correction);
        }
    }
    // ANCHOR_END: update

    /// What evaluation standardizes with.
    pub(super) fn statistics(&self, eps: f64) -> Vec<Statistics<T::Wide>> {
        let pairs = self.mean.iter().zip(&self.var);
        pairs.map(|(mean, var)| Statistics::new(mean.widen(), var.widen(), eps)).collect()
    }

    /// Whether both have one number for each of so many channels.
    pub(super) fn fit(&self, channels: usize) -> bool {
        self.mean.numel() == channels && self.var.numel() == channels
    }

    pub(super) fn state(&self) -> Vec<(String, State<'_, T>)> {
        [
            ("running_mean", &self.mean),
            ("running_var", &self.var),
            ("num_batches_tracked", &self.num_batches_tracked),
        ]
        .map(|(name, tensor)| (name.to_owned(), State::Buffer(tensor)))
        .into()
    }

    pub(super) fn state_mut(&mut self) -> Vec<(String, StateMut<'_, T>)> {
        [
            ("running_mean", &mut self.mean),
            ("running_var", &mut self.var),
            ("num_batches_tracked", &mut self.num_batches_tracked),
        ]
        .map(|(name, tensor)| (name.to_owned(), StateMut::Buffer(tensor)))
        .into()
    }
}

/// Bessel's factor n / (n - 1), which makes the variance of a sample that of what
/// it was drawn from.
fn bessel(n: usize) -> f64 {
    n as f64 / (n as f64 - 1.0)
}

/// PyTorch's `momentum`.
pub(super) const MOMENTUM: Argument = Argument {
    name: "momentum",
    kind: Kind::FloatOrNone,
    default: Some(Value::Float(0.1)),
    meaning: "the share of the new batch in the running statistics; None averages all batches",
};

/// PyTorch's `track_running_stats`.
pub(super) const fn track_argument(default: bool) -> Argument {
    Argument {
        name: "track_running_stats",
        kind: Kind::Bool,
        default: Some(Value::Bool(default)),
        meaning: "whether running statistics are kept for evaluation",
    }
}

/// What became of the running statistics in one training step.
#[derive(Clone, Debug, PartialEq)]
pub struct Update {
    /// How many numbers each channel's statistics were made of.
    pub n: usize,
    /// The share of the batch.
    pub momentum: f64,
    /// n / (n - 1).
    pub bessel: f64,
    /// The batch's mean by channel.
    pub batch_mean: Vec<f64>,
    /// The batch's biased variance by channel, with which it was standardized.
    pub batch_var: Vec<f64>,
    /// The running mean after the step.
    pub running_mean: Vec<f64>,
    /// The running variance after the step.
    pub running_var: Vec<f64>,
}

/// The updates of a module since it was told to watch them.
///
/// Prints as a table of one channel after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    /// One a training step.
    pub updates: Vec<Update>,
}

impl Timeline {
    /// Keeps a step that took in statistics of `n` numbers each; none, as of an
    /// empty batch or in evaluation, are no step.
    pub(super) fn push<T: Real>(
        &mut self,
        (n, momentum): (usize, f64),
        statistics: &[Statistics<T::Wide>],
        running: &RunningStatistics<T>,
    ) {
        if statistics.is_empty() {
            return;
        }
        let of_batch = |pick: fn(&Statistics<T::Wide>) -> T::Wide| {
            statistics.iter().map(|s| pick(s).to_f64()).collect()
        };
        let of_running = |tensor: &Tensor<T>| tensor.iter().map(Real::to_f64).collect();
        self.updates.push(Update {
            n,
            momentum,
            bessel: bessel(n),
            batch_mean: of_batch(|s| s.mean),
            batch_var: of_batch(|s| s.variance),
            running_mean: of_running(&running.mean),
            running_var: of_running(&running.var),
        });
    }
}

impl fmt::Display for Timeline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let channels = self.updates.first().map_or(0, |update| update.batch_mean.len());
        write!(
            f,
            "channel  step  batch mean   batch var  n/(n-1)  momentum  running mean  running var"
        )?;
        for channel in 0..channels {
            for (step, update) in (1..).zip(&self.updates) {
                write!(
                    f,
                    "\n{channel:7}  {step:4}  {:10.4}  {:10.4}  {:7.4}  {:8.4}  {:12.4}  {:11.4}",
                    update.batch_mean[channel],
                    update.batch_var[channel],
                    update.bessel,
                    update.momentum,
                    update.running_mean[channel],
                    update.running_var[channel],
                )?;
            }
        }
        Ok(())
    }
}

/// How many numbers each channel of a batch `[N, C, ..]` has.
pub(super) fn numbers_a_channel(shape: &Shape) -> usize {
    shape.numel() / shape[1].max(1)
}

/// The shape `[C]`.
pub(super) fn one_each(channels: usize) -> Shape {
    Shape::from([channels])
}
