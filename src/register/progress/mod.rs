//! How far an agreement has come: what each party must still do, and whether the agreement binds.
//!
//! A pure fold: the state of the register and the terms of a version give, per seat and copy and per party,
//! every requirement, met or not, and why; and for the agreement, whether it binds and what one refusal
//! would do.

mod binding;
mod copies;
mod decision;
mod party;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

pub use self::decision::{Competence, competence};

use self::party::PartyView;
use super::Tally;
use crate::agreement::{
    AgreementId, Binds, CopyId, Form, LateSignature, Level, Name, Outcome, PartyCode, Role, SeatId,
    SigningRule, VersionNumber,
};

/// What a version asks, as far as the fold needs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The agreement.
    pub agreement: AgreementId,
    /// When it binds.
    pub binds: Binds,
    /// The form of the copies.
    pub form: Form,
    /// From when it binds a party that signs late, where the text says so.
    pub late_signature: Option<LateSignature>,
    /// Its parties in list order.
    pub parties: Vec<PartyTerms>,
    /// The first day of the term, where there is one.
    pub start: Option<NaiveDate>,
    /// The version.
    pub version: VersionNumber,
    /// The party in every bilateral copy.
    pub with: Option<PartyCode>,
}

/// What a version asks of one party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyTerms {
    /// The party.
    pub code: PartyCode,
    /// The body that must decide, in Swedish, e.g. `kommunstyrelsen`; any where it is not said.
    pub decides: Option<Name>,
    /// Its signing rule as its file has it; an entry may set it anew.
    pub rule: SigningRule,
}

/// How far an agreement has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// Whether it binds, and what would change that.
    pub binding: Binding,
    /// Its parties in the order of the terms.
    pub parties: Vec<PartyProgress>,
    /// What bodies that are no parties recommend, in the order of entry.
    pub recommendations: Vec<Recommendation>,
}

/// How far one party has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PartyProgress {
    /// From which day it is bound: the day on which the last thing that was needed happened, not before the
    /// term begins unless a late signature binds from then; `None` while it is not bound.
    pub bound_from: Option<NaiveDate>,
    /// The party.
    pub code: PartyCode,
    /// Its copies that count, in order of their names.
    pub copies: Vec<CopyProgress>,
    /// The decision that rules; `None` without any.
    pub decision: Option<DecisionState>,
    /// Every decision entered, in the order of entry, the corrected ones left out.
    pub decisions: Vec<DecisionState>,
    /// What is to be done next, where anything is.
    pub next: Option<NextStep>,
    /// What the agreement asks of it, in the order in which it is done.
    pub requirements: Vec<Requirement>,
    /// Where it stands, in one word.
    pub state: PartyState,
    /// What an administrator should look at, though it blocks nothing.
    pub warnings: Vec<Warning>,
}

/// Where a party stands, in one word. The order is that of urgency, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PartyState {
    /// It said no, or its condition was refused.
    Declined,
    /// It took back what it had decided or signed.
    Retracted,
    /// It approved on a condition that is not settled: amber.
    Conditional,
    /// It put the matter off.
    Deferred,
    /// It has no copy yet.
    NotIssued,
    /// Nothing came from it yet.
    Waiting,
    /// It signed in some seats, or without a recorded decision.
    Partly,
    /// It decided cleanly; signatures are missing.
    Decided,
    /// Every requirement is met.
    Complete,
}

/// A decision, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DecisionState {
    /// The place of its entry.
    pub seq: u64,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What was entered, with later corrections.
    pub decided: super::Decided,
    /// The last day of appeal as computed from the announcement; `None` while that is not known.
    pub appeal_until: Option<NaiveDate>,
    /// The day on which it has legal force if nobody appeals: as computed, else the day after the last day of
    /// appeal that the minutes print.
    pub final_on: Option<NaiveDate>,
    /// What became of its condition.
    pub settled: Option<super::Settled>,
}

/// A copy of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CopyProgress {
    /// The copy.
    pub copy: CopyId,
    /// Whether every party in it has signed as its rule asks.
    pub is_complete: bool,
    /// This party's seats in it, in print order.
    pub seats: Vec<SeatProgress>,
}

/// A seat of a party in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeatProgress {
    /// The seat.
    pub seat: SeatId,
    /// How it stands.
    pub state: SeatState,
}

/// How a seat stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SeatState {
    /// Signed by somebody whose signature does not count; it is open.
    NotCounted,
    /// Nobody signed.
    Open,
    /// Signed on paper.
    Paper {
        /// The role in which the person signed.
        as_role: Role,
        /// Who keeps the paper.
        held_by: Name,
        /// The day on the paper.
        signed_on: NaiveDate,
    },
    /// Signed electronically, and it counts.
    Signed {
        /// The role in which the person signed.
        as_role: Role,
        /// The signature's level.
        level: Level,
        /// The Swedish day that a time-stamp proves, else that of the entry.
        signed_on: NaiveDate,
    },
    /// Signed, and an officer must say whose certificate it is.
    ToConfirm,
}

impl SeatState {
    /// Tells whether the seat is filled.
    #[must_use]
    pub fn counts(&self) -> bool {
        matches!(self, Self::Paper { .. } | Self::Signed { .. })
    }
}

/// One thing that the agreement asks of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Whether it is met.
    pub is_met: bool,
    /// What is asked.
    pub what: Required,
    /// Why it is not met, or by what it is.
    pub why: Why,
}

