//! Weight standardization: a norm of the weights, and what it keeps from them.
//!
//! Run with `cargo run --example weight_standardization`; the chapter is
//! `norm/weight_standardization`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::WeightStandardization;
use handgrad::{Module, Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    // A linear layer of five inputs and two outputs goes on with w_hat in place of w.
    let mut standardize = WeightStandardization { eps: 0.0 };
    let tape = Tape::new();
    let w = tape.leaf(Tensor::<f64>::new([[1.0, 3.0, 4.0, 5.0, 7.0], [10.0, 6.0, 14.0, 2.0, 8.0]]));
    let w_hat = standardize.forward(w)?;
    let x = tape.constant(Tensor::new([[1.0, 0.0, 3.0, 0.0, 6.0]]));
    let y = x.matmul(w_hat.t())?;
    let cotangent = Tensor::new([[1.0, 2.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let (of_w, w_hat) = (gradients.wrt(w)?, w_hat.value());
    println!("w: each row is one output's\n{}", w.value());
    println!("w_hat: each row has mean 0 and variance 1\n{w_hat}\n");
    println!("x             {}", x.value());
    println!("y = x w_hat^T {}", y.value());
    println!("cotangent     {cotangent}\n");
    let of_w_hat = cotangent.t().matmul(&x.value())?;
    println!("gradient of w_hat: the cotangent's outer product with x\n{of_w_hat}");
    println!("gradient of w: what is left of it, divided by the row's deviation, 2 or 4\n{of_w}\n");
    println!("Gone are its component along (1, 1, 1, 1, 1), which would shift a row of w, and");
    println!("that along w_hat, which would stretch it. Neither makes a difference to w_hat.");
    println!("                                   gradient of w_hat  gradient of w");
    for row in 0..2 {
        let [before, after, w_hat] = [&of_w_hat, of_w, &w_hat].map(|t| t.select(0, row));
        let (before, after, w_hat) = (before?, after?, w_hat?);
        let sums = [before.sum(), after.sum()];
        let products = [&before * &w_hat, &after * &w_hat].map(|t| t.sum());
        for (what, [before, after]) in [("sum", sums), ("sum of products with w_hat", products)] {
            let (before, after) = (number(before.item()?), number(after.item()?));
            println!("row {row}: {what:<26}  {before:>17}  {after:>13}");
        }
    }

    println!("\nSo a step of descent, however small, can only lengthen a row. Squares summed over");
    println!("each row without its mean, over its gradient, and over the row after a step of");
    println!("size 1, again without its mean:");
    let squares = |t: &Tensor<f64>| t.map(|x| x * x).sum_dims(&[-1], false);
    let centred = |t: &Tensor<f64>| -> Result<_> { squares(&(t - &t.mean_dims(&[-1], true)?)) };
    println!("row           {}", centred(&w.value())?);
    println!("gradient      {}", squares(of_w)?);
    println!("row, stepped  {}", centred(&(&w.value() - of_w))?);

    println!("\nA longer row gets a smaller gradient. With 2 w + 3 in place of w, y is the same");
    println!("and the gradient half:");
    let longer = tape.leaf(&w.value().scale(2.0) + 3.0);
    let y = x.matmul(standardize.forward(longer)?.t())?;
    println!("y {}\n{}", y.value(), y.backward_with(&cotangent)?.wrt(longer)?);

    let x = Tensor::<f64>::randn([10_000, 5], &mut ChaCha8Rng::seed_from_u64(0));
    let y = x.matmul(&w_hat.t())?;
    println!("\nThe squares of a row of w_hat sum to 5, the number of inputs. So independent");
    println!("inputs of variance 1 give outputs of variance 5, unless these are divided by the");
    println!("root of 5. Of 10,000 samples:");
    println!("variance of y: {:.2}\n", y.var_dims(&[0], 0.0, false)?.cast::<f32>());

    let layer = Configured::new("WeightStandardization", Args::new())?;
    let point = w.value();
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}

/// A number, unless it is rounding.
fn number(number: f64) -> String {
    if number.abs() < 1e-12 { "< 1e-12".to_owned() } else { format!("{number:.4}") }
}
