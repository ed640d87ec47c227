//! Status: one invented office in which a party stands everywhere a party can stand.
//!
//! The entries are made through the library, as the journeys would: what is tried here is what is shown.

use serde_json::{Value, json};
use sigill::agreement::Actor;
use sigill::store::{Draft, Pins, Store};

use super::support::{Issue, Office, repository, sha256};

const AGREEMENT: &str = "introduktion";

/// A day at whose end everything here was entered: what is shown does not depend on today.
const DAY: &str = "2031-01-01";

/// Enters events of the agreement.
fn enter(office: &Office, events: impl IntoIterator<Item = Value>) {
    let actor: Actor = "prov".parse().unwrap();
    let drafts = events.into_iter().map(|event| Draft {
        actor: actor.clone(),
        agreement: Some(AGREEMENT.parse().unwrap()),
        event: serde_json::from_value(event).unwrap(),
    });
    let drafts: Vec<Draft> = drafts.collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let pins = Pins::in_folder(&office.pins());
    runtime.block_on(async {
        let mut store = Store::write(office.root(), &actor, &pins).await.unwrap();
        store.records.append(drafts).await.unwrap();
    });
}

fn words(text: &str) -> Value {
    json!({"commitment": sha256(text.as_bytes())})
}

fn minutes(body: &str, met_on: &str, section: &str, diary_number: &str) -> Value {
    json!({
        "announced_on": null, "appeal_until": null, "approved_on": null, "body": body,
        "diary_number": diary_number, "extract": null, "met_on": met_on, "section": section,
    })
}

fn decided(party: &str, outcome: &str, minutes: Value) -> Value {
    let condition = (outcome == "approved_with_condition").then(|| words("villkor"));
    json!({"kind": "Decided", "body": {
        "condition": condition, "dissent": null, "minutes": minutes, "outcome": outcome,
        "party": party, "version": "1.0",
    }})
}

fn approved(party: &str) -> Value {
    let minutes = minutes(
        "Kommunstyrelsen",
        "2026-10-12",
        "§ 4",
        &format!("KS 2026/{party}"),
    );
    decided(party, "approved", minutes)
}

fn copy(party: &str) -> String {
    format!("introduktion-1.0-c{party}")
}

fn seat(party: &str, standing: &str) -> Value {
    json!({
        "as_role": (standing != "to_confirm").then_some("director"), "certificate": sha256(party.as_bytes()),
        "level": "B-LT", "seat": format!("{party}-director"),
        "stamped_at": "2026-11-02T09:00:00.000Z", "standing": standing,
    })
}

/// A file that came back, with a signature that stands so.
fn received(party: &str, standing: &str) -> Value {
    json!({"kind": "Received", "body": {
        "arrival": "file", "conclusion": "indeterminate", "copy": copy(party),
        "file": sha256(format!("file {party}").as_bytes()), "follows": sha256(b"before"), "place": "newer",
        "seats": [seat(party, standing)], "size_bytes": 1, "verdict": sha256(b"verdict"),
    }})
}

fn letter(kind: &str, party: &str) -> Value {
    json!({"kind": kind, "body": {
        "dated": "2026-10-20", "document": sha256(party.as_bytes()), "party": party,
        "reason": words("skäl"), "version": "1.0",
    }})
}

fn inked(party: &str) -> Value {
    let seat = json!({"as_role": "director", "person": null, "seat": format!("{party}-director")});
    json!({"kind": "Inked", "body": {
        "copy": copy(party), "held_by": "Kommunarkivet, Hjo kommun", "read_digest": null,
        "scan": sha256(b"scan"), "seats": [seat], "signed_on": "2026-11-03", "witness": words("vittne"),
    }})
}

