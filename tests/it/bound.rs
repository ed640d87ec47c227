//! Bound: which parties are bound by what, told on one day and another.

use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::clock::Clock;
use super::support::{AGREEMENT, Office, Run, run, scratch};

const AMENDMENT: &str = "familjecentral-uppfoljning";
const ROLES: [&str; 2] = ["chair", "countersigner"];

/// Three municipalities and the region, by a clock that is set.
struct County {
    clock: Clock,
    office: Office,
    _folder: TempDir,
}

impl County {
    fn begin() -> Option<Self> {
        let folder = scratch();
        let clock = Clock::new(folder.path())?;
        let office = Office::new();
        let version = "templates/familjecentral/1.0/version.toml";
        let text = office.text(version);
        let codes = "\n[parties]\ncodes = [\"1443\", \"1480\", \"1490\", \"14\"]\n";
        office.write(version, text + codes);
        office.write("skanning.png", b"\x89PNG\r\n\x1a\n a scan");
        Some(Self {
            clock,
            office,
            _folder: folder,
        })
    }

    fn is_now(&self, time: &str) {
        self.clock.set(time);
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command: Command = self.office.command(arguments);
        self.clock.rule(&mut command);
        run(command)
    }

    fn decide(&self, agreement: &str, version: &str, met: &str, parties: &[&str]) {
        for party in parties {
            let body = if *party == "14" {
                "Regionstyrelsen"
            } else {
                "Kommunstyrelsen"
            };
            let decided = self.run(&[
                "decide",
                party,
                "--agreement",
                agreement,
                "--version",
                version,
                "--body",
                body,
                "--met",
                met,
                "--outcome",
                "approved",
            ]);
            assert_eq!(decided.code, 0, "{decided}");
        }
    }

    /// Enters that both parties of a copy signed it on paper.
    fn sign(&self, agreement: &str, version: &str, party: &str, day: &str) {
        let copy = format!("{agreement}-{version}-b{party}");
        let mut seats: Vec<String> = ROLES.iter().map(|role| format!("{party}-{role}")).collect();
        seats.extend(["14-chair".to_owned(), "14-director".to_owned()]);
        let mut arguments = vec!["ink", &copy, "--signed", day, "--held-by", "Kommunarkivet"];
        for seat in &seats {
            arguments.extend(["--seat", seat]);
        }
        arguments.extend([
            "--witness",
            "Anna Exempel har jämfört",
            "--scan",
            "skanning.png",
        ]);
        let entered = self.run(&arguments);
        assert_eq!(entered.code, 0, "{entered}");
    }

    fn bound(&self, agreement: &str, day: &str) -> Value {
        let run = self.run(&["bound", agreement, "--as-of", day, "--json"]);
        run.ok().json()
    }
}

impl County {
    /// Returns which versions `term` shows, alone and among all agreements.
    fn terms(&self, day: &str) -> Vec<String> {
        let told = |arguments: &[&str]| -> Vec<String> {
            let more = ["--as-of", day, "--json"];
            let lines = self
                .run(&[&["term"], arguments, &more].concat())
                .ok()
                .json();
            let lines = lines.as_array().unwrap().iter();
            let own = lines.filter(|line| line["agreement"] == AGREEMENT);
            let told = own.map(|line| {
                let list = |key: &str| match &line[key] {
                    Value::Null => "[]".to_owned(),
                    list => list.to_string(),
                };
                let version = line["version"].as_str().unwrap();
                format!(
                    "{version} by {} for {}",
                    list("replaced_by"),
                    list("replaced_for")
                )
            });
            told.collect()
        };
        let alone = told(&[AGREEMENT]);
        assert_eq!(told(&[]), alone, "what is kept");
        alone
    }
}

/// Returns what binds a party, in one line.
fn told(bound: &Value, party: &str) -> String {
    let rows = bound["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["party"] == party).unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let hold = |hold: &Value| {
        let until = &hold["until"];
        let (is, last_day) = (text(&until["is"]), text(&until["last_day"]));
        format!(
            "{} {} {is} {last_day}",
            text(&hold["version"]),
            text(&hold["since"])
        )
    };
    let mut line = if row["by"].is_null() {
        format!("nothing: {}", text(&row["unbound"]["is"]))
    } else {
        hold(&row["by"])
    };
    for amendment in row["amendments"].as_array().unwrap() {
        line += &format!(" + {}", hold(amendment));
    }
    line
}

