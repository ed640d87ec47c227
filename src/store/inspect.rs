//! What an audit asks of the records beside the entries: are the indexes what the entries give?

use std::path::Path;

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};

use super::index::index_anew;
use super::records::failed;
use super::{Error, Records};
use crate::register::Entry;

impl Records {
    /// Returns the tables of indexes that do not hold what the entries give.
    ///
    /// The indexes are computed anew in memory; the register is not written to.
    ///
    /// # Errors
    /// What the database says.
    pub async fn wrong_indexes(&mut self, entries: &[Entry]) -> Result<Vec<&'static str>, Error> {
        let path = self.path.clone();
        let failed = |error| failed(&path, error);
        let options = SqliteConnectOptions::new()
            .in_memory(true)
            .disable_statement_logging();
        let mut anew = options.connect().await.map_err(failed)?;
        for (table, _) in TABLES {
            let statement = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = $1";
            let row = sqlx::query(statement)
                .bind(table)
                .fetch_optional(&mut *self.connection)
                .await
                .map_err(failed)?;
            // An older form of the tables lacks some; they come with the first writing.
            let Some(row) = row else {
                return Ok(Vec::new());
            };
            let sql: String = row.try_get(0).map_err(failed)?;
            let made = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut anew).await;
            made.map_err(failed)?;
        }
        index_anew(&mut anew, &path, entries).await?;
        let mut wrong = Vec::new();
        for (table, columns) in TABLES {
            let kept = dump(&mut self.connection, &path, table, columns).await?;
            let expected = dump(&mut anew, &path, table, columns).await?;
            if kept != expected {
                wrong.push(table);
            }
        }
        anew.close().await.map_err(failed)?;
        Ok(wrong)
    }
}

/// Returns a table's rows as text, in order.
async fn dump(
    connection: &mut SqliteConnection,
    path: &Path,
    table: &str,
    columns: &[&str],
) -> Result<Vec<String>, Error> {
    let quoted: Vec<String> = columns.iter().map(|it| format!("quote({it})")).collect();
    let text = format!(
        "SELECT {} AS row FROM {table} ORDER BY row",
        quoted.join(" || ',' || ")
    );
    let rows = sqlx::query(AssertSqlSafe(text)).fetch_all(connection).await;
    let rows = rows.map_err(|error| failed(path, error))?;
    let text = rows.iter().map(|row| row.try_get(0));
    text.collect::<Result<_, _>>()
        .map_err(|error| failed(path, error))
}

/// The indexes and their columns.
const TABLES: [(&str, &[&str]); 4] = [
    (
        "confirmation_index",
        &["seq", "copy", "seat", "certificate", "withdrawn_seq"],
    ),
    (
        "copy_index",
        &[
            "copy",
            "agreement",
            "version",
            "form",
            "holder",
            "issued_seq",
            "sent_seq",
            "voided_seq",
            "seats",
        ],
    ),
    (
        "received_index",
        &["seq", "copy", "seat", "certificate", "standing"],
    ),
    ("seat_index", &["copy", "seat", "signed_seq"]),
];
