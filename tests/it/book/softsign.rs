//! The chapter `activation/softsign`.

use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softsign_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-3.0, 0.0, 1.0], [4.0, -1.0, 9.0]]));
    let y = x.softsign();
    assert_eq!(y.value().to_vec(), [-0.75, 0.0, 0.5, 0.8, -0.5, 0.9]);

    let cotangent = Tensor::new([[16.0, 3.0, 8.0], [50.0, -4.0, 100.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 3.0, 2.0, 2.0, -1.0, 1.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn softsign_step_by_step() {
    let input = "[[-3,0,1],[4,-1,9]]";
    let args = ["Softsign", "--input", input, "--cotangent", "[[16,3,8],[50,-4,100]]"];
    assert_snapshot("softsign_steps", &run("step", &args));
}

#[test]
fn told_from_the_output_the_last_of_the_steps_would_be_off() {
    let y = 9.0_f32 / (1.0 + 9.0);
    let gradient = (1.0 - y) * (1.0 - y) * 100.0;
    assert_eq!(format!("{gradient:.7}"), "1.0000005");
    assert_eq!(100.0_f32 / 10.0 / 10.0, 1.0);
}

#[test]
fn softsign_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.softsign(), &[x]), [("input", 24, true)]);
}

#[test]
fn the_slope_falls_by_2_for_each_unit_on_both_sides_of_0() -> Result<()> {
    let tape = Tape::new();
    let step = 1e-6;
    let x = tape.leaf(Tensor::<f64>::new([-step, 0.0, step]));
    let slopes = x.softsign().sum().backward()?.wrt(x)?.to_vec();
    assert_eq!(slopes[1], 1.0);
    assert_eq!(format!("{:.3}", (slopes[1] - slopes[0]) / step), "2.000");
    assert_eq!(format!("{:.3}", (slopes[1] - slopes[2]) / step), "2.000");
    Ok(())
}

// ANCHOR: far
#[test]
fn far_out_the_output_and_the_square_have_lost_the_slope() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([1e8, 1e20]));
    let y = x.softsign();
    assert_eq!(y.value().to_vec(), [1.0, 1.0]);

    let cotangent = Tensor::new([1.0, 1e10]);
    let gradients = y.backward_with(&cotangent)?;
    let by_input: Vec<String> = gradients.wrt(x)?.iter().map(|g| format!("{g:.1e}")).collect();
    assert_eq!(by_input, ["1.0e-16", "1.0e-30"]);

    let by_output = (1.0 - y.value().to_vec()[0].abs()).powi(2);
    let denominator = 1.0 + x.value().to_vec()[1].abs();
    let by_square = 1e10 / (denominator * denominator);
    assert_eq!([by_output, by_square], [0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: far

#[test]
fn a_softsign_without_the_square_is_caught() -> Result<()> {
    let mutant = mutant("Softsign", "forgets the square");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("softsign_wrong", &report.to_string());

    let mut at_zero = mutant;
    at_zero.input = Tensor::new([0.0]);
    assert!(at_zero.gradcheck()?.passed());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([infinite, -infinite, f64::NAN]));
    let y = x.softsign();
    let slopes = y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec();
    assert_eq!(y.value().to_vec()[..2], [1.0, -1.0]);
    assert_eq!(slopes[..2], [0.0, 0.0]);
    assert!(y.value().to_vec()[2].is_nan() && slopes[2].is_nan());
    Ok(())
}

#[test]
fn it_takes_99_to_come_to_99_hundredths() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([99.0]));
    assert_eq!(x.softsign().value().to_vec(), [0.99]);
    assert!(2.64_f64.tanh() < 0.99 && 2.65_f64.tanh() > 0.99);
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([9.0, -9.0]));
    let y = x.softsign();
    assert_eq!(y.value().to_vec(), [0.9, -0.9]);
    assert_near(y.backward_with(&Tensor::ones([2]))?.wrt(x)?, &[0.01, 0.01]);
    Ok(())
}

// ANCHOR: ten
#[test]
fn ten_in_a_row_are_x_over_1_plus_10_x() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.1, 1.0]));
    let ten = (0..10).fold(x, |y, _| y.softsign());
    assert_near(&ten.value(), &[-2.0 / 21.0, 0.1 / 2.0, 1.0 / 11.0]);
    let gradients = ten.sum().backward()?;
    assert_near(gradients.wrt(x)?, &[1.0 / 441.0, 1.0 / 4.0, 1.0 / 121.0]);
    assert_eq!(format!("{:.4}", 1.0 / 121.0), "0.0083");
    Ok(())
}
// ANCHOR_END: ten

// ANCHOR: composed
#[test]
fn composed_of_three_operations_it_fails_far_out() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, 0.0, 1.0, 1e17, f64::INFINITY]));
    let composed = x / (x.abs() + 1.0);
    let values = composed.value().to_vec();
    let gradients = composed.backward_with(&Tensor::ones([5]))?;
    let slopes = gradients.wrt(x)?.to_vec();
    assert_eq!(values[..4], [-0.75, 0.0, 0.5, 1.0]);
    assert_eq!(slopes[..4], [0.0625, 1.0, 0.25, 0.0]);
    assert!(values[4].is_nan() && slopes[4].is_nan());

    let far = tape.leaf(Tensor::<f64>::new([1e17]));
    let slope = far.softsign().sum().backward()?.wrt(far)?.item()?;
    assert_eq!(format!("{slope:.1e}"), "1.0e-34");
    Ok(())
}
// ANCHOR_END: composed
