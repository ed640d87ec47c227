//! Certificates, time-stamps and revocation over real HTTP on loopback, and a PKCS#11 token.
//!
//! What there is to ask and to sign with stands in tests/judges/pki.py.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;
use tempfile::TempDir;

use crate::clock::Clock;
use crate::support::{judge, missing, python_judge, run, scratch, sha256};

/// The passphrase of every key file of the test PKI.
pub(crate) const PASSPHRASE: &str = "prov";

/// A test PKI with its services, which end with it.
pub(crate) struct Pki {
    folder: TempDir,
    url: String,
    server: Child,
}

impl Pki {
    /// Starts one, or returns `None` as [`python_judge`] does.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(|_| {})
    }

    /// As [`Pki::start`], living by a clock.
    pub(crate) fn start_by(clock: &Clock) -> Option<Self> {
        Self::start_with(|command| clock.rule(command))
    }

    fn start_with(change: impl FnOnce(&mut Command)) -> Option<Self> {
        let mut command = python_judge("pki.py")?;
        change(&mut command);
        let folder = scratch();
        // RSA keys take long to make, so they are made once and kept outside the repository.
        let keys = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keys");
        command.arg("serve").arg(folder.path());
        command.arg("--keys").arg(keys);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command.spawn().unwrap();
        let mut line = String::new();
        let mut answer = BufReader::new(server.stdout.take().unwrap());
        answer.read_line(&mut line).unwrap();
        if line.is_empty() {
            server.wait().unwrap();
            missing("the test PKI, which did not start");
            return None;
        }
        let ready: Value = serde_json::from_str(&line).unwrap();
        Some(Self {
            folder,
            url: ready["url"].as_str().unwrap().to_owned(),
            server,
        })
    }

    /// Returns a file of the PKI, such as `s001.p12` or `trust/root.pem`.
    #[track_caller]
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        assert!(path.exists(), "the test PKI has no file {name}");
        path
    }

    /// Returns the address of a service, such as `/tsa`.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// Returns the name of the person whom a signer's certificate names.
    #[track_caller]
    pub(crate) fn person(&self, signer: &str) -> String {
        let text = std::fs::read_to_string(self.path("signers.json")).unwrap();
        let signers: Vec<Value> = serde_json::from_str(&text).unwrap();
        let found = signers.iter().find(|each| each["name"] == signer);
        let found = found.unwrap_or_else(|| panic!("the test PKI has no signer {signer}"));
        found["person"].as_str().unwrap().to_owned()
    }

    /// Returns the SHA-256 of a signer's certificate.
    #[track_caller]
    pub(crate) fn certificate_digest(&self, signer: &str) -> String {
        let pem = std::fs::read_to_string(self.path(&format!("{signer}.pem"))).unwrap();
        let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        sha256(&BASE64.decode(base64).unwrap())
    }

    /// Revokes a signer's certificate, as of two hours ago.
    pub(crate) fn revoke(&self, signer: &str) {
        assert_eq!(self.get(&format!("/revoke/{signer}")), "revoked\n");
    }

    /// Returns how often a service was asked so far.
    pub(crate) fn asked(&self, path: &str) -> u64 {
        let counts: Value = serde_json::from_str(&self.get("/asked")).unwrap();
        counts[path].as_u64().unwrap_or(0)
    }

    fn get(&self, path: &str) -> String {
        let host = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        drop(self.server.kill());
        drop(self.server.wait());
    }
}

/// A token of softhsm2 that holds the keys imported into it. It cannot hold their certificates here.
pub(crate) struct Token {
    folder: TempDir,
    module: PathBuf,
}

impl Token {
    /// Its label.
    pub(crate) const LABEL: &str = "Provkort";
    /// Its PIN.
    pub(crate) const PIN: &str = "4711";

    /// Makes one without keys, or returns `None` as [`judge`] does.
    pub(crate) fn new() -> Option<Self> {
        judge("softhsm2-util")?;
        let Some(module) = MODULES.iter().map(PathBuf::from).find(|path| path.exists()) else {
            missing("libsofthsm2.so, which is at none of its usual places");
            return None;
        };
        let folder = scratch();
        let tokens = folder.path().join("tokens");
        std::fs::create_dir(&tokens).unwrap();
        let settings = format!(
            "directories.tokendir = {}\nobjectstore.backend = file\nlog.level = ERROR\n",
            tokens.display()
        );
        std::fs::write(folder.path().join("softhsm2.conf"), settings).unwrap();
        let token = Self { folder, module };
        token.ask(&[
            "--init-token",
            "--free",
            "--so-pin",
            "12345678",
            "--label",
            Self::LABEL,
        ]);
        Some(token)
    }

    /// Imports an unencrypted PKCS#8 key as the object with a label and an identifier in hexadecimal digits.
    #[track_caller]
    pub(crate) fn import(&self, key: &Path, label: &str, id: &str) {
        let key = key.to_str().unwrap();
        self.ask(&[
            "--import",
            key,
            "--token",
            Self::LABEL,
            "--id",
            id,
            "--label",
            label,
        ]);
    }

    /// Returns the setting with which a program finds the token.
    pub(crate) fn env(&self) -> (&'static str, PathBuf) {
        (SETTING, self.folder.path().join("softhsm2.conf"))
    }

    /// Returns where the PKCS#11 module lies.
    pub(crate) fn module(&self) -> &Path {
        &self.module
    }

    /// Returns the address (RFC 7512) of a key on it.
    pub(crate) fn uri(&self, object: &str) -> String {
        format!(
            "pkcs11:token={};object={object};type=private?module-path={}",
            Self::LABEL,
            self.module.display()
        )
    }

    #[track_caller]
    fn ask(&self, arguments: &[&str]) {
        let mut command = judge("softhsm2-util").unwrap();
        let (name, value) = self.env();
        command.env(name, value).args(arguments);
        command.args(["--pin", Self::PIN]);
        let run = run(command);
        assert_eq!(run.code, 0, "{run}");
    }
}

#[test]
fn the_services_answer_and_end_with_the_test() {
    let Some(pki) = Pki::start() else { return };
    let host = pki.url("").replace("http://", "");
    assert_eq!(pki.asked("/tsa"), 0);
    assert_eq!(pki.person("personnummer"), "Tolvan Tolvansson");
    for name in ["s100.p12", "rsa4096.key.pem", "trust/root.pem"] {
        assert!(pki.path(name).is_file());
    }
    drop(pki);
    assert!(TcpStream::connect(host).is_err());
}

#[test]
fn a_token_takes_each_kind_of_key() {
    let (Some(pki), Some(token)) = (Pki::start(), Token::new()) else {
        return;
    };
    for (signer, id) in [("s001", "01"), ("ec384", "02"), ("rsa3072", "03")] {
        token.import(&pki.path(&format!("{signer}.key.pem")), signer, id);
    }
    assert!(token.module().is_absolute());
    assert!(token.uri("s001").contains("object=s001"));
}

/// Where Debian puts the module: Debian 12 and 13, and each architecture.
const MODULES: [&str; 4] = [
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
];

/// The environment variable that names softhsm2's settings.
const SETTING: &str = "SOFTHSM2_CONF";
