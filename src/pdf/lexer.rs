//! Bytes to tokens (ISO 32000-2 §7.2, §7.3).

use std::borrow::Cow;

use super::Error;
use super::object::Name;

/// A place in the file from which tokens are taken.
///
/// Invariant: `at` never passes the end of `data`.
#[derive(Clone, Debug)]
pub(super) struct Lexer<'a> {
    data: &'a [u8],
    at: usize,
}

/// A number as the file writes it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number<'a> {
    /// Without a decimal point.
    Integer(i64),
    /// With one.
    Real(&'a str),
}

impl<'a> Lexer<'a> {
    pub(super) fn new(data: &'a [u8], at: usize) -> Self {
        Self {
            data,
            at: at.min(data.len()),
        }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Returns the bytes that are not taken yet.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.data.get(self.at..).unwrap_or_default()
    }

    /// Returns the bytes from an earlier place up to here.
    pub(super) fn written_since(&self, start: usize) -> &'a [u8] {
        self.data.get(start..self.at).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.data.get(self.at).copied()
    }

    /// Passes over `count` bytes, at most to the end.
    pub(super) fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count).min(self.data.len());
    }

    /// Takes the next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.rest().get(..count)?;
        self.skip(count);
        Some(taken)
    }

    /// Takes these bytes if they are next.
    pub(super) fn eat(&mut self, bytes: &[u8]) -> bool {
        let found = self.rest().starts_with(bytes);
        if found {
            self.skip(bytes.len());
        }
        found
    }

    /// Takes one end-of-line marker: CR LF, LF, or CR.
    pub(super) fn eat_line_end(&mut self) -> bool {
        self.eat(b"\r\n") || self.eat(b"\n") || self.eat(b"\r")
    }

    /// Passes over white space.
    pub(super) fn skip_white(&mut self) {
        let count = self
            .rest()
            .iter()
            .take_while(|byte| is_white(**byte))
            .count();
        self.skip(count);
    }

    /// Passes over white space and comments.
    pub(super) fn skip_space(&mut self) {
        loop {
            self.skip_white();
            if self.peek() != Some(b'%') {
                return;
            }
            self.skip_line();
        }
    }

    /// Passes over the rest of the line, up to its end-of-line marker.
    pub(super) fn skip_line(&mut self) {
        let rest = self.rest();
        let count = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        self.skip(count);
    }

    /// Takes a keyword that a regular character does not continue.
    pub(super) fn eat_keyword(&mut self, keyword: &[u8]) -> bool {
        let before = self.at;
        if self.eat(keyword) && !self.peek().is_some_and(is_regular) {
            return true;
        }
        self.at = before;
        false
    }

    /// Takes a keyword or tells what was wanted.
    pub(super) fn keyword(&mut self, keyword: &'static str) -> Result<(), Error> {
        if self.eat_keyword(keyword.as_bytes()) {
            Ok(())
        } else {
            Err(self.expected(keyword))
        }
    }

    /// Takes digits as a number, or leaves everything as it was.
    pub(super) fn eat_unsigned(&mut self) -> Option<u64> {
        let before = self.at;
        let mut value: u64 = 0;
        while let Some(digit @ b'0'..=b'9') = self.peek() {
            let sum = value
                .checked_mul(10)
                .and_then(|tens| tens.checked_add(u64::from(digit.saturating_sub(b'0'))));
            let Some(sum) = sum else {
                self.at = before;
                return None;
            };
            value = sum;
            self.skip(1);
        }
        (self.at > before).then_some(value)
    }

    /// Takes a number.
    pub(super) fn number(&mut self) -> Result<Number<'a>, Error> {
        let is_part = |byte: &&u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.');
        let count = self.rest().iter().take_while(is_part).count();
        let digits = self.rest().get(..count).unwrap_or_default();
        let follows = self.rest().get(count).copied();
        let text = std::str::from_utf8(digits).unwrap_or_default();
        // Only the syntax of ISO 32000-2 §7.3.3 is let through: no exponent, one sign, one point.
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let lawful = !unsigned.contains(['+', '-']) && unsigned.contains(|c: char| c != '.');
        if !lawful || follows.is_some_and(is_regular) {
            return Err(self.expected("a number"));
        }
        let number = match unsigned.split('.').count() {
            1 => text
                .parse()
                .map(Number::Integer)
                .map_err(|_| self.expected("a smaller number"))?,
            2 => Number::Real(text),
            _ => return Err(self.expected("a number")),
        };
        self.skip(count);
        Ok(number)
    }

    /// Takes a name.
    pub(super) fn name(&mut self) -> Result<Name<'a>, Error> {
        if !self.eat(b"/") {
            return Err(self.expected("a name"));
        }
        let count = self
            .rest()
            .iter()
            .take_while(|byte| is_regular(**byte))
            .count();
        let written = self.take(count).unwrap_or_default();
        if !written.contains(&b'#') {
            return Ok(Cow::Borrowed(written));
        }
        let mut decoded = Vec::with_capacity(written.len());
        let mut bytes = written.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte != b'#' {
                decoded.push(byte);
                continue;
            }
            let pair = bytes
                .next()
                .and_then(hex_value)
                .zip(bytes.next().and_then(hex_value));
            let Some((high, low)) = pair else {
                return Err(self.expected("two hexadecimal digits after # in a name"));
            };
            decoded.push(high << 4 | low);
        }
        Ok(Cow::Owned(decoded))
    }

    /// Takes a string in parentheses.
    pub(super) fn literal_string(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        if !self.eat(b"(") {
            return Err(self.expected("a string"));
        }
        let plain = |byte: &&u8| !matches!(byte, b'(' | b')' | b'\\' | b'\r');
        let count = self.rest().iter().take_while(plain).count();
        if self.rest().get(count) == Some(&b')') {
            let bytes = self.take(count).unwrap_or_default();
            self.skip(1);
            return Ok(Cow::Borrowed(bytes));
        }
        let mut decoded = Vec::new();
        let mut open: usize = 1;
        while let Some(byte) = self.peek() {
            self.skip(1);
            match byte {
                b'(' => open = open.saturating_add(1),
                b')' => {
                    open = open.saturating_sub(1);
                    if open == 0 {
                        return Ok(Cow::Owned(decoded));
                    }
                }
                b'\\' => {
                    decoded.extend(self.escape());
                    continue;
                }
                // A bare end of line in a string reads as LF (ISO 32000-2 §7.3.4.2).
                b'\r' => {
                    self.eat(b"\n");
                    decoded.push(b'\n');
                    continue;
                }
                _ => {}
            }
            decoded.push(byte);
        }
        Err(self.expected("the end of a string"))
    }

    /// Takes what follows a reverse solidus in a string.
    fn escape(&mut self) -> Option<u8> {
        if self.eat_line_end() {
            return None;
        }
        let byte = self.peek()?;
        if !matches!(byte, b'0'..=b'7') {
            self.skip(1);
            return Some(match byte {
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'b' => 8,
                b'f' => 12,
                other => other,
            });
        }
        let mut value: u8 = 0;
        for _ in 0..3 {
            let Some(digit @ b'0'..=b'7') = self.peek() else {
                break;
            };
            // High-order overflow is ignored (ISO 32000-2 Table 3).
            value = value
                .wrapping_mul(8)
                .wrapping_add(digit.saturating_sub(b'0'));
            self.skip(1);
        }
        Some(value)
    }

    /// Takes a string in angle brackets.
    pub(super) fn hex_string(&mut self) -> Result<Cow<'a, [u8]>, Error> {
        if !self.eat(b"<") {
            return Err(self.expected("a hexadecimal string"));
        }
        let mut decoded = Vec::new();
        let mut half: Option<u8> = None;
        while let Some(byte) = self.peek() {
            match (hex_value(byte), half) {
                (Some(low), Some(high)) => {
                    decoded.push(high << 4 | low);
                    half = None;
                }
                (Some(high), None) => half = Some(high),
                (None, _) if is_white(byte) => {}
                (None, _) if byte == b'>' => {
                    self.skip(1);
                    // A last single digit counts as if 0 followed (ISO 32000-2 §7.3.4.3).
                    decoded.extend(half.map(|high| high << 4));
                    return Ok(Cow::Owned(decoded));
                }
                (None, _) => return Err(self.expected("a hexadecimal digit")),
            }
            self.skip(1);
        }
        Err(self.expected("the end of a hexadecimal string"))
    }

    pub(super) fn expected(&self, expected: &'static str) -> Error {
        Error::Damaged {
            at: self.at,
            expected,
        }
    }
}

fn hex_value(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Tells whether a byte is white space (ISO 32000-2 Table 1).
pub(super) fn is_white(byte: u8) -> bool {
    matches!(byte, 0 | 9 | 10 | 12 | 13 | 32)
}

/// Tells whether a byte is neither white space nor a delimiter (ISO 32000-2 Table 2).
pub(super) fn is_regular(byte: u8) -> bool {
    !is_white(byte)
        && !matches!(
            byte,
            b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
        )
}
