//! Whom to trust: every time-stamp and every signature of a file, each at its proven time.

use chrono::{DateTime, Utc};

use super::cms::{self, Cms, Embedded, TimeStamp};
use super::examine::{Content, Examined};
use super::policy::{KeyUsed, Used};
use super::pool::{Pool, ProvenTime, Source};
use super::proofs::{Stamp, StampAnswer, walk_back};
use super::security_store::{self, Item, ItemKind};
use super::trust::{Trust, TrustAnswer, Usage, judge_signer, level};
use super::{
    Authority, CertificateSummary, Conclusion, Finding, Indication, Input, Integrity, Issued,
    IssuedSeat, Question, Severity, SignatureKind, SignatureVerdict, SubIndication, Verdict,
    Wanted, signatory,
};
use crate::agreement::{Level, Sha256};
use crate::calendar::swedish_day;
use crate::pdf::{self, History, Object};
use crate::signature::{Certificate, HashFunction, SignatureAlgorithm, shown};

/// Judges the signatures of a file and adds what is said of each to the verdict.
pub(super) fn judge(
    history: &History<'_>,
    examined: &[Examined<'_>],
    certificates: &mut cms::Certificates,
    input: &Input<'_>,
    verdict: &mut Verdict,
) {
    let items = security_store::items(history.newest());
    let tokens = tokens(examined, certificates);
    let mut pool = pool(&items, examined, &tokens, input);
    let trust = Trust::new(input.policy, input.at);
    let (stamps, places) = stamps(examined, &tokens, &items);
    let answers = walk_back(&mut pool, &trust, &stamps);
    let proofs: Vec<(Place, StampAnswer)> = places.into_iter().zip(answers).collect();
    let ends: Vec<_> = examined
        .iter()
        .map(|one| one.changes.ends_revision)
        .collect();
    for (place, one) in examined.iter().enumerate() {
        let found = Found {
            one,
            place,
            ends: &ends,
            proofs: &proofs,
            tokens: tokens.get(place).map_or(&[], Vec::as_slice),
            items: &items,
            input,
        };
        let signature = found.judge(&mut pool, &trust, &mut verdict.wanted);
        verdict.signatures.push(signature);
    }
}

/// Where a time-stamp stands: among the signatures of the file, and which token of that one it is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Place {
    signature: usize,
    /// `None` for a document time-stamp.
    token: Option<usize>,
}

