//! Tests of local accords, of amounts and how they are divided, and of days of follow-up.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

const ACCORD: &str = r#"schema = 1
version = "1.0"
status = "adopted"
dated = 2026-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "joint" }
binds = { rule = "all" }
relation = { kind = "under", agreement = "county", version = "1.0" }
parties = { codes = ["1443", "14"] }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = []
values = { days = 2 }

[accord]
from = 2026-03-01
budget = "480000,01"
services = [
    { name = "Öppen förskola", party = "1443" },
    { name = "Barnhälsovård", party = "14" },
]
adds_to = { lokala-tider = "tider" }
"#;

const COUNTY: &str = r#"schema = 1
version = "1.0"
status = "adopted"
dated = 2024-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "bilateral", with = "14" }
binds = { rule = "pairwise" }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = []
least = { days = 2 }

[accords]
services = ["Barnhälsovård", "Mödrahälsovård", "Öppen förskola"]
required = ["Barnhälsovård"]
"#;

fn wrong(from: &str, to: &str) -> String {
    assert!(ACCORD.contains(from), "{from}");
    manifest(&ACCORD.replacen(from, to, 1))
        .unwrap_err()
        .to_string()
}

#[test]
fn an_accord_is_read_and_written() {
    let read = manifest(ACCORD).unwrap();
    let accord = read.accord.clone().unwrap();
    assert_eq!(accord.services.len(), 2);
    assert_eq!(accord.budget.unwrap().ore(), 48_000_001);
    assert_eq!(accord.from.unwrap().to_string(), "2026-03-01");
    let county = manifest(COUNTY).unwrap();
    assert_eq!(county.least["days"], 2);
    assert_eq!(county.accords.unwrap().required.len(), 1);
}

