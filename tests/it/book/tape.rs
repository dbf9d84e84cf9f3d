//! The chapter `foundations/tape`.

use std::cell::Cell;
use std::fmt::Write;
use std::rc::Rc;

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::ops::stack;
use handgrad::tape::{Cotangents, Op};
use handgrad::{Result, Tape, Tensor, Var};
use smallvec::smallvec;

use crate::examples::{assert_snapshot, run};

// ANCHOR: recursion
/// A number that knows what it was computed from.
struct Number {
    value: f64,
    inputs: Vec<(Rc<Number>, f64)>,
    gradient: Cell<f64>,
}

fn add(a: &Rc<Number>, b: &Rc<Number>) -> Rc<Number> {
    let inputs = vec![(Rc::clone(a), 1.0), (Rc::clone(b), 1.0)];
    Rc::new(Number { value: a.value + b.value, inputs, gradient: Cell::new(0.0) })
}

/// Passes a cotangent on to everything below, and counts its own calls.
fn push(number: &Number, cotangent: f64, calls: &mut u64) {
    *calls += 1;
    number.gradient.set(number.gradient.get() + cotangent);
    for (input, slope) in &number.inputs {
        push(input, slope * cotangent, calls);
    }
}
// ANCHOR_END: recursion

#[test]
fn recursion_visits_every_path_and_the_tape_every_step() -> Result<()> {
    let mut table = String::from("doublings     dy/dx  calls of push  steps of the tape\n");
    for doublings in [1, 2, 3, 10, 20] {
        let x = Rc::new(Number { value: 1.0, inputs: vec![], gradient: Cell::new(0.0) });
        let y = (0..doublings).fold(Rc::clone(&x), |y, _| add(&y, &y));
        let mut calls = 0;
        push(&y, 1.0, &mut calls);
        assert_eq!(y.value, x.gradient.get());

        let tape = Tape::new();
        let leaf = tape.leaf(Tensor::<f64>::scalar(1.0));
        let y = (0..doublings).fold(leaf, |y, _| y + y);
        let mut sweep = y.backward_steps(&Tensor::scalar(1.0))?;
        let steps = sweep.by_ref().count();
        assert_eq!(sweep.finish()?.wrt(leaf)?.item()?, x.gradient.get());
        let slope = x.gradient.get();
        let _ = writeln!(table, "{doublings:>9}  {slope:>8}  {calls:>13}  {steps:>17}");
    }
    assert_snapshot("tape_recursion", &table);
    Ok(())
}

#[test]
fn the_scalar_tape_prints_its_numbers() {
    assert_snapshot("scalar_tape", &run("scalar_tape", &[]));
}

/// The results that the chapter works out by hand.
#[test]
fn the_scalar_tapes_numbers_are_those_of_the_formula() {
    let (x, y) = (3.0, -2.0);
    let sum = x * y + x;
    assert_eq!((x * y, sum, sum * sum), (-6.0, -3.0, 9.0));
    assert_eq!(2.0 * sum * (y + 1.0), 6.0);
    assert_eq!(2.0 * sum * x, -18.0);
}

// ANCHOR: vjp
#[test]
fn a_sweep_multiplies_by_the_transposed_jacobian() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::scalar(2.0));
    let b = tape.leaf(Tensor::scalar(5.0));
    let y = stack(&[a * b, a + b], 0)?;
    let gradients = y.backward_with(&Tensor::new([10.0, 1.0]))?;
    assert_eq!(gradients.wrt(a)?.item()?, 51.0);
    assert_eq!(gradients.wrt(b)?.item()?, 21.0);
    Ok(())
}
// ANCHOR_END: vjp

// ANCHOR: steps
fn show_steps(y: Var<'_, f32>, cotangent: &Tensor<f32>) -> Result<String> {
    let mut text = String::new();
    for step in y.backward_steps(cotangent)? {
        let step = step?;
        let (node, op, cotangent) = (step.node, step.op, step.cotangent.to_vec());
        writeln!(text, "%{node} {op}: cotangent {cotangent:?}").expect("a string takes all");
        for to in step.contributions {
            let (input, adds, total) = (to.input, to.cotangent.to_vec(), to.total.to_vec());
            writeln!(text, "    gives %{input} {adds:?}, which makes {total:?}")
                .expect("a string takes all");
        }
    }
    Ok(text)
}
// ANCHOR_END: steps

#[test]
fn the_sweep_shows_its_steps() -> Result<()> {
    // ANCHOR: program
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([3.0, -1.0]));
    let scale = tape.leaf(Tensor::scalar(2.0));
    let y = x * x * scale + x;
    // ANCHOR_END: program
    let text = format!("{tape}\n{}", show_steps(y, &Tensor::new([1.0, 10.0]))?);
    assert_snapshot("tape_steps", &text);
    Ok(())
}

// ANCHOR: minus_zero
#[test]
fn a_buffer_of_zeros_would_lose_the_sign_of_a_zero() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0]));
    let gradients = (-x).backward_with(&Tensor::new([0.0]))?;
    let stored = gradients.wrt(x)?.item()?;
    let added = 0.0 + stored;
    assert_eq!((stored.is_sign_negative(), added.is_sign_negative()), (true, false));
    Ok(())
}
// ANCHOR_END: minus_zero

#[test]
fn a_long_chain_needs_no_deep_stack() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::scalar(1.0));
    let y = (0..100_000).fold(x, |y, _| y + 1.0);
    assert_eq!(y.backward()?.wrt(x)?.item()?, 1.0);
    Ok(())
}

// ANCHOR: no_accumulation
#[test]
fn a_second_backward_starts_from_nothing() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let y = x * x;
    let first = y.backward()?;
    let second = y.backward()?;
    assert_eq!(first.wrt(x)?.item()?, 6.0);
    assert_eq!(second.wrt(x)?.item()?, 6.0);
    Ok(())
}
// ANCHOR_END: no_accumulation

#[test]
fn exercise_on_paper() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let y = tape.leaf(Tensor::scalar(-2.0));
    let f = (x + y) * x;
    assert_eq!(f.value().item()?, 3.0);
    let gradients = f.backward()?;
    assert_eq!(gradients.wrt(x)?.item()?, 4.0);
    assert_eq!(gradients.wrt(y)?.item()?, 3.0);
    Ok(())
}

// ANCHOR: scale_gradient
/// The value passes unchanged, its cotangent is multiplied.
#[derive(Debug)]
struct ScaleGradient(f64);

impl Op<f64> for ScaleGradient {
    fn name(&self) -> &'static str {
        "scale_gradient"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        smallvec![Some(grad_output * self.0)]
    }
}

fn scale_gradient(x: Var<'_, f64>, factor: f64) -> Var<'_, f64> {
    x.record_unary(x.value(), || ScaleGradient(factor))
}

#[test]
fn a_scaled_gradient_is_no_derivative_and_the_check_says_so() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0]));
    let y = scale_gradient(x, 0.5);
    assert_eq!(y.value().to_vec(), [1.0, 2.0]);
    assert_eq!(y.backward_with(&Tensor::new([4.0, 6.0]))?.wrt(x)?.to_vec(), [2.0, 3.0]);

    let options = CheckOptions::default();
    let report = gradcheck(|v| Ok(scale_gradient(v[0], 0.5)), &[x.value()], &options)?;
    assert!(!report.passed());
    Ok(())
}
// ANCHOR_END: scale_gradient
