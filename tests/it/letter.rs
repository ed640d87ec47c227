//! Letters: what each kind says, to whom it goes, what is entered, and what is refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::clock::Clock;
use super::status::golden;
use super::support::{
    AGREEMENT, Office, Run, files_below, flowing, names_in, page_texts, python_judge, run, sha256,
};

/// An office with a clock of its own.
struct Desk {
    office: Office,
    clock: Clock,
}

impl Desk {
    fn at(time: &str) -> Option<Self> {
        let office = Office::new();
        let clock = Clock::new(office.root().parent().unwrap())?;
        clock.set(time);
        Some(Self { office, clock })
    }

    fn run(&self, arguments: &[&str]) -> Run {
        let mut command = self.office.command(arguments);
        self.clock.rule(&mut command);
        run(command)
    }

    /// Writes letters about the shipped agreement.
    fn letter(&self, kind: &str, more: &[&str]) -> Run {
        self.run(&[&["letter", kind, AGREEMENT][..], more].concat())
    }

    fn notice(&self, party: &str, dated: &str, received: &str, more: &[&str]) -> Run {
        let start = ["notice", party, "--agreement", AGREEMENT, "--way", "e-post"];
        let days = ["--dated", dated, "--received", received];
        self.run(&[&start[..], &days, more].concat())
    }

    fn folder(&self, name: &str) -> PathBuf {
        self.office.path(format!("out/{AGREEMENT}/letters/{name}"))
    }

    /// Returns the texts of letters, those of some parties one after the other.
    fn texts(&self, folder: &str, files: &[&str]) -> String {
        let texts = files.iter().map(|file| {
            let text = std::fs::read_to_string(self.folder(folder).join(file)).unwrap();
            check_text(file, &text);
            format!("--- {file}\n{text}")
        });
        let digits = regex::Regex::new("[0-9a-f]{64}").unwrap();
        let texts = texts.collect::<Vec<_>>().join("\n");
        digits.replace_all(&texts, "0".repeat(64)).into_owned()
    }
}

/// Checks what mail programs ask of a text.
#[track_caller]
fn check_text(file: &str, text: &str) {
    assert!(text.starts_with("Ämne: "), "{file}: {text}");
    assert!(text.ends_with('\n') && !text.contains('\r'), "{file}");
    assert!(!text.contains("\n\n\n"), "{file}: {text}");
    for line in text.lines() {
        assert!(line.chars().count() <= 72, "{file}: {line}");
        assert_eq!(line.trim_end(), line, "{file}");
    }
}

/// Checks that letters are pages for everybody, by other programs.
#[track_caller]
fn check_pages(files: &[PathBuf], title: &str) {
    for file in files {
        let Some(pages) = page_texts(file) else {
            return;
        };
        assert_eq!(pages.len(), 1, "{}", file.display());
        let text = flowing(&pages[0]);
        for words in [title, "VästKom", "Med vänlig hälsning", "Sida 1 av 1"] {
            assert!(
                text.contains(words),
                "{}: {words} in {text}",
                file.display()
            );
        }
    }
    if let Some(mut command) = python_judge("conformance.py") {
        command.args(files);
        let verdict = run(command);
        assert_eq!(verdict.code, 0, "{verdict}");
    }
}

fn pdfs(folder: &Path, files: &[&str]) -> Vec<PathBuf> {
    files.iter().map(|file| folder.join(file)).collect()
}

