//! The chapter `norm/one_formula`.

use std::collections::BTreeSet;

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, jacobian};
use handgrad::module::Args;
use handgrad::norm::{IndexSets, batch_norm, group_norm, index_sets, instance_norm, layer_norm};
use handgrad::{Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant};
use crate::examples::assert_snapshot;

const EPS: f64 = 1e-5;

// ANCHOR: sets
#[test]
fn four_norms_and_their_sets() -> Result<()> {
    let norms = [
        ("BatchNorm1d", Args::new()),
        ("LayerNorm", Args::new()),
        ("InstanceNorm1d", Args::new()),
        ("GroupNorm", Args::new().with("num_groups", 2)),
    ];
    let mut grids = Vec::new();
    for (layer, args) in norms {
        grids.push(index_sets(layer, &args, [2, 4, 3])?.to_string());
    }
    assert_snapshot("one_formula_sets", &grids.join("\n\n"));
    Ok(())
}
// ANCHOR_END: sets

// ANCHOR: cameras
#[test]
fn a_loud_sample_flattens_a_quiet_one_in_batch_norm_alone() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[[1.0, 3.0]], [[100.0, 300.0]]]));
    let contrast = |y: Var<'_, f64>| {
        let y = y.value().to_vec();
        ((y[1] - y[0]) * 1e4).round() / 1e4
    };
    let instance = instance_norm(x, None, None, None, true, 0.1, EPS)?;
    let batch = batch_norm(x, None, None, None, true, 0.1, EPS)?;
    assert_eq!((contrast(instance), contrast(batch)), (2.0, 0.0164));
    Ok(())
}
// ANCHOR_END: cameras

#[test]
fn how_the_statistics_follow_one_number() -> Result<()> {
    let with_first = |first: f64| Tensor::<f64>::new([first, 7.0, 7.0, 9.0]);
    let (before, after) = (with_first(1.0), with_first(1.1));
    assert_near(&before.mean(), &[6.0]);
    assert_near(&before.var(0.0), &[9.0]);
    assert_near(&after.mean(), &[6.025]);
    assert_near(&after.var(0.0), &[8.751_875]);
    // The slopes of variance and rstd in the first number, by central differences.
    let step = 1e-4;
    let variance = |first: f64| with_first(first).var(0.0).item();
    let slope = (variance(1.0 + step)? - variance(1.0 - step)?) / (2.0 * step);
    assert!((slope + 2.5).abs() < 1e-7);
    let rstd = |first: f64| -> Result<f64> { Ok(1.0 / variance(first)?.sqrt()) };
    let slope = (rstd(1.0 + step)? - rstd(1.0 - step)?) / (2.0 * step);
    assert!((slope - 5.0 / 108.0).abs() < 1e-7);
    Ok(())
}

// ANCHOR: by_hand
/// Mean 6, variance 9, rstd 1/3.
const SET: [f64; 4] = [1.0, 7.0, 7.0, 9.0];

#[test]
fn the_jacobian_of_four_numbers() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(SET));
    let y = layer_norm(x, [4], None, None, 0.0)?;
    assert_near(&y.value(), &[-5.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0, 1.0]);
    let times_54 = [
        [1.0, -2.0, -2.0, 3.0],
        [-2.0, 13.0, -5.0, -6.0],
        [-2.0, -5.0, 13.0, -6.0],
        [3.0, -6.0, -6.0, 9.0],
    ];
    for (i, row) in times_54.into_iter().enumerate() {
        // A cotangent of 1 at output i alone brings back row i.
        let unit = Tensor::<f64>::eye(4).select(0, i as isize)?;
        let gradients = y.backward_with(&unit)?;
        assert_near(gradients.wrt(x)?, &row.map(|entry: f64| entry / 54.0));
    }
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn composed_it_takes_seven_steps() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 1.0, 7.0], [9.0, 15.0, 9.0]]));
    let centred = x - x.mean_dims(&[1], true)?;
    let variance = (centred * centred).mean_dims(&[1], true)?;
    let y = centred / (variance + EPS).sqrt();
    assert_snapshot("one_formula_tape", tape.to_string().trim_end());

    let fused = layer_norm(x, [3], None, None, EPS)?;
    assert_near(&fused.value(), &y.value().to_vec());
    assert_eq!(fused.id(), y.id() + 1);
    Ok(())
}

