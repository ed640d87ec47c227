//! Witnesses: three look, cosign and are collected; a register that is rewritten is refused by each.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::sign::{copy_of, office_and_pki, sign, signed};
use super::support::{Issue, Office, Run, copy_folder, python_judge, repository, run, sigill};

const COPY: &str = "introduktion-1.0-c1499";

/// A witness with a folder of its own.
struct Witness {
    state: PathBuf,
    key: String,
}

impl Witness {
    fn new(office: &Office, name: &str) -> Self {
        let state = office.beside(&format!("vittne-{name}"));
        let log = office.run(&["receipt", "key"]).ok().out;
        let made = outside(&[
            "witness",
            "init",
            "--state",
            text(&state),
            "--name",
            name,
            "--log",
            log.trim(),
            "--json",
        ]);
        let key = made.ok().json()["key"].as_str().unwrap().to_owned();
        Self { state, key }
    }

    /// Looks at a source for Falköping.
    fn check(&self, source: &str, more: &[&str]) -> Run {
        let state = text(&self.state);
        let mut arguments = vec!["witness", "check", source, "--state", state];
        if !more.contains(&"--party") {
            arguments.extend(["--party", "1499"]);
        }
        arguments.extend(more);
        outside(&arguments)
    }

    fn cosigned(&self) -> PathBuf {
        self.state.join("cosigned")
    }

    fn evidence(&self) -> Vec<PathBuf> {
        match fs::read_dir(self.state.join("evidence")) {
            Ok(found) => found.map(|it| it.unwrap().path()).collect(),
            Err(_) => Vec::new(),
        }
    }
}

