//! The chapter `activation/relu6`.

use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn relu6_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, 8.0], [3.0, 6.0, 0.0]]));
    let y = x.relu6();
    assert_eq!(y.value().to_vec(), [0.0, 1.0, 6.0, 3.0, 6.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 2.0, 0.0, -1.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn relu6_step_by_step() {
    let args = ["ReLU6", "--input", "[[-2,1,8],[3,6,0]]", "--cotangent", "[[1,2,4],[-1,0.5,10]]"];
    assert_snapshot("relu6_steps", &run("step", &args));
}

#[test]
fn relu6_saves_its_output_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.relu6();
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    assert!(!y.node().saved.iter().any(|(_, tensor)| tensor.shares_storage(&x.value())));
}

/// The 255 steps of an 8-bit number, spread over outputs up to 6 and up to 100.
#[test]
fn a_bound_makes_the_steps_of_eight_bits_small() {
    assert_eq!(format!("{:.3}", 6.0 / 255.0), "0.024");
    assert_eq!(format!("{:.2}", 100.0 / 255.0), "0.39");
    // Three bits before the point and five behind it.
    assert_eq!(255.0 / 32.0, 7.96875);
    assert_eq!(1.0 / 32.0, 0.03125);
}

// ANCHOR: stuck
#[test]
fn a_unit_that_is_always_above_six_learns_nothing() -> Result<()> {
    let tape = Tape::new();
    let weight = tape.leaf(Tensor::<f64>::scalar(3.0));
    let samples = tape.constant(Tensor::new([2.5, 3.0, 4.0]));
    let y = (samples * weight).relu6();
    assert_eq!(y.value().to_vec(), [6.0, 6.0, 6.0]);

    let gradients = y.backward_with(&Tensor::new([1.0, -2.0, 5.0]))?;
    assert_eq!(gradients.wrt(weight)?.item()?, 0.0);
    Ok(())
}
// ANCHOR_END: stuck

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([-0.0, infinite, -infinite, f64::NAN]));
    let y = x.relu6();
    let values = y.value().to_vec();
    assert!(values[0].is_sign_negative() && values[3].is_nan());
    assert_eq!(values[..3], [0.0, 6.0, 0.0]);
    // An infinite cotangent makes no NaN on the flat sides.
    let cotangent = Tensor::new([infinite, infinite, infinite, 1.0]);
    assert_eq!(y.backward_with(&cotangent)?.wrt(x)?.to_vec(), [0.0, 0.0, 0.0, 1.0]);
    Ok(())
}

#[test]
fn a_relu6_without_its_upper_bound_is_caught() -> Result<()> {
    let mutant = mutant("ReLU6", "upper bound");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("relu6_wrong", &report.to_string());
    Ok(())
}

#[test]
fn the_neighbours_are_relu6_shifted_and_scaled() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-4.0, -3.0, -1.0, 0.0, 2.0, 3.0, 5.0, 7.0]));
    assert_eq!(x.hardtanh(0.0, 6.0)?.value().to_vec(), x.relu6().value().to_vec());
    let sixth = (x + 3.0).relu6() / 6.0;
    assert_near(&x.hardsigmoid().value(), &sixth.value().to_vec());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([7.0, -3.0, 5.5, 6.0]));
    let y = x.relu6();
    assert_eq!(y.value().to_vec(), [6.0, 0.0, 5.5, 6.0]);
    let gradients = y.backward_with(&Tensor::new([2.0, 2.0, 2.0, 2.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 2.0, 0.0]);
    assert_eq!((x - 1.0).relu6().value().to_vec(), [6.0, 0.0, 4.5, 5.0]);

    let x = tape.constant(Tensor::<f64>::new([2.0, 4.0]));
    assert_eq!((x * 2.0).relu().value().to_vec(), (x.relu() * 2.0).value().to_vec());
    assert_eq!((x * 2.0).relu6().value().to_vec(), [4.0, 6.0]);
    assert_eq!((x.relu6() * 2.0).value().to_vec(), [4.0, 8.0]);
    Ok(())
}

// ANCHOR: hardswish
#[test]
fn hardswish_is_made_of_relu6() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-4.0, -3.0, -1.0, 0.0, 2.0, 3.0, 5.0]));
    let composed = x * (x + 3.0).relu6() / 6.0;
    let layer = x.hardswish();
    assert_near(&composed.value(), &layer.value().to_vec());

    let ones = Tensor::ones([7]);
    let gradients = composed.backward_with(&ones)?;
    assert_near(gradients.wrt(x)?, &layer.backward_with(&ones)?.wrt(x)?.to_vec());
    // At the kinks, -3 and 3: what ReLU6 chooses at 0 and at 6 makes these two.
    let slopes = gradients.wrt(x)?.to_vec();
    assert_eq!([slopes[1], slopes[5]], [0.0, 1.0]);
    Ok(())
}
// ANCHOR_END: hardswish