#[test]
fn who_is_bound_by_what_from_day_to_day() {
    let Some(county) = County::begin() else {
        return;
    };
    county.is_now("2024-02-01 09:00");
    county.run(&["publish", AGREEMENT, "1.0"]).ok();
    county.run(&["generate", AGREEMENT]).ok();
    let all = ["1443", "1480", "1490", "14"];
    county.decide(AGREEMENT, "1.0", "2024-01-15", &all);
    county.is_now("2024-02-20 09:00");
    county.sign(AGREEMENT, "1.0", "1443", "2024-02-19");
    county.sign(AGREEMENT, "1.0", "1480", "2024-02-19");
    county.is_now("2024-05-03 09:00");
    county.sign(AGREEMENT, "1.0", "1490", "2024-05-02");

    county.is_now("2026-05-04 09:00");
    let amend = ["revise", AGREEMENT, "--amend", "uppfoljning"];
    let parties = ["--party", "1443", "--party", "1490"];
    county.run(&[&amend[..], &parties].concat()).ok();
    let folder = format!("templates/{AMENDMENT}/1.0");
    let change = format!("{folder}/clauses/02-vad-som-andras.typ");
    county.office.edit(&change, "§~…", "§~14");
    county
        .office
        .edit(&change, "Skriv den nya lydelsen här.", "Varje halvår.");
    let version = format!("{folder}/version.toml");
    county.office.edit(&version, "\"draft\"", "\"adopted\"");
    county
        .office
        .edit(&version, "clauses = []", "clauses = []\nfrom = 2026-06-01");
    county.run(&["publish", AMENDMENT, "1.0"]).ok();
    county.run(&["generate", AMENDMENT]).ok();
    county.decide(AMENDMENT, "1.0", "2026-05-04", &["1443", "1490", "14"]);
    county.sign(AMENDMENT, "1.0", "1443", "2026-05-04");

    county.is_now("2026-12-31 23:30");
    let notice = [
        "notice",
        "1480",
        "--agreement",
        AGREEMENT,
        "--way",
        "e-post",
    ];
    let days = ["--dated", "2026-12-31", "--received", "2026-12-31"];
    county.run(&[&notice[..], &days].concat()).ok();

    county.is_now("2027-06-01 09:00");
    county.run(&["revise", AGREEMENT, "--as", "2.0"]).ok();
    let next = "templates/familjecentral/2.0/version.toml";
    county.office.edit(next, "\"draft\"", "\"adopted\"");
    let published = county.run(&["publish", AGREEMENT, "2.0"]).ok();
    let published =
        published.says("bundna        1443 Bollebygd, 1490 Borås, 1480 Göteborg, 14 VGR");
    published.says("familjecentral-uppfoljning 1.0, under 1.0");
    county
        .run(&["generate", AGREEMENT, "--version", "2.0"])
        .ok();
    // Nobody has signed it: the first still binds, and has its own last day for notice.
    assert_eq!(county.terms("2027-12-31"), ["1.0 by [] for []"]);
    assert_eq!(
        county.terms("2028-01-15"),
        [r#"1.0 by ["2.0"] for []"#, "2.0 by [] for []"]
    );
    county.decide(AGREEMENT, "2.0", "2027-05-31", &["1443", "14"]);
    county.sign(AGREEMENT, "2.0", "1443", "2027-06-01");
    // 2.0 is the newest, but not what 1490 can leave.
    let notice = ["notice", "1490", "--agreement", AGREEMENT, "--way", "brev"];
    let days = ["--dated", "2027-06-01", "--received", "2027-06-01"];
    let foreseen = county.run(&[&notice[..], &days, &["--dry-run", "--json"]].concat());
    assert_eq!(foreseen.json()["version"], "1.0");
    let accord = ["accord", "draft", AGREEMENT, "--party", "1490"];
    let services = ["Barnhälsovård=14", "Mödrahälsovård=14"];
    let services = services.map(|service| ["--service", service]).concat();
    county
        .run(
            &[
                &accord[..],
                &services,
                &["--name", "Hjorten", "--from", "2028-01-01"],
            ]
            .concat(),
        )
        .ok()
        .says("1490 är bunden av familjecentral 1.0, inte av 2.0");
    county.is_now("2028-02-01 09:00");
    assert_eq!(
        county.terms("2028-01-15"),
        [r#"1.0 by ["2.0"] for ["1443"]"#, "2.0 by [] for []"]
    );
    county
        .run(&["term", AGREEMENT, "--as-of", "2028-01-15"])
        .ok()
        .says("familjecentral 1.0\n  gäller för dem som inte har ingått version 2.0; 1 av 3 har gjort det\n")
        .says("  upphör 2027-12-31 för 1480\n  fortsätter för 1 av 3\n")
        .says("familjecentral 2.0\n  gäller för dem som har ingått den\n");
    let noticed = |day: &str| {
        let watched = county.run(&["watch", AGREEMENT, "--as-of", day]).ok();
        ["1.0", "2.0"].map(|version| {
            let notice = format!("Sista dag för uppsägning: familjecentral, version {version}");
            watched.out.contains(&notice)
        })
    };
    assert_eq!(noticed("2028-01-15"), [true, true]);
    // A calendar that knew the first one's day knows it by the same name beside the other's.
    let names = |day: &str| -> Vec<String> {
        let watch = ["watch", AGREEMENT, "--as-of", day, "--ics", "-"];
        let file = county.run(&watch).ok().out.replace("\r\n ", "");
        let items = file.split("BEGIN:VEVENT");
        let items = items.filter(|item| item.contains("SUMMARY:Sista dag för uppsägning"));
        let name = |item: &str| {
            let mut lines = item.lines();
            lines
                .find(|line| line.starts_with("UID:"))
                .map(str::to_owned)
        };
        items.filter_map(name).collect()
    };
    let (alone, beside) = (names("2027-12-15"), names("2028-01-15"));
    assert_eq!((alone.len(), beside.len()), (1, 2));
    assert!(beside.contains(&alone[0]) && beside[0] != beside[1]);

    let replaced = "1.0 2024-03-01 replaced 2027-12-31";
    for (day, party, wanted) in [
        ("2024-02-29", "1443", "nothing: later"),
        ("2024-03-01", "1443", "1.0 2024-03-01 period 2025-12-31"),
        ("2024-03-01", "1490", "nothing: incomplete"),
        ("2024-05-03", "1490", "1.0 2024-05-02 period 2025-12-31"),
        ("2026-01-01", "1480", "1.0 2024-03-01 period 2027-12-31"),
        ("2026-05-31", "1443", "1.0 2024-03-01 period 2027-12-31"),
        (
            "2026-06-01",
            "1443",
            "1.0 2024-03-01 period 2027-12-31 + 1.0 2026-06-01 period 2027-12-31",
        ),
        ("2026-06-01", "1490", "1.0 2024-05-02 period 2027-12-31"),
        ("2026-12-30", "1480", "1.0 2024-03-01 period 2027-12-31"),
        ("2026-12-31", "1480", "1.0 2024-03-01 notice 2027-12-31"),
        (
            "2027-12-31",
            "1443",
            &format!("{replaced} + 1.0 2026-06-01 end 2027-12-31"),
        ),
        ("2028-01-01", "1443", "2.0 2028-01-01 period 2029-12-31"),
        ("2028-01-01", "1480", "nothing: ended"),
        ("2028-01-01", "1490", "1.0 2024-05-02 period 2029-12-31"),
    ] {
        assert_eq!(
            told(&county.bound(AGREEMENT, day), party),
            wanted,
            "{party} on {day}"
        );
    }
    let amendment = county.bound(AMENDMENT, "2028-01-01");
    assert_eq!(told(&amendment, "1443"), "nothing: without");
    county
        .run(&["bound", AGREEMENT])
        .ok()
        .says("2.0 binder i 1 av 3 exemplar")
        .says("1.0 binder i 1 av 3 exemplar")
        .says("ingenting binder i 1 av 3 exemplar")
        .says("14 VGR är bunden i 2 av 3")
        .says("1480  Göteborg   ingenting: 1.0 sades upp och gällde till och med 2027-12-31");
    letters_follow_what_binds(&county);
    // Who signs 3.0 is told by what binds each party now, not by 2.0 alone.
    county.run(&["revise", AGREEMENT, "--as", "3.0"]).ok();
    let next = "templates/familjecentral/3.0/version.toml";
    county.office.edit(next, "\"draft\"", "\"adopted\"");
    county
        .run(&["publish", AGREEMENT, "3.0", "--dry-run"])
        .ok()
        .says("bundna        av 1.0: 1490 Borås\n")
        .says("bundna        1443 Bollebygd, 14 VGR\n")
        .says("uppsagt för   1480 Göteborg\n")
        .says("till dess     gäller 1.0 för den som är bunden av den")
        .says("till dess     gäller 2.0 för den som är bunden av den");
    // The last that it binds concludes the next one: then there is nothing left to give notice of.
    county.decide(AGREEMENT, "2.0", "2028-01-31", &["1490"]);
    county.sign(AGREEMENT, "2.0", "1490", "2028-02-01");
    assert_eq!(noticed("2028-01-31"), [true, true]);
    assert_eq!(county.terms("2028-02-01"), ["2.0 by [] for []"]);
    assert_eq!(noticed("2028-02-01"), [false, false], "there is one alone");
    county.office.check_log();
}

/// 2.0 binds 1443 now: letters about 1.0 do not concern it.
fn letters_follow_what_binds(county: &County) {
    let letter = |kind: &str, more: &[&str]| {
        let start = ["letter", kind, AGREEMENT, "--preview", "--json"];
        let told = county.run(&[&start[..], more].concat()).ok().json();
        let named = |of: &str, key: &str| {
            let lines = told[of].as_array().unwrap().iter();
            let mut words: Vec<String> = lines
                .map(|line| {
                    let why = line[key].as_str().unwrap_or_default();
                    format!("{} {why}", line["party"].as_str().unwrap())
                })
                .map(|word| word.trim().to_owned())
                .collect();
            words.sort();
            words
        };
        let version = told["version"].as_str().unwrap().to_owned();
        (version, named("letters", "is"), named("left_out", "why"))
    };
    // The only notice is one of 1.0, though 2.0 is newer.
    let (version, told, left_out) = letter("acknowledgement", &[]);
    assert_eq!(version, "1.0");
    assert_eq!(told, ["14", "1480", "1490"]);
    assert_eq!(left_out, ["1443 not_bound"]);
    let (_, told, left_out) = letter("ending", &["--version", "1.0"]);
    assert_eq!(told, ["14", "1480"]);
    assert_eq!(left_out, ["1443 not_bound", "1490 goes_on"]);
    let notice = [
        "notice",
        "1443",
        "--agreement",
        AGREEMENT,
        "--version",
        "1.0",
    ];
    let days = ["--dated", "2028-01-31", "--received", "2028-01-31"];
    let more = ["--way", "brev", "--dry-run", "--json"];
    let told = county.run(&[&notice[..], &days, &more].concat()).ok();
    let is = serde_json::json!([{ "is": "not_bound", "party": "1443" }]);
    assert_eq!(told.json()["notes"], is);
}

#[test]
fn before_anything_is_published_nothing_binds() {
    let office = Office::new();
    office
        .run(&["bound", AGREEMENT])
        .ok()
        .says("Ingen version av familjecentral var publicerad");
    office.run(&["bound", "finns-inte"]).fails(2);
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let json = office.run(&["bound", AGREEMENT, "--json"]).ok().json();
    assert_eq!(json["rows"].as_array().unwrap().len(), 49);
    assert_eq!(json["rows"][0]["unbound"]["is"], "incomplete");
    assert_eq!(json["common"]["of"], 49);
    office
        .run(&["bound", AGREEMENT, "--party", "9999"])
        .fails(2)
        .complains("party 9999 is not a party to familjecentral");
    office
        .run(&[
            "bound",
            AGREEMENT,
            "--party",
            "9999",
            "--as-of",
            "2020-01-01",
        ])
        .ok();
}

#[test]
fn a_document_that_all_sign_waits_for_the_others_as_well() {
    let office = Office::new();
    let version = "templates/familjecentral/1.0/version.toml";
    let codes = "\n[parties]\ncodes = [\"1443\", \"1480\", \"14\"]\n";
    office.write(version, office.text(version) + codes);
    office.edit(version, "\"bilateral\"\nwith = \"14\"", "\"joint\"");
    office.edit(version, "\"pairwise\"", "\"all\"");
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let json = office.run(&["bound", AGREEMENT, "--json"]).ok().json();
    let waits_for = |place: usize| json["rows"][place]["unbound"]["waits_for"].clone();
    assert_eq!(waits_for(0), serde_json::json!(["1443", "1480", "14"]));
    assert_eq!(waits_for(1), serde_json::json!(["1480", "1443", "14"]));
}

#[test]
fn who_took_a_partys_place_is_told() {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let change = ["parties", "change", "1443", "--from", "2026-01-01"];
    let into = ["--merged-into", "1490", "--source", "SFS 2025:1"];
    let entered = office.run(&[&change[..], &into].concat());
    assert_eq!(entered.code, 0, "{entered}");
    office
        .run(&["bound", AGREEMENT, "--party", "1443"])
        .ok()
        .says("uppgick 2026-01-01 i 1490, som har tagit dess plats");
    let json = office
        .run(&["bound", AGREEMENT, "--party", "1490", "--json"])
        .ok()
        .json();
    assert_eq!(
        json["rows"].as_array().unwrap().len(),
        2,
        "its own and the other's"
    );
}
