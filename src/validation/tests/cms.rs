//! The value of a signature, right and wrong. Our own signatures are made by our signer; others are
//! written byte by byte.

mod made;

use aws_lc_rs::rsa::KeySize;
use proptest::prelude::*;

use made::*;

use crate::signature::tests::pki::{Holder, Pair, Pki, WantedToken, null, oid, sequence, tlv};
use crate::signature::{Certificate, HashFunction, Scheme};
use crate::validation::cms::{Certificates, Form, read, read_plain};

#[test]
fn our_own_signatures_are_right_in_both_forms() {
    let pki = Pki::new();
    for pair in [Pair::p256(), Pair::p384(), Pair::rsa(KeySize::Rsa3072)] {
        let holder = pki.signer(pair);
        let own = Own::new(&pki, &holder);
        for form in [Form::Any, Form::Own] {
            let cms = own.read(&own.contents, form);
            assert_eq!(codes(&cms.faults), [""; 0]);
            assert_eq!(codes(&cms.notes), [""; 0]);
            assert_eq!(cms.signer.as_deref(), Some(&holder.certificate));
            assert_eq!(cms.certificates.len(), 2);
            assert_eq!(cms.claimed_at, None);
            let [token] = cms.tokens.as_slice() else {
                panic!("one token");
            };
            let token = over(token, &cms.value);
            assert_eq!(codes(&token.faults), [""; 0]);
            assert_eq!(token.signer.as_deref(), Some(&pki.authority.certificate));
            assert!(token.at.is_some());
        }
    }
}

#[test]
fn each_certificate_is_read_once() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    let mut certificates = Certificates::default();
    let one = own.read_with(&own.contents, Form::Own, &mut certificates);
    let other = own.read_with(&own.contents, Form::Own, &mut certificates);
    assert!(std::sync::Arc::ptr_eq(
        &one.certificates[0],
        &other.certificates[0]
    ));
}

#[test]
fn another_document_is_noticed() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    for form in [Form::Any, Form::Own] {
        let mut certificates = Certificates::default();
        let mut digests = |hash: HashFunction| hash.digest(&[b"another"]);
        let cms = read(&own.contents, CADES, &mut digests, form, &mut certificates);
        assert_eq!(codes(&cms.faults), ["digest_differs"]);
    }
}

/// Only what is not of this signature may change unnoticed here: the certificates of authorities,
/// which their own signatures protect, and the token, which has its own.
#[test]
fn every_changed_byte_of_our_own_signature_is_noticed() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    let cms = own.read(&own.contents, Form::Own);
    let issuing = place(&own.contents, pki.issuing.certificate.der());
    let token = place(&own.contents, &cms.tokens[0]);
    for at in 0..own.contents.len() {
        for change in [0x01, 0x20, 0x80] {
            let mut contents = own.contents.clone();
            contents[at] ^= change;
            let found = own.read(&contents, Form::Own);
            let is_noticed = !found.faults.is_empty()
                || (issuing.contains(&at) && found.certificates != cms.certificates)
                || (token.contains(&at) && found.tokens != cms.tokens);
            assert!(
                is_noticed,
                "byte {at} with {change:#x}: {}",
                hex::encode(&own.contents[at.saturating_sub(24)..at + 24])
            );
        }
    }
}

#[test]
fn every_truncation_is_noticed() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    let end = own.contents.iter().rposition(|byte| *byte != 0).unwrap();
    for length in 0..=end {
        for form in [Form::Any, Form::Own] {
            let found = own.read(&own.contents[..length], form);
            assert!(!found.faults.is_empty(), "{length}");
        }
    }
}

#[test]
fn junk_in_the_padding_is_noticed() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    let mut contents = own.contents.clone();
    *contents.last_mut().unwrap() = 1;
    for form in [Form::Any, Form::Own] {
        assert_eq!(
            codes(&own.read(&contents, form).faults),
            ["junk_in_padding"]
        );
    }
}

#[test]
fn ber_is_read_where_others_wrote_it() {
    let pki = Pki::new();
    let own = Own::new(&pki, &pki.signer(Pair::p256()));
    let end = own.contents.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    let (_, definite_end) = head(&own.contents);
    let contents = [
        indefinite(&own.contents[..definite_end.max(end)]),
        vec![0; 40],
    ]
    .concat();
    let cms = own.read(&contents, Form::Any);
    assert_eq!(codes(&cms.faults), [""; 0]);
    assert_eq!(codes(&cms.notes), ["ber_encoding"]);
    assert_eq!(
        codes(&own.read(&contents, Form::Own).faults),
        ["cms_malformed"]
    );
    // Without an end, and nested deeper than anything is.
    for garbage in [
        vec![0x30, 0x80],
        vec![0x30; 9],
        [0x30, 0x80].repeat(100_000),
    ] {
        assert!(!own.read(&garbage, Form::Any).faults.is_empty());
    }
}

