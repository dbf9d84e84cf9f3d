//! A scaled tanh along rows, with a weight and a bias for each column.

use multiversion::multiversion;

use super::parallel::{for_each_piece, map_pieces};
use super::sum::sums;
use crate::real::Real;

/// `y = weight tanh(alpha x) + bias` for rows as long as the weight.
pub(crate) fn dyt<T: Real>(x: &[T], alpha: T, weight: &[T], bias: &[T], y: &mut [T]) {
    assert_eq!((x.len(), bias.len()), (y.len(), weight.len()));
    let len = weight.len();
    for_each_piece(y, len, &|start, piece| {
        let rows = x[start..start + piece.len()].chunks_exact(len);
        for (x, y) in rows.zip(piece.chunks_exact_mut(len)) {
            dyt_row(x, y, alpha, (weight, bias));
        }
    });
}

/// The tanh is of the tensors' own type: of f32 that one is a vector of straight lines,
/// and of f64 a call for each number, which took twenty times as long. It has a loop of its
/// own, because a loop with an f64 in it has vectors of four.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn dyt_row<T: Real>(x: &[T], y: &mut [T], alpha: T, (weight, bias): (&[T], &[T])) {
    // ANCHOR: forward
    for (y, &x) in y.iter_mut().zip(x) {
        *y = (alpha * x).tanh();
    }
    for ((y, &w), &b) in y.iter_mut().zip(weight).zip(bias) {
        *y = T::narrow(y.widen() * w.widen() + b.widen());
    }
    // ANCHOR_END: forward
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
    let len = weight.len();
    let pieces = map_pieces(grad_input, len, |start, piece| {
        let (mut sums, mut tanh) = (DytSums::zeros(len), vec![T::ZERO; len]);
        for (row, dx) in piece.chunks_exact_mut(len).enumerate() {
            let at = start + row * len..start + (row + 1) * len;
            sums.alpha += row_backward(
                (&x[at.clone()], &grad_output[at]),
                (dx, &mut tanh),
                (alpha, weight),
                (&mut sums.weight, &mut sums.bias),
            );
        }
        sums
    });
    pieces.into_iter().fold(DytSums::zeros(len), DytSums::add)
}

/// One row's part of [`dyt_backward`]; returns what alpha collects from it.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn row_backward<T: Real>(
    (x, dy): (&[T], &[T]),
    (dx, tanh): (&mut [T], &mut [T]),
    (alpha, weight): (T, &[T]),
    (of_weight, of_bias): (&mut [T::Wide], &mut [T::Wide]),
) -> T::Wide {
    // ANCHOR: backward
    for ((dx, tanh), &x) in dx.iter_mut().zip(&mut *tanh).zip(x) {
        (*dx, *tanh) = (slope_of_tanh(alpha * x), (alpha * x).tanh());
    }
    let h = |slope: T, dy: T, w: T| dy.widen() * w.widen() * slope.widen();
    let [of_alpha] = sums([&*dx, x, dy, weight], |[sum], [slope, x, dy, w]| {
        let h = h(slope, dy, w);
        // At infinity tanh is flat, and no alpha moves it.
        let is_flat = !x.is_finite() && h == T::Wide::ZERO;
        [if is_flat { sum } else { x.widen().mul_add(h, sum) }]
    });
    for ((dx, &dy), &w) in dx.iter_mut().zip(dy).zip(weight) {
        *dx = T::narrow(alpha.widen() * h(*dx, dy, w));
    }
    for (((of_weight, of_bias), &tanh), dy) in of_weight.iter_mut().zip(of_bias).zip(&*tanh).zip(dy)
    {
        *of_weight += dy.widen() * tanh.widen();
        *of_bias += dy.widen();
    }
    of_alpha
    // ANCHOR_END: backward
}

// ANCHOR: slope
/// 1 - tanh², without the subtraction, in which an f32 loses the slope altogether from 9 on.
#[inline(always)]
fn slope_of_tanh<T: Real>(u: T) -> T {
    let e = (-(u.abs() + u.abs())).exp_down();
    T::from_f64(4.0) * e / ((T::ONE + e) * (T::ONE + e))
}
// ANCHOR_END: slope
