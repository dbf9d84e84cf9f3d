//! Batch normalization of `[samples, channels]`, where every column is a set.
//!
//! A column is spread over all of memory. So the rows are walked as they lie, with a sum
//! for each column: column by column, four at a time, 4096x256 numbers took 39 ms, which
//! take 3 so.

use multiversion::multiversion;

use super::moments::{Moments, shift_by};
use super::parallel::{for_each_piece, map_rows};
use super::standardize::Statistics;
use super::standardize_backward::{Across, AffineSums};
use crate::real::Real;

/// Mean and biased variance of every column of some rows; see [`moments`](super::moments).
#[multiversion(targets("x86_64+avx2"))]
pub(super) fn column_moments<T: Real>(rows: &[T], columns: usize) -> Vec<Moments<T::Wide>> {
    let n = T::Wide::from_f64((rows.len() / columns) as f64);
    let shift: Vec<T::Wide> = rows[..columns].iter().map(|x| shift_by(x.widen())).collect();
    let mut mean = vec![T::Wide::ZERO; columns];
    for row in rows.chunks_exact(columns) {
        for ((mean, x), shift) in mean.iter_mut().zip(row).zip(&shift) {
            *mean += x.widen() - *shift;
        }
    }
    for mean in &mut mean {
        *mean /= n;
    }
    let mut squares = vec![T::Wide::ZERO; columns];
    for row in rows.chunks_exact(columns) {
        for (((square, x), shift), mean) in squares.iter_mut().zip(row).zip(&shift).zip(&mean) {
            let distance = x.widen() - *shift - *mean;
            *square += distance * distance;
        }
    }
    let both = shift.iter().zip(mean).zip(squares);
    both.map(|((&shift, mean), square)| (shift + mean, square / n)).collect()
}

/// `y = x_hat weight + bias`, each column with statistics, weight and bias of its own.
pub(super) fn standardize_columns<T: Real>(
    x: &[T],
    y: &mut [T],
    statistics: &[Statistics<T::Wide>],
    (weight, bias): (&[T], &[T]),
) {
    let columns = Columns::new(statistics, weight);
    for_each_piece(y, weight.len(), &|start, y| {
        let rows = x[start..start + y.len()].chunks_exact(weight.len());
        for (x, y) in rows.zip(y.chunks_exact_mut(weight.len())) {
            scale_row(x, y, &columns, bias);
        }
    });
}

#[multiversion(targets("x86_64+avx2"))]
fn scale_row<T: Real>(x: &[T], y: &mut [T], columns: &Columns<'_, T>, bias: &[T]) {
    let affine = columns.weight.iter().zip(bias);
    for (((y, &x), statistics), (w, b)) in y.iter_mut().zip(x).zip(columns.statistics()).zip(affine)
    {
        *y = T::narrow(x_hat(x, statistics) * w.widen() + b.widen());
    }
}

/// What every number of a column is standardized with. The means lie together, and so do
/// the rstds, as a loop over columns wants them.
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

    #[inline(always)]
    fn statistics(&self) -> impl Iterator<Item = (&T::Wide, &T::Wide)> {
        self.mean.iter().zip(&self.rstd)
    }

    fn len(&self) -> usize {
        self.weight.len()
    }

    /// The cotangents of weight and bias: the sums of `dy x_hat` and `dy` by column.
    pub(super) fn sums(&self, x: &[T], dy: &[T]) -> AffineSums<T::Wide> {
        let partial = map_rows(x.len(), self.len(), |rows| {
            let mut sums = AffineSums::zeros(self.len());
            let pairs = x[rows.clone()].chunks_exact(self.len()).zip(dy[rows].chunks_exact(self.len()));
            for (x, dy) in pairs {
                add_sums(x, dy, self, &mut sums);
            }
            sums
        });
        partial.iter().fold(AffineSums::zeros(self.len()), AffineSums::add)
    }

    /// The input's cotangent where the statistics depend on it.
    pub(super) fn backward(&self, x: &[T], dy: &[T], dx: &mut [T], across: &[Across<T::Wide>]) {
        let mean_h: Vec<_> = across.iter().map(|across| across.mean_h).collect();
        let mean_h_x_hat: Vec<_> = across.iter().map(|across| across.mean_h_x_hat).collect();
        for_each_piece(dx, self.len(), &|start, dx| {
            for (i, dx) in dx.chunks_exact_mut(self.len()).enumerate() {
                let at = start + i * self.len()..start + (i + 1) * self.len();
                row_backward(&x[at.clone()], &dy[at], dx, self, (&mean_h, &mean_h_x_hat));
            }
        });
    }

    /// The input's cotangent where the statistics were given.
    pub(super) fn scale(&self, dy: &[T], dx: &mut [T]) {
        for_each_piece(dx, self.len(), &|start, dx| {
            let rows = dy[start..start + dx.len()].chunks_exact(self.len());
            for (dy, dx) in rows.zip(dx.chunks_exact_mut(self.len())) {
                row_backward_given(dy, dx, self);
            }
        });
    }
}

#[inline(always)]
fn x_hat<T: Real>(x: T, (mean, rstd): (&T::Wide, &T::Wide)) -> T::Wide {
    (x.widen() - *mean) * *rstd
}

#[multiversion(targets("x86_64+avx2"))]
fn add_sums<T: Real>(x: &[T], dy: &[T], columns: &Columns<'_, T>, sums: &mut AffineSums<T::Wide>) {
    let sums = sums.weight.iter_mut().zip(&mut sums.bias);
    for (((&x, dy), statistics), (weight, bias)) in
        x.iter().zip(dy).zip(columns.statistics()).zip(sums)
    {
        *weight += dy.widen() * x_hat(x, statistics);
        *bias += dy.widen();
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn row_backward<T: Real>(
    x: &[T],
    dy: &[T],
    dx: &mut [T],
    columns: &Columns<'_, T>,
    (mean_h, mean_h_x_hat): (&[T::Wide], &[T::Wide]),
) {
    let across = mean_h.iter().zip(mean_h_x_hat);
    let columns = columns.statistics().zip(columns.weight).zip(across);
    for (((dx, &x), dy), ((statistics, w), (&mean_h, &mean_h_x_hat))) in
        dx.iter_mut().zip(x).zip(dy).zip(columns)
    {
        let h = dy.widen() * w.widen();
        let across = Across { mean_h, mean_h_x_hat };
        *dx = T::narrow(*statistics.1 * (h - across.at(x_hat(x, statistics))));
    }
}

#[multiversion(targets("x86_64+avx2"))]
fn row_backward_given<T: Real>(dy: &[T], dx: &mut [T], columns: &Columns<'_, T>) {
    for (((dx, dy), w), &rstd) in dx.iter_mut().zip(dy).zip(columns.weight).zip(&columns.rstd) {
        *dx = T::narrow(rstd * (dy.widen() * w.widen()));
    }
}
