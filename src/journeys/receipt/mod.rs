//! Receipt: the proof, handed out, that an entry is in the register; and checking one without an office.
//!
//! A receipt holds the entry itself, the path from it to the root of the tree, and the checkpoint that the
//! register signed (C2SP tlog-proof). Whoever has it and the register's public key needs nothing else.

mod check;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::out::folder_name;
use super::{Error, Kind, Office};
use crate::agreement::{AgreementId, CopyId, Sha256};
use crate::register::{
    Checkpoint, Entry, Event, Receipt, ReceiptError, Reissued, Tally, cosignatures,
    open_checkpoint, origin_of,
};
use crate::store::{self, Store, is_file, read_limited, register_path, write_file};

pub use check::{CheckRequest, Checked, Fault, FaultKind, FileAnswer, Proof, WitnessedAt, check};

/// What a receipt is wanted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// Every copy of an agreement that counts.
    All(AgreementId),
    /// A copy's newest state, and its signatures on paper.
    Copy(CopyId),
    /// An entry, by its place.
    Entry(u64),
}

/// A receipt that was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// Its file.
    pub file: PathBuf,
    /// The entry.
    pub seq: u64,
    /// The copy that the entry is about.
    pub copy: Option<CopyId>,
    /// How many entries its checkpoint speaks of.
    pub entries: u64,
    /// The witnesses of the settings that cosigned that checkpoint.
    pub witnesses: Vec<String>,
}

/// A register's public key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegisterKey {
    /// The register's name.
    pub origin: String,
    /// The verifier key (C2SP signed-note).
    pub key: String,
}

/// Why no receipt was made or checked.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptProblem {
    /// A key cannot be used.
    #[error("{place}: {source}")]
    Key {
        /// The file, or `--key`.
        place: String,
        /// What is wrong.
        source: crate::register::CheckpointError,
    },
    /// More witnesses are asked for than there are keys.
    #[error("{need} witnesses are asked for, and {} names {keys}", file.display())]
    Need {
        /// How many.
        need: usize,
        /// How many there are.
        keys: usize,
        /// The file.
        file: PathBuf,
    },
    /// There is no such entry.
    #[error("there is no entry {entry}: the register has {entries}")]
    NoEntry {
        /// The place asked for.
        entry: u64,
        /// How many there are.
        entries: u64,
    },
    /// Nobody said whose receipt it should be.
    #[error("it was not said whose receipt this should be")]
    NoKey,
    /// Nothing was entered yet.
    #[error("there is no register yet: nothing was entered")]
    NoRegister,
    /// One file was named for several receipts.
    #[error("{count} receipts do not go into one file")]
    Several {
        /// How many.
        count: usize,
    },
}

impl ReceiptProblem {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoRegister => Kind::Refused,
            Self::Key { .. }
            | Self::Need { .. }
            | Self::NoEntry { .. }
            | Self::NoKey
            | Self::Several { .. } => Kind::User,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Key { .. } => "`sigill receipt key` in the office prints the register's key",
            Self::Need { .. } => "give a lower --need, or a file with more keys, one a line",
            Self::NoEntry { .. } => "`sigill log` shows the entries with their numbers",
            Self::NoKey => {
                "name the office's public key with --key FILE; the office hands it out with `sigill receipt key`"
            }
            Self::NoRegister => "the first `sigill publish` or `sigill generate` opens it",
            Self::Several { .. } => "leave --out away: each lies beside its copy",
        }
    }
}

/// Returns the key that the register's checkpoints are signed with, to be handed out.
///
/// # Errors
/// [`ReceiptProblem::NoRegister`], or what the register says.
pub async fn key(office: &Office) -> Result<RegisterKey, Error> {
    match office.read_store().await? {
        Some(mut store) => key_of(&mut store).await,
        None => Err(ReceiptProblem::NoRegister.into()),
    }
}

/// Writes the key to a file, if one is named, and returns it.
///
/// # Errors
/// As [`key`], and when the file cannot be written.
pub async fn hand_out_key(office: &Office, out: Option<&Path>) -> Result<RegisterKey, Error> {
    let key = key(office).await?;
    if let Some(out) = out {
        write_file(out, format!("{}\n", key.key).as_bytes())?;
    }
    Ok(key)
}

