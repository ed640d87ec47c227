//! sigill.toml: the few settings of an office, all of them optional.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::agreement::{Actor, Level, Name, SourceError};

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
    /// Where signatures are stamped with a proven time.
    pub time_stamp: TimeStamping,
    /// How the register is watched over.
    pub register: Register,
    /// How the office's seal is set.
    pub seal: Sealing,
    /// What stands in signatures.
    pub signing: Signing,
    /// How files that came back are judged.
    pub validation: Validation,
    /// Who watches the register for others.
    pub witnesses: Witnesses,
}

/// Where time-stamps come from (RFC 3161).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TimeStamping {
    /// Addresses of time-stamping authorities, asked in this order.
    pub authorities: Vec<String>,
    /// Longest wait for one answer, in seconds.
    pub seconds: u64,
}

impl Default for TimeStamping {
    fn default() -> Self {
        Self {
            authorities: Vec::new(),
            seconds: 15,
        }
    }
}

/// How the register is watched over.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Register {
    /// The folder outside the office in which this machine remembers the register's last checkpoint,
    /// relative to the office. Where it is not said, the user's folder for such state.
    pub pins: Option<PathBuf>,
}

/// How the office's seal is set, where it has one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sealing {
    /// The level; B-T where it is not said.
    pub level: Option<Level>,
    /// The environment variable that holds the seal's passphrase.
    pub passphrase_env: Option<String>,
    /// The file whose first line is the seal's passphrase, relative to the office.
    pub passphrase_file: Option<PathBuf>,
}

/// What stands in every signature that this office makes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Signing {
    /// The level; B-T where it is not said.
    pub level: Option<Level>,
    /// Where it is signed, e.g. `Göteborg`.
    pub location: Option<Name>,
    /// The PKCS#11 module of cards and HSMs, where an address names none.
    pub pkcs11_module: Option<PathBuf>,
}

/// How files that came back are judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Validation {
    /// The machines that evidence named in a handed-in file may be fetched from: `ocsp.example.se`, or with
    /// a port, `127.0.0.1:8080`. None unless they stand here.
    ///
    /// Addresses inside a private network are asked only where they stand here as numbers with a port.
    pub fetch_hosts: Vec<String>,
}

/// Who watches the register for others: parties that cosign its checkpoints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Witnesses {
    /// The witnesses' verifier keys (C2SP signed-note), as `sigill witness init` prints them.
    pub keys: Vec<String>,
    /// How many of them must cosign a checkpoint; all where it is not said.
    pub need: Option<usize>,
}

impl Witnesses {
    /// Returns how many witnesses must cosign a checkpoint.
    #[must_use]
    pub fn needed(&self) -> usize {
        self.need.unwrap_or(self.keys.len())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            schema: 1,
            actor: None,
            out: PathBuf::from("out"),
            typeset_seconds: 30,
            typeset_memory_mib: 2048,
            time_stamp: TimeStamping::default(),
            register: Register::default(),
            seal: Sealing::default(),
            signing: Signing::default(),
            validation: Validation::default(),
            witnesses: Witnesses::default(),
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
        if config.time_stamp.seconds == 0 {
            return Err(SourceError::new(
                FILE,
                "[time_stamp] seconds is 0: no authority could answer",
            ));
        }
        if let Some(level @ (Level::Lt | Level::Lta)) = config.seal.level {
            let message = format!(
                "[seal] level is {level}: a copy is sealed at B-B or B-T, and extended when it is complete"
            );
            return Err(SourceError::new(FILE, message));
        }
        if config.seal.passphrase_env.is_some() && config.seal.passphrase_file.is_some() {
            return Err(SourceError::new(
                FILE,
                "[seal] has both passphrase_env and passphrase_file: give one",
            ));
        }
        if let Some(host) = config
            .validation
            .fetch_hosts
            .iter()
            .find(|host| host.is_empty() || host.contains(['/', '@', '*', ' ', '?', '#']))
        {
            let message = format!(
                "[validation] fetch_hosts has {host:?}: name a machine, with or without :port"
            );
            return Err(SourceError::new(FILE, message));
        }
        let witnesses = &config.witnesses;
        if let Some(key) = witnesses.keys.iter().find(|key| key.split('+').count() < 3) {
            let message = format!(
                "[witnesses] keys has {key:?}: a key has a name, a number and the key itself, with + between"
            );
            return Err(SourceError::new(FILE, message));
        }
        if witnesses.needed() > witnesses.keys.len() {
            let message = format!(
                "[witnesses] need is {}, and there are {} keys",
                witnesses.needed(),
                witnesses.keys.len()
            );
            return Err(SourceError::new(FILE, message));
        }
        Ok(config)
    }

    /// Returns the folder for generated files of an office.
    #[must_use]
    pub fn out(&self, office: &Path) -> PathBuf {
        office.join(&self.out)
    }
}
