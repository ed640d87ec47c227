//! What may help to judge: certificates and answers on revocation, each read once.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::Encode;

use super::path::{Limits, NameKey};
use super::policy::Used;
use super::proofs::CLOCKS;
use crate::agreement::Sha256;
use crate::signature::crl::List;
use crate::signature::status::Status;
use crate::signature::{Anchors, Certificate, ocsp};

/// Where something comes from.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Source {
    /// The file itself: its store of evidence, or a signature in it.
    File,
    /// Whoever judges.
    Supplied,
}

/// A time at which something existed at the latest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct ProvenTime {
    /// The instant, UTC.
    pub(crate) instant: DateTime<Utc>,
    /// Whether a verified time-stamp proves it; else it is the instant of judging.
    pub(crate) is_proven: bool,
}

/// Certificates, revocation lists and OCSP responses, with what is proven of their age.
#[derive(Debug, Default)]
pub(crate) struct Pool {
    certificates: Vec<KnownCertificate>,
    certificate_places: BTreeMap<Sha256, usize>,
    by_subject: BTreeMap<NameKey, Vec<usize>>,
    anchors: BTreeSet<usize>,
    lists: Vec<KnownList>,
    list_places: BTreeMap<Sha256, usize>,
    lists_by_issuer: BTreeMap<NameKey, Vec<usize>>,
    responses: Vec<KnownResponse>,
    response_places: BTreeMap<Sha256, usize>,
    responses_by_serial: BTreeMap<Vec<u8>, Vec<usize>>,
    /// Whether an answer was left out, which might have been the one that says revoked.
    is_overfull: bool,
    /// By digest, the earliest time at which something is proven to have existed.
    existed: BTreeMap<Sha256, DateTime<Utc>>,
    /// By certificate and issuer, whether the one signed the other.
    certified: BTreeMap<(usize, usize), bool>,
    /// By list and certificate, whether the one signed the other.
    listed: BTreeMap<(usize, usize), bool>,
    /// By response, certificate, issuer and time, what a response says.
    answered: BTreeMap<Question, Option<Arc<Status>>>,
}

/// A response, a certificate and its issuer by their places, and when the response existed.
type Question = (usize, usize, usize, DateTime<Utc>);

/// A certificate of the pool.
#[derive(Clone, Debug)]
pub(super) struct KnownCertificate {
    pub(super) certificate: Arc<Certificate>,
    pub(super) limits: Arc<Limits>,
    pub(super) digest: Sha256,
    pub(super) subject: NameKey,
    pub(super) issuer: NameKey,
    pub(super) source: Option<Source>,
    key: Vec<u8>,
    key_identifier: Option<Vec<u8>>,
}

/// A revocation list of the pool.
#[derive(Clone, Debug)]
pub(super) struct KnownList {
    pub(super) list: Arc<List>,
    pub(super) digest: Sha256,
    pub(super) issuer: NameKey,
    pub(super) source: Source,
}

/// An OCSP response of the pool.
#[derive(Debug)]
struct KnownResponse {
    der: Arc<[u8]>,
    digest: Sha256,
    source: Source,
}

impl Pool {
    /// Begins with the anchors of whoever judges.
    pub(crate) fn new(anchors: &Anchors) -> Self {
        let mut pool = Self::default();
        for anchor in anchors.certificates() {
            let place = pool.keep(anchor, None);
            pool.anchors.extend(place);
        }
        pool
    }

    /// Adds a certificate in DER; tells whether it can be read.
    pub(crate) fn add_certificate(&mut self, der: &[u8], source: Source) -> bool {
        if let Some(place) = self.certificate_places.get(&Sha256::of(der)) {
            if let Some(known) = self.certificates.get_mut(*place) {
                known.source = nearer(known.source, source);
            }
            return true;
        }
        let certificate = Certificate::from_der(der);
        certificate.is_ok_and(|found| self.keep(&found, Some(source)).is_some())
    }

    /// Adds a certificate that was read before.
    pub(crate) fn add(&mut self, certificate: &Certificate, source: Source) {
        self.keep(certificate, Some(source));
    }

    /// Adds a revocation list in DER; tells whether it can be read.
    pub(crate) fn add_list(&mut self, der: &[u8], source: Source) -> bool {
        let digest = Sha256::of(der);
        if let Some(place) = self.list_places.get(&digest) {
            if let Some(known) = self.lists.get_mut(*place) {
                known.source = known.source.min(source);
            }
            return true;
        }
        if self.lists.len() >= MAX_ANSWERS {
            self.is_overfull = true;
            return false;
        }
        let Ok(list) = List::from_der(der) else {
            return false;
        };
        let issuer = NameKey::of(list.issuer());
        let place = self.lists.len();
        self.list_places.insert(digest, place);
        let places = self.lists_by_issuer.entry(issuer.clone()).or_default();
        places.push(place);
        self.lists.push(KnownList {
            list: Arc::new(list),
            digest,
            issuer,
            source,
        });
        true
    }

