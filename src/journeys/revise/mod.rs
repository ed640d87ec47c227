//! Revise: drafts the next version of an agreement, or an amendment that leaves it standing.
//!
//! Either is a folder in templates/ to edit, with status draft. Nothing is entered: what binds is published.

mod amendment;
mod error;
mod next;

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::NaiveDate;
use serde::Serialize;
use toml_edit::DocumentMut;

use super::act::check_public;
use super::{Error, Office, publish};
use crate::agreement::{
    AgreementId, ClauseId, Name, PartyCode, Relation, SourceError, Status, VersionNumber,
};
use crate::calendar::{Stretch, swedish_day};
use crate::outside::now;
use crate::register::Tally;
use crate::store::{Folder, is_folder, place_tree, write_file};
use crate::template::{Bundle, LISTED_PARTIES};

pub(super) use amendment::{UNNAMED, UNWRITTEN};
pub use error::ReviseError;

/// What is to be drafted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version to draft from; the newest published one, else the newest folder, if not said.
    pub from: Option<VersionNumber>,
    /// Why, in words that stand in version.toml.
    pub reason: Option<Name>,
    /// What.
    pub what: What,
}

/// What is to be drafted.
#[derive(Debug, Clone)]
pub enum What {
    /// An amendment: a document of its own beside the version.
    Amendment {
        /// The clauses that it changes, by their ids.
        clauses: Vec<ClauseId>,
        /// Its name; after the agreement's it names its folder.
        name: String,
        /// The parties that it touches.
        parties: Vec<PartyCode>,
    },
    /// The next version.
    Next {
        /// Whether the term stays as it is, as for a correction.
        keep_term: bool,
        /// Its number.
        number: VersionNumber,
    },
}

/// What was drafted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Drafted {
    /// The agreement; of an amendment its own.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// What it was drafted from.
    pub from: Source,
    /// What it does to another version.
    pub relation: Option<Relation>,
    /// The folder.
    pub folder: PathBuf,
    /// How many files it has.
    pub files: usize,
    /// The term as it was, where the draft has one.
    pub old_term: Option<Stretch>,
    /// The term as it is drafted.
    pub new_term: Option<Stretch>,
    /// The values of version.toml that are days of the term, and were moved with it.
    pub moved: Vec<Moved>,
    /// What to look at.
    pub look_at: Vec<LookAt>,
}

/// What something was drafted from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Source {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// Whether it is published; else it was read from templates/.
    pub is_published: bool,
}

/// A value that was moved with the term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Its key in `[values]`.
    pub key: String,
    /// What it was.
    pub old: NaiveDate,
    /// What it is.
    pub new: NaiveDate,
}

/// What whoever edits the draft should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum LookAt {
    /// A day that is none of the old term's was kept.
    Day {
        /// Its key in version.toml.
        key: String,
        /// The day.
        day: NaiveDate,
    },
    /// The files of templates/shared are others than when the version was frozen.
    Layout,
    /// The version was never adopted, so nothing is replaced.
    NotAdopted,
    /// The version has no term.
    NoTerm,
    /// A later version of an accord's parent is published: the draft stands under that one.
    Parent {
        /// The parent.
        agreement: AgreementId,
        /// The version that the accord stood under.
        old: VersionNumber,
        /// The version that the draft stands under.
        new: VersionNumber,
    },
    /// The new term begins in the past: the old one has ended.
    TermBegun {
        /// Its first day.
        start: NaiveDate,
    },
}

/// Drafts a version.
///
/// # Errors
/// [`Error`]; nothing is written then.
pub async fn run(office: &Office, request: &Request) -> Result<Drafted, Error> {
    if let Some(reason) = &request.reason {
        check_public("the reason", reason)?;
    }
    let today = swedish_day(now());
    let base = Base::find(office, request).await?;
    let draft = match &request.what {
        What::Amendment {
            clauses,
            name,
            parties,
        } => amendment::draft(&base, name, parties, clauses, today)?,
        What::Next { keep_term, number } => next::draft(&base, *number, *keep_term, today)?,
    };
    draft.write(office, &base, request.reason.as_ref(), today)
}

/// The version that is drafted from.
struct Base {
    bundle: Bundle,
    is_published: bool,
    tally: Tally,
    /// Whether templates/shared is another one than the bundle's.
    is_layout_changed: bool,
    /// Of an accord the newest published version of its parent.
    newest_parent: Option<VersionNumber>,
    /// The agreements and versions that have folders.
    agreements: Vec<AgreementId>,
    versions: Vec<VersionNumber>,
}

