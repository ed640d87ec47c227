use super::*;
use crate::register::{
    Frontier, TreeHead, check_consistency, cosign, cosignatures, generate_witness_key, leaf_hash,
    open_checkpoint,
};

/// An entry that names no document and no copy twice.
fn any(number: usize) -> Draft {
    draft(Event::Sent(Sent {
        copies: vec![issued(1).copy],
        party: number.to_string().parse().unwrap(),
        way: Way::Folder,
    }))
}

/// Another agreement's entry, or one of none.
fn of(agreement: Option<&str>, number: usize) -> Draft {
    Draft {
        agreement: agreement.map(|agreement| agreement.parse().unwrap()),
        ..any(number)
    }
}

async fn open(office: &Path) -> Store {
    let store = Store::write(office, &actor(), &pins(office)).await;
    store.unwrap_or_else(|error| panic!("{error}"))
}

async fn refused(office: &Path) -> Error {
    Store::read(office, &pins(office)).await.unwrap_err()
}

async fn sql(office: &Path, statement: &'static str) {
    let mut records = Records::open(&office.join(STORE)).await.unwrap().unwrap();
    let done = sqlx::raw_sql(statement).execute(&mut *records.connection);
    done.await.unwrap();
}

async fn public_key(store: &mut Store) -> String {
    store.records.public_key().await.unwrap().unwrap()
}

#[test]
fn every_append_is_signed_and_every_entry_has_its_receipt() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = open(office.path()).await;
        let mut heads: Vec<TreeHead> = Vec::new();
        let mut frontier = Frontier::empty();
        for round in 0..20 {
            let many = (0..round % 4 + 1).map(any).collect();
            store.records.append(many).await.unwrap();
            let entries = store.records.entries(None).await.unwrap();
            for entry in &entries[usize::try_from(frontier.size()).unwrap()..] {
                frontier.push(leaf_hash(&entry.to_bytes().unwrap()));
            }
            let key = public_key(&mut store).await;
            let note = store.records.checkpoint().await.unwrap().unwrap();
            let head = open_checkpoint(&note, &key).unwrap().head;
            assert_eq!(head, frontier.head());
            for earlier in &heads {
                let proof = store.records.consistency(earlier.size).await.unwrap();
                assert!(check_consistency(earlier, &head, &proof));
                let then = store.records.head_at(earlier.size).await.unwrap();
                assert_eq!(then, *earlier);
            }
            heads.push(head);
            for entry in &entries {
                let receipt = store.records.receipt(entry.seq).await.unwrap();
                assert_eq!(receipt.check(&key).unwrap().0, *entry);
            }
        }
        let size = frontier.size();
        let none = store.records.receipt(size).await.unwrap_err();
        assert!(matches!(none, Error::NoEntry { .. }), "{none}");
        assert!(store.records.consistency(size + 1).await.is_err());
        assert!(store.records.receipt(u64::MAX).await.is_err());
        let mut told = Vec::new();
        let verified = store.records.verify(&mut |seen| told.push(seen)).await;
        let verified = verified.unwrap();
        assert_eq!((verified.head, verified.times_back), (frontier.head(), 0));
        assert_eq!(told, [size]);
        let bytes = store.records.entry_bytes(3..6).await.unwrap();
        let entries = store.records.entries(None).await.unwrap();
        let expected: Vec<_> = entries[3..6]
            .iter()
            .map(|entry| entry.to_bytes().unwrap())
            .collect();
        assert_eq!(bytes, expected);
    });
}

#[test]
fn a_refused_batch_leaves_the_tree_as_it_was() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let before = store.records.checkpoint().await.unwrap();
        let batch = vec![any(9), draft(Event::Issued(issued(1)))];
        store.records.append(batch).await.unwrap_err();
        assert_eq!(store.records.checkpoint().await.unwrap(), before);
        assert_eq!(store.records.append(Vec::new()).await.unwrap(), []);
        assert_eq!(store.records.checkpoint().await.unwrap(), before);
        store.records.append(vec![any(9)]).await.unwrap();
        store.records.verify(&mut |_| {}).await.unwrap();
    });
}

#[test]
fn entries_of_no_agreement_come_with_every_agreements() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = open(office.path()).await;
        let drafts = vec![
            of(Some("avtal"), 1),
            of(None, 2),
            of(Some("annat"), 3),
            of(Some("avtal"), 4),
        ];
        store.records.append(drafts).await.unwrap();
        let of = async |store: &mut Store, agreement: &str| {
            let agreement = agreement.parse().unwrap();
            let entries = store.records.entries(Some(&agreement)).await.unwrap();
            entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        assert_eq!(of(&mut store, "avtal").await, [0, 1, 2, 4]);
        assert_eq!(of(&mut store, "annat").await, [0, 2, 3]);
        assert_eq!(of(&mut store, "intet").await, [0, 2]);
    });
}

