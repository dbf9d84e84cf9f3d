//! Every activation at the inputs where activations go wrong, as a table.

use std::fmt::Write;

use handgrad::{Tape, Tensor, catalog, module::Args};

use super::limits::{at_all, of_one_number};
use crate::examples::assert_snapshot;

const INPUTS: [f32; 9] =
    [0.0, -0.0, 1e-40, -1e-40, 1e30, -1e30, f32::INFINITY, f32::NEG_INFINITY, f32::NAN];

/// Four digits, which say enough here and do not depend on a last bit.
fn short(x: f32) -> String {
    if x.is_nan() {
        "nan".to_owned()
    } else if x == 0.0 || x.is_infinite() {
        format!("{x}")
    } else if (1e-3..1e4).contains(&x.abs()) {
        format!("{}", (x * 1e4).round() / 1e4)
    } else {
        format!("{x:.3e}")
    }
}

fn row(table: &mut String, name: &str, values: impl IntoIterator<Item = f32>) {
    let _ = write!(table, "  {name:<3}");
    for x in values {
        let _ = write!(table, "{:>11}", short(x));
    }
    table.push('\n');
}

#[test]
fn every_activation_at_degenerate_inputs() {
    let mut table = "x, the value, and the slope; layers with a mode in evaluation\n\n".to_owned();
    row(&mut table, "x", INPUTS);
    for (name, args) in of_one_number() {
        let (y, dx) = at_all(name, &args, &INPUTS);
        let _ = writeln!(table, "{name}({args})");
        row(&mut table, "y", y);
        row(&mut table, "dx", dx);
    }
    table.push_str("\nof the line [x, 1]: the outputs, and x's gradient for the first of them\n\n");
    row(&mut table, "x", INPUTS);
    for name in ["GLU", "ReGLU", "GEGLU", "SwiGLU", "Softmax", "Softmin", "LogSoftmax"] {
        let _ = writeln!(table, "{name}");
        let lines: Vec<_> = INPUTS.iter().map(|&x| line(name, [x, 1.0], 0)).collect();
        push_line(&mut table, &lines);
    }
    table.push_str("\nof the line [1, x]: the same, with the gradient of the gate\n\n");
    row(&mut table, "x", INPUTS);
    for name in ["GLU", "ReGLU", "GEGLU", "SwiGLU"] {
        let _ = writeln!(table, "{name}");
        let lines: Vec<_> = INPUTS.iter().map(|&x| line(name, [1.0, x], 1)).collect();
        push_line(&mut table, &lines);
    }
    assert_snapshot("activations_at_degenerate_inputs", &table);
}

/// The outputs of a line, and one input's gradient for the cotangent of the first.
fn line(layer: &str, x: [f32; 2], input: usize) -> (Vec<f32>, f32) {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new(x));
    let mut module = catalog::build::<f32>(layer, &Args::new()).unwrap();
    let y = module.forward(x).unwrap();
    let mut first = Tensor::zeros(y.shape());
    first.make_mut()[0] = 1.0;
    let gradients = y.backward_with(&first).unwrap();
    (y.value().to_vec(), gradients.wrt(x).unwrap().to_vec()[input])
}

fn push_line(table: &mut String, lines: &[(Vec<f32>, f32)]) {
    for i in 0..lines[0].0.len() {
        row(table, &format!("y{i}"), lines.iter().map(|(y, _)| y[i]));
    }
    row(table, "dx", lines.iter().map(|(_, dx)| *dx));
}
