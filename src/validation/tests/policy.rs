//! Until which day an algorithm is good enough.

use chrono::{DateTime, Utc};
use der::asn1::ObjectIdentifier;
use der::oid::db::rfc5912;

use crate::validation::policy::{KeyUsed, Policy, Used};

fn is_good(key: KeyUsed, hash: ObjectIdentifier, at: &str) -> bool {
    let at: DateTime<Utc> = at.parse().unwrap();
    let used = Used {
        key,
        hash: Some(hash),
    };
    Policy::default().check(used, at).is_ok()
}

#[test]
fn each_row_holds_until_its_day_ends() {
    let policy = Policy::default();
    let strong = KeyUsed::Ec { bits: 521 };
    let rows = [
        (&policy.rsa, KeyUsed::Rsa { bits: 0 }),
        (&policy.dsa, KeyUsed::Dsa { bits: 0 }),
        (&policy.curves, KeyUsed::Ec { bits: 0 }),
    ];
    for (table, kind) in rows {
        for (bits, day) in table {
            let key = match kind {
                KeyUsed::Rsa { .. } => KeyUsed::Rsa { bits: *bits },
                KeyUsed::Dsa { .. } => KeyUsed::Dsa { bits: *bits },
                _ => KeyUsed::Ec { bits: *bits },
            };
            let hash = rfc5912::ID_SHA_512;
            assert!(is_good(key, hash, &format!("{day}T23:59:59Z")), "{key}");
            let next = day.succ_opt().unwrap();
            assert!(!is_good(key, hash, &format!("{next}T00:00:00Z")), "{key}");
        }
        assert!(table.is_sorted());
    }
    for (hash, day) in &policy.hashes {
        assert!(
            is_good(strong, *hash, &format!("{day}T23:59:59Z")),
            "{hash}"
        );
        let next = day.succ_opt().unwrap();
        assert!(
            !is_good(strong, *hash, &format!("{next}T00:00:00Z")),
            "{hash}"
        );
    }
}

#[test]
fn what_is_short_or_unknown_is_never_good() {
    let (hash, at) = (rfc5912::ID_SHA_256, "2005-01-01T00:00:00Z");
    for key in [
        KeyUsed::Rsa { bits: 1023 },
        KeyUsed::Rsa { bits: 0 },
        KeyUsed::Dsa { bits: 512 },
        KeyUsed::Ec { bits: 112 },
        KeyUsed::Unknown,
    ] {
        assert!(!is_good(key, hash, at), "{key}");
    }
    let key = KeyUsed::Rsa { bits: 4096 };
    assert!(!is_good(key, ObjectIdentifier::new_unwrap("1.2.3"), at));
    let used = Used { key, hash: None };
    assert!(Policy::default().check(used, at.parse().unwrap()).is_err());
}

#[test]
fn a_length_between_two_rows_counts_as_the_lower() {
    let hash = rfc5912::ID_SHA_256;
    let key = KeyUsed::Rsa { bits: 2999 };
    assert!(is_good(key, hash, "2028-12-31T12:00:00Z"));
    assert!(!is_good(key, hash, "2029-01-01T00:00:00Z"));
    assert!(is_good(
        KeyUsed::Rsa { bits: 16384 },
        hash,
        "2029-01-01T00:00:00Z"
    ));
}
