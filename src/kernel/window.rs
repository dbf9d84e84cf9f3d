//! Division by a power of the squares in a window of neighbouring channels.
//!
//! The channels of a sample and whatever comes after them are one slab of memory.
//! A neighbour `d` channels away lies `d * inner` numbers away, and where that is
//! outside the slab there is no such channel. So the sum over a window is a sum of
//! shifted copies of the slab: each pass is contiguous, whatever `inner` is. A
//! running sum would need fewer additions, but what leaves it must be subtracted,
//! and of a large number nothing small survives that.

use std::ops::Range;

use super::lines::{Lines, parts_by_row};
use super::parallel::for_each_piece;
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

/// What an element hands on in the backward.
#[derive(Clone, Copy, Debug)]
struct Terms<W> {
    /// To itself: `ȳ s^-beta`.
    direct: W,
    /// To every channel in whose window it lies: `ȳ y / s`.
    spread: W,
}

impl Window {
    /// As seen from within: the channels in whose windows a channel lies.
    fn mirrored(self) -> Self {
        Window { before: self.after, after: self.before, ..self }
    }

    /// Adds to each of `sums`, for the elements at `at`, `f` of every element of
    /// its window. A slab is `len` channels of `inner` numbers.
    fn add_up<W: Real>(
        self,
        sums: &mut [W],
        at: &Range<usize>,
        lines: Lines,
        f: impl Fn(usize) -> W,
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
            for i in start..end {
                sums[i - at.start] += f(i + shift - back);
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
        let (scale, k) = (T::Wide::from_f64(self.scale), T::Wide::from_f64(self.k));
        for block in blocks(start, len, lines) {
            let mut sums = [T::Wide::ZERO; BLOCK];
            let sums = &mut sums[..block.len()];
            self.add_up(sums, &block, lines, |at| x[at].widen() * x[at].widen());
            for sum in &mut *sums {
                *sum = k + scale * *sum;
            }
            f(block, sums);
        }
    }

    /// `s^-beta`. Of the default beta two square roots do the work of a power, which is
    /// a call where they are instructions.
    fn power<W: Real>(self, s: W) -> W {
        if self.beta == 0.75 {
            let root = s.sqrt();
            W::ONE / (root * root.sqrt())
        } else {
            s.powf(-self.beta)
        }
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
            for ((y, &x), &s) in y.iter_mut().zip(&x[block]).zip(s) {
                *y = T::narrow(x.widen() * window.power(s));
            }
        });
    });
}

/// x's cotangent from the output's.
pub(crate) fn divide_by_window_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    lines: Lines,
    window: Window,
) {
    assert_eq!((x.len(), grad_output.len()), (grad_input.len(), grad_input.len()));
    // ANCHOR: backward
    let none = Terms { direct: T::Wide::ZERO, spread: T::Wide::ZERO };
    let mut terms = vec![none; x.len()];
    for_each_piece(&mut terms, 1, &|start, piece| {
        window.for_each_block(x, (start, piece.len()), lines, |block, s| {
            let terms = &mut piece[block.start - start..block.end - start];
            let (x, dy) = (&x[block.clone()], &grad_output[block]);
            for (((terms, x), dy), &s) in terms.iter_mut().zip(x).zip(dy).zip(s) {
                let direct = dy.widen() * window.power(s);
                *terms = Terms { direct, spread: direct * x.widen() / s };
            }
        });
    });
    let factor = T::Wide::from_f64(2.0 * window.scale * window.beta);
    let is_spread = window.beta != 0.0;
    for_each_piece(grad_input, 1, &|start, piece| {
        for block in blocks(start, piece.len(), lines) {
            let dx = &mut piece[block.start - start..block.end - start];
            let mut spread = [T::Wide::ZERO; BLOCK];
            window.mirrored().add_up(&mut spread, &block, lines, |at| terms[at].spread);
            for (i, (dx, at)) in dx.iter_mut().zip(block).enumerate() {
                // With beta 0 nothing is spread, not even a NaN.
                let spread =
                    if is_spread { factor * x[at].widen() * spread[i] } else { T::Wide::ZERO };
                *dx = T::narrow(terms[at].direct - spread);
            }
        }
    });
    // ANCHOR_END: backward
}
