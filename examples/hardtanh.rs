//! Hardtanh: out of bounds there is no way back.
//!
//! Run with `cargo run --example hardtanh`; the chapter is
//! `activation/hardtanh`.

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, dualcheck_layer, gradcheck_layer};
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

    println!("Gradient descent on y^2 / 2 wants y to be 0. From 0.9 both functions get there; from");
    println!("3 tanh makes its way slowly, and Hardtanh does not move:");
    let mut x = Tensor::<f32>::new([[0.9, 3.0], [0.9, 3.0]]);
    println!("            tanh from 0.9, 3    Hardtanh from 0.9, 3");
    for steps in 1..=40 {
        let tape = Tape::new();
        let (soft, hard) = (tape.leaf(x.select(0, 0)?), tape.leaf(x.select(0, 1)?));
        let outputs = [soft.tanh(), hard.hardtanh(-1.0, 1.0)?];
        let losses = outputs.map(|y| (y * y * 0.5).sum());
        let gradients = (losses[0] + losses[1]).backward()?;
        let slopes = Tensor::stack(&[gradients.wrt(soft)?, gradients.wrt(hard)?], 0)?;
        x = &x - &slopes.scale(0.5);
        if [1, 10, 40].contains(&steps) {
            let x = x.to_vec();
            println!("{steps:>2} steps    {:>7.2} {:>7.2}     {:>7.2} {:>7.2}", x[0], x[1], x[2], x[3]);
        }
    }
    println!();

    let hardtanh = Configured::new("Hardtanh", Args::new().with("min_val", -0.5))?;
    let point = Tensor::new([-3.0, -1.0, -0.5, 0.25, 1.0, 3.0]);
    println!("{}\n", gradcheck_layer(&hardtanh, &point, &CheckOptions::default())?);
    println!("{}", dualcheck_layer(&hardtanh, &point, &CheckOptions::default())?);
    Ok(())
}