#[test]
fn letters_that_ask_say_what_and_by_when() {
    let Some(desk) = Desk::at("2024-03-04 09:00") else {
        return;
    };
    let answer = ["--answer-by", "2024-05-31"];
    let more = [
        "--enclosure",
        "Tjänsteskrivelse",
        "--enclosure",
        "Förslag till beslut",
    ];
    desk.letter("missive", &[&answer[..], &more].concat())
        .ok()
        .says("50 brev (missiv), familjecentral 1.0: skrivna och införda (post 1).")
        .says("agreement.toml har ingen contact");
    let consultation = ["--version", "0.9", "--preview"];
    desk.letter("missive", &[&answer[..], &consultation].concat())
        .ok()
        .says("50 brev (missiv), familjecentral 0.9: att titta på; inget är infört.");
    let folder = "missive-1.0-2024-03-04";
    let preview = "förhandsvisning-missive-0.9";
    let text = format!(
        "{}\n{}",
        desk.texts(folder, &["1443-bollebygd.txt", "14-vgr.txt"]),
        desk.texts(preview, &["1443-bollebygd.txt"])
    );
    golden("letter_missive", &text);
    let files = pdfs(&desk.folder(folder), &["1443-bollebygd.pdf", "14-vgr.pdf"]);
    check_pages(&files, "Beslut om Familjecentraler");
    let files = pdfs(&desk.folder(preview), &["1443-bollebygd.pdf"]);
    check_pages(&files, "FÖRHANDSVISNING");

    let of_two = ["generate", AGREEMENT, "--party", "1443", "--party", "1480"];
    desk.run(&of_two).ok();
    desk.run(&["send", AGREEMENT]).ok();
    desk.letter("sending", &answer)
        .ok()
        .says("3 brev (följebrev till exemplar)")
        .says("utan brev: inget exemplar är utfärdat (1440, ");
    let folder = "sending-1.0-2024-03-04";
    let files = ["1443-bollebygd.txt", "14-vgr.txt"];
    golden("letter_sending", &desk.texts(folder, &files));
    let copy = "out/familjecentral-1.0-bilateral/familjecentral-1.0-b1443-bollebygd.pdf";
    let letter = std::fs::read_to_string(desk.folder(folder).join(files[0])).unwrap();
    assert!(
        letter.contains(&sha256(&desk.office.read(copy))),
        "{letter}"
    );
    let files = pdfs(&desk.folder(folder), &["1443-bollebygd.pdf", "14-vgr.pdf"]);
    check_pages(&files, "Exemplar att skriva under");

    let decide = [
        "decide",
        "1480",
        "--agreement",
        AGREEMENT,
        "--met",
        "2024-02-12",
    ];
    let outcome = ["--body", "Kommunstyrelsen", "--outcome", "condition"];
    let words = [
        "--condition",
        "Att alla är med",
        "--diary",
        "KS 2024/17",
        "--section",
        "§ 4",
    ];
    desk.run(&[&decide[..], &outcome, &words].concat()).ok();
    let decline = [
        "decline",
        "1440",
        "--agreement",
        AGREEMENT,
        "--dated",
        "2024-03-01",
    ];
    desk.run(&[&decline[..], &["--reason", "Vi har en egen"]].concat())
        .ok();
    desk.clock.set("2024-05-02 09:00");
    desk.letter("reminder", &answer)
        .ok()
        .says("49 brev (påminnelse)")
        .says("utan brev: har sagt nej; tala med parten (1440)");
    let folder = "reminder-1.0-2024-05-02";
    let files = [
        "1443-bollebygd.txt",
        "1480-goteborg.txt",
        "14-vgr.txt",
        "1489-alingsas.txt",
    ];
    golden("letter_reminder", &desk.texts(folder, &files));
    let files = pdfs(&desk.folder(folder), &["1480-goteborg.pdf", "14-vgr.pdf"]);
    check_pages(&files, "Påminnelse: Familjecentraler");
    let why = desk.run(&["status", AGREEMENT, "--why", "1443"]).ok();
    let words = ["Brev som gått ut", "missiv (post 1)", "påminnelse (post"];
    for said in words {
        assert!(why.out.contains(said), "{why}");
    }
    let log = desk.run(&["log", "--party", "1440"]).ok();
    assert!(
        log.out
            .contains("skrev missiv, familjecentral 1.0, till 50 parter"),
        "{log}"
    );
    assert!(!log.out.contains("skrev påminnelse"), "{log}");
    desk.office.check_log();
}

