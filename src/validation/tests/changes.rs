//! What may follow a signature, on files made by hand: each lawful change beside its unlawful neighbour.

use super::{Changes, FormAnswer, judge};
use crate::pdf::History;

/// A file that grows by revisions.
struct File {
    bytes: Vec<u8>,
    section: usize,
    size: u32,
}

impl File {
    /// A page with a line of text, a form with a signed field, a text field and an annotation.
    fn new(signature: &str) -> Self {
        let mut file = Self {
            bytes: b"%PDF-1.7\n".to_vec(),
            section: 0,
            size: 1,
        };
        file.append(&[
            (1, CATALOG.to_owned()),
            (
                2,
                "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 200 200]>>".to_owned(),
            ),
            (3, PAGE.to_owned()),
            (4, stream("BT (100 kr) Tj ET")),
            (5, "<</Fields[6 0 R 8 0 R]/SigFlags 3>>".to_owned()),
            (
                6,
                format!("{WIDGET}/T(first)/FT/Sig/V 7 0 R/AP<</N 9 0 R>>>>"),
            ),
            (7, signature_with(signature)),
            (8, format!("{WIDGET}/T(text)/FT/Tx/V(a)/AP<</N 9 0 R>>>>")),
            (9, form_stream("first")),
            (
                10,
                "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(n)>>".to_owned(),
            ),
        ]);
        file
    }

    /// Appends a revision; a signature among the objects gets its byte range.
    fn append(&mut self, objects: &[(u32, String)]) -> &mut Self {
        let start = self.bytes.len();
        let mut table = "xref\n".to_owned();
        if start < 20 {
            table.push_str("0 1\n0000000000 65535 f\r\n");
        }
        for (number, body) in objects {
            table.push_str(&format!("{number} 1\n{:010} 00000 n\r\n", self.bytes.len()));
            self.bytes
                .extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
            self.size = self.size.max(number + 1);
        }
        let previous = match self.section {
            0 => String::new(),
            section => format!("/Prev {section}"),
        };
        self.section = self.bytes.len();
        let trailer = format!(
            "{table}trailer\n<</Root 1 0 R/Size {}{previous}>>\nstartxref\n{}\n%%EOF\n",
            self.size, self.section
        );
        self.bytes.extend(trailer.bytes());
        let new: String = self.bytes[start..]
            .iter()
            .map(|byte| char::from(*byte))
            .collect();
        if let Some(at) = new.find(VALUE) {
            let before = start + at + "/Contents".len();
            let after = before + VALUE.len() - "/Contents".len();
            let range = format!("[0 {before} {after} {}]", self.bytes.len() - after);
            let place = start + new.find(RANGE).unwrap();
            let range = format!("{range:width$}", width = RANGE.len());
            self.bytes[place..place + RANGE.len()].copy_from_slice(range.as_bytes());
        }
        self
    }

    fn judge(&self) -> Changes {
        let history = History::read(&self.bytes).unwrap();
        let signatures = history.newest().signatures().unwrap();
        judge(&history, &signatures, None)
    }

    /// The codes of what was found, where the first signature holds.
    fn lawful(&self) -> Vec<&'static str> {
        let changes = self.judge();
        let first = &changes.signatures[0];
        assert_eq!(first.form, FormAnswer::Ok, "{:?}", first.findings);
        assert!(!first.is_modified, "{:?}", first.findings);
        changes
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect()
    }

    /// The codes of what was found, where something unlawful followed the first signature.
    fn unlawful(&self) -> Vec<&'static str> {
        let changes = self.judge();
        assert!(changes.signatures[0].is_modified, "{:?}", changes.findings);
        changes
            .findings
            .iter()
            .map(|finding| finding.code)
            .collect()
    }
}

fn stream(content: &str) -> String {
    format!(
        "<</Length {}>>\nstream\n{content}\nendstream",
        content.len()
    )
}

fn form_stream(content: &str) -> String {
    let length = content.len();
    let entries = "/Type/XObject/Subtype/Form/BBox[0 0 1 1]/Resources<<>>";
    format!("<<{entries}/Length {length}>>\nstream\n{content}\nendstream")
}

fn signature_with(entries: &str) -> String {
    format!("<</Type/Sig/Filter/A/SubFilter/ETSI.CAdES.detached{entries}/ByteRange{RANGE}{VALUE}>>")
}

