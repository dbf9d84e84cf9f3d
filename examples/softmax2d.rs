//! Softmax2d: at every place of an image the channels share a 1.
//!
//! Run with `cargo run --example softmax2d`; the chapter is
//! `activation/softmax2d`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Three channels of an image of one row and two columns.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[[1.0, 0.0]], [[2.0, 0.0]], [[3.0, 4.0]]]));
    let y = x.softmax2d()?;
    // A cotangent for the first channel of the left place.
    let cotangent = Tensor::new([[[1.0, 0.0]], [[0.0, 0.0]], [[0.0, 0.0]]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x, three channels of [1, 2]\n{}", x.value());
    println!("softmax2d(x)\n{}\n", y.value());
    println!("The sum over the channels is 1 at each place:");
    for (column, sum) in y.value().sum_dims(&[0], false)?.iter().enumerate() {
        println!("column {column}: {sum:.4}");
    }
    println!("\ngradient: it reaches all channels of the one place, and no other place");
    println!("{}\n", gradients.wrt(x)?);

    println!("Over the last dim each channel would share a 1 among its places instead:");
    println!("{}\n", x.softmax(-1)?.value());
    println!("A tensor of another rank has no channels to speak of, and is refused:");
    if let Err(error) = x.reshape([3, 2])?.softmax2d() {
        println!("{error}\n");
    }

    let softmax2d = Configured::new("Softmax2d", Args::new())?;
    let point = Tensor::new([[[1.0, 0.0]], [[2.0, 0.0]], [[3.0, 4.0]]]);
    println!("{}\n", softmax2d.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", softmax2d.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