#[test]
fn letters_that_tell_reckon_with_the_notices() {
    let Some(desk) = Desk::at("2025-01-07 09:00") else {
        return;
    };
    // The last minutes of the last day in Stockholm are still of the year before in UTC.
    let told = desk.notice("1480", "2024-12-31", "2024-12-31T23:30", &["--json"]);
    let told = told.ok().json();
    assert_eq!(told["received_on"], "2024-12-31");
    assert_eq!(told["reach"]["missed"], Value::Null);
    assert_eq!(told["letter"]["letters"][0]["party"], "1480");
    desk.notice("1481", "2025-01-01", "2025-01-01T00:00", &[])
        .ok()
        .says("1 dag för sent")
        .says("Brev till 1481 Mölndals kommun (bekräftelse på uppsägning)")
        .says("Nästa steg: sigill letter acknowledgement familjecentral --version 1.0 --notice 3");
    let log = desk.office.check_log();
    assert_eq!(log[1]["body"]["received_at"], "2024-12-31T22:30:00Z");
    assert_eq!(log[1]["body"]["received_on"], "2024-12-31");
    // The giver has its letter already; all others get theirs.
    desk.letter("acknowledgement", &["--notice", "1"])
        .ok()
        .says(
            "50 brev (bekräftelse på uppsägning), familjecentral 1.0: skrivna och införda (post 5)",
        );
    let folder = "acknowledgement-1.0-2025-01-07-1";
    let files = ["1480-goteborg.txt", "1443-bollebygd.txt", "14-vgr.txt"];
    let late = desk.texts("acknowledgement-1.0-2025-01-07-3", &["1481-molndal.txt"]);
    let text = format!("{}\n{late}", desk.texts(folder, &files));
    golden("letter_acknowledgement", &text);
    let files = pdfs(&desk.folder(folder), &["1480-goteborg.pdf", "14-vgr.pdf"]);
    check_pages(&files, "Vad den innebär för er");

    desk.letter("prolongation", &[])
        .ok()
        .says("49 brev (meddelande om förlängning)")
        .says("utan brev: avtalet upphör dessförinnan (1480)");
    let folder = "prolongation-1.0-2025-01-07";
    golden(
        "letter_prolongation",
        &desk.texts(folder, &["1443-bollebygd.txt", "14-vgr.txt"]),
    );
    check_pages(
        &pdfs(&desk.folder(folder), &["14-vgr.pdf"]),
        "Avtalet förlängs",
    );

    desk.letter("ending", &[])
        .ok()
        .says("2 brev (meddelande om upphörande)")
        .says("utan brev: avtalet fortsätter (1440, ");
    let folder = "ending-1.0-2025-01-07";
    golden(
        "letter_ending",
        &desk.texts(folder, &["1480-goteborg.txt", "14-vgr.txt"]),
    );
    check_pages(
        &pdfs(&desk.folder(folder), &["1480-goteborg.pdf"]),
        "Avtalet upphör 2025-12-31",
    );

    // A year later nobody had to enter that it goes on.
    desk.clock.set("2026-01-01 00:10");
    let told = desk
        .letter("prolongation", &["--party", "1443", "--json"])
        .ok()
        .json();
    assert_eq!(told["letters"].as_array().unwrap().len(), 1);
    let text = desk.texts("prolongation-1.0-2026-01-01", &["1443-bollebygd.txt"]);
    assert!(
        text.contains("Avtalet har förlängts") && text.contains("2026-12-31"),
        "{text}"
    );
    // Whoever leaves later is in the new period.
    desk.notice("1490", "2026-01-01", "2026-01-01", &["--no-letter"])
        .ok();
    desk.letter("prolongation", &["--party", "14"]).ok();
    let text = desk.texts("prolongation-1.0-2026-01-01", &["14-vgr.txt"]);
    for words in [
        "mellan er och\n\n- Göteborgs kommun, sista dag 2025-12-31\n",
        "senare mellan er och\n\n- Borås kommun, sista dag 2027-12-31\n",
    ] {
        assert!(text.contains(words), "{text}");
    }
    desk.letter("prolongation", &["--party", "1480"])
        .ok()
        .says("Ingen part ska ha brevet")
        .says("avtalet upphör dessförinnan (1480)");
}

