//! Swedish organisation numbers: form, check digit, and the list of known ones.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{InvalidId, PartyCode};

/// An organisation number, printed NNNNNN-NNNN, with a right check digit (Luhn, modulus 10).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgNumber(String);

impl fmt::Display for OrgNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for OrgNumber {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = |rule| InvalidId {
            what: "organisation number",
            value: text.chars().take(80).collect(),
            rule,
        };
        let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
        let has_form = text.len() == 11
            && digits.len() == 10
            && text
                .char_indices()
                .all(|(index, c)| (index == 6) == (c == '-'));
        // The third digit of a legal entity's number is at least 2, which tells it from a personal number.
        if !has_form || digits.get(2).is_none_or(|digit| *digit < 2) {
            return Err(invalid(
                "six digits (the third at least 2), - and four digits",
            ));
        }
        if !luhn_sum(&digits).is_multiple_of(10) {
            return Err(invalid(
                "a right check digit (the last digit does not match the others)",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

fn luhn_sum(digits: &[u32]) -> u32 {
    let weigh = |(index, digit): (usize, &u32)| {
        let product = if index % 2 == 0 { digit * 2 } else { *digit };
        product / 10 + product % 10
    };
    digits.iter().enumerate().map(weigh).sum()
}

impl TryFrom<String> for OrgNumber {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<OrgNumber> for String {
    fn from(number: OrgNumber) -> Self {
        number.0
    }
}

/// Returns the number that the shipped list has for a party code.
#[must_use]
pub fn known_org_number(code: &PartyCode) -> Option<&'static str> {
    known()
        .find(|(known_code, _, _)| *known_code == code.as_str())
        .map(|(_, number, _)| number)
}

/// Returns the name of the party that the shipped list has for a number.
#[must_use]
pub fn known_owner(number: &OrgNumber) -> Option<&'static str> {
    known()
        .find(|(_, known_number, _)| *known_number == number.0)
        .map(|(_, _, name)| name)
}

fn known() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    KNOWN.lines().skip(1).filter_map(|line| {
        let mut columns = line.splitn(3, ',');
        Some((columns.next()?, columns.next()?, columns.next()?))
    })
}

/// code, organisation number, legal name.
const KNOWN: &str = include_str!("known_parties.csv");
