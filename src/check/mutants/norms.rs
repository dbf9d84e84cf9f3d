//! Mutants of the norms that do more, or less, than standardize.

use super::scene::normal;
use super::{Mutant, Scene};
use crate::error::Result;
use crate::module::Args;
use crate::tensor::Tensor;

pub(super) fn mutants() -> Vec<Mutant> {
    let mut all = rms_norm();
    all.extend(switchable());
    all.extend(local_response_norm());
    all.extend(dyt());
    all.extend(directions());
    all.extend(identity());
    all
}

/// A mutant from a gradient that may fail to be made.
fn mutant(
    layer: &'static str,
    args: Args,
    shape: &[usize],
    texts: [&'static str; 3],
    wrong: fn(&Scene<'_>) -> Result<Tensor<f64>>,
) -> Mutant {
    Mutant::new(layer, args, normal(shape), texts, move |scene| wrong(scene).ok())
}

fn rms_norm() -> Vec<Mutant> {
    /// 1 / rms of each row.
    fn reciprocal(scene: &Scene<'_>) -> Result<Tensor<f64>> {
        let squares = (scene.x * scene.x).mean_dims(&[-1], true)?;
        Ok(squares.map(|square| 1.0 / (square + 1e-5).sqrt()))
    }
    let args = || Args::new().with("normalized_shape", 5).with("eps", 1e-5);
    let new = |texts, wrong| mutant("RMSNorm", args(), &[4, 5], texts, wrong);
    vec![
        new(["input", "drops the x_hat term", "the sum over the line is missing"], |s| {
            Ok(&(s.g * &s.parameter("weight")) * &reciprocal(s)?)
        }),
        new(["input", "adds the x_hat term", "the sum over the line has the wrong sign"], |s| {
            let direct = &(s.g * &s.parameter("weight")) * &reciprocal(s)?;
            Ok(&direct.scale(2.0) - s.right)
        }),
        new(
            ["input", "multiplies by the weight twice", "weight is multiplied in once too often"],
            |s| {
                // h enters the means already weighed, so weigh the cotangent once more.
                let (r, weight) = (reciprocal(s)?, s.parameter("weight"));
                let h = &(s.g * &weight) * &weight;
                let x_hat = s.x * &r;
                let along = &x_hat * &(&h * &x_hat).mean_dims(&[-1], true)?;
                Ok(&r * &(&h - &along))
            },
        ),
        new(
            [
                "weight",
                "multiplies by the input and not by x_hat",
                "input stands in the place of the local derivative",
            ],
            |s| (s.g * s.x).sum_dims(&[0], false),
        ),
        new(["weight", "has the last row's alone", "only the last contribution arrives"], |s| {
            (s.g * &(s.x * &reciprocal(s)?)).select(0, -1)
        }),
    ]
}

fn switchable() -> Vec<Mutant> {
    let args = || Args::new().with("num_features", 2);
    let mut all = Vec::new();
    for (layer, shape) in [
        ("SwitchableNorm1d", &[3, 2, 4][..]),
        ("SwitchableNorm2d", &[2, 2, 2, 3]),
        ("SwitchableNorm3d", &[2, 2, 2, 1, 2]),
    ] {
        let new = |texts, wrong| mutant(layer, args(), shape, texts, wrong);
        all.push(new(["input", "is not passed on", "zero"], |s| Ok(s.right.scale(0.0))));
        all.push(new(
            [
                "mean_weight",
                "stops at the softmax's outputs",
                "the softmax's own backward is missing",
            ],
            |s| {
                let logits = s.parameter("mean_weight");
                unsoftmaxed(s.right, &logits)
            },
        ));
        all.push(new(["var_weight", "has the wrong sign", "the wrong sign"], |s| Ok(-s.right)));
    }
    all
}

/// A gradient of softmax's outputs that its backward would turn into `right`: right / p, up
/// to a constant, which is lost on the way.
fn unsoftmaxed(right: &Tensor<f64>, logits: &Tensor<f64>) -> Result<Tensor<f64>> {
    let exp = logits.map(f64::exp);
    let p = exp.try_div(&exp.sum())?;
    right.try_div(&p)
}

fn local_response_norm() -> Vec<Mutant> {
    let args = || Args::new().with("size", 3).with("alpha", 1.5).with("beta", 0.75).with("k", 1.0);
    let new = |texts, wrong| mutant("LocalResponseNorm", args(), &[2, 5, 3], texts, wrong);
    vec![
        new(
            [
                "input",
                "takes the denominator for a constant",
                "the product rule's second term is missing",
            ],
            |s| Ok(s.g * &(s.y / s.x)),
        ),
        new(
            [
                "input",
                "forgets the 2 of the squares",
                "the product rule's second term is 0.5 times the right one",
            ],
            |s| Ok((&(s.g * &(s.y / s.x)) + s.right).scale(0.5)),
        ),
        new(
            [
                "input",
                "adds what comes through the denominator",
                "the product rule's second term has the wrong sign",
            ],
            |s| Ok(&(s.g * &(s.y / s.x)).scale(2.0) - s.right),
        ),
    ]
}

fn dyt() -> Vec<Mutant> {
    /// tanh(alpha x).
    fn squashed(s: &Scene<'_>) -> Tensor<f64> {
        (s.x * &s.parameter("alpha")).map(f64::tanh)
    }
    /// The cotangent as it arrives before the tanh.
    fn inner(s: &Scene<'_>) -> Tensor<f64> {
        let h = s.g * &s.parameter("weight");
        &h * &squashed(s).map(|t| 1.0 - t * t)
    }
    let args = || Args::new().with("normalized_shape", 4).with("alpha_init_value", 0.7);
    let new = |texts, wrong| mutant("DyT", args(), &[3, 4], texts, wrong);
    vec![
        new(["input", "forgets alpha", "a constant factor of 1/alpha"], |s| Ok(inner(s))),
        new(["input", "forgets gamma", "the factor weight is missing"], |s| {
            Ok(s.right / &s.parameter("weight"))
        }),
        new(["alpha", "forgets to multiply by x", "the factor input is missing"], |s| {
            inner(s).sum().reshape(s.right.shape())
        }),
        new(["alpha", "has the last element's alone", "only the last contribution arrives"], |s| {
            let last = (&inner(s) * s.x).iter().last().unwrap_or(0.0);
            Ok(Tensor::full(s.right.shape(), last))
        }),
        new(
            [
                "weight",
                "multiplies by the output",
                "the output stands in the place of the local derivative",
            ],
            |s| (s.g * s.y).sum_dims(&[0], false),
        ),
        new(["bias", "has the sign of a subtraction", "the wrong sign"], |s| Ok(-s.right)),
    ]
}

fn directions() -> Vec<Mutant> {
    let lines = || Args::new().with("dim", 1);
    let rows = || Args::new().with("num_features", 4);
    let standard = || Args::new().with("eps", 1e-3);
    let normalize = |texts, wrong| mutant("Normalize", lines(), &[3, 4], texts, wrong);
    let weight = |texts, wrong| mutant("WeightNorm", rows(), &[4, 5], texts, wrong);
    let standardize =
        |texts, wrong| mutant("WeightStandardization", standard(), &[3, 6], texts, wrong);
    vec![
        normalize(
            ["input", "takes the length for a constant", "the sum over the line is missing"],
            |s| Ok(s.g * &(s.y / s.x)),
        ),
        normalize(
            [
                "input",
                "subtracts the projection twice",
                "the sum over the line is 2 times the right one",
            ],
            |s| Ok(&s.right.scale(2.0) - &(s.g * &(s.y / s.x))),
        ),
        normalize(
            ["input", "forgets to divide by the length", "the factor 1/length is missing"],
            |s| Ok(s.right / &(s.y / s.x)),
        ),
        weight(
            ["input", "takes the length for a constant", "the sum over the line is missing"],
            |s| Ok(s.g * &(s.y / s.x)),
        ),
        weight(["input", "has the wrong sign", "the wrong sign"], |s| Ok(-s.right)),
        weight(
            [
                "weight_g",
                "multiplies by v and not by its direction",
                "input stands in the place of the local derivative",
            ],
            |s| (s.g * s.x).sum_dims(&[1], false)?.reshape(s.right.shape()),
        ),
        weight(
            [
                "weight_g",
                "multiplies by the weight and not by its direction",
                "the output stands in the place of the local derivative",
            ],
            |s| (s.g * s.y).sum_dims(&[1], false)?.reshape(s.right.shape()),
        ),
        standardize(["input", "drops the mean term", "the mean term is missing"], |s| {
            terms(s, [0.0, 1.0])
        }),
        standardize(["input", "drops the x_hat term", "the x_hat term is missing"], |s| {
            terms(s, [1.0, 0.0])
        }),
    ]
}

/// A row's backward with factors before the mean and the x_hat term.
fn terms(s: &Scene<'_>, [mean, along]: [f64; 2]) -> Result<Tensor<f64>> {
    let centred = s.x - &s.x.mean_dims(&[1], true)?;
    let rstd = s.x.var_dims(&[1], 0.0, true)?.map(|var| 1.0 / (var + 1e-3).sqrt());
    let x_hat = &centred * &rstd;
    let mean = s.g.mean_dims(&[1], true)?.scale(mean);
    let along = &x_hat * &(s.g * &x_hat).mean_dims(&[1], true)?.scale(along);
    Ok(&rstd * &(&(s.g - &mean) - &along))
}

fn identity() -> Vec<Mutant> {
    let new = |texts, wrong| mutant("Identity", Args::new(), &[3, 4], texts, wrong);
    vec![
        new(["input", "is not passed on", "zero"], |s| Ok(s.g.scale(0.0))),
        new(
            ["input", "reverses the gradient (a layer of domain adaptation)", "the wrong sign"],
            |s| Ok(-s.g),
        ),
        new(
            [
                "input",
                "multiplies by the cotangent's mean",
                "the gradient is multiplied by the cotangent's mean",
            ],
            |s| Ok(s.g * &s.g.mean()),
        ),
        new(["input", "clips the cotangent", "the cotangent is clipped to [-1, 1]"], |s| {
            Ok(s.g.map(|g| g.clamp(-1.0, 1.0)))
        }),
        new(["input", "answers ones", "the cotangent is ignored"], |s| {
            Ok(Tensor::ones(s.g.shape()))
        }),
    ]
}
