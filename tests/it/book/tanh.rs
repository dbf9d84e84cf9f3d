//! The chapter `activation/tanh`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn tanh_by_hand() -> Result<()> {
    let [ln_2, ln_3] = [2.0_f64, 3.0].map(f64::ln);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.0, ln_2, -ln_3], [ln_3, -ln_2, ln_3 / 2.0]]));
    let y = x.tanh();
    assert_near(&y.value(), &[0.0, 0.6, -0.8, 0.8, -0.6, 0.5]);

    let cotangent = Tensor::new([[5.0, 25.0, -25.0], [50.0, 100.0, 4.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[5.0, 16.0, -9.0, 18.0, 64.0, 3.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn tanh_step_by_step() {
    let input = "[[0,0.693147,-1.098612],[1.098612,-0.693147,0.549306]]";
    let args = ["Tanh", "--input", input, "--cotangent", "[[5,25,-25],[50,100,4]]"];
    assert_snapshot("tanh_steps", &run("step", &args));
}

#[test]
fn tanh_saves_its_output_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.tanh();
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
}

#[test]
fn ten_in_a_row_pass_nine_tenths_of_a_small_numbers_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([0.1, 1.0]));
    let ten = (0..10).fold(x, |y, _| y.tanh());
    let slopes = ten.sum().backward()?.wrt(x)?.to_vec();
    assert_eq!(format!("{:.4} {:.4}", slopes[0], slopes[1]), "0.9076 0.0409");
    assert_eq!(format!("{:.2}", 1.0 - 0.1_f64.tanh().powi(2)), "0.99");
    assert_eq!(format!("{:.2}", 1.0 - 1.0_f64.tanh().powi(2)), "0.42");
    Ok(())
}

#[test]
fn a_quotient_of_exponentials_overflows() {
    let e = 800.0_f64.exp();
    assert!(((e - 1.0) / (e + 1.0)).is_nan());
    assert_eq!(400.0_f64.tanh(), 1.0);
}

// ANCHOR: fused
#[test]
fn one_rounding_keeps_the_digits_that_a_rounded_square_loses() {
    let (mut square, mut fused) = (0.0_f64, 0.0_f64);
    for steps in 1..100_000_u32 {
        // The numbers below 1 that f32 can hold, one after another.
        let y = 1.0 - steps as f32 * (f32::EPSILON / 2.0);
        let exact = 1.0 - f64::from(y) * f64::from(y);
        let off_by = |slope: f32| (f64::from(slope) / exact - 1.0).abs();
        square = square.max(off_by(1.0 - y * y));
        fused = fused.max(off_by((-y).mul_add(y, 1.0)));
    }
    assert!((8e-5..9e-5).contains(&square));
    assert!(fused < 6e-8);
}
// ANCHOR_END: fused

#[test]
fn the_rounding_of_y_costs_more_far_out() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([8.0]));
    let slope = x.tanh().sum().backward()?.wrt(x)?.item()?;
    let exact = 1.0 / 8.0_f64.cosh().powi(2);
    assert_eq!(format!("{:.2}", f64::from(slope) / exact), "1.06");
    Ok(())
}

#[test]
fn a_tanh_with_the_wrong_sign_is_caught() -> Result<()> {
    let mutant = mutant("Tanh", "y^2 - 1");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("tanh_wrong", &report.to_string());
    let slope_at_7_3 = 1.0 / 7.3_f64.cosh().powi(2);
    assert_eq!(format!("{slope_at_7_3:.0e}"), "2e-6");

    let mut far_out = mutant;
    far_out.input = Tensor::new([-9.5, 9.0]);
    assert!(far_out.gradcheck()?.passed());
    Ok(())
}

#[test]
fn special_values_and_saturation() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([f64::INFINITY, -f64::INFINITY, 18.0, 20.0, f64::NAN]));
    let y = x.tanh();
    let slopes = y.backward_with(&Tensor::ones([5]))?.wrt(x)?.to_vec();
    assert_eq!(y.value().to_vec()[..2], [1.0, -1.0]);
    assert_eq!(slopes[..2], [0.0, 0.0]);
    assert!(slopes[2] > 0.0 && slopes[3] == 0.0);
    assert!(y.value().to_vec()[4].is_nan() && slopes[4].is_nan());
    let zero = tape.constant(Tensor::new([-0.0])).tanh().value().to_vec()[0];
    assert!(zero == 0.0 && zero.is_sign_negative());

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([8.5, 9.5]));
    let slopes = x.tanh().sum().backward()?.wrt(x)?.to_vec();
    assert!(slopes[0] > 0.0 && slopes[1] == 0.0);
    Ok(())
}

#[test]
fn tanhshrink_is_what_it_takes_away() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    assert_near(&(x - x.tanh()).value(), &x.tanhshrink().value().to_vec());
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([4.0_f64.ln()]));
    let y = x.tanh();
    assert_near(&y.value(), &[15.0 / 17.0]);
    let gradients = y.backward_with(&Tensor::new([289.0]))?;
    assert_near(gradients.wrt(x)?, &[64.0]);
    Ok(())
}

// ANCHOR: from_sigmoid
#[test]
fn a_sigmoid_stretched_and_moved_has_the_same_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-3.0, -0.5, 0.0, 1.0]));
    let composed = (x * 2.0).sigmoid() * 2.0 - 1.0;
    assert_near(&composed.value(), &x.tanh().value().to_vec());

    let gradients = composed.sum().backward()?;
    let expected = x.tanh().sum().backward()?;
    assert_near(gradients.wrt(x)?, &expected.wrt(x)?.to_vec());
    Ok(())
}
// ANCHOR_END: from_sigmoid

// ANCHOR: scaled
/// The amplitude of y = A tanh(B x).
const A: f64 = 1.7159;
/// What the input is multiplied by.
const B: f64 = 2.0 / 3.0;

/// y = A tanh(B x). Its slope is told from y / A, which is the tanh.
#[derive(Clone, Copy, Debug)]
struct ScaledTanh;

impl Pointwise for ScaledTanh {
    const NAME: &'static str = "scaled_tanh";
    const SAVES: Saves = Saves::Output;

    fn forward<T: Real>(self, x: T) -> T {
        T::from_f64(A) * (T::from_f64(B) * x).tanh()
    }

    fn backward<T: Real>(self, y: T, grad_output: T) -> T {
        let tanh = y / T::from_f64(A);
        T::from_f64(A * B) * (T::ONE - tanh) * (T::ONE + tanh) * grad_output
    }
}

#[test]
fn a_scaled_tanh_passes_its_check_and_takes_1_to_1() -> Result<()> {
    let x = Tensor::new([-3.0, -1.0, 0.0, 1.0, 3.0]);
    let options = CheckOptions::default();
    gradcheck(|v| Ok(v[0].pointwise(ScaledTanh)), &[x], &options)?.into_result()?;
    assert_eq!(format!("{:.4}", ScaledTanh.forward(1.0_f64)), "1.0000");
    Ok(())
}
// ANCHOR_END: scaled
