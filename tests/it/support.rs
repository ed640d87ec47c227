//! Offices to work in, the program to run, the log to check, and the outside judges.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine as _;
use serde_json::Value;
use sha2::Digest as _;
use sigill::agreement::Sha256;
use sigill::register::{CheckpointSigner, Frontier, leaf_hash};
use sqlx::{ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

/// The shipped agreement and its version that is issued.
pub(crate) const AGREEMENT: &str = "familjecentral";

/// Returns the repository's root.
pub(crate) fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns a fresh folder that is removed at the end of the test.
pub(crate) fn scratch() -> TempDir {
    tempfile::Builder::new()
        .prefix("it-")
        .tempdir_in(env!("CARGO_TARGET_TMPDIR"))
        .unwrap()
}

/// Copies made once for all tests: each shipped agreement in each form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issue {
    /// 49 copies, the form of version.toml.
    Bilateral,
    /// 50 copies.
    Counterpart,
    /// The second agreement, 15 copies.
    Introduktion,
    /// One copy.
    Joint,
}

impl Issue {
    pub(crate) const ALL: [Self; 4] = [
        Self::Bilateral,
        Self::Counterpart,
        Self::Introduktion,
        Self::Joint,
    ];

    pub(crate) fn agreement(self) -> &'static str {
        match self {
            Self::Introduktion => "introduktion",
            Self::Bilateral | Self::Counterpart | Self::Joint => AGREEMENT,
        }
    }

    /// Returns the form as the command line names it.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Bilateral => "bilateral",
            Self::Counterpart | Self::Introduktion => "counterpart",
            Self::Joint => "joint",
        }
    }

    pub(crate) fn copies(self) -> usize {
        match self {
            Self::Bilateral => 49,
            Self::Counterpart => 50,
            Self::Introduktion => 15,
            Self::Joint => 1,
        }
    }

    /// Returns the folder of its files, relative to the office.
    pub(crate) fn out(self) -> String {
        format!("out/{}-1.0-{}", self.agreement(), self.form())
    }
}

/// An office of the test's own, made from the repository's templates/ and signatories/.
pub(crate) struct Office {
    root: PathBuf,
    _folder: TempDir,
}

impl Office {
    /// Makes an office in which nothing was done yet.
    pub(crate) fn new() -> Self {
        let folder = scratch();
        let root = folder.path().join("office");
        for part in ["templates", "signatories"] {
            copy_tree(&repository().join(part), &root.join(part), Way::Copied);
        }
        Self {
            root,
            _folder: folder,
        }
    }

    /// Makes an office in which copies were issued; the test may change all of it.
    pub(crate) fn issued(issue: Issue) -> Self {
        let folder = scratch();
        let root = folder.path().join("office");
        copy_tree(&fixture(issue), &root, Way::Linked);
        Self {
            root,
            _folder: folder,
        }
    }

    /// Returns a copy of the office and of what lies beside it; the files that are written anew are shared.
    pub(crate) fn copy(&self) -> Self {
        let folder = scratch();
        copy_tree(self.root.parent().unwrap(), folder.path(), Way::Linked);
        Self {
            root: folder.path().join("office"),
            _folder: folder,
        }
    }

    /// Returns a copy of the office and of what lies beside it in a folder of the test's own.
    pub(crate) fn copy_into(&self, folder: &Path) -> Self {
        copy_tree(self.root.parent().unwrap(), folder, Way::Copied);
        Self {
            root: folder.join("office"),
            // Removed with the test's own.
            _folder: scratch(),
        }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns a folder beside the office, for files that are not its own.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.root.parent().unwrap().join(name)
    }

    pub(crate) fn path(&self, relative: impl AsRef<Path>) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn read(&self, relative: impl AsRef<Path>) -> Vec<u8> {
        let path = self.path(relative);
        fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    pub(crate) fn text(&self, relative: impl AsRef<Path>) -> String {
        String::from_utf8(self.read(relative)).unwrap()
    }

    /// Writes a file. The old one is unlinked, never written into: it may be the fixture's.
    pub(crate) fn write(&self, relative: impl AsRef<Path>, bytes: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("{error}"),
            _ => fs::write(&path, bytes).unwrap(),
        }
    }

