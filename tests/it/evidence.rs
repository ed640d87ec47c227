//! Evidence: the package opens and proves itself without the program, and the public one tells no secret.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::pki::Pki;
use super::redact::{check_conforms, check_nothing_secret, office_with_number};
use super::sign::{copy_of, sign, signed, trust};
use super::support::{
    AGREEMENT, Issue, Office, Run, ask, canonical, files_below, judge, run, sha256, sigill,
};

const AT: &str = "2026-12-01T12:00:00Z";

/// An extract that says more than its entry.
const EXTRACT: &str = "Kommunstyrelsen\nSammanträdesdatum 2024-02-05\n\n§ 23\nDnr KS2023/259\n";

/// Makes a package and opens it beside the office with a program that is not ours.
#[track_caller]
fn packed(office: &Office, name: &str, more: &[&str]) -> (PathBuf, Run) {
    let zip = office.beside(&format!("{name}.zip"));
    let mut arguments = vec![
        "evidence",
        AGREEMENT,
        "--at",
        AT,
        "--out",
        zip.to_str().unwrap(),
    ];
    arguments.extend(more);
    let told = office.run(&arguments).ok();
    let folder = office.beside(name);
    let script = "import sys, zipfile\nwith zipfile.ZipFile(sys.argv[1]) as z:\n    assert z.testzip() is None\n    z.extractall(sys.argv[2])";
    let arguments = [
        "-c",
        script,
        zip.to_str().unwrap(),
        folder.to_str().unwrap(),
    ];
    ask("python3", arguments).unwrap().ok();
    (folder, told)
}

/// Checks the lists of a package against its files, and returns the one for programs.
#[track_caller]
fn check_lists(folder: &Path) -> Value {
    if let Some(mut command) = judge("sha256sum") {
        command.args(["-c", "--quiet", "--strict", "SHA256SUMS"]);
        command.current_dir(folder);
        run(command).ok();
    }
    let text = fs::read_to_string(folder.join("manifest.json")).unwrap();
    let manifest: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(canonical(&manifest), text);
    assert_eq!(manifest["schema"], "sigill-evidence-1");
    let mut there: BTreeSet<String> = files_below(folder).into_iter().collect();
    let sums = fs::read_to_string(folder.join("SHA256SUMS")).unwrap();
    assert_eq!(
        sums.lines().count(),
        there.len() - 1,
        "every file but itself"
    );
    for file in manifest["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        assert!(there.remove(path), "{path}");
        let bytes = fs::read(folder.join(path)).unwrap();
        assert_eq!(file["sha256"], sha256(&bytes), "{path}");
        assert_eq!(file["size_bytes"], bytes.len(), "{path}");
        assert!(
            file["description"]
                .as_str()
                .is_some_and(|words| !words.is_empty())
        );
        assert!(file["date"].is_string(), "{path}");
    }
    let left: Vec<&str> = there.iter().map(String::as_str).collect();
    assert_eq!(left, ["SHA256SUMS", "manifest.json"]);
    manifest
}

/// Returns the files of a kind.
fn of_kind<'a>(manifest: &'a Value, what: &str) -> Vec<&'a Value> {
    let files = manifest["files"].as_array().unwrap().iter();
    files.filter(|file| file["what"] == what).collect()
}

/// Checks that a page's elements are closed in order, and that it needs nothing from elsewhere.
#[track_caller]
fn check_page(page: &Path, folder: &Path) -> String {
    let script = r#"
import html.parser, os, sys, urllib.parse
VOID = {"meta", "br"}
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(); self.open = []; self.headings = []; self.links = []
    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        assert tag not in ("script", "img", "link", "iframe"), tag
        if tag in ("h1", "h2", "h3"): self.headings.append(int(tag[1]))
        if tag == "th": assert attrs.get("scope") in ("col", "row"), attrs
        if tag == "table": self.caption = False
        if tag == "caption": self.caption = True
        if tag == "tbody": assert self.caption
        if "href" in attrs: self.links.append(attrs["href"])
        if tag == "html": assert attrs["lang"] == "sv"
        if tag not in VOID: self.open.append(tag)
    def handle_endtag(self, tag):
        assert self.open and self.open.pop() == tag, (tag, self.getpos())
page = Page(); page.feed(open(sys.argv[1], encoding="utf-8").read()); page.close()
assert not page.open, page.open
assert page.headings.count(1) == 1
assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:])), page.headings
for link in page.links:
    assert os.path.isfile(os.path.join(sys.argv[2], urllib.parse.unquote(link))), link
