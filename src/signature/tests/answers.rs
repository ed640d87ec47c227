//! Which OCSP responses and revocation lists are believed.

use proptest::prelude::*;
use x509_cert::ext::pkix::CrlReason;

use super::evidence::{ISSUING_LIST, delegated, with_signer};
use super::pki::{
    Holder, OCSP_SIGNING, Pair, Pki, Said, Wanted, crl, crl_of, days, extension, generalized,
    integer, key_usage, now, ocsp_answer, ocsp_response, ocsp_response_of, oid, sequence, signed,
    time, tlv,
};
use crate::signature::{EvidenceError, crl as list, ocsp};

const UNREAD: &str = "the answer has the critical extension 1.2.3.4, which is not read";

#[test]
fn a_response_is_taken_from_who_may_answer() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let nobody = Wanted::person("Prov Annan").by(&pki.issuing, Pair::p256());
    let delegated = delegated("Prov Svarare").by(&pki.issuing, Pair::p256());
    let from_elsewhere = delegated_by(&pki.root);
    let late = Wanted {
        not_after: now() - days(1),
        ..self::delegated("Prov Sen")
    };
    let late = late.by(&pki.issuing, Pair::p256());
    let read = |said: &Said, responder: &Holder| {
        let response = ocsp_response(said, certificate, issuing, responder, now());
        ocsp::read(&response, certificate, issuing, now())
    };

    let status = read(&Said::Good, &pki.issuing).unwrap();
    assert!(status.revocation.is_none() && status.responder.is_none());
    assert_eq!(
        (status.this_update, status.next_update),
        (now(), Some(now() + days(1)))
    );
    let status = read(&Said::Good, &delegated).unwrap();
    assert_eq!(status.responder.as_ref(), Some(&delegated.certificate));
    let status = read(&Said::Revoked(now() - days(2)), &delegated).unwrap();
    let revocation = status.revocation.unwrap();
    assert_eq!(
        (revocation.at, revocation.reason),
        (now() - days(2), Some(CrlReason::KeyCompromise))
    );
    assert!(matches!(
        read(&Said::Unknown, &delegated),
        Err(EvidenceError::Unknown)
    ));
    for responder in [&nobody, &from_elsewhere, &late] {
        assert!(matches!(
            read(&Said::Good, responder),
            Err(EvidenceError::Signature)
        ));
    }
    // By the responder's name, with another's key.
    let forger = Holder {
        pair: Pair::p256(),
        certificate: delegated.certificate.clone(),
    };
    assert!(matches!(
        read(&Said::Good, &forger),
        Err(EvidenceError::Signature)
    ));

    let other = ocsp_response(&Said::Good, &nobody.certificate, issuing, &delegated, now());
    let mut renumbered = Wanted::person("Prov Annan").numbered(99);
    renumbered.extensions.clear();
    let renumbered = renumbered.by(&pki.issuing, Pair::p256()).certificate;
    let read = ocsp::read(&other, &renumbered, issuing, now());
    assert!(matches!(read, Err(EvidenceError::OtherCertificate)));
    for (status, name) in [
        (1, "malformedRequest"),
        (3, "tryLater"),
        (6, "unauthorized"),
    ] {
        let refusal = sequence(&[tlv(0x0A, &[status])]);
        let refused = ocsp::read(&refusal, certificate, issuing, now())
            .map(|_| ())
            .unwrap_err();
        assert_eq!(refused.to_string(), format!("the responder answers {name}"));
    }
}

