//! What signatures show.

use proptest::prelude::*;

use super::samples::{append, entries, fields, font, issued, typeset_with};
use crate::pdf::document::Document;
use crate::pdf::{
    AppearanceLine, Error, LineWeight, SignatureEntries, base_revision, signature_update, stream,
    undrawable,
};

/// A row as the content sets it.
#[derive(Debug, PartialEq)]
struct Row {
    text: String,
    size: f64,
    x: f64,
    y: f64,
}

impl Row {
    /// The sample font's characters are 500 or 700 thousandths wide.
    fn width(&self) -> f64 {
        let width = |c: char| if c <= '~' { 0.5 } else { 0.7 };
        self.text.chars().map(width).sum::<f64>() * self.size
    }
}

/// Signs a field of this size and returns what it shows.
fn content(size: (f64, f64), lines: &[(&str, LineWeight)]) -> Result<String, Error> {
    let rect = format!("100 200 {} {}", 100.0 + size.0, 200.0 + size.1);
    let typeset = typeset_with(6, "100 200 300 245.5", &rect);
    let pdf = base_revision(&typeset, &fields(), &font()).unwrap();
    let lines: Vec<AppearanceLine<'_>> = lines
        .iter()
        .map(|&(text, weight)| AppearanceLine { text, weight })
        .collect();
    let entries = SignatureEntries {
        appearance: &lines,
        ..entries("1443-2")
    };
    let pdf = append(&pdf, signature_update(&pdf, &entries)?);
    let document = Document::open(&pdf).unwrap();
    let number = document.table.next_number() - 1;
    let reference = crate::pdf::object::Reference {
        number,
        generation: 0,
    };
    let found = document.stream(reference).unwrap();
    let content = stream::decode(&document, number, &found, 1 << 20).unwrap();
    Ok(String::from_utf8(content).unwrap())
}

fn rows(size: (f64, f64), lines: &[(&str, LineWeight)]) -> Vec<Row> {
    let content = content(size, lines).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for line in content.lines().filter(|line| line.ends_with("Tj")) {
        let (style, shown) = line.split_once("/Sigill ").unwrap();
        assert!(style.ends_with('g') || style.ends_with('G'), "{line}");
        let (numbers, hex) = shown.split_once('<').unwrap();
        let numbers: Vec<f64> = numbers
            .split(' ')
            .filter_map(|word| word.trim_end_matches("Td").parse().ok())
            .collect();
        let units: Vec<u16> = hex
            .trim_end_matches(">Tj")
            .as_bytes()
            .chunks(4)
            .map(|digits| u16::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap())
            .collect();
        let (x, y) = rows.last().map_or((0.0, 0.0), |row| (row.x, row.y));
        rows.push(Row {
            text: String::from_utf16(&units).unwrap(),
            size: numbers[0],
            x: x + numbers[1],
            y: y + numbers[2],
        });
    }
    rows
}

fn told(rows: &[Row]) -> Vec<String> {
    let row = |row: &Row| format!("{:.2}: {}", row.size, row.text);
    rows.iter().map(row).collect()
}

use LineWeight::{Detail, Leading};

#[test]
fn writes_text_in_the_forms_font() {
    let shown = content((200.0, 45.5), &[("Åsa", Leading), ("Ordf", Detail)]).unwrap();
    let expected = "\
BT
1 j
2 Tr 0.27 w 0 g 0 G/Sigill 12.50 Tf 8.00 24.23 Td<00C500730061>Tj
0 Tr .25 g/Sigill 8.50 Tf 0.00 -12.28 Td<004F007200640066>Tj
ET";
    assert_eq!(shown, expected);
}

#[test]
fn sets_usual_lines_in_full_size() {
    let lines = [
        ("Prov Provsson", Leading),
        ("Regiondirektor", Detail),
        ("En region", Detail),
        ("Elektronisk underskrift 2026", Detail),
    ];
    let expected = [
        "12.50: Prov Provsson",
        "8.50: Regiondirektor",
        "8.50: En region",
        "8.50: Elektronisk underskrift 2026",
    ];
    assert_eq!(told(&rows((200.0, 60.0), &lines)), expected);
    // Too low for four lines: title and party share one.
    let expected = [
        "11.25: Prov Provsson",
        "7.65: Regiondirektor · En region",
        "7.65: Elektronisk underskrift 2026",
    ];
    assert_eq!(told(&rows((200.0, 43.0), &lines)), expected);
}