    /// Replaces a text that stands in a file.
    pub(crate) fn edit(&self, relative: impl AsRef<Path>, from: &str, to: &str) {
        let text = self.text(&relative);
        assert!(
            text.contains(from),
            "{} does not contain {from:?}",
            relative.as_ref().display()
        );
        self.write(relative, text.replacen(from, to, 1));
    }

    pub(crate) fn remove(&self, relative: impl AsRef<Path>) {
        let path = self.path(relative);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    /// Returns the file of a party, relative to the office.
    pub(crate) fn party_file(&self, code: &str) -> String {
        let start = format!("{code}-");
        let mut names = names_in(&self.path("signatories")).into_iter();
        let name = names.find(|name| name.starts_with(&start)).unwrap();
        format!("signatories/{name}")
    }

    /// Runs the program in the office's folder.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        run(self.command(arguments))
    }

    /// Returns a command of the program in the office's folder, not started yet.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = sigill(arguments);
        command.current_dir(&self.root);
        command.env("SIGILL_PINS", self.pins());
        command
    }

    /// Returns the folder in which the program remembers what it has seen of this office.
    pub(crate) fn pins(&self) -> PathBuf {
        self.beside("pins")
    }

    /// Returns the PDF files that were issued, in order of their names.
    pub(crate) fn pdfs(&self, issue: Issue) -> Vec<PathBuf> {
        let folder = self.path(issue.out());
        names_in(&folder)
            .iter()
            .filter(|name| name.ends_with(".pdf"))
            .map(|name| folder.join(name))
            .collect()
    }

    /// Checks the whole log from the stored bytes, with code that shares nothing with the program,
    /// and returns its entries.
    ///
    /// Places have no gap; bytes are canonical; each leaf hash is that of the bytes; every document
    /// that an entry names is there with that digest; each state of a copy begins with the one before;
    /// nothing half written lies about.
    #[track_caller]
    pub(crate) fn check_log(&self) -> Vec<Value> {
        assert_eq!(self.half_written(), [""; 0], "nothing half written");
        self.check_entries()
    }

    /// Returns files that an interrupted write leaves behind.
    pub(crate) fn half_written(&self) -> Vec<String> {
        half_written(&self.root)
    }

    /// As [`Office::check_log`], after a process that was killed and may have left temporary files.
    #[track_caller]
    pub(crate) fn check_entries(&self) -> Vec<Value> {
        let store = self.path(".sigill");
        let mut entries = Vec::new();
        for (place, row) in query(
            &store.join("register.sqlite"),
            "SELECT seq, agreement, bytes, leaf FROM entry ORDER BY seq",
            |row| {
                let seq: i64 = row.get(0);
                let agreement: Option<String> = row.get(1);
                let bytes: Vec<u8> = row.get(2);
                let leaf: Vec<u8> = row.get(3);
                (seq, agreement, bytes, leaf)
            },
        )
        .into_iter()
        .enumerate()
        {
            let (seq, agreement, bytes, leaf) = row;
            assert_eq!(usize::try_from(seq), Ok(place), "places without a gap");
            let mut hashed = vec![0];
            hashed.extend_from_slice(&bytes);
            assert_eq!(sha256(&hashed), hex::encode(leaf), "leaf of entry {seq}");
            let entry: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(canonical(&entry).as_bytes(), bytes, "entry {seq}");
            assert_eq!(entry["seq"], seq);
            assert_eq!(entry["v"], 1);
            assert_eq!(entry["agreement"].as_str(), agreement.as_deref());
            assert_eq!(
                entry["kind"] == "Opened",
                seq == 0,
                "only the first entry opens"
            );
            entries.push(entry);
        }
        self.check_tree(&entries);
        let mut copies = BTreeMap::new();
        let erased: Vec<Value> = entries
            .iter()
            .filter(|entry| entry["kind"] == "Erased")
            .flat_map(|entry| entry["body"]["documents"].as_array().unwrap().clone())
            .collect();
        for entry in &entries {
            for digest in documents_of(entry) {
                if erased.contains(&Value::from(digest.as_str())) {
                    continue;
                }
                let document = self.document(&digest);
                let bytes = fs::read(&document)
                    .unwrap_or_else(|error| panic!("{}: {error}", document.display()));
                assert_eq!(sha256(&bytes), digest, "document of entry {}", entry["seq"]);
            }
            if let Some(copy) = issued_in(entry).map(|issued| issued["copy"].to_string()) {
                let twice = copies.insert(copy.clone(), entry["seq"].clone());
                assert_eq!(twice, None, "copy {copy} is issued twice");
            }
        }
        self.check_heads(&entries);
        entries
    }

    /// As [`Office::check_entries`], where there may be no register yet.
    #[track_caller]
    pub(crate) fn check_entries_if_any(&self) -> Vec<Value> {
        let exists = self.path(".sigill/register.sqlite").exists();
        if exists {
            self.check_entries()
        } else {
            Vec::new()
        }
    }

    /// Checks that the newest checkpoint is over exactly these entries, and signed with the key that the
    /// first of them names: by another implementation of the tree.
    #[track_caller]
    fn check_tree(&self, entries: &[Value]) {
        let mut tree = ct_merkle::mem_backed_tree::MemoryBackedTree::<sha2::Sha256, String>::new();
        for entry in entries {
            tree.push(canonical(entry));
        }
        let notes = query(
            &self.path(".sigill/register.sqlite"),
            "SELECT note FROM checkpoint",
            |row| row.get::<String, _>(0),
        );
        let [note] = notes.as_slice() else {
            panic!("one checkpoint, not {}", notes.len());
        };
        let key = entries[0]["body"]["public_key"].as_str().unwrap();
        let key = signed_note::StandardVerifier::new(key).unwrap();
        let origin = signed_note::Verifier::name(&key).to_owned();
        let parsed = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        let known = signed_note::VerifierList::new(vec![Box::new(key)]);
        parsed.verify(&known).unwrap();
        let root = base64::engine::general_purpose::STANDARD.encode(tree.root().as_bytes());
        let text = format!("{origin}\n{}\n{root}\n", entries.len());
        assert_eq!(String::from_utf8_lossy(parsed.text()), text, "checkpoint");
    }

    /// Returns the entries as they are stored, `None` where the database cannot be read.
    pub(crate) fn stored_entries(&self) -> Option<Vec<Vec<u8>>> {
        let statement = "SELECT bytes FROM entry ORDER BY seq";
        try_query(&self.path(".sigill/register.sqlite"), statement)
    }

    /// Returns the newest checkpoint as it is stored, `None` where the database cannot be read.
    pub(crate) fn stored_note(&self) -> Option<String> {
        let statement = "SELECT CAST(note AS BLOB) FROM checkpoint";
        let notes = try_query(&self.path(".sigill/register.sqlite"), statement)?;
        String::from_utf8(notes.into_iter().next()?).ok()
    }

    /// Returns the newest checkpoint, a signed note.
    pub(crate) fn note(&self) -> String {
        self.stored_note().unwrap()
    }

    /// Returns the register's database and its pins as they are now.
    pub(crate) fn state(&self) -> (Vec<u8>, BTreeMap<String, Vec<u8>>) {
        let pins = if self.pins().exists() {
            names_in(&self.pins())
        } else {
            Vec::new()
        };
        let pins = pins.into_iter().map(|name| {
            let bytes = fs::read(self.pins().join(&name)).unwrap();
            (name, bytes)
        });
        (self.read(".sigill/register.sqlite"), pins.collect())
    }

    /// Puts the register's database and its pins back; documents stay.
    pub(crate) fn put_back(&self, (database, pins): &(Vec<u8>, BTreeMap<String, Vec<u8>>)) {
        self.write(".sigill/register.sqlite", database);
        fs::create_dir_all(self.pins()).unwrap();
        for (name, bytes) in pins {
            fs::write(self.pins().join(name), bytes).unwrap();
        }
    }

    /// Enters a line as whoever has the office's folder and key could, past the program.
    pub(crate) fn enter_with_key(&self, entry: &str) {
        let database = self.path(".sigill/register.sqlite");
        let leaves = query(&database, "SELECT leaf FROM entry ORDER BY seq", |row| {
            row.get::<Vec<u8>, _>(0)
        });
        let mut frontier = Frontier::empty();
        for leaf in &leaves {
            frontier.push(Sha256::from_bytes(leaf).unwrap());
        }
        let (seq, leaf) = (frontier.size(), leaf_hash(entry.as_bytes()));
        let nodes: String = frontier.push(leaf).iter().map(Sha256::to_string).collect();
        let keys = self.text(".sigill/register.key");
        let key = CheckpointSigner::parse(keys.lines().next().unwrap()).unwrap();
        let note = key.sign(&frontier.head()).unwrap();
        let nodes = if nodes.is_empty() {
            nodes
        } else {
            format!("INSERT INTO node (seq, hashes) VALUES ({seq}, x'{nodes}');")
        };
        let entry = entry.replace('\'', "''");
        self.sql(&format!(
            "INSERT INTO entry (seq, bytes, leaf) VALUES ({seq}, CAST('{entry}' AS BLOB), x'{leaf}'); {nodes}
             UPDATE checkpoint SET size = {seq} + 1, note = '{note}'; PRAGMA wal_checkpoint(TRUNCATE)"
        ));
    }

    /// Checks that each state of a copy that was sealed, signed or extended is a document which begins
    /// with the copy's state before it, byte for byte, and goes on.
    #[track_caller]
    fn check_heads(&self, entries: &[Value]) {
        let mut copies: BTreeMap<&str, (&Value, BTreeSet<&str>)> = BTreeMap::new();
        for entry in entries {
            let (seq, body) = (&entry["seq"], &entry["body"]);
            if let Some(issued) = issued_in(entry) {
                let copy = issued["copy"].as_str().unwrap();
                let seats = issued["seats"].as_array().unwrap().iter();
                let seats = seats.map(|seat| seat.as_str().unwrap()).collect();
                copies.insert(copy, (&issued["base"], seats));
            }
            let kind = entry["kind"].as_str().unwrap();
            if kind == "Voided" {
                copies.remove(body["copy"].as_str().unwrap());
            }
            if kind == "Received" && body["arrival"] == "rejudged" {
                let (head, _) = copies.get_mut(body["copy"].as_str().unwrap()).unwrap();
                let seats = body["seats"].as_array().unwrap();
                let counts = seats.iter().all(|seat| seat["standing"] == "counts");
                let mut earlier = entries.iter();
                let came = earlier
                    .find(|it| {
                        it["body"]["file"] == body["file"] && it["body"]["arrival"] != "rejudged"
                    })
                    .map(|it| &it["body"]["follows"]);
                // Judged anew, a file that came becomes the newest state, or is it no longer.
                match came {
                    Some(follows) if counts && follows == *head => *head = &body["file"],
                    Some(follows) if !counts && body["file"] == **head => *head = follows,
                    _ => {}
                }
            }
            if kind == "Received" && body["place"] == "newer" {
                self.check_received(seq, body);
                let (head, unsigned) = copies.get_mut(body["copy"].as_str().unwrap()).unwrap();
                let seats = body["seats"].as_array().unwrap();
                if body["follows"] == **head
                    && seats.iter().all(|seat| seat["standing"] == "counts")
                {
                    *head = &body["file"];
                    for seat in seats {
                        unsigned.remove(seat["seat"].as_str().unwrap());
                    }
                }
            }
            if !["Extended", "Sealed", "Signed"].contains(&kind) {
                continue;
            }
            let copy = copies.get_mut(body["copy"].as_str().unwrap());
            let (head, unsigned) = copy.unwrap_or_else(|| panic!("entry {seq}: no live copy"));
            assert_eq!(
                body["head_before"], **head,
                "entry {seq} goes on from the newest state"
            );
            *head = &body["head_after"];
            let read = |key: &str| fs::read(self.document(body[key].as_str().unwrap())).unwrap();
            let (before, after) = (read("head_before"), read("head_after"));
            let is_longer = after.starts_with(&before) && after.len() > before.len();
            assert!(
                is_longer && after.ends_with(b"%%EOF\n"),
                "entry {seq} only appends"
            );
            assert_eq!(body["size_bytes"], after.len(), "entry {seq}");
            let levels = ["B-B", "B-T", "B-LT", "B-LTA"];
            assert!(
                levels.contains(&body["level"].as_str().unwrap()),
                "entry {seq}"
            );
            if kind == "Signed" {
                let seat = body["seat"].as_str().unwrap();
                assert!(
                    unsigned.remove(seat),
                    "entry {seq}: {seat} is a seat not signed before"
                );
            }
            if kind != "Extended" {
                let certificate = hex::decode(body["certificate"].as_str().unwrap()).unwrap();
                assert_eq!(certificate.len(), 32, "entry {seq}");
            }
        }
    }

    /// Checks that a received file begins with the state that it goes on from, byte for byte.
    #[track_caller]
    fn check_received(&self, seq: &Value, body: &Value) {
        let read = |key: &str| fs::read(self.document(body[key].as_str().unwrap())).unwrap();
        let (before, after) = (read("follows"), read("file"));
        let is_longer = after.starts_with(&before) && after.len() > before.len();
        assert!(is_longer, "entry {seq} only appends");
        assert_eq!(body["size_bytes"], after.len(), "entry {seq}");
    }

    /// Returns where a document lies.
    pub(crate) fn document(&self, digest: &str) -> PathBuf {
        let (first, rest) = digest.split_at(2);
        self.path(format!(".sigill/documents/sha256/{first}/{rest}"))
    }

    /// Counts the entries of each kind, after [`Office::check_log`].
    #[track_caller]
    pub(crate) fn kinds(&self) -> BTreeMap<String, usize> {
        let mut kinds = BTreeMap::new();
        for entry in self.check_log() {
            *kinds
                .entry(entry["kind"].as_str().unwrap().to_owned())
                .or_default() += 1;
        }
        kinds
    }

    /// Returns the number that a query of the register's database gives.
    pub(crate) fn number(&self, text: &'static str) -> i64 {
        let numbers = query(&self.path(".sigill/register.sqlite"), text, |row| {
            row.get(0)
        });
        numbers[0]
    }

    /// Runs statements on the register's database.
    pub(crate) fn sql(&self, statement: &str) {
        execute(&self.path(".sigill/register.sqlite"), statement);
    }
}

