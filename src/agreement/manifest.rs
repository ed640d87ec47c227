//! agreement.toml and version.toml: everything that binds besides the words.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{
    Accord, AccordRules, AgreementId, Amended, FollowUp, Name, Party, PartyCode, PartyKind,
    Relation, Role, SourceError, VersionNumber,
};
use super::{accord, follow_up, toml_date};

/// One agreement: one family of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Agreement {
    /// Version of the file's form; 1.
    pub schema: u32,
    /// The identifier, equal to the folder's name.
    pub id: AgreementId,
    /// The full name, as on the cover.
    pub name: Name,
    /// The short name, for lists.
    pub short_name: Name,
    /// The body that sends and coordinates; not necessarily a party.
    pub coordinator: Name,
    /// Whom a party asks, e.g. a mailbox of the coordinating office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contact: Option<Name>,
    /// Address before `/v/<copy>#<digest>` in the QR code; without it the code holds `sigill:1:…`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verify_base: Option<Name>,
}

impl Agreement {
    /// Reads agreement.toml.
    ///
    /// # Errors
    /// [`SourceError`] with the line.
    pub fn parse(file: &str, text: &str) -> Result<Self, SourceError> {
        let agreement: Self =
            toml::from_str(text).map_err(|error| SourceError::from_toml(file, text, &error))?;
        check_schema(file, text, agreement.schema)?;
        if let Some(base) = &agreement.verify_base
            && (!base.as_str().starts_with("https://") || base.as_str().ends_with('/'))
        {
            let message = format!(
                "verify_base {:?} is not an https address without / at its end",
                base.as_str()
            );
            return Err(at_key(file, text, "verify_base", message));
        }
        Ok(agreement)
    }
}

/// One version: version.toml.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the file's form; 1.
    pub schema: u32,
    /// The number, equal to the folder's name.
    pub version: VersionNumber,
    /// Draft, consultation or adopted; only an adopted one is issued.
    pub status: Status,
    /// The day the text bears; the PDF's document date.
    #[serde(with = "toml_date")]
    pub dated: NaiveDate,
    /// The conformance of the PDFs.
    pub pdf: PdfProfile,
    /// The font file that signatures' appearances will use, embedded in every copy.
    pub appearance_font: String,
    /// The clause files in their order, relative to the version's folder.
    pub clauses: Vec<String>,
    /// The form of execution.
    pub form: FormRule,
    /// When the agreement binds.
    pub binds: Binds,
    /// Who the agreement is between.
    #[serde(default)]
    pub parties: PartySelection,
    /// The body that decides, per kind of party.
    #[serde(default)]
    pub decision: DecisionLevels,
    /// What it does to another version; by itself where it is not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relation: Option<Relation>,
    /// Of an amendment: what it changes of the other version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amended: Option<Amended>,
    /// What it says as a local accord under another agreement.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accord: Option<Accord>,
    /// What it asks of the accords under it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accords: Option<AccordRules>,
    /// The days on which it is followed up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub follow_up: Vec<FollowUp>,
    /// Values of the accords under it that may not be less.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub least: BTreeMap<String, i64>,
    /// The term; absent while there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<Term>,
    /// How it is signed and sealed.
    #[serde(default, skip_serializing_if = "SigningPolicy::is_default")]
    pub signing: SigningPolicy,
    /// The seats per kind of party, in the order they are printed.
    pub seats: Vec<SeatSpec>,
    /// The schema of the fields asked of each party.
    pub fields: Vec<FieldSpec>,
    /// Values for the text: strings, whole numbers, booleans.
    #[serde(default)]
    pub values: BTreeMap<String, serde_json::Value>,
}

/// Where a version stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Adopted: may be published and issued.
    Adopted,
    /// Out for consultation.
    Consultation,
    /// Being written.
    Draft,
}

impl Status {
    /// Returns the word in version.toml.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adopted => "adopted",
            Self::Consultation => "consultation",
            Self::Draft => "draft",
        }
    }

    /// Returns the word stamped over a preview's pages.
    #[must_use]
    pub fn stamp(self) -> &'static str {
        match self {
            Self::Adopted => "FÖRHANDSVISNING",
            Self::Consultation => "REMISS",
            Self::Draft => "UTKAST",
        }
    }
}

/// What the PDFs conform to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PdfProfile {
    /// PDF/A-2a and PDF/UA-1, without the attached copy data.
    #[serde(rename = "a2a-ua1")]
    A2a,
    /// PDF/A-3a and PDF/UA-1, with the copy data attached.
    #[serde(rename = "a3a-ua1")]
    A3a,
}

/// The three forms of execution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One copy per party, for it and one party that is in every copy.
    Bilateral,
    /// One copy per party, for it alone; together they are the agreement.
    Counterpart,
    /// One copy for all.
    Joint,
}

