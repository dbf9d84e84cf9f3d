//! The chapter `activation/shrinks`.

use std::f64::consts::SQRT_2;

use handgrad::activation;
use handgrad::module::{Args, Choice, Kink};
use handgrad::{Real, Result, Tape, Tensor, Var};

use super::rectifiers::{Member, outputs_and_slopes};
use super::{Activation, assert_near, at, rounded};

fn hardtanh(x: Var<'_, f64>) -> Var<'_, f64> {
    x.hardtanh(-1.0, 1.0).expect("-1 is below 1")
}

fn hardshrink(x: Var<'_, f64>) -> Var<'_, f64> {
    x.hardshrink(0.5)
}

fn softshrink(x: Var<'_, f64>) -> Var<'_, f64> {
    x.softshrink(0.5).expect("0.5 is not negative")
}

const FAMILY: [Activation; 6] = [
    activation::hardsigmoid,
    hardtanh,
    activation::hardswish,
    hardshrink,
    softshrink,
    activation::tanhshrink,
];

#[test]
fn hards_and_shrinks_are_as_their_table_says() -> Result<()> {
    let infinite = f64::INFINITY;
    // Of a hard function the outer side is chosen, of a shrink the inner one.
    let outer = |end: f64| {
        vec![Kink { at: -end, slope: Choice::Left }, Kink { at: end, slope: Choice::Right }]
    };
    let inner =
        vec![Kink { at: -0.5, slope: Choice::Right }, Kink { at: 0.5, slope: Choice::Left }];
    let member = |name, ends, kinks, saves| Member { name, args: Args::new(), ends, kinks, saves };
    let everything = [-infinite, infinite];
    member("Hardsigmoid", [0.0, 1.0], outer(3.0), &["input"]).check()?;
    member("Hardtanh", [-1.0, 1.0], outer(1.0), &["output"]).check()?;
    member("Hardswish", [0.0, infinite], outer(3.0), &["input"]).check()?;
    member("Hardshrink", everything, inner.clone(), &["input"]).check()?;
    member("Softshrink", everything, inner, &["input"]).check()?;
    member("Tanhshrink", everything, vec![], &["input"]).check()?;

    let slopes = |name: &str, points: [f64; 3]| {
        outputs_and_slopes(name, &Args::new(), &points).map(|(_, slopes)| slopes)
    };
    assert_eq!(slopes("Hardsigmoid", [-3.0, 0.0, 3.0])?, [0.0, 1.0 / 6.0, 0.0]);
    assert_eq!(slopes("Hardtanh", [-1.0, 0.0, 1.0])?, [0.0, 1.0, 0.0]);
    assert_eq!(slopes("Hardswish", [-3.0, 0.0, 3.0])?, [0.0, 0.5, 1.0]);
    assert_eq!(slopes("Hardshrink", [-0.5, 0.0, 0.5])?, [0.0; 3]);
    assert_eq!(slopes("Softshrink", [-0.5, 0.0, 0.5])?, [0.0; 3]);
    assert_eq!(at(activation::tanhshrink, 0.0)?[1], 0.0);
    assert_eq!(at(activation::hardswish, -1.5)?, [-0.375, 0.0]);
    Ok(())
}

#[test]
fn a_clamp_and_a_shrink_of_the_same_number() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([2.0, 0.25]));
    assert_eq!(x.hardtanh(-0.5, 0.5)?.value().to_vec(), [0.5, 0.25]);
    assert_eq!(x.softshrink(0.5)?.value().to_vec(), [1.5, 0.0]);
    assert_near(&(x.tanh() + x.tanhshrink()).value(), &[2.0, 0.25]);
    Ok(())
}

/// How many of the standard normal numbers lie on a flat piece.
#[test]
fn the_share_of_exact_zeros() {
    let within = |end: f64| Real::erf(end / SQRT_2);
    let outside = |end: f64| 1.0 - within(end);
    assert_eq!([outside(3.0), outside(1.0)].map(rounded), [0.0027, 0.3173]);
    assert_eq!([outside(3.0) / 2.0, within(0.5)].map(rounded), [0.0013, 0.3829]);
}

/// The gradient through several layers of one kind.
fn in_a_row(f: Activation, layers: usize, x: f64) -> Result<f64> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::scalar(x));
    let y = (0..layers).fold(x, |y, _| f(y));
    y.backward()?.wrt(x)?.item()
}

