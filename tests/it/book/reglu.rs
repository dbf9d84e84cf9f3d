//! The chapter `activation/reglu`.

use handgrad::activation::{Approximate, LeakyReLU};
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::cat;
use handgrad::{Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn reglu_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, -3.0, 4.0], [3.0, -1.0, 0.5]]));
    let y = x.reglu(0)?;
    assert_eq!(y.value().to_vec(), [6.0, 0.0, 2.0]);

    let gradients = y.backward_with(&Tensor::new([[1.0, 2.0, 4.0]]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [3.0, 0.0, 2.0, 2.0, 0.0, 16.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn reglu_saves_its_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 6]));
    assert_eq!(saved(x.reglu(-1)?, &[x]), [("input", 48, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn twice_the_input_is_four_times_the_output_and_twice_the_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, -3.0, 4.0], [3.0, -1.0, 0.5]]));
    let twice = tape.leaf(x.value().scale(2.0));
    let (y, y_of_twice) = (x.reglu(0)?, twice.reglu(0)?);
    assert_eq!(y_of_twice.value().to_vec(), y.value().scale(4.0).to_vec());

    let cotangent = Tensor::new([[1.0, 2.0, 4.0]]);
    let (once, doubled) = (y.backward_with(&cotangent)?, y_of_twice.backward_with(&cotangent)?);
    assert_eq!(doubled.wrt(twice)?.to_vec(), once.wrt(x)?.scale(2.0).to_vec());
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn behind_a_shut_gate_an_infinite_number_leaves_the_gates_gradient_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::INFINITY, -1.0]));
    let y = x.reglu(0)?;
    assert!(y.value().to_vec()[0].is_nan());
    let gradients = y.backward_with(&Tensor::ones([1]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0]);
    Ok(())
}

#[test]
fn zeros_move_in_glu_and_never_in_reglu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([4]));
    let ones = Tensor::ones([2]);
    assert_eq!(x.reglu(0)?.backward_with(&ones)?.wrt(x)?.to_vec(), [0.0; 4]);
    assert_eq!(x.glu(0)?.backward_with(&ones)?.wrt(x)?.to_vec(), [0.5, 0.5, 0.0, 0.0]);
    Ok(())
}

#[test]
fn the_smooth_gates_are_nearly_shut_far_to_the_left() -> Result<()> {
    let tape = Tape::new();
    let gelu = tape.constant(Tensor::<f64>::scalar(-3.0)).gelu(Approximate::None);
    let silu = tape.constant(Tensor::<f64>::scalar(-6.0)).silu();
    assert!((-0.005..0.0).contains(&gelu.value().item()?));
    assert!((-0.015..0.0).contains(&silu.value().item()?));
    Ok(())
}

#[test]
fn a_reglu_that_forgets_what_it_gates_is_caught() -> Result<()> {
    let mutant = mutant("ReGLU", "not what it gates");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("reglu_wrong", &report.to_string());

    // Seven of the twelve gates are shut.
    let gates = mutant.input.narrow(-1, 4, 4)?;
    assert_eq!(gates.iter().filter(|gate| *gate < 0.0).count(), 7);
    Ok(())
}

#[test]
fn reglu_step_by_step() {
    let args =
        ["ReGLU", "--set", "dim=0", "--input", "[[2,-3,4],[3,-1,0.5]]", "--cotangent", "[[1,2,4]]"];
    assert_snapshot("reglu_steps", &run("step", &args));
}

#[test]
fn large_halves_make_larger_products() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([1e6, 1e6]));
    assert_eq!(x.reglu(0)?.value().to_vec(), [1e12]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, -2.0, 2.0, -1.0]));
    let y = x.reglu(0)?;
    assert_eq!(y.value().to_vec(), [2.0, 0.0]);
    let gradients = y.backward_with(&Tensor::ones([2]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [2.0, 0.0, 1.0, 0.0]);
    let gradients = x.glu(0)?.backward_with(&Tensor::ones([2]))?;
    assert!(gradients.wrt(x)?.iter().all(|dx| dx != 0.0));

    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    let (y, square) = (cat(&[x, x], 0)?.reglu(0)?, x.squared_relu());
    assert_eq!(y.value().to_vec(), square.value().to_vec());
    let ones = Tensor::ones([3]);
    assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [0.0, 1.0, 6.0]);
    assert_eq!(square.backward_with(&ones)?.wrt(x)?.to_vec(), [0.0, 1.0, 6.0]);
    Ok(())
}

// ANCHOR: leaky_gate
#[test]
fn a_leaky_gate_passes_its_check_and_is_never_quite_shut() -> Result<()> {
    let gate = LeakyReLU { negative_slope: 0.1 };
    let x = Tensor::new([[4.0, -3.0, 2.0, -1.0], [5.0, 0.5, 0.0, 3.0]]);
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| v[0].gated("leaky_glu", gate, -1), &[x], &options)?.into_result()?;

    let tape = Tape::new();
    let pair = tape.leaf(Tensor::<f64>::new([4.0, -2.0]));
    let y = pair.gated("leaky_glu", gate, 0)?;
    assert_near(&y.value(), &[-0.8]);
    assert_near(y.sum().backward()?.wrt(pair)?, &[-0.2, 0.4]);
    Ok(())
}
// ANCHOR_END: leaky_gate
