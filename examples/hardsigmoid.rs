//! Hardsigmoid: three straight pieces in place of the sigmoid's curve.
//!
//! Run with `cargo run --example hardsigmoid`; the chapter is
//! `activation/hardsigmoid`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-4.0, -3.0, -1.5, 0.0, 1.5, 3.0, 4.0]));
    let y = x.hardsigmoid();
    let cotangent = Tensor::ones([7]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let sigmoid = x.sigmoid();
    println!("x              {}", x.value());
    println!("hardsigmoid(x) {}", y.value());
    println!("sigmoid(x)     {}\n", sigmoid.value());
    println!(
        "The slope is 1/6 between -3 and 3, and 0 from there on, where the sigmoid's only fades:"
    );
    println!("of hardsigmoid {}", gradients.wrt(x)?);
    println!("of sigmoid     {}\n", sigmoid.backward_with(&cotangent)?.wrt(x)?);

    let tape = Tape::new();
    let grid = tape.constant(Tensor::<f64>::linspace(0.0, 6.0, 601));
    let gap = (grid.hardsigmoid() - grid.sigmoid()).value();
    let (above, below) = (gap.argmax(0, false)?.item()?, gap.argmin(0, false)?.item()?);
    let (gap, x) = (gap.to_vec(), grid.value().to_vec());
    println!("Hardsigmoid less sigmoid to the right of 0, where it is least and greatest:");
    println!("x = {:.2}  {:6.3}", x[below], gap[below]);
    println!("x = {:.2}  {:6.3}\n", x[above], gap[above]);

    let hardsigmoid = Configured::new("Hardsigmoid", Args::new())?;
    let point = Tensor::new([-4.0, -3.0, -1.5, 0.0, 1.5, 3.0, 4.0]);
    println!("{}\n", hardsigmoid.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", hardsigmoid.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
