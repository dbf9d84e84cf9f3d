//! Tanhshrink: a difference in which everything cancels.
//!
//! Run with `cargo run --example tanhshrink`; the chapter is
//! `activation/tanhshrink`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -1.0, -0.25, 0.0, 0.25, 1.0, 4.0]));
    let y = x.tanhshrink();
    let cotangent = Tensor::ones([7]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x             {}", x.value());
    println!("tanhshrink(x) {}\n", y.value());
    println!("Near 0 it is flat, far out it is a line; the slope is tanh(x)^2:");
    println!("slope         {}\n", gradients.wrt(x)?);

    println!("Near 0 it is x^3 / 3, far smaller than x. The f32 nearest to tanh(0.0001) is");
    println!("0.0001, so their difference is 0. It is not computed as a difference there:");
    let small = tape.leaf(Tensor::<f32>::new(0.0001));
    let tanh = small.value().cast::<f64>().map(f64::tanh).cast::<f32>();
    println!("x - tanh(x)   {:.4e}", (&small.value() - &tanh).item()?);
    println!("tanhshrink(x) {:.4e}", small.tanhshrink().value().item()?);
    println!("x^3 / 3       {:.4e}", (small * small * small / 3.0).value().item()?);
    println!("slope         {:.4e}", small.tanhshrink().backward()?.wrt(small)?.item()?);
    println!("x^2           {:.4e}\n", (small * small).value().item()?);

    let layer = Configured::new("Tanhshrink", Args::new())?;
    let point = Tensor::new([-4.0, -1.0, -0.25, 0.0, 0.25, 1.0, 4.0]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
