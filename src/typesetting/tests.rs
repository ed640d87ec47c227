use super::*;

const FONT: &[u8] = include_bytes!("../../templates/shared/fonts/SourceSans3-Regular.ttf");

fn options() -> Options<'static> {
    Options {
        identifier: "prov",
        dated: NaiveDate::from_ymd_opt(2024, 3, 1).unwrap(),
        standard: Standard::A3a,
    }
}

fn world(main: &str) -> Sources {
    let head = "#set document(title: \"Prov\", date: auto)\n#set text(lang: \"sv\", font: \"Source Sans 3\")\n";
    let sources = BTreeMap::from([("main.typ".to_owned(), format!("{head}{main}"))]);
    Sources::new("main.typ", &sources, &[FONT]).unwrap()
}

fn data(json: &str) -> BTreeMap<String, Vec<u8>> {
    BTreeMap::from([("data.json".to_owned(), json.as_bytes().to_vec())])
}

fn errors(main: &str) -> Vec<Diagnostic> {
    pdf(&world(main), &data("{}"), &options()).unwrap_err()
}

#[test]
fn the_same_input_gives_the_same_bytes_and_other_data_others() {
    let world = world("= Rubrik\n#json(\"/data.json\").a\n");
    let once = pdf(&world, &data(r#"{"a":"å"}"#), &options()).unwrap();
    assert_eq!(
        pdf(&world, &data(r#"{"a":"å"}"#), &options()).unwrap(),
        once
    );
    assert_ne!(
        pdf(&world, &data(r#"{"a":"ä"}"#), &options()).unwrap(),
        once
    );
    assert!(once.starts_with(b"%PDF-1.7"));
}

#[test]
fn nothing_outside_can_be_read() {
    for main in [
        "#read(\"/etc/passwd\")",
        "#read(\"../../etc/passwd\")",
        "#image(\"http://example.org/a.png\")",
    ] {
        let found = errors(main);
        assert!(
            found[0].message.contains("not found") || found[0].message.contains("escape"),
            "{found:?}"
        );
        assert_eq!(found[0].place, Some(("main.typ".to_owned(), 3)));
    }
    let found = errors("#datetime.today()");
    assert!(
        found[0].message.contains("unable to get the current date"),
        "{found:?}"
    );
    let found = errors("#import \"@preview/x:1.0.0\": y");
    assert!(!found.is_empty());
}

#[test]
fn warnings_are_errors() {
    let found = errors("#set text(font: \"No Such Face\")\ntext");
    assert!(
        found[0].message.contains("unknown font family"),
        "{found:?}"
    );
    assert_eq!(found[0].place, Some(("main.typ".to_owned(), 3)));
}

#[test]
fn the_standard_is_enforced() {
    let found = errors(
        "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='1' height='1'/>\"), format: \"svg\")",
    );
    assert!(found[0].message.contains("PDF/UA"), "{found:?}");
}

#[test]
fn pages_become_pictures() {
    let pages = pictures(&world("= Ett\n#pagebreak()\n= Två\n"), &data("{}"), 0.5).unwrap();
    assert_eq!(pages.len(), 2);
    assert!(pages.iter().all(|page| page.starts_with(b"\x89PNG")));
}
