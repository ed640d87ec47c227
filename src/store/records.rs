//! The register's records in SQL.
//!
//! Queries and inserts are those that SQLite and PostgreSQL share (`$1`, plain types); what is
//! SQLite's own (opening, the tables in migrations/, copying the file, checking it) stands in
//! functions of its own, so that a second database is a second instance of this file.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{SubsecRound as _, Utc};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::Error;
use crate::agreement::{Actor, AgreementId, Form, PartyCode, VersionNumber};
use crate::register::{self, Entry, Event, Issued, leaf_hash};

/// The database's file in the store.
pub(super) const FILE: &str = "register.sqlite";

/// The form of the tables, kept in `user_version`.
const FORM: i64 = 1;

const MIGRATION: &str = include_str!("migrations/0001.sql");

/// The register's records, one connection.
#[derive(Debug)]
pub struct Records {
    connection: SqliteConnection,
    path: PathBuf,
}

/// An entry before it has a place and a time.
#[derive(Debug, Clone)]
pub struct Draft {
    /// Who acts.
    pub actor: Actor,
    /// What it concerns.
    pub agreement: Option<AgreementId>,
    /// What happened.
    pub event: Event,
}

/// How many copies a version has in a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverviewRow {
    /// The agreement.
    pub agreement: AgreementId,
    /// The version.
    pub version: VersionNumber,
    /// The form.
    pub form: Form,
    /// Copies that count.
    pub live: u64,
    /// Of these, handed out.
    pub sent: u64,
    /// Voided copies.
    pub voided: u64,
}

