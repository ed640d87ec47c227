//! Who must decide and sign a version, and why, in Swedish.

use std::collections::BTreeSet;

use super::act::line;
use super::style::{WARN, say, shown};
use crate::agreement::{AgreementId, Relation, VersionNumber};
use crate::register::{Again, AskedParty, AskedWhy, Changes, ClauseFate};

/// Prints who must decide and sign a version, and why.
pub(super) fn print(again: &Again, agreement: &AgreementId, version: VersionNumber) {
    let count = parties(again.parties.len());
    match &again.relation {
        None => say(&format!(
            "  {count} ska besluta och skriva under: {agreement} {version} ersätter ingenting"
        )),
        Some(Relation::Replaces { version: earlier }) => {
            say(&format!(
                "  {count} ska besluta och skriva under på nytt: {agreement} {version} ersätter {earlier}"
            ));
            line(
                "varför",
                &format!("en underskrift på {earlier} gäller inte för {version}"),
            );
            print_changes(&again.changes);
            print_parties(again, *earlier);
            let waits = |it: &AskedParty| it.why == AskedWhy::NotYetBound;
            let mut binding = binding(again);
            if binding.is_empty() && again.parties.iter().any(waits) {
                binding.push(*earlier);
            }
            for version in binding {
                line(
                    "till dess",
                    &format!("gäller {version} för den som är bunden av den"),
                );
            }
        }
        Some(Relation::Amends {
            agreement: other,
            version: earlier,
        }) => {
            say(&format!(
                "  {count} ska besluta och skriva under: {agreement} {version} ändrar {other} {earlier}"
            ));
            line(
                "varför",
                &format!("en underskrift på {other} {earlier} gäller inte för tillägget"),
            );
            print_amended(&again.changes);
            print_earlier_own(again, agreement, version);
            print_parties(again, *earlier);
            line(
                "rörs inte",
                &format!(
                    "{}: underskrifterna på {other} {earlier} står fast för alla",
                    parties(again.untouched.len())
                ),
            );
        }
        Some(Relation::Under {
            agreement: other,
            version: earlier,
        }) => {
            say(&format!(
                "  {count} ska besluta och skriva under: {agreement} {version} sluts under {other} {earlier}"
            ));
            print_earlier_own(again, agreement, version);
            print_parties(again, *earlier);
        }
    }
    if let Some(Relation::Replaces { version: earlier }) = &again.relation {
        if !again.untouched.is_empty() {
            let codes: Vec<&str> = again.untouched.iter().map(|code| code.as_str()).collect();
            line(
                "inte längre",
                &format!(
                    "part i {version}: {}; {earlier} gäller för dem som förut",
                    codes.join(", ")
                ),
            );
        }
        for child in &again.children {
            line(
                "se över",
                &format!(
                    "{} {}, under {}",
                    child.agreement, child.version, child.under
                ),
            );
        }
    }
}

/// Prints which clauses an amendment changes.
fn print_amended(changes: &Changes) {
    if changes.is_known && changes.clauses.is_empty() {
        line("", "vilka paragrafer som ändras står inte i [amended]");
    } else {
        print_changes(changes);
    }
}

/// Prints that an earlier version of an amendment or an accord is another one, and what differs.
fn print_earlier_own(again: &Again, agreement: &AgreementId, version: VersionNumber) {
    if let Some(own) = &again.earlier_own {
        let earlier = own.version;
        line(
            "varför",
            &format!("en underskrift på {agreement} {earlier} gäller inte för {version}"),
        );
        print_changes(&own.changes);
    }
}

