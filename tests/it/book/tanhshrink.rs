//! The chapter `activation/tanhshrink`.

use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn tanhshrink_by_hand() -> Result<()> {
    let (ln_2, ln_3) = (2.0_f64.ln(), 3.0_f64.ln());
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[ln_2, -ln_3, 0.0], [ln_3 / 2.0, -ln_2, ln_3]]));
    let y = x.tanhshrink();
    let tanh = [0.6, -0.8, 0.0, 0.5, -0.6, 0.8];
    let differences: Vec<f64> = x.value().iter().zip(tanh).map(|(x, tanh)| x - tanh).collect();
    assert_near(&y.value(), &differences);

    let cotangent = Tensor::new([[100.0, 25.0, 3.0], [4.0, -50.0, 100.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[36.0, 16.0, 0.0, 1.0, -18.0, 64.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn tanhshrink_step_by_step() {
    let input = "[[0.693147,-1.098612,0],[0.549306,-0.693147,1.098612]]";
    let args = ["Tanhshrink", "--input", input, "--cotangent", "[[100,25,3],[4,-50,100]]"];
    assert_snapshot("tanhshrink_steps", &run("step", &args));
}

fn round(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

fn tanhshrink(x: f64) -> f64 {
    let tape = Tape::new();
    tape.constant(Tensor::<f64>::new([x])).tanhshrink().value().to_vec()[0]
}

fn slope(x: f64) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([x]));
    Ok(x.tanhshrink().sum().backward()?.wrt(x)?.to_vec()[0])
}

/// The chapter's tables, to four decimals.
#[test]
fn the_numbers_of_the_tables() {
    let (ln_2, ln_3) = (2.0_f64.ln(), 3.0_f64.ln());
    assert_eq!([ln_2, ln_3, ln_3 / 2.0].map(round), [0.6931, 1.0986, 0.5493]);
    assert_eq!([ln_2, -ln_3, ln_3 / 2.0].map(tanhshrink).map(round), [0.0931, -0.2986, 0.0493]);

    let points = [0.25, 0.5, 1.0, 4.0_f64];
    assert_eq!(points.map(tanhshrink).map(round), [0.0051, 0.0379, 0.2384, 3.0007]);
    assert_eq!(points.map(f64::tanh).map(round), [0.2449, 0.4621, 0.7616, 0.9993]);
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new(points));
    assert_eq!(x.hardshrink(0.5).value().to_vec(), [0.0, 0.0, 1.0, 4.0]);
    let soft = x.softshrink(0.5).expect("lambda is not negative");
    assert_eq!(soft.value().to_vec(), [0.0, 0.0, 0.5, 3.5]);
}

#[test]
fn tanhshrink_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.tanhshrink(), &[x]), [("input", 24, true)]);
}

/// The f32 nearest to tanh(x).
fn tanh_in_f32(x: f32) -> f32 {
    f64::from(x).tanh() as f32
}

// ANCHOR: predict
#[test]
fn a_difference_loses_the_digits_that_a_product_keeps() {
    let x = 0.0001_f32;
    let tanh = tanh_in_f32(x); // right to seven digits
    assert_eq!(x - tanh, 0.0); // right to none: it is 3.3e-13
    assert!((tanh * tanh - 1e-8).abs() < 1e-14); // right to six at least
    assert_eq!(1.0 - (1.0 - tanh * tanh), 0.0); // the same slope by a difference
}
// ANCHOR_END: predict

#[test]
fn what_a_plain_difference_gives_in_f32() {
    let difference = |x: f32| x - tanh_in_f32(x);
    assert_eq!(difference(0.0002), 0.0);
    let at_a_thousandth = f64::from(difference(0.001));
    assert!((at_a_thousandth - 3.49e-10).abs() < 5e-13);
    assert!((tanhshrink(0.001) - 3.33e-10).abs() < 5e-13);
    assert!((tanhshrink(0.0001) - 3.33e-13).abs() < 5e-16);
}

#[test]
fn the_two_branches_meet() {
    for x in [0.9_f64, 0.99, 0.999_999] {
        assert!((tanhshrink(x) - (x - x.tanh())).abs() < 1e-15);
    }
}

#[test]
fn it_is_flat_near_0_and_nearly_a_line_far_out() -> Result<()> {
    assert_eq!(slope(0.0)?, 0.0);
    assert_eq!(round(slope(0.1)?), 0.0099);
    assert_eq!(round(slope(4.0)?), 0.9987);
    let once = tanhshrink(0.1);
    let twice = tanhshrink(once);
    assert!((once - 3.3e-4).abs() < 5e-6 && (twice - 1.2e-11).abs() < 5e-13);
    assert_eq!(tanhshrink(100.0), 99.0);
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    assert!(tanhshrink(f64::NAN).is_nan() && slope(f64::NAN)?.is_nan());
    assert_eq!([f64::INFINITY, -f64::INFINITY].map(tanhshrink), [f64::INFINITY, -f64::INFINITY]);
    assert_eq!((slope(f64::INFINITY)?, slope(-f64::INFINITY)?), (1.0, 1.0));
    assert!(tanhshrink(-0.0).is_sign_positive());
    Ok(())
}

#[test]
fn a_tanhshrink_that_asks_its_output_is_caught() -> Result<()> {
    let mutant = mutant("Tanhshrink", "to the output");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("tanhshrink_wrong", &report.to_string());

    // The one entry that the diagnosis does not count.
    let squared = |x: f64| x.tanh() * x.tanh();
    let off_by = squared(7.3) - squared(tanhshrink(7.3));
    assert!((1e-5..2e-5).contains(&off_by));
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let ln_4 = 4.0_f64.ln();
    assert_near(&Tensor::new([289.0 * slope(ln_4)?]), &[225.0]);
    assert_eq!([ln_4, 15.0 / 17.0, tanhshrink(ln_4)].map(round), [1.3863, 0.8824, 0.5039]);

    let half = (1.0 + 2.0_f64.sqrt()).ln();
    assert_near(&Tensor::new([slope(half)?]), &[0.5]);
    assert_eq!((round(half), round(tanhshrink(half))), (0.8814, 0.1743));
    Ok(())
}

// ANCHOR: composed
#[test]
fn composed_of_two_operations_it_loses_its_slope_too() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.5]));
    let composed = (x - x.tanh()).sum().backward()?;
    let direct = x.tanhshrink().sum().backward()?;
    assert_near(composed.wrt(x)?, &direct.wrt(x)?.to_vec());

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([0.0001]));
    let composed = (x - x.tanh()).sum().backward()?;
    let direct = x.tanhshrink().sum().backward()?;
    assert_eq!(composed.wrt(x)?.to_vec(), [0.0]);
    assert!((direct.wrt(x)?.to_vec()[0] - 1e-8).abs() < 1e-14);
    Ok(())
}
// ANCHOR_END: composed
