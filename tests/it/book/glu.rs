//! The chapter `activation/glu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves, cat};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn glu_by_hand() -> Result<()> {
    let ln_3 = 3.0_f64.ln();
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, -4.0, 8.0], [0.0, ln_3, -ln_3]]));
    let y = x.glu(0)?;
    assert_near(&y.value(), &[1.0, -3.0, 2.0]);

    let gradients = y.backward_with(&Tensor::new([[1.0, 2.0, 4.0]]))?;
    assert_near(gradients.wrt(x)?, &[0.5, 1.5, 1.0, 0.5, -1.5, 6.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn glu_saves_its_input_and_its_parts_half_as_much_again() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 6]));
    assert_eq!(saved(x.glu(-1)?, &[x]), [("input", 48, true)]);

    let gate = x.narrow(-1, 3, 3)?.sigmoid();
    let product = x.narrow(-1, 0, 3)? * gate;
    assert_eq!(saved(product, &[x]), [("self", 24, true), ("other", 24, false)]);
    Ok(())
}

/// Two units whose a is 1, with a gate at 20 and one at -20.
#[test]
fn far_from_0_only_what_passes_an_open_gate_learns() -> Result<()> {
    let tiny = 2.06e-9..2.07e-9;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0], [20.0, -20.0]]));
    let gradient = x.glu(0)?.backward_with(&Tensor::ones([1, 2]))?.wrt(x)?.to_vec();
    assert!(tiny.contains(&(1.0 - gradient[0])));
    assert!(gradient[1..].iter().all(|slope| tiny.contains(slope)));

    // In f32 the open gate rounds to 1.
    let single = Tape::new();
    let x = single.leaf(Tensor::<f32>::new([[1.0, 1.0], [20.0, -20.0]]));
    let gradient = x.glu(0)?.backward_with(&Tensor::ones([1, 2]))?.wrt(x)?.to_vec();
    assert_eq!((gradient[0], gradient[2]), (1.0, 0.0));
    assert!(tiny.contains(&f64::from(gradient[3])));
    Ok(())
}

#[test]
fn a_glu_that_takes_its_gate_for_a_constant_is_caught() -> Result<()> {
    let mutant = mutant("GLU", "for a constant");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("glu_wrong", &report.to_string());
    Ok(())
}

#[test]
fn glu_step_by_step() {
    let args = [
        "GLU",
        "--set",
        "dim=0",
        "--input",
        "[[2,-4,8],[0,1.0986,-1.0986]]",
        "--cotangent",
        "[[1,2,4]]",
    ];
    assert_snapshot("glu_steps", &run("step", &args));
}

#[test]
fn odd_sizes_are_refused_and_infinity_behind_a_shut_gate_is_nan() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([f64::INFINITY, f64::NEG_INFINITY]));
    assert!(x.glu(0)?.value().to_vec()[0].is_nan());
    assert!(tape.constant(Tensor::<f64>::zeros([3])).glu(0).is_err());
    assert_eq!(tape.constant(Tensor::<f64>::zeros([2, 0])).glu(-1)?.shape(), [2, 0]);
    Ok(())
}

#[test]
fn a_number_that_gates_itself_is_silu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    let (y, silu) = (cat(&[x, x], 0)?.glu(0)?, x.silu());
    assert_near(&y.value(), &silu.value().to_vec());
    let ones = Tensor::ones([3]);
    let expected = silu.backward_with(&ones)?.wrt(x)?.to_vec();
    assert_near(y.backward_with(&ones)?.wrt(x)?, &expected);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([4.0, 0.0]));
    let y = x.glu(0)?;
    assert_near(&y.value(), &[2.0]);
    assert_near(y.backward_with(&Tensor::new([3.0]))?.wrt(x)?, &[1.5, 3.0]);

    let x = tape.leaf(Tensor::<f64>::new([2.0_f64.ln(), 0.0]));
    let squashed = x.narrow(0, 0, 1)?.tanh() * x.narrow(0, 1, 1)?.sigmoid();
    let slope = squashed.sum().backward()?.wrt(x)?.narrow(0, 0, 1)?;
    assert_near(&slope, &[0.32]);
    let slope = x.glu(0)?.sum().backward()?.wrt(x)?.narrow(0, 0, 1)?;
    assert_near(&slope, &[0.5]);
    Ok(())
}

// ANCHOR: bilinear
/// The gate that is its own number.
#[derive(Clone, Copy, Debug)]
struct Itself;

impl Pointwise for Itself {
    const NAME: &'static str = "itself";
    const SAVES: Saves = Saves::Nothing;

    fn forward<T: Real>(self, x: T) -> T {
        x
    }

    fn backward<T: Real>(self, _saved: T, grad_output: T) -> T {
        grad_output
    }
}

#[test]
fn a_bilinear_unit_passes_its_check() -> Result<()> {
    let x = Tensor::new([[4.0, -3.0, 0.5, 2.0], [1.0, 0.0, -2.0, 3.0]]);
    let options = CheckOptions::default();
    gradcheck(|v| v[0].gated("bilinear", Itself, -1), &[x], &options)?.into_result()
}
// ANCHOR_END: bilinear

#[test]
fn a_gate_that_starts_open() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0], [2.0, 0.0]]));
    let gradient = x.glu(0)?.backward_with(&Tensor::ones([1, 2]))?.wrt(x)?.to_vec();
    let rounded: Vec<f64> = gradient.iter().map(|slope| (slope * 100.0).round() / 100.0).collect();
    assert_eq!(rounded, [0.88, 0.5, 0.1, 0.25]);
    Ok(())
}
