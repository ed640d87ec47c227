//! Indexes beside the log: computed from entries, can be rebuilt, decide nothing.

use std::collections::BTreeMap;
use std::path::Path;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Connection as _, Row as _};

use super::records::failed;
use super::{Error, Records};
use crate::agreement::{AgreementId, CopyId, Form, PartyCode, SeatId, Sha256, VersionNumber};
use crate::register::{Arrival, Entry, Event, Issued, Received, ReceivedSeat, Standing, Tally};

/// The first form of the tables whose indexes know of every signed seat.
const FORM_WITH_SEATS: i64 = 3;

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
    /// Seats in the copies that count.
    pub seats: u64,
    /// Of these, signed.
    pub signed: u64,
}

impl Records {
    /// Returns how many copies each version has, from the index beside the log.
    ///
    /// # Errors
    /// What the database says.
    pub async fn overview(&mut self) -> Result<Vec<OverviewRow>, Error> {
        if self.form < FORM_WITH_SEATS {
            return Ok(overview_of(&Tally::fold(&self.entries(None).await?)));
        }
        let rows = sqlx::query(
            "SELECT agreement, version, form,
                    COUNT(CASE WHEN voided_seq IS NULL THEN 1 END),
                    COUNT(CASE WHEN voided_seq IS NULL AND sent_seq IS NOT NULL THEN 1 END),
                    COUNT(voided_seq),
                    COALESCE(SUM(CASE WHEN voided_seq IS NULL THEN seats END), 0),
                    COALESCE(SUM(CASE WHEN voided_seq IS NULL THEN signed END), 0)
             FROM copy_index LEFT JOIN (
                 SELECT copy AS signed_copy, COUNT(*) AS signed FROM (
                     SELECT copy, seat FROM seat_index
                     UNION SELECT copy, seat FROM received_index WHERE standing = 'counts'
                     UNION SELECT received.copy, received.seat
                     FROM received_index AS received JOIN confirmation_index AS confirmed
                         ON confirmed.copy = received.copy AND confirmed.seat = received.seat
                         AND confirmed.certificate = received.certificate
                     WHERE received.standing = 'to_confirm' AND confirmed.withdrawn_seq IS NULL
                 ) AS signed_seats GROUP BY copy
             ) AS signatures ON signed_copy = copy
             GROUP BY agreement, version, form ORDER BY agreement, version, form",
        )
        .fetch_all(&mut *self.connection)
        .await
        .map_err(|error| failed(&self.path, error))?;
        rows.iter().map(|row| self.overview_row(row)).collect()
    }

