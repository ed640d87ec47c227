//! A register that is rewritten, by whom and how: each of a thousand random ways is noticed, and the test says by
//! whom.
//!
//! Three attackers: one who can write the files, one who has the register's key as well, and one who has the pin too.
//! Five who notice: the program when it opens the register, `audit`, the pin, whoever holds a receipt, a witness. The last
//! three know the register as it was when they saw it: what was entered since, who has key and pin can rewrite.

#![expect(clippy::print_stdout, reason = "how much was tried is told")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use sigill::agreement::Sha256;
use sigill::register::{CheckpointSigner, Frontier, Receipt, TreeHead, leaf_hash, open_checkpoint};

use super::support::{Issue, Office, canonical, copy_folder, names_in, run, sigill};

/// What an attacker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// The office's folder, without the key.
    Files,
    /// The register's key as well.
    Key,
    /// The pin on the office's machine as well.
    Pin,
}

/// Who notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Noticed {
    Audit,
    /// Whoever holds a receipt.
    Holder,
    Opening,
    Pin,
    Witness,
}

/// What is done to the register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Attack {
    /// Bytes of the database's file are changed.
    Bytes,
    /// Entries at the end are cut off.
    CutOff,
    /// An entry is taken out, and the others closed up.
    Deleted,
    /// A value in an entry is another.
    Edited,
    /// The end is another than it was.
    Forked,
    /// An entry is put between two others.
    Inserted,
    /// Two entries change places.
    Reordered,
    /// The database is as it was some entries ago, and rightly signed.
    RolledBack,
}

/// An office whose register others have seen.
struct Watched {
    office: Office,
    /// The register as it is, and as it was before the last entries.
    now: (Vec<u8>, BTreeMap<String, Vec<u8>>),
    before: Vec<u8>,
    entries: Vec<String>,
    note: String,
    /// What a party's receipt says of the tree.
    receipt: TreeHead,
    witness: PathBuf,
    random: u64,
}

impl Watched {
    fn new(seed: u64) -> Self {
        let office = Office::issued(Issue::Introduktion);
        // The database's file alone is put back later.
        office.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let before = office.read(".sigill/register.sqlite");
        for (code, section) in [("1444", "§ 7"), ("1446", "§ 23"), ("1447", "§ 110")] {
            let body = ["--body", "Kommunstyrelsen", "--met", "2026-10-05"];
            let mut command = office.command(&["decide", code, "--agreement", "introduktion"]);
            command.args(body).args(["--section", section]);
            command.args(["--diary", "KS2026/259", "--outcome", "approved"]);
            run(command).ok();
        }
        office.sql("PRAGMA wal_checkpoint(TRUNCATE)");
        let entries: Vec<String> = office.check_log().iter().map(canonical).collect();
        let receipt = office.beside("post.tlog-proof");
        office
            .run(&["receipt", "--entry", "3", "--out", text(&receipt)])
            .ok();
        let receipt = Receipt::parse(&fs::read(&receipt).unwrap()).unwrap();
        let key = office.run(&["receipt", "key"]).ok().out;
        let head = open_checkpoint(&receipt.checkpoint, key.trim())
            .unwrap()
            .head;
        let witness = office.beside("vittne");
        let mut made = sigill(&[
            "witness",
            "init",
            "--name",
            "falkoping.se",
            "--log",
            key.trim(),
        ]);
        made.arg("--state").arg(&witness).current_dir(office.root());
        run(made).ok();
        let watched = Self {
            now: office.state(),
            before,
            entries,
            note: office.note(),
            receipt: head,
            witness,
            random: seed,
            office,
        };
        assert_eq!(watched.noticed(), BTreeSet::new(), "nothing was done");
        watched
    }

