//! Second derivatives: the backward, run over dual numbers, differentiates itself.

use rand::rngs::ChaCha8Rng;

use super::CheckOptions;
use super::evaluate::{FunctionSubject, LayerSubject};
use super::reference::AT_KINK;
use super::report::{Compared, Report, Row};
use super::subject::{Build, Evaluate, Function, Subject};
use crate::dual::Dual;
use crate::error::{Error, Result};
use crate::tensor::Tensor;

/// The product of a Hessian and a vector: how the gradient of the output, weighed by
/// `cotangent`, changes as the inputs move along `tangents`. One tensor for each input,
/// of its shape.
///
/// With one output and a cotangent of 1 it is H v (B. A. Pearlmutter, "Fast exact
/// multiplication by the Hessian", 1994). It costs one forward and one backward over dual
/// numbers, however many inputs there are.
///
/// Refuses tangents or a cotangent of other shapes.
///
/// ```
/// use handgrad::check::{Function, hvp};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// struct Cubes;
/// impl Function for Cubes {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         Ok((v[0] * v[0] * v[0]).sum())
///     }
/// }
/// // The Hessian of the sum of cubes is 6 x on the diagonal.
/// let x = [Tensor::new([1.0, 2.0, 3.0])];
/// let products = hvp(&Cubes, &x, &Tensor::scalar(1.0), &[Tensor::new([1.0, 1.0, 10.0])])?;
/// assert_eq!(products[0].to_vec(), [6.0, 12.0, 180.0]);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn hvp<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    cotangent: &Tensor<f64>,
    tangents: &[Tensor<f64>],
) -> Result<Vec<Tensor<f64>>> {
    if inputs.len() != tangents.len() {
        return Err(Error::argument(
            "hvp",
            format!(
                "got {} tangents for {} inputs; give one for each",
                tangents.len(),
                inputs.len()
            ),
        ));
    }
    let options = CheckOptions::default();
    let subject = Subject::of_inputs(FunctionSubject(function), inputs, &options);
    let still = Tensor::zeros(cotangent.shape());
    by_duals(&subject, &Direction { tangents: tangents.to_vec(), of_cotangent: still }, cotangent)
}

