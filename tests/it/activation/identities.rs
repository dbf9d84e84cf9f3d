//! Activations that are special cases of others, or made of them. Each identity
//! holds for values and gradients.

use handgrad::activation::{self, Approximate, SELU_ALPHA, SELU_SCALE};
use handgrad::{Tensor, Tolerance, Var};
use proptest::prelude::{Strategy, any};

use super::{Activate, function, run};
use crate::strategies::{for_all, shapes, special_values, tensor_of, values};

const EXACT: Tolerance = Tolerance { absolute: 0.0, relative: 0.0 };

/// Tensors of ordinary values, some of them on the kinks of the layers here.
fn inputs() -> impl Strategy<Value = Tensor<f64>> {
    let with_kinks = values().prop_map(|x| if x > 3.5 { x.round() } else { x });
    shapes().prop_flat_map(move |shape| tensor_of(shape, with_kinks.clone()))
}

/// Tensors that have a last dim of even size.
fn inputs_with_halves() -> impl Strategy<Value = Tensor<f64>> {
    (shapes(), 0..4_usize).prop_flat_map(|(mut shape, half)| {
        shape.push(2 * half);
        tensor_of(shape, values())
    })
}

fn assert_same(inputs: impl Strategy<Value = Tensor<f64>>, f: impl Activate, g: impl Activate) {
    assert_close(inputs, 0.0, f, g);
}

fn assert_close(
    inputs: impl Strategy<Value = Tensor<f64>>,
    absolute: f64,
    f: impl Activate,
    g: impl Activate,
) {
    let tolerance = Tolerance { absolute, relative: 0.0 };
    for_all(inputs, |x| {
        let ((y, dx), (other_y, other_dx)) = (run(&x, &f), run(&x, &g));
        y.assert_close(&other_y, tolerance).unwrap();
        dx.assert_close(&other_dx, tolerance).unwrap();
    });
}

#[test]
fn relu6_is_hardtanh_from_0_to_6() {
    let inputs = shapes().prop_flat_map(|shape| {
        tensor_of(shape, special_values().prop_map(|x: f64| if x.is_nan() { 6.0 } else { x }))
    });
    assert_same(inputs, |x| Ok(x.relu6()), |x| x.hardtanh(0.0, 6.0));
}

#[test]
fn relu_is_leaky_relu_prelu_and_threshold_with_zeros() {
    assert_same(inputs(), |x| Ok(x.relu()), |x| Ok(x.leaky_relu(0.0)));
    assert_same(inputs(), |x| Ok(x.relu()), |x| Ok(x.threshold(0.0, 0.0)));
    assert_same(inputs(), |x| Ok(x.relu()), |x| x.prelu(x.tape().constant(Tensor::new([0.0]))));
}

#[test]
fn rrelu_in_evaluation_is_leaky_relu_of_the_mean_slope() {
    assert_same(inputs(), |x| x.rrelu(0.1, 0.3, None), |x| Ok(x.leaky_relu(0.2)));
}

#[test]
fn squared_relu_is_relu_times_itself() {
    assert_same(inputs(), |x| Ok(x.squared_relu()), |x| Ok(x.relu() * x.relu()));
}

#[test]
fn celu_and_elu_agree_for_alpha_1_and_selu_is_a_scaled_elu() {
    assert_same(inputs(), |x| x.celu(1.0), |x| Ok(x.elu(1.0)));
    let scaled = function(|x| Ok(x.elu(SELU_ALPHA) * SELU_SCALE));
    assert_close(inputs(), 1e-15, |x| Ok(x.selu()), scaled);
}

#[test]
fn celu_is_elu_of_a_stretched_input() {
    assert_close(inputs(), 1e-14, |x| x.celu(2.0), |x| Ok((x * 0.5).elu(1.0) * 2.0));
}

