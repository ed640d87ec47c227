//! Signing in two steps, and the office's seal: what is refused between request and signature, and
//! what never leaves a passphrase's place.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::pki::PASSPHRASE;
use super::refused::{Desk, State, openssl, set_mode};
use super::sign::{copy_of, trust};
use super::support::{Issue, Office, files_below, run};

const SEAT: &str = "1499-director";
const COPY: &str = "introduktion-1.0-c1499";
const UNCHANGED: &str = "use the file that `sigill sign prepare` wrote, unchanged";

/// A request for one copy, and the values that a service made of it.
struct Requested {
    desk: Desk,
    file: PathBuf,
    request: PathBuf,
}

impl Requested {
    fn new() -> Option<Self> {
        let desk = Desk::new(Issue::Introduktion)?;
        let file = copy_of(&desk.office, Issue::Introduktion, "1499");
        let request = desk.office.beside("request.json");
        let requested = Self {
            desk,
            file,
            request,
        };
        run(requested.prepare(&requested.request)).ok();
        Some(requested)
    }

    fn prepare(&self, request: &Path) -> Command {
        self.prepare_seat(&self.file, SEAT, request)
    }

    fn prepare_seat(&self, file: &Path, seat: &str, request: &Path) -> Command {
        let mut command = self
            .desk
            .office
            .command(&["sign", "prepare", "--seat", seat]);
        command
            .arg("--certificates")
            .arg(self.desk.pki.path("s001.chain.pem"));
        command.arg(file).arg("--request").arg(request);
        command
    }

    fn finish(&self, request: &Path, value: Option<&Path>) -> Command {
        let mut command = self.desk.office.command(&["sign", "finish"]);
        command.arg(request);
        if let Some(value) = value {
            command.arg("--value").arg(value);
        }
        command
    }

    /// Has a request's digest signed as a signing service would, and returns the file of the value.
    fn value(&self, request: &Path, signer: &str) -> PathBuf {
        let file: Value = serde_json::from_slice(&fs::read(request).unwrap()).unwrap();
        let digest = hex::decode(file["items"][0]["digest"].as_str().unwrap()).unwrap();
        let (input, output) = (
            request.with_extension("digest"),
            request.with_extension(signer),
        );
        fs::write(&input, digest).unwrap();
        let key = self.desk.pki.path(&format!("{signer}.key.pem"));
        openssl(&[
            "pkeyutl",
            "-sign",
            "-inkey",
            key.to_str().unwrap(),
            "-in",
            input.to_str().unwrap(),
            "-out",
            output.to_str().unwrap(),
        ]);
        output
    }

    /// Writes the request with a text of it replaced.
    fn changed(&self, from: &str, to: &str) -> PathBuf {
        let text = fs::read_to_string(&self.request).unwrap();
        assert!(text.contains(from), "{text}");
        let path = self.desk.office.beside("changed.json");
        fs::write(&path, text.replacen(from, to, 1)).unwrap();
        path
    }

    fn item(&self, key: &str) -> String {
        let file: Value = serde_json::from_slice(&fs::read(&self.request).unwrap()).unwrap();
        file["items"][0][key].as_str().unwrap().to_owned()
    }
}

