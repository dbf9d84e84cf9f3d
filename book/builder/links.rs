//! Links from one page to another.

use std::path::Path;

/// How a page refers to a file: both paths begin at the same folder.
pub(crate) fn from_page(page: &Path, file: &Path) -> String {
    let folder: Vec<_> = page.parent().unwrap_or(page).components().collect();
    let file: Vec<_> = file.components().collect();
    let shared = folder.iter().zip(&file).take_while(|(a, b)| a == b).count();
    let down = file[shared..].iter().map(|part| part.as_os_str().to_string_lossy().into_owned());
    let up = folder[shared..].iter().map(|_| "..".to_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::from_page;

    #[test]
    fn a_link_goes_up_no_further_than_it_must() {
        let link = |page, file| from_page(Path::new(page), Path::new(file));
        assert_eq!(link("/b/src/a/x.md", "/b/src/n/y.md"), "../n/y.md");
        assert_eq!(link("/b/src/a/x.md", "/b/src/a/y.md"), "y.md");
        assert_eq!(link("/b/src/x.md", "/b/src/a/y.md"), "a/y.md");
    }
}
