//! Amounts of money in kronor, exact to the öre.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An amount in öre, zero or more; in files its text, `1234567,89`, on paper `1 234 567,89`.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(try_from = "String", into = "String")]
pub struct Amount(i64);

impl Amount {
    /// Returns the amount of so many öre, or `None` if they are less than none.
    #[must_use]
    pub fn from_ore(ore: i64) -> Option<Self> {
        (ore >= 0).then_some(Self(ore))
    }

    /// Returns it in öre.
    #[must_use]
    pub fn ore(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Amount {
    /// Writes it as on paper, with no-break spaces between the thousands: `1 234 567,89`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = (self.0 / ORE_IN_KRONA).to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            let left = digits.len().saturating_sub(place);
            if place > 0 && left.is_multiple_of(3) {
                text.push(NO_BREAK_SPACE);
            }
            text.push(digit);
        }
        text.push_str(&format!(",{:02}", self.0 % ORE_IN_KRONA));
        f.pad(&text)
    }
}

impl FromStr for Amount {
    type Err = RefusedAmount;

    /// Reads `1 234 567,89`, `1234567.89`, `1234567` or either with `kr` after it; any blank will do.
    fn from_str(text: &str) -> Result<Self, RefusedAmount> {
        let refused = |problem| RefusedAmount {
            problem,
            text: text.chars().take(MAX_SHOWN_CHARS).collect(),
        };
        let trimmed = text.trim();
        let number = [" kr", "\u{a0}kr", "\u{202f}kr", "kr", "SEK"]
            .iter()
            .find_map(|unit| trimmed.strip_suffix(unit))
            .unwrap_or(trimmed)
            .trim();
        if number.is_empty() {
            return Err(refused(AmountProblem::Empty));
        }
        if number.starts_with(['-', '\u{2212}', '\u{2012}', '\u{2013}']) {
            return Err(refused(AmountProblem::Negative));
        }
        let (kronor, ore) = match number.split_once([',', '.']) {
            Some((kronor, decimals)) => (kronor, decimals_of(decimals).map_err(refused)?),
            None => (number, 0),
        };
        let kronor = kronor_of(kronor).ok_or_else(|| refused(AmountProblem::NotANumber))?;
        let kronor: i64 = kronor
            .parse()
            .map_err(|_| refused(AmountProblem::TooLarge))?;
        kronor
            .checked_mul(ORE_IN_KRONA)
            .and_then(|whole| whole.checked_add(ore))
            .map(Self)
            .ok_or_else(|| refused(AmountProblem::TooLarge))
    }
}

impl TryFrom<String> for Amount {
    type Error = RefusedAmount;

    fn try_from(text: String) -> Result<Self, RefusedAmount> {
        text.parse()
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        format!("{},{:02}", amount.0 / ORE_IN_KRONA, amount.0 % ORE_IN_KRONA)
    }
}

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}, in {text:?}; write it as 1234567,89")]
pub struct RefusedAmount {
    problem: AmountProblem,
    text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum AmountProblem {
    #[error("an amount has at most two decimals")]
    Decimals,
    #[error("the amount is empty")]
    Empty,
    #[error("an amount cannot be negative")]
    Negative,
    #[error("this is no amount")]
    NotANumber,
    #[error("the amount is too large")]
    TooLarge,
}

/// Returns the digits of whole kronor, which stand together or in groups of three.
fn kronor_of(text: &str) -> Option<String> {
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut groups = text.split(is_blank);
    let first = groups.next().filter(|first| is_number(first))?;
    let mut digits = first.to_owned();
    for group in groups {
        if first.len() > 3 || group.len() != 3 || !is_number(group) {
            return None;
        }
        digits.push_str(group);
    }
    Some(digits)
}

fn decimals_of(text: &str) -> Result<i64, AmountProblem> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(AmountProblem::NotANumber);
    }
    let number = text.parse::<i64>().ok();
    match (text.len(), number) {
        (1, Some(tens)) => Ok(tens.saturating_mul(10)),
        (2, Some(ore)) => Ok(ore),
        _ => Err(AmountProblem::Decimals),
    }
}

/// Tells whether a character is a blank that may stand between thousands.
fn is_blank(c: char) -> bool {
    matches!(c, ' ' | NO_BREAK_SPACE | '\u{2009}' | '\u{202f}')
}

/// Characters of a refused text that are shown.
const MAX_SHOWN_CHARS: usize = 40;

const NO_BREAK_SPACE: char = '\u{a0}';

const ORE_IN_KRONA: i64 = 100;
