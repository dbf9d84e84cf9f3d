//! The chapter `appendix/bibliography`.

use std::fs;
use std::path::Path;

use super::conventions::read;

/// The book's other pages: their paths in `book/src`, and their texts.
fn pages() -> Vec<(String, String)> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("book/src");
    let names = |folder: &Path| -> Vec<String> {
        let entries = fs::read_dir(folder).expect("the book's folder");
        entries
            .map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into())
            .collect()
    };
    let mut pages = Vec::new();
    for folder in names(&book).into_iter().filter(|name| book.join(name).is_dir()) {
        for file in names(&book.join(&folder)) {
            let page = format!("{folder}/{file}");
            if file.strip_suffix(".md").is_some() && page != "appendix/bibliography.md" {
                let text = read(&format!("book/src/{page}"));
                pages.push((page, text));
            }
        }
    }
    pages.sort();
    pages
}

/// What stands under a page's last heading.
fn sources(page: &str) -> &str {
    page.split_once("\n## Sources\n").map_or("", |(_, sources)| sources)
}

/// Letters and digits alone: how two ways to set the same words agree.
fn letters(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A title without what follows its colon, which a chapter may leave out.
fn short(title: &str) -> String {
    letters(title.split(':').next().unwrap_or(title))
}

/// What stands between two marks of a kind.
fn between(text: &str, mark: char) -> Vec<&str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// A line of the bibliography.
struct Entry {
    line: String,
    /// The first author's surname, then all others' names: He stands before Hendrycks.
    author: (String, String),
    /// Articles are quoted, books are slanted.
    titles: Vec<String>,
    /// The pages it names.
    pages: Vec<String>,
}

impl Entry {
    fn new(line: &str) -> Self {
        let mark = if line.contains('"') { '"' } else { '*' };
        let targets = line.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
        let page = |target: &str| match target.strip_prefix("../") {
            Some(page) => page.to_owned(),
            None => format!("appendix/{target}"),
        };
        let authors = line.split(mark).next().unwrap_or_default();
        let (surname, others) = authors.split_once(',').unwrap_or((authors, ""));
        Entry {
            line: line.to_owned(),
            author: (letters(surname), letters(others)),
            titles: between(line, mark).into_iter().map(short).collect(),
            pages: targets.map(|(target, _)| page(target)).collect(),
        }
    }
}

fn entries() -> Vec<Entry> {
    let page = read("book/src/appendix/bibliography.md");
    let entries: Vec<Entry> =
        page.lines().filter_map(|line| line.strip_prefix("- ")).map(Entry::new).collect();
    assert!(entries.len() > 80, "the bibliography has {} entries", entries.len());
    entries
}

#[track_caller]
fn assert_none(problems: &[String]) {
    assert!(problems.is_empty(), "{} problems:\n  {}", problems.len(), problems.join("\n  "));
}

#[test]
fn every_arxiv_number_of_the_book_is_in_the_bibliography() {
    let bibliography = read("book/src/appendix/bibliography.md");
    let mut problems = Vec::new();
    for (page, text) in pages() {
        for rest in text.split("arXiv:").skip(1) {
            let number: String =
                rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
            let number = number.trim_end_matches('.');
            if !bibliography.contains(&format!("arXiv:{number}")) {
                problems.push(format!("{page} cites arXiv:{number}; add it to the bibliography"));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn every_title_among_a_pages_sources_is_an_entry_that_names_the_page() {
    let entries = entries();
    let mut problems = Vec::new();
    for (page, text) in pages() {
        for title in between(sources(&text), '"') {
            match entries.iter().find(|entry| entry.titles.contains(&short(title))) {
                None => problems.push(format!("{page} cites {title:?}; add an entry")),
                Some(entry) if !entry.pages.contains(&page) => {
                    problems.push(format!("the entry of {title:?} must name {page}"));
                }
                Some(_) => {}
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn every_entry_is_among_the_sources_of_the_pages_it_names() {
    let mut problems = Vec::new();
    for entry in entries() {
        let line = &entry.line;
        let Some(title) = entry.titles.first().filter(|title| !title.is_empty()) else {
            problems.push(format!("no title in {line:?}"));
            continue;
        };
        if entry.pages.is_empty() {
            problems.push(format!("no page is named in {line:?}"));
        }
        for page in &entry.pages {
            if !letters(sources(&read(&format!("book/src/{page}")))).contains(title) {
                problems.push(format!("{page} does not cite {line:?}"));
            }
        }
    }
    assert_none(&problems);
}

#[test]
fn entries_stand_by_author() {
    for pair in entries().windows(2) {
        let [before, after] = pair else { unreachable!("a window of two") };
        assert!(before.author <= after.author, "{} stands before {}", before.line, after.line);
    }
}
