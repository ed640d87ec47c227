//! The figures of judging in benches/README.md: one signature, and up to fifty on one joint copy.
//!
//! `cargo bench --bench validation` prints; nothing here passes or fails. With `-- --peers` it ends after
//! the first table, which has pyHanko's figures for the same files. Certificates and keys come from
//! tests/judges/pki.py, whose Python environment tests/run makes.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures the machine, prints, and stops at the first surprise"
)]

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use divan::{Bencher, black_box};

use sigill::agreement::Sha256;
use sigill::pdf;
use sigill::signature::Anchors;
use sigill::validation::{
    Indication, Input, Integrity, Issued, IssuedCopy, IssuedSeat, Policy, State, Supplied, Verdict,
    examine,
};

mod support;

use support::{NOW, Place, cpu_of_thread, milliseconds, python, root, sign};

/// The program's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

static DESK: LazyLock<Desk> = LazyLock::new(Desk::new);

fn main() {
    signatures_in_memory();
    if !std::env::args().any(|argument| argument == "--peers") {
        divan::main();
    }
}

/// Prints CPU time of judging, and of pyHanko on the same file.
fn signatures_in_memory() {
    println!(
        "{:<52} {:>9} {:>9} {:>10}",
        "judging in memory, signatures B-B with chains", "CPU", "pyHanko", "ratio"
    );
    let one = DESK.signed_bilateral();
    report("bilateral copy, one signature", &one);
    for count in COUNTS {
        let joint = DESK.signed_joint(count);
        report(&format!("joint copy, {count} signatures"), &joint);
    }
    println!();
}

fn report(what: &str, copy: &Copy) {
    let verdict = DESK.judge(copy);
    assert_eq!(verdict.integrity, Integrity::Ok);
    assert!(verdict.conclusion.indication != Indication::TotalFailed);
    let times = TIMES / u32::try_from(verdict.signatures.len()).unwrap().max(1) + 1;
    let before = cpu_of_thread();
    for _ in 0..times {
        black_box(DESK.judge(black_box(copy)));
    }
    let cpu = (cpu_of_thread() - before) / times;
    let peer = DESK.by_pyhanko(copy);
    println!(
        "{what:<52} {:>6.2} ms {:>6.0} ms {:>8.0} x",
        milliseconds(cpu),
        milliseconds(peer),
        peer.as_secs_f64() / cpu.as_secs_f64()
    );
}

/// Judging as the office that issued the copy.
#[divan::bench(args = [1, 10, 20, 40, 50])]
fn on_a_joint_copy(bencher: Bencher<'_, '_>, signatures: usize) {
    let copy = DESK.signed_joint(signatures);
    bencher.bench_local(|| DESK.judge(black_box(&copy)));
}

/// Judging as somebody who knows nothing of the copy.
#[divan::bench(args = [1, 10, 20, 40, 50])]
fn on_a_foreign_copy(bencher: Bencher<'_, '_>, signatures: usize) {
    let copy = DESK.signed_joint(signatures);
    bencher.bench_local(|| DESK.judge_as(black_box(&copy), Issued::NotAsked));
}

/// Reading alone: revisions, objects and signatures.
#[divan::bench(args = [1, 50])]
fn part_read(bencher: Bencher<'_, '_>, signatures: usize) {
    let copy = DESK.signed_joint(signatures);
    bencher.bench_local(|| {
        let history = pdf::History::read(black_box(&copy.bytes)).unwrap();
        history.newest().signatures().unwrap().len()
    });
}

/// Hashing alone.
#[divan::bench]
fn part_hash(bencher: Bencher<'_, '_>) {
    let copy = DESK.signed_joint(50);
    bencher.bench_local(|| Sha256::of(black_box(&copy.bytes)));
}

/// Whoever judges.
struct Desk {
    place: Place,
    anchors: Anchors,
    policy: Policy,
    supplied: Supplied,
    scratch: PathBuf,
}

/// A signed copy, and what the office knows of it.
struct Copy {
    bytes: Vec<u8>,
    issued: IssuedCopy,
}

impl Desk {
    fn new() -> Self {
        let place = Place::new("bench-validation");
        let root = fs::read(place.pki.join("trust/root.pem")).unwrap();
        let scratch = place.office.with_extension("judged");
        fs::create_dir_all(&scratch).unwrap();
        Self {
            anchors: Anchors::from_pem([root]).unwrap(),
            policy: Policy::default(),
            supplied: Supplied::default(),
            scratch,
            place,
        }
    }

    fn signed_bilateral(&self) -> Copy {
        let base = self.place.bilateral();
        let tail = sign(&base, "1443-chair", &mut self.place.key("s001")).tail;
        let file = [base.as_slice(), &tail].concat();
        copy("familjecentral-1.0-b1443", &base, file)
    }

    /// The joint copy with so many signatures, each by a person of their own.
    fn signed_joint(&self, signatures: usize) -> Copy {
        let base = self.place.joint();
        let fields = pdf::signature_fields(&base).unwrap();
        let seats = fields.iter().filter(|field| field.name != SEAL);
        let mut file = base.clone();
        for (number, field) in (1..=signatures).zip(seats) {
            let mut key = self.place.key(&format!("s{number:03}"));
            let tail = sign(&file, &field.name, &mut key).tail;
            file.extend(tail);
        }
        copy("familjecentral-1.0-j", &base, file)
    }

    fn judge(&self, copy: &Copy) -> Verdict {
        self.judge_as(copy, Issued::Copy(&copy.issued))
    }

    fn judge_as(&self, copy: &Copy, issued: Issued<'_>) -> Verdict {
        let input = Input {
            issued,
            parties: &[],
            confirmed: &[],
            identifier_key: None,
            anchors: &self.anchors,
            supplied: &self.supplied,
            policy: &self.policy,
            at: *NOW,
        };
        examine(&copy.bytes, &input)
    }

    /// Returns the CPU time of judging by pyHanko, its start aside.
    fn by_pyhanko(&self, copy: &Copy) -> Duration {
        let file = self.scratch.join("copy.pdf");
        fs::write(&file, &copy.bytes).unwrap();
        let output = python()
            .arg(root().join("benches/peers/verify_pyhanko.py"))
            .arg(self.place.pki.join("trust/root.pem"))
            .arg(file)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        Duration::from_secs_f64(text.trim().parse().unwrap())
    }
}

fn copy(name: &str, base: &[u8], bytes: Vec<u8>) -> Copy {
    let state = State {
        digest: Sha256::of(base),
        size_bytes: base.len(),
    };
    let fields = pdf::signature_fields(base).unwrap();
    let seats = fields.iter().filter(|field| field.name != SEAL);
    let issued = IssuedCopy {
        copy: name.parse().unwrap(),
        base: state,
        states: vec![state],
        newest: vec![state.digest],
        is_voided: false,
        seats: seats
            .map(|field| IssuedSeat {
                id: field.name.parse().unwrap(),
                admitted: None,
            })
            .collect(),
        seal_field: SEAL.to_owned(),
        seal: None,
    };
    Copy { bytes, issued }
}

const COUNTS: [usize; 5] = [1, 10, 20, 40, 50];
const SEAL: &str = "seal";
const TIMES: u32 = 200;
