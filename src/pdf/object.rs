//! The values a PDF is made of (ISO 32000-2 §7.3), borrowed from the file where they can be.

use std::borrow::Cow;

use chrono::{DateTime, Duration, NaiveDateTime, Utc};

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub enum Object<'a> {
    /// `[…]`
    Array(Vec<Object<'a>>),
    /// `true`, `false`
    Bool(bool),
    /// `<<…>>`
    Dict(Dict<'a>),
    /// A number without a decimal point.
    Integer(i64),
    /// `/…`, decoded.
    Name(Name<'a>),
    /// `null`
    Null,
    /// A number with a decimal point, as written.
    Real(&'a str),
    /// `n g R`
    Reference(Reference),
    /// A dictionary with bytes; only an indirect object can be one.
    Stream(Stream<'a>),
    /// `(…)` or `<…>`, decoded.
    String(Cow<'a, [u8]>),
}

/// The bytes of a name, without the solidus and with `#xx` decoded.
pub type Name<'a> = Cow<'a, [u8]>;

/// An indirect object's number and generation.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Reference {
    /// The object's number.
    pub number: u32,
    /// The generation, 0 unless the number was freed and used again.
    pub generation: u16,
}

/// A stream's dictionary and its bytes as they stand in the file.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream<'a> {
    /// The dictionary.
    pub dict: Dict<'a>,
    /// The bytes as written, filters not undone.
    pub data: &'a [u8],
}

/// A dictionary that keeps the order of its keys.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict<'a> {
    entries: Vec<(Name<'a>, Object<'a>)>,
}

impl<'a> Dict<'a> {
    /// Nothing.
    pub(super) const EMPTY: Self = Self {
        entries: Vec::new(),
    };

    /// Returns the value of a key; an explicit `null` counts as absent (ISO 32000-2 §7.3.7).
    pub fn value(&self, key: &str) -> Option<&Object<'a>> {
        self.entries
            .iter()
            .find(|(name, _)| name.as_ref() == key.as_bytes())
            .map(|(_, value)| value)
            .filter(|value| !matches!(value, Object::Null))
    }

    /// Tells whether the key has this name as its direct value.
    pub fn is(&self, key: &str, name: &str) -> bool {
        matches!(self.value(key), Some(Object::Name(found)) if found.as_ref() == name.as_bytes())
    }

    /// Sets a key in its place, or at the end.
    pub(super) fn set(&mut self, key: &'a str, value: Object<'a>) {
        let found = self
            .entries
            .iter_mut()
            .find(|(name, _)| name.as_ref() == key.as_bytes());
        match found {
            Some((_, place)) => *place = value,
            None => self.entries.push((Cow::Borrowed(key.as_bytes()), value)),
        }
    }

    /// Takes a key out.
    pub(super) fn remove(&mut self, key: &str) -> Option<Object<'a>> {
        let at = self
            .entries
            .iter()
            .position(|(name, _)| name.as_ref() == key.as_bytes())?;
        Some(self.entries.remove(at).1)
    }

    /// Adds an entry that the reader found; [`Dict::repeated_key`] tells afterwards if one came
    /// twice.
    pub(super) fn push(&mut self, key: Name<'a>, value: Object<'a>) {
        self.entries.push((key, value));
    }

    /// Returns a key that occurs more than once.
    pub fn repeated_key(&self) -> Option<&Name<'a>> {
        if self.entries.len() <= SMALL {
            let mut rest = self.entries.iter();
            while let Some((name, _)) = rest.next() {
                if rest.clone().any(|(other, _)| other == name) {
                    return Some(name);
                }
            }
            return None;
        }
        let mut names: Vec<&Name<'a>> = self.entries.iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names
            .iter()
            .zip(names.iter().skip(1))
            .find(|(one, next)| one == next)
            .map(|(name, _)| *name)
    }

    /// Returns the entries in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = (&Name<'a>, &Object<'a>)> {
        self.entries.iter().map(|(name, value)| (name, value))
    }
}

impl<'a> FromIterator<(&'a str, Object<'a>)> for Dict<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Object<'a>)>>(entries: I) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Cow::Borrowed(key.as_bytes()), value));
        Self {
            entries: entries.collect(),
        }
    }
}

impl<'a> Object<'a> {
    /// Makes a name of a word.
    pub(super) fn name(name: &'a str) -> Self {
        Object::Name(Cow::Borrowed(name.as_bytes()))
    }