/// What a large register is asked for one agreement is what a small one gives.
#[test]
fn a_large_register_is_not_read_whole_and_its_leaves_are_proved() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = open(office.path()).await;
        let agreements = [Some("avtal"), None, Some("annat"), Some("tredje")];
        let drafts = (0..6000).map(|number| of(agreements[number % 4], number));
        store.records.append(drafts.collect()).await.unwrap();
        let avtal = "avtal".parse().unwrap();
        let entries = store.records.entries(Some(&avtal)).await.unwrap();
        assert_eq!(entries.len(), 3001);
        let all = store.records.entries(None).await.unwrap();
        let is_its = |entry: &&Entry| entry.agreement.as_ref().is_none_or(|it| *it == avtal);
        assert!(all.iter().filter(is_its).eq(&entries));
        drop(store);

        // Bytes and leaf of an entry of the agreement were changed together.
        let forged = all[9].to_bytes().unwrap();
        let forged = String::from_utf8(forged).unwrap().replace("\"8\"", "\"7\"");
        let mut records = Records::open(&office.path().join(STORE))
            .await
            .unwrap()
            .unwrap();
        sqlx::query("UPDATE entry SET bytes = $1, leaf = $2 WHERE seq = 9")
            .bind(forged.as_bytes())
            .bind(leaf_hash(forged.as_bytes()).as_bytes().as_slice())
            .execute(&mut *records.connection)
            .await
            .unwrap();
        drop(records);
        let mut store = Store::read(office.path(), &pins(office.path()))
            .await
            .unwrap()
            .unwrap();
        let noticed = store.records.entries(Some(&avtal)).await.unwrap_err();
        let told = "its entries are not those that its checkpoint was signed over";
        assert!(noticed.to_string().contains(told), "{noticed}");
        let annat = "annat".parse().unwrap();
        assert!(store.records.entries(Some(&annat)).await.is_ok());
        assert!(store.records.entries(None).await.is_err());
        assert!(store.records.verify(&mut |_| {}).await.is_err());
        assert!(store.records.receipt(9).await.is_err());
        assert!(
            store.records.receipt(10).await.is_ok(),
            "its sibling's node stands"
        );
    });
}

#[test]
fn what_was_done_to_the_tables_is_noticed_at_opening_or_by_the_whole_check() {
    let statements: [(&'static str, bool, &str); 12] = [
        ("DELETE FROM checkpoint", true, "its checkpoint is missing"),
        (
            "DELETE FROM entry WHERE seq = 6",
            true,
            "1 of 7 entries are missing",
        ),
        (
            "UPDATE checkpoint SET note = replace(note, '7', '6')",
            true,
            "checkpoint",
        ),
        ("UPDATE checkpoint SET note = 'x'", true, "not a checkpoint"),
        (
            "INSERT INTO entry (seq, bytes, leaf) VALUES (7, x'7b7d', x'00')",
            true,
            "signed over 7",
        ),
        (
            "UPDATE entry SET bytes = x'7b7d' WHERE seq = 6",
            true,
            "changed after",
        ),
        (
            "UPDATE entry SET leaf = zeroblob(32) WHERE seq = 6",
            true,
            "changed after",
        ),
        (
            "UPDATE node SET hashes = zeroblob(length(hashes)) WHERE seq = 5",
            true,
            "checkpoint was signed over",
        ),
        (
            "DELETE FROM node WHERE seq = 3",
            true,
            "a node of the tree is missing",
        ),
        (
            "DELETE FROM entry WHERE seq = 2",
            false,
            "entry 2 is missing",
        ),
        (
            "UPDATE node SET hashes = zeroblob(32) WHERE seq = 1",
            false,
            "the tree does not fit entry 1",
        ),
        (
            "INSERT INTO node VALUES (99, zeroblob(32))",
            false,
            "belong to no entry",
        ),
    ];
    for (statement, at_opening, told) in statements {
        let office = tempfile::tempdir().unwrap();
        block_on(async {
            drop(filled(office.path()).await);
            sql(office.path(), statement).await;
            let error = match Store::read(office.path(), &pins(office.path())).await {
                Err(error) => {
                    assert!(at_opening, "{statement}: {error}");
                    error
                }
                Ok(store) => {
                    assert!(!at_opening, "{statement} is not noticed at opening");
                    store
                        .unwrap()
                        .records
                        .verify(&mut |_| {})
                        .await
                        .unwrap_err()
                }
            };
            assert!(error.to_string().contains(told), "{statement}: {error}");
        });
    }
}

#[test]
fn nothing_is_entered_without_the_registers_own_key() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        drop(filled(office.path()).await);
        let key = office.path().join(STORE).join(KEY_FILE);
        let kept = fs::read(&key).unwrap();
        let other = tempfile::tempdir().unwrap();
        drop(open(other.path()).await);
        fs::copy(other.path().join(STORE).join(KEY_FILE), &key).unwrap();
        let write = async || {
            let store = Store::write(office.path(), &actor(), &pins(office.path())).await;
            store.unwrap_err().to_string()
        };
        assert!(write().await.contains("not a register key"));
        fs::remove_file(&key).unwrap();
        assert!(write().await.contains("the register's key is gone"));
        let read = Store::read(office.path(), &pins(office.path())).await;
        let mut store = read.unwrap().unwrap();
        assert_eq!(store.records.entries(None).await.unwrap().len(), 7);
        drop(store);
        fs::write(&key, kept).unwrap();
        drop(open(office.path()).await);
    });
}

