//! Mutants of the activations that are gated by themselves.

use std::f64::consts::{FRAC_1_SQRT_2, PI};

use super::scene::{slope, slope_at};
use super::{Mutant, logistic};
use crate::module::Args;
use crate::real::Real;
use crate::tensor::Tensor;

/// The distribution function of the standard normal.
fn phi(x: f64) -> f64 {
    0.5 * Real::erfc(-x * FRAC_1_SQRT_2)
}

/// Its density.
fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = gelu();
    all.extend(sigmoidal());
    all
}

fn gelu() -> Vec<Mutant> {
    let none = Args::new;
    let tanh = || Args::new().with("approximate", "tanh");
    vec![
        slope(
            "GELU",
            none(),
            [
                "lacks a factor 1/sqrt(2) in the density (dfdx)",
                "the product rule's second term is 1.4142 times the right one",
            ],
            |x, _| phi(x) + x * (-0.5 * x * x).exp() / PI.sqrt(),
        ),
        slope(
            "GELU",
            none(),
            ["differentiates x alone, not the gate", "the product rule's second term is missing"],
            |x, _| phi(x),
        ),
        slope(
            "GELU",
            none(),
            ["subtracts the gate's term", "the product rule's second term has the wrong sign"],
            |x, _| phi(x) - x * density(x),
        ),
        slope(
            "GELU",
            tanh(),
            ["differentiates x alone, not the gate", "the product rule's second term is missing"],
            |x, y| if x == 0.0 { 0.5 } else { y / x },
        ),
        slope(
            "GELU",
            tanh(),
            ["forgets the 3 of the cubic's derivative", "no known mistake fits, below about 5.70"],
            |x, _| {
                let (k, c) = ((2.0 / PI).sqrt(), 0.044_715);
                let t = (k * (x + c * x * x * x)).tanh();
                0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * k * (1.0 + c * x * x)
            },
        ),
    ]
}

/// Gated by a sigmoid, or something like it; and softplus, whose slope is one.
fn sigmoidal() -> Vec<Mutant> {
    let none = Args::new;
    let beta = || Args::new().with("beta", 2.0);
    vec![
        slope(
            "SiLU",
            none(),
            ["takes the gate for a constant", "the product rule's second term is missing"],
            |x, _| logistic(x),
        ),
        slope(
            "SiLU",
            none(),
            [
                "has the wrong sign before x (1 - sigmoid)",
                "the product rule's second term has the wrong sign",
            ],
            |x, _| logistic(x) * (1.0 - x * (1.0 - logistic(x))),
        ),
        slope(
            "SiLU",
            none(),
            ["forgets that x is differentiated too", "the product rule's first term is missing"],
            |x, _| x * logistic(x) * (1.0 - logistic(x)),
        ),
        slope(
            "Mish",
            none(),
            ["takes the gate for a constant", "the product rule's second term is missing"],
            |x, _| x.exp().ln_1p().tanh(),
        ),
        slope_at(
            Tensor::new([-3.0, -1.0, 0.5, 2.0, 750.0, 900.0]),
            "Mish",
            none(),
            [
                "divides two exponentials that overflow (candle)",
                "NaN or infinity in the place of a gradient, above about 376.00",
            ],
            |x, _| {
                let e = x.exp();
                let (omega, delta) = (
                    4.0 * (x + 1.0) + 4.0 * e * e + e * e * e + e * (4.0 * x + 6.0),
                    2.0 * e + e * e + 2.0,
                );
                e * omega / (delta * delta)
            },
        ),
        slope(
            "Hardswish",
            none(),
            ["takes the gate for a constant", "the product rule's second term is missing"],
            |x, _| ((x + 3.0) / 6.0).clamp(0.0, 1.0),
        ),
        slope(
            "Hardswish",
            none(),
            ["asks x <= 3", "the slope of the left side, at the kink 3"],
            |x, _| {
                if x <= -3.0 {
                    0.0
                } else if x <= 3.0 {
                    x / 3.0 + 0.5
                } else {
                    1.0
                }
            },
        ),
        slope(
            "Softplus",
            beta(),
            ["multiplies by beta, which the division by beta cancels", "a constant factor of 2"],
            |x, _| if 2.0 * x > 20.0 { 1.0 } else { 2.0 * logistic(2.0 * x) },
        ),
        slope(
            "Softplus",
            beta(),
            ["applies its formula in x to the output", "the derivative is taken at the output"],
            |x, y| if 2.0 * x > 20.0 { 1.0 } else { logistic(2.0 * y) },
        ),
    ]
}