    fn overview_row(&self, row: &sqlx::sqlite::SqliteRow) -> Result<OverviewRow, Error> {
        let text = |column: usize| {
            row.try_get::<String, _>(column)
                .map_err(|error| failed(&self.path, error))
        };
        let count = |column: usize| {
            let count = row
                .try_get::<i64, _>(column)
                .map_err(|error| failed(&self.path, error))?;
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
            seats: count(6)?,
            signed: count(7)?,
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
        index_anew(&mut transaction, &path, &entries).await?;
        transaction
            .commit()
            .await
            .map_err(|error| failed(&path, error))
    }
}

/// Returns what the indexes say, from the entries' sum.
pub(super) fn overview_of(tally: &Tally) -> Vec<OverviewRow> {
    let mut rows: BTreeMap<(String, String, &str), OverviewRow> = BTreeMap::new();
    for copy in tally.copies.values() {
        let (version, form) = (copy.issued.version, copy.issued.form);
        // In the order of the query: text by text.
        let key = (
            copy.agreement.to_string(),
            version.to_string(),
            form.as_str(),
        );
        let row = rows.entry(key).or_insert_with(|| OverviewRow {
            agreement: copy.agreement.clone(),
            version,
            form,
            live: 0,
            sent: 0,
            voided: 0,
            seats: 0,
            signed: 0,
        });
        let add = |sum: &mut u64, more: usize| {
            *sum = sum.saturating_add(u64::try_from(more).unwrap_or(u64::MAX));
        };
        if copy.is_live() {
            add(&mut row.live, 1);
            add(&mut row.sent, usize::from(!copy.sent.is_empty()));
            add(&mut row.seats, copy.issued.seats.len());
            add(&mut row.signed, copy.signed.len());
        } else {
            add(&mut row.voided, 1);
        }
    }
    rows.into_values().collect()
}

/// Empties the indexes and fills them from entries, inside a transaction.
pub(super) async fn index_anew(
    connection: &mut SqliteConnection,
    path: &Path,
    entries: &[Entry],
) -> Result<(), Error> {
    let done = sqlx::raw_sql(
        "DELETE FROM confirmation_index; DELETE FROM copy_index; DELETE FROM received_index; DELETE FROM seat_index;",
    )
    .execute(&mut *connection)
    .await;
    done.map_err(|error| failed(path, error))?;
    for entry in entries {
        let seq = i64::try_from(entry.seq).unwrap_or(i64::MAX);
        index(connection, path, seq, entry).await?;
    }
    Ok(())
}

/// Keeps the index beside the log in step with one entry.
pub(super) async fn index(
    connection: &mut SqliteConnection,
    path: &Path,
    seq: i64,
    entry: &Entry,
) -> Result<(), Error> {
    let Some(agreement) = &entry.agreement else {
        return Ok(());
    };
    match &entry.event {
        Event::Confirmed(confirmed) => {
            let query = sqlx::query(
                "INSERT INTO confirmation_index (seq, copy, seat, certificate) VALUES ($1, $2, $3, $4)",
            );
            let done = query
                .bind(seq)
                .bind(confirmed.copy.as_str())
                .bind(confirmed.seat.as_str())
                .bind(confirmed.certificate.to_string())
                .execute(&mut *connection)
                .await;
            done.map(drop).map_err(|error| failed(path, error))
        }
        Event::Issued(issued) => index_copy(connection, path, seq, agreement, issued).await,
        Event::Received(received) => index_received(connection, path, seq, received).await,
        Event::Reissued(reissued) => {
            index_copy(connection, path, seq, agreement, &reissued.issued).await
        }
        Event::Sent(sent) => {
            for copy in &sent.copies {
                let query = sqlx::query("UPDATE copy_index SET sent_seq = $1 WHERE copy = $2");
                let done = query
                    .bind(seq)
                    .bind(copy.as_str())
                    .execute(&mut *connection)
                    .await;
                done.map_err(|error| failed(path, error))?;
            }
            Ok(())
        }
        Event::Signed(signed) => {
            let seat = KnownSeat {
                copy: &signed.copy,
                seat: &signed.seat,
                certificate: signed.certificate,
                standing: signed.standing.unwrap_or(Standing::Counts),
            };
            index_signature(connection, path, seq, &seat).await
        }
        Event::Voided(voided) => {
            let query = sqlx::query(
                "UPDATE copy_index SET voided_seq = $1 WHERE copy = $2 AND voided_seq IS NULL",
            );
            let done = query
                .bind(seq)
                .bind(voided.copy.as_str())
                .execute(&mut *connection)
                .await;
            done.map(drop).map_err(|error| failed(path, error))
        }
        Event::Withdrawn(withdrawn) => {
            let query = sqlx::query(
                "UPDATE confirmation_index SET withdrawn_seq = $1 WHERE seq = $2 AND copy = $3 AND withdrawn_seq IS NULL",
            );
            let done = query
                .bind(seq)
                .bind(i64::try_from(withdrawn.confirmed).unwrap_or(i64::MAX))
                .bind(withdrawn.copy.as_str())
                .execute(&mut *connection)
                .await;
            done.map(drop).map_err(|error| failed(path, error))
        }
        Event::Answered(_)
        | Event::Authorised(_)
        | Event::Considered(_)
        | Event::ConsultationClosed(_)
        | Event::ConsultationOpened(_)
        | Event::Corrected(_)
        | Event::Decided(_)
        | Event::Declined(_)
        | Event::Erased(_)
        | Event::Extended(_)
        | Event::Inked(_)
        | Event::Lettered(_)
        | Event::Notified(_)
        | Event::Opened(_)
        | Event::PartyChanged(_)
        | Event::Published(_)
        | Event::Recommended(_)
        | Event::Relieved(_)
        | Event::Restored(_)
        | Event::Retracted(_)
        | Event::Settled(_)
        | Event::Sealed(_) => Ok(()),
    }
}

async fn index_received(
    connection: &mut SqliteConnection,
    path: &Path,
    seq: i64,
    received: &Received,
) -> Result<(), Error> {
    let Some(copy) = &received.copy else {
        return Ok(());
    };
    for seat in &received.seats {
        if received.arrival == Arrival::Rejudged {
            forget_signature(connection, path, copy, seat).await?;
        }
        let seat = KnownSeat {
            copy,
            seat: &seat.seat,
            certificate: seat.certificate,
            standing: seat.standing,
        };
        index_signature(connection, path, seq, &seat).await?;
    }
    Ok(())
}

/// A signature in a seat.
struct KnownSeat<'a> {
    copy: &'a CopyId,
    seat: &'a SeatId,
    certificate: Sha256,
    standing: Standing,
}

async fn index_signature(
    connection: &mut SqliteConnection,
    path: &Path,
    seq: i64,
    known: &KnownSeat<'_>,
) -> Result<(), Error> {
    let query = sqlx::query(
        "INSERT INTO received_index (seq, copy, seat, certificate, standing) VALUES ($1, $2, $3, $4, $5)",
    );
    let done = query
        .bind(seq)
        .bind(known.copy.as_str())
        .bind(known.seat.as_str())
        .bind(known.certificate.to_string())
        .bind(known.standing.as_str())
        .execute(&mut *connection)
        .await;
    done.map(drop).map_err(|error| failed(path, error))
}

/// Forgets how a signature stood that was judged anew, also in the index that older programs wrote.
async fn forget_signature(
    connection: &mut SqliteConnection,
    path: &Path,
    copy: &CopyId,
    seat: &ReceivedSeat,
) -> Result<(), Error> {
    let query = sqlx::query(
        "DELETE FROM received_index WHERE copy = $1 AND seat = $2 AND certificate = $3",
    );
    let done = query
        .bind(copy.as_str())
        .bind(seat.seat.as_str())
        .bind(seat.certificate.to_string())
        .execute(&mut *connection)
        .await;
    done.map_err(|error| failed(path, error))?;
    let done = sqlx::query("DELETE FROM seat_index WHERE copy = $1 AND seat = $2")
        .bind(copy.as_str())
        .bind(seat.seat.as_str())
        .execute(&mut *connection)
        .await;
    done.map(drop).map_err(|error| failed(path, error))
}

async fn index_copy(
    connection: &mut SqliteConnection,
    path: &Path,
    seq: i64,
    agreement: &AgreementId,
    issued: &Issued,
) -> Result<(), Error> {
    let done = sqlx::query(
        "INSERT INTO copy_index (copy, agreement, version, form, holder, issued_seq, seats) VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(issued.copy.as_str())
    .bind(agreement.as_str())
    .bind(issued.version.to_string())
    .bind(issued.form.as_str())
    .bind(issued.holder.as_ref().map(PartyCode::as_str))
    .bind(seq)
    .bind(i64::try_from(issued.seats.len()).unwrap_or(i64::MAX))
    .execute(&mut *connection)
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
