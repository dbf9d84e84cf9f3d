//! The cells of the finished tables: how wide they must be, and what a heading stands over.

use std::fmt::Write;

use crate::lines::letters;
use crate::structure::tags;

/// Cells with more letters than this have a few words, which may be two lines on a phone.
const WORDS: usize = 9;

/// Cells with more letters than this have a sentence, of which a line must have some words.
const SENTENCE: usize = 24;

/// A page whose cells say how much is in them, and how many columns they stand over.
pub(crate) fn with_widths(page: &str) -> String {
    with_classes(&with_joined_headings(page))
}

/// Marks the cells that must not become narrow. A style sheet cannot count letters.
fn with_classes(page: &str) -> String {
    let mut with = String::with_capacity(page.len() + page.len() / 64);
    let (mut written, mut open) = (0, None);
    for tag in tags(page).filter(|tag| ["td", "th"].contains(&tag.name)) {
        let at = page.len() - tag.rest.len();
        if !tag.is_end {
            open = (!tag.text.contains("class=")).then_some((at, tag.text.len()));
        } else if let Some((begin, len)) = open.take() {
            let letters = seen(&page[begin..at]);
            if letters <= WORDS {
                continue;
            }
            let class = if letters <= SENTENCE { "words" } else { "sentence" };
            let name = begin - len - ">".len() + tag.name.len();
            with.extend([&page[written..name], " class=\"", class, "\""]);
            written = name;
        }
    }
    with + &page[written..]
}

/// How many letters of a piece of HTML are seen: what is said to the ear alone is not.
fn seen(html: &str) -> usize {
    let (mut count, mut from, mut in_math) = (0, 0, false);
    for tag in tags(html) {
        let until = html.len() - tag.rest.len();
        if !in_math {
            count += letters(html[from..until].split('<').next().unwrap_or_default());
        }
        if tag.name == "math" {
            in_math = !tag.is_end;
        }
        from = until;
    }
    count
}

/// A heading stands over the columns after it that have none, which Markdown cannot say. A first
/// column without a heading has those of the rows.
fn with_joined_headings(page: &str) -> String {
    let mut with = String::with_capacity(page.len());
    for (at, part) in page.split("<thead>").enumerate() {
        let (head, rest) = part.split_once("</thead>").unwrap_or(("", part));
        if at > 0 {
            with.extend(["<thead>", &joined(head), "</thead>"]);
        }
        with.push_str(rest);
    }
    with
}

fn joined(head: &str) -> String {
    let mut cells = head.split("<th");
    let mut with = cells.next().unwrap_or_default().to_owned();
    let mut cells = cells.peekable();
    let is_empty = |cell: &str| {
        cell.split_once('>').is_some_and(|(_, content)| content.trim_start().starts_with("</th>"))
    };
    while let Some(cell) = cells.next() {
        let mut columns = 1;
        let mut last = cell;
        while !is_empty(cell) && cells.peek().is_some_and(|next| is_empty(next)) {
            columns += 1;
            last = cells.next().unwrap_or_default();
        }
        let (text, _) = cell.split_once("</th>").unwrap_or((cell, ""));
        let (_, after) = last.split_once("</th>").unwrap_or((last, ""));
        with.push_str("<th");
        if columns > 1 {
            // Writing to a string cannot fail.
            let _ = write!(with, " colspan=\"{columns}\"");
        }
        with.extend([text, "</th>", after]);
    }
    with
}

#[cfg(test)]
mod tests {
    use super::{seen, with_joined_headings, with_widths};

    #[test]
    fn a_cell_with_words_or_a_sentence_is_marked() {
        let table = |class: &str, text: &str| {
            format!("<table><tr><th>a</th><td{class} style=\"x\">{text}</td></tr></table>")
        };
        let sentence = "twenty-six letters are it.";
        assert_eq!(with_widths(&table("", sentence)), table(" class=\"sentence\"", sentence));
        assert_eq!(with_widths(&table("", "some words")), table(" class=\"words\"", "some words"));
        for short in ["a", "<math>twenty-six letters are it.</math>"] {
            assert_eq!(with_widths(&table("", short)), table("", short));
        }
        assert_eq!(seen("a<b>b&amp;</b>c</td>"), 4);
    }

    #[test]
    fn a_heading_stands_over_the_columns_that_have_none() {
        let head = |cells: &str| format!("a<thead>\n<tr>{cells}</tr>\n</thead><th></th>");
        assert_eq!(
            with_joined_headings(&head("<th></th><th s=\"x\">a</th>\n<th></th><th>b</th>")),
            head("<th></th><th colspan=\"2\" s=\"x\">a</th><th>b</th>")
        );
        let full = head("<th>a</th><th>b</th>");
        assert_eq!(with_joined_headings(&full), full);
    }
}
