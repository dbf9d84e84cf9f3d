//! The chapter `norm/instance_norm`.

use handgrad::norm::{
    BatchNorm1d, InstanceNorm1d, InstanceNormConfig, batch_norm, group_norm, instance_norm,
    layer_norm,
};
use handgrad::{Module, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn instance_norm_by_hand() -> Result<()> {
    let tape = Tape::new();
    // Two samples of one channel of three places.
    let x = tape.leaf(Tensor::<f64>::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]));
    let y = instance_norm(x, None, None, None, true, 0.1, 1.0)?;
    let thirds = [-2.0, -2.0, 4.0, -2.0, 4.0, -2.0];
    assert_near(&y.value(), &thirds.map(|third: f64| third / 3.0));

    let cotangent = Tensor::new([[[0.0, 0.0, 0.0]], [[0.0, 3.0, 0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    let shares = [0.0, 0.0, 0.0, -1.0, 2.0, -1.0];
    assert_near(gradients.wrt(x)?, &shares.map(|share: f64| share / 27.0));
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn instance_norm_step_by_step() {
    let args = [
        "InstanceNorm1d",
        "--set",
        "eps=1",
        "--set",
        "affine=True",
        "--input",
        "[[[1,1,7]],[[9,15,9]]]",
        "--cotangent",
        "[[[0,0,0]],[[0,3,0]]]",
    ];
    assert_snapshot("instance_norm_steps", &run("step", &args));
}

/// The numbers of the tables that the first test does not have.
#[test]
fn the_numbers_of_the_table() -> Result<()> {
    let x = Tensor::<f64>::new([[1.0, 1.0, 7.0], [9.0, 15.0, 9.0]]);
    assert_near(&x.mean_dims(&[1], false)?, &[3.0, 11.0]);
    assert_near(&x.var_dims(&[1], 0.0, false)?, &[8.0, 8.0]);
    // Sample 2.
    let x_hat = &Tensor::<f64>::new([-2.0, 4.0, -2.0]) / 3.0;
    let h = Tensor::<f64>::new([0.0, 3.0, 0.0]);
    assert_near(&h.mean(), &[1.0]);
    assert_near(&(&h * &x_hat).mean(), &[4.0 / 3.0]);
    let left = &(&h - &h.mean()) - &x_hat.scale(4.0 / 3.0);
    assert_near(&left, &[-1.0 / 9.0, 2.0 / 9.0, -1.0 / 9.0]);
    Ok(())
}

#[test]
fn instance_norm_saves_two_statistics_a_channel_of_a_sample() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]));
    let y = InstanceNorm1d::<f32>::new(1).forward(x)?;
    assert_eq!(saved(y, &[x]), [("input", 24, true), ("mean", 16, false), ("rstd", 16, false)]);

    let config = InstanceNormConfig { affine: true, ..InstanceNormConfig::default() };
    let mut norm = InstanceNorm1d::<f32>::with(1, config);
    let y = norm.forward(x)?;
    let weight = tape.parameter(norm.weight.as_ref().expect("affine"));
    let expected =
        [("input", 24, true), ("weight", 4, true), ("mean", 16, false), ("rstd", 16, false)];
    assert_eq!(saved(y, &[x, weight]), expected);
    Ok(())
}

