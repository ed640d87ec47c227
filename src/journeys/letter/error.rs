//! Why no letter was written.

use chrono::NaiveDate;

use super::super::Kind;
use crate::agreement::{AgreementId, VersionNumber};
use crate::register::LetterKind;

/// Why no letter was written.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    /// The day to answer by has passed.
    #[error("the answer day {day} has passed: today is {today}")]
    AnswerDay {
        /// The day.
        day: NaiveDate,
        /// Today in Sweden.
        today: NaiveDate,
    },
    /// The agreement goes on for everybody.
    #[error(
        "{agreement} {version} does not end: no notice ends it for anybody, and it is prolonged by itself"
    )]
    DoesNotEnd {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
    /// Nobody was told by when to answer.
    #[error("it is not said by when to answer")]
    NoAnswerDay,
    /// There is no notice to acknowledge.
    #[error("no notice of {agreement} {version} is in the register")]
    NoNotice {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
    /// A template of the office is not there.
    #[error("{file} is missing: the office was made before there was such a letter")]
    NoTemplate {
        /// The file.
        file: String,
    },
    /// The version has no term.
    #[error("{agreement} {version} has no term, so there is nothing to tell of it")]
    NoTerm {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
    /// The agreement is not prolonged, or not yet.
    #[error("{agreement} {version} is not prolonged{}", until(*last_day_for_notice))]
    NotProlonged {
        /// The agreement.
        agreement: AgreementId,
        /// Until when notice prevents it; `None` where nothing is prolonged any more.
        last_day_for_notice: Option<NaiveDate>,
        /// The version.
        version: VersionNumber,
    },
    /// What is missing is known only of a published version.
    #[error("{agreement} {version} is not published, so nothing of it can be missing")]
    NotPublished {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
    /// An option does not go with the kind of letter.
    #[error("{option} does not go with the letter {}", kind.as_str())]
    Option {
        /// The kind.
        kind: LetterKind,
        /// The option.
        option: &'static str,
    },
    /// There are several notices, and it was not said which is meant.
    #[error("there are {} notices of {agreement}", entries.len())]
    SeveralNotices {
        /// The agreement.
        agreement: AgreementId,
        /// The places of their entries.
        entries: Vec<u64>,
    },
    /// The entry is no notice of the version.
    #[error("entry {entry} is no notice of {agreement} {version}")]
    UnknownNotice {
        /// The agreement.
        agreement: AgreementId,
        /// Its place.
        entry: u64,
        /// The places of those there are.
        known: Vec<u64>,
        /// The version.
        version: VersionNumber,
    },
}

impl LetterError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::NoTemplate { .. } => Kind::Config,
            Self::AnswerDay { .. }
            | Self::NoAnswerDay
            | Self::Option { .. }
            | Self::SeveralNotices { .. }
            | Self::UnknownNotice { .. } => Kind::User,
            Self::DoesNotEnd { .. }
            | Self::NoNotice { .. }
            | Self::NoTerm { .. }
            | Self::NotProlonged { .. }
            | Self::NotPublished { .. } => Kind::Refused,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::AnswerDay { .. } => "give a day to come with --answer-by",
            Self::DoesNotEnd { agreement, .. } | Self::NotProlonged { agreement, .. } => {
                return format!("`sigill term {agreement}` tells how it stands");
            }
            Self::NoAnswerDay => "give the day with --answer-by",
            Self::NoNotice { .. } => "`sigill notice` enters one",
            Self::NoTemplate { .. } => {
                "`sigill init --letters .` writes the templates that are missing, and changes no other file"
            }
            Self::NoTerm { .. } => "name a version that has one with --version",
            Self::NotPublished { agreement, version } => {
                return format!("`sigill publish {agreement} {version}` freezes its text");
            }
            Self::Option { .. } => "leave it out",
            Self::SeveralNotices { entries, .. } | Self::UnknownNotice { known: entries, .. } => {
                let entries: Vec<String> = entries.iter().map(ToString::to_string).collect();
                return format!("choose one with --notice: {}", entries.join(", "));
            }
        };
        hint.to_owned()
    }
}

fn until(last_day_for_notice: Option<NaiveDate>) -> String {
    match last_day_for_notice {
        Some(day) => format!(" yet: notice can prevent it until {day}"),
        None => String::new(),
    }
}
