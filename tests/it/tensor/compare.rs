//! `allclose` and `assert_close`.

use handgrad::{Tensor, Tolerance};

use crate::naive::Naive;
use crate::strategies::{for_all, full_shapes, shapes, special_values, twins_with, values};

const EXACT: Tolerance = Tolerance { absolute: 0.0, relative: 0.0 };

#[test]
fn a_tensor_is_close_to_itself_in_any_layout() {
    for_all(twins_with(shapes(), special_values()), |twins| {
        assert!(twins.strided.allclose(&twins.plain, EXACT));
        assert!(twins.plain.allclose(&twins.strided, EXACT));
    });
}

#[test]
fn one_different_element_is_found_wherever_it_is() {
    for_all(twins_with(full_shapes(), values()), |twins| {
        for (flat, (index, x)) in twins.strided.indexed_iter().enumerate() {
            let mut changed = Naive::of(&twins.plain);
            changed.data[flat] = x + 1.0;
            let error = changed.tensor().assert_close(&twins.strided, Tolerance::default());
            let text = error.unwrap_err().to_string();
            assert!(text.contains(&format!("1 of {} elements differ", twins.plain.numel())));
            assert!(text.contains(&format!("the worst is at {index}: got {}", x + 1.0)), "{text}");
        }
    });
}

#[test]
fn the_tolerance_is_pytorchs() {
    let tolerance = Tolerance { absolute: 0.5, relative: 0.25 };
    // |a - b| <= 0.5 + 0.25 |b|, at the boundary and beyond; b is the reference.
    assert!(tolerance.accepts(5.5, 4.0));
    assert!(!tolerance.accepts(5.6, 4.0));
    assert!(tolerance.accepts(-5.5, -4.0));
    assert!(tolerance.accepts(f64::INFINITY, f64::INFINITY));
    assert!(!tolerance.accepts(f64::INFINITY, f64::NEG_INFINITY));
    assert!(!tolerance.accepts(1.0, f64::INFINITY));
    assert!(!tolerance.accepts(f64::INFINITY, 1.0));
    assert!(tolerance.accepts(f64::NAN, f64::NAN));
    assert!(!tolerance.accepts(f64::NAN, 1.0));
    assert!(!tolerance.accepts(1.0, f64::NAN));
}

#[test]
fn shapes_must_be_equal_not_merely_broadcast() {
    let a = Tensor::<f64>::zeros([2, 1]);
    assert!(!a.allclose(&Tensor::zeros([2]), EXACT));
    assert!(!a.allclose(&Tensor::zeros([2, 2]), EXACT));
}
