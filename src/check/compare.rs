//! The backward's answer, held against a reference element by element.

use super::CheckOptions;
use super::contract;
use super::diagnosis::diagnose;
use super::reference::{Reference, kink_at, vjp};
use super::report::{AtKink, Compared, Report, Row};
use super::subject::{Answers, Evaluate, Subject};
use super::witness::Witness;
use crate::error::Result;
use crate::tensor::Tensor;

/// A cotangent of the output, and what a backward made of it.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) cotangent: Tensor<f64>,
    pub(super) answers: Answers<f64>,
}

/// Checks a function's own backward, for a random cotangent.
pub(super) fn check<S: Evaluate<f64>, R: Reference>(
    subject: &Subject<S>,
    reference: &R,
    options: &CheckOptions,
) -> Result<Report> {
    let output = subject.evaluate.output(&subject.points)?;
    let cotangent = Tensor::randn(output.shape(), &mut options.rng());
    let kept = contract::hold(subject, &output, &cotangent)?;
    let mut report = match kept.answers {
        Some(answers) => {
            let claim = Claim { cotangent, answers };
            let backward: Backward =
                &|points, cotangents| subject.evaluate.sweeps(points, cotangents);
            judge(subject, reference, &claim, options, Some(backward))?
        }
        None => Report::new(R::NAME, options, R::TOLERANCE),
    };
    report.breaches = kept.breaches;
    Ok(report)
}

/// The backward that is judged, where it can be asked again: a gradient that somebody
/// sent cannot.
pub(super) type Backward<'a> =
    &'a dyn Fn(&[Tensor<f64>], &[Tensor<f64>]) -> Result<Vec<Answers<f64>>>;

/// Compares one claim with the reference, and where it is wrong asks for more of
/// them to tell why.
pub(super) fn judge<S: Evaluate<f64>, R: Reference>(
    subject: &Subject<S>,
    reference: &R,
    claim: &Claim,
    options: &CheckOptions,
    backward: Option<Backward>,
) -> Result<Report> {
    let mut report = Report::new(R::NAME, options, R::TOLERANCE);
    for which in 0..subject.points.len() {
        report.rows.push(row(subject, reference, claim, which)?);
    }
    if report.rows.iter().all(|row| report.accepts(row)) {
        return Ok(report);
    }
    report.diagnosed = true;
    let witness = Witness::hear(subject, claim, options, backward)?;
    for which in 0..report.rows.len() {
        if !report.accepts(&report.rows[which]) {
            let evidence = witness.evidence(reference, which, report.tolerance)?;
            report.rows[which].diagnosis = evidence.as_ref().map(diagnose);
        }
    }
    Ok(report)
}

/// One tensor's gradient against the reference.
fn row<S, R: Reference>(
    subject: &Subject<S>,
    reference: &R,
    claim: &Claim,
    which: usize,
) -> Result<Row> {
    let (point, kinks) = (&subject.points[which], &subject.kinks[which]);
    let answer = claim.answers[which].as_ref();
    let gradient = answer.cloned().unwrap_or_else(|| Tensor::zeros(point.shape()));
    let mut row = Row::new(&subject.names[which], point.shape(), answer.is_some());
    for (place, backward) in subject.places(which).zip(&gradient) {
        let value = subject.value(place);
        let column = reference.column(place)?;
        let compared = Compared {
            index: point.unravel(place.element),
            value,
            backward,
            reference: column.expect(&claim.cotangent, backward),
        };
        if let Some(kink) = kink_at(value, kinks) {
            let sides = reference.sides(place)?;
            row.kinks.push(AtKink {
                index: compared.index.clone(),
                kink: *kink,
                left: vjp(&sides.left, &claim.cotangent),
                right: vjp(&sides.right, &claim.cotangent),
                backward,
            });
        }
        row.take(compared);
    }
    Ok(row)
}
