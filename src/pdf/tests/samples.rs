//! Small files to try things on: a document as Typst writes it, and a font.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};

use crate::pdf::document::Document;
use crate::pdf::{
    AppearanceFont, Evidence, EvidenceKey, Field, SignatureEntries, SignatureEvidence, Update,
    base_revision, evidence_update, signature_update, time_stamp_update,
};

/// Writes objects 1, 2, … with a table and a trailer; object 1 is the catalog.
pub(crate) fn file(bodies: &[String]) -> Vec<u8> {
    let trailer = "/Root 1 0 R/ID[(first-id)(second-id)]";
    file_with(bodies, trailer)
}

pub(crate) fn file_with(bodies: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\x80\x80\x80\x80\n\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", bodies.len() + 1);
    for (number, body) in (1..).zip(bodies) {
        table.push_str(&format!("{:010} 00000 n\r\n", out.len()));
        out.extend(format!("{number} 0 obj\n{body}\nendobj\n").bytes());
    }
    let start = out.len();
    let size = bodies.len() + 1;
    out.extend(format!("{table}trailer\n<</Size {size}{trailer}>>\n").bytes());
    out.extend(format!("startxref\n{start}\n%%EOF").bytes());
    out
}

/// The objects of [`typeset`]; tests change one and write the file anew.
pub(crate) fn objects() -> Vec<String> {
    let link = |rect: &str, uri: &str, parent: i32| {
        format!(
            "<</Type/Annot/Subtype/Link/Rect[{rect}]/Border[0 0 0]/A<</Type/Action/S/URI/URI({uri})>>\
             /F 4/StructParent {parent}/Contents({uri})>>"
        )
    };
    let element = |kind: &str, parent: i32, kids: &str| {
        format!("<</Type/StructElem/S/{kind}/P {parent} 0 R/K[{kids}]/Pg 3 0 R>>")
    };
    let reference = |annotation: i32| format!("<</Type/OBJR/Pg 3 0 R/Obj {annotation} 0 R>>");
    let content = "BT (https://sig.invalid/in-text) Tj ET";
    [
        // 1: catalog
        "<</Type/Catalog/Pages 2 0 R/Lang(sv-SE)/StructTreeRoot 8 0 R/MarkInfo<</Marked true>>\
         /Names<</EmbeddedFiles<</Names[(data.json)15 0 R]>>>>/AF[15 0 R]>>"
            .to_owned(),
        // 2–3: pages
        "<</Type/Pages/Count 1/Kids[3 0 R]/MediaBox[0 0 595.2756 841.8898]>>".to_owned(),
        "<</Type/Page/Parent 2 0 R/StructParents 0/Contents 7 0 R/Annots[4 0 R 5 0 R 6 0 R]>>"
            .to_owned(),
        // 4–6: annotations
        link("10 10 90.5 20", "https://example.org/sig.invalid/", 1),
        link("100.25 100 298.67519 145.35433", "https://sig.invalid/1443-1", 2),
        link("100 200 300 245.5", "https://sig.invalid/1443-2", 3),
        // 7: page content
        format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()),
        // 8: structure tree
        "<</Type/StructTreeRoot/K[9 0 R]/ParentTree<</Nums[0 14 0 R 1 11 0 R 2 12 0 R 3 13 0 R]>>>>"
            .to_owned(),
        element("Document", 8, "10 0 R 13 0 R"),
        element("P", 9, "0 11 0 R 12 0 R"),
        element("Link", 10, &format!("1 {}", reference(4))),
        // 12: a placeholder without words; 13: one with words, right under the document
        element("Link", 10, &reference(5)),
        element("Link", 9, &format!("2 {}", reference(6))),
        "[10 0 R 11 0 R 13 0 R]".to_owned(),
        // 15–16: attachment
        "<</Type/Filespec/F(data.json)/UF(data.json)/EF<</F 16 0 R/UF 16 0 R>>/AFRelationship/Data>>"
            .to_owned(),
        "<</Length 7/Type/EmbeddedFile>>\nstream\n{\"a\":1}\nendstream".to_owned(),
    ]
    .to_vec()
}

/// A tagged page with a link, two placeholders, and an attachment.
pub(crate) fn typeset() -> Vec<u8> {
    file(&objects())
}

/// [`typeset`] with some words replaced in one object.
pub(crate) fn typeset_with(number: usize, old: &str, new: &str) -> Vec<u8> {
    let mut objects = objects();
    let body = &mut objects[number - 1];
    assert!(body.contains(old), "{old} is not in {body}");
    *body = body.replace(old, new);
    file(&objects)
}

