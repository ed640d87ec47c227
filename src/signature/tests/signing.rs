//! Prepare, sign, finish.

use aws_lc_rs::rsa::KeySize;

use super::pki::{Holder, Pair, Pki, Wanted, WantedToken, days, granted, now, oid, sequence, tlv};
use crate::agreement::{Level, Sha256};
use crate::pdf::{self, SignatureEntries, SignatureKind};
use crate::signature::asn1::{self, SignedData};
use crate::signature::{
    Algorithm, Certificate, Error, Head, Key, Prepared, Signed, SoftwareKey, TimeStampRequest,
    Token, check_signer, finish, finish_archive, prepare, prepare_archive, read_time_stamp,
};

#[test]
fn a_signature_can_be_read_back_and_holds_what_the_profile_asks_for() {
    let kinds = [
        (Pair::p256(), false),
        (Pair::p384(), false),
        (Pair::rsa(KeySize::Rsa3072), false),
        (Pair::rsa(KeySize::Rsa3072), true),
    ];
    let pki = Pki::new();
    for (pair, pss) in kinds {
        let holder = pki.signer(pair);
        check_signer(&holder.certificate, now()).unwrap();
        let mut key = pki.key(&holder, pss);
        let base = document();
        let head = Head::new(&base);
        let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::B).unwrap();
        let message = prepared.message().to_vec();
        let value = key.sign(&message).unwrap();
        let signed = finish(&head, prepared, &value, None).unwrap();
        let file = appended(&base, &signed);

        let [signature] = pdf::embedded_signatures(&file).unwrap().try_into().unwrap();
        assert_eq!(signature.kind, SignatureKind::Approval);
        assert_eq!(signature.revision_end, file.len());
        let cms = asn1::first_value(&signature.contents).unwrap();
        let data = SignedData::from_content_info(&cms).unwrap();
        assert!(data.encap_content_info.econtent.is_none());
        assert!(data.crls.is_none());
        // The root is not in it.
        assert_eq!(data.certificates.unwrap().len(), 2);
        let [info] = data.signer_infos.as_slice() else {
            panic!("one signer");
        };
        assert!(info.unsigned_attrs.is_none());
        assert_eq!(info.signature.as_bytes(), value);

        let [start, length, next, rest] = signature.byte_range;
        let covered = [&file[start..start + length], &file[next..next + rest]].concat();
        let expected = attributes(&key.algorithm().digest(&covered), &holder.certificate);
        assert_eq!(message, expected);
        // Only the place of the contents is not covered.
        assert_eq!(file.len() - covered.len(), 2 * signature.contents.len() + 2);
    }
}

#[test]
fn a_value_may_come_later_and_as_plain_numbers() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::B).unwrap();
    let kept = prepared.to_json().unwrap();
    assert_eq!(Prepared::from_json(&kept).unwrap(), prepared);
    assert_eq!(prepared.digest(), Sha256::of(prepared.message()).as_bytes());
    assert_eq!(prepared.algorithm(), Algorithm::EcdsaP256Sha256);
    assert_eq!(prepared.certificate(), &holder.certificate);
    assert_eq!(prepared.head(), Sha256::of(&base));
    assert_eq!(prepared.level(), Level::B);

    let value = holder.pair.sign(prepared.message());
    let plain = plain_numbers(&value);
    assert_eq!(plain.len(), 64);
    assert_eq!(prepared.checked_value(&plain).unwrap(), value);
    let prepared = Prepared::from_json(&kept).unwrap();
    assert!(finish(&head, prepared, &plain, None).is_ok());
}

