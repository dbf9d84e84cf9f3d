//! The chapter `norm/layer_norm`.

use std::fmt::Write;

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::norm::layer_norm;
use handgrad::tape::{Cotangents, Op};
use handgrad::{Module, Result, Tape, Tensor, Var, norm::LayerNorm};
use smallvec::smallvec;

use super::{assert_near, saved};
use crate::examples::{assert_snapshot, run};

// ANCHOR: by_hand
#[test]
fn layer_norm_by_hand() -> Result<()> {
    let (rstd_1, rstd_2) = ((3.0_f64 / 2.0).sqrt(), (3.0_f64 / 14.0).sqrt());
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let y = layer_norm(x, [3], None, None, 0.0)?;
    let standardized = [-rstd_1, 0.0, rstd_1, -2.0 * rstd_2, -rstd_2, 3.0 * rstd_2];
    assert_near(&y.value(), &standardized);

    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    let first = [1.0 / 6.0, -2.0 / 6.0, 1.0 / 6.0].map(|share| share * rstd_1);
    let second = [4.0 / 42.0, -5.0 / 42.0, 1.0 / 42.0].map(|share| share * rstd_2);
    assert_near(gradients.wrt(x)?, &[first, second].concat());
    Ok(())
}
// ANCHOR_END: by_hand

#[test]
fn layer_norm_step_by_step() {
    let args = [
        "LayerNorm",
        "--set",
        "eps=0",
        "--input",
        "[[1,2,3],[4,5,9]]",
        "--cotangent",
        "[[1,0,0],[0,0,1]]",
    ];
    assert_snapshot("layer_norm_steps", &run("step", &args));
}

/// The chapter's table of the computation by hand, to four decimals.
#[test]
fn the_numbers_of_the_table() {
    let round = |x: f64| (x * 1e4).round() / 1e4;
    for (d, squares, rstd, x_hat, h_x_hat, dx) in [
        ([-1.0, 0.0, 1.0], 2.0, 1.2247, [-1.2247, 0.0, 1.2247], -0.4082, [0.2041, -0.4082, 0.2041]),
        (
            [-2.0, -1.0, 3.0],
            14.0,
            0.4629,
            [-0.9258, -0.4629, 1.3887],
            0.4629,
            [0.0441, -0.0551, 0.011],
        ),
    ] {
        let h = if squares == 2.0 { [1.0, 0.0, 0.0] } else { [0.0, 0.0, 1.0] };
        assert_eq!(d.map(|d: f64| d * d).iter().sum::<f64>(), squares);
        let exact = (3.0 / squares).sqrt();
        assert_eq!(round(exact), rstd);
        let standardized = d.map(|d| d * exact);
        assert_eq!(standardized.map(round), x_hat);
        let mean = h.iter().zip(standardized).map(|(h, x)| h * x).sum::<f64>() / 3.0;
        assert_eq!(round(mean), h_x_hat);
        for i in 0..3 {
            assert_eq!(round(exact * (h[i] - 1.0 / 3.0 - standardized[i] * mean)), dx[i]);
        }
    }
}

#[test]
fn layer_norm_saves_two_statistics_a_row() -> Result<()> {
    let mut norm = LayerNorm::<f32>::new([3])?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let y = norm.forward(x)?;
    let weight = tape.parameter(norm.weight.as_ref().expect("affine"));
    let expected =
        [("input", 24, true), ("weight", 12, true), ("mean", 16, false), ("rstd", 16, false)];
    assert_eq!(saved(y, &[x, weight]), expected);
    Ok(())
}

// ANCHOR: predict
#[test]
fn a_constant_cotangent_comes_back_as_zero() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let y = layer_norm(x, [3], None, None, 1e-5)?;
    assert_near(y.sum().backward()?.wrt(x)?, &[0.0; 6]);
    Ok(())
}
// ANCHOR_END: predict