#[test]
fn an_accord_that_contradicts_itself_is_told_with_its_line() {
    let told = [
        wrong("    { name = \"Barnhälsovård\", party = \"14\" },\n", ""),
        wrong("\"Barnhälsovård\", party", "\"öppen Förskola\", party"),
        wrong("party = \"14\" },\n]", "party = \"1480\" },\n]"),
        wrong(
            "relation = { kind = \"under\", agreement = \"county\", version = \"1.0\" }\n",
            "",
        ),
        wrong("budget = \"480000,01\"", "budget = \"480000,012\""),
        wrong(
            "[accord]\n",
            "[term]\nstart = 2026-03-01\nend = 2026-12-31\nnotice_months = 3\nprolongation_months = 0\nprolongation = \"none\"\n\n[accord]\n",
        ),
        wrong("lokala-tider = \"tider\"", "lokala-tider = \"Öppet\""),
        manifest(&COUNTY.replace(
            "required = [\"Barnhälsovård\"]",
            "required = [\"Barnvård\"]",
        ))
        .unwrap_err()
        .to_string(),
    ];
    insta::assert_snapshot!(told.join("\n"), @r#"
    version.toml:19: the accord has 1 of at least 2 services
    version.toml:19: service "öppen Förskola" is given twice
    version.toml:19: service "Barnhälsovård" is of 1480, which codes of [parties] does not name
    version.toml:15: [accord] stands without [relation] kind = "under"
    version.toml:18: an amount has at most two decimals, in "480000,012"; write it as 1234567,89
    version.toml:24: [accord] is from 2026-03-01 and [term] starts 2026-03-01: an accord with a term of its own needs no from
    version.toml:23: "Öppet" is no clause: expected a lower-case letter, then up to 59 of a-z, 0-9 and -
    version.toml:16: [accords] requires "Barnvård", which is not among its services
    "#);
}

fn places(ids: &[&str]) -> BTreeMap<String, ClausePlace> {
    let place = |(index, id): (usize, &&str)| {
        let place = ClausePlace {
            file: format!("clauses/{index}.typ"),
            line: 1,
        };
        ((*id).to_owned(), place)
    };
    ids.iter().enumerate().map(place).collect()
}

fn taken(accord: &str, parties: &[&str], clauses: &[&str]) -> String {
    let (own, above) = (manifest(accord).unwrap(), manifest(COUNTY).unwrap());
    let codes = |codes: &[&str]| -> BTreeSet<PartyCode> {
        codes.iter().map(|code| code.parse().unwrap()).collect()
    };
    let own_clauses = places(clauses);
    let above_clauses = places(&["parter", "tider"]);
    let found = taken_away(
        &Side {
            agreement: &"county-1443-a".parse().unwrap(),
            manifest: &own,
            parties: &codes(parties),
            clauses: &own_clauses,
            file: "accord/version.toml",
            text: accord,
        },
        &Side {
            agreement: &"county".parse().unwrap(),
            manifest: &above,
            parties: &codes(&["1440", "1443", "14"]),
            clauses: &above_clauses,
            file: "county/version.toml",
            text: COUNTY,
        },
    );
    let told = |problem: &SourceError| {
        format!(
            "{problem} ({})",
            problem.hint.as_deref().unwrap_or_default()
        )
    };
    found.iter().map(told).collect::<Vec<_>>().join("\n")
}

#[test]
fn an_accord_adds_and_takes_nothing_away() {
    let parties = ["1443", "14"];
    let clauses = ["lokala-parter", "lokala-tider"];
    assert_eq!(taken(ACCORD, &parties, &clauses), "");
    let more = ACCORD.replace("days = 2", "days = 3");
    assert_eq!(taken(&more, &parties, &clauses), "");
    let silent = ACCORD.replace("days = 2", "other = 1");
    assert_eq!(taken(&silent, &parties, &clauses), "");

    let less = ACCORD
        .replace("days = 2", "days = 1")
        .replace("\"Öppen förskola\", party", "\"Fritidsgård\", party")
        .replace("\"Barnhälsovård\", party", "\"Mödrahälsovård\", party")
        .replace("{ lokala-tider = \"tider\" }", "{ tiderna = \"öppet\" }")
        .replace("öppet", "oppet");
    insta::assert_snapshot!(taken(&less, &["1443", "1480", "14"], &["parter", "lokala-tider"]), @r#"
    accord/version.toml: party 1480 is not a party to county 1.0 ([parties] in county/version.toml says who is)
    clauses/0.typ:1: clause <parter> has the name of a clause of county 1.0, clauses/0.typ:1, and would replace it (name it otherwise, and say under [accord] adds_to = { NAME = "parter" } what it adds to)
    accord/version.toml: value days is 1, less than the 2 of county 1.0 ([least] in county/version.toml says so; an accord may give more)
    accord/version.toml:23: adds_to names the clause <tiderna>, which the accord does not have (the name stands after the clause's heading)
    accord/version.toml:23: <tiderna> adds to <oppet>, a clause that county 1.0 does not have (the clauses of county 1.0 are listed in county/version.toml)
    accord/version.toml:19: service "Fritidsgård" is none of those that county 1.0 knows: "Barnhälsovård", "Mödrahälsovård", "Öppen förskola" ([accords] in county/version.toml says which)
    accord/version.toml:19: service "Barnhälsovård" does not take part, without which county 1.0 knows no accord ([accords] in county/version.toml says which)
    "#);
    let word = ACCORD.replace("days = 2", "days = \"två\"");
    insta::assert_snapshot!(taken(&word, &parties, &clauses), @r#"accord/version.toml: value days is "två", less than the 2 of county 1.0 ([least] in county/version.toml says so; an accord may give more)"#);
}

#[test]
fn amounts_are_read_as_people_write_them() {
    let ore = |text: &str| text.parse::<Amount>().unwrap().ore();
    for text in [
        "1234567,89",
        "1 234 567,89",
        "1\u{a0}234\u{a0}567,89 kr",
        "1\u{202f}234\u{202f}567.89",
        " 1234567.89kr ",
        "1234567,89\u{a0}kr",
    ] {
        assert_eq!(ore(text), 123_456_789, "{text:?}");
    }
    assert_eq!(ore("0"), 0);
    assert_eq!(ore("12,5"), 1250);
    assert_eq!(ore("92233720368547758,07"), i64::MAX);
    let told: Vec<_> = [
        "",
        "  kr",
        "-1",
        "\u{2212}1",
        "1,234",
        "1.234.567",
        "12 34",
        "1234 567",
        "1,",
        ",5",
        "1e6",
        "٣",
        "92233720368547758,08",
        "99999999999999999999",
    ]
    .iter()
    .map(|text| text.parse::<Amount>().unwrap_err().to_string())
    .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    the amount is empty, in ""; write it as 1234567,89
    the amount is empty, in "  kr"; write it as 1234567,89
    an amount cannot be negative, in "-1"; write it as 1234567,89
    an amount cannot be negative, in "−1"; write it as 1234567,89
    an amount has at most two decimals, in "1,234"; write it as 1234567,89
    this is no amount, in "1.234.567"; write it as 1234567,89
    this is no amount, in "12 34"; write it as 1234567,89
    this is no amount, in "1234 567"; write it as 1234567,89
    this is no amount, in "1,"; write it as 1234567,89
    this is no amount, in ",5"; write it as 1234567,89
    this is no amount, in "1e6"; write it as 1234567,89
    this is no amount, in "٣"; write it as 1234567,89
    the amount is too large, in "92233720368547758,08"; write it as 1234567,89
    the amount is too large, in "99999999999999999999"; write it as 1234567,89
    "#);
    let shown = "1234567,05".parse::<Amount>().unwrap();
    assert_eq!(shown.to_string(), "1\u{a0}234\u{a0}567,05");
    assert_eq!(String::from(shown), "1234567,05");
}

fn services(parties: &[u8]) -> Vec<Service> {
    let service = |(index, party): (usize, &u8)| Service {
        name: format!("Verksamhet {index}").parse().unwrap(),
        party: party.to_string().parse().unwrap(),
    };
    parties.iter().enumerate().map(service).collect()
}

#[test]
fn a_remainder_falls_on_the_first_services_and_says_so() {
    let amount = "100,00".parse().unwrap();
    let found = shares(amount, &services(&[14, 14, 43])).unwrap();
    assert_eq!(found.remainder_ore, 1);
    let parts: Vec<_> = found
        .services
        .iter()
        .map(|share| share.amount.ore())
        .collect();
    assert_eq!(parts, [3334, 3333, 3333]);
    let bears: Vec<_> = found
        .services
        .iter()
        .map(|share| share.bears_remainder)
        .collect();
    assert_eq!(bears, [true, false, false]);
    let parties: Vec<_> = found
        .parties
        .iter()
        .map(|share| (share.party.as_str(), share.parts, share.amount.ore()))
        .collect();
    assert_eq!(parties, [("14", 2, 6667), ("43", 1, 3333)]);
    assert!(shares(amount, &[]).is_none());
}

proptest! {
    #[test]
    fn shares_are_exact_and_equal(ore in 0..=i64::MAX, parties in prop::collection::vec(0_u8..6, 1..40)) {
        let services = services(&parties);
        let found = shares(Amount::from_ore(ore).unwrap(), &services).unwrap();
        let parts: Vec<i64> = found.services.iter().map(|share| share.amount.ore()).collect();
        prop_assert_eq!(parts.iter().map(|part| i128::from(*part)).sum::<i128>(), i128::from(ore));
        let sums = found.parties.iter().map(|share| i128::from(share.amount.ore()));
        prop_assert_eq!(sums.sum::<i128>(), i128::from(ore));
        let (least, most) = (parts.iter().min().unwrap(), parts.iter().max().unwrap());
        prop_assert!(most - least <= 1);
        // The first ones bear it, in the order given.
        prop_assert!(parts.is_sorted_by(|a, b| a >= b));
        let bearers = found.services.iter().filter(|share| share.bears_remainder).count();
        prop_assert_eq!(bearers, found.remainder_ore);
        for (share, service) in found.services.iter().zip(&services) {
            prop_assert_eq!(&share.party, &service.party);
            prop_assert_eq!(&share.name, &service.name);
        }
        let count: usize = found.parties.iter().map(|share| share.parts).sum();
        prop_assert_eq!(count, services.len());
    }

    #[test]
    fn amounts_come_back_from_their_text(ore in 0..=i64::MAX) {
        let amount = Amount::from_ore(ore).unwrap();
        prop_assert_eq!(amount.to_string().parse::<Amount>().unwrap(), amount);
        prop_assert_eq!(String::from(amount).parse::<Amount>().unwrap(), amount);
    }

    #[test]
    fn no_amount_is_too_much(text in ".{0,30}") {
        drop(text.parse::<Amount>());
    }
}

#[test]
fn days_of_follow_up_are_days_of_every_year() {
    let of = |text: &str, year| {
        let day: MonthDay = text.parse().unwrap();
        day.of_year(year).unwrap().to_string()
    };
    assert_eq!(of("03-31", 2026), "2026-03-31");
    assert_eq!(of("02-29", 2026), "2026-02-28");
    assert_eq!(of("02-29", 2028), "2028-02-29");
    for text in [
        "02-30",
        "06-31",
        "13-01",
        "00-01",
        "3-31",
        "2026-03-31",
        "31 mars",
        "",
    ] {
        let error = text.parse::<MonthDay>().unwrap_err().to_string();
        assert!(
            error.contains(&format!("{text:?} is no day of every year")),
            "{error}"
        );
    }
    let follow_up = |lines: &str| {
        let text = COUNTY.replace(
            "[accords]",
            &format!("[term]\nstart = 2024-03-01\nend = 2025-12-31\nnotice_months = 12\nprolongation_months = 24\nprolongation = \"repeated\"\n\n[[follow_up]]\ntitle = \"Rapport\"\n{lines}\n[accords]"),
        );
        manifest(&text)
    };
    assert_eq!(
        follow_up("every_year = \"03-31\"\n")
            .unwrap()
            .follow_up
            .len(),
        1
    );
    let told = [
        follow_up(""),
        follow_up("every_year = \"03-31\"\nmonths_before_notice = 3\n"),
        follow_up("months_before_notice = 0\n"),
        follow_up("months_before_notice = 99999\n"),
        follow_up("every_year = \"06-31\"\n"),
        manifest(&COUNTY.replace(
            "[accords]",
            "[[follow_up]]\ntitle = \"Rapport\"\nevery_year = \"03-31\"\n\n[accords]",
        )),
    ]
    .map(|read| read.unwrap_err().to_string());
    insta::assert_snapshot!(told.join("\n"), @r#"
    version.toml:21: follow-up "Rapport" says neither every_year nor months_before_notice
    version.toml:21: follow-up "Rapport" says both every_year and months_before_notice
    version.toml:21: follow-up "Rapport" has months_before_notice 0, which is the last day for notice itself
    version.toml:21: follow-up "Rapport" has months_before_notice beyond a hundred years
    version.toml:23: "06-31" is no day of every year: expected month and day, e.g. 03-31
    version.toml:14: follow-up "Rapport" has no [term] in which it could be due
    "#);
}
