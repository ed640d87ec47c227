//! The register's records in SQL.
//!
//! Queries and inserts are those that SQLite and PostgreSQL share (`$1`, plain types); what is
//! SQLite's own (opening, the tables in migrations/, copying the file, checking it) stands in
//! functions of its own, so that a second database is a second instance of this file.

use std::collections::BTreeSet;
use std::ops::{Deref, DerefMut};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SubsecRound as _, Utc};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::{
    Sqlite, SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Row as _};

use super::index::{index, index_anew};
use super::nodes::{self, Edge};
use super::pin::Pin;
use super::{Error, register_signer};
use crate::agreement::{Actor, AgreementId};
use crate::register::{self, CheckpointSigner, Entry, Event, Frontier, TreeHead, leaf_hash};

/// The database's file in the store.
pub(super) const FILE: &str = "register.sqlite";

/// The newest form of the tables, kept in `user_version`. Earlier ones are read, and brought up to
/// this one when opened for writing.
const FORM: i64 = 5;

/// Makes form 1, in a transaction of its own.
const FIRST: &str = include_str!("migrations/0001.sql");
/// Makes form 2 of form 1, inside a transaction.
const SECOND: &str = include_str!("migrations/0002.sql");
/// Makes form 3 of form 2, inside a transaction.
const THIRD: &str = include_str!("migrations/0003.sql");
/// Makes form 4 of form 3, inside a transaction.
const FOURTH: &str = include_str!("migrations/0004.sql");
/// Makes form 5 of form 4, inside a transaction.
const FIFTH: &str = include_str!("migrations/0005.sql");

/// A register of at most so many entries is read and checked whole whatever is asked of it.
const READ_WHOLE: u64 = 5_000;

/// Agreements named in one query; SQLite allows 32766.
const NAMES_AT_ONCE: usize = 500;

/// The register's records, one connection.
#[derive(Debug)]
pub struct Records {
    pub(super) connection: Connection,
    // The form that the tables have.
    pub(super) form: i64,
    pub(super) path: PathBuf,
    // The register's verifier key, once it was read from the first entry.
    pub(super) public_key: Option<String>,
    // A writer's pin, brought up when the records are let go of.
    pub(super) pin: Option<Pin>,
    // The key that signs checkpoints, once something was appended.
    key: Option<CheckpointSigner>,
    // The tree's right edge as the last append left it.
    edge: Option<Edge>,
    clock_went_back: Option<ClockWentBack>,
}

