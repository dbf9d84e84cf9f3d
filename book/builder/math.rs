//! Formulas between dollar signs, made into HTML with MathML beside it.

use std::fmt::Write;

use katex::{KatexContext, OutputFormat, Settings, render_to_string};

use crate::brackets::kept_whole;
use crate::search;

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
            let (before, from) = rest.split_at(at);
            let line = || text[..text.len() - from.len()].matches('\n').count();
            if from.starts_with('`') {
                // Code is left alone, up to as many backticks as it began with.
                let ticks = from.len() - from.trim_start_matches('`').len();
                let end =
                    from[ticks..].find(&from[..ticks]).map_or(from.len(), |end| end + 2 * ticks);
                html.extend([before, &from[..end]]);
                rest = &from[end..];
                continue;
            }
            let marker = if from.starts_with("$$") { "$$" } else { "$" };
            let inner = &from[marker.len()..];
            let end = inner.find(marker).filter(|&end| !inner[..end].contains("\n\n"));
            let end =
                end.ok_or_else(|| (line(), format!("a formula is not closed by {marker}")))?;
            let formula = self.formula(&inner[..end], marker == "$$").map_err(|e| (line(), e))?;
            rest = &inner[end + marker.len()..];
            if marker == "$$" {
                html.extend([before, &formula]);
            } else {
                rest = push_unbroken(&mut html, before, &formula, rest);
            }
        }
        html.push_str(rest);
        Ok(html)
    }

    fn formula(&self, formula: &str, is_display: bool) -> Result<String, String> {
        if has_bare_root(formula) {
            return Err(format!(
                "the root in {:?} would be drawn without what is below it; write \\sqrt{{..}}",
                formula.trim()
            ));
        }
        let html = |formula: &str, settings| {
            let html = render_to_string(&self.context, &well_set(formula.trim()), settings);
            let html =
                html.map_err(|e| format!("the formula {:?} does not parse: {e}", formula.trim()));
            Ok::<String, String>(search::once(&safe(&html?)))
        };
        if !is_display {
            return html(&kept_whole(formula), &self.inline);
        }
        let mut parts = Vec::new();
        for part in parts_of(formula) {
            parts.push(html(part, &self.display)?);
        }
        let parts = match &parts[..] {
            [whole] => whole.clone(),
            parts => format!(
                "<span class=\"part\">{}</span>",
                parts.join("</span> <span class=\"part\">")
            ),
        };
        Ok(format!("<div class=\"formula\" tabindex=\"0\">{parts}</div>"))
    }
}

/// A formula with no line's end within a number such as 2 times 10^-9, and with some room between
/// two rows that have fractions or sums, which would touch.
fn well_set(formula: &str) -> String {
    const END: &str = "\\\\\n";
    let formula = formula.replace("\\cdot 10^", "\\cdot\\nobreak 10^");
    let is_high = |row: &str| row.contains("\\frac") || row.contains("\\sum");
    let mut set = String::with_capacity(formula.len());
    let mut rows = formula.split(END).peekable();
    while let Some(row) = rows.next() {
        set.push_str(row);
        match rows.peek() {
            Some(next) if is_high(row) && is_high(next) => set.push_str("\\\\[1.1em]\n"),
            Some(_) => set.push_str(END),
            None => {}
        }
    }
    set
}

/// A formula's parts, which stand side by side where the page is wide enough: what is between
/// its `\qquad`s. Those within braces or an environment part nothing.
fn parts_of(formula: &str) -> Vec<&str> {
    const SPACE: &str = "\\qquad";
    let (mut parts, mut from) = (Vec::new(), 0);
    for (at, _) in formula.match_indices(SPACE) {
        let part = &formula[from..at];
        let is_closed =
            |open: &str, close: &str| part.matches(open).count() == part.matches(close).count();
        if is_closed("{", "}") && is_closed("\\begin", "\\end") && is_closed("\\left", "\\right") {
            parts.push(part);
            from = at + SPACE.len();
        }
    }
    parts.push(&formula[from..]);
    parts
}

/// Adds an inline formula between the texts before and after it. What stands against it, such
/// as a bracket or a comma, stays in its line: a browser would break the line there too.
/// Returns the text that is left.
fn push_unbroken<'a>(html: &mut String, before: &str, formula: &str, after: &'a str) -> &'a str {
    // A closing bracket may be the end of a link's address.
    let text = before.trim_end_matches(|c| c != ')' && clings(c));
    let opening = &before[text.len()..];
    let left = after.trim_start_matches(clings);
    let closing = &after[..after.len() - left.len()];
    if opening.is_empty() && closing.is_empty() {
        html.extend([text, formula]);
    } else {
        let formula = with_breaks(formula);
        html.extend([text, "<span class=\"unbroken\">", opening, &formula, closing, "</span>"]);
    }
    left
}