/// The fields that [`typeset`] has placeholders for, in another order.
pub(crate) fn fields() -> Vec<Field> {
    vec![
        field("1443-2", "Ordförande"),
        field("1443-1", "Signature of the (second) signatory"),
    ]
}

pub(crate) fn field(name: &str, tooltip: &str) -> Field {
    Field {
        name: name.to_owned(),
        tooltip: tooltip.to_owned(),
    }
}

/// The base revision of [`typeset`]: widgets 5 and 6, form 26.
pub(crate) fn issued() -> Vec<u8> {
    static ISSUED: LazyLock<Vec<u8>> =
        LazyLock::new(|| base_revision(&typeset(), &fields(), &font()).unwrap());
    ISSUED.clone()
}

/// A document without pages whose form, object 3, has these fields, objects 4, 5, …
pub(crate) fn form_file(fields: &[String]) -> Vec<u8> {
    let references: Vec<String> = (4..)
        .zip(fields)
        .map(|(number, _)| format!("{number} 0 R"))
        .collect();
    let mut bodies = vec![
        "<</Type/Catalog/Pages 2 0 R/AcroForm 3 0 R>>".to_owned(),
        "<</Type/Pages/Count 0/Kids[]>>".to_owned(),
        format!("<</Fields[{}]/SigFlags 3>>", references.join(" ")),
    ];
    bodies.extend_from_slice(fields);
    let mut pdf = file(&bodies);
    pdf.push(b'\n');
    pdf
}

/// [`issued`] with a signature, evidence and a document time-stamp.
pub(crate) fn signed() -> Vec<u8> {
    static SIGNED: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let mut pdf = issued();
        pdf = append(&pdf, signature_update(&pdf, &entries("1443-1")).unwrap());
        pdf.extend(evidence_update(&pdf, &some_evidence()).unwrap().unwrap());
        append(&pdf, time_stamp_update(&pdf, 8).unwrap())
    });
    SIGNED.clone()
}

