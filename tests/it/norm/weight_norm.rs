//! WeightNorm: lengths, directions, and weights without one.

use handgrad::norm::{WeightNorm, weight_norm};
use handgrad::{Module, Shape, Tape, Tensor};

use super::{assert_near, assert_refused, normal};

/// Output and both gradients, for a cotangent of the output's shape.
fn run(
    v: &Tensor<f64>,
    g: &Tensor<f64>,
    dim: Option<isize>,
    cotangent: &Tensor<f64>,
) -> [Tensor<f64>; 3] {
    let tape = Tape::new();
    let (v, g) = (tape.leaf(v.clone()), tape.leaf(g.clone()));
    let w = v.weight_norm(g, dim).unwrap();
    let gradients = w.backward_with(cotangent).unwrap();
    [w.value(), gradients.wrt(v).unwrap().clone(), gradients.wrt(g).unwrap().clone()]
}

/// A shape's dims but for one, and the lengths' shape that broadcasts.
fn others(shape: &[usize], axis: Option<usize>) -> (Vec<isize>, Shape) {
    let dims = (0..shape.len()).filter(|dim| Some(*dim) != axis).map(|dim| dim as isize).collect();
    let kept = (0..shape.len()).map(|dim| if Some(dim) == axis { shape[dim] } else { 1 }).collect();
    (dims, kept)
}

/// Against g v / sqrt(Σ v²) in primitive operations.
#[test]
fn it_is_its_composition_over_every_dim() {
    for shape in [&[6][..], &[4, 5], &[3, 2, 4], &[2, 3, 2, 2], &[3, 40_000], &[40_000, 3]] {
        let (v, cotangent) = (normal(shape, 1), normal(shape, 2));
        for axis in (0..shape.len()).map(Some).chain([None]) {
            let (dims, kept) = others(shape, axis);
            let g = normal(&kept, 3);
            let tape = Tape::new();
            let (v_leaf, g_leaf) = (tape.leaf(v.clone()), tape.leaf(g.clone()));
            // Each element's own size, where no dim is left to sum over.
            let squares = v_leaf * v_leaf;
            let sums =
                if dims.is_empty() { squares } else { squares.sum_dims(&dims, true).unwrap() };
            let w = v_leaf.try_mul(g_leaf.try_div(sums.sqrt()).unwrap()).unwrap();
            let gradients = w.backward_with(&cotangent).unwrap();
            let theirs =
                [&w.value(), gradients.wrt(v_leaf).unwrap(), gradients.wrt(g_leaf).unwrap()];
            let dim = axis.map(|axis| axis as isize);
            for (ours, theirs) in run(&v, &g, dim, &cotangent).iter().zip(theirs) {
                let scale = theirs.map(f64::abs).max().unwrap().item().unwrap().max(1.0);
                assert_near(&ours.scale(1.0 / scale), &theirs.scale(1.0 / scale));
            }
        }
    }
}

#[test]
fn a_weight_with_its_own_lengths_is_unchanged() {
    let weight = normal(&[3, 4, 2], 4);
    for dim in [Some(0), Some(1), Some(2), Some(-2), Some(-1), None] {
        let mut norm = WeightNorm::from_weight(&weight, dim).unwrap();
        let tape = Tape::new();
        assert_near(&norm.forward(tape.leaf(weight.clone())).unwrap().value(), &weight);
    }
}

#[test]
fn rows_have_the_length_g_and_no_gradient_along_v() {
    let (v, g) = (normal(&[4, 6], 5), Tensor::new([1.0, 2.0, 0.0, -3.0]));
    let [w, dv, _] = run(&v, &g, Some(0), &normal(&[4, 6], 6));
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| (a * b).sum_dims(&[1], false).unwrap();
    assert_near(&dot(&w, &w), &(&g * &g));
    assert_near(&dot(&dv, &v), &Tensor::zeros([4]));
}

/// ‖v‖ = 5, v̂ = (3/5, 4/5), g = 10; of the cotangent (1, 0) the part along v̂ is 3/5.
#[test]
fn three_four_five_by_hand() {
    let v = Tensor::new([[3.0, 4.0]]);
    let [w, dv, dg] = run(&v, &Tensor::new([10.0]), Some(0), &Tensor::new([[1.0, 0.0]]));
    assert_eq!(w.to_vec(), [6.0, 8.0]);
    assert_eq!(dg.to_vec(), [0.6]);
    // 10/5 (1 - 9/25, -12/25)
    assert_near(&dv, &Tensor::new([[1.28, -0.96]]));
}

