use super::*;
use crate::agreement::{ClauseId, Name};
use crate::calendar::Timeliness;

fn commitment(text: &str) -> Commitment {
    Commitment {
        commitment: Sha256::of(text.as_bytes()),
    }
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn clause(id: &str) -> ClauseId {
    id.parse().unwrap()
}

/// The window of the county's own consultation: 123 days, the last of them a Saturday.
fn opened() -> Event {
    let recipient = |id: &str| Recipient {
        id: name(id),
        name: name(&format!("Remissinstans {id}")),
        party: id.parse().ok().filter(|_| id != "kpf"),
    };
    Event::ConsultationOpened(ConsultationOpened {
        answer_by: "2022-12-10".parse().unwrap(),
        bundle: Sha256::of(b"bundle"),
        opens_on: "2022-08-10".parse().unwrap(),
        recipients: ["1443", "1490", "kpf"].map(recipient).into(),
        text_digest: Sha256::of(b"text"),
        version: "0.9".parse().unwrap(),
    })
}

fn answered(by: &str, day: &str, clauses: &[(&str, Stance, bool)]) -> Event {
    let clauses = clauses.iter().map(|(id, stance, has_words)| ClauseAnswer {
        clause: clause(id),
        comment: has_words.then(|| commitment(id)),
        stance: *stance,
    });
    Event::Answered(Answered {
        by: name(by),
        clauses: clauses.collect(),
        consultation: 0,
        document: None,
        general: None,
        received_on: day.parse().unwrap(),
    })
}

fn considered(answer: u64, of: Option<&str>, disposition: Disposition) -> Event {
    Event::Considered(Considered {
        answer,
        changed: Vec::new(),
        clause: of.map(clause),
        disposition,
        reason: commitment("skäl"),
    })
}

fn fold(events: Vec<Event>) -> ConsultationState {
    let entries: Vec<Entry> = (0..)
        .zip(events)
        .map(|(seq, event)| entry(seq, event))
        .collect();
    let tally = Tally::fold(&entries);
    let states = tally.consultations(&"familjecentral".parse().unwrap());
    assert_eq!(states.len(), 1);
    states[0].clone()
}

fn open(state: &ConsultationState) -> Vec<(u64, Option<&str>)> {
    let open = state.open_comments();
    open.map(|it| (it.answer.seq, it.clause().map(ClauseId::as_str)))
        .collect()
}

#[test]
fn a_later_answer_takes_the_place_of_an_earlier_one() {
    let state = fold(vec![
        opened(),
        answered("1443", "2022-12-10", &[("syfte", Stance::Reject, true)]),
        answered("1490", "2022-12-11", &[("syfte", Stance::Support, false)]),
        answered("1443", "2022-12-13", &[("mal", Stance::Comment, true)]),
    ]);
    let marks: Vec<Timeliness> = state.answers.iter().map(|it| it.timeliness).collect();
    let late = |days| Timeliness::Late { days };
    assert_eq!(marks, [Timeliness::InTime, late(1), late(3)]);
    assert_eq!(state.answers[0].replaced_by, Some(3));
    let standing: Vec<u64> = state.standing().map(|answer| answer.seq).collect();
    assert_eq!(standing, [3, 2]);
    let missing: Vec<&str> = state.missing().map(|it| it.id.as_str()).collect();
    assert_eq!(missing, ["kpf"]);
    assert_eq!(open(&state), [(3, Some("mal"))]);
}

#[test]
fn what_asks_for_a_stand_is_open_until_someone_takes_one() {
    let clauses = [
        ("syfte", Stance::Support, false),
        ("mal", Stance::Reject, false),
        ("malgrupp", Stance::Support, true),
        ("ledning", Stance::Abstain, false),
        ("ekonomi", Stance::SupportWithChange, true),
    ];
    let mut events = vec![opened(), answered("1443", "2022-11-01", &clauses)];
    let all = [
        (1, Some("mal")),
        (1, Some("malgrupp")),
        (1, Some("ekonomi")),
    ];
    assert_eq!(open(&fold(events.clone())), all);
    events.push(considered(1, Some("mal"), Disposition::TakenIn));
    events.push(considered(1, Some("ekonomi"), Disposition::NotTakenIn));
    // Of nothing that is there, and of no answer.
    events.push(considered(1, None, Disposition::TakenIn));
    events.push(considered(0, Some("malgrupp"), Disposition::TakenIn));
    events.push(considered(1, Some("ekonomi"), Disposition::TakenInPart));
    let state = fold(events);
    assert_eq!(open(&state), [(1, Some("malgrupp"))]);
    let ruling: Vec<Disposition> = state
        .comments()
        .filter_map(|comment| Some(comment.considered?.body.disposition))
        .collect();
    assert_eq!(ruling, [Disposition::TakenIn, Disposition::TakenInPart]);
}

#[test]
fn corrections_are_honoured() {
    let mut events = vec![
        opened(),
        answered("1443", "2022-11-01", &[("mal", Stance::Reject, true)]),
        answered("1443", "2022-12-11", &[("mal", Stance::Support, false)]),
    ];
    assert_eq!(open(&fold(events.clone())), []);
    // The second was another body's: struck, the first counts again.
    events.push(Event::Corrected(Corrected {
        entry: 2,
        instead: None,
        reason: commitment("fel avsändare"),
    }));
    let state = fold(events.clone());
    assert_eq!(open(&state), [(1, Some("mal"))]);
    assert_eq!(state.answers[0].replaced_by, None);
    events.push(considered(1, Some("mal"), Disposition::NotTakenIn));
    assert_eq!(open(&fold(events.clone())), []);
    events.push(Event::Corrected(Corrected {
        entry: 4,
        instead: None,
        reason: commitment("fel synpunkt"),
    }));
    assert_eq!(open(&fold(events.clone())), [(1, Some("mal"))]);
    // Another day makes it late.
    let later = answered("1443", "2022-12-12", &[("mal", Stance::Reject, true)]);
    events.push(Event::Corrected(Corrected {
        entry: 1,
        instead: Some(Box::new(later)),
        reason: commitment("fel dag"),
    }));
    let timeliness = fold(events).answers[0].timeliness;
    assert_eq!(timeliness, Timeliness::Late { days: 2 });
}

#[test]
fn an_answer_after_the_end_is_taken_in() {
    let closed = Event::ConsultationClosed(ConsultationClosed { consultation: 0 });
    let state = fold(vec![
        opened(),
        closed,
        answered("kpf", "2023-01-09", &[("mal", Stance::Comment, true)]),
    ]);
    assert_eq!(state.closed.as_ref().map(|it| it.seq), Some(1));
    assert_eq!(state.answers[0].timeliness, Timeliness::Late { days: 30 });
    assert_eq!(open(&state).len(), 1);
}

#[test]
fn comments_on_later_versions_do_not_stop_an_earlier_one() {
    let entries = [
        entry(0, opened()),
        entry(
            1,
            answered("1443", "2022-11-01", &[("mal", Stance::Reject, true)]),
        ),
    ];
    let tally = Tally::fold(&entries);
    let agreement = "familjecentral".parse().unwrap();
    for (version, count) in [("0.8", 0), ("0.9", 1), ("1.0", 1)] {
        let version = version.parse().unwrap();
        assert_eq!(tally.open_comments(&agreement, version).count(), count);
    }
    let other = "introduktion".parse().unwrap();
    let version = "1.0".parse().unwrap();
    assert_eq!(tally.open_comments(&other, version).count(), 0);
}

/// The next round of the same text, asked of one.
fn reopened(answer_by: &str, text: &[u8]) -> Event {
    let Event::ConsultationOpened(mut next) = opened() else {
        unreachable!()
    };
    next.answer_by = answer_by.parse().unwrap();
    next.opens_on = "2022-12-10".parse().unwrap();
    next.recipients.truncate(1);
    next.text_digest = Sha256::of(text);
    Event::ConsultationOpened(next)
}

#[test]
fn a_later_round_of_the_same_text_takes_the_answers_of_the_earlier() {
    let entries = [
        opened(),
        answered("1443", "2022-12-10", &[("mal", Stance::Reject, true)]),
        answered("1490", "2022-12-20", &[("syfte", Stance::Reject, true)]),
        answered("kpf", "2023-02-02", &[]),
        reopened("2023-01-31", b"text"),
        considered(1, Some("mal"), Disposition::TakenIn),
        // By its place in the round before.
        answered("1490", "2023-01-15", &[("mal", Stance::Reject, false)]),
        considered(6, Some("mal"), Disposition::NotTakenIn),
    ];
    let entries: Vec<Entry> = (0..)
        .zip(entries)
        .map(|(seq, event)| entry(seq, event))
        .collect();
    let tally = Tally::fold(&entries);
    let [before, after] = tally.consultations(&"familjecentral".parse().unwrap()) else {
        panic!("two rounds");
    };
    assert!(before.answers.is_empty());
    assert_eq!(before.closed.as_ref().map(|it| it.seq), Some(4));
    assert_eq!(after.closed, None);
    assert_eq!(after.resumes, [0]);
    assert_eq!(after.since, "2022-08-10".parse().unwrap());
    let late = Timeliness::Late { days: 2 };
    let marks: Vec<Timeliness> = after.answers.iter().map(|it| it.timeliness).collect();
    let in_time = Timeliness::InTime;
    assert_eq!(marks, [in_time, in_time, late, in_time]);
    assert_eq!(after.answers[1].replaced_by, Some(6));
    // Who was left out and answered stays.
    let standing: Vec<u64> = after.standing().map(|answer| answer.seq).collect();
    assert_eq!(standing, [1, 6, 3]);
    assert_eq!(open(after), []);
    assert_eq!(tally.consultation(0).map(|state| state.seq), Some(4));
}

#[test]
fn a_later_round_of_another_text_ends_the_earlier_and_leaves_its_answers() {
    let entries = [
        opened(),
        answered("1443", "2022-12-10", &[("mal", Stance::Reject, true)]),
        reopened("2023-01-31", b"another text"),
    ];
    let entries: Vec<Entry> = (0..)
        .zip(entries)
        .map(|(seq, event)| entry(seq, event))
        .collect();
    let tally = Tally::fold(&entries);
    let [before, after] = tally.consultations(&"familjecentral".parse().unwrap()) else {
        panic!("two rounds");
    };
    assert_eq!(open(before), [(1, Some("mal"))]);
    assert!(before.closed.is_some() && after.answers.is_empty());
}
