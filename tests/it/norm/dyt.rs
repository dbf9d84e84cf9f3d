//! DyT: its limits, its parameters, and what it refuses.

use handgrad::norm::{DyT, dyt};
use handgrad::{Module, Tape, Tensor};

use super::{assert_near, assert_refused, normal, run};

/// y = w tanh(α x) + b in primitive operations.
#[test]
fn it_is_its_composition_with_all_gradients() {
    // One row longer than a piece of work, and many short ones.
    for (shape, trailing) in
        [(&[3, 4, 5][..], 1), (&[3, 4, 5], 0), (&[2, 40_000], 1), (&[70, 900], 1)]
    {
        let (tape, reference) = (Tape::new(), Tape::new());
        let point = [
            normal(shape, 1),
            Tensor::new([0.7]),
            normal(&shape[trailing..], 2),
            normal(&shape[trailing..], 3),
        ];
        let cotangent = normal(shape, 4);
        let [x, alpha, w, b] = point.clone().map(|value| tape.leaf(value));
        let y = dyt(x, alpha, w, b).unwrap();
        let ours = y.backward_with(&cotangent).unwrap();
        let [p, q, r, s] = point.map(|value| reference.leaf(value));
        let z = p.try_mul(q).unwrap().tanh().try_mul(r).unwrap().try_add(s).unwrap();
        let theirs = z.backward_with(&cotangent).unwrap();
        assert_near(&y.value(), &z.value());
        for (a, b) in [(x, p), (alpha, q), (w, r), (b, s)] {
            assert_near(ours.wrt(a).unwrap(), theirs.wrt(b).unwrap());
        }
    }
}

/// tanh(ln 2) = 3/5, of slope 16/25.
#[test]
fn one_number_by_hand() {
    let tape = Tape::new();
    let [x, alpha, w, b] =
        [2.0_f64.ln() * 2.0, 0.5, 10.0, 1.0].map(|value| tape.leaf(Tensor::new([value])));
    let y = x.dyt(alpha, w, b).unwrap();
    let gradients = y.backward_with(&Tensor::new([3.0])).unwrap();
    let of = |var| gradients.wrt(var).unwrap().clone();
    assert_near(&y.value(), &Tensor::new([7.0]));
    // h = 3 · 10 · 16/25 = 19.2.
    assert_near(&of(x), &Tensor::new([9.6]));
    assert_near(&of(alpha), &Tensor::new([19.2 * 2.0 * 2.0_f64.ln()]));
    assert_near(&of(w), &Tensor::new([1.8]));
    assert_near(&of(b), &Tensor::new([3.0]));
}

#[test]
fn a_large_alpha_makes_it_the_sign() {
    let x = Tensor::new([-2.0, -1e-3, 0.0, 1e-3, 2.0]);
    let y = run(&x, &x, |x| DyT::new([5], 1e6)?.forward(x)).0;
    assert_eq!(y.to_vec(), [-1.0, -1.0, 0.0, 1.0, 1.0]);
}

#[test]
fn a_small_alpha_makes_it_linear_and_alpha_0_a_constant() {
    let x = normal(&[3, 4], 5);
    let (y, dx) = run(&x, &Tensor::ones([3, 4]), |x| DyT::new([4], 1e-9)?.forward(x));
    assert_near(&y.scale(1e9), &x);
    assert_near(&dx, &Tensor::full([3, 4], 1e-9));
    let (y, dx) = run(&x, &Tensor::ones([3, 4]), |x| DyT::new([4], 0.0)?.forward(x));
    assert!(y.iter().chain(&dx).all(|value| value == 0.0));
}

/// The limits, where the formula as it stands is infinity times 0.
#[test]
fn an_infinite_number_moves_neither_itself_nor_alpha() {
    let mut dyt = DyT::<f64>::new([3], 0.5).unwrap();
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([f64::INFINITY, f64::NEG_INFINITY, 0.0]));
    let y = dyt.forward(x).unwrap();
    let gradients = y.sum().backward().unwrap();
    assert_eq!(y.value().to_vec(), [1.0, -1.0, 0.0]);
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [0.0, 0.0, 0.5]);
    assert_eq!(gradients.of(&dyt.alpha).unwrap().to_vec(), [0.0]);
    assert_eq!(gradients.of(&dyt.weight).unwrap().to_vec(), [1.0, -1.0, 0.0]);
}

#[test]
fn a_nan_stays_in_its_place_but_for_alpha() {
    let mut dyt = DyT::<f64>::new([2], 0.5).unwrap();
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([[f64::NAN, 0.0], [1.0, 0.0]]));
    let gradients = dyt.forward(x).unwrap().sum().backward().unwrap();
    let is_nan = |tensor: &Tensor<f64>| tensor.map(f64::is_nan).to_vec();
    assert_eq!(is_nan(gradients.wrt(x).unwrap()), [true, false, false, false]);
    assert_eq!(is_nan(gradients.of(&dyt.alpha).unwrap()), [true]);
    assert_eq!(is_nan(gradients.of(&dyt.weight).unwrap()), [true, false]);
    assert_eq!(is_nan(gradients.of(&dyt.bias).unwrap()), [false, false]);
}

#[test]
fn no_samples_leave_parameters_with_gradients_of_0() {
    let mut dyt = DyT::<f64>::new([3], 0.5).unwrap();
    let tape = Tape::new();
    let gradients =
        dyt.forward(tape.leaf(Tensor::zeros([0, 3]))).unwrap().sum().backward().unwrap();
    assert_eq!(gradients.of(&dyt.alpha).unwrap().to_vec(), [0.0]);
    assert_eq!(gradients.of(&dyt.weight).unwrap().to_vec(), [0.0; 3]);
    // And rows without numbers.
    let mut dyt = DyT::<f64>::new([0], 0.5).unwrap();
    assert_eq!(dyt.forward(tape.leaf(Tensor::zeros([4, 0]))).unwrap().shape(), [4, 0]);
}

#[test]
fn misfits_are_refused() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::ones([2, 3]));
    let [one, two, row, column, scalar] =
        [&[1][..], &[2], &[3], &[2, 1], &[]].map(|shape| tape.leaf(Tensor::ones(shape)));
    let attempts = [
        DyT::new([4], 0.5).unwrap().forward(x),
        DyT::new([2, 3], 0.5).unwrap().forward(row),
        x.dyt(two, row, row),
        x.dyt(one, column, column),
        x.dyt(one, scalar, scalar),
        x.dyt(one, row, one),
        DyT::<f64>::new([0; 0], 0.5).map(|_| x),
        DyT::<f64>::new([usize::MAX, 2], 0.5).map(|_| x),
    ];
    assert_refused("norm_refusals_dyt", &tape, 6, attempts);
}
