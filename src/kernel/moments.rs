//! Mean and variance of a slice, in the wide type.

use super::sum::sum_by;
use crate::real::Real;

/// The mean and the biased variance (divided by n) of a slice.
///
/// Two passes: the mean, then the squared distances from it. The second pass
/// also sums the distances themselves, which would be 0 but for the rounding of
/// the first mean, and corrects both results by them (Chan, Golub and LeVeque,
/// "Algorithms for computing the sample variance", 1983, eq. 1.7). One pass
/// over x and x² instead would cancel to nothing where the mean is large.
pub(crate) fn moments<T: Real>(x: &[T]) -> (T::Wide, T::Wide) {
    let n = T::Wide::from_f64(x.len() as f64);
    let rough = sum_by(x, Real::widen) / n;
    let correction = sum_by(x, |x| x.widen() - rough) / n;
    let squares = sum_by(x, |x| {
        let distance = x.widen() - rough;
        distance * distance
    });
    (rough + correction, squares / n - correction * correction)
}
