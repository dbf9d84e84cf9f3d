//! Where lines end on the finished pages. A browser breaks a line wherever a letter's class
//! allows it: within `4e-9`, and within `x[0][0]`.

use crate::structure::tags;

/// A word of code with at most so many letters fits into a line on a phone.
const SHORT_WORD: usize = 28;

/// Code with at most so many letters, such as `[2, 3]`, is like a word.
const SHORT_CODE: usize = 16;

/// A line of output with more letters than this is wider than the page.
const LONG_LINE: usize = 101;

/// A line that is all that a program printed, or a command, is wrapped where it is wider than
/// a phone.
const LONG_LINE_ALONE: usize = 44;

/// What parts the columns of a table in an output. Its lines are not wrapped.
const GAP: &str = "   ";

/// Where a long tensor in a command is broken.
const ROW_END: &str = "],[";

/// Elements whose text is not broken, or is not set in lines.
const LEFT_ALONE: [&str; 4] = ["pre", "svg", "math", "script"];

/// A page whose lines end where they should.
pub(crate) fn broken_well(page: &str) -> String {
    let Some((before, rest)) = page.split_once("<main>") else { return page.to_owned() };
    let Some((main, after)) = rest.split_once("</main>") else { return page.to_owned() };
    let main = with_whole_words(&with_wrapped_output(main));
    format!("{before}<main>{main}</main>{after}")
}

/// Numbers, and short words of code, keep to one line; a long word is broken after an underscore
/// or a slash, a tensor after a row.
fn with_whole_words(main: &str) -> String {
    let mut with = String::with_capacity(main.len() + main.len() / 8);
    let (mut from, mut alone, mut code) = (0, 0, 0);
    for tag in tags(main) {
        let until = main.len() - tag.rest.len();
        let (text, markup) = main[from..until].split_at(main[from..until].find('<').unwrap_or(0));
        if alone == 0 && code > 0 && text.contains(' ') && letters(text) <= SHORT_CODE {
            with.extend(["<span class=\"unbroken\">", text, "</span>"]);
        } else if alone == 0 {
            text.split_inclusive(char::is_whitespace)
                .for_each(|word| push_word(&mut with, word, code > 0));
        } else {
            with.push_str(text);
        }
        with.push_str(markup);
        let depth = match tag.name {
            "code" => Some(&mut code),
            name if LEFT_ALONE.contains(&name) => Some(&mut alone),
            _ => None,
        };
        if let Some(depth) = depth {
            *depth += if tag.is_end { -1 } else { 1 };
        }
        from = until;
    }
    with + &main[from..]
}

/// Adds a word and the space after it.
fn push_word(html: &mut String, with_space: &str, is_code: bool) {
    let word = with_space.trim_end();
    let space = &with_space[word.len()..];
    let breaks = if is_code { word.contains(['-', '[', '{', '/', '?']) } else { has_a_sign(word) };
    if word.chars().count() > SHORT_WORD && word.contains(ROW_END) {
        let word = word.replace(ROW_END, "],<wbr>[");
        html.extend(["<span class=\"unbroken\">", &word, "</span>", space]);
    } else if word.chars().count() > SHORT_WORD {
        let word = if is_code {
            word.replace('_', "_<wbr>").replace('/', "/<wbr>")
        } else {
            word.to_owned()
        };
        html.extend([&word, space]);
    } else if breaks {
        html.extend(["<span class=\"unbroken\">", word, "</span>", space]);
    } else {
        html.push_str(with_space);
    }
}

/// Whether a word begins with a minus, as -alpha does, or there is a number like 4e-9 in it.
fn has_a_sign(word: &str) -> bool {
    let ends_in = |part: &str| part.ends_with(|c: char| c.is_ascii_digit());
    let begins_with = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    let is_exponent =
        |(at, e): (usize, &str)| ends_in(&word[..at]) && begins_with(&word[at + e.len()..]);
    let after_minus = word.strip_prefix('-').unwrap_or_default();
    after_minus.starts_with(char::is_alphabetic) || word.match_indices("e-").any(is_exponent)
}

/// How many letters are seen of a text: `&lt;` is one.
pub(crate) fn letters(text: &str) -> usize {
    let named = text.split('&').skip(1).filter_map(|rest| rest.find(';'));
    text.chars().count() - named.map(|len| len + 1).sum::<usize>()
}

