mod contents;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::agreement::Party;

const FOLDER: &str = "templates/prov/1.0";

const PARTY: &str = r#"schema = 1
code = "9901"
kind = "kommun"
legal_name = "Exempelby kommun"
styled_name = "Exempelby stad"
short_name = "Exempelby"
org_number = "299990-0000"
groupings = [{ kind = "delregion", code = "X", name = "Delregion X" }]
signing = { seats = [] }
"#;

const VERSION: &str = r#"schema = 1
version = "1.0"
status = "adopted"
dated = 2024-03-01
pdf = "a3a-ua1"
appearance_font = "shared/fonts/a.ttf"
clauses = ["clauses/01.typ"]
form = { kind = "counterpart" }
binds = { rule = "at_least", count = 1 }
seats = [{ party_kind = "kommun", role = "chair", title = "Ordförande" }]
fields = [{ name = "legal_name", type = "text", printed = true }]
values = { days = 5, place = "Å]#$*\"" }
"#;

/// The files of a small version, with one of them replaced.
fn files(path: &str, text: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::from([
        (
            "agreement.toml",
            "schema = 1\nid = \"prov\"\nname = \"Prov\"\nshort_name = \"Prov\"\ncoordinator = \"Förbundet\"\n",
        ),
        ("version.toml", VERSION),
        (
            "main.typ",
            "{% for file in clauses %}\n#include {{ file|str }}\n{% endfor %}\n",
        ),
        ("party.typ", "#let data = json(\"/avtalsdata.json\")\n"),
        ("clauses/01.typ", "= Syfte <syfte>\n\nText.\n"),
        ("shared/clauses.typ", "#let twice(body) = [#body #body]\n"),
        ("shared/layout.typ", "#let place-of(it) = query(it)\n"),
        ("shared/fonts/a.ttf", "no font"),
    ]);
    files.insert(path, text);
    files
        .into_iter()
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .collect()
}

fn bundle(path: &str, text: &str) -> Bundle {
    let party = Party::parse("9901.toml", PARTY).unwrap();
    Bundle::freeze(FOLDER, files(path, text), &[party]).unwrap()
}

fn refused(path: &str, text: &str) -> String {
    let party = Party::parse("9901.toml", PARTY).unwrap();
    Bundle::freeze(FOLDER, files(path, text), &[party])
        .unwrap_err()
        .to_string()
}

fn clause(text: &str) -> Result<String, Vec<String>> {
    match fill(&bundle("clauses/01.typ", text), FOLDER) {
        Ok(filled) => Ok(filled.sources["clauses/01.typ"].clone()),
        Err(errors) => Err(errors.iter().map(ToString::to_string).collect()),
    }
}

