//! Brackets within a formula. A line may end after any sign, within brackets too; what is in a
//! short bracket is better read in one line.

/// A bracket with more letters than this may be parted: it must not be wider than a phone.
const SHORT: usize = 20;

/// What a line may end after.
const SIGNS: [&str; 7] = ["+", "-", "=", "<", ">", "\\cdot", "\\times"];

/// A formula in which what short brackets hold is a group: within it no line ends.
pub(crate) fn kept_whole(formula: &str) -> String {
    let (mut open, mut groups) = (Vec::new(), Vec::new());
    for (at, letter) in formula.char_indices() {
        if letter == '(' {
            open.push(at);
        } else if letter == ')'
            && let Some(begin) = open.pop()
            && !has_size(&formula[..begin])
            && is_short(&formula[begin + 1..at])
        {
            groups.extend([(begin + 1, '{'), (at, '}')]);
        }
    }
    groups.sort_unstable();
    let (mut whole, mut from) = (String::with_capacity(formula.len() + groups.len()), 0);
    for (at, brace) in groups {
        whole.push_str(&formula[from..at]);
        whole.push(brace);
        from = at;
    }
    whole + &formula[from..]
}

/// Whether what comes before a bracket says how large it is, as in `\bigl(` and `\left(`. Its
/// end has a command too, which would be torn off.
fn has_size(before: &str) -> bool {
    let name = before.trim_end_matches(|c: char| c.is_ascii_alphabetic()).len();
    before[..name].ends_with('\\')
        && ["left", "big", "Big"].iter().any(|size| before[name..].starts_with(size))
}

/// Whether it has few letters but a sign, and every brace its end.
fn is_short(inner: &str) -> bool {
    let mut depth = 0_i32;
    for letter in inner.chars() {
        depth += i32::from(letter == '{') - i32::from(letter == '}');
        if depth < 0 || letter == '&' {
            return false;
        }
    }
    depth == 0 && SIGNS.iter().any(|sign| inner.contains(sign)) && letters(inner) <= SHORT
}

/// How many letters a formula has, a command being one.
fn letters(formula: &str) -> usize {
    let mut parts = formula.split('\\');
    let seen = |c: &char| !c.is_whitespace() && !"{}^_,".contains(*c);
    let plain = parts.next().unwrap_or_default().chars().filter(seen).count();
    let after = parts.map(|part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        usize::from(rest.len() < part.len()) + rest.chars().filter(seen).count()
    });
    plain + after.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::{kept_whole, letters};

    #[test]
    fn a_short_bracket_is_a_group_and_one_within_it_too() {
        assert_eq!(kept_whole("2 (1 + y)(1 - y)"), "2 ({1 + y})({1 - y})");
        assert_eq!(kept_whole("(1 - f(-x))"), "({1 - f({-x})})");
        assert_eq!(kept_whole("f(x) + (1, 2)"), "f(x) + (1, 2)");
    }

    #[test]
    fn what_is_long_or_has_a_size_or_does_not_close_is_left() {
        for formula in [
            "(a + b + c + d + e + f + g + h + i + j + k)",
            "\\bigl( 1 + x \\bigr)",
            "\\left( 1 + x \\right)",
            "[0, 1 + x)",
            "\\frac{(1 +}{x)}",
        ] {
            assert_eq!(kept_whole(formula), formula);
        }
    }

    #[test]
    fn a_command_counts_as_one_letter() {
        assert_eq!(letters("\\frac{1}{4} \\cdot (-12),\\, x^2"), 11);
    }
}
