//! What a check found, as data and as a table.

use std::fmt;

use super::differences::Reference;
use crate::error::{Error, ErrorKind, Result};
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
    pub worst: Option<Worst>,
    /// The largest entry of the reference, or 1 where that is larger.
    pub scale: f64,
}

/// The element where backward and reference are furthest apart.
#[derive(Clone, Debug)]
pub struct Worst {
    /// Its index.
    pub index: Shape,
    /// Its value.
    pub value: f64,
    /// What the backward says.
    pub backward: f64,
    /// What the reference says.
    pub reference: f64,
}

impl Worst {
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

/// The measure that rows are held to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Judge {
    tolerance: f64,
}

impl Judge {
    pub(super) fn new(tolerance: f64) -> Self {
        Judge { tolerance }
    }
}

impl Reference {
    /// The slope to hold a backward's answer to. Within a kink's interval, where
    /// none is declared, that is the answer itself.
    fn slope_for(self, backward: f64) -> f64 {
        match self {
            Reference::Slope(slope) | Reference::Kink { declared: Some(slope), .. } => slope,
            Reference::Kink { left, right, declared: None } => {
                backward.clamp(left.min(right), left.max(right))
            }
        }
    }
}

impl Row {
    pub(super) fn new(
        name: &str,
        point: &Tensor<f64>,
        gradient: &Tensor<f64>,
        references: &[Reference],
    ) -> Self {
        let mut row = Row {
            name: name.to_owned(),
            shape: point.shape().clone(),
            kinks: 0,
            worst: None,
            scale: 1.0,
        };
        let elements = point.indexed_iter().zip(gradient).zip(references);
        for (((index, value), backward), reference) in elements {
            row.kinks += usize::from(matches!(reference, Reference::Kink { .. }));
            let reference = reference.slope_for(backward);
            if reference.is_finite() {
                row.scale = row.scale.max(reference.abs());
            }
            let candidate = Worst { index, value, backward, reference };
            let worse = |worst: &Worst| candidate.difference() > worst.difference();
            if row.worst.as_ref().is_none_or(worse) {
                row.worst = Some(candidate);
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
    pub(super) fn new(method: &'static str, seed: u64, judge: Judge, rows: Vec<Row>) -> Self {
        Report { method, seed, tolerance: judge.tolerance, rows }
    }

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
            [
                "tensor",
                "shape",
                "kinks",
                "worst at",
                "value",
                "backward",
                "reference",
                "off by",
                "",
            ]
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
    fn cells(&self, row: &Row) -> [String; 9] {
        let verdict = if self.accepts(row) { "ok" } else { "WRONG" };
        let (name, shape) = (row.name.clone(), row.shape.to_string());
        let kinks = row.kinks.to_string();
        match &row.worst {
            None => {
                let none = || "-".to_owned();
                [name, shape, kinks, none(), none(), none(), none(), none(), verdict.to_owned()]
            }
            Some(worst) => [
                name,
                shape,
                kinks,
                worst.index.to_string(),
                format!("{:.4}", worst.value),
                format!("{:.6}", worst.backward),
                format!("{:.6}", worst.reference),
                // What lies below rounding differs from machine to machine.
                match worst.difference() {
                    small if small < self.tolerance => format!("< {:e}", self.tolerance),
                    difference => format!("{difference:.1e}"),
                },
                verdict.to_owned(),
            ],
        }
    }
}
