//! Who may sign for the parties, as their files and the register have it, and how signatures stand by that.
//!
//! What was found of a signature's integrity and trust when it was entered stays: only whose it is, and
//! whether that person could sign then, is judged anew when authority is told otherwise.

mod rejudge;

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use zeroize::Zeroizing;

use super::{Error, Office};
use crate::agreement::{
    AgreementId, Name, Party, Person, Role, SeatId, SeatRule, Sha256, Signatory,
};
use crate::register::{AuthorityState, Standing, Tally};
use crate::signature::Certificate;
use crate::store::Store;
use crate::validation::{self, Authority, Finding, Question, Severity, Tie, grade};

pub use rejudge::{Change, Rejudged};
pub(super) use rejudge::{enter, judge_anew};

/// Who may sign for the parties.
pub(super) struct Authorities {
    // By what is recorded for everything, and for the agreements for which more is recorded.
    all: Vec<Party>,
    of_agreement: BTreeMap<AgreementId, Vec<Party>>,
    identifier_key: Option<Zeroizing<Vec<u8>>>,
}

/// A seat, and what is known of who may sign in it besides the authorities.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) agreement: &'a AgreementId,
    pub(super) seat: &'a SeatId,
    /// The roles that the version admits; `None` where the party's rule alone says.
    pub(super) admitted: Option<&'a [Role]>,
    pub(super) confirmed: &'a [validation::Confirmation],
}

/// Whose a signature is, and whether it counts.
pub(super) struct Judged {
    pub(super) standing: Standing,
    /// The role in which the person signs, also where it is only proposed.
    pub(super) as_role: Option<Role>,
    pub(super) findings: Vec<Finding>,
}

impl Authorities {
    /// Reads the parties' files, and what the register says beside them.
    ///
    /// # Errors
    /// [`Error`] when a party's file is wrong or a document cannot be read; one that was erased is no error.
    pub(super) async fn read(office: &Office, store: &Store, tally: &Tally) -> Result<Self, Error> {
        // Without their files nobody may sign for the parties.
        let mut all = if office.folder.has_parties() {
            office.parties()?
        } else {
            Vec::new()
        };
        let mut persons = BTreeMap::new();
        let mut agreements = BTreeSet::new();
        for state in all.iter().flat_map(|it| tally.authorities_of(&it.code)) {
            agreements.extend(state.agreement.iter());
            for person in &state.authorised.persons {
                let words = store.words(person.person).await?;
                let known = words.and_then(|words| serde_json::from_str::<Person>(&words).ok());
                persons.insert(person.person.commitment, known);
            }
        }
        let mut of_agreement = BTreeMap::new();
        for agreement in agreements {
            let mut parties = all.clone();
            for party in &mut parties {
                let states = tally.authorities(&party.code, agreement);
                states.into_iter().for_each(|it| add(party, it, &persons));
            }
            of_agreement.insert(agreement.clone(), parties);
        }
        for party in &mut all {
            let states = tally.authorities_of(&party.code).iter();
            let for_all: Vec<_> = states.filter(|it| it.agreement.is_none()).collect();
            for_all.into_iter().for_each(|it| add(party, it, &persons));
        }
        Ok(Self {
            all,
            of_agreement,
            identifier_key: office.identifier_key()?,
        })
    }

    /// Returns the parties with all who may sign for them, in an agreement if one is named, in list order.
    pub(super) fn parties(&self, agreement: Option<&AgreementId>) -> &[Party] {
        let of_agreement = agreement.and_then(|it| self.of_agreement.get(it));
        of_agreement.unwrap_or(&self.all)
    }

    /// Returns the key of the hashes of personal identifiers.
    pub(super) fn identifier_key(&self) -> Option<&[u8]> {
        self.identifier_key.as_ref().map(|key| key.as_slice())
    }