#[test]
fn a_wrong_value_is_noticed_before_anything_is_written() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::B).unwrap();
    let value = holder.pair.sign(prepared.message());
    let by_other = Pair::p256().sign(prepared.message());
    let of_other = holder.pair.sign(b"something else");
    let mut damaged = value.clone();
    *damaged.last_mut().unwrap() ^= 1;
    for wrong in [
        &by_other,
        &of_other,
        &damaged,
        &value[1..].to_vec(),
        &Vec::new(),
    ] {
        let error = finish(&head, prepared.clone(), wrong, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the signature value is not one by the key of CN=Åsa Ärlig-Öberg,C=SE for this document"
        );
    }
}

#[test]
fn a_prepared_signature_fits_its_document_only() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::B).unwrap();
    let value = holder.pair.sign(prepared.message());

    let mut newer = base.clone();
    newer.extend(b"%\n");
    let error = finish(&Head::new(&newer), prepared.clone(), &value, None).unwrap_err();
    assert!(matches!(error, Error::OtherHead { expected, found }
        if expected == Sha256::of(&base) && found == Sha256::of(&newer)));

    // Changed while it was kept outside: another name in the dictionary.
    let kept = prepared.to_json().unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&kept).unwrap();
    let tail = decoded(json["tail"].as_str().unwrap());
    let at = tail.windows(4).position(|bytes| bytes == b"Prov").unwrap();
    let mut changed = tail.clone();
    changed[at] = b'p';
    json["tail"] = encoded(&changed).into();
    let changed = Prepared::from_json(&json.to_string()).unwrap();
    let error = finish(&head, changed, &value, None).unwrap_err();
    assert!(matches!(error, Error::PreparedChanged));

    for (field, value) in [
        ("format", "sigill-prepared-2".into()),
        ("contents", serde_json::json!([0, 10_000_000])),
        ("contents", serde_json::json!([5, 4])),
        ("certificates", serde_json::json!([])),
        ("message", "?".into()),
    ] {
        let mut json: serde_json::Value = serde_json::from_str(&kept).unwrap();
        json[field] = value;
        let read = Prepared::from_json(&json.to_string());
        assert!(matches!(read, Err(Error::PreparedChanged)), "{field}");
    }
    assert!(matches!(
        Prepared::from_json("{"),
        Err(Error::PreparedFormat(_))
    ));
}

#[test]
fn an_algorithm_must_fit_the_key() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    let wrong = prepare(
        &head,
        &entries(0),
        key.chain(),
        Algorithm::RsaPssSha256,
        Level::B,
    );
    assert!(matches!(wrong, Err(Error::KeyUnsupported(kind)) if kind == "P-256"));
}

#[test]
fn a_level_with_time_needs_a_time_stamp_of_this_value() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    for level in [Level::T, Level::Lt, Level::Lta] {
        let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), level).unwrap();
        let value = holder.pair.sign(prepared.message());
        let error = finish(&head, prepared.clone(), &value, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("a signature at the level {level} needs a time-stamp")
        );
        let other = token(&pki, b"another value");
        let error = finish(&head, prepared.clone(), &value, Some(&other)).unwrap_err();
        assert!(matches!(error, Error::TokenOther));

        let token = token(&pki, &value);
        let signed = finish(&head, prepared, &value, Some(&token)).unwrap();
        let file = appended(&base, &signed);
        let [signature] = pdf::embedded_signatures(&file).unwrap().try_into().unwrap();
        let cms = asn1::first_value(&signature.contents).unwrap();
        let attribute = sequence(&[oid("1.2.840.113549.1.9.16.2.14"), tlv(0x31, token.der())]);
        assert!(cms.ends_with(&tlv(0xA1, &attribute)));
    }
}

#[test]
fn the_reserve_is_as_large_as_needed_and_no_larger() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let mut key = pki.key(&holder, false);
    let base = document();
    let (file, _) = sign(&base, &mut key, "chair", Level::B);
    let signature = pdf::embedded_signatures(&file).unwrap().remove(0);
    let cms = asn1::first_value(&signature.contents).unwrap();
    // Two numbers of ECDSA may be a few bytes shorter.
    assert!(
        signature.contents.len() - cms.len() <= 8,
        "{}",
        signature.contents.len()
    );

    let head = Head::new(&base);
    let roomy = prepare(
        &head,
        &entries(20_000),
        key.chain(),
        key.algorithm(),
        Level::B,
    )
    .unwrap();
    let value = key.sign(roomy.message()).unwrap();
    let file = appended(&base, &finish(&head, roomy, &value, None).unwrap());
    let signature = pdf::embedded_signatures(&file).unwrap().remove(0);
    assert_eq!(signature.contents.len(), 20_000);
}

