//! Verify: is this file, byte for byte, a copy that was issued, as it stands now?
//!
//! Which seats were signed is told from the register. The signatures in the file are not judged yet;
//! the verdict says so.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;
use sha2::Digest as _;

use super::generate::engine;
use super::press::Press;
use super::publish::{open_bundle, read_bundle};
use super::typeset::CopyOrder;
use super::{Error, Office, Workshop};
use crate::agreement::{
    AgreementId, CopyData, CopyId, Level, PartyCode, Role, SeatId, Sha256, VersionNumber,
    clean_line,
};
use crate::outside::fetch_bundle;
use crate::pdf;
use crate::register::{CopyState, HeadPlace, SignedSeat, Tally};
use crate::store::{Store, read_limited};
use crate::template::Bundle;

/// What to look at, besides the files.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The files.
    pub files: Vec<PathBuf>,
    /// Typeset the copy again and compare.
    pub rebuild: bool,
    /// A published bundle: a file, or an https address.
    pub bundle: Option<String>,
    /// The SHA-256 that the file should have.
    pub sha256: Option<Sha256>,
}

/// What is found of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// The file.
    pub file: PathBuf,
    /// Its SHA-256.
    pub sha256: Sha256,
    /// Whether it has the SHA-256 that was named.
    pub digest: Option<bool>,
    /// Whether the register knows it.
    pub register: RegisterFinding,
    /// The copy that the register knows it as.
    pub copy: Option<KnownCopy>,
    /// What the file says of itself; to be believed only as far as the other findings go.
    pub claims: Option<Claims>,
    /// What typesetting it again gave.
    pub rebuild: RebuildFinding,
    /// Signatures: not judged yet.
    pub signatures: &'static str,
}

/// Whether the register knows a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RegisterFinding {
    /// Byte for byte an earlier state of a copy; a newer one is known.
    EarlierHead,
    /// It begins with a known state of a copy; more follows, which is not judged yet.
    FirstRevision,
    /// Byte for byte the newest known state of a copy: as issued, and what the office entered since.
    Head,
    /// Byte for byte a copy as issued, and nothing was entered since.
    Issued,
    /// There is no register here to ask.
    NoRegister,
    /// It says it is a copy, but is not what was issued under that name.
    Modified,
    /// No copy of this office.
    Unknown,
}

/// A copy that the register knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownCopy {
    /// The agreement.
    pub agreement: AgreementId,
    /// The copy.
    pub copy: CopyId,
    /// The version.
    pub version: VersionNumber,
    /// Its parties.
    pub parties: Vec<PartyCode>,
    /// When it was issued, UTC.
    pub issued_at: DateTime<Utc>,
    /// Digest of its newest known state.
    pub head: Sha256,
    /// Whether signatures were made beside each other, so that it has several newest states.
    pub forked: bool,
    /// The office's seal, as the register has it.
    pub sealed: Option<KnownSeal>,
    /// Its seats in print order, and who signed, as the register has it.
    pub seats: Vec<KnownSeat>,
    /// When it was voided, UTC.
    pub voided_at: Option<DateTime<Utc>>,
    /// Why it was voided, unless that was erased.
    pub void_reason: Option<String>,
}

/// The office's seal, as the register has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct KnownSeal {
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// Whether it certifies the document.
    pub certifies: bool,
    /// Its level.
    pub level: Level,
}

/// A seat, as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct KnownSeat {
    /// The seat.
    pub seat: SeatId,
    /// The signature that was entered; `None` when the seat is open.
    pub signed: Option<EnteredSignature>,
}

/// A signature, as the register has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EnteredSignature {
    /// The role in which the signer signed.
    pub as_role: Role,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// Its level.
    pub level: Level,
    /// When, UTC, as its time-stamp proves.
    pub stamped_at: Option<DateTime<Utc>>,
}

