//! Papers that are handed in with an act: extracts, letters, scans.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{ActError, Note, note_numbers};
use crate::journeys::handed_in::is_pdf;
use crate::journeys::{Error, Office, extract_text};
use crate::store::read_limited;

/// A file that is kept as a document.
#[derive(Debug)]
pub(in crate::journeys) struct Paper {
    pub(in crate::journeys) path: PathBuf,
    pub(in crate::journeys) bytes: Vec<u8>,
}

/// The text of a paper.
pub(in crate::journeys) struct Text {
    pub(in crate::journeys) encoding: Encoding,
    /// The pages, counted from 1, whose text a machine has read from a picture.
    pub(in crate::journeys) recognised: Vec<usize>,
    pub(in crate::journeys) text: String,
}

/// How the letters of a text are written as bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Text taken out of a PDF.
    Pdf,
    /// UTF-16 with its mark.
    Utf16,
    /// UTF-8.
    Utf8,
    /// Windows-1252, as older programs write.
    Windows1252,
}

impl Paper {
    /// Reads a file.
    ///
    /// # Errors
    /// [`Error`] when it cannot be read, is too large or empty.
    pub(in crate::journeys) fn read(path: &Path) -> Result<Self, Error> {
        let bytes = read_limited(path, MAX_PAPER_BYTES)?;
        if bytes.is_empty() {
            return Err(ActError::Document {
                hint: "name the file that came",
                path: path.to_owned(),
                problem: "the file is empty".to_owned(),
            }
            .into());
        }
        Ok(Self {
            path: path.to_owned(),
            bytes,
        })
    }

    /// Tells whether it is a PDF.
    pub(in crate::journeys) fn is_pdf(&self) -> bool {
        is_pdf(&self.bytes)
    }

    /// Tells whether it is a picture as scanners make them: JPEG, PNG or TIFF.
    pub(in crate::journeys) fn is_picture(&self) -> bool {
        PICTURES.iter().any(|start| self.bytes.starts_with(start))
    }

    /// Returns its text, taken out of it where it is a PDF.
    ///
    /// # Errors
    /// [`Error`] for what is no text, and for a PDF that gives none.
    pub(in crate::journeys) async fn text(&self, office: &Office) -> Result<Text, Error> {
        if self.is_pdf() {
            let read = extract_text::run(&office.workshop, &self.path, self.bytes.clone()).await?;
            return Ok(Text {
                encoding: Encoding::Pdf,
                recognised: read.recognised,
                text: read.text,
            });
        }
        let (text, encoding) = decoded(&self.bytes).ok_or_else(|| ActError::Document {
            hint: "save the extract as plain text (UTF-8) or as a PDF with text in it",
            path: self.path.clone(),
            problem: "neither text nor a PDF".to_owned(),
        })?;
        Ok(Text {
            encoding,
            recognised: Vec::new(),
            text,
        })
    }

    /// Tells of personal identity numbers in it, as far as it has text.
    ///
    /// Reading a PDF takes a while, so the office is not held meanwhile.
    pub(in crate::journeys) async fn notes(
        &self,
        office: &Office,
        within: &'static str,
    ) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Ok(read) = self.text(office).await {
            note_numbers(&mut notes, within, Some(&read.text));
        }
        notes
    }
}

/// Returns the text that bytes are in UTF-8, UTF-16 with a mark, or Windows-1252; `None` for no text.
pub(super) fn decoded(bytes: &[u8]) -> Option<(String, Encoding)> {
    let (text, encoding) = if let Some(rest) = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]) {
        (String::from_utf8(rest.to_vec()).ok()?, Encoding::Utf8)
    } else if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        (utf16(rest, u16::from_le_bytes)?, Encoding::Utf16)
    } else if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        (utf16(rest, u16::from_be_bytes)?, Encoding::Utf16)
    } else if let Ok(text) = std::str::from_utf8(bytes) {
        (text.to_owned(), Encoding::Utf8)
    } else {
        let text: Option<String> = bytes.iter().map(|byte| windows_1252(*byte)).collect();
        (text?, Encoding::Windows1252)
    };
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    text.chars().all(is_text).then_some((text, encoding))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units: Option<Vec<u16>> = bytes
        .chunks(2)
        .map(|pair| Some(unit(<[u8; 2]>::try_from(pair).ok()?)))
        .collect();
    String::from_utf16(&units?).ok()
}

/// Returns the letter of a byte in Windows-1252; `None` for the five that have none.
fn windows_1252(byte: u8) -> Option<char> {
    match byte {
        0x80..=0x9F => {
            let index = usize::from(byte.saturating_sub(0x80));
            WINDOWS_1252.chars().nth(index).filter(|c| *c != '\u{FFFD}')
        }
        _ => Some(char::from(byte)),
    }
}

/// What Windows-1252 has in 0x80 to 0x9F; the replacement character where it has nothing.
const WINDOWS_1252: &str = "€\u{FFFD}‚ƒ„…†‡ˆ‰Š‹Œ\u{FFFD}Ž\u{FFFD}\u{FFFD}‘’“”•–—˜™š›œ\u{FFFD}žŸ";
/// What JPEG, PNG and TIFF files begin with.
const PICTURES: [&[u8]; 4] = [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n", b"II*\0", b"MM\0*"];
/// No extract, letter or scan is larger.
const MAX_PAPER_BYTES: u64 = 64 * 1024 * 1024;
