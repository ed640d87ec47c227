use std::path::Path;

use crate::outside::{Pkcs11Uri, UriError};

fn refusal(text: &str) -> String {
    text.parse::<Pkcs11Uri>().unwrap_err().to_string()
}

#[test]
fn an_address_as_tools_print_it_is_read_whole() {
    let text = "pkcs11:model=SoftHSM%20v2;manufacturer=Prov;serial=01ab;token=R%C3%A5d%3bslag;\
        id=%01%ffz;object=nyckel;type=private;slot-id=7?module-path=/usr/lib/a%20b.so";
    let uri: Pkcs11Uri = text.parse().unwrap();
    assert_eq!(uri.token.as_deref(), Some("Råd;slag"));
    assert_eq!(uri.model.as_deref(), Some("SoftHSM v2"));
    assert_eq!(uri.id.as_deref(), Some([1, 0xff, b'z'].as_slice()));
    assert_eq!(uri.slot, Some(7));
    assert_eq!(uri.module.as_deref(), Some(Path::new("/usr/lib/a b.so")));
    assert_eq!(uri.to_string(), text);
}

#[test]
fn the_shortest_address_leaves_all_open() {
    let uri: Pkcs11Uri = "PKCS11:".parse().unwrap();
    assert_eq!(
        (uri.token, uri.object, uri.id, uri.module),
        (None, None, None, None)
    );
}

#[test]
fn a_pin_is_refused_and_not_repeated() {
    for text in [
        "pkcs11:token=a?pin-value=1234",
        "pkcs11:token=a?pin-source=1234",
        "pkcs11:token=a;pin-value=1234",
    ] {
        let refusal = refusal(text);
        assert!(refusal.contains("pin-"), "{refusal}");
        assert!(
            refusal.contains("a PIN never stands in an address"),
            "{refusal}"
        );
        assert!(!refusal.contains("1234"), "{refusal}");
    }
}

#[test]
fn what_is_not_understood_is_named() {
    let told = [
        ("pkcs11:tokn=a", "the attribute tokn is not known there"),
        (
            "pkcs11:token=a?token=b",
            "the attribute token is not known there",
        ),
        (
            "pkcs11:module-path=/a",
            "the attribute module-path is not known there",
        ),
        ("pkcs11:token=a;token=b", "token is given twice"),
        ("pkcs11:token", "token has no value"),
        (
            "pkcs11:token=%f",
            "the value of token is not percent-encoded UTF-8",
        ),
        (
            "pkcs11:token=%zz",
            "the value of token is not percent-encoded UTF-8",
        ),
        (
            "pkcs11:token=%ff",
            "the value of token is not percent-encoded UTF-8",
        ),
        ("pkcs11:slot-id=x", "slot-id is not a number: x"),
        ("pkcs11:type=cert", "type is cert, not private"),
        (
            "pkcs11:?module-path=a.so",
            "module-path is not an absolute path: a.so",
        ),
        (
            "file:/a",
            "the address of a key on a token begins with pkcs11:",
        ),
        ("", "the address of a key on a token begins with pkcs11:"),
    ];
    for (text, expected) in told {
        assert_eq!(refusal(text), expected, "{text}");
    }
    assert_eq!("x".parse::<Pkcs11Uri>(), Err(UriError::Scheme));
}
