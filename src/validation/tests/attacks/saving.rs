//! What is appended after the signatures: incremental saving (ISA), and tables that say different things
//! to different readers.

use super::forms::signature;
use super::raw::{Raw, bytes, places, stream, text};
use super::stage::{AGREED, ATTACHED, CATALOG, CONTENT, EVIL, INFO, METADATA, PAGE, Stage, widget};
use super::{Attack, Case};
use crate::pdf::tests::samples;

pub(super) const CASES: &[Case] = &[
    ("isa_content_swap", |s| update(s, evil)),
    ("isa_content_swap_archived", |s| {
        let mut raw = Raw::on(&s.archived);
        evil(&mut raw);
        raw.finish().into()
    }),
    ("isa_content_added", |s| {
        update(s, |raw| {
            let more = raw.add(stream("", &page_words(EVIL)));
            raw.replace(
                PAGE,
                "/Contents 4 0 R",
                &format!("/Contents[4 0 R {more} 0 R]"),
            );
        })
    }),
    ("isa_page_added", |s| {
        update(s, |raw| {
            let content = raw.add(stream("", &page_words(EVIL)));
            let page = raw.add(format!(
                "<</Type/Page/Parent 2 0 R/Contents {content} 0 R>>"
            ));
            raw.put(
                2,
                format!("<</Type/Pages/Count 2/Kids[3 0 R {page} 0 R]/MediaBox[0 0 595 842]>>"),
            );
        })
    }),
    ("isa_pages_replaced", |s| {
        update(s, |raw| {
            let page = raw.number();
            let pages = raw.add(format!(
                "<</Type/Pages/Count 1/Kids[{page} 0 R]/MediaBox[0 0 595 842]>>"
            ));
            raw.put(page, format!("<</Type/Page/Parent {pages} 0 R>>"));
            raw.replace(CATALOG, "/Pages 2 0 R", &format!("/Pages {pages} 0 R"));
        })
    }),
    ("isa_catalog_replaced", |s| {
        update(s, |raw| {
            let root = raw.add("<</Type/Catalog/Pages 2 0 R>>");
            raw.trailer("/Root 1 0 R", &format!("/Root {root} 0 R"));
        })
    }),
    ("isa_page_rotated", |s| {
        update(s, |raw| raw.extend(PAGE, "/Rotate 180"))
    }),
    ("isa_page_cropped", |s| {
        update(s, |raw| raw.extend(PAGE, "/CropBox[0 0 595 700]"))
    }),
    ("isa_page_scaled", |s| {
        update(s, |raw| raw.extend(PAGE, "/UserUnit 2"))
    }),
    ("isa_font_swapped", |s| {
        update(s, |raw| {
            raw.put(
                13,
                "<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding\
            <</Type/Encoding/Differences[49/nine]>>>>",
            );
        })
    }),
    ("isa_optional_content", |s| {
        update(s, |raw| {
            let group = raw.add("<</Type/OCG/Name(Bidrag)>>");
            raw.extend(
                CATALOG,
                &format!("/OCProperties<</OCGs[{group} 0 R]/D<</OFF[{group} 0 R]>>>>"),
            );
        })
    }),
    ("isa_open_action", |s| {
        update(s, |raw| {
            raw.extend(CATALOG, "/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>");
        })
    }),
    ("isa_language", |s| {
        update(s, |raw| raw.replace(CATALOG, "sv-SE", "en-GB"))
    }),
    ("isa_attachment_swapped", |s| {
        update(s, |raw| {
            raw.put(
                ATTACHED,
                stream(
                    "/Type/EmbeddedFile",
                    "{\"copy\":\"familjecentral-1.0-b-1480\"}",
                ),
            );
        })
    }),
    ("isa_attachment_added", |s| {
        update(s, |raw| {
            let file = raw.add(stream("/Type/EmbeddedFile", "{}"));
            let file = raw.add(format!("<</Type/Filespec/F(x.json)/EF<</F {file} 0 R>>>>"));
            raw.replace(
                CATALOG,
                "(avtalsdata.json) 9 0 R",
                &format!("(avtalsdata.json) 9 0 R(x.json){file} 0 R"),
            );
        })
    }),
    ("isa_metadata_swapped", |s| {
        update(s, |raw| {
            let body =
                samples::body(&s.two, METADATA).replace("application/pdf", "application/xxx");
            raw.put(METADATA, body);
        })
    }),
    ("isa_info_swapped", |s| {
        update(s, |raw| raw.put(INFO, "<</Title(Annat avtal)>>"))
    }),
    ("isa_info_elsewhere", |s| {
        update(s, |raw| {
            let info = raw.add("<</Title(Annat avtal)>>");
            raw.trailer("/Info 12 0 R", &format!("/Info {info} 0 R"));
        })
    }),
    ("isa_identifier_changed", |s| {
        let mut raw = Raw::on(&s.two);
        raw.trailer("/ID[(first-id)", "/ID[(First-id)");
        raw.finish().into()
    }),
    ("isa_structure_swapped", |s| {
        update(s, |raw| {
            raw.replace(7, "/S/P", "/S/P/ActualText(900000)");
        })
    }),
    ("isa_form_needs_appearances", |s| {
        update(s, |raw| {
            raw.extend(form(&s.two), "/NeedAppearances true");
        })
    }),
    ("isa_form_xfa", |s| {
        update(s, |raw| raw.extend(form(&s.two), "/XFA(x)"))
    }),
    ("isa_unused_object", |s| {
        update(s, |raw| {
            raw.add("<</Type/Prov>>");
        })
    }),
    ("isa_nothing_changed", |s| update(s, |_| {})),
    ("isa_content_freed", |s| {
        Raw::on(&s.two)
            .finish_with(|_| format!("xref\n{CONTENT} 1\n0000000000 00001 f\r\n"))
            .into()
    }),
    ("isa_encrypted", |s| {
        update(s, |raw| {
            raw.trailer_too("/Encrypt<</Filter/Standard/V 1/R 2/O(x)/U(x)/P -4>>");
        })
    }),
    // Bytes that no table speaks of.
    ("isa_junk", |s| {
        [s.two.as_slice(), b"junk\n"].concat().into()
    }),
    ("isa_junk_comment", |s| {
        [s.two.as_slice(), b"% junk\n"].concat().into()
    }),
    ("isa_junk_zeros", |s| {
        [s.two.as_slice(), &[0; 512]].concat().into()
    }),
    ("isa_junk_blank", |s| {
        [s.two.as_slice(), b"\n"].concat().into()
    }),
    ("isa_junk_end_marker", |s| {
        [s.two.as_slice(), b"%%EOF\n"].concat().into()
    }),
    ("isa_junk_whole_file", |s| {
        [s.two.as_slice(), &s.base].concat().into()
    }),
    ("isa_without_table", |s| {
        let object = format!(
            "{CONTENT} 0 obj\n{}\nendobj\n",
            stream("", &page_words(EVIL))
        );
        [s.two.as_slice(), object.as_bytes()].concat().into()
    }),
    ("isa_without_table_with_end", |s| {
        let object = format!(
            "{CONTENT} 0 obj\n{}\nendobj\n",
            stream("", &page_words(EVIL))
        );
        let end = format!("startxref\n{}\n%%EOF\n", Raw::on(&s.two).previous_at());
        [s.two.as_slice(), object.as_bytes(), end.as_bytes()]
            .concat()
            .into()
    }),
    ("isa_trailer_without_table", |s| {
        let object = format!(
            "{CONTENT} 0 obj\n{}\nendobj\n",
            stream("", &page_words(EVIL))
        );
        let previous = Raw::on(&s.two).previous_at();
        let end =
            format!("trailer\n<</Size 60/Root 1 0 R/Prev {previous}>>\nstartxref\n0\n%%EOF\n");
        [s.two.as_slice(), object.as_bytes(), end.as_bytes()]
            .concat()
            .into()
    }),
    ("isa_table_malformed", |s| {
        table(s, |table| table.replace("00000 n", "0000x n"))
    }),
    ("isa_table_offset_wrong", |s| {
        table(s, |table| shifted(&table, 7))
    }),
    ("isa_table_keyword_wrong", |s| {
        table(s, |table| table.replace("xref", "xfer"))
    }),
    ("isa_table_count_wrong", |s| {
        table(s, |table| table.replace("4 1\n", "4 9\n"))
    }),
    ("isa_junk_between_objects", |s| {
        let file = Raw::on(&s.one).sign(widget(1), &s.hand(&s.signers[1]));
        let mut raw = Raw::on(&file);
        raw.put(
            widget(2),
            format!(
                "{}\nendobj\njunk\n99 0 obj\nnull",
                samples::body(&file, widget(2))
            ),
        );
        raw.finish().into()
    }),
    // Tables with two meanings.
    ("xref_entry_twice", |s| {
        let content = places(&s.two, "\n4 0 obj")[0] + 1;
        table(s, |table| {
            format!("{table}{CONTENT} 1\n{content:010} 00000 n\r\n")
        })
    }),
    ("xref_entry_twice_evil_last", |s| {
        let content = places(&s.two, "\n4 0 obj")[0] + 1;
        table(s, |table| {
            table.replace(
                "xref\n",
                &format!("xref\n{CONTENT} 1\n{content:010} 00000 n\r\n"),
            )
        })
    }),
    ("xref_runs_overlap", |s| {
        table(s, |table| {
            let entry = table.lines().nth(2).unwrap().to_owned();
            format!("xref\n3 2\n{entry}\n\r{entry}\n\r{}", &table[5..]).replace("\n\r", "\r\n")
        })
    }),
    ("xref_entry_of_another_object", |s| {
        // The content's entry leads to the attachment.
        let other = places(&s.two, &format!("\n{ATTACHED} 0 obj"))[0] + 1;
        Raw::on(&s.two)
            .finish_with(|_| format!("xref\n{CONTENT} 1\n{other:010} 00000 n\r\n"))
            .into()
    }),
    ("xref_entry_into_a_stream", |s| {
        let mut raw = Raw::on(&s.two);
        let hidden = format!(
            "{CONTENT} 0 obj\n{}\nendobj\n",
            stream("", &page_words(EVIL))
        );
        raw.add(stream("", &hidden));
        let file = raw.finish();
        let inside = places(&file, &format!("{CONTENT} 0 obj"))
            .last()
            .copied()
            .unwrap();
        Raw::on(&file)
            .finish_with(|_| format!("xref\n{CONTENT} 1\n{inside:010} 00000 n\r\n"))
            .into()
    }),
    ("xref_entry_generation", |s| {
        table(s, |table| table.replace("00000 n", "00001 n"))
    }),
    ("xref_entry_compressed", |s| {
        let packed = stream("/Type/ObjStm/N 1/First 4", "4 0 <<>>");
        let mut raw = Raw::on(&s.two);
        let number = raw.add(packed);
        with_stream(raw, &[(CONTENT, [2, number, 0])])
    }),
    ("xref_stream_over_table", |s| {
        let mut raw = Raw::on(&s.two);
        evil(&mut raw);
        with_stream(raw, &[])
    }),
    ("xref_hybrid", |s| {
        // Readers of streams see the swapped content, readers of tables the signed one.
        let mut raw = Raw::on(&s.two);
        raw.put(CONTENT, stream("", &page_words(EVIL)));
        let file = raw.finish();
        let content = places(&file, "\n4 0 obj").last().copied().unwrap() + 1;
        let mut raw = Raw::on(&s.two);
        raw.put(CONTENT, stream("", &page_words(EVIL)));
        let rows = row([1, u32::try_from(content).unwrap(), 0]);
        let number = raw.add(stream(
            &format!("/Type/XRef/Size 60/W[1 4 1]/Index[{CONTENT} 1]/Root 1 0 R"),
            &rows,
        ));
        let made = raw.finish_with(|_| "xref\n0 0\n".into());
        let at = places(&made, &format!("\n{number} 0 obj"))
            .last()
            .copied()
            .unwrap()
            + 1;
        let words = text(&made);
        let (before, after) = words.rsplit_once("trailer\n<<").unwrap();
        bytes(&format!("{before}trailer\n<</XRefStm {at}{after}")).into()
    }),
    ("xref_skips_a_revision", |s| {
        // The second signature is left out of the chain.
        let mut raw = Raw::on(&s.two);
        raw.previous(Raw::on(&s.one).previous_at());
        raw.finish().into()
    }),
    ("xref_skips_all_signatures", |s| {
        let mut raw = Raw::on(&s.two);
        raw.previous(Raw::on(&s.base).previous_at());
        raw.finish().into()
    }),
    ("xref_chain_ends_early", |s| {
        let mut raw = Raw::on(&s.two);
        raw.previous("");
        raw.finish().into()
    }),
    ("xref_chain_loops", |s| {
        let mut raw = Raw::on(&s.two);
        evil(&mut raw);
        let file = raw.finish();
        let start = Raw::on(&file).previous_at();
        let mut raw = Raw::on(&s.two);
        evil(&mut raw);
        raw.previous(format!("{start:05}"));
        raw.finish().into()
    }),
    ("xref_hidden_update", |s| {
        // An update whose last line names the table before it: what it holds is not read.
        let mut raw = Raw::on(&s.two);
        evil(&mut raw);
        let file = text(&raw.finish());
        let (before, _) = file.rsplit_once("startxref\n").unwrap();
        let start = Raw::on(&s.two).previous_at();
        bytes(&format!("{before}startxref\n{start}\n%%EOF\n")).into()
    }),
    ("xref_start_of_the_base", |s| {
        // The last line says that nothing was ever signed.
        let start = Raw::on(&s.base).previous_at();
        let end = format!("startxref\n{start}\n%%EOF\n");
        [s.two.as_slice(), end.as_bytes()].concat().into()
    }),
    ("xref_size_too_small", |s| {
        let mut raw = Raw::on(&s.two);
        evil(&mut raw);
        let file = text(&raw.finish());
        let (before, after) = file.rsplit_once("/Size ").unwrap();
        bytes(&format!("{before}/Size 04{}", &after[2..])).into()
    }),
    ("object_twice_in_one_update", |s| {
        update(s, |raw| {
            raw.put(widget(2), samples::body(&s.two, widget(2)));
            raw.put(widget(2), samples::body(&s.two, widget(2)));
        })
    }),
    ("object_key_twice", |s| {
        update(s, |raw| raw.extend(widget(2), "/T(1443-chair)"))
    }),
    ("signature_freed", |s| {
        let number = signature(&s.two);
        Raw::on(&s.two)
            .finish_with(|_| format!("xref\n{number} 1\n0000000000 00001 f\r\n"))
            .into()
    }),
    ("header_changed", |s| {
        let mut file = s.two.clone();
        file[7] = b'4';
        file.into()
    }),
    ("bytes_before_the_header", |s| {
        [b"junk\n".as_slice(), &s.two].concat().into()
    }),
    ("end_of_line_cut_off", |s| {
        s.two[..s.two.len() - 1].to_vec().into()
    }),
    ("byte_cut_out_of_the_base", |s| {
        let mut file = s.two.clone();
        file.remove(20);
        file.into()
    }),
];

