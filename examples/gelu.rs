//! GELU: x times the chance of a standard normal number to be below x.
//!
//! Run with `cargo run --example gelu`; the chapter is `activation/gelu`.

use std::f32::consts::FRAC_1_SQRT_2;

use handgrad::activation::Approximate;
use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Real, Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-3.0, -1.0, -0.5, 0.0, 1.0, 3.0]));
    let y = x.gelu(Approximate::None);
    let cotangent = Tensor::ones([6]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x        {x}");
    println!("gelu(x)  {y}");
    println!("slope    {}\n", gradients.wrt(x)?);

    let normal = Tensor::<f32>::randn([10_000], &mut ChaCha8Rng::seed_from_u64(0));
    let below = normal.iter().filter(|&n| n < 1.0).count();
    println!("Of 10,000 standard normal numbers {below} are below 1; gelu(1) is 1 times the");
    println!("chance of that, {:.4}.\n", y.value().to_vec()[4]);

    println!("Far to the left the chance is tiny but not 0. In f32 erfc knows it; 1 + erf is 0:");
    let far = tape.constant(Tensor::<f32>::new([-6.0]));
    println!("gelu(-6)                   {:.2e}", far.gelu(Approximate::None).value().item()?);
    let naive = far.value().map(|x| 0.5 * x * (1.0 + Real::erf(x * FRAC_1_SQRT_2)));
    println!("-3 (1 + erf(-6 / sqrt 2))  {:.2e}\n", naive.item()?);

    let tape = Tape::new();
    let grid = tape.constant(Tensor::<f64>::linspace(0.0, 6.0, 601));
    let gap = (grid.gelu(Approximate::None) - grid.gelu(Approximate::Tanh)).abs().value();
    let x = grid.value().to_vec()[gap.argmax(0, false)?.item()?];
    println!("The form with a tanh is close. Between 0 and 6 it is furthest off at x = {x:.2},");
    println!("by {:.2e}.", gap.max()?.item()?);

    let point = Tensor::new([-3.0, -1.0, -0.5, 0.0, 1.0, 3.0]);
    for form in ["none", "tanh"] {
        let gelu = Configured::new("GELU", Args::new().with("approximate", form))?;
        println!("\napproximate = '{form}'");
        println!("{}\n", gelu.gradcheck(&point, &CheckOptions::default())?);
        println!("{}", gelu.dualcheck(&point, &CheckOptions::default())?);
    }
    Ok(())
}
