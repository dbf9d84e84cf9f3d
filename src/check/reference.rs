//! What a reference must tell of each element, and what to make of it at a kink.

use super::subject::Place;
use crate::error::Result;
use crate::module::{Choice, Kink};
use crate::tensor::Tensor;

/// How close to a kink an element counts as lying on it: the least step that
/// still leaves enough digits in a difference.
pub(super) const AT_KINK: f64 = 1e-7;

/// Whether a distance is more than it may be. A NaN always is.
pub(super) fn exceeds(distance: f64, limit: f64) -> bool {
    distance.is_nan() || distance > limit
}

/// The kink that `x` lies on.
pub(super) fn kink_at(x: f64, kinks: &[Kink]) -> Option<&Kink> {
    kinks.iter().find(|kink| (x - kink.at).abs() < AT_KINK)
}

/// A way to a derivative that does not know the backward.
pub(super) trait Reference {
    /// What it is called.
    const NAME: &'static str;
    /// How closely a backward is to meet it, relative to the largest entry.
    const TOLERANCE: f64;

    /// How the output follows one element: a column of the Jacobian, of the
    /// output's shape.
    fn column(&self, place: Place) -> Result<Column>;

    /// The column's two one-sided versions. Where the function jumps, so that a difference
    /// grows as its step shrinks, that of the far side is infinite.
    fn sides(&self, place: Place) -> Result<Sides>;
}

/// How the output follows one element.
#[derive(Clone, Debug)]
pub(super) enum Column {
    /// Its derivative, or at a kink the one that was declared.
    Slope(Tensor<f64>),
    /// At a kink where the choice is not declared for this element: any slope between
    /// the two.
    Between(Sides),
}

/// The slopes of the two sides of a kink.
#[derive(Clone, Debug)]
pub(super) struct Sides {
    pub(super) left: Tensor<f64>,
    pub(super) right: Tensor<f64>,
}

impl Sides {
    /// The column that the kink's declaration stands for.
    pub(super) fn choose(self, x: f64, kink: &Kink) -> Column {
        match kink.slope {
            Choice::Left if x == kink.at => Column::Slope(self.left),
            Choice::Right if x == kink.at => Column::Slope(self.right),
            Choice::Value(slope) if x == kink.at => self.with_slope(slope),
            // Beside a kink, closer than a step can be, either side's will do.
            _ => Column::Between(self),
        }
    }

    /// A number of its own is the slope of the layer, before the cotangent. It says
    /// what the column is where the element moves a single output, as in every
    /// elementwise layer.
    fn with_slope(self, slope: f64) -> Column {
        let sides = self.left.iter().zip(&self.right);
        let moved: Vec<usize> = sides
            .enumerate()
            .filter(|(_, (left, right))| *left != 0.0 || *right != 0.0)
            .map(|(i, _)| i)
            .collect();
        match moved[..] {
            [only] => {
                let mut column = Tensor::zeros(self.left.shape());
                column.make_mut()[only] = slope;
                Column::Slope(column)
            }
            _ => Column::Between(self),
        }
    }
}

/// The cotangent of one element: a column's product with the output's.
pub(super) fn vjp(column: &Tensor<f64>, cotangent: &Tensor<f64>) -> f64 {
    column.iter().zip(cotangent).map(|(slope, g)| slope * g).sum()
}

impl Column {
    /// What the backward should have answered, who answered `backward`.
    pub(super) fn expect(&self, cotangent: &Tensor<f64>, backward: f64) -> f64 {
        match self {
            Column::Slope(column) => vjp(column, cotangent),
            Column::Between(sides) => {
                nearest_between(vjp(&sides.left, cotangent), vjp(&sides.right, cotangent), backward)
            }
        }
    }
}

/// The number between `a` and `b` that is nearest to `x`; NaN where either is.
fn nearest_between(a: f64, b: f64, x: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if a.is_nan() || b.is_nan() {
        f64::NAN
    } else if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
