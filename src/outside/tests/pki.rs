//! Keys and certificates made by openssl for one test, and what its time-stamping authority says.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use tempfile::TempDir;

use super::openssl;
use super::server::{Question, Reply};
use crate::signature::{Anchors, Certificate, certificates_from_pem};

/// A folder with an authority, `root.pem`, and what it issues.
pub(super) struct Pki {
    folder: PathBuf,
    /// Where the folder is its own.
    own: Option<TempDir>,
    /// openssl counts time-stamps in a file.
    turn: Mutex<()>,
}

const CONFIG: &str = "
[req]
distinguished_name = none
[none]
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[signer]
keyUsage = critical,digitalSignature
[responder]
keyUsage = critical,digitalSignature
extendedKeyUsage = OCSPSigning
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[clock]
serial = serial
crypto_device = builtin
signer_cert = clock.pem
signer_key = clock.key
certs = root.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
";

pub(super) const P256: &str = "ec -pkeyopt ec_paramgen_curve:P-256";

impl Pki {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut pki = Self::in_folder(folder.path());
        pki.own = Some(folder);
        pki
    }

    /// Begins in a folder that somebody else removes.
    pub(super) fn in_folder(folder: &Path) -> Self {
        std::fs::write(folder.join("config"), CONFIG).unwrap();
        std::fs::write(folder.join("serial"), "01\n").unwrap();
        let pki = Self {
            folder: folder.to_owned(),
            own: None,
            turn: Mutex::new(()),
        };
        pki.make("root", "root", P256, "");
        pki
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Makes a key and a certificate by the root, `name.key` and `name.pem`.
    pub(super) fn issue(&self, name: &str, purpose: &str, key: &str) {
        self.make(name, purpose, key, "-CA root.pem -CAkey root.key");
    }

    fn make(&self, name: &str, purpose: &str, key: &str, issuer: &str) {
        let key = format!("-newkey {key} -nodes -keyout {name}.key -out {name}.pem");
        openssl(
            self.folder(),
            &format!(
                "req -x509 -config config -extensions {purpose} -subj /CN={name} -days 30 {key} {issuer}"
            ),
        );
    }

    pub(super) fn read(&self, file: &str) -> Vec<u8> {
        std::fs::read(self.folder().join(file)).unwrap()
    }

    pub(super) fn certificate(&self, name: &str) -> Certificate {
        let pem = self.read(&format!("{name}.pem"));
        certificates_from_pem(&pem).unwrap().remove(0)
    }

    pub(super) fn anchors(&self) -> Anchors {
        Anchors::new(vec![self.certificate("root")]).unwrap()
    }

    /// Makes this the folder of a time-stamping authority as well.
    pub(super) fn with_clock(self) -> Self {
        self.issue("clock", "tsa", P256);
        self
    }

    /// Answers a time-stamp query.
    pub(super) fn stamp(&self, question: &Question) -> Reply {
        let _turn = self.turn.lock().unwrap();
        std::fs::write(self.folder().join("query"), &question.body).unwrap();
        openssl(
            self.folder(),
            "ts -reply -config config -section clock -queryfile query -out reply",
        );
        let reply = self.read("reply");
        Reply::Answer(200, "application/timestamp-reply", reply)
    }
}