fn print_changes(changes: &Changes) {
    if !changes.is_known {
        say(&format!(
            "  {WARN}obs{WARN:#}  texterna kunde inte jämföras; se efter vad som skiljer dem"
        ));
        return;
    }
    for clause in &changes.clauses {
        let word = match clause.change {
            ClauseFate::Amended => "ändras",
            ClauseFate::Changed => "ändrad",
            ClauseFate::Gone => "borttagen",
            ClauseFate::Moved => "flyttad",
            ClauseFate::New => "ny",
        };
        line(word, &shown(&clause.heading));
    }
    if !changes.settings.is_empty() {
        line(
            "villkor",
            &format!("version.toml: {}", changes.settings.join(", ")),
        );
    }
    let words = (changes.inserted_words, changes.deleted_words);
    let is_whole = |fate| changes.clauses.iter().any(|clause| clause.change == fate);
    match words {
        (0, 0) if changes.clauses.is_empty() && changes.settings.is_empty() => {
            line("", "ingen paragraf är ändrad");
        }
        (0, 0) => {}
        (inserted, deleted) => line("", &format!("{inserted} ord insatta, {deleted} borttagna")),
    }
    let is_small = words.0.max(words.1) <= FEW_WORDS && words != (0, 0);
    if is_small
        && changes.settings.is_empty()
        && !is_whole(ClauseFate::New)
        && !is_whole(ClauseFate::Gone)
    {
        line("", "också en rättelse skrivs under på nytt");
    }
}

/// Returns the versions that bind parties which are asked.
fn binding(again: &Again) -> Vec<VersionNumber> {
    let parties = again.parties.iter();
    let versions = parties.filter_map(|party| match party.why {
        AskedWhy::Bound { version, .. } => Some(version),
        AskedWhy::Ended { .. } | AskedWhy::First | AskedWhy::NotParty | AskedWhy::NotYetBound => {
            None
        }
    });
    let versions: BTreeSet<VersionNumber> = versions.collect();
    versions.into_iter().collect()
}

/// Prints the parties by why they are asked; `earlier` is the version that this stands to.
fn print_parties(again: &Again, earlier: VersionNumber) {
    let of = |wanted: &dyn Fn(AskedWhy) -> bool| -> Vec<&AskedParty> {
        let parties = again.parties.iter();
        parties.filter(|party| wanted(party.why)).collect()
    };
    for by in binding(again) {
        let group = of(&|why| matches!(why, AskedWhy::Bound { version, .. } if version == by));
        let names = names(&group);
        let is_earlier = by == earlier;
        let text = if is_earlier {
            names
        } else {
            format!("av {by}: {names}")
        };
        line("bundna", &text);
    }
    let has_ended = |notice: bool| {
        of(&|why| matches!(why, AskedWhy::Ended { by_notice, .. } if by_notice == notice))
    };
    let groups = [
        ("uppsagt för", has_ended(true)),
        ("löpt ut för", has_ended(false)),
        ("ej bundna", of(&|why| why == AskedWhy::NotYetBound)),
        ("nya parter", of(&|why| why == AskedWhy::NotParty)),
    ];
    for (word, group) in groups {
        if !group.is_empty() {
            line(word, &names(&group));
        }
    }
    let mut bodies: Vec<&str> = again
        .parties
        .iter()
        .filter_map(|party| Some(party.decides.as_ref()?.as_str()))
        .collect();
    bodies.sort_unstable();
    bodies.dedup();
    if !bodies.is_empty() {
        line("beslutar", &bodies.join(", "));
    }
    let several = again.parties.iter().filter(|party| party.copies > 1);
    for party in several {
        line(
            "exemplar",
            &format!(
                "{} {} skriver under {}",
                party.party,
                shown(&party.name),
                party.copies
            ),
        );
    }
}

/// Returns parties by code and name; many are counted.
fn names(parties: &[&AskedParty]) -> String {
    let more = parties.len().saturating_sub(NAMES);
    let names: Vec<String> = parties
        .iter()
        .take(NAMES)
        .map(|party| format!("{} {}", party.party, shown(&party.name)))
        .collect();
    match more {
        0 => names.join(", "),
        more => format!("{} och {more} till", names.join(", ")),
    }
}

fn parties(count: usize) -> String {
    match count {
        1 => "1 part".to_owned(),
        count => format!("{count} parter"),
    }
}

/// More names than these are counted.
const NAMES: usize = 8;
/// A change of no more words may be a correction.
const FEW_WORDS: usize = 10;
