//! Sums in the wide type, by sixteen lanes.
//!
//! Sixteen independent partial sums let the compiler keep them in vector
//! registers; one running sum would wait for each addition in turn. The order
//! of additions is fixed, so the result is too.

use crate::real::Real;

const LANES: usize = 16;

/// The sum of `f(x)` over a slice.
pub(crate) fn sum_by<T: Real>(x: &[T], f: impl Fn(T) -> T::Wide) -> T::Wide {
    let [sum] = sums(x.len(), |j| [f(x[j])]);
    sum
}

// ANCHOR: sums
/// The sums of the components of `f(j)` over `j < len`.
pub(crate) fn sums<W: Real, const K: usize>(len: usize, f: impl Fn(usize) -> [W; K]) -> [W; K] {
    let mut lanes = [[W::ZERO; LANES]; K];
    let mut add = |j: usize, lane: usize| {
        for (lanes, term) in lanes.iter_mut().zip(f(j)) {
            lanes[lane] += term;
        }
    };
    let whole = len - len % LANES;
    for start in (0..whole).step_by(LANES) {
        for lane in 0..LANES {
            add(start + lane, lane);
        }
    }
    for j in whole..len {
        add(j, j - whole);
    }
    lanes.map(fold_lanes)
}
// ANCHOR_END: sums

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
