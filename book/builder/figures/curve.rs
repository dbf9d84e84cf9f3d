//! An activation's value and slope as curves, its kinks as dots.

use handgrad::catalog::Entry;
use handgrad::{Result, Tensor};

use super::svg::Picture;
use crate::number::short;
use crate::scalar::{Curve, arguments, at, name};

/// The stretch of inputs that is drawn, and how finely.
const RANGE: (f64, f64) = (-5.0, 5.0);
const POINTS: usize = 801;

/// The stretch of values that is drawn; what is beyond is cut off.
const VALUES: (f64, f64) = (-2.5, 4.0);

/// Pixels for a unit.
const UNIT: f64 = 50.0;

pub(crate) fn figure(entry: &Entry) -> Result<Vec<String>> {
    let inputs = Tensor::<f64>::linspace(RANGE.0, RANGE.1, POINTS).to_vec();
    let Curve { values, slopes } = at(entry, &inputs)?;
    let kinks: Vec<f64> = entry.kinks(&arguments(entry))?.iter().map(|kink| kink.at).collect();
    let kinks: Vec<f64> = kinks.into_iter().filter(|x| (RANGE.0..=RANGE.1).contains(x)).collect();
    let at_kinks = at(entry, &kinks)?;

    let name = name(entry, &arguments(entry));
    let place = |x: f64, y: f64| ((x - RANGE.0) * UNIT + 30.0, (VALUES.1 - y) * UNIT + 10.0);
    let (width, height) = ((RANGE.1 - RANGE.0) * UNIT + 60.0, (VALUES.1 - VALUES.0) * UNIT + 40.0);
    let places: Vec<String> = kinks.iter().map(|&kink| short(kink)).collect();
    let mention = if kinks.is_empty() {
        String::new()
    } else {
        format!(", with kinks at {}", places.join(" and "))
    };
    let mut picture =
        Picture::new(width, height, format!("{name} and its slope from −5 to 5{mention}"));
    picture.class("plot");
    picture.line("axis", place(RANGE.0, 0.0), place(RANGE.1, 0.0));
    picture.line("axis", place(0.0, VALUES.0), place(0.0, VALUES.1));
    for tick in [-4.0, -2.0, 2.0, 4.0] {
        let (x, y) = place(tick, 0.0);
        picture.line("axis", (x, y - 3.0), (x, y + 3.0));
        picture.text((x, y + 17.0), "middle", &short(tick));
    }
    for tick in [-2.0, -1.0, 1.0, 2.0, 3.0] {
        let (x, y) = place(0.0, tick);
        picture.line("axis", (x - 3.0, y), (x + 3.0, y));
        picture.text((x - 7.0, y + 4.0), "end", &short(tick));
    }
    for (class, curve, dots) in
        [("slope", &slopes, &at_kinks.slopes), ("value", &values, &at_kinks.values)]
    {
        for piece in pieces(&inputs, curve, &kinks) {
            let points: Vec<String> = piece
                .iter()
                .map(|&(x, y)| place(x, y))
                .map(|(x, y)| format!("{x:.1},{y:.1}"))
                .collect();
            picture
                .add(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" ")));
        }
        for (&x, &y) in kinks.iter().zip(dots) {
            let (cx, cy) = place(x, y);
            picture.add(format_args!(
                "<circle class=\"{class}\" cx=\"{cx:.1}\" cy=\"{cy:.1}\" r=\"4\"/>"
            ));
        }
    }
    let (x, y) = place(RANGE.0 + 0.2, VALUES.1 - 0.3);
    picture.line("value", (x, y), (x + 24.0, y));
    picture.text((x + 30.0, y + 4.0), "start", "value");
    picture.line("slope", (x, y + 20.0), (x + 24.0, y + 20.0));
    picture.text((x + 30.0, y + 24.0), "start", "slope");
    Ok(vec![picture.finish()])
}

/// Points that are joined by a line.
type Piece = Vec<(f64, f64)>;

/// The curve in pieces, each within the picture and free of jumps: it is parted where it
/// leaves the picture, and at a kink where the next point is far off.
fn pieces(inputs: &[f64], values: &[f64], kinks: &[f64]) -> Vec<Piece> {
    let (mut pieces, mut piece) = (Vec::new(), Piece::new());
    for (&x, &y) in inputs.iter().zip(values) {
        let jumps = piece.last().is_some_and(|&(before, value)| {
            let parted = kinks.iter().any(|&kink| before <= kink && x >= kink);
            parted && (y - value).abs() > 0.1
        });
        if jumps || !(VALUES.0..=VALUES.1).contains(&y) {
            pieces.push(std::mem::take(&mut piece));
        }
        if (VALUES.0..=VALUES.1).contains(&y) {
            piece.push((x, y));
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
