//! From what Typst writes to the base revision.

use super::samples::{
    body, field, fields, file, file_with, font, issued, objects, typeset, typeset_with,
};
use crate::pdf::document::Document;
use crate::pdf::object::Reference;
use crate::pdf::{Error, Field, base_revision, describe, revision_ends};

fn text(pdf: &[u8]) -> String {
    pdf.iter().map(|byte| char::from(*byte)).collect()
}

fn refused(typeset: &[u8]) -> Error {
    base_revision(typeset, &fields(), &font()).unwrap_err()
}

#[test]
fn describes_what_was_issued() {
    let told = describe(&issued()).unwrap();
    let expected = "\
PDF 1.7, revisions: 1
catalog: Type Pages Lang StructTreeRoot MarkInfo Names AF AcroForm Extensions
  Extensions: <ESIC <BaseVersion 1.7, ExtensionLevel 1>>
  MarkInfo: <Marked true>
  Lang: \"sv-SE\"
page 1: media box [0.00 0.00 595.28 841.89], tabs S
  Link [10.00 10.00 90.50 20.00] \"https://example.org/sig.invalid/\"
  Widget [100.25 100.00 298.68 145.35] \"1443-1\"
  Widget [100.00 200.00 300.00 245.50] \"1443-2\"
form: Fields SigFlags DR, SigFlags 3
  field \"1443-2\": TU \"Ordförande\", FT Sig, F 4, page 1, rect [100.00 200.00 300.00 245.50], signed no
  field \"1443-1\": TU \"Signature of the (second) signatory\", FT Sig, F 4, page 1, rect [100.25 100.00 298.68 145.35], signed no
  font Sigill: Type0 Test Identity-H
attachment \"data.json\": Data, 7 bytes
tags:
  Document
    P
      Link
        OBJR Link
      Form
        OBJR Widget \"1443-1\"
    P
      Form
        OBJR Widget \"1443-2\"
";
    assert_eq!(told, expected);
}

#[test]
fn writes_one_revision_that_can_be_appended_to() {
    let pdf = issued();
    assert_eq!(revision_ends(&pdf), [pdf.len()]);
    assert!(pdf.ends_with(b"\n%%EOF\n"));
    assert!(pdf.starts_with(&typeset()[..16]));
    let document = Document::open(&pdf).unwrap();
    assert_eq!(document.table.revisions, 1);
    for (number, generation, _) in document.table.in_use() {
        document.object(Reference { number, generation }).unwrap();
    }
    let trailer = text(&pdf[document.table.start..]);
    assert!(trailer.contains("trailer\n<</Size 27/Root 1 0 R/ID[(first-id)(second-id)]>>\n"));
    assert!(trailer.starts_with("xref\n0 27\n0000000000 65535 f\r\n"));
}

#[test]
fn gives_the_same_bytes_for_the_same_input() {
    let again = base_revision(&typeset(), &fields(), &font()).unwrap();
    assert_eq!(issued(), again);
}

#[test]
fn keeps_untouched_objects_byte_for_byte() {
    let (before, after) = (typeset(), issued());
    for number in [2, 4, 7, 9, 10, 11, 14, 15, 16] {
        assert_eq!(
            body(&before, number),
            body(&after, number),
            "object {number}"
        );
    }
}

#[test]
fn makes_a_widget_of_a_link() {
    let pdf = issued();
    let widget = "<</Type/Annot/Subtype/Widget/Rect[100.25 100 298.67519 145.35433]/FT/Sig/T(1443-1)\
                  /TU(Signature of the \\(second\\) signatory)/F 4/P 3 0 R/StructParent 2\
                  /AP<</N 19 0 R>>>>";
    assert_eq!(body(&pdf, 5), widget);
    let appearance = "<</Type/XObject/Subtype/Form/BBox[0 0 198.42519 45.35433]/Resources<<>>\
                      /Length 0>>\nstream\n\nendstream";
    assert_eq!(body(&pdf, 19), appearance);
    let tooltip = "/TU<FEFF004F00720064006600F600720061006E00640065>";
    assert!(body(&pdf, 6).contains(tooltip));
}

#[test]
fn tags_a_placeholder_without_words_in_place() {
    let element =
        "<</Type/StructElem/S/Form/P 10 0 R/K<</Type/OBJR/Pg 3 0 R/Obj 5 0 R>>/Pg 3 0 R>>";
    assert_eq!(body(&issued(), 12), element);
}

