//! The chapter `activation/log_softmax`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Result, Tape, Tensor, Var};
use smallvec::smallvec;

use super::{assert_near, mutant, rounded, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn log_softmax_by_hand() -> Result<()> {
    let exponentials = Tensor::<f64>::new([[1.0, 2.0, 5.0], [2.0, 2.0, 4.0]]);
    let tape = Tape::new();
    let x = tape.leaf(exponentials.map(f64::ln));
    let y = x.log_softmax(-1)?;
    let shares = [0.125_f64, 0.25, 0.625, 0.25, 0.25, 0.5];
    assert_near(&y.value(), &shares.map(f64::ln));

    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [4.0, 8.0, 2.0]]);
    let gradients = y.backward_with(&cotangent)?;
    assert_near(gradients.wrt(x)?, &[0.875, -0.25, -0.625, 0.5, 4.5, -5.0]);
    Ok(())
}
// ANCHOR_END: by_hand

/// The chapter's logarithms, to four decimals.
#[test]
fn the_numbers_of_the_table() {
    let logarithms = [2.0_f64, 5.0, 4.0, 8.0].map(|x| rounded(x.ln()));
    assert_eq!(logarithms, [0.6931, 1.6094, 1.3863, 2.0794]);
    let shares = [0.125_f64, 0.25, 0.625, 0.5].map(|x| rounded(x.ln()));
    assert_eq!(shares, [-2.0794, -1.3863, -0.47, -0.6931]);
}

#[test]
fn log_softmax_saves_its_output_which_costs_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::zeros([2, 3]));
    let y = x.log_softmax(-1)?;
    assert_eq!(saved(y, &[y]), [("output", 24, true)]);
    Ok(())
}

// ANCHOR: predict
#[test]
fn the_logarithm_may_be_taken_twice_the_share_may_not() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([3.0, 2.0, 1.0]));
    let once = x.log_softmax(-1)?;
    assert_near(&once.log_softmax(-1)?.value(), &once.value().to_vec());

    let e = std::f64::consts::E;
    let sure = tape.constant(Tensor::<f64>::new([1000.0, 0.0, 0.0]));
    let shares = sure.softmax(-1)?;
    assert_eq!(shares.value().to_vec(), [1.0, 0.0, 0.0]);
    let again = shares.softmax(-1)?;
    assert_near(&again.value(), &[e / (e + 2.0), 1.0 / (e + 2.0), 1.0 / (e + 2.0)]);
    Ok(())
}
// ANCHOR_END: predict

#[test]
fn the_numbers_of_the_prediction() {
    let e = std::f64::consts::E;
    assert_eq!((rounded(e / (e + 2.0)), rounded(1.0 / (e + 2.0))), (0.5761, 0.2119));
    assert_eq!(rounded(-(e / (e + 2.0)).ln()), 0.5514);
}

#[test]
fn a_log_softmax_that_multiplies_by_the_jacobian_itself_is_caught() -> Result<()> {
    let mutant = mutant("LogSoftmax", "transpose");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("log_softmax_wrong", &report.to_string());
    Ok(())
}

#[test]
fn log_softmax_step_by_step() {
    let args = [
        "LogSoftmax",
        "--set",
        "dim=-1",
        "--input",
        "[[0,0.69314718,1.60943791],[0.69314718,0.69314718,1.38629436]]",
        "--cotangent",
        "[[1,0,0],[4,8,2]]",
    ];
    assert_snapshot("log_softmax_steps", &run("step", &args));
}

#[test]
fn the_jacobian_by_hand() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0, 5.0]).map(f64::ln));
    let y = x.log_softmax(-1)?;
    let rows = [[7.0_f64, -2.0, -5.0], [-1.0, 6.0, -5.0], [-1.0, -2.0, 3.0]];
    for (output, row) in rows.iter().enumerate() {
        let unit = Tensor::<f64>::eye(3).select(0, output as isize)?;
        assert_near(y.backward_with(&unit)?.wrt(x)?, &row.map(|entry| entry / 8.0));
    }
    Ok(())
}

#[test]
fn the_gradient_of_the_cross_entropy_is_bounded() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-1e6, 0.0, 0.0]));
    let gradients = x.log_softmax(-1)?.backward_with(&Tensor::new([-1.0, 0.0, 0.0]))?;
    assert_near(gradients.wrt(x)?, &[-1.0, 0.5, 0.5]);
    Ok(())
}

