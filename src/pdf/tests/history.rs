//! Any file as its revisions.

use std::io::Write;

use super::samples::{append, entries, file, form_file, issued, signed, signed_objects};
use crate::pdf::{
    Error, History, IrregularityKind, Object, Place, Reference, SignatureKind, XrefKind,
    revision_ends, signature_update,
};

fn reference(number: u32) -> Reference {
    Reference {
        number,
        generation: 0,
    }
}

/// What the irregularities are, without their places.
pub(super) fn kinds(pdf: &[u8]) -> Vec<IrregularityKind> {
    let history = History::read(pdf).unwrap();
    let found = history.irregularities().iter();
    found.map(|found| found.kind.clone()).collect()
}

fn integer(history: &History<'_>, revision: usize, number: u32) -> Option<i64> {
    match history.at(revision).object(reference(number)).unwrap() {
        Object::Integer(number) => Some(number),
        _ => None,
    }
}

/// One that is written with cross-reference streams, part by part.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) out: Vec<u8>,
    /// Number, kind, and the two fields of each entry.
    entries: Vec<(u32, [u64; 3])>,
    previous: Option<usize>,
}

impl Writer {
    pub(super) fn new() -> Self {
        Self {
            out: b"%PDF-1.7\n%\x80\x80\x80\x80\n".to_vec(),
            entries: vec![(0, [0, 0, 0])],
            previous: None,
        }
    }

    pub(super) fn object(&mut self, number: u32, body: &str) {
        self.entries.push((number, [1, self.out.len() as u64, 0]));
        self.out
            .extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }

    pub(super) fn stream(&mut self, number: u32, dict: &str, data: &[u8]) {
        self.entries.push((number, [1, self.out.len() as u64, 0]));
        let length = data.len();
        let head = format!("{number} 0 obj\n<</Length {length}{dict}>>\nstream\n");
        self.out.extend(head.bytes());
        self.out.extend(data);
        self.out.extend(b"\nendstream\nendobj\n");
    }

    /// Packs objects into an object stream.
    pub(super) fn packed(&mut self, number: u32, objects: &[(u32, &str)]) {
        let mut head = String::new();
        let mut bodies = String::new();
        for (index, (packed, body)) in (0..).zip(objects) {
            head.push_str(&format!("{packed} {} ", bodies.len()));
            bodies.push_str(&format!("{body} "));
            self.entries.push((*packed, [2, u64::from(number), index]));
        }
        let count = objects.len();
        let first = head.len();
        let dict = format!("/Type/ObjStm/N {count}/First {first}/Filter/FlateDecode");
        self.stream(
            number,
            &dict,
            &deflate(format!("{head}{bodies}").as_bytes()),
        );
    }

    /// Ends a revision with a cross-reference stream, whose rows have a PNG predictor.
    pub(super) fn end(&mut self, number: u32, trailer: &str) {
        let start = self.out.len();
        self.entries.push((number, [1, start as u64, 0]));
        self.entries.sort_unstable();
        let size = self.entries.iter().map(|(number, _)| number + 1).max();
        let size = size.unwrap().max(number + 1);
        let mut rows = Vec::new();
        let mut above = [0_u8; 7];
        let mut index = String::new();
        for (number, [kind, second, third]) in &self.entries {
            let mut row = [0_u8; 7];
            row[0] = u8::try_from(*kind).unwrap();
            row[1..5].copy_from_slice(&u32::try_from(*second).unwrap().to_be_bytes());
            row[5..].copy_from_slice(&u16::try_from(*third).unwrap().to_be_bytes());
            rows.push(2);
            rows.extend(
                row.iter()
                    .zip(above)
                    .map(|(byte, up)| byte.wrapping_sub(up)),
            );
            above = row;
            index.push_str(&format!("{number} 1 "));
        }
        let data = deflate(&rows);
        let previous = self.previous.map(|previous| format!("/Prev {previous}"));
        let head = format!(
            "{number} 0 obj\n<</Type/XRef/Length {}/Filter/FlateDecode/DecodeParms<</Predictor 12\
             /Columns 7>>/W[1 4 2]/Index[{index}]/Size {size}{}{trailer}>>\nstream\n",
            data.len(),
            previous.unwrap_or_default(),
        );
        self.out.extend(head.bytes());
        self.out.extend(data);
        self.out
            .extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
        self.entries.clear();
        self.previous = Some(start);
    }
}

