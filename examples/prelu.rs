//! PReLU: the slope is a parameter, and its gradient a sum.
//!
//! Run with `cargo run --example prelu`; the chapter is `activation/prelu`.

use handgrad::activation::PReLU;
use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Two samples of three channels, and a slope for each channel.
    let mut prelu = PReLU::<f32>::new(3, 0.25);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[-4.0, 2.0, -1.0], [-8.0, -2.0, 3.0]]));
    let y = prelu.forward(x)?;
    let cotangent = Tensor::new([[1.0, 1.0, 1.0], [10.0, 10.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("weight\n{}\n", prelu.weight);
    println!("x\n{x}");
    println!("prelu(x)\n{y}\n");
    println!("cotangent\n{cotangent}");
    println!("gradient of x: the cotangent, times the slope where x <= 0\n{}", gradients.wrt(x)?);
    println!("gradient of the weight: x times the cotangent, summed over the x <= 0 of a channel");
    println!("  channel 0: -4 * 1 + -8 * 10 = -84");
    println!("  channel 1:          -2 * 10 = -20");
    println!("  channel 2: -1 * 1           =  -1");
    println!("{}\n", gradients.of(&prelu.weight)?);

    let layer = Configured::new("PReLU", Args::new().with("num_parameters", 3))?;
    let point = Tensor::new([[-4.0, 2.0, 0.0], [-8.0, -2.0, 3.0]]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
