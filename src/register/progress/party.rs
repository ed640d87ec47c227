//! How far one party has come.

use chrono::NaiveDate;

use super::super::{PartyChange, Tally};
use super::copies::{CopyView, PartySeats};
use super::decision::{self, Answer, Ruling};
use super::{
    CopyProgress, DecisionState, NextStep, PartyProgress, PartyState, PartyTerms, Required,
    Requirement, SeatState, Terms, Warning, Why,
};
use crate::agreement::{self, PartyCode};
use crate::calendar::swedish_day;

/// A party's progress, and what the agreement as a whole needs of it.
#[derive(Debug)]
pub(super) struct PartyView<'a> {
    /// Since when its answer is clean; `None` while it is not.
    pub(super) clean_since: Option<NaiveDate>,
    /// The day on which the last of its requirements was met; `None` while one is not.
    pub(super) done_on: Option<NaiveDate>,
    pub(super) progress: PartyProgress,
    pub(super) terms: &'a PartyTerms,
}

impl PartyView<'_> {
    pub(super) fn is_complete(&self) -> bool {
        self.done_on.is_some()
    }

    /// Tells whether it said no, or took everything back.
    pub(super) fn is_refusing(&self) -> bool {
        matches!(
            self.progress.state,
            PartyState::Declined | PartyState::Retracted
        )
    }
}

/// Returns how far a party has come, but for when it is bound.
pub(super) fn view<'a>(
    tally: &Tally,
    terms: &Terms,
    party: &'a PartyTerms,
    copies: &[CopyView<'_>],
    day: NaiveDate,
) -> PartyView<'a> {
    let own: Vec<(&CopyView<'_>, &PartySeats)> = copies
        .iter()
        .filter_map(|copy| Some((copy, copy.seats_of(&party.code)?)))
        .collect();
    let ruling = Ruling::of(tally, terms, party);
    let answer = ruling.answer();
    let requirements = requirements(ruling, answer, own_plan(terms, party), &own);
    let is_complete = requirements.iter().all(|requirement| requirement.is_met);
    let clean_since = match answer {
        Answer::Clean { since } => Some(since),
        _ => None,
    };
    let signed_on = own.iter().filter_map(|(_, seats)| seats.met_on).max();
    let state = state(answer, is_complete, &own);
    let decisions = tally.decisions(&terms.agreement, terms.version, &party.code);
    let decisions: Vec<DecisionState> = decisions
        .iter()
        .map(|it| decision::state(tally, it))
        .collect();
    let decision = match ruling {
        Ruling::Decided { decision, .. } => {
            decisions.iter().find(|it| it.seq == decision.seq).cloned()
        }
        Ruling::Declined(_) | Ruling::Nothing | Ruling::Retracted(_) => None,
    };
    let progress = PartyProgress {
        bound_from: None,
        code: party.code.clone(),
        copies: own
            .iter()
            .map(|(copy, seats)| CopyProgress {
                copy: copy.state.issued.copy.clone(),
                is_complete: copy.is_complete(),
                seats: seats.seats.clone(),
            })
            .collect(),
        next: next(ruling, state, &requirements, &own, &party.code),
        warnings: warnings(tally, terms, party, ruling, decision.as_ref(), &own, day),
        decision,
        decisions,
        requirements,
        state,
    };
    PartyView {
        clean_since,
        done_on: clean_since.max(signed_on).filter(|_| is_complete),
        progress,
        terms: party,
    }
}

/// Counts the copies there are to be for a party.
fn own_plan(terms: &Terms, party: &PartyTerms) -> usize {
    let others = || terms.parties.iter().filter(|it| it.code != party.code);
    match terms.form {
        agreement::Form::Bilateral if terms.with.as_ref() == Some(&party.code) => others().count(),
        agreement::Form::Bilateral | agreement::Form::Counterpart | agreement::Form::Joint => 1,
    }
}

