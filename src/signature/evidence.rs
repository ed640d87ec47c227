//! What later judges need: certificates, and what was known of their revocation (ETSI EN 319 142-1
//! §5.4.2 and §6.3, level B-LT).

use std::collections::BTreeMap;
use std::future::Future;

use chrono::{DateTime, Utc};
use cms::content_info::ContentInfo;
use der::Decode;
use der::oid::db::rfc5911;

use super::asn1::{self, SignedData};
use super::error::PathError;
use super::status::{Role, Status};
use super::time_stamp::Opened;
use super::trust::Usage;
use super::{
    Anchors, Attempt, Certificate, Chain, Error, EvidenceError, FetchError, certificates_from_pem,
    crl, ocsp, shown, signer_info, status,
};
use crate::agreement::Sha256;
use crate::pdf::{self, EmbeddedSignature, EvidenceKey, SignatureEvidence, SignatureKind};

/// Whoever fetches over a network.
pub trait Fetch: Sync {
    /// Posts an OCSP request in DER and returns the response (RFC 6960 appendix A.1).
    fn ocsp(
        &self,
        url: &str,
        request: &[u8],
    ) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// Returns a revocation list (RFC 5280 §4.2.1.13).
    fn crl(&self, url: &str) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;

    /// Returns an issuer's certificate, or a CMS with certificates (RFC 5280 §4.2.2.1).
    fn issuer(&self, url: &str) -> impl Future<Output = Result<Vec<u8>, FetchError>> + Send;
}

/// Gathers the evidence on every signature and time-stamp of a document: for each certificate below
/// an anchor an OCSP response, else a revocation list.
///
/// What the document's store holds already, and still says what is needed, is taken from there.
/// Every answer is verified before it is taken. `now` is the present; a signature with a
/// time-stamp is looked at as of that.
///
/// # Errors
///
/// Fails if a certificate does not lead to an anchor, was revoked before it signed, or if there is
/// no evidence on it to be had: never with part of what is needed.
pub async fn collect(
    pdf: &[u8],
    anchors: &Anchors,
    fetch: &impl Fetch,
    now: DateTime<Utc>,
) -> Result<pdf::Evidence, Error> {
    let mut gathering = Gathering::new(pdf::evidence(pdf)?, anchors, fetch, now);
    let signatures = pdf::embedded_signatures(pdf)?;
    let is_stamp = |signature: &&EmbeddedSignature| signature.kind == SignatureKind::TimeStamp;
    // The newest first: each proves that what it is over existed at its time, so that answers of
    // those who have gone since can be believed.
    for stamp in signatures.iter().filter(is_stamp).rev() {
        let at = gathering.add(pdf, stamp).await?;
        gathering.note_existing(pdf, stamp, at);
    }
    for signature in signatures.iter().filter(|one| !is_stamp(one)) {
        gathering.add(pdf, signature).await?;
    }
    let keys = signatures.iter().map(|one| EvidenceKey::new(&one.contents));
    let places: BTreeMap<_, _> = keys.zip(0_usize..).collect();
    let mut evidence = gathering.evidence;
    evidence
        .signatures
        .sort_by_key(|entry| places.get(&entry.key).copied());
    Ok(evidence)
}

/// Asks whether a certificate of a chain is revoked now, up to the anchor.
///
/// # Errors
///
/// [`Error::Revoked`], [`Error::NoEvidence`] where nobody tells, [`Error::Untrusted`].
pub async fn check_revocation(
    chain: &Chain,
    anchors: &Anchors,
    fetch: &impl Fetch,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let mut gathering = Gathering::new(pdf::Evidence::default(), anchors, fetch, now);
    let mut entry = entry_of(&[]);
    let (of, with) = (chain.signer(), chain.certificates());
    let asked = gathering.add_chain(Usage::Any, of, with, now, &mut entry);
    asked.await
}

/// Returns the entry of a signature with these contents, empty yet.
fn entry_of(contents: &[u8]) -> SignatureEvidence {
    SignatureEvidence {
        key: EvidenceKey::new(contents),
        certificates: Vec::new(),
        crls: Vec::new(),
        ocsp_responses: Vec::new(),
    }
}

