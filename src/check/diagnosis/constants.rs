//! Numbers that wrong factors are made of, by name.

use std::f64::consts::PI;

use super::evidence::Evidence;
use crate::tensor::Shape;

/// The usual ones.
fn usual() -> Vec<(String, f64)> {
    let mut known = vec![
        ("sqrt(2)".to_owned(), 2.0_f64.sqrt()),
        ("1/sqrt(2)".to_owned(), 0.5_f64.sqrt()),
        ("sqrt(pi)".to_owned(), PI.sqrt()),
        ("sqrt(2/pi)".to_owned(), (2.0 / PI).sqrt()),
        ("sqrt(pi/2)".to_owned(), (PI / 2.0).sqrt()),
        ("2/sqrt(pi)".to_owned(), 2.0 / PI.sqrt()),
        ("pi".to_owned(), PI),
    ];
    for denominator in 1..=8_u32 {
        for numerator in 1..=8_u32 {
            // Fractions in lowest terms.
            let divides = |d: &u32| numerator.is_multiple_of(*d) && denominator.is_multiple_of(*d);
            if !(2..=8).any(|d| divides(&d)) {
                let name = match denominator {
                    1 => numerator.to_string(),
                    _ => format!("{numerator}/{denominator}"),
                };
                known.push((name, f64::from(numerator) / f64::from(denominator)));
            }
        }
    }
    known
}

/// Counts of a shape's elements: of each dim, and of several together.
fn counts(shape: &Shape) -> Vec<(usize, String)> {
    let mut counts = Vec::new();
    for mask in 1..1_usize << shape.len().min(6) {
        let dims: Vec<usize> = (0..shape.len()).filter(|dim| mask >> dim & 1 == 1).collect();
        let count: usize = dims.iter().map(|&dim| shape[dim]).product();
        if count > 1 && !counts.iter().any(|(known, _)| *known == count) {
            let dims: Vec<String> = dims.iter().map(usize::to_string).collect();
            let of = if dims.len() == 1 { "dim" } else { "dims" };
            counts.push((count, format!("{of} {}", dims.join(", "))));
        }
    }
    counts
}

/// The function's own numbers: its constants, and its tensors of one element.
fn own(evidence: &Evidence) -> Vec<(String, f64)> {
    let mut own = evidence.constants.clone();
    for (name, tensor) in evidence.others.iter().filter(|(_, tensor)| tensor.numel() == 1) {
        own.extend(tensor.iter().map(|value| (name.clone(), value)));
    }
    own
}

fn is_near(x: f64, candidate: f64) -> bool {
    (x.abs() - candidate.abs()).abs() <= 1e-5 * candidate.abs()
}

/// A number by the function's own names: `alpha`, `1/alpha`.
fn by_name(x: f64, evidence: &Evidence) -> Vec<String> {
    let mut found = Vec::new();
    for (name, value) in own(evidence) {
        for (candidate, text) in [
            (value, name.clone()),
            (1.0 / value, format!("1/{name}")),
            (value * value, format!("{name}^2")),
        ] {
            // A 1 is a 1 by any name.
            if is_near(x, candidate) && !is_near(1.0, candidate) {
                let sign = if x * candidate < 0.0 { "-" } else { "" };
                found.push(format!("{sign}{text}"));
            }
        }
    }
    found
}

/// What a number may stand for: `1/2`, `n/(n-1) with n = 3 (dim 1)`.
fn readings(x: f64, evidence: &Evidence) -> Vec<String> {
    let sign = if x < 0.0 { "-" } else { "" };
    let mut found = by_name(x, evidence);
    let usual = usual().into_iter().filter(|known| is_near(x, known.1));
    found.extend(usual.map(|known| sign.to_owned() + &known.0));
    for (count, of) in counts(evidence.point.shape()) {
        let n = count as f64;
        let known = [
            (n, "n"),
            (1.0 / n, "1/n"),
            (n - 1.0, "n-1"),
            (n / (n - 1.0), "n/(n-1)"),
            ((n - 1.0) / n, "(n-1)/n"),
            ((n / (n - 1.0)).sqrt(), "sqrt(n/(n-1))"),
            (((n - 1.0) / n).sqrt(), "sqrt((n-1)/n)"),
        ];
        let known = known.iter().find(|(value, _)| *value != 1.0 && is_near(x, *value));
        found.extend(known.map(|(_, name)| match *name {
            "n" if sign.is_empty() => format!("n = {count} ({of})"),
            name if sign == "-" && name.contains('-') => {
                format!("-({name}) with n = {count} ({of})")
            }
            name => format!("{sign}{name} with n = {count} ({of})"),
        }));
    }
    found
}

/// A number with what it may stand for.
pub(super) fn describe(x: f64, evidence: &Evidence) -> String {
    let readings = readings(x, evidence);
    let number = short(x);
    let readings: Vec<String> = readings.into_iter().filter(|text| *text != number).collect();
    if readings.is_empty() {
        return number;
    }
    format!("{number} ({})", readings.join("; or "))
}

/// A number in digits, but where those say little by the function's own name for it.
pub(super) fn named(x: f64, evidence: &Evidence) -> String {
    if usual().iter().any(|known| is_near(x, known.1)) {
        return short(x);
    }
    by_name(x, evidence).into_iter().next().unwrap_or_else(|| short(x))
}

/// A number in as many digits as a fit can be trusted for.
pub(super) fn short(x: f64) -> String {
    let rounded = (x * 1e4).round() / 1e4;
    if rounded == 0.0 && x.abs() > 1e-9 { format!("{x:.3e}") } else { format!("{}", rounded + 0.0) }
}
