//! Letters with places become lines: those that stand at one height are a line, gaps between them are spaces, wide
//! gaps part columns, and columns stand under each other.

use super::pdf_text::UNKNOWN;
use crate::agreement::nfc;

/// A letter on a page, or several that one glyph draws.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    /// What it says.
    pub(super) text: String,
    /// Where it begins, in points from the left.
    pub(super) x: f64,
    /// Where it stands, in points from the top.
    pub(super) y: f64,
    /// The way it is read, of length 1.
    pub(super) direction: (f64, f64),
    /// How far the next one is off, in points.
    pub(super) advance: f64,
    /// The size of its font in points.
    pub(super) size: f64,
    /// Whether it is drawn invisibly.
    pub(super) is_hidden: bool,
}

impl Letter {
    pub(super) fn is_space(&self) -> bool {
        self.text.trim().is_empty()
    }

    pub(super) fn is_unknown(&self) -> bool {
        self.text.contains(UNKNOWN)
    }
}

/// Returns a page's lines: upright text first, text in each other direction by itself after it.
pub(super) fn page(letters: Vec<Letter>) -> String {
    let mut directions: Vec<((f64, f64), Vec<Placed>)> = vec![((1.0, 0.0), Vec::new())];
    for letter in letters {
        let (x, y) = letter.direction;
        let same = |(known, _): &&mut ((f64, f64), Vec<Placed>)| {
            known.0.mul_add(x, known.1 * y) > SAME_DIRECTION
        };
        let is_full = directions.len() >= MAX_DIRECTIONS;
        match directions.iter_mut().find(same) {
            Some((direction, placed)) => placed.push(Placed::new(letter, *direction)),
            None if is_full => {}
            None => directions.push((letter.direction, vec![Placed::new(letter, (x, y))])),
        }
    }
    let mut text = String::new();
    for (_, placed) in directions {
        let lines = lines(placed);
        if !lines.is_empty() && !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&written(&lines));
    }
    text
}

/// A letter in the frame of its direction.
#[derive(Debug)]
struct Placed {
    text: String,
    start: f64,
    end: f64,
    height: f64,
    size: f64,
}

impl Placed {
    fn new(letter: Letter, (x, y): (f64, f64)) -> Self {
        let start = letter.x.mul_add(x, letter.y * y);
        Self {
            text: letter.text,
            start,
            end: start + letter.advance,
            height: letter.y.mul_add(x, -(letter.x * y)),
            size: letter.size,
        }
    }

