//! SiLU: x times its own sigmoid, with a minimum below 0.
//!
//! Run with `cargo run --example silu`; the chapter is `activation/silu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]));
    let y = x.silu();
    let cotangent = Tensor::ones([7]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x        {}", x.value());
    println!("silu(x)  {}", y.value());
    println!("slope    {}\n", gradients.wrt(x)?);

    println!(
        "The slope is negative far to the left, and above 1 far to the right. Where it is 0 the"
    );
    println!("function has its minimum, found here by halving the interval between -2 and -1:");
    let (mut low, mut high) = (-2.0_f64, -1.0_f64);
    let tape = Tape::new();
    for _ in 0..50 {
        let middle = tape.leaf(Tensor::scalar(f64::midpoint(low, high)));
        let slope = middle.silu().backward()?.wrt(middle)?.item()?;
        *(if slope < 0.0 { &mut low } else { &mut high }) = middle.value().item()?;
    }
    let least = tape.constant(Tensor::scalar(low));
    let y = least.silu().value().item()?;
    println!("x = {low:.4}, silu(x) = {y:.4}; there silu(x) is x + 1.\n");

    println!("At the infinities it has its limits. The product x * sigmoid(x) is NaN at one end:");
    let ends = tape.leaf(Tensor::<f64>::new([f64::NEG_INFINITY, f64::INFINITY]));
    let slope = ends.silu().sum().backward()?.wrt(ends)?.cast::<f32>();
    println!("silu     {}", ends.silu().value().cast::<f32>());
    println!("slope    {slope}");
    println!("product  {}\n", (ends * ends.sigmoid()).value().cast::<f32>());

    let silu = Configured::new("SiLU", Args::new())?;
    let point = Tensor::new([-4.0, -2.0, -1.0, 0.0, 1.0, 2.0, 4.0]);
    println!("{}\n", silu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", silu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
