//! Removing documents on a stated ground: the entry first, then the files.
//!
//! What is going to be removed is noted beside the register before the entry is made. A process that dies
//! in between is mended at the next [`Store::write`]: with the entry the files go, without it they stay.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sqlx::Row as _;

use super::records::failed;
use super::{Documents, Draft, Error, Records, Store, folder};
use crate::agreement::{Actor, Sha256};
use crate::register::{Entry, Erased, Event};

/// What is going to be removed.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Intent {
    /// The documents.
    documents: Vec<Sha256>,
    /// The place that the entry takes.
    seq: u64,
}

impl Store {
    /// Enters that documents are erased, in place `seq`, and removes them.
    ///
    /// # Errors
    /// [`Error`]; once the entry is made, what is left to remove goes at the next [`Store::write`].
    pub async fn erase(&mut self, actor: &Actor, erased: Erased, seq: u64) -> Result<(), Error> {
        let place = place(&self.records);
        let intent = Intent {
            documents: erased.documents.clone(),
            seq,
        };
        let json = serde_json::to_vec(&intent)
            .map_err(|error| Error::io(&place)(std::io::Error::other(error)))?;
        folder::write_private(&place, &json)?;
        let draft = Draft {
            actor: actor.clone(),
            agreement: None,
            event: Event::Erased(erased),
        };
        self.records.append(vec![draft]).await?;
        finish(&mut self.records, &self.documents).await
    }
}

/// Removes what an entry says is erased, where a process noted it and did not come to its end.
///
/// For a caller that keeps the office.
pub(super) async fn finish(records: &mut Records, documents: &Documents) -> Result<(), Error> {
    let place = place(records);
    let Some(json) = folder::read_if_there(&place)? else {
        return Ok(());
    };
    let intent: Intent = serde_json::from_slice(&json).map_err(|error| Error::Damaged {
        path: place.clone(),
        problem: format!("it does not say what is to be removed ({error})"),
    })?;
    if entered(records, &intent).await? {
        for digest in &intent.documents {
            documents.remove(*digest).await?;
        }
    }
    std::fs::remove_file(&place).map_err(Error::io(&place))?;
    folder::sync_folder(place.parent().unwrap_or(Path::new(".")))
}

/// Tells whether the entry was made that an intent is about.
async fn entered(records: &mut Records, intent: &Intent) -> Result<bool, Error> {
    let row = sqlx::query("SELECT bytes FROM entry WHERE seq = $1")
        .bind(i64::try_from(intent.seq).unwrap_or(i64::MAX))
        .fetch_optional(&mut *records.connection)
        .await
        .map_err(|error| failed(&records.path, error))?;
    let Some(row) = row else {
        return Ok(false);
    };
    let bytes: &[u8] = row
        .try_get(0)
        .map_err(|error| failed(&records.path, error))?;
    let entry = Entry::from_bytes(intent.seq, bytes).map_err(|source| Error::Entry {
        path: records.path.clone(),
        source,
    })?;
    Ok(matches!(entry.event, Event::Erased(erased) if erased.documents == intent.documents))
}

fn place(records: &Records) -> PathBuf {
    records.path.with_file_name(FILE)
}

/// Beside the register; a backup does not hold it.
const FILE: &str = "erasing.json";
