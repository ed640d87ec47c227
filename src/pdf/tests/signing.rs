//! Revisions that sign, certify and time-stamp.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::samples::{
    append, body, entries, file_with, form_file, issued, objects, signed_at, stamp, typeset,
    typeset_with,
};
use crate::pdf::document::Document;
use crate::pdf::{
    AppearanceLine, Error, LineWeight, SignatureEntries, SignatureKind, Update, base_revision,
    embedded_signatures, revision_ends, signature_fields, signature_update, time_stamp_update,
};

/// Returns the numbers of the objects that an update writes.
fn written(pdf: &[u8], tail: &[u8]) -> Vec<u32> {
    let whole = [pdf, tail].concat();
    let document = Document::open(&whole).unwrap();
    let numbers = document.table.in_use();
    let new = numbers.filter(|(_, _, offset)| *offset >= pdf.len());
    new.map(|(number, _, _)| number).collect()
}

fn sign(pdf: &[u8], entries: &SignatureEntries<'_>) -> Vec<u8> {
    append(pdf, signature_update(pdf, entries).unwrap())
}

fn trailer(pdf: &[u8]) -> String {
    let text = String::from_utf8_lossy(pdf).into_owned();
    text.rsplit_once("trailer\n").unwrap().1.to_owned()
}

#[test]
fn an_approval_writes_widget_signature_and_appearance() {
    let pdf = issued();
    let lines = [AppearanceLine {
        text: "Prov Provsson",
        weight: LineWeight::Leading,
    }];
    let shown = SignatureEntries {
        appearance: &lines,
        ..entries("1443-1")
    };
    let update = signature_update(&pdf, &shown).unwrap();
    assert_eq!(written(&pdf, &update.tail), [5, 27, 28]);
    let update = signature_update(&pdf, &entries("1443-1")).unwrap();
    assert_eq!(written(&pdf, &update.tail), [5, 27]);
}

#[test]
fn keeps_the_widget_and_adds_its_value() {
    let pdf = issued();
    let before = body(&pdf, 5);
    let signed = sign(&pdf, &entries("1443-1"));
    let after = body(&signed, 5);
    let expected = before.strip_suffix(">>").unwrap().to_owned() + "/V 27 0 R>>";
    assert_eq!(after, expected);

    let lines = [AppearanceLine {
        text: "Prov Provsson",
        weight: LineWeight::Leading,
    }];
    let shown = SignatureEntries {
        appearance: &lines,
        ..entries("1443-1")
    };
    let after = body(&sign(&pdf, &shown), 5);
    assert_eq!(after, expected.replace("/N 19 0 R", "/N 28 0 R"));
}

#[test]
fn writes_the_signature_dictionary() {
    let pdf = issued();
    let named = SignatureEntries {
        name: Some("Åsa (Prov)"),
        reason: Some("Avtal (1)"),
        location: Some("Borås"),
        ..entries("1443-1")
    };
    let signed = sign(&pdf, &named);
    let range = embedded_signatures(&signed).unwrap()[0].byte_range;
    let range = format!("[0 {} {} {}]", range[1], range[2], range[3]);
    let expected = format!(
        "<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/ETSI.CAdES.detached/M(D:20261122130500Z)\
         /Name<FEFF00C5007300610020002800500072006F00760029>/Reason(Avtal \\(1\\))\
         /Location<FEFF0042006F007200E50073>/ByteRange{range:<32}/Contents<3003020105000000>>>"
    );
    assert_eq!(body(&signed, 27), expected);
}

#[test]
fn covers_all_but_the_contents_and_their_brackets() {
    let pdf = issued();
    let update = signature_update(&pdf, &entries("1443-1")).unwrap();
    let [before, after] = update.covered();
    assert_eq!([before, b"<0000000000000000>", after].concat(), update.tail);
    let lengths = [before.len(), after.len()];
    let signed = append(&pdf, update);
    let range = embedded_signatures(&signed).unwrap()[0].byte_range;
    let first = pdf.len() + lengths[0];
    assert_eq!(range, [0, first, first + 18, lengths[1]]);
    assert_eq!(range[2] + range[3], signed.len());
}

