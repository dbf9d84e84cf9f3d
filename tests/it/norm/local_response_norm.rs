//! LocalResponseNorm: its window, its edges, and arguments at their limits.

use handgrad::norm::LocalResponseNorm;
use handgrad::{Module, Result, Tape, Tensor, Var};

use super::{assert_near, assert_refused, normal, run};

/// The definition: a list of neighbours for every element.
fn by_definition(x: &Tensor<f64>, norm: LocalResponseNorm) -> Tensor<f64> {
    let LocalResponseNorm { size, alpha, beta, k } = norm;
    let channels = x.shape()[1] as isize;
    Tensor::from_fn(x.shape(), |index| {
        let c = index[1] as isize;
        let window = c - (size / 2) as isize..=c + ((size - 1) / 2) as isize;
        let neighbours = window.filter(|j| (0..channels).contains(j)).map(|j| {
            let mut at = index.to_vec();
            at[1] = j as usize;
            x.get(&at).unwrap()
        });
        let sum: f64 = neighbours.map(|x| x * x).sum();
        x.get(index).unwrap() / (k + alpha / size as f64 * sum).powf(beta)
    })
}

/// The same in primitive operations, whose backwards have tests of their own: the
/// squares padded with channels of zeros, and added up shifted.
fn composed(x: Var<'_, f64>, norm: LocalResponseNorm) -> Result<Var<'_, f64>> {
    let LocalResponseNorm { size, alpha, beta, k } = norm;
    let channels = x.shape()[1];
    let mut padding = vec![(0, 0); x.shape().len()];
    padding[1] = (size / 2, (size - 1) / 2);
    let padded = (x * x).pad(&padding, 0.0)?;
    let mut sum = padded.narrow(1, 0, channels)?;
    for shift in 1..size {
        sum = sum.try_add(padded.narrow(1, shift, channels)?)?;
    }
    Ok(x / (sum * (alpha / size as f64) + k).powf(beta))
}

/// Both kinds of size, one wider than the channels, and slabs that are longer than
/// a block and a piece of the kernel's work.
const SHAPES: [&[usize]; 6] =
    [&[2, 6, 1], &[2, 5, 3], &[1, 7, 4, 5], &[2, 3, 40, 30], &[1, 70_000, 1], &[3, 1, 2, 1, 2]];

#[test]
fn it_is_its_definition_at_every_size_and_edge() {
    for shape in SHAPES {
        let x = normal(shape, 1);
        for size in [1, 2, 3, 4, 5, 8, 9] {
            let norm = LocalResponseNorm { size, alpha: 0.7, beta: 0.75, k: 1.5 };
            let y = run(&x, &x, |x| norm.clone().forward(x)).0;
            assert_near(&y, &by_definition(&x, norm));
        }
    }
}

#[test]
fn its_gradient_is_that_of_its_composition() {
    for shape in SHAPES {
        let (x, cotangent) = (normal(shape, 2), normal(shape, 3));
        for (size, beta) in [(1, 0.75), (2, 0.75), (4, 0.5), (5, 2.0), (8, 0.75)] {
            let norm = LocalResponseNorm { size, alpha: 0.7, beta, k: 1.5 };
            let ours = run(&x, &cotangent, |x| norm.clone().forward(x));
            let theirs = run(&x, &cotangent, |x| composed(x, norm));
            assert_near(&ours.0, &theirs.0);
            assert_near(&ours.1, &theirs.1);
        }
    }
}

#[test]
fn an_even_window_has_one_more_channel_before_than_after() {
    let x = Tensor::new([[[1.0], [2.0], [4.0]]]);
    let damped = |size| {
        let norm = LocalResponseNorm { size, alpha: size as f64, beta: 1.0, k: 0.0 };
        run(&x, &x, |x| norm.clone().forward(x)).0.to_vec()
    };
    assert_eq!(damped(2), [1.0, 2.0 / 5.0, 4.0 / 20.0]);
    assert_eq!(damped(3), [1.0 / 5.0, 2.0 / 21.0, 4.0 / 20.0]);
}

/// y_0 = x_0 / (1 + x_0²), y_1 = x_1 / (1 + x_0² + x_1²).
#[test]
fn two_channels_by_hand() {
    let norm = LocalResponseNorm { size: 2, alpha: 2.0, beta: 1.0, k: 1.0 };
    let x = Tensor::new([[[1.0], [2.0]]]);
    // The second output alone: s = 6, ∂/∂x_0 = -2 x_1 x_0 / 36, ∂/∂x_1 = 1/6 - 8/36.
    let (y, dx) = run(&x, &Tensor::new([[[0.0], [1.0]]]), |x| norm.clone().forward(x));
    assert_eq!(y.to_vec(), [1.0 / 2.0, 1.0 / 3.0]);
    assert_near(&dx, &Tensor::new([[[-1.0 / 9.0], [-1.0 / 18.0]]]));
    // The first one alone: x_1 is not in its window.
    let dx = run(&x, &Tensor::new([[[1.0], [0.0]]]), |x| norm.clone().forward(x)).1;
    assert_eq!(dx.to_vec(), [0.0, 0.0]);
}

#[test]
fn a_window_of_one_channel_sees_only_its_own_number() {
    let norm = LocalResponseNorm { size: 1, alpha: 1.0, beta: 0.5, k: 1.0 };
    let x = normal(&[2, 3, 4], 4);
    let y = run(&x, &x, |x| norm.clone().forward(x)).0;
    assert_near(&y, &x.map(|x| x / (1.0 + x * x).sqrt()));
}

#[test]
fn with_beta_0_nothing_is_divided_and_nothing_is_spread() {
    let norm = LocalResponseNorm { beta: 0.0, k: -5.0, ..LocalResponseNorm::new(3) };
    let x = Tensor::new([[[1.0], [f64::INFINITY], [f64::NAN], [-2.0]]]);
    let cotangent = Tensor::new([[[1.0], [2.0], [3.0], [4.0]]]);
    let (y, dx) = run(&x, &cotangent, |x| norm.clone().forward(x));
    assert_eq!(y.to_vec()[..2], [1.0, f64::INFINITY]);
    assert_eq!(dx.to_vec(), cotangent.to_vec());
}

/// As PyTorch has them: NaN of a power of a negative number, and of 0 / 0.
#[test]
fn a_denominator_that_is_no_positive_number() {
    let zeros = Tensor::<f64>::zeros([1, 3, 2]);
    let without_k = LocalResponseNorm { k: 0.0, ..LocalResponseNorm::new(3) };
    let y = run(&zeros, &zeros, |x| without_k.clone().forward(x)).0;
    assert!(y.iter().all(f64::is_nan));
    let x = Tensor::ones([1, 3, 1]);
    let negative = LocalResponseNorm { k: -5.0, ..without_k };
    assert!(run(&x, &x, |x| negative.clone().forward(x)).0.iter().all(f64::is_nan));
    // A whole power of a negative number is a number.
    let squared = LocalResponseNorm { alpha: -3.0, beta: 2.0, ..without_k };
    let y = run(&x, &x, |x| squared.clone().forward(x)).0;
    assert_near(&y, &Tensor::new([[[0.25], [1.0 / 9.0], [0.25]]]));
}

#[test]
fn squares_that_f32_cannot_hold_do_not_overflow() {
    let norm = LocalResponseNorm { alpha: 1.0, beta: 0.5, k: 0.0, size: 2 };
    let x = Tensor::<f32>::new([[[3e30], [4e30]]]);
    let (y, dx) = run(&x, &Tensor::ones([1, 2, 1]), |x| norm.clone().forward(x));
    assert_eq!(y.to_vec(), [2.0_f32.sqrt(), 0.8 * 2.0_f32.sqrt()]);
    assert!(dx.iter().all(|dx| dx.is_finite() && dx.abs() < 1e-29));
}

#[test]
fn an_empty_input_gives_an_empty_output() {
    for shape in [&[0, 4, 3][..], &[2, 0, 3], &[2, 4, 0], &[2, 0, 3, 0]] {
        let x = Tensor::<f64>::zeros(shape);
        let (y, dx) = run(&x, &x, |x| LocalResponseNorm::new(3).forward(x));
        assert_eq!((y.shape(), dx.shape()), (x.shape(), x.shape()));
    }
}

#[test]
fn misfits_are_refused() {
    let tape = Tape::new();
    let [scalar, row, matrix, volume] =
        [&[][..], &[4], &[2, 4], &[2, 4, 3]].map(|shape| tape.leaf(Tensor::ones(shape)));
    let attempts = [
        scalar.local_response_norm(5, 1e-4, 0.75, 1.0),
        row.local_response_norm(5, 1e-4, 0.75, 1.0),
        LocalResponseNorm::new(5).forward(matrix),
        volume.local_response_norm(0, 1e-4, 0.75, 1.0),
    ];
    assert_refused("norm_refusals_local_response_norm", &tape, 4, attempts);
}