/// The machine's clock was behind the register's last entry when something was entered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockWentBack {
    /// What the clock said, UTC.
    pub now: DateTime<Utc>,
    /// When the last entry was made, UTC, by the same clock.
    pub last_at: DateTime<Utc>,
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
    /// How long to wait for another process that is writing.
    pub(super) const PATIENCE: Duration = Duration::from_secs(10);

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
        // Indexes and tree have been the same since.
        let is_made_anew = self.form < Self::FORM_WITH_TREE;
        let entries = match is_made_anew {
            true => self.entries(None).await?,
            false => Vec::new(),
        };
        let key = match entries.is_empty() {
            true => None,
            false => Some(self.signer().await?.clone()),
        };
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        let steps = [(1, SECOND), (2, THIRD), (3, FOURTH), (4, FIFTH)];
        for (_, step) in steps.into_iter().filter(|(form, _)| *form >= self.form) {
            let done = sqlx::raw_sql(step).execute(&mut *transaction).await;
            done.map_err(failed)?;
        }
        if is_made_anew {
            index_anew(&mut transaction, &path, &entries).await?;
        }
        let mut frontier = Frontier::empty();
        for entry in &entries {
            // What was read is canonical: its bytes are these.
            let leaf = leaf_hash(&to_bytes(&path, entry)?);
            nodes::add_leaf(&mut transaction, &path, &mut frontier, leaf).await?;
        }
        if let Some(key) = key {
            nodes::sign(&mut transaction, &path, &frontier, &key).await?;
        }
        let done = sqlx::query("PRAGMA user_version = 5")
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
            .busy_timeout(Self::PATIENCE)
            .disable_statement_logging();
        match SqliteConnection::connect_with(&options).await {
            Ok(connection) => Ok(Self {
                connection: Connection(Some(connection)),
                form: 0,
                path,
                public_key: None,
                pin: None,
                key: None,
                edge: None,
                clock_went_back: None,
            }),
            Err(error) => Err(failed(&path, error)),
        }
    }

    /// Returns the entries of one agreement and those that concern no agreement, or all, in their order.
    ///
    /// Each is checked against the leaf hash that was stored beside it, and the leaves against the signed
    /// root. All entries, and those of a register of up to 5,000, are read whole: then no entry can be
    /// missing. In a larger one an entry of the agreement that was deleted in the middle, or made to name
    /// another agreement, is noticed by [`Records::verify`] only.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Entry`] for the first that is not what was stored.
    pub async fn entries(&mut self, agreement: Option<&AgreementId>) -> Result<Vec<Entry>, Error> {
        let agreement = agreement.map(|agreement| BTreeSet::from([agreement.clone()]));
        self.read(agreement.as_ref()).await
    }

    /// Returns the entries of some agreements and those that concern no agreement, checked as
    /// [`Records::entries`] checks them.
    ///
    /// # Errors
    /// As [`Records::entries`].
    pub async fn entries_of(
        &mut self,
        agreements: &BTreeSet<AgreementId>,
    ) -> Result<Vec<Entry>, Error> {
        self.read(Some(agreements)).await
    }

    async fn read(&mut self, wanted: Option<&BTreeSet<AgreementId>>) -> Result<Vec<Entry>, Error> {
        let path = self.path.clone();
        if self.form < Self::FORM_WITH_TREE {
            let mut snapshot = nodes::begin(&mut self.connection, &path).await?;
            return whole(&mut snapshot, &path, wanted, None).await;
        }
        if self.public_key().await?.is_none() {
            return Ok(Vec::new());
        }
        let (signed, mut snapshot) = self.snapshot().await?;
        match wanted {
            Some(wanted) if signed.head.size > READ_WHOLE => {
                some(&mut snapshot, &path, wanted, &signed.head).await
            }
            wanted => whole(&mut snapshot, &path, wanted, Some(&signed.head)).await,
        }
    }

    /// Returns how many entries there are, by the place of the last.
    ///
    /// # Errors
    /// What the database says.
    pub async fn size(&mut self) -> Result<u64, Error> {
        nodes::size(&mut self.connection, &self.path).await
    }

    /// Tells whether the clock was behind the register's last entry when these records were opened for
    /// writing, or written to.
    #[must_use]
    pub fn clock_went_back(&self) -> Option<ClockWentBack> {
        self.clock_went_back
    }

    /// Makes the last entry seem to be of another time.
    #[cfg(test)]
    pub(super) fn pretend_last_at(&mut self, at: DateTime<Utc>) {
        if let Some(edge) = &mut self.edge {
            edge.last_at = Some(at);
        }
    }

    /// Compares the clock with the last entry, before anything is entered.
    pub(super) async fn look_at_clock(&mut self) -> Result<(), Error> {
        let edge = nodes::edge(&mut self.connection, &self.path).await?;
        self.clock_went_back = behind(Utc::now(), edge.last_at);
        self.edge = Some(edge);
        Ok(())
    }

    /// Returns the key that signs the register's checkpoints.
    ///
    /// # Errors
    /// [`Error::NoKey`] when its file is gone, [`Error::Key`] when it is damaged or another register's.
    pub(super) async fn signer(&mut self) -> Result<&CheckpointSigner, Error> {
        let public_key = self.public_key().await?;
        if self.key.is_none() {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            self.key = Some(register_signer(folder, public_key.as_deref())?);
        }
        self.key.as_ref().ok_or_else(|| Error::NoKey {
            path: self.path.clone(),
        })
    }

    /// Tells whether there is no entry.
    pub(super) async fn is_empty(&mut self) -> Result<bool, Error> {
        let row = sqlx::query("SELECT seq FROM entry LIMIT 1")
            .fetch_optional(&mut *self.connection)
            .await;
        row.map(|row| row.is_none())
            .map_err(|error| self.failed(error))
    }

    /// Appends entries in one transaction, all or none, and returns them.
    ///
    /// # Errors
    /// [`Error::Taken`] when a copy is issued twice; what the database says.
    pub async fn append(&mut self, drafts: Vec<Draft>) -> Result<Vec<Entry>, Error> {
        self.append_with(drafts, async |_| Ok(())).await
    }

    /// Appends entries as [`Records::append`], with something else done before in the same transaction.
    pub(super) async fn append_with(
        &mut self,
        drafts: Vec<Draft>,
        before: impl AsyncFnOnce(&mut SqliteConnection) -> Result<(), Error>,
    ) -> Result<Vec<Entry>, Error> {
        let key = self.signer().await?.clone();
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        before(&mut transaction).await?;
        // Nobody else appends while the office is kept; if somebody did, the edge is another.
        let size = nodes::size(&mut transaction, &path).await?;
        let known = self.edge.take();
        let edge = match known.filter(|edge| edge.frontier.size() == size) {
            Some(edge) => edge,
            None => nodes::edge(&mut transaction, &path).await?,
        };
        let entered = enter(&mut transaction, &path, &key, edge, drafts).await?;
        transaction.commit().await.map_err(failed)?;
        self.edge = Some(entered.edge);
        self.clock_went_back = self.clock_went_back.or(entered.clock_went_back);
        if let (Some(pin), Some(note)) = (&mut self.pin, &entered.note) {
            pin.see(note);
        }
        Ok(entered.entries)
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

/// What an append made.
struct Entered {
    entries: Vec<Entry>,
    edge: Edge,
    /// The new checkpoint; `None` when nothing was appended.
    note: Option<String>,
    clock_went_back: Option<ClockWentBack>,
}

/// Adds entries after the last one, with their nodes and a checkpoint, inside a transaction.
async fn enter(
    connection: &mut SqliteConnection,
    path: &Path,
    key: &CheckpointSigner,
    mut edge: Edge,
    drafts: Vec<Draft>,
) -> Result<Entered, Error> {
    let mut entries = Vec::with_capacity(drafts.len());
    let mut clock_went_back = None;
    for draft in drafts {
        let seq = edge.frontier.size();
        let at = Utc::now().trunc_subsecs(3);
        clock_went_back = clock_went_back.or(behind(at, edge.last_at));
        edge.last_at = Some(at);
        let entry = Entry {
            actor: draft.actor,
            agreement: draft.agreement,
            at,
            event: draft.event,
            seq,
            v: register::FORMAT,
        };
        let bytes = to_bytes(path, &entry)?;
        let leaf = leaf_hash(&bytes);
        sqlx::query("INSERT INTO entry (seq, bytes, leaf) VALUES ($1, $2, $3)")
            .bind(nodes::to_row(seq))
            .bind(bytes)
            .bind(leaf.as_bytes().as_slice())
            .execute(&mut *connection)
            .await
            .map_err(|error| failed(path, error))?;
        index(connection, path, nodes::to_row(seq), &entry).await?;
        nodes::add_leaf(connection, path, &mut edge.frontier, leaf).await?;
        entries.push(entry);
    }
    let note = match entries.is_empty() {
        true => None,
        false => Some(nodes::sign(connection, path, &edge.frontier, key).await?),
    };
    Ok(Entered {
        entries,
        edge,
        note,
        clock_went_back,
    })
}

/// Reads every entry, and gives those of some agreements and of none, or all.
async fn whole(
    connection: &mut SqliteConnection,
    path: &Path,
    wanted: Option<&BTreeSet<AgreementId>>,
    head: Option<&TreeHead>,
) -> Result<Vec<Entry>, Error> {
    let rows = sqlx::query("SELECT seq, bytes, leaf, agreement FROM entry ORDER BY seq")
        .fetch_all(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let mut frontier = Frontier::empty();
    let mut entries = Vec::new();
    for row in &rows {
        let read = || {
            Ok((
                row.try_get(0)?,
                row.try_get(1)?,
                row.try_get(2)?,
                row.try_get(3)?,
            ))
        };
        let (seq, bytes, leaf, of): (i64, &[u8], &[u8], Option<&str>) =
            read().map_err(|error| failed(path, error))?;
        let expected = frontier.size();
        let leaf = nodes::check_row(path, expected, seq, bytes, leaf)?;
        frontier.push(leaf);
        let is_wanted = match (wanted, of) {
            (Some(wanted), Some(of)) => of.parse().is_ok_and(|of| wanted.contains(&of)),
            (None, _) | (_, None) => true,
        };
        if is_wanted {
            entries.push(nodes::read_entry(path, expected, bytes)?);
        }
    }
    if let Some(head) = head {
        nodes::check_head(path, &frontier.head(), head)?;
    }
    Ok(entries)
}

/// Reads the entries of some agreements and of none from a large register.
async fn some(
    connection: &mut SqliteConnection,
    path: &Path,
    wanted: &BTreeSet<AgreementId>,
    head: &TreeHead,
) -> Result<Vec<Entry>, Error> {
    let names: Vec<&AgreementId> = wanted.iter().collect();
    let of_names = names.chunks(NAMES_AT_ONCE).map(|names| {
        let mut query =
            QueryBuilder::<Sqlite>::new("SELECT seq, bytes, leaf FROM entry WHERE agreement IN (");
        let mut list = query.separated(", ");
        for name in names {
            list.push_bind(name.as_str());
        }
        query.push(")");
        query
    });
    let of_none = "SELECT seq, bytes, leaf FROM entry WHERE agreement IS NULL";
    let mut rows = Vec::new();
    for mut query in std::iter::once(QueryBuilder::new(of_none)).chain(of_names) {
        let query = query.build().persistent(false);
        let found = query.fetch_all(&mut *connection).await;
        rows.extend(found.map_err(|error| failed(path, error))?);
    }
    let mut known = Vec::with_capacity(rows.len());
    let mut entries = Vec::with_capacity(rows.len());
    for row in &rows {
        let read = || Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?));
        let (seq, bytes, leaf): (i64, &[u8], &[u8]) =
            read().map_err(|error| failed(path, error))?;
        let place = u64::try_from(seq).unwrap_or(u64::MAX);
        known.push((place, nodes::check_row(path, place, seq, bytes, leaf)?));
        entries.push(nodes::read_entry(path, place, bytes)?);
    }
    known.sort_unstable_by_key(|(place, _)| *place);
    entries.sort_unstable_by_key(|entry| entry.seq);
    nodes::check_leaves(connection, path, &known, head).await?;
    Ok(entries)
}

fn behind(now: DateTime<Utc>, last_at: Option<DateTime<Utc>>) -> Option<ClockWentBack> {
    let last_at = last_at.filter(|last_at| now < *last_at)?;
    Some(ClockWentBack { now, last_at })
}

fn to_bytes(path: &Path, entry: &Entry) -> Result<Vec<u8>, Error> {
    entry
        .to_bytes()
        .map_err(|error| failed(path, sqlx::Error::Encode(Box::new(error))))
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
