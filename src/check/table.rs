//! A report as text.

use std::fmt::{self, Display};

use super::reference::exceeds;
use super::report::{AtKink, Compared, Report, Row};
use crate::module::Choice;

/// A number in so many digits after the point, and a 0 without a sign.
fn digits<const N: usize>(x: f64) -> String {
    let text = format!("{x:.N$}");
    match text.strip_prefix('-') {
        Some(zero) if zero.chars().all(|c| c == '0' || c == '.') => zero.to_owned(),
        _ => text,
    }
}

/// How many elements on kinks are printed of each tensor.
const KINKS_SHOWN: usize = 3;

/// Cells in columns as wide as their widest, those of `left` flush left.
pub(super) fn write_columns<const N: usize>(
    f: &mut fmt::Formatter<'_>,
    rows: &[[String; N]],
    left: [bool; N],
) -> fmt::Result {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: [usize; N] = std::array::from_fn(|column| width(column).unwrap_or(0));
    for row in rows {
        let mut line = String::new();
        for ((cell, &width), left) in row.iter().zip(&widths).zip(left) {
            let padding = " ".repeat(width - cell.chars().count());
            let (before, after) =
                if left { ("", padding.as_str()) } else { (padding.as_str(), "") };
            line.extend(["  ", before, cell, after]);
        }
        writeln!(f, "{}", line.trim_end())?;
    }
    Ok(())
}

/// The table; below it what happens at kinks and what else is wrong; the elements that
/// are furthest off and what that looks like; the verdict.
impl Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cotangent = match self.seed {
            Some(seed) => format!("random cotangent, seed {seed}"),
            None => "the given cotangent".to_owned(),
        };
        let (method, tolerance) = (self.method, self.tolerance);
        writeln!(f, "{} against {method} ({cotangent}; tolerance {tolerance:.0e})", self.subject)?;
        self.write_table(f)?;
        for row in &self.rows {
            write_kinks(f, row)?;
        }
        for breach in &self.breaches {
            writeln!(f, "  {breach}")?;
        }
        for row in self.rows.iter().filter(|row| !self.accepts(row)) {
            write_worst(f, row, self.tolerance * row.scale)?;
            if self.diagnosed {
                write_diagnosis(f, row)?;
            }
        }
        match self.worst() {
            Some(row) if !self.accepts(row) => {
                let worst = row.worst.first().map(|worst| worst.index.clone()).unwrap_or_default();
                let what = match row.name.as_str() {
                    "output" => "the output".to_owned(),
                    name => format!("the gradient of {name}"),
                };
                write!(f, "FAILED: {what} is furthest off at {worst}")
            }
            _ if !self.breaches.is_empty() => write!(f, "FAILED"),
            _ => write!(f, "passed"),
        }
    }
}

impl Report {
    fn write_table(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rows.is_empty() {
            return Ok(());
        }
        let titles =
            ["tensor", "shape", "kinks", "at", "value", "backward", "reference", "off by", ""];
        let mut cells = vec![titles.map(str::to_owned)];
        cells.extend(self.rows.iter().map(|row| self.cells(row)));
        let left = [true, true, false, false, false, false, false, false, true];
        write_columns(f, &cells, left)
    }

    /// A row of the table. Where it is wrong it shows the element furthest off.
    /// Where it is right that would be a matter of rounding, which differs from
    /// machine to machine, and it shows the largest gradient instead.
    fn cells(&self, row: &Row) -> [String; 9] {
        let accepted = self.accepts(row);
        let (shown, verdict) =
            if accepted { (row.largest.as_ref(), "ok") } else { (row.worst.first(), "WRONG") };
        let off_by = |compared: &Compared| {
            if accepted {
                format!("< {:.0e}", self.tolerance)
            } else {
                format!("{:.1e}", compared.difference())
            }
        };
        let cell = |text: &dyn Fn(&Compared) -> String| shown.map_or_else(|| "-".to_owned(), text);
        [
            row.name.clone(),
            row.shape.to_string(),
            row.kinks.len().to_string(),
            cell(&|compared| compared.index.to_string()),
            cell(&|compared| digits::<4>(compared.value)),
            cell(&|compared| digits::<6>(compared.backward)),
            cell(&|compared| digits::<6>(compared.reference)),
            cell(&off_by),
            verdict.to_owned(),
        ]
    }
}

/// The interval of gradients at each of the first few kinks.
fn write_kinks(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    // Where only the slope's slope jumps there is nothing to choose.
    let is_choice = |kink: &&AtKink| exceeds((kink.left - kink.right).abs(), 1e-6 * row.scale);
    let kinks: Vec<&AtKink> = row.kinks.iter().filter(is_choice).collect();
    for kink in kinks.iter().take(KINKS_SHOWN) {
        writeln!(f, "  {} at {}, a kink: {kink}", row.name, kink.index)?;
    }
    match kinks.len().saturating_sub(KINKS_SHOWN) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more elements of {} on kinks", row.name),
    }
}

impl Display for AtKink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |slope: f64| {
            if slope.is_finite() { digits::<6>(slope) } else { "a jump".to_owned() }
        };
        let declared = match self.kink.slope {
            Choice::Left => "left".to_owned(),
            Choice::Right => "right".to_owned(),
            Choice::Value(slope) => format!("slope {slope}"),
        };
        let (left, right) = (side(self.left), side(self.right));
        let backward = digits::<6>(self.backward);
        write!(f, "left {left}, right {right}; declared: {declared}; backward {backward}")
    }
}

/// The elements furthest off.
fn write_worst(f: &mut fmt::Formatter<'_>, row: &Row, allowed: f64) -> fmt::Result {
    writeln!(f, "furthest off in {}:", row.name)?;
    let titles = ["at", "value", "backward", "reference", "difference", "ratio"];
    let mut cells = vec![titles.map(str::to_owned)];
    for worst in row.worst.iter().filter(|worst| worst.difference() > allowed) {
        let ratio = worst.backward / worst.reference;
        cells.push([
            worst.index.to_string(),
            digits::<4>(worst.value),
            digits::<6>(worst.backward),
            digits::<6>(worst.reference),
            digits::<6>(worst.backward - worst.reference),
            if ratio.is_finite() { digits::<4>(ratio) } else { "-".to_owned() },
        ]);
    }
    write_columns(f, &cells, [false; 6])
}

fn write_diagnosis(f: &mut fmt::Formatter<'_>, row: &Row) -> fmt::Result {
    match &row.diagnosis {
        Some(diagnosis) => writeln!(f, "diagnosis of {}: {diagnosis}", row.name),
        None => writeln!(
            f,
            "no diagnosis of {}: its Jacobian has too many entries; try a smaller input",
            row.name
        ),
    }
}