/// What is asked of a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Required {
    /// That a copy was issued for it.
    CopyIssued,
    /// That a decision of its is recorded.
    Decision,
    /// That the decision is clean: approved, and any condition settled.
    CleanDecision,
    /// That its signing rule is met in a copy.
    Signatures {
        /// The copy.
        copy: CopyId,
    },
}

/// Why a requirement is met or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Why {
    /// It approved on a condition that nobody settled.
    ConditionOpen,
    /// Its condition was refused.
    ConditionRefused,
    /// It decided so.
    Decided {
        /// The place of the entry.
        seq: u64,
        /// What was decided.
        outcome: Outcome,
    },
    /// It said no in a letter.
    DeclinedByLetter {
        /// The place of the entry.
        seq: u64,
    },
    /// A copy was issued, or all of them where there are several.
    Issued,
    /// Nothing is recorded.
    Nothing,
    /// It took everything back.
    Retracted {
        /// The place of the entry.
        seq: u64,
    },
    /// As many seats as this are filled.
    Seats {
        /// How many are filled.
        filled: usize,
        /// How many the rule needs.
        needed: usize,
        /// Those that are not, in print order.
        open: Vec<SeatId>,
    },
    /// Some of its copies were issued, not all.
    SomeIssued {
        /// How many.
        issued: usize,
        /// How many there are to be.
        planned: usize,
    },
}

/// What an administrator should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Warning {
    /// The minutes print another last day of appeal than the computed one.
    AppealDayDiffers {
        /// As computed.
        computed: NaiveDate,
        /// As printed.
        printed: NaiveDate,
        /// The place of the decision's entry.
        seq: u64,
    },
    /// A person's authority runs longer than its source allows.
    AuthorityTooLong {
        /// The last day that the source allows.
        allowed_to: NaiveDate,
        /// The place of the entry `Authorised`.
        seq: u64,
    },
    /// The decision has no legal force yet, and the party signed.
    NotFinal {
        /// From when it has, where it can be told.
        final_on: Option<NaiveDate>,
    },
    /// The party changed after its copy was issued.
    PartyChanged {
        /// The place of the entry.
        seq: u64,
    },
    /// It signed after the term began.
    SignedLate {
        /// The day on which it signed.
        signed_on: NaiveDate,
    },
    /// It signed and no decision is recorded.
    SignedWithoutDecision,
    /// Somebody signed whose signature does not count.
    StrangerSigned {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// The decision was made by another body than the agreement asks for.
    WrongLevel {
        /// The body that the agreement asks for.
        asked: Name,
        /// The body that decided.
        decided: Name,
        /// The place of the decision's entry.
        seq: u64,
    },
}

/// What is to be done next for a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NextStep {
    /// An officer says whose certificate signed a seat.
    Confirm {
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
    },
    /// A copy is issued.
    Issue,
    /// Its decision is asked for and entered.
    RecordDecision,
    /// Its copies are handed out.
    Send,
    /// Its condition is settled.
    Settle {
        /// The place of the decision's entry.
        seq: u64,
    },
    /// The parties talk: it declined, or took everything back.
    Talk,
    /// It signs in these seats.
    Sign {
        /// The copy.
        copy: CopyId,
        /// The seats.
        seats: Vec<SeatId>,
    },
}

/// Whether an agreement binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Binding {
    /// Whether it binds anyone.
    pub binds: bool,
    /// The parties that it binds, in list order.
    pub bound: Vec<PartyCode>,
    /// Whether it can still come to bind, as things stand.
    pub can_bind: bool,
    /// Since which day it binds; in the pairwise rule the first pair's.
    pub since: Option<NaiveDate>,
    /// The parties it waits for, in list order.
    pub waits_for: Vec<PartyCode>,
    /// What one more refusal by a party that is not bound would do.
    pub one_refusal: Refusal,
}

/// What one refusal would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Refusal {
    /// The agreement would bind nobody.
    BindsNobody,
    /// The agreement would bind nobody if one of these refused; others may.
    BindsNobodyIfOneOf {
        /// Which.
        parties: Vec<PartyCode>,
    },
    /// It would be left out; the others would be bound.
    LeavesItOut,
    /// Nobody is left who could refuse.
    NobodyLeft,
    /// It would be left out, as long as so many of those that are left sign.
    LeavesItOutIf {
        /// How many.
        needed: usize,
        /// Of how many.
        left: usize,
    },
}

/// A recommendation, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recommendation {
    /// The place of its entry.
    pub seq: u64,
    /// What was entered, with later corrections.
    pub recommended: super::Recommended,
}

/// Returns how far an agreement has come at the end of a Swedish day.
///
/// The tally is that of the entries made until then.
#[must_use]
pub fn progress(tally: &Tally, terms: &Terms, day: NaiveDate) -> Progress {
    let copies = copies::views(tally, terms, day);
    let parties = terms.parties.iter();
    let mut parties: Vec<PartyView<'_>> = parties
        .map(|party| party::view(tally, terms, party, &copies, day))
        .collect();
    let binding = binding::conclude(terms, &copies, &mut parties);
    let recommendations = tally.recommendations(&terms.agreement, terms.version);
    Progress {
        binding,
        parties: parties.into_iter().map(|party| party.progress).collect(),
        recommendations: recommendations
            .iter()
            .map(|it| Recommendation {
                seq: it.seq,
                recommended: it.body.clone(),
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests;
