//! A chapter's text with everything in it that is more than Markdown made into HTML.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use crate::derivatives::derivatives;
use crate::exercises::{Chapter, exercises};
use crate::figures;
use crate::figures::svg::escaped;
use crate::includes;
use crate::links;
use crate::markdown::{list_by_accident, open_aside, with_asides, with_long_listings};
use crate::math::Renderer;
use crate::tables;

/// What stands in a page for more than itself, as messages list it.
const DIRECTIVES: &str =
    "include, figure, histograms, tape, gallery, layers, derivatives, atlas and answers";

/// What expanding needs to know.
pub(crate) struct Expander {
    root: PathBuf,
    math: Renderer,
    /// All chapters as they were written, in their order.
    chapters: Vec<Chapter>,
}

impl Expander {
    pub(crate) fn new(root: &Path, chapters: Vec<Chapter>) -> Self {
        Expander { root: root.to_owned(), math: Renderer::new(), chapters }
    }

    /// A page as messages name it: from the root of the repository.
    fn shown(&self, page: &Path) -> String {
        page.strip_prefix(&self.root).unwrap_or(page).display().to_string()
    }

    /// What is wrong with the exercises of all chapters.
    pub(crate) fn problems_of_exercises(&self) -> Vec<String> {
        let problem = |chapter: &Chapter| {
            let (line, problem) = exercises(&chapter.text).err()?;
            Some(format!("{}:{line}: {problem}", self.shown(&chapter.page)))
        };
        self.chapters.iter().filter_map(problem).collect()
    }

    /// The chapter's text with listings, formulas and figures in their places. Each problem
    /// is noted with its page and line.
    pub(crate) fn expand(&self, page: &Path, text: &str, problems: &mut Vec<String>) -> String {
        with_long_listings(&self.in_place(page, text, problems))
    }

    fn in_place(&self, page: &Path, text: &str, problems: &mut Vec<String>) -> String {
        let shown = self.shown(page);
        let mut expanded = String::with_capacity(2 * text.len());
        // Prose is collected until a listing or a figure ends it, because a formula may run
        // over several lines.
        let (mut prose, mut first_line, mut in_listing) = (String::new(), 1, false);
        let mut flush = |prose: &mut String, first_line: usize, expanded: &mut String| {
            if let Some(line) = open_aside(prose) {
                let place = format!("{shown}:{}", first_line + line);
                problems.push(format!("{place}: the <aside> is not closed at the end of a line"));
            }
            if let Some(line) = list_by_accident(prose) {
                let place = format!("{shown}:{}", first_line + line);
                problems.push(format!("{place}: `1. ` begins a list; break the line elsewhere"));
            }
            match self.math.render(prose) {
                Ok(html) => expanded.push_str(&with_asides(&html)),
                Err((line, error)) => {
                    problems.push(format!("{shown}:{}: {error}", first_line + line));
                }
            }
            prose.clear();
        };
        let mut other_problems = Vec::new();
        for (number, line) in (1..).zip(text.split_inclusive('\n')) {
            let is_fence = line.trim_start().starts_with("```");
            let directive = directive(line);
            if !in_listing && !is_fence && directive.is_none() {
                if prose.is_empty() {
                    first_line = number;
                }
                prose.push_str(line);
                continue;
            }
            flush(&mut prose, first_line, &mut expanded);
            in_listing ^= is_fence;
            let Some((name, argument)) = directive else {
                expanded.push_str(line);
                continue;
            };
            let html = match name {
                "include" => includes::include(page, argument),
                "figure" => figures::figure(argument),
                "histograms" => figures::histograms(argument),
                "tape" => figures::tape(argument),
                "gallery" => figures::gallery(),
                "layers" => Ok(tables::layers(&self.root, page)),
                "derivatives" => derivatives(&self.root, page),
                "atlas" => tables::atlas(&self.root),
                "answers" => Ok(self.answers(page)),
                _ => Err(format!("there is no {{{{#{name}}}}}; there are {DIRECTIVES}")),
            };
            match html {
                Ok(html) => expanded.extend([html.trim_end(), "\n"]),
                Err(error) => other_problems.push(format!("{shown}:{number}: {error}")),
            }
        }
        flush(&mut prose, first_line, &mut expanded);
        problems.append(&mut other_problems);
        expanded
    }

    /// The exercises of all chapters with their answers unfolded. What is wrong with one is
    /// said where it is written.
    fn answers(&self, page: &Path) -> String {
        let mut text = String::new();
        for chapter in &self.chapters {
            let exercises = exercises(&chapter.text).unwrap_or_default();
            if exercises.is_empty() {
                continue;
            }
            let link = links::from_page(page, &chapter.page);
            let (id, title) = (id(&link), escaped(&chapter.title));
            // Not in Markdown: mdBook makes each heading a link to itself. Writing to a string
            // cannot fail.
            let _ = write!(
                text,
                "\n<h2 id=\"{id}\"><a class=\"header\" href=\"{link}#exercises\">{title}</a></h2>\n"
            );
            let expanded = |part: &str| {
                let part = links::moved(part, &chapter.page, page);
                self.in_place(&chapter.page, &part, &mut Vec::new())
            };
            for exercise in exercises {
                let (question, answer) = (expanded(&exercise.question), expanded(&exercise.answer));
                let _ =
                    write!(text, "\n{question}\n\n<div class=\"answer\">\n\n{answer}\n\n</div>\n");
            }
        }
        text
    }
}

/// `../activation/relu.md` to `activation-relu`.
fn id(link: &str) -> String {
    let link = link.trim_start_matches("../").trim_end_matches(".md");
    link.replace(['/', '_'], "-")
}

/// `{{#name argument}}` or `{{#name}}` alone in a line.
fn directive(line: &str) -> Option<(&str, &str)> {
    let inner = line.trim().strip_prefix("{{#")?.strip_suffix("}}")?;
    let (name, argument) = inner.split_once(' ').unwrap_or((inner, ""));
    Some((name, argument.trim()))
}

#[cfg(test)]
mod tests {
    use super::directive;

    #[test]
    fn a_directive_stands_alone_in_its_line() {
        assert_eq!(directive("  {{#figure relu}}\n"), Some(("figure", "relu")));
        assert_eq!(directive("text {{#figure relu}}"), None);
        assert_eq!(directive("{{#layers}}"), Some(("layers", "")));
    }
}