pub(super) fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

/// Two revisions with object streams; the second one changes object 3.
pub(super) fn streamed() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.packed(
        4,
        &[
            (1, "<</Type/Catalog/Pages 2 0 R>>"),
            (2, "<</Type/Pages/Kids[]/Count 0>>"),
            (3, "31"),
        ],
    );
    writer.end(5, "/Root 1 0 R");
    writer.packed(6, &[(3, "32")]);
    writer.end(7, "/Root 1 0 R");
    writer.out
}

/// A table that hides object 3, and a stream that tells it, as one revision.
pub(super) fn hybrid() -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut offsets = Vec::new();
    for (number, body) in [
        (1, "<</Type/Catalog/Pages 2 0 R>>"),
        (2, "<</Type/Pages/Kids[]/Count 0>>"),
        (3, "3"),
    ] {
        offsets.push(out.len());
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let stream = out.len();
    let mut row = vec![1];
    row.extend(u32::try_from(offsets[2]).unwrap().to_be_bytes());
    out.extend(b"4 0 obj\n<</Type/XRef/Length 5/W[1 4 0]/Index[3 1]/Size 5>>\nstream\n");
    out.extend(row);
    out.extend(b"\nendstream\nendobj\n");
    let start = out.len();
    let table = format!(
        "xref\n0 4\n0000000003 65535 f\r\n{:010} 00000 n\r\n{:010} 00000 n\r\n0000000000 00000 f\r\n\
         trailer\n<</Size 5/Root 1 0 R/XRefStm {stream}>>\nstartxref\n{start}\n%%EOF\n",
        offsets[0], offsets[1],
    );
    out.extend(table.bytes());
    out
}

#[test]
fn our_own_revisions_end_where_each_marker_does() {
    let pdf = signed();
    let history = History::read(&pdf).unwrap();
    let ends: Vec<usize> = history.revisions().iter().map(|found| found.end).collect();
    assert_eq!(ends, revision_ends(&pdf));
    assert_eq!(ends.len(), 4);
    let starts: Vec<usize> = history
        .revisions()
        .iter()
        .map(|found| found.start)
        .collect();
    assert_eq!(starts, [&[0], &ends[..3]].concat());
    for revision in history.revisions() {
        assert_eq!(revision.kind, XrefKind::Table);
        assert!(pdf[revision.section.clone()].starts_with(b"xref"));
        assert!(pdf[revision.section.clone()].ends_with(b"%%EOF\n"));
    }
    assert_eq!(history.irregularities(), []);
}

#[test]
fn each_revision_has_its_own_objects() {
    let pdf = signed();
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.at(0).signatures().unwrap().len(), 0);
    assert_eq!(history.at(1).signatures().unwrap().len(), 1);
    assert_eq!(history.at(2).signatures().unwrap().len(), 1);
    assert_eq!(history.newest().signatures().unwrap().len(), 2);
    assert_eq!(history.at(99).revision(), 3);
    let placed: Vec<_> = history.revisions()[1].placed().collect();
    assert!(placed.is_sorted_by_key(|(reference, _)| reference.number));
    for (placed, place) in placed {
        let Place::InUse { offset } = place else {
            panic!("{place:?}");
        };
        let extent = history.at(1).extent(placed.number).unwrap().unwrap();
        assert_eq!(extent.start, offset);
        assert!(pdf[extent.clone()].starts_with(format!("{} 0 obj", placed.number).as_bytes()));
        assert!(pdf[extent].ends_with(b"endobj"));
        assert_eq!(history.at(3).place(placed.number).unwrap().0, 1);
    }
}

