//! The chapter `activation/threshold`.

use handgrad::{Result, Tape, Tensor};

use super::{mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn threshold_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, 3.0], [4.0, 0.5, 2.0]]));
    let y = x.threshold(1.0, 5.0);
    assert_eq!(y.value().to_vec(), [5.0, 5.0, 3.0, 4.0, 5.0, 2.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 4.0, -1.0, 0.0, 10.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn threshold_step_by_step() {
    let args = [
        "Threshold",
        "--set",
        "threshold=1",
        "--set",
        "value=5",
        "--input",
        "[[-2,1,3],[4,0.5,2]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("threshold_steps", &run("step", &args));
}

#[test]
fn the_jump_of_the_figure() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 1.0 + f64::EPSILON]));
    let y = x.threshold(1.0, 0.0);
    assert_eq!(y.value().to_vec(), [0.0, 1.0 + f64::EPSILON]);
    assert_eq!(y.backward_with(&Tensor::ones([2]))?.wrt(x)?.to_vec(), [0.0, 1.0]);
    Ok(())
}

#[test]
fn threshold_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.threshold(1.0, 5.0), &[x]), [("input", 24, true)]);
}

// ANCHOR: descent
#[test]
fn descent_steps_over_the_edge_and_stays_there() -> Result<()> {
    let mut x = 1.25;
    let mut losses = Vec::new();
    for _ in 0..3 {
        let tape = Tape::new();
        let leaf = tape.leaf(Tensor::<f64>::scalar(x));
        let loss = leaf.threshold(1.0, 20.0);
        losses.push(loss.value().item()?);
        x -= 0.5 * loss.backward()?.wrt(leaf)?.item()?;
    }
    assert_eq!(losses, [1.25, 20.0, 20.0]);
    assert_eq!(x, 0.75);
    Ok(())
}
// ANCHOR_END: descent

#[test]
fn one_output_may_have_two_slopes() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.0, 20.0]));
    let y = x.threshold(1.0, 20.0);
    assert_eq!(y.value().to_vec(), [20.0, 20.0]);
    assert_eq!(y.backward_with(&Tensor::ones([2]))?.wrt(x)?.to_vec(), [0.0, 1.0]);
    Ok(())
}

#[test]
fn the_slope_across_the_jump_grows_without_end() {
    // The example's differences: from 20 up to the edge, down to 1 + step behind it.
    for (step, slope) in [(0.25, -37.5), (0.0625, -151.5), (0.015_625, -607.5)] {
        assert_eq!((1.0 + step - 20.0) / (2.0 * step), slope);
    }
}

#[test]
fn a_backward_that_passes_everything_is_caught() -> Result<()> {
    let mutant = mutant("Threshold", "passes everything");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("threshold_wrong", &report.to_string());
    Ok(())
}

#[test]
fn at_zero_it_is_relu_but_for_the_sign_of_a_zero() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-0.0, 0.0, -2.0, 3.0]));
    let (threshold, relu) = (x.threshold(0.0, 0.0), x.relu());
    assert_eq!(threshold.value().to_vec(), relu.value().to_vec());
    assert!(threshold.value().to_vec()[0].is_sign_positive());
    assert!(relu.value().to_vec()[0].is_sign_negative());
    let ones = Tensor::ones([4]);
    let gradient = threshold.backward_with(&ones)?.wrt(x)?.to_vec();
    assert_eq!(gradient, relu.backward_with(&ones)?.wrt(x)?.to_vec());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([f64::NAN, infinite, -infinite]));
    let y = x.threshold(1.0, 5.0);
    assert!(y.value().to_vec()[0].is_nan());
    assert_eq!(y.value().to_vec()[1..], [infinite, 5.0]);
    let cotangent = Tensor::new([1.0, 1.0, infinite]);
    assert_eq!(y.backward_with(&cotangent)?.wrt(x)?.to_vec(), [1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn the_threshold_is_rounded_to_the_tensors_type() {
    let narrow = Tape::new();
    let x = narrow.constant(Tensor::<f32>::new([0.1]));
    assert_eq!(x.threshold(0.1, 5.0).value().to_vec(), [5.0]);
    let wide = Tape::new();
    let same = f64::from(0.1_f32);
    let x = wide.constant(Tensor::<f64>::new([same]));
    assert_eq!(x.threshold(0.1, 5.0).value().to_vec(), [same]);
}

#[test]
fn the_neighbours() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    assert_eq!(x.relu().value().to_vec(), [0.0, 0.5, 3.0]);
    assert_eq!(x.threshold(1.0, 1.0).value().to_vec(), [1.0, 1.0, 3.0]);
    assert_eq!(x.threshold(1.0, 0.0).value().to_vec(), [0.0, 0.0, 3.0]);
    assert_eq!(x.hardshrink(1.0).value().to_vec(), [-2.0, 0.0, 3.0]);
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.0, 3.0]));
    for value in [-1.0, -100.0] {
        let y = x.threshold(0.0, value);
        assert_eq!(y.value().to_vec(), [value, value, 3.0]);
        let gradients = y.backward_with(&Tensor::new([7.0, 8.0, 9.0]))?;
        assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 9.0]);
    }

    // Where value <= threshold, the output tells on which side x was.
    let x = tape.constant(Tensor::<f64>::new([-1.0, 0.5, 0.75, 2.0]));
    for value in [-2.0, 0.0, 0.5] {
        for (x, y) in x.value().iter().zip(&x.threshold(0.5, value).value()) {
            assert_eq!(x > 0.5, y > 0.5);
        }
    }
    Ok(())
}

// ANCHOR: from_relu
#[test]
fn with_value_and_threshold_equal_it_is_a_shifted_relu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 0.5, 1.0, 1.5, 3.0]));
    let (layer, composed) = (x.threshold(1.0, 1.0), (x - 1.0).relu() + 1.0);
    assert_eq!(layer.value().to_vec(), [1.0, 1.0, 1.0, 1.5, 3.0]);
    assert_eq!(composed.value().to_vec(), layer.value().to_vec());

    let ones = Tensor::ones([5]);
    for y in [layer, composed] {
        assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [0.0, 0.0, 0.0, 1.0, 1.0]);
    }
    Ok(())
}
// ANCHOR_END: from_relu
