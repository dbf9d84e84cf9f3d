//! Mistakes at kinks: another side's slope than the declared one.

use super::case::Case;
use super::cause::Cause;
use super::constants::short;
use super::matrix::Matrix;
use crate::check::reference::Sides;
use crate::tensor::Tensor;

/// The slope of the other side, or something between the two.
pub(super) fn sides(case: &mut Case) {
    let evidence = case.evidence;
    let sides = &evidence.sides;
    if sides.iter().all(Option::is_none) {
        return;
    }
    let truth = case.truth.clone();
    let of = |pick: fn(&Sides) -> &Tensor<f64>| {
        let picked: Vec<Option<Vec<f64>>> =
            sides.iter().map(|sides| sides.as_ref().map(|sides| pick(sides).to_vec())).collect();
        truth.map(|i, j, x| picked[j].as_ref().map_or(x, |column| column[i]))
    };
    let (left, right): (Matrix, Matrix) = (of(|sides| &sides.left), of(|sides| &sides.right));
    for (name, side) in [("left", &left), ("right", &right)] {
        case.suppose(side, || {
            Cause::new(
                format!("the slope of the {name} side"),
                "at a kink the slope is a choice, and the backward chooses another than is declared; \
                 compare `<` with `<=` in forward and backward",
            )
        });
    }
    let across = right.map(|i, j, right| right - left.at(i, j));
    case.fit_beside(&left, &across, |share| {
        let between = share > 1e-4 && share < 1.0 - 1e-4;
        between.then(|| {
            Cause::new(
                "a slope between the two sides'",
                format!(
                    "{} of the left side's slope and {} of the right's; several terms meet at the kink, \
                     each with a choice of its own",
                    short(1.0 - share),
                    short(share)
                ),
            )
        })
    });
}