/// Fifteen parties, every state among them.
fn office() -> Office {
    let office = Office::issued(Issue::Introduktion);
    office.run(&["send", AGREEMENT, "--party", "1499"]).ok();
    let void = ["void", AGREEMENT, "--copy", "introduktion-1.0-c1498"];
    office
        .run(&[&void[..], &["--reason", "Fel text"]].concat())
        .ok();
    let mut announced = minutes("Kommunstyrelsen", "2026-10-05", "KS 107/16", "2026KS133");
    announced["announced_on"] = json!("2026-10-13");
    announced["approved_on"] = json!("2026-10-12");
    announced["appeal_until"] = json!("2026-11-02");
    let late = minutes("Kommunstyrelsen", "2026-09-28", "§ 75", "0263/26");
    enter(
        &office,
        [
            json!({"kind": "Recommended", "body": {
                "by": "Skaraborgs kommunalförbund", "condition": null, "grouping": "SK",
                "minutes": minutes("Direktionen", "2026-09-29", "§ 75", "2026/11"), "outcome": "approved",
                "report_by": "2026-12-15", "version": "1.0",
            }}),
            // Complete, electronically and on paper, and with a condition that was met.
            decided("1444", "approved", announced),
            received("1444", "counts"),
            approved("1497"),
            inked("1497"),
            decided("1445", "approved_with_condition", late.clone()),
            // Decided, signed without a decision, nothing, no copy.
            approved("1446"),
            received("1447", "counts"),
            // On a condition, put off, said no, taken back.
            decided("1470", "approved_with_condition", late.clone()),
            decided("1471", "deferred", late.clone()),
            letter("Declined", "1472"),
            decided("1473", "declined", late),
            approved("1493"),
            letter("Retracted", "1493"),
            // To confirm, a stranger, the wrong level.
            approved("1494"),
            received("1494", "to_confirm"),
            approved("1495"),
            received("1495", "refused"),
            decided(
                "1496",
                "approved",
                minutes("Barnnämnden", "2026-10-01", "§ 12", "BN 2026-4"),
            ),
            json!({"kind": "Notified", "body": {
                "dated": "2026-11-01", "document": null, "party": "1444", "received_on": "2026-11-04",
                "to": null, "version": "1.0", "way": "e-post",
            }}),
        ],
    );
    let log = office.run(&["log", AGREEMENT, "--json"]).ok().json();
    let of = |party: &str| {
        let mut entries = log.as_array().unwrap().iter();
        let decision = entries.find(|it| it["kind"] == "Decided" && it["body"]["party"] == party);
        decision.unwrap()["seq"].clone()
    };
    enter(
        &office,
        [
            json!({"kind": "Settled", "body": {
                "decision": of("1445"), "is_resolved": true, "party": "1445", "reason": words("löst"),
            }}),
            received("1445", "counts"),
        ],
    );
    office
}

/// Returns an answer without what differs from run to run: digests, and the day on which it was made.
fn steady(text: &str) -> String {
    let today = chrono::Utc::now().with_timezone(&chrono_tz::Europe::Stockholm);
    let today = today.format("%Y-%m-%d").to_string();
    let text = text.replace(&today, "i dag");
    let clock = regex::Regex::new(r"i dag \d\d:\d\d").unwrap();
    let text = clock.replace_all(&text, "i dag kl. 00");
    let mut steady = String::new();
    for line in text.lines() {
        let line = match line.split_once("kontrollsumma") {
            Some((before, after)) => {
                let hidden = after
                    .chars()
                    .map(|c| if c.is_ascii_hexdigit() { '0' } else { c });
                format!("{before}kontrollsumma{}", hidden.collect::<String>())
            }
            None => line.to_owned(),
        };
        steady.push_str(line.trim_end());
        steady.push('\n');
    }
    steady
}

/// Compares a text with the one that is kept.
pub(crate) fn golden(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => repository().join("tests/golden"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!(name, text);
    });
}

fn party<'a>(position: &'a Value, code: &str) -> &'a Value {
    let groups = position["groups"].as_array().unwrap().iter();
    let mut parties = groups.flat_map(|group| group["parties"].as_array().unwrap());
    parties.find(|party| party["code"] == code).unwrap()
}

fn as_of(office: &Office, more: &[&str]) -> String {
    let mut arguments = vec!["status", AGREEMENT, "--as-of", DAY];
    arguments.extend(more);
    office.run(&arguments).ok().out
}

