//! Whether a certificate was revoked at a time, by what is at hand (RFC 5280 §6.3, RFC 6960, and
//! ETSI EN 319 102-1 §5.2.5 for how fresh an answer must be).

use std::sync::Arc;

use chrono::{DateTime, Utc};
use x509_cert::ext::pkix::CrlReason;

use super::lists;
use super::policy::{KeyUsed, Used};
use super::pool::{Pool, ProvenTime, Source};
use super::trust::Judging;
use crate::signature::status::{Revocation, Role, Status};

/// What is known of a certificate's revocation.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) kind: Kind,
    /// Whether the file itself says so, and not somebody else.
    pub(super) is_in_file: bool,
}

/// The kinds of answers.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// It was not revoked at the time.
    Good,
    /// It was on hold at the time.
    OnHold(DateTime<Utc>),
    /// It was revoked at the time already.
    Revoked(Revocation),
    /// Nothing that is believed tells about the time; the newest answer is of that instant.
    Unknown(Option<DateTime<Utc>>),
}

/// The question: which certificate of which path, and as of when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The path; its last is an anchor.
    pub(super) path: &'a [usize],
    /// The place of the certificate in the path, whose issuer follows it.
    pub(super) place: usize,
    pub(super) role: Role,
    pub(super) at: ProvenTime,
}

/// What one answer says, believed, and about which part of the reasons.
#[derive(Clone, Debug)]
pub(super) struct Told {
    pub(super) status: Arc<Status>,
    pub(super) source: Source,
    /// The reasons that it is about, as bits; all of them in a complete answer.
    pub(super) reasons: u16,
}

/// Answers a question.
pub(super) fn answer(pool: &mut Pool, judging: &mut Judging<'_>, asked: Asked<'_>) -> Answer {
    let unknown = Answer {
        kind: Kind::Unknown(None),
        is_in_file: false,
    };
    let (Some(&certificate), Some(&issuer)) = (
        asked.path.get(asked.place),
        asked.path.get(asked.place.saturating_add(1)),
    ) else {
        return unknown;
    };
    let Some(known) = pool.certificate(certificate) else {
        return unknown;
    };
    if asked.role.needs_no_evidence(&known.certificate) {
        return Answer {
            kind: Kind::Good,
            is_in_file: true,
        };
    }
    // Nobody speaks for himself, be it by a detour.
    if judging.pending.contains(&certificate) || judging.pending.len() >= MAX_DEPTH {
        return unknown;
    }
    judging.pending.push(certificate);
    let mut told = responses(pool, judging, certificate, issuer, asked);
    told.extend(lists::told(pool, judging, asked));
    judging.pending.pop();
    let for_good = told
        .iter()
        .filter_map(|told| told.status.revocation.as_ref())
        .filter(|found| !is_passing(found));
    if let Some(first) = for_good.map(|found| found.at).min() {
        judging.revoked.insert(certificate, first);
    }
    let is_complete = !pool.is_overfull() && !judging.is_exhausted();
    weigh(&told, asked.at, is_complete)
}