/// A certificate in question: whose issuer is known, and as of when.
struct Question {
    certificate: Certificate,
    issuer: Certificate,
    role: Role,
    at: DateTime<Utc>,
}

impl Question {
    fn found(&self, answer: Answer, status: Status) -> Found {
        Found {
            at: self.at,
            answer,
            responder: status.responder,
        }
    }
}

/// An answer that was taken: its place in the evidence.
#[derive(Clone, Copy, Eq, Ord, PartialEq, PartialOrd)]
enum Answer {
    Crl(usize),
    Ocsp(usize),
}

/// What was found on a certificate.
#[derive(Clone)]
struct Found {
    /// As of when it was asked for.
    at: DateTime<Utc>,
    answer: Answer,
    /// Who signed the answer, if not the certificate's issuer.
    responder: Option<Certificate>,
}

struct Gathering<'a, F> {
    anchors: &'a Anchors,
    fetch: &'a F,
    now: DateTime<Utc>,
    /// By the digest of a response of the store, the earliest time at which it is proven to have
    /// existed.
    existed: BTreeMap<Sha256, DateTime<Utc>>,
    /// All that is in the store or goes there.
    evidence: pdf::Evidence,
    /// Certificates that a path may be built of.
    known: Vec<Certificate>,
    /// By the serial number that they are about, places of OCSP responses.
    by_serial_number: BTreeMap<Vec<u8>, Vec<usize>>,
    /// By the digest of a certificate, what was found on it.
    found: BTreeMap<Sha256, Vec<Found>>,
}

impl<'a, F: Fetch> Gathering<'a, F> {
    fn new(stored: pdf::Evidence, anchors: &'a Anchors, fetch: &'a F, now: DateTime<Utc>) -> Self {
        let certificates = stored.certificates.iter();
        let mut gathering = Self {
            anchors,
            fetch,
            now,
            existed: BTreeMap::new(),
            known: certificates
                .filter_map(|der| Certificate::from_der(der).ok())
                .collect(),
            by_serial_number: BTreeMap::new(),
            found: BTreeMap::new(),
            evidence: pdf::Evidence {
                signatures: Vec::new(),
                ..stored
            },
        };
        for place in 0..gathering.evidence.ocsp_responses.len() {
            gathering.index(place);
        }
        gathering
    }

    /// Verifies one signature, gathers what it needs, and returns the time that it is looked at as
    /// of: that which a time-stamp proves, else the present.
    async fn add(
        &mut self,
        pdf: &[u8],
        signature: &EmbeddedSignature,
    ) -> Result<DateTime<Utc>, Error> {
        let field = signature.field.as_str();
        let covered = covered(pdf, signature).ok_or(Error::Malformed {
            what: "byte range of a signature",
        })?;
        let malformed = |_| Error::Malformed { what: "signature" };
        let cms = asn1::first_value(&signature.contents).map_err(malformed)?;
        let mut entry = entry_of(&signature.contents);
        let mut at = self.now;
        if signature.kind == SignatureKind::TimeStamp {
            at = self.add_token(&cms, &covered, field, &mut entry).await?;
        } else {
            let data = SignedData::from_content_info(&cms).map_err(malformed)?;
            let [info] = data.signer_infos.as_slice() else {
                return Err(Error::Malformed { what: "signature" });
            };
            let carried = signer_info::certificates_of(&data);
            let signer = carried
                .iter()
                .find(|certificate| signer_info::is_signer(certificate, info))
                .ok_or(Error::Malformed { what: "signature" })?;
            // A time-stamp proves the time of what it is over, so all between it and the document
            // must hold before that time decides what a revocation means.
            if !signer_info::is_signed(info, signer, rfc5911::ID_DATA, &covered)
                || signer_info::names_certificate(info, signer) == Some(false)
            {
                return Err(Error::SignatureOther {
                    field: shown(field),
                    subject: signer.subject(),
                });
            }
            let value = [info.signature.as_bytes()];
            for token in signer_info::tokens(info) {
                let stamped = self.add_token(&token, &value, field, &mut entry).await?;
                at = at.min(stamped);
            }
            self.add_chain(Usage::Any, signer, &carried, at, &mut entry)
                .await?;
        }
        entry.certificates.sort_unstable();
        entry.certificates.dedup();
        entry.crls.sort_unstable();
        entry.crls.dedup();
        entry.ocsp_responses.sort_unstable();
        entry.ocsp_responses.dedup();
        self.evidence.signatures.push(entry);
        Ok(at)
    }

