//! The chapter `norm/rms_norm`.

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::norm::{RMSNorm, layer_norm, rms_norm};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Module, Result, Tape, Tensor, Var};
use smallvec::smallvec;

use super::{assert_near, mutant, saved};
use crate::examples::{assert_snapshot, run};

fn rows() -> Tensor<f64> {
    Tensor::new([[1.0, -1.0, 5.0], [7.0, 5.0, 1.0]])
}

/// To four decimals, as the chapter has them.
fn rounded(tensor: &Tensor<f64>) -> Vec<f64> {
    tensor.iter().map(|x| (x * 1e4).round() / 1e4).collect()
}

// ANCHOR: by_hand
#[test]
fn rms_norm_by_hand() -> Result<()> {
    let mut norm = RMSNorm::<f64>::with([3], Some(0.0), true)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, -1.0, 5.0], [7.0, 5.0, 1.0]]));
    let y = norm.forward(x)?;
    assert_near(&y.value(), &[1.0 / 3.0, -1.0 / 3.0, 5.0 / 3.0, 1.4, 1.0, 0.2]);

    let cotangent = Tensor::new([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let first = [-5.0_f64, 5.0, 2.0].map(|share| share / 81.0);
    let second = [26.0_f64, -35.0, -7.0].map(|share| share / 375.0);
    assert_near(gradients.wrt(x)?, &[first, second].concat());
    let weight = norm.weight.as_ref().expect("it was made with one");
    assert_near(gradients.of(weight)?, &[1.4, 0.0, 5.0 / 3.0]);
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn rms_norm_step_by_step() {
    let args = [
        "RMSNorm",
        "--set",
        "eps=0",
        "--input",
        "[[1,-1,5],[7,5,1]]",
        "--cotangent",
        "[[0,0,1],[1,0,0]]",
    ];
    assert_snapshot("rms_norm_steps", &run("step", &args));
}

/// What the table has between x and the gradient.
#[test]
fn the_numbers_of_the_table() {
    for (x, h, root, mean, left) in [
        ([1.0, -1.0, 5.0], [0.0, 0.0, 1.0], 3.0, 5.0 / 9.0, [-5.0 / 27.0, 5.0 / 27.0, 2.0 / 27.0]),
        (
            [7.0, 5.0, 1.0],
            [1.0, 0.0, 0.0],
            5.0,
            7.0 / 15.0,
            [26.0 / 75.0, -35.0 / 75.0, -7.0 / 75.0],
        ),
    ] {
        let square = x.iter().map(|x: &f64| x * x).sum::<f64>() / 3.0;
        assert_eq!(square, root * root);
        let x_hat = x.map(|x| x / root);
        let mean_h_x_hat = (0..3).map(|i| h[i] * x_hat[i]).sum::<f64>() / 3.0;
        assert_near(&Tensor::scalar(mean_h_x_hat), &[mean]);
        let what_is_left: Vec<f64> = (0..3).map(|i| h[i] - x_hat[i] * mean_h_x_hat).collect();
        assert_near(&Tensor::new(left), &what_is_left);
        let along: f64 = (0..3).map(|i| x[i] * left[i]).sum();
        assert_near(&Tensor::scalar(along), &[0.0]);
    }
}

/// What the chapter says of the two tables.
#[test]
fn the_mean_square_is_1_and_no_mean_is_0() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(rows());
    let y = rms_norm(x, [3], None, Some(0.0))?;
    assert_near(&x.value().select(0, 0)?.mean(), &[5.0 / 3.0]);
    assert_near(&y.value().select(0, 0)?.mean(), &[5.0 / 9.0]);
    let squares = &y.value() * &y.value();
    assert_near(&squares.mean_dims(&[1], false)?, &[1.0, 1.0]);

    let gradients = y.backward_with(&Tensor::new([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]))?;
    let gradient = gradients.wrt(x)?;
    assert_near(&(gradient * &x.value()).sum_dims(&[1], false)?, &[0.0, 0.0]);
    assert_near(&gradient.select(0, 0)?.sum(), &[2.0 / 81.0]);
    Ok(())
}

#[test]
fn rms_norm_saves_one_statistic_a_row() -> Result<()> {
    let mut norm = RMSNorm::<f32>::new([3])?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, -1.0, 5.0], [7.0, 5.0, 1.0]]));
    let y = norm.forward(x)?;
    let weight = tape.parameter(norm.weight.as_ref().expect("it was made with one"));
    let expected = [("input", 24, true), ("weight", 12, true), ("rstd", 16, false)];
    assert_eq!(saved(y, &[x, weight]), expected);
    Ok(())
}

