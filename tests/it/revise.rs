//! Revise: the next version or an amendment is drafted, and publishing tells who signs it.

use super::support::{AGREEMENT, Office};

const NEXT: &str = "templates/familjecentral/2.0/version.toml";
const AMENDMENT: &str = "templates/familjecentral-uppfoljning/1.0";

fn published() -> Office {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office
}

fn amended(office: &Office) {
    let parties = ["--party", "1443", "--party", "1480", "--party", "1490"];
    let start = ["revise", AGREEMENT, "--amend", "uppfoljning"];
    let more = ["--clause", "uppfoljning"];
    office.run(&[&start[..], &parties, &more].concat()).ok();
}

fn adopt(office: &Office, version: &str) {
    office.edit(version, "status = \"draft\"", "status = \"adopted\"");
}

#[test]
fn the_next_version_is_drafted_with_its_days_moved_on() {
    let office = published();
    office
        .run(&["revise", AGREEMENT, "--as", "2.0", "--reason", "översyn"])
        .ok()
        .says("Utkast till familjecentral 2.0, från familjecentral 1.0 som den låstes.")
        .says("sigill redline familjecentral 1.0 2.0");
    let text = office.text(NEXT);
    assert!(text.starts_with("# Utkast från familjecentral 1.0, 20"));
    assert!(text.lines().next().unwrap().ends_with(": översyn"));
    let frozen: Vec<String> = lines(&office.text("templates/familjecentral/1.0/version.toml"));
    let drafted = lines(&text);
    let other: Vec<&String> = drafted
        .iter()
        .filter(|line| !frozen.contains(line) && !line.starts_with("dated = "))
        .collect();
    // Today the second period runs, to 2027-12-31.
    assert_eq!(
        other.get(1..).unwrap(),
        [
            "version = \"2.0\"",
            "status = \"draft\"",
            "start = 2028-01-01",
            "end = 2029-12-31",
            "first_notice_day = \"2028-12-31\"",
            "[relation]",
            "kind = \"replaces\"",
        ]
    );
    for clause in ["04-syfte.typ", "17-uppsagning.typ"] {
        let file = |version: &str| {
            office.read(format!(
                "templates/familjecentral/{version}/clauses/{clause}"
            ))
        };
        assert_eq!(file("1.0"), file("2.0"));
    }
    office
        .run(&["template", "lint", AGREEMENT, "--version", "2.0"])
        .ok();
    assert_eq!(office.check_log().len(), 2, "nothing is entered");
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_correction_keeps_the_term() {
    let office = published();
    // What was frozen is drafted from, also when its folder is gone.
    office.remove("templates/familjecentral/1.0");
    let json = office
        .run(&["revise", AGREEMENT, "--as", "1.1", "--keep-term", "--json"])
        .ok()
        .json();
    assert_eq!(json["from"]["is_published"], true);
    assert_eq!(json["old_term"], json["new_term"]);
    assert_eq!(json["relation"]["kind"], "replaces");
    let text = office.text("templates/familjecentral/1.1/version.toml");
    assert!(text.contains("start = 2024-03-01"), "{text}");
    assert!(text.contains("first_notice_day = \"2024-12-31\""), "{text}");
}

#[test]
fn numbers_that_are_taken_or_go_backwards_are_refused() {
    let office = published();
    let revise = |arguments: &[&str]| {
        let start = ["revise", AGREEMENT];
        office.run(&[&start[..], arguments].concat())
    };
    revise(&["--as", "1.0"])
        .fails(4)
        .complains("familjecentral 1.0 exists already: it is published");
    revise(&["--as", "0.9"])
        .fails(4)
        .complains("familjecentral 0.9 exists already: its folder is in templates/");
    revise(&["--as", "0.95"])
        .fails(2)
        .complains("0.95 is not greater than 1.0, which it would be drafted from");
    revise(&["--as", "2.0", "--from", "1.7"]).fails(2);
    revise(&["--as", "2.0", "--reason", "19800101-1231 bad"]).fails(2);
    revise(&["--as", "2"]).fails(2);
    revise(&["--amend", "Ett tillägg", "--party", "1443"]).fails(2);
    for name in ["", "-"] {
        revise(&["--amend", name, "--party", "1443"])
            .fails(2)
            .complains("the amendment's name is empty");
    }
    revise(&["--amend", "hyra", "--party", "9999"])
        .fails(2)
        .complains("party 9999 is not a party to familjecentral");
    revise(&["--amend", "hyra", "--party", "14"])
        .fails(2)
        .complains("14 is in every copy");
    revise(&["--amend", "hyra", "--party", "1443", "--clause", "hyra"])
        .fails(2)
        .complains("familjecentral 1.0 has no clause hyra\n\nhint: it has: parter, ");
    assert!(!office.path("templates/familjecentral-hyra").exists());
    assert_eq!(office.check_log().len(), 2);

    revise(&["--as", "2.0"]).ok();
    adopt(&office, NEXT);
    office.run(&["publish", AGREEMENT, "2.0"]).ok();
    revise(&["--as", "1.5", "--from", "1.0"])
        .fails(4)
        .complains("familjecentral 1.5 would come after 2.0, which is published");
}

#[test]
fn a_version_that_goes_backwards_or_replaces_what_is_not_there_is_not_published() {
    let office = Office::new();
    office.run(&["revise", AGREEMENT, "--as", "1.1"]).ok();
    let file = "templates/familjecentral/1.1/version.toml";
    adopt(&office, file);
    office
        .run(&["publish", AGREEMENT, "1.1"])
        .fails(3)
        .complains("familjecentral 1.1 stands to familjecentral 1.0, which is not published");
    let text = office.text(file);
    let (alone, _) = text.split_once("[relation]").unwrap();
    office.write(file, alone);
    office.run(&["publish", AGREEMENT, "1.1"]).ok();
    office
        .run(&["publish", AGREEMENT, "1.0"])
        .fails(4)
        .complains("familjecentral 1.0 would come after 1.1, which is published");
    office
        .run(&["generate", AGREEMENT, "--version", "1.0"])
        .fails(4);
    assert_eq!(office.check_log().len(), 2);
}

#[test]
fn publishing_tells_who_decides_and_signs_again() {
    let office = published();
    office.run(&["revise", AGREEMENT, "--as", "2.0"]).ok();
    office.edit(
        "templates/familjecentral/2.0/clauses/20-tvist.typ",
        "= Tvist <tvist>",
        "= Tvister <tvist>",
    );
    adopt(&office, NEXT);
    let foreseen = office
        .run(&["publish", AGREEMENT, "2.0", "--dry-run", "--json"])
        .ok()
        .json();
    assert_eq!(office.check_log().len(), 2, "nothing was published");
    assert_eq!(foreseen["parties"].as_array().unwrap().len(), 50);
    assert_eq!(foreseen["parties"][0]["why"]["is"], "not_yet_bound");
    let clauses = foreseen["changes"]["clauses"].as_array().unwrap();
    let headings: Vec<&str> = clauses
        .iter()
        .map(|clause| clause["heading"].as_str().unwrap())
        .collect();
    // The days of the term stand in three more.
    assert_eq!(
        headings,
        [
            "§ 16 Avtalstid",
            "§ 17 Uppsägning",
            "§ 18 När avtalet blir bindande",
            "§ 20 Tvister"
        ]
    );
    let run = office.run(&["publish", AGREEMENT, "2.0"]).ok();
    run.says("50 parter ska besluta och skriva under på nytt: familjecentral 2.0 ersätter 1.0")
        .says("en underskrift på 1.0 gäller inte för 2.0")
        .says("§ 20 Tvister")
        .says("term.end, term.start")
        .says("14 VGR skriver under 49")
        .says("gäller 1.0 för den som är bunden av den");
}

#[test]
fn an_amendment_is_signed_by_those_it_touches_alone() {
    let office = published();
    amended(&office);
    let bundle = |office: &Office| office.read("out/familjecentral-1.0-bundle.zip");
    let before = bundle(&office);
    let version = format!("{AMENDMENT}/version.toml");
    let change = format!("{AMENDMENT}/clauses/02-vad-som-andras.typ");
    let name = "familjecentral-uppfoljning";
    adopt(&office, &version);
    // It is not published before somebody has written what it says.
    office
        .run(&["publish", name, "1.0"])
        .fails(3)
        .complains(&format!("{change}:5: the new wording is not written yet"));
    office
        .run(&["template", "lint", name])
        .fails(3)
        .complains("the new wording is not written yet");
    office.edit(
        &change,
        "Skriv den nya lydelsen här.",
        "Uppföljning görs varje halvår.",
    );
    office.edit(
        &version,
        "clauses = [\"uppfoljning\"]",
        "clauses = [\"uppfoljningen\"]",
    );
    for command in [&["template", "lint", name][..], &["publish", name, "1.0"]] {
        office
            .run(command)
            .fails(3)
            .complains("clause uppfoljningen is not in familjecentral 1.0, which this amends");
    }
    office.edit(
        &version,
        "clauses = [\"uppfoljningen\"]",
        "clauses = [\"uppfoljning\"]",
    );
    office.run(&["template", "lint", name]).ok();
    office
        .run(&["publish", name, "1.0"])
        .ok()
        .says("4 parter ska besluta och skriva under: familjecentral-uppfoljning 1.0 ändrar familjecentral 1.0")
        .says("§ 14 Uppföljning")
        .says("14 VGR skriver under 3")
        .says("46 parter: underskrifterna på familjecentral 1.0 står fast för alla");
    office.run(&["generate", name]).ok();
    office
        .run(&["publish", AGREEMENT, "1.0"])
        .ok()
        .says("var redan låst");
    assert_eq!(bundle(&office), before, "what it amends is as it was");
    let log = office.check_log();
    let relation = &log[2]["body"]["relation"];
    assert_eq!(relation["kind"], "amends");
    assert_eq!(relation["version"], "1.0");
    let again = [
        "revise",
        AGREEMENT,
        "--amend",
        "uppfoljning",
        "--party",
        "1443",
    ];
    office
        .run(&again)
        .fails(4)
        .complains("templates/familjecentral-uppfoljning exists already");
}

#[test]
fn an_amendment_that_names_no_clause_is_not_published() {
    let office = published();
    let name = "familjecentral-upp";
    let drafted = ["revise", AGREEMENT, "--amend", "upp", "--party", "1443"];
    office.run(&drafted).ok();
    let change = "templates/familjecentral-upp/1.0/clauses/02-vad-som-andras.typ";
    office.edit(change, "Skriv den nya lydelsen här.", "Varje halvår.");
    adopt(&office, "templates/familjecentral-upp/1.0/version.toml");
    for command in [&["template", "lint", name][..], &["publish", name, "1.0"]] {
        office.run(command).fails(3).complains(&format!(
            "{change}:3: the clause that is changed is not named yet"
        ));
    }
    office.edit(change, "§~…", "§~14");
    let told = office.run(&["publish", name, "1.0"]).ok();
    assert!(!told.out.contains("ingen paragraf är ändrad"), "{told}");
    told.says("vilka paragrafer som ändras står inte i [amended]");

    let revised = office.run(&["revise", name, "--as", "1.1"]).ok();
    assert!(!revised.out.contains("ingen avtalstid"), "{revised}");
    let change = change.replace("1.0", "1.1");
    office.edit(change, "Varje halvår.", "Varje kvartal.");
    adopt(&office, "templates/familjecentral-upp/1.1/version.toml");
    office
        .run(&["publish", name, "1.1"])
        .ok()
        .says("en underskrift på familjecentral 1.0 gäller inte för tillägget")
        .says("en underskrift på familjecentral-upp 1.0 gäller inte för 1.1")
        .says("§ 2 Vad som ändras")
        .says("1 ord insatta, 1 borttagna");
}

#[test]
fn a_draft_from_a_draft_replaces_what_that_one_was_to_replace() {
    let office = published();
    office.run(&["revise", AGREEMENT, "--as", "2.0"]).ok();
    let drafted = ["revise", AGREEMENT, "--as", "2.1", "--from", "2.0"];
    let told = office.run(&drafted).ok();
    assert!(!told.out.contains("ersätter ingenting"), "{told}");
    told.says("1.0 för den som skriver under 2.1");
    let text = office.text("templates/familjecentral/2.1/version.toml");
    assert!(text.contains("[relation]\nkind = \"replaces\"\nversion = \"1.0\"\n"));
}
