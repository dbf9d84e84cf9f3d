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

/// The elements of so many steps.
const BLOCK: usize = STEPS * LANES;

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
    let of = of.map(|x| &x[..of[0].len()]);
    let parts = of.map(<[T]>::as_chunks::<LANES>);
    for i in 0..of[0].len() / LANES {
        let chunks = parts.map(|(chunks, _)| &chunks[i]);
        for lane in 0..LANES {
            add_to_lane(lanes, lane, chunks.map(|chunk| chunk[lane]), add);
        }
    }
    let rest = parts.map(|(_, rest)| rest);
    for lane in 0..of[0].len() % LANES {
        add_to_lane(lanes, lane, rest.map(|rest| rest[lane]), add);
    }
}

#[inline(always)]
fn add_to_lane<T: Copy, W: Real, const N: usize, const K: usize>(
    lanes: &mut [[W; LANES]; K],
    lane: usize,
    next: [T; N],
    add: &impl Fn([W; K], [T; N]) -> [W; K],
) {
    let sums = add(array::from_fn(|k| lanes[k][lane]), next);
    for (lanes, sum) in lanes.iter_mut().zip(sums) {
        lanes[lane] = sum;
    }
}
// ANCHOR_END: sums

/// [`sums`] in the tensors' own type, but for that every lane is emptied into a wide one
/// after eight elements: so many roundings of an `f32` do not show in a mean over a set, and a
/// vector holds twice as many `f32` as `f64`.
///
/// The slices come as arrays of all the elements between two emptyings. A loop of unknown
/// length over arrays of sixteen kept its lanes in vectors of eight, four and two: LayerNorm
/// of 4096x768 numbers took 2.2 ms, forward and backward, and 1.9 so. With one loop over the
/// whole array in the place of two, nothing was a vector, and it took 3.0.
#[inline(always)]
pub(crate) fn sums_by_eight<T: Real, const N: usize, const K: usize>(
    of: [&[T]; N],
    add: impl Fn([T; K], [T; N]) -> [T; K],
) -> [T::Wide; K] {
    let of = of.map(|x| &x[..of[0].len()]);
    let parts = of.map(<[T]>::as_chunks::<BLOCK>);
    let mut wide = [[T::Wide::ZERO; LANES]; K];
    for i in 0..of[0].len() / BLOCK {
        let block = parts.map(|(blocks, _)| &blocks[i]);
        let mut lanes = [[T::ZERO; LANES]; K];
        for step in 0..STEPS {
            for lane in 0..LANES {
                let next = block.map(|block| block[step * LANES + lane]);
                add_to_lane(&mut lanes, lane, next, &add);
            }
        }
        empty(lanes, &mut wide);
    }
    let mut lanes = [[T::ZERO; LANES]; K];
    add_to_lanes(&mut lanes, parts.map(|(_, rest)| rest), &add);
    empty(lanes, &mut wide);
    wide.map(fold_lanes)
}

#[inline(always)]
fn empty<T: Real, const K: usize>(lanes: [[T; LANES]; K], wide: &mut [[T::Wide; LANES]; K]) {
    for (wide, lanes) in wide.iter_mut().zip(lanes) {
        for (wide, lane) in wide.iter_mut().zip(lanes) {
            *wide += lane.widen();
        }
    }
}

/// The lanes' sum. A call, because inlined it had the lanes of the loop before it cut into the
/// halves, quarters and eighths in which it adds them.
#[inline(never)]
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
