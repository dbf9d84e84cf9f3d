//! Batch normalization of `[samples, channels]`, where every column is a set.
//!
//! A column is spread over all of memory. So the rows are walked as they lie, with a sum
//! for each column, four rows at a time: what belongs to a column (its sums, its mean, its
//! rstd, its weight) is then loaded once for four numbers. Column by column, 4096x256 numbers
//! took 39 ms on two threads, forward and backward; row by row 1.8.

use multiversion::multiversion;

use super::moments::{Moments, shift_by};
use super::parallel::{for_each_piece, map_rows};
use super::standardize::Statistics;
use super::standardize_backward::{Across, AffineSums};
use crate::real::Real;

/// How many rows are walked together.
const TOGETHER: usize = 4;

/// What a column's numbers are standardized with.
#[derive(Clone, Copy, Debug)]
struct Column<W> {
    mean: W,
    rstd: W,
}

impl<W: Real> Column<W> {
    #[inline(always)]
    fn x_hat<T: Real<Wide = W>>(&self, x: T) -> W {
        (x.widen() - self.mean) * self.rstd
    }
}

/// The columns of a tensor: their means, rstds and weights, each of one kind together.
pub(super) struct Columns<'a, T: Real> {
    mean: Vec<T::Wide>,
    rstd: Vec<T::Wide>,
    weight: &'a [T],
}

impl<'a, T: Real> Columns<'a, T> {
    pub(super) fn new(statistics: &[Statistics<T::Wide>], weight: &'a [T]) -> Self {
        Columns {
            mean: statistics.iter().map(|s| s.mean).collect(),
            rstd: statistics.iter().map(|s| s.rstd).collect(),
            weight,
        }
    }

    fn len(&self) -> usize {
        self.weight.len()
    }

    /// y from x.
    pub(super) fn standardize(&self, x: &[T], y: &mut [T], bias: &[T]) {
        let columns = self.len();
        for_each_piece(y, columns, &|start, y| {
            let x = &x[start..start + y.len()];
            let whole = y.len() / (TOGETHER * columns) * TOGETHER * columns;
            let (y, rest) = y.split_at_mut(whole);
            for (x, y) in x.chunks(TOGETHER * columns).zip(y.chunks_exact_mut(TOGETHER * columns)) {
                scale_rows::<T, TOGETHER>(rows(x, columns), rows_mut(y, columns), self, bias);
            }
            for (x, y) in x[whole..].chunks_exact(columns).zip(rest.chunks_exact_mut(columns)) {
                scale_rows::<T, 1>([x], [y], self, bias);
            }
        });
    }

    /// The cotangents of weight and bias: the sums of `dy x_hat` and `dy` by column.
    pub(super) fn sums(&self, x: &[T], dy: &[T]) -> AffineSums<T::Wide> {
        let columns = self.len();
        let partial = map_rows(x.len(), columns, |range| {
            let mut sums = AffineSums::zeros(columns);
            let (x, dy) = (&x[range.clone()], &dy[range]);
            let whole = x.len() / (TOGETHER * columns) * TOGETHER * columns;
            let quads = x[..whole].chunks_exact(TOGETHER * columns);
            for (x, dy) in quads.zip(dy.chunks_exact(TOGETHER * columns)) {
                add_sums::<T, TOGETHER>(rows(x, columns), rows(dy, columns), self, &mut sums);
            }
            let rest = x[whole..].chunks_exact(columns).zip(dy[whole..].chunks_exact(columns));
            for (x, dy) in rest {
                add_sums::<T, 1>([x], [dy], self, &mut sums);
            }
            sums
        });
        partial.iter().fold(AffineSums::zeros(columns), AffineSums::add)
    }

    /// The input's cotangent where the statistics depend on it.
    pub(super) fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], across: &[Across<T::Wide>]) {
        let columns = self.len();
        let mean_h: Vec<_> = across.iter().map(|across| across.mean_h).collect();
        let mean_h_x_hat: Vec<_> = across.iter().map(|across| across.mean_h_x_hat).collect();
        let across = (&*mean_h, &*mean_h_x_hat);
        for_each_piece(dx, columns, &|start, dx| {
            let range = start..start + dx.len();
            let (x, dy) = (&x[range.clone()], &dy[range]);
            let whole = x.len() / (TOGETHER * columns) * TOGETHER * columns;
            let (dx, rest) = dx.split_at_mut(whole);
            let quads = x.chunks(TOGETHER * columns).zip(dy.chunks(TOGETHER * columns));
            for ((x, dy), dx) in quads.zip(dx.chunks_exact_mut(TOGETHER * columns)) {
                let (x, dy, dx) = (rows(x, columns), rows(dy, columns), rows_mut(dx, columns));
                backward_rows::<T, TOGETHER>(x, dy, dx, self, across);
            }
            let singles = x[whole..].chunks_exact(columns).zip(dy[whole..].chunks_exact(columns));
            for ((x, dy), dx) in singles.zip(rest.chunks_exact_mut(columns)) {
                backward_rows::<T, 1>([x], [dy], [dx], self, across);
            }
        });
    }

    /// The input's cotangent where the statistics were given.
    pub(super) fn scale(&self, dy: &[T], dx: &mut [T]) {
        for_each_piece(dx, self.len(), &|start, dx| {
            let rows = dy[start..start + dx.len()].chunks_exact(self.len());
            for (dy, dx) in rows.zip(dx.chunks_exact_mut(self.len())) {
                backward_row_given(dy, dx, self);
            }
        });
    }
}

