//! ReLU6: a ReLU with a ceiling, and so with two flat sides.
//!
//! Run with `cargo run --example relu6`; the chapter is `activation/relu6`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, 0.0, 0.5, 3.0, 6.0, 20.0]));
    let y = x.relu6();
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0, -6.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x         {x}");
    println!("relu6(x)  {y}\n");
    println!("The cotangent passes where 0 < x < 6 and stops everywhere else, at 0 and 6 too:");
    println!("cotangent {cotangent}");
    println!("gradient  {}\n", gradients.wrt(x)?);

    println!("relu(x) - relu(x - 6) has the same values. But at 6 the first ReLU passes the");
    println!("cotangent and the second does not: the slope at a kink is a choice.");
    let difference = x.relu() - (x - 6.0).relu();
    let gradients = difference.backward_with(&cotangent)?;
    println!("values    {}", difference.value());
    println!("gradient  {}\n", gradients.wrt(x)?);

    let relu6 = Configured::new("ReLU6", Args::new())?;
    let point = Tensor::new([-2.0, 0.0, 0.5, 3.0, 6.0, 20.0]);
    println!("{}\n", relu6.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", relu6.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
