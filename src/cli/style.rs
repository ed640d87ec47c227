//! How the terminal looks: colours where it has them, a bar for long work, plain text elsewhere.

use std::io::{BufWriter, IsTerminal as _, Write as _};
use std::sync::OnceLock;

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The word "error".
pub(super) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The word "hint".
pub(super) const HINT: Style = AnsiColor::Cyan.on_default().bold();
/// What is well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
/// What needs attention.
pub(super) const WARN: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub(super) const HEADING: Style = Style::new().bold();
/// What is of less weight.
pub(super) const DIM: Style = Style::new().dimmed();

/// Prints a line of the answer.
pub(super) fn say(line: &str) {
    let mut output = anstream::stdout();
    note(writeln!(output, "{line}").and_then(|()| output.flush()));
}

/// Prints a line beside the answer.
pub(super) fn complain(line: &str) {
    note(writeln!(anstream::stderr(), "{line}"));
}

/// Prints bytes of the answer as they are.
pub(super) fn write_out(bytes: &[u8]) {
    let mut output = std::io::stdout();
    note(output.write_all(bytes).and_then(|()| output.flush()));
}

/// Asks for a yes or no; `None` where there is nobody to ask.
pub(super) fn ask(question: &str) -> Option<bool> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return None;
    }
    let mut output = anstream::stderr();
    write!(output, "{question} [j/N] ").ok()?;
    output.flush().ok()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).ok()?;
    Some(matches!(
        answer.trim().to_lowercase().as_str(),
        "j" | "ja" | "y" | "yes"
    ))
}

/// Returns a number with its noun: `1 dag`, `2 dagar`.
pub(super) fn counted(count: impl std::fmt::Display, one: &str, many: &str) -> String {
    let count = count.to_string();
    let noun = if count == "1" { one } else { many };
    format!("{count} {noun}")
}

/// Returns text of foreign origin without what could move the cursor or begin a new line.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { '\u{FFFD}' } else { c })
        .collect()
}

/// Returns why the answer could not be written, if it could not.
pub(super) fn output_failure() -> Option<&'static str> {
    FAILURE.get().map(String::as_str)
}

static FAILURE: OnceLock<String> = OnceLock::new();

fn note(written: std::io::Result<()>) {
    match written {
        // A reader that has seen enough closes the pipe (`| head`); that is no failure.
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            FAILURE.get_or_init(|| error.to_string());
        }
        _ => {}
    }
}

/// Prints a value as indented JSON.
pub(super) fn say_json<T: serde::Serialize>(value: &T) -> Result<(), serde_json::Error> {
    // Past what looks for escape sequences, which JSON has none of, and not first into memory as a whole.
    let mut output = BufWriter::with_capacity(JSON_BUFFER_BYTES, std::io::stdout().lock());
    match serde_json::to_writer_pretty(&mut output, value) {
        Err(error) if error.is_io() => note(Err(error.into())),
        written => {
            written?;
            note(writeln!(output).and_then(|()| output.flush()));
        }
    }
    Ok(())
}

/// Returns a bar for long work; it shows on a terminal and nowhere else.
pub(super) fn bar(what: &'static str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("{msg} {bar:30} {pos}/{len} ({eta})");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar
}

/// Moves a bar.
pub(super) fn advance(bar: &ProgressBar, done: usize, of: usize) {
    bar.set_length(u64::try_from(of).unwrap_or(u64::MAX));
    bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
}

const JSON_BUFFER_BYTES: usize = 64 * 1024;
