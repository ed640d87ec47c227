//! Who signed: ties a certificate to a person who may sign in a seat, and tells which seats are signed.
//!
//! Trust is closed: a name alone only proposes. What ties is a certificate pinned for the person, a keyed
//! hash of a personal identifier, the party's organisation number together with the person's name, or an
//! officer's word.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc4519;
use unicode_normalization::UnicodeNormalization as _;

use super::untied::{
    CONFIRM_ENGLISH, CONFIRM_SWEDISH, no_authority, other_person, stranger, unknown,
};
use super::{Completeness, Finding, Grade, Question, Severity, Signatory, SignatureVerdict, Tie};
use crate::agreement::{
    OrgNumber, Party, PersonalIdentifier, Role, SeatId, Sha256, Signatory as Person,
    refused_character, without_personal_numbers,
};
use crate::signature::Certificate;

/// An officer's word on whose certificate a signature in a seat was made with.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Confirmation {
    /// The role in which the person signed.
    pub as_role: Role,
    /// SHA-256 of the certificate's DER.
    pub certificate: Sha256,
    /// The seat.
    pub seat: SeatId,
}

/// What is known of who may sign in a seat.
#[derive(Clone, Copy, Debug)]
pub struct Authority<'a> {
    /// The seat.
    pub seat: &'a SeatId,
    /// The party whose seat it is, as its file is today; `None` where there is none any more.
    pub party: Option<&'a Party>,
    /// The roles that the version admits in the seat; `None` where the party's rule alone says.
    pub admitted: Option<&'a [Role]>,
    /// What officers confirmed for the copy.
    pub confirmed: &'a [Confirmation],
    /// The key of the office's hashes of personal identifiers, where there is one.
    pub identifier_key: Option<&'a [u8]>,
}

/// Returns whether and how a signature counts for its seat, with the findings.
///
/// `is_sound` says that its integrity is ok and that its certificate leads to an anchor at the proven
/// time; `on` is the Swedish day of that time.
#[must_use]
pub fn signatory(
    certificate: &Certificate,
    authority: &Authority<'_>,
    on: NaiveDate,
    is_sound: bool,
    grade: Option<Grade>,
) -> (Signatory, Vec<Finding>) {
    let (tie, as_role, mut findings) = tie(certificate, authority, on);
    let is_tied = match tie {
        Tie::Confirmed | Tie::Identifier | Tie::Organisation | Tie::Pinned => as_role.is_some(),
        Tie::NameOnly | Tie::None => false,
    };
    let too_low = is_sound
        .then(|| below_least_grade(authority, grade))
        .flatten();
    let counts = is_sound && is_tied && too_low.is_none();
    findings.extend(too_low);
    let signatory = Signatory {
        seat: authority.seat.clone(),
        tie,
        as_role,
        counts,
    };
    (signatory, findings)
}

/// Returns how a certificate is tied to a person who may sign in the seat on a day, in which role, and
/// what was found.
///
/// A person's certificate pinned, or identifier, ties it to that person alone: where that person may not
/// sign there, nobody's name helps.
#[must_use]
pub fn tie(
    certificate: &Certificate,
    authority: &Authority<'_>,
    on: NaiveDate,
) -> (Tie, Option<Role>, Vec<Finding>) {
    let claims = Claims::of(certificate);
    let mut findings = Vec::new();
    let by_person = tie_to_person(certificate, &claims, authority, on, &mut findings);
    if let Some((tie, person)) = by_person
        && tie != Tie::NameOnly
    {
        findings.extend(hindered(authority, &person.role));
        return (tie, Some(person.role.clone()), findings);
    }
    let confirmed = authority
        .confirmed
        .iter()
        .find(|known| known.seat == *authority.seat && known.certificate == certificate.digest());
    if let Some(confirmed) = confirmed {
        // What was in doubt is what the officer answered.
        findings.clear();
        findings.push(Finding::new(
            Question::Signatories,
            Severity::Note,
            "signatory_confirmed",
            format!(
                "Det är bekräftat på kontoret vem som skrev under på platsen {}.",
                authority.seat
            ),
            format!(
                "An officer confirmed who signed in the seat {}.",
                authority.seat
            ),
        ));
        return (Tie::Confirmed, Some(confirmed.as_role.clone()), findings);
    }
    match by_person {
        Some((tie, person)) => {
            findings.push(name_only(authority, &claims));
            (tie, Some(person.role.clone()), findings)
        }
        None => {
            if findings.is_empty() {
                findings.push(if is_somebody_recorded(authority, on) {
                    stranger(authority, on)
                } else {
                    unknown(authority)
                });
            }
            (Tie::None, None, findings)
        }
    }
}

