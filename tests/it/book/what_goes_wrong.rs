//! The chapter `norm/what_goes_wrong`.

use std::fmt::Write;

use handgrad::check::mutants::Mutant;
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::Args;
use handgrad::norm::{
    BatchNorm1d, BatchNormConfig, batch_norm, group_norm, index_sets, instance_norm, layer_norm,
    rms_norm,
};
use handgrad::ops::stack;
use handgrad::{Module, Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, mutant, rounded};
use crate::examples::assert_snapshot;

const EPS: f64 = 1e-5;

/// The norms without parameters.
type Norm = for<'t> fn(Var<'t, f64>) -> Result<Var<'t, f64>>;

const BATCH: Norm = |x| batch_norm(x, None, None, None, true, 0.1, EPS);
const INSTANCE: Norm = |x| instance_norm(x, None, None, None, true, 0.1, EPS);

// ANCHOR: one
#[test]
fn a_batch_of_one_is_refused_or_another_layer() -> Result<()> {
    let tape = Tape::new();
    let row = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0]]));
    let mut norm = BatchNorm1d::<f64>::new(3);
    let refusal = norm.forward(row).unwrap_err().to_string();
    assert!(refusal.contains("more than 1 is needed in training"));
    norm.eval();
    assert!(norm.forward(row).is_ok());

    // One image is not refused: it has many places. Its norm is InstanceNorm.
    let image = tape.leaf(Tensor::<f64>::new([[[1.0, 2.0, 6.0], [4.0, 0.0, 5.0]]]));
    assert_near(&BATCH(image)?.value(), &INSTANCE(image)?.value().to_vec());
    Ok(())
}
// ANCHOR_END: one

/// What becomes of the upper of the two numbers t and -t, and its slope in t.
fn pair(t: f64) -> Result<[f64; 2]> {
    let tape = Tape::new();
    let t = tape.leaf(Tensor::<f64>::scalar(t));
    let y = layer_norm(stack(&[-t, t], 0)?, [2], None, None, EPS)?.select(0, 1)?;
    Ok([y.value().item()?, y.backward()?.wrt(t)?.item()?])
}

#[test]
fn two_numbers_leave_a_sign() -> Result<()> {
    assert_eq!(pair(1.0)?.map(rounded), [1.0, 0.0]);
    assert_eq!(pair(0.01)?.map(rounded), [0.9535, 8.6678]);
    assert_eq!(pair(EPS.sqrt())?.map(rounded), [0.7071, 111.8034]);
    assert_eq!(pair(0.001)?.map(rounded), [0.3015, 274.1012]);
    Ok(())
}

// ANCHOR: batches
/// What BatchNorm makes of the number 5 in each batch of so many of the numbers 1 to 8.
fn fates_of_5(size: u32) -> Result<Vec<f64>> {
    let mut fates = Vec::new();
    // Bit i of `chosen` says whether i + 1 is in the batch.
    for chosen in 0..256_u32 {
        if chosen.count_ones() != size || chosen & 0b1_0000 == 0 {
            continue;
        }
        let numbers = (0..8_u32).filter(|&i| chosen & (1 << i) != 0).map(|i| f64::from(i + 1));
        let place_of_5 = (chosen & 0b1111).count_ones() as usize;
        let tape = Tape::new();
        let x = tape.constant(Tensor::from_vec(numbers.collect(), [size as usize, 1])?);
        fates.push(BATCH(x)?.value().to_vec()[place_of_5]);
    }
    Ok(fates)
}
// ANCHOR_END: batches

#[test]
fn the_smaller_the_batch_the_more_it_decides() -> Result<()> {
    let mut table = String::from("batch  such batches   lowest  highest\n");
    for size in [2, 3, 4, 6, 8] {
        let fates = fates_of_5(size)?;
        let lowest = fates.iter().fold(f64::INFINITY, |a, &b| a.min(b));
        let highest = fates.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b));
        let count = fates.len();
        let _ = writeln!(table, "{size:>5}  {count:>12}  {lowest:>7.4}  {highest:>7.4}");
    }
    assert_snapshot("what_goes_wrong_batches", &table);
    Ok(())
}

