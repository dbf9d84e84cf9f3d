//! Where a gradient is wrong, if it is not everywhere.

use super::evidence::Evidence;

/// A description of the wrong elements that fits none of the right ones; `None` where
/// there is none so short.
pub(super) fn describe(evidence: &Evidence, wrong: &[usize], right: &[usize]) -> Option<String> {
    if wrong.is_empty() {
        return None;
    }
    let at_kink = |j: &usize| evidence.sides[*j].is_some();
    if wrong.iter().all(at_kink) {
        return Some(format!("at the kink {}", distinct(evidence, wrong)));
    }
    if right.is_empty() {
        return None;
    }
    by_value(evidence, wrong, right).or_else(|| by_index(evidence, wrong, right))
}

/// The values of some elements, each once.
pub(super) fn distinct(evidence: &Evidence, elements: &[usize]) -> String {
    let mut values: Vec<f64> = values(evidence, elements).iter().map(|value| value + 0.0).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let names: Vec<String> = values.iter().map(f64::to_string).collect();
    names.join(" and ")
}

fn values(evidence: &Evidence, elements: &[usize]) -> Vec<f64> {
    let all = evidence.point.to_vec();
    elements.iter().map(|&j| all[j]).collect()
}

/// On one side of a value, or within an interval, or outside of one.
fn by_value(evidence: &Evidence, wrong: &[usize], right: &[usize]) -> Option<String> {
    let (wrong, right) = (values(evidence, wrong), values(evidence, right));
    let largest = |of: &[f64]| of.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let smallest = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    // A kink is where functions are divided, or else 0; or else any number between.
    let between = |below: f64, above: f64| {
        let divides = |kink: &&f64| below <= **kink && above >= **kink;
        if let Some(kink) = evidence.kinks.iter().find(divides) {
            return format!("{}", kink + 0.0);
        }
        if below <= 0.0 && above >= 0.0 {
            "0".to_owned()
        } else {
            format!("about {:.2}", f64::midpoint(below, above))
        }
    };
    if largest(&wrong) < smallest(&right) {
        return Some(format!("below {}", between(largest(&wrong), smallest(&right))));
    }
    if smallest(&wrong) > largest(&right) {
        return Some(format!("above {}", between(largest(&right), smallest(&wrong))));
    }
    let (low, high) = (smallest(&wrong), largest(&wrong));
    let interval = |inside: &str, outside: &str, low: f64, high: f64| {
        if low == high {
            format!("{outside} {low:.2}")
        } else {
            format!("{inside} {low:.2} and {high:.2}")
        }
    };
    if right.iter().all(|&x| x < low || x > high) {
        return Some(interval("between", "at", low, high));
    }
    let (low, high) = (smallest(&right), largest(&right));
    if wrong.iter().all(|&x| x < low || x > high) {
        return Some(interval("but not between", "but not at", low, high));
    }
    None
}

/// At certain indices of one dim.
fn by_index(evidence: &Evidence, wrong: &[usize], right: &[usize]) -> Option<String> {
    let shape = evidence.point.shape();
    for dim in 0..shape.len() {
        let inner: usize = shape[dim + 1..].iter().product();
        let indices = |elements: &[usize]| {
            let mut indices: Vec<usize> = elements.iter().map(|j| j / inner % shape[dim]).collect();
            indices.sort_unstable();
            indices.dedup();
            indices
        };
        let (of_wrong, of_right) = (indices(wrong), indices(right));
        if of_wrong.iter().any(|index| of_right.contains(index)) {
            continue;
        }
        return Some(match (of_wrong.first(), of_wrong.last()) {
            (Some(first), Some(last)) if first == last => format!("at index {first} of dim {dim}"),
            (Some(first), Some(last)) => format!("from index {first} to {last} of dim {dim}"),
            _ => continue,
        });
    }
    None
}
