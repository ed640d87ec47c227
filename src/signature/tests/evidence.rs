//! Which answers on revocation are taken, and what is gathered of them.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

use chrono::{DateTime, Utc};

use super::pki::{
    Holder, ISSUERS, OCSP, OCSP_SIGNING, Pair, Pki, Said, Wanted, WantedToken, access, crl,
    crl_point, days, extension, integer, now, ocsp_response, oid, sequence, tlv,
};
use super::signing::{document, sign, sign_with_token};
use crate::agreement::Level;
use crate::pdf::{self, Evidence};
use crate::signature::{
    Anchors, Certificate, Error, Fetch, FetchError, Head, MAX_ANSWER_BYTES, TimeStampRequest,
    collect, finish_archive, ocsp, prepare_archive, read_time_stamp,
};

pub(super) const ROOT_LIST: &str = "http://prov.example/root.crl";
pub(super) const ISSUING_LIST: &str = "http://prov.example/issuing.crl";
pub(super) const RESPONDER: &str = "http://prov.example/ocsp";
const ISSUING_CERTIFICATE: &str = "http://prov.example/issuing.cer";

#[test]
fn all_that_is_needed_is_gathered_once() {
    let (pki, signer) = with_signer();
    let server = Server::new(&pki, &signer);
    let file = sign_with_token(&document(), &pki, &signer, "chair");
    let evidence = gather(&file, &pki.anchors(), &server, now()).unwrap();
    let certificates: Vec<_> = evidence
        .certificates
        .iter()
        .map(|der| Certificate::from_der(der).unwrap().subject_name())
        .collect();
    assert_eq!(
        certificates,
        [
            "Prov Tidsstämpling",
            "Prov Utfärdare",
            "Prov Rot",
            "Prov Svarare",
            "Åsa Ärlig-Öberg",
        ]
    );
    assert_eq!((evidence.ocsp_responses.len(), evidence.crls.len()), (2, 1));
    let [entry] = evidence.signatures.as_slice() else {
        panic!("one signature");
    };
    assert_eq!(entry.certificates, [0, 1, 2, 3, 4]);
    assert_eq!(
        (entry.ocsp_responses.as_slice(), entry.crls.as_slice()),
        (&[0, 1][..], &[0][..])
    );
    // The issuing authority is asked about once, though two chains lead through it.
    assert_eq!(server.asked(), [ROOT_LIST, RESPONDER, RESPONDER]);

    // What the file holds is not asked for again, nor written again.
    let update = pdf::evidence_update(&file, &evidence).unwrap().unwrap();
    let file = [file, update].concat();
    let silent = Server::default();
    let again = gather(&file, &pki.anchors(), &silent, now() + days(300)).unwrap();
    assert_eq!(again, evidence);
    assert_eq!(pdf::evidence_update(&file, &again).unwrap(), None);
    assert!(silent.asked().is_empty());

    // A document time-stamp by the same authority needs nothing new.
    let file = stamped(&file, &pki, &pki.authority, "20261122140501Z");
    let evidence = gather(&file, &pki.anchors(), &silent, now()).unwrap();
    assert_eq!(evidence.signatures.len(), 2);
    assert_eq!(evidence.certificates, again.certificates);
}

#[test]
fn a_list_serves_where_no_responder_answers() {
    let (pki, signer) = with_signer();
    let mut server = Server::new(&pki, &signer);
    server.responses.clear();
    let list = crl(&pki.issuing, &[], now() - days(1), &[]);
    server.files.insert(ISSUING_LIST.to_owned(), list);
    let file = sign(&document(), &mut pki.key(&signer, false), "chair", Level::B).0;
    let evidence = gather(&file, &pki.anchors(), &server, now()).unwrap();
    assert_eq!((evidence.ocsp_responses.len(), evidence.crls.len()), (0, 2));
    assert_eq!(server.asked(), [ROOT_LIST, RESPONDER, ISSUING_LIST]);
}

#[test]
fn where_nobody_answers_each_address_is_named() {
    let (pki, signer) = with_signer();
    let mut server = Server::new(&pki, &signer);
    server.responses.clear();
    // Eight days old, and good for seven.
    let list = crl(&pki.issuing, &[], now() - days(8), &[]);
    server.files.insert(ISSUING_LIST.to_owned(), list);
    let file = sign(&document(), &mut pki.key(&signer, false), "chair", Level::B).0;
    let refused = gather(&file, &pki.anchors(), &server, now()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no evidence on the certificate of CN=Åsa Ärlig-Öberg,C=SE: http://prov.example/ocsp: not \
         there; http://prov.example/issuing.crl: the answer is of 2026-11-14 14:05:00 UTC, which \
         does not cover 2026-11-22 14:05:00 UTC"
    );

    let silent = Wanted::person("Prov Tyst").by(&pki.issuing, Pair::p256());
    let file = sign(&document(), &mut pki.key(&silent, false), "chair", Level::B).0;
    let refused = gather(&file, &pki.anchors(), &server, now()).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "no evidence on the certificate of CN=Prov Tyst,C=SE: it names no address to ask"
    );
}

