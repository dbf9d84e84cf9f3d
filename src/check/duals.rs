//! The reference by dual numbers.

use super::CheckOptions;
use super::differences::Differences;
use super::reference::{Column, Reference, Sides};
use super::subject::{Evaluate, Place, Subject};
use crate::dual::Dual;
use crate::error::Result;
use crate::tensor::Tensor;

/// A forward over numbers that carry their derivative.
pub(super) struct Duals<'a, S> {
    pub(super) subject: &'a Subject<S>,
    pub(super) options: &'a CheckOptions,
    /// The subject's points with tangent 0.
    constants: Vec<Tensor<Dual<f64>>>,
}

impl<'a, S> Duals<'a, S> {
    pub(super) fn new(subject: &'a Subject<S>, options: &'a CheckOptions) -> Self {
        let constants = subject.points.iter().map(|point| point.map(Dual::constant)).collect();
        Duals { subject, options, constants }
    }
}

impl<S: Evaluate<f64> + Evaluate<Dual<f64>>> Reference for Duals<'_, S> {
    const NAME: &'static str = "dual numbers";
    const TOLERANCE: f64 = 1e-11;

    fn column(&self, place: Place) -> Result<Column> {
        let mut points = self.constants.clone();
        points[place.which].make_mut()[place.element].eps = 1.0;
        let output: Tensor<Dual<f64>> = self.subject.evaluate.output(&points)?;
        Ok(Column::Slope(output.tangent()))
    }

    fn sides(&self, place: Place) -> Result<Sides> {
        // The forward takes one side at a kink, so a dual number knows only that.
        Differences { subject: self.subject, options: self.options }.sides(place)
    }
}
