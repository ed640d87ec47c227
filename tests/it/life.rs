//! An agreement's life: consultation, publication, prolongation, notice, an amendment, the next version.
//!
//! Four municipalities and the region, over five years and a half, by one clock that the story sets. One
//! municipality never concludes the agreement, one gives notice on the last day at half past eleven at
//! night and one forty minutes later, two amend it, and one concludes the version that follows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::stage::Stage;
use super::support::{AGREEMENT, digests, files_below, flowing, names_in, page_texts};

const MUNICIPALITIES: [&str; 4] = ["1402", "1443", "1480", "1490"];
const REGION: &str = "14";
const AMENDMENT: &str = "familjecentral-uppfoljning";

#[test]
fn an_agreement_from_consultation_to_the_version_after_it() {
    let Some(story) = Stage::begin("2022-08-10 09:00") else {
        return;
    };
    story.office.remove("templates/introduktion");
    let version = "templates/familjecentral/1.0/version.toml";
    let codes: Vec<&str> = MUNICIPALITIES.into_iter().chain([REGION]).collect();
    story.only_parties(version, &codes);
    story.file("skanning.png", b"\x89PNG\r\n\x1a\n a scan");

    let recipients = consultation_opens(&story);
    story.is_now("2022-12-14 10:00");
    thirty_answers(&story, &recipients);
    story.is_now("2023-01-20 10:00");
    a_stand_on_every_comment(&story);

    story.is_now("2023-09-04 09:00");
    publication(&story);
    story.is_now("2024-02-15 14:00");
    three_conclude_it(&story);

    story.is_now("2025-03-03 09:00");
    an_amendment(&story);

    story.is_now("2026-01-01 00:05");
    prolonged_by_itself(&story);

    story.is_now("2027-01-04 08:30");
    notices(&story);

    story.is_now("2027-05-03 09:00");
    the_next_version(&story);

    story.is_now("2028-01-10 09:00");
    who_is_bound_by_what(&story);
    what_is_to_be_watched(&story);
    story.line("audit", &[]).ok();
    letters_and_papers(&story);
}

/// Version 0.9 goes out to all fifty and one more; returns the parties' codes.
fn consultation_opens(story: &Stage) -> Vec<String> {
    let line = "consult open familjecentral --opens 2022-08-10 --answer-by 2022-12-10 --json";
    let opened = story.line(line, &["--also", "prov=Provrådet"]).ok().json();
    assert_eq!(opened["days"], 123);
    // The day does not move; that it is a Saturday is told.
    assert_eq!(opened["day_off"]["is"], "saturday");
    let watched = story.line("watch --json", &[]).ok().json();
    assert_eq!(watched[0]["occasion"], "answer");
    assert_eq!(watched[0]["on"], "2022-12-10");
    assert_eq!(watched[0]["act_by"], "2022-12-09");
    let recipients = opened["recipients"].as_array().unwrap().iter();
    let codes = recipients.filter_map(|it| Some(it["party"].as_str()?.to_owned()));
    codes.collect()
}