"#;
    let arguments = [
        "-c",
        script,
        page.to_str().unwrap(),
        folder.to_str().unwrap(),
    ];
    if let Some(told) = ask("python3", arguments) {
        told.ok();
    }
    // As it is escaped, it is the same to a reader.
    fs::read_to_string(page).unwrap().replace("&#x2f;", "/")
}

/// Lets a shell run lines in a package's folder.
fn shell(folder: &Path, lines: &str) -> Option<Run> {
    let mut command = judge("bash")?;
    command.args(["-c", lines]).current_dir(folder);
    Some(run(command))
}

/// Returns an office with two signed copies, one of them received, a decision with its extract, one whose
/// condition is in words, and a paper original.
fn office() -> Option<(Office, Pki)> {
    let (office, pki, _) = office_with_number()?;
    let elsewhere = Office::issued(Issue::Bilateral);
    trust(&elsewhere, &pki);
    let file = copy_of(&elsewhere, Issue::Bilateral, "1480");
    signed(sign(&elsewhere, &pki, "1480-chair", "s001"), &file, "B-LT");
    let mut pin = office.command(&["parties", "pin", "1480", "chair", "--certificate"]);
    pin.arg(pki.path("s001.pem"));
    run(pin).ok();
    let mut receive = office.command(&["receive", "--json"]);
    receive.arg(file);
    run(receive).ok();
    let extract = office.beside("utdrag.txt");
    fs::write(&extract, EXTRACT).unwrap();
    let decide = |party: &str, more: &[&str]| {
        let mut command = office.command(&["decide", party, "--agreement", AGREEMENT]);
        command.args([
            "--body",
            "Kommunstyrelsen",
            "--met",
            "2024-02-05",
            "--section",
            "§ 23",
        ]);
        run({
            command.args(more);
            command
        })
        .ok();
    };
    let file = extract.to_str().unwrap();
    decide(
        "1443",
        &[
            "--diary",
            "KS2023/259",
            "--outcome",
            "approved",
            "--extract",
            file,
        ],
    );
    decide(
        "1480",
        &[
            "--outcome",
            "condition",
            "--condition",
            "Kostnaden delas lika",
        ],
    );
    let scan = office.beside("papper.pdf");
    fs::write(&scan, b"%PDF-1.4\n% en bild\n").unwrap();
    let mut ink = office.command(&["ink", "familjecentral-1.0-b1490", "--seat", "1490-chair"]);
    ink.args([
        "--signed",
        "2024-02-20",
        "--held-by",
        "Stadsarkivet, Borås Stad",
    ]);
    ink.args(["--witness", "Jag har jämfört", "--scan"])
        .arg(scan);
    run(ink).ok();
    Some((office, pki))
}

