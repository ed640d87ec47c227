//! PDF files as objects, cross-references and revisions.
//!
//! Takes bytes and gives bytes, text or a finding: [`base_revision`] turns what the typesetter
//! wrote into the document that is issued, with one tagged, unsigned signature field for each
//! placeholder; [`attachment`] takes an embedded file out; [`revision_ends`] tells where a file may
//! be cut; [`describe`] tells a document as text. [`signature_update`], [`time_stamp_update`] and
//! [`evidence_update`] make a revision to append, the first two with room for what a key or a
//! time-stamp authority gives; [`signature_fields`], [`embedded_signatures`] and [`evidence`] read
//! such revisions back.
//!
//! Never does input or output, reads a clock, draws random numbers, holds a key or judges a
//! signature. Equal input gives equal bytes, and an update never touches the bytes before it. Files
//! come from anywhere: a damaged one gives an [`Error`], never a panic, and depth, count and size
//! of what is read have named limits.
//!
//! Follows ISO 32000-1 and -2, ISO 19005-3, ISO 14289-1 and ETSI EN 319 142-1; `CONFORMANCE.md`
//! goes through them clause by clause.

// Foreign bytes never reach a panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod appearance;
mod append;
mod attachment;
mod describe;
mod document;
mod error;
mod evidence;
mod fields;
mod filters;
mod font;
mod form;
mod history;
mod irregularity;
mod lexer;
mod object;
mod packed;
mod parse;
mod rebuild;
mod revision;
mod scan;
mod section;
mod sections;
mod signature_view;
mod signatures;
mod signing;
mod stream;
mod survey;
mod tags;
mod view;
mod write;
mod xref;
mod xref_stream;

#[cfg(test)]
pub(crate) mod tests;

use std::ops::Range;

use chrono::{DateTime, Utc};
use serde::Serialize;

pub use document::corners;
pub use error::Error;
pub use evidence::{Evidence, EvidenceKey, SignatureEvidence};
pub use font::AppearanceFont;
pub use history::{History, Place, Revision, XrefKind};
pub use irregularity::{Irregularity, IrregularityKind};
pub use object::{Dict, Name, Object, Reference, Stream, date, text};
pub use signature_view::{FieldView, SignatureView};
pub use view::{PageView, View};

/// A signature field that a typeset document has a placeholder for.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct Field {
    /// The field's name (`/T`): visible ASCII without a full stop, as in `1443-1`.
    pub name: String,
    /// What a screen reader says for the field (`/TU`).
    pub tooltip: String,
}

/// What the target of a placeholder's link begins with; the field's name follows.
pub const PLACEHOLDER_URL: &str = "https://sig.invalid/";

/// Returns the typeset document with its placeholders made into unsigned signature fields.
///
/// `typeset` is a tagged PDF 1.7 file of one revision as Typst writes it. A placeholder is a link
/// to [`PLACEHOLDER_URL`] and a field's name. The document's placeholders and `fields` must be the
/// same, each once; the form lists the fields in the order of `fields`.
///
/// # Errors
///
/// Fails if fields and placeholders differ, if a placeholder is not tagged as a link, is broken
/// over lines or has no area, and if `typeset` is not such a file.
pub fn base_revision(
    typeset: &[u8],
    fields: &[Field],
    font: &AppearanceFont,
) -> Result<Vec<u8>, Error> {
    fields::base_revision(typeset, fields, font)
}

/// Returns the byte offsets at which a revision may end, in order: just past each `%%EOF` that has
/// a line of its own, and its end of line.
///
/// The file is scanned, not read; a stream may hold such a line too.
pub fn revision_ends(pdf: &[u8]) -> Vec<usize> {
    revision::revision_ends(pdf)
}

/// Returns the bytes of the embedded file with this name, if there is one.
///
/// # Errors
///
/// Fails for a file that cannot be read, for two different embedded files of that name, and for one
/// of more than 1 MiB.
pub fn attachment(pdf: &[u8], name: &str) -> Result<Option<Vec<u8>>, Error> {
    attachment::attachment(pdf, name)
}

/// Returns a text that tells what a document holds: keys, pages, fields, fonts, attachments and the
/// structure tree, without object numbers and without contents.
///
/// # Errors
///
/// Fails for a file that cannot be read.
pub fn describe(pdf: &[u8]) -> Result<String, Error> {
    describe::describe(pdf)
}

/// Tells whether every page is pictures alone, with no font to write with, as a scanner makes them.
///
/// # Errors
///
/// Fails for a file that cannot be read.
pub fn is_image_only(pdf: &[u8]) -> Result<bool, Error> {
    scan::is_image_only(pdf)
}

/// A signature field of a document's form.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct SignatureField {
    /// The field's full name.
    pub name: String,
    /// What a screen reader says for the field (`/TU`); empty if there is none.
    pub tooltip: String,
    /// Whether the field has a value.
    pub is_signed: bool,
}

/// Returns the signature fields in the form's order.
///
/// # Errors
///
/// Fails for a file that cannot be read.
pub fn signature_fields(pdf: &[u8]) -> Result<Vec<SignatureField>, Error> {
    form::signature_fields(pdf)
}

