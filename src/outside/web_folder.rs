//! A folder of files behind a web address that the user named.
//!
//! Gives bytes; whoever asks verifies them. The address may be of this machine or of a private network.

use std::time::Duration;

use super::http::{Address, AddressError, Answer, Http, HttpError};

/// A folder on a web server.
#[derive(Debug)]
pub struct WebFolder {
    address: Address,
    http: Http,
}

impl WebFolder {
    /// Makes ready to ask, waiting this long for each file.
    ///
    /// # Errors
    /// [`AddressError`] for what is no http or https address.
    pub fn new(address: &str, timeout: Duration) -> Result<Self, AddressError> {
        let address = format!("{}/", address.trim_end_matches('/'));
        Ok(Self {
            address: address.parse()?,
            http: Http::new(timeout),
        })
    }

    /// Returns a file of the folder; `None` where there is none.
    ///
    /// # Errors
    /// [`HttpError`] for anything but an answer of success within the limits.
    pub async fn file(&self, path: &str, limit_bytes: usize) -> Result<Option<Vec<u8>>, HttpError> {
        let answer = Answer {
            content_type: None,
            limit_bytes,
        };
        match self.http.get(&self.address.below(path)?, answer).await {
            Ok(bytes) => Ok(Some(bytes)),
            // RFC 9110 §15.5.5 and §15.5.11.
            Err(HttpError::Status(status)) if matches!(status.as_u16(), 404 | 410) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the address as it may be shown.
    #[must_use]
    pub fn shown(&self) -> String {
        self.address.shown()
    }
}
