//! What changed that no page shows.

use super::*;

fn unseen(old: &Bundle, new: &Bundle) -> Vec<String> {
    let text = notation(&redline_between(old, new));
    text.lines()
        .filter(|line| line.starts_with('!'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_setting_that_differs_is_told_by_its_key() {
    let clause = "= Syfte <syfte>\n\nText.\n";
    let old = bundle(
        clause,
        "1.0",
        "decision = { kommun = \"kommunstyrelsen\" }\nvalues = { days = 5 }\n",
    );
    let new = bundle(
        clause,
        "1.1",
        "decision = { kommun = \"kommunfullmäktige\" }\nvalues = { days = 6, place = \"Ale\" }\n\
         relation = { kind = \"replaces\", version = \"1.0\" }\n\
         term = { start = 2024-03-01, end = 2025-12-31, notice_months = 12, prolongation_months = 24, prolongation = \"once\" }\n",
    );
    assert_eq!(
        unseen(&old, &new),
        [
            "! setting decision.kommun: kommunstyrelsen → kommunfullmäktige",
            "! setting relation.kind: – → replaces",
            "! setting relation.version: – → 1.0",
            "! setting term.end: – → 2025-12-31",
            "! setting term.notice_months: – → 12",
            "! setting term.prolongation: – → once",
            "! setting term.prolongation_months: – → 24",
            "! setting term.start: – → 2024-03-01",
            "! setting values.days: 5 → 6",
            "! setting values.place: – → Ale",
        ]
    );
}

#[test]
fn a_seat_is_told_by_its_party_and_role() {
    let clause = "= Syfte <syfte>\n\nText.\n";
    let old = bundle(clause, "1.0", "");
    let text = String::from_utf8(old.files()["version.toml"].clone()).unwrap();
    let text = text.replace("title = \"Ordförande\" }", "title = \"Ordföranden\" }, { party_kind = \"kommun\", role = \"director\", title = \"Direktör\" }");
    let mut files = old.files().clone();
    files.insert("version.toml".to_owned(), text.into_bytes());
    files.insert("shared/fonts/a.ttf".to_owned(), b"a font".to_vec());
    let new = Bundle::thaw(files).unwrap();
    let found = unseen(&old, &new);
    assert_eq!(
        found[..3],
        [
            "! setting seats: kommun-chair → kommun-chair, kommun-director",
            "! setting seats.kommun-chair.title: Ordförande → Ordföranden",
            "! setting seats.kommun-director.title: – → Direktör",
        ]
    );
    assert!(
        found[3].starts_with("! shared_file shared/fonts/a.ttf: "),
        "{found:?}"
    );
    assert_eq!(found.len(), 4);
}

#[test]
fn parties_and_the_agreement_s_name_are_told_by_value() {
    let clause = "= Syfte <syfte>\n\nText.\n";
    let old = bundle(clause, "1.0", "");
    let files = old.files().clone();
    let freeze = |name: &str, party: &str| {
        let mut files = files.clone();
        let text = String::from_utf8(files["agreement.toml"].clone()).unwrap();
        files.insert(
            "agreement.toml".to_owned(),
            text.replace("\"Prov\"", name).into_bytes(),
        );
        Bundle::freeze("", files, &[Party::parse("a.toml", party).unwrap()]).unwrap()
    };
    let renamed = PARTY.replace("Exempelby kommun", "Exempelby stad");
    assert_eq!(
        unseen(&old, &freeze("\"Försök\"", &renamed)),
        [
            "! setting agreement.name: Prov → Försök",
            "! setting agreement.short_name: Prov → Försök",
            "! setting parties.9901: Exempelby kommun → Exempelby stad",
        ]
    );
    let other = PARTY
        .replace("9901", "9902")
        .replace("Exempelby kommun", "Provköping");
    assert_eq!(
        unseen(&old, &freeze("\"Prov\"", &other)),
        [
            "! setting parties.9901: Exempelby kommun → –",
            "! setting parties.9902: – → Provköping",
        ]
    );
}

#[test]
fn the_same_text_published_twice_differs_in_nothing_but_its_number() {
    let clause = "= Syfte <syfte>\n\nText.\n";
    let (old, new) = (bundle(clause, "1.0", ""), bundle(clause, "1.1", ""));
    let redline = redline_between(&old, &new);
    // The number stands in version.toml, and nothing else differs.
    assert_eq!(redline.unseen.len(), 1);
    assert_eq!(redline.unseen[0].place, "version.toml");
    assert!(redline_between(&old, &old).is_empty());
}

#[test]
fn whatever_is_edited_is_noticed() {
    let before = "= Syfte <syfte>\n\n+ Kommunen *ska* betala 12 kr. // fråga Anna\n\n#v(3mm)\n";
    let edits = [
        before.replace("ska", "får"),
        before.replace("*ska*", "ska"),
        before.replace("12 kr", "12~kr"),
        before.replace("12", "012"),
        before.replace("3mm", "4mm"),
        before.replace(" // fråga Anna", ""),
        before.replace("<syfte>", "<mal>"),
        before.replace("+ Komm", "- Komm"),
        before.replace("= Syfte", "= Syften"),
    ];
    let old = bundle(before, "1.0", "");
    for edited in edits {
        let redline = redline_between(&old, &bundle(&edited, "1.0", ""));
        assert!(!redline.is_empty(), "{edited}");
    }
}

#[test]
fn numbers_and_days_are_the_same_however_they_are_written() {
    let told = |old: &str, new: &str| {
        let clause = |words: &str| format!("= Syfte <syfte>\n\nDet gäller {words} i länet.\n");
        let redline = redline_of(&clause(old), &clause(new));
        redline
            .unseen
            .iter()
            .map(|unseen| unseen.kind)
            .collect::<Vec<_>>()
    };
    for (old, new) in [
        ("1000", "1 000"),
        ("1 000", "1~000"),
        ("012", "12"),
        ("2024-03-01", "1 mars 2024"),
        ("den 1 mars 2024", "2024-03-01"),
        ("01 mars 2024", "1 mars 2024"),
        ("12,50", "12,5"),
    ] {
        assert_eq!(told(old, new), [UnseenKind::NumberFormat], "{old} → {new}");
    }
    for (old, new) in [
        ("12", "tolv"),
        ("12", "13"),
        ("1 000", "10 000"),
        ("2024-03-01", "1 mars 2025"),
        ("12,5", "125"),
        ("1 mars", "2 mars"),
    ] {
        assert_eq!(told(old, new), [], "{old} → {new}");
    }
    for (old, new) in [
        ("vård och stöd", "vård~och stöd"),
        ("vård - stöd", "vård -- stöd"),
        ("vårdstöd", "vård-?stöd"),
    ] {
        assert_eq!(told(old, new), [UnseenKind::Spacing], "{old} → {new}");
    }
}

#[test]
fn the_json_says_what_it_is_and_tells_each_clause() {
    let redline = redline_of(
        "= Syfte <syfte>\n\n+ Ett två tre.\n",
        "= Mål <mal>\n\n+ Fyra.\n\n= Syfte <syfte>\n\n+ Ett två fyra tre.\n",
    );
    let json = serde_json::to_value(redline.report()).unwrap();
    assert_eq!(json["schema"], "sigill-redline-1");
    assert_eq!(json["old"]["version"], "0.9");
    assert_eq!(json["summary"][0]["happened"], serde_json::json!(["added"]));
    assert_eq!(
        json["summary"][1],
        serde_json::json!({
            "id": "syfte", "old_number": "§\u{a0}1", "new_number": "§\u{a0}2", "title": "Syfte",
            "happened": ["changed", "renumbered"], "inserted_words": 1, "deleted_words": 0,
            "moved_blocks": 0,
        })
    );
    let block = &json["clauses"][1]["blocks"][1];
    assert_eq!(block["old_label"], "1.1");
    assert_eq!(block["new_label"], "2.1");
    assert_eq!(
        block["kind"],
        serde_json::json!({ "is": "item", "depth": 1, "is_numbered": true })
    );
    assert_eq!(block["fate"], serde_json::json!({ "is": "kept" }));
    assert_eq!(block["pieces"][1]["change"], "inserted");
    assert_eq!(block["pieces"][1]["text"], "fyra ");
}

#[test]
fn a_paragraph_that_moved_is_no_word_put_in_or_taken_away() {
    let first =
        "+ Parterna ska varje år i mars möta varandra och tala om det som har hänt under året.\n";
    let (second, third) = (
        "+ Regionen betalar hyran för lokalen och lämnar en räkning i slutet av varje månad.\n",
        "+ Kommunen svarar för all städning och för det kaffe som bjuds på öppna förskolan.\n",
    );
    let clause = |paragraphs: [&str; 3]| format!("= Syfte <syfte>\n\n{}", paragraphs.concat());
    let summary = |new: [&str; 3]| {
        redline_of(&clause([first, second, third]), &clause(new))
            .summary()
            .remove(0)
    };
    let moved = summary([third, first, second]);
    assert_eq!(
        (
            moved.inserted_words,
            moved.deleted_words,
            moved.moved_blocks
        ),
        (0, 0, 1)
    );
    let edited = third.replace("kaffe", "te");
    let moved = summary([&edited, first, second]);
    assert_eq!(
        (
            moved.inserted_words,
            moved.deleted_words,
            moved.moved_blocks
        ),
        (1, 1, 1)
    );
}

#[test]
fn a_number_that_was_set_otherwise_changes_its_clause() {
    let happened = |old: &str, new: &str| {
        let clause = |items: &str| format!("= Syfte <syfte>\n\n{items}\n");
        redline_of(&clause(old), &clause(new))
            .summary()
            .remove(0)
            .happened
    };
    assert_eq!(
        happened("+ Ett\n3. Alfa", "+ Ett\n4. Alfa"),
        [Happening::Changed]
    );
    assert_eq!(
        happened("#enum(start: 3)[Alfa]", "#enum(start: 4)[Alfa]"),
        [Happening::Changed]
    );
    // Another number of the clause itself is no such change.
    let before = "= Syfte <syfte>\n\n+ Ett\n+ Två\n";
    let redline = redline_of(before, &format!("= Mål <mal>\n\nTre.\n\n{before}"));
    assert_eq!(redline.summary()[1].happened, [Happening::Renumbered]);
}

#[test]
fn each_of_two_days_with_the_same_title_is_told() {
    let clause = "= Syfte <syfte>\n\nText.\n";
    let days = |first: &str, last: &str| {
        let term = "term = { start = 2024-03-01, end = 2025-12-31, notice_months = 12, prolongation_months = 24, prolongation = \"once\" }\n";
        format!(
            "{term}follow_up = [{{ title = \"Rapport\", every_year = \"{first}\" }}, {{ title = \"Rapport\", every_year = \"{last}\" }}]\n"
        )
    };
    let old = bundle(clause, "1.0", &days("05-01", "10-01"));
    let new = bundle(clause, "1.0", &days("06-01", "10-01"));
    let told = unseen(&old, &new);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("05-01 → 06-01"), "{told:?}");
}
