//! Key: the office's own seal — made here, taken over, shown.
//!
//! The seal lies in the office's folder seal/, beside the store: a backup does not hold it, and a
//! restore does not touch it. Its key is never stored without a passphrase.

use std::path::PathBuf;

use chrono::{DateTime, Days, Utc};
use serde::{Deserialize, Serialize};

use super::signing::{KeyPlace, KeySource, SigningError};
use super::{Error, Office};
use crate::agreement::{Name, Sha256};
use crate::outside::{SecretSource, now};
use crate::signature::{Algorithm, Certificate, Chain, SelfIssued, check_signer, self_issued};
use crate::store::{is_file, read_limited, write_private};

/// The folder of the seal in an office.
pub const FOLDER: &str = "seal";

/// What an office's seal is.
#[derive(Debug, Clone, Serialize)]
pub struct SealInfo {
    /// Whom it names.
    pub subject: String,
    /// Who issued its certificate.
    pub issuer: String,
    /// First instant of validity, UTC.
    pub not_before: DateTime<Utc>,
    /// Last instant of validity, UTC.
    pub not_after: DateTime<Utc>,
    /// Whether nobody but the office vouches for it.
    pub self_issued: bool,
    /// How it signs.
    pub algorithm: String,
    /// Digest of its certificate.
    pub certificate: Sha256,
    /// Where its key is.
    pub key: String,
}

/// seal/seal.toml.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    schema: u32,
    /// A file in the folder, or a PKCS#11 address.
    key: String,
    /// Whether an RSA key signs with PSS.
    #[serde(default)]
    pss: bool,
}

/// Makes a key and a certificate that the office issues to itself.
///
/// # Errors
/// [`SigningError::SealExists`]; a passphrase that is too short.
pub fn create(
    office: &Office,
    name: &Name,
    years: u32,
    secret: &SecretSource,
) -> Result<SealInfo, Error> {
    refuse_second(office)?;
    let secret = secret.read_new().map_err(SigningError::Secret)?;
    if secret.expose().chars().count() < LEAST_PASSPHRASE_CHARS {
        return Err(SigningError::ShortPassphrase {
            least: LEAST_PASSPHRASE_CHARS,
        }
        .into());
    }
    let from = now();
    let days = Days::new(u64::from(years).saturating_mul(365));
    let until = from.checked_add_days(days).unwrap_or(from);
    let wanted = SelfIssued {
        name: name.as_str(),
        not_before: from,
        not_after: until,
    };
    let made = self_issued(&wanted, secret.expose()).map_err(SigningError::Key)?;
    let record = Record {
        schema: 1,
        key: KEY_PEM.to_owned(),
        pss: false,
    };
    write(office, &record, Some(made.key_pem.as_bytes()), &made.chain)?;
    show(office)
}

/// Takes a key over: a PKCS#12 or an encrypted PEM file is copied, a PKCS#11 address is noted.
///
/// # Errors
/// [`SigningError`] when the key cannot be opened, may not sign, or is not encrypted.
pub fn import(office: &Office, source: &KeySource) -> Result<SealInfo, Error> {
    refuse_second(office)?;
    let key = source.open(&office.config)?;
    check_signer(key.chain().signer(), now()).map_err(SigningError::Signature)?;
    let (place, bytes) = match &source.place {
        KeyPlace::Pkcs11(uri) => (uri.to_string(), None),
        KeyPlace::File(path) => {
            let bytes = read_limited(path, MAX_BYTES)?;
            if KeySource::lies_open(&bytes) {
                let file = path.clone();
                return Err(SigningError::SealOpen { file }.into());
            }
            let name = if KeySource::is_pem(&bytes) {
                KEY_PEM
            } else {
                KEY_PKCS12
            };
            (name.to_owned(), Some(bytes))
        }
    };
    let record = Record {
        schema: 1,
        key: place,
        pss: source.pss,
    };
    write(office, &record, bytes.as_deref(), key.chain())?;
    show(office)
}

