//! Erase: removes documents that hold personal data, with an entry that says on what ground.
//!
//! The register keeps the digest, so that it stays whole, and says from then on that the document is
//! erased. What proves the agreement is never removed: copies, their data, the frozen text, signed files.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Error, Kind, Office};
use crate::agreement::{Name, Sha256};
use crate::register::{
    Corrected, Entry, Erased, Event, Received, ReceivedPlace, Recommended, Reissued, Tally,
};
use crate::store;

/// What is to be erased.
#[derive(Debug, Clone)]
pub struct Request {
    /// Documents, by their digests.
    pub documents: Vec<Sha256>,
    /// The place of an entry whose documents are meant: those of its words, extracts, letters, scans.
    pub entry: Option<u64>,
    /// Of that entry only the words under this key, e.g. `condition`.
    pub key: Option<String>,
}

/// What is going to be erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Proposal {
    /// Each document, by digest.
    pub documents: Vec<Named>,
    /// How many entries the register has: the place that the entry takes.
    #[serde(skip)]
    pub entries: u64,
}

/// A document and the entries that name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Named {
    /// Its digest.
    pub digest: Sha256,
    /// The entries, by their places, and what each says that it is.
    pub named_by: Vec<(u64, Holds)>,
    /// Whether it is gone already, without an entry.
    pub is_gone: bool,
}

/// What a document is to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// The frozen text.
    Bundle,
    /// A copy as it was issued.
    Copy,
    /// A copy's data.
    CopyData,
    /// An extract from minutes.
    Extract,
    /// A file that came back and is no copy of this office.
    Foreign,
    /// The verdict on such a file.
    ForeignVerdict,
    /// A letter.
    Letter,
    /// A scan of paper.
    Scan,
    /// A state of a copy: signed, sealed or extended, here or elsewhere.
    State,
    /// The verdict on a state of a copy.
    Verdict,
    /// Words, by their key.
    Words(&'static str),
}

impl Holds {
    /// Tells whether a document may be erased as far as this goes.
    #[must_use]
    pub fn is_erasable(self) -> bool {
        match self {
            Self::Extract
            | Self::Foreign
            | Self::ForeignVerdict
            | Self::Letter
            | Self::Scan
            | Self::Words(_) => true,
            Self::Bundle | Self::Copy | Self::CopyData | Self::State | Self::Verdict => false,
        }
    }
}

/// What was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The place of the entry.
    pub seq: u64,
    /// How many documents were erased.
    pub erased: usize,
}

/// Why nothing was erased.
#[derive(Debug, thiserror::Error)]
pub enum EraseError {
    /// It was erased before.
    #[error("document {digest} was erased on {}", at.format("%Y-%m-%d"))]
    Already {
        /// The document.
        digest: Sha256,
        /// When, UTC.
        at: DateTime<Utc>,
    },
    /// Something else was entered meanwhile.
    #[error(
        "the register went on while this was asked: what is to be erased must be looked at again"
    )]
    Changed,
    /// There is no such entry.
    #[error("there is no entry {entry}: the register has {entries}")]
    NoEntry {
        /// The place asked for.
        entry: u64,
        /// How many there are.
        entries: u64,
    },
    /// The entry has no such words.
    #[error("entry {entry} has no words under the key {key:?}")]
    NoKey {
        /// Its place.
        entry: u64,
        /// The key asked for.
        key: String,
        /// The keys that it has.
        known: Vec<&'static str>,
    },
    /// The entry names nothing that may be erased.
    #[error("entry {entry} names no document that may be erased")]
    Nothing {
        /// Its place.
        entry: u64,
    },
    /// It proves the agreement.
    #[error("document {digest} is not erased: for entry {entry} it is {}", what(*holds))]
    Protected {
        /// The document.
        digest: Sha256,
        /// The entry.
        entry: u64,
        /// What it is there.
        holds: Holds,
    },
    /// No entry names it.
    #[error("no entry names document {digest}")]
    Unknown {
        /// The document.
        digest: Sha256,
    },
}

impl EraseError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Already { .. } | Self::Changed | Self::Protected { .. } => Kind::Refused,
            Self::NoEntry { .. }
            | Self::NoKey { .. }
            | Self::Nothing { .. }
            | Self::Unknown { .. } => Kind::User,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::Already { .. } => "there is nothing left to erase; `sigill log` shows the ground",
            Self::Changed => "run the command again",
            Self::NoEntry { .. } | Self::Unknown { .. } => {
                "`sigill log --json` shows entries and the digests that they name"
            }
            Self::NoKey { known, .. } if known.is_empty() => {
                "it has none; leave --key out to erase its documents"
            }
            Self::NoKey { known, .. } => return format!("it has: {}", known.join(", ")),
            Self::Nothing { .. } => {
                "words, extracts from minutes, letters, scans and files that are no copies can be erased"
            }
            Self::Protected { .. } => {
                "it proves what was agreed and signed, and stays as long as the register"
            }
        };
        hint.to_owned()
    }
}