// ANCHOR: predict
#[test]
fn the_sum_of_squares_cannot_move_and_the_sum_can() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, -1.0, 5.0], [7.0, 5.0, 1.0]]));
    let y = rms_norm(x, [3], None, Some(0.0))?;
    assert_near((y * y).sum().backward()?.wrt(x)?, &[0.0; 6]);

    let first = [22.0_f64, 32.0, 2.0].map(|share| share / 81.0);
    let second = [-16.0_f64, 10.0, 62.0].map(|share| share / 375.0);
    assert_near(y.sum().backward()?.wrt(x)?, &[first, second].concat());
    Ok(())
}
// ANCHOR_END: predict

// ANCHOR: steps
/// x̄ of one row, back through each step of the forward in turn.
fn backward_by_steps(x: &[f64], weight: &[f64], eps: f64, dy: &[f64]) -> Vec<f64> {
    let n = x.len() as f64;

    // Forward.
    let square = x.iter().map(|x| x * x).sum::<f64>() / n; //          (1)
    let rstd = 1.0 / (square + eps).sqrt(); //                         (2)
    // x_hat = x rstd                                                  (3)
    // y = x_hat weight                                                (4)

    // Backward.
    let h: Vec<f64> = dy.iter().zip(weight).map(|(dy, w)| dy * w).collect(); // (4)
    let d_rstd: f64 = h.iter().zip(x).map(|(h, x)| h * x).sum(); //    (3)
    let mut d_x: Vec<f64> = h.iter().map(|h| h * rstd).collect(); //   (3)
    let d_square = d_rstd * -0.5 * rstd.powi(3); //                    (2)
    for (d_x, x) in d_x.iter_mut().zip(x) {
        *d_x += d_square * 2.0 * x / n; //                             (1)
    }
    d_x
}
// ANCHOR_END: steps

#[test]
fn four_steps_and_one_formula_agree() -> Result<()> {
    let (row, weight) = ([4.0, 5.0, 9.0, -3.0], [0.5, -2.0, 1.5, 0.25]);
    let dy = [0.3, -1.0, 2.0, 0.7];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(row));
    let w = tape.leaf(Tensor::new(weight));
    let gradients = rms_norm(x, [4], Some(w), Some(1e-3))?.backward_with(&Tensor::new(dy))?;
    assert_near(gradients.wrt(x)?, &backward_by_steps(&row, &weight, 1e-3, &dy));
    Ok(())
}

#[test]
fn a_backward_that_takes_the_root_for_a_constant_is_caught() -> Result<()> {
    let mutant = mutant("RMSNorm", "drops the x_hat term");
    let report = mutant.gradcheck()?;
    assert!(!report.passed());
    assert_snapshot("rms_norm_wrong", &report.to_string());
    Ok(())
}

/// Of the part of the cotangent that is along x the share eps / (s + eps) stays.
#[test]
fn eps_lets_a_share_of_the_stretch_through() -> Result<()> {
    let (square, eps) = (25.0, 15.0);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([7.0, 5.0, 1.0]));
    let cotangent = Tensor::new([0.3, -1.0, 2.0]);
    let gradients = rms_norm(x, [3], None, Some(eps))?.backward_with(&cotangent)?;
    let along = (gradients.wrt(x)? * &x.value()).sum();
    let rstd = 1.0 / (square + eps).sqrt();
    let of_the_cotangent = (&cotangent * &x.value()).sum().item()? * rstd;
    assert_near(&along, &[of_the_cotangent * eps / (square + eps)]);

    // One number: y = x / sqrt(x² + eps), and nothing is left of its slope but this.
    let x = tape.leaf(Tensor::<f64>::new([0.5]));
    let y = rms_norm(x, [1], None, Some(0.75))?;
    assert_near(&y.value(), &[0.5]);
    assert_near(y.sum().backward()?.wrt(x)?, &[0.75]);
    Ok(())
}

#[test]
fn a_row_of_zeros_has_the_slope_1_over_the_root_of_eps() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::zeros([1, 3]));
    let y = rms_norm(x, [3], None, None)?;
    assert_eq!(y.value().to_vec(), [0.0; 3]);
    assert_eq!(y.sum().backward()?.wrt(x)?.to_vec(), [67_108_864.0; 3]);

    let single = Tape::new();
    let x = single.leaf(Tensor::<f32>::zeros([1, 3]));
    let gradients = rms_norm(x, [3], None, None)?.sum().backward()?;
    assert_eq!(gradients.wrt(x)?.map(f32::round).to_vec(), [2896.0; 3]);
    Ok(())
}

