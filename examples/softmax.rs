//! Softmax: shares of 1, and a Jacobian that is never written down.
//!
//! Run with `cargo run --example softmax`; the chapter is `activation/softmax`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[1.0, 2.0, 3.0], [1001.0, 1002.0, 1003.0]]));
    let y = x.softmax(-1)?;
    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [6.0, 5.0, 5.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("softmax(x): only differences count, so the rows are equal\n{}", y.value());
    println!("e^x / sum(e^x), as it stands, overflows in the second row:");
    let exponentials = x.exp();
    println!("{}\n", (exponentials / exponentials.sum_dims(&[-1], true)?).value());

    println!("cotangent\n{cotangent}");
    println!("gradient: what raises one share lowers the others, so each row sums to 0. The 5");
    println!("added along the second row makes no difference, for the shares' sum cannot change:");
    println!("{}\n", gradients.wrt(x)?);

    println!("The cotangents (1, 0, 0), (0, 1, 0) and (0, 0, 1) show the Jacobian, row by row:");
    let x = tape.leaf(x.value().select(0, 0)?);
    let y = x.softmax(0)?;
    let mut rows = Vec::new();
    for output in 0..3 {
        let unit = Tensor::<f32>::eye(3).select(0, output)?;
        rows.push(y.backward_with(&unit)?.wrt(x)?.clone());
    }
    println!("{}", Tensor::stack(&rows.iter().collect::<Vec<_>>(), 0)?);
    println!("diag(y) - y y^T is the same:");
    let y = y.value();
    let (column, row) = (y.unsqueeze(1)?, y.unsqueeze(0)?);
    println!("{}\n", &(&Tensor::eye(3) * &row) - &(&column * &row));

    let softmax = Configured::new("Softmax", Args::new().with("dim", -1))?;
    let point = Tensor::new([[1.0, 2.0, 3.0], [1001.0, 1002.0, 1003.0]]);
    println!("{}\n", softmax.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", softmax.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
