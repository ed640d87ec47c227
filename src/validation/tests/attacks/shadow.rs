//! Documents that are prepared so that what is appended later shows something else (shadow attacks), and
//! certified copies that are added to (EAA, SSA).

use super::raw::{Raw, bytes, places, stream, text};
use super::saving::{evil, form, page_words};
use super::stage::{AGREED, CATALOG, CONTENT, EVIL, PAGE, SEAL, SEATS, Stage, widget};
use super::{Attack, Case};
use crate::agreement::Level;
use crate::pdf::tests::samples;
use crate::signature::tests::pki::{Pair, Wanted};

pub(super) const CASES: &[Case] = &[
    ("shadow_hide_overlay", |s| {
        // The page shows the agreed words over evil ones; the cover is taken away later.
        let mut raw = Raw::on(&s.base);
        evil(&mut raw);
        let cover = stream("", "1 g 0 770 595 40 re f");
        let cover = raw.add(cover);
        let words = raw.add(stream("", &page_words(AGREED)));
        raw.replace(
            PAGE,
            "/Contents 4 0 R",
            &format!("/Contents[4 0 R {cover} 0 R {words} 0 R]"),
        );
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.put(cover, stream("", ""));
        raw.put(words, stream("", ""));
        raw.finish().into()
    }),
    ("shadow_hide_annotation", |s| {
        let mut raw = Raw::on(&s.base);
        evil(&mut raw);
        let shown = raw.add(stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 400 40]",
            "1 g 0 0 400 40 re f",
        ));
        let stamp = raw.add(format!(
            "<</Type/Annot/Subtype/Stamp/Rect[40 770 440 810]/F 4/AP<</N {shown} 0 R>>>>"
        ));
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{stamp} 0 R "));
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.replace(stamp, "/F 4", "/F 2");
        raw.finish().into()
    }),
    ("shadow_hide_annotation_removed", |s| {
        let mut raw = Raw::on(&s.base);
        evil(&mut raw);
        let stamp = raw.add("<</Type/Annot/Subtype/Square/IC[1]/Rect[40 770 440 810]/F 4>>");
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{stamp} 0 R "));
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.replace(PAGE, &format!("/Annots[{stamp} 0 R "), "/Annots[");
        raw.finish().into()
    }),
    ("shadow_replace_reference", |s| {
        let (file, staged) = staged(s, &stream("", &page_words(EVIL)));
        let mut raw = Raw::on(&file);
        raw.replace(PAGE, "/Contents 4 0 R", &format!("/Contents {staged} 0 R"));
        raw.finish().into()
    }),
    ("shadow_replace_page", |s| {
        let (file, staged) = staged(s, "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>");
        let mut raw = Raw::on(&file);
        raw.replace(2, "3 0 R", &format!("{staged} 0 R"));
        raw.finish().into()
    }),
    ("shadow_replace_catalog", |s| {
        let (file, staged) = staged(s, "<</Type/Catalog/Pages 2 0 R>>");
        let mut raw = Raw::on(&file);
        raw.trailer("/Root 1 0 R", &format!("/Root {staged} 0 R"));
        raw.finish().into()
    }),
    ("shadow_replace_font", |s| {
        let font = "<</Type/Font/Subtype/Type1/BaseFont/Courier/Encoding\
                    <</Type/Encoding/Differences[49/nine]>>>>";
        let (file, staged) = staged(s, font);
        let mut raw = Raw::on(&file);
        raw.replace(PAGE, "/F1 13 0 R", &format!("/F1 {staged} 0 R"));
        raw.finish().into()
    }),
    ("shadow_replace_field_value", |s| {
        let mut raw = Raw::on(&s.base);
        let field = raw
            .add("<</FT/Tx/T(belopp)/V(100000)/Subtype/Widget/Rect[40 760 200 790]/F 4/P 3 0 R>>");
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{field} 0 R "));
        raw.replace(form(&s.base), "/Fields[", &format!("/Fields[{field} 0 R "));
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.replace(field, "/V(100000)", "/V(900000)");
        raw.finish().into()
    }),
    ("shadow_replace_field_appearance", |s| {
        let mut raw = Raw::on(&s.base);
        let shape = |words: &str| {
            stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 160 30]",
                &format!("({words}) Tj"),
            )
        };
        let shown = raw.add(shape("100000"));
        let field = raw.add(format!(
            "<</FT/Tx/Ff 1/T(belopp)/V(100000)/Subtype/Widget/Rect[40 760 200 790]/F 4/P 3 0 R\
             /AP<</N {shown} 0 R>>>>"
        ));
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{field} 0 R "));
        raw.replace(form(&s.base), "/Fields[", &format!("/Fields[{field} 0 R "));
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.put(shown, shape("900000"));
        raw.finish().into()
    }),
    ("shadow_hide_and_replace", |s| {
        // The evil object is there when the file is signed; later only a table leads to it.
        let hidden = format!(
            "{CONTENT} 0 obj\n{}\nendobj\n",
            stream("", &page_words(EVIL))
        );
        let (file, _) = staged(s, &format!("null\nendobj\n{hidden}91 0 obj\nnull"));
        let inside = places(&file, &format!("\n{CONTENT} 0 obj"))
            .last()
            .copied()
            .unwrap()
            + 1;
        Raw::on(&file)
            .finish_with(|_| format!("xref\n{CONTENT} 1\n{inside:010} 00000 n\r\n"))
            .into()
    }),
    ("shadow_optional_content", |s| {
        let mut raw = Raw::on(&s.base);
        let group = raw.add("<</Type/OCG/Name(x)>>");
        let of =
            |state: &str| format!("/OCProperties<</OCGs[{group} 0 R]/D<</{state}[{group} 0 R]>>>>");
        raw.put(
            CONTENT,
            stream("", &format!("/OC /O BDC {} EMC", page_words(EVIL))),
        );
        raw.replace(
            PAGE,
            "/Resources<<",
            &format!("/Resources<</Properties<</O {group} 0 R>>"),
        );
        raw.extend(CATALOG, &of("OFF"));
        let file = s.sign(&raw.finish(), 0, Level::B);
        let mut raw = Raw::on(&file);
        raw.replace(CATALOG, "/OFF[", "/ON[");
        raw.finish().into()
    }),
    ("annotation_hidden", |s| {
        let mut raw = Raw::on(&s.one);
        raw.replace(widget(0), "/F 4", "/F 6");
        raw.finish().into()
    }),
    ("annotation_added", |s| free_text(&s.two)),
    ("annotation_link_added", |s| {
        let mut raw = Raw::on(&s.two);
        let link = raw.add(
            "<</Type/Annot/Subtype/Link/Rect[0 0 595 842]/A<</S/URI/URI(https://example.org)>>>>",
        );
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{link} 0 R "));
        raw.finish().into()
    }),
    ("annotation_removed", |s| {
        let mut raw = Raw::on(&s.two);
        raw.replace(PAGE, &format!("{} 0 R", widget(2)), "");
        raw.finish().into()
    }),
    // A certified copy allows signing and filling in only.
    ("certified_free_text", |s| free_text(&certified(s))),
    ("certified_free_text_p3", |s| free_text(&certified_as(s, 3))),
    ("certified_free_text_p1", |s| free_text(&certified_as(s, 1))),
    ("certified_p1_then_signed", |s| {
        s.sign(&certified_as(s, 1), 0, Level::B).into()
    }),
    ("certified_visible_field_over_text", |s| {
        let stranger = Wanted::person("Annan Person").self_issued(Pair::p256());
        let file = certified(s);
        let mut raw = Raw::on(&file);
        let shown = raw.add(stream(
            "/Type/XObject/Subtype/Form/BBox[0 0 400 40]/Resources<</Font<</F1 13 0 R>>>>",
            &format!("1 g 0 0 400 40 re f BT /F1 12 Tf ({EVIL}) Tj ET"),
        ));
        let field = raw.add(format!(
            "<</FT/Sig/T(extra)/Type/Annot/Subtype/Widget/Rect[40 770 440 810]/F 4/P 3 0 R\
             /AP<</N {shown} 0 R>>>>"
        ));
        raw.replace(PAGE, "/Annots[", &format!("/Annots[{field} 0 R "));
        raw.replace(form(&file), "/Fields[", &format!("/Fields[{field} 0 R "));
        let mut hand = s.hand_with(&stranger, |_| {});
        hand.entries.push_str("/Name(Annan Person)");
        raw.sign(field, &hand).into()
    }),
    ("certified_level_raised", |s| {
        let file = certified(s);
        let number = super::forms::signature(&file);
        let body = samples::body(&file, number);
        let mut raw = Raw::on(&file);
        raw.put(number, body.replace("/P 2", "/P 3"));
        raw.finish().into()
    }),
    ("certified_permission_removed", |s| {
        let file = certified(s);
        let number = super::forms::signature(&file);
        let mut raw = Raw::on(&file);
        raw.replace(CATALOG, &format!("/Perms<</DocMDP {number} 0 R>>"), "");
        raw.finish().into()
    }),
    ("certified_permission_swapped", |s| {
        let file = certified(s);
        let number = super::forms::signature(&file);
        let mut raw = Raw::on(&file);
        let other =
            raw.add("<</Type/Sig/Reference[<</TransformMethod/DocMDP/TransformParams<</P 3>>>>]>>");
        raw.replace(
            CATALOG,
            &format!("/DocMDP {number} 0 R"),
            &format!("/DocMDP {other} 0 R"),
        );
        raw.finish().into()
    }),
    ("certified_late", |s| {
        let mut raw = Raw::on(&s.one);
        let number = raw.number();
        raw.extend(widget(5), &format!("/V {number} 0 R"));
        raw.extend(CATALOG, &format!("/Perms<</DocMDP {number} 0 R>>"));
        let mut hand = s.hand(&s.seal);
        hand.entries.push_str(&docmdp(2));
        raw.sign_alone(number, &hand).into()
    }),
    ("certified_evil_then_signed", |s| {
        let mut raw = Raw::on(&certified(s));
        evil(&mut raw);
        s.sign(&raw.finish(), 0, Level::B).into()
    }),
    ("field_locked_then_filled", |s| {
        // The first signature locks every field; the second signs nevertheless.
        let mut hand = s.hand(&s.signers[0]);
        hand.entries.push_str(
            "/Reference[<</Type/SigRef/TransformMethod/FieldMDP/Data 1 0 R\
             /TransformParams<</Type/TransformParams/Action/All/V/1.2>>>>]",
        );
        let mut raw = Raw::on(&s.base);
        raw.extend(widget(0), "/Lock<</Type/SigFieldLock/Action/All>>");
        let file = raw.sign(widget(0), &hand);
        s.sign(&file, 1, Level::B).into()
    }),
];

