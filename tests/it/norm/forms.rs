//! The backward in its three forms: as it is, composed by the tape from primitive
//! operations, and by the explicit Jacobian.

use handgrad::norm::{
    SwitchableNorm2d, batch_norm, group_norm, instance_norm, layer_norm, rms_norm,
};
use handgrad::{Module, Result, Tape, Tensor, Tolerance, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::respond;

const EPS: f64 = 1e-5;
const TOLERANCE: Tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };

// ANCHOR: composed
/// Any norm over some dims, in primitive operations, each of which the tape
/// differentiates on its own.
fn composed<'t>(x: Var<'t, f64>, dims: &[isize]) -> Result<Var<'t, f64>> {
    let centred = x - x.mean_dims(dims, true)?;
    let variance = (centred * centred).mean_dims(dims, true)?;
    Ok(centred / (variance + EPS).sqrt())
}
// ANCHOR_END: composed

fn image() -> Tensor<f64> {
    Tensor::randn([3, 4, 2, 5], &mut ChaCha8Rng::seed_from_u64(7))
}

fn assert_same(
    f: impl for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>>,
    g: impl for<'t> Fn(Var<'t, f64>) -> Result<Var<'t, f64>>,
) {
    let ((y, dx), (other_y, other_dx)) = (respond(&image(), f), respond(&image(), g));
    y.assert_close(&other_y, TOLERANCE).unwrap();
    dx.assert_close(&other_dx, TOLERANCE).unwrap();
}

#[test]
fn every_norm_agrees_with_its_composition() {
    assert_same(|x| layer_norm(x, [4, 2, 5], None, None, EPS), |x| composed(x, &[1, 2, 3]));
    assert_same(|x| instance_norm(x, None, None, None, true, 0.1, EPS), |x| composed(x, &[2, 3]));
    assert_same(|x| batch_norm(x, None, None, None, true, 0.1, EPS), |x| composed(x, &[0, 2, 3]));
    assert_same(
        |x| group_norm(x, 2, None, None, EPS),
        |x| composed(x.reshape([3, 2, 2, 2, 5])?, &[2, 3, 4])?.reshape([3, 4, 2, 5]),
    );
    assert_same(
        |x| rms_norm(x, [5], None, Some(EPS)),
        |x| Ok(x / ((x * x).mean_dims(&[-1], true)? + EPS).sqrt()),
    );
}

// ANCHOR: jacobian
/// The Jacobian of a standardized row: rstd (I - 1/n - x_hat x_hatᵀ / n).
fn jacobian<const N: usize>(x: [f64; N]) -> [[f64; N]; N] {
    let n = N as f64;
    let mean = x.iter().sum::<f64>() / n;
    let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n;
    let rstd = 1.0 / (variance + EPS).sqrt();
    let x_hat = x.map(|x| (x - mean) * rstd);
    std::array::from_fn(|i| {
        std::array::from_fn(|j| {
            let identity = if i == j { 1.0 } else { 0.0 };
            rstd * (identity - 1.0 / n - x_hat[i] * x_hat[j] / n)
        })
    })
}
// ANCHOR_END: jacobian

type NormOfRow = for<'t> fn(Var<'t, f64>) -> Result<Var<'t, f64>>;

#[test]
fn the_backward_is_a_product_with_the_explicit_jacobian() {
    let (x, cotangent) = ([0.5, -1.0, 2.0, 0.25], [1.0, -2.0, 0.5, 3.0]);
    let jacobian = jacobian(x);
    let product: Vec<f64> =
        (0..4).map(|j| (0..4).map(|i| cotangent[i] * jacobian[i][j]).sum()).collect();

    let norms: [(NormOfRow, &[usize]); 5] = [
        (|x| layer_norm(x, [4], None, None, EPS), &[1, 4]),
        (|x| group_norm(x, 1, None, None, EPS), &[1, 4]),
        (|x| instance_norm(x, None, None, None, true, 0.1, EPS), &[1, 1, 4]),
        (|x| batch_norm(x, None, None, None, true, 0.1, EPS), &[4, 1]),
        (|x| composed(x, &[-1]), &[1, 4]),
    ];
    for (norm, shape) in norms {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::new(x).reshape(shape).unwrap());
        let cotangent = Tensor::new(cotangent).reshape(shape).unwrap();
        let gradients = norm(x).unwrap().backward_with(&cotangent).unwrap();
        let found = gradients.wrt(x).unwrap().reshape([4]).unwrap();
        let expected = Tensor::from_vec(product.clone(), [4]).unwrap();
        found.assert_close(&expected, TOLERANCE).unwrap();
    }
}

/// SwitchableNorm with everything that its formula says, in primitive
/// operations.
fn composed_switchable<'t>(
    x: Var<'t, f64>,
    mean_weight: Var<'t, f64>,
    var_weight: Var<'t, f64>,
) -> Result<Var<'t, f64>> {
    let centred = x - x.mean_dims(&[2, 3], true)?;
    let own_mean = x.mean_dims(&[2, 3], true)?;
    let own_var = (centred * centred).mean_dims(&[2, 3], true)?;
    let second = own_var + own_mean * own_mean;
    let pooled = |dim: isize| -> Result<(Var<'t, f64>, Var<'t, f64>)> {
        let mean = own_mean.mean_dims(&[dim], true)?;
        Ok((mean, second.mean_dims(&[dim], true)? - mean * mean))
    };
    let ((layer_mean, layer_var), (batch_mean, batch_var)) = (pooled(1)?, pooled(0)?);
    let share = |weight: Var<'t, f64>, k: isize| weight.softmax(0)?.select(0, k);
    let mean = own_mean * share(mean_weight, 0)?
        + layer_mean * share(mean_weight, 1)?
        + batch_mean * share(mean_weight, 2)?;
    let var = own_var * share(var_weight, 0)?
        + layer_var * share(var_weight, 1)?
        + batch_var * share(var_weight, 2)?;
    Ok((x - mean) / (var + EPS).sqrt())
}

#[test]
fn switchable_norm_agrees_with_its_composition_in_the_mixing_weights_too() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut norm = SwitchableNorm2d::new(4);
    *norm.mean_weight.value_mut() = Tensor::randn([3], &mut rng);
    *norm.var_weight.value_mut() = Tensor::randn([3], &mut rng);
    let cotangent = Tensor::randn([3, 4, 2, 5], &mut rng);

    let tape = Tape::new();
    let x = tape.leaf(image());
    let y = norm.forward(x).unwrap();
    let gradients = y.backward_with(&cotangent).unwrap();

    let composed_tape = Tape::new();
    let [other_x, mean_weight, var_weight] =
        [image(), norm.mean_weight.value().clone(), norm.var_weight.value().clone()]
            .map(|value| composed_tape.leaf(value));
    let other = composed_switchable(other_x, mean_weight, var_weight).unwrap();
    let other_gradients = other.backward_with(&cotangent).unwrap();

    y.value().assert_close(&other.value(), TOLERANCE).unwrap();
    for (found, expected) in [
        (gradients.wrt(x), other_gradients.wrt(other_x)),
        (gradients.of(&norm.mean_weight), other_gradients.wrt(mean_weight)),
        (gradients.of(&norm.var_weight), other_gradients.wrt(var_weight)),
    ] {
        found.unwrap().assert_close(expected.unwrap(), TOLERANCE).unwrap();
    }
}
