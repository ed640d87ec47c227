//! A party: the legal entity that is bound, and what its file in signatories/ says.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    FieldKind, FieldSpec, Grade, Name, OrgNumber, PartyCode, PartyKind, PersonalHash, Role, Sha256,
    SourceError, clean_line, known_org_number, known_owner, swedish, toml_date,
};

/// One party as its file describes it. Contains roles and, where recorded, persons.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Party {
    /// Version of the file's form; 1.
    pub schema: u32,
    /// The code, e.g. `1443`; text, because leading zeros count.
    pub code: PartyCode,
    /// The kind, which decides the seats.
    pub kind: PartyKind,
    /// The name in law, e.g. Göteborgs kommun.
    pub legal_name: Name,
    /// The name it uses of itself, e.g. Göteborgs Stad.
    pub styled_name: Name,
    /// The name in lists and file names, e.g. Göteborg.
    pub short_name: Name,
    /// The organisation number.
    pub org_number: OrgNumber,
    /// Why the number differs from the shipped list, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub org_number_note: Option<Name>,
    /// The place where its administration sits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Name>,
    /// The groups it belongs to, e.g. its sub-region; several are possible.
    #[serde(default)]
    pub groupings: Vec<Grouping>,
    /// Who must sign. Changing it never touches an issued copy.
    pub signing: SigningRule,
    /// Persons by role. Names are never printed in the base revision.
    #[serde(default)]
    pub signatories: Vec<Signatory>,
    /// Further values that a version's schema may ask for.
    #[serde(default)]
    pub fields: BTreeMap<String, toml::Value>,
}

/// A group of parties, e.g. a sub-region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grouping {
    /// What kind of group, e.g. `delregion`.
    pub kind: Name,
    /// Its short code, e.g. `GR`.
    pub code: Name,
    /// Its name.
    pub name: Name,
}

/// A party's rule for who signs for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningRule {
    /// How many of the seats must be signed; all of them when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<u32>,
    /// The least legal grade of a signature that counts for the party; any when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_grade: Option<Grade>,
    /// Where the rule is decided (body, date, §, diary number), where recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Name>,
    /// For each seat's role: who may sit in it.
    pub seats: Vec<SeatRule>,
}

/// Who may sign in one seat.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatRule {
    /// The seat's role as in version.toml.
    pub role: Role,
    /// The signatories' roles in order: a later one signs only when the earlier ones are hindered.
    pub by: Vec<Role>,
}

/// The natural person who signs for a party, or the office that such a person holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signatory {
    /// The role, e.g. `vice_chair`.
    pub role: Role,
    /// The title in Swedish.
    pub title: Name,
    /// The person's name, where recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Name>,
    /// The work e-mail address, where recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Name>,
    /// First day in office, a Swedish calendar day.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "toml_date::optional"
    )]
    pub from: Option<NaiveDate>,
    /// Last day in office, inclusive.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "toml_date::optional"
    )]
    pub to: Option<NaiveDate>,
    /// The person's own certificates: SHA-256 of their DER.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Sha256>,
    /// The keyed hash of the person's personal identifier, where recorded; never the number itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier: Option<PersonalHash>,
}

impl Signatory {
    /// Tells whether the person is in office on a Swedish calendar day; a day that is not recorded does
    /// not limit.
    #[must_use]
    pub fn is_in_office(&self, day: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day <= to)
    }

    /// Tells whether it is recorded who the person is, and not only that there is such an office.
    #[must_use]
    pub fn is_recorded(&self) -> bool {
        self.name.is_some() || self.identifier.is_some() || !self.certificates.is_empty()
    }
}

impl SigningRule {
    /// Returns the roles that may sign in the seat of a role, in their order: without a rule its own.
    #[must_use]
    pub fn roles_for(&self, role: &Role) -> Vec<Role> {
        let rule = self.seats.iter().find(|rule| rule.role == *role);
        rule.map_or_else(|| vec![role.clone()], |rule| rule.by.clone())
    }