#[test]
fn a_certificate_revoked_before_it_signed_is_told() {
    let (pki, signer) = with_signer();
    let mut server = Server::new(&pki, &signer);
    let file = sign_with_token(&document(), &pki, &signer, "chair");
    let mut revoke = |at: DateTime<Utc>| {
        server.answer(&pki, &signer.certificate, &Said::Revoked(at), now());
        gather(&file, &pki.anchors(), &server, now()).map(|_| ())
    };
    let refused = revoke(now() - days(1)).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the certificate of CN=Åsa Ärlig-Öberg,C=SE was revoked at 2026-11-21 14:05:00 UTC (key \
         compromised)"
    );
    // The time-stamp proves that the signature is older than that.
    assert!(revoke(now() + days(1)).is_ok());

    // And by a list that is in the file already.
    let file = sign(&document(), &mut pki.key(&signer, false), "chair", Level::B).0;
    let stored = Evidence {
        crls: vec![crl(
            &pki.issuing,
            &[(7, now() - days(1))],
            now() - days(1),
            &[],
        )],
        ..Evidence::default()
    };
    let update = pdf::evidence_update(&file, &stored).unwrap().unwrap();
    let file = [file, update].concat();
    let server = Server::new(&pki, &signer);
    let refused = gather(&file, &pki.anchors(), &server, now());
    assert!(matches!(refused, Err(Error::Revoked { .. })));
}

#[test]
fn nobody_declares_what_another_must() {
    let none = || super::pki::null();
    let no_check = || extension("1.3.6.1.5.5.7.48.1.5", false, &none());
    let no_revocation = || extension("2.5.29.56", false, &none());
    let short_lived = || extension("0.4.0.194121.2.1", false, &none());
    let gathered = |of_signer: Vec<u8>, of_issuing: Vec<u8>| {
        let root = Wanted::authority("Prov Rot").self_issued(Pair::p256());
        let issuing = Wanted::authority("Prov Utfärdare")
            .numbered(2)
            .with(of_issuing)
            .by(&root, Pair::p256());
        let pki = Pki {
            authority: Wanted::person("Prov Ingen").by(&issuing, Pair::p256()),
            root,
            issuing,
        };
        let signer = Wanted::person("Prov Provsson").with(of_signer);
        let signer = signer.by(&pki.issuing, Pair::p256());
        let mut server = Server::default();
        let list = crl(&pki.root, &[], now(), &[]);
        server.files.insert(ROOT_LIST.to_owned(), list);
        let file = sign(&document(), &mut pki.key(&signer, false), "chair", Level::B).0;
        gather(&file, &pki.anchors(), &server, now())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let asked = || crl_point(ROOT_LIST);
    let lacks = |name: &str| {
        let named = "it names no address to ask";
        Err(format!(
            "no evidence on the certificate of CN={name},C=SE: {named}"
        ))
    };
    assert_eq!(gathered(no_revocation(), asked()), Ok(()));
    assert_eq!(gathered(short_lived(), asked()), Ok(()));
    assert_eq!(gathered(no_check(), asked()), lacks("Prov Provsson"));
    for of_issuing in [no_check(), no_revocation(), short_lived()] {
        let refused = gathered(no_revocation(), of_issuing);
        assert_eq!(refused, lacks("Prov Utfärdare"));
    }
}

#[test]
fn the_largest_answer_that_is_fetched_can_be_stored_and_read_again() {
    let store = |bytes: usize| {
        let evidence = Evidence {
            crls: vec![vec![0x30; bytes]],
            ..Evidence::default()
        };
        let file = document();
        let update = pdf::evidence_update(&file, &evidence)?.unwrap();
        let read = pdf::evidence(&[file, update].concat())?;
        assert_eq!(read.crls.len(), 1);
        Ok::<_, pdf::Error>(read.crls[0].len())
    };
    assert_eq!(store(MAX_ANSWER_BYTES).unwrap(), MAX_ANSWER_BYTES);
    let refused = store(MAX_ANSWER_BYTES + 1).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "more than 10485760 bytes in an item of the security store"
    );
}

