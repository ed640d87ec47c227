//! Many who sign at once, and processes that die: nothing is lost, and what was half done is mended.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use super::judging::check_syntax;
use super::pki::Pki;
use super::refused::{Desk, State};
use super::sign::{copy_of, office_and_pki, record_seat, sign_with};
use super::support::{AGREEMENT, Issue, Office, run, sha256};

/// Returns `sigill sign` at B-B with a PEM key, which needs no passphrase and nobody to ask.
fn quick(office: &Office, pki: &Pki, seat: &str, signer: &str, files: &[&Path]) -> Command {
    let mut command = sign_with(office, seat, &pki.path(&format!("{signer}.key.pem")));
    command
        .arg("--certificates")
        .arg(pki.path(&format!("{signer}.chain.pem")));
    command.args(["--level", "B-B"]).args(files);
    command
}

fn start(mut command: Command) -> Child {
    command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Waits for a process and returns its exit code (-1 if it was killed) and its complaint.
fn end(child: Child) -> (i32, String) {
    let output = child.wait_with_output().unwrap();
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8_lossy(&output.stderr).into_owned())
}

/// Returns the seats of the one joint copy, in the order of the parties.
fn seats(office: &Office) -> Vec<String> {
    let entries = office.check_entries();
    let issued = entries
        .iter()
        .find(|entry| entry["kind"] == "Issued")
        .unwrap();
    let seats = issued["body"]["seats"].as_array().unwrap();
    seats
        .iter()
        .map(|seat| seat.as_str().unwrap().to_owned())
        .collect()
}

fn signed(entries: &[Value]) -> impl Iterator<Item = &Value> {
    let signed = entries.iter().filter(|entry| entry["kind"] == "Signed");
    signed.map(|entry| &entry["body"])
}

/// Checks that each copy's signatures are one chain of heads whose files begin with one another, and
/// that the readable file is its end.
#[track_caller]
fn check_chains(office: &Office, files: &[PathBuf]) {
    let entries = office.check_entries();
    for file in files {
        let bytes = fs::read(file).unwrap();
        let name = file.file_name().unwrap().to_str().unwrap();
        let mut issued = entries.iter().filter(|entry| entry["kind"] == "Issued");
        let issued = issued
            .find(|entry| entry["body"]["file_name"] == name)
            .unwrap();
        let mut head = issued["body"]["base"].as_str().unwrap();
        for body in signed(&entries).filter(|body| body["copy"] == issued["body"]["copy"]) {
            assert_eq!(body["head_before"], head, "one chain");
            head = body["head_after"].as_str().unwrap();
            let size = usize::try_from(body["size_bytes"].as_u64().unwrap()).unwrap();
            assert_eq!(sha256(&bytes[..size]), head, "each head begins the next");
        }
        assert_eq!(sha256(&bytes), head, "{name} is the newest");
    }
}

