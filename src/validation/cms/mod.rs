//! Tells whether the value of a signature is right: over the bytes that it is about, by the
//! certificate that it names.
//!
//! Takes the bytes of `/Contents` and the digests of what a byte range covers. Says nothing of trust,
//! of the strength of algorithms, or of what may stand in a document: weak algorithms are computed
//! and named, and what cannot be computed is a fault.
//!
//! Follows RFC 5652, 5035, 6211, 3161 and 5816, ETSI EN 319 122-1 and 319 142-1, and ISO 32000-2
//! §12.8.3.

mod attributes;
mod certificates;
mod definite;
mod element;
mod sentence;
mod signed_data;
mod signer;
mod time_stamp;

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::oid::db::rfc5911;

use self::element::{Element, OCTET_STRING};
use self::sentence::{fault, malformed, note};
use self::signed_data::SignedData;
use self::signer::Content;
use super::Finding;
use crate::signature::{Certificate, HashFunction, SignatureAlgorithm};

pub(crate) use self::certificates::Certificates;
pub(crate) use self::time_stamp::{TimeStamp, read_token};

/// What is asked of a signature's form.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Form {
    /// What others write: BER, older kinds of signatures, further attributes.
    Any,
    /// What our own signer writes: a PAdES baseline signature in DER (ETSI EN 319 142-1 §6.3).
    Own,
}

/// What a CMS in `/Contents` says and whether it holds; nothing of trust.
#[derive(Clone, Debug, Default)]
pub(crate) struct Cms {
    /// The certificate of the signer, whose key made the value.
    pub(crate) signer: Option<Arc<Certificate>>,
    /// Every certificate that is carried and can be read, the signer's too.
    pub(crate) certificates: Vec<Arc<Certificate>>,
    /// The algorithm of the value.
    pub(crate) algorithm: Option<SignatureAlgorithm>,
    /// The time-stamps of the value, each to be read by [`read_token`].
    pub(crate) tokens: Vec<Vec<u8>>,
    /// The value: what a time-stamp of it is over.
    pub(crate) value: Vec<u8>,
    /// Revocation information that is carried.
    pub(crate) revocation: Embedded,
    /// When, as the signer claims in the CMS.
    pub(crate) claimed_at: Option<DateTime<Utc>>,
    /// What is wrong; the value is right if this is empty.
    pub(crate) faults: Vec<Finding>,
    /// What is worth knowing.
    pub(crate) notes: Vec<Finding>,
}

/// Revocation information in a CMS, not read.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Embedded {
    /// Revocation lists (RFC 5280 §5.1).
    pub(crate) crls: Vec<Vec<u8>>,
    /// OCSP responses (RFC 6960 §4.2.1), whole.
    pub(crate) ocsp_responses: Vec<Vec<u8>>,
}

/// Reads the signature in `/Contents`, padding and all, and checks its value.
///
/// `digests` gives the digest of the bytes that the signature covers, under a hash function; it is
/// asked once or twice. The kinds of signature are those of `/SubFilter` that hold a CMS with a
/// signature (ISO 32000-2 table 260): `ETSI.CAdES.detached`, `adbe.pkcs7.detached` and
/// `adbe.pkcs7.sha1`. Document time-stamps are for [`read_token`]; [`read_plain`] reads
/// `adbe.x509.rsa_sha1`.
pub(crate) fn read(
    contents: &[u8],
    sub_filter: &str,
    digests: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    form: Form,
    certificates: &mut Certificates,
) -> Cms {
    let mut cms = Cms::default();
    let Some(opened) = Opened::new(contents, form, &mut cms) else {
        return cms;
    };
    let Some((data, _)) = SignedData::first(&opened.bytes) else {
        cms.faults.push(malformed("SignedData"));
        return cms;
    };
    if data.content_type != rfc5911::ID_DATA.as_bytes() {
        cms.faults.push(fault(
            "content_type",
            "Underskriften säger att den gäller något annat än ett dokument.",
            "The signature says that it is about something other than a document.",
        ));
    }
    match sub_filter {
        "ETSI.CAdES.detached" | "adbe.pkcs7.detached" => {
            // ISO 32000-2 §12.8.3.3.1: no data is encapsulated.
            if data.content.is_some() {
                cms.faults.push(fault(
                    "content_encapsulated",
                    "Underskriften bär eget innehåll i stället för att gälla dokumentet.",
                    "The signature carries content of its own instead of being about the document.",
                ));
            }
            let is_pades = sub_filter == "ETSI.CAdES.detached";
            let wants = signer::Wants {
                form,
                attributes: is_pades,
                certificate: is_pades,
            };
            signer::check(
                &data,
                Content::Covered(digests),
                wants,
                &mut cms,
                certificates,
            );
        }
        "adbe.pkcs7.sha1" if form == Form::Any => {
            // ISO 32000-1 §12.8.3.3.1: the content is the SHA-1 of what is covered.
            let said = data.content.filter(|content| content.tag == OCTET_STRING);
            let said = said.map(|content| content.value).unwrap_or_default();
            if said != digests(HashFunction::Sha1) {
                cms.faults.push(digest_differs());
            }
            let wants = signer::Wants {
                form,
                attributes: false,
                certificate: false,
            };
            signer::check(&data, Content::Carried(said), wants, &mut cms, certificates);
        }
        _ => cms.faults.push(fault(
            "sub_filter_unknown",
            "Underskriften är av ett slag som inte prövas.",
            "The signature is of a kind that is not checked.",
        )),
    }
    cms
}

