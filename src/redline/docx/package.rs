//! The files of the package around the body: styles, settings, header and footer.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::runs::{AUTHOR, Writer, escaped};
use crate::redline::model::Redline;

/// How deep lists have styles of their own.
pub(super) const DEPTHS: u8 = 6;

/// Returns the files by their names.
pub(super) fn files(
    redline: &Redline,
    dated: NaiveDate,
    body: &Writer,
) -> BTreeMap<String, Vec<u8>> {
    let title = format!(
        "Jämförelse av {} {} och {}",
        redline.new.name, redline.old.version, redline.new.version
    );
    let files = [
        ("[Content_Types].xml", CONTENT_TYPES.to_owned()),
        ("_rels/.rels", RELATIONSHIPS.to_owned()),
        ("docProps/core.xml", core(&title, dated)),
        ("word/_rels/document.xml.rels", links(&body.links)),
        ("word/document.xml", document(&body.xml)),
        ("word/footer1.xml", FOOTER.to_owned()),
        ("word/header1.xml", header(&title)),
        ("word/settings.xml", SETTINGS.to_owned()),
        ("word/styles.xml", styles()),
    ];
    let files = files.into_iter().map(|(name, xml)| {
        let bytes = format!("{DECLARATION}{xml}").into_bytes();
        (name.to_owned(), bytes)
    });
    files.collect()
}

fn document(body: &str) -> String {
    format!(
        "<w:document {NAMESPACES}><w:body>{body}<w:sectPr>\
         <w:headerReference w:type=\"default\" r:id=\"header\"/><w:footerReference w:type=\"default\" r:id=\"footer\"/>\
         <w:pgSz w:w=\"11906\" w:h=\"16838\"/>\
         <w:pgMar w:top=\"1701\" w:right=\"1418\" w:bottom=\"1418\" w:left=\"1418\" w:header=\"709\" w:footer=\"709\" w:gutter=\"0\"/>\
         </w:sectPr></w:body></w:document>"
    )
}

fn header(title: &str) -> String {
    format!(
        "<w:hdr {NAMESPACES}><w:p><w:pPr><w:pStyle w:val=\"Marginal\"/></w:pPr><w:r><w:t xml:space=\"preserve\">{} – ej för underskrift</w:t></w:r></w:p></w:hdr>",
        escaped(title)
    )
}

fn core(title: &str, dated: NaiveDate) -> String {
    let title = escaped(title);
    format!(
        "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:dcterms=\"http://purl.org/dc/terms/\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\">\
         <dc:title>{title}</dc:title><dc:creator>{AUTHOR}</dc:creator><dc:language>sv-SE</dc:language>\
         <dcterms:created xsi:type=\"dcterms:W3CDTF\">{dated}T00:00:00Z</dcterms:created></cp:coreProperties>"
    )
}

fn links(links: &BTreeMap<String, usize>) -> String {
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let own = [
        ("styles", "styles", "styles.xml"),
        ("settings", "settings", "settings.xml"),
        ("header", "header", "header1.xml"),
        ("footer", "footer", "footer1.xml"),
    ];
    let own = own.map(|(id, kind, target)| {
        format!("<Relationship Id=\"{id}\" Type=\"{office}/{kind}\" Target=\"{target}\"/>")
    });
    let others = links.iter().map(|(address, number)| {
        let address = escaped(address);
        format!(
            "<Relationship Id=\"link{number}\" Type=\"{office}/hyperlink\" Target=\"{address}\" TargetMode=\"External\"/>"
        )
    });
    let all: String = own.into_iter().chain(others).collect();
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{all}</Relationships>"
    )
}

fn styles() -> String {
    let mut styles = format!("<w:styles {NAMESPACES}>{BASE_STYLES}");
    for (level, (size, before, after)) in (1..).zip(HEADINGS) {
        styles.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:styleId=\"Heading{level}\"><w:name w:val=\"heading {level}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:next w:val=\"Normal\"/><w:qFormat/>\
             <w:pPr><w:keepNext/><w:tabs><w:tab w:val=\"left\" w:pos=\"{STEP}\"/></w:tabs><w:spacing w:before=\"{before}\" w:after=\"{after}\"/>\
             <w:ind w:left=\"{STEP}\" w:hanging=\"{STEP}\"/><w:outlineLvl w:val=\"{}\"/></w:pPr>\
             <w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\"/><w:b/><w:bCs/><w:color w:val=\"16324A\"/><w:sz w:val=\"{size}\"/><w:szCs w:val=\"{size}\"/></w:rPr></w:style>",
            level - 1
        ));
    }
    for depth in 1..=u32::from(DEPTHS) {
        let left = STEP.saturating_mul(depth);
        styles.push_str(&format!(
            "<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Led{depth}\"><w:name w:val=\"Led {depth}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:pPr><w:ind w:left=\"{left}\" w:hanging=\"{STEP}\"/></w:pPr></w:style>\
             <w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Text{depth}\"><w:name w:val=\"Text {depth}\"/>\
             <w:basedOn w:val=\"Normal\"/><w:pPr><w:ind w:left=\"{left}\"/></w:pPr></w:style>"
        ));
    }
    styles.push_str("</w:styles>");
    styles
}

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";

