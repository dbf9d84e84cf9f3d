//! Softsign: from -1 to 1 like tanh, but in no hurry.
//!
//! Run with `cargo run --example softsign`; the chapter is
//! `activation/softsign`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-3.0, -1.0, 0.0, 1.0, 3.0]));
    let y = x.softsign();
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let tanh = x.tanh();
    println!("x           {}", x.value());
    println!("softsign(x) {}", y.value());
    println!("tanh(x)     {}\n", tanh.value());
    println!("Both have the slope 1 at 0. That of Softsign falls at once, and then more slowly:");
    println!("of softsign {}", gradients.wrt(x)?);
    println!("of tanh     {}\n", tanh.backward_with(&cotangent)?.wrt(x)?);

    println!("Far out the one slope falls like a power of x, the other exponentially:");
    println!("    x  of softsign  of tanh");
    let tape = Tape::new();
    let far = tape.leaf(Tensor::<f64>::new([1.0, 4.0, 16.0]));
    let slopes = |y: handgrad::Var<'_, f64>| Ok(y.sum().backward()?.wrt(far)?.to_vec());
    let (softsign, tanh): (Vec<f64>, Vec<f64>) = (slopes(far.softsign())?, slopes(far.tanh())?);
    for (x, (softsign, tanh)) in far.value().iter().zip(softsign.iter().zip(&tanh)) {
        println!("{x:>5}  {softsign:>11.1e}  {tanh:>7.1e}");
    }
    println!();

    let layer = Configured::new("Softsign", Args::new())?;
    let point = Tensor::new([-3.0, -1.0, 0.0, 1.0, 3.0]);
    println!("The slope is continuous at 0 but has a corner there, which counts as a kink:");
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
