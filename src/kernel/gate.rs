//! Gated units: one half of every line times a function of the other half.

use super::lines::{Lines, parts_by_row};
use super::parallel::for_each_piece;
use crate::real::Real;

/// `y = a * gate(b)` for `x = [a, b]` along `lines` (of which `len` is even).
pub(crate) fn gate<T: Real>(x: &[T], y: &mut [T], lines: Lines, gate: impl Fn(T) -> T + Sync) {
    let half = lines.len / 2 * lines.inner;
    assert_eq!((x.len(), y.len()), (lines.outer * 2 * half, lines.outer * half));
    for_each_piece(y, 1, &|start, piece| {
        for part in parts_by_row(start, piece.len(), half) {
            // The y of row r begins at r half, its a at 2 r half, its b half later.
            let a = part.start + part.start / half * half;
            let (a, b) = (&x[a..a + part.len()], &x[a + half..a + half + part.len()]);
            let y = &mut piece[part.start - start..part.end - start];
            // ANCHOR: forward
            for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
                *y = a * gate(b);
            }
            // ANCHOR_END: forward
        }
    });
}

/// `dx = [da, db]` with `da = value(b, g)` and `db = gate(b, a * g)`.
pub(crate) fn gate_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    lines: Lines,
    value: impl Fn(T, T) -> T + Sync,
    gate: impl Fn(T, T) -> T + Sync,
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
                for (((dx, &b), &a), &g) in dx.iter_mut().zip(&x[part]).zip(a).zip(g) {
                    *dx = gate(b, a * g);
                }
            } else {
                let b = &x[part.start + half..part.end + half];
                for ((dx, &b), &g) in dx.iter_mut().zip(b).zip(g) {
                    *dx = value(b, g);
                }
            }
            // ANCHOR_END: backward
        }
    });
}
