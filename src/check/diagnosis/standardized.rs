//! Mistakes in the backward of a norm.
//!
//! Where y = gamma (x - mean) rstd over a set of n elements, the Jacobian has three terms:
//! `u_i (delta_ij - 1/n) - v_i c_i c_j` with c = x - mean, u_i = gamma_i rstd and
//! v_i = gamma_i rstd^3 / n. So the terms can be read off the reference without knowing
//! gamma or eps, and what became of each in the backward is a matter of three numbers.

use super::case::Case;
use super::cause::Cause;
use super::constants::{describe, named};
use super::matrix::{Matrix, least_squares};
use super::sets;

/// The terms of a norm's Jacobian, for each row.
struct Terms {
    sets: Vec<Vec<usize>>,
    /// The set that each element is in.
    set_of: Vec<usize>,
    u: Vec<f64>,
    v: Vec<f64>,
    centred: Vec<f64>,
}

/// Reads the terms off a Jacobian; `None` where it is not that of a norm.
fn read_terms(truth: &Matrix, x: &[f64]) -> Option<Terms> {
    let sets = sets::coupled(truth);
    if sets.iter().all(|set| set.len() < 3) {
        return None;
    }
    let n = x.len();
    let mut terms =
        Terms { set_of: vec![0; n], u: vec![0.0; n], v: vec![0.0; n], centred: x.to_vec(), sets };
    for (label, set) in terms.sets.iter().enumerate() {
        let size = set.len() as f64;
        let mean = set.iter().map(|&i| x[i]).sum::<f64>() / size;
        for &i in set {
            terms.set_of[i] = label;
            terms.centred[i] = x[i] - mean;
        }
        for &i in set {
            let row: Vec<f64> = set.iter().map(|&j| truth.at(i, j)).collect();
            let direct: Vec<f64> =
                set.iter().map(|&j| f64::from(u8::from(i == j)) - 1.0 / size).collect();
            let along: Vec<f64> =
                set.iter().map(|&j| -terms.centred[i] * terms.centred[j]).collect();
            // An element at the mean has no x_hat term.
            let is_central = along.iter().all(|along| along.abs() < 1e-12);
            let terms_of_row =
                if is_central { vec![direct.clone()] } else { vec![direct.clone(), along.clone()] };
            let fitted = least_squares(&terms_of_row, &row)?;
            let (u, v) = (fitted[0], fitted.get(1).copied().unwrap_or(0.0));
            (terms.u[i], terms.v[i]) = (u, v);
            let largest = row.iter().fold(0.0, |largest: f64, x| largest.max(x.abs()));
            let off = |k: usize| (u * direct[k] + v * along[k] - row[k]).abs();
            if (0..row.len()).any(|k| off(k) > 1e-6 * largest) {
                return None;
            }
        }
    }
    Some(terms)
}

impl Terms {
    fn together(&self, i: usize, j: usize) -> bool {
        self.set_of[i] == self.set_of[j]
    }

    fn size(&self, i: usize) -> f64 {
        self.sets[self.set_of[i]].len() as f64
    }

    /// 1 / sqrt(var + eps) of a set, from v_i / u_i = rstd^2 / n.
    fn rstd(&self, set: &[usize]) -> f64 {
        let weight = |i: usize| (self.u[i] * self.centred[i]).abs();
        let clearest = set.iter().copied().max_by(|&i, &j| weight(i).total_cmp(&weight(j)));
        clearest.map_or(1.0, |i| (self.v[i] / self.u[i] * set.len() as f64).sqrt())
    }

    fn matrix(&self, f: impl Fn(usize, usize) -> f64) -> Matrix {
        let n = self.u.len();
        Matrix::from_fn(n, n, |i, j| if self.together(i, j) { f(i, j) } else { 0.0 })
    }
}

/// What became of a term: a factor, and what that means.
fn fate(name: &str, factor: f64, case: &Case) -> Option<String> {
    match factor {
        f if (f - 1.0).abs() < 1e-4 => None,
        f if f.abs() < 1e-4 => Some(format!("the {name} term is missing")),
        f if (f + 1.0).abs() < 1e-4 => Some(format!("the {name} term has the wrong sign")),
        f => Some(format!("the {name} term is {} times the right one", named(f, case.evidence))),
    }
}

