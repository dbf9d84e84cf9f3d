//! What a check found, as data and as a table.

use std::fmt;

use super::compare::AT_KINK;
use crate::error::{Error, ErrorKind, Result};
use crate::module::Kink;
use crate::tensor::{Shape, Tensor};

/// The result of a check: a row for each tensor that was differentiated by.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the backward was compared with.
    pub method: &'static str,
    /// The seed of the cotangent.
    pub seed: u64,
    /// How far apart the two may be, relative to the largest entry of the
    /// gradient (or to 1, where that is smaller).
    pub tolerance: f64,
    /// One row for each tensor.
    pub rows: Vec<Row>,
}

/// What a check found of one tensor.
#[derive(Clone, Debug)]
pub struct Row {
    /// The tensor's name: `input`, `weight`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// How many of its elements lie on a kink.
    pub kinks: usize,
    /// The element where backward and reference are furthest apart; `None` for
    /// a tensor without elements.
    pub worst: Option<Compared>,
    /// The element with the largest gradient, by the reference.
    pub largest: Option<Compared>,
    /// The largest entry of the reference, or 1 where that is larger.
    pub scale: f64,
}

/// One element, and what backward and reference say of it.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Its index.
    pub index: Shape,
    /// Its value.
    pub value: f64,
    /// What the backward says.
    pub backward: f64,
    /// What the reference says.
    pub reference: f64,
}

impl Compared {
    /// How far apart the two are. A NaN on one side alone is infinitely far.
    pub fn difference(&self) -> f64 {
        distance(self.backward, self.reference)
    }
}

fn distance(a: f64, b: f64) -> f64 {
    if a == b || (a.is_nan() && b.is_nan()) {
        0.0
    } else if a.is_nan() || b.is_nan() {
        f64::INFINITY
    } else {
        (a - b).abs()
    }
}

impl Row {
    pub(super) fn new(
        name: &str,
        point: &Tensor<f64>,
        gradient: &Tensor<f64>,
        references: &[f64],
        kinks: &[Kink],
    ) -> Self {
        let at_kink = |x: &f64| kinks.iter().any(|kink| (x - kink.at).abs() < AT_KINK);
        let mut row = Row {
            name: name.to_owned(),
            shape: point.shape().clone(),
            kinks: point.iter().filter(at_kink).count(),
            worst: None,
            largest: None,
            scale: 1.0,
        };
        let elements = point.indexed_iter().zip(gradient).zip(references);
        for (((index, value), backward), &reference) in elements {
            if reference.is_finite() {
                row.scale = row.scale.max(reference.abs());
            }
            let compared = Compared { index, value, backward, reference };
            let larger = |largest: &Compared| reference.abs() > largest.reference.abs();
            if row.largest.as_ref().is_none_or(larger) {
                row.largest = Some(compared.clone());
            }
            let worse = |worst: &Compared| compared.difference() > worst.difference();
            if row.worst.as_ref().is_none_or(worse) {
                row.worst = Some(compared);
            }
        }
        row
    }

    /// The largest difference, relative to the tensor's largest entry.
    pub fn relative_difference(&self) -> f64 {
        self.worst.as_ref().map_or(0.0, |worst| worst.difference() / self.scale)
    }
}

impl Report {
    /// Whether backward and reference agree everywhere.
    pub fn passed(&self) -> bool {
        self.rows.iter().all(|row| self.accepts(row))
    }

    fn accepts(&self, row: &Row) -> bool {
        row.relative_difference() <= self.tolerance
    }

    /// The row where they are furthest apart.
    pub fn worst(&self) -> Option<&Row> {
        self.rows.iter().max_by(|a, b| a.relative_difference().total_cmp(&b.relative_difference()))
    }

    /// An error with the whole table, unless the check passed.
    pub fn into_result(self) -> Result<()> {
        if self.passed() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Argument, "check", format!("the backward is wrong\n{self}")))
    }
}

/// The table, its worst row named below it.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "backward against {} (random cotangent, seed {}; tolerance {:e})",
            self.method, self.seed, self.tolerance
        )?;
        let mut cells = vec![
            ["tensor", "shape", "kinks", "at", "value", "backward", "reference", "off by", ""]
                .map(str::to_owned),
        ];
        cells.extend(self.rows.iter().map(|row| self.cells(row)));
        let width = |column: usize| cells.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..9).map(width).collect();
        for row in &cells {
            let padded: Vec<String> = row
                .iter()
                .zip(&widths)
                .enumerate()
                .map(|(column, (cell, &width))| match column {
                    0 | 1 | 8 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                })
                .collect();
            writeln!(f, "  {}", padded.join("  ").trim_end())?;
        }
        match self.worst() {
            Some(row) if !self.passed() => {
                let worst = row.worst.as_ref().map_or_else(Shape::default, |w| w.index.clone());
                write!(f, "FAILED: the gradient of {} is furthest off at {worst}", row.name)
            }
            _ => write!(f, "passed"),
        }
    }
}

impl Report {
    /// A row of the table. Where it is wrong it shows the element furthest off.
    /// Where it is right that would be a matter of rounding, which differs from
    /// machine to machine, and it shows the largest gradient instead.
    fn cells(&self, row: &Row) -> [String; 9] {
        let accepted = self.accepts(row);
        let (shown, verdict) = if accepted { (&row.largest, "ok") } else { (&row.worst, "WRONG") };
        let off_by = |compared: &Compared| {
            if accepted {
                format!("< {:e}", self.tolerance)
            } else {
                format!("{:.1e}", compared.difference())
            }
        };
        let cell = |text: &dyn Fn(&Compared) -> String| {
            shown.as_ref().map_or_else(|| "-".to_owned(), text)
        };
        [
            row.name.clone(),
            row.shape.to_string(),
            row.kinks.to_string(),
            cell(&|compared| compared.index.to_string()),
            cell(&|compared| format!("{:.4}", compared.value)),
            cell(&|compared| format!("{:.6}", compared.backward)),
            cell(&|compared| format!("{:.6}", compared.reference)),
            cell(&off_by),
            verdict.to_owned(),
        ]
    }
}
