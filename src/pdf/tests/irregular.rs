//! Files that a strict reader refuses, read on and told apart; and hostile ones.

use proptest::prelude::*;

use super::history::{Writer, hybrid, kinds, streamed};
use super::samples::{file, form_file, signed, signed_objects};
use crate::pdf::{History, IrregularityKind, Object, Reference, XrefKind};

fn bodies() -> Vec<String> {
    [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[]/Count 0>>",
        "<</Length 5>>\nstream\nabcde\nendstream",
        "[3 0 R 1]",
    ]
    .map(str::to_owned)
    .to_vec()
}

fn plain() -> Vec<u8> {
    written(&bodies())
}

/// A file in ASCII, so that places in its text are places in its bytes.
fn written(bodies: &[String]) -> Vec<u8> {
    let mut pdf = file(bodies);
    pdf.push(b'\n');
    pdf.iter_mut()
        .filter(|byte| !byte.is_ascii())
        .for_each(|byte| *byte = b'-');
    pdf
}

fn text(pdf: &[u8]) -> String {
    pdf.iter().map(|byte| char::from(*byte)).collect()
}

fn bytes(text: &str) -> Vec<u8> {
    let byte = |character| u8::try_from(u32::from(character)).unwrap();
    text.chars().map(byte).collect()
}

/// [`plain`] with words replaced by others of the same length, or before the table.
fn with(old: &str, new: &str) -> Vec<u8> {
    let text = text(&plain());
    assert!(text.contains(old), "{old}");
    let text = text.replacen(old, new, 1);
    bytes(&text)
}

/// One body in place of another, all offsets right.
fn with_body(number: usize, body: &str) -> Vec<u8> {
    let mut bodies = bodies();
    bodies[number - 1] = body.to_owned();
    written(&bodies)
}

#[test]
fn a_regular_file_has_none() {
    assert_eq!(kinds(&plain()), []);
}

#[test]
fn tells_each_irregularity() {
    use IrregularityKind as Kind;
    let duplicate = |key: &str| Kind::DuplicateKey {
        key: key.to_owned(),
    };
    for (pdf, expected) in [
        (with_body(4, "<</A 1/A 2>>"), vec![duplicate("A")]),
        (with_body(4, "[1 x 2]"), vec![Kind::Junk]),
        (with_body(4, "<</A/B x/C 1>>"), vec![Kind::Junk]),
        (with_body(4, "<</A>>"), vec![Kind::Junk]),
        (with_body(4, "[1.2.3]"), vec![Kind::Junk]),
        (with_body(4, "/A#"), vec![Kind::Junk]),
        (with_body(4, "<0x1>"), vec![Kind::Junk]),
        (with_body(4, ""), vec![Kind::Junk]),
        (with_body(4, "[3 1 R]"), vec![Kind::ReferenceGeneration]),
        (
            with_body(3, "<</Length 4>>\nstream\nabcde\nendstream"),
            vec![Kind::StreamLength],
        ),
        (
            with_body(3, "<</Length 3 0 R>>\nstream\nabcde\nendstream"),
            vec![Kind::StreamLength],
        ),
        (with("]\nendobj", "]       "), vec![Kind::ObjectEnd]),
        (with("0 5\n", "1 5\n"), vec![Kind::SectionRun]),
        (with("/Size 5", "/Size 4"), vec![Kind::Size]),
        (with(" f\r\n", " f\n"), vec![Kind::EntryForm]),
        (with(" f\r\n", " f\r\n\n"), vec![Kind::EntryForm]),
        (with("%%EOF\n", ""), vec![Kind::RevisionEnd]),
        (with("%%EOF\n", "%%EOF\njunk"), vec![Kind::TrailingBytes]),
        (
            with("%PDF", "x%PDF"),
            vec![Kind::HeaderPlace, Kind::Unplaced { end: 17 }],
        ),
    ] {
        let found: std::collections::BTreeSet<_> = kinds(&pdf).into_iter().collect();
        let expected: std::collections::BTreeSet<_> = expected.into_iter().collect();
        assert_eq!(found, expected, "{}", text(&pdf));
    }
}

#[test]
fn a_section_may_be_a_few_bytes_away() {
    let whole = text(&plain());
    let at = whole.find("xref\n0").unwrap();
    for (shift, kind) in [
        (-1, IrregularityKind::SectionSpace),
        (4, IrregularityKind::SectionOffset),
    ] {
        let wrong = i32::try_from(at).unwrap() + shift;
        let pdf = with(&format!("startxref\n{at}"), &format!("startxref\n{wrong}"));
        assert!(kinds(&pdf).contains(&kind), "{shift}");
        assert_eq!(
            History::read(&pdf).unwrap().revisions()[0].kind,
            XrefKind::Table
        );
    }
}

