//! What a wrong backward has to work with.

use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::Mutant;
use crate::catalog;
use crate::module::Args;
use crate::tensor::{Shape, Tensor};

/// One backward of a mutant: input, output, cotangent, parameters, and the gradient that
/// would be right.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The layer's input.
    pub x: &'a Tensor<f64>,
    /// Its output.
    pub y: &'a Tensor<f64>,
    /// The output's cotangent.
    pub g: &'a Tensor<f64>,
    /// The gradient that the layer's own backward gives.
    pub right: &'a Tensor<f64>,
    pub(super) parameters: Vec<(&'a String, &'a Tensor<f64>)>,
}

impl Scene<'_> {
    /// The value of a parameter; 1 where the layer has none of that name.
    pub(super) fn parameter(&self, name: &str) -> Tensor<f64> {
        let found = self.parameters.iter().find(|(known, _)| *known == name);
        found.map_or_else(|| Tensor::scalar(1.0), |(_, value)| (*value).clone())
    }

    /// A gradient of the input's shape from each element's input, output and cotangent.
    pub(super) fn each(&self, f: impl Fn(f64, f64, f64) -> f64) -> Tensor<f64> {
        let elements = self.x.iter().zip(self.y).zip(self.g);
        let values = elements.map(|((x, y), g)| f(x, y, g)).collect();
        self.x.with_buffer(values)
    }
}

/// Numbers with nothing in common, and every kink of the layer among them.
fn numbers(layer: &str, args: &Args) -> Tensor<f64> {
    let mut values = vec![-3.7, -2.2, -1.3, -0.8, -0.3, 0.2, 0.6, 1.1, 1.9, 2.7, 4.1, 7.3];
    if let Ok(layer) = catalog::build::<f64>(layer, args) {
        values.extend(layer.kinks().iter().map(|kink| kink.at));
    }
    let shape = Shape::from([values.len()]);
    Tensor::contiguous_from(values.into(), shape)
}

/// Standard normal numbers.
pub(super) fn normal(shape: impl Into<Shape>) -> Tensor<f64> {
    Tensor::randn(shape, &mut ChaCha8Rng::seed_from_u64(7))
}

/// A mutant of a pointwise layer by its wrong slope, from x and y.
pub(super) fn slope(
    layer: &'static str,
    args: Args,
    [mistake, headline]: [&'static str; 2],
    slope: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
) -> Mutant {
    let input = numbers(layer, &args);
    slope_at(input, layer, args, [mistake, headline], slope)
}

/// [`slope`] at an input of its own.
pub(super) fn slope_at(
    input: Tensor<f64>,
    layer: &'static str,
    args: Args,
    [mistake, headline]: [&'static str; 2],
    slope: impl Fn(f64, f64) -> f64 + Send + Sync + 'static,
) -> Mutant {
    Mutant::new(layer, args, input, ["input", mistake, headline], move |scene| {
        Some(scene.each(|x, y, g| slope(x, y) * g))
    })
}

/// A mutant of a pointwise layer by what it does to the cotangent.
pub(super) fn passes(
    layer: &'static str,
    args: Args,
    [mistake, headline]: [&'static str; 2],
    pass: impl Fn(f64, f64, f64) -> f64 + Send + Sync + 'static,
) -> Mutant {
    let input = numbers(layer, &args);
    Mutant::new(layer, args, input, ["input", mistake, headline], move |scene| {
        Some(scene.each(&pass))
    })
}
