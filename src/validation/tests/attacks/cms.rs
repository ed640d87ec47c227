//! The CMS of signatures, written byte by byte, also as they must not be.

use sha2::Digest as _;

use crate::signature::Certificate;
use crate::signature::tests::pki::{Holder, SHA256, integer, oid, sequence, tlv};

/// What a CMS is to say.
#[derive(Clone)]
pub(crate) struct WantedCms {
    /// The value of message-digest.
    pub(crate) digest: Vec<u8>,
    /// The hash function that it says.
    pub(crate) hash: &'static str,
    /// The digest in signing-certificate-v2: `None` for the right one.
    pub(crate) certificate_digest: Option<Vec<u8>>,
    /// Whether there is a signing-certificate-v2 at all.
    pub(crate) names_certificate: bool,
    /// The content type in the attributes.
    pub(crate) content_type: &'static str,
    /// More signed attributes.
    pub(crate) attributes: Vec<Vec<u8>>,
    /// Whether there are signed attributes.
    pub(crate) is_attributed: bool,
    /// What is carried.
    pub(crate) certificates: Vec<Certificate>,
    /// What is signed inside, if anything.
    pub(crate) content: Option<Vec<u8>>,
    /// How many equal signer infos there are.
    pub(crate) signers: usize,
    /// A bit of the value to flip.
    pub(crate) is_flipped: bool,
    /// Changes the signed attributes after they were signed.
    pub(crate) tamper: fn(&mut Vec<u8>),
}

impl WantedCms {
    /// A lawful one over these bytes.
    pub(crate) fn new(covered: &[u8], certificates: &[&Holder]) -> Self {
        Self {
            digest: sha2::Sha256::digest(covered).to_vec(),
            hash: SHA256,
            certificate_digest: None,
            names_certificate: true,
            content_type: DATA,
            attributes: Vec::new(),
            is_attributed: true,
            certificates: certificates
                .iter()
                .map(|holder| holder.certificate.clone())
                .collect(),
            content: None,
            signers: 1,
            is_flipped: false,
            tamper: |_| {},
        }
    }

    /// Writes it; `unsigned` makes the unsigned attributes of the value.
    pub(crate) fn by(&self, holder: &Holder, unsigned: impl Fn(&[u8]) -> Vec<Vec<u8>>) -> Vec<u8> {
        let named = sha2::Sha256::digest(holder.certificate.der()).to_vec();
        let named = self.certificate_digest.clone().unwrap_or(named);
        let named = sequence(&[sequence(&[sequence(&[tlv(0x04, &named)])])]);
        let mut attributes = vec![
            attribute("1.2.840.113549.1.9.3", &oid(self.content_type)),
            attribute("1.2.840.113549.1.9.4", &tlv(0x04, &self.digest)),
        ];
        if self.names_certificate {
            attributes.push(attribute("1.2.840.113549.1.9.16.2.47", &named));
        }
        attributes.extend(self.attributes.iter().cloned());
        attributes.sort();
        let mut attributes = attributes.concat();
        let mut value = holder.pair.sign(&tlv(0x31, &attributes));
        (self.tamper)(&mut attributes);
        if self.is_flipped {
            *value.last_mut().unwrap() ^= 1;
        }
        let parsed = holder.certificate.parsed();
        let mut info = vec![
            integer(&[1]),
            sequence(&[
                der::Encode::to_der(&parsed.issuer).unwrap(),
                integer(parsed.serial_number.as_bytes()),
            ]),
            sequence(&[oid(self.hash)]),
        ];
        if self.is_attributed {
            info.push(tlv(0xA0, &attributes));
        }
        info.extend([holder.pair.algorithm(), tlv(0x04, &value)]);
        let unsigned = unsigned(&value).concat();
        if !unsigned.is_empty() {
            info.push(tlv(0xA1, &unsigned));
        }
        let infos = vec![sequence(&info); self.signers];
        let mut content = vec![oid(DATA)];
        content.extend(
            self.content
                .iter()
                .map(|content| tlv(0xA0, &tlv(0x04, content))),
        );
        let mut certificates: Vec<_> = self.certificates.iter().map(Certificate::der).collect();
        // A SET OF is sorted (X.690 §11.6).
        certificates.sort_unstable();
        let mut parts = vec![
            integer(&[1]),
            tlv(0x31, &sequence(&[oid(self.hash)])),
            sequence(&content),
        ];
        if !certificates.is_empty() {
            parts.push(tlv(0xA0, &certificates.concat()));
        }
        parts.push(tlv(0x31, &infos.concat()));
        sequence(&[oid("1.2.840.113549.1.7.2"), tlv(0xA0, &sequence(&parts))])
    }
}

/// An attribute with one value.
pub(crate) fn attribute(kind: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[oid(kind), tlv(0x31, value)])
}

/// The attribute with a time-stamp of the value.
pub(crate) fn stamped(token: &[u8]) -> Vec<Vec<u8>> {
    vec![attribute("1.2.840.113549.1.9.16.2.14", token)]
}

const DATA: &str = "1.2.840.113549.1.7.1";
pub(crate) const SHA1: &str = "1.3.14.3.2.26";
