//! Heads: what the journeys make of copies that were sealed, signed and extended.
//!
//! The entries are made here by hand, so that what is read is not judged by what wrote it.

use std::fs;

use serde_json::{Value, json};

use super::support::{AGREEMENT, Issue, Office, canonical, sha256};

const COPY: &str = "familjecentral-1.0-b1443";
const FILE: &str = "familjecentral-1.0-b1443-bollebygd.pdf";

/// Returns where the copy's file lies.
fn out() -> String {
    format!("{}/{FILE}", Issue::Bilateral.out())
}

/// Keeps a document, as a program that died would have left it.
fn keep(office: &Office, bytes: &[u8]) {
    let path = office.document(&sha256(bytes));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

/// Returns the event of a signature: kind and body.
fn signed(seat: &str, before: &[u8], after: &[u8]) -> Value {
    json!({"kind": "Signed", "body": {
        "as_role": "chair", "certificate": sha256(seat.as_bytes()), "copy": COPY,
        "head_after": sha256(after), "head_before": sha256(before), "level": "B-T",
        "seat": seat, "size_bytes": after.len(), "stamped_at": "2026-11-23T08:00:00.000Z",
    }})
}

fn sealed(before: &[u8], after: &[u8]) -> Value {
    json!({"kind": "Sealed", "body": {
        "certificate": sha256(b"seal"), "certifies": false, "copy": COPY,
        "head_after": sha256(after), "head_before": sha256(before), "level": "B-T",
        "size_bytes": after.len(),
    }})
}

/// Enters an event and keeps its document.
fn enter(office: &Office, event: &Value, after: &[u8]) {
    keep(office, after);
    let seq = office.check_log().len();
    let mut entry = event.clone();
    entry["actor"] = json!("prov");
    entry["agreement"] = json!(AGREEMENT);
    // Before any clock of a test, which would be told to be behind.
    entry["at"] = json!("2026-01-01T00:00:01.000Z");
    entry["seq"] = json!(seq);
    entry["v"] = json!(1);
    office.enter_with_key(&canonical(&entry));
    if let Some(seat) = event["body"]["seat"].as_str() {
        office.sql(&format!(
            "INSERT INTO seat_index (copy, seat, signed_seq) VALUES ('{COPY}', '{seat}', {seq});"
        ));
    }
}

/// What is appended to a file; signatures are not judged, so a comment does.
fn longer(bytes: &[u8], with: &str) -> Vec<u8> {
    [bytes, format!("%{with}\n%%EOF\n").as_bytes()].concat()
}

/// The copy as issued, sealed, and signed in one seat.
fn states(office: &Office) -> [Vec<u8>; 3] {
    let base = office.read(out());
    let with_seal = longer(&base, "seal");
    let with_chair = longer(&with_seal, "chair");
    [base, with_seal, with_chair]
}

fn sealed_and_signed(office: &Office) -> [Vec<u8>; 3] {
    let [base, with_seal, with_chair] = states(office);
    enter(office, &sealed(&base, &with_seal), &with_seal);
    enter(
        office,
        &signed("1443-chair", &with_seal, &with_chair),
        &with_chair,
    );
    [base, with_seal, with_chair]
}

#[track_caller]
fn verdict(office: &Office, bytes: &[u8], code: i32) -> Value {
    let file = office.beside("file.pdf");
    fs::write(&file, bytes).unwrap();
    let run = office.run(&["verify", "--json", "--rebuild", file.to_str().unwrap()]);
    assert_eq!(run.code, code, "{run}");
    run.json()
}

#[test]
fn verify_tells_the_newest_state_from_earlier_ones() {
    let office = Office::issued(Issue::Bilateral);
    let [base, with_seal, with_chair] = sealed_and_signed(&office);
    for earlier in [&base, &with_seal] {
        let verdict = verdict(&office, earlier, 1);
        assert_eq!(verdict["identity"]["answer"], "older_than_known");
        assert_eq!(verdict["copy"]["head"], sha256(&with_chair));
    }
    let newest = verdict(&office, &with_chair, 0);
    assert_eq!(newest["identity"]["answer"], "newest");
    assert_eq!(newest["rebuild"]["outcome"], "first_revision_identical");
    let copy = &newest["copy"];
    assert_eq!(copy["sealed"]["level"], "B-T");
    assert_eq!(copy["forked"], false);
    let seats = copy["seats"].as_array().unwrap();
    assert_eq!(seats.len(), 4);
    for seat in seats {
        let is_signed = seat["seat"] == "1443-chair";
        assert_eq!(seat["signed"].is_object(), is_signed, "{seat}");
    }
    let beyond = verdict(&office, &longer(&with_chair, "more"), 1);
    assert_eq!(beyond["identity"]["answer"], "newer");

    let file = office.beside("file.pdf");
    let told = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        office.run(&["verify", file.to_str().unwrap()])
    };
    told(&with_chair).says("Filen är det nyaste kända läget, byte för byte.");
    told(&with_seal)
        .says("Ett nyare läge är känt")
        .says(&format!("sha256 {}", sha256(&with_chair)));
}

