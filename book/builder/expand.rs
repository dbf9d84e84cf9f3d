//! A chapter's text with everything in it that is more than Markdown made into HTML.

use std::path::{Path, PathBuf};

use crate::derivatives::derivatives;
use crate::figures;
use crate::includes;
use crate::math::Renderer;
use crate::tables;

/// What stands in a page for more than itself, as messages list it.
const DIRECTIVES: &str =
    "include, figure, histograms, tape, gallery, layers, derivatives and atlas";

/// What expanding needs to know.
pub(crate) struct Expander {
    root: PathBuf,
    math: Renderer,
}

impl Expander {
    pub(crate) fn new(root: &Path) -> Self {
        Expander { root: root.to_owned(), math: Renderer::new() }
    }

    /// A page as messages name it: from the root of the repository.
    fn shown(&self, page: &Path) -> String {
        page.strip_prefix(&self.root).unwrap_or(page).display().to_string()
    }

    /// The chapter's text with listings, formulas and figures in their places. Each problem
    /// is noted with its page and line.
    pub(crate) fn expand(&self, page: &Path, text: &str, problems: &mut Vec<String>) -> String {
        let shown = self.shown(page);
        let mut expanded = String::with_capacity(2 * text.len());
        // Prose is collected until a listing or a figure ends it, because a formula may run
        // over several lines.
        let (mut prose, mut first_line, mut in_listing) = (String::new(), 1, false);
        let mut flush = |prose: &mut String, first_line: usize, expanded: &mut String| {
            match self.math.render(prose) {
                Ok(html) => expanded.push_str(&html),
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
