//! sigill.toml: the few settings of an office, all of them optional.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::agreement::{Actor, SourceError};

/// The settings' file in the office folder.
pub const FILE: &str = "sigill.toml";

/// Threads and fonts take some hundred MiB of address space before anything is typeset.
const LEAST_MEMORY_MIB: u64 = 512;

/// An office's settings.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Version of the file's form; 1.
    pub schema: u32,
    /// Who acts, where neither `--actor` nor the system says otherwise.
    pub actor: Option<Actor>,
    /// Where generated files go, relative to the office.
    pub out: PathBuf,
    /// Longest wait for one copy to be typeset, in seconds.
    pub typeset_seconds: u64,
    /// Most memory for typesetting, in MiB of address space.
    pub typeset_memory_mib: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            schema: 1,
            actor: None,
            out: PathBuf::from("out"),
            typeset_seconds: 30,
            typeset_memory_mib: 2048,
        }
    }
}

impl Config {
    /// Reads the settings' text.
    ///
    /// # Errors
    /// [`SourceError`] with the line.
    pub fn parse(text: &str) -> Result<Self, SourceError> {
        let config: Self =
            toml::from_str(text).map_err(|error| SourceError::from_toml(FILE, text, &error))?;
        if config.schema != 1 {
            return Err(SourceError::new(
                FILE,
                format!(
                    "schema {} is not known, this program reads 1",
                    config.schema
                ),
            ));
        }
        if config.typeset_memory_mib < LEAST_MEMORY_MIB {
            let message = format!(
                "typeset_memory_mib is {}: typesetting needs at least {LEAST_MEMORY_MIB}",
                config.typeset_memory_mib
            );
            return Err(SourceError::new(FILE, message));
        }
        if config.typeset_seconds == 0 {
            return Err(SourceError::new(
                FILE,
                "typeset_seconds is 0: nothing could be typeset",
            ));
        }
        Ok(config)
    }

    /// Returns the folder for generated files of an office.
    #[must_use]
    pub fn out(&self, office: &Path) -> PathBuf {
        office.join(&self.out)
    }
}