impl From<&SignedSeat> for EnteredSignature {
    fn from(seat: &SignedSeat) -> Self {
        Self {
            as_role: seat.as_role.clone(),
            at: seat.at,
            level: seat.level,
            stamped_at: seat.stamped_at,
        }
    }
}

/// What the attached copy data say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Claims {
    /// The copy.
    pub copy: CopyId,
    /// The version.
    pub version: VersionNumber,
    /// The text's digest.
    pub text_digest: Sha256,
    /// The digest of the data, as printed on its pages.
    pub data_digest: Sha256,
    /// The parties' legal names.
    pub parties: Vec<String>,
}

/// What typesetting a file again gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome")]
pub enum RebuildFinding {
    /// Another engine made it: a difference proves nothing.
    DifferentEngine {
        /// What made it.
        made_with: String,
    },
    /// The file's first revision is not what text and data give.
    Differs {
        /// Where the first differing byte is, counted from 0.
        at_byte: usize,
    },
    /// Its first revision is what text and data give; more follows, which is not judged yet.
    FirstRevisionIdentical,
    /// Byte for byte what text and data give.
    Identical,
    /// It was not asked for.
    NotAsked,
    /// There is nothing to make it from.
    NotPossible {
        /// Why.
        why: String,
    },
}

impl Verdict {
    /// Tells whether every question that was asked is answered well.
    ///
    /// A file with more than the register knows is not good yet: what follows may be signatures or
    /// a falsified page, and nobody has judged it. An earlier state is not good either: who takes it
    /// for the copy misses what was signed since, and who signs it makes a fork.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let is_known = match self.register {
            RegisterFinding::Head | RegisterFinding::Issued => self
                .copy
                .as_ref()
                .is_some_and(|copy| copy.voided_at.is_none()),
            // Without a register, a rebuild from the published bundle or a named digest must vouch.
            RegisterFinding::NoRegister => {
                self.rebuild == RebuildFinding::Identical || self.digest == Some(true)
            }
            RegisterFinding::EarlierHead
            | RegisterFinding::FirstRevision
            | RegisterFinding::Modified
            | RegisterFinding::Unknown => false,
        };
        let is_rebuilt = match self.rebuild {
            RebuildFinding::Identical | RebuildFinding::NotAsked => true,
            // What follows the first revision is known, byte for byte.
            RebuildFinding::FirstRevisionIdentical => self.register == RegisterFinding::Head,
            RebuildFinding::DifferentEngine { .. }
            | RebuildFinding::Differs { .. }
            | RebuildFinding::NotPossible { .. } => false,
        };
        is_known && is_rebuilt && self.digest != Some(false)
    }
}

/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Looks at files. `office` is `None` where there is none to ask.
///
/// # Errors
/// [`Error`] when a file or the register cannot be read; a bad file is a verdict.
pub async fn run(
    office: Option<&Office>,
    workshop: &Workshop,
    request: &Request,
) -> Result<Vec<Verdict>, Error> {
    let store = match office {
        Some(office) => office.read_store().await?,
        None => None,
    };
    let mut register = match store {
        Some(mut store) => {
            let tally = Tally::fold(&store.records.entries(None).await?);
            Some((store, tally))
        }
        None => None,
    };
    let bundle = match &request.bundle {
        Some(place) if place.starts_with("https://") || place.starts_with("http://") => {
            Some(open_bundle(Path::new(place), &fetch_bundle(place).await?)?)
        }
        Some(place) => Some(open_bundle(
            Path::new(place),
            &read_limited(Path::new(place), MAX_FILE_BYTES)?,
        )?),
        None => None,
    };
    let mut verdicts = Vec::new();
    for file in &request.files {
        let bytes = read_limited(file, MAX_FILE_BYTES)?;
        verdicts.push(
            examine(
                workshop,
                file,
                &bytes,
                register.as_mut(),
                bundle.as_ref(),
                request,
            )
            .await?,
        );
    }
    Ok(verdicts)
}

