//! Letters that ask for something: the covering letter, the one with the copies, the reminder.

use serde_json::{Value, json};

use super::super::act::Member;
use super::super::status::words;
use super::base::{Base, sent_on};
use super::{LeftOut, LetterError, Told};
use crate::agreement::{Outcome, PartyCode, Status};
use crate::register::{
    CopyState, PartyProgress, PartyState, Required, SeatProgress, SeatState, Why,
};

/// Returns what a covering letter says: what is asked, by when, and what comes with it.
pub(super) fn missive(base: &Base) -> Result<Told, LetterError> {
    if base.answer_by.is_none() {
        return Err(LetterError::NoAnswerDay);
    }
    let manifest = &base.case.subject.manifest;
    let text = match manifest.status {
        Status::Consultation => "Remissversionen av avtalet",
        Status::Draft => "Utkastet till avtal",
        Status::Adopted => "Avtalet",
    };
    Ok(Told::Letter(json!({
        "enclosures": [format!("{text}, version {}", manifest.version)],
    })))
}

/// Returns what the letter with the copies says.
pub(super) fn sending(base: &Base, member: &Member) -> Told {
    let copies = base.copies_of(&member.code);
    if copies.is_empty() {
        return Told::LeftOut(LeftOut::NoCopy);
    }
    let mut enclosures: Vec<String> = match copies.len() {
        0..=SHOWN_COPIES => copies
            .iter()
            .map(|copy| copy.issued.file_name.clone())
            .collect(),
        many => vec![format!("{many} exemplar av avtalet")],
    };
    enclosures.extend(["LÄS-MIG-FÖRST.pdf".to_owned(), "SHA256SUMS".to_owned()]);
    let shown = copies.iter().take(SHOWN_COPIES);
    Told::Letter(json!({
        "copies": shown.map(|copy| json!({
            "id": copy.issued.copy,
            "file_name": copy.issued.file_name,
            "sha256": copy.head(),
            "with": with(base, copy, &member.code),
        })).collect::<Vec<Value>>(),
        "copies_count": copies.len(),
        "enclosures": enclosures,
        "with": others(base, &copies, &member.code),
    }))
}

/// Returns what a reminder says: everything that the party has to do, and nothing that others have to.
pub(super) fn reminder(base: &Base, member: &Member) -> Result<Told, LetterError> {
    let subject = &base.case.subject;
    if base.progress.is_empty() {
        return Err(LetterError::NotPublished {
            agreement: subject.agreement.clone(),
            version: subject.manifest.version,
        });
    }
    let Some(progress) = base.progress_of(&member.code) else {
        return Ok(Told::LeftOut(LeftOut::Complete));
    };
    match progress.state {
        PartyState::Complete => return Ok(Told::LeftOut(LeftOut::Complete)),
        PartyState::Declined | PartyState::Retracted => {
            return Ok(Told::LeftOut(LeftOut::Declined));
        }
        _ => {}
    }
    let mut missing: Vec<Value> = decision(base, member, progress).into_iter().collect();
    missing.extend(signatures(base, member, progress));
    if missing.is_empty() {
        return Ok(Told::LeftOut(LeftOut::OfficeActs));
    }
    Ok(Told::Letter(
        json!({ "enclosures": [], "missing": missing }),
    ))
}

/// Returns what is missing of a decision.
fn decision(base: &Base, member: &Member, progress: &PartyProgress) -> Option<Value> {
    let mut unmet = progress.requirements.iter().filter(|it| !it.is_met);
    let requirement =
        unmet.find(|it| matches!(it.what, Required::Decision | Required::CleanDecision))?;
    let decision = progress.decision.as_ref();
    let is = match requirement.why {
        Why::ConditionOpen => "condition",
        Why::ConditionRefused => "condition_refused",
        Why::Decided {
            outcome: Outcome::Deferred,
            ..
        } => "deferred",
        _ => "decision",
    };
    let decides = base.case.subject.manifest.decision.get(&member.kind);
    Some(json!({
        "is": is,
        "body": decides,
        "citation": decision.map(words::citation),
    }))
}