/// Long lines of what a program printed are wrapped, and what is wrapped is indented.
fn with_wrapped_output(main: &str) -> String {
    let mut with = String::with_capacity(main.len());
    let mut rest = main;
    while let Some(at) = rest.find("<pre><code") {
        let begin = at + "<pre>".len();
        let Some(open) = rest[begin..].find('>').map(|end| begin + end + 1) else { break };
        let Some(end) = rest[open..].find("</code>").map(|end| open + end) else { break };
        with.push_str(&rest[..open]);
        let is_output = rest[begin..open].contains("language-text");
        let is_alone = !rest[open..end].trim_end().contains('\n');
        let longest = if is_alone { LONG_LINE_ALONE } else { LONG_LINE };
        for line in rest[open..end].split_inclusive('\n') {
            let text = line.trim_end_matches('\n');
            if is_output && letters(text) > longest && !text.trim_start().contains(GAP) {
                with.push_str("<span class=\"wrapped\">");
                text.split_inclusive(' ').for_each(|word| push_word(&mut with, word, true));
                with.extend(["</span>", &line[text.len()..]]);
            } else {
                with.push_str(line);
            }
        }
        rest = &rest[end..];
    }
    with + rest
}

#[cfg(test)]
mod tests {
    use super::broken_well;

    fn of(main: &str) -> String {
        let page = broken_well(&format!("a 1e-9<main>{main}</main>b 1e-9"));
        let main = page.strip_prefix("a 1e-9<main>").unwrap().strip_suffix("</main>b 1e-9");
        main.unwrap().to_owned()
    }

    #[test]
    fn a_number_is_not_broken_at_its_exponents_sign() {
        let whole = "<p>is <span class=\"unbroken\">4.9e-9,</span> a one-off</p>";
        assert_eq!(of("<p>is 4.9e-9, a one-off</p>"), whole);
        assert_eq!(of("<td>to -a</td>"), "<td>to <span class=\"unbroken\">-a</span></td>");
        let alone = "<pre>1e-9 </pre><math>1e-9 </math><svg><text>1e-9 </text></svg>";
        assert_eq!(of(alone), alone);
    }

    #[test]
    fn a_word_of_code_is_not_broken_unless_it_is_long() {
        let whole = "<p><code>print <span class=\"unbroken\">the_sum[0][0]</span></code> x[0]</p>";
        assert_eq!(of("<p><code>print the_sum[0][0]</code> x[0]</p>"), whole);
        let rows = "<code>[[1.386294,0,-1.386294],[2.197225,-2.197225,0]]</code>";
        let parted = rows.replace("],[", "],<wbr>[").replace("<code>", "").replace("</code>", "");
        assert_eq!(of(rows), format!("<code><span class=\"unbroken\">{parted}</span></code>"));
        let short = "<code><span class=\"unbroken\">x &lt;= [2, 3]</span></code>";
        assert_eq!(of("<code>x &lt;= [2, 3]</code>"), short);
        let long = "<code>a_name_that_is_longer_than_the_others</code>";
        assert_eq!(of(long), long.replace('_', "_<wbr>"));
    }

    #[test]
    fn a_long_line_of_output_is_wrapped() {
        let listing = |class: &str, line: &str| {
            format!(
                "<pre><code tabindex=\"0\" class=\"language-{class}\">a\n{line}\nb</code></pre>"
            )
        };
        let long = format!("--set {}", "x".repeat(96));
        let wrapped = format!(
            "<span class=\"wrapped\"><span class=\"unbroken\">--set</span> {}</span>",
            &long[6..]
        );
        assert_eq!(of(&listing("text", &long)), listing("text", &wrapped));
        assert_eq!(of(&listing("rust", &long)), listing("rust", &long));
        let columns = long.replace(' ', "    ");
        let alone = format!("<pre><code class=\"language-text\">{}</code></pre>", "x ".repeat(23));
        assert!(of(&alone).contains("<span class=\"wrapped\">x x"));
        for line in [&long[1..], columns.as_str()] {
            assert_eq!(of(&listing("text", line)), listing("text", line));
        }
    }
}
