//! The chapter `activation/hardtanh`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Args, Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor, catalog};

use super::{mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn hardtanh_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-3.0, -0.5, 0.25], [1.0, 2.0, -1.0]]));
    let y = x.hardtanh(-1.0, 1.0)?;
    assert_eq!(y.value().to_vec(), [-1.0, -0.5, 0.25, 1.0, 1.0, -1.0]);

    let cotangent = Tensor::new([[4.0, 3.0, -2.0], [5.0, 7.0, 9.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 3.0, -2.0, 0.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn hardtanh_step_by_step() {
    let input = "[[-3,-0.5,0.25],[1,2,-1]]";
    let args = ["Hardtanh", "--input", input, "--cotangent", "[[4,3,-2],[5,7,9]]"];
    assert_snapshot("hardtanh_steps", &run("step", &args));
}

#[test]
fn hardtanh_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.hardtanh(-1.0, 1.0)?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    Ok(())
}

#[test]
fn just_below_its_bound_the_output_is_the_input() -> Result<()> {
    let tape = Tape::new();
    let below = 1.0_f64.next_down();
    let x = tape.leaf(Tensor::<f64>::new([below]));
    let y = x.hardtanh(-1.0, 1.0)?;
    assert_eq!(y.value().to_vec(), [below]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0]);
    Ok(())
}

#[test]
fn a_hardtanh_that_knows_its_defaults_alone_is_caught() -> Result<()> {
    let mutant = mutant("Hardtanh", "its defaults");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("hardtanh_wrong", &report.to_string());

    // Without the 1.1, or with the default bounds, it would have passed.
    let mut lucky = mutant;
    let points = std::mem::replace(&mut lucky.input, Tensor::new([-2.2, -1.0, 0.6, 1.5, 1.9]));
    assert!(points.iter().any(|x| x == 1.1));
    assert!(lucky.gradcheck()?.passed());
    lucky.input = points;
    lucky.args = Args::new();
    assert!(lucky.gradcheck()?.passed());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([infinite, -infinite, f64::NAN]));
    let y = x.hardtanh(-1.0, 1.0)?;
    assert_eq!(y.value().to_vec()[..2], [1.0, -1.0]);
    assert!(y.value().to_vec()[2].is_nan());
    assert_eq!(y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec(), [0.0, 0.0, 1.0]);
    // Out of bounds an infinite cotangent does no harm.
    let gradients = y.backward_with(&Tensor::full([3], infinite))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, infinite]);

    let zero = tape.constant(Tensor::<f64>::new([-0.0])).hardtanh(0.0, 6.0)?;
    assert!(zero.value().to_vec()[0].is_sign_negative());
    Ok(())
}

#[test]
fn equal_bounds_are_refused() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([0.5]));
    let error = x.hardtanh(1.0, 1.0).unwrap_err().to_string();
    assert_eq!(error, "hardtanh: max_val (1.0) must be greater than min_val (1.0)");
}

#[test]
fn the_old_names_override_the_new_ones() -> Result<()> {
    let args = Args::new().with("min_val", -0.5).with("min_value", -2.0).with("max_value", 3.0);
    let mut layer = catalog::build::<f64>("Hardtanh", &args)?;
    let tape = Tape::new();
    let y = layer.forward(tape.constant(Tensor::new([-3.0, -1.0, 2.0, 4.0])))?;
    assert_eq!(y.value().to_vec(), [-2.0, -1.0, 2.0, 3.0]);
    Ok(())
}

#[test]
fn between_0_and_6_it_is_relu6() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 0.0, 3.0, 6.0, 7.0]));
    let (held, relu6) = (x.hardtanh(0.0, 6.0)?, x.relu6());
    assert_eq!(held.value().to_vec(), relu6.value().to_vec());
    let slopes = held.sum().backward()?.wrt(x)?.to_vec();
    assert_eq!(slopes, [0.0, 0.0, 1.0, 0.0, 0.0]);
    assert_eq!(relu6.sum().backward()?.wrt(x)?.to_vec(), slopes);
    Ok(())
}

/// The chapter's table of the neighbours.
#[test]
fn the_table_of_the_neighbours() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, -0.5, 0.5, 2.0]));
    let rounded = |y: Tensor<f64>| y.map(|y| (y * 1e4).round() / 1e4).to_vec();
    assert_eq!(rounded(x.hardtanh(-1.0, 1.0)?.value()), [-1.0, -0.5, 0.5, 1.0]);
    assert_eq!(rounded(x.tanh().value()), [-0.964, -0.4621, 0.4621, 0.964]);
    assert_eq!(rounded(x.relu6().value()), [0.0, 0.0, 0.5, 2.0]);
    assert_eq!(rounded(x.hardsigmoid().value()), [0.1667, 0.4167, 0.5833, 0.8333]);
    // The slope of tanh at 3.
    assert_eq!(format!("{:.2}", 1.0 - 3.0_f64.tanh().powi(2)), "0.01");
    Ok(())
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 1.2, 1.5, 0.0]));
    let y = x.hardtanh(-1.0, 1.5)?;
    assert_eq!(y.value().to_vec(), [-1.0, 1.2, 1.5, 0.0]);
    let gradients = y.backward_with(&Tensor::new([1.0, 2.0, 3.0, 4.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 2.0, 0.0, 4.0]);
    Ok(())
}

// ANCHOR: from_relus
#[test]
fn hardtanh_from_two_relus_differs_at_the_upper_bound() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, -1.0, 0.0, 1.0, 2.0]));
    let composed = (x + 1.0).relu() - (x - 1.0).relu() - 1.0;
    let whole = x.hardtanh(-1.0, 1.0)?;
    assert_eq!(composed.value().to_vec(), whole.value().to_vec());

    let gradients = composed.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 1.0, 0.0]);
    let gradients = whole.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0, 1.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: from_relus

// ANCHOR: straight_through
/// A Hardtanh whose backward passes everything: a straight-through estimator.
#[derive(Clone, Copy, Debug)]
struct StraightThrough;

impl Pointwise for StraightThrough {
    const NAME: &'static str = "hardtanh";
    const SAVES: Saves = Saves::Nothing;

    fn forward<T: Real>(self, x: T) -> T {
        if x < -T::ONE {
            -T::ONE
        } else if x > T::ONE {
            T::ONE
        } else {
            x
        }
    }

    fn backward<T: Real>(self, _: T, grad_output: T) -> T {
        grad_output
    }
}

#[test]
fn straight_through_there_is_a_way_back() -> Result<()> {
    let mut x = Tensor::<f64>::new([3.0]);
    let mut path = Vec::new();
    for _ in 0..6 {
        let tape = Tape::new();
        let leaf = tape.leaf(x.clone());
        let y = leaf.pointwise(StraightThrough);
        let gradients = (y * y * 0.5).sum().backward()?;
        x = &x - &gradients.wrt(leaf)?.scale(0.5);
        path.push(x.item()?);
    }
    assert_eq!(path, [2.5, 2.0, 1.5, 1.0, 0.5, 0.25]);
    Ok(())
}

#[test]
fn the_check_refuses_it() -> Result<()> {
    let kinks =
        vec![Kink { at: -1.0, slope: Choice::Left }, Kink { at: 1.0, slope: Choice::Right }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    let x = Tensor::new([-3.0, -2.0, 0.25, 0.5, 2.0, 3.0]);
    let report = gradcheck(|v| Ok(v[0].pointwise(StraightThrough)), &[x], &options)?;
    assert!(!report.passed());
    Ok(())
}
// ANCHOR_END: straight_through
