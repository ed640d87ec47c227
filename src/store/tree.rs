//! The tree over the entries as it is stored: nodes, checkpoints, proofs, and their checks.
//!
//! Every append adds its nodes and a checkpoint in its own transaction. What is read is checked up to the
//! signed root; nothing here trusts a stored node by itself.

use std::collections::BTreeMap;
use std::ops::Range;

use sqlx::sqlite::Sqlite;
use sqlx::{Connection as _, Row as _};

use super::nodes::{
    NODE_BYTES, SignedHead, begin, check_head, check_leaves, check_row, check_size, consistency,
    damaged, head_at, missing, no_entry, public_key, read_entry, receipt, signed_head, size,
    to_row,
};
use super::records::failed;
use super::{Error, Records};
use crate::agreement::Sha256;
use crate::register::{
    Frontier, Receipt, TreeHead, check_consistency, merge_cosigned, open_checkpoint,
};

/// What a check of the whole register from raw storage found to be in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// The tree's head, computed from the entries and signed by the register.
    pub head: TreeHead,
    /// How many entries bear an earlier time than the entry before: the machine's clock went back.
    pub times_back: u64,
}

impl Records {
    /// The first form of the tables that has the tree.
    pub(super) const FORM_WITH_TREE: i64 = 4;

    /// Returns the newest checkpoint, a signed note; `None` before the first entry, or for a register that
    /// was last written by a program without checkpoints.
    ///
    /// # Errors
    /// [`Error::Damaged`] when it is not what the register's key signed.
    pub async fn checkpoint(&mut self) -> Result<Option<String>, Error> {
        if self.form < Self::FORM_WITH_TREE {
            return Ok(None);
        }
        let public_key = self.public_key().await?;
        let signed = match public_key {
            Some(key) => signed_head(&mut self.connection, &self.path, &key).await?,
            None => None,
        };
        Ok(signed.map(|signed| signed.note))
    }

    /// Returns the register's public key, a verifier key (C2SP signed-note); `None` before the first entry.
    ///
    /// # Errors
    /// [`Error`] when the first entry cannot be read.
    pub async fn public_key(&mut self) -> Result<Option<String>, Error> {
        if self.public_key.is_none() {
            self.public_key = public_key(&mut self.connection, &self.path).await?;
        }
        Ok(self.public_key.clone())
    }

    /// Returns the receipt of an entry under the newest checkpoint.
    ///
    /// # Errors
    /// [`Error::NoEntry`]; [`Error::Damaged`] when the stored tree does not prove it.
    pub async fn receipt(&mut self, seq: u64) -> Result<Receipt, Error> {
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        receipt(&mut snapshot, &path, seq, &signed).await
    }

    /// Returns the receipt of an entry under the newest checkpoint that witnesses cosigned; `None` when
    /// they have not seen the entry yet.
    ///
    /// # Errors
    /// As [`Records::receipt`].
    pub async fn cosigned_receipt(&mut self, seq: u64) -> Result<Option<Receipt>, Error> {
        let Some(note) = self.cosigned().await? else {
            return Ok(None);
        };
        let public_key = self.public_key().await?.unwrap_or_default();
        let head = open_checkpoint(&note, &public_key)
            .map_err(|error| damaged(&self.path, format!("a cosigned checkpoint: {error}")))?
            .head;
        if seq >= head.size {
            return Ok(None);
        }
        let signed = SignedHead { head, note };
        receipt(&mut self.connection, &self.path, seq, &signed)
            .await
            .map(Some)
    }

    /// Returns the proof that the register begins with its own first `from` entries, up to the newest
    /// checkpoint.
    ///
    /// # Errors
    /// [`Error::NoEntry`] when there are fewer.
    pub async fn consistency(&mut self, from: u64) -> Result<Vec<Sha256>, Error> {
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        consistency(&mut snapshot, &path, from, signed.head.size).await
    }

    /// Returns the head that the tree had at an earlier size, from the stored nodes.
    ///
    /// # Errors
    /// [`Error::NoEntry`] when there are fewer entries.
    pub async fn head_at(&mut self, size: u64) -> Result<TreeHead, Error> {
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        if size > signed.head.size {
            return Err(no_entry(size, signed.head.size));
        }
        head_at(&mut snapshot, &path, size).await
    }

