//! Trying suppositions on the evidence.

use super::cause::Cause;
use super::evidence::{Evidence, Testimony};
use super::matrix::{Matrix, least_squares};
use crate::check::reference::exceeds;

/// A cause that fits, and how many numbers were fitted to make it.
#[derive(Clone, Debug)]
pub(super) struct Fit {
    pub(super) cause: Cause,
    pub(super) fitted: usize,
}

/// The evidence laid out for comparing, and what has been found to fit it.
pub(super) struct Case<'a> {
    pub(super) evidence: &'a Evidence,
    /// The Jacobian by the reference.
    pub(super) truth: Matrix,
    testimony: Testimony,
    /// What the backward should have answered.
    right: Matrix,
    /// The columns that a supposition has to explain.
    columns: Vec<usize>,
    /// How far a prediction may be from an answer.
    limit: f64,
    pub(super) fits: Vec<Fit>,
}

impl<'a> Case<'a> {
    pub(super) fn new(evidence: &'a Evidence) -> Self {
        let (truth, testimony) = (evidence.truth(), evidence.testimony());
        let right = testimony.predict(&truth);
        let columns = (0..truth.columns).collect();
        let mut case =
            Case { evidence, truth, testimony, right, columns, limit: 0.0, fits: Vec::new() };
        case.limit = case.limit_over_columns();
        case
    }

    /// Answers come with the reference's own error. A supposition that is right to a
    /// ten-thousandth of what is wrong is taken for the cause.
    fn limit_over_columns(&self) -> f64 {
        let (mut size, mut error) = (0.0_f64, 0.0_f64);
        for &j in &self.columns {
            for i in 0..self.right.rows {
                let (right, answer) = (self.right.at(i, j), self.answers().at(i, j));
                size = size.max(right.abs()).max(answer.abs());
                error = error.max((right - answer).abs());
            }
        }
        self.noise(size).max(1e-4 * error)
    }

    fn noise(&self, size: f64) -> f64 {
        self.evidence.tolerance.max(1e-9) * size
    }

    pub(super) fn answers(&self) -> &Matrix {
        &self.testimony.answers
    }

    /// Whether the answers are the backward's whole Jacobian.
    pub(super) fn is_complete(&self) -> bool {
        self.testimony.cotangents.is_none()
    }

    /// The same case with only some columns to be explained.
    pub(super) fn confined_to(mut self, columns: Vec<usize>) -> Self {
        self.columns = columns;
        self.limit = self.limit_over_columns();
        self.fits.clear();
        self
    }

    /// The columns that are wrong, and those that are right and say something: where the
    /// gradient is 0 and ought to be, nothing can be read off.
    pub(super) fn wrong_and_right(&self) -> (Vec<usize>, Vec<usize>) {
        let noise = self.noise(self.right.size().max(self.answers().size()).min(1e300));
        let error = |j: usize| self.off_by(&self.right, j);
        let says = |j: usize| (0..self.right.rows).any(|i| self.right.at(i, j).abs() > noise);
        let finite = self.columns.iter().map(|&j| error(j)).filter(|error| error.is_finite());
        let largest = finite.fold(0.0, f64::max);
        let (wrong, rest): (Vec<usize>, Vec<usize>) =
            self.columns.iter().partition(|&&j| error(j) > noise.max(1e-6 * largest));
        (wrong, rest.into_iter().filter(|&j| says(j)).collect())
    }

    /// How far a prediction of the answers is off in one column.
    fn off_by(&self, prediction: &Matrix, j: usize) -> f64 {
        // What is not predicted is NaN, and cannot be off; a NaN for an answer is.
        let predicted = (0..prediction.rows).filter(|&i| !prediction.at(i, j).is_nan());
        let differences = predicted.map(|i| prediction.at(i, j) - self.answers().at(i, j));
        differences.fold(
            0.0,
            |largest: f64, d| if d.is_nan() { f64::INFINITY } else { largest.max(d.abs()) },
        )
    }

    /// How many of the answers to be explained are wrong.
    pub(super) fn wrong_entries(&self) -> usize {
        let wrong = |i: usize, j: usize| {
            let difference = (self.right.at(i, j) - self.answers().at(i, j)).abs();
            exceeds(difference, self.limit)
        };
        let in_column = |&j: &usize| (0..self.right.rows).filter(|&i| wrong(i, j)).count();
        self.columns.iter().map(in_column).sum()
    }

    /// Whether what is wrong stands out from the reference's own error far enough to be
    /// told anything from.
    pub(super) fn is_clear(&self) -> bool {
        let error = self.columns.iter().map(|&j| self.off_by(&self.right, j)).fold(0.0, f64::max);
        self.limit <= 0.05 * error
    }