async fn examine(
    workshop: &Workshop,
    file: &Path,
    bytes: &[u8],
    register: Option<&mut (Store, Tally)>,
    bundle: Option<&Bundle>,
    request: &Request,
) -> Result<Verdict, Error> {
    let sha256 = Sha256::of(bytes);
    let data = attached_data(bytes);
    let (finding, copy, rebuild) = match register {
        None => (RegisterFinding::NoRegister, None, None),
        Some((store, tally)) => {
            let (finding, copy) = identify(bytes, sha256, data.as_ref(), tally);
            let known = match copy {
                Some(copy) => Some(known_copy(store, copy).await?),
                None => None,
            };
            let rebuild = match copy {
                Some(copy) if request.rebuild => {
                    Some(rebuild_issued(workshop, store, tally, copy, bytes).await?)
                }
                _ => None,
            };
            (finding, known, rebuild)
        }
    };
    let rebuild = match (rebuild, bundle, &data) {
        (Some(rebuild), _, _) => rebuild,
        (None, Some(bundle), Some(data)) => rebuild_claimed(workshop, bundle, data, bytes).await?,
        (None, Some(_), None) => not_possible("the file carries no copy data"),
        (None, None, _) if request.rebuild => {
            not_possible("no copy of this register, and no --bundle to make it from")
        }
        (None, None, _) => RebuildFinding::NotAsked,
    };
    let claims = data.map(|data| Claims {
        data_digest: data
            .to_json()
            .map(|json| Sha256::of(&json))
            .unwrap_or(sha256),
        parties: data
            .parties
            .iter()
            .map(|party| clean_line(party.legal_name()).unwrap_or_else(|_| party.code.to_string()))
            .collect(),
        copy: data.copy,
        version: data.version,
        text_digest: data.text_digest,
    });
    Ok(Verdict {
        file: file.to_owned(),
        sha256,
        digest: request.sha256.map(|expected| expected == sha256),
        register: finding,
        copy,
        claims,
        rebuild,
        signatures: "not_judged_yet",
    })
}

fn not_possible(why: &str) -> RebuildFinding {
    RebuildFinding::NotPossible {
        why: why.to_owned(),
    }
}

/// Returns the copy data that a file's first revision carries, if they can be read.
pub(super) fn attached_data(bytes: &[u8]) -> Option<CopyData> {
    let end = pdf::revision_ends(bytes).first().copied()?;
    let json = pdf::attachment(bytes.get(..end)?, ATTACHMENT).ok()??;
    let data: CopyData = serde_json::from_slice(&json).ok()?;
    (data.schema == CopyData::SCHEMA).then_some(data)
}

/// The attached copy data's name.
const ATTACHMENT: &str = "avtalsdata.json";

/// Finds the copy that the file is a known state of, or begins with.
fn identify<'a>(
    bytes: &[u8],
    sha256: Sha256,
    data: Option<&CopyData>,
    tally: &'a Tally,
) -> (RegisterFinding, Option<&'a CopyState>) {
    if let Some((copy, place)) = tally.copy_with_head(sha256) {
        let finding = match place {
            HeadPlace::Earlier => RegisterFinding::EarlierHead,
            HeadPlace::Newest if copy.issued.base == sha256 => RegisterFinding::Issued,
            HeadPlace::Newest => RegisterFinding::Head,
        };
        return (finding, Some(copy));
    }
    // One pass: the state at each revision's end is the digest of what stands before it.
    let mut state = sha2::Sha256::new();
    let mut hashed = 0;
    for end in pdf::revision_ends(bytes) {
        state.update(bytes.get(hashed..end).unwrap_or_default());
        hashed = end;
        if let Some((copy, _)) = tally.copy_with_head(Sha256::from_state(state.clone())) {
            return (RegisterFinding::FirstRevision, Some(copy));
        }
    }
    match data.and_then(|data| tally.copies.get(&data.copy)) {
        Some(copy) => (RegisterFinding::Modified, Some(copy)),
        None => (RegisterFinding::Unknown, None),
    }
}