/// What an agreement says of notices decides what letters say of it.
#[test]
fn a_notice_for_one_and_one_for_all() {
    let agreement = "introduktion";
    let days = ["--dated", "2026-09-20", "--received", "2026-09-22"];
    let notice = [
        "notice",
        "1499",
        "--agreement",
        agreement,
        "--way",
        "brev",
        "--no-letter",
    ];
    for (is_for_all, own, other) in [
        (
            false,
            "Andra som avtalet upphör för",
            "upphör för en del av parterna. För er fortsätter avtalet.",
        ),
        (
            true,
            "Avtalet upphör för alla parter.",
            "Sista dagen som det gäller är 2028-12-31.",
        ),
    ] {
        let office = Office::new();
        if is_for_all {
            let version = "templates/introduktion/1.0/version.toml";
            office.edit(version, "[term]", "[term]\nnotice_ends = \"all\"");
        }
        office.run(&[&notice[..], &days].concat()).ok();
        let told = office
            .run(&["letter", "ending", agreement, "--json"])
            .ok()
            .json();
        let letters = told["letters"].as_array().unwrap();
        assert_eq!(letters.len(), 15, "it concerns all");
        let text = |letters: &[Value], party: &str| {
            let mut letters = letters.iter();
            let letter = letters.find(|letter| letter["party"] == party).unwrap();
            let text = office.text(letter["text"].as_str().unwrap());
            check_text(party, &text);
            flowing(&text)
        };
        let given = text(letters, "1499");
        assert!(
            given.contains("Grunden är er uppsägning, som kom in 2026-09-22."),
            "{given}"
        );
        assert_eq!(given.contains(own), is_for_all, "{given}");
        let theirs = text(letters, "1496");
        assert!(theirs.contains(other), "{theirs}");

        let told = office
            .run(&["letter", "acknowledgement", agreement, "--json"])
            .ok()
            .json();
        let theirs = text(told["letters"].as_array().unwrap(), "1496");
        let unsaid = "Avtalet säger inte för vem en uppsägning gäller.";
        assert_eq!(theirs.contains(unsaid), !is_for_all, "{theirs}");
        let all = "Efter de uppsägningar som har kommit in upphör avtalet för alla parter.";
        assert_eq!(theirs.contains(all), is_for_all, "{theirs}");
    }
}

#[test]
fn the_same_letter_is_entered_once() {
    let office = Office::new();
    let missive = ["letter", "missive", AGREEMENT, "--answer-by", "2999-01-31"];
    let one = |more: &[&str]| office.run(&[&missive[..], &["--party", "1443"], more].concat());
    one(&["--preview"]).ok();
    assert!(!office.path(".sigill").exists(), "a preview enters nothing");
    one(&[]).ok().says("(post 1)");
    let log = office.check_log();
    assert_eq!(log[1]["kind"], "Lettered");
    assert_eq!(log[1]["body"]["letter"], "missive");
    let out = office.path(format!("out/{AGREEMENT}/letters"));
    let names = names_in(&out);
    let folder = names
        .iter()
        .find(|name| name.starts_with("missive-1.0-"))
        .unwrap();
    let file = out.join(folder).join("1443-bollebygd.pdf");
    let bytes = std::fs::read(&file).unwrap();
    assert_eq!(log[1]["body"]["to"][0]["pdf"], sha256(&bytes));
    one(&[])
        .ok()
        .says("skrivet på nytt")
        .says("1 av 1 är likadana som förut (post 1)");
    assert_eq!(office.check_log(), log);
    // Others get theirs; who had it is not entered again.
    let more = ["--party", "1443", "--party", "1480", "--json"];
    let told = office.run(&[&missive[..], &more].concat()).ok().json();
    assert_eq!(
        (&told["seq"], &told["letters"][0]["known_in"]),
        (&2.into(), &1.into())
    );
    let log = office.check_log();
    assert_eq!(log[2]["body"]["to"].as_array().unwrap().len(), 1);
    one(&["--again"]).ok().says("(post 3)");
    // What somebody wrote in a letter is not lost.
    let text = file.with_extension("txt");
    std::fs::write(&text, "ändrat\n").unwrap();
    one(&[]).ok();
    assert_ne!(std::fs::read_to_string(&text).unwrap(), "ändrat\n");
    let aside = out.join(folder).join("tidigare/1443-bollebygd.txt");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "ändrat\n");
    // Elsewhere, when asked.
    let other = office.beside("brev");
    one(&["--out", other.to_str().unwrap()]).ok();
    assert_eq!(files_below(&other).len(), 2);
}

