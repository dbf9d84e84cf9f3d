//! Softmax's kin and the gated units at sizes and layouts that take every path
//! of their kernels, and what they refuse.

use handgrad::activation::Approximate;
use handgrad::{Result, Tape, Tensor, Tolerance, Var};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::{Activate, function, run};

/// Both sides of the size from which several threads work, lines shorter and
/// longer than a piece of work, and dims in every position.
const SHAPES: [&[usize]; 7] =
    [&[300, 256], &[2, 40_000], &[40_000, 2], &[7, 50, 200], &[3, 5, 4], &[1, 70_000], &[33]];

fn normal(shape: &[usize]) -> Tensor<f64> {
    Tensor::randn(shape, &mut ChaCha8Rng::seed_from_u64(1))
}

/// Softmax in primitive operations, which have tests of their own.
fn composed_softmax(x: Var<'_, f64>, dim: isize) -> Result<Var<'_, f64>> {
    let exponentials = x.exp();
    exponentials.try_div(exponentials.sum_dims(&[dim], true)?)
}

fn assert_agree(x: &Tensor<f64>, f: impl Activate, g: impl Activate) {
    let tolerance = Tolerance { absolute: 1e-12, relative: 1e-12 };
    let ((y, dx), (other_y, other_dx)) = (run(x, f), run(x, g));
    y.assert_close(&other_y, tolerance).unwrap();
    dx.assert_close(&other_dx, tolerance).unwrap();
}

#[test]
fn softmax_agrees_with_its_composition_over_every_dim() {
    for shape in SHAPES {
        let x = normal(shape);
        for dim in 0..shape.len() as isize {
            assert_agree(&x, |x| x.softmax(dim), |x| composed_softmax(x, dim));
            assert_agree(&x, |x| x.softmin(dim), |x| composed_softmax(-x, dim));
            assert_agree(&x, |x| x.log_softmax(dim), |x| Ok(composed_softmax(x, dim)?.ln()));
        }
    }
}

#[test]
fn gated_units_agree_with_their_composition_over_every_dim() {
    for shape in SHAPES {
        let x = normal(shape);
        for (dim, &size) in shape.iter().enumerate().filter(|(_, size)| **size % 2 == 0) {
            let (dim, half) = (dim as isize, size / 2);
            let halves =
                function(|x| Ok(x.narrow(dim, 0, half)? * x.narrow(dim, half, half)?.sigmoid()));
            assert_agree(&x, |x| x.glu(dim), halves);
        }
    }
}

#[test]
fn a_line_of_huge_numbers_does_not_overflow() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f32>::new([[3e38, -3e38], [-3e38, -3e38], [0.0, 1e30]]));
    assert_eq!(x.softmax(1).unwrap().value().to_vec(), [1.0, 0.0, 0.5, 0.5, 0.0, 1.0]);
    // Two numbers apart by more than the largest f32.
    let logs = x.log_softmax(1).unwrap().value().to_vec();
    assert_eq!(logs[..2], [0.0, f32::NEG_INFINITY]);
    assert_eq!(logs[4..], [-1e30, 0.0]);
}

#[test]
fn minus_infinity_masks_a_number_out() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([1.0, f64::NEG_INFINITY, 1.0]));
    let y = x.softmax(0).unwrap();
    assert_eq!(y.value().to_vec(), [0.5, 0.0, 0.5]);
    let gradients = y.backward_with(&Tensor::new([1.0, 5.0, 3.0])).unwrap();
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [-0.5, 0.0, 0.5]);
}

#[test]
fn without_a_dim_softmax_takes_pytorchs() {
    use handgrad::Module;
    use handgrad::activation::{LogSoftmax, Softmax, Softmin};
    for (shape, dim) in [(&[][..], 0), (&[3], 0), (&[3, 4], 1), (&[3, 4, 2], 0), (&[3, 4, 2, 2], 1)]
    {
        let tape = Tape::new();
        let x = tape.leaf(normal(shape));
        let same =
            |a: Var<'_, f64>, b: Var<'_, f64>| assert_eq!(a.value().to_vec(), b.value().to_vec());
        same(Softmax::default().forward(x).unwrap(), x.softmax(dim).unwrap());
        same(Softmin::default().forward(x).unwrap(), x.softmin(dim).unwrap());
        same(LogSoftmax::default().forward(x).unwrap(), x.log_softmax(dim).unwrap());
    }
}

#[test]
fn misfits_are_refused_and_record_nothing() {
    let tape = Tape::new();
    let scalar = tape.leaf(Tensor::<f64>::scalar(1.0));
    let odd = tape.leaf(Tensor::zeros([4, 5]));
    let refusals = [
        odd.softmax(2),
        odd.softmin(-3),
        scalar.log_softmax(1),
        odd.softmax2d(),
        odd.glu(-1),
        odd.reglu(2),
        scalar.geglu(0, Approximate::None),
        scalar.swiglu(-1),
        odd.hardtanh(1.0, 1.0),
        odd.hardtanh(f64::NAN, 1.0),
        odd.softshrink(-0.5),
        odd.softshrink(f64::INFINITY),
        odd.celu(0.0),
        odd.rrelu(0.5, 0.25, None),
    ];
    let errors: Vec<String> = refusals.map(|refused| refused.unwrap_err().to_string()).into();
    assert_eq!(tape.len(), 2);
    crate::examples::assert_snapshot("activation_refusals", &errors.join("\n"));
}