#[test]
fn tells_where_contents_stand() {
    let pdf = signed();
    let history = History::read(&pdf).unwrap();
    let signatures = history.newest().signatures().unwrap();
    let kinds: Vec<_> = signatures.iter().map(|found| found.kind).collect();
    assert_eq!(kinds, [SignatureKind::Approval, SignatureKind::TimeStamp]);
    for signature in signatures {
        let contents = signature.contents.unwrap();
        let range = signature.byte_range.unwrap();
        assert_eq!(&pdf[contents.clone()], b"<3003020105000000>");
        assert_eq!(range[1], i64::try_from(contents.start).unwrap());
        assert_eq!(range[2], i64::try_from(contents.end).unwrap());
        assert_eq!(signature.contents_bytes.unwrap().len(), 8);
        let end = history.revisions()[signature.revision].end;
        assert_eq!(range[2] + range[3], i64::try_from(end).unwrap());
    }
}

#[test]
fn reads_signatures_that_stand_in_their_fields() {
    let field = "<</T(a)/FT/Sig/V<</Contents(x)/ByteRange[0 1 2]/M(<)>>>>";
    let pdf = form_file(&[field.to_owned()]);
    let history = History::read(&pdf).unwrap();
    let [signature] = <[_; 1]>::try_from(history.newest().signatures().unwrap()).unwrap();
    assert_eq!(signature.holder, None);
    assert_eq!(signature.field_reference, Some(reference(4)));
    assert_eq!(&pdf[signature.contents.unwrap()], b"(x)");
    assert_eq!(signature.byte_range, Some(vec![0, 1, 2]));
}

#[test]
fn a_signature_without_contents_or_range_is_still_told() {
    for (value, contents, range) in [
        ("<<>>", false, None),
        ("<</Contents null/ByteRange null>>", false, None),
        ("<</Contents 1/ByteRange[0 1.5]>>", false, None),
        ("<</Contents<>/ByteRange[]>>", true, Some(vec![])),
    ] {
        let pdf = form_file(&[format!("<</T(a)/FT/Sig/V {value}>>")]);
        let history = History::read(&pdf).unwrap();
        let found = history.newest().signatures().unwrap().remove(0);
        assert_eq!(found.contents_bytes.is_some(), contents, "{value}");
        assert_eq!(found.contents.is_some(), contents, "{value}");
        assert_eq!(found.byte_range, range, "{value}");
    }
}

#[test]
fn reads_nested_fields_direct_fields_and_widgets() {
    let mut bodies = signed_objects();
    bodies[2] = "<</Fields[4 0 R 5 0 R<</T(direct)/FT/Sig/Kids[8 0 R]>>]>>".to_owned();
    bodies[7] = "<</Subtype/Widget>>".to_owned();
    let pdf = file(&bodies);
    let history = History::read(&pdf).unwrap();
    let fields = history.newest().signature_fields().unwrap();
    let told: Vec<_> = fields
        .iter()
        .map(|field| {
            (
                field.name.as_str(),
                field.reference,
                field.widgets.as_slice(),
            )
        })
        .collect();
    let [six, five, eight] = [6, 5, 8].map(reference);
    assert_eq!(
        told,
        [
            ("group.inner", Some(six), &[six][..]),
            ("1443-2", Some(five), &[five][..]),
            ("direct", None, &[eight][..]),
        ]
    );
    assert_eq!(fields[0].value_reference, Some(reference(7)));
}

#[test]
fn reads_object_streams_and_their_revisions() {
    let pdf = streamed();
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.irregularities(), []);
    assert!(
        history
            .revisions()
            .iter()
            .all(|found| found.kind == XrefKind::Stream)
    );
    assert_eq!(integer(&history, 0, 3), Some(31));
    assert_eq!(integer(&history, 1, 3), Some(32));
    assert_eq!(
        history.newest().place(3).unwrap().2,
        Place::Packed {
            stream: 6,
            index: 0
        }
    );
    assert_eq!(history.newest().written(3), Some(1));
    assert_eq!(history.newest().written(1), Some(0));
    assert_eq!(history.newest().extent(3).unwrap(), None);
    assert_eq!(
        history.newest().object(reference(99)).unwrap(),
        Object::Null
    );
    let numbers: Vec<u32> = history.at(0).numbers().map(|found| found.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
}

