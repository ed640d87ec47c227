//! The redline: what changed between two texts.
//!
//! Takes two versions' filled sources, gives a [`Redline`]: clause by clause, block by block, word by word,
//! and what changed that no page shows. From it come Typst source, HTML, a document with tracked changes and
//! JSON. Accepting every change gives the new text, rejecting gives the old one. Never reads a file or a
//! clock, never typesets.

mod align;
mod calls;
mod compare;
mod computed;
mod docx;
mod grid;
mod html;
mod lexemes;
mod markup;
mod model;
mod moves;
mod order;
mod page;
mod read;
mod settings;
mod sheet;
mod summary;
mod tables;
mod units;
mod unseen;
mod views;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::agreement::{Agreement, ClauseId, Manifest, Sha256, SourceError};
use crate::template::{Bundle, Filled, ListedParty};

pub use compare::compare;
pub use docx::docx;
pub use html::html;
pub use model::{
    Block, BlockChange, BlockKind, Change, Clause, ClauseChange, ClausePlace, Fate, Marks, Piece,
    Redline, Run, Side, Text, Unseen, UnseenKind,
};
pub use page::{PAGE, page};
pub use read::{Code, read};
pub use sheet::{Hidden, Overview, Row};
pub use summary::{ClauseSummary, Happening, Report, SCHEMA};

/// A version as [`compare`] takes it.
#[derive(Debug, Clone)]
pub struct Compared<'a> {
    /// Which version it is.
    pub side: Side,
    /// Its text.
    pub text: Text,
    /// What agreement.toml says.
    pub agreement: &'a Agreement,
    /// What its version.toml says.
    pub manifest: &'a Manifest,
    /// Who it is between.
    pub parties: &'a [ListedParty],
    /// The digest of every file of its bundle by path.
    pub files: BTreeMap<String, Sha256>,
    /// The code of each clause.
    pub code: BTreeMap<ClauseId, Code>,
}

impl<'a> Compared<'a> {
    /// Reads a version from its bundle and its filled sources.
    ///
    /// # Errors
    /// As [`read`].
    pub fn new(bundle: &'a Bundle, filled: &Filled) -> Result<Self, Vec<SourceError>> {
        let (text, code) = read::read_with_code(bundle, filled)?;
        let files = bundle.files().iter();
        Ok(Self {
            side: Side {
                name: bundle.agreement().name.as_str().to_owned(),
                version: bundle.manifest().version,
                text_digest: bundle.text_digest(),
            },
            text,
            agreement: bundle.agreement(),
            manifest: bundle.manifest(),
            parties: bundle.parties(),
            files: files
                .map(|(path, bytes)| (path.clone(), Sha256::of(bytes)))
                .collect(),
            code,
        })
    }
}
