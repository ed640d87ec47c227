//! Tokens, objects, tables, streams and attachments.

use std::io::Write;

use super::samples::{file, file_with, objects, typeset, typeset_with};
use crate::pdf::lexer::Lexer;
use crate::pdf::object::{Object, text};
use crate::pdf::parse::Reading;
use crate::pdf::{Error, attachment, base_revision, describe, parse, revision_ends, write};

fn read(source: &str) -> Result<Object<'_>, Error> {
    parse::object_in(&mut Lexer::new(source.as_bytes(), 0), &mut Reading::Strict)
}

/// Reads an object and writes it again.
fn again(source: &str) -> String {
    let mut out = Vec::new();
    write::write_object(&mut out, &read(source).unwrap());
    String::from_utf8(out).unwrap()
}

#[test]
fn reads_every_kind_of_object() {
    let cases = [
        ("<< /A 1 /B [ 1 2 R ] >>", "<</A 1/B[1 2 R]>>"),
        ("[1 2 3 0 R 4]", "[1 2 3 0 R 4]"),
        (
            "[true false null/Name(x)<41>]",
            "[true false null/Name(x)(A)]",
        ),
        (
            "[+17 -98 0 34.5 -3.62 +123.6 4. -.002 0.0]",
            "[17 -98 0 34.5 -3.62 +123.6 4. -.002 0.0]",
        ),
        ("%comment\n12 %more\n", "12"),
        ("/A#42#20C#23", "/AB#20C#23"),
        ("(a\\(b\\)\\\\(c))", "(a\\(b\\)\\\\\\(c\\))"),
        ("(\\101\\53\\0053\\n)", "<412B05330A>"),
        ("(a\\\r\nb\rc)", "<61620A63>"),
        ("<41 4>", "(A@)"),
        ("<</A<</B<</C[[[]]]>>>>>>", "<</A<</B<</C[[[]]]>>>>>>"),
        ("/", "/"),
    ];
    for (source, expected) in cases {
        assert_eq!(again(source), expected, "{source}");
        assert_eq!(again(expected), expected, "{source}");
    }
}

#[test]
fn refuses_what_is_no_object() {
    let wrong = [
        "",
        "]",
        ">>",
        "(a",
        "<4",
        "<4g>",
        "[1",
        "<</A 1",
        "<</A>>",
        "<<1 2>>",
        "1.2.3",
        "--1",
        "1-1",
        "+",
        ".",
        "1e5",
        "12a",
        "tru",
        "trueish",
        "/A#4",
        "/A#zz",
        "R",
        "{1}",
        "99999999999999999999",
    ];
    for source in wrong {
        assert!(
            matches!(read(source), Err(Error::Damaged { .. })),
            "{source}: {:?}",
            read(source)
        );
    }
}

#[test]
fn refuses_keys_that_come_twice() {
    let small = "<</A 1/B 2/A 3>>";
    let keys: String = (0..40).map(|number| format!("/K{number} 0")).collect();
    let large = format!("<<{keys}/K7 1>>");
    for source in [small, large.as_str()] {
        assert!(matches!(read(source), Err(Error::DuplicateKey { .. })));
    }
}

#[test]
fn has_limits_for_depth_and_number() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&deep(64)).is_ok());
    assert!(matches!(
        read(&deep(300_000)),
        Err(Error::TooMany { limit: 64, .. })
    ));
    let wide = |count: usize| format!("[{}]", "0 ".repeat(count));
    assert!(read(&wide(200_000)).is_ok());
    assert!(matches!(
        read(&wide(250_000)),
        Err(Error::TooMany { limit: 250_000, .. })
    ));
}

#[test]
fn reads_text_strings() {
    assert_eq!(text(b"Stor\xE5 \x80 \x9F"), "Storå • \u{FFFD}");
    assert_eq!(text(b"\xFE\xFF\x00\xE5\xD8\x3D\xDE\x00"), "å😀");
    assert_eq!(text(b"\xFE\xFF\x00\xE5\x00"), "å\u{FFFD}");
    assert_eq!(text("\u{FEFF}å".as_bytes()), "å");
    for words in ["Nästa (del)", "ŋ😀", ""] {
        let Object::String(bytes) = Object::text(words) else {
            unreachable!()
        };
        assert_eq!(text(&bytes), words);
    }
}

#[test]
fn finds_where_revisions_end() {
    assert_eq!(revision_ends(b""), [0_usize; 0]);
    assert_eq!(revision_ends(b"%%EOF"), [5]);
    assert_eq!(
        revision_ends(b"a\n%%EOF\nb\r\n%%EOF\r\nc\r%%EOF\rd%%EOF\n\n%%EOFx\n"),
        [8, 18, 26]
    );
    assert_eq!(revision_ends(b"%%EOF\n%%EOF\n"), [6, 12]);
    assert_eq!(revision_ends(b"%%%EOF\n%%%%EOF\n%"), [0_usize; 0]);
}