/// Returns which signatures are missing: copy by copy, of many by their number and the other parties.
fn signatures(base: &Base, member: &Member, progress: &PartyProgress) -> Vec<Value> {
    let open: Vec<(&CopyState, &[SeatProgress], &Why)> = progress
        .requirements
        .iter()
        .filter(|it| !it.is_met)
        .filter_map(|it| match &it.what {
            Required::Signatures { copy } => {
                let seats = progress.copies.iter().find(|own| own.copy == *copy)?;
                let state = base.case.tally.copies.get(copy)?;
                let mut seats_of = seats.seats.iter();
                // Where an officer has to say who signed, or to hand the copy out, nothing is asked of
                // the party. Who signed in a copy has it.
                let is_open = seats.seats.iter().any(|seat| is_open(&seat.state));
                let has_it = state.sent.contains_key(&member.code)
                    || seats_of.any(|seat| seat.state != SeatState::Open);
                (is_open && has_it).then_some((state, seats.seats.as_slice(), &it.why))
            }
            _ => None,
        })
        .collect();
    if open.len() > SHOWN_COPIES {
        let copies: Vec<&CopyState> = open.iter().map(|(copy, _, _)| *copy).collect();
        return vec![json!({
            "is": "signatures",
            "open": open.len(),
            "of": progress.copies.len(),
            "with": others(base, &copies, &member.code),
        })];
    }
    let manifest = &base.case.subject.manifest;
    let title = |seat: &SeatProgress| {
        let role = seat.seat.role()?;
        let mut specs = manifest.seats_of(&member.kind);
        Some(specs.find(|spec| spec.role == role)?.title.to_string())
    };
    let item = |(copy, seats, why): (&CopyState, &[SeatProgress], &Why)| {
        let open: Vec<String> = seats
            .iter()
            .filter(|seat| is_open(&seat.state))
            .map(|seat| title(seat).unwrap_or_else(|| seat.seat.to_string()))
            .collect();
        let (filled, needed) = match why {
            Why::Seats { filled, needed, .. } => (*filled, *needed),
            _ => (0, open.len()),
        };
        json!({
            "is": "signature",
            "copy": copy.issued.copy,
            "file_name": copy.issued.file_name,
            "filled": filled,
            "needed": needed,
            "left": needed.saturating_sub(filled),
            "seats": open,
            "sent_on": sent_on(copy, &member.code),
            "with": with(base, copy, &member.code),
        })
    };
    open.into_iter().map(item).collect()
}

fn is_open(state: &SeatState) -> bool {
    matches!(state, SeatState::NotCounted | SeatState::Open)
}

/// Returns the names of the other parties of a copy, where they are few.
fn with(base: &Base, copy: &CopyState, party: &PartyCode) -> Vec<String> {
    let others = copy.issued.parties.iter().filter(|code| *code != party);
    let names: Vec<String> = others.map(|code| base.name_of(code)).collect();
    if names.len() > SHOWN_COPIES {
        Vec::new()
    } else {
        names
    }
}

/// Returns the short names of those whose copies these are, besides a party.
fn others(base: &Base, copies: &[&CopyState], party: &PartyCode) -> Vec<String> {
    let mut seen: Vec<&PartyCode> = Vec::new();
    for code in copies.iter().flat_map(|copy| &copy.issued.parties) {
        if code != party && !seen.contains(&code) {
            seen.push(code);
        }
    }
    // In the order of the list, as people look for names.
    let members = base.case.subject.parties.iter();
    members
        .filter(|member| seen.contains(&&member.code))
        .map(|member| base.short_name_of(&member.code))
        .collect()
}

/// So many copies are named; more are counted.
const SHOWN_COPIES: usize = 4;
