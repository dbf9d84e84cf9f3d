//! Showing pages: all at once, or one at a time in a terminal.

use std::io::{self, Write};

use crossterm::event::{self, Event, KeyCode, KeyEventKind, KeyModifiers};
use crossterm::style::{Attribute, Color, ContentStyle, StyledContent, Stylize};
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use crossterm::{cursor, queue};

use crate::pages::{Page, Tone};

/// Prints every page, for a pipe or a reader who scrolls. A closed pipe is the
/// reader's way to say that it is enough.
pub(crate) fn print_all(pages: &[Page]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for page in pages {
        match write_page(&mut out, page, "\n", false) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            other => other?,
        }
    }
    Ok(())
}

/// What a key asks for.
enum Key {
    Next,
    Back,
    RunToEnd,
    Quit,
}

/// Puts the terminal back however the stepping ends.
struct RawMode;

impl RawMode {
    fn enter() -> io::Result<Self> {
        enable_raw_mode()?;
        Ok(RawMode)
    }
}

impl Drop for RawMode {
    fn drop(&mut self) {
        // Nothing can be done about a terminal that is gone.
        let _ = disable_raw_mode();
    }
}

/// Shows one page at a time and waits for a key.
pub(crate) fn step(pages: &[Page]) -> io::Result<()> {
    let raw = RawMode::enter()?;
    let mut out = io::stdout().lock();
    let mut at = 0;
    while let Some(page) = pages.get(at) {
        queue!(out, Clear(ClearType::All), cursor::MoveTo(0, 0))?;
        write_page(&mut out, page, "\r\n", true)?;
        write!(out, "{}", paint("space next   b back   r run to the end   q quit", Tone::Label))?;
        out.flush()?;
        match read_key()? {
            Key::Next => at += 1,
            Key::Back => at = at.saturating_sub(1),
            Key::Quit => break,
            Key::RunToEnd => {
                queue!(out, Clear(ClearType::All), cursor::MoveTo(0, 0))?;
                for page in &pages[at..] {
                    write_page(&mut out, page, "\r\n", true)?;
                }
                out.flush()?;
                drop(raw);
                return Ok(());
            }
        }
    }
    write!(out, "\r\n")?;
    out.flush()
}

fn read_key() -> io::Result<Key> {
    loop {
        let Event::Key(key) = event::read()? else { continue };
        if key.kind == KeyEventKind::Release {
            continue;
        }
        return Ok(match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => Key::Quit,
            KeyCode::Char(' ' | 'n') | KeyCode::Enter | KeyCode::Right | KeyCode::Down => Key::Next,
            KeyCode::Char('b' | 'p') | KeyCode::Backspace | KeyCode::Left | KeyCode::Up => {
                Key::Back
            }
            KeyCode::Char('r') | KeyCode::End => Key::RunToEnd,
            KeyCode::Char('q') | KeyCode::Esc => Key::Quit,
            _ => continue,
        });
    }
}

fn write_page(out: &mut impl Write, page: &Page, newline: &str, colours: bool) -> io::Result<()> {
    let rule = "-".repeat(72_usize.saturating_sub(page.title.len()));
    write!(out, "-- {} {rule}{newline}", page.title)?;
    for (tone, text) in &page.lines {
        if colours && !text.trim().is_empty() {
            write!(out, "{}{newline}", paint(text, *tone))?;
        } else {
            write!(out, "{text}{newline}")?;
        }
    }
    write!(out, "{newline}")
}

/// Colours honour `NO_COLOR`, as crossterm's styles do by themselves.
fn paint(text: &str, tone: Tone) -> StyledContent<&str> {
    let style = match tone {
        Tone::Operation => ContentStyle::new().with(Color::DarkMagenta).attribute(Attribute::Bold),
        Tone::Label => ContentStyle::new().with(Color::DarkCyan),
        Tone::Plain => ContentStyle::new(),
    };
    style.apply(text)
}
