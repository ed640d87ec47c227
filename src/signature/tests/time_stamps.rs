//! Requests, and which answers are taken.

use der::Decode as _;
use proptest::prelude::*;

use super::pki::{
    Holder, Pair, Pki, Wanted, WantedToken, days, extension, granted, integer, now, sequence, tlv,
};
use super::pki::{TIME_STAMPS, oid};
use crate::agreement::Sha256;
use crate::signature::{Anchors, TimeStampError, TimeStampRequest, read_time_stamp};

const DIGEST: [u8; 32] = [0x5A; 32];
const NONCE: u64 = 0x8000_0001;
/// As an INTEGER, which is positive.
const NONCE_BYTES: [u8; 5] = [0, 0x80, 0, 0, 1];

#[test]
fn a_request_is_as_openssl_writes_it() {
    // openssl ts -query -sha256 -cert, with the digest and the nonce of RFC 3161's own example.
    let digest = hex::decode("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    let request = TimeStampRequest::new(digest.unwrap().try_into().unwrap(), 0x314C_FCE4_E065_1827);
    assert_eq!(
        hex::encode_upper(request.der()),
        "30430201013031300D060960864801650304020105000420BA7816BF8F01CFEA414140DE5DAE2223B00361A396\
         177A9CB410FF61F20015AD0208314CFCE4E06518270101FF"
    );
}

#[test]
fn every_nonce_is_a_positive_integer() {
    for nonce in [0, 1, 0x7F, 0x80, 0xFF, 0x100, u64::MAX >> 1, u64::MAX] {
        let request = TimeStampRequest::new(DIGEST, nonce);
        let read = x509_tsp::TimeStampReq::from_der(&request.der()).unwrap();
        let said = read.nonce.unwrap();
        let said = said.as_bytes();
        assert!(said[0] < 0x80);
        let value = said
            .iter()
            .fold(0_u128, |value, byte| (value << 8) | u128::from(*byte));
        assert_eq!(value, u128::from(nonce));
        assert!(read.cert_req);
        assert_eq!(read.message_imprint.hashed_message.as_bytes(), DIGEST);
    }
}

#[test]
fn a_sound_answer_is_taken() {
    let pki = Pki::new();
    let mut wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, &pki);
    let token = wanted.by(&pki.authority);
    let read = read(&granted(&token), &pki.anchors()).unwrap();
    assert_eq!(read.der(), token);
    assert_eq!(read.at().to_rfc3339(), "2026-11-22T14:05:01.250+00:00");
    assert_eq!(read.imprint(), Sha256::from_bytes(&DIGEST).unwrap());
    assert_eq!(read.certificate(), &pki.authority.certificate);

    // With SHA-1 to name the certificate, and granted with modifications.
    wanted.is_old = true;
    let modified = sequence(&[sequence(&[integer(&[1])]), wanted.by(&pki.authority)]);
    assert!(self::read(&modified, &pki.anchors()).is_ok());
    // Times with and without fractions of a second.
    for (time, said) in [
        ("20261122140501Z", "2026-11-22T14:05:01+00:00"),
        (
            "20261122140501.1234567891Z",
            "2026-11-22T14:05:01.123456789+00:00",
        ),
    ] {
        wanted.gen_time = time.to_owned();
        let read = self::read(&granted(&wanted.by(&pki.authority)), &pki.anchors());
        assert_eq!(read.unwrap().at().to_rfc3339(), said);
    }
}

