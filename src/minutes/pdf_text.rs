//! The text of a foreign PDF, as [`super::propose`] reads it.
//!
//! Takes the file's bytes; gives lines in reading order, columns parted by two spaces or more, form feeds between
//! pages. A page's text is what can be seen on it: text that is drawn invisibly counts only where a page shows no
//! other, as under a picture that a machine has read. Nothing is recognised in pictures here.
//!
//! The library that reads the file has limits of depth but none of time or memory: whoever has bytes from outside
//! calls this in a process that may be stopped.

use std::collections::BTreeMap;

use hayro_interpret::font::{Glyph, OutlineGlyph};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, GlyphDrawMode, Image, InterpreterCache,
    InterpreterSettings, Paint, PathDrawMode, SoftMask, TransformExt as _, interpret_page,
};
use hayro_syntax::page::Page;
use hayro_syntax::{DecryptionError, LoadPdfError, Pdf};
use kurbo::{Affine, BezPath, Rect};
use serde::{Deserialize, Serialize};

use super::layout::{self, Letter};

/// A PDF's text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct PdfText {
    /// The lines of all pages.
    pub text: String,
    /// The pages, counted from 1, that are pictures with text under them which a machine has read: it may have
    /// misread a digit.
    pub recognised: Vec<usize>,
}

/// Why a PDF gives no text.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize, thiserror::Error)]
pub enum PdfTextError {
    /// It begins like a PDF, and no page of it can be read.
    #[error("the PDF is damaged: no page of it can be read")]
    Damaged,
    /// It opens with a password alone.
    #[error("the PDF is encrypted and asks for a password")]
    Encrypted,
    /// It has no letter: a scan.
    #[error("the PDF has no text on its {pages} pages: it is a picture of paper")]
    NoText {
        /// How many pages it has.
        pages: usize,
    },
    /// It is something else.
    #[error("it is no PDF: it does not begin with %PDF-")]
    NotPdf,
    /// It is larger than any minutes.
    #[error("the PDF has {bytes} bytes, and extracts of more than {MAX_BYTES} are not read")]
    TooLarge {
        /// Its bytes.
        bytes: usize,
    },
    /// It has more pages than any minutes.
    #[error("the PDF has {pages} pages, and extracts of more than {MAX_PAGES} are not read")]
    TooManyPages {
        /// How many.
        pages: usize,
    },
    /// It has more letters than any minutes.
    #[error("the PDF has more than {MAX_LETTERS} letters, and such extracts are not read")]
    TooMuchText,
    /// Its fonts do not say which letters they draw.
    #[error(
        "the letters of the PDF cannot be told: {unknown} of {letters} are drawn by fonts that do not say what they are"
    )]
    Unreadable {
        /// How many have no meaning.
        unknown: usize,
        /// How many there are.
        letters: usize,
    },
}

/// Returns the text of a PDF.
///
/// # Errors
/// [`PdfTextError`].
pub fn pdf_text(bytes: Vec<u8>) -> Result<PdfText, PdfTextError> {
    if bytes.len() > MAX_BYTES {
        return Err(PdfTextError::TooLarge { bytes: bytes.len() });
    }
    let start = bytes.get(..HEADER_WITHIN).unwrap_or(&bytes);
    if memchr::memmem::find(start, b"%PDF-").is_none() {
        return Err(PdfTextError::NotPdf);
    }
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(
            DecryptionError::PasswordProtected
            | DecryptionError::UnsupportedAlgorithm
            | DecryptionError::InvalidEncryption
            | DecryptionError::MissingIDEntry,
        ) => PdfTextError::Encrypted,
        LoadPdfError::Invalid => PdfTextError::Damaged,
    })?;
    let pages = pdf.pages();
    if pages.is_empty() {
        return Err(PdfTextError::Damaged);
    }
    if pages.len() > MAX_PAGES {
        return Err(PdfTextError::TooManyPages { pages: pages.len() });
    }
    let cache = InterpreterCache::new();
    let mut fonts = Fonts::default();
    let mut text = String::new();
    let mut recognised = Vec::new();
    let (mut letters, mut unknown): (usize, usize) = (0, 0);
    for (index, page) in pages.iter().enumerate() {
        let mut seen = Seen::new(page, &mut fonts);
        let context = &mut context(page, &cache, &pdf);
        interpret_page(page, context, &mut seen);
        let is_full = seen.letters.len() >= MAX_LETTERS;
        let mut found = seen.letters;
        if found.iter().any(|letter| !letter.is_hidden) {
            found.retain(|letter| !letter.is_hidden);
        } else if found.iter().any(|letter| !letter.is_space()) {
            recognised.push(index.saturating_add(1));
        }
        found.retain(|letter| !letter.text.is_empty());
        letters = letters.saturating_add(found.iter().filter(|found| !found.is_space()).count());
        unknown = unknown.saturating_add(found.iter().filter(|found| found.is_unknown()).count());
        if is_full || letters > MAX_LETTERS {
            return Err(PdfTextError::TooMuchText);
        }
        if index > 0 {
            text.push('\u{c}');
        }
        text.push_str(&layout::page(found));
    }
    if letters == 0 {
        return Err(PdfTextError::NoText { pages: pages.len() });
    }
    if unknown > letters.div_euclid(UNKNOWN_ONE_IN) {
        return Err(PdfTextError::Unreadable { unknown, letters });
    }
    Ok(PdfText { text, recognised })
}