#[test]
fn fills_upper_case_digits_and_refuses_too_many() {
    let update = || signature_update(&issued(), &entries("1443-1")).unwrap();
    let place = update().contents;
    let filled = update().fill(&[0xAB, 0x0C, 0xDE]).unwrap();
    assert_eq!(&filled[place.clone()], b"AB0CDE0000000000");
    let filled = update().fill(&[0x9F; 8]).unwrap();
    assert_eq!(&filled[place], b"9F9F9F9F9F9F9F9F");
    let error = update().fill(&[0; 9]).unwrap_err();
    let (size, reserved) = (9, 8);
    assert_eq!(error, Error::ContentsSize { size, reserved });
    let told = "the signature has 9 bytes, more than the 8 that are reserved for it";
    assert_eq!(error.to_string(), told);

    // An update put together by hand with a place outside its tail is an error, too.
    let broken = Update {
        tail: Vec::new(),
        contents: 10..20,
    };
    assert_eq!(broken.covered(), [b"", b""]);
    let (size, reserved) = (1, 5);
    let error = Error::ContentsSize { size, reserved };
    assert_eq!(broken.fill(&[1]).unwrap_err(), error);
}

#[test]
fn carries_the_trailer_on() {
    let pdf = issued();
    let start = Document::open(&pdf).unwrap().table.start;
    let signed = sign(&pdf, &entries("1443-1"));
    let told = trailer(&signed);
    let head = "<</Size 28/Root 1 0 R/ID[(first-id)<";
    assert!(told.starts_with(head), "{told}");
    assert!(told.contains(&format!(">]/Prev {start}>>\nstartxref\n")));
    assert!(told.ends_with("\n%%EOF\n"));
    assert_eq!(revision_ends(&signed), [pdf.len(), signed.len()]);

    let table = Document::open(&signed).unwrap().table.start;
    let table = String::from_utf8_lossy(&signed[table..]).into_owned();
    let lines: Vec<&str> = table.lines().take(5).collect();
    assert_eq!([lines[0], lines[1], lines[3]], ["xref", "5 1", "27 1"]);
    assert!(lines[2].ends_with(" 00000 n") && lines[2].len() == 18);
}

#[test]
fn changes_the_second_identifier_each_time() {
    let mut pdf = issued();
    let mut known = Vec::new();
    for _ in 0..5 {
        pdf = append(&pdf, time_stamp_update(&pdf, 8).unwrap());
        let told = trailer(&pdf);
        assert!(told.contains("/ID[(first-id)<"));
        let second = told.split(['<', '>']).find(|part| part.len() == 32);
        known.push(second.unwrap().to_owned());
    }
    known.sort_unstable();
    known.dedup();
    assert_eq!(known.len(), 5);
    let once = signature_update(&issued(), &entries("1443-1")).unwrap();
    assert_eq!(
        once,
        signature_update(&issued(), &entries("1443-1")).unwrap()
    );
}

#[test]
fn refuses_fields_that_cannot_be_signed() {
    let name = || String::from("f1");
    let cases = [
        ("/FT/Tx/Subtype/Widget", Error::FieldNotSignature(name())),
        ("/FT/Sig/Subtype/Widget/V 1 0 R", Error::FieldSigned(name())),
        ("/FT/Sig", Error::FieldWithoutWidget(name())),
        (
            "/FT/Sig/Subtype/Widget/Lock<</Type/SigFieldLock/Action/All>>",
            Error::FieldConstrained {
                field: name(),
                key: "Lock",
            },
        ),
        (
            "/FT/Sig/Subtype/Widget/SV<</Type/SV>>",
            Error::FieldConstrained {
                field: name(),
                key: "SV",
            },
        ),
    ];
    for (keys, expected) in cases {
        let pdf = form_file(&[format!("<</T(f1){keys}>>")]);
        assert_eq!(signature_update(&pdf, &entries("f1")), Err(expected));
    }
    let unknown = Error::FieldUnknown(String::from("f2"));
    assert_eq!(unknown.to_string(), "the form has no field \"f2\"");
    let one = form_file(&["<</T(f1)/FT/Sig/Subtype/Widget>>".to_owned()]);
    for pdf in [one, form_file(&[])] {
        assert_eq!(signature_update(&pdf, &entries("f2")), Err(unknown.clone()));
    }
}

#[test]
fn refuses_a_field_without_area_or_font_only_for_an_appearance() {
    let pdf = form_file(&["<</T(f1)/FT/Sig/Subtype/Widget/Rect[1 1 1 1]>>".to_owned()]);
    assert!(signature_update(&pdf, &entries("f1")).is_ok());
    let lines = [AppearanceLine {
        text: "Prov Provsson",
        weight: LineWeight::Leading,
    }];
    let shown = SignatureEntries {
        appearance: &lines,
        ..entries("f1")
    };
    assert_eq!(signature_update(&pdf, &shown), Err(Error::AppearanceFont));
}

