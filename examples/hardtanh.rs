//! Hardtanh: out of bounds there is no way back.
//!
//! Run with `cargo run --example hardtanh`; the chapter is
//! `activation/hardtanh`.

use handgrad::catalog::Configured;
use handgrad::check::CheckOptions;
use handgrad::module::Args;
use handgrad::{Result, Tape, Tensor};

fn main() -> Result<()> {
    // ANCHOR: example
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([-3.0, -1.0, -0.5, 0.25, 1.0, 3.0]));
    let y = x.hardtanh(-1.0, 1.0)?;
    let cotangent = Tensor::new([1.0, -2.0, 3.0, -4.0, 5.0, -6.0]);
    let gradients = y.backward_with(&cotangent)?;
    // ANCHOR_END: example

    println!("x           {}", x.value());
    println!("hardtanh(x) {}\n", y.value());
    println!("The cotangent passes between the bounds, and stops on them and outside:");
    println!("cotangent   {cotangent}");
    println!("gradient    {}\n", gradients.wrt(x)?);

    println!("Gradient descent on y^2 / 2 wants y to be 0. From x = 0.9 both functions get there.");
    println!("From x = 3 tanh makes its way slowly, and Hardtanh does not move:");
    println!("             tanh           Hardtanh");
    let mut points = [Tensor::<f32>::new([0.9, 3.0]), Tensor::<f32>::new([0.9, 3.0])];
    for steps in 1..=120 {
        for (index, x) in points.iter_mut().enumerate() {
            let tape = Tape::new();
            let leaf = tape.leaf(x.clone());
            let y = if index == 0 { leaf.tanh() } else { leaf.hardtanh(-1.0, 1.0)? };
            let gradients = (y * y * 0.5).sum().backward()?;
            *x = &*x - &gradients.wrt(leaf)?.scale(0.5);
        }
        if [1, 20, 80, 120].contains(&steps) {
            let [soft, hard] = [points[0].to_vec(), points[1].to_vec()];
            print!("{steps:>3} steps  {:>6.2} {:>6.2}", soft[0], soft[1]);
            println!("  {:>6.2} {:>6.2}", hard[0], hard[1]);
        }
    }
    println!();

    let hardtanh = Configured::new("Hardtanh", Args::new().with("min_val", -0.5))?;
    let point = Tensor::new([-3.0, -1.0, -0.5, 0.25, 1.0, 3.0]);
    println!("{}\n", hardtanh.gradcheck(&point, &CheckOptions::default())?);
    println!("{}", hardtanh.dualcheck(&point, &CheckOptions::default())?);
    Ok(())
}
