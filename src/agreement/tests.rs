mod accord;
mod relation;

use proptest::prelude::*;

use super::*;

const BOLLEBYGD: &str = include_str!("../../signatories/1443-bollebygd.toml");

fn manifest(text: &str) -> Result<Manifest, SourceError> {
    Manifest::parse("version.toml", text)
}

const MANIFEST: &str = r#"schema = 1
version = "1.0"
status = "adopted"
dated = 2024-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "bilateral", with = "14" }
binds = { rule = "pairwise" }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = [
    { name = "legal_name", type = "text", printed = true },
    { name = "org_number", type = "org_number", printed = true },
    { name = "places", type = "integer", printed = false },
]
"#;

#[test]
fn organisation_numbers_have_form_and_check_digit() {
    let refused = |text: &str| text.parse::<OrgNumber>().unwrap_err().to_string();
    assert_eq!(
        "212000-2973".parse::<OrgNumber>().unwrap().to_string(),
        "212000-2973"
    );
    assert!(refused("212000-2974").contains("a right check digit"));
    for text in [
        "2120002973",
        "212000 2973",
        "21200-02973",
        "",
        "212000-297",
        "２１２０００-2973",
    ] {
        assert!(refused(text).contains("six digits"), "{text}");
    }
    // A personal number has a month in its third and fourth digit, so its third digit is 0 or 1.
    assert!(refused("811218-9876").contains("the third at least 2"));
}

#[test]
fn every_shipped_number_is_right_and_belongs_to_one_party() {
    let list = include_str!("known_parties.csv");
    let mut numbers = std::collections::BTreeSet::new();
    for line in list.lines().skip(1) {
        let number: OrgNumber = line.split(',').nth(1).unwrap().parse().unwrap();
        assert!(numbers.insert(number), "{line}");
    }
    assert_eq!(numbers.len(), 50);
}

#[test]
fn names_sort_as_swedes_sort_them() {
    let mut names = [
        "Öckerö",
        "Vänersborg",
        "Åmål",
        "Vårgårda",
        "Ale",
        "Vara",
        "Älvsbyn",
        "Essunga",
    ];
    names.sort_by(|a, b| swedish(a, b));
    assert_eq!(
        names,
        [
            "Ale",
            "Essunga",
            "Vara",
            "Vårgårda",
            "Vänersborg",
            "Åmål",
            "Älvsbyn",
            "Öckerö"
        ]
    );
}

#[test]
fn text_comes_in_as_nfc_and_without_deceiving_characters() {
    assert_eq!(clean_line("  A\u{30A}ma\u{30A}l ").unwrap(), "Åmål");
    assert_eq!(clean_line(" "), Err(RefusedText::Empty));
    assert_eq!(
        clean_line(&"a".repeat(301)),
        Err(RefusedText::TooLong { chars: 301 })
    );
    assert!(clean_line(&"å".repeat(300)).is_ok());
    let deceiving = [
        '\0',
        '\n',
        '\r',
        '\t',
        '\u{7F}',
        '\u{85}',
        '\u{AD}',
        '\u{200B}',
        '\u{200E}',
        '\u{202E}',
        '\u{2066}',
        '\u{2028}',
        '\u{FEFF}',
        '\u{E000}',
        '\u{FFFE}',
        '\u{1FFFE}',
        '\u{E0041}',
        '\u{F0000}',
        '\u{10FFFF}',
    ];
    for c in deceiving {
        let found = clean_line(&format!("ab{c}c"));
        assert_eq!(
            found,
            Err(RefusedText::Character {
                code: u32::from(c),
                position: 3
            })
        );
    }
}

#[test]
fn version_numbers_order_as_numbers() {
    let version = |text: &str| text.parse::<VersionNumber>().unwrap();
    assert!(version("1.10") > version("1.9"));
    assert!(version("2.0") > version("1.10"));
    for text in ["1", "1.0.0", "01.0", "1.00", "-1.0", "1.x", "", "99999.0"] {
        assert!(text.parse::<VersionNumber>().is_err(), "{text}");
    }
}

