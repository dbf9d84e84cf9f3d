//! The chapter `activation/mish`.

use handgrad::activation::{self, Approximate};
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, at, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn mish_by_hand() -> Result<()> {
    let delta = |e: f64| 2.0 + 2.0 * e + e * e;
    let gate = |x: f64| 1.0 - 2.0 / delta(x.exp());
    let rise = |x: f64| 4.0 * x.exp() * (1.0 + x.exp()) / (delta(x.exp()) * delta(x.exp()));
    let slope = |x: f64| gate(x) + x * rise(x);

    let points = [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, -1.0, 0.0], [1.0, 2.0, 3.0]]));
    let y = x.mish();
    assert_near(&y.value(), &points.map(|x| x * gate(x)));

    let cotangent = Tensor::new([[1.0, -1.0, 4.0], [-1.0, 1.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let first = [slope(-2.0), -slope(-1.0), 4.0 * 0.6];
    let second = [-slope(1.0), slope(2.0), slope(3.0)];
    assert_near(gradients.wrt(x)?, &[first, second].concat());
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's table of the computation by hand.
#[test]
fn the_numbers_of_the_table() -> Result<()> {
    for (x, power, delta, gate, y, rise, slope) in [
        (-2.0, 0.1353, 2.2890, 0.1263, -0.2525, 0.1173, -0.1084),
        (-1.0, 0.3679, 2.8711, 0.3034, -0.3034, 0.2442, 0.0592),
        (0.0, 1.0, 5.0, 0.6, 0.0, 0.32, 0.6),
        (1.0, 2.7183, 14.8256, 0.8651, 0.8651, 0.1839, 1.0490),
        (2.0, 7.3891, 71.3763, 0.9720, 1.9440, 0.0487, 1.0693),
        (3.0, 20.0855, 445.5999, 0.9955, 2.9865, 0.0085, 1.0211),
    ] {
        let e = f64::exp(x);
        let exact = 2.0 + 2.0 * e + e * e;
        assert_eq!([rounded(e), rounded(exact)], [power, delta]);
        assert_eq!(rounded(1.0 - 2.0 / exact), gate);
        assert_eq!(rounded(4.0 * e * (1.0 + e) / (exact * exact)), rise);
        assert_eq!(at(activation::mish, x)?.map(rounded), [y, slope]);
    }
    Ok(())
}

#[test]
fn mish_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.mish(), &[x]), [("input", 24, true)]);
}

#[test]
fn a_gate_taken_for_a_constant_is_caught() -> Result<()> {
    let mutant = mutant("Mish", "for a constant");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("mish_wrong", &report.to_string());

    // At the last input what is missing is too small to count.
    let missing = |x: f64| at(activation::mish, x).map(|[y, slope]| (slope - y / x).abs());
    assert_eq!(mutant.input.to_vec()[11], 7.3);
    assert!(missing(7.3)? < 1e-4 * missing(-1.3)?);
    Ok(())
}

#[test]
fn mish_step_by_step() {
    let args = ["Mish", "--input", "[[-2,-1,0],[1,2,3]]", "--cotangent", "[[1,-1,4],[-1,1,1]]"];
    assert_snapshot("mish_steps", &run("step", &args));
}

// ANCHOR: overflow
/// The slope by the paper's fraction, e ω / δ², as it stands there.
fn as_it_stands<T: Real>(x: T) -> T {
    let (e, two, four) = (x.exp(), T::from_f64(2.0), T::from_f64(4.0));
    let omega = four * (x + T::ONE) + (four * x + T::from_f64(6.0)) * e + four * e * e + e * e * e;
    let delta = two + two * e + e * e;
    e * omega / (delta * delta)
}

