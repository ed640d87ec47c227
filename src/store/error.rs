//! What can go wrong with disk and database.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use crate::agreement::{CopyId, Sha256, SourceError};
use crate::register::EntryError;

/// Why something could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The register lying there is not the one that was pinned.
    #[error("the register {} is not the one that {} was pinned for: its key is another", path.display(), pin.display())]
    AnotherRegister {
        /// The register's file.
        path: PathBuf,
        /// The pin's file.
        pin: PathBuf,
    },
    /// A zip file does not hold what it must, or cannot be made.
    #[error("{}: {problem}", path.display())]
    Archive {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// Another process keeps the office.
    #[error("another sigill is writing in {}", folder.display())]
    Busy {
        /// The office's store.
        folder: PathBuf,
    },
    /// The register's file is damaged.
    #[error("the register {} is damaged: {problem}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What was found.
        problem: String,
    },
    /// The database refused.
    #[error("the register {} cannot be used: {source}", path.display())]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<sqlx::Error>,
    },
    /// A document's bytes are not what its name says.
    #[error("document {digest} is damaged: its bytes have another digest")]
    DocumentDamaged {
        /// Its name.
        digest: Sha256,
    },
    /// The document store refused.
    #[error("document {digest} cannot be read or written: {source}")]
    Documents {
        /// Its name.
        digest: Sha256,
        /// Why.
        source: Box<object_store::Error>,
    },
    /// A document is not there.
    #[error("document {digest} is missing from the store")]
    NoDocument {
        /// Its name.
        digest: Sha256,
    },
    /// An entry is not what it must be.
    #[error("the register {} is damaged: {source}", path.display())]
    Entry {
        /// The file.
        path: PathBuf,
        /// What was found.
        source: EntryError,
    },
    /// The register went another way than the one that was pinned: two offices were made of one.
    #[error("the register {} is another than this machine has seen: its first {size} entries are not those of {}", path.display(), pin.display())]
    Forked {
        /// The register's file.
        path: PathBuf,
        /// The pin's file.
        pin: PathBuf,
        /// How many entries were pinned.
        size: u64,
    },
    /// The file of the key for personal identifiers is damaged.
    #[error("{}: not a key for personal identifiers", path.display())]
    IdentifierKey {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The register's key file is damaged.
    #[error("{}: not a register key", path.display())]
    Key {
        /// The file.
        path: PathBuf,
    },
    /// Somebody else is about to make the copy's next head.
    #[error("copy {copy} is out for signing until {}", until.format("%Y-%m-%d %H:%M:%S UTC"))]
    Leased {
        /// The copy.
        copy: CopyId,
        /// When it can be had unless it comes back before, UTC.
        until: DateTime<Utc>,
    },
    /// The folder lies on a network file system.
    #[error("{} lies on a network file system ({kind})", folder.display())]
    Network {
        /// The folder.
        folder: PathBuf,
        /// Which file system.
        kind: &'static str,
    },
    /// A newer program wrote the register.
    #[error("the register {} has form {found}, this program reads up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The form's number.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// An entry is not there.
    #[error("entry {seq} is not in the register, which has {size}")]
    NoEntry {
        /// Its place.
        seq: u64,
        /// How many entries there are.
        size: u64,
    },
    /// The register's key file is gone.
    #[error("{}: the register's key is gone, and nothing can be entered without it", path.display())]
    NoKey {
        /// The file.
        path: PathBuf,
    },
    /// The folder is not an office.
    #[error("{} is not an office: it has neither templates/ nor {}", folder.display(), super::STORE)]
    NoOffice {
        /// The folder.
        folder: PathBuf,
    },
    /// There is no folder for pins.
    #[error("there is no place to remember the register's checkpoint in: HOME is not set")]
    NoPins,
    /// The register was last written by a program that made no checkpoints.
    #[error("the register {} has no checkpoint yet: it was last written by an older sigill", path.display())]
    NoTree {
        /// The file.
        path: PathBuf,
    },
    /// The folder for something new holds something already.
    #[error("{} is not empty", folder.display())]
    NotEmpty {
        /// The folder.
        folder: PathBuf,
    },
    /// A checkpoint is not this register's.
    #[error("the checkpoint is not this register's: {problem}")]
    NotOurs {
        /// Why.
        problem: String,
    },
    /// A pin cannot be read.
    #[error("the pin {} cannot be used: {problem}", path.display())]
    Pin {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// An older copy of the office lies here.
    #[error("the register {} has {found} entries, and this machine has seen {pinned}: an older copy of the office lies here", path.display())]
    RolledBack {
        /// The register's file.
        path: PathBuf,
        /// The pin's file.
        pin: PathBuf,
        /// How many entries were pinned.
        pinned: u64,
        /// How many there are.
        found: u64,
    },
    /// A file that a person wrote is wrong.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The lease that the work was done under is gone.
    #[error("copy {copy} was given to someone else meanwhile, or given back")]
    Stale {
        /// The copy.
        copy: CopyId,
    },
    /// A copy with this name was issued by someone else meanwhile.
    #[error("copy {copy} is already in the register")]
    Taken {
        /// The copy.
        copy: CopyId,
    },
    /// A file is larger than anything of its kind.
    #[error("{}: the file is larger than {limit_bytes} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit_bytes: u64,
    },
}

impl Error {
    /// Returns an I/O error with the path it is about.
    pub(super) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}
