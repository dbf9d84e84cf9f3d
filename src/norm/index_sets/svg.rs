//! The sets as a picture.

use std::fmt::Write;

use super::{IndexSets, SetOf};

/// A cell's side; everything else is measured by it.
const CELL: usize = 24;

/// P. Tol's bright scheme, whose colours are told apart also by those who see no
/// red or no green. Neighbouring sets differ; the labels tell the rest.
const HUES: [&str; 6] = ["#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377"];

/// How a cell is drawn.
struct Look {
    mark: String,
    /// Its colour and how much of it; none for a cell that takes no part.
    fill: Option<(&'static str, &'static str)>,
    /// Whether its frame is thick.
    framed: bool,
}

impl IndexSets {
    /// The grids as an SVG, a block of C rows for each N. Sets are told apart by
    /// label and colour; where they overlap, the picture is that of one cell, as
    /// printing is. Text and lines have the colour of the surrounding text
    /// (`currentColor`), for light pages and dark ones.
    ///
    /// ```
    /// use handgrad::{module::Args, norm::index_sets};
    ///
    /// let svg = index_sets("LayerNorm", &Args::new(), [2, 4, 3])?.to_svg();
    /// assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\""));
    /// assert!(svg.contains("<title>LayerNorm(normalized_shape=[4, 3])"));
    /// assert_eq!(svg.matches("<rect").count(), 24);
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn to_svg(&self) -> String {
        let Some(labels) = self.labels() else {
            return self.typical().to_svg();
        };
        let title = format!("{}. {}", self.heading(), self.sentence());
        self.draw(&title, |cell| Look {
            mark: labels[cell].clone(),
            fill: Some((HUES[self.set_of[cell] % HUES.len()], "0.45")),
            framed: false,
        })
    }

    fn draw(&self, title: &str, look: impl Fn(usize) -> Look) -> String {
        let layout = self.layout();
        let is_batch = self.rule.rows.len() == 2;
        let wide = layout.places * CELL;
        // Beside the first block stand the numbers of the channels, above each its
        // sample's and the numbers of the places.
        let (left, gap) = (2 * CELL, CELL);
        let top = (usize::from(is_batch) + layout.headers.len().max(1)) * CELL;
        let width = left + layout.samples * (wide + gap);
        let height = top + layout.channels * CELL + CELL / 2;

        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" \
             viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             font-family=\"sans-serif\" font-size=\"13\" text-anchor=\"middle\" \
             fill=\"currentColor\">\n<title>{title}</title>\n",
        );
        // Writing to a string cannot fail.
        let text = |svg: &mut String, x: usize, y: usize, text: &str| {
            let _ = writeln!(svg, "<text x=\"{x}\" y=\"{}\">{text}</text>", y + CELL * 2 / 3);
        };
        let middle = |start: usize| start + CELL / 2;
        text(&mut svg, left - CELL / 2, top - CELL, self.rule.rows[self.rule.rows.len() - 1]);
        for channel in 0..layout.channels {
            text(&mut svg, left - CELL / 2, top + channel * CELL, &channel.to_string());
        }
        for (line, (name, _)) in layout.headers.iter().rev().enumerate() {
            // Left of the channels' name, which stands in the lowest line.
            text(&mut svg, left - CELL * 3 / 2, top - (line + 1) * CELL, name);
        }
        for sample in 0..layout.samples {
            let x = left + sample * (wide + gap);
            if is_batch {
                text(&mut svg, x + wide / 2, 0, &format!("{} = {sample}", self.rule.rows[0]));
            }
            for (line, (_, indices)) in layout.headers.iter().rev().enumerate() {
                for (place, index) in indices.iter().enumerate() {
                    text(&mut svg, middle(x + place * CELL), top - (line + 1) * CELL, index);
                }
            }
            for at in 0..layout.channels * layout.places {
                let look = look(sample * layout.channels * layout.places + at);
                let (x, y) = (x + at % layout.places * CELL, top + at / layout.places * CELL);
                let (fill, opacity) = look.fill.unwrap_or(("none", "0"));
                let stroke = if look.framed { 3 } else { 1 };
                let _ = writeln!(
                    svg,
                    "<rect x=\"{x}\" y=\"{y}\" width=\"{CELL}\" height=\"{CELL}\" \
                     fill=\"{fill}\" fill-opacity=\"{opacity}\" stroke=\"currentColor\" \
                     stroke-width=\"{stroke}\"/>",
                );
                text(&mut svg, middle(x), y, &look.mark);
            }
        }
        svg.push_str("</svg>\n");
        svg
    }
}

impl SetOf<'_> {
    /// The grid as an SVG: the cell itself `@` and framed, its set `#` and coloured.
    /// Fit for light pages and dark ones as [`IndexSets::to_svg`] is.
    pub fn to_svg(&self) -> String {
        let sets = self.sets;
        let title = format!("{}. {} {}", sets.heading(), sets.sentence(), self.sentence());
        sets.draw(&title, |cell| {
            let mark = self.mark(cell);
            let fill = match mark {
                "@" => Some((HUES[1], "0.6")),
                "#" => Some((HUES[0], "0.45")),
                _ => None,
            };
            let shown = if fill.is_some() { mark } else { "" };
            Look { mark: shown.to_owned(), fill, framed: mark == "@" }
        })
    }
}
