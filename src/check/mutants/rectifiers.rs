//! Mutants of the rectifiers, the exponential ones among them.

use super::scene::{passes, slope, slope_at};
use super::{Mutant, Scene};
use crate::module::Args;
use crate::tensor::Tensor;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = rectifiers();
    all.extend(more_rectifiers());
    all.extend(prelu());
    all.extend(exponentials());
    all
}

fn rectifiers() -> Vec<Mutant> {
    let none = Args::new;
    let leaky = || Args::new().with("negative_slope", 0.1);
    vec![
        slope(
            "ReLU",
            none(),
            [
                "asks x >= 0, so that 0 counts as positive (candle 0.11)",
                "the slope of the right side, at the kink 0",
            ],
            |x, _| f64::from(u8::from(x >= 0.0)),
        ),
        slope(
            "ReLU",
            none(),
            ["asks y >= 0, which holds everywhere", "the cotangent is passed on unchanged"],
            |_, y| f64::from(u8::from(y >= 0.0)),
        ),
        passes(
            "ReLU",
            none(),
            [
                "asks for the cotangent's sign as well (guided backpropagation)",
                "negative cotangents are dropped",
            ],
            |x, _, g| if x > 0.0 && g > 0.0 { g } else { 0.0 },
        ),
        slope(
            "ReLU6",
            none(),
            ["does not know the upper bound", "the cotangent is passed on unchanged, above 6"],
            |x, _| f64::from(u8::from(x > 0.0)),
        ),
        slope(
            "ReLU6",
            none(),
            ["asks x <= 6", "the slope of the left side, at the kink 6"],
            |x, _| f64::from(u8::from(x > 0.0 && x <= 6.0)),
        ),
        slope(
            "LeakyReLU",
            leaky(),
            [
                "takes both branches by half at 0 (candle 0.11)",
                "a slope between the two sides', at the kink 0",
            ],
            |x, _| {
                if x == 0.0 {
                    0.55
                } else if x > 0.0 {
                    1.0
                } else {
                    0.1
                }
            },
        ),
        slope(
            "LeakyReLU",
            leaky(),
            ["asks x >= 0 (burn)", "the slope of the right side, at the kink 0"],
            |x, _| if x >= 0.0 { 1.0 } else { 0.1 },
        ),
        slope(
            "LeakyReLU",
            leaky(),
            ["uses the slope in the forward alone, and ReLU's backward", "zero, below 0"],
            |x, _| f64::from(u8::from(x > 0.0)),
        ),
        slope(
            "LeakyReLU",
            leaky(),
            ["multiplies by the slope twice", "a constant factor of negative_slope, below 0"],
            |x, _| if x > 0.0 { 1.0 } else { 0.01 },
        ),
    ]
}

/// The others that are straight on both sides, and the square.
fn more_rectifiers() -> Vec<Mutant> {
    let none = Args::new;
    let threshold = || Args::new().with("threshold", 0.5).with("value", -2.0);
    vec![
        slope(
            "RReLU",
            none(),
            [
                "takes the lower bound and not the mean slope",
                "a constant factor of 0.5455, below 0",
            ],
            |x, _| if x > 0.0 { 1.0 } else { 0.125 },
        )
        .in_evaluation(),
        slope("RReLU", none(), ["uses ReLU's backward", "zero, below 0"], |x, _| {
            f64::from(u8::from(x > 0.0))
        })
        .in_evaluation(),
        slope(
            "Threshold",
            threshold(),
            ["asks x >= threshold", "the cotangent is passed on unchanged, at the kink 0.5"],
            |x, _| f64::from(u8::from(x >= 0.5)),
        ),
        slope(
            "Threshold",
            threshold(),
            [
                "takes the value for a shift, and passes everything",
                "the cotangent is passed on unchanged",
            ],
            |_, _| 1.0,
        ),
        slope(
            "SquaredReLU",
            none(),
            ["forgets the 2 of the square", "a constant factor of 0.5"],
            |x, _| x.max(0.0),
        ),
        slope(
            "SquaredReLU",
            none(),
            ["forgets to multiply by x", "the factor input is missing"],
            |x, _| if x > 0.0 { 2.0 } else { 0.0 },
        ),
        slope(
            "SquaredReLU",
            none(),
            ["multiplies by the output", "the output stands in the place of the local derivative"],
            |_, y| y,
        ),
    ]
}

