//! What a redline says to people, in Swedish: what its pages, on paper and on screen, have in common.

mod parts;
mod places;
mod words;

use serde::Serialize;

use super::model::{ClauseChange, Redline, Side, UnseenKind};
use super::order::{Way, in_both_orders};
use super::summary::{ClauseSummary, Happening};
use parts::{Part, Shown};
use places::Places;

/// A redline as it is read; every text is ready.
#[derive(Debug, Serialize)]
pub(super) struct Sheet {
    name: String,
    old: Version,
    new: Version,
    #[serde(flatten)]
    overview: Overview,
    clauses: Vec<Section>,
}

/// What a redline comes to, in Swedish.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Overview {
    /// One sentence for all of it.
    pub conclusion: String,
    /// What became of each clause, in the order of the new text.
    pub summary: Vec<Row>,
    /// What changed without being seen in the text.
    pub unseen: Vec<Hidden>,
}

/// One of the two versions.
#[derive(Debug, Serialize)]
struct Version {
    name: String,
    number: String,
    digest: String,
}

/// What became of a clause, in a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// The clause's id.
    pub id: String,
    /// Its number in the old text; a dash where it was not there.
    pub old: String,
    /// Its number in the new text; a dash where it is gone.
    pub new: String,
    /// Its title.
    pub title: String,
    /// What became of it.
    pub what: String,
    /// Whether nothing became of it.
    pub is_same: bool,
}

/// Something that changed without being seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Hidden {
    /// What kind of thing it is.
    pub what: &'static str,
    /// Where it is.
    pub place: String,
    /// The setting's key; empty for anything else.
    pub key: String,
    /// What it was; a dash where it was not there.
    pub old: String,
    /// What it is; a dash where it is gone.
    pub new: String,
}

/// A clause or an appendix.
#[derive(Debug, Serialize)]
struct Section {
    /// The clause's id; empty where a clause stood that moved.
    id: String,
    /// `kept`, `inserted`, `deleted` or `moved_out`: what became of its number.
    change: &'static str,
    number: String,
    title: Vec<Shown>,
    /// Whether there is something to see in its heading.
    is_changed: bool,
    note: String,
    parts: Vec<Part>,
}

impl Sheet {
    pub(super) fn of(redline: &Redline) -> Self {
        let places = Places::of(redline);
        let sections = in_both_orders(redline).into_iter();
        Self {
            name: redline.new.name.clone(),
            old: Version::of(&redline.old),
            new: Version::of(&redline.new),
            overview: Overview::with(redline, &places),
            clauses: sections
                .map(|(clause, way)| match way {
                    Way::In | Way::Whole => Section::of(clause, &places),
                    Way::Out => Section::left(clause),
                })
                .collect(),
        }
    }
}

impl Overview {
    /// Returns what a redline comes to.
    #[must_use]
    pub fn of(redline: &Redline) -> Self {
        Self::with(redline, &Places::of(redline))
    }

    fn with(redline: &Redline, places: &Places) -> Self {
        let summary = redline.summary();
        let unseen = redline.unseen.iter().map(|unseen| Hidden {
            what: words::unseen(unseen.kind),
            place: places.of_unseen(unseen),
            key: match unseen.kind {
                UnseenKind::Setting => unseen.place.clone(),
                UnseenKind::Computed
                | UnseenKind::Formatting
                | UnseenKind::Link
                | UnseenKind::NumberFormat
                | UnseenKind::Reference
                | UnseenKind::SharedFile
                | UnseenKind::Spacing => String::new(),
            },
            old: places.value(unseen, unseen.old.as_deref()),
            new: places.value(unseen, unseen.new.as_deref()),
        });
        Self {
            conclusion: words::conclusion(redline, &summary),
            summary: summary.iter().map(Row::of).collect(),
            unseen: unseen.collect(),
        }
    }
}

impl Version {
    fn of(side: &Side) -> Self {
        Self {
            name: side.name.clone(),
            number: side.version.to_string(),
            digest: side.text_digest.to_string(),
        }
    }
}

impl Row {
    fn of(clause: &ClauseSummary) -> Self {
        let number = |number: Option<&String>| match number.map(String::as_str) {
            Some("") => APPENDIX.to_owned(),
            Some(number) => number.to_owned(),
            None => "–".to_owned(),
        };
        Self {
            id: clause.id.to_string(),
            old: number(clause.old_number.as_ref()),
            new: number(clause.new_number.as_ref()),
            title: clause.title.clone(),
            what: words::clause(clause),
            is_same: clause.happened.contains(&Happening::Unchanged),
        }
    }
}

impl Section {
    fn of(clause: &ClauseChange, places: &Places) -> Self {
        let (heading, rest) = parts::heading(clause);
        let place = clause.new.as_ref().or(clause.old.as_ref());
        let change = match (&clause.old, &clause.new) {
            (None, _) => "inserted",
            (_, None) => "deleted",
            _ => "kept",
        };
        let note = words::note(clause);
        let is_changed = !note.is_empty() || heading.iter().any(Shown::is_changed);
        Self {
            id: clause.id.to_string(),
            change,
            number: place.map(|place| place.number.clone()).unwrap_or_default(),
            title: heading,
            is_changed,
            note,
            parts: parts::parts(rest, clause, places),
        }
    }

    /// Returns what stands where a clause stood that moved.
    fn left(clause: &ClauseChange) -> Self {
        let old = clause.old.as_ref();
        Self {
            id: String::new(),
            change: "moved_out",
            number: old.map(|place| place.number.clone()).unwrap_or_default(),
            title: vec![Shown::moved_out(
                old.map(|place| place.title.as_str()).unwrap_or_default(),
            )],
            is_changed: true,
            note: words::note_where_it_was(clause),
            parts: Vec::new(),
        }
    }
}

/// What stands for the number of an appendix.
const APPENDIX: &str = "Bilaga";