#[test]
fn signatures_of_others_are_right() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::rsa(KeySize::Rsa2048));
    let made = Made::new(&holder);
    let cms = made.read();
    assert_eq!(codes(&cms.faults), [""; 0]);
    assert_eq!(codes(&cms.notes), ["signing_certificate_missing"]);
    assert_eq!(
        cms.algorithm.unwrap().scheme,
        Scheme::RsaPkcs1 { bits: 2048 }
    );
    assert_eq!(
        cms.claimed_at.unwrap().to_rfc3339(),
        "2026-11-22T14:05:01+00:00"
    );

    // Older kinds: without attributes, and with the digest as content.
    let plain = Made {
        attributes: None,
        ..made.clone()
    };
    assert_eq!(codes(&plain.read_as("adbe.pkcs7.detached").faults), [""; 0]);
    assert_eq!(codes(&plain.read().faults), ["attributes_missing"]);
    let digest = HashFunction::Sha1.digest(&[COVERED]);
    let carried = Made {
        content: Some(digest.clone()),
        ..Made::over(&holder, &digest)
    };
    assert_eq!(codes(&carried.read_as("adbe.pkcs7.sha1").faults), [""; 0]);
    let other = Made {
        content: Some(vec![1; 20]),
        ..Made::over(&holder, &[1; 20])
    };
    assert_eq!(
        codes(&other.read_as("adbe.pkcs7.sha1").faults),
        ["digest_differs"]
    );
    assert_eq!(
        codes(&carried.read_as("unknown").faults),
        ["sub_filter_unknown"]
    );

    let value = tlv(0x04, &holder.pair.sign(COVERED));
    let chain = [holder.certificate.der()];
    let mut certificates = Certificates::default();
    let mut digests = |hash: HashFunction| hash.digest(&[COVERED]);
    let cms = read_plain(&value, &chain, &mut digests, &mut certificates);
    assert_eq!(codes(&cms.faults), [""; 0]);
    let mut digests = |hash: HashFunction| hash.digest(&[b"another"]);
    let cms = read_plain(&value, &chain, &mut digests, &mut certificates);
    assert_eq!(codes(&cms.faults), ["value_wrong"]);
}

#[test]
fn what_is_wrong_in_signatures_of_others_is_named() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::rsa(KeySize::Rsa2048));
    let made = Made::new(&holder);
    let expect = |made: Made<'_>, expected: &str| {
        assert!(codes(&made.read().faults).contains(&expected), "{expected}");
    };
    expect(
        Made {
            signers: 2,
            ..made.clone()
        },
        "signers_not_one",
    );
    expect(
        Made {
            signers: 0,
            ..made.clone()
        },
        "signers_not_one",
    );
    expect(
        Made {
            content: Some(COVERED.to_vec()),
            ..made.clone()
        },
        "content_encapsulated",
    );
    expect(
        Made {
            content_type: TST_INFO,
            ..made.clone()
        },
        "content_type",
    );
    expect(
        Made {
            digest: SHA384,
            ..made.clone()
        },
        "digest_differs",
    );
    expect(
        Made {
            algorithm: sequence(&[oid("1.2.840.113549.1.1.12"), null()]),
            ..made.clone()
        },
        "hash_mismatch",
    );
    expect(
        Made {
            algorithm: sequence(&[oid("1.2.3.4")]),
            ..made.clone()
        },
        "algorithm_unknown",
    );
    expect(
        Made {
            algorithm: sequence(&[oid("1.2.840.10045.4.3.2")]),
            ..made.clone()
        },
        "algorithm_for_other_key",
    );
    expect(
        Made {
            certificates: vec![&pki.issuing],
            ..made.clone()
        },
        "signer_certificate_missing",
    );

    let with = |extra: Vec<u8>| {
        let mut attributes = made.attributes.clone().unwrap();
        attributes.push(extra);
        Made {
            attributes: Some(attributes),
            ..made.clone()
        }
    };
    let ess = |holder: &Holder| {
        let hash = HashFunction::Sha256.digest(&[holder.certificate.der()]);
        attribute(
            "1.2.840.113549.1.9.16.2.47",
            &sequence(&[sequence(&[sequence(&[tlv(0x04, &hash)])])]),
        )
    };
    assert_eq!(codes(&with(ess(&holder)).read().notes), [""; 0]);
    assert_eq!(codes(&with(ess(&holder)).read().faults), [""; 0]);
    expect(with(ess(&pki.issuing)), "signer_certificate_other");
    let twice = attribute("1.2.840.113549.1.9.3", &oid(DATA));
    expect(with(twice), "attribute_twice");
    let protection = |hash: &str| {
        let signature = holder.pair.algorithm();
        let signature = [&[0xA1], &signature[1..]].concat();
        attribute(
            "1.2.840.113549.1.9.52",
            &sequence(&[sequence(&[oid(hash)]), signature]),
        )
    };
    assert_eq!(codes(&with(protection(SHA256)).read().faults), [""; 0]);
    expect(with(protection(SHA384)), "algorithm_protection");
    let mut value_wrong = made.clone();
    value_wrong.is_value_wrong = true;
    expect(value_wrong, "value_wrong");
}

