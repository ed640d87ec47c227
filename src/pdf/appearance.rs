//! What a signature shows on the page: a few lines of text in the form's own font.
//!
//! The lines fill the field's rectangle and never leave it. One that is too wide is set smaller,
//! then broken at a space or after a hyphen, and ends with an ellipsis if even that is not enough.

use std::fmt::Write;

use unicode_normalization::UnicodeNormalization;

use super::document::Document;
use super::font;
use super::form::Form;
use super::object::{Object, Reference};
use super::{AppearanceLine, Error, LineWeight, fields::FONT_NAME};

/// The form's font, as `font.rs` puts it into the base revision.
pub(super) struct Font {
    reference: Reference,
    /// Code points and their widths in thousandths of the size, ascending.
    widths: Vec<(u32, f64)>,
}

/// A row of text with its size in points.
struct Row {
    text: String,
    size: f64,
    weight: LineWeight,
}

impl Row {
    /// Returns the distance from the row's top to the next row's, in points.
    fn height(&self) -> f64 {
        let leading = match self.weight {
            LineWeight::Detail => 1.2,
            LineWeight::Leading => 1.28,
        };
        self.size * leading
    }
}

/// A line, measured once: every trial of a size uses the same figures.
#[derive(Clone)]
struct Line {
    /// In normalisation form C, without space at its ends.
    text: String,
    weight: LineWeight,
    /// Width in points at a size of one point.
    width: f64,
    /// The most even way to break the line in two, and the width of the wider half.
    halves: Option<([String; 2], f64)>,
}

impl Line {
    fn new(font: &Font, text: String, weight: LineWeight) -> Self {
        let wider = |(first, second): &(&str, &str)| font.measure(first).max(font.measure(second));
        let halves = breaks(&text).map(|halves| (wider(&halves), halves));
        let halves = halves.min_by(|(one, _), (next, _)| one.total_cmp(next));
        let halves = halves.map(|(width, (first, second))| {
            let halves = [first, second].map(str::to_owned);
            (halves, width)
        });
        Self {
            width: font.measure(&text),
            halves,
            text,
            weight,
        }
    }
}

pub(super) fn undrawable(pdf: &[u8], text: &str) -> Result<Vec<char>, Error> {
    let document = Document::open(pdf)?;
    let form = super::form::form(&document)?.ok_or(Error::AppearanceFont)?;
    let font = Font::read(&document, &form)?;
    let mut missing: Vec<char> = text
        .nfc()
        .filter(|character| font.width(*character).is_none())
        .collect();
    missing.sort_unstable();
    missing.dedup();
    Ok(missing)
}

impl Font {
    /// Finds the font and reads its widths (ISO 32000-2 §9.7.4.3).
    pub(super) fn read(document: &Document<'_>, form: &Form<'_>) -> Result<Self, Error> {
        let resources = document.dict(form.holder, &form.dict, "DR")?;
        let fonts = document.dict(form.holder, &resources.unwrap_or_default(), "Font")?;
        let fonts = fonts.unwrap_or_default();
        let reference = fonts.value(FONT_NAME).and_then(Object::reference);
        let reference = reference.ok_or(Error::AppearanceFont)?;
        let font = document.dict_at(reference)?;
        if !font.is("Encoding", "Identity-H") {
            return Err(Error::AppearanceFont);
        }
        let descendants = document.array(reference.number, &font, "DescendantFonts")?;
        let descendant = descendants.first().and_then(Object::reference);
        let descendant = descendant.ok_or(Error::AppearanceFont)?;
        let dict = document.dict_at(descendant)?;
        let widths = widths(&document.array(descendant.number, &dict, "W")?);
        let font = Self {
            reference,
            widths: widths.ok_or(Error::AppearanceFont)?,
        };
        // Signs that are set where no line has them.
        let signs = format!("{ELLIPSIS}{JOIN}");
        if signs.chars().any(|sign| font.width(sign).is_none()) {
            return Err(Error::AppearanceFont);
        }
        Ok(font)
    }

    /// Returns a character's width in thousandths of the size; none if the font lacks it.
    fn width(&self, character: char) -> Option<f64> {
        let code = u32::from(character);
        let found = self.widths.binary_search_by_key(&code, |(code, _)| *code);
        let found = found.ok().and_then(|at| self.widths.get(at));
        found.map(|(_, width)| *width)
    }

    /// Returns a text's width in points at a size of one point.
    fn measure(&self, text: &str) -> f64 {
        let thousandths: f64 = text.chars().filter_map(|c| self.width(c)).sum();
        thousandths / 1_000.0
    }
}