#[test]
fn a_package_opens_and_proves_itself_without_the_program() {
    let Some((office, _pki)) = office() else {
        return;
    };
    let before = office.check_log().len();
    let (folder, told) = packed(&office, "paket", &[]);
    assert!(told.out.contains("personnummer"), "{told}");
    let log = office.check_log();
    assert_eq!(log.len(), before, "nothing is entered");
    let manifest = check_lists(&folder);
    assert_eq!(manifest["is_public"], false);
    assert_eq!(manifest["made_at"], "2026-12-01T12:00:00.000Z");

    // The originals, each once, byte for byte the newest head.
    let originals = of_kind(&manifest, "original");
    let copies: Vec<&str> = originals
        .iter()
        .map(|file| file["copy"].as_str().unwrap())
        .collect();
    assert_eq!(
        copies,
        ["familjecentral-1.0-b1443", "familjecentral-1.0-b1480"]
    );
    for (file, code) in originals.iter().zip(["1443", "1480"]) {
        let own = fs::read(copy_of(&office, Issue::Bilateral, code)).unwrap();
        assert_eq!(file["sha256"], sha256(&own));
        assert!(
            file["from"].is_string() && file["date"].is_string(),
            "{file}"
        );
    }
    // A verdict now for both, as JSON and to read, and the one that was entered at receipt.
    assert_eq!(of_kind(&manifest, "verdict").len(), 2);
    let reports = of_kind(&manifest, "verdict_report");
    let reports: Vec<PathBuf> = reports
        .iter()
        .map(|file| folder.join(file["path"].as_str().unwrap()))
        .collect();
    check_conforms(&reports);
    let received = log
        .iter()
        .find(|entry| entry["kind"] == "Received")
        .unwrap();
    let [at_receipt] = of_kind(&manifest, "verdict_at_receipt")[..] else {
        panic!("{manifest}");
    };
    assert_eq!(at_receipt["sha256"], received["body"]["verdict"]);
    assert_eq!(at_receipt["entry"], received["seq"]);
    // The extract as it was handed in, with what was entered of it.
    let [extract] = of_kind(&manifest, "extract")[..] else {
        panic!("{manifest}");
    };
    assert_eq!(extract["sha256"], sha256(EXTRACT.as_bytes()));
    assert_eq!(extract["diary_number"], "KS2023/259");
    assert_eq!(extract["party"], "1443");
    assert!(
        extract["from"].as_str().unwrap().contains("Bollebygd"),
        "{extract}"
    );
    // The paper is a picture, and the printed file lies beside it.
    assert_eq!(of_kind(&manifest, "scan").len(), 1);
    assert_eq!(of_kind(&manifest, "printed").len(), 1);
    assert!(of_kind(&manifest, "words").is_empty());
    // The entries as stored, by their leaf hashes.
    let lines = fs::read_to_string(folder.join("register/entries.jsonl")).unwrap();
    let entries: Vec<String> = log.iter().map(canonical).collect();
    assert_eq!(lines.lines().collect::<Vec<_>>(), entries);
    let key = fs::read_to_string(folder.join("register/public-key.txt")).unwrap();
    assert_eq!(key.trim_end(), log[0]["body"]["public_key"]);

    // A receipt for each entry that a file belongs to, checked where there is no office.
    let receipts = of_kind(&manifest, "receipt");
    let named: BTreeSet<u64> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|file| file["entry"].as_u64())
        .collect();
    assert_eq!(receipts.len(), named.len());
    for receipt in receipts {
        let path = folder.join(receipt["path"].as_str().unwrap());
        let key = folder.join("register/public-key.txt");
        let mut check = sigill(&["receipt", "check"]);
        check.arg(path).arg("--key").arg(key).current_dir(&folder);
        let told = run(check);
        assert_eq!(told.code, 0, "{told}");
    }

    // Every command that the package names gives what it says.
    if let Some(told) = shell(&folder, "bash signatures/OPENSSL.txt") {
        assert_eq!(told.code, 0, "{told}");
        assert_eq!(
            told.err.matches("CMS Verification successful").count(),
            3,
            "{told}"
        );
    }
    let recipe = fs::read_to_string(folder.join("text/KONTROLLSUMMA.txt")).unwrap();
    let lines: String = recipe
        .lines()
        .filter_map(|line| line.strip_prefix("    "))
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    if let Some(told) = shell(&folder.join("text"), &lines) {
        let digest = log[1]["body"]["text_digest"].as_str().unwrap();
        assert_eq!(told.out.split(' ').next(), Some(digest), "{told}");
        assert!(recipe.contains(digest));
    }
    let page = check_page(&folder.join("LÄS-MIG.html"), &folder);
    for words in [
        "Tolvan Tolvansson",
        "KS 2024-02-05 § 23, dnr KS2023/259: godkänt",
        "villkoret är inte avgjort",
        "på papper 2024-02-20",
        "Stadsarkivet, Borås Stad",
        "<strong>Originalet</strong>",
    ] {
        assert!(page.contains(words), "{words:?}");
    }
    assert!(
        !page.contains("Kostnaden delas lika"),
        "words are asked for"
    );
}

#[test]
fn words_and_parties_are_packed_as_asked_for() {
    let Some((office, _pki)) = office() else {
        return;
    };
    let (folder, _) = packed(&office, "ord", &["--party", "1480", "--with-words"]);
    let manifest = check_lists(&folder);
    let words = fs::read_to_string(folder.join("register/words.json")).unwrap();
    assert!(words.contains("Kostnaden delas lika"), "{words}");
    assert!(
        !words.contains("Jag har jämfört"),
        "that is another party's: {words}"
    );
    let copies: BTreeSet<&str> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|file| file["copy"].as_str())
        .collect();
    assert_eq!(copies, BTreeSet::from(["familjecentral-1.0-b1480"]));
    let lines = fs::read_to_string(folder.join("register/entries.jsonl")).unwrap();
    assert!(!lines.contains("KS2023/259"), "1443's decision: {lines}");
    check_page(&folder.join("LÄS-MIG.html"), &folder);
}

#[test]
fn the_same_instant_gives_the_same_package() {
    let Some((office, _pki)) = office() else {
        return;
    };
    for more in [&[][..], &["--public"][..]] {
        let [first, second] = ["a", "b"].map(|name| {
            let name = format!("{name}{}", more.len());
            packed(&office, &name, more);
            fs::read(office.beside(&format!("{name}.zip"))).unwrap()
        });
        assert!(first == second, "{more:?}");
    }
}