#[test]
fn a_list_is_taken_from_the_issuer_and_only_if_it_is_whole() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let read = |bytes: &[u8]| list::read(bytes, certificate, issuing);
    let point = |parts: &[Vec<u8>]| extension("2.5.29.28", true, &sequence(parts));
    let named = |url: &str| tlv(0xA0, &tlv(0xA0, &tlv(0x86, url.as_bytes())));

    let status = read(&crl(&pki.issuing, &[(99, now())], now(), &[])).unwrap();
    assert!(status.revocation.is_none());
    assert_eq!(
        (status.this_update, status.next_update),
        (now(), Some(now() + days(7)))
    );
    let status = read(&crl(&pki.issuing, &[(7, now() - days(3))], now(), &[])).unwrap();
    assert_eq!(status.revocation.unwrap().at, now() - days(3));
    let whole = [
        vec![extension("2.5.29.20", false, &integer(&[5]))],
        vec![extension("1.2.3.4", false, b"")],
        vec![point(&[named(ISSUING_LIST)])],
        vec![point(&[tlv(0x81, &[0xFF])])],
    ];
    for extensions in whole {
        assert!(read(&crl(&pki.issuing, &[], now(), &extensions)).is_ok());
    }
    let limited = [
        vec![point(&[named("http://prov.example/other.crl")])],
        vec![point(&[tlv(0x82, &[0xFF])])],
        vec![point(&[tlv(0x83, &[5, 0x60])])],
        vec![point(&[tlv(0x84, &[0xFF])])],
        vec![extension("2.5.29.27", true, &integer(&[4]))],
    ];
    for extensions in limited {
        let refused = read(&crl(&pki.issuing, &[], now(), &extensions));
        assert!(matches!(refused, Err(EvidenceError::Scope)));
    }
    let unread = [extension("1.2.3.4", true, b"")];
    let refused = read(&crl(&pki.issuing, &[], now(), &unread)).unwrap_err();
    assert_eq!(refused.to_string(), UNREAD);
    assert!(matches!(
        read(&crl(&pki.root, &[], now(), &[])),
        Err(EvidenceError::OtherCertificate)
    ));
    let forger = Holder {
        pair: Pair::p256(),
        certificate: issuing.clone(),
    };
    assert!(matches!(
        read(&crl(&forger, &[], now(), &[])),
        Err(EvidenceError::Signature)
    ));
    // After the certificate expired, the issuer may have dropped it.
    let late = crl(&pki.issuing, &[], certificate.not_after() + days(1), &[]);
    assert!(matches!(read(&late), Err(EvidenceError::Scope)));
    let keeps = [extension(
        "2.5.29.60",
        false,
        &tlv(0x18, b"20200101000000Z"),
    )];
    let late = crl(&pki.issuing, &[], certificate.not_after() + days(1), &keeps);
    assert!(read(&late).is_ok());
}

#[test]
fn a_responder_is_believed_no_longer_than_its_certificate_is_valid() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let expired = Wanted {
        not_after: now() - days(1),
        ..delegated("Prov Utgången")
    };
    let expired = expired.by(&pki.issuing, Pair::p256());
    // The time in a response is what its key says, whoever has that key now.
    let response = ocsp_response(&Said::Good, certificate, issuing, &expired, now() - days(2));
    let read = |exists_at| ocsp::read(&response, certificate, issuing, exists_at);
    assert!(matches!(read(now()), Err(EvidenceError::Signature)));
    assert!(read(now() - days(1)).is_ok());
    assert!(matches!(
        read(now() - days(101)),
        Err(EvidenceError::Signature)
    ));
}

#[test]
fn a_responder_s_certificate_must_be_for_answers() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let read = |extensions: Vec<Vec<u8>>| {
        let responder = Wanted {
            extensions,
            ..delegated("Prov Svarare")
        };
        let responder = responder.by(&pki.issuing, Pair::p256());
        let response = ocsp_response(&Said::Good, certificate, issuing, &responder, now());
        ocsp::read(&response, certificate, issuing, now()).map(|_| ())
    };
    let purpose = || extension("2.5.29.37", false, &sequence(&[oid(OCSP_SIGNING)]));
    assert!(read(vec![purpose()]).is_ok());
    assert!(read(vec![purpose(), key_usage(0x80)]).is_ok());
    assert!(read(vec![purpose(), extension("1.2.3.4", false, b"")]).is_ok());
    let refused = [
        vec![],
        vec![key_usage(0x80)],
        vec![purpose(), key_usage(0x20)],
        vec![purpose(), extension("1.2.3.4", true, b"")],
    ];
    for extensions in refused {
        assert!(matches!(read(extensions), Err(EvidenceError::Signature)));
    }
}

#[test]
fn of_several_answers_one_that_says_revoked_wins_and_then_the_newest() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let other = Wanted::person("Prov Annan").numbered(99);
    let other = other.by(&pki.issuing, Pair::p256()).certificate;
    let answer = |said: &Said, age| ocsp_answer(said, certificate, issuing, now() - days(age), &[]);
    let of_other = ocsp_answer(&Said::Revoked(now()), &other, issuing, now(), &[]);
    let read = |answers: [Vec<u8>; 3]| {
        let response = ocsp_response_of(&answers, &pki.issuing, now(), &[]);
        ocsp::read(&response, certificate, issuing, now())
    };
    let revoked = Said::Revoked(now() - days(9));
    let (good, older) = (answer(&Said::Good, 0), answer(&Said::Good, 3));
    let status = read([good.clone(), of_other.clone(), answer(&revoked, 5)]).unwrap();
    assert_eq!(status.revocation.unwrap().at, now() - days(9));
    for answers in [
        [older.clone(), of_other.clone(), good.clone()],
        [good.clone(), of_other.clone(), older.clone()],
        [good.clone(), of_other.clone(), answer(&Said::Unknown, 1)],
    ] {
        let status = read(answers).unwrap();
        assert!(status.revocation.is_none());
        assert_eq!(status.this_update, now());
    }
    let unknown = read([older, of_other, answer(&Said::Unknown, 1)]);
    assert!(matches!(unknown, Err(EvidenceError::Unknown)));
}

