//! Which names an authority may certify (RFC 5280 §4.2.1.10).

use der::oid::db::rfc3280;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;

use super::limits::Limits;
use super::names::NameKey;
use crate::signature::Certificate;

/// The constraints that the authorities of a path have set so far.
#[derive(Clone, Debug, Default)]
pub(super) struct NameSpace<'a> {
    /// One list for each authority: a name must fit every list that speaks of its form.
    permitted: Vec<&'a [GeneralSubtree]>,
    excluded: Vec<&'a [GeneralSubtree]>,
    /// How many comparisons have been made.
    compared: usize,
}

impl<'a> NameSpace<'a> {
    /// Adds an authority's constraints; `false` for one that limits itself in a way that RFC 5280
    /// does not have.
    pub(super) fn add(&mut self, limits: &'a Limits) -> bool {
        let Some(names) = &limits.names else {
            return true;
        };
        let permitted = names.permitted_subtrees.as_deref();
        let excluded = names.excluded_subtrees.as_deref();
        let mut all = permitted.into_iter().chain(excluded).flatten();
        // RFC 5280 §4.2.1.10: minimum is zero, maximum absent.
        let is_plain = all.all(|tree| tree.minimum == 0 && tree.maximum.is_none());
        self.permitted.extend(permitted);
        self.excluded.extend(excluded);
        is_plain
    }

    /// Tells whether every name of a certificate is within the constraints.
    pub(super) fn holds(&mut self, certificate: &Certificate, limits: &Limits) -> bool {
        if self.permitted.is_empty() && self.excluded.is_empty() {
            return true;
        }
        let subject = &certificate.parsed().subject;
        // RFC 5280 §6.1.3 (b) and (c): the subject's name, where there is one, and all others.
        if !subject.0.is_empty() && !self.allows(&GeneralName::DirectoryName(subject.clone())) {
            return false;
        }
        // An address of mail in the subject counts as one of the other names.
        let attributes = subject.0.iter().flat_map(|part| part.0.iter());
        for attribute in attributes.filter(|found| found.oid == rfc3280::EMAIL_ADDRESS) {
            let text = attribute.value.decode_as::<der::asn1::Ia5String>();
            let Ok(text) = text else {
                return false;
            };
            if !self.allows(&GeneralName::Rfc822Name(text)) {
                return false;
            }
        }
        limits.names().all(|name| self.allows(name))
    }

    fn allows(&mut self, name: &GeneralName) -> bool {
        for trees in &self.permitted {
            let mut same = trees.iter().filter(|tree| is_same_form(&tree.base, name));
            let mut is_limited = false;
            let fits = same.any(|tree| {
                is_limited = true;
                self.compared = self.compared.saturating_add(1);
                // A form that is not read lets nothing pass.
                is_within(name, &tree.base) == Some(true)
            });
            if is_limited && !fits {
                return false;
            }
        }
        for tree in self.excluded.iter().flat_map(|trees| trees.iter()) {
            if is_same_form(&tree.base, name) {
                self.compared = self.compared.saturating_add(1);
                if is_within(name, &tree.base) != Some(false) {
                    return false;
                }
            }
        }
        self.compared <= MAX_COMPARISONS
    }
}

fn is_same_form(one: &GeneralName, other: &GeneralName) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// Tells whether a name lies within a tree of the same form; `None` where that cannot be told.
fn is_within(name: &GeneralName, tree: &GeneralName) -> Option<bool> {
    match (name, tree) {
        (GeneralName::DirectoryName(name), GeneralName::DirectoryName(tree)) => {
            Some(NameKey::of(tree).holds(&NameKey::of(name)))
        }
        (GeneralName::DnsName(name), GeneralName::DnsName(tree)) => {
            Some(is_host_within(name.as_str(), tree.as_str(), true))
        }
        (GeneralName::IpAddress(name), GeneralName::IpAddress(tree)) => {
            is_address_within(name.as_bytes(), tree.as_bytes())
        }
        (GeneralName::Rfc822Name(name), GeneralName::Rfc822Name(tree)) => {
            is_mailbox_within(name.as_str(), tree.as_str())
        }
        (
            GeneralName::UniformResourceIdentifier(name),
            GeneralName::UniformResourceIdentifier(tree),
        ) => is_host_within_uri(name.as_str(), tree.as_str()),
        _ => None,
    }
}

/// Tells whether a host lies within a domain. With `or_below`, as for host names, the tree's own name
/// and all below it; else, as for mail and addresses, a leading dot means below and none means that
/// host alone.
fn is_host_within(host: &str, tree: &str, or_below: bool) -> bool {
    let (host, tree) = (host.to_ascii_lowercase(), tree.to_ascii_lowercase());
    let host = host.strip_suffix('.').unwrap_or(&host);
    let tree = tree.strip_suffix('.').unwrap_or(&tree);
    let below = |domain: &str| {
        let rest = host.strip_suffix(domain);
        rest.is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    };
    match tree.strip_prefix('.') {
        Some(domain) => below(domain),
        None if or_below => tree.is_empty() || host == tree || below(tree),
        None => host == tree,
    }
}

/// A constraint on mail is a mailbox, a host, or a domain with a leading dot.
fn is_mailbox_within(name: &str, tree: &str) -> Option<bool> {
    let (local, host) = name.rsplit_once('@')?;
    if local.is_empty() || host.is_empty() {
        return None;
    }
    Some(match tree.rsplit_once('@') {
        Some((tree_local, tree_host)) => {
            local == tree_local && host.eq_ignore_ascii_case(tree_host)
        }
        None => is_host_within(host, tree, false),
    })
}

/// A constraint on addresses is about the host in them, which must be a name.
fn is_host_within_uri(name: &str, tree: &str) -> Option<bool> {
    let (_, rest) = name.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = host.split(':').next()?;
    let is_number = host.starts_with('[') || host.split('.').all(|part| part.parse::<u8>().is_ok());
    if host.is_empty() || is_number {
        return None;
    }
    Some(is_host_within(host, tree, false))
}

/// The tree is an address and a mask of the same length.
fn is_address_within(name: &[u8], tree: &[u8]) -> Option<bool> {
    let length = tree.len().checked_div(2)?;
    if !matches!(tree.len(), 8 | 32) {
        return None;
    }
    if name.len() != length {
        return Some(false);
    }
    let (address, mask) = tree.split_at_checked(length)?;
    let mut bytes = name.iter().zip(address).zip(mask);
    Some(bytes.all(|((name, address), mask)| name & mask == address & mask))
}

/// More than any real path needs: names times trees could take long.
const MAX_COMPARISONS: usize = 250_000;
