//! Whether a signer can be trusted at the proven time (ETSI EN 319 102-1 §5.2.6, §5.5 and §5.6.2).

use std::collections::BTreeMap;
use std::rc::Rc;

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5280;

use super::path::{self, Fault, Inputs, Limits, Reason, Search};
use super::policy::{Policy, Used, Weak};
use super::pool::{Pool, ProvenTime, Source};
use super::revocation::{self, Asked, Kind};
use super::{Conclusion, Finding, Grade, SubIndication, grade, reasons};
use crate::agreement::Level;
use crate::signature::Certificate;
use crate::signature::check::only_others;
use crate::signature::status::Role;

/// By what and as of when is judged. Whom to trust, the [`Pool`] knows.
#[derive(Clone, Debug)]
pub(crate) struct Trust<'a> {
    /// Which algorithms are good enough, and until when.
    pub(crate) policy: &'a Policy,
    /// The instant of judging, UTC.
    pub(crate) at: DateTime<Utc>,
    /// What is asked of paths.
    pub(crate) inputs: Inputs,
}

impl<'a> Trust<'a> {
    /// Asks nothing of paths but that they hold.
    pub(crate) fn new(policy: &'a Policy, at: DateTime<Utc>) -> Self {
        Self {
            policy,
            at,
            inputs: Inputs::default(),
        }
    }
}

/// What a certificate is used for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Usage {
    /// Signing revocation lists.
    CrlIssuer,
    /// Signing documents.
    Signer,
    /// Making time-stamps.
    TimeStamp,
}

/// Whether a signer can be trusted.
#[derive(Clone, Debug)]
pub(crate) struct TrustAnswer {
    /// The answer.
    pub(crate) conclusion: Conclusion,
    /// The path, the signer's certificate first and the anchor last; the signer's alone where there
    /// is none.
    pub(crate) path: Vec<Certificate>,
    /// Whether the file holds certificates and revocation information for all below the anchor.
    pub(crate) has_all_evidence: bool,
    /// The legal grade that the certificate claims; `None` where it is not trusted.
    pub(crate) grade: Option<Grade>,
    /// The findings.
    pub(crate) findings: Vec<Finding>,
}

/// Judges a signer's certificate at a time. `used` is what the signature in question was made with.
pub(crate) fn judge_signer(
    pool: &mut Pool,
    trust: &Trust<'_>,
    signer: &Certificate,
    used: Option<Used>,
    at: ProvenTime,
    usage: Usage,
) -> TrustAnswer {
    let mut judging = Judging::new(trust);
    let mut answer = TrustAnswer {
        conclusion: Conclusion::indeterminate(SubIndication::NoCertificateChainFound),
        path: vec![signer.clone()],
        has_all_evidence: false,
        grade: None,
        findings: Vec::new(),
    };
    pool.add(signer, Source::File);
    let Some(place) = pool.place(signer) else {
        answer.findings.push(reasons::too_much(signer));
        return answer;
    };
    if pool.has_no_anchors() {
        answer.findings.push(reasons::no_anchors());
        return answer;
    }
    let mut best = judge(pool, &mut judging, place, at, usage);
    answer.conclusion = best.conclusion;
    answer.has_all_evidence = best.has_all_evidence;
    answer.findings.append(&mut best.findings);
    let certificates = best
        .path
        .iter()
        .filter_map(|place| pool.certificate(*place));
    let path: Vec<_> = certificates
        .map(|known| known.certificate.as_ref().clone())
        .collect();
    if !path.is_empty() {
        answer.path = path;
    }
    // What the certificate is for, and what was used, weigh also where the chain is good.
    let own = check_usage(signer, usage).map(|finding| {
        let conclusion = Conclusion::indeterminate(SubIndication::ChainConstraintsFailure);
        (conclusion, finding)
    });
    let weak = used.and_then(|used| trust.policy.check(used, at.instant).err());
    let weak = weak.map(|weak| (weak_conclusion(at), reasons::weak_signature(&weak)));
    for (conclusion, finding) in own.into_iter().chain(weak) {
        answer.findings.push(finding);
        if answer.conclusion == Conclusion::PASSED {
            answer.conclusion = conclusion;
        }
    }
    if answer.conclusion == Conclusion::PASSED && usage == Usage::Signer {
        let (grade, finding) = grade(signer);
        answer.grade = Some(grade);
        answer.findings.push(finding);
    }
    answer
}

