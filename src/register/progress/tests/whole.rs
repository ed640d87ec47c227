//! Whole agreements of fifty parties.

use super::super::{Progress, Required, progress};
use super::script::{Setting, day};
use crate::register::{Entry, Tally};

/// A bilateral agreement of fifty parties in which everybody decided and signed; or a joint one.
fn whole(form: &str) -> (Setting, Vec<Entry>) {
    let parties: Vec<String> = (1401..1450).map(|code| code.to_string()).collect();
    let codes = parties.join("\", \"");
    let setting: Setting = toml::from_str(&format!(
        "form = \"{form}\"\nparties = [\"{codes}\", \"14\"]"
    ))
    .unwrap();
    let mut words = vec!["decide 14 RS 2024-01-11 approved announced=2024-01-15".to_owned()];
    if form == "joint" {
        words.push("issue -".to_owned());
    }
    for party in &parties {
        let copy = if form == "joint" {
            "j".to_owned()
        } else {
            words.push(format!("issue {party}"));
            format!("b{party}")
        };
        words.push(format!("send {copy} {party}"));
        words.push(format!("decide {party} KSAU 2024-01-20 approved"));
        words.push(format!(
            "decide {party} KS 2024-02-01 approved announced=2024-02-05"
        ));
        words.push(format!(
            "receive {copy} {party}-chair counts stamped=2024-03-01"
        ));
        words.push(format!(
            "sign {copy} {party}-countersigner stamped=2024-03-01"
        ));
        if form != "joint" {
            words.push(format!("sign {copy} 14-chair stamped=2024-03-02"));
            words.push(format!("sign {copy} 14-director stamped=2024-03-02"));
        }
    }
    if form == "joint" {
        words.push("sign j 14-chair stamped=2024-03-02".to_owned());
        words.push("sign j 14-director stamped=2024-03-02".to_owned());
    }
    let lines: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(index, words)| format!("{} 2024-03-03 {words}", index + 1))
        .collect();
    let entries = setting.entries(&lines);
    (setting, entries)
}

fn progress_after(form: &str, entries: usize) -> Progress {
    let (setting, all) = whole(form);
    let tally = Tally::fold(&all[..entries.min(all.len())]);
    progress(&tally, &setting.terms(), day("2024-06-01"))
}

#[test]
fn fifty_parties_are_bound_in_every_form() {
    for form in ["bilateral", "joint"] {
        let found = progress_after(form, usize::MAX);
        assert_eq!(found.binding.bound.len(), 50, "{form}");
        assert!(found.parties.iter().all(|party| party.next.is_none()));
        assert!(found.binding.waits_for.is_empty());
    }
}

#[test]
fn the_region_is_so_many_of_its_copies() {
    // The region's decision, then eight entries for each municipality.
    let found = progress_after("bilateral", 1 + 8 * 31);
    let region = found.parties.last().unwrap();
    let signed = region.requirements.iter().filter(|requirement| {
        requirement.is_met && matches!(requirement.what, Required::Signatures { .. })
    });
    assert_eq!(signed.count(), 31);
    assert_eq!(region.state, super::super::PartyState::Partly);
    assert_eq!(found.binding.bound.len(), 32, "31 pairs");
    assert_eq!(
        region.requirements[0].why,
        super::super::Why::SomeIssued {
            issued: 31,
            planned: 49
        }
    );
}
