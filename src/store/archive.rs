//! Zip files: bundles and parcels, small enough to be held in memory; packages, written file by file.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use zip::read::ZipArchive;
use zip::result::ZipError;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::Error;
use super::folder::{put_in_place, write_aside};

/// Returns files as one zip: paths in order, no times, stored uncompressed, so the same files give
/// the same bytes.
///
/// # Errors
/// [`Error::Archive`] when a name or size cannot be written.
pub fn pack(files: &BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Error> {
    let failed = |error: &dyn std::fmt::Display| Error::Archive {
        path: PathBuf::from("zip"),
        problem: error.to_string(),
    };
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (path, bytes) in files {
        writer
            .start_file(path.as_str(), options)
            .map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
    }
    Ok(writer
        .finish()
        .map_err(|error| failed(&error))?
        .into_inner())
}

/// Returns the files in a zip by their paths.
///
/// `name` is for messages. Paths that lead out of the zip, and more than `limit_bytes` in all, are
/// refused.
///
/// # Errors
/// [`Error::Archive`] with what is wrong.
pub fn unpack(
    name: &Path,
    zip: &[u8],
    limit_bytes: u64,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    unpack_some(name, zip, limit_bytes, |_| true)
}

/// Returns the wanted files in a zip by their paths; as [`unpack`] otherwise.
///
/// # Errors
/// As [`unpack`].
pub fn unpack_some(
    name: &Path,
    zip: &[u8],
    limit_bytes: u64,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<BTreeMap<String, Vec<u8>>, Error> {
    let failed = |problem: String| Error::Archive {
        path: name.to_owned(),
        problem,
    };
    let mut archive =
        ZipArchive::new(Cursor::new(zip)).map_err(|error| failed(error.to_string()))?;
    let mut files = BTreeMap::new();
    let mut left = limit_bytes;
    for index in 0..archive.len() {
        let entry = archive
            .by_index(index)
            .map_err(|error| failed(error.to_string()))?;
        let path = entry
            .name()
            .map_err(|error| failed(error.to_string()))?
            .into_owned();
        if entry.is_dir() || !is_wanted(&path) {
            continue;
        }
        if entry.enclosed_name().is_none() {
            return Err(failed(format!("the path {path:?} leads out of it")));
        }
        let mut bytes = Vec::new();
        let read = entry.take(left.saturating_add(1)).read_to_end(&mut bytes);
        let read = read.map_err(|error| failed(format!("{path}: {error}")))?;
        left = u64::try_from(read)
            .ok()
            .and_then(|read| left.checked_sub(read))
            .ok_or_else(|| failed(format!("it unpacks to more than {limit_bytes} bytes")))?;
        files.insert(path, bytes);
    }
    Ok(files)
}

/// A zip that is written file by file: whole in its place, or not there.
///
/// No times, so that the same files give the same bytes.
pub struct ZipFile {
    path: PathBuf,
    writer: ZipWriter<NamedTempFile>,
}

impl ZipFile {
    /// Begins a zip beside its place. A private one is readable by its owner alone.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn create(path: &Path, is_private: bool) -> Result<Self, Error> {
        let mode = if is_private { 0o600 } else { 0o644 };
        let file = write_aside(path, &[], mode)?;
        Ok(Self {
            path: path.to_owned(),
            writer: ZipWriter::new(file),
        })
    }

    /// Adds a file. Text is deflated, what is compressed already is stored as it is.
    ///
    /// # Errors
    /// [`Error::Io`] for a full disk; [`Error::Archive`] for a name or size that cannot be written.
    pub fn add(&mut self, name: &str, bytes: &[u8], is_text: bool) -> Result<(), Error> {
        let method = if is_text {
            CompressionMethod::Deflated
        } else {
            CompressionMethod::Stored
        };
        let options = SimpleFileOptions::default()
            .compression_method(method)
            .last_modified_time(DateTime::default())
            .unix_permissions(0o644);
        let started = self.writer.start_file(name, options);
        started.map_err(|error| failed(&self.path, error))?;
        let written = self.writer.write_all(bytes);
        written.map_err(Error::io(&self.path))
    }

    /// Ends the zip, syncs it and puts it in its place.
    ///
    /// # Errors
    /// As [`ZipFile::add`].
    pub fn finish(self) -> Result<(), Error> {
        let Self { path, writer } = self;
        let file = writer.finish().map_err(|error| failed(&path, error))?;
        file.as_file().sync_all().map_err(Error::io(&path))?;
        put_in_place(file, &path)
    }
}

fn failed(path: &Path, error: ZipError) -> Error {
    match error {
        ZipError::Io(error) => Error::io(path)(error),
        other => Error::Archive {
            path: path.to_owned(),
            problem: other.to_string(),
        },
    }
}
