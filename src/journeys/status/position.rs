//! The position of one version in one form: sums, groups, and a line for each party.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{CopyLine, Group, NoticeLine, PartyLine, Position, Totals, terms, words};
use crate::agreement::{Form, Party, PartyCode, SeatId};
use crate::register::{
    CopyState, PartyProgress, PartyState, PublishedVersion, SeatProgress, SeatState, Tally,
    progress,
};
use crate::template::{Bundle, ListedParty};

/// What a position is made of.
pub(super) struct Seen<'a> {
    pub(super) bundle: &'a Bundle,
    pub(super) form: Form,
    pub(super) parties: &'a [Party],
    pub(super) published: &'a PublishedVersion,
    pub(super) tally: &'a Tally,
}

/// Returns the position of a version in a form at the end of a Swedish day.
pub(super) fn position(seen: &Seen<'_>, day: NaiveDate) -> Position {
    let Seen {
        bundle,
        form,
        parties,
        published,
        tally,
    } = *seen;
    let agreement = &bundle.agreement().id;
    let version = published.published.version;
    let copies = tally.copies_of(agreement, version, form);
    let progress = progress(tally, &terms(bundle, form, parties), day);
    let notices = tally.notices(agreement, version).iter();
    let notices = notices.map(|notice| NoticeLine {
        seq: notice.seq,
        notified: notice.body.clone(),
    });
    Position {
        agreement: agreement.clone(),
        name: bundle.agreement().name.to_string(),
        version,
        form,
        text_digest: published.published.text_digest,
        published_at: published.at,
        as_of: None,
        coordinator: bundle.agreement().coordinator.to_string(),
        binds: bundle.manifest().binds.clone(),
        binding: progress.binding,
        totals: totals(bundle, form, &copies, &progress.parties),
        recommendations: progress.recommendations,
        notices: notices.collect(),
        groups: groups(seen, &copies, progress.parties),
    }
}

/// Counts parties by their state; every state has a number.
fn states<'a>(parties: impl IntoIterator<Item = &'a PartyProgress>) -> BTreeMap<PartyState, usize> {
    let mut states: BTreeMap<_, usize> = words::STATES.into_iter().map(|it| (it, 0)).collect();
    for party in parties {
        let count = states.entry(party.state).or_default();
        *count = count.saturating_add(1);
    }
    states
}

fn totals(bundle: &Bundle, form: Form, copies: &[&CopyState], parties: &[PartyProgress]) -> Totals {
    let live: Vec<_> = copies.iter().filter(|copy| copy.is_live()).collect();
    let sent_to_all = |copy: &&&&CopyState| {
        copy.issued
            .parties
            .iter()
            .all(|party| copy.sent.contains_key(party))
    };
    let seats = || {
        let copies = parties.iter().flat_map(|party| &party.copies);
        copies.flat_map(|copy| &copy.seats)
    };
    let signed = |seat: &&SeatProgress| matches!(seat.state, SeatState::Signed { .. });
    let on_paper = |seat: &&SeatProgress| matches!(seat.state, SeatState::Paper { .. });
    let fulfilled: BTreeMap<_, _> = parties
        .iter()
        .flat_map(|party| &party.copies)
        .map(|copy| (&copy.copy, copy.is_complete))
        .collect();
    Totals {
        parties: bundle.parties().len(),
        copies: planned(bundle, form, None),
        issued: live.len(),
        sent: live.iter().filter(sent_to_all).count(),
        voided: copies.len().saturating_sub(live.len()),
        seats: live.iter().map(|copy| copy.issued.seats.len()).sum(),
        signed: seats().filter(signed).count(),
        complete: live.iter().filter(|copy| copy.is_complete()).count(),
        on_paper: seats().filter(on_paper).count(),
        fulfilled: fulfilled.into_values().filter(|is| *is).count(),
        states: states(parties),
    }
}

/// Counts the copies there are to be, of all or of one party.
fn planned(bundle: &Bundle, form: Form, party: Option<&PartyCode>) -> usize {
    let codes: Vec<PartyCode> = bundle
        .parties()
        .iter()
        .map(|party| party.code.clone())
        .collect();
    let plans = crate::agreement::copies(form, bundle.manifest().form.with.as_ref(), &codes);
    plans
        .iter()
        .filter(|plan| party.is_none_or(|party| plan.parties.contains(party)))
        .count()
}