    fn is_space(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// A line of columns.
#[derive(Debug)]
struct Row {
    cells: Vec<Cell>,
    height: f64,
    size: f64,
}

/// What stands in one column.
#[derive(Debug)]
struct Cell {
    text: String,
    start: f64,
    end: f64,
}

fn lines(mut placed: Vec<Placed>) -> Vec<Row> {
    placed.sort_by(|a, b| {
        let by_height = a.height.total_cmp(&b.height);
        by_height.then_with(|| a.start.total_cmp(&b.start))
    });
    let mut rows: Vec<Vec<Placed>> = Vec::new();
    for letter in placed {
        let is_same = rows
            .last()
            .and_then(|row| row.first())
            .is_some_and(|first| {
                letter.height - first.height <= SAME_HEIGHT * letter.size.max(first.size)
            });
        match rows.last_mut() {
            Some(row) if is_same => row.push(letter),
            _ => rows.push(vec![letter]),
        }
    }
    rows.into_iter().filter_map(row).collect()
}

fn row(mut letters: Vec<Placed>) -> Option<Row> {
    letters.sort_by(|a, b| a.start.total_cmp(&b.start));
    let letters = joined(letters);
    let seen = || letters.iter().filter(|letter| !letter.is_space());
    let size = seen().map(|letter| letter.size).fold(0.0, f64::max);
    // The main text's height, not that of a note's raised number.
    let height = seen().find(|letter| letter.size >= size)?.height;
    let gaps = gaps(&letters);
    let mut cells: Vec<Cell> = Vec::new();
    let mut gaps = gaps.into_iter();
    for letter in seen() {
        match (cells.last_mut(), gaps.next().unwrap_or(Gap::Column)) {
            (Some(cell), gap @ (Gap::None | Gap::Word)) => {
                if gap == Gap::Word {
                    cell.text.push(' ');
                }
                cell.text.push_str(letter.text.trim());
                cell.end = cell.end.max(letter.end);
            }
            (_, _) => cells.push(Cell {
                text: letter.text.trim().to_owned(),
                start: letter.start,
                end: letter.end,
            }),
        }
    }
    for cell in &mut cells {
        cell.text = nfc(&cell.text);
    }
    Some(Row {
        cells,
        height,
        size,
    })
}

/// Returns a line's letters without those drawn twice to look bold, and with accents on what they stand over.
fn joined(letters: Vec<Placed>) -> Vec<Placed> {
    let mut joined: Vec<Placed> = Vec::new();
    let mut accent: Option<(char, Placed)> = None;
    for mut letter in letters {
        let middle = f64::midpoint(letter.start, letter.end);
        let is_twice = joined.iter().rev().take(LOOK_BACK).any(|other| {
            other.text == letter.text
                && !letter.is_space()
                && (other.start - letter.start).abs() < TWICE * letter.size
                && (other.height - letter.height).abs() < TWICE * letter.size
        });
        if is_twice {
            continue;
        }
        let over = |other: &Placed, at: f64| {
            other.text.chars().count() == 1
                && other.text.chars().all(char::is_alphabetic)
                && (other.start..other.end).contains(&at)
        };
        if let Some(mark) = combining(&letter.text) {
            match joined.last_mut() {
                Some(last) if over(last, middle) => last.text.push(mark),
                _ => accent = Some((mark, letter)),
            }
            continue;
        }
        if let Some((mark, alone)) = accent.take() {
            if over(&letter, f64::midpoint(alone.start, alone.end)) {
                letter.text.push(mark);
            } else {
                joined.push(alone);
            }
        }
        joined.push(letter);
    }
    joined.extend(accent.map(|(_, alone)| alone));
    joined
}

/// Returns the mark that an accent drawn by itself puts on a letter.
fn combining(text: &str) -> Option<char> {
    Some(match text {
        "\u{A8}" | "\u{308}" => '\u{308}',
        "\u{B0}" | "\u{2DA}" | "\u{30A}" => '\u{30A}',
        "\u{B4}" | "\u{301}" => '\u{301}',
        _ => return None,
    })
}

/// What parts two letters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Gap {
    Column,
    None,
    Word,
}

/// What is between two letters that can be seen.
struct Between {
    spaces: usize,
    // In sizes of the font.
    width: f64,
}

impl Between {
    /// Returns its width where no space is drawn.
    fn drawn(&self) -> Option<f64> {
        (self.spaces == 0).then_some(self.width)
    }
}

/// Returns how far letters are set apart on purpose, 0 where they are not; `None` where they are too few to tell.
fn set_apart(widths: impl Iterator<Item = Option<f64>>) -> Option<f64> {
    let mut widths: Vec<f64> = widths.flatten().collect();
    widths.sort_by(f64::total_cmp);
    // Most gaps are between letters of one word.
    let quarter = widths.get(widths.len().div_euclid(4)).copied()?;
    let apart = if quarter > SET_APART { quarter } else { 0.0 };
    (widths.len() >= FEW_LETTERS).then_some(apart)
}

/// Returns what stands before each letter of a line that can be seen.
fn gaps(letters: &[Placed]) -> Vec<Gap> {
    let mut between: Vec<Between> = Vec::new();
    let mut last: Option<(f64, f64)> = None;
    let mut spaces: usize = 0;
    for letter in letters {
        if letter.is_space() {
            spaces = spaces.saturating_add(letter.text.chars().count());
            continue;
        }
        let (end, size) = last.unwrap_or((f64::NEG_INFINITY, letter.size));
        between.push(Between {
            spaces,
            width: (letter.start - end) / size.min(letter.size),
        });
        last = Some((end.max(letter.end), letter.size));
        spaces = 0;
    }
    let is_joined = |gap: &&Between| gap.width < WIDE && gap.spaces < TYPED_COLUMN;
    let of_line = set_apart(between.iter().skip(1).filter(is_joined).map(Between::drawn));
    let mut told = vec![Gap::Column; between.len()];
    let mut start: usize = 0;
    while let Some(run) = between.get(start..).filter(|run| !run.is_empty()) {
        // Letters are set apart by as much from one wide gap to the next.
        let joined = run.iter().skip(1).take_while(is_joined);
        let length = joined.clone().count().saturating_add(1);
        let apart = set_apart(joined.map(Between::drawn))
            .or(of_line)
            .unwrap_or_default();
        for (gap, told) in run
            .iter()
            .zip(told.iter_mut().skip(start))
            .take(length)
            .skip(1)
        {
            let width = gap.width - apart;
            let column = if gap.spaces == 0 {
                COLUMN_EMPTY
            } else {
                COLUMN_SPACED
            };
            *told = if width > column {
                Gap::Column
            } else if gap.spaces > 0 || width > WORD {
                Gap::Word
            } else {
                Gap::None
            };
        }
        start = start.saturating_add(length);
    }
    told
}

/// Writes lines so that what stands in one column on the page does so in the text.
fn written(rows: &[Row]) -> String {
    let cells = || rows.iter().flat_map(|row| &row.cells);
    let left = cells().map(|cell| cell.start).fold(f64::INFINITY, f64::min);
    let mut sizes: Vec<f64> = rows.iter().map(|row| row.size).collect();
    let size = middle(&mut sizes).unwrap_or(1.0);
    let widths = cells().filter_map(|cell| {
        let letters = u32::try_from(cell.text.chars().count()).ok()?;
        (letters >= LONG_CELL).then(|| (cell.end - cell.start) / f64::from(letters))
    });
    // So narrow that no cell reaches into the next one's column.
    let unit = widths.fold(size, f64::min).max(NARROWEST * size);
    let pairs = || rows.iter().zip(rows.iter().skip(1));
    let mut steps: Vec<f64> = pairs()
        .map(|(a, b)| b.height - a.height)
        .filter(|step| *step > LEAST_STEP * size)
        .collect();
    steps.sort_by(f64::total_cmp);
    // The step within paragraphs, of which a page may have few.
    let step = steps.get(steps.len().div_euclid(STEP_ONE_IN)).copied();
    let step = step.unwrap_or(size);
    let mut text = String::new();
    let mut before: Option<&Row> = None;
    for row in rows {
        if let Some(before) = before {
            let gap = row.height - before.height;
            if gap > PARAGRAPH * step && gap > PARAGRAPH * row.size.max(before.size) {
                text.push('\n');
            }
        }
        before = Some(row);
        let mut column: u32 = 0;
        for (index, cell) in row.cells.iter().enumerate() {
            let mut spaces = if index == 0 { 0 } else { COLUMN_SPACES };
            text.extend(std::iter::repeat_n(' ', spaces));
            let at = |column: u32, spaces: usize| {
                let spaces = u32::try_from(spaces).unwrap_or(u32::MAX);
                f64::from(column.saturating_add(spaces)) * unit
            };
            while at(column, spaces) + unit / 2.0 < cell.start - left && spaces < MAX_SPACES {
                text.push(' ');
                spaces = spaces.saturating_add(1);
            }
            text.push_str(&cell.text);
            let wide = spaces.saturating_add(cell.text.chars().count());
            column = column.saturating_add(u32::try_from(wide).unwrap_or(u32::MAX));
        }
        text.push('\n');
    }
    text
}

/// Returns the value in the middle.
fn middle(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len().div_euclid(2)).copied()
}

