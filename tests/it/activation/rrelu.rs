//! RReLU in training: the slopes are random, and the backward knows them.

use handgrad::activation::{RReLU, rrelu};
use handgrad::{ErrorKind, Module, Tape, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, SeedableRng};

fn generator(seed: u64) -> ChaCha8Rng {
    ChaCha8Rng::seed_from_u64(seed)
}

/// The slopes of 1000 numbers -1, and the gradient for a cotangent of ones.
fn slopes(lower: f64, upper: f64, rng: &mut dyn Rng) -> (Vec<f64>, Vec<f64>) {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::full([1000], -1.0));
    let y = rrelu(x, lower, upper, Some(rng)).unwrap();
    let gradients = y.backward_with(&Tensor::ones([1000])).unwrap();
    (y.value().iter().map(|y| -y).collect(), gradients.wrt(x).unwrap().to_vec())
}

#[test]
fn slopes_are_drawn_uniformly_and_the_backward_uses_the_same() {
    let (slopes, gradient) = slopes(0.1, 0.5, &mut generator(0));
    assert_eq!(slopes, gradient);
    assert!(slopes.iter().all(|slope| (0.1..0.5).contains(slope)));
    let mean = slopes.iter().sum::<f64>() / 1000.0;
    let variance = slopes.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / 1000.0;
    // Mean 0.3 and variance 0.4² / 12, within four standard errors.
    assert!((mean - 0.3).abs() < 4.0 * 0.4 / 12000_f64.sqrt(), "{mean}");
    assert!((variance - 0.16 / 12.0).abs() < 0.0016, "{variance}");
}

#[test]
fn the_seed_decides_and_every_call_draws_anew() {
    let mut rng = generator(7);
    let first = slopes(0.0, 1.0, &mut rng);
    assert_ne!(first, slopes(0.0, 1.0, &mut rng));
    assert_eq!(first, slopes(0.0, 1.0, &mut generator(7)));
    assert_ne!(first, slopes(0.0, 1.0, &mut generator(8)));
}

#[test]
fn the_slope_of_a_place_does_not_depend_on_the_signs_before_it() {
    let last = |first: f64| {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::new([first, -1.0]));
        rrelu(x, 0.0, 1.0, Some(&mut generator(0))).unwrap().value().to_vec()[1]
    };
    assert_eq!(last(-1.0), last(1.0));
}

#[test]
fn special_values_in_training_are_pytorchs() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([-0.0, f64::NAN, f64::NEG_INFINITY, f64::INFINITY, 2.0]));
    let y = rrelu(x, 0.25, 0.25, Some(&mut generator(0))).unwrap();
    let values = y.value().to_vec();
    assert!(values[0].is_sign_negative() && values[1].is_nan());
    assert_eq!(values[2..], [f64::NEG_INFINITY, f64::INFINITY, 2.0]);
    let gradients = y.backward_with(&Tensor::ones([5])).unwrap();
    assert_eq!(gradients.wrt(x).unwrap().to_vec(), [0.25, 1.0, 0.25, 1.0, 1.0]);
}

#[test]
fn a_module_draws_in_training_and_not_in_evaluation() {
    let x = Tensor::full([8], -1.0);
    let mut module = RReLU::new(0.0, 1.0, &mut generator(0)).unwrap();
    let mut forward = |training: bool| {
        Module::<f64>::set_training(&mut module, training);
        let tape = Tape::new();
        module.forward(tape.leaf(x.clone())).unwrap().value().to_vec()
    };
    assert_ne!(forward(true), forward(true));
    assert_eq!(forward(false), [-0.5; 8]);
}

#[test]
fn impossible_bounds_are_refused_and_draw_nothing() {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::new([-1.0_f64]));
    for (lower, upper) in [(0.5, 0.1), (f64::NAN, 1.0), (0.0, f64::INFINITY)] {
        let mut rng = generator(0);
        let error = rrelu(x, lower, upper, Some(&mut rng)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{error}");
        assert_eq!(rng.next_u64(), generator(0).next_u64());
    }
    assert_eq!(tape.len(), 1);
}
