//! How each party stands in each copy that counts.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::super::arrivals::KnownSignature;
use super::super::{AuthorityState, CopyState, Entered, PartyLetter, Standing, Tally};
use super::decision::outlives;
use super::{SeatProgress, SeatState, Terms, Warning};
use crate::agreement::{PartyCode, SeatId, Sha256, SigningRule};
use crate::calendar::swedish_day;

/// A copy that counts.
#[derive(Debug)]
pub(super) struct CopyView<'a> {
    pub(super) state: &'a CopyState,
    /// Its parties in print order.
    pub(super) parties: Vec<(&'a PartyCode, PartySeats)>,
}

/// A party's seats in a copy.
#[derive(Debug)]
pub(super) struct PartySeats {
    /// The last day on which a seat was filled.
    pub(super) last_on: Option<NaiveDate>,
    /// The day on which its rule was met; `None` while it is not.
    pub(super) met_on: Option<NaiveDate>,
    /// How many seats the rule needs.
    pub(super) needed: usize,
    /// The seats, in print order.
    pub(super) seats: Vec<SeatProgress>,
    pub(super) warnings: Vec<Warning>,
}

impl CopyView<'_> {
    /// Returns a party's seats; `None` where it is not in the copy.
    pub(super) fn seats_of(&self, party: &PartyCode) -> Option<&PartySeats> {
        let mut parties = self.parties.iter();
        parties
            .find(|(code, _)| *code == party)
            .map(|(_, seats)| seats)
    }

    /// Tells whether every party in it has signed as its rule asks.
    pub(super) fn is_complete(&self) -> bool {
        self.parties.iter().all(|(_, seats)| seats.met_on.is_some())
    }
}

impl PartySeats {
    /// Returns how many seats are filled.
    pub(super) fn filled(&self) -> usize {
        self.seats.iter().filter(|seat| seat.state.counts()).count()
    }

    /// Returns the seats that are not filled, in print order.
    pub(super) fn open(&self) -> Vec<SeatId> {
        let open = self.seats.iter().filter(|seat| !seat.state.counts());
        open.map(|seat| seat.seat.clone()).collect()
    }
}

/// Returns the copies of the version that count, in order of their names.
pub(super) fn views<'a>(tally: &'a Tally, terms: &'a Terms, day: NaiveDate) -> Vec<CopyView<'a>> {
    let copies = tally.copies_of(&terms.agreement, terms.version, terms.form);
    let mut signing = BTreeMap::new();
    let copies = copies.into_iter().filter(|copy| copy.is_live());
    copies
        .map(|state| CopyView {
            state,
            parties: state
                .issued
                .parties
                .iter()
                .map(|party| {
                    let signing = signing
                        .entry(party)
                        .or_insert_with(|| Signing::of(tally, terms, party));
                    (party, signing.seats(state, party, day))
                })
                .collect(),
        })
        .collect()
}

/// What tells whose signatures count for a party, and how many it takes.
struct Signing<'a> {
    authorities: Vec<&'a AuthorityState>,
    retractions: &'a [Entered<PartyLetter>],
    rule: Option<&'a SigningRule>,
    /// Rules that were set anew, each from a day, in the order of these days.
    rules: Vec<(NaiveDate, &'a SigningRule)>,
}

/// A seat, and when it was filled.
struct SeatView {
    filled_on: Option<NaiveDate>,
    state: SeatState,
    warning: Option<Warning>,
}

impl<'a> Signing<'a> {
    fn of(tally: &'a Tally, terms: &'a Terms, party: &PartyCode) -> Self {
        let authorities = tally.authorities(party, &terms.agreement);
        let mut rules: Vec<_> = authorities
            .iter()
            .filter_map(|it| {
                let rule = it.authorised.rule.as_ref()?;
                Some((it.authorised.source.met_on, rule))
            })
            .collect();
        // A stable sort: of two of the same day the one that was entered later rules.
        rules.sort_by_key(|(from, _)| *from);
        let listed = terms.parties.iter().find(|listed| listed.code == *party);
        Self {
            authorities,
            retractions: tally.retractions(&terms.agreement, terms.version, party),
            rule: listed.map(|listed| &listed.rule),
            rules,
        }
    }

