//! The slope at each kink and jump, exactly there, is PyTorch 2.15's.

use handgrad::activation::Approximate;
use handgrad::{Result, Tape, Tensor, Var};

/// The gradient at some points for a cotangent of ones.
#[track_caller]
fn assert_slopes(
    f: impl for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>>,
    points: &[f64],
    slopes: &[f64],
) {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::from_vec(points.to_vec(), [points.len()]).unwrap());
    let y = f(x).unwrap();
    let gradients = y.backward_with(&Tensor::ones(y.shape())).unwrap();
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), slopes, "at {points:?}");
}

const BOTH_ZEROS: [f64; 2] = [0.0, -0.0];

#[test]
fn rectifiers() {
    assert_slopes(|x| Ok(x.relu()), &BOTH_ZEROS, &[0.0; 2]);
    assert_slopes(|x| Ok(x.relu6()), &[0.0, -0.0, 6.0], &[0.0; 3]);
    assert_slopes(|x| Ok(x.leaky_relu(0.01)), &BOTH_ZEROS, &[0.01; 2]);
    assert_slopes(|x| x.prelu(x.tape().constant(Tensor::new([0.25]))), &BOTH_ZEROS, &[0.25; 2]);
    assert_slopes(|x| x.rrelu(0.25, 0.75, None), &BOTH_ZEROS, &[0.5; 2]);
    assert_slopes(|x| Ok(x.threshold(1.0, 20.0)), &[1.0, 1.0 + f64::EPSILON], &[0.0, 1.0]);
    assert_slopes(|x| Ok(x.squared_relu()), &BOTH_ZEROS, &[0.0; 2]);
}

#[test]
fn exponentials() {
    assert_slopes(|x| Ok(x.elu(2.0)), &BOTH_ZEROS, &[2.0; 2]);
    assert_slopes(|x| x.celu(2.0), &BOTH_ZEROS, &[1.0; 2]);
    assert_slopes(|x| Ok(x.selu()), &BOTH_ZEROS, &[1.758_099_340_847_376_6; 2]);
}

#[test]
fn hard_ones() {
    assert_slopes(|x| x.hardtanh(-1.0, 1.0), &[-1.0, 1.0], &[0.0; 2]);
    assert_slopes(|x| Ok(x.hardsigmoid()), &[-3.0, 3.0], &[0.0; 2]);
    assert_slopes(|x| Ok(x.hardswish()), &[-3.0, 3.0], &[0.0, 1.0]);
    assert_slopes(|x| Ok(x.hardshrink(0.5)), &[-0.5, 0.5], &[0.0; 2]);
    assert_slopes(|x| x.softshrink(0.5), &[-0.5, 0.5], &[0.0; 2]);
    // With nothing to shrink these are the identity but for its slope at 0.
    assert_slopes(|x| Ok(x.hardshrink(0.0)), &[0.0, -0.0, 1e-300], &[0.0, 0.0, 1.0]);
    assert_slopes(|x| x.softshrink(0.0), &[0.0, -0.0, 1e-300], &[0.0, 0.0, 1.0]);
}

#[test]
fn softplus_still_curves_at_its_threshold() {
    let sigmoid = 1.0 / (1.0 + (-2.0_f64).exp());
    assert_slopes(|x| Ok(x.softplus(1.0, 2.0)), &[2.0, 2.0 + 1e-15], &[sigmoid, 1.0]);
    assert_slopes(|x| Ok(x.softplus(2.0, 2.0)), &[1.0, 1.0 + 1e-15], &[sigmoid, 1.0]);
}

#[test]
fn smooth_ones_at_0() {
    assert_slopes(|x| Ok(x.gelu(Approximate::None)), &BOTH_ZEROS, &[0.5; 2]);
    assert_slopes(|x| Ok(x.gelu(Approximate::Tanh)), &BOTH_ZEROS, &[0.5; 2]);
    assert_slopes(|x| Ok(x.silu()), &BOTH_ZEROS, &[0.5; 2]);
    assert_slopes(|x| Ok(x.mish()), &BOTH_ZEROS, &[0.6; 2]);
    assert_slopes(|x| Ok(x.softsign()), &BOTH_ZEROS, &[1.0; 2]);
    assert_slopes(|x| Ok(x.tanhshrink()), &BOTH_ZEROS, &[0.0; 2]);
}

/// Where a function is flat its backward answers 0, whatever the cotangent.
#[test]
fn no_infinite_cotangent_makes_a_nan_where_a_function_is_flat() {
    type Activation = fn(Var<'_, f64>) -> Result<Var<'_, f64>>;
    let flat: [Activation; 7] = [
        |x| Ok(x.relu6()),
        |x| Ok(x.threshold(0.0, 0.0)),
        |x| Ok(x.squared_relu()),
        |x| x.hardtanh(0.0, 1.0),
        |x| Ok(x.hardsigmoid()),
        |x| Ok(x.hardswish()),
        |x| Ok(x.hardshrink(10.0)),
    ];
    for f in flat {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::new([-9.0]));
        let y = f(x).unwrap();
        let gradients = y.backward_with(&Tensor::new([f64::INFINITY])).unwrap();
        assert_eq!(gradients.wrt(x).unwrap().to_vec()[0].to_bits(), 0.0_f64.to_bits(), "{y}");
    }
}