/// A norm's terms: forgotten, of the wrong sign or size, summed over the wrong dims.
pub(super) fn terms(case: &mut Case) {
    if !case.evidence.is_square() {
        return;
    }
    let truth = case.truth.clone();
    let x = case.evidence.point.to_vec();
    let Some(terms) = read_terms(&truth, &x) else { return };
    let over = sets::describe(&terms.sets, case.evidence.point.shape());
    let direct = terms.matrix(|i, j| if i == j { terms.u[i] } else { 0.0 });
    let mean = terms.matrix(|i, _| -terms.u[i] / terms.size(i));
    let x_hat = terms.matrix(|i, j| -terms.v[i] * terms.centred[i] * terms.centred[j]);
    let mut found = None;
    case.fit(&[direct, mean, x_hat], |theta| {
        found = Some(theta.to_vec());
        None
    });
    let found = found.and_then(|theta| norm_cause(case, &theta, &over));
    case.admit(found, 3);
    wrong_dims(case, &terms, &over);
}

/// What three factors, of the direct, the mean and the x_hat term, say together.
fn norm_cause(case: &Case, theta: &[f64], over: &str) -> Option<Cause> {
    let [direct, mean, x_hat] = theta[..] else { return None };
    if (direct - 1.0).abs() > 1e-4 {
        return None;
    }
    let right = format!(
        "over {over} the backward is rstd (h - mean(h) - x_hat mean(h x_hat)) with h the cotangent \
         times the weight"
    );
    if mean.abs() < 1e-4 && x_hat.abs() < 1e-4 {
        return Some(Cause::new(
            "mean and variance are treated as constants",
            format!("both correction terms are missing; {right}"),
        ));
    }
    if (mean - x_hat).abs() < 1e-4 && (mean - 1.0).abs() > 1e-4 && mean > 0.0 {
        return Some(Cause::new(
            format!("the means are {} times the right ones", named(mean, case.evidence)),
            format!(
                "both correction terms are {} times the right ones: divide by the number of elements; \
                 {right}",
                describe(mean, case.evidence)
            ),
        ));
    }
    let fates: Vec<String> =
        [fate("mean", mean, case), fate("x_hat", x_hat, case)].into_iter().flatten().collect();
    (!fates.is_empty()).then(|| Cause::new(fates.join(" and "), right))
}

/// The two means taken over other dims than the statistics.
fn wrong_dims(case: &mut Case, terms: &Terms, over: &str) {
    let shape = case.evidence.point.shape().clone();
    let rstd: Vec<f64> = terms.sets.iter().map(|set| terms.rstd(set)).collect();
    for dims in sets::choices(&shape) {
        let sets = sets::over_dims(&shape, &dims);
        let wrong = sets::in_words(&dims);
        if wrong == over {
            continue;
        }
        let mut set_of = vec![0; terms.u.len()];
        for (label, set) in sets.iter().enumerate() {
            for &i in set {
                set_of[i] = label;
            }
        }
        let n = terms.u.len();
        let supposed = Matrix::from_fn(n, n, |i, j| {
            let gamma = terms.u[i] / rstd[terms.set_of[i]];
            let (rstd_i, rstd_j) = (rstd[terms.set_of[i]], rstd[terms.set_of[j]]);
            let x_hats = terms.centred[i] * rstd_i * terms.centred[j] * rstd_j;
            let direct = f64::from(u8::from(i == j));
            let size = sets[set_of[i]].len() as f64;
            let means = if set_of[i] == set_of[j] { (1.0 + x_hats) / size } else { 0.0 };
            gamma * rstd_j * (direct - means)
        });
        case.suppose(&supposed, || {
            Cause::new(
                format!("the means are taken over {wrong}, not over {over}"),
                "the forward has its statistics there; reduce the backward's two means over the same dims",
            )
        });
    }
}
