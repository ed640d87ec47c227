//! Signatures that are not made: each bad input with its exact words, and nothing changed by it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::pki::{PASSPHRASE, Pki};
use super::sign::{copy_of, office_and_pki, sign, sign_with, trust, with};
use super::support::{AGREEMENT, Issue, Office, Run, ask, digests, run, sha256};

/// The copy of the second agreement that most tests sign, which has this seat alone.
const SEAT: &str = "1499-director";

/// An office that trusts the test PKI, and what it was before something was refused.
pub(crate) struct Desk {
    pub(crate) office: Office,
    pub(crate) pki: Pki,
}

/// What a refusal leaves as it is.
#[derive(Debug, PartialEq)]
pub(crate) struct State {
    files: BTreeMap<String, String>,
    pub(crate) entries: Vec<Value>,
    leases: i64,
}

impl State {
    pub(crate) fn of(office: &Office) -> Self {
        let store = office.path(".sigill");
        let mut files = digests(&office.path("out"));
        if store.exists() {
            files.extend(digests(&store.join("documents")));
        }
        Self {
            files,
            entries: office.check_log(),
            leases: office.number("SELECT count(*) FROM lease"),
        }
    }
}

impl Desk {
    /// Returns `None` if there is no PKI.
    pub(crate) fn new(issue: Issue) -> Option<Self> {
        let (office, pki) = office_and_pki(issue)?;
        // The tables of leases come with the first command that writes.
        office.run(&["generate", issue.agreement()]).ok();
        Some(Self { office, pki })
    }

    /// Writes sigill.toml: services to ask for time-stamps, and how long.
    pub(crate) fn ask(&self, services: &[&str], seconds: u32) {
        let services: Vec<String> = services.iter().map(|path| self.pki.url(path)).collect();
        let text = format!("[time_stamp]\nauthorities = {services:?}\nseconds = {seconds}\n");
        self.office.write("sigill.toml", text);
    }

    /// Returns `sigill sign` of a file in a seat with a signer's PKCS#12 file.
    pub(crate) fn sign(&self, file: &Path, seat: &str, signer: &str) -> Command {
        let mut command = sign(&self.office, &self.pki, seat, signer);
        command.arg(file);
        command
    }

    /// Returns a text without what differs from run to run: addresses, folders, times.
    pub(crate) fn told(&self, text: &str) -> String {
        let beside = self.office.beside("");
        let keys = self.pki.path("");
        let text = text
            .replace(&self.pki.url(""), "URL")
            .replace(keys.to_str().unwrap(), "KEYS/")
            .replace(beside.to_str().unwrap(), "BESIDE/");
        without_times(&text)
    }

    /// Checks that a command is refused with exactly these words, and that nothing changed.
    #[track_caller]
    pub(crate) fn refuses(&self, command: Command, code: i32, error: &str, hint: &str) {
        let before = State::of(&self.office);
        self.refuses_from(&before, command, code, error, hint);
    }

    #[track_caller]
    pub(crate) fn refuses_from(
        &self,
        before: &State,
        command: Command,
        code: i32,
        error: &str,
        hint: &str,
    ) {
        let run = run(command);
        assert_eq!(run.code, code, "{run}");
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("\nhint: {hint}\n")
        };
        assert_eq!(
            self.told(&run.err),
            format!("error: {error}\n{hint}"),
            "{run}"
        );
        assert_eq!(run.out, "", "{run}");
        assert_eq!(&State::of(&self.office), before, "{run}");
    }

    /// As [`Desk::refuses`], where the words are those of the system.
    #[track_caller]
    pub(crate) fn refuses_like(&self, command: Command, code: i32, part: &str) -> Run {
        let before = State::of(&self.office);
        let run = run(command)
            .fails(code)
            .complains(part)
            .complains("\nhint: ");
        assert_eq!(State::of(&self.office), before, "{run}");
        run
    }
}

/// Returns a text in which each date with a time is the word TIME.
fn without_times(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let mut bytes = text.as_bytes();
    let mut kept = Vec::new();
    while let Some((first, rest)) = bytes.split_first() {
        let is_time = bytes.len() >= SHAPE.len()
            && bytes.iter().zip(SHAPE).all(|(byte, shape)| {
                if *shape == b'0' {
                    byte.is_ascii_digit()
                } else {
                    byte == shape
                }
            });
        if is_time {
            kept.extend_from_slice(b"TIME");
            bytes = &bytes[SHAPE.len()..];
        } else {
            kept.push(*first);
            bytes = rest;
        }
    }
    String::from_utf8(kept).unwrap()
}

