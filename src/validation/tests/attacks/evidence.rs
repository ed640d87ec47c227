//! Evidence that is something else (DSS masquerade), and document time-stamps that are none.

use super::raw::{Hand, Raw, stream, text};
use super::saving::{evil, form, page_words};
use super::stage::{ARCHIVED, CATALOG, CONTENT, EVIL, PAGE, Stage};
use super::{Attack, Case};
use crate::agreement::Sha256;
use crate::pdf::tests::samples;
use crate::signature::tests::pki::{Pair, WantedToken};

pub(super) const CASES: &[Case] = &[
    ("dss_certificate_is_page_content", |s| {
        store(s, |raw| {
            let dss = raw.add(format!("<</Type/DSS/Certs[{CONTENT} 0 R]>>"));
            raw.extend(CATALOG, &format!("/DSS {dss} 0 R"));
        })
    }),
    ("dss_certificate_is_page_content_direct", |s| {
        store(s, |raw| {
            raw.extend(CATALOG, &format!("/DSS<</Certs[{CONTENT} 0 R]>>"));
        })
    }),
    ("dss_certificate_is_page_content_list", |s| {
        store(s, |raw| {
            let list = raw.add(format!("[{CONTENT} 0 R]"));
            raw.extend(CATALOG, &format!("/DSS<</Certs {list} 0 R>>"));
        })
    }),
    ("dss_certificate_swaps_page_content", |s| {
        store(s, |raw| {
            // The page's content is written anew, as an item of the store.
            evil(raw);
            let dss = raw.add(format!("<</Type/DSS/Certs[{CONTENT} 0 R]>>"));
            raw.extend(CATALOG, &format!("/DSS {dss} 0 R"));
        })
    }),
    ("dss_certificate_swaps_page_content_direct", |s| {
        store(s, |raw| {
            evil(raw);
            raw.extend(
                CATALOG,
                &format!("/DSS<</Certs[{CONTENT} 0 R]/CRLs[]/OCSPs[]>>"),
            );
        })
    }),
    ("dss_list_swaps_page_content", |s| {
        store(s, |raw| {
            evil(raw);
            raw.extend(CATALOG, &format!("/DSS<</CRLs[{CONTENT} 0 R]>>"));
        })
    }),
    ("dss_answer_swaps_page_content", |s| {
        store(s, |raw| {
            evil(raw);
            raw.extend(CATALOG, &format!("/DSS<</OCSPs[{CONTENT} 0 R]>>"));
        })
    }),
    ("dss_entry_swaps_page_content", |s| {
        store(s, |raw| {
            evil(raw);
            let entry = raw.add(format!("<</Cert[{CONTENT} 0 R]>>"));
            let name = "0".repeat(40);
            raw.extend(CATALOG, &format!("/DSS<</VRI<</{name} {entry} 0 R>>>>"));
        })
    }),
    ("dss_is_the_page", |s| {
        store(s, |raw| {
            raw.replace(PAGE, "/Contents 4 0 R", "/Contents 4 0 R/Rotate 180");
            raw.extend(CATALOG, &format!("/DSS {PAGE} 0 R"));
        })
    }),
    ("dss_item_is_a_picture", |s| {
        store(s, |raw| {
            let item = raw.add(stream(
                "/Type/XObject/Subtype/Form/BBox[0 0 9 9]",
                &page_words(EVIL),
            ));
            raw.extend(CATALOG, &format!("/DSS<</Certs[{item} 0 R]>>"));
        })
    }),
    ("dss_item_is_no_certificate", |s| {
        store(s, |raw| {
            let item = raw.add(stream("", &page_words(EVIL)));
            raw.extend(CATALOG, &format!("/DSS<</Certs[{item} 0 R]>>"));
        })
    }),
    ("dss_item_later_used_as_page_content", |s| {
        let mut raw = Raw::on(&s.stamped);
        let item = raw.add(stream("", &page_words(EVIL)));
        raw.extend(CATALOG, &format!("/DSS<</Certs[{item} 0 R]>>"));
        let file = raw.finish();
        let mut raw = Raw::on(&file);
        raw.replace(PAGE, "/Contents 4 0 R", &format!("/Contents {item} 0 R"));
        raw.finish().into()
    }),
    ("dss_with_page_swapped_beside_it", |s| {
        let file = text(&s.kept);
        let item = first_item(&file);
        let mut raw = Raw::on(&s.stamped);
        evil(&mut raw);
        let item = raw.add(samples::body(&s.kept, item));
        raw.extend(CATALOG, &format!("/DSS<</Certs[{item} 0 R]>>"));
        raw.finish().into()
    }),
    ("dss_with_an_unused_object", |s| {
        let item = first_item(&text(&s.kept));
        let mut raw = Raw::on(&s.stamped);
        let item = raw.add(samples::body(&s.kept, item));
        raw.add(stream("", &page_words(EVIL)));
        raw.extend(CATALOG, &format!("/DSS<</Certs[{item} 0 R]>>"));
        raw.finish().into()
    }),
    ("dss_with_another_key", |s| {
        store(s, |raw| {
            raw.extend(CATALOG, &format!("/DSS<</Certs[]/Prov {CONTENT} 0 R>>"));
        })
    }),
    ("dss_item_swapped_later", |s| {
        let item = first_item(&text(&s.kept));
        let mut raw = Raw::on(&s.archived);
        raw.put(item, stream("", "0"));
        raw.finish().into()
    }),
    ("dss_removed_later", |s| {
        let catalog = samples::body(&s.archived, CATALOG);
        let (before, _) = catalog.split_once("/DSS ").unwrap();
        let mut raw = Raw::on(&s.archived);
        raw.put(CATALOG, format!("{before}>>"));
        raw.finish().into()
    }),
    ("dss_catalog_swapped_beside_it", |s| {
        let catalog = samples::body(&s.archived, CATALOG).replace("sv-SE", "en-GB");
        let mut raw = Raw::on(&s.archived);
        raw.put(CATALOG, catalog);
        raw.finish().into()
    }),
    ("stamp_over_other_bytes", |s| {
        stamp(s, |_| {}, |wanted| wanted.imprint[0] ^= 1)
    }),
    ("stamp_with_another_hash", |s| {
        stamp(
            s,
            |_| {},
            |wanted| {
                wanted.hash = "2.16.840.1.101.3.4.2.2";
            },
        )
    }),
    ("stamp_with_wrong_digest", |s| {
        stamp(
            s,
            |_| {},
            |wanted| {
                wanted.message_digest = Some(vec![0; 32]);
            },
        )
    }),
    ("stamp_names_another_certificate", |s| {
        stamp(
            s,
            |_| {},
            |wanted| {
                wanted.certificate_digest = Some(vec![0; 32]);
            },
        )
    }),
    ("stamp_without_certificate", |s| {
        stamp(s, |_| {}, |wanted| wanted.certificates.clear())
    }),
    ("stamp_with_page_swapped", |s| stamp(s, evil, |_| {})),
    ("stamp_with_action", |s| {
        stamp(
            s,
            |raw| raw.extend(CATALOG, "/OpenAction[3 0 R/Fit]"),
            |_| {},
        )
    }),
    ("stamp_with_an_unused_object", |s| {
        stamp(
            s,
            |raw| {
                raw.add("(x)");
            },
            |_| {},
        )
    }),
    ("stamp_is_garbage", |s| {
        stamp_by(s, &s.kept, |_| {}, Hand::new(|_| vec![0x30, 3, 2, 1, 5]))
    }),
    ("stamp_is_a_signature", |s| {
        stamp_by(s, &s.kept, |_| {}, s.hand(&s.signers[1]))
    }),
    ("stamp_of_another_key", |s| {
        let forger = crate::signature::tests::pki::Holder {
            pair: Pair::p256(),
            certificate: s.pki.authority.certificate.clone(),
        };
        let hand = Hand::new(move |covered| {
            s.token(Sha256::of(covered).as_bytes(), ARCHIVED)
                .by(&forger)
        });
        stamp_by(s, &s.kept, |_| {}, hand)
    }),
    ("stamp_of_an_earlier_state", |s| {
        // The token is real, but of the state before the evidence.
        let digest = Sha256::of(&s.stamped);
        let hand = Hand::new(move |_| s.token(digest.as_bytes(), ARCHIVED).by(&s.pki.authority));
        stamp_by(s, &s.kept, |_| {}, hand)
    }),
    ("evil_after_the_document_time_stamp", |s| {
        let mut raw = Raw::on(&s.archived);
        evil(&mut raw);
        s.archive(&raw.finish(), "20261122170500Z").into()
    }),
];

