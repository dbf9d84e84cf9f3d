//! Softmin: the smallest number has the largest share.
//!
//! Run with `cargo run --example softmin`; the chapter is `activation/softmin`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{PrintOptions, Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[1.0, 2.0, 3.0], [2.0, 0.0, 2.0]]));
    let y = x.softmin(-1)?;
    let cotangent = Tensor::new([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("softmin(x)\n{}\n", y.value());
    println!("cotangent\n{cotangent}");
    println!("gradient: a share grows as its number falls\n{}\n", gradients.wrt(x)?);

    println!("softmax(-x) has the same values and gradients, in two operations:");
    let softmax = (-x).softmax(-1)?;
    println!("{}", softmax.value());
    println!("{}\n", softmax.backward_with(&cotangent)?.wrt(x)?);

    println!("Three distances, and their mean with the softmin of a multiple of them for weights.");
    println!("As the multiple grows, the mean becomes the minimum:");
    let plain = PrintOptions { sci_mode: Some(false), ..PrintOptions::default() };
    let distances = tape.constant(Tensor::<f32>::new([1.0, 1.5, 3.0]));
    println!("          {distances}");
    for scale in [0.0, 1.0, 4.0, 16.0] {
        let shares = (distances * scale).softmin(0)?;
        let mean = (shares * distances).sum().value().item()?;
        println!("{scale:>2} times: {}  mean {mean:.4}", plain.show(&shares.value()));
    }
    println!();

    let softmin = Configured::new("Softmin", Args::new().with("dim", -1))?;
    let point = Tensor::new([[1.0, 2.0, 3.0], [2.0, 0.0, 2.0]]);
    println!("{}\n", softmin.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", softmin.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
