//! What a signature needs from outside: time, trust and evidence.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::SigningError;
use crate::agreement::{CopyId, Level, Sha256};
use crate::journeys::{Error, Office};
use crate::outside::{Address, HttpFetch, TimeStampAuthorities, now};
use crate::pdf;
use crate::signature::{self, Anchors, Chain, Head, Prepared, Token};

/// A copy with a signature more.
pub(in crate::journeys) struct Completed {
    /// The whole file.
    pub(in crate::journeys) bytes: Vec<u8>,
    /// Its digest.
    pub(in crate::journeys) digest: Sha256,
    /// The time that the signature's time-stamp proves.
    pub(in crate::journeys) stamped_at: Option<DateTime<Utc>>,
}

/// Authorities, anchors and sources of evidence, as the office has set them.
pub(in crate::journeys) struct Tools {
    /// Whom the office trusts.
    pub(in crate::journeys) anchors: Anchors,
    authorities: TimeStampAuthorities,
    fetch: HttpFetch,
}

impl Tools {
    /// Reads the office's settings and trust anchors.
    ///
    /// # Errors
    /// [`Error`] when an address or a certificate is wrong.
    pub(in crate::journeys) fn new(office: &Office) -> Result<Self, Error> {
        let settings = &office.config.time_stamp;
        let addresses: Vec<Address> = settings
            .authorities
            .iter()
            .map(|address| address.parse())
            .collect::<Result<_, _>>()
            .map_err(SigningError::Address)?;
        let patience = Duration::from_secs(settings.seconds);
        Ok(Self {
            anchors: office.anchors()?,
            authorities: TimeStampAuthorities::new(addresses, patience),
            fetch: HttpFetch::new(patience),
        })
    }

    /// Tells whether a signer's certificate leads to an anchor now.
    pub(in crate::journeys) fn is_trusted(&self, chain: &Chain) -> bool {
        let path = self
            .anchors
            .path(chain.signer(), chain.certificates(), now());
        path.is_ok()
    }

    /// Checks that what a level needs is set, before a key is asked for.
    ///
    /// # Errors
    /// [`SigningError::NoAuthority`], [`SigningError::NoAnchors`].
    pub(in crate::journeys) fn require(&self, level: Level) -> Result<(), SigningError> {
        if level == Level::B {
            return Ok(());
        }
        if self.authorities.is_empty() {
            return Err(SigningError::NoAuthority { level });
        }
        self.require_anchors()
    }

    /// Checks that the office trusts anybody.
    ///
    /// # Errors
    /// [`SigningError::NoAnchors`].
    pub(in crate::journeys) fn require_anchors(&self) -> Result<(), SigningError> {
        if self.anchors.is_empty() {
            return Err(SigningError::NoAnchors);
        }
        Ok(())
    }

    /// Asks whether a certificate is revoked now.
    ///
    /// # Errors
    /// [`signature::Error`], as [`signature::check_revocation`].
    pub(in crate::journeys) async fn check_revocation(
        &self,
        chain: &Chain,
    ) -> Result<(), signature::Error> {
        signature::check_revocation(chain, &self.anchors, &self.fetch, now()).await
    }

    /// Completes a prepared signature with the key's value and, at any level but B-B, a time-stamp.
    ///
    /// # Errors
    /// [`SigningError`] for a value by another key, and where no authority gives a time-stamp.
    pub(in crate::journeys) async fn completed(
        &self,
        copy: &CopyId,
        mut bytes: Vec<u8>,
        prepared: Prepared,
        value: &[u8],
    ) -> Result<Completed, SigningError> {
        let failed = |source| SigningError::Copy {
            copy: copy.clone(),
            source,
        };
        let value = prepared.checked_value(value).map_err(failed)?;
        let token = match prepared.level() {
            Level::B => None,
            Level::T | Level::Lt | Level::Lta => Some(self.token(Sha256::of(&value)).await?),
        };
        let signed = signature::finish(&Head::new(&bytes), prepared, &value, token.as_ref());
        let signed = signed.map_err(failed)?;
        bytes.extend_from_slice(&signed.tail);
        Ok(Completed {
            bytes,
            digest: signed.digest,
            stamped_at: token.as_ref().map(Token::at),
        })
    }

    /// Returns a time-stamp over a digest.
    async fn token(&self, digest: Sha256) -> Result<Token, SigningError> {
        Ok(self
            .authorities
            .token(*digest.as_bytes(), &self.anchors)
            .await?)
    }
}

/// Returns a signed file brought to a level, and the time that its document time-stamp proves.
///
/// B-LT adds certificates and revocation information; B-LTA a document time-stamp over all of it.
///
/// # Errors
/// [`SigningError`] when the evidence cannot be had or says that a certificate is revoked.
pub(in crate::journeys) async fn extended(
    copy: &CopyId,
    mut bytes: Vec<u8>,
    level: Level,
    tools: &Tools,
) -> Result<(Vec<u8>, Option<DateTime<Utc>>), SigningError> {
    if level < Level::Lt {
        return Ok((bytes, None));
    }
    let failed = |source| SigningError::Copy {
        copy: copy.clone(),
        source,
    };
    let wrong = |source| SigningError::Pdf {
        copy: copy.clone(),
        source,
    };
    let evidence = signature::collect(&bytes, &tools.anchors, &tools.fetch, now())
        .await
        .map_err(failed)?;
    if let Some(tail) = pdf::evidence_update(&bytes, &evidence).map_err(wrong)? {
        bytes.extend_from_slice(&tail);
    }
    if level < Level::Lta {
        return Ok((bytes, None));
    }
    let head = Head::new(&bytes);
    let prepared = signature::prepare_archive(&head).map_err(failed)?;
    let token = tools.token(prepared.digest()).await?;
    let at = token.at();
    let tail = signature::finish_archive(&head, prepared, &token)
        .map_err(failed)?
        .tail;
    bytes.extend_from_slice(&tail);
    Ok((bytes, Some(at)))
}
