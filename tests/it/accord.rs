//! Accord: local accords under an agreement, what they may not take away, and how their costs are divided.

use super::support::{AGREEMENT, Office, Run, flowing, names_in, page_texts};

const ACCORD: &str = "familjecentral-1443-hjorten";

const DRAFT: [&str; 17] = [
    "accord",
    "draft",
    AGREEMENT,
    "--party",
    "1443",
    "--name",
    "Hjorten",
    "--service",
    "Öppen förskola=1443",
    "--service",
    "Mödrahälsovård=14",
    "--service",
    "Barnhälsovård=14",
    "--from",
    "2026-03-01",
    "--budget",
    "480 000,01",
];

fn drafted() -> Office {
    let office = Office::new();
    office.run(&DRAFT).ok();
    office
}

fn manifest() -> String {
    format!("templates/{ACCORD}/1.0/version.toml")
}

/// Fills in what the draft leaves open, and adopts it.
fn fill_in(office: &Office) {
    let folder = office.path(format!("templates/{ACCORD}/1.0/clauses"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut text = std::fs::read_to_string(&path).unwrap();
        while let Some(at) = text.find("[Ange ") {
            let end = at + text[at..].find(']').unwrap();
            text.replace_range(at..=end, "det som parterna har kommit överens om.");
        }
        std::fs::write(&path, text).unwrap();
    }
    office.edit(manifest(), "status = \"draft\"", "status = \"adopted\"");
}

fn draft_with(office: &Office, changes: &[(&str, &str)]) -> Run {
    let arguments = DRAFT.map(|argument| {
        let changed = changes.iter().find(|(from, _)| *from == argument);
        changed.map_or(argument, |(_, to)| to)
    });
    office.run(&arguments)
}

#[test]
fn an_accord_is_drafted_filled_in_published_and_issued() {
    let office = Office::new();
    office
        .run(&DRAFT)
        .ok()
        .says("under familjecentral 1.0: templates/familjecentral-1443-hjorten/1.0")
        .says("sigill publish familjecentral 1.0");
    office
        .run(&["template", "lint", ACCORD])
        .ok()
        .says("inga fel");
    office.run(&["publish", ACCORD, "1.0"]).fails(4);

    office.edit(manifest(), "status = \"draft\"", "status = \"adopted\"");
    office
        .run(&["template", "lint", ACCORD])
        .fails(3)
        .complains("clauses/02-malgrupp.typ:3: [Ange område.] is not filled in");
    office.edit(manifest(), "status = \"adopted\"", "status = \"draft\"");
    fill_in(&office);
    office
        .run(&["publish", ACCORD, "1.0"])
        .fails(3)
        .complains("familjecentral 1.0, under which it stands, is not published")
        .complains("sigill publish familjecentral 1.0");
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office.run(&["publish", ACCORD, "1.0"]).ok();
    office.run(&["generate", ACCORD]).ok();
    office.run(&["status", ACCORD]).ok();
    let list = office
        .run(&["accord", "list", AGREEMENT, "--json"])
        .ok()
        .json();
    assert_eq!(list[0]["agreement"], ACCORD);
    assert_eq!(list[0]["is_published"], true);
    assert_eq!(list[0]["is_to_look_at"], false);
    assert_eq!(list[0]["services"][2]["name"], "Barnhälsovård");
    office
        .run(&["accord", "list", "introduktion"])
        .ok()
        .says("Ingen lokal överenskommelse under introduktion.");
}

#[test]
fn a_revision_of_the_parent_lists_the_accords_to_look_at() {
    let office = drafted();
    fill_in(&office);
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office.run(&["publish", ACCORD, "1.0"]).ok();
    let revise = |from: &str, to: &str| {
        let text = office.text(format!("templates/{AGREEMENT}/2.0/version.toml"));
        assert!(text.contains(from), "{from}");
        office.write(
            format!("templates/{AGREEMENT}/2.0/version.toml"),
            text.replacen(from, to, 1),
        );
    };
    copy_version(&office);
    revise("version = \"1.0\"", "version = \"2.0\"");
    office.run(&["publish", AGREEMENT, "2.0"]).ok();
    office
        .run(&["accord", "list", AGREEMENT])
        .ok()
        .says("under version 1.0  se över")
        .says("1 av 1 behöver ses över");
}

fn copy_version(office: &Office) {
    let from = office.path(format!("templates/{AGREEMENT}/1.0"));
    let to = format!("templates/{AGREEMENT}/2.0");
    for name in ["main.typ", "party.typ", "version.toml"] {
        office.write(
            format!("{to}/{name}"),
            std::fs::read(from.join(name)).unwrap(),
        );
    }
    for entry in std::fs::read_dir(from.join("clauses")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        office.write(
            format!("{to}/clauses/{name}"),
            std::fs::read(entry.path()).unwrap(),
        );
    }
}

#[test]
fn what_takes_away_from_the_parent_is_not_drafted() {
    let office = Office::new();
    let refused = |changes: &[(&str, &str)], code: i32, says: &str| {
        draft_with(&office, changes).fails(code).complains(says);
        assert!(!office.path(format!("templates/{ACCORD}")).exists());
    };
    refused(
        &[("Barnhälsovård=14", "Förebyggande socialtjänst=1443")],
        4,
        "service \"Barnhälsovård\" does not take part, without which familjecentral 1.0 knows no accord",
    );
    refused(
        &[("Mödrahälsovård=14", "Fritidsgård=1443")],
        4,
        "service \"Fritidsgård\" is none of those that familjecentral 1.0 knows",
    );
    refused(
        &[("Mödrahälsovård=14", "barnhälsovård=14")],
        4,
        "service \"Barnhälsovård\" is given twice",
    );
    refused(
        &[("Öppen förskola=1443", "Öppen förskola=1480")],
        4,
        "service \"Öppen förskola\" is of 1480, which codes of [parties] does not name",
    );
    refused(
        &[("2026-03-01", "2024-02-29")],
        4,
        "it starts 2024-02-29, before 2024-03-01, when the other does",
    );
    refused(
        &[("1443", "9999")],
        2,
        "party 9999 is not a party to familjecentral",
    );
    refused(&[("480 000,01", "480 000,015")], 2, "at most two decimals");
    refused(
        &[("Mödrahälsovård=14", "Mödrahälsovård")],
        2,
        "service, =, party code",
    );
    refused(
        &[(AGREEMENT, "finns-inte")],
        2,
        "there is no agreement finns-inte",
    );
    office.run(&DRAFT).ok();
    office.run(&DRAFT).fails(4).complains("is there already");
}

#[test]
fn what_takes_away_from_the_parent_is_not_published() {
    let office = drafted();
    fill_in(&office);
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let good = office.text(manifest());
    let refused = |from: &str, to: &str, says: &str| {
        assert!(good.contains(from), "{from}");
        office.write(manifest(), good.replacen(from, to, 1));
        let told = office.run(&["template", "lint", ACCORD]);
        told.fails(3).complains(says);
        office
            .run(&["publish", ACCORD, "1.0"])
            .fails(3)
            .complains(says);
        office.write(manifest(), &good);
    };
    refused(
        "training_days = 1",
        "training_days = 0",
        "value training_days is 0, less than the 1 of familjecentral 1.0",
    );
    refused(
        "lokal-ekonomi = \"ekonomi\"",
        "lokal-ekonomi = \"pengar\"",
        "<lokal-ekonomi> adds to <pengar>, a clause that familjecentral 1.0 does not have",
    );
    refused(
        "version = \"1.0\"\n\n[form]",
        "version = \"3.0\"\n\n[form]",
        "familjecentral 3.0",
    );
    let clause = format!("templates/{ACCORD}/1.0/clauses/09-ekonomi.typ");
    office.edit(&clause, "<lokal-ekonomi>", "<ekonomi>");
    office
        .run(&["publish", ACCORD, "1.0"])
        .fails(3)
        .complains("clause <ekonomi> has the name of a clause of familjecentral 1.0, templates/familjecentral/1.0/clauses/13-ekonomi.typ:1");
    office.edit(&clause, "<ekonomi>", "<lokal-ekonomi>");
    office.run(&["publish", ACCORD, "1.0"]).ok();
}

#[test]
fn an_accord_lies_within_the_time_of_its_parent() {
    let office = drafted();
    let within = |term: &str| {
        let text = office.text(manifest());
        let text = text.replace("from = 2026-03-01\n", "");
        let text = text.split("\n\n[term]").next().unwrap().to_owned();
        office.write(manifest(), text + "\n\n[term]\n" + term);
        office.run(&["template", "lint", ACCORD])
    };
    let common = "notice_months = 3\nprolongation_months = 12\n";
    within(&format!(
        "start = 2026-03-01\nend = 2028-12-31\n{common}prolongation = \"repeated\"\n"
    ))
    .ok();
    within(&format!(
        "start = 2024-01-01\nend = 2028-12-31\n{common}prolongation = \"none\"\n"
    ))
    .fails(3)
    .complains("beside familjecentral 1.0, it starts 2024-01-01, before 2024-03-01");
    // The parent ends for good.
    office.edit(
        format!("templates/{AGREEMENT}/1.0/version.toml"),
        "prolongation = \"repeated\"",
        "prolongation = \"once\"",
    );
    within(&format!(
        "start = 2026-03-01\nend = 2027-12-31\n{common}prolongation = \"none\"\n"
    ))
    .ok();
    within(&format!(
        "start = 2026-03-01\nend = 2028-01-01\n{common}prolongation = \"none\"\n"
    ))
    .fails(3)
    .complains("it runs to 2028-01-01, after 2027-12-31, beyond which the other is not prolonged");
    within(&format!(
        "start = 2026-03-01\nend = 2026-12-31\n{common}prolongation = \"repeated\"\n"
    ))
    .fails(3)
    .complains("it is prolonged again and again, and the other ends 2027-12-31 at the latest");
}

#[test]
fn shared_costs_are_divided_to_the_ore() {
    let office = drafted();
    let json = office
        .run(&[
            "accord",
            "shares",
            ACCORD,
            "--amount",
            "1 000 000,00",
            "--json",
        ])
        .ok()
        .json();
    assert_eq!(json["amount_ore"], 100_000_000);
    assert_eq!(json["remainder_ore"], 1);
    assert_eq!(json["services"][0]["amount_ore"], 33_333_334);
    assert_eq!(json["services"][0]["bears_remainder"], true);
    assert_eq!(json["services"][1]["amount_ore"], 33_333_333);
    assert_eq!(json["parties"][1]["party"], "14");
    assert_eq!(json["parties"][1]["parts"], 2);
    assert_eq!(json["parties"][1]["amount_ore"], 66_666_666);
    office
        .run(&["accord", "shares", ACCORD])
        .ok()
        .says("480\u{a0}000,01 kr i 3 lika delar")
        .says("160\u{a0}000,01")
        .says("Västra Götalandsregionen (14)")
        .says("1 öre blir över och bärs av Öppen förskola.");
    for (amount, says) in [
        ("-5", "cannot be negative, in \"-5\""),
        ("", "the amount is empty"),
        ("1,234", "at most two decimals, in \"1,234\""),
    ] {
        office
            .run(&["accord", "shares", ACCORD, "--amount", amount])
            .fails(2)
            .complains(says);
    }
    office
        .run(&["accord", "shares", AGREEMENT])
        .fails(4)
        .complains("familjecentral 1.0 is no local accord");
    office.edit(manifest(), "budget = \"480000,01\"\n", "");
    office
        .run(&["accord", "shares", ACCORD])
        .fails(2)
        .complains("states no shared cost to divide");
}

#[test]
fn an_accord_with_a_term_prints_all_that_the_register_reckons_by() {
    let office = drafted();
    let text = office.text(manifest());
    let text = text.replace("from = 2026-03-01\n", "");
    let printed = |term: &str| {
        let term =
            format!("\n\n[term]\nstart = 2026-03-01\nend = 2027-12-31\nnotice_months = 3\n{term}");
        office.write(manifest(), text.clone() + &term);
        let preview = ["template", "preview", ACCORD, "--dpi", "20"];
        office.run(&preview).ok();
        let folder = office.path(format!("out/{ACCORD}-1.0-preview"));
        let names = names_in(&folder);
        let pdf = names.iter().find(|name| name.ends_with(".pdf")).unwrap();
        page_texts(&folder.join(pdf)).map(|pages| flowing(&pages.join(" ")))
    };
    let Some(text) = printed("prolongation_months = 12\nprolongation = \"repeated\"\n") else {
        return;
    };
    for words in [
        "gäller från och med 2026-03-01 till och med 2027-12-31, dock aldrig längre än avtalet.",
        "Om överenskommelsen inte sägs upp förlängs den med 12 månader i sänder.",
        "ha kommit fram till den andra parten senast 3 månader före utgången.",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let once = printed("prolongation_months = 12\nprolongation = \"once\"\n").unwrap();
    assert!(once.contains("förlängs den med 12 månader, en gång."));
    let none = printed("prolongation_months = 0\nprolongation = \"none\"\n").unwrap();
    assert!(none.contains("upphör vid avtalstidens utgång utan uppsägning."));
    assert!(!none.contains("före utgången"));
}

#[test]
fn a_later_version_of_an_accord_follows_its_parent() {
    let office = drafted();
    fill_in(&office);
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    office.run(&["publish", ACCORD, "1.0"]).ok();
    office.run(&["revise", AGREEMENT, "--as", "2.0"]).ok();
    let parent = format!("templates/{AGREEMENT}/2.0/version.toml");
    office.edit(&parent, "status = \"draft\"", "status = \"adopted\"");
    // It begins later than the accord.
    office.edit(&parent, "start = 2028-01-01", "start = 2026-01-01");
    office.run(&["publish", AGREEMENT, "2.0"]).ok();

    let revised = office.run(&["revise", ACCORD, "--as", "1.1"]).ok();
    assert!(!revised.out.contains("ingen avtalstid"), "{revised}");
    revised.says("familjecentral 2.0 är publicerad: utkastet sluts under den, inte under 1.0");
    let file = format!("templates/{ACCORD}/1.1/version.toml");
    let text = office.text(&file);
    let (_, relation) = text.split_once("[relation]").unwrap();
    assert!(
        relation
            .starts_with("\nkind = \"under\"\nagreement = \"familjecentral\"\nversion = \"2.0\"\n"),
        "{text}"
    );
    office.edit(&file, "status = \"draft\"", "status = \"adopted\"");
    office
        .run(&["publish", ACCORD, "1.1"])
        .ok()
        .says("sluts under familjecentral 2.0")
        .says(&format!(
            "en underskrift på {ACCORD} 1.0 gäller inte för 1.1"
        ))
        .says("§ 1 Parter och giltighet");
}

#[test]
fn an_accord_has_two_parties_and_a_folder_of_its_own() {
    let office = Office::new();
    draft_with(&office, &[("1443", "14")])
        .fails(2)
        .complains("14 is in every copy: an accord of it alone is between nobody");
    draft_with(&office, &[("Hjorten", "日本")])
        .fails(2)
        .complains("no folder can be named after \"日本\"\n\nhint: name the folder with --id");
    draft_with(&office, &[("Hjorten", "Bollebygds familjecentral")]).ok();
    office
        .run(&["accord", "shares", "familjecentral-1443-bollebygds"])
        .ok();
    // What lies in the folder is not mixed with a draft.
    let note = format!("templates/{ACCORD}/anteckning.txt");
    office.write(&note, "kvar");
    assert_ne!(office.run(&DRAFT).code, 0);
    assert_eq!(
        names_in(&office.path(format!("templates/{ACCORD}"))),
        ["anteckning.txt"]
    );
}
