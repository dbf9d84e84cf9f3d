//! Sums in the wide type, by sixteen lanes.

use crate::real::Real;

const LANES: usize = 16;

/// The sum of `f(x)` over a slice, in the wide type.
///
/// Sixteen independent partial sums let the compiler keep them in vector
/// registers; one running sum would wait for each addition in turn. The order
/// of additions is fixed, so the result is too.
pub(crate) fn sum_by<T: Real>(x: &[T], f: impl Fn(T) -> T::Wide) -> T::Wide {
    let mut lanes = [T::Wide::ZERO; LANES];
    let chunks = x.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane += f(x);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane += f(x);
    }
    fold_lanes(lanes)
}

/// The sum of `f(a, b)` over two slices of one length, in the wide type.
pub(crate) fn sum_pairs_by<T: Real>(
    a: &[T],
    b: &[T],
    f: impl Fn(T, T) -> T::Wide,
) -> T::Wide {
    let mut lanes = [T::Wide::ZERO; LANES];
    let (chunks_a, chunks_b) = (a.chunks_exact(LANES), b.chunks_exact(LANES));
    let (rest_a, rest_b) = (chunks_a.remainder(), chunks_b.remainder());
    for (a, b) in chunks_a.zip(chunks_b) {
        for ((lane, &a), &b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += f(a, b);
        }
    }
    for ((lane, &a), &b) in lanes.iter_mut().zip(rest_a).zip(rest_b) {
        *lane += f(a, b);
    }
    fold_lanes(lanes)
}

fn fold_lanes<W: Real>(mut lanes: [W; LANES]) -> W {
    let mut width = LANES;
    while width > 1 {
        width /= 2;
        let (low, high) = lanes.split_at_mut(width);
        for (low, &high) in low.iter_mut().zip(&*high) {
            *low += high;
        }
    }
    lanes[0]
}
