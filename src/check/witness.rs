//! Gathering the evidence on a wrong gradient: the complete Jacobian by the reference,
//! and what the backward says of more than one cotangent.

use super::CheckOptions;
use super::compare::{Backward, Claim};
use super::diagnosis::{Evidence, Moved};
use super::reference::{Reference, Sides, kink_at};
use super::subject::{Evaluate, Subject};
use crate::error::Result;
use crate::tensor::Tensor;

/// Where the Jacobian has more entries than this, the backward is asked about a few
/// random cotangents and not about all the unit ones.
const COMPLETE: usize = 1 << 20;

/// And above this nothing is asked: the reference's Jacobian would take too much.
const TOO_LARGE: usize = 1 << 23;

/// So many elements are each looked at for a kink.
const FEW: usize = 1 << 10;

/// What the backward was heard to say.
pub(super) struct Witness<'a, S> {
    subject: &'a Subject<S>,
    options: &'a CheckOptions,
    backward: Option<Backward<'a>>,
    output: Tensor<f64>,
    claims: Vec<Claim>,
}

impl<'a, S: Evaluate<f64>> Witness<'a, S> {
    /// Asks the backward about more cotangents than the one of `claim`: about every unit
    /// one where there are not too many, which gives its complete Jacobian.
    pub(super) fn hear(
        subject: &'a Subject<S>,
        claim: &Claim,
        options: &'a CheckOptions,
        backward: Option<Backward<'a>>,
    ) -> Result<Self> {
        let output = subject.evaluate.output(&subject.points)?;
        let mut claims = vec![claim.clone()];
        if let Some(backward) = backward {
            let (outputs, mut rng) = (output.numel(), options.rng());
            rng.set_stream(2);
            let random = (0..3).map(|_| Tensor::randn(output.shape(), &mut rng));
            let mut cotangents: Vec<_> = random.collect();
            let inputs = subject.points.iter().map(Tensor::numel).max().unwrap_or(0);
            if outputs * inputs.max(outputs) <= COMPLETE {
                cotangents.extend((0..outputs).map(|i| unit(&output, i)));
            }
            let answers = backward(&subject.points, &cotangents)?;
            let heard = cotangents.into_iter().zip(answers);
            claims.extend(heard.map(|(cotangent, answers)| Claim { cotangent, answers }));
        }
        Ok(Witness { subject, options, backward, output, claims })
    }

    /// All that is known of one tensor's gradient; `None` where that would be too much.
    pub(super) fn evidence<R: Reference>(
        &self,
        reference: &R,
        which: usize,
        tolerance: f64,
    ) -> Result<Option<Evidence>> {
        let (subject, point) = (self.subject, &self.subject.points[which]);
        if self.output.numel() * point.numel() > TOO_LARGE {
            return Ok(None);
        }
        let others = subject.names.iter().zip(&subject.points).enumerate();
        let others = others.filter(|(i, _)| *i != which);
        let mut evidence = Evidence::new(&subject.names[which], point, &self.output);
        evidence.tolerance = tolerance;
        evidence.others =
            others.map(|(_, (name, tensor))| (name.clone(), tensor.clone())).collect();
        evidence.constants.clone_from(&self.options.constants);
        for place in subject.places(which) {
            let kink = kink_at(subject.value(place), &subject.kinks[which]);
            let sides = kink.map(|_| reference.sides(place)).transpose()?;
            evidence.push_column(reference.column(place)?, sides);
        }
        for claim in &self.claims {
            evidence.push_answer(&claim.cotangent, claim.answers[which].as_ref());
        }
        if point.numel() <= FEW {
            evidence.undeclared = self.undeclared_kinks(reference, which)?;
        }
        evidence.kinks = subject.kinks[which].iter().map(|kink| kink.at).collect();
        if evidence.is_pointwise() {
            let elsewhere =
                [("the output", self.output.clone()), ("minus the input", point.map(|x| -x))];
            let moved = elsewhere.into_iter().map(|(name, at)| self.moved(which, name, &at));
            evidence.moved = moved.filter_map(Result::ok).collect();
        }
        Ok(Some(evidence))
    }

    /// The elements that lie on a kink nobody declared: where the slopes of the two sides
    /// differ.
    fn undeclared_kinks<R: Reference>(&self, reference: &R, which: usize) -> Result<Vec<usize>> {
        let mut found = Vec::new();
        for place in self.subject.places(which) {
            if kink_at(self.subject.value(place), &self.subject.kinks[which]).is_some() {
                continue;
            }
            let Sides { left, right } = reference.sides(place)?;
            let size = left.iter().chain(&right).fold(0.0, |size: f64, x| size.max(x.abs()));
            if left.iter().zip(&right).any(|(left, right)| (left - right).abs() > 1e-3 * size) {
                found.push(place.element);
            }
        }
        Ok(found)
    }

    /// The slope of a pointwise function, and what its backward says of it, where
    /// something else is put in for its input. That may lie outside of the function's
    /// domain, and be refused.
    fn moved(&self, which: usize, name: &'static str, at: &Tensor<f64>) -> Result<Moved> {
        const STEP: f64 = 1e-5;
        let mut points = self.subject.points.clone();
        let mut outputs_at = |offset: f64| {
            points[which] = at.map(|x| x + offset);
            self.subject.evaluate.output(&points)
        };
        // Every element moves at once: each output follows its own input alone.
        let (up, down) = (outputs_at(STEP)?, outputs_at(-STEP)?);
        let slopes = up.zip_same(&down, |up, down| (up - down) / (2.0 * STEP));
        let kinks = &self.subject.kinks[which];
        let near_kink = |x: f64| kinks.iter().any(|kink| (x - kink.at).abs() <= 2.0 * STEP);
        let slopes = slopes.zip_same(at, |slope, x| if near_kink(x) { f64::NAN } else { slope });
        let slopes = slopes.to_vec();
        let mut answers = None;
        if let Some(backward) = self.backward {
            points[which] = at.clone();
            let heard = backward(&points, &[Tensor::ones(self.output.shape())])?;
            answers = heard[0][which].as_ref().map(Tensor::to_vec);
        }
        Ok(Moved { name, slopes, answers })
    }
}

/// 1 at one place of a tensor's shape, 0 elsewhere.
pub(super) fn unit(like: &Tensor<f64>, element: usize) -> Tensor<f64> {
    let mut unit = Tensor::zeros(like.shape());
    unit.make_mut()[element] = 1.0;
    unit
}
