//! The font of all signature appearances, embedded once in the base revision.
//!
//! A Type 0 font over a `CIDFontType2` with the encoding Identity-H. **The CID of a character is
//! its Unicode code point**: a signer shows a text by writing it in UTF-16BE, two bytes a
//! character, and every character has its own CID even where the font draws two with one glyph.
//! What is there and how wide it is stands in `/W`; `/ToUnicode` is the identity on the same
//! characters, and `/CIDToGIDMap` leads to the subset's glyphs.

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use subsetter::GlyphRemapper;
use ttf_parser::{Face, GlyphId, Permissions, name_id};

use super::Error;
use super::object::Reference;
use super::write::{Rewrite, end_stream};

/// A TrueType font cut to the characters that names and titles need, ready to be embedded.
///
/// It holds printable Latin-1, the letters of the Sámi languages of Sweden and common punctuation,
/// which the font must have; and, as far as the font has them, the rest of Latin Extended-A, the
/// letters of Skolt Sámi and a few more signs.
#[derive(Clone, Debug)]
pub struct AppearanceFont {
    /// `ABCDEF+Name`
    base_name: String,
    /// Entries of the font descriptor, without the font file.
    descriptor: String,
    /// The array `/W`.
    widths: String,
    /// Whole stream objects.
    font_file: Vec<u8>,
    glyph_map: Vec<u8>,
    to_unicode: Vec<u8>,
    missing: Vec<char>,
}

/// A character, its glyph in the subset and its width.
struct Character {
    code: u16,
    glyph: u16,
    /// In thousandths of the font size, as it is written.
    width: String,
}

impl AppearanceFont {
    /// Cuts a TrueType font to size and compresses it.
    ///
    /// # Errors
    ///
    /// Fails for a font without TrueType outlines, one that may not be embedded, one that lacks a
    /// character named above, and a damaged one.
    pub fn new(ttf: &[u8]) -> Result<Self, Error> {
        let face = Face::parse(ttf, 0)?;
        if face.tables().glyf.is_none() {
            return Err(Error::FontOutlines);
        }
        // ISO 19005-3 §6.2.11.4.1: only fonts that may lawfully be embedded.
        if face.permissions() == Some(Permissions::Restricted) || !face.is_subsetting_allowed() {
            return Err(Error::FontPermission);
        }
        let mut glyphs = GlyphRemapper::new();
        let (characters, missing) = characters(&face, &mut glyphs)?;
        let subset = subsetter::subset(ttf, 0, &glyphs)?;

        let base_name = format!("{}+{}", tag(&subset), postscript_name(&face));
        let length = format!("/Length1 {}", subset.len());
        Ok(Self {
            descriptor: descriptor(&face, &base_name),
            widths: widths(&characters),
            font_file: stream(&length, &subset),
            glyph_map: stream("", &glyph_map(&characters)),
            to_unicode: stream("/Type/CMap", to_unicode(&characters).as_bytes()),
            base_name,
            missing,
        })
    }

    /// Returns the characters that would be welcome but that the font lacks, in their order.
    ///
    /// Text with one of them cannot be shown in an appearance.
    pub fn missing(&self) -> &[char] {
        &self.missing
    }

    /// Adds the font's six objects and returns the one to refer to.
    pub(super) fn add_to(&self, rewrite: &mut Rewrite<'_, '_>) -> Result<Reference, Error> {
        let Self {
            base_name,
            descriptor,
            widths,
            ..
        } = self;
        let file = rewrite.add_written(self.font_file.clone())?.number;
        let map = rewrite.add_written(self.glyph_map.clone())?.number;
        let unicode = rewrite.add_written(self.to_unicode.clone())?.number;
        let descriptor = format!("<<{descriptor}/FontFile2 {file} 0 R>>");
        let descriptor = rewrite.add_written(descriptor.into_bytes())?.number;
        let descendant = format!(
            "<</Type/Font/Subtype/CIDFontType2/BaseFont/{base_name}\
             /CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>\
             /FontDescriptor {descriptor} 0 R/DW 0/W{widths}/CIDToGIDMap {map} 0 R>>"
        );
        let descendant = rewrite.add_written(descendant.into_bytes())?.number;
        let font = format!(
            "<</Type/Font/Subtype/Type0/BaseFont/{base_name}/Encoding/Identity-H\
             /DescendantFonts[{descendant} 0 R]/ToUnicode {unicode} 0 R>>"
        );
        rewrite.add_written(font.into_bytes())
    }
}