    /// Adds an OCSP response in DER; tells whether it can be read.
    pub(crate) fn add_response(&mut self, der: &[u8], source: Source) -> bool {
        let digest = Sha256::of(der);
        if let Some(place) = self.response_places.get(&digest) {
            if let Some(known) = self.responses.get_mut(*place) {
                known.source = known.source.min(source);
            }
            return true;
        }
        if self.responses.len() >= MAX_ANSWERS {
            self.is_overfull = true;
            return false;
        }
        let Some(serial_numbers) = ocsp::serial_numbers(der) else {
            return false;
        };
        let place = self.responses.len();
        self.response_places.insert(digest, place);
        for serial_number in serial_numbers {
            let places = self.responses_by_serial.entry(serial_number).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
        self.responses.push(KnownResponse {
            der: der.into(),
            digest,
            source,
        });
        true
    }

    /// Notes that what has this digest existed at that time: a certificate, a list, a response, a
    /// signature's value or a token.
    pub(crate) fn prove(&mut self, digest: Sha256, at: DateTime<Utc>) {
        let existed = self.existed.entry(digest).or_insert(at);
        *existed = at.min(*existed);
    }

    /// Returns the earliest time at which what has this digest is proven to have existed, else the
    /// instant of judging.
    pub(crate) fn proven(&self, digest: &Sha256, judged_at: DateTime<Utc>) -> ProvenTime {
        // The clock of an authority may be a little ahead of that of whoever judges.
        let latest = judged_at.checked_add_signed(CLOCKS).unwrap_or(judged_at);
        let proven = self.existed.get(digest).filter(|at| **at <= latest);
        ProvenTime {
            instant: proven.copied().unwrap_or(judged_at),
            is_proven: proven.is_some(),
        }
    }

    /// Tells whether nobody is trusted.
    pub(crate) fn has_no_anchors(&self) -> bool {
        self.anchors.is_empty()
    }

    /// Tells whether an answer was left out because there were too many.
    pub(super) fn is_overfull(&self) -> bool {
        self.is_overfull
    }

    /// Returns how many signatures of certificates were checked.
    #[cfg(test)]
    pub(super) fn checked(&self) -> usize {
        self.certified.len()
    }

    pub(super) fn is_anchor(&self, place: usize) -> bool {
        self.anchors.contains(&place)
    }

    pub(super) fn certificate(&self, place: usize) -> Option<&KnownCertificate> {
        self.certificates.get(place)
    }

    pub(super) fn place(&mut self, certificate: &Certificate) -> Option<usize> {
        let known = self.certificate_places.get(&certificate.digest()).copied();
        known.or_else(|| self.keep(certificate, None))
    }

    /// Returns those who may have issued a certificate, by name: anchors first, then those that its
    /// identifier of a key names, then what is valid longest.
    pub(super) fn issuers(&self, place: usize) -> Vec<usize> {
        let Some(known) = self.certificates.get(place) else {
            return Vec::new();
        };
        let mut issuers = self.named(&known.issuer).to_vec();
        let wanted = known.limits.issuer_key.as_deref();
        issuers.sort_by_cached_key(|issuer| {
            let found = self.certificates.get(*issuer);
            let is_named = found.is_some_and(|found| {
                let key = found.key_identifier.as_deref();
                wanted.is_some() && wanted == key
            });
            let last = found.map(|found| Reverse(found.certificate.not_after()));
            (!self.is_anchor(*issuer), !is_named, last, *issuer)
        });
        issuers.truncate(MAX_ISSUERS);
        issuers
    }

    /// Returns the certificates with this subject.
    pub(super) fn named(&self, subject: &NameKey) -> &[usize] {
        self.by_subject.get(subject).map_or(&[], Vec::as_slice)
    }

    /// Tells whether two certificates have the same subject and key.
    pub(super) fn is_same_holder(&self, one: usize, other: usize) -> bool {
        match (self.certificates.get(one), self.certificates.get(other)) {
            (Some(one), Some(other)) => one.subject == other.subject && one.key == other.key,
            _ => false,
        }
    }

    /// Tells whether a certificate's key signed another, if that was checked before.
    pub(super) fn known_signature(&self, certificate: usize, issuer: usize) -> Option<bool> {
        self.certified.get(&(certificate, issuer)).copied()
    }

    /// Checks whether a certificate's key signed another.
    pub(super) fn check_signature(&mut self, certificate: usize, issuer: usize) -> bool {
        let pair = (
            self.certificates.get(certificate),
            self.certificates.get(issuer),
        );
        let is_signed = match pair {
            (Some(one), Some(other)) => other
                .certificate
                .signed_with(one.certificate.der())
                .is_some(),
            _ => false,
        };
        self.certified.insert((certificate, issuer), is_signed);
        is_signed
    }

    /// Returns what a certificate was signed with.
    pub(super) fn used(&self, certificate: usize, issuer: usize) -> Option<Used> {
        let one = self.certificates.get(certificate)?;
        let other = self.certificates.get(issuer)?;
        let by = &one.certificate.parsed().signature;
        Some(Used::of(other.certificate.public_key(), by))
    }

    pub(super) fn list(&self, place: usize) -> Option<&KnownList> {
        self.lists.get(place)
    }

    /// Returns the lists that this name issued.
    pub(super) fn lists_of(&self, issuer: &NameKey) -> &[usize] {
        self.lists_by_issuer.get(issuer).map_or(&[], Vec::as_slice)
    }

    /// Tells whether a certificate's key signed a list.
    pub(super) fn is_list_signed(&mut self, list: usize, issuer: usize) -> bool {
        if let Some(known) = self.listed.get(&(list, issuer)) {
            return *known;
        }
        let is_signed = match (self.lists.get(list), self.certificates.get(issuer)) {
            (Some(list), Some(issuer)) => list.list.is_signed_by(&issuer.certificate),
            _ => false,
        };
        self.listed.insert((list, issuer), is_signed);
        is_signed
    }

    /// Returns the responses that name a certificate's number, with their source and the time at
    /// which they existed at the latest, and what they say where they are believed.
    pub(super) fn answers(
        &mut self,
        certificate: usize,
        issuer: usize,
        judged_at: DateTime<Utc>,
    ) -> Vec<(Source, ProvenTime, Arc<Status>)> {
        let (Some(one), Some(other)) = (
            self.certificates.get(certificate).cloned(),
            self.certificates.get(issuer).cloned(),
        ) else {
            return Vec::new();
        };
        let number = one.certificate.parsed().serial_number.as_bytes();
        let places = self.responses_by_serial.get(number).cloned();
        let places = places.unwrap_or_default();
        let mut answers = Vec::new();
        // Whoever hides one among so many is not told that all is well.
        if places.len() > MAX_TRIED {
            return answers;
        }
        for place in places {
            let Some(known) = self.responses.get(place) else {
                continue;
            };
            let (source, der) = (known.source, Arc::clone(&known.der));
            let existed = self.proven(&known.digest, judged_at);
            let key = (place, certificate, issuer, existed.instant);
            let status = self.answered.entry(key).or_insert_with(|| {
                let read = ocsp::read(&der, &one.certificate, &other.certificate, existed.instant);
                read.ok().map(Arc::new)
            });
            if let Some(status) = status {
                answers.push((source, existed, Arc::clone(status)));
            }
        }
        answers
    }

    fn keep(&mut self, certificate: &Certificate, source: Option<Source>) -> Option<usize> {
        let digest = certificate.digest();
        if let Some(place) = self.certificate_places.get(&digest) {
            if let (Some(known), Some(source)) = (self.certificates.get_mut(*place), source) {
                known.source = nearer(known.source, source);
            }
            return Some(*place);
        }
        if self.certificates.len() >= MAX_CERTIFICATES {
            return None;
        }
        let subject = NameKey::of(&certificate.parsed().subject);
        let place = self.certificates.len();
        self.certificate_places.insert(digest, place);
        // A certificate without a name issues nothing.
        if !subject.is_empty() {
            let places = self.by_subject.entry(subject.clone()).or_default();
            places.push(place);
        }
        self.certificates.push(KnownCertificate {
            limits: Arc::new(Limits::of(certificate)),
            digest,
            subject,
            issuer: NameKey::of(&certificate.parsed().issuer),
            source,
            key: certificate.public_key().to_der().unwrap_or_default(),
            key_identifier: certificate.key_identifier(),
            certificate: Arc::new(certificate.clone()),
        });
        Some(place)
    }
}

fn nearer(known: Option<Source>, source: Source) -> Option<Source> {
    Some(known.map_or(source, |known| known.min(source)))
}

/// More certificates than any agreement's file and its judge have.
const MAX_CERTIFICATES: usize = 20_000;

/// The same of lists, and of responses.
const MAX_ANSWERS: usize = 20_000;

/// More certificates of one name than any real authority has.
const MAX_ISSUERS: usize = 100;

/// More responses about one number than any real file has.
const MAX_TRIED: usize = 100;