/// Reads a signature of the kind `adbe.x509.rsa_sha1` (ISO 32000-1 §12.8.3.2): `/Contents` is an RSA
/// value in an OCTET STRING, and `/Cert` has the certificates, the signer's first.
pub(crate) fn read_plain(
    contents: &[u8],
    chain: &[&[u8]],
    digests: &mut dyn FnMut(HashFunction) -> Vec<u8>,
    certificates: &mut Certificates,
) -> Cms {
    let mut cms = Cms::default();
    let elements = chain.iter().filter_map(|der| Element::first(der));
    let elements: Vec<_> = elements.map(|(element, _)| element).collect();
    attributes::add_certificates(elements, &mut cms, certificates);
    let Some((value, padding)) =
        Element::first(contents).filter(|(value, _)| value.tag == OCTET_STRING)
    else {
        cms.faults.push(malformed("OCTET STRING"));
        return cms;
    };
    check_padding(padding, &mut cms);
    cms.value = value.value.to_vec();
    signer::check_plain(chain.first().copied(), digests, &mut cms, certificates);
    cms
}

/// A CMS in a form that can be read on.
struct Opened<'a> {
    bytes: Cow<'a, [u8]>,
}

impl<'a> Opened<'a> {
    /// Separates the CMS from its padding, and turns it from BER into DER where others wrote it.
    fn new(contents: &'a [u8], form: Form, cms: &mut Cms) -> Option<Self> {
        if let Some((data, rest)) = SignedData::first(contents)
            && data
                .signers
                .iter()
                .all(|info| signed_data::SignerInfo::read(*info).is_some())
        {
            check_padding(rest, cms);
            let end = contents.len().saturating_sub(rest.len());
            let bytes = Cow::Borrowed(contents.get(..end)?);
            return Some(Self { bytes });
        }
        let definite = Some(contents)
            .filter(|_| form == Form::Any)
            .and_then(definite::definite);
        let Some((bytes, end)) = definite else {
            cms.faults.push(malformed("ContentInfo"));
            return None;
        };
        cms.notes.push(note(
            "ber_encoding",
            "Underskriften är kodad med BER, inte med DER.",
            "The signature is encoded in BER, not in DER.",
        ));
        check_padding(contents.get(end..)?, cms);
        let bytes = Cow::Owned(bytes);
        Some(Self { bytes })
    }
}

/// After the CMS there are zeros only: what else stands there is not signed and not part of it.
fn check_padding(padding: &[u8], cms: &mut Cms) {
    if padding.iter().any(|byte| *byte != 0) {
        cms.faults.push(fault(
            "junk_in_padding",
            "Efter underskriften står något annat än nollor på dess plats.",
            "In the place of the signature something other than zeros stands after it.",
        ));
    }
}

fn digest_differs() -> Finding {
    fault(
        "digest_differs",
        "Dokumentet är inte det som skrevs under: dess hashvärde är ett annat.",
        "The document is not what was signed: its digest is another.",
    )
}
