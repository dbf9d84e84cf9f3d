//! ELU: a negative side that levels off at -alpha.
//!
//! Run with `cargo run --example elu`; the chapter is `activation/elu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -1.0, 0.0, 1.0, 4.0]));
    let y = x.elu(1.0);
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x         {x}");
    println!("elu(x)    {y}\n");
    println!("Up to 0 the cotangent is multiplied by e^x, above 0 it passes:");
    println!("cotangent {cotangent}");
    println!("gradient  {}\n", gradients.wrt(x)?);

    println!("With alpha = 1 the slope is 1 on both sides of 0. Any other alpha makes a corner:");
    let around = tape.leaf(Tensor::new([-0.01, 0.0, 0.01]));
    println!("x         {}", around.value());
    for alpha in [0.5, 1.0, 2.0] {
        let gradients = around.elu(alpha).sum().backward()?;
        println!("alpha {alpha:.1} {}", gradients.wrt(around)?);
    }

    println!("\nWhat is negative pulls the mean towards 0. Of 10,000 standard normal numbers");
    let normal = Tensor::randn([10_000], &mut ChaCha8Rng::seed_from_u64(0));
    let normal = tape.constant(normal);
    println!("ReLU makes a mean of {:.2},", normal.relu().value().mean().item()?);
    println!("ELU makes a mean of  {:.2}.\n", normal.elu(1.0).value().mean().item()?);

    let elu = Configured::new("ELU", Args::new().with("alpha", 2.0))?;
    let point = Tensor::new([-4.0, -1.0, 0.0, 1.0, 4.0]);
    println!("{}\n", elu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", elu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
