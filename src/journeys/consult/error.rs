//! Why a consultation did not go on.

use chrono::NaiveDate;

use super::super::Kind;
use super::words::{STANCE_HINT, stance_words};
use crate::agreement::{AgreementId, ClauseId, Name, Status, VersionNumber};
use crate::register::Stance;

/// Why nothing was entered of a consultation.
#[derive(Debug, thiserror::Error)]
pub enum ConsultError {
    /// It has ended already.
    #[error("the consultation in entry {seq} was closed by entry {closed}")]
    AlreadyClosed {
        /// The place of the entry that ended it.
        closed: u64,
        /// The place of its entry.
        seq: u64,
    },
    /// The same version is out already.
    #[error("{agreement} {version} is out for consultation since entry {seq}")]
    AlreadyOpen {
        /// The agreement.
        agreement: AgreementId,
        /// The place of the entry.
        seq: u64,
        /// The version.
        version: VersionNumber,
    },
    /// Several clauses are called so.
    #[error("{given:?} fits several clauses")]
    Ambiguous {
        /// What was given.
        given: String,
        /// Their ids.
        known: Vec<String>,
    },
    /// A comment that was not taken in changed nothing.
    #[error("a comment that is not taken in changes no clause")]
    ChangedForNothing,
    /// A comment that was taken in changed nothing.
    #[error("a comment that is taken in, wholly or in part, points to the clause that was changed")]
    ChangedMissing,
    /// A clause stands twice in one answer.
    #[error("{clause} stands twice in the answer of {by}")]
    ClauseTwice {
        /// Whose answer.
        by: Name,
        /// The clause, as printed.
        clause: String,
    },
    /// Two columns name two clauses.
    #[error("{other:?} is another clause than {given:?}")]
    Contradicting {
        /// What the first says.
        given: String,
        /// What the other says.
        other: String,
    },
    /// An answer says nothing.
    #[error("the answer of {by} says nothing: neither a stance nor words")]
    Empty {
        /// Whose answer.
        by: Name,
    },
    /// An answer has no such comment, or several, and it was not said which.
    #[error("entry {answer} {}", which(*is_said))]
    NoComment {
        /// The place of the entry.
        answer: u64,
        /// Whether it was said which comment is meant.
        is_said: bool,
        /// The clauses that it comments on; `None` for the whole.
        known: Vec<Option<ClauseId>>,
    },
    /// There is no consultation.
    #[error("{agreement}{} is not out for consultation", version.map(|it| format!(" {it}")).unwrap_or_default())]
    NoConsultation {
        /// The agreement.
        agreement: AgreementId,
        /// The version, where it was said.
        version: Option<VersionNumber>,
    },
    /// An entry is no answer to the consultation.
    #[error("entry {entry} is no answer to the consultation of {agreement} {version}")]
    NotAnAnswer {
        /// The agreement.
        agreement: AgreementId,
        /// The place of the entry.
        entry: u64,
        /// The version.
        version: VersionNumber,
    },
    /// Only a version with that status goes out for consultation.
    #[error("{agreement} {version} has status {}, only a consultation version goes out", status.as_str())]
    NotInConsultation {
        /// The agreement.
        agreement: AgreementId,
        /// Its status.
        status: Status,
        /// The version.
        version: VersionNumber,
    },
    /// Nobody has taken a stand on comments.
    #[error("{open} {} in the consultation of {agreement} {} {} without a disposition", if *open == 1 { "comment" } else { "comments" }, listed(versions), if *open == 1 { "is" } else { "are" })]
    OpenComments {
        /// The agreement.
        agreement: AgreementId,
        /// How many, all in all.
        open: usize,
        /// The versions that were out.
        versions: Vec<VersionNumber>,
    },
    /// An answer that was received later counts.
    #[error(
        "the answer of {by} was received on {day}, before the one in entry {entry}, received on {standing}"
    )]
    Outdated {
        /// Whose answer.
        by: Name,
        /// The day.
        day: NaiveDate,
        /// The place of the later one.
        entry: u64,
        /// The day of that one.
        standing: NaiveDate,
    },
    /// A stance to the whole text that can only be one to a clause.
    #[error("{} is no stance to the whole text", stance_words(*stance))]
    Overall {
        /// The stance.
        stance: Stance,
    },
    /// An answer came before anybody was asked.
    #[error("the answer's day {day} is before the consultation opened on {opens_on}")]
    ReceivedEarly {
        /// The day.
        day: NaiveDate,
        /// The first day.
        opens_on: NaiveDate,
    },
    /// Somebody cannot be asked under that name.
    #[error("recipient {id:?} {problem}")]
    Recipient {
        /// The short name.
        id: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A later answer took the place of this one.
    #[error("entry {entry} was replaced by the later answer in entry {by}")]
    Replaced {
        /// The place of the later one.
        by: u64,
        /// The place of the entry.
        entry: u64,
    },
    /// No entry with an answer is named so.
    #[error("{given:?} is no number of an entry")]
    UnknownAnswer {
        /// What was given.
        given: String,
    },
    /// Nobody knows a clause by that name.
    #[error("{given:?} is no clause of the text")]
    UnknownClause {
        /// What was given.
        given: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// What stands in the column of ids is none.
    #[error("{given:?} is no clause's id")]
    UnknownClauseId {
        /// What was given.
        given: String,
        /// Some that there are.
        known: Vec<String>,
    },
    /// A word for what became of a comment is not known.
    #[error("{given:?} is no disposition")]
    UnknownDisposition {
        /// What was given.
        given: String,
    },
    /// Somebody was not asked.
    #[error("{given:?} is not among the recipients")]
    UnknownRecipient {
        /// What was given.
        given: String,
        /// How many were asked.
        recipients: usize,
    },
    /// A word for a stance is not known.
    #[error("{given:?} is no stance")]
    UnknownStance {
        /// What was given.
        given: String,
    },
    /// A stance that says nothing without words.
    #[error("{} to {clause} says nothing without words", stance_words(*stance))]
    WordsMissing {
        /// The clause, as printed.
        clause: String,
        /// The stance.
        stance: Stance,
    },
}

impl ConsultError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::AlreadyClosed { .. }
            | Self::AlreadyOpen { .. }
            | Self::NoConsultation { .. }
            | Self::NotAnAnswer { .. }
            | Self::NotInConsultation { .. }
            | Self::OpenComments { .. }
            | Self::Outdated { .. }
            | Self::ReceivedEarly { .. }
            | Self::Replaced { .. } => Kind::Refused,
            Self::Ambiguous { .. }
            | Self::ChangedForNothing
            | Self::ChangedMissing
            | Self::ClauseTwice { .. }
            | Self::Contradicting { .. }
            | Self::Empty { .. }
            | Self::NoComment { .. }
            | Self::Overall { .. }
            | Self::Recipient { .. }
            | Self::UnknownAnswer { .. }
            | Self::UnknownClause { .. }
            | Self::UnknownClauseId { .. }
            | Self::UnknownDisposition { .. }
            | Self::UnknownRecipient { .. }
            | Self::UnknownStance { .. }
            | Self::WordsMissing { .. } => Kind::User,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::AlreadyClosed { .. } => "late answers are taken in all the same",
            Self::AlreadyOpen { agreement, .. } => {
                return format!(
                    "end it with `sigill consult close {agreement}`, or send it out once more with --again"
                );
            }
            Self::Ambiguous { known, .. } => {
                return format!("name it by its id: {}", known.join(", "));
            }
            Self::ChangedForNothing => {
                "name clauses with --changed where the comment was taken in, wholly or in part"
            }
            Self::ChangedMissing => {
                "name it with --changed CLAUSE, in a list in the column ändrar, or say that the comment is not taken in"
            }
            Self::ClauseTwice { .. } => "put what it says of the clause in one row",
            Self::Contradicting { .. } => {
                "the number, the id and the title of a row have to be those of one clause"
            }
            Self::Empty { .. } => {
                "give --clause ID=STANCE or --general WORDS; who abstains says so clause by clause or with --overall abstain"
            }
            Self::NoComment { answer, known, .. } => {
                let names = known.iter().map(|clause| match clause {
                    Some(clause) => format!("--clause {clause}"),
                    None => "no --clause for what it says of the whole".to_owned(),
                });
                let names: Vec<String> = names.collect();
                return if names.is_empty() {
                    format!("entry {answer} has nothing that asks for a stand")
                } else {
                    format!("it has: {}", names.join(", "))
                };
            }
            Self::NoConsultation { agreement, .. } => {
                return format!(
                    "send a version out with `sigill consult open {agreement} --opens DATE --answer-by DATE`"
                );
            }
            Self::NotAnAnswer { agreement, .. } => {
                return format!("`sigill consult show {agreement}` lists the answers");
            }
            Self::NotInConsultation { .. } => {
                "set status = \"consultation\" in its version.toml, or name another version with --version"
            }
            Self::OpenComments {
                agreement,
                versions,
                ..
            } => {
                let show = versions.iter().map(|version| {
                    format!("`sigill consult show {agreement} --version {version} --open`")
                });
                let show: Vec<String> = show.collect();
                let lists = if show.len() == 1 { "lists" } else { "list" };
                return format!(
                    "{} {lists} them; take a stand on each with `sigill consult consider`, or give --despite-comments REASON to publish",
                    show.join(" and ")
                );
            }
            Self::Outdated { entry, .. } => {
                return format!(
                    "the one received last counts; if this one does, give the day it came, or strike the other with `sigill correct {entry} --strike`"
                );
            }
            Self::Overall { .. } => {
                "say of the whole tillstyrker, avstyrker or avstår; anything else clause by clause"
            }
            Self::ReceivedEarly { .. } => "look at the day again",
            Self::Recipient { .. } => {
                "a short word of letters, digits and - for each that is asked, and its name: --also \"pensionarer=Pensionärsrådet\""
            }
            Self::Replaced { by, .. } => {
                return format!("take a stand on the comments of entry {by}");
            }
            Self::UnknownAnswer { .. } => {
                "the column svar has the entry's number, as `sigill consult show` lists it"
            }
            Self::UnknownClause { known, .. } => {
                return format!(
                    "name it by id, number or title, or write allmänt for the whole text: {}",
                    known.join(", ")
                );
            }
            Self::UnknownClauseId { known, .. } => {
                return format!(
                    "take a column of running numbers away, name clauses by number in the column nummer, or write one of {}, {}",
                    super::table::WHOLE,
                    known.join(", ")
                );
            }
            Self::UnknownDisposition { .. } => {
                "write tillgodosedd, delvis tillgodosedd or inte tillgodosedd"
            }
            Self::UnknownRecipient { .. } => {
                "`sigill consult show` lists who was asked; whoever was not is asked with `sigill consult open --again --also ID=NAME`"
            }
            Self::UnknownStance { .. } => STANCE_HINT,
            Self::WordsMissing { .. } => "say what should be changed, or take another stance",
        };
        hint.to_owned()
    }
}

fn listed(versions: &[VersionNumber]) -> String {
    let versions: Vec<String> = versions.iter().map(ToString::to_string).collect();
    versions.join(" and ")
}

fn which(is_said: bool) -> &'static str {
    if is_said {
        "has no such comment"
    } else {
        "has not exactly one comment, and it was not said which is meant"
    }
}
