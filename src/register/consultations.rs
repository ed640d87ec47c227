//! The fold of consultations: who answered what and when, and what became of each comment.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{
    Answered, ClauseAnswer, Commitment, Considered, ConsultationClosed, ConsultationOpened,
    Entered, Entry, Event, Recipient, Stance, Tally,
};
use crate::agreement::{AgreementId, ClauseId, Name, VersionNumber};
use crate::calendar::{Timeliness, timeliness};

/// A consultation, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConsultationState {
    /// Every answer in the order of entry, also those that a later one took the place of.
    pub answers: Vec<AnswerState>,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// Its end, if it has ended: said, or by a later round of the version. An answer that comes later is
    /// taken in all the same.
    pub closed: Option<Entered<ConsultationClosed>>,
    /// What went out, to whom, and by when it is to be answered. Recipients of an earlier round of the
    /// same text who answered then, and were not asked again, stand last.
    pub opened: ConsultationOpened,
    /// The places of earlier rounds of the same text, whose answers stand here.
    pub resumes: Vec<u64>,
    /// The place of its entry.
    pub seq: u64,
    /// The first day to answer, of the earliest of these rounds.
    pub since: NaiveDate,
}

/// An answer, as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AnswerState {
    /// What was entered, with later corrections.
    pub answered: Answered,
    /// When it was entered, UTC.
    pub at: DateTime<Utc>,
    /// What became of its comments, in the order of entry; of several on one comment the last rules.
    pub considered: Vec<Entered<Considered>>,
    /// The place of the later answer of the same recipient that took its place.
    pub replaced_by: Option<u64>,
    /// The place of its entry.
    pub seq: u64,
    /// Whether it came by the last day. A late one counts as any other.
    pub timeliness: Timeliness,
}

/// Something in an answer that asks for a stand: words, or a stance against the text as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Comment<'a> {
    /// The answer that it is in.
    pub answer: &'a AnswerState,
    /// Which of its clauses it is about; `None` for the whole text.
    pub about: Option<&'a ClauseAnswer>,
    /// What became of it; `None` as long as it is open.
    pub considered: Option<&'a Entered<Considered>>,
    /// Its words, if it has any.
    pub words: Option<Commitment>,
}

impl<'a> Comment<'a> {
    /// Returns the clause that it is about; `None` for the whole text.
    #[must_use]
    pub fn clause(&self) -> Option<&'a ClauseId> {
        self.about.map(|about| &about.clause)
    }
}

impl ClauseAnswer {
    /// Tells whether somebody has to take a stand on it: it has words, or is not for the clause as it is.
    #[must_use]
    pub fn is_comment(&self) -> bool {
        match self.stance {
            Stance::Comment | Stance::Reject | Stance::SupportWithChange => true,
            Stance::Abstain | Stance::Support => self.comment.is_some(),
        }
    }
}

impl AnswerState {
    /// Returns what asks for a stand: what it says of the whole first, then clause by clause.
    pub fn comments(&self) -> impl Iterator<Item = Comment<'_>> {
        let whole = self.answered.general.map(|words| (None, Some(words)));
        let clauses = self.answered.clauses.iter();
        let clauses = clauses.filter(|clause| clause.is_comment());
        let all = whole
            .into_iter()
            .chain(clauses.map(|clause| (Some(clause), clause.comment)));
        all.map(|(about, words)| {
            let clause = about.map(|about| &about.clause);
            let mut considered = self.considered.iter().rev();
            Comment {
                answer: self,
                about,
                considered: considered.find(|it| it.body.clause.as_ref() == clause),
                words,
            }
        })
    }

    /// Returns its stance to a clause; `None` where it says nothing of it.
    #[must_use]
    pub fn stance(&self, clause: &ClauseId) -> Option<Stance> {
        let mut clauses = self.answered.clauses.iter();
        let about = clauses.find(|about| about.clause == *clause)?;
        Some(about.stance)
    }
}

impl ConsultationState {
    /// Returns the answer of a recipient that counts: the last one.
    #[must_use]
    pub fn answer_of(&self, recipient: &Name) -> Option<&AnswerState> {
        let mut answers = self.answers.iter().rev();
        answers.find(|answer| answer.answered.by == *recipient)
    }

    /// Returns the answers that count, in the order of the recipients.
    pub fn standing(&self) -> impl Iterator<Item = &AnswerState> {
        let recipients = self.opened.recipients.iter();
        recipients.filter_map(|recipient| self.answer_of(&recipient.id))
    }

    /// Returns who did not answer, in the order of the recipients.
    pub fn missing(&self) -> impl Iterator<Item = &Recipient> {
        let recipients = self.opened.recipients.iter();
        recipients.filter(|recipient| self.answer_of(&recipient.id).is_none())
    }

    /// Returns the comments of the answers that count, in the order of the recipients and of the text.
    pub fn comments(&self) -> impl Iterator<Item = Comment<'_>> {
        self.standing().flat_map(AnswerState::comments)
    }

    /// Returns the comments on which nobody has taken a stand.
    pub fn open_comments(&self) -> impl Iterator<Item = Comment<'_>> {
        self.comments()
            .filter(|comment| comment.considered.is_none())
    }
}

