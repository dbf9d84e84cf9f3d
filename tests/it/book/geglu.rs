//! The chapter `activation/geglu`.

use handgrad::activation::Approximate;
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

/// To four decimals, as the chapter has them.
fn rounded(tensor: &Tensor<f64>) -> Vec<f64> {
    tensor.iter().map(|x| (x * 1e4).round() / 1e4).collect()
}

// ANCHOR: by_hand
#[test]
fn geglu_by_hand() -> Result<()> {
    // The normal distribution at 1 and at -1, and its density there.
    let (cdf, tail, density): (f64, f64, f64) =
        (0.841_344_746_068_542_9, 0.158_655_253_931_457_05, 0.241_970_724_519_143_37);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, 4.0, 3.0], [1.0, -1.0, 0.0]]));
    let y = x.geglu(0, Approximate::None)?;
    assert_near(&y.value(), &[2.0 * cdf, -4.0 * tail, 0.0]);

    let gradients = y.backward_with(&Tensor::new([[1.0, 1.0, 2.0]]))?;
    let (gate, slopes) = ([cdf, -tail, 0.0], [cdf + density, tail - density, 0.5]);
    let expected = [gate, [2.0 * slopes[0], 4.0 * slopes[1], 6.0 * slopes[2]]];
    assert_near(gradients.wrt(x)?, &expected.concat());
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn the_numbers_of_the_table() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[2.0, 4.0, 3.0], [1.0, -1.0, 0.0]]));
    let y = x.geglu(0, Approximate::None)?;
    assert_eq!(rounded(&y.value()), [1.6827, -0.6346, 0.0]);
    let gradients = y.backward_with(&Tensor::new([[1.0, 1.0, 2.0]]))?;
    assert_eq!(rounded(gradients.wrt(x)?), [0.8413, -0.1587, 0.0, 2.1666, -0.3333, 3.0]);

    let gate = tape.leaf(Tensor::<f64>::new([1.0, -1.0, 0.0]));
    let slopes = gate.gelu(Approximate::None).sum().backward()?;
    assert_eq!(rounded(slopes.wrt(gate)?), [1.0833, -0.0833, 0.5]);
    let density = (-0.5_f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
    assert_eq!((density * 1e4).round() / 1e4, 0.242);
    Ok(())
}

#[test]
fn geglu_saves_its_input_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 6]));
    assert_eq!(saved(x.geglu(-1, Approximate::None)?, &[x]), [("input", 48, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn the_order_of_the_halves_shows_unless_they_are_equal_or_one_is_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[2.0, 2.0, 0.0], [1.0, 2.0, 5.0]]));
    let y = x.geglu(0, Approximate::None)?;
    assert_eq!(rounded(&y.value()), [1.6827, 3.909, 0.0]);
    let exchanged = x.flip(&[0])?.geglu(0, Approximate::None)?;
    assert_eq!(rounded(&exchanged.value()), [1.9545, 3.909, 0.0]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_geglu_that_takes_its_halves_for_each_other_is_caught() -> Result<()> {
    let mutant = mutant("GEGLU", "for each other");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("geglu_wrong", &report.to_string());
    Ok(())
}

#[test]
fn geglu_step_by_step() {
    let args =
        ["GEGLU", "--set", "dim=0", "--input", "[[2,4,3],[1,-1,0]]", "--cotangent", "[[1,1,2]]"];
    assert_snapshot("geglu_steps", &run("step", &args));
}

#[test]
fn the_left_tail_has_digits_in_f32_and_ends_in_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f32>::new([1e6, -6.0]));
    let y = x.geglu(0, Approximate::None)?.value().item()?;
    assert!((-0.005_92..-0.005_91).contains(&y), "{y}");

    let x = tape.leaf(Tensor::<f32>::new([4.0, f32::NEG_INFINITY]));
    let y = x.geglu(0, Approximate::None)?;
    assert_eq!(y.value().to_vec(), [0.0]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [0.0, 0.0]);
    Ok(())
}

/// The three units at a = 4, b = -1, with the cotangent 1.
#[test]
fn the_table_of_neighbours() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([4.0, -1.0]));
    let units = [x.reglu(0)?, x.geglu(0, Approximate::None)?, x.swiglu(0)?];
    let expected = [[0.0, 0.0, 0.0], [-0.6346, -0.1587, -0.3333], [-1.0758, -0.2689, 0.2893]];
    for (y, [value, slope_a, slope_b]) in units.into_iter().zip(expected) {
        assert_eq!(rounded(&y.value()), [value]);
        assert_eq!(rounded(y.sum().backward()?.wrt(x)?), [slope_a, slope_b]);
    }
    Ok(())
}

#[test]
fn the_lowest_points_of_both_gates() -> Result<()> {
    let tape = Tape::new();
    let b = tape.leaf(Tensor::<f64>::new([-0.752, -0.751, -1.279, -1.278]));
    let gelu = b.gelu(Approximate::None).sum().backward()?.wrt(b)?.to_vec();
    let silu = b.silu().sum().backward()?.wrt(b)?.to_vec();
    assert!(gelu[0] < 0.0 && gelu[1] > 0.0 && silu[2] < 0.0 && silu[3] > 0.0);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([6.0, 0.0]));
    let y = x.geglu(0, Approximate::None)?;
    assert_near(&y.value(), &[0.0]);
    assert_near(y.backward_with(&Tensor::new([2.0]))?.wrt(x)?, &[0.0, 6.0]);

    let x = tape.constant(Tensor::<f64>::new([10.0, 1.0]));
    let (smooth, cornered) = (x.geglu(0, Approximate::None)?, x.reglu(0)?);
    assert_eq!(rounded(&smooth.value()), [8.4134]);
    assert_eq!(rounded(&(cornered - smooth).value()), [1.5866]);
    Ok(())
}

// ANCHOR: quick
/// x σ(1.702 x).
#[derive(Clone, Copy, Debug)]
struct QuickGelu;

impl Pointwise for QuickGelu {
    const NAME: &'static str = "quick_gelu";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        x * (T::from_f64(1.702) * x).sigmoid()
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        // σ(u) + x 1.702 σ(u) σ(-u), where x 1.702 is u again.
        let u = T::from_f64(1.702) * x;
        u.sigmoid() * (T::ONE + u * (-u).sigmoid()) * grad_output
    }
}

#[test]
fn a_quick_geglu_passes_its_check_and_is_off_by_two_hundredths() -> Result<()> {
    let x = Tensor::new([[4.0, -2.0, 0.5, -1.0], [10.0, 1.0, 2.75, 0.0]]);
    let options = CheckOptions::default();
    gradcheck(|v| v[0].gated("quick_geglu", QuickGelu, -1), &[x], &options)?.into_result()?;

    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([1.0, 2.0]));
    let gap = x.gated("quick_geglu", QuickGelu, 0)? - x.geglu(0, Approximate::None)?;
    assert_eq!(rounded(&gap.value()), [-0.0188]);
    Ok(())
}
// ANCHOR_END: quick
