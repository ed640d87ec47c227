//! Backups: one zip with the register, its key and the documents; restoring swaps the store whole.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use chrono::Utc;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use zip::read::ZipArchive;
use zip::write::{SimpleFileOptions, ZipWriter};
use zip::{CompressionMethod, DateTime};

use super::{
    Draft, Error, KEY_FILE, Lock, Pin, Pins, Records, STORE, Store, documents, folder,
    identifier_key, origin_of, read_register_key, records,
};
use crate::agreement::{Actor, Sha256};
use crate::register::{Event, Restored, Tally};

/// What a backup holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BackupSize {
    /// Entries in the register.
    pub entries: u64,
    /// Documents.
    pub documents: u64,
}

/// What a restore did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreOutcome {
    /// Entries that the backup held; the restore's own comes after them.
    pub entries: u64,
    /// Where the replaced store was moved, if there was one.
    pub replaced: Option<PathBuf>,
    /// Documents that the replaced register says are erased, and that came back with the backup.
    pub returned: Vec<Sha256>,
}

/// Writes the store of an office into one zip, readable by its owner alone.
///
/// The register's private key is in it. The file is written beside its place and renamed.
///
/// # Errors
/// [`Error`] naming the file; an existing target is refused.
pub async fn write_backup(
    office: &Path,
    store: &mut Store,
    target: &Path,
) -> Result<BackupSize, Error> {
    let parent = target
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    if target.exists() {
        return Err(Error::io(target)(io::ErrorKind::AlreadyExists.into()));
    }
    let entries = store.records.entries(None).await?.len();
    let scratch = tempfile::tempdir_in(office.join(STORE)).map_err(Error::io(office))?;
    let copy = scratch.path().join(records::FILE);
    store.records.copy_to(&copy).await?;

    let failed = |error: zip::result::ZipError| Error::Archive {
        path: target.to_owned(),
        problem: error.to_string(),
    };
    let file = tempfile::NamedTempFile::new_in(parent).map_err(Error::io(target))?;
    let mut writer = ZipWriter::new(file);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(true)
        .unix_permissions(0o600);
    let mut add = |name: &str, path: &Path| -> Result<(), Error> {
        writer.start_file(name, options).map_err(failed)?;
        let mut source = File::open(path).map_err(Error::io(path))?;
        io::copy(&mut source, &mut writer)
            .map(drop)
            .map_err(Error::io(target))
    };
    add(records::FILE, &copy)?;
    add(KEY_FILE, &office.join(STORE).join(KEY_FILE))?;
    let identifiers = office.join(STORE).join(identifier_key::FILE);
    if identifiers.is_file() {
        add(identifier_key::FILE, &identifiers)?;
    }
    let mut documents = 0_u64;
    let folder = office.join(STORE).join(documents::FOLDER);
    for (name, path) in documents_in(&folder)? {
        add(&format!("{}/{name}", documents::FOLDER), &path)?;
        documents = documents.saturating_add(1);
    }
    let file = writer.finish().map_err(failed)?;
    file.as_file().sync_all().map_err(Error::io(target))?;
    file.persist_noclobber(target)
        .map_err(|error| Error::io(target)(error.error))?;
    Ok(BackupSize {
        entries: u64::try_from(entries).unwrap_or(u64::MAX),
        documents,
    })
}

