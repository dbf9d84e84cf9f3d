//! Builds the book: `cargo book`, and `cargo book --open` to look at it.
//!
//! The chapters are mdBook's, with more in them: listings and outputs cut from the
//! repository, formulas, and figures that the crate draws. All of it becomes HTML here, so
//! that a page needs neither a script nor a network. What is missing or wrong fails the
//! build, with its place.

mod brackets;
mod cells;
mod derivatives;
mod exercises;
mod expand;
mod figures;
mod includes;
mod lines;
mod links;
mod markdown;
mod math;
mod number;
mod pages;
mod scalar;
mod search;
mod snapshots;
mod structure;
mod tables;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use mdbook_driver::MDBook;
use mdbook_driver::config::{Config, HtmlConfig};

use exercises::Chapter;
use expand::Expander;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let open = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--open"] => true,
        _ => {
            eprintln!("usage: cargo book [--open]");
            return ExitCode::from(2);
        }
    };
    match build() {
        Ok(index) => {
            println!("{}", index.display());
            if open && !show(&index) {
                eprintln!("no program was found to open it; open the file in a browser");
            }
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Builds the book and returns its first page.
fn build() -> Result<PathBuf, Box<dyn Error>> {
    let book = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = book.parent().ok_or("the book lies in the repository")?;
    let target = root.join("target/book");
    let mut md = MDBook::load(book)?;
    check_settings(&md.config)?;
    md.config.build.build_dir.clone_from(&target);

    let source = md.source_dir();
    let mut chapters = Vec::new();
    for chapter in md.book.chapters() {
        if let Some(path) = &chapter.source_path {
            let (title, text) = (chapter.name.clone(), chapter.content.clone());
            chapters.push(Chapter { title, page: source.join(path), text });
        }
    }
    let expander = Expander::new(root, chapters);
    let mut problems = snapshots::problems(root)?;
    problems.extend(expander.problems_of_exercises());
    md.book.for_each_chapter_mut(|chapter| {
        let Some(path) = &chapter.source_path else { return };
        let page = source.join(path);
        chapter.content = expander.expand(&page, &chapter.content, &mut problems);
    });
    refuse(&problems)?;
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    md.build()?;
    copy(&book.join("theme/katex"), &target.join("katex"))?;
    pages::finish(&target)?;
    search::finish(&target)?;
    refuse(&pages::problems(&target)?)?;
    Ok(target.join("index.html"))
}

/// Fails on a setting below `[output.html]` that mdBook does not know, and where there is no
/// such table: mdBook takes its defaults in the place of what it does not understand.
fn check_settings(config: &Config) -> Result<(), Box<dyn Error>> {
    let settings: Option<HtmlConfig> =
        config.get("output.html").map_err(|error| format!("book.toml: {error:#}"))?;
    settings.map(|_| ()).ok_or_else(|| "book.toml has no [output.html]".into())
}

/// Fails with all problems at once.
fn refuse(problems: &[String]) -> Result<(), Box<dyn Error>> {
    match problems.len() {
        0 => Ok(()),
        n => Err(format!("{n} problems:\n  {}", problems.join("\n  ")).into()),
    }
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    let mut folders = vec![(from.to_owned(), to.to_owned())];
    while let Some((from, to)) = folders.pop() {
        fs::create_dir_all(&to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let target = to.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), target));
            } else {
                fs::copy(entry.path(), target)?;
            }
        }
    }
    Ok(())
}

/// Opens a file with the system's own program for it.
fn show(file: &Path) -> bool {
    let programs: [&[&str]; 3] = [&["xdg-open"], &["open"], &["cmd", "/c", "start"]];
    programs.iter().any(|program| {
        Command::new(program[0]).args(&program[1..]).arg(file).status().is_ok_and(|s| s.success())
    })
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::{Config, check_settings};

    #[test]
    fn a_setting_that_mdbook_does_not_know_is_refused() {
        let check = |text: &str| match check_settings(&Config::from_str(text).unwrap()) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        };
        assert_eq!(check(include_str!("../book.toml")), "");
        assert!(check("[output.html]\ndefualt-theme = \"light\"").contains("defualt-theme"));
        assert!(check("[output.html.serach]\nenable = true").contains("serach"));
        assert!(check("[output.html.search]\nlimit = 3").contains("limit"));
        assert!(check("[output.htlm]").contains("no [output.html]"));
    }
}