fn prelu() -> Vec<Mutant> {
    let args = Args::new;
    let input = || Tensor::new([[-3.7, -1.3, 0.0, 2.2], [0.6, -0.8, 1.9, -0.3]]);
    let mutant = |texts: [&'static str; 3], wrong: fn(&Scene<'_>) -> Option<Tensor<f64>>| {
        Mutant::new("PReLU", args(), input(), texts, wrong)
    };
    vec![
        mutant(
            [
                "input",
                "takes both branches by half at 0 (candle 0.11)",
                "a slope between the two sides', at the kink 0",
            ],
            |scene| {
                let a = scene.parameter("weight").iter().next().unwrap_or(1.0);
                let slope = |x: f64| if x > 0.0 { 1.0 } else { a };
                let halves = |x: f64| if x == 0.0 { 0.5 + 0.5 * a } else { slope(x) };
                Some(scene.each(|x, _, g| g * halves(x)))
            },
        ),
        mutant(
            ["input", "forgets the learned slope", "the cotangent is passed on unchanged"],
            |scene| Some(scene.g.clone()),
        ),
        mutant(
            ["weight", "forgets to multiply by x", "the local derivative is missing"],
            |scene| scene.each(|x, _, g| if x < 0.0 { g } else { 0.0 }).sum().reshape([1]).ok(),
        ),
        mutant(
            [
                "weight",
                "takes the mean over the elements, not the sum",
                "a constant factor of 0.125",
            ],
            |scene| scene.each(|x, _, g| x.min(0.0) * g).mean().reshape([1]).ok(),
        ),
        mutant(
            [
                "weight",
                "assigns to the one slope in a loop, where it should add",
                "only the last contribution arrives",
            ],
            |scene| {
                let each = scene.each(|x, _, g| x.min(0.0) * g);
                let last = each.iter().zip(scene.x).filter(|(_, x)| *x < 0.0).last();
                Some(Tensor::new([last.map_or(0.0, |(g, _)| g)]))
            },
        ),
        mutant(
            [
                "weight",
                "uses the cotangent's absolute value",
                "the cotangent's absolute value is used",
            ],
            |scene| scene.each(|x, _, g| x.min(0.0) * g.abs()).sum().reshape([1]).ok(),
        ),
        mutant(["weight", "is not bound to the tape", "no gradient arrives"], |_| None),
        mutant(["weight", "has the sign of a subtraction", "the wrong sign"], |scene| {
            scene.each(|x, _, g| -x.min(0.0) * g).sum().reshape([1]).ok()
        }),
    ]
}

/// SELU's two constants.
const SCALE: f64 = 1.050_700_987_355_480_5;
const ALPHA: f64 = 1.673_263_242_354_377_2;

fn exponentials() -> Vec<Mutant> {
    let elu = || Args::new().with("alpha", 0.5);
    let celu = || Args::new().with("alpha", 2.0);
    vec![
        slope("ELU", elu(), ["forgets alpha", "a constant factor of 2, below 0"], |x, _| {
            if x > 0.0 { 1.0 } else { x.exp() }
        }),
        slope(
            "ELU",
            elu(),
            [
                "takes y for the slope, forgetting to add alpha",
                "the output stands in the place of the local derivative, below 0",
            ],
            |x, y| if x > 0.0 { 1.0 } else { y },
        ),
        slope(
            "ELU",
            elu(),
            ["applies its formula in x to the output", "the derivative is taken at the output"],
            |x, y| if x > 0.0 { 1.0 } else { 0.5 * y.exp() },
        ),
        slope(
            "CELU",
            celu(),
            [
                "multiplies by alpha, which the chain rule cancels",
                "a constant factor of 2, below 0",
            ],
            |x, _| if x > 0.0 { 1.0 } else { 2.0 * (x / 2.0).exp() },
        ),
        slope("CELU", celu(), ["is flat below 0", "zero, below 0"], |x, _| {
            f64::from(u8::from(x > 0.0))
        }),
        slope(
            "SELU",
            Args::new(),
            ["asks x >= 0 (burn)", "the slope of the right side, at the kink 0"],
            |x, _| if x >= 0.0 { SCALE } else { SCALE * ALPHA * x.exp() },
        ),
        slope(
            "SELU",
            Args::new(),
            ["forgets the outer scale", "a constant factor of 0.9517"],
            |x, _| if x > 0.0 { 1.0 } else { ALPHA * x.exp() },
        ),
        slope_at(
            Tensor::new([-2.0, -0.5, 0.7, 3.0, 800.0, 1000.0]),
            "SELU",
            Args::new(),
            [
                "masks exp(x) by a product with 0, which overflows (candle, burn)",
                "NaN or infinity in the place of a gradient, above about 401.50",
            ],
            |x, _| {
                let positive = f64::from(u8::from(x > 0.0));
                SCALE * (positive + (1.0 - positive) * ALPHA * x.exp())
            },
        ),
    ]
}