fn context<'a>(page: &Page<'a>, cache: &InterpreterCache<'a>, pdf: &'a Pdf) -> Context<'a> {
    let (width, height) = page.render_dimensions();
    Context::new(
        page.initial_transform(true).to_kurbo(),
        Rect::new(0.0, 0.0, f64::from(width), f64::from(height)),
        cache,
        pdf.xref(),
        InterpreterSettings::default(),
    )
}

/// What the fonts' own tables say of glyphs that the file gives no meaning.
#[derive(Default)]
struct Fonts(BTreeMap<u128, BTreeMap<u16, char>>);

impl Fonts {
    /// Returns the letter that a glyph is by its font's own table of letters.
    fn letter(&mut self, glyph: &OutlineGlyph) -> Option<char> {
        let number = u16::try_from(glyph.glyph_id().to_u32()).ok()?;
        let table = self.0.entry(glyph.font_cache_key()).or_insert_with(|| {
            let Some(font) = glyph.font_data() else {
                return BTreeMap::new();
            };
            let data: &[u8] = (*font.data).as_ref();
            ttf_parser::Face::parse(data, 0)
                .map(|face| letters_of(&face))
                .unwrap_or_default()
        });
        table.get(&number).copied()
    }
}

fn letters_of(face: &ttf_parser::Face<'_>) -> BTreeMap<u16, char> {
    let mut letters = BTreeMap::new();
    let tables = face
        .tables()
        .cmap
        .into_iter()
        .flat_map(|cmap| cmap.subtables);
    for table in tables.filter(ttf_parser::cmap::Subtable::is_unicode) {
        table.codepoints(|code| {
            if let (Some(letter), Some(glyph)) = (char::from_u32(code), table.glyph_index(code)) {
                letters.entry(glyph.0).or_insert(letter);
            }
        });
    }
    letters
}

/// Notes the letters that a page shows and draws nothing.
struct Seen<'f> {
    letters: Vec<Letter>,
    fonts: &'f mut Fonts,
    symbols: BTreeMap<u128, bool>,
    width: f64,
    height: f64,
}

impl<'f> Seen<'f> {
    fn new(page: &Page<'_>, fonts: &'f mut Fonts) -> Self {
        let (width, height) = page.render_dimensions();
        Self {
            letters: Vec::new(),
            fonts,
            symbols: BTreeMap::new(),
            width: f64::from(width),
            height: f64::from(height),
        }
    }

    /// Returns what a glyph says, and whether its font draws signs instead of letters.
    fn meaning(&mut self, glyph: &Glyph<'_>) -> String {
        let told = match glyph.as_unicode() {
            Some(BfString::Char(letter)) => Some(letter.to_string()),
            Some(BfString::String(text)) => Some(text),
            None => None,
        };
        let Glyph::Outline(outline) = glyph else {
            return told.map_or_else(|| UNKNOWN.to_string(), |text| plain(&text));
        };
        let text = told.or_else(|| Some(self.fonts.letter(outline)?.to_string()));
        let text = text.map_or_else(|| UNKNOWN.to_string(), |text| plain(&text));
        let is_sign = || {
            let font = outline.font_data()?.postscript_name?.to_lowercase();
            Some(SIGN_FONTS.iter().any(|name| font.contains(name)))
        };
        // A bullet of Wingdings has the number that § has elsewhere: it must not begin a paragraph of minutes.
        let is_sign = *self
            .symbols
            .entry(outline.font_cache_key())
            .or_insert_with(|| is_sign().unwrap_or_default());
        if is_sign && !text.trim().is_empty() {
            return BULLET.to_string();
        }
        text
    }
}

