//! Processes that die, and disks that fail, at every call that changes something.
//!
//! tests/it/faults/shim.c makes each such call a point: a run is repeated with the process killed before it and after
//! it, with the call failing, with the disk full from there on, and with half of it written. After each: whatever was
//! entered before is there byte for byte, every document that an entry names is whole, readers go on, and the same
//! command once more ends where an undisturbed run does.
//!
//! A killed process leaves what the system has in its cache: that calls reach the disk in the right order is
//! checked on the list of points instead ([`documents_are_on_disk_before_their_entry`]). A journey's points are calls
//! of one thread after another, so a process that dies after one is found as one that dies before the next: in CI
//! only the last point is tried from both sides, and faults are dealt out over the points. `SIGILL_LONG` tries all,
//! and 10,000 runs with seeded points, up to three faults one after another in one office.

#![expect(clippy::print_stdout, reason = "how much was tried is told")]

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::pki::Pki;
use super::sign::{copy_of, sign_with, trust};
use super::support::{Issue, Office, digests, files_below, missing, repository, run};

/// Returns what is done at a point, as the shim names it.
fn ways(point: &str, index: usize, is_last: bool) -> Vec<&'static str> {
    let is_write = point.contains("write");
    if is_long() {
        let mut all = vec!["before", "after", "eio", "enospc", "full"];
        all.extend(is_write.then_some("short"));
        return all;
    }
    // Every call is died at; of two neighbours one fails and the other finds the disk full, after half of it
    // where it is a write.
    let fault = match (index % 2, is_write) {
        (0, _) => "eio",
        (_, true) => "short",
        (_, false) => "full",
    };
    let mut some = vec!["before", fault];
    some.extend(is_last.then_some("after"));
    some
}

fn is_long() -> bool {
    std::env::var_os("SIGILL_LONG").is_some()
}

/// An office as it is before a journey, and the journey.
struct Scene {
    name: &'static str,
    office: Office,
    command: Box<dyn Fn(&Office) -> Command>,
    /// What a command says that finds the work done by the one that was killed.
    done: &'static str,
    /// Whether what it writes is the same each time, byte for byte.
    is_repeatable: bool,
    /// How many of the entries that there were stay: all, unless an older register is put back.
    kept: usize,
    /// Whether the register is only made by it.
    is_new: bool,
}

/// What an undisturbed run leaves.
#[derive(Debug, PartialEq)]
struct Result {
    kinds: BTreeMap<String, usize>,
    files: BTreeMap<String, String>,
}

/// How a run ended.
#[derive(Debug)]
struct End {
    code: Option<i32>,
    signal: Option<i32>,
    out: String,
    err: String,
}

impl Scene {
    fn result(&self, office: &Office) -> Result {
        let mut kinds = BTreeMap::new();
        for entry in office.check_entries_if_any() {
            let kind = entry["kind"].as_str().unwrap().to_owned();
            *kinds.entry(kind).or_default() += 1;
        }
        let out = office.path("out");
        let mut files = if out.exists() {
            digests(&out)
        } else {
            BTreeMap::new()
        };
        files.retain(|name, _| !is_leftover(name));
        if !self.is_repeatable {
            files.values_mut().for_each(String::clear);
        }
        Result { kinds, files }
    }

    /// Runs the journey in a copy of the office with a fault.
    fn fault(&self, office: &Office, shim: &Path, at: usize, how: &str) -> End {
        let mut command = (self.command)(office);
        let root = office.root().parent().unwrap();
        command.env("LD_PRELOAD", shim).env("FAULT_ROOT", root);
        command
            .env("FAULT_AT", at.to_string())
            .env("FAULT_HOW", how);
        end(command)
    }

    /// Returns the points of an undisturbed run, each with its call and path.
    fn points(&self, shim: &Path) -> (Vec<String>, Result) {
        let office = self.office.copy();
        let root = office.root().parent().unwrap().to_owned();
        let list = root.join("points.txt");
        let mut command = (self.command)(&office);
        command.env("LD_PRELOAD", shim).env("FAULT_ROOT", root);
        command.env("FAULT_LIST", &list);
        let end = end(command);
        assert_eq!(end.code, Some(0), "{}: {end:?}", self.name);
        let text = fs::read_to_string(&list).unwrap();
        let mut points: Vec<(usize, String)> = text
            .lines()
            .map(|line| {
                let (number, call) = line.split_once(' ').unwrap();
                (number.parse().unwrap(), call.to_owned())
            })
            .collect();
        points.sort();
        let points = points.into_iter().map(|(_, call)| call).collect();
        (points, self.result(&office))
    }

