//! One loop over one operand, one loop over two.

use multiversion::multiversion;

use super::parallel;
use super::strided::{Runs, run};

/// A strided operand: its storage, where it starts and how it steps.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Operand<'a, T> {
    pub(crate) data: &'a [T],
    pub(crate) offset: usize,
    pub(crate) strides: &'a [isize],
}

/// A function of one element, compiled into whatever loop calls it.
///
/// Closures are functions too; but LLVM inlines only what it thinks small, and a loop with
/// a call in it has no vectors. An implementation marked `#[inline(always)]` is inlined
/// whatever its size: GELU's 4096x1024 numbers took 232 ms, forward and backward, and less than a tenth after that.
pub(crate) trait Unary<A, U>: Sync {
    fn of(&self, a: A) -> U;
}

impl<A, U, F: Fn(A) -> U + Sync> Unary<A, U> for F {
    #[inline(always)]
    fn of(&self, a: A) -> U {
        self(a)
    }
}

/// A function of two elements; see [`Unary`].
pub(crate) trait Binary<A, B, U>: Sync {
    fn of(&self, a: A, b: B) -> U;
}

impl<A, B, U, F: Fn(A, B) -> U + Sync> Binary<A, B, U> for F {
    #[inline(always)]
    fn of(&self, a: A, b: B) -> U {
        self(a, b)
    }
}

/// `out[i] = f(x[i])` for contiguous slices of one length.
pub(crate) fn map_slices<T, U>(x: &[T], out: &mut [U], f: &impl Unary<T, U>)
where
    T: Copy + Sync,
    U: Send,
{
    assert_eq!(x.len(), out.len());
    parallel::for_each_piece(out, 1, &|start, piece| {
        map_piece(&x[start..start + piece.len()], piece, f);
    });
}

// ANCHOR: map_piece
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn map_piece<T: Copy, U, F: Unary<T, U>>(x: &[T], out: &mut [U], f: &F) {
    for (out, &x) in out.iter_mut().zip(x) {
        *out = f.of(x);
    }
}
// ANCHOR_END: map_piece

/// `out[i] = f(a[i], b[i])` for contiguous slices of one length.
pub(crate) fn zip_slices<A, B, U>(a: &[A], b: &[B], out: &mut [U], f: &impl Binary<A, B, U>)
where
    A: Copy + Sync,
    B: Copy + Sync,
    U: Send,
{
    assert_eq!((a.len(), b.len()), (out.len(), out.len()));
    parallel::for_each_piece(out, 1, &|start, piece| {
        let range = start..start + piece.len();
        zip_piece(&a[range.clone()], &b[range], piece, f);
    });
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub(super) fn zip_piece<A: Copy, B: Copy, U, F: Binary<A, B, U>>(
    a: &[A],
    b: &[B],
    out: &mut [U],
    f: &F,
) {
    for ((out, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *out = f.of(a, b);
    }
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
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub(crate) fn map_strided<T: Copy, U>(
    sizes: &[usize],
    x: Operand<'_, T>,
    out: &mut [U],
    f: &impl Unary<T, U>,
) {
    let runs = Runs::new(sizes, [(x.offset, x.strides)]);
    let (len, [step]) = (runs.len, runs.steps);
    for ([start], out) in runs.zip(out.chunks_mut(len.max(1))) {
        for (out, x) in out.iter_mut().zip(run(x.data, start, step, len)) {
            *out = f.of(x);
        }
    }
}

/// `out = f(a, b)` in row-major order of `sizes`, for any strides.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
pub(crate) fn zip_strided<A: Copy, B: Copy, U>(
    sizes: &[usize],
    a: Operand<'_, A>,
    b: Operand<'_, B>,
    out: &mut [U],
    f: &impl Binary<A, B, U>,
) {
    let runs = Runs::new(sizes, [(a.offset, a.strides), (b.offset, b.strides)]);
    let (len, [step_a, step_b]) = (runs.len, runs.steps);
    for ([start_a, start_b], out) in runs.zip(out.chunks_mut(len.max(1))) {
        let pairs = run(a.data, start_a, step_a, len).zip(run(b.data, start_b, step_b, len));
        for (out, (a, b)) in out.iter_mut().zip(pairs) {
            *out = f.of(a, b);
        }
    }
}