/// Returns a map of counts, as [`Office::kinds`] gives it.
pub(crate) fn counts<const N: usize>(kinds: [(&str, usize); N]) -> BTreeMap<String, usize> {
    kinds
        .into_iter()
        .map(|(kind, count)| (kind.to_owned(), count))
        .collect()
}

/// Returns what an entry says of a copy that it issues.
pub(crate) fn issued_in(entry: &Value) -> Option<&Value> {
    match entry["kind"].as_str()? {
        "Issued" => Some(&entry["body"]),
        "Reissued" => Some(&entry["body"]["issued"]),
        _ => None,
    }
}

fn documents_of(entry: &Value) -> Vec<String> {
    let body = &entry["body"];
    let issued = issued_in(entry).unwrap_or(&Value::Null);
    let named = [
        &issued["base"],
        &issued["data"],
        if entry["kind"] == "Published" || entry["kind"] == "ConsultationOpened" {
            &body["bundle"]
        } else {
            &Value::Null
        },
        &body["head_after"],
        &body["file"],
        &body["verdict"],
        &body["minutes"]["extract"],
        &body["document"],
        &body["scan"],
        &body["condition"]["commitment"],
        &body["dissent"]["commitment"],
        &body["witness"]["commitment"],
        &body["reason"]["commitment"],
        &body["ground"]["commitment"],
        &body["general"]["commitment"],
        &body["despite_comments"]["reason"]["commitment"],
    ];
    let letters = body["to"].as_array().into_iter().flatten();
    let clauses = body["clauses"].as_array().into_iter().flatten();
    let comments = clauses.map(|clause| &clause["comment"]["commitment"]);
    named
        .into_iter()
        .chain(letters.map(|letter| &letter["pdf"]))
        .chain(comments)
        .filter_map(|digest| digest.as_str().map(str::to_owned))
        .collect()
}