/// Reads the time-stamps inside signatures, in the order of the signatures.
fn tokens(examined: &[Examined<'_>], certificates: &mut cms::Certificates) -> Vec<Vec<TimeStamp>> {
    examined
        .iter()
        .map(|one| match &one.content {
            Content::Nothing | Content::Stamp(_) => Vec::new(),
            Content::Signature(cms) => cms
                .tokens
                .iter()
                .take(MAX_TOKENS)
                .map(|token| {
                    let mut digest = |hash: HashFunction| hash.digest(&[&cms.value]);
                    cms::read_token(token, &mut digest, certificates)
                })
                .collect(),
        })
        .collect()
}

/// Gathers everything that may help: what the file holds, then what was supplied.
fn pool(
    items: &[Item],
    examined: &[Examined<'_>],
    tokens: &[Vec<TimeStamp>],
    input: &Input<'_>,
) -> Pool {
    let mut pool = Pool::new(input.anchors);
    for item in items {
        match item.kind {
            ItemKind::Certificate => pool.add_certificate(&item.der, Source::File),
            ItemKind::Crl => pool.add_list(&item.der, Source::File),
            ItemKind::Ocsp => pool.add_response(&item.der, Source::File),
        };
    }
    for one in examined {
        match &one.content {
            Content::Nothing => {}
            Content::Signature(cms) => {
                carried(
                    &mut pool,
                    cms.certificates.iter().map(AsRef::as_ref),
                    &cms.revocation,
                );
            }
            Content::Stamp(stamp) => carry_stamp(&mut pool, stamp),
        }
    }
    for stamp in tokens.iter().flatten() {
        carry_stamp(&mut pool, stamp);
    }
    for der in &input.supplied.certificates {
        pool.add_certificate(der, Source::Supplied);
    }
    for der in &input.supplied.crls {
        pool.add_list(der, Source::Supplied);
    }
    for der in &input.supplied.ocsp_responses {
        pool.add_response(der, Source::Supplied);
    }
    pool
}

fn carry_stamp(pool: &mut Pool, stamp: &TimeStamp) {
    carried(
        pool,
        stamp.certificates.iter().map(AsRef::as_ref),
        &stamp.revocation,
    );
}

fn carried<'c>(
    pool: &mut Pool,
    certificates: impl Iterator<Item = &'c Certificate>,
    revocation: &Embedded,
) {
    for certificate in certificates {
        pool.add(certificate, Source::File);
    }
    for der in &revocation.crls {
        pool.add_list(der, Source::File);
    }
    for der in &revocation.ocsp_responses {
        pool.add_response(der, Source::File);
    }
}

/// Puts the time-stamps that hold in the order in which they are believed: those of the document, the newest
/// first, then those inside signatures.
fn stamps<'s>(
    examined: &'s [Examined<'_>],
    tokens: &'s [Vec<TimeStamp>],
    items: &[Item],
) -> (Vec<Stamp<'s>>, Vec<Place>) {
    let mut stamps = Vec::new();
    let mut places = Vec::new();
    let mut of_document: Vec<usize> = (0..examined.len()).collect();
    of_document.sort_by_key(|place| {
        let ends = examined
            .get(*place)
            .and_then(|one| one.changes.ends_revision);
        std::cmp::Reverse(ends)
    });
    for place in of_document {
        let Some(one) = examined.get(place) else {
            continue;
        };
        let (Content::Stamp(found), Some(revision)) = (&one.content, one.changes.ends_revision)
        else {
            continue;
        };
        if one.integrity() == Integrity::Broken {
            continue;
        }
        let proves = covered(examined, tokens, items, revision);
        if let Some(stamp) = stamp(found, proves) {
            stamps.push(stamp);
            places.push(Place {
                signature: place,
                token: None,
            });
        }
    }
    for (signature, (one, all)) in examined.iter().zip(tokens).enumerate() {
        let Content::Signature(cms) = &one.content else {
            continue;
        };
        for (token, found) in all.iter().enumerate() {
            if let Some(stamp) = stamp(found, vec![Sha256::of(&cms.value)]) {
                stamps.push(stamp);
                places.push(Place {
                    signature,
                    token: Some(token),
                });
            }
        }
    }
    (stamps, places)
}

/// Returns the digests of all that a document time-stamp at the end of a revision covers: values of older
/// signatures and time-stamps, and the evidence that stood in the file.
fn covered(
    examined: &[Examined<'_>],
    tokens: &[Vec<TimeStamp>],
    items: &[Item],
    revision: usize,
) -> Vec<Sha256> {
    let mut digests: Vec<Sha256> = items
        .iter()
        .filter(|item| item.revision <= revision)
        .map(|item| Sha256::of(&item.der))
        .collect();
    for (one, inner) in examined.iter().zip(tokens) {
        if one
            .changes
            .ends_revision
            .is_none_or(|ends| ends >= revision)
        {
            continue;
        }
        match &one.content {
            Content::Nothing => {}
            Content::Signature(cms) => {
                digests.push(Sha256::of(&cms.value));
                digests.extend(cms.certificates.iter().map(|one| one.digest()));
                digests.extend(of_answers(&cms.revocation));
            }
            Content::Stamp(stamp) => prove_stamp(stamp, &mut digests),
        }
        for stamp in inner {
            prove_stamp(stamp, &mut digests);
        }
    }
    digests
}

fn prove_stamp(stamp: &TimeStamp, digests: &mut Vec<Sha256>) {
    digests.push(Sha256::of(&stamp.value));
    digests.extend(stamp.certificates.iter().map(|one| one.digest()));
    digests.extend(of_answers(&stamp.revocation));
}

fn of_answers(revocation: &Embedded) -> impl Iterator<Item = Sha256> {
    let all = revocation.crls.iter().chain(&revocation.ocsp_responses);
    all.map(|der| Sha256::of(der))
}

/// Returns a time-stamp that is right in itself.
fn stamp(found: &TimeStamp, proves: Vec<Sha256>) -> Option<Stamp<'_>> {
    if !found.faults.is_empty() {
        return None;
    }
    let signer = found.signer.as_deref()?;
    Some(Stamp {
        digest: Sha256::of(&found.value),
        at: found.at?,
        signer,
        used: used(signer, found.algorithm?),
        imprint: found.imprint_hash?.oid(),
        proves,
    })
}