    /// Checks an office after a fault: nothing is lost, nothing is half done, and readers go on.
    fn check(&self, office: &Office, before: &[Value], whole: &Result, end: &End, told: &str) {
        let audit = run(office.command(&["audit"]));
        assert_eq!(audit.code, 0, "{told}: {audit}");
        // A register that is just being made may not have its tables yet.
        if self.is_new && end.code != Some(0) {
            return;
        }
        let entries = office.check_entries();
        let is_put_back = entries.iter().any(|entry| entry["kind"] == "Restored");
        let kept = if is_put_back { self.kept } else { before.len() };
        assert_eq!(
            entries[..kept],
            before[..kept],
            "{told}: what was entered before"
        );
        let result = self.result(office);
        for (kind, count) in &result.kinds {
            let most = whole.kinds.get(kind).copied().unwrap_or(0);
            let is_known = is_put_back || self.kept == usize::MAX;
            assert!(
                *count <= most || !is_known,
                "{told}: {count} {kind}, at most {most}"
            );
        }
        if end.code == Some(0) {
            assert_eq!(
                &result, whole,
                "{told}: it said that all went well: {end:?}"
            );
        }
        if end.signal.is_none() {
            return;
        }
        let log = run(office.command(&["log", "--json"])).ok().json();
        let read = log.as_array().unwrap().iter().map(|entry| &entry["seq"]);
        let there = entries.iter().map(|entry| &entry["seq"]);
        assert!(read.eq(there), "{told}: readers read the register");
    }

    /// Repeats the command and checks that it ends where an undisturbed run does.
    fn repeat(&self, office: &Office, whole: &Result, told: &str) {
        let again = end((self.command)(office));
        let is_told = again.err.contains(self.done) || again.out.contains(self.done);
        let is_done = !self.done.is_empty() && is_told;
        assert!(again.code == Some(0) || is_done, "{told}, again: {again:?}");
        assert_eq!(&self.result(office), whole, "{told}, again: {again:?}");
        for left in office.half_written() {
            assert!(is_leftover(&left), "{told}: {left}");
        }
    }

    /// Tries every point in every way.
    fn survives(&self) {
        let Some(shim) = shim() else {
            return;
        };
        let begun = Instant::now();
        let before = if self.is_new {
            Vec::new()
        } else {
            self.office.check_log()
        };
        let (points, whole) = self.points(&shim);
        let (mut runs, mut leftovers) = (0, 0);
        for (index, point) in points.iter().enumerate() {
            for way in ways(point, index, index + 1 == points.len()) {
                let office = self.office.copy();
                let of = points.len();
                let told = format!("{}, {way} at {} of {of} ({point})", self.name, index + 1);
                let end = self.fault(&office, &shim, index + 1, way);
                self.check_end(way, &end, &told);
                self.check(&office, &before, &whole, &end, &told);
                self.repeat(&office, &whole, &told);
                leftovers += office.half_written().len();
                runs += 1;
            }
        }
        println!(
            "{}: {} points, {runs} runs, {leftovers} temporary files left, {:?}",
            self.name,
            points.len(),
            begun.elapsed()
        );
    }

    fn check_end(&self, way: &str, end: &End, told: &str) {
        if ["before", "after"].contains(&way) {
            // Threads may take another way, with fewer points.
            assert!(
                end.signal == Some(9) || end.code == Some(0),
                "{told}: {end:?}"
            );
            return;
        }
        assert!(matches!(end.code, Some(0..=6)), "{told}: {end:?}");
        assert!(!end.err.contains("panicked"), "{told}: {end:?}");
        if end.code != Some(0) {
            assert!(end.err.contains("error: "), "{told}: {end:?}");
        }
    }
}

/// Returns whether a path is a temporary file, which blocks nothing.
fn is_leftover(path: &str) -> bool {
    path.split('/')
        .any(|part| part.starts_with(".sigill-") || part.contains('#') || part.starts_with(".tmp"))
}

