//! Reading elements one by one, and writing them without anyone else seeing.

use handgrad::Tensor;
use proptest::prelude::*;

use crate::naive::{Naive, indices};
use crate::strategies::{for_all, twins};

#[test]
fn iterators_go_in_row_major_order_and_know_their_length() {
    for_all(twins(), |twins| {
        let x = Naive::of(&twins.plain);
        let mut iter = twins.strided.iter();
        for left in (1..=x.data.len()).rev() {
            assert_eq!(iter.len(), left);
            assert_eq!(iter.next(), Some(x.data[x.data.len() - left]));
        }
        assert_eq!((iter.len(), iter.next(), iter.next()), (0, None, None));
        let (places, values): (Vec<_>, Vec<_>) = twins.strided.indexed_iter().unzip();
        assert_eq!(
            places.iter().map(|place| place.to_vec()).collect::<Vec<_>>(),
            indices(&x.shape)
        );
        assert_eq!(values, x.data);
        let by_reference: Vec<f64> = (&twins.strided).into_iter().collect();
        assert_eq!(by_reference, x.data);
    });
}

#[test]
fn get_answers_within_the_shape_only() {
    for_all(twins(), |twins| {
        let x = &twins.strided;
        let rank = x.rank();
        assert_eq!(x.get(&vec![0; rank + 1]), None);
        for dim in 0..rank {
            let mut outside = vec![0; rank];
            outside[dim] = x.shape()[dim];
            assert_eq!(x.get(&outside), None);
            outside[dim] = usize::MAX;
            assert_eq!(x.get(&outside), None);
            assert_eq!(x.get(&outside[1..]), None);
        }
        assert_eq!(x.item().ok(), (x.numel() == 1).then(|| twins.plain.to_vec()[0]));
    });
}

#[test]
fn make_mut_never_writes_to_a_shared_buffer() {
    for_all((twins(), any::<bool>()), |(twins, shared)| {
        let before = Naive::of(&twins.plain);
        let mut x = twins.strided.clone();
        let witness = shared.then(|| twins.strided.clone());
        let view = shared.then(|| twins.strided.flatten(0, -1).unwrap());
        drop(twins.strided);
        for (i, value) in x.make_mut().iter_mut().enumerate() {
            assert_eq!(*value, before.data[i]);
            *value = i as f64;
        }
        let counted = Naive { data: (0..x.numel()).map(|i| i as f64).collect(), ..before.clone() };
        counted.assert_is(&x);
        if let (Some(witness), Some(view)) = (witness, view) {
            before.assert_is(&witness);
            assert_eq!(view.to_vec(), before.data);
        }
    });
}

#[test]
fn make_mut_writes_in_place_where_no_one_else_looks() {
    let mut x = Tensor::<f64>::zeros([2, 3]);
    let address = x.as_slice().map(<[f64]>::as_ptr);
    x.make_mut()[4] = 1.0;
    assert_eq!(x.as_slice().map(<[f64]>::as_ptr), address);
    // A contiguous part of a larger buffer, once the rest has been let go.
    let mut tail = x.narrow(0, 1, 1).unwrap();
    drop(x);
    tail.make_mut()[0] = 5.0;
    assert_eq!(tail.to_vec(), [5.0, 1.0, 0.0]);
    assert_eq!(tail.offset(), 3);
}
