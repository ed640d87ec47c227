//! Whom one can trust: revocation at the proven time, purposes, algorithms, meshes.

use chrono::{DateTime, Utc};
use der::oid::db::rfc5912;

use crate::agreement::Level;
use crate::signature::tests::pki::{
    Holder, OCSP_SIGNING, Pair, Pki, Said, Wanted, crl, crl_of, days, extension, integer,
    key_usage, now, null, ocsp_response, oid, sequence, time, tlv,
};
use crate::signature::{Anchors, Certificate};
use crate::validation::policy::{KeyUsed, Policy, Used};
use crate::validation::pool::{Pool, ProvenTime, Source};
use crate::validation::trust::{Trust, TrustAnswer, Usage, judge_signer, level};
use crate::validation::{Conclusion, Grade, SubIndication};

const TRY_LATER: Conclusion = Conclusion::indeterminate(SubIndication::TryLater);

/// A signer below two authorities, whose root is trusted.
struct Scene {
    pki: Pki,
    signer: Holder,
    pool: Pool,
    policy: Policy,
}

impl Scene {
    fn new() -> Self {
        let pki = Pki::new();
        let signer = pki.signer(Pair::p256());
        Self::of(pki, signer)
    }

    fn of(pki: Pki, signer: Holder) -> Self {
        let mut pool = Pool::new(&pki.anchors());
        pool.add(&pki.issuing.certificate, Source::File);
        Self {
            pki,
            signer,
            pool,
            policy: Policy::default(),
        }
    }

    /// With all that is needed: the root's list, and a response of this time.
    fn complete() -> Self {
        let mut scene = Self::new();
        scene.root_list(&[]);
        scene.response(&Said::Good, now());
        scene
    }

    fn root_list(&mut self, revoked: &[(u8, DateTime<Utc>)]) {
        let list = crl(&self.pki.root, revoked, now(), &[]);
        assert!(self.pool.add_list(&list, Source::File));
    }

    fn response(&mut self, said: &Said, at: DateTime<Utc>) {
        let (of, by) = (&self.signer.certificate, &self.pki.issuing);
        let response = ocsp_response(said, of, &by.certificate, by, at);
        assert!(self.pool.add_response(&response, Source::File));
    }

    fn judged(&mut self, at: ProvenTime) -> TrustAnswer {
        self.judged_for(None, at, Usage::Signer)
    }

    fn judged_for(&mut self, used: Option<Used>, at: ProvenTime, usage: Usage) -> TrustAnswer {
        let trust = Trust::new(&self.policy, now());
        let signer = self.signer.certificate.clone();
        judge_signer(&mut self.pool, &trust, &signer, used, at, usage)
    }
}

fn present() -> ProvenTime {
    ProvenTime {
        instant: now(),
        is_proven: false,
    }
}

fn proven(instant: DateTime<Utc>) -> ProvenTime {
    ProvenTime {
        instant,
        is_proven: true,
    }
}

#[test]
fn without_anchors_nothing_passes() {
    let mut scene = Scene::complete();
    scene.pool = Pool::new(&Anchors::default());
    let answer = scene.judged(present());
    let expected = Conclusion::indeterminate(SubIndication::NoCertificateChainFound);
    assert_eq!(answer.conclusion, expected);
    assert_eq!(answer.findings[0].code, "no_anchors");
    assert_eq!(answer.grade, None);
}

#[test]
fn a_chain_with_all_evidence_passes() {
    let mut scene = Scene::complete();
    let answer = scene.judged(present());
    assert_eq!(answer.conclusion, Conclusion::PASSED, "{answer:?}");
    assert!(answer.has_all_evidence);
    assert_eq!(answer.path.len(), 3);
    assert_eq!(answer.grade, Some(Grade::Ades));

    let mut scene = Scene::new();
    scene.root_list(&[]);
    assert_eq!(scene.judged(present()).conclusion, TRY_LATER);
    let (of, by) = (&scene.signer.certificate, &scene.pki.issuing);
    let response = ocsp_response(&Said::Good, of, &by.certificate, by, now());
    assert!(scene.pool.add_response(&response, Source::Supplied));
    let answer = scene.judged(present());
    assert_eq!(answer.conclusion, Conclusion::PASSED);
    assert!(!answer.has_all_evidence);
}