// ANCHOR: steps
/// x̄ of one row, back through each step of the forward in turn.
fn backward_by_steps(x: &[f64], weight: &[f64], eps: f64, dy: &[f64]) -> Vec<f64> {
    let n = x.len() as f64;
    let zip = |a: &[f64], b: &[f64], f: fn(f64, f64) -> f64| -> Vec<f64> {
        a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect()
    };
    let sum = |v: &[f64]| v.iter().sum::<f64>();

    // Forward.
    let mean = sum(x) / n; //                                          (1)
    let d: Vec<f64> = x.iter().map(|x| x - mean).collect(); //         (2)
    let var = sum(&zip(&d, &d, |a, b| a * b)) / n; //                  (3)
    let rstd = 1.0 / (var + eps).sqrt(); //                            (4)
    // x_hat = d rstd                                                  (5)
    // y = x_hat weight + bias                                         (6)

    // Backward.
    let h = zip(dy, weight, |dy, w| dy * w); //                        (6)
    let d_rstd = sum(&zip(&h, &d, |h, d| h * d)); //                   (5)
    let mut d_d: Vec<f64> = h.iter().map(|h| h * rstd).collect(); //   (5)
    let d_var = d_rstd * -0.5 * rstd.powi(3); //                       (4)
    for (d_d, d) in d_d.iter_mut().zip(&d) {
        *d_d += d_var * 2.0 * d / n; //                                (3)
    }
    let d_mean = -sum(&d_d); //                                        (2)
    d_d.iter().map(|d_d| d_d + d_mean / n).collect() //                (1) and (2)
}
// ANCHOR_END: steps

#[test]
fn six_steps_and_one_formula_agree() -> Result<()> {
    let (row, weight) = ([4.0, 5.0, 9.0, -3.0], [0.5, -2.0, 1.5, 0.25]);
    let dy = [0.3, -1.0, 2.0, 0.7];
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new(row));
    let w = tape.leaf(Tensor::new(weight));
    let y = layer_norm(x, [4], Some(w), None, 1e-5)?;
    let gradients = y.backward_with(&Tensor::new(dy))?;
    assert_near(gradients.wrt(x)?, &backward_by_steps(&row, &weight, 1e-5, &dy));
    Ok(())
}

// ANCHOR: wrong
/// `x̄ = rstd (h - mean(h) - x_hat mean(h x_hat))`, each of its three terms kept
/// (1) or forgotten (0).
#[derive(Debug)]
struct Terms {
    x_hat: Tensor<f64>,
    rstd: Tensor<f64>,
    keep: [f64; 3],
}

impl Op<f64> for Terms {
    fn name(&self) -> &'static str {
        "layer_norm"
    }

    fn backward(&self, h: &Tensor<f64>) -> Cotangents<f64> {
        let row_mean = |t: &Tensor<f64>| t.mean_dims(&[-1], true).expect("it has rows");
        let through_mean = row_mean(h);
        let through_rstd = &self.x_hat * &row_mean(&(h * &self.x_hat));
        let [direct, mean, rstd] = self.keep;
        let sum = &(&(h * direct) - &(&through_mean * mean)) - &(&through_rstd * rstd);
        smallvec![Some(&self.rstd * &sum)]
    }
}

/// LayerNorm without weight and bias, and with that backward.
fn layer_norm_with(x: Var<'_, f64>, keep: [f64; 3]) -> Result<Var<'_, f64>> {
    let centred = &x.value() - &x.value().mean_dims(&[-1], true)?;
    let rstd = x.value().var_dims(&[-1], 0.0, true)?.map(|var| 1.0 / (var + 1e-5).sqrt());
    let x_hat = &centred * &rstd;
    Ok(x.record_unary(x_hat.clone(), || Terms { x_hat, rstd, keep }))
}
// ANCHOR_END: wrong

fn rows() -> Tensor<f64> {
    Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]])
}

#[test]
fn a_layer_norm_without_its_x_hat_term_is_caught() -> Result<()> {
    let report =
        gradcheck(|v| layer_norm_with(v[0], [1.0, 1.0, 0.0]), &[rows()], &CheckOptions::default())?;
    assert!(!report.passed());
    assert_snapshot("layer_norm_wrong", &report.to_string());
    Ok(())
}