/// Runs openssl, which must do what it is asked.
#[track_caller]
pub(crate) fn openssl(arguments: &[&str]) {
    let run = ask("openssl", arguments).unwrap();
    assert_eq!(run.code, 0, "{run}");
}

#[test]
fn keys_and_certificates() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    let before = State::of(&desk.office);
    let refuses = |command: Command, code, error: &str, hint: &str| {
        desk.refuses_from(&before, command, code, error, hint);
    };
    let clock = "use a valid certificate; is this machine's clock right?";
    let purpose = "use a certificate that was issued for signing";
    let kinds = "use a key of P-256, P-384 or RSA with 3072 bits or more";
    for (signer, code, error, hint) in [
        (
            "expired",
            4,
            "the certificate of CN=Prov Utgången,surname=Utgången,givenName=Prov,C=SE expired at TIME UTC; the time is TIME UTC",
            clock,
        ),
        (
            "not-yet",
            4,
            "the certificate of CN=Prov Framtid,surname=Framtid,givenName=Prov,C=SE is valid from TIME UTC; the time is TIME UTC",
            clock,
        ),
        (
            "wrong-usage",
            4,
            "the certificate of CN=Prov Felbruk,surname=Felbruk,givenName=Prov,C=SE has a key usage without digital signature",
            purpose,
        ),
        (
            "server",
            4,
            "the certificate of CN=Prov Servare,surname=Servare,givenName=Prov,C=SE is only for servers (serverAuth)",
            purpose,
        ),
        (
            "weak",
            4,
            "the RSA key of CN=Prov Svag,surname=Svag,givenName=Prov,C=SE has 2048 bits, fewer than 3000",
            kinds,
        ),
        (
            "ed25519",
            2,
            "KEYS/ed25519.p12: Ed25519 keys are not used, as common PDF readers cannot check them",
            kinds,
        ),
    ] {
        refuses(desk.sign(&file, SEAT, signer), code, error, hint);
    }

    // A certificate authority's own key, which nothing else is wrong with.
    let (key, certificate) = (
        desk.office.beside("ca.key.pem"),
        desk.office.beside("ca.pem"),
    );
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-noenc",
        "-subj",
        "/CN=Prov Egen",
        "-days",
        "30",
        "-keyout",
        key.to_str().unwrap(),
        "-out",
        certificate.to_str().unwrap(),
    ]);
    let pem = |key: &Path, certificates: Option<&Path>| {
        let mut command = sign_with(&desk.office, SEAT, key);
        command.arg(&file);
        if let Some(certificates) = certificates {
            command.arg("--certificates").arg(certificates);
        }
        command
    };
    refuses(
        pem(&key, Some(&certificate)),
        4,
        "the certificate of CN=Prov Egen is a certificate authority's, not a signer's",
        purpose,
    );

    let own = desk.pki.path("s001.key.pem");
    let kind_of_file = "give a PKCS#12 (.p12, .pfx) or PEM file with the private key";
    let give = "give the certificate with --certificates FILE";
    for (key, certificates, error, hint) in [
        (
            &own,
            Some("s002.chain.pem"),
            "KEYS/s001.key.pem: the private key does not belong to the certificate of CN=Prov Ärlig-Öberg,surname=Ärlig-Öberg,givenName=Prov,C=SE",
            "give the certificate of this key",
        ),
        (
            &own,
            None,
            "KEYS/s001.key.pem: there is no certificate to the key EC",
            give,
        ),
        (
            &own,
            Some("signers.json"),
            "KEYS/signers.json: the PEM file of certificates is not in order",
            "give a PEM file with the certificates, --certificates FILE",
        ),
        (
            &desk.pki.path("s001.pem"),
            None,
            "KEYS/s001.pem: there is no private key",
            "give the file or the token that holds the private key",
        ),
        (
            &desk.pki.path("signers.json"),
            None,
            "KEYS/signers.json: the key cannot be read: it is not a PKCS#12 file in order",
            kind_of_file,
        ),
    ] {
        let certificates = certificates.map(|name| desk.pki.path(name));
        refuses(pem(key, certificates.as_deref()), 2, error, hint);
    }
    let whole = fs::read(desk.pki.path("s001.p12")).unwrap();
    for (name, bytes) in [("half.p12", &whole[..whole.len() / 2]), ("empty.p12", &[])] {
        let path = desk.office.beside(name);
        fs::write(&path, bytes).unwrap();
        let error =
            format!("BESIDE/{name}: the key cannot be read: it is not a PKCS#12 file in order");
        refuses(pem(&path, None), 2, &error, kind_of_file);
    }
    let nowhere = desk.office.beside("no-such.p12");
    refuses(
        pem(&nowhere, None),
        5,
        "BESIDE/no-such.p12: No such file or directory (os error 2)",
        "the file or folder is not there",
    );
    run(desk.sign(&file, SEAT, "s001")).ok();
}