#[test]
fn refuses_damaged_tables() {
    let sound = typeset();
    let source: String = sound.iter().map(|byte| char::from(*byte)).collect();
    let changed = |old: &str, new: &str| -> Error {
        assert!(source.contains(old), "{old}");
        let bytes = source.replacen(old, new, 1);
        let bytes: Vec<u8> = bytes
            .chars()
            .map(|c| u8::try_from(u32::from(c)).unwrap())
            .collect();
        describe(&bytes).unwrap_err()
    };
    for (old, new) in [
        ("%PDF-1.7", "%PDX-1.7"),
        ("startxref", "startxxxx"),
        ("%%EOF", "%%EOF\n\n"),
        ("%%EOF", "%%EOF garbage"),
        ("xref\n0 17", "xerf\n0 17"),
        ("xref\n0 17\n", "xref\n0 18\n"),
        ("xref\n0 17\n", "xref\n1 17\n"),
        ("65535 f\r\n", "65535 f\n\n"),
        ("65535 f\r\n", "65535 x\r\n"),
        ("trailer\n", "trailor\n"),
        ("/Size 17", "/Size 16"),
        ("/Root 1 0 R", "/Root 1"),
        ("/Root 1 0 R", "/Root 99 0 R"),
        ("/Root 1 0 R", "/Root 2 0 R"),
        ("/Root 1 0 R", "/Root 1 1 R"),
        ("/Root 1 0 R", "/Root 1 0 R/Prev 9999999"),
        ("/Root 1 0 R", "/Root 1 0 R/Prev -1"),
        ("/Root 1 0 R", "/Root 1 0 R/Prev 20"),
        ("/Root 1 0 R", "/Root 1 0 R/XRefStm 20"),
        ("/Root 1 0 R", "/Root 1 0 R/Encrypt<<>>"),
    ] {
        let error = changed(old, new).to_string();
        assert!(!error.is_empty() && !error.ends_with('.'), "{error}");
    }
}