/// Each seat of one file by a process of its own, all at the same time.
#[test]
fn a_hundred_signers_of_one_copy() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    let all = seats(&office);
    assert_eq!(all.len(), 100);
    for (seat, number) in all.iter().zip(1..) {
        record_seat(&office, &pki, seat, &format!("s{number:03}"));
    }
    let count = all.len();
    let mut left: Vec<(usize, &String)> = all.iter().take(count).enumerate().collect();
    let begun = Instant::now();
    let mut rounds = 0;
    while !left.is_empty() {
        rounds += 1;
        assert!(rounds < 5, "{left:?}");
        let children: Vec<Child> = left
            .iter()
            .map(|(number, seat)| {
                let signer = format!("s{:03}", number + 1);
                start(quick(&office, &pki, seat, &signer, &[&file]))
            })
            .collect();
        let codes = children.into_iter().map(|child| {
            let (code, told) = end(child);
            // Refused without harm, to be repeated: only that others were before.
            let is_clean = code == 4 && told.contains("another sigill is writing in");
            assert!(code == 0 || is_clean, "{code}: {told}");
            code
        });
        let codes: Vec<i32> = codes.collect();
        left = left
            .into_iter()
            .zip(codes)
            .filter_map(|(one, code)| (code != 0).then_some(one))
            .collect();
    }
    println!("{count} signers in {:?}, {rounds} rounds", begun.elapsed());
    let entries = office.check_log();
    let mut by_seat: Vec<&str> = signed(&entries)
        .map(|body| body["seat"].as_str().unwrap())
        .collect();
    by_seat.sort_unstable();
    let mut wanted: Vec<&str> = all.iter().take(count).map(String::as_str).collect();
    wanted.sort_unstable();
    assert_eq!(by_seat, wanted, "each seat once, none lost");
    check_chains(&office, std::slice::from_ref(&file));
    check_syntax(std::slice::from_ref(&file));
    assert_eq!(office.number("SELECT count(*) FROM lease"), 0);
    // At B-B nobody was asked for revocation, so the bytes hold and trust is open.
    let told = office.run(&["verify", "--json", file.to_str().unwrap()]);
    assert_eq!(told.code, 1, "{told}");
    let told = told.json();
    assert_eq!(told["integrity"], "ok");
    assert_eq!(told["trust"]["sub_indication"], "TRY_LATER");
    assert_eq!(told["identity"]["answer"], "newest");
    assert_eq!(told["copy"]["forked"], false);
}

#[test]
fn one_seat_has_one_signature() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    // All have begun before the first has its time-stamp.
    desk.ask(&["/tsa-slow/1"], 15);
    let children: Vec<Child> = ["s001", "s002", "s003", "s004"]
        .map(|signer| start(desk.sign(&file, "1499-director", signer)))
        .into();
    let ends: Vec<(i32, String)> = children.into_iter().map(end).collect();
    assert_eq!(
        ends.iter().filter(|(code, _)| *code == 0).count(),
        1,
        "{ends:?}"
    );
    for (_, told) in ends.iter().filter(|(code, _)| *code != 0) {
        let start = "error: 1499-director of introduktion-1.0-c1499 was signed ";
        assert!(told.starts_with(start), "{told}");
    }
    assert_eq!(desk.office.kinds()["Signed"], 1);
    check_chains(&desk.office, &[file]);
}

/// A request that is out holds the whole copy, whichever seat others want, and one finish counts.
#[test]
fn a_request_holds_all_seats_and_is_finished_once() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    let request = office.beside("request.json");
    let prepare = |request: &Path| {
        let mut command = office.command(&["sign", "prepare", "--seat", "14-chair"]);
        command
            .args(["--level", "B-B"])
            .arg(&file)
            .arg("--request")
            .arg(request);
        command
            .arg("--certificates")
            .arg(pki.path("s001.chain.pem"));
        run(command).ok();
    };
    let other = || run(quick(&office, &pki, "1480-chair", "s002", &[&file]));
    prepare(&request);
    let held = other().fails(4);
    assert!(
        held.err
            .starts_with("error: copy familjecentral-1.0-j is out for signing until "),
        "{held}"
    );
    assert!(
        held.err
            .contains("hint: nothing was changed; wait until it comes back"),
        "{held}"
    );
    office
        .run(&["sign", "cancel", request.to_str().unwrap()])
        .ok();
    other().ok();

    let request = office.beside("second.json");
    prepare(&request);
    let mut text: Value = serde_json::from_slice(&fs::read(&request).unwrap()).unwrap();
    let digest = hex::decode(text["items"][0]["digest"].as_str().unwrap()).unwrap();
    let (input, value) = (office.beside("digest"), office.beside("value"));
    fs::write(&input, digest).unwrap();
    super::refused::openssl(&[
        "pkeyutl",
        "-sign",
        "-inkey",
        pki.path("s001.key.pem").to_str().unwrap(),
        "-in",
        input.to_str().unwrap(),
        "-out",
        value.to_str().unwrap(),
    ]);
    let base64 = base64::engine::general_purpose::STANDARD.encode(fs::read(&value).unwrap());
    text["items"][0]["value"] = json!(base64);
    fs::write(&request, text.to_string()).unwrap();
    let finish = || start(office.command(&["sign", "finish", request.to_str().unwrap()]));
    let ends = [finish(), finish(), finish()].map(end);
    assert_eq!(
        ends.iter().filter(|(code, _)| *code == 0).count(),
        1,
        "{ends:?}"
    );
    assert!(
        ends.iter().all(|(code, _)| matches!(code, 0 | 4)),
        "{ends:?}"
    );
    assert_eq!(office.kinds()["Signed"], 2);
    check_chains(&office, &[file]);
}