#[test]
fn passphrases() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    let again = "nothing was signed; try again";
    let certificates = desk.pki.path("s001.chain.pem");
    for name in [
        "s001.p12",
        "s001.legacy.p12",
        "s001.windows.p12",
        "s001.encrypted.pem",
    ] {
        let mut command = sign_with(&desk.office, SEAT, &desk.pki.path(name));
        command.env("PROV", "fel").arg(&file);
        command.arg("--certificates").arg(&certificates);
        desk.refuses(
            command,
            2,
            &format!("KEYS/{name}: the passphrase is wrong"),
            again,
        );
    }

    let place = "name where it is with --passphrase-env or --passphrase-file; such a file must be yours alone (chmod 600)";
    let key = desk.pki.path("s001.p12");
    let plain = |options: &[&str]| {
        let mut command = desk.office.command(&["sign", "--seat", SEAT]);
        command.arg("--key").arg(&key).arg(&file).args(options);
        command
    };
    let open = desk.office.beside("open");
    let empty = desk.office.beside("empty");
    let absent = desk.office.beside("absent");
    fs::write(&open, PASSPHRASE).unwrap();
    fs::write(&empty, "\nprov\n").unwrap();
    set_mode(&open, 0o640);
    set_mode(&empty, 0o600);
    let [open, empty, absent] = [&open, &empty, &absent].map(|path| path.to_str().unwrap());
    for (options, error) in [
        (
            &[][..],
            "there is no terminal on which to ask \"Lösenord för nyckeln\"",
        ),
        (
            &["--passphrase-env", "NO_SUCH_PROV"],
            "the environment variable NO_SUCH_PROV is not set",
        ),
        (
            &["--passphrase-env", "EMPTY_PROV"],
            "the environment variable EMPTY_PROV is empty",
        ),
        (
            &["--passphrase-file", open],
            "the secret's file BESIDE/open can be read by others (mode 640)",
        ),
        (&["--passphrase-file", empty], "BESIDE/empty is empty"),
        (
            &["--passphrase-file", absent],
            "the secret's file BESIDE/absent cannot be read: No such file or directory (os error 2)",
        ),
    ] {
        let mut command = plain(options);
        command.env("EMPTY_PROV", "");
        desk.refuses(command, 2, error, place);
    }
    // As an argument it would stand in the list of processes: there is no such argument.
    let run = run(plain(&["--passphrase", "prov"]));
    assert_eq!(run.code, 2, "{run}");
    assert!(
        run.err.contains("unexpected argument '--passphrase'"),
        "{run}"
    );

    set_mode(Path::new(open), 0o600);
    with(plain(&["--passphrase-file"]), [open]).ok();
}

pub(crate) fn set_mode(path: &Path, mode: u32) {
    let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
    fs::set_permissions(path, permissions).unwrap();
}

