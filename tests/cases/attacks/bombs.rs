// Small files that want a reader to take gigabytes, hours or the whole stack. Included by the tests of
// validation/ and by the test binary, which runs the program on them.

use std::io::Write as _;

/// Returns each bomb with its name.
pub(crate) fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("object stream of 600 MB", object_stream(600 << 20)),
        ("cross-reference stream of 600 MB", table_stream(600 << 20)),
        ("filters on filters", filters_on_filters()),
        ("predictor of huge rows", predictor()),
        ("300,000 nested arrays", nested("[", "]")),
        ("300,000 nested dictionaries", nested("<</A", ">>")),
        ("300,000 open arrays", nested("[", "")),
        ("300,000 open brackets in a string", nested("(", "")),
        ("300,000 nested arrays in the trailer", nested_trailer()),
        ("pages of themselves", cyclic_pages()),
        ("a page tree 100,000 deep", deep_pages()),
        ("fields of themselves", cyclic_fields()),
        ("a field 100,000 deep", deep_field()),
        ("a field whose parents are a circle", cyclic_parents()),
        ("lengths in a circle", cyclic_lengths()),
        ("references in a circle", cyclic_references()),
        ("a table before itself", previous(&[0])),
        ("two tables before each other", circle_of_tables()),
        ("100,000 tables", chain_of_tables(100_000)),
        (
            "a table of four thousand million",
            table("0 4294967295", ""),
        ),
        ("a size of two thousand million", sized("2147483647")),
        ("a table of two million entries", many_entries(2_000_000)),
        ("runs without entries", table(&"7 0\n".repeat(500_000), "")),
        ("20,000 signatures over one file", many_signatures(20_000)),
        ("a signature of 20 MB", huge_contents(10_000_000)),
        (
            "a number of a million digits",
            one_object(&"9".repeat(1_000_000)),
        ),
        (
            "a name of a million bytes",
            one_object(&format!("/{}", "a".repeat(1_000_000))),
        ),
        ("a dictionary of 200,000 keys", many_keys(200_000)),
        (
            "a dictionary of one key 200,000 times",
            one_object(&format!("<<{}>>", "/A 1".repeat(200_000))),
        ),
        (
            "a million objects that never end",
            b"1 0 obj\n".repeat(1_000_000),
        ),
        ("a million trailers", b"trailer\n<<>>\n".repeat(300_000)),
        (
            "a million ends",
            [b"%PDF-1.7\n".as_slice(), &b"%%EOF\n".repeat(1_000_000)].concat(),
        ),
        (
            "a million ends that lead nowhere",
            b"startxref\n9\n%%EOF\n".repeat(200_000),
        ),
        (
            "a store of one stream 200,000 times",
            many_certificates(200_000),
        ),
        (
            "a million streams that never end",
            b"1 0 obj<<>>stream\n".repeat(300_000),
        ),
        ("nothing", Vec::new()),
        ("a header alone", b"%PDF-1.7\n".to_vec()),
    ]
}

/// Writes objects 1, 2, … with a table; object 1 is the catalog.
fn file(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut rows = String::from("0000000000 65535 f\r\n");
    for (number, body) in (1..).zip(bodies) {
        rows.push_str(&format!("{:010} 00000 n\r\n", out.len()));
        out.extend(format!("{number} 0 obj\n").bytes());
        out.extend(body);
        out.extend(b"\nendobj\n");
    }
    let (start, size) = (out.len(), bodies.len() + 1);
    let end = format!(
        "xref\n0 {size}\n{rows}trailer\n<</Size {size}/Root 1 0 R/ID[<00><00>]>>\nstartxref\n{start}\n%%EOF\n"
    );
    out.extend(end.bytes());
    out
}

fn texts(bodies: &[&str]) -> Vec<u8> {
    let bodies: Vec<_> = bodies.iter().map(|body| body.as_bytes().to_vec()).collect();
    file(&bodies)
}

/// A document whose form has one signature field, object 4, with this value, object 5.
fn signed(value: &str) -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm 3 0 R>>",
        "<</Type/Pages/Count 0/Kids[]>>",
        "<</Fields[4 0 R]/SigFlags 3>>",
        "<</FT/Sig/T(a)/V 5 0 R>>",
        value,
    ])
}

fn one_object(body: &str) -> Vec<u8> {
    signed(&format!(
        "<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]/Prov {body}>>"
    ))
}

fn nested(open: &str, close: &str) -> Vec<u8> {
    one_object(&format!("{}{}", open.repeat(DEEP), close.repeat(DEEP)))
}

fn nested_trailer() -> Vec<u8> {
    let nest = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    table("", &format!("/Prov {nest}"))
}

