//! Personal identity numbers found in texts, so that none leaves the office unnoticed.
//!
//! Personnummer and samordningsnummer (SFS 1990:1182; SKV 704, SKV 707): ten or twelve digits, of
//! which the first give a day and the last is a check digit. Nothing here keeps or returns one.

use std::ops::Range;

use chrono::NaiveDate;

/// Returns where personal identity numbers stand in a text, as byte ranges.
///
/// Found are `YYYYMMDDNNNN` and `YYMMDDNNNN`, also with a sign before the last four digits (a
/// hyphen, plus, dash or minus, or one space), and so inside identifiers such as
/// `PNOSE-YYYYMMDDNNNN` (ETSI EN 319 412-1 §5.1.3). The day must be one of the calendar, or one with
/// 60 added, and the check digit right. Digits that are part of a longer run count for nothing, so
/// an organisation number is none: its third digit is at least 2.
#[must_use]
pub fn personal_numbers(text: &str) -> Vec<Range<usize>> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let run = digits(bytes, at);
        if run == 0 {
            at = at.saturating_add(1);
            continue;
        }
        let end = at.saturating_add(run);
        // What follows a sign may be something else, as a year: then the run alone counts.
        let with_sign = end_with_sign(bytes, end).filter(|whole| is_found(bytes, at..*whole));
        let alone = Some(end).filter(|end| is_found(bytes, at..*end));
        if let Some(whole) = with_sign.or(alone) {
            found.push(at..whole);
            at = whole;
        } else {
            at = end;
        }
    }
    found
}

/// Returns a text without the personal identity numbers in it.
#[must_use]
pub fn without_personal_numbers(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for found in personal_numbers(text) {
        kept.push_str(text.get(from..found.start).unwrap_or_default());
        from = found.end;
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns where a sign and exactly four digits after it end.
fn end_with_sign(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    let sign = SIGNS
        .iter()
        .find(|sign| rest.starts_with(sign.as_bytes()))?;
    let from = at.checked_add(sign.len())?;
    (digits(bytes, from) == 4).then(|| from.saturating_add(4))
}

/// Tells whether the digits in a range, whatever stands between them, are a number.
fn is_found(bytes: &[u8], range: Range<usize>) -> bool {
    let digits = bytes.get(range).unwrap_or_default().iter();
    let digits: Vec<u8> = digits
        .filter(|byte| byte.is_ascii_digit())
        .map(|byte| byte.saturating_sub(b'0'))
        .collect();
    is_personal_number(&digits)
}

/// Counts the digits from a place on.
fn digits(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn is_personal_number(digits: &[u8]) -> bool {
    let (centuries, ten): (&[u8], &[u8]) = match digits.len() {
        10 => (&[], digits),
        12 => digits.split_at_checked(2).unwrap_or_default(),
        _ => return false,
    };
    let pair = |at: usize| -> Option<u32> {
        let (tens, ones) = (ten.get(at)?, ten.get(at.checked_add(1)?)?);
        u32::from(*tens)
            .checked_mul(10)?
            .checked_add(u32::from(*ones))
    };
    let (Some(year), Some(month), Some(day)) = (pair(0), pair(2), pair(4)) else {
        return false;
    };
    // SKV 707: a samordningsnummer has 60 added to its day.
    let day = if day > 60 {
        day.saturating_sub(60)
    } else {
        day
    };
    let is_day = |century: u32| {
        let year = century.saturating_mul(100).saturating_add(year);
        i32::try_from(year).is_ok_and(|year| NaiveDate::from_ymd_opt(year, month, day).is_some())
    };
    let has_day = match centuries {
        [1, 8] => is_day(18),
        [1, 9] => is_day(19),
        [2, 0] => is_day(20),
        [] => [18, 19, 20].into_iter().any(is_day),
        _ => false,
    };
    has_day && luhn(ten)
}

/// Checks the last digit: digits are weighed 2, 1, 2, …, and the digits of the products add up to a
/// multiple of ten (ISO/IEC 7812-1 annex B).
fn luhn(digits: &[u8]) -> bool {
    let weighed = digits.iter().zip([2_u32, 1].into_iter().cycle());
    let sum: u32 = weighed
        .map(|(digit, weight)| u32::from(*digit).saturating_mul(weight))
        .map(|product| (product / 10).saturating_add(product % 10))
        .fold(0, u32::saturating_add);
    sum.is_multiple_of(10)
}

/// What stands before the last four digits: by the law a hyphen or plus, in what people and
/// programs write also U+2010 to U+2013, the minus sign, and a space that may not break.
const SIGNS: [&str; 9] = [
    "-", "+", " ", "\u{A0}", "\u{2010}", "\u{2011}", "\u{2012}", "\u{2013}", "\u{2212}",
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers that the tax agency gives out for tests, and look-alikes.
    #[test]
    fn personal_numbers_are_found_and_nothing_else() {
        let found = |text: &str| -> Vec<String> {
            let ranges = personal_numbers(text).into_iter();
            ranges.map(|range| text[range].to_owned()).collect()
        };
        for text in [
            "19121212-1212",
            "191212121212",
            "121212-1212",
            "121212+1212",
            "1212121212",
            "198112289874",
            "19121212\u{2013}1212",
            "121212\u{2212}1212",
            "19121212 1212",
            "121212\u{A0}1212",
        ] {
            assert_eq!(found(text), [text], "{text}");
        }
        // Digits after a sign that are no part of it.
        assert_eq!(found("191212121212-2024"), ["191212121212"]);
        assert_eq!(found("1212121212-1234"), ["1212121212"]);
        assert_eq!(found("191212121212 1212"), ["191212121212"]);
        assert_eq!(found("2024-121212-1212"), ["121212-1212"]);
        assert_eq!(found("PNOSE-191212121212"), ["191212121212"]);
        assert_eq!(
            found("a 121212-1212, b 198112289874"),
            ["121212-1212", "198112289874"]
        );
        assert_eq!(
            found("197010632391"),
            ["197010632391"],
            "a day with 60 added"
        );
        for text in [
            "191212121213",   // check digit
            "191313121212",   // month
            "191202301212",   // 30 February
            "211212121212",   // century
            "212000-1355",    // an organisation number
            "2321000131",     // the region's
            "01912121212120", // part of a longer run
            "191212121212191212121212",
            "2024-03-01 14:05",
            "121212-12123",
            "121212  1212", // more than one space
            "121212\u{2014}1212",
            "20240301 1405",
            "",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn a_name_is_shown_without_its_number() {
        assert_eq!(
            without_personal_numbers("Prov Provsson 19121212-1212"),
            "Prov Provsson"
        );
        assert_eq!(without_personal_numbers("191212121212"), "");
        assert_eq!(
            without_personal_numbers("Åsa Ärlig-Öberg"),
            "Åsa Ärlig-Öberg"
        );
    }
}
