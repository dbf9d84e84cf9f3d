//! Tanh: a sigmoid stretched to lie around 0, with four times its slope.
//!
//! Run with `cargo run --example tanh`; the chapter is `activation/tanh`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-3.0, -1.0, 0.0, 1.0, 3.0]));
    let y = x.tanh();
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x                   {}", x.value());
    println!("tanh(x)             {}", y.value());
    println!("2 sigmoid(2x) - 1   {}\n", ((x * 2.0).sigmoid() * 2.0 - 1.0).value());
    println!("The slope, 1 - y^2, is 1 at 0; the sigmoid's is a quarter there. Both fade far out:");
    println!("slope of tanh       {}", gradients.wrt(x)?);
    println!("slope of sigmoid    {}\n", x.sigmoid().backward_with(&cotangent)?.wrt(x)?);

    println!("Ten in a row leave something of a small number's gradient, little of a large one's:");
    let small = tape.leaf(Tensor::<f32>::new([0.01, 0.1, 1.0, 2.0]));
    let ten = (0..10).fold(small, |y, _| y.tanh());
    println!("x                   {}", small.value());
    println!("gradient, ten tanhs {}\n", ten.sum().backward()?.wrt(small)?);

    let normal = Tensor::<f64>::randn([10_000], &mut ChaCha8Rng::seed_from_u64(0));
    let tape = Tape::new();
    let normal = tape.constant(normal);
    println!("Of 10,000 standard normal numbers tanh keeps the mean near 0, the sigmoid does not:");
    println!("mean                {:.2}", normal.value().mean().item()?);
    println!("mean of tanh        {:.2}", normal.tanh().value().mean().item()?);
    println!("mean of sigmoid     {:.2}\n", normal.sigmoid().value().mean().item()?);

    let tanh = Configured::new("Tanh", Args::new())?;
    let point = Tensor::new([-3.0, -1.0, 0.0, 1.0, 3.0]);
    println!("{}\n", tanh.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", tanh.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
