//! Lists as CSV and XLSX: written so that no cell is taken for a formula, read as text.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use calamine::Reader as _;
use encoding_rs::WINDOWS_1252;

use super::Error;
use super::act::{Encoding, decoded_as_is};
use crate::store::read_limited;

/// A list of all Swedish municipalities is some tens of kilobytes; fifty answers with comments on every
/// clause are less than this.
pub(super) const MAX_SHEET_BYTES: u64 = 2 * 1024 * 1024;
const MAX_ROWS: u32 = 10_000;
const MAX_COLUMNS: u32 = 100;
/// What a formula may begin with, and the mark that tells that none follows.
const FORMULA_STARTS: [char; 7] = ['=', '+', '-', '@', '\'', '\t', '\r'];

/// Returns rows as CSV in UTF-8 with a byte order mark, as spreadsheet programs expect.
pub(super) fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    csv_with(rows, b',')
}

/// As [`csv`], with the delimiter that a Swedish spreadsheet program expects of a file that it opens.
pub(super) fn swedish_csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    csv_with(rows, b';')
}

fn csv_with(rows: &[Vec<String>], delimiter: u8) -> Result<Vec<u8>, Error> {
    let failed = |problem: String| Error::Sheet {
        file: PathBuf::from("csv"),
        problem,
    };
    let mut writer = csv::WriterBuilder::new()
        .delimiter(delimiter)
        .from_writer("\u{FEFF}".as_bytes().to_vec());
    for row in rows {
        let cells = row.iter().map(|cell| neutral(cell));
        writer
            .write_record(cells)
            .map_err(|error| failed(error.to_string()))?;
    }
    writer
        .into_inner()
        .map_err(|error| failed(error.to_string()))
}

/// Returns rows as an XLSX workbook with one sheet, every cell text, the first row as header.
pub(super) fn xlsx(name: &str, rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let failed = |error: rust_xlsxwriter::XlsxError| Error::Sheet {
        file: PathBuf::from("xlsx"),
        problem: error.to_string(),
    };
    let mut workbook = rust_xlsxwriter::Workbook::new();
    // Without this the workbook would bear the moment it was made.
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2000, 1, 1).map_err(failed)?;
    workbook.set_properties(&rust_xlsxwriter::DocProperties::new().set_creation_datetime(&day));
    let bold = rust_xlsxwriter::Format::new().set_bold();
    let sheet = workbook.add_worksheet().set_name(name).map_err(failed)?;
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            let written = match row {
                0 => sheet.write_string_with_format(row, column, neutral(cell), &bold),
                _ => sheet.write_string(row, column, neutral(cell)),
            };
            written.map_err(failed)?;
        }
    }
    sheet.set_freeze_panes(1, 0).map_err(failed)?;
    sheet.autofit();
    workbook.save_to_buffer().map_err(failed)
}

/// Returns a cell that no spreadsheet program takes for a formula; an import takes one `'` off again.
fn neutral(cell: &str) -> String {
    if cell.starts_with(FORMULA_STARTS) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Returns a cell as it was before [`neutral`].
pub(super) fn own(cell: &str) -> &str {
    let rest = cell.strip_prefix('\'');
    rest.filter(|rest| rest.starts_with(FORMULA_STARTS))
        .unwrap_or(cell)
}

/// Reads the rows of a CSV or XLSX file as text; the first is the header.
///
/// A row's place in the list is its number in a spreadsheet, less one: empty rows are kept.
///
/// # Errors
/// [`Error::Sheet`] for what is no list, naming the row where it is known.
pub(super) fn read(file: &Path) -> Result<Vec<Vec<String>>, Error> {
    rows(file, &read_limited(file, MAX_SHEET_BYTES)?)
}

/// Returns the rows of a CSV or XLSX file's bytes, as [`read`] does; `file` tells which of the two it is.
pub(super) fn rows(file: &Path, bytes: &[u8]) -> Result<Vec<Vec<String>>, Error> {
    let is_workbook = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    let read = if is_workbook {
        workbook_rows(bytes)
    } else {
        csv_rows(bytes)
    };
    read.map_err(|problem| Error::Sheet {
        file: file.to_owned(),
        problem,
    })
}

fn workbook_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let mut workbook: calamine::Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes))
        .map_err(|error: calamine::XlsxError| error.to_string())?;
    let sheets = workbook.sheet_names();
    let name = sheets.first().ok_or("the workbook has no sheet")?;
    let mut cells = workbook
        .worksheet_cells_reader(name)
        .map_err(|error| error.to_string())?;
    let mut rows: Vec<Vec<String>> = Vec::new();
    // Cell by cell: one far-off cell must not make a table of a billion empty ones.
    while let Some(cell) = cells.next_cell().map_err(|error| error.to_string())? {
        let (row, column) = cell.get_position();
        if row >= MAX_ROWS || column >= MAX_COLUMNS {
            let (row, column) = (row.saturating_add(1), column.saturating_add(1));
            return Err(format!("row {row} or column {column} is out of bounds"));
        }
        let (Ok(row), Ok(column)) = (usize::try_from(row), usize::try_from(column)) else {
            continue;
        };
        if rows.len() <= row {
            rows.resize(row.saturating_add(1), Vec::new());
        }
        if let Some(cells) = rows.get_mut(row) {
            if cells.len() <= column {
                cells.resize(column.saturating_add(1), String::new());
            }
            if let Some(place) = cells.get_mut(column) {
                if let calamine::DataRef::Error(error) = cell.get_value() {
                    let number = row.saturating_add(1);
                    let column = letters(column);
                    return Err(format!(
                        "row {number}, column {column} holds the fault {error} instead of what it should show"
                    ));
                }
                *place = text_of(cell.get_value()).trim().to_owned();
            }
        }
    }
    Ok(rows)
}

