//! The chapter `norm/normalize`.

use handgrad::norm::{Normalize, layer_norm};
use handgrad::{Module, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

/// The output and the gradient of one line, with eps at 1e-12.
fn line<const N: usize>(x: [f64; N], p: f64, cotangent: [f64; N]) -> Result<[Tensor<f64>; 2]> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(x));
    let y = x.normalize(p, 0, 1e-12)?;
    let gradient = y.backward_with(&Tensor::new(cotangent))?.wrt(x)?.clone();
    Ok([y.value(), gradient])
}

// ANCHOR: by_hand
#[test]
fn normalize_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]));
    let y = Normalize::default().forward(x)?;
    let first = [1.0_f64, 2.0, 2.0].map(|share| share / 3.0);
    let second = [2.0_f64, -3.0, 6.0].map(|share| share / 7.0);
    assert_near(&y.value(), &[first, second].concat());

    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 7.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let first = [8.0_f64, -2.0, -2.0].map(|share| share / 27.0);
    let second = [-12.0_f64, 18.0, 13.0].map(|share| share / 49.0);
    assert_near(gradients.wrt(x)?, &[first, second].concat());
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn normalize_step_by_step() {
    let args = ["Normalize", "--input", "[[1,2,2],[2,-3,6]]", "--cotangent", "[[1,0,0],[0,0,7]]"];
    assert_snapshot("normalize_steps", &run("step", &args));
}

#[test]
fn the_numbers_of_the_table() {
    let along = [1.0 / 3.0, 7.0 * 6.0 / 7.0];
    assert_near(&Tensor::new(along), &[1.0 / 3.0, 6.0]);
    let first = [1.0 - 1.0 / 9.0, -2.0 / 9.0, -2.0 / 9.0];
    assert_near(&Tensor::new(first), &[8.0 / 9.0, -2.0 / 9.0, -2.0 / 9.0]);
    let second = [-6.0 * 2.0 / 7.0, 6.0 * 3.0 / 7.0, 7.0 - 6.0 * 6.0 / 7.0];
    assert_near(&Tensor::new(second), &[-12.0 / 7.0, 18.0 / 7.0, 13.0 / 7.0]);
}

#[test]
fn normalize_saves_one_norm_a_line() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]));
    let y = x.normalize(2.0, 1, 1e-12)?;
    assert_eq!(saved(y, &[x]), [("input", 24, true), ("norm", 16, false)]);
    Ok(())
}

// ANCHOR: predict
/// The length of the gradient that turns x towards a target of length 1.
fn pull(x: [f64; 2], target: [f64; 2]) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(x));
    let y = x.normalize(2.0, 0, 1e-12)?;
    let loss = -(y * tape.constant(Tensor::new(target))).sum();
    let gradients = loss.backward()?;
    let gradient = gradients.wrt(x)?;
    Ok((gradient * gradient).sum().item()?.sqrt())
}

#[test]
fn the_wrong_way_is_a_place_without_a_gradient() -> Result<()> {
    let target = [0.6, 0.8];
    assert_near(&Tensor::scalar(pull([-6.0, -8.0], target)?), &[0.0]);
    assert_near(&Tensor::scalar(pull([6.0, 8.0], target)?), &[0.0]);
    // At a right angle, from a distance of 10.
    assert_near(&Tensor::scalar(pull([-8.0, 6.0], target)?), &[0.1]);
    // The sine of the angle between (3, 4) and (1, 0) is 4/5, the distance 5.
    assert_near(&Tensor::scalar(pull([3.0, 4.0], [1.0, 0.0])?), &[0.8 / 5.0]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn the_table_of_norms() -> Result<()> {
    let infinity = f64::INFINITY;
    let norms =
        [(1.0, 11.0), (2.0, 41.0_f64.sqrt()), (infinity, 4.0), (-infinity, 3.0), (0.0, 3.0)];
    for (p, norm) in norms {
        let [y, _] = line([3.0, -4.0, 4.0], p, [0.0; 3])?;
        assert_near(&y.scale(norm), &[3.0, -4.0, 4.0]);
    }
    Ok(())
}

#[test]
fn whatever_p_is_the_gradient_has_no_part_along_x() -> Result<()> {
    let (x, cotangent) = ([1.0, -2.0, 5.0], [0.3, -1.0, 2.0]);
    for p in [-1.0, 0.5, 1.0, 1.5, 2.0, 3.0, f64::INFINITY, f64::NEG_INFINITY] {
        let [_, gradient] = line(x, p, cotangent)?;
        assert_near(&(&gradient * &Tensor::<f64>::new(x)).sum(), &[0.0]);
    }
    let [_, of_a_count] = line(x, 0.0, cotangent)?;
    assert_near(&of_a_count, &cotangent.map(|g| g / 3.0));
    Ok(())
}

#[test]
fn a_backward_that_subtracts_twice_is_caught() -> Result<()> {
    let mutant = mutant("Normalize", "twice");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("normalize_wrong", &report.to_string());
    Ok(())
}

/// ȳ - 2 c y is as long as ȳ.
#[test]
fn a_reflection_keeps_the_length() {
    let (y, cotangent) = ([0.6_f64, 0.8], [5.0_f64, 10.0]);
    let c: f64 = y.iter().zip(cotangent).map(|(y, g)| y * g).sum();
    let reflected: f64 = y.iter().zip(cotangent).map(|(y, g)| (g - 2.0 * c * y).powi(2)).sum();
    assert_near(&Tensor::scalar(reflected), &[125.0]);
}

#[test]
fn zeros_have_the_slope_1_over_eps_and_a_zero_spoils_a_negative_p() -> Result<()> {
    let [y, gradient] = line([0.0, 0.0], 2.0, [1.0, 2.0])?;
    assert_eq!(y.to_vec(), [0.0, 0.0]);
    assert_near(&gradient, &[1e12, 2e12]);

    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([2]));
    let gradients = x.normalize(2.0, 0, 0.1)?.sum().backward()?;
    assert_near(gradients.wrt(x)?, &[10.0, 10.0]);

    let x = tape.leaf(Tensor::<f64>::new([0.0, 3.0]));
    assert_near(&x.normalize(-1.0, 0, 0.5)?.value(), &[0.0, 6.0]);
    Ok(())
}

#[test]
fn the_default_dim_is_1_and_not_the_last() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[[3.0, 5.0], [4.0, 12.0]]]));
    let y = Normalize::default().forward(x)?;
    assert_near(&y.value(), &[0.6, 5.0 / 13.0, 0.8, 12.0 / 13.0]);
    let vector = tape.constant(Tensor::<f64>::new([3.0, 4.0]));
    assert!(Normalize::default().forward(vector).is_err());
    Ok(())
}