    /// Tells whether as many seats are signed as the rule needs.
    #[must_use]
    pub fn is_met_by(&self, signed: usize, seats: usize) -> bool {
        signed >= self.needed(seats)
    }

    /// Returns how many of so many seats must be signed: at least one, where there is one.
    #[must_use]
    pub fn needed(&self, seats: usize) -> usize {
        let asked = self
            .at_least
            .and_then(|needed| usize::try_from(needed).ok());
        asked.unwrap_or(seats).max(1).min(seats)
    }
}

/// A value that a version asks for and a party does not give, or not so.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("party {party}: field {field:?} {problem}")]
pub struct FieldError {
    /// Whose.
    pub party: PartyCode,
    /// The field's name in version.toml.
    pub field: String,
    /// What is wrong with it, with the value.
    pub problem: String,
}

impl Party {
    /// Returns who holds a role on a day: whoever is recorded and in office, else the role's first.
    #[must_use]
    pub fn holder(&self, role: &Role, day: NaiveDate) -> Option<&Signatory> {
        let of_role = || self.signatories.iter().filter(|it| it.role == *role);
        let in_office = || of_role().filter(|it| it.is_in_office(day));
        let recorded = in_office().find(|it| it.is_recorded());
        recorded
            .or_else(|| in_office().next())
            .or_else(|| of_role().next())
    }

    /// Reads a party's file.
    ///
    /// # Errors
    /// [`SourceError`] with the line: TOML syntax, an unknown or missing key, a value of another
    /// type, a refused character, a wrong check digit, a number that the shipped list gives to
    /// another party.
    pub fn parse(file: &str, text: &str) -> Result<Self, SourceError> {
        let party: Self =
            toml::from_str(text).map_err(|error| SourceError::from_toml(file, text, &error))?;
        party.check().map_err(|(message, key)| {
            let found = SourceError::new(file, message);
            match text
                .lines()
                .position(|line| line.trim_start().starts_with(key))
            {
                Some(index) => found.at_line(index.saturating_add(1)),
                None => found,
            }
        })?;
        Ok(party)
    }

    /// Checks what no single value shows; gives a sentence and the key it is about.
    fn check(&self) -> Result<(), (String, &'static str)> {
        if self.schema != 1 {
            let message = format!("schema {} is not known, this program reads 1", self.schema);
            return Err((message, "schema"));
        }
        self.check_org_number()
            .map_err(|message| (message, "org_number"))?;
        for seat in &self.signing.seats {
            for role in &seat.by {
                if !self
                    .signatories
                    .iter()
                    .any(|signatory| signatory.role == *role)
                {
                    let message = format!(
                        "seat {} may be signed by role {:?}, which no [[signatories]] has",
                        seat.role,
                        role.as_str()
                    );
                    return Err((message, "by"));
                }
            }
        }
        if let Some(needed) = self.signing.at_least
            && usize::try_from(needed).map_or(true, |needed| {
                needed == 0 || needed > self.signing.seats.len()
            })
        {
            let seats = self.signing.seats.len();
            return Err((
                format!("at_least {needed} cannot be met by {seats} seats"),
                "at_least",
            ));
        }
        for signatory in &self.signatories {
            if let (Some(from), Some(to)) = (signatory.from, signatory.to)
                && to < from
            {
                return Err((
                    format!("a signatory's last day {to} is before the first, {from}"),
                    "to",
                ));
            }
        }
        Ok(())
    }

    fn check_org_number(&self) -> Result<(), String> {
        if self.org_number_note.is_some() {
            return Ok(());
        }
        let number = &self.org_number;
        match (known_org_number(&self.code), known_owner(number)) {
            (Some(known), _) if known == number.to_string() => Ok(()),
            (Some(known), Some(owner)) => Err(format!(
                "organisation number {number} of {} belongs to {owner}; the shipped list has {known}",
                self.code
            )),
            (Some(known), None) => Err(format!(
                "organisation number {number} of {} differs from the shipped list, which has {known} (say why in org_number_note if it changed)",
                self.code
            )),
            (None, Some(owner)) => Err(format!(
                "organisation number {number} of {} belongs to {owner}",
                self.code
            )),
            (None, None) => Ok(()),
        }
    }

