//! BatchNorm: four samples standardized together, and then each by itself.
//!
//! Run with `cargo run --example batch_norm`; the chapter is `norm/batch_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::BatchNorm1d;
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Four samples of two channels, and a record of what training leaves behind.
    let mut norm = BatchNorm1d::<f32>::new(2);
    norm.watch();
    let batch = Tensor::new([[0.0, 14.0], [6.0, 18.0], [6.0, 18.0], [8.0, 30.0]]);
    let cotangent = Tensor::new([[5.4, 0.0], [0.0, 0.0], [0.0, 0.0], [0.0, 10.8]]);
    let tape = Tape::new();
    let x = tape.leaf(batch.clone());
    let y = norm.forward(x)?;
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{x}");
    println!("batch_norm(x) in training: each column has mean 0 and variance 1\n{y}\n");
    println!("cotangent: one sample in each column, sized for a round gradient\n{cotangent}");
    println!("gradient of x: every sample gets a share, and each column sums to 0");
    println!("{}", gradients.wrt(x)?);
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    for _ in 0..2 {
        norm.forward(x)?;
    }
    println!("\nThe same batch is forwarded twice more. What the layer remembers of it:");
    if let Some(timeline) = norm.timeline() {
        println!("{timeline}");
    }
    println!("Bessel's factor is 4/3, for 4 samples: of channel 0's variance 9 it makes 12,");
    println!("which is what goes in. momentum is the share of the new: the first step leaves");
    println!("channel 0's running mean at 0.9 * 0 + 0.1 * 5 = 0.5 and its running variance at");
    println!("0.9 * 1 + 0.1 * 12 = 2.1. After three steps 0.9^3 = 0.729 of the initial 0 and 1");
    println!("is still there. So evaluation, which standardizes with these, is far from");
    println!("standardizing even this batch.\n");
    norm.eval();
    let y = norm.forward(x)?;
    println!("batch_norm(x) in evaluation\n{y}");
    println!("gradient of x: the statistics are constants now, so each number keeps its own");
    println!("cotangent, times 1 / sqrt(running variance + eps)");
    println!("{}\n", y.backward_with(&cotangent)?.wrt(x)?);
    println!("Only the last sample changes, from (8, 30) to (8, 22). The first sample's output:");
    let last = Tensor::new([[8.0, 22.0]]);
    let changed = tape.leaf(Tensor::cat(&[&batch.narrow(0, 0, 3)?, &last], 0)?);
    for (mode, training) in [("evaluation:", false), ("training:  ", true)] {
        norm.set_training(training);
        let [before, after] = [x, changed].map(|x| norm.forward(x)?.value().select(0, 0));
        println!("{mode} {} becomes {}", before?, after?);
    }
    if let Err(error) = norm.forward(tape.leaf(batch.narrow(0, 0, 1)?)) {
        println!("\nOne sample alone cannot be trained on:\n{error}");
    }

    let layer = Configured::new("BatchNorm1d", Args::new().with("num_features", 2))?;
    let point = batch.cast();
    for (mode, training) in [("training", true), ("evaluation", false)] {
        let options = CheckOptions { training, ..CheckOptions::default() };
        println!("\nin {mode}");
        println!("{}\n", layer.gradcheck(&point, &options)?);
        println!("{}", layer.dualcheck(&point, &options)?);
    }
    Ok(())
}
