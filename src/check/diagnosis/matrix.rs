//! Small dense matrices and least squares: the arithmetic of a diagnosis.

use crate::tensor::Tensor;

/// A matrix in row-major order.
#[derive(Clone, Debug)]
pub(super) struct Matrix {
    pub(super) rows: usize,
    pub(super) columns: usize,
    data: Vec<f64>,
}

impl Matrix {
    pub(super) fn from_fn(
        rows: usize,
        columns: usize,
        mut f: impl FnMut(usize, usize) -> f64,
    ) -> Self {
        let mut data = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            data.extend((0..columns).map(|j| f(i, j)));
        }
        Matrix { rows, columns, data }
    }

    /// From columns, each as long as there are rows.
    pub(super) fn from_columns(rows: usize, columns: &[Tensor<f64>]) -> Self {
        let mut matrix = Matrix::from_fn(rows, columns.len(), |_, _| 0.0);
        for (j, column) in columns.iter().enumerate() {
            for (i, x) in column.iter().enumerate() {
                matrix.data[i * columns.len() + j] = x;
            }
        }
        matrix
    }

    /// From rows, each as long as there are columns.
    pub(super) fn from_rows(columns: usize, rows: impl IntoIterator<Item = Vec<f64>>) -> Self {
        let data: Vec<f64> = rows.into_iter().flatten().collect();
        Matrix { rows: data.len() / columns.max(1), columns, data }
    }

    pub(super) fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.columns + j]
    }

    pub(super) fn row(&self, i: usize) -> &[f64] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }

    pub(super) fn map(&self, mut f: impl FnMut(usize, usize, f64) -> f64) -> Self {
        Matrix::from_fn(self.rows, self.columns, |i, j| f(i, j, self.at(i, j)))
    }

    pub(super) fn times(&self, other: &Matrix) -> Self {
        let mut product = Matrix::from_fn(self.rows, other.columns, |_, _| 0.0);
        for i in 0..self.rows {
            for (k, &a) in self.row(i).iter().enumerate().filter(|(_, a)| **a != 0.0) {
                let into = &mut product.data[i * other.columns..(i + 1) * other.columns];
                for (sum, &b) in into.iter_mut().zip(other.row(k)) {
                    *sum += a * b;
                }
            }
        }
        product
    }

    /// The largest entry's size.
    pub(super) fn size(&self) -> f64 {
        self.data.iter().fold(0.0, |size: f64, x| size.max(x.abs()))
    }
}

/// The numbers theta for which the sum of theta times term comes closest to `wanted`, by
/// the normal equations; `None` where the terms cannot be told apart.
pub(super) fn least_squares(terms: &[Vec<f64>], wanted: &[f64]) -> Option<Vec<f64>> {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let n = terms.len();
    // Scaled to unit length, so that one bound on the pivots suits all.
    let lengths: Vec<f64> = terms.iter().map(|term| dot(term, term).sqrt()).collect();
    if lengths.iter().any(|&length| length == 0.0 || !length.is_finite()) {
        return None;
    }
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|i| {
            let products = (0..n).map(|j| dot(&terms[i], &terms[j]) / lengths[i] / lengths[j]);
            products.chain([dot(&terms[i], wanted) / lengths[i]]).collect()
        })
        .collect();
    for pivot in 0..n {
        let best =
            (pivot..n).max_by(|&a, &b| rows[a][pivot].abs().total_cmp(&rows[b][pivot].abs()))?;
        rows.swap(pivot, best);
        if rows[pivot][pivot].abs() < 1e-9 {
            return None;
        }
        for i in 0..n {
            if i != pivot {
                let factor = rows[i][pivot] / rows[pivot][pivot];
                let subtracted = rows[pivot].clone();
                for (entry, subtracted) in rows[i].iter_mut().zip(subtracted).skip(pivot) {
                    *entry -= factor * subtracted;
                }
            }
        }
    }
    Some((0..n).map(|i| rows[i][n] / rows[i][i] / lengths[i]).collect())
}
