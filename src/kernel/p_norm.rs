//! p-norms of lines, and lines divided by theirs.

use super::lines::{Lines, elementwise_by_line, reduce_lines};
use super::parallel::{for_each_piece, map_pieces};
use super::sum::{sum_by, sums};
use crate::real::Real;

/// Which norm.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Norm {
    /// p = 0: how many numbers are not 0.
    Count,
    /// p = 1: `Σ |x|`.
    Sum,
    /// p = 2: `sqrt(Σ x²)`.
    Euclidean,
    /// `(Σ |x|^p)^(1/p)`.
    Power(f64),
    /// p = inf: the largest `|x|`.
    Largest,
    /// p = -inf: the smallest `|x|`.
    Smallest,
}

impl Norm {
    /// The norm of a p.
    pub(crate) fn of(p: f64) -> Self {
        match p {
            0.0 => Norm::Count,
            1.0 => Norm::Sum,
            2.0 => Norm::Euclidean,
            f64::INFINITY => Norm::Largest,
            f64::NEG_INFINITY => Norm::Smallest,
            p => Norm::Power(p),
        }
    }

    /// Whether a line's extreme must be known before its sums: the powers of
    /// numbers relative to it neither overflow nor all vanish.
    fn needs_extreme(self) -> bool {
        matches!(self, Norm::Power(_) | Norm::Largest | Norm::Smallest)
    }

    /// Whether the extreme is the largest.
    fn is_from_above(self) -> bool {
        !matches!(self, Norm::Smallest) && !matches!(self, Norm::Power(p) if p < 0.0)
    }

    /// The extreme of nothing.
    fn outermost<W: Real>(self) -> W {
        if self.is_from_above() { W::ZERO } else { W::from_f64(f64::INFINITY) }
    }

    /// The more extreme of two sizes, or the NaN among them. It is a constant to
    /// whoever differentiates: it cancels in a power's norm.
    fn more_extreme<W: Real>(self, a: W, x: W) -> W {
        let b = x.abs().detach();
        let b_wins = if self.is_from_above() { b > a } else { b < a };
        if a.is_nan() || !(b_wins || b.is_nan()) { a } else { b }
    }

    /// What a number adds to a line's two sums: its share of the norm, and
    /// whether it ties for the extreme.
    fn terms<W: Real>(self, x: W, extreme: W) -> [W; 2] {
        let size = x.abs();
        match self {
            Norm::Count => [if x == W::ZERO { W::ZERO } else { W::ONE }, W::ZERO],
            Norm::Sum => [size, W::ZERO],
            Norm::Euclidean => [x * x, W::ZERO],
            // A power below 1 has no slope at 0; 0 is what PyTorch takes.
            Norm::Power(_) if x == W::ZERO => [W::ZERO, W::ZERO],
            Norm::Power(2.0) => [(x / extreme) * (x / extreme), W::ZERO],
            Norm::Power(p) => [(size / extreme).powf(p), W::ZERO],
            // All that tie share the slope.
            Norm::Largest | Norm::Smallest if size == extreme => [size - extreme, W::ONE],
            Norm::Largest | Norm::Smallest => [W::ZERO, W::ZERO],
        }
    }

    /// A line's norm from its sums.
    fn finish<W: Real>(self, [total, ties]: [W; 2], extreme: W) -> W {
        let is_ordinary = extreme > W::ZERO && extreme.is_finite();
        match self {
            Norm::Count | Norm::Sum => total,
            Norm::Euclidean => total.sqrt(),
            _ if !is_ordinary => extreme,
            Norm::Power(p) => extreme * total.powf(1.0 / p),
            Norm::Largest | Norm::Smallest => extreme + total / ties,
        }
    }

    // ANCHOR: slope
    /// The norm's derivative by one number of the line, `sgn(x) |x / norm|^(p-1)`.
    fn slope<W: Real>(self, x: W, norm: W, ties: W) -> W {
        let size = match self {
            Norm::Count => return W::ZERO,
            Norm::Euclidean => return x / norm,
            Norm::Sum => W::ONE,
            Norm::Power(p) => (x.abs() / norm).powf(p - 1.0),
            Norm::Largest | Norm::Smallest if x.abs() == norm => W::ONE / ties,
            Norm::Largest | Norm::Smallest => W::ZERO,
        };
        if x > W::ZERO {
            size
        } else if x < W::ZERO {
            -size
        } else {
            W::ZERO
        }
    }
    // ANCHOR_END: slope
}

/// Whether a length's square is a number that f64 holds, and with it every square
/// that counts.
fn is_in_range<W: Real>(length: W) -> bool {
    (1e-140..1e154).contains(&length.to_f64())
}

/// The norm of one row.
pub(crate) fn row_norm<T: Real>(x: &[T], norm: Norm) -> T::Wide {
    if norm == Norm::Euclidean {
        let length = sum_by(x, |x| x.widen() * x.widen()).sqrt();
        return if is_in_range(length) { length } else { row_norm(x, Norm::Power(2.0)) };
    }
    let outermost = norm.outermost::<T::Wide>();
    let extreme = if norm.needs_extreme() {
        x.iter().fold(outermost, |extreme, x| norm.more_extreme(extreme, x.widen()))
    } else {
        outermost
    };
    let sums = sums([x], |[sum, ties], [x]| {
        let [term, tie] = norm.terms(x.widen(), extreme);
        [sum + term, ties + tie]
    });
    norm.finish(sums, extreme)
}