/// Runs a command to its end, which must come.
fn end(mut command: Command) -> End {
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child: Child = command.spawn().unwrap();
    let begun = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if begun.elapsed() > PATIENCE {
            drop(child.kill());
            panic!("{command:?} hangs");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let output = child.wait_with_output().unwrap();
    End {
        code: output.status.code(),
        signal: output.status.signal(),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Returns the shim, built once in each test process; `None` where it cannot be.
fn shim() -> Option<PathBuf> {
    static SHIM: OnceLock<Option<PathBuf>> = OnceLock::new();
    let build = || {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            missing("the shim, which is for Linux on x86-64");
            return None;
        }
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults");
        fs::create_dir_all(&folder).unwrap();
        let shim = folder.join(format!("shim-{}.so", std::process::id()));
        let source = repository().join("tests/it/faults/shim.c");
        let built = Command::new("cc")
            .args([
                "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o",
            ])
            .args([&shim, &source])
            .output();
        let Ok(output) = built else {
            missing("cc");
            return None;
        };
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{told}");
        Some(shim)
    };
    SHIM.get_or_init(build).clone()
}

/// A run takes a tenth of a second.
const PATIENCE: Duration = Duration::from_secs(60);

// The journeys

/// Returns an office with copies for three parties.
fn small_office() -> Office {
    office_of(&["--party", "1444", "--party", "1446", "--party", "1447"])
}

fn office_of(parties: &[&str]) -> Office {
    let office = Office::new();
    office
        .run(&[&["generate", "introduktion"], parties].concat())
        .ok();
    office
}

fn generate() -> Scene {
    Scene {
        name: "generate",
        office: small_office(),
        command: Box::new(|office| {
            office.command(&[
                "generate",
                "introduktion",
                "--party",
                "1470",
                "--party",
                "1471",
            ])
        }),
        done: "",
        is_repeatable: true,
        kept: usize::MAX,
        is_new: false,
    }
}

/// The first command of an office makes its store.
fn generate_first() -> Scene {
    Scene {
        name: "generate in a new office",
        office: Office::new(),
        command: Box::new(|office| {
            office.command(&["generate", "introduktion", "--party", "1470"])
        }),
        done: "",
        is_repeatable: true,
        kept: usize::MAX,
        is_new: true,
    }
}

fn sign() -> Option<Scene> {
    let pki = Pki::start()?;
    let office = small_office();
    trust(&office, &pki);
    let command = move |office: &Office| {
        let key = pki.path("s001.key.pem");
        let mut command = sign_with(office, "1446-director", &key);
        command
            .arg("--certificates")
            .arg(pki.path("s001.chain.pem"));
        command.args(["--level", "B-B"]);
        command.arg(copy_of(office, Issue::Introduktion, "1446"));
        command
    };
    Some(Scene {
        name: "sign",
        office,
        command: Box::new(command),
        done: " was signed ",
        is_repeatable: false,
        kept: usize::MAX,
        is_new: false,
    })
}

fn receive() -> Option<Scene> {
    let pki = Pki::start()?;
    let office = small_office();
    trust(&office, &pki);
    let pinned = pki.path("s001.pem");
    let pin = ["parties", "pin", "1446", "director", "--certificate"];
    let mut command = office.command(&pin);
    command.arg(pinned);
    run(command).ok();
    // Signed in an office of the same copies, with evidence.
    let elsewhere = office.copy();
    let file = copy_of(&elsewhere, Issue::Introduktion, "1446");
    let mut command = sign_with(&elsewhere, "1446-director", &pki.path("s001.p12"));
    command.args(["--level", "B-LT"]).arg(&file);
    run(command).ok();
    fs::copy(&file, office.beside("back.pdf")).unwrap();
    Some(Scene {
        name: "receive",
        office,
        command: Box::new(|office| {
            let mut command = office.command(&["receive"]);
            command.arg(office.beside("back.pdf"));
            command
        }),
        done: "redan i post",
        is_repeatable: true,
        kept: usize::MAX,
        is_new: false,
    })
}

fn decide() -> Scene {
    let office = small_office();
    fs::write(
        office.beside("utdrag.txt"),
        "§ 23\n\nBeslut\n\natt teckna avtalet\n",
    )
    .unwrap();
    Scene {
        name: "decide",
        office,
        command: Box::new(|office| {
            let mut command = office.command(&["decide", "1446", "--agreement", "introduktion"]);
            command.args(["--body", "Kommunstyrelsen", "--met", "2026-10-05"]);
            command.args(["--section", "§ 23", "--diary", "KS2026/259"]);
            command.args([
                "--outcome",
                "condition",
                "--condition",
                "Om kostnaden delas lika",
            ]);
            command.arg("--extract").arg(office.beside("utdrag.txt"));
            command
        }),
        done: "--again",
        is_repeatable: true,
        kept: usize::MAX,
        is_new: false,
    }
}

fn void() -> Scene {
    Scene {
        name: "void",
        office: small_office(),
        command: Box::new(|office| {
            let copy = "introduktion-1.0-c1446";
            office.command(&["void", "introduktion", "--copy", copy, "--reason", "Fel"])
        }),
        done: "voided",
        is_repeatable: true,
        kept: usize::MAX,
        is_new: false,
    }
}

fn restore() -> Scene {
    let office = office_of(&["--party", "1444"]);
    let backup = office.beside("backup.zip");
    office.run(&["backup", backup.to_str().unwrap()]).ok();
    let kept = office.check_entries().len();
    office
        .run(&["generate", "introduktion", "--party", "1470"])
        .ok();
    Scene {
        name: "restore",
        office,
        command: Box::new(|office| {
            let mut command = office.command(&["restore", "--reason", "Disken gick sönder"]);
            command.arg(office.beside("backup.zip"));
            command
        }),
        done: "",
        is_repeatable: true,
        kept,
        is_new: false,
    }
}

#[test]
fn generate_survives() {
    generate().survives();
}

#[test]
fn a_new_office_survives() {
    generate_first().survives();
}

#[test]
fn sign_survives() {
    if let Some(scene) = sign() {
        scene.survives();
    }
}

#[test]
fn receive_survives() {
    if let Some(scene) = receive() {
        scene.survives();
    }
}

#[test]
fn decide_survives() {
    decide().survives();
}

#[test]
fn void_survives() {
    void().survives();
}

#[test]
fn restore_survives() {
    restore().survives();
}

/// Faults at seeded points, up to three one after another before the command that ends well.
#[test]
fn seeded_faults_one_after_another() {
    let Some(shim) = shim() else {
        return;
    };
    let rounds = if is_long() { 10_000 } else { 60 };
    let mut scenes = vec![generate(), decide(), void(), restore()];
    scenes.extend(sign());
    scenes.extend(receive());
    let known: Vec<_> = scenes
        .iter()
        .map(|scene| (scene.office.check_log(), scene.points(&shim)))
        .collect();
    let mut state = 0x05EE_D0F5_1611_u64;
    let mut random = |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % u64::try_from(below).unwrap()).unwrap()
    };
    for round in 0..rounds {
        let number = random(scenes.len());
        let (scene, (before, (points, whole))) = (&scenes[number], &known[number]);
        let office = scene.office.copy();
        let mut told = format!("round {round}, {}", scene.name);
        for _ in 0..=random(3) {
            let at = 1 + random(points.len());
            let way = ["before", "after", "eio", "enospc", "full", "short"][random(6)];
            told.push_str(&format!(", {way} at {at}"));
            let end = scene.fault(&office, &shim, at, way);
            let is_told = !scene.done.is_empty()
                && (end.err.contains(scene.done) || end.out.contains(scene.done));
            if !is_told {
                scene.check_end(way, &end, &told);
                scene.check(&office, before, whole, &end, &told);
            }
        }
        scene.repeat(&office, whole, &told);
    }
    println!("{rounds} rounds");
}

