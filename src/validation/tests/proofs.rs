//! What nested time-stamps prove.

use der::oid::db::rfc5912;

use crate::agreement::Sha256;
use crate::signature::tests::pki::{Holder, Pair, TIME_STAMPS, Wanted, crl, days, now};
use crate::signature::{Anchors, Certificate};
use crate::validation::policy::{KeyUsed, Policy, Used};
use crate::validation::pool::{Pool, Source};
use crate::validation::proofs::{Stamp, StampAnswer, walk_back};
use crate::validation::trust::{Trust, Usage, judge_signer};
use crate::validation::{Conclusion, SubIndication};

/// A document of 900 days ago with three archive time-stamps, of which only the newest authority's
/// certificate is still valid.
struct Archive {
    pool: Pool,
    signer: Certificate,
    authorities: Vec<Certificate>,
    policy: Policy,
}

const STAMPED: [i64; 3] = [450, 750, 900];

impl Archive {
    fn new() -> Self {
        let root = Wanted {
            not_before: now() - days(2000),
            not_after: now() + days(2000),
            ..Wanted::authority("Prov Rot")
        };
        let root = root.self_issued(Pair::p256());
        let mut pool = Pool::new(&Anchors::new(vec![root.certificate.clone()]).unwrap());
        let validity = [(500, -100), (800, 400), (1000, 700)];
        let authorities: Vec<_> = validity
            .into_iter()
            .zip(10..)
            .map(|((first, last), number)| {
                let wanted = Wanted::purpose("Prov Tidsstämpling", TIME_STAMPS);
                within(wanted.numbered(number), first, last).by(&root, Pair::p256())
            })
            .map(|holder: Holder| holder.certificate)
            .collect();
        let signer = within(Wanted::person("Åsa Ärlig-Öberg"), 1000, 600);
        let signer = signer.by(&root, Pair::p256()).certificate;
        // As of each time-stamp, and of the present.
        for ago in [STAMPED[2] - 1, STAMPED[1], STAMPED[0], 1] {
            let list = crl(&root, &[], now() - days(ago), &[]);
            assert!(pool.add_list(&list, Source::File));
        }
        Self {
            pool,
            signer,
            authorities,
            policy: Policy::default(),
        }
    }

    fn stamps(&self) -> Vec<Stamp<'_>> {
        let mut stamps: Vec<_> = self
            .authorities
            .iter()
            .zip(STAMPED)
            .map(|(signer, ago)| Stamp {
                digest: token(ago),
                at: now() - days(ago),
                signer,
                used: Used {
                    key: KeyUsed::Ec { bits: 256 },
                    hash: Some(rfc5912::ID_SHA_256),
                },
                imprint: rfc5912::ID_SHA_256,
                proves: vec![value()],
            })
            .collect();
        stamps[0].proves.push(token(STAMPED[1]));
        stamps[1].proves.push(token(STAMPED[2]));
        stamps
    }
}

fn within(wanted: Wanted, first: i64, last: i64) -> Wanted {
    Wanted {
        not_before: now() - days(first),
        not_after: now() - days(last),
        ..wanted
    }
}

fn token(ago: i64) -> Sha256 {
    Sha256::of(&ago.to_be_bytes())
}

fn value() -> Sha256 {
    Sha256::of(b"value")
}

fn walked(archive: &Archive, pool: &mut Pool, stamps: &[Stamp<'_>]) -> Vec<StampAnswer> {
    walk_back(pool, &trust(&archive.policy), stamps)
}

fn trust(policy: &Policy) -> Trust<'_> {
    Trust::new(policy, now())
}

fn taken(archive: &mut Archive) -> Pool {
    std::mem::take(&mut archive.pool)
}

#[test]
fn each_stamp_is_judged_for_the_time_that_the_next_proves() {
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let answers = walked(&archive, &mut pool, &archive.stamps());
    assert!(answers.iter().all(StampAnswer::is_proof), "{answers:?}");
    let at = pool.proven(&value(), now());
    assert!(at.is_proven);
    assert_eq!(at.instant, now() - days(900));
    let trust = trust(&archive.policy);
    let signer = &archive.signer;
    let answer = judge_signer(&mut pool, &trust, signer, None, at, Usage::Signer);
    assert_eq!(answer.conclusion, Conclusion::PASSED, "{answer:?}");
}

#[test]
fn a_stamp_that_nothing_newer_covers_is_judged_for_the_present() {
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let mut stamps = archive.stamps();
    stamps[0].proves.pop();
    let answers = walked(&archive, &mut pool, &stamps);
    let is_proof: Vec<_> = answers.iter().map(StampAnswer::is_proof).collect();
    assert_eq!(is_proof, [true, false, false]);
    let expected = Conclusion::indeterminate(SubIndication::OutOfBoundsNoPoe);
    assert_eq!(answers[1].trust.conclusion, expected);
    assert_eq!(pool.proven(&value(), now()).instant, now() - days(450));
}

#[test]
fn a_stamp_cannot_be_younger_than_what_proves_it() {
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let mut stamps = archive.stamps();
    // The inner one states a time after the outer one's.
    stamps[1].at = now() - days(449);
    let answers = walked(&archive, &mut pool, &stamps);
    let expected = Conclusion::indeterminate(SubIndication::TimestampOrderFailure);
    assert_eq!(answers[1].trust.conclusion, expected);
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let mut stamps = archive.stamps();
    stamps[0].at = now() + days(1);
    let answers = walked(&archive, &mut pool, &stamps);
    assert_eq!(answers[0].trust.conclusion, expected);
    assert!(!pool.proven(&value(), now()).is_proven);
}

#[test]
fn a_token_from_before_its_authority_proves_nothing() {
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let mut stamps = archive.stamps();
    stamps[0].at = now() - days(501);
    let answers = walked(&archive, &mut pool, &stamps);
    assert!(!answers[0].is_proof());
}

#[test]
fn an_imprint_with_a_broken_hash_proves_nothing() {
    let mut archive = Archive::new();
    let mut pool = taken(&mut archive);
    let mut stamps = archive.stamps();
    stamps[0].imprint = rfc5912::ID_SHA_1;
    let answers = walked(&archive, &mut pool, &stamps);
    assert!(!answers[0].is_proof());
}
