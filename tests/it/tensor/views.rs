//! Views: what they show, that they copy nothing, and that they compose.

use handgrad::Tensor;
use proptest::prelude::*;

use crate::naive::{Naive, positive, with_sizes};
use crate::strategies::{
    dims_of, exact_values, for_all, shapes_with, special_values, tensor_of, tensors, twins,
    twins_and_dim, twins_with, views_of,
};

#[test]
fn a_view_of_any_layout_equals_the_contiguous_tensor() {
    for_all(twins_with(shapes_with(0..=5, 0..=5), special_values()), |twins| {
        Naive::of(&twins.plain).assert_is(&twins.strided);
    });
}

#[test]
fn views_of_any_view_keep_its_values() {
    for_all((tensors(), any::<u64>(), any::<u64>()), |(x, choice, another)| {
        Naive::of(&x).assert_is(&views_of(&views_of(&x, choice), another));
    });
}

#[test]
fn random_layouts_are_usually_not_contiguous() {
    let x = Tensor::<f64>::zeros([3, 4, 2]);
    let strided = (0..100).filter(|&choice| !views_of(&x, choice).is_contiguous()).count();
    assert!(strided > 80, "only {strided} of 100");
}

#[test]
fn transpose_and_permute_reorder_the_index() {
    let inputs = twins().prop_flat_map(|twins| {
        let rank = twins.plain.rank() as isize;
        (Just(twins), Just((0..rank).collect::<Vec<_>>()).prop_shuffle(), any::<bool>())
    });
    for_all(inputs, |(twins, order, from_end)| {
        let (x, rank) = (Naive::of(&twins.plain), order.len());
        let shape: Vec<usize> = order.iter().map(|&dim| x.shape[dim as usize]).collect();
        let expected = Naive::from_fn(&shape, |index| {
            let mut original = vec![0; rank];
            for (&i, &dim) in index.iter().zip(&order) {
                original[dim as usize] = i;
            }
            x.at(&original)
        });
        let dims: Vec<isize> =
            order.iter().map(|&dim| if from_end { dim - rank as isize } else { dim }).collect();
        let permuted = twins.strided.permute(&dims).unwrap();
        expected.assert_is(&permuted);
        assert!(permuted.shares_storage(&twins.strided));
        if let [a, b, ..] = dims[..] {
            let swapped = twins.strided.transpose(a, b).unwrap();
            let mut order: Vec<isize> = (0..rank as isize).collect();
            let (a, b) = (a.rem_euclid(rank as isize), b.rem_euclid(rank as isize));
            order.swap(a as usize, b as usize);
            Naive::of(&twins.plain.permute(&order).unwrap().contiguous()).assert_is(&swapped);
            Naive::of(&twins.plain).assert_is(&swapped.transpose(b, a).unwrap());
        }
    });
}

#[test]
fn t_exchanges_the_last_two_dims_and_leaves_vectors_alone() {
    for_all(twins(), |twins| {
        let transposed = twins.strided.t();
        if twins.plain.rank() < 2 {
            Naive::of(&twins.plain).assert_is(&transposed);
        } else {
            let expected = twins.plain.transpose(-1, -2).unwrap().contiguous();
            Naive::of(&expected).assert_is(&transposed);
        }
    });
}

#[test]
fn slice_and_narrow_take_every_nth_entry_of_a_range() {
    let inputs = twins_and_dim().prop_flat_map(|(twins, dim)| {
        let size = twins.plain.shape()[positive(&[dim], twins.plain.rank())[0]];
        let step = prop_oneof![1..=3_usize, Just(usize::MAX)];
        (Just(twins), Just(dim), (0..=size, 0..=size), step)
    });
    for_all(inputs, |(twins, dim, (from, to), step)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&[dim], x.shape.len());
        let (start, end) = (from.min(to), from.max(to));
        let shown = |step: usize| {
            let shape = with_sizes(&x.shape, &at, |_| (start..end).step_by(step).count());
            Naive::from_fn(&shape, |index| {
                let mut original = index.to_vec();
                original[at[0]] = start + step * index[at[0]];
                x.at(&original)
            })
        };
        let sliced = twins.strided.slice(dim, start..end, step).unwrap();
        // 9 steps beyond every size, and does not overflow the reference.
        shown(step.min(9)).assert_is(&sliced);
        assert!(sliced.shares_storage(&twins.strided));
        shown(1).assert_is(&twins.strided.narrow(dim, start, end - start).unwrap());
    });
}

