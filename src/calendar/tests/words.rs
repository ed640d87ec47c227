//! What people write, and what they are told when it is no day.

use super::*;

fn told(error: &ParseError) -> String {
    format!("{error} ({})", error.hint())
}

#[test]
fn days_are_read() {
    for text in [
        "2024-03-01",
        "2024\u{2011}03\u{2011}01",
        "2024\u{2013}03\u{2013}01",
        "  2024-3-1 ",
        "1 mars 2024",
        "den 1 mars 2024",
        "Den\u{a0}1 MARS 2024",
        "01 mar. 2024",
        "1 March 2024",
    ] {
        assert_eq!(parse_day("start", text), Ok(day("2024-03-01")), "{text}");
    }
}

#[test]
fn what_is_no_day_is_told_with_the_field() {
    let errors: Vec<_> = [
        "2025-02-29",
        "2024-13-01",
        "2024-00-10",
        "2024-04-00",
        "31 juni 2024",
        "31 June 2024",
        "1 mars 24",
        "01-03-2024",
        "1/3 2024",
        "20240301",
        "0024-03-01",
        "+024-03-01",
        "２０２４-03-01",
        "",
        "i morgon",
        "2024-03-01T12:00",
    ]
    .iter()
    .map(|text| told(&parse_day("start", text).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    start: 2025-02 has no day 29, in "2025-02-29" (the last day of that month is 2025-02-28)
    start: there is no month 13, in "2024-13-01" (months are 01 to 12, between the year and the day)
    start: there is no month 0, in "2024-00-10" (months are 01 to 12, between the year and the day)
    start: 2024-04 has no day 0, in "2024-04-00" (the last day of that month is 2024-04-30)
    start: 2024-06 has no day 31, in "31 juni 2024" (the last day of that month is 2024-06-30)
    start: 2024-06 has no day 31, in "31 June 2024" (the last day of that month is 2024-06-30)
    start: this is no day, in "1 mars 24" (write it as 2024-03-01)
    start: this is no day, in "01-03-2024" (write it as 2024-03-01)
    start: this is no day, in "1/3 2024" (write it as 2024-03-01)
    start: this is no day, in "20240301" (write it as 2024-03-01)
    start: the year 24 is not within 1900 to 9999, in "0024-03-01" (write it as 2024-03-01)
    start: this is no day, in "+024-03-01" (write it as 2024-03-01)
    start: this is no day, in "２０２４-03-01" (write it as 2024-03-01)
    start: this is no day, in "" (write it as 2024-03-01)
    start: this is no day, in "i morgon" (write it as 2024-03-01)
    start: this is no day, in "2024-03-01T12:00" (write it as 2024-03-01)
    "#);
}

#[test]
fn a_personal_number_is_never_told_again() {
    let error = parse_day("start", "19121212-1212").unwrap_err();
    assert!(!told(&error).contains("1212-1212"), "{error}");
    let error = parse_length("notice", "191212121212").unwrap_err();
    assert!(!told(&error).contains("12121212"), "{error}");
}

#[test]
fn much_text_is_cut() {
    let error = parse_day("start", &"2".repeat(100_000)).unwrap_err();
    assert!(told(&error).len() < 200, "{error}");
}

#[test]
fn stretches_are_read() {
    let wanted = Stretch::new(day("2024-03-01"), day("2025-12-31"));
    for text in [
        "2024-03-01 – 2025-12-31",
        "2024\u{2011}03\u{2011}01 – 2025\u{2011}12\u{2011}31",
        "2024-03-01–2025-12-31",
        "2024-03-01--2025-12-31",
        "2024-03-01..2025-12-31",
        "2024-03-01/2025-12-31",
        "2024-03-01 t.o.m. 2025-12-31",
        "från och med 1 mars 2024 till och med 31 december 2025",
        "1 mars 2024 – 31 december 2025",
    ] {
        assert_eq!(parse_stretch("term", text).ok(), wanted, "{text}");
    }
    let errors: Vec<_> = [
        "2024-03-01",
        "2025-12-31 – 2024-03-01",
        "2024-03-01 – 2025-02-29",
        "2024-03-01 – ",
        "2024-03-01 – 2025-12-31 – 2026-01-01",
    ]
    .iter()
    .map(|text| told(&parse_stretch("term", text).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    term: these are not two days, in "2024-03-01" (write it as 2024-03-01 – 2025-12-31)
    term: the last day, 2024-03-01, comes before the first, 2025-12-31, in "2025-12-31 – 2024-03-01" (write the first day first)
    term: 2025-02 has no day 29, in "2024-03-01 – 2025-02-29" (the last day of that month is 2025-02-28)
    term: these are not two days, in "2024-03-01 –" (write it as 2024-03-01 – 2025-12-31)
    term: this is no day, in "2024-03-01 – 2025-12-31 – 2026-01-01" (write it as 2024-03-01)
    "#);
}

#[test]
fn instants_are_read() {
    for (text, wanted) in [
        ("2024-12-31T23:59:59+01:00", "2024-12-31T22:59:59+00:00"),
        ("2024-12-31T23:59:59", "2024-12-31T22:59:59+00:00"),
        ("2024-12-31 23:59", "2024-12-31T22:59:00+00:00"),
        ("2024-07-01 12:00", "2024-07-01T10:00:00+00:00"),
        ("2024-12-31T22:59:59Z", "2024-12-31T22:59:59+00:00"),
        ("2024-12-31T22:59+01:00", "2024-12-31T21:59:00+00:00"),
    ] {
        let found = parse_instant("received", text).map(|instant| instant.to_rfc3339());
        assert_eq!(found.as_deref(), Ok(wanted), "{text}");
    }
    let errors: Vec<_> = [
        "2024-12-31",
        "2024-12-31T25:00",
        "2024-02-30T12:00",
        "2024-12-31T12:00+25:00",
        "2024-12-31x12:00",
        "åååååååååååå",
        "2026-03-29 02:30",
        "2026-10-25 02:30",
    ]
    .iter()
    .map(|text| told(&parse_instant("received", text).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    received: this is no time of a day, in "2024-12-31" (write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in 2024-12-31T22:59:59Z)
    received: this is no time of a day, in "2024-12-31T25:00" (write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in 2024-12-31T22:59:59Z)
    received: 2024-02 has no day 30, in "2024-02-30T12:00" (the last day of that month is 2024-02-29)
    received: this is no time of a day, in "2024-12-31T12:00+25:00" (write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in 2024-12-31T22:59:59Z)
    received: this is no time of a day, in "2024-12-31x12:00" (write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in 2024-12-31T22:59:59Z)
    received: this is no time of a day, in "åååååååååååå" (write it as 2024-12-31T23:59:59 in Swedish time, or with an offset as in 2024-12-31T22:59:59Z)
    received: 2026-03-29 02:30:00 never came in Sweden, as clocks were put forward that night, in "2026-03-29 02:30" (perhaps 2026-03-29T03:30:00+02:00 is meant)
    received: 2026-10-25 02:30:00 came twice in Sweden, as clocks were put back that night, in "2026-10-25 02:30" (give the offset as well: 2026-10-25T02:30:00+02:00 or 2026-10-25T02:30:00+01:00)
    "#);
}

#[test]
fn lengths_are_read() {
    for (text, wanted) in [
        ("12m", Length::Months(12)),
        ("2y", Length::Months(24)),
        ("2 år", Length::Months(24)),
        ("12 månader", Length::Months(12)),
        ("90d", Length::Days(90)),
        ("3 veckor", Length::Weeks(3)),
    ] {
        assert_eq!(parse_length("notice", text), Ok(wanted), "{text}");
    }
    let errors: Vec<_> = [
        "12",
        "m",
        "-1m",
        "1.5y",
        "12 moons",
        "4294967295y",
        "99999999999m",
    ]
    .iter()
    .map(|text| told(&parse_length("notice", text).unwrap_err()))
    .collect();
    insta::assert_snapshot!(errors.join("\n"), @r#"
    notice: this is no length of time, in "12" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "m" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "-1m" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "1.5y" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "12 moons" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "4294967295y" (write it as 12m or 12 months; d, w, m and y are units)
    notice: this is no length of time, in "99999999999m" (write it as 12m or 12 months; d, w, m and y are units)
    "#);
}
