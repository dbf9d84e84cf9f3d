//! Division by a power of the squares in a window of neighbouring channels.
//!
//! The channels of a sample and whatever comes after them are one slab of memory.
//! A neighbour `d` channels away lies `d * inner` numbers away, and where that is
//! outside the slab there is no such channel. So the sum over a window is a sum of
//! shifted copies of the slab: each pass is contiguous, whatever `inner` is. A
//! running sum would need fewer additions, but what leaves it must be subtracted,
//! and of a large number nothing small survives that.

use std::ops::Range;

use multiversion::multiversion;

use super::lines::{Lines, parts_by_row};
use super::parallel::{for_each_piece, for_each_piece_of_two};
use crate::real::Real;

/// How many sums are taken at a time: few enough for the first-level cache.
const BLOCK: usize = 512;

/// `x / (k + scale Σ x²)^beta`, the sum over the `before` channels before each
/// one, itself, and the `after` channels after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) before: usize,
    pub(crate) after: usize,
    /// What a sum of squares is multiplied by.
    pub(crate) scale: f64,
    pub(crate) beta: f64,
    pub(crate) k: f64,
}

impl Window {
    /// As seen from within: the channels in whose windows a channel lies.
    fn mirrored(self) -> Self {
        Window { before: self.after, after: self.before, ..self }
    }

    /// Sums over the windows of the elements at `at`: `f` is given an element and what
    /// the sum has come to. A slab is `len` channels of `inner` numbers.
    #[inline(always)]
    fn add_up<V: Copy, W: Real>(
        self,
        sums: &mut [W],
        at: &Range<usize>,
        (of, lines): (&[V], Lines),
        f: impl Fn(V, W) -> W,
    ) {
        let slab = lines.len * lines.inner;
        let first = at.start / slab * slab;
        // No shift leads further than from one end of the slab to the other.
        let (before, after) = (self.before.min(lines.len), self.after.min(lines.len));
        for channel in 0..=before + after {
            // Where an element's neighbour lies, plus `back` to stay above 0.
            let (shift, back) = (channel * lines.inner, before * lines.inner);
            let start = at.start.max((first + back).saturating_sub(shift));
            let end = at.end.min((first + slab + back).saturating_sub(shift));
            if start >= end {
                continue;
            }
            let sums = &mut sums[start - at.start..end - at.start];
            for (sum, &of) in sums.iter_mut().zip(&of[start + shift - back..end + shift - back]) {
                *sum = f(of, *sum);
            }
        }
    }

    /// `f(block, s)` for the elements from `start` on, a block at a time, where
    /// `s = k + scale Σ x²`.
    fn for_each_block<T: Real>(
        self,
        x: &[T],
        (start, len): (usize, usize),
        lines: Lines,
        mut f: impl FnMut(Range<usize>, &[T::Wide]),
    ) {
        for block in blocks(start, len, lines) {
            let mut sums = [T::Wide::ZERO; BLOCK];
            let sums = &mut sums[..block.len()];
            sums_of_squares(self, x, sums, &block, lines);
            f(block, sums);
        }
    }

    /// `s^-beta`. Of the default beta two square roots do the work of a power, which is
    /// a call where they are instructions.
    #[inline(always)]
    fn power<W: Real>(self, s: W) -> W {
        if self.beta == 0.75 {
            let root = s.sqrt();
            W::ONE / (root * root.sqrt())
        } else {
            s.powf(-self.beta)
        }
    }
}

/// `s = k + scale Σ x²` of the elements at `at`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn sums_of_squares<T: Real>(
    window: Window,
    x: &[T],
    sums: &mut [T::Wide],
    at: &Range<usize>,
    lines: Lines,
) {
    window.add_up(sums, at, (x, lines), |x, sum| x.widen().mul_add(x.widen(), sum));
    let (scale, k) = (T::Wide::from_f64(window.scale), T::Wide::from_f64(window.k));
    for sum in sums {
        *sum = scale.mul_add(*sum, k);
    }
}

/// The stretch of `len` numbers from `start` on, in blocks of one slab each.
fn blocks(start: usize, len: usize, lines: Lines) -> impl Iterator<Item = Range<usize>> {
    parts_by_row(start, len, lines.len * lines.inner).flat_map(|part| {
        let end = part.end;
        part.step_by(BLOCK).map(move |start| start..end.min(start + BLOCK))
    })
}

/// The normalized slabs of contiguous `x`.
pub(crate) fn divide_by_window<T: Real>(x: &[T], y: &mut [T], lines: Lines, window: Window) {
    assert_eq!(x.len(), y.len());
    for_each_piece(y, 1, &|start, piece| {
        window.for_each_block(x, (start, piece.len()), lines, |block, s| {
            let y = &mut piece[block.start - start..block.end - start];
            divide(window, &x[block], s, y);
        });
    });
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn divide<T: Real>(window: Window, x: &[T], s: &[T::Wide], y: &mut [T]) {
    for ((y, &x), &s) in y.iter_mut().zip(x).zip(s) {
        *y = T::narrow(x.widen() * window.power(s));
    }
}

/// x's cotangent from the output's. `spread` is room for what each element hands to every
/// channel in whose window it lies, `ȳ y / s`.
///
/// With both terms of a number as a pair of f64, in a vector of its own, 32x64x28x28 numbers
/// took 6.9 ms forward and backward; they take 5.4 so.
pub(crate) fn divide_by_window_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    (grad_input, spread): (&mut [T], &mut [T::Wide]),
    lines: Lines,
    window: Window,
) {
    let len = x.len();
    assert_eq!((len, len, len), (grad_output.len(), grad_input.len(), spread.len()));
    for_each_piece_of_two(grad_input, spread, |start, direct, spread| {
        window.for_each_block(x, (start, direct.len()), lines, |block, s| {
            let here = block.start - start..block.end - start;
            let to = (&mut direct[here.clone()], &mut spread[here]);
            find_terms(window, &x[block.clone()], &grad_output[block], s, to);
        });
    });
    for_each_piece(grad_input, 1, &|start, piece| {
        for block in blocks(start, piece.len(), lines) {
            let dx = &mut piece[block.start - start..block.end - start];
            collect_terms(window, x, spread, dx, &block, lines);
        }
    });
}

// ANCHOR: backward
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn find_terms<T: Real>(
    window: Window,
    x: &[T],
    dy: &[T],
    s: &[T::Wide],
    (direct, spread): (&mut [T], &mut [T::Wide]),
) {
    let to = direct.iter_mut().zip(spread);
    for ((((direct, spread), x), dy), &s) in to.zip(x).zip(dy).zip(s) {
        let wide = dy.widen() * window.power(s);
        // Rounded here and in the result again: half an ulp of it stays where both terms cancel.
        *direct = T::narrow(wide);
        *spread = wide * x.widen() / s;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn collect_terms<T: Real>(
    window: Window,
    x: &[T],
    spread: &[T::Wide],
    direct: &mut [T],
    block: &Range<usize>,
    lines: Lines,
) {
    // With beta 0 nothing is spread, not even a NaN.
    if window.beta == 0.0 {
        return;
    }
    let factor = T::Wide::from_f64(-2.0 * window.scale * window.beta);
    let mut sums = [T::Wide::ZERO; BLOCK];
    window.mirrored().add_up(&mut sums, block, (spread, lines), |spread, sum| sum + spread);
    for ((dx, x), sum) in direct.iter_mut().zip(&x[block.clone()]).zip(sums) {
        *dx = T::narrow((factor * x.widen()).mul_add(sum, dx.widen()));
    }
}
// ANCHOR_END: backward