#[test]
fn files_and_parcels_are_the_newest_state() {
    let office = Office::issued(Issue::Bilateral);
    let [_, _, with_chair] = sealed_and_signed(&office);
    office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(
        office.read(out()),
        with_chair,
        "the base was an earlier state"
    );
    let sums = office.text(format!("{}/SHA256SUMS", Issue::Bilateral.out()));
    assert_eq!(sums.lines().count(), 49);
    assert!(sums.contains(&format!("{}  {FILE}\n", sha256(&with_chair))));
    assert!(
        !office
            .path(Issue::Bilateral.out())
            .join("avvikande")
            .exists()
    );

    // What goes beyond is somebody's; what is neither is set aside.
    let beyond = longer(&with_chair, "signed elsewhere");
    office.write(out(), &beyond);
    let again = office.run(&["generate", AGREEMENT, "--json"]).ok().json();
    assert_eq!(again["longer"], json!([FILE]));
    assert_eq!(office.read(out()), beyond);
    let with_other = longer(&office.read(out()), "x");
    office.write(out(), &with_other[..with_chair.len() - 3]);
    let again = office.run(&["generate", AGREEMENT, "--json"]).ok().json();
    assert_eq!(again["moved"].as_array().unwrap().len(), 1);
    assert_eq!(office.read(out()), with_chair);

    office.run(&["send", AGREEMENT, "--party", "1443"]).ok();
    let parcel = office.path("out/familjecentral-1.0-utskick/1443");
    assert_eq!(fs::read(parcel.join(FILE)).unwrap(), with_chair);
}

#[test]
fn status_and_log_count_signatures_by_seat_and_copy() {
    let office = Office::issued(Issue::Bilateral);
    let [_, _, with_chair] = sealed_and_signed(&office);
    let position = &office.run(&["status", AGREEMENT, "--json"]).ok().json()[0];
    assert_eq!(position["totals"]["signed"], 1);
    assert_eq!(position["totals"]["complete"], 0);
    let party = |position: &Value, code: &str| {
        let groups = position["groups"].as_array().unwrap();
        let mut parties = groups
            .iter()
            .flat_map(|group| group["parties"].as_array().unwrap());
        parties.find(|party| party["code"] == code).unwrap().clone()
    };
    let copy = &party(position, "1443")["copies"][0];
    assert_eq!(copy["signed"]["1443-chair"]["level"], "B-T");
    assert_eq!(copy["level"], "B-T");
    assert_eq!(copy["head"], sha256(&with_chair));
    assert_eq!(party(position, "14")["copies"][0]["signed"], json!({}));

    let mut before = with_chair;
    for seat in seats_after_the_first(position, &party) {
        let after = longer(&before, &seat);
        enter(&office, &signed(&seat, &before, &after), &after);
        before = after;
    }
    let told = office.run(&["status", AGREEMENT]).ok();
    for text in [
        "4 av 196  platser",
        "1 av 49   exemplar undertecknade",
        "2 av 98",
        "2 av 2",
    ] {
        assert!(told.out.contains(text), "{text}: {told}");
    }
    office.run(&["status"]).ok().says("4 av 196");
    let csv = office.run(&["status", AGREEMENT, "--csv"]).ok();
    assert!(csv.out.contains(",seats,signed"), "{csv}");

    let log = office.run(&["log", AGREEMENT, "--party", "1443"]).ok();
    for text in [
        "stämplade familjecentral-1.0-b1443 med sigillet (B-T)",
        "förde in underskriften på 1443-chair i familjecentral-1.0-b1443 (B-T, som chair, tidsstämplad 2026-11-23 09:00:00)",
    ] {
        assert!(log.out.contains(text), "{text}: {log}");
    }
}

fn seats_after_the_first(position: &Value, party: &impl Fn(&Value, &str) -> Value) -> Vec<String> {
    let mut seats = Vec::new();
    for code in ["1443", "14"] {
        let party = party(position, code);
        let copies = party["copies"].as_array().unwrap();
        let copy = copies.iter().find(|copy| copy["copy"] == COPY).unwrap();
        let of_party = copy["seats"].as_array().unwrap().iter();
        seats.extend(of_party.map(|seat| seat.as_str().unwrap().to_owned()));
    }
    seats.retain(|seat| seat != "1443-chair");
    seats
}

#[test]
fn what_died_between_document_and_entry_is_finished_by_the_next_command() {
    let office = Office::issued(Issue::Bilateral);
    let [base, _, _] = states(&office);
    let after = longer(&base, "chair");
    // Any command that writes brings the tables up first.
    office.run(&["generate", AGREEMENT]).ok();
    let mut draft = json!({"actor": "Den som dog", "agreement": AGREEMENT});
    draft["event"] = signed("1443-chair", &base, &after);
    let lease = |draft: &Value| {
        office.sql(&format!(
            "DELETE FROM lease; INSERT INTO lease (copy, token, head, seat, until, event) VALUES ('{COPY}', '00112233445566778899aabbccddeeff', '{}', '1443-chair', '2026-11-23T08:00:00.000Z', CAST('{draft}' AS BLOB))",
            sha256(&base)
        ));
    };
    lease(&draft);
    let count = office.check_log().len();
    office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(
        office.check_log().len(),
        count,
        "no document, nothing to enter"
    );
    assert_eq!(office.read(out()), base);

    lease(&draft);
    keep(&office, &after);
    office.run(&["generate", AGREEMENT]).ok();
    let log = office.check_log();
    assert_eq!(log.len(), count + 1);
    assert_eq!(log[count]["actor"], "Den som dog");
    assert_eq!(log[count]["body"], draft["event"]["body"]);
    assert_eq!(office.read(out()), after);
    office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(office.check_log().len(), count + 1);
}
