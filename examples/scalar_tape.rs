//! A reverse-mode tape for single numbers, in about fifty lines.
//!
//! Run with `cargo run --example scalar_tape`; the chapter is `foundations/scalar_tape`.

// ANCHOR: tape
use std::cell::RefCell;
use std::ops::{Add, Mul};

/// One step of a computation: which values it read, and its slope in each.
type Node = Vec<(usize, f64)>;

#[derive(Default)]
struct Tape {
    nodes: RefCell<Vec<Node>>,
}

/// A number on a tape.
#[derive(Clone, Copy)]
struct Var<'t> {
    tape: &'t Tape,
    id: usize,
    value: f64,
}

impl Tape {
    fn leaf(&self, value: f64) -> Var<'_> {
        self.record(value, vec![])
    }

    fn record(&self, value: f64, inputs: Node) -> Var<'_> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(inputs);
        Var { tape: self, id: nodes.len() - 1, value }
    }
}

impl<'t> Add for Var<'t> {
    type Output = Var<'t>;
    fn add(self, b: Self) -> Var<'t> {
        self.tape.record(self.value + b.value, vec![(self.id, 1.0), (b.id, 1.0)])
    }
}

impl<'t> Mul for Var<'t> {
    type Output = Var<'t>;
    fn mul(self, b: Self) -> Var<'t> {
        self.tape.record(self.value * b.value, vec![(self.id, b.value), (b.id, self.value)])
    }
}

impl Var<'_> {
    /// The cotangent of every number on the tape: how fast this one moves with it.
    fn backward(self) -> Vec<f64> {
        let nodes = self.tape.nodes.borrow();
        let mut cotangents = vec![0.0; self.id + 1];
        cotangents[self.id] = 1.0;
        for id in (0..=self.id).rev() {
            for &(input, slope) in &nodes[id] {
                cotangents[input] += slope * cotangents[id];
            }
        }
        cotangents
    }
}
// ANCHOR_END: tape

fn main() {
    let tape = Tape::default();
    let x = tape.leaf(3.0);
    let y = tape.leaf(-2.0);
    let product = x * y;
    let sum = product + x;
    let square = sum * sum;

    let cotangents = square.backward();
    let steps = [("x", x), ("y", y), ("x y", product), ("x y + x", sum), ("(x y + x)^2", square)];
    for (text, var) in steps {
        let cotangent = cotangents[var.id];
        println!("%{}  {text:<11}  value {:>2}  cotangent {cotangent:>3}", var.id, var.value);
    }
}
