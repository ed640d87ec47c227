mod again;
mod bound;
mod checkpoint;
mod consultations;
mod receipt;
mod tree;

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::agreement::{CopyId, Form, Level, PartyCode, SeatId, Sha256};

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
        despite_comments: None,
        relation: None,
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
        way: Way::Zip,
    })
}

fn seat(name: &str) -> SeatId {
    name.parse().unwrap()
}

fn head(name: &str) -> Sha256 {
    Sha256::of(name.as_bytes())
}

fn sealed(name: &str, before: &str, after: &str) -> Event {
    Event::Sealed(Sealed {
        certificate: Sha256::of(b"seal"),
        certifies: false,
        copy: copy(name),
        head_after: head(after),
        head_before: head(before),
        level: Level::T,
        size_bytes: 2,
    })
}

fn signed(name: &str, in_seat: &str, before: &str, after: &str) -> Event {
    Event::Signed(Signed {
        as_role: "vice_chair".parse().unwrap(),
        certificate: Sha256::of(in_seat.as_bytes()),
        copy: copy(name),
        head_after: head(after),
        head_before: head(before),
        level: Level::T,
        seat: seat(in_seat),
        size_bytes: 3,
        stamped_at: Some(at(30)),
        standing: None,
    })
}

fn extended(name: &str, before: &str, after: &str) -> Event {
    Event::Extended(Extended {
        copy: copy(name),
        head_after: head(after),
        head_before: head(before),
        level: Level::Lta,
        size_bytes: 4,
        stamped_at: None,
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
fn an_entry_of_a_signature_names_both_heads() {
    let name = "familjecentral-1.0-b1443";
    let bytes = |event| String::from_utf8(entry(4, event).to_bytes().unwrap()).unwrap();
    insta::assert_snapshot!(bytes(signed(name, "1443-chair", "a", "b")), @r#"{"actor":"Registrator Å","agreement":"familjecentral","at":"2026-11-21T22:05:04.120Z","body":{"as_role":"vice_chair","certificate":"e7a6025ac9cfeefc9ebe35ac7550916cdf96c85d342ca3179dc254da4377e3ea","copy":"familjecentral-1.0-b1443","head_after":"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d","head_before":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","level":"B-T","seat":"1443-chair","size_bytes":3,"stamped_at":"2026-11-21T22:05:30.120Z"},"kind":"Signed","seq":4,"v":1}"#);
    insta::assert_snapshot!(bytes(sealed(name, "a", "b")), @r#"{"actor":"Registrator Å","agreement":"familjecentral","at":"2026-11-21T22:05:04.120Z","body":{"certificate":"f0f668bf610e5cf9f11d2aa50f924ada10797100e8f05de085842ddb6370a867","certifies":false,"copy":"familjecentral-1.0-b1443","head_after":"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d","head_before":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","level":"B-T","size_bytes":2},"kind":"Sealed","seq":4,"v":1}"#);
    insta::assert_snapshot!(bytes(extended(name, "a", "b")), @r#"{"actor":"Registrator Å","agreement":"familjecentral","at":"2026-11-21T22:05:04.120Z","body":{"copy":"familjecentral-1.0-b1443","head_after":"3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d","head_before":"ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb","level":"B-LTA","size_bytes":4,"stamped_at":null},"kind":"Extended","seq":4,"v":1}"#);
    for event in [
        signed(name, "1443-chair", "a", "b"),
        sealed(name, "a", "b"),
        extended(name, "a", "b"),
    ] {
        let entry = entry(4, event);
        assert_eq!(
            Entry::from_bytes(4, &entry.to_bytes().unwrap()).unwrap(),
            entry
        );
        assert_eq!(entry.event.documents(), [head("b")]);
    }
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

#[test]
fn signatures_are_folded_seat_by_seat_and_head_by_head() {
    let name = "familjecentral-1.0-b1443";
    let two_seats = Issued {
        seats: vec![seat("1443-chair"), seat("14-chair")],
        ..issued(name)
    };
    let entries = [
        entry(1, Event::Issued(two_seats)),
        entry(2, sealed(name, name, "sealed")),
        entry(3, signed(name, "14-chair", "sealed", "one")),
        entry(4, signed(name, "1443-chair", "one", "two")),
        entry(5, extended(name, "two", "three")),
    ];
    let state = |count: usize| Tally::fold(&entries[..count]).copies[&copy(name)].clone();
    assert_eq!(
        (state(1).head(), state(1).head_size_bytes()),
        (head(name), 1)
    );
    assert_eq!((state(1).level(), state(1).is_complete()), (None, false));
    assert_eq!(state(2).head(), head("sealed"));
    assert_eq!(state(2).sealed.unwrap().certificate, Sha256::of(b"seal"));
    assert_eq!(
        state(3).open_seats().collect::<Vec<_>>(),
        [&seat("1443-chair")]
    );
    assert!(state(4).is_complete());
    assert_eq!(state(4).level(), Some(Level::T));
    let last = state(5);
    assert_eq!((last.head(), last.head_size_bytes()), (head("three"), 4));
    assert_eq!(last.level(), Some(Level::Lta));
    assert_eq!(last.extended.unwrap().at, at(5));
    assert!(!last.forked);
    let chair = &last.signed[&seat("1443-chair")];
    assert_eq!((chair.at, chair.stamped_at), (at(4), Some(at(30))));
    assert_eq!(chair.as_role.as_str(), "vice_chair");

    let tally = Tally::fold(&entries);
    let place = |digest| tally.copy_with_head(digest).map(|(_, place)| place);
    for earlier in [name, "sealed", "one", "two"] {
        assert_eq!(place(head(earlier)), Some(HeadPlace::Earlier), "{earlier}");
    }
    assert_eq!(place(head("three")), Some(HeadPlace::Newest));
    assert_eq!(place(head("four")), None);
}

#[test]
fn a_fork_loses_neither_branch() {
    let name = "familjecentral-1.0-b1443";
    let tally = Tally::fold(&[
        entry(1, Event::Issued(issued(name))),
        entry(2, signed(name, "1443-chair", name, "left")),
        entry(3, signed(name, "14-chair", name, "right")),
        entry(4, signed(name, "1443-chair", "right", "further")),
    ]);
    let state = &tally.copies[&copy(name)];
    assert!(state.forked);
    assert_eq!(state.head(), head("further"));
    assert_eq!(state.heads.len(), 4);
    assert_eq!(state.signed.len(), 2);
    assert_eq!(
        state.signed[&seat("1443-chair")].at,
        at(2),
        "the first counts"
    );
    let place = |name| tally.copy_with_head(head(name)).map(|(_, place)| place);
    assert_eq!(place("left"), Some(HeadPlace::Newest));
    assert_eq!(place("right"), Some(HeadPlace::Earlier));
    assert_eq!(place("further"), Some(HeadPlace::Newest));
}

fn received(name: &str, follows: &str, file: &str, place: ReceivedPlace) -> Received {
    Received {
        arrival: Arrival::File,
        conclusion: Judgement::TotalPassed,
        copy: Some(copy(name)),
        file: head(file),
        follows: Some(head(follows)),
        place,
        seats: Vec::new(),
        size_bytes: 9,
        verdict: Sha256::of(b"verdict"),
    }
}

fn received_seat(in_seat: &str, standing: Standing) -> ReceivedSeat {
    ReceivedSeat {
        as_role: (standing == Standing::Counts).then(|| "chair".parse().unwrap()),
        certificate: Sha256::of(in_seat.as_bytes()),
        level: Level::T,
        seat: seat(in_seat),
        stamped_at: Some(at(30)),
        standing,
    }
}

fn confirmed(name: &str, in_seat: &str) -> Event {
    let (ground, _) = Commitment::to("Ringde upp henne", [7; 32]);
    Event::Confirmed(Confirmed {
        as_role: "vice_chair".parse().unwrap(),
        certificate: Sha256::of(in_seat.as_bytes()),
        copy: copy(name),
        ground,
        seat: seat(in_seat),
    })
}

fn withdrawn(name: &str, seq: u64) -> Event {
    let (ground, _) = Commitment::to("Det var fel person", [7; 32]);
    Event::Withdrawn(Withdrawn {
        confirmed: seq,
        copy: copy(name),
        ground,
    })
}

#[test]
fn entries_of_what_came_back_have_one_form() {
    let name = "familjecentral-1.0-b1443";
    let mut file = received(name, "a", "b", ReceivedPlace::Newer);
    file.seats
        .push(received_seat("1443-chair", Standing::ToConfirm));
    let events = [
        Event::Received(file.clone()),
        confirmed(name, "1443-chair"),
        withdrawn(name, 3),
    ];
    for event in events {
        let entry = entry(4, event);
        let bytes = entry.to_bytes().unwrap();
        assert_eq!(Entry::from_bytes(4, &bytes).unwrap(), entry);
        assert_eq!(entry.event.step(), None);
    }
    let bytes = entry(4, Event::Received(file.clone())).to_bytes().unwrap();
    let text = String::from_utf8(bytes).unwrap();
    for part in [
        r#""kind":"Received""#,
        r#""arrival":"file""#,
        r#""conclusion":"total-passed""#,
        r#""place":"newer""#,
        r#""standing":"to_confirm""#,
        r#""stamped_at":"2026-11-21T22:05:30.120Z""#,
    ] {
        assert!(text.contains(part), "{text}\nlacks {part}");
    }
    assert_eq!(
        Event::Received(file).documents(),
        [head("b"), Sha256::of(b"verdict")]
    );
}

#[test]
fn a_received_file_whose_signatures_count_is_the_next_head() {
    let name = "familjecentral-1.0-b1443";
    let mut file = received(name, name, "back", ReceivedPlace::Newer);
    file.seats
        .push(received_seat("1443-chair", Standing::Counts));
    let tally = Tally::fold(&[
        entry(1, Event::Issued(issued(name))),
        entry(2, Event::Received(file.clone())),
    ]);
    let state = &tally.copies[&copy(name)];
    assert_eq!((state.head(), state.head_size_bytes()), (head("back"), 9));
    assert!(state.is_complete() && !state.forked);
    assert_eq!(state.signed[&seat("1443-chair")].as_role.as_str(), "chair");
    let place = |name| tally.copy_with_head(head(name)).map(|(_, place)| place);
    assert_eq!(place(name), Some(HeadPlace::Earlier));
    assert_eq!(place("back"), Some(HeadPlace::Newest));
    assert_eq!(tally.received(head("back")).count(), 1);
    assert_eq!(tally.received(head("other")).count(), 0);
}

#[test]
fn a_signature_of_nobody_known_waits_and_moves_no_head() {
    let name = "familjecentral-1.0-b1443";
    let mut first = received(name, name, "one", ReceivedPlace::Newer);
    first
        .seats
        .push(received_seat("1443-chair", Standing::ToConfirm));
    let mut second = received(name, "one", "two", ReceivedPlace::Newer);
    second
        .seats
        .push(received_seat("1443-chair", Standing::ToConfirm));
    second
        .seats
        .push(received_seat("14-chair", Standing::Counts));
    let entries = [
        entry(1, Event::Issued(issued(name))),
        entry(2, Event::Received(first)),
        entry(3, Event::Received(second)),
        entry(4, confirmed(name, "1443-chair")),
        entry(5, withdrawn(name, 4)),
    ];
    let state = |count: usize| Tally::fold(&entries[..count]).copies[&copy(name)].clone();
    assert_eq!((state(2).head(), state(2).signed.len()), (head(name), 0));
    assert_eq!(
        state(2).to_confirm().collect::<Vec<_>>(),
        [(&seat("1443-chair"), Sha256::of(b"1443-chair"))]
    );
    assert_eq!(state(3).head(), head(name));
    let states: Vec<Sha256> = state(3).states().map(|head| head.digest).collect();
    assert_eq!(states, [head(name), head("one"), head("two")]);
    assert_eq!(state(3).signed.len(), 1, "one seat counts where it stands");

    let confirmed = state(4);
    assert_eq!(confirmed.to_confirm().count(), 0);
    assert_eq!(confirmed.head(), head("two"));
    assert_eq!(confirmed.heads.len(), 3);
    assert!(!confirmed.forked);
    let chair = &confirmed.signed[&seat("1443-chair")];
    assert_eq!((chair.as_role.as_str(), chair.at), ("vice_chair", at(2)));

    let withdrawn = state(5);
    assert_eq!(withdrawn.head(), head(name));
    assert_eq!(withdrawn.signed.len(), 1);
    assert_eq!(withdrawn.to_confirm().count(), 1);
    assert!(withdrawn.confirmations[0].withdrawn.is_some());
}

#[test]
fn a_refused_signature_is_kept_and_can_be_confirmed_by_nobody() {
    let name = "familjecentral-1.0-b1443";
    let mut file = received(name, name, "bad", ReceivedPlace::Newer);
    file.seats
        .push(received_seat("1443-chair", Standing::Refused));
    let mut again = file.clone();
    again.place = ReceivedPlace::Same;
    again.seats = vec![received_seat("1443-chair", Standing::Counts)];
    let entries = [
        entry(1, Event::Issued(issued(name))),
        entry(2, Event::Received(file)),
        entry(3, confirmed(name, "1443-chair")),
        entry(4, Event::Received(again)),
    ];
    let state = |count: usize| Tally::fold(&entries[..count]).copies[&copy(name)].clone();
    assert_eq!((state(3).head(), state(3).signed.len()), (head(name), 0));
    assert_eq!(state(3).received.len(), 1);
    assert_eq!(
        state(4).head(),
        head("bad"),
        "judged again, with the right anchor"
    );
    assert_eq!(state(4).signed.len(), 1);
}

#[test]
fn a_received_fork_counts_and_leaves_the_newest_head_as_it_was() {
    let name = "familjecentral-1.0-b1443";
    let mut file = received(name, name, "branch", ReceivedPlace::Fork);
    file.seats.push(received_seat("14-chair", Standing::Counts));
    let entries = [
        entry(1, Event::Issued(issued(name))),
        entry(2, signed(name, "1443-chair", name, "main")),
        entry(3, Event::Received(file)),
        entry(4, signed(name, "14-witness", "main", "further")),
    ];
    let state = |count: usize| Tally::fold(&entries[..count]).copies[&copy(name)].clone();
    assert!(!state(2).forked && state(3).forked);
    assert_eq!(state(3).head(), head("main"));
    assert_eq!(state(3).signed.len(), 2);
    assert_eq!(state(4).head(), head("further"));
    let tally = Tally::fold(&entries);
    let place = |name| tally.copy_with_head(head(name)).map(|(_, place)| place);
    assert_eq!(place("branch"), Some(HeadPlace::Newest));
    assert_eq!(place("main"), Some(HeadPlace::Earlier));
}

#[test]
fn a_foreign_file_is_kept_apart_and_later_levels_are_kept() {
    let name = "familjecentral-1.0-b1443";
    let foreign = Received {
        copy: None,
        follows: None,
        ..received(name, name, "foreign", ReceivedPlace::Foreign)
    };
    let mut file = received(name, "two", "three", ReceivedPlace::Newer);
    file.seats.push(ReceivedSeat {
        level: Level::Lta,
        ..received_seat("1443-chair", Standing::Counts)
    });
    let tally = Tally::fold(&[
        entry(1, Event::Issued(issued(name))),
        entry(2, Event::Received(foreign)),
        entry(3, signed(name, "1443-chair", name, "two")),
        entry(4, Event::Received(file)),
    ]);
    assert_eq!(tally.foreign.len(), 1);
    assert_eq!(tally.received(head("foreign")).count(), 1);
    let state = &tally.copies[&copy(name)];
    assert_eq!(state.heads.len(), 3);
    let chair = &state.signed[&seat("1443-chair")];
    assert_eq!((chair.level, chair.at), (Level::Lta, at(3)));
    assert_eq!(
        chair.as_role.as_str(),
        "vice_chair",
        "as it was entered first"
    );
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
}
