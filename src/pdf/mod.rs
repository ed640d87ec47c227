//! PDF files as objects, cross-references and revisions.
//!
//! Takes bytes and gives bytes, text or a finding: [`base_revision`] turns what the typesetter
//! wrote into the document that is issued, with one tagged, unsigned signature field for each
//! placeholder; [`attachment`] takes an embedded file out; [`revision_ends`] tells where a file may
//! be cut; [`describe`] tells a document as text.
//!
//! Never does input or output, reads a clock, draws random numbers or signs. Equal input gives
//! equal bytes. Files come from anywhere: a damaged one gives an [`Error`], never a panic, and
//! depth, count and size of what is read have named limits.
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

mod attachment;
mod describe;
mod document;
mod error;
mod fields;
mod font;
mod lexer;
mod object;
mod parse;
mod revision;
mod stream;
mod tags;
mod write;
mod xref;

#[cfg(test)]
mod tests;

pub use error::Error;
pub use font::AppearanceFont;

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
