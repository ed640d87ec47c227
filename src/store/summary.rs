//! What was counted of each agreement, kept beside the log: computed from entries, can be counted again,
//! decides nothing.
//!
//! A count is kept with the mark of the state that it was made of: the last entry of the agreement, and the
//! last that concerns the office's parties. Where the mark is another, the count is of no use and is made anew
//! by whoever asks. So nothing has to be kept in step when entries are added.

use std::collections::BTreeMap;

use sqlx::{Connection as _, Row as _};

use super::records::failed;
use super::{Error, Records};
use crate::agreement::{AgreementId, Sha256};

/// The first form of the tables that keeps what was counted.
const FORM_WITH_SUMMARIES: i64 = 4;

/// The state of an agreement that a count was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// Leaf hash of the agreement's last entry.
    pub last: Sha256,
    /// Leaf hash of the last entry without an agreement.
    pub office: Option<Sha256>,
}

/// What was counted of an agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The agreement.
    pub agreement: AgreementId,
    /// Digest of what it was counted by besides the entries.
    pub by: Sha256,
    /// The state that it was made of.
    pub mark: Mark,
    /// What was counted, as whoever counted wrote it.
    pub text: String,
}

impl Records {
    /// Returns each agreement that has entries, with the mark of its state, in the order of their names.
    ///
    /// # Errors
    /// What the database says.
    pub async fn marks(&mut self) -> Result<BTreeMap<AgreementId, Mark>, Error> {
        let office = sqlx::query(
            "SELECT leaf FROM entry WHERE agreement IS NULL ORDER BY agreement, seq DESC LIMIT 1",
        );
        let office = office.fetch_optional(&mut *self.connection).await;
        let office = office.map_err(|error| failed(&self.path, error))?;
        let office = office.map(|row| self.leaf(&row, 0)).transpose()?;
        // From one name to the next through the index: agreements are few, entries many.
        let rows = sqlx::query(
            "WITH RECURSIVE known(name) AS (
                 SELECT MIN(agreement) FROM entry WHERE agreement IS NOT NULL
                 UNION ALL
                 SELECT (SELECT MIN(agreement) FROM entry WHERE agreement > known.name) FROM known
                 WHERE known.name IS NOT NULL
             )
             SELECT name, (SELECT leaf FROM entry WHERE agreement = name ORDER BY seq DESC LIMIT 1)
             FROM known WHERE name IS NOT NULL",
        );
        let rows = rows.fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| failed(&self.path, error))?;
        let mut marks = BTreeMap::new();
        for row in &rows {
            let last = self.leaf(row, 1)?;
            marks.insert(self.agreement(row, 0)?, Mark { last, office });
        }
        Ok(marks)
    }

    /// Returns what was counted and kept; empty in a register of an earlier form.
    ///
    /// # Errors
    /// What the database says.
    pub async fn summaries(&mut self) -> Result<Vec<Summary>, Error> {
        if self.form < FORM_WITH_SUMMARIES {
            return Ok(Vec::new());
        }
        let rows =
            sqlx::query("SELECT agreement, counted_by, last, office, text FROM summary_index");
        let rows = rows.fetch_all(&mut *self.connection).await;
        let rows = rows.map_err(|error| failed(&self.path, error))?;
        let mut summaries = Vec::with_capacity(rows.len());
        for row in &rows {
            let office: Option<&[u8]> =
                row.try_get(3).map_err(|error| failed(&self.path, error))?;
            summaries.push(Summary {
                agreement: self.agreement(row, 0)?,
                by: self.leaf(row, 1)?,
                mark: Mark {
                    last: self.leaf(row, 2)?,
                    office: match office {
                        Some(_) => Some(self.leaf(row, 3)?),
                        None => None,
                    },
                },
                text: row.try_get(4).map_err(|error| failed(&self.path, error))?,
            });
        }
        Ok(summaries)
    }

    /// Keeps what was counted, in place of what was kept of the same agreements.
    ///
    /// # Errors
    /// What the database says; whoever only reads can go on without.
    pub async fn keep_summaries(&mut self, summaries: &[Summary]) -> Result<(), Error> {
        if self.form < FORM_WITH_SUMMARIES {
            return Ok(());
        }
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        for summary in summaries {
            let query = sqlx::query(
                "INSERT INTO summary_index (agreement, counted_by, last, office, text)
                 VALUES ($1, $2, $3, $4, $5)
                 ON CONFLICT (agreement) DO UPDATE SET counted_by = excluded.counted_by,
                     last = excluded.last, office = excluded.office, text = excluded.text",
            );
            let done = query
                .bind(summary.agreement.as_str())
                .bind(summary.by.as_bytes().as_slice())
                .bind(summary.mark.last.as_bytes().as_slice())
                .bind(summary.mark.office.map(|leaf| leaf.as_bytes().to_vec()))
                .bind(summary.text.as_str())
                .execute(&mut *transaction)
                .await;
            done.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    fn agreement(
        &self,
        row: &sqlx::sqlite::SqliteRow,
        column: usize,
    ) -> Result<AgreementId, Error> {
        let name: &str = row
            .try_get(column)
            .map_err(|error| failed(&self.path, error))?;
        name.parse().map_err(|error| Error::Damaged {
            path: self.path.clone(),
            problem: format!("an entry's agreement: {error}"),
        })
    }

    fn leaf(&self, row: &sqlx::sqlite::SqliteRow, column: usize) -> Result<Sha256, Error> {
        let bytes: &[u8] = row
            .try_get(column)
            .map_err(|error| failed(&self.path, error))?;
        Sha256::from_bytes(bytes).ok_or_else(|| Error::Damaged {
            path: self.path.clone(),
            problem: format!("a leaf hash of {} bytes", bytes.len()),
        })
    }
}
