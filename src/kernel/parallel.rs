//! Splitting large loops over threads, the same way whatever their number.
//!
//! A buffer is cut into pieces of fixed length; each piece's result depends on
//! its own input alone, so one thread and eight give the same bits.

/// The least number of elements worth waking another thread for.
#[cfg(feature = "parallel")]
const WORTH_A_THREAD: usize = 1 << 16;

/// The length of one piece: 64 KiB of f32, which stays in a core's second-level
/// cache together with its operands.
const PIECE: usize = 1 << 14;

/// Calls `f(start, piece)` for consecutive pieces of `out`, each a multiple of
/// `row` elements long (but the last), on as many threads as there are, and
/// returns what it returned, in order.
pub(crate) fn map_pieces<T: Send, R: Send>(
    out: &mut [T],
    row: usize,
    f: impl Fn(usize, &mut [T]) -> R + Sync + Send,
) -> Vec<R> {
    let row = row.max(1);
    let piece = row * (PIECE / row).max(1);
    #[cfg(feature = "parallel")]
    if out.len() >= WORTH_A_THREAD {
        use rayon::prelude::*;
        let pieces = out.par_chunks_mut(piece).enumerate();
        return pieces.map(|(i, chunk)| f(i * piece, chunk)).collect();
    }
    out.chunks_mut(piece).enumerate().map(|(i, chunk)| f(i * piece, chunk)).collect()
}

/// [`map_pieces`] for work that returns nothing.
pub(crate) fn for_each_piece<T: Send>(
    out: &mut [T],
    row: usize,
    f: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    // A vector of `()` takes no memory.
    map_pieces(out, row, f);
}