// ANCHOR: invariance
const COTANGENT: [f64; 4] = [2.0, -1.0, 0.5, 4.0];

/// The output for four numbers, and their gradient.
fn respond(x: Tensor<f64>, eps: f64) -> Result<(Tensor<f64>, Tensor<f64>)> {
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = layer_norm(x, [4], None, None, eps)?;
    let gradients = y.backward_with(&Tensor::new(COTANGENT))?;
    Ok((y.value(), gradients.wrt(x)?.clone()))
}

#[test]
fn what_a_norm_does_not_see_its_gradient_lacks() -> Result<()> {
    let x = Tensor::<f64>::new(SET);
    let (y, dx) = respond(x.clone(), 0.0)?;
    assert_near(&dx, &[15.0, -43.5, -16.5, 45.0].map(|share| share / 54.0));

    // Ten times as large, and moved by 100: the same output, a tenth of the gradient.
    let (moved_y, moved_dx) = respond(&(&x * 10.0) + 100.0, 0.0)?;
    assert_near(&moved_y, &y.to_vec());
    assert_near(&moved_dx, &(&dx / 10.0).to_vec());

    // The gradient has no part along (1, 1, 1, 1), and none along x_hat.
    assert_near(&dx.sum(), &[0.0]);
    assert_near(&(&dx * &y).sum(), &[0.0]);
    Ok(())
}
// ANCHOR_END: invariance

#[test]
fn a_step_of_descent_can_only_lengthen_the_weights_in_front() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0], [4.0, -3.0], [0.0, 5.0], [2.0, 2.0]]));
    let w = tape.leaf(Tensor::new([[3.0], [4.0]]));
    let y = batch_norm(x.matmul(w)?, None, None, None, true, 0.1, 1e-30)?;
    let gradients = y.backward_with(&Tensor::new([[1.0], [-2.0], [0.5], [3.0]]))?;
    let gradient = gradients.wrt(w)?;
    assert!(gradient.iter().any(|g| g.abs() > 0.01));
    assert_near(&(gradient * &w.value()).sum(), &[0.0]);
    let after = &w.value() - gradient;
    let square = |t: &Tensor<f64>| (t * t).sum().item();
    assert_near(&Tensor::scalar(square(&after)?), &[25.0 + square(gradient)?]);
    Ok(())
}

#[test]
fn with_eps_a_little_is_left_along_x_hat() -> Result<()> {
    // eps / (variance + eps) is 1 / 10 here.
    let (y, dx) = respond(Tensor::new(SET), 1.0)?;
    let along = (&Tensor::<f64>::new(COTANGENT) * &y).sum().item()?;
    assert_near(&(&dx * &y).sum(), &[0.1 * along / 10.0_f64.sqrt()]);
    assert_near(&dx.sum(), &[0.0]);
    Ok(())
}

#[test]
fn rows_of_the_jacobian_add_up_to_0_where_a_mean_is_subtracted() -> Result<()> {
    let x = Tensor::<f64>::randn([2, 4, 3], &mut ChaCha8Rng::seed_from_u64(0));
    let row_sums = |layer: &str, args: Args| -> Result<Tensor<f64>> {
        let layer = Configured::new(layer, args)?;
        jacobian(&layer, &x, &CheckOptions::default())?.sum_dims(&[1], false)
    };
    let channels = || Args::new().with("num_features", 4);
    let trailing = || Args::new().with("normalized_shape", &[4, 3][..]);
    let groups = Args::new().with("num_groups", 2).with("num_channels", 4);
    for (layer, args) in [
        ("BatchNorm1d", channels()),
        ("LayerNorm", trailing()),
        ("InstanceNorm1d", channels()),
        ("GroupNorm", groups),
        ("SwitchableNorm1d", channels()),
        ("WeightStandardization", Args::new()),
    ] {
        assert_near(&row_sums(layer, args)?, &[0.0; 24]);
    }
    let window = Args::new().with("size", 3).with("alpha", 1.0);
    for (layer, args) in [("RMSNorm", trailing()), ("LocalResponseNorm", window)] {
        assert!(row_sums(layer, args)?.iter().any(|sum| sum.abs() > 0.1), "{layer}");
    }
    Ok(())
}

