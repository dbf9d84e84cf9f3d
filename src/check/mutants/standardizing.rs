//! Mutants of the norms that standardize over a set.
//!
//! Their right backward is `rstd (h - mean(h) - x_hat mean(h x_hat))`, with h the cotangent
//! times the weight; here its three terms each have a factor, and the means dims, that may
//! be wrong.

use super::scene::normal;
use super::{Mutant, Scene};
use crate::error::Result;
use crate::module::Args;
use crate::tensor::{Shape, Tensor};

/// A norm of the catalog, and what it standardizes over.
#[derive(Clone)]
struct Norm {
    layer: &'static str,
    args: Args,
    shape: Shape,
    /// The shape in which the sets are whole dims: GroupNorm's has its groups apart.
    viewed: Shape,
    /// Those dims.
    dims: &'static [isize],
    eps: f64,
}

/// The standardized input in the norm's own view, and 1 / sqrt(var + eps).
struct Standardized {
    x_hat: Tensor<f64>,
    rstd: Tensor<f64>,
    /// The cotangent times the weight.
    h: Tensor<f64>,
}

impl Norm {
    fn standardized(&self, scene: &Scene<'_>) -> Result<Standardized> {
        let x = scene.x.reshape(&self.viewed)?;
        let mean = x.mean_dims(self.dims, true)?;
        let rstd = x.var_dims(self.dims, 0.0, true)?.map(|var| 1.0 / (var + self.eps).sqrt());
        let h = scene.g * &weight_of(scene)?;
        Ok(Standardized { x_hat: &(&x - &mean) * &rstd, rstd, h: h.reshape(&self.viewed)? })
    }

    /// The three terms, each times its factor, with the means over `dims`.
    fn backward(
        &self,
        scene: &Scene<'_>,
        [direct, mean, along]: [f64; 3],
        dims: &[isize],
    ) -> Result<Tensor<f64>> {
        let Standardized { x_hat, rstd, h } = self.standardized(scene)?;
        let mean = h.mean_dims(dims, true)?.scale(mean);
        let along = &x_hat * &(&h * &x_hat).mean_dims(dims, true)?.scale(along);
        let dx = &rstd * &(&(&h.scale(direct) - &mean) - &along);
        dx.reshape(scene.x.shape())
    }

