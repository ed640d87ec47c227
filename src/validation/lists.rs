//! What revocation lists say of a certificate (RFC 5280 §6.3.3).

use std::collections::BTreeSet;
use std::sync::Arc;

use x509_cert::ext::pkix::crl::dp::{DistributionPoint, IssuingDistributionPoint, ReasonFlags};
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::name::Name;

use super::path::NameKey;
use super::policy::{KeyUsed, Used};
use super::pool::{KnownCertificate, KnownList, Pool, ProvenTime};
use super::revocation::{ALL_REASONS, Asked, Told};
use super::trust::{Judging, Usage, judge_issuer_of_list};
use crate::signature::Certificate;
use crate::signature::crl::List;

/// Gathers what lists say; only lists that are believed, and are about the certificate.
pub(super) fn told(pool: &mut Pool, judging: &mut Judging<'_>, asked: Asked<'_>) -> Vec<Told> {
    let Some(&certificate) = asked.path.get(asked.place) else {
        return Vec::new();
    };
    let Some(known) = pool.certificate(certificate).cloned() else {
        return Vec::new();
    };
    let points = known.limits.points.clone();
    // §6.3.3: without distribution points, what its issuer lists under its own name.
    let points = points.map_or_else(|| vec![NO_POINT], |points| points.0);
    let points = if points.is_empty() {
        vec![NO_POINT]
    } else {
        points
    };
    let mut told: Vec<Told> = Vec::new();
    for point in points.iter().take(MAX_POINTS) {
        for issuer in issuers(point, &known) {
            let is_indirect = issuer != known.issuer;
            let places = pool.lists_of(&issuer).to_vec();
            // Whoever hides one among so many is not told that all is well.
            if places.len() > MAX_LISTS {
                return Vec::new();
            }
            let mut signers = Vec::new();
            for place in &places {
                if !judging.spend() {
                    return Vec::new();
                }
                let Some(list) = pool.list(*place).cloned() else {
                    continue;
                };
                let Some(reasons) = scope(&list.list, point, &known) else {
                    continue;
                };
                let signer = signer(pool, judging, asked, *place, is_indirect);
                let Some(signer) = signer else {
                    continue;
                };
                signers.push((list, signer, reasons));
            }
            told.extend(said(&signers, &known));
        }
    }
    told
}

/// Returns what the lists for one point say: complete ones, each also with the changes to it.
fn said(lists: &[(KnownList, usize, u16)], known: &KnownCertificate) -> Vec<Told> {
    let is_issuer = |name: &Name| NameKey::of(name) == known.issuer;
    let mut told = Vec::new();
    for (complete, signer, reasons) in lists.iter().filter(|(list, ..)| !list.list.is_delta()) {
        let list = &complete.list;
        let entry = list.revocation(&known.certificate, &is_issuer);
        let status = list.status(entry.clone());
        // An entry says so; that there is none says something only if there would be one.
        if entry.is_none() && !list.would_name(&known.certificate) {
            continue;
        }
        told.push(Told {
            status: Arc::new(status),
            source: complete.source,
            reasons: *reasons,
        });
        let deltas = lists
            .iter()
            .filter(|(delta, by, of)| by == signer && of == reasons && changes(&delta.list, list));
        for (delta, ..) in deltas {
            let changed = delta.list.revocation(&known.certificate, &is_issuer);
            let removed = |found: &crate::signature::status::Revocation| {
                found.reason == Some(x509_cert::ext::pkix::CrlReason::RemoveFromCRL)
            };
            let entry = match changed {
                Some(changed) if removed(&changed) => None,
                Some(changed) => Some(changed),
                None => entry.clone(),
            };
            told.push(Told {
                status: Arc::new(delta.list.status(entry)),
                source: complete.source.max(delta.source),
                reasons: *reasons,
            });
        }
    }
    told
}