/// Returns files that an interrupted write leaves behind.
fn half_written(folder: &Path) -> Vec<String> {
    let is_partial = |name: &str| {
        let is_temporary = name.starts_with(".sigill-") || name.starts_with(".tmp");
        // object_store writes `name#1` beside its place.
        is_temporary || name.contains('#')
    };
    files_below(folder)
        .into_iter()
        .filter(|path| path.split('/').any(is_partial))
        .collect()
}

/// Writes JSON by RFC 8785: our own few lines, so that the program's library is not its own judge.
pub(crate) fn canonical(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(canonical).collect();
            format!("[{}]", items.join(","))
        }
        Value::Object(map) => {
            let sorted: BTreeMap<Vec<u16>, (&String, &Value)> = map
                .iter()
                .map(|(key, value)| (key.encode_utf16().collect(), (key, value)))
                .collect();
            let members: Vec<String> = sorted
                .values()
                .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Number(number) => {
            assert!(!number.is_f64(), "no floats in what is signed: {number}");
            number.to_string()
        }
        Value::Bool(_) | Value::Null | Value::String(_) => value.to_string(),
    }
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(sha2::Sha256::digest(bytes))
}

// The database

fn database<T>(
    file: &Path,
    work: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> Result<T, sqlx::Error>,
) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(file)
            .disable_statement_logging();
        let mut connection = options.connect().await.unwrap();
        let answer = work(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        answer
    })
}

