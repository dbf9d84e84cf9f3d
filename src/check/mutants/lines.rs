//! Mutants of the gated units and of softmax's family: of layers over a line.

use super::scene::normal;
use super::{Mutant, Scene};
use crate::error::Result;
use crate::module::Args;
use crate::tensor::Tensor;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = Vec::new();
    for layer in ["GLU", "ReGLU", "GEGLU", "SwiGLU"] {
        all.extend(gated(layer));
    }
    all.extend(softmax());
    all
}

/// The two halves of a tensor's last dim, changed and joined again.
fn halves(
    tensor: &Tensor<f64>,
    join: impl Fn(Tensor<f64>, Tensor<f64>) -> [Tensor<f64>; 2],
) -> Result<Tensor<f64>> {
    let size = tensor.shape().last().map_or(0, |size| size / 2);
    let [a, b] = join(tensor.narrow(-1, 0, size)?, tensor.narrow(-1, size, size)?);
    Tensor::cat(&[&a, &b], -1)
}

fn gated(layer: &'static str) -> Vec<Mutant> {
    let mutant = |[mistake, headline]: [&'static str; 2],
                  wrong: fn(&Scene<'_>) -> Option<Tensor<f64>>| {
        Mutant::new(layer, Args::new(), normal([3, 8]), ["input", mistake, headline], wrong)
    };
    vec![
        mutant(
            ["takes the two halves for each other", "the gradient is in the wrong half of dim 1"],
            |scene| halves(scene.right, |value, gate| [gate, value]).ok(),
        ),
        mutant(["takes the gate for a constant", "zero, from index 4 to 7 of dim 1"], |scene| {
            halves(scene.right, |value, gate| [value, gate.scale(0.0)]).ok()
        }),
        mutant(
            ["subtracts the gate's gradient", "the wrong sign, from index 4 to 7 of dim 1"],
            |scene| halves(scene.right, |value, gate| [value, -&gate]).ok(),
        ),
        mutant(
            ["differentiates the gate but not what it gates", "zero, from index 0 to 3 of dim 1"],
            |scene| halves(scene.right, |value, gate| [value.scale(0.0), gate]).ok(),
        ),
    ]
}

/// The sum over the last dim, kept to be broadcast.
fn line_sum(tensor: &Tensor<f64>) -> Option<Tensor<f64>> {
    tensor.sum_dims(&[-1], true).ok()
}

fn softmax() -> Vec<Mutant> {
    let last = || Args::new().with("dim", -1);
    let mutant = |layer: &'static str,
                  [mistake, headline]: [&'static str; 2],
                  wrong: fn(&Scene<'_>) -> Option<Tensor<f64>>| {
        Mutant::new(layer, last(), normal([3, 5]), ["input", mistake, headline], wrong)
    };
    vec![
        mutant(
            "Softmax",
            ["forgets the sum over the line", "the sum over the line is missing"],
            |s| Some(s.y * s.g),
        ),
        mutant(
            "Softmax",
            ["takes y (1 - y), as if it were a sigmoid", "only the diagonal of the Jacobian"],
            |s| Some(s.each(|_, y, g| y * (1.0 - y) * g)),
        ),
        mutant(
            "Softmax",
            ["adds the sum over the line", "the sum over the line has the wrong sign"],
            |s| Some(s.y * &(s.g + &line_sum(&(s.y * s.g))?)),
        ),
        mutant(
            "Softmax",
            [
                "takes the mean over the line for the sum",
                "the sum over the line is 0.2 times the right one",
            ],
            |s| Some(s.y * &(s.g - &line_sum(&(s.y * s.g))?.scale(0.2))),
        ),
        mutant("Softmin", ["forgets the minus of the input", "the wrong sign"], |s| {
            Some(s.y * &(s.g - &line_sum(&(s.y * s.g))?))
        }),
        mutant(
            "Softmin",
            ["forgets the sum over the line", "the sum over the line is missing"],
            |s| Some(-&(s.y * s.g)),
        ),
        mutant(
            "LogSoftmax",
            ["forgets the sum over the line", "the sum over the line is missing"],
            |s| Some(s.g.clone()),
        ),
        mutant(
            "LogSoftmax",
            ["adds the sum over the line", "the sum over the line has the wrong sign"],
            |s| Some(s.g + &(&s.y.map(f64::exp) * &line_sum(s.g)?)),
        ),
        mutant(
            "LogSoftmax",
            ["multiplies by J and not by its transpose", "the Jacobian is transposed"],
            |s| {
                let weighed = line_sum(&(&s.y.map(f64::exp) * s.g))?;
                Some(s.g - &weighed)
            },
        ),
        Mutant::new(
            "Softmax2d",
            Args::new(),
            normal([2, 4, 2, 2]),
            ["input", "forgets the sum over the channels", "the sum over the line is missing"],
            |s| Some(s.y * s.g),
        ),
        Mutant::new(
            "Softmax2d",
            Args::new(),
            normal([2, 4, 2, 2]),
            [
                "input",
                "takes y (1 - y), as if it were a sigmoid",
                "only the diagonal of the Jacobian",
            ],
            |s| Some(s.each(|_, y, g| y * (1.0 - y) * g)),
        ),
    ]
}
