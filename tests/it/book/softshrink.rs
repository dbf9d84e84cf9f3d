//! The chapter `activation/softshrink`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn softshrink_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let y = x.softshrink(1.0)?;
    assert_eq!(y.value().to_vec(), [-1.0, 0.0, 0.0, 2.0, -3.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 0.0, 0.0, -1.0, 0.5, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn softshrink_step_by_step() {
    let (input, cotangent) = ("[[-2,1,-0.5],[3,-4,0]]", "[[1,2,4],[-1,0.5,10]]");
    let args = ["Softshrink", "--set", "lambd=1", "--input", input, "--cotangent", cotangent];
    assert_snapshot("softshrink_steps", &run("step", &args));
}

#[test]
fn softshrink_saves_its_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.softshrink(0.5)?, &[x]), [("input", 24, true)]);
    Ok(())
}

#[test]
fn hard_and_soft_differ_by_steps_and_have_one_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, -0.75, 0.25, 0.75, 2.0]));
    let (hard, soft) = (x.hardshrink(0.5), x.softshrink(0.5)?);
    assert_eq!((hard - soft).value().to_vec(), [-0.5, -0.5, 0.0, 0.5, 0.5]);
    let (hard, soft) = (hard.sum().backward()?, soft.sum().backward()?);
    assert_eq!(hard.wrt(x)?.to_vec(), soft.wrt(x)?.to_vec());
    Ok(())
}

#[test]
fn a_shrink_and_a_clamp_make_the_whole() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, -0.5, 0.25, 0.75, 2.0]));
    let sum = x.softshrink(0.5)? + x.hardtanh(-0.5, 0.5)?;
    assert_eq!(sum.value().to_vec(), x.value().to_vec());
    let relus = (x - 0.5).relu() - (-x - 0.5).relu();
    assert_eq!(relus.value().to_vec(), x.softshrink(0.5)?.value().to_vec());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([f64::NAN, infinite, -infinite, -0.25]));
    let y = x.softshrink(0.5)?;
    let values = y.value().to_vec();
    assert!(values[0].is_nan() && values[3].is_sign_negative());
    assert_eq!(values[1..], [infinite, -infinite, 0.0]);
    let gradients = y.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 1.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn lambda_may_be_0_but_not_negative() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-0.25, 0.0, 0.25]));
    let y = x.softshrink(0.0)?;
    assert_eq!(y.value().to_vec(), [-0.25, 0.0, 0.25]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0, 0.0, 1.0]);
    assert!(x.softshrink(-0.5).is_err() && x.softshrink(f64::INFINITY).is_err());
    Ok(())
}

#[test]
fn a_softshrink_that_counts_its_end_as_outside_is_caught() -> Result<()> {
    let mutant = mutant("Softshrink", ">= lambda");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("softshrink_wrong", &report.to_string());

    let mut off_the_kink = mutant;
    off_the_kink.input = Tensor::new([-2.0, -0.5, 0.5, 2.0]);
    assert!(off_the_kink.gradcheck()?.passed());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-0.75, 0.5, 0.25, 2.0]));
    let y = x.softshrink(0.5)?;
    assert_eq!(y.value().to_vec(), [-0.25, 0.0, 0.0, 1.5]);
    let gradients = y.backward_with(&Tensor::new([2.0, 3.0, 4.0, 5.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [2.0, 0.0, 0.0, 5.0]);

    // λ as a variable: the layer of two ReLUs.
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let lambda = tape.leaf(Tensor::new([1.0]));
    let y = (x - lambda).relu() - (-x - lambda).relu();
    assert_eq!(y.value().to_vec(), [-1.0, 0.0, 0.0, 2.0, -3.0, 0.0]);
    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    assert_eq!(y.backward_with(&cotangent)?.wrt(lambda)?.to_vec(), [2.5]);
    Ok(())
}

// ANCHOR: by_output
/// Softshrink with λ = 0.5, whose backward is given the output alone.
#[derive(Clone, Copy, Debug)]
struct FromOutput;

impl Pointwise for FromOutput {
    const NAME: &'static str = "softshrink";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        let half = T::from_f64(0.5);
        if x > half {
            x - half
        } else if x < -half {
            x + half
        } else {
            x * T::ZERO
        }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y == T::ZERO { T::ZERO } else { grad_output }
    }
}

#[test]
fn the_output_of_softshrink_suffices() -> Result<()> {
    let x = Tensor::new([-2.0, -0.5, -0.25, 0.0, 0.5, 2.0]);
    let kinks =
        vec![Kink { at: -0.5, slope: Choice::Right }, Kink { at: 0.5, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(FromOutput)), &[x], &options)?.into_result()?;

    // The next number above 0.5 leaves a difference that is not 0.
    let next = f64::from_bits(0.5_f64.to_bits() + 1);
    assert!(next - 0.5 > 0.0);
    Ok(())
}
// ANCHOR_END: by_output
