//! The chapter `activation/selu`.

use std::f64::consts::PI;

use handgrad::activation::{SELU_ALPHA, SELU_SCALE};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn selu_by_hand() -> Result<()> {
    let (ln_2, ln_4, ln_10) = (2.0_f64.ln(), 4.0_f64.ln(), 10.0_f64.ln());
    let (above, below) = (SELU_SCALE, SELU_SCALE * SELU_ALPHA);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-ln_2, 1.0, -ln_4], [3.0, -ln_10, 0.0]]));
    let y = x.selu();
    assert_near(&y.value(), &[-0.5 * below, above, -0.75 * below, 3.0 * above, -0.9 * below, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let expected = [0.5 * below, 2.0 * above, below, -above, 0.05 * below, 10.0 * below];
    assert_near(gradients.wrt(x)?, &expected);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn selu_step_by_step() {
    let args = [
        "SELU",
        "--input",
        "[[-0.693147,1,-1.386294],[3,-2.302585,0]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("selu_steps", &run("step", &args));
}

#[test]
fn the_numbers_of_the_table() {
    let (above, below) = (SELU_SCALE, SELU_SCALE * SELU_ALPHA);
    assert_eq!([above, SELU_ALPHA, below].map(rounded), [1.0507, 1.6733, 1.7581]);
    let inputs = [2.0_f64, 4.0, 10.0].map(|k| rounded(-k.ln()));
    assert_eq!(inputs, [-0.6931, -1.3863, -2.3026]);
    let outputs = [-0.5 * below, above, -0.75 * below, 3.0 * above, -0.9 * below];
    assert_eq!(outputs.map(rounded), [-0.879, 1.0507, -1.3186, 3.1521, -1.5823]);
    let gradient = [0.5 * below, 2.0 * above, below, -above, 0.05 * below, 10.0 * below];
    assert_eq!(gradient.map(rounded), [0.879, 2.1014, 1.7581, -1.0507, 0.0879, 17.581]);
}

#[test]
fn a_factor_in_every_layer_is_a_power_in_a_hundred() {
    assert_eq!(format!("{:.0e}", 0.8_f64.powi(100)), "2e-10");
}

#[test]
fn selu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.selu(), &[x]), [("input", 24, true)]);
}

/// What becomes of a normal input's variance, as a factor, where it is so narrow that
/// SELU is two straight lines, and where it is so wide that the left one is flat.
#[test]
fn narrow_inputs_are_widened_and_wide_ones_narrowed() {
    let (scale, alpha) = (SELU_SCALE, SELU_ALPHA);
    let narrow = f64::midpoint(1.0, alpha * alpha) - (1.0 - alpha).powi(2) / (2.0 * PI);
    let wide = 0.5 - 1.0 / (2.0 * PI);
    assert_eq!([narrow, wide].map(|of| rounded(scale * scale * of)), [2.0178, 0.3763]);
}

// ANCHOR: constants
/// How much of a standard normal variable lies below z.
fn normal_below(z: f64) -> f64 {
    0.5 * Real::erfc(-z / 2.0_f64.sqrt())
}

#[test]
fn mean_zero_and_variance_one_fix_both_constants() {
    let right = 1.0 / (2.0 * PI).sqrt();
    let once = 0.5_f64.exp() * normal_below(-1.0);
    let twice = 2.0_f64.exp() * normal_below(-2.0);
    let alpha = right / (0.5 - once);
    let scale = 1.0 / (0.5 + alpha * alpha * (twice - 2.0 * once + 0.5)).sqrt();
    assert!((alpha - SELU_ALPHA).abs() < 1e-12);
    assert!((scale - SELU_SCALE).abs() < 1e-12);
}
// ANCHOR_END: constants

#[test]
fn the_numbers_of_that_derivation() {
    let right = 1.0 / (2.0 * PI).sqrt();
    let once = 0.5_f64.exp() * normal_below(-1.0);
    let twice = 2.0_f64.exp() * normal_below(-2.0);
    let square = twice - 2.0 * once + 0.5;
    let both = 0.5 + SELU_ALPHA * SELU_ALPHA * square;
    let five = |x: f64| format!("{x:.5}");
    let numbers = [right, 0.5 - once, square, both].map(five);
    assert_eq!(numbers, ["0.39894", "0.23842", "0.14495", "0.90582"]);
}

#[test]
fn masking_the_exponential_by_a_product_is_caught() -> Result<()> {
    let mutant = mutant("SELU", "masks exp(x)");
    assert_snapshot("selu_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn far_above_zero_exp_overflows_and_the_layer_does_not() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([88.0, 89.0]));
    let exponentials = x.exp().value().to_vec();
    assert!(exponentials[0].is_finite() && exponentials[1].is_infinite());

    let x = tape.leaf(Tensor::<f32>::scalar(89.0));
    assert_eq!(x.selu().backward()?.wrt(x)?.item()?, SELU_SCALE as f32);
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([-infinite, infinite, f64::NAN]));
    let y = x.selu();
    assert_eq!(y.value().to_vec()[..2], [-SELU_SCALE * SELU_ALPHA, infinite]);
    assert!(y.value().to_vec()[2].is_nan());
    let gradients = y.backward_with(&Tensor::ones([3]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, SELU_SCALE, SELU_SCALE]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let (above, below) = (SELU_SCALE, SELU_SCALE * SELU_ALPHA);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.2_f64.ln(), 2.0]));
    let y = x.selu();
    assert_near(&y.value(), &[-0.8 * below, 2.0 * above]);
    assert_eq!([-0.8 * below, 2.0 * above].map(rounded), [-1.4065, 2.1014]);
    assert_near(y.backward_with(&Tensor::new([5.0, 1.0]))?.wrt(x)?, &[below, above]);

    let at = -below.ln();
    assert_eq!(rounded(at), -0.5642);
    let x = tape.leaf(Tensor::<f64>::scalar(at));
    assert_near(x.selu().backward()?.wrt(x)?, &[1.0]);
    Ok(())
}

// ANCHOR: moments
/// Mean and variance of SELU's output where the input is normal with mean 0.
fn after_selu(variance: f64) -> [f64; 2] {
    let s = variance.sqrt();
    // What e^x and e^2x contribute where x is negative.
    let once = (variance / 2.0).exp() * normal_below(-s);
    let twice = (2.0 * variance).exp() * normal_below(-2.0 * s);
    let mean = s / (2.0 * PI).sqrt() + SELU_ALPHA * (once - 0.5);
    let square = variance / 2.0 + SELU_ALPHA.powi(2) * (twice - 2.0 * once + 0.5);
    [SELU_SCALE * mean, SELU_SCALE.powi(2) * (square - mean * mean)]
}

#[test]
fn every_variance_is_drawn_towards_one() {
    assert_eq!(after_selu(0.25).map(rounded), [-0.0548, 0.3277]);
    assert_eq!(after_selu(0.5).map(rounded), [-0.0414, 0.5775]);
    assert_eq!(after_selu(1.0).map(rounded), [0.0, 1.0]);
    assert_eq!(after_selu(2.0).map(rounded), [0.0896, 1.7145]);
    assert_eq!(after_selu(4.0).map(rounded), [0.2548, 2.9411]);
}
// ANCHOR_END: moments
