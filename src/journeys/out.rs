//! The files that people find under out/: copies with their digests, voided copies, parcels.
//!
//! The store has every known head of every copy, and the newest lies here. What else lies here may
//! be somebody's signed file: nothing is overwritten but an earlier known head, the rest is left, or
//! moved aside under another name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Error;
use crate::agreement::{AgreementId, Form, PartyCode, Sha256, VersionNumber};
use crate::register::{CopyState, HeadPlace, Issued, Tally};
use crate::store::{
    Store, file_size, files_below, is_file, move_aside, pack, read_limited, write_copy, write_file,
};

/// The list of digests beside the copies.
pub(super) const SUMS: &str = "SHA256SUMS";
/// The folder for voided copies' files.
const VOIDED_FOLDER: &str = "makulerade";
/// The folder for files that bore a copy's name and were something else.
pub(super) const STRANGE_FOLDER: &str = "avvikande";

/// The folder for parcels and letters that others took the place of.
const EARLIER_FOLDER: &str = "tidigare";

/// What became of the files of copies that stand.
#[derive(Debug, Default)]
pub(super) struct Restored {
    /// Files that were missing, changed or an earlier head and are written from the store.
    pub(super) rewritten: usize,
    /// Files that begin with the newest head and go on, as signed ones do; left as they are.
    pub(super) longer: Vec<String>,
    /// Files that were something else, where they lie now.
    pub(super) moved: Vec<PathBuf>,
}

/// Returns the name of the folder that a version's copies in a form are written to.
pub(super) fn folder_name(agreement: &AgreementId, version: VersionNumber, form: Form) -> String {
    format!("{agreement}-{version}-{}", form.as_str())
}

/// Writes the newest head of copies that stand, where it is not what lies there.
pub(super) async fn write_missing(
    store: &Store,
    folder: &Path,
    kept: &[CopyState],
) -> Result<Restored, Error> {
    let mut restored = Restored::default();
    for copy in kept {
        let file_name = &copy.issued.file_name;
        let path = folder.join(file_name);
        if let Some(size_bytes) = file_size(&path) {
            match compare(copy, &read_limited(&path, size_bytes)?) {
                Found::Earlier => {}
                Found::Longer => {
                    restored.longer.push(file_name.clone());
                    continue;
                }
                Found::Newest => continue,
                Found::Strange => {
                    let aside = move_aside(&path, &folder.join(STRANGE_FOLDER))?;
                    restored.moved.push(aside);
                }
            }
        }
        write_copy(&path, &store.documents.get(copy.head()).await?)?;
        restored.rewritten = restored.rewritten.saturating_add(1);
    }
    Ok(restored)
}

/// What lies under a copy's name.
enum Found {
    /// A known state that is not the newest head, and that the documents have.
    Earlier,
    /// The newest head and more, which is not known here.
    Longer,
    /// The newest head.
    Newest,
    /// Something else.
    Strange,
}

fn compare(copy: &CopyState, bytes: &[u8]) -> Found {
    let digest = Sha256::of(bytes);
    if digest == copy.head() {
        return Found::Newest;
    }
    // The newest head of another branch of a fork is not earlier: it is moved aside, not replaced.
    if copy.place_of(digest) == Some(HeadPlace::Earlier) {
        return Found::Earlier;
    }
    // A file that came back and does not count, or no longer: the documents have it.
    let mut received = copy.received.iter();
    if copy.place_of(digest).is_none() && received.any(|file| file.received.file == digest) {
        return Found::Earlier;
    }
    let start = usize::try_from(copy.head_size_bytes())
        .ok()
        .and_then(|end| bytes.get(..end));
    if start.is_some_and(|start| Sha256::of(start) == copy.head()) {
        Found::Longer
    } else {
        Found::Strange
    }
}

/// Writes SHA256SUMS of every copy that counts and whose newest head lies here, as `sha256sum -c` reads it.
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
            file_size(&folder.join(&copy.issued.file_name)) == Some(copy.head_size_bytes())
        })
        .map(|copy| format!("{}  {}\n", copy.head(), copy.issued.file_name))
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
    let older = folder.join(EARLIER_FOLDER);
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

/// Writes a letter's file; another one of its name, which somebody may have written in, is moved aside.
pub(super) fn write_letter(folder: &Path, file: &Path, bytes: &[u8]) -> Result<(), Error> {
    if is_same(file, bytes) {
        return Ok(());
    }
    if is_file(file) {
        move_aside(file, &folder.join(EARLIER_FOLDER))?;
    }
    Ok(write_file(file, bytes)?)
}

fn is_same(file: &Path, bytes: &[u8]) -> bool {
    u64::try_from(bytes.len())
        .is_ok_and(|size| read_limited(file, size).is_ok_and(|there| there == *bytes))
}
