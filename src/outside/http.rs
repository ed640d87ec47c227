//! One question and one answer over HTTP, with a deadline and a limit on size.
//!
//! Who is asked, and whether the answer is believed, is the caller's matter: time-stamps, OCSP answers
//! and certificate revocation lists are signed, so plain http is allowed (RFC 3161 §3.4, RFC 5280
//! §4.2.1.13). Nothing here falls back to something else.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder, StatusCode, Url};

use super::guard::{Guard, GuardError, PublicAlone};

/// An http or https address without credentials.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address(Url);

/// Why a text is no address to ask.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It carries a name or password, which would end in logs.
    #[error("an address with a user name or password is not used")]
    Credentials,
    /// It is none.
    ///
    /// The text is not repeated: what cannot be read may hold a password.
    #[error("it is not an address ({0})")]
    Malformed(<Url as FromStr>::Err),
    /// It is of another kind, such as ldap.
    #[error("{scheme} addresses are not asked, only http and https")]
    Scheme {
        /// The kind.
        scheme: String,
    },
}

/// Why there is no answer. The address is the caller's to add.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be asked.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// The connection could not be made or broke.
    #[error("{}", innermost(.0))]
    Connection(reqwest::Error),
    /// The answer is of another kind than what was asked for.
    #[error("the answer is {found}, not {wanted}")]
    ContentType {
        /// Its media type.
        found: String,
        /// The media type of a right answer.
        wanted: &'static str,
    },
    /// The address is not one that may be asked.
    #[error(transparent)]
    Guarded(#[from] GuardError),
    /// The answer ends nowhere.
    #[error("the answer is longer than {limit_bytes} bytes")]
    Long {
        /// The limit.
        limit_bytes: usize,
    },
    /// The answer says no.
    #[error("the answer is {0}")]
    Status(StatusCode),
    /// No whole answer came in time.
    #[error("no answer within {} s", limit.as_secs_f64())]
    Timeout {
        /// The longest wait.
        limit: Duration,
    },
}

impl Address {
    /// Returns the address without its query, which may hold a key to the service.
    #[must_use]
    pub fn shown(&self) -> String {
        let mut url = self.0.clone();
        url.set_query(None);
        url.set_fragment(None);
        url.to_string()
    }

    /// Returns the machine's name, which is all that most readers need to see.
    #[must_use]
    pub fn host(&self) -> &str {
        self.0.host_str().unwrap_or_default()
    }

    /// Returns the address of a file below this one, which ends in a slash.
    pub(super) fn below(&self, path: &str) -> Result<Self, AddressError> {
        let url = self.0.join(path).map_err(AddressError::Malformed)?;
        Ok(Self(url))
    }

    fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let url = Url::parse(text).map_err(AddressError::Malformed)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(AddressError::Scheme {
                scheme: url.scheme().to_owned(),
            });
        }
        if has_credentials(&url) {
            return Err(AddressError::Credentials);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Asks over HTTP; connections are kept and used again.
#[derive(Debug)]
pub(super) struct Http {
    timeout: Duration,
    /// Who may be asked; anybody without one.
    guard: Option<Guard>,
    /// Made when first needed: reading the system's TLS roots takes time, and there may be none.
    clients: Mutex<BTreeMap<ClientKind, Client>>,
}

/// How a client is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct ClientKind {
    /// Whether it needs the system's TLS roots.
    tls: bool,
    /// Whether it talks to this machine, which no proxy stands in front of.
    loopback: bool,
}

/// What an answer must be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Answer {
    /// Its media type, where the standard demands one.
    pub(super) content_type: Option<&'static str>,
    /// Its most bytes.
    pub(super) limit_bytes: usize,
}

/// A redirect or two is in order, a chase is not.
const MAX_REDIRECTS: usize = 3;

/// Who does not let itself be reached at once is not there.
const CONNECT_PATIENCE: Duration = Duration::from_secs(5);