/// Tells what would be erased.
///
/// # Errors
/// [`EraseError`] when nothing may be.
pub async fn propose(office: &Office, request: &Request) -> Result<Proposal, Error> {
    let Some(mut store) = office.read_store().await? else {
        return Err(match (request.documents.first(), request.entry) {
            (Some(&digest), _) => EraseError::Unknown { digest }.into(),
            (None, entry) => EraseError::NoEntry {
                entry: entry.unwrap_or_default(),
                entries: 0,
            }
            .into(),
        });
    };
    look(&mut store, request).await
}

/// Erases what was proposed: enters it, then removes the documents.
///
/// # Errors
/// [`EraseError::Changed`] when the register is not as it was; nothing is erased then.
pub async fn run(
    office: &Office,
    request: &Request,
    proposal: &Proposal,
    ground: &Name,
) -> Result<Outcome, Error> {
    let mut store = office.write_store().await?;
    if look(&mut store, request).await? != *proposal {
        return Err(EraseError::Changed.into());
    }
    let documents: Vec<Sha256> = proposal.documents.iter().map(|it| it.digest).collect();
    let outcome = Outcome {
        seq: proposal.entries,
        erased: documents.len(),
    };
    let erased = Erased {
        documents,
        ground: ground.clone(),
    };
    store.erase(&office.actor, erased, proposal.entries).await?;
    Ok(outcome)
}

async fn look(store: &mut store::Store, request: &Request) -> Result<Proposal, Error> {
    let entries = store.records.entries(None).await?;
    let naming = naming(&entries);
    let mut wanted: BTreeSet<Sha256> = request.documents.iter().copied().collect();
    if let Some(place) = request.entry {
        wanted.extend(of_entry(&entries, place, request.key.as_deref())?);
    }
    // A verdict on a file that is erased tells whose certificates were in it.
    for received in entries.iter().filter_map(foreign) {
        if wanted.contains(&received.file) {
            wanted.insert(received.verdict);
        }
    }
    let erased = Tally::fold(&entries).erased;
    let mut documents = Vec::new();
    for digest in wanted {
        let named_by = naming.get(&digest).ok_or(EraseError::Unknown { digest })?;
        if let Some((entry, holds)) = named_by.iter().find(|(_, holds)| !holds.is_erasable()) {
            return Err(EraseError::Protected {
                digest,
                entry: *entry,
                holds: *holds,
            }
            .into());
        }
        let is_gone = match store.documents.get(digest).await {
            Err(store::Error::NoDocument { .. }) => true,
            Ok(_) | Err(store::Error::DocumentDamaged { .. }) => false,
            Err(error) => return Err(error.into()),
        };
        match erased.get(&digest) {
            Some(_) if is_gone && request.documents.is_empty() => {}
            Some(&at) if is_gone => return Err(EraseError::Already { digest, at }.into()),
            Some(_) | None => documents.push(Named {
                digest,
                named_by: named_by.clone(),
                is_gone,
            }),
        }
    }
    if documents.is_empty() {
        let entry = request.entry.unwrap_or_default();
        return Err(EraseError::Nothing { entry }.into());
    }
    Ok(Proposal {
        documents,
        entries: u64::try_from(entries.len()).unwrap_or(u64::MAX),
    })
}

/// Returns the documents of an entry that may be erased, or those of its words under a key.
fn of_entry(entries: &[Entry], place: u64, key: Option<&str>) -> Result<Vec<Sha256>, EraseError> {
    let found = entries.iter().find(|entry| entry.seq == place);
    let entry = found.ok_or(EraseError::NoEntry {
        entry: place,
        entries: u64::try_from(entries.len()).unwrap_or(u64::MAX),
    })?;
    let words = entry.event.commitments();
    if let Some(key) = key {
        let of_key = words.iter().filter(|(known, _)| *known == key);
        let documents: Vec<Sha256> = of_key.map(|(_, words)| words.commitment).collect();
        if documents.is_empty() {
            let known: BTreeSet<&str> = words.iter().map(|(known, _)| *known).collect();
            return Err(EraseError::NoKey {
                entry: place,
                key: key.to_owned(),
                known: known.into_iter().collect(),
            });
        }
        return Ok(documents);
    }
    let held = held(&entry.event);
    let erasable = held.into_iter().filter(|(_, holds)| holds.is_erasable());
    Ok(erasable.map(|(digest, _)| digest).collect())
}

