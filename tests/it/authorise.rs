//! Authorise: who may sign for a party, recorded before and after they signed, and ended.

use std::fs;

use serde_json::{Value, json};

use super::pki::Pki;
use super::receive::{COPY, SEAT, receive, signed_elsewhere, two_offices};
use super::sign::{copy_of, record_seat, sign, signed, trust_alone, with};
use super::support::{AGREEMENT, Issue, Office, Run, run};

const SOURCE: [&str; 6] = [
    "--body",
    "Kommunstyrelsen",
    "--met",
    "2023-01-11",
    "--section",
    "§ 4",
];

/// Runs `sigill authorise 1443` for a person, with a signer's certificate if one is named.
fn authorise(
    office: &Office,
    pki: &Pki,
    role: &str,
    name: &str,
    signer: &str,
    more: &[&str],
) -> Run {
    let mut command = office.command(&["authorise", "1443", "--json", "--role", role]);
    command.args(["--name", name]).args(SOURCE);
    if !signer.is_empty() {
        command.arg("--certificate");
        command.arg(pki.path(&format!("{signer}.pem")));
    }
    command.args(more);
    run(command)
}

fn end(office: &Office, entry: &Value, last_day: &str) -> Value {
    let entry = entry.to_string();
    let arguments = [
        "authorise",
        "1443",
        "--json",
        "--end",
        &entry,
        "--last-day",
        last_day,
        "--reason",
        "Har lämnat uppdraget",
    ];
    office.run(&arguments).ok().json()
}

fn signed_seats(office: &Office) -> u64 {
    let status = office.run(&["status", AGREEMENT, "--json"]).ok().json();
    status[0]["totals"]["signed"].as_u64().unwrap()
}

fn day(offset: i64) -> String {
    let day = chrono::Local::now().date_naive() + chrono::TimeDelta::days(offset);
    day.to_string()
}

#[test]
fn whoever_is_recorded_before_signing_counts() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let done = done.json();
    assert_eq!(done["from"], "2023-01-11", "from the meeting on");
    assert_eq!(done["rejudged"]["changes"], json!([]));
    let entry = office.check_log().pop().unwrap();
    assert_eq!(entry["kind"], "Authorised");
    assert_eq!(entry["agreement"], Value::Null);
    let name = pki.person("s001");
    assert!(!entry.to_string().contains(&name), "the name can be erased");
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let lines = receive(&office, &file, 0, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "counts", "{lines:?}");
    assert_eq!(signed_seats(&office), 1);
    let list = office.run(&["authorise", "1443", "--list"]).ok();
    assert!(list.out.contains(&name), "{list}");
    assert!(
        list.out.contains("källa: Kommunstyrelsen 2023-01-11, § 4"),
        "{list}"
    );
}

#[test]
fn a_signature_counts_once_the_right_to_make_it_is_recorded() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let lines = receive(&office, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "to_confirm", "{lines:?}");
    assert_eq!(signed_seats(&office), 0);
    let own = copy_of(&office, Issue::Bilateral, "1443");
    assert_ne!(fs::read(&own).unwrap(), fs::read(&file).unwrap());

    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let change = &done.json()["rejudged"]["changes"][0];
    assert_eq!(change["seat"], SEAT);
    assert_eq!(
        (&change["before"], &change["after"]),
        (&json!("to_confirm"), &json!("counts"))
    );
    assert_eq!(signed_seats(&office), 1);
    assert_eq!(
        fs::read(&own).unwrap(),
        fs::read(&file).unwrap(),
        "the next one signs it"
    );
    let log = office.check_log();
    let [.., authorised, rejudged] = log.as_slice() else {
        panic!("two entries");
    };
    assert_eq!(authorised["kind"], "Authorised");
    assert_eq!(rejudged["kind"], "Received");
    assert_eq!(rejudged["body"]["arrival"], "rejudged");
    assert_eq!(rejudged["body"]["copy"], COPY);
    assert_eq!(rejudged["body"]["seats"][0]["as_role"], "chair");
    let all = office.run(&["status", "--json"]).ok().json();
    assert_eq!(
        all["rows"][0]["signed"], 1,
        "the index says the same: {all}"
    );

    // The same twice is told, and enters nothing.
    authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[])
        .fails(4)
        .complains("entered already");
    assert_eq!(office.check_log().len(), log.len());
}

