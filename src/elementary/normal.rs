//! The standard normal distribution.

use super::exp::{reduce_sum, scale, tail};
use super::polynomial;

/// The standard normal distribution function Φ and its slope, e^(-x²/2) / sqrt(2 pi), which
/// have an exponential in common.
///
/// For s = |x|, Φ(-s) is e^(-s²/2) P(q) / (1 + sqrt(2) s) with q = (s - 4) / (s + 4)
/// (Schonfelder's form of erfc, 1978). P runs from 0.50 to 0.63; its degree is 10 and its error
/// at most 1.2e-8 of the result. [`erfc`](super::erfc) is nearer to the truth around 0,
/// where it has a formula of its own, but has both formulas to compute.
///
/// Largest error over all 2^32 inputs: 5.368 ulp at x = -0.0042339466; of the slope 2.098
/// ulp at x = 10.705679.
#[inline(always)]
pub(crate) fn normal(x: f32) -> (f32, f32) {
    let size = x.abs();
    // From here on Φ(-s) and the slope round to 0; NaN passes.
    let s = if size > 14.5 { 14.5 } else { size };
    let q = (s - 4.0) / (s + 4.0);
    let p = polynomial(
        q,
        [
            0.628_477_9,
            -0.066_178_32,
            -0.031_720_504,
            0.070_149_36,
            -0.058_326_907,
            0.028_878_644,
            -0.007_253_049,
            -0.000_642_268_2,
            0.001_022_679_7,
            -0.000_150_444_51,
            -0.000_143_124_55,
        ],
    );
    // -s² = -square + rest: the square of s's upper half is exact.
    let square = s * s;
    let upper = f32::from_bits(s.to_bits() & 0xffff_f000);
    let rest = (square - upper * upper) - (s - upper) * (s + upper);
    let (n, r) = reduce_sum(-0.5 * square, 0.5 * rest);
    let tail = r + tail(r);
    let ratio = p / (1.0 + std::f32::consts::SQRT_2 * s);
    let left = scale(ratio + ratio * tail, n);
    (if x < 0.0 { left } else { 1.0 - left }, 0.398_942_3 * scale(1.0 + tail, n))
}
