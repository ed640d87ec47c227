//! Papers that are handed in with an act: extracts, letters, scans.

use std::path::{Path, PathBuf};

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use serde::Serialize;

use super::{ActError, Note, note_numbers};
use crate::agreement::Sha256;
use crate::journeys::handed_in::is_pdf;
use crate::journeys::{Error, Office, extract_text};
use crate::store::read_limited;

/// A file that is kept as a document.
#[derive(Debug)]
pub(in crate::journeys) struct Paper {
    pub(in crate::journeys) path: PathBuf,
    pub(in crate::journeys) bytes: Vec<u8>,
    // What notes call it; its text is not looked at where they have no word for it.
    within: Option<&'static str>,
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
    /// UTF-16.
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
            within: None,
        })
    }

    /// Reads a file whose text is looked at for personal identity numbers, where there is one.
    ///
    /// # Errors
    /// As [`Paper::read`].
    pub(in crate::journeys) fn read_some(
        path: Option<&Path>,
        within: &'static str,
    ) -> Result<Option<Self>, Error> {
        let Some(path) = path else {
            return Ok(None);
        };
        Ok(Some(Self {
            within: Some(within),
            ..Self::read(path)?
        }))
    }

    /// Returns its digest.
    pub(in crate::journeys) fn digest(&self) -> Sha256 {
        Sha256::of(&self.bytes)
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

    /// Tells of personal identity numbers in it, as far as it has text that is looked at.
    pub(in crate::journeys) async fn notes(&self, office: &Office) -> Vec<Note> {
        let mut notes = Vec::new();
        if let Some(within) = self.within
            && let Ok(read) = self.text(office).await
        {
            note_numbers(&mut notes, within, Some(&read.text));
        }
        notes
    }
}

/// Returns the text that bytes are in UTF-8, UTF-16 or Windows-1252; `None` for no text.
///
/// UTF-16 without its mark is told by the zero bytes that letters of Latin script have.
pub(super) fn decoded(bytes: &[u8]) -> Option<(String, Encoding)> {
    let is_text = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    decoded_as_is(bytes).filter(|(text, _)| text.chars().all(is_text))
}

/// As [`decoded`], whatever characters there are.
pub(in crate::journeys) fn decoded_as_is(bytes: &[u8]) -> Option<(String, Encoding)> {
    let encoding = encoding_of(bytes);
    let bytes = MARKS
        .iter()
        .find_map(|mark| bytes.strip_prefix(*mark))
        .unwrap_or(bytes);
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let name = if encoding == UTF_8 {
        Encoding::Utf8
    } else if encoding == WINDOWS_1252 {
        Encoding::Windows1252
    } else {
        Encoding::Utf16
    };
    Some((text.into_owned(), name))
}

fn encoding_of(bytes: &[u8]) -> &'static encoding_rs::Encoding {
    if let Some((encoding, _)) = encoding_rs::Encoding::for_bom(bytes) {
        return encoding;
    }
    let zeros = |first: usize| {
        let every_other = bytes.iter().skip(first).step_by(2);
        every_other.filter(|byte| **byte == 0).count()
    };
    // More than half of the other bytes: a stray zero in another file makes no UTF-16 of it.
    let most = bytes.len() / 4;
    if bytes.len().is_multiple_of(2) && zeros(1) > most {
        UTF_16LE
    } else if bytes.len().is_multiple_of(2) && zeros(0) > most {
        UTF_16BE
    } else if std::str::from_utf8(bytes).is_ok() {
        UTF_8
    } else {
        WINDOWS_1252
    }
}

/// What files in UTF-8 and UTF-16 may begin with.
const MARKS: [&[u8]; 3] = [b"\xEF\xBB\xBF", b"\xFF\xFE", b"\xFE\xFF"];
/// What JPEG, PNG and TIFF files begin with.
const PICTURES: [&[u8]; 4] = [b"\xFF\xD8\xFF", b"\x89PNG\r\n\x1A\n", b"II*\0", b"MM\0*"];
/// No extract, letter or scan is larger.
const MAX_PAPER_BYTES: u64 = 64 * 1024 * 1024;
