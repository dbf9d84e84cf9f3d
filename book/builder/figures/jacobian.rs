//! A layer's Jacobian as a picture: how strongly each output follows each input.

use handgrad::catalog::{Configured, Entry};
use handgrad::check::{CheckOptions, jacobian};
use handgrad::module::Args;
use handgrad::{Result, Shape, Tensor};
use rand::SeedableRng;
use rand::rngs::ChaCha8Rng;

use super::Figure;
use super::svg::Picture;
use crate::scalar;

/// Arguments and a small input's shape, on which a layer shows how its numbers hang
/// together.
pub(crate) fn example(entry: &Entry) -> (Args, Shape) {
    let shape: Shape = match entry.about.name {
        "BatchNorm3d" | "InstanceNorm3d" | "SwitchableNorm3d" => [2, 4, 1, 1, 3].into(),
        "BatchNorm2d" | "InstanceNorm2d" | "SwitchableNorm2d" => [2, 4, 1, 3].into(),
        "Softmax2d" => [2, 3, 1, 2].into(),
        name if name.contains("Norm")
            && !["LayerNorm", "RMSNorm", "WeightNorm"].contains(&name) =>
        {
            [2, 4, 3].into()
        }
        _ => [2, 6].into(),
    };
    let args = entry.args_for(&shape);
    // With PyTorch's alpha, a ten-thousandth, a number's neighbours hardly count.
    let args = if entry.about.name == "LocalResponseNorm" { args.with("alpha", 3.0) } else { args };
    (args, shape)
}

pub(super) fn figure(entry: &Entry) -> Result<Figure> {
    const CELL: f64 = 14.0;
    let (args, shape) = example(entry);
    let name = scalar::name(entry, &args);
    let layer = Configured::new(entry.about.name, args)?;
    let x = Tensor::randn(&shape, &mut ChaCha8Rng::seed_from_u64(4));
    let dy_dx = jacobian(&layer, &x, &CheckOptions::default())?;
    let (rows, columns) = (dy_dx.shape()[0], dy_dx.shape()[1]);
    let largest = dy_dx.iter().fold(0.0, |largest: f64, entry| largest.max(entry.abs()));

    let title = format!(
        "The Jacobian of {} on an input of shape {shape}: row by row how strongly each output follows \
         each input",
        entry.about.name
    );
    let (left, top) = (24.0, 24.0);
    let mut picture =
        Picture::new(columns as f64 * CELL + left + 4.0, rows as f64 * CELL + top + 4.0, title);
    picture.text((left + columns as f64 * CELL / 2.0, 16.0), "middle", "input");
    let middle = top + rows as f64 * CELL / 2.0;
    picture.add(format_args!(
        "<text x=\"16\" y=\"{middle}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {middle})\">output</text>"
    ));
    for (at, entry) in dy_dx.iter().enumerate() {
        let (x, y) = (left + (at % columns) as f64 * CELL, top + (at / columns) as f64 * CELL);
        // The eye tells small from nothing better than large from larger.
        let strength = (entry.abs() / largest).sqrt();
        let class = if entry < 0.0 { "negative" } else { "positive" };
        picture.add(format_args!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" \
             fill-opacity=\"{strength:.2}\"/>"
        ));
    }
    let caption = format!(
        "The Jacobian of {name}, on an input of shape {shape} whose numbers are counted as they \
         lie in memory. The square in row i and column j says how output i follows input j: blue \
         is a slope above 0, red one below 0, a stronger colour a larger slope, and an empty \
         square none."
    );
    Ok(Figure { picture: picture.finish(), caption })
}