#[test]
fn a_request_that_was_changed() {
    let Some(requested) = Requested::new() else {
        return;
    };
    let value = requested.value(&requested.request, "s001");
    let before = State::of(&requested.desk.office);
    let refuses = |request: &Path, code, error: &str, hint: &str| {
        let command = requested.finish(request, Some(&value));
        requested
            .desk
            .refuses_from(&before, command, code, error, hint);
    };
    let (digest, lease) = (requested.item("digest"), requested.item("lease"));
    let other = format!("BESIDE/changed.json: the item of {COPY} is not the one that was prepared");
    refuses(
        &requested.changed(&digest, &"0".repeat(64)),
        2,
        &other,
        UNCHANGED,
    );
    refuses(
        &requested.changed(SEAT, "1496-director"),
        2,
        &other,
        UNCHANGED,
    );
    refuses(
        &requested.changed(COPY, "introduktion-1.0-c1496"),
        2,
        "BESIDE/changed.json: the item of introduktion-1.0-c1496 is not the one that was prepared",
        UNCHANGED,
    );
    refuses(
        &requested.changed(&lease, &"0".repeat(32)),
        4,
        &format!("copy {COPY} was given to someone else meanwhile, or given back"),
        "prepare the signature again, from the newest file",
    );
    refuses(
        &requested.changed(&lease, "prov"),
        2,
        "BESIDE/changed.json: \"prov\" is no lease: expected 32 lower-case hexadecimal digits",
        UNCHANGED,
    );
    refuses(
        &requested.changed("sigill-signing-1", "sigill-signing-2"),
        2,
        "BESIDE/changed.json: schema \"sigill-signing-2\" is not known",
        UNCHANGED,
    );
    let path = requested.changed("{", "");
    let run = run(requested.finish(&path, Some(&value))).fails(2);
    assert!(
        run.err.ends_with(&format!("\n\nhint: {UNCHANGED}\n")),
        "{run}"
    );
    refuses(
        &requested.desk.office.beside("none.json"),
        5,
        "BESIDE/none.json: No such file or directory (os error 2)",
        "the file or folder is not there",
    );
    super::support::run(requested.finish(&requested.request, Some(&value))).ok();
}

#[test]
fn values_that_are_not_the_signature() {
    let Some(requested) = Requested::new() else {
        return;
    };
    let before = State::of(&requested.desk.office);
    let refuses = |value: Option<&Path>, code, error: &str, hint: &str| {
        let command = requested.finish(&requested.request, value);
        requested
            .desk
            .refuses_from(&before, command, code, error, hint);
    };
    let wrong = format!(
        "{COPY}: the signature value is not one by the key of CN=Prov Provsson,surname=Provsson,givenName=Prov,C=SE for this document"
    );
    let wrong_hint =
        "sign the digest of this request, with the key of the certificate that it was prepared for";
    let form = "it is the signature over the digest in the request, as bytes or in Base64";
    refuses(
        None,
        2,
        &format!("BESIDE/request.json: the item of {COPY} has no value"),
        "give it with --value FILE, or write each item's \"value\" into the request, in Base64",
    );
    let by_another = requested.value(&requested.request, "s002");
    refuses(Some(&by_another), 4, &wrong, wrong_hint);
    let right = requested.value(&requested.request, "s001");
    let mut bytes = fs::read(&right).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    for (bytes, error) in [
        (bytes.as_slice(), wrong.as_str()),
        (&[0xff; 64], wrong.as_str()),
        (&[0x30, 0xff], wrong.as_str()),
    ] {
        let path = requested.desk.office.beside("value");
        fs::write(&path, bytes).unwrap();
        refuses(Some(&path), 4, error, wrong_hint);
    }
    for (text, problem) in [
        ("", format!("for {COPY} is empty")),
        (
            "fel!",
            format!("for {COPY} is no Base64: Invalid symbol 33, offset 3"),
        ),
    ] {
        let path = requested.desk.office.beside("value");
        fs::write(&path, text).unwrap();
        refuses(
            Some(&path),
            2,
            &format!("BESIDE/value: the value {problem}"),
            form,
        );
    }
    // The value of another request, for the same copy at another time, is for other bytes.
    run(requested.finish(&requested.request, Some(&right))).ok();
    let left = "nothing is left to do; to sign anew, void the copy and issue another: `sigill generate --reissue`";
    requested.desk.refuses(
        requested.finish(&requested.request, Some(&right)),
        4,
        &format!("{SEAT} of {COPY} was signed TIME"),
        left,
    );
}