    /// Makes a text string: as it is where it is printable ASCII, else UTF-16BE
    /// (ISO 32000-2 §7.9.2.2).
    pub(super) fn text(text: &str) -> Self {
        if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
            return Object::String(Cow::Owned(text.as_bytes().to_vec()));
        }
        let units = std::iter::once(BYTE_ORDER_MARK).chain(text.encode_utf16());
        Object::String(Cow::Owned(units.flat_map(u16::to_be_bytes).collect()))
    }

    /// Returns a number's value.
    pub fn number(&self) -> Option<f64> {
        match self {
            Object::Integer(value) => i32::try_from(*value).ok().map(f64::from),
            Object::Real(text) => text.parse().ok().filter(|value: &f64| value.is_finite()),
            _ => None,
        }
    }

    /// Returns the reference, if this is one.
    pub fn reference(&self) -> Option<Reference> {
        match self {
            Object::Reference(reference) => Some(*reference),
            _ => None,
        }
    }
}

/// Reads a text string: UTF-16BE or UTF-8 after their marks, else `PDFDocEncoding` (ISO 32000-2 §7.9.2.2).
pub fn text(bytes: &[u8]) -> String {
    if let Some(units) = bytes.strip_prefix(&BYTE_ORDER_MARK.to_be_bytes()) {
        let (pairs, odd) = units.as_chunks::<2>();
        let mut text = String::from_utf16_lossy(
            &pairs
                .iter()
                .map(|pair| u16::from_be_bytes(*pair))
                .collect::<Vec<_>>(),
        );
        if !odd.is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
        return text;
    }
    if let Some(utf8) = bytes.strip_prefix(b"\xEF\xBB\xBF") {
        return String::from_utf8_lossy(utf8).into_owned();
    }
    let character = |byte: &u8| match *byte {
        byte @ 0x18..=0x1F => named(&PDF_DOC_LOW, byte, 0x18),
        byte @ 0x80..=0xA0 => named(&PDF_DOC_HIGH, byte, 0x80),
        0x7F | 0xAD => char::REPLACEMENT_CHARACTER,
        other => char::from(other),
    };
    bytes.iter().map(character).collect()
}

/// Reads a date (ISO 32000-2 §7.9.4); where no offset from UTC is written it is taken as UTC.
pub fn date(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_prefix("D:").unwrap_or(text);
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, offset) = text.split_at_checked(digits)?;
    // From the year on, what is missing is the first of its kind.
    let padded: String = digits
        .chars()
        .chain("00000101000000".chars().skip(digits.len()))
        .collect();
    if !(4..=14).contains(&digits.len()) {
        return None;
    }
    let local = NaiveDateTime::parse_from_str(&padded, "%Y%m%d%H%M%S").ok()?;
    let mut offset = offset.chars();
    let sign = match offset.next() {
        None | Some('Z') => 0,
        Some('+') => -1,
        Some('-') => 1,
        Some(_) => return None,
    };
    let numbers: String = offset.filter(char::is_ascii_digit).collect();
    let number = |range| {
        numbers
            .get(range)
            .and_then(|digits: &str| digits.parse::<i64>().ok())
    };
    let hours = number(0..2).unwrap_or(0);
    let minutes = number(2..4)
        .unwrap_or(0)
        .saturating_add(hours.saturating_mul(60));
    let minutes = Duration::try_minutes(minutes.saturating_mul(sign))?;
    local.and_utc().checked_add_signed(minutes)
}

fn named(table: &[char], byte: u8, first: u8) -> char {
    let place = usize::from(byte.saturating_sub(first));
    table
        .get(place)
        .copied()
        .unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// `PDFDocEncoding` from 0x18 (ISO 32000-2 Table D.2).
const PDF_DOC_LOW: [char; 8] = ['˘', 'ˇ', 'ˆ', '˙', '˝', '˛', '˚', '˜'];

/// `PDFDocEncoding` from 0x80; 0x9F has no character.
const PDF_DOC_HIGH: [char; 33] = [
    '•', '†', '‡', '…', '—', '–', 'ƒ', '⁄', '‹', '›', '−', '‰', '„', '“', '”', '‘', '’', '‚', '™',
    'ﬁ', 'ﬂ', 'Ł', 'Œ', 'Š', 'Ÿ', 'Ž', 'ı', 'ł', 'œ', 'š', 'ž', '\u{FFFD}', '€',
];

const BYTE_ORDER_MARK: u16 = 0xFEFF;

/// Up to this many entries, comparing every pair is quicker than sorting.
const SMALL: usize = 16;