/// A file of a catalog with this table and more in the trailer.
fn table(runs: &str, more: &str) -> Vec<u8> {
    let object = "1 0 obj\n<</Type/Catalog>>\nendobj\n";
    let start = 9 + object.len();
    let runs = runs.trim_end();
    format!(
        "%PDF-1.7\n{object}xref\n1 1\n0000000009 00000 n\r\n{runs}\ntrailer\n\
         <</Size 2/Root 1 0 R{more}>>\nstartxref\n{start}\n%%EOF\n"
    )
    .into_bytes()
}

fn sized(size: &str) -> Vec<u8> {
    let text = String::from_utf8(table("", "")).unwrap();
    text.replace("/Size 2", &format!("/Size {size}"))
        .into_bytes()
}

fn many_entries(count: usize) -> Vec<u8> {
    let rows = "0000000009 00000 n\r\n".repeat(count);
    table(&format!("2 {count}\n{rows}"), "")
}

fn deflated(size: usize, with: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(with).unwrap();
    let blank = vec![b' '; 1 << 20];
    for _ in 0..size >> 20 {
        encoder.write_all(&blank).unwrap();
    }
    encoder.finish().unwrap()
}

/// The catalog is in an object stream that decodes to so many bytes.
fn object_stream(size: usize) -> Vec<u8> {
    let packed = deflated(size, b"1 0 <</Type/Catalog/Pages 3 0 R>>");
    let mut out = b"%PDF-1.7\n".to_vec();
    let at = out.len();
    out.extend(
        format!(
            "2 0 obj\n<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>\nstream\n",
            packed.len()
        )
        .bytes(),
    );
    out.extend(packed);
    out.extend(b"\nendstream\nendobj\n");
    let start = out.len();
    let rows = [vec![2, 0, 0, 0, 2, 0], row(1, at), row(1, start)].concat();
    out.extend(
        format!(
            "3 0 obj\n<</Type/XRef/Size 4/W[1 4 1]/Index[1 3]/Root 1 0 R/Length {}>>\nstream\n",
            rows.len()
        )
        .bytes(),
    );
    out.extend(rows);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn row(kind: u8, offset: usize) -> Vec<u8> {
    let offset = u32::try_from(offset).unwrap().to_be_bytes();
    [&[kind], offset.as_slice(), &[0]].concat()
}

fn table_stream(size: usize) -> Vec<u8> {
    let rows = deflated(size, &[]);
    let mut out = b"%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_vec();
    let start = out.len();
    out.extend(
        format!(
            "2 0 obj\n<</Type/XRef/Size 90000000/W[1 4 1]/Root 1 0 R/Filter/FlateDecode/Length {}>>\nstream\n",
            rows.len()
        )
        .bytes(),
    );
    out.extend(rows);
    out.extend(format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n").bytes());
    out
}

fn filters_on_filters() -> Vec<u8> {
    let filters = "/FlateDecode".repeat(10_000);
    let data = deflated(1 << 20, &[]);
    let mut body = format!(
        "<</Type/ObjStm/N 1/First 4/Filter[{filters}]/Length {}>>\nstream\n",
        data.len()
    )
    .into_bytes();
    body.extend(data);
    body.extend(b"\nendstream");
    file(&[b"<</Type/Catalog/DSS<</Certs[2 0 R]>>>>".to_vec(), body])
}

fn predictor() -> Vec<u8> {
    let data = deflated(1 << 20, &[]);
    let mut body = format!(
        "<</DecodeParms<</Predictor 15/Columns 2147483647/Colors 32/BitsPerComponent 16>>\
         /Filter/FlateDecode/Length {}>>\nstream\n",
        data.len()
    )
    .into_bytes();
    body.extend(data);
    body.extend(b"\nendstream");
    file(&[b"<</Type/Catalog/DSS<</Certs[2 0 R]>>>>".to_vec(), body])
}

fn cyclic_pages() -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[3 0 R]>>>>",
        "<</Type/Pages/Count 9/Kids[2 0 R 2 0 R 2 0 R]/Parent 2 0 R>>",
        "<</FT/Sig/T(a)/V<</Type/Sig/Contents<00>/ByteRange[0 1 2 3]>>>>",
    ])
}

/// Each page node has one kid: the next.
fn deep_pages() -> Vec<u8> {
    let mut bodies = vec![b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[]>>>>".to_vec()];
    for number in 3..CHAIN {
        bodies.push(format!("<</Type/Pages/Count 1/Kids[{number} 0 R]>>").into_bytes());
    }
    bodies.push(b"<</Type/Page>>".to_vec());
    file(&bodies)
}

fn cyclic_fields() -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>",
        "<</FT/Sig/T(a)/Kids[2 0 R 3 0 R 3 0 R]>>",
        "<</T(b)/Kids[2 0 R 3 0 R 2 0 R]>>",
    ])
}

