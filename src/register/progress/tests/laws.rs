//! Laws of the fold and of progress, over invented registers.

use proptest::prelude::*;

use super::super::{Progress, progress};
use super::script::{Setting, day};
use crate::agreement::PartyCode;
use crate::register::{Corrected, Entry, Event, Tally};

/// Four small numbers that tell of an event.
type Dice = (u8, u8, u8, u8);

/// Returns an event's words; most make sense after some others, many do not.
fn invented((kind, who, how, on): Dice) -> String {
    let party = ["1443", "1490", "14"][usize::from(who % 3)];
    let seat = |party: &str| {
        let roles = match party {
            "14" => ["chair", "director"],
            _ => ["chair", "countersigner"],
        };
        format!("{party}-{}", roles[usize::from(how % 2)])
    };
    let copy = format!("c{party}{}", if how > 40 { "-r2" } else { "" });
    let on = format!("2024-{:02}-{:02}", 1 + on / 28 % 12, 1 + on % 28);
    let body = ["KSAU", "KS", "KF", "Rådet", "Direktionen", "Socialnämnden"];
    let body = body[usize::from(how % 6)];
    let outcome = [
        "approved",
        "approved_with_condition",
        "declined",
        "deferred",
    ];
    let outcome = outcome[usize::from(how / 6 % 4)];
    let settled = ["resolved", "refused"][usize::from(how % 2)];
    let standing = ["counts", "to_confirm", "refused"][usize::from(how % 3)];
    let key = ["a", "b"][usize::from(how % 2)];
    let place = 1 + how % 24;
    match kind % 24 {
        0 | 1 => format!("issue {party}"),
        2 => format!("reissue {party} 2"),
        3 => format!("void {copy}"),
        4 => format!("send {copy} {party}"),
        5 | 6 => format!("sign {copy} {} certificate={key} stamped={on}", seat(party)),
        7 => format!("sign {copy} {} standing={standing}", seat(party)),
        8 => format!(
            "receive {copy} {} {standing} certificate={key}",
            seat(party)
        ),
        9 => format!(
            "rejudge {copy} {} {standing} certificate={key}",
            seat(party)
        ),
        10 => format!("confirm {copy} {} certificate={key}", seat(party)),
        11 => format!("withdraw {copy} {place}"),
        12..=14 => format!("decide {party} {body} {on} {outcome} announced={on}"),
        15 => format!("settle {party} {place} {settled}"),
        16 => format!("decline {party} {on}"),
        17 => format!("retract {party} {on}"),
        18 => format!("ink {copy} {} {on}", seat(party)),
        19 => format!(
            "authorise {party} {on} certificate={key} from={on} at_least={}",
            how % 4
        ),
        20 => format!("relieve {party} {place} {on}"),
        21 => format!("change {party} {on} merged:14"),
        22 => format!("correct {place} strike"),
        _ => format!("correct {place} decide {party} {body} {on} {outcome}"),
    }
}

fn dice() -> impl Strategy<Value = Vec<Dice>> {
    proptest::collection::vec(any::<Dice>(), 0..28)
}

fn setting(rule: u8) -> Setting {
    let binds = [
        "rule = \"all\"",
        "rule = \"at_least\", count = 2",
        "rule = \"named\", parties = [\"14\"]",
        "rule = \"pairwise\"",
    ];
    let binds = binds[usize::from(rule % 4)];
    toml::from_str(&format!(
        "binds = {{ {binds} }}\nform = \"counterpart\"\nstart = \"2024-03-01\""
    ))
    .unwrap()
}

fn entries(setting: &Setting, dice: &[Dice]) -> Vec<Entry> {
    let lines: Vec<String> = dice
        .iter()
        .enumerate()
        .map(|(index, dice)| format!("{} 2024-05-{:02} {}", index + 1, 1 + index, invented(*dice)))
        .collect();
    setting.entries(&lines)
}

fn folded<'a>(setting: &Setting, entries: impl IntoIterator<Item = &'a Entry>) -> Progress {
    progress(&Tally::fold(entries), &setting.terms(), day("2024-12-31"))
}

/// Returns the party that an entry is about in the counterpart form.
fn party(entry: &Entry) -> Option<PartyCode> {
    let of_copy = |copy: &str| {
        let (_, rest) = copy.split_once("-c")?;
        rest.split('-').next()?.parse().ok()
    };
    let event = &entry.event;
    let copy = match event {
        Event::Sent(sent) => sent.copies.first(),
        _ => event.copy(),
    };
    event.party().cloned().or_else(|| of_copy(copy?.as_str()))
}