#[test]
fn seats_and_roles() {
    let Some(desk) = Desk::new(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Bilateral, "1443");
    let refuses = |seat: &str, more: &[&str], code, error: &str, hint: &str| {
        let mut command = desk.sign(&file, seat, "s001");
        command.args(more);
        desk.refuses(command, code, error, hint);
    };
    refuses(
        "1444-chair",
        &[],
        2,
        "familjecentral-1.0-b1443 has no seat 1444-chair",
        "it has 1443-chair, 1443-countersigner, 14-chair, 14-director",
    );
    refuses(
        "1443-chair",
        &["--as", "director"],
        4,
        "director may not sign in 1443-chair",
        "these may, in this order: chair, vice_chair",
    );
    let mut command = desk.sign(&file, "1443-chair", "s001");
    command.args(["--as", "vice_chair", "--json"]);
    let told = run(command).ok().json();
    assert_eq!(
        told["copies"][0]["title"],
        "Kommunstyrelsens vice ordförande"
    );
    let signed = "1443-chair of familjecentral-1.0-b1443 was signed TIME";
    let left = "nothing is left to do; to sign anew, void the copy and issue another: `sigill generate --reissue`";
    refuses("1443-chair", &[], 4, signed, left);
    // Also from the file as it was issued, and by the deputy.
    refuses("1443-chair", &["--as", "vice_chair"], 4, signed, left);

    for (argument, value, error) in [
        (
            "--seat",
            "chair",
            "error: invalid value 'chair' for '--seat <SEAT>': \"chair\" is no seat: expected a party code, - and a role",
        ),
        (
            "--as",
            "Vice Chair",
            "error: invalid value 'Vice Chair' for '--as <ROLE>': \"Vice Chair\" is no role",
        ),
        (
            "--level",
            "B-X",
            "error: invalid value 'B-X' for '--level <LEVEL>'",
        ),
    ] {
        let mut command = desk.office.command(&["sign", argument, value]);
        command.arg(&file);
        let run = run(command);
        assert!(run.code == 2 && run.err.starts_with(error), "{run}");
    }
}

/// What version.toml says of order and deputies binds; a party's own rule only narrows it.
#[test]
fn order_of_seats_and_deputies() {
    let Some(pki) = Pki::start() else { return };
    let version = "templates/familjecentral/1.0/version.toml";
    let chair = "role = \"chair\"\ntitle = \"Kommunstyrelsens";
    for order in ["parties", "seats"] {
        let office = Office::new();
        trust(&office, &pki);
        let deputies = chair.replace("title", "deputies = [\"director\"]\ntitle");
        office.edit(version, chair, &deputies);
        office.edit(
            version,
            "[term]",
            &format!("[signing]\norder = \"{order}\"\n\n[term]"),
        );
        office.run(&["generate", AGREEMENT, "--party", "1443"]);
        if !office.path(Issue::Bilateral.out()).exists() {
            office.run(&["generate", AGREEMENT]).ok();
        }
        let file = copy_of(&office, Issue::Bilateral, "1443");
        let told = |seat: &str, more: &[&str]| {
            let mut command = sign(&office, &pki, seat, "s001");
            command.arg(&file).args(["--level", "B-B"]).args(more);
            run(command)
        };
        let before = State::of(&office);
        let hint = "\n\nhint: version.toml sets this order, [signing] order\n";
        let run = told("1443-countersigner", &[]).fails(4);
        assert_eq!(
            run.err,
            format!(
                "error: 1443-countersigner of familjecentral-1.0-b1443 is signed after 1443-chair, which is not signed yet{hint}"
            ),
        );
        let first = if order == "parties" {
            "1443-chair"
        } else {
            "14-chair"
        };
        let run = told("14-director", &[]).fails(4);
        assert_eq!(
            run.err,
            format!(
                "error: 14-director of familjecentral-1.0-b1443 is signed after {first}, which is not signed yet{hint}"
            ),
        );
        // The version admits the director, the party's rule does not; the other way for the deputy.
        for role in ["director", "vice_chair"] {
            let run = told("1443-chair", &["--as", role]).fails(4);
            assert_eq!(
                run.err,
                format!(
                    "error: {role} may not sign in 1443-chair\n\nhint: these may, in this order: chair\n"
                ),
            );
        }
        assert_eq!(State::of(&office), before);
        if order == "seats" {
            told("14-chair", &[]).ok();
        }
        for seat in [
            "1443-chair",
            "1443-countersigner",
            "14-chair",
            "14-director",
        ] {
            if order == "parties" || seat != "14-chair" {
                told(seat, &[]).ok();
            }
        }
    }
}

