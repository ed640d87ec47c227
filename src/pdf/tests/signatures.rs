//! Signatures and fields read back.

use super::samples::{
    append, body, entries, file, form_file, issued, signed, signed_objects, stamp,
};
use crate::pdf::document::Document;
use crate::pdf::{
    EmbeddedSignature, Error, SignatureKind, describe, embedded_signatures, revision_ends,
    signature_fields, signature_update, time_stamp_update,
};

fn told(fields: &[&str]) -> Result<Vec<EmbeddedSignature>, Error> {
    let fields: Vec<String> = fields.iter().map(|field| (*field).to_owned()).collect();
    embedded_signatures(&form_file(&fields))
}

#[test]
fn reads_signatures_in_the_order_of_their_revisions() {
    // The form lists 1443-2 first.
    let mut pdf = issued();
    for name in ["1443-1", "1443-2"] {
        pdf = append(&pdf, signature_update(&pdf, &entries(name)).unwrap());
    }
    pdf = append(&pdf, time_stamp_update(&pdf, 8).unwrap());
    let ends = revision_ends(&pdf);
    let found = embedded_signatures(&pdf).unwrap();
    let expected = [
        ("1443-1", SignatureKind::Approval),
        ("1443-2", SignatureKind::Approval),
        ("time-stamp-1", SignatureKind::TimeStamp),
    ];
    assert_eq!(found.len(), expected.len());
    for ((signature, (field, kind)), end) in found.iter().zip(expected).zip(&ends[1..]) {
        assert_eq!((signature.field.as_str(), signature.kind), (field, kind));
        assert_eq!(signature.contents, stamp());
        assert_eq!(signature.revision_end, *end);
        assert_eq!(signature.byte_range[2] + signature.byte_range[3], *end);
    }
}

#[test]
fn the_revision_is_the_last_that_places_the_signature() {
    let pdf = issued();
    let pdf = append(&pdf, signature_update(&pdf, &entries("1443-1")).unwrap());
    let end = embedded_signatures(&pdf).unwrap()[0].revision_end;
    assert_eq!(end, pdf.len());

    // The dictionary written once more, word for word, belongs to the revision that did it.
    let start = Document::open(&pdf).unwrap().table.start;
    let again = format!("27 0 obj\n{}\nendobj\n", body(&pdf, 27));
    let table = format!("xref\n27 1\n{:010} 00000 n\r\n", pdf.len());
    let tail = format!(
        "{again}{table}trailer\n<</Size 28/Root 1 0 R/Prev {start}>>\nstartxref\n{}\n%%EOF\n",
        pdf.len() + again.len()
    );
    let whole = [pdf.as_slice(), tail.as_bytes()].concat();
    let found = embedded_signatures(&whole).unwrap().remove(0);
    assert_eq!(found.revision_end, whole.len());
    assert_eq!(found.byte_range[2] + found.byte_range[3], pdf.len());
}

#[test]
fn reads_fields_under_fields() {
    let pdf = file(&signed_objects());
    let fields = signature_fields(&pdf).unwrap();
    let fields: Vec<(&str, bool)> = fields
        .iter()
        .map(|field| (field.name.as_str(), field.is_signed))
        .collect();
    assert_eq!(fields, [("group.inner", true), ("1443-2", false)]);
    let found = embedded_signatures(&pdf).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].field, "group.inner");
    assert_eq!(found[0].kind, SignatureKind::Certification);
    assert_eq!(found[0].byte_range, [0, 1, 19, 4]);
    assert_eq!(found[0].revision_end, pdf.len());
}

#[test]
fn takes_widgets_apart_from_fields() {
    let fields = [
        "<</T(one)/FT/Sig/Kids[5 0 R]/TU(En ruta)>>",
        "<</Subtype/Widget/Parent 4 0 R>>",
    ];
    let pdf = form_file(&fields.map(str::to_owned));
    // Object 5 is in /Fields too, where it must have a name.
    let what = "/T";
    assert!(matches!(
        signature_fields(&pdf),
        Err(Error::Malformed { object: 5, what: found, .. }) if found == what
    ));
    let pdf = file(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>".to_owned(),
        "<</Type/Pages/Count 0/Kids[]>>".to_owned(),
        "<</T(one)/FT/Sig/Kids[4 0 R]/TU(En ruta)>>".to_owned(),
        "<</Subtype/Widget/Parent 3 0 R>>".to_owned(),
    ]);
    let found = signature_fields(&pdf).unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].name, "one");
    assert_eq!(found[0].tooltip, "En ruta");
}

