//! Softmax and log-softmax along the lines of a tensor.
//!
//! Where the dim is last a line is a row of memory, and stays in the cache from
//! its largest element to its result. Otherwise the lines run side by side, and
//! each pass walks memory in order with one accumulator a line. Neither copies
//! the tensor into another layout.

use multiversion::multiversion;

use super::lines::{Lines, reduce_rows, write_rows};
use super::parallel::for_each_piece;
use super::sum::{sum_by, sums};
use crate::real::Real;

/// What an element becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Softmax {
    /// `e^x / Σ e^x`.
    Plain,
    /// The same of `-x`.
    OfMinus,
    /// `x - ln Σ e^x`.
    Log,
}

// ANCHOR: kind
impl Softmax {
    #[inline(always)]
    fn sign<T: Real>(self) -> T {
        if self == Softmax::OfMinus { -T::ONE } else { T::ONE }
    }

    /// An element from its distance to the line's largest, its exponential, and
    /// their sum.
    #[inline(always)]
    fn output<T: Real>(self, below: T, exponential: T, total: Total<T>) -> T {
        if self == Softmax::Log { below - total.ln } else { exponential / total.sum }
    }

    /// How far the sum of `weight` over a line enters the backward: this is the
    /// row's only coupling.
    #[inline(always)]
    fn weight<T: Real>(self, y: T, g: T) -> T::Wide {
        if self == Softmax::Log { g.widen() } else { y.widen() * g.widen() }
    }

    #[inline(always)]
    fn backward<T: Real>(self, y: T, g: T, sum: T) -> T {
        match self {
            Softmax::Plain => y * (g - sum),
            Softmax::OfMinus => -(y * (g - sum)),
            Softmax::Log => g - y.exp_down() * sum,
        }
    }
}
// ANCHOR_END: kind

/// The sum of a line's exponentials, and its logarithm.
#[derive(Clone, Copy, Debug)]
struct Total<T> {
    sum: T,
    ln: T,
}

impl<T: Real> Total<T> {
    fn new(sum: T::Wide) -> Self {
        Total { sum: T::narrow(sum), ln: T::narrow(sum.ln()) }
    }
}

/// Softmax of contiguous `x` along its lines.
pub(crate) fn softmax<T: Real>(x: &[T], y: &mut [T], lines: Lines, kind: Softmax) {
    assert_eq!(x.len(), y.len());
    if lines.inner == 1 {
        for_each_piece(y, lines.len, &|start, piece| {
            let rows = x[start..start + piece.len()].chunks_exact(lines.len);
            for (x, y) in rows.zip(piece.chunks_exact_mut(lines.len)) {
                softmax_row(x, y, kind);
            }
        });
        return;
    }
    // ANCHOR: side_by_side
    let mut largest = vec![T::from_f64(f64::NEG_INFINITY); lines.outer * lines.inner];
    reduce_rows(&mut largest, lines, |largest, at| raise(largest, &x[at], kind));
    write_rows(y, lines, |lines, at, y| exponentials(&x[at], &largest[lines], y, kind));
    let mut total = vec![T::Wide::ZERO; largest.len()];
    reduce_rows(&mut total, lines, |total, at| add(total, &y[at]));
    let total: Vec<Total<T>> = total.into_iter().map(Total::new).collect();
    write_rows(y, lines, |lines, at, y| {
        outputs(&x[at], (&largest[lines.clone()], &total[lines]), y, kind);
    });
    // ANCHOR_END: side_by_side
}

/// x's cotangent from the output and its cotangent, all of them contiguous.
pub(crate) fn softmax_backward<T: Real>(
    y: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    lines: Lines,
    kind: Softmax,
) {
    assert_eq!((y.len(), grad_output.len()), (grad_input.len(), grad_input.len()));
    if lines.inner == 1 {
        for_each_piece(grad_input, lines.len, &|start, piece| {
            for (row, dx) in piece.chunks_exact_mut(lines.len).enumerate() {
                let row = start + row * lines.len..start + (row + 1) * lines.len;
                softmax_row_backward(&y[row.clone()], &grad_output[row], dx, kind);
            }
        });
        return;
    }
    // ANCHOR: side_by_side_backward
    let mut sum = vec![T::Wide::ZERO; lines.outer * lines.inner];
    reduce_rows(&mut sum, lines, |sum, at| {
        add_weights(sum, &y[at.clone()], &grad_output[at], kind);
    });
    write_rows(grad_input, lines, |lines, at, dx| {
        inputs_backward(&y[at.clone()], &grad_output[at], &sum[lines], dx, kind);
    });
    // ANCHOR_END: side_by_side_backward
}

