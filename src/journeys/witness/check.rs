//! A witness's look: fetch what is new, compare with what was seen and with what the party holds, cosign.

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::WitnessError;
use super::holdings::{self, Mismatch};
use super::source::{COSIGNATURES, Source};
use super::state::{COSIGNED, State, head_of};
use crate::agreement::{PartyCode, Sha256};
use crate::journeys::{Error, log};
use crate::outside::now;
use crate::register::{Checkpoint, CheckpointError, Entry, Event, Tally, cosign, open_checkpoint};
use crate::store::write_file;

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct CheckRequest {
    /// The witness's folder.
    pub state: PathBuf,
    /// Where the register is published: a folder or an http address.
    pub source: String,
    /// The party whose entries are looked at.
    pub party: PartyCode,
    /// The party's own files and folders; none: they are not compared.
    pub holds: Vec<PathBuf>,
    /// A file for the cosigned checkpoint, beside where it goes anyway.
    pub out: Option<PathBuf>,
}

/// What a look found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checked {
    /// The register's name.
    pub origin: String,
    /// How many entries had been seen before.
    pub seen_before: u64,
    /// How many entries the published checkpoint speaks of; `None` where it is not the register's.
    pub entries: Option<u64>,
    /// The new entries that name the party, for a person to look at.
    pub concerning: Vec<Entry>,
    /// How many of the party's files were compared; `None` where none were named.
    pub compared: Option<usize>,
    /// Whether it was cosigned, and if not, why.
    pub answer: Answer,
}

/// Whether a witness cosigned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Answer {
    /// It did.
    Cosigned {
        /// When, UTC in whole seconds.
        at: DateTime<Utc>,
        /// Where the cosigned checkpoint lies.
        files: Vec<PathBuf>,
        /// Where it could not be laid: the register is published in a folder that only the office writes in.
        not_laid: Option<PathBuf>,
    },
    /// It did not.
    Refused(Refused),
}

/// Why a witness did not cosign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "why")]
pub enum Refused {
    /// The register contradicts what it was before, or itself.
    Contradiction {
        /// How.
        how: Contradiction,
        /// Where both sides are kept.
        evidence: PathBuf,
    },
    /// What names the party is not what it holds.
    Mismatch {
        /// Each thing that does not fit.
        mismatches: Vec<Mismatch>,
    },
}

/// How a register contradicts what it was, or itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Contradiction {
    /// Entries that had been seen are others now, and the register signed both.
    Rewritten {
        /// The first entry that is another one.
        first: u64,
    },
    /// The register signed a checkpoint of fewer entries than before.
    Shrunk {
        /// How many there had been.
        seen: u64,
        /// How many there are now.
        found: u64,
    },
    /// The entries are not those that the checkpoint signs; nobody signed that.
    Unproven,
    /// The checkpoint is not the register's.
    Unsigned {
        /// What is wrong with it.
        problem: String,
    },
}

/// Looks at a published register.
///
/// # Errors
/// [`WitnessError`] when it could not be looked at; nothing is changed then. A register that contradicts
/// itself is an answer.
pub async fn check(request: &CheckRequest) -> Result<Checked, Error> {
    let held = holdings::read(&request.holds)?;
    let mut state = State::open(&request.state)?;
    let source = Source::open(&request.source)?;
    let note = source.checkpoint().await?;
    let seen = state.head();
    let refused = |entries, how, evidence| Checked {
        origin: origin(&state),
        seen_before: seen.size,
        entries,
        concerning: Vec::new(),
        compared: None,
        answer: Answer::Refused(Refused::Contradiction { how, evidence }),
    };
    let checkpoint = match open_checkpoint(&note, &state.log) {
        Ok(checkpoint) => checkpoint,
        // The witness's own key was read before; what is wrong is wrong in the note.
        Err(CheckpointError::Key { what, problem }) => {
            return Err(WitnessError::from(CheckpointError::Key { what, problem }).into());
        }
        Err(error) => {
            let how = Contradiction::Unsigned {
                problem: error.to_string(),
            };
            let evidence = keep(&state, &note, None)?;
            return Ok(refused(None, how, evidence));
        }
    };
    let (entries, contradiction) = fetch(&source, &state, &checkpoint).await?;
    if let Some(how) = contradiction {
        let evidence = keep(&state, &note, Some(&entries))?;
        return Ok(refused(Some(checkpoint.head.size), how, evidence));
    }
    let read = entries.iter().zip(0_u64..);
    let read = read.map(|(bytes, seq)| Entry::from_bytes(seq, bytes));
    let parsed: Vec<Entry> = read.collect::<Result<_, _>>().map_err(WitnessError::from)?;
    if let Some(problem) = wrong_key(&parsed, &state.log) {
        let evidence = keep(&state, &note, Some(&entries))?;
        let how = Contradiction::Unsigned { problem };
        return Ok(refused(Some(checkpoint.head.size), how, evidence));
    }
    let tally = Tally::fold(&parsed);
    let concerning = parsed.iter().filter(|entry| entry.seq >= seen.size);
    let concerning = concerning
        .filter(|entry| log::concerns(&entry.event, &request.party, &tally))
        .cloned()
        .collect();
    let compared = (!request.holds.is_empty()).then_some(held.len());
    let mismatches = match compared {
        Some(_) => holdings::compare(&parsed, &tally, &request.party, &held),
        None => Vec::new(),
    };
    let answer = if mismatches.is_empty() {
        cosigned(&mut state, &source, entries, &note, request.out.as_deref())?
    } else {
        Answer::Refused(Refused::Mismatch { mismatches })
    };
    Ok(Checked {
        origin: checkpoint.origin,
        seen_before: seen.size,
        entries: Some(checkpoint.head.size),
        concerning,
        compared,
        answer,
    })
}

