//! Why a journey did not reach its end, with a kind for the exit code and a hint.

use std::path::PathBuf;

use crate::agreement::{
    AgreementId, CopyId, FieldError, Form, PartyCode, RefusedText, SourceError, Status,
    VersionNumber,
};
use crate::calendar::ScheduleError;
use crate::outside::{BundleError as FetchError, WorkerError};
use crate::register::EntryError;
use crate::store;
use crate::template::BundleError;

use super::generate::Change;
use super::{
    AccordError, ActError, AuthoriseError, ConfirmError, ConsultError, EraseError, EvidenceError,
    ExtractError, LetterError, PinError, ReceiptProblem, RedlineError, ReviseError, SigningError,
    WitnessError,
};

/// What kind of error it is; the doors turn it into an exit code, in one table each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file of the office is wrong: a template, a party, a setting.
    Config,
    /// This program is wrong.
    Internal,
    /// Disk, database, another process or machine.
    Outside,
    /// What was asked for is not lawful now.
    Refused,
    /// The command was not right.
    User,
}

/// Why a journey did not reach its end.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No accord was drafted, or none of its costs divided.
    #[error(transparent)]
    Accord(#[from] AccordError),
    /// What a party did was not entered.
    #[error(transparent)]
    Act(#[from] ActError),
    /// Nothing was entered of who may sign.
    #[error(transparent)]
    Authorise(#[from] AuthoriseError),
    /// A version's files do not make a bundle.
    #[error("{folder}: {source}")]
    Bundle {
        /// The version's folder.
        folder: String,
        /// Why.
        source: BundleError,
    },
    /// A folder or zip holds nothing to look at.
    #[error("{}: there is no PDF in it", path.display())]
    NoPdf {
        /// The folder or zip.
        path: PathBuf,
    },
    /// A report's name says nothing of its kind.
    #[error("{}: a report ends in .pdf or .json", path.display())]
    ReportKind {
        /// The file that was named.
        path: PathBuf,
    },
    /// Typesetting would use another body than the one that was published.
    #[error("{agreement} {version}: the frozen text gives another body than when it was published")]
    BodyDiffers {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
    },
    /// The days of a term contradict each other.
    #[error(transparent)]
    Calendar(#[from] ScheduleError),
    /// Nobody was confirmed.
    #[error(transparent)]
    Confirm(#[from] ConfirmError),
    /// A consultation did not go on.
    #[error(transparent)]
    Consult(#[from] ConsultError),
    /// A copy is not in the register, or voided.
    #[error("copy {copy} {problem}")]
    Copy {
        /// Which.
        copy: CopyId,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A published version's folder was edited.
    #[error("{file}: {agreement} {version} is published and frozen, but this file {problem}")]
    Edited {
        /// The file.
        file: String,
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
        /// Changed, missing or new.
        problem: &'static str,
    },
    /// No evidence package and no public copy was made.
    #[error(transparent)]
    Evidence(#[from] EvidenceError),
    /// An extract of minutes gives no text.
    #[error("{}: {source}", file.display())]
    Extract {
        /// The extract.
        file: PathBuf,
        /// Why.
        source: ExtractError,
    },
    /// Nothing was erased.
    #[error(transparent)]
    Erase(#[from] EraseError),
    /// A bundle could not be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// A party's field is wrong.
    #[error("{file}: {source}")]
    Field {
        /// The party's file.
        file: String,
        /// Which field and why.
        source: FieldError,
    },
    /// The form cannot be used for this version.
    #[error("{agreement} {version} cannot be issued in the form {}: {problem}", form.as_str())]
    Form {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
        /// The form.
        form: Form,
        /// Why.
        problem: &'static str,
    },
    /// Rows of a list are wrong; nothing was changed.
    #[error("{} of the rows or files are wrong, nothing was changed", problems.len())]
    Rows {
        /// Each problem.
        problems: Vec<SourceError>,
    },
    /// No letter was written.
    #[error(transparent)]
    Letter(#[from] LetterError),
    /// Only adopted versions are issued.
    #[error("{agreement} {version} has status {}, only an adopted version is issued", status.as_str())]
    NotAdopted {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
        /// Its status.
        status: Status,
    },
    /// There is no copy to hand out or void.
    #[error("no copy of {agreement} is in the register")]
    NothingIssued {
        /// The agreement.
        agreement: AgreementId,
    },
    /// Nothing was pinned.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// Printed values changed since copies were issued.
    #[error("{} of the issued copies would read otherwise today: {}", changes.len(), first_changes(changes))]
    PrintedChanged {
        /// Copy by copy, field by field.
        changes: Vec<Change>,
    },
    /// The words that the register must keep cannot be kept so.
    #[error("the reason is refused: {0}")]
    Reason(RefusedText),
    /// No receipt was made or checked.
    #[error(transparent)]
    Receipt(#[from] ReceiptProblem),
    /// Versions were not compared.
    #[error(transparent)]
    Redline(#[from] RedlineError),
    /// Words are missing that the register must keep.
    #[error("a reason is required")]
    ReasonMissing,
    /// Copies of several versions count, and it was not said which are meant.
    #[error("copies of several versions of {agreement} count in this form")]
    SeveralVersions {
        /// The agreement.
        agreement: AgreementId,
    },
    /// No version was drafted, or one cannot be published beside what is.
    #[error(transparent)]
    Revise(#[from] ReviseError),
    /// A copy was not signed, sealed or extended.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// The spreadsheet cannot be read or written.
    #[error("{}: {problem}", file.display())]
    Sheet {
        /// The file.
        file: PathBuf,
        /// Why.
        problem: String,
    },
    /// Disk or database.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// A template is wrong.
    #[error("{} in the template", count(problems.len(), "problem"))]
    Template {
        /// Each problem.
        problems: Vec<SourceError>,
    },
    /// A version's term, or the notices given, cannot be reckoned.
    #[error("{agreement} {version}: {problem}")]
    Term {
        /// The agreement.
        agreement: AgreementId,
        /// The version.
        version: VersionNumber,
        /// Why.
        problem: String,
        /// What to do about it.
        hint: String,
    },
    /// The child process finished without answering every job.
    #[error("typesetting ended before every copy was made")]
    Unanswered,
    /// An agreement has no folder and no entry.
    #[error("there is no agreement {agreement}")]
    UnknownAgreement {
        /// The name asked for.
        agreement: AgreementId,
        /// The agreements there are.
        known: Vec<AgreementId>,
    },
    /// The page of status cannot be made: a fault of its template.
    #[error("the page cannot be made: {0}")]
    Page(#[from] minijinja::Error),
    /// A party is not one of the agreement's.
    #[error("party {party} is not a party to {agreement}")]
    UnknownParty {
        /// The agreement.
        agreement: AgreementId,
        /// The code asked for.
        party: PartyCode,
    },
    /// A version has no folder and no entry.
    #[error("there is no version {version} of {agreement}")]
    UnknownVersion {
        /// The agreement.
        agreement: AgreementId,
        /// The number asked for.
        version: VersionNumber,
    },
    /// An agreement has no version that can be issued.
    #[error("{agreement} has no adopted version")]
    NoAdoptedVersion {
        /// The agreement.
        agreement: AgreementId,
    },
    /// A register was not published, looked at or collected for.
    #[error(transparent)]
    Witness(#[from] WitnessError),
    /// The child process that typesets.
    #[error(transparent)]
    Worker(#[from] WorkerError),
    /// The child process answered what cannot be.
    #[error("typesetting gave an answer that cannot be read: {0}")]
    WorkerAnswer(#[from] serde_json::Error),
}

impl Error {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Bundle { .. }
            | Self::Field { .. }
            | Self::Template { .. }
            | Self::Term { .. }
            | Self::NoAdoptedVersion { .. } => Kind::Config,
            Self::Rows { .. } | Self::Sheet { .. } => Kind::User,
            Self::BodyDiffers { .. }
            | Self::Copy { .. }
            | Self::Edited { .. }
            | Self::Form { .. }
            | Self::NotAdopted { .. }
            | Self::NothingIssued { .. }
            | Self::SeveralVersions { .. }
            | Self::PrintedChanged { .. } => Kind::Refused,
            Self::Calendar(_)
            | Self::Reason(_)
            | Self::NoPdf { .. }
            | Self::ReasonMissing
            | Self::ReportKind { .. }
            | Self::UnknownAgreement { .. }
            | Self::UnknownParty { .. }
            | Self::UnknownVersion { .. } => Kind::User,
            Self::Worker(WorkerError::Deadline { .. } | WorkerError::Memory { .. }) => Kind::Config,
            Self::Page(_)
            | Self::Worker(WorkerError::Died { .. })
            | Self::WorkerAnswer(_)
            | Self::Unanswered => Kind::Internal,
            Self::Fetch(_) | Self::Worker(WorkerError::Io(_)) => Kind::Outside,
            Self::Accord(error) => error.kind(),
            Self::Act(error) => error.kind(),
            Self::Authorise(error) => error.kind(),
            Self::Confirm(error) => error.kind(),
            Self::Consult(error) => error.kind(),
            Self::Evidence(error) => error.kind(),
            Self::Extract { .. } => Kind::User,
            Self::Erase(error) => error.kind(),
            Self::Letter(error) => error.kind(),
            Self::Pin(error) => error.kind(),
            Self::Receipt(error) => error.kind(),
            Self::Redline(error) => error.kind(),
            Self::Revise(error) => error.kind(),
            Self::Signing(error) => error.kind(),
            Self::Store(error) => store_kind(error),
            Self::Witness(error) => error.kind(),
        }
    }

    /// Returns the problems behind the sentence, where there are several, each with its place.
    #[must_use]
    pub fn problems(&self) -> &[SourceError] {
        match self {
            Self::Rows { problems } | Self::Template { problems } => problems,
            _ => &[],
        }
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Accord(error) => return error.hint(),
            Self::Act(error) => return error.hint(),
            Self::Bundle {
                source: BundleError::Source(error),
                ..
            }
            | Self::Store(store::Error::Source(error)) => {
                return error.hint.clone();
            }
            Self::Bundle {
                source: BundleError::Field(_),
                ..
            }
            | Self::Field { .. } => {
                "add the field to the party's file, under [fields] unless it is one of the named keys"
            }
            Self::Bundle { .. } => return None,
            Self::BodyDiffers { .. } => {
                "this sigill fills templates otherwise than the one that published: issue the copies with that one"
            }
            Self::Calendar(error) => return Some(error.hint()),
            Self::Authorise(error) => return error.hint(),
            Self::Confirm(error) => return error.hint(),
            Self::Consult(error) => return Some(error.hint()),
            Self::Copy { .. } => "`sigill status` lists the copies",
            Self::Edited {
                agreement, version, ..
            } => {
                return Some(format!(
                    "put the file back as it was, or make a new version: `sigill revise {agreement} --from {version} --as NUMBER`"
                ));
            }
            Self::Evidence(error) => error.hint(),
            Self::Extract { source, .. } => source.hint(),
            Self::Erase(error) => return Some(error.hint()),
            Self::Fetch(_) => "download the bundle and name the file instead",
            Self::Form { .. } => "choose another --form, or set [form] in version.toml",
            Self::Rows { problems } => {
                let first = problems.iter().find_map(|problem| problem.hint.clone());
                return Some(
                    first
                        .unwrap_or_else(|| "correct the rows named above and try again".to_owned()),
                );
            }
            Self::Letter(error) => return Some(error.hint()),
            Self::NotAdopted { .. } => {
                "`sigill template preview` typesets it with a stamp; set status = \"adopted\" when it is"
            }
            Self::NothingIssued { agreement } => {
                return Some(format!("`sigill generate {agreement}` issues copies"));
            }
            Self::Pin(error) => error.hint(),
            Self::PrintedChanged { .. } => {
                "put the values back, or void the old copies and issue new ones with --reissue --reason WHY"
            }
            Self::Reason(_) => "write it on one line of at most 300 characters",
            Self::NoPdf { .. } => "name the files that came back",
            Self::Receipt(error) => error.hint(),
            Self::Redline(error) => error.hint(),
            Self::ReasonMissing => "say why with --reason",
            Self::ReportKind { .. } => "such as --report verdict.pdf",
            Self::SeveralVersions { .. } => {
                "name each copy with --copy; `sigill status` lists them"
            }
            Self::Sheet { .. } => {
                "save the list anew, as CSV in UTF-8 or as an XLSX workbook, and look at the row that is named"
            }
            Self::Template { .. } => return None,
            Self::Term { hint, .. } => return Some(hint.clone()),
            Self::UnknownAgreement { known, .. } => {
                let names: Vec<&str> = known.iter().map(AgreementId::as_str).collect();
                return Some(if names.is_empty() {
                    "templates/ holds no agreement".to_owned()
                } else {
                    format!("this office has: {}", names.join(", "))
                });
            }
            Self::UnknownParty { .. } => "`sigill parties export --csv` lists the codes",
            Self::UnknownVersion { .. } => "see the version folders in templates/",
            Self::NoAdoptedVersion { .. } => {
                "set status = \"adopted\" in the version.toml of the version to issue"
            }
            Self::Worker(WorkerError::Deadline { .. } | WorkerError::Memory { .. }) => {
                "look for loops and strings that grow in the template; typeset_seconds and typeset_memory_mib in sigill.toml set the limits"
            }
            Self::Page(_) | Self::Unanswered | Self::Worker(_) | Self::WorkerAnswer(_) => {
                "this is a fault in sigill, please report it"
            }
            Self::Revise(error) => return error.hint(),
            Self::Signing(error) => return error.hint(),
            Self::Store(error) => return store_hint(error),
            Self::Witness(error) => return Some(error.hint()),
        };
        Some(hint.to_owned())
    }
}

pub(super) fn store_kind(error: &store::Error) -> Kind {
    match error {
        store::Error::NoEntry { .. } | store::Error::NoOffice { .. } => Kind::User,
        store::Error::NoPins | store::Error::Source(_) => Kind::Config,
        store::Error::Entry {
            source: EntryError::Newer { .. },
            ..
        }
        | store::Error::AnotherRegister { .. }
        | store::Error::Busy { .. }
        | store::Error::Forked { .. }
        | store::Error::Leased { .. }
        | store::Error::NoTree { .. }
        | store::Error::NotOurs { .. }
        | store::Error::Newer { .. }
        | store::Error::NotEmpty { .. }
        | store::Error::RolledBack { .. }
        | store::Error::Stale { .. }
        | store::Error::Taken { .. } => Kind::Refused,
        store::Error::Archive { .. }
        | store::Error::Damaged { .. }
        | store::Error::Database { .. }
        | store::Error::DocumentDamaged { .. }
        | store::Error::Documents { .. }
        | store::Error::Entry { .. }
        | store::Error::IdentifierKey { .. }
        | store::Error::Io { .. }
        | store::Error::Key { .. }
        | store::Error::Network { .. }
        | store::Error::NoDocument { .. }
        | store::Error::NoKey { .. }
        | store::Error::Pin { .. }
        | store::Error::TooLarge { .. } => Kind::Outside,
    }
}

pub(super) fn store_hint(error: &store::Error) -> Option<String> {
    let hint = match error {
        store::Error::Source(error) => return error.hint.clone(),
        store::Error::AnotherRegister { .. } | store::Error::Forked { .. } => {
            "nothing was changed; find out which office is the right one. If it is this one: `sigill restore --here --reason WHY` enters it"
        }
        store::Error::Archive { .. } => "is it the right file, and whole?",
        store::Error::Busy { .. } => "wait for it to finish and try again",
        store::Error::Entry {
            source: EntryError::Newer { .. },
            ..
        } => "use the sigill that wrote it, or a newer one",
        store::Error::Damaged { .. }
        | store::Error::DocumentDamaged { .. }
        | store::Error::Entry { .. }
        | store::Error::IdentifierKey { .. }
        | store::Error::Key { .. }
        | store::Error::NoDocument { .. } => {
            "nothing was changed; put the office back with `sigill restore BACKUP --reason WHY`"
        }
        store::Error::NoEntry { .. } => "`sigill log` lists the entries with their numbers",
        store::Error::NoKey { .. } => {
            "nothing was entered; put register.key back from a backup, or the whole office with `sigill restore BACKUP --reason WHY`"
        }
        store::Error::NoPins => {
            "name a folder outside the office: set SIGILL_PINS, or pins under [register] in sigill.toml"
        }
        store::Error::NoTree { .. } => "the next entry makes one",
        store::Error::NotOurs { .. } => "is it a checkpoint of this office, and whole?",
        store::Error::Pin { .. } => {
            "nothing was changed; if the register is the right one, `sigill restore --here --reason WHY` pins it anew"
        }
        store::Error::RolledBack { .. } => {
            "nothing was changed; put the newest copy of the folder back. If there is none, `sigill restore --here --reason WHY` enters that this one was put back"
        }
        store::Error::Database { .. } => {
            "nothing was changed; is the disk full or the folder read-only?"
        }
        store::Error::Documents { .. } => {
            "nothing was entered; is the disk full or the folder read-only?"
        }
        store::Error::Io { source, .. } => match source.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                "the disk is full: make room and run the command again, it goes on where it stopped"
            }
            std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => {
                "the folder or file cannot be used by this user"
            }
            std::io::ErrorKind::IsADirectory => "a folder stands where a file is needed",
            std::io::ErrorKind::NotADirectory => "a file stands where a folder is needed",
            std::io::ErrorKind::NotFound => "the file or folder is not there",
            std::io::ErrorKind::AlreadyExists => "choose another name",
            _ => return None,
        },
        store::Error::Leased { .. } => {
            "nothing was changed; wait until it comes back or the time is out, or give it back: `sigill sign cancel REQUEST`"
        }
        store::Error::Network { .. } => {
            "SQLite's write-ahead log is not safe there: keep the office on a local disk and back it up with `sigill backup`"
        }
        store::Error::Newer { .. } => "use the sigill that wrote it, or a newer one",
        store::Error::NotEmpty { .. } => "name a new folder",
        store::Error::NoOffice { .. } => "`sigill init DIR` makes one; --office DIR names another",
        store::Error::Stale { .. } => "prepare the signature again, from the newest file",
        store::Error::Taken { .. } => "another process issued it meanwhile: run the command again",
        store::Error::TooLarge { .. } => return None,
    };
    Some(hint.to_owned())
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

fn first_changes(changes: &[Change]) -> String {
    const SHOWN: usize = 3;
    let mut shown: Vec<String> = changes
        .iter()
        .take(SHOWN)
        .map(ToString::to_string)
        .collect();
    if changes.len() > SHOWN {
        shown.push(format!("and {} more", changes.len().saturating_sub(SHOWN)));
    }
    shown.join("; ")
}
