//! What a certificate says that limits the paths through it, read once.

use std::collections::BTreeSet;

use der::Decode;
use der::asn1::ObjectIdentifier;
use der::oid::AssociatedOid;
use der::oid::db::{rfc5280, rfc5912, rfc6960};
use x509_cert::ext::pkix::name::{GeneralName, GeneralNames};
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, CertificatePolicies, CrlDistributionPoints,
    InhibitAnyPolicy, NameConstraints, PolicyConstraints, PolicyMappings,
};

use crate::signature::Certificate;

/// The extensions of RFC 5280 §4.2 that decide about paths.
#[derive(Clone, Debug, Default)]
pub(crate) struct Limits {
    /// Whether it may issue certificates, by basic constraints.
    pub(crate) is_authority: bool,
    /// How many authorities may follow it.
    pub(crate) path_length: Option<u32>,
    /// Whether its key usage, if there is one, allows signing certificates.
    pub(crate) may_certify: bool,
    /// Its policies; `None` where it has no such extension.
    pub(crate) policies: Option<BTreeSet<ObjectIdentifier>>,
    /// Pairs of an issuer's and a subject's policy that are the same.
    pub(crate) mappings: Vec<(ObjectIdentifier, ObjectIdentifier)>,
    /// After how many certificates a policy is asked for.
    pub(crate) require_explicit_policy: Option<u32>,
    /// After how many certificates nothing is mapped.
    pub(crate) inhibit_mapping: Option<u32>,
    /// After how many certificates any policy is no policy.
    pub(crate) inhibit_any_policy: Option<u32>,
    /// Which names may follow.
    pub(crate) names: Option<NameConstraints>,
    /// Other names of the subject.
    pub(crate) alternative_names: GeneralNames,
    /// Where revocation lists are.
    pub(crate) points: Option<CrlDistributionPoints>,
    /// The identifier of the issuer's key.
    pub(crate) issuer_key: Option<Vec<u8>>,
    /// A critical extension that is not read.
    pub(crate) unread: Option<ObjectIdentifier>,
    /// An extension that is read, and is not in order.
    pub(crate) damaged: Option<ObjectIdentifier>,
}

impl Limits {
    /// Reads a certificate's.
    pub(crate) fn of(certificate: &Certificate) -> Self {
        let mut limits = Self {
            may_certify: certificate
                .key_usage()
                .is_none_or(|usage| usage.key_cert_sign()),
            ..Self::default()
        };
        let extensions = certificate.parsed().extensions.iter().flatten();
        for extension in extensions {
            let bytes = extension.extn_value.as_bytes();
            let is_read = limits.read(extension.extn_id, bytes);
            let kind = Some(extension.extn_id);
            match is_read {
                Some(true) => {}
                Some(false) => limits.damaged = limits.damaged.or(kind),
                None if extension.critical => limits.unread = limits.unread.or(kind),
                None => {}
            }
        }
        limits
    }

    /// Reads an extension: `None` if it is not one that is known, `false` if it is damaged.
    fn read(&mut self, kind: ObjectIdentifier, bytes: &[u8]) -> Option<bool> {
        let is_read = match kind {
            BasicConstraints::OID => taken(bytes, |found: BasicConstraints| {
                self.is_authority = found.ca;
                self.path_length = found.path_len_constraint.map(u32::from);
            }),
            // RFC 5280 §4.2.1.4: qualifiers limit nothing.
            CertificatePolicies::OID => {
                let is_read = taken(bytes, |found: CertificatePolicies| {
                    let policies = found.0.iter().map(|policy| policy.policy_identifier);
                    self.policies = Some(policies.collect());
                });
                let count = self.policies.as_ref().map_or(0, BTreeSet::len);
                is_read && count <= MAX_POLICIES
            }
            PolicyMappings::OID => {
                let is_read = taken(bytes, |found: PolicyMappings| {
                    let pairs = found.0.iter();
                    self.mappings = pairs
                        .map(|pair| (pair.issuer_domain_policy, pair.subject_domain_policy))
                        .collect();
                });
                is_read && self.mappings.len() <= MAX_POLICIES
            }
            PolicyConstraints::OID => taken(bytes, |found: PolicyConstraints| {
                self.require_explicit_policy = found.require_explicit_policy;
                self.inhibit_mapping = found.inhibit_policy_mapping;
            }),
            InhibitAnyPolicy::OID => taken(bytes, |found: InhibitAnyPolicy| {
                self.inhibit_any_policy = Some(found.0);
            }),
            NameConstraints::OID => taken(bytes, |found: NameConstraints| {
                self.names = Some(found);
            }),
            rfc5280::ID_CE_SUBJECT_ALT_NAME => taken(bytes, |found: GeneralNames| {
                self.alternative_names = found;
            }),
            // One that cannot be read points nowhere.
            CrlDistributionPoints::OID => {
                self.points = CrlDistributionPoints::from_der(bytes).ok();
                self.points.is_some()
            }
            AuthorityKeyIdentifier::OID => taken(bytes, |found: AuthorityKeyIdentifier| {
                let key = found.key_identifier;
                self.issuer_key = key.map(|key| key.as_bytes().to_vec());
            }),
            other if READ_ELSEWHERE.contains(&other) => true,
            _ => return None,
        };
        Some(is_read)
    }

    /// Returns the mail addresses and other names that a constraint on names is about.
    pub(crate) fn names(&self) -> impl Iterator<Item = &GeneralName> {
        self.alternative_names.iter()
    }
}

fn taken<'a, T: Decode<'a>>(bytes: &'a [u8], take: impl FnOnce(T)) -> bool {
    T::from_der(bytes).map(take).is_ok()
}

/// More policies than any real certificate has.
const MAX_POLICIES: usize = 256;

/// Extensions that others read, or that limit nothing here.
const READ_ELSEWHERE: [ObjectIdentifier; 7] = [
    rfc5280::ID_CE_EXT_KEY_USAGE,
    rfc5280::ID_CE_ISSUER_ALT_NAME,
    rfc5280::ID_CE_KEY_USAGE,
    rfc5280::ID_CE_SUBJECT_KEY_IDENTIFIER,
    rfc5912::ID_CE_NO_REV_AVAIL,
    rfc6960::ID_PKIX_OCSP_NOCHECK,
    QC_STATEMENTS,
];

/// `id-pe-qcStatements` (RFC 3739 §3.2.6).
const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");