/// Five are typed, one comes in the form that was sent out, and three lists have eight each; three are late.
fn thirty_answers(story: &Stage, recipients: &[String]) {
    let answer = |by: &str, received: &str, more: &[&str]| {
        let line = format!("consult answer familjecentral --by {by} --received {received}");
        story.line(&line, more).ok()
    };
    answer(
        "1402",
        "2022-12-09",
        &[
            "--clause",
            "syfte=tillstyrker",
            "--clause",
            "§ 5=tillstyrker med ändring:Målet bör gälla alla familjer",
        ],
    );
    answer("1443", "2022-11-30", &["--overall", "tillstyrker"]);
    answer(
        "1480",
        "2022-12-10T23:59",
        &["--clause", "Avtalstid=synpunkt:När börjar det gälla?"],
    );
    answer(
        "1490",
        "2022-12-08",
        &["--overall", "avstår", "--general", "Nämnden hann inte"],
    );
    answer("prov", "2022-12-12", &["--overall", "tillstyrker"])
        .says("inkom efter remisstidens utgång, 2 dagar sent");

    let typed = ["1402", "1443", "1480", "1490"];
    let mut others = recipients
        .iter()
        .filter(|code| !typed.contains(&code.as_str()));
    let formed = others.next().unwrap();
    let form = format!("out/familjecentral-0.9-remiss/svar-{formed}.csv");
    story.office.edit(
        &form,
        ";mal;Mål;;",
        ";mal;Mål;avstyrker;\"Ett mål; inte flera\"",
    );
    let form = story.office.path(&form);
    import(story, form.to_str().unwrap(), &["--received", "2022-12-01"]);

    let mut list = |late: bool| -> Vec<Vec<String>> {
        let header = ["Remissinstans", "Inkom", "Id", "Ståndpunkt", "Synpunkt"];
        let mut rows = vec![header.map(str::to_owned).to_vec()];
        for (index, code) in others.by_ref().take(8).enumerate() {
            let is_late = late && index == 7;
            let day = if is_late { "2022-12-13" } else { "2022-12-07" };
            let mut row = |clause: &str, stance: &str, words: &str| {
                let cells = [code.as_str(), day, clause, stance, words];
                rows.push(cells.map(str::to_owned).to_vec());
            };
            row("syfte", "tillstyrker", "");
            if index % 2 == 0 {
                row(
                    "mal",
                    "tillstyrker med ändring",
                    "Målet bör nå fler; även på \"landet\",\noch snart",
                );
            } else {
                row("mal", "tillstyrker", "");
            }
        }
        rows
    };
    let windows: Vec<u8> = table(&list(true), ';')
        .chars()
        .map(|c| u8::try_from(u32::from(c)).unwrap())
        .collect();
    import(story, &story.file("windows-1252.csv", windows), &[]);
    let utf_16: Vec<u8> = std::iter::once(0xFEFF)
        .chain(table(&list(false), '\t').encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    import(story, &story.file("utf-16.csv", utf_16), &[]);
    import(story, &workbook(story, &list(true)), &[]);

    let found = consultation(story);
    let counts = &found["counts"];
    assert_eq!(counts["answered"], 30);
    assert_eq!(counts["late"], 3);
    assert_eq!(counts["comments"], 3 + 1 + 3 * 4);
    assert_eq!(counts["open"], counts["comments"]);
}

fn import(story: &Stage, file: &str, more: &[&str]) {
    let arguments = ["consult", "import", AGREEMENT, file];
    let arguments: Vec<&str> = arguments.into_iter().chain(more.iter().copied()).collect();
    story.run(&arguments).ok();
    // Once more, it is told and not doubled.
    let before = story.last();
    story.run(&arguments).ok();
    assert_eq!(story.last(), before, "{file}");
}

fn consultation(story: &Stage) -> Value {
    let shown = story.line("consult show familjecentral --json", &[]);
    shown.ok().json()
}

/// Writes a table with every cell in quotes.
fn table(rows: &[Vec<String>], delimiter: char) -> String {
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row
            .iter()
            .map(|cell| format!("\"{}\"", cell.replace('"', "\"\"")))
            .collect();
        text += &cells.join(&delimiter.to_string());
        text += "\r\n";
    }
    text
}

fn workbook(story: &Stage, rows: &[Vec<String>]) -> String {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            sheet.write(row, column, cell).unwrap();
        }
    }
    story.file("webbformular.xlsx", workbook.save_to_buffer().unwrap())
}

