//! ReGLU: a product of two halves where the gate is open, nothing where it is
//! shut.
//!
//! Run with `cargo run --example reglu`; the chapter is `activation/reglu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Each row is two numbers, a, and their two gates, b.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[4.0, -3.0, 2.0, -1.0], [5.0, 0.5, 0.0, 3.0]]));
    let y = x.reglu(-1)?;
    let cotangent = Tensor::new([[1.0, 1.0], [10.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("reglu(x)\n{}\n", y.value());
    println!("cotangent\n{cotangent}");
    println!("gradient: where b <= 0 neither the gate nor what is behind it gets any");
    println!("{}\n", gradients.wrt(x)?);

    println!("The same from its parts:");
    let parts = x.narrow(-1, 0, 2)? * x.narrow(-1, 2, 2)?.relu();
    println!("{}", parts.value());
    println!("{}\n", parts.backward_with(&cotangent)?.wrt(x)?);

    println!("An open gate makes a product of two inputs: twice the input, four times the output.");
    println!("With a ReLU it would be twice the output.");
    let pair = tape.constant(Tensor::<f32>::new([1.5, 2.0]));
    for scale in [1.0, 2.0, 4.0] {
        let pair = pair * scale;
        println!("{} -> reglu {}", pair.value(), pair.reglu(0)?.value());
    }
    println!();

    let reglu = Configured::new("ReGLU", Args::new().with("dim", -1))?;
    let point = Tensor::new([[4.0, -3.0, 2.0, -1.0], [5.0, 0.5, 0.0, 3.0]]);
    println!("{}\n", reglu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", reglu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