/// Re-addressing: what was signed while the person could sign stays.
#[test]
fn an_end_counts_from_its_day_on() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let seq = &done.json()["seq"];
    receive(&office, &file, 0, &[]);
    let told = end(&office, seq, &day(1));
    assert_eq!(
        told["rejudged"]["changes"],
        json!([]),
        "a later end changes nothing"
    );
    authorise(
        &office,
        &pki,
        "chair",
        &pki.person("s002"),
        "s002",
        &["--from", &day(2)],
    )
    .ok();
    assert_eq!(signed_seats(&office), 1);

    let told = end(&office, seq, &day(-2));
    let change = &told["rejudged"]["changes"][0];
    assert_eq!(
        (&change["before"], &change["after"]),
        (&json!("counts"), &json!("refused"))
    );
    assert!(
        change["why"]
            .as_str()
            .unwrap()
            .contains("fick skriva under"),
        "{change}"
    );
    assert_eq!(signed_seats(&office), 0);
    let own = copy_of(&office, Issue::Bilateral, "1443");
    // The next one signs the copy as it was before.
    record_seat(&office, &pki, "14-chair", "s002");
    signed(sign(&office, &pki, "14-chair", "s002"), &own, "B-T");
    let list = office.run(&["authorise", "1443", "--list"]).ok();
    assert!(list.out.contains("Har lämnat uppdraget"), "{list}");
    let entries = office.check_log();
    let relieved = entries.iter().find(|entry| entry["kind"] == "Relieved");
    assert!(!relieved.unwrap().to_string().contains("lämnat"));
}

#[test]
fn a_right_lasts_no_longer_than_its_source_allows() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let more = ["--source-allows", "12m"];
    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &more).ok();
    let done = done.json();
    assert_eq!(done["to"], "2024-01-10", "both days belong to it");
    let warning = &done["warnings"][0];
    assert_eq!(warning["warning"], "too_long");
    assert_eq!(warning["allowed_to"], "2024-01-10");
    let lines = receive(&office, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "refused", "{lines:?}");
    // Renewed in time, it counts.
    let more = ["--from", &day(-30), "--source-allows", "12m"];
    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &more).ok();
    assert_eq!(done.json()["rejudged"]["changes"][0]["after"], "counts");
    assert_eq!(signed_seats(&office), 1);
}

#[test]
fn strangers_do_not_count_not_even_of_the_same_name() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    // The name is that of the person, who has another certificate.
    authorise(&office, &pki, "chair", &pki.person("s001"), "s002", &[]).ok();
    let lines = receive(&office, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "to_confirm", "{lines:?}");
    assert_eq!(signed_seats(&office), 0);

    // Where it is known of every role who holds it, another person's signature is refused.
    let office = Office::issued(Issue::Bilateral);
    trust_alone(&office, &pki);
    authorise(&office, &pki, "chair", &pki.person("s003"), "s003", &[]).ok();
    authorise(
        &office,
        &pki,
        "vice_chair",
        &pki.person("s004"),
        "s004",
        &[],
    )
    .ok();
    let lines = receive(&office, &file, 1, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "refused", "{lines:?}");
    let confirm = ["confirm", COPY, SEAT, "--ground", "x", "--yes"];
    office.run(&confirm).fails(4);
    // The right that was missing makes it count.
    let done = authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let done = done.json();
    assert_eq!(done["rejudged"]["changes"][0]["after"], "counts", "{done}");
    let warnings = done["warnings"].as_array().unwrap();
    assert!(
        warnings.iter().any(|it| it["warning"] == "overlaps"),
        "{done}"
    );
}