/// While comments wait, nothing is published; the list of them is filled in and read back.
fn a_stand_on_every_comment(story: &Stage) {
    story.line("consult close familjecentral", &[]).ok();
    let publish = || story.line("publish familjecentral 1.0", &[]);
    publish()
        .fails(4)
        .complains("16 comments in the consultation of familjecentral 0.9");
    let first = consultation(story)["comments"][0]["answer"].to_string();
    story
        .line("consult consider familjecentral --in-part --answer", &[])
        .fails(2);
    let line = format!("consult consider familjecentral --in-part --answer {first} --changed mal");
    story.line(&line, &["--reason", "Målet är omskrivet"]).ok();
    publish().fails(4).complains("15 comments");

    let comments = story.line("consult summary familjecentral --csv", &[]).ok();
    let comments = comments.out.trim_start_matches('\u{FEFF}').to_owned();
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(b';')
        .from_reader(comments.as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let column = |name: &str| header.iter().position(|it| it == name).unwrap();
    let (clause, stand) = (column("id"), column("bedömning"));
    let (reason, changed) = (column("skäl"), column("ändrar"));
    let mut rows = vec![header.clone()];
    for record in reader.records() {
        let mut row: Vec<String> = record.unwrap().iter().map(str::to_owned).collect();
        if row[stand].is_empty() {
            if row[clause] == "mal" {
                row[stand] = "tillgodosedd".to_owned();
                row[changed] = "mal".to_owned();
            } else {
                row[stand] = "inte tillgodosedd".to_owned();
            }
            row[reason] = "Se den nya lydelsen".to_owned();
        }
        rows.push(row);
    }
    assert_eq!(rows.len(), 1 + 16);
    let file = story.file("bedomningar.csv", table(&rows, ';'));
    story
        .run(&["consult", "consider", AGREEMENT, "--file", &file])
        .ok();
    assert_eq!(consultation(story)["counts"]["open"], 0);
    story.line("consult summary familjecentral", &[]).ok();
}

fn publication(story: &Stage) {
    story.line("publish familjecentral 1.0", &[]).ok();
    let redline = story
        .line("redline familjecentral 0.9 1.0 --json", &[])
        .ok()
        .json();
    let inserted = |clause: &str| pieces(&redline, clause, "inserted");
    assert!(
        inserted("syfte").contains("säkra samverkan mellan huvudmännen"),
        "the fourth purpose"
    );
    assert!(
        inserted("mal").contains("ska kunna nå en familjecentral"),
        "the changed goal"
    );
    assert!(
        pieces(&redline, "mal", "deleted").contains("minst en familjecentral i varje kommun"),
        "the goal as it was"
    );
    assert!(
        inserted("avtalstid").contains("från och med 2024-03-01 till och med 2025-12-31"),
        "the term, filled in"
    );
    story.line("generate familjecentral", &[]).ok();
    story.line("send familjecentral", &[]).ok();
    story
        .line(
            "letter missive familjecentral --answer-by 2024-02-16",
            &["--enclosure", "Missiv"],
        )
        .ok();
    story.line("letter sending familjecentral", &[]).ok();
}

/// Returns the words of a clause that were changed so.
fn pieces(redline: &Value, clause: &str, change: &str) -> String {
    let mut clauses = redline["clauses"].as_array().unwrap().iter();
    let clause = clauses.find(|it| it["id"] == clause).unwrap();
    let blocks = clause["blocks"].as_array().unwrap().iter();
    let pieces = blocks.flat_map(|block| block["pieces"].as_array().unwrap());
    let pieces = pieces.filter(|piece| piece["change"] == change);
    pieces
        .map(|piece| piece["text"].as_str().unwrap())
        .collect()
}

/// One with electronic signatures, two on paper; the fourth is reminded.
fn three_conclude_it(story: &Stage) {
    let chairs = [
        ("1402", "chair", "s001"),
        ("1402", "countersigner", "s002"),
        (REGION, "chair", "s031"),
        (REGION, "director", "s032"),
    ];
    for (party, role, signer) in chairs {
        story.authorise(party, role, signer, &[]);
    }
    for party in ["1402", "1443", "1480", REGION] {
        decide(story, AGREEMENT, "1.0", party, "2024-01-15");
    }
    for (party, role, signer) in chairs {
        story.sign(&format!("{party}-{role}"), signer, &[story.copy("1402")]);
    }
    on_paper(story, "familjecentral-1.0-b1443", "2024-02-12");
    on_paper(story, "familjecentral-1.0-b1480", "2024-02-13");
    let reminded = story
        .line("letter reminder familjecentral --json", &[])
        .ok()
        .out;
    assert!(
        reminded.contains("1490") && !reminded.contains("1443-"),
        "{reminded}"
    );
}

fn decide(story: &Stage, agreement: &str, version: &str, party: &str, met: &str) {
    let body = match party {
        REGION => "Regionstyrelsen",
        _ => "Kommunstyrelsen",
    };
    let line = format!(
        "decide {party} --agreement {agreement} --version {version} --body {body} --met {met} --announced {met} --outcome approved"
    );
    story.line(&line, &["--section", "§ 7"]).ok();
}

/// Enters that all four seats of a copy are signed on paper.
fn on_paper(story: &Stage, copy: &str, day: &str) {
    let (_, party) = copy.rsplit_once('b').unwrap();
    let scan = story.folder.path().join("skanning.png");
    let line = format!(
        "ink {copy} --seat {party}-chair --seat {party}-countersigner --seat 14-chair --seat 14-director --signed {day} --held-by Kommunarkivet --scan {}",
        scan.display()
    );
    story
        .line(&line, &["--witness", "Jämförd med papperet"])
        .ok();
}

/// A document of its own between two of the municipalities and the region, which three sign.
fn an_amendment(story: &Stage) {
    let before = digests_of(story, "1.0");
    story
        .line(
            "revise familjecentral --amend uppfoljning --party 1402 --party 1480 --clause uppfoljning",
            &["--reason", "Tätare uppföljning"],
        )
        .ok();
    let folder = format!("templates/{AMENDMENT}/1.0");
    let publish = || story.line(&format!("publish {AMENDMENT} 1.0 --json"), &[]);
    publish().fails(4).complains("has status draft");
    let manifest = format!("{folder}/version.toml");
    story
        .office
        .edit(manifest, "status = \"draft\"", "status = \"adopted\"");
    publish()
        .fails(3)
        .complains("the new wording is not written yet");
    story.office.edit(
        format!("{folder}/clauses/02-vad-som-andras.typ"),
        "#quote(block: true)[Skriv den nya lydelsen här.]",
        "#quote(block: true)[Parterna följer upp avtalet varje halvår.]",
    );
    let published = publish().ok().json();
    let again = &published["again"];
    let signs = again["parties"].as_array().unwrap().iter();
    let signs: Vec<&Value> = signs.map(|it| &it["party"]).collect();
    assert_eq!(signs, ["1480", "1402", REGION]);
    assert_eq!(again["untouched"], serde_json::json!(["1443", "1490"]));
    story.line(&format!("generate {AMENDMENT}"), &[]).ok();
    story.is_now("2025-03-20 09:00");
    for party in ["1402", "1480", REGION] {
        decide(story, AMENDMENT, "1.0", party, "2025-03-10");
    }
    for party in ["1402", "1480"] {
        on_paper(story, &format!("{AMENDMENT}-1.0-b{party}"), "2025-03-17");
    }
    // The agreement stands as it was signed.
    assert_eq!(digests_of(story, "1.0"), before);
}

/// Returns the newest state of each copy of the agreement, by its digest.
fn digests_of(story: &Stage, version: &str) -> BTreeMap<String, String> {
    let folder = format!("out/familjecentral-{version}-bilateral");
    digests(&story.office.path(folder))
}

/// Nobody enters a prolongation: the register says nothing new, and the term runs on.
fn prolonged_by_itself(story: &Stage) {
    let last = story.last();
    let standing = |day: &str| {
        let line = format!("term familjecentral --as-of {day} --json");
        story.line(&line, &[]).ok().json()[0]["standing"].take()
    };
    let before = standing("2025-12-31");
    assert_eq!(before["period"]["number"], 1);
    assert_eq!(before["days_left"], 0);
    let after = standing("2026-01-01");
    assert_eq!(after["state"], "in_force");
    assert_eq!(after["period"]["number"], 2);
    assert_eq!(after["period"]["first_day"], "2026-01-01");
    assert_eq!(after["period"]["last_day"], "2027-12-31");
    assert_eq!(after["notice"]["plain"], "2026-12-31");
    assert_eq!(after["notice"]["cautious"], "2026-12-30");
    assert_eq!(story.last(), last);
    story.line("letter prolongation familjecentral", &[]).ok();
}

/// Half past eleven on the last night is in time; ten past midnight is not.
fn notices(story: &Stage) {
    let notice = |party: &str, received: &str| {
        let line = format!(
            "notice {party} --agreement familjecentral --dated 2026-12-30 --received {received} --way e-post --json"
        );
        let told = story.line(&line, &[]).ok().json();
        let reach = &told["reach"];
        (
            reach["period"]["last_day"].as_str().unwrap().to_owned(),
            reach["missed"]["days_late"].as_u64(),
            told["ends_anything"].as_bool().unwrap(),
        )
    };
    let in_time = notice("1443", "2026-12-31T23:30");
    assert_eq!(in_time, ("2027-12-31".to_owned(), None, true));
    let late = notice("1480", "2027-01-01T00:10");
    assert_eq!(late, ("2029-12-31".to_owned(), Some(1), false));
    let folder = story.office.path("out/familjecentral/letters");
    let texts = files_below(&folder);
    let text = |end: &str| {
        let mut texts = texts.iter();
        let name = texts.find(|name| name.contains("acknowledgement") && name.ends_with(end));
        std::fs::read_to_string(folder.join(name.unwrap())).unwrap()
    };
    let told = flowing(&text("1443-bollebygd.txt"));
    assert!(told.contains("2026-12-31 kl. 23:30"), "{told}");
    assert!(
        told.contains("Avtalet upphör för er. Sista dagen som det gäller är 2027-12-31."),
        "{told}"
    );
    let told = flowing(&text("1480-goteborg.txt"));
    assert!(told.contains("2027-01-01 kl. 00:10"), "{told}");
    assert!(!told.contains("Avtalet upphör för er"), "{told}");
}

/// 2.0 takes the place of 1.0 for those who sign it: one municipality, and the region with it.
fn the_next_version(story: &Stage) {
    story
        .line(
            "revise familjecentral --as 2.0",
            &["--reason", "Översyn inför nästa period"],
        )
        .ok();
    let folder = "templates/familjecentral/2.0";
    let manifest = format!("{folder}/version.toml");
    let text = story.office.text(&manifest);
    for part in [
        "start = 2028-01-01",
        "end = 2029-12-31",
        "kind = \"replaces\"",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let files = names_in(&story.office.path(format!("{folder}/clauses")));
    let clause = files
        .iter()
        .find(|name| name.contains("uppfoljning"))
        .unwrap();
    let file = format!("{folder}/clauses/{clause}");
    let text = story.office.text(&file);
    story.office.write(
        &file,
        text.replacen("\n+ ", "\n+ Parterna ser över avtalet varje period. ", 1),
    );
    story
        .office
        .edit(&manifest, "status = \"draft\"", "status = \"adopted\"");
    let redline = story
        .line("redline familjecentral 1.0 2.0 --json", &[])
        .ok()
        .json();
    assert!(pieces(&redline, "uppfoljning", "inserted").contains("ser över avtalet varje period"));
    assert!(pieces(&redline, "avtalstid", "deleted").contains("2025"));
    story.line("redline familjecentral 1.0 2.0", &[]).ok();

    story
        .line("publish familjecentral 2.0 --dry-run", &[])
        .ok()
        .says("5 parter ska besluta och skriva under på nytt")
        .says(AMENDMENT);
    story.line("publish familjecentral 2.0", &[]).ok();
    story
        .line("generate familjecentral --version 2.0", &[])
        .ok();
    story.is_now("2027-10-04 09:00");
    for party in ["1402", REGION] {
        decide(story, AGREEMENT, "2.0", party, "2027-09-13");
    }
    on_paper(story, "familjecentral-2.0-b1402", "2027-09-20");
}

/// What bound whom at the end of eight days.
fn who_is_bound_by_what(story: &Stage) {
    let first = "until period 2025-12-31";
    let second = "until period 2027-12-31";
    let [none, waits] = ["nothing, later", "nothing, incomplete"];
    let one = |until: &str| format!("1.0 {until}");
    let both = |until: &str| format!("1.0 {until}, amended {until}");
    let days: [(&str, [String; 4]); 8] = [
        ("2024-01-31", [waits; 4].map(str::to_owned)),
        ("2024-02-29", [none, none, none, waits].map(str::to_owned)),
        (
            "2024-03-01",
            [one(first), one(first), one(first), waits.to_owned()],
        ),
        (
            "2025-03-31",
            [both(first), one(first), both(first), waits.to_owned()],
        ),
        (
            "2026-01-01",
            [both(second), one(second), both(second), waits.to_owned()],
        ),
        (
            "2027-01-31",
            [
                both(second),
                one("until notice 2027-12-31"),
                both(second),
                waits.to_owned(),
            ],
        ),
        (
            "2027-12-31",
            [
                "1.0 until replaced 2027-12-31, amended until end 2027-12-31".to_owned(),
                one("until notice 2027-12-31"),
                both(second),
                waits.to_owned(),
            ],
        ),
        (
            "2028-01-01",
            [
                "2.0 until period 2029-12-31".to_owned(),
                "nothing, ended".to_owned(),
                both("until period 2029-12-31"),
                waits.to_owned(),
            ],
        ),
    ];
    for (day, expected) in days {
        let line = format!("bound familjecentral --as-of {day} --json");
        let bound = story.line(&line, &[]).ok().json();
        let found = MUNICIPALITIES.map(|party| binding(&bound, party));
        assert_eq!(found, expected, "{day}");
        let bound_by = found.iter().filter(|it| !it.starts_with("nothing")).count();
        assert_eq!(bound["common"]["bound"], bound_by, "{day}");
    }
}

/// Returns what binds a party, in few words.
fn binding(bound: &Value, party: &str) -> String {
    let mut rows = bound["rows"].as_array().unwrap().iter();
    let row = rows.find(|row| row["party"] == party).unwrap();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    if row["by"].is_null() {
        return format!("nothing, {}", word(&row["unbound"]["is"]));
    }
    let until = |hold: &Value| {
        let until = &hold["until"];
        format!("until {} {}", word(&until["is"]), word(&until["last_day"]))
    };
    let mut told = format!("{} {}", word(&row["by"]["version"]), until(&row["by"]));
    for amendment in row["amendments"].as_array().unwrap() {
        assert_eq!(amendment["agreement"], AMENDMENT);
        told += &format!(", amended {}", until(amendment));
    }
    told
}

fn what_is_to_be_watched(story: &Stage) {
    let days = |as_of: &str| -> Vec<String> {
        let line = format!("watch familjecentral --as-of {as_of} --json");
        let watched = story.line(&line, &[]).ok().json();
        let watched = watched.as_array().unwrap().iter();
        let watched = watched.map(|it| {
            let (on, occasion) = (it["on"].as_str().unwrap(), it["occasion"].as_str().unwrap());
            format!("{occasion} {on}")
        });
        watched.collect()
    };
    let before = days("2026-12-01");
    assert!(
        before.contains(&"notice 2026-12-31".to_owned()),
        "{before:?}"
    );
    let after = days("2027-01-31");
    for day in ["end 2027-12-31", "follow_up 2027-03-31"] {
        assert!(after.contains(&day.to_owned()), "{day} in {after:?}");
    }
    let now = days("2028-01-10");
    assert!(now.contains(&"notice 2028-12-31".to_owned()), "{now:?}");
}

/// What was entered is whole by the eyes of other code, and each kind of letter went out.
fn letters_and_papers(story: &Stage) {
    let log = story.office.check_log();
    let letters: Vec<&str> = log
        .iter()
        .filter(|entry| entry["kind"] == "Lettered")
        .map(|entry| entry["body"]["letter"].as_str().unwrap())
        .collect();
    assert_eq!(
        letters,
        [
            "missive",
            "sending",
            "reminder",
            "prolongation",
            "acknowledgement",
            "acknowledgement"
        ]
    );
    let answers = log.iter().filter(|entry| entry["kind"] == "Answered");
    assert_eq!(answers.count(), 30);
    let redline = story
        .office
        .path("out/familjecentral-1.0-2.0-jamforelse.pdf");
    if let Some(pages) = page_texts(&redline) {
        assert!(
            pages.iter().all(|page| page.contains("ej för underskrift")),
            "{pages:?}"
        );
    }
}
