//! The appearance font.

use super::samples::{ALL, fields, font, ttf, typeset};
use crate::pdf::document::Document;
use crate::pdf::object::{Object, Reference, Stream};
use crate::pdf::{AppearanceFont, Error, base_revision, stream};

/// The repertoire that every appearance font has.
const NEEDED: &str = "Aa09 ~¡§ÿåäöÅÄÖéÉüáÁâčČđĐŋŊšŠŧŦžŽǥǤǧǦǩǨǯǮʒƷ–—’‘”“…•€";

struct Embedded {
    widths: Vec<(u32, f64)>,
    unicode: String,
    glyphs: Vec<u8>,
    program: Vec<u8>,
}

/// Reads the font back as a later signer does.
fn embedded() -> Embedded {
    let pdf = base_revision(&typeset(), &fields(), &font()).unwrap();
    let document = Document::open(&pdf).unwrap();
    let (root, catalog) = document.catalog().unwrap();
    let form = document
        .dict(root.number, &catalog, "AcroForm")
        .unwrap()
        .unwrap();
    let resources = document.dict(0, &form, "DR").unwrap().unwrap();
    let fonts = document.dict(0, &resources, "Font").unwrap().unwrap();
    let font = document.dict(0, &fonts, "Sigill").unwrap().unwrap();
    assert!(font.is("Encoding", "Identity-H"));
    let descendants = document.array(0, &font, "DescendantFonts").unwrap();
    let descendant = document
        .dict_at(descendants[0].reference().unwrap())
        .unwrap();
    let descriptor = document
        .dict(0, &descendant, "FontDescriptor")
        .unwrap()
        .unwrap();
    assert!(descendant.is("Subtype", "CIDFontType2"));
    for dict in [&font, &descendant] {
        assert_eq!(dict.value("BaseFont"), descriptor.value("FontName"));
    }

    let bytes = |object: Option<&Object<'_>>| {
        let reference: Reference = object.unwrap().reference().unwrap();
        let found: Stream<'_> = document.stream(reference).unwrap();
        stream::decode(&document, reference.number, &found, 1 << 20).unwrap()
    };
    let mut widths = Vec::new();
    let runs = document.array(0, &descendant, "W").unwrap();
    for run in runs.chunks(2) {
        let [Object::Integer(first), Object::Array(run)] = run else {
            unreachable!("{run:?}")
        };
        let first = u32::try_from(*first).unwrap();
        widths.extend((first..).zip(run.iter().map(|width| width.number().unwrap())));
    }
    let program = bytes(descriptor.value("FontFile2"));
    Embedded {
        widths,
        unicode: String::from_utf8(bytes(font.value("ToUnicode"))).unwrap(),
        glyphs: bytes(descendant.value("CIDToGIDMap")),
        program,
    }
}

#[test]
fn has_every_character_under_its_code_point() {
    let Embedded {
        widths,
        glyphs,
        program,
        ..
    } = embedded();
    let face = ttf_parser::Face::parse(&program, 0);
    assert!(face.is_ok() || program.starts_with(&[0, 1, 0, 0]));
    for character in NEEDED.chars() {
        let code = u32::from(character);
        let width = widths.iter().find(|(found, _)| *found == code);
        let expected = if code < 0x7F { 500.0 } else { 700.0 };
        assert_eq!(width, Some(&(code, expected)), "{character}");
        let at = usize::try_from(code).unwrap() * 2;
        let glyph = if code < 0x7F { [0, 1] } else { [0, 2] };
        assert_eq!(glyphs[at..at + 2], glyph, "{character}");
    }
    assert_eq!(glyphs.len(), 2 * 0x2213);
}

#[test]
fn reads_every_code_as_itself() {
    let Embedded {
        widths, unicode, ..
    } = embedded();
    let ranges: Vec<Vec<u32>> = unicode
        .lines()
        .filter(|line| line.starts_with('<') && line.len() > 18)
        .map(|line| {
            let numbers = line.split(' ').map(|hex| hex.trim_matches(['<', '>']));
            numbers
                .map(|hex| u32::from_str_radix(hex, 16).unwrap())
                .collect()
        })
        .collect();
    let mut covered = Vec::new();
    for range in &ranges {
        assert_eq!(range[0], range[2]);
        assert_eq!(
            range[0] / 256,
            range[1] / 256,
            "a range runs over a change of the first byte"
        );
        covered.extend(range[0]..=range[1]);
    }
    let codes: Vec<u32> = widths.iter().map(|(code, _)| *code).collect();
    assert_eq!(covered, codes);
    let count = ranges.len();
    assert!(unicode.contains(&format!("\n{count} beginbfrange\n")));
}

#[test]
fn wants_the_letters_of_swedish_and_sami() {
    let without_z = [ALL[0], (0xA0, 0x17C, 2), (0x17E, 0x2FFF, 2)];
    let error = AppearanceFont::new(&ttf(&without_z, 0)).unwrap_err();
    assert_eq!(error, Error::FontGlyph('Ž'));
    assert_eq!(
        error.to_string(),
        "the appearance font has no glyph for 'Ž' (U+017D)"
    );
    assert!(font().missing().is_empty());
    // Beyond the needed ones, what the font lacks is told.
    let groups = [ALL[0], (0xA0, 0x1E7, 2), (0x1EA, 0x2FFF, 2)];
    let font = AppearanceFont::new(&ttf(&groups, 0)).unwrap();
    assert_eq!(font.missing(), ['Ǩ', 'ǩ']);
}

#[test]
fn refuses_fonts_that_cannot_be_embedded() {
    let error = |font: &[u8]| AppearanceFont::new(font).unwrap_err();
    assert_eq!(error(&ttf(&ALL, 2)), Error::FontPermission);
    assert_eq!(error(&ttf(&ALL, 0x100)), Error::FontPermission);
    assert!(matches!(error(b"no font"), Error::FontRead(_)));
    let mut outlines = ttf(&ALL, 0);
    let at = outlines
        .windows(4)
        .position(|window| window == b"glyf")
        .unwrap();
    outlines[at..at + 4].copy_from_slice(b"glyg");
    assert_eq!(error(&outlines), Error::FontOutlines);
}

#[test]
fn makes_the_same_font_twice() {
    let again = AppearanceFont::new(&ttf(&ALL, 0)).unwrap();
    assert_eq!(format!("{:?}", font()), format!("{again:?}"));
}