/// Returns which of a copy's seats are signed so that it counts, which wait, and which are open.
///
/// `seats` are the copy's in print order. A party is complete when as many of its seats are signed as
/// its rule needs; one whose file is missing needs all.
#[must_use]
pub fn completeness(
    seats: &[SeatId],
    parties: &[Party],
    signatures: &[SignatureVerdict],
) -> Completeness {
    let signed_in = |seat: &SeatId, counts: bool| {
        signatures.iter().any(|signature| {
            let signatory = signature.signatory.as_ref();
            signatory.is_some_and(|found| found.seat == *seat && found.counts == counts)
        })
    };
    let mut answer = Completeness {
        signed: Vec::new(),
        unconfirmed: Vec::new(),
        open: Vec::new(),
        complete_parties: Vec::new(),
    };
    for seat in seats {
        let place = if signed_in(seat, true) {
            &mut answer.signed
        } else if signed_in(seat, false) {
            &mut answer.unconfirmed
        } else {
            &mut answer.open
        };
        place.push(seat.clone());
    }
    let mut of_party: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for seat in seats {
        let counts = of_party.entry(seat.party()).or_default();
        counts.1 = counts.1.saturating_add(1);
        if answer.signed.contains(seat) {
            counts.0 = counts.0.saturating_add(1);
        }
    }
    let mut codes: Vec<&str> = Vec::new();
    for seat in seats {
        if codes.last() != Some(&seat.party()) && !codes.contains(&seat.party()) {
            codes.push(seat.party());
        }
    }
    let rules: BTreeMap<&str, &Party> = parties
        .iter()
        .map(|party| (party.code.as_str(), party))
        .collect();
    for code in codes {
        let (signed, all) = of_party.get(code).copied().unwrap_or_default();
        let is_complete = rules
            .get(code)
            .map_or(signed == all, |party| party.signing.is_met_by(signed, all));
        if is_complete && let Ok(code) = code.parse() {
            answer.complete_parties.push(code);
        }
    }
    answer
}

/// What a certificate says of its subject, for comparing.
struct Claims {
    names: Vec<Vec<String>>,
    organisations: Vec<OrgNumber>,
    // Also an organisation whose number is none of Sweden's.
    has_other_organisation: bool,
    identifiers: Vec<PersonalIdentifier>,
}

impl Claims {
    fn of(certificate: &Certificate) -> Self {
        let values = |kind| -> Vec<String> {
            let values = certificate.subject_values(kind).take(MAX_VALUES);
            values
                .filter(|value| value.chars().count() <= MAX_CHARS)
                .collect()
        };
        let mut names = Vec::new();
        // RFC 3739 §3.1.2: a pseudonym is not a name that anybody vouches for.
        if values(PSEUDONYM).is_empty() {
            let given = values(rfc4519::GIVEN_NAME).join(" ");
            let surname = values(rfc4519::SURNAME).join(" ");
            names.extend(words(&format!("{given} {surname}")));
            for kind in [rfc4519::COMMON_NAME, DISPLAY_NAME] {
                names.extend(values(kind).iter().filter_map(|name| words(name)));
            }
        }
        let serial_numbers = values(rfc4519::SERIAL_NUMBER);
        let identifiers = serial_numbers
            .iter()
            .filter_map(|text| PersonalIdentifier::read(text))
            .collect();
        let named = values(ORGANIZATION_IDENTIFIER);
        let mut organisations: Vec<OrgNumber> = Vec::new();
        let mut has_other_organisation = false;
        for text in &named {
            match organisation(text) {
                Some(number) => organisations.push(number),
                None => has_other_organisation = true,
            }
        }
        for text in values(ORGANISATION_AFFILIATION) {
            // Sweden Connect, attribute specification: identifier of the person @ number.
            match text
                .rsplit_once('@')
                .and_then(|(_, number)| organisation(number))
            {
                Some(number) => organisations.push(number),
                None => has_other_organisation = true,
            }
        }
        organisations.extend(serial_numbers.iter().filter_map(|text| organisation(text)));
        Self {
            names,
            organisations,
            has_other_organisation,
            identifiers,
        }
    }

    /// Tells whether the certificate is one of the party's people, and of no other organisation.
    fn is_of(&self, party: &Party) -> bool {
        !self.has_other_organisation
            && !self.organisations.is_empty()
            && self
                .organisations
                .iter()
                .all(|number| *number == party.org_number)
    }

    fn is_of_another(&self, party: &Party) -> bool {
        self.has_other_organisation
            || self
                .organisations
                .iter()
                .any(|number| *number != party.org_number)
    }

    /// Tells whether a name in the certificate is the person's, word for word in any order.
    fn bears_name_of(&self, person: &Person) -> bool {
        let name = person.name.as_ref().and_then(|name| words(name.as_str()));
        name.is_some_and(|name| self.names.contains(&name))
    }

