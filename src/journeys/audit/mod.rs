//! Audit: everything that the office keeps is verified again from raw storage.
//!
//! Every entry's bytes, the tree and its stored nodes, the checkpoint and what witnesses cosigned; every
//! document's digest; that each state of a copy begins with the one before; the frozen texts; what was found
//! in received files against judging them now; the indexes. What is wrong is a finding, not an error.

mod documents;
mod verdicts;

use serde::Serialize;

use super::erase::Holds;
use super::receipt::{self, WitnessedAt};
use super::{Error, Office, life, status};
use crate::agreement::{AgreementId, CopyId, Sha256, VersionNumber};
use crate::register::{Entry, Event, Tally, cosignatures, open_checkpoint};
use crate::store::{self, Store};

/// What an audit found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Audited {
    /// How many entries there are; `None` where they cannot be read.
    pub entries: Option<u64>,
    /// The root of the tree over them.
    pub root: Option<Sha256>,
    /// How many documents were read.
    pub documents: usize,
    /// How many documents entries name that were erased.
    pub erased: usize,
    /// How many received files were judged again.
    pub judged: usize,
    /// The witnesses of the settings that cosigned the newest cosigned checkpoint.
    pub witnesses: Vec<WitnessedAt>,
    /// What is wrong, or worth knowing, in the order in which it was looked at.
    pub findings: Vec<Finding>,
}

impl Audited {
    /// Tells whether nothing is wrong.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let mut findings = self.findings.iter();
        findings.all(|finding| finding.severity() != Severity::Damage)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Something is not what was entered.
    Damage,
    /// Worth knowing.
    Note,
    /// Somebody should look.
    Warning,
}

/// One thing that an audit found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Finding {
    /// The clock went backwards between entries.
    ClockWentBack {
        /// The first entry that is earlier than the one before.
        seq: u64,
        /// How many such entries there are.
        count: usize,
    },
    /// Witnesses cosigned a checkpoint that the register never had.
    CosignedOther {
        /// How many entries it speaks of.
        entries: u64,
    },
    /// A document's bytes are not what its name says.
    DocumentChanged {
        /// The document.
        digest: Sha256,
        /// The entries that name it, and what it is to each.
        named_by: Vec<(u64, Holds)>,
    },
    /// A document is gone, and no entry says that it was erased.
    DocumentMissing {
        /// The document.
        digest: Sha256,
        /// The entries that name it, and what it is to each.
        named_by: Vec<(u64, Holds)>,
    },
    /// A document is there that an entry says is erased.
    ErasedThere {
        /// The document.
        digest: Sha256,
    },
    /// A copy's state is not the one before with something added, or has another size.
    HeadBroken {
        /// The copy.
        copy: CopyId,
        /// The state.
        digest: Sha256,
    },
    /// An index is not what the entries give.
    Index {
        /// The table.
        table: &'static str,
    },
    /// Files lie among the documents that no entry names.
    Leftover {
        /// Their names, at most some.
        names: Vec<String>,
        /// How many there are.
        count: usize,
    },
    /// The register was last written by a program that made no checkpoints.
    NotSigned,
    /// The register cannot be read, or is not what was signed.
    Register {
        /// What is wrong.
        problem: String,
        /// Whether an older copy of the office lies here than was seen.
        rolled_back: bool,
    },
    /// A published text is not the one with its digest.
    TextChanged {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
        /// What is wrong.
        problem: String,
    },
    /// A received file is judged otherwise than it was.
    Verdict {
        /// The entry.
        seq: u64,
        /// The file.
        file: Sha256,
        /// What differs, as a path in the verdict.
        part: String,
        /// As it was entered.
        before: String,
        /// As it is judged with today's anchors and parties.
        now: String,
        /// Whether the file's integrity itself is judged otherwise.
        is_integrity: bool,
    },
    /// Received files could not be judged again.
    VerdictsNotJudged {
        /// Why.
        problem: String,
    },
}

impl Finding {
    /// Returns how much it weighs.
    #[must_use]
    pub fn severity(&self) -> Severity {
        match self {
            Self::CosignedOther { .. }
            | Self::DocumentChanged { .. }
            | Self::DocumentMissing { .. }
            | Self::ErasedThere { .. }
            | Self::HeadBroken { .. }
            | Self::Index { .. }
            | Self::Register { .. }
            | Self::TextChanged { .. } => Severity::Damage,
            Self::Verdict { is_integrity, .. } if *is_integrity => Severity::Damage,
            Self::ClockWentBack { .. }
            | Self::NotSigned
            | Self::Verdict { .. }
            | Self::VerdictsNotJudged { .. } => Severity::Warning,
            Self::Leftover { .. } => Severity::Note,
        }
    }
}

/// What an audit is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Reading documents.
    Documents,
    /// Verifying entries.
    Entries,
    /// Judging received files.
    Verdicts,
}

/// Verifies everything. `tell` hears what is done, how far, of how many.
///
/// # Errors
/// [`Error`] when it could not be looked at; whatever is wrong with what was looked at is a finding.
pub async fn run(
    office: &Office,
    mut tell: impl FnMut(Part, usize, usize),
) -> Result<Audited, Error> {
    let mut audited = Audited::default();
    let mut store = match office.read_store().await {
        Ok(Some(store)) => store,
        Ok(None) => return Ok(audited),
        Err(error) => {
            audited.findings.push(register_finding(error)?);
            documents::alone(office, &mut audited, &mut tell).await?;
            return Ok(audited);
        }
    };
    let Some(entries) = read_register(&mut store, &mut audited, &mut tell).await? else {
        documents::alone(office, &mut audited, &mut tell).await?;
        return Ok(audited);
    };
    look_back(&entries, &mut audited);
    witnessed(office, &mut store, &mut audited).await?;
    for table in store.records.wrong_indexes(&entries).await? {
        audited.findings.push(Finding::Index { table });
    }
    summaries(office, &mut store, &mut audited).await?;
    let tally = Tally::fold(&entries);
    documents::look(&store, &entries, &tally, &mut audited, &mut tell).await?;
    drop(store);
    verdicts::look(office, &entries, &mut audited, &mut tell).await?;
    Ok(audited)
}