fn query<T>(
    file: &Path,
    text: &'static str,
    row: impl Fn(&sqlx::sqlite::SqliteRow) -> T,
) -> Vec<T> {
    database(file, async |connection| {
        let rows = sqlx::query(text).fetch_all(connection).await?;
        Ok(rows.iter().map(&row).collect())
    })
}

/// Returns the bytes that a query gives row by row; `None` where the database is damaged.
fn try_query(file: &Path, text: &'static str) -> Option<Vec<Vec<u8>>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::new()
            .filename(file)
            .disable_statement_logging();
        let mut connection = options.connect().await.ok()?;
        let rows = sqlx::query(text).fetch_all(&mut connection).await;
        drop(connection.close().await);
        let rows = rows.ok()?;
        rows.iter().map(|row| row.try_get(0).ok()).collect()
    })
}

fn execute(file: &Path, statement: &str) {
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    database(file, async |connection| {
        sqlx::raw_sql(statement).execute(connection).await.map(drop)
    });
}

// Fixtures

/// Copies a folder with all files below it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    copy_tree(from, to, Way::Copied);
}

#[derive(Clone, Copy)]
pub(crate) enum Way {
    Copied,
    /// Hard-linked, but for the database, which is written in place.
    Linked,
}

pub(crate) fn copy_tree(from: &Path, to: &Path, way: Way) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        let name = entry.file_name();
        let is_store = name == "lock" || name.to_string_lossy().starts_with("register.sqlite");
        if entry.file_type().unwrap().is_dir() {
            copy_tree(&from, &to, way);
        } else if matches!(way, Way::Linked) && !is_store {
            fs::hard_link(&from, &to).unwrap();
        } else {
            fs::copy(&from, &to).unwrap();
        }
    }
}