    /// Judges whose a signature is that was made on a Swedish day with a certificate.
    ///
    /// `role` is the one in which the person says to sign; any that may where it is not said. `is_sound` says
    /// that the signature holds and that its certificate is trusted.
    pub(super) fn judge(
        &self,
        place: Place<'_>,
        role: Option<&Role>,
        certificate: &Certificate,
        on: NaiveDate,
        is_sound: bool,
    ) -> Judged {
        let mut parties = self.parties(Some(place.agreement)).iter();
        let party = parties.find(|party| place.seat.is_of(&party.code));
        let narrowed = role
            .zip(party)
            .map(|(role, party)| narrowed(party, place.seat, role));
        let authority = Authority {
            seat: place.seat,
            party: narrowed.as_ref().or(party),
            admitted: place.admitted,
            confirmed: place.confirmed,
            identifier_key: self.identifier_key(),
        };
        let grade = is_sound.then(|| grade(certificate).0);
        let (signatory, findings) =
            validation::signatory(certificate, &authority, on, is_sound, grade);
        Judged {
            standing: standing(&signatory, &findings, is_sound),
            as_role: signatory.as_role,
            findings,
        }
    }
}

/// Tells whether a signature counts, or lacks nothing but an officer's word. The one rule for those that
/// are made here and those that come back.
pub(super) fn standing(
    signatory: &validation::Signatory,
    findings: &[Finding],
    is_sound: bool,
) -> Standing {
    if signatory.counts && signatory.as_role.is_some() {
        // One that counts by an officer's word counts no longer than that word.
        return match signatory.tie {
            Tie::Confirmed => Standing::ToConfirm,
            Tie::Identifier | Tie::NameOnly | Tie::None | Tie::Organisation | Tie::Pinned => {
                Standing::Counts
            }
        };
    }
    let is_refused = findings.iter().any(is_about_signer);
    match signatory.tie {
        Tie::NameOnly | Tie::None if is_sound && !is_refused => Standing::ToConfirm,
        Tie::Confirmed
        | Tie::Identifier
        | Tie::NameOnly
        | Tie::None
        | Tie::Organisation
        | Tie::Pinned => Standing::Refused,
    }
}

/// Tells whether a finding says that it is known who signed, or how, and that it cannot count.
fn is_about_signer(finding: &Finding) -> bool {
    finding.question == Question::Signatories && finding.severity == Severity::Fault
}

/// Returns the sentence that says most of why a signature does not count.
pub(super) fn reason(findings: &[Finding]) -> Option<&Finding> {
    let about = findings
        .iter()
        .filter(|it| it.question == Question::Signatories);
    about.max_by_key(|finding| finding.severity)
}

/// Adds to a party what one entry says of who may sign for it.
fn add(party: &mut Party, state: &AuthorityState, persons: &BTreeMap<Sha256, Option<Person>>) {
    if let Some(rule) = &state.authorised.rule {
        party.signing = rule.clone();
    }
    for (index, person) in state.authorised.persons.iter().enumerate() {
        let known = persons.get(&person.person.commitment);
        let known = known.and_then(Option::as_ref);
        let title = known.and_then(|it| it.title.clone());
        let title = title.or_else(|| title_of(party, &person.role));
        let Some(title) = title.or_else(|| person.role.as_str().parse().ok()) else {
            continue;
        };
        party.signatories.push(Signatory {
            role: person.role.clone(),
            title,
            name: known.map(|it| it.name.clone()),
            email: known.and_then(|it| it.email.clone()),
            from: person.from,
            to: last_day(state, index),
            certificates: person.certificates.clone(),
            identifier: person.identifier,
        });
    }
}

/// Returns the last day on which a person of an entry may sign: by its own time, by what ended it, and by
/// what the source allows.
pub(super) fn last_day(state: &AuthorityState, person: usize) -> Option<NaiveDate> {
    let own = state.last_day(person);
    own.into_iter().chain(state.authorised.allowed_to).min()
}

/// Returns the title that the party's file has for a role.
pub(super) fn title_of(party: &Party, role: &Role) -> Option<Name> {
    let mut persons = party.signatories.iter();
    persons
        .find(|it| it.role == *role)
        .map(|it| it.title.clone())
}

/// Returns the party as if only one role could sign in the seat.
fn narrowed(party: &Party, seat: &SeatId, role: &Role) -> Party {
    let mut party = party.clone();
    let Some(own) = seat.role() else {
        return party;
    };
    party.signing.seats.retain(|rule| rule.role != own);
    party.signing.seats.push(SeatRule {
        role: own,
        by: vec![role.clone()],
    });
    party
}
