//! Consult: a version goes out, answers come in, a stand is taken on every comment, the summary tells all.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::redact::check_conforms;
use super::support::{AGREEMENT, Office, Run, files_below, flowing, page_texts, repository};

/// Runs a step of the consultation.
fn consult(office: &Office, step: &str, more: &[&str]) -> Run {
    office.run(&[&["consult", step, AGREEMENT][..], more].concat())
}

const WINDOW: [&str; 4] = ["--opens", "2022-08-10", "--answer-by", "2022-12-10"];
const ASKED: [&str; 8] = [
    "--party",
    "1443",
    "--party",
    "1490",
    "--party",
    "14",
    "--also",
    "pensionarer=Pensionärsrådet i länet",
];

/// An office whose 0.9 is out, to three parties and another body.
fn consulted() -> Office {
    let office = Office::new();
    consult(&office, "open", &[&WINDOW[..], &ASKED].concat()).ok();
    office
}

fn answer(office: &Office, by: &str, received: &str, more: &[&str]) -> Run {
    let start = ["--by", by, "--received", received];
    consult(office, "answer", &[&start[..], more].concat())
}

/// Returns what an entry's answer says: by whom, when, and clause by clause; + for words, * for the whole.
fn told(entry: &Value) -> String {
    let body = &entry["body"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut told = vec![text(&body["by"]), text(&body["received_on"])];
    for clause in body["clauses"].as_array().unwrap() {
        let words = if clause["comment"].is_null() { "" } else { "+" };
        let (id, stance) = (text(&clause["clause"]), text(&clause["stance"]));
        told.push(format!("{id}={stance}{words}"));
    }
    if !body["general"].is_null() {
        told.push("*".to_owned());
    }
    told.join(" ")
}

/// Returns the cases of a folder: each list with what is to be told of it.
fn cases(folder: &str) -> Vec<(PathBuf, String)> {
    let folder = repository().join("tests/cases/consultation").join(folder);
    let mut cases = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|end| end == "csv") {
            let told = fs::read_to_string(file.with_extension("told")).unwrap();
            cases.push((file, told));
        }
    }
    cases.sort();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn a_version_goes_out_with_its_text_and_forms() {
    let office = Office::new();
    let open = [&WINDOW[..], &ASKED].concat();
    let dry = [&open[..], &["--dry-run"]].concat();
    consult(&office, "open", &dry).ok().says("skulle föras in");
    assert!(!office.path("out").exists() && !office.path(".sigill").exists());
    consult(&office, "open", &open)
        .ok()
        .says("Remissen av familjecentral 0.9 är införd (post 1)")
        .says("2022-08-10 – 2022-12-10 (123 dagar)")
        .says("sista svarsdag 2022-12-10 är lördag; den flyttas inte");
    let log = office.check_log();
    let body = &log[1]["body"];
    assert_eq!(log[1]["kind"], "ConsultationOpened");
    assert_eq!(body["answer_by"], "2022-12-10");
    let ids: Vec<&str> = body["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["1443", "1490", "14", "pensionarer"]);
    let folder = "out/familjecentral-0.9-remiss";
    let form = office.text(format!("{folder}/svar-1443.csv"));
    assert!(form.starts_with("\u{feff}remissinstans;nummer;id;rubrik;ståndpunkt;synpunkt\n"));
    assert!(form.contains("\n1443;§ 5;mal;Mål;;\n"), "{form}");
    assert!(form.ends_with("\n1443;;allmänt;Avtalet i sin helhet;;\n"));
    assert_eq!(form.lines().count(), 24);
    let pdf = office.path(format!("{folder}/familjecentral-0.9-REMISS.pdf"));
    if let Some(pages) = page_texts(&pdf) {
        assert!(
            flowing(&pages.concat()).contains("REMISS: den här handlingen får inte undertecknas")
        );
    }
    check_conforms(&[pdf]);

    consult(&office, "open", &open)
        .fails(4)
        .complains("error: familjecentral 0.9 is out for consultation since entry 1\n")
        .complains("--again");
    // A form that somebody has filled in is left as it is.
    let filled = form.replace(";Mål;;", ";Mål;avstyrker;");
    office.write(format!("{folder}/svar-1443.csv"), &filled);
    office.write(format!("{folder}/svar-14.csv"), form.replace("1443", "14"));
    let again = [&open[..], &["--again", "--json"]].concat();
    let json = consult(&office, "open", &again).ok().json();
    assert_eq!(json["seq"], 2);
    let left = json["left"].as_array().unwrap();
    assert_eq!(left.len(), 1);
    assert!(left[0].as_str().unwrap().ends_with("/svar-1443.csv"));
    assert_eq!(office.text(format!("{folder}/svar-1443.csv")), filled);
    office
        .run(&["watch", "--as-of", "2022-09-01"])
        .ok()
        .says("Sista svarsdag i remissen: familjecentral, version 0.9")
        .says("2022-12-09");
    consult(&office, "close", &[])
        .ok()
        .says("(post 3): 0 svar, 4 har inte svarat");
    consult(&office, "close", &[])
        .fails(4)
        .complains("error: the consultation in entry 2 was closed by entry 3\n");
    // The end of the last round ends those before it.
    office
        .run(&["watch", "--as-of", "2022-09-01"])
        .ok()
        .says("Inga dagar att bevaka.");
}

#[test]
fn what_cannot_go_out_is_refused() {
    let office = Office::new();
    let open = |more: &[&str]| consult(&office, "open", &[&WINDOW[..], more].concat());
    open(&["--version", "1.0"]).fails(4).complains(
        "error: familjecentral 1.0 has status adopted, only a consultation version goes out\n",
    );
    open(&["--version", "7.0"]).fails(2);
    open(&["--party", "9999"])
        .fails(2)
        .complains("party 9999 is not a party to familjecentral");
    for (also, problem) in [
        ("1443=Bollebygd", "is on the list already"),
        ("kpf=Bollebygds kommun", "is on the list already"),
        ("a b=Någon", "is no short word"),
        ("../x=Någon", "is no short word"),
        ("x=\u{202e}", "has no name that can be printed"),
        ("x=Göteborgs Stad", "is on the list already"),
        ("Tjörn=Någon annan", "is on the list already"),
        (
            "19121212-1212=Någon",
            "the recipient's short name has a personal identity number in it",
        ),
    ] {
        open(&["--also", also]).fails(2).complains(problem);
    }
    let list = office.beside("fler.csv");
    fs::write(&list, "kod;namn\nkpf;Förbundet\n").unwrap();
    open(&["--also-file", list.to_str().unwrap()])
        .fails(2)
        .complains("fler.csv:1: the columns id and namn are needed");
    consult(
        &office,
        "open",
        &["--opens", "2022-08-10", "--answer-by", "2022-08-09"],
    )
    .fails(2)
    .complains("error: the answer day 2022-08-09 is before the opening day 2022-08-10\n");
    office.edit(
        "templates/familjecentral/0.9/version.toml",
        "\"consultation\"",
        "\"draft\"",
    );
    open(&["--version", "0.9"])
        .fails(4)
        .complains("has status draft");
    office.edit(
        "templates/familjecentral/0.9/version.toml",
        "\"draft\"",
        "\"consultation\"",
    );
    office.write(
        "templates/familjecentral/0.9/clauses/05-mal.typ",
        "= Mål\n\n+ Text.\n",
    );
    open(&[])
        .fails(3)
        .complains("05-mal.typ:1: the clause has no id");
    for step in ["show", "close", "summary"] {
        consult(&office, step, &[])
            .fails(4)
            .complains("error: familjecentral is not out for consultation\n");
    }
    assert!(!office.path("out").exists());
}

#[test]
fn answers_are_taken_in_late_ones_marked_and_the_last_counts() {
    let office = consulted();
    answer(
        &office,
        "1443",
        "2022-12-11T08:00+01:00",
        &[
            "--clause",
            "syfte=tillstyrker",
            "--clause",
            "§ 5=support-with-change:Målet bör gälla delregionen: inte varje kommun.",
            "--general",
            "Ett angeläget avtal.",
        ],
    )
    .ok()
    .says("Svaret från Bollebygds kommun (1443) är infört (post 2): 2 paragrafer, 2 synpunkter")
    .says("inkom efter remisstidens utgång, 1 dag sent");
    answer(
        &office,
        "Borås",
        "2022-12-10T23:59:59+01:00",
        &["--overall", "tillstyrker"],
    )
    .ok()
    .says(
        "Borås kommun (1490) är infört (post 3): 22 paragrafer, 0 synpunkter, mottaget 2022-12-10",
    );
    answer(&office, "1490", "2022-12-10", &["--overall", "tillstyrker"])
        .fails(4)
        .complains("error: entry 3 says so already: the answer of 1490\n");
    answer(&office, "1490", "2022-12-12", &["--clause", "16=avstyrker"])
        .ok()
        .says("det ersätter svaret i post 3, som står kvar i registret");
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["counts"]["answered"], 2);
    assert_eq!(json["counts"]["late"], 2);
    assert_eq!(json["counts"]["open"], 3);
    assert_eq!(json["earlier"][0]["replaced_by"], 4);
    let log = office.check_log();
    assert_eq!(
        told(&log[2]),
        "1443 2022-12-11 syfte=support mal=support_with_change+ *"
    );
    assert!(
        !log[2].to_string().contains("delregionen"),
        "words are commitments"
    );

    for (arguments, problem) in [
        (["--clause", "syfte=ja"], "error: \"ja\" is no stance\n"),
        (
            ["--clause", "99=avstår"],
            "error: \"99\" is no clause of the text\n",
        ),
        (
            ["--overall", "synpunkt"],
            "error: synpunkt is no stance to the whole text\n",
        ),
        (
            ["--clause", "mal=tillstyrker med ändring"],
            "error: tillstyrker med ändring to § 5 Mål says nothing without words\n",
        ),
        (["--general", " "], "error: the answer of 14 says nothing"),
    ] {
        answer(&office, "14", "2022-12-01", &arguments)
            .fails(2)
            .complains(problem);
    }
    // The whole text is a clause by the name that the forms have for it.
    let whole = |more: &[&str]| {
        let dry = ["--dry-run", "--json"];
        let run = answer(&office, "14", "2022-12-01", &[more, &dry].concat());
        run.ok().json()
    };
    assert_eq!(
        whole(&["--clause", "Allmänt=avstyrker:Nej."]),
        whole(&["--overall", "avstyrker", "--general", "Nej."])
    );
    let all = ["--overall", "avstår"];
    answer(&office, "9999", "2022-12-01", &all)
        .fails(2)
        .complains("error: \"9999\" is not among the recipients\n");
    answer(&office, "14", "2022-08-09", &all).fails(4);
    answer(&office, "14", "2099-01-01", &all)
        .fails(4)
        .complains("is in the future");
    assert_eq!(office.check_log().len(), log.len());

    // A folder that was edited since is told, and the answers stay those on what went out.
    office.edit(
        "templates/familjecentral/0.9/clauses/05-mal.typ",
        "i varje kommun",
        "i varje delregion",
    );
    answer(&office, "14", "2022-12-01", &all).ok().says(
        "templates/familjecentral/0.9/clauses/05-mal.typ är ändrad sedan remissen skickades ut",
    );
    office
        .run(&["correct", "4", "--strike", "--reason", "Fel avsändare"])
        .ok();
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["recipients"][1]["answer"], 3);
    office
        .run(&[
            "correct",
            "2",
            "--set",
            "received=2022-12-10",
            "--reason",
            "Fel dag",
        ])
        .ok();
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["counts"]["late"], 0);
    office
        .run(&[
            "correct",
            "2",
            "--set",
            "received=2022-08-09",
            "--reason",
            "Fel",
        ])
        .fails(4)
        .complains("the answer's day 2022-08-09 is before the consultation opened on 2022-08-10");
    for set in [
        "by=1490",
        "clauses.1.clause=finnsinte",
        "clauses.1={\"clause\":\"finnsinte\",\"comment\":null,\"stance\":\"reject\"}",
        "clauses=[]",
    ] {
        office
            .run(&["correct", "2", "--set", set, "--reason", "Fel"])
            .fails(2)
            .complains("strike the entry and enter it anew");
    }
    let set = ["--set", "clauses.1.stance=reject"];
    let correct = [&["correct", "2"][..], &set, &["--reason", "Fel"]].concat();
    office.run(&correct).ok();
}

