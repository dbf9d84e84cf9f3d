//! Mutants of the saturating activations and of the shrinks.

use super::scene::slope;
use super::{Mutant, logistic};
use crate::module::Args;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = saturating();
    all.extend(hard());
    all.extend(shrinks());
    all
}

fn saturating() -> Vec<Mutant> {
    let none = Args::new;
    vec![
        slope(
            "Sigmoid",
            none(),
            ["takes y (1 - y) of the input", "the derivative is taken at the input"],
            |x, _| x * (1.0 - x),
        ),
        slope(
            "Sigmoid",
            none(),
            [
                "applies the sigmoid to the output once more",
                "the derivative is taken at the output",
            ],
            |_, y| logistic(y) * (1.0 - logistic(y)),
        ),
        slope(
            "Sigmoid",
            none(),
            ["forgets the factor y", "the factor the output is missing"],
            |_, y| 1.0 - y,
        ),
        slope(
            "Sigmoid",
            none(),
            [
                "takes the output for the slope",
                "the output stands in the place of the local derivative",
            ],
            |_, y| y,
        ),
        slope(
            "LogSigmoid",
            none(),
            ["takes sigmoid(x) for sigmoid(-x)", "the derivative is taken at minus the input"],
            |x, _| logistic(x),
        ),
        slope(
            "LogSigmoid",
            none(),
            ["forgets the minus of -softplus(-x)", "the wrong sign"],
            |x, _| -logistic(-x),
        ),
        slope(
            "Tanh",
            none(),
            ["takes 1 - y^2 of the input", "the derivative is taken at the input"],
            |x, _| 1.0 - x * x,
        ),
        slope(
            "Tanh",
            none(),
            ["applies tanh to the output once more", "the derivative is taken at the output"],
            |_, y| 1.0 - y.tanh() * y.tanh(),
        ),
        slope("Tanh", none(), ["has y^2 - 1", "the wrong sign"], |_, y| y * y - 1.0),
        slope(
            "Softsign",
            none(),
            ["forgets the square", "the product rule's second term is missing"],
            |x, _| 1.0 / (1.0 + x.abs()),
        ),
        slope(
            "Softsign",
            none(),
            ["applies its formula in x to the output", "the derivative is taken at the output"],
            |_, y| 1.0 / ((1.0 + y.abs()) * (1.0 + y.abs())),
        ),
    ]
}

fn hard() -> Vec<Mutant> {
    let hardtanh = || Args::new().with("min_val", -1.0).with("max_val", 1.5);
    vec![
        slope(
            "Hardsigmoid",
            Args::new(),
            ["forgets the sixth", "a constant factor of 6"],
            |x, _| f64::from(u8::from(x > -3.0 && x < 3.0)),
        ),
        slope(
            "Hardsigmoid",
            Args::new(),
            ["asks x <= 3", "the slope of the left side, at the kink 3"],
            |x, _| if x > -3.0 && x <= 3.0 { 1.0 / 6.0 } else { 0.0 },
        ),
        slope(
            "Hardtanh",
            hardtanh(),
            ["passes everything (straight through)", "the cotangent is passed on unchanged"],
            |_, _| 1.0,
        ),
        slope(
            "Hardtanh",
            hardtanh(),
            ["asks x >= min_val", "the slope of the right side, at the kink -1"],
            |x, _| f64::from(u8::from((-1.0..1.5).contains(&x))),
        ),
        slope(
            "Hardtanh",
            hardtanh(),
            ["clamps to [-1, 1], its defaults", "zero, above about 0.85"],
            |x, _| f64::from(u8::from(x > -1.0 && x < 1.0)),
        ),
    ]
}

fn shrinks() -> Vec<Mutant> {
    let half = || Args::new().with("lambd", 0.6);
    vec![
        slope("Tanhshrink", Args::new(), ["has -tanh(x)^2", "the wrong sign"], |x, _| {
            -x.tanh() * x.tanh()
        }),
        slope(
            "Tanhshrink",
            Args::new(),
            ["applies its formula in x to the output", "the derivative is taken at the output"],
            |_, y| y.tanh() * y.tanh(),
        ),
        slope(
            "Tanhshrink",
            Args::new(),
            ["forgets tanh, and passes everything", "the cotangent is passed on unchanged"],
            |_, _| 1.0,
        ),
        slope(
            "Hardshrink",
            half(),
            ["passes everything", "the cotangent is passed on unchanged"],
            |_, _| 1.0,
        ),
        slope("Hardshrink", half(), ["forgets the negative side", "zero, below -0.6"], |x, _| {
            f64::from(u8::from(x > 0.6))
        }),
        slope(
            "Softshrink",
            half(),
            ["takes the sign that lambda has for that of the slope", "the wrong sign, below -0.6"],
            |x, _| {
                if x > 0.6 {
                    1.0
                } else if x < -0.6 {
                    -1.0
                } else {
                    0.0
                }
            },
        ),
        slope(
            "Softshrink",
            half(),
            ["asks x >= lambda", "the slope of the right side, at the kink 0.6"],
            |x, _| f64::from(u8::from(!(-0.6..0.6).contains(&x))),
        ),
    ]
}