// ANCHOR: losses
/// What the check says of a backward when the output goes through a loss first.
fn verdict(keep: [f64; 3], loss: for<'t> fn(Var<'t, f64>) -> Var<'t, f64>) -> Result<String> {
    let options = CheckOptions { tolerance: Some(1e-4), ..CheckOptions::default() };
    let report = gradcheck(|v| layer_norm_with(v[0], keep).map(loss), &[rows()], &options)?;
    let off_by = report.rows[0].worst[0].difference();
    Ok(if report.passed() { "passes".to_owned() } else { format!("off by {off_by:.2}") })
}
// ANCHOR_END: losses

#[test]
#[expect(clippy::redundant_closure_for_method_calls, reason = "`Var::sum` fixes one lifetime")]
fn which_losses_see_which_mistakes() -> Result<()> {
    let backwards = [
        ("right", [1.0, 1.0, 1.0]),
        ("without the x_hat term", [1.0, 1.0, 0.0]),
        ("without the mean", [1.0, 0.0, 1.0]),
        ("zero", [0.0, 0.0, 0.0]),
    ];
    let mut table =
        format!("{:<24}{:<14}{:<14}random cotangent\n", "backward", "sum(y)", "sum(y^2)");
    for (name, keep) in backwards {
        let sum = verdict(keep, |y| y.sum())?;
        let squares = verdict(keep, |y| (y * y).sum())?;
        let random = verdict(keep, |y| y)?;
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{name:<24}{sum:<14}{squares:<14}{random}");
    }
    assert_snapshot("layer_norm_losses", &table);
    Ok(())
}

// ANCHOR: one_pass
/// The variance as E[x²] - E[x]², in one pass over the row, in f32.
fn one_pass_variance(x: &[f32]) -> f32 {
    let n = x.len() as f32;
    let (mut sum, mut squares) = (0.0, 0.0);
    for x in x {
        sum += x;
        squares += x * x;
    }
    squares / n - (sum / n) * (sum / n)
}
// ANCHOR_END: one_pass

#[test]
fn one_pass_loses_the_variance_of_a_far_row() -> Result<()> {
    let mut table = format!("{:>9}  {:>10}  {:>10}\n", "offset", "one pass", "handgrad");
    for offset in [0.0, 100.0, 1e4, 1e6] {
        let row = [offset + 1.0, offset + 2.0, offset + 3.0];
        let tape = Tape::new();
        let y = layer_norm(tape.leaf(Tensor::<f32>::new(row)), [3], None, None, 0.0)?;
        let node = y.node();
        let rstd = node.saved.iter().find_map(|(name, saved)| match saved {
            handgrad::tape::SavedTensor::Wide(rstd) if *name == "rstd" => Some(rstd.clone()),
            _ => None,
        });
        let rstd = rstd.expect("layer_norm saves rstd").to_vec()[0];
        let one_pass = one_pass_variance(&row);
        let _ = writeln!(table, "{offset:>9}  {one_pass:>10.4}  {:>10.4}", 1.0 / (rstd * rstd));
    }
    assert_snapshot("layer_norm_one_pass", &table);

    assert_eq!((1.0 / 1e-5_f64.sqrt()).floor(), 316.0);
    assert!(one_pass_variance(&[1e6, 1e6 + 1.0, 1e6 + 2.0]) < 0.0);
    Ok(())
}

#[test]
fn a_row_much_narrower_than_eps_is_not_brought_to_variance_1() -> Result<()> {
    let mut table = String::from("    row                 variance  of the output\n");
    for scale in [1.0, 0.1, 0.01, 0.001] {
        let row = &Tensor::<f64>::new([1.0, 2.0, 3.0]) * scale;
        let tape = Tape::new();
        let y = layer_norm(tape.leaf(row.clone()), [3], None, None, 1e-5)?;
        let [a, b, c] = row.to_vec()[..] else { unreachable!("three numbers") };
        let text = format!("{a:.3} {b:.3} {c:.3}");
        let (before, after) = (row.var(0.0).item()?, y.value().var(0.0).item()?);
        let _ = writeln!(table, "    {text}   {before:>9.1e}  {after:.4}");
    }
    assert_snapshot("layer_norm_eps", &table);
    Ok(())
}