/// Returns the documents below a folder, by their names relative to it, in order.
fn documents_in(root: &Path) -> Result<Vec<(String, PathBuf)>, Error> {
    let mut found = Vec::new();
    let algorithm = root.join("sha256");
    if !algorithm.is_dir() {
        return Ok(found);
    }
    for first in fs::read_dir(&algorithm).map_err(Error::io(&algorithm))? {
        let first = first.map_err(Error::io(&algorithm))?;
        for entry in fs::read_dir(first.path()).map_err(Error::io(&first.path()))? {
            let entry = entry.map_err(Error::io(&first.path()))?;
            let (first, rest) = (first.file_name(), entry.file_name());
            let name = format!(
                "sha256/{}/{}",
                first.to_string_lossy(),
                rest.to_string_lossy()
            );
            // A document's name is its digest; what a crashed write left behind has another form.
            if name.len() == "sha256/".len() + 65 {
                found.push((name, entry.path()));
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Puts an office's store back from a backup, with an entry that says so and why.
///
/// The backup is unpacked and checked beside the store, the entry added there, and the two are
/// then exchanged in one step; the replaced store is kept under another name. The pin is not asked: it is
/// set to what was restored.
///
/// # Errors
/// [`Error`] with what is wrong; the office is then as it was.
pub async fn restore_backup(
    office: &Path,
    backup: &Path,
    actor: &Actor,
    reason: &str,
    pins: &Pins,
) -> Result<RestoreOutcome, Error> {
    let current = office.join(STORE);
    folder::create_private(office)?;
    let _lock = Lock::take(office)?;
    let (replaced_entries, erased_since) = look_at_replaced(&current).await;

    remove_unfinished(office)?;
    let scratch = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempdir_in(office);
    let scratch = scratch.map_err(Error::io(office))?;
    let unpacked = scratch.path().join("store");
    let digest = unpack_backup(backup, &unpacked)?;
    keep_identifier_key(&current, &unpacked)?;
    let problem = |problem: String| Error::Archive {
        path: backup.to_owned(),
        problem,
    };
    let mut store = Store::read_at(&unpacked, None)
        .await?
        .ok_or_else(|| problem("it has no register".to_owned()))?;
    store.records.check().await?;
    let held = store.records.entries(None).await?;
    let mut documents = BTreeSet::new();
    for (name, path) in documents_in(&unpacked.join(documents::FOLDER))? {
        let bytes = fs::read(&path).map_err(Error::io(&path))?;
        let hex = name.trim_start_matches("sha256/").replace('/', "");
        let digest = Sha256::of(&bytes);
        if digest.to_string() != hex {
            return Err(problem(format!("document {hex} is damaged")));
        }
        documents.insert(digest);
    }
    let erased = Tally::fold(&held).erased;
    let is_gone = |digest: &Sha256| !documents.contains(digest) && !erased.contains_key(digest);
    let mut named = held.iter().flat_map(|entry| entry.event.documents());
    if let Some(digest) = named.find(is_gone) {
        return Err(problem(format!("document {digest} is missing from it")));
    }
    let returned = erased_since
        .into_iter()
        .filter(|digest| documents.contains(digest) && !erased.contains_key(digest))
        .collect();
    let opened = held.iter().find_map(|entry| match &entry.event {
        Event::Opened(opened) => Some(&opened.public_key),
        _ => None,
    });
    let key = read_register_key(&unpacked).map_err(|_| problem("its key is damaged".to_owned()))?;
    if key.as_ref() != opened {
        return Err(problem("its key is not the register's".to_owned()));
    }
    let origin = key.as_deref().map(origin_of).unwrap_or_default();
    let mut pin = Pin::read(pins, origin)?;
    pin.prepare(None)?;
    store.records.migrate().await?;
    // Who works under a lease works on the store that is replaced.
    store.records.clear_leases().await?;
    let entries = u64::try_from(held.len()).unwrap_or(u64::MAX);
    let reason = store.commit_words(reason).await?;
    let event = Event::Restored(Restored {
        backup: digest,
        entries,
        reason,
        replaced_entries,
    });
    store
        .records
        .append(vec![Draft {
            actor: actor.clone(),
            agreement: None,
            event,
        }])
        .await?;
    store.records.rebuild_index().await?;
    let checkpoint = store.records.checkpoint().await?.unwrap_or_default();
    store.records.close().await?;
    pin.announce(&checkpoint)?;

    if !current.is_dir() {
        fs::rename(&unpacked, &current).map_err(Error::io(&current))?;
        pin.write(&checkpoint)?;
        return Ok(RestoreOutcome {
            entries,
            replaced: None,
            returned,
        });
    }
    // Under the name that the replaced store shall have, so that it never lies where unfinished ones do.
    let kept = replaced_place(office);
    fs::rename(&unpacked, &kept).map_err(Error::io(&kept))?;
    // Exchanged in one step: at no moment is there no store, or half of one.
    if let Err(error) = renameat_with(CWD, &kept, CWD, &current, RenameFlags::EXCHANGE) {
        fs::rename(&kept, &unpacked).map_err(Error::io(&kept))?;
        return Err(Error::io(&current)(error.into()));
    }
    folder::sync_folder(office)?;
    pin.write(&checkpoint)?;
    Ok(RestoreOutcome {
        entries,
        replaced: Some(kept),
        returned,
    })
}

/// Enters that the office was put back by hand, where another state of it was seen before.
///
/// The register is checked whole as it lies; its pin is set to what it is now.
///
/// # Errors
/// [`Error`] with what is wrong; the office is then as it was.
pub async fn restore_here(
    office: &Path,
    actor: &Actor,
    reason: &str,
    pins: &Pins,
) -> Result<RestoreOutcome, Error> {
    let current = office.join(STORE);
    let _lock = Lock::take(office)?;
    let none = || Error::NoOffice {
        folder: office.to_owned(),
    };
    let mut store = Store::read_at(&current, None).await?.ok_or_else(none)?;
    store.records.check().await?;
    let public_key = store.records.public_key().await?.ok_or_else(none)?;
    let mut pin = Pin::read(pins, origin_of(&public_key))?;
    pin.prepare(None)?;
    store.records.migrate().await?;
    let entries = store.records.verify(&mut |_| {}).await?.head.size;
    let checkpoint = store.records.checkpoint().await?.unwrap_or_default();
    store.records.clear_leases().await?;
    let reason = store.commit_words(reason).await?;
    let event = Event::Restored(Restored {
        backup: Sha256::of(checkpoint.as_bytes()),
        entries,
        reason,
        replaced_entries: pin.size(),
    });
    store
        .records
        .append(vec![Draft {
            actor: actor.clone(),
            agreement: None,
            event,
        }])
        .await?;
    store.records.rebuild_index().await?;
    pin.write(&store.records.checkpoint().await?.unwrap_or_default())?;
    Ok(RestoreOutcome {
        entries,
        replaced: None,
        returned: Vec::new(),
    })
}

/// Removes what a restore that died had unpacked: a key and documents that are nobody's any more. The lock is held.
pub(super) fn remove_unfinished(office: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(office).map_err(Error::io(office))? {
        let path = entry.map_err(Error::io(office))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_folder = path.is_dir() && !path.is_symlink();
        if is_folder && name.is_some_and(|name| name.starts_with(UNFINISHED)) {
            fs::remove_dir_all(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

/// Returns a place that is free for the replaced store: two may be replaced in one second.
fn replaced_place(office: &Path) -> PathBuf {
    let now = Utc::now().format("%Y%m%dT%H%M%SZ");
    let name = format!("{STORE}.replaced-{now}");
    let others = (2_u32..).map(|number| format!("{name}-{number}"));
    let mut places = std::iter::once(name.clone())
        .chain(others)
        .map(|name| office.join(name));
    places
        .find(|place| !place.exists())
        .unwrap_or_else(|| office.join(name))
}

/// Returns how many entries the store to be replaced has, and the documents that it says are erased; a damaged
/// one has none that count.
async fn look_at_replaced(folder: &Path) -> (Option<u64>, Vec<Sha256>) {
    let Ok(Some(mut records)) = Records::open(folder).await else {
        return (None, Vec::new());
    };
    let Ok(entries) = records.entries(None).await else {
        return (None, Vec::new());
    };
    let erased = Tally::fold(&entries).erased.into_keys().collect();
    (u64::try_from(entries.len()).ok(), erased)
}

/// Unpacks a backup into a folder of its own; gives the backup's digest.
fn unpack_backup(backup: &Path, target: &Path) -> Result<Sha256, Error> {
    let problem = |problem: String| Error::Archive {
        path: backup.to_owned(),
        problem,
    };
    folder::create_private(target)?;
    let mut file = File::open(backup).map_err(Error::io(backup))?;
    let mut state = <sha2::Sha256 as sha2::Digest>::new();
    io::copy(&mut file, &mut HashWriter(&mut state)).map_err(Error::io(backup))?;
    let mut archive = ZipArchive::new(file).map_err(|error| problem(error.to_string()))?;
    for index in 0..archive.len() {
        let mut entry = archive
            .by_index(index)
            .map_err(|error| problem(error.to_string()))?;
        let name = entry
            .enclosed_name()
            .ok_or_else(|| problem(format!("the path {:?} leads out of it", entry.name())))?;
        let known = name == Path::new(records::FILE)
            || name == Path::new(KEY_FILE)
            || name == Path::new(identifier_key::FILE)
            || name.starts_with(documents::FOLDER);
        if !known {
            return Err(problem(format!(
                "{} is no part of a backup",
                name.display()
            )));
        }
        let path = target.join(name);
        let parent = path.parent().unwrap_or(target);
        fs::create_dir_all(parent).map_err(Error::io(parent))?;
        let mut options = File::options();
        let mut unpacked = {
            use std::os::unix::fs::OpenOptionsExt as _;
            options
                .create_new(true)
                .write(true)
                .mode(0o600)
                .open(&path)
                .map_err(Error::io(&path))?
        };
        io::copy(&mut entry, &mut unpacked).map_err(|error| problem(error.to_string()))?;
        unpacked.sync_all().map_err(Error::io(&path))?;
    }
    Ok(Sha256::from_state(state))
}

/// Keeps the key of personal identifiers where the backup is older than it: the hashes in the parties'
/// files were made with it.
fn keep_identifier_key(current: &Path, unpacked: &Path) -> Result<(), Error> {
    let target = unpacked.join(identifier_key::FILE);
    if target.is_file() {
        return Ok(());
    }
    match folder::read_if_there(&current.join(identifier_key::FILE))? {
        Some(key) => folder::write_private(&target, &key),
        None => Ok(()),
    }
}

struct HashWriter<'a>(&'a mut sha2::Sha256);

impl io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        sha2::Digest::update(self.0, bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// How the folder's name begins in which a backup is unpacked.
const UNFINISHED: &str = ".sigill-restore-";
