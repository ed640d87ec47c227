//! Why something that a party did was not entered.

use std::path::PathBuf;

use chrono::NaiveDate;

use super::super::Kind;
use crate::agreement::{
    AgreementId, CopyId, Name, PartyCode, RefusedText, Role, SeatId, VersionNumber,
};
use crate::calendar::{NoticeError, ScheduleError};
use crate::minutes::Doubt;

/// Why nothing was entered.
#[derive(Debug, thiserror::Error)]
pub enum ActError {
    /// The office has several agreements.
    #[error("this office has several agreements, and it was not said which is meant")]
    AgreementNotSaid {
        /// Which.
        known: Vec<AgreementId>,
    },
    /// A day lies before the text can have been there.
    #[error(
        "{what} {day} is before {agreement} {version} existed: {}",
        reason(*earlier, *since)
    )]
    BeforeVersion {
        /// The agreement.
        agreement: AgreementId,
        /// The day.
        day: NaiveDate,
        /// The version that was there before.
        earlier: Option<VersionNumber>,
        /// From when the version can have been there.
        since: NaiveDate,
        /// What the day is of.
        what: &'static str,
        /// The version.
        version: VersionNumber,
    },
    /// A change of a party says nothing new or cannot be.
    #[error("party {party} {problem}")]
    Change {
        /// The party.
        party: PartyCode,
        /// What is wrong.
        problem: String,
    },
    /// A condition's words are missing, or there are some without a condition.
    #[error("{problem}")]
    Condition {
        /// Which of the two.
        problem: &'static str,
    },
    /// The paper shows another digest than the copy's data have.
    #[error("the paper shows {read}, but the data of {copy} have the digest {known}")]
    Digest {
        /// The copy.
        copy: CopyId,
        /// The digest of its data.
        known: String,
        /// What was read.
        read: String,
    },
    /// A document cannot be taken.
    #[error("{}: {problem}", path.display())]
    Document {
        /// What to do.
        hint: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// An entry is not of the kind that is needed.
    #[error("entry {entry} {problem}")]
    Entry {
        /// Its place.
        entry: u64,
        /// What to do.
        hint: String,
        /// What is wrong.
        problem: String,
    },
    /// A text proposes no decision on the agreement.
    #[error("{}: {}{}", path.display(), sentence(doubt), places(doubt))]
    Extract {
        /// Why.
        doubt: Box<Doubt>,
        /// The file.
        path: PathBuf,
    },
    /// A day is to come.
    #[error("{what} {day} is in the future: today is {today} by this machine's clock")]
    Future {
        /// The day.
        day: NaiveDate,
        /// Today in Sweden.
        today: NaiveDate,
        /// What the day is of.
        what: &'static str,
    },
    /// An instant is to come.
    #[error("{what} {at} is in the future: it is {now} by this machine's clock")]
    FutureTime {
        /// The instant, in Swedish time.
        at: String,
        /// Now, in Swedish time.
        now: String,
        /// What the instant is of.
        what: &'static str,
    },
    /// The same is entered already.
    #[error("entry {seq} says so already: {what}")]
    KnownBefore {
        /// Whether `--again` enters it all the same.
        again: bool,
        /// The entry's place.
        seq: u64,
        /// What it says.
        what: String,
    },
    /// An instant does not lie on the day that it is said to.
    #[error("the time of receipt {at} is not on the day of receipt {day}")]
    Instant {
        /// The instant, in Swedish time.
        at: String,
        /// The day.
        day: NaiveDate,
    },
    /// Fields are missing without which no decision is entered.
    #[error("it is not said: {}", options.join(", "))]
    Missing {
        /// The options that give them.
        options: Vec<&'static str>,
    },
    /// The agreement's rule for notice cannot be used.
    #[error(transparent)]
    Notice(#[from] NoticeError),
    /// There is nothing to take back.
    #[error("{party} has neither decided on {agreement} {version} nor signed it")]
    NothingToRetract {
        /// The agreement.
        agreement: AgreementId,
        /// The party.
        party: PartyCode,
        /// The version.
        version: VersionNumber,
    },
    /// Two days contradict each other.
    #[error("{later} {later_day} is before {earlier} {earlier_day}")]
    Order {
        /// What has to come first.
        earlier: &'static str,
        /// Its day.
        earlier_day: NaiveDate,
        /// What has to come later.
        later: &'static str,
        /// Its day.
        later_day: NaiveDate,
    },
    /// A personal identity number stands where it would stay for good.
    #[error("{what} has a personal identity number in it, and entries cannot be erased")]
    PersonalNumber {
        /// Where.
        what: &'static str,
    },
    /// The term in version.toml contradicts itself.
    #[error(transparent)]
    Schedule(#[from] ScheduleError),
    /// The copy has no such seat, or it was said twice.
    #[error("copy {copy} {problem}: {seat}")]
    Seat {
        /// The copy.
        copy: CopyId,
        /// What is wrong.
        problem: &'static str,
        /// The seat.
        seat: SeatId,
    },
    /// Roles or names do not go with the seats one to one.
    #[error("{given} times {option} for {seats} seats")]
    SeatCount {
        /// How often it was given.
        given: usize,
        /// The option.
        option: &'static str,
        /// How many seats were given.
        seats: usize,
    },
    /// The role may not sign in the seat.
    #[error("role {role} may not sign in seat {seat}")]
    SeatRole {
        /// Those that may.
        lawful: Vec<Role>,
        /// The role.
        role: Role,
        /// The seat.
        seat: SeatId,
    },
    /// Nothing would be corrected.
    #[error("entry {entry} says all this already")]
    Unchanged {
        /// Its place.
        entry: u64,
    },
    /// A group is not one of the agreement's.
    #[error("no party to {agreement} is in a group {grouping}")]
    UnknownGrouping {
        /// The agreement.
        agreement: AgreementId,
        /// The code asked for.
        grouping: Name,
        /// The codes there are.
        known: Vec<Name>,
    },
    /// A value of a correction cannot be taken.
    #[error("{key} = {value:?} does not fit entry {entry}: {problem}")]
    Value {
        /// The entry's place.
        entry: u64,
        /// The key.
        key: String,
        /// Why not.
        problem: String,
        /// The value.
        value: String,
    },
    /// Words cannot be kept so.
    #[error("{what} is refused: {problem}")]
    Words {
        /// Why.
        problem: RefusedText,
        /// Which words.
        what: &'static str,
    },
    /// Words are longer than the register keeps.
    #[error("{what} has {chars} characters, at most {most} are kept")]
    WordsTooLong {
        /// How many there are.
        chars: usize,
        /// How many may be.
        most: usize,
        /// Which words.
        what: &'static str,
    },
}

impl ActError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::AgreementNotSaid { .. }
            | Self::Condition { .. }
            | Self::Document { .. }
            | Self::Instant { .. }
            | Self::Missing { .. }
            | Self::Order { .. }
            | Self::PersonalNumber { .. }
            | Self::SeatCount { .. }
            | Self::UnknownGrouping { .. }
            | Self::Value { .. }
            | Self::Words { .. }
            | Self::WordsTooLong { .. } => Kind::User,
            Self::BeforeVersion { .. }
            | Self::Change { .. }
            | Self::Digest { .. }
            | Self::Entry { .. }
            | Self::Extract { .. }
            | Self::Future { .. }
            | Self::FutureTime { .. }
            | Self::KnownBefore { .. }
            | Self::Notice(_)
            | Self::NothingToRetract { .. }
            | Self::Seat { .. }
            | Self::SeatRole { .. }
            | Self::Unchanged { .. } => Kind::Refused,
            Self::Schedule(_) => Kind::Config,
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::AgreementNotSaid { known } => {
                let names: Vec<&str> = known.iter().map(AgreementId::as_str).collect();
                return Some(if names.is_empty() {
                    "templates/ holds no agreement".to_owned()
                } else {
                    format!("name one with --agreement: {}", names.join(", "))
                });
            }
            Self::BeforeVersion { .. } => {
                "look at the day again, or name the version it is about with --version"
            }
            Self::Change { .. } => "`sigill parties export --csv` lists the parties as they are",
            Self::Condition { .. } => {
                "the outcome condition and the words of one go together; a member's dissent is no condition"
            }
            Self::Digest { .. } => {
                "look at the signature page again; the paper of another copy is entered for that copy"
            }
            Self::Document { hint, .. } => hint,
            Self::Entry { hint, .. } => return Some(hint.clone()),
            Self::Extract { doubt, .. } if doubt.places.len() > 1 => {
                "choose the § with --section, as it is printed"
            }
            Self::Extract { .. } => {
                "name the file of the right §, or enter the decision by hand with --body, --met and --outcome"
            }
            Self::Future { .. } | Self::FutureTime { .. } => "enter it when it has happened",
            Self::Instant { .. } => "set received_at and received_on together",
            Self::KnownBefore {
                again: true, seq, ..
            } => {
                return Some(format!(
                    "nothing was entered; change it with `sigill correct {seq}`, or say --again if it is another one"
                ));
            }
            Self::KnownBefore { seq, .. } => {
                return Some(format!(
                    "nothing was entered; `sigill correct {seq}` changes it"
                ));
            }
            Self::Missing { .. } => "what the text does not say is given with these options",
            Self::Notice(error) => error.hint(),
            Self::NothingToRetract { .. } => "`sigill decline` enters that a party says no",
            Self::Order { .. } => "look at both days again",
            Self::PersonalNumber { .. } => "leave it out; names of functions are enough",
            Self::Schedule(_) => "correct [term] in version.toml of a new version",
            Self::Seat { .. } => "`sigill status` lists the copies and their seats",
            Self::SeatCount { .. } => {
                "give it once for each --seat, in the same order, or not at all"
            }
            Self::SeatRole { lawful, .. } => {
                let lawful: Vec<&str> = lawful.iter().map(Role::as_str).collect();
                return Some(format!("these may, in this order: {}", lawful.join(", ")));
            }
            Self::Unchanged { .. } => "`sigill log --json` shows what entries say",
            Self::UnknownGrouping { known, .. } => {
                let known: Vec<&str> = known.iter().map(Name::as_str).collect();
                return Some(format!("the groups are: {}", known.join(", ")));
            }
            Self::Value { .. } => "`sigill log --json` shows the keys and values of entries",
            Self::Words { .. } => "write plain text without control characters",
            Self::WordsTooLong { .. } => "keep the whole text as a file, and write the gist of it",
        };
        Some(hint.to_owned())
    }
}

fn reason(earlier: Option<VersionNumber>, since: NaiveDate) -> String {
    match earlier {
        Some(earlier) => format!("version {earlier} is dated {since}"),
        None => format!("no text of it is older than {since}"),
    }
}

/// Returns a doubt's sentence as the end of another.
fn sentence(doubt: &Doubt) -> String {
    let text = doubt.english.trim_end_matches('.');
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// Returns the places of a doubt, for a sentence; nothing where there are none.
fn places(doubt: &Doubt) -> String {
    if doubt.places.is_empty() {
        return String::new();
    }
    let places: Vec<String> = doubt
        .places
        .iter()
        .take(SHOWN_PLACES)
        .map(|place| {
            let quote: String = place.quote.chars().take(SHOWN_CHARS).collect();
            let words: Vec<&str> = quote.split_whitespace().collect();
            format!("line {} “{}”", place.line, words.join(" "))
        })
        .collect();
    format!(": {}", places.join(", "))
}

/// So many places tell enough.
const SHOWN_PLACES: usize = 5;
/// So much of a line tells enough.
const SHOWN_CHARS: usize = 60;
