//! The chapter `norm/dyt`.

use handgrad::norm::{DyT, dyt, layer_norm};
use handgrad::{Module, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn dyt_by_hand() -> Result<()> {
    let (ln_2, ln_3) = (2.0_f64.ln(), 3.0_f64.ln());
    let rows = [[2.0 * ln_2, 0.0, -2.0 * ln_2], [2.0 * ln_3, -2.0 * ln_3, 0.0]];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(rows));
    let alpha = tape.leaf(Tensor::new([0.5]));
    let weight = tape.leaf(Tensor::new([10.0, 5.0, 1.0]));
    let bias = tape.leaf(Tensor::new([1.0, 0.0, -1.0]));
    let y = dyt(x, alpha, weight, bias)?;
    assert_near(&y.value(), &[7.0, 0.0, -1.6, 9.0, -4.0, -1.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 5.0], [-1.0, 1.0, 3.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[3.2, 5.0, 1.6, -1.8, 0.9, 1.5]);
    assert_near(gradients.wrt(alpha)?, &[6.4 * ln_2 - 10.8 * ln_3]);
    assert_near(gradients.wrt(weight)?, &[-0.2, -0.8, -3.0]);
    assert_near(gradients.wrt(bias)?, &[0.0, 3.0, 8.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn dyt_step_by_step() {
    let args = [
        "DyT",
        "--input",
        "[[1.386294,0,-1.386294],[2.197225,-2.197225,0]]",
        "--cotangent",
        "[[1,2,5],[-1,1,3]]",
    ];
    assert_snapshot("dyt_steps", &run("step", &args));
}

#[test]
fn the_numbers_of_the_table() {
    let tanh = [2.0_f64, 3.0].map(|x| x.ln().tanh());
    assert_near(&Tensor::new(tanh), &[0.6, 0.8]);
    let slopes = tanh.map(|t| 1.0 - t * t);
    assert_near(&Tensor::new(slopes), &[0.64, 0.36]);
    let h = [10.0 * 0.64, 2.0 * 5.0, 5.0 * 0.64, -10.0 * 0.36, 5.0 * 0.36, 3.0];
    assert_near(&Tensor::new(h), &[6.4, 10.0, 3.2, -3.6, 1.8, 3.0]);
    let alpha = 6.4 * 2.0_f64.ln() - 10.8 * 3.0_f64.ln();
    assert_eq!((alpha * 1e4).round() / 1e4, -7.4289);
}

#[test]
fn dyt_saves_what_is_there_anyway() -> Result<()> {
    let mut dyt = DyT::<f32>::new([3], 0.5)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::zeros([2, 3]));
    let y = dyt.forward(x)?;
    let (alpha, weight) = (tape.parameter(&dyt.alpha), tape.parameter(&dyt.weight));
    let expected = [("input", 24, true), ("alpha", 4, true), ("weight", 12, true)];
    assert_eq!(saved(y, &[x, alpha, weight]), expected);
    Ok(())
}

// ANCHOR: predict
/// The gradients of x and of alpha at one number, where alpha is 0.5.
fn slopes_at(x: f64) -> Result<[f64; 2]> {
    let mut dyt = DyT::<f64>::new([1], 0.5)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([x]));
    let gradients = dyt.forward(x)?.sum().backward()?;
    Ok([gradients.wrt(x)?.item()?, gradients.of(&dyt.alpha)?.item()?])
}

#[test]
fn the_gradient_of_alpha_dies_where_alpha_is_too_large() -> Result<()> {
    let hundredths = slopes_at(2.0)?.map(|slope| (slope * 100.0).round());
    assert_eq!(hundredths, [21.0, 84.0]);

    let [of_x, of_alpha] = slopes_at(20.0)?;
    assert!((4.1e-9..4.2e-9).contains(&of_x));
    assert!((1.6e-7..1.7e-7).contains(&of_alpha));
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn layer_norm_does_not_notice_and_a_tenth_of_alpha_makes_up_for_it() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([1.0, -2.0, 4.0]));
    let normed = layer_norm(x, [3], None, None, 0.0)?;
    let of_ten = layer_norm(x * 10.0, [3], None, None, 0.0)?;
    assert_near(&of_ten.value(), &normed.value().to_vec());

    let y = DyT::new([3], 0.5)?.forward(x)?;
    let of_ten = DyT::new([3], 0.05)?.forward(x * 10.0)?;
    assert_near(&of_ten.value(), &y.value().to_vec());
    Ok(())
}

#[test]
fn the_digits_of_the_slope() -> Result<()> {
    // In f32 throughout, as a composition would have it.
    let tanh = 10.0_f32.tanh();
    assert_eq!(1.0 - tanh * tanh, 0.0);

    let mut dyt = DyT::<f32>::new([1], 1.0)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([10.0]));
    let slope = dyt.forward(x)?.sum().backward()?.wrt(x)?.item()?;
    assert!((8.2e-9..8.3e-9).contains(&slope));

    let exact = |u: f64| 1.0 / (u.cosh() * u.cosh());
    assert!((8.2e-9..8.3e-9).contains(&exact(10.0)));
    assert!((1.65e-17..1.75e-17).contains(&exact(20.0)));
    assert!((8.4e-18..8.6e-18).contains(&slopes_at(40.0)?[0]));
    assert_eq!(slopes_at(1600.0)?, [0.0, 0.0]);
    Ok(())
}