/// Runs the program where there is no office.
fn outside(arguments: &[&str]) -> Run {
    let mut command = sigill(arguments);
    command.current_dir(env!("CARGO_TARGET_TMPDIR"));
    run(command)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn publish(office: &Office) -> PathBuf {
    let folder = office.beside("register");
    office.run(&["witness", "publish", text(&folder)]).ok();
    folder
}

/// Lets the office know witnesses, two of whom are enough.
fn know(office: &Office, witnesses: &[&Witness]) -> PathBuf {
    let keys: Vec<String> = witnesses.iter().map(|it| format!("{:?}", it.key)).collect();
    let settings = format!("[witnesses]\nkeys = [{}]\nneed = 2\n", keys.join(", "));
    office.write("sigill.toml", settings);
    let file = office.beside("vittnen.txt");
    let lines: Vec<&str> = witnesses.iter().map(|it| it.key.as_str()).collect();
    fs::write(&file, lines.join("\n")).unwrap();
    file
}

/// Hands a folder out over HTTP on this machine.
struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(folder: &Path) -> Option<Self> {
        // Only to know whether the judges' Python is there.
        python_judge("receipts.py")?;
        let python = std::env::var_os("SIGILL_JUDGES").map_or_else(
            || repository().join("target/judges/bin/python"),
            PathBuf::from,
        );
        let mut child = Command::new(python)
            .args([
                "-u",
                "-m",
                "http.server",
                "0",
                "--bind",
                "127.0.0.1",
                "--directory",
            ])
            .arg(folder)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let output = child.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let start = line.find("http://").unwrap();
        let url = line[start..].split(['/', ')']).nth(2).unwrap().to_owned();
        Some(Self {
            child,
            url: format!("http://{url}"),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

#[test]
fn three_witnesses_cosign_and_receipts_say_so() {
    let office = Office::issued(Issue::Introduktion);
    let folder = publish(&office);
    let witnesses = ["falkoping.se", "vara.se", "skara.se"].map(|it| Witness::new(&office, it));
    let [one, two, three] = &witnesses;
    let keys = know(&office, &[one, two, three]);
    office.run(&["witness", "status"]).ok().says("inget vittne");
    one.check(text(&folder), &[])
        .ok()
        .says("med 17 poster stämmer")
        .says("utfärdade introduktion-1.0-c1499")
        .says("jämfördes inte");
    assert!(folder.join("cosignatures/falkoping.se").is_file());
    let Some(server) = Server::start(&folder) else {
        return;
    };
    two.check(&server.url, &[]).ok();
    three.check(&format!("{}/", server.url), &[]).ok();

    // What lies in the published folder and what came by mail.
    office
        .run(&["witness", "collect", text(&folder)])
        .ok()
        .says("falkoping.se har bestyrkt registret vid 17 poster");
    let standing = office.run(&["witness", "status", "--json"]).ok().json();
    assert_eq!(standing["witnessed"], 17);
    assert_eq!(standing["needed"], 2);
    office
        .run(&["receipt", COPY])
        .ok()
        .says("bestyrkt av falkoping.se");
    let pdfs = office.pdfs(Issue::Introduktion);
    let pdf = pdfs
        .iter()
        .find(|pdf| pdf.to_string_lossy().contains(COPY))
        .unwrap();
    let receipt = format!("{}.tlog-proof", pdf.display());
    let key = office.beside("nyckel");
    office.run(&["receipt", "key", "--out", text(&key)]).ok();
    let check = |need: &str| {
        let arguments = ["receipt", "check", &receipt, text(pdf), "--key", text(&key)];
        let more = ["--witnesses", text(&keys), "--need", need];
        outside(&[&arguments[..], &more].concat())
    };
    check("1").ok().says("vittne      falkoping.se");
    let too_few = check("2");
    assert_eq!(too_few.code, 1, "{too_few}");
    too_few.says("1 av de 2 som krävs");
    check("4").fails(2);
    let by_mail = [text(&two.cosigned()), text(&three.cosigned())].map(str::to_owned);
    office
        .run(&["witness", "collect", &by_mail[0], &by_mail[1]])
        .ok();
    office
        .run(&["witness", "status"])
        .ok()
        .says("3 av 3 vittnen har bestyrkt");
    office
        .run(&["receipt", COPY])
        .ok()
        .says("falkoping.se, vara.se, skara.se");
    check("3").ok();
    office.run(&["audit"]).ok().says("skara.se");

    let mut judge = python_judge("receipts.py").unwrap();
    judge
        .arg("receipt")
        .args([&key, Path::new(&receipt), &keys]);
    let told = run(judge).ok().json();
    assert_eq!(told["witnesses"].as_object().unwrap().len(), 3);

    // What is entered later is in no cosigned checkpoint yet; then the newest is taken.
    office
        .run(&["void", "introduktion", "--copy", COPY, "--reason", "Prov"])
        .ok();
    let out = office.beside("post.tlog-proof");
    office
        .run(&["receipt", "--entry", "17", "--out", text(&out)])
        .ok()
        .says("18 poster, inte bestyrkt");
    publish(&office);
    two.check(&server.url, &[])
        .ok()
        .says("makulerade introduktion-1.0-c1499");
    two.check(&server.url, &[]).ok().says("inget nytt rör 1499");
}

#[test]
fn what_is_published_has_the_standards_form_and_is_written_once() {
    let office = Office::issued(Issue::Bilateral);
    let folder = publish(&office);
    let again = office
        .run(&["witness", "publish", text(&folder), "--json"])
        .ok()
        .json();
    assert_eq!(again["written"], 0);
    let key = office.beside("nyckel");
    office.run(&["receipt", "key", "--out", text(&key)]).ok();
    let Some(mut judge) = python_judge("receipts.py") else {
        return;
    };
    judge.arg("published").args([&key, &folder]);
    let told = run(judge).ok().json();
    assert_eq!(told["size"], again["entries"]);
    assert_eq!(told["root"], again["root"]);
    // Another register is not published over it.
    let other = Office::issued(Issue::Introduktion);
    other
        .run(&["witness", "publish", text(&folder)])
        .fails(4)
        .complains("another register is published there");
    Office::new()
        .run(&["witness", "publish", text(&folder)])
        .fails(4);
}

#[test]
fn a_rewritten_or_older_register_is_refused_with_evidence() {
    let office = Office::issued(Issue::Introduktion);
    let folder = publish(&office);
    let witness = Witness::new(&office, "falkoping.se");
    know(&office, &[&witness, &Witness::new(&office, "vara.se")]);
    let (older, fork) = (office.beside("aldre"), office.beside("gren"));
    copy_folder(&folder, &older);
    copy_folder(office.root(), &fork);
    let void = |copy: &str| {
        ["void", "introduktion", "--copy", copy, "--reason", "Prov"].map(str::to_owned)
    };
    let arguments = void(COPY);
    office.run(&arguments.each_ref().map(String::as_str)).ok();
    publish(&office);
    witness.check(text(&folder), &[]).ok();

    // Yesterday's register, signed by the same key.
    let answer = witness.check(text(&older), &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("Registret har krympt: det hade 18 poster och visar nu 17");
    assert_eq!(witness.evidence().len(), 1);

    // Another continuation of it: the same office, copied before and gone another way.
    let arguments = void("introduktion-1.0-c1495");
    let in_fork = |arguments: &[&str]| {
        let mut command = sigill(arguments);
        command
            .current_dir(&fork)
            .env("SIGILL_PINS", office.beside("andra-nalar"));
        run(command)
    };
    in_fork(&arguments.each_ref().map(String::as_str)).ok();
    let forked = office.beside("gren-register");
    in_fork(&["witness", "publish", text(&forked)]).ok();
    let answer = witness.check(text(&forked), &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("omskrivet: post 17 är en annan");
    let evidence = witness.evidence();
    assert_eq!(evidence.len(), 2);
    for kept in [
        "checkpoint-found",
        "checkpoint-seen",
        "entries-found.jsonl",
        "entries-seen.jsonl",
    ] {
        assert!(
            evidence.iter().all(|folder| folder.join(kept).is_file()),
            "{kept}"
        );
    }
    // Also one that went on longer than what was seen.
    in_fork(
        &void("introduktion-1.0-c1496")
            .each_ref()
            .map(String::as_str),
    )
    .ok();
    in_fork(&["witness", "publish", text(&forked)]).ok();
    let answer = witness.check(text(&forked), &["--json"]);
    assert_eq!(answer.code, 1, "{answer}");
    assert_eq!(answer.json()["answer"]["how"]["kind"], "rewritten");
    assert_eq!(answer.json()["answer"]["how"]["first"], 17);

    // A damaged publication is told from that, and the right one still passes.
    let damaged = office.beside("skadat");
    copy_folder(&folder, &damaged);
    let bundle = damaged.join("tile/entries/000.p/18");
    let mut bytes = fs::read(&bundle).unwrap();
    let last = bytes.len() - 20;
    bytes[last] ^= 1;
    fs::write(&bundle, &bytes).unwrap();
    let fresh = Witness::new(&office, "vara.se2");
    let answer = fresh.check(text(&damaged), &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("Posterna är inte de som registret har intygat");
    fs::write(&bundle, &bytes[..40]).unwrap();
    fresh
        .check(text(&damaged), &[])
        .fails(2)
        .complains("is not whole");
    fs::remove_file(&bundle).unwrap();
    fresh
        .check(text(&damaged), &[])
        .fails(2)
        .complains("is not there");
    let note = fs::read_to_string(damaged.join("checkpoint")).unwrap();
    fs::write(damaged.join("checkpoint"), note.replace("\n18\n", "\n19\n")).unwrap();
    let answer = fresh.check(text(&damaged), &[]);
    assert_eq!(answer.code, 1, "{answer}");
    answer.says("inte intygat av registret");
    witness.check(text(&folder), &[]).ok();

    // The office that went another way cannot use what the witness cosigned.
    let mut command = sigill(&["witness", "collect", text(&witness.cosigned())]);
    command
        .current_dir(&fork)
        .env("SIGILL_PINS", office.beside("andra-nalar"));
    let told = run(command);
    assert_eq!(told.code, 1, "{told}");
    told.says("har sett ett annat förlopp");

    // And an audit tells when what witnesses cosigned is not what lies here.
    let other = Witness::new(&office, "skara.se");
    other.check(text(&forked), &[]).ok();
    let note = fs::read_to_string(other.cosigned()).unwrap();
    office.sql(&format!(
        "INSERT INTO cosigned (size, note) VALUES (19, '{note}')"
    ));
    let audit = office.run(&["audit"]);
    assert_eq!(audit.code, 1, "{audit}");
    audit.says("Vittnen har bestyrkt ett annat förlopp");
}

#[test]
fn a_party_compares_the_register_with_its_own_files() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let own = office.beside("egna");
    fs::create_dir(&own).unwrap();
    signed(sign(&office, &pki, "1443-chair", "s001"), &file, "B-T");
    let folder = publish(&office);
    let witness = Witness::new(&office, "bollebygd.se");
    let look = |code: i32, words: &str| {
        let answer = witness.check(text(&folder), &["--party", "1443", "--holds", text(&own)]);
        assert_eq!(answer.code, code, "{answer}");
        answer.says(words);
    };
    look(
        1,
        "1443-chair är undertecknad i familjecentral-1.0-b1443, men ni har ingen sådan fil",
    );
    assert!(!witness.cosigned().exists());
    fs::copy(&file, own.join("avtal.pdf")).unwrap();
    look(0, "1 jämförda: alla finns i registret");
    // A file that goes on from what is entered, and one that nobody knows.
    let mut longer = fs::read(&file).unwrap();
    longer.extend_from_slice(b"% more\n");
    fs::write(own.join("senare.pdf"), longer).unwrap();
    look(1, "men resten är inte infört");
    fs::write(own.join("senare.pdf"), "%PDF-1.7\nsomething else\n").unwrap();
    look(1, "finns inte i registret");
    fs::remove_file(own.join("senare.pdf")).unwrap();
    look(0, "inget nytt rör 1443");
    assert!(
        fs::read_to_string(witness.cosigned())
            .unwrap()
            .contains("bollebygd.se")
    );
}

#[test]
fn bad_requests_are_told() {
    let office = Office::issued(Issue::Introduktion);
    let folder = publish(&office);
    let witness = Witness::new(&office, "falkoping.se");
    let state = text(&witness.state);
    let log = office.run(&["receipt", "key"]).ok().out;
    let init = |state: &str, name: &str, log: &str| {
        outside(&[
            "witness", "init", "--state", state, "--name", name, "--log", log,
        ])
    };
    init(state, "falkoping.se", log.trim())
        .fails(4)
        .complains("a witness already");
    let other = office.beside("annat");
    for name in ["Falköping", "a/b", "a b", "", "..", "a+b"] {
        init(text(&other), name, log.trim()).fails(2);
    }
    init(text(&other), "a", "no key").fails(5);
    init(text(&other), "a", &witness.key).fails(2);
    assert!(!other.exists());
    witness.check("ftp://example.se/", &[]).fails(2);
    witness
        .check(text(&office.beside("ingenstans")), &[])
        .fails(2);
    let gone = "http://127.0.0.1:9/register";
    witness
        .check(gone, &[])
        .fails(2)
        .complains("cannot be fetched");
    outside(&[
        "witness",
        "check",
        text(&folder),
        "--state",
        text(&other),
        "--party",
        "1499",
    ])
    .fails(2)
    .complains("there is no witness");
    // The witness's own files are watched, too.
    witness.check(text(&folder), &[]).ok();
    let entries = witness.state.join("entries.jsonl");
    let kept = fs::read_to_string(&entries).unwrap();
    fs::write(&entries, kept.replace("c1499", "c1498")).unwrap();
    witness
        .check(text(&folder), &[])
        .fails(2)
        .complains("own files are damaged");

    office.run(&["witness", "collect", text(&folder)]).fails(3);
    let stranger = Witness::new(&office, "vara.se");
    know(&office, &[&stranger, &Witness::new(&office, "skara.se")]);
    let unknown = office.run(&["witness", "collect", text(&folder)]);
    assert_eq!(unknown.code, 1, "{unknown}");
    unknown.says("inget känt vittne");
    let no_note = office.beside("inget");
    fs::write(&no_note, "nothing").unwrap();
    let answer = office.run(&["witness", "collect", text(&no_note)]);
    assert_eq!(answer.code, 1, "{answer}");
    office.write("sigill.toml", "[witnesses]\nkeys = []\nneed = 2\n");
    office
        .run(&["witness", "status"])
        .fails(3)
        .complains("need is 2");
}