#[test]
fn what_is_signed_here_is_judged_by_the_same_rule() {
    let Some(pki) = Pki::start() else { return };
    let office = Office::issued(Issue::Bilateral);
    trust_alone(&office, &pki);
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let told = signed(sign(&office, &pki, SEAT, "s001"), &file, "B-B");
    assert_eq!(told["copies"][0]["standing"], "to_confirm");
    assert_eq!(told["warnings"][0]["warning"], "to_confirm", "{told}");
    assert_eq!(signed_seats(&office), 0);
    with(sign(&office, &pki, SEAT, "s002"), [&file])
        .fails(4)
        .complains("was signed");
    let confirm = ["confirm", COPY, SEAT, "--ground", "Ringde växeln", "--yes"];
    let confirmed = office.run(&confirm).ok();
    assert!(confirmed.out.contains(&pki.person("s001")), "{confirmed}");
    assert_eq!(signed_seats(&office), 1);

    // An officer's word in the same go.
    let mut command = sign(&office, &pki, "1443-countersigner", "s002");
    command.args(["--ground", "Var här med legitimation"]);
    let told = signed(command, &file, "B-T");
    assert_eq!(told["warnings"][0]["warning"], "confirmed", "{told}");
    assert_eq!(signed_seats(&office), 2);
    let log = office.check_log();
    let last: Vec<&Value> = log
        .iter()
        .rev()
        .take(2)
        .map(|entry| &entry["kind"])
        .collect();
    assert_eq!(last, ["Confirmed", "Signed"]);
    assert!(!log.last().unwrap().to_string().contains("legitimation"));

    // Somebody else has the role: nothing is signed.
    authorise(&office, &pki, "chair", &pki.person("s003"), "s003", &[]).ok();
    let other = copy_of(&office, Issue::Bilateral, "1440");
    let command = [
        "authorise",
        "1440",
        "--role",
        "chair",
        "--name",
        "Örjan Exempelström",
        "--certificate",
        pki.path("s003.pem").to_str().unwrap(),
        "--body",
        "KF",
        "--met",
        "2023-02-01",
    ]
    .map(str::to_owned);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    office.run(&command).ok();
    let before = (office.check_log().len(), fs::read(&other).unwrap());
    with(sign(&office, &pki, "1440-chair", "s001"), [&other])
        .fails(4)
        .complains("nothing was signed in 1440-chair of familjecentral-1.0-b1440 as chair");
    assert_eq!(
        (office.check_log().len(), fs::read(&other).unwrap()),
        before
    );
    let told = signed(sign(&office, &pki, "1440-chair", "s003"), &other, "B-T");
    assert_eq!(told["copies"][0]["standing"], "counts");
}

#[test]
fn a_deputy_signs_in_the_deputys_role() {
    let Some(pki) = Pki::start() else { return };
    let office = Office::issued(Issue::Bilateral);
    trust_alone(&office, &pki);
    authorise(
        &office,
        &pki,
        "vice_chair",
        &pki.person("s002"),
        "s002",
        &[],
    )
    .ok();
    authorise(
        &office,
        &pki,
        "countersigner",
        &pki.person("s002"),
        "s002",
        &[],
    )
    .ok();
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let told = signed(sign(&office, &pki, SEAT, "s002"), &file, "B-B");
    assert_eq!(
        told["copies"][0]["title"],
        "Kommunstyrelsens vice ordförande"
    );
    assert_eq!(told["copies"][0]["standing"], "counts");
    let told = signed(
        sign(&office, &pki, "1443-countersigner", "s002"),
        &file,
        "B-B",
    );
    assert_eq!(
        told["copies"][0]["standing"], "counts",
        "one person, two roles"
    );
    let entries = office.check_log();
    let mut of_seats = entries.iter().filter(|entry| entry["kind"] == "Signed");
    let of_chair = &of_seats.next().unwrap()["body"];
    assert_eq!(
        (&of_chair["as_role"], &of_chair["standing"]),
        (&json!("vice_chair"), &json!("counts"))
    );
}

