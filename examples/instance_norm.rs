//! InstanceNorm: brightness and contrast are taken from each image alone.
//!
//! Run with `cargo run --example instance_norm`; the chapter is `norm/instance_norm`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::norm::{BatchNorm2d, InstanceNorm2d, InstanceNormConfig};
use handgrad::{Module, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Two images of one channel, 2 by 2. The second is the first with twice the contrast,
    // and brighter by 10.
    let config = InstanceNormConfig { affine: true, ..InstanceNormConfig::default() };
    let mut norm = InstanceNorm2d::<f32>::with(1, config);
    let image = Tensor::new([[[1.0, 7.0], [9.0, 15.0]]]);
    let images = Tensor::stack(&[&image, &(&image.scale(2.0) + 10.0)], 0)?;
    let tape = Tape::new();
    let x = tape.leaf(images.clone());
    let y = norm.forward(x)?;
    let cotangent = Tensor::new([[[[1.0, 0.0], [0.0, 0.0]]], [[[1.0, 0.0], [0.0, 0.0]]]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{x}");
    println!("instance_norm(x): the images are no longer told apart\n{y}\n");
    println!("cotangent: one pixel of each image\n{cotangent}");
    println!("gradient of x: each image's sums to 0; where the contrast is double, it is half");
    println!("{}", gradients.wrt(x)?);
    for (name, parameter) in norm.parameters() {
        println!("gradient of {name}: {}", gradients.of(parameter)?);
    }

    println!("\nThe cotangent for the first image alone: the second gets none. BatchNorm, which");
    println!("standardizes the channel of both images together, hands it a share:");
    let first = Tensor::cat(&[&cotangent.narrow(0, 0, 1)?, &Tensor::zeros([1, 1, 2, 2])], 0)?;
    let second_image = |tensor: &Tensor<f32>| tensor.select(0, 1)?.flatten(0, -1);
    let gradients = y.backward_with(&first)?;
    println!("instance_norm {}", second_image(gradients.wrt(x)?)?);
    let gradients = BatchNorm2d::new(1).forward(x)?.backward_with(&first)?;
    println!("batch_norm    {}\n", second_image(gradients.wrt(x)?)?);

    println!("At a thousandth of its contrast the first image is nearly flat, with a variance");
    println!("of 2.5e-5. It is stretched nearly to the full contrast all the same, unless eps");
    println!("is larger than that:");
    let flat = tape.constant(image.scale(0.001));
    println!("eps=1e-5: {}", norm.forward(flat)?.value().flatten(0, -1)?);
    let larger = InstanceNormConfig { eps: 1e-3, ..InstanceNormConfig::default() };
    let y = InstanceNorm2d::with(1, larger).forward(flat)?;
    println!("eps=1e-3: {}\n", y.value().flatten(0, -1)?);

    println!("Evaluation does the same, unless running statistics are kept. One step with them:");
    let tracked = InstanceNormConfig { track_running_stats: true, ..InstanceNormConfig::default() };
    let mut norm = InstanceNorm2d::<f32>::with(1, tracked);
    norm.watch();
    norm.forward(x)?;
    if let Some(timeline) = norm.timeline() {
        println!("{timeline}");
    }
    println!("The batch's mean is the average of the images' means, 8 and 26, its variance that");
    println!("of their variances, 25 and 100. How far apart the means are does not enter. The");
    println!(
        "variance of all eight pixels, which BatchNorm would take in, is larger: {}",
        images.var(0.0).item()?
    );
    norm.eval();
    println!("\ninstance_norm(x) in evaluation: these images are told apart");
    println!("{}\n", norm.forward(x)?.value());

    let args = Args::new().with("num_features", 1).with("affine", true);
    let layer = Configured::new("InstanceNorm2d", args)?;
    let point = images.cast();
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
