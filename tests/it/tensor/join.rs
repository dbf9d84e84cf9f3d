//! Joining, splitting and padding.

use handgrad::Tensor;
use proptest::prelude::*;

use crate::naive::{Naive, with_sizes};
use crate::strategies::{
    Twins, exact_values, for_all, shapes_with, twins, twins_and_dim, twins_with,
};

/// One to three tensors whose shapes differ along one dimension at most.
fn joinable() -> impl Strategy<Value = (Vec<Twins>, isize)> {
    (shapes_with(1..=4, 0..=4), 0..4_isize, proptest::collection::vec(0..4_usize, 1..=3))
        .prop_flat_map(|(shape, dim, sizes)| {
            let dim = dim % shape.len() as isize;
            let parts: Vec<_> = sizes
                .into_iter()
                .map(|size| {
                    let mut shape = shape.clone();
                    shape[dim as usize] = size;
                    twins_with(Just(shape), exact_values())
                })
                .collect();
            (parts, Just(dim))
        })
}

#[test]
fn cat_puts_one_after_the_other_and_split_takes_them_apart() {
    for_all(joinable(), |(parts, dim)| {
        let at = dim as usize;
        let naive: Vec<_> = parts.iter().map(|part| Naive::of(&part.plain)).collect();
        let sizes: Vec<usize> = naive.iter().map(|part| part.shape[at]).collect();
        let shape = with_sizes(&naive[0].shape, &[at], |_| sizes.iter().sum());
        let expected = Naive::from_fn(&shape, |index| {
            let mut own = index.to_vec();
            let mut part = 0;
            while own[at] >= sizes[part] {
                own[at] -= sizes[part];
                part += 1;
            }
            naive[part].at(&own)
        });
        let strided: Vec<&Tensor<f64>> = parts.iter().map(|part| &part.strided).collect();
        let joined = Tensor::cat(&strided, dim).unwrap();
        expected.assert_is(&joined);
        expected.assert_is(&Tensor::cat(&strided, dim - shape.len() as isize).unwrap());

        let pieces = joined.split(&sizes, dim).unwrap();
        for (piece, part) in pieces.iter().zip(&naive) {
            part.assert_is(piece);
            assert!(piece.shares_storage(&joined));
        }
        assert_eq!(pieces.len(), parts.len());
    });
}

#[test]
fn stack_adds_a_dim_that_select_takes_away() {
    let inputs = shapes_with(0..=3, 0..=4).prop_flat_map(|shape| {
        let places = shape.len() as isize + 1;
        let same = proptest::collection::vec(twins_with(Just(shape), exact_values()), 1..=3);
        (same, -places..places)
    });
    for_all(inputs, |(parts, dim)| {
        let strided: Vec<&Tensor<f64>> = parts.iter().map(|part| &part.strided).collect();
        let stacked = Tensor::stack(&strided, dim).unwrap();
        assert_eq!(stacked.rank(), parts[0].plain.rank() + 1);
        for (i, part) in parts.iter().enumerate() {
            Naive::of(&part.plain).assert_is(&stacked.select(dim, i as isize).unwrap());
        }
    });
}

#[test]
fn chunks_are_as_many_and_as_large_as_pytorchs() {
    // (size, chunks, sizes of torch.arange(size).chunk(chunks))
    let cases: [(usize, usize, &[usize]); 7] = [
        (5, 4, &[2, 2, 1]),
        (6, 4, &[2, 2, 2]),
        (6, 3, &[2, 2, 2]),
        (2, 5, &[1, 1]),
        (7, 1, &[7]),
        (0, 3, &[0, 0, 0]),
        (3, usize::MAX, &[1, 1, 1]),
    ];
    for (size, chunks, expected) in cases {
        let parts = Tensor::<f64>::zeros([2, size]).chunk(chunks, 1).unwrap();
        let sizes: Vec<usize> = parts.iter().map(|part| part.shape()[1]).collect();
        assert_eq!(sizes, expected, "{size} in {chunks}");
    }
    for_all((twins_and_dim(), 1..6_usize), |((twins, dim), chunks)| {
        let parts = twins.strided.chunk(chunks, dim).unwrap();
        let joined = Tensor::cat(&parts.iter().collect::<Vec<_>>(), dim).unwrap();
        Naive::of(&twins.plain).assert_is(&joined);
        assert!(parts.len() <= chunks && parts.iter().all(|p| p.shares_storage(&twins.strided)));
    });
}

#[test]
fn pad_surrounds_and_narrow_takes_it_back() {
    let inputs = twins().prop_flat_map(|twins| {
        let rank = twins.plain.rank();
        (Just(twins), proptest::collection::vec((0..3_usize, 0..3_usize), rank))
    });
    for_all(inputs, |(twins, padding)| {
        let x = Naive::of(&twins.plain);
        let grown: Vec<usize> = x
            .shape
            .iter()
            .zip(&padding)
            .map(|(size, (before, after))| before + size + after)
            .collect();
        let expected = Naive::from_fn(&grown, |index| {
            let own: Option<Vec<usize>> = (0..index.len())
                .map(|d| index[d].checked_sub(padding[d].0).filter(|&i| i < x.shape[d]))
                .collect();
            own.map_or(9.5, |own| x.at(&own))
        });
        let mut padded = twins.strided.pad(&padding, 9.5).unwrap();
        expected.assert_is(&padded);
        for (d, &(before, _)) in padding.iter().enumerate() {
            padded = padded.narrow(d as isize, before, x.shape[d]).unwrap();
        }
        x.assert_is(&padded);
    });
}

#[test]
fn joining_indices_and_booleans_works_too() {
    let (a, b) = (Tensor::<usize>::new([1, 2]), Tensor::<usize>::new([3]));
    assert_eq!(Tensor::cat(&[&a, &b], 0).unwrap().to_vec(), [1, 2, 3]);
    let flags = Tensor::new([true, false]).pad(&[(1, 1)], true).unwrap();
    assert_eq!(flags.to_vec(), [true, true, false, true]);
}
