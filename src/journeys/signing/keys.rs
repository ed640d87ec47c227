//! Where a key is, and opening it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use super::SigningError;
use crate::config::Config;
use crate::outside::{Pkcs11Key, Pkcs11Uri, Secret, SecretSource, UriError};
use crate::signature::{self, Certificate, Chain, Key, SoftwareKey, certificates_from_pem};
use crate::store::read_limited;

/// Where a private key is.
#[derive(Debug, Clone)]
pub enum KeyPlace {
    /// A PKCS#12 or PEM file.
    File(PathBuf),
    /// A card, a token or an HSM (RFC 7512).
    Pkcs11(Pkcs11Uri),
}

impl FromStr for KeyPlace {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        if text.starts_with("pkcs11:") {
            Ok(Self::Pkcs11(text.parse()?))
        } else {
            Ok(Self::File(PathBuf::from(text)))
        }
    }
}

/// A private key that a person named, and how it is opened.
#[derive(Debug, Clone)]
pub struct KeySource {
    /// Where it is.
    pub place: KeyPlace,
    /// A PEM file with its certificate or the certificates of the issuers, where the place lacks them.
    pub certificates: Option<PathBuf>,
    /// Where the passphrase or PIN comes from.
    pub secret: SecretSource,
    /// Whether an RSA key signs with PSS (RFC 8017 §8.1) instead of PKCS #1 v1.5.
    pub pss: bool,
}

impl KeySource {
    /// Opens the key; asks for the passphrase or PIN where one is needed.
    ///
    /// # Errors
    /// [`SigningError`] for a wrong passphrase or PIN, and for a key that cannot be used.
    pub fn open(&self, config: &Config) -> Result<Box<dyn Key>, SigningError> {
        let more = match &self.certificates {
            Some(path) => read_certificates(path)?,
            None => Vec::new(),
        };
        match &self.place {
            KeyPlace::File(path) => {
                let bytes = read_limited(path, MAX_KEY_FILE_BYTES)?;
                let secret = if Self::is_encrypted(&bytes) {
                    Some(self.secret.read()?)
                } else {
                    None
                };
                let key = from_file(path, &bytes, secret.as_ref(), &more, self.pss)?;
                Ok(Box::new(key))
            }
            KeyPlace::Pkcs11(uri) => {
                let module = config.signing.pkcs11_module.as_deref();
                let key = Pkcs11Key::open(uri, module, &self.secret, &more, self.pss)?;
                Ok(Box::new(key))
            }
        }
    }

    /// Tells whether the bytes of a key file are text in PEM.
    #[must_use]
    pub(in crate::journeys) fn is_pem(bytes: &[u8]) -> bool {
        contains(bytes, b"-----BEGIN ")
    }

    /// Tells whether a key file needs a passphrase: PKCS#12 always, PEM where it says so.
    #[must_use]
    pub(in crate::journeys) fn is_encrypted(bytes: &[u8]) -> bool {
        !Self::is_pem(bytes) || contains(bytes, b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    }

    /// Tells whether a private key lies open in a key file.
    #[must_use]
    pub(in crate::journeys) fn lies_open(bytes: &[u8]) -> bool {
        let open_labels: [&[u8]; 3] = [
            b"-----BEGIN PRIVATE KEY-----",
            b"-----BEGIN EC PRIVATE KEY-----",
            b"-----BEGIN RSA PRIVATE KEY-----",
        ];
        // RFC 7292 §4.2.1: an unencrypted key stands in a keyBag, which encrypted contents hide.
        const KEY_BAG: &[u8] = b"\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01\x01";
        open_labels.iter().any(|label| contains(bytes, label)) || contains(bytes, KEY_BAG)
    }
}

/// Reads a signer's certificate and those of its issuers from a PEM file.
pub(in crate::journeys) fn read_chain(path: &Path) -> Result<Chain, SigningError> {
    let bytes = read_limited(path, MAX_KEY_FILE_BYTES)?;
    Chain::from_pem(&bytes).map_err(|source| SigningError::CertificateFile {
        file: path.to_owned(),
        source,
    })
}

/// Reads certificates from a PEM file.
fn read_certificates(path: &Path) -> Result<Vec<Certificate>, SigningError> {
    let bytes = read_limited(path, MAX_KEY_FILE_BYTES)?;
    let found = certificates_from_pem(&bytes).and_then(|found| match found.as_slice() {
        [] => Err(signature::Error::Malformed {
            what: "PEM file of certificates",
        }),
        [..] => Ok(found),
    });
    found.map_err(|source| SigningError::CertificateFile {
        file: path.to_owned(),
        source,
    })
}

fn from_file(
    path: &Path,
    bytes: &[u8],
    secret: Option<&Secret>,
    more: &[Certificate],
    pss: bool,
) -> Result<SoftwareKey, SigningError> {
    let passphrase = secret.map(Secret::expose);
    let key = if KeySource::is_pem(bytes) {
        SoftwareKey::from_pem(bytes, passphrase, more, pss)
    } else {
        SoftwareKey::from_pkcs12(bytes, passphrase.unwrap_or_default(), more, pss)
    };
    key.map_err(|source| SigningError::KeyFile {
        file: path.to_owned(),
        source,
    })
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A key with a long chain is some ten kilobytes.
const MAX_KEY_FILE_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::KeySource;

    /// A seal is taken over as it lies: only where nobody can read the key without its passphrase.
    #[test]
    fn a_key_that_lies_open_is_told_from_an_encrypted_one() {
        let pem = |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        for label in ["PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY"] {
            let commented = format!("This is not ENCRYPTED.\n{}", pem(label));
            assert!(KeySource::lies_open(commented.as_bytes()), "{label}");
            assert!(!KeySource::is_encrypted(commented.as_bytes()), "{label}");
        }
        let encrypted = pem("ENCRYPTED PRIVATE KEY") + &pem("CERTIFICATE");
        assert!(!KeySource::lies_open(encrypted.as_bytes()));
        assert!(KeySource::is_encrypted(encrypted.as_bytes()));
        // PKCS#12 with its key in a keyBag, and in a pkcs8ShroudedKeyBag (RFC 7292 §4.2).
        let bag = |kind: u8| {
            [
                &b"\x30\x82\x06\x0B\x2A\x86\x48\x86\xF7\x0D\x01\x0C\x0A\x01"[..],
                &[kind],
            ]
            .concat()
        };
        assert!(KeySource::lies_open(&bag(1)));
        assert!(!KeySource::lies_open(&bag(2)));
    }
}
