//! Values of DER, read one by one as they came (X.690 §8.1 and §10.1).

/// One value: its tag, what it holds, and all of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) value: &'a [u8],
    pub(super) whole: &'a [u8],
}

/// The values in another, from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Element<'a> {
    /// Reads the first value and returns what follows it; nothing for long tags, and for lengths
    /// that are not as short as can be.
    pub(super) fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (tag, rest) = bytes.split_first()?;
        let (first, rest) = rest.split_first()?;
        if tag & 0x1F == 0x1F {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7F => (usize::from(*first), rest),
            0x81..=0x84 => {
                let (octets, rest) = rest.split_at_checked(usize::from(first & 0x7F))?;
                let length = octets.iter().try_fold(0_usize, |length, octet| {
                    length.checked_mul(256)?.checked_add(usize::from(*octet))
                })?;
                let is_shortest = length >= 0x80 && octets.first() != Some(&0);
                (is_shortest.then_some(length)?, rest)
            }
            _ => return None,
        };
        let (value, rest) = rest.split_at_checked(length)?;
        let whole = bytes.get(..bytes.len().checked_sub(rest.len())?)?;
        let element = Self {
            tag: *tag,
            value,
            whole,
        };
        Some((element, rest))
    }

    /// Reads bytes that are one value of that tag.
    pub(super) fn only(bytes: &'a [u8], tag: u8) -> Option<Self> {
        let (element, rest) = Self::first(bytes)?;
        (element.tag == tag && rest.is_empty()).then_some(element)
    }

    /// Returns the values in it.
    pub(super) fn elements(self) -> Elements<'a> {
        Elements(self.value)
    }

    /// Returns all values in it; nothing if it holds something else.
    pub(super) fn all(self) -> Option<Vec<Self>> {
        let mut elements = self.elements();
        let mut all = Vec::new();
        while !elements.is_finished() {
            all.push(elements.next()?);
        }
        Some(all)
    }
}

impl<'a> Elements<'a> {
    /// Takes the next value.
    pub(super) fn next(&mut self) -> Option<Element<'a>> {
        let (element, rest) = Element::first(self.0)?;
        self.0 = rest;
        Some(element)
    }

    /// Takes the next value, which has to have that tag.
    pub(super) fn take(&mut self, tag: u8) -> Option<Element<'a>> {
        self.next().filter(|element| element.tag == tag)
    }

    /// Takes the next value if it has that tag.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) {
            return self.next();
        }
        None
    }

    /// Tells whether there are no more.
    pub(super) fn is_finished(&self) -> bool {
        self.0.is_empty()
    }
}

pub(super) const CONTEXT_0: u8 = 0xA0;
pub(super) const CONTEXT_1: u8 = 0xA1;
pub(super) const GENERALIZED_TIME: u8 = 0x18;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;
pub(super) const UTC_TIME: u8 = 0x17;
