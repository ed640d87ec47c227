//! The findings on trust, in words.

use chrono::NaiveDate;

use super::path::Reason;
use super::policy::Weak;
use super::pool::ProvenTime;
use super::revocation::Kind;
use super::{Finding, Question, Severity};
use crate::signature::{Certificate, status};

pub(super) fn no_anchors() -> Finding {
    fault(
        "no_anchors",
        "Inga betrodda utfärdare är angivna, så ingen underskrift kan bli godkänd.",
        "No trusted authorities are given, so no signature can pass.",
    )
    .advising(
        "Lägg utfärdarnas certifikat i mappen för betrodda utfärdare.",
        "Put the certificates of the authorities into the folder of trusted ones.",
    )
}

pub(super) fn no_path(signer: &Certificate, is_exhausted: bool) -> Finding {
    let name = signer.subject_name();
    let issuer = signer.issuer();
    if is_exhausted {
        return too_much(signer);
    }
    fault(
        "no_path",
        format!(
            "Certifikatet för {name} leder inte till någon betrodd utfärdare. Det är utfärdat av \
             {issuer}."
        ),
        format!(
            "The certificate of {name} leads to no trusted authority. It was issued by {issuer}."
        ),
    )
    .advising(
        "Ta reda på vilken tjänst som användes. Lägg till dess utfärdare bara om ni litar på den.",
        "Find out which service was used. Add its authority only if you trust it.",
    )
}

pub(super) fn too_much(signer: &Certificate) -> Finding {
    let name = signer.subject_name();
    fault(
        "too_many_paths",
        format!("Filen har så många certifikat att vägen från {name} inte kunde sökas klart."),
        format!("The file has so many certificates that the search for {name} was not finished."),
    )
    .advising(
        "Be avsändaren om en fil utan ovidkommande certifikat.",
        "Ask the sender for a file without certificates that do not belong to it.",
    )
}

pub(super) fn anchor_expired(anchor: &Certificate) -> Finding {
    let (name, day) = (anchor.subject_name(), anchor.not_after().date_naive());
    Finding::new(
        Question::Trust,
        Severity::Note,
        "anchor_not_valid",
        format!("Den betrodda utfärdaren {name} har ett certifikat som gällde till {day}."),
        format!("The trusted authority {name} has a certificate that was valid until {day}."),
    )
}

/// Says why a certificate cannot be part of a path.
pub(super) fn fault_of(certificate: &Certificate, reason: Reason, at: ProvenTime) -> Finding {
    let name = certificate.subject_name();
    let when = at.instant.date_naive();
    let (first, last) = (
        certificate.not_before().date_naive(),
        certificate.not_after().date_naive(),
    );
    let (code, swedish, english) = match reason {
        Reason::Authority => (
            "issuer_no_authority",
            format!("Certifikatet för {name} får inte utfärda andra certifikat."),
            format!("The certificate of {name} may not issue other certificates."),
        ),
        Reason::Damaged(kind) => (
            "extension_damaged",
            format!("Certifikatet för {name} har ett tillägg som inte går att läsa ({kind})."),
            format!("The certificate of {name} has an extension that cannot be read ({kind})."),
        ),
        Reason::Expired => (
            "certificate_expired",
            format!("Certifikatet för {name} gällde till {last}, men prövas för {when}."),
            format!("The certificate of {name} was valid until {last}, but is judged for {when}."),
        ),
        Reason::Length => (
            "path_too_long",
            format!("Fler utfärdare än tillåtet ligger mellan {name} och den betrodda."),
            format!("More authorities than allowed lie between {name} and the trusted one."),
        ),
        Reason::Names => (
            "name_not_allowed",
            format!("Utfärdaren får inte utfärda certifikat i namnet {name}."),
            format!("The authority may not issue certificates in the name of {name}."),
        ),
        Reason::NotYetValid => (
            "certificate_not_yet_valid",
            format!("Certifikatet för {name} gällde först från {first}, men prövas för {when}."),
            format!("The certificate of {name} was valid from {first}, but is judged for {when}."),
        ),
        Reason::Policy => (
            "policy_missing",
            format!("Certifikaten mellan {name} och den betrodda saknar en gemensam policy."),
            format!("The certificates between {name} and the trusted one share no policy."),
        ),
        Reason::Purpose => (
            "authority_purpose",
            format!("Utfärdaren {name} får inte utfärda certifikat för tidsstämplar."),
            format!("The authority {name} may not issue certificates for time-stamps."),
        ),
        Reason::Unread(kind) => (
            "extension_unread",
            format!("Certifikatet för {name} har ett villkor som inte prövas här ({kind})."),
            format!("The certificate of {name} has a condition that is not judged here ({kind})."),
        ),
    };
    let finding = fault(code, swedish, english);
    match reason {
        Reason::Expired if !at.is_proven => finding.advising(
            "En tidsstämpel från tiden då certifikatet gällde behövs. Saknas den, be om en ny \
             underskrift.",
            "A time-stamp from when the certificate was valid is needed. Without one, ask for a \
             new signature.",
        ),
        Reason::Authority
        | Reason::Damaged(_)
        | Reason::Expired
        | Reason::Length
        | Reason::Names
        | Reason::NotYetValid
        | Reason::Policy
        | Reason::Purpose
        | Reason::Unread(_) => finding.advising(
            "Be om en ny underskrift med ett annat certifikat.",
            "Ask for a new signature with another certificate.",
        ),
    }
}

