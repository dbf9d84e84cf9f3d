//! The chapter `norm/group_norm`.

use handgrad::norm::{GroupNorm, batch_norm, group_norm, instance_norm, layer_norm};
use handgrad::{Module, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn group_norm_by_hand() -> Result<()> {
    let tape = Tape::new();
    // One sample of six channels, in two groups of three.
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0, 7.0, 9.0, 15.0, 9.0]]));
    let weight = tape.leaf(Tensor::new([3.0, 3.0, 3.0, 3.0, 3.0, 6.0]));
    let bias = tape.leaf(Tensor::new([0.0, 0.0, 0.0, 0.0, 0.0, 1.0]));
    let y = group_norm(x, 2, Some(weight), Some(bias), 1.0)?;
    assert_near(&y.value(), &[-2.0, -2.0, 4.0, -2.0, 4.0, -3.0]);

    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]]))?;
    let shares = [14.0, -13.0, -1.0, -27.0, 0.0, 27.0];
    assert_near(gradients.wrt(x)?, &shares.map(|share: f64| share / 27.0));
    assert_near(gradients.wrt(weight)?, &[-2.0 / 3.0, 0.0, 0.0, 0.0, 4.0 / 3.0, -2.0 / 3.0]);
    assert_near(gradients.wrt(bias)?, &[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn group_norm_step_by_step() {
    let args = [
        "GroupNorm",
        "--set",
        "num_groups=2",
        "--set",
        "eps=1",
        "--input",
        "[[1,1,7,9,15,9]]",
        "--cotangent",
        "[[1,0,0,0,1,1]]",
    ];
    assert_snapshot("group_norm_steps", &run("step", &args));
}

/// The numbers of the table that the first test does not have, and of exercise 1.
#[test]
fn the_numbers_of_the_table() {
    let groups = [
        ([-2.0, -2.0, 4.0], [3.0, 0.0, 0.0], [1.0, -2.0 / 3.0], [14.0, -13.0, -1.0]),
        ([-2.0, 4.0, -2.0], [0.0, 3.0, 6.0], [3.0, 0.0], [-27.0, 0.0, 27.0]),
        ([-2.0, 4.0, -2.0], [0.0, 3.0, 3.0], [2.0, 2.0 / 3.0], [-14.0, 1.0, 13.0]),
    ];
    for (thirds, h, [mean, along], ninths) in groups {
        let (x_hat, h) = (&Tensor::<f64>::new(thirds) / 3.0, Tensor::<f64>::new(h));
        assert_near(&h.mean(), &[mean]);
        assert_near(&(&h * &x_hat).mean(), &[along]);
        let left = &(&h - &h.mean()) - &x_hat.scale(along);
        assert_near(&left, &ninths.map(|ninth: f64| ninth / 9.0));
    }
}

#[test]
fn group_norm_saves_two_statistics_a_group_of_a_sample() -> Result<()> {
    let mut norm = GroupNorm::<f32>::new(2, 4)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[[1.0], [3.0], [4.0], [8.0]], [[5.0], [2.0], [0.0], [1.0]]]));
    let y = norm.forward(x)?;
    let weight = tape.parameter(norm.weight.as_ref().expect("affine"));
    let expected =
        [("input", 32, true), ("weight", 16, true), ("mean", 32, false), ("rstd", 32, false)];
    assert_eq!(saved(y, &[x, weight]), expected);
    Ok(())
}

/// A norm of four channels.
type Norm = for<'t> fn(Var<'t, f64>) -> Result<Var<'t, f64>>;

// ANCHOR: predict
/// The norm's output; and that of the input with its two middle channels exchanged,
/// which are then exchanged back.
fn plain_and_reordered(norm: Norm) -> Result<[Tensor<f64>; 2]> {
    let x = Tensor::<f64>::new([[[1.0, 3.0], [4.0, 8.0], [100.0, 300.0], [400.0, 800.0]]]);
    let order = [0, 2, 1, 3];
    let tape = Tape::new();
    let reordered = norm(tape.constant(x.index_select(1, &order)?))?.value();
    Ok([norm(tape.constant(x))?.value(), reordered.index_select(1, &order)?])
}

