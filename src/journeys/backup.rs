//! Backup and restore: the store into one file, and back with an entry that says so.

use std::path::Path;

use super::{Error, Office, check_reason};
use crate::store::{BackupSize, RestoreOutcome, restore_backup, restore_here, write_backup};

/// Writes register, key and documents into one file.
///
/// # Errors
/// [`Error`]; an existing file is not overwritten.
pub async fn backup(office: &Office, target: &Path) -> Result<BackupSize, Error> {
    let mut store = office.write_store().await?;
    Ok(write_backup(office.root(), &mut store, target).await?)
}

/// Puts register, key and documents back from a file; without a file, enters that the office as it lies was
/// put back by hand.
///
/// # Errors
/// [`Error`]; the office is then as it was.
pub async fn restore(
    office: &Office,
    backup: Option<&Path>,
    reason: &str,
) -> Result<RestoreOutcome, Error> {
    check_reason(reason)?;
    let (root, pins) = (office.root(), office.pins());
    Ok(match backup {
        Some(backup) => restore_backup(root, backup, &office.actor, reason, &pins).await?,
        None => restore_here(root, &office.actor, reason, &pins).await?,
    })
}
