//! SELU: mean 0 and variance 1 go in, and come out again.
//!
//! Run with `cargo run --example selu`; the chapter is `activation/selu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-5.0, -1.0, 0.0, 1.0, 5.0]));
    let y = x.selu();
    let cotangent = Tensor::ones([5]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x        {x}");
    println!("selu(x)  {y}\n");
    println!("The slope is greatest at 0 and falls off on its left; on its right it is constant:");
    println!("slope    {}\n", gradients.wrt(x)?);

    println!("1,000 samples of standard normal numbers go through linear layers of width 64,");
    println!("whose weights are normal with variance 1/64, each followed by an activation. SELU");
    println!("keeps the mean near 0 and the variance near 1; ReLU lets both die out:");
    println!("                   SELU              ReLU");
    println!("layers     mean  variance    mean  variance");
    let tape = Tape::<f64>::new();
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let input = tape.constant(Tensor::randn([1000, 64], &mut rng));
    let (mut selu, mut relu) = (input, input);
    for layer in 1..=16 {
        let weight = tape.constant(Tensor::randn([64, 64], &mut rng).scale(1.0 / 8.0));
        (selu, relu) = (selu.matmul(weight)?.selu(), relu.matmul(weight)?.relu());
        if [1, 2, 4, 8, 16].contains(&layer) {
            print!("{layer:<6}");
            for y in [selu.value(), relu.value()] {
                print!("   {:6.2}  {:8.4}", y.mean().item()?, y.var(0.0).item()?);
            }
            println!();
        }
    }
    println!();

    let layer = Configured::new("SELU", Args::new())?;
    let point = Tensor::new([-5.0, -1.0, 0.0, 1.0, 5.0]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