#[test]
fn tells_bytes_that_nothing_holds() {
    let pdf = with_body(4, "1\nendobj\n9 0 obj\n2");
    let at = text(&pdf).find("9 0 obj").unwrap();
    let history = History::read(&pdf).unwrap();
    let [found] = history.irregularities() else {
        panic!("{:?}", history.irregularities());
    };
    assert_eq!(found.at, at);
    let end = text(&pdf).find("xref\n0").unwrap();
    assert_eq!(found.kind, IrregularityKind::Unplaced { end });
}

#[test]
fn entries_that_share_bytes_are_told() {
    // Object 5 is placed within object 4.
    let pdf = with_body(4, "(5 0 obj 1 endobj)");
    let whole = text(&pdf);
    let at = whole.find("5 0 obj").unwrap();
    let start = whole.find("xref\n0").unwrap();
    let with_entry = whole
        .replacen("0 5\n", "0 6\n", 1)
        .replacen("trailer", &format!("{at:010} 00000 n\r\ntrailer"), 1)
        .replacen("/Size 5", "/Size 6", 1);
    assert!(with_entry.contains(&format!("startxref\n{start}")));
    let pdf = bytes(&with_entry);
    assert_eq!(kinds(&pdf), [IrregularityKind::Overlap]);
}

#[test]
fn a_later_section_that_wakes_earlier_bytes_is_told() {
    let mut pdf = with_body(4, "1\nendobj\n4 0 obj\n2");
    let whole = text(&pdf);
    let at = whole.rfind("4 0 obj").unwrap();
    let previous = whole.find("xref\n0").unwrap();
    let start = pdf.len();
    let update = format!(
        "xref\n4 1\n{at:010} 00000 n\r\ntrailer\n<</Size 5/Root 1 0 R/Prev {previous}>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    pdf.extend(update.bytes());
    let history = History::read(&pdf).unwrap();
    let four = Reference {
        number: 4,
        generation: 0,
    };
    assert_eq!(history.at(0).object(four).unwrap(), Object::Integer(1));
    assert_eq!(history.at(1).object(four).unwrap(), Object::Integer(2));
    let later = history
        .irregularities()
        .iter()
        .find(|found| found.revision == 1);
    assert_eq!(later.unwrap().kind, IrregularityKind::PlaceEarlier);
}

#[test]
fn an_earlier_view_does_not_see_later_bytes() {
    // The first table places object 4 where only an update will write it.
    let whole = text(&plain());
    let at = whole.find("4 0 obj").unwrap();
    let long = format!("{at:010} 00000 n");
    let pdf = with(&long, &format!("{:010} 00000 n", plain().len()));
    let previous = whole.find("xref\n0").unwrap();
    let mut pdf = pdf;
    pdf.extend(b"4 0 obj\n7\nendobj\n");
    let start = pdf.len();
    let update = format!(
        "xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev {previous}>>\nstartxref\n{start}\n%%EOF\n"
    );
    pdf.extend(update.bytes());
    let history = History::read(&pdf).unwrap();
    let four = Reference {
        number: 4,
        generation: 0,
    };
    assert!(history.at(0).object(four).is_err());
    assert!(kinds(&pdf).contains(&IrregularityKind::ObjectMissing));
}

#[test]
fn a_file_without_sections_is_read_by_its_objects() {
    for pdf in [
        with("startxref", "startxxxx"),
        with("xref\n0 5", "xxxx\n0 5"),
        with("trailer", "trailxx"),
    ] {
        let history = History::read(&pdf).unwrap();
        let [revision] = history.revisions() else {
            panic!("{:?}", history.revisions());
        };
        assert_eq!(revision.kind, XrefKind::Rebuilt);
        assert_eq!(revision.end, pdf.len());
        assert!(history.newest().pages().unwrap().is_empty());
        assert!(kinds(&pdf).contains(&IrregularityKind::SectionRebuilt));
    }
    // Objects in object streams are found too.
    let pdf = text(&streamed()).replace("startxref", "startxxxx");
    let pdf = bytes(&pdf);
    let history = History::read(&pdf).unwrap();
    let three = Reference {
        number: 3,
        generation: 0,
    };
    assert_eq!(history.newest().object(three).unwrap(), Object::Integer(32));
}

#[test]
fn chains_that_loop_or_go_astray_are_rebuilt() {
    let at = text(&plain()).find("xref\n0").unwrap();
    for previous in [at, 9, 99_999_999] {
        let pdf = with("/Root", &format!("/Prev {previous}/Root"));
        let history = History::read(&pdf).unwrap();
        assert_eq!(history.revisions()[0].kind, XrefKind::Rebuilt, "{previous}");
    }
}

#[test]
fn refuses_what_is_no_pdf() {
    for pdf in [
        &b""[..],
        b"%PDF-1.7",
        b"hello",
        b"%PDF-1.7\nstartxref\n0\n%%EOF\n",
    ] {
        assert!(History::read(pdf).is_err());
    }
}

#[test]
fn an_encrypted_file_is_read_without_its_words() {
    let pdf = with("/Root", "/Encrypt<</Filter/Standard>>/Root");
    let history = History::read(&pdf).unwrap();
    let view = history.newest();
    assert!(view.is_encrypted());
    assert!(view.signatures().unwrap().is_empty());
    let three = Reference {
        number: 3,
        generation: 0,
    };
    let stream = view.stream(three).unwrap();
    assert!(view.decode(&stream, 100).is_err());
}

#[test]
fn deep_and_wide_objects_end() {
    let deep = "[".repeat(300_000);
    let dicts = "<</A".repeat(300_000);
    let wide = format!("[{}]", "1 ".repeat(300_000));
    let junk = format!("[{}]", "x ".repeat(300_000));
    for body in [deep, dicts, wide, junk] {
        let pdf = with_body(4, &body);
        assert!(kinds(&pdf).contains(&IrregularityKind::ObjectMissing));
    }
}

#[test]
fn streams_and_lengths_that_need_each_other_end() {
    // An object stream whose length is in itself, and one whose length is in another.
    let mut writer = Writer::new();
    writer.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    writer.object(2, "<</Type/Pages/Kids[]/Count 0>>");
    writer.packed(4, &[(3, "1"), (6, "5")]);
    writer.packed(7, &[(8, "5")]);
    writer.end(5, "/Root 1 0 R");
    let whole = text(&writer.out);
    let mut pdf = whole.clone();
    let first = pdf.find("<</Length ").unwrap() + "<</Length ".len();
    pdf.replace_range(first..first + 2, "3 0 R"[..2].as_ref());
    let pdf = bytes(&pdf);
    if let Ok(history) = History::read(&pdf) {
        assert!(!history.irregularities().is_empty());
    }
    let looped = with_body(
        3,
        "<</Length 4 0 R/Filter 4 0 R>>\nstream\nabcde\nendstream",
    );
    drop(kinds(&looped));
}

/// Asks everything of a file.
fn exhaust(pdf: &[u8]) {
    let Ok(history) = History::read(pdf) else {
        return;
    };
    assert!(!history.revisions().is_empty());
    let mut end = 0;
    for revision in history.revisions() {
        assert!(revision.start == end && revision.start < revision.end);
        assert!(revision.section.end <= revision.end || revision.kind == XrefKind::Rebuilt);
        end = revision.end;
        assert!(end <= pdf.len());
    }
    for found in history.irregularities() {
        assert!(found.revision < history.revisions().len());
        assert!(found.at <= pdf.len());
    }
    for revision in 0..history.revisions().len() {
        let view = history.at(revision);
        drop(view.pages());
        for signature in view.signatures().unwrap_or_default() {
            assert!(signature.revision <= revision);
            let contents = signature.contents.unwrap_or_default();
            assert!(pdf.get(contents).is_some());
        }
        for reference in view.numbers() {
            if let Ok(Some(extent)) = view.extent(reference.number) {
                assert!(pdf.get(extent).is_some());
            }
            if let Ok(Object::Stream(stream)) = view.object(reference) {
                let decoded = view.decode(&stream, 1_000);
                assert!(decoded.is_err() || decoded.is_ok_and(|bytes| bytes.len() <= 1_000));
            }
            drop(view.irregularities(reference));
        }
    }
}

fn samples() -> [Vec<u8>; 5] {
    let mut nested = file(&signed_objects());
    nested.push(b'\n');
    let field = "<</T(a)/FT/Sig/V<</Contents(x)/ByteRange[0 1 2]>>>>";
    [
        signed(),
        streamed(),
        hybrid(),
        nested,
        form_file(&[field.to_owned()]),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 3_000,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn survives_cuts_and_flips(
        which in 0_usize..5,
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 0..4),
        (from, to) in any::<(prop::sample::Index, prop::sample::Index)>(),
        repeats in prop::bool::weighted(0.2),
    ) {
        let mut pdf = samples()[which].clone();
        for (at, flip) in &flips {
            let at = at.index(pdf.len());
            pdf[at] ^= flip;
        }
        if let Some(cut) = cut {
            pdf.truncate(cut.index(pdf.len()));
        }
        if repeats && !pdf.is_empty() {
            let (from, to) = (from.index(pdf.len()), to.index(pdf.len()));
            let piece = pdf[from.min(to)..from.max(to)].to_vec();
            pdf.splice(from..from, piece);
        }
        exhaust(&pdf);
    }
}

#[test]
fn survives_every_cut_of_small_files() {
    for pdf in [streamed(), hybrid()] {
        for at in 0..pdf.len() {
            exhaust(&pdf[..at]);
        }
    }
}