#[test]
fn tells_of_an_object_stream_that_is_replaced() {
    let mut writer = Writer::new();
    writer.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    writer.object(2, "<</Type/Pages/Kids[]/Count 0>>");
    writer.packed(4, &[(3, "31")]);
    writer.end(5, "/Root 1 0 R");
    // The new stream says 32 for object 3; no entry tells so.
    writer.stream(4, "/Type/ObjStm/N 1/First 4", b"3 0 32");
    writer.end(6, "/Root 1 0 R");
    let history = History::read(&writer.out).unwrap();
    assert_eq!(integer(&history, 0, 3), Some(31));
    assert_eq!(integer(&history, 1, 3), Some(32));
    assert_eq!(history.newest().place(3).unwrap().0, 0);
    assert_eq!(history.newest().written(3), Some(1));
    assert_eq!(kinds(&writer.out), [IrregularityKind::ObjectStreamReplaced]);
}

#[test]
fn a_hybrid_file_is_one_revision() {
    let pdf = hybrid();
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.revisions().len(), 1);
    assert_eq!(history.revisions()[0].kind, XrefKind::Hybrid);
    assert_eq!(integer(&history, 0, 3), Some(3));
    assert_eq!(history.irregularities(), []);
}

#[test]
fn an_empty_hybrid_section_completes_the_first_table() {
    let whole = String::from_utf8_lossy(&hybrid()).into_owned();
    let stream = whole.find("4 0 obj").unwrap();
    let mut pdf = hybrid();
    let start = whole.find("xref\n0 4").unwrap();
    let at = whole.find("/XRefStm").unwrap();
    let end = whole[at..].find(">>").unwrap() + at;
    pdf.drain(at..end);
    let empty = format!(
        "xref\n0 0\ntrailer\n<</Size 5/Root 1 0 R/Prev {start}/XRefStm {stream}>>\nstartxref\n{}\n%%EOF\n",
        pdf.len(),
    );
    pdf.extend(empty.bytes());
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.revisions().len(), 1);
    assert_eq!(history.revisions()[0].end, pdf.len());
    assert_eq!(integer(&history, 0, 3), Some(3));
    assert_eq!(history.irregularities(), []);
}

/// First the objects of the first page and their section, then the others and the main one.
fn linearised() -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let body = |out: &mut Vec<u8>, number: u32, body: &str| {
        let at = out.len();
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
        at
    };
    let first = body(&mut out, 3, "<</Linearized 1>>");
    let start = out.len();
    // Three numbers of ten digits take the place of what is known later.
    let table = |main: usize, catalog: usize| {
        format!(
            "xref\n3 2\n{first:010} 00000 n\r\n{catalog:010} 00000 n\r\n\
             trailer\n<</Size 5/Root 4 0 R/Prev {main:010}>>\nstartxref\n0\n%%EOF\n"
        )
    };
    let catalog = start + table(0, 0).len();
    out.extend(table(0, catalog).bytes());
    body(&mut out, 4, "<</Type/Catalog/Pages 1 0 R>>");
    let pages = body(&mut out, 1, "<</Type/Pages/Kids[]/Count 0>>");
    let two = body(&mut out, 2, "2");
    let main = out.len();
    let rest = format!(
        "xref\n0 3\n0000000000 65535 f\r\n{pages:010} 00000 n\r\n{two:010} 00000 n\r\n\
         trailer\n<</Size 3>>\nstartxref\n{start}\n%%EOF\n"
    );
    out.extend(rest.bytes());
    let right = table(main, catalog);
    out[start..start + right.len()].copy_from_slice(right.as_bytes());
    out
}

