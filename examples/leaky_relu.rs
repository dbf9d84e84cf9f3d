//! LeakyReLU: the negative side keeps a slope, and so a gradient.
//!
//! Run with `cargo run --example leaky_relu`; the chapter is
//! `activation/leaky_relu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, -0.5, 0.0, 0.5, 2.0]));
    let y = x.leaky_relu(0.01);
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x             {x}");
    println!("leaky_relu(x) {y}\n");
    println!("Below and at 0 a hundredth of the cotangent passes, above 0 all of it:");
    println!("cotangent     {cotangent}");
    println!("gradient      {}\n", gradients.wrt(x)?);

    println!("A negative slope is allowed, and folds the line; -1 makes |x|:");
    println!("slope -1      {}\n", x.leaky_relu(-1.0));

    let leaky = Configured::new("LeakyReLU", Args::new().with("negative_slope", 0.2))?;
    let point = Tensor::new([-2.0, -0.5, 0.0, 0.5, 2.0]);
    println!("{}\n", leaky.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", leaky.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