fn lint_of(path: &str, text: &str) -> Vec<String> {
    lint(&bundle(path, text), FOLDER)
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn values_come_out_as_embedded_strings() {
    let filled =
        clause("{{ agreement.coordinator }} {{ values.days }} {{ values.place }}\n").unwrap();
    assert_eq!(
        filled,
        "#\"Förbundet\"; #\"5\"; #\"Å\\u{5d}\\u{23}\\u{24}\\u{2a}\\u{22}\";"
    );
    assert_eq!(
        clause("#let x = {{ values.place|str }}\n").unwrap(),
        "#let x = \"Å\\u{5d}\\u{23}\\u{24}\\u{2a}\\u{22}\""
    );
    let ways = [
        "{% autoescape false %}{{ values.place }}{% endautoescape %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(values.place) }}",
        "{% set x %}{{ values.place }}{% endset %}{{ x }}",
        "{% set x = values.place ~ '' %}{{ x }}",
        "{{ [values.place]|join('') }}",
        "{{ values.place|replace('Q', 'q') }}",
        "{{ (values.place|str)|trim('\"') }}",
        "{{ (values.place|str)|upper }}",
        "{% for c in [values.place] %}{{ c }}{% endfor %}",
    ];
    for way in ways {
        let filled = clause(way).unwrap();
        assert!(
            !filled.contains(']') && !filled.contains('$'),
            "{way} gives {filled}"
        );
    }
}

#[test]
fn there_is_no_way_around_the_escaping() {
    for filter in ["safe", "e", "escape", "tojson", "urlencode"] {
        let errors = clause(&format!("a\n{{{{ values.place|{filter} }}}}\n")).unwrap_err();
        assert!(
            errors[0].starts_with("templates/prov/1.0/clauses/01.typ:2: unknown filter"),
            "{errors:?}"
        );
    }
}

#[test]
fn party_data_are_not_among_the_values() {
    for name in ["party", "copy", "data", "avtalsdata", "seats"] {
        let errors = clause(&format!("= A <a>\n\n{{{{ {name} }}}}\n")).unwrap_err();
        assert_eq!(
            errors,
            ["templates/prov/1.0/clauses/01.typ:3: undefined value"]
        );
    }
    let filled =
        clause("{% for party in parties %}{{ party.printed.legal_name }}{% endfor %}\n").unwrap();
    assert_eq!(
        filled, "#\"Exempelby kommun\";",
        "the frozen list is the same in every copy"
    );
}

#[test]
fn errors_name_the_template_line() {
    let cases = [
        ("a\n{% for x in %}\n", "clauses/01.typ:2: syntax error"),
        (
            "a\nb {{ nothing.there }}\n",
            "clauses/01.typ:2: undefined value",
        ),
        (
            "{% for i in range(99999) %}{% for j in range(99999) %}x{% endfor %}{% endfor %}",
            "the template takes too many steps",
        ),
        ("{% include 'x' %}", "template not found"),
    ];
    for (text, expected) in cases {
        let errors = clause(text).unwrap_err();
        assert!(errors[0].contains(expected), "{errors:?} lacks {expected}");
    }
}

#[test]
fn a_clause_reaches_for_nothing_outside_it() {
    let ways = [
        ("#json(\"/avtalsdata.json\")", "json"),
        ("#read(\"/copy.json\")", "read"),
        ("#yaml(\"/copy.json\")", "yaml"),
        ("#query(<copy>)", "query"),
        ("#context query(<copy>).first().value", "context"),
        ("#let f = query\n#f(<copy>)", "query"),
        ("#std.query(<copy>)", "std"),
        ("$std.query(<copy>)$", "std"),
        ("$#query(<copy>)$", "query"),
        ("#sys.inputs", "sys"),
        ("#eval(\"1\")", "eval"),
        ("#state(\"x\").get()", "state"),
        ("#counter(page).display()", "counter"),
        ("#metadata(1)", "metadata"),
        ("#plugin(\"x.wasm\")", "plugin"),
        ("#include \"/party.typ\"", "include"),
        (
            "#import \"/shared/layout.typ\": place-of",
            "import of \"/shared/layout.typ\"",
        ),
        ("#import \"/party.typ\": data", "import of \"/party.typ\""),
        (
            "#import \"/shared/layout.typ\" as l",
            "import of \"/shared/layout.typ\"",
        ),
        ("#let g(query: none) = query", "query"),
        (
            "#query(<copy>)\n#let query = 1",
            "query is a name of Typst's own",
        ),
        ("#for read in (1,) [x]", "read is a name of Typst's own"),
        ("#table(columns: 1, ..csv(\"/x\"))", "csv"),
        ("#[#show heading: it => locate(<copy>)]", "locate"),
        ("#[#show ref: it => it.element.value.id]", "show"),
        ("#[#show heading: it => it]", "show"),
        ("@copy", "@copy"),
        ("#link(<copy>)[x]", "<copy>"),
        ("#let f(it) = it.location()", "field location"),
    ];
    for (way, expected) in ways {
        let errors = clause(&format!("= A <a>\n\n{way}\n")).expect_err(way);
        let told = errors.iter().any(|error| {
            error.contains(expected) && error.starts_with("templates/prov/1.0/clauses/01.typ:")
        });
        assert!(told, "{way}: {errors:?} lacks {expected}");
    }
    let lawful = "#import \"/shared/clauses.typ\": twice\n= A <a>\n\n#let f(x, ..rest, y: 2) = x\n#twice[b] #f(1) @a #table(columns: 2, [a], [b])\n$x^2$\n";
    assert!(clause(lawful).is_ok(), "{:?}", clause(lawful));
}

#[test]
fn the_shared_functions_of_clauses_reach_for_nothing_either() {
    let filled = fill(
        &bundle("shared/clauses.typ", "#let peek() = query(<copy>)\n"),
        FOLDER,
    );
    let errors = filled.unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "templates/shared/clauses.typ:1: query may not be used here"
    );
}

