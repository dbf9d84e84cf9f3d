//! Threshold: a jump that the gradient does not see.
//!
//! Run with `cargo run --example threshold`; the chapter is
//! `activation/threshold`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-3.0, 0.5, 1.0, 1.5, 4.0]));
    let y = x.threshold(1.0, 20.0);
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x         {x}");
    println!("y         {}\n", y.value());
    println!("Up to the threshold 1 every x becomes 20, and the cotangent stops there:");
    println!("cotangent {cotangent}");
    println!("gradient  {}\n", gradients.wrt(x)?);

    println!("Just above 1 the slope is 1, so a step to the left should lower y. But it jumps:");
    let x = tape.leaf(Tensor::new([1.25, 1.0625, 1.015_625]));
    let y = x.threshold(1.0, 20.0);
    let slope = y.sum().backward()?.wrt(x)?.clone();
    println!("x         {}", x.value());
    println!("slope     {slope}");
    println!("y         {}", y.value());
    println!("y at x-1  {}", (x - 1.0).threshold(1.0, 20.0).value());
    println!("The slope between two points on either side of 1, a step from it, shows the jump:");
    for step in [0.25, 0.0625, 0.015_625] {
        let ends = tape.constant(Tensor::new([1.0 + step, 1.0 - step])).threshold(1.0, 20.0);
        let ends = ends.value().to_vec();
        println!("step {step:<8} {:9.1}", (ends[0] - ends[1]) / (2.0 * step));
    }
    println!();

    let args = Args::new().with("threshold", 1.0).with("value", 20.0);
    let threshold = Configured::new("Threshold", args)?;
    let point = Tensor::new([-3.0, 0.5, 1.0, 1.5, 4.0]);
    println!("{}\n", threshold.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", threshold.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
