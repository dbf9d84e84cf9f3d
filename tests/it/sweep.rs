//! The f32 elementary functions against those of f64, on samples of all floats
//! and, when asked, on all of them:
//!
//! ```text
//! cargo test --release --test it sweep -- --ignored --nocapture
//! ```

use std::ops::RangeInclusive;

use handgrad::{Dual, Real, Tape, Tensor};

/// A function of f32, its f64 reference, and the error it may have, in ulp.
struct Subject {
    name: &'static str,
    function: fn(f32) -> f32,
    reference: fn(f64) -> f64,
    bound: f64,
}

const SUBJECTS: [Subject; 13] = [
    Subject { name: "exp", function: Real::exp, reference: f64::exp, bound: 1.1 },
    Subject { name: "exp_m1", function: Real::exp_m1, reference: f64::exp_m1, bound: 1.4 },
    Subject { name: "ln", function: Real::ln, reference: f64::ln, bound: 1.0 },
    Subject { name: "ln_1p", function: Real::ln_1p, reference: f64::ln_1p, bound: 1.1 },
    Subject { name: "tanh", function: Real::tanh, reference: f64::tanh, bound: 1.4 },
    Subject {
        name: "tanh_far",
        function: |x| Real::tanh(x.abs().max(0.5494)),
        reference: |x| Real::tanh(x.abs().max(f64::from(0.5494_f32))),
        bound: 0.6,
    },
    Subject { name: "sigmoid", function: Real::sigmoid, reference: Real::sigmoid, bound: 2.0 },
    Subject { name: "erf", function: Real::erf, reference: libm::erf, bound: 1.4 },
    Subject { name: "erfc", function: Real::erfc, reference: libm::erfc, bound: 3.0 },
    Subject { name: "cdf", function: |x| x.normal().0, reference: |x| x.normal().0, bound: 7.1 },
    Subject {
        name: "cdf_near",
        function: |x| x.max(-1.0).normal().0,
        reference: |x| x.max(-1.0).normal().0,
        bound: 4.0,
    },
    Subject { name: "pdf", function: |x| x.normal().1, reference: |x| x.normal().1, bound: 1.5 },
    Subject {
        name: "ln_unit",
        function: |x| x.abs().min(1.0).ln_1p_unit(),
        reference: |x| x.abs().min(1.0).ln_1p(),
        bound: 1.4,
    },
];

/// The largest error seen, and where.
#[derive(Clone, Copy)]
struct Worst {
    error: f64,
    x: f32,
}

impl Worst {
    fn or(self, other: Worst) -> Worst {
        if other.error > self.error { other } else { self }
    }
}

impl Subject {
    fn worst(&self, bits: impl Iterator<Item = u32>) -> Worst {
        bits.map(|bits| {
            let x = f32::from_bits(bits);
            Worst { error: error((self.function)(x), (self.reference)(f64::from(x))), x }
        })
        .fold(Worst { error: 0.0, x: 0.0 }, Worst::or)
    }

    fn assert(&self, worst: Worst) {
        let (Worst { error, x }, name) = (worst, self.name);
        assert!(error <= self.bound, "{name}({x:e}) is off by {error:.3} ulp");
    }
}

/// |ours - exact| in units of the last place of an f32 as large as `exact`. NaN
/// and signs, those of zeros too, must agree. Infinity counts as 2^128.
fn error(ours: f32, exact: f64) -> f64 {
    if ours.is_nan() && exact.is_nan() {
        return 0.0;
    }
    if ours.is_nan() || exact.is_nan() || ours.is_sign_negative() != exact.is_sign_negative() {
        return f64::INFINITY;
    }
    let infinity = 2_f64.powi(128);
    let (ours, exact) = (f64::from(ours).abs().min(infinity), exact.abs().min(infinity));
    let exponent = (exact.to_bits() >> 52).clamp(1023 - 126, 1023 + 127);
    let ulp = f64::from_bits((exponent - 23) << 52);
    (ours - exact).abs() / ulp
}