/// A copy out for signing is nobody else's, until it comes back, is given back or its time is out.
#[test]
fn a_copy_that_is_held() {
    let Some(requested) = Requested::new() else {
        return;
    };
    let (desk, request) = (&requested.desk, &requested.request);
    let office = &desk.office;
    let held = format!("copy {COPY} is out for signing until TIME UTC");
    let wait = "nothing was changed; wait until it comes back or the time is out, or give it back: `sigill sign cancel REQUEST`";
    desk.refuses(desk.sign(&requested.file, SEAT, "s002"), 4, &held, wait);
    let second = office.beside("second.json");
    desk.refuses(requested.prepare(&second), 4, &held, wait);
    assert!(!second.exists());

    // Given back, it can be prepared again, and the old request is stale.
    let stale = format!("copy {COPY} was given to someone else meanwhile, or given back");
    let again = "prepare the signature again, from the newest file";
    let value = requested.value(request, "s001");
    let cancel = |path: &Path| {
        let mut command = office.command(&["sign", "cancel"]);
        command.arg(path);
        run(command).ok()
    };
    assert_eq!(
        cancel(request).out,
        "1 exemplar är inte längre reserverade.\n"
    );
    desk.refuses(requested.finish(request, Some(&value)), 4, &stale, again);
    cancel(request)
        .says("0 exemplar är inte längre")
        .says(&format!(
            "obs  {COPY} var inte reserverat här: det är undertecknat, återlämnat eller övertaget"
        ));
    run(requested.prepare(&second)).ok();
    cancel(request).says("0 exemplar");
    assert_eq!(
        office.number("SELECT count(*) FROM lease"),
        1,
        "the second holds it still"
    );

    // Its time is out: it may be finished as long as nobody else took it, and then not.
    let late = requested.value(&second, "s001");
    office.sql("UPDATE lease SET until = '2026-01-01T00:00:00.000Z'");
    let third = office.beside("third.json");
    run(requested.prepare(&third)).ok();
    desk.refuses(requested.finish(&second, Some(&late)), 4, &stale, again);
    office.sql("UPDATE lease SET until = '2026-01-01T00:00:00.000Z'");
    let value = requested.value(&third, "s001");
    run(requested.finish(&third, Some(&value))).ok();
    assert_eq!(office.kinds()["Signed"], 1);

    // Voided while it was out.
    let other = copy_of(office, Issue::Introduktion, "1496");
    let request = &office.beside("fourth.json");
    run(requested.prepare_seat(&other, "1496-director", request)).ok();
    let value = requested.value(request, "s001");
    let copy = "introduktion-1.0-c1496";
    office
        .run(&["void", "introduktion", "--copy", copy, "--reason", "Prov"])
        .ok();
    desk.refuses(
        requested.finish(request, Some(&value)),
        4,
        "introduktion-1.0-c1496 is voided",
        "sign the copy that replaced it; `sigill status` lists the copies",
    );
}

#[test]
fn requests_that_are_not_made() {
    let Some(requested) = Requested::new() else {
        return;
    };
    let desk = &requested.desk;
    let file = copy_of(&desk.office, Issue::Introduktion, "1496");
    let request = desk.office.beside("new.json");
    let prepare = |certificates: &str, request: &Path| {
        let mut command = desk
            .office
            .command(&["sign", "prepare", "--seat", "1496-director"]);
        command
            .arg("--certificates")
            .arg(desk.pki.path(certificates));
        command.arg(&file).arg("--request").arg(request);
        command
    };
    let file_of = "give a PEM file with the certificates, --certificates FILE";
    for (certificates, code, error, hint) in [
        (
            "ed25519.pem",
            4,
            "Ed25519 keys are not used, as common PDF readers cannot check them",
            "use a key of P-256, P-384 or RSA with 3072 bits or more",
        ),
        (
            "s001.key.pem",
            2,
            "KEYS/s001.key.pem: the PEM file of certificates is not in order",
            file_of,
        ),
        (
            "intermediate.pem",
            4,
            "the certificate of CN=Prov Utfärdare,O=Prov,C=SE is a certificate authority's, not a signer's",
            "use a certificate that was issued for signing",
        ),
    ] {
        desk.refuses(prepare(certificates, &request), code, error, hint);
        assert!(!request.exists());
    }
    desk.refuses(
        prepare("s001.chain.pem", &requested.request),
        2,
        "BESIDE/request.json is there already",
        "name a new file: a request that is lost cannot be finished",
    );
    // Without the file nobody could finish: the copy is given back.
    let occupied = desk.office.beside("occupied");
    fs::create_dir(&occupied).unwrap();
    let before = State::of(&desk.office);
    run(prepare("s001.chain.pem", &occupied))
        .fails(5)
        .complains("occupied");
    assert_eq!(State::of(&desk.office), before);
}