/// Tells whether a list holds the changes to a complete one (RFC 5280 §5.2.4 and §6.3.3 (c)).
fn changes(delta: &List, complete: &List) -> bool {
    let is_next = match (delta.base_number(), delta.number(), complete.number()) {
        (Some(base), Some(number), Some(known)) => base <= known && known < number,
        _ => false,
    };
    delta.is_delta()
        && is_next
        && delta.point_bytes() == complete.point_bytes()
        && delta.key_identifier_bytes() == complete.key_identifier_bytes()
}

/// Returns the names that lists for this point are issued under.
fn issuers(point: &DistributionPoint, known: &KnownCertificate) -> Vec<NameKey> {
    // §6.3.3 (b) (1).
    let Some(named) = &point.crl_issuer else {
        return vec![known.issuer.clone()];
    };
    let names = named.iter().filter_map(|name| match name {
        GeneralName::DirectoryName(name) => Some(NameKey::of(name)),
        GeneralName::DnsName(_)
        | GeneralName::EdiPartyName(_)
        | GeneralName::IpAddress(_)
        | GeneralName::OtherName(_)
        | GeneralName::RegisteredId(_)
        | GeneralName::Rfc822Name(_)
        | GeneralName::UniformResourceIdentifier(_) => None,
    });
    names.take(MAX_POINTS).collect()
}

/// Returns the reasons that a list is about for a certificate's point, `None` if it is about other
/// certificates or limits itself in a way that is not read.
fn scope(list: &List, point: &DistributionPoint, known: &KnownCertificate) -> Option<u16> {
    if list.unread().is_some() {
        return None;
    }
    let is_indirect = list.point().is_some_and(|limits| limits.indirect_crl);
    // §6.3.3 (b) (1): who lists for others says so; entries of others are for them alone.
    if (point.crl_issuer.is_some() || list.names_other_issuers()) && !is_indirect {
        return None;
    }
    let of_point = point.reasons.as_ref().map_or(ALL_REASONS, reasons);
    let Some(limits) = list.point() else {
        return Some(of_point);
    };
    let is_authority = known.limits.is_authority;
    let is_other = limits.only_contains_attribute_certs
        || (limits.only_contains_user_certs && is_authority)
        || (limits.only_contains_ca_certs && !is_authority);
    if is_other || !is_named(limits, point, list, known) {
        return None;
    }
    // §6.3.3 (d).
    let of_list = limits
        .only_some_reasons
        .as_ref()
        .map_or(ALL_REASONS, reasons);
    Some(of_point & of_list).filter(|reasons| *reasons != 0)
}

/// §6.3.3 (b) (2) (i): where the list names its point, it is the certificate's.
fn is_named(
    limits: &IssuingDistributionPoint,
    point: &DistributionPoint,
    list: &List,
    known: &KnownCertificate,
) -> bool {
    let Some(of_list) = &limits.distribution_point else {
        return true;
    };
    let of_list = names(of_list, NameKey::of(list.issuer()));
    let wanted = match (&point.distribution_point, &point.crl_issuer) {
        (Some(name), Some(issuers)) => {
            let base = issuers.iter().find_map(|issuer| match issuer {
                GeneralName::DirectoryName(issuer) => Some(NameKey::of(issuer)),
                _ => None,
            });
            names(name, base.unwrap_or_default())
        }
        (Some(name), None) => names(name, known.issuer.clone()),
        (None, Some(issuers)) => issuers.iter().filter_map(PointName::of).collect(),
        (None, None) => BTreeSet::from([PointName::Directory(known.issuer.clone())]),
    };
    !of_list.is_disjoint(&wanted)
}

/// A name of a distribution point, as it is compared.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum PointName {
    Directory(NameKey),
    Other(String),
}

impl PointName {
    fn of(name: &GeneralName) -> Option<Self> {
        match name {
            GeneralName::DirectoryName(name) => Some(Self::Directory(NameKey::of(name))),
            GeneralName::UniformResourceIdentifier(text) => Some(Self::Other(text.to_string())),
            GeneralName::DnsName(_)
            | GeneralName::EdiPartyName(_)
            | GeneralName::IpAddress(_)
            | GeneralName::OtherName(_)
            | GeneralName::RegisteredId(_)
            | GeneralName::Rfc822Name(_) => None,
        }
    }
}

