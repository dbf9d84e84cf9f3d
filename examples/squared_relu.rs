//! Squared ReLU: no corner at 0, and a slope without a bound.
//!
//! Run with `cargo run --example squared_relu`; the chapter is
//! `activation/squared_relu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, 0.0, 0.25, 0.5, 3.0]));
    let y = x.squared_relu();
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x               {x}");
    println!("squared_relu(x) {}\n", y.value());
    println!("The slope is 2x where x > 0. It begins at 0, so there is no corner, and it grows");
    println!("without end; ReLU's jumps to 1 and stays there:");
    println!("squared_relu    {}", gradients.wrt(x)?);
    println!("relu            {}\n", x.relu().backward_with(&cotangent)?.wrt(x)?);

    println!("Two in a row raise to the fourth power. Below 1 that makes small, above 1 large:");
    let x = tape.leaf(Tensor::<f32>::new([0.5, 1.0, 2.0]));
    let y = x.squared_relu().squared_relu();
    println!("x               {x}");
    println!("two in a row    {}", y.value());
    println!("gradient        {}\n", y.sum().backward()?.wrt(x)?);

    let squared = Configured::new("SquaredReLU", Args::new())?;
    let point = Tensor::new([-2.0, 0.0, 0.25, 0.5, 3.0]);
    println!("{}\n", squared.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", squared.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
