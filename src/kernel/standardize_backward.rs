//! The backward of [`standardize`](super::standardize): one for every norm, whatever its
//! sets.

use multiversion::multiversion;

use super::affine_sums::{AffineSums, RowSums};
use super::columns::Columns;
use super::grouping::Grouping;
use super::parallel::map_pieces;
use super::standardize::{Center, Statistics, channels_of_set};
use super::sum::sums_by_eight;
use crate::real::Real;

/// A set's statistics in the tensors' own type, which the loops of the backward use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Narrow<T: Real> {
    wide: Statistics<T::Wide>,
    pub(super) mean: T,
    pub(super) rstd: T,
    /// What the mean of the set lies above `mean`.
    above: T::Wide,
}

// ANCHOR: narrow
impl<T: Real> Narrow<T> {
    pub(super) fn new(wide: &Statistics<T::Wide>) -> Self {
        let mean = T::narrow(wide.mean);
        // Infinity less itself would be NaN.
        let finite = mean.is_finite();
        let above = if finite { wide.mean - mean.widen() } else { T::Wide::ZERO };
        Narrow { wide: *wide, mean, rstd: T::narrow(wide.rstd), above }
    }

    /// The sum of `dy x_hat`, from that of dy times the distance from the narrow mean, and
    /// that of dy.
    pub(super) fn through_x_hat(self, [through_distance, plain]: [T::Wide; 2]) -> T::Wide {
        self.wide.rstd * (through_distance - self.above * plain)
    }
}
// ANCHOR_END: narrow

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
        let mut affine = RowSums::<T>::zeros(channels);
        for (i, dx) in dx.chunks_exact_mut(set).enumerate() {
            let (at, index) = (start + i * set, start / set + i);
            let owned = channels_of_set(grouping, index);
            let (x, dy) = (&x[at..at + set], &dy[at..at + set]);
            let statistics = &statistics[index];
            if grouping.spatial == 1 {
                let sums = affine.next_row();
                let sums = (&mut sums.weight[owned.clone()], &mut sums.bias[owned.clone()]);
                set_backward(x, dy, dx, (center, statistics), &weight[owned], sums);
            } else {
                let stretches =
                    x.chunks_exact(grouping.spatial).zip(dy.chunks_exact(grouping.spatial));
                let sums: Vec<_> =
                    stretches.map(|(x, dy)| stretch_sums(x, dy, statistics)).collect();
                for (channel, [through_x_hat, plain]) in owned.clone().zip(&sums) {
                    affine.wide().weight[channel] += *through_x_hat;
                    affine.wide().bias[channel] += *plain;
                }
                stretches_backward(x, dy, dx, (center, statistics), &weight[owned], &sums);
            }
        }
        affine.finish()
    });
    partial.iter().fold(AffineSums::zeros(channels), AffineSums::add)
}

/// One set in which every number has a channel of its own; what it adds to weight and bias.
///
/// The first pass, while the set comes from memory, has no sum within the set, and brings dx
/// into the cache, as the place of the products. LayerNorm of 4096x768 numbers took 2.2 ms so,
/// forward and backward, when it was tried against others: with all sums in the first pass 2.4,
/// with a last pass for weight and bias alone 2.8, and with the last pass over a set in one
/// loop with the first over the next 2.4. It has come to 1.9 since.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn set_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (center, statistics): (Center, &Statistics<T::Wide>),
    weight: &[T],
    (of_weight, of_bias): (&mut [T], &mut [T]),
) {
    let narrow = Narrow::<T>::new(statistics);
    let (mean, rstd) = (narrow.mean, narrow.rstd);
    // With this added, the distance from the narrow mean times rstd is x_hat.
    let below = T::narrow(-narrow.above * narrow.wide.rstd);
    // ANCHOR: backward
    // First dy x_hat, for which dx is the place for now; weight and bias get their share.
    let to_affine = of_weight.iter_mut().zip(of_bias);
    let numbers = dx.iter_mut().zip(x).zip(dy).zip(to_affine);
    for (((through_x_hat, &x), &dy), (of_weight, of_bias)) in numbers {
        *through_x_hat = dy * (x - mean).mul_add(rstd, below);
        *of_weight += *through_x_hat;
        *of_bias += dy;
    }
    let sums = sums_by_eight([dy, &*dx, weight], |[sum_h, sum_h_x_hat], [dy, through_x_hat, w]| {
        [sum_h + dy * w, through_x_hat.mul_add(w, sum_h_x_hat)]
    });
    let across = Across::new(center, narrow, sums, x.len());
    for (((dx, &x), &dy), &w) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
        // Rounded as in its sum: a set of one number then has a gradient of 0.
        let h = dy * w;
        *dx = rstd * (h - across.at(x - mean));
    }
    // ANCHOR_END: backward
}

