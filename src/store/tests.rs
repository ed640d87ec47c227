mod leases;
mod migration;
mod summaries;
mod tree;

use std::fs;
use std::path::Path;

use super::*;
use crate::agreement::{CopyId, Form, PartyCode, Sha256};
use crate::register::{
    Arrival, Confirmed, Engine, Entry, Issued, Judgement, Received, ReceivedPlace, ReceivedSeat,
    Sent, Standing, Tally, Voided, Way, Withdrawn,
};

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(future)
}

/// The pins of an office of a test's own.
fn pins(office: &Path) -> Pins {
    Pins::in_folder(&office.join("pins"))
}

fn actor() -> Actor {
    "prov".parse().unwrap()
}

fn draft(event: Event) -> Draft {
    Draft {
        actor: actor(),
        agreement: Some("avtal".parse().unwrap()),
        event,
    }
}

fn issued(number: u32) -> Issued {
    let party: PartyCode = number.to_string().parse().unwrap();
    let version = "1.0".parse().unwrap();
    let copy = CopyId::new(
        &"avtal".parse().unwrap(),
        version,
        Form::Counterpart,
        Some(&party),
        1,
    );
    Issued {
        base: Sha256::of(b"a"),
        data: Sha256::of(b"b"),
        engine: Engine {
            sigill: "0".into(),
            template: "0".into(),
            typesetting: "0".into(),
        },
        file_name: format!("{copy}.pdf"),
        copy,
        form: Form::Counterpart,
        holder: Some(party.clone()),
        parties: vec![party],
        seats: Vec::new(),
        size_bytes: 1,
        text_digest: Sha256::of(b"c"),
        version,
    }
}

/// What the index should say, from the entries alone.
fn counted(entries: &[Entry]) -> (u64, u64, u64) {
    let tally = Tally::fold(entries);
    let count = |wanted: &dyn Fn(&crate::register::CopyState) -> bool| {
        tally.copies.values().filter(|copy| wanted(copy)).count() as u64
    };
    (
        count(&|copy| copy.is_live()),
        count(&|copy| copy.is_live() && !copy.sent.is_empty()),
        count(&|copy| !copy.is_live()),
    )
}

async fn overview(store: &mut Store) -> (u64, u64, u64) {
    let rows = store.records.overview().await.unwrap();
    assert_eq!(rows.len(), 1);
    (rows[0].live, rows[0].sent, rows[0].voided)
}

async fn filled(office: &Path) -> Store {
    let mut store = Store::write(office, &actor(), &pins(office)).await.unwrap();
    let reason = store.commit_words("fel").await.unwrap();
    let sent = |number: u32| Sent {
        copies: vec![issued(number).copy],
        party: "1".parse().unwrap(),
        way: Way::Zip,
    };
    let events = vec![
        Event::Issued(issued(1)),
        Event::Issued(issued(2)),
        Event::Issued(issued(3)),
        Event::Sent(sent(1)),
        Event::Sent(sent(2)),
        Event::Voided(Voided {
            copy: issued(2).copy,
            reason,
        }),
    ];
    store
        .records
        .append(events.into_iter().map(draft).collect())
        .await
        .unwrap();
    store
}

#[test]
fn the_index_says_what_the_entries_add_up_to() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let entries = store.records.entries(None).await.unwrap();
        assert_eq!(
            entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(),
            [0, 1, 2, 3, 4, 5, 6]
        );
        assert!(matches!(entries[0].event, Event::Opened(_)));
        let rows = store.records.overview().await.unwrap();
        assert_eq!(rows, index::overview_of(&Tally::fold(&entries)));
        let expected = counted(&entries);
        assert_eq!(expected, (2, 1, 1));
        assert_eq!(overview(&mut store).await, expected);
        store.records.rebuild_index().await.unwrap();
        assert_eq!(overview(&mut store).await, expected);
    });
}

