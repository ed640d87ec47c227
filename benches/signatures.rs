//! The figures of signing in benches/README.md: one signature in memory, then whole commands, then
//! the parts of a signature.
//!
//! `cargo bench --bench signatures` prints; nothing here passes or fails. With `-- --peers` it ends
//! after the first table, which is what benches/peers/run asks for. Certificates, keys and
//! time-stamps come from tests/judges/pki.py, whose Python environment tests/run makes.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures the machine, prints, and stops at the first surprise"
)]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use divan::{Bencher, black_box};

use sigill::agreement::Sha256;
use sigill::pdf;
use sigill::signature::{self, Head, Key as _, SoftwareKey};

mod support;

use support::{
    BILATERAL, Place, copy_tree, cpu_of_thread, milliseconds, prepare, python, root, run, sign,
};

/// The program's, which signing in memory is measured with too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static PLACE: LazyLock<Place> = LazyLock::new(|| Place::new("bench-signatures"));

fn main() {
    signatures_in_memory();
    if std::env::args().any(|argument| argument == "--peers") {
        return;
    }
    whole_commands();
    divan::main();
}

/// Prints CPU time and size of one signature with everything but disk and register.
fn signatures_in_memory() {
    println!(
        "{:<52} {:>9} {:>9}",
        "one signature B-B in memory", "CPU", "size"
    );
    let bilateral = PLACE.bilateral();
    for (what, signer) in SIGNERS {
        let mut key = PLACE.key(signer);
        let title = format!("{what}, bilateral copy of {} KB", bilateral.len() / 1_000);
        let ours = report_signature(&title, &bilateral, "1443-chair", &mut key);
        let peer = by_pyhanko(&PLACE, signer);
        let ratio = peer.as_secs_f64() / ours.as_secs_f64();
        println!(
            "{:<52} {:>6.2} ms {ratio:>6.1} x",
            "  pyHanko, the same file and key",
            milliseconds(peer),
        );
    }
    let mut joint = PLACE.joint();
    let fields = pdf::signature_fields(&joint).unwrap();
    let seats = fields.iter().filter(|field| field.name != "seal");
    for (number, field) in (1..=100).zip(seats) {
        let mut key = PLACE.key(&format!("s{number:03}"));
        if [1, 2, 50, 100].contains(&number) {
            let title = format!("P-256, number {number} on a joint copy");
            report_signature(&title, &joint, &field.name, &mut key);
        }
        let signed = sign(&joint, &field.name, &mut key);
        joint.extend(signed.tail);
    }
    println!();
}

fn report_signature(what: &str, copy: &[u8], field: &str, key: &mut SoftwareKey) -> Duration {
    let signed = sign(copy, field, key);
    let before = cpu_of_thread();
    for _ in 0..TIMES {
        black_box(sign(black_box(copy), field, key));
    }
    let cpu = (cpu_of_thread() - before) / TIMES;
    println!(
        "{what:<52} {:>6.2} ms {:>7} B",
        milliseconds(cpu),
        signed.tail.len()
    );
    cpu
}

/// Prints the figures that are about a whole command, with register, files and fsync.
fn whole_commands() {
    println!(
        "{:<42} {:>9} {:>9} {:>9} {:>9}",
        "command", "fastest", "median", "CPU", "CPU/copy"
    );
    let folder = "out/familjecentral-1.0-bilateral";
    let one = format!("out/{BILATERAL}");
    for (what, level, key, copies) in [
        ("sign --level B-T, 49 copies", "B-T", "s001.p12", 49),
        ("sign --level B-B, 49 copies", "B-B", "s001.p12", 49),
        ("sign --level B-T, one copy", "B-T", "s001.p12", 1),
        ("sign --level B-B, one copy", "B-B", "s001.p12", 1),
        (
            "sign --level B-B, one copy, RSA-3072",
            "B-B",
            "rsa3072.p12",
            1,
        ),
    ] {
        let (seat, files) = if copies == 1 {
            ("1443-chair", one.as_str())
        } else {
            ("14-chair", folder)
        };
        let key = PLACE.pki.join(key);
        let arguments = ["sign", files, "--seat", seat, "--level", level, "--key"];
        let before = cpu_of_children();
        let mut walls = [(); ROUNDS].map(|()| wall(&PLACE, &arguments, &key));
        let cpu = milliseconds(cpu_of_children() - before) / ROUNDS as f64;
        walls.sort_unstable();
        println!(
            "{what:<42} {:>6.0} ms {:>6.0} ms {cpu:>6.0} ms {:>6.1} ms",
            milliseconds(walls[0]),
            milliseconds(walls[ROUNDS / 2]),
            cpu / f64::from(copies),
        );
    }
    println!();
}

