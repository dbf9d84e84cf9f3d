//! Accuracy where it is easily lost.

use std::fmt::Write;

use handgrad::norm::layer_norm;
use handgrad::{Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::examples::assert_snapshot;

/// The largest error of the f32 output against f64, from the same f32 input.
fn layer_norm_error(offset: f64) -> f64 {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let x = (&Tensor::<f64>::randn([64, 256], &mut rng) + offset).cast::<f32>();
    let (tape, exact_tape) = (Tape::new(), Tape::new());
    let y = layer_norm(tape.leaf(x.clone()), [256], None, None, 1e-5).unwrap();
    let exact = layer_norm(exact_tape.leaf(x.cast::<f64>()), [256], None, None, 1e-5).unwrap();
    let gap = &y.value().cast::<f64>() - &exact.value();
    gap.map(f64::abs).max().unwrap().item().unwrap()
}

#[test]
fn layer_norm_in_f32_loses_nothing_to_a_large_mean() {
    let mut table = String::new();
    for offset in [0.0, 1e2, 1e4, 1e6] {
        let error = layer_norm_error(offset);
        // Half an ulp of the largest output, which is below 8.
        assert!(error < 2.5e-7, "mean offset {offset:e}: error {error:e}");
        let _ = writeln!(table, "{offset:9.0}  {error:.1e}");
    }
    // The README quotes it; `tests/fixtures/offsets.py` has PyTorch's.
    assert_snapshot("layer_norm_offsets", &table);
}

#[test]
fn a_constant_row_is_zero_with_eps_and_nan_without() {
    for value in [0.1, -3.3e7, 1e-30, 1e300] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::full([2, 7], value));
        let y = layer_norm(x, [7], None, None, 1e-5).unwrap().value();
        assert_eq!(y.to_vec(), [0.0; 14], "{value}");
        let y = layer_norm(x, [7], None, None, 0.0).unwrap().value();
        assert!(y.iter().all(f64::is_nan), "{value}");
    }
}

#[test]
fn equal_inputs_give_equal_outputs_and_outputs_leave_the_unit_interval() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([-0.9, 0.1, 0.0, -0.1, 0.9, -0.4, 0.9, -0.5, 0.8, 0.1]));
    let y = layer_norm(x, [10], None, None, 0.0).unwrap().value().to_vec();
    assert_eq!((y[1], y[4]), (y[9], y[6]));
    assert!(y.iter().any(|y| *y < 0.0) && y.iter().any(|y| *y > 1.0));
}
