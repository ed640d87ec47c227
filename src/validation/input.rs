//! What a file is judged with.

use chrono::{DateTime, Utc};

use super::{Confirmation, Issued, Policy};
use crate::agreement::Party;
use crate::signature::{Anchors, Certificate};

/// What a file is judged with, besides its bytes.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// What was issued.
    pub issued: Issued<'a>,
    /// The parties, as their files are today: who may sign for them.
    pub parties: &'a [Party],
    /// What officers confirmed for the copy.
    pub confirmed: &'a [Confirmation],
    /// The key of the office's hashes of personal identifiers, where there is one.
    pub identifier_key: Option<&'a [u8]>,
    /// Who is trusted; without anybody nothing passes.
    pub anchors: &'a Anchors,
    /// What was fetched or handed over besides the file.
    pub supplied: &'a Supplied,
    /// Which algorithms are good enough, and until when.
    pub policy: &'a Policy,
    /// The instant, UTC, as of which is judged.
    pub at: DateTime<Utc>,
}

/// Evidence from elsewhere than the file, each item in DER. Nothing in it is believed unverified.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Supplied {
    /// Certificates.
    pub certificates: Vec<Vec<u8>>,
    /// Certificate revocation lists.
    pub crls: Vec<Vec<u8>>,
    /// OCSP responses.
    pub ocsp_responses: Vec<Vec<u8>>,
}

impl Supplied {
    /// Tells whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.crls.is_empty() && self.ocsp_responses.is_empty()
    }
}

/// A certificate on whose revocation nothing is at hand that tells enough.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wanted {
    /// The certificate.
    pub certificate: Certificate,
    /// Its issuer's.
    pub issuer: Certificate,
}
