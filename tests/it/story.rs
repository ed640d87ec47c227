//! The whole story: an agreement from publication until it binds, over eight months.
//!
//! Eight municipalities and the region, which all must sign. Decisions in eight notations, two
//! conditions, a refusal that is reversed, a paper original, a signatory who leaves, one who signs
//! late, and a stranger who signs. The program and the services that it asks live by one clock, which
//! the story sets; what was known on a day is asked for at the end.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::pki::PASSPHRASE;
use super::stage::Stage;
use super::support::{AGREEMENT, Way, copy_tree, run, sigill};

const MUNICIPALITIES: [&str; 8] = [
    "1402", "1443", "1470", "1480", "1485", "1487", "1490", "1496",
];
const REGION: &str = "14";

/// How many parties are in each state, as `status --json` tells.
fn states(position: &Value) -> Vec<(String, usize)> {
    let mut counts = std::collections::BTreeMap::new();
    for group in position["groups"].as_array().unwrap() {
        for party in group["parties"].as_array().unwrap() {
            let state = party["progress"]["state"].as_str().unwrap().to_owned();
            *counts.entry(state).or_insert(0) += 1;
        }
    }
    counts.into_iter().collect()
}

#[track_caller]
fn assert_states(position: &Value, wanted: &[(&str, usize)]) {
    let wanted: Vec<(String, usize)> = wanted
        .iter()
        .map(|(state, count)| ((*state).to_owned(), *count))
        .collect();
    assert_eq!(states(position), wanted);
}

#[test]
fn an_agreement_from_publication_until_it_binds() {
    let Some(story) = Stage::begin("2023-09-04 09:00") else {
        return;
    };
    story.office.remove("templates/introduktion");
    let version = "templates/familjecentral/1.0/version.toml";
    story
        .office
        .edit(version, "rule = \"pairwise\"", "rule = \"all\"");
    let codes: Vec<&str> = MUNICIPALITIES.into_iter().chain([REGION]).collect();
    story.only_parties(version, &codes);
    story.run(&["publish", AGREEMENT, "1.0"]).ok();
    story.run(&["generate", AGREEMENT]).ok();
    story.run(&["send", AGREEMENT]).ok();
    let strangers = a_stranger_signs(&story);

    story.is_now("2023-10-02 10:00");
    recommendations(&story);
    let authorities = authorities(&story);

    story.is_now("2023-10-20 10:00");
    let condition = first_decisions(&story);

    story.is_now("2023-11-20 14:00");
    first_signatures(&story);
    the_strangers_file(&story, &strangers);

    story.is_now("2023-12-11 09:00");
    let second = second_decisions(&story);
    on_paper(&story);

    story.is_now("2024-01-08 09:00");
    change_of_signatory(&story, authorities);

    story.is_now("2024-01-29 13:00");
    settle(&story, condition, second);

    story.is_now("2024-02-15 08:30");
    all_but_one(&story);

    story.is_now("2024-03-20 16:00");
    the_late_one(&story);

    six_days(&story);
    proofs(&story);
}

fn recommendations(story: &Stage) {
    story
        .run(&[
            "recommend",
            "VästKom",
            "--body",
            "VästKoms styrelse",
            "--met",
            "2023-06-22",
            "--outcome",
            "approved",
        ])
        .ok();
    story
        .run(&[
            "recommend",
            "Boråsregionen",
            "--body",
            "Direktionen",
            "--met",
            "2023-09-29",
            "--section",
            "§ 75",
            "--outcome",
            "approved",
            "--grouping",
            "BR",
            "--report-by",
            "2024-02-16",
        ])
        .ok();
}

/// Two signatories for each party; returns the entry of the one who will leave.
fn authorities(story: &Stage) -> u64 {
    let mut leaves = 0;
    for (index, party) in MUNICIPALITIES.iter().enumerate() {
        let chair = format!("s{:03}", 2 * index + 1);
        let entry = story.authorise(party, "chair", &chair, &["--to", "2026-12-31"]);
        if *party == "1490" {
            leaves = entry;
        }
        let second = format!("s{:03}", 2 * index + 2);
        story.authorise(party, "countersigner", &second, &[]);
    }
    story.authorise(REGION, "chair", "s031", &[]);
    story.authorise(
        REGION,
        "director",
        "s032",
        &["--to", "2024-12-31", "--source-allows", "12m"],
    );
    leaves
}

