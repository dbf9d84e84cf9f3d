//! GEGLU: a gate that is a GELU, and the order of the halves.
//!
//! Run with `cargo run --example geglu`; the chapter is `activation/geglu`.

use handgrad::activation::Approximate;
use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::ops::cat;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    // Each row is two numbers, a, and their two gates, b.
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[4.0, -2.0, 0.5, -1.0], [10.0, 1.0, 2.75, 0.0]]));
    let y = x.geglu(-1, Approximate::None)?;
    let cotangent = Tensor::new([[1.0, 2.0], [3.0, 4.0]]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x\n{}", x.value());
    println!("geglu(x): the gate at -1 is {:.4}, so -2 changes its sign", gate(-1.0)?);
    println!("{}\n", y.value());
    println!("cotangent\n{cotangent}");
    println!("gradient: a gate at 0 is shut for its number, and its own slope there is one half");
    println!("{}\n", gradients.wrt(x)?);

    println!("The same from its parts:");
    let (a, b) = (x.narrow(-1, 0, 2)?, x.narrow(-1, 2, 2)?);
    let parts = a * b.gelu(Approximate::None);
    println!("{}", parts.value());
    println!("{}\n", parts.backward_with(&cotangent)?.wrt(x)?);

    println!("Code that puts the gate first means other numbers; exchange the halves for it:");
    println!("{}\n", cat(&[b, a], -1)?.geglu(-1, Approximate::None)?.value());

    println!("The gap between the exact form and the one with a tanh is multiplied by a:");
    let tape = Tape::<f64>::new();
    for a in [1.0, 10.0, 100.0] {
        let pair = tape.constant(Tensor::new([a, 2.75]));
        let gap = pair.geglu(0, Approximate::Tanh)? - pair.geglu(0, Approximate::None)?;
        println!("a = {a:>3}, b = 2.75: {:.1e}", gap.value().item()?);
    }
    println!();

    let point = Tensor::new([[4.0, -2.0, 0.5, -1.0], [10.0, 1.0, 2.75, 0.0]]);
    let geglu = Configured::new("GEGLU", Args::new().with("approximate", "tanh"))?;
    println!("{}\n", geglu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", geglu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}

/// What a gate multiplies by.
fn gate(b: f32) -> Result<f32> {
    Tape::new().constant(Tensor::scalar(b)).gelu(Approximate::None).value().item()
}