fn used(signer: &Certificate, algorithm: SignatureAlgorithm) -> Used {
    Used {
        key: KeyUsed::of(signer.public_key()),
        hash: Some(algorithm.hash.oid()),
    }
}

/// One signature with all that bears on it.
struct Found<'f, 'h> {
    one: &'f Examined<'h>,
    place: usize,
    /// The revision that each signature of the file ends, counted from 0.
    ends: &'f [Option<usize>],
    proofs: &'f [(Place, StampAnswer)],
    /// The time-stamps inside the signature.
    tokens: &'f [TimeStamp],
    items: &'f [Item],
    input: &'f Input<'f>,
}

impl Found<'_, '_> {
    fn judge(
        &self,
        pool: &mut Pool,
        trust: &Trust<'_>,
        wanted: &mut Vec<Wanted>,
    ) -> SignatureVerdict {
        let one = self.one;
        let integrity = one.integrity();
        let mut findings = one.changes.findings.clone();
        let (faults, notes) = match &one.content {
            Content::Nothing => (Vec::new(), Vec::new()),
            Content::Signature(cms) => (cms.faults.clone(), cms.notes.clone()),
            Content::Stamp(stamp) => (stamp.faults.clone(), stamp.notes.clone()),
        };
        let broken = Conclusion::failed(broken(&faults));
        findings.extend(faults);
        findings.extend(notes);
        let mut verdict = SignatureVerdict {
            field: shown(&one.view.field),
            kind: one.view.kind,
            revision: one.changes.ends_revision.map(|ends| ends.saturating_add(1)),
            integrity,
            conclusion: broken,
            trust: Conclusion::indeterminate(SubIndication::NoSigningCertificateFound),
            level: None,
            grade: None,
            claimed_at: self.claimed_at(),
            proven_at: None,
            is_time_proven: false,
            algorithm: String::new(),
            certificate: None,
            signatory: None,
            findings,
        };
        let answer = match &one.content {
            Content::Nothing => None,
            Content::Signature(cms) => self.signature(cms, pool, trust, &mut verdict),
            Content::Stamp(stamp) => self.stamp(stamp, &mut verdict),
        };
        if let Some(answer) = answer {
            want(&answer, wanted);
            verdict.trust = answer.conclusion;
            verdict.findings.extend(answer.findings);
        }
        verdict.conclusion = match integrity {
            Integrity::Ok => verdict.trust,
            Integrity::Modified => Conclusion::failed(SubIndication::FormatFailure),
            Integrity::Broken | Integrity::NoSignature | Integrity::ParseError => broken,
        };
        if let Content::Signature(cms) = &one.content {
            self.signatory(cms, &mut verdict);
            self.seal(cms, &mut verdict);
        }
        for finding in &mut verdict.findings {
            finding.revision = finding.revision.or(verdict.revision);
        }
        verdict
    }