#[test]
fn a_missing_issuer_is_fetched() {
    let pki = pki();
    let signer = Wanted::person("Prov Provsson")
        .with(access(&[(OCSP, RESPONDER), (ISSUERS, ISSUING_CERTIFICATE)]))
        .by(&pki.issuing, Pair::p256());
    let pem = [
        super::pki::pem("PRIVATE KEY", &signer.pair.pkcs8()),
        super::pki::pem("CERTIFICATE", signer.certificate.der()),
    ];
    let open = |pem: &str| {
        crate::signature::SoftwareKey::from_pem(pem.as_bytes(), None, &[], false).unwrap()
    };
    let file = sign(&document(), &mut open(&pem.concat()), "chair", Level::B).0;
    let mut server = Server::new(&pki, &signer);
    let issuing = pki.issuing.certificate.der().to_vec();
    // RFC 5280 §4.2.2.1: one certificate, or a CMS that holds some.
    let cms = sequence(&[
        oid("1.2.840.113549.1.7.2"),
        tlv(
            0xA0,
            &sequence(&[
                integer(&[1]),
                tlv(0x31, &[]),
                sequence(&[oid("1.2.840.113549.1.7.1")]),
                tlv(0xA0, &issuing),
                tlv(0x31, &[]),
            ]),
        ),
    ]);
    let pem = super::pki::pem("CERTIFICATE", &issuing).into_bytes();
    for answer in [issuing, cms, pem] {
        server.files.insert(ISSUING_CERTIFICATE.to_owned(), answer);
        let evidence = gather(&file, &pki.anchors(), &server, now()).unwrap();
        assert_eq!(evidence.certificates.len(), 4);
    }
    let wrong = Wanted::authority("Prov Utfärdare").self_issued(Pair::p256());
    for answer in [wrong.certificate.der().to_vec(), b"garbage".to_vec()] {
        server.files.insert(ISSUING_CERTIFICATE.to_owned(), answer);
        let refused = gather(&file, &pki.anchors(), &server, now());
        assert!(matches!(refused, Err(Error::Untrusted { .. })));
    }
}

#[test]
fn a_responder_that_may_itself_be_revoked_is_asked_about() {
    let (pki, signer) = with_signer();
    let responder = Wanted::purpose("Prov Svarare", OCSP_SIGNING)
        .numbered(8)
        .with(crl_point(ISSUING_LIST))
        .by(&pki.issuing, Pair::p256());
    let mut server = Server::new(&pki, &signer);
    let (certificate, issuing) = (&signer.certificate, &pki.issuing.certificate);
    let response = ocsp_response(&Said::Good, certificate, issuing, &responder, now());
    server
        .responses
        .insert(ocsp::request(certificate, issuing).unwrap(), response);
    let file = sign(&document(), &mut pki.key(&signer, false), "chair", Level::B).0;
    let refused = gather(&file, &pki.anchors(), &server, now()).unwrap_err();
    assert!(
        matches!(refused, Error::NoEvidence { subject, .. } if subject == "CN=Prov Svarare,C=SE")
    );

    let list = crl(&pki.issuing, &[], now(), &[]);
    server.files.insert(ISSUING_LIST.to_owned(), list);
    let evidence = gather(&file, &pki.anchors(), &server, now()).unwrap();
    assert_eq!((evidence.ocsp_responses.len(), evidence.crls.len()), (1, 2));
    let list = crl(&pki.issuing, &[(8, now() - days(1))], now(), &[]);
    server.files.insert(ISSUING_LIST.to_owned(), list);
    let refused = gather(&file, &pki.anchors(), &server, now());
    assert!(matches!(refused, Err(Error::Revoked { .. })));
}

#[test]
fn a_trusted_seal_needs_no_evidence_and_a_stranger_gets_none() {
    let (pki, signer) = with_signer();
    let seal = Wanted::person("Prov kommun").self_issued(Pair::p256());
    let file = sign(&document(), &mut pki.key(&seal, false), "chair", Level::B).0;
    let anchors = Anchors::new(vec![seal.certificate.clone()]).unwrap();
    let evidence = gather(&file, &anchors, &Server::default(), now()).unwrap();
    assert_eq!(evidence.certificates, [seal.certificate.der()]);
    assert!(evidence.ocsp_responses.is_empty() && evidence.crls.is_empty());
    let server = Server::new(&pki, &signer);
    let refused = gather(&file, &pki.anchors(), &server, now());
    assert!(matches!(refused, Err(Error::Untrusted { .. })));
    assert!(server.asked().is_empty());
}

