//! What is said of one PDF: five answers, and the findings behind them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Finding, SignatureKind, Wanted};
use crate::agreement::{CopyId, Grade, Level, PartyCode, Role, SeatId, Sha256};

/// Whether the signed bytes are untouched, over all signatures; the worst of them counts.
///
/// The order is the precedence: the first that holds is the answer. Trust never touches it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// The file cannot be read in one way only.
    ParseError,
    /// It holds no signature.
    NoSignature,
    /// A signature's digest, its CMS or the form of its byte range is wrong.
    Broken,
    /// The signatures hold, but something unlawful was added after one.
    Modified,
    /// Every signature holds, and what was added after it may be added.
    Ok,
}

/// The main indication (ETSI EN 319 102-1 §5.1.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Indication {
    /// At least one check failed for good.
    TotalFailed,
    /// What is at hand is not enough to tell.
    Indeterminate,
    /// Every question that was asked is answered well.
    TotalPassed,
}

/// The reason beside an indication (ETSI EN 319 102-1 tables 5 and 6).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SubIndication {
    /// The signature is not in a form that is read.
    FormatFailure,
    /// A digest differs.
    HashFailure,
    /// The signature's value is wrong.
    SigCryptoFailure,
    /// The signing certificate was revoked before the proven time.
    Revoked,
    /// The signing certificate had expired at the proven time.
    Expired,
    /// The signing certificate was not valid yet at the proven time.
    NotYetValid,
    /// The signature does not keep to what is asked of signatures.
    SigConstraintsFailure,
    /// A certificate of the chain does not keep to what is asked of it.
    ChainConstraintsFailure,
    /// The chain could not be validated for another reason.
    CertificateChainGeneralFailure,
    /// An algorithm or key length was no longer good enough at the proven time.
    CryptoConstraintsFailure,
    /// The same, and it is not proven that the signature existed while it was.
    CryptoConstraintsFailureNoPoe,
    /// The certificate has expired, and it is not proven that the signature existed before.
    OutOfBoundsNoPoe,
    /// The certificate has expired or was not valid yet; nothing is known of its revocation.
    OutOfBoundsNotRevoked,
    /// The certificate was revoked, and it is not proven that the signature existed before.
    RevokedNoPoe,
    /// The same of a certificate of an authority.
    RevokedCaNoPoe,
    /// There is no path to an anchor.
    NoCertificateChainFound,
    /// There is none that holds at the proven time.
    NoCertificateChainFoundNoPoe,
    /// The signing certificate is not in the file and not known.
    NoSigningCertificateFound,
    /// It is not proven when the signature existed.
    NoPoe,
    /// Time-stamps contradict each other.
    TimestampOrderFailure,
    /// Something is missing that could be had later, such as revocation information.
    TryLater,
    /// The signed bytes are not at hand.
    SignedDataNotFound,
    /// For a reason that the standard does not name; the findings do.
    Generic,
}

/// An indication with its reason.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
pub struct Conclusion {
    /// The main indication.
    pub indication: Indication,
    /// The reason; `None` where it passed.
    pub sub_indication: Option<SubIndication>,
}

impl Conclusion {
    /// Everything is answered well.
    pub const PASSED: Self = Self {
        indication: Indication::TotalPassed,
        sub_indication: None,
    };

    /// A check failed for good.
    #[must_use]
    pub const fn failed(reason: SubIndication) -> Self {
        Self {
            indication: Indication::TotalFailed,
            sub_indication: Some(reason),
        }
    }

    /// What is at hand is not enough.
    #[must_use]
    pub const fn indeterminate(reason: SubIndication) -> Self {
        Self {
            indication: Indication::Indeterminate,
            sub_indication: Some(reason),
        }
    }
}

/// What a certificate says; nothing in it shows a personal identity number.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct CertificateSummary {
    /// SHA-256 of its DER.
    pub sha256: Sha256,
    /// What its subject is called.
    pub name: String,
    /// The subject's distinguished name (RFC 4514).
    pub subject: String,
    /// The issuer's distinguished name (RFC 4514).
    pub issuer: String,
    /// The first instant of its validity, UTC.
    pub not_before: DateTime<Utc>,
    /// The last instant of its validity, UTC.
    pub not_after: DateTime<Utc>,
}

