//! The document time-stamp that protects signatures and evidence for the years to come (ETSI EN 319
//! 142-1 §5.4.3, ISO 32000-2 §12.8.5).

use super::prepare::{TOKEN_BYTES, check_room};
use super::{Error, Head, Signed, Token};
use crate::agreement::Sha256;
use crate::pdf;

/// A document time-stamp that lacks its token.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct PreparedArchive {
    digest: Sha256,
    update: pdf::Update,
}

impl PreparedArchive {
    /// Returns the digest that a time-stamp is to be asked for.
    #[must_use]
    pub fn digest(&self) -> Sha256 {
        self.digest
    }
}

/// Prepares a document time-stamp over all of the document.
///
/// # Errors
///
/// Fails for a document that cannot be added to.
pub fn prepare_archive(head: &Head<'_>) -> Result<PreparedArchive, Error> {
    let update = pdf::time_stamp_update(head.bytes(), TOKEN_BYTES)?;
    Ok(PreparedArchive {
        digest: head.digest_with(&update.covered()),
        update,
    })
}

/// Puts the token where it was prepared for; the head must be the one that it was prepared for.
///
/// # Errors
///
/// Fails for a token of something else, and for one that outgrows its place.
pub fn finish_archive(
    head: &Head<'_>,
    prepared: PreparedArchive,
    token: &Token,
) -> Result<Signed, Error> {
    let digest = head.digest_with(&prepared.update.covered());
    if digest != prepared.digest || token.imprint() != digest {
        return Err(Error::TokenOther);
    }
    check_room(&prepared.update, token.der().len(), Some(token))?;
    Signed::new(head, prepared.update, token.der())
}