/// PyTorch takes -1 for no dim, where -2 is the last but one.
#[test]
fn dim_minus_1_is_the_whole_and_not_the_last() {
    let (v, g) = (normal(&[2, 3], 7), Tensor::new([2.0]));
    let whole = run(&v, &g, None, &v);
    assert_eq!(run(&v, &g, Some(-1), &v)[0].to_vec(), whole[0].to_vec());
    assert!(((&whole[0] * &whole[0]).sum().item().unwrap() - 4.0).abs() < 1e-12);
    let rows = Tensor::new([2.0, 3.0]);
    assert_eq!(run(&v, &rows, Some(-2), &v)[1].to_vec(), run(&v, &rows, Some(0), &v)[1].to_vec());
}

#[test]
fn lengths_may_have_pytorchs_shape_and_their_gradient_has_it_too() {
    let v = normal(&[2, 3, 4], 8);
    let flat = run(&v, &Tensor::new([1.0, 2.0, 3.0]), Some(1), &v);
    let kept = run(&v, &Tensor::new([[[1.0], [2.0], [3.0]]]), Some(1), &v);
    assert_eq!(flat[0].to_vec(), kept[0].to_vec());
    assert_eq!((flat[2].shape(), kept[2].shape()), (&Shape::from([3]), &Shape::from([1, 3, 1])));
    assert_eq!(run(&v, &Tensor::scalar(1.0), None, &v)[2].rank(), 0);
}

#[test]
fn a_zero_vector_has_no_direction() {
    let v = Tensor::new([[0.0, 0.0], [3.0, 4.0]]);
    let [w, dv, dg] = run(&v, &Tensor::ones([2]), Some(0), &Tensor::ones([2, 2]));
    for tensor in [&w, &dv] {
        assert_eq!(tensor.map(f64::is_nan).to_vec(), [true, true, false, false]);
    }
    assert_eq!(dg.map(f64::is_nan).to_vec(), [true, false]);
}

/// PyTorch makes 0 of the first and infinity of the second.
#[test]
fn squares_out_of_range_do_not_overflow_or_vanish() {
    for size in [1e200, 1e-200] {
        let v = Tensor::new([[3.0 * size, 4.0 * size]]);
        let [w, dv, dg] = run(&v, &Tensor::ones([1]), Some(0), &Tensor::new([[1.0, 0.0]]));
        assert_near(&w, &Tensor::new([[0.6, 0.8]]));
        assert_near(&dv.scale(size), &Tensor::new([[16.0 / 125.0, -12.0 / 125.0]]));
        assert_near(&dg, &Tensor::new([0.6]));
    }
}

#[test]
fn a_weight_without_numbers_has_lengths_all_the_same() {
    for (shape, count) in [([3, 0], 3), ([0, 3], 0)] {
        let v = Tensor::zeros(shape);
        let [w, dv, dg] = run(&v, &Tensor::ones([count]), Some(0), &v);
        assert_eq!((w.shape(), dv.shape()), (v.shape(), v.shape()));
        assert_eq!(dg.to_vec(), vec![0.0; count]);
        let norm = WeightNorm::from_weight(&v, Some(0)).unwrap();
        assert_eq!(norm.weight_g.value().to_vec(), vec![0.0; count]);
    }
}

#[test]
fn misfits_are_refused() {
    let tape = Tape::new();
    let [scalar, two, three, matrix] =
        [&[][..], &[2], &[3], &[2, 3]].map(|shape| tape.leaf(Tensor::<f64>::ones(shape)));
    let attempts = [
        weight_norm(scalar, scalar, None),
        weight_norm(matrix, two, Some(2)),
        weight_norm(matrix, two, Some(1)),
        weight_norm(matrix, two, None),
        weight_norm(matrix, matrix, Some(0)),
        weight_norm(matrix, scalar, Some(0)),
        WeightNorm::new(3, Some(0)).unwrap().forward(matrix),
        WeightNorm::<f64>::new(usize::MAX, None).map(|_| three),
        WeightNorm::from_weight(&matrix.value(), Some(-3)).map(|_| three),
    ];
    assert_refused("norm_refusals_weight_norm", &tape, 4, attempts);
}
