//! ReLU: what it does to six numbers, and what comes back.
//!
//! Run with `cargo run --example relu`; the chapter is `activation/relu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, -0.5, 0.0, 0.5, 2.0, f32::NAN]));
    let y = x.relu();
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0, -6.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x         {x}");
    println!("relu(x)   {y}\n");
    println!("The cotangent passes where x > 0 and stops everywhere else, at 0 too:");
    println!("cotangent {cotangent}");
    println!("gradient  {}\n", gradients.wrt(x)?);
    println!("A unit that is negative for every sample learns nothing. It is dead:");
    let dead = tape.leaf(Tensor::new([-3.0, -1.0, -0.1]));
    let gradients = dead.relu().backward_with(&Tensor::new([1.0, 2.0, 3.0]))?;
    println!("x         {dead}");
    println!("gradient  {}\n", gradients.wrt(dead)?);

    let relu = Configured::new("ReLU", Args::new())?;
    let point = Tensor::new([-2.0, -0.5, 0.0, 0.5, 2.0]);
    println!("{}\n", relu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", relu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
