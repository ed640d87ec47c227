//! The conclusion over all questions that were asked (ETSI EN 319 102-1 §5.1.3).

use super::signatories::completeness;
use super::{
    Conclusion, Finding, IdentityAnswer, Indication, Input, Integrity, Issued, Question, Severity,
    SubIndication, Verdict,
};

/// Concludes: passed only if every question that was asked is answered well.
pub(super) fn conclude(verdict: &mut Verdict, input: &Input<'_>) {
    if let Issued::Copy(copy) = input.issued {
        let seats: Vec<_> = copy.seats.iter().map(|seat| seat.id.clone()).collect();
        verdict.completeness = Some(completeness(&seats, input.parties, &verdict.signatures));
    }
    verdict.trust = verdict
        .signatures
        .iter()
        .map(|signature| signature.trust)
        .min_by_key(|trust| trust.indication);
    let mut answers = vec![of_integrity(verdict), of_identity(verdict)];
    answers.extend(verdict.signatures.iter().map(|one| one.conclusion));
    answers.extend(of_signatories(verdict));
    // The first of the worst is told: integrity before identity before trust.
    let worst = answers.into_iter().min_by_key(|answer| answer.indication);
    verdict.conclusion = worst.unwrap_or(Conclusion::indeterminate(SubIndication::Generic));
}

fn of_integrity(verdict: &mut Verdict) -> Conclusion {
    match verdict.integrity {
        Integrity::Ok => Conclusion::PASSED,
        Integrity::Modified | Integrity::ParseError => {
            Conclusion::failed(SubIndication::FormatFailure)
        }
        Integrity::Broken => {
            let mut signatures = verdict.signatures.iter();
            let broken = signatures.find(|one| one.integrity == Integrity::Broken);
            broken.map_or(Conclusion::failed(SubIndication::FormatFailure), |one| {
                one.conclusion
            })
        }
        Integrity::NoSignature => {
            verdict.findings.push(Finding::new(
                Question::Integrity,
                Severity::Note,
                "no_signature",
                "Filen är inte underskriven.",
                "The file is not signed.",
            ));
            // The register vouches for every byte; without it nobody does.
            if verdict.identity.answer == IdentityAnswer::Newest {
                Conclusion::PASSED
            } else {
                Conclusion::indeterminate(SubIndication::Generic)
            }
        }
    }
}

fn of_identity(verdict: &Verdict) -> Conclusion {
    if verdict.identity.is_voided {
        return Conclusion::failed(SubIndication::Generic);
    }
    match verdict.identity.answer {
        IdentityAnswer::Forked
        | IdentityAnswer::Newer
        | IdentityAnswer::Newest
        | IdentityAnswer::NotAsked => Conclusion::PASSED,
        IdentityAnswer::OlderThanKnown | IdentityAnswer::OtherBase | IdentityAnswer::Unknown => {
            Conclusion::failed(SubIndication::Generic)
        }
    }
}

/// A signature in a seat that does not count is no answer to who signed.
fn of_signatories(verdict: &Verdict) -> Option<Conclusion> {
    let mut signatories = verdict.signatures.iter().filter_map(|one| {
        let signatory = one.signatory.as_ref()?;
        let is_sound = one.conclusion.indication == Indication::TotalPassed;
        Some((is_sound, signatory.counts))
    });
    let is_open = signatories.any(|(is_sound, counts)| is_sound && !counts);
    is_open.then_some(Conclusion::indeterminate(
        SubIndication::SigConstraintsFailure,
    ))
}
