//! The chapter `activation/prelu`.

use handgrad::activation::PReLU;
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Module, Result, Tape, Tensor, Var};
use smallvec::smallvec;

use super::{assert_near, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn prelu_by_hand() -> Result<()> {
    let mut prelu = PReLU::<f64>::new(1, 0.25);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let y = prelu.forward(x)?;
    assert_eq!(y.value().to_vec(), [-0.5, 1.0, -0.125, 3.0, -1.0, 0.0]);

    let cotangent = Tensor::new([[1.0, 2.0, 4.0], [-1.0, 0.5, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.25, 2.0, 1.0, -1.0, 0.125, 2.5]);
    assert_eq!(gradients.of(&prelu.weight)?.to_vec(), [-6.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn prelu_step_by_step() {
    let args =
        ["PReLU", "--input", "[[-2,1,-0.5],[3,-4,0]]", "--cotangent", "[[1,2,4],[-1,0.5,10]]"];
    assert_snapshot("prelu_steps", &run("step", &args));
}

#[test]
fn prelu_saves_input_and_weight_which_costs_nothing() -> Result<()> {
    let mut prelu = PReLU::<f32>::new(3, 0.25);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::zeros([2, 3]));
    let y = prelu.forward(x)?;
    let weight = tape.parameter(&prelu.weight);
    assert_eq!(saved(y, &[x, weight]), [("input", 24, true), ("weight", 12, true)]);
    Ok(())
}

// ANCHOR: wrong
/// A PReLU with one slope, whose backward sums over all x, not over the
/// negative ones alone.
#[derive(Debug)]
struct SumsOverAll {
    input: Tensor<f64>,
    weight: Tensor<f64>,
}

impl Op<f64> for SumsOverAll {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        let negative = self.input.map(|x| f64::from(x <= 0.0));
        let slope = &(&negative * &self.weight) + &(1.0 - &negative);
        let grad_weight = (&self.input * grad_output).sum_to_shape([1]).expect("one slope");
        smallvec![Some(&slope * grad_output), Some(grad_weight)]
    }
}

fn wrong_prelu<'t>(x: Var<'t, f64>, weight: Var<'t, f64>) -> Result<Var<'t, f64>> {
    let (input, weights) = (x.value(), weight.value());
    let y = input.zip_map("prelu", &weights, |x, w| if x > 0.0 { x } else { w * x })?;
    x.tape().record(&[x, weight], y, || SumsOverAll { input, weight: weights })
}
// ANCHOR_END: wrong

#[test]
fn a_slopes_gradient_summed_over_all_inputs_is_caught() -> Result<()> {
    let inputs = [Tensor::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.25]]), Tensor::new([0.25])];
    let options = CheckOptions {
        names: vec!["x".to_owned(), "weight".to_owned()],
        ..CheckOptions::default()
    };
    let report = gradcheck(|v| wrong_prelu(v[0], v[1]), &inputs, &options)?;
    assert!(!report.passed());
    assert_snapshot("prelu_wrong", &report.to_string());
    Ok(())
}

// ANCHOR: no_sum
/// Another mistake: the products of x and its cotangent, never summed.
#[derive(Debug)]
struct ForgetsTheSum(SumsOverAll);

impl Op<f64> for ForgetsTheSum {
    fn name(&self) -> &'static str {
        "prelu"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        let mut cotangents = self.0.backward(grad_output);
        let negative = self.0.input.map(|x| x.min(0.0));
        cotangents[1] = Some(&negative * grad_output);
        cotangents
    }
}
// ANCHOR_END: no_sum

#[test]
fn a_slopes_gradient_of_the_inputs_shape_is_refused_by_the_tape() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[-2.0, 1.0, -0.5], [3.0, -4.0, 0.0]]));
    let weight = tape.leaf(Tensor::new([0.25]));
    let saved = SumsOverAll { input: x.value(), weight: weight.value() };
    let y = tape.record(&[x, weight], x.value(), || ForgetsTheSum(saved))?;
    let error = y.backward_with(&Tensor::ones([2, 3])).unwrap_err();
    assert_snapshot("prelu_no_sum", &error.to_string());
    Ok(())
}

