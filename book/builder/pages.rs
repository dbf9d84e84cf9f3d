//! The finished pages: every link leads somewhere, nothing comes from a network, and whoever
//! has no mouse or reads by ear finds the way.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::{cells, lines, search, structure};

/// Mends what mdBook writes, on all pages below a folder.
pub(crate) fn finish(folder: &Path) -> io::Result<()> {
    for file in files_below(folder, "html")? {
        let page = fs::read_to_string(&file)?;
        let page = with_reachable_boxes(&with_demoted_title(&search::whole(&page)));
        let page = lines::broken_well(&cells::with_widths(&page));
        fs::write(&file, page)?;
    }
    Ok(())
}

/// mdBook writes the book's title over every page as a heading of the first rank. That rank
/// is the chapter's; the title keeps its look, which goes by its class.
fn with_demoted_title(page: &str) -> String {
    match page.split_once("<h1 class=\"menu-title\">") {
        Some((before, rest)) => {
            let title = rest.replacen("</h1>", "</div>", 1);
            format!("{before}<div class=\"menu-title\">{title}")
        }
        None => page.to_owned(),
    }
}

/// A listing or a table may be wider than the page. It can be scrolled with the arrow keys only
/// where the tab key stops at it.
fn with_reachable_boxes(page: &str) -> String {
    page.replace("<pre><code", "<pre><code tabindex=\"0\"")
        .replace("<div class=\"table-wrapper\"", "<div class=\"table-wrapper\" tabindex=\"0\"")
}

/// What is wrong with the pages below a folder.
pub(crate) fn problems(folder: &Path) -> io::Result<Vec<String>> {
    let mut pages: HashMap<PathBuf, String> = HashMap::new();
    for file in files_below(folder, "html")? {
        let text = fs::read_to_string(&file)?;
        pages.insert(file, text);
    }
    let mut ids: HashMap<PathBuf, HashSet<&str>> = HashMap::new();
    for (page, text) in &pages {
        ids.insert(page.canonicalize()?, values(text, "id").collect());
    }
    let mut problems = Vec::new();
    for (page, text) in &pages {
        let shown = page.strip_prefix(folder).unwrap_or(page).display();
        // A page for the print shop has all chapters in one, and the links' targets with them.
        if page.ends_with("print.html") || page.ends_with("404.html") {
            continue;
        }
        for target in values(text, "href").chain(values(text, "src")) {
            if let Some(problem) = problem(page, target, &ids) {
                problems.push(format!("{shown}: {problem}"));
            }
        }
        if text.contains("{{#") {
            problems.push(format!(
                "{shown}: a {{{{#..}}}} was left as it is; put it on a line of its own"
            ));
        }
        // This one is shown in the place of the sidebar where there are no scripts.
        if !page.ends_with("toc.html") {
            problems.extend(structure::problems(text).iter().map(|p| format!("{shown}: {p}")));
        }
    }
    problems.sort();
    problems.dedup();
    Ok(problems)
}

/// What is wrong with a link or a source on a page.
fn problem(page: &Path, target: &str, ids: &HashMap<PathBuf, HashSet<&str>>) -> Option<String> {
    if target.starts_with("http://") || target.starts_with("https://") {
        return None; // A link to a paper; nothing is fetched until somebody follows it.
    }
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    let path = path.split('?').next().unwrap_or_default();
    let file = if path.is_empty() { page.to_owned() } else { page.parent()?.join(path) };
    let Ok(file) = file.canonicalize() else {
        return Some(format!("the link {target} leads nowhere"));
    };
    let is_there = fragment.is_empty() || ids.get(&file).is_none_or(|ids| ids.contains(fragment));
    (!is_there).then(|| format!("the link {target} leads to a page without #{fragment}"))
}

/// The values of an attribute.
fn values<'a>(text: &'a str, attribute: &str) -> impl Iterator<Item = &'a str> {
    let start = format!(" {attribute}=\"");
    let pieces: Vec<&str> = text.split(start.as_str()).skip(1).collect();
    pieces.into_iter().filter_map(|rest| rest.split('"').next())
}

/// All files below a folder with an extension.
pub(crate) fn files_below(folder: &Path, extension: &str) -> io::Result<Vec<PathBuf>> {
    let (mut files, mut folders) = (Vec::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                files.push(path);
            }
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::{with_demoted_title, with_reachable_boxes};

    #[test]
    fn the_books_title_is_no_heading_and_the_chapters_is() {
        assert_eq!(
            with_demoted_title("<h1 class=\"menu-title\">a</h1><h1>b</h1>"),
            "<div class=\"menu-title\">a</div><h1>b</h1>"
        );
        assert_eq!(with_demoted_title("<h1>b</h1>"), "<h1>b</h1>");
    }

    #[test]
    fn the_tab_key_stops_at_what_scrolls() {
        let page =
            "<pre><code class=\"a\"></code></pre><div class=\"table-wrapper\"></div><code>b</code>";
        assert_eq!(
            with_reachable_boxes(page),
            "<pre><code tabindex=\"0\" class=\"a\"></code></pre>\
             <div class=\"table-wrapper\" tabindex=\"0\"></div><code>b</code>"
        );
    }
}
