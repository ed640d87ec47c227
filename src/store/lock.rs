//! One writer at a time in an office.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::Error;

/// How long a second writer waits for the first, in steps of [`STEP`].
const PATIENCE: Duration = Duration::from_secs(10);
const FILE: &str = ".sigill.lock";
const STEP: Duration = Duration::from_millis(50);

/// An exclusive hold on an office; let go when dropped, also when the process dies.
#[derive(Debug)]
pub struct Lock(#[expect(dead_code, reason = "the open file is the hold")] File);

impl Lock {
    /// Takes the hold, waiting a while for another process to finish.
    ///
    /// # Errors
    /// [`Error::Busy`] when it does not.
    pub fn take(office: &Path) -> Result<Self, Error> {
        // Beside the store, not in it: a restore exchanges the store under the hold.
        let path = office.join(FILE);
        let mut options = OpenOptions::new();
        let file = options
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(Error::io(&path))?;
        let mut waited = Duration::ZERO;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self(file)),
                Err(TryLockError::WouldBlock) if waited < PATIENCE => {
                    std::thread::sleep(STEP);
                    waited = waited.saturating_add(STEP);
                }
                Err(TryLockError::WouldBlock) => {
                    return Err(Error::Busy {
                        folder: office.to_owned(),
                    });
                }
                Err(TryLockError::Error(error)) => return Err(Error::io(&path)(error)),
            }
        }
    }
}
