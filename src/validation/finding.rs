//! What was found: one sentence each, in Swedish and in English, and what to do about it.

use serde::Serialize;

/// How much a finding weighs.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing; changes no answer.
    Note,
    /// Somebody has to look at it; changes no answer by itself.
    Warning,
    /// An answer is worse because of it.
    Fault,
}

/// Which question a finding answers.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// Are the bytes what was signed, and is nothing unlawful added?
    Integrity,
    /// Does the certificate lead to somebody who is trusted, at the proven time?
    Trust,
    /// Which copy is it?
    Identity,
    /// Who signed?
    Signatories,
    /// Which seats are signed?
    Completeness,
}

/// A finding.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Finding {
    /// Its stable name, in `snake_case`, for programs.
    pub code: &'static str,
    /// The question it answers.
    pub question: Question,
    /// How much it weighs.
    pub severity: Severity,
    /// The revision it is in, counted from 1; `None` where it is about the whole file.
    pub revision: Option<usize>,
    /// The number of the indirect object that it is about.
    pub object: Option<u32>,
    /// The byte offset in the file that it is about.
    pub at_byte: Option<usize>,
    /// What was found, as a sentence in Swedish.
    pub swedish: String,
    /// The same in English.
    pub english: String,
    /// What to do about it, in Swedish; empty where nothing is to be done.
    pub advice_swedish: String,
    /// The same in English.
    pub advice_english: String,
}

impl Finding {
    /// Makes a finding about the whole file, without advice.
    pub fn new(
        question: Question,
        severity: Severity,
        code: &'static str,
        swedish: impl Into<String>,
        english: impl Into<String>,
    ) -> Self {
        Self {
            code,
            question,
            severity,
            revision: None,
            object: None,
            at_byte: None,
            swedish: swedish.into(),
            english: english.into(),
            advice_swedish: String::new(),
            advice_english: String::new(),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn advising(mut self, swedish: impl Into<String>, english: impl Into<String>) -> Self {
        self.advice_swedish = swedish.into();
        self.advice_english = english.into();
        self
    }

    /// Names the revision, counted from 1.
    #[must_use]
    pub fn in_revision(mut self, revision: usize) -> Self {
        self.revision = Some(revision);
        self
    }

    /// Names the indirect object.
    #[must_use]
    pub fn of_object(mut self, object: u32) -> Self {
        self.object = Some(object);
        self
    }

    /// Names the byte offset in the file.
    #[must_use]
    pub fn at_byte(mut self, at: usize) -> Self {
        self.at_byte = Some(at);
        self
    }
}
