//! The chapter `activation/rrelu`.

use std::convert::Infallible;

use handgrad::activation::RReLU;
use handgrad::{Result, Tape, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::{SeedableRng, TryRng};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

/// A generator that draws what it is told, numbers from 0 up to 1.
struct Told<'a>(std::slice::Iter<'a, f64>);

impl<'a> Told<'a> {
    fn new(draws: &'a [f64]) -> Self {
        Told(draws.iter())
    }
}

impl TryRng for Told<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> std::result::Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> std::result::Result<u64, Infallible> {
        // A uniform number is made of the upper bits.
        let draw = self.0.next().expect("as many draws as elements");
        Ok((draw * 2.0_f64.powi(64)) as u64)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> std::result::Result<(), Infallible> {
        bytes.fill(0);
        Ok(())
    }
}

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

// ANCHOR: by_hand
#[test]
fn rrelu_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);

    // In training, with these six draws.
    let mut draws = Told::new(&[0.25, 0.75, 0.5, 0.625, 0.125, 0.5]);
    let y = x.rrelu(0.0, 1.0, Some(&mut draws))?;
    assert_eq!(y.value().to_vec(), [-0.5, 1.0, -0.25, 3.0, -0.5, 0.0]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 2.0, 2.0, -1.0, 0.0625, 5.0]);

    // In evaluation, where every slope is the mean of 0 and 1.
    let y = x.rrelu(0.0, 1.0, None)?;
    assert_eq!(y.value().to_vec(), [-1.0, 1.0, -0.25, 3.0, -2.0, 0.0]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.5, 2.0, 2.0, -1.0, 0.25, 5.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn rrelu_step_by_step() {
    let args = [
        "RReLU",
        "--set",
        "lower=0",
        "--set",
        "upper=1",
        "--input",
        "[[-2,1,-0.5],[3,-4,0]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("rrelu_steps", &run("step", &args));
    // In evaluation it saves its input, and the gradient is that of the chapter.
    let mut in_evaluation = args.to_vec();
    in_evaluation.push("--eval");
    let steps = run("step", &in_evaluation);
    let gradient = "[[ 0.5000,  2.0000,  2.0000],\n            [-1.0000,  0.2500,  5.0000]]";
    assert!(steps.contains(gradient) && steps.contains("saves input: %0 itself, no more bytes"));
}

#[test]
fn training_saves_the_slopes_and_evaluation_the_input() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.rrelu(0.1, 0.3, Some(&mut generator(0)))?;
    assert_eq!(saved(y, &[x, y]), [("slopes", 24, false)]);
    assert_eq!(saved(x.rrelu(0.1, 0.3, None)?, &[x]), [("input", 24, true)]);
    Ok(())
}

// ANCHOR: squares
/// The mean of y² over 100,000 elements, all of them -1.
fn mean_square(y: &Tensor<f64>) -> f64 {
    y.iter().map(|y| y * y).sum::<f64>() / 100_000.0
}

#[test]
fn the_mean_of_the_squares_is_not_the_square_of_the_mean() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::full([100_000], -1.0));
    let training = x.rrelu(0.1, 0.3, Some(&mut generator(0)))?;
    let evaluation = x.rrelu(0.1, 0.3, None)?;
    assert!((mean_square(&evaluation.value()) - 0.04).abs() < 1e-9);
    assert!((mean_square(&training.value()) - 13.0 / 300.0).abs() < 5e-4);
    Ok(())
}
// ANCHOR_END: squares

#[test]
fn numbers_of_the_chapter() {
    // The mean of the squared slope is the mean's square and the variance.
    let variance: f64 = 0.2 * 0.2 / 12.0;
    let off: f64 = 0.2 * 0.2 + variance - 13.0 / 300.0;
    assert!(off.abs() < 1e-12);
    assert_eq!(format!("{variance:.4} {:.4}", 13.0 / 300.0), "0.0033 0.0433");
    // PyTorch's default in evaluation; the paper's; the mean of what it trains with.
    let slopes = [11.0 / 48.0, 2.0 / 11.0, (8.0_f64 / 3.0).ln() / 5.0];
    assert_eq!(slopes.map(|slope| format!("{slope:.3}")), ["0.229", "0.182", "0.196"]);
    assert_eq!(f64::midpoint(1.0 / 8.0, 1.0 / 3.0), 11.0 / 48.0);
    // The factor of the wrong backward.
    assert_eq!(format!("{:.4}", (1.0 / 8.0) / (11.0 / 48.0)), "0.5455");
    // Two slopes a tenth apart, in a difference over two steps of 2e-5.
    let off: f64 = 0.1 / 4e-5 - 2500.0;
    assert!(off.abs() < 1e-9);
}

#[test]
fn a_backward_with_the_lower_bound_is_caught() -> Result<()> {
    let mutant = mutant("RReLU", "lower bound");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("rrelu_wrong", &report.to_string());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NAN, f64::NEG_INFINITY]));
    let ones = Tensor::ones([2]);
    let y = x.rrelu(0.0, 1.0, Some(&mut Told::new(&[0.5, 0.5])))?;
    assert!(y.value().to_vec()[0].is_nan());
    assert_eq!(y.value().to_vec()[1], f64::NEG_INFINITY);
    assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [1.0, 0.5]);
    let y = x.rrelu(0.0, 1.0, None)?;
    assert_eq!(y.backward_with(&ones)?.wrt(x)?.to_vec(), [0.5, 0.5]);
    Ok(())
}

#[test]
fn the_bounds_must_be_in_order() {
    assert!(RReLU::new(0.3, 0.1, &mut generator(0)).is_err());
    assert!(RReLU::new(-0.5, -0.5, &mut generator(0)).is_ok());
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-4.0, 2.0, -8.0]));
    let y = x.rrelu(0.0, 1.0, Some(&mut Told::new(&[0.25, 0.5, 0.125])))?;
    assert_eq!(y.value().to_vec(), [-1.0, 2.0, -1.0]);
    let gradients = y.backward_with(&Tensor::new([4.0, 4.0, 4.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 4.0, 0.5]);

    let ones = Tensor::ones([3]);
    let y = x.rrelu(0.25, 0.25, Some(&mut generator(0)))?;
    let leaky = x.leaky_relu(0.25);
    assert_eq!(y.value().to_vec(), leaky.value().to_vec());
    let gradient = y.backward_with(&ones)?.wrt(x)?.to_vec();
    assert_eq!(gradient, leaky.backward_with(&ones)?.wrt(x)?.to_vec());
    Ok(())
}

// ANCHOR: same_seed
#[test]
fn the_slopes_can_be_drawn_again_from_the_seed() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, 2.0, 0.0, -0.5]));
    let y = x.rrelu(0.1, 0.3, Some(&mut generator(7)))?;
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0]);
    let gradients = y.backward_with(&cotangent)?;

    // At -1 the output is minus the slope, and a seed draws the same at each place.
    let probe = tape.constant(Tensor::<f64>::full([4], -1.0));
    let slopes = (-probe.rrelu(0.1, 0.3, Some(&mut generator(7)))?).value();
    let values = x.value();
    let elements = values.iter().zip(&slopes).zip(&cotangent);
    let again = elements.map(|((x, slope), g)| if x > 0.0 { g } else { slope * g });
    assert_near(gradients.wrt(x)?, &again.collect::<Vec<f64>>());
    Ok(())
}
// ANCHOR_END: same_seed
