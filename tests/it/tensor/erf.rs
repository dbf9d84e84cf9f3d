//! The error function against its definition and a table.

use std::f64::consts::FRAC_2_SQRT_PI;

use handgrad::{Dual, Real};

/// x, erf(x) and erfc(x), computed with mpmath 1.4.1 (from `PyPI`) in 40 digits
/// and rounded to `f64`.
#[allow(clippy::unreadable_literal, reason = "the digits are mpmath's")]
const TABLE: [(f64, f64, f64); 19] = [
    (1e-300, 1.1283791670955126e-300, 1.0),
    (1e-10, 1.1283791670955126e-10, 0.999999999887162),
    (0.1, 0.1124629160182849, 0.887537083981715),
    (0.25, 0.27632639016823696, 0.7236736098317631),
    (0.5, 0.5204998778130465, 0.4795001221869535),
    (0.84375, 0.7672256612323416, 0.23277433876765838),
    (1.0, 0.8427007929497149, 0.15729920705028513),
    (1.25, 0.9229001282564583, 0.07709987174354177),
    (1.5, 0.9661051464753108, 0.033894853524689274),
    (2.0, 0.9953222650189527, 0.004677734981047266),
    (2.5, 0.999593047982555, 0.0004069520174449589),
    (2.857142857142857, 0.9999466876886117, 5.3312311388322795e-05),
    (3.0, 0.9999779095030014, 2.209049699858544e-05),
    (4.0, 0.9999999845827421, 1.541725790028002e-08),
    (5.0, 0.9999999999984626, 1.537459794428035e-12),
    (5.9, 0.9999999999999999, 7.190409783550478e-17),
    (6.0, 1.0, 2.1519736712498913e-17),
    (10.0, 1.0, 2.088487583762545e-45),
    (26.0, 1.0, 5.663192408856143e-296),
];

/// How many representable numbers lie between two positive ones.
fn ulps(a: f64, b: f64) -> u64 {
    a.to_bits().abs_diff(b.to_bits())
}

#[test]
fn f64_is_within_an_ulp_of_the_table() {
    for (x, erf, erfc) in TABLE {
        assert!(ulps(Real::erf(x), erf) <= 1, "erf({x})");
        assert!(ulps(Real::erfc(x), erfc) <= 1, "erfc({x})");
        assert_eq!(Real::erf(-x), -Real::erf(x));
        assert!((Real::erfc(-x) - (2.0 - erfc)).abs() <= f64::EPSILON);
    }
}

#[test]
fn f32_is_within_two_ulps_of_the_truth() {
    for (x, ..) in TABLE {
        let x = x as f32;
        assert!(Real::erf(x).to_bits().abs_diff(series(f64::from(x)).to_bits()) <= 2, "erf({x})");
    }
    for step in 1..=60_000 {
        let x = step as f32 * 1e-4;
        let truth = series(f64::from(x));
        assert!(Real::erf(x).to_bits().abs_diff(truth.to_bits()) <= 2, "erf({x})");
        assert_eq!(Real::erf(-x), -Real::erf(x));
    }
}

/// erf(x) for x >= 0 by 2/sqrt(pi) e^(-x²) Σ 2^n x^(2n+1) / (1·3·…·(2n+1)),
/// whose terms are all positive, so that nothing cancels.
fn series(x: f64) -> f32 {
    if x > 6.0 {
        return 1.0;
    }
    let mut term = x;
    let mut sum = term;
    for n in 1..200 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    (FRAC_2_SQRT_PI * (-x * x).exp() * sum) as f32
}

#[test]
fn the_ends_are_exact() {
    assert_eq!(Real::erf(0.0_f64), 0.0);
    assert_eq!(Real::erf(f64::INFINITY), 1.0);
    assert_eq!(Real::erfc(f64::INFINITY), 0.0);
    assert_eq!(Real::erfc(f64::NEG_INFINITY), 2.0);
    assert!(Real::erf(f64::NAN).is_nan() && Real::erf(f32::NAN).is_nan());
}

#[test]
fn the_derivative_is_the_gaussian() {
    for (x, ..) in TABLE {
        let slope = FRAC_2_SQRT_PI * (-x * x).exp();
        assert_eq!(Dual::variable(x).erf().eps, slope);
        assert_eq!(Dual::variable(x).erfc().eps, -slope);
    }
}
