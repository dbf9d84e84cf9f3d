//! Layers with a wrong backward: what a checker is to be checked with.
//!
//! A check that never failed has not been seen to work. Each mutant is a layer of the
//! catalog whose forward is right and whose backward has one mistake, of the kind that
//! people make: some were found in other libraries, and say which. The check must refuse
//! every one of them, and its diagnosis should name the mistake.
//!
//! `cargo run --release --example mutants` shows them all.

mod bounded;
mod lines;
mod norms;
mod rectifiers;
mod scene;
mod smooth;
mod standardizing;

pub use scene::Scene;

use super::evaluate::LayerSubject;
use super::subject::{Answers, Evaluate, Subject};
use super::{CheckOptions, Report, by_differences, by_duals};
use crate::catalog::Configured;
use crate::dual::Dual;
use crate::error::Result;
use crate::module::Args;
use crate::real::Real;
use crate::tensor::Tensor;

/// The wrong gradient; `None` for none at all.
type Wrong = Box<dyn Fn(&Scene<'_>) -> Option<Tensor<f64>> + Send + Sync>;

/// A layer with one mistake in its backward.
pub struct Mutant {
    /// The layer's name in the catalog.
    pub layer: &'static str,
    /// Its arguments.
    pub args: Args,
    /// The tensor whose gradient is wrong: `input`, or a parameter's name.
    pub of: &'static str,
    /// The mistake.
    pub mistake: &'static str,
    /// What the diagnosis should say.
    pub headline: &'static str,
    /// Whether the layer is in training mode.
    pub training: bool,
    /// The input it is checked at.
    pub input: Tensor<f64>,
    wrong: Wrong,
}

impl std::fmt::Debug for Mutant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({}), {}: {}", self.layer, self.args, self.of, self.mistake)
    }
}

/// Every mutant, layer by layer.
///
/// ```
/// use handgrad::check::mutants;
///
/// let mutants = mutants::all();
/// let forgets = mutants.iter().find(|mutant| mutant.mistake.contains("x_hat term")).unwrap();
/// let report = forgets.gradcheck()?;
/// assert!(!report.passed());
/// assert_eq!(report.diagnosis("input").unwrap().headline(), forgets.headline);
/// # Ok::<(), handgrad::Error>(())
/// ```
pub fn all() -> Vec<Mutant> {
    let mut mutants = rectifiers::mutants();
    mutants.extend(smooth::mutants());
    mutants.extend(bounded::mutants());
    mutants.extend(lines::mutants());
    mutants.extend(standardizing::mutants());
    mutants.extend(norms::mutants());
    mutants
}

