//! The standard normal distribution.

use std::f32::consts::LOG2_E;

use super::exp::ROUNDER;
use super::{LN_2_HIGH, LN_2_LOW, polynomial, power_of_two};

/// From here on both the distribution function of -x and its slope round to 0.
const END: f32 = 14.7;

/// 2^n with n = `SHIFT` - m has an exponent for every m that occurs, from 0 to 156.
const SHIFT: i32 = 32;

/// What undoes the shift. A factor of constants, it costs nothing.
const UNSHIFT: f32 = 1.0 / (1_u64 << SHIFT) as f32;

/// The standard normal distribution function Φ, and its slope φ = e^(-x² / 2) / √(2π). One
/// exponential serves both, and one formula all of Φ: to the left it is e^(-t² / 2) times
/// P(t) / Q(t) with t = |x|, to the right 1 minus that.
///
/// All coefficients of P and Q are positive, so nothing cancels; the error of P / Q is at most
/// 1.2e-8 of it. A polynomial beside 0 and Schonfelder's form of erfc beyond it, as in
/// [`erfc`](super::erfc), took twice as long and were not more exact.
///
/// Largest errors over all 2^32 inputs: 5.899 ulp, at x = -8.857294, where P and Q have gone
/// through nine roundings; from -1 on 3.4; and of the slope 1.356 ulp, at x = 1.523993.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let size = x.abs();
    // NaN passes.
    let t = if size > END { END } else { size };

    // t² = square + rest, exactly: what t² were rounded by would count t² / 2 times as much.
    let square = t * t;
    let rest = t.mul_add(t, -square);
    // e^(-t² / 2) = 2^-m e^(-r / 2), from t² = 2 m ln 2 + r.
    let shifted = square.mul_add(0.5 * LOG2_E, ROUNDER);
    let m = shifted - ROUNDER;
    let r = m.mul_add(-2.0 * LN_2_HIGH, square) + m.mul_add(-2.0 * LN_2_LOW, rest);
    let by_r = polynomial(
        r,
        [-0.5, 0.124_999_97, -0.020_833_071, 0.002_604_327_9, -0.000_261_742_68, 2.155_586_3e-5],
    );
    let exp_minus_1 = r * by_r;
    let m = shifted.to_bits().wrapping_sub(ROUNDER.to_bits()) as i32;
    // Only this product can be too small for an f32, and so only this one is rounded there.
    let power = power_of_two(SHIFT.wrapping_sub(m));

    let p = polynomial(
        t,
        [0.5, 0.437_994_93, 0.182_982_88, 0.040_540_11, 0.004_100_376_7].map(|c| c * UNSHIFT),
    );
    let q =
        polynomial(t, [1.0, 1.673_874_7, 1.201_520_3, 0.468_798_76, 0.101_625_37, 0.010_278_003]);
    let ratio = p / q;
    let left = ratio.mul_add(exp_minus_1, ratio) * power;
    let top = 0.398_942_3 * UNSHIFT;
    let slope = top.mul_add(exp_minus_1, top) * power;
    (if x < 0.0 { left } else { 1.0 - left }, slope)
}
