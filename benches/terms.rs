//! The figures of `term` and `watch` in benches/README.md: whole processes over 10,000 agreements.
//!
//! `cargo bench --bench terms` prints; nothing here passes or fails. The office is made once, in the target
//! folder, which takes a minute; `AGREEMENTS` and `ENTRIES` (of each agreement) make another one.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures the machine, prints, and stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use chrono::NaiveDate;
use sigill::agreement::{Outcome, Sha256};
use sigill::register::{
    Authorised, AuthorisedPerson, Commitment, Decided, Event, Minutes, Notified, Published,
    Recommended,
};
use sigill::store::{Draft, Pins, Store, pack, unpack};
use sqlx::{ConnectOptions as _, Connection as _};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let agreements = setting("AGREEMENTS", 10_000);
    let entries = setting("ENTRIES", 10);
    let root = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let office = root.join(format!("bench-terms-{agreements}-{entries}"));
    if !office.join("made").is_file() {
        let begun = Instant::now();
        make(&runtime, &office, agreements, entries);
        fs::write(office.join("made"), "").unwrap();
        println!("(made the office in {:.0?})", begun.elapsed());
    }
    println!(
        "{agreements} agreements of {entries} entries; milliseconds, wall clock of the process"
    );
    println!(
        "{:<46} {:>9} {:>9} {:>12}",
        "command", "median", "slowest", "bytes"
    );
    for arguments in COMMANDS {
        runtime.block_on(forget(&office));
        report(&office, "nothing kept", arguments, 1, &mut || {});
        report(&office, "", arguments, RUNS, &mut || {});
        report(&office, "not in memory", arguments, 3, &mut || {
            evict(&office);
        });
        let mut number = 0;
        report(&office, "one changed", arguments, 5, &mut || {
            number += 1;
            let party = format!("14{:02}", 40 + number);
            let event = decided(&party, "2026-11-02".parse().unwrap());
            runtime.block_on(enter(&office, Some("avtal-00500"), vec![event]));
        });
    }
}

/// Runs a command some times, each after something else, and prints how long it took.
fn report(office: &Path, how: &str, arguments: &[&str], runs: usize, before: &mut dyn FnMut()) {
    let mut taken = Vec::new();
    let mut bytes = 0;
    for _ in 0..runs {
        before();
        let begun = Instant::now();
        bytes = run(office, arguments).len();
        taken.push(begun.elapsed());
    }
    taken.sort_unstable();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "{:<46} {:>9.1} {:>9.1} {bytes:>12}",
        format!("{} {how}", arguments.join(" ")),
        milliseconds(taken[taken.len() / 2]),
        milliseconds(*taken.last().unwrap()),
    );
}

/// Enters agreements with the text of the shipped one, each with a term of its own.
fn make(runtime: &tokio::runtime::Runtime, office: &Path, agreements: usize, entries: usize) {
    let _absent = fs::remove_dir_all(office);
    for folder in ["templates", "signatories"] {
        copy_tree(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &office.join(folder),
        );
    }
    run(office, &["publish", "familjecentral", "1.0"]);
    let zip = fs::read(office.join("out/familjecentral-1.0-bundle.zip")).unwrap();
    let files = unpack(Path::new("bundle"), &zip, 64 * 1024 * 1024).unwrap();
    let numbers: Vec<usize> = (0..agreements).collect();
    for numbers in numbers.chunks(1_000) {
        runtime.block_on(async {
            let mut store = open(office).await;
            let mut drafts = Vec::new();
            for number in numbers {
                let id = format!("avtal-{number:05}");
                let bundle = pack(&outline(&files, &id, *number)).unwrap();
                let bundle = store.documents.put(bundle).await.unwrap();
                let of_agreement = events(&id, *number, bundle, entries).into_iter();
                drafts.extend(of_agreement.map(|event| draft(Some(&id), event)));
            }
            store.records.append(drafts).await.unwrap();
        });
    }
    for party in 1400..1450 {
        let events = vec![authorised(&party.to_string())];
        runtime.block_on(enter(office, None, events));
    }
}

/// Returns what a bundle says beside its text, for another agreement that begins in another month.
fn outline(
    files: &BTreeMap<String, Vec<u8>>,
    id: &str,
    number: usize,
) -> BTreeMap<String, Vec<u8>> {
    let text = |path: &str| String::from_utf8(files[path].clone()).unwrap();
    let (year, month) = (2019 + number % 6, 1 + number % 12);
    let term = format!(
        "start = {year}-{month:02}-01\nend = {}-12-31",
        year + 1 + number % 3
    );
    let manifest = text("version.toml").replace("start = 2024-03-01\nend = 2025-12-31", &term);
    let agreement = text("agreement.toml").replace("\"familjecentral\"", &format!("\"{id}\""));
    BTreeMap::from([
        ("agreement.toml".to_owned(), agreement.into_bytes()),
        ("parties.json".to_owned(), files["parties.json"].clone()),
        ("version.toml".to_owned(), manifest.into_bytes()),
    ])
}