/// Returns the level that a signature reaches (ETSI EN 319 142-1 §6.3): `is_stamped` by a valid
/// signature or document time-stamp, with all evidence in the file, and `is_archived` by a valid document
/// time-stamp over that evidence.
pub(crate) fn level(is_stamped: bool, has_all_evidence: bool, is_archived: bool) -> Level {
    match (is_stamped, has_all_evidence, is_archived) {
        (false, ..) => Level::B,
        (true, false, _) => Level::T,
        (true, true, false) => Level::Lt,
        (true, true, true) => Level::Lta,
    }
}

/// One run: what it may still cost, and who is being judged.
#[derive(Debug)]
pub(super) struct Judging<'a> {
    pub(super) trust: &'a Trust<'a>,
    /// Certificates whose revocation is being asked for.
    pub(super) pending: Vec<usize>,
    /// When certificates were revoked, as far as it was asked for.
    pub(super) revoked: BTreeMap<usize, DateTime<Utc>>,
    /// Shared with the searches that answers lead to.
    search: Rc<Search>,
    /// How many answers may still be looked at.
    answers: usize,
}

impl<'a> Judging<'a> {
    fn new(trust: &'a Trust<'a>) -> Self {
        Self {
            trust,
            pending: Vec::new(),
            revoked: BTreeMap::new(),
            search: Rc::new(Search::default()),
            answers: MAX_ANSWERS,
        }
    }

    /// Tells whether a certificate was revoked when an answer is first known to have existed: whoever
    /// stole its key may have made that answer, whatever time it states.
    pub(super) fn was_revoked(&self, certificate: usize, existed_at: DateTime<Utc>) -> bool {
        let revoked_at = self.revoked.get(&certificate);
        revoked_at.is_some_and(|revoked_at| *revoked_at <= existed_at)
    }

    /// Takes one answer into account; `false` where there have been too many.
    pub(super) fn spend(&mut self) -> bool {
        let rest = self.answers.checked_sub(1);
        self.answers = rest.unwrap_or(0);
        rest.is_some()
    }

    /// Tells whether something was left out because it would have taken too long.
    pub(super) fn is_exhausted(&self) -> bool {
        self.answers == 0
    }
}

/// Returns the path of an issuer of lists, if it can be trusted.
pub(super) fn judge_issuer_of_list(
    pool: &mut Pool,
    judging: &mut Judging<'_>,
    issuer: usize,
    at: ProvenTime,
    usage: Usage,
) -> Option<Vec<usize>> {
    let judged = judge(pool, judging, issuer, at, usage);
    (judged.conclusion == Conclusion::PASSED).then_some(judged.path)
}

/// What was found on one path, or on none.
#[derive(Debug)]
struct Judged {
    conclusion: Conclusion,
    path: Vec<usize>,
    has_all_evidence: bool,
    findings: Vec<Finding>,
    /// How much it says; the path that says most is told.
    weight: u8,
}

/// Looks for a path that holds, and else for the one that says most.
fn judge(
    pool: &mut Pool,
    judging: &mut Judging<'_>,
    signer: usize,
    at: ProvenTime,
    usage: Usage,
) -> Judged {
    let mut best: Option<Judged> = None;
    let search = Rc::clone(&judging.search);
    let mut tried = 0_usize;
    path::build(pool, signer, &search, &mut |pool, path| {
        tried = tried.saturating_add(1);
        let judged = judge_path(pool, judging, path, at, usage);
        let is_passed = judged.conclusion == Conclusion::PASSED;
        if best.as_ref().is_none_or(|best| judged.weight > best.weight) {
            best = Some(judged);
        }
        is_passed || tried >= MAX_PATHS
    });
    best.unwrap_or_else(|| {
        let known = pool.certificate(signer);
        let finding =
            known.map(|known| reasons::no_path(&known.certificate, search.is_exhausted()));
        Judged {
            conclusion: Conclusion::indeterminate(SubIndication::NoCertificateChainFound),
            path: vec![signer],
            has_all_evidence: false,
            findings: finding.into_iter().collect(),
            weight: 0,
        }
    })
}