/// Returns the office in which copies were issued, which no test may change.
///
/// It is made once for all test processes and belongs to this program and these templates: another
/// build makes another. A lock lets one process make it while the others wait.
fn fixture(issue: Issue) -> PathBuf {
    let all = Path::new(env!("CARGO_TARGET_TMPDIR")).join("fixtures");
    let key = fixture_key();
    let folder = all.join(&key).join(format!("{issue:?}"));
    fs::create_dir_all(all.join(&key)).unwrap();
    let lock = File::create(all.join(format!("{key}.{issue:?}.lock"))).unwrap();
    lock.lock().unwrap();
    let marker = folder.join("made");
    if marker.exists() {
        return folder.join("office");
    }
    drop(fs::remove_dir_all(&folder));
    for old in names_in(&all) {
        if !old.starts_with(&key) {
            // Another build's; another process may be removing it as well.
            let old = all.join(old);
            drop(fs::remove_dir_all(&old).or_else(|_| fs::remove_file(&old)));
        }
    }
    let office = folder.join("office");
    for part in ["templates", "signatories"] {
        copy_tree(&repository().join(part), &office.join(part), Way::Copied);
    }
    let mut command = sigill(&["generate", issue.agreement(), "--form", issue.form()]);
    run({
        command.current_dir(&office);
        command.env("SIGILL_PINS", folder.join("pins"));
        command
    })
    .ok();
    fs::write(marker, "").unwrap();
    office
}

