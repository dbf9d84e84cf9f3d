//! The chapter `activation/leaky_relu`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::saved;
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn leaky_relu_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let y = x.leaky_relu(0.25);
    assert_eq!(y.value().to_vec(), [-0.5, 1.0, -0.125, 3.0, -1.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 2.0, 1.0, -1.0, 0.125, 2.5]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn leaky_relu_step_by_step() {
    let args = [
        "LeakyReLU",
        "--set",
        "negative_slope=0.25",
        "--input",
        "[[-2,1,-0.5],[3,-4,0]]",
        "--cotangent",
        "[[1,2,4],[-1,0.5,10]]",
    ];
    assert_snapshot("leaky_relu_steps", &run("step", &args));
}

#[test]
fn leaky_relu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.leaky_relu(0.01), &[x]), [("input", 24, true)]);
}

// ANCHOR: wrong
/// A LeakyReLU that asks the output on which side of 0 the input was.
#[derive(Clone, Copy, Debug)]
struct AsksTheOutput {
    negative_slope: f64,
}

impl Pointwise for AsksTheOutput {
    const NAME: &'static str = "leaky_relu";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        if x > T::ZERO { x } else { x * T::from_f64(self.negative_slope) }
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        if y > T::ZERO { grad_output } else { grad_output * T::from_f64(self.negative_slope) }
    }
}
// ANCHOR_END: wrong

#[test]
fn asking_the_output_works_until_the_slope_is_negative() -> Result<()> {
    let x = [Tensor::new([-2.0, -0.5, 0.0, 0.5, 2.0])];
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    let report = |negative_slope| {
        gradcheck(|v| Ok(v[0].pointwise(AsksTheOutput { negative_slope })), &x, &options)
    };
    let (leaky, folded) = (report(0.2)?, report(-0.5)?);
    assert!(leaky.passed() && !folded.passed());
    let text = format!("negative_slope = 0.2\n{leaky}\n\nnegative_slope = -0.5\n{folded}");
    assert_snapshot("leaky_relu_wrong", &text);
    Ok(())
}

#[test]
fn two_inputs_meet_in_one_output_where_the_slope_is_negative() {
    let tape = Tape::new();
    let y = tape.constant(Tensor::<f64>::new([-2.0, 1.0, 3.0])).leaky_relu(-0.5);
    assert_eq!(y.value().to_vec(), [1.0, 1.0, 3.0]);
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([f64::NAN, infinite, -infinite]));
    let y = x.leaky_relu(0.01);
    assert!(y.value().to_vec()[0].is_nan());
    assert_eq!(y.value().to_vec()[1..], [infinite, -infinite]);
    // A NaN is not above 0, so its cotangent takes the slope.
    assert_eq!(y.backward_with(&Tensor::ones([3]))?.wrt(x)?.to_vec(), [0.01, 1.0, 0.01]);
    let minus_zero = tape.constant(Tensor::new([-0.0])).leaky_relu(0.01).value();
    assert!(minus_zero.to_vec()[0].is_sign_negative());
    // With a slope of 0 this is ReLU only for finite numbers.
    assert!(tape.constant(Tensor::new([-infinite])).leaky_relu(0.0).value().to_vec()[0].is_nan());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, 2.0]));
    let y = x.leaky_relu(0.5);
    assert_eq!(y.value().to_vec(), [-1.5, 2.0]);
    let gradients = y.backward_with(&Tensor::new([10.0, 10.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [5.0, 10.0]);

    let x = tape.constant(Tensor::<f64>::new([-8.0, 8.0]));
    let twice = x.leaky_relu(0.5).leaky_relu(0.25);
    assert_eq!(twice.value().to_vec(), x.leaky_relu(0.125).value().to_vec());
    let folded = x.leaky_relu(-1.0).leaky_relu(0.25);
    assert_eq!(folded.value().to_vec(), [8.0, 8.0]);
    Ok(())
}

// ANCHOR: from_relus
#[test]
fn leaky_relu_from_two_relus_differs_at_zero() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, 0.0, 2.0]));
    let composed = x.relu() - (-x).relu() * 0.25;
    assert_eq!(composed.value().to_vec(), x.leaky_relu(0.25).value().to_vec());

    let ones = Tensor::ones([3]);
    let gradients = composed.backward_with(&ones)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 0.0, 1.0]);
    let gradients = x.leaky_relu(0.25).backward_with(&ones)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 0.25, 1.0]);
    Ok(())
}
// ANCHOR_END: from_relus
