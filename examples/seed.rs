//! The article's experiment: what LayerNorm, PReLU, ReLU and LeakyReLU make of
//! ten numbers, printed as PyTorch prints it; then what comes back through them.
//!
//! Run with `cargo run --release --example seed`, and step through it with
//! `cargo run --release --example step`.

use handgrad::activation::{LeakyReLU, PReLU, ReLU};
use handgrad::check::{CheckOptions, Function, dualcheck, gradcheck};
use handgrad::norm::{LayerNorm, LayerNormConfig, layer_norm};
use handgrad::ops::stack;
use handgrad::{Module, Real, Result, Tape, Tensor, Var};

const NUMBERS: [f64; 10] = [-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1];

fn main() -> Result<()> {
    forward()?;
    backward()?;
    check()
}

/// The article's program.
// ANCHOR: forward
fn forward() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::new(NUMBERS).cast::<f32>());
    let mut layer_norm = LayerNorm::with([10], LayerNormConfig { eps: 0.0, ..Default::default() })?;
    let normalized = layer_norm.forward(x)?;

    println!("{x}");
    println!("LN: {normalized}");
    println!("PRelu: {}", PReLU::default().forward(normalized)?);
    println!("Relu: {}", ReLU.forward(normalized)?);
    println!("LeakyRelu: {}", LeakyReLU { negative_slope: 0.01 }.forward(normalized)?);
    Ok(())
}
// ANCHOR_END: forward

/// The same model, differentiated: a cotangent enters each of the three outputs.
// ANCHOR: backward
fn backward() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new(NUMBERS).cast::<f32>());
    let mut layer_norm = LayerNorm::with([10], LayerNormConfig { eps: 0.0, ..Default::default() })?;
    let mut prelu = PReLU::default();
    let normalized = layer_norm.forward(x)?;
    let outputs = [
        prelu.forward(normalized)?,
        ReLU.forward(normalized)?,
        LeakyReLU { negative_slope: 0.01 }.forward(normalized)?,
    ];

    // Each output's cotangent is a row: 1 for the first number, 2 for the second...
    let row = Tensor::arange(1.0, 11.0, 1.0)?;
    let cotangent = row.expand([3, 10])?;
    let gradients =
        stack(&outputs, 0)?.backward_steps(&cotangent)?.keep_intermediates().finish()?;

    println!("\nBackward, with the cotangent\n{row}\nat each of the three outputs.");
    println!("The three contributions add up at LN's output:\n{}", gradients.wrt(normalized)?);
    println!("They go on to the input, where they sum to 0:\n{}", gradients.wrt(x)?);
    println!("and to the parameters:");
    for (name, parameter) in layer_norm.parameters() {
        println!("LN's {name}: {}", gradients.of(parameter)?);
    }
    println!("PRelu's slope: {}", gradients.of(&prelu.weight)?);
    Ok(())
}
// ANCHOR_END: backward

/// The model as a function of the ten numbers and of every parameter.
struct Model;

impl Function for Model {
    fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let [x, weight, bias, slope] = *v else { unreachable!("four inputs are given below") };
        let normalized = layer_norm(x, [10], Some(weight), Some(bias), 0.0)?;
        stack(&[normalized.prelu(slope)?, normalized.relu(), normalized.leaky_relu(0.01)], 0)
    }
}

/// Is it right?
fn check() -> Result<()> {
    let inputs =
        [Tensor::new(NUMBERS), Tensor::ones([10]), Tensor::zeros([10]), Tensor::new([0.25])];
    let names = ["x", "LN weight", "LN bias", "PRelu slope"].map(str::to_owned).into();
    let options = CheckOptions { names, ..CheckOptions::default() };
    println!("\nIs it right? Two references that know nothing of the backwards:\n");
    println!("{}\n", gradcheck(|v| Model.call(v), &inputs, &options)?);
    println!("{}", dualcheck(&Model, &inputs, &options)?);
    Ok(())
}