// ANCHOR: gap
/// Evaluation's output over training's, once training has seen this batch for ever.
fn gap(batch: Tensor<f64>) -> Result<f64> {
    let config = BatchNormConfig { eps: 1e-30, momentum: Some(1.0), ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let tape = Tape::new();
    let x = tape.constant(batch);
    let training = norm.forward(x)?.value().to_vec()[0];
    norm.eval();
    Ok(norm.forward(x)?.value().to_vec()[0] / training)
}

#[test]
fn evaluation_is_narrower_where_batches_are_small() -> Result<()> {
    for (n, shown) in [(2_usize, 0.7071), (4, 0.866), (32, 0.9843)] {
        let batch = Tensor::from_fn([n, 1], |at| at[0] as f64);
        assert_eq!(rounded(gap(batch)?), shown);
    }
    Ok(())
}
// ANCHOR_END: gap

/// The running mean after many batches of mean 0 and 10 in turn: after a 10, after a 0.
fn wobble(momentum: f64) -> Result<[f64; 2]> {
    let config = BatchNormConfig { momentum: Some(momentum), ..BatchNormConfig::default() };
    let mut norm = BatchNorm1d::<f64>::with(1, config);
    let mut means = [0.0; 2];
    for step in 0..400 {
        let tape = Tape::new();
        let center = if step % 2 == 0 { 10.0 } else { 0.0 };
        norm.forward(tape.constant(Tensor::new([[center - 1.0], [center + 1.0]])))?;
        means[step % 2] = norm.running.as_ref().expect("tracked by default").mean.item()?;
    }
    Ok(means.map(rounded))
}

#[test]
fn a_large_momentum_remembers_the_last_batch_alone() -> Result<()> {
    assert_eq!(wobble(0.1)?, [5.2632, 4.7368]);
    assert_eq!(wobble(0.9)?, [9.0909, 0.9091]);
    Ok(())
}

/// A channel of one sample, standardized over its places, without eps.
fn channel<const N: usize>(places: [f64; N]) -> Result<Vec<f64>> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[places]]));
    let y = instance_norm(x, None, None, None, true, 0.1, 0.0)?;
    Ok(y.value().to_vec().into_iter().map(rounded).collect())
}

// ANCHOR: padding
#[test]
fn zeros_at_the_end_are_numbers_like_others() -> Result<()> {
    assert_eq!(channel([4.0, 6.0])?, [-1.0, 1.0]);
    assert_eq!(channel([4.0, 6.0, 0.0, 0.0])?, [0.5774, 1.3472, -0.9623, -0.9623]);
    let longer = channel([4.0, 6.0, 0.0, 0.0, 0.0, 0.0])?;
    assert_eq!(longer, [0.9615, 1.7857, -0.6868, -0.6868, -0.6868, -0.6868]);
    Ok(())
}
// ANCHOR_END: padding

#[test]
fn a_padded_token_is_flat_and_steep() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([1, 3]));
    let y = layer_norm(x, [3], None, None, EPS)?;
    assert_eq!(y.value().to_vec(), [0.0; 3]);
    let slope = 1.0 / EPS.sqrt();
    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0, -1.0]]))?;
    assert_near(gradients.wrt(x)?, &[slope, 0.0, -slope]);
    assert_eq!(slope.floor(), 316.0);
    Ok(())
}

// ANCHOR: dims
#[test]
fn sets_that_are_too_many() -> Result<()> {
    let meant = index_sets("LayerNorm", &Args::new(), [2, 4, 3])?;
    let got = index_sets("LayerNorm", &Args::new().with("normalized_shape", 3), [2, 4, 3])?;
    assert_snapshot("what_goes_wrong_dims", &format!("{meant}\n\n{got}"));
    Ok(())
}
// ANCHOR_END: dims

#[test]
fn a_square_input_hides_a_wrong_dim() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([
        [1.0, 2.0, 3.0],
        [10.0, 20.0, 30.0],
        [100.0, 200.0, 300.0],
    ]));
    let column_of = |y: Var<'_, f64>| -> Result<Vec<f64>> {
        Ok(y.value().select(1, 0)?.iter().map(rounded).collect())
    };
    let rows = layer_norm(x, [3], None, None, 0.0)?;
    assert_eq!(column_of(rows)?, [-1.2247, -1.2247, -1.2247]);
    let columns = layer_norm(x.t(), [3], None, None, 0.0)?.t();
    assert_eq!(column_of(columns)?, [-0.8054, -0.604, 1.4094]);
    Ok(())
}

