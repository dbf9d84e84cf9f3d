//! What a norm does not see, and what its gradient therefore lacks.

use handgrad::norm::{
    batch_norm, group_norm, instance_norm, layer_norm, rms_norm, weight_standardization,
};
use handgrad::{Result, Tape, Tensor, Tolerance, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::respond;

/// A norm, and the dims that a set of common statistics spans for `[N, C, H, W]`
/// (the channels seen as `[G, C / G]` where it has groups).
type Case = (&'static str, fn(Var<'_, f64>) -> Result<Var<'_, f64>>, &'static [isize]);

/// Without eps, which would spoil the invariance a little.
const CASES: [Case; 5] = [
    ("layer_norm", |x| layer_norm(x, &x.shape()[1..], None, None, 0.0), &[1, 2, 3, 4]),
    ("group_norm", |x| group_norm(x, 2, None, None, 0.0), &[2, 3, 4]),
    ("instance_norm", |x| instance_norm(x, None, None, None, true, 0.1, 0.0), &[3, 4]),
    ("batch_norm", |x| batch_norm(x, None, None, None, true, 0.1, 1e-30), &[0, 3, 4]),
    ("weight_standardization", |x| weight_standardization(x, 0.0), &[1, 2, 3, 4]),
];

const TOLERANCE: Tolerance = Tolerance { absolute: 1e-11, relative: 1e-11 };

fn image() -> Tensor<f64> {
    Tensor::randn([3, 4, 2, 5], &mut ChaCha8Rng::seed_from_u64(3))
}

/// The channels as two groups of two.
fn grouped(x: &Tensor<f64>) -> Tensor<f64> {
    x.reshape([3, 2, 2, 2, 5]).unwrap()
}

/// The sum over every set.
fn sums(x: &Tensor<f64>, dims: &[isize]) -> Tensor<f64> {
    grouped(x).sum_dims(dims, false).unwrap()
}

fn assert_zero(x: &Tensor<f64>, what: &str, name: &str) {
    let result = x.assert_close(&Tensor::zeros(x.shape()), TOLERANCE);
    result.unwrap_or_else(|e| panic!("{name}, {what}: {e}"));
}

#[test]
fn neither_a_shift_nor_a_positive_scale_is_seen() {
    for (name, norm, _) in CASES {
        let (y, _) = respond(&image(), norm);
        let (moved, _) = respond(&image().map(|x| 7.0 * x - 100.0), norm);
        moved.assert_close(&y, TOLERANCE).unwrap_or_else(|e| panic!("{name}: {e}"));
        let (turned, _) = respond(&image().map(|x| -x), norm);
        turned.assert_close(&-&y, TOLERANCE).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn so_the_gradient_has_no_component_along_either() {
    for (name, norm, dims) in CASES {
        let (x_hat, dx) = respond(&image(), norm);
        assert_zero(&sums(&dx, dims), "the sum of dx", name);
        assert_zero(&sums(&(&dx * &x_hat), dims), "the product of dx and x_hat", name);
    }
}

#[test]
fn a_larger_input_has_a_smaller_gradient() {
    for (name, norm, _) in CASES {
        let (_, dx) = respond(&image(), norm);
        let (_, smaller) = respond(&image().map(|x| 10.0 * x), norm);
        smaller.scale(10.0).assert_close(&dx, TOLERANCE).unwrap_or_else(|e| panic!("{name}: {e}"));
    }
}

#[test]
fn outputs_have_mean_0_and_variance_1_and_leave_the_unit_interval() {
    for (name, norm, dims) in CASES {
        let (y, _) = respond(&image(), norm);
        let n = image().numel() as f64 / sums(&y, dims).numel() as f64;
        assert_zero(&sums(&y, dims), "the sum", name);
        assert_zero(&sums(&(&y * &y), dims).map(|s| s / n - 1.0), "the variance less 1", name);
        assert!(y.iter().any(|y| y < 0.0) && y.iter().any(|y| y > 1.0), "{name}");
    }
}

#[test]
fn rms_norm_sees_a_shift_but_no_positive_scale() {
    fn norm(x: Var<'_, f64>) -> Result<Var<'_, f64>> {
        rms_norm(x, [5], None, Some(0.0))
    }
    let (y, dx) = respond(&image(), norm);
    let (scaled, _) = respond(&image().map(|x| 7.0 * x), norm);
    scaled.assert_close(&y, TOLERANCE).unwrap();
    let (shifted, _) = respond(&image().map(|x| x + 1.0), norm);
    assert!(shifted.assert_close(&y, Tolerance { absolute: 0.1, relative: 0.0 }).is_err());
    let along = (&dx * &y).sum_dims(&[3], false).unwrap();
    assert_zero(&along, "the product of dx and y", "rms_norm");
    assert!(dx.sum_dims(&[3], false).unwrap().iter().any(|sum| sum.abs() > 0.1));
}

#[test]
fn equal_inputs_of_a_set_give_equal_outputs() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[0.5_f64, 2.0, 0.5, -1.0, 2.0]]));
    let y = layer_norm(x, [5], None, None, 1e-5).unwrap().value().to_vec();
    assert_eq!((y[0], y[1]), (y[2], y[4]));
    let y = group_norm(x, 1, None, None, 1e-5).unwrap().value().to_vec();
    assert_eq!((y[0], y[1]), (y[2], y[4]));
}
