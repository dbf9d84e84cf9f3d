//! The chapter `activation/gelu`.

use std::f64::consts::{PI, SQRT_2};

use handgrad::activation::Approximate;
use handgrad::{Real, Result, Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

/// The height of the bell curve.
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

fn slope_at(x: f64, approximate: Approximate) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(x));
    x.gelu(approximate).backward()?.wrt(x)?.item()
}

fn value_at(x: f64, approximate: Approximate) -> Result<f64> {
    let tape = Tape::new();
    tape.constant(Tensor::scalar(x)).gelu(approximate).value().item()
}

// ANCHOR: by_hand
#[test]
fn gelu_by_hand() -> Result<()> {
    // Φ(1), Φ(2) and Φ(3), as a table of the normal distribution has them.
    let [one, two, three] =
        [0.841_344_746_068_542_9, 0.977_249_868_051_820_8, 0.998_650_101_968_369_9];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, -1.0, 0.0], [1.0, 2.0, 3.0]]));
    let y = x.gelu(Approximate::None);
    let products = [-2.0 * (1.0 - two), -(1.0 - one), 0.0, one, 2.0 * two, 3.0 * three];
    assert_near(&y.value(), &products);

    let slope = |x: f64, below: f64| below + x * density(x);
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
    for (x, below, height, y, slope) in [
        (-2.0, 0.0228, 0.0540, -0.0455, -0.0852),
        (-1.0, 0.1587, 0.2420, -0.1587, -0.0833),
        (0.0, 0.5, 0.3989, 0.0, 0.5),
        (1.0, 0.8413, 0.2420, 0.8413, 1.0833),
        (2.0, 0.9772, 0.0540, 1.9545, 1.0852),
        (3.0, 0.9987, 0.0044, 2.9960, 1.0119),
    ] {
        assert_eq!(rounded(0.5 * Real::erfc(-x / SQRT_2)), below);
        assert_eq!(rounded(density(x)), height);
        assert_eq!(rounded(value_at(x, Approximate::None)?), y);
        assert_eq!(rounded(slope_at(x, Approximate::None)?), slope);
    }
    Ok(())
}

#[test]
fn gelu_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.gelu(Approximate::None), &[x]), [("input", 24, true)]);
    assert_eq!(saved(x.gelu(Approximate::Tanh), &[x]), [("input", 24, true)]);
}

#[test]
fn a_density_without_its_inner_derivative_is_caught() -> Result<()> {
    let mutant = mutant("GELU", "1/sqrt(2)");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("gelu_wrong", &report.to_string());

    // What dfdx's test expects at 1, for the mean of five exponentials of GELUs.
    let slope = 0.549_041_8 * 5.0 / 0.841_344_71_f64.exp();
    assert_eq!(rounded(slope), 1.1835);
    assert_eq!(rounded(0.841_344_71 + SQRT_2 * density(1.0)), 1.1835);

    // Where the second term has ended a wrong factor of it cannot be seen.
    assert_eq!(mutant.input.to_vec()[11], 7.3);
    assert!(7.3 * density(7.3) * (SQRT_2 - 1.0) < 1e-11);
    // At -0.8 the two terms nearly cancel.
    assert_eq!(rounded(0.5 * Real::erfc(0.8 / SQRT_2)), 0.2119);
    assert_eq!(rounded(-0.8 * density(-0.8)), -0.2318);
    Ok(())
}

#[test]
fn gelu_step_by_step() {
    let args = ["GELU", "--input", "[[-2,-1,0],[1,2,3]]", "--cotangent", "[[1,-1,4],[-1,1,1]]"];
    assert_snapshot("gelu_steps", &run("step", &args));
}

#[test]
fn where_it_turns() -> Result<()> {
    let forms = [(Approximate::None, -0.7518, -0.17), (Approximate::Tanh, -0.7525, -0.17)];
    for (form, at, least) in forms {
        assert!(slope_at(at - 5e-5, form)? < 0.0 && slope_at(at + 5e-5, form)? > 0.0);
        assert_eq!(rounded(value_at(at, form)?), least);
    }
    Ok(())
}

/// The paper's cheapest form, x σ(1.702 x).
fn by_the_logistic(x: f64) -> f64 {
    x * Real::sigmoid(1.702 * x)
}