/// Fetches what is new, and tells whether the whole is what the checkpoint signs.
async fn fetch(
    source: &Source,
    state: &State,
    checkpoint: &Checkpoint,
) -> Result<(Vec<Vec<u8>>, Option<Contradiction>), Error> {
    let (seen, found) = (state.head(), checkpoint.head);
    if found.size < seen.size {
        let entries = source.entries(0, found.size).await.unwrap_or_default();
        let (seen, found) = (seen.size, found.size);
        return Ok((entries, Some(Contradiction::Shrunk { seen, found })));
    }
    // The tile of the last entries seen is fetched whole; of it only the new ones are taken, so that
    // what was seen can be no other.
    let fetched = source.entries(seen.size, found.size).await?;
    let after = usize::try_from(found.size.saturating_sub(seen.size)).unwrap_or(usize::MAX);
    let known = fetched.len().saturating_sub(after);
    let mut entries = state.entries.clone();
    entries.extend(fetched.into_iter().skip(known));
    if head_of(&entries) == found {
        return Ok((entries, None));
    }
    // Either what was seen is another now, and the register signed that too; or what is published does not
    // hold together, which anybody between may have done.
    let all = source.entries(0, found.size).await?;
    let how = if head_of(&all) == found {
        let pairs = state.entries.iter().zip(&all);
        let first = pairs.take_while(|(before, now)| before == now).count();
        Contradiction::Rewritten {
            first: u64::try_from(first).unwrap_or(u64::MAX),
        }
    } else {
        Contradiction::Unproven
    };
    Ok((all, Some(how)))
}

/// Tells what is wrong with the first entry, where it names another key.
fn wrong_key(entries: &[Entry], log: &str) -> Option<String> {
    match entries.first().map(|entry| &entry.event) {
        Some(Event::Opened(opened)) if opened.public_key == log => None,
        Some(Event::Opened(_)) => Some("its first entry names another key".to_owned()),
        Some(_) | None => Some("it does not begin with the entry that opens it".to_owned()),
    }
}

/// Keeps both sides of a contradiction.
fn keep(state: &State, note: &str, entries: Option<&[Vec<u8>]>) -> Result<PathBuf, Error> {
    let found = entries.unwrap_or_default().join(&b'\n');
    let seen = state.entries.join(&b'\n');
    let name = format!(
        "{}-{}",
        now().format("%Y-%m-%dT%H%M%SZ"),
        hex::encode(
            Sha256::of(note.as_bytes())
                .as_bytes()
                .get(..4)
                .unwrap_or_default()
        )
    );
    let kept = state.checkpoint.as_deref().unwrap_or_default();
    let files: [(&str, &[u8]); 4] = [
        ("checkpoint-found", note.as_bytes()),
        ("checkpoint-seen", kept.as_bytes()),
        ("entries-found.jsonl", &found),
        ("entries-seen.jsonl", &seen),
    ];
    state.keep_evidence(&name, &files)
}

fn cosigned(
    state: &mut State,
    source: &Source,
    entries: Vec<Vec<u8>>,
    note: &str,
    out: Option<&Path>,
) -> Result<Answer, Error> {
    let at = now();
    let cosigned = cosign(note, &state.signer, at).map_err(WitnessError::from)?;
    // C2SP tlog-witness: what is cosigned must be kept before the cosignature goes out.
    state.advance(entries, note)?;
    let mut files = vec![state.folder.join(COSIGNED)];
    files.extend(out.map(Path::to_owned));
    for file in &files {
        write_file(file, cosigned.as_bytes())?;
    }
    let mut not_laid = None;
    if let Source::Folder(folder) = source {
        let file = folder.join(COSIGNATURES).join(&state.name);
        match write_file(&file, cosigned.as_bytes()) {
            Ok(()) => files.push(file),
            Err(_) => not_laid = Some(file),
        }
    }
    Ok(Answer::Cosigned {
        at,
        files,
        not_laid,
    })
}

fn origin(state: &State) -> String {
    state.log.split('+').next().unwrap_or_default().to_owned()
}
