//! The JSON door: one request a line on stdin, one answer a line on stdout.
//!
//! For anyone who wants to hold an implementation of their own, in any language,
//! against this one:
//!
//! ```text
//! $ echo '{"layer": "ReLU", "dtype": "f64", "input": {"shape": [2], "data": [-1, 2]}}' |
//!     cargo run --release --example eval
//! ```
//!
//! A request has `layer` and `args` (PyTorch's class names and keywords), `dtype`
//! ("f32" or "f64"), `training` (default true), `input`, and may have
//! `parameters`, `buffers` (else their initial values) and `grad_output` (else all
//! ones). Anything refused is answered by `{"error": ..}`, and the next line is
//! served.

#[path = "shared/json.rs"]
mod json;

use std::io::{self, BufRead, Write};

use handgrad::module::State;
use handgrad::{Real, Result, Tape, Tensor, catalog};
use json::{from_tensor, given, refused, to_layer, to_object, to_state, to_tensor, to_training};
use serde_json::{Map, Value as Json, json};

const FIELDS: [&str; 8] =
    ["layer", "args", "dtype", "training", "input", "parameters", "buffers", "grad_output"];

fn main() -> io::Result<()> {
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let mut line = Vec::new();
    while input.read_until(b'\n', &mut line)? > 0 {
        let answer = serve(&line).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
        output.flush()?;
        line.clear();
    }
    Ok(())
}

/// The answer to one line.
fn serve(line: &[u8]) -> Result<Json> {
    let request: Json =
        serde_json::from_slice(line).map_err(|error| refused(format!("not JSON: {error}")))?;
    let request = to_object("the request", &request, &FIELDS)?;
    match request.get("dtype").map(Json::as_str) {
        None | Some(Some("f32")) => evaluate::<f32>(request),
        Some(Some("f64")) => evaluate::<f64>(request),
        Some(_) => Err(refused("dtype must be \"f32\" or \"f64\"")),
    }
}

/// Forward and backward through one layer.
fn evaluate<T: Real>(request: &Map<String, Json>) -> Result<Json> {
    let (name, args) = to_layer(request)?;
    let training = to_training(request)?;
    let input: Tensor<T> = to_tensor("input", given("input", request)?)?;

    let mut layer = catalog::build::<T>(name, &args)?;
    layer.set_training(training);
    let state = to_state(&*layer, request)?;
    layer.load_state_dict(&state)?;

    let tape = Tape::new();
    let x = tape.leaf(input);
    let y = layer.forward(x)?;
    let grad_output = match request.get("grad_output") {
        Some(given) => to_tensor("grad_output", given)?,
        None => Tensor::ones(y.shape()),
    };
    let gradients = y.backward_with(&grad_output)?;
    let grad_input = gradients.wrt(x)?;

    let (mut grad_parameters, mut buffers) = (Map::new(), Map::new());
    for (name, state) in layer.state() {
        match state {
            State::Parameter(parameter) => {
                grad_parameters.insert(name, from_tensor(gradients.of(parameter)?));
            }
            State::Buffer(buffer) => {
                buffers.insert(name, from_tensor(buffer));
            }
        }
    }
    Ok(json!({
        "output": from_tensor(&y.value()),
        "grad_input": from_tensor(grad_input),
        "grad_parameters": grad_parameters,
        "buffers": buffers,
        "printed": {
            "input": x.to_string(),
            "output": y.to_string(),
            "grad_input": grad_input.to_string(),
        },
    }))
}