/// Returns what is entered of an agreement: notice by one party of every tenth, the rest decisions.
fn events(id: &str, number: usize, bundle: Sha256, entries: usize) -> Vec<Event> {
    let mut events = vec![
        Event::Published(Published {
            body_digest: Sha256::of(id.as_bytes()),
            bundle,
            despite_comments: None,
            relation: None,
            text_digest: Sha256::of(id.as_bytes()),
            version: "1.0".parse().unwrap(),
        }),
        Event::Recommended(Recommended {
            by: "VästKom".parse().unwrap(),
            condition: None,
            grouping: None,
            minutes: minutes("2026-09-01".parse().unwrap()),
            outcome: Outcome::Approved,
            report_by: Some(day(number)),
            version: "1.0".parse().unwrap(),
        }),
    ];
    if number.is_multiple_of(10) {
        events.push(Event::Notified(Notified {
            dated: "2026-10-01".parse().unwrap(),
            document: None,
            party: "1443".parse().unwrap(),
            received_at: None,
            received_on: "2026-10-02".parse().unwrap(),
            to: None,
            version: "1.0".parse().unwrap(),
            way: "e-post".parse().unwrap(),
        }));
    }
    for party in 0..entries.saturating_sub(events.len()) {
        let code = format!("14{:02}", party % 100);
        events.push(decided(&code, day(number + party)));
    }
    events.truncate(entries);
    events
}

/// Returns a day of these two years.
fn day(number: usize) -> NaiveDate {
    let first: NaiveDate = "2025-12-01".parse().unwrap();
    first + chrono::Days::new(u64::try_from(number % 700).unwrap())
}

fn decided(party: &str, announced_on: NaiveDate) -> Event {
    Event::Decided(Decided {
        condition: None,
        dissent: None,
        minutes: minutes(announced_on),
        outcome: Outcome::Approved,
        party: party.parse().unwrap(),
        version: "1.0".parse().unwrap(),
    })
}

fn authorised(party: &str) -> Event {
    Event::Authorised(Authorised {
        allowed_to: None,
        party: party.parse().unwrap(),
        persons: vec![AuthorisedPerson {
            certificates: Vec::new(),
            from: None,
            identifier: None,
            person: Commitment {
                commitment: Sha256::of(party.as_bytes()),
            },
            role: "chair".parse().unwrap(),
            to: Some("2027-12-31".parse().unwrap()),
        }],
        rule: None,
        source: minutes("2026-01-15".parse().unwrap()),
    })
}

fn minutes(announced_on: NaiveDate) -> Minutes {
    Minutes {
        announced_on: Some(announced_on),
        appeal_until: None,
        approved_on: None,
        body: "Kommunstyrelsen".parse().unwrap(),
        diary_number: None,
        extract: None,
        met_on: announced_on,
        section: None,
    }
}

async fn enter(office: &Path, agreement: Option<&str>, events: Vec<Event>) {
    let drafts = events.into_iter().map(|event| draft(agreement, event));
    let mut store = open(office).await;
    store.records.append(drafts.collect()).await.unwrap();
}

fn draft(agreement: Option<&str>, event: Event) -> Draft {
    Draft {
        actor: "bench".parse().unwrap(),
        agreement: agreement.map(|agreement| agreement.parse().unwrap()),
        event,
    }
}

async fn open(office: &Path) -> Store {
    let actor = "bench".parse().unwrap();
    let pins = Pins::in_folder(&office.join("pins"));
    Store::write(office, &actor, &pins).await.unwrap()
}

/// Removes what is kept beside the log.
async fn forget(office: &Path) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(register(office));
    let mut connection = options.connect().await.unwrap();
    let forget = sqlx::raw_sql("DELETE FROM summary_index; DELETE FROM summary_mark");
    forget.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// Drops the register from the memory that the system keeps files in.
fn evict(office: &Path) {
    let file = fs::File::open(register(office)).unwrap();
    file.sync_all().unwrap();
    rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed).unwrap();
}

fn register(office: &Path) -> PathBuf {
    office.join(".sigill/register.sqlite")
}

fn run(office: &Path, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new(env!("CARGO_BIN_EXE_sigill"))
        .current_dir(office)
        .env("SIGILL_PINS", office.join("pins"))
        .env_remove("SIGILL_OFFICE")
        .env_remove("SIGILL_ACTOR")
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    assert!(output.status.success(), "{arguments:?}");
    output.stdout
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn setting(name: &str, otherwise: usize) -> usize {
    let value = std::env::var(name).ok();
    value.map_or(otherwise, |value| value.parse().unwrap())
}

const COMMANDS: [&[&str]; 3] = [
    &["term", "--json"],
    &["watch", "--json"],
    &["watch", "--ics", "-"],
];

const RUNS: usize = 40;
