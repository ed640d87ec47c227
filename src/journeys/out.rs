//! The files that people find under out/: copies with their digests, voided copies, parcels.
//!
//! The store has every issued copy; what lies here may be somebody's signed file. So nothing here
//! is overwritten that is not the same: it is left, or moved aside under another name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Error;
use crate::agreement::{AgreementId, Form, PartyCode, Sha256, VersionNumber};
use crate::register::{Issued, Tally};
use crate::store::{
    Store, file_size, files_below, is_file, move_aside, pack, read_limited, write_copy, write_file,
};

/// The list of digests beside the copies.
pub(super) const SUMS: &str = "SHA256SUMS";
/// The folder for voided copies' files.
const VOIDED_FOLDER: &str = "makulerade";
/// The folder for files that bore a copy's name and were something else.
const STRANGE_FOLDER: &str = "avvikande";

/// What became of the files of copies that stand.
#[derive(Debug, Default)]
pub(super) struct Restored {
    /// Files that were missing or changed and are written from the store.
    pub(super) rewritten: usize,
    /// Files that begin with their copy and go on, as signed ones do; left as they are.
    pub(super) longer: Vec<String>,
    /// Files that were something else, where they lie now.
    pub(super) moved: Vec<PathBuf>,
}

/// Returns the name of the folder that a version's copies in a form are written to.
pub(super) fn folder_name(agreement: &AgreementId, version: VersionNumber, form: Form) -> String {
    format!("{agreement}-{version}-{}", form.as_str())
}

/// Writes the files of copies that stand, where they are missing or changed.
pub(super) async fn write_missing(
    store: &Store,
    folder: &Path,
    kept: &[Issued],
) -> Result<Restored, Error> {
    let mut restored = Restored::default();
    for issued in kept {
        let path = folder.join(&issued.file_name);
        if let Some(size_bytes) = file_size(&path) {
            let bytes = read_limited(&path, size_bytes)?;
            let start = usize::try_from(issued.size_bytes)
                .ok()
                .and_then(|end| bytes.get(..end));
            let begins_with_copy = start.is_some_and(|start| Sha256::of(start) == issued.base);
            if begins_with_copy && size_bytes > issued.size_bytes {
                restored.longer.push(issued.file_name.clone());
                continue;
            }
            if begins_with_copy {
                continue;
            }
            restored
                .moved
                .push(move_aside(&path, &folder.join(STRANGE_FOLDER))?);
        }
        write_copy(&path, &store.documents.get(issued.base).await?)?;
        restored.rewritten = restored.rewritten.saturating_add(1);
    }
    Ok(restored)
}

/// Writes SHA256SUMS of every copy that counts and lies here as issued, as `sha256sum -c` reads it.
pub(super) fn write_sums(
    folder: &Path,
    tally: &Tally,
    agreement: &AgreementId,
    version: VersionNumber,
    form: Form,
) -> Result<(), Error> {
    let copies = tally.copies_of(agreement, version, form);
    let mut live: Vec<_> = copies.into_iter().filter(|copy| copy.is_live()).collect();
    live.sort_by(|a, b| a.issued.file_name.cmp(&b.issued.file_name));
    let lines: String = live
        .iter()
        .filter(|copy| {
            file_size(&folder.join(&copy.issued.file_name)) == Some(copy.issued.size_bytes)
        })
        .map(|copy| format!("{}  {}\n", copy.issued.base, copy.issued.file_name))
        .collect();
    Ok(write_file(&folder.join(SUMS), lines.as_bytes())?)
}

/// Moves a voided copy's file out of the way, where it cannot be sent by mistake.
pub(super) fn set_voided_aside(folder: &Path, voided: &Issued) -> Result<(), Error> {
    let file = folder.join(&voided.file_name);
    if is_file(&file) {
        move_aside(&file, &folder.join(VOIDED_FOLDER))?;
    }
    Ok(())
}

/// Writes a party's parcel; an older one with other contents is moved aside whole.
pub(super) fn write_parcel(
    folder: &Path,
    party: &PartyCode,
    files: &BTreeMap<String, Vec<u8>>,
    zip: bool,
) -> Result<PathBuf, Error> {
    let older = folder.join("tidigare");
    if zip {
        let path = folder.join(format!("{party}.zip"));
        let bytes = pack(files)?;
        if !is_same(&path, &bytes) {
            if is_file(&path) {
                move_aside(&path, &older)?;
            }
            write_file(&path, &bytes)?;
        }
        return Ok(path);
    }
    let path = folder.join(party.as_str());
    let there: Vec<PathBuf> = files_below(&path)?
        .into_iter()
        .filter(|file| is_file(file))
        .collect();
    let expected = files.iter().map(|(name, bytes)| (path.join(name), bytes));
    let is_whole =
        there.len() == files.len() && expected.clone().all(|(file, bytes)| is_same(&file, bytes));
    if is_whole {
        return Ok(path);
    }
    if !there.is_empty() {
        move_aside(&path, &older)?;
    }
    for (file, bytes) in expected {
        write_file(&file, bytes)?;
    }
    Ok(path)
}

fn is_same(file: &Path, bytes: &[u8]) -> bool {
    u64::try_from(bytes.len())
        .is_ok_and(|size| read_limited(file, size).is_ok_and(|there| there == *bytes))
}
