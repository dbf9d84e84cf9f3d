//! Figures, drawn from what the crate computes when the book is built.

mod curve;
mod jacobian;
mod svg;

use handgrad::catalog::{self, Entry};
use handgrad::module::Family;
use handgrad::norm::index_sets;

/// The figure of a layer, by the stem of its files.
pub(crate) fn figure(stem: &str) -> Result<String, String> {
    let entry = catalog::entries().into_iter().find(|entry| entry.about.stem == stem);
    let entry = entry.ok_or_else(|| format!("there is no layer {stem:?} to draw"))?;
    let drawn = match entry.about.family {
        Family::Activation if curve::is_of_one_number(&entry) => curve::figure(&entry),
        Family::Norm => norm(&entry),
        _ => jacobian::figure(&entry).map(|svg| vec![svg]),
    };
    let drawn = drawn.map_err(|error| format!("{stem} cannot be drawn: {error}"))?;
    // One line: to Markdown a figure is a piece of HTML, which a blank line would end.
    Ok(format!("<figure>{}</figure>", drawn.concat().replace('\n', "")))
}

/// Every activation of one number, each with its name.
pub(crate) fn gallery() -> Result<String, String> {
    let mut gallery = String::from("<div class=\"gallery\">");
    for entry in catalog::entries().iter().filter(|entry| curve::is_of_one_number(entry)) {
        if entry.about.family == Family::Activation {
            let name = entry.about.name;
            let drawn = curve::figure(entry).map_err(|e| format!("{name} cannot be drawn: {e}"))?;
            let caption = format!("<figcaption>{name}</figcaption>");
            gallery.extend(["<figure>", &drawn.concat(), &caption, "</figure>"]);
        }
    }
    gallery.push_str("</div>");
    Ok(gallery.replace('\n', ""))
}

/// Who shares statistics, where there are any; beside it the Jacobian, which shows it.
fn norm(entry: &Entry) -> handgrad::Result<Vec<String>> {
    let (args, shape) = jacobian::example(entry);
    let sets = index_sets(entry.about.name, &args, shape).map(|sets| sets.to_svg());
    let jacobian = jacobian::figure(entry)?;
    Ok(sets.into_iter().chain([jacobian]).collect())
}
