//! Batch normalization of `[samples, channels]`, where every column is a set.
//!
//! A column is spread over all of memory. So the rows are walked as they lie, with a sum
//! for each column. Column by column, 4096x256 numbers took 39 ms on two threads, forward and
//! backward, and row by row 1.6. Four rows at a time, so that what belongs to a column
//! is loaded once for four numbers, took 3.2: the processor then has a dozen places in
//! memory to follow at once. With narrower sums and fewer loads it is 0.6 by now.

use multiversion::multiversion;

use super::affine_sums::{AffineSums, RowSums};
use super::moments::{Moments, of_distances, shift_by};
use super::parallel::{for_each_piece, map_rows};
use super::standardize::Statistics;
use super::standardize_backward::{Across, Narrow};
use crate::real::Real;

/// Mean and biased variance of every column of some rows; see [`moments`](super::moments).
///
/// Two rows at a time: what a column's sums come to is then loaded and stored once for two
/// numbers. The forward of 4096x256 numbers took 0.34 ms with two passes a row at a time, and
/// takes 0.27 so. For the other loops of this file two rows gained nothing.
pub(super) fn column_moments<T: Real>(rows: &[T], columns: usize) -> Vec<Moments<T::Wide>> {
    let shift: Vec<_> = rows[..columns].iter().map(|x| shift_by(x.widen())).collect();
    let (mut sum, mut squares) = (vec![T::Wide::ZERO; columns], vec![T::Wide::ZERO; columns]);
    for pair in rows.chunks(2 * columns) {
        let (row, next) = pair.split_at(columns);
        // The last of an odd number of rows goes with the first, whose distances are 0.
        let next = if next.is_empty() { &rows[..columns] } else { next };
        add_distances((row, next), &shift, (&mut sum, &mut squares));
    }
    let sums = sum.into_iter().zip(squares).map(|(sum, squares)| [sum, squares]);
    let n = rows.len() / columns;
    sums.zip(shift).map(|(sums, shift)| of_distances(sums, shift, n)).collect()
}

/// y from x.
pub(super) fn standardize_columns<T: Real>(
    x: &[T],
    y: &mut [T],
    statistics: &[Statistics<T::Wide>],
    (weight, bias): (&[T], &[T]),
) {
    let mean: Vec<_> = statistics.iter().map(|s| s.mean).collect();
    let slope: Vec<_> = statistics.iter().zip(weight).map(|(s, w)| s.rstd * w.widen()).collect();
    let bias: Vec<_> = bias.iter().map(|b| b.widen()).collect();
    for_each_piece(y, mean.len(), &|start, y| {
        let rows = x[start..start + y.len()].chunks_exact(mean.len());
        for (x, y) in rows.zip(y.chunks_exact_mut(mean.len())) {
            scale_row(x, y, &mean, &slope, &bias);
        }
    });
}

/// The columns of a tensor, for the backward: their means, rstds and weights, each of one kind
/// together, as a loop along a row wants them.
pub(super) struct Columns<'a, T: Real> {
    statistics: &'a [Statistics<T::Wide>],
    mean: Vec<T>,
    rstd: Vec<T>,
    weight: &'a [T],
}

impl<'a, T: Real> Columns<'a, T> {
    pub(super) fn new(statistics: &'a [Statistics<T::Wide>], weight: &'a [T]) -> Self {
        let narrow: Vec<_> = statistics.iter().map(Narrow::<T>::new).collect();
        Columns {
            statistics,
            mean: narrow.iter().map(|narrow| narrow.mean).collect(),
            rstd: narrow.iter().map(|narrow| narrow.rstd).collect(),
            weight,
        }
    }

    fn len(&self) -> usize {
        self.weight.len()
    }

