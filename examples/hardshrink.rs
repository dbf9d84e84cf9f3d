//! Hardshrink: what is small becomes 0, what is not stays whole.
//!
//! Run with `cargo run --example hardshrink`; the chapter is
//! `activation/hardshrink`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-2.0, -0.5, -0.25, 0.0, 0.5, 0.51, 2.0]));
    let y = x.hardshrink(0.5);
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0, -6.0, 7.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x             {}", x.value());
    println!("hardshrink(x) {}\n", y.value());
    println!("From 0.5 to 0.51 the function jumps. The gradient knows only whether x was small:");
    println!("cotangent     {cotangent}");
    println!("gradient      {}\n", gradients.wrt(x)?);

    println!("Made for signals that are mostly 0, under a noise of standard deviation 0.2:");
    let signal = Tensor::<f32>::new([0.0, 0.0, 3.0, 0.0, -2.0, 0.0, 0.0, 1.0]);
    let disturbance = Tensor::randn([8], &mut ChaCha8Rng::seed_from_u64(0)).scale(0.2);
    let noisy = tape.constant(&signal + &disturbance);
    println!("signal        {signal}");
    println!("noisy         {}", noisy.value());
    println!("hardshrink    {}", noisy.hardshrink(0.5).value());
    println!("softshrink    {}", noisy.softshrink(0.5)?.value());
    println!("Softshrink takes 0.5 from what it keeps too. The sums of the squared errors:");
    for (name, y) in [
        ("noisy", noisy),
        ("hardshrink", noisy.hardshrink(0.5)),
        ("softshrink", noisy.softshrink(0.5)?),
    ] {
        let error = &y.value() - &signal;
        println!("{name:<13} {:.3}", (&error * &error).sum().item()?);
    }
    println!();

    let hardshrink = Configured::new("Hardshrink", Args::new().with("lambd", 0.5))?;
    let point = Tensor::new([-2.0, -0.5, -0.25, 0.0, 0.5, 0.51, 2.0]);
    println!("{}\n", hardshrink.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", hardshrink.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
