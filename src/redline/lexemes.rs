//! From runs to lexemes: what a change never tears apart.

use std::collections::HashMap;

use super::model::{Marks, Run};

/// A word, a number, a day, a reference, a space or a sign.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme<'t> {
    /// The same for lexemes with the same words.
    pub(super) id: u32,
    /// The same for lexemes with the same words in capitals or not.
    pub(super) folded: u32,
    /// The words.
    pub(super) text: &'t str,
    /// How they are marked.
    pub(super) marks: &'t Marks,
    /// What it is.
    pub(super) sort: Sort,
}

/// What a lexeme is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// The mark between two blocks that are compared as one.
    Mark,
    /// Punctuation or another sign.
    Sign,
    /// A space or a line break.
    Space,
    /// A word, a number, a day or a reference.
    Word,
}

impl Lexeme<'_> {
    /// Tells whether it is a word.
    pub(super) fn is_word(&self) -> bool {
        self.sort == Sort::Word
    }

    /// Tells whether a sentence may end with it.
    pub(super) fn ends_sentence(&self) -> bool {
        self.sort == Sort::Mark || matches!(self.text, "." | "!" | "?" | "\n")
    }
}

/// Numbers words, so that they are compared as numbers.
#[derive(Debug, Default)]
pub(super) struct Words<'t> {
    ids: HashMap<&'t str, (u32, u32)>,
    folded: HashMap<String, u32>,
    marks: u32,
}

impl<'t> Words<'t> {
    /// Returns the lexemes of a block's runs.
    pub(super) fn lexemes(&mut self, runs: &'t [Run]) -> Vec<Lexeme<'t>> {
        let mut lexemes = Vec::new();
        for run in runs {
            if run.marks.reference.is_some() {
                lexemes.push(self.lexeme(&run.text, &run.marks, Sort::Word));
                continue;
            }
            let mut rest = run.text.as_str();
            while !rest.is_empty() {
                let (length, sort) = first_lexeme(rest);
                let (text, after) = rest.split_at(length);
                lexemes.push(self.lexeme(text, &run.marks, sort));
                rest = after;
            }
        }
        lexemes
    }

    /// Returns a mark between blocks, which is the same as no other lexeme.
    pub(super) fn mark(&mut self) -> Lexeme<'t> {
        self.marks = self.marks.saturating_add(1);
        let id = u32::MAX.saturating_sub(self.marks);
        Lexeme {
            id,
            folded: id,
            text: "",
            marks: &NO_MARKS,
            sort: Sort::Mark,
        }
    }

    fn lexeme(&mut self, text: &'t str, marks: &'t Marks, sort: Sort) -> Lexeme<'t> {
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX / 2);
        let next = number(self.ids.len());
        let (id, folded) = *self.ids.entry(text).or_insert_with(|| {
            let count = number(self.folded.len());
            let folded = self.folded.entry(text.to_lowercase()).or_insert(count);
            (next, *folded)
        });
        Lexeme {
            id,
            folded,
            text,
            marks,
            sort,
        }
    }
}

const NO_MARKS: Marks = Marks {
    strong: false,
    emphasised: false,
    link: None,
    reference: None,
};

/// The Swedish months, as days name them.
pub(super) const MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "mars",
    "april",
    "maj",
    "juni",
    "juli",
    "augusti",
    "september",
    "oktober",
    "november",
    "december",
];

/// Tells whether a character separates words or groups of digits.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || c == '\u{200b}'
}

/// Returns the length in bytes of the first lexeme of a text that is not empty, and what it is.
fn first_lexeme(text: &str) -> (usize, Sort) {
    let Some(first) = text.chars().next() else {
        return (text.len(), Sort::Sign);
    };
    if is_space(first) {
        return (first.len_utf8(), Sort::Space);
    }
    if !first.is_alphanumeric() {
        return (first.len_utf8(), Sort::Sign);
    }
    if first.is_ascii_digit()
        && let Some(length) = day(text).or_else(|| grouped_number(text))
    {
        return (length, Sort::Word);
    }
    (word(text), Sort::Word)
}

/// Returns the length of a word: letters and digits with the hyphens, stops and marks within it.
fn word(text: &str) -> usize {
    let mut length = 0_usize;
    let mut before = ' ';
    let mut characters = text.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        let next = characters.peek().map_or(' ', |(_, next)| *next);
        let goes_on = c.is_alphanumeric()
            || before.is_alphanumeric() && next.is_alphanumeric() && joins(before, c, next);
        if !goes_on {
            break;
        }
        length = at.saturating_add(c.len_utf8());
        before = c;
    }
    length
}

/// Tells whether a sign between two letters or digits is part of the word.
fn joins(before: char, sign: char, after: char) -> bool {
    match sign {
        '-' | '\u{ad}' | '\u{2011}' | '\'' | '’' | '.' | '@' | '_' => true,
        ',' | ':' | '/' | '–' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

/// Returns the length of a day, e.g. `31 mars` or `1 mars 2024`.
fn day(text: &str) -> Option<usize> {
    let digits = text
        .len()
        .checked_sub(text.trim_start_matches(|c: char| c.is_ascii_digit()).len())?;
    if !(1..=2).contains(&digits) {
        return None;
    }
    let after = after_space(text.get(digits..)?)?;
    let month = MONTHS.iter().find(|month| {
        after
            .strip_prefix(**month)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    })?;
    let rest = after.get(month.len()..)?;
    let year = after_space(rest).and_then(|year| {
        let is_year = year.get(..4)?.bytes().all(|byte| byte.is_ascii_digit())
            && !year.get(4..)?.starts_with(char::is_alphanumeric);
        is_year.then(|| year.get(4..)).flatten()
    });
    text.len().checked_sub(year.unwrap_or(rest).len())
}

/// Returns the length of a number whose digits stand in groups of three, e.g. `1 000` or `12 500,50`.
fn grouped_number(text: &str) -> Option<usize> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let first = digits(text);
    if !(1..=3).contains(&first) {
        return None;
    }
    let mut rest = text.get(first..)?;
    let mut has_groups = false;
    while let Some(group) = after_space(rest).filter(|group| digits(group) == 3) {
        has_groups = true;
        rest = group.get(3..)?;
    }
    if !has_groups || rest.starts_with(char::is_alphabetic) {
        return None;
    }
    if let Some(decimals) = rest
        .strip_prefix(',')
        .filter(|decimals| digits(decimals) > 0)
    {
        rest = decimals.get(digits(decimals)..)?;
    }
    text.len().checked_sub(rest.len())
}

/// Returns what follows one space, of whatever width, but no line break.
fn after_space(text: &str) -> Option<&str> {
    let first = text.chars().next().filter(|c| is_space(*c) && *c != '\n')?;
    text.get(first.len_utf8()..)
}