#[test]
fn identifiers_are_safe_in_file_names() {
    for text in ["../x", "a/b", "", "A", "1a", "å", "a b", &"a".repeat(41)] {
        assert!(text.parse::<AgreementId>().is_err(), "{text}");
    }
    for text in ["14-43", "", "../14", "1443 ", "1234567890123"] {
        assert!(text.parse::<PartyCode>().is_err(), "{text}");
    }
    assert!("1443-vice_chair".parse::<SeatId>().is_ok());
    assert!("1443.chair".parse::<SeatId>().is_err());
}

#[test]
fn copies_are_named_by_form_party_and_issue() {
    let agreement = "familjecentral".parse().unwrap();
    let version = "1.0".parse().unwrap();
    let party = "1443".parse().unwrap();
    let name =
        |form, party, issue| CopyId::new(&agreement, version, form, party, issue).to_string();
    assert_eq!(
        name(Form::Bilateral, Some(&party), 1),
        "familjecentral-1.0-b1443"
    );
    assert_eq!(
        name(Form::Counterpart, Some(&party), 2),
        "familjecentral-1.0-c1443-r2"
    );
    assert_eq!(name(Form::Joint, None, 1), "familjecentral-1.0-j");
}

#[test]
fn forms_have_their_copies() {
    let codes: Vec<PartyCode> = ["1440", "1443", "14"]
        .map(|code| code.parse().unwrap())
        .to_vec();
    let with = codes.last();
    let plans = |form| copies(form, with, &codes);
    assert_eq!(plans(Form::Bilateral).len(), 2);
    assert!(
        plans(Form::Bilateral)
            .iter()
            .all(|plan| plan.parties.get(1) == with)
    );
    assert_eq!(plans(Form::Counterpart).len(), 3);
    assert_eq!(
        plans(Form::Joint),
        [CopyPlan {
            holder: None,
            parties: codes.clone()
        }]
    );
}

#[test]
fn a_party_file_tells_what_is_wrong_and_where() {
    assert!(Party::parse("1443.toml", BOLLEBYGD).is_ok());
    let wrong = |from: &str, to: &str| {
        assert!(BOLLEBYGD.contains(from), "{from}");
        Party::parse("1443.toml", &BOLLEBYGD.replacen(from, to, 1))
            .unwrap_err()
            .to_string()
    };
    let cases = [
        (
            "212000-2973",
            "212000-2974",
            "1443.toml:7: \"212000-2974\" is no organisation number: expected a right check digit (the last digit does not match the others)",
        ),
        (
            "212000-2973",
            "212000-1561",
            "1443.toml:7: organisation number 212000-1561 of 1443 belongs to Borås kommun; the shipped list has 212000-2973",
        ),
        (
            "schema = 1",
            "schema = 2",
            "1443.toml:1: schema 2 is not known, this program reads 1",
        ),
        (
            "by = [\"countersigner\"]",
            "by = [\"cashier\"]",
            "seat countersigner may be signed by role \"cashier\", which no [[signatories]] has",
        ),
        (
            "Bollebyg",
            "Bolle\\u202Ebyg",
            "character U+202E at position 6 is not allowed in a text that is printed",
        ),
        (
            "legal_name",
            "legel_name",
            "1443.toml:4: unknown field `legel_name`",
        ),
        (
            "code = \"1443\"",
            "code = 1443",
            "1443.toml:2: invalid type: integer `1443`, expected",
        ),
        ("code = \"1443\"", "code = \"1443", "1443.toml:2: "),
    ];
    for (from, to, expected) in cases {
        let found = wrong(from, to);
        assert!(found.contains(expected), "{found}\nlacks {expected}");
    }
    assert!(
        Party::parse(
            "x",
            &BOLLEBYGD
                .replace("212000-2973", "212000-1561")
                .replace("seat =", "org_number_note = \"merged\"\nseat =")
        )
        .is_ok(),
        "a note says why the number differs"
    );
}