fn groups(seen: &Seen<'_>, copies: &[&CopyState], progress: Vec<PartyProgress>) -> Vec<Group> {
    let bundle = seen.bundle;
    let mut names: BTreeMap<String, Vec<(&ListedParty, PartyProgress)>> = BTreeMap::new();
    let mut without = Vec::new();
    // Both are in list order, as the terms were made from the bundle.
    for (party, progress) in bundle.parties().iter().zip(progress) {
        // A party in several groups is shown in the first, so that every party is counted once.
        match party.groupings.first() {
            Some(group) => {
                let group = names.entry(group.name.to_string()).or_default();
                group.push((party, progress));
            }
            None => without.push((party, progress)),
        }
    }
    let mut named: Vec<_> = names
        .into_iter()
        .map(|(name, parties)| (Some(name), parties))
        .collect();
    named.sort_by(|(a, _), (b, _)| {
        crate::agreement::swedish(
            a.as_deref().unwrap_or_default(),
            b.as_deref().unwrap_or_default(),
        )
    });
    if !without.is_empty() {
        named.push((None, without));
    }
    named
        .into_iter()
        .map(|(name, parties)| Group {
            name,
            states: states(parties.iter().map(|(_, progress)| progress)),
            parties: parties
                .into_iter()
                .map(|(party, progress)| line(seen, party, copies, progress))
                .collect(),
        })
        .collect()
}

fn line(
    seen: &Seen<'_>,
    party: &ListedParty,
    copies: &[&CopyState],
    progress: PartyProgress,
) -> PartyLine {
    let own = || {
        copies
            .iter()
            .filter(|copy| copy.issued.parties.contains(&party.code))
    };
    let is_own_seat = |seat: &&SeatId| seat.is_of(&party.code);
    let name = party
        .printed
        .get("legal_name")
        .and_then(serde_json::Value::as_str);
    let name = name.unwrap_or(party.code.as_str());
    PartyLine {
        code: party.code.clone(),
        name: name.to_owned(),
        copies_planned: planned(seen.bundle, seen.form, Some(&party.code)),
        copies: own()
            .filter(|copy| copy.is_live())
            .map(|copy| CopyLine {
                copy: copy.issued.copy.clone(),
                issued_at: copy.issued_at,
                sent_at: copy.sent.get(&party.code).copied(),
                seats: copy
                    .issued
                    .seats
                    .iter()
                    .filter(is_own_seat)
                    .cloned()
                    .collect(),
                signed: copy
                    .signed
                    .iter()
                    .filter(|(seat, _)| is_own_seat(seat))
                    .map(|(seat, signed)| (seat.clone(), signed.into()))
                    .collect(),
                to_confirm: to_confirm(copy, &party.code),
                complete: copy.is_complete(),
                sealed_at: copy.sealed.map(|seal| seal.at),
                level: copy.level(),
                base: copy.issued.base,
                head: copy.head(),
            })
            .collect(),
        voided: own()
            .filter(|copy| !copy.is_live())
            .map(|copy| copy.issued.copy.clone())
            .collect(),
        short_name: short_name(seen.parties, party, name),
        progress,
    }
}

/// Returns a party's name in lists: its file's, else the legal name in the frozen list.
fn short_name(parties: &[Party], party: &ListedParty, name: &str) -> String {
    let file = parties.iter().find(|known| known.code == party.code);
    file.map_or_else(|| name.to_owned(), |party| party.short_name.to_string())
}

/// Returns a party's seats that wait for an officer's word, in print order, each once.
fn to_confirm(copy: &CopyState, party: &PartyCode) -> Vec<SeatId> {
    let waits = |seat: &&SeatId| {
        seat.is_of(party)
            && !copy.signed.contains_key(*seat)
            && copy.to_confirm().any(|(waiting, _)| waiting == *seat)
    };
    copy.issued.seats.iter().filter(waits).cloned().collect()
}