#[test]
fn a_time_stamp_that_outgrows_its_place_is_refused() {
    let pki = Pki::new();
    let holder = pki.signer(Pair::p256());
    let key = pki.key(&holder, false);
    let base = document();
    let head = Head::new(&base);
    let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::T).unwrap();
    let value = holder.pair.sign(prepared.message());
    let request = TimeStampRequest::new(*Sha256::of(&value).as_bytes(), 5);
    let mut wanted = WantedToken::new(request.digest(), &[5], &pki);
    let signers: Vec<_> = (0..30)
        .map(|_| pki.signer(Pair::p256()).certificate)
        .collect();
    wanted.certificates.extend(signers);
    let response = granted(&wanted.by(&pki.authority));
    let token = read_time_stamp(&response, &request, &pki.anchors()).unwrap();
    let error = finish(&head, prepared, &value, Some(&token)).unwrap_err();
    let Error::TokenSize { size, room } = error else {
        panic!("{error}");
    };
    // The value may be a few bytes shorter than there is room for, and its time-stamp longer.
    assert_eq!(size, token.der().len());
    assert!((8192..8192 + 64).contains(&room), "{room}");
    assert_eq!(
        Error::TokenSize { size, room: 8192 }.to_string(),
        format!(
            "the authority's time-stamp has {size} bytes, more than the 8192 that there is room for; \
             another authority is needed"
        )
    );

    let archive = prepare_archive(&head).unwrap();
    let mut wanted = WantedToken::new(archive.digest().as_bytes(), &[5], &pki);
    wanted
        .certificates
        .extend((0..30).map(|_| pki.signer(Pair::p256()).certificate));
    let request = TimeStampRequest::new(*archive.digest().as_bytes(), 5);
    let response = granted(&wanted.by(&pki.authority));
    let token = read_time_stamp(&response, &request, &pki.anchors()).unwrap();
    let error = finish_archive(&head, archive, &token).unwrap_err();
    assert!(
        matches!(error, Error::TokenSize { room: 8192, .. }),
        "{error}"
    );
}

#[test]
fn a_time_stamp_proves_a_time_within_the_signer_s_validity() {
    let pki = Pki::new();
    let base = document();
    let head = Head::new(&base);
    // The tokens of these tests are of a second and a quarter past the present.
    let finish = |not_before, not_after| {
        let wanted = Wanted {
            not_before,
            not_after,
            ..Wanted::person("Prov Provsson")
        };
        let holder = wanted.by(&pki.issuing, Pair::p256());
        let key = pki.key(&holder, false);
        let prepared = prepare(&head, &entries(0), key.chain(), key.algorithm(), Level::T).unwrap();
        let value = holder.pair.sign(prepared.message());
        finish(&head, prepared, &value, Some(&token(&pki, &value)))
    };
    let second = chrono::Duration::seconds(1);
    assert!(finish(now() + second, now() + second * 2).is_ok());
    let error = finish(now() - days(1), now() + second).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the time-stamp is of 2026-11-22 14:05:01 UTC; the certificate of CN=Prov Provsson,C=SE is \
         valid from 2026-11-21 14:05:00 UTC to 2026-11-22 14:05:01 UTC"
    );
    let error = finish(now() + second * 2, now() + days(1)).unwrap_err();
    assert!(matches!(error, Error::TokenTime { .. }));
}

