//! Formulas in the search. A page has each of them three times, for the ear, as source and for
//! the eye; what a search shows of it needs it once.

use std::fs;
use std::io;
use std::path::Path;

use crate::pages::files_below;

/// Letters that no text has. They stand round what the search leaves out, until the book is
/// built.
const LEFT_OUT: [char; 2] = ['\u{e000}', '\u{e001}'];

/// A formula of KaTeX of which the search is to have the MathML alone.
pub(crate) fn once(formula: &str) -> String {
    let Some(begin) =
        formula.find("<annotation").and_then(|at| Some(at + formula[at..].find('>')? + 1))
    else {
        return formula.to_owned();
    };
    let end = formula.trim_end_matches("</span>").len();
    let [open, close] = LEFT_OUT;
    format!("{}{open}{}{close}{}", &formula[..begin], &formula[begin..end], &formula[end..])
}

/// A finished page, which has its formulas whole.
pub(crate) fn whole(page: &str) -> String {
    page.replace(LEFT_OUT, "")
}

/// Takes out of the search below a folder what it is to leave out.
pub(crate) fn finish(folder: &Path) -> io::Result<()> {
    for file in files_below(folder, "js")? {
        if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("searchindex")) {
            fs::write(&file, without(&fs::read_to_string(&file)?))?;
        }
    }
    Ok(())
}

/// The search's texts without what is left out. Its index of words, a tree of letters, knows the
/// two marks as well; there they mark nothing.
fn without(text: &str) -> String {
    let [open, close] = LEFT_OUT;
    let is_tree = |part: &str| part.contains("\":{");
    let mut parts = text.split(open);
    let mut kept = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(close) {
            Some((out, after)) if !is_tree(out) => kept.push_str(after),
            _ => {
                kept.push(open);
                kept.push_str(part);
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::{once, whole, without};

    #[test]
    fn a_formula_is_whole_on_its_page_and_once_in_the_search() {
        let formula = "<span>x<annotation e=\"\">\\x</annotation><span>x</span></span>";
        let marked = format!("a {} b {} c", once(formula), once(formula));
        assert_eq!(whole(&marked), format!("a {formula} b {formula} c"));
        assert_eq!(
            without(&marked),
            "a <span>x<annotation e=\"\"></span></span> b <span>x<annotation e=\"\"></span></span> c"
        );
        assert_eq!(once("x"), "x");
        let tree = "\"\u{e000}\":{\"a\":{}},\"\u{e001}\":{}";
        assert_eq!(without(tree), tree);
    }
}
