//! Every byte of a small archived copy flipped, and every truncation: nothing goes unnoticed.

use std::collections::BTreeSet;

use super::attacks::desk::Desk;
use super::attacks::stage::{Stage, stage};
use super::attacks::{codes, word};
use crate::validation::{IdentityAnswer, Indication, Integrity, Verdict};

/// What of a verdict a change must change.
#[derive(Debug, Eq, PartialEq)]
struct Answers {
    integrity: Integrity,
    identity: IdentityAnswer,
    indication: Indication,
    codes: Vec<&'static str>,
}

impl Answers {
    fn of(verdict: &Verdict) -> Self {
        Self {
            integrity: verdict.integrity,
            identity: verdict.identity.answer,
            indication: verdict.conclusion.indication,
            codes: codes(verdict),
        }
    }
}

#[test]
fn no_flipped_bit_goes_unnoticed() {
    let stage = stage();
    let desk = desk(stage);
    let file = &stage.archived;
    let clean = Answers::of(&desk.judge(file));
    assert_eq!(clean.indication, Indication::TotalPassed, "{clean:?}");
    let work: Vec<_> = chosen(file.len(), FLIPS)
        .into_iter()
        .flat_map(|at| [(at, 0x01), (at, 0x20)])
        .collect();
    let unnoticed = in_parallel(&work, |(at, bit)| {
        let mut flipped = file.clone();
        flipped[*at] ^= bit;
        let verdict = desk.judge(&flipped);
        let found = Answers::of(&verdict);
        let is_told = found != clean
            && (verdict.conclusion.indication != Indication::TotalPassed
                || found.codes.iter().any(|code| !clean.codes.contains(code)));
        let is_worse =
            verdict.integrity != Integrity::Ok || verdict.identity.answer != IdentityAnswer::Newest;
        (!is_told || !is_worse).then(|| format!("byte {at}, bit {bit:#x}: {found:?}"))
    });
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

/// A file that is cut at the end of a revision is an older state; cut elsewhere it is broken.
#[test]
fn no_truncation_goes_unnoticed() {
    let stage = stage();
    let desk = desk(stage);
    let file = &stage.archived;
    let ends = BTreeSet::from([&stage.base, &stage.stamped, &stage.kept].map(Vec::len));
    let mut work = chosen(file.len(), CUTS);
    // Around the end of each revision every place.
    work.extend(ends.iter().flat_map(|end| end - 4..end + 4));
    work.retain(|at| *at < file.len());
    work.sort_unstable();
    work.dedup();
    let unnoticed = in_parallel(&work, |at| {
        let verdict = desk.judge(&file[..*at]);
        let is_older = verdict.identity.answer == IdentityAnswer::OlderThanKnown;
        let is_refused = verdict.conclusion.indication != Indication::TotalPassed;
        let is_well = if ends.contains(at) {
            is_older && is_refused
        } else {
            is_refused && !(is_older || verdict.identity.answer == IdentityAnswer::Newest)
        };
        let found = (word(verdict.integrity), word(verdict.identity.answer));
        (!is_well).then(|| format!("cut at {at}: {found:?}"))
    });
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

fn desk(stage: &Stage) -> Desk {
    let later = [&stage.stamped, &stage.kept, &stage.archived].map(Vec::as_slice);
    Desk::new(stage, &stage.base, &later).with_lists(stage.lists())
}

/// Every place in a long run; otherwise as many as this, spread evenly, with every place near an end.
fn chosen(length: usize, count: usize) -> Vec<usize> {
    if is_long() {
        return (0..length).collect();
    }
    let step = length.div_ceil(count);
    // Of each stretch one place, not always the first.
    let mut places: Vec<_> = (0..length)
        .step_by(step)
        .zip(0_usize..)
        .collect::<Vec<_>>()
        .into_iter()
        .map(|(start, number)| (start + number * 7 % step).min(length - 1))
        .collect();
    places.extend(length.saturating_sub(40)..length);
    places.sort_unstable();
    places.dedup();
    places
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests/run --long asks for all of it by an environment variable"
)]
fn is_long() -> bool {
    std::env::var_os("SIGILL_LONG").is_some()
}

/// Asks of each, on two threads, and returns what was wrong, in order.
fn in_parallel<T: Sync>(work: &[T], ask: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let (first, second) = work.split_at(work.len() / 2);
    let run = |part: &[T]| part.iter().filter_map(&ask).collect::<Vec<_>>();
    std::thread::scope(|scope| {
        let other = scope.spawn(|| run(second));
        let mut wrong = run(first);
        wrong.extend(other.join().unwrap());
        wrong
    })
}

const FLIPS: usize = 1_500;
const CUTS: usize = 2_000;