/// Looks up every character of the repertoire, in the order of code points, and tells which are not
/// there.
fn characters(
    face: &Face<'_>,
    glyphs: &mut GlyphRemapper,
) -> Result<(Vec<Character>, Vec<char>), Error> {
    let ranges = REQUIRED.iter().chain(&WELCOME);
    let mut codes: Vec<u16> = ranges.flat_map(|(first, last)| *first..=*last).collect();
    codes.sort_unstable();
    codes.dedup();
    let is_required = |code: u16| {
        REQUIRED
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
    };
    let em = u32::from(face.units_per_em());
    let mut characters = Vec::with_capacity(codes.len());
    let mut missing = Vec::new();
    for code in codes {
        let Some(character) = char::from_u32(u32::from(code)) else {
            continue;
        };
        match face
            .glyph_index(character)
            .filter(|glyph| *glyph != GlyphId(0))
        {
            Some(glyph) => {
                let advance = u32::from(face.glyph_hor_advance(glyph).unwrap_or(0));
                characters.push(Character {
                    code,
                    glyph: glyphs.remap(glyph.0),
                    width: thousandths(advance, em),
                });
            }
            None if is_required(code) => return Err(Error::FontGlyph(character)),
            None => missing.push(character),
        }
    }
    Ok((characters, missing))
}

/// Writes a length in font units in thousandths of an em, with up to two decimals.
fn thousandths(units: u32, em: u32) -> String {
    let em = u64::from(em.max(1));
    let hundredths = u64::from(units)
        .saturating_mul(100_000)
        .saturating_add(em / 2)
        .checked_div(em);
    let hundredths = hundredths.unwrap_or(0);
    match hundredths % 100 {
        0 => format!("{}", hundredths / 100),
        fraction => format!("{}.{fraction:02}", hundredths / 100),
    }
}

fn signed_thousandths(units: i16, em: u16) -> String {
    let sign = if units < 0 { "-" } else { "" };
    format!(
        "{sign}{}",
        thousandths(u32::from(units.unsigned_abs()), u32::from(em))
    )
}

/// Writes runs of consecutive codes (ISO 32000-2 §9.7.4.3).
fn widths(characters: &[Character]) -> String {
    let mut text = String::from("[");
    let mut next = None;
    for Character { code, width, .. } in characters {
        if next != Some(*code) {
            text.push_str(if next.is_some() { "]" } else { "" });
            text.push_str(&format!("{code}["));
        } else {
            text.push(' ');
        }
        text.push_str(width);
        next = code.checked_add(1);
    }
    text.push_str("]]");
    text
}

/// Writes two bytes for each CID up to the highest (ISO 32000-2 Table 115, `CIDToGIDMap`).
fn glyph_map(characters: &[Character]) -> Vec<u8> {
    let mut map = Vec::new();
    for Character { code, glyph, .. } in characters {
        map.resize(usize::from(*code).saturating_mul(2), 0);
        map.extend(glyph.to_be_bytes());
    }
    map
}

/// Writes the `CMap` that reads a CID as the code point that it is (ISO 32000-2 §9.10.3).
fn to_unicode(characters: &[Character]) -> String {
    // A range must not run over a change of the first byte (ISO 32000-2 §9.10.3).
    let mut ranges: Vec<(u16, u16)> = Vec::new();
    for Character { code, .. } in characters {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*code) && code % 256 != 0 => {
                *last = *code;
            }
            _ => ranges.push((*code, *code)),
        }
    }
    let mut text = String::from(CMAP_HEAD);
    for block in ranges.chunks(CMAP_BLOCK) {
        text.push_str(&format!("{} beginbfrange\n", block.len()));
        for (first, last) in block {
            text.push_str(&format!("<{first:04X}> <{last:04X}> <{first:04X}>\n"));
        }
        text.push_str("endbfrange\n");
    }
    text.push_str(CMAP_TAIL);
    text
}

/// Writes the font descriptor's entries (ISO 32000-2 Table 120).
fn descriptor(face: &Face<'_>, base_name: &str) -> String {
    let em = face.units_per_em();
    let scaled = |units: i16| signed_thousandths(units, em);
    let bounds = face.global_bounding_box();
    let mut flags = SYMBOLIC;
    if face.is_monospaced() {
        flags |= FIXED_PITCH;
    }
    if face.is_italic() {
        flags |= ITALIC;
    }
    let cap_height = face.capital_height().unwrap_or_else(|| face.ascender());
    // Nothing in a TrueType font tells the stems' width; this is the usual guess from the weight.
    let stem = u32::from(face.weight().to_number())
        .saturating_mul(244)
        .saturating_sub(2_200);
    format!(
        "/Type/FontDescriptor/FontName/{base_name}/Flags {flags}/FontBBox[{} {} {} {}]\
         /ItalicAngle {:.2}/Ascent {}/Descent {}/CapHeight {}/StemV {}",
        scaled(bounds.x_min),
        scaled(bounds.y_min),
        scaled(bounds.x_max),
        scaled(bounds.y_max),
        face.italic_angle(),
        scaled(face.ascender()),
        scaled(face.descender()),
        scaled(cap_height),
        stem / 1_000,
    )
}

