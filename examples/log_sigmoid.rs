//! LogSigmoid: a logarithm that is never taken of a 0.
//!
//! Run with `cargo run --example log_sigmoid`; the chapter is
//! `activation/log_sigmoid`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-200.0, -2.0, 0.0, 1.0]));
    let y = x.log_sigmoid();
    let cotangent = Tensor::ones([4]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x               {}", x.value());
    println!("log_sigmoid(x)  {}", y.value());
    println!("slope           {}\n", gradients.wrt(x)?);

    println!("In two steps it is the logarithm of a sigmoid that f32 holds as 0. The value is");
    println!("then infinite, and the gradient, infinity times 0, is NaN:");
    let two_steps = x.sigmoid().ln();
    println!("ln(sigmoid(x))  {}", two_steps.value());
    println!("slope           {}\n", two_steps.backward_with(&cotangent)?.wrt(x)?);

    println!("Towards -infinity it becomes x, with the slope 1: as a loss, -log_sigmoid(x) keeps");
    println!("pulling at a number, however wrong it is. The squared error lets go of it:");
    let wrong = tape.leaf(Tensor::<f32>::new([-1.0, -4.0, -8.0]));
    let log_loss = -wrong.log_sigmoid();
    let error = 1.0 - wrong.sigmoid();
    println!("x                            {}", wrong.value());
    println!("gradient, -log_sigmoid(x)    {}", log_loss.sum().backward()?.wrt(wrong)?);
    println!("gradient, (1 - sigmoid(x))^2 {}\n", (error * error).sum().backward()?.wrt(wrong)?);

    let log_sigmoid = Configured::new("LogSigmoid", Args::new())?;
    let point = Tensor::new([-200.0, -2.0, 0.0, 1.0]);
    println!("{}\n", log_sigmoid.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", log_sigmoid.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