/// What a signature dictionary and its appearance say (ISO 32000-2 Table 255).
#[derive(Clone, Copy, Debug)]
pub struct SignatureEntries<'a> {
    /// The field's full name.
    pub field: &'a str,
    /// The signer's claim of the time (`/M`).
    pub signed_at: DateTime<Utc>,
    /// Who signs (`/Name`).
    pub name: Option<&'a str>,
    /// Why (`/Reason`).
    pub reason: Option<&'a str>,
    /// Where (`/Location`).
    pub location: Option<&'a str>,
    /// What the field shows, from above; if there are none, it keeps its empty appearance.
    pub appearance: &'a [AppearanceLine<'a>],
    /// Whether the signature certifies the document, and allows only signing and filling in
    /// afterwards (`DocMDP`, P 2).
    pub certifies: bool,
    /// Room for the signature, in bytes; twice as many are written.
    pub reserve_bytes: usize,
}

/// A line of an appearance.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct AppearanceLine<'a> {
    /// The words; nothing is shown for an empty line.
    pub text: &'a str,
    /// How the line is set.
    pub weight: LineWeight,
}

/// How a line of an appearance is set.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum LineWeight {
    /// Small and grey, as the title and the date.
    Detail,
    /// Larger and black, as the name of who signs.
    Leading,
}

/// A revision to append, with room for `/Contents`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Update {
    /// The bytes to append to the file.
    pub tail: Vec<u8>,
    /// The place of the contents' hexadecimal digits in `tail`, without `<` and `>`.
    pub contents: Range<usize>,
}

/// Makes the revision that signs a field, with everything but the signature itself.
///
/// The revision holds the field's widget with `/V` and the new appearance, the signature
/// dictionary and the appearance; for a certification also the catalog with `/Perms`. Nothing
/// else is changed.
///
/// # Errors
///
/// Fails if the form has no such field, if it is signed already or cannot be signed by changing
/// its widget alone, if the appearance has a character that the form's font lacks, if a document
/// that holds a signature is to be certified, if more room is asked for than PDF/A allows, and for
/// a file that cannot be read or does not end with an end of line.
pub fn signature_update(pdf: &[u8], entries: &SignatureEntries<'_>) -> Result<Update, Error> {
    signing::signature_update(pdf, entries)
}

/// Makes the revision of a document time-stamp, with everything but the token itself.
///
/// The form gets a new field without widget, named `time-stamp-` and the lowest free number.
///
/// # Errors
///
/// Fails if the form is missing or stands in the catalog itself, if more room is asked for than
/// PDF/A allows, and for a file that cannot be read or does not end with an end of line.
pub fn time_stamp_update(pdf: &[u8], reserve_bytes: usize) -> Result<Update, Error> {
    signing::time_stamp_update(pdf, reserve_bytes)
}

/// Returns the characters of a text that the document's appearance font cannot show, ascending,
/// after normalisation to form C.
///
/// # Errors
///
/// Fails if the form has no such font, and for a file that cannot be read.
pub fn undrawable(pdf: &[u8], text: &str) -> Result<Vec<char>, Error> {
    appearance::undrawable(pdf, text)
}

/// Makes the revision that adds evidence to the document security store; none if the store holds
/// it all.
///
/// What is there stays, item for item. A signature that has a list of its evidence keeps that
/// list; more evidence for it goes into the store's own lists.
///
/// # Errors
///
/// Fails if a signature's evidence names an item that is not given, and for a file that cannot be
/// read or does not end with an end of line.
pub fn evidence_update(pdf: &[u8], evidence: &Evidence) -> Result<Option<Vec<u8>>, Error> {
    evidence::evidence_update(pdf, evidence)
}

/// Returns what the document security store holds; nothing if there is none.
///
/// # Errors
///
/// Fails for a store that cannot be read.
pub fn evidence(pdf: &[u8]) -> Result<Evidence, Error> {
    evidence::evidence(pdf)
}

/// A signature as it stands in a file; nothing of it is checked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EmbeddedSignature {
    /// The field's full name.
    pub field: String,
    /// What the signature says that it is.
    pub kind: SignatureKind,
    /// `/ByteRange`: offset and length of each of the two signed parts, in bytes, as written.
    pub byte_range: [usize; 4],
    /// `/Contents`, decoded, with its padding.
    pub contents: Vec<u8>,
    /// Length in bytes of the file as it was when the revision that the signature is in was
    /// written.
    pub revision_end: usize,
}

/// What a signature says that it is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureKind {
    /// A signature without limits on what comes after it.
    Approval,
    /// A signature with a `DocMDP` transform.
    Certification,
    /// A document time-stamp.
    TimeStamp,
}

/// Returns the signatures in the order of their revisions.
///
/// # Errors
///
/// Fails for a file that cannot be read, and for a signature without contents or whose
/// `/ByteRange` is not four numbers.
pub fn embedded_signatures(pdf: &[u8]) -> Result<Vec<EmbeddedSignature>, Error> {
    signatures::embedded_signatures(pdf)
}