/// Returns what the office's seal is.
///
/// # Errors
/// [`SigningError::NoSeal`], or what is wrong with its files.
pub fn show(office: &Office) -> Result<SealInfo, Error> {
    let record = read(office)?.ok_or(SigningError::NoSeal)?;
    let path = folder(office).join(CERTIFICATES);
    let chain = Chain::from_pem(&read_limited(&path, MAX_BYTES)?)
        .map_err(|source| SigningError::CertificateFile { file: path, source })?;
    let signer = chain.signer();
    let algorithm = signer
        .key_kind()
        .and_then(|kind| Algorithm::new(kind, record.pss))
        .map_err(SigningError::Signature)?;
    Ok(SealInfo {
        subject: signer.subject(),
        issuer: signer.issuer(),
        not_before: signer.not_before(),
        not_after: signer.not_after(),
        self_issued: signer.is_self_issued(),
        algorithm: algorithm.to_string(),
        certificate: signer.digest(),
        key: record.key,
    })
}

/// Returns where the office's seal is and how it is opened; `None` where the office has none.
///
/// `secret` is where the passphrase comes from; if `None`, as sigill.toml says, else the terminal.
pub(super) fn source(
    office: &Office,
    secret: Option<SecretSource>,
) -> Result<Option<KeySource>, Error> {
    let Some(record) = read(office)? else {
        return Ok(None);
    };
    let settings = &office.config.seal;
    let from_settings = || {
        let variable = settings
            .passphrase_env
            .clone()
            .map(SecretSource::Environment);
        let file = settings.passphrase_file.as_ref();
        variable.or(file.map(|file| SecretSource::File(office.root().join(file))))
    };
    let prompt = SecretSource::Prompt {
        what: "Lösenord för stämpelns nyckel".to_owned(),
    };
    let place: KeyPlace = if record.key.starts_with("pkcs11:") {
        record.key.parse().map_err(|error| SigningError::SealFile {
            file: folder(office).join(RECORD),
            problem: format!("{error}"),
        })?
    } else {
        KeyPlace::File(folder(office).join(&record.key))
    };
    Ok(Some(KeySource {
        place,
        certificates: Some(folder(office).join(CERTIFICATES)),
        secret: secret.or_else(from_settings).unwrap_or(prompt),
        pss: record.pss,
    }))
}

fn refuse_second(office: &Office) -> Result<(), SigningError> {
    let file = folder(office).join(RECORD);
    if is_file(&file) {
        Err(SigningError::SealExists { file })
    } else {
        Ok(())
    }
}

fn read(office: &Office) -> Result<Option<Record>, SigningError> {
    let file = folder(office).join(RECORD);
    if !is_file(&file) {
        return Ok(None);
    }
    let wrong = |problem: String| SigningError::SealFile {
        file: file.clone(),
        problem,
    };
    let bytes = read_limited(&file, MAX_BYTES)?;
    let text = String::from_utf8(bytes).map_err(|error| wrong(error.to_string()))?;
    let record: Record =
        toml::from_str(&text).map_err(|error| wrong(error.message().to_owned()))?;
    match (record.schema, record.key.as_str()) {
        (1, KEY_PEM | KEY_PKCS12) => Ok(Some(record)),
        (1, key) if key.starts_with("pkcs11:") => Ok(Some(record)),
        (1, key) => Err(wrong(format!(
            "key {key:?} is neither a file of this folder nor a PKCS#11 address"
        ))),
        (schema, _) => Err(wrong(format!(
            "schema {schema} is not known, this program reads 1"
        ))),
    }
}

/// Writes the seal's files, the record last: without it there is no seal.
fn write(office: &Office, record: &Record, key: Option<&[u8]>, chain: &Chain) -> Result<(), Error> {
    let folder = folder(office);
    if let Some(key) = key {
        write_private(&folder.join(&record.key), key)?;
    }
    let certificates: String = chain
        .certificates()
        .iter()
        .map(Certificate::to_pem)
        .collect();
    write_private(&folder.join(CERTIFICATES), certificates.as_bytes())?;
    let text = toml::to_string(record).map_err(|error| SigningError::SealFile {
        file: folder.join(RECORD),
        problem: error.to_string(),
    })?;
    write_private(&folder.join(RECORD), text.as_bytes())?;
    Ok(())
}

fn folder(office: &Office) -> PathBuf {
    office.root().join(FOLDER)
}

const RECORD: &str = "seal.toml";
const CERTIFICATES: &str = "certificates.pem";
const KEY_PEM: &str = "key.pem";
const KEY_PKCS12: &str = "key.p12";

/// A key with a long chain is some ten kilobytes.
const MAX_BYTES: u64 = 1024 * 1024;

const LEAST_PASSPHRASE_CHARS: usize = 12;
