//! What certificates say, and which may sign.

use aws_lc_rs::rsa::KeySize;
use proptest::prelude::*;

use super::pki::{
    self, ISSUERS, OCSP, Pair, Pki, TIME_STAMPS, Wanted, access, crl_point, days, extension,
    key_usage, now, oid, person, sequence, tlv,
};
use crate::agreement::Sha256;
use crate::signature::{
    Algorithm, Anchors, Certificate, Chain, Error, KeyKind, certificates_from_pem, check_signer,
};

#[test]
fn a_subject_is_told_without_its_serial_number() {
    let context = sequence(&[sequence(&[
        tlv(0x0C, b"http://id.elegnamnden.se/auth-cont/1.0/saci"),
        tlv(0x0C, b"<x>191212121212</x>"),
    ])]);
    let alternative = sequence(&[
        tlv(0x81, b"prov@example.org"),
        tlv(
            0xA0,
            &[oid("1.2.3"), tlv(0xA0, &tlv(0x0C, "Öre".as_bytes()))].concat(),
        ),
    ]);
    let wanted = Wanted {
        subject: person(&[
            ("2.5.4.6", "SE"),
            ("2.5.4.97", "NTRSE-000000-0000"),
            ("2.5.4.5", "PNOSE-191212121212"),
            ("2.5.4.3", "Ärlig, Åsa"),
            ("1.2.3.4", "egen"),
        ]),
        ..Wanted::person("")
    };
    let holder = wanted
        .with(extension("2.5.29.17", false, &alternative))
        .with(extension("1.2.752.201.5.1", false, &context))
        .self_issued(Pair::p256());
    let certificate = holder.certificate;
    assert_eq!(
        certificate.subject(),
        r"1.2.3.4=egen,CN=Ärlig\, Åsa,serialNumber=…,organizationIdentifier=NTRSE-000000-0000,C=SE"
    );
    assert_eq!(certificate.subject_name(), "Ärlig, Åsa");
    assert!(certificate.is_self_issued());
    assert_eq!(
        certificate.texts(),
        [
            "SE",
            "NTRSE-000000-0000",
            "PNOSE-191212121212",
            "Ärlig, Åsa",
            "egen",
            "prov@example.org",
            "Öre",
            "http://id.elegnamnden.se/auth-cont/1.0/saci",
            "<x>191212121212</x>",
        ]
    );
    assert!(!format!("{certificate:?}").contains("1912"));
    assert_eq!(certificate.digest(), Sha256::of(certificate.der()));
}

#[test]
fn a_subject_without_common_name_goes_by_its_other_names() {
    let names: [(&[(&str, &str)], &str); 3] = [
        (&[("2.5.4.42", "Åsa"), ("2.5.4.4", "Ärlig")], "Åsa Ärlig"),
        (
            &[("2.5.4.10", "Prov kommun"), ("2.5.4.3", " ")],
            "Prov kommun",
        ),
        (&[("2.5.4.6", "SE")], "C=SE"),
    ];
    for (subject, name) in names {
        let wanted = Wanted {
            subject: person(subject),
            ..Wanted::person("")
        };
        let certificate = wanted.self_issued(Pair::p256()).certificate;
        assert_eq!(certificate.subject_name(), name);
    }
}

#[test]
fn a_name_is_shown_without_numbers_of_persons_and_characters_that_deceive() {
    let subject = [
        ("2.5.4.10", "Prov\u{202E}nummok"),
        ("0.9.2342.19200300.100.1.1", "191212121212"),
        ("2.5.4.3", "Prov Provsson 19121212\u{200B}-1212"),
    ];
    let wanted = |extensions| Wanted {
        subject: person(&subject),
        extensions,
        ..Wanted::person("")
    };
    let certificate = wanted(vec![key_usage(0x20)])
        .self_issued(Pair::p256())
        .certificate;
    let shown = "CN=Prov Provsson,0.9.2342.19200300.100.1.1=…,O=Prov\u{FFFD}nummok";
    assert_eq!(certificate.subject(), shown);
    assert_eq!(certificate.issuer(), shown);
    assert_eq!(certificate.subject_name(), "Prov Provsson");
    let refused = check_signer(&certificate, now()).unwrap_err().to_string();
    assert!(
        refused.starts_with(&format!("the certificate of {shown} has")),
        "{refused}"
    );
    let untrusted = Anchors::default().path(&certificate, &[], now());
    assert!(untrusted.unwrap_err().to_string().contains(shown));
    // The search for numbers sees what is there.
    assert!(certificate.texts().contains(&"191212121212".to_owned()));

    let names = [
        ("191212121212", "CN=…"),
        ("Åsa\u{200B} Ärlig", "Åsa\u{FFFD} Ärlig"),
        ("Åsa  Ärlig\n", "Åsa  Ärlig\u{FFFD}"),
        ("Prov kommun 212000-1355", "Prov kommun 212000-1355"),
    ];
    for (name, shown) in names {
        let wanted = Wanted {
            subject: person(&[("2.5.4.3", name)]),
            ..Wanted::person("")
        };
        let certificate = wanted.self_issued(Pair::p256()).certificate;
        assert_eq!(certificate.subject_name(), shown);
    }
}

