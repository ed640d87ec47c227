//! Identifiers: one type each, none of them a bare string, all of them safe in a file name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Form, clean_line};

/// A text that is not the identifier it was given as.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{value:?} is no {what}: expected {rule}")]
pub struct InvalidId {
    /// What was expected, in the vocabulary's words.
    pub what: &'static str,
    /// The value as given.
    pub value: String,
    /// The form it must have.
    pub rule: &'static str,
}

/// Declares an identifier: a checked string with `Display`, `FromStr` and serde by its text.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $what:literal, $rule:literal, $check:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Returns the identifier's text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let check: fn(&str) -> bool = $check;
                if check(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    let value = text.chars().take(80).collect();
                    Err(InvalidId { what: $what, value, rule: $rule })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    };
}

identifier!(
    /// Names an agreement, e.g. `familjecentral`; also its folder under templates/.
    AgreementId,
    "agreement",
    "a lower-case letter, then up to 39 of a-z, 0-9 and -",
    |text| is_slug(text, 40)
);
identifier!(
    /// Names a clause within an agreement's text, e.g. `syfte`: its label, which stays when its number changes.
    ClauseId,
    "clause",
    "a lower-case letter, then up to 59 of a-z, 0-9 and -",
    |text| is_slug(text, 60)
);
identifier!(
    /// A party's code as text, e.g. the municipality code `1443` or the county code `14`.
    PartyCode,
    "party code",
    "1 to 12 of 0-9, A-Z and a-z",
    |text| (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
);
identifier!(
    /// The kind of a party, e.g. `kommun` or `region`; seats are given per kind.
    PartyKind,
    "kind of party",
    "a lower-case letter, then up to 23 of a-z, 0-9 and -",
    |text| is_slug(text, 24)
);
identifier!(
    /// The role that a seat or a signatory has, e.g. `chair`.
    Role,
    "role",
    "a lower-case letter, then up to 31 of a-z, 0-9, - and _",
    |text| is_slug(&text.replace('_', "-"), 32)
);
identifier!(
    /// A place to sign in a copy, e.g. `1443-chair`; also the name of its PDF field (ISO 32000-2
    /// §12.7.4.2 forbids a full stop in it).
    SeatId,
    "seat",
    "a party code, - and a role",
    |text| text.split_once('-').is_some_and(|(code, role)| {
        code.parse::<PartyCode>().is_ok() && role.parse::<Role>().is_ok()
    })
);
identifier!(
    /// Names one issued copy, e.g. `familjecentral-1.0-b1443` or, reissued, `familjecentral-1.0-b1443-r2`.
    CopyId,
    "copy",
    "agreement, version and party joined with -, as printed in the footer",
    |text| (5..=80).contains(&text.len())
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
);
identifier!(
    /// Who acts: the name that stands in each entry.
    Actor,
    "actor",
    "1 to 80 printable characters",
    |text| text.chars().count() <= 80 && clean_line(text).is_ok_and(|clean| clean == text)
);

fn is_slug(text: &str, max_bytes: usize) -> bool {
    text.len() <= max_bytes
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

impl SeatId {
    /// Returns the seat of a role for a party.
    #[must_use]
    pub fn new(party: &PartyCode, role: &Role) -> Self {
        Self(format!("{party}-{role}"))
    }

    /// Returns the code of the party whose seat it is.
    #[must_use]
    pub fn party(&self) -> &str {
        self.0.split_once('-').map_or("", |(code, _)| code)
    }

    /// Tells whether the seat is a party's.
    #[must_use]
    pub fn is_of(&self, party: &PartyCode) -> bool {
        self.party() == party.as_str()
    }

    /// Returns the seat's role.
    #[must_use]
    pub fn role(&self) -> Option<Role> {
        let (_, role) = self.0.split_once('-')?;
        role.parse().ok()
    }
}

impl CopyId {
    /// Returns the name of the `issue`-th copy (counted from 1) of a version in a form.
    ///
    /// `party` is `None` in the joint form, where one copy serves all.
    #[must_use]
    pub fn new(
        agreement: &AgreementId,
        version: VersionNumber,
        form: Form,
        party: Option<&PartyCode>,
        issue: u32,
    ) -> Self {
        let letter = form.letter();
        let party = party.map_or("", PartyCode::as_str);
        let suffix = if issue > 1 {
            format!("-r{issue}")
        } else {
            String::new()
        };
        Self(format!("{agreement}-{version}-{letter}{party}{suffix}"))
    }
}

/// The number of a version, ordered as numbers: 1.10 comes after 1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VersionNumber {
    major: u16,
    minor: u16,
}

impl fmt::Display for VersionNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}.{}", self.major, self.minor))
    }
}

impl FromStr for VersionNumber {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = || InvalidId {
            what: "version number",
            value: text.chars().take(80).collect(),
            rule: "two numbers with a full stop, e.g. 1.0",
        };
        let (major, minor) = text.split_once('.').ok_or_else(invalid)?;
        let number = |part: &str| part.parse::<u16>().map_err(|_| invalid());
        let version = Self {
            major: number(major)?,
            minor: number(minor)?,
        };
        // `01.0` and `1.0` would name one version twice.
        if version.to_string() == text {
            Ok(version)
        } else {
            Err(invalid())
        }
    }
}

impl TryFrom<String> for VersionNumber {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<VersionNumber> for String {
    fn from(version: VersionNumber) -> Self {
        version.to_string()
    }
}