#[test]
fn the_error_is_counted_in_ulps_of_the_exact_result() {
    let quarter = f64::from(f32::EPSILON) / 4.0;
    assert_eq!(error(1.0, 1.0 + quarter), 0.25);
    assert_eq!(error(1.0, 1.0 - quarter), 0.5);
    assert_eq!(error(f32::from_bits(3), 1.5 * 2_f64.powi(-149)), 1.5);
    assert_eq!(error(0.0, 1e-300), 1e-300 * 2_f64.powi(149));
    assert_eq!(error(f32::INFINITY, f64::from(f32::MAX)), 1.0);
    assert_eq!(error(f32::INFINITY, 1e300), 0.0);
    assert_eq!(error(f32::NAN, f64::NAN), 0.0);
    assert_eq!(error(1.0, f64::NAN), f64::INFINITY);
    assert_eq!(error(0.0, -0.0), f64::INFINITY);
}

/// Where the functions change formula, overflow, underflow or reach a limit;
/// 2000 floats on either side of each are tried, with both signs.
const HARD_SPOTS: [f32; 27] = [
    0.0,
    f32::MIN_POSITIVE,
    1e-10,
    // Where 1 + x rounds to 1.
    5.96e-8,
    // Powers of two of the reduced arguments: ln 2 / 2, sqrt(1/2), and their neighbours.
    0.292_893_22,
    0.346_573_6,
    0.414_213_57,
    std::f32::consts::FRAC_1_SQRT_2,
    std::f32::consts::LN_2,
    1.039_720_8,
    std::f32::consts::SQRT_2,
    0.625,
    0.9,
    1.0,
    // Where tanh, erf and erfc reach their limits.
    3.832_507,
    4.0,
    9.010_913,
    9.2,
    10.054_32,
    10.1,
    // Where exp_m1 and exp do.
    17.328_68,
    18.0,
    87.336_55,
    88.722_84,
    103.972_08,
    104.0,
    f32::INFINITY,
];

fn around(spot: f32) -> RangeInclusive<u32> {
    let bits = spot.to_bits();
    bits.saturating_sub(2000)..=bits + 2000
}

#[test]
fn samples_of_all_floats_are_within_the_bounds() {
    let sign = 1 << 31;
    for subject in &SUBJECTS {
        let samples = subject.worst((0..=u32::MAX).step_by(9973));
        let spots = HARD_SPOTS.iter().flat_map(|&spot| around(spot));
        let spots = subject.worst(spots.flat_map(|bits| [bits, bits | sign]));
        // Every 997th float of the magnitudes where most of the work is done.
        let (low, high) = (0.01_f32.to_bits(), 200_f32.to_bits());
        let middle = (low..high).step_by(997).flat_map(|bits| [bits, bits | sign]);
        subject.assert(samples.or(spots).or(subject.worst(middle)));
    }
}

#[test]
#[ignore = "sweeps all 2^32 floats: minutes"]
fn all_floats_are_within_the_bounds() {
    // All lines are printed before a bound is asserted.
    let worst = SUBJECTS.map(|subject| {
        let worst = std::thread::scope(|scope| {
            let odd = scope.spawn(|| subject.worst((1..=u32::MAX).step_by(2)));
            subject.worst((0..=u32::MAX).step_by(2)).or(odd.join().unwrap())
        });
        println!("{:9}{:.3} ulp at {:e}", subject.name, worst.error, worst.x);
        (subject, worst)
    });
    for (subject, worst) in worst {
        subject.assert(worst);
    }
}

