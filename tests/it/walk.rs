//! Properties of every layer of the catalog: a new layer is held to them on the
//! day it appears.

use handgrad::catalog::{self, Configured, Entry};
use handgrad::check::{CheckOptions, Report, dualcheck_layer, gradcheck_layer};
use handgrad::module::{Args, Case};
use handgrad::{Real, Tape, Tensor};
use rand::rngs::ChaCha8Rng;
use rand::{Rng, RngExt, SeedableRng};

use crate::strategies::views_of;

/// The cases each layer is tried on.
const CASES: u64 = 256;

/// Standard normal values, one in eight of them exactly on a kink of the layer.
fn input(entry: &Entry, case: &Case, rng: &mut ChaCha8Rng) -> Tensor<f64> {
    let kinks = entry.kinks(&case.args).expect("a sampled case builds");
    let mut x = Tensor::randn(&case.shape, rng);
    for value in x.make_mut() {
        if !kinks.is_empty() && rng.random_bool(0.125) {
            *value = kinks[rng.random_range(0..kinks.len())].at;
        }
    }
    x
}

/// Calls `check` for `CASES` random cases of every layer.
fn for_each_case(check: impl Fn(&Entry, &Case, &Tensor<f64>, u64)) {
    for entry in catalog::entries() {
        for seed in 0..CASES {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let case = entry.sample(&mut rng as &mut dyn Rng);
            let x = input(&entry, &case, &mut rng);
            check(&entry, &case, &x, seed);
        }
    }
}

fn configured(entry: &Entry, args: &Args) -> Configured {
    Configured::new(entry.about.name, args.clone()).expect("a sampled case builds")
}

/// Forward and backward in one type, from the same numbers.
fn run<T: Real>(
    entry: &Entry,
    args: &Args,
    x: &Tensor<T>,
    seed: u64,
) -> (Tensor<T>, Vec<Tensor<T>>) {
    run_laid_out(entry, args, x, seed, Tensor::clone)
}

/// [`run`] with the input, the parameters and the cotangent in the layout that
/// `lay_out` gives them.
fn run_laid_out<T: Real>(
    entry: &Entry,
    args: &Args,
    x: &Tensor<T>,
    seed: u64,
    lay_out: impl Fn(&Tensor<T>) -> Tensor<T>,
) -> (Tensor<T>, Vec<Tensor<T>>) {
    let mut layer = catalog::build::<T>(entry.about.name, args).expect("a sampled case builds");
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for (_, parameter) in layer.parameters_mut() {
        *parameter.value_mut() = lay_out(&Tensor::randn(parameter.value().shape(), &mut rng));
    }
    let tape = Tape::new();
    let x = tape.leaf(lay_out(x));
    let y = layer.forward(x).expect("a sampled input is accepted");
    let cotangent = lay_out(&Tensor::randn(y.shape(), &mut rng));
    let gradients = y.backward_with(&cotangent).expect("a cotangent of y's shape");
    let mut all = vec![gradients.wrt(x).expect("the input is a leaf").clone()];
    for (name, parameter) in layer.parameters() {
        all.push(gradients.of(parameter).unwrap_or_else(|e| panic!("{name}: {e}")).clone());
    }
    (y.value(), all)
}

/// The elements' bits: equal also where they are NaN, unequal for 0 and -0.
fn bits(tensor: &Tensor<f64>) -> Vec<u64> {
    tensor.iter().map(f64::to_bits).collect()
}

/// Holds every case of every layer to one reference, a quarter of them in
/// evaluation mode.
fn assert_all_pass(
    check: fn(&Configured, &Tensor<f64>, &CheckOptions) -> handgrad::Result<Report>,
) {
    for_each_case(|entry, case, x, seed| {
        let options = CheckOptions { seed, training: seed % 4 != 0, ..CheckOptions::default() };
        let report = check(&configured(entry, &case.args), x, &options).unwrap();
        assert!(report.passed(), "{}({}), input {x}\n{report}", entry.about.name, case.args);
    });
}

#[test]
fn every_backward_agrees_with_central_differences() {
    assert_all_pass(gradcheck_layer);
}

#[test]
fn every_backward_agrees_with_dual_numbers() {
    assert_all_pass(dualcheck_layer);
}