#[test]
fn answers_stay_when_a_version_goes_out_once_more() {
    let office = consulted();
    let reject = ["--clause", "mal=avstyrker:För dyrt."];
    answer(&office, "1443", "2022-12-09", &reject).ok();
    answer(&office, "1490", "2022-12-20", &["--overall", "tillstyrker"]).ok();
    // The answer day is moved on, for one of them.
    let window = ["--opens", "2022-12-10", "--answer-by", "2023-01-31"];
    let again = [&window[..], &["--party", "1490", "--again"]].concat();
    consult(&office, "open", &again).ok();
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["seq"], 4);
    assert_eq!(json["counts"]["answered"], 2, "{json}");
    assert_eq!(json["counts"]["late"], 0);
    assert_eq!(json["recipients"][1]["id"], "1443");
    answer(&office, "1443", "2022-12-09", &reject).fails(4);
    let watched = office.run(&["watch", "--as-of", "2022-09-01"]).ok();
    assert_eq!(watched.out.matches("Sista svarsdag i remissen").count(), 1);

    // Another text: its round starts empty, and a stand is still taken on what was said of the one before.
    office.edit(
        "templates/familjecentral/0.9/clauses/05-mal.typ",
        "i varje kommun",
        "i varje delregion",
    );
    consult(&office, "close", &[]).ok();
    consult(&office, "open", &again).ok();
    consult(&office, "show", &["--open"])
        .ok()
        .says("0 av 1")
        .says("i remissen i post 4")
        .says("För dyrt.");
    office
        .run(&["publish", AGREEMENT, "1.0"])
        .fails(4)
        .complains("1 comment in the consultation");
    let list = consult(&office, "summary", &["--csv"]).ok().out;
    assert!(list.contains("För dyrt."), "{list}");
    let stand = [
        "--answer",
        "2",
        "--not",
        "--reason",
        "Avtalet anger en nivå",
    ];
    consult(&office, "consider", &stand)
        .ok()
        .says("synpunkten från 1443 på § 5 Mål är inte tillgodosedd")
        .says("Alla synpunkter är bedömda.");
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
}