#[test]
fn a_signer_that_is_an_anchor_needs_no_chain() {
    let seal = Wanted::person("Prov Stämpel").self_issued(Pair::p256());
    let anchors = Anchors::new(vec![seal.certificate.clone()]).unwrap();
    let mut scene = Scene::of(Pki::new(), seal);
    scene.pool = Pool::new(&anchors);
    let answer = scene.judged(present());
    assert_eq!(answer.conclusion, Conclusion::PASSED);
    assert_eq!(answer.path.len(), 1);
    let late = scene.judged(proven(now() + days(700)));
    let expected = Conclusion::indeterminate(SubIndication::OutOfBoundsNoPoe);
    assert_eq!(late.conclusion, expected);
}

#[test]
fn what_a_revocation_means_depends_on_the_proven_time() {
    let (early, late) = (now() - days(20), now() - days(5));
    let signed = proven(now() - days(10));
    let revoked = Conclusion::failed(SubIndication::Revoked);
    let no_proof = Conclusion::indeterminate(SubIndication::RevokedNoPoe);
    for (revoked_at, at, expected) in [
        (early, signed, revoked),
        (late, signed, Conclusion::PASSED),
        (signed.instant, signed, revoked),
        (late, present(), no_proof),
        (early, present(), no_proof),
    ] {
        let mut scene = Scene::new();
        scene.root_list(&[]);
        scene.response(&Said::Revoked(revoked_at), now());
        let answer = scene.judged(at);
        assert_eq!(answer.conclusion, expected, "{revoked_at} {at:?}");
        // Another answer that says good does not help.
        scene.response(&Said::Good, now());
        assert_eq!(scene.judged(at).conclusion, expected);
    }
}

#[test]
fn an_authority_that_was_revoked_vouches_for_nobody() {
    let mut scene = Scene::new();
    scene.root_list(&[(2, now() - days(20))]);
    scene.response(&Said::Good, now());
    let expected = Conclusion::indeterminate(SubIndication::RevokedCaNoPoe);
    assert_eq!(scene.judged(present()).conclusion, expected);
    let at = proven(now() - days(10));
    assert_eq!(scene.judged(at).conclusion, expected);
    // What its key signs may be by whoever stole it, unless it existed before.
    let before = proven(now() - days(30));
    assert_eq!(scene.judged(before).conclusion, TRY_LATER);
    let (of, by) = (&scene.signer.certificate, &scene.pki.issuing);
    let response = ocsp_response(&Said::Good, of, &by.certificate, by, before.instant);
    assert!(scene.pool.add_response(&response, Source::File));
    assert_eq!(scene.judged(before).conclusion, TRY_LATER);
    let digest = crate::agreement::Sha256::of(&response);
    scene.pool.prove(digest, now() - days(25));
    assert_eq!(scene.judged(before).conclusion, Conclusion::PASSED);
}

#[test]
fn fifty_signers_cost_no_more_than_their_own_answers() {
    let mut scene = Scene::complete();
    for number in 10..60 {
        let wanted = Wanted::person(&format!("Prov {number}")).numbered(number);
        scene.signer = wanted.by(&scene.pki.issuing, Pair::p256());
        scene.response(&Said::Good, now());
        let answer = scene.judged(present());
        assert_eq!(answer.conclusion, Conclusion::PASSED);
        // Of the chain nothing is checked again.
        assert_eq!(scene.pool.checked(), usize::from(number) - 8);
    }
}

#[test]
fn an_answer_must_be_about_the_time() {
    let at = proven(now() - days(10));
    for (given, expected) in [
        (at.instant - days(3), TRY_LATER),
        (at.instant - days(1), Conclusion::PASSED),
        (at.instant + days(1), Conclusion::PASSED),
        (now(), Conclusion::PASSED),
    ] {
        let mut scene = Scene::new();
        scene.root_list(&[]);
        scene.response(&Said::Good, given);
        assert_eq!(scene.judged(at).conclusion, expected, "{given}");
    }
    let mut scene = Scene::new();
    scene.root_list(&[]);
    scene.response(&Said::Good, now() - days(9));
    assert_eq!(scene.judged(present()).conclusion, TRY_LATER);
}

