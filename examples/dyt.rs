//! DyT: tanh in place of a norm.
//!
//! Run with `cargo run --example dyt`; the chapter is `norm/dyt`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{DyT, LayerNorm};
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let mut dyt = DyT::<f32>::new([4], 0.5)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[-1.0, 0.0, 1.0, 2.0], [-1.0, 0.0, 1.0, 800.0]]));
    let y = dyt.forward(x)?;
    // ANCHOR_END: example

    println!("x: two samples that differ in one number\n{x}");
    println!("dyt(x): that number changes no other\n{y}");
    let normed = LayerNorm::new([4])?.forward(x)?;
    println!("layer_norm(x): it changes all\n{normed}\n");

    // ANCHOR: backward
    let gradients = y.backward_with(&Tensor::ones([2, 4]))?;
    // ANCHOR_END: backward
    println!("gradient of x: alpha (1 - tanh²), nothing for the 800, where tanh is flat");
    println!("{}", gradients.wrt(x)?);
    println!("gradient of alpha: x (1 - tanh²), summed; -1 and 1 cancel, 2 (1 - tanh² 1) is left");
    println!("{}", gradients.of(&dyt.alpha)?);
    println!("gradient of the weight: tanh(alpha x), summed over the samples");
    println!("{}", gradients.of(&dyt.weight)?);
    println!("gradient of the bias: the cotangent, summed over the samples");
    println!("{}\n", gradients.of(&dyt.bias)?);

    println!("   alpha   dyt of -3, -0.1, 0.1, 3");
    for alpha in [0.01, 0.5, 2.0, 100.0] {
        let x = tape.constant(Tensor::new([-3.0, -0.1, 0.1, 3.0]));
        let y = DyT::new([4], alpha)?.forward(x)?;
        println!("{alpha:8} {}", y.value());
    }
    println!("nearly a line at first, at last the sign\n");

    let layer = Configured::new("DyT", Args::new().with("normalized_shape", 3))?;
    let point = Tensor::new([[0.5, -1.25, 2.0], [0.0, 3.0, -0.75]]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
