//! One entry: one canonical JSON object, whose bytes are stored and hashed.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::Digest;

use super::{
    Answered, Authorised, Confirmed, Considered, ConsultationClosed, ConsultationOpened, Corrected,
    Decided, DespiteComments, Erased, Inked, Lettered, Notified, PartyChanged, PartyLetter,
    Received, Recommended, Relieved, Settled, Standing, Withdrawn,
};
use crate::agreement::{
    Actor, AgreementId, CopyId, Form, Level, PartyCode, Relation, Role, SeatId, Sha256,
    VersionNumber, to_canonical_json,
};

/// Version of an entry's form, its `v`.
pub const FORMAT: u32 = 1;

/// One line of the register.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Who acted.
    pub actor: Actor,
    /// What it concerns; `None` where it concerns the office.
    pub agreement: Option<AgreementId>,
    /// When it was entered, UTC with milliseconds, by the clock of the office's machine.
    #[serde(with = "instant")]
    pub at: DateTime<Utc>,
    /// What happened: `kind` and `body`.
    #[serde(flatten)]
    pub event: Event,
    /// Its place, counted from 0.
    pub seq: u64,
    /// [`FORMAT`].
    pub v: u32,
}

/// What can be entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "body", deny_unknown_fields)]
pub enum Event {
    /// Somebody answered a consultation.
    Answered(Answered),
    /// Persons may sign for a party.
    Authorised(Authorised),
    /// An officer says whose certificate a received signature was made with.
    Confirmed(Confirmed),
    /// The office took a stand on what an answer says of a clause.
    Considered(Considered),
    /// A consultation ended.
    ConsultationClosed(ConsultationClosed),
    /// A version went out for consultation.
    ConsultationOpened(ConsultationOpened),
    /// An earlier entry was wrong.
    Corrected(Corrected),
    /// A party's body decided.
    Decided(Decided),
    /// A party said no without a decision in minutes.
    Declined(PartyLetter),
    /// Documents with personal data were removed.
    Erased(Erased),
    /// A copy got more evidence, for all its signatures.
    Extended(Extended),
    /// A copy was signed on paper.
    Inked(Inked),
    /// A copy was issued.
    Issued(Issued),
    /// Letters went out.
    Lettered(Lettered),
    /// A party gave notice of termination.
    Notified(Notified),
    /// The register was opened: always the first entry.
    Opened(Opened),
    /// A party got another name or number, or became part of another.
    PartyChanged(PartyChanged),
    /// A version was frozen.
    Published(Published),
    /// A file came back and was judged.
    Received(Received),
    /// A body that is no party said what it thinks.
    Recommended(Recommended),
    /// A copy was issued in place of a voided one.
    Reissued(Reissued),
    /// A person's authority ended before its time.
    Relieved(Relieved),
    /// The office was put back from a backup.
    Restored(Restored),
    /// A party took its decision and signatures back.
    Retracted(PartyLetter),
    /// A copy got the office's seal.
    Sealed(Sealed),
    /// Copies were handed out to a party.
    Sent(Sent),
    /// A decision's condition was dealt with, or not.
    Settled(Settled),
    /// A copy was signed in a seat.
    Signed(Signed),
    /// A copy no longer counts.
    Voided(Voided),
    /// A confirmation was wrong: it no longer counts.
    Withdrawn(Withdrawn),
}

/// Body of `Opened`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Opened {
    /// The register's name, which its checkpoints will bear (C2SP tlog-checkpoint).
    pub origin: String,
    /// The register's Ed25519 key as a verifier key (C2SP signed-note).
    pub public_key: String,
}

/// Body of `Published`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Digest of the rendered body, which is the same in every copy.
    pub body_digest: Sha256,
    /// The document that holds the bundle.
    pub bundle: Sha256,
    /// Why it was published with comments of a consultation that nobody took a stand on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub despite_comments: Option<DespiteComments>,
    /// What it does to another version, as its version.toml says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Digest of the frozen text.
    pub text_digest: Sha256,
    /// The version.
    pub version: VersionNumber,
}

/// What typeset a copy; a rebuild with another engine says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Engine {
    /// This program.
    pub sigill: String,
    /// The filling.
    pub template: String,
    /// The typesetting.
    pub typesetting: String,
}

