//! The rows about norms.

use handgrad::module::Args;
use handgrad::norm::{
    BatchNorm1d, BatchNormConfig, InstanceNorm1d, InstanceNormConfig, RunningStatistics,
    SwitchableNorm1d,
};
use handgrad::{Module, Real, Result, Tape, Tensor, catalog};

use super::{answered, assert_row, number, numbers, output, run, which};

/// A power of 2, whose square is not much more than the usual eps.
const SMALL: f64 = 1.0 / 1024.0;

fn features(count: i64) -> Args {
    Args::new().with("num_features", count)
}

/// A norm's arguments, and the shape in which it takes two numbers together.
fn of_a_pair(norm: &str) -> (Args, Vec<usize>) {
    match norm {
        "LayerNorm" | "RMSNorm" => (Args::new().with("normalized_shape", 2), vec![1, 2]),
        "BatchNorm1d" => (features(1), vec![2, 1]),
        "InstanceNorm1d" => (features(1), vec![1, 1, 2]),
        "GroupNorm" => (Args::new().with("num_groups", 1).with("num_channels", 1), vec![1, 1, 2]),
        _ => (Args::new(), vec![1, 2]),
    }
}

/// What becomes of the second of two numbers.
fn second<T: Real>(norm: &str, eps: Option<f64>, pair: [f64; 2]) -> Result<f64> {
    let (mut args, shape) = of_a_pair(norm);
    if let Some(eps) = eps {
        args.set("eps", eps.into());
    }
    let x = Tensor::from_vec(pair.map(T::from_f64).to_vec(), shape)?;
    Ok(output(norm, &args, x)?[1])
}

/// From y = x / sqrt(x² + eps).
fn eps_of<T: Real>(norm: &str) -> Result<String> {
    let y = second::<T>(norm, None, [-SMALL, SMALL])?;
    Ok(number((SMALL / y).powi(2) - SMALL * SMALL))
}

/// With an eps of 1.
fn place_of_eps(norm: &str) -> Result<&'static str> {
    let y = second::<f64>(norm, Some(1.0), [-1.0, 1.0])?;
    Ok(which(y, [(0.5_f64.sqrt(), "under the root"), (0.5, "beside the root")]))
}

/// The running variance began as 1, and then came a batch of 0 and 2.
fn kept_variance(running: &RunningStatistics<f64>) -> Result<&'static str> {
    let batch = (running.var.item()? - 0.9) / 0.1;
    Ok(which(batch, [(1.0, "biased"), (2.0, "unbiased")]))
}

/// The running statistics of one channel after some batches.
fn after(momentum: Option<f64>, batches: &[[[f64; 1]; 2]]) -> Result<RunningStatistics<f64>> {
    let config = BatchNormConfig { momentum, ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    for batch in batches {
        norm.forward(tape.leaf(Tensor::new(*batch)))?;
    }
    Ok(norm.running.expect("tracked by default"))
}

/// Mean 1, and a variance of 1 or, with Bessel's correction, 2.
const BATCH: [[f64; 1]; 2] = [[0.0], [2.0]];

/// InstanceNorm's running statistics after the same two numbers.
fn after_an_instance(momentum: Option<f64>) -> Result<RunningStatistics<f64>> {
    let config =
        InstanceNormConfig { momentum, track_running_stats: true, ..InstanceNormConfig::default() };
    let mut norm = InstanceNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    norm.forward(tape.leaf(Tensor::new([[[0.0, 2.0]]])))?;
    Ok(norm.running.expect("asked for"))
}

fn or_refused(answer: Result<Vec<f64>>) -> String {
    answer.map_or_else(|_| "refused".to_owned(), |y| numbers(&y))
}

/// What becomes of making a norm with too few arguments.
fn made(norm: &str, args: &Args) -> &'static str {
    if catalog::build::<f64>(norm, args).is_err() { "refused" } else { "accepted" }
}

#[test]
fn eps_stands_under_the_root() -> Result<()> {
    for norm in ["LayerNorm", "RMSNorm", "GroupNorm", "InstanceNorm1d", "BatchNorm1d"] {
        assert_row("eps_stands_under_the_root", place_of_eps(norm)?);
    }
    Ok(())
}

#[test]
fn eps_of_weight_standardization() -> Result<()> {
    assert_row("eps_of_weight_standardization", place_of_eps("WeightStandardization")?);
    Ok(())
}

#[test]
fn eps_of_layer_norm() -> Result<()> {
    assert_row("eps_of_layer_norm", &eps_of::<f64>("LayerNorm")?);
    Ok(())
}

#[test]
fn eps_of_batch_norm() -> Result<()> {
    assert_row("eps_of_batch_norm", &eps_of::<f64>("BatchNorm1d")?);
    Ok(())
}

#[test]
fn eps_of_group_norm() -> Result<()> {
    assert_row("eps_of_group_norm", &eps_of::<f64>("GroupNorm")?);
    Ok(())
}

#[test]
fn eps_of_instance_norm() -> Result<()> {
    assert_row("eps_of_instance_norm", &eps_of::<f64>("InstanceNorm1d")?);
    Ok(())
}