impl Records {
    /// Opens the records; `None` when there are none.
    pub(super) async fn open(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        super::filesystem::refuse_network(folder)?;
        let mut records = Self::connect(path, false).await?;
        let row = sqlx::query("PRAGMA user_version")
            .fetch_one(&mut records.connection)
            .await;
        let found: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| records.failed(error))?;
        match found {
            FORM => Ok(Some(records)),
            // The process that made the file died before its first entry.
            0 => Ok(None),
            found => Err(Error::Newer {
                path: records.path,
                found,
                known: FORM,
            }),
        }
    }

    /// Makes the records.
    pub(super) async fn create(folder: &Path) -> Result<Self, Error> {
        let mut records = Self::connect(folder.join(FILE), true).await?;
        let done = sqlx::raw_sql(MIGRATION)
            .execute(&mut records.connection)
            .await;
        done.map_err(|error| records.failed(error))?;
        Ok(records)
    }

    async fn connect(path: PathBuf, create: bool) -> Result<Self, Error> {
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        match SqliteConnection::connect_with(&options).await {
            Ok(connection) => Ok(Self { connection, path }),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Returns the entries of one agreement, or all, in their order.
    ///
    /// Each is checked against the leaf hash that was stored beside it.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Entry`] for the first that is not what was stored.
    pub async fn entries(&mut self, agreement: Option<&AgreementId>) -> Result<Vec<Entry>, Error> {
        let query = match agreement {
            Some(agreement) => {
                sqlx::query("SELECT seq, bytes, leaf FROM entry WHERE agreement = $1 ORDER BY seq")
                    .bind(agreement.as_str())
            }
            None => sqlx::query("SELECT seq, bytes, leaf FROM entry ORDER BY seq"),
        };
        let rows = query
            .fetch_all(&mut self.connection)
            .await
            .map_err(|error| failed(&self.path, error))?;
        let gap = sqlx::query("SELECT COUNT(*), COALESCE(MAX(seq) + 1, 0) FROM entry")
            .fetch_one(&mut self.connection)
            .await
            .and_then(|row| Ok((row.try_get::<i64, _>(0)?, row.try_get::<i64, _>(1)?)));
        let (count, next) = gap.map_err(|error| failed(&self.path, error))?;
        if count != next {
            let problem = format!(
                "{} of {next} entries are missing",
                next.saturating_sub(count)
            );
            return Err(Error::Damaged {
                path: self.path.clone(),
                problem,
            });
        }
        let mut entries = Vec::with_capacity(rows.len());
        for (position, row) in rows.iter().enumerate() {
            let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
            let (seq, bytes, leaf): (i64, &[u8], &[u8]) =
                read().map_err(|error| failed(&self.path, error))?;
            let seq = u64::try_from(seq).unwrap_or(u64::MAX);
            let damaged = |problem| Error::Damaged {
                path: self.path.clone(),
                problem,
            };
            if agreement.is_none() && usize::try_from(seq) != Ok(position) {
                return Err(damaged(format!("entry {position} is missing")));
            }
            if leaf_hash(bytes).as_bytes() != leaf {
                return Err(damaged(format!(
                    "entry {seq} was changed after it was stored"
                )));
            }
            let entry = Entry::from_bytes(seq, bytes);
            entries.push(entry.map_err(|source| Error::Entry {
                path: self.path.clone(),
                source,
            })?);
        }
        Ok(entries)
    }

    /// Tells whether there is no entry.
    pub(super) async fn is_empty(&mut self) -> Result<bool, Error> {
        let row = sqlx::query("SELECT COUNT(*) FROM entry")
            .fetch_one(&mut self.connection)
            .await;
        let count: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| self.failed(error))?;
        Ok(count == 0)
    }

    /// Appends entries in one transaction, all or none, and returns them.
    ///
    /// # Errors
    /// [`Error::Taken`] when a copy is issued twice; what the database says.
    pub async fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Entry>, Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(failed)?;
        let row = sqlx::query("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry")
            .fetch_one(&mut *transaction)
            .await;
        let mut next: i64 = row.and_then(|row| row.try_get(0)).map_err(failed)?;
        let mut entries = Vec::with_capacity(drafts.len());
        for draft in drafts {
            let entry = Entry {
                actor: draft.actor,
                agreement: draft.agreement,
                at: Utc::now().trunc_subsecs(3),
                event: draft.event,
                seq: u64::try_from(next).unwrap_or(u64::MAX),
                v: register::FORMAT,
            };
            let bytes = entry
                .to_bytes()
                .map_err(|error| failed(sqlx::Error::Encode(Box::new(error))))?;
            sqlx::query("INSERT INTO entry (seq, bytes, leaf) VALUES ($1, $2, $3)")
                .bind(next)
                .bind(bytes.as_slice())
                .bind(leaf_hash(&bytes).as_bytes().as_slice())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            index(&mut transaction, &path, next, &entry).await?;
            entries.push(entry);
            next = next.saturating_add(1);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(entries)
    }

    /// Returns how many copies each version has, from the index beside the log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn overview(&mut self) -> Result<Vec<OverviewRow>, Error> {
        let rows = sqlx::query(
            "SELECT agreement, version, form,
                    COUNT(CASE WHEN voided_seq IS NULL THEN 1 END),
                    COUNT(CASE WHEN voided_seq IS NULL AND sent_seq IS NOT NULL THEN 1 END),
                    COUNT(voided_seq)
             FROM copy_index GROUP BY agreement, version, form ORDER BY agreement, version, form",
        )
        .fetch_all(&mut self.connection)
        .await
        .map_err(|error| self.failed(error))?;
        rows.iter().map(|row| self.overview_row(row)).collect()
    }

    fn overview_row(&self, row: &sqlx::sqlite::SqliteRow) -> Result<OverviewRow, Error> {
        let text = |column: usize| {
            row.try_get::<String, _>(column)
                .map_err(|error| self.failed(error))
        };
        let count = |column: usize| {
            let count = row
                .try_get::<i64, _>(column)
                .map_err(|error| self.failed(error))?;
            Ok::<u64, Error>(u64::try_from(count).unwrap_or_default())
        };
        let damaged = |problem| Error::Damaged {
            path: self.path.clone(),
            problem,
        };
        let form = text(2)?;
        Ok(OverviewRow {
            agreement: text(0)?
                .parse()
                .map_err(|error| damaged(format!("index: {error}")))?,
            version: text(1)?
                .parse()
                .map_err(|error| damaged(format!("index: {error}")))?,
            form: [Form::Bilateral, Form::Counterpart, Form::Joint]
                .into_iter()
                .find(|known| known.as_str() == form)
                .ok_or_else(|| damaged(format!("index: form {form:?}")))?,
            live: count(3)?,
            sent: count(4)?,
            voided: count(5)?,
        })
    }

    /// Rebuilds the index beside the log from the entries.
    ///
    /// # Errors
    /// As [`Records::entries`].
    pub async fn rebuild_index(&mut self) -> Result<(), Error> {
        let entries = self.entries(None).await?;
        let path = self.path.clone();
        let mut transaction = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(|error| failed(&path, error))?;
        let cleared = sqlx::query("DELETE FROM copy_index")
            .execute(&mut *transaction)
            .await;
        cleared.map_err(|error| failed(&path, error))?;
        for entry in &entries {
            let seq = i64::try_from(entry.seq).unwrap_or(i64::MAX);
            index(&mut transaction, &path, seq, entry).await?;
        }
        transaction
            .commit()
            .await
            .map_err(|error| failed(&path, error))
    }

    /// Writes the records as they are now into a file of their own, while others may read.
    pub(super) async fn copy_to(&mut self, target: &Path) -> Result<(), Error> {
        let done = sqlx::query("VACUUM INTO $1")
            .bind(target.to_string_lossy().into_owned())
            .execute(&mut self.connection)
            .await;
        done.map(drop).map_err(|error| self.failed(error))
    }

    /// Reads the whole database file once and tells what SQLite finds wrong in it.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub async fn check(&mut self) -> Result<(), Error> {
        let row = sqlx::query("PRAGMA quick_check")
            .fetch_one(&mut self.connection)
            .await;
        let answer: String = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| self.failed(error))?;
        if answer == "ok" {
            Ok(())
        } else {
            Err(Error::Damaged {
                path: self.path.clone(),
                problem: answer,
            })
        }
    }

    /// Writes everything out and lets go of the file, which may then be moved.
    pub(super) async fn close(self) -> Result<(), Error> {
        let Self { connection, path } = self;
        connection
            .close()
            .await
            .map_err(|error| failed(&path, error))
    }

    fn failed(&self, error: sqlx::Error) -> Error {
        failed(&self.path, error)
    }
}