#[test]
fn numbers_around_a_million_become_1_and_learn_nothing() -> Result<()> {
    let mut layer = DyT::<f64>::new([2], 0.5)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([1e6, -2e6]));
    let y = layer.forward(x)?;
    assert_eq!(y.value().to_vec(), [1.0, -1.0]);
    let gradients = y.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.0]);
    assert_eq!(gradients.of(&layer.alpha)?.to_vec(), [0.0]);
    Ok(())
}

#[test]
fn an_infinite_number_and_a_nan() -> Result<()> {
    let mut dyt = DyT::<f64>::new([2], 0.5)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([f64::INFINITY, 0.0]));
    let gradients = dyt.forward(x)?.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 0.5]);
    assert_eq!(gradients.of(&dyt.alpha)?.to_vec(), [0.0]);

    let x = tape.leaf(Tensor::new([f64::NAN, 0.0]));
    let gradients = dyt.forward(x)?.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.map(f64::is_nan).to_vec(), [true, false]);
    assert!(gradients.of(&dyt.alpha)?.item()?.is_nan());
    Ok(())
}

#[test]
fn an_alpha_that_has_the_last_term_alone_is_caught() -> Result<()> {
    let mutant = mutant("DyT", "the last element's alone");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("dyt_wrong", &report.to_string());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let ln_3 = 3.0_f64.ln();
    let tape = Tape::new();
    let [x, alpha, weight, bias] =
        [2.0 * ln_3, 0.5, 5.0, 2.0].map(|value| tape.leaf(Tensor::<f64>::new([value])));
    let y = dyt(x, alpha, weight, bias)?;
    assert_near(&y.value(), &[6.0]);
    let gradients = y.backward_with(&Tensor::new([2.0]))?;
    assert_near(gradients.wrt(x)?, &[1.8]);
    assert_near(gradients.wrt(alpha)?, &[7.2 * ln_3]);
    assert_near(gradients.wrt(weight)?, &[1.6]);
    assert_near(gradients.wrt(bias)?, &[2.0]);
    assert_eq!((7.2 * ln_3 * 1e3).round(), 7910.0);

    let mut layer = DyT::<f64>::new([3], 0.0)?;
    let x = tape.leaf(Tensor::new([1.0, 2.0, 3.0]));
    let gradients = layer.forward(x)?.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 3]);
    assert_eq!(gradients.of(&layer.alpha)?.to_vec(), [6.0]);
    Ok(())
}

// ANCHOR: composed
#[test]
fn its_parts_have_the_same_gradients() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.5, -1.25, 2.0], [0.0, 3.0, -0.75]]));
    let alpha = tape.leaf(Tensor::new([0.7]));
    let weight = tape.leaf(Tensor::new([1.5, -0.5, 2.0]));
    let bias = tape.leaf(Tensor::new([0.1, 0.2, 0.3]));
    let layer = dyt(x, alpha, weight, bias)?;
    let composed = (x * alpha).tanh() * weight + bias;
    assert_near(&composed.value(), &layer.value().to_vec());

    let cotangent = Tensor::new([[1.0, 2.0, 5.0], [-1.0, 1.0, 3.0]]);
    let ours = layer.backward_with(&cotangent)?;
    let theirs = composed.backward_with(&cotangent)?;
    for var in [x, alpha, weight, bias] {
        assert_near(theirs.wrt(var)?, &ours.wrt(var)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: composed

/// What the tanh of the composition keeps: its output, a buffer of its own.
fn saved_by_the_tanh(x: Var<'_, f32>) -> Vec<(&'static str, usize, bool)> {
    saved((x * 0.5).tanh(), &[x])
}

#[test]
fn its_parts_keep_the_tanh() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved_by_the_tanh(x), [("output", 24, false)]);
}