#[test]
fn refuses_files_that_cannot_be_appended_to() {
    let mut pdf = issued();
    assert_eq!(pdf.pop(), Some(b'\n'));
    let expected = Error::Damaged {
        at: pdf.len(),
        expected: "an end of line after the last %%EOF",
    };
    assert_eq!(
        signature_update(&pdf, &entries("1443-1")),
        Err(expected.clone())
    );
    assert_eq!(time_stamp_update(&pdf, 8), Err(expected));

    let mut without = file_with(&objects(), "/Root 1 0 R/ID[(first-id)]");
    without.push(b'\n');
    assert!(matches!(
        time_stamp_update(&without, 8),
        Err(Error::Malformed {
            object: 0,
            what: "/ID",
            ..
        })
    ));
}

#[test]
fn reserves_no_more_than_a_string_may_have() {
    let most = SignatureEntries {
        reserve_bytes: 32_767,
        ..entries("1443-1")
    };
    let update = signature_update(&issued(), &most).unwrap();
    assert_eq!(update.contents.len(), 65_534);
    let more = SignatureEntries {
        reserve_bytes: 32_768,
        ..most
    };
    let error = Error::ReserveSize {
        size: 32_768,
        limit: 32_767,
    };
    assert_eq!(signature_update(&issued(), &more), Err(error.clone()));
    assert_eq!(time_stamp_update(&issued(), 32_768), Err(error));
}

#[test]
fn certifies_once_and_first() {
    let pdf = issued();
    let certifying = SignatureEntries {
        certifies: true,
        ..entries("1443-2")
    };
    let update = signature_update(&pdf, &certifying).unwrap();
    assert_eq!(written(&pdf, &update.tail), [1, 6, 27]);
    let signed = append(&pdf, update);
    let catalog = body(&pdf, 1);
    let expected = catalog.strip_suffix(">>").unwrap().to_owned() + "/Perms<</DocMDP 27 0 R>>>>";
    assert_eq!(body(&signed, 1), expected);
    let reference = "/Reference[<</Type/SigRef/TransformMethod/DocMDP\
                     /TransformParams<</Type/TransformParams/P 2/V/1.2>>>>]/ByteRange";
    assert!(body(&signed, 27).contains(reference));

    let again = SignatureEntries {
        certifies: true,
        ..entries("1443-1")
    };
    let late = Error::CertificationLate(String::from("1443-2"));
    assert_eq!(signature_update(&signed, &again), Err(late.clone()));
    let approved = sign(&pdf, &entries("1443-2"));
    assert_eq!(signature_update(&approved, &again), Err(late));
    let both = sign(&signed, &entries("1443-1"));
    let kinds = embedded_signatures(&both).unwrap();
    let kinds: Vec<SignatureKind> = kinds.iter().map(|signature| signature.kind).collect();
    assert_eq!(
        kinds,
        [SignatureKind::Certification, SignatureKind::Approval]
    );
}

#[test]
fn a_time_stamp_adds_a_field_and_nothing_on_a_page() {
    let pdf = issued();
    let form = body(&pdf, 26);
    let update = time_stamp_update(&pdf, 8).unwrap();
    assert_eq!(written(&pdf, &update.tail), [26, 27, 28]);
    let stamped = append(&pdf, update);
    assert_eq!(body(&stamped, 28), "<</FT/Sig/T(time-stamp-1)/V 27 0 R>>");
    assert_eq!(
        body(&stamped, 26),
        form.replace("/Fields[6 0 R 5 0 R]", "/Fields[6 0 R 5 0 R 28 0 R]")
    );
    let stamp = body(&stamped, 27);
    let head = "<</Type/DocTimeStamp/Filter/Adobe.PPKLite/SubFilter/ETSI.RFC3161/ByteRange[0 ";
    assert!(stamp.starts_with(head), "{stamp}");
    let fields = signature_fields(&append(&stamped, time_stamp_update(&stamped, 8).unwrap()));
    let fields: Vec<(String, bool)> = fields
        .unwrap()
        .into_iter()
        .map(|field| (field.name, field.is_signed))
        .collect();
    let expected = [
        ("1443-2", false),
        ("1443-1", false),
        ("time-stamp-1", true),
        ("time-stamp-2", true),
    ];
    assert_eq!(
        fields,
        expected.map(|(name, signed)| (name.to_owned(), signed))
    );
}

#[test]
fn a_time_stamp_takes_the_lowest_free_name() {
    let field = |name: &str| format!("<</FT/Sig/T({name})>>");
    let pdf = form_file(&[field("time-stamp-1"), field("time-stamp-3")]);
    let stamped = append(&pdf, time_stamp_update(&pdf, 8).unwrap());
    assert_eq!(signature_fields(&stamped).unwrap()[2].name, "time-stamp-2");
}

