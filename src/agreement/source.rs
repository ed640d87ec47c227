//! Errors in files that people write: file, line, and what to do.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

/// Something wrong in a file that a person wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceError {
    /// The file, relative to the office.
    pub file: String,
    /// The line counted from 1, where it is known.
    pub line: Option<usize>,
    /// One sentence with the value that was wrong.
    pub message: String,
    /// What to do about it.
    pub hint: Option<String>,
}

impl SourceError {
    /// Returns an error about a file as a whole.
    #[must_use]
    pub fn new(file: &str, message: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            message: message.into(),
            hint: None,
        }
    }

    /// Returns the error with its line, counted from 1.
    #[must_use]
    pub fn at_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// Returns the error with what to do about it.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the error that the TOML reader found in a file's text, with its line.
    #[must_use]
    pub fn from_toml(file: &str, text: &str, error: &toml::de::Error) -> Self {
        // The reader's message may span lines (a list of expected keys); ours is one sentence.
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        // It may also quote a whole value.
        let message: String = message.chars().take(MAX_MESSAGE_CHARS).collect();
        let found = Self::new(file, message);
        match error.span() {
            Some(span) => found.at_line(line_of(text, &span)),
            None => found,
        }
    }
}

/// The longest list of expected keys fits.
const MAX_MESSAGE_CHARS: usize = 400;

fn line_of(text: &str, span: &Range<usize>) -> usize {
    let before = text.get(..span.start).unwrap_or(text);
    before.matches('\n').count().saturating_add(1)
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.message),
            None => write!(f, "{}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for SourceError {}
