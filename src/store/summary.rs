//! What was made of each agreement's entries, kept beside the log: it can be made again and decides nothing.
//!
//! What is kept of one kind has a mark: how many entries there were, and the root of the tree over them. Whoever
//! asks is told which agreements have entries since, and makes those anew; all of them where the register was
//! never so, where other rules apply, or where the digest of what is kept is another. So nothing has to be kept
//! in step when entries are added, and asking costs as much in a register of a million entries as in a small one.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection as _, Row as _};

use super::nodes::{head_at, to_row};
use super::records::failed;
use super::{Error, Records};
use crate::agreement::{AgreementId, Sha256};
use crate::register::TreeHead;

/// The first form of the tables that keeps kinds of summaries by marks.
const FORM_WITH_MARKS: i64 = 5;

/// What is kept of one kind.
#[derive(Debug)]
pub struct Summaries {
    /// What has to be made anew.
    pub changed: Changed,
    // A line for each agreement: name, tab, text.
    lines: String,
    kind: &'static str,
    by: Sha256,
    // The register when it was asked; `None` where nothing can be kept.
    now: Option<TreeHead>,
    // The mark that was found, of use or not.
    found: Option<Mark>,
}

/// What has to be made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Changed {
    /// Everything.
    All,
    /// These agreements; `None` stands for the entries that concern no agreement.
    These(BTreeSet<Option<AgreementId>>),
}

/// What is kept of a kind was made so.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    by: Sha256,
    digest: Sha256,
    head: TreeHead,
}

impl Summaries {
    /// Returns what is kept and of use, in the order of the names; `None` is of the entries that concern no
    /// agreement.
    pub fn rows(&self) -> impl Iterator<Item = (Option<AgreementId>, &str)> {
        let lines = self.lines.lines().filter_map(|line| line.split_once('\t'));
        lines.filter_map(|(name, text)| match name {
            "" => Some((None, text)),
            name => Some((Some(name.parse().ok()?), text)),
        })
    }

    /// Tells whether something is kept under a mark that fits, and is not what was kept.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        let is_ours = |mark: &Mark| mark.by == self.by && self.changed == Changed::All;
        self.found.as_ref().is_some_and(is_ours)
    }

    fn nothing(kind: &'static str, by: Sha256, changed: Changed) -> Self {
        Self {
            changed,
            lines: String::new(),
            kind,
            by,
            now: None,
            found: None,
        }
    }
}

impl Records {
    /// Returns what is kept of a kind that was made by certain rules, and what has to be made anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn summaries(&mut self, kind: &'static str, by: Sha256) -> Result<Summaries, Error> {
        if self.form < FORM_WITH_MARKS {
            return Ok(Summaries::nothing(kind, by, Changed::All));
        }
        if self.public_key().await?.is_none() {
            let nothing = Changed::These(BTreeSet::new());
            return Ok(Summaries::nothing(kind, by, nothing));
        }
        let path = self.path.clone();
        let (signed, mut snapshot) = self.snapshot().await?;
        let now = signed.head;
        let mut summaries = Summaries::nothing(kind, by, Changed::All);
        summaries.now = Some(now);
        summaries.found = mark(&mut snapshot, &path, kind).await?;
        let Some(mark) = summaries.found.as_ref().filter(|mark| mark.by == by) else {
            return Ok(summaries);
        };
        // A register of which an older copy was put back may have gone on otherwise.
        let was_so = mark.head.size <= now.size
            && head_at(&mut snapshot, &path, mark.head.size).await? == mark.head;
        if !was_so {
            return Ok(summaries);
        }
        let lines = lines(&mut snapshot, &path, kind).await?;
        if Sha256::of(lines.as_bytes()) == mark.digest {
            let changed = concerned(&mut snapshot, &path, mark.head.size).await?;
            summaries.changed = Changed::These(changed);
            summaries.lines = lines;
        }
        Ok(summaries)
    }

    /// Keeps what was made anew, beside what was of use; all that is kept of the kind where nothing was.
    ///
    /// Texts are one line each. Nothing is kept where another process has kept something meanwhile, or is
    /// writing just now: whoever asks does not wait for that.
    ///
    /// # Errors
    /// What the database says; whoever only reads can go on without.
    pub async fn keep_summaries(
        &mut self,
        summaries: &Summaries,
        made: &BTreeMap<Option<AgreementId>, String>,
    ) -> Result<(), Error> {
        let Some(now) = summaries.now else {
            return Ok(());
        };
        self.be_patient(Duration::ZERO).await?;
        let kept = self.keep(summaries, now, made).await;
        self.be_patient(Self::PATIENCE).await?;
        kept
    }

    async fn be_patient(&mut self, patience: Duration) -> Result<(), Error> {
        let statement = format!("PRAGMA busy_timeout = {}", patience.as_millis());
        let done = sqlx::raw_sql(AssertSqlSafe(statement))
            .execute(&mut *self.connection)
            .await;
        done.map(drop).map_err(|error| failed(&self.path, error))
    }

    async fn keep(
        &mut self,
        summaries: &Summaries,
        now: TreeHead,
        made: &BTreeMap<Option<AgreementId>, String>,
    ) -> Result<(), Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        if mark(&mut transaction, &path, summaries.kind).await? != summaries.found {
            return Ok(());
        }
        if summaries.changed == Changed::All {
            let done = sqlx::query("DELETE FROM summary_index WHERE kind = $1")
                .bind(summaries.kind)
                .execute(&mut *transaction)
                .await;
            done.map_err(failed)?;
        }
        for (agreement, text) in made {
            let done = sqlx::query(
                "INSERT INTO summary_index (kind, agreement, text) VALUES ($1, $2, $3)
                 ON CONFLICT (kind, agreement) DO UPDATE SET text = excluded.text",
            )
            .bind(summaries.kind)
            .bind(agreement.as_ref().map_or("", AgreementId::as_str))
            .bind(text.as_str())
            .execute(&mut *transaction)
            .await;
            done.map_err(failed)?;
        }
        // What was made anew may be of entries that came after `now`: these agreements are then made again.
        let lines = lines(&mut transaction, &path, summaries.kind).await?;
        let done = sqlx::query(
            "INSERT INTO summary_mark (kind, made_by, size, root, digest) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (kind) DO UPDATE SET made_by = excluded.made_by, size = excluded.size,
                 root = excluded.root, digest = excluded.digest",
        )
        .bind(summaries.kind)
        .bind(summaries.by.as_bytes().as_slice())
        .bind(to_row(now.size))
        .bind(now.root.as_bytes().as_slice())
        .bind(Sha256::of(lines.as_bytes()).as_bytes().as_slice())
        .execute(&mut *transaction)
        .await;
        done.map_err(failed)?;
        transaction.commit().await.map_err(failed)
    }
}