#[test]
fn a_hold_is_no_answer_yet() {
    let reason = extension("2.5.29.21", false, &tlv(0x0A, &[6]));
    let held = |since| {
        let entry = sequence(&[
            integer(&[7]),
            time(since),
            sequence(std::slice::from_ref(&reason)),
        ]);
        let mut scene = Scene::new();
        scene.root_list(&[]);
        let list = crl_of(&scene.pki.issuing, &[entry], now() - days(1), &[]);
        assert!(scene.pool.add_list(&list, Source::File));
        scene
    };
    let mut scene = held(now() - days(20));
    let answer = scene.judged(present());
    assert_eq!(answer.conclusion, TRY_LATER);
    assert_eq!(answer.findings[0].code, "certificate_on_hold");
    // A newer answer says that it was lifted.
    scene.response(&Said::Good, now());
    assert_eq!(scene.judged(present()).conclusion, Conclusion::PASSED);
    let mut scene = held(now() - days(5));
    let before = proven(now() - days(10));
    assert_eq!(scene.judged(before).conclusion, Conclusion::PASSED);
}

#[test]
fn validity_is_asked_for_the_proven_time() {
    let pki = Pki::new();
    let wanted = Wanted {
        not_before: now() - days(50),
        not_after: now() - days(3),
        ..Wanted::person("Åsa Ärlig-Öberg")
    };
    let signer = wanted.by(&pki.issuing, Pair::p256());
    let mut scene = Scene::of(pki, signer);
    scene.root_list(&[]);
    scene.response(&Said::Good, now() - days(9));
    let expected = Conclusion::indeterminate(SubIndication::OutOfBoundsNoPoe);
    assert_eq!(scene.judged(present()).conclusion, expected);
    let at = proven(now() - days(10));
    assert_eq!(scene.judged(at).conclusion, Conclusion::PASSED);
    let early = Conclusion::failed(SubIndication::NotYetValid);
    let at = proven(now() - days(60));
    assert_eq!(scene.judged(at).conclusion, early);
}

#[test]
fn a_list_without_those_that_expired_says_nothing_of_them() {
    let pki = Pki::new();
    let wanted = Wanted {
        not_after: now() - days(3),
        ..Wanted::person("Åsa Ärlig-Öberg")
    };
    let signer = wanted.by(&pki.issuing, Pair::p256());
    let mut scene = Scene::of(pki, signer);
    scene.root_list(&[]);
    let list = crl(&scene.pki.issuing, &[], now(), &[]);
    assert!(scene.pool.add_list(&list, Source::File));
    let at = proven(now() - days(10));
    assert_eq!(scene.judged(at).conclusion, TRY_LATER);
    let list = crl(&scene.pki.issuing, &[(7, now() - days(20))], now(), &[]);
    assert!(scene.pool.add_list(&list, Source::File));
    let revoked = Conclusion::failed(SubIndication::Revoked);
    assert_eq!(scene.judged(at).conclusion, revoked);
}

#[test]
fn a_responder_is_asked_for_in_turn() {
    let no_check = extension("1.3.6.1.5.5.7.48.1.5", false, &null());
    for (extra, expected) in [(None, TRY_LATER), (Some(no_check), Conclusion::PASSED)] {
        let mut scene = Scene::new();
        scene.root_list(&[]);
        let mut wanted = Wanted::purpose("Prov Svarare", OCSP_SIGNING).numbered(9);
        wanted.extensions.extend(extra);
        let responder = wanted.by(&scene.pki.issuing, Pair::p256());
        let (of, by) = (&scene.signer.certificate, &scene.pki.issuing.certificate);
        let response = ocsp_response(&Said::Good, of, by, &responder, now());
        assert!(scene.pool.add_response(&response, Source::File));
        assert_eq!(scene.judged(present()).conclusion, expected);
        // The responder itself is on no list of the issuer.
        let list = crl(&scene.pki.issuing, &[(1, now())], now(), &[]);
        assert!(scene.pool.add_list(&list, Source::File));
        assert_eq!(scene.judged(present()).conclusion, Conclusion::PASSED);
    }
}