/// Objects of a signed document, for [`file`]: nested fields, two signatures, a store.
pub(crate) fn signed_objects() -> Vec<String> {
    let key = EvidenceKey::new(&stamp());
    [
        "<</Type/Catalog/Pages 2 0 R/AcroForm 3 0 R/DSS 9 0 R/Perms<</DocMDP 7 0 R>>>>",
        "<</Type/Pages/Count 0/Kids[]>>",
        "<</Fields[4 0 R 5 0 R]/SigFlags 3>>",
        "<</T(group)/FT/Sig/Kids[6 0 R]>>",
        "<</T(1443-2)/FT/Sig/Subtype/Widget/Rect[0 0 200 60]>>",
        "<</T(inner)/Parent 4 0 R/V 7 0 R/Subtype/Widget/Rect[0 0 0 0]>>",
        "<</Type/Sig/ByteRange[0 1 19 4]/Contents<3003020105000000>\
         /Reference[<</TransformMethod/DocMDP/TransformParams<</P 2>>>>]>>",
        "<</Length 5>>\nstream\nabcde\nendstream",
        &format!("<</Certs[8 0 R]/CRLs 11 0 R/OCSPs[]/VRI<</{key} 10 0 R>>>>"),
        "<</Type/VRI/Cert[8 0 R]/CRL 11 0 R>>",
        "[8 0 R]",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Evidence of every kind, for the signature that [`append`] writes; it is no DER.
pub(crate) fn some_evidence() -> Evidence {
    let items = |names: &[&str]| names.iter().map(|name| name.as_bytes().to_vec()).collect();
    Evidence {
        certificates: items(&["root", "issuer"]),
        crls: items(&["list"]),
        ocsp_responses: items(&["answer\r"]),
        signatures: vec![SignatureEvidence {
            key: EvidenceKey::new(&stamp()),
            certificates: vec![1, 0],
            crls: vec![],
            ocsp_responses: vec![0],
        }],
    }
}

/// What a signature in this field says, without appearance and with room for eight bytes.
pub(crate) fn entries(field: &str) -> SignatureEntries<'_> {
    SignatureEntries {
        field,
        signed_at: signed_at(),
        name: None,
        reason: None,
        location: None,
        appearance: &[],
        certifies: false,
        reserve_bytes: 8,
    }
}

pub(crate) fn signed_at() -> DateTime<Utc> {
    "2026-11-22T13:05:00Z".parse().unwrap()
}

/// Appends an update, with a few bytes for a signature.
pub(crate) fn append(pdf: &[u8], update: Update) -> Vec<u8> {
    let tail = update.fill(&[0x30, 3, 2, 1, 5]).unwrap();
    [pdf, &tail].concat()
}

/// What [`append`] leaves in eight bytes.
pub(crate) fn stamp() -> [u8; 8] {
    [0x30, 3, 2, 1, 5, 0, 0, 0]
}

/// Returns an object's bytes between its first and its last line, a character for a byte.
pub(crate) fn body(pdf: &[u8], number: u32) -> String {
    let document = Document::open(pdf).unwrap();
    let entry = document
        .table
        .in_use()
        .find(|(found, _, _)| *found == number);
    let (_, _, offset) = entry.unwrap();
    let text: String = pdf[offset..].iter().map(|byte| char::from(*byte)).collect();
    let body = text.strip_prefix(&format!("{number} 0 obj\n")).unwrap();
    body.split_once("\nendobj\n").unwrap().0.to_owned()
}

pub(crate) fn font() -> AppearanceFont {
    static FONT: LazyLock<AppearanceFont> =
        LazyLock::new(|| AppearanceFont::new(&ttf(&ALL, 0)).expect("the sample font is in order"));
    FONT.clone()
}

/// Every character that the appearance font may hold, and more.
pub(crate) const ALL: [(u32, u32, u32); 2] = [(0x20, 0x7E, 1), (0xA0, 0x2FFF, 2)];

/// Makes a TrueType font with two square glyphs, 500 and 700 of 1,000 units wide.
///
/// `groups` are first and last character and the glyph for all of them; `embedding` is the
/// `fsType`.
pub(crate) fn ttf(groups: &[(u32, u32, u32)], embedding: u16) -> Vec<u8> {
    let words = |words: &[i32]| -> Vec<u8> {
        let low = |word: &i32| word.to_be_bytes().into_iter().skip(2).collect::<Vec<_>>();
        words.iter().flat_map(low).collect()
    };
    let longs =
        |longs: &[u32]| -> Vec<u8> { longs.iter().flat_map(|long| long.to_be_bytes()).collect() };

    let mut cmap = words(&[0, 1, 3, 10, 0, 12, 13, 0]);
    let count = u32::try_from(groups.len()).unwrap();
    cmap.extend(longs(&[16 + 12 * count, 0, count]));
    cmap.extend(
        groups
            .iter()
            .flat_map(|(first, last, glyph)| longs(&[*first, *last, *glyph])),
    );

    let mut square = words(&[1, 0, 0, 400, 400, 3, 0]);
    square.extend([0x01; 4]);
    square.extend(words(&[0, 0, 400, 0, 0, 400, 0, -400]));
    let length = i32::try_from(square.len()).unwrap();
    let glyf = [square.clone(), square].concat();

    let mut head = longs(&[0x0001_0000, 0x0001_0000, 0, 0x5F0F_3CF5]);
    head.extend(words(&[
        0, 1000, 0, 0, 0, 0, 0, 0, 0, 0, 0, -200, 400, 800, 0, 8, 2, 0, 0,
    ]));
    let hhea = words(&[
        1, 0, 800, -200, 0, 700, 0, 0, 400, 1, 0, 0, 0, 0, 0, 0, 0, 3,
    ]);
    let hmtx = words(&[500, 0, 500, 0, 700, 0]);
    let loca = words(&[0, 0, length / 2, length]);
    let maxp = words(&[1, 0, 3, 4, 1, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0]);
    let name = [
        words(&[0, 1, 18, 3, 1, 0x409, 6, 8, 0]),
        words(&[0x54, 0x65, 0x73, 0x74]),
    ]
    .concat();
    let mut os2 = words(&[4, 500, 400, 5]);
    os2.extend(embedding.to_be_bytes());
    os2.resize(96, 0);
    let post = longs(&[0x0003_0000, 0, 0, 0, 0, 0, 0, 0]);

    let tables: [(&[u8], Vec<u8>); 10] = [
        (b"OS/2", os2),
        (b"cmap", cmap),
        (b"glyf", glyf),
        (b"head", head),
        (b"hhea", hhea),
        (b"hmtx", hmtx),
        (b"loca", loca),
        (b"maxp", maxp),
        (b"name", name),
        (b"post", post),
    ];
    let mut font = longs(&[0x0001_0000]);
    font.extend(words(&[10, 128, 3, 32]));
    let mut offset = 12 + 16 * 10;
    for (tag, table) in &tables {
        font.extend(*tag);
        font.extend(longs(&[0, offset, u32::try_from(table.len()).unwrap()]));
        offset += u32::try_from(table.len().next_multiple_of(4)).unwrap();
    }
    for (_, mut table) in tables {
        table.resize(table.len().next_multiple_of(4), 0);
        font.extend(table);
    }
    font
}