#[test]
fn a_limit_that_cannot_be_read_is_no_permission() {
    let holder = Wanted::person("Prov Provsson").self_issued(Pair::p256());
    let read = |extensions: &[Vec<u8>], algorithm: &Pair| {
        let name = holder.certificate.subject_der();
        let validity = [pki::time(now() - days(1)), pki::time(now() + days(1))];
        let content = sequence(&[
            tlv(0xA0, &pki::integer(&[2])),
            pki::integer(&[7]),
            algorithm.algorithm(),
            name.clone(),
            sequence(&validity),
            name,
            der::Encode::to_der(holder.certificate.public_key()).unwrap(),
            tlv(0xA3, &sequence(extensions)),
        ]);
        let certificate = Certificate::from_der(&pki::signed(&holder.pair, content));
        certificate.map(|_| ()).map_err(|error| error.to_string())
    };
    let pair = Pair::p256();
    let purposes = |value: &[u8]| extension("2.5.29.37", false, value);
    let constraints = |value: &[u8]| extension("2.5.29.19", true, value);
    let sound = [
        key_usage(0xC0),
        purposes(&sequence(&[oid("1.2.3.4")])),
        constraints(&sequence::<&[u8]>(&[])),
    ];
    assert_eq!(read(&sound, &pair), Ok(()));
    // FALSE is written by some, though it is the default.
    assert_eq!(
        read(&[constraints(&sequence(&[tlv(0x01, &[0])]))], &pair),
        Ok(())
    );

    let usage = |value: &[u8]| extension("2.5.29.15", true, value);
    let refused = [
        (usage(b"\x04\x01\xC0"), "key usage"),
        (usage(b""), "key usage"),
        (purposes(&oid("1.2.3.4")), "extended key usage"),
        (purposes(&sequence::<&[u8]>(&[])), "extended key usage"),
        (constraints(b"\x01\x01\xFF"), "basic constraints"),
        (
            constraints(&sequence(&[tlv(0x0C, b"no")])),
            "basic constraints",
        ),
    ];
    for (extension, what) in refused {
        let message = format!("the {what} of a certificate is not in order");
        assert_eq!(read(&[extension], &pair), Err(message));
    }
    let twice = [key_usage(0xC0), key_usage(0x20)];
    assert_eq!(
        read(&twice, &pair),
        Err("the list of extensions of a certificate is not in order".to_owned())
    );
    assert_eq!(
        read(&sound, &Pair::p384()),
        Err("the signature algorithm of a certificate is not in order".to_owned())
    );
}

#[test]
fn addresses_are_told() {
    let holder = Wanted::person("Prov Provsson")
        .with(access(&[
            (OCSP, "http://a.example/ocsp"),
            (ISSUERS, "http://a.example/ca.cer"),
            (OCSP, "http://b.example/ocsp"),
        ]))
        .with(crl_point("http://a.example/ca.crl"))
        .self_issued(Pair::p256());
    let certificate = holder.certificate;
    assert_eq!(
        certificate.ocsp_urls(),
        ["http://a.example/ocsp", "http://b.example/ocsp"]
    );
    assert_eq!(certificate.issuer_urls(), ["http://a.example/ca.cer"]);
    assert_eq!(certificate.crl_urls(), ["http://a.example/ca.crl"]);
}