#[test]
fn every_sample_twice_doubles_the_slopes_gradient_alone() -> Result<()> {
    let mut prelu = PReLU::<f64>::new(1, 0.25);
    let tape = Tape::new();
    let (once, twice) = ([-2.0, 1.0, -0.5], [-2.0, 1.0, -0.5, -2.0, 1.0, -0.5]);
    let (once, twice) = (tape.leaf(Tensor::new(once)), tape.leaf(Tensor::new(twice)));
    let first = prelu.forward(once)?.sum().backward()?;
    let second = prelu.forward(twice)?.sum().backward()?;
    assert_eq!(first.of(&prelu.weight)?.to_vec(), [-2.5]);
    assert_eq!(second.of(&prelu.weight)?.to_vec(), [-5.0]);
    assert_eq!(first.wrt(once)?.to_vec(), second.wrt(twice)?.to_vec()[..3]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let mut prelu = PReLU::<f64>::new(1, 0.5);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([-2.0, 4.0, -6.0]));
    let gradients = prelu.forward(x)?.backward_with(&Tensor::new([3.0, 1.0, -1.0]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [1.5, 1.0, -0.5]);
    assert_eq!(gradients.of(&prelu.weight)?.to_vec(), [0.0]);

    // The loss y²/2 at -2, before a step of the slope and after it.
    let loss_and_gradient = |slope: f64| -> Result<[f64; 2]> {
        let mut prelu = PReLU::new(1, slope);
        let tape = Tape::new();
        let y = prelu.forward(tape.constant(Tensor::new([-2.0])))?;
        let loss = (y * y).sum() / 2.0;
        Ok([loss.value().item()?, loss.backward()?.of(&prelu.weight)?.item()?])
    };
    assert_eq!(loss_and_gradient(0.25)?, [0.125, 1.0]);
    assert_near(&Tensor::new([loss_and_gradient(0.25 - 0.1)?[0]]), &[0.045]);
    assert_eq!(loss_and_gradient(0.25 - 0.25)?[0], 0.0);
    Ok(())
}

#[test]
fn a_slope_that_no_negative_number_meets_gets_no_gradient() -> Result<()> {
    let mut prelu = PReLU::<f64>::new(1, 0.5);
    let tape = Tape::new();
    let positive = tape.leaf(Tensor::new([2.0, 4.0, 6.0]));
    let gradients = prelu.forward(positive)?.backward_with(&Tensor::ones([3]))?;
    assert_eq!(gradients.of(&prelu.weight)?.to_vec(), [0.0]);
    Ok(())
}

#[test]
fn a_slope_above_one_bends_the_other_way_and_zero_is_relu() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-2.0, 3.0]));
    let through = |slope: f64| PReLU::new(1, slope).forward(x).map(|y| y.value().to_vec());
    assert_eq!(through(0.0)?, [0.0, 3.0]);
    assert_eq!(through(1.0)?, [-2.0, 3.0]);
    assert_eq!(through(2.0)?, [-4.0, 3.0]);
    assert_eq!(through(-1.0)?, [2.0, 3.0]);
    // With 0 it is ReLU for finite numbers only.
    let infinite = tape.constant(Tensor::new([f64::NEG_INFINITY]));
    assert!(PReLU::new(1, 0.0).forward(infinite)?.value().item()?.is_nan());
    Ok(())
}

#[test]
fn the_channels_are_dimension_1_and_not_the_last() {
    let mut prelu = PReLU::<f64>::new(3, 0.25);
    let tape = Tape::new();
    // Of shape [N, L, C] with C = 3: refused, unless L is 3 as well.
    assert!(prelu.forward(tape.leaf(Tensor::zeros([2, 4, 3]))).is_err());
    assert!(prelu.forward(tape.leaf(Tensor::zeros([2, 3, 3]))).is_ok());
}

// ANCHOR: per_channel
/// The slopes' gradients of an input `[N, C, L]`, one loop for each dimension.
fn grad_weight_by_loops(x: &Tensor<f64>, grad_output: &Tensor<f64>) -> Vec<f64> {
    let [samples, channels, length] = x.shape()[..] else { panic!("rank 3") };
    let mut grad_weight = vec![0.0; channels];
    for (c, sum) in grad_weight.iter_mut().enumerate() {
        for n in 0..samples {
            for l in 0..length {
                let (x, g) = (x.get(&[n, c, l]).unwrap(), grad_output.get(&[n, c, l]).unwrap());
                *sum += if x > 0.0 { 0.0 } else { x * g };
            }
        }
    }
    grad_weight
}
// ANCHOR_END: per_channel

#[test]
fn the_loops_agree_with_the_layer() -> Result<()> {
    let mut prelu = PReLU::<f64>::new(2, 0.25);
    let values = Tensor::arange(-6.0, 6.0, 1.0)?.reshape([3, 2, 2])?;
    let cotangent = Tensor::arange(1.0, 13.0, 1.0)?.reshape([3, 2, 2])?;
    let tape = Tape::new();
    let x = tape.leaf(values.clone());
    let gradients = prelu.forward(x)?.backward_with(&cotangent)?;
    let by_loops = grad_weight_by_loops(&values, &cotangent);
    assert_eq!(gradients.of(&prelu.weight)?.to_vec(), by_loops);
    Ok(())
}

#[test]
fn zero_takes_the_slope_of_the_negative_side() -> Result<()> {
    let inputs = [Tensor::new([0.0, -1.0, 2.0]), Tensor::new([0.25])];
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let options = CheckOptions { kinks, ..CheckOptions::default() };
    gradcheck(|v| v[0].prelu(v[1]), &inputs, &options)?.into_result()
}