/// Body of `Issued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issued {
    /// Digest of the base revision, and the document that holds it.
    pub base: Sha256,
    /// The copy.
    pub copy: CopyId,
    /// Digest of the copy data, and the document that holds them.
    pub data: Sha256,
    /// What typeset it.
    pub engine: Engine,
    /// Its readable file name.
    pub file_name: String,
    /// The form.
    pub form: Form,
    /// The party it was made for; `None` in the joint form.
    pub holder: Option<PartyCode>,
    /// Its parties in print order.
    pub parties: Vec<PartyCode>,
    /// Its seats in print order.
    pub seats: Vec<SeatId>,
    /// Size of the base revision in bytes.
    pub size_bytes: u64,
    /// Digest of the frozen text.
    pub text_digest: Sha256,
    /// The version.
    pub version: VersionNumber,
}

/// Body of `Reissued`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reissued {
    /// The new copy.
    pub issued: Issued,
    /// The voided copy.
    pub replaces: CopyId,
}

/// Body of `Voided`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Voided {
    /// The copy.
    pub copy: CopyId,
    /// Why, as the office wrote it.
    pub reason: Commitment,
}

/// Body of `Sent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    /// The copies that were handed out.
    pub copies: Vec<CopyId>,
    /// To whom.
    pub party: PartyCode,
    /// How.
    pub way: Way,
}

/// How copies are handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// In a folder per party.
    Folder,
    /// In a zip per party.
    Zip,
}

/// Body of `Sealed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sealed {
    /// SHA-256 of the sealing certificate's DER.
    pub certificate: Sha256,
    /// Whether the seal certifies the document (ISO 32000-2 §12.8.2.2, `DocMDP`).
    pub certifies: bool,
    /// The copy.
    pub copy: CopyId,
    /// Digest of the sealed file, and the document that holds it.
    pub head_after: Sha256,
    /// Digest of the file that was sealed.
    pub head_before: Sha256,
    /// The seal's level.
    pub level: Level,
    /// Size of the sealed file in bytes.
    pub size_bytes: u64,
}

/// Body of `Signed`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed {
    /// The role in which the signer signed, e.g. `vice_chair` in the seat `1443-chair`.
    pub as_role: Role,
    /// SHA-256 of the signer's certificate's DER.
    pub certificate: Sha256,
    /// The copy.
    pub copy: CopyId,
    /// Digest of the signed file, and the document that holds it.
    pub head_after: Sha256,
    /// Digest of the file that was signed.
    pub head_before: Sha256,
    /// The signature's level.
    pub level: Level,
    /// The seat.
    pub seat: SeatId,
    /// Size of the signed file in bytes.
    pub size_bytes: u64,
    /// When, UTC with milliseconds, as the signature's time-stamp proves; `None` without one.
    #[serde(with = "proved_instant")]
    pub stamped_at: Option<DateTime<Utc>>,
    /// Whether it counted when it was made; entries made before this was judged do not say, and count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
}

/// Body of `Extended`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Extended {
    /// The copy.
    pub copy: CopyId,
    /// Digest of the extended file, and the document that holds it.
    pub head_after: Sha256,
    /// Digest of the file that was extended.
    pub head_before: Sha256,
    /// The level that every signature in it has now, at least.
    pub level: Level,
    /// Size of the extended file in bytes.
    pub size_bytes: u64,
    /// When, UTC with milliseconds, as the new document time-stamp proves; `None` without one.
    #[serde(with = "proved_instant")]
    pub stamped_at: Option<DateTime<Utc>>,
}

/// Body of `Restored`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Restored {
    /// Digest of the backup file; where the office was put back by hand, of the checkpoint (the signed
    /// note's bytes) that lay there.
    pub backup: Sha256,
    /// How many entries the register had when the backup was made, or that lay there.
    pub entries: u64,
    /// Why, as the office wrote it.
    pub reason: Commitment,
    /// How many entries the register had that the backup replaced, where one was there; where the office
    /// was put back by hand, how many this machine had seen.
    pub replaced_entries: Option<u64>,
}

/// Stands for words that can be erased: SHA-256 over a 32-byte salt and the words.
///
/// Salt and words together are a document, whose digest this is. Erasing the document leaves the
/// register whole; the salt keeps anyone from guessing the words from what is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commitment {
    /// The digest.
    pub commitment: Sha256,
}

impl Commitment {
    /// How many bytes of salt stand before the words.
    pub const SALT_BYTES: usize = 32;

    /// Returns the commitment to some words, and the document to keep beside it.
    #[must_use]
    pub fn to(words: &str, salt: [u8; Self::SALT_BYTES]) -> (Self, Vec<u8>) {
        let mut document = salt.to_vec();
        document.extend_from_slice(words.as_bytes());
        (
            Self {
                commitment: Sha256::of(&document),
            },
            document,
        )
    }

