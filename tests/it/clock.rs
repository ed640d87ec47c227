//! A clock that a test sets: for the program and for the services that it asks, by libfaketime.

use std::path::{Path, PathBuf};
use std::process::Command;

use chrono::{DateTime, NaiveDateTime, TimeZone as _, Utc};
use chrono_tz::Europe::Stockholm;

use super::support::missing;

/// A clock that goes on from wherever it was set.
pub(crate) struct Clock {
    library: PathBuf,
    offset: PathBuf,
}

impl Clock {
    /// Returns a clock that keeps what it was set to in a folder; `None` as [`missing`] says.
    pub(crate) fn new(folder: &Path) -> Option<Self> {
        let library = ["x86_64", "aarch64"]
            .iter()
            .map(|kind| {
                PathBuf::from(format!(
                    "/usr/lib/{kind}-linux-gnu/faketime/libfaketimeMT.so.1"
                ))
            })
            .find(|path| path.is_file());
        let Some(library) = library else {
            missing("libfaketime (the Debian package faketime)");
            return None;
        };
        let offset = folder.join("clock");
        Some(Self { library, offset })
    }

    /// Sets it to a Swedish time, `2023-09-04 09:00`.
    pub(crate) fn set(&self, time: &str) {
        let local = NaiveDateTime::parse_from_str(time, "%Y-%m-%d %H:%M").unwrap();
        let wanted: DateTime<Utc> = Stockholm.from_local_datetime(&local).unwrap().to_utc();
        let seconds = wanted.signed_duration_since(Utc::now()).num_seconds();
        // Another process may be reading: it is renamed into its place.
        let beside = self.offset.with_extension("new");
        std::fs::write(&beside, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(beside, &self.offset).unwrap();
    }

    /// Lets a command live by this clock.
    pub(crate) fn rule(&self, command: &mut Command) {
        command
            .env("LD_PRELOAD", &self.library)
            .env("FAKETIME_TIMESTAMP_FILE", &self.offset)
            .env("FAKETIME_NO_CACHE", "1")
            // Waiting goes by the true clock.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
}
