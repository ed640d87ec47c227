//! The model: agreements, versions, parties, copies and the identifiers that tie them together.
//!
//! Takes text and plain values, gives typed values or an error that names the file, the line or
//! the field. Never reads a file, a clock or a random source, and imports nothing of ours: every
//! other folder stands on this one. Parse, don't validate: a value of these types is right by
//! construction, so nobody checks it again.

mod accord;
mod amount;
mod body;
mod canonical;
mod copy;
mod digest;
mod follow_up;
mod grade;
mod id;
mod level;
mod manifest;
mod org_number;
mod party;
mod person;
mod personal_identifier;
mod personal_number;
mod relation;
mod shares;
mod sort;
mod source;
mod text;
mod toml_date;

pub use accord::{Accord, AccordRules, ClausePlace, Service, Side, taken_away};
pub use amount::{Amount, RefusedAmount};
pub use body::{BodyKind, Outcome};
pub use canonical::to_canonical_json;
pub use copy::{CopyData, CopyParty, CopyPlan, CopySeat, SEAL_FIELD, copies};
pub use digest::Sha256;
pub use follow_up::{FollowUp, MonthDay};
pub use grade::Grade;
pub use id::{
    Actor, AgreementId, ClauseId, CopyId, InvalidId, PartyCode, PartyKind, Role, SeatId,
    VersionNumber,
};
pub use level::Level;
pub use manifest::{
    Agreement, Binds, DecisionLevels, FieldKind, FieldSpec, Form, FormRule, LateNotice,
    LateSignature, Manifest, NoticeEnds, PartySelection, PdfProfile, Prolongation, SeatOrder,
    SeatSpec, SigningPolicy, Status, Term, at_key,
};
pub use org_number::{OrgNumber, known_org_number, known_owner};
pub use party::{FieldError, Grouping, Party, SeatRule, Signatory, SigningRule};
pub use person::Person;
pub use personal_identifier::{NoPersonalHash, PersonalHash, PersonalIdentifier};
pub use personal_number::{personal_numbers, without_personal_numbers};
pub use relation::{Amended, Relation};
pub use shares::{PartyShare, ServiceShare, Shares, shares};
pub use sort::swedish;
pub use source::SourceError;
pub use text::{MAX_LINE_CHARS, Name, RefusedText, clean_line, nfc, refused_character};

#[cfg(test)]
mod tests;