    /// Returns the stored bytes of entries, in order; fewer when the register ends before.
    ///
    /// # Errors
    /// [`Error::Damaged`] when one does not fit its leaf or is missing.
    pub async fn entry_bytes(&mut self, range: Range<u64>) -> Result<Vec<Vec<u8>>, Error> {
        let rows = sqlx::query(
            "SELECT seq, bytes, leaf FROM entry WHERE seq >= $1 AND seq < $2 ORDER BY seq",
        )
        .bind(to_row(range.start))
        .bind(to_row(range.end))
        .fetch_all(&mut *self.connection)
        .await
        .map_err(|error| failed(&self.path, error))?;
        let mut expected = range.start;
        let mut all = Vec::with_capacity(rows.len());
        for row in &rows {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            let (seq, bytes, leaf): (i64, &[u8], &[u8]) =
                read().map_err(|error| failed(&self.path, error))?;
            check_row(&self.path, expected, seq, bytes, leaf)?;
            all.push(bytes.to_vec());
            expected = expected.saturating_add(1);
        }
        Ok(all)
    }

    /// Keeps a checkpoint that witnesses cosigned, together with the cosignatures already kept of it.
    ///
    /// Whose cosignatures they are is for the caller to have checked.
    ///
    /// # Errors
    /// [`Error::NotOurs`] unless the register signed it and its tree was so.
    pub async fn keep_cosigned(&mut self, note: &str) -> Result<(), Error> {
        let not_ours = |problem: String| Error::NotOurs { problem };
        let public_key = self.public_key().await?.unwrap_or_default();
        let checkpoint =
            open_checkpoint(note, &public_key).map_err(|error| not_ours(error.to_string()))?;
        let size = checkpoint.head.size;
        let ours = match self.head_at(size).await {
            Err(Error::NoEntry { .. }) => None,
            ours => Some(ours?),
        };
        if ours != Some(checkpoint.head) {
            return Err(not_ours(format!(
                "the register was never so with {size} entries"
            )));
        }
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        let kept = sqlx::query("SELECT note FROM cosigned WHERE size = $1")
            .bind(to_row(size))
            .fetch_optional(&mut *transaction)
            .await
            .map_err(failed)?;
        let note = match kept {
            Some(row) => {
                let kept: String = row.try_get(0).map_err(failed)?;
                merge_cosigned(&kept, note, &public_key)
                    .map_err(|error| not_ours(error.to_string()))?
            }
            None => note.to_owned(),
        };
        sqlx::query(
            "INSERT INTO cosigned (size, note) VALUES ($1, $2)
             ON CONFLICT (size) DO UPDATE SET note = excluded.note",
        )
        .bind(to_row(size))
        .bind(note)
        .execute(&mut *transaction)
        .await
        .map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }

    /// Returns the newest checkpoint that witnesses cosigned, a signed note.
    ///
    /// # Errors
    /// What the database says.
    pub async fn cosigned(&mut self) -> Result<Option<String>, Error> {
        if self.form < Self::FORM_WITH_TREE {
            return Ok(None);
        }
        let row = sqlx::query("SELECT note FROM cosigned ORDER BY size DESC LIMIT 1")
            .fetch_optional(&mut *self.connection)
            .await;
        let note = row.and_then(|row| row.map(|row| row.try_get(0)).transpose());
        note.map_err(|error| failed(&self.path, error))
    }

    /// Reads all of the register from raw storage and checks it: every entry's bytes, leaf, form and place,
    /// every node, the root, and the signature on it.
    ///
    /// Memory stays flat. `progress` is told how many entries were read. Documents are not looked at.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Entry`] for the first that is wrong.
    pub async fn verify(&mut self, progress: &mut dyn FnMut(u64)) -> Result<Verified, Error> {
        self.verify_all(progress, true).await
    }

