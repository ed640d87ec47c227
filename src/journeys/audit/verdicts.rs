//! Verdicts: what was found in received files is what is found in them now.
//!
//! Each is judged as of the instant at which it was entered, with what the register said then. Anchors and
//! parties are today's, and nobody is asked: what follows from these is a warning. Integrity follows from the
//! file alone.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Audited, Finding, Part};

use crate::agreement::Sha256;
use crate::journeys::judge::{Judge, Terms};
use crate::journeys::{Error, Office};
use crate::register::{Entry, Event, Received, Tally};

/// Judges every received file again whose document and verdict are there.
pub(super) async fn look(
    office: &Office,
    entries: &[Entry],
    audited: &mut Audited,
    tell: &mut impl FnMut(Part, usize, usize),
) -> Result<(), Error> {
    let received: Vec<(usize, &Entry, &Received)> = entries
        .iter()
        .enumerate()
        .filter_map(|(place, entry)| match &entry.event {
            Event::Received(received) => Some((place, entry, received)),
            _ => None,
        })
        .collect();
    if received.is_empty() {
        return Ok(());
    }
    let mut judge = match Judge::open(Some(office), &Terms::default()).await {
        Ok(judge) => judge,
        Err(error) => {
            let problem = error.to_string();
            audited
                .findings
                .push(Finding::VerdictsNotJudged { problem });
            return Ok(());
        }
    };
    let documents = office.documents()?;
    // The same file is entered again when it is judged otherwise: the last one is what holds.
    let last: BTreeMap<Sha256, u64> = received
        .iter()
        .map(|(_, entry, received)| (received.file, entry.seq))
        .collect();
    let of = received.len();
    for (done, (place, entry, received)) in received.into_iter().enumerate() {
        tell(Part::Verdicts, done, of);
        // What is missing or damaged was told before, and what is erased is gone.
        let (Ok(bytes), Ok(kept)) = (
            documents.get(received.file).await,
            documents.get(received.verdict).await,
        ) else {
            continue;
        };
        let told = |part: &str, before: String, now: String, is_integrity| Finding::Verdict {
            seq: entry.seq,
            file: received.file,
            part: part.to_owned(),
            before,
            now,
            is_integrity,
        };
        let Ok(kept) = serde_json::from_slice::<Value>(&kept) else {
            let finding = told("/", "a verdict".to_owned(), "unreadable".to_owned(), true);
            audited.findings.push(finding);
            continue;
        };
        let entered = serde_json::to_value(received.conclusion)?;
        let says = at(&kept, "/conclusion/indication");
        if shown(&entered) != says || at(&kept, "/sha256") != received.file.to_string() {
            let finding = told("/conclusion/indication", shown(&entered), says, true);
            audited.findings.push(finding);
        }
        let before = entries.get(..place).unwrap_or_default();
        let back = judge.go_back(entry.at, Tally::fold(before)).await;
        let judged = match back {
            Ok(()) => judge.judge(&bytes).await,
            Err(error) => Err(error),
        };
        let judged = match judged {
            Ok(judged) => serde_json::to_value(&judged.verdict)?,
            Err(error) => {
                let problem = error.to_string();
                audited
                    .findings
                    .push(Finding::VerdictsNotJudged { problem });
                continue;
            }
        };
        audited.judged = audited.judged.saturating_add(1);
        let is_last = last.get(&received.file) == Some(&entry.seq);
        if let Some((part, before, now, is_integrity)) = difference(&kept, &judged)
            && (is_integrity || is_last)
        {
            audited
                .findings
                .push(told(&part, before, now, is_integrity));
        }
    }
    tell(Part::Verdicts, of, of);
    Ok(())
}

/// Returns the weightiest difference between two verdicts: its part, both values, whether it is of integrity.
fn difference(kept: &Value, judged: &Value) -> Option<(String, String, String, bool)> {
    let count = |verdict: &Value| {
        let signatures = verdict.pointer("/signatures").and_then(Value::as_array);
        signatures.map_or(0, Vec::len)
    };
    if count(kept) != count(judged) {
        let (before, now) = (count(kept).to_string(), count(judged).to_string());
        return Some(("/signatures".to_owned(), before, now, true));
    }
    let mut parts = vec![("/integrity".to_owned(), true)];
    for place in 0..count(kept) {
        parts.push((format!("/signatures/{place}/integrity"), true));
        parts.push((format!("/signatures/{place}/certificate/sha256"), true));
    }
    parts.push(("/conclusion/indication".to_owned(), false));
    for place in 0..count(kept) {
        parts.push((format!("/signatures/{place}/conclusion/indication"), false));
        parts.push((format!("/signatures/{place}/signatory/counts"), false));
    }
    parts.into_iter().find_map(|(part, is_integrity)| {
        let (before, now) = (at(kept, &part), at(judged, &part));
        (before != now).then_some((part, before, now, is_integrity))
    })
}

fn at(verdict: &Value, part: &str) -> String {
    verdict.pointer(part).map(shown).unwrap_or_default()
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
