//! What time-stamps prove of when something existed (ETSI EN 319 102-1 §5.6.2.3 and §5.6.3).

use chrono::{DateTime, Duration, Utc};
use der::asn1::ObjectIdentifier;

use super::policy::Used;
use super::pool::{Pool, ProvenTime};
use super::trust::{Trust, TrustAnswer, Usage, judge_signer};
use super::{Conclusion, SubIndication, reasons};
use crate::agreement::Sha256;
use crate::signature::Certificate;

/// A time-stamp that is right in itself: its imprint and its signature hold.
#[derive(Clone, Debug)]
pub(crate) struct Stamp<'a> {
    /// The digest of the token, by which newer time-stamps name it in `proves`.
    pub(crate) digest: Sha256,
    /// The time that it states, UTC.
    pub(crate) at: DateTime<Utc>,
    /// The authority's certificate.
    pub(crate) signer: &'a Certificate,
    /// What it was signed with.
    pub(crate) used: Used,
    /// The hash function of its imprint.
    pub(crate) imprint: ObjectIdentifier,
    /// The digests of all that it covers: tokens and values of older signatures, certificates, lists
    /// and responses.
    pub(crate) proves: Vec<Sha256>,
}

/// What is said of one time-stamp.
#[derive(Clone, Debug)]
pub(crate) struct StampAnswer {
    /// The answer on its authority.
    pub(crate) trust: TrustAnswer,
}

impl StampAnswer {
    /// Tells whether the time that it states is proven.
    pub(crate) fn is_proof(&self) -> bool {
        self.trust.conclusion == Conclusion::PASSED
    }
}

/// Walks back in time: judges each time-stamp, in this order, as of the time that those before it
/// prove of it, and notes in the pool what it proves in turn.
///
/// Document time-stamps are given newest first, then those of signatures. One whose authority cannot
/// be trusted proves nothing.
pub(crate) fn walk_back(
    pool: &mut Pool,
    trust: &Trust<'_>,
    stamps: &[Stamp<'_>],
) -> Vec<StampAnswer> {
    let mut answers = Vec::with_capacity(stamps.len());
    for stamp in stamps {
        let judged_for = pool.proven(&stamp.digest, trust.at);
        let used = Some(stamp.used);
        let mut answer = judge_signer(
            pool,
            trust,
            stamp.signer,
            used,
            judged_for,
            Usage::TimeStamp,
        );
        check_imprint(stamp, trust, judged_for, &mut answer);
        check_order(stamp, judged_for, &mut answer);
        let answer = StampAnswer { trust: answer };
        if answer.is_proof() {
            for digest in &stamp.proves {
                pool.prove(*digest, stamp.at);
            }
        }
        answers.push(answer);
    }
    answers
}

/// Once a hash function is broken, the imprint may be that of something else.
fn check_imprint(
    stamp: &Stamp<'_>,
    trust: &Trust<'_>,
    judged_for: ProvenTime,
    answer: &mut TrustAnswer,
) {
    let imprint = Used {
        hash: Some(stamp.imprint),
        ..stamp.used
    };
    if let Err(weak) = trust.policy.check(imprint, judged_for.instant) {
        answer.findings.push(reasons::weak_signature(&weak));
        if answer.conclusion == Conclusion::PASSED {
            answer.conclusion =
                Conclusion::indeterminate(SubIndication::CryptoConstraintsFailureNoPoe);
        }
    }
}

/// Refuses a token that states a later time than that at which it existed, and one from outside the
/// validity of its authority's certificate.
fn check_order(stamp: &Stamp<'_>, judged_for: ProvenTime, answer: &mut TrustAnswer) {
    let latest = judged_for.instant.checked_add_signed(CLOCKS);
    let is_late = latest.is_some_and(|latest| stamp.at > latest);
    if is_late {
        let finding =
            reasons::time_stamp_order(stamp.at.date_naive(), judged_for.instant.date_naive());
        answer.findings.push(finding);
        answer.conclusion = Conclusion::indeterminate(SubIndication::TimestampOrderFailure);
        return;
    }
    let validity = stamp.signer.not_before()..=stamp.signer.not_after();
    if !validity.contains(&stamp.at) {
        let reason = if stamp.at < stamp.signer.not_before() {
            super::path::Reason::NotYetValid
        } else {
            super::path::Reason::Expired
        };
        let stated = ProvenTime {
            instant: stamp.at,
            is_proven: true,
        };
        answer
            .findings
            .push(reasons::fault_of(stamp.signer, reason, stated));
        if answer.conclusion == Conclusion::PASSED {
            answer.conclusion = Conclusion::indeterminate(SubIndication::TimestampOrderFailure);
        }
    }
}

/// How much clocks may differ.
pub(super) const CLOCKS: Duration = Duration::minutes(5);
