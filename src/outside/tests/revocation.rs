use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::pki::{P256, Pki};
use super::server::{Reply, Server, nobody};
use super::{block_on, openssl};
use crate::outside::HttpFetch;
use crate::signature::Fetch as _;

const OCSP: &str = "application/ocsp-response";

fn fetch() -> HttpFetch {
    HttpFetch::new(Duration::from_secs(60))
}

#[test]
fn openssl_accepts_the_answer_of_its_own_responder() {
    let pki = Arc::new(Pki::new());
    pki.issue("signer", "signer", P256);
    pki.issue("responder", "responder", P256);
    let folder = pki.folder().to_owned();
    let serial = openssl(&folder, "x509 -in signer.pem -noout -serial");
    let serial = String::from_utf8(serial).unwrap();
    let serial = serial.trim().strip_prefix("serial=").unwrap();
    let index = format!("V\t301231235959Z\t\t{serial}\tunknown\t/CN=signer\n");
    std::fs::write(folder.join("index"), index).unwrap();
    openssl(
        &folder,
        "ocsp -no_nonce -issuer root.pem -cert signer.pem -reqout request",
    );

    let answering = folder.clone();
    let server = Server::start(move |question| {
        assert!(
            question.head.starts_with("POST /ocsp HTTP/1.1"),
            "{}",
            question.head
        );
        assert!(
            question
                .head
                .contains("content-type: application/ocsp-request")
        );
        std::fs::write(answering.join("asked"), &question.body).unwrap();
        openssl(
            &answering,
            "ocsp -index index -CA root.pem -rsigner responder.pem -rkey responder.key -reqin asked -respout answer",
        );
        Reply::Answer(200, OCSP, std::fs::read(answering.join("answer")).unwrap())
    });
    let request = pki.read("request");
    let answer = block_on(fetch().ocsp(&server.url("/ocsp"), &request)).unwrap();
    std::fs::write(folder.join("received"), answer).unwrap();
    let verdict = openssl(
        &folder,
        "ocsp -no_nonce -respin received -issuer root.pem -cert signer.pem -CAfile root.pem",
    );
    assert!(
        String::from_utf8(verdict)
            .unwrap()
            .starts_with("signer.pem: good")
    );
}

#[test]
fn each_question_is_asked_once() {
    let server = Server::start(|question| {
        let body = [question.head.as_bytes(), &question.body].concat();
        Reply::Answer(200, OCSP, body)
    });
    let fetch = Arc::new(fetch());
    let (ocsp, crl) = (server.url("/o"), server.url("/c"));
    let answers = block_on(async {
        let mut set = JoinSet::new();
        for place in 0..49_u8 {
            let (fetch, ocsp, crl) = (Arc::clone(&fetch), ocsp.clone(), crl.clone());
            set.spawn(async move {
                let answer = fetch.ocsp(&ocsp, &[b'a' + place % 2]).await.unwrap();
                fetch.crl(&crl).await.unwrap();
                answer
            });
        }
        set.join_all().await
    });
    assert_eq!(answers.len(), 49);
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.ends_with(b"a"))
            .count(),
        25
    );
    assert_eq!(server.questions(), 3);
    // A certificate at the same address is another question, and a new run asks again.
    block_on(fetch.issuer(&crl)).unwrap();
    block_on(HttpFetch::new(Duration::from_secs(60)).crl(&crl)).unwrap();
    assert_eq!(server.questions(), 5);
}

#[test]
fn a_failure_is_remembered_too() {
    let server = Server::always(|| Reply::Answer(404, "text/plain", Vec::new()));
    let fetch = fetch();
    for _ in 0..3 {
        let refusal = block_on(fetch.crl(&server.url("/"))).unwrap_err();
        assert_eq!(refusal.to_string(), "the answer is 404 Not Found");
    }
    assert_eq!(server.questions(), 1);
}

#[test]
fn each_fault_is_told() {
    let fetch = HttpFetch::new(Duration::from_millis(500));
    let told = |url: &str| block_on(fetch.ocsp(url, b"x")).unwrap_err().to_string();
    assert_eq!(
        told("ldap://katalog.example/cn=x"),
        "ldap addresses are not asked, only http and https"
    );
    assert_eq!(
        told("http://a:b@ocsp.example/"),
        "an address with a user name or password is not used"
    );
    assert!(told("").starts_with("it is not an address"));
    assert!(told(&nobody().to_string()).contains("Connection refused"));
    let page = Server::always(|| Reply::Answer(200, "text/html", Vec::new()));
    assert_eq!(
        told(&page.url("/")),
        format!("the answer is text/html, not {OCSP}")
    );
    let long = Server::always(|| Reply::Answer(200, OCSP, vec![0; 64 * 1024 + 1]));
    assert_eq!(
        told(&long.url("/")),
        "the answer is longer than 65536 bytes"
    );
    let silent = Server::always(|| Reply::Silence);
    assert_eq!(told(&silent.url("/")), "no answer within 0.5 s");
    assert_eq!(
        block_on(fetch.issuer(&long.url("/")))
            .unwrap_err()
            .to_string(),
        "the answer is longer than 65536 bytes"
    );
    assert!(block_on(fetch.crl(&long.url("/"))).is_ok());
}

#[test]
fn a_guarded_fetch_asks_whom_it_may_and_follows_nobody() {
    let server = Server::always(|| Reply::Answer(200, "text/plain", b"list".to_vec()));
    let elsewhere = server.url("/list");
    let host = elsewhere
        .strip_prefix("http://")
        .and_then(|rest| rest.split_once('/'))
        .map(|(host, _)| host.to_owned())
        .unwrap();
    let patience = Duration::from_secs(60);
    let nobody = HttpFetch::allow_listed(patience, &[]);
    let refusal = block_on(nobody.crl(&elsewhere)).unwrap_err();
    assert!(refusal.to_string().contains("may be asked"), "{refusal}");
    let by_name = HttpFetch::allow_listed(patience, &[host.replace("127.0.0.1", "localhost")]);
    let refusal = block_on(by_name.crl(&elsewhere.replace("127.0.0.1", "localhost"))).unwrap_err();
    assert!(refusal.to_string().contains("private network"), "{refusal}");
    assert_eq!(server.questions(), 0);
    let allowed = HttpFetch::allow_listed(patience, std::slice::from_ref(&host));
    assert_eq!(block_on(allowed.crl(&elsewhere)).unwrap(), b"list");
    let redirecting = Server::always(move || Reply::Redirect(elsewhere.clone()));
    let url = redirecting.url("/");
    let other = url
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .to_owned();
    let both = HttpFetch::allow_listed(patience, &[host, other]);
    assert!(block_on(both.crl(&url)).is_err());
    assert_eq!(server.questions(), 1, "nobody was sent on");
}