impl Http {
    /// Makes ready to ask, waiting this long for each whole answer.
    pub(super) fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            guard: None,
            clients: Mutex::default(),
        }
    }

    /// Makes ready to ask these machines and no other, through no proxy, following no redirect.
    pub(super) fn guarded(timeout: Duration, guard: Guard) -> Self {
        Self {
            guard: Some(guard),
            ..Self::new(timeout)
        }
    }

    /// Returns the answer to a POST.
    pub(super) async fn post(
        &self,
        address: &Address,
        content_type: &'static str,
        body: Vec<u8>,
        answer: Answer,
    ) -> Result<Vec<u8>, HttpError> {
        let request = self.client(address)?.post(address.0.clone());
        let request = request.header(CONTENT_TYPE, content_type).body(body);
        self.ask(request, answer).await
    }

    /// Returns the answer to a GET.
    pub(super) async fn get(
        &self,
        address: &Address,
        answer: Answer,
    ) -> Result<Vec<u8>, HttpError> {
        let request = self.client(address)?.get(address.0.clone());
        self.ask(request, answer).await
    }

    async fn ask(&self, request: RequestBuilder, answer: Answer) -> Result<Vec<u8>, HttpError> {
        let request = match answer.content_type {
            Some(wanted) => request.header(ACCEPT, wanted),
            None => request,
        };
        let told = |error| self.told(error);
        let mut response = request.send().await.map_err(told)?;
        if response.status() != StatusCode::OK {
            return Err(HttpError::Status(response.status()));
        }
        if let Some(wanted) = answer.content_type {
            let header = response.headers().get(CONTENT_TYPE);
            let found = header.map_or("of no named type", |value| {
                value.to_str().unwrap_or("of no readable type")
            });
            // RFC 9110 §8.3.1: parameters may follow, and case does not matter.
            let media_type = found.split(';').next().unwrap_or_default().trim();
            if !media_type.eq_ignore_ascii_case(wanted) {
                return Err(HttpError::ContentType {
                    found: found.to_owned(),
                    wanted,
                });
            }
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(told)? {
            if bytes.len().saturating_add(chunk.len()) > answer.limit_bytes {
                return Err(HttpError::Long {
                    limit_bytes: answer.limit_bytes,
                });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }

    fn client(&self, address: &Address) -> Result<Client, HttpError> {
        if let Some(guard) = &self.guard {
            guard.check(&address.0)?;
        }
        let kind = ClientKind {
            tls: address.0.scheme() == "https",
            loopback: address.is_loopback(),
        };
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&kind) {
            return Ok(client.clone());
        }
        let mut builder = Client::builder()
            .timeout(self.timeout)
            .connect_timeout(self.connect_timeout())
            .redirect(Policy::custom(follow));
        if !kind.tls {
            // Without this a machine that has no TLS roots could not even ask over http.
            builder = builder.tls_certs_only([]);
        }
        if kind.loopback {
            builder = builder.no_proxy();
        }
        if self.guard.is_some() {
            // A proxy would resolve the name by itself.
            builder = builder
                .no_proxy()
                .redirect(Policy::none())
                .dns_resolver(Arc::new(PublicAlone));
        }
        let client = builder.build().map_err(HttpError::Connection)?;
        clients.insert(kind, client.clone());
        Ok(client)
    }

    fn told(&self, error: reqwest::Error) -> HttpError {
        if !error.is_timeout() {
            return HttpError::Connection(error);
        }
        if error.is_connect() {
            return HttpError::Timeout {
                limit: self.connect_timeout(),
            };
        }
        self.timed_out()
    }

    fn connect_timeout(&self) -> Duration {
        CONNECT_PATIENCE.min(self.timeout)
    }

    /// Returns what is told of one who lets everybody wait.
    pub(super) fn timed_out(&self) -> HttpError {
        HttpError::Timeout {
            limit: self.timeout,
        }
    }
}

/// Follows a redirect only to where the first address could have led as well: not from https to http,
/// not to credentials, and not from outside into this machine.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let Some(from) = attempt.previous().last() else {
        return attempt.stop();
    };
    let to = attempt.url();
    let refusal = if attempt.previous().len() > MAX_REDIRECTS {
        "it redirects again and again"
    } else if to.scheme() != from.scheme() {
        "it redirects to another kind of address"
    } else if has_credentials(to) {
        "it redirects to an address with credentials"
    } else if is_loopback(to) != is_loopback(from) {
        "it redirects into or out of this machine"
    } else {
        return attempt.follow();
    };
    attempt.error(refusal)
}

fn has_credentials(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    match address.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().is_loopback(),
        Err(_a_name) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// Returns the cause that says most: the outer ones repeat the address and the layers of the client.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}
