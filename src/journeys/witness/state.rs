//! What a witness keeps: its key, the register's key, every entry it has seen, and its last checkpoint.
//!
//! The folder is the witness's own. Entries are written first, then the checkpoint that speaks of them, and
//! only then does a cosignature go out (C2SP tlog-witness): what was cosigned is never forgotten.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::WitnessError;
use crate::journeys::Error;
use crate::journeys::receipt::{RegisterKey, named_key};
use crate::outside::random_seed;
use crate::register::{Frontier, TreeHead, generate_witness_key, leaf_hash, open_checkpoint};
use crate::store::{Lock, is_file, read_limited, write_file, write_private};

/// A witness that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewWitness {
    /// The verifier key to hand to the office.
    pub key: String,
    /// The register that it watches.
    pub origin: String,
}

/// witness.toml.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    schema: u32,
    /// The register's verifier key.
    log: String,
    /// The witness's own verifier key.
    key: String,
}

/// A witness's folder, held by this process.
#[derive(Debug)]
pub(super) struct State {
    pub(super) folder: PathBuf,
    /// The register's verifier key.
    pub(super) log: String,
    /// The key that cosigns.
    pub(super) signer: String,
    pub(super) name: String,
    /// Every entry seen, in order.
    pub(super) entries: Vec<Vec<u8>>,
    /// The last checkpoint's note; `None` before the first look.
    pub(super) checkpoint: Option<String>,
    _lock: Lock,
}

/// Makes a witness in a folder of its own.
///
/// # Errors
/// [`WitnessError`] for a name or key that cannot be used, and a folder that is one already.
pub fn init(folder: &Path, name: &str, log: &str) -> Result<NewWitness, Error> {
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-".contains(c);
    let problem = if name.is_empty() || name.len() > MAX_NAME_BYTES {
        Some("it has between 1 and 64 characters")
    } else if !name.chars().all(is_plain) || name.starts_with(['.', '-']) {
        // It is the name of a file beside the register, too.
        Some("it has other characters than small letters, digits, full stops and hyphens")
    } else {
        None
    };
    if let Some(problem) = problem {
        let name = name.to_owned();
        return Err(WitnessError::Name { name, problem }.into());
    }
    let RegisterKey { origin, key: log } = named_key(log)?;
    if is_file(&folder.join(SETTINGS)) {
        let folder = folder.to_owned();
        return Err(WitnessError::Exists { folder }.into());
    }
    let (secret, public) = generate_witness_key(name, random_seed()).map_err(WitnessError::from)?;
    write_private(
        &folder.join(KEY),
        format!("{secret}\n{public}\n").as_bytes(),
    )?;
    let settings = Settings {
        schema: 1,
        log,
        key: public.clone(),
    };
    let text = toml::to_string(&settings)
        .map_err(|error| damaged(&folder.join(SETTINGS), error.to_string()))?;
    // Last: without it there is no witness.
    write_file(&folder.join(SETTINGS), text.as_bytes())?;
    Ok(NewWitness {
        key: public,
        origin,
    })
}

impl State {
    /// Opens a witness's folder and checks that its entries are those of its last checkpoint.
    pub(super) fn open(folder: &Path) -> Result<Self, Error> {
        let settings_path = folder.join(SETTINGS);
        if !is_file(&settings_path) {
            let folder = folder.to_owned();
            return Err(WitnessError::NoState { folder }.into());
        }
        let lock = Lock::take(folder)?;
        let text = read_text(&settings_path)?;
        let settings: Settings = toml::from_str(&text)
            .map_err(|error| damaged(&settings_path, error.message().to_owned()))?;
        if settings.schema != 1 {
            let problem = format!(
                "schema {} is not known, this program reads 1",
                settings.schema
            );
            return Err(damaged(&settings_path, problem).into());
        }
        let key_path = folder.join(KEY);
        let keys = read_text(&key_path)?;
        let mut lines = keys.lines();
        let (Some(signer), Some(public)) = (lines.next(), lines.next()) else {
            return Err(damaged(&key_path, "it is no key".to_owned()).into());
        };
        if public != settings.key {
            return Err(damaged(
                &key_path,
                "it is another key than witness.toml has".to_owned(),
            )
            .into());
        }
        let mut state = Self {
            folder: folder.to_owned(),
            name: public.split('+').next().unwrap_or_default().to_owned(),
            signer: signer.to_owned(),
            log: settings.log,
            entries: Vec::new(),
            checkpoint: None,
            _lock: lock,
        };
        state.recall()?;
        Ok(state)
    }

