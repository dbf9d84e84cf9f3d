//! Pieces of SVG. Text and lines have the colour of the page's text.

use std::fmt::Write;

/// A picture of a size, with what a screen reader says of it.
pub(crate) struct Picture {
    width: f64,
    height: f64,
    title: String,
    body: String,
}

impl Picture {
    pub(crate) fn new(width: f64, height: f64, title: impl Into<String>) -> Self {
        Picture { width, height, title: title.into(), body: String::new() }
    }

    /// Adds an element. Writing to a string cannot fail.
    pub(crate) fn add(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = self.body.write_fmt(element);
    }

    pub(crate) fn text(&mut self, (x, y): (f64, f64), anchor: &str, text: &str) {
        self.add(format_args!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{text}</text>"
        ));
    }

    pub(crate) fn line(&mut self, class: &str, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
        self.add(format_args!(
            "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>"
        ));
    }

    pub(crate) fn finish(self) -> String {
        let Picture { width, height, title, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" viewBox=\"0 0 {width} {height}\" \
             width=\"{width}\" height=\"{height}\" font-family=\"sans-serif\" font-size=\"13\" \
             fill=\"currentColor\"><title>{title}</title>{body}</svg>"
        )
    }
}
