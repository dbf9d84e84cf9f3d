//! Pages made of the catalog: its layers, and the atlas of degenerate inputs.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use handgrad::catalog::{self, Entry};
use handgrad::module::Family;

use crate::links;

/// Where a page finds a layer's chapter; nothing where it is not written yet.
pub(crate) fn chapter(root: &Path, page: &Path, entry: &Entry) -> Option<String> {
    let chapter = root.join(entry.about.chapter());
    chapter.is_file().then(|| links::from_page(page, &chapter))
}

/// A table of all layers for each family: what each does, and its arguments.
pub(crate) fn layers(root: &Path, page: &Path) -> String {
    let mut text = String::new();
    for (family, title) in
        [(Family::Activation, "Activations"), (Family::Norm, "Norms"), (Family::Nn, "Others")]
    {
        // Writing to a string cannot fail.
        let _ =
            write!(text, "\n## {title}\n\n| Layer | What it does | Arguments |\n|---|---|---|\n");
        for entry in catalog::entries().iter().filter(|entry| entry.about.family == family) {
            let about = &entry.about;
            let name = match chapter(root, page, entry) {
                Some(chapter) => format!("[{}]({chapter})", about.name),
                None => about.name.to_owned(),
            };
            let argument = |argument: &handgrad::module::Argument| match &argument.default {
                Some(default) => format!("`{}={default}`", argument.name),
                None => format!("`{}`", argument.name),
            };
            let arguments: Vec<String> = about.arguments.iter().map(argument).collect();
            let _ = writeln!(
                text,
                "| {name} | {} | {} |",
                about.summary.replace('|', "\\|"),
                arguments.join(", ")
            );
        }
    }
    text
}

/// Every layer's page of the atlas, folded.
pub(crate) fn atlas(root: &Path) -> Result<String, String> {
    let mut text = String::new();
    for entry in catalog::entries() {
        let name = entry.about.name;
        let file = root.join(format!("tests/it/snapshots/atlas_{name}.snap"));
        let page = fs::read_to_string(&file)
            .map_err(|error| format!("{} cannot be included: {error}", file.display()))?;
        let page = page.splitn(4, '\n').nth(3).unwrap_or_default();
        let _ = write!(
            text,
            "\n<details>\n<summary>{name}</summary>\n\n```text\n{}\n```\n\n</details>\n",
            page.trim_end()
        );
    }
    Ok(text)
}