#[test]
fn a_signer_s_certificate_is_checked() {
    let pair = || Pair::p256();
    let check = |wanted: Wanted| {
        let certificate = wanted.self_issued(pair()).certificate;
        check_signer(&certificate, now()).map_err(|error| error.to_string())
    };
    let person = || Wanted::person("Prov Provsson");
    assert_eq!(check(person()), Ok(()));
    let mut without_usage = person();
    without_usage.extensions.clear();
    assert_eq!(check(without_usage), Ok(()));
    let purposes = [
        "1.3.6.1.5.5.7.3.36",
        "1.3.6.1.5.5.7.3.4",
        "2.5.29.37.0",
        "1.2.3.4",
    ];
    for purpose in purposes {
        assert_eq!(check(Wanted::purpose("Prov Provsson", purpose)), Ok(()));
    }

    let refused = [
        (
            Wanted {
                not_after: now() - days(1),
                ..person()
            },
            "the certificate of CN=Prov Provsson,C=SE expired at 2026-11-21 14:05:00 UTC; the time \
             is 2026-11-22 14:05:00 UTC",
        ),
        (
            Wanted {
                not_before: now() + days(1),
                ..person()
            },
            "the certificate of CN=Prov Provsson,C=SE is valid from 2026-11-23 14:05:00 UTC; the \
             time is 2026-11-22 14:05:00 UTC",
        ),
        (
            Wanted {
                extensions: vec![key_usage(0x20)],
                ..person()
            },
            "the certificate of CN=Prov Provsson,C=SE has a key usage without digital signature",
        ),
        (
            Wanted::authority("Prov Provsson"),
            "the certificate of CN=Prov Provsson,C=SE is a certificate authority's, not a signer's",
        ),
        (
            Wanted::purpose("Prov Provsson", TIME_STAMPS),
            "the certificate of CN=Prov Provsson,C=SE is only for time-stamps (timeStamping)",
        ),
    ];
    for (wanted, message) in refused {
        assert_eq!(check(wanted), Err(message.to_owned()));
    }
}

#[test]
fn the_first_and_the_last_second_of_validity_count() {
    let certificate = Wanted::person("Prov Provsson")
        .self_issued(Pair::p256())
        .certificate;
    assert!(check_signer(&certificate, certificate.not_before()).is_ok());
    assert!(check_signer(&certificate, certificate.not_after()).is_ok());
}

#[test]
fn short_and_foreign_keys_are_refused() {
    let weak = Wanted::person("Prov Svag").self_issued(Pair::rsa(KeySize::Rsa2048));
    assert_eq!(
        weak.certificate.key_kind().unwrap(),
        KeyKind::Rsa { bits: 2048 }
    );
    let refused = check_signer(&weak.certificate, now()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the RSA key of CN=Prov Svag,C=SE has 2048 bits, fewer than 3000"
    );

    let p384 = Wanted::person("Prov").self_issued(Pair::p384());
    assert_eq!(p384.certificate.key_kind().unwrap(), KeyKind::EcP384);
    // The same certificate with the names of other curves, as long as the one it has.
    let mut der = p384.certificate.der().to_vec();
    let curve = der
        .windows(5)
        .position(|bytes| bytes == [0x2B, 0x81, 0x04, 0x00, 0x22])
        .unwrap();
    for (last, message) in [
        (
            0x23,
            "keys of the kind P-521 are not used; P-256, P-384 and RSA are",
        ),
        (
            0x0A,
            "keys of the kind the curve 1.3.132.0.10 are not used; P-256, P-384 and RSA are",
        ),
    ] {
        der[curve + 4] = last;
        let certificate = Certificate::from_der(&der).unwrap();
        assert_eq!(certificate.key_kind().unwrap_err().to_string(), message);
        assert!(check_signer(&certificate, now()).is_err());
    }
    assert!(matches!(
        Algorithm::new(KeyKind::Ed25519, false),
        Err(Error::KeyEd25519)
    ));
}

#[test]
fn a_chain_is_put_in_order_and_strangers_are_dropped() {
    let pki = Pki::new();
    let signer = pki.signer(Pair::p256()).certificate;
    let stranger = Wanted::person("Prov Främling")
        .self_issued(Pair::p256())
        .certificate;
    // Of the same name as the issuer, but with another key.
    let namesake = Wanted::authority("Prov Utfärdare")
        .self_issued(Pair::p256())
        .certificate;
    let (issuing, root) = (&pki.issuing.certificate, &pki.root.certificate);
    let others = [&stranger, root, &namesake, &signer, issuing].map(Clone::clone);
    let chain = Chain::new(signer.clone(), &others);
    assert_eq!(
        chain.certificates(),
        [&signer, issuing, root].map(Clone::clone)
    );
    assert_eq!(chain.signer(), &signer);
    assert_eq!(chain.carried().collect::<Vec<_>>(), [&signer, issuing]);

    let pem = [root, issuing, &signer].map(|one| pki::pem("CERTIFICATE", one.der()));
    assert_eq!(Chain::from_pem(pem.concat().as_bytes()).unwrap(), chain);
    // A seal that the office issued itself is carried all the same.
    let alone = Chain::new(stranger.clone(), &others);
    assert_eq!(alone.carried().collect::<Vec<_>>(), [&stranger]);
}