    /// The cotangents of weight and bias: the sums of `dy x_hat` and `dy` by column.
    pub(super) fn sums(&self, x: &[T], dy: &[T]) -> AffineSums<T::Wide> {
        let partial = map_rows(x.len(), self.len(), |range| {
            let mut sums = RowSums::<T>::zeros(self.len());
            let rows = x[range.clone()].chunks_exact(self.len());
            for (x, dy) in rows.zip(dy[range].chunks_exact(self.len())) {
                add_sums(x, dy, self, sums.next_row());
            }
            sums.finish()
        });
        let mut sums = partial.iter().fold(AffineSums::zeros(self.len()), AffineSums::add);
        let of_columns = sums.weight.iter_mut().zip(&sums.bias).zip(self.statistics);
        for ((through, &plain), statistics) in of_columns {
            *through = Narrow::<T>::new(statistics).through_x_hat([*through, plain]);
        }
        sums
    }

    /// The input's cotangent where the statistics depend on it.
    pub(super) fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], across: &[Across<T>]) {
        let slope: Vec<_> = across.iter().map(|across| across.slope).collect();
        let at_mean: Vec<_> = across.iter().map(|across| across.at_mean).collect();
        for_each_piece(dx, self.len(), &|start, dx| {
            let range = start..start + dx.len();
            let rows = x[range.clone()].chunks_exact(self.len());
            let rows = rows.zip(dy[range].chunks_exact(self.len()));
            for ((x, dy), dx) in rows.zip(dx.chunks_exact_mut(self.len())) {
                row_backward(x, dy, dx, self, (&slope, &at_mean));
            }
        });
    }

    /// The input's cotangent where the statistics were given.
    pub(super) fn backward_given(&self, dy: &[T], dx: &mut [T]) {
        for_each_piece(dx, self.len(), &|start, dx| {
            let rows = dy[start..start + dx.len()].chunks_exact(self.len());
            for (dy, dx) in rows.zip(dx.chunks_exact_mut(self.len())) {
                row_backward_given(dy, dx, self);
            }
        });
    }
}

// In each of these the slices are cut to one length, after which no index into them is
// checked; a chain of zips as long says less.

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn add_distances<T: Real>(
    (row, next): (&[T], &[T]),
    shift: &[T::Wide],
    (sum, squares): (&mut [T::Wide], &mut [T::Wide]),
) {
    let n = shift.len();
    let (row, next, sum, squares) = (&row[..n], &next[..n], &mut sum[..n], &mut squares[..n]);
    for j in 0..n {
        let (first, second) = (row[j].widen() - shift[j], next[j].widen() - shift[j]);
        sum[j] += first + second;
        squares[j] = first.mul_add(first, second.mul_add(second, squares[j]));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn scale_row<T: Real>(x: &[T], y: &mut [T], mean: &[T::Wide], slope: &[T::Wide], bias: &[T::Wide]) {
    let n = y.len();
    let (x, mean, slope, bias) = (&x[..n], &mean[..n], &slope[..n], &bias[..n]);
    for j in 0..n {
        y[j] = T::narrow((x[j].widen() - mean[j]).mul_add(slope[j], bias[j]));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn add_sums<T: Real>(x: &[T], dy: &[T], columns: &Columns<'_, T>, sums: &mut AffineSums<T>) {
    let n = x.len();
    let (mean, dy) = (&columns.mean[..n], &dy[..n]);
    let (of_weight, of_bias) = (&mut sums.weight[..n], &mut sums.bias[..n]);
    for j in 0..n {
        of_weight[j] = dy[j].mul_add(x[j] - mean[j], of_weight[j]);
        of_bias[j] += dy[j];
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn row_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    columns: &Columns<'_, T>,
    (slope, at_mean): (&[T], &[T]),
) {
    let n = dx.len();
    let (mean, rstd, weight) = (&columns.mean[..n], &columns.rstd[..n], &columns.weight[..n]);
    let (slope, at_mean) = (&slope[..n], &at_mean[..n]);
    let (x, dy) = (&x[..n], &dy[..n]);
    for j in 0..n {
        let across = Across { slope: slope[j], at_mean: at_mean[j] };
        dx[j] = rstd[j] * (dy[j] * weight[j] - across.at(x[j] - mean[j]));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn row_backward_given<T: Real>(dy: &[T], dx: &mut [T], columns: &Columns<'_, T>) {
    for (((dx, &dy), &w), &rstd) in dx.iter_mut().zip(dy).zip(columns.weight).zip(&columns.rstd) {
        *dx = rstd * (dy * w);
    }
}
