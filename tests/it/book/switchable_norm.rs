//! The chapter `norm/switchable_norm`.

use handgrad::norm::{BatchNormConfig, SwitchableNorm1d, switchable_norm};
use handgrad::{Module, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn switchable_norm_by_hand() -> Result<()> {
    let config = BatchNormConfig { eps: 9.0, ..BatchNormConfig::default() };
    let mut norm = SwitchableNorm1d::<f64>::with(1, config);
    // The shares 1/4, 1/4 and 1/2.
    let logits = Tensor::new([0.0, 0.0, 2.0_f64.ln()]);
    *norm.mean_weight.value_mut() = logits.clone();
    *norm.var_weight.value_mut() = logits;

    let tape = Tape::new();
    // Two samples of one channel of three places.
    let x = tape.leaf(Tensor::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]));
    let y = norm.forward(x)?;
    assert_near(&y.value(), &[-0.8, -0.8, 0.4, 0.0, 1.2, 0.0]);

    let cotangent = Tensor::new([[[0.0, 0.0, 0.0]], [[0.0, 30.0, 0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.22, 0.22, -0.5, -1.26, 2.58, -1.26]);
    assert_near(gradients.of(&norm.mean_weight)?, &[-3.0, -3.0, 6.0]);
    assert_near(gradients.of(&norm.var_weight)?, &[1.44, 1.44, -2.88]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn switchable_norm_step_by_step() {
    let args = [
        "SwitchableNorm1d",
        "--set",
        "eps=9",
        "--input",
        "[[[1,1,7]],[[9,15,9]]]",
        "--cotangent",
        "[[[0,0,0]],[[0,30,0]]]",
    ];
    assert_snapshot("switchable_norm_steps", &run("step", &args));
}

/// The numbers of the tables that the test above does not have.
#[test]
fn the_numbers_of_the_table() {
    let x = Tensor::<f64>::new([[1.0, 1.0, 7.0], [9.0, 15.0, 9.0]]);
    assert_near(&x.mean_dims(&[1], false).expect("rows"), &[3.0, 11.0]);
    assert_near(&x.var_dims(&[1], 0.0, false).expect("rows"), &[8.0, 8.0]);
    assert_near(&x.mean(), &[7.0]);
    assert_near(&x.var(0.0), &[24.0]);
    let means = [3.0 / 4.0 + 3.0 / 4.0 + 7.0 / 2.0, 11.0 / 4.0 + 11.0 / 4.0 + 7.0 / 2.0];
    assert_eq!((means, 8.0 / 4.0 + 8.0 / 4.0 + 24.0 / 2.0), ([5.0, 9.0], 16.0));
    // What reaches the mixture of sample 2, and what the instances' own statistics get.
    let (of_mean, of_var) = (-0.2 * 30.0, -0.5 * 0.04 * 30.0 * 1.2);
    assert_near(&Tensor::<f64>::new([of_mean, of_var]), &[-6.0, -0.72]);
    let through_batch = |distance: f64| -1.5 - 0.36 * distance;
    let totals = [through_batch(-4.0), -3.0 + through_batch(4.0)];
    assert_near(&Tensor::<f64>::new(totals), &[-0.06, -5.94]);
    assert_near(&Tensor::<f64>::new([-0.36 / 2.0, -0.36 - 0.36 / 2.0]), &[-0.18, -0.54]);
    let first = [-2.0, 4.0].map(|d: f64| (-0.06 + 2.0 * d * -0.18) / 3.0);
    assert_near(&Tensor::<f64>::new(first), &[0.22, -0.5]);
    let second = [-2.0, 4.0].map(|d: f64| (-5.94 + 2.0 * d * -0.54) / 3.0);
    assert_near(&Tensor::<f64>::new(second), &[-1.26, -3.42]);
}

#[test]
fn switchable_norm_saves_two_statistics_an_instance() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f32>::new(1);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]));
    let y = norm.forward(x)?;
    let weight = tape.parameter(norm.weight.as_ref().expect("affine"));
    let expected =
        [("input", 24, true), ("weight", 4, true), ("mean", 16, false), ("rstd", 16, false)];
    assert_eq!(saved(y, &[x, weight]), expected);
    Ok(())
}