#[test]
fn a_token_that_is_not_as_asked_for_is_refused() {
    let pki = Pki::new();
    type Change = fn(&mut WantedToken);
    let cases: [(&str, Change); 12] = [
        (
            "the time-stamp is one of something else: its imprint is not ours",
            |wanted| {
                wanted.imprint[31] ^= 1;
            },
        ),
        (
            "the time-stamp is one of something else: its imprint is not ours",
            |wanted| {
                wanted.hash = "2.16.840.1.101.3.4.2.2";
            },
        ),
        (
            "the time-stamp answers another request: its nonce is not ours",
            |wanted| {
                wanted.nonce = Some(vec![1]);
            },
        ),
        (
            "the time-stamp answers another request: its nonce is not ours",
            |wanted| {
                wanted.nonce = None;
            },
        ),
        (
            "the time-stamp is of a version that is not read",
            |wanted| {
                wanted.version = 2;
            },
        ),
        (
            "the time-stamp is of a version that is not read",
            |wanted| {
                wanted.extension = Some(extension("1.2.3.4", true, b""));
            },
        ),
        ("the answer is not a time-stamp response", |wanted| {
            wanted.gen_time = "20261322140501Z".to_owned();
        }),
        ("the answer is not a time-stamp response", |wanted| {
            wanted.gen_time = "20261122140501+0100".to_owned();
        }),
        ("the answer is not a time-stamp response", |wanted| {
            wanted.gen_time = "20261122140501.Z".to_owned();
        }),
        ("the time-stamp does not name its certificate", |wanted| {
            wanted.certificate_digest = Some(vec![0; 32]);
        }),
        ("the signature of the time-stamp is wrong", |wanted| {
            wanted.message_digest = Some(vec![0; 32]);
        }),
        (
            "the time-stamp lacks the certificate of its signer",
            |wanted| {
                wanted.certificates.clear();
            },
        ),
    ];
    for (message, change) in cases {
        let mut wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, &pki);
        change(&mut wanted);
        let refused = read(&granted(&wanted.by(&pki.authority)), &pki.anchors()).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
}

#[test]
fn an_extension_that_is_not_critical_is_passed_over() {
    let pki = Pki::new();
    let mut wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, &pki);
    wanted.extension = Some(extension("1.2.3.4", false, b""));
    assert!(read(&granted(&wanted.by(&pki.authority)), &pki.anchors()).is_ok());
}

#[test]
fn only_an_accepted_authority_for_time_stamps_is_believed() {
    let pki = Pki::new();
    let authority = |wanted: Wanted| wanted.numbered(9).by(&pki.issuing, Pair::p256());
    let purposes = |critical, purposes: &[&str]| {
        let purposes: Vec<_> = purposes.iter().map(|purpose| oid(purpose)).collect();
        let mut wanted = Wanted::person("Prov Stämpel");
        wanted.extensions = vec![extension("2.5.29.37", critical, &sequence(&purposes))];
        wanted
    };
    let purpose = "the certificate of CN=Prov Stämpel,C=SE is not one for time-stamping only";
    let untrusted = "the time-stamping authority CN=Prov Stämpel,C=SE is not an accepted one: ";
    let expired = Wanted {
        not_after: now() - days(1),
        ..purposes(true, &[TIME_STAMPS])
    };
    let refused = [
        (
            authority(Wanted::person("Prov Stämpel")),
            purpose.to_owned(),
        ),
        (
            authority(purposes(false, &[TIME_STAMPS])),
            purpose.to_owned(),
        ),
        (
            authority(purposes(true, &[TIME_STAMPS, "1.3.6.1.5.5.7.3.1"])),
            purpose.to_owned(),
        ),
        (
            authority(expired),
            format!("{untrusted}a certificate of the chain has expired"),
        ),
        (
            purposes(true, &[TIME_STAMPS]).self_issued(Pair::p256()),
            format!("{untrusted}no accepted authority issued it, nor its issuer"),
        ),
    ];
    for (authority, message) in refused {
        let refused = stamped(&pki, &authority).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    assert!(stamped(&pki, &authority(purposes(true, &[TIME_STAMPS]))).is_ok());

    // An authority that limits itself to other purposes may not issue one for time-stamps.
    let mut limited = Wanted::authority("Prov Begränsad");
    let servers = sequence(&[oid("1.3.6.1.5.5.7.3.1")]);
    limited
        .extensions
        .push(extension("2.5.29.37", false, &servers));
    let limited = limited.by(&pki.root, Pair::p256());
    let authority = purposes(true, &[TIME_STAMPS]).by(&limited, Pair::p256());
    let mut wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, &pki);
    wanted.certificates = vec![authority.certificate.clone(), limited.certificate.clone()];
    let refused = read(&granted(&wanted.by(&authority)), &pki.anchors());
    assert!(matches!(refused, Err(TimeStampError::Untrusted { .. })));
}

