//! Mistakes in the term that a whole line shares: softmax's sum, RMSNorm's, that of a
//! division by a norm.

use super::case::Case;
use super::cause::Cause;
use super::constants::named;
use super::matrix::Matrix;
use super::sets;

/// Lines longer than this are not looked at: the search for a term grows with the cube.
const LONGEST: usize = 96;

/// The direct and the shared term of a Jacobian that is a diagonal and a product of two
/// vectors on each line.
pub(super) fn term(case: &mut Case) {
    if !case.evidence.is_square() {
        return;
    }
    let truth = case.truth.clone();
    let Some(direct) = direct_term(&truth) else { return };
    let direct = truth.map(|i, j, _| if i == j { direct[i] } else { 0.0 });
    let shared = truth.map(|i, j, x| x - direct.at(i, j));
    if shared.size() < 1e-9 * truth.size() || direct.size() < 1e-9 * truth.size() {
        return;
    }
    let over = sets::describe(&sets::coupled(&truth), case.evidence.point.shape());
    let evidence = case.evidence;
    case.fit(&[direct, shared], |theta| {
        let near = |a: f64, b: f64| (a - b).abs() < 1e-4;
        let [direct, shared] = theta[..] else { return None };
        let headline = if near(direct, 0.0) && near(shared, 1.0) {
            "only the sum over the line is there".to_owned()
        } else if !near(direct, 1.0) {
            return None;
        } else if near(shared, 0.0) {
            "the sum over the line is missing".to_owned()
        } else if near(shared, -1.0) {
            "the sum over the line has the wrong sign".to_owned()
        } else {
            format!("the sum over the line is {} times the right one", named(shared, evidence))
        };
        Some(Cause::new(
            headline,
            format!("each output follows all of its line, over {over}: the backward is a direct term less \
                     one that has a sum over the line in it"),
        ))
    });
}

/// The diagonal without its share of the product, which the entries beside it tell:
/// a_i b_i = (a_i b_j) (a_k b_i) / (a_k b_j). `None` where they are no product.
fn direct_term(truth: &Matrix) -> Option<Vec<f64>> {
    let mut direct = vec![0.0; truth.rows];
    for set in sets::coupled(truth) {
        if set.len() < 3 || set.len() > LONGEST {
            return None;
        }
        let largest = set.iter().flat_map(|&k| set.iter().map(move |&j| (k, j)));
        let largest = largest.map(|(k, j)| truth.at(k, j).abs()).fold(0.0, f64::max);
        for &i in &set {
            let pairs = set.iter().flat_map(|&k| set.iter().map(move |&j| (k, j)));
            let pairs = pairs.filter(|&(k, j)| k != i && j != i && k != j);
            let (k, j) = pairs
                .max_by(|a, b| truth.at(a.0, a.1).abs().total_cmp(&truth.at(b.0, b.1).abs()))?;
            let product = truth.at(i, j) * truth.at(k, i) / truth.at(k, j);
            // Another two entries must say the same of a neighbour, or it is no product.
            let others = set.iter().filter(|&&l| l != i && l != k && l != j);
            for &l in others {
                let found = truth.at(l, j) * truth.at(k, i);
                let wanted = truth.at(l, i) * truth.at(k, j);
                if (found - wanted).abs() > 1e-6 * largest * largest {
                    return None;
                }
            }
            if !product.is_finite() {
                return None;
            }
            direct[i] = truth.at(i, i) - product;
        }
    }
    Some(direct)
}