/// The consultations of each agreement, in the order of entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Consultations {
    by_agreement: BTreeMap<AgreementId, Vec<ConsultationState>>,
}

impl Consultations {
    /// Adds what an entry says; what does not concern consultations is left alone.
    pub(super) fn add(&mut self, entry: &Entry, event: &Event) {
        let Some(agreement) = &entry.agreement else {
            return;
        };
        match event {
            Event::Answered(it) => {
                let states = self.by_agreement.get_mut(agreement).into_iter().flatten();
                let mut states = states.rev();
                let Some(state) = states.find(|state| state.is_of(it.consultation)) else {
                    return;
                };
                for earlier in &mut state.answers {
                    if earlier.answered.by == it.by {
                        earlier.replaced_by.get_or_insert(entry.seq);
                    }
                }
                state.answers.push(AnswerState {
                    answered: it.clone(),
                    at: entry.at,
                    considered: Vec::new(),
                    replaced_by: None,
                    seq: entry.seq,
                    timeliness: timeliness(state.opened.answer_by, it.received_on),
                });
            }
            Event::Considered(it) => {
                let states = self.by_agreement.get_mut(agreement).into_iter().flatten();
                let mut answers = states.flat_map(|state| &mut state.answers);
                if let Some(answer) = answers.find(|answer| answer.seq == it.answer) {
                    answer.considered.push(Entered::new(entry, it));
                }
            }
            Event::ConsultationClosed(it) => {
                let states = self.by_agreement.get_mut(agreement).into_iter().flatten();
                for state in states.filter(|state| state.seq == it.consultation) {
                    state.closed.get_or_insert(Entered::new(entry, it));
                }
            }
            Event::ConsultationOpened(it) => {
                let states = self.by_agreement.entry(agreement.clone()).or_default();
                let mut state = ConsultationState {
                    answers: Vec::new(),
                    at: entry.at,
                    closed: None,
                    opened: it.clone(),
                    resumes: Vec::new(),
                    seq: entry.seq,
                    since: it.opens_on,
                };
                let is_same = |known: &&mut ConsultationState| known.opened.version == it.version;
                for earlier in states.iter_mut().filter(is_same) {
                    let consultation = earlier.seq;
                    let end = ConsultationClosed { consultation };
                    earlier.closed.get_or_insert(Entered::new(entry, &end));
                    if earlier.opened.text_digest == it.text_digest {
                        state.resume(earlier);
                    }
                }
                states.push(state);
            }
            _ => {}
        }
    }
}

impl ConsultationState {
    /// Tells whether answers to an entry stand here.
    fn is_of(&self, seq: u64) -> bool {
        self.seq == seq || self.resumes.contains(&seq)
    }

    /// Takes over what an earlier round of the same text has come to.
    fn resume(&mut self, earlier: &mut Self) {
        self.resumes.push(earlier.seq);
        self.since = self.since.min(earlier.since);
        for mut answer in std::mem::take(&mut earlier.answers) {
            // What came in time stays so; what was late may be in time for a day that was moved on.
            if answer.timeliness != Timeliness::InTime {
                let received_on = answer.answered.received_on;
                answer.timeliness = timeliness(self.opened.answer_by, received_on);
            }
            let by = &answer.answered.by;
            if self.opened.recipients.iter().all(|known| known.id != *by) {
                let mut recipients = earlier.opened.recipients.iter();
                let known = recipients.find(|known| known.id == *by);
                self.opened.recipients.extend(known.cloned());
            }
            self.answers.push(answer);
        }
    }
}

/// What consultations came to: struck entries left out, corrected ones as corrected.
impl Tally {
    /// Returns an agreement's consultations, in the order of entry.
    #[must_use]
    pub fn consultations(&self, agreement: &AgreementId) -> &[ConsultationState] {
        let known = self.consultations.by_agreement.get(agreement);
        known.map(Vec::as_slice).unwrap_or_default()
    }

    /// Returns every consultation with its agreement, in the order of the agreements and of entry.
    pub fn all_consultations(&self) -> impl Iterator<Item = (&AgreementId, &ConsultationState)> {
        let all = self.consultations.by_agreement.iter();
        all.flat_map(|(agreement, states)| states.iter().map(move |state| (agreement, state)))
    }

    /// Returns the consultation in which an entry's answers stand: its own, or a later round of the text.
    #[must_use]
    pub fn consultation(&self, seq: u64) -> Option<&ConsultationState> {
        let all = self.consultations.by_agreement.values().flatten();
        all.rev().find(|state| state.is_of(seq))
    }

    /// Returns the comments on a version or an earlier one on which nobody has taken a stand.
    pub fn open_comments(
        &self,
        agreement: &AgreementId,
        version: VersionNumber,
    ) -> impl Iterator<Item = Comment<'_>> {
        let states = self.consultations(agreement).iter();
        let until = states.filter(move |state| state.opened.version <= version);
        until.flat_map(ConsultationState::open_comments)
    }
}