/// Swaps the page's words.
pub(super) fn evil(raw: &mut Raw) {
    raw.put(CONTENT, stream("", &page_words(EVIL)));
}

/// A page content that shows these words where the agreed ones stand.
pub(super) fn page_words(words: &str) -> String {
    assert_eq!(words.len(), AGREED.len());
    format!("BT /F1 12 Tf 40 780 Td ({words}) Tj ET")
}

/// Returns the number of the form.
pub(super) fn form(file: &[u8]) -> u32 {
    let catalog = samples::body(file, CATALOG);
    let (_, number) = catalog.split_once("/AcroForm ").unwrap();
    number.split_once(' ').unwrap().0.parse().unwrap()
}

/// Appends an update to the copy with two signatures.
fn update(stage: &Stage, change: impl FnOnce(&mut Raw)) -> Attack {
    let mut raw = Raw::on(&stage.two);
    change(&mut raw);
    raw.finish().into()
}

/// Appends evil content with a changed table.
fn table(stage: &Stage, change: impl FnOnce(String) -> String) -> Attack {
    let mut raw = Raw::on(&stage.two);
    evil(&mut raw);
    raw.finish_with(change).into()
}

/// Adds to every offset of a table.
fn shifted(table: &str, by: usize) -> String {
    let line = |line: &str| match line.split_once(" 00000 n") {
        Some((offset, _)) => {
            format!("{:010} 00000 n\r\n", offset.parse::<usize>().unwrap() + by)
        }
        None => format!("{line}\n"),
    };
    table
        .split_terminator('\n')
        .map(|text| line(text.trim_end()))
        .collect()
}

