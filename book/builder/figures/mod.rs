//! Figures, drawn from what the crate computes when the book is built.

mod curve;
mod histogram;
mod jacobian;
mod sets;
pub(crate) mod svg;
mod tape;

use handgrad::catalog::{self, Entry};
use handgrad::module::{Args, Family};
use handgrad::norm::index_sets;

use crate::scalar;

pub(crate) use jacobian::example;
pub(crate) use tape::figure as tape;

/// A picture, and what is written below it: what it shows, and how to read it.
struct Figure {
    picture: String,
    caption: String,
}

impl Figure {
    /// In one line: to Markdown a figure is a piece of HTML, which a blank line would end.
    fn html(&self) -> String {
        let (picture, caption) = (&self.picture, svg::escaped(&self.caption));
        format!("<figure>{picture}<figcaption>{caption}</figcaption></figure>").replace('\n', "")
    }
}

/// The figures of a layer, by the stem of its files.
pub(crate) fn figure(stem: &str) -> Result<String, String> {
    let entry = layer(stem)?;
    let drawn = match entry.about.family {
        Family::Activation if scalar::is_of_one_number(&entry) => {
            curve::figure(&entry, &telling_arguments(&entry)).map(|figure| vec![figure])
        }
        Family::Norm => norm(&entry),
        _ => jacobian::figure(&entry).map(|figure| vec![figure]),
    };
    let drawn = drawn.map_err(|error| format!("{stem} cannot be drawn: {error}"))?;
    Ok(drawn.iter().map(Figure::html).collect())
}

/// The arguments with which a curve shows what sets its layer apart.
fn telling_arguments(entry: &Entry) -> Args {
    match entry.about.name {
        // With its default, 1, it is ELU.
        "CELU" => Args::new().with("alpha", 2.0),
        _ => scalar::arguments(entry),
    }
}

/// How many numbers of each size go into a layer, and come out of it.
pub(crate) fn histograms(stem: &str) -> Result<String, String> {
    let drawn = histogram::figure(&layer(stem)?);
    drawn.map(|figure| figure.html()).map_err(|error| format!("{stem} cannot be drawn: {error}"))
}

/// Every activation of one number, each with its name.
pub(crate) fn gallery() -> Result<String, String> {
    let mut gallery = String::from("<div class=\"gallery\">");
    for entry in scalar::entries() {
        let args = scalar::arguments(&entry);
        let name = scalar::name(&entry, &args);
        let drawn = curve::figure(&entry, &args);
        let drawn = drawn.map_err(|error| format!("{name} cannot be drawn: {error}"))?;
        gallery.push_str(&Figure { caption: name, ..drawn }.html());
    }
    Ok(gallery + "</div>")
}

fn layer(stem: &str) -> Result<Entry, String> {
    let entry = catalog::entries().into_iter().find(|entry| entry.about.stem == stem);
    entry.ok_or_else(|| format!("there is no layer {stem:?} to draw"))
}

/// Who shares statistics, where there are any; below it the Jacobian, which shows it.
fn norm(entry: &Entry) -> handgrad::Result<Vec<Figure>> {
    let (args, shape) = jacobian::example(entry);
    let sets = index_sets(entry.about.name, &args, shape).map(|sets| sets::figure(&sets));
    let jacobian = jacobian::figure(entry)?;
    Ok(sets.into_iter().chain([jacobian]).collect())
}

/// `1, 2 and 3`.
fn listed(names: &[String]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}