#[test]
fn a_certificate_is_used_for_what_it_is_for() {
    let pki = Pki::new();
    let unfit = Conclusion::indeterminate(SubIndication::ChainConstraintsFailure);
    let signers = [
        (Wanted::authority("Prov Underutfärdare"), Usage::Signer),
        (
            Wanted::purpose("Prov Server", "1.3.6.1.5.5.7.3.1"),
            Usage::Signer,
        ),
        (Wanted::person("Åsa Ärlig-Öberg"), Usage::TimeStamp),
        (
            Wanted {
                extensions: vec![key_usage(0x20)],
                ..Wanted::person("Åsa Ärlig-Öberg")
            },
            Usage::Signer,
        ),
        (
            Wanted::person("Åsa Ärlig-Öberg").with(extension("1.2.3.4", true, &null())),
            Usage::Signer,
        ),
    ];
    let signers: Vec<_> = signers
        .into_iter()
        .map(|(wanted, usage)| (wanted.by(&pki.issuing, Pair::p256()), usage))
        .collect();
    let mut scene = Scene::complete();
    let issuing = scene.pki.issuing.certificate.clone();
    assert_ne!(issuing, pki.issuing.certificate);
    scene.pki = pki;
    for (signer, usage) in signers {
        let pool = Pool::new(&scene.pki.anchors());
        scene.pool = pool;
        scene.pool.add(&scene.pki.issuing.certificate, Source::File);
        scene.signer = signer;
        scene.root_list(&[]);
        scene.response(&Said::Good, now());
        let answer = scene.judged_for(None, present(), usage);
        assert_eq!(answer.conclusion, unfit, "{:?}", scene.signer.certificate);
        assert_eq!(answer.grade, None);
    }
}

#[test]
fn a_name_alone_is_no_chain() {
    let mut scene = Scene::complete();
    let other = Pki::new();
    let stranger = other.signer(Pair::p256());
    scene.signer = stranger;
    scene.pool.add(&other.issuing.certificate, Source::File);
    scene.pool.add(&other.root.certificate, Source::File);
    let expected = Conclusion::indeterminate(SubIndication::NoCertificateChainFound);
    assert_eq!(scene.judged(present()).conclusion, expected);
}

#[test]
fn a_weak_algorithm_needs_proof_of_its_age() {
    let used = Some(Used {
        key: KeyUsed::Ec { bits: 256 },
        hash: Some(rfc5912::ID_SHA_1),
    });
    let mut scene = Scene::complete();
    let weak = Conclusion::indeterminate(SubIndication::CryptoConstraintsFailure);
    let at = proven(now() - days(10));
    let answer = scene.judged_for(used, at, Usage::Signer);
    assert_eq!(answer.conclusion, weak);

    let until = (now() - days(5)).date_naive();
    scene.policy.curves = vec![(256, until)];
    let no_proof = Conclusion::indeterminate(SubIndication::CryptoConstraintsFailureNoPoe);
    assert_eq!(scene.judged(at).conclusion, no_proof);
    // The answers, which are of later, were made with it too.
    let mut scene = Scene::new();
    scene.policy.curves = vec![(256, until)];
    let list = crl(&scene.pki.root, &[], at.instant, &[]);
    assert!(scene.pool.add_list(&list, Source::File));
    let (of, by) = (&scene.signer.certificate, &scene.pki.issuing);
    let response = ocsp_response(&Said::Good, of, &by.certificate, by, at.instant);
    assert!(scene.pool.add_response(&response, Source::File));
    for der in [
        &list,
        &response,
        &scene.pki.issuing.certificate.der().to_vec(),
    ] {
        assert_ne!(scene.judged(at).conclusion, Conclusion::PASSED);
        let digest = crate::agreement::Sha256::of(der);
        scene.pool.prove(digest, at.instant);
    }
    assert_eq!(scene.judged(at).conclusion, Conclusion::PASSED);
}

#[test]
fn a_mesh_of_authorities_ends_the_search() {
    let pairs: Vec<_> = (0..12).map(|_| Pair::p256()).collect();
    let holders: Vec<_> = pairs
        .into_iter()
        .zip(0_u8..)
        .map(|(pair, number)| Wanted::authority(&format!("Nät {number}")).self_issued(pair))
        .collect();
    let mut scene = Scene::complete();
    let mut crossed = Vec::new();
    for issuer in &holders {
        for holder in &holders {
            // The same name and key, by another authority.
            let by = Wanted::authority(&holder.certificate.subject_name()).numbered(77);
            crossed.push(by.for_key(&holder.pair, issuer));
        }
    }
    for certificate in &crossed {
        scene.pool.add(certificate, Source::File);
    }
    let signer = Wanted::person("Åsa Ärlig-Öberg").by(&holders[0], Pair::p256());
    scene.signer = signer;
    let answer = scene.judged(present());
    let expected = Conclusion::indeterminate(SubIndication::NoCertificateChainFound);
    assert_eq!(answer.conclusion, expected);
    assert_eq!(answer.findings[0].code, "too_many_paths");
}