    /// What the signer claims in `/M`, else in the CMS.
    fn claimed_at(&self) -> Option<DateTime<Utc>> {
        let said = match self.one.view.dict.value("M") {
            Some(Object::String(text)) => pdf::date(&pdf::text(text)),
            _ => None,
        };
        match &self.one.content {
            Content::Signature(cms) => said.or(cms.claimed_at),
            Content::Nothing | Content::Stamp(_) => said,
        }
    }

    fn signature(
        &self,
        cms: &Cms,
        pool: &mut Pool,
        trust: &Trust<'_>,
        verdict: &mut SignatureVerdict,
    ) -> Option<TrustAnswer> {
        let signer = cms.signer.as_deref()?;
        let algorithm = cms.algorithm?;
        verdict.certificate = Some(summary(signer));
        verdict.algorithm = algorithm.to_string();
        let at = pool.proven(&Sha256::of(&cms.value), self.input.at);
        verdict.proven_at = Some(at.instant);
        verdict.is_time_proven = at.is_proven;
        let mut proved = 0_usize;
        for (place, answer) in self.proofs {
            if place.signature != self.place || place.token.is_none() {
                continue;
            }
            if answer.is_proof() {
                proved = proved.saturating_add(1);
            } else {
                verdict.findings.extend(answer.trust.findings.clone());
            }
        }
        if proved < cms.tokens.len() {
            verdict.findings.push(time_stamp_worthless());
        }
        // What is wrong with a time-stamp inside a signature does not touch the signature.
        for fault in self.tokens.iter().flat_map(|token| &token.faults) {
            let mut fault = fault.clone();
            fault.question = Question::Trust;
            fault.severity = Severity::Warning;
            verdict.findings.push(fault);
        }
        let used = used(signer, algorithm);
        let answer = judge_signer(pool, trust, signer, Some(used), at, Usage::Signer);
        verdict.grade = answer.grade;
        verdict.level = Some(self.level(at, &answer));
        Some(answer)
    }

    /// Returns the level that the signature reaches.
    fn level(&self, at: ProvenTime, answer: &TrustAnswer) -> Level {
        let stamps_hold = self
            .proofs
            .iter()
            .filter(|(place, _)| place.signature == self.place)
            .all(|(_, stamp)| stamp.trust.has_all_evidence);
        let ends = self.one.changes.ends_revision;
        // The evidence must stand in the file before the time-stamp that archives it.
        let is_archived = self.proofs.iter().any(|(place, stamp)| {
            let revision = self.ends.get(place.signature).copied().flatten();
            place.token.is_none()
                && stamp.is_proof()
                && revision > ends
                && self
                    .items
                    .iter()
                    .any(|item| Some(item.revision) <= revision)
        });
        // A time-stamp that lacks nothing but answers on revocation makes the level, not the time.
        let is_stamped = self.proofs.iter().any(|(place, stamp)| {
            place.signature == self.place
                && stamp.trust.conclusion.sub_indication == Some(SubIndication::TryLater)
        });
        level(
            at.is_proven || is_stamped,
            answer.has_all_evidence && stamps_hold,
            is_archived,
        )
    }

    fn stamp(&self, stamp: &TimeStamp, verdict: &mut SignatureVerdict) -> Option<TrustAnswer> {
        let signer = stamp.signer.as_deref()?;
        verdict.certificate = Some(summary(signer));
        verdict.algorithm = stamp
            .algorithm
            .map(|one| one.to_string())
            .unwrap_or_default();
        let mut own = self.proofs.iter();
        let (_, answer) =
            own.find(|(place, _)| place.signature == self.place && place.token.is_none())?;
        if answer.is_proof() {
            verdict.proven_at = stamp.at;
            verdict.is_time_proven = true;
        }
        Some(answer.trust.clone())
    }

