//! The chapter `activation/hardswish`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::ops::{Pointwise, Saves};
use handgrad::{Real, Result, Tape, Tensor, Var};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

/// Values and slopes of Hardswish.
fn at<const N: usize>(points: [f64; N]) -> Result<[Vec<f64>; 2]> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(points.to_vec(), [N])?);
    let y = x.hardswish();
    let gradients = y.backward_with(&Tensor::ones([N]))?;
    Ok([y.value().to_vec(), gradients.wrt(x)?.to_vec()])
}

// ANCHOR: by_hand
#[test]
fn hardswish_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[-2.0, -1.0, 0.0], [1.0, 2.0, 3.0]]));
    let y = x.hardswish();
    assert_near(&y.value(), &[-1.0 / 3.0, -1.0 / 3.0, 0.0, 2.0 / 3.0, 5.0 / 3.0, 3.0]);

    let cotangent = Tensor::new([[6.0, 6.0, 4.0], [6.0, 6.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[-1.0, 1.0, 2.0, 5.0, 7.0, 10.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn hardswish_step_by_step() {
    let args = ["Hardswish", "--input", "[[-2,-1,0],[1,2,3]]", "--cotangent", "[[6,6,4],[6,6,10]]"];
    assert_snapshot("hardswish_steps", &run("step", &args));
}

#[test]
fn hardswish_saves_its_input_which_costs_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    assert_eq!(saved(x.hardswish(), &[x]), [("input", 24, true)]);
}

#[test]
fn the_parabola_ends_with_three_halves_and_begins_with_minus_a_half() -> Result<()> {
    let near = 1e-9;
    let [_, slopes] = at([-3.0 + near, 0.0, 3.0 - near])?;
    assert_near(&Tensor::new([slopes[1]]), &[0.5]);
    assert!((slopes[0] + 0.5).abs() < near && (slopes[2] - 1.5).abs() < near);

    // SiLU's slopes, at their least and their largest.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-2.3994, 2.3994]));
    let slopes = x.silu().sum().backward()?.wrt(x)?.map(|slope| (slope * 1e4).round() / 1e4);
    assert_eq!(slopes.to_vec(), [-0.0998, 1.0998]);
    Ok(())
}

#[test]
fn a_comparison_that_takes_the_inner_side_is_caught() -> Result<()> {
    let mutant = mutant("Hardswish", "asks x <= 3");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("hardswish_wrong", &report.to_string());
    assert_eq!(mutant.input.to_vec()[12..], [-3.0, 3.0]);

    let mut without_a_3 = mutant;
    without_a_3.input = Tensor::new([-4.0, -3.0, 0.5, 2.5, 4.0]);
    assert!(without_a_3.gradcheck()?.passed());
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let [values, slopes] = at([f64::NAN, -infinite, infinite, -5.0])?;
    assert!(values[0].is_nan());
    assert_eq!(values[1..], [0.0, infinite, 0.0]);
    assert!(values[1].is_sign_negative() && values[3].is_sign_negative());
    // A NaN is on neither side of anything and takes the last branch.
    assert_eq!(slopes, [1.0, 0.0, 1.0, 0.0]);
    Ok(())
}

#[test]
fn scaled_up_it_is_a_relu() -> Result<()> {
    let [values, _] = at([-100.0, -1.0, 1.0, 100.0])?;
    assert_near(&Tensor::new([values[0] / 100.0, values[3] / 100.0]), &[0.0, 1.0]);
    assert_near(&Tensor::new([values[1], values[2]]), &[-1.0 / 3.0, 2.0 / 3.0]);
    Ok(())
}

#[test]
fn it_is_furthest_from_silu_at_the_corners() {
    let tape = Tape::new();
    let grid = tape.constant(Tensor::<f64>::linspace(-8.0, 8.0, 1601));
    let gaps = (grid.silu() - grid.hardswish()).abs().value().to_vec();
    let largest = gaps.iter().copied().fold(0.0, f64::max);
    assert_eq!((largest * 1e4).round(), 1423.0); // 0.1423
    // The grid's steps are 0.01: -3 is at 500, 3 at 1100.
    assert!((gaps[500] - largest).abs() < 1e-12 && (gaps[1100] - largest).abs() < 1e-12);
}

#[test]
fn exercise_1_where_the_slope_leaves_the_unit_interval() -> Result<()> {
    let [values, slopes] = at([-2.999, -1.501, -1.5, -1.499, 1.499, 1.5, 1.501, 2.999])?;
    assert_eq!((values[2], slopes[2], slopes[5]), (-0.375, 0.0, 1.0));
    assert!(slopes[..2].iter().all(|&slope| slope < 0.0));
    assert!(slopes[3..5].iter().all(|&slope| 0.0 < slope && slope < 1.0));
    assert!(slopes[6..].iter().all(|&slope| slope > 1.0));
    Ok(())
}

// ANCHOR: mirror
#[test]
fn hardswish_less_its_mirror_image_is_the_identity_at_the_corners_too() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-5.0, -3.0, -1.0, 0.0, 3.0, 4.0]));
    let y = x.hardswish() - (-x).hardswish();
    assert_near(&y.value(), &x.value().to_vec());
    assert_near(y.backward_with(&Tensor::ones([6]))?.wrt(x)?, &[1.0; 6]);
    Ok(())
}
// ANCHOR_END: mirror

