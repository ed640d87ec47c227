//! A published bundle, from a file or from the coordinating body's web address.

use std::time::Duration;

/// A bundle with its fonts is some megabytes.
const MAX_BUNDLE_BYTES: usize = 64 * 1024 * 1024;

const PATIENCE: Duration = Duration::from_secs(30);

/// Why a bundle could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// The request failed.
    #[error("the bundle cannot be fetched: {0}")]
    Http(#[from] reqwest::Error),
    /// It is longer than any bundle.
    #[error("the bundle at {url} is longer than {MAX_BUNDLE_BYTES} bytes")]
    TooLarge {
        /// Where.
        url: String,
    },
}

/// Fetches a bundle from an address that the user named.
///
/// What arrives is believed only as far as its digest: the caller compares it with the text digest
/// that a copy bears.
///
/// # Errors
/// [`BundleError`] for anything but an answer of success within the limits.
pub async fn fetch_bundle(url: &str) -> Result<Vec<u8>, BundleError> {
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let mut response = client.get(url).send().await?.error_for_status()?;
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_BUNDLE_BYTES {
            return Err(BundleError::TooLarge {
                url: url.to_owned(),
            });
        }
    }
    Ok(bytes)
}
