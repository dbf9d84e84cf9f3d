//! Mean and variance of a slice, in the wide type.

use super::sum::{sum_by, sums};
use crate::real::Real;

/// The mean and the biased variance (divided by n) of a slice that is not empty.
///
/// Two passes over the distances from the first element: their mean, then the
/// squared distances from it. The second pass also sums the plain distances,
/// which would be 0 but for the rounding of the first mean, and corrects both
/// results by them (Chan, Golub and LeVeque, "Algorithms for computing the sample
/// variance", The American Statistician 37, 1983). One pass over x and x² would
/// cancel to nothing where the mean is large; without the shift a constant row
/// of f64 would not have variance 0.
// ANCHOR: moments
pub(crate) fn moments<T: Real>(x: &[T]) -> (T::Wide, T::Wide) {
    let n = T::Wide::from_f64(x.len() as f64);
    let shift = x[0].widen();
    let mean = sum_by(x, |x| x.widen() - shift) / n;
    let [distances, squares] = sums(x.len(), |j| {
        let distance = x[j].widen() - shift - mean;
        [distance, distance * distance]
    });
    let correction = distances / n;
    let variance = squares / n - correction * correction;
    (shift + mean + correction, if variance < T::Wide::ZERO { T::Wide::ZERO } else { variance })
}
// ANCHOR_END: moments
