use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;

use super::pki::Pki;
use super::server::{Reply, Server, nobody};
use super::{again, block_on};
use crate::outside::time_stamp::of_now;
use crate::outside::{
    Address, AddressError, AttemptError, AuthorityError, HttpError, TimeStampAuthorities,
};
use crate::signature::{Anchors, TimeStampError, Token};

const REPLY: &str = "application/timestamp-reply";

/// openssl answers within this also where much else runs.
const PATIENT: Duration = Duration::from_secs(60);

/// For those that never answer.
const IMPATIENT: Duration = Duration::from_millis(200);

const DIGEST: [u8; 32] = [7; 32];

fn clock(pki: &Arc<Pki>) -> Server {
    let pki = Arc::clone(pki);
    Server::start(move |question| pki.stamp(&question))
}

fn pki() -> Arc<Pki> {
    Arc::new(Pki::new().with_clock())
}

fn ask(
    addresses: &[Address],
    timeout: Duration,
    anchors: &Anchors,
) -> Result<Token, AuthorityError> {
    let authorities = TimeStampAuthorities::new(addresses.to_vec(), timeout);
    block_on(authorities.token(DIGEST, anchors))
}

/// Returns why the only authority failed.
fn failure(server: &Server, timeout: Duration, anchors: &Anchors) -> AttemptError {
    match ask(&[server.address()], timeout, anchors) {
        Err(AuthorityError::AllFailed(mut attempts)) => attempts.remove(0).reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_token_is_given_that_openssl_accepts_as_well() {
    let pki = pki();
    let server = clock(&pki);
    let token = ask(&[server.address()], PATIENT, &pki.anchors()).unwrap();
    std::fs::write(pki.folder().join("token"), token.der()).unwrap();
    let digest = hex::encode(DIGEST);
    super::openssl(
        pki.folder(),
        &format!("ts -verify -token_in -in token -digest {digest} -CAfile root.pem"),
    );
    assert_eq!(token.certificate(), &pki.certificate("clock"));
}

#[test]
fn without_an_authority_there_is_no_time() {
    let refusal = ask(&[], PATIENT, &Anchors::default()).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "no time-stamping authority is configured"
    );
    assert!(TimeStampAuthorities::new([], PATIENT).is_empty());
}

#[test]
fn each_fault_is_told_and_the_next_is_asked() {
    let pki = pki();
    let faulty = [
        Server::always(|| Reply::Answer(500, "text/plain", Vec::new())),
        Server::always(|| Reply::Answer(200, "text/html", b"Hej".to_vec())),
        Server::always(|| Reply::Answer(200, REPLY, b"Hej".to_vec())),
        Server::always(|| Reply::Answer(200, REPLY, vec![0x30, 5, 0x30, 3, 2, 1, 2])),
        Server::always(|| Reply::Answer(200, REPLY, vec![0; 70_000])),
        Server::always(|| Reply::Endless(REPLY)),
        Server::always(|| Reply::Bytes(b"\x15\x03\x01\0\x02\x02\x16".to_vec())),
        Server::always(|| Reply::Close),
    ];
    let mut addresses: Vec<Address> = faulty.iter().map(Server::address).collect();
    addresses.insert(0, nobody());

    let refusal = ask(&addresses, PATIENT, &pki.anchors()).unwrap_err();
    let told = refusal.to_string();
    for fault in [
        "Connection refused",
        "the answer is 500 Internal Server Error",
        "the answer is text/html, not application/timestamp-reply",
        "the answer is not a time-stamp response",
        "the authority refuses: ",
        "the answer is longer than 65536 bytes",
        "invalid HTTP version parsed",
        "connection closed before message completed",
    ] {
        assert!(told.contains(fault), "{fault}: {told}");
    }
    for address in &addresses {
        assert!(told.contains(&format!("{address}: ")), "{address}: {told}");
    }

    let good = clock(&pki);
    addresses.push(good.address());
    let authorities = TimeStampAuthorities::new(addresses, PATIENT);
    for _ in 0..3 {
        block_on(authorities.token(DIGEST, &pki.anchors())).unwrap();
    }
    assert_eq!(good.questions(), 3);
    // Once for the refusal, once before the good one was found, and not again.
    for server in &faulty {
        assert_eq!(server.questions(), 2);
    }
}

#[test]
fn an_answer_to_another_question_is_refused() {
    let pki = pki();
    let first = Arc::new(Mutex::new(None));
    let (stamper, kept) = (Arc::clone(&pki), Arc::clone(&first));
    let replayer = Server::start(move |question| {
        let mut kept = kept.lock().unwrap();
        if kept.is_none()
            && let Reply::Answer(_, _, bytes) = stamper.stamp(&question)
        {
            *kept = Some(bytes);
        }
        Reply::Answer(200, REPLY, kept.clone().unwrap())
    });
    let anchors = pki.anchors();
    ask(&[replayer.address()], PATIENT, &anchors).unwrap();
    let again = failure(&replayer, PATIENT, &anchors);
    assert!(
        matches!(again, AttemptError::Token(TimeStampError::Nonce)),
        "{again:?}"
    );

    let authorities = TimeStampAuthorities::new([replayer.address()], PATIENT);
    let other = block_on(authorities.token([8; 32], &anchors)).unwrap_err();
    assert!(
        other
            .to_string()
            .ends_with(&TimeStampError::Imprint.to_string()),
        "{other}"
    );
}

#[test]
fn a_strangers_time_is_refused() {
    let stranger = pki();
    let server = clock(&stranger);
    let reason = failure(&server, PATIENT, &pki().anchors());
    assert!(
        matches!(
            reason,
            AttemptError::Token(TimeStampError::Untrusted { .. })
        ),
        "{reason:?}"
    );
}

#[test]
fn silence_is_waited_for_once() {
    let pki = pki();
    let silent = Server::always(|| Reply::Silence);
    let reason = failure(&silent, IMPATIENT, &pki.anchors());
    assert!(
        matches!(reason, AttemptError::Http(HttpError::Timeout { .. })),
        "{reason:?}"
    );
    assert_eq!(reason.to_string(), "no answer within 0.2 s");

    let good = clock(&pki);
    let addresses = [silent.address(), good.address()];
    let authorities = Arc::new(TimeStampAuthorities::new(addresses, Duration::from_secs(3)));
    let tokens = many(&authorities, &pki.anchors(), 20);
    assert!(tokens.iter().all(Result::is_ok), "{tokens:?}");
    // One question above; eight at the same time here, and none of the other twelve.
    assert_eq!(silent.questions(), 9);
    assert_eq!(good.questions(), 20);
}

#[test]
fn a_silent_authority_alone_keeps_nobody_waiting_twice() {
    let silent = Server::always(|| Reply::Silence);
    let authorities = Arc::new(TimeStampAuthorities::new([silent.address()], IMPATIENT));
    let refusals = many(&authorities, &Anchors::default(), 49);
    assert!(refusals.iter().all(Result::is_err));
    assert_eq!(silent.questions(), 8);
}

fn many(
    authorities: &Arc<TimeStampAuthorities>,
    anchors: &Anchors,
    count: usize,
) -> Vec<Result<Token, AuthorityError>> {
    block_on(async {
        let mut set = JoinSet::new();
        for _ in 0..count {
            let (authorities, anchors) = (Arc::clone(authorities), anchors.clone());
            set.spawn(async move { authorities.token(DIGEST, &anchors).await });
        }
        set.join_all().await
    })
}

#[test]
fn addresses_that_are_not_asked() {
    let refusal = |text: &str| text.parse::<Address>().unwrap_err();
    for text in [
        "http://a@tid.example/",
        "https://a:b@tid.example/",
        "http://:b@tid.example/",
    ] {
        assert_eq!(refusal(text), AddressError::Credentials);
    }
    assert!(
        !refusal("http://a:hemligt@x y/")
            .to_string()
            .contains("hemligt")
    );
    assert_eq!(
        refusal("ldap://tid.example/").to_string(),
        "ldap addresses are not asked, only http and https"
    );
    assert!(matches!(refusal("tid.example"), AddressError::Malformed(_)));
    assert!(matches!(refusal("http://"), AddressError::Malformed(_)));
}

#[test]
fn redirects_lead_nowhere_else() {
    let pki = pki();
    let good = clock(&pki);
    let to = good.url("/");
    let redirects = Server::always(move || Reply::Redirect(to.clone()));
    ask(&[redirects.address()], PATIENT, &pki.anchors()).unwrap();

    for (to, told) in [
        (
            "https://127.0.0.1:1/",
            "it redirects to another kind of address",
        ),
        (
            "http://a:b@127.0.0.1:1/",
            "it redirects to an address with credentials",
        ),
        (
            "http://tid.example/",
            "it redirects into or out of this machine",
        ),
        ("/", "it redirects again and again"),
    ] {
        let server = Server::always(|| Reply::Redirect(to.to_owned()));
        let reason = failure(&server, PATIENT, &pki.anchors());
        assert_eq!(reason.to_string(), told);
    }
}

#[test]
fn https_is_not_http() {
    let server = Server::always(|| Reply::Bytes(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()));
    let address: Address = server.url("/").replace("http:", "https:").parse().unwrap();
    let refusal = ask(&[address], PATIENT, &Anchors::default()).unwrap_err();
    assert!(matches!(refusal, AuthorityError::AllFailed(_)), "{refusal}");
}

/// A proxy of the environment is used, but not for what runs on this machine.
#[test]
fn a_proxy_stands_before_others_only() {
    const INSIDE: &str = "SIGILL_TEST_PROXY";
    if std::env::var_os(INSIDE).is_none() {
        let pki = pki();
        let clock = clock(&pki);
        let here = clock.url("/");
        let forward = Arc::clone(&pki);
        let proxy = Server::start(move |question| {
            assert!(
                question.head.starts_with("POST http://tid.example/ HTTP"),
                "{}",
                question.head
            );
            forward.stamp(&question)
        });
        let root = pki.folder().join("root.pem");
        again("time_stamp::a_proxy_stands_before_others_only", |command| {
            command
                .env(INSIDE, format!("{here} {}", root.display()))
                .env("http_proxy", proxy.url("/"))
                .env_remove("no_proxy")
                .env_remove("NO_PROXY")
        });
        assert_eq!((proxy.questions(), clock.questions()), (1, 1));
        return;
    }
    let inside = std::env::var(INSIDE).unwrap();
    let (here, root) = inside.split_once(' ').unwrap();
    let anchors = Anchors::from_pem([std::fs::read(root).unwrap()]).unwrap();
    for address in [here, "http://tid.example/"] {
        ask(&[address.parse().unwrap()], PATIENT, &anchors).unwrap();
    }
}

#[test]
fn a_token_of_another_time_than_now_is_not_believed() {
    let pki = pki();
    let token = ask(&[clock(&pki).address()], PATIENT, &pki.anchors()).unwrap();
    let at = token.at();
    for (seconds, is_believed) in [
        (-301, false),
        (-300, true),
        (0, true),
        (300, true),
        (301, false),
    ] {
        let now = at + TimeDelta::seconds(seconds);
        match of_now(token.clone(), now) {
            Ok(_) => assert!(is_believed, "{seconds} s"),
            Err(AttemptError::Clock {
                at: told,
                now: then,
            }) => {
                assert!(!is_believed, "{seconds} s");
                assert_eq!((told, then), (at, now));
            }
            Err(other) => panic!("{other}"),
        }
    }
}
