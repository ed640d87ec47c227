//! Signatures that are right, by people who are not believed.

use super::cms::{SHA1, WantedCms, stamped};
use super::raw::{Hand, Raw};
use super::saving::evil;
use super::stage::{Stage, widget};
use super::{Attack, Case};
use crate::agreement::{Level, Sha256};
use crate::pdf::{self, Evidence};
use crate::signature::tests::pki::{
    Holder, OCSP_SIGNING, Pair, Said, Wanted, crl, days, extension, key_usage, now, ocsp_response,
    oid, sequence,
};
use crate::signature::tests::weak::Weak;

pub(super) const CASES: &[Case] = &[
    ("weak_rsa_1024", |s| weak(s, Weak::Rsa1024)),
    ("weak_curve_p192", |s| weak(s, Weak::P192)),
    ("weak_sha1", |s| {
        use sha1::Digest as _;
        let holder = Wanted::person("Prov")
            .numbered(41)
            .by(&s.pki.issuing, Pair::Weak(Weak::Sha1));
        let hand = Hand::new(move |covered| {
            let mut wanted = WantedCms::new(covered, &[&holder, &s.pki.issuing]);
            wanted.hash = SHA1;
            wanted.digest = sha1::Sha1::digest(covered).to_vec();
            wanted.by(&holder, |_| Vec::new())
        });
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("purpose_server", |s| {
        by(s, Wanted::purpose("Prov", "1.3.6.1.5.5.7.3.1"))
    }),
    ("purpose_code", |s| {
        by(s, Wanted::purpose("Prov", "1.3.6.1.5.5.7.3.3"))
    }),
    ("purpose_time_stamps", |s| {
        by(s, Wanted::purpose("Prov", "1.3.6.1.5.5.7.3.8"))
    }),
    ("purpose_ocsp", |s| {
        by(s, Wanted::purpose("Prov", OCSP_SIGNING))
    }),
    ("purpose_authority", |s| by(s, Wanted::authority("Prov"))),
    ("purpose_encryption", |s| {
        let mut wanted = Wanted::person("Prov");
        wanted.extensions = vec![key_usage(0x20)];
        by(s, wanted)
    }),
    ("purpose_unknown_critical_extension", |s| {
        by(
            s,
            Wanted::person("Prov").with(extension("1.2.3.4", true, &[5, 0])),
        )
    }),
    ("issuer_is_a_person", |s| {
        let holder = Wanted::person("Åsa Ärlig-Öberg").by(&s.signers[1], Pair::p256());
        carrying(s, holder, &[&s.signers[1], &s.pki.issuing])
    }),
    ("stranger_self_issued", |s| {
        let holder = Wanted::person("Åsa Ärlig-Öberg").self_issued(Pair::p256());
        carrying(s, holder, &[])
    }),
    ("stranger_of_a_same_named_authority", |s| {
        let root = Wanted::authority("Prov Rot").self_issued(Pair::p256());
        let issuing = Wanted::authority("Prov Utfärdare")
            .numbered(2)
            .by(&root, Pair::p256());
        let holder = Wanted::person("Åsa Ärlig-Öberg").by(&issuing, Pair::p256());
        carrying(s, holder, &[&issuing, &root])
    }),
    ("certificate_expired", |s| {
        by(
            s,
            Wanted {
                not_after: now() - days(1),
                ..Wanted::person("Prov")
            },
        )
    }),
    ("certificate_not_valid_yet", |s| {
        by(
            s,
            Wanted {
                not_before: now() + days(30),
                ..Wanted::person("Prov")
            },
        )
    }),
    ("claimed_time_forged", |s| {
        // Expired, but the signer claims a time at which it was not.
        let wanted = Wanted {
            not_after: now() - days(50),
            ..Wanted::person("Prov")
        };
        let holder = wanted.numbered(42).by(&s.pki.issuing, Pair::p256());
        let mut hand = s.hand(&holder);
        hand.entries = "/M(D:20260901120000Z)".into();
        Raw::on(&s.base).sign(widget(0), &hand).into()
    }),
    ("claimed_time_in_the_future", |s| {
        let mut hand = s.hand(&s.signers[0]);
        hand.entries = "/M(D:20991122140500Z)".into();
        kept(s, &Raw::on(&s.base).sign(widget(0), &hand), &[])
    }),
    ("token_before_the_certificate", |s| {
        token_at(s, "20200101000000Z")
    }),
    ("token_after_the_certificate", |s| {
        token_at(s, "20990101000000Z")
    }),
    ("token_by_a_stranger", |s| {
        let wanted = Wanted::purpose("Annan Tid", "1.3.6.1.5.5.7.3.8");
        token_by(s, wanted.self_issued(Pair::p256()))
    }),
    ("token_by_a_person", |s| {
        token_by(
            s,
            Wanted::person("Prov")
                .numbered(43)
                .by(&s.pki.issuing, Pair::p256()),
        )
    }),
    ("revoked_before_by_responder", |s| {
        let said = Said::Revoked(now() - days(3));
        answered(s, &said, now() + chrono::Duration::hours(1))
    }),
    ("revoked_before_by_list", |s| listed(s, now() - days(3))),
    ("revocation_unknown", |s| {
        answered(s, &Said::Unknown, now() + chrono::Duration::hours(1))
    }),
    ("answer_older_than_the_token", |s| {
        answered(s, &Said::Good, now() - days(9))
    }),
    ("answer_by_a_stranger", |s| {
        let fake = Wanted::authority("Prov Utfärdare")
            .numbered(2)
            .self_issued(Pair::p256());
        let at = now() + chrono::Duration::hours(1);
        let signer = &s.signers[0].certificate;
        let answer = ocsp_response(&Said::Good, signer, &s.pki.issuing.certificate, &fake, at);
        kept_with(s, &s.stamped, &[], vec![answer])
    }),
    ("list_by_a_stranger", |s| {
        let fake = Wanted::authority("Prov Utfärdare")
            .numbered(2)
            .self_issued(Pair::p256());
        let at = now() + chrono::Duration::hours(1);
        let lists = vec![s.lists()[0].clone(), crl(&fake, &[], at, &[])];
        kept(s, &s.stamped, &lists)
    }),
    ("list_of_another_authority", |s| {
        kept(s, &s.stamped, &s.lists()[..1])
    }),
    ("evidence_missing", |s| Attack {
        has_lists: false,
        ..s.stamped.clone().into()
    }),
    ("same_named_stranger", |s| {
        // Another person of the same name, whom the same authority knows.
        let holder = Wanted::person("Åsa Ärlig-Öberg").numbered(44);
        let holder = holder.by(&s.pki.issuing, Pair::p256());
        let file = s.sign_as(&s.base, super::stage::SEATS[0], &holder, Level::T, false);
        kept(s, &file, &s.lists())
    }),
    ("trusted_signer_of_changed_text", |s| {
        let mut raw = Raw::on(&s.archived);
        evil(&mut raw);
        raw.finish().into()
    }),
];

/// Signs with a certificate by the trusted authority, and adds evidence.
fn by(stage: &Stage, wanted: Wanted) -> Attack {
    let holder = wanted.numbered(45).by(&stage.pki.issuing, Pair::p256());
    carrying(stage, holder, &[&stage.pki.issuing])
}

fn carrying(stage: &Stage, holder: Holder, carried: &[&Holder]) -> Attack {
    let hand = Hand::new(|covered| {
        let all: Vec<_> = [&holder]
            .into_iter()
            .chain(carried.iter().copied())
            .collect();
        let wanted = WantedCms::new(covered, &all);
        wanted.by(&holder, |value| {
            let wanted = stage.token(Sha256::of(value).as_bytes(), super::stage::SIGNED);
            stamped(&wanted.by(&stage.pki.authority))
        })
    });
    let file = Raw::on(&stage.base).sign(widget(0), &hand);
    kept(stage, &file, &stage.lists())
}

fn weak(stage: &Stage, weak: Weak) -> Attack {
    let wanted = Wanted::person("Prov").numbered(46);
    let holder = wanted.by(&stage.pki.issuing, Pair::Weak(weak));
    carrying(stage, holder, &[&stage.pki.issuing])
}

fn token_at(stage: &Stage, at: &'static str) -> Attack {
    let hand = stage.hand_stamped(&stage.signers[0], move |wanted| wanted.gen_time = at.into());
    let file = Raw::on(&stage.base).sign(widget(0), &hand);
    kept(stage, &file, &stage.lists())
}

fn token_by(stage: &Stage, authority: Holder) -> Attack {
    let signer = &stage.signers[0];
    let hand = Hand::new(|covered| {
        let wanted = WantedCms::new(covered, &[signer, &stage.pki.issuing]);
        wanted.by(signer, |value| {
            let mut wanted = stage.token(Sha256::of(value).as_bytes(), super::stage::SIGNED);
            wanted.certificates.push(authority.certificate.clone());
            stamped(&wanted.by(&authority))
        })
    });
    let file = Raw::on(&stage.base).sign(widget(0), &hand);
    kept(stage, &file, &stage.lists())
}

/// Adds a responder's answer on the first signer, and lists on nobody else.
fn answered(stage: &Stage, said: &Said, at: chrono::DateTime<chrono::Utc>) -> Attack {
    let pki = &stage.pki;
    let signer = &stage.signers[0].certificate;
    let answer = ocsp_response(said, signer, &pki.issuing.certificate, &pki.issuing, at);
    kept_with(stage, &stage.stamped, &stage.lists()[..1], vec![answer])
}

/// Adds a list that names the first signer.
fn listed(stage: &Stage, at: chrono::DateTime<chrono::Utc>) -> Attack {
    let issued = now() + chrono::Duration::hours(1);
    let list = crl(&stage.pki.issuing, &[(10, at)], issued, &[]);
    kept(stage, &stage.stamped, &[stage.lists()[0].clone(), list])
}

fn kept(stage: &Stage, file: &[u8], lists: &[Vec<u8>]) -> Attack {
    kept_with(stage, file, lists, Vec::new())
}

fn kept_with(stage: &Stage, file: &[u8], crls: &[Vec<u8>], answers: Vec<Vec<u8>>) -> Attack {
    let evidence = Evidence {
        crls: crls.to_vec(),
        ocsp_responses: answers,
        ..stage.evidence()
    };
    let update = pdf::evidence_update(file, &evidence).unwrap().unwrap();
    Attack {
        has_lists: false,
        ..[file, &update].concat().into()
    }
}

#[test]
fn a_textbook_makes_what_the_library_verifies() {
    assert!(!sequence(&[oid(SHA1)]).is_empty());
    let issuer = Wanted::authority("Prov").self_issued(Pair::p256());
    for weak in [Weak::P192, Weak::Rsa1024, Weak::Sha1] {
        let holder = Wanted::person("Prov").by(&issuer, Pair::Weak(weak));
        let pem = holder.certificate.to_pem();
        assert!(pem.starts_with("-----BEGIN CERTIFICATE"));
    }
}