/// Judges one path.
fn judge_path(
    pool: &mut Pool,
    judging: &mut Judging<'_>,
    path: &[usize],
    at: ProvenTime,
    usage: Usage,
) -> Judged {
    let known: Vec<_> = path
        .iter()
        .filter_map(|place| pool.certificate(*place).cloned())
        .collect();
    let mut judged = Judged {
        conclusion: Conclusion::PASSED,
        path: path.to_vec(),
        has_all_evidence: true,
        findings: Vec::new(),
        weight: 5,
    };
    let Some((anchor, below)) = known.split_last() else {
        return judged.failed(
            Conclusion::indeterminate(SubIndication::NoCertificateChainFound),
            0,
        );
    };
    let is_anchor_old =
        at.instant > anchor.certificate.not_after() || at.instant < anchor.certificate.not_before();
    // A certificate that is trusted for itself is judged like any other; an authority's is trusted
    // as it is (RFC 5280 §6.1.1 (d)).
    if below.is_empty() {
        if is_anchor_old {
            let reason = if at.instant > anchor.certificate.not_after() {
                Reason::Expired
            } else {
                Reason::NotYetValid
            };
            let fault = Fault { place: 0, reason };
            judged.findings = vec![reasons::fault_of(&anchor.certificate, reason, at)];
            return judged.failed(fault_conclusion(fault, at), 1);
        }
        return judged;
    }
    if is_anchor_old {
        judged
            .findings
            .push(reasons::anchor_expired(&anchor.certificate));
    }
    let pairs: Vec<(&Certificate, &Limits)> = below
        .iter()
        .map(|known| (known.certificate.as_ref(), known.limits.as_ref()))
        .collect();
    let checked = path::check(&pairs, at.instant, &judging.trust.inputs);
    let checked = checked.and_then(|()| check_purposes(&pairs, usage));
    if let Err(fault) = checked {
        if let Some((certificate, _)) = pairs.get(fault.place) {
            let finding = reasons::fault_of(certificate, fault.reason, at);
            judged.findings.push(finding);
        }
        return judged.failed(fault_conclusion(fault, at), 1);
    }
    if let Some((conclusion, finding)) = check_algorithms(pool, judging, path, at) {
        judged.findings.push(finding);
        return judged.failed(conclusion, 2);
    }
    judged.has_all_evidence = below.iter().all(|known| known.source == Some(Source::File));
    // From the anchor down: what an authority that was revoked says of others is worth nothing.
    for (place, known) in below.iter().enumerate().rev() {
        let role = if place == 0 && usage != Usage::CrlIssuer {
            Role::Signer
        } else {
            Role::Authority
        };
        let asked = Asked {
            path,
            place,
            role,
            at,
        };
        let answer = revocation::answer(pool, judging, asked);
        judged.has_all_evidence &= answer.is_in_file;
        let certificate = known.certificate.as_ref();
        let (conclusion, weight) = match &answer.kind {
            Kind::Good => continue,
            Kind::OnHold(_) => (Conclusion::indeterminate(SubIndication::TryLater), 3),
            Kind::Revoked(_) if place > 0 => {
                (Conclusion::indeterminate(SubIndication::RevokedCaNoPoe), 4)
            }
            Kind::Revoked(_) if at.is_proven => (Conclusion::failed(SubIndication::Revoked), 4),
            Kind::Revoked(_) => (Conclusion::indeterminate(SubIndication::RevokedNoPoe), 4),
            Kind::Unknown(_) => (Conclusion::indeterminate(SubIndication::TryLater), 3),
        };
        judged
            .findings
            .push(reasons::not_good(certificate, &answer.kind, at));
        return judged.failed(conclusion, weight);
    }
    judged
}

impl Judged {
    fn failed(self, conclusion: Conclusion, weight: u8) -> Self {
        Self {
            conclusion,
            weight,
            has_all_evidence: false,
            ..self
        }
    }
}