    fn mutant(
        &self,
        texts: [&'static str; 3],
        wrong: impl Fn(&Norm, &Scene<'_>) -> Result<Tensor<f64>> + Send + Sync + 'static,
    ) -> Mutant {
        let norm = self.clone();
        let input = normal(&self.shape);
        Mutant::new(self.layer, self.args.clone(), input, texts, move |s| wrong(&norm, s).ok())
    }

    /// A mutant whose terms have these factors.
    fn terms(&self, texts: [&'static str; 2], factors: [f64; 3]) -> Mutant {
        let texts = ["input", texts[0], texts[1]];
        self.mutant(texts, move |norm, scene| norm.backward(scene, factors, norm.dims))
    }

    /// A mutant whose means are over other dims than its statistics.
    fn wrong_dims(&self, texts: [&'static str; 2], dims: &'static [isize]) -> Mutant {
        let texts = ["input", texts[0], texts[1]];
        self.mutant(texts, move |norm, scene| norm.backward(scene, [1.0; 3], dims))
    }
}

/// The weight in a form that multiplies the output: LayerNorm's is of the last dims, the
/// others' of dim 1.
fn weight_of(scene: &Scene<'_>) -> Result<Tensor<f64>> {
    let weight = scene.parameter("weight");
    if weight.rank() != 1 || scene.x.rank() < 3 {
        return Ok(weight);
    }
    let mut shape = vec![1; scene.x.rank()];
    shape[1] = weight.numel();
    weight.reshape(shape)
}

fn norm(
    layer: &'static str,
    args: Args,
    shape: &[usize],
    viewed: &[usize],
    dims: &'static [isize],
) -> Norm {
    Norm { layer, args, shape: shape.into(), viewed: viewed.into(), dims, eps: 1e-5 }
}

pub(super) fn mutants() -> Vec<Mutant> {
    let channels = |n: i64| Args::new().with("num_features", n).with("affine", true);
    let layer = norm("LayerNorm", Args::new().with("normalized_shape", 6), &[4, 6], &[4, 6], &[1]);
    let batch1 = norm("BatchNorm1d", channels(4), &[6, 4], &[6, 4], &[0]);
    let batch2 = norm("BatchNorm2d", channels(3), &[4, 3, 2, 2], &[4, 3, 2, 2], &[0, 2, 3]);
    let batch3 =
        norm("BatchNorm3d", channels(2), &[3, 2, 2, 1, 2], &[3, 2, 2, 1, 2], &[0, 2, 3, 4]);
    let instance1 = norm("InstanceNorm1d", channels(3), &[2, 3, 5], &[2, 3, 5], &[2]);
    let instance2 = norm("InstanceNorm2d", channels(3), &[2, 3, 2, 3], &[2, 3, 2, 3], &[2, 3]);
    let instance3 =
        norm("InstanceNorm3d", channels(2), &[2, 2, 2, 2, 2], &[2, 2, 2, 2, 2], &[2, 3, 4]);
    let groups = Args::new().with("num_groups", 2).with("num_channels", 4);
    let group = norm("GroupNorm", groups, &[2, 4, 3], &[2, 2, 6], &[2]);
    let mut all = layer_norm(&layer);
    all.extend(layer_norm_parameters(&layer));
    for norm in [&batch1, &batch2, &batch3, &instance1, &instance2, &instance3, &group] {
        all.extend(terms(norm));
    }
    all.push(batch1.wrong_dims(
        ["takes its means over the features", "the means are taken over dim 1, not over dim 0"],
        &[1],
    ));
    all.push(batch2.wrong_dims(
        [
            "takes its means over the batch alone",
            "the means are taken over dim 0, not over dims 0, 2 and 3",
        ],
        &[0],
    ));
    all.push(batch3.wrong_dims(
        [
            "takes its means within each sample",
            "the means are taken over dims 2 and 4, not over dims 0, 2 and 4",
        ],
        &[2, 3, 4],
    ));
    all.push(instance1.wrong_dims(
        [
            "takes its means over the batch too",
            "the means are taken over dims 0 and 2, not over dim 2",
        ],
        &[0, 2],
    ));
    all.push(instance2.wrong_dims(
        [
            "takes its means over the channels too",
            "the means are taken over dims 1, 2 and 3, not over dims 2 and 3",
        ],
        &[1, 2, 3],
    ));
    // Where every channel has one number a sample, the first sample is the first number.
    all.extend(parameters(&batch1, "only the first contribution arrives"));
    for norm in [&batch2, &instance2, &group] {
        let first = "no sum over dim 0 of the output: only its first index arrives";
        all.extend(parameters(norm, first));
    }
    all
}

/// What any of them may get wrong.
fn terms(norm: &Norm) -> Vec<Mutant> {
    vec![
        norm.terms(["drops the mean term", "the mean term is missing"], [1.0, 0.0, 1.0]),
        norm.terms(["drops the x_hat term", "the x_hat term is missing"], [1.0, 1.0, 0.0]),
        norm.terms(
            ["takes mean and variance for constants", "mean and variance are treated as constants"],
            [1.0, 0.0, 0.0],
        ),
        norm.mutant(["input", "forgets gamma", "the factor weight is missing"], |norm, scene| {
            let scene = Scene { parameters: Vec::new(), ..*scene };
            norm.backward(&scene, [1.0; 3], norm.dims)
        }),
    ]
}

fn layer_norm(norm: &Norm) -> Vec<Mutant> {
    let n = 6.0;
    let mut all = terms(norm);
    all.extend([
        norm.terms(
            [
                "divides its two sums by n - 1 (makemore's variance)",
                "the means are 1.2 times the right ones",
            ],
            [1.0, n / (n - 1.0), n / (n - 1.0)],
        ),
        norm.terms(["takes sums for means", "the means are 6 times the right ones"], [1.0, n, n]),
        norm.terms(["adds the x_hat term", "the x_hat term has the wrong sign"], [1.0, 1.0, -1.0]),
        norm.terms(["adds the mean term", "the mean term has the wrong sign"], [1.0, -1.0, 1.0]),
        norm.terms(
            [
                "forgets the 1/2 of the square root in the x_hat term",
                "the x_hat term is 2 times the right one",
            ],
            [1.0, 1.0, 2.0],
        ),
        norm.mutant(["input", "forgets rstd", "the factor rstd is missing"], |norm, scene| {
            Ok(scene.right / &norm.standardized(scene)?.rstd)
        }),
        norm.mutant(
            ["input", "multiplies by rstd twice", "the factor rstd is applied twice"],
            |norm, scene| Ok(scene.right * &norm.standardized(scene)?.rstd),
        ),
        norm.wrong_dims(
            ["takes its means over the batch", "the means are taken over dim 0, not over dim 1"],
            &[0],
        ),
        norm.mutant(
            ["input", "multiplies by gamma after the means", "the Jacobian is transposed"],
            |norm, scene| {
                let weight = weight_of(scene)?;
                let scene = Scene { parameters: Vec::new(), ..*scene };
                Ok(&norm.backward(&scene, [1.0; 3], norm.dims)? * &weight)
            },
        ),
        Mutant::new(
            "LayerNorm",
            norm.args.clone(),
            normal(&norm.shape),
            [
                "input",
                "is not recorded on the tape (candle-nn's fused layer norm)",
                "no gradient arrives",
            ],
            |_| None,
        ),
    ]);
    all
}

/// What LayerNorm may get wrong in its weight and bias.
fn layer_norm_parameters(norm: &Norm) -> Vec<Mutant> {
    vec![
        norm.mutant(["weight", "forgets x_hat", "the local derivative is missing"], |_, scene| {
            scene.g.sum_dims(&[0], false)
        }),
        norm.mutant(
            [
                "weight",
                "multiplies by the input and not by x_hat",
                "input stands in the place of the local derivative",
            ],
            |_, scene| (scene.g * scene.x).sum_dims(&[0], false),
        ),
        norm.mutant(
            [
                "weight",
                "multiplies by the output and not by x_hat",
                "the output stands in the place of the local derivative",
            ],
            |_, scene| (scene.g * scene.y).sum_dims(&[0], false),
        ),
        norm.mutant(
            [
                "weight",
                "assigns in the loop over rows, where it should add",
                "only the last contribution arrives",
            ],
            |norm, scene| (scene.g * &norm.standardized(scene)?.x_hat).select(0, -1),
        ),
        norm.mutant(
            ["weight", "takes the mean over the rows", "a constant factor of 0.25"],
            |_, scene| Ok(scene.right.scale(0.25)),
        ),
        norm.mutant(
            ["bias", "has only the first row's", "only the first contribution arrives"],
            |_, scene| scene.g.select(0, 0),
        ),
        norm.mutant(
            ["bias", "takes the mean over the rows", "a constant factor of 0.25"],
            |_, scene| scene.g.mean_dims(&[0], false),
        ),
        norm.mutant(
            [
                "bias",
                "is multiplied by the weight",
                "weight stands in the place of the local derivative",
            ],
            |_, scene| (scene.g * &scene.parameter("weight")).sum_dims(&[0], false),
        ),
    ]
}

/// What the norms with a weight for each channel may get wrong in it.
fn parameters(norm: &Norm, first: &'static str) -> Vec<Mutant> {
    vec![
        norm.mutant(["weight", "forgets x_hat", "the local derivative is missing"], |_, scene| {
            over_channels(scene.g)
        }),
        norm.mutant(["weight", "sums over the first sample alone", first], |norm, scene| {
            let x_hat = norm.standardized(scene)?.x_hat.reshape(scene.x.shape())?;
            over_channels(&(scene.g * &x_hat).narrow(0, 0, 1)?)
        }),
        norm.mutant(["bias", "is left at zero", "zero"], |_, scene| Ok(scene.right.scale(0.0))),
    ]
}

/// The sum over every dim but the channels'.
fn over_channels(tensor: &Tensor<f64>) -> Result<Tensor<f64>> {
    let dims: Vec<isize> = (0..tensor.rank() as isize).filter(|&dim| dim != 1).collect();
    tensor.sum_dims(&dims, false)
}
