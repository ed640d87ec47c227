//! Bodies of entries about what parties decided, who may sign for them, and what else they did.
//!
//! Days are Swedish calendar days. Names, reasons and the words of a condition are commitments; minutes,
//! scans and letters are documents, named by their digest, that may be erased.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Commitment, Event};
use crate::agreement::{
    CopyId, Name, Outcome, PartyCode, PersonalHash, Role, SeatId, Sha256, SigningRule,
    VersionNumber,
};
use crate::calendar::Notice;

/// Where a resolution stands: body, day, § and diary number, as the minutes print them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Minutes {
    /// The day on which the approval was announced on the notice board.
    pub announced_on: Option<NaiveDate>,
    /// The last day of appeal that the minutes print.
    pub appeal_until: Option<NaiveDate>,
    /// The day on which the minutes were approved.
    pub approved_on: Option<NaiveDate>,
    /// The body, e.g. `Kommunstyrelsen`.
    pub body: Name,
    /// The diary number, in whatever form.
    pub diary_number: Option<Name>,
    /// Digest of the extract, and the document that holds it.
    pub extract: Option<Sha256>,
    /// The day of the meeting.
    pub met_on: NaiveDate,
    /// The §, in whatever form.
    pub section: Option<Name>,
}

/// Body of `Decided`: a party's resolution on a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Decided {
    /// The words of a condition; there with the outcome `approved_with_condition` alone.
    pub condition: Option<Commitment>,
    /// Members' dissents, for information: never a condition.
    pub dissent: Option<Commitment>,
    /// Where it stands.
    pub minutes: Minutes,
    /// What was decided.
    pub outcome: Outcome,
    /// Whose it is.
    pub party: PartyCode,
    /// The version it is about.
    pub version: VersionNumber,
}

/// Body of `Settled`: what became of a decision's condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settled {
    /// The place of the entry `Decided` that has the condition.
    pub decision: u64,
    /// Whether the condition is dealt with.
    pub is_resolved: bool,
    /// The party whose decision it is.
    pub party: PartyCode,
    /// How, or why not, as the office wrote it.
    pub reason: Commitment,
}

/// Body of `Recommended`: what a body that is no party said of a version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recommended {
    /// Whose body it is, e.g. `VästKom`.
    pub by: Name,
    /// The words of a condition.
    pub condition: Option<Commitment>,
    /// The group of parties that it speaks to, by its code, e.g. `BR`; all where it is not said.
    pub grouping: Option<Name>,
    /// Where it stands.
    pub minutes: Minutes,
    /// What it recommends.
    pub outcome: Outcome,
    /// The day by which it wants its parties' decisions reported.
    pub report_by: Option<NaiveDate>,
    /// The version it is about.
    pub version: VersionNumber,
}

/// Body of `Authorised`: who may sign for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Authorised {
    /// The last day that the source allows it to run to; persons may have shorter times.
    pub allowed_to: Option<NaiveDate>,
    /// The party.
    pub party: PartyCode,
    /// The persons; none where only the rule is told.
    pub persons: Vec<AuthorisedPerson>,
    /// The party's rule, where the source sets it anew.
    pub rule: Option<SigningRule>,
    /// Where it is decided.
    pub source: Minutes,
}

/// A person with the right to sign for a party in a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthorisedPerson {
    /// SHA-256 of the DER of the person's own certificates.
    pub certificates: Vec<Sha256>,
    /// First day; open where it is not said.
    pub from: Option<NaiveDate>,
    /// Keyed hash of the personal identifier; never the number.
    pub identifier: Option<PersonalHash>,
    /// Name, title and work e-mail address: canonical JSON of [`Person`](crate::agreement::Person).
    pub person: Commitment,
    /// The role, e.g. `vice_chair`.
    pub role: Role,
    /// Last day, inclusive; open where it is not said.
    pub to: Option<NaiveDate>,
}

/// Body of `Relieved`: a person's authority ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relieved {
    /// The place of the entry `Authorised`.
    pub authorised: u64,
    /// The last day on which the person could sign.
    pub last_day: NaiveDate,
    /// The party.
    pub party: PartyCode,
    /// Which of that entry's persons, counted from 0.
    pub person: u32,
    /// Why, as the office wrote it.
    pub reason: Commitment,
}

