//! OCSP answers (RFC 6960 appendix A), certificate revocation lists and issuers' certificates (RFC 5280
//! §4.2.1.13, §4.2.2.1) over HTTP.
//!
//! Gives bytes; `signature` verifies them. Each question is asked once in a run, also when many copies
//! ask it at the same time, and a failure is remembered as well: 49 copies do not each wait for a dead
//! responder. A new run begins with a new [`HttpFetch`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::OnceCell;

use super::guard::Guard;
use super::http::{Address, Answer, Http, HttpError};
use crate::signature::{Fetch, FetchError, MAX_ANSWER_BYTES};

/// Fetches what long-term signatures need, and remembers it.
#[derive(Debug)]
pub struct HttpFetch {
    http: Http,
    answers: Mutex<BTreeMap<Question, Arc<Kept>>>,
}

/// What is asked of whom.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Question {
    kind: Kind,
    url: String,
    /// Empty for a GET.
    body: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Crl,
    Issuer,
    Ocsp,
}

/// An answer, or room for one that somebody is waiting for.
type Kept = OnceCell<Result<Vec<u8>, Arc<HttpError>>>;

/// RFC 6960 §A.1.
const OCSP_REQUEST: &str = "application/ocsp-request";

impl HttpFetch {
    /// Makes ready to fetch, waiting this long for each answer.
    #[must_use]
    pub fn new(timeout: Duration) -> Self {
        Self {
            http: Http::new(timeout),
            answers: Mutex::default(),
        }
    }

    /// Makes ready to fetch from these machines alone, each with its port where one is named: for
    /// addresses that stand in a handed-in file.
    ///
    /// Addresses in private networks are asked only where they are named as numbers with a port.
    /// Redirects are not followed.
    #[must_use]
    pub fn allow_listed(timeout: Duration, hosts: &[String]) -> Self {
        Self {
            http: Http::guarded(timeout, Guard::new(hosts)),
            answers: Mutex::default(),
        }
    }

    async fn answer(&self, kind: Kind, url: &str, body: &[u8]) -> Result<Vec<u8>, FetchError> {
        let question = Question {
            kind,
            url: url.to_owned(),
            body: body.to_vec(),
        };
        let kept = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(answers.entry(question).or_default())
        };
        let asked = async || self.ask(kind, url, body).await.map_err(Arc::new);
        kept.get_or_init(asked).await.clone().map_err(told)
    }

    async fn ask(&self, kind: Kind, url: &str, body: &[u8]) -> Result<Vec<u8>, HttpError> {
        let address: Address = url.parse()?;
        let answer = kind.answer();
        match kind {
            Kind::Crl | Kind::Issuer => self.http.get(&address, answer).await,
            Kind::Ocsp => {
                let body = body.to_vec();
                self.http.post(&address, OCSP_REQUEST, body, answer).await
            }
        }
    }
}

impl Kind {
    fn answer(self) -> Answer {
        match self {
            // Lists and certificates are served under many types; what they are is seen when they are read.
            Self::Crl => Answer {
                content_type: None,
                limit_bytes: MAX_ANSWER_BYTES,
            },
            Self::Issuer => Answer {
                content_type: None,
                limit_bytes: 64 * 1024,
            },
            Self::Ocsp => Answer {
                content_type: Some("application/ocsp-response"),
                limit_bytes: 64 * 1024,
            },
        }
    }
}

impl Fetch for HttpFetch {
    async fn ocsp(&self, url: &str, request: &[u8]) -> Result<Vec<u8>, FetchError> {
        self.answer(Kind::Ocsp, url, request).await
    }

    async fn crl(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.answer(Kind::Crl, url, &[]).await
    }

    async fn issuer(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        self.answer(Kind::Issuer, url, &[]).await
    }
}

fn told(error: Arc<HttpError>) -> FetchError {
    FetchError::new(error)
}
