//! A scaled tanh along rows, with a weight and a bias for each column.

use super::parallel::{for_each_piece, map_pieces};
use crate::real::Real;

/// `y = weight tanh(alpha x) + bias` for rows as long as the weight.
pub(crate) fn dyt<T: Real>(x: &[T], alpha: T, weight: &[T], bias: &[T], y: &mut [T]) {
    assert_eq!((x.len(), bias.len()), (y.len(), weight.len()));
    let (len, alpha) = (weight.len(), alpha.widen());
    for_each_piece(y, len, &|start, piece| {
        let rows = x[start..start + piece.len()].chunks_exact(len);
        for (x, y) in rows.zip(piece.chunks_exact_mut(len)) {
            // ANCHOR: forward
            for (((y, &x), &w), &b) in y.iter_mut().zip(x).zip(weight).zip(bias) {
                *y = T::narrow((alpha * x.widen()).tanh() * w.widen() + b.widen());
            }
            // ANCHOR_END: forward
        }
    });
}

/// The cotangents of alpha, weight and bias, summed over rows in the wide type.
#[derive(Clone, Debug)]
pub(crate) struct DytSums<W> {
    pub(crate) alpha: W,
    pub(crate) weight: Vec<W>,
    pub(crate) bias: Vec<W>,
}

impl<W: Real> DytSums<W> {
    fn zeros(len: usize) -> Self {
        DytSums { alpha: W::ZERO, weight: vec![W::ZERO; len], bias: vec![W::ZERO; len] }
    }

    fn add(mut self, other: Self) -> Self {
        self.alpha += other.alpha;
        let pairs = self.weight.iter_mut().zip(other.weight);
        for (sum, term) in pairs.chain(self.bias.iter_mut().zip(other.bias)) {
            *sum += term;
        }
        self
    }
}

/// x's cotangent from the output's, and the parameters'.
pub(crate) fn dyt_backward<T: Real>(
    x: &[T],
    alpha: T,
    weight: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
) -> DytSums<T::Wide> {
    assert_eq!((x.len(), grad_output.len()), (grad_input.len(), grad_input.len()));
    let (len, alpha) = (weight.len(), alpha.widen());
    let pieces = map_pieces(grad_input, len, |start, piece| {
        let mut sums = DytSums::zeros(len);
        for (row, dx) in piece.chunks_exact_mut(len).enumerate() {
            let at = start + row * len..start + (row + 1) * len;
            let (x, dy) = (&x[at.clone()], &grad_output[at]);
            // ANCHOR: backward
            for j in 0..len {
                let (x, dy) = (x[j].widen(), dy[j].widen());
                let tanh = (alpha * x).tanh();
                let h = dy * weight[j].widen() * ((T::Wide::ONE - tanh) * (T::Wide::ONE + tanh));
                dx[j] = T::narrow(alpha * h);
                // At infinity tanh is flat, and no alpha moves it.
                let is_flat = !x.is_finite() && h == T::Wide::ZERO;
                sums.alpha += if is_flat { T::Wide::ZERO } else { x * h };
                sums.weight[j] += dy * tanh;
                sums.bias[j] += dy;
            }
            // ANCHOR_END: backward
        }
        sums
    });
    pieces.into_iter().fold(DytSums::zeros(len), DytSums::add)
}
