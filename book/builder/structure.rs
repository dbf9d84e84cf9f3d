//! What a screen reader would stumble over: it reads a page by its headings, and a picture
//! by its title.

/// Elements that have no end.
const VOID: [&str; 9] = ["br", "hr", "img", "input", "col", "wbr", "link", "meta", "source"];

/// What is wrong with a finished page.
pub(crate) fn problems(page: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let titles = tags(page).filter(|tag| tag.name == "h1" && !tag.is_end).count();
    if titles != 1 {
        problems.push(format!("{titles} headings of the first rank; begin it with one `# `"));
    }
    let main = page.split_once("<main>").and_then(|(_, rest)| rest.split_once("</main>"));
    let Some((main, _)) = main else { return problems };
    let mut level = 0;
    let mut open: Vec<Tag<'_>> = Vec::new();
    for tag in tags(main) {
        if tag.is_end {
            while open.pop().is_some_and(|open| open.name != tag.name) {}
            continue;
        }
        if let Some(next) = heading_level(tag.name) {
            if next > level + 1 {
                problems.push(format!("a heading of rank {next} below one of rank {level}"));
            }
            level = next;
        }
        // KaTeX draws roots, and says what they are in MathML.
        let is_hidden =
            open.iter().chain([&tag]).any(|tag| tag.text.contains("aria-hidden=\"true\""));
        let is_titled = tag.rest.starts_with("<title>") && !tag.rest.starts_with("<title></title>");
        if tag.name == "svg" && !is_hidden && !is_titled {
            problems.push("a picture without a <title>, which a screen reader would say".into());
        }
        if !tag.text.ends_with('/') && !VOID.contains(&tag.name) {
            open.push(tag);
        }
    }
    problems
}

/// `h2` to 2.
fn heading_level(name: &str) -> Option<u32> {
    name.strip_prefix('h')?.parse().ok().filter(|level| (1..=6).contains(level))
}

/// A tag and what comes after it.
pub(crate) struct Tag<'a> {
    pub(crate) name: &'a str,
    /// What is between `<` and `>`.
    pub(crate) text: &'a str,
    pub(crate) is_end: bool,
    pub(crate) rest: &'a str,
}

/// The tags of a page in order, without comments.
pub(crate) fn tags(html: &str) -> impl Iterator<Item = Tag<'_>> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = rest.find('<')?;
            rest = &rest[at + 1..];
            if let Some(comment) = rest.strip_prefix("!--") {
                rest = comment.split_once("-->")?.1;
                continue;
            }
            let is_end = rest.starts_with('/');
            if !is_end && !rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
                continue;
            }
            let end = end_of_tag(rest)?;
            let text = rest[..end].trim_start_matches('/');
            rest = &rest[end + 1..];
            let name = text.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            return Some(Tag { name, text, is_end, rest });
        }
    })
}

/// Where a tag's `>` is: one within an attribute does not count.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return Some(at),
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if open == c => quote = None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::problems;

    fn of(main: &str) -> String {
        problems(&format!("<body><main>{main}</main></body>")).join("; ")
    }

    #[test]
    fn a_page_has_one_title_and_no_rank_is_left_out() {
        assert_eq!(of("<h1>a</h1><h2>b</h2><h3>c</h3><h2>d</h2>"), "");
        assert!(of("<h2>a</h2>").contains("0 headings of the first rank"));
        assert!(of("<h1>a</h1><h1>b</h1>").contains("2 headings"));
        assert!(of("<h1>a</h1><h3>b</h3>").contains("rank 3 below one of rank 1"));
    }

    #[test]
    fn a_picture_has_a_title_unless_it_is_hidden() {
        assert_eq!(of("<h1>a</h1><svg x=\">\"><title>b</title><line/></svg>"), "");
        assert!(of("<h1>a</h1><svg><line/></svg>").contains("without a <title>"));
        assert!(of("<h1>a</h1><svg><title></title></svg>").contains("without a <title>"));
        let hidden = "<span aria-hidden=\"true\"><b>x<br></b><svg></svg></span>";
        assert_eq!(of(&format!("<h1>a</h1>{hidden}")), "");
        assert!(of(&format!("<h1>a</h1>{hidden}<svg></svg>")).contains("without a <title>"));
    }
}
