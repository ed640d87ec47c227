//! Leases: who is about to make a copy's next head, and what they were about to enter.
//!
//! Two who go on from one head would fork the copy, so the head is leased: taken with a deadline,
//! and given back in the transaction that enters the new head. A lease that ran out may still be
//! used as long as nobody else took the copy. Leases are work in progress, not history.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, SubsecRound as _, TimeDelta, Utc};
use rand_core::{OsRng, RngCore as _};
use serde::Serialize;
use sqlx::sqlite::{SqliteConnection, SqliteRow};
use sqlx::{Connection as _, Row as _};

use super::documents::discard_partial;
use super::records::failed;
use super::{Documents, Draft, Error, Records};
use crate::agreement::{CopyId, InvalidId, SeatId, Sha256};
use crate::register::Entry;

/// Names one lease; whoever has it may give the lease back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(into = "String")]
pub struct LeaseToken(String);

/// What is to be leased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRequest {
    /// The copy.
    pub copy: CopyId,
    /// The head that the work goes on from.
    pub head: Sha256,
    /// The seat that is to be signed; `None` for other work.
    pub seat: Option<SeatId>,
    /// For how long, in seconds.
    pub seconds: u32,
    /// What was prepared, to be given back with the lease.
    pub work: Option<Vec<u8>>,
}

/// A copy's head in somebody's hands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// The copy.
    pub copy: CopyId,
    /// The head that the work goes on from.
    pub head: Sha256,
    /// The seat that is to be signed; `None` for other work.
    pub seat: Option<SeatId>,
    /// Its name.
    pub token: LeaseToken,
    /// Until when nobody else gets it: UTC with milliseconds, by the clock of this machine.
    pub until: DateTime<Utc>,
    /// What was prepared.
    pub work: Option<Vec<u8>>,
}

impl Records {
    /// Leases one copy; see [`Records::lease_all`].
    ///
    /// # Errors
    /// As [`Records::lease_all`].
    pub async fn lease(&mut self, request: LeaseRequest) -> Result<Lease, Error> {
        let copy = request.copy.clone();
        let leases = self.lease_all(vec![request]).await?;
        leases.into_iter().next().ok_or(Error::Stale { copy })
    }

    /// Leases several copies, all or none. Leases that ran out are taken over.
    ///
    /// Whether each head is the newest is for the caller to check, in the same hold of the office.
    ///
    /// # Errors
    /// [`Error::Leased`] while a copy is in other hands; what the database says.
    pub async fn lease_all(&mut self, requests: Vec<LeaseRequest>) -> Result<Vec<Lease>, Error> {
        self.lease_all_at(requests, Utc::now()).await
    }

    /// As [`Records::lease_all`], at a time.
    pub(super) async fn lease_all_at(
        &mut self,
        requests: Vec<LeaseRequest>,
        now: DateTime<Utc>,
    ) -> Result<Vec<Lease>, Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let now = now.trunc_subsecs(3);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        let mut leases = Vec::with_capacity(requests.len());
        for request in requests {
            let LeaseRequest {
                copy,
                head,
                seat,
                seconds,
                work,
            } = request;
            let held = sqlx::query("SELECT until FROM lease WHERE copy = $1 AND until > $2")
                .bind(copy.as_str())
                .bind(as_text(now))
                .fetch_optional(&mut *transaction)
                .await
                .map_err(failed)?;
            if let Some(held) = held {
                let until: String = held.try_get(0).map_err(failed)?;
                let until = parsed(&until).map_err(|problem| damaged(&path, problem))?;
                return Err(Error::Leased { copy, until });
            }
            let lease = Lease {
                copy,
                head,
                seat,
                token: LeaseToken::random(),
                until: now
                    .checked_add_signed(TimeDelta::seconds(seconds.into()))
                    .unwrap_or(now),
                work,
            };
            // One that ran out gives way.
            sqlx::query("DELETE FROM lease WHERE copy = $1")
                .bind(lease.copy.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            sqlx::query(
                "INSERT INTO lease (copy, token, head, seat, until, work) VALUES ($1, $2, $3, $4, $5, $6)",
            )
            .bind(lease.copy.as_str())
            .bind(lease.token.as_str())
            .bind(lease.head.to_string())
            .bind(lease.seat.as_ref().map(SeatId::as_str))
            .bind(as_text(lease.until))
            .bind(lease.work.as_deref())
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
            leases.push(lease);
        }
        transaction.commit().await.map_err(failed)?;
        Ok(leases)
    }

