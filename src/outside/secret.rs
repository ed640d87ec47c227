//! Passphrases and PINs: from a setting, a file or the terminal, never from an argument, wiped after use.

use std::fmt;
use std::fs::File;
use std::io::{IsTerminal as _, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

/// A passphrase or PIN, overwritten when it is let go of and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes over a text as a secret.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// Returns the text, for the one call that needs it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// Where a passphrase or PIN comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// The environment variable of this name. The process's own environment cannot be wiped.
    Environment(String),
    /// The first line of a file that nobody but its owner can read.
    File(PathBuf),
    /// The terminal, without echo.
    Prompt {
        /// What is asked for, in the words of the person at the terminal.
        what: String,
    },
}

/// Why there is no passphrase or PIN.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It was typed twice, and not the same.
    #[error("the two entries for {what} differ")]
    Differ {
        /// What was asked for.
        what: String,
    },
    /// There is nothing in it.
    #[error("{place} is empty")]
    Empty {
        /// The setting, the file or what was asked for.
        place: String,
    },
    /// The file cannot be read.
    #[error("the secret's file {} cannot be read: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file's first line is too long.
    #[error("the first line of {} is longer than {MAX_SECRET_BYTES} bytes", path.display())]
    Long {
        /// The file.
        path: PathBuf,
    },
    /// There is nobody to ask.
    #[error("there is no terminal on which to ask \"{what}\"")]
    NoTerminal {
        /// What was to be asked for.
        what: String,
    },
    /// The environment has no such variable.
    #[error("the environment variable {name} is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// Others can read the file.
    #[error("the secret's file {} can be read by others (mode {mode:03o})", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// The terminal failed.
    #[error("{what} could not be read from the terminal: {source}")]
    Terminal {
        /// What was asked for.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// It is no text.
    #[error("{place} is not UTF-8")]
    Text {
        /// The setting or the file.
        place: String,
    },
}

/// No PIN or passphrase is longer, and no file is read further.
const MAX_SECRET_BYTES: usize = 1024;

impl SecretSource {
    /// Returns the secret; a prompt asks once.
    ///
    /// # Errors
    /// [`SecretError`]; none of its variants holds any of the secret.
    pub fn read(&self) -> Result<Secret, SecretError> {
        match self {
            Self::Environment(name) => from_environment(name),
            Self::File(path) => from_file(path),
            Self::Prompt { what } => ask(what, what),
        }
    }

    /// Returns a secret that is being chosen now; a prompt asks twice.
    ///
    /// # Errors
    /// [`SecretError`], also when what was typed differs.
    pub fn read_new(&self) -> Result<Secret, SecretError> {
        let secret = self.read()?;
        if let Self::Prompt { what } = self
            && ask(&format!("{what}, en gång till"), what)? != secret
        {
            return Err(SecretError::Differ { what: what.clone() });
        }
        Ok(secret)
    }
}

fn from_environment(name: &str) -> Result<Secret, SecretError> {
    let text = std::env::var(name).map_err(|error| match error {
        std::env::VarError::NotPresent => SecretError::NotSet {
            name: name.to_owned(),
        },
        std::env::VarError::NotUnicode(_) => SecretError::Text {
            place: format!("the environment variable {name}"),
        },
    })?;
    let secret = Secret::new(text);
    not_empty(secret, || format!("the environment variable {name}"))
}

fn from_file(path: &Path) -> Result<Secret, SecretError> {
    let failed = |source| SecretError::File {
        path: path.to_owned(),
        source,
    };
    let file = File::open(path).map_err(failed)?;
    // What was opened is asked, not the path: the file cannot be exchanged in between.
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(SecretError::Open {
            path: path.to_owned(),
            mode,
        });
    }
    // A buffer that grew would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(2 * MAX_SECRET_BYTES));
    let limit = u64::try_from(MAX_SECRET_BYTES + "\r\n".len()).unwrap_or(u64::MAX);
    file.take(limit).read_to_end(&mut bytes).map_err(failed)?;
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.len() > MAX_SECRET_BYTES {
        return Err(SecretError::Long {
            path: path.to_owned(),
        });
    }
    let place = || path.display().to_string();
    let text = str::from_utf8(line).map_err(|_not_utf8| SecretError::Text { place: place() })?;
    not_empty(Secret::new(text.to_owned()), place)
}

fn ask(prompt: &str, what: &str) -> Result<Secret, SecretError> {
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(SecretError::NoTerminal {
            what: what.to_owned(),
        });
    }
    let text = rpassword::prompt_password(format!("{prompt}: "));
    let text = text.map_err(|source| SecretError::Terminal {
        what: what.to_owned(),
        source,
    })?;
    not_empty(Secret::new(text), || what.to_owned())
}

fn not_empty(secret: Secret, place: impl FnOnce() -> String) -> Result<Secret, SecretError> {
    if secret.expose().is_empty() {
        return Err(SecretError::Empty { place: place() });
    }
    Ok(secret)
}
