//! Holds the book, the sources, the examples and the snapshots together: what
//! one of them names must be there in the others.

use std::fs;
use std::path::{Path, PathBuf};

use handgrad::catalog;

/// The sections of a layer's chapter, in order.
const SECTIONS: [&str; 11] = [
    "Why it exists",
    "By hand",
    "Predict first",
    "Forward",
    "Backward",
    "The check",
    "Step by step",
    "Pitfalls",
    "Beside its neighbours",
    "Exercises",
    "Sources",
];

/// The lines of insta's header; a snapshot's text begins below them.
const SNAPSHOT_HEADER: usize = 3;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn book() -> PathBuf {
    root().join("book/src")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A path as a message shows it: from the root of the repository.
fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

/// All files below a folder with an extension, sorted.
fn files_below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", shown(&folder)));
        for entry in entries {
            let path = entry.expect("a readable folder").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// The chapters: every page but the table of contents.
fn chapters() -> Vec<PathBuf> {
    let mut pages = files_below(&book(), "md");
    pages.retain(|page| !page.ends_with("SUMMARY.md"));
    assert!(!pages.is_empty(), "book/src has no chapters");
    pages
}

/// `a/./b/../c` to `a/c`, so that one file has one path.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n  {}", problems.len(), problems.join("\n  "));
}

/// The lines of a page that are text, with their numbers: not those of listings.
fn prose(text: &str) -> Vec<(usize, &str)> {
    let mut inside_listing = false;
    let mut lines = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        if line.trim_start().starts_with("```") {
            inside_listing = !inside_listing;
        } else if !inside_listing {
            lines.push((number, line));
        }
    }
    lines
}

/// What is between `open` and `close`, each time they occur in a line.
fn between<'a>(line: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    line.split(open)
        .skip(1)
        .filter_map(|rest| rest.split_once(close).map(|(inner, _)| inner))
        .collect()
}

/// Whether a line holds mdBook's marker `ANCHOR: name` or `ANCHOR_END: name`.
fn marks(line: &str, marker: &str, name: &str) -> bool {
    line.split_once(marker).is_some_and(|(_, rest)| {
        let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
        rest.trim_start().split(|c| !word(c)).next() == Some(name)
    })
}

/// What is wrong with `{{#include target}}` on a page in `folder`.
fn problem_of_include(folder: &Path, target: &str) -> Option<String> {
    let mut parts = target.trim().splitn(2, ':');
    let file = normal(&folder.join(parts.next().unwrap_or_default()));
    let Ok(text) = fs::read_to_string(&file) else {
        return Some(format!("{} does not exist; mend the path or add the file", shown(&file)));
    };
    let lines: Vec<&str> = text.lines().collect();
    let Some(selection) = parts.next() else {
        return lines.is_empty().then(|| format!("{} is empty", shown(&file)));
    };
    if selection.starts_with(|c: char| c.is_ascii_digit() || c == ':') {
        problem_of_range(&file, &lines, selection)
    } else {
        problem_of_anchor(&file, &lines, selection)
    }
}

fn problem_of_range(file: &Path, lines: &[&str], selection: &str) -> Option<String> {
    let (start, end) = selection.split_once(':').unwrap_or((selection, selection));
    let line =
        |text: &str, open: usize| if text.is_empty() { Some(open) } else { text.parse().ok() };
    let (Some(start), Some(end)) = (line(start, 1), line(end, lines.len())) else {
        return Some(format!("{selection:?} is no range of lines; write start:end"));
    };
    if start == 0 || start > end || end > lines.len() {
        return Some(format!(
            "lines {start} to {end} of {} do not exist, it has {}",
            shown(file),
            lines.len()
        ));
    }
    let is_snapshot = file.extension().is_some_and(|extension| extension == "snap");
    let header_ends = lines.get(SNAPSHOT_HEADER - 1) == Some(&"---");
    if is_snapshot && !(start == SNAPSHOT_HEADER + 1 && end == lines.len() && header_ends) {
        return Some(format!(
            "{} must be included whole and without its header, as {}:4:",
            shown(file),
            shown(file)
        ));
    }
    None
}

