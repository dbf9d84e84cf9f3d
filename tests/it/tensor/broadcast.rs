//! Broadcasting and its adjoint.

use handgrad::{Shape, Tensor, broadcast_shapes};
use proptest::prelude::*;

use crate::naive::{Naive, broadcast, indices};
use crate::strategies::{
    broadcastable_shapes, exact_values, for_all, shapes, tensor_of, twins_with, views_of,
};

#[test]
fn shapes_broadcast_exactly_where_numpy_says() {
    let small = || proptest::collection::vec(0..=3_usize, 0..=3);
    for_all((small(), small()), |(a, b)| {
        let joined = broadcast_shapes("add", &Shape::from(a.clone()), &b.clone().into());
        assert_eq!(joined.ok().map(|shape| shape.to_vec()), broadcast(&a, &b));
    });
    for_all(broadcastable_shapes(), |(a, b)| {
        let joined = broadcast_shapes("add", &a.clone().into(), &b.clone().into()).unwrap();
        assert_eq!(joined.to_vec(), broadcast(&a, &b).unwrap());
    });
}

#[test]
fn sum_to_shape_collects_every_repetition() {
    for_all(expansions(), |(x, g, _)| {
        let (x, g) = (Naive::of(&x), g);
        let sums = g.sum_to_shape(x.shape.clone()).unwrap();
        let g = Naive::of(&g.contiguous());
        let expected = Naive::from_fn(&x.shape, |cell| {
            let new = g.shape.len() - cell.len();
            let lands = |index: &&Vec<usize>| {
                (0..cell.len()).all(|d| x.shape[d] == 1 || index[new + d] == cell[d])
            };
            indices(&g.shape).iter().filter(lands).map(|index| g.at(index)).sum()
        });
        expected.assert_is(&sums);
    });
}

#[test]
fn sum_to_shape_is_the_adjoint_of_expand() {
    let dot = |a: &Tensor<f64>, b: &Tensor<f64>| (a * b).sum().item().unwrap();
    for_all(expansions(), |(x, g, choice)| {
        let x = views_of(&x, choice);
        let forward = dot(&x.expand(g.shape()).unwrap(), &g);
        let backward = dot(&x, &g.sum_to_shape(x.shape()).unwrap());
        assert_eq!(forward, backward);
    });
}

/// A tensor and another of a shape that it expands to.
fn expansions() -> impl Strategy<Value = (Tensor<f64>, Tensor<f64>, u64)> {
    shapes()
        .prop_flat_map(|large| {
            let rank = large.len();
            (Just(large), proptest::collection::vec(any::<bool>(), rank), 0..=rank)
        })
        .prop_flat_map(|(large, ones, dropped)| {
            let sizes = large.iter().zip(&ones).map(|(&n, &one)| if one { 1 } else { n });
            let small: Vec<usize> = sizes.skip(dropped).collect();
            let g = twins_with(Just(large), exact_values()).prop_map(|twins| twins.strided);
            (tensor_of(small, exact_values()), g, any::<u64>())
        })
}