#[test]
fn every_state_is_told_by_table_map_and_reasons() {
    let office = office();
    let json: Value = serde_json::from_str(&as_of(&office, &["--json"])).unwrap();
    let position = &json[0];
    let expected = [
        ("1444", "complete"),
        ("1445", "complete"),
        ("1446", "decided"),
        ("1447", "partly"),
        ("1470", "conditional"),
        ("1471", "deferred"),
        ("1472", "declined"),
        ("1473", "declined"),
        ("1493", "retracted"),
        ("1494", "decided"),
        ("1495", "decided"),
        ("1496", "decided"),
        ("1497", "complete"),
        ("1498", "not_issued"),
        ("1499", "waiting"),
    ];
    for (code, state) in expected {
        assert_eq!(party(position, code)["progress"]["state"], state, "{code}");
    }
    let states = position["totals"]["states"].as_object().unwrap();
    assert_eq!(states.len(), 9, "every state has a number: {states:?}");
    assert_eq!(states["complete"], 3);
    assert_eq!(position["totals"]["on_paper"], 1);
    assert_eq!(position["totals"]["signed"], 3);
    assert_eq!(position["totals"]["fulfilled"], 4);
    assert_eq!(position["binding"]["binds"], false);
    assert_eq!(position["notices"][0]["party"], "1444");

    for view in ["table", "map", "copies"] {
        let flag = format!("--{view}");
        let told = match view {
            "table" => as_of(&office, &[]),
            _ => as_of(&office, &[&flag]),
        };
        // Sentences are broken by the terminal; tables and maps must fit.
        let (_, drawn) = told
            .split_once("undertecknade av alla sina parter")
            .unwrap();
        let is_drawn = |line: &&str| !line.starts_with("  !") && !line.starts_with("  –");
        let lines = drawn.lines().filter(is_drawn);
        let widest = lines.map(|line| line.chars().count()).max();
        assert!(widest <= Some(100), "{widest:?}: {told}");
        golden(&format!("status_{view}"), &steady(&told));
    }
    let reasons =
        ["1444", "1470", "1494", "1497", "1498"].map(|code| as_of(&office, &["--why", code]));
    golden("status_why", &steady(&reasons.join("\n")));
}