#[test]
fn a_flat_set_with_and_without_eps() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::full([1, 3], 7.0));
    assert_eq!(layer_norm(x, [3], None, None, EPS)?.value().to_vec(), [0.0; 3]);
    assert!(layer_norm(x, [3], None, None, 0.0)?.value().iter().all(f64::is_nan));
    Ok(())
}

// ANCHOR: squares
#[test]
fn at_4096_a_square_in_f32_has_no_ones_left() {
    let square = 4096.0_f32 * 4096.0;
    assert_eq!(square, 16_777_216.0);
    assert_eq!(square + 1.0, square);
}
// ANCHOR_END: squares

// ANCHOR: terms
/// Whether a check through a loss would see the mistake.
fn seen(mutant: &Mutant, cotangent: fn(&Tensor<f64>) -> Tensor<f64>) -> Result<&'static str> {
    Ok(if mutant.seen_by(cotangent)? > 1e-3 { "seen" } else { "passes" })
}

#[test]
fn six_mistakes_and_who_sees_them() -> Result<()> {
    let mut table = format!("{:<39}{:<8}{:<10}the checker\n", "the backward", "sum(y)", "sum(y^2)");
    for mistake in [
        "drops the mean term",
        "drops the x_hat term",
        "takes mean and variance for constants",
        "takes its means over the batch",
        "forgets rstd",
        "forgets gamma",
    ] {
        let mutant = mutant("LayerNorm", mistake);
        let by_sum = seen(&mutant, |y| Tensor::ones(y.shape()))?;
        let by_squares = seen(&mutant, |y| y.scale(2.0))?;
        let report = mutant.gradcheck()?;
        let headline = report.diagnosis("input").expect("a wrong gradient").headline();
        let _ = writeln!(table, "{mistake:<39}{by_sum:<8}{by_squares:<10}{headline}");
    }
    assert_snapshot("what_goes_wrong_terms", &table);
    Ok(())
}
// ANCHOR_END: terms

// ANCHOR: bias
/// The gradient of a bias by channel that is added in front of a norm.
fn gradient_of_bias(norm: Norm) -> Result<Vec<f64>> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::randn([3, 4, 5], &mut rng));
    let bias = tape.leaf(Tensor::<f64>::randn([4, 1], &mut rng));
    let cotangent = Tensor::<f64>::randn([3, 4, 5], &mut rng);
    Ok(norm(x + bias)?.backward_with(&cotangent)?.wrt(bias)?.to_vec())
}

#[test]
fn how_much_of_a_bias_a_norm_takes_away() -> Result<()> {
    let is_zero = |x: f64| x.abs() < 1e-12;
    assert!(gradient_of_bias(BATCH)?.into_iter().all(is_zero));
    assert!(gradient_of_bias(INSTANCE)?.into_iter().all(is_zero));

    let group = gradient_of_bias(|x| group_norm(x, 2, None, None, EPS))?;
    assert!(is_zero(group[0] + group[1]) && is_zero(group[2] + group[3]));
    let layer = gradient_of_bias(|x| layer_norm(x, [4, 5], None, None, EPS))?;
    assert!(is_zero(layer.iter().sum()));
    let rms = gradient_of_bias(|x| rms_norm(x, [4, 5], None, Some(EPS)))?;
    assert!(!is_zero(rms.iter().sum()));
    // Nothing else is lost.
    assert!([group, layer, rms].concat().into_iter().all(|g| !is_zero(g)));
    Ok(())
}
// ANCHOR_END: bias

// ANCHOR: gamma
#[test]
fn a_gamma_of_0_stops_the_input_and_not_itself() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 7.0, 7.0, 9.0]));
    let gamma = tape.leaf(Tensor::zeros([4]));
    let y = layer_norm(x, [4], Some(gamma), None, 0.0)?;
    let gradients = y.backward_with(&Tensor::new([3.0, 0.0, 0.0, 1.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0; 4]);
    assert_near(gradients.wrt(gamma)?, &[-5.0, 0.0, 0.0, 1.0]);

    // With a second factor of 0 behind it neither moves.
    let behind = tape.leaf(Tensor::zeros([4]));
    let gradients = (y * behind).backward_with(&Tensor::ones([4]))?;
    assert_eq!(gradients.wrt(gamma)?.to_vec(), [0.0; 4]);
    assert_eq!(gradients.wrt(behind)?.to_vec(), [0.0; 4]);
    Ok(())
}
// ANCHOR_END: gamma

