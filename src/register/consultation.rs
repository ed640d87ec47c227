//! Bodies of entries about a consultation: the version that went out, what came back, what was made of it.
//!
//! Days are Swedish calendar days. Comments and reasons are commitments; an answer as it was handed in is
//! a document, named by its digest, that may be erased.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::Commitment;
use crate::agreement::{ClauseId, Name, PartyCode, Sha256, VersionNumber};

/// Body of `ConsultationOpened`: a version went out to be answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsultationOpened {
    /// The last day to answer, inclusive. It does not move: no statute sets it.
    pub answer_by: NaiveDate,
    /// The document that holds the version's bundle as it went out.
    pub bundle: Sha256,
    /// The first day to answer.
    pub opens_on: NaiveDate,
    /// Who is asked, in the order of the list.
    pub recipients: Vec<Recipient>,
    /// Digest of the text that went out.
    pub text_digest: Sha256,
    /// The version.
    pub version: VersionNumber,
}

/// Who is asked in a consultation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipient {
    /// What it is called in commands and files: a party's code, else a short word.
    pub id: Name,
    /// Its name.
    pub name: Name,
    /// The party that it is, if it is one.
    pub party: Option<PartyCode>,
}

/// Body of `Answered`: an answer to a consultation. A later one of the same recipient takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answered {
    /// Whose it is: a recipient's id.
    pub by: Name,
    /// What it says of each clause, in the order of the text.
    pub clauses: Vec<ClauseAnswer>,
    /// The place of the entry `ConsultationOpened`.
    pub consultation: u64,
    /// Digest of the answer as it was handed in, and the document that holds it.
    pub document: Option<Sha256>,
    /// What it says of the whole.
    pub general: Option<Commitment>,
    /// The day it was received; after the last day it is late, and counts as any other.
    pub received_on: NaiveDate,
}

/// What an answer says of a clause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClauseAnswer {
    /// The clause.
    pub clause: ClauseId,
    /// Its words.
    pub comment: Option<Commitment>,
    /// Its stance.
    pub stance: Stance,
}

/// How an answer stands to a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// It takes none.
    Abstain,
    /// It comments, neither for nor against.
    Comment,
    /// It is against.
    Reject,
    /// It is for the clause as it stands.
    Support,
    /// It is for the clause with a change.
    SupportWithChange,
}

/// Body of `Considered`: what became of a comment. A later one on the same comment takes its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Considered {
    /// The place of the entry `Answered`.
    pub answer: u64,
    /// The clauses that were changed for it, by their ids.
    pub changed: Vec<ClauseId>,
    /// Which of the answer's comments; `None` for what it says of the whole.
    pub clause: Option<ClauseId>,
    /// What became of it.
    pub disposition: Disposition,
    /// Why, as the office wrote it.
    pub reason: Commitment,
}

/// What became of a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Nothing was changed for it.
    NotTakenIn,
    /// The text was changed as it says.
    TakenIn,
    /// The text was changed in part as it says.
    TakenInPart,
}

/// Body of `ConsultationClosed`: no more answers are waited for. A late one is still taken in, marked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConsultationClosed {
    /// The place of the entry `ConsultationOpened`.
    pub consultation: u64,
}

/// Why a version was published though nobody took a stand on some comments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DespiteComments {
    /// How many comments are open.
    pub open: u32,
    /// Why, as the office wrote it.
    pub reason: Commitment,
}