/// Returns the font's own name as far as it can stand in a PDF name without escapes.
fn postscript_name(face: &Face<'_>) -> String {
    let names = face.names().into_iter();
    let mut names = names.filter(|name| name.name_id == name_id::POST_SCRIPT_NAME);
    let name = names.find_map(|name| name.to_string()).unwrap_or_default();
    let kept: String = name
        .chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .take(MAX_FONT_NAME_CHARS)
        .collect();
    if kept.is_empty() {
        String::from("Appearance")
    } else {
        kept
    }
}

/// Makes the six letters that tell subsets apart (ISO 32000-2 §9.9.2) out of the subset's bytes.
fn tag(subset: &[u8]) -> String {
    // FNV-1a: no secret depends on it, and it is the same on every machine.
    let mut hash = subset.iter().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    let mut letters = String::with_capacity(6);
    for _ in 0..6 {
        let letter = u8::try_from(hash % 26).unwrap_or(0).saturating_add(b'A');
        letters.push(char::from(letter));
        hash /= 26;
    }
    letters
}

/// Compresses bytes into a whole stream object.
pub(super) fn stream(entries: &str, data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    let packed = encoder.write_all(data).and_then(|()| encoder.finish());
    let packed = packed.expect("a vector takes all that is written to it");
    let mut object = format!(
        "<<{entries}/Filter/FlateDecode/Length {}>>\nstream\n",
        packed.len()
    )
    .into_bytes();
    object.extend(packed);
    end_stream(&mut object);
    object
}

/// Code points that the font must have: printable Latin-1 without the soft hyphen, the letters of
/// the Sámi languages spoken in Sweden, and punctuation of Swedish and English texts.
const REQUIRED: [(u16, u16); 17] = [
    (0x0020, 0x007E),
    (0x00A0, 0x00AC),
    (0x00AE, 0x00FF),
    (0x010C, 0x010D), // Č č
    (0x0110, 0x0111), // Đ đ
    (0x014A, 0x014B), // Ŋ ŋ
    (0x0160, 0x0161), // Š š
    (0x0166, 0x0167), // Ŧ ŧ
    (0x017D, 0x017E), // Ž ž
    (0x2013, 0x2014), // – —
    (0x2018, 0x2019), // ‘ ’
    (0x201A, 0x201A), // ‚
    (0x201C, 0x201D), // “ ”
    (0x201E, 0x201E), // „
    (0x2022, 0x2022), // •
    (0x2026, 0x2026), // …
    (0x20AC, 0x20AC), // €
];

/// Code points that are taken where the font has them, and else told by
/// [`AppearanceFont::missing`].
const WELCOME: [(u16, u16); 13] = [
    (0x0100, 0x017F), // Latin Extended-A
    (0x01B7, 0x01B7), // Ʒ
    (0x01E4, 0x01E9), // Ǥ ǥ Ǧ ǧ Ǩ ǩ
    (0x01EE, 0x01EF), // Ǯ ǯ
    (0x0292, 0x0292), // ʒ
    (0x02B9, 0x02B9), // ʹ, a soft sign of Skolt Sámi
    (0x02BC, 0x02BC), // ʼ
    (0x1E9E, 0x1E9E), // ẞ
    (0x2030, 0x2030), // ‰
    (0x2039, 0x203A), // ‹ ›
    (0x2116, 0x2116), // №
    (0x2122, 0x2122), // ™
    (0x2212, 0x2212), // −
];

/// Font descriptor flags (ISO 32000-2 Table 121).
const FIXED_PITCH: u32 = 1;
const SYMBOLIC: u32 = 1 << 2;
const ITALIC: u32 = 1 << 6;

/// A name has at most 127 bytes (ISO 19005-3 §6.1.13); six letters and a plus sign come before.
const MAX_FONT_NAME_CHARS: usize = 100;

/// Ranges in one block of a `CMap`.
const CMAP_BLOCK: usize = 100;

const CMAP_HEAD: &str = "\
/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo <</Registry (Adobe) /Ordering (UCS) /Supplement 0>> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
";

const CMAP_TAIL: &str = "\
endcmap
CMapName currentdict /CMap defineresource pop
end
end
";
