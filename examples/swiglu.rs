//! SwiGLU: a gate that turns back, and the block it is made for.
//!
//! Run with `cargo run --example swiglu`; the chapter is `activation/swiglu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    // Each row is two numbers, a, and their two gates, b.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[4.0, -3.0, 2.0, -1.0], [2.0, 0.5, 0.0, 3.0]]));
    let y = x.swiglu(-1)?;
    let cotangent = Tensor::new([[1.0, 1.0], [10.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("swiglu(x)\n{}\n", y.value());
    println!("cotangent\n{cotangent}");
    println!("gradient\n{}\n", gradients.wrt(x)?);
    println!("The same from its parts:");
    let parts = x.narrow(-1, 0, 2)? * x.narrow(-1, 2, 2)?.silu();
    println!("{}", parts.value());
    println!("{}\n", parts.backward_with(&cotangent)?.wrt(x)?);

    println!("As the gate's number falls, what passes falls below 0 and then comes back to it.");
    println!("Here a is 1, and b is in the first row:");
    let b = Tensor::<f32>::new([2.0, 0.0, -1.0, -2.0, -4.0, -6.0]);
    let columns = tape.constant(Tensor::stack(&[&Tensor::ones([6]), &b], 0)?);
    println!("{b}\n{}\n", columns.swiglu(0)?.select(0, 0)?.value());

    println!("In a transformer's block one product makes both halves, with twice the weights. The");
    println!("hidden layer is then made narrower by a third, to have as many weights in all:");
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut matrix = |rows, columns| tape.leaf(Tensor::randn([rows, columns], &mut rng));
    let (relu_in, relu_out) = (matrix(6, 24), matrix(24, 6));
    let (swiglu_in, swiglu_out) = (matrix(6, 2 * 16), matrix(16, 6));
    let sample = matrix(1, 6);
    for (name, hidden, (first, last)) in [
        ("ReLU", sample.matmul(relu_in)?.relu(), (relu_in, relu_out)),
        ("SwiGLU", sample.matmul(swiglu_in)?.swiglu(-1)?, (swiglu_in, swiglu_out)),
    ] {
        let (width, out) = (hidden.shape()[1], hidden.matmul(last)?.shape());
        let weights = first.shape().numel() + last.shape().numel();
        println!("{name:<6}  {weights} weights, {width} hidden numbers, output {out}");
    }
    println!();

    let swiglu = Configured::new("SwiGLU", Args::new().with("dim", -1))?;
    let point = Tensor::new([[4.0, -3.0, 2.0, -1.0], [2.0, 0.5, 0.0, 3.0]]);
    println!("{}\n", swiglu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", swiglu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
