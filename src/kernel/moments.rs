//! Mean and variance of a slice, in the wide type.

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
    let shift = x[0].widen();
    let mean = sum_by(x, |x| x.widen() - shift) / n;
    let squares = sum_by(x, |x| {
        let distance = x.widen() - shift - mean;
        distance * distance
    });
    (shift + mean, squares / n)
}
// ANCHOR_END: moments