#[test]
fn a_person_who_was_erased_is_known_by_the_certificate() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let entry = office.check_log().pop().unwrap();
    let person = &entry["body"]["persons"][0]["person"]["commitment"];
    fs::remove_file(office.document(person.as_str().unwrap())).unwrap();
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    let lines = receive(&office, &file, 0, &[]);
    assert_eq!(lines[0]["seats"][0]["standing"], "counts");
    let list = office.run(&["authorise", "1443", "--list"]).ok();
    assert!(list.out.contains("namnet är gallrat"), "{list}");
    assert!(!list.out.contains(&pki.person("s001")), "{list}");
}

#[test]
fn a_least_grade_is_asked_of_every_signature() {
    let Some((office, elsewhere, pki)) = two_offices() else {
        return;
    };
    authorise(&office, &pki, "chair", &pki.person("s001"), "s001", &[]).ok();
    let file = signed_elsewhere(&elsewhere, &pki, SEAT, "s001");
    receive(&office, &file, 0, &[]);
    let mut command = office.command(&["authorise", "1443", "--least-grade", "qes", "--json"]);
    command.args(SOURCE);
    let told = run(command).ok().json();
    assert_eq!(told["rejudged"]["changes"][0]["after"], "refused", "{told}");
    assert_eq!(signed_seats(&office), 0);
    let entries = office.check_log();
    let rule = entries
        .iter()
        .rev()
        .find(|entry| entry["kind"] == "Authorised");
    assert_eq!(rule.unwrap()["body"]["rule"]["least_grade"], "QES");
}

#[test]
fn authority_for_one_agreement_and_on_one_day_is_listed_so() {
    let Some(pki) = Pki::start() else { return };
    let office = Office::issued(Issue::Bilateral);
    trust_alone(&office, &pki);
    let more = ["--for", AGREEMENT, "--to", "2025-12-31"];
    authorise(&office, &pki, "chair", "Åsa Exempelström", "", &more).ok();
    let entry = office.check_log().pop().unwrap();
    assert_eq!(entry["agreement"], AGREEMENT);
    let list = |more: &[&str]| {
        let mut arguments = vec!["authorise", "1443", "--list", "--json"];
        arguments.extend(more);
        office.run(&arguments).ok().json()["lines"].clone()
    };
    let lines = list(&[]);
    let line = lines.as_array().unwrap().last().unwrap();
    assert_eq!(line["name"], "Åsa Exempelström");
    assert_eq!(line["is_in_office"], false);
    assert_eq!(line["agreement"], AGREEMENT);
    let early = list(&["--as-of", "2024-01-01"]);
    assert_eq!(
        early.as_array().unwrap().len(),
        lines.as_array().unwrap().len() - 1
    );
}

