//! Tokens to objects, within limits.

use std::borrow::Cow;
use std::ops::Range;

use super::Error;
use super::irregularity::{IrregularityKind, Note};
use super::lexer::{Lexer, Number, is_regular, is_white};
use super::object::{Dict, Name, Object, Reference, Stream};

/// How what is not lawful is met.
pub(super) enum Reading<'n> {
    /// It is an error.
    Strict,
    /// It is noted and passed over, where other readers do so.
    Tolerant(&'n mut Vec<Note>),
}

impl Reading<'_> {
    /// Notes what is irregular, or refuses it.
    fn pass(
        &mut self,
        at: usize,
        kind: impl FnOnce() -> IrregularityKind,
        error: impl FnOnce() -> Error,
    ) -> Result<(), Error> {
        match self {
            Reading::Strict => Err(error()),
            Reading::Tolerant(notes) => {
                let kind = kind();
                // Once an object is enough; an object full of junk must not be told a million times.
                if notes.len() < MAX_NOTES && notes.iter().all(|note| note.kind != kind) {
                    notes.push(Note { at, kind });
                }
                Ok(())
            }
        }
    }
}

/// Takes one direct object.
pub(super) fn object_in<'a>(
    lexer: &mut Lexer<'a>,
    reading: &mut Reading<'_>,
) -> Result<Object<'a>, Error> {
    let mut parser = Parser {
        lexer: lexer.clone(),
        parts: 0,
        reading,
    };
    let object = parser.object(0);
    // How far it came counts, also after an error.
    *lexer = parser.lexer;
    object
}

/// Takes one dictionary.
pub(super) fn dict<'a>(lexer: &mut Lexer<'a>) -> Result<Dict<'a>, Error> {
    dict_in(lexer, &mut Reading::Strict)
}

/// Takes one dictionary.
pub(super) fn dict_in<'a>(
    lexer: &mut Lexer<'a>,
    reading: &mut Reading<'_>,
) -> Result<Dict<'a>, Error> {
    let expected = lexer.expected("a dictionary");
    match object_in(lexer, reading)? {
        Object::Dict(dict) => Ok(dict),
        _ => Err(expected),
    }
}

/// Takes one dictionary and returns where its values stand, each from its first byte to just past
/// its last, in the order of the file.
pub(super) fn value_places<'a>(
    lexer: &mut Lexer<'a>,
) -> Result<Vec<(Name<'a>, Range<usize>)>, Error> {
    let mut notes = Vec::new();
    let mut parser = Parser {
        lexer: lexer.clone(),
        parts: 0,
        reading: &mut Reading::Tolerant(&mut notes),
    };
    let mut places = Vec::new();
    parser.lexer.skip_space();
    if parser.lexer.eat(b"<<") {
        parser.entries(0, |name, _, place| places.push((name, place)))?;
    }
    *lexer = parser.lexer;
    Ok(places)
}

/// Takes `n g obj`.
pub(super) fn head(
    lexer: &mut Lexer<'_>,
    reference: Reference,
    reading: &mut Reading<'_>,
) -> Result<(), Error> {
    let start = lexer.clone();
    if lexer.peek().is_some_and(is_white) && matches!(reading, Reading::Tolerant(_)) {
        lexer.skip_white();
        reading.pass(
            start.at(),
            || IrregularityKind::ObjectSpace,
            || start.expected("an object"),
        )?;
    }
    if any_head(lexer) != Some(reference) {
        *lexer = start;
        return Err(lexer.expected("the head of the object that the table places here"));
    }
    Ok(())
}

/// Takes `n g obj`, whatever its number.
pub(super) fn any_head(lexer: &mut Lexer<'_>) -> Option<Reference> {
    let number = u32::try_from(lexer.eat_unsigned()?).ok()?;
    lexer.skip_space();
    let generation = u16::try_from(lexer.eat_unsigned()?).ok()?;
    lexer.skip_space();
    lexer
        .eat_keyword(b"obj")
        .then_some(Reference { number, generation })
}

