use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};

use super::*;
use crate::agreement::Level;
use crate::register::{HeadPlace, Signed};
use crate::store::lease::{Lease, LeaseRequest};

fn request(number: u32) -> LeaseRequest {
    LeaseRequest {
        copy: issued(number).copy,
        head: issued(number).base,
        seat: Some("1-chair".parse().unwrap()),
        seconds: 60,
        work: Some(b"prepared".to_vec()),
    }
}

fn signed(lease: &Lease, after: &[u8]) -> Draft {
    draft(Event::Signed(Signed {
        as_role: "chair".parse().unwrap(),
        certificate: Sha256::of(b"certificate"),
        copy: lease.copy.clone(),
        head_after: Sha256::of(after),
        head_before: lease.head,
        level: Level::B,
        seat: "1-chair".parse().unwrap(),
        size_bytes: 5,
        stamped_at: None,
        standing: None,
    }))
}

fn later(seconds: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(seconds)
}

async fn head(store: &mut Store, number: u32) -> Sha256 {
    let tally = Tally::fold(&store.records.entries(None).await.unwrap());
    tally.copies[&issued(number).copy].head()
}

/// A second connection, as another process has one that holds the office a moment later.
async fn second(office: &Path) -> Records {
    Records::open(&office.join(STORE)).await.unwrap().unwrap()
}

#[test]
fn a_copy_is_leased_once_until_it_comes_back() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let mut other = second(office.path()).await;
        let lease = store.records.lease(request(1)).await.unwrap();
        assert_eq!(lease.work.as_deref(), Some(&b"prepared"[..]));
        let token: LeaseToken = lease.token.to_string().parse().unwrap();
        let found = other.lease_by_token(&token).await.unwrap();
        assert_eq!(found.as_ref(), Some(&lease));
        let refused = other.lease(request(1)).await.unwrap_err();
        assert!(matches!(&refused, Error::Leased { copy, until }
            if *copy == lease.copy && *until == lease.until));

        let document = store.documents.put(b"after".to_vec()).await.unwrap();
        let entries = store
            .records
            .append_and_release(vec![signed(&lease, b"after")], &[&lease])
            .await
            .unwrap();
        assert_eq!(entries.len(), 1);
        assert_eq!(head(&mut store, 1).await, document);
        let stale = other
            .append_and_release(vec![signed(&lease, b"again")], &[&lease])
            .await
            .unwrap_err();
        assert!(matches!(stale, Error::Stale { .. }));
        assert_eq!(head(&mut store, 1).await, document, "nothing is entered");
        let next = other.lease(request(1)).await.unwrap();
        other.release(&[next.token]).await.unwrap();
        other.lease(request(1)).await.unwrap();
    });
}

#[test]
fn several_copies_are_leased_all_or_none() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let third = store.records.lease(request(3)).await.unwrap();
        let all = vec![request(1), request(2), request(3)];
        let refused = store.records.lease_all(all.clone()).await.unwrap_err();
        assert!(matches!(refused, Error::Leased { copy, .. } if copy == third.copy));
        let two = store.records.lease_all(all[..2].to_vec()).await.unwrap();
        assert_eq!(two.len(), 2);
        assert_ne!(two[0].token, two[1].token);
        let gone = std::slice::from_ref(&third.token);
        store.records.release(gone).await.unwrap();
        let stale = store
            .records
            .append_and_release(vec![signed(&two[0], b"x")], &[&two[0], &third])
            .await
            .unwrap_err();
        assert!(matches!(stale, Error::Stale { copy } if copy == third.copy));
        let kept = store.records.lease_by_token(&two[0].token).await.unwrap();
        assert!(kept.is_some(), "a refused batch gives nothing back");
    });
}

#[test]
fn a_lease_that_ran_out_is_taken_over_or_finished_by_whoever_comes_first() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let mut other = second(office.path()).await;
        let slow = store.records.lease(request(1)).await.unwrap();
        let early = other.lease_all_at(vec![request(1)], later(58)).await;
        assert!(matches!(early, Err(Error::Leased { .. })));
        let quick = other.lease_all_at(vec![request(1)], later(61)).await;
        let quick = quick.unwrap().remove(0);
        assert_eq!(
            store.records.lease_by_token(&slow.token).await.unwrap(),
            None
        );
        let stale = store
            .records
            .keep_events(&[(&slow, &signed(&slow, b"slow"))])
            .await
            .unwrap_err();
        assert_eq!(
            stale.to_string(),
            "copy avtal-1.0-c1 was given to someone else meanwhile, or given back"
        );
        other
            .append_and_release(vec![signed(&quick, b"quick")], &[&quick])
            .await
            .unwrap();

        let past = other.lease_all_at(vec![request(3)], later(-600)).await;
        let past = past.unwrap().remove(0);
        assert!(past.until < Utc::now());
        let draft = signed(&past, b"late");
        other
            .append_and_release(vec![draft], &[&past])
            .await
            .unwrap();
        assert_eq!(head(&mut store, 3).await, Sha256::of(b"late"));
    });
}

