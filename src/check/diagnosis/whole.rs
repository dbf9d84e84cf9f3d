//! Mistakes in the gradient as a whole: nothing, the wrong sign, a factor, the wrong
//! place.

use super::case::Case;
use super::cause::Cause;
use super::constants::{describe, named};
use crate::tensor::Shape;

/// 0, -1 or any other number times the right gradient.
pub(super) fn factors(case: &mut Case) {
    let nothing = case.truth.map(|_, _, _| 0.0);
    let evidence = case.evidence;
    if evidence.nothing_arrived() {
        return case.suppose(&nothing, || {
            Cause::new(
                "no gradient arrives",
                "the output is not connected to this tensor on the tape; look for detach, no_grad, a \
                 value put back by tape.constant, or None among the cotangents",
            )
        });
    }
    case.suppose(&nothing, || {
        Cause::new("zero", "the backward answers zeros; the term is not written, or not returned")
    });
    let truth = case.truth.clone();
    case.fit(&[truth], |theta| match theta[0] {
        c if (c + 1.0).abs() < 1e-5 => Some(Cause::new(
            "the wrong sign",
            "every entry is the negative of the right one; look for a minus too many or too few",
        )),
        c if c.abs() < 1e-5 => None,
        c => Some(Cause::new(
            format!("a constant factor of {}", named(c, evidence)),
            format!(
                "every entry is {} times the right one; look for a factor that was left out or \
                 applied twice, and for a mean in the place of a sum",
                describe(c, evidence)
            ),
        )),
    });
}

/// The right numbers in the wrong places.
pub(super) fn places(case: &mut Case) {
    let (truth, evidence) = (case.truth.clone(), case.evidence);
    if truth.rows == truth.columns {
        let transposed = truth.map(|i, j, _| truth.at(j, i));
        case.suppose(&transposed, || {
            Cause::new(
                "the Jacobian is transposed",
                "the backward multiplies by J where it must multiply by its transpose; swap the roles \
                 of output and input in the sum",
            )
        });
    }
    for (dims, moved) in swaps(evidence.point.shape()) {
        let swapped = truth.map(|i, j, _| truth.at(i, moved[j]));
        case.suppose(&swapped, || {
            Cause::new(
                format!("the gradient's dims {} and {} are swapped", dims.0, dims.1),
                "the gradient is the transpose of the right one; transpose it before it is returned",
            )
        });
    }
    for (dims, moved) in swaps(evidence.output.shape()) {
        let swapped = truth.map(|i, j, _| truth.at(moved[i], j));
        case.suppose(&swapped, || {
            Cause::new(
                format!(
                    "the wrong axis: dims {} and {} of the cotangent are taken for each other",
                    dims.0, dims.1
                ),
                "the two have the same size, so no shape gives it away; check the dim of every sum",
            )
        });
    }
    for (what, moved) in rolls(evidence.point.shape()) {
        let rolled = truth.map(|i, j, _| truth.at(i, moved[j]));
        case.suppose(&rolled, || {
            Cause::new(
                format!("the gradient is {what}"),
                "the right numbers arrive at the wrong index; look for an index that is off, or two \
                 halves taken for each other",
            )
        });
    }
}

/// Two dims of equal size, and where each element goes when they are swapped.
fn swaps(shape: &Shape) -> Vec<((usize, usize), Vec<usize>)> {
    let mut all = Vec::new();
    for a in 0..shape.len() {
        for b in a + 1..shape.len() {
            if shape[a] == shape[b] && shape[a] > 1 {
                all.push(((a, b), rearranged(shape, |index| index.swap(a, b))));
            }
        }
    }
    all
}

/// Ways to be off along one dim.
fn rolls(shape: &Shape) -> Vec<(String, Vec<usize>)> {
    let mut all = Vec::new();
    for dim in 0..shape.len() {
        let size = shape[dim];
        if size > 1 {
            let by = |shift: usize| rearranged(shape, |i| i[dim] = (i[dim] + shift) % size);
            if size.is_multiple_of(2) && size > 2 {
                all.push((format!("in the wrong half of dim {dim}"), by(size / 2)));
            }
            all.push((format!("shifted by 1 along dim {dim}"), by(1)));
            if size > 2 {
                all.push((format!("shifted by -1 along dim {dim}"), by(size - 1)));
                let reversed = rearranged(shape, |index| index[dim] = size - 1 - index[dim]);
                all.push((format!("reversed along dim {dim}"), reversed));
            }
        }
    }
    all
}

/// For each element in row-major order the one that `change` of its index leads to.
fn rearranged(shape: &Shape, change: impl Fn(&mut [usize])) -> Vec<usize> {
    let strides = shape.contiguous_strides();
    let mut elements = Vec::with_capacity(shape.numel());
    for mut flat in 0..shape.numel() {
        let mut index = vec![0; shape.len()];
        for dim in (0..shape.len()).rev() {
            index[dim] = flat % shape[dim];
            flat /= shape[dim];
        }
        change(&mut index);
        elements.push(index.iter().zip(&strides).map(|(i, stride)| i * *stride as usize).sum());
    }
    elements
}

/// Sums that were not taken, or not in full.
pub(super) fn sums(case: &mut Case) {
    let truth = case.truth.clone();
    let (m, n) = (truth.rows, truth.columns);
    let feeds = |j: usize| (0..m).filter(|&i| truth.at(i, j) != 0.0).collect::<Vec<_>>();
    let feeding: Vec<Vec<usize>> = (0..n).map(feeds).collect();
    let is_sum = feeding.iter().any(|outputs| outputs.len() > 1);
    if !is_sum {
        return;
    }
    for (which, found) in [
        ("last", feeding.iter().map(|o| o.last()).collect::<Vec<_>>()),
        ("first", feeding.iter().map(|o| o.first()).collect()),
    ] {
        let only = truth.map(|i, j, x| if found[j] == Some(&i) { x } else { 0.0 });
        case.suppose(&only, || {
            Cause::new(
                format!("only the {which} contribution arrives"),
                "each entry is a sum over several outputs, of which one is left; add (`+=`) where the \
                 backward assigns (`=`)",
            )
        });
    }
    if !case.fits.is_empty() {
        return;
    }
    let shape = case.evidence.output.shape().clone();
    for dim in 0..shape.len() {
        for (which, kept) in [("last", shape[dim].saturating_sub(1)), ("first", 0)] {
            if shape[dim] > 1 {
                let inner: usize = shape[dim + 1..].iter().product();
                let only =
                    truth.map(|i, _, x| if i / inner % shape[dim] == kept { x } else { 0.0 });
                case.suppose(&only, || {
                    Cause::new(
                        format!("no sum over dim {dim} of the output: only its {which} index arrives"),
                        "the tensor is broadcast along that dim, so its gradient is the sum over it; use \
                         sum_to_shape, or add (`+=`) where the backward assigns (`=`)",
                    )
                });
            }
        }
    }
    if m == n {
        let diagonal = truth.map(|i, j, x| if i == j { x } else { 0.0 });
        case.suppose(&diagonal, || {
            Cause::new(
                "only the diagonal of the Jacobian",
                "each output is differentiated by its own input alone, but follows others too; add \
                 their terms",
            )
        });
    }
    let spread =
        truth.map(|_, j, _| feeding[j].iter().map(|&i| truth.at(i, j)).sum::<f64>() / m as f64);
    case.suppose(&spread, || {
        Cause::new(
            "the cotangent's mean is used in the place of the cotangent",
            "every output passes the same on, whatever its own cotangent; multiply element by element \
             before summing",
        )
    });
}
