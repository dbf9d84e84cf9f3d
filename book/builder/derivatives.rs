//! The table of derivatives: each layer's formulas from the head of its file, and what the
//! crate computes with them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use handgrad::catalog::{self, Entry};
use handgrad::module::{Args, Choice, Family};
use handgrad::tape::SavedTensor;
use handgrad::{Result, Tape, Tensor};

use crate::figures;
use crate::figures::svg::escaped;
use crate::links;
use crate::number::short;
use crate::scalar;
use crate::tables::chapter;

/// The inputs whose slopes are shown.
const INPUTS: [f64; 3] = [-1.0, 0.0, 1.0];

/// What most norms share stands in a file that is no layer's, and has a chapter.
const SHARED: [&str; 2] = ["src/norm/standardized.rs", "book/src/norm/one_formula.md"];

/// The tables: functions of one number with their slopes, then what hangs together.
pub(crate) fn derivatives(root: &Path, page: &Path) -> std::result::Result<String, String> {
    let context = |entry: &Entry, error| format!("{}: {error}", entry.about.name);
    let columns = ["Layer", "Slope at −1", "at 0", "at 1", "Slope at its kinks", "Keeps"];
    let mut rows = String::new();
    for entry in scalar::entries() {
        let cells = of_one_number(&entry).map_err(|error| context(&entry, error))?;
        rows += &row(root, page, &entry, &scalar::arguments(&entry).to_string(), &cells)?;
    }
    let mut html = table("Functions of one number", &columns, &rows);
    for (family, title) in [(Family::Activation, "Gates and softmaxes"), (Family::Norm, "Norms")] {
        let mut rows = String::new();
        let mut seen = HashSet::new();
        for entry in catalog::entries() {
            let is_other = entry.about.family == family && !scalar::is_of_one_number(&entry);
            if is_other && seen.insert(entry.about.stem) {
                let (args, shape) = figures::example(&entry);
                let kept = kept(&entry, &args, &Tensor::ones(shape));
                let kept = kept.map_err(|error| context(&entry, error))?;
                rows += &row(root, page, &entry, "", &[kept])?;
            }
        }
        if family == Family::Norm {
            let [file, chapter] = SHARED;
            let link = links::from_page(page, &root.join(chapter));
            let name = format!("<a href=\"{link}\">What they share</a>");
            rows += &body(&name, &[String::new()], &formulas(root, file)?);
        }
        html += &table(title, &["Layer", "Keeps"], &rows);
    }
    Ok(html)
}

fn table(title: &str, columns: &[&str], rows: &str) -> String {
    let columns = columns.join("</th><th scope=\"col\">");
    format!(
        "\n## {title}\n\n<div class=\"table-wrapper\"><table class=\"derivatives\"><thead><tr>\
         <th scope=\"col\">{columns}</th></tr></thead>{rows}</table></div>\n"
    )
}

/// A layer's slopes, kinks, and what it keeps.
fn of_one_number(entry: &Entry) -> Result<Vec<String>> {
    let args = scalar::arguments(entry);
    let mut cells: Vec<String> =
        scalar::at(entry, &args, &INPUTS)?.slopes.into_iter().map(short).collect();
    let mut kinks = Vec::new();
    for kink in entry.kinks(&args)? {
        let slope = short(scalar::at(entry, &args, &[kink.at])?.slopes[0]);
        let side = match kink.slope {
            Choice::Left => ", as below",
            Choice::Right => ", as above",
            Choice::Value(_) => "",
        };
        kinks.push(format!("at {}: {slope}{side}", short(kink.at)));
    }
    cells.push(if kinks.is_empty() { "none".to_owned() } else { kinks.join("<br>") });
    cells.push(kept(entry, &args, &Tensor::new([[0.7, -0.2]]))?);
    Ok(cells)
}

/// What all operations of a layer keep for the backward, as the tape says.
fn kept(entry: &Entry, args: &Args, x: &Tensor<f64>) -> Result<String> {
    let mut layer = catalog::build::<f64>(entry.about.name, args)?;
    let tape = Tape::new();
    let y = layer.forward(tape.leaf(x.clone()))?.value();
    let called = |(name, saved): &(&str, SavedTensor<f64>)| {
        if saved.shares_storage(&y) {
            "output".to_owned()
        } else if saved.shares_storage(x) {
            "input".to_owned()
        } else {
            escaped(name)
        }
    };
    let mut kept: Vec<String> = Vec::new();
    for id in 0..tape.len() {
        for name in tape.node(id)?.saved.iter().map(called) {
            if !kept.contains(&name) {
                kept.push(name);
            }
        }
    }
    Ok(if kept.is_empty() { "nothing".to_owned() } else { kept.join(", ") })
}