#[test]
fn every_gradient_has_the_shape_of_what_it_is_taken_by() {
    for_each_case(|entry, case, x, seed| {
        let (_, gradients) = run(entry, &case.args, x, seed);
        let layer = catalog::build::<f64>(entry.about.name, &case.args).unwrap();
        assert_eq!(gradients[0].shape(), x.shape());
        for (gradient, (name, parameter)) in gradients[1..].iter().zip(layer.parameters()) {
            assert_eq!(gradient.shape(), parameter.value().shape(), "{} {name}", entry.about.name);
        }
    });
}

#[test]
fn a_strided_input_gives_the_same_bits_as_a_contiguous_one() {
    for_each_case(|entry, case, x, seed| {
        let (plain, plain_gradients) = run(entry, &case.args, x, seed);
        let (strided, strided_gradients) =
            run_laid_out(entry, &case.args, x, seed, |tensor| views_of(tensor, seed));
        let pairs = plain_gradients.iter().zip(&strided_gradients);
        for (a, b) in std::iter::once((&plain, &strided)).chain(pairs) {
            assert_eq!(bits(a), bits(b), "{}({}), input {x}", entry.about.name, case.args);
        }
    });
}

#[test]
fn a_second_run_gives_the_same_bits_and_leaves_the_input_alone() {
    for_each_case(|entry, case, x, seed| {
        let before = x.to_vec();
        let (first, first_gradients) = run(entry, &case.args, x, seed);
        let (second, second_gradients) = run(entry, &case.args, x, seed);
        assert_eq!(bits(&first), bits(&second), "{}", entry.about.name);
        for (a, b) in first_gradients.iter().zip(&second_gradients) {
            assert_eq!(bits(a), bits(b), "{}", entry.about.name);
        }
        assert_eq!(x.to_vec(), before);
    });
}

#[test]
fn a_frozen_forward_gives_the_same_output_and_records_nothing() {
    for_each_case(|entry, case, x, _| {
        // A module each: what one forward draws or counts must not reach the other.
        let layer = || catalog::build::<f64>(entry.about.name, &case.args).unwrap();
        let tape = Tape::new();
        let recorded = layer().forward(tape.leaf(x.clone())).unwrap();
        let frozen = tape.no_grad(|| layer().forward(tape.constant(x.clone()))).unwrap();
        assert!(!frozen.requires_grad());
        assert_eq!(frozen.value().to_vec(), recorded.value().to_vec(), "{}", entry.about.name);
    });
}

#[test]
fn f32_follows_f64() {
    for_each_case(|entry, case, x, seed| {
        let rounded = x.cast::<f32>();
        let (y, gradients) = run(entry, &case.args, &rounded, seed);
        let (exact, exact_gradients) = run(entry, &case.args, &rounded.cast::<f64>(), seed);
        let pairs = std::iter::once((&y, &exact)).chain(gradients.iter().zip(&exact_gradients));
        for (rough, exact) in pairs {
            // Rows of two nearly equal numbers have slopes in the hundreds, and
            // parameters and cotangents were rounded too.
            let scale = exact.iter().fold(1.0, |scale: f64, x| scale.max(x.abs()));
            let tolerance = handgrad::Tolerance { absolute: 1e-4 * scale, relative: 0.0 };
            let result = rough.cast::<f64>().assert_close(exact, tolerance);
            result.unwrap_or_else(|e| panic!("{}({}): {e}", entry.about.name, case.args));
        }
    });
}

#[test]
fn names_are_unique_and_arguments_are_named_once() {
    let entries = catalog::entries();
    for (i, entry) in entries.iter().enumerate() {
        let about = &entry.about;
        assert!(entries[..i].iter().all(|other| other.about.name != about.name));
        // One file may hold a layer that PyTorch has for several ranks.
        let names = |layer: &'static str| layer.trim_end_matches(['1', '2', '3', 'd']);
        assert!(entries[..i].iter().all(|other| {
            other.about.stem != about.stem || names(other.about.name) == names(about.name)
        }));
        for (j, argument) in about.arguments.iter().enumerate() {
            assert!(about.arguments[..j].iter().all(|other| other.name != argument.name));
        }
    }
}