    /// Returns the words in a document that this commits to; `None` for another document.
    #[must_use]
    pub fn words(self, document: &[u8]) -> Option<String> {
        if Sha256::of(document) != self.commitment {
            return None;
        }
        let words = document.get(Self::SALT_BYTES..)?;
        String::from_utf8(words.to_vec()).ok()
    }
}

/// Why stored bytes are not an entry.
#[derive(Debug, thiserror::Error)]
pub enum EntryError {
    /// The bytes are not the canonical form of what they say.
    #[error("entry {seq} is not stored in canonical form")]
    NotCanonical {
        /// Its place.
        seq: u64,
    },
    /// A newer program wrote it.
    #[error("entry {seq} has form {found}, this program reads {FORMAT}")]
    Newer {
        /// Its place.
        seq: u64,
        /// The form's number.
        found: u64,
    },
    /// It stands in another place than it says.
    #[error("entry {found} stands in place {seq}")]
    OutOfOrder {
        /// Where it stands.
        seq: u64,
        /// Where it says it stands.
        found: u64,
    },
    /// The bytes cannot be read.
    #[error("entry {seq} cannot be read: {source}")]
    Unreadable {
        /// Its place.
        seq: u64,
        /// Why.
        source: serde_json::Error,
    },
}

impl Entry {
    /// Returns the bytes that are stored and hashed (RFC 8785).
    ///
    /// # Errors
    /// None for values of this type.
    pub fn to_bytes(&self) -> Result<Vec<u8>, serde_json::Error> {
        to_canonical_json(self)
    }

    /// Reads the entry stored in place `seq`.
    ///
    /// # Errors
    /// [`EntryError`] unless the bytes are exactly what [`Entry::to_bytes`] gives for them.
    pub fn from_bytes(seq: u64, bytes: &[u8]) -> Result<Self, EntryError> {
        let entry: Self = match serde_json::from_slice(bytes) {
            Ok(entry) => entry,
            Err(source) => return Err(unreadable(seq, bytes, source)),
        };
        if entry.v != FORMAT {
            return Err(EntryError::Newer {
                seq,
                found: entry.v.into(),
            });
        }
        if entry.seq != seq {
            return Err(EntryError::OutOfOrder {
                seq,
                found: entry.seq,
            });
        }
        match entry.to_bytes() {
            Ok(canonical) if canonical == bytes => Ok(entry),
            _ => Err(EntryError::NotCanonical { seq }),
        }
    }
}

/// A newer entry is told from a damaged one by its `v`.
fn unreadable(seq: u64, bytes: &[u8], source: serde_json::Error) -> EntryError {
    #[derive(Deserialize)]
    struct Form {
        v: u64,
    }
    match serde_json::from_slice::<Form>(bytes) {
        Ok(Form { v }) if v != u64::from(FORMAT) => EntryError::Newer { seq, found: v },
        _ => EntryError::Unreadable { seq, source },
    }
}

/// Returns the Merkle leaf hash of an entry's bytes: SHA-256(0x00 ‖ bytes).
#[must_use]
pub fn leaf_hash(bytes: &[u8]) -> Sha256 {
    // RFC 6962 §2.1: the prefix keeps a leaf from passing for an inner node.
    let mut state = sha2::Sha256::new();
    state.update([0]);
    state.update(bytes);
    Sha256::from_state(state)
}

/// An instant as `2026-11-21T22:05:52.123Z`.
mod instant {
    use chrono::{DateTime, SecondsFormat, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(
        at: &DateTime<Utc>,
        output: S,
    ) -> Result<S::Ok, S::Error> {
        output.serialize_str(&at.to_rfc3339_opts(SecondsFormat::Millis, true))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<DateTime<Utc>, D::Error> {
        DateTime::<Utc>::deserialize(input)
    }
}

/// An instant that a time-stamp proves, or `null`.
pub(super) mod proved_instant {
    use chrono::{DateTime, Utc};
    use serde::{Deserialize, Deserializer, Serializer};

    pub(in crate::register) fn serialize<S: Serializer>(
        at: &Option<DateTime<Utc>>,
        output: S,
    ) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => super::instant::serialize(at, output),
            None => output.serialize_none(),
        }
    }

    pub(in crate::register) fn deserialize<'de, D: Deserializer<'de>>(
        input: D,
    ) -> Result<Option<DateTime<Utc>>, D::Error> {
        Option::<DateTime<Utc>>::deserialize(input)
    }
}