#[test]
fn a_letter_that_cannot_be_written_is_not_entered() {
    let Some(desk) = Desk::at("2024-03-04 09:00") else {
        return;
    };
    let missive = ["--answer-by", "2024-05-31", "--party", "1443"];
    let obstacle = desk.folder("missive-1.0-2024-03-04/1443-bollebygd.txt");
    std::fs::create_dir_all(obstacle.join("hinder")).unwrap();
    desk.letter("missive", &missive).fails(5);
    assert_eq!(desk.office.kinds().get("Lettered"), None);
    std::fs::remove_dir_all(&obstacle).unwrap();
    desk.letter("missive", &missive).ok().says("(post 1)");
    assert_eq!(desk.office.kinds().get("Lettered"), Some(&1));
}

/// An open consultation has an answer day, and the day passes.
#[test]
fn no_letter_asks_for_an_answer_by_a_day_that_has_passed() {
    let Some(desk) = Desk::at("2022-08-10 09:00") else {
        return;
    };
    let days = ["--opens", "2022-08-10", "--answer-by", "2022-12-10"];
    desk.run(&[&["consult", "open", AGREEMENT][..], &days].concat())
        .ok();
    let missive = ["--version", "0.9", "--party", "1443", "--preview"];
    desk.letter("missive", &missive).ok();
    desk.clock.set("2022-12-11 09:00");
    desk.letter("missive", &missive)
        .fails(2)
        .complains("error: the answer day 2022-12-10 has passed: today is 2022-12-11\n");
    let later = ["--answer-by", "2023-01-10"];
    desk.letter("missive", &[&missive[..], &later].concat())
        .ok();
}