#[test]
fn a_response_with_critical_extensions_that_are_not_read_is_refused() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let read = |of_answer: &[Vec<u8>], of_response: &[Vec<u8>]| {
        let answer = ocsp_answer(&Said::Good, certificate, issuing, now(), of_answer);
        let response = ocsp_response_of(&[answer], &pki.issuing, now(), of_response);
        let status = ocsp::read(&response, certificate, issuing, now());
        status.map(|_| ()).map_err(|refused| refused.to_string())
    };
    let unread = |critical| [extension("1.2.3.4", critical, b"")];
    let cutoff = [extension("1.3.6.1.5.5.7.48.1.6", true, &generalized(now()))];
    let nonce = [extension(
        "1.3.6.1.5.5.7.48.1.2",
        true,
        &tlv(0x04, b"nonce"),
    )];
    assert_eq!(read(&unread(false), &unread(false)), Ok(()));
    assert_eq!(read(&cutoff, &nonce), Ok(()));
    assert_eq!(read(&unread(true), &[]), Err(UNREAD.to_owned()));
    assert_eq!(read(&[], &unread(true)), Err(UNREAD.to_owned()));
}

#[test]
fn an_entry_that_is_not_read_spoils_the_list() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let read = |number: u8, extensions: &[Vec<u8>]| {
        let entry = [
            integer(&[number]),
            time(now() - days(3)),
            sequence(extensions),
        ];
        let list = crl_of(&pki.issuing, &[sequence(&entry)], now(), &[]);
        list::read(&list, certificate, issuing)
    };
    let reason = extension("2.5.29.21", true, &[0x0A, 1, 4]);
    let status = read(7, &[reason, extension("1.2.3.4", false, b"")]).unwrap();
    assert_eq!(
        status.revocation.unwrap().reason,
        Some(CrlReason::Superseded)
    );
    // In the entry of another certificate too: what follows may belong to another issuer.
    for number in [7, 99] {
        let refused = read(number, &[extension("1.2.3.4", true, b"")]).unwrap_err();
        assert_eq!(refused.to_string(), UNREAD);
        let indirect = read(
            number,
            &[extension("2.5.29.29", true, &sequence::<&[u8]>(&[]))],
        );
        assert!(matches!(indirect, Err(EvidenceError::Extension(_))));
    }
}

#[test]
fn a_list_names_the_algorithm_that_it_is_signed_with() {
    let (pki, signer) = with_signer();
    let (issuing, certificate) = (&pki.issuing.certificate, &signer.certificate);
    let content = |algorithm: Vec<u8>| {
        let updates = [time(now()), time(now() + days(7))].concat();
        let name = issuing.subject_der();
        sequence(&[integer(&[1]), algorithm, name, updates])
    };
    let pair = &pki.issuing.pair;
    let right = signed(pair, content(pair.algorithm()));
    assert!(list::read(&right, certificate, issuing).is_ok());
    let other = signed(pair, content(Pair::p384().algorithm()));
    let refused = list::read(&other, certificate, issuing);
    assert!(matches!(refused, Err(EvidenceError::Signature)));
}

proptest! {
    #[test]
    fn damaged_answers_never_panic(at in any::<prop::sample::Index>(), bits in 1_u8..) {
        ANSWERS.with(|(pki, signer, response, revoked)| {
            let (certificate, issuing) = (&signer.certificate, &pki.issuing.certificate);
            let damage = |bytes: &[u8]| {
                let mut bytes = bytes.to_vec();
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
                bytes
            };
            // A flipped bit may be in what is not signed, but never makes a bad one good.
            if let Ok(status) = ocsp::read(&damage(response), certificate, issuing, now()) {
                assert!(status.revocation.is_some());
            }
            if let Ok(status) = list::read(&damage(revoked), certificate, issuing) {
                assert!(status.revocation.is_some());
            }
        });
    }
}

thread_local! {
    static ANSWERS: (Pki, Holder, Vec<u8>, Vec<u8>) = {
        let (pki, signer) = with_signer();
        let (certificate, issuing) = (&signer.certificate, &pki.issuing.certificate);
        let said = Said::Revoked(now());
        let response = ocsp_response(&said, certificate, issuing, &pki.issuing, now());
        let list = crl(&pki.issuing, &[(7, now())], now(), &[]);
        (pki, signer, response, list)
    };
}

fn delegated_by(issuer: &Holder) -> Holder {
    Wanted::purpose("Prov Svarare", OCSP_SIGNING).by(issuer, Pair::p256())
}
