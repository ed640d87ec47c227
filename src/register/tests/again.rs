//! Who decides and signs again.

use super::super::{
    AskedWhy, BoundRow, Changes, Child, Earlier, Hold, PartyState, Proposed, ProposedParty,
    Unbound, Until, again as who_again,
};
use crate::agreement::{PartyCode, Relation};

fn code(text: &str) -> PartyCode {
    text.parse().unwrap()
}

fn proposed(relation: Option<Relation>, parties: &[&str]) -> Proposed {
    Proposed {
        changes: Changes::default(),
        earlier_own: None,
        parties: parties
            .iter()
            .map(|party| ProposedParty {
                code: code(party),
                copies: 1,
                decides: None,
                name: (*party).to_owned(),
            })
            .collect(),
        relation,
    }
}

fn child() -> Child {
    Child {
        agreement: "familjecentral-hyra".parse().unwrap(),
        version: "1.0".parse().unwrap(),
        under: "1.0".parse().unwrap(),
    }
}

fn earlier() -> Earlier {
    Earlier {
        children: vec![child()],
        bound: vec![
            row("1443", "1.0", "2024-03-01"),
            row("1480", "1.0", ""),
            row("1490", "1.0", "2024-03-01"),
        ],
        parties: ["1443", "1480", "1490"].map(code).to_vec(),
    }
}

/// Returns a copy with the region; not bound where there is no day.
fn row(party: &str, version: &str, since: &str) -> BoundRow {
    let version = version.parse().unwrap();
    let by = (!since.is_empty()).then(|| Hold {
        version,
        since: since.parse().unwrap(),
        until: Until::Open,
    });
    BoundRow {
        party: code(party),
        with: Some(code("14")),
        succession: None,
        unbound: by.is_none().then(|| Unbound::Incomplete {
            version,
            state: PartyState::Waiting,
            waits_for: Vec::new(),
        }),
        by,
        amendments: Vec::new(),
        accords: Vec::new(),
    }
}

/// 2.0 binds 1443; 1490 has not signed it, 1480 has left, and 1499 is no party of it.
#[test]
fn each_party_is_told_by_the_version_that_binds_it() {
    let ended = |party, version: &str| BoundRow {
        unbound: Some(Unbound::Ended {
            version: version.parse().unwrap(),
            last_day: "2027-12-31".parse().unwrap(),
            by_notice: true,
        }),
        ..row(party, version, "")
    };
    let earlier = Earlier {
        children: Vec::new(),
        bound: vec![
            row("1443", "2.0", "2028-01-01"),
            ended("1480", "1.0"),
            row("1490", "1.0", "2024-05-02"),
            row("1499", "1.0", "2024-03-01"),
        ],
        parties: ["1443", "1480", "1490", "1401", "14"].map(code).to_vec(),
    };
    let replaces = Relation::Replaces {
        version: "2.0".parse().unwrap(),
    };
    let parties = ["1443", "1480", "1490", "1499", "1401", "1402", "14"];
    let found = who_again(proposed(Some(replaces), &parties), Some(&earlier));
    let why: Vec<_> = found.parties.iter().map(|party| party.why).collect();
    let bound = |version: &str, since: &str| AskedWhy::Bound {
        since: since.parse().unwrap(),
        version: version.parse().unwrap(),
    };
    assert_eq!(
        why,
        [
            bound("2.0", "2028-01-01"),
            AskedWhy::Ended {
                by_notice: true,
                last_day: "2027-12-31".parse().unwrap(),
                version: "1.0".parse().unwrap(),
            },
            bound("1.0", "2024-05-02"),
            bound("1.0", "2024-03-01"),
            AskedWhy::NotYetBound,
            AskedWhy::NotParty,
            bound("2.0", "2028-01-01"),
        ]
    );
    assert_eq!(found.untouched, []);
}

#[test]
fn a_version_that_replaces_another_is_signed_by_all_its_parties() {
    let replaces = Relation::Replaces {
        version: "1.0".parse().unwrap(),
    };
    let found = who_again(
        proposed(Some(replaces), &["1443", "1480", "1499"]),
        Some(&earlier()),
    );
    let why: Vec<_> = found.parties.iter().map(|party| party.why).collect();
    let since = "2024-03-01".parse().unwrap();
    assert_eq!(
        why,
        [
            AskedWhy::Bound {
                since,
                version: "1.0".parse().unwrap()
            },
            AskedWhy::NotYetBound,
            AskedWhy::NotParty
        ]
    );
    assert_eq!(found.untouched, [code("1490")]);
    assert_eq!(found.children, [child()]);
}

#[test]
fn an_amendment_is_signed_by_those_it_touches() {
    let amends = Relation::Amends {
        agreement: "familjecentral".parse().unwrap(),
        version: "1.0".parse().unwrap(),
    };
    let found = who_again(proposed(Some(amends), &["1443"]), Some(&earlier()));
    assert_eq!(found.parties.len(), 1);
    assert_eq!(found.untouched, [code("1480"), code("1490")]);
    assert_eq!(found.children, [], "what it amends stands, and so do they");
}

#[test]
fn a_version_by_itself_is_signed_by_all() {
    let found = who_again(proposed(None, &["1443"]), None);
    assert_eq!(found.parties[0].why, AskedWhy::First);
    assert_eq!(found.untouched, []);
}
