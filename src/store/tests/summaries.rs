use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::agreement::AgreementId;
use crate::store::{Changed, Summaries};

const KIND: &str = "prov";

fn rules() -> Sha256 {
    Sha256::of(b"rules")
}

fn of(name: &str) -> Option<AgreementId> {
    (!name.is_empty()).then(|| name.parse().unwrap())
}

fn made(made: &[(&str, &str)]) -> BTreeMap<Option<AgreementId>, String> {
    let made = made.iter();
    made.map(|(name, text)| (of(name), (*text).to_owned()))
        .collect()
}

fn these(names: &[&str]) -> Changed {
    Changed::These(names.iter().map(|name| of(name)).collect::<BTreeSet<_>>())
}

fn rows(summaries: &Summaries) -> BTreeMap<Option<AgreementId>, String> {
    let rows = summaries.rows();
    rows.map(|(name, text)| (name, text.to_owned())).collect()
}

async fn store(office: &Path) -> Store {
    let actor = actor();
    Store::write(office, &actor, &pins(office)).await.unwrap()
}

/// Something of an agreement, or of none.
fn draft_of(name: &str) -> Draft {
    let event = Event::Sent(Sent {
        copies: Vec::new(),
        party: "1".parse().unwrap(),
        way: Way::Folder,
    });
    Draft {
        actor: actor(),
        agreement: of(name),
        event,
    }
}

async fn enter(store: &mut Store, name: &str) {
    let draft = draft_of(name);
    store.records.append(vec![draft]).await.unwrap();
}

#[test]
fn only_what_was_entered_of_is_made_again() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = store(office.path()).await;
        enter(&mut store, "a").await;
        let records = &mut store.records;
        let first = records.summaries(KIND, rules()).await.unwrap();
        assert_eq!(first.changed, Changed::All);
        let all = made(&[("", "{}"), ("a", "[1]"), ("b", "[2]")]);
        records.keep_summaries(&first, &all).await.unwrap();
        let kept = records.summaries(KIND, rules()).await.unwrap();
        assert_eq!((&kept.changed, rows(&kept)), (&these(&[]), all));
        // Another kind, and other rules, are another matter.
        let other = records.summaries("annat", rules()).await.unwrap();
        assert_eq!(other.changed, Changed::All);
        let other = records.summaries(KIND, Sha256::of(b"other")).await.unwrap();
        assert_eq!(other.changed, Changed::All);
        assert!(!other.is_damaged() && other.rows().next().is_none());

        enter(&mut store, "b").await;
        enter(&mut store, "").await;
        let records = &mut store.records;
        let kept = records.summaries(KIND, rules()).await.unwrap();
        assert_eq!(kept.changed, these(&["", "b"]));
        // Another process keeps its own first: what is kept is then left alone.
        let new = made(&[("", "{}"), ("b", "[3]")]);
        records.keep_summaries(&kept, &new).await.unwrap();
        let late = made(&[("b", "[4]")]);
        records.keep_summaries(&kept, &late).await.unwrap();
        let kept = records.summaries(KIND, rules()).await.unwrap();
        let all = made(&[("", "{}"), ("a", "[1]"), ("b", "[3]")]);
        assert_eq!((&kept.changed, rows(&kept)), (&these(&[]), all));
    });
}

#[test]
fn what_was_changed_or_is_of_another_register_is_of_no_use() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = store(office.path()).await;
        enter(&mut store, "a").await;
        let all = made(&[("", "{}"), ("a", "[1]")]);
        for (statement, is_damaged) in [
            ("UPDATE summary_index SET text = '[2]'", true),
            ("DELETE FROM summary_index WHERE agreement = 'a'", true),
            ("INSERT INTO summary_index VALUES ('prov', 'b', '[]')", true),
            ("UPDATE summary_mark SET size = size - 1", true),
            ("UPDATE summary_mark SET size = size + 1", true),
            ("UPDATE summary_mark SET made_by = zeroblob(32)", false),
            ("DELETE FROM summary_mark", false),
        ] {
            let records = &mut store.records;
            let before = records.summaries(KIND, rules()).await.unwrap();
            records.keep_summaries(&before, &all).await.unwrap();
            let kept = records.summaries(KIND, rules()).await.unwrap();
            assert_eq!((&kept.changed, rows(&kept)), (&these(&[]), all.clone()));
            let done = sqlx::raw_sql(statement)
                .execute(&mut *records.connection)
                .await;
            done.unwrap();
            let found = records.summaries(KIND, rules()).await.unwrap();
            assert_eq!(found.changed, Changed::All, "{statement}");
            assert_eq!(found.is_damaged(), is_damaged, "{statement}");
            assert_eq!(found.rows().count(), 0, "{statement}");
        }
    });
}

#[test]
fn some_agreements_are_read_with_what_concerns_none() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = store(office.path()).await;
        for name in ["a", "b", "", "c", "a"] {
            enter(&mut store, name).await;
        }
        let wanted = BTreeSet::from(["a".parse().unwrap(), "c".parse().unwrap()]);
        let small = store.records.entries_of(&wanted).await.unwrap();
        let places: Vec<u64> = small.iter().map(|entry| entry.seq).collect();
        assert_eq!(places, [0, 1, 3, 4, 5]);
        // So large that it is not read whole.
        let more = (0..5_001).map(|_| draft_of("d"));
        store.records.append(more.collect()).await.unwrap();
        let large = store.records.entries_of(&wanted).await.unwrap();
        assert_eq!(large, small);
    });
}
