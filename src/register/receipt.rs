//! Receipts: the proof, handed out, that an entry is in the register (C2SP tlog-proof v1).
//!
//! A receipt holds the entry itself, its place, the path up to the root, and the checkpoint that signs
//! the root. Whoever knows the register's public key checks it without asking anyone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::tree::MAX_PROOF;
use super::{
    Checkpoint, CheckpointError, Entry, EntryError, check_inclusion, leaf_hash, open_checkpoint,
};
use crate::agreement::Sha256;

/// An entry with the proof that it is in the register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The entry's bytes, as they are stored and hashed.
    pub entry: Vec<u8>,
    /// Its place in the register, counted from 0.
    pub index: u64,
    /// The hashes beside the path from its leaf to the root, from below.
    pub proof: Vec<Sha256>,
    /// The checkpoint, a signed note, with whatever witnesses added to it.
    pub checkpoint: String,
}

/// Why a receipt proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ReceiptError {
    /// Another register gave it, or another key was named.
    #[error("the receipt is of another register: {0}")]
    AnotherRegister(CheckpointError),
    /// The signature on its checkpoint is wrong.
    #[error("the receipt's checkpoint is not what the register signed: {0}")]
    Checkpoint(CheckpointError),
    /// The entry is not one in the form of this program.
    #[error("the receipt is of something that is no entry: {0}")]
    Entry(EntryError),
    /// It is not in the form of a receipt.
    #[error("this is not a receipt: {problem}")]
    NotReceipt {
        /// What is wrong.
        problem: &'static str,
    },
    /// The path does not lead from the entry to the root.
    #[error(
        "the receipt's entry {index} is not in the register of {size} entries that it speaks of"
    )]
    Proof {
        /// The entry's place.
        index: u64,
        /// The size in the checkpoint.
        size: u64,
    },
}

impl Receipt {
    /// The ending of a receipt's file name (C2SP tlog-proof).
    pub const EXTENSION: &str = "tlog-proof";

    /// Returns the text of the receipt's file.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = format!(
            "{HEADER}\nextra {}\nindex {}\n",
            BASE64.encode(&self.entry),
            self.index
        );
        for hash in &self.proof {
            text.push_str(&BASE64.encode(hash.as_bytes()));
            text.push('\n');
        }
        text.push('\n');
        text.push_str(&self.checkpoint);
        text
    }

    /// Reads a receipt's file; believes nothing of it yet.
    ///
    /// # Errors
    /// [`ReceiptError::NotReceipt`] unless the bytes are exactly what [`Receipt::to_text`] gives.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let wrong = |problem| ReceiptError::NotReceipt { problem };
        if bytes.len() > MAX_BYTES {
            return Err(wrong("it is too long"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| wrong("it is not text"))?;
        let rest = text
            .strip_prefix(HEADER)
            .and_then(|rest| rest.strip_prefix('\n'))
            .ok_or_else(|| wrong("its first line is not c2sp.org/tlog-proof@v1"))?;
        // C2SP tlog-proof may go without; then the entry must come from elsewhere.
        let no_entry = || wrong("it does not hold the entry");
        let (extra, rest) = line(rest, "extra ").ok_or_else(no_entry)?;
        let entry = BASE64.decode(extra).map_err(|_| no_entry())?;
        let no_index = || wrong("it does not say the entry's place");
        let (index, mut rest) = line(rest, "index ").ok_or_else(no_index)?;
        let index = index.parse().map_err(|_| no_index())?;
        let mut proof = Vec::new();
        let checkpoint = loop {
            let (hash, after) = rest
                .split_once('\n')
                .ok_or_else(|| wrong("its checkpoint is missing"))?;
            rest = after;
            if hash.is_empty() {
                break rest;
            }
            if proof.len() == MAX_PROOF {
                return Err(wrong("its path is too long"));
            }
            let hash = BASE64.decode(hash).ok();
            let hash = hash.and_then(|hash| Sha256::from_bytes(&hash));
            proof.push(hash.ok_or_else(|| wrong("its path holds what is no hash"))?);
        };
        let receipt = Self {
            entry,
            index,
            proof,
            checkpoint: checkpoint.to_owned(),
        };
        // One receipt has one form: neither a leading zero nor other base64 of the same bytes.
        if receipt.to_text() == text {
            Ok(receipt)
        } else {
            Err(wrong("it is written otherwise than the form has it"))
        }
    }

    /// Checks that the register with this public key holds the entry.
    ///
    /// # Errors
    /// [`ReceiptError`] with the first thing that is wrong.
    pub fn check(&self, verifier_key: &str) -> Result<(Entry, Checkpoint), ReceiptError> {
        let checkpoint =
            open_checkpoint(&self.checkpoint, verifier_key).map_err(|error| match error {
                CheckpointError::AnotherKey { .. }
                | CheckpointError::Key { .. }
                | CheckpointError::Origin { .. } => ReceiptError::AnotherRegister(error),
                CheckpointError::Malformed { .. }
                | CheckpointError::Signature { .. }
                | CheckpointError::Time { .. } => ReceiptError::Checkpoint(error),
            })?;
        let leaf = leaf_hash(&self.entry);
        if !check_inclusion(&checkpoint.head, self.index, leaf, &self.proof) {
            return Err(ReceiptError::Proof {
                index: self.index,
                size: checkpoint.head.size,
            });
        }
        let entry = Entry::from_bytes(self.index, &self.entry).map_err(ReceiptError::Entry)?;
        Ok((entry, checkpoint))
    }
}

/// Returns what stands on the first line after a word, and the lines after it.
fn line<'a>(text: &'a str, word: &str) -> Option<(&'a str, &'a str)> {
    text.strip_prefix(word)?.split_once('\n')
}

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// The largest entries are some tens of kilobytes.
const MAX_BYTES: usize = 4 * 1024 * 1024;