fn requirements(
    ruling: Ruling<'_>,
    answer: Answer,
    planned: usize,
    own: &[(&CopyView<'_>, &PartySeats)],
) -> Vec<Requirement> {
    let issued = own.len();
    let is_issued = issued > 0 && issued >= planned;
    let mut requirements = vec![Requirement {
        is_met: is_issued,
        what: Required::CopyIssued,
        why: match issued {
            0 => Why::Nothing,
            _ if is_issued => Why::Issued,
            _ => Why::SomeIssued { issued, planned },
        },
    }];
    let (is_decided, why) = match ruling {
        Ruling::Declined(letter) => (false, Why::DeclinedByLetter { seq: letter.seq }),
        Ruling::Decided { decision, .. } => {
            let (seq, outcome) = (decision.seq, decision.body.outcome);
            (true, Why::Decided { seq, outcome })
        }
        Ruling::Nothing => (false, Why::Nothing),
        Ruling::Retracted(retraction) => (
            false,
            Why::Retracted {
                seq: retraction.seq,
            },
        ),
    };
    requirements.push(Requirement {
        is_met: is_decided,
        what: Required::Decision,
        why: why.clone(),
    });
    let why = match (ruling, answer) {
        (_, Answer::Conditional) => Why::ConditionOpen,
        (
            Ruling::Decided {
                settled: Some(_), ..
            },
            Answer::Declined,
        ) => Why::ConditionRefused,
        _ => why,
    };
    requirements.push(Requirement {
        is_met: matches!(answer, Answer::Clean { .. }),
        what: Required::CleanDecision,
        why,
    });
    requirements.extend(own.iter().map(|(copy, seats)| Requirement {
        is_met: seats.met_on.is_some(),
        what: Required::Signatures {
            copy: copy.state.issued.copy.clone(),
        },
        why: Why::Seats {
            filled: seats.filled(),
            needed: seats.needed,
            open: seats.open(),
        },
    }));
    requirements
}

fn state(answer: Answer, is_complete: bool, own: &[(&CopyView<'_>, &PartySeats)]) -> PartyState {
    let is_signed = own.iter().any(|(_, seats)| seats.last_on.is_some());
    match answer {
        Answer::Declined => PartyState::Declined,
        Answer::Retracted if !is_signed => PartyState::Retracted,
        Answer::Conditional => PartyState::Conditional,
        Answer::Deferred => PartyState::Deferred,
        _ if own.is_empty() => PartyState::NotIssued,
        _ if is_complete => PartyState::Complete,
        _ if is_signed => PartyState::Partly,
        Answer::Clean { .. } => PartyState::Decided,
        Answer::None | Answer::Retracted => PartyState::Waiting,
    }
}

fn next(
    ruling: Ruling<'_>,
    state: PartyState,
    requirements: &[Requirement],
    own: &[(&CopyView<'_>, &PartySeats)],
    party: &PartyCode,
) -> Option<NextStep> {
    match state {
        PartyState::Declined | PartyState::Retracted => return Some(NextStep::Talk),
        PartyState::Complete => return None,
        _ => {}
    }
    let open = || own.iter().filter(|(_, seats)| seats.met_on.is_none());
    for (copy, seats) in open() {
        let mut waiting = seats.seats.iter();
        if let Some(seat) = waiting.find(|seat| seat.state == SeatState::ToConfirm) {
            return Some(NextStep::Confirm {
                copy: copy.state.issued.copy.clone(),
                seat: seat.seat.clone(),
            });
        }
    }
    if let (PartyState::Conditional, Ruling::Decided { decision, .. }) = (state, ruling) {
        return Some(NextStep::Settle { seq: decision.seq });
    }
    let lacks = |what: &Required| {
        let mut unmet = requirements.iter().filter(|it| !it.is_met);
        unmet.any(|it| it.what == *what)
    };
    if lacks(&Required::CopyIssued) {
        return Some(NextStep::Issue);
    }
    // Who signed in a copy has it.
    if open().any(|(copy, seats)| seats.last_on.is_none() && !copy.state.sent.contains_key(party)) {
        return Some(NextStep::Send);
    }
    if lacks(&Required::CleanDecision) {
        return Some(NextStep::RecordDecision);
    }
    // First where it is the last that is missing.
    let is_last = |(copy, _): &&(&CopyView<'_>, &PartySeats)| {
        let mut others = copy.parties.iter().filter(|(code, _)| *code != party);
        others.all(|(_, seats)| seats.met_on.is_some())
    };
    let (copy, seats) = open().find(is_last).or_else(|| open().next())?;
    Some(NextStep::Sign {
        copy: copy.state.issued.copy.clone(),
        seats: seats.open(),
    })
}

fn warnings(
    tally: &Tally,
    terms: &Terms,
    party: &PartyTerms,
    ruling: Ruling<'_>,
    decision: Option<&DecisionState>,
    own: &[(&CopyView<'_>, &PartySeats)],
    day: NaiveDate,
) -> Vec<Warning> {
    let signed_on = own.iter().filter_map(|(_, seats)| seats.last_on).max();
    let mut warnings = Vec::new();
    if let Some(decision) = decision {
        let asked = party.decides.as_ref();
        warnings.extend(decision::warnings(
            decision,
            asked,
            signed_on.is_some(),
            day,
        ));
    }
    if let (Ruling::Nothing | Ruling::Retracted(_), Some(_)) = (ruling, signed_on) {
        warnings.push(Warning::SignedWithoutDecision);
    }
    for authority in tally.authorities(&party.code, &terms.agreement) {
        let Some(allowed_to) = authority.authorised.allowed_to else {
            continue;
        };
        let persons = 0..authority.authorised.persons.len();
        let mut last_days = persons.filter_map(|person| authority.last_day(person));
        if last_days.any(|last_day| allowed_to < last_day) {
            let seq = authority.seq;
            warnings.push(Warning::AuthorityTooLong { allowed_to, seq });
        }
    }
    let issued_at = || own.iter().map(|(copy, _)| copy.state.issued_at);
    for change in tally.party_changes(&party.code) {
        let is_gone = matches!(
            change.body.change,
            PartyChange::Merged { .. } | PartyChange::Split { .. }
        );
        let is_after =
            |issued_at| change.at > issued_at || change.body.from > swedish_day(issued_at);
        if change.body.from <= day && (is_gone || issued_at().any(is_after)) {
            warnings.push(Warning::PartyChanged { seq: change.seq });
        }
    }
    if let (Some(signed_on), Some(start)) = (signed_on, terms.start)
        && start < signed_on
    {
        warnings.push(Warning::SignedLate { signed_on });
    }
    for warning in own.iter().flat_map(|(_, seats)| &seats.warnings) {
        if !warnings.contains(warning) {
            warnings.push(warning.clone());
        }
    }
    warnings
}
