//! One writer at a time in an office, and one signer.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::Error;

const FILE: &str = ".sigill.lock";
const QUEUE_FILE: &str = ".sigill.queue";
const STEP: Duration = Duration::from_millis(20);

/// An exclusive hold on an office; let go when dropped, also when the process dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the hold")] File);

impl Lock {
    /// How long a writer usually waits for another, in steps of [`STEP`].
    pub const PATIENCE: Duration = Duration::from_secs(10);

    /// Takes the hold, waiting a while for another process to finish.
    ///
    /// # Errors
    /// [`Error::Busy`] when it does not.
    pub fn take(office: &Path) -> Result<Self, Error> {
        Self::take_patiently(office, Self::PATIENCE)
    }

    /// Takes the hold, waiting as long as said for another process to finish.
    ///
    /// # Errors
    /// [`Error::Busy`] when it does not.
    pub fn take_patiently(office: &Path, patience: Duration) -> Result<Self, Error> {
        // Beside the store, not in it: a restore exchanges the store under the hold.
        match hold(&office.join(FILE), patience)? {
            Some(file) => Ok(Self(file)),
            None => Err(Error::Busy {
                folder: office.to_owned(),
            }),
        }
    }
}

/// A place at the front of those who sign in one go; given up when dropped, also when the process
/// dies.
///
/// Whoever signs holds copies while keys and authorities answer, without holding the office. Those
/// who come meanwhile wait here and not at the office's lock, so that others can work.
#[derive(Debug)]
pub struct Queue(#[expect(dead_code, reason = "the open file is the place")] File);

impl Queue {
    /// How long a signer waits for those before: a card may take a minute for fifty copies.
    const PATIENCE: Duration = Duration::from_secs(300);

    /// Waits for the front.
    ///
    /// # Errors
    /// [`Error::Busy`] when it takes too long.
    pub fn wait(office: &Path) -> Result<Self, Error> {
        match hold(&office.join(QUEUE_FILE), Self::PATIENCE)? {
            Some(file) => Ok(Self(file)),
            None => Err(Error::Busy {
                folder: office.to_owned(),
            }),
        }
    }
}

/// Takes an exclusive hold on a file; `None` when another process keeps it longer than that.
fn hold(path: &Path, patience: Duration) -> Result<Option<File>, Error> {
    let mut options = OpenOptions::new();
    let file = options
        .create(true)
        .truncate(false)
        .write(true)
        .open(path)
        .map_err(Error::io(path))?;
    let mut waited = Duration::ZERO;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if waited < patience => {
                std::thread::sleep(STEP);
                waited = waited.saturating_add(STEP);
            }
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(Error::io(path)(error)),
        }
    }
}
