//! The backward of [`standardize`](super::standardize): one for every norm, whatever its
//! sets.

use super::grouping::{Grouping, Place};
use super::parallel::map_pieces;
use super::standardize::{Center, Statistics, channels_of_set};
use super::sum::sums;
use crate::real::Real;

/// The cotangents of weight and bias by channel, in the wide type.
#[derive(Clone, Debug)]
pub(crate) struct AffineSums<W> {
    pub(crate) weight: Vec<W>,
    pub(crate) bias: Vec<W>,
}

impl<W: Real> AffineSums<W> {
    fn zeros(n: usize) -> Self {
        AffineSums { weight: vec![W::ZERO; n], bias: vec![W::ZERO; n] }
    }

    fn add(mut self, other: &Self) -> Self {
        for (sum, &term) in self.weight.iter_mut().zip(&other.weight) {
            *sum += term;
        }
        for (sum, &term) in self.bias.iter_mut().zip(&other.bias) {
            *sum += term;
        }
        self
    }
}

impl<W: Real> From<Vec<[W; 2]>> for AffineSums<W> {
    fn from(by_channel: Vec<[W; 2]>) -> Self {
        let (weight, bias) = by_channel.into_iter().map(|[weight, bias]| (weight, bias)).unzip();
        AffineSums { weight, bias }
    }
}

/// The input's cotangent from that of the output, and those of weight and bias:
///
/// ```text
/// h = dy weight
/// dx = rstd (h - mean(h) - x_hat mean(h x_hat))      means over the set
/// ```
///
/// The first mean falls away where x was not centred, and both where the statistics
/// were given; then a set couples nothing, and a NaN in it stays alone.
pub(crate) fn standardize_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    grouping: &Grouping,
    (center, statistics): (Center, &[Statistics<T::Wide>]),
    weight: &[T],
) -> AffineSums<T::Wide> {
    if grouping.across_samples {
        return backward_across_samples(x, dy, dx, grouping, (center, statistics), weight);
    }
    let (set, channels) = (grouping.set_len(), grouping.channels());
    let partial = map_pieces(dx, set, |start, dx| {
        let mut affine = AffineSums::zeros(channels);
        for (i, dx) in dx.chunks_exact_mut(set).enumerate() {
            let (at, index) = (start + i * set, start / set + i);
            let owned = channels_of_set(grouping, index);
            let (x, dy) = (&x[at..at + set], &dy[at..at + set]);
            let statistics = &statistics[index];
            if grouping.spatial == 1 {
                set_backward(x, dy, dx, (center, statistics), &weight[owned.clone()]);
                for (j, channel) in owned.enumerate() {
                    affine.weight[channel] += dy[j].widen() * statistics.x_hat(x[j]);
                    affine.bias[channel] += dy[j].widen();
                }
            } else {
                let sums = stretch_sums(x, dy, grouping.spatial, statistics);
                for (channel, [through_x_hat, plain]) in owned.clone().zip(&sums) {
                    affine.weight[channel] += *through_x_hat;
                    affine.bias[channel] += *plain;
                }
                stretches_backward(x, dy, dx, (center, statistics), &weight[owned], &sums);
            }
        }
        affine
    });
    partial.iter().fold(AffineSums::zeros(channels), AffineSums::add)
}

/// One set in which every number has a channel of its own.
fn set_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (center, statistics): (Center, &Statistics<T::Wide>),
    weight: &[T],
) {
    // ANCHOR: backward
    let len = dx.len();
    let (x, weight, dy) = (&x[..len], &weight[..len], &dy[..len]);
    let [sum_h, sum_h_x_hat] = sums(len, |j| {
        let h = dy[j].widen() * weight[j].widen();
        [h, h * statistics.x_hat(x[j])]
    });
    let across = Across::new(center, [sum_h, sum_h_x_hat], len);
    for (((dx, &x), dy), w) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
        let h = dy.widen() * w.widen();
        *dx = T::narrow(statistics.rstd * (h - across.at(statistics.x_hat(x))));
    }
    // ANCHOR_END: backward
}

