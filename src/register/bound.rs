//! Which parties are bound by what on a day.
//!
//! A pure fold over the published versions, each with what its own copies tell ([`progress`](super::progress))
//! and its own term: a later version takes the place of an earlier one for those whom it binds, and an
//! amendment or a local accord binds only those whom the agreement that it stands to binds.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};
use serde::Serialize;

use super::PartyState;
use crate::agreement::{AgreementId, PartyCode, Relation, VersionNumber};
use crate::calendar::Schedule;

/// A published version and how far it has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundVersion {
    /// The agreement.
    pub agreement: AgreementId,
    /// What it does to another version.
    pub relation: Option<Relation>,
    /// Its parties in list order. In the bilateral form each stands for the copy that it has with the party
    /// in every copy, which has no row.
    pub rows: Vec<VersionRow>,
    /// Its periods, where it has a term.
    pub schedule: Option<Schedule>,
    /// The version.
    pub version: VersionNumber,
    /// The party in every bilateral copy.
    pub with: Option<PartyCode>,
}

/// How far a version has come for one party, or for its copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// From when it is bound, by its own copies.
    pub bound_from: Option<NaiveDate>,
    /// Its last day, where notice ends it.
    pub ends_on: Option<NaiveDate>,
    /// The party.
    pub party: PartyCode,
    /// Where the party stands.
    pub state: PartyState,
    /// Whom it waits for while it does not bind.
    pub waits_for: Vec<PartyCode>,
}

/// A party that became part of another, or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Succession {
    /// The first day of the change.
    pub from: NaiveDate,
    /// What it became: one that takes its place, or several that conclude the agreement themselves.
    pub into: Vec<PartyCode>,
    /// The party that there was.
    #[serde(skip)]
    pub party: PartyCode,
}

/// By what a party, or a pair of parties, is bound on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BoundRow {
    /// The party.
    pub party: PartyCode,
    /// In the bilateral form the other party of the copy.
    pub with: Option<PartyCode>,
    /// What it became part of by that day.
    pub succession: Option<Succession>,
    /// The version that binds it.
    pub by: Option<Hold>,
    /// Why nothing binds it.
    pub unbound: Option<Unbound>,
    /// Amendments that bind it on that day.
    pub amendments: Vec<Beside>,
    /// Local accords that bind it on that day.
    pub accords: Vec<Beside>,
}

/// A version that binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Hold {
    /// The version.
    pub version: VersionNumber,
    /// Since when.
    pub since: NaiveDate,
    /// Until when, as known on the day.
    pub until: Until,
}

/// Until when a version binds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Until {
    /// It ends by itself.
    End {
        /// The last day.
        last_day: NaiveDate,
    },
    /// Notice ends it.
    Notice {
        /// The last day.
        last_day: NaiveDate,
    },
    /// Nothing is said.
    Open,
    /// It is prolonged after this period unless notice prevents it.
    Period {
        /// The period's last day.
        last_day: NaiveDate,
    },
    /// A later version takes its place.
    Replaced {
        /// The last day.
        last_day: NaiveDate,
        /// That version.
        by: VersionNumber,
    },
}

/// Why nothing binds a party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Unbound {
    /// What bound it has ended.
    Ended {
        /// Which version.
        version: VersionNumber,
        /// Its last day.
        last_day: NaiveDate,
        /// Whether by notice; else by itself.
        by_notice: bool,
    },
    /// Something is missing.
    Incomplete {
        /// Which version, the newest that it is party to.
        version: VersionNumber,
        /// Where the party stands.
        state: PartyState,
        /// Whom it waits for.
        waits_for: Vec<PartyCode>,
    },
    /// It is signed, and begins later.
    Later {
        /// Which version.
        version: VersionNumber,
        /// Its first day.
        from: NaiveDate,
    },
    /// It is no party of any version.
    NotParty,
    /// It is signed, but what it stands to does not bind the party.
    Without {
        /// What it stands to.
        agreement: AgreementId,
        /// Its version.
        version: VersionNumber,
    },
}