/// A tensor's elements are computed in vectors, with a fused instruction where there is one; a
/// number by itself is not, and takes a call.
#[test]
fn a_vector_has_the_bits_of_each_number_by_itself() {
    let numbers: Vec<f32> = (0..=u32::MAX).step_by(99_991).map(f32::from_bits).collect();
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(numbers.clone(), [numbers.len()]).unwrap());
    let softplus = |x: f32| {
        let tail = (-x.abs()).exp_down().ln_1p_unit();
        if x > 20.0 { x } else { x.max(0.0) + tail }
    };
    let elu = |x: f32| if x <= 0.0 { Real::exp_m1(x) } else { x };
    let together = [x.exp(), x.ln(), x.tanh(), x.sigmoid(), x.softplus(1.0, 20.0), x.elu(1.0)];
    let by_itself: [fn(f32) -> f32; 6] =
        [Real::exp, Real::ln, Real::tanh, Real::sigmoid, softplus, elu];
    for (together, by_itself) in together.into_iter().zip(by_itself) {
        for (&x, y) in numbers.iter().zip(together.value().to_vec()) {
            let alone = by_itself(x);
            assert!(
                y.to_bits() == alone.to_bits() || y.is_nan() && alone.is_nan(),
                "{x:e}: {y:e} and {alone:e}"
            );
        }
    }
}

#[test]
fn the_exponential_of_a_negative_number_has_the_bits_of_any() {
    let negative = ((1 << 31)..=u32::MAX).step_by(997).map(f32::from_bits);
    for x in negative.chain([0.0, -0.0, -87.5, -103.9, -104.1]) {
        assert_eq!(x.exp_down().to_bits(), Real::exp(x).to_bits(), "{x:e}");
    }
}

#[test]
fn the_ends_are_exact() {
    let inf = f32::INFINITY;
    for (function, x, y) in [
        (Real::exp as fn(f32) -> f32, -inf, 0.0),
        (Real::exp, 0.0, 1.0),
        (Real::exp, 88.8, inf),
        (Real::exp, inf, inf),
        (Real::exp_m1, -inf, -1.0),
        (Real::exp_m1, inf, inf),
        (Real::ln, 0.0, -inf),
        (Real::ln, -0.0, -inf),
        (Real::ln, 1.0, 0.0),
        (Real::ln, inf, inf),
        (Real::ln_1p, -1.0, -inf),
        (Real::ln_1p, inf, inf),
        (Real::tanh, -inf, -1.0),
        (Real::tanh, inf, 1.0),
        (Real::sigmoid, -inf, 0.0),
        (Real::sigmoid, 0.0, 0.5),
        (Real::sigmoid, inf, 1.0),
        (Real::erf, -inf, -1.0),
        (Real::erf, inf, 1.0),
        (Real::erfc, -inf, 2.0),
        (Real::erfc, 0.0, 1.0),
        (Real::erfc, inf, 0.0),
    ] {
        assert_eq!(function(x), y, "at {x}");
    }
    for x in [-inf, -1.0, -f32::MIN_POSITIVE, -1e-45, f32::NAN] {
        assert!(Real::ln(x).is_nan(), "ln({x:e})");
    }
    for x in [-inf, -2.0, -1.000_000_1, f32::NAN] {
        assert!(Real::ln_1p(x).is_nan(), "ln_1p({x:e})");
    }
    for odd in [Real::exp_m1 as fn(f32) -> f32, Real::ln_1p, Real::tanh, Real::erf] {
        for x in [-0.0, 0.0, -1e-45, 1e-45_f32] {
            let y = odd(x);
            assert!(y == 0.0 || y == x, "{y:e} at {x:e}");
            assert_eq!(y.is_sign_negative(), x.is_sign_negative(), "at {x:e}");
        }
    }
}

#[test]
fn the_slope_of_sigmoid_keeps_its_accuracy_in_both_tails() {
    for x in [0.0, 1.0, 30.0, 80.0_f64] {
        let slope = (-x).exp() / (1.0 + (-x).exp()).powi(2);
        for x in [-x, x] {
            let narrow = f64::from(Dual::variable(x as f32).sigmoid().eps);
            assert!((Dual::variable(x).sigmoid().eps / slope - 1.0).abs() < 1e-15, "f64 at {x}");
            assert!((narrow / slope - 1.0).abs() < 5e-7, "f32 at {x}");
        }
    }
}
