//! Lists as CSV and XLSX: written so that no cell is taken for a formula, read as text.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use calamine::Reader as _;

use super::Error;
use crate::store::read_limited;

/// A list of all Swedish municipalities is some tens of kilobytes.
const MAX_SHEET_BYTES: u64 = 2 * 1024 * 1024;
const MAX_ROWS: u32 = 10_000;
const MAX_COLUMNS: u32 = 100;

/// Returns rows as CSV in UTF-8 with a byte order mark, as spreadsheet programs expect.
pub(super) fn csv(rows: &[Vec<String>]) -> Result<Vec<u8>, Error> {
    let failed = |problem: String| Error::Sheet {
        file: PathBuf::from("csv"),
        problem,
    };
    let mut writer = csv::Writer::from_writer("\u{FEFF}".as_bytes().to_vec());
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
    if cell.starts_with(['=', '+', '-', '@', '\'', '\t', '\r']) {
        format!("'{cell}")
    } else {
        cell.to_owned()
    }
}

/// Reads the rows of a CSV or XLSX file as text; the first is the header.
pub(super) fn read(file: &Path) -> Result<Vec<Vec<String>>, Error> {
    let bytes = read_limited(file, MAX_SHEET_BYTES)?;
    let failed = |problem: String| Error::Sheet {
        file: file.to_owned(),
        problem,
    };
    let is_workbook = file
        .extension()
        .is_some_and(|end| end.eq_ignore_ascii_case("xlsx"));
    if is_workbook {
        let mut workbook: calamine::Xlsx<_> =
            calamine::open_workbook_from_rs(Cursor::new(bytes))
                .map_err(|error: calamine::XlsxError| failed(error.to_string()))?;
        let sheets = workbook.sheet_names();
        let name = sheets
            .first()
            .ok_or_else(|| failed("the workbook has no sheet".to_owned()))?;
        let mut cells = workbook
            .worksheet_cells_reader(name)
            .map_err(|error| failed(error.to_string()))?;
        let mut rows: Vec<Vec<String>> = Vec::new();
        // Cell by cell: one far-off cell must not make a table of a billion empty ones.
        while let Some(cell) = cells
            .next_cell()
            .map_err(|error| failed(error.to_string()))?
        {
            let (row, column) = cell.get_position();
            if row >= MAX_ROWS || column >= MAX_COLUMNS {
                let problem = format!("row {} or column {} is out of bounds", row + 1, column + 1);
                return Err(failed(problem));
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
                    *place = calamine::Data::from(cell.get_value().clone())
                        .to_string()
                        .trim()
                        .to_owned();
                }
            }
        }
        return Ok(rows);
    }
    let text = std::str::from_utf8(&bytes)
        .map_err(|error| {
            failed(format!(
                "the file is not UTF-8 (byte {})",
                error.valid_up_to()
            ))
        })?
        .trim_start_matches('\u{FEFF}');
    let first = text.lines().next().unwrap_or_default();
    // Swedish spreadsheet programs write CSV with semicolons.
    let delimiter = if first.matches(';').count() > first.matches(',').count() {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .delimiter(delimiter)
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| failed(error.to_string()))?;
        rows.push(record.iter().map(|cell| cell.trim().to_owned()).collect());
    }
    Ok(rows)
}
