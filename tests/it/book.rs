//! What the book's chapters show and state: each listing that is not the
//! library's own, each printed output that is not an example's, and each result
//! of a computation by hand or of an exercise, in the file of its chapter.

#![allow(clippy::approx_constant, reason = "the chapters' tables state logarithms in four digits")]

mod add_a_layer;
mod batch_norm;
mod bibliography;
mod broadcasting;
mod celu;
mod checking;
mod comparison;
mod conventions;
mod custom_op;
mod dyt;
mod elu;
mod exponential;
mod gated;
mod geglu;
mod gelu;
mod glossary;
mod glu;
mod group_norm;
mod hardshrink;
mod hardsigmoid;
mod hardswish;
mod hardtanh;
mod identity;
mod instance_norm;
mod layer_norm;
mod leaky_relu;
mod local_response_norm;
mod log_sigmoid;
mod log_softmax;
mod mish;
mod mutants;
mod normalize;
mod one_formula;
mod prelu;
mod rectifiers;
mod reductions;
mod reglu;
mod relu;
mod relu6;
mod rms_norm;
mod rrelu;
mod saturating;
mod scalar_tape;
mod second_order;
mod selu;
mod shrinks;
mod sigmoid;
mod silu;
mod softmax;
mod softmax2d;
mod softmaxes;
mod softmin;
mod softplus;
mod softshrink;
mod softsign;
mod speed;
mod squared_relu;
mod swiglu;
mod switchable_norm;
mod tanh;
mod tanhshrink;
mod tape;
mod tensor;
mod threshold;
mod weight_norm;
mod weight_standardization;
mod what_goes_wrong;

use handgrad::check::mutants::{Mutant, all};
use handgrad::{Result, Tape, Tensor, Var};

/// What an operation keeps for its backward: each tensor's name, its bytes, and
/// whether it shares the buffer of one of these vars.
fn saved(y: Var<'_, f32>, vars: &[Var<'_, f32>]) -> Vec<(&'static str, usize, bool)> {
    let shared = |tensor: &handgrad::tape::SavedTensor<f32>| {
        vars.iter().any(|var| tensor.shares_storage(&var.value()))
    };
    y.node().saved.iter().map(|(name, t)| (*name, t.bytes(), shared(t))).collect()
}

/// An activation as a function of a var.
type Activation = fn(Var<'_, f64>) -> Var<'_, f64>;

/// Value and slope of an activation at a point.
fn at(f: Activation, x: f64) -> Result<[f64; 2]> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(x));
    let y = f(x);
    let gradients = y.backward()?;
    Ok([y.value().item()?, gradients.wrt(x)?.item()?])
}

/// To the four decimals of the chapters' tables.
fn rounded(x: f64) -> f64 {
    (x * 1e4).round() / 1e4
}

/// A layer's mutant, by a few words of its mistake.
fn mutant(layer: &str, mistake: &str) -> Mutant {
    let is_it = |mutant: &Mutant| mutant.layer == layer && mutant.mistake.contains(mistake);
    all().into_iter().find(is_it).expect("a mutant of that mistake")
}

/// Whether two tensors agree to the last few bits.
#[track_caller]
fn assert_near(tensor: &Tensor<f64>, expected: &[f64]) {
    let reference = Tensor::from_vec(expected.to_vec(), tensor.shape()).expect("as many numbers");
    let tolerance = handgrad::Tolerance { absolute: 1e-12, relative: 1e-12 };
    tensor.assert_close(&reference, tolerance).expect("close");
}
