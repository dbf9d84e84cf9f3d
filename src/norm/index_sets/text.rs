//! The sets as text.

use std::fmt;

use super::{IndexSets, SetOf, index};

impl fmt::Display for IndexSets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.labels() {
            Some(labels) => {
                writeln!(f, "{}\n{}\n", self.heading(), self.sentence())?;
                f.write_str(&self.grid(|cell| labels[cell].clone()))
            }
            None => self.typical().fmt(f),
        }
    }
}

impl fmt::Display for SetOf<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sets = self.sets;
        writeln!(f, "{}\n{}\n{}\n", sets.heading(), sets.sentence(), self.sentence())?;
        f.write_str(&sets.grid(|cell| self.mark(cell).to_owned()))
    }
}

impl IndexSets {
    /// The layer and the shape: `BatchNorm1d(num_features=4), input [N, C, L] = [2, 4,
    /// 3]`.
    pub(super) fn heading(&self) -> String {
        format!("{}({}), input {} = {}", self.layer, self.args, self.rule.names(), self.shape)
    }

    pub(super) fn sentence(&self) -> String {
        self.rule.sentence(&self.shape, &self.sets)
    }

    /// A grid with a mark for each cell, which gets the cell's number in row-major
    /// order. Rows are N and C, columns the places.
    ///
    /// ```
    /// use handgrad::{Tensor, module::Args, norm::index_sets};
    ///
    /// let x = Tensor::new([[1.5, -0.5], [0.0, 2.0]]);
    /// let sets = index_sets("LayerNorm", &Args::new(), x.shape())?;
    /// let values = x.to_vec();
    /// assert_eq!(format!("\n{}", sets.grid(|cell| format!("{:.1}", values[cell]))), "
    ///  N  C |
    ///  0  0 |  1.5
    ///     1 | -0.5
    ///
    ///  1  0 |  0.0
    ///     1 |  2.0");
    /// # Ok::<(), handgrad::Error>(())
    /// ```
    pub fn grid(&self, mark: impl Fn(usize) -> String) -> String {
        let layout = self.layout();
        let marks: Vec<String> = (0..self.set_of.len()).map(mark).collect();
        let texts = layout.headers.iter().flat_map(|(_, indices)| indices).chain(&marks);
        let width = texts.map(|text| text.chars().count()).max().unwrap_or(0);
        let line = |rows: &[String], name: &str, texts: &[String]| {
            // Without places there are no names of columns, and no room for them.
            let name = if layout.headers.is_empty() { "" } else { &format!("{name:<2} ") };
            let line = format!("{} | {name}{}", aligned(rows, 2), aligned(texts, width));
            line.trim_end().to_owned()
        };

        let names: Vec<String> = self.rule.rows.iter().map(ToString::to_string).collect();
        let unnamed = vec![String::new(); names.len()];
        let mut lines = match &layout.headers[..] {
            [] => vec![line(&names, "", &[])],
            [above @ .., (name, indices)] => {
                let above = above.iter().map(|(name, indices)| line(&unnamed, name, indices));
                above.chain([line(&names, name, indices)]).collect()
            }
        };
        for (row, marks) in marks.chunks(layout.places).enumerate() {
            let (sample, channel) = (row / layout.channels, row % layout.channels);
            if row > 0 && channel == 0 {
                lines.push(String::new());
            }
            // A sample's number stands beside its first channel.
            let sample = if channel == 0 { sample.to_string() } else { String::new() };
            let indices = [sample, channel.to_string()];
            lines.push(line(&indices[2 - names.len()..], "", marks));
        }
        lines.join("\n")
    }

    /// How the cells lie in a grid.
    pub(super) fn layout(&self) -> Layout {
        let (rows, columns) = self.shape.split_at(self.rule.rows.len());
        let (channels, places) = (rows[rows.len() - 1], columns.iter().product());
        let of_axis = |(axis, name): (usize, &&'static str)| {
            let indices = (0..places).map(|place| index(&columns.into(), place)[axis].to_string());
            (*name, indices.collect())
        };
        let headers = self.rule.columns.iter().enumerate().map(of_axis).collect();
        Layout { samples: rows.iter().product::<usize>() / channels, channels, places, headers }
    }
}

/// Blocks of `channels` rows and `places` columns, one for each sample.
pub(super) struct Layout {
    pub(super) samples: usize,
    pub(super) channels: usize,
    pub(super) places: usize,
    /// The name of each axis of the columns, and its index in every column.
    pub(super) headers: Vec<(&'static str, Vec<String>)>,
}

fn aligned(texts: &[String], width: usize) -> String {
    let texts: Vec<String> = texts.iter().map(|text| format!("{text:>width$}")).collect();
    texts.join(" ")
}

impl SetOf<'_> {
    /// What the grid shows, in a sentence.
    pub(super) fn sentence(&self) -> String {
        let (at, size) = (index(&self.sets.shape, self.cell), self.cells().len());
        let all = self.sets.set_of.len();
        format!("The set of cell {at} (@) is {size} of the {all} cells (#).")
    }

    /// `@` for the cell itself, `#` for those in its set, `.` for the others.
    pub(super) fn mark(&self, cell: usize) -> &'static str {
        if cell == self.cell {
            "@"
        } else if self.cells().binary_search(&cell).is_ok() {
            "#"
        } else {
            "."
        }
    }
}