/// The page is markup that any reader takes, and says by its structure what it shows by its looks.
#[test]
fn the_page_is_whole_accessible_and_without_colour_alone() {
    let office = office();
    let html = as_of(&office, &["--html", "-"]);
    golden("status_page", &steady(&html));
    let options = roxmltree::ParsingOptions {
        allow_dtd: true,
        ..roxmltree::ParsingOptions::default()
    };
    let page = roxmltree::Document::parse_with_options(&html, options).unwrap();
    let root = page.root_element();
    assert_eq!(root.attribute("lang"), Some("sv"));
    let all = |name: &'static str| {
        page.descendants()
            .filter(move |node| node.has_tag_name(name))
    };
    let text = |node: roxmltree::Node<'_, '_>| -> String {
        let texts = node
            .descendants()
            .filter_map(|node| node.text().filter(|_| node.is_text()));
        texts
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert!(all("title").next().unwrap().text().unwrap().contains(DAY));
    for name in ["script", "link", "img", "iframe", "form"] {
        assert_eq!(
            all(name).count(),
            0,
            "{name}: the page needs nothing but itself"
        );
    }
    assert!(!html.contains("http"), "no address is fetched");

    // Headings go down by one step at most.
    let mut level = 0;
    for node in page.descendants().filter(roxmltree::Node::is_element) {
        let name = node.tag_name().name();
        if let Some(step) = name
            .strip_prefix('h')
            .and_then(|step| step.parse::<u32>().ok())
        {
            assert!(step <= level + 1, "{name} after h{level}: {}", text(node));
            level = step;
        }
    }
    assert_eq!(all("h1").count(), 1);

    // Each table has a caption, and headers with a scope; each row its own.
    assert_eq!(all("table").count(), 2);
    for table in all("table") {
        let first = table.children().find(roxmltree::Node::is_element).unwrap();
        assert!(first.has_tag_name("caption"));
    }
    assert!(all("th").all(|cell| cell.attribute("scope").is_some()));
    let rows = all("tr").filter(|row| row.ancestors().any(|node| node.has_tag_name("tbody")));
    for row in rows {
        assert!(
            row.children().any(|cell| cell.has_tag_name("th")),
            "{}",
            text(row)
        );
    }

    // Table first; what a square or a state shows by colour it says in words; signs are not read aloud.
    let place = |needle: &str| html.find(needle).unwrap();
    assert!(place("<table>") < place("<ul class=\"map\""));
    let squares: Vec<_> = all("ul")
        .find(|list| list.attribute("class") == Some("map"))
        .unwrap()
        .children()
        .filter(|node| node.has_tag_name("li"))
        .collect();
    assert_eq!(squares.len(), 15);
    let words = [
        "klar",
        "beslutat",
        "delvis",
        "väntar",
        "exemplar saknas",
        "villkor kvar",
        "uppskjutet",
        "avböjt",
        "återtaget",
    ];
    for word in words {
        assert!(
            squares.iter().any(|square| text(*square).ends_with(word)),
            "{word}"
        );
    }
    for sign in ["■", "▲", "◧", "✗", "‖", "·", "◩", "↩", "□"] {
        let mut bearers = page
            .descendants()
            .filter(|node| node.is_text() && node.text() == Some(sign));
        assert!(
            bearers.all(|node| node.parent().unwrap().attribute("aria-hidden") == Some("true")),
            "{sign}"
        );
    }
    let ids: Vec<&str> = page
        .descendants()
        .filter_map(|node| node.attribute("id"))
        .collect();
    let named = page.descendants().flat_map(|node| {
        let names = ["aria-labelledby", "aria-describedby"].map(|name| node.attribute(name));
        let target = node
            .attribute("href")
            .and_then(|href| href.strip_prefix('#'));
        names
            .into_iter()
            .flatten()
            .chain(target)
            .collect::<Vec<_>>()
    });
    for id in named {
        assert_eq!(ids.iter().filter(|known| **known == id).count(), 1, "{id}");
    }
    for word in ["vittne", "skäl", "prov"] {
        assert!(!text(root).contains(word), "no words of persons: {word}");
    }

    // In a file it is the same.
    let file = office.beside("lage.html");
    as_of(&office, &["--html", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(file).unwrap(), html);
}

/// WCAG 2.1 1.4.3: text has 4.5 times the contrast of what it stands on.
#[test]
fn colours_of_the_page_can_be_read() {
    let office = Office::issued(Issue::Introduktion);
    let html = as_of(&office, &["--html", "-"]);
    let luminance = |colour: &str| {
        let hex = colour.trim_start_matches('#');
        let wide: String = match hex.len() {
            3 => hex.chars().flat_map(|digit| [digit, digit]).collect(),
            _ => hex.to_owned(),
        };
        let part = |at: usize| {
            let part = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
            if part <= 0.03928 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
    };
    let mut pairs = 0;
    for rule in html
        .lines()
        .filter(|line| line.starts_with('.') && line.contains("background: #"))
    {
        let value = |key: &str| {
            let (_, after) = rule.split_once(key)?;
            Some(
                after
                    .split(';')
                    .next()
                    .unwrap()
                    .trim()
                    .trim_end_matches('}')
                    .trim(),
            )
        };
        let (Some(back), Some(text)) = (value("background:"), value(" color:")) else {
            continue;
        };
        let (a, b) = (luminance(back), luminance(text));
        let contrast = (a.max(b) + 0.05) / (a.min(b) + 0.05);
        assert!(contrast >= 4.5, "{rule}: {contrast:.1}");
        pairs += 1;
    }
    assert_eq!(pairs, 9, "one for each state");
}

#[test]
fn lists_for_spreadsheets_and_the_list_of_documents() {
    let office = office();
    let csv = as_of(&office, &["--csv"]);
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let header: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    assert_eq!(&header[..2], ["agreement", "version"]);
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 15);
    let cell = |code: &str, column: &str| {
        let at = header.iter().position(|name| name == column).unwrap();
        rows.iter().find(|row| &row[4] == code).unwrap()[at].to_owned()
    };
    assert_eq!(cell("1444", "state"), "klar");
    assert_eq!(cell("1444", "section"), "KS 107/16");
    assert_eq!(cell("1444", "diary_number"), "2026KS133");
    assert_eq!(cell("1444", "appeal_until"), "2026-11-03");
    assert_eq!(cell("1444", "appeal_until_printed"), "2026-11-02");
    assert_eq!(cell("1444", "final_on"), "2026-11-04");
    assert_eq!(cell("1470", "condition"), "villkoret är inte avgjort");
    assert_eq!(cell("1497", "on_paper"), "1");
    assert_eq!(
        cell("1497", "signed"),
        "0",
        "paper is never shown as electronic"
    );
    assert!(cell("1496", "warnings").contains("Barnnämnden"));
    assert_eq!(cell("1446", "missing"), "underskrift");

    let file = office.beside("lage.xlsx");
    as_of(&office, &["--xlsx", file.to_str().unwrap()]);
    let mut book: calamine::Xlsx<_> = calamine::open_workbook(&file).unwrap();
    let sheet = calamine::Reader::worksheet_range(&mut book, "Läge").unwrap();
    assert_eq!(sheet.height(), 16);
    assert_eq!(sheet.get((0, 12)).unwrap().to_string(), "Läge");

    let documents: Value =
        serde_json::from_str(&as_of(&office, &["--documents", "--json"])).unwrap();
    let documents = documents.as_array().unwrap();
    let of = |what: &str| {
        let mut found = documents.iter();
        found
            .find(|line| line["description"].as_str().unwrap().starts_with(what))
            .unwrap()
    };
    assert_eq!(of("brev: avböjer")["from"], "Tibro kommun");
    assert_eq!(of("brev: avböjer")["way"], "received");
    assert_eq!(of("brev: avböjer")["dated"], "2026-10-20");
    assert_eq!(of("exemplar för underskrift")["way"], "drawn_up");
    assert_eq!(of("skannat pappersoriginal")["digest"], sha256(b"scan"));
    let csv = as_of(&office, &["--documents", "--csv"]);
    assert_eq!(csv.lines().count(), documents.len() + 1);
}

#[test]
fn what_was_counted_is_counted_again_when_something_was_entered() {
    let office = Office::issued(Issue::Introduktion);
    let row = || {
        let overview = office.run(&["status", "--json"]).ok().json();
        let rows = overview["rows"].as_array().unwrap().clone();
        rows.into_iter()
            .find(|row| row["agreement"] == AGREEMENT)
            .unwrap()
    };
    let kept = || office.number("SELECT COUNT(*) FROM summary_index");
    assert_eq!(kept(), 0);
    assert_eq!(
        (&row()["parties"], &row()["parties_complete"]),
        (&json!(15), &json!(0))
    );
    assert_eq!(kept(), 1);
    enter(&office, [approved("1444"), received("1444", "counts")]);
    assert_eq!(
        (&row()["parties_complete"], &row()["signed"]),
        (&json!(1), &json!(1))
    );
    enter(&office, [approved("1497"), inked("1497")]);
    assert_eq!(
        (&row()["parties_complete"], &row()["on_paper"]),
        (&json!(2), &json!(1))
    );
    let log = office.run(&["log", AGREEMENT, "--json"]).ok().json();
    let last = log.as_array().unwrap().last().unwrap()["seq"].clone();
    enter(
        &office,
        [json!({"kind": "Corrected", "body": {
            "entry": last, "instead": null, "reason": words("fel kommun"),
        }})],
    );
    assert_eq!(
        (&row()["parties_complete"], &row()["on_paper"]),
        (&json!(1), &json!(0))
    );
    // What is kept and says something else is of no use once anything is entered; nor is what cannot be read.
    office.sql("UPDATE summary_index SET text = 'x'");
    assert_eq!(row()["parties_complete"], 1);
}

#[test]
fn a_party_that_is_none_and_a_broken_register_are_told_before_any_count() {
    let office = Office::issued(Issue::Introduktion);
    let refused = office.run(&["status", AGREEMENT, "--why", "1443"]).fails(2);
    assert!(
        refused
            .err
            .contains("party 1443 is not a party to introduktion"),
        "{refused}"
    );
    // Copies are entered in the order in which they are made, which is any.
    office.sql(
        "UPDATE entry SET bytes = CAST(replace(CAST(bytes AS TEXT), 'introduktion-1.0-c1444', 'introduktion-1.0-c1445') AS BLOB)
         WHERE CAST(bytes AS TEXT) LIKE '%introduktion-1.0-c1444%'",
    );
    for more in [
        &[][..],
        &["--map"],
        &["--csv"],
        &["--json"],
        &["--documents"],
        &["--why", "1444"],
    ] {
        let run = office.run(&[&["status", AGREEMENT], more].concat());
        assert_ne!(run.code, 0, "{run}");
        assert_eq!(run.out, "", "no count of a part: {run}");
    }
}