#[test]
fn a_version_asks_for_fields_and_gets_them_or_says_whose_is_missing() {
    let manifest = manifest(MANIFEST).unwrap();
    let party = Party::parse("1443.toml", BOLLEBYGD).unwrap();
    let refused = party.printed(&manifest.fields).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "party 1443: field \"places\" is missing"
    );
    let with = |value: &str| {
        Party::parse(
            "1443.toml",
            &format!("{BOLLEBYGD}\n[fields]\nplaces = {value}\n"),
        )
        .unwrap()
    };
    let printed = with("12").printed(&manifest.fields).unwrap();
    assert_eq!(
        printed.keys().collect::<Vec<_>>(),
        ["legal_name", "org_number"],
        "places is not printed"
    );
    let refused = with("\"twelve\"").printed(&manifest.fields).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "party 1443: field \"places\" is string, the version asks for integer"
    );
    assert!(
        with("9007199254740993").printed(&manifest.fields).is_err(),
        "JSON could not carry it exactly"
    );
}

#[test]
fn a_version_that_contradicts_itself_is_refused_with_the_line() {
    assert!(manifest(MANIFEST).is_ok());
    let cases = [
        (
            "form = { kind = \"bilateral\", with = \"14\" }",
            "form = { kind = \"bilateral\" }",
            "form bilateral needs with",
        ),
        (
            "rule = \"pairwise\"",
            "rule = \"at_least\", count = 0",
            "count 0 would bind before anyone signs",
        ),
        (
            "clauses = [\"clauses/01.typ\"]",
            "clauses = []",
            "version.toml:7: clauses is empty",
        ),
        (
            "dated = 2024-03-01",
            "dated = 2024-02-30",
            "version.toml:4:",
        ),
        (
            "dated = 2024-03-01",
            "dated = \"2024-03-01\"",
            "version.toml:4:",
        ),
        (
            "status = \"adopted\"",
            "status = \"final\"",
            "version.toml:3: unknown variant `final`",
        ),
        (
            "schema = 1",
            "schema = 1\nterms = 3",
            "version.toml:2: unknown field `terms`",
        ),
        (
            "name = \"org_number\"",
            "name = \"legal_name\"",
            "field \"legal_name\" is given twice",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(MANIFEST.contains(from), "{from}");
        let found = manifest(&MANIFEST.replacen(from, to, 1))
            .unwrap_err()
            .to_string();
        assert!(found.contains(expected), "{found}\nlacks {expected}");
    }
    let term = "term = { start = 2024-03-01, end = 2024-02-29, notice_months = 1, prolongation_months = 1, prolongation = \"once\" }\n";
    let found = manifest(&MANIFEST.replacen("seats", &format!("{term}seats"), 1))
        .unwrap_err()
        .to_string();
    assert!(
        found.contains("the term ends 2024-02-29, before it starts 2024-03-01"),
        "{found}"
    );
}

#[test]
fn digests_print_short_in_groups() {
    let digest = Sha256::of(b"abc");
    assert_eq!(
        digest.to_string(),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
    assert_eq!(digest.short(), "ba78 16bf 8f01 cfea");
    assert_eq!(digest.to_string().parse::<Sha256>().unwrap(), digest);
    assert!("ba78".parse::<Sha256>().is_err());
}

proptest! {
    #[test]
    fn one_wrong_digit_never_passes_the_check_digit(position in 0_usize..10, shift in 1_u8..10) {
        let mut digits: Vec<u8> = b"2120002973".to_vec();
        if let Some(digit) = digits.get_mut(position) {
            *digit = b'0' + (*digit - b'0' + shift) % 10;
        }
        digits.insert(6, b'-');
        prop_assert!(String::from_utf8(digits).unwrap().parse::<OrgNumber>().is_err());
    }

    #[test]
    fn clean_lines_stay_as_they_are(text in "\\PC{0,320}") {
        if let Ok(clean) = clean_line(&text) {
            prop_assert_eq!(clean_line(&clean).unwrap(), clean.clone());
            prop_assert_eq!(nfc(&clean), clean);
        }
    }

    #[test]
    fn party_files_never_panic(text in "\\PC{0,200}") {
        let _refused = Party::parse("x.toml", &text);
        let _refused = Manifest::parse("x.toml", &text);
    }
}
