//! Listings and outputs, cut from the files of the repository.

use std::fs;
use std::path::{Component, Path, PathBuf};

/// The lines of insta's header; a snapshot's text begins below them.
const SNAPSHOT_HEADER: usize = 3;

/// The text that `path`, `path:anchor` or `path:4:` stands for, where the path is relative
/// to the page.
pub(crate) fn include(page: &Path, target: &str) -> Result<String, String> {
    let (path, selection) = target.split_once(':').unwrap_or((target, ""));
    let file = normal(&page.parent().unwrap_or(page).join(path));
    let text = fs::read_to_string(&file)
        .map_err(|error| format!("{} cannot be included: {error}", file.display()))?;
    let lines: Vec<&str> = text.lines().collect();
    let selected: Vec<&str> = if selection.is_empty() {
        lines
    } else if let Some(start) = selection.strip_suffix(':').and_then(|n| n.parse::<usize>().ok()) {
        if start != SNAPSHOT_HEADER + 1 || lines.get(SNAPSHOT_HEADER - 1) != Some(&"---") {
            return Err(format!("{target} is not the text of a snapshot; write {path}:4:"));
        }
        lines[SNAPSHOT_HEADER..].to_vec()
    } else {
        between_anchors(&lines, selection).ok_or_else(|| {
            format!(
                "{path} has no text between `ANCHOR: {selection}` and `ANCHOR_END: {selection}`"
            )
        })?
    };
    let selected: Vec<&str> =
        selected.into_iter().filter(|line| !line.contains("ANCHOR")).collect();
    if selected.iter().all(|line| line.trim().is_empty()) {
        return Err(format!("{target} is empty"));
    }
    Ok(outdented(&selected))
}

fn between_anchors<'a>(lines: &[&'a str], name: &str) -> Option<Vec<&'a str>> {
    let marks = |line: &str, marker: &str| {
        line.split_once(marker)
            .is_some_and(|(_, rest)| rest.split_whitespace().next() == Some(name))
    };
    let start = lines.iter().position(|line| marks(line, "ANCHOR:"))?;
    let len = lines[start..].iter().position(|line| marks(line, "ANCHOR_END:"))?;
    Some(lines[start + 1..start + len].to_vec())
}

/// Lines without the indentation that all of them have.
fn outdented(lines: &[&str]) -> String {
    let indentation = |line: &&str| line.len() - line.trim_start().len();
    let shared = lines.iter().filter(|line| !line.trim().is_empty()).map(indentation).min();
    let cut = |line: &&str| line.get(shared.unwrap_or(0)..).unwrap_or_default().to_owned();
    lines.iter().map(cut).collect::<Vec<_>>().join("\n")
}

/// `a/./b/../c` to `a/c`, so that messages show one path for one file.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(normal.pop()),
            Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::{between_anchors, outdented};

    #[test]
    fn an_anchor_is_named_exactly() {
        let lines =
            ["// ANCHOR: ab", "x", "// ANCHOR_END: ab", "// ANCHOR: a", "y", "// ANCHOR_END: a"];
        assert_eq!(between_anchors(&lines, "a"), Some(vec!["y"]));
        assert_eq!(between_anchors(&lines, "b"), None);
    }

    #[test]
    fn the_indentation_of_all_goes_and_that_of_some_stays() {
        assert_eq!(outdented(&["    a", "", "      b"]), "a\n\n  b");
    }
}
