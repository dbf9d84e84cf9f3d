//! The exponential function and what is made of it.

use super::{LN_2_HIGH, LN_2_LOW, polynomial, power_of_two};

/// 1.5 · 2^23. Adding it to a small number leaves the nearest whole number in
/// the low bits of the sum.
pub(super) const ROUNDER: f32 = 12_582_912.0;

/// A number as n ln 2 + head - n low, |head| <= ln 2 / 2 (Cody and Waite).
#[derive(Clone, Copy)]
pub(super) struct Reduced {
    pub(super) n: i32,
    /// n as a float.
    whole: f32,
    /// What is left without n times the head of ln 2: exact.
    head: f32,
}

/// For |x| < 200.
#[inline(always)]
pub(super) fn reduce(x: f32) -> Reduced {
    let shifted = x.mul_add(std::f32::consts::LOG2_E, ROUNDER);
    let whole = shifted - ROUNDER;
    let n = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32;
    Reduced { n, whole, head: whole.mul_add(-LN_2_HIGH, x) }
}

impl Reduced {
    /// The whole rest, r, rounded.
    #[inline(always)]
    fn rest(self) -> f32 {
        self.whole.mul_add(-LN_2_LOW, self.head)
    }

    /// e^r - 1.
    #[inline(always)]
    pub(super) fn exp_m1(self) -> f32 {
        exp_m1_near(self.rest())
    }

    /// e^r - 1 as head + low: what the sum of two floats does not lose.
    #[inline(always)]
    pub(super) fn exp_m1_in_two(self) -> (f32, f32) {
        let r = self.rest();
        // As a product of three, r² tail(r) would be rounded once more.
        (self.head, r.mul_add(r * tail(r), self.whole * -LN_2_LOW))
    }
}

/// e^r - 1 for |r| <= ln 2 / 2.
#[inline(always)]
pub(super) fn exp_m1_near(r: f32) -> f32 {
    (r * r).mul_add(tail(r), r)
}

/// (e^r - 1 - r) / r² for |r| <= ln 2 / 2, by a polynomial of degree 5; what this makes of
/// e^r - 1 has an error of at most 4.4e-10 of it. Of degree 4 it was 1.4e-8, which no step
/// after it could mend: the gradients of ELU and SELU were further off than PyTorch's.
#[inline(always)]
fn tail(r: f32) -> f32 {
    polynomial(r, [0.5, 0.166_666_66, 0.041_666_493, 0.008_333_547, 0.001_393_232, 0.000_197_607_8])
}

/// y · 2^n for |n| < 252. In two steps, because 2^n itself may be too large or too small for an
/// `f32`; only the second can round.
#[inline(always)]
pub(super) fn scale(y: f32, n: i32) -> f32 {
    let half = n >> 1;
    y * power_of_two(half) * power_of_two(n.wrapping_sub(half))
}

/// y · 2^n for -150 <= n <= 0 in two steps, of which only the second can round. To halve n,
/// as [`scale`] does, cost a sigmoid a tenth of its time.
#[inline(always)]
fn scale_down(y: f32, n: i32) -> f32 {
    const UP: i32 = 64;
    y * power_of_two(n.wrapping_add(UP)) * (1.0 / (1_u128 << UP) as f32)
}

/// e^x.
///
/// Largest error over all 2^32 inputs: 0.981 ulp, at x = -27.330153.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is infinite or 0; NaN passes both.
    let x = if x > 89.0 { 89.0 } else { x };
    let x = if x < -104.0 { -104.0 } else { x };
    let reduced = reduce(x);
    scale(1.0 + reduced.exp_m1(), reduced.n)
}

/// e^x for x <= 0, where the result cannot be too large.
///
/// Largest error over all its inputs: that of [`exp`], whose bits it has.
#[inline(always)]
pub(crate) fn exp_down(x: f32) -> f32 {
    // Beyond this the result is 0; NaN passes.
    let x = if x < -104.0 { -104.0 } else { x };
    let reduced = reduce(x);
    scale_down(1.0 + reduced.exp_m1(), reduced.n)
}

/// e^x - 1.
///
/// Largest error over all 2^32 inputs: 1.050 ulp, at x = 17.100061.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    // Beyond these bounds the result is infinite or rounds to -1; NaN passes both.
    let bounded = if x > 89.0 { 89.0 } else { x };
    let bounded = if bounded < -18.0 { -18.0 } else { bounded };
    let reduced = reduce(bounded);
    // 2^n (1 + head + low) - 1, where the sum of the large terms keeps what it rounds away. Half
    // of it, because 2^128 is no `f32`, though e^x may be one.
    let (head, low) = reduced.exp_m1_in_two();
    let half = power_of_two(reduced.n.wrapping_sub(1));
    let first = half - 0.5;
    let sum = half.mul_add(head, first);
    let lost = half.mul_add(head, first - sum);
    let y = 2.0 * (sum + half.mul_add(low, lost));
    // Half of a subnormal number loses a bit, and 0 its sign.
    if x.abs() < 1e-10 { x } else { y }
}

/// 1 / (1 + e^-x), the logistic function.
///
/// To the left of 0 it is e / (1 + e) with e = e^-|x|, to the right 1 minus that, so that 1 is
/// exact where it is the larger part.
///
/// Largest error over all 2^32 inputs: 1.851 ulp, at x = -0.21661156.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    let e = exp_down(-x.abs());
    // e / (1 + e), as a small correction of e: a quotient would add its rounding to that of
    // 1 + e.
    let left = (-e).mul_add(e * (1.0 / (1.0 + e)), e);
    if x < 0.0 { left } else { 1.0 - left }
}