/// ETSI EN 319 102-1 §5.5.4: a time-stamp proves that something existed then, not that it was made
/// then.
fn fault_conclusion(fault: Fault, at: ProvenTime) -> Conclusion {
    match fault.reason {
        Reason::Expired if fault.place == 0 => {
            Conclusion::indeterminate(SubIndication::OutOfBoundsNoPoe)
        }
        Reason::NotYetValid if fault.place == 0 && at.is_proven => {
            Conclusion::failed(SubIndication::NotYetValid)
        }
        Reason::NotYetValid if fault.place == 0 => {
            Conclusion::indeterminate(SubIndication::OutOfBoundsNoPoe)
        }
        Reason::Expired | Reason::NotYetValid => {
            Conclusion::indeterminate(SubIndication::NoCertificateChainFoundNoPoe)
        }
        Reason::Authority
        | Reason::Damaged(_)
        | Reason::Length
        | Reason::Names
        | Reason::Policy
        | Reason::Purpose
        | Reason::Unread(_) => Conclusion::indeterminate(SubIndication::ChainConstraintsFailure),
    }
}

fn weak_conclusion(at: ProvenTime) -> Conclusion {
    Conclusion::indeterminate(if at.is_proven {
        SubIndication::CryptoConstraintsFailure
    } else {
        SubIndication::CryptoConstraintsFailureNoPoe
    })
}

/// Checks with what each certificate below the anchor was signed, at the time at which it is proven
/// to have existed (ETSI EN 319 102-1 §5.2.8 and §5.6.2.4).
fn check_algorithms(
    pool: &Pool,
    judging: &Judging<'_>,
    path: &[usize],
    at: ProvenTime,
) -> Option<(Conclusion, Finding)> {
    for (place, pair) in path.windows(2).enumerate() {
        let &[certificate, issuer] = pair else {
            continue;
        };
        let known = pool.certificate(certificate)?;
        let mut existed = pool.proven(&known.digest, judging.trust.at);
        // A signature names its own certificate, so that this is as old as the signature; of the
        // others a signature says nothing.
        if place == 0 && at.is_proven && at.instant < existed.instant {
            existed = at;
        }
        let used = pool.used(certificate, issuer);
        let weak = match used {
            Some(used) => judging.trust.policy.check(used, existed.instant).err(),
            None => Some(Weak {
                what: "?".to_owned(),
                until: None,
            }),
        };
        if let Some(weak) = weak {
            let finding = reasons::weak_certificate(&known.certificate, &weak);
            return Some((weak_conclusion(existed), finding));
        }
    }
    None
}

/// Refuses authorities that limit themselves to other purposes than time-stamps.
fn check_purposes(path: &[(&Certificate, &Limits)], usage: Usage) -> Result<(), Fault> {
    if usage != Usage::TimeStamp {
        return Ok(());
    }
    for (place, (certificate, _)) in path.iter().enumerate().skip(1) {
        let is_for_others = certificate.purposes().is_some_and(|(purposes, _)| {
            !purposes.contains(&rfc5280::ID_KP_TIME_STAMPING) && !purposes.contains(&ANY_PURPOSE)
        });
        if is_for_others {
            return Err(Fault {
                place,
                reason: Reason::Purpose,
            });
        }
    }
    Ok(())
}

/// Tells what speaks against this use of a certificate.
fn check_usage(certificate: &Certificate, usage: Usage) -> Option<Finding> {
    let purposes = certificate.purposes();
    let is_for_signing = certificate
        .key_usage()
        .is_none_or(|usage| usage.digital_signature() || usage.non_repudiation());
    match usage {
        Usage::CrlIssuer => None,
        Usage::Signer => {
            if certificate.is_authority() {
                return Some(reasons::signer_is_authority(certificate));
            }
            // RFC 5280 §4.2.1.3; a certificate without the extension may be used for all.
            if !is_for_signing {
                return Some(reasons::key_usage(certificate));
            }
            let others = purposes.and_then(|(purposes, _)| only_others(&purposes));
            others.map(|others| reasons::purpose(certificate, &others))
        }
        Usage::TimeStamp => {
            // RFC 3161 §2.3: the one purpose, and critical.
            let is_stamping = purposes == Some((vec![rfc5280::ID_KP_TIME_STAMPING], true));
            let is_fit = is_stamping && is_for_signing && !certificate.is_authority();
            (!is_fit).then(|| reasons::time_stamp_purpose(certificate))
        }
    }
}

/// `anyExtendedKeyUsage` (RFC 5280 §4.2.1.12).
const ANY_PURPOSE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");

/// More answers than are looked at for any real chain.
const MAX_ANSWERS: usize = 1_000;

/// More paths than any real mesh offers.
const MAX_PATHS: usize = 50;