/// Names this build of the program and this state of the templates and parties.
fn fixture_key() -> String {
    let mut state = DefaultHasher::new();
    let mut add = |path: &Path| {
        let about = fs::metadata(path).unwrap();
        (path, about.len(), about.modified().unwrap()).hash(&mut state);
    };
    add(Path::new(env!("CARGO_BIN_EXE_sigill")));
    for part in ["templates", "signatories"] {
        let folder = repository().join(part);
        for file in files_below(&folder) {
            add(&folder.join(file));
        }
    }
    format!("{:016x}", state.finish())
}

/// Returns the names in a folder in byte order.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Returns the files below a folder, relative to it, in byte order of each folder's names.
pub(crate) fn files_below(folder: &Path) -> Vec<String> {
    let mut files = Vec::new();
    for name in names_in(folder) {
        let path = folder.join(&name);
        if path.is_dir() && !path.is_symlink() {
            let below = files_below(&path);
            files.extend(below.into_iter().map(|file| format!("{name}/{file}")));
        } else {
            files.push(name);
        }
    }
    files
}

/// Returns every file below a folder with its digest, to see later that nothing changed.
pub(crate) fn digests(folder: &Path) -> BTreeMap<String, String> {
    files_below(folder)
        .into_iter()
        .map(|file| {
            let digest = sha256(&fs::read(folder.join(&file)).unwrap());
            (file, digest)
        })
        .collect()
}

// The program

/// Returns a command of the program, with nothing of the user's own settings.
pub(crate) fn sigill(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sigill"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("SIGILL_") {
            command.env_remove(name);
        }
    }
    command
        .args(arguments)
        .env("COLUMNS", "100")
        .env("NO_COLOR", "1")
        .env_remove("CLICOLOR_FORCE")
        // No test remembers an office in the user's own folder; an office of a test says where.
        .env(
            "SIGILL_PINS",
            env!("CARGO_TARGET_TMPDIR").to_owned() + "/pins",
        )
        .stdin(Stdio::null());
    command
}

/// What a run of a program gave.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
    command: String,
}

/// Runs a command to its end.
pub(crate) fn run(mut command: Command) -> Run {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    Run {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
        command: format!("{command:?}"),
    }
}