    fn explains(&self, answers: &Matrix) -> bool {
        self.columns.iter().all(|&j| self.off_by(answers, j) <= self.limit)
    }

    /// Whether the backward may have had this Jacobian; if so, `cause` is why.
    pub(super) fn suppose(&mut self, jacobian: &Matrix, cause: impl FnOnce() -> Cause) {
        if self.explains(&self.testimony.predict(jacobian)) {
            self.fits.push(Fit { cause: cause(), fitted: 0 });
        }
    }

    /// Whether the backward's Jacobian may be `base` and a multiple of `term`; if so, `read`
    /// says what the multiple means, if anything.
    pub(super) fn fit_beside(
        &mut self,
        base: &Matrix,
        term: &Matrix,
        read: impl FnOnce(f64) -> Option<Cause>,
    ) {
        let (base, term) = (self.testimony.predict(base), self.testimony.predict(term));
        let rest = self.answers().map(|i, j, answer| answer - base.at(i, j));
        let Some(theta) = least_squares(&[self.flat(&term)], &self.flat(&rest)) else { return };
        if self.explains(&base.map(|i, j, x| x + theta[0] * term.at(i, j))) {
            self.admit(read(theta[0]), 1);
        }
    }

    /// The entries to be explained, in one row.
    fn flat(&self, matrix: &Matrix) -> Vec<f64> {
        let row = |i| self.columns.iter().map(move |&j| matrix.at(i, j));
        (0..matrix.rows).flat_map(row).collect()
    }

    /// Whether a prediction, one for each column, is there for most of those to be
    /// explained.
    pub(super) fn covered_by(&self, predictions: &[f64]) -> bool {
        let missing = self.columns.iter().filter(|&&j| predictions[j].is_nan()).count();
        4 * missing <= self.columns.len()
    }

    /// One factor for each set of a square Jacobian whose right block, times it, is what
    /// the backward answered there; `None` where there is no such factor.
    pub(super) fn factors(&self, sets: &[Vec<usize>]) -> Option<Vec<f64>> {
        let (mut factors, mut by_row) = (Vec::new(), vec![1.0; self.truth.rows]);
        if !self.is_complete() {
            return None;
        }
        for set in sets {
            let block = |matrix: &Matrix| -> Vec<f64> {
                set.iter().flat_map(|&i| set.iter().map(move |&j| matrix.at(i, j))).collect()
            };
            let factor = *least_squares(&[block(&self.truth)], &block(self.answers()))?.first()?;
            for &i in set {
                by_row[i] = factor;
            }
            factors.push(factor);
        }
        self.explains(&self.truth.map(|i, _, x| x * by_row[i])).then_some(factors)
    }

    /// Whether what was made of the answers by a correction is the right Jacobian; if so,
    /// `cause` says what had to be corrected.
    pub(super) fn suppose_repaired(&mut self, repaired: &Matrix, cause: impl FnOnce() -> Cause) {
        let off = |&j: &usize| {
            let differences =
                (0..repaired.rows).map(|i| (repaired.at(i, j) - self.truth.at(i, j)).abs());
            differences.fold(0.0, f64::max)
        };
        let in_order = repaired.rows == self.truth.rows;
        if in_order && self.columns.iter().map(off).fold(0.0, f64::max) <= self.limit {
            self.admit(Some(cause()), 0);
        }
    }

    /// Takes down a cause that has been found to fit.
    pub(super) fn admit(&mut self, cause: Option<Cause>, fitted: usize) {
        self.fits.extend(cause.map(|cause| Fit { cause, fitted }));
    }

    /// Whether the backward's Jacobian may be a sum of `terms`, each times one number;
    /// if so, `read` says what those numbers mean, if anything.
    pub(super) fn fit(&mut self, terms: &[Matrix], read: impl FnOnce(&[f64]) -> Option<Cause>) {
        let predicted: Vec<Matrix> =
            terms.iter().map(|term| self.testimony.predict(term)).collect();
        let flattened: Vec<Vec<f64>> = predicted.iter().map(|term| self.flat(term)).collect();
        let Some(theta) = least_squares(&flattened, &self.flat(self.answers())) else { return };
        let sum = predicted[0].map(|i, j, _| {
            theta.iter().zip(&predicted).map(|(theta, term)| theta * term.at(i, j)).sum()
        });
        if self.explains(&sum) {
            let cause = read(&theta);
            self.fits.extend(cause.map(|cause| Fit { cause, fitted: theta.len() }));
        }
    }
}