#[test]
fn what_cannot_be_is_refused_and_enters_nothing() {
    let Some(pki) = Pki::start() else { return };
    let office = Office::issued(Issue::Bilateral);
    trust_alone(&office, &pki);
    let before = office.check_log().len();
    let no_certificate = office.beside("tom.pem");
    fs::write(&no_certificate, "no certificate\n").unwrap();
    let no_certificate = no_certificate.to_str().unwrap();
    let person = ["--role", "chair", "--name", "Åsa Exempelström"];
    type Case<'a> = (&'a str, &'a [&'a str], &'a [&'a str], i32, &'a str);
    let cases: [Case<'_>; 10] = [
        (
            "9999",
            &person,
            &SOURCE,
            2,
            "there is no party with the code 9999",
        ),
        (
            "1443",
            &["--role", "janitor", "--name", "Åsa"],
            &SOURCE,
            2,
            "role janitor may sign in no seat of 1443",
        ),
        (
            "1443",
            &[&person[..], &["--from", "2024-02-01", "--to", "2024-01-31"]].concat(),
            &SOURCE,
            2,
            "the last day 2024-01-31 is before the first, 2024-02-01",
        ),
        (
            "1443",
            &[&person[..], &["--allowed-to", "2022-01-31"]].concat(),
            &SOURCE,
            2,
            "the last day 2022-01-31 is before the first, 2023-01-11",
        ),
        (
            "1443",
            &person,
            &["--body", "KS", "--met", "2999-01-01"],
            2,
            "the meeting on 2999-01-01 is yet to come",
        ),
        (
            "1443",
            &[&person[..], &["--certificate", no_certificate]].concat(),
            &SOURCE,
            2,
            "holds no certificate",
        ),
        (
            "1443",
            &["--role", "chair", "--name", "Tolvan 19121212-1212"],
            &SOURCE,
            2,
            "the name holds a personal identity number",
        ),
        (
            "1443",
            &[],
            &SOURCE,
            2,
            "neither a person nor a rule is given",
        ),
        (
            "1443",
            &["--at-least", "9"],
            &SOURCE,
            2,
            "the rule asks for 9 of 3 seats",
        ),
        (
            "1443",
            &[&person[..], &["--for", "nonesuch"]].concat(),
            &SOURCE,
            2,
            "there is no agreement nonesuch",
        ),
    ];
    for (party, what, source, code, words) in cases {
        let mut arguments = vec!["authorise", party];
        arguments.extend(what);
        arguments.extend(source);
        let refused = office.run(&arguments).fails(code).complains(words);
        assert!(!refused.err.contains("19121212"), "{refused}");
        assert!(refused.err.contains("hint: "), "{refused}");
    }
    let end = |entry: &str, more: &[&str]| {
        let mut arguments = vec!["authorise", "1443", "--end", entry, "--reason", "x"];
        arguments.extend(more);
        office.run(&arguments)
    };
    end("1", &["--last-day", "2024-01-01"])
        .fails(2)
        .complains("entry 1 tells of nobody who may sign for 1443");
    assert_eq!(office.check_log().len(), before);
    let seq = authorise(&office, &pki, "chair", "Åsa Exempelström", "", &[])
        .ok()
        .json()["seq"]
        .to_string();
    end(&seq, &["--last-day", "2022-01-01"])
        .fails(2)
        .complains("the last day 2022-01-01 is before the first, 2023-01-11");
    end(&seq, &["--last-day", "2024-01-01", "--person", "2"])
        .fails(2)
        .complains(&format!("entry {seq} has 1 persons"));
    assert_eq!(office.check_log().len(), before + 1);
}

/// What a source holds is looked at as that of any other act is, and what is refused opens nothing.
#[test]
fn a_source_is_looked_at_before_anything_is_opened() {
    let office = Office::new();
    let who = ["authorise", "1443", "--name", "Åsa Exempelström", "--role"];
    office
        .run(&[&who[..], &["kassör"], &SOURCE].concat())
        .fails(2);
    office
        .run(&[&who[..], &["treasurer"], &SOURCE].concat())
        .fails(2)
        .complains("role treasurer may sign in no seat of 1443");
    let end = [
        "--end",
        "57",
        "--last-day",
        "2024-05-31",
        "--reason",
        "Slut",
    ];
    office
        .run(&[&["authorise", "1443"][..], &end].concat())
        .fails(2)
        .complains("entry 57 tells of nobody");
    assert!(!office.path(".sigill").exists(), "nothing was opened");
    let text = "Kommunstyrelsen\n\n§ 4 Firmateckning\n\nHandläggaren 19121212-1212 föredrar.\n";
    office.write("utdrag.txt", text);
    let extract = office.path("utdrag.txt");
    let extract = ["--extract", extract.to_str().unwrap()];
    office
        .run(&[&who[..], &["chair"], &SOURCE, &extract].concat())
        .ok()
        .says("(post 1)")
        .says("ett personnummer står i utdraget");
}
