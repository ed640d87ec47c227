//! Time-stamps from time-stamping authorities, after RFC 3161 §3.4 (HTTP).
//!
//! Takes a digest, gives a token that [`signature::read_time_stamp`] has verified, or says why each
//! authority failed. The clock of this machine is never put in place of an authority's.
//!
//! [`signature::read_time_stamp`]: crate::signature::read_time_stamp

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use rand_core::{OsRng, RngCore as _};
use tokio::sync::Semaphore;

use super::http::{Address, Answer, Http, HttpError};
use super::now;
use crate::signature::{Anchors, TimeStampError, TimeStampRequest, Token, read_time_stamp};

/// The authorities of an office, in the order in which they are asked.
#[derive(Debug)]
pub struct TimeStampAuthorities {
    authorities: Vec<Authority>,
    http: Http,
}

/// One authority and what this run knows of it.
#[derive(Debug)]
struct Authority {
    address: Address,
    /// It has failed once; it is asked after those that have not.
    failed: AtomicBool,
    /// It has let somebody wait in vain.
    silent: AtomicBool,
    /// So that many copies at once neither flood it nor all wait for it when it is dead.
    places: Semaphore,
}

/// Why there is no time-stamp.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// All were asked in vain.
    #[error("no time-stamping authority gave a time-stamp: {}", list(.0))]
    AllFailed(Vec<Attempt>),
    /// There is none to ask.
    #[error("no time-stamping authority is configured")]
    NoneConfigured,
    /// The system gave no random number for the question.
    #[error("the system gives no random numbers: {0}")]
    Random(rand_core::Error),
}

/// An authority that was asked in vain.
#[derive(Debug)]
pub struct Attempt {
    /// Where it is.
    pub address: Address,
    /// Why it gave nothing.
    pub reason: AttemptError,
}

/// Why one authority gave no time-stamp.
#[derive(Debug, thiserror::Error)]
pub enum AttemptError {
    /// It is of another time than now.
    #[error(
        "the time-stamp says {}, this machine's clock {}",
        at.format("%Y-%m-%d %H:%M:%S UTC"),
        now.format("%Y-%m-%d %H:%M:%S UTC")
    )]
    Clock {
        /// The time that it proves.
        at: DateTime<Utc>,
        /// The time when it came.
        now: DateTime<Utc>,
    },
    /// It could not be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// What it gave is not believed.
    #[error(transparent)]
    Token(#[from] TimeStampError),
}

/// How far the clocks of an authority and of this machine may differ.
const CLOCKS: TimeDelta = TimeDelta::minutes(5);

/// RFC 3161 §3.4.
const QUERY: &str = "application/timestamp-query";

/// A token with its certificates is 4 to 8 KiB.
const REPLY: Answer = Answer {
    content_type: Some("application/timestamp-reply"),
    limit_bytes: 64 * 1024,
};

/// Questions to one authority at a time.
const PLACES: usize = 8;

impl TimeStampAuthorities {
    /// Makes ready to ask these authorities, the first one first, waiting this long for each answer.
    #[must_use]
    pub fn new(addresses: impl IntoIterator<Item = Address>, timeout: Duration) -> Self {
        let authority = |address| Authority {
            address,
            failed: AtomicBool::new(false),
            silent: AtomicBool::new(false),
            places: Semaphore::new(PLACES),
        };
        Self {
            authorities: addresses.into_iter().map(authority).collect(),
            http: Http::new(timeout),
        }
    }

    /// Tells whether there is none to ask.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }

    /// Returns a verified time-stamp of the digest, from the first authority that gives one.
    ///
    /// One that fails is asked last from then on, so that many copies do not each wait for it. May be
    /// called many times at once.
    ///
    /// # Errors
    /// [`AuthorityError`] with each authority's reason when none gives a token that is believed.
    pub async fn token(
        &self,
        digest: [u8; 32],
        anchors: &Anchors,
    ) -> Result<Token, AuthorityError> {
        let mut attempts = Vec::new();
        let mut left: Vec<&Authority> = self.authorities.iter().collect();
        while !left.is_empty() {
            let authority = left.remove(first_sound(&left));
            let hoped = authority.is_sound();
            // The semaphore is never closed; if it were, asking without a place does no harm.
            let _place = authority.places.acquire().await.ok();
            let outcome = if !hoped || authority.is_sound() {
                self.ask(authority, digest, anchors).await?
            } else if authority.silent.load(Ordering::Relaxed) {
                // This call has waited as long for a place as another for the answer.
                Err(self.http.timed_out().into())
            } else {
                // Another call found out while this one waited: the others come first now.
                left.push(authority);
                continue;
            };
            match outcome {
                Ok(token) => return Ok(token),
                Err(reason) => attempts.push(authority.has_failed(reason)),
            }
        }
        if attempts.is_empty() {
            return Err(AuthorityError::NoneConfigured);
        }
        Err(AuthorityError::AllFailed(attempts))
    }

    async fn ask(
        &self,
        authority: &Authority,
        digest: [u8; 32],
        anchors: &Anchors,
    ) -> Result<Result<Token, AttemptError>, AuthorityError> {
        let request = TimeStampRequest::new(digest, nonce()?);
        let answer = self
            .http
            .post(&authority.address, QUERY, request.der().to_vec(), REPLY)
            .await;
        Ok(match answer {
            Ok(bytes) => read_time_stamp(&bytes, &request, anchors)
                .map_err(AttemptError::from)
                .and_then(|token| of_now(token, now())),
            Err(error) => Err(error.into()),
        })
    }
}

impl Authority {
    fn is_sound(&self) -> bool {
        !self.failed.load(Ordering::Relaxed)
    }

    fn has_failed(&self, reason: AttemptError) -> Attempt {
        if matches!(reason, AttemptError::Http(HttpError::Timeout { .. })) {
            self.silent.store(true, Ordering::Relaxed);
        }
        self.failed.store(true, Ordering::Relaxed);
        Attempt {
            address: self.address.clone(),
            reason,
        }
    }
}

/// Believes a token of the present only: an authority whose clock is wrong dates nothing for us.
pub(super) fn of_now(token: Token, now: DateTime<Utc>) -> Result<Token, AttemptError> {
    let at = token.at();
    if (at - now).abs() > CLOCKS {
        return Err(AttemptError::Clock { at, now });
    }
    Ok(token)
}

/// Returns the place of the first that has not failed, or of the first when all have.
fn first_sound(left: &[&Authority]) -> usize {
    left.iter()
        .position(|authority| authority.is_sound())
        .unwrap_or_default()
}

fn nonce() -> Result<u64, AuthorityError> {
    let mut bytes = [0; 8];
    OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(AuthorityError::Random)?;
    Ok(u64::from_be_bytes(bytes))
}

fn list(attempts: &[Attempt]) -> String {
    // A query may hold a key to a service that is paid for.
    let told = |attempt: &Attempt| format!("{}: {}", attempt.address.shown(), attempt.reason);
    let told: Vec<String> = attempts.iter().map(told).collect();
    told.join("; ")
}
