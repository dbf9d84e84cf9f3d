//! The chapter `foundations/tape`.

use std::fmt::Write;

use handgrad::activation::{LeakyReLU, PReLU, ReLU};
use handgrad::check::{CheckOptions, gradcheck};
use handgrad::norm::{LayerNorm, LayerNormConfig};
use handgrad::ops::stack;
use handgrad::tape::{Cotangents, Op};
use handgrad::{Module, Parameter, Result, Tape, Tensor, Var};
use smallvec::smallvec;

use super::{assert_near, saved};
use crate::examples::assert_snapshot;

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

// ANCHOR: saved
#[test]
fn a_factor_is_kept_for_the_others_cotangent() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([3.0, -1.0]));
    let scale = tape.leaf(Tensor::scalar(2.0));
    let fixed = tape.constant(Tensor::scalar(2.0));
    // Name, bytes, and whether the buffer is one of these vars'.
    assert_eq!(saved(x * scale, &[x, scale]), [("self", 8, true), ("other", 4, true)]);
    assert_eq!(saved(x * fixed, &[fixed]), [("other", 4, true)]);
    assert!(saved(x + scale, &[x]).is_empty());
}
// ANCHOR_END: saved

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

#[test]
fn the_articles_tape() -> Result<()> {
    // ANCHOR: article
    let tape = Tape::new();
    let numbers = [-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1];
    let x = tape.leaf(Tensor::<f64>::new(numbers));
    let mut layer_norm = LayerNorm::with([10], LayerNormConfig { eps: 0.0, ..Default::default() })?;
    let normalized = layer_norm.forward(x)?;
    let outputs = [
        PReLU::default().forward(normalized)?,
        ReLU.forward(normalized)?,
        LeakyReLU { negative_slope: 0.01 }.forward(normalized)?,
    ];
    let y = stack(&outputs, 0)?;
    // ANCHOR_END: article
    assert_snapshot("tape_article", tape.to_string().trim_end());

    let sweep = y.backward_steps(&Tensor::ones([3, 10]))?;
    let gradients = sweep.keep_intermediates().finish()?;
    let collected = normalized.value().map(|x| if x > 0.0 { 3.0 } else { 0.26 });
    assert_near(gradients.wrt(normalized)?, &collected.to_vec());
    Ok(())
}

// ANCHOR: detach
#[test]
fn a_detached_factor_counts_as_a_number() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let y = x * x.detach();
    assert_eq!(y.value().item()?, 9.0);
    assert_eq!(y.backward()?.wrt(x)?.item()?, 3.0);

    let options = CheckOptions::default();
    let report = gradcheck(|v| Ok(v[0] * v[0].detach()), &[Tensor::scalar(3.0)], &options)?;
    assert!(!report.passed());
    Ok(())
}
// ANCHOR_END: detach

// ANCHOR: no_grad
#[test]
fn without_gradients_the_tape_holds_values_alone() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::scalar(3.0));
    let outside = x * x;
    let inside = tape.no_grad(|| x * x);
    assert!(outside.requires_grad() && !inside.requires_grad());
    let lines = ["%0 = leaf : f64[]", "%1 = mul(%0, %0) : f64[]", "%2 = constant : f64[]"];
    assert!(tape.to_string().lines().eq(lines));
}
// ANCHOR_END: no_grad

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

// ANCHOR: training
#[test]
fn a_tape_is_cleared_after_each_step() -> Result<()> {
    let mut weight = Parameter::new("weight", Tensor::<f64>::scalar(1.0));
    let mut tape = Tape::new();
    for expected in [3.0, 4.0, 4.5] {
        let distance = tape.parameter(&weight) - 5.0;
        let gradients = (distance * distance).backward()?;
        tape.clear();

        let step = gradients.of(&weight)? * 0.25;
        *weight.value_mut() = weight.value() - &step;
        assert_eq!(weight.value().item()?, expected);
    }
    Ok(())
}
// ANCHOR_END: training

#[test]
fn exercise_1_a_row_of_the_jacobian_for_each_sweep() -> Result<()> {
    let tape = Tape::new();
    let a = tape.leaf(Tensor::<f64>::scalar(2.0));
    let b = tape.leaf(Tensor::scalar(5.0));
    let y = stack(&[a * b, a + b], 0)?;
    for (unit, row) in [([1.0, 0.0], [5.0, 2.0]), ([0.0, 1.0], [1.0, 1.0])] {
        let gradients = y.backward_with(&Tensor::new(unit))?;
        assert_eq!([gradients.wrt(a)?.item()?, gradients.wrt(b)?.item()?], row);
    }
    Ok(())
}

#[test]
fn exercise_2_reading_a_tape() -> Result<()> {
    // ANCHOR: reading
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, 2.0]));
    let three = tape.constant(Tensor::scalar(3.0));
    let product = x * three;
    let square = product * product;
    let sum = x + x;
    let cotangent = Tensor::new([1.0, 1.0]);
    // ANCHOR_END: reading
    assert_eq!((product.id(), square.id(), sum.id()), (2, 3, 4));
    let mut visited = Vec::new();
    for step in square.backward_steps(&cotangent)? {
        let step = step?;
        visited.push((step.node, step.contributions.len()));
    }
    assert_eq!(visited, [(3, 2), (2, 1)]);
    let gradients = square.backward_with(&cotangent)?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [18.0, 36.0]);
    assert!(gradients.wrt(three).is_err());
    let kept = product.node().saved;
    assert_eq!(kept.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["other"]);
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