#[test]
fn silu_is_x_times_its_sigmoid_and_hardswish_x_times_its_hardsigmoid() {
    assert_close(inputs(), 1e-14, |x| Ok(x.silu()), |x| Ok(x * x.sigmoid()));
    let off_the_kinks = inputs().prop_filter("a product of the two has other slopes there", |x| {
        x.iter().all(|x| x.abs() != 3.0)
    });
    assert_close(off_the_kinks, 1e-14, |x| Ok(x.hardswish()), |x| Ok(x * x.hardsigmoid()));
}

#[test]
fn mish_is_x_times_the_tanh_of_its_softplus() {
    let composed = function(|x| Ok(x * x.softplus(1.0, 20.0).tanh()));
    assert_close(inputs(), 1e-14, |x| Ok(x.mish()), composed);
}

#[test]
fn gelu_by_tanh_is_a_silu_of_a_cubic() {
    let composed = function(|x| {
        let u = (x + x * x * x * 0.044_715) * (2.0 / std::f64::consts::PI).sqrt();
        Ok(x * (u.tanh() + 1.0) * 0.5)
    });
    assert_close(inputs(), 1e-14, |x| Ok(x.gelu(Approximate::Tanh)), composed);
}

#[test]
fn gelu_less_its_mirror_image_is_the_identity() {
    let difference = function(|x| Ok(x.gelu(Approximate::None) - (-x).gelu(Approximate::None)));
    assert_close(inputs(), 1e-14, difference, |x| Ok(x * 1.0));
}

#[test]
fn softplus_less_its_mirror_image_is_the_identity() {
    let difference = function(|x| Ok(x.softplus(1.0, 20.0) - (-x).softplus(1.0, 20.0)));
    assert_close(inputs(), 1e-14, difference, |x| Ok(x * 1.0));
}

#[test]
fn log_sigmoid_is_minus_the_softplus_of_minus_x_and_the_log_of_sigmoid() {
    assert_same(inputs(), |x| Ok(x.log_sigmoid()), |x| Ok(-(-x).softplus(1.0, f64::INFINITY)));
    assert_close(inputs(), 1e-14, |x| Ok(x.log_sigmoid()), |x| Ok(x.sigmoid().ln()));
}

#[test]
fn sigmoid_is_a_shifted_and_scaled_tanh() {
    let composed = function(|x| Ok(((x * 0.5).tanh() + 1.0) * 0.5));
    assert_close(inputs(), 1e-15, |x| Ok(x.sigmoid()), composed);
}

#[test]
fn hardsigmoid_is_relu6_shifted_and_scaled() {
    let composed = function(|x| Ok((x + 3.0).relu6() / 6.0));
    assert_close(inputs(), 1e-15, |x| Ok(x.hardsigmoid()), composed);
}

#[test]
fn hardtanh_is_clamp() {
    assert_same(inputs(), |x| x.hardtanh(-1.0, 2.0), |x| x.clamp(-1.0, 2.0));
}

#[test]
fn the_shrinks_are_what_their_names_say() {
    assert_close(inputs(), 1e-15, |x| Ok(x.tanhshrink()), |x| Ok(x - x.tanh()));
    // What softshrink takes away is what hardtanh leaves.
    assert_close(inputs(), 1e-15, |x| x.softshrink(0.5), |x| Ok(x - x.hardtanh(-0.5, 0.5)?));
    let by_threshold = function(|x| Ok(x.threshold(0.5, 0.0) - (-x).threshold(0.5, 0.0)));
    assert_same(inputs(), |x| Ok(x.hardshrink(0.5)), by_threshold);
}

