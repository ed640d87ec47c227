//! Whether a path holds (RFC 5280 §6.1).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;

use super::constraints::NameSpace;
use super::limits::Limits;
use super::policies::{ANY_POLICY, PolicyGraph};
use crate::signature::Certificate;

/// What a user asks of paths (RFC 5280 §6.1.1 (c) to (g)).
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Inputs {
    /// The policies that are accepted; all for `None`.
    pub(crate) policies: Option<BTreeSet<ObjectIdentifier>>,
    /// Whether a policy must be valid along the path.
    pub(crate) requires_policy: bool,
    /// Whether nothing is mapped.
    pub(crate) inhibits_mapping: bool,
    /// Whether any policy is no policy.
    pub(crate) inhibits_any_policy: bool,
}

/// Why a path does not hold, and at which certificate: 0 is the signer's.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Fault {
    /// The place in the path, counted from the signer.
    pub(crate) place: usize,
    /// The reason.
    pub(crate) reason: Reason,
}

/// Why a certificate cannot be part of a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reason {
    /// It is not allowed to issue certificates.
    Authority,
    /// An extension cannot be read.
    Damaged(ObjectIdentifier),
    /// It has expired.
    Expired,
    /// More authorities follow than it allows.
    Length,
    /// Its names are not among those that its issuers may certify.
    Names,
    /// It is not valid yet.
    NotYetValid,
    /// No policy is valid along the path, and one is asked for.
    Policy,
    /// An authority that limits itself to purposes does not name the one in question.
    Purpose,
    /// It has a critical extension that is not read.
    Unread(ObjectIdentifier),
}

/// Checks a path whose names and signatures fit. It begins with the signer's certificate and ends with
/// that below the anchor, whose own certificate is not part of it.
///
/// # Errors
///
/// Names the first thing that is wrong.
pub(crate) fn check(
    path: &[(&Certificate, &Limits)],
    at: DateTime<Utc>,
    inputs: &Inputs,
) -> Result<(), Fault> {
    let length = u32::try_from(path.len()).unwrap_or(u32::MAX);
    let beyond = length.saturating_add(1);
    let initial = |is_set: bool| if is_set { 0 } else { beyond };
    // RFC 5280 §6.1.2.
    let mut graph = Some(PolicyGraph::new());
    let mut names = NameSpace::default();
    let mut explicit_policy = initial(inputs.requires_policy);
    let mut inhibit_any_policy = initial(inputs.inhibits_any_policy);
    let mut mapping = initial(inputs.inhibits_mapping);
    let mut path_length = length;

    for (place, (certificate, limits)) in path.iter().enumerate().rev() {
        let fault = |reason| Err(Fault { place, reason });
        let is_last = place == 0;
        let is_self_issued = certificate.is_self_issued();
        // §6.1.3 (a) (2).
        if at < certificate.not_before() {
            return fault(Reason::NotYetValid);
        }
        if at > certificate.not_after() {
            return fault(Reason::Expired);
        }
        if let Some(damaged) = limits.damaged {
            return fault(Reason::Damaged(damaged));
        }
        // (b) and (c).
        if (is_last || !is_self_issued) && !names.holds(certificate, limits) {
            return fault(Reason::Names);
        }
        // (d) and (e).
        let takes_any = inhibit_any_policy > 0 || (!is_last && is_self_issued);
        graph = match (graph.take(), &limits.policies) {
            (Some(mut graph), Some(policies)) => graph.add(policies, takes_any).then_some(graph),
            _ => None,
        };
        // (f).
        if explicit_policy == 0 && graph.is_none() {
            return fault(Reason::Policy);
        }
        if is_last {
            break;
        }

        // §6.1.4 (a).
        let mut mapped = limits.mappings.iter();
        if mapped.any(|(one, other)| *one == ANY_POLICY || *other == ANY_POLICY) {
            return fault(Reason::Policy);
        }
        // (b).
        if !limits.mappings.is_empty() {
            graph = graph.and_then(|mut graph| {
                let is_left = graph.map(&limits.mappings, mapping > 0);
                is_left.then_some(graph)
            });
        }
        // (g).
        if !names.add(limits) {
            return fault(Reason::Names);
        }
        // (h).
        if !is_self_issued {
            explicit_policy = explicit_policy.saturating_sub(1);
            mapping = mapping.saturating_sub(1);
            inhibit_any_policy = inhibit_any_policy.saturating_sub(1);
        }
        // (i) and (j).
        let least = |value: u32, limit: Option<u32>| limit.map_or(value, |limit| value.min(limit));
        explicit_policy = least(explicit_policy, limits.require_explicit_policy);
        mapping = least(mapping, limits.inhibit_mapping);
        inhibit_any_policy = least(inhibit_any_policy, limits.inhibit_any_policy);
        // (k) and (n).
        if !limits.is_authority || !limits.may_certify {
            return fault(Reason::Authority);
        }
        // (l) and (m).
        if !is_self_issued {
            let Some(rest) = path_length.checked_sub(1) else {
                return fault(Reason::Length);
            };
            path_length = rest;
        }
        path_length = least(path_length, limits.path_length);
        // (o).
        if let Some(unread) = limits.unread {
            return fault(Reason::Unread(unread));
        }
    }

    // §6.1.5.
    let fault = |reason| Err(Fault { place: 0, reason });
    if let Some((_, limits)) = path.first() {
        explicit_policy = explicit_policy.saturating_sub(1);
        if limits.require_explicit_policy == Some(0) {
            explicit_policy = 0;
        }
        if let Some(unread) = limits.unread {
            return fault(Reason::Unread(unread));
        }
    }
    let accepted = inputs.policies.as_ref();
    let is_reached = graph.is_some_and(|graph| graph.reaches(accepted));
    if explicit_policy == 0 && !is_reached {
        return fault(Reason::Policy);
    }
    Ok(())
}
