//! The reference by central differences.

use super::report::{Judge, Report, Row};
use super::subject::{Evaluate, Subject};
use super::{CheckOptions, backward_answer};
use crate::error::Result;
use crate::module::{Choice, Kink};
use crate::tensor::Tensor;

/// How close to a kink an element counts as lying on it: the least step that
/// still leaves enough digits in a difference.
pub(super) const AT_KINK: f64 = 1e-7;

const TOLERANCE: f64 = 1e-6;

pub(super) fn check<S: Evaluate<f64>>(
    subject: &Subject<S>,
    options: &CheckOptions,
) -> Result<Report> {
    let answer = backward_answer(subject, options)?;
    let mut rows = Vec::new();
    for (which, gradient) in answer.gradients.iter().enumerate() {
        let line = Line { subject, which, cotangent: &answer.cotangent };
        let point = &subject.points[which];
        let mut references = Vec::with_capacity(point.numel());
        for (element, (x, backward)) in point.iter().zip(gradient).enumerate() {
            let reference = line.reference(element, x, backward, options, &subject.kinks[which])?;
            references.push(reference);
        }
        rows.push(Row::new(
            &subject.names[which],
            point,
            gradient,
            &references,
            &subject.kinks[which],
        ));
    }
    let judge = Judge::new(options.tolerance.unwrap_or(TOLERANCE));
    Ok(Report::new("central differences", options.seed, judge, rows))
}

/// What the reference says of one element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reference {
    /// The slope.
    Slope(f64),
    /// At a kink: the slopes below and above, and which one is declared where
    /// the element lies on it exactly.
    Kink { left: f64, right: f64, declared: Option<f64> },
}

/// The function along one element of one of its tensors.
struct Line<'a, S> {
    subject: &'a Subject<S>,
    which: usize,
    cotangent: &'a Tensor<f64>,
}

impl<S: Evaluate<f64>> Line<'_, S> {
    fn reference(
        &self,
        element: usize,
        x: f64,
        backward: f64,
        options: &CheckOptions,
        kinks: &[Kink],
    ) -> Result<Reference> {
        // ANCHOR: reference
        let mut step = options.step * x.abs().max(1.0);
        let nearest = kinks.iter().min_by(|a, b| (x - a.at).abs().total_cmp(&(x - b.at).abs()));
        if let Some(kink) = nearest {
            let distance = (x - kink.at).abs();
            if distance < AT_KINK {
                return self.at_kink(element, step, backward, kink, x == kink.at);
            }
            // No step may cross the kink.
            step = step.min(distance / 2.0);
        }
        // One step of Richardson's extrapolation (1911): the errors of two central
        // differences are as 4 to 1, so this combination has neither.
        let wide = self.slope(element, step, -step)?;
        let narrow = self.slope(element, step / 2.0, -step / 2.0)?;
        Ok(Reference::Slope((4.0 * narrow - wide) / 3.0))
        // ANCHOR_END: reference
    }

    fn at_kink(
        &self,
        element: usize,
        step: f64,
        backward: f64,
        kink: &Kink,
        exactly: bool,
    ) -> Result<Reference> {
        // Second-order one-sided differences, by the same extrapolation.
        let side = |step: f64| -> Result<f64> {
            let wide = self.slope(element, step, 0.0)?;
            Ok(2.0 * self.slope(element, step / 2.0, 0.0)? - wide)
        };
        let (left, right) = (side(-step)?, side(step)?);
        let declared = exactly.then_some(match kink.slope {
            Choice::Left => left,
            Choice::Right => right,
            // A number of its own is a slope of the layer alone, before the
            // cotangent: all that can be said here is that it lies between.
            Choice::Value(_) => backward.clamp(left.min(right), left.max(right)),
        });
        Ok(Reference::Kink { left, right, declared })
    }

    /// How fast the output, weighed by the cotangent, moves between two offsets.
    fn slope(&self, element: usize, above: f64, below: f64) -> Result<f64> {
        let (up, moved_up) = self.output_at(element, above)?;
        let (down, moved_down) = self.output_at(element, below)?;
        // Differences first, so that large outputs cancel before they are summed.
        let change = (&up - &down).zip_map("check", self.cotangent, |d, g| d * g)?.sum().item()?;
        // The step that was taken, after rounding, not the one that was meant.
        Ok(change / (moved_up - moved_down))
    }

    fn output_at(&self, element: usize, offset: f64) -> Result<(Tensor<f64>, f64)> {
        let mut points = self.subject.points.clone();
        let moved = &mut points[self.which].make_mut()[element];
        *moved += offset;
        let moved = *moved;
        Ok((self.subject.evaluate.output(&points)?, moved))
    }
}