#[test]
fn only_the_party_block_reads_the_copy() {
    assert!(
        fill(
            &bundle("party.typ", "#let x = json(\"/avtalsdata.json\")\n"),
            FOLDER
        )
        .is_ok()
    );
    assert!(
        fill(
            &bundle("party.typ", "#let x = read(\"/etc/passwd\")\n"),
            FOLDER
        )
        .is_err()
    );
    assert!(fill(&bundle("main.typ", "#json(\"/avtalsdata.json\")\n"), FOLDER).is_err());
}

#[test]
fn main_puts_parts_in_order_and_decides_nothing() {
    let ways = [
        ("#import \"party.typ\": *", "import of everything"),
        ("#import \"party.typ\": data\n#show \"Syfte\": data", "show"),
        (
            "#import \"party.typ\": data\n#data.parties",
            "field parties",
        ),
        (
            "#import \"party.typ\": data\n#if str(data) == \"x\" [a] else [b]",
            "`if` expression",
        ),
        (
            "#import \"party.typ\": data\n#for party in data [a]",
            "for-loop",
        ),
        ("#import \"party.typ\": data\n#let f(x) = x", "closure"),
        (
            "#include \"shared/evil.typ\"",
            "include of what version.toml does not list",
        ),
        (
            "#let path = \"clauses/01.typ\"\n#include path",
            "include of what version.toml does not list",
        ),
    ];
    for (way, expected) in ways {
        let errors = fill(&bundle("main.typ", &format!("{way}\n")), FOLDER).expect_err(way);
        let told = errors
            .iter()
            .any(|error| error.to_string().contains(expected));
        assert!(told, "{way}: {errors:?} lacks {expected}");
    }
}

#[test]
fn a_clause_lies_among_the_clauses() {
    let version = VERSION.replace("clauses/01.typ", "shared/layout.typ");
    let found = refused("version.toml", &version);
    assert!(
        found.contains("clause \"shared/layout.typ\" does not lie in clauses/"),
        "{found}"
    );
}

