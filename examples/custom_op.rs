//! An operation of your own: written, got wrong, checked, diagnosed, mended.
//!
//! Run with `cargo run --example custom_op`; the chapter is `practice/custom_op`. The
//! operation is Swish with a learned slope (P. Ramachandran, B. Zoph and Q. V. Le,
//! "Searching for activation functions", arXiv:1710.05941):
//!
//! ```text
//! y = x sigmoid(beta x)
//! ```
//!
//! with one beta for the whole tensor.

use handgrad::check::{CheckOptions, Function, fullcheck, gradcheck};
use handgrad::tape::{Cotangents, Op, Saved};
use handgrad::{Real, Result, Tensor, Var};
use smallvec::smallvec;

// ANCHOR: forward
/// x sigmoid(beta x); `beta` has one element.
fn swish<T: Real>(x: &Tensor<T>, beta: &Tensor<T>) -> Result<Tensor<T>> {
    x.try_mul(&x.try_mul(beta)?.map(T::sigmoid))
}
// ANCHOR_END: forward

// ANCHOR: draft
/// The first draft, with a gradient for each of the two inputs.
#[derive(Debug)]
struct Draft<T: Real> {
    x: Tensor<T>,
    beta: Tensor<T>,
}

impl<T: Real> Op<T> for Draft<T> {
    fn name(&self) -> &'static str {
        "swish"
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("x", &self.x).and("beta", &self.beta)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let gate = (&self.x * &self.beta).map(T::sigmoid);
        let slope_of_gate = gate.map(|s| s * (T::ONE - s));
        let grad_x = grad_output * &gate;
        let grad_beta = (&(grad_output * &self.x) * &slope_of_gate).sum();
        smallvec![Some(grad_x), Some(grad_beta.reshape([1]).expect("one element"))]
    }
}
// ANCHOR_END: draft

// ANCHOR: mended
/// The gradient of x has the product rule's second term, and beta's both factors x.
#[derive(Debug)]
struct Swish<T: Real> {
    x: Tensor<T>,
    beta: Tensor<T>,
}

impl<T: Real> Op<T> for Swish<T> {
    fn name(&self) -> &'static str {
        "swish"
    }

    fn saved(&self) -> Saved<T> {
        Saved::new().and("x", &self.x).and("beta", &self.beta)
    }

    fn backward(&self, grad_output: &Tensor<T>) -> Cotangents<T> {
        let gate = (&self.x * &self.beta).map(T::sigmoid);
        let slope_of_gate = gate.map(|s| s * (T::ONE - s));
        // What moves the gate moves y by x times the gate's slope.
        let through_gate = &(grad_output * &self.x) * &slope_of_gate;
        let grad_x = &(grad_output * &gate) + &(&through_gate * &self.beta);
        let grad_beta = (&through_gate * &self.x).sum();
        smallvec![Some(grad_x), Some(grad_beta.reshape([1]).expect("one element"))]
    }
}
// ANCHOR_END: mended

// ANCHOR: function
/// The operation as the checks take it: a function of vars, in any scalar type.
struct Checked;

impl Function for Checked {
    fn call<'t, T: Real>(&self, inputs: &[Var<'t, T>]) -> Result<Var<'t, T>> {
        let (x, beta) = (inputs[0].value(), inputs[1].value());
        inputs[0].tape().record(inputs, swish(&x, &beta)?, || Swish { x, beta })
    }
}
// ANCHOR_END: function

fn main() -> Result<()> {
    // ANCHOR: check
    let x = Tensor::new([[-2.0, -0.5, 0.3], [0.8, 1.7, 3.1]]);
    let beta = Tensor::new([1.5]);
    let names = vec!["x".to_owned(), "beta".to_owned()];
    let options = CheckOptions { names, ..CheckOptions::default() };

    let draft = gradcheck(
        |v| {
            let (x, beta) = (v[0].value(), v[1].value());
            v[0].tape().record(v, swish(&x, &beta)?, || Draft { x, beta })
        },
        &[x.clone(), beta.clone()],
        &options,
    )?;
    // ANCHOR_END: check
    println!("The first draft\n\n{draft}\n");
    println!("Mended\n\n{}", fullcheck(&Checked, &[x, beta], &options)?);
    Ok(())
}
