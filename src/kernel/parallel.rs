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
/// `row` elements long (but the last), on as many threads as there are.
pub(crate) fn for_each_piece<T: Send>(
    out: &mut [T],
    row: usize,
    f: impl Fn(usize, &mut [T]) + Sync + Send,
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

/// `f` of every piece `start..end` of `0..len`, in order; pieces are multiples
/// of `row` long.
pub(crate) fn map_pieces<R: Send>(
    len: usize,
    row: usize,
    f: impl Fn(std::ops::Range<usize>) -> R + Sync + Send,
) -> Vec<R> {
    let piece = piece_len(row);
    let range = |i: usize| i * piece..((i + 1) * piece).min(len);
    let count = len.div_ceil(piece);
    #[cfg(feature = "parallel")]
    if len >= WORTH_A_THREAD {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(|i| f(range(i))).collect();
    }
    (0..count).map(|i| f(range(i))).collect()
}

fn piece_len(row: usize) -> usize {
    let row = row.max(1);
    row * (PIECE / row).max(1)
}
