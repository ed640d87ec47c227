//! Extracts as PDFs, written here as the simplest tools write them: the fonts that every reader has, no table of
//! letters, cells put where they belong.

use super::extracts::check;
use crate::minutes::{PdfTextError, pdf_text};

/// How a text is set.
#[derive(Clone, Copy)]
struct Manner {
    /// The font, one that every reader has.
    font: &'static str,
    /// Its size in points.
    size: f64,
    /// The width of a column of the text in points.
    column: f64,
    /// The height of a line in points.
    leading: f64,
    /// Whether words are put one by one, without a space drawn between them.
    by_word: bool,
    /// Operators before a page's text.
    before: &'static str,
    /// Keys of each page.
    keys: &'static str,
}

const PLAIN: Manner = Manner {
    font: "Helvetica",
    size: 9.0,
    column: 5.0,
    leading: 12.0,
    by_word: false,
    before: "",
    keys: "",
};

/// Returns a text as a PDF: what parts cells in the text does so on the page.
fn set(text: &str, manner: Manner) -> Vec<u8> {
    let lines_of = |page: &str| page.split('\n').count();
    let most = text.split('\u{c}').map(lines_of).max().unwrap_or(1);
    let height = f64::from(u32::try_from(most).unwrap() + 4) * manner.leading;
    let longest = text.split('\n').map(|line| line.chars().count()).max();
    let width = f64::from(u32::try_from(longest.unwrap_or(0)).unwrap() + 20) * manner.column;
    let mut pages = Vec::new();
    for page in text.split('\u{c}') {
        let mut content = format!("{}\nBT /F {} Tf\n", manner.before, manner.size).into_bytes();
        for (row, line) in page.split('\n').enumerate() {
            let letters: Vec<char> = line.chars().collect();
            let is_end = |at: usize| {
                let space = |at: usize| letters.get(at).is_none_or(|letter| *letter == ' ');
                space(at) && (manner.by_word || space(at + 1))
            };
            let mut start = 0;
            while start < letters.len() {
                if letters[start] == ' ' {
                    start += 1;
                    continue;
                }
                let end = (start..).find(|at| is_end(*at)).unwrap();
                let x = 40.0 + f64::from(u32::try_from(start).unwrap()) * manner.column;
                let y = height - 30.0 - f64::from(u32::try_from(row).unwrap()) * manner.leading;
                content.extend(format!("1 0 0 1 {x} {y} Tm (").bytes());
                for letter in &letters[start..end] {
                    content.extend(win_ansi(*letter));
                }
                content.extend(b") Tj\n");
                start = end;
            }
        }
        content.extend(b"ET\n");
        pages.push(content);
    }
    let font = format!(
        "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>",
        manner.font
    );
    written(
        &pages,
        &font,
        &format!("/MediaBox [0 0 {width} {height}] {}", manner.keys),
    )
}