#[test]
fn tags_words_in_a_placeholder_beside_the_form() {
    let pdf = issued();
    let words = "<</Type/StructElem/S/P/P 9 0 R/K[2 17 0 R]/Pg 3 0 R>>";
    assert_eq!(body(&pdf, 13), words);
    let form = "<</Type/StructElem/S/Form/P 13 0 R/K<</Type/OBJR/Pg 3 0 R/Obj 6 0 R>>>>";
    assert_eq!(body(&pdf, 17), form);
    let tree = "/ParentTree<</Nums[0 14 0 R 1 11 0 R 2 12 0 R 3 17 0 R]>>";
    assert!(body(&pdf, 8).contains(tree));

    let mut inline = objects();
    inline[8] = inline[8].replace("10 0 R 13 0 R", "10 0 R");
    inline[9] = inline[9].replace("12 0 R", "12 0 R 13 0 R");
    inline[12] = inline[12].replace("/P 9 0 R", "/P 10 0 R");
    let pdf = base_revision(&file(&inline), &fields(), &font()).unwrap();
    assert_eq!(
        body(&pdf, 13),
        "<</Type/StructElem/S/Span/P 10 0 R/K[2 17 0 R]/Pg 3 0 R>>"
    );
}

#[test]
fn changes_a_parent_tree_with_several_nodes() {
    let mut objects = objects();
    let nums = "/Nums[0 14 0 R 1 11 0 R 2 12 0 R 3 13 0 R]";
    objects[7] = objects[7].replace(nums, "/Kids[17 0 R 18 0 R]");
    objects.push("<</Limits[0 1]/Nums[0 14 0 R 1 11 0 R]>>".to_owned());
    objects.push("<</Limits[2 3]/Nums[2 12 0 R 3 13 0 R]>>".to_owned());
    let pdf = base_revision(&file(&objects), &fields(), &font()).unwrap();
    assert_eq!(body(&pdf, 18), "<</Limits[2 3]/Nums[2 12 0 R 3 19 0 R]>>");
    assert_eq!(body(&pdf, 17), objects[16]);
}

#[test]
fn drops_what_a_link_says_of_itself() {
    let typeset = typeset_with(12, "/S/Link", "/S/Link/Alt(https://sig.invalid/1443-1)");
    let pdf = base_revision(&typeset, &fields(), &font()).unwrap();
    assert!(!body(&pdf, 12).contains("/Alt"));
}

#[test]
fn sets_the_tab_order_only_where_it_must() {
    assert!(body(&issued(), 3).ends_with("/Tabs/S>>"));
    let tabbed = typeset_with(3, "/Parent", "/Tabs/S/Parent");
    let pdf = base_revision(&tabbed, &fields(), &font()).unwrap();
    assert_eq!(body(&pdf, 3), body(&tabbed, 3));
}

#[test]
fn keeps_other_extensions() {
    let other = "/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>>>/Pages";
    let typeset = typeset_with(1, "/Pages", other);
    let pdf = base_revision(&typeset, &fields(), &font()).unwrap();
    let both = "/Extensions<</ADBE<</BaseVersion/1.7/ExtensionLevel 8>>\
                /ESIC<</BaseVersion/1.7/ExtensionLevel 1>>>>";
    assert!(body(&pdf, 1).contains(both));
}

#[test]
fn counts_the_marker_only_in_the_action_of_a_link() {
    let others = [
        (
            4,
            "/Contents(https://example.org/sig.invalid/)",
            "/Contents(https://sig.invalid/x)",
        ),
        (
            4,
            "(https://example.org/sig.invalid/)>>",
            "(http://sig.invalid/x)>>",
        ),
        (4, "/S/URI", "/S/GoTo/D(https://sig.invalid/x)"),
        (
            4,
            "/Subtype/Link",
            "/Subtype/Text/NM(https://sig.invalid/x)",
        ),
        (
            15,
            "/AFRelationship",
            "/Desc(https://sig.invalid/x)/AFRelationship",
        ),
    ];
    for (number, old, new) in others {
        let typeset = typeset_with(number, old, new);
        base_revision(&typeset, &fields(), &font()).unwrap();
    }
    let real = typeset_with(
        4,
        "(https://example.org/sig.invalid/)>>",
        "(https://sig.invalid/x)>>",
    );
    assert_eq!(refused(&real), Error::FieldExtra("x".to_owned()));
}

