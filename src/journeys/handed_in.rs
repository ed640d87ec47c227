//! What is handed in: files, folders of them, and zips.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Error;
use crate::store::{files_below, read_limited, unpack_some};

/// The files that paths name.
#[derive(Default)]
pub(super) struct HandedIn {
    /// In order; a folder stands for all PDFs and zips below it.
    pub(super) found: Vec<Found>,
    /// How many files in folders are neither PDF nor zip.
    pub(super) passed_over: usize,
    /// Paths that cannot be looked into, and why.
    pub(super) unreadable: Vec<(PathBuf, Error)>,
}

impl HandedIn {
    /// Finds the files.
    pub(super) fn find(paths: &[PathBuf]) -> Self {
        let mut handed_in = Self::default();
        for path in paths {
            match files_below(path) {
                Ok(files) if files.as_slice() == std::slice::from_ref(path) => {
                    handed_in.found.push(Found(path.clone()));
                }
                Ok(files) => {
                    for file in files {
                        if ends_with(&file, "pdf") || ends_with(&file, "zip") {
                            handed_in.found.push(Found(file));
                        } else {
                            handed_in.passed_over = handed_in.passed_over.saturating_add(1);
                        }
                    }
                }
                Err(error) => {
                    handed_in.unreadable.push((path.clone(), error.into()));
                }
            }
        }
        handed_in
    }
}

/// A path that was found.
pub(super) struct Found(PathBuf);

/// What lies at a path.
pub(super) enum Content {
    /// One file.
    File(Vec<u8>),
    /// The files in a zip.
    Zip(BTreeMap<String, Vec<u8>>),
}

impl Found {
    /// Returns the path, to be shown.
    pub(super) fn name(&self) -> String {
        self.0.display().to_string()
    }

    /// Reads the file, or every PDF in the zip.
    ///
    /// # Errors
    /// [`Error`] when it cannot be read, and for a zip without a PDF.
    pub(super) fn read(&self) -> Result<Content, Error> {
        let limit = if ends_with(&self.0, "zip") {
            MAX_ZIP_BYTES
        } else {
            MAX_FILE_BYTES
        };
        let bytes = read_limited(&self.0, limit)?;
        if !bytes.starts_with(ZIP) && !ends_with(&self.0, "zip") {
            return Ok(Content::File(bytes));
        }
        let is_wanted = |path: &str| {
            // What macOS puts beside each file in a zip.
            !path.starts_with("__MACOSX/") && ends_with(Path::new(path), "pdf")
        };
        let files = unpack_some(&self.0, &bytes, MAX_ZIP_BYTES, is_wanted)?;
        if files.is_empty() {
            return Err(Error::NoPdf {
                path: self.0.clone(),
            });
        }
        Ok(Content::Zip(files))
    }
}

/// Tells whether bytes begin as a PDF does.
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    // ISO 32000-2 §7.5.2, with what readers bear before the header.
    let start = bytes.get(..HEADER_BYTES).unwrap_or(bytes);
    start.windows(HEADER.len()).any(|found| found == HEADER)
}

fn ends_with(path: &Path, end: &str) -> bool {
    path.extension()
        .is_some_and(|found| found.eq_ignore_ascii_case(end))
}

/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// No zip is larger, nor what it unpacks to.
const MAX_ZIP_BYTES: u64 = 256 * 1024 * 1024;

/// What a zip begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// What a PDF begins with, within its first bytes.
const HEADER: &[u8] = b"%PDF-";
const HEADER_BYTES: usize = 1024;