// The seal

/// Long enough, and found nowhere by chance.
const SEAL_PASSPHRASE: &str = "Särskilt hemlig mening, Åsa 1-2-3";

fn seal(office: &Office, arguments: &[&str], passphrase: &str) -> Command {
    let mut command = office.command(&["key", "seal"]);
    command
        .args(arguments)
        .args(["--passphrase-env", "PROV"])
        .env("PROV", passphrase);
    command
}

#[test]
fn seals_that_are_not_made() {
    let Some(pki) = super::pki::Pki::start() else {
        return;
    };
    let office = Office::new();
    trust(&office, &pki);
    let told = |command: Command, code, error: &str, hint: &str| {
        let run = run(command).fails(code);
        let keys = pki.path("");
        let said = run.err.replace(keys.to_str().unwrap(), "KEYS/");
        let said = said.replace(office.root().to_str().unwrap(), "OFFICE");
        assert_eq!(said, format!("error: {error}\n\nhint: {hint}\n"), "{run}");
    };
    told(
        office.command(&["key", "seal", "show"]),
        3,
        "this office has no seal",
        "`sigill key seal create` makes one, `sigill key seal import` takes one over",
    );
    told(
        seal(
            &office,
            &["create", "--name", "Provkansliet"],
            "elva tecken",
        ),
        2,
        "the passphrase has fewer than 12 characters",
        "choose a longer one and keep it apart from the office",
    );
    let import = |key: &str, certificates: &str, passphrase: &str| {
        let (key, certificates) = (pki.path(key), pki.path(certificates));
        let key = ["import", "--key", key.to_str().unwrap()];
        let certificates = ["--certificates", certificates.to_str().unwrap()];
        seal(
            &office,
            &[key.as_slice(), &certificates].concat(),
            passphrase,
        )
    };
    told(
        import("s001.key.pem", "s001.chain.pem", PASSPHRASE),
        2,
        "KEYS/s001.key.pem: the key is not encrypted",
        "encrypt it first: `openssl pkcs8 -topk8 -in KEY.pem -out ENCRYPTED.pem`",
    );
    told(
        import("s001.p12", "s001.chain.pem", "fel"),
        2,
        "KEYS/s001.p12: the passphrase is wrong",
        "nothing was signed; try again",
    );
    let run = run(import("expired.p12", "expired.chain.pem", PASSPHRASE)).fails(4);
    assert!(run.err.contains(" expired at "), "{run}");
    assert!(!office.path("seal").exists());

    super::support::run(seal(
        &office,
        &["create", "--name", "Provkansliet"],
        SEAL_PASSPHRASE,
    ))
    .ok()
    .says("självutfärdad");
    for command in [
        seal(
            &office,
            &["create", "--name", "Provkansliet"],
            SEAL_PASSPHRASE,
        ),
        import("s001.p12", "s001.chain.pem", PASSPHRASE),
    ] {
        told(
            command,
            4,
            "this office has a seal already: ./seal/seal.toml",
            "move it away first; copies that it sealed stay valid",
        );
    }
}

