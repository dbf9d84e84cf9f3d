//! Steps through any layer of the catalog, or the article's model: forward node
//! by node, then backward node by node, each tensor printed.
//!
//! ```text
//! cargo run --example step -- LayerNorm --set eps=0 --input "[[1,2,3],[4,5,9]]"
//! ```

#[path = "../shared/json.rs"]
mod json;
mod options;
mod pages;
mod screen;

use std::io::IsTerminal;
use std::process::ExitCode;

use handgrad::activation::PReLU;
use handgrad::norm::{LayerNorm, LayerNormConfig};
use handgrad::ops::stack;
use handgrad::{Module, Real, Result, Tape, Tensor, Var, catalog};
use options::{Dtype, Options};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let options = options::parse(lexopt::Parser::from_env())?;
    if options.help {
        print!("{}", options::HELP);
        return Ok(());
    }
    if options.list {
        list();
        return Ok(());
    }
    let pages = match options.dtype {
        Dtype::F32 => pages_of::<f32>(&options)?,
        Dtype::F64 => pages_of::<f64>(&options)?,
    };
    let interactive =
        !options.all && std::io::stdout().is_terminal() && std::io::stdin().is_terminal();
    let shown = if interactive { screen::step(&pages) } else { screen::print_all(&pages) };
    shown.map_err(|error| json::refused(error.to_string()))
}

/// The layers, one line each, and their arguments.
fn list() {
    for entry in catalog::entries() {
        let about = &entry.about;
        println!("{:<12} {}", about.name, about.summary);
        for argument in about.arguments {
            let default = match &argument.default {
                Some(default) => format!("{}={default}", argument.name),
                None => argument.name.to_owned(),
            };
            println!("    {default:<28} {}", argument.meaning);
        }
    }
}

/// Runs the model and describes each step.
fn pages_of<T: Real>(options: &Options) -> Result<Vec<pages::Page>> {
    let tape = Tape::new();
    let name = options.layer.as_deref().unwrap_or("article");
    let y = if name == "article" {
        let numbers = Tensor::new([-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1]);
        let x = tape.leaf(input(options)?.unwrap_or_else(|| numbers.cast()));
        article(x)?
    } else {
        let x = Tensor::new([[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]).cast();
        let x = tape.leaf(input(options)?.unwrap_or(x));
        // What the layer cannot do without is guessed, what is set is taken.
        let mut args = catalog::find(name)?.args_for(&x.shape());
        for (name, value) in options.args.iter() {
            args.set(name, value.clone());
        }
        let mut layer = catalog::build::<T>(name, &args)?;
        layer.set_training(options.training);
        layer.forward(x)?
    };
    let cotangent = match &options.cotangent {
        Some(given) => json::nested_to_tensor("--cotangent", given)?,
        None => random_cotangent(y),
    };
    pages::describe(&tape, y, &cotangent)
}

fn input<T: Real>(options: &Options) -> Result<Option<Tensor<T>>> {
    options.input.as_ref().map(|given| json::nested_to_tensor("--input", given)).transpose()
}

/// The article's model. Its three outputs are stacked, so that one sweep goes
/// back through all of them.
fn article<T: Real>(x: Var<'_, T>) -> Result<Var<'_, T>> {
    let config = LayerNormConfig { eps: 0.0, ..LayerNormConfig::default() };
    let normalized = LayerNorm::with(x.shape(), config)?.forward(x)?;
    let prelu = PReLU::default().forward(normalized)?;
    stack(&[prelu, normalized.relu(), normalized.leaky_relu(0.01)], 0)
}

/// Random, the same each time, and short to read: one digit after the point.
fn random_cotangent<T: Real>(y: Var<'_, T>) -> Tensor<T> {
    let draws = Tensor::<f64>::randn(y.shape(), &mut ChaCha8Rng::seed_from_u64(0));
    draws.map(|x| T::from_f64((x * 10.0).round() / 10.0))
}