    fn recall(&mut self) -> Result<(), Error> {
        let path = self.folder.join(CHECKPOINT);
        if !is_file(&path) {
            return Ok(());
        }
        let note = read_text(&path)?;
        let checkpoint =
            open_checkpoint(&note, &self.log).map_err(|error| damaged(&path, error.to_string()))?;
        let size = usize::try_from(checkpoint.head.size).unwrap_or(usize::MAX);
        let path = self.folder.join(ENTRIES);
        let bytes = read_limited(&path, MAX_ENTRIES_BYTES)?;
        // Canonical JSON has no line breaks. A process that died may have left more than was looked at.
        let lines = bytes.split(|byte| *byte == b'\n').take(size);
        self.entries = lines.map(<[u8]>::to_vec).collect();
        if self.head() != checkpoint.head {
            let problem = "its entries are not those of the last checkpoint".to_owned();
            return Err(damaged(&path, problem).into());
        }
        self.checkpoint = Some(note);
        Ok(())
    }

    /// Returns the head of the tree over the entries seen.
    pub(super) fn head(&self) -> TreeHead {
        head_of(&self.entries)
    }

    /// Keeps what was looked at and found well.
    pub(super) fn advance(&mut self, entries: Vec<Vec<u8>>, note: &str) -> Result<(), Error> {
        if entries.len() > self.entries.len() || self.checkpoint.is_none() {
            let mut bytes = entries.join(&b'\n');
            bytes.push(b'\n');
            write_private(&self.folder.join(ENTRIES), &bytes)?;
        }
        write_private(&self.folder.join(CHECKPOINT), note.as_bytes())?;
        self.entries = entries;
        self.checkpoint = Some(note.to_owned());
        Ok(())
    }

    /// Keeps files that show what is wrong; returns their folder.
    pub(super) fn keep_evidence(
        &self,
        name: &str,
        files: &[(&str, &[u8])],
    ) -> Result<PathBuf, Error> {
        let folder = self.folder.join(EVIDENCE).join(name);
        for (file, bytes) in files {
            write_private(&folder.join(file), bytes)?;
        }
        Ok(folder)
    }
}

/// Returns the head of the tree over some entries.
pub(super) fn head_of(entries: &[Vec<u8>]) -> TreeHead {
    let mut frontier = Frontier::empty();
    for entry in entries {
        frontier.push(leaf_hash(entry));
    }
    frontier.head()
}

fn read_text(path: &Path) -> Result<String, Error> {
    let bytes = read_limited(path, MAX_SETTINGS_BYTES)?;
    String::from_utf8(bytes).map_err(|_| damaged(path, "it is not text".to_owned()).into())
}

fn damaged(path: &Path, problem: String) -> WitnessError {
    WitnessError::State {
        path: path.to_owned(),
        problem,
    }
}

/// The newest checkpoint with the witness's own signature, as it goes to the office.
pub(super) const COSIGNED: &str = "cosigned";

const CHECKPOINT: &str = "checkpoint";
const ENTRIES: &str = "entries.jsonl";
const EVIDENCE: &str = "evidence";
const KEY: &str = "witness.key";
const SETTINGS: &str = "witness.toml";

const MAX_NAME_BYTES: usize = 64;
const MAX_SETTINGS_BYTES: u64 = 1024 * 1024;

/// A million entries have some six hundred megabytes.
const MAX_ENTRIES_BYTES: u64 = 4 * 1024 * 1024 * 1024;
