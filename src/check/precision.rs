//! Whether a backward that is right in f64 is right in f32 too.

use rand::RngExt;
use rand::rngs::ChaCha8Rng;

use super::CheckOptions;
use super::contract::Breach;
use super::evaluate::{FunctionSubject, LayerSubject};
use super::report::{Compared, Report, Row};
use super::subject::{Answers, Build, Evaluate, Function, Subject};
use crate::error::Result;
use crate::tensor::Tensor;

/// What is forgiven: this many times what rounding the inputs alone would do.
const ALLOWANCE: f64 = 64.0;

/// Checks output and gradients in f32 against the same function in f64 at the same
/// numbers. How far apart they may be is measured: it is 64 times as far as the f64
/// gradient itself moves when every input is changed by a rounding of f32, and at least
/// 1e-5.
///
/// It finds what no check in f64 can: a variance as the difference of two large means, an
/// exponential that overflows.
///
/// ```
/// use handgrad::check::{CheckOptions, Function, f32check};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// /// A variance in one pass, mean(x^2) - mean(x)^2.
/// struct OnePass;
/// impl Function for OnePass {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         let mean = v[0].mean();
///         (v[0] * v[0]).mean().try_sub(mean * mean)
///     }
/// }
/// let far = [Tensor::new([4000.0, 4001.0, 4002.5])];
/// let report = f32check(&OnePass, &far, &CheckOptions::default())?;
/// assert!(!report.passed());
/// assert!(report.to_string().contains("right in f64 and wrong in f32"));
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn f32check<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    options: &CheckOptions,
) -> Result<Report> {
    check(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
}

/// [`f32check`] of a layer, its parameters drawn at random around their initial values.
pub fn f32check_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<Report> {
    check(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
}

pub(super) fn check<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<Report>
where
    S: Evaluate<f64> + Evaluate<f32>,
{
    let mut rng = options.rng();
    let rough: Vec<Tensor<f32>> = subject.points.iter().map(Tensor::cast).collect();
    let exact: Vec<Tensor<f64>> = rough.iter().map(Tensor::cast).collect();
    let output: Tensor<f64> = subject.evaluate.output(&exact)?;
    let cotangent = Tensor::<f64>::randn(output.shape(), &mut rng).cast::<f32>();
    let in_f64 = results(subject, &exact, &cotangent.cast())?;
    let in_f32 = results(subject, &rough, &cotangent)?;
    let nudged: Vec<Tensor<f64>> = exact.iter().map(|point| nudged(point, &mut rng)).collect();
    let moved = results(subject, &nudged, &cotangent.cast())?;

    let (mut report, mut sensitivity) = (Report::new("f64", options, 1e-5), 0.0_f64);
    report.subject = "f32";
    let names = ["output"].into_iter().chain(subject.names.iter().map(String::as_str));
    for (which, name) in names.enumerate() {
        let (reference, found, moved) = (&in_f64[which], &in_f32[which], &moved[which]);
        let mut row = Row::new(name, reference.shape(), true);
        let mut shift = 0.0_f64;
        let point = if which == 0 { reference } else { &exact[which - 1] };
        let values = point.iter().zip(found).zip(moved);
        for ((index, reference), ((value, backward), moved)) in reference.indexed_iter().zip(values)
        {
            shift = shift.max((moved - reference).abs());
            row.take(Compared { index, value, backward: f64::from(backward), reference });
        }
        sensitivity = sensitivity.max(shift / row.scale);
        report.rows.push(row);
    }
    if options.tolerance.is_none() {
        report.tolerance = report.tolerance.max(ALLOWANCE * sensitivity);
    }
    if !report.passed() {
        report.breaches.push(Breach::OnlyInF32);
    }
    Ok(report)
}

/// The output, and the gradient of each point.
fn results<T: crate::real::Real, S: Evaluate<T>>(
    subject: &Subject<S>,
    points: &[Tensor<T>],
    cotangent: &Tensor<T>,
) -> Result<Vec<Tensor<T>>> {
    let swept: Vec<Answers<T>> =
        subject.evaluate.sweeps(points, std::slice::from_ref(cotangent))?;
    let or_zeros = |(answer, point): (Option<Tensor<T>>, &Tensor<T>)| {
        answer.unwrap_or_else(|| Tensor::zeros(point.shape()))
    };
    let gradients = swept.into_iter().flatten().zip(points).map(or_zeros);
    Ok(std::iter::once(subject.evaluate.output(points)?).chain(gradients).collect())
}

/// Every number changed by half of f32's last place, up or down. A 0 stays, and with it
/// whatever lies on a kink there.
fn nudged(point: &Tensor<f64>, rng: &mut ChaCha8Rng) -> Tensor<f64> {
    let half = f64::from(f32::EPSILON) / 2.0;
    let signs = Tensor::from_fn(point.shape(), |_| if rng.random() { half } else { -half });
    point.zip_same(&signs, |x, nudge| x + x * nudge)
}