#[test]
fn a_signature_by_another_key_is_noticed() {
    let pki = Pki::new();
    let forger = Holder {
        pair: Pair::p256(),
        certificate: pki.authority.certificate.clone(),
    };
    let refused = stamped(&pki, &forger);
    assert!(matches!(refused, Err(TimeStampError::Signature)));
}

#[test]
fn a_refusal_is_told_in_the_authority_s_words() {
    let pki = Pki::new();
    // badDataFormat, by the bits of RFC 3161 §2.4.2, and a text with a control character.
    let text = sequence(&[tlv(0x0C, b"no \x1B[31mquota")]);
    let failure = tlv(0x03, &[2, 0b0000_0100]);
    let refusal = sequence(&[sequence(&[integer(&[2]), text, failure])]);
    let refused = read(&refusal, &pki.anchors()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the authority refuses: rejection, badDataFormat, no \u{FFFD}[31mquota"
    );
    let waiting = sequence(&[sequence(&[integer(&[3])])]);
    let refused = read(&waiting, &pki.anchors()).unwrap_err();
    assert_eq!(refused.to_string(), "the authority refuses: waiting");
    // Granted, but without a token.
    let empty = sequence(&[sequence(&[integer(&[0])])]);
    assert!(matches!(
        read(&empty, &pki.anchors()),
        Err(TimeStampError::Garbage)
    ));
}

#[test]
fn an_answer_cut_short_anywhere_is_garbage() {
    let pki = Pki::new();
    let response = granted(&WantedToken::new(&DIGEST, &NONCE_BYTES, &pki).by(&pki.authority));
    for cut in 0..response.len() {
        let refused = read(&response[..cut], &pki.anchors());
        assert!(matches!(refused, Err(TimeStampError::Garbage)), "{cut}");
    }
    let mut longer = response.clone();
    longer.push(0);
    assert!(matches!(
        read(&longer, &pki.anchors()),
        Err(TimeStampError::Garbage)
    ));
    longer.rotate_right(1);
    assert!(matches!(
        read(&longer, &pki.anchors()),
        Err(TimeStampError::Garbage)
    ));
    let page = b"<html><title>502 Bad Gateway</title></html>";
    assert!(matches!(
        read(page, &pki.anchors()),
        Err(TimeStampError::Garbage)
    ));
}

thread_local! {
    static SOUND: (Pki, Vec<u8>) = {
        let pki = Pki::new();
        let wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, &pki);
        let response = granted(&wanted.by(&pki.authority));
        (pki, response)
    };
}

proptest! {
    #[test]
    fn a_flipped_bit_is_noticed(at in any::<prop::sample::Index>(), bit in 0_u8..8) {
        SOUND.with(|(pki, response)| {
            let mut damaged = response.clone();
            let at = at.index(response.len());
            damaged[at] ^= 1 << bit;
            // What says nothing: 0 and 1 both grant, and versions and the list of hash functions
            // of the CMS are not signed.
            if let Ok(token) = read(&damaged, &pki.anchors()) {
                assert_eq!(token.imprint().as_bytes(), &DIGEST);
                assert_eq!(token.at().to_rfc3339(), "2026-11-22T14:05:01.250+00:00");
                assert_eq!(token.certificate(), &pki.authority.certificate);
            }
        });
    }

    #[test]
    fn random_bytes_are_garbage(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let refused = read(&bytes, &Anchors::default());
        let is_told = matches!(refused, Err(TimeStampError::Garbage | TimeStampError::Refused { .. }));
        prop_assert!(is_told);
    }
}

fn stamped(pki: &Pki, authority: &Holder) -> Result<crate::signature::Token, TimeStampError> {
    let mut wanted = WantedToken::new(&DIGEST, &NONCE_BYTES, pki);
    wanted.certificates.push(authority.certificate.clone());
    read(&granted(&wanted.by(authority)), &pki.anchors())
}

fn read(response: &[u8], anchors: &Anchors) -> Result<crate::signature::Token, TimeStampError> {
    read_time_stamp(response, &TimeStampRequest::new(DIGEST, NONCE), anchors)
}