/// Two rows of a table: a layer's cells, and below them its formulas. `args` are those that
/// the cells were computed with, where they are not the defaults.
fn row(
    root: &Path,
    page: &Path,
    entry: &Entry,
    args: &str,
    cells: &[String],
) -> std::result::Result<String, String> {
    let about = &entry.about;
    let all = catalog::entries();
    let is_shared = all.iter().filter(|other| other.about.stem == about.stem).count() > 1;
    // PyTorch has some layers for several ranks; they are one here, but for their names.
    let name = if is_shared { about.name.trim_end_matches(['1', 'd']) } else { about.name };
    let name = match chapter(root, page, entry) {
        Some(chapter) => format!("<a href=\"{chapter}\">{name}</a>"),
        None => name.to_owned(),
    };
    let mut formulas = formulas(root, &about.source())?;
    if !args.is_empty() {
        formulas.push(format!("slopes with {args}"));
    }
    Ok(body(&name, cells, &formulas))
}

fn body(name: &str, cells: &[String], formulas: &[String]) -> String {
    let columns = cells.len() + 1;
    let cells = cells.join("</td><td>");
    let formulas: Vec<String> = formulas.iter().map(|line| escaped(line)).collect();
    format!(
        "<tbody><tr><th scope=\"row\">{name}</th><td>{cells}</td></tr><tr><td colspan=\"{columns}\">\
         <div class=\"formulas\">{}</div></td></tr></tbody>",
        formulas.join("<br>")
    )
}

/// The lines of the text block that a layer's file begins with, one formula in each.
fn formulas(root: &Path, file: &str) -> std::result::Result<Vec<String>, String> {
    let text = fs::read_to_string(root.join(file)).map_err(|error| format!("{file}: {error}"))?;
    let block = block(&text).ok_or_else(|| {
        format!("{file} does not begin with a comment that has its formulas in a ```text block")
    })?;
    // A source's comment marks code; here all of it is code.
    Ok(block.into_iter().flat_map(parted).map(|line| line.replace('`', "")).collect())
}

fn block(text: &str) -> Option<Vec<&str>> {
    let head = text.lines().take_while(|line| line.starts_with("//!"));
    let mut head = head.map(|line| line["//!".len()..].trim_end()).skip_while(|l| *l != " ```text");
    head.next()?;
    let block: Vec<&str> = head.take_while(|line| *line != " ```").collect();
    let block: Vec<&str> =
        block.into_iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    (!block.is_empty()).then_some(block)
}

/// A line before each further cotangent in it: `y = ..        x̄ = ..` is two formulas. A
/// remark stays beside its formula, a little nearer.
fn parted(line: &str) -> Vec<String> {
    const APART: &str = "    ";
    let mut parts: Vec<String> = Vec::new();
    for part in line.split(APART).map(str::trim).filter(|part| !part.is_empty()) {
        let begins_cotangent = part.chars().nth(1) == Some('\u{304}');
        match parts.last_mut() {
            Some(last) if !begins_cotangent => last.extend([APART, part]),
            last => {
                if let Some(last) = last {
                    last.truncate(last.trim_end_matches(',').len());
                }
                parts.push(part.to_owned());
            }
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use handgrad::catalog;

    use super::{block, derivatives, of_one_number, parted};

    #[test]
    fn a_file_says_its_formulas_in_its_first_text_block() {
        let file = "//! A.\n//!\n//! ```text\n//! y = x        x̄ = ȳ\n//!   z\n//! ```\n//! b\n";
        assert_eq!(block(file).unwrap(), ["y = x        x̄ = ȳ", "  z"]);
        assert!(block("//! A.\nuse b;\n//! ```text\n//! y\n//! ```\n").is_none());
    }

    #[test]
    fn each_cotangent_begins_a_line_and_a_remark_does_not() {
        assert_eq!(parted("y = x        x̄ = ȳ"), ["y = x", "x̄ = ȳ"]);
        assert_eq!(parted("ā = b ȳ,     b̄ = a ȳ"), ["ā = b ȳ", "b̄ = a ȳ"]);
        assert_eq!(parted("y = x / d         over a row"), ["y = x / d    over a row"]);
        assert_eq!(parted("       x̄ = ȳ"), ["x̄ = ȳ"]);
        assert_eq!(parted("y = x w,    w = f(x)"), ["y = x w,    w = f(x)"]);
    }

    #[test]
    fn slopes_and_kinks_are_the_crates() {
        let cells = |name| of_one_number(&catalog::find(name).unwrap()).unwrap();
        assert_eq!(
            cells("ReLU6"),
            ["0", "0", "1", "at 0: 0, as below<br>at 6: 0, as above", "output"]
        );
        assert_eq!(cells("LeakyReLU")[..3], ["0.01", "0.01", "1"]);
        assert_eq!(cells("Tanh")[3..], ["none", "output"]);
    }

    #[test]
    fn every_layer_has_its_formulas() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let html = derivatives(root, &root.join("book/src/appendix/derivatives.md")).unwrap();
        assert!(html.contains("<a href=\"../activation/relu.md\">ReLU</a>"));
        assert!(
            html.contains("<div class=\"formulas\">y = max(x, 0)<br>x̄ = ȳ where x &gt; 0, else 0")
        );
        assert_eq!(html.matches(">BatchNorm</a>").count(), 1);
        assert!(!html.contains('`'));
    }
}