/// Returns what a cell shows; a day and a time as ISO 8601 has them.
fn text_of(value: &calamine::DataRef<'_>) -> String {
    match value {
        calamine::DataRef::DateTime(moment) if moment.is_datetime() => {
            let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
            let day = format!("{year:04}-{month:02}-{day:02}");
            match (hour, minute, second) {
                (0, 0, 0) => day,
                _ => format!("{day}T{hour:02}:{minute:02}:{second:02}"),
            }
        }
        value => calamine::Data::from(value.clone()).to_string(),
    }
}

fn csv_rows(bytes: &[u8]) -> Result<Vec<Vec<String>>, String> {
    let Some((mut text, encoding)) = decoded_as_is(bytes) else {
        return Err(badly_encoded(bytes));
    };
    if encoding == Encoding::Windows1252 {
        check_one_encoding(bytes)?;
    }
    // A character that does not belong is told with its row; in the first one it shows what is no list.
    let first = text.split(['\n', '\r']).next().unwrap_or_default();
    if first.contains(|c: char| c.is_control() && c != '\t') {
        return Err(NO_TEXT.to_owned());
    }
    // With one kind of line end, lines can be counted.
    if text.contains('\r') {
        text = text.replace("\r\n", "\n").replace('\r', "\n");
    }
    // What spreadsheet programs take for themselves is no row.
    let named = text.get(..5).filter(|start| start.starts_with("sep="));
    let named = named.and_then(|start| start.bytes().last());
    if let (Some(_), Some(end)) = (named, text.find('\n')) {
        text.drain(..=end);
    }
    if !text.ends_with('\n') {
        text.push('\n');
    }
    let delimiter = named.unwrap_or_else(|| delimiter(&text));
    check_quotes(&text, char::from(delimiter))?;
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let start = reader.position().line();
        let more = reader.read_record(&mut record);
        if !more.map_err(|error| error.to_string())? {
            return Ok(rows);
        }
        // Empty lines are skipped by the reader, and are rows in a spreadsheet.
        let breaks: usize = record.iter().map(|cell| cell.matches('\n').count()).sum();
        let lines = reader.position().line().saturating_sub(start);
        let lines = usize::try_from(lines).unwrap_or(usize::MAX);
        let skipped = lines.saturating_sub(breaks).saturating_sub(1);
        let count = rows.len().saturating_add(skipped).saturating_add(1);
        if u32::try_from(count).map_or(true, |count| count > MAX_ROWS) {
            return Err(format!("row {count} is out of bounds"));
        }
        rows.resize(count.saturating_sub(1), Vec::new());
        let cells = record.iter().map(|cell| cell.trim().to_owned());
        let mut cells: Vec<String> = cells.collect();
        check_width(&rows, &mut cells)?;
        rows.push(cells);
    }
}

/// Checks that each quotation mark that begins a cell has one that ends it: else the cell would take in
/// what stands in the rows below.
fn check_quotes(text: &str, delimiter: char) -> Result<(), String> {
    let (mut row, mut is_start) = (1_usize, true);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        if is_start && c == '"' {
            loop {
                match rest.next() {
                    None => {
                        return Err(format!(
                            "row {row} has a quotation mark that is never closed"
                        ));
                    }
                    Some('"') if rest.next_if_eq(&'"').is_none() => break,
                    Some(_) => {}
                }
            }
            if rest.peek().is_some_and(|c| *c != delimiter && *c != '\n') {
                return Err(format!(
                    "row {row} has a quotation mark within a cell in quotation marks: is one missing, or not doubled?"
                ));
            }
            is_start = false;
        } else {
            if c == '\n' {
                row = row.saturating_add(1);
            }
            is_start = c == delimiter || c == '\n';
        }
    }
    Ok(())
}

