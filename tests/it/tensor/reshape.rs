//! Reshaping: row-major order is kept, and storage is shared where it can be.

use handgrad::{Shape, Tensor};
use proptest::prelude::*;

use crate::naive::{Naive, indices};
use crate::strategies::{exact_values, for_all, shapes_with, twins, twins_with};

/// A shape with the same number of elements: sizes split into factors, ones
/// scattered in, and neighbours joined.
fn same_numel(shape: &[usize]) -> impl Strategy<Value = Vec<usize>> + use<> {
    let factors: Vec<usize> = shape
        .iter()
        .flat_map(|&size| match size {
            4 => vec![2, 2],
            size => vec![size],
        })
        .collect();
    let (count, full) = (factors.len(), !factors.is_empty());
    proptest::collection::vec(0..4_u8, count).prop_map(move |choices| {
        let mut out: Vec<usize> = Vec::new();
        for (&factor, choice) in factors.iter().zip(choices) {
            match (choice, out.last_mut()) {
                (0, _) => out.extend([1, factor]),
                (1, Some(last)) => *last *= factor,
                _ => out.push(factor),
            }
        }
        if full { out } else { vec![1, 1] }
    })
}

#[test]
fn reshape_keeps_row_major_order_and_view_agrees_or_refuses() {
    let inputs = twins().prop_flat_map(|twins| {
        let shape = twins.plain.shape().to_vec();
        (Just(twins), same_numel(&shape))
    });
    for_all(inputs, |(twins, shape)| {
        let expected = Naive { shape: shape.clone(), data: twins.plain.to_vec() };
        let reshaped = twins.strided.reshape(shape.clone()).unwrap();
        expected.assert_is(&reshaped);
        match twins.strided.view(shape.clone()) {
            Ok(view) => {
                expected.assert_is(&view);
                assert!(view.shares_storage(&twins.strided));
                assert!(reshaped.shares_storage(&twins.strided));
            }
            Err(_) => assert!(!reshaped.shares_storage(&twins.strided)),
        }
        // Contiguous elements can be seen in any shape.
        assert!(twins.plain.view(shape).unwrap().shares_storage(&twins.plain));
    });
}

#[test]
fn view_refuses_only_where_no_strides_exist() {
    // An independent test of viewability: the storage places of consecutive
    // elements must be an affine function of the new index.
    let inputs = twins_with(shapes_with(1..=4, 1..=4), exact_values()).prop_flat_map(|twins| {
        let shape = twins.plain.shape().to_vec();
        (Just(twins), same_numel(&shape))
    });
    for_all(inputs, |(twins, shape)| {
        let x = &twins.strided;
        let place = |index: &[usize]| {
            index.iter().zip(x.strides()).map(|(&i, &s)| i as isize * s).sum::<isize>()
        };
        let places: Vec<isize> = x.indexed_iter().map(|(index, _)| place(&index)).collect();
        let strides = Shape::from(shape.clone()).contiguous_strides();
        let affine = indices(&shape).iter().enumerate().all(|(flat, index)| {
            let steps =
                index.iter().zip(&strides).map(|(&i, &s)| i as isize * places_at(&places, s));
            places[flat] == steps.sum::<isize>()
        });
        assert_eq!(x.view(shape).is_ok(), affine);
    });
}

/// How far one step along a dimension of the new shape moves in storage, told
/// from the first such step.
fn places_at(places: &[isize], step: isize) -> isize {
    places.get(step as usize).copied().unwrap_or(0)
}

#[test]
fn flatten_joins_a_range_of_dims() {
    let inputs = twins_with(shapes_with(1..=5, 0..=4), exact_values()).prop_flat_map(|twins| {
        let rank = twins.plain.rank();
        (Just(twins), 0..rank, 0..rank)
    });
    for_all(inputs, |(twins, a, b)| {
        let (start, end) = (a.min(b), a.max(b));
        let sizes = twins.plain.shape();
        let joined = sizes[start..=end].iter().product();
        let shape = [&sizes[..start], &[joined], &sizes[end + 1..]].concat();
        let expected = Naive { shape, data: twins.plain.to_vec() };
        let rank = twins.plain.rank() as isize;
        let (start, end) = (start as isize, end as isize);
        expected.assert_is(&twins.strided.flatten(start, end).unwrap());
        expected.assert_is(&twins.strided.flatten(start - rank, end - rank).unwrap());
    });
    assert_eq!(Tensor::scalar(1.0_f64).flatten(0, -1).unwrap().shape(), &[1]);
}

#[test]
fn contiguous_copies_only_what_is_not() {
    for_all(twins(), |twins| {
        let contiguous = twins.strided.contiguous();
        assert!(contiguous.is_contiguous());
        assert_eq!(contiguous.shares_storage(&twins.strided), twins.strided.is_contiguous());
        Naive::of(&twins.plain).assert_is(&contiguous);
        assert_eq!(twins.strided.as_slice().is_some(), twins.strided.is_contiguous());
    });
}

#[test]
fn an_empty_view_is_contiguous_and_takes_any_empty_shape() {
    // The strides of the emptied transpose would not be those of [0, 2, 2].
    let empty = Tensor::<f64>::zeros([4, 3]).t().narrow(0, 0, 0).unwrap();
    assert!(empty.is_contiguous());
    assert_eq!(empty.as_slice(), Some(&[][..]));
    let reshaped = empty.reshape([0, 2, 2]).unwrap();
    assert_eq!(reshaped.shape(), &[0, 2, 2]);
    assert!(reshaped.shares_storage(&empty));
    assert_eq!(empty.view([7, 0]).unwrap().shape(), &[7, 0]);
}
