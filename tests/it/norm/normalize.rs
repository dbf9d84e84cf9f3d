//! Normalize: every kind of p, where PyTorch's values were looked up by running it.

use handgrad::catalog::Configured;
use handgrad::check::{CheckOptions, dualcheck_layer, gradcheck_layer};
use handgrad::module::Args;
use handgrad::norm::Normalize;
use handgrad::{Module, Tape, Tensor};

use super::{assert_near, assert_refused, normal, run};

const INF: f64 = f64::INFINITY;
const PS: [f64; 11] = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 20.0, INF, -INF, -1.0, -0.5];

fn cotangent(len: usize) -> Tensor<f64> {
    Tensor::arange(1.0, len as f64 + 1.0, 1.0).unwrap()
}

/// Of one line, with the cotangent 1, 2, 3, ..
fn line<const N: usize>(x: [f64; N], p: f64, eps: f64) -> (Vec<f64>, Vec<f64>) {
    let (y, dx) = run(&Tensor::new(x), &cotangent(N), |x| x.normalize(p, 0, eps));
    (y.to_vec(), dx.to_vec())
}

#[test]
fn rows_have_length_1_and_gradients_at_right_angles() {
    let x = normal(&[5, 7], 1);
    let (y, dx) = run(&x, &normal(&[5, 7], 2), |x| x.normalize(2.0, 1, 1e-12));
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| (a * b).sum_dims(&[1], false).unwrap();
    assert_near(&dot(&y, &y), &Tensor::ones([5]));
    assert_near(&dot(&dx, &x), &Tensor::zeros([5]));
}

#[test]
fn whatever_p_a_multiple_of_x_has_the_same_output() {
    let x = normal(&[4, 3], 3);
    for p in PS.into_iter().filter(|p| *p != 0.0) {
        let of = |scale: f64| run(&x.scale(scale), &x, |x| x.normalize(p, 1, 1e-300));
        assert_near(&of(1.0).0, &of(1024.0).0);
        assert_near(&of(1.0).1, &of(1024.0).1.scale(1024.0));
        // So the gradient has no part along x.
        let along = (&of(1.0).1 * &x).sum_dims(&[1], false).unwrap();
        assert_near(&along, &Tensor::zeros([4]));
    }
}

/// A row of length 5; h = ȳ - y (ȳ · y) of the cotangent (1, 0) is (1 - 9/25, -12/25).
#[test]
fn three_four_five_by_hand() {
    let x = Tensor::new([3.0, 4.0]);
    let (y, dx) = run(&x, &Tensor::new([1.0, 0.0]), |x| x.normalize(2.0, 0, 1e-12));
    assert_eq!(y.to_vec(), [0.6, 0.8]);
    assert_near(&dx, &Tensor::new([16.0 / 125.0, -12.0 / 125.0]));
    let y = |p| line([3.0, -4.0], p, 1e-12).0;
    assert_eq!(y(1.0), [3.0 / 7.0, -4.0 / 7.0]);
    assert_eq!(y(0.0), [1.5, -2.0]);
    assert_eq!(y(INF), [0.75, -1.0]);
    assert_eq!(y(-INF), [1.0, -4.0 / 3.0]);
    assert_near(&Tensor::from_vec(y(-1.0), [2]).unwrap(), &Tensor::new([1.75, -7.0 / 3.0]));
}

#[test]
fn both_checks_pass_for_every_p_along_every_dim() {
    for p in PS {
        for (dim, shape) in [(1, [3, 4]), (0, [3, 4]), (0, [12, 1])] {
            let args = Args::new().with("p", p).with("dim", dim);
            let layer = Configured::new("Normalize", args).unwrap();
            // No two of one size, and none near 0.
            let sign = |i: usize| if i.is_multiple_of(3) { -1.0 } else { 1.0 };
            let x = Tensor::from_fn(shape, |at| {
                let i = at[0] * shape[1] + at[1];
                sign(i) * (0.5 + 0.1 * (i * 7 % 12) as f64)
            });
            for check in [gradcheck_layer, dualcheck_layer] {
                let report = check(&layer, &x, &CheckOptions::default()).unwrap();
                assert!(report.passed(), "p = {p}, dim {dim}\n{report}");
            }
        }
    }
}