/// Checks second derivatives: the backward run over dual numbers against differences of
/// the backward, along a random direction of inputs and cotangent (PyTorch's
/// `gradgradcheck`). It fails where a backward drops the tangents of its numbers, as by
/// way of `to_f64`.
///
/// ```
/// use handgrad::check::{CheckOptions, Function, gradgradcheck};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// struct Silu;
/// impl Function for Silu {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         Ok(v[0].silu())
///     }
/// }
/// let report = gradgradcheck(&Silu, &[Tensor::new([-2.0, 0.0, 3.0])], &CheckOptions::default())?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn gradgradcheck<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    options: &CheckOptions,
) -> Result<Report> {
    check(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
}

/// [`gradgradcheck`] of a layer, its parameters drawn at random around their initial
/// values. Elements on a kink stay where they are: there the backward itself jumps.
pub fn gradgradcheck_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Report> {
    check(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
}

/// A direction in which inputs and cotangent move together.
struct Direction {
    tangents: Vec<Tensor<f64>>,
    of_cotangent: Tensor<f64>,
}

impl Direction {
    fn random<S>(subject: &Subject<S>, cotangent: &Tensor<f64>, rng: &mut ChaCha8Rng) -> Self {
        let tangent = |(point, kinks): (&Tensor<f64>, &Vec<crate::module::Kink>)| {
            let on_kink = |x: f64| kinks.iter().any(|kink| (x - kink.at).abs() < AT_KINK);
            let tangent = Tensor::randn(point.shape(), rng);
            tangent.zip_same(point, |v, x| if on_kink(x) { 0.0 } else { v })
        };
        let tangents = subject.points.iter().zip(&subject.kinks).map(tangent).collect();
        Direction { tangents, of_cotangent: Tensor::randn(cotangent.shape(), rng) }
    }
}

pub(super) fn check<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Report>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>>,
{
    let output: Tensor<f64> = subject.evaluate.output(&subject.points)?;
    let mut rng = options.rng();
    let cotangent = Tensor::randn(output.shape(), &mut rng);
    let direction = Direction::random(subject, &cotangent, &mut rng);
    let found = by_duals(subject, &direction, &cotangent)?;
    let reference = by_differences(subject, &direction, &cotangent, options)?;
    let mut report = Report::new("differences of the backward", options, 1e-6);
    report.subject = "backward over dual numbers";
    for (which, (found, reference)) in found.iter().zip(&reference).enumerate() {
        let point = &subject.points[which];
        let mut row = Row::new(&subject.names[which], point.shape(), true);
        for (((index, value), backward), reference) in
            point.indexed_iter().zip(found).zip(reference)
        {
            row.take(Compared { index, value, backward, reference });
        }
        report.rows.push(row);
    }
    Ok(report)
}

fn by_duals<S: Evaluate<Dual<f64>>>(
    subject: &Subject<S>,
    direction: &Direction,
    cotangent: &Tensor<f64>,
) -> Result<Vec<Tensor<f64>>> {
    let points = subject.points.iter().zip(&direction.tangents);
    let points = points.map(|(point, v)| point.with_tangent(v)).collect::<Result<Vec<_>>>()?;
    let cotangent = cotangent.with_tangent(&direction.of_cotangent)?;
    let swept = subject.evaluate.sweeps(&points, std::slice::from_ref(&cotangent))?;
    let tangents = swept[0].iter().zip(&subject.points).map(|(answer, point)| match answer {
        Some(answer) => answer.tangent(),
        None => Tensor::zeros(point.shape()),
    });
    Ok(tangents.collect())
}

/// Central differences of the backward, extrapolated once.
fn by_differences<S: Evaluate<f64>>(
    subject: &Subject<S>,
    direction: &Direction,
    cotangent: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Vec<Tensor<f64>>> {
    let gradients = |offset: f64| -> Result<Vec<Tensor<f64>>> {
        let moved = |x: &Tensor<f64>, v: &Tensor<f64>| x.zip_same(v, |x, v| x + offset * v);
        let points = subject.points.iter().zip(&direction.tangents);
        let points: Vec<_> = points.map(|(point, v)| moved(point, v)).collect();
        let cotangent = moved(cotangent, &direction.of_cotangent);
        let swept = subject.evaluate.sweeps(&points, std::slice::from_ref(&cotangent))?;
        let or_zeros = |(answer, point): (&Option<Tensor<f64>>, &Tensor<f64>)| {
            answer.clone().unwrap_or_else(|| Tensor::zeros(point.shape()))
        };
        Ok(swept[0].iter().zip(&points).map(or_zeros).collect())
    };
    let slope = |step: f64| -> Result<Vec<Tensor<f64>>> {
        let (up, down) = (gradients(step)?, gradients(-step)?);
        let pairs = up.iter().zip(&down);
        Ok(pairs.map(|(up, down)| up.zip_same(down, |a, b| (a - b) / (2.0 * step))).collect())
    };
    let step = step_short_of_kinks(subject, direction, options.step);
    let (wide, narrow) = (slope(step)?, slope(step / 2.0)?);
    let pairs = wide.iter().zip(&narrow);
    Ok(pairs.map(|(wide, narrow)| wide.zip_same(narrow, |w, n| (4.0 * n - w) / 3.0)).collect())
}

/// A step with which no element reaches a kink.
fn step_short_of_kinks<S>(subject: &Subject<S>, direction: &Direction, step: f64) -> f64 {
    let mut shortest = step;
    for (which, point) in subject.points.iter().enumerate() {
        for (x, v) in point.iter().zip(&direction.tangents[which]) {
            for kink in subject.kinks[which].iter().filter(|_| v != 0.0) {
                shortest = shortest.min((x - kink.at).abs() / (2.0 * v.abs()));
            }
        }
    }
    shortest
}
