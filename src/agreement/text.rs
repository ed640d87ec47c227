//! Text at the door: NFC, one line, bounded, and without characters that deceive the eye.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// The most characters that one line of party data may have.
pub const MAX_LINE_CHARS: usize = 300;

/// Why a text is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RefusedText {
    /// A control, direction, invisible or private character.
    #[error(
        "character U+{code:04X} at position {position} is not allowed in a text that is printed"
    )]
    Character {
        /// The character's code point.
        code: u32,
        /// Its place, counted in characters from 1.
        position: usize,
    },
    /// Nothing but white space.
    #[error("the text is empty")]
    Empty,
    /// Longer than [`MAX_LINE_CHARS`].
    #[error("the text has {chars} characters, at most {MAX_LINE_CHARS} are allowed")]
    TooLong {
        /// How many characters it has.
        chars: usize,
    },
}

/// Returns the text in Unicode normalisation form C.
#[must_use]
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// Returns the first character that may not be printed, with its position counted from 1.
///
/// Refused are control characters, bidirectional controls (U+200E, U+200F, U+061C, U+202A–202E,
/// U+2066–2069), zero-width and other invisible characters, U+FEFF, private use, and
/// non-characters: they let two texts look the same, or one text look like another.
#[must_use]
pub fn refused_character(text: &str) -> Option<(usize, char)> {
    text.chars()
        .enumerate()
        .find(|(_, c)| is_refused(*c))
        .map(|(index, c)| (index.saturating_add(1), c))
}

fn is_refused(c: char) -> bool {
    let code = u32::from(c);
    c.is_control()
        || matches!(code,
            0x00AD | 0x034F | 0x061C | 0x115F..=0x1160 | 0x17B4..=0x17B5 | 0x180B..=0x180F
            | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F | 0x3164 | 0xFE00..=0xFE0F
            | 0xFEFF | 0xFFA0 | 0xFFF0..=0xFFFF | 0xE000..=0xF8FF | 0xFDD0..=0xFDEF
            | 0xE0000..=0x0010_FFFF)
        || code & 0xFFFE == 0xFFFE
}

/// Returns one line of text in NFC, without white space at its ends.
///
/// # Errors
/// [`RefusedText`] when it is empty, too long, or has a character that may not be printed.
pub fn clean_line(text: &str) -> Result<String, RefusedText> {
    let clean = nfc(text.trim_matches(' '));
    if clean.is_empty() {
        return Err(RefusedText::Empty);
    }
    let chars = clean.chars().count();
    if chars > MAX_LINE_CHARS {
        return Err(RefusedText::TooLong { chars });
    }
    match refused_character(&clean) {
        Some((position, c)) => Err(RefusedText::Character {
            code: u32::from(c),
            position,
        }),
        None => Ok(clean),
    }
}

/// A name or another line of text, cleaned by [`clean_line`].
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// Returns the text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl TryFrom<String> for Name {
    type Error = RefusedText;

    fn try_from(text: String) -> Result<Self, RefusedText> {
        clean_line(&text).map(Self)
    }
}

impl FromStr for Name {
    type Err = RefusedText;

    fn from_str(text: &str) -> Result<Self, RefusedText> {
        clean_line(text).map(Self)
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}
