//! The register's records in SQL.
//!
//! Queries and inserts are those that SQLite and PostgreSQL share (`$1`, plain types); what is
//! SQLite's own (opening, the tables in migrations/, copying the file, checking it) stands in
//! functions of its own, so that a second database is a second instance of this file.

use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};

use super::Error;
use super::index::{index, index_anew};
use crate::agreement::{Actor, AgreementId};
use crate::register::{self, Entry, Event, leaf_hash};

/// The database's file in the store.
pub(super) const FILE: &str = "register.sqlite";

/// The newest form of the tables, kept in `user_version`. Earlier ones are read, and brought up to
/// this one when opened for writing.
const FORM: i64 = 3;

/// Makes form 1, in a transaction of its own.
const FIRST: &str = include_str!("migrations/0001.sql");
/// Makes form 2 of form 1, inside a transaction.
const SECOND: &str = include_str!("migrations/0002.sql");
/// Makes form 3 of form 2, inside a transaction.
const THIRD: &str = include_str!("migrations/0003.sql");

/// The register's records, one connection.
#[derive(Debug)]
pub struct Records {
    pub(super) connection: Connection,
    // The form that the tables have.
    pub(super) form: i64,
    pub(super) path: PathBuf,
}

/// A connection that is closed before it is gone.
///
/// The driver closes what is merely dropped on a thread of its own, which the program may not outlive:
/// the write-ahead log would stay behind, and register.sqlite alone would not be the whole register.
#[derive(Debug)]
pub(super) struct Connection(Option<SqliteConnection>);

impl Connection {
    const OPEN: &str = "only close and drop take the connection out";

    async fn close(mut self) -> Result<(), sqlx::Error> {
        match self.0.take() {
            Some(connection) => connection.close().await,
            None => Ok(()),
        }
    }
}

impl Deref for Connection {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        self.0.as_ref().expect(Self::OPEN)
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.0.as_mut().expect(Self::OPEN)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            // Every entry was committed before; a failure only leaves the log for the next opening.
            drop(futures_executor::block_on(connection.close()));
        }
    }
}

/// An entry before it has a place and a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Who acts.
    pub actor: Actor,
    /// What it concerns.
    pub agreement: Option<AgreementId>,
    /// What happened.
    pub event: Event,
}

impl Records {
    /// The first form of the tables that has leases.
    pub(super) const FORM_WITH_LEASES: i64 = 2;

    /// Opens the records; `None` when there are none.
    pub(super) async fn open(folder: &Path) -> Result<Option<Self>, Error> {
        let path = folder.join(FILE);
        if !path.is_file() {
            return Ok(None);
        }
        super::filesystem::refuse_network(folder)?;
        let mut records = Self::connect(path, false).await?;
        let row = sqlx::query("PRAGMA user_version")
            .fetch_one(&mut *records.connection)
            .await;
        let found: i64 = row
            .and_then(|row| row.try_get(0))
            .map_err(|error| records.failed(error))?;
        match found {
            1..=FORM => {
                records.form = found;
                Ok(Some(records))
            }
            // The process that made the file died before its first entry.
            0 => Ok(None),
            found => Err(Error::Newer {
                path: records.path,
                found,
                known: FORM,
            }),
        }
    }

    /// Makes the records, in their first form.
    pub(super) async fn create(folder: &Path) -> Result<Self, Error> {
        let mut records = Self::connect(folder.join(FILE), true).await?;
        let done = sqlx::raw_sql(FIRST).execute(&mut *records.connection).await;
        done.map_err(|error| records.failed(error))?;
        records.form = 1;
        Ok(records)
    }

    /// Brings the tables up to the newest form, whole or not at all; entries stay as they are.
    ///
    /// For a caller that keeps the office, so that nobody appends meanwhile.
    pub(super) async fn migrate(&mut self) -> Result<(), Error> {
        if self.form == FORM {
            return Ok(());
        }
        let entries = self.entries(None).await?;
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        if self.form == 1 {
            let done = sqlx::raw_sql(SECOND).execute(&mut *transaction).await;
            done.map_err(failed)?;
        }
        let done = sqlx::raw_sql(THIRD).execute(&mut *transaction).await;
        done.map_err(failed)?;
        index_anew(&mut transaction, &path, &entries).await?;
        let done = sqlx::raw_sql("PRAGMA user_version = 3")
            .execute(&mut *transaction)
            .await;
        done.map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
        self.form = FORM;
        Ok(())
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
            Ok(connection) => Ok(Self {
                connection: Connection(Some(connection)),
                form: 0,
                path,
            }),
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
            .fetch_all(&mut *self.connection)
            .await
            .map_err(|error| failed(&self.path, error))?;
        let gap = sqlx::query("SELECT COUNT(*), COALESCE(MAX(seq) + 1, 0) FROM entry")
            .fetch_one(&mut *self.connection)
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
            .fetch_one(&mut *self.connection)
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
        let entries = enter(&mut transaction, &path, drafts).await?;
        transaction.commit().await.map_err(failed)?;
        Ok(entries)
    }

    /// Writes the records as they are now into a file of their own, while others may read.
    pub(super) async fn copy_to(&mut self, target: &Path) -> Result<(), Error> {
        let done = sqlx::query("VACUUM INTO $1")
            .bind(target.to_string_lossy().into_owned())
            .execute(&mut *self.connection)
            .await;
        done.map(drop).map_err(|error| self.failed(error))
    }

    /// Reads the whole database file once and tells what SQLite finds wrong in it.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub async fn check(&mut self) -> Result<(), Error> {
        let row = sqlx::query("PRAGMA quick_check")
            .fetch_one(&mut *self.connection)
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
        let Self {
            connection, path, ..
        } = self;
        connection
            .close()
            .await
            .map_err(|error| failed(&path, error))
    }

    fn failed(&self, error: sqlx::Error) -> Error {
        failed(&self.path, error)
    }
}

/// Adds entries after the last one, inside a transaction.
pub(super) async fn enter(
    connection: &mut SqliteConnection,
    path: &Path,
    drafts: Vec<Draft>,
) -> Result<Vec<Entry>, Error> {
    let row = sqlx::query("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry")
        .fetch_one(&mut *connection)
        .await;
    let mut next: i64 = row
        .and_then(|row| row.try_get(0))
        .map_err(|error| failed(path, error))?;
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
            .map_err(|error| failed(path, sqlx::Error::Encode(Box::new(error))))?;
        sqlx::query("INSERT INTO entry (seq, bytes, leaf) VALUES ($1, $2, $3)")
            .bind(next)
            .bind(bytes.as_slice())
            .bind(leaf_hash(&bytes).as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .map_err(|error| failed(path, error))?;
        index(connection, path, next, &entry).await?;
        entries.push(entry);
        next = next.saturating_add(1);
    }
    Ok(entries)
}

pub(super) fn failed(path: &Path, error: sqlx::Error) -> Error {
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
