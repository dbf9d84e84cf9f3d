//! The atlas of degenerate inputs: what a layer answers where inputs go wrong, its
//! output and gradients in f32, or its error.
//!
//! ```text
//! cargo run --example atlas                          the list of layers
//! cargo run --example atlas -- LayerNorm             the page of one, or of several
//! cargo run --example atlas -- --all                 every page
//! ```

mod answer;
mod inputs;
mod page;

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use handgrad::catalog::{self, Entry};
use handgrad::{Error, Result};

const USAGE: &str = "\
What each layer answers at degenerate inputs: constant, tiny, empty, far from 0,
infinite or NaN, and without eps.

usage: atlas LAYER..    the pages of these layers
       atlas --all      every page
       atlas            this text
";

/// What shells expect of a command that was called wrongly.
const MISUSE: u8 = 2;

fn main() -> ExitCode {
    // A name that is not UTF-8 is no layer's, and is refused like any other.
    let arguments = std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned());
    match text_for(&arguments.collect::<Vec<String>>()) {
        Ok(text) => print(&text),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(MISUSE)
        }
    }
}

/// What is printed for these arguments. One that is refused leaves nothing printed.
fn text_for(arguments: &[String]) -> Result<String> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let entries = match words[..] {
        [] | ["-h" | "--help"] => return Ok(list()),
        ["--all"] => catalog::entries(),
        _ => words.iter().map(|word| entry(word)).collect::<Result<_>>()?,
    };
    let pages = entries.iter().map(page::page).collect::<Result<Vec<String>>>()?;
    Ok(pages.join("\n\n"))
}

fn entry(word: &str) -> Result<Entry> {
    if word.starts_with('-') {
        let message = format!("{word} is no layer; give names, or --all or --help alone");
        return Err(Error::argument("atlas", message));
    }
    catalog::find(word)
}

fn list() -> String {
    let mut text = format!("{USAGE}\n");
    for entry in catalog::entries() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{:<21}  {}", entry.about.name, entry.about.summary);
    }
    text
}

/// A closed pipe is the reader's way to say that it is enough.
fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("atlas: cannot write: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}
