//! The lines of a tensor along one dim: what softmax, the gated units and
//! normalization by a p-norm work on.

use std::ops::Range;

use super::parallel::for_each_piece;

/// A contiguous tensor seen around one of its dims, as `[outer, len, inner]`.
/// A line has one outer and one inner index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lines {
    /// How many slabs there are: the sizes before the dim.
    pub(crate) outer: usize,
    /// The dim's own size.
    pub(crate) len: usize,
    /// How many lines run side by side in a slab: the sizes after the dim.
    pub(crate) inner: usize,
}

impl Lines {
    /// The lines of a shape along a dim. A scalar is one line of one number; an
    /// empty tensor has none, however many its sizes promise.
    pub(crate) fn new(sizes: &[usize], dim: usize) -> Self {
        if sizes.contains(&0) {
            return Lines { outer: 0, len: 0, inner: 1 };
        }
        match sizes.get(dim) {
            Some(&len) => Lines {
                outer: sizes[..dim].iter().product(),
                len,
                inner: sizes[dim + 1..].iter().product(),
            },
            None => Lines { outer: 1, len: 1, inner: 1 },
        }
    }
}

/// The parts of a stretch of `len` numbers from `start` on that lie in one row
/// each, where a row holds `row` numbers.
pub(crate) fn parts_by_row(
    start: usize,
    len: usize,
    row: usize,
) -> impl Iterator<Item = Range<usize>> {
    let end = start + len;
    let mut at = start;
    std::iter::from_fn(move || {
        let part = at..end.min((at / row + 1) * row);
        at = part.end;
        (!part.is_empty()).then_some(part)
    })
}

/// `f(results, elements)` for the results of some neighbouring lines and where one element
/// of each of them lies; for every element of every line, in the line's order.
pub(crate) fn reduce_rows<R: Send>(
    result: &mut [R],
    lines: Lines,
    f: impl Fn(&mut [R], Range<usize>) + Sync,
) {
    for_each_piece(result, 1, &|start, piece| {
        for part in parts_by_row(start, piece.len(), lines.inner) {
            let (outer, inner) = (part.start / lines.inner, part.start % lines.inner);
            let results = &mut piece[part.start - start..part.end - start];
            for k in 0..lines.len {
                let first = (outer * lines.len + k) * lines.inner + inner;
                f(results, first..first + results.len());
            }
        }
    });
}

/// `f(lines, elements, out)` for the numbers of some neighbouring lines, where one element
/// of each lies, and these elements of `out`; for every element, in memory's order.
pub(crate) fn write_rows<T: Send>(
    out: &mut [T],
    lines: Lines,
    f: impl Fn(Range<usize>, Range<usize>, &mut [T]) + Sync,
) {
    for_each_piece(out, 1, &|start, piece| {
        for part in parts_by_row(start, piece.len(), lines.inner) {
            let outer = part.start / (lines.len * lines.inner);
            let line = outer * lines.inner + part.start % lines.inner;
            let elements = &mut piece[part.start - start..part.end - start];
            f(line..line + part.len(), part, elements);
        }
    });
}

/// [`reduce_rows`] by element: `f(&mut result[line], at)`.
pub(crate) fn reduce_lines<R: Send>(
    result: &mut [R],
    lines: Lines,
    f: impl Fn(&mut R, usize) + Sync,
) {
    reduce_rows(result, lines, |results, at| {
        for (result, at) in results.iter_mut().zip(at) {
            f(result, at);
        }
    });
}

/// [`write_rows`] by element: `f(line, at, &mut out[at])`.
pub(crate) fn elementwise_by_line<T: Send>(
    out: &mut [T],
    lines: Lines,
    f: impl Fn(usize, usize, &mut T) + Sync,
) {
    write_rows(out, lines, |lines, at, out| {
        for ((line, at), element) in lines.zip(at).zip(out) {
            f(line, at, element);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dim_divides_a_shape_in_three() {
        assert_eq!(Lines::new(&[2, 3, 4, 5], 2), Lines { outer: 6, len: 4, inner: 5 });
        assert_eq!(Lines::new(&[7], 0), Lines { outer: 1, len: 7, inner: 1 });
        assert_eq!(Lines::new(&[], 0), Lines { outer: 1, len: 1, inner: 1 });
        assert_eq!(Lines::new(&[usize::MAX, 2, 0], 2).outer, 0);
    }

    #[test]
    fn a_stretch_is_cut_where_a_row_ends() {
        let parts = |start, len| parts_by_row(start, len, 4).collect::<Vec<_>>();
        assert_eq!(parts(0, 8), [0..4, 4..8]);
        assert_eq!(parts(3, 6), [3..4, 4..8, 8..9]);
        assert_eq!((parts(5, 2).len(), parts(5, 2).first()), (1, Some(&(5..7))));
        assert!(parts(4, 0).is_empty());
    }
}
