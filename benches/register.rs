//! The figures of the register in benches/README.md: appends, and a register of a million entries.
//!
//! `cargo bench --bench register` prints; nothing here passes or fails. The register of a million entries
//! is made once, in the target folder, which takes a minute or two; `ENTRIES=10000` makes a smaller one.

#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench measures the machine, prints, and stops at the first surprise"
)]

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sigill::agreement::Sha256;
use sigill::register::{Commitment, Event, Frontier, Receipt, Settled, leaf_hash};
use sigill::store::{Draft, Pins, Store};

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        appends().await;
        large().await;
    });
}

/// Durable entries, one per transaction.
async fn appends() {
    let office = fresh("bench-appends");
    let mut store = open(&office).await;
    let begun = Clock::start();
    let count = 3_000_u32;
    for number in 0..count {
        store.records.append(vec![draft(number)]).await.unwrap();
    }
    let taken = begun.taken();
    let rate = f64::from(count) / taken.wall.as_secs_f64();
    told("append one durable entry", taken / count);
    println!(
        "{:<58} {rate:>9.0}/s",
        "durable entries, one per transaction"
    );
    println!(
        "{:<58} {:>9.0}/s",
        "this disk: write and sync 4 KB",
        syncs(&office)
    );
}

/// A register that is opened, proved and read.
async fn large() {
    let entries = std::env::var("ENTRIES").ok();
    let entries: u64 = entries.map_or(1_000_000, |entries| entries.parse().unwrap());
    let office = place(&format!("bench-register-{entries}"));
    grow(&office, entries).await;

    let mut store = best("open for reading", 20, async || read(&office).await).await;
    let size = store.records.size().await.unwrap();
    println!("{:<58} {size:>9}", "entries");
    drop(best("open for writing", 20, async || open(&office).await).await);
    let avtal = "avtal-7".parse().unwrap();
    let of_one = async |store: &mut Store| store.records.entries(Some(&avtal)).await.unwrap();
    let begun = Clock::start();
    let found = of_one(&mut store).await.len();
    told(
        &format!("{found} entries of one agreement, proved"),
        begun.taken(),
    );

    let key = store.records.public_key().await.unwrap().unwrap();
    let receipt = {
        let mut at = 0;
        let begun = Clock::start();
        let mut last = None;
        for _ in 0..100 {
            at = (at + 7_919 * 127) % size;
            last = Some(store.records.receipt(at).await.unwrap());
        }
        told("make a receipt", begun.taken() / 100);
        last.unwrap()
    };
    let text = receipt.to_text();
    let begun = Clock::start();
    for _ in 0..100 {
        Receipt::parse(text.as_bytes())
            .unwrap()
            .check(&key)
            .unwrap();
    }
    told("read and check a receipt", begun.taken() / 100);
    let begun = Clock::start();
    store.records.consistency(size / 3).await.unwrap();
    told("make a consistency proof", begun.taken());

    let all = store.records.entry_bytes(0..size).await.unwrap();
    let begun = Clock::start();
    let mut frontier = Frontier::empty();
    for bytes in &all {
        frontier.push(leaf_hash(bytes));
    }
    told("leaf and tree hashes of all, in memory", begun.taken());
    drop(all);
    let begun = Clock::start();
    let head = store.records.verify_tree(&mut |_| {}).await.unwrap();
    told(
        "leaf and tree hashes of all, verified from disk",
        begun.taken(),
    );
    assert_eq!(head, frontier.head());
    let begun = Clock::start();
    store.records.verify(&mut |_| {}).await.unwrap();
    told("the same, and every entry's form", begun.taken());
}

/// Makes the register unless it is there.
async fn grow(office: &Path, entries: u64) {
    fs::create_dir_all(office).unwrap();
    let mut store = open(office).await;
    let begun = Clock::start();
    let mut number = 0_u32;
    loop {
        let left = entries.saturating_sub(store.records.size().await.unwrap());
        if left == 0 {
            break;
        }
        let batch = (0..left.min(10_000)).map(|_| {
            number = number.wrapping_add(1);
            draft(number)
        });
        store.records.append(batch.collect()).await.unwrap();
    }
    told("(made the register)", begun.taken());
}

fn draft(number: u32) -> Draft {
    let settled = Settled {
        decision: 1,
        is_resolved: true,
        party: "1443".parse().unwrap(),
        reason: Commitment {
            commitment: Sha256::of(&number.to_be_bytes()),
        },
    };
    Draft {
        actor: "registrator".parse().unwrap(),
        // A thousand agreements, each with a thousandth of the entries, all mixed.
        agreement: Some(format!("avtal-{}", number % 1_000).parse().unwrap()),
        event: Event::Settled(settled),
    }
}

async fn open(office: &Path) -> Store {
    let actor = "registrator".parse().unwrap();
    Store::write(office, &actor, &pins(office)).await.unwrap()
}

async fn read(office: &Path) -> Store {
    Store::read(office, &pins(office)).await.unwrap().unwrap()
}

fn pins(office: &Path) -> Pins {
    Pins::in_folder(&office.join("pins"))
}

fn place(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

fn fresh(name: &str) -> PathBuf {
    let place = place(name);
    let _absent = fs::remove_dir_all(&place);
    fs::create_dir_all(&place).unwrap();
    place
}

/// Prints the shortest of several runs, and returns the last one's result.
async fn best<T>(what: &str, runs: u32, mut work: impl AsyncFnMut() -> T) -> T {
    let mut shortest: Option<Taken> = None;
    let mut result = None;
    for _ in 0..runs {
        drop(result.take());
        let begun = Clock::start();
        result = Some(work().await);
        let taken = begun.taken();
        shortest = Some(shortest.map_or(
            taken,
            |best| if taken.wall < best.wall { taken } else { best },
        ));
    }
    told(what, shortest.unwrap());
    result.unwrap()
}

/// What the disk can do at best, to compare with.
fn syncs(folder: &Path) -> f64 {
    use std::io::Write as _;
    let mut file = fs::File::create(folder.join("probe")).unwrap();
    let begun = Clock::start();
    let count = 1_000;
    for _ in 0..count {
        file.write_all(&[0x5A; 4096]).unwrap();
        file.sync_data().unwrap();
    }
    f64::from(count) / begun.taken().wall.as_secs_f64()
}

fn told(what: &str, taken: Taken) {
    let milliseconds = |time: Duration| time.as_secs_f64() * 1_000.0;
    println!(
        "{what:<58} {:>9.3} ms {:>9.3} ms CPU",
        milliseconds(taken.wall),
        milliseconds(taken.cpu)
    );
}

/// Time on the wall, and of all threads of this process.
struct Clock(Instant, Duration);

#[derive(Clone, Copy)]
struct Taken {
    wall: Duration,
    cpu: Duration,
}

impl Clock {
    fn start() -> Self {
        Self(Instant::now(), cpu())
    }

    fn taken(&self) -> Taken {
        Taken {
            wall: self.0.elapsed(),
            cpu: cpu().saturating_sub(self.1),
        }
    }
}

impl std::ops::Div<u32> for Taken {
    type Output = Self;

    fn div(self, by: u32) -> Self {
        Self {
            wall: self.wall / by,
            cpu: self.cpu / by,
        }
    }
}

/// proc(5): schedstat's first number is the time on a processor, in nanoseconds.
fn cpu() -> Duration {
    let tasks = fs::read_dir("/proc/self/task").unwrap();
    let nanoseconds = tasks.filter_map(|task| {
        let stat = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        stat.split(' ').next()?.parse::<u64>().ok()
    });
    Duration::from_nanos(nanoseconds.sum())
}
