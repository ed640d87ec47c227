//! What notices do to a version: reckoned from its term and form, never entered.

use chrono::NaiveDate;

use super::super::act::{ActError, Case};
use crate::agreement::PartyCode;
use crate::calendar::{Notice, NoticeError, NoticeRule, Outcome, Schedule, TermRules};

/// What some notices do.
pub(in crate::journeys) struct Effect {
    /// For whom they end it.
    pub(in crate::journeys) outcome: Outcome,
    /// By which rule.
    pub(in crate::journeys) rule: NoticeRule,
    /// Its periods and last days for notice.
    pub(in crate::journeys) schedule: Schedule,
}

/// Returns what notices do to the version that a case is about.
///
/// # Errors
/// [`ActError`] for a version without a term, or a notice that cannot be.
pub(in crate::journeys) fn effect(case: &Case, notices: &[Notice]) -> Result<Effect, ActError> {
    let manifest = &case.subject.manifest;
    let term = manifest.term.as_ref().ok_or(NoticeError::NoRule)?;
    let form = &manifest.form;
    let rules = TermRules::of(term, form.kind, form.with.as_ref())?;
    let parties = case.subject.parties.iter();
    let parties: Vec<PartyCode> = parties.map(|party| party.code.clone()).collect();
    Ok(Effect {
        outcome: rules.outcome(&parties, notices)?,
        rule: rules.notice,
        schedule: rules.schedule,
    })
}

impl Effect {
    /// Tells whether it ends for anybody by a notice.
    pub(in crate::journeys) fn ends_anything(&self) -> bool {
        self.outcome.rows.iter().any(|row| row.last_day.is_some())
    }

    /// Returns the last day of all, if notices end it for each.
    pub(in crate::journeys) fn ended_on(&self) -> Option<NaiveDate> {
        let rows = &self.outcome.rows;
        let days: Option<Vec<NaiveDate>> = rows.iter().map(|row| row.last_day).collect();
        days?.into_iter().max()
    }

    /// Returns a party's last day by notice: of its row, or of all where it is in every copy.
    pub(in crate::journeys) fn last_day_of(&self, party: &PartyCode) -> Option<NaiveDate> {
        if self.rule.copies_with.as_ref() == Some(party) {
            return self.ended_on();
        }
        let mut rows = self.outcome.rows.iter();
        rows.find(|row| row.party == *party)?.last_day
    }
}
