//! The rules of one version: its periods, and what notices do.

use super::notice::{Notice, NoticeError, NoticeRule, Outcome, outcome};
use super::schedule::{Schedule, ScheduleError};
use crate::agreement::{Form, PartyCode, Term};

/// The rules by which a version runs and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TermRules {
    /// What a notice does.
    pub notice: NoticeRule,
    /// Its periods.
    pub schedule: Schedule,
}

impl TermRules {
    /// Returns the rules of a term in a form of execution.
    ///
    /// `with` is the party in every bilateral copy.
    ///
    /// # Errors
    /// [`ScheduleError`] for a term that contradicts itself.
    pub fn of(term: &Term, form: Form, with: Option<&PartyCode>) -> Result<Self, ScheduleError> {
        Ok(Self {
            notice: NoticeRule::new(form, with, term),
            schedule: Schedule::of(term)?,
        })
    }

    /// Returns for whom notices end the agreement, and when.
    ///
    /// # Errors
    /// As [`outcome`].
    pub fn outcome(
        &self,
        parties: &[PartyCode],
        notices: &[Notice],
    ) -> Result<Outcome, NoticeError> {
        outcome(&self.schedule, &self.notice, parties, notices)
    }
}