#[test]
fn a_weight_that_comes_after_the_means_is_caught() -> Result<()> {
    let mutant = mutant("LayerNorm", "gamma after the means");
    assert_snapshot("one_formula_wrong", &mutant.gradcheck()?.to_string());
    Ok(())
}

#[test]
fn exercise_1_as_many_numbers_in_a_set_and_yet_other_sets() -> Result<()> {
    let groups = Args::new().with("num_groups", 3);
    let cases = [
        ("BatchNorm2d", Args::new(), 6, 32),
        ("LayerNorm", Args::new(), 2, 96),
        ("InstanceNorm2d", Args::new(), 12, 16),
        ("GroupNorm", groups, 6, 32),
    ];
    for (layer, args, number, size) in cases {
        let sets = index_sets(layer, &args, [2, 6, 4, 4])?;
        let labels = sets.labels().expect("none of these norms has sets that overlap");
        let different: BTreeSet<String> = labels.into_iter().collect();
        assert_eq!((different.len(), sets.set(0).len()), (number, size), "{layer}");
        assert_eq!(number * size, 192);
    }
    Ok(())
}

#[test]
fn exercise_2_two_directions_pass() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(SET));
    let y = layer_norm(x, [4], None, None, 0.0)?;
    for passes in [[0.0, 1.0, -1.0, 0.0], [1.0, -2.0, -2.0, 3.0]] {
        let gradients = y.backward_with(&Tensor::new(passes))?;
        assert_near(gradients.wrt(x)?, &passes.map(|h: f64| h / 3.0));
    }
    Ok(())
}

// ANCHOR: any_sets
/// The input's cotangent in any norm, number by number: `sets.set(i)` is who shares
/// statistics with number i.
fn backward(sets: &IndexSets, x: &[f64], h: &[f64], eps: f64) -> Vec<f64> {
    let of_number = |i: usize| {
        let set = sets.set(i);
        let mean_of = |f: &dyn Fn(usize) -> f64| {
            let sum: f64 = set.iter().map(|&j| f(j)).sum();
            sum / set.len() as f64
        };
        let mean = mean_of(&|j| x[j]);
        let variance = mean_of(&|j| (x[j] - mean).powi(2));
        let rstd = 1.0 / (variance + eps).sqrt();
        let x_hat = |j: usize| (x[j] - mean) * rstd;
        rstd * (h[i] - mean_of(&|j| h[j]) - x_hat(i) * mean_of(&|j| h[j] * x_hat(j)))
    };
    (0..x.len()).map(of_number).collect()
}

type Norm = for<'t> fn(Var<'t, f64>) -> Result<Var<'t, f64>>;

#[test]
fn one_backward_for_all_sets() -> Result<()> {
    let norms: [(&str, Args, Norm); 4] = [
        ("BatchNorm1d", Args::new(), |x| batch_norm(x, None, None, None, true, 0.1, EPS)),
        ("LayerNorm", Args::new(), |x| layer_norm(x, [4, 3], None, None, EPS)),
        ("InstanceNorm1d", Args::new(), |x| instance_norm(x, None, None, None, true, 0.1, EPS)),
        ("GroupNorm", Args::new().with("num_groups", 2), |x| group_norm(x, 2, None, None, EPS)),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let input = Tensor::<f64>::randn([2, 4, 3], &mut rng);
    let h = Tensor::<f64>::randn([2, 4, 3], &mut rng);
    for (layer, args, norm) in norms {
        let sets = index_sets(layer, &args, [2, 4, 3])?;
        let tape = Tape::new();
        let x = tape.leaf(input.clone());
        let gradients = norm(x)?.backward_with(&h)?;
        assert_near(gradients.wrt(x)?, &backward(&sets, &input.to_vec(), &h.to_vec(), EPS));
    }
    Ok(())
}
// ANCHOR_END: any_sets
