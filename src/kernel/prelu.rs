//! Negative numbers times slopes: one slope for all, or one for each channel.

use multiversion::multiversion;

use super::parallel::{for_each_piece, map_pieces};
use super::sum::sums;
use crate::real::Real;

/// Which slope a number of a contiguous tensor has: that of its channel, the slopes being
/// taken in turn for `inner` numbers each.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Slopes<'a, T> {
    pub(crate) slopes: &'a [T],
    pub(crate) inner: usize,
}

impl<T: Real> Slopes<'_, T> {
    /// The one slope of the stretch of `inner` numbers with this index.
    fn of_stretch(&self, index: usize) -> (usize, T) {
        let channel = index % self.slopes.len();
        (channel, self.slopes[channel])
    }

    /// How many numbers a piece of work must not cut through.
    fn unit(&self) -> usize {
        match (self.slopes.len(), self.inner) {
            (1, _) => 1,
            (channels, 1) => channels,
            (_, inner) => inner,
        }
    }
}

/// y from x.
pub(crate) fn prelu<T: Real>(x: &[T], y: &mut [T], slopes: Slopes<'_, T>) {
    assert_eq!(x.len(), y.len());
    let unit = slopes.unit();
    for_each_piece(y, unit, &|start, y| {
        let x = &x[start..start + y.len()];
        if let [slope] = slopes.slopes {
            return scale(x, y, *slope);
        }
        for (i, (x, y)) in x.chunks_exact(unit).zip(y.chunks_exact_mut(unit)).enumerate() {
            if slopes.inner == 1 {
                scale_row(x, y, slopes.slopes);
            } else {
                scale(x, y, slopes.of_stretch(start / unit + i).1);
            }
        }
    });
}

/// x's cotangent from the output's, and the slopes', in the wide type.
pub(crate) fn prelu_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    slopes: Slopes<'_, T>,
) -> Vec<T::Wide> {
    assert_eq!((x.len(), grad_output.len()), (grad_input.len(), grad_input.len()));
    let unit = slopes.unit();
    let partial = map_pieces(grad_input, unit, |start, dx| {
        let range = start..start + dx.len();
        let (x, g) = (&x[range.clone()], &grad_output[range]);
        if let [slope] = slopes.slopes {
            return vec![(0, backward(x, g, dx, *slope))];
        }
        let units = x.chunks_exact(unit).zip(g.chunks_exact(unit)).zip(dx.chunks_exact_mut(unit));
        if slopes.inner == 1 {
            let mut sums = vec![T::Wide::ZERO; unit];
            units.for_each(|((x, g), dx)| backward_row(x, g, dx, slopes.slopes, &mut sums));
            return sums.into_iter().enumerate().collect();
        }
        let stretches = (start / unit..).map(|index| slopes.of_stretch(index)).zip(units);
        let terms =
            stretches.map(|((channel, slope), ((x, g), dx))| (channel, backward(x, g, dx, slope)));
        terms.collect()
    });
    let mut sums = vec![T::Wide::ZERO; slopes.slopes.len()];
    for (channel, term) in partial.into_iter().flatten() {
        sums[channel] += term;
    }
    sums
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn scale<T: Real>(x: &[T], y: &mut [T], slope: T) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = if x > T::ZERO { x } else { slope * x };
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn scale_row<T: Real>(x: &[T], y: &mut [T], slopes: &[T]) {
    for ((y, &x), &slope) in y.iter_mut().zip(x).zip(slopes) {
        *y = if x > T::ZERO { x } else { slope * x };
    }
}

/// A stretch with one slope; returns what the slope collects from it.
// ANCHOR: backward
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn backward<T: Real>(x: &[T], grad_output: &[T], grad_input: &mut [T], slope: T) -> T::Wide {
    for ((dx, &x), &g) in grad_input.iter_mut().zip(x).zip(grad_output) {
        *dx = if x > T::ZERO { g } else { slope * g };
    }
    let [sum] = sums([x, grad_output], |[sum], [x, g]| [sum + through_negative(x, g)]);
    sum
}

#[inline(always)]
fn through_negative<T: Real>(x: T, g: T) -> T::Wide {
    if x > T::ZERO { T::Wide::ZERO } else { x.widen() * g.widen() }
}
// ANCHOR_END: backward

/// A row in which every number has a slope of its own.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn backward_row<T: Real>(x: &[T], g: &[T], dx: &mut [T], slopes: &[T], sums: &mut [T::Wide]) {
    for ((((dx, &x), &g), &slope), sum) in dx.iter_mut().zip(x).zip(g).zip(slopes).zip(sums) {
        *dx = if x > T::ZERO { g } else { slope * g };
        *sum += through_negative(x, g);
    }
}