/// Cosine of the angle within which text is read in one direction: three degrees.
const SAME_DIRECTION: f64 = 0.9986;
/// Text in more directions than these is an ornament.
const MAX_DIRECTIONS: usize = 16;
/// Letters whose heights differ by less, in sizes of their font, stand on one line: a raised number does.
const SAME_HEIGHT: f64 = 0.45;
/// Letters that differ by less are one letter drawn twice.
const TWICE: f64 = 0.1;
/// How many letters before may be its double.
const LOOK_BACK: usize = 4;
/// A wider gap parts words where no space is drawn.
const WORD: f64 = 0.15;
/// A wider gap parts columns where no space is drawn.
const COLUMN_EMPTY: f64 = 1.0;
/// A wider gap parts columns where a space is drawn, which a justified line may stretch.
const COLUMN_SPACED: f64 = 1.5;
/// A gap over which letters that are set apart are not compared.
const WIDE: f64 = 2.5;
/// So many spaces are typed to part columns.
const TYPED_COLUMN: usize = 3;
/// Letters farther from each other than this are set apart on purpose.
const SET_APART: f64 = 0.1;
/// Fewer letters do not tell that they are set apart.
const FEW_LETTERS: usize = 4;
/// A cell of so many letters tells how wide letters are.
const LONG_CELL: u32 = 6;
/// No column of text is narrower than this share of the font's size.
const NARROWEST: f64 = 0.3;
/// A gap between lines larger than this many steps of a line parts paragraphs.
const PARAGRAPH: f64 = 1.3;
/// Lines of one column are farther apart than this, in sizes of the font.
const LEAST_STEP: f64 = 0.9;
/// One step between lines in so many is smaller than that within paragraphs.
const STEP_ONE_IN: usize = 10;
/// Columns are parted by at least so many spaces.
const COLUMN_SPACES: usize = 2;
/// No page is wider.
const MAX_SPACES: usize = 400;
