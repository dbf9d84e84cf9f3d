//! The chapter `activation/hardshrink`.

use handgrad::{Result, Tape, Tensor};

use super::{mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn hardshrink_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let y = x.hardshrink(1.0);
    assert_eq!(y.value().to_vec(), [-2.0, 0.0, 0.0, 3.0, -4.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 0.0, 0.0, -1.0, 0.5, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn hardshrink_step_by_step() {
    let (input, cotangent) = ("[[-2,1,-0.5],[3,-4,0]]", "[[1,2,4],[-1,0.5,10]]");
    let args = ["Hardshrink", "--set", "lambd=1", "--input", input, "--cotangent", cotangent];
    assert_snapshot("hardshrink_steps", &run("step", &args));
}

fn hardshrink<const N: usize>(x: [f64; N], lambd: f64) -> Vec<f64> {
    let tape = Tape::new();
    tape.constant(Tensor::<f64>::new(x)).hardshrink(lambd).value().to_vec()
}

fn slopes<const N: usize>(x: [f64; N], lambd: f64) -> Result<Vec<f64>> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(x));
    Ok(x.hardshrink(lambd).sum().backward()?.wrt(x)?.to_vec())
}

#[test]
fn hardshrink_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.hardshrink(0.5), &[x]), [("input", 24, true)]);
}

#[test]
fn the_threshold_of_donoho_and_johnstone() {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let threshold = |n: f64| 0.2 * (2.0 * n.ln()).sqrt();
    assert_eq!((round(threshold(8.0)), round(threshold(1000.0))), (0.41, 0.74));
}

// ANCHOR: predict
#[test]
fn lambda_moves_the_output_in_one_jump() {
    let outputs = [0.5, 0.54, 0.56, 0.6].map(|lambd| hardshrink([0.55], lambd)[0]);
    assert_eq!(outputs, [0.55, 0.55, 0.0, 0.0]);
}
// ANCHOR_END: predict

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let y = hardshrink([f64::NAN, infinite, -infinite, -0.25], 0.5);
    assert!(y[0].is_nan());
    assert_eq!(y[1..], [infinite, -infinite, 0.0]);
    assert!(y[3].is_sign_positive());
    assert_eq!(slopes([f64::NAN, infinite, -infinite, -0.25], 0.5)?, [1.0, 1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn lambda_may_be_0_or_negative() -> Result<()> {
    let x = [-0.25, 0.0, 0.25];
    assert_eq!(hardshrink(x, 0.0), x);
    assert_eq!(slopes(x, 0.0)?, [1.0, 0.0, 1.0]);
    assert_eq!(hardshrink(x, -0.5), x);
    assert_eq!(slopes(x, -0.5)?, [1.0, 1.0, 1.0]);
    Ok(())
}

#[test]
fn an_infinite_cotangent_stops_at_a_small_number() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.25]));
    let gradients = x.hardshrink(0.5).backward_with(&Tensor::new([f64::INFINITY]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0]);
    assert!((0.0 * f64::INFINITY).is_nan());
    Ok(())
}

#[test]
fn a_hardshrink_that_forgets_the_negative_side_is_caught() -> Result<()> {
    let mutant = mutant("Hardshrink", "negative side");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("hardshrink_wrong", &report.to_string());

    let mut lucky = mutant;
    lucky.input = Tensor::new([-0.5, 0.25, 0.6, 2.0]);
    assert!(lucky.gradcheck()?.passed());
    Ok(())
}

#[test]
fn beside_its_neighbours() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, 0.25, 0.75, 2.0]));
    assert_eq!(x.hardshrink(0.5).value().to_vec(), [-2.0, 0.0, 0.75, 2.0]);
    assert_eq!(x.softshrink(0.5)?.value().to_vec(), [-1.5, 0.0, 0.25, 1.5]);
    assert_eq!(x.threshold(0.5, 0.0).value().to_vec(), [0.0, 0.0, 0.75, 2.0]);
    assert_eq!(x.relu().value().to_vec(), [0.0, 0.25, 0.75, 2.0]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-0.75, 0.5, 0.25, 2.0]));
    let y = x.hardshrink(0.5);
    assert_eq!(y.value().to_vec(), [-0.75, 0.0, 0.0, 2.0]);
    let gradients = y.backward_with(&Tensor::new([2.0, 3.0, 4.0, 5.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [2.0, 0.0, 0.0, 5.0]);
    assert!(hardshrink([0.5_f64.next_up()], 0.5)[0] > 0.5);

    // From 0 to 1 in 1000 steps, the slope taken in the middle of each.
    let middles = Tensor::<f64>::from_fn([1000], |at| (at[0] as f64 + 0.5) / 1000.0);
    let middles = tape.leaf(middles);
    let gradients = middles.hardshrink(0.5).sum().backward()?;
    let by_slopes = gradients.wrt(middles)?.iter().sum::<f64>() / 1000.0;
    let ends = hardshrink([0.0, 1.0], 0.5);
    assert_eq!((ends[1] - ends[0], by_slopes), (1.0, 0.5));
    Ok(())
}

// ANCHOR: thresholds
#[test]
fn two_thresholds_make_a_hardshrink() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, -0.5, -0.25, 0.0, 0.5, 0.75]));
    let two = x.threshold(0.5, 0.0) - (-x).threshold(0.5, 0.0);
    let one = x.hardshrink(0.5);
    assert_eq!(two.value().to_vec(), one.value().to_vec());

    let cotangent = Tensor::new([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let (two, one) = (two.backward_with(&cotangent)?, one.backward_with(&cotangent)?);
    assert_eq!(two.wrt(x)?.to_vec(), [1.0, 0.0, 0.0, 0.0, 0.0, 6.0]);
    assert_eq!(one.wrt(x)?.to_vec(), two.wrt(x)?.to_vec());
    Ok(())
}
// ANCHOR_END: thresholds