#[test]
fn squares_beyond_the_range_of_the_type_do_no_harm() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f32>::new([3e30, 4e30]));
    let y = x.normalize(2.0, 0, 1e-12)?.value();
    assert!(
        (&y.cast::<f64>() - &Tensor::<f64>::new([0.6, 0.8])).iter().all(|gap| gap.abs() < 1e-7)
    );
    let [y, _] = line([3e200, 4e200], 2.0, [0.0; 2])?;
    assert_near(&y, &[0.6, 0.8]);
    Ok(())
}

#[test]
fn an_infinity_and_a_nan_stay_in_their_line() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[f64::INFINITY, 1.0], [f64::NAN, 1.0], [3.0, 4.0]]));
    let y = x.normalize(2.0, 1, 1e-12)?;
    let is_nan = |tensor: &Tensor<f64>| tensor.map(f64::is_nan).to_vec();
    assert_eq!(is_nan(&y.value()), [true, false, true, true, false, false]);
    assert_eq!(y.value().to_vec()[1], 0.0);
    let gradients = y.backward_with(&Tensor::ones([3, 2]))?;
    assert_eq!(is_nan(gradients.wrt(x)?), [true, true, true, true, false, false]);
    Ok(())
}

#[test]
fn layer_norm_is_a_direction_times_the_root_of_n() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[1.0, 2.0, 2.0], [2.0, -3.0, 6.0]]));
    let centred = x - x.mean_dims(&[1], true)?;
    let directions = centred.normalize(2.0, 1, 0.0)? * 3.0_f64.sqrt();
    let normed = layer_norm(x, [3], None, None, 0.0)?;
    assert_near(&directions.value(), &normed.value().to_vec());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let [y, gradient] = line([-3.0, 4.0], 2.0, [5.0, 10.0])?;
    assert_near(&y, &[-0.6, 0.8]);
    assert_near(&gradient, &[1.6, 1.2]);

    let [y, gradient] = line([1.0, -2.0, 5.0], 1.0, [8.0, 0.0, 0.0])?;
    assert_near(&y, &[0.125, -0.25, 0.625]);
    assert_near(&gradient, &[0.875, 0.125, -0.125]);
    Ok(())
}

// ANCHOR: longer
fn square_of_length(x: &Tensor<f64>) -> Result<f64> {
    (x * x).sum().item()
}

#[test]
fn every_step_makes_x_longer() -> Result<()> {
    let target = Tensor::new([1.0, 0.0]);
    let mut x = Tensor::<f64>::new([3.0, 4.0]);
    for _ in 0..10 {
        let tape = Tape::new();
        let leaf = tape.leaf(x.clone());
        let y = leaf.normalize(2.0, 0, 1e-12)?;
        let step = y.backward_with(&target)?.wrt(leaf)?.clone();
        let moved = &x + &step;
        let sum = square_of_length(&x)? + square_of_length(&step)?;
        assert_near(&Tensor::scalar(square_of_length(&moved)?), &[sum]);
        x = moved;
    }
    assert!(square_of_length(&x)? > 25.0);
    Ok(())
}
// ANCHOR_END: longer