/// Returns the entry of the decision with a condition.
fn first_decisions(story: &Stage) -> u64 {
    story.decide(
        "1402",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-10-10",
            "--section",
            "KS § 112/23",
            "--diary",
            "KS 2023/39",
            "--approved",
            "2023-10-12",
            "--announced",
            "2023-10-13",
            "--outcome",
            "approved",
            "--dissent",
            "Prov Provsson (X) reserverar sig",
        ],
    );
    let extract = story.file("utdrag-1443.txt", EXTRACT);
    let shown = story.run(&["decide", "1443", "--from", &extract]);
    assert!(shown.out.contains("KS2023/259"), "{shown}");
    story.decide(
        "1443",
        &["--from", &extract, "--met", "2023-10-09", "--yes"],
    );
    let condition = story.decide(
        "1470",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-10-11",
            "--section",
            "§ 4",
            "--diary",
            "2023KS133",
            "--announced",
            "2023-10-16",
            "--outcome",
            "condition",
            "--condition",
            "Under förutsättning att kostnaden för lokaler delas lika",
        ],
    );
    story.decide(
        "1480",
        &[
            "--body",
            "Kommunfullmäktige",
            "--met",
            "2023-10-19",
            "--section",
            "§ 9",
            "--diary",
            "0263/23",
            "--outcome",
            "declined",
        ],
    );
    condition
}

fn first_signatures(story: &Stage) {
    story.sign("1402-chair", "s001", &[story.copy("1402")]);
    story.sign("1402-countersigner", "s002", &[story.copy("1402")]);
    story.sign("1443-countersigner", "s004", &[story.copy("1443")]);
    story.decide(
        REGION,
        &[
            "--body",
            "Regionstyrelsen",
            "--met",
            "2023-11-14",
            "--section",
            "§ 288",
            "--diary",
            "RS 2023-04512",
            "--announced",
            "2023-11-17",
            "--outcome",
            "approved",
        ],
    );
}

/// Somebody of whom nothing is recorded signs 1443's copy in an office that knows nobody, and returns the file.
fn a_stranger_signs(story: &Stage) -> PathBuf {
    let elsewhere = story.folder.path().join("elsewhere");
    copy_tree(story.office.root(), &elsewhere, Way::Copied);
    let name = story.copy("1443");
    let file = elsewhere.join(name.strip_prefix(story.office.root()).unwrap());
    let mut command = sigill(&["sign", "--seat", "1443-chair", "--passphrase-env", "PROV"]);
    command.current_dir(&elsewhere).env("PROV", PASSPHRASE);
    command.env("SIGILL_PINS", story.folder.path().join("elsewhere-pins"));
    command
        .args(["--level", "B-LT", "--key"])
        .arg(story.pki.path("s099.p12"))
        .arg(&file);
    story.clock.rule(&mut command);
    run(command);
    file
}

/// The stranger's file comes back: kept, shown, and not counted.
fn the_strangers_file(story: &Stage, file: &Path) {
    let received = story.run(&["receive", file.to_str().unwrap(), "--json"]);
    let lines = received.json();
    let seats = lines["files"][0]["seats"].as_array().unwrap();
    let stranger = seats
        .iter()
        .find(|seat| seat["seat"] == "1443-chair")
        .unwrap();
    assert_eq!(stranger["standing"], "refused", "{received}");
}

/// Returns the entry of the decision with a condition.
fn second_decisions(story: &Stage) -> u64 {
    let second = story.decide(
        "1485",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-12-06",
            "--section",
            "§ 301",
            "--diary",
            "2023/KS0719 002-1",
            "--announced",
            "2023-12-08",
            "--outcome",
            "condition",
            "--condition",
            "Att samverkan följs upp efter ett år",
        ],
    );
    story.decide(
        "1487",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-11-29",
            "--section",
            "KS 107/23",
            "--diary",
            "LKS 2023-448",
            "--announced",
            "2023-12-01",
            "--outcome",
            "approved",
        ],
    );
    story.decide(
        "1490",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2023-12-04",
            "--section",
            "§ 455",
            "--diary",
            "KS 353/2023",
            "--announced",
            "2023-12-07",
            "--outcome",
            "approved",
        ],
    );
    story.sign("1490-chair", "s013", &[story.copy("1490")]);
    second
}