/// Reads runs `first [width …]`, the only ones that `font.rs` writes.
fn widths(array: &[Object<'_>]) -> Option<Vec<(u32, f64)>> {
    let (runs, rest) = array.as_chunks::<2>();
    let mut widths = Vec::new();
    for [first, run] in runs {
        let (Object::Integer(first), Object::Array(run)) = (first, run) else {
            return None;
        };
        let first = u32::from(u16::try_from(*first).ok()?);
        for (code, width) in (first..=u32::from(u16::MAX)).zip(run) {
            widths.push((code, width.number()?));
        }
    }
    widths.sort_by_key(|(code, _)| *code);
    rest.is_empty().then_some(widths)
}

/// Makes the form XObject, a whole stream object; `area` is width and height as they are written.
pub(super) fn stream(
    font: &Font,
    area: &(String, String),
    lines: &[AppearanceLine<'_>],
) -> Result<Vec<u8>, Error> {
    let (width, height) = area;
    let number = |text: &String| text.parse::<f64>().unwrap_or(0.0);
    let content = content(font, number(width), number(height), lines)?;
    let Reference {
        number: object,
        generation,
    } = font.reference;
    let entries = format!(
        "/Type/XObject/Subtype/Form/BBox[0 0 {width} {height}]\
         /Resources<</Font<</{FONT_NAME} {object} {generation} R>>>>"
    );
    Ok(font::stream(&entries, content.as_bytes()))
}

/// Sets the lines into the rectangle, one under the other, in the middle of its height.
fn content(
    font: &Font,
    width: f64,
    height: f64,
    lines: &[AppearanceLine<'_>],
) -> Result<String, Error> {
    let lines = measured(font, lines)?;
    let left = PADDING_PT.0.min(width / 8.0);
    let top = PADDING_PT.1.min(height / 8.0);
    let down = height - 2.0 * top;
    let mut rows = rows(font, &lines, width - 2.0 * left, down);
    // A field that is too low for the least size gets a lesser one: nothing is left out.
    let squeeze = (down / total(&rows)).min(1.0);
    for row in &mut rows {
        row.size *= squeeze;
    }

    // Writing to a String cannot fail.
    let mut content = String::from("BT\n1 j");
    let mut baseline = height - top - (down - total(&rows)) / 2.0;
    let mut from = (0.0, 0.0);
    for row in &rows {
        baseline -= row.size * ASCENT;
        let Row { text, size, weight } = row;
        let style = match weight {
            // DeviceGray, which every PDF/A output intent allows (ISO 19005-3 §6.2.4.3).
            LineWeight::Detail => String::from("0 Tr .25 g"),
            // Outlines drawn as well as filled make up for a bold face.
            LineWeight::Leading => format!("2 Tr {:.2} w 0 g 0 G", size * STROKE),
        };
        let (right, up) = (left - from.0, baseline - from.1);
        let hex: String = text
            .encode_utf16()
            .map(|unit| format!("{unit:04X}"))
            .collect();
        write!(
            content,
            "\n{style}/{FONT_NAME} {size:.2} Tf {right:.2} {up:.2} Td<{hex}>Tj"
        )
        .unwrap_or_default();
        from = (left, baseline);
        baseline -= row.height() - row.size * ASCENT;
    }
    content.push_str("\nET");
    Ok(content)
}

/// Normalises the lines, leaves empty ones out and refuses what the font cannot show.
fn measured(font: &Font, lines: &[AppearanceLine<'_>]) -> Result<Vec<Line>, Error> {
    let mut measured = Vec::with_capacity(lines.len());
    for line in lines {
        let text: String = line.text.nfc().collect();
        let text = text.trim().to_owned();
        if let Some(character) = text.chars().find(|c| font.width(*c).is_none()) {
            return Err(Error::AppearanceCharacter { character, text });
        }
        let text = match text.char_indices().nth(MAX_LINE_CHARS) {
            Some((end, _)) => format!("{}{ELLIPSIS}", text.get(..end).unwrap_or_default()),
            None => text,
        };
        if !text.is_empty() {
            measured.push(Line::new(font, text, line.weight));
        }
    }
    Ok(measured)
}

/// Chooses sizes and breaks: as large as the rectangle allows.
fn rows(font: &Font, lines: &[Line], across: f64, down: f64) -> Vec<Row> {
    let joined = join_details(font, lines);
    for percent in (LEAST_PERCENT..=100).rev().step_by(5) {
        let scale = f64::from(percent) / 100.0;
        let set = |lines: &[Line]| -> Option<Vec<Row>> {
            let rows: Option<Vec<Vec<Row>>> =
                lines.iter().map(|line| fit(line, scale, across)).collect();
            let rows: Vec<Row> = rows?.into_iter().flatten().collect();
            (total(&rows) <= down).then_some(rows)
        };
        let shorter = || set(joined.as_ref()?);
        if let Some(rows) = set(lines).or_else(shorter) {
            return even(rows);
        }
    }
    let scale = f64::from(LEAST_PERCENT) / 100.0;
    let cut = |line| fit(line, scale, across).unwrap_or_else(|| shorten(font, line, scale, across));
    even(lines.iter().flat_map(cut).collect())
}

/// Puts the first two of three or more details on one line, as in "title · party".
fn join_details(font: &Font, lines: &[Line]) -> Option<Vec<Line>> {
    let is_detail = |line: &Line| line.weight == LineWeight::Detail;
    let (before, details) = lines.split_at_checked(lines.iter().position(is_detail)?)?;
    let [first, second, rest @ ..] = details else {
        return None;
    };
    if rest.is_empty() || !details.iter().all(is_detail) {
        return None;
    }
    let text = format!("{}{JOIN}{}", first.text, second.text);
    let joined = Line {
        // Broken again, it would read worse than two lines.
        halves: None,
        width: font.measure(&text),
        text,
        weight: LineWeight::Detail,
    };
    Some([before, &[joined], rest].concat())
}

/// Sets all rows of one weight in the size of the smallest of them.
fn even(mut rows: Vec<Row>) -> Vec<Row> {
    for weight in [LineWeight::Detail, LineWeight::Leading] {
        let of_weight = rows.iter_mut().filter(|row| row.weight == weight);
        let mut of_weight: Vec<&mut Row> = of_weight.collect();
        let least = of_weight
            .iter()
            .map(|row| row.size)
            .fold(f64::INFINITY, f64::min);
        for row in &mut of_weight {
            row.size = least;
        }
    }
    rows
}

/// Sets a line in one row, somewhat smaller if need be, or in two; none if that is not enough.
fn fit(line: &Line, scale: f64, across: f64) -> Option<Vec<Row>> {
    let weight = line.weight;
    let full = size(weight) * scale;
    let least = (full * SHRINK).max(LEAST_SIZE_PT);
    let one = across / line.width;
    if one >= least {
        let (text, size) = (line.text.clone(), full.min(one));
        return Some(vec![Row { text, size, weight }]);
    }
    let (halves, width) = line.halves.clone()?;
    let size = least;
    let rows = halves.map(|text| Row { text, size, weight });
    (width * size <= across).then(|| rows.into())
}

/// Sets a line in two rows of the least size, the second cut short.
fn shorten(font: &Font, line: &Line, scale: f64, across: f64) -> Vec<Row> {
    let weight = line.weight;
    let size = (size(weight) * scale * SHRINK).max(LEAST_SIZE_PT);
    let room = across / size;
    let cut = |text: &str| {
        let mut width = font.measure(ELLIPSIS);
        let fits = |character: &char| {
            width += font.width(*character).unwrap_or(0.0) / 1_000.0;
            width <= room
        };
        let kept: String = text.chars().take_while(fits).collect();
        format!("{}{ELLIPSIS}", kept.trim_end())
    };
    let fitting = breaks(&line.text).take_while(|(first, _)| font.measure(first) <= room);
    let texts = match fitting.last() {
        Some((first, second)) => vec![first.to_owned(), cut(second)],
        None => vec![cut(&line.text)],
    };
    let rows = texts.into_iter();
    rows.map(|text| Row { text, size, weight }).collect()
}

/// Returns the ways to break a text in two: at each space and after each hyphen, in their order.
fn breaks(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let halves = text.char_indices().filter_map(|(at, character)| {
        let at = match character {
            ' ' => at,
            '-' | '–' => at.saturating_add(character.len_utf8()),
            _ => return None,
        };
        let (first, second) = text.split_at_checked(at)?;
        Some((first.trim_end(), second.trim_start()))
    });
    halves.filter(|(first, second)| !first.is_empty() && !second.is_empty())
}

fn total(rows: &[Row]) -> f64 {
    rows.iter().map(Row::height).sum()
}

fn size(weight: LineWeight) -> f64 {
    match weight {
        LineWeight::Detail => 8.5,
        LineWeight::Leading => 12.5,
    }
}

/// Between the field's edge and the text, across and down.
const PADDING_PT: (f64, f64) = (8.0, 4.5);

/// How small all lines together may get before they are cut, in percent of their full sizes.
const LEAST_PERCENT: u32 = 65;

/// How much smaller than the other lines of its kind one line may be before it is broken.
const SHRINK: f64 = 0.8;

/// The least size of a line that is set smaller for its length.
const LEAST_SIZE_PT: f64 = 5.5;

/// From a row's top to its baseline, as a part of the size.
const ASCENT: f64 = 0.93;

/// How wide an outline is drawn, as a part of the size.
const STROKE: f64 = 0.022;

/// Characters of a line that are looked at: far more than a page is wide.
const MAX_LINE_CHARS: usize = 500;

const ELLIPSIS: &str = "…";
const JOIN: &str = " · ";
