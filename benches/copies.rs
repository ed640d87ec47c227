//! The figures of benches/README.md: whole processes first, then their parts.
//!
//! `cargo bench` prints wall time, CPU time of the process and its child, and peak memory; nothing
//! here passes or fails.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures the machine, prints, and stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sigill::agreement::{AgreementId, CopyId, Form, Outcome, PartyCode, Sha256};
use sigill::register::{Decided, Engine, Event, Issued, Minutes, Published};
use sigill::store::{Draft, Pins, Store};

fn main() {
    whole_processes();
    divan::main();
}

/// Prints the figures that are about a whole command.
fn whole_processes() {
    println!(
        "{:<52} {:>8} {:>9} {:>9} {:>9}",
        "command", "wall", "CPU", "CPU/copy", "peak"
    );
    let office = office("fifty", &[]);
    report(
        &office,
        "generate --form counterpart, publishing first",
        50,
        &GENERATE,
    );
    for _ in 0..3 {
        run(
            &office,
            &[
                "void",
                "familjecentral",
                "--form",
                "counterpart",
                "--reason",
                "bench",
            ],
        );
        report(
            &office,
            "generate --form counterpart, 50 copies",
            50,
            &GENERATE,
        );
    }
    report(&office, "generate again, nothing new", 50, &GENERATE);
    let thousand: Vec<usize> = (0..950).collect();
    let many = self::office("thousand", &thousand);
    report(
        &many,
        "generate --form counterpart, 1,000 copies",
        1_000,
        &GENERATE,
    );
    for parties in [250, 500] {
        let some: Vec<usize> = (0..parties - 50).collect();
        let office = self::office(&format!("parties{parties}"), &some);
        report(
            &office,
            &format!("generate --form counterpart, {parties} copies"),
            parties,
            &GENERATE,
        );
    }
}

const GENERATE: [&str; 4] = ["generate", "familjecentral", "--form", "counterpart"];

/// `sigill status AGREEMENT` with 50 parties, whole process.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn status_of_50_parties(bencher: divan::Bencher<'_, '_>) {
    let office = office("status", &[]);
    run(&office, &GENERATE);
    bencher.bench_local(|| run(&office, &["status", "familjecentral"]));
}

/// `sigill status` over 1,000 agreements of 50 copies and decisions, whole process. The first time every
/// agreement is folded; then only those that something was entered of, as the second bench has it.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn status_of_1000_agreements(bencher: divan::Bencher<'_, '_>) {
    let office = office("agreements", &[]);
    fill_register(&office, 1_000);
    let begun = Instant::now();
    run(&office, &["status"]);
    println!(
        "status of 1,000 agreements, the first time: {:?}",
        begun.elapsed()
    );
    bencher.bench_local(|| run(&office, &["status"]));
}

/// As before, with an entry in one agreement since the last time.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn status_of_1000_agreements_one_changed(bencher: divan::Bencher<'_, '_>) {
    let office = office("changed", &[]);
    fill_register(&office, 1_000);
    run(&office, &["status"]);
    bencher
        .with_inputs(|| enter(&office, "avtal-0500", vec![decided("1449")]))
        .bench_local_values(|()| run(&office, &["status"]));
}

/// `sigill verify` of one copy, whole process.
#[divan::bench(sample_count = 40, sample_size = 1)]
fn verify_one_copy(bencher: divan::Bencher<'_, '_>) {
    let office = office("verify", &[]);
    run(&office, &["generate", "familjecentral", "--party", "1443"]);
    let file = "out/familjecentral-1.0-bilateral/familjecentral-1.0-b1443-bollebygd.pdf";
    bencher.bench_local(|| run(&office, &["verify", file]));
}

/// Makes a fresh office from the repository's, with so many invented parties more.
fn office(name: &str, more: &[usize]) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let office = PathBuf::from(env!("CARGO_TARGET_TMPDIR"))
        .join("bench")
        .join(name);
    let _absent = fs::remove_dir_all(&office);
    for folder in ["templates", "signatories"] {
        copy_tree(&root.join(folder), &office.join(folder));
    }
    // Without a grouping they stand in no table, so that the text stays as long as it is.
    let model = fs::read_to_string(root.join("signatories/1443-bollebygd.toml")).unwrap();
    let groupings = model.find("[[groupings]]").unwrap()..model.find("# Who signs").unwrap();
    let model = [&model[..groupings.start], &model[groupings.end..]].concat();
    for number in more {
        let code = format!("9{number:04}");
        let party = model
            .replace("1443", &code)
            .replace("Bollebyg", &format!("Påhittad {number:04} "))
            .replace("212000-2973", &org_number(*number));
        fs::write(
            office
                .join("signatories")
                .join(format!("{code}-pahittad.toml")),
            party,
        )
        .unwrap();
    }
    office
}

/// Returns an invented organisation number with a right check digit.
fn org_number(number: usize) -> String {
    let digits: Vec<usize> = format!("292{:06}", number + 1)
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|d| d as usize)
        .collect();
    let weighed = digits
        .iter()
        .enumerate()
        .map(|(at, digit)| if at % 2 == 0 { digit * 2 } else { *digit });
    let sum: usize = weighed.map(|product| product / 10 + product % 10).sum();
    let text: String = digits.iter().map(ToString::to_string).collect();
    format!("{}-{}{}", &text[..6], &text[6..], (10 - sum % 10) % 10)
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

