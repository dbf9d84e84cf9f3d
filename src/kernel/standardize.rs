//! Standardizing one row, forward and backward, each element rounded once.

use super::sum::sums;
use crate::real::Real;

/// The statistics of one row, in the wide type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct RowStatistics<W> {
    pub(crate) mean: W,
    /// 1 / sqrt(variance + eps).
    pub(crate) rstd: W,
}

impl<W: Real> RowStatistics<W> {
    /// (x - mean) rstd.
    pub(crate) fn x_hat<T: Real<Wide = W>>(&self, x: T) -> W {
        (x.widen() - self.mean) * self.rstd
    }
}

/// `y = x_hat weight + bias`, elementwise along the row.
pub(crate) fn standardize<T: Real>(
    x: &[T],
    statistics: RowStatistics<T::Wide>,
    weight: &[T],
    bias: &[T],
    y: &mut [T],
) {
    // ANCHOR: forward
    for (((y, &x), w), b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
        *y = T::narrow(statistics.x_hat(x) * w.widen() + b.widen());
    }
    // ANCHOR_END: forward
}

/// The cotangent of a row from that of its standardized output:
///
/// ```text
/// h = dy weight
/// dx = rstd (h - mean(h) - x_hat mean(h x_hat))
/// ```
pub(crate) fn standardize_backward<T: Real>(
    x: &[T],
    statistics: RowStatistics<T::Wide>,
    weight: &[T],
    dy: &[T],
    dx: &mut [T],
) {
    // ANCHOR: backward
    let len = dx.len();
    let (x, weight, dy) = (&x[..len], &weight[..len], &dy[..len]);
    let n = T::Wide::from_f64(len as f64);
    let [sum_h, sum_h_x_hat] = sums(len, |j| {
        let h = dy[j].widen() * weight[j].widen();
        [h, h * statistics.x_hat(x[j])]
    });
    let (mean_h, mean_h_x_hat) = (sum_h / n, sum_h_x_hat / n);
    for (((dx, &x), dy), w) in dx.iter_mut().zip(x).zip(dy).zip(weight) {
        let h = dy.widen() * w.widen();
        let across = mean_h + statistics.x_hat(x) * mean_h_x_hat;
        *dx = T::narrow(statistics.rstd * (h - across));
    }
    // ANCHOR_END: backward
}

/// What the rows contribute to weight and bias, in the wide type.
#[derive(Clone, Debug)]
pub(crate) struct AffineSums<W> {
    pub(crate) weight: Vec<W>,
    pub(crate) bias: Vec<W>,
}

impl<W: Real> AffineSums<W> {
    pub(crate) fn zeros(n: usize) -> Self {
        AffineSums { weight: vec![W::ZERO; n], bias: vec![W::ZERO; n] }
    }

    pub(crate) fn add(mut self, other: Self) -> Self {
        for (sum, term) in self.weight.iter_mut().zip(other.weight) {
            *sum += term;
        }
        for (sum, term) in self.bias.iter_mut().zip(other.bias) {
            *sum += term;
        }
        self
    }
}
