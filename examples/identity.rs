//! Identity: the place of a layer that is left out.
//!
//! Run with `cargo run --example identity`; the chapter is `nn/identity`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::nn::Identity;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-1.0, 0.5, 2.0]));
    let y = Identity.forward(x)?;
    let gradients = y.backward_with(&Tensor::new([10.0, 20.0, 30.0]))?;
    // ANCHOR_END: example

    println!("x           {x}");
    println!("identity(x) {y}");
    println!("gradient    {}\n", gradients.wrt(x)?);
    println!("Nothing was recorded; the output is the very same var:");
    print!("{tape}");

    let layer = Configured::new("Identity", Args::new())?;
    let point = Tensor::new([-1.0, 0.5, 2.0]);
    println!("\n{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
