//! GLU: a number, and a gate that lets a share of it through.
//!
//! Run with `cargo run --example glu`; the chapter is `activation/glu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Each row is two numbers, a, and their two gates, b.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[4.0, -3.0, 0.0, 1.0], [2.0, 0.5, -2.0, 3.0]]));
    let y = x.glu(-1)?;
    let cotangent = Tensor::new([[1.0, 1.0], [10.0, 10.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("glu(x), half as wide\n{}\n", y.value());
    println!("cotangent\n{cotangent}");
    println!("gradient: sigmoid(b) of the cotangent for a; for b also times a and 1 - sigmoid(b)");
    println!("{}\n", gradients.wrt(x)?);

    println!("The same from its parts:");
    let tape = Tape::new();
    let x = tape.leaf(x.value());
    let y = x.narrow(-1, 0, 2)? * x.narrow(-1, 2, 2)?.sigmoid();
    println!("{}", y.value());
    println!("{}", y.backward_with(&cotangent)?.wrt(x)?);
    print!("{tape}");

    println!("\nUnlike a sigmoid it does not flatten large numbers. Its slope in a is the share");
    println!("that the gate lets through, however large a is; here the gate is at 2:");
    for a in [1.0, 10.0, 100.0] {
        let pair = tape.leaf(Tensor::new([a, 2.0]));
        let y = pair.glu(0)?;
        let slope = y.sum().backward()?.wrt(pair)?.to_vec()[0];
        println!("a = {a:>3}, glu = {:>7.4}, slope in a = {slope:.4}", y.value().item()?);
    }
    println!();

    let glu = Configured::new("GLU", Args::new().with("dim", -1))?;
    let point = Tensor::new([[4.0, -3.0, 0.0, 1.0], [2.0, 0.5, -2.0, 3.0]]);
    println!("{}\n", glu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", glu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
