//! Softplus: a ReLU with a round corner, as round as beta says.
//!
//! Run with `cargo run --example softplus`; the chapter is
//! `activation/softplus`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -1.0, 0.0, 1.0, 4.0]));
    let y = x.softplus(1.0, 20.0);
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x           {}", x.value());
    println!("softplus(x) {}", y.value());
    println!("slope       {}", gradients.wrt(x)?);
    println!("sigmoid(x)  {}", x.sigmoid().value());
    println!("The slope is the sigmoid.\n");

    println!("It is furthest from ReLU at 0, by ln(2) / beta:");
    let zero = tape.constant(Tensor::<f32>::new(0.0));
    for beta in [1.0, 4.0, 16.0, 64.0] {
        println!("beta {beta:<2} softplus(0) = {:.4}", zero.softplus(beta, 20.0).value().item()?);
    }

    println!("\nWritten as ln(1 + e^x) it overflows at 1000. So it is written in another way:");
    let large = tape.constant(Tensor::<f32>::new(1000.0));
    println!("ln(1 + e^x) {:.1}", (large.exp() + 1.0).ln().value().item()?);
    println!("softplus    {:.1}", large.softplus(1.0, f64::INFINITY).value().item()?);

    println!("\nAbove a threshold it is x itself. A low threshold, here 1, makes a visible jump:");
    let around = tape.constant(Tensor::<f32>::new([0.99, 1.0, 1.01]));
    println!("x           {}", around.value());
    println!("softplus(x) {}\n", around.softplus(1.0, 1.0).value());

    let args = Args::new().with("beta", 2.0).with("threshold", 3.0);
    let softplus = Configured::new("Softplus", args)?;
    let point = Tensor::new([-4.0, -1.0, 0.0, 1.5, 4.0]);
    println!("{}\n", softplus.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", softplus.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