    fn seats(&self, copy: &CopyState, party: &PartyCode, day: NaiveDate) -> PartySeats {
        let mut found = PartySeats {
            last_on: None,
            met_on: None,
            needed: 0,
            seats: Vec::new(),
            warnings: Vec::new(),
        };
        let mut filled_on = Vec::new();
        for seat in copy.issued.seats.iter().filter(|seat| seat.is_of(party)) {
            let view = self.seat(copy, seat);
            filled_on.extend(view.filled_on);
            found.warnings.extend(view.warning);
            found.seats.push(SeatProgress {
                seat: seat.clone(),
                state: view.state,
            });
        }
        filled_on.sort_unstable();
        found.last_on = filled_on.last().copied();
        let seats = found.seats.len();
        found.needed = self.needed(seats, day);
        // What was enough on its day stays enough: a later rule asks nobody to sign again.
        let enough = (1_usize..).zip(&filled_on);
        let mut enough = enough.filter(|(filled, on)| *filled >= self.needed(seats, **on));
        found.met_on = match enough.next() {
            Some((filled, on)) => {
                found.needed = found.needed.min(filled);
                Some(*on)
            }
            None if seats > 0 && filled_on.len() >= found.needed => {
                let mut rules = self.rules.iter().filter(|(from, _)| *from <= day);
                let from = rules.next_back().map(|(from, _)| *from);
                found.last_on.max(from)
            }
            None => None,
        };
        found
    }

    /// Returns how many of so many seats the rule of a day needs.
    fn needed(&self, seats: usize, day: NaiveDate) -> usize {
        let mut rules = self.rules.iter().rev();
        let anew = rules.find(|(from, _)| *from <= day).map(|(_, rule)| *rule);
        anew.or(self.rule).map_or(seats, |rule| rule.needed(seats))
    }

    fn seat(&self, copy: &CopyState, seat: &SeatId) -> SeatView {
        let mut stranger = None;
        let mut waits = false;
        for known in copy.signatures.iter().filter(|known| known.seat == *seat) {
            let Some(as_role) = copy.counted_role(known) else {
                match known.standing {
                    Standing::ToConfirm => waits = true,
                    Standing::Counts | Standing::Refused => {
                        stranger.get_or_insert(Warning::StrangerSigned {
                            copy: copy.issued.copy.clone(),
                            seat: seat.clone(),
                        });
                    }
                }
                continue;
            };
            let signed_on = swedish_day(known.stamped_at.unwrap_or(known.at));
            if !outlives(self.retractions, known.seq, signed_on) {
                continue;
            }
            if let Some(fault) = self.fault(known, signed_on, copy) {
                stranger.get_or_insert(fault);
                continue;
            }
            return SeatView {
                filled_on: Some(signed_on),
                state: SeatState::Signed {
                    as_role: as_role.clone(),
                    level: known.level,
                    signed_on,
                },
                warning: None,
            };
        }
        if let Some((inked, signed)) = copy.paper(seat)
            && outlives(self.retractions, inked.seq, inked.body.signed_on)
        {
            return SeatView {
                filled_on: Some(inked.body.signed_on),
                state: SeatState::Paper {
                    as_role: signed.as_role.clone(),
                    held_by: inked.body.held_by.clone(),
                    signed_on: inked.body.signed_on,
                },
                warning: None,
            };
        }
        SeatView {
            filled_on: None,
            state: if waits {
                SeatState::ToConfirm
            } else if stranger.is_some() {
                SeatState::NotCounted
            } else {
                SeatState::Open
            },
            warning: stranger,
        }
    }

    /// Returns why a signature does not count whose certificate is pinned for persons none of whom could sign
    /// on that day; `None` also where it is pinned for nobody.
    fn fault(&self, known: &KnownSignature, day: NaiveDate, copy: &CopyState) -> Option<Warning> {
        let mut fault = None;
        for authority in &self.authorities {
            for person in pinned(authority, known.certificate) {
                let from = authority
                    .authorised
                    .persons
                    .get(person)
                    .and_then(|it| it.from);
                let is_in_time = from.is_none_or(|from| from <= day)
                    && authority.last_day(person).is_none_or(|to| day <= to);
                let allowed_to = authority.authorised.allowed_to;
                match allowed_to.filter(|to| is_in_time && *to < day) {
                    None if is_in_time => return None,
                    None => {
                        fault.get_or_insert_with(|| Warning::StrangerSigned {
                            copy: copy.issued.copy.clone(),
                            seat: known.seat.clone(),
                        });
                    }
                    Some(allowed_to) => {
                        fault = Some(Warning::AuthorityTooLong {
                            allowed_to,
                            seq: authority.seq,
                        });
                    }
                }
            }
        }
        fault
    }
}

/// Returns those of an authority's persons whom a certificate is pinned for, counted from 0.
fn pinned(authority: &AuthorityState, certificate: Sha256) -> impl Iterator<Item = usize> {
    let persons = authority.authorised.persons.iter().enumerate();
    persons
        .filter(move |(_, person)| person.certificates.contains(&certificate))
        .map(|(index, _)| index)
}
