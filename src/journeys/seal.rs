//! The office's seal, set on copies as they are issued.

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::key;
use super::signing::{SigningError, Tools, drawable, lines, seal_words};
use super::{Error, Office};
use crate::agreement::{CopyId, Level, Name, SEAL_FIELD, without_personal_numbers};
use crate::outside::{SecretSource, now};
use crate::pdf::SignatureEntries;
use crate::register::Sealed;
use crate::signature::{self, Head, Key, Prepared, check_signer};

/// A seal that is open, for one run.
pub(super) struct Seal {
    key: Box<dyn Key>,
    tools: Tools,
    level: Level,
    /// Whether the seal certifies, as the version says.
    pub(super) certifies: bool,
    name: String,
    location: Option<Name>,
}

/// A copy and its seal.
pub(super) struct SealedCopy {
    /// The base revision and the seal's.
    pub(super) bytes: Vec<u8>,
    /// What is entered.
    pub(super) sealed: Sealed,
}

impl Seal {
    /// Opens the office's seal; `None` where it has none.
    ///
    /// # Errors
    /// [`Error`] for a wrong passphrase, an expired certificate, or a level that cannot be had.
    pub(super) async fn open(
        office: &Office,
        secret: Option<SecretSource>,
    ) -> Result<Option<Self>, Error> {
        let Some(source) = key::source(office, secret)? else {
            return Ok(None);
        };
        let level = office.config.seal.level.unwrap_or(Level::T);
        let tools = Tools::new(office)?;
        tools.require(level)?;
        let key = source.open(&office.config)?;
        let signer = key.chain().signer();
        check_signer(signer, now()).map_err(SigningError::Signature)?;
        if level != Level::B {
            match tools.check_revocation(key.chain()).await {
                // Nobody vouches for a self-issued seal, and nobody answers for every issuer.
                Ok(())
                | Err(signature::Error::NoEvidence { .. } | signature::Error::Untrusted { .. }) => {
                }
                Err(error) => return Err(SigningError::Signature(error).into()),
            }
        }
        let name = without_personal_numbers(&signer.subject_name());
        Ok(Some(Self {
            name,
            key,
            tools,
            level,
            certifies: false,
            location: office.config.signing.location.clone(),
        }))
    }

    /// Seals copies; the authorities are asked for several at once.
    ///
    /// # Errors
    /// [`SigningError`]; then none of these copies is to be issued.
    pub(super) async fn set(
        &mut self,
        copies: Vec<(CopyId, Vec<u8>)>,
    ) -> Result<Vec<SealedCopy>, SigningError> {
        let mut work = Vec::with_capacity(copies.len());
        for (copy, base) in copies {
            let prepared = self.prepare(&base)?;
            let value = self.key.sign(prepared.message())?;
            work.push((copy, base, prepared, value));
        }
        let this = &*self;
        stream::iter(work)
            .map(|(copy, base, prepared, value)| this.complete(copy, base, prepared, value))
            .buffered(AT_ONCE)
            .try_collect()
            .await
    }

    fn prepare(&self, base: &[u8]) -> Result<Prepared, SigningError> {
        let at = now();
        let words = drawable(base, seal_words(&self.name, at)).map_err(signature::Error::Pdf)?;
        let entries = SignatureEntries {
            field: SEAL_FIELD,
            signed_at: at,
            name: Some(&self.name),
            reason: Some(REASON),
            location: self.location.as_ref().map(Name::as_str),
            appearance: &lines(&words),
            certifies: self.certifies,
            reserve_bytes: 0,
        };
        let (chain, algorithm) = (self.key.chain(), self.key.algorithm());
        let head = Head::new(base);
        Ok(signature::prepare(
            &head, &entries, chain, algorithm, self.level,
        )?)
    }

    async fn complete(
        &self,
        copy: CopyId,
        base: Vec<u8>,
        prepared: Prepared,
        value: Vec<u8>,
    ) -> Result<SealedCopy, SigningError> {
        let head_before = prepared.head();
        let completed = self.tools.completed(&copy, base, prepared, &value).await?;
        let sealed = Sealed {
            certificate: self.key.chain().signer().digest(),
            certifies: self.certifies,
            copy,
            head_after: completed.digest,
            head_before,
            level: self.level,
            size_bytes: u64::try_from(completed.bytes.len()).unwrap_or(u64::MAX),
        };
        let bytes = completed.bytes;
        Ok(SealedCopy { bytes, sealed })
    }
}

const REASON: &str = "Visar vem som har gett ut exemplaret";

/// Time-stamps that are asked for at the same time.
const AT_ONCE: usize = 8;
