//! Tokens to objects, within limits.

use super::Error;
use super::lexer::{Lexer, Number};
use super::object::{Dict, Object, Reference, Stream};

/// Takes one direct object.
pub(super) fn object<'a>(lexer: &mut Lexer<'a>) -> Result<Object<'a>, Error> {
    let mut parser = Parser {
        lexer: lexer.clone(),
        parts: 0,
    };
    let object = parser.object(0)?;
    *lexer = parser.lexer;
    Ok(object)
}

/// Takes one dictionary.
pub(super) fn dict<'a>(lexer: &mut Lexer<'a>) -> Result<Dict<'a>, Error> {
    let expected = lexer.expected("a dictionary");
    match object(lexer)? {
        Object::Dict(dict) => Ok(dict),
        _ => Err(expected),
    }
}

/// Takes `n g obj … endobj`, from its number to its last keyword.
///
/// `length` gives a stream's length where the file refers to another object for it.
pub(super) fn indirect<'a>(
    lexer: &mut Lexer<'a>,
    reference: Reference,
    length: impl FnOnce(Reference) -> Result<usize, Error>,
) -> Result<Object<'a>, Error> {
    let start = lexer.clone();
    let mut head = || -> Option<Reference> {
        let number = u32::try_from(lexer.eat_unsigned()?).ok()?;
        lexer.skip_space();
        let generation = u16::try_from(lexer.eat_unsigned()?).ok()?;
        lexer.skip_space();
        lexer
            .eat_keyword(b"obj")
            .then_some(Reference { number, generation })
    };
    if head() != Some(reference) {
        return Err(start.expected("the head of the object that the table places here"));
    }
    let mut found = object(lexer)?;
    lexer.skip_space();
    if let Object::Dict(dict) = found {
        found = if lexer.eat_keyword(b"stream") {
            Object::Stream(stream(lexer, dict, length)?)
        } else {
            Object::Dict(dict)
        };
    }
    lexer.skip_space();
    lexer.keyword("endobj")?;
    Ok(found)
}

/// Takes a stream's bytes, after its first keyword.
fn stream<'a>(
    lexer: &mut Lexer<'a>,
    dict: Dict<'a>,
    length: impl FnOnce(Reference) -> Result<usize, Error>,
) -> Result<Stream<'a>, Error> {
    // ISO 32000-2 §7.3.8.1: CR LF or LF, never CR alone.
    if !lexer.eat(b"\r\n") && !lexer.eat(b"\n") {
        return Err(lexer.expected("an end of line after stream"));
    }
    let wrong = lexer.expected("a stream as long as its dictionary says");
    let length = match dict.value("Length") {
        Some(Object::Integer(length)) => usize::try_from(*length).map_err(|_| wrong.clone())?,
        Some(Object::Reference(reference)) => length(*reference)?,
        _ => return Err(wrong),
    };
    let data = lexer.take(length).ok_or_else(|| wrong.clone())?;
    lexer.skip_white();
    if lexer.eat_keyword(b"endstream") {
        Ok(Stream { dict, data })
    } else {
        Err(wrong)
    }
}

struct Parser<'a> {
    lexer: Lexer<'a>,
    /// How many values have been read so far.
    parts: usize,
}

impl<'a> Parser<'a> {
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
            Some(b'/') => self.lexer.name().map(Object::Name),
            Some(b'(') => self.lexer.literal_string().map(Object::String),
            Some(b'<') if self.lexer.eat(b"<<") => self.dict(depth).map(Object::Dict),
            Some(b'<') => self.lexer.hex_string().map(Object::String),
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
            items.push(self.object(depth.saturating_add(1))?);
        }
    }

    fn dict(&mut self, depth: usize) -> Result<Dict<'a>, Error> {
        let mut dict = Dict::default();
        loop {
            self.lexer.skip_space();
            if self.lexer.eat(b">>") {
                break;
            }
            let key = self.lexer.name()?;
            let value = self.object(depth.saturating_add(1))?;
            dict.push(key, value);
        }
        match dict.repeated_key() {
            Some(key) => Err(Error::DuplicateKey {
                at: self.lexer.at(),
                key: String::from_utf8_lossy(key).into_owned(),
            }),
            None => Ok(dict),
        }
    }

    /// Takes a number, or the reference that a number begins.
    fn number(&mut self) -> Result<Object<'a>, Error> {
        match self.lexer.number()? {
            Number::Integer(value) => Ok(self
                .reference(value)
                .map_or(Object::Integer(value), Object::Reference)),
            Number::Real(text) => Ok(Object::Real(text)),
        }
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

/// Levels of arrays and dictionaries in one another; Typst writes fewer than ten.
const MAX_NESTING: usize = 64;

/// Values in one object; a copy for hundreds of parties has some ten thousand in its largest.
const MAX_PARTS: usize = 250_000;
