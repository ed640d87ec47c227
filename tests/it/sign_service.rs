//! Prepare and finish: a signing service elsewhere sees digests alone. Here it is openssl.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::judging::{check_approvals, check_revisions, check_signatures, check_syntax};
use super::pki::Pki;
use super::sign::{copy_of, office_and_pki, sign, signed, with};
use super::support::{Issue, Office, judge, run};

/// How the service gives its answer back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The bytes in a file.
    Bytes,
    /// Base64 in a file.
    Base64,
    /// Base64 in the request itself.
    InRequest,
}

/// Prepares files in a seat, and returns the request.
fn prepare(office: &Office, pki: &Pki, seat: &str, signer: &str, more: &[&str]) -> PathBuf {
    let request = office.beside("request.json");
    // A request that is there is never written over.
    drop(fs::remove_file(&request));
    let mut command = office.command(&["sign", "prepare", "--seat", seat, "--request"]);
    command.arg(&request).arg("--certificates");
    command.arg(pki.path(&format!("{signer}.chain.pem")));
    with(command, more).ok();
    request
}

fn read(request: &Path) -> Value {
    serde_json::from_slice(&fs::read(request).unwrap()).unwrap()
}

/// Signs a digest with openssl, which is told nothing but the digest and its function.
fn by_openssl(office: &Office, key: &Path, request: &Value, item: &Value) -> Option<Vec<u8>> {
    let (digest, value) = (office.beside("digest"), office.beside("value"));
    fs::write(
        &digest,
        hex::decode(item["digest"].as_str().unwrap()).unwrap(),
    )
    .unwrap();
    let mut command = judge("openssl")?;
    command.args(["pkeyutl", "-sign", "-inkey"]).arg(key);
    command.arg("-in").arg(&digest).arg("-out").arg(&value);
    let function = request["digest_algorithm"].as_str().unwrap().to_lowercase();
    command.args(["-pkeyopt", &format!("digest:{}", function.replace('-', ""))]);
    let algorithm = request["signature_algorithm"].as_str().unwrap();
    if algorithm.contains("PSS") {
        command.args(["-pkeyopt", "rsa_padding_mode:pss"]);
        command.args(["-pkeyopt", "rsa_pss_saltlen:digest"]);
    }
    let told = run(command);
    assert_eq!(told.code, 0, "{told}");
    Some(fs::read(&value).unwrap())
}

/// Returns an ECDSA value as PKCS #11 gives it: both numbers, each as long as the key.
fn raw(der: &[u8], length: usize) -> Vec<u8> {
    let mut numbers = Vec::new();
    let mut rest = &der[2..];
    for _ in 0..2 {
        assert_eq!(rest[0], 2, "an INTEGER");
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        numbers.extend(std::iter::repeat_n(0, length - number.len()));
        numbers.extend_from_slice(number);
        rest = after;
    }
    numbers
}

#[test]
fn values_that_a_service_signed_are_finished_in_each_form_it_may_give_them() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let cases: [(&str, &str, Option<usize>, Way); 7] = [
        ("s001", "", None, Way::Bytes),
        ("s001", "", Some(32), Way::Base64),
        ("ec384", "", None, Way::InRequest),
        ("ec384", "", Some(48), Way::Bytes),
        ("rsa3072", "", None, Way::Bytes),
        ("rsa3072", "--pss", None, Way::InRequest),
        ("rsa4096", "", None, Way::Base64),
    ];
    let files = office.pdfs(Issue::Bilateral);
    let mut done = Vec::new();
    for ((signer, pss, raw_length, way), file) in cases.into_iter().zip(&files) {
        let before = fs::read(file).unwrap();
        let mut more = vec![file.to_str().unwrap()];
        more.extend((!pss.is_empty()).then_some(pss));
        let request = prepare(&office, &pki, "14-chair", signer, &more);
        assert_eq!(fs::read(file).unwrap(), before, "nothing is signed yet");
        let mut told = read(&request);
        assert_eq!(told["schema"], "sigill-signing-1");
        assert_eq!(told["certificate"], pki.certificate_digest(signer));
        let key = pki.path(&format!("{signer}.key.pem"));
        let Some(mut value) = by_openssl(&office, &key, &told, &told["items"][0]) else {
            return;
        };
        if let Some(length) = raw_length {
            value = raw(&value, length);
        }
        let answer = office.beside("answer");
        match way {
            Way::Bytes => fs::write(&answer, &value).unwrap(),
            Way::Base64 => fs::write(&answer, BASE64.encode(&value) + "\n").unwrap(),
            Way::InRequest => {
                told["items"][0]["value"] = json!(BASE64.encode(&value));
                fs::write(&request, told.to_string()).unwrap();
            }
        }
        let mut command = office.command(&["sign", "finish", "--json"]);
        command.arg(&request);
        if way != Way::InRequest {
            command.arg("--value").arg(&answer);
        }
        let told = run(command).ok().json();
        assert_eq!(told["copies"][0]["file"], file.to_str().unwrap());
        done.push(file.clone());
    }
    check_syntax(&done);
    check_approvals(&done, 1);
    check_signatures(&pki, "B-T", &done);
    check_revisions(&done[..2], &[]);
    let entries = office.check_log();
    let signed = entries.iter().filter(|entry| entry["kind"] == "Signed");
    assert_eq!(signed.count(), cases.len());
}

#[test]
fn one_request_holds_many_copies() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let files: Vec<PathBuf> = office.pdfs(Issue::Bilateral).into_iter().take(5).collect();
    let names: Vec<&str> = files.iter().map(|file| file.to_str().unwrap()).collect();
    let mut more = names.clone();
    more.extend(["--level", "B-LTA"]);
    let request = prepare(&office, &pki, "14-director", "s007", &more);
    let mut told = read(&request);
    assert_eq!(told["items"].as_array().unwrap().len(), 5);
    let key = pki.path("s007.key.pem");
    for number in 0..5 {
        let item = told["items"][number].clone();
        let Some(value) = by_openssl(&office, &key, &told, &item) else {
            return;
        };
        told["items"][number]["value"] = json!(BASE64.encode(value));
    }
    fs::write(&request, told.to_string()).unwrap();
    let mut command = office.command(&["sign", "finish"]);
    command.arg(&request);
    run(command).ok().says("5 exemplar är undertecknade");
    check_syntax(&files);
    check_signatures(&pki, "B-LTA", &files);
    office.check_log();
}

#[test]
fn a_copy_that_was_given_back_can_be_signed_by_another() {
    let Some((office, pki)) = office_and_pki(Issue::Bilateral) else {
        return;
    };
    let file = copy_of(&office, Issue::Bilateral, "1443");
    let entries = office.check_log().len();
    let request = prepare(
        &office,
        &pki,
        "1443-chair",
        "s001",
        &[file.to_str().unwrap()],
    );
    let mut command = office.command(&["sign", "cancel"]);
    command.arg(&request);
    run(command)
        .ok()
        .says("1 exemplar är inte längre reserverade.");
    assert_eq!(office.check_log().len(), entries, "nothing was entered");
    signed(sign(&office, &pki, "1443-chair", "s002"), &file, "B-T");
    check_signatures(&pki, "B-T", &[file]);
    assert_eq!(office.check_log().len(), entries + 1);
}
