//! The chapter `activation/silu`.

use handgrad::activation::{self, Approximate};
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Dual, Real, Result, Tape, Tensor};

use super::{Activation, assert_near, at, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn silu_by_hand() -> Result<()> {
    // σ(1), σ(2) and σ(3).
    let [one, two, three] =
        [0.731_058_578_630_004_9, 0.880_797_077_977_882_4, 0.952_574_126_822_433_3];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, -1.0, 0.0], [1.0, 2.0, 3.0]]));
    let y = x.silu();
    let products = [-2.0 * (1.0 - two), -(1.0 - one), 0.0, one, 2.0 * two, 3.0 * three];
    assert_near(&y.value(), &products);

    let slope = |x: f64, gate: f64| gate * (1.0 + x * (1.0 - gate));
    let cotangent = Tensor::new([[1.0, -1.0, 4.0], [-1.0, 1.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let first = [slope(-2.0, 1.0 - two), -slope(-1.0, 1.0 - one), 4.0 * 0.5];
    let second = [-slope(1.0, one), slope(2.0, two), slope(3.0, three)];
    assert_near(gradients.wrt(x)?, &[first, second].concat());
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's table of the computation by hand.
#[test]
fn the_numbers_of_the_table() -> Result<()> {
    for (x, gate, y, bracket, slope) in [
        (-2.0, 0.1192, -0.2384, -0.7616, -0.0908),
        (-1.0, 0.2689, -0.2689, 0.2689, 0.0723),
        (0.0, 0.5, 0.0, 1.0, 0.5),
        (1.0, 0.7311, 0.7311, 1.2689, 0.9277),
        (2.0, 0.8808, 1.7616, 1.2384, 1.0908),
        (3.0, 0.9526, 2.8577, 1.1423, 1.0881),
    ] {
        assert_eq!(rounded(Real::sigmoid(x)), gate);
        assert_eq!(rounded(1.0 + x * Real::sigmoid(-x)), bracket);
        assert_eq!(at(activation::silu, x)?.map(rounded), [y, slope]);
    }
    Ok(())
}

#[test]
fn silu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.silu(), &[x]), [("input", 24, true)]);
}

// ANCHOR: predict
#[test]
fn a_step_towards_a_larger_output_goes_to_the_left() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(-4.0));
    let y = x.silu();
    // The loss falls as y grows.
    let gradient = y.backward_with(&Tensor::scalar(-1.0))?.wrt(x)?.item()?;
    let next = -4.0 - gradient;
    assert!(next < -4.0);
    let after = tape.constant(Tensor::scalar(next)).silu();
    assert!(after.value().item()? > y.value().item()?);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn the_numbers_of_the_prediction() -> Result<()> {
    assert_eq!(at(activation::silu, -4.0)?.map(rounded), [-0.0719, -0.0527]);
    assert_eq!(at(activation::silu, -5.0)?.map(rounded), [-0.0335, -0.0265]);
    Ok(())
}

#[test]
fn the_left_tail_has_ended_and_the_subtraction_would_lose_the_right_one() {
    assert_eq!(f64::exp(-800.0), 0.0);
    assert_eq!(1.0 - Real::sigmoid(40.0_f64), 0.0);
    assert_eq!((Real::sigmoid(-40.0_f64) * 1e19).round(), 42.0); // 4.2e-18
}

#[test]
fn a_wrong_sign_in_the_second_term_is_caught() -> Result<()> {
    let mutant = mutant("SiLU", "wrong sign before");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("silu_wrong", &report.to_string());
    Ok(())
}

#[test]
fn silu_step_by_step() {
    let args = ["SiLU", "--input", "[[-2,-1,0],[1,2,3]]", "--cotangent", "[[1,-1,4],[-1,1,1]]"];
    assert_snapshot("silu_steps", &run("step", &args));
}