// ANCHOR: predict
#[test]
fn pooling_after_instance_norm_leaves_nothing() -> Result<()> {
    let tape = Tape::new();
    let images = Tensor::<f64>::randn([3, 2, 4, 4], &mut ChaCha8Rng::seed_from_u64(0));
    let x = tape.leaf(images);
    let y = instance_norm(x, None, None, None, true, 0.1, 1e-5)?;
    let pooled = y.mean_dims(&[2, 3], false)?;
    assert_near(&pooled.value(), &[0.0; 6]);
    let gradients = pooled.backward_with(&Tensor::new([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]]))?;
    assert_near(gradients.wrt(x)?, &[0.0; 96]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_gradient_that_couples_the_samples_is_caught() -> Result<()> {
    let mutant = mutant("InstanceNorm1d", "over the batch too");
    assert_snapshot("instance_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

// ANCHOR: table
#[test]
fn a_table_is_read_as_one_sample_of_lines() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let instance = InstanceNorm1d::<f64>::new(2).forward(x)?;
    let rows = layer_norm(x, [3], None, None, 1e-5)?;
    assert_near(&instance.value(), &rows.value().to_vec());
    // BatchNorm1d takes the same table for two samples of three channels.
    let columns = BatchNorm1d::<f64>::new(3).forward(x)?.value();
    assert_near(&columns.select(1, 0)?, &[-1.5, 1.5].map(|d: f64| d / (2.25_f64 + 1e-5).sqrt()));
    Ok(())
}
// ANCHOR_END: table

#[test]
fn a_flat_channel_without_eps_is_0_here_and_nan_in_group_norm() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::full([1, 1, 3], 3.0));
    let y = instance_norm(x, None, None, None, true, 0.1, 0.0)?;
    assert_eq!(y.value().to_vec(), [0.0; 3]);
    let gradients = y.backward_with(&Tensor::new([[[1.0, 2.0, 3.0]]]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 3]);
    assert!(group_norm(x, 1, None, None, 0.0)?.value().iter().all(f64::is_nan));
    Ok(())
}

#[test]
fn num_features_is_not_looked_at_without_anything_for_a_feature() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0, 3.0], [90.0, 10.0]]]));
    assert_eq!(InstanceNorm1d::<f64>::new(54).forward(x)?.shape(), [1, 2, 2]);
    Ok(())
}

#[test]
fn exercise_1_what_is_tracked() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0, 3.0]], [[10.0, 18.0]]]));
    let config = InstanceNormConfig { track_running_stats: true, ..InstanceNormConfig::default() };
    let mut instance = InstanceNorm1d::<f64>::with(1, config);
    instance.forward(x)?;
    let running = instance.running.as_ref().expect("tracked");
    assert_near(&running.mean, &[0.8]);
    assert_near(&running.var, &[2.6]);
    assert_eq!(running.num_batches_tracked.item()?, 0.0);

    let mut batch = BatchNorm1d::<f64>::new(1);
    batch.forward(x)?;
    let running = batch.running.as_ref().expect("tracked by default");
    assert_near(&running.mean, &[0.8]);
    assert_near(&running.var, &[0.9 + 0.1 * 178.0 / 3.0]);
    assert_eq!((running.var.item()? * 1e4).round(), 68_333.0);
    Ok(())
}

#[test]
fn exercise_2_a_negative_is_a_negative_again() -> Result<()> {
    let tape = Tape::new();
    let image = Tensor::<f64>::new([[[1.0, 1.0, 7.0]]]);
    let norm = |image: Tensor<f64>, eps: f64| -> Result<Tensor<f64>> {
        Ok(instance_norm(tape.constant(image), None, None, None, true, 0.1, eps)?.value())
    };
    let y = norm(image.clone(), 0.0)?;
    assert_near(&norm(&image.scale(3.0) + 20.0, 0.0)?, &y.to_vec());
    let negative = norm(&image.scale(-1.0) + 255.0, 1.0)?;
    assert_near(&negative, &norm(image, 1.0)?.scale(-1.0).to_vec());
    Ok(())
}

// ANCHOR: by_batch_norm
/// InstanceNorm of `[N, C, L]` as BatchNorm of one sample of N C channels.
fn by_batch_norm(x: Var<'_, f64>, eps: f64) -> Result<Var<'_, f64>> {
    let shape = x.shape();
    let one_sample = x.reshape([1, shape[0] * shape[1], shape[2]])?;
    batch_norm(one_sample, None, None, None, true, 0.1, eps)?.reshape(shape)
}

#[test]
fn instance_norm_is_batch_norm_of_one_sample() -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::randn([2, 3, 5], &mut rng));
    let cotangent = Tensor::<f64>::randn([2, 3, 5], &mut rng);
    let (y, other) =
        (instance_norm(x, None, None, None, true, 0.1, 1e-5)?, by_batch_norm(x, 1e-5)?);
    assert_near(&y.value(), &other.value().to_vec());
    let expected = other.backward_with(&cotangent)?.wrt(x)?.to_vec();
    assert_near(y.backward_with(&cotangent)?.wrt(x)?, &expected);
    Ok(())
}
// ANCHOR_END: by_batch_norm
