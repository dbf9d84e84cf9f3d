//! Mish: a SiLU with another gate, made of three functions or of one.
//!
//! Run with `cargo run --example mish`; the chapter is `activation/mish`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]));
    let y = x.mish();
    let cotangent = Tensor::ones([7]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let silu = x.silu();
    println!("Beside SiLU it dips lower and comes nearer to x; at 0 its slope is 0.6, not 0.5:");
    println!("x             {}", x.value());
    println!("mish(x)       {}", y.value());
    println!("silu(x)       {}", silu.value());
    println!("slope of mish {}", gradients.wrt(x)?);
    println!("slope of silu {}\n", silu.backward_with(&cotangent)?.wrt(x)?);

    println!("Made of its parts it has the same values and slopes, but three operations, not one:");
    let tape = Tape::new();
    let x = tape.leaf(x.value());
    let parts = x * x.softplus(1.0, 20.0).tanh();
    println!("values        {}", parts.value());
    println!("slope         {}", parts.backward_with(&cotangent)?.wrt(x)?);
    print!("{tape}");
    println!("And its product is NaN at minus infinity, where Mish has its limit:");
    let far = tape.constant(Tensor::new([f32::NEG_INFINITY]));
    println!("parts         {}", (far * far.softplus(1.0, 20.0).tanh()).value());
    println!("mish          {}\n", far.mish().value());

    let mish = Configured::new("Mish", Args::new())?;
    let point = Tensor::new([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]);
    println!("{}\n", mish.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", mish.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