/// Keeps the index beside the log in step with one entry.
async fn index(
    transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    path: &Path,
    seq: i64,
    entry: &Entry,
) -> Result<(), Error> {
    let Some(agreement) = &entry.agreement else {
        return Ok(());
    };
    match &entry.event {
        Event::Issued(issued) => index_copy(transaction, path, seq, agreement, issued).await,
        Event::Reissued(reissued) => {
            index_copy(transaction, path, seq, agreement, &reissued.issued).await
        }
        Event::Sent(sent) => {
            for copy in &sent.copies {
                let query = sqlx::query("UPDATE copy_index SET sent_seq = $1 WHERE copy = $2");
                let done = query
                    .bind(seq)
                    .bind(copy.as_str())
                    .execute(&mut **transaction)
                    .await;
                done.map_err(|error| failed(path, error))?;
            }
            Ok(())
        }
        Event::Voided(voided) => {
            let query = sqlx::query(
                "UPDATE copy_index SET voided_seq = $1 WHERE copy = $2 AND voided_seq IS NULL",
            );
            let done = query
                .bind(seq)
                .bind(voided.copy.as_str())
                .execute(&mut **transaction)
                .await;
            done.map(drop).map_err(|error| failed(path, error))
        }
        Event::Opened(_) | Event::Published(_) | Event::Restored(_) => Ok(()),
    }
}

async fn index_copy(
    transaction: &mut sqlx::Transaction<'_, sqlx::Sqlite>,
    path: &Path,
    seq: i64,
    agreement: &AgreementId,
    issued: &Issued,
) -> Result<(), Error> {
    let done = sqlx::query(
        "INSERT INTO copy_index (copy, agreement, version, form, holder, issued_seq) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(issued.copy.as_str())
    .bind(agreement.as_str())
    .bind(issued.version.to_string())
    .bind(issued.form.as_str())
    .bind(issued.holder.as_ref().map(PartyCode::as_str))
    .bind(seq)
    .execute(&mut **transaction)
    .await;
    match done {
        Ok(_) => Ok(()),
        Err(error)
            if error
                .as_database_error()
                .is_some_and(|error| error.is_unique_violation()) =>
        {
            Err(Error::Taken {
                copy: issued.copy.clone(),
            })
        }
        Err(error) => Err(failed(path, error)),
    }
}

fn failed(path: &Path, error: sqlx::Error) -> Error {
    // sqlite3.h: SQLITE_CORRUPT (11) and SQLITE_NOTADB (26), with extended codes in the higher bits.
    let code = error
        .as_database_error()
        .and_then(|error| error.code()?.parse::<u32>().ok());
    match code.map(|code| code & 0xFF) {
        Some(11 | 26) => Error::Damaged {
            path: path.to_owned(),
            problem: error.to_string(),
        },
        _ => Error::Database {
            path: path.to_owned(),
            source: Box::new(error),
        },
    }
}