async fn known_copy(store: &Store, copy: &CopyState) -> Result<KnownCopy, Error> {
    let known_seat = |seat: &SeatId| KnownSeat {
        seat: seat.clone(),
        signed: copy.signed.get(seat).map(EnteredSignature::from),
    };
    let void_reason = match &copy.voided {
        Some((_, reason)) => store.words(*reason).await?,
        None => None,
    };
    Ok(KnownCopy {
        agreement: copy.agreement.clone(),
        copy: copy.issued.copy.clone(),
        version: copy.issued.version,
        parties: copy.issued.parties.clone(),
        issued_at: copy.issued_at,
        head: copy.head(),
        forked: copy.forked,
        sealed: copy.sealed.map(|seal| KnownSeal {
            at: seal.at,
            certifies: seal.certifies,
            level: seal.level,
        }),
        seats: copy.issued.seats.iter().map(known_seat).collect(),
        voided_at: copy.voided.map(|(at, _)| at),
        void_reason,
    })
}

/// Typesets an issued copy again from the stored bundle and data.
async fn rebuild_issued(
    workshop: &Workshop,
    store: &Store,
    tally: &Tally,
    copy: &CopyState,
    bytes: &[u8],
) -> Result<RebuildFinding, Error> {
    let Some(version) = tally.version(&copy.agreement, copy.issued.version) else {
        return Ok(not_possible("its version is not in the register"));
    };
    let bundle = read_bundle(store, &version.published).await?;
    let data = serde_json::from_slice(&store.documents.get(copy.issued.data).await?)?;
    let made = typeset(workshop, &bundle, data).await?;
    let finding = compare(&made, bytes);
    if matches!(finding, RebuildFinding::Differs { .. }) && copy.issued.engine != engine() {
        let engine = &copy.issued.engine;
        let made_with = format!(
            "sigill {}, {}, {}",
            engine.sigill, engine.template, engine.typesetting
        );
        return Ok(RebuildFinding::DifferentEngine { made_with });
    }
    Ok(finding)
}

/// Typesets a file again from the data it carries and a published bundle.
async fn rebuild_claimed(
    workshop: &Workshop,
    bundle: &Bundle,
    data: &CopyData,
    bytes: &[u8],
) -> Result<RebuildFinding, Error> {
    if bundle.text_digest() != data.text_digest {
        return Ok(not_possible(
            "the bundle is not the text that the file bears",
        ));
    }
    match typeset(workshop, bundle, data.clone()).await {
        Ok(made) => Ok(compare(&made, bytes)),
        // Data that the text cannot be typeset with were not issued.
        Err(Error::Template { problems }) => Ok(not_possible(
            &problems
                .first()
                .map(ToString::to_string)
                .unwrap_or_default(),
        )),
        Err(error) => Err(error),
    }
}

async fn typeset(workshop: &Workshop, bundle: &Bundle, data: CopyData) -> Result<Vec<u8>, Error> {
    let order = CopyOrder {
        data,
        stamp: String::new(),
    };
    let mut press = Press::copies(workshop, bundle, "", vec![order], None)?;
    let finished = press.next().await?.ok_or(Error::Unanswered)?;
    finished.parts.into_iter().next().ok_or(Error::Unanswered)
}

/// Compares a base revision with a file.
fn compare(made: &[u8], bytes: &[u8]) -> RebuildFinding {
    match made.iter().zip(bytes).position(|(a, b)| a != b) {
        Some(at_byte) => RebuildFinding::Differs { at_byte },
        None if made.len() == bytes.len() => RebuildFinding::Identical,
        None if pdf::revision_ends(bytes).contains(&made.len()) => {
            RebuildFinding::FirstRevisionIdentical
        }
        None => RebuildFinding::Differs {
            at_byte: made.len().min(bytes.len()),
        },
    }
}
