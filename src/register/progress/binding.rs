//! Whether the agreement binds, whom, since when, and what one refusal would do.

use chrono::NaiveDate;

use super::copies::CopyView;
use super::party::PartyView;
use super::{Binding, Refusal, Terms};
use crate::agreement::{Binds, LateSignature, PartyCode};

/// Concludes for the agreement, and enters for each party from when it is bound.
pub(super) fn conclude(
    terms: &Terms,
    copies: &[CopyView<'_>],
    parties: &mut [PartyView<'_>],
) -> Binding {
    let bound_on = bound_on(terms, copies, parties);
    let since = bound_on.iter().flatten().min().copied();
    let waits = |party: &PartyView<'_>| {
        !party.is_complete()
            && match &terms.binds {
                Binds::All => true,
                Binds::AtLeast { .. } => !party.is_refusing(),
                Binds::Named { parties } => parties.contains(&party.terms.code),
                Binds::Pairwise => {
                    !party.is_refusing()
                        && (!is_with(terms, party) || is_missed(copies, parties, party))
                }
            }
    };
    let codes = |wanted: &dyn Fn(usize, &PartyView<'_>) -> bool| -> Vec<PartyCode> {
        let parties = parties.iter().enumerate();
        parties
            .filter(|(index, party)| wanted(*index, party))
            .map(|(_, party)| party.terms.code.clone())
            .collect()
    };
    let is_bound = |index: usize| bound_on.get(index).copied().flatten().is_some();
    let binding = Binding {
        binds: since.is_some(),
        bound: codes(&|index, _| is_bound(index)),
        can_bind: since.is_some() || can_bind(terms, parties, None),
        since: since.map(|day| in_force(terms, day)),
        waits_for: codes(&|_, party| waits(party)),
        one_refusal: one_refusal(terms, parties, &is_bound, since.is_some()),
    };
    for (party, day) in parties.iter_mut().zip(bound_on) {
        party.progress.bound_from = day.map(|day| in_force(terms, day));
    }
    binding
}

/// Returns for each party the day on which it came to be bound.
fn bound_on(
    terms: &Terms,
    copies: &[CopyView<'_>],
    parties: &[PartyView<'_>],
) -> Vec<Option<NaiveDate>> {
    let own = |party: &PartyView<'_>| party.done_on;
    // The day from which those that are done are bound; `None` while nobody is.
    let since = match &terms.binds {
        Binds::All => last(parties.iter().map(own)),
        Binds::AtLeast { count } => {
            let mut days: Vec<NaiveDate> = parties.iter().filter_map(own).collect();
            days.sort_unstable();
            let count = usize::try_from(*count).unwrap_or(usize::MAX).max(1);
            days.get(count.saturating_sub(1)).copied()
        }
        Binds::Named { parties: named } => last(named.iter().map(|code| {
            let mut parties = parties.iter();
            own(parties.find(|party| party.terms.code == *code)?)
        })),
        Binds::Pairwise => return pairs(terms, copies, parties),
    };
    let bound = |party: &PartyView<'_>| Some(own(party)?.max(since?));
    parties.iter().map(bound).collect()
}

/// Returns for each party the day on which its first pair was bound.
fn pairs(
    terms: &Terms,
    copies: &[CopyView<'_>],
    parties: &[PartyView<'_>],
) -> Vec<Option<NaiveDate>> {
    let Some(with) = parties.iter().position(|party| is_with(terms, party)) else {
        // Nobody is in every copy: whoever is done is bound to every other that is.
        let mut days: Vec<NaiveDate> = parties.iter().filter_map(|party| party.done_on).collect();
        days.sort_unstable();
        let second = days.get(1).copied();
        let bound = |party: &PartyView<'_>| Some(party.done_on?.max(second?));
        return parties.iter().map(bound).collect();
    };
    let mut bound: Vec<Option<NaiveDate>> = Vec::new();
    for (index, party) in parties.iter().enumerate() {
        let pair = parties.get(with).filter(|_| index != with);
        bound.push(pair.and_then(|other| pair_on(copies, party, other)));
    }
    let first = bound.iter().flatten().min().copied();
    if let Some(with) = bound.get_mut(with) {
        *with = first;
    }
    bound
}

/// Returns the day on which two parties came to be bound to each other.
fn pair_on(
    copies: &[CopyView<'_>],
    party: &PartyView<'_>,
    other: &PartyView<'_>,
) -> Option<NaiveDate> {
    let (one, two) = (&party.terms.code, &other.terms.code);
    let mut shared = copies
        .iter()
        .filter_map(|copy| Some((copy.seats_of(one)?, copy.seats_of(two)?)))
        .peekable();
    if shared.peek().is_none() {
        return Some(party.done_on?.max(other.done_on?));
    }
    let signed = last(shared.flat_map(|(one, two)| [one.met_on, two.met_on]))?;
    Some(signed.max(party.clean_since?).max(other.clean_since?))
}

fn is_with(terms: &Terms, party: &PartyView<'_>) -> bool {
    terms.with.as_ref() == Some(&party.terms.code)
}

/// Tells whether the party in every copy has something to do yet in one that no other has refused.
fn is_missed(copies: &[CopyView<'_>], parties: &[PartyView<'_>], with: &PartyView<'_>) -> bool {
    let code = &with.terms.code;
    let mut others = parties
        .iter()
        .filter(|party| party.terms.code != *code && !party.is_refusing());
    let has_signed = |other: &PartyCode| {
        let shared = copies.iter().filter(|copy| copy.seats_of(other).is_some());
        last(shared.filter_map(|copy| Some(copy.seats_of(code)?.met_on))).is_some()
    };
    others.any(|other| with.clean_since.is_none() || !has_signed(&other.terms.code))
}

/// Returns the last of some days; `None` without any, or if one is missing.
fn last(days: impl Iterator<Item = Option<NaiveDate>>) -> Option<NaiveDate> {
    let days: Option<Vec<NaiveDate>> = days.collect();
    days?.into_iter().max()
}

/// Returns from when something that happened on a day has effect.
fn in_force(terms: &Terms, day: NaiveDate) -> NaiveDate {
    match (terms.start, terms.late_signature) {
        (Some(start), Some(LateSignature::FromStart)) => start,
        (Some(start), Some(LateSignature::FromSignature) | None) => day.max(start),
        (None, _) => day,
    }
}

/// Tells whether the agreement can come to bind if everybody signs who did not refuse, and one more refuses.
fn can_bind(terms: &Terms, parties: &[PartyView<'_>], refuses: Option<&PartyCode>) -> bool {
    let is_left =
        |party: &&PartyView<'_>| !party.is_refusing() && Some(&party.terms.code) != refuses;
    let left = || parties.iter().filter(is_left);
    let has = |code: &PartyCode| left().any(|party| party.terms.code == *code);
    match &terms.binds {
        Binds::All => left().count() == parties.len() && !parties.is_empty(),
        Binds::AtLeast { count } => {
            let count = usize::try_from(*count).unwrap_or(usize::MAX).max(1);
            left().count() >= count
        }
        Binds::Named { parties } => !parties.is_empty() && parties.iter().all(has),
        Binds::Pairwise => left().count() >= 2 && terms.with.as_ref().is_none_or(has),
    }
}

fn one_refusal(
    terms: &Terms,
    parties: &[PartyView<'_>],
    is_bound: &dyn Fn(usize) -> bool,
    binds: bool,
) -> Refusal {
    let could = parties
        .iter()
        .enumerate()
        .filter(|(index, party)| !is_bound(*index) && !party.is_complete() && !party.is_refusing());
    let could: Vec<&PartyCode> = could.map(|(_, party)| &party.terms.code).collect();
    if could.is_empty() {
        return Refusal::NobodyLeft;
    }
    if binds {
        return Refusal::LeavesItOut;
    }
    let decisive: Vec<PartyCode> = could
        .iter()
        .filter(|code| !can_bind(terms, parties, Some(code)))
        .map(|code| (*code).clone())
        .collect();
    if decisive.len() == could.len() {
        return Refusal::BindsNobody;
    }
    if !decisive.is_empty() {
        return Refusal::BindsNobodyIfOneOf { parties: decisive };
    }
    match &terms.binds {
        Binds::AtLeast { count } => {
            let done = parties.iter().filter(|party| party.is_complete()).count();
            let count = usize::try_from(*count).unwrap_or(usize::MAX);
            Refusal::LeavesItOutIf {
                needed: count.saturating_sub(done),
                left: could.len().saturating_sub(1),
            }
        }
        Binds::All | Binds::Named { .. } | Binds::Pairwise => Refusal::LeavesItOut,
    }
}
