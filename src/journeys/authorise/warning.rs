//! What an administrator should look at when somebody is let sign.

use chrono::{Datelike as _, NaiveDate};
use serde::Serialize;

use crate::agreement::{Party, PartyCode, Sha256, Signatory};

/// What an administrator should look at, though it was entered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "warning", rename_all = "snake_case")]
pub enum Warning {
    /// The certificate is tied to another person too.
    CertificateOfAnother {
        /// The certificate.
        certificate: Sha256,
        /// Whose person.
        party: PartyCode,
        /// The other person's title.
        title: String,
    },
    /// It runs past the end of the council's term (kommunallagen 2017:725, 5 kap. 9 §).
    CouncilTerm {
        /// The first day of the next council.
        next: NaiveDate,
    },
    /// Nothing ties certificates to the person but the name.
    NameAlone,
    /// Another person has the role at the same time.
    Overlaps {
        /// From when, as recorded.
        from: Option<NaiveDate>,
        /// Until when, as recorded.
        to: Option<NaiveDate>,
        /// The other person's title.
        title: String,
    },
    /// It is longer than the source allows, and counts no longer than that.
    TooLong {
        /// The last day that the source allows.
        allowed_to: NaiveDate,
    },
}

/// Returns what an administrator should look at.
pub(super) fn warn(
    new: &Signatory,
    party: &Party,
    parties: &[Party],
    allowed_to: Option<NaiveDate>,
) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let is_same = |known: &Signatory| known.name.is_some() && known.name == new.name;
    for other in parties {
        for known in other.signatories.iter().filter(|known| !is_same(known)) {
            for certificate in &new.certificates {
                if known.certificates.contains(certificate) {
                    warnings.push(Warning::CertificateOfAnother {
                        certificate: *certificate,
                        party: other.code.clone(),
                        title: known.title.to_string(),
                    });
                }
            }
        }
    }
    for known in party.signatories.iter().filter(|known| !is_same(known)) {
        if known.role == new.role && known.is_recorded() && do_overlap(known, new) {
            warnings.push(Warning::Overlaps {
                from: known.from,
                to: known.to,
                title: known.title.to_string(),
            });
        }
    }
    if let Some(allowed_to) = allowed_to
        && new.to.is_none_or(|to| to > allowed_to)
    {
        warnings.push(Warning::TooLong { allowed_to });
    }
    let ends = new.to.into_iter().chain(allowed_to).min();
    if let Some(next) = new.from.and_then(next_council)
        && ends.is_none_or(|to| to >= next)
    {
        warnings.push(Warning::CouncilTerm { next });
    }
    if new.certificates.is_empty() && new.identifier.is_none() {
        warnings.push(Warning::NameAlone);
    }
    warnings
}

fn do_overlap(one: &Signatory, other: &Signatory) -> bool {
    let starts_in_time = |one: &Signatory, other: &Signatory| match (one.from, other.to) {
        (Some(from), Some(to)) => from <= to,
        _ => true,
    };
    starts_in_time(one, other) && starts_in_time(other, one)
}

/// Returns the first day of the council that follows the one which sits on a day.
fn next_council(day: NaiveDate) -> Option<NaiveDate> {
    // Kommunallagen 5 kap. 9 §: from 15 October of the year of the election, which is every fourth.
    let years = day.year()..=day.year().saturating_add(ELECTION_EVERY);
    let elections = years.filter(|year| year.rem_euclid(ELECTION_EVERY) == ELECTION_YEAR);
    let mut starts = elections.filter_map(|year| NaiveDate::from_ymd_opt(year, 10, 15));
    starts.find(|start| *start > day)
}

/// Years from one election to the next, and the rest of an election year's number: 2022, 2026.
const ELECTION_EVERY: i32 = 4;
const ELECTION_YEAR: i32 = 2;
