//! Softshrink: every number moves towards 0 and stops there.
//!
//! Run with `cargo run --example softshrink`; the chapter is
//! `activation/softshrink`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, -0.5, -0.25, 0.0, 0.5, 0.51, 2.0]));
    let y = x.softshrink(0.5)?;
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let hard = x.hardshrink(0.5);
    println!("No jump at 0.5, but what is left of a large number is too small by 0.5:");
    println!("x             {}", x.value());
    println!("softshrink(x) {}", y.value());
    println!("hardshrink(x) {}\n", hard.value());
    println!("The gradients are the same, for the slope is 0 or 1 in both:");
    println!("cotangent     {cotangent}");
    println!("softshrink    {}", gradients.wrt(x)?);
    println!("hardshrink    {}\n", hard.backward_with(&cotangent)?.wrt(x)?);

    println!("softshrink(x) is the y for which (y - x)^2 / 2 + 0.5 |y| is least. To be seen by");
    println!("trying every hundredth from -2 to 2:");
    println!("    x   least at  softshrink(x)");
    let tape = Tape::new();
    let y = tape.constant(Tensor::<f64>::linspace(-2.0, 2.0, 401));
    for x in [-1.75, 0.25, 0.75, 1.5] {
        let cost = (y - x) * (y - x) * 0.5 + y.abs() * 0.5;
        let least = y.value().to_vec()[cost.value().argmin(0, false)?.item()?];
        let shrunk = tape.constant(Tensor::scalar(x)).softshrink(0.5)?.value().item()?;
        println!("{x:>5.2}  {least:>9.2}  {shrunk:>13.2}");
    }
    println!();

    let softshrink = Configured::new("Softshrink", Args::new().with("lambd", 0.5))?;
    let point = Tensor::new([-2.0, -0.5, -0.25, 0.0, 0.5, 0.51, 2.0]);
    println!("{}\n", softshrink.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", softshrink.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
