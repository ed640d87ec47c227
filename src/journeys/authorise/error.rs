//! Why nothing was entered of who may sign.

use chrono::NaiveDate;

use crate::agreement::{PartyCode, Role};
use crate::calendar::Length;
use crate::journeys::Kind;

/// Why nothing was entered.
#[derive(Debug, thiserror::Error)]
pub enum AuthoriseError {
    /// The last day is before the first.
    #[error("the last day {to} is before the first, {from}")]
    EndBeforeStart {
        /// The first day.
        from: NaiveDate,
        /// The last day.
        to: NaiveDate,
    },
    /// The same was entered.
    #[error("the same is entered already, entry {seq}")]
    Known {
        /// The place of the entry.
        seq: u64,
    },
    /// The length leads beyond the calendar.
    #[error("{length} from {from} is beyond the calendar")]
    Length {
        /// The first day.
        from: NaiveDate,
        /// How long.
        length: Length,
    },
    /// The meeting is yet to come.
    #[error("the meeting on {met_on} is yet to come, today is {today}")]
    MetInFuture {
        /// The day of the meeting.
        met_on: NaiveDate,
        /// Today.
        today: NaiveDate,
    },
    /// Neither a person nor a rule was given.
    #[error("neither a person nor a rule is given")]
    Nothing,
    /// The entry tells of no authority of this party.
    #[error("entry {entry} tells of nobody who may sign for {party}")]
    NoSuchAuthority {
        /// The place.
        entry: u64,
        /// The party.
        party: PartyCode,
    },
    /// The entry has not so many persons.
    #[error("entry {entry} has {persons} persons")]
    NoSuchPerson {
        /// The place.
        entry: u64,
        /// How many persons it has.
        persons: usize,
    },
    /// A text holds a personal identity number, which is not repeated.
    #[error("the {what} holds a personal identity number")]
    PersonalNumber {
        /// Which text.
        what: &'static str,
    },
    /// Nobody signs for the party in that role.
    #[error("role {role} may sign in no seat of {party}")]
    Role {
        /// The role.
        role: Role,
        /// The party.
        party: PartyCode,
        /// The roles that may sign.
        known: Vec<Role>,
    },
    /// A rule cannot be kept.
    #[error("the rule {problem}")]
    Rule {
        /// What is wrong with it.
        problem: String,
    },
}

impl AuthoriseError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Known { .. } => Kind::Refused,
            Self::EndBeforeStart { .. }
            | Self::Length { .. }
            | Self::MetInFuture { .. }
            | Self::Nothing
            | Self::NoSuchAuthority { .. }
            | Self::NoSuchPerson { .. }
            | Self::PersonalNumber { .. }
            | Self::Role { .. }
            | Self::Rule { .. } => Kind::User,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::EndBeforeStart { .. } => {
                "are --from and --to (or --last-day) the right way round? what is wrong from the start is corrected with `sigill correct`"
            }
            Self::Known { .. } => "nothing is left to do; `--list` shows who may sign",
            Self::Length { .. } => "write it as 12m or 2y, or give the last day with --allowed-to",
            Self::MetInFuture { .. } => "enter it when the decision is made",
            Self::Nothing => "say who with --role and --name, or give a rule with --rule-from",
            Self::NoSuchAuthority { party, .. } => {
                return Some(format!(
                    "`sigill authorise {party} --list` shows the entries"
                ));
            }
            Self::NoSuchPerson { .. } => "say which one with --person, counted from 1",
            Self::PersonalNumber { .. } => {
                "leave it out; --identifier asks for it and keeps only a keyed hash"
            }
            Self::Role { known, .. } => {
                let known: Vec<&str> = known.iter().map(Role::as_str).collect();
                return Some(format!(
                    "these may: {}; another is let in with a rule, --rule-from FILE",
                    known.join(", ")
                ));
            }
            Self::Rule { .. } => {
                "write it as [signing] with [[signing.seats]], as in the party's file"
            }
        };
        Some(hint.to_owned())
    }
}
