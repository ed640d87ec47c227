//! Verify: what is to be thought of a file?
//!
//! The file is judged (`validation`), compared with what the register knows, and typeset again where that
//! is asked for. No office is needed: then nothing is said of which copy it is, nor of who signed.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::generate::engine;
use super::handed_in::{Content, HandedIn};
use super::judge::{Judge, Judged, Terms};
use super::press::Press;
use super::publish::{open_bundle, read_bundle};
use super::report::{self, NamedVerdict};
use super::typeset::CopyOrder;
use super::{Error, Office, Workshop};
use crate::agreement::{
    AgreementId, CopyData, CopyId, Level, PartyCode, Role, SeatId, Sha256, VersionNumber,
    clean_line,
};
use crate::outside::fetch_bundle;
use crate::pdf;
use crate::register::{CopyState, SignedSeat, Tally};
use crate::store::{Store, read_limited, write_file};
use crate::template::Bundle;
use crate::validation::{IdentityAnswer, Indication, Integrity, Verdict};

/// What to look at, besides the files.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The files, folders and zips.
    pub files: Vec<PathBuf>,
    /// Typeset the copy again and compare.
    pub rebuild: bool,
    /// A published bundle: a file, or an https address.
    pub bundle: Option<String>,
    /// The SHA-256 that the file should have.
    pub sha256: Option<Sha256>,
    /// How to judge.
    pub terms: Terms,
    /// Where to write the verdicts: a file that ends in .pdf or .json.
    pub report: Option<PathBuf>,
}

/// What is found of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileVerdict {
    /// The file; of one in a zip the zip's path, a colon, and its path there.
    pub file: String,
    /// What it is judged as.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether it has the SHA-256 that was named.
    pub digest: Option<bool>,
    /// The copy that the register knows it as.
    pub copy: Option<KnownCopy>,
    /// What the file says of itself; to be believed only as far as the other findings go.
    pub claims: Option<Claims>,
    /// What typesetting it again gave.
    pub rebuild: RebuildFinding,
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
    /// Why it was voided, unless that was erased or is lost.
    pub void_reason: Option<String>,
    /// When the reason was erased, UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub void_reason_erased_at: Option<DateTime<Utc>>,
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
    /// Its first revision is what text and data give; more follows, which the verdict is about.
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

impl FileVerdict {
    /// Tells whether every question that was asked is answered well.
    ///
    /// A file without signatures is good where something else vouches for every byte of it: the register, a
    /// rebuild from the published bundle, or a digest that was named.
    #[must_use]
    pub fn is_good(&self) -> bool {
        let vouched = self.verdict.integrity == Integrity::NoSignature
            && self.verdict.identity.answer == IdentityAnswer::NotAsked
            && (self.rebuild == RebuildFinding::Identical || self.digest == Some(true));
        let is_rebuilt = match self.rebuild {
            RebuildFinding::FirstRevisionIdentical
            | RebuildFinding::Identical
            | RebuildFinding::NotAsked => true,
            RebuildFinding::DifferentEngine { .. }
            | RebuildFinding::Differs { .. }
            | RebuildFinding::NotPossible { .. } => false,
        };
        let passed = self.verdict.conclusion.indication == Indication::TotalPassed;
        (passed || vouched) && is_rebuilt && self.digest != Some(false)
    }
}

/// No signed copy is larger.
const MAX_FILE_BYTES: u64 = 512 * 1024 * 1024;

/// Looks at files. `office` is `None` where there is none to ask; `tell` hears how many are done of how many.
///
/// # Errors
/// [`Error`] when a file or the register cannot be read; a bad file is a verdict.
pub async fn run(
    office: Option<&Office>,
    workshop: &Workshop,
    request: &Request,
    mut tell: impl FnMut(usize, usize),
) -> Result<Vec<FileVerdict>, Error> {
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
    let report = request.report.as_deref().map(Report::at).transpose()?;
    let judge = Judge::open(office, &request.terms).await?;
    let handed_in = HandedIn::find(&request.files);
    // What cannot be looked at is told before anything is said of the others.
    if let Some((_, error)) = handed_in.unreadable.into_iter().next() {
        return Err(error);
    }
    let of = handed_in.found.len();
    if of == 0 {
        let path = request.files.first().cloned().unwrap_or_default();
        return Err(Error::NoPdf { path });
    }
    let mut verdicts = Vec::new();
    for (done, found) in handed_in.found.into_iter().enumerate() {
        tell(done, of);
        let name = found.name();
        let files = match found.read()? {
            Content::File(bytes) => vec![(name, bytes)],
            Content::Zip(members) => members
                .into_iter()
                .map(|(path, bytes)| (format!("{name}:{path}"), bytes))
                .collect(),
        };
        for (name, bytes) in files {
            let bundle = bundle.as_ref();
            verdicts.push(look(workshop, &judge, bundle, request, name, &bytes).await?);
        }
    }
    tell(of, of);
    if let Some(report) = report {
        report.write(workshop, &judge, &verdicts).await?;
    }
    Ok(verdicts)
}

