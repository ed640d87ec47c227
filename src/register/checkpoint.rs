//! Checkpoints: the register's signed head, and what witnesses add to it.
//!
//! A checkpoint is C2SP tlog-checkpoint in a signed note with the register's Ed25519 key, whose name
//! is the register's origin. A witness adds a C2SP tlog-cosignature: an Ed25519 signature of its own
//! over the same text with the time at which it saw it. Unknown signatures are passed over, as the note
//! format has it; what counts is only what verifies by a key that the caller trusts.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use ed25519_dalek::{Signer as _, SigningKey, Verifier as _, VerifyingKey};
use signed_note::{Note, NoteError, StandardSigner, StandardVerifier, Verifier as _, VerifierList};

use super::TreeHead;
use super::tree::MAX_SIZE;
use crate::agreement::Sha256;

/// What a register was when it signed: its name and its tree's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The register's name.
    pub origin: String,
    /// The tree's head.
    pub head: TreeHead,
}

/// A witness's word that it saw a checkpoint, and none that contradicts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// The name of the witness's key.
    pub name: String,
    /// When, UTC in whole seconds, by the witness's clock.
    pub at: DateTime<Utc>,
}

/// Why a checkpoint is not believed, or cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// It is not signed with the key that was asked for.
    #[error("the checkpoint is not signed with the key of {name}")]
    AnotherKey {
        /// The key's name.
        name: String,
    },
    /// A key cannot be read.
    #[error("{what} cannot be read: {problem}")]
    Key {
        /// Which key.
        what: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// It is not in the form of a checkpoint.
    #[error("this is not a checkpoint: {problem}")]
    Malformed {
        /// What is wrong.
        problem: &'static str,
    },
    /// It speaks of another register than its key belongs to.
    #[error("the checkpoint is of {found}, not of {expected}")]
    Origin {
        /// The name in the checkpoint.
        found: String,
        /// The name of the key.
        expected: String,
    },
    /// Its signature does not verify.
    #[error("the signature of {name} on the checkpoint is wrong")]
    Signature {
        /// The key's name.
        name: String,
    },
    /// A time that cannot stand in a cosignature.
    #[error("{at} is no time for a cosignature")]
    Time {
        /// The time.
        at: DateTime<Utc>,
    },
}

/// A register's key, ready to sign checkpoints; shows nothing of itself but its name.
#[derive(Clone)]
pub struct CheckpointSigner(StandardSigner);

impl CheckpointSigner {
    /// Reads a signer key (C2SP signed-note).
    ///
    /// # Errors
    /// [`CheckpointError::Key`].
    pub fn parse(signer_key: &str) -> Result<Self, CheckpointError> {
        StandardSigner::new(signer_key)
            .map(Self)
            .map_err(|_| CheckpointError::Key {
                what: "the register's secret key",
                problem: "it is no Ed25519 signer key",
            })
    }

    /// Returns the key's name, which is the register's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        signed_note::Signer::name(&self.0)
    }

    /// Tells whether a verifier key is this key's public half.
    #[must_use]
    pub fn fits(&self, verifier_key: &str) -> bool {
        StandardVerifier::new(verifier_key).is_ok_and(|verifier| {
            let probe = b"which key is this?\n";
            let signature = signed_note::Signer::sign(&self.0, probe);
            verifier.name() == self.name()
                && signature.is_ok_and(|signature| verifier.verify(probe, &signature))
        })
    }

    /// Returns a checkpoint of the register as a signed note.
    ///
    /// # Errors
    /// None for keys that [`CheckpointSigner::parse`] read.
    pub fn sign(&self, head: &TreeHead) -> Result<String, CheckpointError> {
        let malformed = |_| CheckpointError::Malformed {
            problem: "the key's name cannot stand in a note",
        };
        let text = checkpoint_text(self.name(), head);
        let mut note = Note::new(text.as_bytes(), &[]).map_err(malformed)?;
        note.add_sigs(&[&self.0]).map_err(malformed)?;
        to_text(&note)
    }
}

impl fmt::Debug for CheckpointSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CheckpointSigner")
            .field(&self.name())
            .finish()
    }
}

