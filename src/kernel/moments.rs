//! Mean and variance, in the wide type.

use super::grouping::Grouping;
use super::parallel::for_each_item;
use super::sum::sum_by;
use crate::real::Real;

/// The mean and the biased variance (divided by n) of a slice that is not empty.
///
/// Two passes over the distances from the first element: their mean, then the
/// squared distances from it (Chan, Golub and LeVeque, "Algorithms for computing
/// the sample variance", The American Statistician 37, 1983, have both the two
/// passes and the shift). One pass over x and x² would cancel to nothing where the
/// mean is large; without the shift a constant row of f64 would not have variance 0.
// ANCHOR: moments
pub(crate) fn moments<T: Real>(x: &[T]) -> (T::Wide, T::Wide) {
    let n = T::Wide::from_f64(x.len() as f64);
    let shift = shift_by(x[0]);
    let mean = sum_by(x, |x| x.widen() - shift) / n;
    let squares = sum_by(x, |x| {
        let distance = x.widen() - shift - mean;
        distance * distance
    });
    (shift + mean, squares / n)
}
// ANCHOR_END: moments

/// An infinite number cannot be subtracted from itself.
fn shift_by<T: Real>(first: T) -> T::Wide {
    if first.is_finite() { first.widen() } else { T::Wide::ZERO }
}

/// [`moments`] of every stretch: the places of one channel of one sample.
pub(crate) fn moments_by_stretch<T: Real>(x: &[T], grouping: &Grouping) -> Vec<(T::Wide, T::Wide)> {
    let spatial = grouping.spatial;
    let mut all = vec![(T::Wide::ZERO, T::Wide::ZERO); x.len() / spatial];
    for_each_item(&mut all, spatial, &|first, all| {
        for (stretch, result) in (first..).zip(all) {
            *result = moments(&x[stretch * spatial..(stretch + 1) * spatial]);
        }
    });
    all
}

/// [`moments`] of every channel over all samples and places, in the same two
/// passes; each channel is shifted by the first of its numbers.
// ANCHOR: by_channel
pub(crate) fn moments_by_channel<T: Real>(x: &[T], grouping: &Grouping) -> Vec<(T::Wide, T::Wide)> {
    let n = T::Wide::from_f64((grouping.samples * grouping.spatial) as f64);
    let firsts = (0..grouping.channels()).map(|channel| x[channel * grouping.spatial]);
    let shifts: Vec<T::Wide> = firsts.map(shift_by).collect();
    let means = grouping.sum_by_channel(|channel, at| [x[at].widen() - shifts[channel]]);
    let means: Vec<T::Wide> = means.into_iter().map(|[sum]| sum / n).collect();
    let squares = grouping.sum_by_channel(|channel, at| {
        let distance = x[at].widen() - shifts[channel] - means[channel];
        [distance * distance]
    });
    let moments = means.iter().zip(squares).enumerate();
    moments.map(|(channel, (&mean, [sum]))| (shifts[channel] + mean, sum / n)).collect()
}
// ANCHOR_END: by_channel
