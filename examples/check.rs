//! Checks a gradient that was computed elsewhere, in any language.
//!
//! Reads one JSON request a line on stdin, in the form of `eval`, with the gradients of
//! an implementation of your own in the fields of `eval`'s answer:
//!
//! ```text
//! $ echo '{"layer": "Softmax", "args": {"dim": 0},
//!          "input": {"shape": [3], "data": [1, 2, 3]}, "grad_output": {"shape": [3], "data": [1, 0, -1]},
//!          "grad_input": {"shape": [3], "data": [0.09003, 0, -0.66524]}}' | tr -d '\n' |
//!     cargo run --release --example check
//! ```
//!
//! `grad_input`, `grad_parameters` and `output` are checked where they are given; what is
//! not is left out. For each line the report and its diagnosis are printed. The exit
//! code is 0 if all passed, 1 if a gradient is wrong, 2 if a request cannot be served.
//!
//! `dtype` says how exact the numbers are: "f32" (the default) lets a ten-thousandth pass,
//! "f64" a billionth. `tolerance` says it in a number.

#[path = "shared/json.rs"]
mod json;

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use handgrad::catalog::{self, Configured};
use handgrad::check::{CheckOptions, Given, Report};
use handgrad::{Module, Result};
use json::{given, refused, to_layer, to_object, to_state, to_tensor, to_training};
use serde_json::{Map, Value as Json};

const FIELDS: [&str; 12] = [
    "layer",
    "args",
    "dtype",
    "tolerance",
    "training",
    "input",
    "parameters",
    "buffers",
    "grad_output",
    "output",
    "grad_input",
    "grad_parameters",
];

fn main() -> io::Result<ExitCode> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let (mut line, mut worst) = (Vec::new(), 0);
    while input.read_until(b'\n', &mut line)? > 0 {
        match check(&line) {
            Ok(report) => {
                worst = worst.max(u8::from(!report.passed()));
                writeln!(output, "{report}\n")?;
            }
            Err(error) => {
                worst = 2;
                writeln!(output, "{error}\n")?;
            }
        }
        output.flush()?;
        line.clear();
    }
    Ok(ExitCode::from(worst))
}

/// The report on one line.
fn check(line: &[u8]) -> Result<Report> {
    let request: Json =
        serde_json::from_slice(line).map_err(|error| refused(format!("not JSON: {error}")))?;
    let request = to_object("the request", &request, &FIELDS)?;
    let (name, args) = to_layer(request)?;
    let layer = catalog::build::<f64>(name, &args)?;
    let options = CheckOptions {
        tolerance: Some(tolerance(request)?),
        training: to_training(request)?,
        ..CheckOptions::default()
    };
    let given = Given {
        input: to_tensor("input", given("input", request)?)?,
        state: to_state(&*layer, request)?,
        grad_output: to_tensor("grad_output", given("grad_output", request)?)?,
        output: request.get("output").map(|output| to_tensor("output", output)).transpose()?,
        gradients: gradients(&*layer, request)?,
    };
    Configured::new(name, args)?.check_given(&given, &options)
}

/// How far off the numbers may be.
fn tolerance(request: &Map<String, Json>) -> Result<f64> {
    if let Some(tolerance) = request.get("tolerance") {
        let tolerance = tolerance.as_f64().filter(|tolerance| *tolerance >= 0.0);
        return tolerance.ok_or_else(|| refused("tolerance must be a number from 0"));
    }
    match request.get("dtype").map(Json::as_str) {
        None | Some(Some("f32")) => Ok(1e-4),
        Some(Some("f64")) => Ok(1e-9),
        Some(_) => Err(refused("dtype must be \"f32\" or \"f64\"")),
    }
}

/// The gradients that were sent, by the name of what they are taken by.
fn gradients(
    layer: &dyn Module<f64>,
    request: &Map<String, Json>,
) -> Result<Vec<(String, handgrad::Tensor<f64>)>> {
    let mut gradients = Vec::new();
    if let Some(gradient) = request.get("grad_input") {
        gradients.push(("input".to_owned(), to_tensor("grad_input", gradient)?));
    }
    if let Some(of_parameters) = request.get("grad_parameters") {
        let names: Vec<String> = layer.parameters().into_iter().map(|(name, _)| name).collect();
        let known: Vec<&str> = names.iter().map(String::as_str).collect();
        for (name, gradient) in to_object("grad_parameters", of_parameters, &known)? {
            gradients.push((name.clone(), to_tensor(name, gradient)?));
        }
    }
    if gradients.is_empty() {
        return Err(refused("there is no gradient to check; give grad_input or grad_parameters"));
    }
    Ok(gradients)
}
