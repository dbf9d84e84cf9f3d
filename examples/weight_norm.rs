//! WeightNorm: a weight whose length and direction are learned apart.
//!
//! Run with `cargo run --example weight_norm`; the chapter is `norm/weight_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::WeightNorm;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // The weight of a linear layer of two outputs, and its rows' own lengths.
    let mut v = Tensor::new([[3.0, 4.0], [0.0, -2.0]]);
    let mut norm = WeightNorm::<f32>::from_weight(&v, Some(0))?;
    // ANCHOR_END: example
    println!("v\n{v}");
    println!("g, the lengths of v's rows\n{}", norm.weight_g.value());
    let tape = Tape::new();
    println!("w = g v / |v|: at first v itself\n{}\n", norm.forward(tape.leaf(v.clone()))?);

    // ANCHOR: train
    // The first row learns to be (0, 10); the second stays where it is.
    let target = Tensor::new([[0.0, 10.0], [0.0, -2.0]]);
    println!("step   loss     |v|      g      w");
    for step in 0..=200 {
        let tape = Tape::new();
        let x = tape.leaf(v.clone());
        let w = norm.forward(x)?;
        let error = w - tape.constant(target.clone());
        let loss = (error * error).sum();
        let gradients = loss.backward()?;
        if [0, 1, 10, 50, 200].contains(&step) {
            let first = v.select(0, 0)?;
            let length = (&first * &first).sum().item()?.sqrt();
            let g = norm.weight_g.value().to_vec()[0];
            let w = w.value().to_vec();
            println!(
                "{step:4} {:7.3} {length:7.3} {g:6.3}   ({:.3}, {:.3})",
                loss.value().item()?,
                w[0],
                w[1]
            );
        }
        v = &v - &gradients.wrt(x)?.scale(0.05);
        let g = norm.weight_g.value() - &gradients.of(&norm.weight_g)?.scale(0.05);
        *norm.weight_g.value_mut() = g;
    }
    // ANCHOR_END: train
    println!("v's gradient is at a right angle to v, so |v| never shrinks; g is the length\n");

    // ANCHOR: angle
    let tape = Tape::new();
    let v = tape.leaf(Tensor::<f32>::new([[3.0, 4.0]]));
    let w = v.weight_norm(tape.leaf(Tensor::new([10.0])), Some(0))?;
    let gradients = w.backward_with(&Tensor::new([[1.0, 0.0]]))?;
    // ANCHOR_END: angle
    println!("of (3, 4) and g = 10: w, and the gradient of its first number by v");
    println!("{w}");
    println!("{}", gradients.wrt(v)?);
    println!("  3 * 1.28 = 4 * 0.96\n");

    let args = Args::new().with("num_features", 3).with("dim", 1);
    let layer = Configured::new("WeightNorm", args)?;
    let point = Tensor::new([[0.5, -1.25, 2.0], [1.5, 3.0, -0.75]]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