fn certifying(level: u8) -> String {
    format!("/Reference[<</TransformMethod/DocMDP/TransformParams<</P {level}>>>>]")
}

/// The objects of a second, invisible signature.
fn second() -> Vec<(u32, String)> {
    let field =
        "<</Type/Annot/Subtype/Widget/Rect[0 0 0 0]/F 132/P 3 0 R/FT/Sig/T(second)/V 12 0 R>>";
    vec![
        (3, PAGE.replace("10 0 R]", "10 0 R 11 0 R]")),
        (5, "<</Fields[6 0 R 8 0 R 11 0 R]/SigFlags 3>>".to_owned()),
        (11, field.to_owned()),
        (12, signature_with("")),
    ]
}

fn replaced(objects: Vec<(u32, String)>, old: &str, new: &str) -> Vec<(u32, String)> {
    assert!(objects.iter().any(|(_, body)| body.contains(old)), "{old}");
    let objects = objects.into_iter();
    objects
        .map(|(number, body)| (number, body.replace(old, new)))
        .collect()
}

#[test]
fn nothing_after_a_signature() {
    assert!(File::new("").lawful().is_empty());
}

#[test]
fn next_signature() {
    assert_eq!(File::new("").append(&second()).lawful(), ["field_added"]);
    let visible = replaced(second(), "[0 0 0 0]", "[0 0 50 50]");
    let mut file = File::new("");
    assert!(
        file.append(&visible)
            .lawful()
            .contains(&"visible_field_added")
    );
    let mut file = File::new(&certifying(2));
    assert!(
        file.append(&visible)
            .unlawful()
            .contains(&"visible_field_added")
    );
    assert_eq!(
        File::new(&certifying(2)).append(&second()).lawful(),
        ["field_added"]
    );
    File::new(&certifying(1)).append(&second()).unlawful();
    let acting = replaced(second(), "/F 132", "/F 132/A<</S/JavaScript>>");
    File::new("").append(&acting).unlawful();
    // The first one is taken out of the form by the second one's own update.
    let dropping = replaced(second(), "[6 0 R 8 0 R 11 0 R]", "[8 0 R 11 0 R]");
    assert!(
        File::new("")
            .append(&dropping)
            .unlawful()
            .contains(&"signature_lost")
    );
}

#[test]
fn evil_in_the_next_signature() {
    let mut objects = second();
    objects.insert(0, (4, stream("BT (900 kr) Tj ET")));
    let changes = File::new("").append(&objects).judge();
    assert!(changes.signatures[0].is_modified);
    assert!(!changes.signatures[1].is_modified);
    let fault = changes
        .findings
        .iter()
        .find(|found| found.code == "object_changed");
    let fault = fault.unwrap();
    assert_eq!((fault.revision, fault.object), (Some(2), Some(4)));
}

#[test]
fn page_and_its_content() {
    let evil = stream("BT (900 kr) Tj ET");
    let swap = |page: &str| (3, page.to_owned());
    File::new("").append(&[(4, evil.clone())]).unlawful();
    // Another stream: equal is no change, other is one.
    let moved = PAGE.replace("4 0 R", "13 0 R");
    let mut file = File::new("");
    file.append(&[swap(&moved), (13, stream("BT (100 kr) Tj ET"))]);
    assert!(file.lawful().is_empty());
    let mut file = File::new("");
    assert!(
        file.append(&[swap(&moved), (13, evil)])
            .unlawful()
            .contains(&"page_changed")
    );
    let turned = PAGE.replace("/Type/Page", "/Type/Page/Rotate 90");
    assert_eq!(
        File::new("").append(&[swap(&turned)]).unlawful(),
        ["page_changed"]
    );
    // Written anew, and otherwise.
    let spaced = PAGE.replace("/Type/Page", "/Type /Page ");
    assert!(File::new("").append(&[swap(&spaced)]).lawful().is_empty());
}

#[test]
fn evidence() {
    let catalog = CATALOG.replace(">>", "/DSS<</Type/DSS/Certs[14 0 R]>>>>");
    let store = |item: &str| {
        let mut file = File::new(&certifying(1));
        file.append(&[(1, catalog.clone()), (14, stream(item))]);
        file
    };
    assert_eq!(store("0\u{3}\u{2}\u{1}\u{5}").lawful(), ["store_extended"]);
    assert_eq!(store("BT ET").unlawful(), ["store_item_form"]);
    let shared = CATALOG.replace(">>", "/DSS<</Type/DSS/Certs[4 0 R]>>>>");
    let mut file = File::new("");
    assert!(
        file.append(&[(1, shared)])
            .unlawful()
            .contains(&"store_item_shared")
    );
}

