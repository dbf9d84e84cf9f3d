//! An activation's value and slope as curves, its kinks as dots.

use handgrad::catalog::Entry;
use handgrad::module::Args;
use handgrad::{Result, Tensor};

use super::svg::Picture;
use super::{Figure, listed};
use crate::number::short;
use crate::scalar::{Curve, at, name};

/// The size of the part of the picture that has the curves, in pixels.
const WIDTH: f64 = 500.0;
const HEIGHT: f64 = 325.0;

/// How many points a curve is made of.
const POINTS: usize = 801;

/// No tick is so near to the picture's edge, in units.
const EDGE: f64 = 0.4;

pub(super) fn figure(entry: &Entry, args: &Args) -> Result<Figure> {
    let window = Window::of(entry.about.name);
    let inputs = Tensor::<f64>::linspace(window.left, window.right, POINTS).to_vec();
    let kinks: Vec<f64> = entry.kinks(args)?.iter().map(|kink| kink.at).collect();
    let kinks: Vec<f64> =
        kinks.into_iter().filter(|x| (window.left..=window.right).contains(x)).collect();
    let Curve { values, slopes } = at(entry, args, &inputs)?;
    let at_kinks = at(entry, args, &kinks)?;

    let (title, caption) = words(&name(entry, args), window, &kinks);
    let mut picture = Picture::new(WIDTH + 60.0, HEIGHT + 20.0, title);
    picture.class("plot");
    window.draw_axes(&mut picture);
    // Where the two coincide, the value is seen between the slope's dashes.
    for (class, curve) in [("value", &values), ("slope", &slopes)] {
        for piece in window.pieces(&inputs, curve, &kinks) {
            window.draw_piece(&mut picture, class, &piece);
        }
    }
    // After the curves, which would run through them.
    window.draw_labels(&mut picture);
    window.draw_legend(&mut picture);
    // The slope's dot is seen round the value's.
    for (class, radius, dots) in [("slope", 5, &at_kinks.slopes), ("value", 3, &at_kinks.values)] {
        for (&x, &y) in kinks.iter().zip(dots) {
            let (x, y) = window.place(x, y);
            picture.add(format_args!(
                "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>"
            ));
        }
    }
    Ok(Figure { picture: picture.finish(), caption })
}

/// What a screen reader says of the picture, and what is written below it.
fn words(name: &str, window: Window, kinks: &[f64]) -> (String, String) {
    let range = format!("from {} to {}", short(window.left), short(window.right));
    let title = format!("{name} and its slope {range}");
    let caption =
        format!("{name} for inputs {range}: its value as a line, its slope as a broken one.");
    if kinks.is_empty() {
        return (title, caption);
    }
    let places = listed(&kinks.iter().map(|&kink| short(kink)).collect::<Vec<_>>());
    let (some, its) = if kinks.len() == 1 { ("a kink", "kink") } else { ("kinks", "kinks") };
    (
        format!("{title}, with {some} at {places}"),
        format!("{caption} The dots are at its {its}, {places}."),
    )
}

/// Points that are joined by a line.
type Piece = Vec<(f64, f64)>;

/// The inputs and values that are drawn; what is beyond is cut off. Both axes have one scale,
/// so that a slope of 1 looks like one.
#[derive(Clone, Copy)]
struct Window {
    left: f64,
    right: f64,
    top: f64,
}

impl Window {
    fn of(layer: &str) -> Self {
        match layer {
            // Its second kink is at 6.
            "ReLU6" => Window { left: -4.0, right: 9.0, top: 7.0 },
            _ => Window { left: -5.0, right: 5.0, top: 4.0 },
        }
    }

    /// Pixels for a unit.
    fn unit(self) -> f64 {
        WIDTH / (self.right - self.left)
    }

    fn bottom(self) -> f64 {
        self.top - HEIGHT / self.unit()
    }

    fn place(self, x: f64, y: f64) -> (f64, f64) {
        ((x - self.left) * self.unit() + 30.0, (self.top - y) * self.unit() + 10.0)
    }

    fn holds(self, y: f64) -> bool {
        (self.bottom()..=self.top).contains(&y)
    }

