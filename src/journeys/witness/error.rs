//! Why a witness, or the office that collects from witnesses, could not look.

use std::path::PathBuf;

use crate::journeys::Kind;
use crate::outside::{AddressError, HttpError};
use crate::register::{CheckpointError, EntryError};

/// Why a register was not published, looked at or collected for.
#[derive(Debug, thiserror::Error)]
pub enum WitnessError {
    /// An address cannot be asked.
    #[error("{address}: {source}")]
    Address {
        /// The address.
        address: String,
        /// Why.
        source: AddressError,
    },
    /// A key or checkpoint is not what it should be.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// What was published is no entry.
    #[error("what is published cannot be read: {0}")]
    Entry(#[from] EntryError),
    /// A state folder holds a witness already.
    #[error("{}: there is a witness already", folder.display())]
    Exists {
        /// The folder.
        folder: PathBuf,
    },
    /// A machine did not answer.
    #[error("{address} cannot be fetched: {source}")]
    Fetch {
        /// What was asked for.
        address: String,
        /// Why.
        source: HttpError,
    },
    /// An entry is longer than a tile can hold.
    #[error("entry {seq} is longer than the {limit_bytes} bytes that can be published")]
    LongEntry {
        /// Its place.
        seq: u64,
        /// The limit.
        limit_bytes: usize,
    },
    /// A published file is not there, or not whole.
    #[error("{place}: the published file {file} {problem}")]
    Missing {
        /// The folder or address.
        place: String,
        /// The file in it.
        file: String,
        /// What is wrong.
        problem: &'static str,
    },
    /// The settings name no witness.
    #[error("sigill.toml names no witness")]
    NoKeys,
    /// A name cannot be a witness's.
    #[error("{name:?} cannot be a witness's name: {problem}")]
    Name {
        /// The name.
        name: String,
        /// Why.
        problem: &'static str,
    },
    /// Nothing was entered yet.
    #[error("there is no register yet: nothing was entered")]
    NoRegister,
    /// A state folder holds no witness.
    #[error("{}: there is no witness", folder.display())]
    NoState {
        /// The folder.
        folder: PathBuf,
    },
    /// The folder to publish to holds another register.
    #[error("{}: another register is published there: {found}", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
        /// Its name.
        found: String,
    },
    /// The witness's own files are not what it wrote.
    #[error("{}: the witness's own files are damaged: {problem}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
}

impl WitnessError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Address { .. }
            | Self::Checkpoint(_)
            | Self::Name { .. }
            | Self::NoState { .. } => Kind::User,
            Self::NoKeys => Kind::Config,
            Self::Exists { .. } | Self::NoRegister | Self::Occupied { .. } => Kind::Refused,
            Self::Entry(_)
            | Self::Fetch { .. }
            | Self::LongEntry { .. }
            | Self::Missing { .. }
            | Self::State { .. } => Kind::Outside,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Address { .. } => {
                "name a folder, or an address that begins with http:// or https://"
            }
            Self::Checkpoint(_) => {
                "the office hands its key out with `sigill receipt key`; take it from the office, not from what it publishes"
            }
            Self::Entry(EntryError::Newer { .. }) => "use the sigill that wrote it, or a newer one",
            Self::Entry(_) => "ask the office to publish again: `sigill witness publish DIR`",
            Self::Exists { .. } => "name a new folder; a witness keeps its key and what it saw",
            Self::Fetch { .. } => {
                "is the address right, and the server up? nothing was changed here"
            }
            Self::LongEntry { .. } => "this is a fault in sigill, please report it",
            Self::Missing { .. } => {
                "nothing was changed here; has the office published all of it? `sigill witness publish DIR`"
            }
            Self::Name { .. } => "use small letters, digits, full stops and hyphens: vanersborg.se",
            Self::NoKeys => {
                "list the witnesses' keys in sigill.toml: [witnesses] keys = [\"…\"] need = 2; `sigill witness init` prints a witness's key"
            }
            Self::NoRegister => "the first `sigill publish` or `sigill generate` opens it",
            Self::NoState { .. } => {
                "`sigill witness init --state DIR --name NAME --log KEY` makes one"
            }
            Self::Occupied { .. } => "name a folder of its own for each register",
            Self::State { .. } => {
                "put the folder back from a copy of yours; a witness made anew knows nothing of what it saw"
            }
        };
        hint.to_owned()
    }
}