/// Adds to a copy with one signature, B-T.
fn store(stage: &Stage, change: impl FnOnce(&mut Raw)) -> Attack {
    let mut raw = Raw::on(&stage.stamped);
    change(&mut raw);
    raw.finish().into()
}

/// Adds a document time-stamp by hand.
fn stamp(stage: &Stage, change: impl FnOnce(&mut Raw), wanted: fn(&mut WantedToken)) -> Attack {
    let hand = Hand::new(move |covered| {
        let mut token = stage.token(Sha256::of(covered).as_bytes(), ARCHIVED);
        wanted(&mut token);
        token.by(&stage.pki.authority)
    });
    stamp_by(stage, &stage.kept, change, hand)
}

/// The same over another file, and by another hand.
pub(super) fn stamp_by(
    _stage: &Stage,
    file: &[u8],
    change: impl FnOnce(&mut Raw),
    mut hand: Hand<'_>,
) -> Attack {
    hand.entries = "/Type/DocTimeStamp/SubFilter/ETSI.RFC3161".into();
    let mut raw = Raw::on(file);
    change(&mut raw);
    let number = raw.number();
    let field = raw.add(format!("<</FT/Sig/T(time-stamp-1)/V {number} 0 R>>"));
    let listed = samples::body(file, form(file));
    let (before, after) = listed.split_once("/Fields[").unwrap();
    let (fields, after) = after.split_once(']').unwrap();
    raw.put(
        form(file),
        format!("{before}/Fields[{fields} {field} 0 R]{after}"),
    );
    raw.sign_alone(number, &hand).into()
}

/// Returns the number of the store's first certificate.
fn first_item(file: &str) -> u32 {
    let (_, number) = file.rsplit_once("/Certs[").unwrap();
    let (number, _) = number.split_once(' ').unwrap();
    number.parse().unwrap()
}
