//! Gated units: one half of every line times a function of the other half.

use multiversion::multiversion;

use super::elementwise::{Binary, zip_piece};
use super::lines::{Lines, parts_by_row};
use super::parallel::for_each_piece;
use crate::real::Real;

/// `y = gated(a, b)` for `x = [a, b]` along `lines` (of which `len` is even).
pub(crate) fn gate<T: Real>(x: &[T], y: &mut [T], lines: Lines, gated: &impl Binary<T, T, T>) {
    let half = lines.len / 2 * lines.inner;
    assert_eq!((x.len(), y.len()), (lines.outer * 2 * half, lines.outer * half));
    for_each_piece(y, 1, &|start, piece| {
        for part in parts_by_row(start, piece.len(), half) {
            // The y of row r begins at r half, its a at 2 r half, its b half later.
            let a = part.start + part.start / half * half;
            let (a, b) = (&x[a..a + part.len()], &x[a + half..a + half + part.len()]);
            zip_piece(a, b, &mut piece[part.start - start..part.end - start], gated);
        }
    });
}

/// `dx = [da, db]` with `da = value(b, g)` and `db = gate(b, a * g)`.
pub(crate) fn gate_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    lines: Lines,
    value: &impl Binary<T, T, T>,
    gate: &impl Binary<T, T, T>,
) {
    let half = lines.len / 2 * lines.inner;
    assert_eq!((x.len(), grad_input.len()), (lines.outer * 2 * half, lines.outer * 2 * half));
    for_each_piece(grad_input, 1, &|start, piece| {
        for part in parts_by_row(start, piece.len(), half) {
            // Parts lie in an a and in a b by turns; the other half is `half` away.
            let (row, is_gate) = (part.start / half / 2, part.start / half % 2 == 1);
            let dx = &mut piece[part.start - start..part.end - start];
            let g = part.start - (row + usize::from(is_gate)) * half;
            let g = &grad_output[g..g + part.len()];
            // ANCHOR: backward
            if is_gate {
                let a = &x[part.start - half..part.end - half];
                gate_piece((a, &x[part]), g, dx, gate);
            } else {
                let b = &x[part.start + half..part.end + half];
                zip_piece(b, g, dx, value);
            }
            // ANCHOR_END: backward
        }
    });
}

// ANCHOR: gate_piece
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma", "x86_64+avx2+fma"))]
fn gate_piece<T: Real, F: Binary<T, T, T>>((a, b): (&[T], &[T]), g: &[T], dx: &mut [T], gate: &F) {
    for (((dx, &b), &a), &g) in dx.iter_mut().zip(b).zip(a).zip(g) {
        *dx = gate.of(b, a * g);
    }
}
// ANCHOR_END: gate_piece
