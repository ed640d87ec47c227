//! The attributes of a signature: what has to be there, and what they carry.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use der::asn1::{AnyRef, ObjectIdentifier};
use der::oid::db::rfc5911;
use der::{Any, Decode};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::element::{
    CONTEXT_0, CONTEXT_1, Element, GENERALIZED_TIME, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE,
    UTC_TIME,
};
use super::sentence::{fault, note};
use super::signed_data::{Attribute, SignerInfo};
use super::{Certificates, Cms, Embedded, Form};
use crate::signature::{
    Certificate, SIGNATURE_TIME_STAMP, generalized_time, is_named, is_named_by_sha1,
};

/// What signed attributes say.
pub(super) struct Signed<'a> {
    pub(super) attributes: Vec<Attribute<'a>>,
}

impl<'a> Signed<'a> {
    /// Returns the values of an attribute.
    fn values(&self, kind: ObjectIdentifier) -> Option<&[Element<'a>]> {
        let mut found = self.attributes.iter();
        let found = found.find(|attribute| attribute.kind == kind.as_bytes());
        found.map(|attribute| attribute.values.as_slice())
    }

    /// Returns the digest that they say the content has (RFC 5652 §11.2).
    pub(super) fn digest(&self) -> Option<&'a [u8]> {
        match self.values(rfc5911::ID_MESSAGE_DIGEST)? {
            [value] if value.tag == OCTET_STRING => Some(value.value),
            _ => None,
        }
    }

    /// Checks them against the rest of the signature (RFC 5652 §11, RFC 6211 §2).
    pub(super) fn check(&self, info: &SignerInfo<'_>, content_type: &[u8], cms: &mut Cms) {
        // RFC 5652 §5.3: none is there twice.
        let mut kinds: Vec<_> = self.attributes.iter().map(|found| found.kind).collect();
        kinds.sort_unstable();
        if kinds
            .windows(2)
            .any(|pair| matches!(pair, [one, other] if one == other))
        {
            cms.faults.push(fault(
                "attribute_twice",
                "Ett av underskriftens attribut förekommer två gånger.",
                "One of the signature's attributes is there twice.",
            ));
        }
        let is_type = |values: &[Element<'_>]| matches!(values, [value] if value.tag == OBJECT_IDENTIFIER && value.value == content_type);
        if !self.values(rfc5911::ID_CONTENT_TYPE).is_some_and(is_type) {
            cms.faults.push(fault(
                "content_type",
                "Underskriften säger inte vad för slags innehåll den gäller, eller säger fel.",
                "The signature does not say what kind of content it is about, or says it wrongly.",
            ));
        }
        if let Some(values) = self.values(ALGORITHM_PROTECTION)
            && !is_protected(values, info)
        {
            cms.faults.push(fault(
                "algorithm_protection",
                "Underskriften gjordes med andra algoritmer än den anger.",
                "The signature was made with other algorithms than it names.",
            ));
        }
        if let Some(values) = self.values(rfc5911::ID_SIGNING_TIME) {
            cms.claimed_at = match values {
                [value] => time(*value),
                _ => None,
            };
        }
        for attribute in &self.attributes {
            if attribute.kind == REVOCATION_ARCHIVAL.as_bytes() {
                for value in &attribute.values {
                    cms.revocation.add_archival(*value);
                }
            }
        }
    }

    /// Tells whether they name the certificate (RFC 5035 §3); `None` where they name none.
    pub(super) fn names(&self, signer: &Certificate) -> Option<bool> {
        let one = |kind, is_named: fn(&[u8], &Certificate) -> bool| {
            self.values(kind)
                .map(|values| matches!(values, [value] if is_named(value.whole, signer)))
        };
        let newer = one(rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2, is_named);
        let older = one(rfc5911::ID_AA_SIGNING_CERTIFICATE, is_named_by_sha1);
        match (newer, older) {
            (Some(newer), Some(older)) => Some(newer && older),
            (found, None) | (None, found) => found,
        }
    }

    /// Checks what a PAdES baseline signature may have (ETSI EN 319 142-1 §6.3), where our own
    /// signer made it.
    pub(super) fn check_own(&self, cms: &mut Cms) {
        let known = [
            rfc5911::ID_CONTENT_TYPE,
            rfc5911::ID_MESSAGE_DIGEST,
            rfc5911::ID_AA_SIGNING_CERTIFICATE_V_2,
        ];
        let is_known = |found: &Attribute<'_>| known.iter().any(|oid| oid.as_bytes() == found.kind);
        if self.attributes.len() != known.len() || !self.attributes.iter().all(is_known) {
            cms.faults.push(fault(
                "own_attributes",
                "Underskriften har inte just de attribut som den ska ha.",
                "The signature does not have exactly the attributes that it should have.",
            ));
        }
    }
}

