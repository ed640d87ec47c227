//! Streams with each filter.

use super::history::{Writer, deflate};
use crate::pdf::{Error, History, Reference};

/// Decodes a stream with this dictionary and these bytes.
fn decoded(dict: &str, data: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    let mut writer = Writer::new();
    writer.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    writer.object(2, "<</Type/Pages/Kids[]/Count 0>>");
    writer.object(3, "<</Predictor 12/Columns 3>>");
    writer.stream(4, dict, data);
    writer.end(5, "/Root 1 0 R");
    let history = History::read(&writer.out).unwrap();
    let view = history.newest();
    let stream = view.stream(Reference {
        number: 4,
        generation: 0,
    })?;
    view.decode(&stream, limit).map(|bytes| bytes.into_owned())
}

#[test]
fn undoes_each_filter() {
    let lzw = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
    for (dict, data, expected) in [
        ("", &b"plain"[..], &b"plain"[..]),
        ("/Filter[]", b"plain", b"plain"),
        ("/Filter/ASCIIHexDecode", b"61 6 2 7>", b"abp"),
        (
            "/Filter/ASCII85Decode",
            b"87cURD]i,\"Ebo80~>",
            b"Hello World!",
        ),
        ("/Filter/ASCII85Decode", b"z!!~>", b"\0\0\0\0\0"),
        (
            "/Filter/RunLengthDecode",
            b"\x02abc\xFEx\x80junk",
            b"abcxxx",
        ),
        // The example of ISO 32000-2 §7.4.4.2.
        (
            "/Filter/LZWDecode",
            &lzw,
            &[45, 45, 45, 45, 45, 65, 45, 45, 45, 66],
        ),
        ("/Filter/FlateDecode", &deflate(b"abc"), b"abc"),
        (
            "/Filter[/ASCIIHexDecode/RunLengthDecode]",
            b"FF7880>",
            b"xx",
        ),
        // Reference and null stand for settings too.
        (
            "/Filter[/FlateDecode]/DecodeParms[3 0 R]",
            &deflate(&[0, 1, 2, 3, 2, 1, 1, 1]),
            &[1, 2, 3, 2, 3, 4],
        ),
        (
            "/Filter/FlateDecode/DecodeParms null",
            &deflate(b"abc"),
            b"abc",
        ),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 3>>",
            &deflate(&[1, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1]),
            &[1, 2, 3, 1, 2, 3, 2, 3, 4],
        ),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 2/Colors 2/Columns 2>>",
            &deflate(&[1, 2, 1, 1]),
            &[1, 2, 2, 3],
        ),
    ] {
        let found = decoded(dict, data, 1_000).unwrap();
        assert_eq!(found, expected, "{dict}");
        assert_eq!(
            decoded(dict, data, expected.len()).unwrap(),
            expected,
            "{dict}"
        );
        let short = expected.len() - 1;
        let error = decoded(dict, data, short).unwrap_err();
        assert!(
            matches!(error, Error::DecodedSize { .. }),
            "{dict}: {error}"
        );
    }
}

#[test]
fn refuses_what_it_does_not_read() {
    for (dict, data) in [
        ("/Filter/DCTDecode", &b""[..]),
        ("/Filter/Crypt", b""),
        ("/Filter 1", b""),
        ("/Filter[/FlateDecode 1]", b""),
        ("/Filter/FlateDecode", b"junk"),
        ("/Filter/ASCII85Decode", b"v~>"),
        ("/Filter/ASCII85Decode", b"uuuuu~>"),
        ("/Filter/ASCIIHexDecode", b"6x>"),
        ("/Filter/RunLengthDecode", b"\x05ab"),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 99>>",
            &deflate(b"a"),
        ),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns -1>>",
            &deflate(b"a"),
        ),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 99999999999>>",
            &deflate(b"a"),
        ),
        (
            "/Filter/FlateDecode/DecodeParms<</Predictor 12>>",
            &deflate(b"\x09a"),
        ),
        (
            "/Filter[/RunLengthDecode/RunLengthDecode/RunLengthDecode/RunLengthDecode\
             /RunLengthDecode/RunLengthDecode/RunLengthDecode/RunLengthDecode/RunLengthDecode]",
            b"\x80",
        ),
    ] {
        assert!(decoded(dict, data, 1_000).is_err(), "{dict}");
    }
}

#[test]
fn a_bomb_stops_at_the_limit() {
    let bomb = deflate(&vec![0; 50 << 20]);
    assert!(bomb.len() < 60_000);
    let error = decoded("/Filter/FlateDecode", &bomb, 1_000).unwrap_err();
    assert_eq!(
        error,
        Error::DecodedSize {
            object: 0,
            limit: 1_000
        }
    );
    // The same as an object stream: no object comes out of it.
    let mut writer = Writer::new();
    writer.object(1, "<</Type/Catalog/Pages 2 0 R>>");
    writer.packed(3, &[(2, "null")]);
    writer.end(4, "/Root 1 0 R");
    let dict = "/Type/ObjStm/N 1/First 4/Filter/FlateDecode";
    writer.stream(3, dict, &bomb);
    writer.end(5, "/Root 1 0 R");
    let history = History::read(&writer.out).unwrap();
    assert!(history.newest().pages().is_err());
}
