//! Ink: a paper original is entered with its scan, and is never taken for an electronic file.

use super::decide::words;
use super::support::{Issue, Office, Run, issued_in, sha256};

const COPY: &str = "familjecentral-1.0-b1443";
const SCAN: &[u8] = b"\x89PNG\r\n\x1a\n a scan";

fn ink(office: &Office, seats: &[&str], more: &[&str]) -> Run {
    let mut arguments = vec![
        "ink",
        COPY,
        "--signed",
        "2026-01-20",
        "--held-by",
        "Kommunarkivet",
    ];
    for seat in seats {
        arguments.extend(["--seat", seat]);
    }
    arguments.extend(["--witness", "Anna Exempel har jämfört"]);
    if !more.contains(&"--scan") {
        arguments.extend(["--scan", "skanning.png"]);
    }
    arguments.extend(more);
    office.run(&arguments)
}

fn data_digest(office: &Office) -> String {
    let log = office.check_log();
    let issued = log
        .iter()
        .filter_map(issued_in)
        .find(|issued| issued["copy"] == COPY);
    issued.unwrap()["data"].as_str().unwrap().to_owned()
}

#[test]
fn a_paper_original_is_entered() {
    let office = Office::issued(Issue::Bilateral);
    office.write("skanning.png", SCAN);
    let digest = data_digest(&office);
    let before = office.check_log().len();
    let short: String = digest.chars().take(16).collect();
    let short = short
        .as_bytes()
        .chunks(4)
        .map(|part| std::str::from_utf8(part).unwrap());
    let short = short.collect::<Vec<_>>().join(" ");
    let more = [
        "--read-digest",
        &short,
        "--as",
        "vice_chair",
        "--name",
        "Bo Exempel",
    ];
    ink(&office, &["1443-chair"], &more)
        .ok()
        .says(&format!(
            "Pappersoriginalet till {COPY} är infört (post {before})."
        ))
        .says("1443-chair, som vice_chair, 2026-01-20")
        .says("finns hos Kommunarkivet")
        .says("avläst på pappret och lika med exemplarets")
        .says("ej undertecknat: 1443-countersigner, 14-chair, 14-director")
        .says("dagen på pappret är före den dag exemplaret utfärdades");
    let log = office.check_log();
    let body = &log[before]["body"];
    assert_eq!(log[before]["kind"], "Inked");
    assert_eq!(body["scan"], sha256(SCAN));
    assert_eq!(body["read_digest"], digest);
    assert_eq!(words(&office, &body["seats"][0]["person"]), "Bo Exempel");
    assert_eq!(words(&office, &body["witness"]), "Anna Exempel har jämfört");
    assert!(
        !log[before].to_string().contains("Exempel"),
        "names can be erased"
    );
    ink(&office, &["1443-chair"], &[])
        .fails(4)
        .complains(&format!(
            "error: entry {before} says so already: 1443-chair of {COPY} is signed on paper\n"
        ));
    ink(
        &office,
        &["1443-countersigner", "14-chair"],
        &["--read-digest", &digest],
    )
    .ok();
}

#[test]
fn what_is_no_paper_of_the_copy_is_refused() {
    let office = Office::issued(Issue::Bilateral);
    office.write("skanning.png", SCAN);
    office.write("brev.txt", "ingen skanning");
    let file = office
        .pdfs(Issue::Bilateral)
        .into_iter()
        .find(|file| file.to_string_lossy().contains("1443"));
    let file = file.unwrap();
    let before = office.check_log().len();
    let chair = ["1443-chair"];
    let digest = data_digest(&office);
    ink(&office, &chair, &["--read-digest", "0000 1111 2222 3333"])
        .fails(4)
        .complains(&format!(
            "error: the paper shows 0000111122223333, but the data of {COPY} have the digest {}\n",
            &digest[..16]
        ));
    ink(&office, &chair, &["--read-digest", &digest[..8]]).fails(4);
    ink(&office, &chair, &["--scan", "brev.txt"])
        .fails(2)
        .complains("error: brev.txt: no scan: neither PDF, JPEG, PNG nor TIFF\n");
    ink(&office, &chair, &["--scan", file.to_str().unwrap()])
        .fails(2)
        .complains("an electronic file of a copy, no scan of paper")
        .complains("`sigill receive`");
    ink(&office, &chair, &["--scan", "signatories"]).fails(5);
    ink(&office, &["1480-chair"], &[])
        .fails(4)
        .complains(&format!(
            "error: copy {COPY} has no such seat: 1480-chair\n"
        ));
    ink(&office, &["1443-chair", "1443-chair"], &[])
        .fails(4)
        .complains("has each seat once");
    ink(&office, &chair, &["--as", "director"])
        .fails(4)
        .complains("error: role director may not sign in seat 1443-chair\n")
        .complains("chair, vice_chair");
    ink(&office, &["1443-chair", "14-chair"], &["--as", "chair"])
        .fails(2)
        .complains("error: 1 times --as for 2 seats\n");
    let mut arguments = vec![
        "ink",
        "familjecentral-1.0-b9999",
        "--seat",
        "1443-chair",
        "--signed",
        "2026-01-20",
    ];
    arguments.extend([
        "--held-by",
        "Arkivet",
        "--witness",
        "W",
        "--scan",
        "skanning.png",
    ]);
    office
        .run(&arguments)
        .fails(4)
        .complains("copy familjecentral-1.0-b9999 is not in the register");
    assert_eq!(office.check_log().len(), before);
    office
        .run(&["void", "familjecentral", "--copy", COPY, "--reason", "Fel"])
        .ok();
    ink(&office, &chair, &[])
        .fails(4)
        .complains(&format!("error: copy {COPY} is voided\n"));
}
