//! The chapter `norm/comparison`.

use std::fmt::Write;

use handgrad::catalog;
use handgrad::module::Args;
use handgrad::norm::{
    GroupNorm, LayerNorm, batch_norm, group_norm, instance_norm, layer_norm, local_response_norm,
    rms_norm, switchable_norm,
};
use handgrad::tape::SavedTensor;
use handgrad::{Module, Parameter, Result, Tape, Tensor, Tolerance, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{assert_near, rounded};
use crate::examples::assert_snapshot;

const EPS: f64 = 1e-5;
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-9, relative: 1e-9 };

/// Two samples of four channels of 3 x 2 places.
const SHAPE: [usize; 4] = [2, 4, 3, 2];

fn image() -> Tensor<f64> {
    Tensor::randn(SHAPE, &mut ChaCha8Rng::seed_from_u64(0))
}

/// The norms of the catalog for that shape, without eps as far as they can do without.
fn norms() -> Vec<(&'static str, Args)> {
    let channels = || Args::new().with("num_features", 4);
    let sample = || Args::new().with("normalized_shape", &[4, 3, 2][..]);
    let groups = Args::new().with("num_groups", 2).with("num_channels", 4);
    vec![
        ("BatchNorm2d", channels().with("eps", 1e-30)),
        ("SwitchableNorm2d", channels().with("eps", 1e-30)),
        ("InstanceNorm2d", channels().with("eps", 0.0)),
        ("GroupNorm", groups.with("eps", 0.0)),
        ("LayerNorm", sample().with("eps", 0.0)),
        ("RMSNorm", sample().with("eps", 0.0)),
        ("LocalResponseNorm", Args::new().with("size", 3)),
        ("Normalize", Args::new().with("dim", 1)),
        ("DyT", sample()),
        ("WeightStandardization", Args::new().with("eps", 0.0)),
        ("WeightNorm", Args::new().with("num_features", 2)),
    ]
}

fn output(layer: &mut dyn Module<f64>, x: &Tensor<f64>) -> Result<Tensor<f64>> {
    let tape = Tape::new();
    Ok(layer.forward(tape.constant(x.clone()))?.value())
}

// ANCHOR: follows
/// Whether the first output changes if the numbers at some other places do.
fn follows(layer: &mut dyn Module<f64>, others: fn(&[usize]) -> bool) -> Result<bool> {
    let x = image();
    let changed = Tensor::<f64>::from_fn(SHAPE, |at| {
        let number = x.get(at).expect("an index of that shape");
        if others(at) { 2.0 * number + 1.0 } else { number }
    });
    let (before, after) = (output(layer, &x)?, output(layer, &changed)?);
    Ok((before.to_vec()[0] - after.to_vec()[0]).abs() > 1e-9)
}
// ANCHOR_END: follows

/// Whether a new layer's output in evaluation is another than in training.
fn has_two_modes(name: &str, args: &Args) -> Result<bool> {
    let mut layer = catalog::build::<f64>(name, args)?;
    layer.eval();
    let evaluation = output(&mut *layer, &image())?;
    layer.train();
    Ok(!evaluation.allclose(&output(&mut *layer, &image())?, TOLERANCE))
}

fn yes_or_dot(yes: bool) -> &'static str {
    if yes { "yes" } else { "." }
}

#[test]
fn whom_the_first_output_follows() -> Result<()> {
    let samples = |at: &[usize]| at[0] != 0;
    let channels = |at: &[usize]| at[0] == 0 && at[1] != 0;
    let places = |at: &[usize]| at[0] == 0 && at[1] == 0 && at[2] + at[3] != 0;
    let head = ["samples", "channels", "places", "mode"].map(|title| format!("{title:>10}"));
    let mut table = format!("{:<22}{}\n", "", head.concat());
    for (name, args) in norms() {
        let mut layer = catalog::build::<f64>(name, &args)?;
        let marks = [
            follows(&mut *layer, samples)?,
            follows(&mut *layer, channels)?,
            follows(&mut *layer, places)?,
            has_two_modes(name, &args)?,
        ];
        let marks = marks.map(|mark| format!("{:>10}", yes_or_dot(mark)));
        let _ = writeln!(table, "{name:<22}{}", marks.concat());
    }
    assert_snapshot("comparison_follows", &table);
    Ok(())
}

// ANCHOR: ignores
/// A number for each place of the input.
type Change = fn(&[usize]) -> f64;

const CHANGES: [(&str, Change); 4] = [
    ("all", |_| 3.0),
    ("sample", |at| 2.0 + at[0] as f64),
    ("channel", |at| 2.0 + at[1] as f64),
    ("instance", |at| ((at[0] + 2) * (at[1] + 2)) as f64),
];

