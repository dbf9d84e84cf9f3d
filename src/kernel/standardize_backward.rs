//! The backward of [`standardize`](super::standardize): one for every norm, whatever its
//! sets.

use multiversion::multiversion;

use super::columns::Columns;
use super::grouping::Grouping;
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
    pub(super) fn zeros(n: usize) -> Self {
        AffineSums { weight: vec![W::ZERO; n], bias: vec![W::ZERO; n] }
    }

    pub(super) fn add(mut self, other: &Self) -> Self {
        for (sum, &term) in self.weight.iter_mut().zip(&other.weight) {
            *sum += term;
        }
        for (sum, &term) in self.bias.iter_mut().zip(&other.bias) {
            *sum += term;
        }
        self
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
                let sums = (&mut affine.weight[owned.clone()], &mut affine.bias[owned]);
                add_affine_terms(x, dy, statistics, sums);
            } else {
                let stretches =
                    x.chunks_exact(grouping.spatial).zip(dy.chunks_exact(grouping.spatial));
                let sums: Vec<_> =
                    stretches.map(|(x, dy)| stretch_sums(x, dy, statistics)).collect();
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

/// What a set of which every number is a channel of its own adds to weight and bias. Adding
/// it in the loop of [`set_backward`] that writes dx was not faster.
#[multiversion(targets("x86_64+avx2"))]
fn add_affine_terms<T: Real>(
    x: &[T],
    dy: &[T],
    statistics: &Statistics<T::Wide>,
    (weight, bias): (&mut [T::Wide], &mut [T::Wide]),
) {
    for (((&x, dy), weight), bias) in x.iter().zip(dy).zip(weight).zip(bias) {
        *weight += dy.widen() * statistics.x_hat(x);
        *bias += dy.widen();
    }
}

/// One set in which every number has a channel of its own.
#[multiversion(targets("x86_64+avx2"))]
fn set_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (center, statistics): (Center, &Statistics<T::Wide>),
    weight: &[T],
) {
    // ANCHOR: backward
    let [sum_h, sum_h_x_hat] = sums([x, dy, weight], |[x, dy, w]| {
        let h = dy.widen() * w.widen();
        [h, h * statistics.x_hat(x)]
    });
    let across = Across::new(center, [sum_h, sum_h_x_hat], x.len());
    for (((dx, &x), dy), w) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
        let h = dy.widen() * w.widen();
        *dx = T::narrow(statistics.rstd * (h - across.at(statistics.x_hat(x))));
    }
    // ANCHOR_END: backward
}

/// What reaches a number's cotangent through the statistics of its set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Across<W> {
    pub(super) mean_h: W,
    pub(super) mean_h_x_hat: W,
}

// ANCHOR: across
impl<W: Real> Across<W> {
    fn new(center: Center, [sum_h, sum_h_x_hat]: [W; 2], n: usize) -> Self {
        let n = W::from_f64(n as f64);
        let (mean_h, mean_h_x_hat) = (sum_h / n, sum_h_x_hat / n);
        let mean_h = if center == Center::Zero { W::ZERO } else { mean_h };
        Across { mean_h, mean_h_x_hat }
    }

    #[inline(always)]
    pub(super) fn at(&self, x_hat: W) -> W {
        self.mean_h + x_hat * self.mean_h_x_hat
    }
}
// ANCHOR_END: across

/// The sums of `dy x_hat` and `dy` over a stretch.
#[multiversion(targets("x86_64+avx2"))]
pub(crate) fn stretch_sums<T: Real>(
    x: &[T],
    dy: &[T],
    statistics: &Statistics<T::Wide>,
) -> [T::Wide; 2] {
    sums([x, dy], |[x, dy]| [dy.widen() * statistics.x_hat(x), dy.widen()])
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
    for ((dx, (x, dy)), &w) in dx.chunks_exact_mut(spatial).zip(stretches).zip(weight) {
        stretch_backward(x, dy, dx, (statistics, across), w);
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn stretch_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (statistics, across): (&Statistics<T::Wide>, Across<T::Wide>),
    weight: T,
) {
    let w = weight.widen();
    for ((dx, &x), dy) in dx.iter_mut().zip(x).zip(dy) {
        let h = dy.widen() * w;
        *dx = T::narrow(statistics.rstd * (h - across.at(statistics.x_hat(x))));
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
    let channels = grouping.channels();
    if grouping.spatial == 1 {
        let columns = Columns::new(statistics, weight);
        let sums = columns.sums(x, dy);
        if center == Center::Given {
            columns.backward_given(dy, dx);
        } else {
            let across = across_of_channels(&sums, weight, (center, grouping.samples));
            columns.backward(x, dy, dx, &across);
        }
        return sums;
    }
    let by_stretch = grouping.map_stretches(|stretch| {
        stretch_sums(stretch.of(x), stretch.of(dy), &statistics[stretch.channel])
    });
    let mut sums = AffineSums::zeros(channels);
    for (i, [through_x_hat, plain]) in by_stretch.into_iter().enumerate() {
        sums.weight[i % channels] += through_x_hat;
        sums.bias[i % channels] += plain;
    }
    let across = across_of_channels(&sums, weight, (center, grouping.set_len()));
    grouping.for_each_stretch(dx, |stretch, dx| {
        let c = stretch.channel;
        let (x, dy) = (stretch.of(x), stretch.of(dy));
        if center == Center::Given {
            stretch_backward_given(dy, dx, statistics[c].rstd, weight[c]);
        } else {
            stretch_backward(x, dy, dx, (&statistics[c], across[c]), weight[c]);
        }
    });
    sums
}

fn across_of_channels<T: Real>(
    sums: &AffineSums<T::Wide>,
    weight: &[T],
    (center, n): (Center, usize),
) -> Vec<Across<T::Wide>> {
    let totals = weight.iter().zip(sums.bias.iter().zip(&sums.weight));
    let of_channel = |(w, (&plain, &through_x_hat)): (&T, (&T::Wide, &T::Wide))| {
        Across::new(center, [w.widen() * plain, w.widen() * through_x_hat], n)
    };
    totals.map(of_channel).collect()
}
// ANCHOR_END: across_samples

/// Given statistics couple nothing.
#[multiversion(targets("x86_64+avx2"))]
fn stretch_backward_given<T: Real>(dy: &[T], dx: &mut [T], rstd: T::Wide, weight: T) {
    let w = weight.widen();
    for (dx, dy) in dx.iter_mut().zip(dy) {
        *dx = T::narrow(rstd * (dy.widen() * w));
    }
}
