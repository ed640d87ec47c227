//! What a time-stamp proves, and what it does not.

use chrono::{DateTime, Utc};

use super::evidence::{RESPONDER, ROOT_LIST, Server, delegated, gather, stamped, with_signer};
use super::pki::{Holder, OCSP, Pair, Pki, Said, Wanted, WantedToken, access, crl, days, now};
use super::signing::{document, sign_with_token};
use crate::agreement::Sha256;
use crate::pdf;
use crate::signature::asn1::{self, SignedData};
use crate::signature::{Certificate, Error, Key as _, signed_data};

#[test]
fn only_a_time_stamp_of_the_signature_dates_it() {
    let (pki, signer) = with_signer();
    let mut server = Server::new(&pki, &signer);
    // Revoked between the time of the time-stamp and the present.
    let said = Said::Revoked(now() + days(1));
    let later = now() + days(2);
    server.answer(&pki, &signer.certificate, &said, later);
    server.answer(&pki, &pki.authority.certificate, &Said::Good, later);
    let file = sign_with_token(&document(), &pki, &signer, "chair");
    assert!(gather(&file, &pki.anchors(), &server, later).is_ok());

    let without_purpose = Wanted::person("Prov Stämpel")
        .numbered(4)
        .with(access(&[(OCSP, RESPONDER)]))
        .by(&pki.issuing, Pair::p256());
    let value = value_of(&file);
    let cases = [
        (
            b"another value".as_slice(),
            &pki.authority,
            "the time-stamp in the field chair does not hold: the time-stamp is one of something \
             else: its imprint is not ours",
        ),
        (
            &value,
            &without_purpose,
            "the time-stamp in the field chair does not hold: the certificate of CN=Prov \
             Stämpel,C=SE is not one for time-stamping only",
        ),
    ];
    for (stamped, authority, message) in cases {
        let mut wanted = WantedToken::new(Sha256::of(stamped).as_bytes(), &[5], &pki);
        wanted.certificates.push(authority.certificate.clone());
        let file = with_token(&file, &pki, &signer, &wanted.by(authority));
        let refused = gather(&file, &pki.anchors(), &server, later).unwrap_err();
        assert_eq!(refused.to_string(), message);
    }
    // The right one, put in the same way.
    let wanted = WantedToken::new(Sha256::of(&value).as_bytes(), &[5], &pki);
    let same = with_token(&file, &pki, &signer, &wanted.by(&pki.authority));
    assert!(gather(&same, &pki.anchors(), &server, later).is_ok());
}

#[test]
fn a_signature_of_other_bytes_gets_no_evidence() {
    let (pki, signer) = with_signer();
    let server = Server::new(&pki, &signer);
    let file = sign_with_token(&document(), &pki, &signer, "chair");
    let stamped = stamped(&file, &pki, &pki.authority, "20261122140501Z");
    assert!(gather(&stamped, &pki.anchors(), &server, now()).is_ok());
    let changed = |file: &[u8]| {
        let mut file = file.to_vec();
        let at = file
            .windows(8)
            .position(|bytes| bytes == b"/TU(Prov")
            .unwrap();
        file[at + 4] = b'p';
        gather(&file, &pki.anchors(), &server, now())
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        changed(&file),
        "the signature in the field chair is not one of this document by CN=Åsa Ärlig-Öberg,C=SE"
    );
    let message = changed(&stamped);
    assert!(
        message.ends_with(
            "does not hold: the time-stamp is one of something else: its imprint is not ours"
        ),
        "{message}"
    );

    // A byte range that leaves out more than the contents.
    let range = file
        .windows(11)
        .rposition(|bytes| bytes == b"/ByteRange[")
        .unwrap();
    let mut narrow = file.clone();
    let at = range
        + narrow[range..]
            .iter()
            .position(|byte| *byte == b' ')
            .unwrap()
        + 1;
    let end = at + narrow[at..].iter().position(|byte| *byte == b' ').unwrap();
    let length: usize = String::from_utf8_lossy(&narrow[at..end]).parse().unwrap();
    narrow[at..end].copy_from_slice((length - 1).to_string().as_bytes());
    let refused = gather(&narrow, &pki.anchors(), &server, now()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the byte range of a signature is not in order"
    );
}

