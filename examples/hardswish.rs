//! Hardswish: SiLU without an exponential, and with two corners.
//!
//! Run with `cargo run --example hardswish`; the chapter is
//! `activation/hardswish`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -3.0, -1.5, 0.0, 1.5, 3.0, 4.0]));
    let y = x.hardswish();
    let cotangent = Tensor::ones([7]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let silu = x.silu();
    println!("Up to -3 it is 0, from 3 on it is x, and between them a parabola:");
    println!("x            {}", x.value());
    println!("hardswish(x) {}", y.value());
    println!("silu(x)      {}\n", silu.value());
    println!("The slope changes its sign at the parabola's minimum, -1.5:");
    println!("of hardswish {}", gradients.wrt(x)?);
    println!("of silu      {}\n", silu.backward_with(&cotangent)?.wrt(x)?);

    println!("Where the pieces meet the slope jumps by a half. On the right it has come to 1.5 by");
    println!("then, and falls back to 1; on the left it has to rise from -0.5:");
    let around = tape.leaf(Tensor::<f32>::new([-3.0, -2.99, 2.99, 3.0]));
    println!("x            {}", around.value());
    println!("slope        {}\n", around.hardswish().sum().backward()?.wrt(around)?);

    let hardswish = Configured::new("Hardswish", Args::new())?;
    let point = Tensor::new([-4.0, -3.0, -1.5, 0.0, 1.5, 3.0, 4.0]);
    println!("{}\n", hardswish.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", hardswish.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
