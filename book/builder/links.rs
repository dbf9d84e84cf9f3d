//! Links from one page to another.

use std::path::Path;

use crate::includes::normal;

/// How a page refers to a file: both paths begin at the same folder.
pub(crate) fn from_page(page: &Path, file: &Path) -> String {
    let folder: Vec<_> = page.parent().unwrap_or(page).components().collect();
    let file: Vec<_> = file.components().collect();
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let down = file[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let up = folder[shared..].iter().map(|_| "..".to_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// A text of one page, to stand on another: its Markdown links lead where they led.
pub(crate) fn moved(text: &str, from: &Path, to: &Path) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut in_listing = false;
    for line in text.split_inclusive('\n') {
        in_listing ^= line.trim_start().starts_with("```");
        if in_listing {
            moved.push_str(line);
            continue;
        }
        let mut rest = line;
        while let Some((before, target)) = rest.split_once("](") {
            let is_code = before.matches('`').count() % 2 == 1;
            let Some((target, after)) = target.split_once(')').filter(|_| !is_code) else {
                moved.extend([before, "]("]);
                rest = target;
                continue;
            };
            moved.extend([before, "](", &target_from(to, from, target), ")"]);
            rest = after;
        }
        moved.push_str(rest);
    }
    moved
}

fn target_from(to: &Path, from: &Path, target: &str) -> String {
    if target.contains("://") || target.starts_with("mailto:") {
        return target.to_owned();
    }
    let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
    let file = match file {
        "" => from.to_owned(),
        file => normal(&from.parent().unwrap_or(from).join(file)),
    };
    let link = from_page(to, &file);
    if fragment.is_empty() { link } else { format!("{link}#{fragment}") }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{from_page, moved};

    #[test]
    fn a_link_goes_up_no_further_than_it_must() {
        let link = |page, file| from_page(Path::new(page), Path::new(file));
        assert_eq!(link("/b/src/a/x.md", "/b/src/n/y.md"), "../n/y.md");
        assert_eq!(link("/b/src/a/x.md", "/b/src/a/y.md"), "y.md");
        assert_eq!(link("/b/src/x.md", "/b/src/a/y.md"), "a/y.md");
    }

    #[test]
    fn links_lead_where_they_led_and_code_is_left() {
        let (from, to) = (Path::new("/s/a/x.md"), Path::new("/s/z/answers.md"));
        let text = "[a](y.md#b), [c](#d), `f[0](x)`, [e](https://e.org), [f](../n/g.md)\n";
        assert_eq!(
            moved(text, from, to),
            "[a](../a/y.md#b), [c](../a/x.md#d), `f[0](x)`, [e](https://e.org), [f](../n/g.md)\n"
        );
        assert_eq!(moved("```rust\na[0](b)\n```\n", from, to), "```rust\na[0](b)\n```\n");
    }
}
