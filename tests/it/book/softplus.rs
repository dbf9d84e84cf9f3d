//! The chapter `activation/softplus`.

use handgrad::activation::Softplus;
use handgrad::ops::Pointwise;
use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softplus_by_hand() -> Result<()> {
    let [ln_2, ln_3, ln_4, ln_5] = [2.0_f64, 3.0, 4.0, 5.0].map(f64::ln);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.0, ln_3, -ln_3], [ln_4, -ln_4, 30.0]]));
    let y = x.softplus(1.0, 20.0);
    assert_near(&y.value(), &[ln_2, ln_4, ln_4 - ln_3, ln_5, ln_5 - ln_4, 30.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.5, 1.5, 1.0, -0.8, 0.1, 10.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn softplus_step_by_step() {
    let args = [
        "Softplus",
        "--input",
        "[[0,1.098612,-1.098612],[1.386294,-1.386294,30]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("softplus_steps", &run("step", &args));
}

#[test]
fn the_numbers_of_the_table() {
    let outputs = [2.0_f64, 4.0, 4.0 / 3.0, 5.0, 5.0 / 4.0].map(|of| rounded(of.ln()));
    assert_eq!(outputs, [0.6931, 1.3863, 0.2877, 1.6094, 0.2231]);
}

#[test]
fn softplus_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.softplus(1.0, 20.0), &[x]), [("input", 24, true)]);
}

// ANCHOR: predict
#[test]
fn a_positive_number_falls_ever_more_slowly() {
    let softplus = Softplus::default();
    let mut p = inverse_softplus(0.001);
    for _ in 0..1000 {
        p -= softplus.backward(p, 1.0);
    }
    assert_eq!(format!("{:.4}", softplus.forward(p)), "0.0005");
}
// ANCHOR_END: predict

#[test]
fn near_zero_its_slope_is_nearly_itself() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(inverse_softplus(0.001)));
    assert_eq!(rounded(x.value().item()?), -6.9073);
    let y = x.softplus(1.0, 20.0);
    assert_near(&y.value(), &[0.001]);
    let slope = y.backward()?.wrt(x)?.item()?;
    assert_eq!((slope * 1e7).round() / 1e7, 0.000_999_5);
    Ok(())
}

#[test]
fn far_below_zero_the_formula_as_written_loses_what_ln_1p_keeps() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f32>::new([-20.0]));
    assert_eq!((x.exp() + 1.0).ln().value().to_vec(), [0.0]);
    let kept = x.softplus(1.0, 20.0).value().to_vec()[0];
    assert_eq!(format!("{kept:.3e}"), "2.061e-9");

    let further = tape.constant(Tensor::<f32>::new([-120.0]));
    assert_eq!(further.softplus(1.0, 20.0).value().to_vec(), [0.0]);
}

#[test]
fn applying_the_formula_to_the_output_is_caught() -> Result<()> {
    let mutant = mutant("Softplus", "applies its formula in x");
    assert_snapshot("softplus_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn a_low_threshold_is_a_step_down_between_two_rising_pieces() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.95, 1.05]));
    let y = x.softplus(1.0, 1.0);
    assert_eq!(y.value().map(rounded).to_vec(), [1.277, 1.05]);
    let slopes = y.backward_with(&Tensor::ones([2]))?.wrt(x)?.map(rounded).to_vec();
    assert_eq!(slopes, [0.7211, 1.0]);
    // The first output, put in, comes out as it is, with another slope.
    let line = tape.leaf(y.value().select(0, 0)?);
    let same = line.softplus(1.0, 1.0);
    assert_eq!(same.value().item()?, line.value().item()?);
    assert_eq!(same.backward()?.wrt(line)?.item()?, 1.0);
    // The step at the default threshold.
    let step = Softplus::default().forward(20.0_f64) - 20.0;
    assert!((step - 2.061e-9).abs() < 1e-12);
    Ok(())
}

#[test]
fn beta_shrinks_the_curve_towards_relu() {
    let (one, four) = (Softplus::default(), Softplus { beta: 4.0, ..Softplus::default() });
    for x in [-3.0_f64, -0.5, 0.0, 0.5, 3.0] {
        // A quarter as large in both directions.
        assert!((four.forward(x) - one.forward(4.0 * x) / 4.0).abs() < 1e-12);
        // Above ReLU, by no more than at 0.
        let gap = four.forward(x) - x.max(0.0);
        assert!(gap > 0.0 && gap < 2.0_f64.ln() / 4.0 + 1e-12);
    }
    // Beyond the threshold the two are the same.
    assert_eq!(four.forward(5.5_f64), 5.5);
}

#[test]
fn without_a_threshold_nothing_overflows() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(1000.0));
    let y = x.softplus(1.0, f64::INFINITY);
    assert_eq!(y.value().item()?, 1000.0);
    assert_eq!(y.backward()?.wrt(x)?.item()?, 1.0);
    Ok(())
}

#[test]
fn beta_zero_divides_by_zero_and_a_nan_goes_both_ways() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let y = x.softplus(0.0, 20.0);
    assert_eq!(y.value().item()?, f64::INFINITY);
    assert_eq!(y.backward()?.wrt(x)?.item()?, 0.5);

    let x = tape.leaf(Tensor::<f64>::scalar(f64::NAN));
    let y = x.softplus(1.0, 20.0);
    assert!(y.value().item()?.is_nan());
    assert!(y.backward()?.wrt(x)?.item()?.is_nan());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([7.0_f64.ln(), (1.0_f64 / 7.0).ln()]));
    let y = x.softplus(1.0, 20.0);
    assert_near(&y.value(), &[8.0_f64.ln(), (8.0_f64 / 7.0).ln()]);
    assert_eq!(y.value().map(rounded).to_vec(), [2.0794, 0.1335]);
    assert_near(y.backward_with(&Tensor::new([8.0, 8.0]))?.wrt(x)?, &[7.0, 1.0]);

    let x = tape.leaf(Tensor::<f64>::new([-3.0, 0.0, 3.0]));
    let (y, log_sigmoid, ones) = (x.softplus(-1.0, 20.0), x.sigmoid().ln(), Tensor::ones([3]));
    assert_near(&y.value(), &log_sigmoid.value().to_vec());
    assert_eq!(y.value().map(rounded).to_vec(), [-3.0486, -0.6931, -0.0486]);
    let slopes = y.backward_with(&ones)?.wrt(x)?.clone();
    assert_near(&slopes, &log_sigmoid.backward_with(&ones)?.wrt(x)?.to_vec());
    assert_eq!(slopes.map(rounded).to_vec(), [0.9526, 0.5, 0.0474]);
    Ok(())
}

// ANCHOR: inverse
/// The p with softplus(p) = s: ln(e^s - 1), written s + ln(1 - e^-s).
fn inverse_softplus(s: f64) -> f64 {
    s + (-(-s).exp_m1()).ln()
}

#[test]
fn softplus_undoes_its_inverse() {
    let softplus = |p: f64| Softplus::default().forward(p);
    for s in [1e-6, 0.001, 0.5, 3.0, 50.0, 1000.0] {
        let back = softplus(inverse_softplus(s));
        assert!((back - s).abs() <= 1e-12 * s, "{s} comes back as {back}");
    }
    // As it is written first, the formula overflows.
    assert_eq!((1000.0_f64.exp() - 1.0).ln(), f64::INFINITY);
    // Just above the threshold the layer is a line, and the inverse is not.
    let gap = 20.5 - softplus(inverse_softplus(20.5));
    assert!((gap - 1.25e-9).abs() < 1e-12);
}
// ANCHOR_END: inverse