#[test]
fn what_a_process_left_between_document_and_entry_is_mended() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let leases = store
            .records
            .lease_all(vec![request(1), request(3)])
            .await
            .unwrap();
        let drafts = [
            signed(&leases[0], b"written"),
            signed(&leases[1], b"not written"),
        ];
        store
            .records
            .keep_events(&[(&leases[0], &drafts[0]), (&leases[1], &drafts[1])])
            .await
            .unwrap();
        let document = store.documents.put(b"written".to_vec()).await.unwrap();
        let count = store.records.entries(None).await.unwrap().len();
        drop(store);

        let mut store = Store::write(
            office.path(),
            &"annan".parse().unwrap(),
            &pins(office.path()),
        )
        .await
        .unwrap();
        assert_eq!(store.mended, [leases[0].copy.clone()]);
        let entries = store.records.entries(None).await.unwrap();
        assert_eq!(entries.len(), count + 1);
        assert_eq!(entries[count].actor, actor(), "who signed, not who mended");
        assert_eq!(entries[count].event, drafts[0].event);
        assert_eq!(head(&mut store, 1).await, document);
        let tally = Tally::fold(&entries);
        let place = tally.copy_with_head(document).map(|(_, place)| place);
        assert_eq!(place, Some(HeadPlace::Newest));
        assert!(store.records.lease(request(1)).await.is_ok(), "given back");
        let other = store
            .records
            .lease_by_token(&leases[1].token)
            .await
            .unwrap();
        assert!(other.is_some(), "the other one may still be finished");
        drop(store);

        let store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        assert!(store.mended.is_empty(), "once");
    });
}

#[test]
fn a_damaged_document_is_not_entered() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let lease = store.records.lease(request(1)).await.unwrap();
        let draft = signed(&lease, b"whole");
        store
            .records
            .keep_events(&[(&lease, &draft)])
            .await
            .unwrap();
        let hex = store
            .documents
            .put(b"whole".to_vec())
            .await
            .unwrap()
            .to_string();
        let folder = office.path().join(STORE).join("documents/sha256");
        fs::write(folder.join(&hex[..2]).join(&hex[2..]), b"hal").unwrap();
        drop(store);
        let mut store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        assert!(store.mended.is_empty());
        assert_eq!(head(&mut store, 1).await, issued(1).base);
    });
}

#[test]
fn many_writers_get_through_one_by_one() {
    let office = tempfile::tempdir().unwrap();
    block_on(async { drop(filled(office.path()).await) });
    let one = |number: u32| {
        block_on(async {
            let patience = Duration::from_secs(60);
            let mut store =
                Store::write_patiently(office.path(), &actor(), &pins(office.path()), patience)
                    .await
                    .unwrap();
            let head = head(&mut store, 1).await;
            let lease = store
                .records
                .lease(LeaseRequest { head, ..request(1) })
                .await
                .unwrap();
            let after = number.to_be_bytes().to_vec();
            let draft = signed(&lease, &after);
            store
                .records
                .keep_events(&[(&lease, &draft)])
                .await
                .unwrap();
            store.documents.put(after).await.unwrap();
            let drafts = vec![draft];
            store
                .records
                .append_and_release(drafts, &[&lease])
                .await
                .unwrap();
        });
    };
    std::thread::scope(|scope| {
        for number in 0..20 {
            scope.spawn(move || one(number));
        }
    });
    block_on(async {
        let mut store = Store::read(office.path(), &pins(office.path()))
            .await
            .unwrap()
            .unwrap();
        let tally = Tally::fold(&store.records.entries(None).await.unwrap());
        let copy = &tally.copies[&issued(1).copy];
        assert_eq!(copy.heads.len(), 21);
        assert!(!copy.forked, "one chain");
    });
}

#[test]
fn a_backup_brings_no_lease_back() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        for part in [b"a", b"b"] {
            store.documents.put(part.to_vec()).await.unwrap();
        }
        let lease = store.records.lease(request(1)).await.unwrap();
        let backup = office.path().join("backup.zip");
        write_backup(office.path(), &mut store, &backup)
            .await
            .unwrap();
        drop(store);
        restore_backup(
            office.path(),
            &backup,
            &actor(),
            "prov",
            &pins(office.path()),
        )
        .await
        .unwrap();
        let mut store = Store::write(office.path(), &actor(), &pins(office.path()))
            .await
            .unwrap();
        assert_eq!(
            store.records.lease_by_token(&lease.token).await.unwrap(),
            None
        );
        assert!(store.records.lease(request(1)).await.is_ok());
    });
}

#[test]
fn a_backup_without_a_document_or_with_another_key_is_refused() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let refused = |backup: PathBuf| async move {
            let new = tempfile::tempdir().unwrap();
            let refused =
                restore_backup(new.path(), &backup, &actor(), "prov", &pins(new.path())).await;
            refused.unwrap_err().to_string()
        };
        store.documents.put(b"a".to_vec()).await.unwrap();
        let backup = office.path().join("backup.zip");
        write_backup(office.path(), &mut store, &backup)
            .await
            .unwrap();
        let message = refused(backup).await;
        assert!(message.ends_with(&format!("document {} is missing from it", Sha256::of(b"b"))));

        store.documents.put(b"b".to_vec()).await.unwrap();
        let key = office.path().join(STORE).join(KEY_FILE);
        fs::remove_file(&key).unwrap();
        register_key(&office.path().join(STORE)).unwrap();
        let backup = office.path().join("other.zip");
        write_backup(office.path(), &mut store, &backup)
            .await
            .unwrap();
        assert!(
            refused(backup)
                .await
                .ends_with("its key is not the register's")
        );
    });
}