/// Whether the output stays if every x becomes `factor x + summand`.
fn ignores(layer: &mut dyn Module<f64>, factor: Change, summand: Change) -> Result<bool> {
    let x = image();
    let (factor, summand) =
        (Tensor::<f64>::from_fn(SHAPE, factor), Tensor::<f64>::from_fn(SHAPE, summand));
    let (before, after) = (output(layer, &x)?, output(layer, &(&(&x * &factor) + &summand))?);
    Ok(after.allclose(&before, TOLERANCE))
}
// ANCHOR_END: ignores

#[test]
fn what_each_norm_ignores() -> Result<()> {
    let head = CHANGES.map(|(title, _)| format!("{title:>9}")).concat();
    let mut table = format!("{:<22}{:>36}{:>36}\n", "", "a summand for", "a factor for");
    let _ = writeln!(table, "{:<22}{head}{head}", "");
    for (name, args) in norms() {
        let mut layer = catalog::build::<f64>(name, &args)?;
        let mut marks = String::new();
        for (_, summand) in CHANGES {
            let mark = yes_or_dot(ignores(&mut *layer, |_| 1.0, summand)?);
            let _ = write!(marks, "{mark:>9}");
        }
        for (_, factor) in CHANGES {
            let mark = yes_or_dot(ignores(&mut *layer, factor, |_| 0.0)?);
            let _ = write!(marks, "{mark:>9}");
        }
        let _ = writeln!(table, "{name:<22}{marks}");
    }
    assert_snapshot("comparison_ignores", &table);
    Ok(())
}

#[test]
fn in_evaluation_batch_norm_ignores_nothing() -> Result<()> {
    let mut norm = catalog::build::<f64>("BatchNorm2d", &Args::new().with("num_features", 4))?;
    norm.eval();
    for (_, change) in CHANGES {
        assert!(!ignores(&mut *norm, |_| 1.0, change)?);
        assert!(!ignores(&mut *norm, change, |_| 0.0)?);
    }
    assert!(!follows(&mut *norm, |at| at[0] != 0)?);
    Ok(())
}

/// Names and shapes of what a layer owns, and the bytes of the statistics it keeps for
/// its backward.
#[test]
fn what_each_norm_owns_and_keeps() -> Result<()> {
    let running = "running_mean [4], running_var [4], num_batches_tracked []";
    let mixing = "mean_weight [3], var_weight [3]";
    let expected = [
        ("BatchNorm2d", format!("weight [4], bias [4], {running}"), 16 * 4),
        ("SwitchableNorm2d", format!("weight [4], bias [4], {mixing}, {running}"), 16 * 2 * 4),
        ("InstanceNorm2d", String::new(), 16 * 2 * 4),
        ("GroupNorm", "weight [4], bias [4]".to_owned(), 16 * 2 * 2),
        ("LayerNorm", "weight [4, 3, 2], bias [4, 3, 2]".to_owned(), 16 * 2),
        ("RMSNorm", "weight [4, 3, 2]".to_owned(), 8 * 2),
        ("LocalResponseNorm", String::new(), 0),
        ("Normalize", String::new(), 8 * 2 * 3 * 2),
        ("DyT", "alpha [1], weight [4, 3, 2], bias [4, 3, 2]".to_owned(), 0),
        ("WeightStandardization", String::new(), 16 * 2),
        ("WeightNorm", "weight_g [2]".to_owned(), 8 * 2),
    ];
    for ((name, args), (expected_name, owned, kept)) in norms().into_iter().zip(expected) {
        assert_eq!(name, expected_name);
        let mut layer = catalog::build::<f32>(name, &args)?;
        let names: Vec<String> = layer
            .state()
            .into_iter()
            .map(|(name, state)| format!("{name} {}", state.value().shape()))
            .collect();
        assert_eq!(names.join(", "), owned, "{name}");

        let tape = Tape::new();
        let node = layer.forward(tape.leaf(image().cast()))?.node();
        let bytes = node.saved.iter().map(|(_, tensor)| match tensor {
            SavedTensor::Wide(statistics) => statistics.bytes(),
            SavedTensor::Plain(_) => 0,
        });
        assert_eq!(bytes.sum::<usize>(), kept, "{name}");
    }
    Ok(())
}

// ANCHOR: spike
/// The output for the one of n numbers that is not 0.
fn spike(n: usize) -> Result<f64> {
    let mut row = Tensor::<f64>::zeros([n]);
    row.make_mut()[0] = 1.0;
    let tape = Tape::new();
    Ok(layer_norm(tape.constant(row), [n], None, None, 0.0)?.value().to_vec()[0])
}

