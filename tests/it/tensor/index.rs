//! Picking entries by index, and the adjoints that add them back.

use handgrad::{Shape, Tensor};
use proptest::prelude::*;

use crate::naive::{Naive, positive, with_sizes};
use crate::strategies::{Twins, exact_values, for_all, shapes_with, twins_with, views_of};

/// A tensor, a dimension with entries, and indices into it that may repeat.
fn selections() -> impl Strategy<Value = (Twins, isize, Vec<usize>)> {
    twins_with(shapes_with(1..=4, 1..=4), exact_values()).prop_flat_map(|twins| {
        let rank = twins.plain.rank() as isize;
        (Just(twins), -rank..rank).prop_flat_map(move |(twins, dim)| {
            let size = twins.plain.shape()[dim.rem_euclid(rank) as usize];
            (Just(twins), Just(dim), proptest::collection::vec(0..size, 0..=5))
        })
    })
}

/// A tensor, a dimension, and an index tensor that `gather` accepts.
fn gathers() -> impl Strategy<Value = (Twins, isize, Tensor<usize>)> {
    twins_with(shapes_with(1..=4, 1..=4), exact_values()).prop_flat_map(|twins| {
        let shape = twins.plain.shape().clone();
        let rank = shape.len() as isize;
        let smaller: Vec<_> = shape.iter().map(|&size| 0..=size).collect();
        (Just(twins), -rank..rank, smaller, 0..=5_usize).prop_flat_map(
            move |(twins, dim, mut sizes, along)| {
                let at = dim.rem_euclid(rank) as usize;
                sizes[at] = along;
                let count = sizes.iter().product::<usize>();
                let index = proptest::collection::vec(0..shape[at], count)
                    .prop_map(move |data| Tensor::from_vec(data, sizes.clone()).unwrap());
                (Just(twins), Just(dim), index)
            },
        )
    })
}

/// <a, b>, exact for exact values.
fn dot(a: &Tensor<f64>, b: &Tensor<f64>) -> f64 {
    (a * b).sum().item().unwrap()
}

#[test]
fn index_select_picks_entries() {
    for_all(selections(), |(twins, dim, indices)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&[dim], x.shape.len());
        let shape = with_sizes(&x.shape, &at, |_| indices.len());
        let expected = Naive::from_fn(&shape, |index| {
            let mut original = index.to_vec();
            original[at[0]] = indices[index[at[0]]];
            x.at(&original)
        });
        expected.assert_is(&twins.strided.index_select(dim, &indices).unwrap());
    });
}

#[test]
fn index_add_is_the_adjoint_of_index_select() {
    for_all((selections(), any::<u64>()), |((twins, dim, indices), choice)| {
        let x = &twins.strided;
        let picked = x.index_select(dim, &indices).unwrap();
        let g = views_of(&picked.map(|p| p - 0.5), choice);
        let size = x.shape()[positive(&[dim], x.rank())[0]];
        let back = g.index_add(dim, &indices, size).unwrap();
        assert_eq!(back.shape(), x.shape());
        assert_eq!(dot(&picked, &g), dot(x, &back));
    });
}

#[test]
fn gather_picks_elements() {
    for_all(gathers(), |(twins, dim, index)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&[dim], x.shape.len())[0];
        let entries = Naive::of(&index);
        let expected = Naive::from_fn(&entries.shape, |place| {
            let mut original = place.to_vec();
            original[at] = entries.at(place);
            x.at(&original)
        });
        expected.assert_is(&twins.strided.gather(dim, &index).unwrap());
        // An index tensor may be a view as well.
        let transposed = index.t().contiguous().t();
        expected.assert_is(&twins.strided.gather(dim, &transposed).unwrap());
    });
}

#[test]
fn scatter_add_is_the_adjoint_of_gather() {
    for_all((gathers(), any::<u64>()), |((twins, dim, index), choice)| {
        let x = &twins.strided;
        let gathered = x.gather(dim, &index).unwrap();
        let g = views_of(&gathered.map(|p| p + 0.25), choice);
        let back = g.scatter_add(dim, &index, x.shape()).unwrap();
        assert_eq!(back.shape(), x.shape());
        assert_eq!(dot(&gathered, &g), dot(x, &back));
    });
}

#[test]
fn an_index_outside_is_refused() {
    let x = Tensor::<f64>::zeros([2, 3]);
    assert!(x.index_select(1, &[0, 3]).is_err());
    assert!(x.gather(0, &Tensor::new([[2_usize]])).is_err());
    assert!(x.gather(1, &Tensor::new([[2_usize]])).is_ok());
    assert!(x.index_add(1, &[0, 1, 4], 4).is_err());
    let g = Tensor::<f64>::zeros([1, 1]);
    assert!(g.scatter_add(0, &Tensor::new([[2_usize]]), &Shape::from([2, 3])).is_err());
}