/// Signs a document that holds an object that nothing uses, and returns its number.
fn staged(stage: &Stage, body: &str) -> (Vec<u8>, u32) {
    let mut raw = Raw::on(&stage.base);
    let number = raw.add(body);
    (stage.sign(&raw.finish(), 0, Level::B), number)
}

/// Certified by our own seal, level 2.
pub(crate) fn certified(stage: &Stage) -> Vec<u8> {
    stage.sign_as(&stage.base, SEAL, &stage.seal, Level::B, true)
}

/// Certified at another level.
fn certified_as(stage: &Stage, level: u8) -> Vec<u8> {
    assert_eq!(SEATS.len(), 5);
    let mut raw = Raw::on(&stage.base);
    let number = raw.number();
    raw.extend(widget(5), &format!("/V {number} 0 R"));
    raw.extend(CATALOG, &format!("/Perms<</DocMDP {number} 0 R>>"));
    let mut hand = stage.hand(&stage.seal);
    hand.entries.push_str(&docmdp(level));
    raw.sign_alone(number, &hand)
}

fn docmdp(level: u8) -> String {
    format!(
        "/Reference[<</Type/SigRef/TransformMethod/DocMDP\
         /TransformParams<</Type/TransformParams/P {level}/V/1.2>>>>]"
    )
}

/// Adds an annotation that shows words over the agreed ones.
fn free_text(file: &[u8]) -> Attack {
    let mut raw = Raw::on(file);
    let shown = raw.add(stream(
        "/Type/XObject/Subtype/Form/BBox[0 0 400 40]/Resources<</Font<</F1 13 0 R>>>>",
        &format!("1 g 0 0 400 40 re f BT /F1 12 Tf 0 10 Td ({EVIL}) Tj ET"),
    ));
    let note = raw.add(format!(
        "<</Type/Annot/Subtype/FreeText/Rect[40 770 440 810]/F 4/Contents({EVIL})/DA(/F1 12 Tf)\
         /AP<</N {shown} 0 R>>>>"
    ));
    raw.replace(PAGE, "/Annots[", &format!("/Annots[{note} 0 R "));
    raw.finish().into()
}

#[test]
fn what_is_swapped_is_of_one_length() {
    let both = [AGREED, EVIL].map(|words| bytes(&text(page_words(words).as_bytes())).len());
    assert_eq!(both[0], both[1]);
}