/// Writes receipts.
///
/// # Errors
/// [`ReceiptProblem`], [`Error::Copy`] for an unknown copy, or what the register says.
pub async fn make(
    office: &Office,
    wanted: &Wanted,
    out: Option<&Path>,
) -> Result<Vec<Made>, Error> {
    let mut store = office.read_store().await?;
    let store = store.as_mut().ok_or(ReceiptProblem::NoRegister)?;
    let key = key_of(store).await?;
    let mut places = match wanted {
        // An entry's receipt needs no other entry: a large register is not read for it.
        Wanted::Entry(seq) => {
            let entries = store.records.size().await?;
            if *seq >= entries {
                let entry = *seq;
                return Err(ReceiptProblem::NoEntry { entry, entries }.into());
            }
            let file = format!("post-{seq}.{}", Receipt::EXTENSION);
            vec![(*seq, office.out().join(RECEIPTS_FOLDER).join(file))]
        }
        Wanted::All(_) | Wanted::Copy(_) => of_copies(office, store, wanted).await?,
    };
    match (out, places.as_mut_slice()) {
        (None, _) => {}
        (Some(out), [(_, file)]) => out.clone_into(file),
        (Some(_), several) => {
            let count = several.len();
            return Err(ReceiptProblem::Several { count }.into());
        }
    }
    let mut made = Vec::new();
    for (seq, file) in places {
        let receipt = receipt(store, seq).await?;
        // What is handed out is checked as those who get it will check it.
        let (entry, checkpoint) = receipt
            .check(&key.key)
            .map_err(|error| damaged(office, &error))?;
        let witnesses = cosignatures(&receipt.checkpoint, &office.config.witnesses.keys);
        write_file(&file, receipt.to_text().as_bytes())?;
        made.push(Made {
            file,
            seq,
            copy: entry.event.copy().cloned(),
            entries: checkpoint.head.size,
            witnesses: witnesses.into_iter().map(|it| it.name).collect(),
        });
    }
    Ok(made)
}

/// Returns the key that the register's first entry names.
pub(super) async fn key_of(store: &mut Store) -> Result<RegisterKey, Error> {
    let key = store.records.public_key().await?;
    let key = key.ok_or(ReceiptProblem::NoRegister)?;
    let origin = origin_of(&key).map_err(|source| ReceiptProblem::Key {
        place: "the register's first entry".to_owned(),
        source,
    })?;
    Ok(RegisterKey { origin, key })
}

/// Returns the newest checkpoint, opened and as its note, with what witnesses added to that one.
pub(super) async fn newest(
    office: &Office,
    store: &mut Store,
    key: &RegisterKey,
) -> Result<(Checkpoint, String), Error> {
    let note = store.records.checkpoint().await?;
    let note = note.ok_or_else(|| store::Error::NoTree {
        path: register_path(office.root()),
    })?;
    let open = |note: &str| {
        open_checkpoint(note, &key.key).map_err(|source| ReceiptProblem::Key {
            place: "the register's newest checkpoint".to_owned(),
            source,
        })
    };
    let checkpoint = open(&note)?;
    if let Some(cosigned) = store.records.cosigned().await?
        && open(&cosigned)? == checkpoint
    {
        return Ok((checkpoint, cosigned));
    }
    Ok((checkpoint, note))
}

/// Returns an entry's receipt: up to the newest checkpoint that witnesses cosigned if the entry is in it,
/// else up to the newest.
pub(super) async fn receipt(store: &mut Store, seq: u64) -> Result<Receipt, Error> {
    match store.records.cosigned_receipt(seq).await? {
        Some(receipt) => Ok(receipt),
        None => Ok(store.records.receipt(seq).await?),
    }
}

