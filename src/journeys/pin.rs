//! Pin: ties a certificate or a personal identifier to a person in a party's file.
//!
//! Comments and order of the file stay. Of a personal identifier only a keyed hash is written; no issued
//! copy is touched.

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{Error, Kind, Office, SigningError};
use crate::agreement::{
    Name, Party, PartyCode, PersonalHash, PersonalIdentifier, Role, Sha256, SourceError,
};
use crate::outside::{SecretError, SecretSource};
use crate::signature::{Certificate, certificates_from_pem};
use crate::store::{self, Lock, make_identifier_key, read_limited, write_file};

/// What is to be pinned to whom.
#[derive(Debug, Clone)]
pub struct Request {
    /// The party.
    pub party: PartyCode,
    /// The person's role in its file.
    pub role: Role,
    /// The person's name, where several have the role.
    pub name: Option<Name>,
    /// The PEM file whose first certificate is the person's.
    pub certificate: Option<PathBuf>,
    /// Where the personal identifier comes from.
    pub identifier: Option<SecretSource>,
}

/// What was pinned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// The party's file.
    pub file: String,
    /// The person's title.
    pub title: String,
    /// The certificate: its digest, and what its subject is called.
    pub certificate: Option<(Sha256, String)>,
    /// The keyed hash of the identifier.
    pub identifier: Option<PersonalHash>,
    /// Whether the file was changed; it may have said so already.
    pub changed: bool,
}

/// Why nothing was pinned.
#[derive(Debug, thiserror::Error)]
pub enum PinError {
    /// The file holds no certificate.
    #[error("{} holds no certificate", file.display())]
    NoCertificate {
        /// The file.
        file: PathBuf,
    },
    /// What was given is no personal identifier; it is not told.
    #[error("what was given is no personal identity number of twelve digits")]
    NoIdentifier,
    /// The party has no file.
    #[error("there is no party with the code {party}")]
    NoParty {
        /// The code.
        party: PartyCode,
    },
    /// Nobody in the file has the role, or not by that name.
    #[error("{file} has nobody with the role {role}{}", if *is_named { " and that name" } else { "" })]
    NoPerson {
        /// The party's file.
        file: String,
        /// The role.
        role: Role,
        /// Whether a name was asked for.
        is_named: bool,
    },
    /// The personal identifier could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Several persons in the file have the role.
    #[error("{file} has several persons with the role {role}")]
    Several {
        /// The party's file.
        file: String,
        /// The role.
        role: Role,
    },
}

impl PinError {
    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::User
    }

    /// Returns what to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoCertificate { .. } => {
                "give a PEM file that begins with the person's certificate"
            }
            Self::NoIdentifier => "write it as YYYYMMDD-NNNN; only a keyed hash of it is kept",
            Self::NoParty { .. } => "`sigill parties export --csv` lists the codes",
            Self::NoPerson { .. } => "add the person to the party's file as [[signatories]] first",
            Self::Secret(_) => {
                "name where it is with --identifier-env or --identifier-file; such a file must be yours alone (chmod 600)"
            }
            Self::Several { .. } => "say which one with --name",
        }
    }
}

/// Writes a pin into a party's file.
///
/// # Errors
/// [`PinError`]; nothing was changed then.
pub fn run(office: &Office, request: &Request) -> Result<Outcome, Error> {
    let certificate = match &request.certificate {
        Some(file) => {
            let certificate = pinned_certificate(file)?;
            Some((certificate.digest(), certificate.subject_name()))
        }
        None => None,
    };
    let number = request.identifier.as_ref().map(personal_identifier);
    let number = number.transpose()?;
    let _lock = Lock::take(office.root())?;
    let (file, text, party) = party(office, &request.party)?;
    let place = person(&file, &party, request)?;
    let identifier = match number {
        Some(number) => Some(number.hash(&make_identifier_key(office.root())?)),
        None => None,
    };
    let digest = certificate.as_ref().map(|(digest, _)| *digest);
    let wrong = |message: String| store::Error::from(SourceError::new(&file, message));
    let pinned = write_pin(&text, place, digest, identifier).map_err(wrong)?;
    // What is written must be read as what was meant.
    Party::parse(&file, &pinned).map_err(store::Error::from)?;
    let changed = pinned != text;
    if changed {
        write_file(&office.root().join(&file), pinned.as_bytes())?;
    }
    let title = party.signatories.get(place);
    Ok(Outcome {
        title: title.map_or_else(String::new, |person| person.title.to_string()),
        file,
        certificate,
        identifier,
        changed,
    })
}