/// Returns every document that entries name, with the entries and what each says that it is.
pub(super) fn naming(entries: &[Entry]) -> BTreeMap<Sha256, Vec<(u64, Holds)>> {
    let mut naming: BTreeMap<Sha256, Vec<(u64, Holds)>> = BTreeMap::new();
    for entry in entries {
        for (digest, holds) in held(&entry.event) {
            naming.entry(digest).or_default().push((entry.seq, holds));
        }
    }
    naming
}

/// Returns the documents that an event names, and what each is.
pub(super) fn held(event: &Event) -> Vec<(Sha256, Holds)> {
    let some = |document: &Option<Sha256>, holds| -> Vec<(Sha256, Holds)> {
        document.iter().map(|digest| (*digest, holds)).collect()
    };
    let mut held = match event {
        Event::Answered(it) => some(&it.document, Holds::Letter),
        Event::Authorised(it) => some(&it.source.extract, Holds::Extract),
        Event::ConsultationOpened(it) => vec![(it.bundle, Holds::Bundle)],
        // Its words are its own, and those of what stands instead.
        Event::Corrected(Corrected { instead, .. }) => match instead.as_deref() {
            Some(instead) => held(instead)
                .into_iter()
                .filter(|(_, holds)| !matches!(holds, Holds::Words(_)))
                .collect(),
            None => Vec::new(),
        },
        Event::Decided(it) => some(&it.minutes.extract, Holds::Extract),
        Event::Declined(it) | Event::Retracted(it) => some(&it.document, Holds::Letter),
        Event::Extended(it) => vec![(it.head_after, Holds::State)],
        Event::Inked(it) => vec![(it.scan, Holds::Scan)],
        Event::Issued(it) | Event::Reissued(Reissued { issued: it, .. }) => {
            vec![(it.base, Holds::Copy), (it.data, Holds::CopyData)]
        }
        Event::Lettered(it) => {
            let letters = it.to.iter();
            letters.map(|to| (to.pdf, Holds::Letter)).collect()
        }
        Event::Notified(it) => some(&it.document, Holds::Letter),
        Event::Published(it) => vec![(it.bundle, Holds::Bundle)],
        Event::Received(it) if is_foreign(it) => {
            vec![
                (it.file, Holds::Foreign),
                (it.verdict, Holds::ForeignVerdict),
            ]
        }
        Event::Received(it) => vec![(it.file, Holds::State), (it.verdict, Holds::Verdict)],
        Event::Recommended(Recommended { minutes, .. }) => some(&minutes.extract, Holds::Extract),
        Event::Sealed(it) => vec![(it.head_after, Holds::State)],
        Event::Signed(it) => vec![(it.head_after, Holds::State)],
        Event::Confirmed(_)
        | Event::Considered(_)
        | Event::ConsultationClosed(_)
        | Event::Erased(_)
        | Event::Opened(_)
        | Event::PartyChanged(_)
        | Event::Relieved(_)
        | Event::Restored(_)
        | Event::Sent(_)
        | Event::Settled(_)
        | Event::Voided(_)
        | Event::Withdrawn(_) => Vec::new(),
    };
    let words = event.commitments().into_iter();
    held.extend(words.map(|(key, words)| (words.commitment, Holds::Words(key))));
    held
}

fn foreign(entry: &Entry) -> Option<&Received> {
    match &entry.event {
        Event::Received(received) if is_foreign(received) => Some(received),
        _ => None,
    }
}

fn is_foreign(received: &Received) -> bool {
    received.copy.is_none() || received.place == ReceivedPlace::Foreign
}

/// Returns what a document is, for messages.
fn what(holds: Holds) -> &'static str {
    match holds {
        Holds::Bundle => "the frozen text",
        Holds::Copy => "a copy as it was issued",
        Holds::CopyData => "a copy's data",
        Holds::Extract => "an extract from minutes",
        Holds::Foreign => "a file that is no copy",
        Holds::ForeignVerdict => "the verdict on a file that is no copy",
        Holds::Letter => "a letter",
        Holds::Scan => "a scan",
        Holds::State => "a signed state of a copy",
        Holds::Verdict => "the verdict on a state of a copy",
        Holds::Words(_) => "words",
    }
}
