//! How one element looks, chosen for all elements together.

use super::PrintOptions;
use crate::real::Number;

/// How the elements of one tensor are written.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Style {
    /// `1.`, `-0.`: every finite element is whole.
    Whole,
    /// `0.5000`.
    Fixed,
    /// `5.0000e-01`.
    Scientific,
}

/// More digits than a float has (1,074 at most), yet few enough that `format!`,
/// whose limit is 65,535 characters, takes the precision and the width.
const MOST_DIGITS: usize = 65_000;

/// The style and the width that all elements of a tensor share.
#[derive(Clone, Copy, Debug)]
pub(super) struct NumberFormat {
    style: Style,
    precision: usize,
    width: usize,
}

impl NumberFormat {
    /// The format for the elements that will be shown.
    ///
    /// Zeros, infinities and NaN have no say in the choice: an infinity wider
    /// than the rest sticks out, as it does in PyTorch.
    pub(super) fn choose(shown: &[Number], options: &PrintOptions) -> Self {
        let precision = options.precision.min(MOST_DIGITS);
        let mut format = NumberFormat { style: Style::Whole, precision, width: 1 };
        let deciding: Vec<Number> = shown
            .iter()
            .copied()
            .filter(|number| match number {
                Number::Float(x) => x.is_finite() && *x != 0.0,
                Number::Integer(_) | Number::Bool(_) => true,
            })
            .collect();
        let floats = deciding.iter().filter_map(|number| match number {
            Number::Float(x) => Some(*x),
            _ => None,
        });
        format.style = Self::style(floats, options.sci_mode);
        let widths = deciding.iter().map(|&number| format.plain(number).len());
        format.width = widths.max().unwrap_or(0).max(1);
        format
    }

    fn style(floats: impl Iterator<Item = f64>, sci_mode: Option<bool>) -> Style {
        let (mut smallest, mut largest, mut whole) = (f64::INFINITY, 0.0_f64, true);
        for x in floats {
            smallest = smallest.min(x.abs());
            largest = largest.max(x.abs());
            whole &= x == x.ceil();
        }
        if largest == 0.0 {
            return Style::Whole;
        }
        let spread = largest / smallest > 1000.0 || largest > 1.0e8 || smallest < 1.0e-4;
        if sci_mode.unwrap_or(spread) {
            Style::Scientific
        } else if whole {
            Style::Whole
        } else {
            Style::Fixed
        }
    }

    /// The width of an element, in characters.
    pub(super) fn width(&self) -> usize {
        self.width
    }

    /// An element, right-aligned.
    pub(super) fn show(&self, number: Number) -> String {
        format!("{:>width$}", self.plain(number), width = self.width)
    }

    fn plain(&self, number: Number) -> String {
        let precision = self.precision;
        match number {
            Number::Integer(n) => n.to_string(),
            Number::Bool(true) => "True".to_owned(),
            Number::Bool(false) => "False".to_owned(),
            Number::Float(x) if x.is_nan() => "nan".to_owned(),
            Number::Float(x) if x.is_infinite() => x.to_string(),
            Number::Float(x) => match self.style {
                Style::Whole => format!("{x:.0}."),
                Style::Fixed => format!("{x:.precision$}"),
                Style::Scientific => c_exponent(format!("{x:.precision$e}")),
            },
        }
    }
}

/// Python's `repr` of a float: the shortest digits that read back as it.
pub(super) fn python_float(x: f64) -> String {
    // Rust turns to exponents at the same values, 1e-4 and 1e16.
    if x.is_nan() { "nan".to_owned() } else { c_exponent(format!("{x:?}")) }
}

/// Rewrites Rust's exponent, if there is one, as C and Python write it: signed,
/// of at least two digits.
fn c_exponent(rust: String) -> String {
    match rust.split_once('e') {
        Some((mantissa, exponent)) => match exponent.strip_prefix('-') {
            Some(digits) => format!("{mantissa}e-{digits:0>2}"),
            None => format!("{mantissa}e+{exponent:0>2}"),
        },
        None => rust,
    }
}