fn problem_of_anchor(file: &Path, lines: &[&str], name: &str) -> Option<String> {
    let start = lines.iter().position(|line| marks(line, "ANCHOR:", name));
    let Some(start) = start else {
        return Some(format!("{} has no `ANCHOR: {name}`; add the two markers", shown(file)));
    };
    let end = lines[start..].iter().position(|line| marks(line, "ANCHOR_END:", name));
    let Some(len) = end else {
        return Some(format!("{} has no `ANCHOR_END: {name}`; add it", shown(file)));
    };
    let between = &lines[start + 1..start + len];
    let empty = between.iter().all(|line| line.trim().is_empty() || line.contains("ANCHOR"));
    empty.then(|| format!("the anchor {name} of {} holds nothing", shown(file)))
}

/// The name that mdBook gives a heading: `## The check` is `#the-check`.
fn fragment(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || "-_ ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// What is wrong with a link on a page at `page`.
fn problem_of_link(page: &Path, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let file = match file {
        "" => page.to_owned(),
        file => normal(&page.parent().expect("a page lies in a folder").join(file)),
    };
    let Ok(text) = fs::read_to_string(&file) else {
        return Some(format!("{} does not exist; mend the link", shown(&file)));
    };
    let known = prose(&text).iter().any(|(_, l)| l.starts_with('#') && fragment(l) == anchor);
    (!anchor.is_empty() && !known)
        .then(|| format!("{} has no heading #{anchor}; mend the link", shown(&file)))
}

#[test]
fn every_listing_of_the_book_is_there() {
    let mut problems = Vec::new();
    for page in chapters() {
        let text = read(&page);
        let folder = page.parent().expect("a page lies in a folder");
        for (number, line) in (1..).zip(text.lines()) {
            for target in between(line, "{{#include", "}}") {
                if let Some(problem) = problem_of_include(folder, target) {
                    problems.push(format!("{}:{number}: {problem}", shown(&page)));
                }
            }
        }
        if text.lines().filter(|line| line.trim_start().starts_with("```")).count() % 2 == 1 {
            problems.push(format!("{}: a ``` is never closed", shown(&page)));
        }
    }
    assert_none(&problems);
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let mut problems = Vec::new();
    for page in files_below(&book(), "md") {
        for (number, line) in prose(&read(&page)) {
            for target in between(line, "](", ")") {
                if let Some(problem) = problem_of_link(&page, target) {
                    problems.push(format!("{}:{number}: {problem}", shown(&page)));
                }
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn the_table_of_contents_lists_every_chapter_once() {
    let summary = read(&book().join("SUMMARY.md"));
    let listed: Vec<PathBuf> = summary
        .lines()
        .flat_map(|line| between(line, "](", ")"))
        .map(|target| normal(&book().join(target)))
        .collect();
    let mut problems = Vec::new();
    for chapter in chapters() {
        let times = listed.iter().filter(|listed| **listed == chapter).count();
        if times != 1 {
            let chapter = shown(&chapter);
            problems.push(format!("SUMMARY.md lists {chapter} {times} times; list it once"));
        }
    }
    for listed in listed.iter().filter(|listed| !listed.exists()) {
        problems.push(format!("SUMMARY.md lists {}; write it or strike it", shown(listed)));
    }
    assert_none(&problems);
}

#[test]
fn every_layer_has_its_source_example_chapter_and_snapshot() {
    let mut problems = Vec::new();
    for entry in catalog::entries() {
        let about = &entry.about;
        let snapshot = format!("tests/it/snapshots/{}.snap", about.stem);
        let run = "run `cargo build --examples`, then `INSTA_UPDATE=always cargo test --test it`";
        for (what, path, remedy) in [
            ("source", about.source(), "a layer's file bears its stem"),
            ("example", about.example(), "write one that prints forward, backward and check"),
            ("chapter", about.chapter(), "write it and list it in book/src/SUMMARY.md"),
            ("snapshot", snapshot, run),
        ] {
            if !root().join(&path).is_file() {
                problems.push(format!("{} has no {what} {path}; {remedy}", about.name));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn the_readme_names_every_layer() {
    let readme = read(&root().join("README.md"));
    let words: Vec<&str> = readme.split(|c: char| !c.is_alphanumeric()).collect();
    let missing: Vec<String> = catalog::entries()
        .iter()
        .filter(|entry| !words.contains(&entry.about.name))
        .map(|entry| format!("the README does not name {}", entry.about.name))
        .collect();
    assert_none(&missing);
}

#[test]
fn every_layers_chapter_has_its_sections_in_order() {
    let mut problems = Vec::new();
    for entry in catalog::entries() {
        let page = root().join(entry.about.chapter());
        // A chapter that is missing is named by the test above.
        let Ok(text) = fs::read_to_string(&page) else { continue };
        let lines = prose(&text);
        // There is one chapter for a layer that PyTorch has for several ranks.
        let (name, stem) = (entry.about.name, entry.about.stem);
        let shared = catalog::entries().iter().filter(|other| other.about.stem == stem).count() > 1;
        let name = if shared { name.trim_end_matches(['1', '2', '3', 'd']) } else { name };
        let title = format!("# {name}");
        if lines.first().map(|(_, line)| *line) != Some(title.as_str()) {
            problems.push(format!("{} must begin with `{title}`", shown(&page)));
        }
        let sections: Vec<&str> =
            lines.iter().filter_map(|(_, line)| line.strip_prefix("## ")).collect();
        if sections != SECTIONS {
            let (found, wanted) = (sections.join(", "), SECTIONS.join(", "));
            problems.push(format!("{} has the sections {found}; give it {wanted}", shown(&page)));
        }
    }
    assert_none(&problems);
}

#[test]
fn the_readme_shows_the_comparison_that_was_measured() {
    let measured = read(&root().join("benches/compared.md"));
    let readme = read(&root().join("README.md"));
    assert!(readme.contains(measured.trim()), "copy benches/compared.md into the README");
    let errors = read(&root().join("benches/errors.md"));
    let summary = errors.trim().lines().last().expect("the summary is the last line");
    assert!(readme.contains(summary), "copy the last line of benches/errors.md into the README");
}

#[test]
fn every_snapshot_belongs_to_a_test() {
    let tests: String =
        files_below(&root().join("tests/it"), "rs").iter().map(|f| read(f)).collect();
    // A layer has its example's and its page of the atlas.
    let of_layers: Vec<String> = catalog::entries()
        .iter()
        .flat_map(|e| [e.about.stem.to_owned(), format!("atlas_{}", e.about.name)])
        .collect();
    let mut problems = Vec::new();
    for snapshot in files_below(&root().join("tests/it/snapshots"), "snap") {
        let name = snapshot.file_stem().expect("a file has a name").to_string_lossy().into_owned();
        if !of_layers.contains(&name) && !tests.contains(&format!("\"{name}\"")) {
            problems.push(format!("no test makes {}; delete it", shown(&snapshot)));
        }
    }
    assert_none(&problems);
}

/// A lint that finds nothing must be one that could.
#[test]
fn the_lint_sees_what_is_wrong() {
    let page = book().join("activation/relu.md");
    let folder = page.parent().expect("a page lies in a folder");
    let include = |target: &str| problem_of_include(folder, target).unwrap_or_default();
    assert_eq!(include("../../../src/activation/relu.rs:relu"), "");
    assert_eq!(include("../../../tests/it/snapshots/relu.snap:4:"), "");
    assert!(include("../../../src/activation/rleu.rs:relu").contains("does not exist"));
    assert!(include("../../../src/activation/relu.rs:rel").contains("no `ANCHOR: rel`"));
    assert!(include("../../../src/activation/relu.rs:9000:").contains("do not exist"));
    assert!(include("../../../tests/it/snapshots/relu.snap:5:7").contains("whole"));

    let link = |target: &str| problem_of_link(&page, target).unwrap_or_default();
    assert_eq!(link("https://example.org/missing.md"), "");
    assert_eq!(link("#the-check"), "");
    assert!(link("#the-chek").contains("no heading"));
    assert!(link("rleu.md").contains("does not exist"));

    let listing = "text [a](b.md)\n```rust\n[c](d.md)\n```\nmore";
    assert_eq!(prose(listing), [(1, "text [a](b.md)"), (5, "more")]);
    let markers = ["// ANCHOR: a", "  // ANCHOR_END: a"];
    assert!(problem_of_anchor(&page, &markers, "a").is_some_and(|p| p.contains("holds nothing")));
    assert!(problem_of_anchor(&page, &markers[..1], "a").is_some_and(|p| p.contains("_END")));
}
