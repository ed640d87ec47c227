//! What the keys of an entry's body are, and how they are named on the command line.

use crate::register::Event;

/// Tells whether a key says what an entry is about, so that another value makes it another entry.
pub(super) fn is_fixed(event: &Event, path: &[String]) -> bool {
    let keys: Vec<&str> = path.iter().skip(1).map(String::as_str).collect();
    if let (Event::Answered(_), ["clauses"] | ["clauses", _] | ["clauses", _, "clause"]) =
        (event, keys.as_slice())
    {
        return true;
    }
    let [key] = keys.as_slice() else {
        return false;
    };
    match event {
        Event::Answered(_) => ["by", "consultation"].contains(key),
        Event::Authorised(_) | Event::PartyChanged(_) => *key == "party",
        Event::Considered(_) => ["answer", "clause"].contains(key),
        Event::Inked(_) => *key == "copy",
        Event::Notified(_) => ["party", "to", "version"].contains(key),
        Event::Relieved(_) => ["authorised", "party", "person"].contains(key),
        Event::Settled(_) => ["decision", "party"].contains(key),
        _ => false,
    }
}

/// Keys whose values are words that can be erased.
pub(super) const WORDS: [&str; 7] = [
    "comment",
    "condition",
    "dissent",
    "general",
    "person",
    "reason",
    "witness",
];
/// Keys whose values are documents; given as files.
pub(super) const FILES: [&str; 3] = ["document", "extract", "scan"];
/// Options of a resolution, and their keys.
pub(super) const MINUTES: [(&str, &str); 8] = [
    ("announced", "announced_on"),
    ("appeal-until", "appeal_until"),
    ("approved", "approved_on"),
    ("body", "body"),
    ("diary", "diary_number"),
    ("extract", "extract"),
    ("met", "met_on"),
    ("section", "section"),
];
/// Options of a person who may sign, and their keys; where an entry has one person.
pub(super) const PERSON: [(&str, &str); 4] = [
    ("from", "from"),
    ("name", "person"),
    ("role", "role"),
    ("to", "to"),
];
/// Other options, and their keys.
pub(super) const OPTIONS: [(&str, &str); 7] = [
    ("allowed-to", "allowed_to"),
    ("held-by", "held_by"),
    ("last-day", "last_day"),
    ("received", "received_on"),
    ("report-by", "report_by"),
    ("resolved", "is_resolved"),
    ("signed", "signed_on"),
];