/// Answers what it was given to answer, and notes what it was asked.
#[derive(Default)]
pub(super) struct Server {
    /// By request.
    responses: BTreeMap<Vec<u8>, Vec<u8>>,
    /// By address.
    pub(super) files: BTreeMap<String, Vec<u8>>,
    asked: Mutex<Vec<String>>,
    pub(super) responder: Option<Holder>,
}

impl Server {
    /// Answers on the signer, the time-stamping authority and the issuing authority.
    pub(super) fn new(pki: &Pki, signer: &Holder) -> Self {
        let mut server = Self {
            responder: Some(delegated("Prov Svarare").by(&pki.issuing, Pair::p256())),
            ..Self::default()
        };
        let list = crl(&pki.root, &[], now() - days(1), &[]);
        server.files.insert(ROOT_LIST.to_owned(), list);
        server.answer(pki, &signer.certificate, &Said::Good, now());
        server.answer(pki, &pki.authority.certificate, &Said::Good, now());
        server
    }

    pub(super) fn answer(
        &mut self,
        pki: &Pki,
        about: &Certificate,
        said: &Said,
        this_update: DateTime<Utc>,
    ) {
        let issuing = &pki.issuing.certificate;
        let responder = self.responder.as_ref().unwrap();
        let response = ocsp_response(said, about, issuing, responder, this_update);
        self.responses
            .insert(ocsp::request(about, issuing).unwrap(), response);
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn file(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(url.to_owned());
        self.files
            .get(url)
            .cloned()
            .ok_or_else(|| FetchError::new("not there"))
    }
}

impl Fetch for Server {
    async fn ocsp(&self, url: &str, request: &[u8]) -> Result<Vec<u8>, FetchError> {
        self.asked.lock().unwrap().push(url.to_owned());
        let response = self.responses.get(request);
        response
            .cloned()
            .ok_or_else(|| FetchError::new("not there"))
    }

    async fn crl(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.file(url)
    }

    async fn issuer(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.file(url)
    }
}

/// The server is never waited for, so there is nothing to wake.
pub(super) fn gather(
    file: &[u8],
    anchors: &Anchors,
    server: &Server,
    at: DateTime<Utc>,
) -> Result<Evidence, Error> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(collect(file, anchors, server, at)).poll(&mut context) {
        Poll::Ready(result) => result,
        Poll::Pending => unreachable!(),
    }
}

/// The file with a document time-stamp.
pub(super) fn stamped(file: &[u8], pki: &Pki, authority: &Holder, gen_time: &str) -> Vec<u8> {
    let head = Head::new(file);
    let prepared = prepare_archive(&head).unwrap();
    let digest = *prepared.digest().as_bytes();
    let mut wanted = WantedToken::new(&digest, &[5], pki);
    wanted.gen_time = gen_time.to_owned();
    wanted.certificates.push(authority.certificate.clone());
    let request = TimeStampRequest::new(digest, 5);
    let response = super::pki::granted(&wanted.by(authority));
    let token = read_time_stamp(&response, &request, &pki.anchors()).unwrap();
    let tail = finish_archive(&head, prepared, &token).unwrap().tail;
    [file, &tail].concat()
}

/// Authorities of which each certificate names who tells about it.
fn pki() -> Pki {
    let root = Wanted::authority("Prov Rot").self_issued(Pair::p256());
    let issuing = Wanted::authority("Prov Utfärdare")
        .numbered(2)
        .with(crl_point(ROOT_LIST))
        .by(&root, Pair::p256());
    let authority = Wanted::purpose("Prov Tidsstämpling", super::pki::TIME_STAMPS)
        .numbered(3)
        .with(access(&[(OCSP, RESPONDER)]))
        .by(&issuing, Pair::p256());
    Pki {
        root,
        issuing,
        authority,
    }
}

pub(super) fn with_signer() -> (Pki, Holder) {
    let pki = pki();
    let signer = Wanted::person("Åsa Ärlig-Öberg")
        .with(access(&[(OCSP, RESPONDER)]))
        .with(crl_point(ISSUING_LIST))
        .by(&pki.issuing, Pair::p256());
    (pki, signer)
}

/// A responder that is not asked about itself (`id-pkix-ocsp-nocheck`).
pub(super) fn delegated(name: &str) -> Wanted {
    Wanted::purpose(name, OCSP_SIGNING)
        .numbered(5)
        .with(extension(
            "1.3.6.1.5.5.7.48.1.5",
            false,
            &super::pki::null(),
        ))
}
