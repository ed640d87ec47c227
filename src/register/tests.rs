use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::agreement::{CopyId, Form, PartyCode, Sha256};

fn at(second: u32) -> DateTime<Utc> {
    format!("2026-11-21T22:05:{second:02}.120Z")
        .parse()
        .unwrap()
}

fn entry(seq: u64, event: Event) -> Entry {
    let agreement = (!matches!(event, Event::Opened(_) | Event::Restored(_)))
        .then(|| "familjecentral".parse().unwrap());
    Entry {
        actor: "Registrator Å".parse().unwrap(),
        agreement,
        at: at(u32::try_from(seq).unwrap()),
        event,
        seq,
        v: FORMAT,
    }
}

fn copy(name: &str) -> CopyId {
    name.parse().unwrap()
}

fn party(code: &str) -> PartyCode {
    code.parse().unwrap()
}

fn issued(name: &str) -> Issued {
    Issued {
        base: Sha256::of(name.as_bytes()),
        copy: copy(name),
        data: Sha256::of(b"data"),
        engine: Engine {
            sigill: "0.1.0".into(),
            template: "t".into(),
            typesetting: "t".into(),
        },
        file_name: format!("{name}-bollebygd.pdf"),
        form: Form::Bilateral,
        holder: Some(party("1443")),
        parties: vec![party("1443"), party("14")],
        seats: vec!["1443-chair".parse().unwrap()],
        size_bytes: 1,
        text_digest: Sha256::of(b"text"),
        version: "1.0".parse().unwrap(),
    }
}

fn published() -> Event {
    Event::Published(Published {
        body_digest: Sha256::of(b"body"),
        bundle: Sha256::of(b"bundle"),
        text_digest: Sha256::of(b"text"),
        version: "1.0".parse().unwrap(),
    })
}

fn voided(name: &str) -> Event {
    let (reason, _) = Commitment::to("fel", [7; 32]);
    Event::Voided(Voided {
        copy: copy(name),
        reason,
    })
}

fn sent(name: &str, to: &str) -> Event {
    Event::Sent(Sent {
        copies: vec![copy(name)],
        party: party(to),
        way: "zip".into(),
    })
}