/// An amendment or a local accord that binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Beside {
    /// Its agreement.
    pub agreement: AgreementId,
    /// That it binds.
    #[serde(flatten)]
    pub hold: Hold,
    /// The version that it stands to, where another one binds the party now: a local accord to look at.
    pub made_under: Option<VersionNumber>,
}

/// Returns by what each party of an agreement is bound on a day.
///
/// `versions` are the published versions of all agreements, each as it stood at the end of that day. Parties
/// come in the order of the newest version that lists them.
#[must_use]
pub fn bound(
    versions: &[BoundVersion],
    successions: &[Succession],
    agreement: &AgreementId,
    day: NaiveDate,
) -> Vec<BoundRow> {
    let fold = Fold { day, versions };
    let mut seen = BTreeSet::new();
    let own = fold.newest_first(agreement);
    let rows = own.iter().flat_map(|version| {
        let rows = version.rows.iter();
        rows.map(|row| (row.party.clone(), version.with.clone()))
    });
    let rows: Vec<_> = rows
        .filter(|(party, _)| seen.insert(party.clone()))
        .collect();
    let rows = rows.into_iter().map(|(party, with)| {
        let (by, unbound) = match fold.hold(agreement, &party, MAX_DEPTH) {
            Ok(hold) => (Some(hold), None),
            Err(unbound) => (None, Some(unbound)),
        };
        let changed = |known: &&Succession| known.party == party && known.from <= day;
        BoundRow {
            amendments: fold.beside(agreement, &party, by.as_ref(), Side::Amendment),
            accords: fold.beside(agreement, &party, by.as_ref(), Side::Accord),
            by,
            succession: successions.iter().rev().find(changed).cloned(),
            unbound,
            with: with.filter(|with| *with != party),
            party,
        }
    });
    rows.collect()
}

/// What stands beside an agreement.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Accord,
    Amendment,
}

struct Fold<'a> {
    day: NaiveDate,
    versions: &'a [BoundVersion],
}

/// How long a version binds a party, by its own copies, term and successors.
struct Spell {
    since: NaiveDate,
    until: Until,
    version: VersionNumber,
}

