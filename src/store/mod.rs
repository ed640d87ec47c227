//! Disk and database: the office folder, the register's records, the documents, the lock.
//!
//! Takes and gives values of `agreement` and `register`; does the I/O and nothing else. A document
//! is written, synced and renamed before the entry that names it is committed, so the register
//! never names what is not there.
//!
//! Records are SQL that SQLite and PostgreSQL both understand, documents go through
//! `object_store`: a second backend is another instance of the same code.

#![expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "this is where files, the clock and randomness belong"
)]

mod archive;
mod backup;
mod documents;
mod erasing;
mod error;
mod filesystem;
mod folder;
mod identifier_key;
mod index;
mod inspect;
mod lease;
mod lock;
mod nodes;
mod pin;
mod place;
mod records;
mod summary;
mod tree;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rand_core::{OsRng, RngCore};

pub use archive::{ZipFile, pack, unpack, unpack_some};
pub use backup::{BackupSize, RestoreOutcome, restore_backup, restore_here, write_backup};
pub use documents::Documents;
pub use error::Error;
pub use folder::{
    Folder, PARTIES, TEMPLATES, file_size, files_below, is_file, is_folder, move_aside, pem_files,
    probe_writable, read_limited, write_copy, write_file, write_files, write_private,
};
pub use identifier_key::{identifier_key, make_identifier_key};
pub use index::OverviewRow;
pub use lease::{Lease, LeaseRequest, LeaseToken};
pub use lock::{Lock, Queue};
pub use pin::Pins;
pub use place::{create_tree, place_tree};
pub use records::{ClockWentBack, Draft, Records};
pub use summary::{Changed, Summaries};
pub use tree::Verified;

use crate::agreement::{Actor, CopyId};
use crate::register::{CheckpointSigner, Commitment, Event, Opened};
use pin::Pin;

/// The folder inside an office that holds register and documents.
pub const STORE: &str = ".sigill";

/// An office's register and documents, open for one journey.
#[derive(Debug)]
pub struct Store {
    /// The register's records.
    pub records: Records,
    /// The documents.
    pub documents: Documents,
    /// Copies whose new head a process had written before it died; they were entered at opening.
    pub mended: Vec<CopyId>,
    // Held until the store is dropped; a reader has none.
    _lock: Option<Lock>,
}

impl Store {
    /// Opens for reading; `None` when nothing has been entered yet.
    ///
    /// # Errors
    /// [`Error`] when the register is damaged, newer than this program, or on a network file system;
    /// [`Error::RolledBack`], [`Error::Forked`] and [`Error::AnotherRegister`] when it does not go on from
    /// what this machine has seen of it.
    pub async fn read(office: &Path, pins: &Pins) -> Result<Option<Self>, Error> {
        Self::read_at(&office.join(STORE), Some(pins)).await
    }

    async fn read_at(folder: &Path, pins: Option<&Pins>) -> Result<Option<Self>, Error> {
        let Some(mut records) = Records::open(folder).await? else {
            return if documents::has_any(folder) {
                Err(lost(folder))
            } else {
                Ok(None)
            };
        };
        refuse_lost(&mut records, folder).await?;
        match pins {
            Some(pins) => drop(compare(&mut records, pins).await?),
            None => drop(records.prove().await?),
        }
        Ok(Some(Self {
            records,
            documents: Documents::open(folder)?,
            mended: Vec::new(),
            _lock: None,
        }))
    }

    /// Opens for writing, alone; opens the register with its first entry if there is none.
    ///
    /// # Errors
    /// As [`Store::read`], and [`Error::Busy`] when another process keeps the office; [`Error`] when the
    /// register's key is gone or the pin cannot be written.
    pub async fn write(office: &Path, actor: &Actor, pins: &Pins) -> Result<Self, Error> {
        Self::write_patiently(office, actor, pins, Lock::PATIENCE).await
    }

    /// Opens for writing as [`Store::write`], waiting as long as said for another process.
    ///
    /// An older register is brought up to the form of this program, and what a process left
    /// half done is finished: see [`Store::mended`].
    ///
    /// # Errors
    /// As [`Store::write`].
    pub async fn write_patiently(
        office: &Path,
        actor: &Actor,
        pins: &Pins,
        patience: Duration,
    ) -> Result<Self, Error> {
        let folder = office.join(STORE);
        folder::create_private(&folder)?;
        filesystem::refuse_network(&folder)?;
        let lock = Lock::take_patiently(office, patience)?;
        backup::remove_unfinished(office)?;
        let mut records = match Records::open(&folder).await? {
            Some(records) => records,
            None => Records::create(&folder).await?,
        };
        refuse_lost(&mut records, &folder).await?;
        let pin = compare(&mut records, pins).await?;
        records.migrate().await?;
        // Also after a process that made the tables and died before the first entry.
        if records.is_empty().await? {
            let public_key = register_key(&folder)?;
            let origin = origin_of(&public_key).to_owned();
            let mut pin = Pin::read(pins, &origin)?;
            pin.prepare(None)?;
            records.pin = Some(pin);
            let event = Event::Opened(Opened { origin, public_key });
            records
                .append(vec![Draft {
                    actor: actor.clone(),
                    agreement: None,
                    event,
                }])
                .await?;
        } else {
            records.signer().await?;
            let note = records.checkpoint().await?;
            if let Some(mut pin) = pin {
                pin.prepare(note.as_deref())?;
                records.pin = Some(pin);
            }
            records.look_at_clock().await?;
        }
        let documents = Documents::open(&folder)?;
        let mended = records.mend(&documents).await?;
        erasing::finish(&mut records, &documents).await?;
        Ok(Self {
            records,
            documents,
            mended,
            _lock: Some(lock),
        })
    }