/// Finishes an update with a cross-reference stream in the place of a table.
fn with_stream(raw: Raw, more: &[(u32, [u32; 3])]) -> Attack {
    let previous = raw.previous_at();
    let mut entries = Vec::new();
    let file = text(&raw.finish_with(|table| {
        for run in table
            .split_terminator('\n')
            .skip(1)
            .collect::<Vec<_>>()
            .chunks(2)
        {
            let number: u32 = run[0].split_once(' ').unwrap().0.parse().unwrap();
            let offset: u32 = run[1].split_once(' ').unwrap().0.parse().unwrap();
            entries.push((number, [1, offset, 0]));
        }
        table
    }));
    let (before, _) = file.rsplit_once("xref\n").unwrap();
    let before = before
        .strip_suffix("start")
        .map_or(before, |text| text.rsplit_once("xref\n").unwrap().0);
    entries.extend_from_slice(more);
    entries.sort_unstable();
    let number = 90;
    entries.push((
        number,
        [1, u32::try_from(before.chars().count()).unwrap(), 0],
    ));
    let index: String = entries
        .iter()
        .map(|(number, _)| format!("{number} 1 "))
        .collect();
    let rows: String = entries.iter().map(|(_, entry)| row(*entry)).collect();
    let dictionary = format!(
        "/Type/XRef/Size 91/W[1 4 1]/Index[{index}]/Root 1 0 R/Info 12 0 R/Prev {previous}\
         /ID[<66697273742D6964><00>]"
    );
    let object = format!("{number} 0 obj\n{}\nendobj\n", stream(&dictionary, &rows));
    let start = before.chars().count();
    bytes(&format!("{before}{object}startxref\n{start}\n%%EOF\n")).into()
}

/// A row of a cross-reference stream with fields of 1, 4 and 1 bytes.
fn row([kind, place, index]: [u32; 3]) -> String {
    let byte = |value: u32| char::from(u8::try_from(value).unwrap());
    let place: String = place.to_be_bytes().into_iter().map(char::from).collect();
    format!("{}{place}{}", byte(kind), byte(index))
}