/// Hashing the copy: done for the file, the head and what is kept.
#[divan::bench]
fn part_hash(bencher: Bencher<'_, '_>) {
    let copy = PLACE.bilateral();
    bencher.bench_local(|| Sha256::of(black_box(&copy)));
}

/// Appearance, revision and signed attributes.
#[divan::bench(args = SIGNERS.map(|(_, signer)| signer))]
fn part_prepare(bencher: Bencher<'_, '_>, signer: &str) {
    let (copy, key) = (PLACE.bilateral(), PLACE.key(signer));
    let head = Head::new(&copy);
    bencher.bench_local(|| prepare(&head, "1443-chair", &key));
}

/// The key alone.
#[divan::bench(args = SIGNERS.map(|(_, signer)| signer))]
fn part_sign(bencher: Bencher<'_, '_>, signer: &str) {
    let mut key = PLACE.key(signer);
    bencher.bench_local(|| key.sign(black_box(&[0; 200])).unwrap());
}

/// Verifying the value, the CMS, and the digest of the new head.
#[divan::bench(args = SIGNERS.map(|(_, signer)| signer))]
fn part_finish(bencher: Bencher<'_, '_>, signer: &str) {
    let (copy, mut key) = (PLACE.bilateral(), PLACE.key(signer));
    let head = Head::new(&copy);
    let prepared = prepare(&head, "1443-chair", &key);
    let value = key.sign(prepared.message()).unwrap();
    bencher
        .with_inputs(|| prepared.clone())
        .bench_local_values(|prepared| signature::finish(&head, prepared, &value, None).unwrap());
}

/// All of it, on a joint copy that has so many signatures.
#[divan::bench(args = [0, 49])]
fn on_a_joint_copy(bencher: Bencher<'_, '_>, signatures: usize) {
    let (mut joint, mut key) = (PLACE.joint(), PLACE.key("s001"));
    let fields = pdf::signature_fields(&joint).unwrap();
    for field in &fields[..signatures] {
        let signed = sign(&joint, &field.name, &mut key);
        joint.extend(signed.tail);
    }
    let next = &fields[signatures].name;
    bencher.bench_local(|| sign(&joint, next, &mut key));
}

/// Returns the CPU time of one signature by pyHanko on the bilateral copy, start and key aside.
fn by_pyhanko(place: &Place, signer: &str) -> Duration {
    let copy = place.office.join("out").join(BILATERAL);
    let output = python()
        .arg(root().join("benches/peers/sign_pyhanko.py"))
        .arg(place.pki.join(format!("{signer}.p12")))
        .arg("1443-chair")
        .arg(&place.pki)
        .args(std::iter::repeat_n(copy, PEER_TIMES))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    Duration::from_secs_f64(text.trim().parse::<f64>().unwrap() / PEER_TIMES as f64)
}

/// Runs a command in a fresh copy of the office, and tells how long it took.
fn wall(place: &Place, arguments: &[&str], key: &Path) -> Duration {
    let office = place.office.with_extension("signed");
    let _absent = fs::remove_dir_all(&office);
    copy_tree(&place.office, &office);
    let key = key.to_str().unwrap();
    let arguments = [arguments, &[key, "--passphrase-env", "PROV"]].concat();
    let start = Instant::now();
    run(&office, &arguments);
    start.elapsed()
}

/// Returns the CPU time, user and system, of all ended children and theirs.
fn cpu_of_children() -> Duration {
    // proc_pid_stat(5): fields 16 and 17, counted after the command's name in brackets; 100 ticks a second.
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ');
    let ticks: u64 = fields
        .skip(13)
        .take(2)
        .map(|field| field.parse::<u64>().unwrap())
        .sum();
    Duration::from_millis(ticks * 10)
}

/// What a signer's key is, and the signer in the test PKI.
const SIGNERS: [(&str, &str); 4] = [
    ("P-256", "s001"),
    ("P-384", "ec384"),
    ("RSA-3072", "rsa3072"),
    ("RSA-4096", "rsa4096"),
];

const TIMES: u32 = 400;
const PEER_TIMES: usize = 20;
const ROUNDS: usize = 5;