/// A formula with a break between its parts where no line is broken otherwise: a long one must
/// not be wider than the page.
fn with_breaks(formula: &str) -> String {
    const PART: &str = "<span class=\"katex-base\">";
    let Some((before, parts)) = formula.split_once(PART) else { return formula.to_owned() };
    format!("{before}{PART}{}", parts.replace(PART, &format!("<wbr>{PART}")))
}

/// Whether a letter beside a formula belongs to its word; what may be Markdown or HTML does not.
fn clings(c: char) -> bool {
    !c.is_whitespace() && !"$`|*_~<>[]{}\\&".contains(c)
}

/// Whether a formula has a root of a single letter without braces, which TeX allows.
fn has_bare_root(formula: &str) -> bool {
    formula.split("\\sqrt").skip(1).any(|rest| !rest.starts_with(['{', '[']))
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
    use super::{Renderer, parts_of, safe, well_set};

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
    fn what_stands_against_a_formula_stays_in_its_line() {
        let html = |text| {
            let html = Renderer::new().render(text).unwrap();
            let (before, rest) = html.split_once("<span class=\"katex\">").unwrap();
            (before.to_owned(), rest.rsplit_once("</span></span>").unwrap().1.to_owned())
        };
        let pair = |before: &str, after: &str| (before.to_owned(), after.to_owned());
        assert_eq!(html("a ($x$, b"), pair("a <span class=\"unbroken\">(", ",</span> b"));
        assert_eq!(html("a $x$ b"), pair("a ", " b"));
        assert_eq!(html("| *$x$* | b"), pair("| *", "* | b"));
        assert_eq!(html("[a $x$](b.md)."), pair("[a ", "](b.md)."));
        assert_eq!(html("[a](b.md)$x$"), pair("[a](b.md)", ""));
    }

    #[test]
    fn a_long_formula_may_be_broken_between_its_parts() {
        let html = |text| Renderer::new().render(text).unwrap();
        assert_eq!(html("$x$,").matches("<wbr>").count(), 0);
        assert_eq!(html("$x = y + z$,").matches("<wbr><span class=\"katex-base\">").count(), 2);
        assert_eq!(html("$x (y + z)$,").matches("<wbr>").count(), 0);
    }

    #[test]
    fn a_displayed_formula_has_parts_that_may_stand_below_each_other() {
        let html = |text| Renderer::new().render(text).unwrap();
        assert_eq!(html("$$x, \\qquad y$$").matches("<span class=\"part\">").count(), 2);
        assert_eq!(html("$$x$$").matches("class=\"part\"").count(), 0);
        assert_eq!(parts_of("a \\qquad {b \\qquad c} \\qquad d"), ["a ", " {b \\qquad c} ", " d"]);
        let rows = "\\begin{aligned} a \\qquad b \\end{aligned}";
        assert_eq!(parts_of(rows), [rows]);
    }

    #[test]
    fn a_number_with_an_exponent_is_one_part() {
        let html = |text| Renderer::new().render(text).unwrap();
        assert_eq!(html("$2 \\cdot 3$").matches("katex-base").count(), 2);
        assert_eq!(html("$2 \\cdot 10^{-9}$").matches("katex-base").count(), 1);
    }

    #[test]
    fn rows_with_fractions_have_room_between_them() {
        let end = "\\\\\n";
        let rows = |gap: &str| format!("\\frac{{1}}{{a}} {gap}\\frac{{1}}{{b}} {end}c");
        assert_eq!(well_set(&rows(end)), rows("\\\\[1.1em]\n"));
    }

    #[test]
    fn a_root_without_a_brace_is_refused_with_its_line() {
        let (line, error) = Renderer::new().render("a\n$\\sqrt 2$").unwrap_err();
        assert!(line == 1 && error.contains("write \\sqrt{..}"), "{error}");
        assert!(Renderer::new().render("$\\sqrt{2} \\sqrt[3]{x}$").is_ok());
    }

    #[test]
    fn a_table_keeps_its_cells() {
        assert_eq!(safe("<b a=\"|\">x|y</b>"), "<b a=\"|\">x&#124;y</b>");
    }
}