#[test]
fn pem_is_read_between_other_lines() {
    let certificate = Wanted::person("Prov Provsson")
        .self_issued(Pair::p256())
        .certificate;
    let pem = pki::pem("CERTIFICATE", certificate.der());
    let loose = format!(
        "Bag Attributes\r\n  friendlyName: x\r\n{}junk",
        pem.replace('\n', "\r\n")
    );
    assert_eq!(
        certificates_from_pem(loose.as_bytes()).unwrap(),
        std::slice::from_ref(&certificate)
    );
    assert!(certificates_from_pem(b"nothing here").unwrap().is_empty());
    assert!(Chain::from_pem(b"nothing here").is_err());
    let damaged = [
        pem.replacen('M', "!", 1),
        pem.replace("-----END CERTIFICATE-----", ""),
        pem.replacen("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE", 1),
        pki::pem("CERTIFICATE", b"no certificate"),
    ];
    for damaged in damaged {
        assert!(
            certificates_from_pem(damaged.as_bytes()).is_err(),
            "{damaged}"
        );
        assert!(Anchors::from_pem([damaged]).is_err());
    }
}

#[test]
fn paths_lead_to_anchors_only_while_valid() {
    let pki = Pki::new();
    let anchors = pki.anchors();
    let signer = pki.signer(Pair::p256()).certificate;
    let (issuing, root) = (&pki.issuing.certificate, &pki.root.certificate);
    let others = [issuing.clone()];
    let path = anchors.path(&signer, &others, now()).unwrap();
    assert_eq!(path, [&signer, issuing, root].map(Clone::clone));
    assert_eq!(
        anchors.path(root, &[], now()).unwrap(),
        std::slice::from_ref(root)
    );

    let refused = |certificate, others: &[Certificate], at| {
        anchors
            .path(certificate, others, at)
            .unwrap_err()
            .to_string()
    };
    let lead =
        "no chain leads from the certificate of CN=Åsa Ärlig-Öberg,C=SE to an accepted authority: ";
    assert_eq!(
        refused(&signer, &[], now()),
        format!("{lead}no accepted authority issued it, nor its issuer")
    );
    assert_eq!(
        refused(&signer, &others, now() + days(700)),
        format!("{lead}a certificate of the chain has expired")
    );
    assert_eq!(
        refused(&signer, &others, now() - days(700)),
        format!("{lead}a certificate of the chain is not valid yet")
    );
    assert!(anchors.path(root, &[], now() + days(700)).is_err());
    // Issued by somebody who is no authority.
    let person = pki.signer(Pair::p256());
    let child = Wanted::person("Prov Barn")
        .by(&person, Pair::p256())
        .certificate;
    assert!(
        anchors
            .path(&child, &[person.certificate, issuing.clone()], now())
            .is_err()
    );
    assert!(Anchors::default().is_empty());
    assert!(Anchors::default().path(&signer, &others, now()).is_err());
}

proptest! {
    #[test]
    fn damaged_certificates_never_panic(at in 0_usize..500, bits in 1_u8.., cut in 0_usize..500) {
        let mut der = DAMAGED.with(Vec::clone);
        let at = at % der.len();
        der[at] ^= bits;
        if let Ok(certificate) = Certificate::from_der(&der) {
            let _texts = (certificate.subject_name(), certificate.texts(), certificate.crl_urls());
            let _checked = check_signer(&certificate, now());
        }
        der.truncate(cut % der.len());
        prop_assert!(Certificate::from_der(&der).is_err());
    }
}

thread_local! {
    static DAMAGED: Vec<u8> = Wanted::person("Prov Provsson")
        .with(crl_point("http://a.example/ca.crl"))
        .with(access(&[(OCSP, "http://a.example/ocsp")]))
        .self_issued(Pair::p256())
        .certificate
        .der()
        .to_vec();
}
