//! Snapshots that no test makes any more: a page could include one and show what no program
//! prints.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;

use handgrad::catalog;

use crate::pages::files_below;

/// A problem for every snapshot that is neither named in a test nor a layer's own: that of
/// its example, and its page of the atlas.
pub(crate) fn problems(root: &Path) -> io::Result<Vec<String>> {
    let mut tests = String::new();
    for file in files_below(&root.join("tests/it"), "rs")? {
        tests += &fs::read_to_string(file)?;
    }
    let of_layers = catalog::entries()
        .into_iter()
        .flat_map(|entry| [entry.about.stem.to_owned(), format!("atlas_{}", entry.about.name)])
        .collect();
    let files = files_below(&root.join("tests/it/snapshots"), "snap")?;
    let names = files.iter().filter_map(|file| file.file_stem()?.to_str());
    let mut problems: Vec<String> = orphans(names, &of_layers, &tests)
        .map(|name| format!("tests/it/snapshots/{name}.snap: no test makes it; delete it"))
        .collect();
    problems.sort();
    Ok(problems)
}

fn orphans<'a>(
    names: impl Iterator<Item = &'a str>,
    of_layers: &HashSet<String>,
    tests: &str,
) -> impl Iterator<Item = &'a str> {
    names.filter(move |name| !of_layers.contains(*name) && !tests.contains(&format!("\"{name}\"")))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::orphans;

    #[test]
    fn a_snapshot_belongs_to_a_layer_or_to_a_test_that_names_it() {
        let of_layers = HashSet::from(["relu".to_owned()]);
        let names = ["relu", "relu_wrong", "relu_wrong_old"].into_iter();
        let tests = "assert_snapshot(\"relu_wrong\", &text)";
        assert_eq!(orphans(names, &of_layers, tests).collect::<Vec<_>>(), ["relu_wrong_old"]);
    }
}