#[test]
fn an_entry_is_one_canonical_json_object() {
    let opened = Event::Opened(Opened {
        origin: "sigill-0a".into(),
        public_key: "k".into(),
    });
    let bytes = entry(0, opened).to_bytes().unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"{"actor":"Registrator Å","agreement":null,"at":"2026-11-21T22:05:00.120Z","body":{"origin":"sigill-0a","public_key":"k"},"kind":"Opened","seq":0,"v":1}"#);
    let bytes = entry(3, sent("familjecentral-1.0-b1443", "14"))
        .to_bytes()
        .unwrap();
    insta::assert_snapshot!(String::from_utf8(bytes).unwrap(), @r#"{"actor":"Registrator Å","agreement":"familjecentral","at":"2026-11-21T22:05:03.120Z","body":{"copies":["familjecentral-1.0-b1443"],"party":"14","way":"zip"},"kind":"Sent","seq":3,"v":1}"#);
}

#[test]
fn only_the_stored_bytes_are_the_entry() {
    let bytes = entry(3, sent("familjecentral-1.0-b1443", "14"))
        .to_bytes()
        .unwrap();
    assert!(Entry::from_bytes(3, &bytes).is_ok());
    assert!(matches!(
        Entry::from_bytes(4, &bytes),
        Err(EntryError::OutOfOrder { seq: 4, found: 3 })
    ));
    let text = String::from_utf8(bytes).unwrap();
    let read = |text: String| Entry::from_bytes(3, text.as_bytes()).unwrap_err();
    assert!(matches!(
        read(text.replace(":3,", ": 3,")),
        EntryError::NotCanonical { seq: 3 }
    ));
    assert!(matches!(
        read(text.replace("\"v\":1", "\"v\":2")),
        EntryError::Newer { seq: 3, found: 2 }
    ));
    assert!(matches!(
        read(text.replace("\"Sent\"", "\"Sung\"")),
        EntryError::Unreadable { .. }
    ));
    assert!(matches!(
        read(text.replace("\"way\"", "\"wax\"")),
        EntryError::Unreadable { .. }
    ));
    let newer = r#"{"v":9,"seq":3,"more":true}"#.to_owned();
    assert!(matches!(
        read(newer),
        EntryError::Newer { seq: 3, found: 9 }
    ));
}

#[test]
fn a_leaf_is_hashed_with_its_prefix() {
    // RFC 6962 §2.1: the leaf hash of the empty entry is SHA-256 of one zero byte.
    let empty = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(leaf_hash(b"").to_string(), empty);
}

#[test]
fn words_can_be_erased_and_the_commitment_stays() {
    let (commitment, document) = Commitment::to("Skickad till fel kommun", [1; 32]);
    assert_eq!(
        commitment.words(&document).as_deref(),
        Some("Skickad till fel kommun")
    );
    assert_eq!(commitment.words(b"another document"), None);
    let (other, _) = Commitment::to("Skickad till fel kommun", [2; 32]);
    assert_ne!(commitment, other, "the salt keeps equal words from showing");
}

#[test]
fn state_is_a_fold() {
    let (first, second) = ("familjecentral-1.0-b1443", "familjecentral-1.0-b1443-r2");
    let entries = [
        entry(1, published()),
        entry(2, Event::Issued(issued(first))),
        entry(3, sent(first, "14")),
        entry(4, voided(first)),
        entry(
            5,
            Event::Reissued(Reissued {
                issued: issued(second),
                replaces: copy(first),
            }),
        ),
    ];
    let agreement = "familjecentral".parse().unwrap();
    let version = "1.0".parse().unwrap();
    let live = |tally: &Tally| {
        let holder = party("1443");
        tally
            .live_copy(&agreement, version, Form::Bilateral, Some(&holder))
            .map(|copy| copy.issued.copy.to_string())
    };
    assert_eq!(live(&Tally::fold(&entries[..1])), None);
    assert_eq!(live(&Tally::fold(&entries[..3])).as_deref(), Some(first));
    assert_eq!(live(&Tally::fold(&entries[..4])), None);
    let tally = Tally::fold(&entries);
    assert_eq!(live(&tally).as_deref(), Some(second));
    let old = &tally.copies[&copy(first)];
    assert_eq!(old.sent.get(&party("14")), Some(&at(3)));
    assert_eq!(old.voided.map(|(at, _)| at), Some(at(4)));
    assert_eq!(tally.copies[&copy(second)].replaces, Some(copy(first)));
    assert_eq!(
        tally.copies_of(&agreement, version, Form::Bilateral).len(),
        2
    );
    assert!(tally.copies_of(&agreement, version, Form::Joint).is_empty());
}

proptest! {
    #[test]
    fn entries_come_back_as_they_were(seq in 0_u64..1 << 40, actor in "[a-zåäö]{1,20}", reason in "\\PC{0,40}") {
        let (reason, _) = Commitment::to(&reason, [3; 32]);
        let event = Event::Restored(Restored { backup: Sha256::of(b"b"), entries: seq, reason, replaced_entries: None });
        let entry = Entry { actor: actor.parse().unwrap(), agreement: None, at: at(9), event, seq, v: FORMAT };
        let bytes = entry.to_bytes().unwrap();
        prop_assert_eq!(Entry::from_bytes(seq, &bytes).unwrap(), entry);
    }

    #[test]
    fn a_changed_byte_is_never_the_same_leaf(at in 0_usize..400, bit in 0_u8..8) {
        let bytes = entry(3, Event::Issued(issued("familjecentral-1.0-b1443"))).to_bytes().unwrap();
        let mut changed = bytes.clone();
        let at = at % changed.len();
        changed[at] ^= 1 << bit;
        prop_assert_ne!(leaf_hash(&bytes), leaf_hash(&changed));
    }

    #[test]
    fn folding_in_two_steps_is_folding_in_one(cut in 0_usize..5) {
        let name = "familjecentral-1.0-b1443";
        let entries =
            [entry(1, published()), entry(2, Event::Issued(issued(name))), entry(3, sent(name, "14")), entry(4, voided(name))];
        let mut tally = Tally::fold(&entries[..cut.min(4)]);
        entries.iter().skip(cut).for_each(|entry| tally.add(entry));
        prop_assert_eq!(tally, Tally::fold(&entries));
    }
}