    /// Tells whether the machine's clock was behind the register's last entry.
    #[must_use]
    pub fn clock_went_back(&self) -> Option<ClockWentBack> {
        self.records.clock_went_back()
    }

    /// Keeps words that may have to be erased, and returns what stands for them in an entry.
    ///
    /// # Errors
    /// [`Error`] when the document cannot be written.
    pub async fn commit_words(&self, words: &str) -> Result<Commitment, Error> {
        let mut salt = [0; Commitment::SALT_BYTES];
        OsRng.fill_bytes(&mut salt);
        let (commitment, document) = Commitment::to(words, salt);
        self.documents.put(document).await?;
        Ok(commitment)
    }

    /// As [`Store::commit_words`], where there are any.
    ///
    /// # Errors
    /// [`Error`] when the document cannot be written.
    pub async fn commit_some(&self, words: Option<&str>) -> Result<Option<Commitment>, Error> {
        match words {
            Some(words) => Ok(Some(self.commit_words(words).await?)),
            None => Ok(None),
        }
    }

    /// Returns the words behind a commitment; `None` when they were erased.
    ///
    /// # Errors
    /// [`Error`] when the document is there and cannot be read.
    pub async fn words(&self, commitment: Commitment) -> Result<Option<String>, Error> {
        match self.documents.get(commitment.commitment).await {
            Ok(document) => Ok(commitment.words(&document)),
            Err(Error::NoDocument { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// Checks a register's head, and that it goes on from its pin; returns the pin, unless nothing was entered
/// yet.
async fn compare(records: &mut Records, pins: &Pins) -> Result<Option<Pin>, Error> {
    let Some(public_key) = records.public_key().await? else {
        return Ok(None);
    };
    // Before the register's head: a writer that comes between brings the register up first.
    let pin = Pin::read(pins, origin_of(&public_key))?;
    records.prove().await?;
    pin.compare(records, &public_key).await?;
    Ok(Some(pin))
}

/// Returns the name of a verifier key, which is the register's origin.
fn origin_of(public_key: &str) -> &str {
    public_key
        .split_once('+')
        .map_or(public_key, |(name, _)| name)
}

/// Refuses records without entries beside documents: entries come first, so they were lost.
async fn refuse_lost(records: &mut Records, folder: &Path) -> Result<(), Error> {
    if records.is_empty().await? && documents::has_any(folder) {
        Err(lost(folder))
    } else {
        Ok(())
    }
}

fn lost(folder: &Path) -> Error {
    let problem = "its entries are gone, and the documents they name are still there".to_owned();
    Error::Damaged {
        path: folder.join(records::FILE),
        problem,
    }
}

/// Returns the path of an office's register, for messages.
#[must_use]
pub fn register_path(office: &Path) -> PathBuf {
    office.join(STORE).join(records::FILE)
}

/// Returns the verifier key of the office's register key, which is made at first use.
///
/// The file holds the signer key and the verifier key, a line each (C2SP signed-note), and is
/// readable by its owner alone.
fn register_key(folder: &Path) -> Result<String, Error> {
    if let Some(public) = read_register_key(folder)? {
        return Ok(public);
    }
    let mut suffix = [0; 4];
    OsRng.fill_bytes(&mut suffix);
    let (secret, public) =
        signed_note::generate_key(&mut OsRng, &format!("sigill-{}", hex::encode(suffix)));
    let text = format!("{secret}\n{public}\n");
    write_private(&folder.join(KEY_FILE), text.as_bytes())?;
    Ok(public)
}

/// Returns the key that signs a register's checkpoints, from its file.
///
/// # Errors
/// [`Error::NoKey`] and [`Error::Key`]; the latter also for the key of another register.
fn register_signer(folder: &Path, public_key: Option<&str>) -> Result<CheckpointSigner, Error> {
    let path = folder.join(KEY_FILE);
    let Some((signer, public)) = read_key_file(folder)? else {
        return Err(Error::NoKey { path });
    };
    match public_key {
        Some(expected) if expected != public => Err(Error::Key { path }),
        _ => Ok(signer),
    }
}

/// Returns the verifier key in a store's key file; `None` if there is no file.
fn read_register_key(folder: &Path) -> Result<Option<String>, Error> {
    Ok(read_key_file(folder)?.map(|(_, public)| public))
}

fn read_key_file(folder: &Path) -> Result<Option<(CheckpointSigner, String)>, Error> {
    let path = folder.join(KEY_FILE);
    let Some(bytes) = folder::read_if_there(&path)? else {
        return Ok(None);
    };
    let damaged = || Error::Key { path: path.clone() };
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    let mut lines = text.lines();
    let (secret, public) = lines.next().zip(lines.next()).ok_or_else(damaged)?;
    let signer = CheckpointSigner::parse(secret).map_err(|_| damaged())?;
    if !signer.fits(public) {
        return Err(damaged());
    }
    Ok(Some((signer, public.to_owned())))
}

const KEY_FILE: &str = "register.key";

#[cfg(test)]
mod tests;
