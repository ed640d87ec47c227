//! Which authorities are accepted, and the paths to them (RFC 5280 §6).

use std::time::Duration;

use chrono::{DateTime, Utc};
use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, KeyUsage};

use super::error::PathError;
use super::{Certificate, Error, certificates_from_pem};

/// The certificates that an office trusts: of authorities, and of single signers such as its own
/// seal.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    certificates: Vec<Certificate>,
    anchors: Vec<TrustAnchor<'static>>,
}

/// What a path is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Usage {
    /// Anything; what the signer's certificate itself is for is checked elsewhere.
    Any,
    /// Time-stamps: an authority that limits itself to purposes must name this one.
    TimeStamps,
}

impl Anchors {
    /// Trusts these certificates.
    ///
    /// # Errors
    ///
    /// Fails for one that cannot be an anchor.
    pub fn new(certificates: Vec<Certificate>) -> Result<Self, Error> {
        let anchors = certificates
            .iter()
            .map(|certificate| {
                webpki::anchor_from_trusted_cert(&CertificateDer::from(certificate.der()))
                    .map(|anchor| anchor.to_owned())
                    .map_err(|_| Error::Malformed {
                        what: "trusted certificate",
                    })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self {
            certificates,
            anchors,
        })
    }

    /// Trusts the certificates in these files, in PEM.
    ///
    /// # Errors
    ///
    /// Fails for a damaged file, and for a certificate that cannot be an anchor.
    pub fn from_pem<F: AsRef<[u8]>>(files: impl IntoIterator<Item = F>) -> Result<Self, Error> {
        let mut certificates = Vec::new();
        for file in files {
            certificates.extend(certificates_from_pem(file.as_ref())?);
        }
        Self::new(certificates)
    }

    /// Tells whether nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Returns the trusted certificates.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }

    /// Returns the path from a certificate to an anchor, both included, valid at that time; it has
    /// one certificate where that is an anchor itself.
    ///
    /// # Errors
    ///
    /// Fails where no path can be built of `others`, which may hold any certificates.
    pub fn path(
        &self,
        certificate: &Certificate,
        others: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<Certificate>, Error> {
        self.path_for(Usage::Any, certificate, others, at)
            .map_err(|cause| Error::Untrusted {
                subject: certificate.subject(),
                cause,
            })
    }

    pub(super) fn path_for(
        &self,
        usage: Usage,
        certificate: &Certificate,
        others: &[Certificate],
        at: DateTime<Utc>,
    ) -> Result<Vec<Certificate>, PathError> {
        let since_1970 = Duration::from_secs(u64::try_from(at.timestamp()).unwrap_or(0));
        let time = UnixTime::since_unix_epoch(since_1970);
        if self.certificates.contains(certificate) {
            return self_trusted(certificate, at, time);
        }
        let leaf = CertificateDer::from(certificate.der());
        let leaf = EndEntityCert::try_from(&leaf).map_err(PathError)?;
        let others: Vec<_> = others
            .iter()
            .map(|other| CertificateDer::from(other.der()))
            .collect();
        let path = leaf
            .verify_for_usage(
                webpki::ALL_VERIFICATION_ALGS,
                &self.anchors,
                &others,
                time,
                usage,
                None,
                None,
            )
            .map_err(PathError)?;
        let mut found = vec![certificate.clone()];
        for issuer in path.intermediate_certificates() {
            let issuer = Certificate::from_der(&issuer.der());
            found.push(issuer.map_err(|_| PathError(webpki::Error::BadDer))?);
        }
        let anchors = self.anchors.iter().zip(&self.certificates);
        let anchor = anchors
            .into_iter()
            .find(|(anchor, _)| *anchor == path.anchor())
            .map(|(_, certificate)| certificate.clone());
        found.push(anchor.ok_or(PathError(webpki::Error::UnknownIssuer))?);
        Ok(found)
    }
}

impl ExtendedKeyUsageValidator for Usage {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        match self {
            Self::Any => Ok(()),
            Self::TimeStamps => KeyUsage::required_if_present(TIME_STAMPS).validate(purposes),
        }
    }
}

/// A certificate that is trusted for itself, such as a self-issued seal, needs no issuer.
fn self_trusted(
    certificate: &Certificate,
    at: DateTime<Utc>,
    time: UnixTime,
) -> Result<Vec<Certificate>, PathError> {
    let unix = |instant: DateTime<Utc>| {
        let seconds = u64::try_from(instant.timestamp()).unwrap_or(0);
        UnixTime::since_unix_epoch(Duration::from_secs(seconds))
    };
    if at < certificate.not_before() {
        return Err(PathError(webpki::Error::CertNotValidYet {
            time,
            not_before: unix(certificate.not_before()),
        }));
    }
    if at > certificate.not_after() {
        return Err(PathError(webpki::Error::CertExpired {
            time,
            not_after: unix(certificate.not_after()),
        }));
    }
    Ok(vec![certificate.clone()])
}

/// `id-kp-timeStamping`, 1.3.6.1.5.5.7.3.8, in DER without tag and length.
const TIME_STAMPS: &[u8] = &[0x2B, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x08];
