//! SwitchableNorm: three norms at once, and a gradient that chooses between them.
//!
//! Run with `cargo run --example switchable_norm`; the chapter is `norm/switchable_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{SwitchableNorm1d, batch_norm, instance_norm, layer_norm};
use handgrad::{Module, Parameter, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Two samples of two channels of two places.
    let mut norm = SwitchableNorm1d::<f32>::new(2);
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[[1.0, 3.0], [4.0, 9.0]], [[2.0, 8.0], [7.0, 6.0]]]));
    let y = norm.forward(x)?;
    let cotangent = Tensor::new([[[3.0, 0.0], [0.0, 0.0]], [[0.0, 0.0], [0.0, 0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{x}");
    println!("switchable_norm(x): initially a third of each norm's statistics\n{y}\n");
    println!("cotangent: the first number\n{cotangent}");
    println!("gradient of x: it reaches the number's instance, the rest of its sample, and its");
    println!("channel in the other sample. The other channel there has no part in these");
    println!("statistics, and gets 0.");
    println!("{}", gradients.wrt(x)?);
    println!("The mixing weights go through a softmax, so each one's gradient sums to 0.");
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    println!("\nAll the weight on one branch. Largest difference from three norms, and from the");
    println!("layer itself in evaluation, which takes the batch branch from running statistics:");
    let tape = Tape::new();
    let x = tape.leaf(x.value().cast::<f64>());
    let norms = [
        instance_norm(x, None, None, None, true, 0.1, 1e-5)?.value(),
        layer_norm(x, [2, 2], None, None, 1e-5)?.value(),
        batch_norm(x, None, None, None, true, 0.1, 1e-5)?.value(),
    ];
    println!("branch    InstanceNorm  LayerNorm  BatchNorm  evaluation");
    for (k, branch) in ["instance", "layer", "batch"].into_iter().enumerate() {
        let one_hot = Tensor::from_fn([3], |at| if at[0] == k { 0.0 } else { f64::NEG_INFINITY });
        let mut norm = SwitchableNorm1d::<f64>::new(2);
        *norm.mean_weight.value_mut() = one_hot.clone();
        *norm.var_weight.value_mut() = one_hot;
        let y = norm.forward(x)?.value();
        norm.eval();
        let evaluated = norm.forward(x)?.value();
        let [instance, layer, batch] = norms.each_ref().map(|norm| difference(&y, norm));
        let (instance, layer, batch) = (instance?, layer?, batch?);
        let evaluation = difference(&y, &evaluated)?;
        println!("{branch:8}  {instance:>12}  {layer:>9}  {batch:>9}  {evaluation:>10}");
    }

    println!("\nGradient descent on the mixing weights alone, with BatchNorm's output for a");
    println!("target. The shares, which are the softmax of the weights, move to the batch");
    println!("branch:");
    println!("                  shares of the means       shares of the variances");
    println!("step  loss      instance   layer   batch   instance   layer   batch");
    let mut norm = SwitchableNorm1d::<f64>::new(2);
    for step in 0..=1000 {
        let error = norm.forward(x)? - tape.constant(norms[2].clone());
        let loss = (error * error).mean();
        if [0, 10, 100, 1000].contains(&step) {
            let loss = loss.value().item()?;
            let (of_mean, of_var) = (shares(&norm.mean_weight)?, shares(&norm.var_weight)?);
            println!("{step:4}  {loss:.6}   {of_mean}   {of_var}");
        }
        let gradients = loss.backward()?;
        for parameter in [&mut norm.mean_weight, &mut norm.var_weight] {
            let moved = parameter.value() - gradients.of(parameter)?;
            *parameter.value_mut() = moved;
        }
    }

    let layer = Configured::new("SwitchableNorm1d", Args::new().with("num_features", 2))?;
    println!("\n{}\n", layer.gradcheck(&x.value(), &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&x.value(), &CheckOptions::default())?);
    Ok(())
}

/// The largest difference between two outputs, unless it is rounding.
fn difference(a: &Tensor<f64>, b: &Tensor<f64>) -> Result<String> {
    let largest = (a - b).map(f64::abs).max()?.item()?;
    Ok(if largest < 1e-12 { "< 1e-12".to_owned() } else { format!("{largest:.4}") })
}

/// The softmax of mixing weights.
fn shares(weight: &Parameter<f64>) -> Result<String> {
    let shares = Tape::new().constant(weight.value().clone()).softmax(0)?.value().to_vec();
    Ok(format!("{:8.4}  {:.4}  {:.4}", shares[0], shares[1], shares[2]))
}