/// Tells why bytes are no text; where they begin as UTF-8, in which row.
fn badly_encoded(bytes: &[u8]) -> String {
    match bytes.strip_prefix(b"\xEF\xBB\xBF") {
        Some(bytes) => {
            let end = std::str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
            let row = row_at(bytes, end);
            format!("the file begins as UTF-8, but row {row} is not: save the file in one encoding")
        }
        None => NO_TEXT.to_owned(),
    }
}

/// Checks that what is taken for Windows-1252 has no letters in UTF-8 besides: they would be garbled.
fn check_one_encoding(bytes: &[u8]) -> Result<(), String> {
    // What Windows-1252 lacks was not meant: `Ä”` in it is a letter of another script in UTF-8.
    let is_meant = |c: &char| {
        let mut buffer = [0; 4];
        let (.., is_lacking) = WINDOWS_1252.encode(c.encode_utf8(&mut buffer));
        !c.is_ascii() && !is_lacking
    };
    let (mut place, mut letter, mut other) = (0_usize, None, None);
    for chunk in bytes.utf8_chunks() {
        if letter.is_none() && chunk.valid().chars().any(|c| is_meant(&c)) {
            let before = chunk.valid().find(|c| is_meant(&c)).unwrap_or_default();
            letter = Some(place.saturating_add(before));
        }
        place = place.saturating_add(chunk.valid().len());
        if other.is_none() && !chunk.invalid().is_empty() {
            other = Some(place);
        }
        place = place.saturating_add(chunk.invalid().len());
    }
    match (letter, other) {
        (Some(letter), Some(other)) => Err(format!(
            "row {} is UTF-8 and row {} is not: save the file in one encoding",
            row_at(bytes, letter),
            row_at(bytes, other)
        )),
        _ => Ok(()),
    }
}

/// Returns the row in which a byte stands; line ends in quotation marks end no row.
fn row_at(bytes: &[u8], place: usize) -> usize {
    let (mut row, mut is_quoted) = (1_usize, false);
    for byte in bytes.iter().take(place) {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => row = row.saturating_add(1),
            _ => {}
        }
    }
    row
}

/// Checks that a row has as many cells as the first one; empty ones past its end are no cells.
fn check_width(rows: &[Vec<String>], cells: &mut Vec<String>) -> Result<(), String> {
    let is_empty = cells.iter().all(String::is_empty);
    let Some(header) = rows.iter().find(|row| !row.is_empty()) else {
        return Ok(());
    };
    if cells.len() < header.len() && !is_empty {
        return Err(width_problem(rows.len(), cells.len(), header.len()));
    }
    let more = cells.get(header.len()..).unwrap_or_default();
    if more.iter().any(|cell| !cell.is_empty()) {
        return Err(width_problem(rows.len(), cells.len(), header.len()));
    }
    cells.truncate(header.len());
    Ok(())
}

fn width_problem(above: usize, cells: usize, expected: usize) -> String {
    let row = above.saturating_add(1);
    format!(
        "row {row} has {cells} cells, but the first row has {expected}: is a delimiter or a quotation mark missing?"
    )
}

/// Returns the delimiter that stands most often in the first line, outside quotation marks.
fn delimiter(text: &str) -> u8 {
    let mut quoted = false;
    // Swedish spreadsheet programs write semicolons.
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    for byte in text.trim_start().bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            _ if quoted => {}
            byte => {
                for (known, count) in &mut counts {
                    if *known == byte {
                        *count = count.saturating_add(1);
                    }
                }
            }
        }
    }
    let most = counts.iter().rev().max_by_key(|(_, count)| *count);
    most.map_or(b',', |(delimiter, _)| *delimiter)
}

/// Returns a column as spreadsheets name it: A, B, …, Z, AA.
pub(super) fn letters(place: usize) -> String {
    let letter =
        |index: usize| char::from(b'A'.saturating_add(u8::try_from(index % 26).unwrap_or(0)));
    match (place / 26).checked_sub(1) {
        None => letter(place).to_string(),
        Some(first) => format!("{}{}", letters(first), letter(place)),
    }
}

/// Why a file is no list.
const NO_TEXT: &str =
    "the file is no text: neither UTF-8, UTF-16 nor Windows-1252, nor named as a workbook (.xlsx)";

#[cfg(test)]
mod tests;
