//! From a version's files and the parties' printed data to Typst source.
//!
//! Takes a [`Bundle`] (files as bytes), gives [`Filled`] sources with a map back to the template's
//! lines, or errors that name file and line. A version's text is rendered once; party data is not
//! among the values that it can print, except for the frozen table of parties, so the body is the
//! same in every copy. Never reads a file or a clock, never typesets.

mod accord;
mod bundle;
mod contents;
mod escape;
mod fill;
mod lines;
mod lint;
mod plain;

pub use bundle::{
    Bundle, BundleError, FORMAT, LISTED_PARTIES, ListedGrouping, ListedParty, is_text, source_name,
};
pub use contents::{ClauseHead, contents};
pub use fill::{Filled, FilledLetter, fill, fill_letter};
pub use lint::{clause_places, lint};
pub use plain::{LINE_CHARS, fill_plain};

/// The version of minijinja that fills, as entered with each copy.
pub const ENGINE: &str = "minijinja 3.0.5";

#[cfg(test)]
mod tests;
