//! The matrix product of strided matrices, and the crate's only unsafe call.

use super::parallel;
use crate::real::Real;

/// A strided matrix in a buffer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Matrix<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) offset: usize,
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) row_stride: isize,
    pub(crate) column_stride: isize,
}

impl<T: Copy> Matrix<'_, T> {
    fn at(&self, row: usize, column: usize) -> T {
        self.data[self.index(row, column)]
    }

    fn index(&self, row: usize, column: usize) -> usize {
        let at = self.offset as isize
            + row as isize * self.row_stride
            + column as isize * self.column_stride;
        at as usize
    }

    /// Rows `start..start + rows` of this matrix.
    fn rows(self, start: usize, rows: usize) -> Self {
        Matrix { offset: self.index(start, 0), rows, ..self }
    }

    /// Panics unless every element lies within the buffer. The extremes of an
    /// affine index over a box are at its corners.
    fn assert_in_bounds(&self) {
        let extent = |size: usize, stride: isize| {
            let last = (size as isize - 1).checked_mul(stride).expect("stride overflows");
            (last.min(0), last.max(0))
        };
        let (row_low, row_high) = extent(self.rows, self.row_stride);
        let (column_low, column_high) = extent(self.columns, self.column_stride);
        let offset = isize::try_from(self.offset).expect("offset overflows");
        let low = offset + row_low + column_low;
        let high = offset + row_high + column_high;
        assert!(low >= 0 && high < self.data.len() as isize, "matrix outside its buffer");
    }
}

/// The rows of `out` that one piece of work computes.
const ROWS_PER_PIECE: usize = 128;

/// `out = a b`, `out` row-major and contiguous.
///
/// Large products are cut into bands of rows, each computed whole by one
/// thread, so the bits do not depend on how many there are.
pub(crate) fn matmul<T: Real>(a: Matrix<'_, T>, b: Matrix<'_, T>, out: &mut [T]) {
    assert_eq!(a.columns, b.rows);
    assert_eq!(out.len(), a.rows * b.columns);
    if out.is_empty() {
        return;
    }
    if a.columns == 0 {
        out.fill(T::ZERO);
        return;
    }
    let band = ROWS_PER_PIECE * b.columns;
    parallel::for_each_piece(out, band, &|start, out| {
        let rows = out.len() / b.columns;
        multiply(a.rows(start / b.columns, rows), b, out);
    });
}

fn multiply<T: Real>(a: Matrix<'_, T>, b: Matrix<'_, T>, out: &mut [T]) {
    match T::GEMM {
        Some(gemm) => {
            a.assert_in_bounds();
            b.assert_in_bounds();
            assert_eq!(out.len(), a.rows * b.columns);
            // SAFETY: `gemm` reads a[i, k] and b[k, j] and writes out[i, j] for
            // i < a.rows, k < a.columns = b.rows, j < b.columns. All reads lie
            // within their slices by the two checks above, all writes by the
            // third; `out` is exclusively borrowed, so it aliases neither.
            #[allow(
                unsafe_code,
                reason = "matrixmultiply takes raw pointers; this is its one call"
            )]
            unsafe {
                gemm(
                    a.rows,
                    a.columns,
                    b.columns,
                    T::ONE,
                    a.data.as_ptr().add(a.offset),
                    a.row_stride,
                    a.column_stride,
                    b.data.as_ptr().add(b.offset),
                    b.row_stride,
                    b.column_stride,
                    T::ZERO,
                    out.as_mut_ptr(),
                    b.columns as isize,
                    1,
                );
            }
        }
        None => {
            for (row, out) in out.chunks_exact_mut(b.columns).enumerate() {
                for (column, out) in out.iter_mut().enumerate() {
                    let mut sum = T::ZERO;
                    for k in 0..a.columns {
                        sum += a.at(row, k) * b.at(k, column);
                    }
                    *out = sum;
                }
            }
        }
    }
}
