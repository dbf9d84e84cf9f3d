//! A factor that is the same for each set: the statistic that a norm divides by, left out
//! or applied twice.

use super::case::Case;
use super::cause::Cause;
use super::sets;

/// A statistic of a set's numbers.
type Statistic = fn(&[f64]) -> f64;

fn mean_square(x: &[f64]) -> f64 {
    x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64
}

fn variance(x: &[f64]) -> f64 {
    let mean = x.iter().sum::<f64>() / x.len() as f64;
    mean_square(x) - mean * mean
}

/// What norms divide by the root of, and what the reciprocal of that is called.
const DIVISORS: [(&str, Statistic); 3] =
    [("rstd", variance), ("1/rms", mean_square), ("1/length", |x| mean_square(x) * x.len() as f64)];

/// Whether each set's block of the Jacobian has a factor of its own that is, or is one
/// over, such a root.
pub(super) fn statistics(case: &mut Case) {
    if !case.evidence.is_square() || case.evidence.is_pointwise() {
        return;
    }
    let (truth, x) = (case.truth.clone(), case.evidence.point.to_vec());
    let sets = sets::coupled(&truth);
    let Some(factors) = case.factors(&sets) else { return };
    for (name, statistic) in DIVISORS {
        let squares: Vec<f64> = sets
            .iter()
            .map(|set| statistic(&set.iter().map(|&i| x[i]).collect::<Vec<_>>()))
            .collect();
        let missing: Vec<f64> = factors.iter().map(|factor| factor * factor).collect();
        let repeated: Vec<f64> = missing.iter().map(|square| 1.0 / square).collect();
        for (found, text) in [(missing, "is missing"), (repeated, "is applied twice")] {
            // A small number is added to all alike: eps.
            let eps: Vec<f64> = found.iter().zip(&squares).map(|(f, s)| f - s).collect();
            let scale = squares.iter().copied().fold(0.0, f64::max);
            let near = |a: f64, b: f64| (a - b).abs() <= 1e-5 * scale;
            if eps.iter().all(|&e| near(e, eps[0]) && e.abs() < 1e-2 * scale) {
                let named = Cause::new(
                    format!("the factor {name} {text}"),
                    "each set has one of its own; multiply by it once",
                );
                case.admit(Some(named), 0);
            }
        }
    }
}
