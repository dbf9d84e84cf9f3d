//! Inputs that are cut into several pieces of work, with a remainder in each: every kernel
//! that sums over pieces agrees with its layer composed of primitive operations, in values
//! and in all gradients.

use handgrad::norm::{
    BatchNorm1d, RunningStatistics, batch_norm, dyt, group_norm, instance_norm, layer_norm,
    rms_norm,
};
use handgrad::{Result, Tape, Tensor, Tolerance, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

const EPS: f64 = 1e-5;

/// The output, and the gradient of every input for a random cotangent.
fn respond(
    shapes: &[&[usize]],
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>,
) -> Result<Vec<Tensor<f64>>> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let tape = Tape::new();
    let inputs: Vec<_> =
        shapes.iter().map(|&shape| tape.leaf(Tensor::randn(shape, &mut rng))).collect();
    let y = f(&inputs)?;
    let gradients = y.backward_with(&Tensor::randn(y.shape(), &mut rng))?;
    let mut all = vec![y.value()];
    for input in inputs {
        all.push(gradients.wrt(input)?.clone());
    }
    Ok(all)
}

#[track_caller]
fn assert_same(
    shapes: &[&[usize]],
    f: impl for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>,
    composed: impl for<'t> Fn(&[Var<'t, f64>]) -> Result<Var<'t, f64>>,
) {
    let found = respond(shapes, f).expect("the layer takes this input");
    let wanted = respond(shapes, composed).expect("its composition too");
    for (found, wanted) in found.iter().zip(&wanted) {
        found.assert_close(wanted, Tolerance { absolute: 1e-10, relative: 1e-10 }).unwrap();
    }
}

/// `x_hat w + b` with statistics over `dims`; weight and bias seen in `affine`'s shape.
fn standardized<'t>(v: &[Var<'t, f64>], dims: &[isize], affine: &[usize]) -> Result<Var<'t, f64>> {
    let centred = v[0] - v[0].mean_dims(dims, true)?;
    let variance = (centred * centred).mean_dims(dims, true)?;
    let x_hat = centred / (variance + EPS).sqrt();
    Ok(x_hat * v[1].reshape(affine)? + v[2].reshape(affine)?)
}

#[test]
fn norms_of_rows() {
    let shapes: [&[usize]; 3] = [&[30, 700], &[700], &[700]];
    assert_same(
        &shapes,
        |v| layer_norm(v[0], [700], Some(v[1]), Some(v[2]), EPS),
        |v| standardized(v, &[1], &[700]),
    );
    assert_same(
        &shapes[..2],
        |v| rms_norm(v[0], [700], Some(v[1]), Some(EPS)),
        |v| Ok(v[0] / ((v[0] * v[0]).mean_dims(&[1], true)? + EPS).sqrt() * v[1]),
    );
}

#[test]
fn norms_of_channels() {
    let shapes: [&[usize]; 3] = [&[3, 6, 3000], &[6], &[6]];
    assert_same(
        &shapes,
        |v| instance_norm(v[0], None, Some(v[1]), Some(v[2]), true, 0.1, EPS),
        |v| standardized(v, &[2], &[6, 1]),
    );
    assert_same(
        &shapes,
        |v| group_norm(v[0], 2, Some(v[1]), Some(v[2]), EPS),
        |v| {
            let grouped = v[0].reshape([3, 2, 3, 3000])?;
            let grouped = [grouped, v[1].reshape([2, 3, 1])?, v[2].reshape([2, 3, 1])?];
            standardized(&grouped, &[2, 3], &[2, 3, 1])?.reshape([3, 6, 3000])
        },
    );
    assert_same(
        &shapes,
        |v| batch_norm(v[0], None, Some(v[1]), Some(v[2]), true, 0.1, EPS),
        |v| standardized(v, &[0, 2], &[6, 1]),
    );
}

/// 450 rows, of which 54 make a piece and 218 a part that is summed.
const TABLE: [&[usize]; 3] = [&[450, 300], &[300], &[300]];

#[test]
fn batch_norm_of_columns() {
    assert_same(
        &TABLE,
        |v| batch_norm(v[0], None, Some(v[1]), Some(v[2]), true, 0.1, EPS),
        |v| standardized(v, &[0], &[300]),
    );
}

#[test]
fn batch_norm_in_evaluation() {
    let shapes: [(&[usize], &[usize]); 2] = [(&[450, 300], &[300]), (&[3, 6, 3000], &[6, 1])];
    for (shape, affine) in shapes {
        let channels = shape[1];
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let (mean, spread) =
            (Tensor::randn([channels], &mut rng), Tensor::<f64>::rand([channels], &mut rng));
        let fresh = BatchNorm1d::<f64>::new(channels).running.expect("tracked by default");
        let running = RunningStatistics { mean, var: &spread + 0.5, ..fresh };
        assert_same(
            &[shape, &[channels], &[channels]],
            |v| {
                let mut running = running.clone();
                batch_norm(v[0], Some(&mut running), Some(v[1]), Some(v[2]), false, 0.1, EPS)
            },
            |v| {
                let given = |tensor: &Tensor<f64>| v[0].tape().constant(tensor.clone());
                let mean = given(&running.mean.reshape(affine)?);
                let deviation = (given(&running.var.reshape(affine)?) + EPS).sqrt();
                Ok((v[0] - mean) / deviation * v[1].reshape(affine)? + v[2].reshape(affine)?)
            },
        );
    }
}

#[test]
fn prelu_of_one_slope_and_of_a_slope_a_channel() {
    let cases: [([&[usize]; 2], &[usize]); 3] = [
        ([&[20_001], &[1]], &[1]),
        ([TABLE[0], TABLE[1]], &[300]),
        ([&[3, 4, 3000], &[4]], &[4, 1]),
    ];
    for (shapes, aligned) in cases {
        assert_same(
            &shapes,
            |v| v[0].prelu(v[1]),
            |v| Ok(v[0].relu() - (-v[0]).relu() * v[1].reshape(aligned)?),
        );
    }
}

#[test]
fn dyt_of_rows() {
    assert_same(
        &[&[30, 700], &[1], &[700], &[700]],
        |v| dyt(v[0], v[1], v[2], v[3]),
        |v| Ok((v[0] * v[1]).tanh() * v[2] + v[3]),
    );
}

#[test]
fn softmax_along_rows_and_columns() {
    for dim in [0, 1] {
        assert_same(
            &[&[70, 300]],
            |v| v[0].softmax(dim),
            |v| {
                let exponentials = v[0].exp();
                Ok(exponentials / exponentials.sum_dims(&[dim], true)?)
            },
        );
    }
}
