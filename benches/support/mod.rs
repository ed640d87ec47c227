//! What benches of signatures share: an office with copies, a test PKI, a signer, and clocks.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use chrono::{DateTime, Utc};

use sigill::agreement::{Level, Sha256};
use sigill::pdf::{self, AppearanceLine, LineWeight, SignatureEntries};
use sigill::signature::{
    self, Head, Key as _, Prepared, Signed, SoftwareKey, certificates_from_pem, check_signer,
};

/// An office with copies, and a test PKI.
pub(crate) struct Place {
    pub(crate) office: PathBuf,
    pub(crate) pki: PathBuf,
    /// The services end when their standard input is closed, with the bench.
    _services: Child,
}

impl Place {
    /// Makes it in a folder of this name.
    pub(crate) fn new(name: &str) -> Self {
        let place = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _absent = fs::remove_dir_all(&place);
        let (office, pki) = (place.join("office"), place.join("pki"));
        fs::create_dir_all(office.join("signatories/trust")).unwrap();
        let (url, services) = serve(&pki);
        for folder in ["templates", "signatories"] {
            copy_tree(&root().join(folder), &office.join(folder));
        }
        let trust = office.join("signatories/trust/root.pem");
        fs::copy(pki.join("trust/root.pem"), trust).unwrap();
        let authorities = format!("[time_stamp]\nauthorities = [\"{url}/tsa\"]\n");
        fs::write(office.join("sigill.toml"), authorities).unwrap();
        let both = ["s001.key.pem", "s001.chain.pem"].map(|name| fs::read(pki.join(name)).unwrap());
        fs::write(pki.join("s001.both.pem"), both.concat()).unwrap();
        for form in ["bilateral", "joint"] {
            run(&office, &["generate", "familjecentral", "--form", form]);
        }
        Self {
            office,
            pki,
            _services: services,
        }
    }

    pub(crate) fn key(&self, signer: &str) -> SoftwareKey {
        let read = |end: &str| fs::read(self.pki.join(format!("{signer}.{end}"))).unwrap();
        let chain = certificates_from_pem(&read("chain.pem")).unwrap();
        SoftwareKey::from_pem(&read("key.pem"), None, &chain, false).unwrap()
    }

    pub(crate) fn bilateral(&self) -> Vec<u8> {
        self.copy(BILATERAL)
    }

    pub(crate) fn joint(&self) -> Vec<u8> {
        self.copy("familjecentral-1.0-joint/familjecentral-1.0-j-alla-parter.pdf")
    }

    fn copy(&self, name: &str) -> Vec<u8> {
        fs::read(self.office.join("out").join(name)).unwrap()
    }
}

/// Signs as `sigill sign` does for each copy: checks, appearance, signature, and the new head.
pub(crate) fn sign(copy: &[u8], field: &str, key: &mut SoftwareKey) -> Signed {
    check_signer(key.chain().signer(), *NOW).unwrap();
    let head = Head::new(copy);
    // The file that was named is compared with the head that the register knows.
    assert!(Sha256::of(copy) == head.digest());
    let prepared = prepare(&head, field, key);
    let value = key.sign(prepared.message()).unwrap();
    // The copies of one run are prepared first and completed together: each is hashed again.
    let head = Head::new(copy);
    let value = prepared.checked_value(&value).unwrap();
    signature::finish(&head, prepared, &value, None).unwrap()
}

pub(crate) fn prepare(head: &Head<'_>, field: &str, key: &SoftwareKey) -> Prepared {
    let line = |text| AppearanceLine {
        text,
        weight: LineWeight::Detail,
    };
    let mut appearance = WORDS.map(line);
    appearance[0].weight = LineWeight::Leading;
    assert!(
        pdf::undrawable(head.bytes(), &WORDS.concat())
            .unwrap()
            .is_empty()
    );
    let entries = SignatureEntries {
        field,
        signed_at: *NOW,
        name: Some(WORDS[0]),
        reason: Some("Undertecknar Familjecentralsavtalet 1.0 för Bollebygds kommun"),
        location: Some("Bollebygd"),
        appearance: &appearance,
        certifies: false,
        reserve_bytes: 0,
    };
    signature::prepare(head, &entries, key.chain(), key.algorithm(), Level::B).unwrap()
}

/// Starts the services of the test PKI; gives their address too.
fn serve(folder: &Path) -> (String, Child) {
    let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys");
    let mut server = python()
        .arg(root().join("tests/judges/pki.py"))
        .arg("serve")
        .arg(folder)
        .arg("--keys")
        .arg(keys)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut answer = BufReader::new(server.stdout.take().unwrap());
    answer.read_line(&mut line).unwrap();
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    (ready["url"].as_str().unwrap().to_owned(), server)
}

pub(crate) fn python() -> Command {
    let python = std::env::var_os("SIGILL_JUDGES").map(PathBuf::from);
    let python = python.unwrap_or_else(|| root().join("target/judges/bin/python"));
    let mut command = Command::new(python);
    command.env("PYTHONDONTWRITEBYTECODE", "1");
    command
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn run(office: &Path, arguments: &[&str]) {
    let status = Command::new(env!("CARGO_BIN_EXE_sigill"))
        .current_dir(office)
        .env("SIGILL_PINS", office.join("pins"))
        .args(arguments)
        .env_remove("SIGILL_OFFICE")
        .env_remove("SIGILL_ACTOR")
        .env("PROV", "prov")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    assert!(status.unwrap().success(), "{arguments:?}");
}

pub(crate) fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Returns the CPU time of this thread.
pub(crate) fn cpu_of_thread() -> Duration {
    // Nanoseconds, first of three; more exact than the ticks of stat.
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    let nanoseconds = text.split(' ').next().unwrap().parse().unwrap();
    Duration::from_nanos(nanoseconds)
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The copy that most is measured with, under out/.
pub(crate) const BILATERAL: &str =
    "familjecentral-1.0-bilateral/familjecentral-1.0-b1443-bollebygd.pdf";

const WORDS: [&str; 4] = [
    "Prov Provsson",
    "Kommunstyrelsens ordförande",
    "Bollebygds kommun",
    "Elektronisk underskrift 2026-11-22 14:05",
];

pub(crate) static NOW: LazyLock<DateTime<Utc>> = LazyLock::new(Utc::now);