/// Returns a checkpoint of a register as a signed note (C2SP tlog-checkpoint).
///
/// # Errors
/// [`CheckpointError::Key`], and [`CheckpointError::Origin`] when the key has another name.
pub fn sign_checkpoint(
    origin: &str,
    head: &TreeHead,
    signer_key: &str,
) -> Result<String, CheckpointError> {
    let signer = CheckpointSigner::parse(signer_key)?;
    if signer.name() != origin {
        return Err(CheckpointError::Origin {
            found: origin.to_owned(),
            expected: signer.name().to_owned(),
        });
    }
    signer.sign(head)
}

/// Reads a checkpoint and checks the register's signature on it.
///
/// # Errors
/// [`CheckpointError`] with what is wrong; a checkpoint of a register of another name than the key's is
/// refused, whoever signed it.
pub fn open_checkpoint(note: &str, verifier_key: &str) -> Result<Checkpoint, CheckpointError> {
    opened(note, verifier_key).map(|(checkpoint, _)| checkpoint)
}

/// Reads a checkpoint without believing it: for messages, and to find the key that it names.
///
/// # Errors
/// [`CheckpointError::Malformed`].
pub fn read_checkpoint(note: &str) -> Result<Checkpoint, CheckpointError> {
    parsed(&note_of(note)?)
}

/// Returns a checkpoint with a witness's cosignature added to it (C2SP tlog-cosignature).
///
/// An earlier one of the same key gives way. Whether the checkpoint deserves it is for the caller to
/// have checked: see [`open_checkpoint`] and [`check_consistency`](super::check_consistency).
///
/// # Errors
/// [`CheckpointError`].
pub fn cosign(
    note: &str,
    witness_signer_key: &str,
    at: DateTime<Utc>,
) -> Result<String, CheckpointError> {
    let (name, key) = parse_signer(witness_signer_key)?;
    let seconds = u64::try_from(at.timestamp()).map_err(|_| CheckpointError::Time { at })?;
    let mut note = note_of(note)?;
    parsed(&note)?;
    let signer = CosignatureSigner { name, key, seconds };
    note.add_sigs(&[&signer])
        .map_err(|_| CheckpointError::Malformed {
            problem: "it cannot be cosigned",
        })?;
    let text = to_text(&note)?;
    // One signature too many would make a note that nobody reads.
    note_of(&text)?;
    Ok(text)
}

/// Returns the cosignatures on a checkpoint that verify, in the order of the keys asked for.
///
/// A key that is named twice counts once, under its first name: C2SP tlog-cosignature signs no name.
/// Wrong and unknown ones are passed over, a key that cannot be read as well.
#[must_use]
pub fn cosignatures<S: AsRef<str>>(note: &str, witness_verifier_keys: &[S]) -> Vec<Cosignature> {
    let mut found = Vec::new();
    let mut counted: Vec<[u8; 32]> = Vec::new();
    let Ok(text) = note_of(note) else {
        return found;
    };
    if parsed(&text).is_err() {
        return found;
    }
    for verifier_key in witness_verifier_keys {
        let Ok(verifier) = CosignatureVerifier::parse(verifier_key.as_ref()) else {
            continue;
        };
        if counted.contains(verifier.key.as_bytes()) {
            continue;
        }
        let lines = note.lines().filter_map(|line| {
            let line = signed_note::Signature::from_bytes(line.as_bytes()).ok()?;
            let is_its = line.name() == verifier.name && line.id() == verifier.id;
            is_its.then(|| line.signature().to_vec())
        });
        let mut times = lines.filter_map(|signature| verifier.time(text.text(), &signature));
        if let Some(at) = times.next() {
            counted.push(*verifier.key.as_bytes());
            found.push(Cosignature {
                name: verifier.name.clone(),
                at,
            });
        }
    }
    found
}

/// Returns a checkpoint with the signatures of two notes of the same text.
///
/// # Errors
/// [`CheckpointError`] unless both are the same checkpoint, signed by the register.
pub fn merge_cosigned(
    first: &str,
    second: &str,
    verifier_key: &str,
) -> Result<String, CheckpointError> {
    let (one, mut signatures) = opened(first, verifier_key)?;
    let (other, more) = opened(second, verifier_key)?;
    if one != other {
        return Err(CheckpointError::Malformed {
            problem: "the two notes are of different checkpoints",
        });
    }
    for signature in more {
        if !signatures.contains(&signature) {
            signatures.push(signature);
        }
    }
    let text = checkpoint_text(&one.origin, &one.head);
    let malformed = |_| CheckpointError::Malformed {
        problem: "it is no note",
    };
    let text = to_text(&Note::new(text.as_bytes(), &signatures).map_err(malformed)?)?;
    note_of(&text)?;
    Ok(text)
}

