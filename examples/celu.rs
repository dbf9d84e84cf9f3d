//! CELU: an ELU that has no corner, whatever its alpha.
//!
//! Run with `cargo run --example celu`; the chapter is `activation/celu`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-6.0, -2.0, -0.01, 0.0, 0.01, 2.0]));
    let y = x.celu(2.0)?;
    let cotangent = Tensor::ones([6]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    let elu = x.elu(2.0);
    println!("Both go towards -alpha, here -2. ELU arrives earlier:");
    println!("x             {}", x.value());
    println!("celu(x)       {}", y.value());
    println!("elu(x)        {}\n", elu.value());
    println!("At 0 the slope of CELU goes over into 1. That of ELU jumps from 2 to 1:");
    println!("CELU's slope  {}", gradients.wrt(x)?);
    println!("ELU's slope   {}\n", elu.backward_with(&cotangent)?.wrt(x)?);

    println!("CELU is the ELU of alpha 1, stretched by alpha both ways: alpha elu(x / alpha)");
    println!("stretched ELU {}\n", ((x / 2.0).elu(1.0) * 2.0).value());

    println!("The larger alpha, the more of the negative side is left:");
    let minus_one = tape.constant(Tensor::<f32>::new([-1.0]));
    for alpha in [0.01, 0.1, 1.0, 10.0, 100.0] {
        println!("alpha {alpha:<5} celu(-1) = {:.4}", minus_one.celu(alpha)?.value().item()?);
    }
    println!();

    let celu = Configured::new("CELU", Args::new().with("alpha", 2.0))?;
    let point = Tensor::new([-6.0, -2.0, -0.01, 0.0, 0.01, 2.0]);
    println!("The slope is continuous at 0 but has a corner there, which counts as a kink:");
    println!("{}\n", celu.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", celu.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
