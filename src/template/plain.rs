//! Letters as plain text for e-mail: filled by minijinja, then broken into short lines.

use minijinja::value::{Serde, Value};

use super::escape;
use super::fill::render_in;
use crate::agreement::SourceError;

/// Renders a letter as plain text; `file` is its name in messages.
///
/// A paragraph may stand on one line of the template: lines are broken at spaces, items of lists go on below
/// their first word, several empty lines become one. Lines end in LF.
///
/// # Errors
/// [`SourceError`] as [`fill`](super::fill()).
pub fn fill_plain(
    file: &str,
    template: &str,
    context: &serde_json::Value,
) -> Result<String, SourceError> {
    let environment = escape::plain_environment();
    let template = without_statement_lines(template);
    let rendered = render_in(&environment, file, &template, &Value::from(Serde(context)))?;
    Ok(broken(&rendered))
}

/// Returns a template in which a line that holds one statement and nothing else gives no line of text.
///
/// Its line end goes into a comment, so that the lines of errors stay what they were.
fn without_statement_lines(template: &str) -> String {
    let mut changed = String::with_capacity(template.len());
    for line in template.split_inclusive('\n') {
        let only = line.trim();
        // What stands between raw and its end is text, comments too.
        let is_one = only.starts_with("{%")
            && only.ends_with("%}")
            && only.matches("{%").count() == 1
            && !only.contains("raw");
        if is_one {
            changed.push_str(only);
            changed.push_str("{#\n#}");
        } else {
            changed.push_str(line);
        }
    }
    changed
}

/// Returns a text with no line longer than [`LINE_CHARS`].
fn broken(text: &str) -> String {
    let mut broken = String::with_capacity(text.len().saturating_add(text.len() / LINE_CHARS));
    let mut was_empty = true;
    for line in text.lines() {
        let line = line.trim_end();
        if line.is_empty() {
            if !was_empty {
                broken.push('\n');
            }
            was_empty = true;
            continue;
        }
        was_empty = false;
        break_line(line, &mut broken);
    }
    while broken.ends_with("\n\n") {
        broken.pop();
    }
    broken
}

fn break_line(line: &str, broken: &mut String) {
    let indent = indent(line);
    let rest = line.trim_start();
    let mut width = line.chars().count().saturating_sub(rest.chars().count());
    broken.extend(std::iter::repeat_n(' ', width));
    let mut is_first = true;
    for word in rest.split_whitespace() {
        let mut word: Vec<char> = word.chars().collect();
        if !is_first {
            if width.saturating_add(1).saturating_add(word.len()) <= LINE_CHARS {
                broken.push(' ');
                width = width.saturating_add(1);
            } else {
                width = new_line(indent, broken);
            }
        }
        is_first = false;
        // A word that no line can hold is cut, as the length of lines is a promise.
        while width.saturating_add(word.len()) > LINE_CHARS {
            let room = LINE_CHARS.saturating_sub(width).clamp(1, word.len());
            broken.extend(word.drain(..room));
            if word.is_empty() {
                break;
            }
            width = new_line(indent, broken);
        }
        width = width.saturating_add(word.len());
        broken.extend(word);
    }
    broken.push('\n');
}

fn new_line(indent: usize, broken: &mut String) -> usize {
    broken.push('\n');
    broken.extend(std::iter::repeat_n(' ', indent));
    indent
}

/// Returns how far the lines after the first are moved in.
fn indent(line: &str) -> usize {
    let rest = line.trim_start();
    let before = line.chars().count().saturating_sub(rest.chars().count());
    let mark = rest.split(' ').next().unwrap_or_default();
    let is_number = mark.strip_suffix('.').is_some_and(|digits| {
        !digits.is_empty() && digits.len() <= 2 && digits.bytes().all(|b| b.is_ascii_digit())
    });
    let own = if mark == "-" || mark == "–" || is_number {
        mark.chars().count().saturating_add(1)
    } else if mark == SUBJECT {
        // As a header field is folded (RFC 5322 §2.2.3).
        1
    } else {
        0
    };
    before.saturating_add(own).min(MAX_INDENT_CHARS)
}

/// The most characters in a line, as is the custom in e-mail.
pub const LINE_CHARS: usize = 72;
/// Lines keep most of their room.
const MAX_INDENT_CHARS: usize = 24;
/// What the line with the subject begins with.
const SUBJECT: &str = "Ämne:";

#[cfg(test)]
mod tests;
