//! The chapter `activation/log_sigmoid`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn log_sigmoid_by_hand() -> Result<()> {
    let [ln_3, ln_4, ln_9] = [3.0_f64, 4.0, 9.0].map(f64::ln);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.0, ln_3, -ln_3], [ln_4, -ln_4, ln_9]]));
    let y = x.log_sigmoid();
    assert_near(&y.value(), &[0.5_f64, 0.75, 0.25, 0.8, 0.2, 0.9].map(f64::ln));

    let cotangent = Tensor::new([[2.0, 4.0, 8.0], [5.0, -5.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[1.0, 1.0, 6.0, 1.0, -4.0, 1.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn log_sigmoid_step_by_step() {
    let args = [
        "LogSigmoid",
        "--input",
        "[[0,1.098612,-1.098612],[1.386294,-1.386294,2.197225]]",
        "--cotangent",
        "[[2,4,8],[5,-5,10]]",
    ];
    assert_snapshot("log_sigmoid_steps", &run("step", &args));
}

#[test]
fn the_logarithms_of_the_table() {
    let rounded = |y: f64| format!("{:.4}", y.ln());
    let table = ["-0.6931", "-0.2877", "-1.3863", "-0.2231", "-1.6094", "-0.1054"];
    assert_eq!([0.5, 0.75, 0.25, 0.8, 0.2, 0.9].map(rounded), table);
}

#[test]
fn log_sigmoid_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.log_sigmoid(), &[x]), [("input", 24, true)]);
}

#[test]
fn a_plain_logarithm_of_1_plus_e_loses_a_small_e() -> Result<()> {
    let small = (-20.0_f32).exp();
    assert_eq!((1.0 + small).ln(), 0.0);
    assert_eq!(format!("{:.1e}", small.ln_1p()), "2.1e-9");
    // And so does 1 - σ(x), where σ(-x) does not.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([20.0]));
    assert_eq!((1.0 - x.sigmoid()).value().to_vec(), [0.0]);
    let slope = x.log_sigmoid().sum().backward()?.wrt(x)?.item()?;
    assert_eq!(format!("{slope:.1e}"), "2.1e-9");
    Ok(())
}

#[test]
fn a_log_sigmoid_that_takes_the_wrong_tail_is_caught() -> Result<()> {
    let mutant = mutant("LogSigmoid", "sigmoid(x) for sigmoid(-x)");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("log_sigmoid_wrong", &report.to_string());
    assert_eq!(format!("{:.4} {:.4}", 2.7_f64.exp(), (-3.7_f64).exp()), "14.8797 0.0247");
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([infinite, -infinite, f64::NAN]));
    let y = x.log_sigmoid();
    let slopes = y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec();
    assert_eq!(y.value().to_vec()[..2], [0.0, -infinite]);
    assert_eq!(slopes[..2], [0.0, 1.0]);
    assert!(y.value().to_vec()[2].is_nan() && slopes[2].is_nan());
    Ok(())
}

#[test]
fn softplus_is_its_mirror_image_but_for_the_threshold() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-3.0, 0.5, 2.0]));
    let mirrored = -(-x).softplus(1.0, 20.0);
    assert_near(&mirrored.value(), &x.log_sigmoid().value().to_vec());

    let far = tape.constant(Tensor::<f64>::new([-25.0]));
    assert_eq!((-(-far).softplus(1.0, 20.0)).value().to_vec(), [-25.0]);
    let distance = -25.0 - far.log_sigmoid().value().to_vec()[0];
    assert_eq!(format!("{distance:.1e}"), "1.4e-11");
}

#[test]
fn it_is_the_log_softmax_of_x_and_0() -> Result<()> {
    let tape = Tape::new();
    let line = tape.constant(Tensor::<f64>::new([3.0_f64.ln(), 0.0]));
    assert_near(&line.log_softmax(-1)?.value(), &[0.75_f64.ln(), 0.25_f64.ln()]);
    Ok(())
}

#[test]
fn the_two_sides_differ_by_x() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, 0.5, 2.0]));
    let difference = x.log_sigmoid() - (-x).log_sigmoid();
    assert_near(&difference.value(), &[-3.0, 0.5, 2.0]);
    assert_near(difference.sum().backward()?.wrt(x)?, &[1.0, 1.0, 1.0]);
    Ok(())
}

// ANCHOR: cross_entropy
#[test]
fn the_cross_entropys_gradient_is_output_minus_target() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([3.0_f64.ln(), -(4.0_f64.ln()), 0.0]));
    let target = tape.constant(Tensor::new([1.0, 0.0, 0.25]));
    let loss = -(target * x.log_sigmoid() + (1.0 - target) * (-x).log_sigmoid());
    let gradients = loss.sum().backward()?;
    assert_near(&x.sigmoid().value(), &[0.75, 0.2, 0.5]);
    assert_near(gradients.wrt(x)?, &[0.75 - 1.0, 0.2, 0.5 - 0.25]);
    Ok(())
}
// ANCHOR_END: cross_entropy

// ANCHOR: keeps_its_output
/// LogSigmoid, but it keeps its output. The slope is 1 - e^y.
#[derive(Clone, Copy, Debug)]
struct KeepsItsOutput;

impl Pointwise for KeepsItsOutput {
    const NAME: &'static str = "log_sigmoid";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        if x > T::ZERO { -(-x).exp().ln_1p() } else { x - x.exp().ln_1p() }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        -y.exp_m1() * grad_output
    }
}

#[test]
fn the_slope_can_be_told_from_the_output_by_exp_m1() -> Result<()> {
    let point = Tensor::new([-200.0, -2.0, 0.0, 1.0]);
    let options = CheckOptions::default();
    gradcheck(|v| Ok(v[0].pointwise(KeepsItsOutput)), &[point], &options)?.into_result()?;

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([20.0]));
    let y = x.pointwise(KeepsItsOutput);
    let slope = y.sum().backward()?.wrt(x)?.item()?;
    assert_eq!(format!("{slope:.1e}"), "2.1e-9");
    assert_eq!(1.0 - y.value().item()?.exp(), 0.0);
    Ok(())
}
// ANCHOR_END: keeps_its_output
