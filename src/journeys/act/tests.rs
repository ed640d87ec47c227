//! Texts at the door, and words that are kept.

use super::paper::decoded;
use super::{ActError, Encoding, clean_words};

#[test]
fn texts_of_older_programs_are_read() {
    type Read<'a> = Option<(&'a str, Encoding)>;
    let cases: [(&[u8], Read<'_>); 8] = [
        (
            "§ 4 Ärendet".as_bytes(),
            Some(("§ 4 Ärendet", Encoding::Utf8)),
        ),
        (b"\xEF\xBB\xBF\xC2\xA7 4", Some(("§ 4", Encoding::Utf8))),
        (
            b"\xA7 4 \x96 \x94\xC4rende\x94",
            Some(("§ 4 – ”Ärende”", Encoding::Windows1252)),
        ),
        (
            b"\xFF\xFE\xA7\x00 \x004\x00",
            Some(("§ 4", Encoding::Utf16)),
        ),
        (
            b"\xFE\xFF\x00\xA7\x00 \x004",
            Some(("§ 4", Encoding::Utf16)),
        ),
        (b"\xFE\xFF\x00\xA7\x00", None),
        (b"\x81\xA7", None),
        (b"PK\x03\x04\x00\x00", None),
    ];
    for (bytes, wanted) in cases {
        let wanted = wanted.map(|(text, encoding)| (text.to_owned(), encoding));
        assert_eq!(decoded(bytes), wanted, "{bytes:?}");
    }
}

#[test]
fn words_are_kept_as_they_are_written() {
    let clean = |text: &str| clean_words("the reason", text);
    assert_eq!(
        clean("  Två rader:\nen till \n").unwrap(),
        "Två rader:\nen till"
    );
    assert!(matches!(clean(" \n"), Err(ActError::Words { .. })));
    assert!(matches!(clean("a\u{202E}b"), Err(ActError::Words { .. })));
    assert!(matches!(clean("a\u{7}b"), Err(ActError::Words { .. })));
    assert!(clean(&"å".repeat(4_000)).is_ok());
    assert!(matches!(
        clean(&"å".repeat(4_001)),
        Err(ActError::WordsTooLong { .. })
    ));
}
