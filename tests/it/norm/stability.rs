//! The f32 error of every norm, at large means and at all scales.

use std::fmt::Write;

use handgrad::module::Args;
use handgrad::{Tape, Tensor, catalog};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use crate::examples::assert_snapshot;

/// Of output and gradient: half an ulp of the largest entry, which an f32 cannot do
/// without; and an ulp for the gradient, whose last few steps are taken in f32.
const NEARLY_ROUNDED_ONCE: [f64; 2] = [6e-8, 1.2e-7];

/// DyT's tanh and its slope are computed in f32, and not rounded to it once. The tanh may
/// be off by two ulps of a number just below 1; the slope, a quotient of a product of
/// sums, is rounded four times.
const IN_F32: [f64; 2] = [1.2e-7, 2.4e-7];

/// The norms with their bounds, for inputs `[8, 4, 6, 5]`; `tests/fixtures/stability.py`
/// has the errors of those that PyTorch has.
fn norms() -> Vec<(&'static str, Args, [f64; 2])> {
    let statistics =
        with_statistics().into_iter().map(|(name, args)| (name, args, NEARLY_ROUNDED_ONCE));
    let dyt = ("DyT", Args::new().with("normalized_shape", 5), IN_F32);
    statistics.chain([dyt]).collect()
}

fn with_statistics() -> Vec<(&'static str, Args)> {
    let features = || Args::new().with("num_features", 4);
    vec![
        ("BatchNorm2d", features()),
        ("InstanceNorm2d", features()),
        ("LayerNorm", Args::new().with("normalized_shape", &[4, 6, 5][..])),
        ("GroupNorm", Args::new().with("num_groups", 2).with("num_channels", 4)),
        ("RMSNorm", Args::new().with("normalized_shape", &[4, 6, 5][..]).with("eps", 1e-5)),
        ("SwitchableNorm2d", features()),
        ("WeightStandardization", Args::new()),
        ("LocalResponseNorm", Args::new().with("size", 3)),
        ("Normalize", Args::new()),
        ("WeightNorm", Args::new().with("num_features", 8)),
    ]
}

/// The largest error of output and gradient in f32 against f64, from the same f32
/// input, relative to the largest entry. Nothing for what is flat: a gradient without
/// an entry that f32 holds in all its digits, in either type.
fn errors(layer: &str, args: &Args, offset: f64, scale: f64) -> [Option<f64>; 2] {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let noise = Tensor::<f64>::randn([8, 4, 6, 5], &mut rng);
    let x = noise.map(|x| x * scale + offset).cast::<f32>();
    let g = Tensor::<f64>::randn([8, 4, 6, 5], &mut rng).cast::<f32>();

    let tape = Tape::new();
    let rough = tape.leaf(x.clone());
    let y = catalog::build::<f32>(layer, args).unwrap().forward(rough).unwrap();
    let gradients = y.backward_with(&g).unwrap();

    let exact_tape = Tape::new();
    let exact = exact_tape.leaf(x.cast::<f64>());
    let exact_y = catalog::build::<f64>(layer, args).unwrap().forward(exact).unwrap();
    let exact_gradients = exact_y.backward_with(&g.cast()).unwrap();

    let error = |rough: &Tensor<f32>, exact: &Tensor<f64>| {
        let largest = |x: &Tensor<f64>| x.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
        let rough = rough.cast::<f64>();
        let is_flat = largest(&rough).max(largest(exact)) < f64::from(f32::MIN_POSITIVE);
        (!is_flat).then(|| largest(&(&rough - exact)) / largest(exact))
    };
    [
        error(&y.value(), &exact_y.value()),
        error(gradients.wrt(rough).unwrap(), exact_gradients.wrt(exact).unwrap()),
    ]
}

#[test]
fn no_norm_in_f32_loses_more_than_its_last_digit() {
    let mut table = "largest error of the output, of the gradient; f32 against f64\n".to_owned();
    let offsets = [0.0, 1e2, 1e4, 1e6].map(|offset| (format!("mean {offset:.0e}"), offset, 1.0));
    let scales = [1e-6, 1e-3, 1e3, 1e6].map(|scale| (format!("scale {scale:.0e}"), 0.0, scale));
    for (layer, args, bounds) in norms() {
        let _ = writeln!(table, "\n{layer}");
        for (name, offset, scale) in offsets.iter().chain(&scales) {
            let errors = errors(layer, &args, *offset, *scale);
            let is_small =
                |(error, bound): (&Option<f64>, f64)| error.is_none_or(|error| error < bound);
            assert!(errors.iter().zip(bounds).all(is_small), "{layer}, {name}: {errors:?}");
            // Only tanh has flat ends.
            assert!(layer == "DyT" || !errors.contains(&None), "{layer}, {name}");
            let [output, gradient] =
                errors.map(|error| error.map_or("flat".to_owned(), |error| format!("{error:.0e}")));
            let _ = writeln!(table, "  {name:<10}  {output:<4}  {gradient}");
        }
    }
    assert_snapshot("norm_stability", &table);
}

/// The variance is taken of distances from the first number, which may be the one that lies
/// furthest from all others; an odd number of them, for a column's are taken in pairs.
#[test]
fn a_first_number_far_out_costs_no_digits() {
    const N: usize = 769;
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut numbers = Tensor::<f64>::randn([N], &mut rng).to_vec();
    numbers[0] = 1e4;
    let mean = numbers.iter().sum::<f64>() / N as f64;
    let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / N as f64;
    let expected: Vec<_> = numbers.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt()).collect();

    let row = ("LayerNorm", Args::new().with("normalized_shape", &[N][..]), [1, N]);
    let column = ("BatchNorm1d", Args::new().with("num_features", 1), [N, 1]);
    for (layer, args, shape) in [row, column] {
        let tape = Tape::new();
        let x = tape.leaf(Tensor::from_vec(numbers.clone(), shape).unwrap());
        let y = catalog::build::<f64>(layer, &args).unwrap().forward(x).unwrap();
        for (&y, &expected) in y.value().to_vec().iter().zip(&expected) {
            assert!((y - expected).abs() <= 1e-12 * expected.abs(), "{layer}: {y} {expected}");
        }
    }
}
