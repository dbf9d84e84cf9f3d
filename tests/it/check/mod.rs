//! The checks themselves: what they catch, what they say of it, and what they let pass.

mod contract;
mod diagnosis;
mod elsewhere;
mod kinks;
mod mutants;
mod routes;

use handgrad::tape::{Cotangents, Op};
use handgrad::{Result, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

fn normal(shape: &[usize], seed: u64) -> Tensor<f64> {
    Tensor::randn(shape, &mut ChaCha8Rng::seed_from_u64(seed))
}

/// An operation whose backward is a closure.
struct Closed<F>(F);

impl<F> std::fmt::Debug for Closed<F> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Closed")
    }
}

impl<F: Fn(&Tensor<f64>) -> Cotangents<f64>> Op<f64> for Closed<F> {
    fn name(&self) -> &'static str {
        "closed"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        (self.0)(grad_output)
    }
}

/// Records a value with a backward of its own.
fn record<'t>(
    inputs: &[Var<'t, f64>],
    value: Tensor<f64>,
    backward: impl Fn(&Tensor<f64>) -> Cotangents<f64> + 'static,
) -> Result<Var<'t, f64>> {
    inputs[0].tape().record(inputs, value, || Closed(backward))
}