impl Form {
    /// Returns the word in version.toml and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bilateral => "bilateral",
            Self::Counterpart => "counterpart",
            Self::Joint => "joint",
        }
    }

    /// Returns the letter in a copy's name.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Bilateral => 'b',
            Self::Counterpart => 'c',
            Self::Joint => 'j',
        }
    }
}

/// The form, and who is in every copy of the bilateral one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FormRule {
    /// The form used unless another is asked for.
    pub kind: Form,
    /// The party in every bilateral copy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<PartyCode>,
}

/// When the agreement binds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Binds {
    /// When all parties have signed.
    All,
    /// When so many parties have signed, for those that have.
    AtLeast {
        /// How many.
        count: u32,
    },
    /// When the named parties have signed.
    Named {
        /// Which.
        parties: Vec<PartyCode>,
    },
    /// Pairwise, as each copy is signed by its two parties.
    Pairwise,
}

/// Who the agreement is between: every party of the office unless narrowed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartySelection {
    /// Only these.
    #[serde(default)]
    pub codes: Vec<PartyCode>,
    /// Only parties of these groups, by their codes.
    #[serde(default)]
    pub groupings: Vec<Name>,
    /// Only parties of these kinds.
    #[serde(default)]
    pub kinds: Vec<PartyKind>,
}

impl PartySelection {
    /// Tells whether a party is one of those the agreement is between.
    #[must_use]
    pub fn includes(&self, party: &Party) -> bool {
        let in_group = || {
            party
                .groupings
                .iter()
                .any(|group| self.groupings.contains(&group.code))
        };
        (self.codes.is_empty() || self.codes.contains(&party.code))
            && (self.kinds.is_empty() || self.kinds.contains(&party.kind))
            && (self.groupings.is_empty() || in_group())
    }
}

/// The body that decides for each kind of party, in Swedish, e.g. `kommunstyrelsen`.
pub type DecisionLevels = BTreeMap<PartyKind, Name>;

/// The time the agreement runs. Both days are Swedish calendar days in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Term {
    /// First day.
    #[serde(with = "toml_date")]
    pub start: NaiveDate,
    /// Last day, inclusive.
    #[serde(with = "toml_date")]
    pub end: NaiveDate,
    /// Months before the end by which notice must be given in writing.
    pub notice_months: u32,
    /// Months of each prolongation.
    pub prolongation_months: u32,
    /// Whether it is prolonged again and again.
    pub prolongation: Prolongation,
    /// For whom a notice ends it, where the text says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notice_ends: Option<NoticeEnds>,
    /// What becomes of a notice that came late, where the text says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_notice: Option<LateNotice>,
    /// From when it binds a party that signs after the first day, where the text says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub late_signature: Option<LateSignature>,
}

/// For whom a notice ends the agreement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeEnds {
    /// For all parties.
    All,
    /// For the party that gave it; in the bilateral form, the copies that it was given for.
    Giver,
}

/// What becomes of a notice that came after the last day for the period it came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateNotice {
    /// It stays on record and ends nothing.
    Kept,
    /// It ends the agreement with the next period that it is in time for.
    NextEnd,
}

/// From when the agreement binds a party that signs after its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateSignature {
    /// From the day it signs.
    FromSignature,
    /// From the first day of the term, whenever it signs.
    FromStart,
}

/// How often an agreement prolongs itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prolongation {
    /// Never.
    None,
    /// One time.
    Once,
    /// Until notice is given.
    Repeated,
}

/// How copies of a version are signed and sealed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SigningPolicy {
    /// Whether the office's seal certifies the copy (ISO 32000-2 §12.8.2.2, `DocMDP` with P = 2).
    ///
    /// Some signing services cannot add a signature to a certified file.
    pub certify: bool,
    /// In which order the seats of a copy are signed.
    pub order: SeatOrder,
}

impl SigningPolicy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// In which order the seats of a copy are signed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatOrder {
    /// Any order.
    #[default]
    Any,
    /// As printed, one party after the other.
    Parties,
    /// As printed within each party; parties in any order.
    Seats,
}

/// A seat that every party of a kind has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatSpec {
    /// Which parties have it.
    pub party_kind: PartyKind,
    /// The role.
    pub role: Role,
    /// What is printed beside it, in Swedish.
    pub title: Name,
    /// The roles that may sign in it besides its own; without this key the party's rule alone says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deputies: Option<Vec<Role>>,
}

impl SeatSpec {
    /// Returns the roles that the version lets sign in the seat; `None` where the party's rule alone says.
    #[must_use]
    pub fn admitted(&self) -> Option<Vec<Role>> {
        let mut roles = self.deputies.clone()?;
        roles.push(self.role.clone());
        Some(roles)
    }

    /// Tells whether the version lets this role sign in the seat.
    #[must_use]
    pub fn admits(&self, role: &Role) -> bool {
        *role == self.role
            || self
                .deputies
                .as_ref()
                .is_none_or(|deputies| deputies.contains(role))
    }
}