/// Returns a PDF with these contents of pages.
fn written(pages: &[Vec<u8>], font: &str, keys: &str) -> Vec<u8> {
    let mut objects = vec![
        b"<< /Type /Catalog /Pages 2 0 R >>".to_vec(),
        Vec::new(),
        font.as_bytes().to_vec(),
    ];
    let mut kids = String::new();
    for content in pages {
        let number = objects.len() + 1;
        kids.push_str(&format!("{number} 0 R "));
        let page = format!(
            "<< /Type /Page /Parent 2 0 R {keys} /Resources << /Font << /F 3 0 R >> >> /Contents {} 0 R >>",
            number + 1
        );
        objects.push(page.into_bytes());
        let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
        stream.extend(content);
        stream.extend(b"\nendstream");
        objects.push(stream);
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len()).into_bytes();
    let mut file = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for (index, object) in objects.iter().enumerate() {
        places.push(file.len());
        file.extend(format!("{} 0 obj\n", index + 1).bytes());
        file.extend(object);
        file.extend(b"\nendobj\n");
    }
    let table = file.len();
    file.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for place in places {
        file.extend(format!("{place:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    file.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n").bytes(),
    );
    file
}

/// Returns a letter's byte in the encoding of Windows (ISO 32000-2 annex D), escaped.
fn win_ansi(letter: char) -> Vec<u8> {
    match letter {
        '(' | ')' | '\\' => vec![b'\\', u8::try_from(letter).unwrap()],
        '•' => vec![0x95],
        '–' => vec![0x96],
        '—' => vec![0x97],
        '”' => vec![0x94],
        '“' => vec![0x93],
        '’' => vec![0x92],
        '…' => vec![0x85],
        '\t' => vec![b' '; 4],
        // ISO 8859-1; what is beyond it the font does not have.
        _ => vec![u8::try_from(u32::from(letter)).unwrap_or(b'?')],
    }
}

fn text(text: &str, manner: Manner) -> String {
    pdf_text(set(text, manner)).unwrap().text
}

#[test]
fn extracts_read_the_same_from_a_pdf() {
    let set = |given: &str| text(given, PLAIN);
    check("minutes/layouts", 280, set);
    check("minutes/styles", 298, set);
}

#[test]
fn other_fonts_and_sizes_change_nothing() {
    let set = |given: &str| {
        let manner = Manner {
            font: "Times-Roman",
            size: 12.0,
            column: 6.0,
            leading: 14.0,
            ..PLAIN
        };
        text(given, manner)
    };
    check("minutes/layouts", 280, set);
    check("minutes/styles", 298, set);
}

#[test]
fn words_put_one_by_one_are_words() {
    let set = |given: &str| {
        let manner = Manner {
            font: "Courier",
            size: 10.0,
            column: 6.0,
            by_word: true,
            ..PLAIN
        };
        text(given, manner)
    };
    check("minutes/layouts", 280, set);
    check("minutes/styles", 298, set);
}

/// Letters set apart by the font's own means, as headings are.
#[test]
fn letters_set_apart_are_words() {
    let given = "§ 12  Dnr KS 2023/133\nBeslut om avtal";
    let manner = Manner {
        size: 10.0,
        column: 12.0,
        before: "2.5 Tc",
        ..PLAIN
    };
    assert_eq!(
        text(given, manner),
        "§ 12      Dnr KS 2023/133\nBeslut om avtal\n"
    );
}

#[test]
fn what_is_turned_slanted_or_outside_the_page_stands_apart() {
    let manner = Manner {
        before: "BT /F 9 Tf 0 1 -1 0 20 20 Tm (i marginalen) Tj 0.7 0.7 -0.7 0.7 60 10 Tm (UTKAST) Tj 1 0 0 1 -900 20 Tm (utanf\\366r) Tj ET",
        ..PLAIN
    };
    assert_eq!(
        text("Beslut\natt teckna avtalet\nsnarast", manner),
        "Beslut\natt teckna avtalet\nsnarast\n\ni marginalen\n\nUTKAST\n"
    );
}

#[test]
fn a_turned_page_is_read_as_it_is_shown() {
    let manner = Manner {
        keys: "/Rotate 180",
        before: "-1 0 0 -1 165 72 cm",
        ..PLAIN
    };
    assert_eq!(text("Beslut\natt teckna", manner), "Beslut\natt teckna\n");
}

#[test]
fn letters_drawn_twice_and_accents_drawn_alone_are_one() {
    let twice = "BT /F 12 Tf 1 0 0 1 20 40 Tm (Beslut) Tj 1 0 0 1 20.3 40 Tm (Beslut) Tj ET";
    let accents = "BT /F 12 Tf 1 0 0 1 20 20 Tm (o) Tj 1 0 0 1 21.5 20 Tm (\\250) Tj 1 0 0 1 26.7 20 Tm (ver) Tj ET";
    let file = simple(&format!("{twice}\n{accents}"));
    assert_eq!(pdf_text(file).unwrap().text, "Beslut\növer\n");
}

/// Text that nobody sees proposes nothing, unless a page has no other: then a machine has read a picture.
#[test]
fn what_is_drawn_invisibly_is_not_read_beside_what_is_seen() {
    let hidden = "BT /F 12 Tf 3 Tr 1 0 0 1 20 40 Tm (att avsl\\345) Tj ET";
    let seen = "BT /F 12 Tf 0 Tr 1 0 0 1 20 20 Tm (att teckna) Tj ET";
    let both = pdf_text(simple(&format!("{hidden}\n{seen}"))).unwrap();
    assert_eq!(
        (both.text.as_str(), both.recognised),
        ("att teckna\n", Vec::new())
    );
    let alone = pdf_text(simple(hidden)).unwrap();
    assert_eq!(
        (alone.text.as_str(), alone.recognised),
        ("att avslå\n", vec![1])
    );
}

#[test]
fn pages_are_parted_by_form_feeds() {
    assert_eq!(text("ett\u{c}tv\u{e5}", PLAIN), "ett\n\u{c}två\n");
}

/// A note's raised number and a label in another size stand on their line.
#[test]
fn small_differences_in_height_are_one_line() {
    let file = simple(
        "BT /F 12 Tf 1 0 0 1 20 40 Tm (Beslut) Tj /F 7 Tf 1 0 0 1 54 44 Tm (1) Tj /F 10 Tf 1 0 0 1 100 41 Tm (att teckna) Tj ET",
    );
    assert_eq!(
        pdf_text(file).unwrap().text,
        "Beslut1           att teckna\n"
    );
}

#[test]
fn what_gives_no_text_says_why() {
    let told = |bytes: Vec<u8>| pdf_text(bytes).unwrap_err();
    assert_eq!(told(Vec::new()), PdfTextError::NotPdf);
    assert_eq!(
        told(b"PK\x03\x04 minutes.docx".to_vec()),
        PdfTextError::NotPdf
    );
    assert_eq!(
        told(b"%PDF-1.7\nnothing more".to_vec()),
        PdfTextError::Damaged
    );
    assert_eq!(
        told(simple("0 0 10 10 re f")),
        PdfTextError::NoText { pages: 1 }
    );
    let many = written(
        &vec![b"BT ET".to_vec(); 1001],
        "<< >>",
        "/MediaBox [0 0 9 9]",
    );
    assert_eq!(told(many), PdfTextError::TooManyPages { pages: 1001 });
    let large = vec![b'%'; (64 << 20) + 1];
    assert_eq!(
        told(large),
        PdfTextError::TooLarge {
            bytes: (64 << 20) + 1
        }
    );
    let again = "(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj 1 0 0 1 20 20 Tm\n".repeat(126_000);
    let much = simple(&format!("BT /F 9 Tf 1 0 0 1 20 20 Tm {again} ET"));
    assert_eq!(told(much), PdfTextError::TooMuchText);
}

/// A font that numbers its glyphs as it likes, and says nothing of them.
#[test]
fn letters_without_a_meaning_are_told() {
    let font = "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 9 9] /FontMatrix [0.1 0 0 0.1 0 0] /CharProcs << >> /Encoding << /Differences [97 /q1 /q2 /q3] >> /FirstChar 97 /LastChar 99 /Widths [9 9 9] >>";
    let content = b"BT /F 9 Tf 1 0 0 1 20 20 Tm (abc) Tj ET".to_vec();
    let file = written(&[content], font, "/MediaBox [0 0 200 60]");
    let error = pdf_text(file).unwrap_err();
    let expected = PdfTextError::Unreadable {
        unknown: 3,
        letters: 3,
    };
    assert_eq!(error, expected);
}

/// Every damage of an extract gives text or a reason.
#[test]
fn damaged_files_never_reach_a_panic() {
    let whole = set("§ 12  Dnr KS 2023/133\n\nBeslut\natt teckna avtalet", PLAIN);
    for at in (0..whole.len()).step_by(7) {
        let mut changed = whole.clone();
        changed[at] = changed[at].wrapping_add(13);
        drop(pdf_text(changed));
        drop(pdf_text(whole[..at].to_vec()));
    }
}

/// Returns a page of 200 × 60 points with this content.
fn simple(content: &str) -> Vec<u8> {
    let font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>";
    written(
        &[content.as_bytes().to_vec()],
        font,
        "/MediaBox [0 0 200 60]",
    )
}