#[test]
fn zeros_without_eps_and_rows_with_an_infinity_become_nan() -> Result<()> {
    let tape = Tape::new();
    let zeros = tape.constant(Tensor::<f64>::zeros([1, 3]));
    assert!(rms_norm(zeros, [3], None, Some(0.0))?.value().iter().all(f64::is_nan));

    let x = tape.leaf(Tensor::<f64>::new([[f64::INFINITY, 1.0, 2.0]]));
    let y = rms_norm(x, [3], None, None)?;
    let numbers = y.value().to_vec();
    assert!(numbers[0].is_nan() && numbers[1] == 0.0 && numbers[2] == 0.0);
    let gradients = y.backward_with(&Tensor::ones([1, 3]))?;
    assert!(gradients.wrt(x)?.iter().all(f64::is_nan));
    Ok(())
}

#[test]
fn the_epsilon_of_the_type() {
    assert_eq!(2.0_f64.powi(-52), f64::EPSILON);
    assert_eq!(2.0_f32.powi(-23), f32::EPSILON);
    // A row of mean square 25e-10, in f64 and in f32.
    let outputs = [f64::EPSILON, f64::from(f32::EPSILON)].map(|eps| 1.0 / (25e-10 + eps).sqrt());
    assert_eq!((outputs[0] / outputs[1]).round(), 7.0);
}

#[test]
fn a_shift_shows_in_rms_norm_alone() -> Result<()> {
    let tape = Tape::new();
    let [far, near] = [1000.0, 0.0]
        .map(|offset| tape.constant(Tensor::<f64>::new([offset, offset + 1.0, offset + 2.0])));
    let y = rms_norm(far, [3], None, Some(0.0))?;
    assert_eq!(rounded(&y.value()), [0.999, 1.0, 1.001]);
    let [far, near] =
        [layer_norm(far, [3], None, None, 0.0)?, layer_norm(near, [3], None, None, 0.0)?];
    assert_near(&far.value(), &near.value().to_vec());
    Ok(())
}

#[test]
fn squares_beyond_the_range_of_f32_do_no_harm() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f32>::new([3e30, 4e30]));
    let y = rms_norm(x, [2], None, None)?.value().cast::<f64>();
    assert_eq!(rounded(&y), [0.8485, 1.1314]);
    Ok(())
}

#[test]
fn beside_its_neighbours() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(rows());
    let y = rms_norm(x, [3], None, Some(0.0))?;
    let directions = x.normalize(2.0, 1, 0.0)?;
    assert_near(&y.value(), &directions.value().scale(3.0_f64.sqrt()).to_vec());

    let centred = x - x.mean_dims(&[1], true)?;
    let of_centred = rms_norm(centred, [3], None, Some(0.0))?;
    assert_near(&of_centred.value(), &layer_norm(x, [3], None, None, 0.0)?.value().to_vec());
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let spike = tape.leaf(Tensor::<f64>::new([0.0, 0.0, 0.0, 5.0]));
    let y = rms_norm(spike, [4], None, Some(0.0))?;
    assert_near(&y.value(), &[0.0, 0.0, 0.0, 2.0]);

    let x = tape.leaf(Tensor::<f64>::new([1.0, 5.0, 7.0]));
    let y = rms_norm(x, [3], None, Some(0.0))?;
    let across = y.backward_with(&Tensor::new([5.0, -1.0, 0.0]))?;
    assert_near(across.wrt(x)?, &[1.0, -0.2, 0.0]);
    let along = y.backward_with(&Tensor::new([1.0, 5.0, 7.0]))?;
    assert_near(along.wrt(x)?, &[0.0; 3]);
    Ok(())
}

// ANCHOR: partial
/// y = x rstd, with the mean square of the first `k` numbers of each row.
#[derive(Debug)]
struct PartialRms {
    output: Tensor<f64>,
    rstd: Tensor<f64>,
    k: usize,
}

impl Op<f64> for PartialRms {
    fn name(&self) -> &'static str {
        "partial_rms_norm"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        let sum = (grad_output * &self.output).sum_dims(&[-1], true).expect("it has rows");
        let mean = sum.scale(1.0 / self.k as f64);
        let counted = Tensor::from_fn(self.output.shape(), |at| f64::from(at[1] < self.k));
        let through_rstd = &(&self.output * &counted) * &mean;
        smallvec![Some(&self.rstd * &(grad_output - &through_rstd))]
    }
}

fn partial_rms_norm(x: Var<'_, f64>, k: usize) -> Result<Var<'_, f64>> {
    let value = x.value();
    let first = value.narrow(-1, 0, k)?;
    let rstd = (&first * &first).mean_dims(&[-1], true)?.map(|square| 1.0 / square.sqrt());
    let output = &value * &rstd;
    Ok(x.record_unary(output.clone(), || PartialRms { output, rstd, k }))
}

#[test]
fn partial_rms_norm_passes_its_check() -> Result<()> {
    for k in [1, 2, 3] {
        gradcheck(|v| partial_rms_norm(v[0], k), &[rows()], &CheckOptions::default())?
            .into_result()?;
    }
    Ok(())
}
// ANCHOR_END: partial