/// The numbers of the layer's example.
fn two_by_two() -> Tensor<f64> {
    Tensor::new([[[1.0, 3.0], [4.0, 9.0]], [[2.0, 8.0], [7.0, 6.0]]])
}

#[test]
fn no_set_of_the_three_is_centred() -> Result<()> {
    let tape = Tape::new();
    let y = SwitchableNorm1d::<f64>::new(2).forward(tape.leaf(two_by_two()))?.value();
    let means = [
        (y.mean_dims(&[2], false)?, vec![-0.5261, 0.3046, 0.0935, 0.1469]),
        (y.mean_dims(&[1, 2], false)?, vec![-0.1107, 0.1202]),
        (y.mean_dims(&[0, 2], false)?, vec![-0.2163, 0.2258]),
    ];
    for (found, shown) in means {
        for (found, shown) in found.to_vec().into_iter().zip(shown) {
            let difference: f64 = found - shown;
            assert!(difference.abs() < 5e-5, "{found} is not {shown}");
        }
    }
    Ok(())
}

#[test]
fn weights_without_the_softmax_are_caught() -> Result<()> {
    let mutant = mutant("SwitchableNorm2d", "stops at the softmax");
    assert_snapshot("switchable_norm_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn a_new_layer_in_evaluation_takes_a_third_of_mean_0_and_variance_1() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(1);
    norm.eval();
    let tape = Tape::new();
    let y = norm.forward(tape.leaf(Tensor::new([[[2.0, 2.0, 2.0]]])))?;
    let expected = (2.0 - 4.0 / 3.0) / (1.0_f64 / 3.0 + 1e-5).sqrt();
    assert_near(&y.value(), &[expected; 3]);
    assert!((expected - 1.1547).abs() < 5e-5);
    Ok(())
}

// ANCHOR: batch_average
#[test]
fn batch_averages_after_training() -> Result<()> {
    // As training has left it.
    let mut trained = SwitchableNorm1d::<f64>::new(1);
    let batch = Tensor::new([[[1.0, 1.0, 7.0]], [[9.0, 15.0, 9.0]]]);
    let tape = Tape::new();
    trained.forward(tape.leaf(batch.clone()))?;
    let running = trained.running.as_ref().expect("tracked by default");
    assert_near(&running.mean, &[0.7]);

    // The same, with equal shares, and a count that begins anew: the first batch counts whole.
    let config = BatchNormConfig { momentum: None, ..BatchNormConfig::default() };
    let mut norm = SwitchableNorm1d::<f64>::with(1, config);
    norm.load_state_dict(&trained.state_dict())?;
    if let Some(running) = &mut norm.running {
        running.num_batches_tracked = Tensor::scalar(0.0);
    }
    for batch in [batch.clone(), &batch + &Tensor::scalar(20.0)] {
        tape.no_grad(|| norm.forward(tape.constant(batch)))?;
    }
    norm.eval();

    let running = norm.running.as_ref().expect("tracked by default");
    assert_near(&running.mean, &[17.0]); // of 7 and 27
    assert_near(&running.var, &[28.8]); // of 28.8 twice
    Ok(())
}
// ANCHOR_END: batch_average

#[test]
fn in_a_table_the_first_weight_is_not_used() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(2);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, 4.0], [2.0, 9.0], [7.0, 6.0]]));
    let y = norm.forward(x)?;
    let cotangent = Tensor::new([[1.0, 0.5], [-2.0, 3.0], [0.25, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    for parameter in [&norm.mean_weight, &norm.var_weight] {
        let gradient = gradients.of(parameter)?.to_vec();
        assert_eq!(gradient[0], 0.0);
        assert!(gradient[1] != 0.0);
    }
    Ok(())
}

fn are_nan(tensor: &Tensor<f64>) -> Vec<bool> {
    tensor.to_vec().into_iter().map(f64::is_nan).collect()
}

#[test]
fn a_nan_reaches_its_sample_and_its_channel() -> Result<()> {
    let mut x = two_by_two();
    x.make_mut()[0] = f64::NAN;
    let tape = Tape::new();
    let y = SwitchableNorm1d::<f64>::new(2).forward(tape.leaf(x))?.value();
    assert_eq!(are_nan(&y), [true, true, true, true, true, true, false, false]);
    Ok(())
}

#[test]
fn a_branch_without_a_share_does_not_count_in_the_forward() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(2);
    let one_hot = Tensor::new([0.0, f64::NEG_INFINITY, f64::NEG_INFINITY]);
    *norm.mean_weight.value_mut() = one_hot.clone();
    *norm.var_weight.value_mut() = one_hot;
    let mut numbers = two_by_two();
    numbers.make_mut()[0] = f64::NAN;
    let tape = Tape::new();
    let x = tape.leaf(numbers);
    let y = norm.forward(x)?;
    assert_eq!(are_nan(&y.value()), [true, true, false, false, false, false, false, false]);

    let gradients = y.backward_with(&Tensor::ones([2, 2, 2]))?;
    assert!(are_nan(gradients.wrt(x)?)[4], "the other sample's gradient");
    Ok(())
}

#[test]
fn a_pooled_variance_is_a_mean_of_variances_and_a_variance_of_means() {
    let root = 2.0_f64.sqrt();
    let numbers = Tensor::<f64>::new([1.0 - root, 1.0 + root, 4.0, 4.0, 3.0, 5.0]);
    assert_near(&numbers.mean(), &[3.0]);
    assert_near(&numbers.var(0.0), &[3.0]);
}

#[test]
fn with_one_sample_two_branches_are_the_same() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(2);
    let tape = Tape::new();
    let y = norm.forward(tape.leaf(Tensor::new([[[1.0, 3.0, 5.0], [4.0, 9.0, 2.0]]])))?;
    let gradients = y.backward_with(&Tensor::new([[[1.0, 0.0, 2.0], [-1.0, 3.0, 0.5]]]))?;
    let gradient = gradients.of(&norm.mean_weight)?;
    let first = gradient.to_vec()[0];
    assert!(first.abs() > 1e-3);
    assert_near(gradient, &[first, -2.0 * first, first]);
    Ok(())
}