/// A field asked of each party.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// A core field of the party's file, or a key of its `[fields]`.
    pub name: String,
    /// The type of its value.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// Whether it stands in the copy data and on paper.
    pub printed: bool,
    /// Whether every party must give it.
    #[serde(default = "yes")]
    pub required: bool,
}

fn yes() -> bool {
    true
}

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// `true` or `false`.
    Boolean,
    /// A calendar day.
    Date,
    /// A whole number.
    Integer,
    /// A Swedish organisation number.
    OrgNumber,
    /// A line of text.
    Text,
}

impl FieldKind {
    /// Returns the word in version.toml.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Integer => "integer",
            Self::OrgNumber => "org_number",
            Self::Text => "text",
        }
    }
}

impl Manifest {
    /// Reads version.toml.
    ///
    /// # Errors
    /// [`SourceError`] with the line: TOML syntax, an unknown or missing key, a value of another
    /// type, or values that contradict each other.
    pub fn parse(file: &str, text: &str) -> Result<Self, SourceError> {
        let manifest: Self =
            toml::from_str(text).map_err(|error| SourceError::from_toml(file, text, &error))?;
        check_schema(file, text, manifest.schema)?;
        manifest
            .check()
            .map_err(|(key, message)| at_key(file, text, key, message))?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), (&'static str, String)> {
        if self.clauses.is_empty() {
            return Err((
                "clauses",
                "clauses is empty: an agreement needs a text".to_owned(),
            ));
        }
        let mut seen = BTreeSet::new();
        if let Some(twice) = self
            .clauses
            .iter()
            .find(|clause| !seen.insert(clause.as_str()))
        {
            return Err(("clauses", format!("clause file {twice:?} is listed twice")));
        }
        if self.form.kind == Form::Bilateral && self.form.with.is_none() {
            return Err((
                "kind",
                "form bilateral needs with = the party that is in every copy".to_owned(),
            ));
        }
        if matches!(self.binds, Binds::AtLeast { count: 0 }) {
            return Err(("count", "count 0 would bind before anyone signs".to_owned()));
        }
        if let Some(term) = self.term
            && term.end < term.start
        {
            return Err((
                "end",
                format!(
                    "the term ends {}, before it starts {}",
                    term.end, term.start
                ),
            ));
        }
        if let Some(Relation::Replaces { version }) = &self.relation
            && *version >= self.version
        {
            let message = format!(
                "version {} cannot replace {version}: only an earlier one",
                self.version
            );
            return Err(("version = ", message));
        }
        if let Some(amended) = &self.amended {
            amended.check(self.relation.as_ref())?;
        }
        accord::check(self)?;
        follow_up::check(self)?;
        let is_plain =
            |value: &serde_json::Value| value.is_string() || value.is_i64() || value.is_boolean();
        if let Some((key, _)) = self.values.iter().find(|(_, value)| !is_plain(value)) {
            return Err((
                "[values]",
                format!("value {key:?} is neither text nor whole number nor boolean"),
            ));
        }
        if self.seats.is_empty() {
            return Err(("seats", "no [[seats]]: nobody could sign".to_owned()));
        }
        let mut seats = BTreeSet::new();
        if let Some(twice) = self
            .seats
            .iter()
            .find(|seat| !seats.insert((&seat.party_kind, &seat.role)))
        {
            let message = format!("seat {} of {} is given twice", twice.role, twice.party_kind);
            return Err(("role", message));
        }
        let mut names = BTreeSet::new();
        if let Some(twice) = self.fields.iter().find(|field| !names.insert(&field.name)) {
            return Err(("name", format!("field {:?} is given twice", twice.name)));
        }
        Ok(())
    }

    /// Returns the first day on which it can have effect, where it says so.
    #[must_use]
    pub fn first_day(&self) -> Option<NaiveDate> {
        let of_accord = self.accord.as_ref().and_then(|accord| accord.from);
        let of_amendment = self.amended.as_ref().and_then(|amended| amended.from);
        let of_term = self.term.map(|term| term.start);
        of_term.or(of_accord).or(of_amendment)
    }

    /// Returns the seats of a kind of party, in print order.
    pub fn seats_of(&self, kind: &PartyKind) -> impl Iterator<Item = &SeatSpec> {
        let kind = kind.clone();
        self.seats
            .iter()
            .filter(move |seat| seat.party_kind == kind)
    }
}

fn check_schema(file: &str, text: &str, schema: u32) -> Result<(), SourceError> {
    if schema == 1 {
        return Ok(());
    }
    let message = format!("schema {schema} is not known, this program reads 1");
    Err(at_key(file, text, "schema", message).with_hint("a newer sigill may have written it"))
}

/// Returns an error about a TOML file at the first line that begins with a key, or as a whole.
#[must_use]
pub fn at_key(file: &str, text: &str, key: &str, message: String) -> SourceError {
    let found = SourceError::new(file, message);
    match text
        .lines()
        .position(|line| line.trim_start().starts_with(key))
    {
        Some(index) => found.at_line(index.saturating_add(1)),
        None => found,
    }
}