// ANCHOR: claims
const NUMBERS: [f64; 10] = [-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1];

fn describe(title: &str, row: Tensor<f64>) -> Result<String> {
    let tape = Tape::new();
    let y = layer_norm(tape.constant(row), [10], None, None, 0.0)?.value();
    let mut values = y.to_vec();
    values.sort_by(f64::total_cmp);
    values.dedup();
    Ok(format!(
        "{title}\n{}\nmean {:.4}  variance {:.4}  from {:.4} to {:.4}  distinct values {}\n",
        y.cast::<f32>(),
        y.mean().item()?.abs(),
        y.var(0.0).item()?,
        values[0],
        values[values.len() - 1],
        values.len(),
    ))
}
// ANCHOR_END: claims

#[test]
fn what_standardizing_keeps() -> Result<()> {
    let ten = describe("the ten numbers", Tensor::new(NUMBERS))?;
    let spike = describe("nine zeros and a one", Tensor::eye(10).select(0, 9)?)?;
    assert_snapshot("layer_norm_claims", &format!("{ten}\n{spike}"));
    Ok(())
}

#[test]
fn exercises_on_paper() -> Result<()> {
    let tape = Tape::new();
    let spike = tape.leaf(Tensor::<f64>::new([0.0, 0.0, 0.0, 0.0, 1.0]));
    let y = layer_norm(spike, [5], None, None, 0.0)?;
    assert_near(&y.value(), &[-0.5, -0.5, -0.5, -0.5, 2.0]);

    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    let through = |factor: f64| -> Result<(Tensor<f64>, Tensor<f64>)> {
        let x = tape.leaf(&rows() * factor);
        let y = layer_norm(x, [3], None, None, 0.0)?;
        Ok((y.value(), y.backward_with(&cotangent)?.wrt(x)?.clone()))
    };
    let ((y, gradient), (y_of_ten, gradient_of_ten)) = (through(1.0)?, through(10.0)?);
    assert_near(&y_of_ten, &y.to_vec());
    assert_near(&gradient_of_ten, &(&gradient / 10.0).to_vec());
    Ok(())
}

#[test]
fn a_row_of_one_number_is_its_bias_and_passes_no_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([[7.0], [-3.0]]));
    let bias = tape.leaf(Tensor::new([0.5]));
    let y = layer_norm(x, [1], None, Some(bias), 1e-5)?;
    assert_eq!(y.value().to_vec(), [0.5, 0.5]);
    assert_near(y.backward_with(&Tensor::new([[1.0], [2.0]]))?.wrt(x)?, &[0.0, 0.0]);
    Ok(())
}

// ANCHOR: rms_norm
/// y = x rstd with rstd = 1 / sqrt(mean(x²) + eps): LayerNorm that does not
/// subtract the mean. So the term that came through the mean is gone:
///
/// x̄ = rstd (ȳ - y mean(ȳ y))
#[derive(Debug)]
struct RmsNorm {
    output: Tensor<f64>,
    rstd: Tensor<f64>,
}

impl Op<f64> for RmsNorm {
    fn name(&self) -> &'static str {
        "rms_norm"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        let mean = (grad_output * &self.output).mean_dims(&[-1], true).expect("it has rows");
        smallvec![Some(&self.rstd * &(grad_output - &(&self.output * &mean)))]
    }
}

fn rms_norm(x: Var<'_, f64>, eps: f64) -> Result<Var<'_, f64>> {
    let x_value = x.value();
    let squares = (&x_value * &x_value).mean_dims(&[-1], true)?;
    let rstd = squares.map(|square| 1.0 / (square + eps).sqrt());
    let output = &x_value * &rstd;
    Ok(x.record_unary(output.clone(), || RmsNorm { output, rstd }))
}

#[test]
fn rms_norm_passes_its_check() -> Result<()> {
    gradcheck(|v| rms_norm(v[0], 1e-5), &[rows()], &CheckOptions::default())?.into_result()
}
// ANCHOR_END: rms_norm