    fn draw_axes(self, picture: &mut Picture) {
        picture.line("axis", self.place(self.left, 0.0), self.place(self.right, 0.0));
        picture.line("axis", self.place(0.0, self.bottom()), self.place(0.0, self.top));
        for (x, y) in ticks(self.left, self.right, 2).map(|tick| self.place(tick, 0.0)) {
            picture.line("axis", (x, y - 3.0), (x, y + 3.0));
        }
        for (x, y) in ticks(self.bottom(), self.top, 1).map(|tick| self.place(0.0, tick)) {
            picture.line("axis", (x - 3.0, y), (x + 3.0, y));
        }
    }

    fn draw_labels(self, picture: &mut Picture) {
        for tick in ticks(self.left, self.right, 2) {
            let (x, y) = self.place(tick, 0.0);
            picture.text((x, y + 17.0), "middle", &short(tick));
        }
        for tick in ticks(self.bottom(), self.top, 1) {
            let (x, y) = self.place(0.0, tick);
            picture.text((x - 7.0, y + 4.0), "end", &short(tick));
        }
    }

    fn draw_legend(self, picture: &mut Picture) {
        let (left, top) = self.place(self.left, self.top);
        for (class, y) in [("value", top + 15.0), ("slope", top + 35.0)] {
            picture.line(class, (left + 10.0, y), (left + 34.0, y));
            picture.text((left + 40.0, y + 4.0), "start", class);
        }
    }

    fn draw_piece(self, picture: &mut Picture, class: &str, piece: &Piece) {
        let points = piece.iter().map(|&(x, y)| self.place(x, y));
        let points: Vec<String> = points.map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        picture.add(format_args!("<polyline class=\"{class}\" points=\"{}\"/>", points.join(" ")));
    }

    /// The curve in pieces, each within the picture and free of jumps: it is parted where it
    /// leaves the picture, and at a kink where the next point is far off.
    fn pieces(self, inputs: &[f64], values: &[f64], kinks: &[f64]) -> Vec<Piece> {
        let (mut pieces, mut piece) = (Vec::new(), Piece::new());
        for (&x, &y) in inputs.iter().zip(values) {
            let jumps = piece.last().is_some_and(|&(before, value)| {
                let parted = kinks.iter().any(|&kink| before <= kink && x >= kink);
                parted && (y - value).abs() > 0.1
            });
            if jumps || !self.holds(y) {
                pieces.push(std::mem::take(&mut piece));
            }
            if self.holds(y) {
                piece.push((x, y));
            }
        }
        pieces.push(piece);
        pieces.retain(|piece| piece.len() > 1);
        pieces
    }
}

/// The multiples of `step` between two numbers, but for 0, where the axes cross.
fn ticks(from: f64, to: f64, step: i32) -> impl Iterator<Item = f64> {
    let step = f64::from(step);
    let first = ((from + EDGE) / step).ceil();
    let count = ((to - EDGE) / step).floor() - first;
    (0..=count as i32).map(move |tick| (first + f64::from(tick)) * step).filter(|tick| *tick != 0.0)
}

#[cfg(test)]
mod tests {
    use handgrad::catalog;
    use handgrad::module::Args;

    use super::{Window, figure, ticks};

    #[test]
    fn ticks_leave_out_0_and_the_edges() {
        assert_eq!(ticks(-5.0, 5.0, 2).collect::<Vec<_>>(), [-4.0, -2.0, 2.0, 4.0]);
        assert_eq!(ticks(-2.5, 4.0, 1).collect::<Vec<_>>(), [-2.0, -1.0, 1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_curve_is_parted_where_it_jumps() {
        let window = Window::of("Threshold");
        let (inputs, values) = ([0.5, 1.0, 1.5, 2.0], [0.0, 0.0, 1.5, 2.0]);
        let pieces = window.pieces(&inputs, &values, &[1.0]);
        assert_eq!(pieces, [[(0.5, 0.0), (1.0, 0.0)], [(1.5, 1.5), (2.0, 2.0)]]);
    }

    #[test]
    fn both_kinks_of_relu6_are_drawn() {
        let drawn = figure(&catalog::find("ReLU6").unwrap(), &Args::new()).unwrap();
        assert_eq!(drawn.picture.matches("<circle").count(), 4);
        let title = "<title>ReLU6 and its slope from −4 to 9, with kinks at 0 and 6</title>";
        assert!(drawn.picture.contains(title), "{}", drawn.picture);
        assert!(
            drawn.caption.ends_with("The dots are at its kinks, 0 and 6."),
            "{}",
            drawn.caption
        );
    }
}