/// A draft in templates/ is there whole or not at all.
#[test]
fn drafts_are_whole_or_not_there() {
    let Some(shim) = shim() else {
        return;
    };
    let published = Office::new();
    published.run(&["publish", "familjecentral", "1.0"]).ok();
    published.remove("templates/familjecentral");
    let accord = "accord draft familjecentral --party 1443 --name Hjorten --service Barnhälsovård=14 --service Mödrahälsovård=14";
    let drafts = [
        ("familjecentral-1443-hjorten", accord),
        ("familjecentral", "revise familjecentral --as 2.0"),
    ];
    for (name, line) in drafts {
        let scene = Scene {
            name,
            office: published.copy(),
            command: Box::new(|office| office.command(&line.split(' ').collect::<Vec<_>>())),
            done: "",
            is_repeatable: false,
            kept: usize::MAX,
            is_new: false,
        };
        let folder = |office: &Office| office.path(format!("templates/{name}"));
        let whole = scene.office.copy();
        run((scene.command)(&whole)).ok();
        let whole = files_below(&folder(&whole));
        let (points, _) = scene.points(&shim);
        let renames = points.iter().enumerate();
        let renames = renames.filter(|(_, point)| point.starts_with("rename"));
        let mut tried = 0;
        for (index, _) in renames {
            for way in ["before", "after"] {
                let office = scene.office.copy();
                drop(scene.fault(&office, &shim, index + 1, way));
                let folder = folder(&office);
                assert!(
                    !folder.exists() || files_below(&folder) == whole,
                    "{line}, {way} {index}: {:?}",
                    files_below(&folder)
                );
                tried += 1;
            }
        }
        assert!(tried > 20, "{line}: {tried}");
    }
}