/// What reaches a number's cotangent through the statistics of its set: `mean(h) + x_hat
/// mean(h x_hat)`, a straight line in the number's distance from the mean.
#[derive(Clone, Copy, Debug)]
pub(super) struct Across<T> {
    pub(super) slope: T,
    pub(super) at_mean: T,
}

// ANCHOR: across
impl<T: Real> Across<T> {
    fn new(
        center: Center,
        narrow: Narrow<T>,
        [sum_h, sum_h_x_hat]: [T::Wide; 2],
        n: usize,
    ) -> Self {
        let n = T::Wide::from_f64(n as f64);
        let mean_h = if center == Center::Zero { T::Wide::ZERO } else { sum_h / n };
        let slope = narrow.wide.rstd * (sum_h_x_hat / n);
        // The distances are from the narrow mean.
        let at_mean = mean_h - narrow.above * slope;
        Across { slope: T::narrow(slope), at_mean: T::narrow(at_mean) }
    }

    #[inline(always)]
    pub(super) fn at(self, distance: T) -> T {
        distance.mul_add(self.slope, self.at_mean)
    }
}
// ANCHOR_END: across

/// The sums of `dy x_hat` and `dy` over a stretch.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub(crate) fn stretch_sums<T: Real>(
    x: &[T],
    dy: &[T],
    statistics: &Statistics<T::Wide>,
) -> [T::Wide; 2] {
    let narrow = Narrow::new(statistics);
    let sums = sums_by_eight([x, dy], |[through_distance, plain], [x, dy]| {
        [dy.mul_add(x - narrow.mean, through_distance), plain + dy]
    });
    [narrow.through_x_hat(sums), sums[1]]
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
    let narrow = Narrow::new(statistics);
    let across = Across::new(center, narrow, total, x.len());
    let spatial = x.len() / weight.len();
    let stretches = x.chunks_exact(spatial).zip(dy.chunks_exact(spatial));
    for ((dx, (x, dy)), &w) in dx.chunks_exact_mut(spatial).zip(stretches).zip(weight) {
        stretch_backward(x, dy, dx, (narrow, across), w);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn stretch_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    (narrow, across): (Narrow<T>, Across<T>),
    w: T,
) {
    for ((dx, &x), &dy) in dx.iter_mut().zip(x).zip(dy) {
        let h = dy * w;
        *dx = narrow.rstd * (h - across.at(x - narrow.mean));
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
            let across = across_of_channels(&sums, weight, (center, statistics), grouping.samples);
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
    let across = across_of_channels(&sums, weight, (center, statistics), grouping.set_len());
    grouping.for_each_stretch(dx, |stretch, dx| {
        let c = stretch.channel;
        let (x, dy) = (stretch.of(x), stretch.of(dy));
        if center == Center::Given {
            stretch_backward_given(dy, dx, statistics[c].rstd, weight[c]);
        } else {
            let narrow = Narrow::new(&statistics[c]);
            stretch_backward(x, dy, dx, (narrow, across[c]), weight[c]);
        }
    });
    sums
}

fn across_of_channels<T: Real>(
    sums: &AffineSums<T::Wide>,
    weight: &[T],
    (center, statistics): (Center, &[Statistics<T::Wide>]),
    n: usize,
) -> Vec<Across<T>> {
    let of_channel = |(c, statistics): (usize, &Statistics<T::Wide>)| {
        let w = weight[c].widen();
        let sums = [w * sums.bias[c], w * sums.weight[c]];
        Across::new(center, Narrow::new(statistics), sums, n)
    };
    statistics.iter().enumerate().map(of_channel).collect()
}
// ANCHOR_END: across_samples

/// Given statistics couple nothing.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn stretch_backward_given<T: Real>(dy: &[T], dx: &mut [T], rstd: T::Wide, weight: T) {
    let w = weight.widen();
    for (dx, dy) in dx.iter_mut().zip(dy) {
        *dx = T::narrow(rstd * (dy.widen() * w));
    }
}