#[test]
fn what_a_responder_said_is_kept_beyond_its_certificate_by_document_time_stamps() {
    let (pki, signer) = with_signer();
    // A server whose responder's certificate is valid for two days from then on.
    let server_at = |at: DateTime<Utc>, about: &[&Certificate]| {
        let short = Wanted {
            not_after: at + days(2),
            ..delegated("Prov Svarare")
        };
        let mut server = Server::default();
        server.responder = Some(short.by(&pki.issuing, Pair::p256()));
        let list = crl(&pki.root, &[], now(), &[]);
        server.files.insert(ROOT_LIST.to_owned(), list);
        for one in about {
            server.answer(&pki, one, &Said::Good, at);
        }
        server
    };
    let file = sign_with_token(&document(), &pki, &signer, "chair");
    let server = server_at(now(), &[&signer.certificate, &pki.authority.certificate]);
    let file = extended(&file, &pki, &server, now());

    // Whoever has the responder's key now could have made what is stored.
    let (silent, later) = (Server::default(), now() + days(3));
    assert!(gather(&file, &pki.anchors(), &silent, now() + days(1)).is_ok());
    let refused = gather(&file, &pki.anchors(), &silent, later);
    assert!(matches!(refused, Err(Error::NoEvidence { .. })));

    // The time-stamp's own authority is asked about anew; all under it is proven.
    let file = stamped(&file, &pki, &pki.authority, "20261122140501Z");
    let server = server_at(later, &[&pki.authority.certificate]);
    let gathered = gather(&file, &pki.anchors(), &server, later).unwrap();
    assert_eq!(server.asked(), [RESPONDER]);
    assert_eq!(gathered.ocsp_responses.len(), 3);
    let kept = pdf::embedded_signatures(&file).unwrap();
    let keys = kept.iter().map(|one| pdf::EvidenceKey::new(&one.contents));
    assert!(keys.eq(gathered.signatures.iter().map(|entry| entry.key)));

    // Nor is anything asked about what the next time-stamp proves, by another authority.
    let file = extended(&file, &pki, &server, later);
    let next = Wanted::purpose("Prov Nästa", super::pki::TIME_STAMPS)
        .numbered(6)
        .with(access(&[(OCSP, RESPONDER)]))
        .by(&pki.issuing, Pair::p256());
    let file = stamped(&file, &pki, &next, "20261125140501Z");
    let server = server_at(now() + days(9), &[&next.certificate]);
    let gathered = gather(&file, &pki.anchors(), &server, now() + days(9)).unwrap();
    assert_eq!(server.asked(), [RESPONDER]);
    assert_eq!(gathered.ocsp_responses.len(), 4);
}

/// The file with its evidence.
fn extended(file: &[u8], pki: &Pki, server: &Server, at: DateTime<Utc>) -> Vec<u8> {
    let evidence = gather(file, &pki.anchors(), server, at).unwrap();
    let update = pdf::evidence_update(file, &evidence).unwrap().unwrap();
    [file, &update].concat()
}

/// The value of the one signature in a file.
fn value_of(file: &[u8]) -> Vec<u8> {
    let signature = pdf::embedded_signatures(file).unwrap().remove(0);
    let cms = asn1::first_value(&signature.contents).unwrap();
    let data = SignedData::from_content_info(&cms).unwrap();
    data.signer_infos
        .get(0)
        .unwrap()
        .signature
        .as_bytes()
        .to_vec()
}

/// The file with another token in its one signature, which no signature covers.
fn with_token(file: &[u8], pki: &Pki, signer: &Holder, token: &[u8]) -> Vec<u8> {
    let signature = pdf::embedded_signatures(file).unwrap().remove(0);
    let cms = asn1::first_value(&signature.contents).unwrap();
    let data = SignedData::from_content_info(&cms).unwrap();
    let info = data.signer_infos.get(0).unwrap();
    let message = der::Encode::to_der(info.signed_attrs.as_ref().unwrap()).unwrap();
    let key = pki.key(signer, false);
    let (chain, algorithm) = (key.chain(), key.algorithm());
    let value = info.signature.as_bytes();
    let cms = signed_data::signed_data(chain, algorithm, &message, value, Some(token)).unwrap();
    let [_, length, second, _] = signature.byte_range;
    let mut digits = hex::encode_upper(cms);
    digits.extend(std::iter::repeat_n('0', second - length - 2 - digits.len()));
    [&file[..length + 1], digits.as_bytes(), &file[second - 1..]].concat()
}
