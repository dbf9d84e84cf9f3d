//! The reference by dual numbers.

use super::CheckOptions;
use super::compare::{Method, compare};
use super::report::Report;
use super::subject::{Evaluate, Subject};
use crate::dual::Dual;
use crate::error::Result;
use crate::tensor::Tensor;

const METHOD: Method = Method { name: "dual numbers", tolerance: 1e-11 };

pub(super) fn check<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Report>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>>,
{
    compare(subject, options, METHOD, |place, cotangent| {
        let tangent_of = |which: usize| (which == place.which).then_some(place.element);
        let points = subject.points.iter().enumerate();
        let points: Vec<_> = points.map(|(i, point)| seeded(point, tangent_of(i))).collect();
        let output = subject.evaluate.output(&points)?;
        output.tangent().zip_map("check", cotangent, |t, g| t * g)?.sum().item()
    })
}

/// The values of a tensor as dual numbers with tangent 0, but for one element
/// with tangent 1.
fn seeded(point: &Tensor<f64>, element: Option<usize>) -> Tensor<Dual<f64>> {
    let mut dual = point.map(Dual::constant);
    if let Some(element) = element {
        dual.make_mut()[element].eps = 1.0;
    }
    dual
}
