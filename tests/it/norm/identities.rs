//! Norms that are special cases of others. Each identity holds for values and
//! gradients.

use handgrad::norm::{
    BatchNorm2d, InstanceNorm2d, SwitchableNorm1d, SwitchableNorm2d, batch_norm, group_norm,
    instance_norm, layer_norm, rms_norm, weight_standardization,
};
use handgrad::{Module, Tensor, Tolerance, Var};
use proptest::prelude::Strategy;

use super::{Norm, images, respond};
use crate::strategies::{for_all, tensor_of, values};

const EPS: f64 = 1e-3;

fn assert_close(inputs: impl Strategy<Value = Tensor<f64>>, f: impl Norm<f64>, g: impl Norm<f64>) {
    let tolerance = Tolerance { absolute: 1e-11, relative: 1e-11 };
    for_all(inputs, |x| {
        let ((y, dx), (other_y, other_dx)) = (respond(&x, &f), respond(&x, &g));
        y.assert_close(&other_y, tolerance).unwrap();
        dx.assert_close(&other_dx, tolerance).unwrap();
    });
}

fn instance(x: Var<'_, f64>) -> handgrad::Result<Var<'_, f64>> {
    instance_norm(x, None, None, None, true, 0.1, EPS)
}

fn batch(x: Var<'_, f64>) -> handgrad::Result<Var<'_, f64>> {
    batch_norm(x, None, None, None, true, 0.1, EPS)
}

fn layer(x: Var<'_, f64>) -> handgrad::Result<Var<'_, f64>> {
    layer_norm(x, &x.shape()[1..], None, None, EPS)
}

#[test]
fn group_norm_of_one_group_is_layer_norm_over_channels_and_places() {
    assert_close(images(), |x| group_norm(x, 1, None, None, EPS), layer);
}

#[test]
fn group_norm_of_as_many_groups_as_channels_is_instance_norm() {
    assert_close(images(), |x| group_norm(x, x.shape()[1], None, None, EPS), instance);
}

#[test]
fn batch_norm_of_one_sample_is_instance_norm() {
    let one = (1..4_usize, 2..4_usize, 1..4_usize)
        .prop_flat_map(|(c, h, w)| tensor_of(vec![1, c, h, w], values()));
    assert_close(one, batch, instance);
}

#[test]
fn batch_norm_of_rows_is_layer_norm_of_columns() {
    let tables = (2..5_usize, 1..5_usize).prop_flat_map(|(n, c)| tensor_of(vec![n, c], values()));
    assert_close(tables, batch, |x| layer_norm(x.t(), [x.shape()[0]], None, None, EPS).map(Var::t));
}

#[test]
fn weight_standardization_is_layer_norm_of_its_rows() {
    assert_close(images(), |x| weight_standardization(x, EPS), layer);
}

#[test]
fn rms_norm_of_centred_rows_is_layer_norm() {
    let centred = (1..4_usize, 2..6_usize).prop_flat_map(|(rows, n)| {
        tensor_of(vec![rows, n], values())
            .prop_map(|x| &x - &x.mean_dims(&[1], true).expect("rows have elements"))
    });
    for_all(centred, |x| {
        let n = [x.shape()[1]];
        let (y, _) = respond(&x, |x| rms_norm(x, n, None, Some(EPS)));
        let (other, _) = respond(&x, |x| layer_norm(x, n, None, None, EPS));
        y.assert_close(&other, Tolerance { absolute: 1e-12, relative: 0.0 }).unwrap();
    });
}

#[test]
fn rms_norm_of_a_row_less_its_mean_is_layer_norm_with_its_gradient() {
    let rows = (1..4_usize, 2..6_usize).prop_flat_map(|(r, n)| tensor_of(vec![r, n], values()));
    assert_close(
        rows,
        |x| {
            let centred = x - x.mean_dims(&[1], true)?;
            rms_norm(centred, [x.shape()[1]], None, Some(EPS))
        },
        |x| layer_norm(x, [x.shape()[1]], None, None, EPS),
    );
}

/// A SwitchableNorm with all its weight on one branch.
fn one_hot(channels: usize, branch: usize, training: bool) -> SwitchableNorm2d<f64> {
    let mut norm = SwitchableNorm2d::new(channels);
    let weight = [0, 1, 2].map(|k| if k == branch { 0.0 } else { f64::NEG_INFINITY });
    *norm.mean_weight.value_mut() = Tensor::new(weight);
    *norm.var_weight.value_mut() = Tensor::new(weight);
    set_running(norm.running.as_mut().expect("tracked by default"), channels);
    norm.set_training(training);
    norm
}

fn set_running(running: &mut handgrad::norm::RunningStatistics<f64>, channels: usize) {
    let numbers = |f: fn(f64) -> f64| {
        let data = (0..channels).map(|c| f(c as f64)).collect();
        Tensor::from_vec(data, [channels]).unwrap()
    };
    running.mean = numbers(|c| c - 0.5);
    running.var = numbers(|c| 0.5 + c);
}

#[test]
fn switchable_norm_with_one_hot_weights_is_that_branch() {
    let tolerance = Tolerance { absolute: 1e-11, relative: 1e-11 };
    for_all(images(), |x| {
        let channels = x.shape()[1];
        for training in [true, false] {
            let switchable =
                |branch| respond(&x, |x| one_hot(channels, branch, training).forward(x));
            let expected = [
                respond(&x, |x| InstanceNorm2d::new(channels).forward(x)),
                respond(&x, |x| layer_norm(x, &x.shape()[1..], None, None, 1e-5)),
                respond(&x, |x| {
                    let mut norm = BatchNorm2d::new(channels);
                    set_running(norm.running.as_mut().expect("tracked by default"), channels);
                    norm.set_training(training);
                    norm.forward(x)
                }),
            ];
            for (branch, (y, dx)) in expected.into_iter().enumerate() {
                let (switchable_y, switchable_dx) = switchable(branch);
                switchable_y.assert_close(&y, tolerance).unwrap();
                switchable_dx.assert_close(&dx, tolerance).unwrap();
            }
        }
    });
}

#[test]
fn switchable_norm_of_a_table_leaves_the_instance_branch_out() {
    let tables = (2..5_usize, 1..4_usize).prop_flat_map(|(n, c)| tensor_of(vec![n, c], values()));
    for_all(tables, |x| {
        let of_instance_weight = |weight: f64| {
            respond(&x, |x| {
                let mut norm = SwitchableNorm1d::new(x.shape()[1]);
                *norm.mean_weight.value_mut() = Tensor::new([weight, 1.0, 1.0]);
                *norm.var_weight.value_mut() = Tensor::new([weight, 1.0, 1.0]);
                norm.forward(x)
            })
        };
        let ((y, dx), (other_y, other_dx)) = (of_instance_weight(1.0), of_instance_weight(50.0));
        assert_eq!((y.to_vec(), dx.to_vec()), (other_y.to_vec(), other_dx.to_vec()));
    });
}
