//! Fallible functions return errors: they panic on no input at all.

use handgrad::{Shape, Tensor, broadcast_shapes};
use proptest::prelude::*;

use crate::strategies::for_all;

/// Sizes and counts at the edges of what there is. None is large but within
/// reach: a test should not fill the memory to show that it can.
fn extremes() -> impl Strategy<Value = usize> {
    const MAX: usize = usize::MAX;
    prop_oneof![
        6 => 0..4_usize,
        1 => proptest::sample::select(vec![1 << 50, 1 << 61, 1 << 62, (1 << 63) - 1, 1 << 63, MAX - 1, MAX]),
    ]
}

fn dims() -> impl Strategy<Value = isize> {
    prop_oneof![8 => -4..4_isize, 1 => Just(isize::MIN), 1 => Just(isize::MAX)]
}

fn extreme_shapes() -> impl Strategy<Value = Shape> {
    proptest::collection::vec(extremes(), 0..=4).prop_map(Shape::from)
}

/// Tensors with few elements or none, whose empty dimensions may stand beside
/// the largest there are, and views of them.
fn odd_tensors() -> impl Strategy<Value = Tensor<f64>> {
    let view = (0..6_u8, dims(), dims(), extremes(), extremes());
    (extreme_shapes(), proptest::collection::vec(view, 0..4)).prop_map(|(shape, views)| {
        let few = shape.checked_numel().is_some_and(|numel| numel < 300);
        let mut x = Tensor::zeros(if few { shape } else { Shape::from([2, 0, 1 << 60]) });
        for (kind, a, b, from, to) in views {
            let next = match kind {
                0 => x.transpose(a, b),
                1 => x.flip(&[a]),
                2 => x.slice(a, from..to, 2),
                3 => x.unsqueeze(a),
                4 => x.narrow(a, from, to),
                _ => x.flatten(a, b),
            };
            x = next.unwrap_or(x);
        }
        x
    })
}

/// Whatever a view is, all ways of reading it must agree.
fn read_through(x: &Tensor<f64>) {
    if x.numel() < 1000 {
        assert_eq!(x.to_vec().len(), x.numel());
        assert_eq!(x.iter().count(), x.numel());
        assert_eq!(x.contiguous().shape(), x.shape());
    }
}

#[test]
fn views_refuse_without_panicking() {
    let arguments =
        (odd_tensors(), (dims(), dims()), (extremes(), extremes(), extremes()), extreme_shapes());
    for_all(arguments, |(x, (a, b), (m, n, step), shape)| {
        let views = [
            x.transpose(a, b),
            x.permute(&[a, b]),
            x.permute(&[a, b, 0]),
            x.narrow(a, m, n),
            x.slice(a, m..n, step),
            x.select(a, b),
            x.flip(&[a, b]),
            x.squeeze(a),
            x.unsqueeze(a),
            x.flatten(a, b),
            x.reshape(&shape),
            x.view(&shape),
            x.expand(&shape),
        ];
        for view in views.into_iter().flatten() {
            read_through(&view);
            let _ = (view.bytes(), view.is_contiguous(), view.item());
        }
    });
}

#[test]
fn reductions_refuse_without_panicking() {
    for_all((odd_tensors(), dims(), dims(), any::<bool>()), |(x, a, b, keepdim)| {
        let cells = x.shape().iter().product::<usize>();
        assert_eq!(cells, x.numel());
        for dims in [&[a][..], &[a, b], &[]] {
            let _ = x.sum_dims(dims, keepdim);
            let _ = x.mean_dims(dims, keepdim);
            let _ = x.var_dims(dims, 1.0, keepdim);
            let _ = x.prod_dims(dims, keepdim);
            let _ = x.amax(dims, keepdim);
            let _ = x.amin(dims, keepdim);
            if let [dim] = *dims {
                let _ = (x.argmax(dim, keepdim), x.argmin(dim, keepdim));
            }
        }
        let _ = (x.sum(), x.mean(), x.var(0.0), x.prod(), x.max(), x.min());
    });
}

#[test]
fn operations_on_two_tensors_refuse_without_panicking() {
    for_all((odd_tensors(), odd_tensors(), dims(), extreme_shapes()), |(x, y, dim, shape)| {
        let _ = (x.try_add(&y), x.eq(&y), x.matmul(&y), y.t().matmul(&x));
        let _ = (Tensor::cat(&[&x, &y], dim), Tensor::stack(&[&x, &y], dim));
        let _ = (Tensor::cat(&[&x, &x], dim), Tensor::stack(&[&x, &x], dim));
        let _ = (x.allclose(&y, handgrad::Tolerance::default()), x.with_tangent(&y));
        let _ = (x.sum_to_shape(&shape), x.gt(&y).map(|mask| mask.select_where(&x, &y)));
        let _ = broadcast_shapes("add", x.shape(), &shape);
    });
}

#[test]
fn joins_and_indices_refuse_without_panicking() {
    let counts = proptest::collection::vec(extremes(), 0..4);
    let arguments = (odd_tensors(), dims(), counts, extremes(), extreme_shapes());
    for_all(arguments, |(x, dim, counts, n, shape)| {
        let pairs: Vec<(usize, usize)> = counts.iter().map(|&count| (count, n)).collect();
        let _ = (x.split(&counts, dim), x.pad(&pairs, 0.0), x.index_select(dim, &counts));
        // A chunk for each of a million entries is slow, not wrong.
        if x.shape().iter().all(|&size| size < 1000) {
            let _ = x.chunk(n, dim);
        }
        let _ = x.index_add(dim, &counts, n);
        let index = Tensor::from_vec(counts.clone(), [counts.len()]).unwrap();
        let _ = (x.gather(dim, &index), x.scatter_add(dim, &index, &shape));
        let _ = Tensor::from_vec(counts, shape);
    });
}

#[test]
fn results_larger_than_memory_are_refused() {
    // Views may have any number of elements; results may not.
    let huge = Tensor::<f64>::zeros([1]).expand([1 << 50]).unwrap();
    let column = Tensor::<f64>::zeros([1, 1]).expand([1 << 30, 1]).unwrap();
    assert!(huge.try_add(&huge).is_err());
    assert!(column.try_add(&column.t()).is_err());
    assert!(column.matmul(&column.t()).is_err());
    assert!(Tensor::cat(&[&huge, &huge], 0).is_err());
    assert!(Tensor::stack(&[&huge, &huge], 0).is_err());
    assert!(huge.flip(&[0]).unwrap().reshape([2, 1 << 49]).is_ok());
    assert!(huge.unsqueeze(0).unwrap().index_select(0, &[0, 0]).is_err());
    assert!(Tensor::<f64>::zeros([1]).pad(&[(1 << 50, 0)], 0.0).is_err());
    assert!(Tensor::<f64>::zeros([1]).index_add(0, &[0], 1 << 50).is_err());
    assert!(Tensor::<f64>::arange(0.0, 1e15, 1.0).is_err());
    assert!(huge.chunk(1 << 50, 0).is_err());
    let copied = Tensor::<f64>::zeros([2, 1]).expand([2, 1 << 50]).unwrap().t();
    assert!(copied.reshape([1 << 51]).is_err());
}

#[test]
#[should_panic(expected = "full: shape [9223372036854775807, 2] has more elements")]
fn constructors_that_cannot_refuse_panic_with_a_sentence() {
    let _ = Tensor::<f32>::zeros([isize::MAX as usize, 2]);
}