// Processes that die

/// Killed by the system at the first write beyond a size that only the copy's file has: what was to
/// be entered is kept, and the document is half written.
#[test]
fn killed_while_the_document_is_written() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    let whole = State::of(&office);
    let bytes = fs::metadata(&file).unwrap().len() / 2;
    let mut limited = Command::new("bash");
    let signing = quick(&office, &pki, "14-chair", "s001", &[&file]);
    // The limit is in blocks of 1,024 bytes and is inherited; the signal ends the process.
    limited
        .arg("-c")
        .arg(format!("ulimit -f {}; exec \"$@\"", bytes / 1024))
        .arg("bash");
    limited.arg(signing.get_program()).args(signing.get_args());
    limited.envs(
        signing
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    limited
        .current_dir(office.root())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let status = limited.status().unwrap();
    assert_eq!(status.signal(), Some(25), "SIGXFSZ, not {status}");
    assert_eq!(office.check_entries(), whole.entries, "nothing was entered");
    assert_eq!(
        office.number("SELECT count(*) FROM lease WHERE event IS NOT NULL"),
        1
    );
    assert_eq!(
        office.half_written().len(),
        1,
        "{:?}",
        office.half_written()
    );

    // Readers go on; the next signer is not kept waiting for the dead one.
    let verdict = office
        .run(&["verify", "--json", file.to_str().unwrap()])
        .ok()
        .json();
    assert_eq!(verdict["identity"]["answer"], "newest");
    office.run(&["status", AGREEMENT]).ok().says("0 av 100");
    run(quick(&office, &pki, "1480-chair", "s002", &[&file])).ok();
    run(quick(&office, &pki, "14-chair", "s001", &[&file])).ok();
    assert_eq!(
        office.kinds()["Signed"],
        2,
        "and nothing half written is left"
    );
    check_chains(&office, &[file]);
}