// ANCHOR: neighbours
/// One element of each of several lines: is it the largest of its line so far?
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn raise<T: Real>(largest: &mut [T], x: &[T], kind: Softmax) {
    let sign = kind.sign::<T>();
    for (largest, x) in largest.iter_mut().zip(x) {
        *largest = larger(*largest, sign * x.detach());
    }
}

/// The exponentials of one element of each of several lines.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn exponentials<T: Real>(x: &[T], largest: &[T], y: &mut [T], kind: Softmax) {
    let sign = kind.sign::<T>();
    for ((y, &x), &largest) in y.iter_mut().zip(x).zip(largest) {
        *y = (sign * x - largest).exp_down();
    }
}
// ANCHOR_END: neighbours

/// To the sum of each of several lines, one element of it.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn add<T: Real>(total: &mut [T::Wide], y: &[T]) {
    for (total, y) in total.iter_mut().zip(y) {
        *total += y.widen();
    }
}

/// The outputs in place of the exponentials, for one element of each of several lines.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn outputs<T: Real>(x: &[T], (largest, total): (&[T], &[Total<T>]), y: &mut [T], kind: Softmax) {
    let sign = kind.sign::<T>();
    for (((y, &x), &largest), &total) in y.iter_mut().zip(x).zip(largest).zip(total) {
        *y = kind.output(sign * x - largest, *y, total);
    }
}

/// To what couples each of several lines, what one element of it adds.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn add_weights<T: Real>(sum: &mut [T::Wide], y: &[T], grad_output: &[T], kind: Softmax) {
    for ((sum, &y), &g) in sum.iter_mut().zip(y).zip(grad_output) {
        *sum += kind.weight(y, g);
    }
}

/// The cotangents of one element of each of several lines.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn inputs_backward<T: Real>(
    y: &[T],
    grad_output: &[T],
    sum: &[T::Wide],
    grad_input: &mut [T],
    kind: Softmax,
) {
    for (((dx, &y), &g), &sum) in grad_input.iter_mut().zip(y).zip(grad_output).zip(sum) {
        *dx = kind.backward(y, g, T::narrow(sum));
    }
}

// Two rows at a time, first the largest of both, took 64M numbers in rows of 1024 from 31 ms
// forward to 23, and 4M from 1.1 to 1.2: see the chapter on speed.
// ANCHOR: row
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn softmax_row<T: Real>(x: &[T], y: &mut [T], kind: Softmax) {
    let sign = kind.sign::<T>();
    // Less the largest element no exponential overflows. It cancels in the
    // quotient, so it is a constant to whoever differentiates.
    let largest = largest(x, sign);
    for (&x, y) in x.iter().zip(&mut *y) {
        *y = (sign * x - largest).exp_down();
    }
    let sum = sum_by(&*y, Real::widen);
    let total = Total::new(sum);
    for (&x, y) in x.iter().zip(y) {
        *y = kind.output(sign * x - largest, *y, total);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn softmax_row_backward<T: Real>(y: &[T], grad_output: &[T], grad_input: &mut [T], kind: Softmax) {
    let [sum] = sums([y, grad_output], |[sum], [y, g]| [sum + kind.weight(y, g)]);
    let sum = T::narrow(sum);
    for ((&y, &g), dx) in y.iter().zip(grad_output).zip(grad_input) {
        *dx = kind.backward(y, g, sum);
    }
}
// ANCHOR_END: row

/// The largest of `sign * x`; a NaN is passed over, to show up in the sum.
#[inline(always)]
fn largest<T: Real>(x: &[T], sign: T) -> T {
    let mut lanes = [T::from_f64(f64::NEG_INFINITY); 16];
    let mut chunks = x.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, &x) in lanes.iter_mut().zip(chunk) {
            *lane = larger(*lane, sign * x.detach());
        }
    }
    let rest = chunks.remainder().iter().map(|x| sign * x.detach());
    rest.chain(lanes).fold(T::from_f64(f64::NEG_INFINITY), larger)
}

#[inline(always)]
fn larger<T: Real>(a: T, b: T) -> T {
    if b > a { b } else { a }
}
