//! The chapter `activation/hardsigmoid`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn hardsigmoid_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[0.0, 1.5, -4.0], [-1.5, 3.0, 6.0]]));
    let y = x.hardsigmoid();
    assert_eq!(y.value().to_vec(), [0.5, 0.75, 0.0, 0.25, 1.0, 1.0]);

    let cotangent = Tensor::new([[6.0, 12.0, 5.0], [-3.0, 9.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.0, 2.0, 0.0, -0.5, 0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn hardsigmoid_step_by_step() {
    let input = "[[0,1.5,-4],[-1.5,3,6]]";
    let args = ["Hardsigmoid", "--input", input, "--cotangent", "[[6,12,5],[-3,9,1]]"];
    assert_snapshot("hardsigmoid_steps", &run("step", &args));
}

#[test]
fn hardsigmoid_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.hardsigmoid(), &[x]), [("input", 24, true)]);
}

// ANCHOR: gap
/// How far the line through 1/2 with this slope, held between 0 and 1, is from
/// the sigmoid at most.
fn largest_gap(slope: f64) -> f64 {
    let gap = |x: f64| ((0.5 + slope * x).min(1.0) - x.sigmoid()).abs();
    (0..=600).map(|i| gap(f64::from(i) / 100.0)).fold(0.0, f64::max)
}
// ANCHOR_END: gap

#[test]
fn a_slope_of_a_sixth_is_closer_to_the_sigmoid_than_a_quarter() {
    assert_eq!(format!("{:.3}", largest_gap(1.0 / 6.0)), "0.069");
    assert_eq!(format!("{:.3}", largest_gap(1.0 / 4.0)), "0.119");
    assert_eq!(format!("{:.3}", 2.0_f64.sigmoid()), "0.881");
    assert_eq!(format!("{:.3}", largest_gap(0.177)), "0.056");
}

// ANCHOR: just_below
#[test]
fn just_below_3_the_output_is_1_already() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([3.0_f64.next_down()]));
    let y = x.hardsigmoid();
    assert_eq!(y.value().to_vec(), [1.0]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [1.0 / 6.0]);
    Ok(())
}
// ANCHOR_END: just_below

#[test]
fn a_hardsigmoid_without_its_sixth_is_caught() -> Result<()> {
    let mutant = mutant("Hardsigmoid", "forgets the sixth");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("hardsigmoid_wrong", &report.to_string());

    let mut beyond_the_corners = mutant;
    beyond_the_corners.input = Tensor::new([-4.0, 4.0]);
    assert!(beyond_the_corners.gradcheck()?.passed());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let tape = Tape::new();
    let infinite = f64::INFINITY;
    let x = tape.leaf(Tensor::new([infinite, -infinite, -3.0, f64::NAN]));
    let y = x.hardsigmoid();
    assert_eq!(y.value().to_vec()[..3], [1.0, 0.0, 0.0]);
    assert!(y.value().to_vec()[3].is_nan());
    assert_eq!(y.backward_with(&Tensor::ones([4]))?.wrt(x)?.to_vec(), [0.0; 4]);
    // On the flat pieces an infinite cotangent does no harm.
    let gradients = y.backward_with(&Tensor::full([4], infinite))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 4]);
    Ok(())
}

#[test]
fn a_sixth_rounded_to_f32_is_off_by_5e_9() {
    let off = f64::from(1.0_f32 / 6.0) - 1.0 / 6.0;
    assert_eq!(format!("{off:.0e}"), "5e-9");
}

/// The chapter's table of the neighbours, to four decimals.
#[test]
fn the_table_of_the_neighbours() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-4.0, -2.0, 0.0, 2.0, 4.0]));
    let rounded = |y: Tensor<f64>| y.map(|y| (y * 1e4).round() / 1e4).to_vec();
    assert_eq!(rounded(x.sigmoid().value()), [0.018, 0.1192, 0.5, 0.8808, 0.982]);
    assert_eq!(rounded(x.hardsigmoid().value()), [0.0, 0.1667, 0.5, 0.8333, 1.0]);
    assert_eq!(rounded(x.pointwise(HalfSlope).value()), [0.0, 0.0, 0.5, 1.0, 1.0]);
}

#[test]
fn relu6_and_hardswish_are_made_of_it() {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-4.0, -3.0, -1.0, 2.0, 5.0]));
    let gate = x.hardsigmoid();
    assert_near(&gate.value(), &((x + 3.0).relu6() / 6.0).value().to_vec());
    assert_near(&(x * gate).value(), &x.hardswish().value().to_vec());
}

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-6.0, -1.0, 2.0]));
    let y = x.hardsigmoid();
    assert_near(&y.value(), &[0.0, 1.0 / 3.0, 5.0 / 6.0]);
    let gradients = y.backward_with(&Tensor::full([3], 6.0))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 1.0, 1.0]);
    Ok(())
}

// ANCHOR: from_hardtanh
#[test]
fn hardsigmoid_is_a_hardtanh_stretched_and_moved() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-4.0, -3.0, -1.5, 0.0, 2.0, 3.0]));
    let stretched = ((x / 3.0).hardtanh(-1.0, 1.0)? + 1.0) / 2.0;
    assert_near(&stretched.value(), &x.hardsigmoid().value().to_vec());

    let gradients = stretched.sum().backward()?;
    let sixth = 1.0 / 6.0;
    assert_near(gradients.wrt(x)?, &[0.0, 0.0, sixth, sixth, sixth, 0.0]);
    Ok(())
}
// ANCHOR_END: from_hardtanh

// ANCHOR: half_slope
/// y = (x + 1) / 2, held between 0 and 1.
#[derive(Clone, Copy, Debug)]
struct HalfSlope;

impl Pointwise for HalfSlope {
    const NAME: &'static str = "half_slope";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        if x <= -T::ONE {
            T::ZERO
        } else if x >= T::ONE {
            T::ONE
        } else {
            (x + T::ONE) / T::from_f64(2.0)
        }
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        if x > -T::ONE && x < T::ONE { grad_output / T::from_f64(2.0) } else { T::ZERO }
    }
}

#[test]
fn a_hardsigmoid_of_slope_one_half_passes_its_check() -> Result<()> {
    let x = Tensor::new([-2.0, -1.0, 0.25, 1.0, 3.0]);
    let kinks =
        vec![Kink { at: -1.0, slope: Choice::Left }, Kink { at: 1.0, slope: Choice::Right }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(HalfSlope)), &[x], &options)?.into_result()
}
// ANCHOR_END: half_slope

#[test]
fn just_below_1_its_sum_is_rounded_to_2() {
    assert_eq!(1.0_f64.next_down() + 1.0, 2.0);
}