    /// Returns a number below a limit (splitmix64).
    fn random(&mut self, below: usize) -> usize {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.random;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % u64::try_from(below).unwrap()).unwrap()
    }

    fn put_back(&self) {
        for name in ["register.sqlite-wal", "register.sqlite-shm"] {
            drop(fs::remove_file(self.office.path(".sigill").join(name)));
        }
        self.office.put_back(&self.now);
    }

    /// Returns who notices something.
    fn noticed(&self) -> BTreeSet<Noticed> {
        let office = &self.office;
        let mut noticed = BTreeSet::new();
        let pinned = office.run(&["log", "--json"]);
        // An attacker's machine has no pin, nor has somebody who looks at a copy of the folder.
        let elsewhere = |arguments: &[&str]| {
            let mut command = office.command(arguments);
            command.env("SIGILL_PINS", office.beside("no-pins"));
            run(command)
        };
        drop(fs::remove_dir_all(office.beside("no-pins")));
        let opened = elsewhere(&["log", "--json"]);
        assert!(!opened.err.contains("panicked"), "{opened}");
        if opened.code != 0 {
            noticed.insert(Noticed::Opening);
        } else if pinned.code != 0 {
            let is_pin = pinned.err.contains("this machine has seen");
            assert!(is_pin, "told with the pin: {pinned}");
            noticed.insert(Noticed::Pin);
        }
        let audited = elsewhere(&["audit"]);
        assert!(!audited.err.contains("panicked"), "{audited}");
        if audited.code != 0 {
            noticed.insert(Noticed::Audit);
        }
        if self.receipt_differs() {
            noticed.insert(Noticed::Holder);
        }
        // A register that cannot be published is one that no witness cosigns.
        let published = office.beside("published");
        drop(fs::remove_dir_all(&published));
        let told = elsewhere(&["witness", "publish", text(&published)]);
        let state = office.beside("vittne-nu");
        drop(fs::remove_dir_all(&state));
        copy_folder(&self.witness, &state);
        let mut check = sigill(&["witness", "check", text(&published), "--party", "1446"]);
        check.arg("--state").arg(&state).current_dir(office.root());
        if told.code != 0 || run(check).code != 0 {
            noticed.insert(Noticed::Witness);
        } else if self.entries.len() == self.entries_now().len()
            && names_in(&self.witness).len() < 3
        {
            // The first look is what the witness remembers.
            drop(fs::remove_dir_all(&self.witness));
            copy_folder(&state, &self.witness);
        }
        noticed
    }

    /// Returns whether the register is another than the one that the receipt speaks of.
    fn receipt_differs(&self) -> bool {
        let mut frontier = Frontier::empty();
        for entry in self.entries_now() {
            frontier.push(leaf_hash(&entry));
            if frontier.size() == self.receipt.size {
                return frontier.head() != self.receipt;
            }
        }
        true
    }

    /// Returns the entries as they are stored, as far as they can be read.
    fn entries_now(&self) -> Vec<Vec<u8>> {
        self.office.stored_entries().unwrap_or_default()
    }

    /// Does something to the register; returns whether it then says something else.
    fn attack(&mut self, attack: Attack, reach: Reach) -> bool {
        let count = self.entries.len();
        let mut entries = self.entries.clone();
        // The first entry opens the register with its key.
        let place = 1 + self.random(count - 1);
        match attack {
            Attack::Bytes => return self.change_bytes(),
            Attack::RolledBack => {
                self.office.write(".sigill/register.sqlite", &self.before);
                if reach == Reach::Pin {
                    fs::remove_dir_all(self.office.pins()).unwrap();
                }
                return true;
            }
            Attack::CutOff => entries.truncate(place),
            Attack::Deleted => drop(entries.remove(place.min(count - 2))),
            Attack::Edited => entries[place] = self.edited(&entries[place]),
            Attack::Forked => {
                entries[place] = self.edited(&entries[place]);
                entries.truncate(place + 1);
                let more = self.random(count);
                entries.extend(self.entries[1..].iter().take(more).cloned());
            }
            Attack::Inserted => {
                let other = 1 + self.random(count - 1);
                let forged = self.edited(&self.entries[other].clone());
                entries.insert(place, forged);
            }
            Attack::Reordered => {
                let other = 1 + self.random(count - 2);
                entries.swap(place, if other == place { count - 1 } else { other });
                if entries == self.entries {
                    entries.swap(1, 2);
                }
            }
        }
        // Who is careful closes up; who is not leaves the numbers as they were.
        if reach != Reach::Files || self.random(2) == 0 {
            entries = entries
                .iter()
                .enumerate()
                .map(|(seq, entry)| numbered(entry, seq))
                .collect();
        }
        let care = if reach == Reach::Files {
            self.random(3)
        } else {
            3
        };
        self.store(&entries, care);
        if reach == Reach::Pin {
            let pins = names_in(&self.office.pins());
            for name in &pins {
                fs::write(self.office.pins().join(name), self.office.note()).unwrap();
            }
        }
        true
    }

    /// Changes bytes of the file anywhere; returns whether they were part of what the register says.
    fn change_bytes(&mut self) -> bool {
        let mut bytes = self.now.0.clone();
        match self.random(4) {
            0 => bytes.truncate(bytes.len() / 2),
            1 => {
                let (page, pages) = (4096, bytes.len() / 4096);
                let (from, to) = (self.random(pages), self.random(pages));
                let moved = bytes[from * page..(from + 1) * page].to_vec();
                bytes[to * page..(to + 1) * page].copy_from_slice(&moved);
            }
            _ => {
                for _ in 0..=self.random(8) {
                    let at = self.random(bytes.len());
                    bytes[at] ^= 1 << self.random(8);
                }
            }
        }
        self.office.write(".sigill/register.sqlite", &bytes);
        let now: Vec<String> = self
            .entries_now()
            .into_iter()
            .map(|entry| String::from_utf8_lossy(&entry).into_owned())
            .collect();
        now != self.entries || self.office.stored_note().as_ref() != Some(&self.note)
    }

    /// Returns an entry with another value somewhere.
    fn edited(&mut self, entry: &str) -> String {
        let mut value: Value = serde_json::from_str(entry).unwrap();
        let other = self.random(1 << 30);
        match self.random(3) {
            0 => value["actor"] = json!(format!("tjänsteman {other}")),
            1 => {
                value["at"] = json!(format!(
                    "2026-10-05T00:{:02}:{:02}.000Z",
                    other % 60,
                    other / 60 % 60
                ));
            }
            _ => {
                let body = value["body"].as_object_mut().unwrap();
                let digests = body
                    .iter_mut()
                    .filter(|(_, it)| it.as_str().is_some_and(is_digest));
                match digests.last() {
                    Some((_, digest)) => *digest = json!(format!("{other:064x}")),
                    None => value["actor"] = json!(format!("tjänsteman {other}")),
                }
            }
        }
        canonical(&value)
    }

    /// Stores entries in place of those that there are: with their own hashes or the old ones, with the tree's
    /// nodes, and with a checkpoint signed with the register's key.
    fn store(&self, entries: &[String], care: usize) {
        let mut sql = String::from("DELETE FROM entry;");
        let mut frontier = Frontier::empty();
        let mut nodes = String::from("DELETE FROM node;");
        for (seq, entry) in entries.iter().enumerate() {
            let leaf = leaf_hash(entry.as_bytes());
            let hashes: String = frontier.push(leaf).iter().map(Sha256::to_string).collect();
            if !hashes.is_empty() {
                nodes.push_str(&format!(
                    "INSERT INTO node (seq, hashes) VALUES ({seq}, x'{hashes}');"
                ));
            }
            let old = self.entries.get(seq).filter(|_| care == 0);
            let leaf = old.map_or(leaf, |old| leaf_hash(old.as_bytes()));
            let entry = entry.replace('\'', "''");
            sql.push_str(&format!(
                "INSERT INTO entry (seq, bytes, leaf) VALUES ({seq}, CAST('{entry}' AS BLOB), x'{leaf}');"
            ));
        }
        if care >= 2 {
            sql.push_str(&nodes);
            sql.push_str(&format!("UPDATE checkpoint SET size = {};", entries.len()));
        }
        if care >= 3 {
            let keys = self.office.text(".sigill/register.key");
            let key = CheckpointSigner::parse(keys.lines().next().unwrap()).unwrap();
            let note = key.sign(&frontier.head()).unwrap();
            sql.push_str(&format!("UPDATE checkpoint SET note = '{note}';"));
        }
        sql.push_str("PRAGMA wal_checkpoint(TRUNCATE)");
        self.office.sql(&sql);
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn numbered(entry: &str, seq: usize) -> String {
    let mut value: Value = serde_json::from_str(entry).unwrap();
    value["seq"] = json!(seq);
    canonical(&value)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Attacks so many times in each way, and checks that each time somebody notices, and these always.
fn attack(reach: Reach, ways: &[(Attack, usize, &[Noticed])]) {
    let is_long = std::env::var_os("SIGILL_LONG").is_some();
    let mut watched = Watched::new(
        0x5167_1115 + u64::from(reach == Reach::Key) + 2 * u64::from(reach == Reach::Pin),
    );
    let mut told = Vec::new();
    for (way, times, always) in ways {
        let times = if is_long { times * 5 } else { *times };
        let mut by: BTreeMap<Noticed, usize> = BTreeMap::new();
        let (mut done, mut harmless) = (0, 0);
        while done < times {
            watched.put_back();
            if !watched.attack(*way, reach) {
                // Room that the database does not use.
                harmless += 1;
                continue;
            }
            let noticed = watched.noticed();
            assert!(
                !noticed.is_empty(),
                "{way:?} with {reach:?} is noticed by nobody"
            );
            for who in *always {
                assert!(
                    noticed.contains(who),
                    "{way:?} with {reach:?}: {noticed:?}, not {who:?}"
                );
            }
            for who in noticed {
                *by.entry(who).or_default() += 1;
            }
            done += 1;
        }
        told.push(format!(
            "{way:?}: {done} times, {harmless} without effect, noticed by {by:?}"
        ));
    }
    println!("{reach:?}\n  {}", told.join("\n  "));
}

/// Whoever has the files alone cannot sign: the program and every audit see it, but for an older database, which was
/// rightly signed then.
#[test]
fn without_the_key_nothing_is_rewritten_unseen() {
    attack(
        Reach::Files,
        &[
            (Attack::Bytes, 80, &[]),
            (Attack::CutOff, 50, &[Noticed::Audit, Noticed::Witness]),
            (Attack::Deleted, 50, &[Noticed::Audit, Noticed::Witness]),
            (Attack::Edited, 80, &[Noticed::Audit, Noticed::Witness]),
            (Attack::Forked, 50, &[Noticed::Audit, Noticed::Witness]),
            (Attack::Inserted, 30, &[Noticed::Audit, Noticed::Witness]),
            (Attack::Reordered, 50, &[Noticed::Audit, Noticed::Witness]),
            (
                Attack::RolledBack,
                10,
                &[Noticed::Pin, Noticed::Holder, Noticed::Witness],
            ),
        ],
    );
}

/// With the key another history can be signed: the pin, every receipt and every witness contradict it.
#[test]
fn with_the_key_pin_receipts_and_witnesses_see_it() {
    let seen: &[Noticed] = &[Noticed::Pin, Noticed::Holder, Noticed::Witness];
    attack(
        Reach::Key,
        &[
            (Attack::CutOff, 50, &[Noticed::Holder, Noticed::Witness]),
            (Attack::Deleted, 50, &[Noticed::Holder, Noticed::Witness]),
            (Attack::Edited, 80, &[Noticed::Holder, Noticed::Witness]),
            (Attack::Forked, 50, &[Noticed::Holder, Noticed::Witness]),
            (Attack::Inserted, 30, &[Noticed::Holder, Noticed::Witness]),
            (Attack::Reordered, 30, &[Noticed::Holder, Noticed::Witness]),
            (Attack::RolledBack, 10, seen),
        ],
    );
}

/// With the pin too, those outside the office still do.
#[test]
fn with_the_pin_receipts_and_witnesses_see_it() {
    let seen: &[Noticed] = &[Noticed::Holder, Noticed::Witness];
    attack(
        Reach::Pin,
        &[
            (Attack::CutOff, 50, seen),
            (Attack::Deleted, 50, seen),
            (Attack::Edited, 80, seen),
            (Attack::Forked, 50, seen),
            (Attack::Inserted, 30, seen),
            (Attack::Reordered, 30, seen),
            (Attack::RolledBack, 10, seen),
        ],
    );
}

/// The whole folder, key and documents and all, is as it was yesterday.
#[test]
fn yesterdays_folder_is_noticed_and_entered_lawfully_only_with_a_reason() {
    let office = Office::issued(Issue::Introduktion);
    let yesterday = office.beside("yesterday");
    copy_folder(office.root(), &yesterday);
    let void = [
        "void",
        "introduktion",
        "--copy",
        "introduktion-1.0-c1446",
        "--reason",
        "Prov",
    ];
    office.run(&void).ok();
    let receipt = office.beside("post.tlog-proof");
    office
        .run(&["receipt", "--entry", "17", "--out", text(&receipt)])
        .ok();
    let today = office.beside("today");
    fs::rename(office.root(), &today).unwrap();
    copy_folder(&yesterday, office.root());
    // Nothing is read and nothing written until somebody says why.
    for arguments in [&["status", "introduktion"][..], &["log"], &void, &["audit"]] {
        let told = office.run(arguments);
        assert_ne!(told.code, 0, "{told}");
        assert!(told.to_string().contains("sigill restore --here"), "{told}");
    }
    office
        .run(&["restore", "--here", "--reason", "Disken byttes"])
        .ok();
    let kinds = office.kinds();
    assert_eq!(kinds.get("Restored"), Some(&1), "{kinds:?}");
    assert_eq!(kinds.get("Voided"), None, "{kinds:?}");
    office.run(&["log"]).ok();
    // Who holds the receipt still sees that its entry is gone.
    let held = Receipt::parse(&fs::read(&receipt).unwrap()).unwrap();
    let entries = office.stored_entries().unwrap();
    assert_ne!(entries[17], held.entry);
}
