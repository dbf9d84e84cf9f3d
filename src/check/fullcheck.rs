//! Every check at once.

use std::fmt;

use super::evaluate::{FunctionSubject, LayerSubject};
use super::subject::{Build, Evaluate, Function, Subject};
use super::{CheckOptions, Report, by_differences, by_duals, precision, second_order};
use crate::dual::Dual;
use crate::error::{Error, ErrorKind, Result};
use crate::tensor::Tensor;

/// The reports of every check on one function.
#[derive(Clone, Debug)]
pub struct FullReport {
    /// By central differences, by dual numbers, of second derivatives, and in f32.
    pub reports: Vec<Report>,
}

impl FullReport {
    /// Whether all of them passed.
    pub fn passed(&self) -> bool {
        self.reports.iter().all(Report::passed)
    }

    /// An error with every report that failed, unless none did.
    pub fn into_result(self) -> Result<()> {
        let failed: Vec<String> =
            self.reports.iter().filter(|report| !report.passed()).map(Report::to_string).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let message = format!("the backward is wrong\n{}", failed.join("\n\n"));
        Err(Error::new(ErrorKind::Argument, "check", message))
    }
}

impl fmt::Display for FullReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for report in &self.reports {
            writeln!(f, "{report}\n")?;
        }
        let failed = self.reports.iter().filter(|report| !report.passed()).count();
        match failed {
            0 => write!(f, "all {} checks passed", self.reports.len()),
            _ => write!(f, "{failed} of {} checks FAILED", self.reports.len()),
        }
    }
}

/// Checks a function in every way: its backward against central differences and against
/// dual numbers, its second derivatives against differences of the backward, and f32
/// against f64.
///
/// ```
/// use handgrad::check::{CheckOptions, Function, fullcheck};
/// use handgrad::{Real, Result, Tensor, Var};
///
/// struct Gated;
/// impl Function for Gated {
///     fn call<'t, T: Real>(&self, v: &[Var<'t, T>]) -> Result<Var<'t, T>> {
///         v[0].try_mul(v[1].sigmoid())
///     }
/// }
/// let inputs = [Tensor::new([1.0, -2.0]), Tensor::new([0.5, 3.0])];
/// let report = fullcheck(&Gated, &inputs, &CheckOptions::default())?;
/// assert!(report.passed(), "{report}");
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn fullcheck<F: Function>(
    function: &F,
    inputs: &[Tensor<f64>],
    options: &CheckOptions,
) -> Result<FullReport> {
    all(&Subject::of_inputs(FunctionSubject(function), inputs, options), options)
}

/// [`fullcheck`] of a layer, its parameters drawn at random around their initial values.
pub fn fullcheck_layer(
    layer: &impl Build,
    input: &Tensor<f64>,
    options: &CheckOptions,
) -> Result<FullReport> {
    all(&LayerSubject::new(layer, options)?.subject(input, options)?, options)
}

fn all<S>(subject: &Subject<S>, options: &CheckOptions) -> Result<FullReport>
where
    S: Evaluate<f64> + Evaluate<Dual<f64>> + Evaluate<f32>,
{
    let reports = vec![
        by_differences(subject, options)?,
        by_duals(subject, options)?,
        second_order::check(subject, options)?,
        precision::check(subject, options)?,
    ];
    Ok(FullReport { reports })
}