/// Says why a certificate's revocation stands in the way.
pub(super) fn not_good(certificate: &Certificate, kind: &Kind, at: ProvenTime) -> Finding {
    let name = certificate.subject_name();
    match kind {
        Kind::Good | Kind::Unknown(_) => {
            let newest = match kind {
                Kind::Unknown(newest) => newest.map(|newest| newest.date_naive()),
                Kind::Good | Kind::OnHold(_) | Kind::Revoked(_) => None,
            };
            let (swedish, english) = newest.map_or_else(
                || (String::new(), String::new()),
                |day| {
                    (
                        format!(" Den nyaste uppgiften är från {day}."),
                        format!(" The newest answer is of {day}."),
                    )
                },
            );
            fault(
                "revocation_unknown",
                format!(
                    "Det går inte att visa att certifikatet för {name} inte var spärrat {}.{swedish}",
                    at.instant.date_naive()
                ),
                format!(
                    "It cannot be shown that the certificate of {name} was not revoked on {}.{english}",
                    at.instant.date_naive()
                ),
            )
            .advising(
                "Hämta spärruppgifter från utfärdaren och pröva igen.",
                "Get revocation information from the authority and judge again.",
            )
        }
        Kind::OnHold(since) => fault(
            "certificate_on_hold",
            format!(
                "Certifikatet för {name} är tillfälligt spärrat sedan {}.",
                since.date_naive()
            ),
            format!(
                "The certificate of {name} has been on hold since {}.",
                since.date_naive()
            ),
        )
        .advising(
            format!("Kontakta {name} och pröva igen när spärren är hävd."),
            format!("Contact {name}, and judge again when the hold is lifted."),
        ),
        Kind::Revoked(revocation) => fault(
            "certificate_revoked",
            format!(
                "Certifikatet för {name} är spärrat sedan {}.",
                revocation.at.date_naive()
            ),
            format!(
                "The certificate of {name} has been revoked since {} ({}).",
                revocation.at.date_naive(),
                status::reason(revocation.reason)
            ),
        )
        .advising(
            format!("Kontakta {name} och be om en ny underskrift med ett giltigt certifikat."),
            format!("Contact {name}, and ask for a new signature with a valid certificate."),
        ),
    }
}

pub(super) fn weak_certificate(certificate: &Certificate, weak: &Weak) -> Finding {
    let name = certificate.subject_name();
    let (swedish, english) = until(weak.until);
    fault(
        "certificate_weak",
        format!(
            "Certifikatet för {name} är utfärdat med {}, {swedish}.",
            weak.what
        ),
        format!(
            "The certificate of {name} was issued with {}, {english}.",
            weak.what
        ),
    )
    .advising(
        "Be om en ny underskrift med ett certifikat av god styrka.",
        "Ask for a new signature with a certificate that is strong enough.",
    )
}

pub(super) fn weak_signature(weak: &Weak) -> Finding {
    let (swedish, english) = until(weak.until);
    fault(
        "algorithm_weak",
        format!("Underskriften är gjord med {}, {swedish}.", weak.what),
        format!("The signature was made with {}, {english}.", weak.what),
    )
    .advising(
        "Be om en ny underskrift med en starkare nyckel eller metod.",
        "Ask for a new signature with a stronger key or method.",
    )
}

fn until(day: Option<NaiveDate>) -> (String, String) {
    day.map_or_else(
        || {
            (
                "som inte är starkt nog".to_owned(),
                "which is not strong enough".to_owned(),
            )
        },
        |day| {
            (
                format!("som var starkt nog till {day}"),
                format!("which was strong enough until {day}"),
            )
        },
    )
}

pub(super) fn signer_is_authority(certificate: &Certificate) -> Finding {
    let name = certificate.subject_name();
    usage(
        "signer_is_authority",
        format!("Certifikatet för {name} är en utfärdares och är inte till för underskrifter."),
        format!("The certificate of {name} is an authority's and not for signatures."),
    )
}

pub(super) fn key_usage(certificate: &Certificate) -> Finding {
    let name = certificate.subject_name();
    usage(
        "key_usage",
        format!("Certifikatet för {name} tillåter inte underskrifter."),
        format!("The certificate of {name} does not allow signatures."),
    )
}

pub(super) fn purpose(certificate: &Certificate, others: &str) -> Finding {
    let name = certificate.subject_name();
    usage(
        "purpose",
        format!("Certifikatet för {name} är bara till för annat: {others}."),
        format!("The certificate of {name} is only for other things: {others}."),
    )
}

pub(super) fn time_stamp_purpose(certificate: &Certificate) -> Finding {
    let name = certificate.subject_name();
    usage(
        "time_stamp_purpose",
        format!("Certifikatet för {name} är inte enbart till för tidsstämplar."),
        format!("The certificate of {name} is not for time-stamps alone."),
    )
}

pub(super) fn time_stamp_order(swedish_day: NaiveDate, proven: NaiveDate) -> Finding {
    fault(
        "time_stamp_order",
        format!("Tidsstämpeln anger {swedish_day}, men fanns redan {proven}."),
        format!("The time-stamp says {swedish_day}, but existed on {proven} already."),
    )
    .advising(
        "Lita inte på tidsstämpeln. Be om en ny underskrift.",
        "Do not rely on the time-stamp. Ask for a new signature.",
    )
}

fn usage(code: &'static str, swedish: String, english: String) -> Finding {
    fault(code, swedish, english).advising(
        "Be om en ny underskrift med ett certifikat som är till för det.",
        "Ask for a new signature with a certificate that is meant for it.",
    )
}

fn fault(code: &'static str, swedish: impl Into<String>, english: impl Into<String>) -> Finding {
    Finding::new(Question::Trust, Severity::Fault, code, swedish, english)
}
