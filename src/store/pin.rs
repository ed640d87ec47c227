//! The pin: the last checkpoint that this machine has seen, kept outside the office's folder.
//!
//! Who puts an older copy of the whole folder in its place, key and all, or a copy that went another way,
//! is noticed here: the register must go on from what was pinned.

use std::path::{Path, PathBuf};

use super::folder::{probe_writable, read_limited, write_private};
use super::{Error, Records};
use crate::agreement::Sha256;
use crate::register::{CheckpointError, open_checkpoint};

/// Where pins are kept: a file for each register.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pins {
    // None where the system names no home.
    folder: Option<PathBuf>,
}

impl Pins {
    /// Keeps pins in a folder, which need not be there yet.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            folder: Some(folder.to_owned()),
        }
    }

    /// Keeps pins where this user's programs keep their state: in `$SIGILL_PINS`, else below
    /// `$XDG_STATE_HOME`, else below `~/.local/state`.
    #[must_use]
    pub fn of_user() -> Self {
        let setting = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        let folder = setting("SIGILL_PINS").map(PathBuf::from).or_else(|| {
            let state = setting("XDG_STATE_HOME").map(PathBuf::from);
            // XDG Base Directory: a relative path is invalid and passed over.
            let state = state.filter(|state| state.is_absolute());
            let home = || setting("HOME").map(|home| Path::new(&home).join(".local/state"));
            Some(state.or_else(home)?.join("sigill/pins"))
        });
        Self { folder }
    }

    /// Returns the file of a register's pin.
    ///
    /// # Errors
    /// [`Error::NoPins`] where there is no folder for it.
    pub fn file(&self, origin: &str) -> Result<PathBuf, Error> {
        let folder = self.folder.as_ref().ok_or(Error::NoPins)?;
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let name = if origin.len() <= 64 && origin.bytes().all(is_plain) {
            origin.to_owned()
        } else {
            // Whoever named it so shall not name a path.
            Sha256::of(origin.as_bytes()).to_string()
        };
        Ok(folder.join(format!("{name}.checkpoint")))
    }
}

/// A register's pin, for as long as the register is open.
#[derive(Debug)]
pub(super) struct Pin {
    file: PathBuf,
    // What the file holds.
    held: Option<String>,
    // What it shall hold when the register is let go of.
    seen: Option<String>,
    // Beside it: the checkpoint of the register that is about to be put in place.
    announced: PathBuf,
}

impl Pin {
    /// Reads a register's pin.
    pub(super) fn read(pins: &Pins, origin: &str) -> Result<Self, Error> {
        let file = pins.file(origin)?;
        let held = if file.is_file() {
            let bytes = read_limited(&file, MAX_BYTES)?;
            let problem = "it is not text".to_owned();
            let path = file.clone();
            Some(String::from_utf8(bytes).map_err(|_| Error::Pin { path, problem })?)
        } else {
            None
        };
        let announced = file.with_extension("restoring");
        Ok(Self {
            file,
            held,
            seen: None,
            announced,
        })
    }

    /// Refuses a register that does not go on from what was pinned, nor is the one that a restore was about
    /// to put in place when its process died.
    pub(super) async fn compare(
        &self,
        records: &mut Records,
        public_key: &str,
    ) -> Result<(), Error> {
        let compared = self.compare_held(records, public_key).await;
        if matches!(
            compared,
            Err(Error::Forked { .. } | Error::RolledBack { .. })
        ) && self.is_announced(records, public_key).await?
        {
            return Ok(());
        }
        compared
    }

    async fn is_announced(&self, records: &mut Records, public_key: &str) -> Result<bool, Error> {
        if !self.announced.is_file() || records.form < Records::FORM_WITH_TREE {
            return Ok(false);
        }
        let bytes = read_limited(&self.announced, MAX_BYTES)?;
        let note = String::from_utf8(bytes).unwrap_or_default();
        let Ok(checkpoint) = open_checkpoint(&note, public_key) else {
            return Ok(false);
        };
        let head = checkpoint.head;
        Ok(records.size().await? >= head.size && records.goes_on_from(&head).await?)
    }

    async fn compare_held(&self, records: &mut Records, public_key: &str) -> Result<(), Error> {
        let Some(held) = &self.held else {
            return Ok(());
        };
        let wrong = |problem| Error::Pin {
            path: self.file.clone(),
            problem,
        };
        let (path, pin) = (records.path.clone(), self.file.clone());
        let pinned = match open_checkpoint(held, public_key) {
            Ok(checkpoint) => checkpoint.head,
            Err(CheckpointError::AnotherKey { .. }) => {
                return Err(Error::AnotherRegister { path, pin });
            }
            Err(error) => return Err(wrong(error.to_string())),
        };
        // A register in an older form has no checkpoint, and was not so when it was pinned.
        let found = records.size().await?;
        if found < pinned.size || records.form < Records::FORM_WITH_TREE {
            return Err(Error::RolledBack {
                path,
                pin,
                pinned: pinned.size,
                found,
            });
        }
        if records.goes_on_from(&pinned).await? {
            Ok(())
        } else {
            let size = pinned.size;
            Err(Error::Forked { path, pin, size })
        }
    }

    /// Brings the pin up to a checkpoint now, or shows that it could be: before anything is entered.
    pub(super) fn prepare(&mut self, note: Option<&str>) -> Result<(), Error> {
        match note {
            Some(note) if self.held.as_deref() != Some(note) => self.write(note),
            _ => probe_writable(self.file.parent().unwrap_or(Path::new("."))),
        }
    }

    /// Notes a checkpoint that was just made; the file follows when the register is let go of.
    pub(super) fn see(&mut self, note: &str) {
        self.seen = Some(note.to_owned());
    }

    /// Says which register is about to be put in place, so that whoever finds it there knows why.
    pub(super) fn announce(&self, note: &str) -> Result<(), Error> {
        write_private(&self.announced, note.as_bytes())
    }

    /// Writes the pin, whatever it was.
    pub(super) fn write(&mut self, note: &str) -> Result<(), Error> {
        write_private(&self.file, note.as_bytes())?;
        self.held = Some(note.to_owned());
        // What was announced is pinned, or did not come.
        match std::fs::remove_file(&self.announced) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Error::io(&self.announced)(error))
            }
            _ => Ok(()),
        }
    }

    /// Returns how many entries were pinned, if that can be read.
    pub(super) fn size(&self) -> Option<u64> {
        let held = self.held.as_deref()?;
        Some(crate::register::read_checkpoint(held).ok()?.head.size)
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        if let Some(seen) = self.seen.take()
            && self.held.as_deref() != Some(&seen)
        {
            // What was entered is entered. A pin that stays behind is brought up by the next writer.
            self.write(&seen).ok();
        }
    }
}

/// A checkpoint has some hundred bytes.
const MAX_BYTES: u64 = 1024 * 1024;