/// A copy that should bear the seal is issued with it or not at all.
#[test]
fn copies_that_cannot_be_sealed() {
    let Some(pki) = super::pki::Pki::start() else {
        return;
    };
    let office = Office::new();
    trust(&office, &pki);
    run(seal(
        &office,
        &["create", "--name", "Provkansliet"],
        SEAL_PASSPHRASE,
    ))
    .ok();
    let generate = |passphrase: &str| {
        let mut command = office.command(&["generate", "introduktion"]);
        command
            .args(["--passphrase-env", "PROV"])
            .env("PROV", passphrase);
        run(command)
    };
    let nothing_issued = || {
        let folder = office.path(Issue::Introduktion.out());
        let pdfs = || {
            files_below(&folder)
                .iter()
                .any(|name| name.ends_with(".pdf"))
        };
        assert!(!folder.exists() || !pdfs(), "no copy without its seal");
        if office.path(".sigill/register.sqlite").exists() {
            assert!(!office.kinds().contains_key("Issued"));
        }
    };
    let wrong = generate("fel fras som är lång").fails(2);
    assert_eq!(
        wrong.err,
        "error: ./seal/key.pem: the passphrase is wrong\n\nhint: nothing was signed; try again\n"
    );
    nothing_issued();
    let none = office.run(&["generate", "introduktion"]).fails(2);
    assert!(
        none.err.starts_with(
            "error: there is no terminal on which to ask \"Lösenord för stämpelns nyckel\"\n\nhint: name where it is with --passphrase-env"
        ),
        "{none}"
    );
    nothing_issued();
    let settings = |service: &str| {
        let url = pki.url(service);
        office.write(
            "sigill.toml",
            format!("[time_stamp]\nauthorities = [\"{url}\"]\n"),
        );
    };
    settings("/tsa-500");
    let down = generate(SEAL_PASSPHRASE).fails(5);
    let url = pki.url("/tsa-500");
    assert_eq!(
        down.err,
        format!(
            "error: no time-stamping authority gave a time-stamp: {url}: the answer is 500 Internal Server Error\n\nhint: nothing was signed; try again later, or name another authority in sigill.toml\n"
        )
    );
    nothing_issued();
    settings("/tsa");
    generate(SEAL_PASSPHRASE).ok();
    let kinds = office.kinds();
    assert_eq!((kinds["Issued"], kinds["Sealed"]), (15, 15));
}

/// A passphrase stays where it is: no file of the office, no backup and no line of output holds it.
#[test]
fn passphrases_stay_secret() {
    let Some(pki) = super::pki::Pki::start() else {
        return;
    };
    let office = Office::new();
    trust(&office, &pki);
    let place = office.beside("passphrase");
    fs::write(&place, SEAL_PASSPHRASE).unwrap();
    set_mode(&place, 0o600);
    let place = place.to_str().unwrap();
    // A key of the signer's own, under the same passphrase.
    let (plain, key) = (pki.path("s001.key.pem"), office.beside("own.pem"));
    openssl(&[
        "pkcs8",
        "-topk8",
        "-in",
        plain.to_str().unwrap(),
        "-out",
        key.to_str().unwrap(),
        "-passout",
        &format!("file:{place}"),
    ]);
    let mut said = String::new();
    let mut told = |mut command: Command| {
        // Where it goes by file, the process's own arguments and environment are free of it.
        let arguments = command
            .get_args()
            .map(|each| each.to_string_lossy().into_owned());
        assert!(
            arguments
                .into_iter()
                .all(|each| !each.contains(SEAL_PASSPHRASE))
        );
        command
            .env("RUST_LOG", "trace")
            .env("RUST_BACKTRACE", "full");
        let run = run(command);
        assert_eq!(run.code, 0, "{run}");
        said += &run.out;
        said += &run.err;
    };
    told(seal(
        &office,
        &["create", "--name", "Provkansliet"],
        SEAL_PASSPHRASE,
    ));
    told(office.command(&["generate", "introduktion", "--passphrase-file", place]));
    let file = copy_of(&office, Issue::Introduktion, "1499");
    let mut sign = office.command(&["sign", "--seat", SEAT, "--passphrase-file", place]);
    sign.arg("--key").arg(&key).arg(&file);
    sign.arg("--certificates").arg(pki.path("s001.chain.pem"));
    told(sign);
    let backup = office.beside("backup.zip");
    told(office.command(&["backup", backup.to_str().unwrap()]));
    told(office.command(&["log", "introduktion", "--json"]));

    assert!(!said.contains(SEAL_PASSPHRASE));
    let secret = SEAL_PASSPHRASE.as_bytes();
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(secret.len()).any(|window| window == secret)
    };
    for file in files_below(office.root()) {
        assert!(!holds(&office.path(&file)), "{file}");
    }
    assert!(!holds(&backup));
    assert!(holds(Path::new(place)), "the search would find it");
    // Nor does it lie about after a wrong try.
    let mut wrong = office.command(&["sign", "--seat", SEAT, "--passphrase-env", "PROV"]);
    wrong
        .env("PROV", "Helt fel, Örjan")
        .arg("--key")
        .arg(&key)
        .arg(&file);
    let run = run(wrong).fails(2);
    assert!(!run.err.contains("Örjan"), "{run}");
}
