//! Standardizing sets of numbers, each rounded once. The backward stands in
//! `standardize_backward.rs`.

use multiversion::multiversion;

use super::columns::standardize_columns;
use super::grouping::Grouping;
use super::moments::{moments, moments_by_channel};
use super::parallel::map_pieces;
use super::sum::sums;
use crate::real::Real;

/// The statistics of one set, in the wide type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statistics<W> {
    pub(crate) mean: W,
    /// Biased: divided by n.
    pub(crate) variance: W,
    /// 1 / sqrt(variance + eps).
    pub(crate) rstd: W,
}

// ANCHOR: statistics
impl<W: Real> Statistics<W> {
    pub(crate) fn new(mean: W, variance: W, eps: f64) -> Self {
        Statistics { mean, variance, rstd: W::ONE / (variance + W::from_f64(eps)).sqrt() }
    }

    /// (x - mean) rstd.
    #[inline(always)]
    pub(crate) fn x_hat<T: Real<Wide = W>>(&self, x: T) -> W {
        (x.widen() - self.mean) * self.rstd
    }
}
// ANCHOR_END: statistics

/// How the mean enters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
// ANCHOR: center
pub(crate) enum Center {
    /// It is subtracted, and the gradient knows that it depends on x.
    Mean,
    /// As `Mean`; but a set without variance, where eps is 0 too, has an rstd of 0 and
    /// not of infinity, so that it and its gradient are 0. PyTorch's kernel of batch
    /// norm has it so, on which InstanceNorm runs.
    MeanUnlessFlat,
    /// It is taken for 0: RMSNorm.
    Zero,
    /// Mean and variance are given numbers that do not depend on x: evaluation.
    Given,
}
// ANCHOR_END: center

/// `y = x_hat weight + bias`, with weight and bias by channel.
pub(crate) fn standardize<T: Real>(
    x: &[T],
    y: &mut [T],
    grouping: &Grouping,
    (center, eps): (Center, f64),
    (weight, bias): (&[T], &[T]),
) -> Vec<Statistics<T::Wide>> {
    if grouping.across_samples {
        let moments = moments_by_channel(x, grouping);
        let new = |(mean, variance)| Statistics::new(mean, variance, eps);
        let statistics: Vec<_> = moments.into_iter().map(new).collect();
        standardize_with(x, y, grouping, &statistics, (weight, bias));
        return statistics;
    }
    // ANCHOR: forward
    let set = grouping.set_len();
    map_pieces(y, set, |start, y| {
        let sets = x[start..start + y.len()].chunks_exact(set).zip(y.chunks_exact_mut(set));
        let standardize_set = |(i, (x, y)): (usize, (&[T], &mut [T]))| {
            let (mean, variance) = match center {
                Center::Zero => (T::Wide::ZERO, mean_square(x)),
                _ => moments(x),
            };
            let mut statistics = Statistics::new(mean, variance, eps);
            if center == Center::MeanUnlessFlat && variance == T::Wide::ZERO && eps == 0.0 {
                statistics.rstd = T::Wide::ZERO;
            }
            let channels = channels_of_set(grouping, start / set + i);
            scale_set(x, y, &statistics, &weight[channels.clone()], &bias[channels]);
            statistics
        };
        sets.enumerate().map(standardize_set).collect::<Vec<_>>()
    })
    .concat()
    // ANCHOR_END: forward
}

// ANCHOR: mean_square
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn mean_square<T: Real>(x: &[T]) -> T::Wide {
    let [sum] = sums([x], |[sum], [x]| [x.widen().mul_add(x.widen(), sum)]);
    sum / T::Wide::from_f64(x.len() as f64)
}
// ANCHOR_END: mean_square

/// [`standardize`] with given statistics, one a channel.
pub(crate) fn standardize_with<T: Real>(
    x: &[T],
    y: &mut [T],
    grouping: &Grouping,
    statistics: &[Statistics<T::Wide>],
    (weight, bias): (&[T], &[T]),
) {
    if grouping.spatial == 1 {
        standardize_columns(x, y, statistics, (weight, bias));
        return;
    }
    grouping.for_each_stretch(y, |stretch, y| {
        let c = stretch.channel;
        scale_stretch(stretch.of(x), y, &statistics[c], (weight[c], bias[c]));
    });
}

pub(super) fn channels_of_set(grouping: &Grouping, set: usize) -> std::ops::Range<usize> {
    let first = set % grouping.groups * grouping.per_group;
    first..first + grouping.per_group
}

/// Standardizes, scales and shifts one set that lies together; `weight` and
/// `bias` are of its channels, each of which owns an equal stretch.
fn scale_set<T: Real>(
    x: &[T],
    y: &mut [T],
    statistics: &Statistics<T::Wide>,
    weight: &[T],
    bias: &[T],
) {
    let spatial = x.len() / weight.len();
    if spatial == 1 {
        scale_row(x, y, statistics, (weight, bias));
        return;
    }
    let stretches = x.chunks_exact(spatial).zip(y.chunks_exact_mut(spatial));
    for ((x, y), (&w, &b)) in stretches.zip(weight.iter().zip(bias)) {
        scale_stretch(x, y, statistics, (w, b));
    }
}

/// Every number has a weight and a bias of its own.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn scale_row<T: Real>(
    x: &[T],
    y: &mut [T],
    statistics: &Statistics<T::Wide>,
    (weight, bias): (&[T], &[T]),
) {
    // ANCHOR: scale
    for (((y, &x), w), b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
        *y = T::narrow(statistics.x_hat(x).mul_add(w.widen(), b.widen()));
    }
    // ANCHOR_END: scale
}

/// All numbers have one weight and one bias.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub(crate) fn scale_stretch<T: Real>(
    x: &[T],
    y: &mut [T],
    statistics: &Statistics<T::Wide>,
    (weight, bias): (T, T),
) {
    let (slope, b) = (statistics.rstd * weight.widen(), bias.widen());
    for (y, &x) in y.iter_mut().zip(x) {
        *y = T::narrow((x.widen() - statistics.mean).mul_add(slope, b));
    }
}
