//! The document security store.

use super::samples::{append, body, entries, file, issued, signed_objects, some_evidence, stamp};
use crate::pdf::{
    Error, Evidence, EvidenceKey, SignatureEvidence, evidence, evidence_update, revision_ends,
    signature_update, time_stamp_update,
};

fn add(pdf: &[u8], evidence: &Evidence) -> Vec<u8> {
    let tail = evidence_update(pdf, evidence).unwrap().unwrap();
    [pdf, &tail].concat()
}

fn one_signature() -> Vec<u8> {
    let pdf = issued();
    append(&pdf, signature_update(&pdf, &entries("1443-1")).unwrap())
}

#[test]
fn keeps_what_it_is_given() {
    let pdf = one_signature();
    assert_eq!(evidence(&pdf).unwrap(), Evidence::default());
    let stored = add(&pdf, &some_evidence());
    assert_eq!(evidence(&stored).unwrap(), some_evidence());
    assert_eq!(evidence_update(&stored, &some_evidence()).unwrap(), None);
    assert_eq!(
        evidence_update(&stored, &Evidence::default()).unwrap(),
        None
    );
    assert_eq!(evidence_update(&pdf, &Evidence::default()).unwrap(), None);
    assert_eq!(revision_ends(&stored).last(), Some(&stored.len()));
}

#[test]
fn writes_the_store() {
    let pdf = one_signature();
    let stored = add(&pdf, &some_evidence());
    let catalog = body(&pdf, 1);
    let expected = catalog.strip_suffix(">>").unwrap().to_owned() + "/DSS 33 0 R>>";
    assert_eq!(body(&stored, 1), expected);
    let key = "7A7171DE53F98D62EDD992553DC5FF871F7AEDFB";
    assert_eq!(EvidenceKey::new(&stamp()).to_string(), key);
    let expected = format!(
        "<</Type/DSS/Certs[28 0 R 29 0 R]/CRLs[30 0 R]/OCSPs[31 0 R]/VRI<</{key} 32 0 R>>>>"
    );
    assert_eq!(body(&stored, 33), expected);
    assert_eq!(
        body(&stored, 32),
        "<</Type/VRI/Cert[29 0 R 28 0 R]/OCSP[31 0 R]>>"
    );
    assert_eq!(body(&stored, 28), "<</Length 4>>\nstream\nroot\nendstream");
}

#[test]
fn a_later_store_carries_the_earlier_one_over() {
    let pdf = add(&one_signature(), &some_evidence());
    let catalog = body(&pdf, 1);
    let pdf = append(&pdf, time_stamp_update(&pdf, 16).unwrap());
    let other = EvidenceKey::new(b"another signature");
    let later = Evidence {
        certificates: vec![b"issuer".to_vec(), b"time-stamper".to_vec()],
        crls: vec![b"list".to_vec(), b"newer list".to_vec(), b"list".to_vec()],
        ocsp_responses: vec![],
        signatures: vec![
            // Known already: its entry stays as it is.
            SignatureEvidence {
                key: EvidenceKey::new(&stamp()),
                certificates: vec![1],
                crls: vec![1],
                ocsp_responses: vec![],
            },
            SignatureEvidence {
                key: other,
                certificates: vec![1, 0, 1],
                crls: vec![2],
                ocsp_responses: vec![],
            },
        ],
    };
    let stored = add(&pdf, &later);
    assert_eq!(body(&stored, 1), catalog);
    let store = body(&stored, 33);
    let start = "<</Type/DSS/Certs[28 0 R 29 0 R 36 0 R]/CRLs[30 0 R 37 0 R]/OCSPs[31 0 R]/VRI<<";
    assert!(store.starts_with(start), "{store}");
    let first = some_evidence();
    let expected = Evidence {
        certificates: [first.certificates, vec![b"time-stamper".to_vec()]].concat(),
        crls: [first.crls, vec![b"newer list".to_vec()]].concat(),
        ocsp_responses: first.ocsp_responses,
        signatures: vec![
            first.signatures[0].clone(),
            SignatureEvidence {
                key: other,
                certificates: vec![2, 1],
                crls: vec![0],
                ocsp_responses: vec![],
            },
        ],
    };
    assert_eq!(evidence(&stored).unwrap(), expected);
    assert_eq!(evidence_update(&stored, &later).unwrap(), None);
}

#[test]
fn a_store_in_the_catalog_gets_an_object_of_its_own() {
    let mut bodies = signed_objects();
    bodies[0] = bodies[0].replace("/DSS 9 0 R", "/DSS<</Certs[8 0 R]>>");
    let mut pdf = file(&bodies);
    pdf.push(b'\n');
    let stored = add(&pdf, &some_evidence());
    assert!(body(&stored, 1).contains("/DSS 17 0 R"));
    let held = evidence(&stored).unwrap();
    assert_eq!(held.certificates, [&b"abcde"[..], b"root", b"issuer"]);
    assert_eq!(held.signatures[0].certificates, [2, 1]);
}

#[test]
fn reads_lists_that_stand_elsewhere() {
    let held = evidence(&file(&signed_objects())).unwrap();
    let expected = Evidence {
        certificates: vec![b"abcde".to_vec()],
        crls: vec![b"abcde".to_vec()],
        ocsp_responses: vec![],
        signatures: vec![SignatureEvidence {
            key: EvidenceKey::new(&stamp()),
            certificates: vec![0],
            crls: vec![0],
            ocsp_responses: vec![],
        }],
    };
    assert_eq!(held, expected);
}

#[test]
fn signatures_without_evidence_get_no_entry() {
    let mut none = some_evidence();
    none.signatures[0].certificates.clear();
    none.signatures[0].ocsp_responses.clear();
    let stored = add(&one_signature(), &none);
    assert_eq!(evidence(&stored).unwrap().signatures, []);
}

#[test]
fn refuses_items_that_are_not_given() {
    let mut wrong = some_evidence();
    wrong.signatures[0].crls = vec![1];
    let error = evidence_update(&one_signature(), &wrong).unwrap_err();
    assert_eq!(error, Error::EvidenceIndex { index: 1, count: 1 });
    let told = "the evidence of a signature names item 1 of 1, counted from 0";
    assert_eq!(error.to_string(), told);
}

#[test]
fn refuses_stores_of_another_shape() {
    let store = |old: &str, new: &str| {
        let mut bodies = signed_objects();
        assert!(bodies[8].contains(old));
        bodies[8] = bodies[8].replace(old, new);
        evidence(&file(&bodies)).unwrap_err().to_string()
    };
    let key = EvidenceKey::new(&stamp()).to_string();
    let cases = [
        (
            key.as_str(),
            "ABC",
            "a key in /VRI of object 9 is not 40 hexadecimal digits",
        ),
        (
            "[8 0 R]",
            "[8 0 R 1]",
            "an item of the security store of object 9 is not a reference",
        ),
        (
            "[8 0 R]",
            "[4 0 R]",
            "the value of object 4 is not a stream",
        ),
        ("[8 0 R]", " 4 0 R", "Certs of object 9 is not an array"),
        (
            "10 0 R",
            "[]",
            "a value in /VRI of object 9 is not a dictionary",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(store(old, new), expected);
    }
}
