//! The chapter `activation/celu`.

use handgrad::activation::CELU;
use handgrad::ops::Pointwise;
use handgrad::{Result, Tape, Tensor, Var};

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn celu_by_hand() -> Result<()> {
    // Where e^(x/2) is 1/2, 1/4 and 1/10.
    let [half, quarter, tenth] = [2.0_f64, 4.0, 10.0].map(|k| -2.0 * k.ln());
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[half, 1.0, quarter], [3.0, tenth, 0.0]]));
    let y = x.celu(2.0)?;
    assert_near(&y.value(), &[-1.0, 1.0, -1.5, 3.0, -1.8, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.5, 2.0, 1.0, -1.0, 0.05, 10.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn celu_step_by_step() {
    let args = [
        "CELU",
        "--set",
        "alpha=2",
        "--input",
        "[[-1.386294,1,-2.772589],[3,-4.60517,0]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("celu_steps", &run("step", &args));
}

#[test]
fn the_inputs_of_the_table() {
    let inputs = [2.0_f64, 4.0, 10.0].map(|k| rounded(-2.0 * k.ln()));
    assert_eq!(inputs, [-1.3863, -2.7726, -4.6052]);
}

#[test]
fn the_curve_of_the_figure() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-100.0, -1e-14, 1e-14]));
    let y = x.celu(2.0)?;
    assert_near(&y.value(), &[-2.0, 0.0, 0.0]);
    assert_near(y.backward_with(&Tensor::ones([3]))?.wrt(x)?, &[0.0, 1.0, 1.0]);
    Ok(())
}

#[test]
fn celu_saves_its_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.celu(2.0)?, &[x]), [("input", 24, true)]);
    Ok(())
}

// ANCHOR: predict
/// The central difference at 0 of CELU with alpha = 1.
fn central_difference(step: f64) -> f64 {
    let celu = |x: f64| CELU::default().forward(x);
    (celu(step) - celu(-step)) / (2.0 * step)
}

#[test]
fn at_a_corner_of_the_slope_half_the_step_leaves_half_the_error() {
    let (wide, narrow) = (central_difference(0.1), central_difference(0.05));
    let extrapolated = (4.0 * narrow - wide) / 3.0;
    assert_eq!([wide, narrow, extrapolated].map(rounded), [0.9758, 0.9877, 0.9917]);
    let errors = [wide, narrow, extrapolated].map(|slope| rounded(1.0 - slope));
    assert_eq!(errors, [0.0242, 0.0123, 0.0083]);
}
// ANCHOR_END: predict

#[test]
fn multiplying_by_alpha_is_caught() -> Result<()> {
    let mutant = mutant("CELU", "multiplies by alpha");
    assert_snapshot("celu_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn with_alpha_one_it_is_elu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-6.0, -0.5, 0.0, 3.0]));
    let (celu, elu, ones) = (x.celu(1.0)?, x.elu(1.0), Tensor::ones([4]));
    assert_eq!(celu.value().to_vec(), elu.value().to_vec());
    let of_elu = elu.backward_with(&ones)?.wrt(x)?.to_vec();
    assert_eq!(celu.backward_with(&ones)?.wrt(x)?.to_vec(), of_elu);
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([-infinite, infinite, f64::NAN]));
    let y = x.celu(2.0)?;
    assert_eq!(y.value().to_vec()[..2], [-2.0, infinite]);
    assert!(y.value().to_vec()[2].is_nan());
    assert_eq!(y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec(), [0.0, 1.0, 1.0]);
    Ok(())
}

#[test]
fn alpha_zero_is_refused_and_a_negative_alpha_grows_without_bound() -> Result<()> {
    let error = CELU::new(0.0).unwrap_err();
    assert_eq!(
        error.to_string(),
        "celu: alpha cannot be 0, since x is divided by it; for a flat negative side use ReLU"
    );

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(-10.0));
    let y = x.celu(-1.0)?;
    assert_eq!(y.value().item()?.round(), -22_025.0);
    assert_eq!(y.backward()?.wrt(x)?.item()?.round(), 22_026.0);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.5 * 0.5_f64.ln(), 4.0]));
    let y = x.celu(0.5)?;
    assert_near(&y.value(), &[-0.25, 4.0]);
    assert_near(y.backward_with(&Tensor::new([6.0, 6.0]))?.wrt(x)?, &[3.0, 6.0]);

    let minus_one = |alpha: f64| CELU::new(alpha).map(|celu| celu.forward(-1.0_f64));
    assert_eq!(rounded(minus_one(100.0)?), -0.995);
    assert_eq!(rounded(minus_one(0.01)?), -0.01);
    Ok(())
}

// ANCHOR: scaled
/// CELU in another unit: its input and its alpha multiplied by a factor, and its
/// output divided by it.
fn in_another_unit(x: Var<'_, f64>, factor: f64) -> Result<Var<'_, f64>> {
    Ok((x * factor).celu(0.5 * factor)? / factor)
}

#[test]
fn celu_is_the_same_in_every_unit_and_elu_is_not() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-6.0, -0.5, 0.0, 3.0]));
    let (celu, ones) = (x.celu(0.5)?, Tensor::ones([4]));
    let slopes = celu.backward_with(&ones)?.wrt(x)?.to_vec();
    for factor in [0.1, 3.0, 100.0] {
        let y = in_another_unit(x, factor)?;
        assert_near(&y.value(), &celu.value().to_vec());
        assert_near(y.backward_with(&ones)?.wrt(x)?, &slopes);
    }
    let elu = (x * 3.0).elu(1.5) / 3.0;
    assert_ne!(elu.value().to_vec(), x.elu(0.5).value().to_vec());
    Ok(())
}
// ANCHOR_END: scaled

#[test]
fn how_the_output_moves_with_alpha() -> Result<()> {
    let (x, step) = (-2.0 * 2.0_f64.ln(), 1e-5);
    let at = |alpha: f64| CELU::new(alpha).map(|celu| celu.forward(x));
    let difference = (at(2.0 + step)? - at(2.0 - step)?) / (2.0 * step);
    let u = x / 2.0;
    let formula = u.exp() - 1.0 - u * u.exp();
    assert_eq!(rounded(formula), -0.1534);
    assert!((difference - formula).abs() < 1e-8);
    Ok(())
}