#[test]
fn files_that_are_not_the_copy() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let office = &desk.office;
    let file = copy_of(office, Issue::Introduktion, "1499");
    let base = fs::read(&file).unwrap();
    let sent = |name: &str, bytes: &[u8]| {
        let path = office.beside(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let unknown = "not a copy in this register, or changed since it was issued";
    let unknown_hint =
        "`sigill verify FILE` tells more; `sigill generate` writes the copies anew from the store";
    let refuses = |path: &Path, code, error: &str, hint: &str| {
        desk.refuses(desk.sign(path, SEAT, "s001"), code, error, hint);
    };
    // One byte in the middle, one at the end.
    for (name, place) in [("middle.pdf", base.len() / 2), ("end.pdf", base.len() - 1)] {
        let mut changed = base.clone();
        changed[place] ^= 1;
        let path = sent(name, &changed);
        refuses(&path, 4, &format!("BESIDE/{name}: {unknown}"), unknown_hint);
    }
    let shorter = sent("short.pdf", &base[..base.len() - 20]);
    refuses(
        &shorter,
        4,
        &format!("BESIDE/short.pdf: {unknown}"),
        unknown_hint,
    );
    let other = sent("other.pdf", b"%PDF-1.7\n%%EOF\n");
    refuses(
        &other,
        4,
        &format!("BESIDE/other.pdf: {unknown}"),
        unknown_hint,
    );
    let longer = sent(
        "long.pdf",
        &[base.as_slice(), b"% a remark\n%%EOF\n"].concat(),
    );
    refuses(
        &longer,
        4,
        "BESIDE/long.pdf: begins with introduktion-1.0-c1499 and goes on with what this register does not know",
        "a copy signed elsewhere must be received before it is signed here; the newest known file is written by `sigill generate`",
    );
    refuses(
        &office.beside("none.pdf"),
        5,
        "BESIDE/none.pdf: No such file or directory (os error 2)",
        "the file or folder is not there",
    );
    refuses(
        &office.path("signatories"),
        2,
        "the folder BESIDE/office/signatories holds no PDF file",
        "name the files, or the folder that holds them",
    );
    let twin = sent("twin.pdf", &base);
    let mut command = desk.sign(&file, SEAT, "s001");
    command.arg(&twin);
    desk.refuses(
        command,
        2,
        "BESIDE/office/out/introduktion-1.0-counterpart/introduktion-1.0-c1499-falkoping.pdf and BESIDE/twin.pdf are both introduktion-1.0-c1499",
        "name each copy once",
    );

    // A voided copy, from a file that was sent before.
    office
        .run(&[
            "void",
            "introduktion",
            "--copy",
            "introduktion-1.0-c1499",
            "--reason",
            "Prov",
        ])
        .ok();
    refuses(
        &twin,
        4,
        "introduktion-1.0-c1499 is voided",
        "sign the copy that replaced it; `sigill status` lists the copies",
    );
}

/// The newest state is signed, whichever known state was handed in, and takes the file's place.
#[test]
fn an_older_file_stands_for_the_newest() {
    let Some(desk) = Desk::new(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Bilateral, "1443");
    let older = desk.office.beside("older.pdf");
    fs::copy(&file, &older).unwrap();
    run(desk.sign(&file, "1443-chair", "s001")).ok();
    let first = fs::read(&file).unwrap();
    let run = run(desk.sign(&older, "1443-countersigner", "s002")).ok();
    let told = run.says("older.pdf är en äldre utgåva; den nyaste är den som undertecknas");
    assert!(
        told.out
            .contains("1 exemplar är undertecknade av Prov Ärlig-Öberg"),
        "{told}"
    );
    let second = fs::read(&older).unwrap();
    assert_eq!(
        second[..first.len()],
        first,
        "built on the newest, not on the older"
    );
    assert!(second.len() > first.len());
    // The office's own file follows with the next generate.
    desk.office.run(&["generate", AGREEMENT]).ok();
    assert_eq!(fs::read(&file).unwrap(), second);
}

#[test]
fn places_that_cannot_be_written() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let file = copy_of(&desk.office, Issue::Introduktion, "1499");
    let occupied = desk.office.beside("occupied");
    fs::write(&occupied, "a file in the folder's place").unwrap();
    let mut command = desk.sign(&file, SEAT, "s001");
    command.arg("--out").arg(&occupied);
    let run = run(command)
        .fails(5)
        .complains("occupied")
        .complains("\nhint: ");
    let before = State::of(&desk.office);
    assert!(
        before.entries.iter().all(|entry| entry["kind"] != "Signed"),
        "{run}"
    );

    let read_only = desk.office.beside("read-only");
    if let Some(_mounted) = Mounted::new(&read_only, "size=1m,ro") {
        let mut command = desk.sign(&file, SEAT, "s001");
        command.arg("--out").arg(&read_only);
        desk.refuses_like(command, 5, "Read-only file system");
    }
    super::support::run(desk.sign(&file, SEAT, "s001")).ok();
}