#[test]
fn lists_are_read_as_forms_and_web_forms_write_them() {
    for (file, expected) in cases("accepted") {
        let office = consulted();
        let import = |file: &Path, more: &[&str]| {
            let start = [file.to_str().unwrap(), "--received", "2022-12-01"];
            consult(&office, "import", &[&start[..], more].concat())
        };
        import(&file, &["--dry-run"])
            .ok()
            .says("ingenting är infört");
        assert_eq!(office.check_log().len(), 2);
        let count = expected.lines().count();
        import(&file, &[])
            .ok()
            .says(&format!("{count} svar införda, 0 fanns redan"));
        let entered: Vec<String> = office.check_log().iter().skip(2).map(told).collect();
        assert_eq!(
            entered,
            expected.lines().collect::<Vec<_>>(),
            "{}",
            file.display()
        );
        // The same file, and the same words in another encoding, are entered once.
        let text = fs::read_to_string(&file).unwrap();
        let other = office.beside("annan.csv");
        let (windows, ..) = encoding_rs::WINDOWS_1252.encode(&text);
        let utf16 = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [text.clone().into_bytes(), windows.into_owned(), utf16] {
            fs::write(&other, bytes).unwrap();
            import(&other, &[])
                .ok()
                .says(&format!("0 svar införda, {count} fanns redan"));
        }
        assert_eq!(office.check_log().len(), 2 + count);
    }
}

