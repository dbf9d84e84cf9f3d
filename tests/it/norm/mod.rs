//! What is true of some norms and not of every layer.

mod degenerate;
mod dyt;
mod forms;
mod identities;
mod index_sets;
mod invariance;
mod local_response_norm;
mod normalize;
mod refusals;
mod running;
mod stability;
mod weight_norm;

use handgrad::{Real, Result, Tape, Tensor, Tolerance, Var};
use proptest::prelude::Strategy;
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::examples::assert_snapshot;
use crate::strategies::{tensor_of, values};

/// A function of a var, as a closure.
trait Norm<T: Real>: for<'t> Fn(Var<'t, T>) -> Result<Var<'t, T>> {}

impl<T: Real, F: for<'t> Fn(Var<'t, T>) -> Result<Var<'t, T>>> Norm<T> for F {}

/// The output, and the input's gradient for a cotangent of its shape.
fn run<T: Real>(
    x: &Tensor<T>,
    cotangent: &Tensor<T>,
    norm: impl Norm<T>,
) -> (Tensor<T>, Tensor<T>) {
    let tape = Tape::new();
    let x = tape.leaf(x.clone());
    let y = norm(x).expect("the norm takes this input");
    let gradients = y.backward_with(cotangent).expect("a cotangent of y's shape");
    (y.value(), gradients.wrt(x).expect("a leaf").clone())
}

fn normal(shape: &[usize], seed: u64) -> Tensor<f64> {
    Tensor::randn(shape, &mut ChaCha8Rng::seed_from_u64(seed))
}

#[track_caller]
fn assert_near(found: &Tensor<f64>, wanted: &Tensor<f64>) {
    let tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };
    found.assert_close(wanted, tolerance).unwrap();
}

/// Holds the texts of refusals to a snapshot, and the tape to the length it had.
#[track_caller]
fn assert_refused<'t, const N: usize>(
    name: &str,
    tape: &'t Tape<f64>,
    len: usize,
    attempts: [Result<Var<'t, f64>>; N],
) {
    let errors: Vec<String> = attempts.map(|refused| refused.unwrap_err().to_string()).into();
    assert_eq!(tape.len(), len, "a refusal was recorded");
    assert_snapshot(name, &errors.join("\n"));
}

/// [`run`] with a random cotangent that depends on the output's shape alone.
fn respond(x: &Tensor<f64>, norm: impl Norm<f64>) -> (Tensor<f64>, Tensor<f64>) {
    let tape = Tape::new();
    let y = norm(tape.constant(x.clone())).expect("the norm takes this input");
    let cotangent = normal(&y.shape(), 0);
    run(x, &cotangent, norm)
}

/// Tensors `[N, C, H, W]` of two samples or more and two places or more.
fn images() -> impl Strategy<Value = Tensor<f64>> {
    (2..4_usize, 1..4_usize, 2..4_usize, 1..4_usize)
        .prop_flat_map(|(n, c, h, w)| tensor_of(vec![n, c, h, w], values()))
}
