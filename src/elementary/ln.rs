//! The natural logarithm.

use super::{LN_2_HIGH, LN_2_LOW, polynomial};

/// The bits of the square root of 1/2, where the reduced interval begins.
const SQRT_HALF: i32 = 0x3f35_04f3;

/// x = 2^k (1 + f) with 1 + f from sqrt(1/2) to sqrt(2), as (k, f), for a positive
/// normal x.
#[inline(always)]
fn reduce(x: f32) -> (i32, f32) {
    let bits = x.to_bits() as i32;
    let k = bits.wrapping_sub(SQRT_HALF) >> 23;
    (k, f32::from_bits(bits.wrapping_sub(k << 23) as u32) - 1.0)
}

/// k ln 2 + ln(1 + f) + low, where ln(1 + f) = f - f²/2 + f³ P(f).
///
/// P has degree 7; its error is at most 5.9e-9 of ln(1 + f).
#[inline(always)]
fn combine(k: f32, f: f32, low: f32) -> f32 {
    let p = polynomial(
        f,
        [
            0.333_333_3,
            -0.250_008_2,
            0.200_012_42,
            -0.166_234_09,
            0.142_015_8,
            -0.131_596_12,
            0.127_622_2,
            -0.076_364_37,
        ],
    );
    let tail = (f * f).mul_add(f.mul_add(p, -0.5), k.mul_add(LN_2_LOW, low));
    k.mul_add(LN_2_HIGH, f + tail)
}

/// The natural logarithm.
///
/// Largest error over all 2^32 inputs: 0.876 ulp, at x = 1.2743293.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // A subnormal number has no exponent of its own.
    let subnormal = x < f32::MIN_POSITIVE;
    let normal = if subnormal { x * 8_388_608.0 } else { x };
    let (k, f) = reduce(normal);
    let k = k as f32 - if subnormal { 23.0 } else { 0.0 };
    ends(x, combine(k, f, 0.0))
}

/// ln(1 + x).
///
/// Largest error over all 2^32 inputs: 0.970 ulp, at x = 0.4145219.
#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    // 1 + x = sum + lost, exactly (Knuth's TwoSum).
    let sum = 1.0 + x;
    let back = sum - 1.0;
    let lost = (1.0 - (sum - back)) + (x - back);
    let (k, f) = reduce(sum);
    // What was lost belongs to f, and shrinks with it by 2^k. Half of it and 2^(1 - k),
    // because 2^-k is no `f32` for the largest k.
    let lost = 0.5 * lost * f32::from_bits((128_i32.wrapping_sub(k) << 23) as u32);
    let whole = f + lost;
    let low = lost - (whole - f);
    let y = ends(sum, combine(k as f32, whole, low));
    // Half of a subnormal number loses a bit, and 0 its sign.
    if x.abs() < 1e-10 { x } else { y }
}

/// ln(1 + x) for x from 0 to 1.
///
/// With s = x / (2 + x) it is ln((1 + s) / (1 - s)) = 2 s + s z P(z), z = s², where P has degree
/// 3; its error is at most 4.5e-9 of the result. There is no exponent to take out and no end
/// to look after, as in [`ln_1p`].
///
/// Largest error over all its inputs: 1.079 ulp, at x = 0.6434504.
#[inline(always)]
pub(crate) fn ln_1p_unit(x: f32) -> f32 {
    let s = x / (2.0 + x);
    let z = s * s;
    let p = polynomial(z, [0.666_664_2, 0.400_214_37, 0.280_030_25, 0.280_067_83]);
    // 2 s is x - s x: the large term is exact.
    (-s).mul_add((-z).mul_add(p, x), x)
}

/// `y`, or what ln is where x is not a positive finite number.
#[inline(always)]
fn ends(x: f32, y: f32) -> f32 {
    let y = if x < f32::INFINITY { y } else { x };
    let outside = if x == 0.0 { f32::NEG_INFINITY } else { f32::NAN };
    if x > 0.0 { y } else { outside }
}
