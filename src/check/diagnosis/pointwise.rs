//! Mistakes in the derivative of one number by another.

use super::case::Case;
use super::cause::Cause;
use super::constants::named;
use super::evidence::Moved;

/// y = x s(x) has the slope s + x s': its second term forgotten, or out of proportion.
/// A norm that divides by a length is one as well, with s = y / x.
pub(super) fn product_rule(case: &mut Case) {
    let evidence = case.evidence;
    if !evidence.is_square() {
        return;
    }
    let truth = case.truth.clone();
    let (x, y) = (evidence.point.to_vec(), evidence.output.to_vec());
    // At 0 the second term vanishes, and y / x is the slope itself.
    let gate = |i: usize| if x[i] == 0.0 { truth.at(i, i) } else { y[i] / x[i] };
    let first = truth.map(|i, j, _| if i == j { gate(i) } else { 0.0 });
    let second = truth.map(|i, j, x| x - first.at(i, j));
    if second.size() < 1e-9 * truth.size() || first.size() < 1e-9 * truth.size() {
        return;
    }
    let finding = |headline: String| {
        Cause::new(
            format!("the product rule's {headline}"),
            "the output is the input times a factor, y = x s(x); the slope is s + x s', the factor and \
             how it changes",
        )
    };
    // These need no number fitted, and so are told also where the two terms are alike.
    let before = case.fits.len();
    case.suppose(&first, || finding("second term is missing".to_owned()));
    case.suppose(&second, || finding("first term is missing".to_owned()));
    let difference = first.map(|i, j, x| x - second.at(i, j));
    case.suppose(&difference, || finding("second term has the wrong sign".to_owned()));
    if case.fits.len() > before {
        return;
    }
    case.fit(&[first, second], |theta| {
        let [first, second] = theta[..] else { return None };
        let factor = named(second, evidence);
        let only_the_second = (first - 1.0).abs() < 1e-4 && (second - 1.0).abs() > 1e-4;
        only_the_second.then(|| finding(format!("second term is {factor} times the right one")))
    });
}

/// Input and output taken for each other, or the input for its negative.
pub(super) fn moved(case: &mut Case) {
    let evidence = case.evidence;
    let truth = case.truth.clone();
    let is_known = |moved: &&Moved| case.covered_by(&moved.slopes);
    let known: Vec<&Moved> = evidence.moved.iter().filter(is_known).collect();
    for moved in known {
        let there = truth.map(|i, j, _| if i == j { moved.slopes[i] } else { 0.0 });
        case.suppose(&there, || {
            Cause::new(
                format!("the derivative is taken at {}", moved.name),
                "its formula is in terms of the input x; save that, and pass it in",
            )
        });
        // If the backward is right once it is given the output, it expects that.
        if let (Some(answers), "the output") = (&moved.answers, moved.name) {
            let repaired = truth.map(|i, j, _| if i == j { answers[i] } else { 0.0 });
            case.suppose_repaired(&repaired, || {
                Cause::new(
                    "the derivative is taken at the input",
                    "its formula is in terms of the output y; save that, and pass it in",
                )
            });
        }
    }
}
