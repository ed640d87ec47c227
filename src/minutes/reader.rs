//! Keeps what was found with its place, and what is doubtful.

use super::doubt::{Doubt, DoubtKind, Place};
use super::heads::Placed;
use super::lines::Line;
use super::{Field, Found, Proposal};
use crate::agreement::{Outcome, without_personal_numbers};

/// What was found so far, and the lines that places are told of.
pub(super) struct Reader<'a> {
    /// The document's lines.
    pub(super) lines: &'a [Line],
    /// What was found so far.
    pub(super) proposal: Proposal,
}

impl Reader<'_> {
    /// Returns the value that was found where all that were found are the same.
    pub(super) fn one<T: Clone + PartialEq>(
        &mut self,
        field: Field,
        found: Vec<Placed<T>>,
    ) -> Option<Found<T>> {
        let (first, at) = found.first().cloned()?;
        if found.iter().all(|(value, _)| *value == first) {
            return self.found(first, at);
        }
        let places = found.into_iter().map(|(_, at)| at).collect();
        self.doubt(DoubtKind::Competing, Some(field), places);
        None
    }

    /// Returns a value with the place of its line.
    pub(super) fn found<T>(&self, value: T, at: usize) -> Option<Found<T>> {
        let place = self.place(at)?;
        Some(Found {
            value,
            line: place.line,
            page: place.page,
            quote: place.quote,
        })
    }

    /// Returns the place of a line.
    pub(super) fn place(&self, at: usize) -> Option<Place> {
        let line = self.lines.get(at)?;
        Some(Place {
            line: line.number,
            page: line.page,
            quote: quoted(&line.text),
        })
    }

    /// Adds a doubt with its places.
    pub(super) fn doubt(&mut self, kind: DoubtKind, field: Option<Field>, mut places: Vec<usize>) {
        places.sort_unstable();
        places.dedup();
        let places = places.into_iter().take(MAX_PLACES);
        let places = places.filter_map(|at| self.place(at)).collect();
        self.proposal.doubts.push(Doubt::new(kind, field, places));
    }

    /// Adds the doubt that a value that was found competes with others.
    pub(super) fn competes<T>(&mut self, field: Field, found: Found<T>) {
        let place = Place {
            line: found.line,
            page: found.page,
            quote: found.quote,
        };
        let doubt = Doubt::new(DoubtKind::Competing, Some(field), vec![place]);
        self.proposal.doubts.push(doubt);
    }

    /// Returns the proposal with what is missing, and nothing in it that may not be shown.
    pub(super) fn finish(self) -> Proposal {
        let mut proposal = self.proposal;
        let has = |field: Field| match field {
            Field::AnnouncedOn => proposal.announced_on.is_some(),
            Field::ApprovedOn => proposal.approved_on.is_some(),
            Field::Body => proposal.body.is_some(),
            Field::Condition => proposal.condition.is_some() || !is_conditional(&proposal),
            Field::DiaryNumber => proposal.diary_number.is_some(),
            Field::MetOn => proposal.met_on.is_some(),
            Field::Outcome => proposal.outcome.is_some(),
            Field::Party => proposal.party.is_some(),
            Field::Section => proposal.section.is_some(),
            Field::Signer => proposal.signer.is_some(),
        };
        proposal.missing = FIELDS.into_iter().filter(|field| !has(*field)).collect();
        for found in [
            &mut proposal.section,
            &mut proposal.title,
            &mut proposal.diary_number,
            &mut proposal.condition,
            &mut proposal.signer,
        ]
        .into_iter()
        .flatten()
        {
            found.value = quoted(&found.value);
        }
        for list in [
            &mut proposal.dissents,
            &mut proposal.proposals,
            &mut proposal.earlier,
        ] {
            for found in list {
                found.value = quoted(&found.value);
            }
        }
        proposal
    }
}

fn is_conditional(proposal: &Proposal) -> bool {
    let outcome = proposal.outcome.as_ref().map(|found| found.value);
    outcome.is_none() || outcome == Some(Outcome::ApprovedWithCondition)
}

/// Returns a text as it may be shown: bounded, without personal identity numbers.
fn quoted(text: &str) -> String {
    let shown = without_personal_numbers(text);
    if shown.chars().count() <= MAX_QUOTE_CHARS {
        return shown;
    }
    let cut: String = shown.chars().take(MAX_QUOTE_CHARS).collect();
    format!("{cut}…")
}

/// All fields in the order they are asked for.
pub(super) const FIELDS: [Field; 10] = [
    Field::Party,
    Field::Body,
    Field::MetOn,
    Field::Section,
    Field::DiaryNumber,
    Field::ApprovedOn,
    Field::AnnouncedOn,
    Field::Outcome,
    Field::Condition,
    Field::Signer,
];

/// So many places are enough to look at.
pub(super) const MAX_PLACES: usize = 20;
/// A longer text is cut.
const MAX_QUOTE_CHARS: usize = 1_000;