// ANCHOR: composed
/// SwitchableNorm of `[N, C, L]` in primitive operations.
fn composed<'t>(x: Var<'t, f64>, mixing: [Var<'t, f64>; 2], eps: f64) -> Result<Var<'t, f64>> {
    let [of_mean, of_var] = [mixing[0].softmax(0)?, mixing[1].softmax(0)?];
    let mut mean = x.mean_dims(&[2], true)? * of_mean.select(0, 0)?;
    let mut var = x.var_dims(&[2], 0.0, true)? * of_var.select(0, 0)?;
    for (k, dims) in [(1, [1, 2]), (2, [0, 2])] {
        mean = mean + x.mean_dims(&dims, true)? * of_mean.select(0, k)?;
        var = var + x.var_dims(&dims, 0.0, true)? * of_var.select(0, k)?;
    }
    Ok((x - mean) / (var + eps).sqrt())
}

#[test]
fn the_layer_agrees_with_its_composition() -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::randn([3, 2, 4], &mut rng));
    let cotangent = Tensor::<f64>::randn([3, 2, 4], &mut rng);
    let mean_weight = tape.leaf(Tensor::new([0.5, -1.0, 0.25]));
    let var_weight = tape.leaf(Tensor::new([-0.5, 1.5, 0.75]));

    let y = switchable_norm(x, None, None, None, mean_weight, var_weight, true, 0.1, 1e-5)?;
    let other = composed(x, [mean_weight, var_weight], 1e-5)?;
    assert_near(&y.value(), &other.value().to_vec());
    let (gradients, others) = (y.backward_with(&cotangent)?, other.backward_with(&cotangent)?);
    for var in [x, mean_weight, var_weight] {
        assert_near(gradients.wrt(var)?, &others.wrt(var)?.to_vec());
    }
    Ok(())
}
// ANCHOR_END: composed