/// Takes `n g obj … endobj`, from its number to its last keyword.
///
/// `length` gives a stream's length where the file refers to another object for it.
pub(super) fn indirect<'a>(
    lexer: &mut Lexer<'a>,
    reference: Reference,
    length: impl FnOnce(Reference) -> Result<usize, Error>,
) -> Result<Object<'a>, Error> {
    indirect_in(lexer, reference, length, &mut Reading::Strict)
}

/// Takes `n g obj … endobj`, from its number to its last keyword.
///
/// `length` gives a stream's length where the file refers to another object for it.
pub(super) fn indirect_in<'a>(
    lexer: &mut Lexer<'a>,
    reference: Reference,
    length: impl FnOnce(Reference) -> Result<usize, Error>,
    reading: &mut Reading<'_>,
) -> Result<Object<'a>, Error> {
    head(lexer, reference, reading)?;
    lexer.skip_space();
    let mut found = if matches!(reading, Reading::Tolerant(_)) && lexer.eat_keyword(b"endobj") {
        // An object without a value reads as null elsewhere.
        reading.pass(
            lexer.at(),
            || IrregularityKind::Junk,
            || lexer.expected("an object"),
        )?;
        return Ok(Object::Null);
    } else {
        object_in(lexer, reading)?
    };
    lexer.skip_space();
    if let Object::Dict(dict) = found {
        found = if lexer.eat_keyword(b"stream") {
            Object::Stream(stream(lexer, dict, length, reading)?)
        } else {
            Object::Dict(dict)
        };
    }
    let end = lexer.clone();
    lexer.skip_space();
    if !lexer.eat_keyword(b"endobj") {
        let wrong = lexer.clone();
        reading.pass(
            wrong.at(),
            || IrregularityKind::ObjectEnd,
            || wrong.expected("endobj"),
        )?;
        *lexer = end;
    }
    Ok(found)
}

/// Takes a stream's bytes, after its first keyword.
fn stream<'a>(
    lexer: &mut Lexer<'a>,
    dict: Dict<'a>,
    length: impl FnOnce(Reference) -> Result<usize, Error>,
    reading: &mut Reading<'_>,
) -> Result<Stream<'a>, Error> {
    // ISO 32000-2 §7.3.8.1: CR LF or LF, never CR alone.
    if !lexer.eat(b"\r\n") && !lexer.eat(b"\n") {
        let wrong = || lexer.expected("an end of line after stream");
        reading.pass(lexer.at(), || IrregularityKind::Junk, wrong)?;
        while lexer.eat(b" ") {}
        lexer.eat_line_end();
    }
    let start = lexer.clone();
    let wrong = || start.expected("a stream as long as its dictionary says");
    let length = match dict.value("Length") {
        Some(Object::Integer(length)) => usize::try_from(*length).map_err(|_| wrong()),
        Some(Object::Reference(reference)) => length(*reference),
        _ => Err(wrong()),
    };
    let data = length.and_then(|length| lexer.take(length).ok_or_else(wrong));
    let found = data.and_then(|data| {
        lexer.skip_white();
        lexer
            .eat_keyword(b"endstream")
            .then_some(data)
            .ok_or_else(wrong)
    });
    let error = match found {
        Ok(data) => return Ok(Stream { dict, data }),
        Err(error) => error,
    };
    reading.pass(
        start.at(),
        || IrregularityKind::StreamLength,
        || error.clone(),
    )?;
    *lexer = start;
    let count = memchr::memmem::find(lexer.rest(), b"endstream").ok_or(error)?;
    let data = lexer.take(count).unwrap_or_default();
    lexer.skip(b"endstream".len());
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    let data = data.strip_suffix(b"\r").unwrap_or(data);
    Ok(Stream { dict, data })
}