fn on_paper(story: &Stage) {
    // A picture of the last page stands for what a scanner gives.
    let scan = story.folder.path().join("1487");
    let mut scanner = Command::new("pdftoppm");
    scanner
        .args(["-png", "-r", "60", "-singlefile"])
        .arg(story.copy("1487"))
        .arg(&scan);
    assert_eq!(run(scanner).code, 0);
    let scan = format!("{}.png", scan.to_str().unwrap());
    story
        .run(&[
            "ink",
            "familjecentral-1.0-b1487",
            "--seat",
            "1487-chair",
            "--seat",
            "1487-countersigner",
            "--seat",
            "14-chair",
            "--seat",
            "14-director",
            "--signed",
            "2023-12-07",
            "--scan",
            &scan,
            "--witness",
            "Jämförd med papperet av registrator",
            "--held-by",
            "Kommunarkivet i Vänersborg",
        ])
        .ok();
}

/// 1490's chair leaves after having signed; the successor need not sign again.
fn change_of_signatory(story: &Stage, leaves: u64) {
    story
        .run(&[
            "authorise",
            "1490",
            "--end",
            &leaves.to_string(),
            "--last-day",
            "2023-12-31",
            "--reason",
            "Lämnade uppdraget vid årsskiftet",
        ])
        .ok();
    story.authorise("1490", "chair", "s040", &["--from", "2024-01-01"]);
    story.sign("1490-countersigner", "s014", &[story.copy("1490")]);
    // The region's delegation was for a year at most.
    story.authorise(
        REGION,
        "director",
        "s032",
        &["--from", "2024-01-16", "--source-allows", "12m"],
    );
}

fn settle(story: &Stage, first: u64, second: u64) {
    story
        .run(&[
            "settle",
            &first.to_string(),
            "--resolved",
            "--reason",
            "Kostnaden delas lika enligt 13 §",
        ])
        .ok();
    story
        .run(&[
            "settle",
            &second.to_string(),
            "--resolved",
            "--reason",
            "Uppföljning sker årligen enligt 14 §",
        ])
        .ok();
    story.decide(
        "1480",
        &[
            "--body",
            "Kommunfullmäktige",
            "--met",
            "2024-01-25",
            "--section",
            "§ 12",
            "--diary",
            "0263/23",
            "--announced",
            "2024-01-26",
            "--outcome",
            "approved",
        ],
    );
}

/// Everyone but 1496 signs what is left, the region all electronic copies in one go.
fn all_but_one(story: &Stage) {
    for (party, seat, signer) in [
        ("1443", "chair", "s003"),
        ("1470", "chair", "s005"),
        ("1470", "countersigner", "s006"),
        ("1480", "chair", "s007"),
        ("1480", "countersigner", "s008"),
        ("1485", "chair", "s009"),
        ("1485", "countersigner", "s010"),
    ] {
        story.sign(&format!("{party}-{seat}"), signer, &[story.copy(party)]);
    }
    let copies: Vec<PathBuf> = MUNICIPALITIES
        .iter()
        .filter(|party| **party != "1487")
        .map(|party| story.copy(party))
        .collect();
    story.sign("14-chair", "s031", &copies);
    story.sign("14-director", "s032", &copies);
}

fn the_late_one(story: &Stage) {
    story.decide(
        "1496",
        &[
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2024-03-11",
            "--section",
            "§ 61",
            "--diary",
            "KS 2024/77",
            "--announced",
            "2024-03-14",
            "--outcome",
            "approved",
        ],
    );
    story.sign("1496-chair", "s015", &[story.copy("1496")]);
    story.sign("1496-countersigner", "s016", &[story.copy("1496")]);
}