#[test]
fn the_fraction_as_it_stands_overflows() -> Result<()> {
    assert!((as_it_stands(22.0_f32) - 1.0).abs() < 1e-6 && as_it_stands(23.0_f32).is_nan());
    assert!((as_it_stands(177.0_f64) - 1.0).abs() < 1e-12 && as_it_stands(178.0_f64).is_nan());

    let mutant = mutant("Mish", "overflow");
    assert_eq!(mutant.input.to_vec(), [-3.0, -1.0, 0.5, 2.0, 750.0, 900.0]);
    let report = mutant.gradcheck()?;
    assert_eq!(
        report.diagnosis("input").expect("a diagnosis").headline(),
        "NaN or infinity in the place of a gradient, above about 376.00"
    );
    Ok(())
}
// ANCHOR_END: overflow

#[test]
fn beside_silu_and_far_out() -> Result<()> {
    assert_eq!(f64::exp(-800.0), 0.0);
    for (x, gap) in [(-2.0, -0.0141), (-1.0, -0.0345), (1.0, 0.1340), (2.0, 0.1824), (4.0, 0.0694)]
    {
        let (mish, silu) = (at(activation::mish, x)?, at(activation::silu, x)?);
        assert_eq!(rounded(mish[0] - silu[0]), gap);
    }
    assert_eq!(rounded(at(activation::mish, -1.1924)?[0]), -0.3088);
    let (left, right) = (at(activation::mish, -1.192_48)?, at(activation::mish, -1.192_38)?);
    assert!(left[1] < 0.0 && right[1] > 0.0);
    Ok(())
}

#[test]
fn exercise_1_the_slope_at_0_is_three_fifths() -> Result<()> {
    assert_eq!(at(activation::mish, 0.0)?, [0.0, 0.6]);
    assert_eq!((4.0 + 6.0 + 4.0 + 1.0) / (5.0 * 5.0), 0.6);
    Ok(())
}

#[test]
fn exercise_2_where_an_f32_ends() {
    let tenths = |x: f64| (x * 10.0).round() / 10.0;
    let ends = [f64::from(f32::MAX).ln(), f64::MAX.ln()];
    assert_eq!(ends.map(tenths), [88.7, 709.8]);
    assert_eq!(ends.map(|end| tenths(end / 4.0)), [22.2, 177.4]);
}

#[test]
fn exercise_4_the_smooth_ones_are_less_than_a_quarter_apart() -> Result<()> {
    for tenths in -100..=100 {
        let x = f64::from(tenths) / 10.0;
        let (mish, silu) = (at(activation::mish, x)?[0], at(activation::silu, x)?[0]);
        let gelu = at(|x| x.gelu(Approximate::None), x)?[0];
        assert!((mish - silu).abs() < 0.2 && (mish - gelu).abs() < 0.22);
        assert!((silu - gelu).abs() < 0.2);
    }
    Ok(())
}

// ANCHOR: by_the_rules
/// Mish by the product rule and the chain rule: y = x w with w = tanh(s) and
/// s = ln(1 + e^x), so that w' = (1 - w²) σ(x).
#[derive(Clone, Copy, Debug)]
struct ByTheRules;

impl Pointwise for ByTheRules {
    const NAME: &'static str = "mish";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * x.exp().ln_1p().tanh()
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let gate = x.exp().ln_1p().tanh();
        let rise = (T::ONE - gate * gate) * x.sigmoid();
        (gate + x * rise) * grad_output
    }
}

#[test]
fn mish_by_the_rules_passes_its_check_and_survives_large_inputs() -> Result<()> {
    let x = [Tensor::new([-4.0, -1.0, 0.0, 0.5, 3.0])];
    gradcheck(|v| Ok(v[0].pointwise(ByTheRules)), &x, &CheckOptions::default())?.into_result()?;

    let tape = Tape::new();
    let large = tape.leaf(Tensor::<f64>::new([20.0, 100.0, 1000.0]));
    let y = large.pointwise(ByTheRules);
    assert_near(&y.value(), &[20.0, 100.0, 1000.0]);
    assert_near(y.backward_with(&Tensor::ones([3]))?.wrt(large)?, &[1.0, 1.0, 1.0]);
    Ok(())
}
// ANCHOR_END: by_the_rules