impl Base {
    async fn find(office: &Office, request: &Request) -> Result<Self, Error> {
        let agreement = &request.agreement;
        let mut store = office.read_store().await?;
        let tally = match &mut store {
            Some(store) => Tally::fold(&store.records.entries(Some(agreement)).await?),
            None => Tally::default(),
        };
        office.require_agreement(agreement, &tally)?;
        let versions = office.folder.versions(agreement)?;
        let newest = tally
            .latest(agreement)
            .map(|known| known.published.version)
            .or_else(|| versions.last().copied());
        let from = request.from.or(newest);
        let from = from.ok_or_else(|| Error::NoAdoptedVersion {
            agreement: agreement.clone(),
        })?;
        let published = tally.version(agreement, from);
        let bundle = match (published, &store) {
            (Some(known), Some(store)) => publish::read_bundle(store, &known.published).await?,
            _ => office.bundle_from_folder(agreement, from)?,
        };
        let newest_parent = match (&bundle.manifest().relation, &mut store) {
            (Some(Relation::Under { agreement, .. }), Some(store)) => {
                let above = Tally::fold(&store.records.entries(Some(agreement)).await?);
                let newest = above.latest(agreement);
                newest.map(|known| known.published.version)
            }
            _ => None,
        };
        let shared = office.folder.shared_files().unwrap_or_default();
        let frozen = bundle.files().iter();
        let frozen: Vec<_> = frozen
            .filter(|(path, _)| path.starts_with("shared/"))
            .collect();
        Ok(Self {
            is_layout_changed: !shared.iter().eq(frozen),
            is_published: published.is_some(),
            agreements: office.folder.agreements()?,
            bundle,
            newest_parent,
            tally,
            versions,
        })
    }

    fn agreement(&self) -> &AgreementId {
        &self.bundle.agreement().id
    }

    fn version(&self) -> VersionNumber {
        self.bundle.manifest().version
    }

    /// Returns version.toml, to be edited with its comments and its order.
    fn document(&self) -> Result<DocumentMut, Error> {
        let text = self.bundle.files().get("version.toml");
        let text = String::from_utf8_lossy(text.map_or(&[], Vec::as_slice));
        // What was drafted before it told why; this draft tells anew.
        let text: String = text
            .split_inclusive('\n')
            .skip_while(|line| line.starts_with(DRAFTED))
            .collect();
        let file = format!(
            "{}/version.toml",
            Folder::version_name(self.agreement(), self.version())
        );
        text.parse()
            .map_err(|error: toml_edit::TomlError| Error::Template {
                problems: vec![SourceError::new(&file, error.message())],
            })
    }

    /// Returns the files of the version's own folder.
    fn own_files(&self) -> BTreeMap<String, Vec<u8>> {
        let is_own = |path: &&String| {
            !path.starts_with("shared/")
                && !["agreement.toml", LISTED_PARTIES].contains(&path.as_str())
        };
        let files = self.bundle.files().iter();
        files
            .filter(|(path, _)| is_own(path))
            .map(|(path, bytes)| (path.clone(), bytes.clone()))
            .collect()
    }

    fn is_adopted(&self) -> bool {
        self.bundle.manifest().status == Status::Adopted
    }
}

/// A version to be written.
struct Draft {
    /// Its agreement.
    agreement: AgreementId,
    /// agreement.toml, where the agreement is new.
    agreement_text: Option<String>,
    document: DocumentMut,
    /// Its files but version.toml.
    files: BTreeMap<String, Vec<u8>>,
    look_at: Vec<LookAt>,
    moved: Vec<Moved>,
    new_term: Option<Stretch>,
    old_term: Option<Stretch>,
    relation: Option<Relation>,
    version: VersionNumber,
}

impl Draft {
    fn write(
        self,
        office: &Office,
        base: &Base,
        reason: Option<&Name>,
        today: NaiveDate,
    ) -> Result<Drafted, Error> {
        let mut files = self.files;
        let why = reason.map_or_else(String::new, |reason| format!(": {reason}"));
        let text = format!(
            "{DRAFTED}{} {}, {today}{why}\n{}",
            base.agreement(),
            base.version(),
            self.document
        );
        files.insert("version.toml".to_owned(), text.into_bytes());
        let count = files.len();
        let folder = Folder::version_name(&self.agreement, self.version);
        let place = office.root().join(&folder);
        let agreement_folder = office.folder.agreement_folder(&self.agreement);
        let agreement_text = match self.agreement_text {
            Some(text) => Some(text.into_bytes()),
            None if base.agreements.contains(&self.agreement) => None,
            // The agreement's folder is gone, or that file of it.
            None => base.bundle.files().get("agreement.toml").cloned(),
        };
        match agreement_text {
            Some(text) if !is_folder(&agreement_folder) => {
                // The agreement appears with its version in it, or not at all.
                let version = self.version;
                let files = files
                    .into_iter()
                    .map(|(path, bytes)| (format!("{version}/{path}"), bytes));
                let all = files.chain([("agreement.toml".to_owned(), text)]).collect();
                place_tree(&agreement_folder, &all)?;
            }
            Some(text) => {
                // What is left of the folder stays, and names no agreement until the version is there.
                place_tree(&place, &files)?;
                write_file(&agreement_folder.join("agreement.toml"), &text)?;
            }
            None => place_tree(&place, &files)?,
        }
        let mut look_at = self.look_at;
        if base.is_layout_changed {
            look_at.push(LookAt::Layout);
        }
        Ok(Drafted {
            from: Source {
                agreement: base.agreement().clone(),
                version: base.version(),
                is_published: base.is_published,
            },
            agreement: self.agreement,
            version: self.version,
            relation: self.relation,
            folder: place,
            files: count,
            old_term: self.old_term,
            new_term: self.new_term,
            moved: self.moved,
            look_at,
        })
    }
}

/// Returns a day as version.toml has it.
fn toml_day(day: NaiveDate) -> toml_edit::Item {
    // A day of the calendar is a date of TOML.
    let date: Option<toml_edit::Datetime> = day.to_string().parse().ok();
    date.map_or(toml_edit::Item::None, toml_edit::value)
}

/// How the first line of a drafted version.toml begins.
const DRAFTED: &str = "# Utkast från ";
