//! Telling what is wrong with a gradient from what its error looks like.
//!
//! The reference gives the complete Jacobian. Each known mistake, made on purpose, would
//! turn it into another one; the mistake whose Jacobian the backward has is the cause. A
//! cause is named only if it accounts for every wrong entry, to the precision of the
//! reference or to a ten-thousandth of the error. Where several do they are all named.
//!
//! Wrong entries are first told from right ones: a mistake in one branch shows below 0
//! alone, one at a kink at the kink alone, and there it is diagnosed for itself.

mod case;
mod cause;
mod constants;
mod cotangent;
mod evidence;
mod kinks;
mod local;
mod matrix;
mod pointwise;
mod region;
mod set_factors;
mod sets;
mod shared;
mod standardized;
mod whole;

use std::fmt;

use case::{Case, Fit};
pub use cause::Cause;
pub(super) use evidence::{Evidence, Moved};

/// How far a diagnosis can be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sureness {
    /// One cause accounts for every wrong entry, and there are many more of them than
    /// numbers were fitted.
    Sure,
    /// One cause accounts for all, but there are too few wrong entries for it not to be
    /// chance; or several do.
    Likely,
    /// No known mistake looks like this.
    Unknown,
}

/// What is wrong with one tensor's gradient.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The cause that fits, the simplest one first where several do.
    pub causes: Vec<Cause>,
    /// Where the gradient is wrong, unless that is everywhere: `below 0`.
    pub region: Option<String>,
    /// How sure this is.
    pub sureness: Sureness,
    /// How many answers of the backward are wrong, and how many there are.
    pub wrong: [usize; 2],
}

impl Diagnosis {
    /// What is wrong, in a few words: `the mean term is missing`, `zero, below 0`.
    pub fn headline(&self) -> String {
        let cause = self.causes.first().map_or("no known mistake fits", |cause| &cause.headline);
        match &self.region {
            Some(region) => format!("{cause}, {region}"),
            None => cause.to_owned(),
        }
    }
}

impl fmt::Display for Diagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [wrong, all] = self.wrong;
        writeln!(f, "{}", self.headline())?;
        let Some((first, rivals)) = self.causes.split_first() else {
            return write!(f, "  {wrong} of the {all} numbers that were compared are wrong");
        };
        writeln!(f, "  {}", first.remedy)?;
        match (self.sureness, rivals.is_empty()) {
            (Sureness::Sure, _) => write!(
                f,
                "  sure: it accounts for all wrong entries, {wrong} of {all}, and nothing else tried does"
            ),
            (_, true) => write!(
                f,
                "  likely: it accounts for all wrong entries, {wrong} of {all}, which are few; a larger \
                 input would show more"
            ),
            (_, false) => {
                let others: Vec<&str> =
                    rivals.iter().map(|cause| cause.headline.as_str()).collect();
                write!(
                    f,
                    "  not sure: it accounts for all wrong entries, {wrong} of {all}, and so would: {}; a \
                     larger or less regular input would tell them apart",
                    others.join("; ")
                )
            }
        }
    }
}

/// The causes that account for all that is wrong.
pub(super) fn diagnose(evidence: &Evidence) -> Diagnosis {
    let case = Case::new(evidence);
    let (wrong, right) = case.wrong_and_right();
    let all = case.answers().rows * case.answers().columns;
    if let Some(not_finite) = not_finite(&case, &wrong, &right) {
        return not_finite;
    }
    // A backward that is not linear may be right about every unit cotangent.
    if !wrong.is_empty() && !case.is_clear() {
        let region = region::describe(evidence, &wrong, &right);
        return conclude(&case, Vec::new(), region, all);
    }
    if let Some(fits) = cotangent::diagnose(&case) {
        return conclude(&case, fits, None, all);
    }
    if wrong.is_empty() {
        return conclude(&case, Vec::new(), None, all);
    }
    if wrong.iter().all(|j| evidence.undeclared.contains(j)) {
        return conclude(&case, vec![undeclared_kink(evidence, &wrong)], None, all);
    }
    let region = region::describe(evidence, &wrong, &right);
    if wrong.iter().all(|&j| evidence.sides[j].is_some()) {
        let mut case = case.confined_to(wrong);
        kinks::sides(&mut case);
        let case = if case.fits.is_empty() { examined(case) } else { case };
        return conclude(&case, case.fits.clone(), region, all);
    }
    let case = examined(case);
    if !case.fits.is_empty() || right.is_empty() {
        return conclude(&case, case.fits.clone(), None, all);
    }
    // Part of it is right; the rest may have a cause of its own.
    let case = examined(case.confined_to(wrong));
    conclude(&case, case.fits.clone(), region, all)
}

/// Everything that is known to go wrong, the simplest first.
fn examined(mut case: Case) -> Case {
    whole::factors(&mut case);
    let before = case.fits.len();
    standardized::terms(&mut case);
    shared::term(&mut case);
    set_factors::statistics(&mut case);
    // What follows reads a line's two terms in other words.
    if case.fits.len() == before {
        local::replacements(&mut case);
        pointwise::product_rule(&mut case);
    }
    whole::places(&mut case);
    whole::sums(&mut case);
    pointwise::moved(&mut case);
    local::skipped_softmax(&mut case);
    local::tensor_factors(&mut case);
    case
}

/// A backward that answers NaN or infinity where there is a gradient.
fn not_finite(case: &Case, wrong: &[usize], right: &[usize]) -> Option<Diagnosis> {
    let answers = case.answers();
    let broken = |&j: &usize| (0..answers.rows).any(|i| !answers.at(i, j).is_finite());
    if wrong.is_empty() || !wrong.iter().all(broken) {
        return None;
    }
    let overflow = Cause::new(
        "NaN or infinity in the place of a gradient",
        "look for inf * 0, inf - inf and inf / inf on the way: an exp that overflows, a derivative that \
         is composed where it should be written out",
    );
    let region = region::describe(case.evidence, wrong, right);
    Some(conclude(
        case,
        vec![Fit { cause: overflow, fitted: 0 }],
        region,
        answers.rows * wrong.len(),
    ))
}

/// A function that bends where it was said to be smooth: a difference across the bend is
/// the slope of neither side.
fn undeclared_kink(evidence: &Evidence, wrong: &[usize]) -> Fit {
    let values = region::distinct(evidence, wrong);
    let cause = Cause::new(
        format!("a kink that is not declared, at {values}"),
        "the slopes of the two sides differ there, and the backward may be right; declare the kink and \
         the slope that is chosen, as in CheckOptions::kinks, or check at other values",
    );
    Fit { cause, fitted: 0 }
}

fn conclude(case: &Case, fits: Vec<Fit>, region: Option<String>, all: usize) -> Diagnosis {
    let wrong = case.wrong_entries();
    let fitted = fits.first().map_or(0, |fit| fit.fitted);
    let mut causes: Vec<Cause> = Vec::new();
    for fit in fits {
        if !causes.iter().any(|known| known.headline == fit.cause.headline) {
            causes.push(fit.cause);
        }
    }
    let sureness = match causes.len() {
        0 => Sureness::Unknown,
        1 if wrong >= fitted + 3 => Sureness::Sure,
        _ => Sureness::Likely,
    };
    Diagnosis { causes, region, sureness, wrong: [wrong, all] }
}