#[test]
fn the_largest_output_is_the_root_of_n_less_1() -> Result<()> {
    for n in [2, 5, 10, 11, 768] {
        assert_near(&Tensor::scalar(spike(n)?), &[((n - 1) as f64).sqrt()]);
    }
    assert_eq!([spike(11)?, spike(768)?].map(rounded), [3.1623, 27.6948]);
    Ok(())
}
// ANCHOR_END: spike

const TEN: [f64; 10] = [-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1];

// ANCHOR: form
/// Skewness and kurtosis, the means of the third and the fourth power of the standardized
/// numbers. Those of a Gaussian are 0 and 3.
fn form(x: &Tensor<f64>) -> Result<[f64; 2]> {
    let (distances, deviation) = (x - &x.mean(), x.var(0.0).item()?.sqrt());
    let mean_of_power = |n: i32| distances.map(|d| (d / deviation).powi(n)).mean().item();
    Ok([mean_of_power(3)?, mean_of_power(4)?])
}

#[test]
fn a_norm_does_not_change_the_form() -> Result<()> {
    let spike = [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0];
    for (row, shown) in [(TEN, [0.0597, 1.9185]), (spike, [2.6667, 8.1111])] {
        let tape = Tape::new();
        let x = tape.constant(Tensor::new(row));
        let y = layer_norm(x, [10], None, None, EPS)?.value();
        assert_eq!(form(&x.value())?.map(rounded), shown);
        assert_near(&Tensor::new(form(&y)?), &form(&x.value())?);
    }
    Ok(())
}
// ANCHOR_END: form

// ANCHOR: equal
#[test]
fn equal_inputs_give_equal_outputs_if_they_share_set_and_weight() -> Result<()> {
    let tape = Tape::new();
    let row = tape.constant(Tensor::<f64>::new([0.5, 2.0, 0.5, -2.0]));
    let y = layer_norm(row, [4], None, None, EPS)?.value().to_vec();
    assert_eq!(y[0], y[2]);
    // Another weight.
    let weight = tape.constant(Tensor::new([1.0, 1.0, 2.0, 1.0]));
    let y = layer_norm(row, [4], Some(weight), None, EPS)?.value().to_vec();
    assert_ne!(y[0], y[2]);
    // Another set: two channels of BatchNorm.
    let table = tape.constant(Tensor::<f64>::new([[0.5, 0.5], [2.0, -1.0]]));
    let y = batch_norm(table, None, None, None, true, 0.1, EPS)?.value().to_vec();
    assert_eq!([y[0], y[1]].map(rounded), [-1.0, 1.0]);
    // Other neighbours.
    let channels = tape.constant(Tensor::<f64>::new([[[3.0], [3.0], [0.0], [0.0]]]));
    let y = local_response_norm(channels, 2, 2.0, 0.5, 0.0)?.value().to_vec();
    assert_eq!([y[0], y[1]].map(rounded), [1.0, 0.7071]);
    // A set of equal numbers becomes the bias.
    let flat = tape.constant(Tensor::<f64>::full([4], 7.0));
    let bias = tape.constant(Tensor::new([0.1, 0.2, 0.3, 0.4]));
    let y = layer_norm(flat, [4], Some(weight), Some(bias), EPS)?.value().to_vec();
    assert_eq!(y, [0.1, 0.2, 0.3, 0.4]);
    Ok(())
}
// ANCHOR_END: equal

// ANCHOR: outlier
#[test]
fn an_outlier_stays_one() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([1.0, 2.0, 3.0, 4.0, 100.0]));
    let y = layer_norm(x, [5], None, None, 0.0)?.value().to_vec();
    let shown: Vec<f64> = y.iter().copied().map(rounded).collect();
    assert_eq!(shown, [-0.5383, -0.5127, -0.487, -0.4614, 1.9993]);
    assert_eq!(rounded(y[1] - y[0]), 0.0256);
    // It is as many times further from its neighbour as before.
    assert_near(&Tensor::scalar((y[4] - y[3]) / (y[1] - y[0])), &[96.0]);
    Ok(())
}
// ANCHOR_END: outlier