#[test]
fn eps_of_rms_norm_in_f32() -> Result<()> {
    assert_row("eps_of_rms_norm_in_f32", &eps_of::<f32>("RMSNorm")?);
    Ok(())
}

#[test]
fn eps_of_rms_norm_in_f64() -> Result<()> {
    assert_row("eps_of_rms_norm_in_f64", &eps_of::<f64>("RMSNorm")?);
    Ok(())
}

#[test]
fn eps_of_normalize() -> Result<()> {
    let y = output("Normalize", &Args::new(), Tensor::<f64>::new([[3e-13, 4e-13]]))?;
    assert_row("eps_of_normalize", &number(5e-13 / y[0].hypot(y[1])));
    Ok(())
}

#[test]
fn a_flat_row_without_eps() -> Result<()> {
    let y = second::<f64>("LayerNorm", Some(0.0), [3.0, 3.0])?;
    assert_row("a_flat_row_without_eps", &number(y));
    Ok(())
}

#[test]
fn a_small_row() -> Result<()> {
    assert_row("a_small_row", &number(second::<f64>("LayerNorm", None, [-0.01, 0.01])?));
    Ok(())
}

/// The computation at the head of the page.
#[test]
fn the_small_row_by_hand() {
    let formula = |eps: f64| number(0.01 / (1e-4 + eps).sqrt());
    assert_eq!(formula(1e-5), answered("torch", "a_small_row"));
    assert_eq!(formula(1e-3), answered("keras", "a_small_row"));
}

// ANCHOR: from_keras
#[test]
fn with_kerass_arguments_the_numbers_are_kerass() -> Result<()> {
    let y = second::<f64>("LayerNorm", Some(1e-3), [-0.01, 0.01])?;
    assert_eq!(number(y), answered("keras", "a_small_row"));

    let running = after(Some(1.0 - 0.99), &[BATCH])?;
    assert_eq!(number(running.mean.item()?), answered("keras", "share_of_a_new_batch"));
    Ok(())
}
// ANCHOR_END: from_keras

#[test]
fn variance_that_standardizes() -> Result<()> {
    let y = second::<f64>("BatchNorm1d", None, [0.0, 2.0])?;
    let variance = which(y, [(1.0, "biased"), (0.5_f64.sqrt(), "unbiased")]);
    assert_row("variance_that_standardizes", variance);
    Ok(())
}

#[test]
fn variance_that_is_kept() -> Result<()> {
    assert_row("variance_that_is_kept", kept_variance(&after(Some(0.1), &[BATCH])?)?);
    Ok(())
}

#[test]
fn share_of_a_new_batch() -> Result<()> {
    let mut norm = BatchNorm1d::<f64>::new(1);
    let tape = Tape::new();
    norm.forward(tape.leaf(Tensor::new(BATCH)))?;
    let running = norm.running.expect("tracked by default");
    assert_row("share_of_a_new_batch", &number(running.mean.item()?));
    Ok(())
}

#[test]
fn share_with_a_momentum_of_0_9() -> Result<()> {
    let running = after(Some(0.9), &[BATCH])?;
    assert_row("share_with_a_momentum_of_0_9", &number(running.mean.item()?));
    Ok(())
}

#[test]
fn two_batches_without_momentum() -> Result<()> {
    let running = after(None, &[BATCH, [[2.0], [4.0]]])?;
    assert_row("two_batches_without_momentum", &number(running.mean.item()?));
    Ok(())
}

#[test]
fn running_variance_at_first() -> Result<()> {
    let running = after(None, &[])?;
    assert_row("running_variance_at_first", &number(running.var.item()?));
    Ok(())
}

#[test]
fn one_number_a_channel() {
    let y = output("BatchNorm1d", &features(1), Tensor::<f64>::new([[3.0]]));
    assert_row("one_number_a_channel", &or_refused(y));
}

#[test]
fn evaluation_without_statistics() -> Result<()> {
    let args = features(1).with("track_running_stats", false);
    let y = run("BatchNorm1d", &args, Tensor::<f64>::new(BATCH), false)?;
    assert_row("evaluation_without_statistics", &number(y[1]));
    Ok(())
}

#[test]
fn variance_that_instance_norm_keeps() -> Result<()> {
    let kept = kept_variance(&after_an_instance(Some(0.1))?)?;
    assert_row("variance_that_instance_norm_keeps", kept);
    Ok(())
}

#[test]
fn batches_that_instance_norm_counts() -> Result<()> {
    let counted = after_an_instance(Some(0.1))?.num_batches_tracked.item()?;
    assert_row("batches_that_instance_norm_counts", &number(counted));
    Ok(())
}

#[test]
fn instance_norm_without_momentum() -> Result<()> {
    let running = after_an_instance(None)?;
    assert_row("instance_norm_without_momentum", &number(running.mean.item()?));
    Ok(())
}

#[test]
fn variance_that_switchable_norm_keeps() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(1);
    let tape = Tape::new();
    norm.forward(tape.leaf(Tensor::new(BATCH)))?;
    let running = norm.running.expect("tracked by default");
    assert_row("variance_that_switchable_norm_keeps", kept_variance(&running)?);
    Ok(())
}