#[test]
fn the_logistic_form_is_further_off() -> Result<()> {
    let mut furthest = 0.0_f64;
    for hundredths in -800..=800 {
        let x = f64::from(hundredths) / 100.0;
        let gap = (by_the_logistic(x) - value_at(x, Approximate::None)?).abs();
        furthest = furthest.max(gap);
    }
    assert_eq!(rounded(furthest), 0.0203);
    // Its least value, -0.1636 at -0.7512.
    assert_eq!(rounded(by_the_logistic(-0.7512)), -0.1636);
    assert!(by_the_logistic(-0.7512) < by_the_logistic(-0.751));
    assert!(by_the_logistic(-0.7512) < by_the_logistic(-0.7514));
    Ok(())
}

#[test]
fn infinite_and_very_large_inputs_have_their_limits() -> Result<()> {
    assert_eq!(Real::erfc(40.0 / SQRT_2), 0.0);
    for form in [Approximate::None, Approximate::Tanh] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::<f32>::new([f32::NEG_INFINITY, 1e30, f32::INFINITY]));
        let y = x.gelu(form);
        assert_eq!(y.value().to_vec(), [0.0, 1e30, f32::INFINITY]);
        let gradients = y.backward_with(&Tensor::ones([3]))?;
        assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 1.0, 1.0]);
    }
    Ok(())
}

#[test]
fn far_to_the_left_the_slope_is_tiny() -> Result<()> {
    let slope = slope_at(-6.0, Approximate::None)?;
    assert!((slope / -3.5e-8 - 1.0).abs() < 0.02);
    Ok(())
}

#[test]
fn exercise_1_the_slope_is_largest_at_the_root_of_two() -> Result<()> {
    let form = Approximate::None;
    let largest = slope_at(SQRT_2, form)?;
    assert_eq!(rounded(largest), 1.1289);
    assert!(slope_at(SQRT_2 - 0.01, form)? < largest && slope_at(SQRT_2 + 0.01, form)? < largest);
    assert_eq!(rounded(slope_at(-SQRT_2, form)?), -0.1289);
    Ok(())
}

#[test]
fn exercise_2_what_one_plus_erf_keeps() {
    let twice_below = |x: f64| Real::erfc(-x / SQRT_2);
    assert_eq!((twice_below(-6.0) * 1e11).round(), 197.0); // 1.97e-9
    assert_eq!((twice_below(-5.0) * 1e9).round(), 573.0); // 5.73e-7
    let spacing = 2.0_f64.powi(-24);
    assert_eq!((spacing * 1e10).round(), 596.0); // 5.96e-8
    assert_eq!(f64::from(1.0_f32.next_down()), 1.0 - spacing);
    assert!(twice_below(-6.0) < spacing / 2.0);
    let steps = twice_below(-5.0) / spacing;
    assert_eq!((steps * 10.0).round(), 96.0); // 9.6
    assert_eq!((10.0 / steps * 100.0).round(), 104.0); // 4 percent more
}

// ANCHOR: coins
#[test]
fn coins_have_the_values_of_gelu_but_not_its_slopes() -> Result<()> {
    let normal = Tensor::<f64>::randn([10_000], &mut ChaCha8Rng::seed_from_u64(0));
    for (at, below) in [(1.0, 0.8413), (-1.0, 0.1587)] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::scalar(at));
        // A standard normal number is below x with the chance Φ(x).
        let coins = tape.constant(normal.map(|n| f64::from(n < at)));
        let mean = (x * coins).mean();
        assert!((mean.value().item()? - value_at(at, Approximate::None)?).abs() < 0.02);

        let slope = mean.backward()?.wrt(x)?.item()?;
        assert!((slope - below).abs() < 0.02);
        assert!((slope - slope_at(at, Approximate::None)?).abs() > 0.2);
    }
    Ok(())
}
// ANCHOR_END: coins

#[test]
fn exercise_4_a_number_less_its_mirror_image() -> Result<()> {
    let form = Approximate::None;
    for x in [0.5, 1.0, 3.0] {
        assert!((value_at(x, form)? - value_at(-x, form)? - x).abs() < 1e-12);
        assert!((slope_at(x, form)? + slope_at(-x, form)? - 1.0).abs() < 1e-12);
    }
    Ok(())
}
