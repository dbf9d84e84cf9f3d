//! The chapter `foundations/checking`.

use std::fmt::Write;

use handgrad::check::{CheckOptions, gradcheck};
use handgrad::module::{Choice, Kink};
use handgrad::tape::{Cotangents, Op};
use handgrad::{Dual, Real, Result, Tensor, Var};
use smallvec::smallvec;

use crate::examples::assert_snapshot;

// ANCHOR: by_hand
#[test]
fn a_cube_by_hand() {
    let cube = |x: f64| x * x * x;
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    assert!(near(cube(2.1), 9.261) && near(cube(1.9), 6.859));
    assert!(near((cube(2.1) - cube(2.0)) / 0.1, 12.61)); // one-sided
    assert!(near((cube(2.1) - cube(1.9)) / 0.2, 12.01)); // central
    let narrow = (cube(2.05) - cube(1.95)) / 0.1;
    assert!(near(narrow, 12.0025));
    assert!(near((4.0 * narrow - 12.01) / 3.0, 12.0)); // extrapolated
}
// ANCHOR_END: by_hand

// ANCHOR: differences
fn one_sided(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (f(x + h) - f(x)) / h
}

fn central(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (f(x + h) - f(x - h)) / (2.0 * h)
}

fn extrapolated(f: impl Fn(f64) -> f64, x: f64, h: f64) -> f64 {
    (4.0 * central(&f, x, h / 2.0) - central(&f, x, h)) / 3.0
}
// ANCHOR_END: differences

#[test]
fn the_error_of_differences_falls_and_rises_again() {
    // x⁵ by multiplication alone, which every machine rounds the same way.
    let f = |x: f64| x * x * x * x * x;
    let mut table = String::from("    step  one-sided    central  extrapolated\n");
    for h in [1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11, 1e-12] {
        let errors = [one_sided(f, 1.0, h), central(f, 1.0, h), extrapolated(f, 1.0, h)]
            .map(|slope| (slope - 5.0).abs());
        let [a, b, c] = errors;
        let _ = writeln!(table, "{h:>8.0e}  {a:>9.0e}  {b:>9.0e}  {c:>12.0e}");
    }
    assert_snapshot("checking_differences", &table);
}

// ANCHOR: duals
#[test]
fn dual_numbers_by_hand() {
    let x = Dual::variable(3.0_f64); // 3 + ε
    let square = x * x;
    assert_eq!((square.re, square.eps), (9.0, 6.0));
    let f = square + x;
    assert_eq!((f.re, f.eps), (12.0, 7.0));
    let quotient = Dual::constant(1.0) / Dual::variable(2.0);
    assert_eq!((quotient.re, quotient.eps), (0.5, -0.25));
}
// ANCHOR_END: duals

// ANCHOR: centre
/// y = x - mean(x), with a backward that has not been written yet.
#[derive(Debug)]
struct Unwritten;

impl Op<f64> for Unwritten {
    fn name(&self) -> &'static str {
        "centre"
    }

    fn backward(&self, grad_output: &Tensor<f64>) -> Cotangents<f64> {
        smallvec![Some(Tensor::zeros(grad_output.shape()))]
    }
}

fn centre(x: Var<'_, f64>) -> Var<'_, f64> {
    let centred = &x.value() - &x.value().mean();
    x.record_unary(centred, || Unwritten)
}
// ANCHOR_END: centre

#[test]
fn a_sum_cannot_tell_a_centred_row_from_nothing() -> Result<()> {
    let x = [Tensor::new([1.0, 2.0, 6.0])];
    let options = CheckOptions::default();
    let summed = gradcheck(|v| Ok(centre(v[0]).sum()), &x, &options)?;
    let random = gradcheck(|v| Ok(centre(v[0])), &x, &options)?;
    assert!(summed.passed() && !random.passed());
    let text = format!("through sum(y):\n{summed}\n\nthrough a random cotangent:\n{random}");
    assert_snapshot("checking_cannot_fail", &text);
    Ok(())
}

#[test]
fn a_centred_row_by_hand() -> Result<()> {
    let x = Tensor::<f64>::new([1.0, 2.0, 6.0]);
    assert_eq!((&x - &x.mean()).to_vec(), [-2.0, -1.0, 3.0]);
    assert_eq!((&x - &x.mean()).sum().item()?, 0.0);
    Ok(())
}

#[test]
fn a_difference_across_a_kink_is_the_slope_of_neither_side() -> Result<()> {
    assert_eq!(central(|x: f64| x.max(0.0), 0.0, 1e-3), 0.5);

    let x = [Tensor::new([-1.0, 0.0, 2.0])];
    let unaware = gradcheck(|v| Ok(v[0].relu()), &x, &CheckOptions::default())?;
    let kinks = vec![Kink { at: 0.0, slope: Choice::Left }];
    let aware =
        gradcheck(|v| Ok(v[0].relu()), &x, &CheckOptions { kinks, ..CheckOptions::default() })?;
    assert!(!unaware.passed() && aware.passed());
    let text = format!("not told of the kink:\n{unaware}\n\ntold of it:\n{aware}");
    assert_snapshot("checking_kink", &text);
    Ok(())
}

#[test]
fn exercises_on_paper() {
    let cube = |x: Dual<f64>| x * x * x;
    let y = cube(Dual::variable(2.0));
    assert_eq!((y.re, y.eps), (8.0, 12.0));
    // |x| at 0: differences say 0, whatever the step; so does the dual number.
    assert_eq!(central(f64::abs, 0.0, 0.1), 0.0);
    assert_eq!(Dual::variable(0.0_f64).abs().eps, 0.0);
    // The two sides say -1 and 1.
    assert_eq!(one_sided(f64::abs, 0.0, -0.5), -1.0);
    assert_eq!(one_sided(f64::abs, 0.0, 0.5), 1.0);
}

// ANCHOR: own_check
/// The largest distance between a derivative and extrapolated differences of
/// its function, over some points.
fn largest_error(f: fn(f64) -> f64, derivative: fn(f64) -> f64, points: &[f64]) -> f64 {
    let error = |&x: &f64| (derivative(x) - extrapolated(f, x, 1e-3 * x.abs().max(1.0))).abs();
    points.iter().map(error).fold(0.0, f64::max)
}

#[test]
fn a_check_in_three_lines() {
    let logistic = |x: f64| 1.0 / (1.0 + (-x).exp());
    let right = |x: f64| (-x).exp() / ((1.0 + (-x).exp()) * (1.0 + (-x).exp()));
    let wrong = |x: f64| 1.0 / ((1.0 + (-x).exp()) * (1.0 + (-x).exp()));
    let points = [-3.0, -0.5, 1.0, 4.0];
    assert!(largest_error(logistic, right, &points) < 1e-9);
    assert!(largest_error(logistic, wrong, &points) > 0.1);
    // At 0 the wrong derivative is right, so 0 alone would not do.
    assert!(largest_error(logistic, wrong, &[0.0]) < 1e-9);
}
// ANCHOR_END: own_check