/// Makes again what is kept of the agreements.
async fn summaries(office: &Office, store: &mut Store, audited: &mut Audited) -> Result<(), Error> {
    // Where parties' files cannot be read nothing can be counted, and `status` says why.
    let (counts, replaced) = match office.parties() {
        Ok(parties) => (
            status::is_wrong(store, &parties).await,
            life::is_replaced_wrong(store, &parties).await,
        ),
        Err(_) => (Ok(false), Ok(false)),
    };
    for is_wrong in [counts, life::is_wrong(store).await, replaced] {
        match is_wrong {
            Ok(false) => {}
            Ok(true) => {
                let table = "summary_index";
                let finding = Finding::Index { table };
                if !audited.findings.contains(&finding) {
                    audited.findings.push(finding);
                }
            }
            Err(error @ Error::Store(store::Error::Database { .. })) => return Err(error),
            // A text that is missing or damaged is told with the documents.
            Err(_) => {}
        }
    }
    Ok(())
}

/// Verifies entries, tree and checkpoint; `None` where the entries cannot be read.
async fn read_register(
    store: &mut Store,
    audited: &mut Audited,
    tell: &mut impl FnMut(Part, usize, usize),
) -> Result<Option<Vec<Entry>>, Error> {
    let mut progress = |done: u64| {
        tell(
            Part::Entries,
            usize::try_from(done).unwrap_or(usize::MAX),
            0,
        );
    };
    // A register that is being made, or was when its process died: nothing was entered, nothing is signed.
    let is_empty = matches!(store.records.size().await, Ok(0));
    match store.records.verify(&mut progress).await {
        Ok(verified) => {
            audited.entries = Some(verified.head.size);
            audited.root = Some(verified.head.root);
        }
        Err(store::Error::NoEntry { .. } | store::Error::NoTree { .. }) if is_empty => {}
        Err(error) => audited.findings.push(register_finding(error.into())?),
    }
    if let Err(error) = store.records.check().await {
        audited.findings.push(register_finding(error.into())?);
    }
    match store.records.entries(None).await {
        Ok(entries) => {
            audited.entries = Some(u64::try_from(entries.len()).unwrap_or(u64::MAX));
            Ok(Some(entries))
        }
        Err(error) => {
            let finding = register_finding(error.into())?;
            if !audited.findings.contains(&finding) {
                audited.findings.push(finding);
            }
            Ok(None)
        }
    }
}

/// Tells of times that go backwards.
fn look_back(entries: &[Entry], audited: &mut Audited) {
    let pairs = entries.iter().zip(entries.iter().skip(1));
    let back: Vec<u64> = pairs
        .filter(|(before, entry)| entry.at < before.at)
        .map(|(_, entry)| entry.seq)
        .collect();
    if let Some(&seq) = back.first() {
        let count = back.len();
        audited.findings.push(Finding::ClockWentBack { seq, count });
    }
}

/// Compares the newest cosigned checkpoint with the register.
async fn witnessed(office: &Office, store: &mut Store, audited: &mut Audited) -> Result<(), Error> {
    let Some(note) = store.records.cosigned().await? else {
        return Ok(());
    };
    if audited.root.is_none() {
        // Compared with a register that is damaged it would say nothing.
        return Ok(());
    }
    let key = receipt::key_of(store).await?;
    let (own, _) = receipt::newest(office, store, &key).await?;
    let found = match open_checkpoint(&note, &key.key) {
        Ok(checkpoint) => checkpoint.head,
        Err(error) => {
            audited.findings.push(Finding::Register {
                problem: format!("a cosigned checkpoint that is kept: {error}"),
                rolled_back: false,
            });
            return Ok(());
        }
    };
    let is_past = found.size <= own.head.size && store.records.head_at(found.size).await? == found;
    if !is_past {
        let entries = found.size;
        audited.findings.push(Finding::CosignedOther { entries });
    }
    audited.witnesses = cosignatures(&note, &office.config.witnesses.keys)
        .into_iter()
        .map(|it| WitnessedAt {
            name: it.name,
            at: it.at,
        })
        .collect();
    Ok(())
}

/// Makes a finding of what is wrong with the register, and leaves what kept us from looking an error.
fn register_finding(error: Error) -> Result<Finding, Error> {
    let rolled_back = matches!(
        error,
        Error::Store(store::Error::Forked { .. } | store::Error::RolledBack { .. })
    );
    match &error {
        Error::Store(store::Error::NoTree { .. }) => Ok(Finding::NotSigned),
        Error::Store(
            store::Error::AnotherRegister { .. }
            | store::Error::Damaged { .. }
            | store::Error::Entry { .. }
            | store::Error::Forked { .. }
            | store::Error::Key { .. }
            | store::Error::NoEntry { .. }
            | store::Error::RolledBack { .. },
        )
        | Error::Receipt(_) => Ok(Finding::Register {
            problem: error.to_string(),
            rolled_back,
        }),
        _ => Err(error),
    }
}

/// Tells whether an event freezes a text.
fn published(entry: &Entry) -> Option<(&AgreementId, &crate::register::Published)> {
    match (&entry.event, &entry.agreement) {
        (Event::Published(published), Some(agreement)) => Some((agreement, published)),
        _ => None,
    }
}