// ANCHOR: groups
#[test]
fn one_group_is_layer_norm_with_other_parameters() -> Result<()> {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let tape = Tape::new();
    let x = tape.constant(image());
    let [weight, bias] = [0, 1].map(|_| tape.constant(Tensor::<f64>::randn([4], &mut rng)));
    let group = group_norm(x, 1, Some(weight), Some(bias), EPS)?;
    // LayerNorm can do the same, if it repeats each number at all places.
    let by_place = |v: Var<'_, f64>| -> Result<Tensor<f64>> {
        Ok(v.value().reshape([4, 1, 1])?.expand([4, 3, 2])?.contiguous())
    };
    let [weight, bias] = [by_place(weight)?, by_place(bias)?].map(|v| tape.constant(v));
    let layer = layer_norm(x, [4, 3, 2], Some(weight), Some(bias), EPS)?;
    assert_near(&layer.value(), &group.value().to_vec());

    let numbers =
        |weight: Option<Parameter<f32>>| weight.expect("there is one by default").value().numel();
    assert_eq!(numbers(GroupNorm::new(1, 64)?.weight), 64);
    assert_eq!(numbers(LayerNorm::new([64, 32, 32])?.weight), 65_536);
    Ok(())
}

#[test]
fn as_many_groups_as_channels_and_a_batch_of_one_are_instance_norm() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(image());
    let instance = instance_norm(x, None, None, None, true, 0.1, EPS)?;
    assert_near(&group_norm(x, 4, None, None, EPS)?.value(), &instance.value().to_vec());

    let first = tape.constant(image().narrow(0, 0, 1)?);
    let batch = batch_norm(first, None, None, None, true, 0.1, EPS)?;
    assert_near(&batch.value(), &instance.value().narrow(0, 0, 1)?.to_vec());
    Ok(())
}
// ANCHOR_END: groups

// ANCHOR: single
#[test]
fn a_single_place_would_become_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([[[[5.0]], [[7.0]]], [[[-1.0]], [[90.0]]]]));
    let refusal = instance_norm(x, None, None, None, true, 0.1, EPS).unwrap_err().to_string();
    assert!(refusal.contains("which would become 0"));
    assert_eq!(group_norm(x, 2, None, None, EPS)?.value().to_vec(), [0.0; 4]);
    Ok(())
}
// ANCHOR_END: single

// ANCHOR: switchable
#[test]
fn switchable_norm_has_all_three_in_it() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(image());
    let all_on = |branch: usize| {
        let weight = [0, 1, 2].map(|k| if k == branch { 0.0 } else { f64::NEG_INFINITY });
        let weight = tape.constant(Tensor::new(weight));
        switchable_norm(x, None, None, None, weight, weight, true, 0.1, EPS)
    };
    let three = [
        instance_norm(x, None, None, None, true, 0.1, EPS)?,
        layer_norm(x, [4, 3, 2], None, None, EPS)?,
        batch_norm(x, None, None, None, true, 0.1, EPS)?,
    ];
    for (branch, norm) in three.into_iter().enumerate() {
        assert_near(&all_on(branch)?.value(), &norm.value().to_vec());
    }
    Ok(())
}
// ANCHOR_END: switchable

// ANCHOR: predict
#[test]
fn a_larger_image_fits_into_group_norm_alone() -> Result<()> {
    let tape = Tape::new();
    let larger = tape.constant(Tensor::<f64>::zeros([1, 4, 6, 4]));
    assert!(GroupNorm::<f64>::new(1, 4)?.forward(larger).is_ok());
    let refusal = LayerNorm::<f64>::new([4, 3, 2])?.forward(larger).unwrap_err().to_string();
    assert!(refusal.contains("must be the trailing dims of the input"));
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn a_new_batch_norm_in_evaluation_is_nearly_the_identity() -> Result<()> {
    let mut norm = catalog::build::<f64>("BatchNorm2d", &Args::new().with("num_features", 4))?;
    norm.eval();
    let expected = image().scale(1.0 / (1.0_f64 + EPS).sqrt());
    assert_near(&output(&mut *norm, &image())?, &expected.to_vec());
    Ok(())
}

// ANCHOR: instance_rms
/// Each channel of each sample, divided by its own root mean square.
#[derive(Debug)]
struct InstanceRms;

impl Module<f64> for InstanceRms {
    fn forward<'t>(&mut self, x: Var<'t, f64>) -> Result<Var<'t, f64>> {
        let shape = x.shape();
        rms_norm(x, &shape[2..], None, Some(0.0))
    }
}

#[test]
fn exercise_3_a_norm_that_ignores_gains_and_sees_levels() -> Result<()> {
    for (_, change) in CHANGES {
        assert!(ignores(&mut InstanceRms, change, |_| 0.0)?);
        assert!(!ignores(&mut InstanceRms, |_| 1.0, change)?);
    }
    Ok(())
}
// ANCHOR_END: instance_rms
