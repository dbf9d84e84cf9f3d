//! Arithmetic, comparisons and `select_where`, with broadcasting.

use handgrad::{Dual, Result, Tensor};
use proptest::prelude::*;

use crate::naive::{Naive, broadcast};
use crate::strategies::{
    Twins, broadcastable_twins, exact_values, for_all, shapes, special_values, twins, twins_with,
};

/// An operation on tensors, and what it means for their elements.
type Op<U> = fn(&Tensor<f64>, &Tensor<f64>) -> Result<Tensor<U>>;
type Of<U> = fn(f64, f64) -> U;

/// `f` of every pair, by the reference.
fn paired<U: Copy>(a: &Twins, b: &Twins, f: impl Fn(f64, f64) -> U) -> Naive<U> {
    let (a, b) = (Naive::of(&a.plain), Naive::of(&b.plain));
    let shape = broadcast(&a.shape, &b.shape).expect("shapes made to broadcast");
    Naive::from_fn(&shape, |index| f(a.at_broadcast(index), b.at_broadcast(index)))
}

#[test]
fn arithmetic_is_that_of_the_elements() {
    let ops: [(Op<f64>, Of<f64>); 4] = [
        (Tensor::try_add, |a, b| a + b),
        (Tensor::try_sub, |a, b| a - b),
        (Tensor::try_mul, |a, b| a * b),
        (Tensor::try_div, |a, b| a / b),
    ];
    for_all(broadcastable_twins(special_values()), |(a, b)| {
        for (op, f) in ops {
            paired(&a, &b, f).assert_is(&op(&a.strided, &b.strided).unwrap());
        }
    });
}

#[test]
fn comparisons_are_those_of_the_elements() {
    let ops: [(Op<bool>, Of<bool>); 5] = [
        (Tensor::eq, |a, b| a == b),
        (Tensor::lt, |a, b| a < b),
        (Tensor::le, |a, b| a <= b),
        (Tensor::gt, |a, b| a > b),
        (Tensor::ge, |a, b| a >= b),
    ];
    for_all(broadcastable_twins(special_values()), |(a, b)| {
        for (op, f) in ops {
            paired(&a, &b, f).assert_is(&op(&a.strided, &b.strided).unwrap());
        }
    });
}

#[test]
fn operators_are_the_checked_functions() {
    for_all(broadcastable_twins(exact_values()), |(a, b)| {
        let (x, y) = (&a.strided, &b.strided);
        paired(&a, &b, |a, b| a + b).assert_is(&(x + y));
        paired(&a, &b, |a, b| a - b).assert_is(&(x - y));
        paired(&a, &b, |a, b| a * b).assert_is(&(x * y));
        paired(&a, &b, |a, b| a / b).assert_is(&(x / y));
    });
}

#[test]
fn a_number_may_stand_on_either_side() {
    for_all(twins_with(shapes(), special_values()), |twins| {
        let (x, naive) = (&twins.strided, Naive::of(&twins.plain));
        naive.map(|x| x + 2.5).assert_is(&(x + 2.5));
        naive.map(|x| 2.5 + x).assert_is(&(2.5 + x));
        naive.map(|x| x - 2.5).assert_is(&(x - 2.5));
        naive.map(|x| 2.5 - x).assert_is(&(2.5 - x));
        naive.map(|x| x * 2.5).assert_is(&(x * 2.5));
        naive.map(|x| 2.5 * x).assert_is(&(2.5 * x));
        naive.map(|x| x / 2.5).assert_is(&(x / 2.5));
        naive.map(|x| 2.5 / x).assert_is(&(2.5 / x));
        naive.map(|x| -x).assert_is(&-x);
        naive.map(|x| x * -0.5).assert_is(&x.scale(-0.5));
    });
}

#[test]
#[should_panic(expected = "add: shapes [2] and [3] do not broadcast")]
fn an_operator_panics_with_the_error() {
    let _ = &Tensor::<f64>::zeros([2]) + &Tensor::zeros([3]);
}

#[test]
fn select_where_broadcasts_three_operands() {
    let inputs = broadcastable_twins(exact_values()).prop_flat_map(|(a, b)| {
        let joined = broadcast(a.plain.shape(), b.plain.shape()).expect("made to broadcast");
        let conditions = twins_with(Just(joined), exact_values());
        (Just(a), Just(b), conditions, any::<bool>())
    });
    for_all(inputs, |(a, b, c, condition_is_small)| {
        let positive = |x: f64| x > 0.0;
        let (condition, a, b) = if condition_is_small { (a, b, c) } else { (c, a, b) };
        let out = condition.strided.map(positive).select_where(&a.strided, &b.strided).unwrap();
        let [x, y, z] = [&condition, &a, &b].map(|twins| Naive::of(&twins.plain));
        let expected = Naive::from_fn(out.shape(), |index| {
            if positive(x.at_broadcast(index)) {
                y.at_broadcast(index)
            } else {
                z.at_broadcast(index)
            }
        });
        expected.assert_is(&out);
    });
}

#[test]
fn map_and_zip_map_change_the_type() {
    for_all(twins(), |twins| {
        let naive = Naive::of(&twins.plain);
        naive.map(|x| x as f32).assert_is(&twins.strided.map(|x| x as f32));
        let positive = twins.strided.map(|x| x > 0.0);
        let kept = twins.strided.zip_map("mask", &positive, |x, keep| if keep { x } else { 0.0 });
        naive.map(|x| if x > 0.0 { x } else { 0.0 }).assert_is(&kept.unwrap());
    });
}

#[test]
fn cast_rounds_to_the_nearest_and_drops_tangents() {
    for_all(twins_with(shapes(), special_values()), |twins| {
        let (x, naive) = (&twins.strided, Naive::of(&twins.plain));
        naive.map(|x| x as f32).assert_is(&x.cast::<f32>());
        naive.map(|x| f64::from(x as f32)).assert_is(&x.cast::<f32>().cast::<f64>());
        let dual = x.with_tangent(&x.scale(3.0)).unwrap();
        naive.assert_is(&dual.primal());
        naive.map(|x| x * 3.0).assert_is(&dual.tangent());
        naive.assert_is(&dual.cast::<f64>());
        let constant: Tensor<Dual<f64>> = x.cast();
        assert!(constant.tangent().iter().all(|eps| eps == 0.0));
    });
}

#[test]
fn large_tensors_on_several_threads_give_the_same_elements() {
    // Beyond 65536 elements loops are shared out among threads.
    let n = 70_001;
    let x = Tensor::<f64>::arange(0.0, f64::from(n), 1.0).unwrap();
    let squares = &x * &x;
    assert!(squares.iter().zip(0..n).all(|(square, i)| square == f64::from(i) * f64::from(i)));
    let roots = squares.map(f64::sqrt);
    assert_eq!(roots.to_vec(), x.to_vec());
}