proptest! {
    #[test]
    fn no_order_is_too_odd(dice in dice(), order in any::<Vec<usize>>(), rule in any::<u8>()) {
        let setting = setting(rule);
        let mut entries = entries(&setting, &dice);
        let count = entries.len();
        for (index, other) in order.into_iter().enumerate().take(count) {
            entries.swap(index, other % count);
        }
        folded(&setting, &entries);
    }

    #[test]
    fn progress_agrees_with_itself(dice in dice(), rule in any::<u8>()) {
        let setting = setting(rule);
        let entries = entries(&setting, &dice);
        let found = folded(&setting, &entries);
        prop_assert_eq!(found.binding.binds, !found.binding.bound.is_empty());
        prop_assert_eq!(found.binding.binds, found.binding.since.is_some());
        prop_assert!(found.binding.can_bind || !found.binding.binds);
        for party in &found.parties {
            let is_complete = party.state == super::super::PartyState::Complete;
            prop_assert_eq!(is_complete, party.requirements.iter().all(|it| it.is_met));
            prop_assert_eq!(party.bound_from.is_some(), found.binding.bound.contains(&party.code));
            prop_assert!(party.next.is_some() || is_complete);
            prop_assert!(!is_complete || !found.binding.waits_for.contains(&party.code));
            prop_assert!(party.bound_from.is_none_or(|from| from >= day("2024-03-01")));
        }
    }

    #[test]
    fn an_earlier_day_knows_nothing_of_later_ones(dice in dice(), cut in 0_usize..28) {
        let setting = setting(0);
        let entries = entries(&setting, &dice);
        let cut = cut.min(entries.len());
        let then = folded(&setting, &entries[..cut]);
        let later = entries.iter().filter(|entry| entry.seq <= cut as u64);
        prop_assert_eq!(then, folded(&setting, later));
    }

    #[test]
    fn to_strike_the_last_entry_is_never_to_have_made_it(dice in dice(), rule in any::<u8>()) {
        let setting = setting(rule);
        let mut entries = entries(&setting, &dice);
        prop_assume!(entries.last().is_some_and(|last| last.event.is_correctable()));
        let without = folded(&setting, &entries[..entries.len() - 1]);
        let seq = entries.len() as u64;
        let strike = setting.event(&["correct", &seq.to_string(), "strike"]);
        entries.push(setting.entry(seq + 1, day("2024-06-01"), strike));
        prop_assert_eq!(folded(&setting, &entries), without);
    }

    #[test]
    fn to_replace_an_entry_is_to_have_made_the_other(dice in dice(), one in any::<Dice>(), other in any::<Dice>(), rule in any::<u8>()) {
        let setting = setting(rule);
        let decided = |(_, who, how, on): Dice| {
            let words = invented((12, who, how, on));
            setting.event(&words.split_whitespace().collect::<Vec<_>>())
        };
        let mut entries = entries(&setting, &dice);
        let seq = entries.len() as u64 + 1;
        let mut wanted = entries.clone();
        entries.push(setting.entry(seq, day("2024-06-01"), decided(one)));
        wanted.push(setting.entry(seq, day("2024-06-01"), decided(other)));
        let instead = Some(Box::new(decided(other)));
        let corrected = Corrected { entry: seq, instead, reason: reason() };
        entries.push(setting.entry(seq + 1, day("2024-06-02"), Event::Corrected(corrected)));
        prop_assert_eq!(folded(&setting, &entries), folded(&setting, &wanted));
    }

    #[test]
    fn parties_do_not_depend_on_each_other_s_order(dice in dice(), rule in any::<u8>()) {
        let setting = setting(rule);
        let mut entries = entries(&setting, &dice);
        // What was entered for the wrong party makes one depend on the other.
        entries.retain(|entry| !matches!(&entry.event, Event::Corrected(it) if it.instead.is_some()));
        let found = folded(&setting, &entries);
        entries.sort_by_key(party);
        prop_assert_eq!(folded(&setting, &entries), found);
    }

    #[test]
    fn news_of_others_changes_no_party(dice in dice(), rule in any::<u8>()) {
        let setting = setting(rule);
        let mut entries = entries(&setting, &dice);
        let before = folded(&setting, &entries);
        for words in [
            ["recommend", "VästKom", "2024-05-01", "declined"].as_slice(),
            ["notice", "1443", "2024-05-01"].as_slice(),
            ["erase", "scan"].as_slice(),
        ] {
            let seq = entries.len() as u64 + 1;
            entries.push(setting.entry(seq, day("2024-06-01"), setting.event(words)));
        }
        let after = folded(&setting, &entries);
        prop_assert_eq!(after.parties, before.parties);
        prop_assert_eq!(after.binding, before.binding);
        prop_assert_eq!(after.recommendations.len(), before.recommendations.len() + 1);
    }
}

fn reason() -> crate::register::Commitment {
    crate::register::Commitment::to("fel", [7; 32]).0
}
