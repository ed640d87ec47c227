//! Who must decide and sign a version, and why, given the one that it stands to.
//!
//! No signature on one version is ever one on another. A version that replaces an earlier one is decided on
//! and signed by all its parties, and each stays bound by the earlier one until then; an amendment is decided
//! on and signed by the parties that it touches, and all other signatures stand.

use std::cmp::Reverse;

use chrono::NaiveDate;
use serde::Serialize;

use super::{BoundRow, Child, Unbound};
use crate::agreement::{ClauseId, Name, PartyCode, Relation, VersionNumber};

/// A version that is to be concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// What differs from the version that it stands to.
    pub changes: Changes,
    /// An earlier version of an amendment or an accord itself.
    pub earlier_own: Option<EarlierOwn>,
    /// Its parties in list order.
    pub parties: Vec<ProposedParty>,
    /// What it does to another version.
    pub relation: Option<Relation>,
}

/// A party of a version that is to be concluded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedParty {
    /// The party.
    pub code: PartyCode,
    /// How many copies it signs.
    pub copies: usize,
    /// The body that must decide; any where it is not said.
    pub decides: Option<Name>,
    /// Its name in lists.
    pub name: String,
}

/// What differs from the version that another one stands to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// Whether the texts could be compared; else nothing is known of what changed.
    pub is_known: bool,
    /// The clauses that changed, are new or are gone, in the order of the new text; of an amendment those
    /// that it changes.
    pub clauses: Vec<ChangedClause>,
    /// Words that were put in.
    pub inserted_words: usize,
    /// Words that were taken away.
    pub deleted_words: usize,
    /// The keys of version.toml that differ, such as `term.end`, but for those that do in every version.
    pub settings: Vec<String>,
}

/// The published version of an amendment or an accord that came before this one of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EarlierOwn {
    /// The version.
    pub version: VersionNumber,
    /// What differs from it.
    pub changes: Changes,
}

/// A clause that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedClause {
    /// The clause.
    pub id: ClauseId,
    /// Its number and title: of the new text, of the earlier one where it is gone or amended.
    pub heading: String,
    /// What became of it.
    pub change: ClauseFate,
}

/// What became of a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClauseFate {
    /// An amendment changes it.
    Amended,
    /// Its words are others.
    Changed,
    /// It is not there any more.
    Gone,
    /// It stands in another order.
    Moved,
    /// It was not there.
    New,
}

/// The version that another one stands to, as it stands on the day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earlier {
    /// What else stands to its agreement: local accords and amendments.
    pub children: Vec<Child>,
    /// By what the parties of its agreement are bound on that day.
    pub bound: Vec<BoundRow>,
    /// Its parties in list order.
    pub parties: Vec<PartyCode>,
}

/// Who must decide and sign, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Again {
    /// What it does to another version.
    pub relation: Option<Relation>,
    /// What differs from that one.
    pub changes: Changes,
    /// An earlier version of an amendment or an accord itself: no signature on it is one on this.
    pub earlier_own: Option<EarlierOwn>,
    /// Who decides and signs, in list order.
    pub parties: Vec<AskedParty>,
    /// Parties of the other version that sign nothing, and whose signatures on it stand.
    pub untouched: Vec<PartyCode>,
    /// Local accords and amendments under a version that is replaced: to look at.
    pub children: Vec<Child>,
}

/// A party that decides and signs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AskedParty {
    /// The party.
    pub party: PartyCode,
    /// Its name in lists.
    pub name: String,
    /// The body that must decide; any where it is not said.
    pub decides: Option<Name>,
    /// How many copies it signs.
    pub copies: usize,
    /// Why it is asked.
    pub why: AskedWhy,
}

/// Why a party must decide and sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AskedWhy {
    /// It is bound by a version of the other agreement, and that is all it signed.
    Bound {
        /// Since when.
        since: NaiveDate,
        /// That version, which need not be the one that this stands to.
        version: VersionNumber,
    },
    /// What bound it has ended.
    Ended {
        /// Whether by notice; else by itself.
        by_notice: bool,
        /// Its last day.
        last_day: NaiveDate,
        /// Which version.
        version: VersionNumber,
    },
    /// The version stands by itself.
    First,
    /// It is no party of the other version.
    NotParty,
    /// It is a party of the other version, and nothing binds it yet.
    NotYetBound,
}

/// Tells who must decide and sign a version, and why. `earlier` is the one that it stands to, if any.
#[must_use]
pub fn again(proposed: Proposed, earlier: Option<&Earlier>) -> Again {
    let Proposed {
        changes,
        earlier_own,
        parties,
        relation,
    } = proposed;
    let why = |party: &PartyCode| {
        let Some(earlier) = earlier else {
            return AskedWhy::First;
        };
        match standing(&earlier.bound, party) {
            Some(why) => why,
            None if earlier.parties.contains(party) => AskedWhy::NotYetBound,
            None => AskedWhy::NotParty,
        }
    };
    let asked: Vec<AskedParty> = parties
        .into_iter()
        .map(|party| AskedParty {
            why: why(&party.code),
            party: party.code,
            name: party.name,
            decides: party.decides,
            copies: party.copies,
        })
        .collect();
    let is_asked = |code: &PartyCode| asked.iter().any(|party| party.party == *code);
    let others = earlier.into_iter().flat_map(|earlier| &earlier.parties);
    let untouched = others.filter(|code| !is_asked(code)).cloned().collect();
    let replaces = matches!(relation, Some(Relation::Replaces { .. }));
    let children = earlier.filter(|_| replaces);
    Again {
        children: children
            .map(|earlier| earlier.children.clone())
            .unwrap_or_default(),
        relation,
        changes,
        earlier_own,
        parties: asked,
        untouched,
    }
}

/// Returns what binds a party or did; for the party in every copy the newest version in any of them.
fn standing(rows: &[BoundRow], party: &PartyCode) -> Option<AskedWhy> {
    let own = rows
        .iter()
        .filter(|row| row.party == *party || row.with.as_ref() == Some(party));
    let holds = own.clone().filter_map(|row| row.by);
    let newest = holds.min_by_key(|hold| (Reverse(hold.version), hold.since));
    if let Some(hold) = newest {
        return Some(AskedWhy::Bound {
            since: hold.since,
            version: hold.version,
        });
    }
    let ended = own.filter_map(|row| match row.unbound.as_ref()? {
        Unbound::Ended {
            version,
            last_day,
            by_notice,
        } => Some((*last_day, *version, *by_notice)),
        Unbound::Incomplete { .. }
        | Unbound::Later { .. }
        | Unbound::NotParty
        | Unbound::Without { .. } => None,
    });
    let (last_day, version, by_notice) = ended.max()?;
    Some(AskedWhy::Ended {
        by_notice,
        last_day,
        version,
    })
}