/// The norms of lines that lie side by side.
fn line_norms<T: Real>(x: &[T], lines: Lines, norm: Norm) -> Vec<T::Wide> {
    let mut extremes = vec![norm.outermost::<T::Wide>(); lines.outer * lines.inner];
    if norm.needs_extreme() {
        reduce_lines(&mut extremes, lines, |extreme, at| {
            *extreme = norm.more_extreme(*extreme, x[at].widen());
        });
    }
    // Each with its extreme, which the terms are relative to.
    let mut totals: Vec<_> = extremes.into_iter().map(|e| ([T::Wide::ZERO; 2], e)).collect();
    reduce_lines(&mut totals, lines, |(total, extreme), at| {
        add(total, norm.terms(x[at].widen(), *extreme));
    });
    let mut norms: Vec<_> =
        totals.iter().map(|(total, extreme)| norm.finish(*total, *extreme)).collect();
    if norm == Norm::Euclidean && !norms.iter().all(|length| is_in_range(*length)) {
        let relative = line_norms(x, lines, Norm::Power(2.0));
        for (length, relative) in norms.iter_mut().zip(relative) {
            if !is_in_range(*length) {
                *length = relative;
            }
        }
    }
    norms
}

fn add<W: Real>(total: &mut [W; 2], terms: [W; 2]) {
    total[0] += terms[0];
    total[1] += terms[1];
}

// ANCHOR: divisor
/// What a line is divided by: its norm, but no less than eps. A norm of exactly
/// eps counts as the constant, as in PyTorch.
fn divisor<W: Real>(norm: W, eps: f64) -> W {
    if norm > W::from_f64(eps) || norm.is_nan() { norm } else { W::from_f64(eps) }
}
// ANCHOR_END: divisor

/// Divides every line of contiguous `x` by its norm, or by eps if that is
/// larger; returns the norms.
pub(crate) fn normalize<T: Real>(
    x: &[T],
    y: &mut [T],
    lines: Lines,
    norm: Norm,
    eps: f64,
) -> Vec<T::Wide> {
    assert_eq!(x.len(), y.len());
    if lines.inner > 1 {
        let norms = line_norms(x, lines, norm);
        elementwise_by_line(y, lines, |line, at, y| {
            *y = T::narrow(x[at].widen() / divisor(norms[line], eps));
        });
        return norms;
    }
    let pieces = map_pieces(y, lines.len, |start, piece| {
        let rows = x[start..start + piece.len()].chunks_exact(lines.len);
        let rows = rows.zip(piece.chunks_exact_mut(lines.len));
        let normalize_row = |(x, y): (&[T], &mut [T])| {
            // ANCHOR: row
            let norm = row_norm(x, norm);
            let divisor = divisor(norm, eps);
            for (y, &x) in y.iter_mut().zip(x) {
                *y = T::narrow(x.widen() / divisor);
            }
            // ANCHOR_END: row
            norm
        };
        rows.map(normalize_row).collect::<Vec<_>>()
    });
    pieces.concat()
}

/// What a line's elements share in the backward.
#[derive(Clone, Copy, Debug)]
struct Shared<W> {
    divisor: W,
    /// Whether the divisor moves with the line.
    moves: bool,
    /// `Σ ȳ y`: how much a larger norm would cost.
    cost: W,
    /// How many tie for the extreme.
    ties: W,
}

impl<W: Real> Shared<W> {
    fn new(norm: Norm, size: W, eps: f64) -> Self {
        let divisor = divisor(size, eps);
        let is_eps = size <= W::from_f64(eps);
        Shared { divisor, moves: !is_eps && norm != Norm::Count, cost: W::ZERO, ties: W::ZERO }
    }

    /// What one element adds to the cost and to the ties.
    fn terms(self, norm: Norm, x: W, g: W) -> [W; 2] {
        let is_extremes = matches!(norm, Norm::Largest | Norm::Smallest);
        let ties = is_extremes && x.abs() == self.divisor;
        [g * (x / self.divisor), if ties { W::ONE } else { W::ZERO }]
    }

    // ANCHOR: element
    fn backward(self, norm: Norm, x: W, g: W) -> W {
        if !self.moves {
            return g / self.divisor;
        }
        (g - self.cost * norm.slope(x, self.divisor, self.ties)) / self.divisor
    }
    // ANCHOR_END: element
}

/// x's cotangent from the norms and the output's cotangent.
pub(crate) fn normalize_backward<T: Real>(
    x: &[T],
    grad_output: &[T],
    grad_input: &mut [T],
    lines: Lines,
    (norm, eps): (Norm, f64),
    norms: &[T::Wide],
) {
    assert_eq!((x.len(), grad_output.len()), (grad_input.len(), grad_input.len()));
    if lines.inner > 1 {
        let mut shared: Vec<_> = norms.iter().map(|&n| Shared::new(norm, n, eps)).collect();
        reduce_lines(&mut shared, lines, |shared, at| {
            let [cost, ties] = shared.terms(norm, x[at].widen(), grad_output[at].widen());
            shared.cost += cost;
            shared.ties += ties;
        });
        elementwise_by_line(grad_input, lines, |line, at, dx| {
            *dx = T::narrow(shared[line].backward(norm, x[at].widen(), grad_output[at].widen()));
        });
        return;
    }
    for_each_piece(grad_input, lines.len, &|start, piece| {
        for (row, dx) in piece.chunks_exact_mut(lines.len).enumerate() {
            let at = start + row * lines.len;
            let (x, g) = (&x[at..at + lines.len], &grad_output[at..at + lines.len]);
            let mut shared = Shared::new(norm, norms[at / lines.len], eps);
            [shared.cost, shared.ties] = sums([x, g], |[cost, ties], [x, g]| {
                let [more_cost, more_ties] = shared.terms(norm, x.widen(), g.widen());
                [cost + more_cost, ties + more_ties]
            });
            for ((dx, &x), &g) in dx.iter_mut().zip(x).zip(g) {
                *dx = T::narrow(shared.backward(norm, x.widen(), g.widen()));
            }
        }
    });
}