/// Returns a witness's new key, secret and public, made of 32 random bytes.
///
/// The forms are those of C2SP signed-note with the algorithm of Ed25519 cosignatures (0x04).
///
/// # Errors
/// [`CheckpointError::Key`] when the name is empty or has a space or a plus.
pub fn generate_witness_key(
    name: &str,
    seed: [u8; 32],
) -> Result<(String, String), CheckpointError> {
    if !signed_note::is_key_name_valid(name) || name.chars().any(char::is_control) {
        return Err(CheckpointError::Key {
            what: "the witness's name",
            problem: "it must have a character, and neither a space nor a plus",
        });
    }
    let key = SigningKey::from_bytes(&seed);
    let public = typed(key.verifying_key().as_bytes());
    let id = signed_note::key_id(name, &public);
    let secret = BASE64.encode(typed(&seed));
    let public = BASE64.encode(public);
    Ok((
        format!("PRIVATE+KEY+{name}+{id:08x}+{secret}"),
        format!("{name}+{id:08x}+{public}"),
    ))
}

/// Makes a C2SP tlog-cosignature.
struct CosignatureSigner {
    name: String,
    key: SigningKey,
    // POSIX seconds, UTC.
    seconds: u64,
}

impl signed_note::Signer for CosignatureSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn key_id(&self) -> u32 {
        signed_note::key_id(&self.name, &typed(self.key.verifying_key().as_bytes()))
    }

    fn sign(&self, text: &[u8]) -> Result<Vec<u8>, ed25519_dalek::SignatureError> {
        let signature = self.key.try_sign(&cosigned_text(self.seconds, text))?;
        // struct { u64 timestamp; opaque ed25519_signature[64]; } timestamped_signature
        let mut value = self.seconds.to_be_bytes().to_vec();
        value.extend_from_slice(&signature.to_bytes());
        Ok(value)
    }
}

/// Checks C2SP tlog-cosignatures of one witness.
struct CosignatureVerifier {
    name: String,
    id: u32,
    key: VerifyingKey,
}

impl CosignatureVerifier {
    fn parse(verifier_key: &str) -> Result<Self, CheckpointError> {
        let wrong = |problem| CheckpointError::Key {
            what: "the witness's public key",
            problem,
        };
        let (name, id, material) =
            key_parts(verifier_key).ok_or_else(|| wrong("it is not name+id+key"))?;
        let key = material
            .strip_prefix(&[COSIGNATURE_ALGORITHM])
            .and_then(|key| key.try_into().ok())
            .and_then(|key| VerifyingKey::from_bytes(key).ok())
            .filter(|key| !key.is_weak())
            .ok_or_else(|| wrong("it is no key for cosignatures"))?;
        if signed_note::key_id(name, &material) != id {
            return Err(wrong("its id is not that of its name and key"));
        }
        Ok(Self {
            name: name.to_owned(),
            id,
            key,
        })
    }

    /// Returns when the cosignature was made; `None` unless it verifies.
    fn time(&self, text: &[u8], value: &[u8]) -> Option<DateTime<Utc>> {
        let (seconds, signature) = value.split_first_chunk::<8>()?;
        let seconds = u64::from_be_bytes(*seconds);
        let signature = ed25519_dalek::Signature::from_slice(signature).ok()?;
        self.key
            .verify(&cosigned_text(seconds, text), &signature)
            .ok()?;
        // "It MUST NOT exceed 2^63 - 1."
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0)
    }
}

fn parse_signer(signer_key: &str) -> Result<(String, SigningKey), CheckpointError> {
    let wrong = |problem| CheckpointError::Key {
        what: "the witness's secret key",
        problem,
    };
    let (name, id, material) = signer_key
        .strip_prefix("PRIVATE+KEY+")
        .and_then(key_parts)
        .ok_or_else(|| wrong("it is not PRIVATE+KEY+name+id+key"))?;
    let seed: &[u8; 32] = material
        .strip_prefix(&[COSIGNATURE_ALGORITHM])
        .and_then(|seed| seed.try_into().ok())
        .ok_or_else(|| wrong("it is no key for cosignatures"))?;
    let key = SigningKey::from_bytes(seed);
    if signed_note::key_id(name, &typed(key.verifying_key().as_bytes())) != id {
        return Err(wrong("its id is not that of its name and key"));
    }
    Ok((name.to_owned(), key))
}

