//! The words for what happened.

use serde_json::Value;

use super::super::{Overview, Unseen, UnseenKind, page};
use super::by_hand::{everything, redline};
use super::cases::redlines;

#[test]
fn what_happened_is_said_clause_by_clause() {
    let overview = Overview::of(&everything());
    let lines: Vec<String> = overview
        .summary
        .iter()
        .map(|row| format!("{} → {} {}: {}", row.old, row.new, row.title, row.what))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @r"
    § 1 → § 1 Syfte och mål: Ändrad: 4 ord tillagda, 4 ord strukna, 1 stycke flyttat
    § 4 → § 2 Tvist: Flyttad, ändrad: 1 ord tillagt, 1 ord struket
    § 2 → – Gammalt: Struken
    – → § 3 Nytt: Ny
    § 3 → § 4 Tabell: Omnumrerad, ändrad: 6 ord tillagda, 6 ord strukna
    Bilaga → Bilaga Bilaga 1: Parter: Ändrad: 4 ord strukna
    ");
    insta::assert_snapshot!(overview.conclusion, @"Av 6 paragrafer och bilagor: 1 tillagd, 1 struken, 4 ändrade, 1 flyttad och 1 omnumrerad. 4 ändringar syns inte i texten.");
    let hidden: Vec<String> = overview
        .unseen
        .iter()
        .map(|it| format!("{} | {} | {} | {}", it.what, it.place, it.old, it.new))
        .collect();
    insta::assert_snapshot!(hidden.join("\n"), @r"
    Länkens mål ändrat | § 1 Syfte och mål | https://a.se | https://exempel.se/?a=1&b=2
    Hänvisningen går till en annan bestämmelse | § 1 Syfte och mål | § 3 Tabell | § 2 Tvist
    Inställning ändrad | Uppsägningstid i månader | 12 | 6
    Mellanrum eller tecken som ser likadant ut | § 4 Tabell | a[mellanslag]b | a[hårt mellanslag]b
    ");
}

#[test]
fn nothing_changed_is_said() {
    let overview = Overview::of(&redline(Vec::new(), Vec::new()));
    assert!(overview.conclusion.starts_with("Versionerna är lika"));
}

/// What is told of one party or one day of follow-up names it.
#[test]
fn a_setting_is_told_by_what_it_is_of() {
    let unseen = |place: &str| Unseen {
        kind: UnseenKind::Setting,
        place: place.to_owned(),
        old: Some("1".to_owned()),
        new: Some("2".to_owned()),
    };
    let keys = [
        "parties.14.seat",
        "parties.14",
        "follow_up.Årlig rapport.every_year",
        "follow_up.Dialog nr. 2.months_before_notice",
        "follow_up",
    ];
    let overview = Overview::of(&redline(Vec::new(), keys.map(unseen).to_vec()));
    let told: Vec<(&str, &str)> = overview
        .unseen
        .iter()
        .map(|it| (it.place.as_str(), it.key.as_str()))
        .collect();
    let places = [
        "Part 14: uppgift seat",
        "Parter",
        "Uppföljning: Årlig rapport",
        "Uppföljning: Dialog nr. 2",
        "Uppföljning",
    ];
    let expected: Vec<(&str, &str)> = places.into_iter().zip(keys).collect();
    assert_eq!(told, expected);
}

/// However many paragraphs a cell has, the cells of a row fill the columns of its table.
#[test]
fn the_cells_of_a_row_fill_its_columns() {
    let mut several = 0;
    for (name, redline) in redlines() {
        let sheet = page(&redline).unwrap();
        for table in tables(&sheet) {
            let columns = table["widths"].as_array().unwrap().len();
            let lines = ["head", "rows"].map(|lines| table[lines].as_array().unwrap());
            for line in lines.into_iter().flatten() {
                let cells = line["cells"].as_array().unwrap();
                let spans = cells.iter().map(|cell| cell["span"].as_u64().unwrap());
                assert_eq!(spans.sum::<u64>(), columns as u64, "{name}: {table:#}");
                let paragraphs = |cell: &&Value| cell["paragraphs"].as_array().unwrap().len() > 1;
                several += cells.iter().filter(paragraphs).count();
            }
        }
    }
    assert_eq!(several, 3);
}

/// Returns every table below a value.
fn tables(value: &Value) -> Vec<&Value> {
    let inner: Vec<&Value> = match value {
        Value::Array(all) => all.iter().flat_map(tables).collect(),
        Value::Object(all) => all.values().flat_map(tables).collect(),
        _ => Vec::new(),
    };
    let own = (value["is"] == "table").then_some(value);
    own.into_iter().chain(inner).collect()
}