impl Mutant {
    /// A mutant of a layer, in training mode.
    fn new(
        layer: &'static str,
        args: Args,
        input: Tensor<f64>,
        [of, mistake, headline]: [&'static str; 3],
        wrong: impl Fn(&Scene<'_>) -> Option<Tensor<f64>> + Send + Sync + 'static,
    ) -> Self {
        let wrong = Box::new(wrong);
        Mutant { layer, args, of, mistake, headline, training: true, input, wrong }
    }

    fn in_evaluation(mut self) -> Self {
        self.training = false;
        self
    }

    /// Checks it by central differences, its parameters drawn around their initial values.
    pub fn gradcheck(&self) -> Result<Report> {
        let layer = Configured::new(self.layer, self.args.clone())?;
        let options = layer.with_constants(&self.options());
        by_differences(&self.subject(LayerSubject::new(&layer, &options)?, &options)?, &options)
    }

    /// Checks it by dual numbers.
    pub fn dualcheck(&self) -> Result<Report> {
        let layer = Configured::new(self.layer, self.args.clone())?;
        let options = layer.with_constants(&self.options());
        by_duals(&self.subject(LayerSubject::new(&layer, &options)?, &options)?, &options)
    }

    /// How far the wrong gradient is from the right one, relative to the latter's largest
    /// entry, for the cotangent that `loss` makes of the output. The parameters are as
    /// the layer starts with them.
    pub fn seen_by(&self, loss: impl Fn(&Tensor<f64>) -> Tensor<f64>) -> Result<f64> {
        let options = self.options();
        let layer = Configured::new(self.layer, self.args.clone())?;
        let state = super::Build::build::<f64>(&layer)?.state_dict();
        let layer = LayerSubject::with_state(&layer, state, self.training);
        let subject = self.subject(layer, &options)?;
        let cotangent = loss(&subject.evaluate.layer.output(&subject.points)?);
        let cotangents = std::slice::from_ref(&cotangent);
        let right = subject.evaluate.layer.sweeps(&subject.points, cotangents)?;
        let wrong = subject.evaluate.sweeps(&subject.points, cotangents)?;
        let which = subject.evaluate.which;
        let zeros = || Tensor::zeros(subject.points[which].shape());
        let right = right[0][which].clone().unwrap_or_else(zeros);
        let wrong = wrong[0][which].clone().unwrap_or_else(zeros);
        let largest = |values: Tensor<f64>| values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        Ok(largest(wrong.try_sub(&right)?) / largest(right).max(1.0))
    }

    fn options(&self) -> CheckOptions {
        CheckOptions { training: self.training, ..CheckOptions::default() }
    }

    fn subject<'a>(
        &'a self,
        layer: LayerSubject<'a, Configured>,
        options: &CheckOptions,
    ) -> Result<Subject<MutantSubject<'a>>> {
        let subject = layer.subject(&self.input, options)?;
        let which = subject.names.iter().position(|name| name == self.of).unwrap_or(0);
        let Subject { evaluate: layer, points, names, kinks } = subject;
        let evaluate = MutantSubject { mutant: self, layer, which, names: names.clone() };
        Ok(Subject { evaluate, points, names, kinks })
    }
}

/// The layer, but for one gradient.
struct MutantSubject<'a> {
    mutant: &'a Mutant,
    layer: LayerSubject<'a, Configured>,
    /// Which of the gradients is wrong.
    which: usize,
    names: Vec<String>,
}

impl Evaluate<f64> for MutantSubject<'_> {
    fn output(&self, points: &[Tensor<f64>]) -> Result<Tensor<f64>> {
        self.layer.output(points)
    }

    fn sweeps(&self, points: &[Tensor<f64>], g: &[Tensor<f64>]) -> Result<Vec<Answers<f64>>> {
        let output = self.output(points)?;
        let mut swept = self.layer.sweeps(points, g)?;
        for (answers, cotangent) in swept.iter_mut().zip(g) {
            let right = answers[self.which].clone();
            let right = right.unwrap_or_else(|| Tensor::zeros(points[self.which].shape()));
            let scene = Scene {
                x: &points[0],
                y: &output,
                g: cotangent,
                right: &right,
                parameters: self.names.iter().zip(points).skip(1).collect(),
            };
            answers[self.which] = (self.mutant.wrong)(&scene);
        }
        Ok(swept)
    }
}

/// Dual numbers run the forward alone, which is the layer's own.
impl Evaluate<Dual<f64>> for MutantSubject<'_> {
    fn output(&self, points: &[Tensor<Dual<f64>>]) -> Result<Tensor<Dual<f64>>> {
        self.layer.output(points)
    }

    fn sweeps(
        &self,
        points: &[Tensor<Dual<f64>>],
        cotangents: &[Tensor<Dual<f64>>],
    ) -> Result<Vec<Answers<Dual<f64>>>> {
        let primal = |tensors: &[Tensor<Dual<f64>>]| -> Vec<Tensor<f64>> {
            tensors.iter().map(Tensor::primal).collect()
        };
        let swept = Evaluate::<f64>::sweeps(self, &primal(points), &primal(cotangents))?;
        let constant =
            |answer: Option<Tensor<f64>>| answer.map(|answer| answer.map(Dual::constant));
        let all = swept.into_iter().map(|answers| answers.into_iter().map(constant).collect());
        Ok(all.collect())
    }
}

/// A constant of the type's own, for slopes written out in f64.
fn logistic(x: f64) -> f64 {
    x.sigmoid()
}