#[test]
fn wants_placeholders_and_fields_to_be_the_same() {
    let made = |fields: &[Field]| base_revision(&typeset(), fields, &font()).unwrap_err();
    let mut three = fields();
    three.push(field("1443-3", "Third"));
    assert_eq!(made(&three), Error::FieldMissing("1443-3".to_owned()));
    assert_eq!(made(&fields()[..1]), Error::FieldExtra("1443-1".to_owned()));
    three[2].name = "1443-1".to_owned();
    assert_eq!(made(&three), Error::FieldTwice("1443-1".to_owned()));
    let doubled = typeset_with(5, "1443-1", "1443-2");
    assert_eq!(refused(&doubled), Error::FieldTwice("1443-2".to_owned()));
}

#[test]
fn refuses_fields_that_cannot_be_written() {
    let made = |field: Field| base_revision(&typeset(), &[field], &font()).unwrap_err();
    for name in ["", "a.b", "a b", "å", "a\n", &"x".repeat(121)] {
        assert_eq!(
            made(field(name, "Tooltip")),
            Error::FieldName(name.to_owned())
        );
    }
    for tooltip in ["", "  ", "a\u{7}", &"å".repeat(1_001)] {
        assert_eq!(
            made(field("x", tooltip)),
            Error::FieldTooltip("x".to_owned())
        );
    }
}

#[test]
fn refuses_placeholders_that_cannot_be_fields() {
    let name = || "1443-1".to_owned();
    let cases = [
        (5, "/StructParent 2", "", Error::FieldUntagged(name())),
        (
            5,
            "/StructParent 2",
            "/StructParent 9",
            Error::FieldUntagged(name()),
        ),
        (
            5,
            "/StructParent 2",
            "/StructParent 1",
            Error::FieldUntagged(name()),
        ),
        (12, "/S/Link", "/S/Span", Error::FieldUntagged(name())),
        (
            12,
            "/K[",
            "/K[<</Type/OBJR/Obj 4 0 R>>",
            Error::FieldUntagged(name()),
        ),
        (5, "298.67519", "100.25", Error::FieldRect(name())),
        (5, "298.67519", "/No", Error::FieldRect(name())),
        (
            5,
            "/F 4",
            "/QuadPoints[0 0 1 0 1 1 0 1 0 0 1 0 1 1 0 1]",
            Error::FieldSplit(name()),
        ),
    ];
    for (number, old, new, error) in cases {
        assert_eq!(refused(&typeset_with(number, old, new)), error, "{new}");
    }
}

#[test]
fn refuses_files_that_typst_did_not_write() {
    let mut newer = typeset();
    newer[5] = b'2';
    assert_eq!(
        refused(&newer),
        Error::Unexpected("another version than PDF 1.7")
    );
    let form = typeset_with(1, "/Pages", "/AcroForm<<>>/Pages");
    assert_eq!(refused(&form), Error::Unexpected("a form"));
    let nameless = file_with(&objects(), "/Root 1 0 R");
    assert_eq!(refused(&nameless), Error::Unexpected("no file identifier"));
    let locked = file_with(&objects(), "/Root 1 0 R/Encrypt 2 0 R");
    assert_eq!(refused(&locked), Error::Encrypted);

    let mut appended = typeset();
    let previous = Document::open(&appended).unwrap().table.start;
    let start = appended.len() + 1;
    let tail = format!(
        "\nxref\n0 0\ntrailer\n<</Root 1 0 R/Size 17/ID[()()]/Prev {previous}>>\n\
         startxref\n{start}\n%%EOF\n"
    );
    appended.extend(tail.bytes());
    assert_eq!(
        refused(&appended),
        Error::Unexpected("more than one revision")
    );
}

#[test]
fn refuses_bytes_that_no_object_owns() {
    let mut junk = typeset();
    let at = junk
        .windows(7)
        .position(|window| window == b"1 0 obj")
        .unwrap();
    junk.splice(at..at, *b"junk ");
    assert!(matches!(refused(&junk), Error::Damaged { .. }));
}

#[test]
fn a_stream_that_ends_in_cr_keeps_its_length_apart_from_the_end_of_line() {
    let mut objects = objects();
    objects[6] = "<</Length 4>>\nstream\nBT \r\nendstream".to_owned();
    let made = base_revision(&file(&objects), &fields(), &font()).unwrap();
    assert_eq!(body(&made, 7), "<</Length 4>>\nstream\nBT \r\r\nendstream");
}
