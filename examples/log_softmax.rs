//! LogSoftmax: a loss that stays finite, with the gradient softmax less one-hot.
//!
//! Run with `cargo run --example log_softmax`; the chapter is
//! `activation/log_softmax`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Two samples of three classes. The first class is right for both, and the
    // second sample is quite wrong about it.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[3.0, 2.0, 1.0], [-200.0, 1.0, 0.0]]));
    let y = x.log_softmax(-1)?;
    let target = Tensor::new([[1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]);
    // The cross-entropy is -log_softmax(x) at the target.
    let gradients = y.backward_with(&-&target)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("log_softmax(x)\n{}\n", y.value());
    println!("gradient of the cross-entropy\n{}", gradients.wrt(x)?);
    println!("softmax(x) - target is the same\n{}\n", &x.softmax(-1)?.value() - &target);

    println!("In two steps: e^-201 is 0 in f32, its logarithm is infinite, its gradient NaN.");
    let two_steps = x.softmax(-1)?.ln();
    println!("ln(softmax(x))\n{}", two_steps.value());
    println!("gradient\n{}\n", two_steps.backward_with(&-&target)?.wrt(x)?);

    println!("The exponentials of the first row sum to 1, so taking it again changes nothing:");
    println!("{}\n", y.log_softmax(-1)?.value().select(0, 0)?);

    let log_softmax = Configured::new("LogSoftmax", Args::new().with("dim", -1))?;
    let point = Tensor::new([[3.0, 2.0, 1.0], [-200.0, 1.0, 0.0]]);
    println!("{}\n", log_softmax.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", log_softmax.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