#[test]
fn a_linearised_file_is_one_revision() {
    let pdf = linearised();
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.irregularities(), []);
    let [revision] = history.revisions() else {
        panic!("{:?}", history.revisions());
    };
    assert_eq!((revision.start, revision.end), (0, pdf.len()));
    assert_eq!(revision.other_sections.len(), 1);
    assert_eq!(integer(&history, 0, 2), Some(2));
    assert!(history.newest().catalog().is_ok());
}

#[test]
fn a_free_entry_takes_an_object_away() {
    let mut pdf = issued();
    let start = memchr::memmem::rfind(&pdf, b"xref\n0").unwrap();
    let at = pdf.len();
    let update = format!(
        "xref\n7 1\n0000000000 00001 f\r\ntrailer\n<</Size 40/Root 1 0 R/Prev {start}>>\n\
         startxref\n{at}\n%%EOF\n"
    );
    pdf.extend(update.bytes());
    let history = History::read(&pdf).unwrap();
    assert!(matches!(
        history.at(0).object(reference(7)).unwrap(),
        Object::Stream(_)
    ));
    assert_eq!(history.at(1).object(reference(7)).unwrap(), Object::Null);
    assert!(history.at(1).numbers().all(|found| found.number != 7));
    let placings: Vec<_> = history.placings(7).collect();
    assert_eq!(placings.len(), 2);
    assert_eq!(placings[1], (1, reference(7), Place::Free));
}

#[test]
fn reads_pages_with_what_they_inherit() {
    let bodies = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R<</Type/Page/Rotate 90>>]/Count 2/Rotate 0/MediaBox[0 0 1 1]>>",
        "<</Type/Pages/Kids[4 0 R]/Count 1/MediaBox[0 0 2 2]>>",
        "<</Type/Page/Parent 3 0 R>>",
    ]
    .map(str::to_owned);
    let pdf = file(&bodies);
    let history = History::read(&pdf).unwrap();
    let pages = history.newest().pages().unwrap();
    assert_eq!(pages.len(), 2);
    assert_eq!(pages[0].reference, Some(reference(4)));
    assert_eq!(pages[1].reference, None);
    let corner = |page: usize| match pages[page].inherited.value("MediaBox") {
        Some(Object::Array(corners)) => corners[2].number(),
        _ => None,
    };
    assert_eq!([corner(0), corner(1)], [Some(2.0), Some(1.0)]);
    assert_eq!(
        pages[0].inherited.value("Rotate"),
        Some(&Object::Integer(0))
    );
}

#[test]
fn refuses_trees_that_lead_back() {
    let mut bodies = signed_objects();
    bodies[1] = "<</Type/Pages/Kids[2 0 R]/Count 1>>".to_owned();
    bodies[3] = "<</T(group)/FT/Sig/Kids[4 0 R]>>".to_owned();
    bodies[7] = "8 0 R".to_owned();
    let pdf = file(&bodies);
    let history = History::read(&pdf).unwrap();
    let view = history.newest();
    assert_eq!(view.pages().unwrap_err(), Error::Loop { object: 2 });
    assert_eq!(
        view.signature_fields().unwrap_err(),
        Error::Loop { object: 4 }
    );
    let eight = Object::Reference(reference(8));
    assert_eq!(view.resolve(&eight).unwrap_err(), Error::Loop { object: 8 });
}

#[test]
fn fifty_signatures_are_fifty_revisions() {
    let fields: Vec<String> = (0..50)
        .map(|number| format!("<</T(f{number})/FT/Sig/Subtype/Widget/Rect[0 0 0 0]>>"))
        .collect();
    let mut pdf = form_file(&fields);
    for number in 0..50 {
        let name = format!("f{number}");
        pdf = append(&pdf, signature_update(&pdf, &entries(&name)).unwrap());
    }
    let history = History::read(&pdf).unwrap();
    assert_eq!(history.revisions().len(), 51);
    let signatures = history.newest().signatures().unwrap();
    let revisions: Vec<usize> = signatures.iter().map(|found| found.revision).collect();
    assert_eq!(revisions, (1..51).collect::<Vec<_>>());
    assert_eq!(history.irregularities(), []);
}
