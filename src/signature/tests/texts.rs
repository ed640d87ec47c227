//! What a signature says of persons.

use super::pki::{
    Holder, Pair, Pki, TIME_STAMPS, Wanted, WantedToken, extension, key_usage, oid, person,
    sequence, signed, tlv,
};
use super::signing::{document, sign};
use crate::agreement::{Level, Sha256, personal_numbers};
use crate::pdf;
use crate::signature::{Certificate, Chain, Key as _, asn1, signed_data, texts_in};

/// A holder whose number stands in a string of 16-bit units, which no search of bytes finds.
fn numbered(wanted: Wanted, number: &str, pki: &Pki) -> Holder {
    let units: Vec<_> = number.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let attribute = sequence(&[oid("2.5.4.5"), tlv(0x1E, &units)]);
    let subject = sequence(&[tlv(0x31, &attribute)]);
    Wanted { subject, ..wanted }.by(&pki.issuing, Pair::p256())
}

#[test]
fn numbers_are_found_in_the_signer_s_certificate_and_in_the_time_stamp_s() {
    let pki = Pki::new();
    let holder = numbered(Wanted::person(""), "191212121212", &pki);
    let file = sign(&document(), &mut pki.key(&holder, false), "chair", Level::B).0;
    let signature = pdf::embedded_signatures(&file).unwrap().remove(0);
    let texts = texts_in(&signature.contents);
    assert!(texts.contains(&"191212121212".to_owned()), "{texts:?}");
    assert!(texts.contains(&"Prov Utfärdare".to_owned()), "{texts:?}");
    assert!(!String::from_utf8_lossy(&signature.contents).contains("1912"));

    let authority = numbered(Wanted::purpose("", TIME_STAMPS), "198112289874", &pki);
    let mut wanted = WantedToken::new(Sha256::of(b"value").as_bytes(), &[5], &pki);
    wanted.certificates = vec![authority.certificate.clone()];
    let token = wanted.by(&authority);
    let signer = pki.signer(Pair::p256());
    let key = pki.key(&signer, false);
    let message = signed_data::signed_attributes(&[0; 32], &signer.certificate).unwrap();
    let (chain, algorithm): (&Chain, _) = (key.chain(), key.algorithm());
    let cms = signed_data::signed_data(chain, algorithm, &message, b"value", Some(&token)).unwrap();
    let padded = [cms, vec![0; 100]].concat();
    for contents in [padded, token] {
        let texts = texts_in(&contents);
        assert!(texts.contains(&"198112289874".to_owned()), "{texts:?}");
    }
}

#[test]
fn numbers_are_found_in_what_cannot_be_read() {
    let pki = Pki::new();
    let holder = Wanted::person("Prov Provsson").self_issued(Pair::p256());
    // A certificate with a key usage that is none, and a number in an alternative name.
    let alternative = sequence(&[tlv(0x81, b"191212121212@example.org")]);
    let content = sequence(&[
        tlv(0xA0, &[2, 1, 2]),
        vec![2, 1, 7],
        holder.pair.algorithm(),
        person(&[("2.5.4.3", "Prov")]),
        person(&[("2.5.4.3", "Prov")]),
        tlv(
            0xA3,
            &sequence(&[
                extension("2.5.29.15", true, b""),
                extension("2.5.29.17", false, &alternative),
            ]),
        ),
    ]);
    let broken = signed(&holder.pair, content);
    assert!(Certificate::from_der(&broken).is_err());
    let is_found = |contents: &[u8]| {
        let texts = texts_in(contents);
        texts.iter().any(|text| !personal_numbers(text).is_empty())
    };
    assert!(is_found(&broken));
    // And the same in place of the certificates of a time-stamp.
    let token = WantedToken::new(&[0; 32], &[5], &pki).by(&pki.authority);
    let data = tlv(0xA0, &broken);
    let certificates: Vec<_> = [&pki.authority, &pki.issuing]
        .map(|one| one.certificate.der().to_vec())
        .concat();
    let carried = tlv(0xA0, &certificates);
    let at = token
        .windows(carried.len())
        .position(|bytes| bytes == carried)
        .unwrap();
    let content = asn1::first_value(&token).unwrap();
    let inner = [&content[..at], &data, &content[at + carried.len()..]].concat();
    // The lengths around it are of other bytes now; written anew, they fit.
    let start = inner
        .windows(3)
        .position(|bytes| bytes == [0x02, 0x01, 0x03])
        .unwrap();
    let cms = sequence(&[
        oid("1.2.840.113549.1.7.2"),
        tlv(0xA0, &sequence(&[&inner[start..]])),
    ]);
    assert!(is_found(&cms));
}

#[test]
fn garbage_says_nothing() {
    let texts = [
        &b""[..],
        b"garbage",
        &[0; 64],
        &[0x30, 0x80, 0x0C, 0x01],
        &[0xFF; 9],
    ];
    for contents in texts {
        assert!(texts_in(contents).is_empty());
    }
    let pki = Pki::new();
    let token = WantedToken::new(&[0; 32], &[5], &pki).by(&pki.authority);
    for cut in 0..token.len() {
        assert!(texts_in(&token[..cut]).is_empty());
    }
    let without = Wanted {
        extensions: vec![key_usage(0xC0)],
        ..Wanted::person("Prov")
    };
    let lone = without.self_issued(Pair::p256()).certificate;
    assert!(texts_in(lone.der()).contains(&"Prov".to_owned()));
}
