//! A redline as a Word document with tracked changes: accepting all gives the new text, rejecting all the old.
//!
//! Follows ISO/IEC 29500-1 (`WordprocessingML`): changes as in §17.13.5, the parts of the package as in
//! ISO/IEC 29500-2. The XML is written here: libraries number changes with a counter of the whole process, so
//! that the same redline would give other bytes the second time, and know no ranges of moves (§17.13.5.23).
//! Numbers of paragraphs are words of the text, so that a number that changed is a tracked change as well.

mod body;
mod package;
mod runs;

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::model::Redline;

/// Returns the files of a Word document, to be packed as they are, in the order of their names.
///
/// `dated` is the day that the changes bear.
#[must_use]
pub fn docx(redline: &Redline, dated: NaiveDate) -> BTreeMap<String, Vec<u8>> {
    let written = body::written(redline, dated);
    package::files(redline, dated, &written)
}
