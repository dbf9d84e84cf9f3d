//! Gradients that were computed elsewhere.

use super::compare::{Claim, judge};
use super::contract::Breach;
use super::duals::Duals;
use super::evaluate::LayerSubject;
use super::reference::exceeds;
use super::report::{Compared, Row};
use super::subject::{Answers, Build, Evaluate, Subject};
use super::{CheckOptions, Report};
use crate::error::{Error, Result};
use crate::module::StateDict;
use crate::tensor::Tensor;

/// Where the Jacobian has more entries than this the reference is the layer's own backward
/// and not dual numbers, which take a forward for each element.
const BY_DUALS: usize = 1 << 24;

/// What another implementation of a layer was given, and what it answered.
#[derive(Clone, Debug)]
pub struct Given {
    /// The input.
    pub input: Tensor<f64>,
    /// Parameters and buffers before the forward.
    pub state: StateDict<f64>,
    /// The cotangent of the output.
    pub grad_output: Tensor<f64>,
    /// The output, if it is to be checked too.
    pub output: Option<Tensor<f64>>,
    /// The gradients to be checked, by name: `input`, `weight`.
    pub gradients: Vec<(String, Tensor<f64>)>,
}

/// Checks gradients that were computed elsewhere, for one cotangent, against dual numbers
/// run through the layer's forward; or, where input and output are so large that this
/// would take long, against the layer's own backward, without a diagnosis.
///
/// `options.tolerance` should be that of the numbers: 1e-9 where they were computed in f64
/// (the default), 1e-4 for f32. The diagnosis has one answer to go by and not a whole
/// Jacobian, so it is less often sure.
///
/// Refuses a gradient of an unknown name, a shape that is not the tensor's, and what the
/// layer refuses.
///
/// ```
/// use handgrad::check::{CheckOptions, Given, check_given};
/// use handgrad::module::{Args, StateDict};
/// use handgrad::{Tensor, catalog::Configured};
///
/// let layer = Configured::new("Softmax", Args::new().with("dim", 0))?;
/// let (x, g) = (Tensor::new([0.5, -1.0, 2.0, 0.3]), Tensor::new([1.0, -2.0, 0.5, 3.0]));
/// let exp = x.map(f64::exp);
/// let y = &exp / &exp.sum();
/// let given = Given {
///     input: x,
///     state: StateDict::default(),
///     output: Some(y.clone()),
///     gradients: vec![("input".to_owned(), &y * &g)], // and where is the sum?
///     grad_output: g,
/// };
/// let report = check_given(&layer, &given, &CheckOptions::default())?;
/// assert_eq!(report.diagnosis("input").unwrap().headline(), "the sum over the line is missing");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn check_given(layer: &impl Build, given: &Given, options: &CheckOptions) -> Result<Report> {
    let options = CheckOptions { tolerance: options.tolerance.or(Some(1e-9)), ..options.clone() };
    let layer = LayerSubject::with_state(layer, given.state.clone(), options.training);
    let subject = layer.subject(&given.input, &options)?;
    let output: Tensor<f64> = subject.evaluate.output(&subject.points)?;
    if given.grad_output.shape() != output.shape() {
        return Err(Error::shape(
            "check",
            format!(
                "grad_output has shape {}, the output {}; they must be equal",
                given.grad_output.shape(),
                output.shape()
            ),
        ));
    }
    // Of what was not given the layer's own gradient stands in, and is left out later.
    let cotangents = std::slice::from_ref(&given.grad_output);
    let own: Answers<f64> =
        subject.evaluate.sweeps(&subject.points, cotangents)?.into_iter().flatten().collect();
    let mut answers = own.clone();
    let mut asked = vec![false; answers.len()];
    for (name, gradient) in &given.gradients {
        let Some(which) = subject.names.iter().position(|known| known == name) else {
            return Err(Error::argument(
                "check",
                format!("there is no gradient of {name:?}; there are {}", subject.names.join(", ")),
            ));
        };
        if gradient.shape() != subject.points[which].shape() {
            return Err(Error::shape(
                "check",
                format!(
                    "the gradient of {name} has shape {}, {name} itself {}; they must be equal",
                    gradient.shape(),
                    subject.points[which].shape()
                ),
            ));
        }
        asked[which] = true;
        answers[which] = Some(gradient.clone());
    }
    let elements: usize = subject.points.iter().map(Tensor::numel).sum();
    let mut report = if elements * output.numel() <= BY_DUALS {
        let claim = Claim { cotangent: given.grad_output.clone(), answers };
        judge(&subject, &Duals::new(&subject, &options), &claim, &options, None)?
    } else {
        against_own(&subject, &own, &answers, &options)
    };
    let mut asked = asked.into_iter();
    report.rows.retain(|_| asked.next().unwrap_or(false));
    report.seed = None;
    report.breaches.extend(other_forward(given, &output, report.tolerance)?);
    Ok(report)
}

/// The comparison with the layer's own backward, which is one sweep.
fn against_own<S>(
    subject: &Subject<S>,
    own: &Answers<f64>,
    answers: &Answers<f64>,
    options: &CheckOptions,
) -> Report {
    let mut report = Report::new("the layer's own backward", options, 0.0);
    report.diagnosed = true;
    for (which, point) in subject.points.iter().enumerate() {
        let zeros = Tensor::zeros(point.shape());
        let [reference, given] = [own, answers].map(|all| all[which].as_ref().unwrap_or(&zeros));
        let mut row = Row::new(&subject.names[which], point.shape(), true);
        for ((index, value), (backward, reference)) in
            point.indexed_iter().zip(given.iter().zip(reference))
        {
            row.take(Compared { index, value, backward, reference });
        }
        report.rows.push(row);
    }
    report
}

/// Whether the output that was given is another one.
fn other_forward(given: &Given, output: &Tensor<f64>, tolerance: f64) -> Result<Option<Breach>> {
    let Some(theirs) = &given.output else { return Ok(None) };
    if theirs.shape() != output.shape() {
        return Err(Error::shape(
            "check",
            format!("the output has shape {}, the layer's {}", theirs.shape(), output.shape()),
        ));
    }
    let scale = output.iter().filter(|y| y.is_finite()).fold(1.0, |s: f64, y| s.max(y.abs()));
    let off = |(given, expected): (f64, f64)| {
        let same = given == expected || (given.is_nan() && expected.is_nan());
        !same && exceeds((given - expected).abs(), tolerance * scale)
    };
    let differing = output.indexed_iter().zip(theirs).find(|((_, y), given)| off((*given, *y)));
    Ok(differing.map(|((index, expected), given)| Breach::OtherForward { index, given, expected }))
}