#[test]
fn select_drops_the_dim_and_counts_from_both_ends() {
    for_all(twins_and_dim(), |(twins, dim)| {
        let x = Naive::of(&twins.plain);
        let at = positive(&[dim], x.shape.len())[0];
        let size = x.shape[at];
        let mut shape = x.shape.clone();
        shape.remove(at);
        for entry in 0..size {
            let expected = Naive::from_fn(&shape, |index| {
                let mut original = index.to_vec();
                original.insert(at, entry);
                x.at(&original)
            });
            let from_end = entry as isize - size as isize;
            expected.assert_is(&twins.strided.select(dim, entry as isize).unwrap());
            expected.assert_is(&twins.strided.select(dim, from_end).unwrap());
        }
        assert!(twins.strided.select(dim, size as isize).is_err());
        assert!(twins.strided.select(dim, -(size as isize) - 1).is_err());
    });
}

#[test]
fn flip_reverses_and_twice_is_nothing() {
    let inputs = twins().prop_flat_map(|twins| {
        let rank = twins.plain.rank();
        (Just(twins), dims_of(rank))
    });
    for_all(inputs, |(twins, dims)| {
        let x = Naive::of(&twins.plain);
        let flipped_dims = positive(&dims, x.shape.len());
        let expected = Naive::from_fn(&x.shape, |index| {
            let original: Vec<usize> = (0..index.len())
                .map(|d| {
                    let last = x.shape[d] - 1;
                    if flipped_dims.contains(&d) { last - index[d] } else { index[d] }
                })
                .collect();
            x.at(&original)
        });
        let flipped = twins.strided.flip(&dims).unwrap();
        expected.assert_is(&flipped);
        assert!(flipped.shares_storage(&twins.strided));
        x.assert_is(&flipped.flip(&dims).unwrap());
    });
}

#[test]
fn expand_repeats_what_broadcasting_would() {
    // A base with some sizes 1, and the larger shape it expands to.
    let inputs = shapes_with(0..=5, 0..=5).prop_flat_map(|target| {
        let rank = target.len();
        (Just(target), proptest::collection::vec(any::<bool>(), rank), 0..=rank, any::<u64>())
            .prop_flat_map(|(target, ones, dropped, choice)| {
                let sizes = target.iter().zip(&ones).map(|(&n, &one)| if one { 1 } else { n });
                let base = sizes.skip(dropped).collect();
                (tensor_of(base, exact_values()), Just(target), Just(choice))
            })
    });
    for_all(inputs, |(base, target, choice)| {
        let expected = Naive::from_fn(&target, |index| Naive::of(&base).at_broadcast(index));
        let view = views_of(&base, choice);
        let expanded = view.expand(target).unwrap();
        expected.assert_is(&expanded);
        assert!(expanded.shares_storage(&view));
    });
}

#[test]
fn unsqueeze_inserts_a_dim_that_squeeze_removes() {
    for_all(twins(), |twins| {
        let x = Naive::of(&twins.plain);
        let places = x.shape.len() + 1;
        for place in 0..places {
            let mut shape = x.shape.clone();
            shape.insert(place, 1);
            let expected = Naive { shape, data: x.data.clone() };
            for dim in [place as isize, place as isize - places as isize] {
                let wider = twins.strided.unsqueeze(dim).unwrap();
                expected.assert_is(&wider);
                assert!(wider.shares_storage(&twins.strided));
                assert_eq!(wider.is_contiguous(), twins.strided.is_contiguous());
                x.assert_is(&wider.squeeze(dim).unwrap());
            }
        }
    });
}

#[test]
fn squeeze_leaves_a_dim_of_another_size() {
    for_all(twins_and_dim(), |(twins, dim)| {
        let mut expected = Naive::of(&twins.plain);
        let at = positive(&[dim], expected.shape.len())[0];
        if expected.shape[at] == 1 {
            expected.shape.remove(at);
        }
        expected.assert_is(&twins.strided.squeeze(dim).unwrap());
    });
    let scalar = Tensor::scalar(1.0_f64);
    assert_eq!(scalar.squeeze(-1).unwrap().rank(), 0);
}

#[test]
fn strides_are_those_the_views_describe() {
    let x = Tensor::<f32>::zeros([2, 3, 4]);
    assert_eq!(x.strides(), [12, 4, 1]);
    assert_eq!(x.permute(&[2, 0, 1]).unwrap().strides(), [1, 12, 4]);
    assert_eq!(x.flip(&[1]).unwrap().strides(), [12, -4, 1]);
    assert_eq!(x.flip(&[1]).unwrap().offset(), 8);
    assert_eq!(x.slice(2, 1..4, 2).unwrap().strides(), [12, 4, 2]);
    assert_eq!(x.slice(2, 1..4, 2).unwrap().offset(), 1);
    assert_eq!(x.select(0, -1).unwrap().offset(), 12);
    assert_eq!(Tensor::<f32>::zeros([3, 1]).expand([2, 3, 5]).unwrap().strides(), [0, 1, 0]);
}
