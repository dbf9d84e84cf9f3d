//! The chapter `activation/elu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn elu_by_hand() -> Result<()> {
    let (ln_2, ln_4, ln_10) = (2.0_f64.ln(), 4.0_f64.ln(), 10.0_f64.ln());
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-ln_2, 1.0, -ln_4], [3.0, -ln_10, 0.0]]));
    let y = x.elu(2.0);
    assert_near(&y.value(), &[-1.0, 1.0, -1.5, 3.0, -1.8, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[1.0, 2.0, 2.0, -1.0, 0.1, 20.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn elu_step_by_step() {
    let args = [
        "ELU",
        "--set",
        "alpha=2",
        "--input",
        "[[-0.693147,1,-1.386294],[3,-2.302585,0]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("elu_steps", &run("step", &args));
}

#[test]
fn the_inputs_of_the_table_to_four_decimals() {
    let inputs = [2.0_f64, 4.0, 10.0].map(|k| rounded(-k.ln()));
    assert_eq!(inputs, [-0.6931, -1.3863, -2.3026]);
}

#[test]
fn elu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.elu(1.0), &[x]), [("input", 24, true)]);
}

#[test]
fn adding_alpha_to_the_output_loses_the_slopes_digits_in_f32() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-10.0, -20.0]));
    let y = x.elu(1.0);
    let (output, slope) = (y.value().to_vec(), y.sum().backward()?.wrt(x)?.to_vec());
    assert_eq!(format!("{:.8} {:.8}", output[0], (-10.0_f64).exp_m1()), "-0.99995458 -0.99995460");
    assert_eq!(format!("{:.3e} {:.3e}", slope[0], output[0] + 1.0), "4.540e-5 4.542e-5");
    assert_eq!((format!("{:.3e}", slope[1]).as_str(), output[1] + 1.0), ("2.061e-9", 0.0));
    Ok(())
}

#[test]
fn near_zero_the_formula_as_written_loses_what_exp_m1_keeps() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f32>::new([-1e-8]));
    assert_eq!((x.exp() - 1.0).value().to_vec(), [0.0]);
    assert_eq!(x.elu(1.0).value().to_vec(), [-1e-8]);
}

#[test]
fn taking_the_output_for_the_slope_is_caught() -> Result<()> {
    let mutant = mutant("ELU", "takes y for the slope");
    assert_snapshot("elu_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([-infinite, infinite, f64::NAN]));
    let y = x.elu(1.0);
    assert_eq!(y.value().to_vec()[..2], [-1.0, infinite]);
    assert!(y.value().to_vec()[2].is_nan());
    assert_eq!(y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec(), [0.0, 1.0, 1.0]);
    Ok(())
}

#[test]
fn far_below_zero_the_slope_is_no_number_above_zero_any_more() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(-120.0));
    assert_eq!(x.elu(1.0).backward()?.wrt(x)?.item()?, 0.0);
    Ok(())
}

#[test]
fn alpha_zero_is_a_relu_and_a_negative_alpha_folds_the_curve_up() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.5_f64.ln(), 3.0]));
    assert_eq!(x.elu(0.0).value().to_vec(), [0.0, 3.0]);
    let folded = x.elu(-1.0);
    assert_near(&folded.value(), &[0.5, 3.0]);
    assert_near(folded.sum().backward()?.wrt(x)?, &[-0.5, 1.0]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.2_f64.ln(), 2.0, 0.0]));
    let y = x.elu(1.0);
    assert_near(&y.value(), &[-0.8, 2.0, 0.0]);
    let gradients = y.backward_with(&Tensor::new([10.0, 3.0, 7.0]))?;
    assert_near(gradients.wrt(x)?, &[2.0, 3.0, 7.0]);

    let y = tape.leaf(Tensor::<f64>::scalar(-0.5));
    let x = (y + 1.0).ln();
    assert_near(&x.value(), &[0.5_f64.ln()]);
    assert_near(x.backward()?.wrt(y)?, &[2.0]);
    let x = tape.leaf(x.value());
    assert_near(x.elu(1.0).backward()?.wrt(x)?, &[0.5]);
    Ok(())
}

// ANCHOR: by_output
/// An ELU that keeps its output, and takes y + α for the slope.
#[derive(Clone, Copy, Debug)]
struct SlopeFromOutput {
    alpha: f64,
}

impl Pointwise for SlopeFromOutput {
    const NAME: &'static str = "elu";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        if x <= T::ZERO { T::from_f64(self.alpha) * x.exp_m1() } else { x }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y <= T::ZERO { (y + T::from_f64(self.alpha)) * grad_output } else { grad_output }
    }
}

#[test]
fn the_slope_from_the_output_is_right_in_f64_and_lost_in_f32() -> Result<()> {
    let by_output = SlopeFromOutput { alpha: 1.0 };
    let points = [Tensor::new([-4.0, -1.0, 0.0, 1.0, 4.0])];
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(by_output)), &points, &options)?.into_result()?;

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(-20.0));
    assert_eq!(x.pointwise(by_output).backward()?.wrt(x)?.item()?, 0.0);
    assert!(x.elu(1.0).backward()?.wrt(x)?.item()? > 2e-9);
    Ok(())
}
// ANCHOR_END: by_output

#[test]
fn for_a_negative_alpha_the_output_does_not_tell_the_side() -> Result<()> {
    let by_output = SlopeFromOutput { alpha: -1.0 };
    let options = CheckOptions::default();
    let report = gradcheck(|v| Ok(v[0].pointwise(by_output)), &[Tensor::new([-1.0])], &options)?;
    assert!(!report.passed());
    Ok(())
}