const NAMESPACES: &str = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

/// One step of indentation, in twentieths of a point.
const STEP: u32 = 680;

/// Size in half points, space before and after in twentieths of a point.
const HEADINGS: [(u32, u32, u32); 4] = [
    (26, 360, 140),
    (24, 280, 120),
    (22, 240, 100),
    (22, 200, 80),
];

const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">\
<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>\
<Default Extension=\"xml\" ContentType=\"application/xml\"/>\
<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>\
<Override PartName=\"/word/document.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/>\
<Override PartName=\"/word/footer1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml\"/>\
<Override PartName=\"/word/header1.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml\"/>\
<Override PartName=\"/word/settings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml\"/>\
<Override PartName=\"/word/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml\"/>\
</Types>";

const RELATIONSHIPS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
<Relationship Id=\"document\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"word/document.xml\"/>\
<Relationship Id=\"core\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>\
</Relationships>";

const FOOTER: &str = "<w:ftr xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:p><w:pPr><w:pStyle w:val=\"Marginal\"/></w:pPr>\
<w:r><w:t xml:space=\"preserve\">Sida </w:t></w:r><w:fldSimple w:instr=\" PAGE \"><w:r><w:t>1</w:t></w:r></w:fldSimple>\
<w:r><w:t xml:space=\"preserve\"> av </w:t></w:r><w:fldSimple w:instr=\" NUMPAGES \"><w:r><w:t>1</w:t></w:r></w:fldSimple></w:p></w:ftr>";

/// Further changes are tracked as well, whoever makes them.
const SETTINGS: &str = "<w:settings xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:trackRevisions/></w:settings>";

const BASE_STYLES: &str = "<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:cs=\"Times New Roman\"/><w:sz w:val=\"22\"/><w:szCs w:val=\"22\"/><w:lang w:val=\"sv-SE\"/></w:rPr></w:rPrDefault>\
<w:pPrDefault><w:pPr><w:spacing w:after=\"120\" w:line=\"276\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>\
<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>\
<w:style w:type=\"character\" w:styleId=\"Hyperlink\"><w:name w:val=\"Hyperlink\"/><w:rPr><w:color w:val=\"0B4F8A\"/><w:u w:val=\"single\"/></w:rPr></w:style>\
<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Marginal\"><w:name w:val=\"Marginal\"/><w:basedOn w:val=\"Normal\"/><w:rPr><w:rFonts w:ascii=\"Arial\" w:hAnsi=\"Arial\" w:cs=\"Arial\"/><w:color w:val=\"4D4D4D\"/><w:sz w:val=\"16\"/></w:rPr></w:style>\
<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Mellan\"><w:name w:val=\"Mellan\"/><w:basedOn w:val=\"Normal\"/><w:pPr><w:spacing w:after=\"0\"/></w:pPr></w:style>\
<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Tabelltext\"><w:name w:val=\"Tabelltext\"/><w:basedOn w:val=\"Normal\"/><w:pPr><w:spacing w:after=\"40\"/></w:pPr><w:rPr><w:sz w:val=\"20\"/></w:rPr></w:style>\
<w:style w:type=\"paragraph\" w:customStyle=\"1\" w:styleId=\"Tabellhuvud\"><w:name w:val=\"Tabellhuvud\"/><w:basedOn w:val=\"Tabelltext\"/><w:pPr><w:keepNext/></w:pPr><w:rPr><w:b/><w:bCs/></w:rPr></w:style>\
<w:style w:type=\"table\" w:customStyle=\"1\" w:styleId=\"Rutnat\"><w:name w:val=\"Rutnat\"/><w:tblPr><w:tblBorders><w:top w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/><w:left w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/><w:bottom w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/><w:right w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/><w:insideH w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/><w:insideV w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"8A8A8A\"/></w:tblBorders><w:tblCellMar><w:left w:w=\"85\" w:type=\"dxa\"/><w:right w:w=\"85\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>";
