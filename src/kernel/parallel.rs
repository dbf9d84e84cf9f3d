//! Splitting large loops over threads, the same way whatever their number.
//!
//! A buffer is cut into pieces of fixed length; each piece's result depends on
//! its own input alone, so one thread and eight give the same bits.

use std::ops::Range;
use std::sync::OnceLock;

/// The least number of elements worth waking another thread for.
#[cfg(feature = "parallel")]
const WORTH_A_THREAD: usize = 1 << 16;

/// The length of one piece: 64 KiB of f32, which stays in a core's second-level
/// cache together with its operands.
const PIECE: usize = 1 << 14;

/// So many parts leave room for the threads to share them evenly. With a part for each
/// [`PIECE`], batch norm of 16384x1024 numbers took 58 ms, with a fourth as many 46.
const PARTS: usize = 32;

/// The pieces of a buffer: multiples of `row` elements.
fn piece_len(row: usize) -> usize {
    // A division costs as much as all the rest of a loop over one number.
    if row <= 1 { PIECE } else { row * (PIECE / row).max(1) }
}

/// Calls `f(start, piece)` for consecutive pieces of `out`, each a multiple of
/// `row` elements long (but the last), on as many threads as there are.
///
/// `f` is called through a pointer, once for thousands of elements: were it a
/// type parameter, rayon's machinery would be compiled anew for every loop of
/// the crate, which took most of the build's time.
pub(crate) fn for_each_piece<T: Send>(
    out: &mut [T],
    row: usize,
    f: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let piece = piece_len(row);
    #[cfg(feature = "parallel")]
    if out.len() >= WORTH_A_THREAD {
        use rayon::prelude::*;
        out.par_chunks_mut(piece).enumerate().for_each(|(i, chunk)| f(i * piece, chunk));
        return;
    }
    for (i, chunk) in out.chunks_mut(piece).enumerate() {
        f(i * piece, chunk);
    }
}

/// [`for_each_piece`] of two buffers of one length, side by side.
pub(crate) fn for_each_piece_of_two<T: Send, U: Send>(
    a: &mut [T],
    b: &mut [U],
    f: impl Fn(usize, &mut [T], &mut [U]) + Sync,
) {
    #[cfg(feature = "parallel")]
    if a.len() >= WORTH_A_THREAD {
        use rayon::prelude::*;
        let pieces = a.par_chunks_mut(PIECE).zip(b.par_chunks_mut(PIECE));
        pieces.enumerate().for_each(|(i, (a, b))| f(i * PIECE, a, b));
        return;
    }
    for (i, (a, b)) in a.chunks_mut(PIECE).zip(b.chunks_mut(PIECE)).enumerate() {
        f(i * PIECE, a, b);
    }
}

/// Calls `f(start, items)` for consecutive stretches of `items`, each of which
/// costs as much as `cost` elements.
pub(crate) fn for_each_item<T: Send>(
    items: &mut [T],
    cost: usize,
    f: &(dyn Fn(usize, &mut [T]) + Sync),
) {
    let stretch = (PIECE / cost.max(1)).max(1);
    #[cfg(feature = "parallel")]
    if items.len().saturating_mul(cost) >= WORTH_A_THREAD {
        use rayon::prelude::*;
        items.par_chunks_mut(stretch).enumerate().for_each(|(i, items)| f(i * stretch, items));
        return;
    }
    for (i, items) in items.chunks_mut(stretch).enumerate() {
        f(i * stretch, items);
    }
}

/// [`for_each_piece`], and what `f` returned for each, in order. The pieces of a large buffer
/// are larger: their results may be as long as a row, and are added up afterwards.
pub(crate) fn map_pieces<T: Send, R: Send + Sync>(
    out: &mut [T],
    row: usize,
    f: impl Fn(usize, &mut [T]) -> R + Sync,
) -> Vec<R> {
    let piece = part_len(out.len(), row);
    let slots: Vec<OnceLock<R>> = (0..out.len().div_ceil(piece)).map(|_| OnceLock::new()).collect();
    for_each_piece(out, piece, &|start, chunk| {
        // Each piece has a slot of its own, which is empty until now.
        let _ = slots[start / piece].set(f(start, chunk));
    });
    slots.into_iter().filter_map(OnceLock::into_inner).collect()
}

/// The parts of a buffer whose results are added up afterwards, one by one: about as long as
/// [`PIECE`], but so that there are not many more than [`PARTS`].
fn part_len(len: usize, row: usize) -> usize {
    let row = row.max(1);
    row * (PIECE.max(len / PARTS) / row).max(1)
}

/// `f` of consecutive parts of `0..len`, each some rows of `row` elements, in order.
pub(crate) fn map_rows<R: Send>(
    len: usize,
    row: usize,
    f: impl Fn(Range<usize>) -> R + Sync,
) -> Vec<R> {
    let part = part_len(len, row);
    let mut results: Vec<Option<R>> = (0..len.div_ceil(part)).map(|_| None).collect();
    for_each_item(&mut results, part, &|first, results| {
        for (i, result) in (first..).zip(results) {
            *result = Some(f(i * part..len.min((i + 1) * part)));
        }
    });
    results.into_iter().flatten().collect()
}