#[test]
fn special_values() -> Result<()> {
    let infinite = f64::INFINITY;
    let tape = Tape::new();
    let masked = tape.leaf(Tensor::<f64>::new([-infinite, 0.0, 0.0]));
    let y = masked.log_softmax(-1)?;
    assert_eq!(y.value().to_vec()[0], -infinite);
    assert_near(&Tensor::new([y.value().to_vec()[1]]), &[0.5_f64.ln()]);
    let gradients = y.backward_with(&Tensor::new([-0.1, -0.5, -0.4]))?;
    assert_near(gradients.wrt(masked)?, &[-0.1, 0.0, 0.1]);
    let of_softmax = masked.softmax(-1)?.backward_with(&Tensor::new([-0.1, -0.5, -0.4]))?;
    assert_eq!(of_softmax.wrt(masked)?.to_vec()[0], 0.0);
    assert!((0.0 * -infinite).is_nan());

    for row in [[-infinite; 3], [infinite, 0.0, 0.0], [f64::NAN, 0.0, 0.0]] {
        let y = tape.constant(Tensor::<f64>::new(row)).log_softmax(-1)?;
        assert!(y.value().iter().all(f64::is_nan));
    }
    Ok(())
}

#[test]
fn a_very_sure_class_is_rounded_to_certain() -> Result<()> {
    let tape = Tape::new();
    let y = tape.constant(Tensor::<f64>::new([0.0, -50.0])).log_softmax(-1)?;
    assert_eq!(y.value().to_vec(), [0.0, -50.0]);
    let exact = -(-50.0_f64).exp().ln_1p();
    assert!((exact + 1.9e-22).abs() < 5e-24);
    Ok(())
}

#[test]
fn beside_a_0_it_is_the_log_sigmoid() -> Result<()> {
    let tape = Tape::new();
    let y = tape.constant(Tensor::<f64>::new([1.5, 0.0])).log_softmax(-1)?;
    let sigmoid = tape.constant(Tensor::<f64>::new([1.5])).log_sigmoid();
    assert_near(&sigmoid.value(), &y.value().to_vec()[..1]);
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 3.0]).map(f64::ln));
    let y = x.log_softmax(-1)?;
    let target = Tensor::new([-1.0, 0.0]);
    assert_eq!(rounded(-y.value().to_vec()[0]), 1.3863);
    assert_near(y.backward_with(&target)?.wrt(x)?, &[-0.75, 0.75]);

    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0, 5.0]).map(f64::ln));
    let smooth = Tensor::new([-0.5, -0.25, -0.25]);
    let gradients = x.log_softmax(-1)?.backward_with(&smooth)?;
    assert_near(gradients.wrt(x)?, &[-0.375, 0.0, 0.375]);
    Ok(())
}

// ANCHOR: cross_entropy
/// minus the sum of target · log_softmax(x), as one operation.
#[derive(Debug)]
struct CrossEntropy {
    shares: Tensor<f64>,
    target: Tensor<f64>,
}

impl Op<f64> for CrossEntropy {
    fn name(&self) -> &'static str {
        "cross_entropy"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        smallvec![Some(&(&self.shares - &self.target) * grad_output)]
    }
}

/// Each row of `target` sums to 1.
fn cross_entropy<'t>(x: Var<'t, f64>, target: &Tensor<f64>) -> Result<Var<'t, f64>> {
    let logarithms = x.detach().log_softmax(-1)?.value();
    let loss = -&(&logarithms * target).sum();
    let (shares, target) = (logarithms.map(f64::exp), target.clone());
    Ok(x.record_unary(loss, || CrossEntropy { shares, target }))
}

#[test]
fn shares_less_target_pass_the_check() -> Result<()> {
    let x = Tensor::new([[3.0, 2.0, 1.0], [-2.0, 1.0, 0.0]]);
    let target = Tensor::new([[1.0, 0.0, 0.0], [0.5, 0.25, 0.25]]);
    let options = CheckOptions::default();
    gradcheck(|v| cross_entropy(v[0], &target), &[x], &options)?.into_result()
}
// ANCHOR_END: cross_entropy
