//! The reference by central differences.

use super::CheckOptions;
use super::compare::{AT_KINK, Method, Place, compare};
use super::report::Report;
use super::subject::{Evaluate, Subject};
use crate::error::Result;
use crate::module::{Choice, Kink};
use crate::tensor::Tensor;

const METHOD: Method = Method { name: "central differences", tolerance: 1e-6 };

pub(super) fn check<S: Evaluate<f64>>(
    subject: &Subject<S>,
    options: &CheckOptions,
) -> Result<Report> {
    compare(subject, options, METHOD, |place, cotangent| {
        Line { subject, place, cotangent }.reference(options)
    })
}

/// The function along one element of one of its tensors.
struct Line<'a, S> {
    subject: &'a Subject<S>,
    place: Place,
    cotangent: &'a Tensor<f64>,
}

impl<S: Evaluate<f64>> Line<'_, S> {
    fn reference(&self, options: &CheckOptions) -> Result<f64> {
        let Place { which, value: x, .. } = self.place;
        let kinks = &self.subject.kinks[which];
        // ANCHOR: reference
        let mut step = options.step * x.abs().max(1.0);
        let nearest = kinks.iter().min_by(|a, b| (x - a.at).abs().total_cmp(&(x - b.at).abs()));
        if let Some(kink) = nearest {
            let distance = (x - kink.at).abs();
            if distance < AT_KINK {
                return self.at_kink(step, kink);
            }
            // No step may cross the kink.
            step = step.min(distance / 2.0);
        }
        // One step of Richardson's extrapolation (1911): the errors of two central
        // differences are as 4 to 1, so this combination has neither.
        let wide = self.slope(step, -step)?;
        let narrow = self.slope(step / 2.0, -step / 2.0)?;
        Ok((4.0 * narrow - wide) / 3.0)
        // ANCHOR_END: reference
    }

    /// On a kink the declared slope is the reference. Beside one, closer than a
    /// step can be, any slope between the two sides' will do.
    fn at_kink(&self, step: f64, kink: &Kink) -> Result<f64> {
        // Second-order one-sided differences, by the same extrapolation.
        let side = |step: f64| -> Result<f64> {
            let wide = self.slope(step, 0.0)?;
            Ok(2.0 * self.slope(step / 2.0, 0.0)? - wide)
        };
        let (left, right) = (side(-step)?, side(step)?);
        Ok(match kink.slope {
            Choice::Left if self.place.value == kink.at => left,
            Choice::Right if self.place.value == kink.at => right,
            // A number of its own is a slope of the layer alone, before the
            // cotangent: all that can be said of it is that it lies between.
            _ => nearest_between(left, right, self.place.backward),
        })
    }

    /// How fast the output, weighed by the cotangent, moves between two offsets.
    fn slope(&self, above: f64, below: f64) -> Result<f64> {
        let (up, moved_up) = self.output_at(above)?;
        let (down, moved_down) = self.output_at(below)?;
        // Differences first, so that large outputs cancel before they are summed.
        let change = (&up - &down).zip_map("check", self.cotangent, |d, g| d * g)?.sum().item()?;
        // The step that was taken, after rounding, not the one that was meant.
        Ok(change / (moved_up - moved_down))
    }

    fn output_at(&self, offset: f64) -> Result<(Tensor<f64>, f64)> {
        let mut points = self.subject.points.clone();
        let moved = &mut points[self.place.which].make_mut()[self.place.element];
        *moved += offset;
        let moved = *moved;
        Ok((self.subject.evaluate.output(&points)?, moved))
    }
}

/// The number between `a` and `b` that is nearest to `x`; NaN where either is.
fn nearest_between(a: f64, b: f64, x: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