#[test]
fn statistics_of_the_batch_branch() -> Result<()> {
    let mut norm = SwitchableNorm1d::<f64>::new(1);
    let batch_alone = Tensor::new([f64::NEG_INFINITY, f64::NEG_INFINITY, 0.0]);
    *norm.mean_weight.value_mut() = batch_alone.clone();
    *norm.var_weight.value_mut() = batch_alone;
    let tape = Tape::new();
    norm.forward(tape.leaf(Tensor::new(BATCH)))?;
    norm.eval();
    let y = norm.forward(tape.leaf(Tensor::new(BATCH)))?.value().to_vec()[1];
    // The running mean is 0.1 and the running variance 1.1.
    let running = (2.0 - 0.1) / (1.1_f64 + 1e-5).sqrt();
    let answers = [(running, "running statistics"), (1.0, "the batch's own")];
    assert_row("statistics_of_the_batch_branch", which(y, answers));
    Ok(())
}

#[test]
fn dim_of_the_channels() {
    let fits = |&count: &i64| {
        let x = Tensor::<f64>::ones([2, 3, 4]);
        output("BatchNorm1d", &features(count), x).is_ok()
    };
    let accepted: Vec<i64> = [2, 3, 4].into_iter().filter(fits).collect();
    assert_eq!(accepted, [3]);
    assert_row("dim_of_the_channels", "1");
}

#[test]
fn layer_norm_without_a_shape() {
    assert_row("layer_norm_without_a_shape", made("LayerNorm", &Args::new()));
}

#[test]
fn group_norm_without_a_number() {
    let args = Args::new().with("num_channels", 64);
    assert_row("group_norm_without_a_number", made("GroupNorm", &args));
}

#[test]
fn parameters_of_instance_norm() -> Result<()> {
    let norm = catalog::build::<f64>("InstanceNorm1d", &features(3))?;
    let count: usize = norm.parameters().iter().map(|(_, p)| p.value().numel()).sum();
    assert_row("parameters_of_instance_norm", &number(count as f64));
    Ok(())
}

#[test]
fn dim_of_normalize() -> Result<()> {
    let y = output("Normalize", &Args::new(), Tensor::<f64>::ones([2, 3, 4]))?;
    // Of n ones each becomes 1 / sqrt(n).
    let n = y[0].powi(-2).round();
    let dim = [2.0, 3.0, 4.0].iter().position(|&size| size == n).expect("a size");
    assert_row("dim_of_normalize", &dim.to_string());
    Ok(())
}

#[test]
fn alpha_of_a_window_of_four() -> Result<()> {
    let args = Args::new().with("size", 4).with("alpha", 1.0).with("beta", 1.0).with("k", 0.0);
    let y = output("LocalResponseNorm", &args, Tensor::<f64>::ones([1, 9, 1]))?;
    let share = which(1.0 / y[4] / 4.0, [(0.25, "alpha/4"), (1.0, "alpha")]);
    assert_row("alpha_of_a_window_of_four", share);
    Ok(())
}

#[test]
fn window_of_four() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::ones([1, 9, 1]));
    let middle = x.local_response_norm(4, 1.0, 0.75, 1.0)?.select(1, 4)?.sum();
    let gradient = middle.backward()?.wrt(x)?.to_vec();
    let first = gradient.iter().position(|&g| g != 0.0).expect("it follows some channel");
    let last = gradient.iter().rposition(|&g| g != 0.0).expect("it follows some channel");
    assert_row("window_of_four", &format!("{} before, {} after", 4 - first, last - 4));
    Ok(())
}

#[test]
fn k_of_local_response_norm() -> Result<()> {
    let args = Args::new().with("size", 1).with("beta", 1.0);
    let y = output("LocalResponseNorm", &args, Tensor::full([1, 1, 1], SMALL))?;
    assert_row("k_of_local_response_norm", &number(SMALL / y[0]));
    Ok(())
}

#[test]
fn dim_of_weight_norm() {
    let fits =
        |&count: &i64| output("WeightNorm", &features(count), Tensor::<f64>::ones([2, 3])).is_ok();
    let accepted: Vec<i64> = [1, 2, 3].into_iter().filter(fits).collect();
    assert_eq!(accepted, [2]);
    assert_row("dim_of_weight_norm", "0");
}

#[test]
fn lengths_for_a_dim_of_minus_1() {
    let fits = |&count: &i64| {
        let args = features(count).with("dim", -1);
        output("WeightNorm", &args, Tensor::<f64>::ones([2, 3])).is_ok()
    };
    let accepted: Vec<i64> = [1, 2, 3].into_iter().filter(fits).collect();
    assert_eq!(accepted, [1]);
    assert_row("lengths_for_a_dim_of_minus_1", "1");
}

#[test]
fn first_alpha_of_dyt() -> Result<()> {
    let args = Args::new().with("normalized_shape", 1);
    let y = output("DyT", &args, Tensor::<f64>::new([[1e-6]]))?;
    assert_row("first_alpha_of_dyt", &number(y[0] / 1e-6));
    Ok(())
}