impl Run {
    /// Checks that all went well and that nothing was complained about.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.code == 0 && self.err.is_empty(), "{self}");
        self
    }

    /// Checks the exit code, and that an error is one line beginning so, with a hint at most.
    #[track_caller]
    pub(crate) fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self}");
        assert!(self.err.starts_with("error: "), "{self}");
        assert!(!self.err.contains("panicked"), "{self}");
        self
    }

    /// Checks that the answer holds a text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(
            self.out.contains(text),
            "no {text:?} in the answer of {self}"
        );
        self
    }

    /// Checks that the complaint holds a text.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(
            self.err.contains(text),
            "no {text:?} in the complaint of {self}"
        );
        self
    }

    /// Returns the answer as JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in {self}"))
    }

    /// Returns the answer as JSON values, one a line.
    #[track_caller]
    pub(crate) fn json_lines(&self) -> Vec<Value> {
        let value = |line| serde_json::from_str(line);
        let lines: Result<_, _> = self.out.lines().map(value).collect();
        lines.unwrap_or_else(|error| panic!("{error} in {self}"))
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            out,
            err,
            command,
        } = self;
        write!(
            f,
            "{command}\nexit code {code}\n-- out\n{out}\n-- err\n{err}"
        )
    }
}

// Outside judges

/// Returns a command of an outside program, or `None` if it is not installed.
///
/// Then the rest of the test is left out: loudly, and as a failure where the judges are required.
pub(crate) fn judge(program: &str) -> Option<Command> {
    let found = Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .output()
        .is_ok();
    if !found {
        missing(program);
    }
    found.then(|| Command::new(program))
}

/// Returns a command of one of the Python judges in tests/judges, or `None` as [`judge`] does.
pub(crate) fn python_judge(script: &str) -> Option<Command> {
    let python = std::env::var_os("SIGILL_JUDGES").map_or_else(
        || repository().join("target/judges/bin/python"),
        PathBuf::from,
    );
    let found = Command::new(&python)
        .args(["-c", "import page, pyhanko"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !found {
        missing(&format!("the Python environment for {script}"));
        return None;
    }
    let mut command = Command::new(python);
    command
        .arg(repository().join("tests/judges").join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// Returns a command of one of the judges in tests/judges that ask `LibreOffice`, or `None` as [`judge`] does.
pub(crate) fn office_judge(script: &str) -> Option<Command> {
    judge("soffice")?;
    // Debian puts the module where its own Python finds it, and no other.
    let has_uno = |python: &&&str| {
        let asked = Command::new(python).args(["-c", "import uno"]).output();
        asked.is_ok_and(|output| output.status.success())
    };
    let Some(python) = ["/usr/bin/python3", "python3"].iter().find(has_uno) else {
        missing("a Python with the module uno");
        return None;
    };
    let mut command = Command::new(python);
    command
        .arg(repository().join("tests/judges").join(script))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(command)
}

/// Tells past the test runner's capture that a judge is missing.
pub(crate) fn missing(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let loud = format!(
        "\nMISSING JUDGE: {test} could not ask {what}, so what it judges was NOT CHECKED. `tests/run` installs it.\n\n"
    );
    drop(std::io::stderr().write_all(loud.as_bytes()));
    let required = ["CI", "SIGILL_REQUIRE_JUDGES"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
    assert!(!required, "the outside judge is required here: {what}");
}

/// Runs an outside program with arguments; `None` if it is not installed.
pub(crate) fn ask<S: AsRef<std::ffi::OsStr>>(
    program: &str,
    arguments: impl IntoIterator<Item = S>,
) -> Option<Run> {
    let mut command = judge(program)?;
    command.args(arguments);
    Some(run(command))
}

/// Returns the text of a PDF's pages, each by itself.
pub(crate) fn page_texts(pdf: &Path) -> Option<Vec<String>> {
    let run = ask("pdftotext", [pdf.as_os_str(), "-".as_ref()])?;
    assert_eq!(run.code, 0, "{run}");
    let mut pages: Vec<String> = run.out.split('\u{c}').map(str::to_owned).collect();
    assert_eq!(
        pages.pop().as_deref(),
        Some(""),
        "each page ends with a form feed"
    );
    Some(pages)
}

/// Returns a text with each stretch of white space as one space, without invisible break marks.
pub(crate) fn flowing(text: &str) -> String {
    let seen: String = text
        .chars()
        .filter(|c| !matches!(c, '\u{200b}' | '\u{2060}'))
        .collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}