// ANCHOR: narrow
/// x times a straight gate that rises from 0 at -2 to 1 at 2.
#[derive(Clone, Copy, Debug)]
struct Narrow;

impl Pointwise for Narrow {
    const NAME: &'static str = "narrow_hardswish";
    const SAVES: Saves = Saves::Input;

    fn forward<T: Real>(self, x: T) -> T {
        let (two, four) = (T::from_f64(2.0), T::from_f64(4.0));
        if x <= -two {
            T::ZERO
        } else if x < two {
            x * (x + two) / four
        } else {
            x
        }
    }

    fn backward<T: Real>(self, x: T, grad_output: T) -> T {
        let two = T::from_f64(2.0);
        if x <= -two {
            T::ZERO
        } else if x < two {
            (x + T::ONE) / two * grad_output
        } else {
            grad_output
        }
    }
}

#[test]
fn a_narrower_hardswish_arrives_with_three_halves_too() -> Result<()> {
    let x = Tensor::new([-3.0, -2.0, -1.0, 0.0, 1.5, 2.0, 3.0]);
    let kinks =
        vec![Kink { at: -2.0, slope: Choice::Left }, Kink { at: 2.0, slope: Choice::Right }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| Ok(v[0].pointwise(Narrow)), &[x], &options)?.into_result()?;

    let tape = Tape::new();
    let near = tape.leaf(Tensor::<f64>::scalar(2.0 - 1e-9));
    let slope = near.pointwise(Narrow).backward()?.wrt(near)?.item()?;
    assert!((slope - 1.5).abs() < 1e-9);

    let grid = tape.constant(Tensor::<f64>::linspace(-8.0, 8.0, 1601));
    let gap = (grid.pointwise(Narrow) - grid.silu()).abs().value().max()?.item()?;
    assert_eq!((gap * 1e4).round(), 2384.0); // 0.2384
    let x = tape.constant(Tensor::<f64>::scalar(0.5));
    let narrow = (x.pointwise(Narrow) - x.silu()).abs().value().item()?;
    assert!(narrow < (x.hardswish() - x.silu()).abs().value().item()?);
    Ok(())
}
// ANCHOR_END: narrow

fn by_relu6(x: Var<'_, f64>) -> Var<'_, f64> {
    x * (x + 3.0).relu6() / 6.0
}

#[test]
fn hardswish_made_of_relu6_agrees_even_at_the_corners() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-4.0, -3.0, -1.5, 0.0, 1.5, 3.0, 4.0]));
    let (parts, whole) = (by_relu6(x), x.hardswish());
    assert_near(&parts.value(), &whole.value().to_vec());

    let ones = Tensor::ones([7]);
    let (by_parts, by_whole) = (parts.backward_with(&ones)?, whole.backward_with(&ones)?);
    assert_near(by_parts.wrt(x)?, &by_whole.wrt(x)?.to_vec());
    Ok(())
}

#[test]
fn but_not_at_infinity() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY]));
    assert!(by_relu6(x).value().item()?.is_nan());
    assert_eq!(x.hardswish().value().item()?, 0.0);

    // An infinite cotangent, where the function is flat.
    let (x, infinite) = (tape.leaf(Tensor::<f64>::new([-9.0])), Tensor::new([f64::INFINITY]));
    assert!(by_relu6(x).backward_with(&infinite)?.wrt(x)?.item()?.is_nan());
    assert_eq!(x.hardswish().backward_with(&infinite)?.wrt(x)?.item()?, 0.0);
    Ok(())
}

#[test]
fn exercise_4_a_parabola_that_joins_smoothly() {
    let (joined, slope) = (|x: f64| (x + 3.0) * (x + 3.0) / 12.0, |x: f64| (x + 3.0) / 6.0);
    assert_eq!([joined(-3.0), joined(0.0), joined(3.0)], [0.0, 0.75, 3.0]);
    assert_eq!([slope(-3.0), slope(3.0)], [0.0, 1.0]);
}