    /// As [`Records::verify`], for leaves, nodes, root and signature only: the entries' own form is not
    /// looked at.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub async fn verify_tree(&mut self, progress: &mut dyn FnMut(u64)) -> Result<TreeHead, Error> {
        self.verify_all(progress, false)
            .await
            .map(|verified| verified.head)
    }

    async fn verify_all(
        &mut self,
        progress: &mut dyn FnMut(u64),
        with_form: bool,
    ) -> Result<Verified, Error> {
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        let path = &path;
        let mut frontier = Frontier::empty();
        let mut times_back = 0_u64;
        let mut last_at = None;
        loop {
            let from = frontier.size();
            let rows = sqlx::query(
                "SELECT entry.seq, bytes, leaf, hashes FROM entry LEFT JOIN node ON node.seq = entry.seq
                 WHERE entry.seq >= $1 ORDER BY entry.seq LIMIT $2",
            )
            .bind(to_row(from))
            .bind(CHUNK)
            .fetch_all(&mut *snapshot)
            .await
            .map_err(|error| failed(path, error))?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let read = || {
                    Ok((
                        row.try_get(0)?,
                        row.try_get(1)?,
                        row.try_get(2)?,
                        row.try_get(3)?,
                    ))
                };
                let (seq, bytes, leaf, hashes): (i64, &[u8], &[u8], Option<&[u8]>) =
                    read().map_err(|error| failed(path, error))?;
                let expected = frontier.size();
                let leaf = check_row(path, expected, seq, bytes, leaf)?;
                let added = frontier.push(leaf);
                let stored = hashes.unwrap_or_default().chunks(NODE_BYTES);
                if !stored.eq(added.iter().map(|node| node.as_bytes().as_slice())) {
                    let problem = format!("the tree does not fit entry {expected}");
                    return Err(damaged(path, problem));
                }
                if with_form {
                    let entry = read_entry(path, expected, bytes)?;
                    if last_at.is_some_and(|last| entry.at < last) {
                        times_back = times_back.saturating_add(1);
                    }
                    last_at = Some(entry.at);
                }
            }
            progress(frontier.size());
        }
        let nodes: i64 = sqlx::query("SELECT COUNT(*) FROM node")
            .fetch_one(&mut *snapshot)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(|error| failed(path, error))?;
        check_head(path, &frontier.head(), &signed.head)?;
        // Every other leaf completes a node.
        if nodes != to_row(frontier.size() >> 1) {
            return Err(damaged(
                path,
                "the tree has nodes that belong to no entry".to_owned(),
            ));
        }
        Ok(Verified {
            head: signed.head,
            times_back,
        })
    }

    /// Checks what must hold before anything is done: the newest checkpoint is signed by the register's key,
    /// speaks of as many entries as there are, and its root holds the first and the last of them.
    ///
    /// Reads a handful of rows, however many entries there are.
    pub(super) async fn prove(&mut self) -> Result<Option<SignedHead>, Error> {
        if self.form < Self::FORM_WITH_TREE {
            return Ok(None);
        }
        let Some(public_key) = self.public_key().await? else {
            return Ok(None);
        };
        let path = &self.path;
        let mut snapshot = begin(&mut self.connection, path).await?;
        let signed = signed_head(&mut snapshot, path, &public_key).await?;
        let size = size(&mut snapshot, path).await?;
        let signed = signed.ok_or_else(|| damaged(path, "its checkpoint is missing".to_owned()))?;
        check_size(path, size, signed.head.size)?;
        let last = size.saturating_sub(1);
        let mut known = BTreeMap::new();
        for seq in [0, last] {
            let row = sqlx::query("SELECT seq, bytes, leaf FROM entry WHERE seq = $1")
                .bind(to_row(seq))
                .fetch_optional(&mut *snapshot)
                .await
                .map_err(|error| failed(path, error))?;
            let row = row.ok_or_else(|| missing(path, seq))?;
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            let (found, bytes, leaf): (i64, &[u8], &[u8]) =
                read().map_err(|error| failed(path, error))?;
            known.insert(seq, check_row(path, seq, found, bytes, leaf)?);
        }
        let known: Vec<(u64, Sha256)> = known.into_iter().collect();
        check_leaves(&mut snapshot, path, &known, &signed.head).await?;
        Ok(Some(signed))
    }

    /// Tells whether the register goes on from a head that was seen before.
    pub(super) async fn goes_on_from(&mut self, seen: &TreeHead) -> Result<bool, Error> {
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        if seen.size > signed.head.size {
            return Ok(false);
        }
        let proof = consistency(&mut snapshot, &path, seen.size, signed.head.size).await?;
        Ok(check_consistency(seen, &signed.head, &proof))
    }

    /// Begins to read, all from one state, which the signed head is of.
    pub(super) async fn snapshot(
        &mut self,
    ) -> Result<(SignedHead, sqlx::Transaction<'_, Sqlite>), Error> {
        let public_key = self.public_key().await?;
        if self.form < Self::FORM_WITH_TREE {
            return Err(Error::NoTree {
                path: self.path.clone(),
            });
        }
        let public_key = public_key.ok_or_else(|| no_entry(0, 0))?;
        let mut snapshot = begin(&mut self.connection, &self.path).await?;
        let signed = signed_head(&mut snapshot, &self.path, &public_key).await?;
        let path = &self.path;
        let missing = || damaged(path, "its checkpoint is missing".to_owned());
        Ok((signed.ok_or_else(missing)?, snapshot))
    }
}

/// Entries that are read at once when all are.
const CHUNK: i64 = 4096;
