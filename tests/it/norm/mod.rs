//! What is true of some norms and not of every layer.

mod forms;
mod identities;
mod invariance;
mod refusals;
mod running;
mod stability;

use handgrad::{Result, Tape, Tensor, Var};
use proptest::prelude::Strategy;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::strategies::{tensor_of, values};

/// A function of a var, as a closure.
trait Normalize: for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>> {}

impl<F: for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>>> Normalize for F {}

/// The output, and the input's gradient for a random cotangent that depends on
/// the output's shape alone.
fn run(x: &Tensor<f64>, f: impl Normalize) -> (Tensor<f64>, Tensor<f64>) {
    let tape = Tape::new();
    let x = tape.leaf(x.clone());
    let y = f(x).expect("the norm takes this input");
    let cotangent = Tensor::randn(y.shape(), &mut ChaCha8Rng::seed_from_u64(0));
    let gradients = y.backward_with(&cotangent).expect("a cotangent of y's shape");
    (y.value(), gradients.wrt(x).expect("a leaf").clone())
}

/// Tensors `[N, C, H, W]` of two samples or more and two places or more.
fn images() -> impl Strategy<Value = Tensor<f64>> {
    (2..4_usize, 1..4_usize, 2..4_usize, 1..4_usize)
        .prop_flat_map(|(n, c, h, w)| tensor_of(vec![n, c, h, w], values()))
}
