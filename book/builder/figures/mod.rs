//! Figures, drawn from what the crate computes when the book is built.

mod curve;
mod histogram;
mod jacobian;
pub(crate) mod svg;
mod tape;

use handgrad::catalog::{self, Entry};
use handgrad::module::Family;
use handgrad::norm::index_sets;

use crate::scalar;

pub(crate) use jacobian::example;
pub(crate) use tape::figure as tape;

/// The figure of a layer, by the stem of its files.
pub(crate) fn figure(stem: &str) -> Result<String, String> {
    let entry = layer(stem)?;
    let drawn = match entry.about.family {
        Family::Activation if scalar::is_of_one_number(&entry) => curve::figure(&entry),
        Family::Norm => norm(&entry),
        _ => jacobian::figure(&entry).map(|svg| vec![svg]),
    };
    let drawn = drawn.map_err(|error| format!("{stem} cannot be drawn: {error}"))?;
    Ok(in_one_line(&drawn.concat(), ""))
}

/// How many numbers of each size go into a layer, and come out of it.
pub(crate) fn histograms(stem: &str) -> Result<String, String> {
    let entry = layer(stem)?;
    let drawn = histogram::figure(&entry);
    let (svg, caption) = drawn.map_err(|error| format!("{stem} cannot be drawn: {error}"))?;
    Ok(in_one_line(&svg, &caption))
}

/// Every activation of one number, each with its name.
pub(crate) fn gallery() -> Result<String, String> {
    let mut gallery = String::from("<div class=\"gallery\">");
    for entry in scalar::entries() {
        let name = entry.about.name;
        let drawn = curve::figure(&entry).map_err(|e| format!("{name} cannot be drawn: {e}"))?;
        gallery.push_str(&in_one_line(&drawn.concat(), name));
    }
    Ok(gallery + "</div>")
}

fn layer(stem: &str) -> Result<Entry, String> {
    let entry = catalog::entries().into_iter().find(|entry| entry.about.stem == stem);
    entry.ok_or_else(|| format!("there is no layer {stem:?} to draw"))
}

/// Pictures and what is written below them, in one line: to Markdown a figure is a piece of
/// HTML, which a blank line would end.
fn in_one_line(pictures: &str, caption: &str) -> String {
    let caption = match svg::escaped(caption) {
        caption if caption.is_empty() => caption,
        caption => format!("<figcaption>{caption}</figcaption>"),
    };
    format!("<figure>{pictures}{caption}</figure>").replace('\n', "")
}

/// Who shares statistics, where there are any; beside it the Jacobian, which shows it.
fn norm(entry: &Entry) -> handgrad::Result<Vec<String>> {
    let (args, shape) = jacobian::example(entry);
    let sets = index_sets(entry.about.name, &args, shape).map(|sets| sets.to_svg());
    let jacobian = jacobian::figure(entry)?;
    Ok(sets.into_iter().chain([jacobian]).collect())
}