async fn mark(
    connection: &mut SqliteConnection,
    path: &Path,
    kind: &str,
) -> Result<Option<Mark>, Error> {
    let row = sqlx::query("SELECT made_by, size, root, digest FROM summary_mark WHERE kind = $1")
        .bind(kind)
        .fetch_optional(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let read = || {
        Ok((
            row.try_get(0)?,
            row.try_get(1)?,
            row.try_get(2)?,
            row.try_get(3)?,
        ))
    };
    let (by, size, root, digest): (&[u8], i64, &[u8], &[u8]) =
        read().map_err(|error| failed(path, error))?;
    let hash = |bytes: &[u8]| {
        Sha256::from_bytes(bytes).ok_or_else(|| Error::Damaged {
            path: path.to_owned(),
            problem: format!("a hash of {} bytes in summary_mark", bytes.len()),
        })
    };
    Ok(Some(Mark {
        by: hash(by)?,
        digest: hash(digest)?,
        head: TreeHead {
            size: u64::try_from(size).unwrap_or(u64::MAX),
            root: hash(root)?,
        },
    }))
}

/// Returns all that is kept of a kind, in one piece: a row each would cost more than all the rest.
async fn lines(
    connection: &mut SqliteConnection,
    path: &Path,
    kind: &str,
) -> Result<String, Error> {
    let row = sqlx::query(
        "SELECT string_agg(line, $1) FROM (
             SELECT agreement || $2 || text AS line FROM summary_index WHERE kind = $3 ORDER BY agreement
         ) AS kept",
    )
    .bind("\n")
    .bind("\t")
    .bind(kind)
    .fetch_one(connection)
    .await;
    let lines: Option<String> = row
        .and_then(|row| row.try_get(0))
        .map_err(|error| failed(path, error))?;
    Ok(lines.unwrap_or_default())
}

/// Returns what the entries from a place on concern.
async fn concerned(
    connection: &mut SqliteConnection,
    path: &Path,
    from: u64,
) -> Result<BTreeSet<Option<AgreementId>>, Error> {
    let rows = sqlx::query("SELECT DISTINCT agreement FROM entry WHERE seq >= $1")
        .bind(to_row(from))
        .fetch_all(connection)
        .await
        .map_err(|error| failed(path, error))?;
    let mut concerned = BTreeSet::new();
    for row in &rows {
        let name: Option<&str> = row.try_get(0).map_err(|error| failed(path, error))?;
        let name = name.map(str::parse).transpose();
        concerned.insert(name.map_err(|error| Error::Damaged {
            path: path.to_owned(),
            problem: format!("an entry's agreement: {error}"),
        })?);
    }
    Ok(concerned)
}
