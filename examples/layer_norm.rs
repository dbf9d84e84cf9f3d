//! LayerNorm: two rows, standardized and differentiated.
//!
//! Run with `cargo run --example layer_norm`; the chapter is `norm/layer_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{LayerNorm, LayerNormConfig};
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let mut norm = LayerNorm::<f32>::new([3])?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]));
    let y = norm.forward(x)?;
    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{x}");
    println!("layer_norm(x)\n{y}\n");
    println!("Saved for the backward, beside x itself: two statistics a row, in f64.");
    for (name, saved) in y.node().saved.iter().filter(|(name, _)| ["mean", "rstd"].contains(name)) {
        println!("{name}: {saved}");
    }
    println!("\ncotangent\n{cotangent}");
    println!(
        "gradient of x: one element's cotangent reaches its whole row, and each row sums to 0"
    );
    println!("{}", gradients.wrt(x)?);
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    println!("\nA constant row has nothing to divide by. eps makes it 0; without eps it is NaN:");
    let constant = tape.leaf(Tensor::new([5.0, 5.0, 5.0]));
    println!("eps=1e-5: {}", norm.forward(constant)?.value());
    let no_eps = LayerNormConfig { eps: 0.0, ..LayerNormConfig::default() };
    println!("eps=0:    {}\n", LayerNorm::with([3], no_eps)?.forward(constant)?.value());

    let layer = Configured::new("LayerNorm", Args::new().with("normalized_shape", 3))?;
    let point = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
