//! The reference by central differences.

use super::CheckOptions;
use super::reference::{Column, Reference, Sides, kink_at};
use super::subject::{Evaluate, Place, Subject};
use crate::error::Result;
use crate::tensor::Tensor;

/// Differences of a function's outputs.
pub(super) struct Differences<'a, S> {
    pub(super) subject: &'a Subject<S>,
    pub(super) options: &'a CheckOptions,
}

impl<S: Evaluate<f64>> Reference for Differences<'_, S> {
    const NAME: &'static str = "central differences";
    const TOLERANCE: f64 = 1e-6;

    fn column(&self, place: Place) -> Result<Column> {
        let (x, kinks) = (self.value(place), &self.subject.kinks[place.which]);
        if let Some(kink) = kink_at(x, kinks) {
            return Ok(self.sides(place)?.choose(x, kink));
        }
        // ANCHOR: reference
        let mut step = self.options.step * x.abs().max(1.0);
        for kink in kinks {
            // No step may cross a kink.
            step = step.min((x - kink.at).abs() / 2.0);
        }
        // Richardson's extrapolation (1911): halving the step leaves a quarter of a
        // central difference's error, so this combination leaves none of it; of
        // what is then left, halving leaves a sixteenth, and so on.
        let mut estimates = Vec::new();
        for level in 0..=self.options.extrapolations {
            let step = step / f64::from(1 << level);
            estimates.push(self.slope(place, step, -step)?);
        }
        Ok(Column::Slope(extrapolated(estimates, 4.0)))
        // ANCHOR_END: reference
    }

    fn sides(&self, place: Place) -> Result<Sides> {
        let step = self.options.step * self.value(place).abs().max(1.0);
        let side = |step: f64| -> Result<_> {
            let (wide, narrow) =
                (self.slope(place, step, 0.0)?, self.slope(place, step / 2.0, 0.0)?);
            Ok(wide.zip_same(&narrow, |wide, narrow| {
                // Over a jump half the step gives twice the difference.
                if (narrow - wide).abs() * step.abs() > 1e-6 {
                    return narrow * f64::INFINITY;
                }
                // A one-sided difference is off by half as much with half the step.
                2.0 * narrow - wide
            }))
        };
        Ok(Sides { left: side(-step)?, right: side(step)? })
    }
}

impl<S: Evaluate<f64>> Differences<'_, S> {
    fn value(&self, place: Place) -> f64 {
        self.subject.value(place)
    }

    /// How fast each output moves between two offsets of one element.
    fn slope(&self, place: Place, above: f64, below: f64) -> Result<Tensor<f64>> {
        let (up, moved_up) = self.output_at(place, above)?;
        let (down, moved_down) = self.output_at(place, below)?;
        // The step that was taken, after rounding, not the one that was meant.
        let step = moved_up - moved_down;
        up.zip_map("check", &down, |up, down| (up - down) / step)
    }

    fn output_at(&self, place: Place, offset: f64) -> Result<(Tensor<f64>, f64)> {
        let mut points = self.subject.points.clone();
        let moved = &mut points[place.which].make_mut()[place.element];
        *moved += offset;
        let moved = *moved;
        Ok((self.subject.evaluate.output(&points)?, moved))
    }
}

/// The limit of estimates whose error falls by `factor` from each to the next, then by
/// `factor` squared, and so on.
fn extrapolated(mut estimates: Vec<Tensor<f64>>, factor: f64) -> Tensor<f64> {
    let mut weight = factor;
    while estimates.len() > 1 {
        estimates = estimates
            .windows(2)
            .map(|pair| {
                pair[0].zip_same(&pair[1], |wide, narrow| (weight * narrow - wide) / (weight - 1.0))
            })
            .collect();
        weight *= factor;
    }
    estimates.swap_remove(0)
}
