//! Publishing the register as static files (C2SP tlog-tiles), for a web server or a share.

use std::path::Path;

use serde::Serialize;

use super::WitnessError;
use super::source::{CHECKPOINT, MAX_NOTE_BYTES};
use crate::agreement::Sha256;
use crate::journeys::{Error, Office, receipt};
use crate::register::{
    Frontier, MAX_PUBLISHED_BYTES, TILE_WIDTH, Tiler, entries_path, leaf_hash, pack_entries,
    read_checkpoint,
};
use crate::store::{self, read_limited, register_path, write_file};

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Publication {
    /// The register's name.
    pub origin: String,
    /// How many entries.
    pub entries: u64,
    /// The tree's root.
    pub root: Sha256,
    /// How many files were new or other than what lay there.
    pub written: usize,
}

/// Writes the register to a folder; the checkpoint last, so that it never speaks of what is not there.
///
/// # Errors
/// [`WitnessError`], or [`Error`] when the register is damaged; what lay there then still holds together.
pub async fn publish(office: &Office, folder: &Path) -> Result<Publication, Error> {
    let mut store = office.read_store().await?;
    let store = store.as_mut().ok_or(WitnessError::NoRegister)?;
    let key = receipt::key_of(store).await?;
    refuse_another(folder, &key.origin)?;
    let (checkpoint, note) = receipt::newest(office, store, &key).await?;
    let mut tiler = Tiler::default();
    let mut frontier = Frontier::empty();
    let mut written = 0;
    let width = u64::try_from(TILE_WIDTH).unwrap_or(u64::MAX);
    let size = checkpoint.head.size;
    let mut index = 0;
    while index * width < size {
        let from = index * width;
        let to = from.saturating_add(width).min(size);
        let entries = store.records.entry_bytes(from..to).await?;
        for entry in &entries {
            let leaf = leaf_hash(entry);
            frontier.push(leaf);
            for tile in tiler.push(leaf) {
                put(&folder.join(tile.path()), &tile.to_bytes(), &mut written)?;
            }
        }
        let packed = pack_entries(&entries).ok_or_else(|| {
            let is_long = |entry: &Vec<u8>| entry.len() > MAX_PUBLISHED_BYTES;
            let long = entries.iter().position(is_long).unwrap_or_default();
            WitnessError::LongEntry {
                seq: from.saturating_add(u64::try_from(long).unwrap_or_default()),
                limit_bytes: MAX_PUBLISHED_BYTES,
            }
        })?;
        let path = entries_path(index, entries.len());
        put(&folder.join(path), &packed, &mut written)?;
        index = index.saturating_add(1);
    }
    for tile in tiler.rest() {
        put(&folder.join(tile.path()), &tile.to_bytes(), &mut written)?;
    }
    if frontier.head() != checkpoint.head {
        return Err(store::Error::Damaged {
            path: register_path(office.root()),
            problem: "its entries are not those that its checkpoint signs".to_owned(),
        }
        .into());
    }
    put(&folder.join(CHECKPOINT), note.as_bytes(), &mut written)?;
    Ok(Publication {
        origin: checkpoint.origin,
        entries: size,
        root: checkpoint.head.root,
        written,
    })
}

/// Writes a file unless the same lies there.
fn put(path: &Path, bytes: &[u8], written: &mut usize) -> Result<(), Error> {
    let limit = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if !read_limited(path, limit).is_ok_and(|there| there == bytes) {
        write_file(path, bytes)?;
        *written = written.saturating_add(1);
    }
    Ok(())
}

fn refuse_another(folder: &Path, origin: &str) -> Result<(), Error> {
    let limit = u64::try_from(MAX_NOTE_BYTES).unwrap_or(u64::MAX);
    let there = read_limited(&folder.join(CHECKPOINT), limit).unwrap_or_default();
    let note = String::from_utf8(there).unwrap_or_default();
    match read_checkpoint(&note) {
        Ok(found) if found.origin != origin => Err(WitnessError::Occupied {
            folder: folder.to_owned(),
            found: found.origin,
        }
        .into()),
        _ => Ok(()),
    }
}