#[test]
fn a_time_stamp_wants_a_form_of_its_own() {
    let told = |pdf: &[u8]| time_stamp_update(pdf, 8).unwrap_err().to_string();
    assert_eq!(
        told(&typeset_with_end()),
        "/AcroForm of object 1 is not a reference to a form"
    );
    let mut direct = typeset_with(1, "/Lang", "/AcroForm<</Fields[]>>/Lang");
    direct.push(b'\n');
    assert_eq!(
        told(&direct),
        "/AcroForm of object 1 is not a reference to a form"
    );
}

/// The file as Typst writes it has no end of line at its end.
fn typeset_with_end() -> Vec<u8> {
    [typeset(), b"\n".to_vec()].concat()
}

#[test]
fn fifty_signatures_leave_all_earlier_bytes_alone() {
    let fields: Vec<String> = (1..=50)
        .map(|number| format!("<</T(f{number})/FT/Sig/Subtype/Widget>>"))
        .collect();
    let mut pdf = form_file(&fields);
    let mut ends = vec![pdf.len()];
    let mut sizes = Vec::new();
    for number in 1..=50 {
        let name = format!("f{number}");
        let update = signature_update(&pdf, &entries(&name)).unwrap();
        sizes.push(update.tail.len());
        let whole = append(&pdf, update);
        assert!(whole.starts_with(&pdf));
        pdf = whole;
        ends.push(pdf.len());
    }
    assert_eq!(revision_ends(&pdf), ends);
    let signatures = embedded_signatures(&pdf).unwrap();
    assert_eq!(signatures.len(), 50);
    for ((signature, end), number) in signatures.iter().zip(&ends[1..]).zip(1..) {
        assert_eq!(signature.field, format!("f{number}"));
        assert_eq!(signature.revision_end, *end);
        assert_eq!(signature.byte_range[2] + signature.byte_range[3], *end);
        assert_eq!(signature.contents, stamp());
    }
    // The fiftieth is no larger than the first, but for a digit here and there.
    assert!(sizes[49] - sizes[0] < 20, "{sizes:?}");
    assert!(
        signature_fields(&pdf)
            .unwrap()
            .iter()
            .all(|field| field.is_signed)
    );
}

#[test]
fn writes_instants_as_pdf_dates() {
    let cases = [
        ("2026-11-22T14:05:09+01:00", "(D:20261122130509Z)"),
        ("0999-01-02T03:04:05.999Z", "(D:09990102030405Z)"),
    ];
    for (instant, expected) in cases {
        let signed_at: DateTime<Utc> = instant.parse().unwrap();
        let at = SignatureEntries {
            signed_at,
            ..entries("1443-1")
        };
        assert!(
            body(&sign(&issued(), &at), 27).contains(expected),
            "{instant}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 200,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_words_can_be_read_back(
        name in ".{0,40}",
        reason in prop::option::of(".{0,40}"),
        lines in prop::collection::vec("[ -~åäöŋČ–]{0,80}", 0..6),
        contents in prop::collection::vec(any::<u8>(), 0..40),
        spare in 0_usize..40,
        certifies in any::<bool>(),
    ) {
        let pdf = issued();
        let lines: Vec<AppearanceLine<'_>> = lines
            .iter()
            .map(|text| AppearanceLine { text, weight: LineWeight::Detail })
            .collect();
        let entries = SignatureEntries {
            field: "1443-2",
            signed_at: signed_at(),
            name: Some(&name),
            reason: reason.as_deref(),
            location: None,
            appearance: &lines,
            certifies,
            reserve_bytes: contents.len() + spare,
        };
        let update = signature_update(&pdf, &entries).unwrap();
        prop_assert_eq!(update.contents.len(), 2 * entries.reserve_bytes);
        let parts = update.covered().concat();
        let tail = update.fill(&contents).unwrap();
        let signed = [pdf.as_slice(), &tail].concat();
        let found = embedded_signatures(&signed).unwrap().remove(0);
        prop_assert_eq!(&found.contents[..contents.len()], &contents);
        prop_assert!(found.contents[contents.len()..].iter().all(|byte| *byte == 0));
        prop_assert_eq!(found.revision_end, signed.len());
        let [zero, first, second, rest] = found.byte_range;
        prop_assert_eq!(zero, 0);
        let covered = [&signed[..first], &signed[second..second + rest]].concat();
        prop_assert_eq!(covered, [pdf, parts].concat());
        let told = crate::pdf::describe(&signed).unwrap();
        let told_name = format!("Name {name:?}");
        prop_assert!(told.contains(&told_name));
        let again = base_revision(&signed, &[], &super::samples::font());
        prop_assert!(again.is_err());
    }
}
