//! The chapter `appendix/glossary`.

use super::conventions::read;

/// A term, and the page it sends the reader to.
struct Entry {
    term: String,
    page: String,
}

fn entries() -> Vec<Entry> {
    let glossary = read("book/src/appendix/glossary.md");
    let mut entries = Vec::new();
    for line in glossary.lines() {
        let Some((term, text)) = line.strip_prefix("**").and_then(|rest| rest.split_once(".**"))
        else {
            continue;
        };
        // The last link is to where the term first stands.
        let target = text.rsplit_once("](").and_then(|(_, rest)| rest.split_once(')'));
        let (target, _) = target.unwrap_or_else(|| panic!("{term} has no link"));
        let target = target.split('#').next().unwrap_or(target);
        let page = match target.strip_prefix("../") {
            Some(page) => page.to_owned(),
            None => format!("appendix/{target}"),
        };
        entries.push(Entry { term: term.to_lowercase(), page });
    }
    assert!(entries.len() > 40, "the glossary has {} terms", entries.len());
    entries
}

#[test]
fn terms_stand_in_alphabetical_order_and_once() {
    let terms: Vec<String> = entries().into_iter().map(|entry| entry.term).collect();
    for pair in terms.windows(2) {
        assert!(pair[0] < pair[1], "{:?} stands before {:?}", pair[0], pair[1]);
    }
}

#[test]
fn the_page_that_a_term_names_has_the_term() {
    for Entry { term, page } in entries() {
        let text = read(&format!("book/src/{page}")).to_lowercase();
        // Lines may end within a term.
        let words: Vec<&str> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(&term), "{page} has no {term:?}");
    }
}
