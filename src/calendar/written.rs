//! A day as it stands in JSON, `2024-03-01`, made without formatting: lists of all agreements' days hold
//! hundreds of thousands.

use chrono::{Datelike as _, NaiveDate};
use serde::Serializer;

pub(super) fn serialize<S: Serializer>(day: &NaiveDate, output: S) -> Result<S::Ok, S::Error> {
    let year = u32::try_from(day.year()).ok().filter(|year| *year <= 9999);
    let text = year.and_then(|year| {
        let (month, day) = (day.month(), day.day());
        Some([
            digit(year, 1000)?,
            digit(year, 100)?,
            digit(year, 10)?,
            digit(year, 1)?,
            b'-',
            digit(month, 10)?,
            digit(month, 1)?,
            b'-',
            digit(day, 10)?,
            digit(day, 1)?,
        ])
    });
    match text.as_ref().map(|text| std::str::from_utf8(text)) {
        Some(Ok(text)) => output.serialize_str(text),
        // Years that have another number of digits.
        Some(Err(_)) | None => output.collect_str(day),
    }
}

fn digit(number: u32, unit: u32) -> Option<u8> {
    let digit = number.checked_div(unit)?.checked_rem(10)?;
    b'0'.checked_add(u8::try_from(digit).ok()?)
}