#[test]
fn signatures_and_an_archive_time_stamp_follow_each_other() {
    let pki = Pki::new();
    let mut file = document();
    let holders: Vec<_> = (0..2).map(|_| pki.signer(Pair::p256())).collect();
    for (holder, field) in holders.iter().zip(["chair", "director"]) {
        let (signed, tail) = sign(&file, &mut pki.key(holder, false), field, Level::B);
        assert!(signed.starts_with(&file));
        assert!(tail < 8 * 1024);
        file = signed;
    }
    let again = pdf::signature_update(&file, &entries(100));
    assert!(again.is_err());

    let head = Head::new(&file);
    let prepared = prepare_archive(&head).unwrap();
    let other = token(&pki, b"another");
    assert!(matches!(
        finish_archive(&head, prepared.clone(), &other),
        Err(Error::TokenOther)
    ));
    let token = token_of(&pki, *prepared.digest().as_bytes());
    assert!(matches!(
        finish_archive(&Head::new(b"another"), prepared.clone(), &token),
        Err(Error::TokenOther)
    ));
    let file = appended(&file, &finish_archive(&head, prepared, &token).unwrap());
    let signatures = pdf::embedded_signatures(&file).unwrap();
    let kinds: Vec<_> = signatures.iter().map(|signature| signature.kind).collect();
    assert_eq!(
        kinds,
        [
            SignatureKind::Approval,
            SignatureKind::Approval,
            SignatureKind::TimeStamp
        ]
    );
    assert_eq!(
        asn1::first_value(&signatures[2].contents).unwrap(),
        token.der()
    );
    let [start, length, next, rest] = signatures[2].byte_range;
    let covered = [&file[start..start + length], &file[next..next + rest]].concat();
    assert_eq!(token.imprint(), Sha256::of(&covered));
}

#[test]
fn a_self_issued_seal_signs_and_is_carried() {
    let seal = Wanted::person("Prov kommun").self_issued(Pair::p256());
    let pem = [
        super::pki::pem("PRIVATE KEY", &seal.pair.pkcs8()),
        super::pki::pem("CERTIFICATE", seal.certificate.der()),
    ];
    let mut key = SoftwareKey::from_pem(pem.concat().as_bytes(), None, &[], false).unwrap();
    let (file, _) = sign(&document(), &mut key, "chair", Level::B);
    let signature = pdf::embedded_signatures(&file).unwrap().remove(0);
    let cms = asn1::first_value(&signature.contents).unwrap();
    let data = SignedData::from_content_info(&cms).unwrap();
    let carried = data.certificates.unwrap();
    assert_eq!(carried.len(), 1);
    assert_eq!(
        der::Encode::to_der(&carried[0]).unwrap(),
        seal.certificate.der()
    );
}

/// The signed attributes, written by hand: content type, message digest and the signer's
/// certificate, in the order of DER.
fn attributes(digest: &[u8], signer: &Certificate) -> Vec<u8> {
    let attribute = |kind, value: Vec<u8>| sequence(&[oid(kind), tlv(0x31, &value)]);
    let named = tlv(0x04, Sha256::of(signer.der()).as_bytes());
    let mut parts = [
        attribute("1.2.840.113549.1.9.3", oid("1.2.840.113549.1.7.1")),
        attribute("1.2.840.113549.1.9.4", tlv(0x04, digest)),
        attribute(
            "1.2.840.113549.1.9.16.2.47",
            sequence(&[sequence(&[sequence(&[named])])]),
        ),
    ];
    parts.sort();
    tlv(0x31, &parts.concat())
}

/// The two numbers of an ECDSA value, each of 32 bytes.
fn plain_numbers(value: &[u8]) -> Vec<u8> {
    let mut rest = &value[2..];
    let mut plain = Vec::new();
    for _ in 0..2 {
        let length = usize::from(rest[1]);
        let number = &rest[2..2 + length];
        let number: Vec<_> = number
            .iter()
            .copied()
            .skip_while(|byte| *byte == 0)
            .collect();
        plain.extend(vec![0; 32 - number.len()]);
        plain.extend(number);
        rest = &rest[2 + length..];
    }
    plain
}