#[test]
fn a_list_that_grew_brings_back_nothing_that_was_replaced_or_erased() {
    let office = consulted();
    let file = office.beside("svar.csv");
    let path = file.to_str().unwrap();
    let import = |rows: &str| {
        fs::write(&file, format!("remissinstans;inkom;id;synpunkt\n{rows}")).unwrap();
        consult(&office, "import", &[path])
    };
    let first = "1443;2022-12-01;mal;För dyrt.\n";
    let grown = format!("{first}1490;2022-12-05;mal;Bra.\n");
    import(first).ok();
    let newer = ["--clause", "mal=tillstyrker"];
    answer(&office, "1443", "2022-12-03", &newer).ok();
    import(&grown)
        .ok()
        .says("svaret från 1443 finns redan i post 2, ersatt av post 3")
        .says("1 svar införda, 1 fanns redan");
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["recipients"][0]["answer"], 3);

    let erase = ["--key", "comment", "--ground", "Begäran", "--yes"];
    office
        .run(&[&["erase", "--entry", "4"][..], &erase].concat())
        .ok();
    import(&format!("{grown}14;2022-12-06;mal;Nej.\n"))
        .ok()
        .says("1 svar införda, 2 fanns redan");

    // What is not known and came before the answer that counts does not take its place.
    import("\n1443;2022-12-02;mal;Ändrat i efterhand.\n").fails(2).complains(
        "svar.csv:3: the answer of 1443 was received on 2022-12-02, before the one in entry 3, received on 2022-12-03\n",
    );
    answer(&office, "1443", "2022-12-02", &["--general", "Tidigare."])
        .fails(4)
        .complains("sigill correct 3 --strike");
}