/// Returns the entries of copies, each with the file that its receipt goes to.
async fn of_copies(
    office: &Office,
    store: &mut Store,
    wanted: &Wanted,
) -> Result<Vec<(u64, PathBuf)>, Error> {
    let entries = store.records.entries(None).await?;
    let tally = Tally::fold(&entries);
    match wanted {
        Wanted::All(agreement) => {
            office.require_agreement(agreement, &tally)?;
            let copies = tally.copies.values();
            let live = copies.filter(|copy| copy.agreement == *agreement && copy.is_live());
            let places: Vec<_> = live
                .flat_map(|copy| of_copy(office, &entries, &tally, &copy.issued.copy))
                .collect();
            if places.is_empty() {
                let agreement = agreement.clone();
                return Err(Error::NothingIssued { agreement });
            }
            Ok(places)
        }
        Wanted::Copy(copy) if tally.copies.contains_key(copy) => {
            Ok(of_copy(office, &entries, &tally, copy))
        }
        Wanted::Copy(copy) => Err(Error::Copy {
            copy: copy.clone(),
            problem: "is not in the register",
        }),
        Wanted::Entry(_) => Ok(Vec::new()),
    }
}

/// Returns the entry that named a copy's newest state and those of its signatures on paper, each with the
/// file that its receipt goes to.
fn of_copy(
    office: &Office,
    entries: &[Entry],
    tally: &Tally,
    copy: &CopyId,
) -> Vec<(u64, PathBuf)> {
    let Some(state) = tally.copies.get(copy) else {
        return Vec::new();
    };
    let (agreement, version) = (&state.agreement, state.issued.version);
    let folder = office
        .out()
        .join(folder_name(agreement, version, state.issued.form));
    let file_name = &state.issued.file_name;
    let head = state.head();
    let names = |entry: &&Entry| {
        let is_correction = matches!(entry.event, Event::Corrected(_));
        !is_correction && state_of(&entry.event).is_some_and(|(digest, _)| digest == head)
    };
    let newest = entries.iter().find(names).map(|entry| {
        let file = folder.join(format!("{file_name}.{}", Receipt::EXTENSION));
        (entry.seq, file)
    });
    let on_paper = entries
        .iter()
        .filter(|entry| matches!(&entry.event, Event::Inked(inked) if inked.copy == *copy));
    let on_paper = on_paper.map(|entry| {
        let file = format!("{file_name}.papper-{}.{}", entry.seq, Receipt::EXTENSION);
        (entry.seq, folder.join(file))
    });
    newest.into_iter().chain(on_paper).collect()
}

/// Returns the state of a copy that an event names, and its size in bytes.
fn state_of(event: &Event) -> Option<(Sha256, u64)> {
    match event {
        Event::Issued(it) | Event::Reissued(Reissued { issued: it, .. }) => {
            Some((it.base, it.size_bytes))
        }
        Event::Received(it) => Some((it.file, it.size_bytes)),
        event => event.step().map(|step| (step.after, step.size_bytes)),
    }
}

/// Reads a key that was named: itself, or the file that holds it.
pub(super) fn named_key(named: &str) -> Result<RegisterKey, Error> {
    let wrong = match origin_of(named) {
        Ok(origin) => {
            let key = named.to_owned();
            return Ok(RegisterKey { origin, key });
        }
        Err(source) => ReceiptProblem::Key {
            place: "the key that was named".to_owned(),
            source,
        },
    };
    if named.contains('+') && !is_file(Path::new(named)) {
        return Err(wrong.into());
    }
    let bytes = read_limited(Path::new(named), MAX_KEYS_BYTES)?;
    let text = String::from_utf8_lossy(&bytes);
    let key = text.lines().map(str::trim).find(|line| !line.is_empty());
    let key = key.unwrap_or_default().to_owned();
    match origin_of(&key) {
        Ok(origin) => Ok(RegisterKey { origin, key }),
        Err(source) => Err(ReceiptProblem::Key {
            place: named.to_owned(),
            source,
        }
        .into()),
    }
}

fn damaged(office: &Office, error: &ReceiptError) -> Error {
    store::Error::Damaged {
        path: register_path(office.root()),
        problem: error.to_string(),
    }
    .into()
}

/// Where receipts of entries lie that are about no copy's file, in out/.
const RECEIPTS_FOLDER: &str = "kvitton";

const MAX_KEYS_BYTES: u64 = 1024 * 1024;
