//! Mistakes in the local derivative: a factor forgotten or used twice, another number in
//! its place.

use super::case::Case;
use super::cause::Cause;
use super::matrix::Matrix;
use crate::tensor::{Shape, Tensor};

/// A number for each output, by name.
type Named = (String, Vec<f64>);

/// The function's tensors as numbers of each element of a shape, where their shape fits
/// into it.
fn known(case: &Case, shape: &Shape) -> Vec<Named> {
    let evidence = case.evidence;
    let mut all = Vec::new();
    let mut add = |name: &str, tensor: &Tensor<f64>| {
        all.extend(aligned(tensor, shape).into_iter().map(|values| (name.to_owned(), values)));
    };
    for (name, tensor) in &evidence.others {
        add(name, tensor);
    }
    add("the output", &evidence.output);
    add(&evidence.name, &evidence.point);
    all
}

/// A tensor's values at each element of a shape that it may be broadcast to, whichever
/// of the dims are its own.
fn aligned(tensor: &Tensor<f64>, shape: &Shape) -> Vec<Vec<f64>> {
    let (own, values) = (tensor.shape(), tensor.to_vec());
    let mut found: Vec<Vec<f64>> = Vec::new();
    for start in 0..=shape.len().saturating_sub(own.len()) {
        if shape.get(start..start + own.len()) != Some(&**own) && own.numel() != 1 {
            continue;
        }
        let inner: usize = shape.iter().skip(start + own.len()).product();
        let at = |i: usize| values[i / inner.max(1) % values.len().max(1)];
        let spread: Vec<f64> = (0..shape.numel()).map(at).collect();
        if !found.contains(&spread) {
            found.push(spread);
        }
    }
    found
}

/// Another number stands where the local derivative should: 1, the output, an input.
pub(super) fn replacements(case: &mut Case) {
    let truth = case.truth.clone();
    let instead = |values: &[f64]| truth.map(|i, _, x| if x == 0.0 { 0.0 } else { values[i] });
    let found = case.fits.len();
    if case.evidence.is_square() {
        // Where the derivative is 0 too: that is what the identity's backward does.
        let whole = truth.map(|i, j, _| if i == j { 1.0 } else { 0.0 });
        case.suppose(&whole, || {
            Cause::new(
                "the cotangent is passed on unchanged",
                "as if the function were the identity; the derivative is not applied at all",
            )
        });
    }
    if case.fits.len() == found {
        case.suppose(&instead(&vec![1.0; truth.rows]), || {
            Cause::new(
                "the local derivative is missing",
                "the cotangent is summed as it is; multiply it by the derivative first",
            )
        });
    }
    for (name, values) in known(case, case.evidence.output.shape()) {
        // One number feeds every output: it may be taken to do so where it does not.
        if truth.columns == 1 {
            let everywhere = truth.map(|i, _, _| values[i]);
            case.suppose(&everywhere, || {
                Cause::new(
                    format!("{name} is multiplied in everywhere, though the derivative is 0 in places"),
                    "the sum is over all outputs; leave out those that do not depend on this tensor",
                )
            });
        }
        case.suppose(&instead(&values), || {
            Cause::new(
                format!("{name} stands in the place of the local derivative"),
                "the cotangent is multiplied by the wrong tensor",
            )
        });
    }
}

/// A tensor that the derivative should have been multiplied by, or was once too often.
pub(super) fn tensor_factors(case: &mut Case) {
    let truth = case.truth.clone();
    let by_output = known(case, case.evidence.output.shape());
    try_factors(case, by_output, |values| truth.map(|i, _, x| x * values[i]));
    // In a pointwise function an element is its own output, and all has been tried.
    let truth = &truth;
    if !case.evidence.is_pointwise() {
        let by_element = known(case, case.evidence.point.shape());
        try_factors(case, by_element, |values| truth.map(|_, j, x| x * values[j]));
    }
}

fn try_factors(case: &mut Case, known: Vec<Named>, scaled: impl Fn(&[f64]) -> Matrix) {
    for (name, values) in known {
        let uniform = values.windows(2).all(|pair| pair[0] == pair[1]);
        if uniform && values.len() > 1 && values[0].abs() == 1.0 {
            continue;
        }
        case.suppose(&scaled(&values), || {
            Cause::new(
                format!("{name} is multiplied in once too often"),
                "the right gradient times that tensor; it is applied twice, or belongs to another term",
            )
        });
        // Where the factor is 0 so is the right gradient, and nothing can be told.
        let inverse: Vec<f64> =
            values.iter().map(|&value| if value == 0.0 { 0.0 } else { 1.0 / value }).collect();
        case.suppose(&scaled(&inverse), || {
            Cause::new(
                format!("the factor {name} is missing"),
                "the right gradient divided by that tensor; multiply by it before anything is \
                 summed",
            )
        });
    }
}

/// A softmax on the way to the output, whose own backward was left out: the gradient is
/// that of the weights it makes, and not of what it makes them from.
pub(super) fn skipped_softmax(case: &mut Case) {
    let point = &case.evidence.point;
    if point.rank() != 1 || point.numel() < 2 || !case.is_complete() {
        return;
    }
    let largest = point.iter().fold(f64::NEG_INFINITY, f64::max);
    let exp: Vec<f64> = point.iter().map(|x| (x - largest).exp()).collect();
    let sum: f64 = exp.iter().sum();
    let p: Vec<f64> = exp.iter().map(|e| e / sum).collect();
    let n = p.len();
    let softmax = Matrix::from_fn(n, n, |i, j| p[i] * (f64::from(u8::from(i == j)) - p[j]));
    let completed = case.answers().times(&softmax);
    case.suppose_repaired(&completed, || {
        Cause::new(
            "the softmax's own backward is missing",
            "this is the gradient of the weights that softmax makes; take it through softmax too: \
             p (g - sum(g p))",
        )
    });
    let answers = case.answers();
    let without_sum = answers.map(|i, j, x| x - p[j] * answers.row(i).iter().sum::<f64>());
    case.suppose_repaired(&without_sum, || {
        Cause::new(
            "the softmax's sum is missing",
            "the backward of softmax is p (g - sum(g p)), and the second term is not there",
        )
    });
}