/// Remembers the office beside it, never in the user's own folder.
fn pins(office: &Path) -> Pins {
    Pins::in_folder(&office.join("pins"))
}

/// Enters agreements with 50 copies and decisions each, without typesetting them.
fn fill_register(office: &Path, agreements: usize) {
    for number in 0..agreements {
        let name = format!("avtal-{number:04}");
        let agreement: AgreementId = name.parse().unwrap();
        let version = "1.0".parse().unwrap();
        let digest = Sha256::of(name.as_bytes());
        let mut events = vec![Event::Published(Published {
            body_digest: digest,
            bundle: digest,
            despite_comments: None,
            relation: None,
            text_digest: digest,
            version,
        })];
        for party in 1400..1450 {
            let code: PartyCode = party.to_string().parse().unwrap();
            let copy = CopyId::new(&agreement, version, Form::Counterpart, Some(&code), 1);
            events.push(Event::Issued(Issued {
                base: digest,
                data: digest,
                engine: Engine {
                    sigill: "0".into(),
                    template: "0".into(),
                    typesetting: "0".into(),
                },
                file_name: format!("{copy}.pdf"),
                copy,
                form: Form::Counterpart,
                holder: Some(code.clone()),
                seats: vec![format!("{code}-chair").parse().unwrap()],
                parties: vec![code],
                size_bytes: 1,
                text_digest: digest,
                version,
            }));
            events.push(decided(&party.to_string()));
        }
        enter(office, &name, events);
    }
}

fn decided(party: &str) -> Event {
    Event::Decided(Decided {
        condition: None,
        dissent: None,
        minutes: Minutes {
            announced_on: None,
            appeal_until: None,
            approved_on: None,
            body: "Kommunstyrelsen".parse().unwrap(),
            diary_number: None,
            extract: None,
            met_on: "2024-01-15".parse().unwrap(),
            section: None,
        },
        outcome: Outcome::Approved,
        party: party.parse().unwrap(),
        version: "1.0".parse().unwrap(),
    })
}

/// Enters events of an agreement in one transaction.
fn enter(office: &Path, agreement: &str, events: Vec<Event>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let actor = "bench".parse().unwrap();
        let mut store = Store::write(office, &actor, &pins(office)).await.unwrap();
        let draft = |event| Draft {
            actor: "bench".parse().unwrap(),
            agreement: Some(agreement.parse().unwrap()),
            event,
        };
        let drafts = events.into_iter().map(draft).collect();
        store.records.append(drafts).await.unwrap();
    });
}

fn command(office: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    command
        .current_dir(office)
        .env("SIGILL_PINS", office.join("pins"))
        .args(arguments)
        .stdout(Stdio::null());
    command
        .env_remove("SIGILL_OFFICE")
        .env_remove("SIGILL_ACTOR");
    command
}

fn run(office: &Path, arguments: &[&str]) {
    assert!(
        command(office, arguments).status().unwrap().success(),
        "{arguments:?}"
    );
}

fn report(office: &Path, what: &str, copies: usize, arguments: &[&str]) {
    let cpu_before = cpu_of_children();
    let start = Instant::now();
    let child = command(office, arguments).spawn().unwrap();
    let peak_kib = wait(child);
    let wall = start.elapsed();
    let cpu = cpu_of_children() - cpu_before;
    println!(
        "{what:<52} {:>6.2} s {:>7.2} s {:>6.1} ms {:>6} MB",
        wall.as_secs_f64(),
        cpu.as_secs_f64(),
        cpu.as_secs_f64() * 1_000.0 / copies as f64,
        peak_kib / 1024,
    );
}

/// Waits for a process; gives the most memory that it and its child held together, in KiB, pages
/// that both have (the program itself) counted once.
fn wait(mut child: Child) -> u64 {
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let family = std::iter::once(child.id()).chain(children(child.id()));
        peak = peak.max(family.map(resident_kib).sum());
        std::thread::sleep(Duration::from_millis(5));
    }
    peak
}

fn children(process: u32) -> Vec<u32> {
    let list =
        fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    list.split_whitespace()
        .filter_map(|id| id.parse().ok())
        .collect()
}

fn resident_kib(process: u32) -> u64 {
    let rollup = fs::read_to_string(format!("/proc/{process}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find(|line| line.starts_with("Pss:"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok())
        .unwrap_or_default()
}

/// Returns the CPU time, user and system, of all ended children and theirs.
fn cpu_of_children() -> Duration {
    // proc_pid_stat(5): fields 16 and 17, counted after the command's name in brackets; 100 ticks a second.
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<u64> = stat
        .rsplit(") ")
        .next()
        .unwrap()
        .split(' ')
        .map(|field| field.trim().parse().unwrap_or(0))
        .collect();
    Duration::from_millis((fields[13] + fields[14]) * 10)
}
