//! The package's file: what is in it, with digests, written file by file.

use std::path::Path;

use chrono::NaiveDate;
use serde::Serialize;

use super::Error;
use crate::agreement::{CopyId, Name, PartyCode, Sha256};
use crate::store::ZipFile;

/// A package that is being written.
pub(super) struct Package {
    zip: ZipFile,
    /// The Swedish day on which it is made.
    day: NaiveDate,
    /// What is in it so far, in the order in which it was added.
    pub(super) files: Vec<FileLine>,
}

/// A file of the package. Fields stand in canonical order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileLine {
    /// The copy that it is of.
    pub copy: Option<CopyId>,
    /// The day on which it was received or drawn up.
    pub date: Option<NaiveDate>,
    /// What it is, in Swedish.
    pub description: String,
    /// The diary number, as printed.
    pub diary_number: Option<Name>,
    /// The place of the entry that names it.
    pub entry: Option<u64>,
    /// From whom.
    pub from: Option<String>,
    /// Its media type.
    pub media_type: &'static str,
    /// The party that it is from or about.
    pub party: Option<PartyCode>,
    /// Its path in the package.
    pub path: String,
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// To whom.
    pub to: Option<String>,
    /// What it is, for programs.
    pub what: What,
}

/// What a file of the package is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A certificate that the office trusted.
    Anchor,
    /// A signed file that is true beside the original, as signatures were made side by side.
    Branch,
    /// The register's signed head.
    Checkpoint,
    /// The fields of an entry, for reading.
    Entry,
    /// Entries of the register, as stored.
    Entries,
    /// A text that explains.
    Explanation,
    /// Minutes that somebody handed in.
    Extract,
    /// A letter from a party.
    Letter,
    /// A list of the package's files.
    List,
    /// The authoritative file of a copy.
    Original,
    /// The file that was printed for signing on paper.
    Printed,
    /// A copy for publication.
    PublicCopy,
    /// A received file that holds a signature which does not count.
    Received,
    /// The proof that an entry is in the register.
    Receipt,
    /// The register's public key.
    RegisterKey,
    /// A scan of a paper.
    Scan,
    /// A signature, taken out of its file.
    Signature,
    /// The frozen text that every copy was typeset from.
    Text,
    /// The words of a copy, as plain text.
    TextVersion,
    /// A verdict reached for this package.
    Verdict,
    /// A verdict as it was entered at receipt.
    VerdictAtReceipt,
    /// A verdict as a document to read.
    VerdictReport,
    /// The file of a copy that no longer counts.
    Voided,
    /// Words behind commitments.
    Words,
}

impl FileLine {
    /// Describes a file that is to be added.
    pub(super) fn new(path: impl Into<String>, what: What, description: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            copy: None,
            date: None,
            description: description.into(),
            diary_number: None,
            entry: None,
            from: None,
            media_type: media_type(&path),
            party: None,
            path,
            sha256: Sha256::of(&[]),
            size_bytes: 0,
            to: None,
            what,
        }
    }
}

impl Package {
    pub(super) fn create(path: &Path, is_private: bool, day: NaiveDate) -> Result<Self, Error> {
        Ok(Self {
            day,
            zip: ZipFile::create(path, is_private)?,
            files: Vec::new(),
        })
    }

    /// Adds a file with its digest and size.
    pub(super) fn add(&mut self, mut line: FileLine, bytes: &[u8]) -> Result<(), Error> {
        let is_text =
            line.media_type.starts_with("text/") || line.media_type.starts_with("application/json");
        self.zip.add(&line.path, bytes, is_text)?;
        line.date.get_or_insert(self.day);
        line.sha256 = Sha256::of(bytes);
        line.size_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.files.push(line);
        Ok(())
    }

    /// Tells whether a path is taken.
    pub(super) fn has(&self, path: &str) -> bool {
        self.files.iter().any(|file| file.path == path)
    }

    /// Adds the list of digests, as `sha256sum -c` reads it, and ends the package.
    pub(super) fn finish(mut self) -> Result<Vec<FileLine>, Error> {
        let line = |file: &FileLine| format!("{}  {}\n", file.sha256, file.path);
        let sums: String = self.files.iter().map(line).collect();
        self.zip.add(SUMS, sums.as_bytes(), true)?;
        self.zip.finish()?;
        Ok(self.files)
    }
}

/// Returns the ending for a document that came from outside, by what it begins with.
pub(super) fn ending(bytes: &[u8]) -> &'static str {
    let start = bytes.get(..HEADER_BYTES).unwrap_or(bytes);
    if start.windows(4).any(|found| found == b"%PDF") {
        "pdf"
    } else if bytes.starts_with(b"\x89PNG") {
        "png"
    } else if bytes.starts_with(b"\xFF\xD8\xFF") {
        "jpg"
    } else if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") {
        "tif"
    } else if std::str::from_utf8(bytes).is_ok() {
        "txt"
    } else {
        "bin"
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "csv" => "text/csv",
        "html" => "text/html",
        "jpg" => "image/jpeg",
        "json" => "application/json",
        "jsonl" => "application/jsonl",
        "pdf" => PDF,
        "pem" => "application/x-pem-file",
        "png" => "image/png",
        "tif" => "image/tiff",
        "p7s" => "application/pkcs7-signature",
        "txt" | "tlog-proof" => "text/plain",
        "zip" => ZIP,
        _ => OTHER,
    }
}

const PDF: &str = "application/pdf";
const ZIP: &str = "application/zip";
const OTHER: &str = "application/octet-stream";
/// The list of digests.
pub(super) const SUMS: &str = "SHA256SUMS";
/// ISO 32000-2 §7.5.2, with what readers bear before the header.
const HEADER_BYTES: usize = 1024;