#[test]
fn group_norm_alone_depends_on_the_order_of_the_channels() -> Result<()> {
    let norms: [Norm; 3] = [
        |x| layer_norm(x, [4, 2], None, None, 1e-5),
        |x| instance_norm(x, None, None, None, true, 0.1, 1e-5),
        |x| batch_norm(x, None, None, None, true, 0.1, 1e-5),
    ];
    for norm in norms {
        let [plain, reordered] = plain_and_reordered(norm)?;
        assert_near(&reordered, &plain.to_vec());
    }
    let [plain, reordered] = plain_and_reordered(|x| group_norm(x, 2, None, None, 1e-5))?;
    let first = |y: &Tensor<f64>| (y.to_vec()[0] * 1e4).round() / 1e4;
    assert_eq!((first(&plain), first(&reordered)), (-1.1767, -0.822));
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_gradient_without_the_weight_is_caught() -> Result<()> {
    let mutant = mutant("GroupNorm", "forgets gamma");
    assert_snapshot("group_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

// ANCHOR: singles
#[test]
fn groups_of_one_number_are_refused_for_one_sample_and_0_for_two() -> Result<()> {
    let tape = Tape::new();
    let one = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0, 4.0]]));
    assert!(group_norm(one, 4, None, None, 1e-5).is_err());

    let two = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0, 4.0], [50.0, 6.0, -7.0, 8.0]]));
    let y = group_norm(two, 4, None, None, 1e-5)?;
    assert_eq!(y.value().to_vec(), [0.0; 8]);
    let cotangent = Tensor::new([[1.0, -2.0, 3.0, -4.0], [5.0, -6.0, 7.0, -8.0]]);
    assert_eq!(y.backward_with(&cotangent)?.wrt(two)?.to_vec(), [0.0; 8]);
    Ok(())
}
// ANCHOR_END: singles

#[test]
fn channels_must_divide_into_groups() {
    let error = GroupNorm::<f32>::new(3, 4).unwrap_err().to_string();
    assert_eq!(error, "group_norm: num_channels (4) must be divisible by num_groups (3)");
}

#[test]
fn exercise_1_the_weight_of_one_channel_is_felt_by_its_group() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0, 7.0, 9.0, 15.0, 9.0]]));
    let weight = tape.leaf(Tensor::new([3.0; 6]));
    let y = group_norm(x, 2, Some(weight), None, 1.0)?;
    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]]))?;
    let shares = [14.0, -13.0, -1.0, -14.0, 1.0, 13.0];
    assert_near(gradients.wrt(x)?, &shares.map(|share: f64| share / 27.0));

    // Of a new layer, whose weights are 1, a third.
    let y = group_norm(x, 2, None, None, 1.0)?;
    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0, 0.0, 0.0, 1.0, 1.0]]))?;
    assert_near(gradients.wrt(x)?, &shares.map(|share: f64| share / 81.0));
    Ok(())
}

#[test]
fn exercise_2_groups_of_two_numbers_pass_no_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 3.0, 90.0, 10.0]]));
    let y = group_norm(x, 2, None, None, 0.0)?;
    assert_near(&y.value(), &[-1.0, 1.0, 1.0, -1.0]);
    let gradients = y.backward_with(&Tensor::new([[2.0, -1.0, 0.5, 4.0]]))?;
    assert_near(gradients.wrt(x)?, &[0.0; 4]);
    Ok(())
}

// ANCHOR: by_layer_norm
/// GroupNorm of `[N, C, L]`: each group is a row of LayerNorm, and the channels are
/// scaled and shifted afterwards.
fn by_layer_norm<'t>(
    x: Var<'t, f64>,
    groups: usize,
    [weight, bias]: [Var<'t, f64>; 2],
    eps: f64,
) -> Result<Var<'t, f64>> {
    let shape = x.shape();
    let (samples, channels, places) = (shape[0], shape[1], shape[2]);
    let row = channels / groups * places;
    let x_hat = layer_norm(x.reshape([samples, groups, row])?, [row], None, None, eps)?;
    let by_channel = [channels, 1];
    Ok(x_hat.reshape(shape)? * weight.reshape(by_channel)? + bias.reshape(by_channel)?)
}

#[test]
fn group_norm_is_layer_norm_of_groups() -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::randn([2, 6, 4], &mut rng));
    let weight = tape.leaf(Tensor::<f64>::randn([6], &mut rng));
    let bias = tape.leaf(Tensor::<f64>::randn([6], &mut rng));
    let cotangent = Tensor::<f64>::randn([2, 6, 4], &mut rng);
    let one = group_norm(x, 3, Some(weight), Some(bias), 1e-5)?;
    let other = by_layer_norm(x, 3, [weight, bias], 1e-5)?;
    assert_near(&one.value(), &other.value().to_vec());
    let (one, other) = (one.backward_with(&cotangent)?, other.backward_with(&cotangent)?);
    for var in [x, weight, bias] {
        assert_near(one.wrt(var)?, &other.wrt(var)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: by_layer_norm
