//! The parts of a CMS as they came (RFC 5652 §5.1 and §5.3).

use der::Decode;
use der::oid::db::rfc5911;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::element::{
    CONTEXT_0, CONTEXT_1, Element, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET,
};

/// `SignedData`. Identifiers are the bytes of their value.
pub(super) struct SignedData<'a> {
    pub(super) version: &'a [u8],
    pub(super) digest_algorithms: Vec<Element<'a>>,
    pub(super) content_type: &'a [u8],
    pub(super) content: Option<Element<'a>>,
    pub(super) certificates: Vec<Element<'a>>,
    pub(super) crls: Vec<Element<'a>>,
    pub(super) signers: Vec<Element<'a>>,
}

/// `SignerInfo`.
pub(super) struct SignerInfo<'a> {
    pub(super) version: &'a [u8],
    pub(super) signer: SignerIdentifier<'a>,
    pub(super) digest: AlgorithmIdentifierOwned,
    /// The attributes that are signed, with the tag that they have here.
    pub(super) signed: Option<Element<'a>>,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) value: &'a [u8],
    pub(super) unsigned: Option<Element<'a>>,
}

/// Whose certificate it is (RFC 5652 §5.3).
pub(super) enum SignerIdentifier<'a> {
    IssuerAndSerialNumber { issuer: &'a [u8], serial: &'a [u8] },
    SubjectKey(&'a [u8]),
}

/// An attribute: its kind as the bytes of an identifier, and its values.
pub(super) struct Attribute<'a> {
    pub(super) kind: &'a [u8],
    pub(super) values: Vec<Element<'a>>,
}

impl<'a> SignedData<'a> {
    /// Reads a `ContentInfo` with signed data at the start of the bytes, and returns what follows.
    pub(super) fn first(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (outer, rest) = Element::first(bytes)?;
        let mut parts = outer.elements();
        let kind = parts.take(OBJECT_IDENTIFIER)?;
        let content = parts.take(CONTEXT_0)?;
        let is_signed = outer.tag == SEQUENCE
            && parts.is_finished()
            && kind.value == rfc5911::ID_SIGNED_DATA.as_bytes();
        let data = Element::only(content.value, SEQUENCE).filter(|_| is_signed)?;
        Some((Self::read(data)?, rest))
    }

    fn read(data: Element<'a>) -> Option<Self> {
        let mut parts = data.elements();
        let version = parts.take(INTEGER)?.value;
        let digest_algorithms = parts.take(SET)?.all()?;
        let mut encapsulated = parts.take(SEQUENCE)?.elements();
        let content_type = encapsulated.take(OBJECT_IDENTIFIER)?.value;
        let content = match encapsulated.optional(CONTEXT_0) {
            Some(content) => match content.all()?.as_slice() {
                [content] => Some(*content),
                _ => return None,
            },
            None => None,
        };
        let certificates = parts.optional(CONTEXT_0).map(Element::all);
        let crls = parts.optional(CONTEXT_1).map(Element::all);
        let signers = parts.take(SET)?.all()?;
        let is_whole = parts.is_finished() && encapsulated.is_finished();
        is_whole.then_some(Self {
            version,
            digest_algorithms,
            content_type,
            content,
            certificates: certificates.unwrap_or(Some(Vec::new()))?,
            crls: crls.unwrap_or(Some(Vec::new()))?,
            signers,
        })
    }
}

impl<'a> SignerInfo<'a> {
    pub(super) fn read(info: Element<'a>) -> Option<Self> {
        let mut parts = info.elements();
        let version = parts.take(INTEGER)?.value;
        let named = parts.next()?;
        let signer = match named.tag {
            SEQUENCE => {
                let mut name = named.elements();
                let issuer = name.take(SEQUENCE)?.whole;
                let serial = name.take(INTEGER)?.value;
                name.is_finished()
                    .then_some(SignerIdentifier::IssuerAndSerialNumber { issuer, serial })?
            }
            SUBJECT_KEY => SignerIdentifier::SubjectKey(named.value),
            _ => return None,
        };
        let digest = AlgorithmIdentifierOwned::from_der(parts.take(SEQUENCE)?.whole).ok()?;
        let signed = parts.optional(CONTEXT_0);
        let algorithm = AlgorithmIdentifierOwned::from_der(parts.take(SEQUENCE)?.whole).ok()?;
        let value = parts.take(OCTET_STRING)?.value;
        let unsigned = parts.optional(CONTEXT_1);
        let is_whole = info.tag == SEQUENCE && parts.is_finished();
        is_whole.then_some(Self {
            version,
            signer,
            digest,
            signed,
            algorithm,
            value,
            unsigned,
        })
    }
}

impl<'a> Attribute<'a> {
    /// Reads a set of attributes; nothing comes of too many.
    pub(super) fn all(set: Element<'a>) -> Option<Vec<Self>> {
        let elements = set.all().filter(|all| all.len() <= MAX_ATTRIBUTES)?;
        elements.into_iter().map(Self::read).collect()
    }

    fn read(attribute: Element<'a>) -> Option<Self> {
        let mut parts = attribute.elements();
        let kind = parts.take(OBJECT_IDENTIFIER)?.value;
        let values = parts.take(SET)?.all()?;
        let is_whole = attribute.tag == SEQUENCE && parts.is_finished();
        is_whole.then_some(Self { kind, values })
    }
}

/// More than any signature has.
const MAX_ATTRIBUTES: usize = 256;

/// RFC 5652 §5.3: implicitly tagged.
const SUBJECT_KEY: u8 = 0x80;
