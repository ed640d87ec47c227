//! Words and marks as XML, each with what became of it.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use crate::redline::model::{Change, Marks};

/// What becomes of words, marks and rows when all changes are accepted or rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Track {
    Deleted,
    Inserted,
    Kept,
    /// Deleted here and inserted elsewhere.
    MovedFrom,
    /// Inserted here and deleted elsewhere.
    MovedTo,
}

impl Track {
    /// Returns the element around runs, or within the properties of a mark; `None` for what is kept.
    pub(super) fn element(self) -> Option<&'static str> {
        match self {
            Self::Deleted => Some("w:del"),
            Self::Inserted => Some("w:ins"),
            Self::Kept => None,
            Self::MovedFrom => Some("w:moveFrom"),
            Self::MovedTo => Some("w:moveTo"),
        }
    }
}

impl From<Change> for Track {
    fn from(change: Change) -> Self {
        match change {
            Change::Deleted => Self::Deleted,
            Change::Inserted => Self::Inserted,
            Change::Kept => Self::Kept,
        }
    }
}

/// XML that is being written, with the numbers of what it refers to.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) xml: String,
    /// The addresses that links lead to, with the numbers of their relationships.
    pub(super) links: BTreeMap<String, usize>,
    day: NaiveDate,
    /// Whether the paragraph is the second, the fourth and so on.
    is_even: bool,
    /// The number of the next change: they are told apart in the whole document.
    next: usize,
}

impl Writer {
    pub(super) fn new(dated: NaiveDate) -> Self {
        Self {
            xml: String::new(),
            links: BTreeMap::new(),
            day: dated,
            is_even: false,
            next: 1,
        }
    }

    pub(super) fn push(&mut self, xml: &str) {
        self.xml.push_str(xml);
    }

    /// Returns the attributes of a new change.
    pub(super) fn change(&mut self) -> String {
        let id = self.number();
        self.dated(id)
    }

    /// Returns the number for a new change.
    pub(super) fn number(&mut self) -> usize {
        let id = self.next;
        self.next = id.saturating_add(1);
        id
    }

    /// Returns the attributes of the change with a number.
    pub(super) fn dated(&self, id: usize) -> String {
        let (day, minutes) = (self.day, if self.is_even { "05" } else { "00" });
        format!(" w:id=\"{id}\" w:author=\"{AUTHOR}\" w:date=\"{day}T00:{minutes}:00Z\"")
    }

    /// Begins a paragraph.
    pub(super) fn paragraph(&mut self) {
        // LibreOffice takes a change at the end of a paragraph and one at the start of the next for one over the
        // mark between them, unless their times differ by more than a minute.
        self.is_even = !self.is_even;
        self.push("<w:p>");
    }

    /// Writes that a mark or a row came or went; nothing for what is kept.
    pub(super) fn mark(&mut self, track: Track) {
        if let Some(element) = track.element() {
            let change = self.change();
            self.push(&format!("<{element}{change}/>"));
        }
    }

    /// Writes words.
    pub(super) fn run(&mut self, track: Track, text: &str, marks: &Marks, old: Option<&Marks>) {
        if text.is_empty() {
            return;
        }
        let link = marks.link.as_deref().filter(|link| is_address(link));
        if let Some(link) = link {
            let known = self.links.len().saturating_add(1);
            let number = *self.links.entry(link.to_owned()).or_insert(known);
            self.push(&format!("<w:hyperlink r:id=\"link{number}\">"));
        }
        let around = track.element();
        if let Some(element) = around {
            let change = self.change();
            self.push(&format!("<{element}{change}>"));
        }
        self.push("<w:r>");
        let properties = properties(marks, link.is_some());
        let before = old.map(|old| self::properties(old, old.link.is_some()));
        if let Some(before) = before.filter(|before| *before != properties) {
            let change = self.change();
            self.push(&format!(
                "<w:rPr>{properties}<w:rPrChange{change}><w:rPr>{before}</w:rPr></w:rPrChange></w:rPr>"
            ));
        } else if !properties.is_empty() {
            self.push(&format!("<w:rPr>{properties}</w:rPr>"));
        }
        // Of words that moved away Word expects them as text (§17.13.5.22), of deleted ones as such (§17.13.5.14).
        let element = if track == Track::Deleted {
            "w:delText"
        } else {
            "w:t"
        };
        self.words(element, text);
        self.push("</w:r>");
        if let Some(element) = around {
            self.push(&format!("</{element}>"));
        }
        if link.is_some() {
            self.push("</w:hyperlink>");
        }
    }

    fn words(&mut self, element: &str, text: &str) {
        let mut rest = text;
        while !rest.is_empty() {
            let end = rest.find(['\t', '\n']).unwrap_or(rest.len());
            let (words, after) = rest.split_at(end);
            if !words.is_empty() {
                let words = escaped(words);
                self.push(&format!(
                    "<{element} xml:space=\"preserve\">{words}</{element}>"
                ));
            }
            rest = match after.chars().next() {
                Some('\t') => {
                    self.push("<w:tab/>");
                    after.get(1..).unwrap_or_default()
                }
                Some(_) => {
                    self.push("<w:br/>");
                    after.get(1..).unwrap_or_default()
                }
                None => "",
            };
        }
    }
}

/// Returns what stands in the properties of a run, in the order of ISO/IEC 29500-1 §17.3.2.28.
fn properties(marks: &Marks, is_link: bool) -> String {
    let mut properties = String::new();
    if is_link {
        properties.push_str("<w:rStyle w:val=\"Hyperlink\"/>");
    }
    if marks.strong {
        properties.push_str("<w:b/><w:bCs/>");
    }
    if marks.emphasised {
        properties.push_str("<w:i/><w:iCs/>");
    }
    properties
}

/// Tells whether a link leads to a page or a mailbox; what else a text may name is not for clicking.
fn is_address(link: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| link.starts_with(scheme))
}

/// Returns a text as it stands in XML; what XML 1.0 §2.2 cannot hold is replaced.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' => escaped.push(character),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            _ if character.is_control() => escaped.push('\u{fffd}'),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Who made the changes.
pub(super) const AUTHOR: &str = "sigill";