#[test]
fn a_typed_answer_is_completed_with_the_same_file() {
    let office = consulted();
    let letter = office.beside("svar.txt");
    fs::write(&letter, "Ett svar.").unwrap();
    let file = ["--file", letter.to_str().unwrap()];
    let short = [&file[..], &["--clause", "mal=avstyrker"]].concat();
    answer(&office, "1443", "2022-12-01", &short).ok();
    answer(&office, "1443", "2022-12-01", &short).fails(4);
    let whole = [&short[..], &["--clause", "syfte=tillstyrker"]].concat();
    answer(&office, "1443", "2022-12-01", &whole)
        .ok()
        .says("det ersätter svaret i post 2");
}

#[test]
fn a_form_is_read_back_though_titles_are_not_of_one_clause() {
    let office = Office::new();
    let clauses = "templates/familjecentral/0.9/clauses";
    office.edit(format!("{clauses}/05-mal.typ"), "= Mål <", "= Allmänt <");
    let group = format!("{clauses}/06-malgrupp.typ");
    office.edit(group, "= Verksamhetsområde och målgrupp <", "= Syfte <");
    consult(&office, "open", &[&WINDOW[..], &ASKED].concat()).ok();
    let form = office.text("out/familjecentral-0.9-remiss/svar-1443.csv");
    let file = office.beside("svar.csv");
    let path = file.to_str().unwrap();
    fs::write(&file, form.replace(";;\n", ";avstår;\n")).unwrap();
    let import = || consult(&office, "import", &[path, "--received", "2022-12-01"]);
    import().ok();
    assert_eq!(told(&office.check_log()[2]).matches("=abstain").count(), 22);
    fs::write(
        &file,
        "remissinstans;rubrik;ståndpunkt\n1490;Syfte;avstår\n",
    )
    .unwrap();
    import()
        .fails(2)
        .complains("svar.csv:2: column B, rubrik: \"Syfte\" fits several clauses\n")
        .complains("syfte, malgrupp");
}

#[test]
fn a_workbook_is_read_as_a_list() {
    let office = consulted();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let rows = [
        ["Svarande", "Nr", "Ståndpunkt", "Synpunkt"],
        ["1490", "5", "Avstyrker", "Nej"],
        ["1490", "§ 99", "avstår", ""],
    ];
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write(row + 1, column, cell).unwrap();
        }
    }
    let file = office.beside("formulär.xlsx");
    workbook.save(&file).unwrap();
    let import = || consult(&office, "import", &[file.to_str().unwrap()]);
    import()
        .fails(2)
        .complains("formulär.xlsx:4: column B, Nr: \"§ 99\" is no clause of the text\n");
    assert_eq!(office.check_log().len(), 2);
    let sheet = workbook.worksheet_from_index(0).unwrap();
    sheet.write(3, 1, 6).unwrap();
    workbook.save(&file).unwrap();
    import().ok().says("1 svar införda");
    let log = office.check_log();
    assert!(told(&log[2]).ends_with(" mal=reject+ malgrupp=abstain"));
}