/// What was known at the end of six days.
fn six_days(story: &Stage) {
    let before = story.position("2023-09-30");
    assert_states(&before, &[("waiting", 9)]);
    let day = story.position("2023-10-31");
    assert_states(
        &day,
        &[
            ("conditional", 1),
            ("decided", 2),
            ("declined", 1),
            ("waiting", 5),
        ],
    );
    let day = story.position("2023-11-30");
    assert_states(
        &day,
        &[
            ("complete", 1),
            ("conditional", 1),
            ("decided", 1),
            ("declined", 1),
            ("partly", 1),
            ("waiting", 4),
        ],
    );
    let day = story.position("2023-12-31");
    assert_states(
        &day,
        &[
            ("complete", 2),
            ("conditional", 2),
            ("declined", 1),
            ("partly", 3),
            ("waiting", 1),
        ],
    );
    let day = story.position("2024-02-29");
    assert_states(&day, &[("complete", 8), ("waiting", 1)]);
    assert_eq!(day["binding"]["binds"], false);
    assert_eq!(day["binding"]["waits_for"], serde_json::json!(["1496"]));
    let day = story.position("2024-03-31");
    assert_states(&day, &[("complete", 9)]);
    assert_eq!(day["binding"]["binds"], true);
    assert_eq!(day["binding"]["since"], "2024-03-20");
}

/// Audit, three witnesses, and a receipt for each copy, checked without the office.
fn proofs(story: &Stage) {
    story.run(&["audit"]).ok();
    let key = story.folder.path().join("register.key");
    let key = key.to_str().unwrap();
    story.run(&["receipt", "key", "--out", key]).ok();
    let log = story.folder.path().join("log");
    let log = log.to_str().unwrap();
    story.run(&["witness", "publish", log]).ok();
    let mut witnesses = Vec::new();
    for (party, name) in [
        ("1402", "partille.exempel"),
        ("1480", "goteborg.exempel"),
        ("1490", "boras.exempel"),
    ] {
        let state = story.folder.path().join(name);
        let state = state.to_str().unwrap();
        // A witness has no office and shares nothing with this one.
        let alone = |arguments: &[&str]| {
            let mut command = sigill(arguments);
            command.current_dir(story.folder.path());
            story.clock.rule(&mut command);
            run(command).ok()
        };
        let made = alone(&[
            "witness", "init", "--state", state, "--name", name, "--log", key, "--json",
        ]);
        witnesses.push(made.json()["key"].as_str().unwrap().to_owned());
        let held = story.file(
            &format!("{party}.pdf"),
            fs::read(story.copy(party)).unwrap(),
        );
        alone(&[
            "witness", "check", log, "--state", state, "--party", party, "--holds", &held,
        ]);
    }
    let keys: Vec<String> = witnesses.iter().map(|key| format!("{key:?}")).collect();
    let settings = story.office.text("sigill.toml");
    let table = format!("\n[witnesses]\nneed = 2\nkeys = [{}]\n", keys.join(", "));
    story.office.write("sigill.toml", settings + &table);
    story.run(&["witness", "collect", log]).ok();
    let all = story.file("witnesses.txt", witnesses.join("\n"));

    let receipts = story
        .run(&["receipt", "--all", AGREEMENT, "--json"])
        .ok()
        .json();
    let receipts = receipts.as_array().unwrap();
    assert!(receipts.len() >= MUNICIPALITIES.len(), "{receipts:?}");
    let offline = story.folder.path().join("offline");
    fs::create_dir(&offline).unwrap();
    for receipt in receipts {
        let proof = story.office.path(receipt["file"].as_str().unwrap());
        // A receipt lies beside its file; that of a paper original stands for no file here.
        let pdf = proof.with_extension("");
        let pdf = pdf.is_file().then_some(pdf);
        let mut command = sigill(&["receipt", "check"]);
        command.current_dir(&offline).arg(proof).args(pdf);
        command.args(["--key", key, "--witnesses", &all, "--need", "3"]);
        story.clock.rule(&mut command);
        run(command).ok();
    }
}

/// An extract of 1443's minutes, invented.
const EXTRACT: &str = "\
Sammanträdesprotokoll
Kommunstyrelsen                                             2023-10-09

§ 4                                                         KS2023/259

Samverkansavtal för familjecentraler och familjecentralsliknande verksamhet i Västra Götaland

Beslut
Kommunstyrelsen beslutar att teckna samverkansavtalet för familjecentraler och familjecentralsliknande
verksamhet i Västra Götaland.

Ärendet
Avtalet ersätter inget tidigare avtal. Individ- och familjenämnden har tillstyrkt i § 31, IFN2023/88.

Beslutsgång
Ordföranden finner att kommunstyrelsen beslutar enligt förslaget.

Beslutsunderlag
Tjänsteskrivelse 2023-09-12
Protokollsutdrag § 75, 2023-09-29

Skickas till
Boråsregionen

Paragrafen är justerad
";