    /// Verifies a time-stamp token over these parts, gathers what it needs, and returns the time that
    /// it proves.
    async fn add_token(
        &mut self,
        token: &[u8],
        parts: &[&[u8]],
        field: &str,
        entry: &mut SignatureEvidence,
    ) -> Result<DateTime<Utc>, Error> {
        let wrong = |cause| Error::TimeStamp {
            field: shown(field),
            cause,
        };
        let token = Opened::from_der(token).map_err(wrong)?;
        token.check_imprint(parts).map_err(wrong)?;
        token.check_purpose().map_err(wrong)?;
        let usage = Usage::TimeStamps;
        self.add_chain(usage, &token.signer, &token.certificates, token.at, entry)
            .await?;
        Ok(token.at)
    }

    /// Notes that the responses in the revision that a document time-stamp is over existed at its
    /// time.
    fn note_existing(&mut self, pdf: &[u8], stamp: &EmbeddedSignature, at: DateTime<Utc>) {
        let [_, _, second, length] = stamp.byte_range;
        let revision = second.checked_add(length).and_then(|end| pdf.get(..end));
        // One that cannot be read proves nothing.
        let stored = revision.and_then(|revision| pdf::evidence(revision).ok());
        for response in stored.unwrap_or_default().ocsp_responses {
            let existed = self.existed.entry(Sha256::of(&response)).or_insert(at);
            *existed = at.min(*existed);
        }
    }

    /// Gathers what a signer's chain needs.
    async fn add_chain(
        &mut self,
        usage: Usage,
        signer: &Certificate,
        carried: &[Certificate],
        at: DateTime<Utc>,
        entry: &mut SignatureEvidence,
    ) -> Result<(), Error> {
        let path = self.path(usage, signer, carried, at).await?;
        for certificate in &path {
            entry.certificates.push(self.keep_certificate(certificate));
        }
        let mut questions: Vec<_> = path
            .iter()
            .zip(path.iter().skip(1))
            .enumerate()
            .map(|(place, (certificate, issuer))| Question {
                certificate: certificate.clone(),
                issuer: issuer.clone(),
                role: if place == 0 {
                    Role::Signer
                } else {
                    Role::Authority
                },
                at,
            })
            .collect();
        // A responder's certificate is a question of its own; by the same issuer, so there is an
        // end to it.
        let mut asked = 0_usize;
        while let Some(question) = questions.pop() {
            if question.role.needs_no_evidence(&question.certificate) {
                continue;
            }
            asked = asked.saturating_add(1);
            if asked > MAX_QUESTIONS {
                return Err(Error::NoEvidence {
                    subject: question.certificate.subject(),
                    tried: Vec::new(),
                });
            }
            let found = self.answer(&question).await?;
            match found.answer {
                Answer::Crl(place) => entry.crls.push(place),
                Answer::Ocsp(place) => entry.ocsp_responses.push(place),
            }
            if let Some(responder) = found.responder {
                entry.certificates.push(self.keep_certificate(&responder));
                if responder != question.certificate {
                    questions.push(Question {
                        certificate: responder,
                        role: Role::Responder,
                        ..question
                    });
                }
            }
        }
        Ok(())
    }

