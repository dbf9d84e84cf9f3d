//! One loop over one operand, one loop over two.

use super::parallel;
use super::strided::{Runs, run};

/// A strided operand: its storage, where it starts and how it steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) offset: usize,
    pub(crate) strides: &'a [isize],
}

/// `out[i] = f(x[i])` for contiguous slices of one length.
pub(crate) fn map_slices<T, U>(x: &[T], out: &mut [U], f: impl Fn(T) -> U + Sync + Send)
where
    T: Copy + Sync,
    U: Send,
{
    assert_eq!(x.len(), out.len());
    parallel::for_each_piece(out, 1, &|start, piece| {
        let x = &x[start..start + piece.len()];
        for (out, &x) in piece.iter_mut().zip(x) {
            *out = f(x);
        }
    });
}

/// `out[i] = f(a[i], b[i])` for contiguous slices of one length.
pub(crate) fn zip_slices<A, B, U>(
    a: &[A],
    b: &[B],
    out: &mut [U],
    f: impl Fn(A, B) -> U + Sync + Send,
) where
    A: Copy + Sync,
    B: Copy + Sync,
    U: Send,
{
    assert_eq!((a.len(), b.len()), (out.len(), out.len()));
    parallel::for_each_piece(out, 1, &|start, piece| {
        let range = start..start + piece.len();
        for ((out, &a), &b) in piece.iter_mut().zip(&a[range.clone()]).zip(&b[range]) {
            *out = f(a, b);
        }
    });
}

/// `f(&mut a[i], b[i])` for contiguous slices of one length.
pub(crate) fn update_slices<A, B>(a: &mut [A], b: &[B], f: impl Fn(&mut A, B) + Sync + Send)
where
    A: Send,
    B: Copy + Sync,
{
    assert_eq!(a.len(), b.len());
    parallel::for_each_piece(a, 1, &|start, piece| {
        let b = &b[start..start + piece.len()];
        for (a, &b) in piece.iter_mut().zip(b) {
            f(a, b);
        }
    });
}

/// `out = f(x)` in row-major order of `sizes`, for any strides.
pub(crate) fn map_strided<T: Copy, U>(
    sizes: &[usize],
    x: Operand<'_, T>,
    out: &mut [U],
    f: impl Fn(T) -> U,
) {
    let runs = Runs::new(sizes, [(x.offset, x.strides)]);
    let (len, [step]) = (runs.len, runs.steps);
    for ([start], out) in runs.zip(out.chunks_mut(len.max(1))) {
        for (out, x) in out.iter_mut().zip(run(x.data, start, step, len)) {
            *out = f(x);
        }
    }
}

/// `out = f(a, b)` in row-major order of `sizes`, for any strides.
pub(crate) fn zip_strided<A: Copy, B: Copy, U>(
    sizes: &[usize],
    a: Operand<'_, A>,
    b: Operand<'_, B>,
    out: &mut [U],
    f: impl Fn(A, B) -> U,
) {
    let runs = Runs::new(sizes, [(a.offset, a.strides), (b.offset, b.strides)]);
    let (len, [step_a, step_b]) = (runs.len, runs.steps);
    for ([start_a, start_b], out) in runs.zip(out.chunks_mut(len.max(1))) {
        let pairs = run(a.data, start_a, step_a, len).zip(run(b.data, start_b, step_b, len));
        for (out, (a, b)) in out.iter_mut().zip(pairs) {
            *out = f(a, b);
        }
    }
}