/// The forward over dual numbers has the slopes that the backward takes.
#[test]
fn zeros_and_ties_have_the_same_slope_both_ways() {
    let x = Tensor::new([[0.0, 2.0, -2.0, 1.0], [1.0, 0.0, 1.0, 0.0], [-1.0, 1.0, 1.0, 3.0]]);
    for p in PS {
        for dim in [0, 1] {
            let args = Args::new().with("p", p).with("dim", dim).with("eps", 0.25);
            let layer = Configured::new("Normalize", args).unwrap();
            let report = dualcheck_layer(&layer, &x, &CheckOptions::default()).unwrap();
            assert!(report.passed(), "p = {p}, dim {dim}\n{report}");
        }
    }
}

#[test]
fn numbers_that_tie_share_the_slope() {
    // Σ ȳ y = 0, -1 and 1 are the two largest: c = 1 - 2 + 3/2 = 1/2.
    let (y, dx) = line([2.0, -2.0, 1.0], INF, 1e-12);
    assert_eq!(y, [1.0, -1.0, 0.5]);
    assert_eq!(dx, [0.375, 1.125, 1.5]);
    let (y, dx) = line([2.0, -2.0, 1.0], -INF, 1e-12);
    assert_eq!((y, dx), (vec![2.0, -2.0, 1.0], vec![1.0, 2.0, 2.0]));
}

#[test]
fn a_line_of_zeros_stays_and_its_slope_is_1_over_eps() {
    for p in PS {
        let (y, dx) = line([0.0, 0.0], p, 0.5);
        assert_eq!((y, dx), (vec![0.0, 0.0], vec![2.0, 4.0]), "p = {p}");
        // Without eps it has no direction.
        let (y, dx) = line([0.0, 0.0], p, 0.0);
        assert!(y.iter().all(|y| y.is_nan()), "p = {p}");
        assert_eq!(dx, [INF, INF], "p = {p}");
    }
    // A single 0 makes every norm of negative p 0.
    for p in [-0.5, -1.0, -INF] {
        assert_eq!(line([0.0, 3.0], p, 0.5), (vec![0.0, 6.0], vec![2.0, 4.0]), "p = {p}");
    }
}

#[test]
fn a_norm_of_exactly_eps_counts_as_eps() {
    for (p, norm) in [(2.0, 5.0), (1.0, 7.0), (INF, 4.0)] {
        let dx = line([3.0, 4.0], p, norm).1;
        assert_eq!(dx, [1.0 / norm, 2.0 / norm]);
        let [below, at] = [1.0 - 1e-15, 1.0].map(|part| line([3.0, 4.0], p, norm * part).1[1]);
        assert!(below < 0.9 * at, "p = {p}: {below}, {at}");
    }
}

#[test]
fn an_infinite_number_takes_all_the_line() {
    for p in [0.5, 1.0, 1.5, 2.0, 3.0, INF] {
        let (y, dx) = line([INF, 1.0, -2.0], p, 1e-12);
        assert!(y[0].is_nan() && y[1..] == [0.0, 0.0], "p = {p}: {y:?}");
        assert!(dx.iter().all(|dx| dx.is_nan()), "p = {p}");
    }
    // Of negative powers it adds nothing; only its own gradient is undefined.
    let (y, dx) = line([INF, 1.0, 2.0], -1.0, 1e-12);
    assert_eq!(y, [INF, 1.5, 3.0]);
    assert!(dx[0].is_nan() && dx[1..] == [-INF, -INF]);
}

#[test]
fn a_nan_spreads_over_its_line_but_not_over_a_count() {
    for p in PS.into_iter().filter(|p| *p != 0.0) {
        let x = Tensor::new([[f64::NAN, 1.0], [1.0, 2.0]]);
        for (dim, nan) in [(1, [true, true, false, false]), (0, [true, false, true, false])] {
            let (y, dx) = run(&x, &x, |x| x.normalize(p, dim, 1e-12));
            assert_eq!(y.map(f64::is_nan).to_vec(), nan, "p = {p}");
            assert_eq!(dx.map(f64::is_nan).to_vec()[2 * usize::from(dim == 1)..][..1], [dim == 0]);
        }
    }
    let (y, dx) = line([f64::NAN, 1.0], 0.0, 1e-12);
    assert!(y[0].is_nan() && y[1] == 0.5);
    assert_eq!(dx, [0.5, 1.0]);
}

