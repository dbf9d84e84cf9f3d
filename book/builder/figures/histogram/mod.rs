//! How many numbers of each size go into a layer, and come out of it: two histograms on one
//! scale, with means and standard deviations.

mod sample;

use handgrad::catalog::{self, Entry};
use handgrad::module::{Args, Family};
use handgrad::{Result, Shape, Tape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;
use rand_distr::Gamma;

use sample::{Axis, Sample, full_height};

use super::Figure;
use super::svg::Picture;
use crate::number::short;
use crate::scalar;

/// The picture's width, its margins, and the heights within a panel, in pixels.
const WIDTH: f64 = 520.0;
const MARGIN: f64 = 24.0;
const HEADING: f64 = 22.0;
const SPREAD: f64 = 16.0;
const BARS: f64 = 100.0;
const TICKS: f64 = 30.0;

pub(super) fn figure(entry: &Entry) -> std::result::Result<Figure, String> {
    let (args, input) = input(entry);
    let name = scalar::name(entry, &args);
    let [before, after] = through(entry, &args, &input).map_err(|error| error.to_string())?;
    if after.sorted.len() != before.sorted.len() {
        let (before, after) = (before.sorted.len(), after.sorted.len());
        return Err(format!("{after} numbers come out of {before}; a histogram compares as many"));
    }
    if after.sorted.iter().any(|number| !number.is_finite()) {
        return Err("what comes out is not finite".to_owned());
    }
    let title = format!(
        "Histograms of {} numbers before and after {name}: before, {}; after, {}",
        before.sorted.len(),
        before.in_words(),
        after.in_words()
    );
    let caption = format!(
        "{} numbers before and after {name}; the input has the shape {}. The lines mark the mean, \
         and one standard deviation to either side. The two panels share their axis but not \
         their heights.",
        before.sorted.len(),
        input.shape()
    );
    Ok(Figure { picture: draw(&before, &after, title), caption })
}

/// Many numbers, whose sets are large: for a norm with a tail to the right, a mean of 5 and
/// a standard deviation of 2.1, which it has something to do with; for all others standard
/// normal, as a norm would hand them on.
fn input(entry: &Entry) -> (Args, Tensor<f64>) {
    let is_norm = entry.about.family == Family::Norm;
    let shape: Shape = match entry.about.name {
        name if name.ends_with("3d") => [10, 4, 5, 10, 10].into(),
        name if name.ends_with("2d") => [50, 4, 10, 10].into(),
        "BatchNorm1d" | "InstanceNorm1d" | "SwitchableNorm1d" | "GroupNorm"
        | "LocalResponseNorm" => [10, 4, 500].into(),
        _ if is_norm => [20, 1000].into(),
        _ => [2000, 10].into(),
    };
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    if is_norm {
        let gamma = Gamma::new(2.0, 1.5).expect("a gamma distribution's numbers are positive");
        let input = Tensor::random(&shape, &gamma, &mut rng).map(|x: f64| x + 2.0);
        (entry.args_for(&shape), input)
    } else {
        (scalar::arguments(entry), Tensor::randn(&shape, &mut rng))
    }
}

/// The numbers before and after the layer, as a new one in training makes them.
fn through(entry: &Entry, args: &Args, input: &Tensor<f64>) -> Result<[Sample; 2]> {
    let mut layer = catalog::build::<f64>(entry.about.name, args)?;
    let tape = Tape::new();
    let output = layer.forward(tape.leaf(input.clone()))?.value();
    Ok([Sample::of(input)?, Sample::of(&output)?])
}

fn draw(before: &Sample, after: &Sample, title: String) -> String {
    let axis = Axis::over(&[before, after]);
    let x = |number| from_left(&axis, number);
    let panel = HEADING + SPREAD + BARS + TICKS;
    let mut picture = Picture::new(WIDTH, 2.0 * panel, title);
    picture.class("plot");
    for (index, (when, sample)) in [("before", before), ("after", after)].into_iter().enumerate() {
        let top = index as f64 * panel;
        let heading = format!("{when}: {}", sample.in_words());
        picture.text((MARGIN, top + HEADING - 6.0), "start", &heading);
        let ground = top + HEADING + SPREAD + BARS;
        let shares = sample.shares(&axis);
        let full = full_height(&shares);
        for (bar, &share) in shares.iter().enumerate().filter(|(_, share)| **share > 0.0) {
            let left = axis.low + bar as f64 * axis.bar();
            let sides = (x(left), x(left + axis.bar()));
            let bar = Bar { class: when, sides, ground, share };
            bar.draw(&mut picture, full, x(sample.mean));
        }
        draw_spread(&mut picture, &axis, sample, top + HEADING + 6.0, ground);
        picture.line("axis", (x(axis.low), ground), (x(axis.high), ground));
        for tick in axis.ticks() {
            picture.line("axis", (x(tick), ground), (x(tick), ground + 4.0));
            picture.text((x(tick), ground + 18.0), "middle", &short(tick));
        }
    }
    picture.finish()
}

/// Where on the axis a number is drawn.
fn from_left(axis: &Axis, number: f64) -> f64 {
    MARGIN + axis.share(number) * (WIDTH - 2.0 * MARGIN)
}

struct Bar {
    class: &'static str,
    sides: (f64, f64),
    ground: f64,
    share: f64,
}

impl Bar {
    /// The bar, or the lower part of one that would leave the panel, with a gap where it is
    /// cut and its share on the side where the mean is not.
    fn draw(&self, picture: &mut Picture, full: f64, mean: f64) {
        let (class, (left, right)) = (self.class, self.sides);
        let height = (self.share / full).min(1.0) * BARS;
        let (top, width) = (self.ground - height, right - left);
        picture.add(format_args!(
            "<rect class=\"bar {class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" \
             height=\"{height:.1}\"/>"
        ));
        if self.share > full {
            picture.line("gap", (left - 3.0, top + 16.0), (right + 3.0, top + 10.0));
            let text = format!("{}%", short(100.0 * self.share));
            let (x, anchor) =
                if mean > left { (left - 5.0, "end") } else { (right + 5.0, "start") };
            picture.text((x, top + 11.0), anchor, &text);
        }
    }
}

/// A line at the mean, and across it one standard deviation to either side.
fn draw_spread(picture: &mut Picture, axis: &Axis, sample: &Sample, y: f64, ground: f64) {
    let Sample { mean, deviation, .. } = *sample;
    let inside = |number: f64| from_left(axis, number.clamp(axis.low, axis.high));
    picture.line("mean", (inside(mean), y - 4.0), (inside(mean), ground));
    let (left, right) = (inside(mean - deviation), inside(mean + deviation));
    picture.line("mean", (left, y), (right, y));
    for end in [left, right] {
        picture.line("mean", (end, y - 4.0), (end, y + 4.0));
    }
}

#[cfg(test)]
mod tests {
    use handgrad::catalog;

    use super::{Figure, figure, input, through};

    #[test]
    fn a_norm_is_given_numbers_that_it_changes() {
        let entry = catalog::find("LayerNorm").unwrap();
        let (args, x) = input(&entry);
        let [before, after] = through(&entry, &args, &x).unwrap();
        assert!(before.sorted.len() == 20_000 && (before.mean - 5.0).abs() < 0.1);
        assert!((before.deviation - 4.5_f64.sqrt()).abs() < 0.1);
        assert!(after.mean.abs() < 1e-9 && (after.deviation - 1.0).abs() < 1e-3);
    }

    #[test]
    fn the_picture_says_mean_and_deviation_before_and_after() {
        let Figure { picture, caption } = figure(&catalog::find("RMSNorm").unwrap()).unwrap();
        assert!(picture.contains("<title>Histograms of 20000 numbers before and after RMSNorm"));
        assert!(picture.contains(": before, mean 4.99, standard deviation 2.11; after, mean 0.9"));
        assert!(caption.contains("[20, 1000]"), "{caption}");
    }

    #[test]
    fn every_layer_that_keeps_its_numbers_can_be_drawn() {
        for entry in catalog::entries() {
            let drawn = figure(&entry);
            let halves = entry.about.name.ends_with("GLU");
            assert!(drawn.is_ok() != halves, "{}: {:?}", entry.about.name, drawn.err());
        }
    }

    #[test]
    fn a_layer_that_halves_its_numbers_is_refused() {
        let error = figure(&catalog::find("GLU").unwrap()).err().unwrap();
        assert!(error.contains("10000 numbers come out of 20000"), "{error}");
    }
}