/// What reaches a number's cotangent through the statistics of its set.
#[derive(Clone, Copy, Debug)]
struct Across<W> {
    mean_h: W,
    mean_h_x_hat: W,
}

// ANCHOR: across
impl<W: Real> Across<W> {
    fn new(center: Center, [sum_h, sum_h_x_hat]: [W; 2], n: usize) -> Self {
        let n = W::from_f64(n as f64);
        let (mean_h, mean_h_x_hat) = (sum_h / n, sum_h_x_hat / n);
        let mean_h = if center == Center::Zero { W::ZERO } else { mean_h };
        Across { mean_h, mean_h_x_hat }
    }

    fn at(&self, x_hat: W) -> W {
        self.mean_h + x_hat * self.mean_h_x_hat
    }
}
// ANCHOR_END: across

/// For every channel of a set the sums of `dy x_hat` and `dy` over its stretch.
fn stretch_sums<T: Real>(
    x: &[T],
    dy: &[T],
    spatial: usize,
    statistics: &Statistics<T::Wide>,
) -> Vec<[T::Wide; 2]> {
    let stretches = x.chunks_exact(spatial).zip(dy.chunks_exact(spatial));
    let sums_of = |(x, dy): (&[T], &[T])| {
        sums(x.len(), |j| [dy[j].widen() * statistics.x_hat(x[j]), dy[j].widen()])
    };
    stretches.map(sums_of).collect()
}

/// One set whose channels own a stretch each.
// ANCHOR: stretches
fn stretches_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (center, statistics): (Center, &Statistics<T::Wide>),
    weight: &[T],
    sums: &[[T::Wide; 2]],
) {
    let mut total = [T::Wide::ZERO; 2];
    for (w, [through_x_hat, plain]) in weight.iter().zip(sums) {
        total[0] += w.widen() * *plain;
        total[1] += w.widen() * *through_x_hat;
    }
    let across = Across::new(center, total, x.len());
    let spatial = x.len() / weight.len();
    let stretches = x.chunks_exact(spatial).zip(dy.chunks_exact(spatial));
    for ((dx, (x, dy)), w) in dx.chunks_exact_mut(spatial).zip(stretches).zip(weight) {
        for ((dx, &x), dy) in dx.iter_mut().zip(x).zip(dy) {
            let h = dy.widen() * w.widen();
            *dx = T::narrow(statistics.rstd * (h - across.at(statistics.x_hat(x))));
        }
    }
}
// ANCHOR_END: stretches

/// A set is a channel, so weight and bias get the very sums that the set needs.
// ANCHOR: across_samples
fn backward_across_samples<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    grouping: &Grouping,
    (center, statistics): (Center, &[Statistics<T::Wide>]),
    weight: &[T],
) -> AffineSums<T::Wide> {
    let sums = grouping.sum_by_channel(|channel, at| {
        [dy[at].widen() * statistics[channel].x_hat(x[at]), dy[at].widen()]
    });
    if center == Center::Given {
        grouping.for_each_number(dx, |Place { at, channel, .. }, dx| {
            let h = dy[at].widen() * weight[channel].widen();
            *dx = T::narrow(statistics[channel].rstd * h);
        });
        return AffineSums::from(sums);
    }
    let across_of = |(w, [through_x_hat, plain]): (&T, &[T::Wide; 2])| {
        let total = [w.widen() * *plain, w.widen() * *through_x_hat];
        Across::new(center, total, grouping.set_len())
    };
    let across: Vec<_> = weight.iter().zip(&sums).map(across_of).collect();
    grouping.for_each_number(dx, |Place { at, channel, .. }, dx| {
        let (h, statistics) = (dy[at].widen() * weight[channel].widen(), &statistics[channel]);
        *dx = T::narrow(statistics.rstd * (h - across[channel].at(statistics.x_hat(x[at]))));
    });
    AffineSums::from(sums)
}
// ANCHOR_END: across_samples