/// The chapter's table of the neighbours.
#[test]
fn where_the_smooth_ones_turn_and_where_they_are_steepest() -> Result<()> {
    let rows: [(Activation, [f64; 2], [f64; 2]); 3] = [
        (|x| x.gelu(Approximate::None), [-0.7518, -0.17], [1.4142, 1.1289]),
        (activation::silu, [-1.2785, -0.2785], [2.3994, 1.0998]),
        (activation::mish, [-1.1924, -0.3088], [1.4906, 1.0885]),
    ];
    for (f, [lowest_at, lowest], [steepest_at, steepest]) in rows {
        assert_eq!(rounded(at(f, lowest_at)?[0]), lowest);
        assert!(at(f, lowest_at - 5e-5)?[1] < 0.0 && at(f, lowest_at + 5e-5)?[1] > 0.0);
        let slope = at(f, steepest_at)?[1];
        assert_eq!(rounded(slope), steepest);
        assert!(at(f, steepest_at - 0.01)?[1] < slope && at(f, steepest_at + 0.01)?[1] < slope);
    }
    assert_eq!(at(activation::hardswish, -1.5)?, [-0.375, 0.0]);
    assert_eq!(rounded(at(activation::hardswish, 3.0 - 1e-6)?[1]), 1.5);
    assert_eq!(rounded(at(activation::mish, 0.0)?[1]), 0.6);
    Ok(())
}

#[test]
fn exercise_1_at_the_minimum_the_value_is_the_input_and_one() -> Result<()> {
    let [y, slope] = at(activation::silu, -1.278_464_542_761_073_7)?;
    assert!(slope.abs() < 1e-12);
    assert!((y + 0.278_464_542_761_073_7).abs() < 1e-12);
    Ok(())
}

#[test]
fn exercise_2_the_limits_of_swish() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.0, -1.0, 0.0, 1.0, 2.0]));
    let swish = |beta: f64| x.pointwise(Swish { beta });
    assert_eq!(swish(0.0).value().to_vec(), [-1.0, -0.5, 0.0, 0.5, 1.0]);
    assert_near(&swish(1000.0).value(), &[0.0, 0.0, 0.0, 1.0, 2.0]);
    for beta in [0.0, 1.0, 1000.0] {
        let gradients = swish(beta).backward_with(&Tensor::ones([5]))?;
        assert_eq!(gradients.wrt(x)?.to_vec()[2], 0.5);
    }
    Ok(())
}

#[test]
fn exercise_4_beta_scales_the_input_and_unscales_the_output() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, 0.5, 3.0]));
    let scaled = (x * 4.0).silu() * 0.25;
    assert_near(&x.pointwise(Swish { beta: 4.0 }).value(), &scaled.value().to_vec());

    // The slope in β, at x = 2 and β = 1/2.
    let (x, beta) = (Dual::constant(2.0_f64), Dual::variable(0.5));
    let slope = 4.0 * Real::sigmoid(1.0) * Real::sigmoid(-1.0);
    assert!(((x * (beta * x).sigmoid()).eps - slope).abs() < 1e-12);
}

// ANCHOR: swish
/// y = x σ(βx).
#[derive(Clone, Copy, Debug)]
struct Swish {
    beta: f64,
}

impl Pointwise for Swish {
    const NAME: &'static str = "swish";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * (T::from_f64(self.beta) * x).sigmoid()
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let inside = T::from_f64(self.beta) * x;
        inside.sigmoid() * (T::ONE + inside * (-inside).sigmoid()) * grad_output
    }
}

#[test]
fn swish_passes_its_check() -> Result<()> {
    let x = [Tensor::new([-4.0, -1.0, 0.0, 0.5, 3.0])];
    for beta in [-1.0, 0.5, 1.0, 1.702] {
        let report =
            gradcheck(|v| Ok(v[0].pointwise(Swish { beta })), &x, &CheckOptions::default())?;
        report.into_result()?;
    }
    Ok(())
}
// ANCHOR_END: swish