fn deep_field() -> Vec<u8> {
    let mut bodies = vec![b"<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>".to_vec()];
    for number in 3..CHAIN {
        bodies.push(format!("<</FT/Sig/T(a)/Kids[{number} 0 R]>>").into_bytes());
    }
    bodies.push(b"<</T(b)>>".to_vec());
    file(&bodies)
}

fn cyclic_parents() -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/AcroForm<</Fields[2 0 R]>>>>",
        "<</T(a)/Parent 3 0 R>>",
        "<</T(b)/Parent 2 0 R>>",
    ])
}

fn cyclic_lengths() -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/Metadata 2 0 R/AcroForm<</Fields[]>>/DSS<</Certs[2 0 R 3 0 R]>>>>",
        "<</Length 3 0 R>>\nstream\nx\nendstream",
        "<</Length 2 0 R>>\nstream\nx\nendstream",
    ])
}

fn cyclic_references() -> Vec<u8> {
    texts(&[
        "<</Type/Catalog/AcroForm 2 0 R/Pages 3 0 R/DSS 2 0 R>>",
        "3 0 R",
        "2 0 R",
    ])
}

/// Tables at these distances before their own.
fn previous(distances: &[usize]) -> Vec<u8> {
    let text = String::from_utf8(table("", "")).unwrap();
    let start = text.find("xref").unwrap();
    let entries: String = distances
        .iter()
        .map(|distance| format!("/Prev {}", start - distance))
        .collect();
    text.replace("/Root", &format!("{entries}/Root"))
        .into_bytes()
}

fn circle_of_tables() -> Vec<u8> {
    let object = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n";
    let table = |previous: usize| {
        format!(
            "xref\n1 1\n0000000009 00000 n\r\ntrailer\n<</Size 2/Root 1 0 R/Prev {previous:08}>>\n"
        )
    };
    let (first, second) = (object.len(), object.len() + table(0).len());
    format!(
        "{object}{}{}startxref\n{second}\n%%EOF\n",
        table(second),
        table(first)
    )
    .into_bytes()
}

fn chain_of_tables(count: usize) -> Vec<u8> {
    let mut out = "%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n".to_owned();
    let mut previous = String::new();
    for _ in 0..count {
        let start = out.len();
        out.push_str(&format!(
            "xref\n1 1\n0000000009 00000 n\r\ntrailer\n<</Size 2/Root 1 0 R{previous}>>\nstartxref\n{start}\n%%EOF\n"
        ));
        previous = format!("/Prev {start}");
    }
    out.into_bytes()
}

/// Every field has a dictionary of its own, which is over nearly all of the file.
fn many_signatures(count: usize) -> Vec<u8> {
    let fields: String = (0..count)
        .map(|place| format!("{} 0 R ", 2 + 2 * place))
        .collect();
    let mut bodies =
        vec![format!("<</Type/Catalog/AcroForm<</Fields[{fields}]/SigFlags 3>>>>").into_bytes()];
    for place in 0..count {
        bodies.push(format!("<</FT/Sig/T(f{place})/V {} 0 R>>", 3 + 2 * place).into_bytes());
        bodies.push(
            format!(
                "<</Type/Sig/SubFilter/ETSI.CAdES.detached/Contents<3000>/ByteRange[0 {} {} 1000]>>",
                2_000_000 - place,
                2_000_006 - place
            )
            .into_bytes(),
        );
    }
    file(&bodies)
}

fn huge_contents(size: usize) -> Vec<u8> {
    signed(&format!(
        "<</Type/Sig/SubFilter/ETSI.CAdES.detached/ByteRange[0 1 2 3]/Contents<{}>>>",
        "30".repeat(size)
    ))
}

fn many_keys(count: usize) -> Vec<u8> {
    let keys: String = (0..count).map(|number| format!("/A{number} 1")).collect();
    one_object(&format!("<<{keys}>>"))
}

fn many_certificates(count: usize) -> Vec<u8> {
    let items = "2 0 R ".repeat(count);
    texts(&[
        &format!("<</Type/Catalog/AcroForm<</Fields[3 0 R]>>/DSS<</Certs[{items}]>>>>"),
        "<</Length 2>>\nstream\n0\0\nendstream",
        "<</FT/Sig/T(a)/V<</Type/Sig/Contents<3000>/ByteRange[0 1 2 3]>>>>",
    ])
}

const DEEP: usize = 300_000;
const CHAIN: usize = 100_000;