/// Weighs what was told: revoked counts however old it is, good only if it is about the time.
fn weigh(told: &[Told], at: ProvenTime, is_complete: bool) -> Answer {
    let revocations = told.iter().filter_map(|told| {
        let revocation = told.status.revocation.as_ref()?;
        Some((told, revocation)).filter(|(_, found)| found.at <= at.instant)
    });
    let for_good = revocations
        .filter(|(_, found)| !is_passing(found))
        .min_by_key(|(_, found)| found.at);
    if let Some((told, revocation)) = for_good {
        return Answer {
            kind: Kind::Revoked(revocation.clone()),
            is_in_file: told.source == Source::File,
        };
    }
    let mut about: Vec<_> = told
        .iter()
        .filter(|told| is_about(&told.status, at))
        .collect();
    // A hold ends when a newer answer no longer has it.
    let held = about
        .iter()
        .filter_map(|told| Some((*told, told.status.revocation.as_ref()?)))
        .filter(|(_, found)| is_passing(found) && found.at <= at.instant)
        .max_by_key(|(told, _)| told.status.this_update);
    let newest_good = about
        .iter()
        .filter(|told| told.status.revocation.is_none())
        .map(|told| told.status.this_update)
        .max();
    if let Some((held, revocation)) = held
        && newest_good.is_none_or(|newest| newest <= held.status.this_update)
    {
        return Answer {
            kind: Kind::OnHold(revocation.at),
            is_in_file: held.source == Source::File,
        };
    }
    let reasons = |told: &[&Told]| told.iter().fold(0, |all, told| all | told.reasons);
    let of_all = reasons(&about);
    about.retain(|told| told.source == Source::File);
    let of_file = reasons(&about);
    if of_all & ALL_REASONS == ALL_REASONS && is_complete {
        return Answer {
            kind: Kind::Good,
            is_in_file: of_file & ALL_REASONS == ALL_REASONS,
        };
    }
    let newest = told.iter().map(|told| told.status.this_update).max();
    Answer {
        kind: Kind::Unknown(newest),
        is_in_file: false,
    }
}

/// Tells whether an answer is about a time: it was given later, or was the newest one then. One that
/// names no end counts for the present if it is a fresh one.
fn is_about(status: &Status, at: ProvenTime) -> bool {
    status.covers(at.instant) || (!at.is_proven && status.is_fresh(at.instant))
}

fn is_passing(revocation: &Revocation) -> bool {
    matches!(
        revocation.reason,
        Some(CrlReason::CertificateHold | CrlReason::RemoveFromCRL)
    )
}

/// Gathers what OCSP responses say.
fn responses(
    pool: &mut Pool,
    judging: &mut Judging<'_>,
    certificate: usize,
    issuer: usize,
    asked: Asked<'_>,
) -> Vec<Told> {
    let judged_at = judging.trust.at;
    let answers = pool.answers(certificate, issuer, judged_at);
    let mut told = Vec::new();
    for (source, existed, status) in answers {
        if !judging.spend() {
            break;
        }
        let Some(by) = pool.certificate(issuer) else {
            continue;
        };
        // What a key signs after its certificate has expired is worth nothing.
        let is_in_time = pool.is_anchor(issuer) || by.certificate.not_after() >= existed.instant;
        let is_in_time = is_in_time && !judging.was_revoked(issuer, existed.instant);
        let key = match &status.responder {
            Some(responder) => KeyUsed::of(responder.public_key()),
            None => KeyUsed::of(by.certificate.public_key()),
        };
        let used = Used {
            key,
            hash: status.hash,
        };
        let is_strong = judging.trust.policy.check(used, existed.instant).is_ok();
        if !is_in_time || !is_strong {
            continue;
        }
        if let Some(responder) = &status.responder
            && !Role::Responder.needs_no_evidence(responder)
        {
            let Some(responder) = pool.place(responder) else {
                continue;
            };
            // A responder's certificate is a question of its own, by the same issuer.
            let mut path = vec![responder];
            path.extend(asked.path.iter().skip(asked.place.saturating_add(1)));
            let about_responder = Asked {
                path: &path,
                place: 0,
                role: Role::Responder,
                at: existed,
            };
            // What only a list says of a certificate that is pending already cannot be asked.
            let found = answer(pool, judging, about_responder);
            if !matches!(found.kind, Kind::Good) {
                continue;
            }
        }
        told.push(Told {
            status,
            source,
            reasons: ALL_REASONS,
        });
    }
    told
}

/// All reasons of RFC 5280 §4.2.1.13, without the unused first bit.
pub(super) const ALL_REASONS: u16 = 0b1_1111_1110;

/// More responders and issuers of lists than answer for one another in any real chain.
const MAX_DEPTH: usize = 5;
