//! What the fold keeps, and how it is asked for.

use super::script::{Setting, day, parsed};
use crate::agreement::{AgreementId, PartyCode, SeatId, Sha256, VersionNumber};
use crate::register::{CopyState, Entry, Event, HeadPlace, Tally};

const LINES: [&str; 17] = [
    "1 2024-01-10 issue 1443",
    "2 2024-01-12 authorise 1443 2024-01-01 certificate=k to=2024-12-31 allowed=2024-12-31",
    "3 2024-01-13 relieve 1443 2 2024-06-30",
    "4 2024-01-14 relieve 1443 2 2024-09-30",
    "5 2024-02-02 decide 1443 KS 2024-02-01 approved_with_condition",
    "6 2024-02-03 settle 1443 5 refused",
    "7 2024-02-04 settle 1443 5 resolved",
    "8 2024-02-05 decline 1443 2024-02-04",
    "9 2024-02-06 retract 1443 2024-02-05",
    "10 2024-02-07 notice 1443 2024-02-06",
    "11 2024-02-08 change 1443 2024-02-01 renamed",
    "12 2024-02-09 recommend VästKom 2024-01-30 approved",
    "13 2024-02-10 erase scan",
    "14 2024-02-11 erase scan",
    "15 2024-02-12 ink b1443 1443-chair 2024-02-11",
    "16 2024-02-12 ink b1443 1443-chair,1443-countersigner 2024-02-10",
    "17 2024-02-13 correct 10 strike",
];

fn entries(lines: &[&str]) -> Vec<Entry> {
    let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
    Setting::usual().entries(&lines)
}

fn copy(tally: &Tally) -> &CopyState {
    &tally.copies[&parsed("familjecentral-1.0-b1443")]
}

#[test]
fn everything_entered_can_be_asked_for() {
    let entries = entries(&LINES);
    let tally = Tally::fold(&entries);
    let agreement: AgreementId = parsed("familjecentral");
    let version: VersionNumber = parsed("1.0");
    let party: PartyCode = parsed("1443");
    let other: PartyCode = parsed("1490");

    let decisions = tally.decisions(&agreement, version, &party);
    assert_eq!(decisions.len(), 1);
    assert_eq!((decisions[0].seq, decisions[0].at), (5, entries[4].at));
    let settled = tally.settlement(&decisions[0]).unwrap();
    assert_eq!((settled.seq, settled.body.is_resolved), (7, true));
    assert_eq!(tally.declines(&agreement, version, &party)[0].seq, 8);
    assert_eq!(tally.retractions(&agreement, version, &party)[0].seq, 9);
    assert_eq!(tally.party_changes(&party)[0].seq, 11);
    assert_eq!(tally.recommendations(&agreement, version)[0].seq, 12);
    assert!(tally.decisions(&agreement, version, &other).is_empty());
    assert!(
        tally
            .decisions(&agreement, parsed("1.1"), &party)
            .is_empty()
    );
    assert!(tally.party_changes(&other).is_empty());

    let scan = Sha256::of(b"scan");
    assert_eq!(
        tally.erased_at(scan),
        Some(entries[12].at),
        "the first time"
    );
    assert_eq!(tally.erased_at(Sha256::of(b"other")), None);

    assert!(
        tally.notices(&agreement, version).is_empty(),
        "it was struck"
    );
    assert_eq!(tally.correction_of(10).unwrap().seq, 17);
    assert!(tally.correction_of(11).is_none());
    let before = Tally::fold(&entries[..16]);
    assert_eq!(before.notices(&agreement, version)[0].seq, 10);
}

#[test]
fn authority_ends_with_the_earliest_of_its_days() {
    let tally = Tally::fold(&entries(&LINES));
    let party: PartyCode = parsed("1443");
    let known = tally.authorities(&party, &parsed("familjecentral"));
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].reliefs.len(), 2);
    assert_eq!(known[0].last_day(0), Some(day("2024-06-30")));
    assert_eq!(known[0].last_day(1), None, "there is no such person");
    assert_eq!(tally.authorities(&party, &parsed("other")).len(), 1);
    assert!(
        tally
            .authorities(&parsed("1490"), &parsed("familjecentral"))
            .is_empty()
    );
}

#[test]
fn authority_for_one_agreement_is_none_for_another() {
    let mut entries = entries(&LINES[..2]);
    entries[1].agreement = Some(parsed("familjecentral"));
    let tally = Tally::fold(&entries);
    let party: PartyCode = parsed("1443");
    assert_eq!(
        tally.authorities(&party, &parsed("familjecentral")).len(),
        1
    );
    assert!(tally.authorities(&party, &parsed("other")).is_empty());
    assert_eq!(tally.authorities_of(&party).len(), 1);
}

#[test]
fn a_seat_signed_on_paper_is_not_open() {
    let tally = Tally::fold(&entries(&LINES));
    let copy = copy(&tally);
    let open: Vec<&str> = copy.open_seats().map(SeatId::as_str).collect();
    assert_eq!(open, ["14-chair", "14-director"]);
    let (paper, _) = copy.paper(&parsed("1443-chair")).unwrap();
    assert_eq!(paper.seq, 16, "of two papers the one signed first");
    assert_eq!(copy.inked.len(), 2);
    assert!(
        copy.signed.is_empty(),
        "paper is never an electronic signature"
    );
}

#[test]
fn a_file_judged_anew_is_no_head_and_no_state_of_its_own() {
    let lines = [
        "1 2024-01-10 issue 1443",
        "2 2024-01-12 receive b1443 1443-chair to_confirm",
        "3 2024-01-13 rejudge b1443 1443-chair counts",
        "4 2024-01-14 rejudge b1443 1443-chair refused",
    ];
    let entries = entries(&lines);
    let file = Sha256::of(b"b14431443-chair");
    let base = |tally: &Tally| copy(tally).issued.base;
    for (count, place) in [(2, None), (3, Some(HeadPlace::Newest)), (4, None)] {
        let tally = Tally::fold(&entries[..count]);
        let found = tally.copy_with_head(file).map(|(_, place)| place);
        assert_eq!(found, place, "after {count}");
        assert_eq!(copy(&tally).states().count(), 2, "after {count}");
        let head = copy(&tally).head();
        assert_eq!(head == base(&tally), place.is_none(), "after {count}");
    }
}

#[test]
fn what_the_program_did_is_no_matter_of_correction() {
    let entries = entries(&LINES);
    let is_correctable = |seq: usize| entries[seq - 1].event.is_correctable();
    for seq in (2..=12).chain([15, 16, 17]) {
        assert!(is_correctable(seq), "{seq}");
    }
    for seq in [1, 13, 14] {
        assert!(!is_correctable(seq), "{seq}");
    }
    let Event::Corrected(corrected) = &entries[16].event else {
        unreachable!("the last entry corrects");
    };
    assert!(corrected.can_correct(&entries[4].event));
    assert!(!corrected.can_correct(&entries[0].event));
}
