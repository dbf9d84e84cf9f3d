//! The elementary functions of `f32`, without a branch.
//!
//! libm's functions branch on their argument and look into tables, so a loop
//! over them runs one element at a time. These are straight lines of additions,
//! multiplications and choices between two values already computed, which the
//! compiler turns into vector instructions on any machine.
//!
//! Two things are avoided for it. `as i32` of a float saturates, which undoes the
//! vectors; whole numbers are read from the bits of a float instead. And
//! nothing is computed in `f64`, which would halve the width.
//!
//! A product and a sum are fused (`mul_add`) wherever that saves a rounding or an
//! instruction. One rounding is one rounding: the bits are the same on every machine, though
//! one without the instruction takes a call for each.
//!
//! The method is the classical one (Cody and Waite, *Software Manual for the
//! Elementary Functions*, 1980; Muller, *Elementary Functions*, 2016): the
//! argument is reduced to a short interval, a polynomial does the work there,
//! and a power of two made from bits undoes the reduction. The coefficients are
//! printed by `minimax.py` beside this file. Every function's
//! largest error, in units of the last place of the exact result, is what this prints:
//!
//! ```text
//! cargo test --release --test it sweep -- --ignored --nocapture
//! ```

mod erf;
mod exp;
mod ln;
mod normal;
mod tanh;

pub(crate) use erf::{erf, erfc};
pub(crate) use exp::{exp, exp_down, exp_m1, sigmoid};
pub(crate) use ln::{ln, ln_1p, ln_1p_unit};
pub(crate) use normal::normal;
pub(crate) use tanh::tanh;

/// The head of ln 2: its multiples up to 2^9 are exact.
const LN_2_HIGH: f32 = 0.693_145_75;
/// What the head lacks.
const LN_2_LOW: f32 = 1.428_606_8e-6;

/// c\[0\] + c\[1\] x + c\[2\] x² + ..., by Horner's rule.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    let mut sum = coefficients[N - 1];
    for &c in coefficients[..N - 1].iter().rev() {
        sum = sum.mul_add(x, c);
    }
    sum
}

/// 2^n for -126 <= n <= 127.
#[inline(always)]
fn power_of_two(n: i32) -> f32 {
    f32::from_bits((n.wrapping_add(127) << 23) as u32)
}