impl<'a> Fold<'a> {
    fn newest_first(&self, agreement: &AgreementId) -> Vec<&'a BoundVersion> {
        let mut own: Vec<_> = self
            .versions
            .iter()
            .filter(|version| version.agreement == *agreement)
            .collect();
        own.sort_by_key(|version| Reverse(version.version));
        own
    }

    /// Returns what binds a party, or why nothing does.
    fn hold(&self, agreement: &AgreementId, party: &PartyCode, depth: u8) -> Result<Hold, Unbound> {
        let spells = self.spells(agreement, party);
        let Some(spell) = self.on_day(&spells) else {
            return Err(self.why_not(agreement, party, &spells));
        };
        let own = Hold {
            since: spell.since,
            until: spell.until,
            version: spell.version,
        };
        let Some(parent) = parent(self.versions, agreement, spell.version) else {
            return Ok(own);
        };
        let (side, other, version) = parent;
        let without = || Unbound::Without {
            agreement: other.clone(),
            version,
        };
        let depth = depth.checked_sub(1).ok_or_else(without)?;
        let held = self.through((agreement, own.version), parent, party, depth);
        let held = held.ok_or_else(without)?;
        let since = match side {
            // A local accord may be older than the version that it is under now.
            Side::Accord => own.since,
            Side::Amendment => own.since.max(held.since),
        };
        Ok(Hold {
            since,
            until: beside_until(side, own.until, held.until),
            version: own.version,
        })
    }

    /// Returns the spell of a day.
    fn on_day<'b>(&self, spells: &'b [Spell]) -> Option<&'b Spell> {
        spells.iter().find(|spell| {
            let has_ended = last_day(spell.until).is_some_and(|last_day| last_day < self.day);
            spell.since <= self.day && !has_ended
        })
    }

    /// Returns what of its parent lets a version bind a party.
    ///
    /// The party in every copy of the parent is bound there to one party and not to another, so the other
    /// parties of the version tell: of their copies the one that lasts longest.
    fn through(
        &self,
        (agreement, version): (&AgreementId, VersionNumber),
        (side, other, of): (Side, &AgreementId, VersionNumber),
        party: &PartyCode,
        depth: u8,
    ) -> Option<Hold> {
        let held = |party: &PartyCode| {
            let held = self.hold(other, party, depth).ok();
            held.filter(|held| side == Side::Accord || held.version == of)
        };
        let mut parents = self.versions.iter().filter(|it| it.agreement == *other);
        if !parents.any(|parent| parent.with.as_ref() == Some(party)) {
            return held(party);
        }
        let own = self.versions.iter();
        let own = own.filter(|it| it.agreement == *agreement && it.version == version);
        let others = own.flat_map(|it| it.rows.iter().map(|row| &row.party).chain(&it.with));
        let is_bound = |party: &PartyCode| {
            let spells = self.spells(agreement, party);
            let spell = self.on_day(&spells);
            spell.is_some_and(|spell| spell.version == version)
        };
        others
            .filter(|other| *other != party && is_bound(other))
            .filter_map(held)
            .min_by_key(|held| Reverse(last_day(held.until).unwrap_or(NaiveDate::MAX)))
    }

    /// Returns how long each version of an agreement that came to bind a party does so, newest first.
    fn spells(&self, agreement: &AgreementId, party: &PartyCode) -> Vec<Spell> {
        let mut spells = Vec::new();
        // The first day of what takes the place of the versions that are still to come.
        let mut next: Option<(NaiveDate, VersionNumber)> = None;
        for version in self.newest_first(agreement) {
            let Some(row) = row(version, party) else {
                continue;
            };
            let Some(since) = row.bound_from else {
                continue;
            };
            let own = self.own_end(version, &row);
            let until = match next {
                Some((from, by)) => {
                    let last_day_before = from.checked_sub_days(Days::new(1)).unwrap_or(from);
                    match last_day(own) {
                        Some(own_day) if own_day < last_day_before => own,
                        _ => Until::Replaced {
                            last_day: last_day_before,
                            by,
                        },
                    }
                }
                None => own,
            };
            spells.push(Spell {
                since,
                until,
                version: version.version,
            });
            if next.is_none_or(|(from, _)| since < from) {
                next = Some((since, version.version));
            }
        }
        spells
    }

    /// Returns until when a version binds a party where nothing takes its place.
    fn own_end(&self, version: &BoundVersion, row: &VersionRow) -> Until {
        let Some(schedule) = &version.schedule else {
            return row
                .ends_on
                .map_or(Until::Open, |last_day| Until::Notice { last_day });
        };
        let by_itself = schedule.last_day(None);
        match (row.ends_on, by_itself) {
            (Some(notice), by_itself) if by_itself.is_none_or(|day| notice < day) => {
                Until::Notice { last_day: notice }
            }
            (_, Some(last_day)) => {
                let period = schedule.standing(self.day, None).period.days.last_day();
                if period < last_day {
                    Until::Period { last_day: period }
                } else {
                    Until::End { last_day }
                }
            }
            (_, None) => Until::Period {
                last_day: schedule.standing(self.day, None).period.days.last_day(),
            },
        }
    }

    fn why_not(&self, agreement: &AgreementId, party: &PartyCode, spells: &[Spell]) -> Unbound {
        let mut later: Vec<&Spell> = spells.iter().filter(|it| it.since > self.day).collect();
        later.sort_by_key(|spell| spell.since);
        // One that a later version takes the place of before it begins never binds.
        later.retain(|spell| last_day(spell.until).is_none_or(|last_day| last_day >= spell.since));
        if let Some(spell) = later.first() {
            return Unbound::Later {
                version: spell.version,
                from: spell.since,
            };
        }
        let ended = spells.iter().filter_map(|spell| {
            let by_notice = matches!(spell.until, Until::Notice { .. });
            Some((last_day(spell.until)?, spell.version, by_notice))
        });
        if let Some((last_day, version, by_notice)) = ended.max() {
            return Unbound::Ended {
                version,
                last_day,
                by_notice,
            };
        }
        let versions = self.newest_first(agreement);
        let newest = versions
            .iter()
            .find_map(|version| Some((version.version, row(version, party)?)));
        match newest {
            Some((version, row)) => Unbound::Incomplete {
                version,
                state: row.state,
                waits_for: row.waits_for,
            },
            None => Unbound::NotParty,
        }
    }

    /// Returns what stands beside an agreement and binds a party.
    fn beside(
        &self,
        agreement: &AgreementId,
        party: &PartyCode,
        by: Option<&Hold>,
        wanted: Side,
    ) -> Vec<Beside> {
        let Some(by) = by else {
            return Vec::new();
        };
        let others: BTreeSet<&AgreementId> = self
            .versions
            .iter()
            .filter(|version| {
                let parent = parent(self.versions, &version.agreement, version.version);
                parent.is_some_and(|(side, other, _)| side == wanted && other == agreement)
            })
            .map(|version| &version.agreement)
            .collect();
        let beside = others.into_iter().filter(|other| *other != agreement);
        let holds = beside.filter_map(|other| {
            let hold = self.hold(other, party, MAX_DEPTH).ok()?;
            let (side, of, version) = parent(self.versions, other, hold.version)?;
            (side == wanted && of == agreement).then(|| Beside {
                agreement: other.clone(),
                hold,
                made_under: Some(version).filter(|version| *version != by.version),
            })
        });
        holds.collect()
    }
}

