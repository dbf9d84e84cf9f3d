//! Pieces of SVG. Text and lines have the colour of the page's text.

use std::fmt::Write;

/// A picture of a size, with what a screen reader says of it.
pub(crate) struct Picture {
    width: f64,
    height: f64,
    title: String,
    description: String,
    class: &'static str,
    body: String,
}

impl Picture {
    pub(crate) fn new(width: f64, height: f64, title: impl Into<String>) -> Self {
        let title = title.into();
        Picture { width, height, title, description: String::new(), class: "", body: String::new() }
    }

    /// What is said after the title, and does not show when the mouse rests on the picture.
    pub(crate) fn describe(&mut self, description: impl Into<String>) {
        self.description = description.into();
    }

    /// A class for the page's style: a `plot` has little text, which may grow on a phone.
    pub(crate) fn class(&mut self, class: &'static str) {
        self.class = class;
    }

    /// Adds an element. Writing to a string cannot fail.
    pub(crate) fn add(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(element);
    }

    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        self.classed_text("", (x, y), anchor, text);
    }

    pub(crate) fn classed_text(
        &mut self,
        class: &str,
        (x, y): (f64, f64),
        anchor: &str,
        text: &str,
    ) {
        let (class, text) = (attribute("class", class), escaped(text));
        self.add(format_args!(
            "<text{class} x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.add(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(crate) fn finish(self) -> String {
        let Picture { width, height, title, description, class, body } = self;
        let (title, class) = (escaped(&title), attribute("class", class));
        let description = match escaped(&description) {
            text if text.is_empty() => text,
            text => format!("<desc>{text}</desc>"),
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\"{class} role=\"img\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
             font-family=\"sans-serif\" font-size=\"13\" fill=\"currentColor\">\
             <title>{title}</title>{description}{body}</svg>"
        )
    }
}

/// An attribute, or nothing where it would be empty.
fn attribute(name: &str, value: &str) -> String {
    if value.is_empty() { String::new() } else { format!(" {name}=\"{value}\"") }
}

/// Text as HTML and SVG want it.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::Picture;

    #[test]
    fn a_picture_says_its_title_before_anything_else() {
        let mut picture = Picture::new(10.0, 20.0, "a < b");
        picture.describe("more");
        picture.text((1.0, 2.0), "end", "x & y");
        let svg = picture.finish();
        assert!(svg.contains("><title>a &lt; b</title><desc>more</desc><text x=\"1.0\""), "{svg}");
        assert!(svg.contains(">x &amp; y</text></svg>"), "{svg}");
    }
}