#[test]
fn cosigned_checkpoints_are_kept_and_go_into_receipts() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = filled(office.path()).await;
        let [(one, one_key), (two, two_key)] =
            [1, 2].map(|seed| generate_witness_key(&format!("w{seed}"), [seed; 32]).unwrap());
        let noon = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(store.records.cosigned().await.unwrap(), None);
        let note = store.records.checkpoint().await.unwrap().unwrap();
        store.records.append(vec![any(9)]).await.unwrap();
        for secret in [&one, &two] {
            let cosigned = cosign(&note, secret, noon).unwrap();
            store.records.keep_cosigned(&cosigned).await.unwrap();
        }
        let kept = store.records.cosigned().await.unwrap().unwrap();
        assert_eq!(cosignatures(&kept, &[one_key, two_key]).len(), 2);
        let key = public_key(&mut store).await;
        let receipt = store.records.cosigned_receipt(3).await.unwrap().unwrap();
        assert_eq!(receipt.checkpoint, kept);
        receipt.check(&key).unwrap();
        assert_eq!(store.records.cosigned_receipt(7).await.unwrap(), None);

        // Another register's, and one that was never so.
        let other = tempfile::tempdir().unwrap();
        let mut elsewhere = filled(other.path()).await;
        let strange = elsewhere.records.checkpoint().await.unwrap().unwrap();
        let folder = office.path().join(STORE);
        let (signer, _) = read_key_file(&folder).unwrap().unwrap();
        let head = |size| TreeHead {
            size,
            root: Sha256::of(b"never"),
        };
        let notes = [
            strange,
            signer.sign(&head(3)).unwrap(),
            signer.sign(&head(99)).unwrap(),
        ];
        for note in notes {
            let error = store.records.keep_cosigned(&note).await.unwrap_err();
            assert!(matches!(error, Error::NotOurs { .. }), "{error}");
        }
    });
}

#[test]
fn a_clock_that_went_back_is_told_and_counted() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let mut store = open(office.path()).await;
        assert_eq!(store.clock_went_back(), None);
        store
            .records
            .pretend_last_at("2999-01-01T00:00:00Z".parse().unwrap());
        store.records.append(vec![any(1)]).await.unwrap();
        let told = store.clock_went_back().unwrap();
        assert!(told.now < told.last_at);
        store.records.append(vec![any(2)]).await.unwrap();
        assert_eq!(store.clock_went_back(), Some(told), "told once");
    });
}

#[test]
fn the_register_stays_readable_while_it_is_written() {
    let office = tempfile::tempdir().unwrap();
    let path = office.path().to_owned();
    block_on(async { drop(open(&path).await) });
    let writer = std::thread::spawn({
        let path = path.clone();
        move || {
            block_on(async {
                for number in 0..60 {
                    let mut store = open(&path).await;
                    store.records.append(vec![any(number)]).await.unwrap();
                }
            });
        }
    });
    block_on(async {
        let mut last = 0;
        while last < 61 {
            let store = Store::read(&path, &pins(&path)).await;
            let mut store = store.unwrap_or_else(|error| panic!("{error}")).unwrap();
            let entries = store.records.entries(None).await;
            let size = entries.unwrap_or_else(|error| panic!("{error}")).len();
            assert!(size >= last);
            last = size;
        }
    });
    writer.join().unwrap();
}

