//! A bare TOML date (`2024-03-01`) as a calendar day; in other formats its text.

use chrono::NaiveDate;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn deserialize<'de, D: Deserializer<'de>>(input: D) -> Result<NaiveDate, D::Error> {
    let date = toml::value::Datetime::deserialize(input)?;
    let (Some(day), None) = (date.date, date.time) else {
        return Err(D::Error::custom(format!(
            "{date} is not a date like 2024-03-01"
        )));
    };
    NaiveDate::from_ymd_opt(
        i32::from(day.year),
        u32::from(day.month),
        u32::from(day.day),
    )
    .ok_or_else(|| D::Error::custom(format!("{date} is not a day of the calendar")))
}

pub(super) fn serialize<S: Serializer>(day: &NaiveDate, output: S) -> Result<S::Ok, S::Error> {
    output.collect_str(day)
}

/// The same for a date that may be left out.
pub(super) mod optional {
    use super::{Deserializer, NaiveDate, Serializer};

    pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<NaiveDate>, D::Error> {
        super::deserialize(input).map(Some)
    }

    pub(in super::super) fn serialize<S: Serializer>(
        day: &Option<NaiveDate>,
        output: S,
    ) -> Result<S::Ok, S::Error> {
        match day {
            Some(day) => super::serialize(day, output),
            None => output.serialize_none(),
        }
    }
}
