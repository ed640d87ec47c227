//! Why a key on a token cannot be opened.

use std::fmt;
use std::path::PathBuf;

use crate::outside::SecretError;
use crate::signature::KeyError;

/// Why a key on a token cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum Pkcs11Error {
    /// The key, its certificate or its PIN is not right.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// A wrong PIN now would lock the token, and nobody is there to be warned.
    #[error("one try remains before the PIN of the token {token} is locked: it has to be typed in")]
    LastTry {
        /// The token's label.
        token: String,
    },
    /// The module is not one, or does not start.
    #[error("the PKCS#11 module {} cannot be used: {source}", path.display())]
    Module {
        /// Its file.
        path: PathBuf,
        /// Why.
        source: DeviceError,
    },
    /// The token cannot make such signatures with the key.
    #[error("the token offers no mechanism for signatures with the key {key}")]
    NoMechanism {
        /// The key's name.
        key: String,
    },
    /// Neither the address nor a setting names a module.
    #[error("no PKCS#11 module is named: neither by module-path in the address nor by a setting")]
    NoModule,
    /// No PIN was ever set.
    #[error("the token {token} has no PIN yet")]
    NoPin {
        /// The token's label.
        token: String,
    },
    /// There is no token, or none that fits.
    #[error("there is no such token; there is {}", list(present))]
    NoToken {
        /// The labels of those that there are.
        present: Vec<String>,
    },
    /// The PIN must be changed first.
    #[error("the PIN of the token {token} has expired and must be changed")]
    PinExpired {
        /// The token's label.
        token: String,
    },
    /// There is no PIN to give.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Several tokens fit.
    #[error("the address fits several tokens: {}", list(present))]
    SeveralTokens {
        /// Their labels.
        present: Vec<String>,
    },
}

/// What a module says, in few words.
#[derive(Debug, thiserror::Error)]
pub struct DeviceError(#[from] cryptoki::error::Error);

impl fmt::Display for DeviceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            // The words of the standard about a code are a paragraph; its name is enough to look it up.
            cryptoki::error::Error::Pkcs11(code, function) => {
                write!(f, "C_{function:?} answered {code:?}")
            }
            cryptoki::error::Error::LibraryLoading(source) => source.fmt(f),
            other => other.fmt(f),
        }
    }
}

fn list(labels: &[String]) -> String {
    if labels.is_empty() {
        return "none".to_owned();
    }
    labels.join(", ")
}
