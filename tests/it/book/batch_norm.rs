//! The chapter `norm/batch_norm`.

use handgrad::norm::{BatchNorm1d, BatchNormConfig, batch_norm};
use handgrad::{Module, Result, Tape, Tensor};

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn batch_norm_by_hand() -> Result<()> {
    let config = BatchNormConfig { eps: 1.0, ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    // Two samples of one channel of three places.
    let x = tape.leaf(Tensor::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]));
    let cotangent = Tensor::new([[[0.0, 0.0, 0.0]], [[0.0, 3.0, 0.0]]]);

    let y = norm.forward(x)?;
    assert_near(&y.value(), &[-1.2, -1.2, 0.0, 0.4, 1.6, 0.4]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.092, 0.092, -0.1, -0.164, 0.244, -0.164]);

    let running = norm.running.as_mut().expect("tracked by default");
    assert_near(&running.mean, &[0.7]);
    assert_near(&running.var, &[3.78]);

    // Evaluation, with other statistics than these.
    (running.mean, running.var) = (Tensor::new([6.0]), Tensor::new([8.0]));
    norm.eval();
    let y = norm.forward(x)?;
    assert_near(&y.value(), &[-5.0 / 3.0, -5.0 / 3.0, 1.0 / 3.0, 1.0, 3.0, 1.0]);
    assert_near(y.backward_with(&cotangent)?.wrt(x)?, &[0.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn batch_norm_step_by_step() {
    let args = [
        "BatchNorm1d",
        "--set",
        "eps=1",
        "--input",
        "[[[1,1,7]],[[9,15,9]]]",
        "--cotangent",
        "[[[0,0,0]],[[0,3,0]]]",
    ];
    assert_snapshot("batch_norm_steps", &run("step", &args));
}

/// The numbers of the table that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let distances = [-6.0, -6.0, 0.0, 2.0, 8.0, 2.0];
    let squares: f64 = distances.iter().map(|d: &f64| d * d).sum();
    assert_eq!((squares, squares / 6.0, squares / 5.0), (144.0, 24.0, 28.8));
    let x_hat = distances.map(|d| d / 5.0);
    assert!((3.0_f64 * x_hat[4] / 6.0 - 0.8).abs() < 1e-15);
    let left = [0.46, 0.46, -0.5, -0.82, 1.22, -0.82];
    for (i, (x_hat, left)) in x_hat.iter().zip(left).enumerate() {
        let h = if i == 4 { 3.0 } else { 0.0 };
        let found: f64 = h - 0.5 - x_hat * 0.8;
        assert!((found - left).abs() < 1e-15);
    }
}

#[test]
fn batch_norm_saves_two_statistics_a_channel_in_both_modes() -> Result<()> {
    let mut norm = BatchNorm1d::<f32>::new(3);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    for training in [true, false] {
        norm.set_training(training);
        let y = norm.forward(x)?;
        let weight = tape.parameter(norm.weight.as_ref().expect("affine"));
        let expected =
            [("input", 24, true), ("weight", 12, true), ("mean", 24, false), ("rstd", 24, false)];
        assert_eq!(saved(y, &[x, weight]), expected);
    }
    Ok(())
}

// ANCHOR: predict
#[test]
fn a_batch_of_two_teaches_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[3.0, -10.0], [5.0, 90.0]]));
    let y = batch_norm(x, None, None, None, true, 0.1, 1e-30)?;
    assert_near(&y.value(), &[-1.0, -1.0, 1.0, 1.0]);
    let gradients = y.backward_with(&Tensor::new([[2.0, -1.0], [0.5, 4.0]]))?;
    assert_near(gradients.wrt(x)?, &[0.0; 4]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_gradient_that_forgets_the_batch_is_caught() -> Result<()> {
    let mutant = mutant("BatchNorm1d", "for constants");
    assert_snapshot("batch_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn a_nan_in_one_batch_stays_in_the_running_statistics() -> Result<()> {
    let mut norm = BatchNorm1d::<f64>::new(1);
    let tape = Tape::new();
    norm.forward(tape.leaf(Tensor::new([[1.0], [f64::NAN]])))?;
    for _ in 0..100 {
        norm.forward(tape.leaf(Tensor::new([[1.0], [2.0]])))?;
    }
    let running = norm.running.as_ref().expect("tracked by default");
    assert!(running.mean.item()?.is_nan() && running.var.item()?.is_nan());
    Ok(())
}

#[test]
fn a_nan_reaches_all_samples_of_its_channel_and_an_infinity_the_running_variance() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0], [f64::NAN, 3.0]]));
    let y = BatchNorm1d::<f64>::new(2).forward(x)?.value();
    assert_eq!(y.map(f64::is_nan).to_vec(), [true, false, true, false]);

    let mut norm = BatchNorm1d::<f64>::new(1);
    for batch in [[[1.0], [f64::INFINITY]], [[1.0], [2.0]]] {
        norm.forward(tape.leaf(Tensor::new(batch)))?;
    }
    let running = norm.running.as_ref().expect("tracked by default");
    assert!(running.mean.item()?.is_infinite() && running.var.item()?.is_nan());
    Ok(())
}