#[test]
fn every_fault_of_a_list_is_told_with_its_place_and_nothing_is_entered() {
    let office = consulted();
    for (file, expected) in cases("refused") {
        let run = consult(
            &office,
            "import",
            &[file.to_str().unwrap(), "--received", "2022-12-01"],
        )
        .fails(2);
        // Each fault once, as a whole line, and no other.
        let name = file.file_name().unwrap().to_str().unwrap();
        let faults = run.err.lines().filter_map(|line| line.split_once(name));
        let faults: Vec<&str> = faults.map(|(_, fault)| fault).collect();
        assert_eq!(
            faults,
            expected.lines().collect::<Vec<_>>(),
            "{name}: {run}"
        );
    }
    let form = office.path("out/familjecentral-0.9-remiss/svar-1443.csv");
    consult(&office, "import", &[form.to_str().unwrap(), "--by", "1490"])
        .fails(2)
        .complains("column A, remissinstans: \"1443\" is not 1490");
    assert_eq!(office.check_log().len(), 2);
}

#[test]
fn a_stand_is_taken_on_every_comment_before_the_text_is_published() {
    let office = consulted();
    let clauses = [
        "--clause",
        "mal=avstyrker:För dyrt.",
        "--clause",
        "5=avstår",
    ];
    answer(&office, "1443", "2022-12-01", &clauses)
        .fails(2)
        .complains("§ 5 Mål stands twice");
    answer(&office, "1443", "2022-12-01", &clauses[..2]).ok();
    answer(
        &office,
        "1490",
        "2022-12-02",
        &["--clause", "syfte=synpunkt:Skriv om.", "--general", "Bra."],
    )
    .ok();
    let publish = |more: &[&str]| office.run(&[&["publish", AGREEMENT, "1.0"][..], more].concat());
    publish(&[])
        .fails(4)
        .complains("error: 3 comments in the consultation of familjecentral 0.9 are without a disposition\n")
        .complains("sigill consult show familjecentral --version 0.9 --open");
    office.run(&["generate", AGREEMENT]).fails(4);
    let consider = |more: &[&str]| {
        let start = ["--reason", "Avtalet anger en lägsta nivå"];
        consult(&office, "consider", &[&start[..], more].concat())
    };
    for (arguments, problem) in [
        (
            &["--answer", "1", "--not"][..],
            "error: entry 1 is no answer to the consultation",
        ),
        (
            &["--answer", "2", "--clause", "syfte", "--not"],
            "error: entry 2 has no such comment",
        ),
        (
            &["--answer", "2", "--clause", "mol", "--not"],
            "error: \"mol\" is no clause of the text",
        ),
        (
            &["--answer", "2", "--taken-in", "--changed", "borta"],
            "error: \"borta\" is no clause of the text",
        ),
        (
            &["--answer", "2", "--not", "--changed", "mal"],
            "error: a comment that is not taken in changes no clause",
        ),
        (
            &["--answer", "2", "--taken-in"],
            "error: a comment that is taken in, wholly or in part, points to the clause",
        ),
        (&["--answer", "2", "--in-part"], "name it with --changed"),
    ] {
        let run = consider(arguments);
        assert!(matches!(run.code, 2 | 4), "{run}");
        run.complains(problem);
    }
    // A clause that only the newest version has may be named.
    consider(&[
        "--answer",
        "2",
        "--taken-in",
        "--changed",
        "uppsagning",
        "--changed",
        "5",
    ])
    .ok()
    .says("synpunkten från 1443 på § 5 Mål är tillgodosedd")
    .says("uppsagning, mal")
    .says("2 synpunkter saknar bedömning");
    consider(&[
        "--answer",
        "2",
        "--clause",
        "mal",
        "--in-part",
        "--changed",
        "mal",
    ])
    .ok()
    .says("den ersätter bedömningen i post 4");

    // The list goes out and comes back filled in.
    let list = consult(&office, "summary", &["--csv"]).ok().out;
    let list = list
        .replace("Bra.;;;", "Bra.;inte tillgodosedd;Inget yrkande;")
        .replace("Skriv om.;;;", "Skriv om.;Tillgodosedd;;syfte");
    let file = office.beside("bedömningar.csv");
    fs::write(&file, &list).unwrap();
    let path = file.to_str().unwrap();
    let count = office.check_log().len();
    consult(&office, "consider", &["--file", path])
        .fails(2)
        .complains("bedömningar.csv:3: column I, skäl: the reason is refused");
    fs::write(&file, list.replace(";;syfte", ";Texten är omskriven;")).unwrap();
    consult(&office, "consider", &["--file", path])
        .fails(2)
        .complains("bedömningar.csv:3: column J, ändrar: a comment that is taken in");
    assert_eq!(office.check_log().len(), count);
    fs::write(&file, list.replace(";;syfte", ";Texten är omskriven;syfte")).unwrap();
    consult(&office, "consider", &["--file", path])
        .ok()
        .says("1 rad med den bedömning som redan gäller hoppades över")
        .says("Alla synpunkter är bedömda.");
    assert_eq!(office.check_log().len(), count + 2);

    // The same list once more enters nothing, also when a reason was erased.
    let last = count + 1;
    office
        .run(&[
            "erase",
            "--entry",
            &last.to_string(),
            "--key",
            "reason",
            "--ground",
            "Begäran",
            "--yes",
        ])
        .ok();
    let list = consult(&office, "summary", &["--csv"]).ok().out;
    assert!(list.contains("illgodosedd;;"), "{list}");
    fs::write(&file, list).unwrap();
    let count = office.check_log().len();
    let again = consult(&office, "consider", &["--file", path, "--json"]);
    assert_eq!(again.ok().json()["known"], 3);
    assert_eq!(office.check_log().len(), count);
    office
        .run(&["correct", "5", "--strike", "--reason", "Fel synpunkt"])
        .ok();
    let json = consult(&office, "show", &["--json"]).ok().json();
    assert_eq!(json["counts"]["open"], 0, "{json}");
    publish(&[]).ok();
    assert_eq!(
        office.check_log().last().unwrap()["body"]["despite_comments"],
        Value::Null
    );
}