#[test]
fn a_grade_is_what_the_certificate_claims() {
    const COMPLIANCE: &str = "0.4.0.1862.1.1";
    const DEVICE: &str = "0.4.0.1862.1.4";
    const LEGISLATION: &str = "0.4.0.1862.1.7";
    let statement = |kind: &str| sequence(&[oid(kind)]);
    let of_type = |kind: &str| sequence(&[oid("0.4.0.1862.1.6"), sequence(&[oid(kind)])]);
    for (statements, expected) in [
        (vec![statement(COMPLIANCE)], Grade::AdesQc),
        (vec![statement(DEVICE)], Grade::Ades),
        (vec![statement(COMPLIANCE), statement(DEVICE)], Grade::Qes),
        (
            vec![
                statement(COMPLIANCE),
                statement(DEVICE),
                of_type("0.4.0.1862.1.6.1"),
            ],
            Grade::Qes,
        ),
        (
            vec![
                statement(COMPLIANCE),
                statement(DEVICE),
                of_type("0.4.0.1862.1.6.3"),
            ],
            Grade::Ades,
        ),
        (
            vec![statement(COMPLIANCE), statement(LEGISLATION)],
            Grade::Ades,
        ),
    ] {
        let extension = extension("1.3.6.1.5.5.7.1.3", false, &sequence(&statements));
        let pki = Pki::new();
        let wanted = Wanted::person("Åsa Ärlig-Öberg").with(extension);
        let signer = wanted.by(&pki.issuing, Pair::p256());
        let mut scene = Scene::of(pki, signer);
        scene.root_list(&[]);
        scene.response(&Said::Good, now());
        assert_eq!(scene.judged(present()).grade, Some(expected));
    }
}

#[test]
fn a_level_needs_all_below_it() {
    assert_eq!(level(false, true, true), Level::B);
    assert_eq!(level(true, false, true), Level::T);
    assert_eq!(level(true, true, false), Level::Lt);
    assert_eq!(level(true, true, true), Level::Lta);
}

#[test]
fn damaged_answers_are_not_taken() {
    let mut scene = Scene::complete();
    let list = crl(&scene.pki.issuing, &[], now(), &[]);
    for length in 0..list.len() {
        assert!(!scene.pool.add_list(&list[..length], Source::File));
    }
    let certificate: Certificate = scene.signer.certificate.clone();
    for length in 0..certificate.der().len() {
        let part = &certificate.der()[..length];
        assert!(!scene.pool.add_certificate(part, Source::File));
    }
}

#[test]
fn no_flipped_bit_of_a_list_or_a_certificate_passes() {
    let mut scene = Scene::complete();
    let (root, issuing) = (&scene.pki.root, &scene.pki.issuing);
    let of_root = crl(root, &[], now(), &[]);
    let of_issuing = crl(issuing, &[], now(), &[]);
    let issuing = issuing.certificate.der().to_vec();
    let signer = scene.signer.certificate.der().to_vec();
    let mut passes = |list: &[u8], authority: &[u8], signer: &[u8]| {
        let mut pool = Pool::new(&scene.pki.anchors());
        pool.add_list(&of_root, Source::File);
        pool.add_list(list, Source::File);
        pool.add_certificate(authority, Source::File);
        let Ok(signer) = Certificate::from_der(signer) else {
            return false;
        };
        let trust = Trust::new(&scene.policy, now());
        let usage = Usage::Signer;
        let answer = judge_signer(&mut pool, &trust, &signer, None, present(), usage);
        scene.pool = pool;
        answer.conclusion == Conclusion::PASSED
    };
    assert!(passes(&of_issuing, &issuing, &signer));
    for mask in [1, 0x20, 0x80] {
        for place in 0..of_issuing.len() {
            let mut flipped = of_issuing.clone();
            flipped[place] ^= mask;
            assert!(!passes(&flipped, &issuing, &signer), "list {place}");
        }
        for place in 0..issuing.len() {
            let mut flipped = issuing.clone();
            flipped[place] ^= mask;
            assert!(!passes(&of_issuing, &flipped, &signer), "authority {place}");
        }
        for place in 0..signer.len() {
            let mut flipped = signer.clone();
            flipped[place] ^= mask;
            assert!(!passes(&of_issuing, &issuing, &flipped), "signer {place}");
        }
    }
}
