//! A signer's certificate and those of its issuers.

use super::pem::{self, PemError};
use super::{Certificate, Error};

/// A certificate and the issuers that are at hand: the signer's first, each followed by its
/// issuer's.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Chain {
    /// Never empty.
    certificates: Vec<Certificate>,
    signer: Certificate,
}

impl Chain {
    /// Puts the signer's issuers in order, as far as they are among the others; what does not
    /// belong is dropped.
    #[must_use]
    pub fn new(signer: Certificate, others: &[Certificate]) -> Self {
        let mut certificates = vec![signer.clone()];
        let mut last = &signer;
        while !last.is_self_issued() && certificates.len() < MAX_CERTIFICATES {
            let issuer = others
                .iter()
                .find(|other| last.is_issued_by(other) && !certificates.contains(other));
            let Some(issuer) = issuer else {
                break;
            };
            certificates.push(issuer.clone());
            last = issuer;
        }
        Self {
            certificates,
            signer,
        }
    }

    /// Reads certificates in PEM; the signer's is the first that is not an authority's, else the
    /// first.
    ///
    /// # Errors
    ///
    /// Fails for bytes without certificates, and for damaged ones.
    pub fn from_pem(pem: &[u8]) -> Result<Self, Error> {
        let certificates = certificates_from_pem(pem)?;
        let signer = certificates
            .iter()
            .find(|certificate| !certificate.is_authority())
            .or(certificates.first())
            .ok_or(Error::Malformed {
                what: "PEM file of certificates",
            })?;
        Ok(Self::new(signer.clone(), &certificates))
    }

    /// Returns the signer's certificate.
    #[must_use]
    pub fn signer(&self) -> &Certificate {
        &self.signer
    }

    /// Returns all certificates, the signer's first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Returns those that a signature carries: not a self-issued authority's, which whoever judges
    /// must have from elsewhere; but the signer's always.
    pub(super) fn carried(&self) -> impl Iterator<Item = &Certificate> {
        let issuers = self.certificates.iter().skip(1);
        std::iter::once(&self.signer).chain(issuers.filter(|issuer| !issuer.is_self_issued()))
    }
}

/// Reads all certificates of a file in PEM, in order.
///
/// # Errors
///
/// Fails for a damaged block; a file without certificates gives none.
pub fn certificates_from_pem(pem: &[u8]) -> Result<Vec<Certificate>, Error> {
    let malformed = |_: PemError| Error::Malformed {
        what: "PEM file of certificates",
    };
    let blocks = pem::blocks(pem).map_err(malformed)?;
    blocks
        .iter()
        .filter(|block| matches!(block.label, "CERTIFICATE" | "X509 CERTIFICATE"))
        .map(|block| Certificate::from_der(&block.der))
        .collect()
}

/// More issuers than any real chain has.
const MAX_CERTIFICATES: usize = 10;
