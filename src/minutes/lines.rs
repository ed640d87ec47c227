//! The text as lines on pages, with what stands in columns told apart and what repeats on every page
//! marked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

use super::parts;
use super::sections;
use crate::agreement::{nfc, refused_character};

/// A line as it is read.
#[derive(Clone, Debug)]
pub(super) struct Line {
    /// Counted from 1 over the whole text.
    pub(super) number: usize,
    /// Counted from 1; form feeds end pages.
    pub(super) page: usize,
    /// In NFC, without invisible characters; columns are kept apart by spaces.
    pub(super) text: String,
    /// Whether it is a page's header or footer, no part of what the page tells.
    pub(super) is_running: bool,
}

/// A stretch of a line between two gaps of two spaces or more.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    /// The column of its first character, from 0.
    pub(super) start: usize,
    /// The column after its last character.
    pub(super) end: usize,
    /// Its text, without white space at the ends.
    pub(super) text: String,
}

impl Line {
    /// Returns whether nothing can be seen on it.
    pub(super) fn is_blank(&self) -> bool {
        self.text.is_empty()
    }

    /// Returns what stands in its columns.
    pub(super) fn cells(&self) -> Vec<Cell> {
        let mut cells: Vec<Cell> = Vec::new();
        let mut gap = usize::MAX;
        for (column, character) in self.text.chars().enumerate() {
            if character == ' ' {
                gap = gap.saturating_add(1);
                continue;
            }
            match cells.last_mut() {
                Some(cell) if gap < COLUMN_GAP => {
                    if gap > 0 {
                        cell.text.push(' ');
                    }
                    cell.text.push(character);
                    cell.end = column.saturating_add(1);
                }
                _ => cells.push(Cell {
                    start: column,
                    end: column.saturating_add(1),
                    text: character.to_string(),
                }),
            }
            gap = 0;
        }
        cells
    }

    /// Returns its words, one space between them.
    pub(super) fn words(&self) -> String {
        self.text.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Returns a text's lines, or `None` where it is larger than any minutes.
pub(super) fn read(text: &str) -> Option<Vec<Line>> {
    if text.len() > MAX_TEXT_BYTES {
        return None;
    }
    let mut lines = Vec::new();
    let mut number: usize = 0;
    for (index, page) in text.split('\u{c}').enumerate() {
        let page_lines = page.split(['\n', '\u{85}', '\u{2028}', '\u{2029}']);
        let mut page_lines = page_lines.peekable();
        while let Some(raw) = page_lines.next() {
            // A form feed begins a page on the line that it stands in.
            if raw.is_empty() && page_lines.peek().is_none() && index > 0 {
                continue;
            }
            for part in raw.trim_end_matches('\r').split('\r') {
                number = number.saturating_add(1);
                if number > MAX_LINES || part.len() > MAX_LINE_BYTES {
                    return None;
                }
                lines.push(Line {
                    number,
                    page: index.saturating_add(1),
                    text: clean(part),
                    is_running: false,
                });
            }
            // The last piece of a page and the first of the next are one line of the file.
            if page_lines.peek().is_none() {
                number = number.saturating_sub(1);
            }
        }
    }
    mark_running(&mut lines);
    Some(lines)
}

/// Returns a line without what cannot be seen, columns kept, letter-spaced words closed up.
fn clean(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    for character in nfc(raw).chars() {
        match character {
            '\t' => text.push_str("    "),
            '\u{FB01}' => text.push_str("fi"),
            '\u{FB02}' => text.push_str("fl"),
            '\u{2010}' | '\u{2011}' => text.push('-'),
            _ if character.is_whitespace() => text.push(' '),
            _ if refused_character(character.encode_utf8(&mut [0; 4])).is_some() => {}
            _ => text.push(character),
        }
    }
    text.truncate(text.trim_end().len());
    if !SPACED.is_match(&text) {
        return text;
    }
    SPACED
        .replace_all(&text, |found: &regex::Captures<'_>| {
            found
                .get(0)
                .map_or("", |whole| whole.as_str())
                .split(' ')
                .collect::<String>()
        })
        .into_owned()
}

/// Marks headers and footers: the same line, but for its digits, at the same edge of several pages, and what stands
/// over the first § of a page where that looks like a letterhead.
fn mark_running(lines: &mut [Line]) {
    let mut pages: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        if !line.is_blank() {
            pages.entry(line.page).or_default().push(index);
        }
    }
    let key = |index: usize| -> Option<String> {
        let words = lines.get(index)?.words().to_lowercase();
        let is_text = parts::label(&words).is_some()
            || sections::starts_with_heading(&words)
            || parts::begins_decision(&words);
        let digitless = |found: char| if found.is_ascii_digit() { '0' } else { found };
        (!is_text).then(|| words.chars().map(digitless).collect())
    };
    let mut seen: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
    for (page, indexes) in &pages {
        let edges = indexes.iter().take(HEADER_LINES);
        let edges = edges.chain(indexes.iter().rev().take(FOOTER_LINES));
        for key in edges.filter_map(|index| key(*index)) {
            seen.entry(key).or_default().insert(*page);
        }
    }
    let repeats = |index: &&usize| {
        let key = key(**index);
        key.is_some_and(|key| {
            // A page number of its own is no text, wherever it stands.
            !key.chars().any(char::is_alphabetic)
                || seen.get(&key).is_some_and(|pages| pages.len() > 1)
        })
    };
    let mut running: Vec<usize> = Vec::new();
    for indexes in pages.values() {
        let top = indexes.iter().take(HEADER_LINES).take_while(repeats);
        let bottom = indexes.iter().rev().take(FOOTER_LINES).take_while(repeats);
        running.extend(top.chain(bottom));
        running.extend(letterhead(lines, indexes));
    }
    // Without form feeds headers stand between other lines: the same columns again.
    let mut columns: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, line) in lines.iter().enumerate() {
        if line.text.contains(HEADER_GAP)
            && LETTERHEAD.is_match(&line.text)
            && let Some(key) = key(index)
        {
            columns.entry(key).or_default().push(index);
        }
    }
    let again = columns.into_values().filter(|indexes| indexes.len() > 1);
    running.extend(again.flatten());
    for index in running {
        if let Some(line) = lines.get_mut(index) {
            line.is_running = true;
        }
    }
    for line in lines {
        line.is_running |= FURNITURE.is_match(&line.text);
    }
}