    /// Tells whether all words of the person's name are in a name of the certificate, which may have more:
    /// good enough to propose.
    fn resembles(&self, person: &Person) -> bool {
        let name = person.name.as_ref().and_then(|name| words(name.as_str()));
        name.is_some_and(|name| {
            self.names
                .iter()
                .any(|longer| name.iter().all(|word| longer.contains(word)))
        })
    }

    /// Tells whether a personal identifier in the certificate is the person's; `None` where either has
    /// none or there is no key.
    fn has_identifier_of(&self, person: &Person, key: Option<&[u8]>) -> Option<bool> {
        let (key, expected) = (key?, person.identifier?);
        if self.identifiers.is_empty() {
            return None;
        }
        let mut hashes = self.identifiers.iter().map(|known| known.hash(key));
        Some(hashes.all(|hash| hash == expected))
    }
}

type IsPerson<'a> = &'a dyn Fn(&Person) -> bool;

/// Finds the person whose certificate it is, among those who may sign in the seat.
fn tie_to_person<'a>(
    certificate: &Certificate,
    claims: &Claims,
    authority: &Authority<'a>,
    on: NaiveDate,
    findings: &mut Vec<Finding>,
) -> Option<(Tie, &'a Person)> {
    let party = authority
        .party
        .filter(|party| authority.seat.is_of(&party.code))?;
    let key = authority.identifier_key;
    let may_sign: Vec<&Person> = roles(authority)
        .iter()
        .flat_map(|role| {
            party
                .signatories
                .iter()
                .filter(move |person| person.role == *role)
        })
        .filter(|person| person.is_in_office(on))
        .collect();
    let digest = certificate.digest();
    let is_pinned = |person: &Person| person.certificates.contains(&digest);
    let has_identifier = |person: &Person| claims.has_identifier_of(person, key) == Some(true);
    let strong: [(Tie, IsPerson<'_>); 2] = [
        (Tie::Pinned, &is_pinned),
        (Tie::Identifier, &has_identifier),
    ];
    for (tie, is_person) in strong {
        if let Some(person) = may_sign.iter().find(|person| is_person(person)) {
            return Some((tie, person));
        }
        if let Some(person) = party.signatories.iter().find(|person| is_person(person)) {
            findings.push(no_authority(authority, person, on));
            return None;
        }
    }
    let is_excluded = |person: &Person| claims.has_identifier_of(person, key) == Some(false);
    let same_name = may_sign.iter().find(|person| claims.bears_name_of(person));
    if claims.is_of(party)
        && let Some(person) = may_sign
            .iter()
            .find(|person| claims.bears_name_of(person) && !is_excluded(person))
    {
        return Some((Tie::Organisation, person));
    }
    if let Some(person) = may_sign
        .iter()
        .find(|person| claims.resembles(person) && !is_excluded(person))
    {
        return Some((Tie::NameOnly, person));
    }
    if same_name.is_some() {
        findings.push(other_person(authority));
    } else if let Some(person) = party
        .signatories
        .iter()
        .find(|person| claims.bears_name_of(person) && !is_excluded(person))
    {
        findings.push(no_authority(authority, person, on));
    }
    None
}

/// Tells whether it is recorded of every role that may sign in the seat who holds it on a day: then a
/// certificate that is none of theirs is a stranger's.
fn is_somebody_recorded(authority: &Authority<'_>, on: NaiveDate) -> bool {
    let roles = roles(authority);
    let holder = |role: &Role| {
        let mut persons = authority.party.into_iter().flat_map(|it| &it.signatories);
        persons.any(|it| it.role == *role && it.is_in_office(on) && it.is_recorded())
    };
    !roles.is_empty() && roles.iter().all(holder)
}

/// Returns the roles that may sign in the seat, the first one first.
fn roles(authority: &Authority<'_>) -> Vec<Role> {
    let (Some(party), Some(role)) = (authority.party, authority.seat.role()) else {
        return Vec::new();
    };
    let mut roles = party.signing.roles_for(&role);
    roles.retain(|found| {
        *found == role
            || authority
                .admitted
                .is_none_or(|admitted| admitted.contains(found))
    });
    roles
}

/// Returns the words of a name in comparable form and order; `None` for fewer than two, and for a text
/// with characters that deceive the eye.
fn words(text: &str) -> Option<Vec<String>> {
    if refused_character(text).is_some() {
        return None;
    }
    let folded = without_personal_numbers(text).nfkc().collect::<String>();
    let folded: String = folded.to_lowercase().nfkc().collect();
    let mut words: Vec<String> = folded
        .split(|found: char| found.is_whitespace() || matches!(found, ',' | '.'))
        .filter(|word| !word.is_empty())
        // Several signs look like a hyphen.
        .map(|word| word.replace(['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}'], "-"))
        .collect();
    words.sort();
    (words.len() >= 2).then_some(words)
}

/// Returns the Swedish organisation number in an identifier, with its check digit right.
fn organisation(text: &str) -> Option<OrgNumber> {
    let text = text.trim();
    // ETSI EN 319 412-1 §5.1.4: register or tax authority, country, hyphen, number; the tax number of
    // Sweden has 01 after the organisation number.
    let number = if let Some(number) = text.strip_prefix("NTRSE-") {
        number
    } else if let Some(number) = text.strip_prefix("VATSE-") {
        number
            .strip_prefix("SE")
            .unwrap_or(number)
            .strip_suffix("01")?
    } else {
        text.strip_prefix("SE").unwrap_or(text)
    };
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let is_plain = number == digits
        || number
            .split_once('-')
            .is_some_and(|(a, b)| a.len() == 6 && b.len() == 4 && format!("{a}{b}") == digits);
    // The tax agency writes 16 before a legal entity's number.
    let digits = match digits.len() {
        10 => digits.as_str(),
        12 => digits.strip_prefix("16")?,
        _ => return None,
    };
    if !is_plain {
        return None;
    }
    let (first, last) = digits.split_at_checked(6)?;
    format!("{first}-{last}").parse().ok()
}

/// Returns what to say of a grade that is below what the party demands; one that is not known is.
fn below_least_grade(authority: &Authority<'_>, grade: Option<Grade>) -> Option<Finding> {
    let least = authority.party?.signing.least_grade?;
    if grade.is_some_and(|grade| grade >= least) {
        return None;
    }
    let seat = authority.seat;
    let finding = Finding::new(
        Question::Signatories,
        Severity::Fault,
        "signatory_grade",
        format!(
            "Parten kräver minst {least}, vilket underskriften på platsen {seat} inte når; den räknas inte."
        ),
        format!(
            "The party demands {least} at least, which the signature in the seat {seat} does not reach; it does not count."
        ),
    );
    Some(finding.advising(
        format!("Be om en ny underskrift med minst {least}."),
        format!("Ask for a new signature of {least} at least."),
    ))
}

fn name_only(authority: &Authority<'_>, claims: &Claims) -> Finding {
    let seat = authority.seat;
    let is_of_another = authority
        .party
        .is_some_and(|party| claims.is_of_another(party));
    let (swedish, english) = if is_of_another {
        (
            format!(
                "Namnet stämmer med den som får skriva under på platsen {seat}, men certifikatet är utfärdat för en annan organisation."
            ),
            format!(
                "The name is that of a person who may sign in the seat {seat}, but the certificate is of another organisation."
            ),
        )
    } else {
        (
            format!(
                "Bara namnet stämmer med den som får skriva under på platsen {seat}; det är inte bekräftat vem det är."
            ),
            format!(
                "Only the name is that of a person who may sign in the seat {seat}; who it is is not confirmed."
            ),
        )
    };
    Finding::new(
        Question::Signatories,
        Severity::Warning,
        "signatory_name_only",
        swedish,
        english,
    )
    .advising(CONFIRM_SWEDISH, CONFIRM_ENGLISH)
}

/// A deputy signs only when those before are hindered, which nothing in the file tells.
fn hindered(authority: &Authority<'_>, role: &Role) -> Option<Finding> {
    let roles = roles(authority);
    if roles.first() == Some(role) {
        return None;
    }
    let title = |role: &Role| {
        let party = authority.party?;
        let mut persons = party.signatories.iter();
        Some(
            persons
                .find(|person| person.role == *role)?
                .title
                .to_string(),
        )
    };
    let (deputy, first) = (title(role)?, title(roles.first()?)?);
    let seat = authority.seat;
    Some(Finding::new(
        Question::Signatories,
        Severity::Note,
        "signatory_deputy",
        format!(
            "På platsen {seat} har {deputy} skrivit under, vilket förutsätter att {first} hade förhinder."
        ),
        format!("In the seat {seat} {deputy} signed, which supposes that {first} was hindered."),
    ))
}

/// No certificate of a person has more values of one attribute.
const MAX_VALUES: usize = 16;
/// Nor a longer one.
const MAX_CHARS: usize = 1_024;

const DISPLAY_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.113730.3.1.241");
/// Sweden Connect, attribute specification: `orgAffiliation`.
const ORGANISATION_AFFILIATION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.752.201.3.1");
/// ITU-T X.520: `organizationIdentifier`.
const ORGANIZATION_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.97");
const PSEUDONYM: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.65");