struct Parser<'a, 'r, 'n> {
    lexer: Lexer<'a>,
    /// How many values have been read so far.
    parts: usize,
    reading: &'r mut Reading<'n>,
}

impl<'a> Parser<'a, '_, '_> {
    fn object(&mut self, depth: usize) -> Result<Object<'a>, Error> {
        if depth > MAX_NESTING {
            return Err(Error::TooMany {
                what: "levels of nesting",
                limit: MAX_NESTING,
            });
        }
        self.parts = self.parts.saturating_add(1);
        if self.parts > MAX_PARTS {
            return Err(Error::TooMany {
                what: "values in one object",
                limit: MAX_PARTS,
            });
        }
        self.lexer.skip_space();
        match self.lexer.peek() {
            Some(b'/') => self.name().map(Object::Name),
            Some(b'(') => self.lexer.literal_string().map(Object::String),
            Some(b'<') if self.lexer.eat(b"<<") => self.dict(depth).map(Object::Dict),
            Some(b'<') => self.hex_string().map(Object::String),
            Some(b'[') => self.array(depth),
            Some(b'0'..=b'9' | b'+' | b'-' | b'.') => self.number(),
            _ if self.lexer.eat_keyword(b"true") => Ok(Object::Bool(true)),
            _ if self.lexer.eat_keyword(b"false") => Ok(Object::Bool(false)),
            _ if self.lexer.eat_keyword(b"null") => Ok(Object::Null),
            _ => Err(self.lexer.expected("an object")),
        }
    }

    fn array(&mut self, depth: usize) -> Result<Object<'a>, Error> {
        self.lexer.skip(1);
        let mut items = Vec::new();
        loop {
            self.lexer.skip_space();
            if self.lexer.eat(b"]") {
                return Ok(Object::Array(items));
            }
            if !self.pass_junk("an object")? {
                items.push(self.object(depth.saturating_add(1))?);
            }
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Dict<'a>, Error> {
        let mut dict = Dict::default();
        self.entries(depth, |name, value, _| dict.push(name, value))?;
        if let Some(key) = dict.repeated_key() {
            let key = key.get(..MAX_KEY_BYTES).unwrap_or(key);
            let key = String::from_utf8_lossy(key).into_owned();
            let at = self.lexer.at();
            self.reading.pass(
                at,
                || IrregularityKind::DuplicateKey { key: key.clone() },
                || Error::DuplicateKey {
                    at,
                    key: key.clone(),
                },
            )?;
        }
        Ok(dict)
    }

    /// Takes what is between `<<` and `>>`, and the latter.
    fn entries(
        &mut self,
        depth: usize,
        mut take: impl FnMut(Name<'a>, Object<'a>, Range<usize>),
    ) -> Result<(), Error> {
        loop {
            self.lexer.skip_space();
            if self.lexer.eat(b">>") {
                return Ok(());
            }
            if self.lexer.peek() != Some(b'/') && self.pass_junk("a name")? {
                continue;
            }
            let key = self.name()?;
            self.lexer.skip_space();
            let start = self.lexer.at();
            if self.lexer.rest().starts_with(b">>") {
                let wrong = || self.lexer.expected("an object");
                self.reading.pass(start, || IrregularityKind::Junk, wrong)?;
                continue;
            }
            let value = self.object(depth.saturating_add(1))?;
            take(key, value, start..self.lexer.at());
        }
    }

    /// Passes over one word that begins no object; a file that ends, or an object's end, is no
    /// such word.
    fn pass_junk(&mut self, expected: &'static str) -> Result<bool, Error> {
        if matches!(self.reading, Reading::Strict) {
            return Ok(false);
        }
        let count = self.lexer.rest().iter();
        let count = count.take_while(|byte| is_regular(**byte)).count();
        let word = self.lexer.rest().get(..count).unwrap_or_default();
        let wanted = expected == "an object";
        let is_fine = match self.lexer.peek() {
            None | Some(b'>') => true,
            Some(b'/' | b'(' | b'<' | b'[' | b'0'..=b'9' | b'+' | b'-' | b'.') => wanted,
            _ => matches!(word, b"true" | b"false" | b"null") && wanted,
        };
        if is_fine || matches!(word, b"endobj" | b"stream" | b"endstream" | b"obj") {
            return Ok(false);
        }
        self.parts = self.parts.saturating_add(1);
        if self.parts > MAX_PARTS {
            return Ok(false);
        }
        let at = self.lexer.at();
        let wrong = || self.lexer.expected(expected);
        self.reading.pass(at, || IrregularityKind::Junk, wrong)?;
        self.lexer.skip(count.max(1));
        Ok(true)
    }

    /// Takes a name; one with a wrong `#` is taken as it is written.
    fn name(&mut self) -> Result<Name<'a>, Error> {
        let start = self.lexer.at();
        let error = match self.lexer.name() {
            Ok(name) => return Ok(name),
            Err(error) => error,
        };
        let written = self.lexer.written_since(start);
        let written = written.strip_prefix(b"/").ok_or_else(|| error.clone())?;
        self.reading
            .pass(start, || IrregularityKind::Junk, || error)?;
        Ok(Name::Borrowed(written))
    }

    /// Takes a string in angle brackets; what is no digit is passed over.
    fn hex_string(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        let start = self.lexer.clone();
        let error = match self.lexer.hex_string() {
            Ok(bytes) => return Ok(bytes),
            Err(error) => error,
        };
        let at = start.at();
        self.reading
            .pass(at, || IrregularityKind::Junk, || error.clone())?;
        let end = memchr::memchr(b'>', start.rest()).ok_or(error)?;
        let written = start.rest().get(..=end).unwrap_or_default();
        let is_digit = |byte: &u8| byte.is_ascii_hexdigit() || matches!(byte, b'<' | b'>');
        let digits: Vec<u8> = written.iter().copied().filter(is_digit).collect();
        self.lexer = start;
        self.lexer.skip(end.saturating_add(1));
        let decoded = Lexer::new(&digits, 0).hex_string();
        Ok(Cow::Owned(decoded?.into_owned()))
    }

    /// Takes a number, or the reference that a number begins.
    fn number(&mut self) -> Result<Object<'a>, Error> {
        let start = self.lexer.at();
        let error = match self.lexer.number() {
            Ok(Number::Integer(value)) => {
                return Ok(self
                    .reference(value)
                    .map_or(Object::Integer(value), Object::Reference));
            }
            Ok(Number::Real(text)) => return Ok(Object::Real(text)),
            Err(error) => error,
        };
        // What looks like a number and is none has no value.
        self.reading
            .pass(start, || IrregularityKind::Junk, || error)?;
        let count = self.lexer.rest().iter();
        let count = count.take_while(|byte| is_regular(**byte)).count();
        self.lexer.skip(count.max(1));
        Ok(Object::Null)
    }

    fn reference(&mut self, number: i64) -> Option<Reference> {
        let number = u32::try_from(number).ok()?;
        let mut ahead = self.lexer.clone();
        ahead.skip_space();
        let generation = u16::try_from(ahead.eat_unsigned()?).ok()?;
        ahead.skip_space();
        ahead.eat_keyword(b"R").then(|| {
            self.lexer = ahead;
            Reference { number, generation }
        })
    }
}

/// Irregularities that are told of one object.
const MAX_NOTES: usize = 64;

/// Bytes of a key that are told (ISO 19005-3 §6.1.13).
const MAX_KEY_BYTES: usize = 127;

/// Levels of arrays and dictionaries in one another; Typst writes fewer than ten.
const MAX_NESTING: usize = 64;

/// Values in one object; a copy for hundreds of parties has some ten thousand in its largest.
const MAX_PARTS: usize = 250_000;