/// Between the document and the entry, and between the entry and the readable file: a real
/// signature's state is put back to where each process would have died.
#[test]
fn killed_before_the_entry_and_before_the_file() {
    let Some((office, pki)) = office_and_pki(Issue::Joint) else {
        return;
    };
    let file = office.pdfs(Issue::Joint).remove(0);
    let base = fs::read(&file).unwrap();
    office.run(&["generate", AGREEMENT, "--form", "joint"]).ok();
    let unsigned = office.state();
    run(quick(&office, &pki, "14-chair", "s001", &[&file])).ok();
    let after = fs::read(&file).unwrap();
    let entries = office.check_log();
    let entry = entries.last().unwrap();

    // Before the entry: event and document are there, the entry and the file are not.
    let head = sha256(&base);
    let draft = json!({
        "actor": entry["actor"],
        "agreement": entry["agreement"],
        "event": {"kind": entry["kind"], "body": entry["body"]},
    });
    office.put_back(&unsigned);
    office.sql(&format!(
        "INSERT INTO lease (copy, token, head, seat, until, event) VALUES
         ('familjecentral-1.0-j', '00112233445566778899aabbccddeeff', '{head}', '14-chair',
          '2999-01-01T00:00:00.000Z', CAST('{draft}' AS BLOB))"
    ));
    office.write(file.strip_prefix(office.root()).unwrap(), &base);
    // The next command that writes is somebody else's signature, made from the old file.
    let told = run(quick(&office, &pki, "1480-chair", "s002", &[&file])).ok();
    assert!(told.out.contains("är en äldre utgåva"), "{told}");
    let mended = office.check_log();
    assert_eq!(
        mended[entries.len() - 1]["body"],
        entry["body"],
        "entered as it was to be"
    );
    assert_eq!(mended[entries.len() - 1]["actor"], entry["actor"]);
    assert_eq!(office.kinds()["Signed"], 2);
    let newest = fs::read(&file).unwrap();
    assert_eq!(
        newest[..after.len()],
        after,
        "on top of the signature that was mended"
    );
    check_chains(&office, std::slice::from_ref(&file));

    // Before the file: the register is ahead of what lies under out/.
    office.write(file.strip_prefix(office.root()).unwrap(), &after);
    let verdict = office.run(&["verify", "--json", file.to_str().unwrap()]);
    assert_eq!(verdict.code, 1, "{verdict}");
    assert_eq!(verdict.json()["identity"]["answer"], "older_than_known");
    office.run(&["status", AGREEMENT]).ok().says("2 av 100");
    office.run(&["generate", AGREEMENT, "--form", "joint"]).ok();
    assert_eq!(fs::read(&file).unwrap(), newest);
    check_chains(&office, &[file]);
    assert_eq!(office.kinds()["Signed"], 2, "nothing was entered twice");
}

/// 49 copies in one go, killed again and again at ever later moments, and run again each time.
#[test]
fn killed_at_any_moment() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let folder = office.path(Issue::Bilateral.out());
    office.run(&["generate", AGREEMENT]).ok();
    let long = std::env::var_os("SIGILL_LONG").is_some();
    // How long an undisturbed run takes here and now, so that the kills fall into it.
    let whole = {
        let begun = Instant::now();
        run(quick(&office, &pki, "14-chair", "s001", &[&folder])).ok();
        begun.elapsed()
    };
    let kills: u32 = if long { 60 } else { 10 };
    let mut cut_short = 0;
    for seat in ["14-director"] {
        for kill in 1..=kills {
            let mut child = start(quick(&office, &pki, seat, "s002", &[&folder]));
            std::thread::sleep(whole.mul_f64(f64::from(kill) / f64::from(kills) * 0.9));
            drop(child.kill());
            let (code, told) = end(child);
            let before = signed(&office.check_entries()).count();
            assert!((49..=98).contains(&before), "{before}");
            match code {
                -1 => cut_short += 1,
                0 => {}
                // All were signed by an earlier one.
                _ => assert!(told.contains(" was signed "), "{told}"),
            }
            // A reader is not disturbed, and says what the entries say.
            let position = office.run(&["status", AGREEMENT, "--json"]).ok().json();
            assert_eq!(position[0]["totals"]["signed"], before);
        }
    }
    assert!(cut_short > 0, "no process was killed in time ({whole:?})");
    // Leave nobody's half files to the checks below, but look at whose they are.
    for left in office.half_written() {
        let is_temporary = left.contains("/.sigill-") || left.contains('#');
        assert!(is_temporary, "{left}");
        office.remove(&left);
    }
    let last = quick(&office, &pki, "14-director", "s002", &[&folder]);
    let deadline = Instant::now() + Duration::from_secs(60);
    let (code, told) = end(start(last));
    assert!(Instant::now() < deadline, "nobody waits for the dead");
    assert!(code == 0 || told.contains(" was signed "), "{told}");
    office.run(&["generate", AGREEMENT]).ok();
    let entries = office.check_log();
    assert_eq!(signed(&entries).count(), 98);
    check_chains(&office, &office.pdfs(Issue::Bilateral));
    check_syntax(&office.pdfs(Issue::Bilateral)[..5]);
    assert_eq!(office.number("SELECT count(*) FROM lease"), 0);
    println!("{cut_short} of {kills} killed in {whole:?}");
}