/// N rows that lie one after the other.
#[inline(always)]
fn rows<T, const N: usize>(x: &[T], columns: usize) -> [&[T]; N] {
    std::array::from_fn(|row| &x[row * columns..(row + 1) * columns])
}

#[inline(always)]
fn rows_mut<T, const N: usize>(x: &mut [T], columns: usize) -> [&mut [T]; N] {
    let mut rest = x;
    std::array::from_fn(|_| {
        let (row, after) = std::mem::take(&mut rest).split_at_mut(columns);
        rest = after;
        row
    })
}

/// Mean and biased variance of every column of some rows; see [`moments`](super::moments).
pub(super) fn column_moments<T: Real>(x: &[T], columns: usize) -> Vec<Moments<T::Wide>> {
    let n = T::Wide::from_f64((x.len() / columns) as f64);
    let shift: Vec<T::Wide> = x[..columns].iter().map(|x| shift_by(x.widen())).collect();
    let mut mean = vec![T::Wide::ZERO; columns];
    let mut squares = vec![T::Wide::ZERO; columns];
    let quads = x.chunks_exact(TOGETHER * columns);
    let rest = quads.remainder().chunks_exact(columns);
    for quad in quads.clone() {
        add_distances::<T, TOGETHER>(rows(quad, columns), &shift, &mut mean);
    }
    for row in rest.clone() {
        add_distances::<T, 1>([row], &shift, &mut mean);
    }
    for mean in &mut mean {
        *mean /= n;
    }
    for quad in quads {
        add_squares::<T, TOGETHER>(rows(quad, columns), (&shift, &mean), &mut squares);
    }
    for row in rest {
        add_squares::<T, 1>([row], (&shift, &mean), &mut squares);
    }
    let both = shift.iter().zip(mean).zip(squares);
    both.map(|((&shift, mean), square)| (shift + mean, square / n)).collect()
}

#[multiversion(targets("x86_64+avx2"))]
fn add_distances<T: Real, const N: usize>(x: [&[T]; N], shift: &[T::Wide], sum: &mut [T::Wide]) {
    let len = sum.len();
    let (x, shift) = (x.map(|x| &x[..len]), &shift[..len]);
    for j in 0..len {
        for x in x {
            sum[j] += x[j].widen() - shift[j];
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add_squares<T: Real, const N: usize>(
    x: [&[T]; N],
    (shift, mean): (&[T::Wide], &[T::Wide]),
    sum: &mut [T::Wide],
) {
    let len = sum.len();
    let (x, shift, mean) = (x.map(|x| &x[..len]), &shift[..len], &mean[..len]);
    for j in 0..len {
        for x in x {
            let distance = x[j].widen() - shift[j] - mean[j];
            sum[j] += distance * distance;
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn scale_rows<T: Real, const N: usize>(
    x: [&[T]; N],
    y: [&mut [T]; N],
    columns: &Columns<'_, T>,
    bias: &[T],
) {
    let len = bias.len();
    let (x, y) = (x.map(|x| &x[..len]), y.map(|y| &mut y[..len]));
    let (mean, rstd, weight) = (&columns.mean[..len], &columns.rstd[..len], &columns.weight[..len]);
    for j in 0..len {
        let column = Column { mean: mean[j], rstd: rstd[j] };
        let (w, b) = (weight[j].widen(), bias[j].widen());
        for r in 0..N {
            y[r][j] = T::narrow(column.x_hat(x[r][j]) * w + b);
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn add_sums<T: Real, const N: usize>(
    x: [&[T]; N],
    dy: [&[T]; N],
    columns: &Columns<'_, T>,
    sums: &mut AffineSums<T::Wide>,
) {
    let len = columns.weight.len();
    let (x, dy) = (x.map(|x| &x[..len]), dy.map(|dy| &dy[..len]));
    let (mean, rstd) = (&columns.mean[..len], &columns.rstd[..len]);
    let (of_weight, of_bias) = (&mut sums.weight[..len], &mut sums.bias[..len]);
    for j in 0..len {
        let column = Column { mean: mean[j], rstd: rstd[j] };
        for r in 0..N {
            of_weight[j] += dy[r][j].widen() * column.x_hat(x[r][j]);
            of_bias[j] += dy[r][j].widen();
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn backward_rows<T: Real, const N: usize>(
    x: [&[T]; N],
    dy: [&[T]; N],
    dx: [&mut [T]; N],
    columns: &Columns<'_, T>,
    (mean_h, mean_h_x_hat): (&[T::Wide], &[T::Wide]),
) {
    let len = columns.weight.len();
    let (x, dy) = (x.map(|x| &x[..len]), dy.map(|dy| &dy[..len]));
    let dx = dx.map(|dx| &mut dx[..len]);
    let (mean, rstd, weight) = (&columns.mean[..len], &columns.rstd[..len], &columns.weight[..len]);
    let (mean_h, mean_h_x_hat) = (&mean_h[..len], &mean_h_x_hat[..len]);
    for j in 0..len {
        let column = Column { mean: mean[j], rstd: rstd[j] };
        let across = Across { mean_h: mean_h[j], mean_h_x_hat: mean_h_x_hat[j] };
        let w = weight[j].widen();
        for r in 0..N {
            let h = dy[r][j].widen() * w;
            dx[r][j] = T::narrow(column.rstd * (h - across.at(column.x_hat(x[r][j]))));
        }
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn backward_row_given<T: Real>(dy: &[T], dx: &mut [T], columns: &Columns<'_, T>) {
    for (((dx, dy), w), &rstd) in dx.iter_mut().zip(dy).zip(columns.weight).zip(&columns.rstd) {
        *dx = T::narrow(rstd * (dy.widen() * w.widen()));
    }
}
