//! Formulas between dollar signs, made into HTML with MathML beside it.

use std::fmt::Write;

use katex::{KatexContext, OutputFormat, Settings, render_to_string};

const BOTH: OutputFormat = OutputFormat::HtmlAndMathml;

/// A problem: how many lines below the text's first, and what.
type Problem = (usize, String);

pub(crate) struct Renderer {
    context: KatexContext,
    inline: Settings,
    display: Settings,
}

impl Renderer {
    pub(crate) fn new() -> Self {
        // The HTML is for the eye, the MathML for a screen reader.
        let settings =
            |is_display| Settings::builder().output(BOTH).display_mode(is_display).build();
        Renderer {
            context: KatexContext::default(),
            inline: settings(false),
            display: settings(true),
        }
    }

    /// The text, which holds no listing, with its formulas rendered.
    pub(crate) fn render(&self, text: &str) -> Result<String, Problem> {
        let mut html = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(['$', '`']) {
            html.push_str(&rest[..at]);
            let line = || text[..text.len() - rest.len() + at].matches('\n').count();
            let from = &rest[at..];
            if from.starts_with('`') {
                // Code is left alone, up to as many backticks as it began with.
                let ticks = from.len() - from.trim_start_matches('`').len();
                let end =
                    from[ticks..].find(&from[..ticks]).map_or(from.len(), |end| end + 2 * ticks);
                html.push_str(&from[..end]);
                rest = &from[end..];
                continue;
            }
            let marker = if from.starts_with("$$") { "$$" } else { "$" };
            let inner = &from[marker.len()..];
            let end = inner.find(marker).filter(|&end| !inner[..end].contains("\n\n"));
            let end =
                end.ok_or_else(|| (line(), format!("a formula is not closed by {marker}")))?;
            html.push_str(&self.formula(&inner[..end], marker == "$$").map_err(|e| (line(), e))?);
            rest = &inner[end + marker.len()..];
        }
        html.push_str(rest);
        Ok(html)
    }

    fn formula(&self, formula: &str, is_display: bool) -> Result<String, String> {
        let settings = if is_display { &self.display } else { &self.inline };
        let html = render_to_string(&self.context, formula.trim(), settings)
            .map_err(|error| format!("the formula {:?} does not parse: {error}", formula.trim()))?;
        Ok(if is_display {
            format!("<div class=\"formula\">{}</div>", safe(&html))
        } else {
            safe(&html)
        })
    }
}

/// HTML in one line whose text is nothing to Markdown: no emphasis, no table cell, no
/// quotation mark to be bent.
fn safe(html: &str) -> String {
    let mut safe = String::with_capacity(html.len() + html.len() / 4);
    let mut in_tag = false;
    for c in html.chars() {
        match c {
            '<' => in_tag = true,
            '>' if in_tag => in_tag = false,
            '\n' => {
                safe.push(' ');
                continue;
            }
            c if !in_tag && r#"\`*_{}[]()#+-.!|~'"$:"#.contains(c) => {
                // Writing to a string cannot fail.
                let _ = write!(safe, "&#{};", c as u32);
                continue;
            }
            _ => {}
        }
        safe.push(c);
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::{Renderer, safe};

    #[test]
    fn formulas_become_html_and_code_stays() {
        let html = Renderer::new().render("a `$x$` and $x_1$ b").unwrap();
        assert!(html.starts_with("a `$x$` and <span class=\"katex\">"), "{html}");
        assert!(html.contains("<math") && html.ends_with(" b"), "{html}");
    }

    #[test]
    fn a_screen_reader_is_given_mathml_alone() {
        let html = Renderer::new().render("$$x$$").unwrap();
        assert!(html.contains("<span class=\"katex-mathml\"><math "), "{html}");
        assert!(html.contains("<span class=\"katex-html\" aria-hidden=\"true\">"), "{html}");
    }

    #[test]
    fn what_does_not_parse_or_close_is_refused_with_its_line() {
        let renderer = Renderer::new();
        assert_eq!(renderer.render("a\n$\\frac{1}$").unwrap_err().0, 1);
        assert!(renderer.render("a $x\n\ny$").unwrap_err().1.contains("not closed"));
    }

    #[test]
    fn a_table_keeps_its_cells() {
        assert_eq!(safe("<b a=\"|\">x|y</b>"), "<b a=\"|\">x&#124;y</b>");
    }
}
