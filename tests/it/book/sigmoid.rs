//! The chapter `activation/sigmoid`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn sigmoid_by_hand() -> Result<()> {
    let [ln_3, ln_4, ln_9] = [3.0_f64, 4.0, 9.0].map(f64::ln);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.0, ln_3, -ln_3], [ln_4, -ln_4, ln_9]]));
    let y = x.sigmoid();
    assert_near(&y.value(), &[0.5, 0.75, 0.25, 0.8, 0.2, 0.9]);

    let cotangent = Tensor::new([[4.0, 16.0, -16.0], [25.0, 50.0, 100.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[1.0, 3.0, -3.0, 4.0, 8.0, 9.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn sigmoid_step_by_step() {
    let input = "[[0,1.098612,-1.098612],[1.386294,-1.386294,2.197225]]";
    let args = ["Sigmoid", "--input", input, "--cotangent", "[[4,16,-16],[25,50,100]]"];
    assert_snapshot("sigmoid_steps", &run("step", &args));
}

#[test]
fn sigmoid_saves_its_output_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.sigmoid();
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
}

#[test]
fn from_about_17_on_in_f32_and_37_in_f64_the_slope_is_zero() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([17.0, 18.0]));
    let slopes = x.sigmoid().sum().backward()?.wrt(x)?.to_vec();
    assert!(slopes[0] > 0.0 && slopes[1] == 0.0);
    assert_eq!(format!("{:.0e}", 1.0 - 1.0_f32.next_down()), "6e-8");

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([36.0, 37.0]));
    let slopes = x.sigmoid().sum().backward()?.wrt(x)?.to_vec();
    assert!(slopes[0] > 0.0 && slopes[1] == 0.0);
    Ok(())
}

#[test]
fn the_quotient_of_exponentials_overflows_to_the_right() {
    let x = 1000.0_f64;
    assert!((x.exp() / (1.0 + x.exp())).is_nan());
    assert_eq!(x.sigmoid(), 1.0);
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([f64::INFINITY, -f64::INFINITY, f64::NAN]));
    let y = x.sigmoid();
    let slopes = y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec();
    assert_eq!(y.value().to_vec()[..2], [1.0, 0.0]);
    assert_eq!(slopes[..2], [0.0, 0.0]);
    assert!(y.value().to_vec()[2].is_nan() && slopes[2].is_nan());
    Ok(())
}

#[test]
fn a_sigmoid_without_the_factor_y_is_caught() -> Result<()> {
    let mutant = mutant("Sigmoid", "forgets the factor y");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("sigmoid_wrong", &report.to_string());
    assert_eq!(format!("{:.4}", 1.0 + 3.7_f64.exp()), "41.4473");
    // 1 - y less y (1 - y), at 7.3.
    assert!((1.0 - 7.3_f64.sigmoid()).powi(2) < 1e-6);

    let mut far_out = mutant;
    far_out.input = Tensor::new([16.0, 18.0]);
    assert!(far_out.gradcheck()?.passed());
    Ok(())
}

#[test]
fn a_stack_of_ten_keeps_less_than_a_millionth() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.0]));
    let ten = (0..10).fold(x, |y, _| y.sigmoid());
    let slope = ten.sum().backward()?.wrt(x)?.item()?;
    assert_eq!(format!("{slope:.1e}"), "3.9e-7");
    assert_eq!(format!("{:.1e}", 0.25_f64.powi(10)), "9.5e-7");
    Ok(())
}

/// The chapter's table of the family: each slope at 0 and at 4, to four decimals.
#[test]
fn the_slopes_of_the_family() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.0, 4.0]));
    let family = [
        (x.sigmoid(), [0.25, 0.0177]),
        (x.hardsigmoid(), [0.1667, 0.0]),
        (x.tanh(), [1.0, 0.0013]),
        (x.hardtanh(-1.0, 1.0)?, [1.0, 0.0]),
        (x.softsign(), [1.0, 0.04]),
    ];
    for (y, expected) in family {
        let gradients = y.backward_with(&Tensor::ones([2]))?;
        let rounded = gradients.wrt(x)?.map(|slope| (slope * 1e4).round() / 1e4);
        assert_eq!(rounded.to_vec(), expected);
    }
    Ok(())
}

#[test]
fn it_is_the_softmax_of_x_and_0() -> Result<()> {
    let tape = Tape::new();
    let line = tape.constant(Tensor::<f64>::new([3.0_f64.ln(), 0.0]));
    assert_near(&line.softmax(-1)?.value(), &[0.75, 0.25]);
    Ok(())
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let ln_4 = 4.0_f64.ln();
    assert_eq!(format!("{ln_4:.3}"), "1.386");
    let x = tape.leaf(Tensor::new([ln_4, -ln_4]));
    let y = x.sigmoid();
    assert_near(&y.value(), &[0.8, 0.2]);
    assert_near(y.backward_with(&Tensor::ones([2]))?.wrt(x)?, &[0.16, 0.16]);
    Ok(())
}

// ANCHOR: squared_error
#[test]
fn the_squared_error_corrects_the_worse_output_less() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.0, 999.0_f64.ln()]));
    let y = x.sigmoid();
    assert_near(&y.value(), &[0.5, 0.999]);

    // The target is 0, so the cotangent of y²/2 is y.
    let gradients = y.backward_with(&y.value())?;
    assert_near(gradients.wrt(x)?, &[0.125, 0.999 * 0.999 * 0.001]);
    assert_eq!(format!("{:.6}", 0.999 * 0.999 * 0.001), "0.000998");
    Ok(())
}
// ANCHOR_END: squared_error

// ANCHOR: keeps_its_input
/// The sigmoid, but it keeps its input. The slope is σ(x) σ(-x).
#[derive(Clone, Copy, Debug)]
struct KeepsItsInput;

impl Pointwise for KeepsItsInput {
    const NAME: &'static str = "sigmoid";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x.sigmoid()
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        x.sigmoid() * (-x).sigmoid() * grad_output
    }
}

#[test]
fn a_sigmoid_that_keeps_its_input_has_a_slope_on_both_sides() -> Result<()> {
    let point = Tensor::new([-6.0, -2.0, 0.0, 2.0, 6.0]);
    let options = CheckOptions::default();
    gradcheck(|v| Ok(v[0].pointwise(KeepsItsInput)), &[point], &options)?.into_result()?;

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-20.0, 20.0]));
    let kept = x.pointwise(KeepsItsInput).sum().backward()?.wrt(x)?.to_vec();
    let told = x.sigmoid().sum().backward()?.wrt(x)?.to_vec();
    assert_eq!(kept[0], kept[1]);
    assert!(told[0] > 0.0 && told[1] == 0.0);
    Ok(())
}
// ANCHOR_END: keeps_its_input