#[test]
fn reads_the_newest_of_several_revisions() {
    let mut pdf = typeset();
    let previous = pdf
        .windows(5)
        .rposition(|window| window == b"xref\n")
        .unwrap();
    // The last match is in `startxref`.
    let previous = pdf[..previous]
        .windows(5)
        .rposition(|window| window == b"xref\n")
        .unwrap();
    pdf.push(b'\n');
    let cut = pdf.len();
    let at = pdf.len();
    pdf.extend(b"16 0 obj\n<</Length 2/Type/EmbeddedFile>>\nstream\n{}\nendstream\nendobj\n");
    let start = pdf.len();
    let tail = format!(
        "xref\n16 1\n{at:010} 00000 n\r\ntrailer\n<</Size 17/Root 1 0 R/ID[()()]/Prev {previous}>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    pdf.extend(tail.bytes());
    assert_eq!(
        attachment(&pdf, "data.json").unwrap().as_deref(),
        Some(&b"{}"[..])
    );
    assert_eq!(revision_ends(&pdf), [cut, pdf.len()]);
    assert_eq!(
        attachment(&pdf[..cut], "data.json").unwrap().as_deref(),
        Some(&b"{\"a\":1}"[..])
    );
    assert!(
        describe(&pdf)
            .unwrap()
            .starts_with("PDF 1.7, revisions: 2\n")
    );
}

#[test]
fn finds_attachments_in_either_place() {
    let found = |pdf: &[u8]| attachment(pdf, "data.json").unwrap();
    let expected = Some(b"{\"a\":1}".to_vec());
    assert_eq!(found(&typeset()), expected);
    assert_eq!(found(&typeset_with(1, "/AF[15 0 R]", "")), expected);
    let names = "/Names<</EmbeddedFiles<</Names[(data.json)15 0 R]>>>>";
    assert_eq!(found(&typeset_with(1, names, "")), expected);
    let kids = "<</Kids[<</Names[(data.json)15 0 R]>>]>>";
    assert_eq!(
        found(&typeset_with(1, "<</Names[(data.json)15 0 R]>>", kids)),
        expected
    );
    assert_eq!(attachment(&typeset(), "other.json").unwrap(), None);
    let none = typeset_with(1, &format!("{names}/AF[15 0 R]"), "");
    assert_eq!(found(&none), None);
}

#[test]
fn refuses_attachments_that_are_not_one() {
    let mut two = objects();
    two[0] = two[0].replace("/AF[15 0 R]", "/AF[17 0 R]");
    two.push(two[14].replace("16 0 R", "18 0 R"));
    two.push(two[15].clone());
    let twice = Err(Error::AttachmentTwice("data.json".to_owned()));
    assert_eq!(attachment(&file(&two), "data.json"), twice);
    let split = typeset_with(15, "/UF 16 0 R", "/UF 7 0 R");
    assert_eq!(attachment(&split, "data.json"), twice);
    let around = "<</Kids[1 0 R]/Names[(a)15 0 R]>>";
    let around = typeset_with(1, "<</Names[(data.json)15 0 R]>>", around);
    assert!(attachment(&around, "data.json").is_err());
    let many = format!("/AF[{}]", "15 0 R ".repeat(300));
    let many = typeset_with(1, "/AF[15 0 R]", &many);
    assert!(matches!(
        attachment(&many, "data.json"),
        Err(Error::TooMany { .. })
    ));
}

#[test]
fn unpacks_up_to_a_limit() {
    let packed = |bytes: &[u8]| -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    // The body stands last in the file, so that binary bytes can be put in after it was written.
    let with = |data: &[u8]| -> Vec<u8> {
        let mut bodies = objects();
        let hex: String = "x".repeat(data.len());
        bodies[15] = format!(
            "<</Length {}/Filter/FlateDecode>>\nstream\n{hex}\nendstream",
            data.len()
        );
        let mut pdf = file(&bodies);
        let at = pdf
            .windows(hex.len())
            .position(|window| window == hex.as_bytes())
            .unwrap();
        pdf[at..at + data.len()].copy_from_slice(data);
        pdf
    };
    let most = vec![b'a'; 1 << 20];
    assert_eq!(
        attachment(&with(&packed(&most)), "data.json").unwrap(),
        Some(most.clone())
    );
    let bomb = packed(&vec![0; 50 << 20]);
    let error = Error::DecodedSize {
        object: 16,
        limit: 1 << 20,
    };
    assert_eq!(attachment(&with(&bomb), "data.json"), Err(error));
    let mut cut = packed(&most);
    cut.truncate(cut.len() / 2);
    assert_eq!(
        attachment(&with(&cut), "data.json"),
        Err(Error::Inflate { object: 16 })
    );
    let other = typeset_with(16, "/Length 7", "/Length 7/Filter/LZWDecode");
    assert!(matches!(
        attachment(&other, "data.json"),
        Err(Error::Filter { .. })
    ));
}

#[test]
fn follows_a_stream_length_once() {
    let mut bodies = objects();
    bodies[15] = bodies[15].replace("/Length 7", "/Length 17 0 R");
    bodies.push("7".to_owned());
    assert!(attachment(&file(&bodies), "data.json").unwrap().is_some());
    for wrong in [
        "6",
        "9",
        "-7",
        "7.0",
        "16 0 R",
        "<</Length 17 0 R>>\nstream\n\nendstream",
    ] {
        bodies[16] = wrong.to_owned();
        assert!(attachment(&file(&bodies), "data.json").is_err(), "{wrong}");
    }
}

#[test]
fn stops_at_loops() {
    let pages = typeset_with(2, "/Kids[3 0 R]", "/Kids[3 0 R 2 0 R]");
    assert_eq!(describe(&pages), Err(Error::Loop { object: 2 }));
    let tags = typeset_with(10, "0 11 0 R 12 0 R", "9 0 R");
    assert_eq!(describe(&tags), Err(Error::Loop { object: 9 }));
    let mut parents = objects();
    parents[7] = parents[7].replace("/ParentTree<<", "/ParentTree 17 0 R/Other<<");
    parents.push("<</Kids[17 0 R]>>".to_owned());
    let fields = super::samples::fields();
    let error = base_revision(&file(&parents), &fields, &super::samples::font());
    assert!(matches!(error, Err(Error::Loop { .. })));
}

#[test]
fn reads_no_byte_too_often() {
    // A large annotation that a page names ten thousand times.
    let mut bodies = objects();
    bodies[3] = bodies[3].replace("/F 4", &format!("/F 4/NM({})", "x".repeat(100_000)));
    bodies[2] = bodies[2].replace("4 0 R", &"4 0 R ".repeat(10_000));
    let error = Error::TooMany {
        what: "readings of each byte",
        limit: 16,
    };
    assert_eq!(describe(&file(&bodies)), Err(error));
}

#[test]
fn refuses_tables_inside_one_another() {
    let inner = "xref\n0 0\ntrailer\n<</Size 0>>";
    let pdf = file_with(
        &objects(),
        &format!("/Root 1 0 R/Inner({inner})/Prev PLACE"),
    );
    let at = pdf
        .windows(inner.len())
        .position(|window| window == inner.as_bytes())
        .unwrap();
    let place = format!("{at:>5}");
    let whole: Vec<u8> = pdf.clone();
    let mark = whole
        .windows(5)
        .rposition(|window| window == b"PLACE")
        .unwrap();
    let mut pdf = whole;
    pdf[mark..mark + 5].copy_from_slice(place.as_bytes());
    let expected = "the offset of an earlier table";
    let error = Error::Malformed {
        object: 0,
        what: "/Prev",
        expected,
    };
    assert_eq!(describe(&pdf), Err(error));
}
