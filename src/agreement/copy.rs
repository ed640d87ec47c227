//! Copies: which ones a version has in each form, and the data that each of them carries.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AgreementId, CopyId, FieldError, Form, Manifest, Name, Party, PartyCode, PartyKind, Role,
    SeatId, Sha256, VersionNumber, to_canonical_json,
};

/// The name of the PDF field for the office's seal.
pub const SEAL_FIELD: &str = "seal";

/// The copy data, `avtalsdata.json`: what a copy says besides the body.
///
/// Attached to the PDF; its SHA-256 is printed on every page. Fields stand in canonical order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyData {
    /// The agreement.
    pub agreement: AgreementId,
    /// The copy's name.
    pub copy: CopyId,
    /// The form it is issued in.
    pub form: Form,
    /// The parties of this copy.
    pub parties: Vec<CopyParty>,
    /// [`CopyData::SCHEMA`].
    pub schema: String,
    /// The digest of the frozen text.
    pub text_digest: Sha256,
    /// The version.
    pub version: VersionNumber,
}

/// A party as printed in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopyParty {
    /// The code.
    pub code: PartyCode,
    /// The kind.
    pub kind: PartyKind,
    /// The printed fields by name.
    pub printed: BTreeMap<String, Value>,
    /// Where it signs.
    pub seats: Vec<CopySeat>,
}

/// A seat as printed in a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CopySeat {
    /// The seat, also its PDF field's name.
    pub id: SeatId,
    /// The role.
    pub role: Role,
    /// What is printed beside it.
    pub title: Name,
}

impl CopyData {
    /// Name and version of this form of data.
    pub const SCHEMA: &str = "sigill-copy-1";

    /// Returns the canonical JSON: the bytes that are attached and whose digest is printed.
    ///
    /// # Errors
    /// None for values of this type.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        to_canonical_json(self)
    }

    /// Returns every seat of the copy with its party, in print order.
    pub fn seats(&self) -> impl Iterator<Item = (&CopyParty, &CopySeat)> {
        self.parties
            .iter()
            .flat_map(|party| party.seats.iter().map(move |seat| (party, seat)))
    }
}

impl CopyParty {
    /// Returns a party as a version prints it.
    ///
    /// # Errors
    /// [`FieldError`] when a field that the version asks for is missing or mistyped.
    pub fn new(party: &Party, manifest: &Manifest) -> Result<Self, FieldError> {
        let seat = |spec: &super::SeatSpec| CopySeat {
            id: SeatId::new(&party.code, &spec.role),
            role: spec.role.clone(),
            title: spec.title.clone(),
        };
        Ok(Self {
            code: party.code.clone(),
            kind: party.kind.clone(),
            printed: party.printed(&manifest.fields)?,
            seats: manifest.seats_of(&party.kind).map(seat).collect(),
        })
    }

    /// Returns the legal name, or the code where the version does not print it.
    #[must_use]
    pub fn legal_name(&self) -> &str {
        self.printed
            .get("legal_name")
            .and_then(Value::as_str)
            .unwrap_or(self.code.as_str())
    }
}

/// A copy that a version has in a form: for whom it is, and who is party to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyPlan {
    /// The party it is made for; `None` in the joint form.
    pub holder: Option<PartyCode>,
    /// Its parties in print order.
    pub parties: Vec<PartyCode>,
}

/// Returns the copies of a version in a form, in the order of the parties given.
///
/// `with` is the party that is in every bilateral copy; the other forms ignore it.
#[must_use]
pub fn copies(form: Form, with: Option<&PartyCode>, parties: &[PartyCode]) -> Vec<CopyPlan> {
    match form {
        Form::Bilateral => parties
            .iter()
            .filter(|code| Some(*code) != with)
            .map(|code| CopyPlan {
                holder: Some(code.clone()),
                parties: std::iter::once(code).chain(with).cloned().collect(),
            })
            .collect(),
        Form::Counterpart => parties
            .iter()
            .map(|code| CopyPlan {
                holder: Some(code.clone()),
                parties: vec![code.clone()],
            })
            .collect(),
        Form::Joint => vec![CopyPlan {
            holder: None,
            parties: parties.to_vec(),
        }],
    }
}