/// Reads the attributes that are not signed: time-stamps, certificates and revocation information.
pub(super) fn read_unsigned(
    unsigned: Element<'_>,
    form: Form,
    cms: &mut Cms,
    certificates: &mut Certificates,
) {
    let Some(attributes) = Attribute::all(unsigned) else {
        cms.faults.push(super::sentence::malformed("unsignedAttrs"));
        return;
    };
    for attribute in attributes {
        let values = attribute.values;
        let is = |kind: ObjectIdentifier| attribute.kind == kind.as_bytes();
        if is(SIGNATURE_TIME_STAMP) {
            if values.len() != 1 {
                cms.notes.push(note(
                    "time_stamps_in_one_attribute",
                    "Ett attribut har inte just en tidsstämpel.",
                    "An attribute does not have exactly one time-stamp.",
                ));
            }
            let tokens = values.iter().map(|value| value.whole.to_vec());
            cms.tokens.extend(tokens);
            continue;
        }
        if form == Form::Own {
            cms.faults.push(fault(
                "own_unsigned_attribute",
                "Underskriften bär något som inte är undertecknat och inte är en tidsstämpel.",
                "The signature carries something that is not signed and is no time-stamp.",
            ));
        } else if is(REVOCATION_VALUES) {
            for value in values {
                cms.revocation.add_values(value);
            }
        } else if is(REVOCATION_ARCHIVAL) {
            for value in values {
                cms.revocation.add_archival(value);
            }
        } else if is(CERTIFICATE_VALUES) {
            let all = values.into_iter().filter_map(Element::all).flatten();
            add_certificates(all, cms, certificates);
        }
    }
}

/// Reads certificates that a signature carries.
pub(super) fn add_certificates<'a>(
    found: impl IntoIterator<Item = Element<'a>>,
    cms: &mut Cms,
    certificates: &mut Certificates,
) {
    for element in found.into_iter().take(MAX_CERTIFICATES) {
        match certificates.read(element.whole) {
            Some(certificate) => {
                if !cms
                    .certificates
                    .iter()
                    .any(|known| Arc::ptr_eq(known, &certificate))
                {
                    cms.certificates.push(certificate);
                }
            }
            None => cms.notes.push(note(
                "certificate_unreadable",
                "Underskriften bär ett certifikat som inte går att läsa.",
                "The signature carries a certificate that cannot be read.",
            )),
        }
    }
}