#[test]
fn open_comments_of_every_round_are_counted() {
    let office = consulted();
    let folder = |version: &str| format!("templates/familjecentral/{version}");
    for file in files_below(&office.path(folder("0.9"))) {
        let bytes = office.read(format!("{}/{file}", folder("0.9")));
        office.write(format!("{}/{file}", folder("0.8")), bytes);
    }
    let manifest = format!("{}/version.toml", folder("0.8"));
    office.edit(&manifest, "version = \"0.9\"", "version = \"0.8\"");
    let open = [&["--version", "0.8"], &WINDOW[..], &ASKED].concat();
    consult(&office, "open", &open).ok();
    for version in ["0.8", "0.9"] {
        let said = ["--clause", "mal=avstyrker", "--version", version];
        answer(&office, "1443", "2022-12-01", &said).ok();
    }
    office
        .run(&["publish", AGREEMENT, "1.0"])
        .fails(4)
        .complains("error: 2 comments in the consultation of familjecentral 0.8 and 0.9 are without a disposition\n")
        .complains("`sigill consult show familjecentral --version 0.9 --open`");
}

#[test]
fn a_text_is_published_despite_comments_with_a_reason() {
    let office = consulted();
    answer(
        &office,
        "1443",
        "2022-12-01",
        &["--clause", "avtalstid=avstyrker"],
    )
    .ok();
    answer(&office, "1490", "2022-12-01", &["--general", "Bra."]).ok();
    consult(
        &office,
        "consider",
        &[
            "--answer",
            "3",
            "--taken-in",
            "--reason",
            "Ja",
            "--changed",
            "avtalstid",
        ],
    )
    .ok();
    // The clause that was changed is gone in what is published.
    let clause = "templates/familjecentral/1.0/clauses/16-avtalstid.typ";
    let text = office.text(clause).replace("<avtalstid>", "<tiden>");
    office.write(clause, text);
    for file in ["17-uppsagning", "18-nar-avtalet-binder", "19-andringar"] {
        let file = format!("templates/familjecentral/1.0/clauses/{file}.typ");
        let text = office.text(&file).replace("@avtalstid", "@tiden");
        office.write(&file, text);
    }
    office
        .run(&[
            "publish",
            AGREEMENT,
            "1.0",
            "--despite-comments",
            "Behandlas i version 2.0",
        ])
        .ok()
        .says("en synpunkt i svaret i post 3 ska ha ändrat avtalstid, som inte finns i texten");
    let log = office.check_log();
    let despite = &log.last().unwrap()["body"]["despite_comments"];
    assert_eq!(despite["open"], 1);
    assert!(despite["reason"]["commitment"].is_string());
    office.run(&["log"]).ok().says("Behandlas i version 2.0");
}