#[test]
fn reads_other_ways_to_write_a_signature() {
    // The dictionary in the field itself, and an entry by reference.
    let direct = "<</T(a)/FT/Sig/V<</ByteRange 5 0 R/Contents(ab)>>>>";
    let found = told(&[direct]);
    assert!(matches!(found, Err(Error::Missing { object: 5 })));
    let direct = direct.replace("5 0 R", "[5 6 7 8]");
    let found = told(&[&direct]).unwrap();
    assert_eq!(found[0].contents, b"ab");
    assert_eq!(found[0].byte_range, [5, 6, 7, 8]);
    assert_eq!(found[0].kind, SignatureKind::Approval);
    assert_eq!(told(&["<</T(a)/FT/Tx/V(text)>>"]).unwrap(), []);
}

#[test]
fn refuses_ranges_and_contents_of_another_shape() {
    let ranges = [
        "",
        "/ByteRange[]",
        "/ByteRange[0 1 2]",
        "/ByteRange[0 1 2 3 4 5]",
        "/ByteRange[0 1 2 -3]",
        "/ByteRange[0 1 2 3.0]",
        "/ByteRange[0 1 2(3)]",
    ];
    for range in ranges {
        let found = told(&[&format!("<</T(a)/FT/Sig/V<</Contents(ab){range}>>>>")]);
        let expected = "/ByteRange of object 4 is not four offsets and lengths";
        assert_eq!(found.unwrap_err().to_string(), expected, "{range}");
    }
    for contents in ["", "/Contents null", "/Contents/ab"] {
        let found = told(&[&format!(
            "<</T(a)/FT/Sig/V<</ByteRange[0 1 2 3]{contents}>>>>"
        )]);
        let expected = "/Contents of object 4 is not a string";
        assert_eq!(found.unwrap_err().to_string(), expected, "{contents}");
    }
    let error = told(&["<</T(a)/FT/Sig/V(b)>>"]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/V of a signature field of object 4 is not a dictionary"
    );
    // Numbers beyond the file are given as they are.
    let far = told(&["<</T(a)/FT/Sig/V<</ByteRange[9 8 99999999999 7]/Contents()>>>>"]);
    assert_eq!(far.unwrap()[0].byte_range, [9, 8, 99_999_999_999, 7]);
}

#[test]
fn refuses_fields_that_lead_in_circles() {
    let circle = ["<</T(a)/Kids[5 0 R]>>", "<</T(b)/Kids[4 0 R]>>"];
    assert!(matches!(told(&circle), Err(Error::Loop { .. })));
    assert!(matches!(
        told(&["<</T(a)/Kids[3]>>"]),
        Err(Error::Malformed { object: 4, .. })
    ));
}

#[test]
fn a_document_without_form_has_no_signatures() {
    let pdf = file(&["<</Type/Catalog>>".to_owned()]);
    assert_eq!(embedded_signatures(&pdf).unwrap(), []);
    assert_eq!(signature_fields(&pdf).unwrap(), []);
}

#[test]
fn describes_signatures_and_evidence() {
    let told = describe(&signed()).unwrap();
    let lines: Vec<&str> = told
        .lines()
        .filter(|line| {
            ["PDF", "signature", "evidence"]
                .iter()
                .any(|word| line.starts_with(word))
        })
        .collect();
    let expected = [
        "PDF 1.7, revisions: 4",
        "signature \"1443-1\": Type Sig, Filter Adobe.PPKLite, SubFilter ETSI.CAdES.detached, \
         M \"D:20261122130500Z\"",
        "signature \"time-stamp-1\": Type DocTimeStamp, Filter Adobe.PPKLite, \
         SubFilter ETSI.RFC3161",
        "evidence: 2 certificates, 1 CRLs, 1 OCSP responses, for 1 signatures",
    ];
    assert_eq!(lines, expected);
}