/// How a certificate is tied to a person.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tie {
    /// An officer confirmed this certificate for the seat.
    Confirmed,
    /// The person's own certificate is pinned in the party's file.
    Pinned,
    /// The certificate bears the party's organisation number and the person's name.
    Organisation,
    /// A keyed hash of a personal identifier fits.
    Identifier,
    /// Only the name fits: to be confirmed.
    NameOnly,
    /// Nothing ties it to anyone who may sign there.
    None,
}

/// Whether and how a signature counts for its seat.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Signatory {
    /// The seat that the signature stands in.
    pub seat: SeatId,
    /// How the certificate is tied to a person.
    pub tie: Tie,
    /// The role in which the person signs, where it is known.
    pub as_role: Option<Role>,
    /// Whether the signature counts for the seat.
    pub counts: bool,
}

/// What is said of one signature.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct SignatureVerdict {
    /// The field's full name.
    pub field: String,
    /// What it says that it is.
    pub kind: SignatureKind,
    /// The revision that it ends, counted from 1.
    pub revision: Option<usize>,
    /// Its own integrity: `broken`, `modified` or `ok`.
    pub integrity: Integrity,
    /// Its own conclusion: integrity and trust.
    pub conclusion: Conclusion,
    /// Whether its certificate leads to somebody trusted at the proven time, whatever became of the file.
    pub trust: Conclusion,
    /// The level reached (ETSI EN 319 142-1 §6).
    pub level: Option<Level>,
    /// The legal grade; `None` where the certificate is not trusted.
    pub grade: Option<Grade>,
    /// When, UTC, as its signer claims (`/M`).
    pub claimed_at: Option<DateTime<Utc>>,
    /// When, UTC, it is proven to have existed at the latest; the instant of judging where nothing
    /// proves more.
    pub proven_at: Option<DateTime<Utc>>,
    /// Whether a verified time-stamp proves that time.
    pub is_time_proven: bool,
    /// The algorithm, as text.
    pub algorithm: String,
    /// The signing certificate.
    pub certificate: Option<CertificateSummary>,
    /// For whom it counts; `None` for seals, time-stamps and fields that are no seats.
    pub signatory: Option<Signatory>,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Which copy a file is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityAnswer {
    /// Nobody was asked: there is no issued copy to compare with.
    NotAsked,
    /// No copy of this office.
    Unknown,
    /// It bears a copy's name, but its base revision is not what was issued.
    OtherBase,
    /// An earlier state of the copy: a newer one is known, so a signature may be missing.
    OlderThanKnown,
    /// It goes on from an earlier state beside the newest one.
    Forked,
    /// It goes on from the newest known state.
    Newer,
    /// The newest known state, byte for byte.
    Newest,
}

/// Which copy a file is, and of what.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Identity {
    /// The answer.
    pub answer: IdentityAnswer,
    /// The copy that it is.
    pub copy: Option<CopyId>,
    /// Whether the copy was voided.
    pub is_voided: bool,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// Which seats are signed, as far as the copy's own seats go.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Completeness {
    /// Seats with a signature that counts, in print order.
    pub signed: Vec<SeatId>,
    /// Seats with a signature that does not count yet, in print order.
    pub unconfirmed: Vec<SeatId>,
    /// Seats without a signature, in print order.
    pub open: Vec<SeatId>,
    /// Parties whose every seat that their rule needs is signed.
    pub complete_parties: Vec<PartyCode>,
}

/// What is said of one PDF.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Verdict {
    /// [`Verdict::FORMAT`].
    pub format: &'static str,
    /// The file's SHA-256.
    pub sha256: Sha256,
    /// The file's size in bytes.
    pub size_bytes: usize,
    /// The instant, UTC, as of which it was judged.
    pub judged_at: DateTime<Utc>,
    /// The conclusion over all questions that were asked.
    pub conclusion: Conclusion,
    /// Are the bytes what was signed?
    pub integrity: Integrity,
    /// The worst of the signatures' answers on trust; `None` without signatures.
    pub trust: Option<Conclusion>,
    /// Is it our text?
    pub identity: Identity,
    /// Which seats are signed; `None` where no issued copy was named.
    pub completeness: Option<Completeness>,
    /// How many revisions the file has.
    pub revisions: usize,
    /// Every signature, in the order of their revisions.
    pub signatures: Vec<SignatureVerdict>,
    /// Findings that are not about one signature.
    pub findings: Vec<Finding>,
    /// On whose revocation somebody could still be asked.
    #[serde(skip)]
    pub wanted: Vec<Wanted>,
}

impl Verdict {
    /// Name and version of this form of verdict.
    pub const FORMAT: &str = "sigill-verdict-1";
}