    /// Builds the path to an anchor, fetching issuers that nobody handed over.
    async fn path(
        &mut self,
        usage: Usage,
        signer: &Certificate,
        carried: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<Certificate>, Error> {
        let mut others = carried.to_vec();
        let known = self.known.iter().filter(|known| !carried.contains(known));
        others.extend(known.cloned());
        let mut fetches = 0_usize;
        loop {
            let cause = match self.anchors.path_for(usage, signer, &others, at) {
                Ok(path) => return Ok(path),
                Err(cause) => cause,
            };
            let missing =
                fetches < MAX_FETCHED_ISSUERS && cause == PathError(webpki::Error::UnknownIssuer);
            let fetched = if missing {
                self.fetch_issuers(signer, &others).await
            } else {
                Vec::new()
            };
            if fetched.is_empty() {
                return Err(Error::Untrusted {
                    subject: signer.subject(),
                    cause,
                });
            }
            fetches = fetches.saturating_add(1);
            self.known.extend(fetched.iter().cloned());
            others.extend(fetched);
        }
    }

    /// Fetches the issuer of the last certificate that the chain reaches so far; only what is new
    /// and issued it counts.
    async fn fetch_issuers(
        &self,
        signer: &Certificate,
        others: &[Certificate],
    ) -> Vec<Certificate> {
        let chain = Chain::new(signer.clone(), others);
        let Some(last) = chain.certificates().last() else {
            return Vec::new();
        };
        for url in last.issuer_urls() {
            let Ok(bytes) = self.fetch.issuer(&url).await else {
                continue;
            };
            let fetched = certificates_in(&bytes).into_iter();
            let fetched: Vec<_> = fetched
                .filter(|fetched| last.is_issued_by(fetched) && !others.contains(fetched))
                .collect();
            if !fetched.is_empty() {
                return fetched;
            }
        }
        Vec::new()
    }

    /// Finds an answer: one found before, one of the store, or a new one.
    async fn answer(&mut self, question: &Question) -> Result<Found, Error> {
        let key = question.certificate.digest();
        let mut before = self.found.get(&key).into_iter().flatten();
        if let Some(found) = before.find(|found| found.at >= question.at) {
            return Ok(found.clone());
        }
        let found = match self.stored(question)? {
            Some(found) => found,
            None => self.fetched(question).await?,
        };
        self.found.entry(key).or_default().push(found.clone());
        Ok(found)
    }

    /// Looks for an answer in the store.
    fn stored(&self, question: &Question) -> Result<Option<Found>, Error> {
        let serial_number = question.certificate.parsed().serial_number.as_bytes();
        let places = self.by_serial_number.get(serial_number);
        let responses = places.into_iter().flatten().filter_map(|place| {
            let response = self.evidence.ocsp_responses.get(*place)?;
            let existed = self.existed.get(&Sha256::of(response));
            let exists_at = existed.copied().unwrap_or(self.now);
            let (certificate, issuer) = (&question.certificate, &question.issuer);
            let status = ocsp::read(response, certificate, issuer, exists_at).ok()?;
            Some((Answer::Ocsp(*place), status))
        });
        let lists = self.evidence.crls.iter().enumerate();
        let lists = lists.filter_map(|(place, list)| {
            let status = crl::read(list, &question.certificate, &question.issuer).ok()?;
            Some((Answer::Crl(place), status))
        });
        for (answer, status) in responses.chain(lists) {
            refuse_revoked(question, &status)?;
            if status.covers(question.at) {
                return Ok(Some(question.found(answer, status)));
            }
        }
        Ok(None)
    }

    /// Asks the addresses that the certificate names: responders first, then lists.
    async fn fetched(&mut self, question: &Question) -> Result<Found, Error> {
        let Question {
            certificate,
            issuer,
            ..
        } = question;
        let mut tried = Vec::new();
        let request = ocsp::request(certificate, issuer).map_err(|_| Error::Malformed {
            what: "certificate",
        })?;
        for url in certificate.ocsp_urls() {
            let response = self.fetch.ocsp(&url, &request).await;
            match response.map_err(EvidenceError::from).and_then(|bytes| {
                let status = ocsp::read(&bytes, certificate, issuer, self.now)?;
                Ok((bytes, self.fresh(status)?))
            }) {
                Ok((bytes, status)) => {
                    refuse_revoked(question, &status)?;
                    let place = keep(&mut self.evidence.ocsp_responses, &bytes);
                    self.index(place);
                    return Ok(question.found(Answer::Ocsp(place), status));
                }
                Err(cause) => tried.push(Attempt { url, cause }),
            }
        }
        for url in certificate.crl_urls() {
            let list = self.fetch.crl(&url).await;
            match list.map_err(EvidenceError::from).and_then(|bytes| {
                let status = crl::read(&bytes, certificate, issuer)?;
                Ok((bytes, self.fresh(status)?))
            }) {
                Ok((bytes, status)) => {
                    refuse_revoked(question, &status)?;
                    let place = keep(&mut self.evidence.crls, &bytes);
                    return Ok(question.found(Answer::Crl(place), status));
                }
                Err(cause) => tried.push(Attempt { url, cause }),
            }
        }
        Err(Error::NoEvidence {
            subject: certificate.subject(),
            tried,
        })
    }

    fn fresh(&self, status: Status) -> Result<Status, EvidenceError> {
        if status.is_fresh(self.now) {
            return Ok(status);
        }
        Err(EvidenceError::Stale {
            this_update: status.this_update,
            at: self.now,
        })
    }

    fn keep_certificate(&mut self, certificate: &Certificate) -> usize {
        keep(&mut self.evidence.certificates, certificate.der())
    }

    /// Notes which certificates a response is about.
    fn index(&mut self, place: usize) {
        let response = self.evidence.ocsp_responses.get(place);
        let serial_numbers = response.and_then(|response| ocsp::serial_numbers(response));
        for serial_number in serial_numbers.into_iter().flatten() {
            let places = self.by_serial_number.entry(serial_number).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }
}

/// Refuses a certificate that was revoked when it signed; what came later does not touch a
/// signature whose time is proven.
fn refuse_revoked(question: &Question, status: &Status) -> Result<(), Error> {
    match &status.revocation {
        Some(revocation) if revocation.at <= question.at => Err(Error::Revoked {
            subject: question.certificate.subject(),
            at: revocation.at,
            reason: status::reason(revocation.reason),
        }),
        _ => Ok(()),
    }
}

/// Returns what a signature is over: all before and after its contents, and nothing else left out.
///
/// `None` for another byte range. What may follow it is for a judge to say.
fn covered<'a>(pdf: &'a [u8], signature: &EmbeddedSignature) -> Option<[&'a [u8]; 2]> {
    let [first, length, second, rest] = signature.byte_range;
    let contents = pdf.get(length..second)?;
    let digits = contents.strip_prefix(b"<")?.strip_suffix(b">")?;
    let is_contents = hex::decode(digits).is_ok_and(|bytes| bytes == signature.contents);
    let parts = [
        pdf.get(..length)?,
        pdf.get(second..second.checked_add(rest)?)?,
    ];
    (first == 0 && is_contents).then_some(parts)
}

/// Returns the certificates in what an issuer's address gives: one in DER, a CMS with some, or PEM.
fn certificates_in(bytes: &[u8]) -> Vec<Certificate> {
    if let Ok(certificate) = Certificate::from_der(bytes) {
        return vec![certificate];
    }
    if ContentInfo::from_der(bytes).is_ok() {
        let data = SignedData::from_content_info(bytes);
        return data.map_or_else(|_| Vec::new(), |data| signer_info::certificates_of(&data));
    }
    certificates_from_pem(bytes).unwrap_or_default()
}

/// Returns the place of an item in a list, which it is added to if it is new.
fn keep(list: &mut Vec<Vec<u8>>, item: &[u8]) -> usize {
    if let Some(place) = list.iter().position(|kept| kept == item) {
        return place;
    }
    list.push(item.to_vec());
    list.len().saturating_sub(1)
}

/// More issuers than any real chain lacks.
const MAX_FETCHED_ISSUERS: usize = 4;

/// More certificates than any real chain has with its responders.
const MAX_QUESTIONS: usize = 32;

/// The most bytes of a revocation list that is fetched: the largest of issuers in use have some
/// megabytes. A document's store takes items of this size, see `pdf`.
pub const MAX_ANSWER_BYTES: usize = 10 << 20;
