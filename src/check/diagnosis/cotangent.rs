//! Mistakes in what is made of the cotangent: a backward must be linear in it.

use super::case::{Case, Fit};
use super::cause::Cause;
use super::evidence::Evidence;
use super::matrix::Matrix;
use crate::check::reference::exceeds;

/// What may be done to one number, and to all of them.
type Change = (&'static str, fn(f64) -> f64);
type Scale = (&'static str, fn(&[f64]) -> f64);

/// What may have been done to the cotangent before it was multiplied.
const CHANGES: [Change; 6] = [
    ("the cotangent is ignored", |_| 1.0),
    ("the cotangent's absolute value is used", f64::abs),
    ("the cotangent's square is used", |g| g * g),
    ("the cotangent's sign is used", f64::signum),
    ("negative cotangents are dropped", |g| g.max(0.0)),
    ("the cotangent is clipped to [-1, 1]", |g| g.clamp(-1.0, 1.0)),
];

/// Numbers a whole cotangent may have been multiplied by.
const SCALES: [Scale; 4] = [
    ("mean", |g| g.iter().sum::<f64>() / g.len() as f64),
    ("sum", |g| g.iter().sum()),
    ("largest entry", |g| g.iter().fold(f64::NEG_INFINITY, |a, &b| a.max(b))),
    ("length", |g| g.iter().map(|g| g * g).sum::<f64>().sqrt()),
];

/// Whether the answers to unit cotangents do not add up to those to random ones; or, where
/// there are none of the former, whether a known change explains the latter.
pub(super) fn diagnose(case: &Case) -> Option<Vec<Fit>> {
    let evidence = case.evidence;
    let random = evidence.random_testimony();
    let cotangents = random.cotangents.as_ref().filter(|cotangents| cotangents.rows > 0)?;
    let answers = &random.answers;
    if case.is_complete() && near(&cotangents.times(case.answers()), answers, evidence) {
        return None;
    }
    let mut headlines: Vec<String> = Vec::new();
    for (headline, change) in CHANGES {
        let changed = cotangents.map(|_, _, g| change(g));
        if near(&changed.times(&case.truth), answers, evidence) {
            headlines.push(headline.to_owned());
        }
    }
    let right = cotangents.times(&case.truth);
    // Of one cotangent a scale is a number like any other.
    for (name, scale) in SCALES.iter().filter(|_| cotangents.rows > 1) {
        let scaled = right.map(|i, _, x| x * scale(cotangents.row(i)));
        if near(&scaled, answers, evidence) {
            headlines.push(format!("the gradient is multiplied by the cotangent's {name}"));
        }
    }
    if headlines.is_empty() && case.is_complete() {
        headlines.push("the backward is not linear in its cotangent".to_owned());
    }
    let remedy = "a backward is linear: twice the cotangent must give twice the gradient, and every \
                  element of it counts for itself";
    let fit = |headline| Fit { cause: Cause::new(headline, remedy), fitted: 0 };
    (!headlines.is_empty()).then(|| headlines.into_iter().map(fit).collect())
}

fn near(a: &Matrix, b: &Matrix, evidence: &Evidence) -> bool {
    let limit = evidence.tolerance.max(1e-9) * a.size().max(b.size());
    let off = |i: usize| a.row(i).iter().zip(b.row(i)).any(|(a, b)| exceeds((a - b).abs(), limit));
    !(0..a.rows).any(off)
}
