//! The backward's answer, held against a reference element by element.

use super::CheckOptions;
use super::report::{Report, Row};
use super::subject::{Evaluate, Subject};
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// How close to a kink an element counts as lying on it: the least step that
/// still leaves enough digits in a difference.
pub(super) const AT_KINK: f64 = 1e-7;

/// A kind of reference, and how closely it is to be met.
#[derive(Clone, Copy, Debug)]
pub(super) struct Method {
    pub(super) name: &'static str,
    pub(super) tolerance: f64,
}

/// One element of one tensor, and what the backward says of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) which: usize,
    pub(super) element: usize,
    pub(super) value: f64,
    pub(super) backward: f64,
}

/// Asks `reference` for the gradient of every element, given the cotangent of
/// the output, and reports how far the backward is from it.
pub(super) fn compare<S: Evaluate<f64>>(
    subject: &Subject<S>,
    options: &CheckOptions,
    method: Method,
    reference: impl Fn(Place, &Tensor<f64>) -> Result<f64>,
) -> Result<Report> {
    let points = &subject.points;
    let output = subject.evaluate.output(points)?;
    let cotangent = Tensor::randn(output.shape(), &mut options.rng());
    let gradients = subject.evaluate.gradients(points, &cotangent)?;
    let mut rows = Vec::with_capacity(points.len());
    for (which, (point, gradient)) in points.iter().zip(&gradients).enumerate() {
        if gradient.shape() != point.shape() {
            return Err(Error::shape(
                "check",
                format!("a gradient has shape {}, its input {}", gradient.shape(), point.shape()),
            ));
        }
        let places = point.iter().zip(gradient).enumerate();
        let references = places
            .map(|(element, (value, backward))| {
                reference(Place { which, element, value, backward }, &cotangent)
            })
            .collect::<Result<Vec<f64>>>()?;
        let (name, kinks) = (&subject.names[which], &subject.kinks[which]);
        rows.push(Row::new(name, point, gradient, &references, kinks));
    }
    Ok(Report {
        method: method.name,
        seed: options.seed,
        tolerance: options.tolerance.unwrap_or(method.tolerance),
        rows,
    })
}
