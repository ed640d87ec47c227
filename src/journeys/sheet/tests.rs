use super::*;

fn read_csv(text: impl AsRef<[u8]>) -> Vec<Vec<String>> {
    rows(Path::new("lista.csv"), text.as_ref()).unwrap()
}

fn refused(text: &str) -> String {
    let error = rows(Path::new("lista.csv"), text.as_bytes()).unwrap_err();
    error.to_string()
}

#[test]
fn one_list_in_every_encoding_and_with_every_delimiter() {
    let wanted = [
        ["id", "ståndpunkt", "synpunkt"],
        ["mål", "avstår", "för – ”svårt”, enligt; oss"],
    ];
    for delimiter in [",", ";", "\t"] {
        let line = |cells: &[&str]| {
            let cells: Vec<String> = cells.iter().map(|cell| format!("\"{cell}\"")).collect();
            cells.join(delimiter)
        };
        let text = format!("{}\r\n{}\r\n", line(&wanted[0]), line(&wanted[1]));
        let (windows, ..) = WINDOWS_1252.encode(&text);
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let marked = |mark: &[u8], bytes: &[u8]| [mark, bytes].concat();
        for bytes in [
            text.clone().into_bytes(),
            marked(b"\xEF\xBB\xBF", text.as_bytes()),
            marked(b"\xFF\xFE", &little),
            marked(b"\xFE\xFF", &big),
            little.clone(),
            big.clone(),
            windows.into_owned(),
        ] {
            assert_eq!(read_csv(&bytes), wanted, "{bytes:?}");
        }
    }
}

#[test]
fn a_place_in_the_list_is_the_row_of_a_spreadsheet() {
    let text = "a;b\n\n1;\"två\nrader\"\n\n\n;;\n3;4;;\n\n5;6";
    let read = read_csv(text);
    let rows: Vec<(usize, &str)> = read
        .iter()
        .enumerate()
        .filter(|(_, row)| row.iter().any(|cell| !cell.is_empty()))
        .map(|(index, row)| (index + 1, row[0].as_str()))
        .collect();
    assert_eq!(rows, [(1, "a"), (3, "1"), (7, "3"), (9, "5")]);
    assert_eq!(read_csv(format!("sep=;\r\n{text}")), read);
    assert_eq!(
        read_csv(text.replace('\n', "\r\n").replace("två\r\n", "två\n")),
        read
    );
}

#[test]
fn a_row_of_another_width_is_told() {
    assert!(
        refused("a,b,c\n1,2,3\n\n4,5\n").contains("row 4 has 2 cells, but the first row has 3")
    );
    assert!(refused("a,b\n1,2,3\n").contains("row 2 has 3 cells"));
    assert!(refused("PK\u{3}\u{4},b\n1,2\n").contains("no text"));
    let error = rows(Path::new("bok.xlsx"), b"a,b\n").unwrap_err();
    assert!(error.to_string().starts_with("bok.xlsx: "));
}

#[test]
fn a_quotation_mark_that_takes_in_the_rows_below_is_told() {
    for (text, problem) in [
        (
            "a,b\n\"1,2\n3,4\n",
            "row 2 has a quotation mark that is never closed",
        ),
        (
            "a;b\n1;\"x\ny\"\n2;\"Nej\n3;4",
            "row 3 has a quotation mark that is never",
        ),
        // The one that begins the next row's cell would end this one's.
        (
            "a;b\n1;\"Nej\n2;\"Ja\"\n",
            "row 2 has a quotation mark within a cell",
        ),
    ] {
        assert!(
            refused(text).contains(problem),
            "{text:?}: {}",
            refused(text)
        );
    }
    let read = read_csv("a;b\n1;\"Säg \"\"x\"\"; y\"\n\"\";5\" bred\n");
    assert_eq!(read[1..], [["1", "Säg \"x\"; y"], ["", "5\" bred"]]);
}

#[test]
fn a_list_in_two_encodings_is_told() {
    let told = |bytes: &[u8]| {
        let error = rows(Path::new("lista.csv"), bytes).unwrap_err();
        error.to_string()
    };
    let mixed = [&b"a;b\n1;\"x\ny\"\n2;M\xE5l\n"[..], "3;Mål\n".as_bytes()].concat();
    let problem = "row 4 is UTF-8 and row 3 is not: save the file in one encoding";
    assert!(told(&mixed).ends_with(problem), "{}", told(&mixed));
    let marked = [&b"\xEF\xBB\xBFa;b\n1;M\xC3\xA5l\n2;M\xE5l\n"[..]].concat();
    let problem = "the file begins as UTF-8, but row 3 is not: save the file in one encoding";
    assert!(told(&marked).ends_with(problem), "{}", told(&marked));
    // A capital letter before a quotation mark is no letter in UTF-8.
    let (windows, ..) = WINDOWS_1252.encode("a;b\n1;”MILJÖ” och ”SÅ…”\n");
    assert_eq!(read_csv(&windows)[1][1], "”MILJÖ” och ”SÅ…”");
}

#[test]
fn a_cell_with_a_fault_is_told() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write(0, 0, "id").unwrap();
    let formula = rust_xlsxwriter::Formula::new("=A9").set_result("#REF!");
    sheet.write_formula(1, 1, formula).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let error = rows(Path::new("bok.xlsx"), &bytes).unwrap_err().to_string();
    assert!(
        error.contains("row 2, column B holds the fault #REF!"),
        "{error}"
    );
}

#[test]
fn what_was_made_harmless_is_read_as_it_was() {
    let cells = ["=1+1", "-2 § får utgå", "'citat'", "vanlig", "+46", "@se"];
    let row: Vec<String> = cells.map(str::to_owned).into();
    for bytes in [
        csv(&[row.clone(), row.clone()]).unwrap(),
        swedish_csv(&[row.clone(), row]).unwrap(),
    ] {
        let read = read_csv(bytes);
        let own: Vec<&str> = read[1].iter().map(|cell| own(cell)).collect();
        assert_eq!(own, cells);
    }
}

#[test]
fn days_of_a_workbook_are_days() {
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let format = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd hh:mm");
    let day = rust_xlsxwriter::ExcelDateTime::from_ymd(2022, 12, 11).unwrap();
    sheet.write_with_format(0, 0, &day, &format).unwrap();
    let late = day.and_hms(8, 30, 0).unwrap();
    sheet.write_with_format(0, 1, &late, &format).unwrap();
    sheet.write(2, 0, 4).unwrap();
    let bytes = workbook.save_to_buffer().unwrap();
    let read = rows(Path::new("bok.XLSX"), &bytes).unwrap();
    assert_eq!(read[0], ["2022-12-11", "2022-12-11T08:30:00"]);
    assert_eq!(read[1], [""; 0]);
    assert_eq!(read[2], ["4"]);
}
