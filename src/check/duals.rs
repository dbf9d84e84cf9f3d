//! The reference by dual numbers.

use super::differences::Reference;
use super::report::{Judge, Report, Row};
use super::subject::{Evaluate, Subject};
use super::{CheckOptions, backward_answer, seeded};
use crate::dual::Dual;
use crate::error::Result;

const TOLERANCE: f64 = 1e-11;

pub(super) fn check<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Report>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>>,
{
    let answer = backward_answer(subject, options)?;
    let mut rows = Vec::new();
    for (which, gradient) in answer.gradients.iter().enumerate() {
        let point = &subject.points[which];
        let mut references = Vec::with_capacity(point.numel());
        for element in 0..point.numel() {
            let points: Vec<_> = subject
                .points
                .iter()
                .enumerate()
                .map(|(i, point)| seeded(point, (i == which).then_some(element)))
                .collect();
            let output = subject.evaluate.output(&points)?;
            let follows = output.tangent().zip_map("check", &answer.cotangent, |t, g| t * g)?;
            references.push(Reference::Slope(follows.sum().item()?));
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
    Ok(Report::new("dual numbers", options.seed, judge, rows))
}
