//! Whether the entries that name a party are what the party holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde::Serialize;

use crate::agreement::{CopyId, PartyCode, SeatId, Sha256};
use crate::journeys::Error;
use crate::journeys::handed_in::{Content, HandedIn};
use crate::journeys::judge::states;
use crate::register::{Entry, Event, ReceivedPlace, Standing, Tally};

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "what")]
pub enum Mismatch {
    /// A file begins with what an entry names and goes on: the rest is in no entry.
    GoesOn {
        /// The file.
        file: String,
        /// Its digest.
        digest: Sha256,
        /// The newest entry that names a state it begins with.
        seq: u64,
    },
    /// An entry says that a seat of the party was signed, and the party holds no such file.
    Lacks {
        /// The entry.
        seq: u64,
        /// The copy.
        copy: CopyId,
        /// The seat.
        seat: SeatId,
        /// The file that the entry names.
        digest: Sha256,
    },
    /// No entry names a file, nor anything that it begins with.
    NotNamed {
        /// The file.
        file: String,
        /// Its digest.
        digest: Sha256,
    },
}

/// A file that the party holds.
#[derive(Debug)]
pub(super) struct HeldFile {
    name: String,
    digest: Sha256,
    /// The digests of the states that it consists of, oldest first.
    states: Vec<Sha256>,
}

/// Reads the party's own files: of a folder or zip every PDF in it.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<HeldFile>, Error> {
    let handed_in = HandedIn::find(paths);
    if let Some((_, error)) = handed_in.unreadable.into_iter().next() {
        return Err(error);
    }
    let mut held = Vec::new();
    let mut hold = |name: String, bytes: &[u8]| {
        held.push(HeldFile {
            name,
            digest: Sha256::of(bytes),
            states: states(bytes)
                .into_iter()
                .map(|(_, digest)| digest)
                .collect(),
        });
    };
    for found in handed_in.found {
        let name = found.name();
        match found.read()? {
            Content::File(bytes) => hold(name, &bytes),
            Content::Zip(members) => {
                for (path, bytes) in members {
                    hold(format!("{name}:{path}"), &bytes);
                }
            }
        }
    }
    Ok(held)
}

/// Compares entries with what the party holds.
pub(super) fn compare(
    entries: &[Entry],
    tally: &Tally,
    party: &PartyCode,
    held: &[HeldFile],
) -> Vec<Mismatch> {
    let mut mismatches = Vec::new();
    let at_hand: BTreeSet<Sha256> = held
        .iter()
        .flat_map(|file| file.states.iter().copied().chain([file.digest]))
        .collect();
    let mut named: BTreeMap<Sha256, u64> = BTreeMap::new();
    for entry in entries {
        for digest in entry.event.documents() {
            named.insert(digest, entry.seq);
        }
        for (copy, seat, digest) in signed(&entry.event) {
            let counts = tally.copies.get(copy).is_none_or(|copy| copy.is_live());
            if seat.is_of(party) && counts && !at_hand.contains(&digest) {
                mismatches.push(Mismatch::Lacks {
                    seq: entry.seq,
                    copy: copy.clone(),
                    seat: seat.clone(),
                    digest,
                });
            }
        }
    }
    // A state that lies inside a file which an entry names was passed over when that one came.
    let inside: BTreeSet<Sha256> = held
        .iter()
        .filter(|file| named.contains_key(&file.digest))
        .flat_map(|file| file.states.iter().copied())
        .collect();
    for file in held {
        let (name, digest) = (file.name.clone(), file.digest);
        if named.contains_key(&digest) || inside.contains(&digest) {
            continue;
        }
        let newest = file
            .states
            .iter()
            .filter_map(|state| named.get(state))
            .max();
        mismatches.push(match newest {
            Some(&seq) => Mismatch::GoesOn {
                file: name,
                digest,
                seq,
            },
            None => Mismatch::NotNamed { file: name, digest },
        });
    }
    mismatches
}

/// Returns the seats that an event says were signed, with the file that shows it.
fn signed(event: &Event) -> Vec<(&CopyId, &SeatId, Sha256)> {
    match event {
        Event::Signed(it) => vec![(&it.copy, &it.seat, it.head_after)],
        Event::Received(it) if matches!(it.place, ReceivedPlace::Newer | ReceivedPlace::Fork) => {
            let seats = it.seats.iter();
            let sound = seats.filter(|seat| seat.standing != Standing::Refused);
            let copy = it.copy.iter();
            copy.flat_map(|copy| sound.clone().map(move |seat| (copy, &seat.seat, it.file)))
                .collect()
        }
        _ => Vec::new(),
    }
}
