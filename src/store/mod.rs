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
mod error;
mod filesystem;
mod folder;
mod identifier_key;
mod index;
mod lease;
mod lock;
mod records;

use std::path::{Path, PathBuf};
use std::time::Duration;

use rand_core::{OsRng, RngCore};
use signed_note::{Signer as _, Verifier as _};

pub use archive::{pack, unpack, unpack_some};
pub use backup::{BackupSize, RestoreOutcome, restore_backup, write_backup};
pub use documents::Documents;
pub use error::Error;
pub use folder::{
    Folder, PARTIES, TEMPLATES, create_tree, file_size, files_below, is_file, move_aside,
    pem_files, probe_writable, read_limited, write_copy, write_file, write_files, write_private,
};
pub use identifier_key::{identifier_key, make_identifier_key};
pub use index::OverviewRow;
pub use lease::{Lease, LeaseRequest, LeaseToken};
pub use lock::{Lock, Queue};
pub use records::{Draft, Records};

use crate::agreement::{Actor, CopyId};
use crate::register::{Commitment, Event, Opened};

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
    /// [`Error`] when the register is damaged, newer than this program, or on a network file system.
    pub async fn read(office: &Path) -> Result<Option<Self>, Error> {
        Self::read_at(&office.join(STORE)).await
    }

    async fn read_at(folder: &Path) -> Result<Option<Self>, Error> {
        let Some(mut records) = Records::open(folder).await? else {
            return if documents::has_any(folder) {
                Err(lost(folder))
            } else {
                Ok(None)
            };
        };
        refuse_lost(&mut records, folder).await?;
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
    /// As [`Store::read`], and [`Error::Busy`] when another process keeps the office.
    pub async fn write(office: &Path, actor: &Actor) -> Result<Self, Error> {
        Self::write_patiently(office, actor, Lock::PATIENCE).await
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
        patience: Duration,
    ) -> Result<Self, Error> {
        let folder = office.join(STORE);
        folder::create_private(&folder)?;
        filesystem::refuse_network(&folder)?;
        let lock = Lock::take_patiently(office, patience)?;
        let mut records = match Records::open(&folder).await? {
            Some(records) => records,
            None => Records::create(&folder).await?,
        };
        refuse_lost(&mut records, &folder).await?;
        records.migrate().await?;
        // Also after a process that made the tables and died before the first entry.
        if records.is_empty().await? {
            let public_key = register_key(&folder)?;
            let origin = public_key.split('+').next().unwrap_or_default().to_owned();
            let event = Event::Opened(Opened { origin, public_key });
            records
                .append(vec![Draft {
                    actor: actor.clone(),
                    agreement: None,
                    event,
                }])
                .await?;
        }
        let documents = Documents::open(&folder)?;
        let mended = records.mend(&documents).await?;
        Ok(Self {
            records,
            documents,
            mended,
            _lock: Some(lock),
        })
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

/// Returns the verifier key in a store's key file; `None` if there is no file.
fn read_register_key(folder: &Path) -> Result<Option<String>, Error> {
    let path = folder.join(KEY_FILE);
    let Some(bytes) = folder::read_if_there(&path)? else {
        return Ok(None);
    };
    let damaged = || Error::Key { path: path.clone() };
    let text = String::from_utf8(bytes).map_err(|_| damaged())?;
    let mut lines = text.lines();
    let (secret, public) = lines.next().zip(lines.next()).ok_or_else(damaged)?;
    let signer = signed_note::StandardSigner::new(secret).map_err(|_| damaged())?;
    let verifier = signed_note::StandardVerifier::new(public).map_err(|_| damaged())?;
    if signer.key_id() != verifier.key_id() {
        return Err(damaged());
    }
    Ok(Some(public.to_owned()))
}

const KEY_FILE: &str = "register.key";

#[cfg(test)]
mod tests;
