//! RReLU: every negative number meets a slope of its own, drawn at random.
//!
//! Run with `cargo run --example rrelu`; the chapter is `activation/rrelu`.

use handgrad::activation::RReLU;
use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Module, Result, Tape, Tensor};
use rand::{SeedableRng, rngs::ChaCha8Rng};

fn main() -> Result<()> {
    // ANCHOR: example
    let mut rrelu = RReLU::new(0.1, 0.3, &mut ChaCha8Rng::seed_from_u64(0))?;
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-1.0, -1.0, -1.0, 0.0, 2.0]));
    let (first, second) = (rrelu.forward(x)?, rrelu.forward(x)?);
    let cotangent = Tensor::ones([5]);
    let gradients = first.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x              {x}");
    println!("first forward  {}", first.value());
    println!("second forward {}\n", second.value());
    println!("Each forward in training draws anew, and keeps what it drew for its backward:");
    println!("cotangent      {cotangent}");
    println!("of the first   {}", gradients.wrt(x)?);
    println!("of the second  {}\n", second.backward_with(&cotangent)?.wrt(x)?);

    println!("In evaluation every slope is the mean of 0.1 and 0.3:");
    Module::<f32>::eval(&mut rrelu);
    println!("evaluation     {}", rrelu.forward(x)?.value());
    println!("That is what training gives on average. Here is the mean of 10,000 draws at -1:");
    Module::<f32>::train(&mut rrelu);
    let many = rrelu.forward(tape.constant(Tensor::full([10_000], -1.0_f32)))?;
    println!("mean           {:.3}\n", many.value().mean().item()?);

    let layer = Configured::new("RReLU", Args::new().with("lower", 0.1).with("upper", 0.3))?;
    let point = Tensor::new([-1.0, -1.0, -1.0, 0.0, 2.0]);
    println!("{}\n", layer.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", layer.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