#[test]
fn attributes_out_of_order_are_read() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let mut made = Made::new(&holder);
    // Signed as they stand, though DER has another order.
    made.attributes.as_mut().unwrap().reverse();
    made.is_signed_sorted = false;
    assert_eq!(codes(&made.read().faults), [""; 0]);
    assert_eq!(codes(&made.read().notes), ["signing_certificate_missing"]);
    // Signed in the order of DER, and then written in another.
    made.is_signed_sorted = true;
    assert_eq!(codes(&made.read().faults), [""; 0]);
    assert!(codes(&made.read().notes).contains(&"attributes_unsorted"));
}

#[test]
fn tokens_are_over_one_thing() {
    let pki = Pki::new();
    let imprint = HashFunction::Sha256.digest(&[COVERED]);
    let wanted = || WantedToken::new(&imprint, &[1], &pki);
    let token = wanted().by(&pki.authority);
    let found = over(&token, COVERED);
    assert_eq!(codes(&found.faults), [""; 0]);
    assert_eq!(
        found.at.unwrap().to_rfc3339(),
        "2026-11-22T14:05:01.250+00:00"
    );
    assert_eq!(found.accuracy, Some(chrono::Duration::seconds(1)));
    assert_eq!(found.imprint_hash, Some(HashFunction::Sha256));
    // In the place of a document time-stamp.
    assert_eq!(
        codes(&over(&[token.as_slice(), &[0; 9]].concat(), COVERED).faults),
        [""; 0]
    );
    assert_eq!(
        codes(&over(&[token.as_slice(), &[7]].concat(), COVERED).faults),
        ["junk_in_padding"]
    );

    assert_eq!(codes(&over(&token, b"another").faults), ["imprint_differs"]);
    let old = WantedToken {
        is_old: true,
        ..wanted()
    };
    assert_eq!(
        codes(&over(&old.by(&pki.authority), COVERED).faults),
        [""; 0]
    );
    let other = WantedToken {
        certificate_digest: Some(vec![0; 32]),
        ..wanted()
    };
    assert_eq!(
        codes(&over(&other.by(&pki.authority), COVERED).faults),
        ["signer_certificate_other"]
    );
    let digest = WantedToken {
        message_digest: Some(vec![0; 32]),
        ..wanted()
    };
    assert_eq!(
        codes(&over(&digest.by(&pki.authority), COVERED).faults),
        ["digest_differs"]
    );
    let version = WantedToken {
        version: 2,
        ..wanted()
    };
    assert_eq!(
        codes(&over(&version.by(&pki.authority), COVERED).faults),
        ["cms_malformed"]
    );
    let without = WantedToken {
        certificates: Vec::new(),
        ..wanted()
    };
    assert_eq!(
        codes(&over(&without.by(&pki.authority), COVERED).faults),
        ["signer_certificate_missing"]
    );
    for length in 0..token.len() {
        assert!(
            !over(&token[..length], COVERED).faults.is_empty(),
            "{length}"
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_lead_to_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let found = Made::read_bytes(&bytes, "adbe.pkcs7.detached");
        prop_assert!(!found.faults.is_empty());
        prop_assert!(!over(&bytes, COVERED).faults.is_empty());
    }

    /// Without an attribute that names the certificate, its bytes are protected by its issuer only;
    /// the key and what is signed cannot change.
    #[test]
    fn no_change_leads_to_another_key(at in 0_usize..4000, change in 1_u8..=255, cut in any::<bool>()) {
        thread_local! {
            static MADE: (Vec<u8>, Vec<u8>) = {
                let pki = Pki::new();
                let holder = pki.signer(Pair::p256());
                (Made::new(&holder).bytes(), holder.certificate.der().to_vec())
            };
        }
        MADE.with(|(bytes, signer)| {
            let at = at % bytes.len();
            let mut bytes = bytes.clone();
            bytes[at] ^= change;
            if cut {
                bytes.truncate(at);
            }
            let found = Made::read_bytes(&bytes, CADES);
            if found.faults.is_empty() {
                let signer = Certificate::from_der(signer).unwrap();
                let key = &signer.parsed().subject_public_key_info;
                assert_eq!(&found.signer.unwrap().parsed().subject_public_key_info, key);
            }
        });
    }
}
