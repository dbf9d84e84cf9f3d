//! What a check found, as data.

use super::CheckOptions;
use super::contract::Breach;
use super::diagnosis::Diagnosis;
use crate::error::{Error, ErrorKind, Result};
use crate::module::Kink;
use crate::tensor::Shape;

/// How many of the elements that are furthest off a report keeps of each tensor.
const WORST: usize = 5;

/// The result of a check: a row for each tensor that was differentiated by.
///
/// It prints as a table; where something is wrong, with the elements furthest off and
/// a [`Diagnosis`] below it.
#[derive(Clone, Debug)]
pub struct Report {
    /// What was checked: the backward, in most cases.
    pub subject: &'static str,
    /// What it was compared with.
    pub method: &'static str,
    /// The seed of the cotangent; `None` where the cotangent was given.
    pub seed: Option<u64>,
    /// How far apart the two may be, relative to the largest entry of the
    /// gradient (or to 1, where that is smaller).
    pub tolerance: f64,
    /// One row for each tensor.
    pub rows: Vec<Row>,
    /// What else a backward owes, and this one did not do.
    pub breaches: Vec<Breach>,
    /// Whether wrong rows were to be diagnosed.
    pub(super) diagnosed: bool,
}

/// What a check found of one tensor.
#[derive(Clone, Debug)]
pub struct Row {
    /// The tensor's name: `input`, `weight`.
    pub name: String,
    /// Its shape.
    pub shape: Shape,
    /// Whether a gradient arrived at all. None is as good as zeros, and counts as
    /// such.
    pub arrived: bool,
    /// Its elements that lie on a kink.
    pub kinks: Vec<AtKink>,
    /// The elements where backward and reference are furthest apart, the worst first;
    /// none for a tensor without elements.
    pub worst: Vec<Compared>,
    /// The element with the largest gradient, by the reference.
    pub largest: Option<Compared>,
    /// The largest entry of the reference, or 1 where that is larger.
    pub scale: f64,
    /// What the difference looks like, where there is one.
    pub diagnosis: Option<Diagnosis>,
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

/// An element on a kink: any gradient between those of the two sides is one, and the
/// layer declares which it takes.
#[derive(Clone, Debug)]
pub struct AtKink {
    /// Its index.
    pub index: Shape,
    /// Where the kink is, and the slope that is declared.
    pub kink: Kink,
    /// The gradient by the slope on the left.
    pub left: f64,
    /// The gradient by the slope on the right.
    pub right: f64,
    /// What the backward says.
    pub backward: f64,
}

impl Compared {
    /// How far apart the two are. A NaN on one side alone is infinitely far.
    pub fn difference(&self) -> f64 {
        let (a, b) = (self.backward, self.reference);
        if a == b || (a.is_nan() && b.is_nan()) {
            0.0
        } else if a.is_nan() || b.is_nan() {
            f64::INFINITY
        } else {
            (a - b).abs()
        }
    }
}

impl Row {
    pub(super) fn new(name: &str, shape: &Shape, arrived: bool) -> Self {
        Row {
            name: name.to_owned(),
            shape: shape.clone(),
            arrived,
            kinks: Vec::new(),
            worst: Vec::new(),
            largest: None,
            scale: 1.0,
            diagnosis: None,
        }
    }

    /// Takes one more element into account.
    pub(super) fn take(&mut self, compared: Compared) {
        let size = compared.reference.abs();
        if size.is_finite() {
            self.scale = self.scale.max(size);
        }
        if self.largest.as_ref().is_none_or(|largest| size > largest.reference.abs()) {
            self.largest = Some(compared.clone());
        }
        let difference = compared.difference();
        let rank = self.worst.partition_point(|worse| worse.difference() >= difference);
        if rank < WORST {
            self.worst.truncate(WORST - 1);
            self.worst.insert(rank, compared);
        }
    }

    /// The largest difference, relative to the tensor's largest entry.
    pub fn relative_difference(&self) -> f64 {
        self.worst.first().map_or(0.0, |worst| worst.difference() / self.scale)
    }
}

impl Report {
    pub(super) fn new(method: &'static str, options: &CheckOptions, tolerance: f64) -> Self {
        Report {
            subject: "backward",
            method,
            seed: Some(options.seed),
            tolerance: options.tolerance.unwrap_or(tolerance),
            rows: Vec::new(),
            breaches: Vec::new(),
            diagnosed: false,
        }
    }

    /// Whether backward and reference agree everywhere, and nothing else is wrong.
    pub fn passed(&self) -> bool {
        self.breaches.is_empty() && self.rows.iter().all(|row| self.accepts(row))
    }

    pub(super) fn accepts(&self, row: &Row) -> bool {
        row.relative_difference() <= self.tolerance
    }

    /// The row where they are furthest apart.
    pub fn worst(&self) -> Option<&Row> {
        // The first of equals.
        let further = |a: &Row, b: &Row| a.relative_difference() > b.relative_difference();
        self.rows.iter().reduce(|worst, row| if further(row, worst) { row } else { worst })
    }

    /// What is wrong with the tensor of a name, where something is.
    pub fn diagnosis(&self, name: &str) -> Option<&Diagnosis> {
        self.rows.iter().find(|row| row.name == name)?.diagnosis.as_ref()
    }

    /// An error with the whole table, unless the check passed.
    pub fn into_result(self) -> Result<()> {
        if self.passed() {
            return Ok(());
        }
        Err(Error::new(ErrorKind::Argument, "check", format!("the backward is wrong\n{self}")))
    }
}