fn names(name: &DistributionPointName, base: NameKey) -> BTreeSet<PointName> {
    match name {
        DistributionPointName::FullName(names) => {
            let names = names.iter().take(MAX_NAMES);
            names.filter_map(PointName::of).collect()
        }
        DistributionPointName::NameRelativeToCRLIssuer(last) => {
            BTreeSet::from([PointName::Directory(base.with(last))])
        }
    }
}

fn reasons(flags: &ReasonFlags) -> u16 {
    flags.bits() & ALL_REASONS
}

/// Returns whose certificate signed a list, if that is one who may.
fn signer(
    pool: &mut Pool,
    judging: &mut Judging<'_>,
    asked: Asked<'_>,
    place: usize,
    is_indirect: bool,
) -> Option<usize> {
    let list = pool.list(place)?.clone();
    let existed = pool.proven(&list.digest, judging.trust.at);
    let above = asked.path.get(asked.place.saturating_add(1)..)?;
    let (&issuer, &anchor) = (above.first()?, above.last()?);
    if !is_indirect && is_signed(pool, judging, place, issuer, existed) {
        return Some(issuer);
    }
    // §6.3.3 (f): another key of the same name, or another issuer, by a path to the same anchor.
    let candidates = pool.named(&list.issuer).to_vec();
    for candidate in candidates.into_iter().take(MAX_CANDIDATES) {
        let is_tried = candidate == issuer && !is_indirect;
        if is_tried || judging.pending.contains(&candidate) || !judging.spend() {
            continue;
        }
        if !is_signed(pool, judging, place, candidate, existed) {
            continue;
        }
        // An older or newer key of an issuer above: judged already, from the anchor down.
        if above.contains(&candidate) && !is_indirect {
            return Some(candidate);
        }
        let path = judge_issuer_of_list(pool, judging, candidate, existed, Usage::CrlIssuer);
        let Some(path) = path else {
            continue;
        };
        // Two authorities may bear one name: that of the certificate's issuer must have been given
        // by one who stands above the certificate itself.
        let giver = path.get(1).copied().unwrap_or(candidate);
        let is_near = above
            .iter()
            .any(|near| *near == giver || pool.is_same_holder(*near, giver));
        if path.last() == Some(&anchor) && (is_indirect || is_near) {
            return Some(candidate);
        }
    }
    None
}

/// Tells whether a certificate's key signed a list while it could, and with what is good enough.
fn is_signed(
    pool: &mut Pool,
    judging: &Judging<'_>,
    place: usize,
    signer: usize,
    existed: ProvenTime,
) -> bool {
    let Some(known) = pool.certificate(signer) else {
        return false;
    };
    let certificate: Arc<Certificate> = Arc::clone(&known.certificate);
    let Some(list) = pool.list(place) else {
        return false;
    };
    let used = Used {
        key: KeyUsed::of(certificate.public_key()),
        hash: list.list.status(None).hash,
    };
    let is_strong = judging.trust.policy.check(used, existed.instant).is_ok();
    // What a key signs after its certificate has expired is worth nothing.
    let is_in_time = pool.is_anchor(signer) || certificate.not_after() >= existed.instant;
    let was_revoked = judging.was_revoked(signer, existed.instant);
    is_strong && is_in_time && !was_revoked && pool.is_list_signed(place, signer)
}

const NO_POINT: DistributionPoint = DistributionPoint {
    distribution_point: None,
    reasons: None,
    crl_issuer: None,
};

/// More distribution points than any real certificate has, and names in one.
const MAX_POINTS: usize = 20;
const MAX_NAMES: usize = 50;

/// More lists of one issuer than any real file has.
const MAX_LISTS: usize = 100;

/// More certificates of one issuer of lists than any real authority has.
const MAX_CANDIDATES: usize = 20;
