//! What is true of some activations and not of every layer.

mod degenerate;
mod identities;
mod kinks;
mod limits;
mod lines;
mod monotone;
mod rrelu;

use handgrad::{Result, Tape, Tensor, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

/// A function of a var, as a closure.
trait Activate: for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>> {}

impl<F: for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>>> Activate for F {}

/// A closure as what it is meant for: a compiler cannot guess that it works for
/// the vars of every tape.
fn function<F: Activate>(f: F) -> F {
    f
}

/// The output, and the input's gradient for a random cotangent that depends on
/// the output's shape alone.
fn run(x: &Tensor<f64>, f: impl Activate) -> (Tensor<f64>, Tensor<f64>) {
    let tape = Tape::new();
    let x = tape.leaf(x.clone());
    let y = f(x).expect("the function takes this input");
    let cotangent = Tensor::randn(y.shape(), &mut ChaCha8Rng::seed_from_u64(0));
    let gradients = y.backward_with(&cotangent).expect("a cotangent of y's shape");
    (y.value(), gradients.wrt(x).expect("a leaf").clone())
}
