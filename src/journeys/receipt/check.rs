//! Checking a receipt, without an office and without a network.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{MAX_KEYS_BYTES, ReceiptProblem, key, named_key, state_of};
use crate::agreement::Sha256;
use crate::journeys::erase::{self, Holds};
use crate::journeys::{Error, Office};
use crate::register::{Cosignature, Entry, EntryError, Event, Receipt, ReceiptError, cosignatures};
use crate::store::{self, read_limited};

/// What is to be checked.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The receipt.
    pub receipt: PathBuf,
    /// The file that it should be for.
    pub file: Option<PathBuf>,
    /// The register's verifier key, or the file that holds it.
    pub key: Option<String>,
    /// A file with the witnesses' verifier keys, one a line.
    pub witnesses: Option<PathBuf>,
    /// How many of them must have cosigned; all where it is not said.
    pub need: Option<usize>,
}

/// What a receipt proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The register's name, by the key that was used.
    pub origin: String,
    /// What it proves, or why nothing.
    pub proof: Result<Proof, Fault>,
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Of what kind.
    pub kind: FaultKind,
    /// In English, with the wrong value.
    pub detail: String,
}

/// Of what kind a receipt's fault is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// Another register gave it.
    AnotherRegister,
    /// The register did not sign its checkpoint.
    Checkpoint,
    /// What it proves is no entry.
    Entry,
    /// It is not in the form of a receipt.
    NotReceipt,
    /// The entry is not in the tree that was signed.
    Path,
}

/// What a receipt proves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// The entry.
    pub entry: Entry,
    /// How many entries the register had when it signed.
    pub entries: u64,
    /// Whether the file is what the entry names; `None` where none was named.
    pub file: Option<FileAnswer>,
    /// The witnesses that were asked for and cosigned.
    pub witnesses: Vec<WitnessedAt>,
    /// How many of them must have.
    pub needed: usize,
}

/// A witness that cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessedAt {
    /// Its name.
    pub name: String,
    /// When, UTC in whole seconds, by its clock.
    pub at: DateTime<Utc>,
}

/// Whether a file is what an entry names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum FileAnswer {
    /// It begins with that and goes on.
    BeginsWith {
        /// The file's digest.
        digest: Sha256,
        /// The digest that the entry names.
        named: Sha256,
    },
    /// Byte for byte.
    Exact {
        /// The file's digest.
        digest: Sha256,
        /// What it is to the entry.
        holds: Holds,
    },
    /// It is something else.
    Other {
        /// The file's digest.
        digest: Sha256,
        /// The digests that the entry names.
        named: Vec<Sha256>,
    },
}

impl Checked {
    /// Tells whether all that was asked is proved.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.proof.as_ref().is_ok_and(|proof| {
            let file = proof.file.as_ref();
            file.is_none_or(|file| matches!(file, FileAnswer::Exact { .. }))
                && proof.witnesses.len() >= proof.needed
        })
    }
}

/// Checks a receipt. `office` is `None` where there is none; then the key must be named.
///
/// # Errors
/// [`ReceiptProblem`] when it could not be looked at; a bad receipt is an answer.
pub async fn check(office: Option<&Office>, request: &CheckRequest) -> Result<Checked, Error> {
    let key = match (&request.key, office) {
        (Some(named), _) => named_key(named)?,
        (None, Some(office)) => match key(office).await {
            Ok(key) => key,
            Err(Error::Receipt(ReceiptProblem::NoRegister)) => {
                return Err(ReceiptProblem::NoKey.into());
            }
            Err(error) => return Err(error),
        },
        (None, None) => return Err(ReceiptProblem::NoKey.into()),
    };
    let (witnesses, needed) = match &request.witnesses {
        Some(file) => witness_keys(file, request.need)?,
        None => (Vec::new(), 0),
    };
    let bytes = read_limited(&request.receipt, MAX_RECEIPT_BYTES)?;
    let file = match &request.file {
        Some(file) => Some(read_limited(file, MAX_FILE_BYTES)?),
        None => None,
    };
    let checked = Receipt::parse(&bytes).and_then(|receipt| {
        let (entry, checkpoint) = receipt.check(&key.key)?;
        Ok((receipt, entry, checkpoint))
    });
    let proof = match checked {
        Ok((receipt, entry, checkpoint)) => Ok(Proof {
            file: file.map(|bytes| answer(&entry.event, &bytes)),
            entry,
            entries: checkpoint.head.size,
            witnesses: cosignatures(&receipt.checkpoint, &witnesses)
                .into_iter()
                .map(|Cosignature { name, at }| WitnessedAt { name, at })
                .collect(),
            needed,
        }),
        // A newer entry is no fault of the receipt.
        Err(ReceiptError::Entry(source @ EntryError::Newer { .. })) => {
            let path = request.receipt.clone();
            return Err(store::Error::Entry { path, source }.into());
        }
        Err(error) => Err(fault(&error)),
    };
    Ok(Checked {
        origin: key.origin,
        proof,
    })
}

/// Compares a file with what an entry names.
fn answer(event: &Event, bytes: &[u8]) -> FileAnswer {
    let digest = Sha256::of(bytes);
    let held = erase::held(event);
    if let Some((_, holds)) = held.iter().find(|(named, _)| *named == digest) {
        return FileAnswer::Exact {
            digest,
            holds: *holds,
        };
    }
    if let Some((named, size_bytes)) = state_of(event) {
        let start = usize::try_from(size_bytes)
            .ok()
            .and_then(|end| bytes.get(..end));
        if start.is_some_and(|start| Sha256::of(start) == named) {
            return FileAnswer::BeginsWith { digest, named };
        }
    }
    let named = held
        .into_iter()
        .filter(|(_, holds)| !matches!(holds, Holds::Words(_)));
    FileAnswer::Other {
        digest,
        named: named.map(|(named, _)| named).collect(),
    }
}

fn fault(error: &ReceiptError) -> Fault {
    let kind = match error {
        ReceiptError::AnotherRegister(_) => FaultKind::AnotherRegister,
        ReceiptError::Checkpoint(_) => FaultKind::Checkpoint,
        ReceiptError::Entry(_) => FaultKind::Entry,
        ReceiptError::NotReceipt { .. } => FaultKind::NotReceipt,
        ReceiptError::Proof { .. } => FaultKind::Path,
    };
    Fault {
        kind,
        detail: error.to_string(),
    }
}

/// Reads witnesses' keys, one a line, and how many of them are needed.
fn witness_keys(file: &Path, need: Option<usize>) -> Result<(Vec<String>, usize), Error> {
    let bytes = read_limited(file, MAX_KEYS_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let lines = text.lines().map(str::trim);
    let keys: Vec<String> = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect();
    let needed = need.unwrap_or(keys.len().max(1));
    if needed > keys.len() {
        return Err(ReceiptProblem::Need {
            need: needed,
            keys: keys.len(),
            file: file.to_owned(),
        }
        .into());
    }
    Ok((keys, needed))
}

const MAX_RECEIPT_BYTES: u64 = 4 * 1024 * 1024;
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;