    /// Compares two parties for a list: municipalities in Swedish order, the region last.
    #[must_use]
    pub fn list_order(&self, other: &Self) -> std::cmp::Ordering {
        let rank = |party: &Self| party.groupings.is_empty();
        rank(self)
            .cmp(&rank(other))
            .then_with(|| swedish(self.short_name.as_str(), other.short_name.as_str()))
            .then_with(|| self.code.cmp(&other.code))
    }

    /// Returns the values of the fields that a version prints, by the fields' names.
    ///
    /// All fields are checked, also those that are not printed.
    ///
    /// # Errors
    /// [`FieldError`] for the first that is missing, mistyped or refused.
    pub fn printed(&self, schema: &[FieldSpec]) -> Result<BTreeMap<String, Value>, FieldError> {
        let mut printed = BTreeMap::new();
        for spec in schema {
            let value = self.value(spec).map_err(|problem| FieldError {
                party: self.code.clone(),
                field: spec.name.clone(),
                problem,
            })?;
            if let Some(value) = value
                && spec.printed
            {
                printed.insert(spec.name.clone(), value);
            }
        }
        Ok(printed)
    }

    fn value(&self, spec: &FieldSpec) -> Result<Option<Value>, String> {
        let core = |kind: FieldKind, text: String| {
            if spec.kind == kind {
                Ok(Some(Value::String(text)))
            } else {
                Err(format!(
                    "is {}, the version asks for {}",
                    kind.name(),
                    spec.kind.name()
                ))
            }
        };
        match spec.name.as_str() {
            "legal_name" => return core(FieldKind::Text, self.legal_name.to_string()),
            "styled_name" => return core(FieldKind::Text, self.styled_name.to_string()),
            "short_name" => return core(FieldKind::Text, self.short_name.to_string()),
            "org_number" => return core(FieldKind::OrgNumber, self.org_number.to_string()),
            "seat" => {
                if let Some(seat) = &self.seat {
                    return core(FieldKind::Text, seat.to_string());
                }
            }
            _ => {}
        }
        match self.fields.get(&spec.name) {
            Some(value) => spec.kind.read(value).map(Some),
            None if spec.required => Err("is missing".to_owned()),
            None => Ok(None),
        }
    }
}

impl FieldKind {
    /// Reads a TOML value as this kind; a date becomes its text, YYYY-MM-DD.
    fn read(self, value: &toml::Value) -> Result<Value, String> {
        let mistyped = || {
            format!(
                "is {}, the version asks for {}",
                value.type_str(),
                self.name()
            )
        };
        match (self, value) {
            (Self::Text, toml::Value::String(text)) => clean_line(text)
                .map(Value::String)
                .map_err(|refused| format!("is refused: {refused}")),
            (Self::OrgNumber, toml::Value::String(text)) => text
                .parse::<OrgNumber>()
                .map(|number| Value::String(number.to_string()))
                .map_err(|invalid| format!("is refused: {invalid}")),
            (Self::Integer, toml::Value::Integer(number)) => {
                // RFC 8785 §3.2.2.3 writes numbers as doubles: beyond 2^53 they would change.
                const LARGEST: u64 = 1 << 53;
                if number.unsigned_abs() > LARGEST {
                    return Err(format!("is {number}, beyond what JSON carries exactly"));
                }
                Ok(Value::from(*number))
            }
            (Self::Boolean, toml::Value::Boolean(flag)) => Ok(Value::from(*flag)),
            (Self::Date, toml::Value::Datetime(date)) => match (date.date, date.time) {
                (Some(day), None) => Ok(Value::String(day.to_string())),
                _ => Err(format!(
                    "is {date}, the version asks for a date without time"
                )),
            },
            _ => Err(mistyped()),
        }
    }
}