/// Returns the lines over a page's first § where all of them look like a letterhead.
fn letterhead(lines: &[Line], indexes: &[usize]) -> Vec<usize> {
    let mut head = Vec::new();
    for index in indexes.iter().take(LETTERHEAD_LINES) {
        let Some(line) = lines.get(*index) else {
            return Vec::new();
        };
        let words = line.words();
        if sections::starts_with_heading(&words) {
            let is_named = head
                .iter()
                .filter_map(|index| lines.get(*index))
                .any(|line: &Line| LETTERHEAD.is_match(&line.text));
            return if is_named { head } else { Vec::new() };
        }
        let cells = line.cells();
        let is_sentence = words.ends_with('.')
            || cells
                .iter()
                .any(|cell| cell.text.chars().count() > LETTERHEAD_CELL_CHARS)
            || parts::label(&words).is_some();
        if is_sentence {
            return Vec::new();
        }
        head.push(*index);
    }
    Vec::new()
}

static SPACED: LazyLock<Regex> = LazyLock::new(|| super::pattern(r"(?:\b[\p{L}]\b ){3,}\b\p{L}\b"));

static FURNITURE: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)^\s*(?:(?:justerandes?|justerares?|justeras?|ordförandes?)?\s*sign(?:atur|aturer|\.)?\s*:?\s*(?:utdragsbestyrkande.*)?$|utdragsbestyrkande\s*:?\s*$|(?:sida|sidan|sid)\s*:?\s*\d+|\d+\s*[(\[]\s*\d+\s*[)\]]\s*$)",
    )
});

static LETTERHEAD: LazyLock<Regex> = LazyLock::new(|| {
    super::pattern(
        r"(?i)protokoll|sammanträde|styrelse|nämnd|fullmäktige|utskott|direktion|kommun|\bstad\b|region",
    )
});

/// A gap between a header's columns.
const HEADER_GAP: &str = "    ";
/// A gap of so many spaces parts columns.
const COLUMN_GAP: usize = 2;
/// A year's minutes of a council are under two megabytes.
const MAX_TEXT_BYTES: usize = 8 << 20;
/// The same in lines.
const MAX_LINES: usize = 200_000;
/// A paragraph without line ends fits.
const MAX_LINE_BYTES: usize = 20_000;
/// How many lines at a page's top may be its header.
const HEADER_LINES: usize = 12;
/// How many lines at a page's bottom may be its footer.
const FOOTER_LINES: usize = 8;
/// How many lines over a § may be a letterhead.
const LETTERHEAD_LINES: usize = 16;
/// A longer cell is a sentence.
const LETTERHEAD_CELL_CHARS: usize = 80;