/// Returns the row of a party; for the party in every copy, what its copies come to together.
fn row(version: &BoundVersion, party: &PartyCode) -> Option<VersionRow> {
    if let Some(row) = version.rows.iter().find(|row| row.party == *party) {
        return Some(row.clone());
    }
    if version.with.as_ref() != Some(party) {
        return None;
    }
    let rows = || version.rows.iter();
    let last = rows().filter(|row| row.bound_from.is_some());
    let ends: Option<Vec<NaiveDate>> = last.map(|row| row.ends_on).collect();
    Some(VersionRow {
        bound_from: rows().filter_map(|row| row.bound_from).min(),
        ends_on: ends.and_then(|ends| ends.into_iter().max()),
        party: party.clone(),
        state: rows()
            .map(|row| row.state)
            .max()
            .unwrap_or(PartyState::NotIssued),
        waits_for: Vec::new(),
    })
}

/// Returns what a version stands to beside its own agreement.
///
/// A version that replaces one of an amendment's or an accord's is such a version as well.
fn parent<'a>(
    versions: &'a [BoundVersion],
    agreement: &AgreementId,
    version: VersionNumber,
) -> Option<(Side, &'a AgreementId, VersionNumber)> {
    let mut number = version;
    loop {
        let known = versions
            .iter()
            .find(|known| known.agreement == *agreement && known.version == number)?;
        match known.relation.as_ref()? {
            Relation::Amends { agreement, version } => {
                return Some((Side::Amendment, agreement, *version));
            }
            Relation::Under { agreement, version } => {
                return Some((Side::Accord, agreement, *version));
            }
            // A manifest replaces an earlier version alone, so this ends.
            Relation::Replaces { version } if *version < number => number = *version,
            Relation::Replaces { .. } => return None,
        }
    }
}

/// Returns until when a version that stands to a parent binds, given until when each does by itself.
fn beside_until(side: Side, own: Until, parent: Until) -> Until {
    let parent = match (side, parent) {
        // It stands under the parent's next version as well.
        (Side::Accord, Until::Replaced { .. }) => return own,
        // What follows is a version of the parent, not of the amendment.
        (Side::Amendment, Until::Replaced { last_day, .. }) => Until::End { last_day },
        (_, parent) => parent,
    };
    let own_day = match own {
        Until::Open => return parent,
        Until::End { last_day }
        | Until::Notice { last_day }
        | Until::Period { last_day }
        | Until::Replaced { last_day, .. } => last_day,
    };
    match last_day(parent) {
        Some(last_day) if last_day < own_day => parent,
        _ => own,
    }
}

fn last_day(until: Until) -> Option<NaiveDate> {
    match until {
        Until::End { last_day } | Until::Notice { last_day } | Until::Replaced { last_day, .. } => {
            Some(last_day)
        }
        Until::Open | Until::Period { .. } => None,
    }
}

/// An amendment of an amendment of an amendment is as deep as anyone reads.
const MAX_DEPTH: u8 = 8;