#[test]
fn another_copy_of_the_folder_is_refused_until_it_is_entered() {
    let office = tempfile::tempdir().unwrap();
    let file = || office.path().join(STORE).join(records::FILE);
    block_on(async {
        let pins = pins(office.path());
        let mut store = filled(office.path()).await;
        let key = public_key(&mut store).await;
        drop(store);
        let pin = pins.file(origin_of(&key)).unwrap();
        let pinned = || {
            open_checkpoint(&fs::read_to_string(&pin).unwrap(), &key)
                .unwrap()
                .head
        };
        assert_eq!(pinned().size, 7);
        let old = fs::read(file()).unwrap();

        let mut store = open(office.path()).await;
        store.records.append(vec![any(1), any(2)]).await.unwrap();
        assert_eq!(pinned().size, 7, "brought up when the store is let go of");
        drop(store);
        assert_eq!(pinned().size, 9);
        let new = fs::read(file()).unwrap();

        // Yesterday's folder.
        fs::write(file(), &old).unwrap();
        let told =
            "has 7 entries, and this machine has seen 9: an older copy of the office lies here";
        assert!(refused(office.path()).await.to_string().contains(told));
        assert!(Store::write(office.path(), &actor(), &pins).await.is_err());
        assert_eq!(pinned().size, 9);

        // A fork: the older copy went on by itself, with another machine's pins.
        let elsewhere = Pins::in_folder(&office.path().join("elsewhere"));
        let mut store = Store::write(office.path(), &actor(), &elsewhere)
            .await
            .unwrap();
        for number in 3..7 {
            store.records.append(vec![any(number)]).await.unwrap();
        }
        drop(store);
        let error = refused(office.path()).await;
        assert!(matches!(error, Error::Forked { size: 9, .. }), "{error}");

        // Its newest copy is taken as it was; the older one only when an entry says so.
        fs::write(file(), &new).unwrap();
        drop(open(office.path()).await);
        fs::write(file(), &old).unwrap();
        let outcome = restore_here(office.path(), &actor(), "Disken", &pins)
            .await
            .unwrap();
        assert_eq!(outcome.entries, 7);
        let mut store = open(office.path()).await;
        let entries = store.records.entries(None).await.unwrap();
        let Event::Restored(restored) = &entries[7].event else {
            panic!("not restored")
        };
        assert_eq!((restored.entries, restored.replaced_entries), (7, Some(9)));
        drop(store);
        assert_eq!(pinned().size, 8);
        fs::write(file(), &new).unwrap();
        let error = refused(office.path()).await;
        assert!(matches!(error, Error::Forked { size: 8, .. }), "{error}");
    });
}

#[test]
fn a_register_of_the_same_name_and_another_key_is_refused() {
    let [office, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
    block_on(async {
        let mut store = filled(office.path()).await;
        let key = public_key(&mut store).await;
        drop(store);
        let mut store = filled(other.path()).await;
        let note = store.records.checkpoint().await.unwrap().unwrap();
        drop(store);
        let pin = pins(office.path()).file(origin_of(&key)).unwrap();
        fs::write(&pin, note).unwrap();
        let error = refused(office.path()).await;
        assert!(matches!(error, Error::AnotherRegister { .. }), "{error}");
        fs::write(&pin, "damaged").unwrap();
        let error = refused(office.path()).await;
        assert!(matches!(error, Error::Pin { .. }), "{error}");
        fs::write(&pin, [0xFF; 9]).unwrap();
        assert!(matches!(refused(office.path()).await, Error::Pin { .. }));
    });
}

#[test]
fn pins_that_cannot_be_kept_stop_a_writer_before_anything_is_entered() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        fs::write(office.path().join("in-the-way"), "").unwrap();
        let nowhere = Pins::in_folder(&office.path().join("in-the-way/pins"));
        assert!(
            Store::write(office.path(), &actor(), &nowhere)
                .await
                .is_err()
        );
        let mut store = open(office.path()).await;
        assert_eq!(store.records.entries(None).await.unwrap().len(), 1);
        drop(store);
        assert!(
            Store::write(office.path(), &actor(), &nowhere)
                .await
                .is_err()
        );
        assert!(Store::read(office.path(), &nowhere).await.is_ok());
    });
}

#[test]
fn a_name_that_is_a_path_names_no_path() {
    let pins = Pins::in_folder(Path::new("pins"));
    let file = pins.file("sigill-00c0ffee").unwrap();
    assert_eq!(file, Path::new("pins/sigill-00c0ffee.checkpoint"));
    for origin in ["../../etc/x", "a/b", "", ".", &"x".repeat(300)] {
        let file = pins.file(origin).unwrap();
        assert_eq!(file.parent(), Some(Path::new("pins")), "{origin}");
        assert!(file.file_name().unwrap().len() < 80);
    }
}