/// Reads `name+id+key` (C2SP signed-note, verifier keys); the key's first byte is its algorithm.
fn key_parts(key: &str) -> Option<(&str, u32, Vec<u8>)> {
    let (name, rest) = key.split_once('+')?;
    let (id, material) = rest.split_once('+')?;
    let is_hex = id.len() == 8 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex || !signed_note::is_key_name_valid(name) {
        return None;
    }
    let id = u32::from_str_radix(id, 16).ok()?;
    Some((name, id, BASE64.decode(material.trim_end()).ok()?))
}

/// Returns a key with its algorithm before it.
fn typed(key: &[u8; 32]) -> Vec<u8> {
    let mut typed = vec![COSIGNATURE_ALGORITHM];
    typed.extend_from_slice(key);
    typed
}

/// C2SP tlog-cosignature, "Ed25519 signed message".
fn cosigned_text(seconds: u64, text: &[u8]) -> Vec<u8> {
    let mut message = format!("cosignature/v1\ntime {seconds}\n").into_bytes();
    message.extend_from_slice(text);
    message
}

/// C2SP tlog-checkpoint, "Note text"; without extension lines.
fn checkpoint_text(origin: &str, head: &TreeHead) -> String {
    let root = BASE64.encode(head.root.as_bytes());
    format!("{origin}\n{}\n{root}\n", head.size)
}

/// Reads a checkpoint that the key signed, with all signatures on it.
fn opened(
    note: &str,
    verifier_key: &str,
) -> Result<(Checkpoint, Vec<signed_note::Signature>), CheckpointError> {
    let verifier =
        StandardVerifier::new(verifier_key.trim_end()).map_err(|_| CheckpointError::Key {
            what: "the register's public key",
            problem: "it is no Ed25519 verifier key",
        })?;
    let name = verifier.name().to_owned();
    let note = note_of(note)?;
    let checkpoint = parsed(&note)?;
    let known = VerifierList::new(vec![Box::new(verifier)]);
    let (mut signatures, others) = note.verify(&known).map_err(|error| match error {
        NoteError::InvalidSignature { .. } => CheckpointError::Signature { name: name.clone() },
        NoteError::InvalidSigner
        | NoteError::MalformedNote
        | NoteError::MismatchedVerifier
        | NoteError::SignatureError(_)
        | NoteError::UnverifiedNote
        | NoteError::VerificationError(_) => CheckpointError::AnotherKey { name: name.clone() },
    })?;
    if checkpoint.origin != name {
        return Err(CheckpointError::Origin {
            found: checkpoint.origin,
            expected: name,
        });
    }
    signatures.extend(others);
    Ok((checkpoint, signatures))
}

fn note_of(note: &str) -> Result<Note, CheckpointError> {
    let malformed = |problem| CheckpointError::Malformed { problem };
    if note.len() > MAX_NOTE_BYTES {
        return Err(malformed("it is too long"));
    }
    Note::from_bytes(note.as_bytes()).map_err(|_| malformed("it is not a signed note"))
}

fn parsed(note: &Note) -> Result<Checkpoint, CheckpointError> {
    let malformed = |problem| CheckpointError::Malformed { problem };
    let checkpoint = tlog_tiles::Checkpoint::from_bytes(note.text())
        .map_err(|_| malformed("its text is not origin, size and root"))?;
    if !checkpoint.extension().is_empty() {
        return Err(malformed("it has more lines than origin, size and root"));
    }
    if checkpoint.size() > MAX_SIZE {
        return Err(malformed("its size cannot be"));
    }
    let head = TreeHead {
        size: checkpoint.size(),
        root: Sha256::from(checkpoint.hash().0),
    };
    let origin = checkpoint.origin().to_owned();
    if checkpoint_text(&origin, &head).as_bytes() != note.text() {
        return Err(malformed("its text has another form"));
    }
    Ok(Checkpoint { origin, head })
}

fn to_text(note: &Note) -> Result<String, CheckpointError> {
    String::from_utf8(note.to_bytes()).map_err(|_| CheckpointError::Malformed {
        problem: "it is not UTF-8",
    })
}

/// C2SP tlog-cosignature: the type of Ed25519 cosignatures.
const COSIGNATURE_ALGORITHM: u8 = 0x04;

/// A hundred cosignatures take a tenth of it.
const MAX_NOTE_BYTES: usize = 256 * 1024;
