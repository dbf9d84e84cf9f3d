//! Running statistics: where users go wrong most.

use handgrad::norm::{
    BatchNorm1d, BatchNorm2d, BatchNormConfig, InstanceNorm1d, InstanceNormConfig,
    RunningStatistics, SwitchableNorm2d,
};
use handgrad::{Module, Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::examples::assert_snapshot;

/// One forward; the output's numbers.
fn forward(norm: &mut dyn Module<f64>, x: &Tensor<f64>) -> Vec<f64> {
    let tape = Tape::new();
    norm.forward(tape.leaf(x.clone())).unwrap().value().to_vec()
}

fn numbers(running: Option<&RunningStatistics<f64>>) -> (Vec<f64>, Vec<f64>, f64) {
    let running = running.expect("tracked");
    let count = running.num_batches_tracked.item().unwrap();
    (running.mean.to_vec(), running.var.to_vec(), count)
}

fn assert_near(found: &[f64], expected: &[f64]) {
    let near = found.len() == expected.len()
        && found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(near, "{found:?}, not {expected:?}");
}

/// Mean 2.5, biased variance 1.25, corrected 5/3.
fn batch() -> Tensor<f64> {
    Tensor::new([[1.0], [2.0], [3.0], [4.0]])
}

fn batch_norm(config: BatchNormConfig) -> BatchNorm1d<f64> {
    BatchNorm1d::with(1, config)
}

#[test]
fn training_standardizes_with_the_biased_variance_and_keeps_the_corrected_one() {
    let mut norm = batch_norm(BatchNormConfig { momentum: Some(1.0), ..Default::default() });
    let y = forward(&mut norm, &batch());
    let rstd = 1.0 / (1.25_f64 + 1e-5).sqrt();
    assert_near(&y, &[-1.5 * rstd, -0.5 * rstd, 0.5 * rstd, 1.5 * rstd]);
    let (mean, var, _) = numbers(norm.running.as_ref());
    assert_near(&mean, &[2.5]);
    assert_near(&var, &[1.25 * 4.0 / 3.0]);
}

#[test]
fn momentum_is_the_share_of_the_new_batch() {
    let mut norm = batch_norm(BatchNormConfig { momentum: Some(0.1), ..Default::default() });
    forward(&mut norm, &batch());
    let (mean, var, count) = numbers(norm.running.as_ref());
    assert_near(&mean, &[0.9 * 0.0 + 0.1 * 2.5]);
    assert_near(&var, &[0.9 * 1.0 + 0.1 * 5.0 / 3.0]);
    assert_eq!(count, 1.0);
}

#[test]
fn without_a_momentum_every_batch_has_the_same_share() {
    let mut norm = batch_norm(BatchNormConfig { momentum: None, ..Default::default() });
    for shift in [0.0, 3.0, 9.0] {
        forward(&mut norm, &(&batch() + shift));
    }
    let (mean, var, count) = numbers(norm.running.as_ref());
    // The initial 0 and 1 are forgotten; what is averaged are corrected variances.
    assert_near(&mean, &[2.5 + 4.0]);
    assert_near(&var, &[5.0 / 3.0]);
    assert_eq!(count, 3.0);
}

#[test]
fn a_momentum_of_0_freezes_the_statistics_and_still_counts() {
    let mut norm = batch_norm(BatchNormConfig { momentum: Some(0.0), ..Default::default() });
    forward(&mut norm, &batch());
    assert_eq!(numbers(norm.running.as_ref()), (vec![0.0], vec![1.0], 1.0));
}

#[test]
fn evaluation_uses_the_running_statistics_and_leaves_them_alone() {
    let mut norm = batch_norm(BatchNormConfig::default());
    norm.eval();
    let y = forward(&mut norm, &batch());
    let rstd = 1.0 / (1.0_f64 + 1e-5).sqrt();
    assert_near(&y, &[rstd, 2.0 * rstd, 3.0 * rstd, 4.0 * rstd]);
    assert_eq!(numbers(norm.running.as_ref()), (vec![0.0], vec![1.0], 0.0));
}

#[test]
fn evaluation_is_a_straight_line_that_leaves_samples_independent() {
    let mut norm = BatchNorm2d::<f64>::new(2);
    norm.eval();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let x = Tensor::randn([2, 2, 3, 3], &mut rng);
    let tape = Tape::new();
    let x = tape.leaf(x);
    let y = norm.forward(x).unwrap();
    let cotangent = Tensor::randn(y.shape(), &mut rng);
    let gradients = y.backward_with(&cotangent).unwrap();
    let slope = 1.0 / (1.0_f64 + 1e-5).sqrt();
    assert_near(&gradients.wrt(x).unwrap().to_vec(), &cotangent.scale(slope).to_vec());
}

#[test]
fn without_tracking_evaluation_uses_the_batch_too() {
    let config = BatchNormConfig { track_running_stats: false, ..Default::default() };
    let mut norm = batch_norm(config);
    let training = forward(&mut norm, &batch());
    norm.eval();
    assert_eq!(forward(&mut norm, &batch()), training);
    assert!(norm.running.is_none());
    let one = Tensor::new([[1.0]]);
    let tape = Tape::new();
    let error = norm.forward(tape.leaf(one)).unwrap_err().to_string();
    assert!(error.contains("more than 1 is needed in training"), "{error}");
}

#[test]
fn under_no_grad_training_still_updates_the_statistics() {
    let mut norm = batch_norm(BatchNormConfig::default());
    let tape = Tape::new();
    tape.no_grad(|| norm.forward(tape.constant(batch()))).unwrap();
    assert_near(&numbers(norm.running.as_ref()).0, &[0.25]);
}

#[test]
fn a_refused_batch_changes_nothing() {
    let mut norm = batch_norm(BatchNormConfig::default());
    forward(&mut norm, &batch());
    let before = numbers(norm.running.as_ref());
    for refused in [Tensor::new([[1.0]]), Tensor::new([[1.0, 2.0], [3.0, 4.0]])] {
        let tape = Tape::new();
        assert!(norm.forward(tape.leaf(refused)).is_err());
        // What was bound before the refusal is no node of x.
        assert_eq!(numbers(norm.running.as_ref()), before);
    }
}

#[test]
fn an_empty_batch_is_counted_and_changes_nothing_else() {
    let mut norm = batch_norm(BatchNormConfig::default());
    assert!(forward(&mut norm, &Tensor::zeros([0, 1])).is_empty());
    assert_eq!(numbers(norm.running.as_ref()), (vec![0.0], vec![1.0], 1.0));
}

#[test]
fn instance_norm_tracks_the_average_of_its_instances() {
    // Two samples of one channel: means 1 and 5, corrected variances 2 and 8.
    let x = Tensor::new([[[0.0, 2.0]], [[3.0, 7.0]]]);
    let config =
        InstanceNormConfig { track_running_stats: true, momentum: Some(0.5), ..Default::default() };
    let mut norm = InstanceNorm1d::with(1, config);
    forward(&mut norm, &x);
    let (mean, var, count) = numbers(norm.running.as_ref());
    assert_near(&mean, &[0.5 * 3.0]);
    assert_near(&var, &[0.5 * 1.0 + 0.5 * 5.0]);
    assert_eq!(count, 0.0, "as in PyTorch, nobody counts");
    norm.eval();
    let rstd = 1.0 / (3.0_f64 + 1e-5).sqrt();
    let expected = [-1.5, 0.5, 1.5, 5.5].map(|d| d * rstd);
    assert_near(&forward(&mut norm, &x), &expected);
}

#[test]
fn instance_norm_without_tracking_is_the_same_in_both_modes() {
    let x = Tensor::new([[[0.0, 2.0]], [[3.0, 7.0]]]);
    let mut norm = InstanceNorm1d::<f64>::new(1);
    let training = forward(&mut norm, &x);
    norm.eval();
    assert_eq!(forward(&mut norm, &x), training);
}

#[test]
fn instance_norms_momentum_of_none_means_0() {
    let config =
        InstanceNormConfig { track_running_stats: true, momentum: None, ..Default::default() };
    let mut norm = InstanceNorm1d::<f64>::with(1, config);
    forward(&mut norm, &Tensor::new([[[0.0, 2.0]]]));
    assert_eq!(numbers(norm.running.as_ref()), (vec![0.0], vec![1.0], 0.0));
}

#[test]
fn switchable_norm_tracks_what_batch_norm_tracks() {
    let x = Tensor::randn([3, 2, 2, 4], &mut ChaCha8Rng::seed_from_u64(1));
    let mut switchable = SwitchableNorm2d::new(2);
    let mut batch = BatchNorm2d::new(2);
    for _ in 0..3 {
        forward(&mut switchable, &x);
        forward(&mut batch, &x);
    }
    let (mean, var, count) = numbers(switchable.running.as_ref());
    let (other_mean, other_var, other_count) = numbers(batch.running.as_ref());
    assert_near(&mean, &other_mean);
    assert_near(&var, &other_var);
    assert_eq!(count, other_count);
}

#[test]
fn the_statistics_travel_in_the_state_dict() {
    let mut norm = batch_norm(BatchNormConfig::default());
    forward(&mut norm, &batch());
    let mut other = batch_norm(BatchNormConfig::default());
    other.load_state_dict(&norm.state_dict()).unwrap();
    assert_eq!(numbers(norm.running.as_ref()), numbers(other.running.as_ref()));
    let names: Vec<String> = other.state().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]);
}

#[test]
fn a_timeline_shows_every_step() {
    let mut norm = BatchNorm1d::with(2, BatchNormConfig { momentum: None, ..Default::default() });
    norm.watch();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    for _ in 0..3 {
        forward(&mut norm, &(&Tensor::randn([4, 2], &mut rng).scale(2.0) + 1.0));
    }
    norm.eval();
    forward(&mut norm, &Tensor::zeros([4, 2]));
    let timeline = norm.timeline().expect("it was told to watch");
    assert_eq!(timeline.updates.len(), 3, "evaluation updates nothing");
    let shares: Vec<f64> = timeline.updates.iter().map(|update| update.momentum).collect();
    assert_near(&shares, &[1.0, 1.0 / 2.0, 1.0 / 3.0]);
    assert_snapshot("batch_norm_timeline", &timeline.to_string());
}