// ANCHOR: decay
/// Output and gradient of the weights of a linear layer in front of BatchNorm.
fn behind_weights(w: &Tensor<f64>, gamma: f64) -> Result<[Tensor<f64>; 2]> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::new([[1.0, 2.0], [4.0, -3.0], [0.0, 5.0], [2.0, 2.0]]));
    let w = tape.leaf(w.clone());
    let gamma = tape.constant(Tensor::new([gamma]));
    let y = batch_norm(x.matmul(w)?, None, Some(gamma), None, true, 0.1, 1e-30)?;
    let gradients = y.backward_with(&Tensor::new([[1.0], [-2.0], [0.5], [3.0]]))?;
    Ok([y.value(), gradients.wrt(w)?.clone()])
}

#[test]
fn decay_in_front_changes_the_step_and_decay_of_gamma_the_function() -> Result<()> {
    let w = Tensor::new([[3.0], [4.0]]);
    let [y, gradient] = behind_weights(&w, 1.0)?;
    let [of_half, gradient_of_half] = behind_weights(&w.scale(0.5), 1.0)?;
    assert_near(&of_half, &y.to_vec());
    assert_near(&gradient_of_half, &gradient.scale(2.0).to_vec());

    let [quieter, _] = behind_weights(&w, 0.5)?;
    assert_near(&quieter, &y.scale(0.5).to_vec());
    Ok(())
}
// ANCHOR_END: decay

#[test]
fn norm_and_relu_do_not_commute() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-4.0, -2.0, -1.0, 3.0]));
    let norm = |x| layer_norm(x, [4], None, None, 0.0);
    let root_3 = 3.0_f64.sqrt();
    assert_near(&norm(x)?.relu().value(), &[0.0, 0.0, 0.0, 4.0 / 6.5_f64.sqrt()]);
    assert_near(&norm(x.relu())?.value(), &[-1.0 / root_3, -1.0 / root_3, -1.0 / root_3, root_3]);
    assert_eq!(rounded(4.0 / 6.5_f64.sqrt()), 1.5689);
    assert_eq!([1.0 / root_3, root_3].map(rounded), [0.5774, 1.7321]);
    Ok(())
}

#[test]
fn that_row_standardized() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-4.0, -2.0, -1.0, 3.0]));
    let y = layer_norm(x, [4], None, None, 0.0)?.value();
    let roots = [-3.0, -1.0, 0.0, 4.0].map(|d: f64| d / 6.5_f64.sqrt());
    assert_near(&y, &roots);
    assert_eq!(roots.map(rounded), [-1.1767, -0.3922, 0.0, 1.5689]);
    Ok(())
}

#[test]
fn exercise_1_two_samples_in_evaluation() -> Result<()> {
    let shown = rounded(gap(Tensor::new([[2.0], [4.0]]))?);
    assert_eq!(shown, 0.7071);
    Ok(())
}

// ANCHOR: masked
/// Standardizes the numbers whose mask is 1 by statistics of these alone; the others
/// become 0.
fn masked<'t>(x: Var<'t, f64>, mask: &Tensor<f64>, eps: f64) -> Var<'t, f64> {
    let mask = x.tape().constant(mask.clone());
    let count = mask.sum();
    let mean = (x * mask).sum() / count;
    let centred = (x - mean) * mask;
    let variance = (centred * centred).sum() / count;
    centred / (variance + eps).sqrt()
}

#[test]
fn exercise_3_a_norm_that_skips_its_padding() -> Result<()> {
    let mask = Tensor::new([1.0, 1.0, 0.0, 0.0]);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([4.0, 6.0, 0.0, 99.0]));
    assert_near(&masked(x, &mask, 0.0).value(), &[-1.0, 1.0, 0.0, 0.0]);

    let mask = Tensor::new([1.0, 1.0, 0.0, 1.0, 1.0, 0.0]);
    let x = tape.leaf(Tensor::new([4.0, 6.0, 50.0, -1.0, 2.0, 0.0]));
    let y = masked(x, &mask, EPS);
    let gradients = y.backward_with(&Tensor::new([1.0, -2.0, 3.0, 0.5, 2.0, 7.0]))?;
    let gradient = gradients.wrt(x)?.to_vec();
    assert_eq!((gradient[2], gradient[5]), (0.0, 0.0));
    gradcheck(|v| Ok(masked(v[0], &mask, EPS)), &[x.value()], &CheckOptions::default())?
        .into_result()
}
// ANCHOR_END: masked
