//! Tests of which accords stand under an agreement.

use super::*;
use crate::agreement::Sha256;
use crate::register::{Published, PublishedVersion};

fn tally(versions: &[(&str, &str, Option<Relation>)]) -> Tally {
    let mut tally = Tally::default();
    for (agreement, version, relation) in versions {
        let published = Published {
            body_digest: Sha256::of(b"body"),
            bundle: Sha256::of(b"bundle"),
            despite_comments: None,
            relation: relation.clone(),
            text_digest: Sha256::of(b"text"),
            version: version.parse().unwrap(),
        };
        tally.versions.insert(
            (agreement.parse().unwrap(), version.parse().unwrap()),
            PublishedVersion {
                published,
                at: "2026-01-01T00:00:00Z".parse().unwrap(),
            },
        );
    }
    tally
}

fn under(agreement: &str, version: &str) -> Option<Relation> {
    Some(Relation::Under {
        agreement: agreement.parse().unwrap(),
        version: version.parse().unwrap(),
    })
}

fn told(children: Vec<Child>) -> Vec<String> {
    let word = |child: Child| {
        format!(
            "{} {} under {}",
            child.agreement, child.version, child.under
        )
    };
    children.into_iter().map(word).collect()
}

#[test]
fn a_revision_of_the_parent_lists_the_accords_under_earlier_versions() {
    let replaces = Some(Relation::Replaces {
        version: "1.0".parse().unwrap(),
    });
    let tally = tally(&[
        ("alone", "1.0", None),
        ("county", "1.0", None),
        ("county", "2.0", replaces.clone()),
        ("county-a", "1.0", under("county", "1.0")),
        ("county-b", "1.0", under("county", "1.0")),
        ("county-b", "1.1", replaces),
        ("county-c", "1.0", under("county", "1.0")),
        ("county-c", "2.0", under("county", "2.0")),
        ("county-d", "1.0", under("county", "1.0")),
        ("county-d", "2.0", None),
        ("other-e", "1.0", under("other", "1.0")),
    ]);
    let county = "county".parse().unwrap();
    assert_eq!(
        told(accords(&tally, &county)),
        [
            "county-a 1.0 under 1.0",
            "county-b 1.1 under 1.0",
            "county-c 2.0 under 2.0"
        ]
    );
    assert_eq!(
        told(children(&tally, &county, "2.0".parse().unwrap())),
        ["county-a 1.0 under 1.0", "county-b 1.1 under 1.0"]
    );
    assert_eq!(
        told(children(&tally, &county, "1.0".parse().unwrap())),
        [""; 0]
    );
}

#[test]
fn amendments_are_told_apart_from_accords() {
    let amends = Some(Relation::Amends {
        agreement: "county".parse().unwrap(),
        version: "1.0".parse().unwrap(),
    });
    let tally = tally(&[
        ("county", "1.0", None),
        ("county-a", "1.0", under("county", "1.0")),
        ("county-b", "1.0", amends),
    ]);
    let county = "county".parse().unwrap();
    assert_eq!(told(accords(&tally, &county)), ["county-a 1.0 under 1.0"]);
    assert_eq!(
        told(amendments(&tally, &county)),
        ["county-b 1.0 under 1.0"]
    );
}