/// Body of `Declined` (a party said no without a decision in minutes) and of `Retracted` (it took its
/// decision and signatures back before it was bound): what it wrote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyLetter {
    /// The day on the letter.
    pub dated: NaiveDate,
    /// Digest of the letter, and the document that holds it.
    pub document: Option<Sha256>,
    /// The party.
    pub party: PartyCode,
    /// Its reason.
    pub reason: Commitment,
    /// The version.
    pub version: VersionNumber,
}

/// Body of `Inked`: a copy was signed on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inked {
    /// The copy that was printed.
    pub copy: CopyId,
    /// Who keeps the paper, e.g. `Kommunarkivet, Bollebygds kommun`.
    pub held_by: Name,
    /// The copy data's digest as the paper's signature page shows it, where somebody read it.
    pub read_digest: Option<Sha256>,
    /// Digest of the scan, and the document that holds it.
    pub scan: Sha256,
    /// The seats signed on it, in print order.
    pub seats: Vec<InkedSeat>,
    /// The day on the paper.
    pub signed_on: NaiveDate,
    /// Who compared scan and paper, and what they say.
    pub witness: Commitment,
}

/// A seat signed on paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InkedSeat {
    /// The role in which the person signed.
    pub as_role: Role,
    /// The person's name as it stands on the paper.
    pub person: Option<Commitment>,
    /// The seat.
    pub seat: SeatId,
}

/// Body of `Notified`: a party gave notice of termination.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notified {
    /// The day on the letter.
    pub dated: NaiveDate,
    /// Digest of the letter, and the document that holds it.
    pub document: Option<Sha256>,
    /// Who gives notice.
    pub party: PartyCode,
    /// The instant at which it was received, UTC, where it is known; it lies on the day of receipt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_at: Option<DateTime<Utc>>,
    /// The Swedish day on which it was received.
    pub received_on: NaiveDate,
    /// To whom, in the bilateral form; all where it is not said.
    pub to: Option<PartyCode>,
    /// The version.
    pub version: VersionNumber,
    /// How it came, e.g. `e-post`.
    pub way: Name,
}

impl From<&Notified> for Notice {
    fn from(notified: &Notified) -> Self {
        Self {
            by: notified.party.clone(),
            to: notified.to.clone(),
            received_on: notified.received_on,
        }
    }
}

/// Body of `PartyChanged`: a party got another name or number, or became part of another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartyChanged {
    /// What changed.
    pub change: PartyChange,
    /// The first day of the change.
    pub from: NaiveDate,
    /// The party, by the code that its copies have.
    pub party: PartyCode,
    /// Where it is decided.
    pub source: Name,
}

/// What changed of a party. Copies that are signed keep what they say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum PartyChange {
    /// It became part of another, which takes its place.
    Merged {
        /// The party that takes its place.
        into: PartyCode,
    },
    /// It has another name.
    Renamed {
        /// The name in law.
        legal_name: Name,
        /// The name it uses of itself.
        styled_name: Name,
    },
    /// It has another organisation number.
    Renumbered {
        /// The number, with its hyphen.
        org_number: Name,
    },
    /// It was split; each of these has to conclude the agreement itself.
    Split {
        /// What it became.
        into: Vec<PartyCode>,
    },
}

/// Body of `Corrected`: an earlier entry was wrong. Both stay visible; the fold takes the correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Corrected {
    /// The place of the entry that it corrects.
    pub entry: u64,
    /// What should have been entered, of the same kind; `None` where nothing should.
    pub instead: Option<Box<Event>>,
    /// Why, as the officer wrote it.
    pub reason: Commitment,
}

/// Body of `Erased`: documents with personal data were removed. Entries keep their digests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Erased {
    /// The documents, by their digests, in ascending order.
    pub documents: Vec<Sha256>,
    /// The ground in law or in the retention plan, without personal data.
    pub ground: Name,
}
