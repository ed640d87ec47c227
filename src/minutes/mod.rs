//! Reads a Swedish extract from minutes and proposes a decision's fields.
//!
//! Takes text, as it was typed or taken out of a PDF, the agreement at hand and the parties; gives a [`Proposal`] with
//! the line, page and words where each value was found. Form feeds part pages; gaps of two spaces or more part columns.
//!
//! It infers nothing that it did not see. Where two values compete it proposes neither and says so; what is missing is
//! asked for. Nothing that it says is a decision until an officer confirms it: an extract is what somebody handed in.
//! Never opens a file or reads a clock, and no text is an error.

// Foreign text never reaches a panic.
#![cfg_attr(
    not(test),
    warn(
        clippy::arithmetic_side_effects,
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::string_slice
    )
)]

mod body;
mod dates;
mod decision;
mod diary;
mod doubt;
mod heads;
mod labels;
mod layout;
mod lines;
mod parts;
mod pdf_text;
mod proposal;
mod reader;
mod sections;

pub use body::Body;
pub use doubt::{Doubt, DoubtKind, Place};
pub use pdf_text::{PdfText, PdfTextError, pdf_text};
pub use proposal::propose;

use chrono::NaiveDate;
use regex::Regex;
use serde::Serialize;

use crate::agreement::{Outcome, PartyCode};

/// The agreement that the decision must be about.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// Its name. A § whose title has the whole of it is about it.
    pub name: &'a str,
    /// The words that tell it from others, each the beginning of a word: `samverkansavtal`, `familjecentral`. A § whose title or
    /// decision has them all is about it; without any, only the name tells.
    pub words: &'a [String],
    /// The § that the officer chose, as printed, where several are about the agreement.
    pub section: Option<&'a str>,
}

/// A value and where it was found.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// The line, counted from 1 over the whole text.
    pub line: usize,
    /// The page, counted from 1.
    pub page: usize,
    /// The line's words, without personal identity numbers.
    pub quote: String,
}

/// A field of a decision that the officer is asked for where it was not found.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The day on which the approval was announced.
    AnnouncedOn,
    /// The day on which the minutes were approved.
    ApprovedOn,
    /// The body.
    Body,
    /// The words of a condition.
    Condition,
    /// The diary number.
    DiaryNumber,
    /// The day of the meeting.
    MetOn,
    /// The outcome.
    Outcome,
    /// The party.
    Party,
    /// The §.
    Section,
    /// Who is to sign.
    Signer,
}

/// What an extract proposes. Each field is a proposal that an officer confirms.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Proposal {
    /// The party.
    pub party: Option<Found<PartyCode>>,
    /// The body that met.
    pub body: Option<Found<Body>>,
    /// The day of the meeting, a Swedish calendar day.
    pub met_on: Option<Found<NaiveDate>>,
    /// The §, as printed.
    pub section: Option<Found<String>>,
    /// The title of the §.
    pub title: Option<Found<String>>,
    /// The diary number, as printed.
    pub diary_number: Option<Found<String>>,
    /// The day on which the minutes were approved, a Swedish calendar day.
    pub approved_on: Option<Found<NaiveDate>>,
    /// That the § was approved at the meeting itself. It gives no day that is not printed.
    pub is_approved_at_once: Option<Found<bool>>,
    /// The day on which the approval was announced, a Swedish calendar day.
    pub announced_on: Option<Found<NaiveDate>>,
    /// The outcome.
    pub outcome: Option<Found<Outcome>>,
    /// The words of a condition.
    pub condition: Option<Found<String>>,
    /// Whom the decision tells to sign the agreement, as printed.
    pub signer: Option<Found<String>>,
    /// Members' dissents: information, never a condition.
    pub dissents: Vec<Found<String>>,
    /// Proposals that were put, which are no decisions.
    pub proposals: Vec<Found<String>>,
    /// Older decisions that the § quotes or lists.
    pub earlier: Vec<Found<String>>,
    /// The fields to ask the officer for, in their order.
    pub missing: Vec<Field>,
    /// Why something was not proposed, and what to look at.
    pub doubts: Vec<Doubt>,
}

/// Returns a pattern of this folder.
fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this folder are constants that its tests compile")
}

#[cfg(test)]
mod tests;
