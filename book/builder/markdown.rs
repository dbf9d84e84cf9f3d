//! Small changes to a chapter's Markdown that the look of the page needs.

/// Listings with more lines than this may be parted by the end of a page.
const SHORT_LISTING: usize = 30;

/// The text with the class `long` for each long listing: where to break a page is a matter of
/// style, but a style sheet cannot count lines.
pub(crate) fn with_long_listings(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let is_fence = |line: &str| line.trim_start().starts_with("```");
    let mut with = String::with_capacity(text.len());
    let mut in_listing = false;
    for (index, line) in lines.iter().enumerate() {
        in_listing ^= is_fence(line);
        if is_fence(line) && in_listing {
            let len = lines[index + 1..].iter().take_while(|line| !is_fence(line)).count();
            let mark = if len > SHORT_LISTING { ",long" } else { "" };
            with.extend([line.trim_end(), mark, "\n"]);
        } else {
            with.push_str(line);
        }
    }
    with
}

/// The text of a margin note is Markdown like any other, which it is not to Markdown unless
/// there are blank lines round it.
pub(crate) fn with_asides(text: &str) -> String {
    let mut with = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        let (begin, line) = match line.strip_prefix("<aside>") {
            Some(rest) => ("<aside>\n\n", rest),
            None => ("", line),
        };
        let (line, end) = match line.trim_end().strip_suffix("</aside>") {
            Some(rest) => (rest, "\n\n</aside>\n"),
            None => (line, ""),
        };
        with.extend([begin, line, end]);
    }
    with
}

/// The first line whose `<aside>` has no `</aside>` at the end of it or of a later line.
pub(crate) fn open_aside(text: &str) -> Option<usize> {
    let mut open = None;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("<aside>") && open.replace(number).is_some() {
            break;
        }
        if line.trim_end().ends_with("</aside>") {
            open = None;
        }
    }
    open
}

/// The first line within a paragraph that begins with `1. `, which makes a list of it: a
/// sentence's end that was broken off.
pub(crate) fn list_by_accident(text: &str) -> Option<usize> {
    let lines: Vec<&str> = text.lines().collect();
    let is_text = |line: &str| !line.is_empty() && !line.starts_with([' ', '-', '#', '|', '<']);
    (1..lines.len()).find(|&at| lines[at].starts_with("1. ") && is_text(lines[at - 1]))
}

#[cfg(test)]
mod tests {
    use super::{list_by_accident, open_aside, with_asides, with_long_listings};

    #[test]
    fn a_listing_of_more_than_thirty_lines_is_long() {
        let listing = |lines: usize| format!("a\n```text\n{}```\nb\n", "x\n".repeat(lines));
        assert_eq!(with_long_listings(&listing(30)), listing(30));
        let long = listing(31);
        assert_eq!(with_long_listings(&long), long.replacen("text", "text,long", 1));
    }

    #[test]
    fn a_margin_note_is_markdown() {
        let opened = "a\n\n<aside>\n\n*b* c\n\n</aside>\n\nd";
        assert_eq!(with_asides("a\n\n<aside>*b* c</aside>\n\nd"), opened);
        let lines = "<aside>\n\nb\nc\n\n</aside>\n";
        assert_eq!(with_asides("<aside>b\nc</aside>\n"), lines);
        assert_eq!(with_asides("a `<aside>` b\n"), "a `<aside>` b\n");
    }

    #[test]
    fn a_margin_note_that_is_not_closed_is_found() {
        assert_eq!(open_aside("<aside>a</aside>\n<aside>b\nc</aside>\n"), None);
        assert_eq!(open_aside("a\n<aside>b</aside>\n<aside>c\n\nd\n"), Some(2));
    }

    #[test]
    fn a_sentence_that_becomes_a_list_is_found() {
        assert_eq!(list_by_accident("a\n\n1. b\n2. c\n"), None);
        assert_eq!(list_by_accident("a\nthey add up to\n1. So\n"), Some(2));
    }
}
