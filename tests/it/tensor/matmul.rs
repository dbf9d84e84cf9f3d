//! The matrix product in every combination of ranks, layouts and types.

use handgrad::{Dual, Tensor};
use proptest::prelude::*;

use crate::naive::{Naive, broadcast};
use crate::strategies::{Twins, broadcastable_shapes, exact_values, for_all, twins_with, views_of};

/// `torch.matmul` by its definition.
fn matmul(a: &Naive<f64>, b: &Naive<f64>) -> Naive<f64> {
    let (vector_a, vector_b) = (a.shape.len() == 1, b.shape.len() == 1);
    let mut a = a.clone();
    let mut b = b.clone();
    if vector_a {
        a.shape.insert(0, 1);
    }
    if vector_b {
        b.shape.push(1);
    }
    let (batch_a, batch_b) = (a.shape.len() - 2, b.shape.len() - 2);
    let (rows, inner, columns) = (a.shape[batch_a], a.shape[batch_a + 1], b.shape[batch_b + 1]);
    let batch = broadcast(&a.shape[..batch_a], &b.shape[..batch_b]).expect("batches broadcast");
    let shape = [batch.as_slice(), &[rows, columns]].concat();
    let mut out = Naive::from_fn(&shape, |index| {
        let (batch, place) = index.split_at(index.len() - 2);
        let own = |shape: &[usize], i: usize, j: usize| {
            let (sizes, _) = shape.split_at(shape.len() - 2);
            let kept = &batch[batch.len() - sizes.len()..];
            let clamped = kept.iter().zip(sizes).map(|(&at, &size)| at.min(size - 1));
            clamped.chain([i, j]).collect::<Vec<_>>()
        };
        let term = |k| a.at(&own(&a.shape, place[0], k)) * b.at(&own(&b.shape, k, place[1]));
        (0..inner).map(term).sum::<f64>() + 0.0
    });
    let rank = out.shape.len();
    if vector_b {
        out.shape.remove(rank - 1);
    }
    if vector_a {
        out.shape.remove(rank - 2);
    }
    out
}

/// Operands whose shapes fit: vectors, matrices and stacks of them.
fn operands() -> impl Strategy<Value = (Twins, Twins)> {
    let sizes = (0..=4_usize, 0..=4_usize, 0..=4_usize);
    let batches = broadcastable_shapes()
        .prop_map(|(a, b)| [a, b].map(|dims| dims.iter().map(|&n| n.min(3)).take(2).collect()))
        .prop_filter("cut shapes may not broadcast", |[a, b]: &[Vec<usize>; 2]| {
            broadcast(a, b).is_some()
        });
    (sizes, batches, 0..8_u8).prop_flat_map(|((m, k, n), [batch_a, batch_b], kind)| {
        let (a, b) = match kind {
            0 => (vec![k], vec![k]),
            1 => (vec![k], [batch_b, vec![k, n]].concat()),
            2 => ([batch_a, vec![m, k]].concat(), vec![k]),
            3 => (vec![m, k], vec![k, n]),
            _ => ([batch_a, vec![m, k]].concat(), [batch_b, vec![k, n]].concat()),
        };
        (twins_with(Just(a), exact_values()), twins_with(Just(b), exact_values()))
    })
}

#[test]
fn products_are_exact_where_the_numbers_are() {
    for_all(operands(), |(a, b)| {
        let expected = matmul(&Naive::of(&a.plain), &Naive::of(&b.plain));
        expected.assert_is(&a.strided.matmul(&b.strided).unwrap());
        expected.assert_is(&a.plain.matmul(&b.plain).unwrap());
        let narrow = a.strided.cast::<f32>().matmul(&views_of(&b.plain.cast::<f32>(), 1)).unwrap();
        expected.map(|x| x as f32).assert_is(&narrow);
    });
}

#[test]
fn dual_products_obey_the_product_rule() {
    for_all((operands(), any::<u64>()), |((a, b), choice)| {
        let (x, y) = (&a.strided, &b.strided);
        let (dx, dy) = (x.scale(-2.0), y.map(|y| y + 1.0));
        let dual = |x: &Tensor<f64>, dx| views_of(&x.with_tangent(dx).unwrap(), choice);
        let product: Tensor<Dual<f64>> = dual(x, &dx).matmul(&dual(y, &dy)).unwrap();
        Naive::of(&x.matmul(y).unwrap()).assert_is(&product.primal());
        let rule = &dx.matmul(y).unwrap() + &x.matmul(&dy).unwrap();
        Naive::of(&rule).assert_is(&product.tangent());
    });
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let shape = || proptest::collection::vec(0..=3_usize, 0..=4);
    for_all((shape(), shape()), |(a, b)| {
        let fits = match (a.as_slice(), b.as_slice()) {
            ([], _) | (_, []) => false,
            ([k], [k2] | [.., k2, _]) | ([.., k], [k2]) => k == k2,
            ([batch_a @ .., _, k], [batch_b @ .., k2, _]) => {
                k == k2 && broadcast(batch_a, batch_b).is_some()
            }
        };
        let product = Tensor::<f64>::zeros(a).matmul(&Tensor::zeros(b));
        assert_eq!(product.is_ok(), fits);
    });
}

#[test]
fn an_expanded_matrix_is_read_in_place() {
    let row = Tensor::<f64>::new([1.0, 2.0, 3.0]);
    let rows = row.expand([4, 3]).unwrap();
    let product = rows.matmul(&rows.t()).unwrap();
    assert_eq!(product.to_vec(), [14.0; 16]);
}

#[test]
fn products_of_several_bands_of_rows_agree_with_the_definition() {
    // 300 rows are three bands, shared out among threads where there are any.
    let (m, k, n) = (300, 7, 250);
    let eighths = |index: &[usize]| ((index[0] * 31 + index[1] * 17) % 64) as f64 / 8.0 - 4.0;
    let (a, b) = (Tensor::from_fn([m, k], eighths), Tensor::from_fn([n, k], eighths).t());
    let product = a.matmul(&b).unwrap();
    for (index, got) in product.indexed_iter() {
        let term = |p| eighths(&[index[0], p]) * eighths(&[index[1], p]);
        assert_eq!(got, (0..k).map(term).sum::<f64>());
    }
    let flipped = a.flip(&[0]).unwrap().matmul(&b).unwrap().flip(&[0]).unwrap();
    assert_eq!(flipped.to_vec(), product.to_vec());
}