/// PyTorch makes 0, infinity or NaN of most of these.
#[test]
fn no_power_overflows_or_vanishes() {
    for (p, y) in [(1.5, 0.5_f64.powf(2.0 / 3.0)), (2.0, 0.5_f64.sqrt()), (3.0, 0.5_f64.cbrt())] {
        for x in [1e200, 1e-200, 1e300] {
            let (found, dx) = line([x, x], p, 0.0);
            assert_near(&Tensor::from_vec(found, [2]).unwrap(), &Tensor::full([2], y));
            assert!(dx.iter().all(|dx| (dx * x).abs() < 1.0), "p = {p}: {dx:?}");
        }
    }
    let (y, dx) = line([3.0, 4.0], 1000.0, 1e-12);
    assert_eq!((y, dx), (vec![0.75, 1.0], vec![0.25, -0.1875]));
    // Side by side, where one line's trouble is not its neighbour's.
    let columns = Tensor::new([[3e200, 3.0, 0.0], [4e200, 4.0, 0.0]]);
    let y = run(&columns, &columns, |x| x.normalize(2.0, 0, 1e-12)).0;
    assert_near(&y, &Tensor::new([[0.6, 0.6, 0.0], [0.8, 0.8, 0.0]]));
    let x = Tensor::<f32>::new([3e30, -3e30]);
    let y = run(&x, &x, |x| x.normalize(2.0, 0, 1e-12)).0;
    assert_eq!(y.to_vec(), [0.5_f32.sqrt(), -0.5_f32.sqrt()]);
}

#[test]
fn rows_and_lines_that_lie_side_by_side_agree() {
    // Pieces of work end within a row, between rows, and within a slab.
    for shape in [[300, 250], [2, 40_000], [40_000, 2]] {
        let (x, cotangent) = (normal(&shape, 5), normal(&shape, 6));
        for p in PS {
            let rows = run(&x, &cotangent, |x| x.normalize(p, 1, 1e-12));
            let lines = run(&x.t(), &cotangent.t(), |x| x.normalize(p, 0, 1e-12));
            let scale = rows.1.map(f64::abs).max().unwrap().item().unwrap();
            assert_near(&rows.0, &lines.0.t());
            assert_near(&rows.1.scale(1.0 / scale), &lines.1.t().scale(1.0 / scale));
        }
    }
}

#[test]
fn a_scalar_is_a_line_and_an_empty_line_has_a_norm_of_0() {
    let x = Tensor::scalar(-3.0);
    let (y, dx) = run(&x, &Tensor::scalar(1.0), |x| x.normalize(2.0, -1, 1e-12));
    assert_eq!((y.item().unwrap(), dx.item().unwrap()), (-1.0, 0.0));
    for p in [0.0, 0.5, 1.0, 2.0] {
        let x = Tensor::<f64>::zeros([2, 0]);
        assert_eq!(run(&x, &x, |x| x.normalize(p, 1, 1e-12)).1.shape(), x.shape());
    }
    for p in PS {
        let x = Tensor::<f64>::zeros([0, 3]);
        assert_eq!(run(&x, &x, |x| x.normalize(p, 1, 1e-12)).1.shape(), x.shape());
    }
}

#[test]
fn misfits_are_refused() {
    let tape = Tape::new();
    let [row, matrix, empty] =
        [&[3][..], &[2, 3], &[2, 0]].map(|shape| tape.leaf(Tensor::ones(shape)));
    let attempts = [
        Normalize::default().forward(row),
        matrix.normalize(2.0, 2, 1e-12),
        matrix.normalize(2.0, -3, 1e-12),
        empty.normalize(INF, 1, 1e-12),
        empty.normalize(-INF, 1, 1e-12),
        empty.normalize(-0.5, -1, 1e-12),
    ];
    assert_refused("norm_refusals_normalize", &tape, 3, attempts);
}