/// Returns the first certificate of a PEM file: that of the person.
pub(super) fn pinned_certificate(file: &Path) -> Result<Certificate, Error> {
    let bytes = read_limited(file, MAX_CERTIFICATE_BYTES)?;
    let certificates = certificates_from_pem(&bytes);
    let certificates = certificates.map_err(|source| SigningError::CertificateFile {
        file: file.to_owned(),
        source,
    })?;
    let first = certificates.into_iter().next();
    first.ok_or_else(|| {
        PinError::NoCertificate {
            file: file.to_owned(),
        }
        .into()
    })
}

/// Reads a personal identifier from where it is; it is never an argument.
pub(super) fn personal_identifier(source: &SecretSource) -> Result<PersonalIdentifier, Error> {
    let secret = source.read().map_err(PinError::Secret)?;
    let number = PersonalIdentifier::read(secret.expose());
    Ok(number.ok_or(PinError::NoIdentifier)?)
}

fn party(office: &Office, code: &PartyCode) -> Result<(String, String, Party), Error> {
    for (file, text) in office.folder.party_texts()? {
        let party = Party::parse(&file, &text).map_err(store::Error::from)?;
        if party.code == *code {
            return Ok((file, text, party));
        }
    }
    let party = code.clone();
    Err(PinError::NoParty { party }.into())
}

/// Returns the person's place among the party's signatories.
fn person(file: &str, party: &Party, request: &Request) -> Result<usize, PinError> {
    let (file, role) = (file.to_owned(), request.role.clone());
    let places: Vec<usize> = party
        .signatories
        .iter()
        .enumerate()
        .filter(|(_, person)| person.role == role)
        .filter(|(_, person)| request.name.is_none() || person.name == request.name)
        .map(|(place, _)| place)
        .collect();
    match places.as_slice() {
        [only] => Ok(*only),
        [] => Err(PinError::NoPerson {
            file,
            role,
            is_named: request.name.is_some(),
        }),
        _ => Err(PinError::Several { file, role }),
    }
}

/// Returns the file's text with the pin in the person's table; comments and order stay.
fn write_pin(
    text: &str,
    place: usize,
    certificate: Option<Sha256>,
    identifier: Option<PersonalHash>,
) -> Result<String, String> {
    let mut document: toml_edit::DocumentMut = text
        .parse()
        .map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let person = document
        .get_mut("signatories")
        .and_then(toml_edit::Item::as_array_of_tables_mut)
        .and_then(|persons| persons.get_mut(place))
        .ok_or("signatories are not written as [[signatories]] tables")?;
    if let Some(certificate) = certificate {
        let pins = person
            .entry("certificates")
            .or_insert_with(|| toml_edit::value(toml_edit::Array::new()));
        let pins = pins.as_array_mut().ok_or("certificates is no list")?;
        let hex = certificate.to_string();
        if !pins.iter().any(|pin| pin.as_str() == Some(hex.as_str())) {
            pins.push(hex);
        }
    }
    if let Some(identifier) = identifier {
        let hex = identifier.to_string();
        let known = person.get("identifier").and_then(toml_edit::Item::as_str);
        if known != Some(hex.as_str()) {
            person.insert("identifier", toml_edit::value(hex));
        }
    }
    Ok(document.to_string())
}

/// A certificate and its issuers are far smaller.
const MAX_CERTIFICATE_BYTES: u64 = 1024 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_keeps_the_rest_of_the_file() {
        let text = "a = 1 # one\n\n# Persons.\n[[signatories]]\nrole = \"chair\" # first\n\n# The other.\n[[signatories]]\nrole = \"director\"\n";
        let digest = Sha256::of(b"certificate");
        let pinned = write_pin(text, 0, Some(digest), None).unwrap();
        let line = format!("certificates = [\"{digest}\"]\n");
        let expected = text.replace("# first\n", &format!("# first\n{line}"));
        assert_eq!(pinned, expected);
        assert_eq!(write_pin(&pinned, 0, Some(digest), None).unwrap(), pinned);
        let other = Sha256::of(b"another");
        let two = write_pin(&pinned, 0, Some(other), None).unwrap();
        assert!(
            two.contains(&format!("[\"{digest}\", \"{other}\"]")),
            "{two}"
        );
        let hash = PersonalIdentifier::read("191212121212")
            .unwrap()
            .hash(b"key");
        let pinned = write_pin(text, 1, None, Some(hash)).unwrap();
        assert_eq!(pinned, format!("{text}identifier = \"{hash}\"\n"));
    }
}