/// A file system of the test's own.
struct Mounted(PathBuf);

impl Mounted {
    /// Mounts one in memory, or returns `None` loudly where the user may not.
    fn new(folder: &Path, options: &str) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let mut command = Command::new("mount");
        command
            .args(["-t", "tmpfs", "-o", options, "tmpfs"])
            .arg(folder);
        if command.output().is_ok_and(|output| output.status.success()) {
            return Some(Self(folder.to_owned()));
        }
        let told = format!("\nNOT CHECKED: a file system with {options}; mounting needs root.\n\n");
        drop(std::io::Write::write_all(
            &mut std::io::stderr(),
            told.as_bytes(),
        ));
        None
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("-l").arg(&self.0).output());
    }
}

/// A disk with room for less than one signed copy: for the store, then for the readable file.
#[test]
fn a_full_disk() {
    let Some(desk) = Desk::new(Issue::Introduktion) else {
        return;
    };
    let office = &desk.office;
    let file = copy_of(office, Issue::Introduktion, "1499");
    let small = office.beside("small");
    let Some(mounted) = Mounted::new(&small, "size=16m") else {
        return;
    };
    for entry in fs::read_dir(office.path(".sigill")).unwrap() {
        let entry = entry.unwrap();
        let to = small.join(entry.file_name());
        let done = Command::new("cp")
            .arg("-R")
            .arg(entry.path())
            .arg(&to)
            .status()
            .unwrap();
        assert!(done.success());
    }
    office.remove(".sigill");
    std::os::unix::fs::symlink(&small, office.path(".sigill")).unwrap();
    // Without room for what is about to be entered, and with room for that but not for the copy.
    let size = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    let before = State::of(office);
    for (left, part) in [
        // SQLite has other words for it where its shared memory does not fit (SQLITE_IOERR_SHMSIZE).
        (40 * 1024, "error returned from database: (code: "),
        (size, "No space left on device"),
    ] {
        fill(&small, left);
        let refused = run(desk.sign(&file, SEAT, "s001"));
        fs::remove_file(small.join("filler")).unwrap();
        let refused = refused.fails(5).complains(part);
        let told = refused.complains("is the disk full or the folder read-only?");
        assert_eq!(State::of(office), before, "{told}");
    }
    run(desk.sign(&file, SEAT, "s001")).ok();

    // Only the readable file has no room: the signature is made and entered, and that is told.
    let other = copy_of(office, Issue::Introduktion, "1496");
    let elsewhere = office.beside("elsewhere");
    let Some(second) = Mounted::new(&elsewhere, "size=1m") else {
        return;
    };
    fill(&elsewhere, 8 * 1024);
    let mut command = desk.sign(&other, "1496-director", "s002");
    command.arg("--out").arg(&elsewhere);
    run(command)
        .fails(5)
        .complains("error: introduktion-1.0-c1496 is entered, but its file could not be written: ")
        .complains("\nhint: `sigill generate` writes it from the store");
    office.run(&["generate", "introduktion"]).ok();
    let log = office.check_log();
    let head = &log.last().unwrap()["body"]["head_after"];
    assert_eq!(head, &sha256(&fs::read(&other).unwrap()));
    office.remove(".sigill/documents");
    drop((mounted, second));
    fs::remove_file(office.path(".sigill")).unwrap();
}

/// Fills a file system but for so many bytes.
fn fill(folder: &Path, left: usize) {
    let filler = folder.join("filler");
    let mut file = fs::File::create(&filler).unwrap();
    let block = vec![0; 4096];
    let mut written = 0;
    while std::io::Write::write_all(&mut file, &block).is_ok() {
        written += block.len();
    }
    file.set_len(u64::try_from(written - left).unwrap())
        .unwrap();
}
