//! GroupNorm: between LayerNorm and InstanceNorm.
//!
//! Run with `cargo run --example group_norm`; the chapter is `norm/group_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{GroupNorm, group_norm, instance_norm, layer_norm};
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // One sample of four channels of two places, in two groups of two channels.
    let mut norm = GroupNorm::<f32>::new(2, 4)?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[[1.0, 3.0], [4.0, 8.0], [100.0, 300.0], [400.0, 800.0]]]));
    let y = norm.forward(x)?;
    let cotangent = Tensor::new([[[1.0, 0.0], [0.0, 0.0], [1.0, 0.0], [0.0, 0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x: the last two channels are the first two, a hundred times as loud\n{x}");
    println!("group_norm(x): each group by itself, so the loudness is gone\n{y}\n");
    println!("cotangent: the first number of each group\n{cotangent}");
    println!("gradient of x: each group's sums to 0, and the loud group's is a hundredth");
    println!("{}", gradients.wrt(x)?);
    println!("The parameters are by channel, not by group.");
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    println!("\nThe same sample in 1, 2 and 4 groups, a column for each channel:");
    for groups in [1, 2, 4] {
        let y = group_norm(x, groups, None, None, 1e-5)?.value();
        println!("num_groups={groups}\n{}", y.select(0, 0)?.t());
    }
    println!("In one group the loud channels set the scale, and the quiet ones end up close");
    println!("together. In four groups each channel has lost its level and its loudness, and");
    println!("all look alike.");
    println!("\nLargest difference from the norms at both ends:");
    let tape = Tape::new();
    let x = tape.constant(x.value().cast::<f64>());
    let layer = layer_norm(x, [4, 2], None, None, 1e-5)?.value();
    let instance = instance_norm(x, None, None, None, true, 0.1, 1e-5)?.value();
    println!("num_groups  LayerNorm over (C, L)  InstanceNorm");
    for groups in [1, 2, 4] {
        let y = group_norm(x, groups, None, None, 1e-5)?.value();
        let (from_layer, from_instance) = (difference(&y, &layer)?, difference(&y, &instance)?);
        println!("{groups:10}  {from_layer:>21}  {from_instance:>12}");
    }

    let args = Args::new().with("num_groups", 2).with("num_channels", 4);
    let layer = Configured::new("GroupNorm", args)?;
    println!("\n{}\n", layer.gradcheck(&x.value(), &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&x.value(), &CheckOptions::default())?);
    Ok(())
}

/// The largest difference between two outputs, unless it is rounding.
fn difference(a: &Tensor<f64>, b: &Tensor<f64>) -> Result<String> {
    let largest = (a - b).map(f64::abs).max()?.item()?;
    Ok(if largest < 1e-12 { "< 1e-12".to_owned() } else { format!("{largest:.4}") })
}