    /// Ties a signature in a seat to a person.
    fn signatory(&self, cms: &Cms, verdict: &mut SignatureVerdict) {
        let (Issued::Copy(copy), Some(signer)) = (self.input.issued, cms.signer.as_deref()) else {
            return;
        };
        let seat = copy
            .seats
            .iter()
            .find(|seat| seat.id.as_str() == self.one.view.field);
        let (Some(seat), SignatureKind::Approval) = (seat, verdict.kind) else {
            return;
        };
        let at = verdict.proven_at.unwrap_or(self.input.at);
        let is_sound = verdict.conclusion.indication == Indication::TotalPassed;
        let authority = self.authority(seat);
        let (signatory, findings) =
            signatory(signer, &authority, swedish_day(at), is_sound, verdict.grade);
        verdict.signatory = Some(signatory);
        verdict.findings.extend(findings);
    }

    /// Compares the seal of a copy of this office with the one that the office made.
    fn seal(&self, cms: &Cms, verdict: &mut SignatureVerdict) {
        let Issued::Copy(copy) = self.input.issued else {
            return;
        };
        let digest = cms.signer.as_ref().map(|signer| signer.digest());
        if self.one.view.field != copy.seal_field || (digest.is_some() && digest == copy.seal) {
            return;
        }
        verdict.findings.push(other_seal());
        if verdict.conclusion == Conclusion::PASSED {
            verdict.conclusion = Conclusion::indeterminate(SubIndication::SigConstraintsFailure);
        }
    }

    fn authority<'a>(&'a self, seat: &'a IssuedSeat) -> Authority<'a> {
        let mut parties = self.input.parties.iter();
        Authority {
            seat: &seat.id,
            party: parties.find(|party| seat.id.is_of(&party.code)),
            admitted: seat.admitted.as_deref(),
            confirmed: self.input.confirmed,
            identifier_key: self.input.identifier_key,
        }
    }
}

fn other_seal() -> Finding {
    Finding::new(
        Question::Signatories,
        Severity::Fault,
        "other_seal",
        "Stämpeln är inte den som kontoret satte på exemplaret.",
        "The seal is not the one that the office put on the copy.",
    )
    .advising(
        "Godta inte filen som kontorets. Skicka det stämplade exemplaret igen.",
        "Do not accept the file as the office's. Send the sealed copy again.",
    )
}

fn time_stamp_worthless() -> Finding {
    Finding::new(
        Question::Trust,
        Severity::Warning,
        "time_stamp_proves_nothing",
        "En tidsstämpel på underskriften bevisar ingenting.",
        "A time-stamp of the signature proves nothing.",
    )
    .advising(
        "Låt kontrollera vem som utfärdat tidsstämpeln innan du litar på tiden.",
        "Have the time-stamp's issuer checked before you rely on the time.",
    )
}

/// Notes for whom somebody could be asked: the certificates of a path that lacks nothing but answers.
fn want(answer: &TrustAnswer, wanted: &mut Vec<Wanted>) {
    if answer.conclusion.sub_indication != Some(SubIndication::TryLater) {
        return;
    }
    for pair in answer.path.windows(2) {
        let [certificate, issuer] = pair else {
            continue;
        };
        let new = Wanted {
            certificate: certificate.clone(),
            issuer: issuer.clone(),
        };
        if !wanted.contains(&new) {
            wanted.push(new);
        }
    }
}

fn summary(certificate: &Certificate) -> CertificateSummary {
    CertificateSummary {
        sha256: certificate.digest(),
        name: certificate.subject_name(),
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        not_before: certificate.not_before(),
        not_after: certificate.not_after(),
    }
}

/// Returns what kind of failure the faults of a value are (ETSI EN 319 102-1 §5.2.7.4).
fn broken(faults: &[Finding]) -> SubIndication {
    let is = |code: &str| faults.iter().any(|fault| fault.code == code);
    if is("digest_differs") || is("imprint_differs") {
        SubIndication::HashFailure
    } else if is("value_wrong") {
        SubIndication::SigCryptoFailure
    } else {
        SubIndication::FormatFailure
    }
}

/// More time-stamps than any signature carries.
const MAX_TOKENS: usize = 8;
