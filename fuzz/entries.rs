// What is fuzzed: one function for each kind of foreign bytes. Whoever calls looks for panics; the rest is
// asserted here. Included by the targets beside it and by the test binary, which runs each for a while.

use chrono::{DateTime, Utc};

use sigill::agreement::Party;
use sigill::pdf::History;
use sigill::signature::{Anchors, Certificate, TimeStampRequest, read_time_stamp, texts_in};
use sigill::validation::{Input, Integrity, Issued, Policy, Supplied, Verdict, examine};

/// A signed file without evidence, and who is trusted in it.
pub(crate) struct Ground {
    pub(crate) anchors: Anchors,
    pub(crate) file: Vec<u8>,
    pub(crate) at: DateTime<Utc>,
}

/// An entry: the bytes, and the ground that they are tried on.
pub(crate) type Entry = fn(&[u8], &Ground);

impl Ground {
    fn judge(&self, file: &[u8], supplied: &Supplied) -> Verdict {
        let input = Input {
            issued: Issued::NotAsked,
            parties: &[],
            confirmed: &[],
            identifier_key: None,
            anchors: &self.anchors,
            supplied,
            policy: &Policy::default(),
            at: self.at,
        };
        examine(file, &input)
    }
}

/// A whole file: every revision, every object, and the verdict.
pub(crate) fn pdf_history(data: &[u8], ground: &Ground) {
    if let Ok(history) = History::read(data) {
        assert!(!history.revisions().is_empty());
        for revision in 0..history.revisions().len().min(8) {
            let view = history.at(revision);
            drop(view.signatures());
            for reference in view.numbers().take(200) {
                drop(view.object(reference));
            }
        }
    }
    ground.judge(data, &Supplied::default());
}

/// A CMS in the contents of a signature.
pub(crate) fn cms(data: &[u8], ground: &Ground) {
    let file = signed("/Type/Sig/SubFilter/ETSI.CAdES.detached", data);
    let verdict = ground.judge(&file, &Supplied::default());
    assert_ne!(verdict.integrity, Integrity::Ok);
}

/// A token: in a document time-stamp, and as an authority's answer.
pub(crate) fn time_stamp(data: &[u8], ground: &Ground) {
    let file = signed("/Type/DocTimeStamp/SubFilter/ETSI.RFC3161", data);
    let verdict = ground.judge(&file, &Supplied::default());
    assert_ne!(verdict.integrity, Integrity::Ok);
    let request = TimeStampRequest::new([0x5A; 32], 5);
    assert!(read_time_stamp(data, &request, &ground.anchors).is_err());
}

/// A certificate: what it says, and as evidence.
pub(crate) fn certificate(data: &[u8], ground: &Ground) {
    if let Ok(certificate) = Certificate::from_der(data) {
        drop((certificate.subject(), certificate.subject_name()));
        drop((certificate.issuer(), certificate.texts()));
        drop((certificate.ocsp_urls(), certificate.issuer_urls()));
        drop((certificate.crl_urls(), certificate.key_kind()));
        drop(ground.anchors.path(&certificate, &[], ground.at));
    }
    drop(texts_in(data));
    supplied(
        ground,
        Supplied {
            certificates: vec![data.to_vec()],
            ..Supplied::default()
        },
    );
}

/// An OCSP response as evidence.
pub(crate) fn ocsp(data: &[u8], ground: &Ground) {
    supplied(
        ground,
        Supplied {
            ocsp_responses: vec![data.to_vec()],
            ..Supplied::default()
        },
    );
}

/// A revocation list as evidence.
pub(crate) fn crl(data: &[u8], ground: &Ground) {
    supplied(
        ground,
        Supplied {
            crls: vec![data.to_vec()],
            ..Supplied::default()
        },
    );
}

/// A party's file.
pub(crate) fn party_import(data: &[u8], _: &Ground) {
    if let Ok(text) = std::str::from_utf8(data) {
        drop(Party::parse("party.toml", text));
    }
}

/// Evidence never touches integrity.
fn supplied(ground: &Ground, supplied: Supplied) {
    let verdict = ground.judge(&ground.file, &supplied);
    assert_eq!(verdict.integrity, Integrity::Ok);
}

/// A document with a signature of lawful form and these contents.
fn signed(entries: &str, contents: &[u8]) -> Vec<u8> {
    let digits: String = contents.iter().map(|byte| format!("{byte:02X}")).collect();
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]/SigFlags 3>>>>".to_owned(),
        "<</Type/Pages/Count 0/Kids[]>>".to_owned(),
        "<</FT/Sig/T(a)/V 4 0 R>>".to_owned(),
        format!("<<{entries}/Filter/Adobe.PPKLite/ByteRange{RANGE}/Contents<{digits}>>>"),
    ];
    let mut out = "%PDF-1.7\n".to_owned();
    let mut rows = String::from("0000000000 65535 f\r\n");
    for (number, body) in (1..).zip(&bodies) {
        rows.push_str(&format!("{:010} 00000 n\r\n", out.len()));
        out.push_str(&format!("{number} 0 obj\n{body}\nendobj\n"));
    }
    let start = out.len();
    out.push_str(&format!(
        "xref\n0 5\n{rows}trailer\n<</Size 5/Root 1 0 R/ID[<00><00>]>>\nstartxref\n{start}\n%%EOF\n"
    ));
    let open = out
        .find("/Contents<")
        .map_or(0, |at| at + "/Contents".len());
    let close = open + digits.len() + 2;
    let range = format!("[0 {open:08} {close:08} {:08}]", out.len() - close);
    out.replace(RANGE, &range).into_bytes()
}

const RANGE: &str = "[0 00000000 00000000 00000000]";