/// Looks at one file.
async fn look(
    workshop: &Workshop,
    judge: &Judge<'_>,
    bundle: Option<&Bundle>,
    request: &Request,
    name: String,
    bytes: &[u8],
) -> Result<FileVerdict, Error> {
    let judged = judge.judge(bytes).await?;
    let rebuild = rebuild(workshop, judge, &judged, bundle, bytes, request).await?;
    let copy = match judge.copy(&judged) {
        Some((store, tally, copy)) => Some(known_copy(store, tally, copy).await?),
        None => None,
    };
    Ok(FileVerdict {
        file: name,
        digest: request.sha256.map(|wanted| wanted == judged.verdict.sha256),
        copy,
        claims: judged.data.as_ref().map(claims),
        rebuild,
        verdict: judged.verdict,
    })
}

/// A file for the verdicts, of the kind that its name says.
enum Report<'a> {
    Json(&'a Path),
    Pdf(&'a Path),
}

impl<'a> Report<'a> {
    fn at(path: &'a Path) -> Result<Self, Error> {
        let is = |kind| {
            path.extension()
                .is_some_and(|end| end.eq_ignore_ascii_case(kind))
        };
        if is("json") {
            Ok(Self::Json(path))
        } else if is("pdf") {
            Ok(Self::Pdf(path))
        } else {
            Err(Error::ReportKind {
                path: path.to_owned(),
            })
        }
    }

    async fn write(
        &self,
        workshop: &Workshop,
        judge: &Judge<'_>,
        verdicts: &[FileVerdict],
    ) -> Result<(), Error> {
        let named: Vec<_> = verdicts
            .iter()
            .map(|found| NamedVerdict {
                name: &found.file,
                verdict: &found.verdict,
            })
            .collect();
        let (path, bytes) = match self {
            Self::Json(path) => (path, report::json(&named)?),
            Self::Pdf(path) => (path, report::pdf(workshop, &named, &judge.means()).await?),
        };
        Ok(write_file(path, &bytes)?)
    }
}

/// Typesets the file's first revision again, if that is asked for, and compares.
async fn rebuild(
    workshop: &Workshop,
    judge: &Judge<'_>,
    judged: &Judged,
    bundle: Option<&Bundle>,
    bytes: &[u8],
    request: &Request,
) -> Result<RebuildFinding, Error> {
    if request.rebuild
        && let Some((store, tally, copy)) = judge.copy(judged)
    {
        return rebuild_issued(workshop, store, tally, copy, bytes).await;
    }
    match (bundle, &judged.data) {
        (Some(bundle), Some(data)) => rebuild_claimed(workshop, bundle, data, bytes).await,
        (Some(_), None) => Ok(not_possible("the file carries no copy data")),
        (None, _) if request.rebuild => Ok(not_possible(
            "no copy of this register, and no --bundle to make it from",
        )),
        (None, _) => Ok(RebuildFinding::NotAsked),
    }
}

fn claims(data: &CopyData) -> Claims {
    Claims {
        copy: data.copy.clone(),
        version: data.version,
        text_digest: data.text_digest,
        data_digest: data
            .to_json()
            .map(|json| Sha256::of(&json))
            .unwrap_or(data.text_digest),
        parties: data
            .parties
            .iter()
            .map(|party| clean_line(party.legal_name()).unwrap_or_else(|_| party.code.to_string()))
            .collect(),
    }
}

fn not_possible(why: &str) -> RebuildFinding {
    RebuildFinding::NotPossible {
        why: why.to_owned(),
    }
}

async fn known_copy(store: &Store, tally: &Tally, copy: &CopyState) -> Result<KnownCopy, Error> {
    let known_seat = |seat: &SeatId| KnownSeat {
        seat: seat.clone(),
        signed: copy.signed.get(seat).map(EnteredSignature::from),
    };
    let (void_reason, void_reason_erased_at) = match &copy.voided {
        Some((_, reason)) => match store.words(*reason).await? {
            Some(words) => (Some(words), None),
            None => (None, tally.erased.get(&reason.commitment).copied()),
        },
        None => (None, None),
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
        void_reason_erased_at,
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