#[test]
fn the_index_follows_what_came_back() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let ground = store.commit_words("Ringde upp").await.unwrap();
        let seat = |seat: &str, standing| ReceivedSeat {
            as_role: Some("chair".parse().unwrap()),
            certificate: Sha256::of(seat.as_bytes()),
            level: crate::agreement::Level::B,
            seat: seat.parse().unwrap(),
            stamped_at: None,
            standing,
        };
        let received = Event::Received(Received {
            arrival: Arrival::Zip,
            conclusion: Judgement::Indeterminate,
            copy: Some(issued(1).copy),
            file: Sha256::of(b"back"),
            follows: Some(issued(1).base),
            place: ReceivedPlace::Newer,
            seats: vec![
                seat("1-chair", Standing::Counts),
                seat("1-witness", Standing::ToConfirm),
                seat("1-third", Standing::Refused),
            ],
            size_bytes: 4,
            verdict: Sha256::of(b"verdict"),
        });
        let confirmed = Event::Confirmed(Confirmed {
            as_role: "witness".parse().unwrap(),
            certificate: Sha256::of(b"1-witness"),
            copy: issued(1).copy,
            ground,
            seat: "1-witness".parse().unwrap(),
        });
        for (event, signed) in [(received.clone(), 1), (received, 1), (confirmed, 2)] {
            store.records.append(vec![draft(event)]).await.unwrap();
            assert_eq!(store.records.overview().await.unwrap()[0].signed, signed);
        }
        let entries = store.records.entries(None).await.unwrap();
        let withdrawn = Event::Withdrawn(Withdrawn {
            confirmed: entries.last().unwrap().seq,
            copy: issued(1).copy,
            ground,
        });
        store.records.append(vec![draft(withdrawn)]).await.unwrap();
        let rows = store.records.overview().await.unwrap();
        assert_eq!(rows[0].signed, 1);
        let entries = store.records.entries(None).await.unwrap();
        assert_eq!(rows, index::overview_of(&Tally::fold(&entries)));
        store.records.rebuild_index().await.unwrap();
        assert_eq!(store.records.overview().await.unwrap(), rows);
    });
}

#[test]
fn a_dropped_store_leaves_the_whole_register_in_one_file() {
    let office = tempfile::tempdir().unwrap();
    let names = || {
        let mut names: Vec<_> = fs::read_dir(office.path().join(STORE))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.starts_with(records::FILE))
            .collect();
        names.sort();
        names
    };
    for _ in 0..20 {
        block_on(async {
            let store = Store::write(office.path(), &actor(), &pins(office.path()))
                .await
                .unwrap();
            assert_ne!(names(), [records::FILE]);
            drop(store);
        });
        assert_eq!(names(), [records::FILE]);
    }
}

#[test]
fn a_copy_is_entered_once_and_a_refused_batch_leaves_nothing() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let batch = vec![
            draft(Event::Issued(issued(4))),
            draft(Event::Issued(issued(1))),
        ];
        let refused = store.records.append(batch).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "copy avtal-1.0-c1 is already in the register"
        );
        assert_eq!(store.records.entries(None).await.unwrap().len(), 7);
    });
}

#[test]
fn documents_are_kept_under_their_digest_and_noticed_when_damaged() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        let digest = store.documents.put(b"words".to_vec()).await.unwrap();
        assert_eq!(
            store.documents.put(b"words".to_vec()).await.unwrap(),
            digest,
            "twice is once"
        );
        assert_eq!(store.documents.get(digest).await.unwrap(), b"words");
        let hex = digest.to_string();
        let path = office
            .path()
            .join(STORE)
            .join("documents/sha256")
            .join(&hex[..2])
            .join(&hex[2..]);
        fs::write(&path, b"other").unwrap();
        assert!(matches!(
            store.documents.get(digest).await,
            Err(Error::DocumentDamaged { .. })
        ));
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            store.documents.get(digest).await,
            Err(Error::NoDocument { .. })
        ));
    });
}

#[test]
fn words_come_back_until_they_are_erased() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        let commitment = store.commit_words("Disken gick sönder").await.unwrap();
        assert_eq!(
            store.words(commitment).await.unwrap().as_deref(),
            Some("Disken gick sönder")
        );
        let hex = commitment.commitment.to_string();
        fs::remove_file(
            office
                .path()
                .join(STORE)
                .join("documents/sha256")
                .join(&hex[..2])
                .join(&hex[2..]),
        )
        .unwrap();
        assert_eq!(store.words(commitment).await.unwrap(), None);
    });
}

#[test]
fn the_store_and_its_key_are_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        let mode = |path: &str| {
            fs::metadata(office.path().join(path))
                .unwrap()
                .permissions()
                .mode()
                & 0o777
        };
        assert_eq!(mode(".sigill"), 0o700);
        assert_eq!(mode(".sigill/register.key"), 0o600);
        let key = fs::read_to_string(office.path().join(".sigill/register.key")).unwrap();
        let Event::Opened(opened) = &store.records.entries(None).await.unwrap()[0].event else {
            panic!("not opened")
        };
        assert_eq!(key.lines().nth(1), Some(opened.public_key.as_str()));
        assert!(
            opened
                .public_key
                .starts_with(&format!("{}+", opened.origin))
        );
    });
}
