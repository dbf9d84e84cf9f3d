//! The chapter `activation/squared_relu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn squared_relu_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, 0.5], [3.0, -1.0, 0.0]]));
    let y = x.squared_relu();
    assert_eq!(y.value().to_vec(), [0.0, 1.0, 0.25, 9.0, 0.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 4.0, 4.0, -6.0, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn squared_relu_step_by_step() {
    let args =
        ["SquaredReLU", "--input", "[[-2,1,0.5],[3,-1,0]]", "--cotangent", "[[1,2,4],[-1,0.5,10]]"];
    assert_snapshot("squared_relu_steps", &run("step", &args));
}

#[test]
fn squared_relu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.squared_relu(), &[x]), [("input", 24, true)]);
}

// ANCHOR: three
#[test]
fn three_in_a_row_raise_to_the_eighth_power() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.5, 1.0, 2.0]));
    let y = x.squared_relu().squared_relu().squared_relu();
    assert_eq!(y.value().to_vec(), [1.0 / 256.0, 1.0, 256.0]);
    let ones = Tensor::ones([3]);
    assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [1.0 / 16.0, 8.0, 1024.0]);

    let y = x.relu().relu().relu();
    assert_eq!(y.value().to_vec(), [0.5, 1.0, 2.0]);
    assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [1.0, 1.0, 1.0]);
    Ok(())
}
// ANCHOR_END: three

#[test]
fn numbers_of_the_chapter() -> Result<()> {
    // How far apart 0.5 and 2 are behind three layers, and their gradients.
    assert_eq!(256.0 / (1.0 / 256.0), 65536.0);
    assert_eq!(1024.0 / (1.0 / 16.0), 16384.0);
    // An error of 10 percent in the scale, behind one layer and behind two.
    assert_eq!(format!("{:.2} {:.2}", 1.1_f64.powi(2), 1.1_f64.powi(4)), "1.21 1.46");

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.01, 1.0, 3.0]));
    let gradients = x.squared_relu().backward_with(&Tensor::ones([3]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.02, 2.0, 6.0]);

    // ReGLU, too, makes 4 times the output of twice the input.
    let halves = tape.constant(Tensor::<f64>::new([3.0, 0.5]));
    assert_eq!(halves.reglu(-1)?.value().to_vec(), [1.5]);
    assert_eq!((halves * 2.0).reglu(-1)?.value().to_vec(), [6.0]);
    Ok(())
}

#[test]
fn four_of_them_multiply() {
    let tape = Tape::new();
    let a = tape.constant(Tensor::<f64>::new([3.0, -2.0, 0.5]));
    let b = tape.constant(Tensor::<f64>::new([2.0, 4.0, -8.0]));
    let square = |x: Var<'_, f64>| (x.squared_relu() + (-x).squared_relu()).value();
    let four_times = &square(a + b) - &square(a - b);
    assert_eq!(four_times.scale(0.25).to_vec(), [6.0, -8.0, -4.0]);
}

#[test]
fn a_backward_without_the_factor_x_is_caught() -> Result<()> {
    let mutant = mutant("SquaredReLU", "multiply by x");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("squared_relu_wrong", &report.to_string());
    // Each ratio of the report is 1 over the value.
    for (value, ratio) in
        [(7.3, "0.1370"), (4.1, "0.2439"), (2.7, "0.3704"), (1.9, "0.5263"), (0.6, "1.6667")]
    {
        assert_eq!(format!("{:.4}", 1.0 / value), ratio);
    }
    Ok(())
}

#[test]
fn as_a_product_it_is_nan_at_minus_infinity() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, -2.0, 0.0, 0.5, 3.0]));
    let product = x * x.relu();
    assert!(product.value().to_vec()[0].is_nan());
    assert_eq!(product.value().to_vec()[1..], x.squared_relu().value().to_vec()[1..]);
    assert_eq!(x.squared_relu().value().to_vec()[0], 0.0);
    let infinite = Tensor::full([5], f64::INFINITY);
    let gradient = x.squared_relu().backward_with(&infinite)?.wrt(x)?.to_vec();
    assert_eq!(gradient[..3], [0.0, 0.0, 0.0]);
    Ok(())
}

#[test]
fn a_nan_passes_and_spoils_its_cotangent() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NAN]));
    let y = x.squared_relu();
    assert!(y.value().item()?.is_nan());
    assert!(y.backward_with(&Tensor::ones([1]))?.wrt(x)?.item()?.is_nan());
    Ok(())
}

#[test]
fn large_numbers_overflow_and_small_ones_vanish() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([1.84e19, 1.85e19, 1e-23]));
    let y = x.squared_relu();
    let values = y.value().to_vec();
    assert!(values[0].is_finite() && values[1] == f32::INFINITY && values[2] == 0.0);
    // The slope of the last is still there.
    let gradients = y.backward_with(&Tensor::ones([3]))?;
    assert_eq!(gradients.wrt(x)?.to_vec()[2], 2e-23);
    // Half precision ends at 65504.
    let fits = |x: f64| x * x <= 65504.0;
    assert!(fits(255.0) && !fits(256.0));
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1.0, 2.0, 0.5]));
    let y = x.squared_relu();
    assert_eq!(y.value().to_vec(), [0.0, 4.0, 0.25]);
    let gradients = y.backward_with(&Tensor::new([3.0, 1.0, -4.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 4.0, -4.0]);

    // Below ReLU between 0 and 1, and furthest where the slopes agree.
    let grid = tape.leaf(Tensor::<f64>::linspace(0.0, 1.0, 101));
    let gap = grid.relu() - grid.squared_relu();
    assert_near(&gap.value().max()?, &[0.25]);
    let half = tape.leaf(Tensor::<f64>::scalar(0.5));
    assert_eq!((half.relu() - half.squared_relu()).value().item()?, 0.25);
    assert_eq!(half.squared_relu().backward()?.wrt(half)?.item()?, 1.0);
    Ok(())
}

// ANCHOR: from_output
/// The slope 2x is told from the output: x is its square root.
#[derive(Clone, Copy, Debug)]
struct AsksTheOutput;

impl Pointwise for AsksTheOutput {
    const NAME: &'static str = "squared_relu";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        if x <= T::ZERO { T::ZERO } else { x * x }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y <= T::ZERO { T::ZERO } else { T::from_f64(2.0) * y.sqrt() * grad_output }
    }
}

#[test]
fn the_output_suffices_with_a_square_root() -> Result<()> {
    let x = Tensor::new([-2.0, 0.0, 0.25, 0.5, 3.0]);
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(AsksTheOutput)), &[x], &options)?.into_result()
}
// ANCHOR_END: from_output

#[test]
fn the_output_forgets_an_input_whose_square_vanishes() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([1e-23]));
    let gradients = x.pointwise(AsksTheOutput).backward_with(&Tensor::ones([1]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0]);
    Ok(())
}

/// The mean of `f(x)` over x > 0 for a standard normal x, by the midpoint rule.
fn normal_mean(f: impl Fn(f64) -> f64) -> f64 {
    let width = 1.0 / 16.0;
    let density = |x: f64| (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
    (0..192).map(|i| (f64::from(i) + 0.5) * width).map(|x| f(x) * density(x) * width).sum()
}

#[test]
fn the_mean_square_of_the_output_for_normal_inputs() {
    let means = Tensor::new([normal_mean(|x| x.powi(2)), normal_mean(|x| x.powi(4))]);
    assert_near(&means, &[0.5, 1.5]);
}