pub(crate) fn token(pki: &Pki, value: &[u8]) -> Token {
    token_of(pki, *Sha256::of(value).as_bytes())
}

fn token_of(pki: &Pki, digest: [u8; 32]) -> Token {
    let request = TimeStampRequest::new(digest, 5);
    let wanted = WantedToken::new(&digest, &[5], pki);
    read_time_stamp(
        &granted(&wanted.by(&pki.authority)),
        &request,
        &pki.anchors(),
    )
    .unwrap()
}

/// Signs and returns the file and how many bytes were appended.
pub(crate) fn sign(
    base: &[u8],
    key: &mut SoftwareKey,
    field: &str,
    level: Level,
) -> (Vec<u8>, usize) {
    let head = Head::new(base);
    let entries = SignatureEntries {
        field,
        ..entries(0)
    };
    let prepared = prepare(&head, &entries, key.chain(), key.algorithm(), level).unwrap();
    let value = key.sign(prepared.message()).unwrap();
    let signed = finish(&head, prepared, &value, None).unwrap();
    (appended(base, &signed), signed.tail.len())
}

pub(crate) fn sign_with_token(base: &[u8], pki: &Pki, holder: &Holder, field: &str) -> Vec<u8> {
    let mut key = pki.key(holder, false);
    let head = Head::new(base);
    let entries = SignatureEntries {
        field,
        ..entries(0)
    };
    let prepared = prepare(&head, &entries, key.chain(), key.algorithm(), Level::T).unwrap();
    let value = key.sign(prepared.message()).unwrap();
    let token = token(pki, &value);
    appended(
        base,
        &finish(&head, prepared, &value, Some(&token)).unwrap(),
    )
}

fn appended(base: &[u8], signed: &Signed) -> Vec<u8> {
    let file = [base, &signed.tail].concat();
    assert_eq!(signed.digest, Sha256::of(&file));
    assert_eq!(signed.size_bytes, file.len());
    file
}

fn entries(reserve_bytes: usize) -> SignatureEntries<'static> {
    SignatureEntries {
        field: "chair",
        signed_at: now(),
        name: Some("Prov Provsson"),
        reason: None,
        location: None,
        appearance: &[],
        certifies: false,
        reserve_bytes,
    }
}

/// A document with two signature fields.
pub(crate) fn document() -> Vec<u8> {
    let widget = |name: &str| {
        format!(
            "<</Type/Annot/Subtype/Widget/FT/Sig/T({name})/TU(Prov)/F 4/P 3 0 R\
             /Rect[10 10 100 40]/AP<</N 7 0 R>>>>"
        )
    };
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 4 0 R>>".to_owned(),
        "<</Type/Pages/Count 1/Kids[3 0 R]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Annots[5 0 R 6 0 R]>>".to_owned(),
        "<</Fields[5 0 R 6 0 R]/SigFlags 3>>".to_owned(),
        widget("chair"),
        widget("director"),
        "<</Type/XObject/Subtype/Form/BBox[0 0 90 30]/Length 0>>\nstream\n\nendstream".to_owned(),
    ];
    let mut file = b"%PDF-1.7\n%\x80\x80\x80\x80\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", bodies.len() + 1);
    for (number, body) in (1..).zip(&bodies) {
        table.push_str(&format!("{:010} 00000 n\r\n", file.len()));
        file.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let start = file.len();
    let trailer = format!(
        "{table}trailer\n<</Size {}/Root 1 0 R/ID[(first)(second)]>>\nstartxref\n{start}\n%%EOF\n",
        bodies.len() + 1
    );
    file.extend(trailer.bytes());
    file
}

fn decoded(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD
        .decode(text)
        .unwrap()
}

fn encoded(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