#[test]
fn a_narrow_bar_has_no_label() {
    let office = Office::new();
    consult(&office, "open", &WINDOW).ok();
    let json = consult(&office, "show", &["--json"]).ok().json();
    let recipients = json["recipients"].as_array().unwrap().iter();
    let mut list = "remissinstans;id;ståndpunkt;synpunkt\n".to_owned();
    for (index, recipient) in recipients.enumerate() {
        let said = match index {
            0 => "tillstyrker med ändring;Skriv om.",
            _ => "tillstyrker;",
        };
        let by = recipient["id"].as_str().unwrap();
        list.push_str(&format!("{by};mal;{said}\n"));
    }
    let file = office.beside("svar.csv");
    fs::write(&file, list).unwrap();
    let day = ["--received", "2022-12-01"];
    consult(
        &office,
        "import",
        &[&[file.to_str().unwrap()], &day[..]].concat(),
    )
    .ok();
    let file = office.beside("sammanställning.pdf");
    consult(&office, "summary", &["--out", file.to_str().unwrap()]).ok();
    if let Some(pages) = page_texts(&file) {
        let text = flowing(&pages.concat());
        assert!(text.contains("49 T"), "{text}");
        assert_eq!(text.matches("1 Ä").count(), 1, "in the table alone: {text}");
    }
}

#[test]
fn the_summary_tells_all_of_it_and_is_accessible() {
    let office = consulted();
    answer(
        &office,
        "1443",
        "2022-12-11",
        &[
            "--overall",
            "tillstyrker",
            "--clause",
            "mal=tillstyrker med ändring:Första stycket.\n\nAndra stycket #let x = [] $.",
            "--general",
            "=1+1",
        ],
    )
    .ok();
    answer(
        &office,
        "pensionarer",
        "2022-12-01",
        &["--clause", "mal=avstyrker"],
    )
    .ok();
    let reason = ["--reason", "Målet är omskrivet"];
    let stand = [
        "--answer",
        "2",
        "--clause",
        "mal",
        "--in-part",
        "--changed",
        "mal",
    ];
    consult(&office, "consider", &[&stand[..], &reason].concat()).ok();
    office
        .run(&[
            "erase", "--entry", "2", "--key", "general", "--ground", "Begäran", "--yes",
        ])
        .ok();
    let file = office.beside("sammanställning.pdf");
    consult(&office, "summary", &["--out", file.to_str().unwrap()])
        .ok()
        .says("2 synpunkter saknar bedömning");
    if let Some(pages) = page_texts(&file) {
        let text = flowing(&pages.concat());
        for words in [
            "Remissammanställning",
            "Säger inget",
            "2022-08-10 – 2022-12-10 (123 dagar)",
            "2, varav 1 efter remisstidens utgång",
            "§ 5 Mål",
            "Första stycket.",
            "Andra stycket #let x = [] $.",
            "Bedömning: delvis tillgodosedd. Målet är omskrivet",
            "Ändrar: § 5 Mål",
            "Bedömning saknas.",
            "raderat 2026-",
            "inkom efter remisstidens utgång, 1 dag sent",
            "Pensionärsrådet i länet",
            "Övriga remissinstanser",
            "har inte svarat",
        ] {
            assert!(text.contains(words), "no {words:?} in {text}");
        }
    }
    check_conforms(&[file]);
    let json = consult(&office, "summary", &["--json"]).ok().json();
    let mal = json["clauses"]
        .as_array()
        .unwrap()
        .iter()
        .find(|clause| clause["clause"]["id"] == "mal")
        .unwrap();
    assert_eq!(mal["stances"]["support_with_change"], 1);
    assert_eq!(mal["stances"]["reject"], 1);
    let groups = json["groups"].as_array().unwrap();
    let names: Vec<&str> = groups
        .iter()
        .map(|it| it["name"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(
        names[1..],
        ["Parter utan delregion", "Övriga remissinstanser"]
    );
}