#[test]
fn whoever_the_version_names_is_there() {
    let cases = [
        ("count = 1", "count = 2", "[binds] asks for 2 of 1 parties"),
        (
            "rule = \"at_least\", count = 1",
            "rule = \"named\", parties = [\"9999\"]",
            "[binds] names 9999",
        ),
        (
            "rule = \"at_least\", count = 1",
            "rule = \"named\", parties = []",
            "[binds] names no party",
        ),
        (
            "values =",
            "parties = { codes = [\"9901\", \"9999\"] }\nvalues =",
            "[parties] names 9999",
        ),
        (
            "values =",
            "parties = { groupings = [\"Z\"] }\nvalues =",
            "[parties] names the grouping Z",
        ),
        (
            "values =",
            "parties = { kinds = [\"region\"] }\nvalues =",
            "[parties] names the kind region",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(VERSION.contains(from), "{from}");
        let found = refused("version.toml", &VERSION.replacen(from, to, 1));
        assert!(found.contains(expected), "{found}\nlacks {expected}");
    }
}

#[test]
fn the_body_digest_leaves_out_the_party_block_and_nothing_else() {
    let digest = |path: &str, text: &str| fill(&bundle(path, text), FOLDER).unwrap().body_digest();
    let body = digest("shared/fonts/a.ttf", "no font");
    assert_eq!(
        digest("party.typ", "#let other = json(\"/copy.json\")\n"),
        body
    );
    assert_ne!(
        digest("clauses/01.typ", "= Syfte <syfte>\n\nAnnan text.\n"),
        body
    );
    assert_ne!(digest("main.typ", "#include \"clauses/01.typ\"\n"), body);
    assert_ne!(digest("shared/layout.typ", "#let other = 1\n"), body);
}

#[test]
fn the_text_digest_covers_every_file_and_its_name() {
    let first = bundle("clauses/01.typ", "= A <a>\n");
    assert_eq!(
        first.text_digest(),
        bundle("clauses/01.typ", "= A <a>\n").text_digest()
    );
    assert_eq!(
        Bundle::thaw(first.files().clone()).unwrap().text_digest(),
        first.text_digest()
    );
    for path in [
        "agreement.toml",
        "version.toml",
        "main.typ",
        "party.typ",
        "shared/fonts/a.ttf",
        "shared/layout.typ",
    ] {
        let mut changed = first.files().clone();
        changed
            .entry(path.to_owned())
            .and_modify(|bytes| bytes.push(b'\n'));
        assert_ne!(
            Bundle::thaw(changed).unwrap().text_digest(),
            first.text_digest(),
            "{path}"
        );
    }
    let mut renamed = first.files().clone();
    let bytes = renamed.remove("shared/fonts/a.ttf").unwrap();
    renamed.insert("shared/fonts/b.ttf".to_owned(), bytes);
    assert_ne!(
        Bundle::thaw(renamed).unwrap().text_digest(),
        first.text_digest()
    );
}

#[test]
fn text_files_are_utf8_nfc_and_lf() {
    let cases = [
        (
            "a\nb\r\n",
            "templates/prov/1.0/clauses/01.typ:2: the line ends with CR LF",
        ),
        (
            "a\nA\u{30A}\n",
            "templates/prov/1.0/clauses/01.typ:2: the line is not in Unicode normalisation form C",
        ),
        (
            "a\nb\u{202E}\n",
            "templates/prov/1.0/clauses/01.typ:2: character U+202E at position 2 is not allowed",
        ),
        ("\u{E000}7\u{E001}", "character U+E000"),
    ];
    for (text, expected) in cases {
        let found = refused("clauses/01.typ", text);
        assert!(found.contains(expected), "{found}\nlacks {expected}");
    }
    let party = Party::parse("9901.toml", PARTY).unwrap();
    let mut latin = files("clauses/01.typ", "");
    latin.insert("clauses/01.typ".to_owned(), b"a\n\xE5\n".to_vec());
    let found = Bundle::freeze(FOLDER, latin, &[party])
        .unwrap_err()
        .to_string();
    assert_eq!(
        found,
        "templates/prov/1.0/clauses/01.typ:2: the file is not UTF-8"
    );
}

#[test]
fn a_placeholder_where_it_would_print_wrongly_is_told() {
    let cases = [
        ("// {{ agreement.name }}\n", "stands in a comment"),
        ("`{{ agreement.name }}`\n", "stands in raw text"),
        ("```\n{{ agreement.name }}\n```\n", "stands in raw text"),
        ("#let x = \"{{ agreement.name }}\"\n", "stands in quotes"),
        ("= A <a{{ values.days }}>\n", "stands in a label"),
        (
            "https://x.example/{{ values.days }}\n",
            "stands in a bare address",
        ),
    ];
    for (text, expected) in cases {
        let found = lint_of("clauses/01.typ", &format!("= B <b>\n\n{text}"));
        assert!(
            found.iter().any(|error| error.contains(expected)),
            "{text}: {found:?}"
        );
    }
    assert!(
        lint_of(
            "clauses/01.typ",
            "= A <a>\n\n{{ agreement.name }} *{{ values.days }}*\n"
        )
        .is_empty()
    );
}

#[test]
fn files_that_are_missing_or_stray_are_told() {
    let party = Party::parse("9901.toml", PARTY).unwrap();
    let mut missing = files("clauses/01.typ", "");
    missing.remove("clauses/01.typ");
    let found = Bundle::freeze(FOLDER, missing, &[party])
        .unwrap_err()
        .to_string();
    assert_eq!(found, "the version has no file clauses/01.typ");
    let found = lint_of("clauses/02.typ", "= Glömd <glomd>\n");
    assert_eq!(
        found,
        ["templates/prov/1.0/clauses/02.typ:1: the file is not among the clauses of version.toml"]
    );
}

#[test]
fn rendered_lines_lead_back_to_the_template() {
    let template =
        "eins\n{% for i in [1, 2] -%}\n  a {{ i }}\n  b\n{%- endfor %}\n{# a\ncomment #}last\n";
    let marked = lines::mark(template);
    let rendered = escape::environment().render_str(&marked, ()).unwrap();
    let (text, map) = lines::unmark(&rendered);
    let places: Vec<(String, usize)> = text
        .lines()
        .zip(1..)
        .map(|(line, number)| (line.trim().to_owned(), map.template_line(number)))
        .collect();
    let expected = [
        ("eins", 1),
        ("a #\"1\";", 3),
        ("ba #\"2\";", 3),
        ("b", 5),
        ("last", 7),
    ]
    .map(|(text, line)| (text.to_owned(), line));
    assert_eq!(places, expected);
}

/// Returns the text that a Typst string literal stands for, if it is one and nothing else.
fn literal_value(source: &str) -> Option<String> {
    let root = typst::syntax::parse_code(source);
    let mut children = root.children();
    let only = children.next()?;
    if children.next().is_some() || !root.errors_and_warnings().0.is_empty() {
        return None;
    }
    only.cast::<typst::syntax::ast::Str<'_>>()
        .map(|literal| literal.get().to_string())
}

proptest! {
    #[test]
    fn any_value_is_one_string_literal_or_refused(text in "\\PC{0,40}") {
        let environment = escape::environment();
        match environment.render_str("{{ x|str }}", minijinja::context! { x => text.clone() }) {
            Ok(literal) => prop_assert_eq!(literal_value(&literal), Some(text)),
            Err(_) => prop_assert!(crate::agreement::refused_character(&text).is_some()),
        }
    }

    #[test]
    fn any_value_in_markup_is_one_embedded_string(text in "[\\]\\[#$*_`\"\\\\<>@/~=+-]{1,20}") {
        let environment = escape::environment();
        let markup = environment.render_str("a{{ x }}(b)", minijinja::context! { x => text.clone() }).unwrap();
        let inner = markup.strip_prefix("a#").and_then(|rest| rest.strip_suffix(";(b)"));
        prop_assert_eq!(inner.and_then(literal_value), Some(text));
    }

    #[test]
    fn marking_lines_never_changes_what_is_rendered(text in "[a-zåäö \n]{0,60}") {
        let environment = escape::environment();
        let (unmarked, map) = {
            let rendered = environment.render_str(&lines::mark(&text), ()).unwrap();
            lines::unmark(&rendered)
        };
        prop_assert_eq!(&unmarked, &environment.render_str(&text, ()).unwrap());
        for line in 1..=unmarked.lines().count() {
            prop_assert_eq!(map.template_line(line), line);
        }
    }

    #[test]
    fn templates_never_panic(text in "[{}%#a-z|\\n\"'() .<>=*]{0,60}") {
        let _found = clause(&text);
    }
}