#[test]
fn the_table_of_the_stacks() -> Result<()> {
    let rows = [
        ["4.6e-3", "4.6e-3", "0.0e0"],
        ["1.0e0", "0.0e0", "0.0e0"],
        ["2.9e-1", "1.1e0", "1.0e0"],
        ["1.0e0", "1.0e0", "1.0e0"],
        ["0.0e0", "1.0e0", "1.0e0"],
        ["1.3e-9", "3.6e-2", "6.7e-65"],
    ];
    for (f, row) in FAMILY.into_iter().zip(rows) {
        let found = [in_a_row(f, 3, 0.75)?, in_a_row(f, 3, 2.0)?, in_a_row(f, 10, 6.0)?];
        assert_eq!(found.map(|gradient| format!("{gradient:.1e}")), row);
    }
    Ok(())
}

#[test]
fn what_a_second_time_adds() -> Result<()> {
    let tape = Tape::new();
    let x = tape.constant(Tensor::<f64>::new([-7.0, -5.0, -0.75, 0.25, 2.0, 6.0]));
    let idempotent: [Activation; 2] = [hardtanh, hardshrink];
    for f in idempotent {
        assert_eq!(f(f(x)).value().to_vec(), f(x).value().to_vec());
    }
    let ten = (0..10).fold(x, |y, _| softshrink(y));
    assert_eq!(ten.value().to_vec(), x.softshrink(5.0)?.value().to_vec());
    Ok(())
}

// ANCHOR: proximal
/// From -5 to 5.
fn hundredths() -> impl Iterator<Item = f64> {
    (-500..=500).map(|i| f64::from(i) / 100.0)
}

/// Holds f(x) to be the y for which (y - x)²/2 + price(y) is least.
fn assert_cheapest(f: Activation, price: impl Fn(f64) -> f64) -> Result<()> {
    for x in [-4.0_f64, -1.5, -0.3, 1.5, 4.0] {
        let cost = |y: f64| (y - x) * (y - x) / 2.0 + price(y);
        let cheapest = hundredths().min_by(|a, b| cost(*a).total_cmp(&cost(*b)));
        let y = at(f, x)?[0];
        assert!(cheapest.is_some_and(|found| (found - y).abs() < 1e-9));
    }
    Ok(())
}

#[test]
fn four_of_them_are_proximal_operators() -> Result<()> {
    let never = f64::INFINITY;
    assert_cheapest(softshrink, |y| 0.5 * y.abs())?;
    assert_cheapest(hardshrink, |y| if y == 0.0 { 0.0 } else { 0.125 })?;
    assert_cheapest(hardtanh, |y| if y.abs() <= 1.0 { 0.0 } else { never })?;
    let parabola = |y: f64| 2.5 * y * y - 3.0 * y;
    assert_cheapest(activation::hardsigmoid, |y| {
        if (0.0..=1.0).contains(&y) { parabola(y) } else { never }
    })
}
// ANCHOR_END: proximal

/// With λ = 0.5, for x = 1.5: to stay, to come to 1, to come to 0.
#[test]
fn the_costs_of_three_answers() {
    let cost = |y: f64| (y - 1.5) * (y - 1.5) / 2.0 + 0.5 * y.abs();
    assert_eq!([1.5, 1.0, 0.0].map(cost), [0.75, 0.625, 1.125]);
}

/// The price of y = t - tanh t is ln cosh t - tanh² t / 2: the cheapest t is x.
#[test]
fn tanhshrink_has_a_price_too() {
    let price = |t: f64| t.cosh().ln() - t.tanh() * t.tanh() / 2.0;
    for x in [-4.0_f64, -1.5, -0.25, 1.5, 4.0] {
        let moved = |t: f64| t - t.tanh() - x;
        let cost = |t: f64| moved(t) * moved(t) / 2.0 + price(t);
        assert_eq!(hundredths().min_by(|a, b| cost(*a).total_cmp(&cost(*b))), Some(x));
    }
}

#[test]
fn hardswish_falls_and_is_steeper_than_1() -> Result<()> {
    assert!(at(activation::hardswish, -2.0)?[1] < 0.0);
    assert!(at(activation::hardswish, 2.0)?[1] > 1.0);
    Ok(())
}

// ANCHOR: predict
#[test]
fn a_clamp_and_a_shrink_make_the_identity_but_not_its_gradient() -> Result<()> {
    let tape = Tape::new();
    let x = tape.leaf(Tensor::<f64>::new([-0.5, -0.25, 0.5, 2.0]));
    let whole = x.hardtanh(-0.5, 0.5)? + x.softshrink(0.5)?;
    assert_eq!(whole.value().to_vec(), [-0.5, -0.25, 0.5, 2.0]);
    let gradients = whole.backward_with(&Tensor::ones([4]))?;
    assert_eq!(gradients.wrt(x)?.to_vec(), [0.0, 1.0, 0.0, 1.0]);

    let smooth = x.tanh() + x.tanhshrink();
    let gradients = smooth.backward_with(&Tensor::ones([4]))?;
    assert_near(gradients.wrt(x)?, &[1.0; 4]);
    Ok(())
}
// ANCHOR_END: predict