#[test]
fn shrinks_then_breaks_then_cuts() {
    let name = |name: &str| told(&rows((158.0, 60.0), &[(name, Leading)]));
    // 142 points across, half an em a letter.
    assert_eq!(name("Prov Provsson"), ["12.50: Prov Provsson"]);
    assert_eq!(
        name(&"a".repeat(26)),
        [format!("10.92: {}", "a".repeat(26))]
    );
    assert_eq!(
        name("Prov-Karl Provsson-Gustavsson af Prov"),
        ["10.00: Prov-Karl Provsson-", "10.00: Gustavsson af Prov"]
    );
    let long = "a".repeat(60);
    let cut = name(&long);
    assert_eq!(cut.len(), 1);
    assert!(
        cut[0].ends_with("a…") && cut[0].starts_with("6.50: a"),
        "{cut:?}"
    );
    let two = name(&format!("Prov {long}"));
    assert_eq!(two[0], "6.50: Prov");
    assert!(two[1].ends_with("a…"), "{two:?}");
}

#[test]
fn looks_at_no_more_of_a_line_than_could_ever_be_shown() {
    let endless = "a ".repeat(1_000_000);
    let shown = told(&rows((14_000.0, 60.0), &[(&endless, Detail)]));
    assert_eq!(shown.len(), 1);
    assert!(shown[0].ends_with("a …"));
    assert_eq!(shown[0].chars().count(), "8.50: ".len() + 501);
}

#[test]
fn lines_of_one_weight_have_one_size() {
    let long = "Ordforande eller vice ordforande i en styrelse";
    let set = rows(
        (200.0, 60.0),
        &[(long, Detail), ("Kort", Detail), ("Namn", Leading)],
    );
    assert_eq!(set[0].size, set[1].size);
    assert!(set[2].size > set[1].size);
}

#[test]
fn leaves_empty_lines_out() {
    let set = rows(
        (200.0, 60.0),
        &[(" ", Detail), ("Namn", Leading), ("", Detail)],
    );
    assert_eq!(set.len(), 1);
    assert_eq!(
        content((200.0, 60.0), &[("", Leading)]).unwrap(),
        "BT\n1 j\nET"
    );
}

#[test]
fn normalises_and_refuses_what_the_font_lacks() {
    // A and a combining ring above are one letter.
    let set = rows((200.0, 60.0), &[("A\u{30A}sa", Leading)]);
    assert_eq!(set[0].text, "Åsa");
    for (text, character) in [
        ("Åsa 李", '李'),
        ("a\tb", '\t'),
        ("a😀", '😀'),
        ("q\u{30A}", '\u{30A}'),
    ] {
        let error = content((200.0, 60.0), &[("Åsa", Leading), (text, Detail)]).unwrap_err();
        let text = text.to_owned();
        assert_eq!(error, Error::AppearanceCharacter { character, text });
    }
    let error = Error::AppearanceCharacter {
        character: '李',
        text: String::from("Åsa 李"),
    };
    let told = "the appearance font cannot show '李' (U+674E) in \"Åsa 李\"";
    assert_eq!(error.to_string(), told);
    let pdf = issued();
    assert!(undrawable(&pdf, "Åsa Ŋ-ž A\u{30A}").unwrap().is_empty());
    assert_eq!(
        undrawable(&pdf, "李 Åsa\n😀李").unwrap(),
        ['\n', '李', '😀']
    );
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 500,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn never_leaves_the_field(
        width in 20.0..420.0_f64,
        height in 8.0..120.0_f64,
        lines in prop::collection::vec(("[A-Za-z åäöŋ–-]{0,90}", any::<bool>()), 1..6),
    ) {
        let lines: Vec<(&str, LineWeight)> = lines
            .iter()
            .map(|(text, leads)| (text.as_str(), if *leads { Leading } else { Detail }))
            .collect();
        let set = rows((width, height), &lines);
        let full = lines.iter().filter(|(text, _)| !text.trim().is_empty()).count();
        prop_assert!(set.len() + 1 >= full);
        let mut above = height;
        for row in &set {
            prop_assert!(row.x >= 0.0 && row.x + row.width() <= width + 0.5, "{row:?}");
            // Roughly: nothing above the row's top, a quarter of the size below its line.
            prop_assert!(row.y + 0.9 * row.size <= above + 0.1, "{row:?} {above}");
            above = row.y - 0.25 * row.size;
        }
        prop_assert!(above >= -0.1, "{set:?}");
    }
}