impl<'a> Device<'a> for Seen<'_> {
    fn draw_glyph(
        &mut self,
        glyph: &Glyph<'a>,
        transform: Affine,
        glyph_transform: Affine,
        _: &Paint<'a>,
        mode: &GlyphDrawMode,
    ) {
        if self.letters.len() >= MAX_LETTERS {
            return;
        }
        let [a, b, c, d, x, y] = both(transform, glyph_transform).as_coeffs();
        let size = c.hypot(d) * UNITS_PER_EM;
        let wide = match glyph {
            Glyph::Outline(outline) => outline.advance_width().map(f64::from),
            Glyph::Type3(_) => None,
        };
        let along = a.hypot(b);
        let advance = along * wide.unwrap_or(UNITS_PER_EM / 2.0);
        let is_sound = [size, advance, x, y].iter().all(|value| value.is_finite())
            && size > SMALLEST
            && along > 0.0;
        let is_on_page = (0.0..=self.width).contains(&x) && (0.0..=self.height).contains(&y);
        if !is_sound || !is_on_page {
            return;
        }
        let text = self.meaning(glyph);
        self.letters.push(Letter {
            text,
            x,
            y,
            direction: (a / along, b / along),
            advance,
            size,
            is_hidden: matches!(mode, GlyphDrawMode::Invisible),
        });
    }

    fn set_soft_mask(&mut self, _: Option<SoftMask<'a>>) {}
    fn set_blend_mode(&mut self, _: BlendMode) {}
    fn draw_path(&mut self, _: &BezPath, _: Affine, _: &Paint<'a>, _: &PathDrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_image(&mut self, _: Image<'a, '_>, _: Affine) {}
    fn pop_clip_path(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

/// Returns a glyph's text in plain letters: ligatures taken apart, a drawn soft hyphen as the hyphen that it is.
fn plain(text: &str) -> String {
    let mut letters = String::new();
    for letter in text.chars() {
        match letter {
            '\u{AD}' | '\u{2010}' | '\u{2011}' => letters.push('-'),
            '\u{FB00}' => letters.push_str("ff"),
            '\u{FB01}' => letters.push_str("fi"),
            '\u{FB02}' => letters.push_str("fl"),
            '\u{FB03}' => letters.push_str("ffi"),
            '\u{FB04}' => letters.push_str("ffl"),
            '\u{FB05}' | '\u{FB06}' => letters.push_str("st"),
            // Signs of fonts that number them as they like.
            '\u{E000}'..='\u{F8FF}' => letters.push(BULLET),
            _ if letter.is_whitespace() => letters.push(' '),
            _ if letter.is_control() => {}
            _ => letters.push(letter),
        }
    }
    letters
}

/// Returns the transformation that does the second, then the first.
#[expect(
    clippy::arithmetic_side_effects,
    reason = "floats do not overflow, and what is no number is nowhere on the page"
)]
fn both(first: Affine, second: Affine) -> Affine {
    first * second
}

/// A glyph without a meaning.
pub(super) const UNKNOWN: char = '\u{FFFD}';
/// A sign that is no letter.
const BULLET: char = '•';
/// Fonts of signs, as parts of their names.
const SIGN_FONTS: [&str; 3] = ["dingbats", "webdings", "wingdings"];
/// Glyphs are measured in thousandths of the font's size.
const UNITS_PER_EM: f64 = 1000.0;
/// Smaller letters, in points, are not there to be read.
const SMALLEST: f64 = 1.0;
/// ISO 32000-2 annex I: readers look for the header in the first 1024 bytes.
const HEADER_WITHIN: usize = 1024;
/// A year's minutes of a council, with its pictures, are smaller.
const MAX_BYTES: usize = 64 << 20;
/// The same in pages.
const MAX_PAGES: usize = 1000;
/// The same in letters, on a page and in all.
const MAX_LETTERS: usize = 4_000_000;
/// More unknown letters than one in so many are too many to read on.
const UNKNOWN_ONE_IN: usize = 20;