#[test]
fn a_public_package_tells_no_secret() {
    let Some((office, pki)) = office() else {
        return;
    };
    let (folder, told) = packed(&office, "publikt", &["--public"]);
    assert!(told.out.contains("utelämnat"), "{told}");
    let manifest = check_lists(&folder);
    assert_eq!(manifest["is_public"], true);
    let kinds: BTreeMap<&str, usize> =
        manifest["files"]
            .as_array()
            .unwrap()
            .iter()
            .fold(BTreeMap::new(), |mut kinds, file| {
                *kinds.entry(file["what"].as_str().unwrap()).or_default() += 1;
                kinds
            });
    let expected = [
        "anchor",
        "checkpoint",
        "entries",
        "explanation",
        "list",
        "public_copy",
        "receipt",
        "register_key",
        "text",
    ];
    assert_eq!(
        kinds.keys().copied().collect::<Vec<_>>(),
        expected,
        "{kinds:?}"
    );
    assert_eq!(kinds["public_copy"], 2);
    let mut copies = Vec::new();
    for file in files_below(&folder) {
        let path = folder.join(&file);
        let bytes = fs::read(&path).unwrap();
        for secret in ["191212121212", "PNOSE", "19121212"] {
            let found = bytes
                .windows(secret.len())
                .any(|part| part == secret.as_bytes());
            assert!(!found, "{secret} in {file}");
        }
        if file.ends_with(".pdf") {
            check_nothing_secret(&pki, &path, &office.beside("plain.pdf"));
            copies.push(path);
        }
    }
    check_conforms(&copies);
    let page = check_page(&folder.join("LÄS-MIG.html"), &folder);
    assert!(page.contains("KOPIA för spridning"));

    let (folder, _) = packed(&office, "granskat", &["--public", "--with-extracts"]);
    let manifest = check_lists(&folder);
    assert_eq!(of_kind(&manifest, "extract").len(), 1);
}

#[test]
fn a_lost_anchor_is_told_beside_the_old_verdict() {
    let Some((office, _pki)) = office() else {
        return;
    };
    office.remove("signatories/trust/prov.pem");
    let (folder, told) = packed(&office, "misstro", &[]);
    let told = told
        .says("vid mottagandet")
        .says("obestämd (NO_CERTIFICATE_CHAIN_FOUND)");
    let page = check_page(&folder.join("LÄS-MIG.html"), &folder);
    for words in [
        "Bedömningar som skiljer sig",
        "godkänd vid mottagandet",
        "1480-chair",
    ] {
        assert!(page.contains(words), "{words:?} {told}");
    }
    let (_, told) = page.split_once("Bedömningar som skiljer sig").unwrap();
    let line = told
        .split("<li>")
        .nth(1)
        .unwrap()
        .split("</li>")
        .next()
        .unwrap();
    let (_, why) = line.split_once(" nu.").unwrap();
    assert!(why.trim().len() > 20, "it says why: {line}");
}

#[test]
fn what_cannot_be_packed_is_refused_and_leaves_nothing() {
    let Some((office, _pki)) = office() else {
        return;
    };
    let out = office.beside("nej.zip");
    let evidence = |more: &[&str]| {
        let mut arguments = vec!["evidence", AGREEMENT, "--out", out.to_str().unwrap()];
        arguments.extend(more);
        office.run(&arguments)
    };
    evidence(&["--party", "9999"])
        .fails(2)
        .complains("not a party");
    evidence(&["--version", "0.7"])
        .fails(2)
        .complains("no version 0.7");
    office
        .run(&["evidence", "finns-inte"])
        .fails(2)
        .complains("no agreement");
    assert_eq!(evidence(&["--public", "--with-words"]).code, 2);
    assert_eq!(evidence(&["--with-extracts"]).code, 2);
    fs::write(&out, "mitt").unwrap();
    evidence(&[]).fails(4).complains("already");
    assert_eq!(fs::read(&out).unwrap(), b"mitt");
    fs::remove_file(&out).unwrap();

    // A document that an entry names and that nobody erased.
    let log = office.check_log();
    let decided = log.iter().find(|entry| entry["kind"] == "Decided").unwrap();
    let digest = decided["body"]["minutes"]["extract"].as_str().unwrap();
    let document = office.document(digest);
    let bytes = fs::read(&document).unwrap();
    fs::remove_file(&document).unwrap();
    let run = evidence(&[]).fails(5).complains(digest);
    assert!(
        run.err.contains(&format!("entry {}", decided["seq"])),
        "{run}"
    );
    assert!(!out.exists() && office.half_written().is_empty());
    fs::write(&document, [&bytes[..], b"x"].concat()).unwrap();
    evidence(&[]).fails(5);
    assert!(!out.exists());
    Office::new()
        .run(&["evidence", AGREEMENT])
        .fails(2)
        .complains("no entries");
    Office::issued(Issue::Bilateral)
        .run(&["evidence", AGREEMENT])
        .ok()
        .says("0 undertecknade exemplar");
}