/// What an entry names is in its place, and both it and its name are synced, before the entry is.
#[test]
fn documents_are_on_disk_before_their_entry() {
    let Some(shim) = shim() else {
        return;
    };
    for scene in [generate(), decide(), void()] {
        let (points, _) = scene.points(&shim);
        let mut unsynced: Vec<String> = Vec::new();
        let mut documents = 0;
        for point in &points {
            let (call, path) = point.split_once(' ').unwrap();
            let path = path.replace("/./", "/");
            let is_document = path.contains("/documents/sha256/");
            match call {
                "open" | "write" | "mkdir" if is_document => unsynced.push(path),
                "link" | "rename" if is_document => {
                    let half = format!("{path}#");
                    let is_written = unsynced.iter().any(|it| it.starts_with(&half));
                    assert!(
                        !is_written,
                        "{}: {path} has its name before its bytes",
                        scene.name
                    );
                    unsynced.push(path);
                    documents += 1;
                }
                // A folder's sync is that of the names in it.
                "fsync" if is_document => unsynced
                    .retain(|it| *it != path && Path::new(it).parent() != Some(Path::new(&path))),
                "fsync" if path.ends_with("register.sqlite-wal") => {
                    assert_eq!(unsynced, [""; 0], "{}: entered before", scene.name);
                }
                _ => {}
            }
        }
        assert!(documents > 0, "{}: {points:?}", scene.name);
    }
}

/// A disk of the size of the office and a little more: what does not fit is told and not entered.
#[test]
fn a_full_disk_is_told_and_enters_nothing() {
    let scene = decide();
    let folder = super::support::scratch();
    let size = "size=24m";
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", size, "tmpfs"])
        .arg(folder.path())
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        // Only root may mount; the shim's full disk is tried everywhere.
        return;
    }
    let _unmount = Mounted(folder.path().to_owned());
    let office = scene.office.copy_into(&folder.path().join("disk"));
    let before = office.check_log();
    let filler = folder.path().join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    while file.write_all(&[0; 4096]).is_ok() {}
    let mut refused = 0;
    // Room comes back page by page, until all fits.
    for pages in 0.. {
        let end = end((scene.command)(&office));
        if end.code == Some(0) || end.err.contains(scene.done) {
            break;
        }
        assert!(
            matches!(end.code, Some(1..=6)) && end.err.contains("error: "),
            "{end:?}"
        );
        refused += 1;
        let left = fs::metadata(&filler)
            .unwrap()
            .len()
            .saturating_sub(4096 * (pages + 1));
        file.set_len(left).unwrap();
        assert!(left > 0);
    }
    drop(file);
    fs::remove_file(&filler).unwrap();
    let entries = office.check_log();
    assert_eq!(entries[..before.len()], before);
    assert_eq!(entries.len(), before.len() + 1, "once");
    assert!(refused > 3, "{refused}");
    println!("{refused} times too little room");
}

/// Unmounts a disk when the test is over.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).status());
    }
}