// ANCHOR: average
#[test]
fn the_average_of_variances_is_not_the_variance_of_all() -> Result<()> {
    let config = BatchNormConfig { momentum: None, ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    for batch in [[[0.0], [2.0]], [[10.0], [12.0]]] {
        norm.forward(tape.leaf(Tensor::new(batch)))?;
    }
    let running = norm.running.as_ref().expect("tracked by default");
    assert_near(&running.mean, &[6.0]);
    assert_near(&running.var, &[2.0]);
    assert_near(&Tensor::<f64>::new([0.0, 2.0, 10.0, 12.0]).var(1.0), &[104.0 / 3.0]);
    Ok(())
}
// ANCHOR_END: average

// ANCHOR: bias
#[test]
fn a_bias_in_front_of_batch_norm_gets_no_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0], [4.0, -3.0], [0.0, 5.0]]));
    let bias = tape.leaf(Tensor::new([10.0, -20.0]));
    let y = batch_norm(x + bias, None, None, None, true, 0.1, 1e-5)?;
    let gradients = y.backward_with(&Tensor::new([[1.0, 2.0], [-3.0, 0.5], [2.0, 2.0]]))?;
    assert_near(gradients.wrt(bias)?, &[0.0, 0.0]);
    Ok(())
}
// ANCHOR_END: bias

#[test]
fn a_constant_channel_becomes_the_bias_and_has_a_steep_slope() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::full([3, 1], 4.0));
    let bias = tape.leaf(Tensor::new([0.5]));
    let y = batch_norm(x, None, None, Some(bias), true, 0.1, 1e-5)?;
    assert_eq!(y.value().to_vec(), [0.5; 3]);
    let gradients = y.backward_with(&Tensor::new([[1.0], [0.0], [-1.0]]))?;
    let slope = 1.0 / 1e-5_f64.sqrt();
    assert_near(gradients.wrt(x)?, &[slope, 0.0, -slope]);
    assert_eq!(slope.floor(), 316.0);
    assert!(batch_norm(x, None, None, None, true, 0.1, 0.0).is_err());
    Ok(())
}

#[test]
fn exercise_1_how_long_the_initial_variance_is_remembered() {
    assert!(0.9_f64.powi(43) > 0.01 && 0.9_f64.powi(44) < 0.01);
}

#[test]
fn exercise_2_evaluation_is_narrower_than_training() -> Result<()> {
    let config = BatchNormConfig { eps: 1e-30, momentum: Some(1.0), ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[0.0], [6.0], [6.0], [8.0]]));
    let training = norm.forward(x)?.value();
    norm.eval();
    let evaluation = norm.forward(x)?.value();
    let ratio = 0.75_f64.sqrt();
    assert_near(&evaluation, &training.scale(ratio).to_vec());
    assert_eq!((ratio * 1e3).round(), 866.0);
    Ok(())
}

// ANCHOR: folded
/// BatchNorm in evaluation as `y = scale x + shift`, channel by channel.
fn folded(norm: &BatchNorm1d<f64>, eps: f64) -> Option<(Tensor<f64>, Tensor<f64>)> {
    let running = norm.running.as_ref()?;
    let (weight, bias) = (norm.weight.as_ref()?.value(), norm.bias.as_ref()?.value());
    let rstd = running.var.map(|var| 1.0 / (var + eps).sqrt());
    let scale = weight * &rstd;
    let shift = bias - &(&running.mean * &scale);
    Some((scale, shift))
}

#[test]
fn in_evaluation_batch_norm_is_a_straight_line() -> Result<()> {
    let mut norm = BatchNorm1d::<f64>::new(2);
    *norm.weight.as_mut().expect("affine").value_mut() = Tensor::new([2.0, -0.5]);
    *norm.bias.as_mut().expect("affine").value_mut() = Tensor::new([1.0, 3.0]);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[0.0, 14.0], [6.0, 18.0], [8.0, 30.0]]));
    for _ in 0..3 {
        norm.forward(x)?;
    }
    norm.eval();
    let (scale, shift) = folded(&norm, 1e-5).expect("it has everything");
    let line = &(&x.value() * &scale) + &shift;
    assert_near(&norm.forward(x)?.value(), &line.to_vec());
    Ok(())
}
// ANCHOR_END: folded
