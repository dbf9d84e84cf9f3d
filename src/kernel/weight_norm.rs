//! Rows scaled to given lengths.

use super::p_norm::{Norm, row_norm};
use super::parallel::map_pieces;
use super::sum::sums;
use crate::real::Real;

/// Scales each row of `v`, of which there are as many as numbers in `g`, to the
/// length g; returns the rows' own lengths.
pub(crate) fn weight_norm<T: Real>(v: &[T], g: &[T], w: &mut [T]) -> Vec<T::Wide> {
    assert_eq!(v.len(), w.len());
    let len = v.len() / g.len().max(1);
    if len == 0 {
        return vec![T::Wide::ZERO; g.len()];
    }
    let pieces = map_pieces(w, len, |start, piece| {
        let rows = v[start..start + piece.len()].chunks_exact(len);
        let rows = rows.zip(&g[start / len..]).zip(piece.chunks_exact_mut(len));
        // ANCHOR: forward
        let scale_row = |((v, g), w): ((&[T], &T), &mut [T])| {
            let length = row_norm(v, Norm::Euclidean);
            for (w, &v) in w.iter_mut().zip(v) {
                *w = T::narrow(g.widen() * (v.widen() / length));
            }
            length
        };
        // ANCHOR_END: forward
        rows.map(scale_row).collect::<Vec<_>>()
    });
    pieces.concat()
}

/// v's and g's cotangents from that of the scaled rows and the rows' lengths.
pub(crate) fn weight_norm_backward<T: Real>(
    (v, g): (&[T], &[T]),
    lengths: &[T::Wide],
    grad_w: &[T],
    grad_v: &mut [T],
) -> Vec<T> {
    assert_eq!((v.len(), grad_w.len()), (grad_v.len(), grad_v.len()));
    let len = v.len() / g.len().max(1);
    if len == 0 {
        return vec![T::ZERO; g.len()];
    }
    let pieces = map_pieces(grad_v, len, |start, piece| {
        let first = start / len;
        let backward_row = |(row, dv): (usize, &mut [T])| {
            let at = start + row * len..start + (row + 1) * len;
            let (v, dw) = (&v[at.clone()], &grad_w[at]);
            let (g, length) = (g[first + row].widen(), lengths[first + row]);
            // ANCHOR: backward
            let [along] =
                sums([v, dw], |[along], [v, dw]| [dw.widen().mul_add(v.widen() / length, along)]);
            for ((dv, &v), &dw) in dv.iter_mut().zip(v).zip(dw) {
                let across = dw.widen() - along * (v.widen() / length);
                *dv = T::narrow(g * across / length);
            }
            // ANCHOR_END: backward
            T::narrow(along)
        };
        piece.chunks_exact_mut(len).enumerate().map(backward_row).collect::<Vec<_>>()
    });
    pieces.concat()
}
