use super::*;
use crate::register::leaf_hash;

/// Makes a register as the first form of the tables had it.
async fn first_form(office: &Path) -> Vec<Entry> {
    let folder = office.join(STORE);
    folder::create_private(&folder).unwrap();
    let mut records = Records::create(&folder).await.unwrap();
    let public_key = register_key(&folder).unwrap();
    let opened = Event::Opened(Opened {
        origin: "sigill".into(),
        public_key,
    });
    let two_seats = Issued {
        seats: vec!["1-chair".parse().unwrap(), "1-witness".parse().unwrap()],
        ..issued(1)
    };
    let mut entries = Vec::new();
    for (seq, event) in [opened, Event::Issued(two_seats)].into_iter().enumerate() {
        let entry = Entry {
            actor: actor(),
            agreement: (seq > 0).then(|| "avtal".parse().unwrap()),
            at: "2026-11-21T22:05:52.123Z".parse().unwrap(),
            event,
            seq: seq as u64,
            v: crate::register::FORMAT,
        };
        let bytes = entry.to_bytes().unwrap();
        sqlx::query("INSERT INTO entry (seq, bytes, leaf) VALUES ($1, $2, $3)")
            .bind(seq as i64)
            .bind(bytes.as_slice())
            .bind(leaf_hash(&bytes).as_bytes().as_slice())
            .execute(&mut *records.connection)
            .await
            .unwrap();
        entries.push(entry);
    }
    sqlx::query("INSERT INTO copy_index (copy, agreement, version, form, issued_seq) VALUES ('avtal-1.0-c1', 'avtal', '1.0', 'counterpart', 1)")
        .execute(&mut *records.connection)
        .await
        .unwrap();
    records.close().await.unwrap();
    entries
}

async fn form(office: &Path) -> i64 {
    Records::open(&office.join(STORE))
        .await
        .unwrap()
        .unwrap()
        .form
}

#[test]
fn an_older_register_is_read_as_it_is() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let entries = first_form(office.path()).await;
        let mut store = Store::read(office.path(), &pins(office.path()))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(store.records.entries(None).await.unwrap(), entries);
        let rows = store.records.overview().await.unwrap();
        assert_eq!((rows[0].live, rows[0].seats, rows[0].signed), (1, 2, 0));
        let token = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(store.records.lease_by_token(&token).await.unwrap(), None);
        assert_eq!(form(office.path()).await, 1);
    });
}

#[test]
fn an_older_register_is_brought_up_when_written_to() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let entries = first_form(office.path()).await;
        for _ in 0..2 {
            let mut store = Store::write(office.path(), &actor(), &pins(office.path()))
                .await
                .unwrap();
            assert_eq!(store.records.entries(None).await.unwrap(), entries);
            let rows = store.records.overview().await.unwrap();
            assert_eq!((rows[0].live, rows[0].seats, rows[0].signed), (1, 2, 0));
            assert_eq!(form(office.path()).await, 5);
        }
    });
}

#[test]
fn a_register_of_the_form_before_keeps_its_tree() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        let open = async || {
            Store::write(office.path(), &actor(), &pins(office.path()))
                .await
                .unwrap()
        };
        let mut store = open().await;
        let entered = draft(Event::Issued(issued(1)));
        store.records.append(vec![entered]).await.unwrap();
        let back = "DROP TABLE summary_index; DROP TABLE summary_mark;
            CREATE TABLE summary_index (agreement TEXT PRIMARY KEY NOT NULL) STRICT;
            PRAGMA user_version = 4";
        let done = sqlx::raw_sql(back).execute(&mut *store.records.connection);
        done.await.unwrap();
        drop(store);
        assert_eq!(form(office.path()).await, 4);

        let store = Store::read(office.path(), &pins(office.path())).await;
        let records = &mut store.unwrap().unwrap().records;
        let rules = Sha256::of(b"rules");
        let kept = records.summaries("prov", rules).await.unwrap();
        assert_eq!(kept.changed, Changed::All);
        // Nothing can be kept, and nobody has to know.
        let made = [(None, "{}".to_owned())].into();
        records.keep_summaries(&kept, &made).await.unwrap();

        let mut store = open().await;
        assert_eq!(form(office.path()).await, 5);
        let verified = store.records.verify(&mut |_| {}).await.unwrap();
        assert_eq!(verified.head.size, 2);
        let kept = store.records.summaries("prov", rules).await.unwrap();
        store.records.keep_summaries(&kept, &made).await.unwrap();
        let kept = store.records.summaries("prov", rules).await.unwrap();
        assert_eq!(kept.rows().count(), 1);
    });
}

#[test]
fn an_older_register_that_is_damaged_is_left_as_it_was() {
    let office = tempfile::tempdir().unwrap();
    block_on(async {
        first_form(office.path()).await;
        let mut records = Records::open(&office.path().join(STORE))
            .await
            .unwrap()
            .unwrap();
        sqlx::query("CREATE TABLE seat_index (in_the_way INTEGER)")
            .execute(&mut *records.connection)
            .await
            .unwrap();
        drop(records);
        assert!(
            Store::write(office.path(), &actor(), &pins(office.path()))
                .await
                .is_err()
        );
        assert_eq!(form(office.path()).await, 1);
        let mut records = Records::open(&office.path().join(STORE))
            .await
            .unwrap()
            .unwrap();
        let leases = sqlx::query("SELECT * FROM lease")
            .execute(&mut *records.connection)
            .await;
        assert!(leases.is_err(), "nothing of the new form is there");
    });
}
