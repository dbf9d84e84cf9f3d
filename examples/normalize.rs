//! Normalize: a direction is what is left when the length is divided out.
//!
//! Run with `cargo run --example normalize`; the chapter is `norm/normalize`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::Normalize;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::<f32>::new();
    let x = tape.leaf(Tensor::new([[3.0, 4.0], [30.0, 40.0], [0.0, 0.0]]));
    let y = Normalize::default().forward(x)?;
    let gradients = y.backward_with(&Tensor::new([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0]]))?;
    // ANCHOR_END: example

    println!("x\n{x}");
    println!("y, each row by its length, but zeros by eps = 1e-12\n{y}\n");
    println!("gradient of each row's first output");
    for row in 0..2 {
        println!("{}", gradients.wrt(x)?.select(0, row)?);
    }
    let dot = (gradients.wrt(x)? * &x.value()).narrow(0, 0, 2)?.sum_dims(&[1], false)?;
    println!("times x, summed: at right angles to x, up to rounding below 1e-6");
    println!("{}", dot.map(|dot| dot.abs() < 1e-6));
    println!("ten times as long, a tenth of the slope; of zeros the slope is 1 / eps");
    println!("{}\n", gradients.wrt(x)?.select(0, 2)?);

    println!("     p   [3, -4, 4] / its p-norm and the gradient of the first output");
    for p in [0.0, 0.5, 1.0, 2.0, 3.0, f64::INFINITY, f64::NEG_INFINITY] {
        let x = tape.leaf(Tensor::new([3.0, -4.0, 4.0]));
        let y = x.normalize(p, 0, 1e-12)?;
        let gradients = y.backward_with(&Tensor::new([1.0, 0.0, 0.0]))?;
        println!("{p:6}   {}   {}", y.value(), gradients.wrt(x)?);
    }
    println!("p = inf: -4 and 4 tie for the largest, and share its slope\n");

    println!("a row of 3e30 and 4e30 in f32, whose squares f32 does not hold");
    println!("{}\n", tape.constant(Tensor::new([3e30, 4e30])).normalize(2.0, 0, 1e-12)?);

    let point = Tensor::new([[0.5, -1.25, 2.0], [1.5, 3.0, -0.75]]);
    for p in [2.0, f64::INFINITY] {
        let layer = Configured::new("Normalize", Args::new().with("p", p))?;
        println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
        println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
        if p == 2.0 {
            println!("\nand for p = inf\n");
        }
    }
    Ok(())
}
