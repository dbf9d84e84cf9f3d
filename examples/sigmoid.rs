//! Sigmoid: a slope of at most a quarter, and of next to nothing far out.
//!
//! Run with `cargo run --example sigmoid`; the chapter is `activation/sigmoid`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-6.0, -2.0, 0.0, 2.0, 6.0]));
    let y = x.sigmoid();
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x          {x}");
    println!("sigmoid(x) {y}\n");
    println!("The slope is y (1 - y): a quarter at 0, and less on both sides:");
    println!("slope      {}\n", gradients.wrt(x)?);

    println!("So a gradient shrinks to a quarter or less in every layer of a stack:");
    let mut y = x;
    for layer in 1..=10 {
        y = y.sigmoid();
        if [1, 2, 5, 10].contains(&layer) {
            let gradients = y.backward_with(&cotangent)?;
            println!("{layer:>2} in a row, at x = 0: {:.1e}", gradients.wrt(x)?.to_vec()[2]);
        }
    }

    println!("\nIn f32 the sigmoid of 20 is 1, so that y (1 - y) is 0 there. At -20 it is not,");
    println!("since y itself keeps its digits:");
    let far = tape.leaf(Tensor::<f32>::new([-20.0, 20.0]));
    let gradients = far.sigmoid().sum().backward()?;
    for (x, slope) in far.value().iter().zip(gradients.wrt(far)?.iter()) {
        println!("x = {x:>3}, slope = {slope:.1e}");
    }
    println!();

    let sigmoid = Configured::new("Sigmoid", Args::new())?;
    let point = Tensor::new([-6.0, -2.0, 0.0, 2.0, 6.0]);
    println!("{}\n", sigmoid.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", sigmoid.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
