//! The office's side: cosigned checkpoints are collected, checked and kept.

use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::WitnessError;
use super::source::{CHECKPOINT, COSIGNATURES, MAX_NOTE_BYTES, Source};
use crate::journeys::receipt::{self, RegisterKey, WitnessedAt};
use crate::journeys::{Error, Office};
use crate::register::{Cosignature, TreeHead, cosignatures, open_checkpoint, read_checkpoint};
use crate::store::{Store, files_below, is_file, read_limited};

/// What became of one note that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Collected {
    /// The file or address.
    pub place: String,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a note.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Outcome {
    /// It is kept.
    Kept {
        /// How many entries it speaks of.
        entries: u64,
        /// Who cosigned, and when.
        witnesses: Vec<WitnessedAt>,
    },
    /// The register signed it, and it is of another register than this: somebody has another history.
    OtherHistory {
        /// How many entries it speaks of.
        entries: u64,
        /// How many this register has.
        own: u64,
    },
    /// It is no checkpoint of this register.
    NotOurs {
        /// What is wrong with it.
        problem: String,
    },
    /// No witness of the settings cosigned it.
    Unknown {
        /// How many entries it speaks of.
        entries: u64,
    },
}

/// How far the register is witnessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// How many entries the register has.
    pub entries: u64,
    /// How many entries the newest cosigned checkpoint speaks of; `None` without one.
    pub witnessed: Option<u64>,
    /// How many witnesses must cosign.
    pub needed: usize,
    /// The witnesses of the settings.
    pub witnesses: Vec<WitnessLine>,
}

/// One witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WitnessLine {
    /// Its name.
    pub name: String,
    /// When it cosigned the newest cosigned checkpoint, UTC in whole seconds; `None` where it did not.
    pub at: Option<DateTime<Utc>>,
}

impl Standing {
    /// Tells whether enough witnesses cosigned the newest cosigned checkpoint.
    #[must_use]
    pub fn is_enough(&self) -> bool {
        let cosigned = self.witnesses.iter().filter(|witness| witness.at.is_some());
        self.witnessed.is_some() && cosigned.count() >= self.needed
    }
}

/// Collects cosigned checkpoints from files, folders and addresses. A folder that a register is published
/// in stands for what witnesses laid there.
///
/// # Errors
/// [`WitnessError::NoKeys`], or [`Error`] when a place cannot be read; a note that is not kept is told.
pub async fn collect(office: &Office, places: &[String]) -> Result<Vec<Collected>, Error> {
    let keys = &office.config.witnesses.keys;
    if keys.is_empty() {
        return Err(WitnessError::NoKeys.into());
    }
    let mut notes = Vec::new();
    for place in places {
        notes.extend(read(place).await?);
    }
    let mut store = office.write_store().await?;
    let key = receipt::key_of(&mut store).await?;
    let mut collected = Vec::new();
    for (place, note) in notes {
        let outcome = keep(office, &mut store, &key, keys, &note).await?;
        collected.push(Collected { place, outcome });
    }
    Ok(collected)
}

/// Tells who cosigned which checkpoint.
///
/// # Errors
/// [`WitnessError::NoRegister`], or what the register says.
pub async fn status(office: &Office) -> Result<Standing, Error> {
    let mut store = office.read_store().await?;
    let store = store.as_mut().ok_or(WitnessError::NoRegister)?;
    let settings = &office.config.witnesses;
    let key = receipt::key_of(store).await?;
    let (own, _) = receipt::newest(office, store, &key).await?;
    let note = store.records.cosigned().await?;
    let cosigned = note
        .as_deref()
        .map(|note| cosignatures(note, &settings.keys));
    let cosigned = cosigned.unwrap_or_default();
    let witnesses = settings.keys.iter().map(|key| {
        let name = key.split('+').next().unwrap_or_default().to_owned();
        let at = cosigned.iter().find(|known| known.name == name);
        let at = at.map(|known| known.at);
        WitnessLine { name, at }
    });
    let witnessed = note.as_deref().and_then(|note| read_checkpoint(note).ok());
    Ok(Standing {
        entries: own.head.size,
        witnessed: witnessed.map(|checkpoint| checkpoint.head.size),
        needed: settings.needed(),
        witnesses: witnesses.collect(),
    })
}

async fn keep(
    office: &Office,
    store: &mut Store,
    key: &RegisterKey,
    keys: &[String],
    note: &str,
) -> Result<Outcome, Error> {
    let found = match open_checkpoint(note, &key.key) {
        Ok(checkpoint) => checkpoint.head,
        Err(error) => {
            let problem = error.to_string();
            return Ok(Outcome::NotOurs { problem });
        }
    };
    let (own, _) = receipt::newest(office, store, key).await?;
    if !is_past(store, &found, &own.head).await? {
        let (entries, own) = (found.size, own.head.size);
        return Ok(Outcome::OtherHistory { entries, own });
    }
    let witnesses = cosignatures(note, keys);
    if witnesses.is_empty() {
        return Ok(Outcome::Unknown {
            entries: found.size,
        });
    }
    store.records.keep_cosigned(note).await?;
    let witnesses = witnesses.into_iter();
    Ok(Outcome::Kept {
        entries: found.size,
        witnesses: witnesses
            .map(|Cosignature { name, at }| WitnessedAt { name, at })
            .collect(),
    })
}

/// Tells whether the register was once what a checkpoint says.
async fn is_past(store: &mut Store, found: &TreeHead, own: &TreeHead) -> Result<bool, Error> {
    if found.size > own.size {
        return Ok(false);
    }
    Ok(store.records.head_at(found.size).await? == *found)
}

/// Returns the notes at a place, each with where it lies.
async fn read(place: &str) -> Result<Vec<(String, String)>, Error> {
    let missing = |file: &str, problem| WitnessError::Missing {
        place: place.to_owned(),
        file: file.to_owned(),
        problem,
    };
    if Source::is_web(place)
        && let Some((folder, file)) = place.trim_end_matches('/').rsplit_once('/')
    {
        let bytes = Source::open(folder)?.file(file, MAX_NOTE_BYTES).await?;
        let bytes = bytes.ok_or_else(|| missing(file, "is not there"))?;
        return Ok(vec![(place.to_owned(), text(&bytes))]);
    }
    let folder = Path::new(place);
    let laid = folder.join(COSIGNATURES);
    let mut files = files_below(&laid)?;
    if files == [laid] {
        // Nothing was laid there; then the place itself is the note, or a folder of them.
        if is_file(&folder.join(CHECKPOINT)) {
            return Err(
                missing(COSIGNATURES, "is not there: no witness laid anything there").into(),
            );
        }
        files = files_below(folder)?;
    }
    let limit = u64::try_from(MAX_NOTE_BYTES).unwrap_or(u64::MAX);
    let mut notes = Vec::new();
    for file in files {
        let bytes = read_limited(&file, limit)?;
        notes.push((file.display().to_string(), text(&bytes)));
    }
    Ok(notes)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
