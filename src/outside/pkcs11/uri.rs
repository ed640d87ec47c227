//! The address of a key on a token: a PKCS#11 URI after RFC 7512.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

/// Which key on which token, through which module.
///
/// What is not given is left open; what is given must be met exactly. It never holds a PIN.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pkcs11Uri {
    /// The token's label.
    pub token: Option<String>,
    /// Who made the token.
    pub manufacturer: Option<String>,
    /// The token's model.
    pub model: Option<String>,
    /// The token's serial number.
    pub serial: Option<String>,
    /// The slot's number, which a module may change from run to run.
    pub slot: Option<u64>,
    /// The key's label, `CKA_LABEL`.
    pub object: Option<String>,
    /// The key's identifier, `CKA_ID`.
    pub id: Option<Vec<u8>>,
    /// The module's file, an absolute path.
    pub module: Option<PathBuf>,
    text: String,
}

/// Why a text is no address of a key on a token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// An attribute's value is not encoded as it must be.
    #[error("the value of {attribute} is not percent-encoded UTF-8")]
    Encoding {
        /// Which.
        attribute: &'static str,
    },
    /// The module would be looked for wherever the system likes.
    #[error("module-path is not an absolute path: {}", path.display())]
    ModulePath {
        /// The path.
        path: PathBuf,
    },
    /// An attribute has no value.
    #[error("{attribute} has no value")]
    NoValue {
        /// Which.
        attribute: String,
    },
    /// A PIN would stand in an argument.
    #[error("{attribute} is not used: a PIN never stands in an address")]
    Pin {
        /// Which.
        attribute: &'static str,
    },
    /// An attribute is given twice (RFC 7512 §2.3).
    #[error("{attribute} is given twice")]
    Repeated {
        /// Which.
        attribute: &'static str,
    },
    /// It begins otherwise.
    #[error("the address of a key on a token begins with pkcs11:")]
    Scheme,
    /// The slot is no number.
    #[error("slot-id is not a number: {value}")]
    Slot {
        /// What it is.
        value: String,
    },
    /// The object is something else than a private key.
    #[error("type is {value}, not private")]
    Type {
        /// What it is.
        value: String,
    },
    /// An attribute is not known here, or at the other side of the question mark.
    #[error("the attribute {attribute} is not known there")]
    Unknown {
        /// Which.
        attribute: String,
    },
}

impl Pkcs11Uri {
    fn take_path_attribute(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        match name {
            "id" => set(&mut self.id, "id", bytes("id", value)?),
            "manufacturer" => set_text(&mut self.manufacturer, "manufacturer", value),
            "model" => set_text(&mut self.model, "model", value),
            "object" => set_text(&mut self.object, "object", value),
            "serial" => set_text(&mut self.serial, "serial", value),
            "slot-id" => {
                let slot = value.parse().map_err(|_no_number| UriError::Slot {
                    value: value.to_owned(),
                })?;
                set(&mut self.slot, "slot-id", slot)
            }
            "token" => set_text(&mut self.token, "token", value),
            // What tools print for a key says so; it adds nothing.
            "type" if value == "private" => Ok(()),
            "type" => Err(UriError::Type {
                value: value.to_owned(),
            }),
            _ => Err(refused(name)),
        }
    }

    fn take_query_attribute(&mut self, name: &str, value: &str) -> Result<(), UriError> {
        if name != "module-path" {
            return Err(refused(name));
        }
        let path = PathBuf::from(text("module-path", value)?);
        // A bare name would be looked for in the system's folders and the environment's.
        if !path.is_absolute() {
            return Err(UriError::ModulePath { path });
        }
        set(&mut self.module, "module-path", path)
    }
}

impl FromStr for Pkcs11Uri {
    type Err = UriError;

    fn from_str(text: &str) -> Result<Self, UriError> {
        let (scheme, rest) = text.split_once(':').ok_or(UriError::Scheme)?;
        if !scheme.eq_ignore_ascii_case("pkcs11") {
            return Err(UriError::Scheme);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut uri = Self::default();
        for attribute in path.split(';').filter(|part| !part.is_empty()) {
            let (name, value) = pair(attribute)?;
            uri.take_path_attribute(name, value)?;
        }
        for attribute in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = pair(attribute)?;
            uri.take_query_attribute(name, value)?;
        }
        uri.text = text.to_owned();
        Ok(uri)
    }
}

impl fmt::Display for Pkcs11Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn pair(attribute: &str) -> Result<(&str, &str), UriError> {
    attribute.split_once('=').ok_or_else(|| UriError::NoValue {
        attribute: attribute.to_owned(),
    })
}

/// Names what is not used, and never its value: it could be a PIN.
fn refused(name: &str) -> UriError {
    match name {
        "pin-source" => UriError::Pin {
            attribute: "pin-source",
        },
        "pin-value" => UriError::Pin {
            attribute: "pin-value",
        },
        _ => UriError::Unknown {
            attribute: name.to_owned(),
        },
    }
}

fn set<T>(place: &mut Option<T>, attribute: &'static str, value: T) -> Result<(), UriError> {
    if place.replace(value).is_some() {
        return Err(UriError::Repeated { attribute });
    }
    Ok(())
}

fn set_text(
    place: &mut Option<String>,
    attribute: &'static str,
    value: &str,
) -> Result<(), UriError> {
    set(place, attribute, text(attribute, value)?)
}

fn text(attribute: &'static str, value: &str) -> Result<String, UriError> {
    String::from_utf8(bytes(attribute, value)?)
        .map_err(|_not_utf8| UriError::Encoding { attribute })
}

/// Decodes percent-encoding (RFC 3986 §2.1).
fn bytes(attribute: &'static str, value: &str) -> Result<Vec<u8>, UriError> {
    let mut decoded = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        if *byte == b'%' {
            let (digits, after) = after
                .split_first_chunk::<2>()
                .ok_or(UriError::Encoding { attribute })?;
            let mut octet = [0];
            hex::decode_to_slice(digits, &mut octet)
                .map_err(|_no_digits| UriError::Encoding { attribute })?;
            decoded.extend(octet);
            rest = after;
        } else {
            decoded.push(*byte);
            rest = after;
        }
    }
    Ok(decoded)
}
