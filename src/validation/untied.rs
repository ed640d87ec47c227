//! Sentences about signatures that are tied to nobody who may sign in their seat.

use chrono::NaiveDate;

use super::{Authority, Finding, Question, Severity};
use crate::agreement::Signatory as Person;

/// The certificate is that of somebody who may not sign there, or not then.
pub(super) fn no_authority(authority: &Authority<'_>, person: &Person, on: NaiveDate) -> Finding {
    let (seat, title) = (authority.seat, &person.title);
    Finding::new(
        Question::Signatories,
        Severity::Fault,
        "signatory_no_authority",
        format!(
            "Certifikatet tillhör {title}, som inte fick skriva under på platsen {seat} den {on}."
        ),
        format!(
            "The certificate is that of {title}, who could not sign in the seat {seat} on {on}."
        ),
    )
    .advising(
        "Kontrollera rätten att skriva under i partens fil; är den rätt behövs en ny underskrift.",
        "Check who may sign in the party's file; if it is right a new signature is needed.",
    )
}

/// The name is that of somebody who may sign, and the certificate another person's.
pub(super) fn other_person(authority: &Authority<'_>) -> Finding {
    let seat = authority.seat;
    Finding::new(
        Question::Signatories,
        Severity::Fault,
        "signatory_other_person",
        format!("Namnet är samma som hos den som får skriva under på platsen {seat}, men certifikatet är en annan persons."),
        format!("The name is that of the person who may sign in the seat {seat}, but the certificate is another person's."),
    )
    .advising(
        "Underskriften räknas inte; fråga parten vem som har skrivit under.",
        "The signature does not count; ask the party who signed.",
    )
}

/// The certificate is none of theirs who are recorded as those who may sign.
pub(super) fn stranger(authority: &Authority<'_>, on: NaiveDate) -> Finding {
    let seat = authority.seat;
    Finding::new(
        Question::Signatories,
        Severity::Fault,
        "signatory_stranger",
        format!("Certifikatet är inte någon av deras som fick skriva under på platsen {seat} den {on}."),
        format!("The certificate is none of theirs who could sign in the seat {seat} on {on}."),
    )
    .advising(
        "Fråga parten vem som har skrivit under; fick den personen göra det förs rätten in med sigill authorise.",
        "Ask the party who signed; if that person could, enter the right with sigill authorise.",
    )
}

/// Nothing is recorded that would tell whose the certificate is.
pub(super) fn unknown(authority: &Authority<'_>) -> Finding {
    let seat = authority.seat;
    Finding::new(
        Question::Signatories,
        Severity::Warning,
        "signatory_unknown",
        format!("Certifikatet kan inte knytas till någon som får skriva under på platsen {seat}."),
        format!("The certificate cannot be tied to anybody who may sign in the seat {seat}."),
    )
    .advising(CONFIRM_SWEDISH, CONFIRM_ENGLISH)
}

pub(super) const CONFIRM_SWEDISH: &str =
    "Ta reda på hos parten vem som har skrivit under och för in det med sigill confirm.";
pub(super) const CONFIRM_ENGLISH: &str =
    "Ask the party who signed, and enter it with sigill confirm.";