/// Nobody signed anything: the giver hears that its notice came, and nobody that something is prolonged or ends.
#[test]
fn who_is_not_bound_is_not_told() {
    let office = Office::new();
    office.run(&["publish", AGREEMENT, "1.0"]).ok();
    let notice = ["notice", "1480", "--agreement", AGREEMENT, "--way", "brev"];
    let days = ["--dated", "2024-11-20", "--received", "2024-11-25"];
    office
        .run(&[&notice[..], &days, &["--no-letter"]].concat())
        .ok()
        .says("1480 är inte bunden av versionen")
        .says("är införd (post 2)");
    let letter =
        |kind: &str, more: &[&str]| office.run(&[&["letter", kind, AGREEMENT][..], more].concat());
    let told = letter("acknowledgement", &["--preview", "--json"])
        .ok()
        .json();
    let letters = told["letters"].as_array().unwrap();
    assert_eq!((letters.len(), &letters[0]["party"]), (1, &"1480".into()));
    let left_out = told["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 49);
    assert!(left_out.iter().all(|line| line["why"] == "not_bound"));
    for kind in ["acknowledgement", "ending"] {
        letter(kind, &["--party", "1443"])
            .ok()
            .says("Ingen part ska ha brevet. Inget är skrivet.")
            .says("utan brev: är inte bunden av versionen (1443)");
    }
    letter("ending", &[])
        .ok()
        .says("utan brev: är inte bunden av versionen (1440, ");
    assert_eq!(office.kinds().get("Lettered"), None);
}

#[test]
fn what_cannot_be_told_is_refused() {
    let office = Office::new();
    let letter = |arguments: &[&str]| office.run(&[&["letter"], arguments].concat());
    letter(&["greeting", AGREEMENT])
        .fails(2)
        .complains("greeting");
    letter(&["missive", "annat"])
        .fails(2)
        .complains("there is no agreement annat");
    letter(&["missive", AGREEMENT])
        .fails(2)
        .complains("error: it is not said by when to answer\n");
    letter(&["missive", AGREEMENT, "--answer-by", "2024-06-31"]).fails(2);
    letter(&["missive", AGREEMENT, "--answer-by", "2024-06-30"])
        .fails(2)
        .complains("the answer day 2024-06-30 has passed");
    letter(&[
        "missive",
        AGREEMENT,
        "--answer-by",
        "2999-06-30",
        "--party",
        "9999",
    ])
    .fails(2);
    letter(&["ending", AGREEMENT, "--answer-by", "2999-06-30"])
        .fails(2)
        .complains("--answer-by does not go with the letter ending");
    letter(&["reminder", AGREEMENT, "--notice", "3"])
        .fails(2)
        .complains("--notice does not go with the letter reminder");
    letter(&["reminder", AGREEMENT])
        .fails(4)
        .complains("familjecentral 1.0 is not published");
    letter(&["acknowledgement", AGREEMENT])
        .fails(4)
        .complains("no notice of familjecentral 1.0 is in the register");
    for kind in ["acknowledgement", "ending", "prolongation"] {
        let code = if kind == "acknowledgement" {
            "no notice"
        } else {
            "no term"
        };
        letter(&[kind, AGREEMENT, "--version", "0.9"])
            .fails(4)
            .complains(code);
    }
    letter(&["prolongation", "introduktion"])
        .fails(4)
        .complains("introduktion 1.0 is not prolonged yet: notice can prevent it until 2028-06-30");
    letter(&["ending", "introduktion"])
        .fails(4)
        .complains("introduktion 1.0 does not end");
    letter(&["sending", AGREEMENT])
        .ok()
        .says("Ingen part ska ha brevet");
    assert!(!office.path(".sigill").exists(), "nothing was entered");
    assert!(!office.path("out").exists(), "nothing was written");
}

/// A template is the office's own: its faults are told with file and line, and nothing is entered.
#[test]
fn faults_of_templates_are_told() {
    let office = Office::new();
    let missive = ["letter", "missive", AGREEMENT, "--answer-by", "2999-01-31"];
    let typ = "templates/letters/missive.typ";
    let txt = "templates/letters/missive.txt";
    for (file, text, message) in [
        (
            typ,
            "= Hej\n{{ nobody }}\n",
            "templates/letters/missive.typ:2: ",
        ),
        (typ, "#let x = (\n", "templates/letters/missive.typ:1: "),
        (
            txt,
            "Ämne: a\n\n{% if %}\n",
            "templates/letters/missive.txt:3: ",
        ),
        (
            "templates/letters/layout.typ",
            "#let letter = 1\n#let x = (\n",
            "templates/letters/layout.typ:2",
        ),
    ] {
        let before = office.text(file);
        office.write(file, text);
        office.run(&missive).fails(3).complains(message);
        office.write(file, before);
    }
    assert!(!office.path(".sigill").exists(), "nothing was entered");
    // An office that was made earlier lacks them.
    office.remove(txt);
    office
        .run(&missive)
        .fails(3)
        .complains("templates/letters/missive.txt is missing")
        .complains("sigill init --letters .");
    let edited = office.text(typ).replace("Missiv", "Brev");
    office.write(typ, &edited);
    office
        .run(&["init", "--letters", "."])
        .ok()
        .says("made  templates/letters/missive.txt");
    assert_eq!(office.text(typ), edited, "nothing else is changed");
    office
        .run(&["init", "--letters", "."])
        .ok()
        .says("No template is missing");
    office.run(&missive).ok();
    office.run(&["init", "--letters", "nowhere"]).fails(2);

    // A notice stands whatever becomes of its letter.
    office.remove("templates/letters/acknowledgement.typ");
    let notice = ["notice", "1480", "--agreement", AGREEMENT, "--way", "brev"];
    let days = ["--dated", "2024-11-20", "--received", "2024-11-25"];
    let told = office.run(&[&notice[..], &days].concat());
    assert_eq!(told.code, 3, "{told}");
    assert!(told.out.contains("är införd (post 2)"), "{told}");
    for words in [
        "templates/letters/acknowledgement.typ is missing",
        "the notice is entered all the same",
        "sigill letter acknowledgement familjecentral --version 1.0 --notice 2 --party 1480",
    ] {
        assert!(told.err.contains(words), "{told}");
    }
    let days = [
        "--dated",
        "2024-11-21",
        "--received",
        "2024-11-25",
        "--no-letter",
    ];
    office.run(&[&notice[..], &days].concat()).ok();
    assert_eq!(office.check_log().last().unwrap()["kind"], "Notified");
}