#[test]
fn annotations() {
    let page = PAGE.replace("10 0 R]", "10 0 R 15 0 R]");
    let note = "<</Type/Annot/Subtype/Text/Rect[50 50 60 60]/Contents(n)>>";
    let added = |level: u8, note: &str| {
        let mut file = File::new(&certifying(level));
        file.append(&[(3, page.clone()), (15, note.to_owned())]);
        file
    };
    assert_eq!(added(3, note).lawful(), ["annotation_added"]);
    added(2, note).unlawful();
    added(3, &note.replace("/Text", "/FreeText")).unlawful();
    added(3, &note.replace("/Rect", "/AP<</N 9 0 R>>/Rect")).unlawful();
    let hidden = "<</Type/Annot/Subtype/Text/Rect[0 0 9 9]/Contents(n)/F 2>>";
    File::new(&certifying(3))
        .append(&[(10, hidden.to_owned())])
        .unlawful();
}

#[test]
fn forms_are_filled_in() {
    let filled = format!("{WIDGET}/T(text)/FT/Tx/V(b)/AP<</N 16 0 R>>>>");
    let shown = (16, form_stream("b"));
    let objects = [(8, filled.clone()), shown.clone()];
    assert_eq!(File::new("").append(&objects).lawful(), ["field_filled"]);
    File::new(&certifying(1)).append(&objects).unlawful();
    let lock = "/Reference[<</TransformMethod/FieldMDP/TransformParams<</Action/Include/Fields[(text)]>>>>]";
    File::new(lock).append(&objects).unlawful();
    // What it shows changes by itself.
    let shadow = [(8, filled.replace("(b)", "(a)")), shown];
    assert!(
        File::new("")
            .append(&shadow)
            .unlawful()
            .contains(&"field_changed")
    );
}

#[test]
fn signed_field_stays() {
    let field = |entries: &str| (6, format!("{WIDGET}/T(first)/FT/Sig/V 7 0 R{entries}>>"));
    let shown = (16, form_stream("other"));
    let swapped = [field("/AP<</N 16 0 R>>"), shown];
    assert!(
        File::new("")
            .append(&swapped)
            .unlawful()
            .contains(&"signed_field_changed")
    );
    File::new("").append(&[field("")]).unlawful();
    assert!(
        File::new("")
            .append(&[(9, form_stream("other"))])
            .unlawful()
            .contains(&"object_changed")
    );
}

#[test]
fn what_nothing_uses() {
    let append = |body: &str| {
        let mut file = File::new("");
        file.append(&[(17, body.to_owned())]);
        file
    };
    assert_eq!(append("<</Type/Font>>").lawful(), ["object_unused"]);
    assert_eq!(
        append("<</Type/Catalog/Pages 2 0 R>>").unlawful(),
        ["object_hidden"]
    );
    let mut file = File::new("");
    file.bytes.extend(b"junk");
    assert!(file.unlawful().contains(&"trailing_bytes"));
}

#[test]
fn values_have_their_form() {
    let broken = |old: &str, new: &str| {
        let mut file = File::new("");
        let text: String = file.bytes.iter().map(|byte| char::from(*byte)).collect();
        assert_eq!(old.len(), new.len());
        assert!(text.contains(old), "{old}");
        file.bytes = text.replace(old, new).bytes().collect();
        let changes = file.judge();
        assert_eq!(changes.signatures[0].form, FormAnswer::Broken, "{new}");
    };
    broken("0300000000", "0300000001");
    broken("<3003020103", "<3003020aB3");
    broken("[0 ", "[1 ");
    broken("ETSI.CAdES", "ETSI.Other");
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R/AcroForm 5 0 R>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[6 0 R 8 0 R 10 0 R]>>";
const WIDGET: &str = "<</Type/Annot/Subtype/Widget/Rect[0 0 20 20]/P 3 0 R";
const RANGE: &str = "[0                                   ]";
const VALUE: &str = "/Contents<30030201030000000000>";