    /// Returns the lease with a name, also one that ran out; `None` when it was given back or taken
    /// over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn lease_by_token(&mut self, token: &LeaseToken) -> Result<Option<Lease>, Error> {
        if self.form < Self::FORM_WITH_LEASES {
            return Ok(None);
        }
        let row =
            sqlx::query("SELECT copy, token, head, seat, until, work FROM lease WHERE token = $1")
                .bind(token.as_str())
                .fetch_optional(&mut *self.connection)
                .await
                .map_err(|error| failed(&self.path, error))?;
        row.map(|row| self.read_lease(&row)).transpose()
    }

    fn read_lease(&self, row: &SqliteRow) -> Result<Lease, Error> {
        let text = |column: usize| {
            row.try_get::<String, _>(column)
                .map_err(|error| failed(&self.path, error))
        };
        let seat: Option<String> = row.try_get(3).map_err(|error| failed(&self.path, error))?;
        let no_id = |error: InvalidId| damaged(&self.path, format!("lease: {error}"));
        Ok(Lease {
            copy: text(0)?.parse().map_err(no_id)?,
            token: text(1)?.parse().map_err(no_id)?,
            head: text(2)?.parse().map_err(no_id)?,
            seat: seat.map(|seat| seat.parse()).transpose().map_err(no_id)?,
            until: parsed(&text(4)?).map_err(|problem| damaged(&self.path, problem))?,
            work: row.try_get(5).map_err(|error| failed(&self.path, error))?,
        })
    }

    /// Gives leases back, with nothing done. One that is gone already is no error.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release(&mut self, tokens: &[LeaseToken]) -> Result<(), Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        for token in tokens {
            remove(&mut transaction, token).await.map_err(failed)?;
        }
        transaction.commit().await.map_err(failed)
    }

    /// Drops leases that hold nothing prepared: those of processes that died while they signed.
    ///
    /// Only for whoever is at the front of the [`Queue`](super::Queue), as nobody else signs then.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drop_abandoned(&mut self) -> Result<(), Error> {
        let done = sqlx::query("DELETE FROM lease WHERE work IS NULL AND event IS NULL")
            .execute(&mut *self.connection)
            .await;
        done.map(drop).map_err(|error| failed(&self.path, error))
    }

    /// Gives the lease of a copy back, whoever has it; tells whether there was one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn release_copy(&mut self, copy: &CopyId) -> Result<bool, Error> {
        let done = sqlx::query("DELETE FROM lease WHERE copy = $1")
            .bind(copy.as_str())
            .execute(&mut *self.connection)
            .await;
        let done = done.map_err(|error| failed(&self.path, error))?;
        Ok(done.rows_affected() > 0)
    }

    /// Keeps what each lease is about to enter, before the document of its new head is written.
    ///
    /// A process that dies between that document and the entry is then mended by the next
    /// [`Store::write`](super::Store::write).
    ///
    /// # Errors
    /// [`Error::Stale`] when a lease was given back or taken over; then none is kept.
    pub async fn keep_events(&mut self, events: &[(&Lease, &Draft)]) -> Result<(), Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let begun = self.connection.begin_with("BEGIN IMMEDIATE").await;
        let mut transaction = begun.map_err(failed)?;
        for (lease, draft) in events {
            let bytes = serde_json::to_vec(draft)
                .map_err(|error| failed(sqlx::Error::Encode(Box::new(error))))?;
            let done = sqlx::query("UPDATE lease SET event = $1 WHERE token = $2")
                .bind(bytes)
                .bind(lease.token.as_str())
                .execute(&mut *transaction)
                .await
                .map_err(failed)?;
            if done.rows_affected() == 0 {
                let copy = lease.copy.clone();
                return Err(Error::Stale { copy });
            }
        }
        transaction.commit().await.map_err(failed)
    }

    /// Appends entries and gives the leases back that they were made under, all or none.
    ///
    /// # Errors
    /// [`Error::Stale`] when a lease was given back or taken over; as [`Records::append`].
    pub async fn append_and_release(
        &mut self,
        drafts: Vec<Draft>,
        leases: &[&Lease],
    ) -> Result<Vec<Entry>, Error> {
        let path = self.path.clone();
        self.append_with(drafts, async |transaction| {
            for lease in leases {
                let done = remove(&mut *transaction, &lease.token).await;
                if done.map_err(|error| failed(&path, error))? == 0 {
                    let copy = lease.copy.clone();
                    return Err(Error::Stale { copy });
                }
            }
            Ok(())
        })
        .await
    }

    /// Finishes what a process began that died between the document and the entry.
    ///
    /// Where the new head's document is there, the entry is made and the lease is given back; else
    /// there is nothing to enter, and the lease is as if it had just been taken.
    pub(super) async fn mend(&mut self, documents: &Documents) -> Result<Vec<CopyId>, Error> {
        let rows = sqlx::query(
            "SELECT copy, token, head, seat, until, work, event FROM lease WHERE event IS NOT NULL ORDER BY copy",
        )
        .fetch_all(&mut *self.connection)
        .await
        .map_err(|error| failed(&self.path, error))?;
        let mut mended = Vec::new();
        for row in rows {
            let lease = self.read_lease(&row)?;
            let event: Vec<u8> = row.try_get(6).map_err(|error| failed(&self.path, error))?;
            let draft: Draft = serde_json::from_slice(&event).map_err(|error| {
                damaged(
                    &self.path,
                    format!("what was about to be entered of {}: {error}", lease.copy),
                )
            })?;
            let step = draft.event.step();
            let is_written = match &step {
                Some(step) => match documents.get(step.after).await {
                    Ok(_) => true,
                    Err(Error::NoDocument { .. } | Error::DocumentDamaged { .. }) => false,
                    Err(error) => return Err(error),
                },
                None => false,
            };
            if is_written {
                self.append_and_release(vec![draft], &[&lease]).await?;
                mended.push(lease.copy);
            } else {
                if let (Some(step), Some(folder)) = (step, self.path.parent()) {
                    discard_partial(folder, step.after)?;
                }
                let done = sqlx::query("UPDATE lease SET event = NULL WHERE token = $1")
                    .bind(lease.token.as_str())
                    .execute(&mut *self.connection)
                    .await;
                done.map_err(|error| failed(&self.path, error))?;
            }
        }
        Ok(mended)
    }

    /// Drops every lease, as nobody who has one works on these records.
    pub(super) async fn clear_leases(&mut self) -> Result<(), Error> {
        let done = sqlx::query("DELETE FROM lease")
            .execute(&mut *self.connection)
            .await;
        done.map(drop).map_err(|error| failed(&self.path, error))
    }
}

fn damaged(path: &Path, problem: String) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        problem,
    }
}

async fn remove(connection: &mut SqliteConnection, token: &LeaseToken) -> Result<u64, sqlx::Error> {
    let done = sqlx::query("DELETE FROM lease WHERE token = $1")
        .bind(token.as_str())
        .execute(connection)
        .await?;
    Ok(done.rows_affected())
}

/// Returns an instant as text that sorts as instants do.
fn as_text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn parsed(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse()
        .map_err(|error| format!("lease: {text:?} is no time: {error}"))
}

impl LeaseToken {
    const BYTES: usize = 16;

    fn random() -> Self {
        let mut bytes = [0; Self::BYTES];
        OsRng.fill_bytes(&mut bytes);
        Self(hex::encode(bytes))
    }

    /// Returns the token's text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LeaseToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for LeaseToken {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if text.len() == Self::BYTES.saturating_mul(2) && text.bytes().all(is_digit) {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidId {
                what: "lease",
                value: text.chars().take(80).collect(),
                rule: "32 lower-case hexadecimal digits",
            })
        }
    }
}

impl From<LeaseToken> for String {
    fn from(token: LeaseToken) -> Self {
        token.0
    }
}