impl Embedded {
    /// Adds the field `crls` of a CMS (RFC 5652 §10.2.1, RFC 5940 §2).
    pub(super) fn add_field(&mut self, all: &[Element<'_>]) {
        for element in all {
            if element.tag == SEQUENCE {
                self.crls.push(element.whole.to_vec());
            } else if element.tag == CONTEXT_1 {
                let mut parts = element.elements();
                let kind = parts.take(OBJECT_IDENTIFIER);
                if kind.is_some_and(|kind| kind.value == OCSP_RESPONSE.as_bytes()) {
                    let response = parts.next().map(|response| response.whole.to_vec());
                    self.ocsp_responses.extend(response);
                }
            }
        }
    }

    /// Adds `RevocationInfoArchival` (ISO 32000-2 §12.8.3.3.2).
    fn add_archival(&mut self, value: Element<'_>) {
        let all = value.all().unwrap_or_default();
        for part in all {
            let inner = Element::only(part.value, SEQUENCE).and_then(Element::all);
            let inner = inner
                .into_iter()
                .flatten()
                .map(|found| found.whole.to_vec());
            match part.tag {
                CONTEXT_0 => self.crls.extend(inner),
                CONTEXT_1 => self.ocsp_responses.extend(inner),
                _ => {}
            }
        }
    }

    /// Adds `RevocationValues` (ETSI EN 319 122-1 §A.1.5.2), where responses are without their
    /// outermost part.
    fn add_values(&mut self, value: Element<'_>) {
        let all = value.all().unwrap_or_default();
        for part in all {
            let inner = Element::only(part.value, SEQUENCE).and_then(Element::all);
            let inner = inner.into_iter().flatten();
            match part.tag {
                CONTEXT_0 => self.crls.extend(inner.map(|found| found.whole.to_vec())),
                CONTEXT_1 => self
                    .ocsp_responses
                    .extend(inner.filter_map(|found| whole_response(found.whole))),
                _ => {}
            }
        }
    }
}

/// Puts a `BasicOCSPResponse` into an `OCSPResponse` (RFC 6960 §4.2.1).
fn whole_response(basic: &[u8]) -> Option<Vec<u8>> {
    use der::asn1::OctetString;
    use x509_ocsp::{OcspResponse, OcspResponseStatus, ResponseBytes};
    let response = OcspResponse {
        response_status: OcspResponseStatus::Successful,
        response_bytes: Some(ResponseBytes {
            response_type: BASIC_RESPONSE,
            response: OctetString::new(basic).ok()?,
        }),
    };
    der::Encode::to_der(&response).ok()
}

/// Reads a time of RFC 5652 §11.3.
fn time(value: Element<'_>) -> Option<DateTime<Utc>> {
    match value.tag {
        GENERALIZED_TIME => generalized_time(&Any::from_der(value.whole).ok()?),
        UTC_TIME => {
            let text = std::str::from_utf8(value.value).ok()?;
            // RFC 5652 §11.3: from 1950 to 2049.
            let is_old = text.get(..2)?.parse::<u8>().ok()? >= 50;
            let text = format!("{}{text}", if is_old { "19" } else { "20" });
            let value = Any::new(der::Tag::GeneralizedTime, text.as_bytes()).ok()?;
            generalized_time(&value)
        }
        _ => None,
    }
}

/// Tells whether the algorithms are those that are protected (RFC 6211 §2).
fn is_protected(values: &[Element<'_>], info: &SignerInfo<'_>) -> bool {
    let [value] = values else {
        return false;
    };
    let Some([digest, signature]) = value
        .all()
        .and_then(|all| <[Element<'_>; 2]>::try_from(all).ok())
    else {
        return false;
    };
    // The second is tagged implicitly.
    let mut untagged = signature.whole.to_vec();
    if let Some(tag) = untagged.first_mut() {
        *tag = SEQUENCE;
    }
    let read = |bytes: &[u8]| AlgorithmIdentifierOwned::from_der(bytes).ok();
    let is_same = |said: Option<AlgorithmIdentifierOwned>, found: &AlgorithmIdentifierOwned| {
        said.is_some_and(|said| {
            let parameters = |of: &AlgorithmIdentifierOwned| {
                let parameters = of.parameters.clone();
                parameters.filter(|parameters| !AnyRef::from(parameters).is_null())
            };
            said.oid == found.oid && parameters(&said) == parameters(found)
        })
    };
    digest.tag == SEQUENCE
        && signature.tag == CONTEXT_1
        && is_same(read(digest.whole), &info.digest)
        && is_same(read(&untagged), &info.algorithm)
}

/// More than any signature carries.
const MAX_CERTIFICATES: usize = 256;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

/// RFC 6211 §2.
const ALGORITHM_PROTECTION: ObjectIdentifier = oid("1.2.840.113549.1.9.52");

/// RFC 6960 §4.2.1.
const BASIC_RESPONSE: ObjectIdentifier = oid("1.3.6.1.5.5.7.48.1.1");

/// ETSI EN 319 122-1 §A.1.1.2.
const CERTIFICATE_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.23");

/// RFC 5940 §2.
const OCSP_RESPONSE: ObjectIdentifier = oid("1.3.6.1.5.5.7.16.2");

/// ISO 32000-2 §12.8.3.3.2.
const REVOCATION_ARCHIVAL: ObjectIdentifier = oid("1.2.840.113583.1.1.8");

/// ETSI EN 319 122-1 §A.1.5.2.
const REVOCATION_VALUES: ObjectIdentifier = oid("1.2.840.113549.1.9.16.2.24");