#[test]
fn gated_units_are_made_of_their_halves() {
    type Gate = for<'t> fn(Var<'t, f64>) -> Var<'t, f64>;
    let by_parts = |gate: Gate| {
        function(move |x| {
            let half = *x.shape().last().expect("rank 1 or more") / 2;
            Ok(x.narrow(-1, 0, half)? * gate(x.narrow(-1, half, half)?))
        })
    };
    let exact = function(|x| x.geglu(-1, Approximate::None));
    let by_tanh = function(|x| x.geglu(-1, Approximate::Tanh));
    assert_close(inputs_with_halves(), 1e-14, |x| x.glu(-1), by_parts(activation::sigmoid));
    assert_close(inputs_with_halves(), 0.0, |x| x.reglu(-1), by_parts(activation::relu));
    assert_close(inputs_with_halves(), 1e-14, |x| x.swiglu(-1), by_parts(activation::silu));
    assert_close(inputs_with_halves(), 1e-14, exact, by_parts(|b| b.gelu(Approximate::None)));
    assert_close(inputs_with_halves(), 1e-14, by_tanh, by_parts(|b| b.gelu(Approximate::Tanh)));
}

/// Tensors and one of their dims.
fn inputs_and_dim() -> impl Strategy<Value = (Tensor<f64>, isize)> {
    (inputs(), any::<usize>())
        .prop_map(|(x, choice)| (x.clone(), (choice % x.rank().max(1)) as isize))
}

#[test]
fn softmin_is_softmax_of_minus_x() {
    for_all(inputs_and_dim(), |(x, dim)| {
        let (y, dx) = run(&x, |x| x.softmin(dim));
        let (other_y, other_dx) = run(&x, |x| (-x).softmax(dim));
        y.assert_close(&other_y, EXACT).unwrap();
        dx.assert_close(&other_dx, EXACT).unwrap();
    });
}

#[test]
fn softmax_does_not_see_a_shift_and_its_outputs_share_1() {
    let tolerance = Tolerance { absolute: 1e-13, relative: 0.0 };
    for_all(inputs_and_dim(), |(x, dim)| {
        let (y, dx) = run(&x, |x| x.softmax(dim));
        let (shifted_y, shifted_dx) = run(&x, |x| (x + 100.0).softmax(dim));
        y.assert_close(&shifted_y, tolerance).unwrap();
        dx.assert_close(&shifted_dx, tolerance).unwrap();
        if x.rank() > 0 && x.numel() > 0 {
            let sums = y.sum_dims(&[dim], false).unwrap();
            sums.assert_close(&Tensor::ones(sums.shape()), tolerance).unwrap();
            // So a gradient moves nothing along the shift either.
            let sums = dx.sum_dims(&[dim], false).unwrap();
            sums.assert_close(&Tensor::zeros(sums.shape()), tolerance).unwrap();
        }
    });
}

#[test]
fn log_softmax_is_the_logarithm_of_softmax() {
    for_all(inputs_and_dim(), |(x, dim)| {
        let (y, dx) = run(&x, |x| x.log_softmax(dim));
        let (other_y, other_dx) = run(&x, |x| Ok(x.softmax(dim)?.ln()));
        let tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };
        y.assert_close(&other_y, tolerance).unwrap();
        dx.assert_close(&other_dx, tolerance).unwrap();
    });
}

#[test]
fn softmax_of_two_numbers_is_a_sigmoid_of_their_difference() {
    let inputs = (values(), values()).prop_map(|(a, b)| Tensor::new([a, b]));
    for_all(inputs, |x| {
        let (y, dx) = run(&x, |x| x.softmax(0)?.narrow(0, 0, 1));
        let (other_y, other_dx) =
            run(&x, |x| Ok((x.narrow(0, 0, 1)? - x.narrow(0, 1, 1)?).sigmoid()));
        let tolerance = Tolerance { absolute: 1e-15, relative: 1e-14 };
        y.assert_close(&other_y, tolerance).unwrap();
        dx.assert_close(&other_dx, tolerance).unwrap();
    });
}

#[test]
fn softmax2d_is_softmax_over_the_channels() {
    let images = (1..4_usize, 1..4_usize, 1..4_usize, 1..4_usize)
        .prop_flat_map(|(n, c, h, w)| tensor_of(vec![n, c, h, w], values()));
    assert_same(images, |x| x.softmax2d(), |x| x.softmax(1));
}
