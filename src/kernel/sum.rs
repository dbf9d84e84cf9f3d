//! Sums in the wide type, by sixteen lanes.
//!
//! Sixteen independent partial sums let the compiler keep them in vector
//! registers; one running sum would wait for each addition in turn. The order
//! of additions is fixed, so the result is too.

use std::array;

use crate::real::Real;

const LANES: usize = 16;

/// After how many steps of sixteen [`sums_by_eight`] empties its lanes into wide ones.
const STEPS: usize = 8;

/// The sum of `f(x)` over a slice.
#[inline(always)]
pub(crate) fn sum_by<T: Real>(x: &[T], f: impl Fn(T) -> T::Wide) -> T::Wide {
    let [sum] = sums([x], |[sum], [x]| [sum + f(x)]);
    sum
}

// ANCHOR: sums
/// Sums over slices of one length, walked side by side: `add` is given what they came to and
/// the next element of each slice.
///
/// The slices come as arrays of sixteen, whose indices need no check: with an index into
/// the slice, `f(j)`, every element was compared with its length, and nothing was a vector:
/// batch norm of 32x64x56x56 numbers took 25 ms on one thread, and takes 14 so.
#[inline(always)]
pub(crate) fn sums<T: Copy, W: Real, const N: usize, const K: usize>(
    of: [&[T]; N],
    add: impl Fn([W; K], [T; N]) -> [W; K],
) -> [W; K] {
    let mut lanes = [[W::ZERO; LANES]; K];
    add_to_lanes(&mut lanes, of, &add);
    lanes.map(fold_lanes)
}

#[inline(always)]
fn add_to_lanes<T: Copy, W: Real, const N: usize, const K: usize>(
    lanes: &mut [[W; LANES]; K],
    of: [&[T]; N],
    add: &impl Fn([W; K], [T; N]) -> [W; K],
) {
    let mut add = |lane: usize, next: [T; N]| {
        let sums = add(array::from_fn(|k| lanes[k][lane]), next);
        for (lanes, sum) in lanes.iter_mut().zip(sums) {
            lanes[lane] = sum;
        }
    };
    let of = of.map(|x| &x[..of[0].len()]);
    let parts = of.map(<[T]>::as_chunks::<LANES>);
    for i in 0..of[0].len() / LANES {
        let chunks = parts.map(|(chunks, _)| &chunks[i]);
        for lane in 0..LANES {
            add(lane, chunks.map(|chunk| chunk[lane]));
        }
    }
    let rest = parts.map(|(_, rest)| rest);
    for lane in 0..of[0].len() % LANES {
        add(lane, rest.map(|rest| rest[lane]));
    }
}
// ANCHOR_END: sums

/// [`sums`] in the tensors' own type, but for that every lane is emptied into a wide one
/// after eight elements: so many roundings of an `f32` do not show in a mean over a set, and a
/// vector holds twice as many `f32` as `f64`.
#[inline(always)]
pub(crate) fn sums_by_eight<T: Real, const N: usize, const K: usize>(
    of: [&[T]; N],
    add: impl Fn([T; K], [T; N]) -> [T; K],
) -> [T::Wide; K] {
    let len = of[0].len();
    let mut wide = [[T::Wide::ZERO; LANES]; K];
    for start in (0..len).step_by(STEPS * LANES) {
        let mut lanes = [[T::ZERO; LANES]; K];
        add_to_lanes(&mut lanes, of.map(|x| &x[start..len.min(start + STEPS * LANES)]), &add);
        for (wide, lanes) in wide.iter_mut().zip(lanes) {
            for (wide, lane) in wide.iter_mut().zip(lanes) {
                *wide += lane.widen();
            }
        }
    }
    wide.map(fold_lanes)
}

#[inline(always)]
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
